"""Tables that were sent, in the worker's hands: read, their rows looked at, and all taken in.

What people see of it is kept as plain values, for pages that read nothing but these.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from asepsis.exchange.tables import delimited
from asepsis.exchange.tables.places import places_of
from asepsis.exchange.tables.sheet import Book, Sheet
from asepsis.jobs import sent
from asepsis.jobs.queue import InHand, Wanted
from asepsis.jobs.sent import Waiting
from asepsis.record.fields import What
from asepsis.record.kind import KINDS, Kind, kind_named
from asepsis.record.texts import choice_of
from asepsis.sentences import Said, Sentence
from asepsis.store import bringing, columns, queries
from asepsis.store.acts import Hand
from asepsis.store.bringing import NAMED, Asked, Becomes, Lenient, Plan, RowReceipt
from asepsis.store.changes import Actor
from asepsis.store.columns import Columns, Told

SORT = "table"
SOON = 20  # somebody looks at the page that waits for it
STEPS = 4  # read, matched, planned, taken in
SHOWN = 200  # rows
SAMPLES = 3
MOST_WORDS = 50  # of one column that can be given a choice
ORDER = (Becomes.REFUSED, Becomes.CHANGED, Becomes.TAKEN, Becomes.UNCHANGED)
LOOKED = Sentence("{name} was looked at: {counts}.")
TAKEN = Sentence("{name} was taken in: {counts}.")
OTHERWISE = Sentence("{name} was not taken in: its rows would now become something else.")


@dataclass(frozen=True, slots=True)
class Word:
    """A word that is none of the choices of its column: in how many rows it stands, and what it was said to stand for."""

    name: str
    word: str
    rows: int
    choice: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading, what stands in its first rows, and the place that it is taken for.

    Where that has `choices`, `words` are those that are none of them.
    """

    name: str
    heading: str
    samples: str
    place: str
    guessed: bool
    choices: tuple[str, ...] = ()
    words: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """One sheet (or the rows of one kind in it) with its columns; `places` are what they can be taken for."""

    number: int
    sheet: str
    rows: int
    kind: str  # its name; empty where none is told
    headings: tuple[str, ...]
    columns: tuple[Column, ...] = ()
    places: tuple[tuple[str, str], ...] = ()
    fixed: bool = False  # its kind comes from a column, and its places from the headings


def look(waiting: Waiting) -> Wanted:
    """Return the work of looking what would become of a table."""
    return _wanted(waiting, {})


def take(waiting: Waiting, seen: str, *, submit: bool, without: bool) -> Wanted:
    """Return the work of taking a table in, as what would become of it was `seen`; `without` the rows that are refused."""
    return _wanted(waiting, {"seen": seen, "submit": submit, "without": without})


def _wanted(waiting: Waiting, more: Mapping[str, Any]) -> Wanted:
    arguments = {"token": waiting.token, "person": waiting.person, **more}
    return Wanted(SORT, waiting.token, waiting.product, waiting.person, arguments, SOON)


def do(
    job: InHand, *, token: str, person: str, seen: str | None = None, submit: bool = False, without: bool = False
) -> Said:
    """Read a table and keep what would become of it; where that is what was `seen`, take it in.

    Raises `GoneTableError`, and what reading or the act refuses; then nothing was saved.
    """
    table = sent.of(token, person)
    hand = Hand(Actor(person), lambda: queries.now(datetime.now(UTC)))
    job.come(0, STEPS)
    book = table.book()
    job.come(1, STEPS)
    found = columns.of_book(book, table.product, _told(table), sure=False)
    job.come(2, STEPS)
    lenient = _lenient(table, found.lenient)
    made = bringing.plan(hand, found.asked, table.product, submit=submit, file=table.file, lenient=lenient)
    job.come(3, STEPS)
    if seen is not None and seen == _digest(made):

        def taking() -> tuple[Mapping[str, Any], bytes]:
            bringing.take(hand, made, without_refused=without)
            columns.keep(found.asked, table.product, hand, lenient)
            return _became(made), _receipts(made)

        table.taking(taking)
        told = TAKEN
    else:
        looked = _looked(book, found, made, table.product, otherwise=seen is not None)
        table.look(looked | {"make": lenient.make, "leave_out": lenient.leave}, _receipts(made))
        told = LOOKED if seen is None else OTHERWISE
    job.come(STEPS, STEPS)
    counts = [f"{made.counts[one]:,} {one}" for one in ORDER if made.counts.get(one)] or ["no row"]
    return told.said(name=table.name, counts=counts) if told is not OTHERWISE else told.said(name=table.name)


def _told(table: Waiting) -> dict[str, Told]:
    return {
        name: Told(_kind(table.kinds.get(name, "")), table.columns.get(name, {}), table.words.get(name, {}))
        for name in {*table.kinds, *table.columns, *table.words}
    }


def _lenient(table: Waiting, before: Lenient) -> Lenient:
    make = before.make if table.make is None else table.make
    return Lenient(make, before.leave if table.leave_out is None else table.leave_out)


def _kind(name: str) -> type[Kind] | None:
    return kind_named(name) if name else None


# --- what people see of it --------------------------------------------------------------------------------------------


