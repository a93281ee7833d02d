"""Excel workbooks (.xlsx): their visible sheets as texts, and texts as a workbook.

A workbook is a zip of XML: it is measured before it is opened, so that neither a bomb nor an endless sheet is unpacked.

Source: ECMA-376, Office Open XML.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import IO, Any, NoReturn
from xml.etree.ElementTree import ParseError

import openpyxl
from defusedxml.common import DefusedXmlException
from openpyxl.utils.exceptions import InvalidFileException

from asepsis.errors import InputError
from asepsis.exchange.source import MIB, Source
from asepsis.exchange.tables.feeding import Nothing, feed
from asepsis.exchange.tables.quoting import quoted, unquoted
from asepsis.exchange.tables.sheet import (
    MOST_BYTES,
    MOST_CELLS,
    MOST_COLUMNS,
    MOST_NAMED,
    MOST_ROWS,
    MOST_SHEETS,
    Book,
    Lines,
    Sheet,
    UnreadableTableError,
    book_of,
    letter,
)
from asepsis.exchange.xml_pieces import PIECE
from asepsis.sentences import Said, Sentence

MOST_UNPACKED = 32 * MIB  # of all parts together
MOST_PARTS = 2_000
MOST_VALUELESS = 10_000  # formulas whose value was not saved
LAST_ROW = 1_048_576  # of a sheet of Excel
MOST_WRITTEN = 32_767  # characters of a cell, as Excel has it

HIDDEN = Sentence("The sheet {sheet} is hidden and is left out. Show it in Excel and save, if its rows are meant.")
FORMULAS = Sentence("{count} cells of {sheet} hold formulas; the values that Excel saved last are taken.")
MERGED = Sentence(
    "Cells of {sheet} are merged ({cells}); only the first cell of each has the value, the others count as empty."
)
HIDDEN_ROWS = Sentence("{count} rows of {sheet} are hidden or filtered away; they are taken like the others.")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_TO_ESCAPE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|\r|_(?=x[0-9A-Fa-f]{4}_)")
NO_VALUE = "holds a formula whose value was not saved"


class TooLongCellError(InputError):
    """A text is longer than a cell of Excel holds."""

    code = "cell-too-long"
    sentence = Sentence(
        "A text of {count} characters in the column '{column}' does not fit: a cell of Excel holds {most}.",
        next="Take the list as CSV, which has no such limit.",
    )


def read(source: Source) -> Book:
    """Return the visible sheets of a workbook. Raises an `UnreadableError` that says why it is not read.

    Formulas count as the value that was saved with them; what is merged, hidden or left out is told in notes.
    """
    _measure(source.limited(MOST_BYTES))
    try:
        return _read(source)
    except (InvalidFileException, zipfile.BadZipFile, zlib.error, DefusedXmlException, ParseError) as problem:
        raise UnreadableTableError(source=source.name, reason="it is damaged, or no workbook") from problem
    except (KeyError, ValueError, TypeError, IndexError, AttributeError, OverflowError) as problem:  # openpyxl's own
        raise UnreadableTableError(source=source.name, reason="its parts do not fit each other") from problem


def _measure(source: Source) -> None:
    """Raise `UnreadableTableError` where a file is no zip, or one that unpacks to more than is read."""
    try:
        with zipfile.ZipFile(io.BytesIO(source.data)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as problem:
        told = (
            "it is protected by a password, or an .xls of before 2007" if source.data[:4] == b"\xd0\xcf\x11\xe0" else ""
        )
        raise UnreadableTableError(source=source.name, reason=told or "it is no Excel workbook") from problem
    if len(parts) > MOST_PARTS:
        raise UnreadableTableError(source=source.name, reason=f"it has more than {MOST_PARTS:,} parts")
    size = sum(one.file_size for one in parts)
    if size > MOST_UNPACKED:
        reason = f"it unpacks to {size:,} bytes, and at most {MOST_UNPACKED:,} are read"
        raise UnreadableTableError(source=source.name, reason=reason)
    if any(one.flag_bits & 1 for one in parts):
        raise UnreadableTableError(source=source.name, reason="it is protected by a password")


def _read(source: Source) -> Book:
    notes: list[Said] = []
    sheets: list[Sheet] = []
    with zipfile.ZipFile(io.BytesIO(source.data)) as archive:
        for (
            name
        ) in archive.namelist():  # before openpyxl, which sets itself no such bounds, and reads any that is named
            _feed(archive, name, Nothing(), source, is_xml=name.endswith((".xml", ".rels")))
        book = openpyxl.load_workbook(io.BytesIO(source.data), read_only=True, data_only=True, keep_links=False)
        try:
            if len(book.worksheets) > MOST_SHEETS:
                raise UnreadableTableError(source=source.name, reason=f"it has more than {MOST_SHEETS} sheets")
            cells = 0
            for page in book.worksheets:
                if page.sheet_state != "visible":
                    notes.append(HIDDEN.said(sheet=page.title))
                else:
                    told = _look(archive, page._worksheet_path, source, cells)
                    cells = told.cells
                    sheets.append(_sheet(page, told, source))
        finally:
            book.close()
    return book_of(source.name, sheets, notes)


def _sheet(page: Any, told: _Told, source: Source) -> Sheet:
    lines = Lines(page.title, source.name)
    if len(told.rows) > MOST_ROWS + 1:
        lines.refuse(f"{page.title} has more than {MOST_ROWS:,} rows")
    if told.last > LAST_ROW:
        lines.refuse(f"{page.title} has a row {told.last:,}, behind the last that there is")
    if len(told.without_value) > MOST_VALUELESS:
        lines.refuse(f"{page.title} holds formulas without values: open it in Excel and save it once more")
    page.reset_dimensions()  # what a sheet says of its size may be anything
    width = min(told.width, MOST_COLUMNS + 1)
    for number, cells in enumerate(page.iter_rows(max_col=width, max_row=told.last), 1):
        if number not in told.rows:
            continue  # a gap, which may be a million rows long
        texts, bad = [], []
        for at, one in enumerate(cells):
            text, wrong = _text(one)
            texts.append(text)
            if (at, number) in told.without_value:
                wrong = NO_VALUE
            if wrong:
                bad.append((at, wrong))
        lines.add(number, texts, bad)
    if told.formulas:
        lines.notes.append(FORMULAS.said(count=told.formulas, sheet=page.title))
    if told.merged:
        lines.notes.append(MERGED.said(sheet=page.title, cells=told.merged[:MOST_NAMED]))
    if told.hidden:
        lines.notes.append(HIDDEN_ROWS.said(count=told.hidden, sheet=page.title))
    return lines.sheet()


def _text(cell: Any) -> tuple[str, str]:
    """Return the value of a cell as a text, and what is wrong with it."""
    value = cell.value
    match value:
        case None:
            return "", ""
        case str() if cell.data_type == "e":
            return "", f"holds the error {value}"
        case str():
            return unquoted(_unescaped(value).replace("\r\n", "\n")), ""
        case bool():
            return "yes" if value else "no", ""
        case datetime() if value.time() == time():
            return value.date().isoformat(), ""
        case datetime():
            return value.isoformat(" ", "seconds"), ""
        case date():
            return value.isoformat(), ""
        case float() if value.is_integer() and abs(value) < 2**53:
            return str(int(value)), ""
        case float():
            return repr(value), ""
        case time() | timedelta():
            return str(value), ""
    return str(value), ""


def _unescaped(text: str) -> str:
    """Return a text with the characters that XML cannot hold, which Excel writes as `_x0001_`."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


