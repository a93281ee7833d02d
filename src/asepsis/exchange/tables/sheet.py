"""A sheet as it is read from any format: headings, rows of texts, where each stands, and what its reader should know."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from asepsis.exchange.source import MIB, UnreadableError
from asepsis.sentences import Said, Sentence

MOST_BYTES = 25 * MIB  # of one file
MOST_ROWS = 20_000  # of all sheets of one file
MOST_CELLS = 500_000  # of all sheets of one file, also empty ones that it has
MOST_COLUMNS = 200
MOST_SHEETS = 50
MOST_CELL = 100_000  # characters
MOST_NAMED = 20  # cells or columns that a note names


class UnreadableTableError(UnreadableError):
    """A file is no table that is read here, or one that is larger than is read."""

    code = "table-unreadable"
    sentence = Sentence(
        "{source} cannot be read as a table: {reason}.",
        next="Save it again as an Excel workbook (.xlsx), as CSV in UTF-8, or as ReqIF, and give that.",
    )


EMPTY = Sentence("{sheet} holds no row below its headings and is left out.")
UNHEADED = Sentence("Cells below no heading are left out: {cells}.")
TWICE = Sentence("The heading '{heading}' stands more than once; the later ones are called {names}.")


@dataclass(frozen=True, slots=True)
class Heading:
    """The heading of a column, and the letter of the column; ReqIF has none."""

    name: str
    column: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: a text for each heading, empty where nothing stands. `bad` says of a cell why it has no value."""

    number: int
    cells: tuple[str, ...]
    bad: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table of texts."""

    name: str
    headings: tuple[Heading, ...]
    rows: tuple[Row, ...]
    notes: tuple[Said, ...] = ()

    def at(self, row: Row, index: int) -> str:
        """Return where a cell stands, as people find it: `C7`; in ReqIF the attribute and the number of the object."""
        heading = self.headings[index]
        return f"{heading.column}{row.number}" if heading.column else f"{heading.name} of object {row.number}"

    def index(self, heading: str) -> int | None:
        """Return which column a heading stands over."""
        return next((at for at, one in enumerate(self.headings) if one.name == heading), None)

    def without(self, index: int) -> Sheet:
        """Return the sheet without a column; all others stay where they stand."""

        def left(row: Row) -> Row:
            bad = tuple((at - (at > index), why) for at, why in row.bad if at != index)
            return Row(row.number, (*row.cells[:index], *row.cells[index + 1 :]), bad)

        headings = (*self.headings[:index], *self.headings[index + 1 :])
        return Sheet(self.name, headings, tuple(map(left, self.rows)), self.notes)


@dataclass(frozen=True, slots=True)
class Book:
    """The sheets of one file, and what its reader should know of the file."""

    source: str
    sheets: tuple[Sheet, ...]
    notes: tuple[Said, ...] = ()


@dataclass
class Lines:
    """A sheet in the making: lines come one by one, the first that holds something is that of the headings."""

    name: str
    source: str
    notes: list[Said] = field(default_factory=list)
    headings: tuple[Heading, ...] = ()
    columns: tuple[int, ...] = ()  # where each heading stands
    rows: list[Row] = field(default_factory=list)
    unheaded: list[str] = field(default_factory=list)

    def add(self, number: int, cells: Sequence[str], bad: Iterable[tuple[int, str]] = ()) -> None:
        """Take the line of a number. Raises `UnreadableTableError` where there is more than is read."""
        wrong = dict(bad)
        if not any(one.strip() for one in cells) and not wrong:
            return
        if any(len(one) > MOST_CELL for one in cells):
            long = next(at for at, one in enumerate(cells) if len(one) > MOST_CELL)
            self.refuse(f"the cell {letter(long)}{number} of {self.name} holds more than {MOST_CELL:,} characters")
        if not self.headings:
            self._head(cells)
            return
        if len(self.rows) >= MOST_ROWS:
            self.refuse(f"{self.name} has more than {MOST_ROWS:,} rows")
        kept = tuple(cells[at] if at < len(cells) else "" for at in self.columns)
        self.rows.append(Row(number, kept, tuple((n, wrong[at]) for n, at in enumerate(self.columns) if at in wrong)))
        if len(self.unheaded) <= MOST_NAMED:
            stray = (at for at, one in enumerate(cells) if one.strip() and at not in self.columns)
            self.unheaded += [f"{letter(at)}{number}" for at in stray]

    def refuse(self, reason: str) -> None:
        """Raise `UnreadableTableError`."""
        raise UnreadableTableError(source=self.source, reason=reason)

    def _head(self, cells: Sequence[str]) -> None:
        if len(cells) > MOST_COLUMNS and any(one.strip() for one in cells[MOST_COLUMNS:]):
            self.refuse(f"{self.name} has more than {MOST_COLUMNS} columns")
        seen: dict[str, list[str]] = {}
        made = []
        for at, one in enumerate(cells):
            if name := " ".join(one.split()):
                earlier = seen.setdefault(name.casefold(), [])
                called = f"{name} ({letter(at)})" if earlier else name
                earlier.append(called)
                made.append((at, Heading(called, letter(at))))
        self.columns, self.headings = tuple(at for at, _ in made), tuple(one for _, one in made)
        self.notes += [TWICE.said(heading=names[0], names=names[1:]) for names in seen.values() if len(names) > 1]

    def sheet(self) -> Sheet:
        """Return the sheet."""
        if self.unheaded:
            named = self.unheaded[:MOST_NAMED]
            self.notes.append(
                UNHEADED.said(cells=named if len(self.unheaded) <= MOST_NAMED else [*named, "and others"])
            )
        return Sheet(self.name, self.headings, tuple(self.rows), tuple(self.notes))


def book_of(source: str, sheets: Iterable[Sheet], notes: Iterable[Said] = ()) -> Book:
    """Return the sheets that hold rows as one book; those without are told. Raises where none does."""
    every, told = list(sheets), list(notes)
    told += [EMPTY.said(sheet=one.name) for one in every if not one.rows]
    filled = tuple(one for one in every if one.rows)
    if not filled:
        raise UnreadableTableError(source=source, reason="no sheet of it holds a row below a row of headings")
    if sum(len(one.rows) for one in filled) > MOST_ROWS:
        raise UnreadableTableError(source=source, reason=f"its sheets have more than {MOST_ROWS:,} rows together")
    if sum(len(one.rows) * len(one.headings) for one in filled) > MOST_CELLS:
        raise UnreadableTableError(source=source, reason=f"it has more than {MOST_CELLS:,} cells")
    return Book(source, filled, tuple(told))


def letter(index: int) -> str:
    """Return the letters of a column, counted from 0: A, Z, AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
