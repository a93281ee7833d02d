"""Records of one kind, a page at a time: filtered and sorted by indexed columns alone, each page begun where one ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.http import FileResponse, HttpRequest
from django.http.response import HttpResponseBase

from asepsis.readers import viewer, visible
from asepsis.record.history import Head, History
from asepsis.record.kind import Kind, kind_named
from asepsis.store import listing, queries, rights
from asepsis.store.models import Person, Record
from asepsis.web import tables, then, views
from asepsis.web.kinds import counted
from asepsis.web.moment import Moment, of_organisation, of_product
from asepsis.web.page import framed, page, shown
from asepsis.web.record import process_of
from asepsis.web.values import choices
from asepsis.web.words import DAY, Words

PAGE = 50
STATES = (*(str(one) for one in Head), "retired")
AT_ONCE = 500  # rows of a table that is taken away
RANK = 1_000  # the column holds thousandths


@dataclass(frozen=True, slots=True)
class Asked:
    """What a list is asked for, as far as it makes sense; anything else is not asked."""

    state: str = ""
    group: str = ""
    who: str = ""
    due: str = ""
    sort: str = "number"
    after: str = ""

    @classmethod
    def of(cls, kind: type[Kind], given: Mapping[str, str]) -> Asked:
        """Return what the words of an address ask of a kind."""
        sorts = ["number", *(["due"] if kind.meta.due else []), *(["rank"] if kind.meta.rank else [])]
        return cls(
            given["state"] if given.get("state") in STATES else "",
            given["group"] if kind.meta.group and given.get("group") in choices(kind) else "",
            given.get("who", "")[:80].strip() if kind.meta.who else "",
            given["due"] if kind.meta.due and DAY.fullmatch(given.get("due", "")) else "",
            given["sort"] if given.get("sort") in sorts else "number",
            given.get("after", "")[:80],
        )

    def with_(self, **other: str) -> str:
        """Return the words of the address for the same list but for `other`."""
        words = {name: getattr(self, name) for name in ("state", "group", "who", "due", "sort")} | other
        told = urlencode({name: word for name, word in words.items() if word and (name, word) != ("sort", "number")})
        return f"?{told}" if told else "?"

    @property
    def filtered(self) -> bool:
        """Return whether anything is left out."""
        return bool(self.state or self.group or self.who or self.due)


@dataclass(frozen=True, slots=True)
class Line:
    """One record in a list."""

    row: Record
    title: str
    state: str
    group: str
    who: str
    rank: str


@page
def of_a_product(request: HttpRequest, code: str, kind: str, position: int | None = None) -> HttpResponseBase:
    """Give the records of one kind of a product."""
    return _list(request, of_product(code, position), kind_named(kind))


@page
def of_the_organisation(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Give the records of one kind of the organisation."""
    return _list(request, of_organisation(), kind_named(kind))


def _list(request: HttpRequest, moment: Moment, kind: type[Kind]) -> HttpResponseBase:
    asked = Asked.of(kind, request.GET)
    if request.GET.get("as") in tables.MEDIA:
        return _download(moment, kind, asked, request.GET["as"])
    words = Words(moment)
    if moment.past:
        asked = Asked(after=asked.after)
        lines, following = then_lines(moment, kind, asked)
    else:
        rows, following = rows_of(moment, kind, asked)
        words.know(row.who for row in rows if row.who)
        lines = [line(words, row) for row in rows]
    current = process_of(kind) if moment.product else "organisation"
    return shown(
        request,
        "list",
        framed(moment, current, wide=True),
        words,
        meta=kind.meta,
        is_about=" ".join((kind.__doc__ or "").split()),
        count=counted(moment, [kind])[0],
        asked=asked,
        lines=lines,
        following=asked.with_(after=following) if following else None,
        first=asked.with_() if asked.after else None,
        states=STATES,
        groups=groups(kind),
        by_due=asked.with_(sort="due"),
        by_rank=asked.with_(sort="rank"),
        by_number=asked.with_(sort="number"),
        none="?",
        writes=_writes(moment, kind),
        tables=[(name, asked.with_(**{"as": name})) for name in tables.MEDIA],
        place=views.place_of(moment, kind),
        saved=views.of(moment, kind),
        kept=asked.with_().removeprefix("?"),
        signers=_signers(kind, words) if not lines else [],
    )


def _signers(kind: type[Kind], words: Words) -> list[tuple[str, str]]:
    """Return the signatures that a record of a kind asks for, each with who gives it today; none where it depends."""
    signed = kind.meta.signed if isinstance(kind.meta.signed, tuple) else ()
    return [(slot.label, ", ".join(words.people.owner(str(role)).words for role in slot.roles)) for slot in signed]


def _download(moment: Moment, kind: type[Kind], asked: Asked, form: str) -> FileResponse:
    """Return every record of the list as a table: those that the filters let through, or that were there then."""
    if moment.past:
        found = _filtered(moment, kind, Asked()).order_by("number", "label")
        return tables.download(moment, kind, form, found.iterator(AT_ONCE), lambda rows: _shown_then(moment, rows))
    found = _filtered(moment, kind, asked)
    found = found.order_by("number", "label") if asked.sort == "number" else _sorted(found, asked)
    return tables.download(moment, kind, form, found.iterator(AT_ONCE), listing.heads(state_of))