# --- what openpyxl does not tell ----------------------------------------------------------------------------------------


class _Told:
    """What the XML of a sheet tells beside its values: formulas, merged cells, hidden rows, how far it goes."""

    def __init__(self, cells: int, refuse: Callable[[str], NoReturn]) -> None:
        self.cells = cells  # of the sheets before, and of this one
        self._refuse = refuse
        self.formulas = 0
        self.without_value: set[tuple[int, int]] = set()  # column and row of formulas
        self.merged: list[str] = []
        self.hidden = 0
        self.rows: set[int] = set()
        self.last = 0
        self.width = 1
        self._row = 0
        self._cell = (0, 0)
        self._part = ""
        self._open = False  # a formula whose value did not come yet

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._part = tag.rpartition("}")[2]
        match self._part:
            case "row":
                number = attributes.get("r", "")
                self._row = int(number) if number.isdecimal() and len(number) < 9 else self._row + 1
                self.last = max(self.last, self._row)
                self.hidden += attributes.get("hidden") in ("1", "true")
                if len(self.rows) <= MOST_ROWS + 1:
                    self.rows.add(self._row)
                self._cell = (-1, self._row)
            case "c":
                place = re.fullmatch(r"([A-Z]{1,3})([0-9]{1,8})", attributes.get("r", ""))
                self._cell = (_index(place[1]), int(place[2])) if place else (self._cell[0] + 1, self._cell[1])
                self.width = max(self.width, self._cell[0] + 1)
                self.cells += 1
                if self.cells > MOST_CELLS:
                    self._refuse(f"it has more than {MOST_CELLS:,} cells")
            case "f":
                self.formulas += 1
                self._open = True
            case "mergeCell" if len(self.merged) <= MOST_NAMED:
                self.merged.append(attributes.get("ref", "")[:20])

    def data(self, text: str) -> None:
        if self._open and self._part in ("v", "t") and text.strip():
            self._open = False

    def end(self, tag: str) -> None:
        if self._open and tag.rpartition("}")[2] == "c":
            self._open = False
            if len(self.without_value) <= MOST_VALUELESS:
                self.without_value.add(self._cell)

    def close(self) -> None:
        pass


