"""CISA's catalogue of known exploited vulnerabilities: one document, as old as it says.

Source: www.cisa.gov/known-exploited-vulnerabilities-catalog.
"""

from __future__ import annotations

import msgspec

from asepsis.advisories.feeds.feed import Ask, Begun, Broken, Give, Outcome, Source, Steps, instant, newest_of
from asepsis.advisories.feeds.record import Tally


class _Catalogue(msgspec.Struct):
    count: int
    dateReleased: str  # noqa: N815 - the name of the format
    vulnerabilities: list[msgspec.Raw]


def steps(begun: Begun, give: Give) -> Steps:
    """Fetch the catalogue where it changed; one that is shorter than it says is not whole."""
    answer = yield Ask(begun.url, conditional=True)
    if answer.is_same:
        return Outcome(is_same=True)
    try:
        found = msgspec.json.decode(answer.read(), type=_Catalogue)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise Broken(answer.url, f"is not the catalogue: {problem}") from problem
    if found.count != len(found.vulnerabilities):
        raise Broken(answer.url, f"counts {found.count:,} vulnerabilities and holds {len(found.vulnerabilities):,}")
    tally = Tally("kev", begun.now)
    for at, one in enumerate(found.vulnerabilities):
        give(tally.take(f"entry {at:,}", bytes(one)))
    tally.check(answer.url)
    newest = newest_of([instant(found.dateReleased), tally.newest], begun.now)
    return Outcome(is_whole=True, newest=newest, refused=tuple(tally.refused))


KEV = Source(
    "kev",
    "CISA KEV",
    steps,
    url="https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json",
)
