"""The pages on which a table is sent, its columns are matched, what would become of each row is shown, and all come in."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from asepsis.errors import AsepsisError, InputError
from asepsis.exchange.tables import formats
from asepsis.exchange.tables.places import places_of
from asepsis.exchange.tables.sheet import Book, Sheet
from asepsis.readers import viewer
from asepsis.record.kind import KINDS, Kind, kind_named
from asepsis.sentences import Said
from asepsis.store import bringing, columns
from asepsis.store.bringing import Becomes, Plan, RowReceipt
from asepsis.store.columns import Columns, Told
from asepsis.web.account import hand_of
from asepsis.web.bring import waiting
from asepsis.web.bring.waiting import Waiting
from asepsis.web.moment import Moment, of_organisation, of_product
from asepsis.web.page import Access, framed, page, shown
from asepsis.web.words import Words

SHOWN = 200  # rows
SAMPLES = 3
brings = page(access=Access.WORKS, posts=Access.WORKS)


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading, what stands in its first rows, and the place that it is taken for."""

    name: str
    heading: str
    samples: str
    place: str
    guessed: bool


@dataclass(frozen=True, slots=True)
class Part:
    """One sheet (or the rows of one kind in it) with its columns; `places` are what they can be taken for."""

    number: int
    sheet: Sheet
    kind: str  # its name; empty where none is told
    columns: tuple[Column, ...]
    places: tuple[tuple[str, str], ...]
    fixed: bool = False  # its kind comes from a column, and its places from the headings


@brings
def of_a_product(request: HttpRequest, code: str) -> HttpResponse:
    """Give the form on which a table is sent, or keep one that was sent."""
    return _send(request, of_product(code))


@brings
def of_the_organisation(request: HttpRequest) -> HttpResponse:
    """Give the form on which a table of the organisation's records is sent, or keep one that was sent."""
    return _send(request, of_organisation())


@brings
def table_of_a_product(request: HttpRequest, code: str, token: str) -> HttpResponse:
    """Show what would become of a table that was sent, or match its columns, or take it in."""
    return _table(request, of_product(code), token)


@brings
def table_of_the_organisation(request: HttpRequest, token: str) -> HttpResponse:
    """Show what would become of a table that was sent, or match its columns, or take it in."""
    return _table(request, of_organisation(), token)


# --- sending ----------------------------------------------------------------------------------------------------------


def _send(request: HttpRequest, moment: Moment) -> HttpResponse:
    table = request.FILES.get("table")
    if request.method != "POST" or table is None:
        missing = request.method == "POST"
        return _sheet_of(request, moment, "bring", status=422 if missing else 200, missing=missing)
    product = moment.product.id if moment.product else None
    try:
        sent = waiting.send(_person(), product, table, request.FILES.getlist("files"), datetime.now(UTC))
        try:
            columns.of_book(formats.read(sent.source), product, {}, sure=False)
        except InputError:
            sent.leave()
            raise
    except AsepsisError as error:
        return _sheet_of(request, moment, "bring", status=422, error=error, told=error.said.text())
    return HttpResponseRedirect(moment.to(f"bring/{sent.token}"))


def _person() -> str:
    return viewer.current().person or ""


def _sheet_of(request: HttpRequest, moment: Moment, template: str, *, status: int = 200, **more: Any) -> HttpResponse:
    found = shown(request, template, framed(moment, "bring", wide=True), Words(moment), **more)
    found.status_code = status
    return found


# --- looking and taking -----------------------------------------------------------------------------------------------


def _table(request: HttpRequest, moment: Moment, token: str) -> HttpResponse:
    sent = waiting.of(token, _person())
    if sent.product != (moment.product.id if moment.product else None):
        raise waiting.GoneTableError
    if sent.became is not None:
        return _sheet_of(request, moment, "brought", sent=sent, became=sent.became)
    do = request.POST.get("do", "") if request.method == "POST" else ""
    if do == "leave":
        sent.leave()
        return HttpResponseRedirect(moment.to("bring"))
    book = formats.read(sent.source)
    if do == "look":
        _remember(sent, book, request.POST)
        return HttpResponseRedirect(moment.to(f"bring/{token}#rows"))
    found = columns.of_book(book, sent.product, _told(sent), sure=False)
    made = bringing.plan(hand_of(request), found.asked, sent.product, submit="submit" in request.POST, file=sent.file)
    if do != "take":
        return _look(request, moment, sent, book, found, made)
    without = "without" in request.POST
    if request.POST.get("seen") != _digest(made):
        return _look(request, moment, sent, book, found, made, otherwise=True)

    def take() -> dict[str, Any]:
        bringing.take(hand_of(request), made, without_refused=without)
        columns.keep(found.asked, sent.product, hand_of(request))
        return _became(made)

    try:
        sent.taking(take)
    except AsepsisError as error:
        return _look(request, moment, sent, book, found, made, error=error)
    return HttpResponseRedirect(moment.to(f"bring/{token}"))


def _told(sent: Waiting) -> dict[str, Told]:
    names = {*sent.kinds, *sent.columns}
    return {name: Told(_kind(sent.kinds.get(name, "")), sent.columns.get(name, {})) for name in names}


def _kind(name: str) -> type[Kind] | None:
    return kind_named(name) if name else None