def _index(letters: str) -> int:
    found = 0
    for one in letters:
        found = found * 26 + ord(one) - ord("A") + 1
    return found - 1


def _look(archive: zipfile.ZipFile, path: str, source: Source, cells: int) -> _Told:
    def refuse(reason: str) -> NoReturn:
        raise UnreadableTableError(source=source.name, reason=reason)

    told = _Told(cells, refuse)
    _feed(archive, path.lstrip("/"), told, source)
    return told


def _feed(archive: zipfile.ZipFile, name: str, target: Any, source: Source, *, is_xml: bool = True) -> None:
    def refuse(reason: str) -> NoReturn:
        raise UnreadableTableError(source=source.name, reason=f"in its part {name} {reason}")

    with archive.open(name) as stream:
        feed(target, _pieces(stream, source), refuse, is_xml=is_xml)


def _pieces(stream: IO[bytes], source: Source) -> Iterator[bytes]:
    """Yield a part of the archive, and no more of it than is read: what a zip says of its sizes may be untrue."""
    left = MOST_UNPACKED
    while piece := stream.read(PIECE):
        left -= len(piece)
        if left < 0:
            raise UnreadableTableError(source=source.name, reason="it unpacks to more than it says")
        yield piece


# --- writing ----------------------------------------------------------------------------------------------------------


def write(stream: IO[bytes], sheets: Iterable[tuple[str, Iterable[Sequence[str]]]]) -> None:
    """Write sheets, each a name and rows of texts, the first of them the headings. Raises `TooLongCellError`."""
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font

    book = openpyxl.Workbook(write_only=True)
    heading, wrapped = Font(bold=True), Alignment(wrap_text=True, vertical="top")

    def cells(page: Any, row: Sequence[str], headings: Sequence[str] | None) -> Iterator[Any]:
        for at, one in enumerate(row):
            if len(one) > MOST_WRITTEN - 1:
                raise TooLongCellError(count=len(one), column=(headings or row)[at][:40], most=MOST_WRITTEN)
            cell = WriteOnlyCell(page, _escaped(quoted(one)) or None)
            cell.data_type = "s"  # never a formula, whatever it begins with
            if headings is None:
                cell.font = heading
            elif "\n" in one:
                cell.alignment = wrapped
            yield cell

    for name, rows in sheets:
        page = book.create_sheet(re.sub(r"[\[\]:*?/\\]", " ", name)[:31])
        page.freeze_panes = "A2"
        headings: Sequence[str] | None = None
        try:
            for row in rows:
                if headings is None:
                    for at, one in enumerate(row):
                        page.column_dimensions[letter(at)].width = max(12, min(48, len(one) + 4))
                page.append(list(cells(page, row, headings)))
                headings = headings or row
        finally:
            page.close()
    book.save(stream)


def _escaped(text: str) -> str:
    return _TO_ESCAPE.sub(lambda found: f"_x{ord(found[0]):04X}_", text)
