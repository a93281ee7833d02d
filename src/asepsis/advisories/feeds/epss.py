"""FIRST's EPSS: the scores of a day as one table.

Source: www.first.org/epss/data_stats. The file begins with "#model_version:...,score_date:..."; copies lack that line, and
some are separated by semicolons; then the name of the file tells the day, as FIRST names its files of each day.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from asepsis.advisories.feeds.archive import lines
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

_CVE = re.compile(rb"CVE-\d{4}-\d{4,}")
_SHARE = re.compile(rb"(?:0(?:\.\d+)?|1(?:\.0+)?|\d(?:\.\d+)?[eE]-\d+)")
_DAY = re.compile(rb"score_date:([^,\s]+)")
_DAY_IN_NAME = re.compile(r"\d{4}-\d{2}-\d{2}")


def steps(begun: Begun, give: Give) -> Steps:
    """Fetch the table where it changed; a line that is none makes the whole table unusable, for it may be cut off."""
    answer = yield Ask(begun.url, most=MOST_ARCHIVE, conditional=True)
    if answer.is_same:
        return Outcome(is_same=True)
    table = _Table(answer)
    give(table.records())
    if not table.taken:
        raise Broken(answer.url, "holds no score")
    day = instant(table.day.decode("ascii", "replace")) if table.day else None
    return Outcome(is_whole=True, newest=day if day and day <= begun.now else None)


class _Table:
    """The table as it is read: `day` is known once its first line was."""

    def __init__(self, answer: Answer) -> None:
        in_name = _DAY_IN_NAME.search(answer.url.rpartition("/")[2])
        self.answer, self.day, self.taken = answer, in_name[0].encode("ascii") if in_name else b"", 0

    def records(self) -> Iterator[Record]:
        """Yield a record for each line: CVE, score, percentile and the day of the scores."""
        rows = lines(self.answer.url, self.answer.stream())
        head = next(rows, b"")
        if head.startswith(b"#"):
            day = _DAY.search(head)
            self.day = day[1] if day else self.day
            head = next(rows, b"")
        separator = b";" if b";" in head else b","
        if [one.strip().lower() for one in head.split(separator)][:3] != [b"cve", b"epss", b"percentile"]:
            raise Broken(self.answer.url, "does not begin with the columns cve, epss and percentile")
        behind = b',"date":"%s"' % self.day if re.fullmatch(rb"[0-9T:+Z.-]+", self.day) else b""
        for row in rows:
            cells = row.split(separator)
            if len(cells) != 3 or not _CVE.fullmatch(cells[0]) or not all(map(_SHARE.fullmatch, cells[1:])):
                raise Broken(self.answer.url, f"holds a line that is no score ('{row[:60].decode(errors='replace')}')")
            self.taken += 1
            line = b'{"cve":"%s","epss":"%s","percentile":"%s"%s}' % (*cells, behind)
            yield Record(cells[0].decode("ascii"), line)


EPSS = Source("epss", "FIRST EPSS", steps, url="https://epss.empiricalsecurity.com/epss_scores-current.csv.gz")
