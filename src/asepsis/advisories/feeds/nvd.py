"""The API 2.0 of the NVD: all vulnerabilities in pages, and then what was modified in windows of time.

Source: nvd.nist.gov/developers/vulnerabilities, and "Best practices" there for the pauses.
"""

from __future__ import annotations

from collections.abc import Generator
from datetime import datetime, timedelta

import msgspec

from asepsis.advisories.feeds.feed import Answer, Ask, Begun, Broken, Give, Outcome, Source, Steps, instant
from asepsis.advisories.feeds.record import Tally

PAGE = 2_000
LONGEST_WINDOW = timedelta(days=119)  # the API takes 120
PAUSE, PAUSE_WITH_KEY = 6.0, 0.6
_UNTIL = "until"


class _Vulnerability(msgspec.Struct):
    cve: msgspec.Raw


class _Page(msgspec.Struct):
    startIndex: int  # noqa: N815 - the names of the API
    totalResults: int  # noqa: N815
    vulnerabilities: list[_Vulnerability]


def steps(begun: Begun, give: Give) -> Steps:
    """Fetch all pages the first time, afterwards those of what was modified since the last update began."""
    tally = Tally("nvd", begun.now)
    since = instant(begun.marks.get(_UNTIL, "")) if begun.has_records else None
    if since is None:
        yield from _pages(begun, "", tally, give)
        tally.check(begun.url)
    else:
        while since < begun.now:
            until = min(since + LONGEST_WINDOW, begun.now)
            yield from _pages(
                begun, f"&lastModStartDate={_written(since)}&lastModEndDate={_written(until)}", tally, give
            )
            since = until
    marks = {_UNTIL: begun.now.isoformat()}
    same = not tally.taken and begun.has_records
    whole = instant(begun.marks.get(_UNTIL, "")) is None or not begun.has_records
    return Outcome(same, whole, marks, tally.newest, tuple(tally.refused))


def _pages(begun: Begun, window: str, tally: Tally, give: Give) -> Generator[Ask, Answer, None]:
    """Fetch page after page until as many came as the API counts; they may grow meanwhile, and never fall short."""
    pause = PAUSE_WITH_KEY if begun.key else PAUSE
    headers = (("apiKey", begun.key),) if begun.key else ()
    at, total = 0, 1
    while at < total:
        url = f"{begun.url}?resultsPerPage={PAGE}&startIndex={at}{window}"
        answer = yield Ask(url, pause=pause, headers=headers)
        page = _page(answer)
        if page.startIndex != at or (not page.vulnerabilities and page.totalResults > at):
            raise Broken(url, f"is not the page that begins at {at:,} of {page.totalResults:,}")
        for one in page.vulnerabilities:
            give(tally.take(f"entry {at:,}", bytes(one.cve)))
            at += 1
        total = page.totalResults


def _page(answer: Answer) -> _Page:
    try:
        return msgspec.json.decode(answer.read(), type=_Page)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise Broken(answer.url, f"is no page of vulnerabilities: {problem}") from problem


def _written(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


NVD = Source("nvd", "NVD API 2.0", steps, url="https://services.nvd.nist.gov/rest/json/cves/2.0")