def _looked(book: Book, found: Columns, made: Plan, product: str | None, *, otherwise: bool) -> dict[str, Any]:
    rows = [one for becomes in ORDER for one in made.of(becomes)]
    counts = made.counts
    scope = "P" if product else "O"
    return {
        "notes": [one.text() for one in _notes(book)],
        "parts": [asdict(one) for one in _parts(book, found, product)],
        "kept": found.kept,
        "kinds": sorted(name for name, kind in KINDS.items() if scope in kind.meta.of or product),
        "counts": [(str(one), counts.get(one, 0)) for one in ORDER if counts.get(one, 0)],
        "refused": counts.get(Becomes.REFUSED, 0),
        "takes": counts.get(Becomes.TAKEN, 0) + counts.get(Becomes.CHANGED, 0),
        "made": sum(one.sheet.name == NAMED for one in rows),
        "told": sum(1 for one in rows if one.told),
        "incomplete": sum(1 for one in rows if one.lacks and one.becomes in (Becomes.TAKEN, Becomes.CHANGED)),
        "rows": [_line(one) for one in rows[:SHOWN]],
        "more": max(0, len(rows) - SHOWN),
        "seen": _digest(made),
        "otherwise": otherwise,
    }


def _notes(book: Book) -> Iterator[Said]:
    yield from book.notes
    for sheet in book.sheets:
        yield from sheet.notes


def _parts(book: Book, found: Columns, product: str | None) -> Iterator[Part]:
    """Yield each sheet with its columns; of one whose rows are of several kinds, each kind by itself."""
    for number, sheet in enumerate(book.sheets):
        headings = tuple(one.name for one in sheet.headings)
        asked = [one for one in found.asked if one.sheet.name == sheet.name]
        if not asked:
            yield Part(number, sheet.name, len(sheet.rows), "", headings)
        for one in asked:
            was = columns.kept(one.sheet, product, one.kind)
            sure = columns.proposed(one.sheet, one.kind, sure=True).columns
            made = tuple(
                Column(
                    f"c.{number}.{at}",
                    heading.name,
                    _samples(one.sheet, at),
                    one.columns.get(heading.name, ""),
                    was is None and heading.name in one.columns and heading.name not in sure,
                    *_words(one, number, at),
                )
                for at, heading in enumerate(one.sheet.headings)
            )
            places = tuple(
                (place.name, f"{place.words}{' (needed)' if place.needed else ''}") for place in places_of(one.kind)
            )
            fixed = one.sheet is not sheet
            yield Part(number, sheet.name, len(one.sheet.rows), one.kind.__name__, headings, made, places, fixed)


def _samples(sheet: Sheet, at: int) -> str:
    found = dict.fromkeys(row.cells[at].strip() for row in sheet.rows[:50] if row.cells[at].strip())
    return " · ".join(one[:40] for one in list(found)[:SAMPLES])


def _words(asked: Asked, number: int, at: int) -> tuple[tuple[str, ...], tuple[Word, ...]]:
    """Return the choices of a column, or the people, and which words in it are none of them, the most frequent first."""
    heading = asked.sheet.headings[at].name
    place = next((one for one in places_of(asked.kind) if one.name == asked.columns.get(heading)), None)
    if place is None or place.form.what not in (What.CHOICE, What.ID):
        return (), ()
    choices = place.form.choices if place.form.what is What.CHOICE else tuple(sorted(set(queries.names().values())))
    parts = (re.split(r"[;,\n]", row.cells[at]) for row in asked.sheet.rows)
    counts = Counter(word for row in parts for word in {one.strip() for one in row} if word)
    said = asked.words.get(heading, {})
    odd = [(word, count) for word, count in counts.most_common() if choice_of(choices, word) is None]
    words = [
        Word(f"w.{number}.{at}.{index}", word, count, said.get(word, "")) for index, (word, count) in enumerate(odd)
    ]
    return choices, tuple(words[:MOST_WORDS])


def _line(one: RowReceipt) -> dict[str, Any]:
    return {
        "place": one.place,
        "becomes": str(one.becomes),
        "kind": one.kind.__name__,
        "label": one.label,
        "title": one.title,
        "problems": [problem.text() for problem in one.problems],
        "told": [said.text() for said in one.told],
        "lacks": one.lacks or "",
    }


def _digest(made: Plan) -> str:
    """Return a digest of what would become of each row, as a person saw it."""
    told = (f"{one.place}\t{one.becomes}\t{one.label}\t{one.before}" for one in made.receipts)
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


def _became(made: Plan) -> dict[str, Any]:
    done = made.of(Becomes.TAKEN, Becomes.CHANGED)
    submitted = [one for one in done if bringing.is_submitted(one, made)]
    return {
        "counts": [(str(one), made.counts.get(one, 0)) for one in ORDER if made.counts.get(one, 0)],
        "kinds": sorted({one.kind.__name__ for one in done}),
        "organisations": sorted(
            {one.kind.__name__ for one in done if bringing.scope_of(one.kind, made.product) is None}
        ),
        "submitted": len(submitted),
        "rows": [_line(one) for becomes in ORDER for one in made.of(becomes)][:SHOWN],
        "more": max(0, len(made.receipts) - SHOWN),
    }


def _receipts(made: Plan) -> bytes:
    """Return the receipt of every row, in their order, as CSV."""
    stream = io.BytesIO()
    delimited.write(stream, _lines(made.receipts))
    return stream.getvalue()


def _lines(receipts: Iterable[RowReceipt]) -> Iterator[tuple[str, ...]]:
    yield ("row", "becomes", "kind", "label", "title", "why", "what else was done", "lacks before it is submitted")
    for one in receipts:
        line = _line(one)
        yield (
            line["place"], line["becomes"], line["kind"], line["label"], line["title"], "; ".join(line["problems"]),
            "; ".join(line["told"]),
            line["lacks"],
        )  # fmt: skip
