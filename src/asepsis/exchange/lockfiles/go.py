"""go.mod and go.sum."""

from __future__ import annotations

import re

from asepsis.exchange.bill import Bill
from asepsis.exchange.lockfiles.lock import ROOT, Lock
from asepsis.exchange.source import Source
from asepsis.sentences import Sentence

NOT_READ = Sentence("the line is no module with version and hash")
MORE = Sentence("A go.sum names each module that was ever looked at, so it can list more than a build takes.")
REPLACED = Sentence("it is replaced by something that lies beside the project, which is not read here")
NO_DIRECTIVE = Sentence("the line is no directive of a go.mod")

_SUM = re.compile(r"(?P<module>\S+) (?P<version>v\S+?)(?P<mod>/go\.mod)? (?P<hash>h1:[A-Za-z0-9+/]+=*)\Z")
_REQUIRE = re.compile(r"(?P<module>\S+)\s+(?P<version>v\S+)\Z")
_REPLACE = re.compile(r"(?P<old>\S+)(?:\s+(?P<of>v\S+))?\s+=>\s+(?P<new>\S+)(?:\s+(?P<version>v\S+))?\Z")
_KNOWN = ("go", "toolchain", "exclude", "retract", "godebug", "tool", "ignore")


def read_sum(source: Source) -> Bill:
    """Return the modules of a go.sum, in its order; which of them depends on which it does not say.

    A hash is one of Go's own, over the files of a module (`h1`), kept as it is written.

    Raises `UnreadableLockError` where no line is of a module, and `EncodingError`.
    """
    lock = Lock(source, "go.sum", "golang", MORE)
    lines = [(number, line) for number, line in enumerate(source.text().splitlines(), 1) if line.strip()]
    for number, line in lines:
        found = _SUM.match(line.strip())
        if found is None:
            lock.tally.leave(f"line {number}", NOT_READ.said())
        elif found["mod"] is None:
            lock.package(found["module"], found["version"], hashes=[("h1", found["hash"].removeprefix("h1:"))])
    bill = lock.bill()
    if lines and bill.receipt.not_taken_count >= len(lines):
        raise lock.refuse("no line of it is a module with version and hash")
    return bill


def read_mod(source: Source) -> Bill:
    """Return the modules that a go.mod requires, in its order: direct, or transitive where it says indirect.

    Raises `UnreadableLockError` where it names no module of its own, and `EncodingError`.

    Source: Go Modules Reference, "go.mod files".
    """
    lock = Lock(source, "go.mod", "golang")
    own, required, replaced, block = None, [], {}, ""
    for number, written in enumerate(source.text().splitlines(), 1):
        line, _, comment = written.partition("//")
        line = line.strip()
        if not line or line == ")":
            block = "" if line == ")" else block
            continue
        word, _, rest = (block, "", line) if block else line.partition(" ")
        if rest.strip() == "(":
            block = word
        elif word == "module":
            own = rest.strip().strip('"')
        elif word == "require" and (found := _REQUIRE.match(rest.strip())):
            required.append((found["module"].strip('"'), found["version"], comment.strip().startswith("indirect")))
        elif word == "replace" and (found := _REPLACE.match(rest.strip())):
            replaced[found["old"], found["of"]] = found["new"], found["version"]
        elif word not in _KNOWN:
            lock.tally.leave(f"line {number}", NO_DIRECTIVE.said())
    if own is None:
        raise lock.refuse("it names no module of its own")
    lock.of(own)
    lock.requires(ROOT, ())
    for module, version, is_indirect in required:
        new, number_ = replaced.get((module, version)) or replaced.get((module, None)) or (module, version)
        if number_ is None:
            lock.tally.leave(module, REPLACED.said())
            continue
        key = f"{new}@{number_}"
        lock.package(new, number_, key=key, place="transitive" if is_indirect else "unplaced")
        if not is_indirect:
            lock.requires(ROOT, [key])
    return lock.bill()