def _remember(sent: Waiting, book: Book, words: Mapping[str, str]) -> None:
    """Keep for what a person takes sheets and columns; where the kind of a sheet becomes another, its columns begin anew."""
    before = columns.of_book(book, sent.product, _told(sent), sure=False)
    was = {one.sheet.name: one.kind.__name__ for one in before.asked}
    for number, sheet in enumerate(book.sheets):
        kind = words.get(f"kind.{number}", "")
        if kind not in KINDS:
            sent.kinds.pop(sheet.name, None)
            continue
        sent.kinds[sheet.name] = kind
        if was.get(sheet.name) == kind:
            sent.columns[sheet.name] = _placed(number, sheet, KINDS[kind], words)
        else:
            sent.columns.pop(sheet.name, None)
    sent.save()


def _placed(number: int, sheet: Sheet, kind: type[Kind], words: Mapping[str, str]) -> dict[str, str | None]:
    """Return the place of each heading as a form says; of two that name one place the first has it."""
    known, taken = {one.name for one in places_of(kind)}, set[str]()
    placed: dict[str, str | None] = {}
    for at, heading in enumerate(sheet.headings):
        place = words.get(f"c.{number}.{at}", "")
        fits = place in known and place not in taken
        placed[heading.name] = place if fits else None
        taken |= {place} if fits else set()
    return placed


def _look(
    request: HttpRequest,
    moment: Moment,
    sent: Waiting,
    book: Book,
    found: Columns,
    made: Plan,
    *,
    otherwise: bool = False,
    error: AsepsisError | None = None,
) -> HttpResponse:
    rows = [one for becomes in _ORDER for one in made.of(becomes)]
    counts = made.counts
    scope = "P" if moment.product else "O"
    return _sheet_of(
        request,
        moment,
        "bringtable",
        status=409 if otherwise or error else 200,
        sent=sent,
        notes=[one.text() for one in _notes(book)],
        parts=list(_parts(book, found, sent.product)),
        kept=found.kept,
        unknown=found.unknown,
        kinds=sorted(name for name, kind in KINDS.items() if scope in kind.meta.of or moment.product),
        counts=[(str(one), counts.get(one, 0)) for one in _ORDER if counts.get(one, 0)],
        refused=counts.get(Becomes.REFUSED, 0),
        takes=counts.get(Becomes.TAKEN, 0) + counts.get(Becomes.CHANGED, 0),
        incomplete=sum(1 for one in rows if one.lacks and one.becomes in (Becomes.TAKEN, Becomes.CHANGED)),
        rows=[_line(one) for one in rows[:SHOWN]],
        more=max(0, len(rows) - SHOWN),
        seen=_digest(made),
        otherwise=otherwise,
        error=error,
        told=error.said.text() if error else "",
    )


_ORDER = (Becomes.REFUSED, Becomes.CHANGED, Becomes.TAKEN, Becomes.UNCHANGED)


def _notes(book: Book) -> Iterator[Said]:
    yield from book.notes
    for sheet in book.sheets:
        yield from sheet.notes


def _parts(book: Book, found: Columns, product: str | None) -> Iterator[Part]:
    """Yield each sheet with its columns; of one whose rows are of several kinds, each kind by itself."""
    for number, sheet in enumerate(book.sheets):
        asked = [one for one in found.asked if one.sheet.name == sheet.name]
        if not asked:
            yield Part(number, sheet, "", (), ())
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
                )
                for at, heading in enumerate(one.sheet.headings)
            )
            places = tuple(
                (place.name, f"{place.words}{' (needed)' if place.needed else ''}") for place in places_of(one.kind)
            )
            yield Part(number, one.sheet, one.kind.__name__, made, places, fixed=one.sheet is not sheet)


def _samples(sheet: Sheet, at: int) -> str:
    found = dict.fromkeys(row.cells[at].strip() for row in sheet.rows[:50] if row.cells[at].strip())
    return " · ".join(one[:40] for one in list(found)[:SAMPLES])


def _line(one: RowReceipt) -> dict[str, Any]:
    return {
        "place": one.place,
        "becomes": str(one.becomes),
        "kind": one.kind.__name__,
        "label": one.label,
        "title": one.title,
        "problems": [problem.text() for problem in one.problems],
        "lacks": one.lacks or "",
    }


def _digest(made: Plan) -> str:
    """Return a digest of what would become of each row, as a person saw it."""
    told = (f"{one.place}\t{one.becomes}\t{one.label}\t{one.before}" for one in made.receipts)
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


def _became(made: Plan) -> dict[str, Any]:
    done: Sequence[RowReceipt] = made.of(Becomes.TAKEN, Becomes.CHANGED)
    submitted = [one for one in done if bringing.is_submitted(one, made)]
    return {
        "counts": [(str(one), made.counts.get(one, 0)) for one in _ORDER if made.counts.get(one, 0)],
        "kinds": sorted({one.kind.__name__ for one in done}),
        "organisations": sorted(
            {one.kind.__name__ for one in done if bringing.scope_of(one.kind, made.product) is None}
        ),
        "submitted": len(submitted),
        "rows": [_line(one) for becomes in _ORDER for one in made.of(becomes)][:SHOWN],
        "more": max(0, len(made.receipts) - SHOWN),
    }
