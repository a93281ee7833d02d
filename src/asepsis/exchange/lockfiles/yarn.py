"""yarn.lock, the classic form of version 1 and the YAML of those after it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from asepsis.exchange.bill import Bill
from asepsis.exchange.json_values import mapping_of, text_of
from asepsis.exchange.lockfiles.lock import ROOT, Lock, integrity, named
from asepsis.exchange.source import Source
from asepsis.exchange.yaml_values import decode_yaml
from asepsis.sentences import Sentence

NOT_READ = Sentence("the line belongs to no package")
CHECKSUMS = Sentence("Checksums of yarn are of its own archives, not of what was published, so none was taken.")

_LINE = re.compile(r'(?P<indent> *)(?P<key>"[^"]*"|[^\s":]+)(?P<open>:?)(?: (?P<value>"[^"]*"|\S+))?\s*\Z')
_FRAGMENT = re.compile(r"#([0-9a-f]{40})\Z")


def read_classic(source: Source) -> Bill:
    """Return the packages of a yarn.lock of version 1, in its order; its project is not named, so none has a place.

    Raises `UnreadableLockError` and `EncodingError`.
    """
    lock = Lock(source, "yarn.lock", "npm")
    entries = list(_entries(source.text(), lock))
    key_of = {pattern: _key(patterns, one) for patterns, one in entries for pattern in patterns}
    for patterns, one in entries:
        name, resolved = _name(patterns[0]), one["fields"].get("resolved", "")
        sha1 = _FRAGMENT.search(resolved)
        lock.package(
            name,
            one["fields"].get("version"),
            key=_key(patterns, one),
            hashes=chain(integrity(one["fields"].get("integrity")), [("SHA-1", sha1[1])] if sha1 else ()),
            is_released=not any(mark in resolved for mark in ("git+", "codeload.")) and bool(resolved),
        )
    for patterns, one in entries:
        lock.requires(_key(patterns, one), _known(one["needs"], key_of))
    if not entries:
        raise lock.refuse("it holds no package")
    return lock.bill("1")


def _known(needs: Iterable[tuple[str, str]], key_of: dict[str, str]) -> Iterator[str]:
    return (key for name, range_ in needs if (key := key_of.get(f"{name}@{range_}")))


def _key(patterns: list[str], one: dict[str, Any]) -> str:
    return f"{_name(patterns[0])}@{one['fields'].get('version')}"


def _name(pattern: str) -> str:
    """Return the name of a package whose version is asked for: @scope/name of "@scope/name@^1.0" and "own@npm:@scope/name@^1"."""
    head, _, range_ = pattern[1:].partition("@")
    real = range_.removeprefix("npm:")
    if real != range_ and "@" in real[1:]:
        return real[0] + real[1:].partition("@")[0]
    return pattern[:1] + head


def _entries(text: str, lock: Lock) -> Iterator[tuple[list[str], dict[str, Any]]]:
    """Yield each entry with what it answers to."""
    entry: dict[str, Any] | None = None
    patterns: list[str] = []
    section = ""
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if not line.startswith(" ") and line.rstrip().endswith(":"):
            if entry is not None:
                yield patterns, entry
            patterns = [one.strip().strip('"') for one in line.rstrip()[:-1].split(",")]
            entry = {"fields": {}, "needs": []}
            continue
        found = _LINE.match(line)
        if found is None or entry is None:
            lock.tally.leave(f"line {number}", NOT_READ.said())
            continue
        key, value = found["key"].strip('"'), (found["value"] or "").strip('"')
        if len(found["indent"]) <= 2:
            section = key if found["open"] else ""
            entry["fields"].setdefault(key, value)
        elif section in ("dependencies", "optionalDependencies"):
            entry["needs"].append((key, value))
    if entry is not None:
        yield patterns, entry


def read_berry(source: Source) -> Bill:
    """Return the packages of a yarn.lock of version 2 and later, in its order, placed by the project that it is of.

    Raises `UnreadableLockError` and what `decode_yaml` raises.
    """
    lock, document = Lock(source, "yarn.lock", "npm", CHECKSUMS), mapping_of(decode_yaml(source))
    metadata = mapping_of(document.pop("__metadata", None))
    if "version" not in metadata:
        raise lock.refuse("it has no version in __metadata")
    key_of, keys = dict[str, str](), dict[str, str]()
    for patterns, one in named(document):
        resolution = text_of(one.get("resolution")) or ""
        keys[patterns] = ROOT if resolution.endswith("@workspace:.") else resolution
        key_of |= dict.fromkeys((pattern.strip() for pattern in patterns.split(",")), keys[patterns])
    for patterns, one in named(document):
        name, how = _name(keys[patterns]), keys[patterns][1:].partition("@")[2].partition(":")[0]
        if keys[patterns] == ROOT:
            lock.of(_name(str(one.get("resolution"))))
        else:
            lock.package(name, one.get("version"), key=keys[patterns], is_released=how == "npm")
    for patterns, one in named(document):
        needs = mapping_of(one.get("dependencies")).items()
        lock.requires(keys[patterns], _wanted(needs, key_of))
    return lock.bill(str(metadata["version"]))


def _wanted(needs: Iterable[tuple[str, Any]], key_of: dict[str, str]) -> Iterator[str]:
    """Yield the keys of what is needed; before version 8 the range stands without its protocol."""
    for name, range_ in needs:
        if key := key_of.get(f"{name}@{range_}") or key_of.get(f"{name}@npm:{range_}"):
            yield key
