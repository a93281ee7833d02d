"""Records that lie as files in a folder: for sites without network, and for what an own tool writes.

A file holds one record (.json), one a line (.jsonl), or is an archive of records (.zip); the first two also with .gz or .xz.
Of the NVD a file may also be a page of its API or one of its feed files.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from asepsis.advisories.feeds.archive import lines, members, whole
from asepsis.advisories.feeds.feed import MOST_ARCHIVE, Answer, Ask, Begun, Broken, Give, Outcome, Record, Source, Steps
from asepsis.advisories.feeds.record import KINDS, Tally, unwrapped

_LINES = (".jsonl", ".jsonl.gz", ".jsonl.xz", ".ndjson")
_PACKED = (".json.gz", ".json.xz")
_ENDINGS = (".json", ".zip", *_PACKED, *_LINES)
_LISTED = "listed"


def steps(begun: Begun, give: Give) -> Steps:
    """Read all files where their list, with size and time of each, is not the one of the last update."""
    if begun.records is None or begun.records not in KINDS:
        raise Broken(begun.url, f"needs a kind of records, one of {', '.join(KINDS)}")
    listing = yield Ask(begun.url, listing=True)
    listed = listing.read()
    digest = hashlib.sha256(listed).hexdigest()
    if begun.has_records and begun.marks.get(_LISTED) == digest:
        return Outcome(is_same=True, marks=begun.marks)
    tally = Tally(begun.records, begun.now)
    # a line of the listing: address, size and time by tabs
    addresses = [line.split("\t")[0] for line in listed.decode("utf-8", "surrogateescape").splitlines()]
    for address in addresses:
        if address.endswith(_ENDINGS):
            answer = yield Ask(address, most=MOST_ARCHIVE)
            give(_records(answer, tally))
    tally.check(begun.url)
    return Outcome(is_whole=True, marks={_LISTED: digest}, newest=tally.newest, refused=tuple(tally.refused))


def _records(answer: Answer, tally: Tally) -> Iterator[Record]:
    for name, document in _documents(answer):
        found = unwrapped(tally.kind, document)
        for at, data in enumerate(found, 1):
            yield from tally.take(name if len(found) == 1 else f"{name}, entry {at:,}", data)


def _documents(answer: Answer) -> Iterator[tuple[str, bytes]]:
    """Yield each document of a file with a name that finds it again."""
    name = answer.url.rpartition("/")[2]
    if name.endswith(".zip"):
        for member, data in members(answer.url, answer.stream()):
            yield f"{name}: {member}", data
    elif name.endswith(_LINES):
        for at, line in enumerate(lines(answer.url, answer.stream()), 1):
            if line.strip():
                yield f"{name}, line {at:,}", line
    elif name.endswith(_PACKED):
        yield name, whole(answer.url, answer.stream())
    else:
        yield name, answer.read()


FOLDER = Source("folder", "files in a folder", steps)
