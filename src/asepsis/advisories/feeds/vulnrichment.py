"""CISA's Vulnrichment: CVE records with what CISA adds to them, SSVC among it, as an archive of the repository.

Source: github.com/cisagov/vulnrichment; a record lies at <year>/<thousand>xxx/CVE-<year>-<number>.json.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from asepsis.advisories.feeds.archive import members
from asepsis.advisories.feeds.feed import MOST_ARCHIVE, Answer, Ask, Begun, Give, Outcome, Record, Source, Steps
from asepsis.advisories.feeds.record import Tally

_RECORD = re.compile(r"(?:.*/)?CVE-\d{4}-\d{4,}\.json")


def steps(begun: Begun, give: Give) -> Steps:
    """Fetch the archive where it changed."""
    archive = yield Ask(begun.url, most=MOST_ARCHIVE, conditional=True)
    if archive.is_same:
        return Outcome(is_same=True)
    tally = Tally("cve", begun.now)
    give(_records(archive, tally))
    tally.check(archive.url)
    return Outcome(is_whole=True, newest=tally.newest, refused=tuple(tally.refused))


def _records(archive: Answer, tally: Tally) -> Iterator[Record]:
    for name, data in members(archive.url, archive.stream()):
        if _RECORD.fullmatch(name):
            yield from tally.take(name, data)


VULNRICHMENT = Source(
    "vulnrichment",
    "CISA Vulnrichment",
    steps,
    url="https://github.com/cisagov/vulnrichment/archive/refs/heads/develop.zip",
)
