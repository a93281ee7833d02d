"""requirements.txt, as pip reads it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from asepsis.exchange.bill import Bill
from asepsis.exchange.lockfiles.lock import Lock, plain_hashes
from asepsis.exchange.source import Source
from asepsis.sentences import Sentence

NOT_READ = Sentence("the line names another file or a folder, which is not read here")
NO_REQUIREMENT = Sentence("the line is no requirement")
UNPINNED = Sentence("it is not pinned with '==', so the component has no version")

_OPTION = re.compile(
    r"(?:-i|--index-url|--extra-index-url|--no-index|-f|--find-links|--no-binary|--only-binary|--prefer-binary|--pre"
    r"|--require-hashes|--trusted-host|--use-feature|-c|--constraint)(?:[= ].*)?\Z"
)
"""Options that say where packages come from, and name none."""

_HASH = re.compile(r"--hash[= ]([A-Za-z0-9]+:[0-9a-fA-F]+)")
_COMMENT = re.compile(r"(?:^|\s)#.*$")


def read(source: Source) -> Bill:
    """Return the packages that a requirements file names, in its order; which of them depends on which it does not say.

    Lines that name another file are left out and told, likewise what cannot be read. A name that stands
    several times, for several environments, gives a component for each version.

    Raises `UnreadableLockError` where no line is a requirement, and `EncodingError`.

    Source: PEP 508; pip documentation, "Requirements File Format".
    """
    lock = Lock(source, "requirements.txt", "pypi")
    lines = 0
    for number, line in _lines(source.text()):
        lines += 1
        if _OPTION.match(line):
            continue
        if line.startswith("-"):
            lock.tally.leave(f"line {number}", NOT_READ.said())
            continue
        try:
            requirement = Requirement(_HASH.sub("", line).split(" --")[0].strip())
        except InvalidRequirement:
            lock.tally.leave(f"line {number}", NO_REQUIREMENT.said())
            continue
        version = next((one.version for one in requirement.specifier if one.operator in ("==", "===")), None)
        if version is None or version.endswith(".*"):
            lock.tally.leave(requirement.name, UNPINNED.said())
            version = None
        lock.package(
            canonicalize_name(requirement.name),
            version,
            hashes=plain_hashes(_HASH.findall(line)),
            is_released=requirement.url is None,
        )
    bill = lock.bill()
    if lines and not bill.fact.components:
        raise lock.refuse("no line of it is a requirement")
    return bill


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines with their numbers, those that end in a backslash joined to the next, without comments."""
    joined, first = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        first = first or number
        joined += line.removesuffix("\\") if line.endswith("\\") else line
        if not line.endswith("\\"):
            if told := _COMMENT.sub("", joined).strip():
                yield first, told
            joined, first = "", 0
    if told := _COMMENT.sub("", joined).strip():
        yield first, told
