"""gradle.lockfile."""

from __future__ import annotations

import re

from asepsis.exchange.bill import Bill
from asepsis.exchange.lockfiles.lock import Lock
from asepsis.exchange.source import Source
from asepsis.sentences import Sentence

NOT_READ = Sentence("the line is no group, name and version with its configurations")

_LINE = re.compile(r"(?P<group>[^:=\s]+):(?P<name>[^:=\s]+):(?P<version>[^:=\s]+)=(?P<configurations>\S*)\Z")


def read(source: Source) -> Bill:
    """Return the modules of a gradle.lockfile, in its order; which of them depends on which it does not say.

    Raises `UnreadableLockError` where no line is of a module, and `EncodingError`.
    """
    lock, lines, found = Lock(source, "gradle.lockfile", "maven"), 0, 0
    for number, written in enumerate(source.text().splitlines(), 1):
        line = written.strip()
        if not line or line.startswith("#"):
            continue
        lines += 1
        if match := _LINE.match(line):
            found += 1
            used = [one.lower() for one in match["configurations"].split(",")]
            lock.package(
                f"{match['group']}/{match['name']}",
                match["version"],
                is_for_development=bool(used) and all("test" in one for one in used),
            )
        elif line.startswith("empty="):
            found += 1
        else:
            lock.tally.leave(f"line {number}", NOT_READ.said())
    if lines and not found:
        raise lock.refuse("no line of it is a module with its configurations")
    return lock.bill()
