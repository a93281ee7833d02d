"""CSV, as Excel and others write it: comma, semicolon or tab, with or without quotes.

Source: RFC 4180, and what Excel does instead.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import IO

from asepsis.exchange.recoded import in_utf8
from asepsis.exchange.source import Source
from asepsis.exchange.tables.quoting import quoted, unquoted
from asepsis.exchange.tables.sheet import MOST_BYTES, Book, Lines, UnreadableTableError, book_of
from asepsis.sentences import Sentence

_BETWEEN = ",;\t"
SEPARATED = Sentence("Its columns are taken to be separated by {what}.")
_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs"}


def read(source: Source) -> Book:
    """Return the one sheet of a CSV file, called after the file. Raises an `UnreadableError` that says why not.

    The text is UTF-8, or UTF-16 with a mark at its beginning.
    """
    text = in_utf8(source.limited(MOST_BYTES)).text()
    if "\0" in text:
        raise UnreadableTableError(source=source.name, reason="it holds null characters, so it is no text")
    between = separator(text)
    lines = Lines(source.name.rsplit(".", 1)[0] or source.name, source.name)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=between, strict=True)
    try:
        for number, cells in enumerate(reader, 1):
            lines.add(number, [unquoted(one.replace("\r\n", "\n")) for one in cells])
    except csv.Error as problem:
        reason = f"{str(problem).lower()} in line {reader.line_num:,}"
        raise UnreadableTableError(source=source.name, reason=reason) from problem
    notes = [] if between == "," else [SEPARATED.said(what=_NAMES[between])]
    return book_of(source.name, [lines.sheet()], notes)


def separator(text: str) -> str:
    """Return what separates the columns: whatever stands most often outside quotes in the first line."""
    counts, within = dict.fromkeys(_BETWEEN, 0), False
    for one in text[:65_536]:
        if one == '"':
            within = not within
        elif not within and one in counts:
            counts[one] += 1
        elif not within and one == "\n" and any(counts.values()):
            break
    return max(_BETWEEN, key=counts.__getitem__)


def write(stream: IO[bytes], rows: Iterable[Sequence[str]]) -> None:
    """Write rows as CSV with commas, in UTF-8 with the mark by which Excel knows it."""
    text = io.TextIOWrapper(stream, "utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text)
    for row in rows:
        writer.writerow([quoted(one) for one in row])
    text.detach()
