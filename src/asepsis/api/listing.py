"""Records found by indexed columns alone, a page at a time, each page begun where the one before ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from django.db.models import Q, QuerySet
from pydantic import Field

from asepsis.api.shapes import LIMIT, ORGANISATION, Asked, Label, Limit
from asepsis.errors import InputError
from asepsis.readers import visible
from asepsis.record.history import Head
from asepsis.record.kind import kind_named
from asepsis.sentences import Sentence
from asepsis.store.models import Product, Record

STATES = (*(str(one) for one in Head), "retired")
State = Literal["draft", "submitted", "rejected", "withdrawn", "effective", "retired"]
Sort = Literal["number", "changed", "due", "rank"]


class UnfitCursorError(InputError):
    """A list goes on from nowhere."""

    code = "cursor-unfit"
    sentence = Sentence("`after` is no place in this list.", next="Give what `following` said, with the same filters.")


class KindlessError(InputError):
    """A list of all kinds is asked for something that only a list of one kind has."""

    code = "filter-kindless"
    sentence = Sentence("{what} is asked of one kind.", next="Name one with `kind`.")


class Wanted(Asked):
    """Which records are wanted."""

    product: Label = Field(description="The code of a product; ORG: the records of the organisation.")
    kind: Label | None = Field(None, description="Of one kind only, by name or prefix.")
    state: State | None = Field(None, description="Where the newest revision stands, or `retired`.")
    who: Label | None = Field(None, description="Whom it is about or owned by, as a person's id; needs `kind`.")
    group: Label | None = Field(None, description="In which group it is; needs `kind`.")
    due: str | None = Field(
        None, pattern=r"^\d{4}-\d{2}-\d{2}$", description="Due on this day or before; needs `kind`."
    )
    sort: Sort | None = Field(
        None,
        description="number (of one kind, the rule there), changed (the rule elsewhere), due or rank (the highest first); "
        "the last two leave out what has none, and need `kind`.",
    )
    after: str | None = Field(None, max_length=80, description="Where the page before ended, as its `following` says.")
    limit: Limit = LIMIT


def page(wanted: Wanted) -> tuple[list[Record], str | None]:
    """Return one page of records, and where the next one begins; `None` where there is none.

    Raises `UnknownProductError`, `UnknownKindError`, `KindlessError` or `UnfitCursorError`.
    """
    kind = kind_named(wanted.kind).__name__ if wanted.kind else None
    for name in ("who", "group", "due"):
        if kind is None and getattr(wanted, name) is not None:
            raise KindlessError(what=f"`{name}`")
    sort = wanted.sort or ("number" if kind else "changed")
    if kind is None and sort != "changed":
        raise KindlessError(what=f"The order by {sort}")
    found = _filtered(wanted, kind)
    if sort == "number":
        return _by_number(found, wanted)
    return _by_column(found, wanted, sort)


def product_of(code: str) -> Product | None:
    """Return a product by its code, `None` for the organisation. Raises `UnknownProductError`."""
    return None if code.upper() == ORGANISATION else visible.product(code)


def _filtered(wanted: Wanted, kind: str | None) -> QuerySet[Record]:
    product = product_of(wanted.product)
    found = visible.records().filter(product=product.id if product else None)
    if kind:
        found = found.filter(kind=kind)
    if wanted.state == "retired":
        found = found.filter(standing="retired")
    elif wanted.state:
        found = found.filter(head_state=wanted.state)
    if wanted.who:
        found = found.filter(who=wanted.who)
    if wanted.group:
        found = found.filter(group=wanted.group)
    return found.filter(due__lte=wanted.due) if wanted.due else found


def _by_number(found: QuerySet[Record], wanted: Wanted) -> tuple[list[Record], str | None]:
    """Return a page in order of number; a record that was withheld from its first revision has none and comes first."""
    phase, value, identity = _cursor(wanted.after)
    rows: list[Record] = []
    if phase in ("", "u"):
        rows = list(found.filter(number=None, id__gt=identity).order_by("id")[: wanted.limit + 1])
    if len(rows) <= wanted.limit:
        more = found.filter(number__gt=value if phase == "n" else -1).order_by("number")
        rows += list(more[: wanted.limit + 1 - len(rows)])
    return _cut(rows, wanted.limit, lambda last: f"u:0:{last.id}" if last.number is None else f"n:{last.number}:")


def _by_column(found: QuerySet[Record], wanted: Wanted, sort: str) -> tuple[list[Record], str | None]:
    column = {"changed": "changed_position", "due": "due", "rank": "rank"}[sort]
    found = found.filter(**{f"{column}__isnull": False})
    if wanted.after is not None:
        phase, value, identity = _cursor(wanted.after, text=sort == "due")
        if phase != sort[0]:
            raise UnfitCursorError
        past = "lt" if sort == "rank" else "gt"
        found = found.filter(Q(**{f"{column}__{past}": value}) | Q(**{column: value, "id__gt": identity}))
    rows = list(found.order_by(f"-{column}" if sort == "rank" else column, "id")[: wanted.limit + 1])
    return _cut(rows, wanted.limit, lambda last: f"{sort[0]}:{getattr(last, column)}:{last.id}")


def _cut(rows: list[Record], limit: int, place: Callable[[Record], str]) -> tuple[list[Record], str | None]:
    return rows[:limit], place(rows[limit - 1]) if len(rows) > limit else None


def _cursor(after: str | None, *, text: bool = False) -> tuple[str, int | str, str]:
    """Return what a cursor says: of which order it is, the value there, and the id. Raises `UnfitCursorError`."""
    if after is None:
        return "", -1, ""
    phase, _, rest = after.partition(":")
    value, _, identity = rest.partition(":")
    if phase not in ("u", "n", "c", "d", "r") or not all(one in "0123456789abcdef" for one in identity):
        raise UnfitCursorError
    if text:
        return phase, value, identity
    if not value.removeprefix("-").isdecimal() or not value.isascii() or len(value) > 18:
        raise UnfitCursorError
    return phase, int(value), identity
