"""The public OSV buckets: an archive for each ecosystem, a list of what changed, and each record by itself.

Source: google.github.io/osv.dev/data, "Data dumps": <ecosystem>/all.zip, <ecosystem>/modified_id.csv, <ecosystem>/<id>.json.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from urllib.parse import quote

from asepsis.advisories.feeds.archive import members
from asepsis.advisories.feeds.feed import (
    MOST_ARCHIVE,
    Answer,
    Ask,
    Begun,
    Broken,
    Give,
    Outcome,
    Record,
    Source,
    Steps,
    instant,
)
from asepsis.advisories.feeds.record import Tally
from asepsis.advisories.packages import types_of

MOST_SINGLE = 2_000  # records that are fetched one by one; past it the archive is quicker
_NEWEST = "newest"


def steps(begun: Begun, give: Give) -> Steps:
    """Fetch what changed since the last update, record by record, or the whole archive where that is much.

    The archive is made from time to time, and lags behind the list: what is newer than all of it is fetched behind it.
    """
    base = f"{begun.url.rstrip('/')}/{quote(begun.part or '')}"
    listed = yield Ask(f"{base}/modified_id.csv", conditional=True, optional=True)
    if listed.is_same:
        return Outcome(is_same=True)
    told = b"" if listed.is_missing else listed.read()
    tally = Tally("osv", begun.now)
    since = instant(begun.marks.get(_NEWEST, "")) if begun.has_records else None
    changed = [] if since is None else list(_changed(listed.url, told, since))
    whole = since is None or listed.is_missing or len(changed) > MOST_SINGLE
    if whole:
        archive = yield Ask(f"{base}/all.zip", most=MOST_ARCHIVE, conditional=listed.is_missing)
        if archive.is_same:
            return Outcome(is_same=True)
        give(_of_archive(archive, tally))
        tally.check(archive.url)
        since = tally.newest
        changed = [] if since is None else list(_changed(listed.url, told, since))[-MOST_SINGLE:]
    for identity, at in reversed(changed):  # the oldest first: what was not reached is newer than the mark
        one = yield Ask(f"{base}/{quote(identity, safe=':')}.json", optional=True)
        if one.is_missing:
            tally.refuse(identity, "is listed as changed, and is not there")
        else:
            give(tally.take(identity, one.read()))
        since = at
    marks = {_NEWEST: since.isoformat()} if since else {}
    return Outcome(is_whole=whole, marks=marks, newest=tally.newest, refused=tuple(tally.refused))


def _changed(url: str, listed: bytes, since: datetime) -> Iterator[tuple[str, datetime]]:
    """Yield identifier and instant of what changed after `since`; the list holds the newest first."""
    for line in listed.splitlines():
        told, _, identity = line.decode(errors="replace").partition(",")
        at = instant(told)
        if at is None or not identity or "/" in identity or not identity.isprintable():
            raise Broken(url, f"holds a line that is none of its list ('{told[:40]}')")
        if at <= since:
            return
        yield identity, at


def _of_archive(archive: Answer, tally: Tally) -> Iterator[Record]:
    for name, data in members(archive.url, archive.stream()):
        yield from tally.take(name, data)


OSV = Source(
    "osv",
    "OSV",
    steps,
    url="https://osv-vulnerabilities.storage.googleapis.com",
    part="an ecosystem, as OSV names it",
    covers=lambda part: types_of(part or ""),
)