def _writes(moment: Moment, kind: type[Kind]) -> str | None:
    """Return the address of the form of a new record, for who may write one there."""
    product = moment.product.id if moment.product else None
    fits = ("P" if product else "O") in kind.meta.of
    may = fits and not moment.past and viewer.current().may(rights.ACTS["write"], product)
    return moment.to(f"new/{kind.__name__}") if may else None


def rows_of(moment: Moment, kind: type[Kind], asked: Asked) -> tuple[list[Record], str | None]:
    """Return one page of records, and where the next one begins; `None` where there is none."""
    found = _filtered(moment, kind, asked)
    unnumbered: list[Record] = []
    if asked.sort == "number":
        if not asked.after:  # a record that was withheld once has no number
            unnumbered = list(found.filter(number=None).order_by("label")[:PAGE])
        found = found.exclude(number=None)
        after = _whole(asked.after)
        found = found.filter(number__gt=after) if after is not None else found
        rows = list(found.order_by("number")[: PAGE + 1])
        following = str(rows[PAGE - 1].number) if len(rows) > PAGE else None
    else:
        rows = list(_sorted(found, asked)[: PAGE + 1])
        last = rows[PAGE - 1] if len(rows) > PAGE else None
        following = f"{getattr(last, asked.sort)}:{last.id}" if last else None
    return [*unnumbered, *rows[:PAGE]], following


def _filtered(moment: Moment, kind: type[Kind], asked: Asked) -> QuerySet[Record]:
    product = moment.product.id if moment.product else None
    found = visible.records().filter(product=product, kind=kind.__name__)
    if asked.state == "retired":
        found = found.filter(standing="retired")
    elif asked.state:
        found = found.filter(head_state=asked.state)
    if asked.group:
        found = found.filter(group=asked.group)
    if asked.who:
        people = Person.objects.filter(name__iexact=asked.who).values_list("pk", flat=True)[:20]
        found = found.filter(who__in=list(people))
    return found.filter(due__lte=asked.due) if asked.due else found


def _sorted(found: QuerySet[Record], asked: Asked) -> QuerySet[Record]:
    """Return the records in order of a column, those left out that have nothing there."""
    value, _, identity = asked.after.partition(":")
    found = found.filter(**{f"{asked.sort}__isnull": False})
    if asked.sort == "due":
        if DAY.fullmatch(value):
            found = found.filter(Q(due__gt=value) | Q(due=value, id__gt=identity))
        return found.order_by("due", "id")
    rank = _whole(value)
    if rank is not None:
        found = found.filter(Q(rank__lt=rank) | Q(rank=rank, id__gt=identity))
    return found.order_by("-rank", "id")


def _whole(text: str) -> int | None:
    return int(text) if text.lstrip("-").isdecimal() and len(text) < 16 else None


def groups(kind: type[Kind]) -> list[str]:
    """Return the words by which records of a kind are grouped."""
    if kind.meta.group is None:
        return []
    annotation: Any = kind.model_fields[kind.meta.group].annotation
    try:
        return [str(one) for one in annotation]
    except TypeError:  # a text, or one of several lists
        return []


def state_of(row: Record) -> str:
    """Return where a record stands now, in words."""
    if row.standing == "effective" and row.head_state != "effective":
        return f"effective, revision {row.head_number} {row.head_state}"
    return "retired" if row.standing == "retired" else row.head_state


def line(words: Words, row: Record) -> Line:
    """Return a record as its line in the list."""
    rank = f"{row.rank / RANK:g}" if row.rank is not None else ""
    return Line(
        row, row.title, state_of(row), (row.group or "").replace("-", " "), words.name(row.who) if row.who else "", rank
    )


def then_lines(moment: Moment, kind: type[Kind], asked: Asked) -> tuple[list[Line], str | None]:
    """Return one page of records as they were at a baseline, in the order of their numbers."""
    rows, following = rows_of(moment, kind, asked)
    shown = _shown_then(moment, rows)
    lines = [
        Line(row, str(shown[row.id][1].get("title", row.label)), shown[row.id][0], "", "", "")
        for row in rows
        if row.id in shown
    ]
    return lines, following if lines else None


def _shown_then(moment: Moment, rows: list[Record]) -> dict[str, listing.Shown]:
    """Return the state of each record at a baseline and what it said there; those are left out that were not there."""
    chains = then.histories(moment, [row.id for row in rows])
    contents = {record: (one.effective or one.head).content for record, one in chains.items()}
    values = queries.values_of(contents.values())
    return {record: (_state_then(one), values.get(contents[record], {})) for record, one in chains.items()}


def _state_then(history: History) -> str:
    if history.effective and history.effective is not history.head:
        return f"effective, revision {history.head.number} {history.head_state}"
    return "effective" if history.effective else str(history.head_state)
