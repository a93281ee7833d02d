"""A list of who looks after which packages: a CSV file by which a bill goes out with categories and ends of support."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass

from asepsis.exchange.bill import Bill, day_of, purl_read
from asepsis.exchange.bill_writing import CATEGORIES, Care
from asepsis.exchange.purl import Purl, PurlPatternError, matches, precision
from asepsis.exchange.source import MIB, Source, Tally, UnreadableError
from asepsis.sentences import Sentence

MOST_BYTES = 16 * MIB
COLUMNS = ("purl", "category", "support", "end_of_support", "supplier")


class UnreadableCareError(UnreadableError):
    """A file is no list of who looks after which packages."""

    code = "care-unreadable"
    sentence = Sentence(
        "{source} cannot be read as a list of care: {reason}.",
        next="Write a CSV file with the columns {columns}, of which purl is a package URL or pattern such as pkg:npm/*.",
    )

    def __init__(self, *, source: str, reason: str) -> None:
        super().__init__(source=source, reason=reason, columns=COLUMNS)


@dataclass(frozen=True, slots=True)
class CareList:
    """Patterns of package URLs with what is decided about them, the most precise first."""

    lines: tuple[tuple[str, Care], ...]

    def of(self, bill: Bill) -> Mapping[int, Care]:
        """Return what is decided about the components of a bill, by offset; the most precise pattern counts."""
        found = {}
        for at, component in enumerate(bill.fact.components):
            purl = purl_read(component.purl) if component.purl else None
            if isinstance(purl, Purl):
                care = next((care for pattern, care in self.lines if matches(pattern, purl)), None)
                if care is not None:
                    found[at] = care
        return found


def read(source: Source) -> CareList:
    """Return the list in `source`. Raises `UnreadableCareError`, which names the line, and `EncodingError`."""
    rows = csv.DictReader(source.limited(MOST_BYTES).text().splitlines(), strict=True)
    lines = []
    try:
        named = list(rows.fieldnames or ())
        if "purl" not in named:
            raise UnreadableCareError(source=source.name, reason="it has no column purl")
        if extra := [name for name in named if name not in COLUMNS]:
            raise UnreadableCareError(source=source.name, reason=f"it has a column '{extra[0]}'")
        for row in rows:
            lines.append(
                _line(source, rows.line_num, {key: (value or "").strip() for key, value in row.items() if key})
            )
    except csv.Error as problem:
        raise UnreadableCareError(source=source.name, reason=f"line {rows.line_num}: {problem}") from problem
    return CareList(tuple(sorted(lines, key=lambda line: (precision(line[0]), line[0]))))


def _line(source: Source, number: int, row: dict[str, str]) -> tuple[str, Care]:
    pattern, category, last = row["purl"], row.get("category") or None, row.get("end_of_support") or None
    try:
        precision(pattern)
    except PurlPatternError as problem:
        raise UnreadableCareError(source=source.name, reason=f"line {number}: {problem.said.text()}") from problem
    if category not in (None, *CATEGORIES):
        reason = f"line {number}: the category '{category}' is none of {', '.join(CATEGORIES)}"
        raise UnreadableCareError(source=source.name, reason=reason)
    if last is not None and day_of(last, pattern, Tally()) != last:
        raise UnreadableCareError(source=source.name, reason=f"line {number}: the end of support '{last}' is no date")
    return pattern, Care(category, row.get("support") or None, last, row.get("supplier") or None)
