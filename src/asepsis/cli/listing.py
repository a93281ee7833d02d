"""Records found by kind, product, state, person and day, a page at a time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from asepsis.cli.reading import Sight
from asepsis.errors import InputError
from asepsis.record.history import Head
from asepsis.record.kind import kind_named
from asepsis.sentences import Sentence
from asepsis.store import queries
from asepsis.store.models import Record

STATES = (*Head, "retired")


class UnfitFilterError(InputError):
    """A list is asked for by something that no record has."""

    code = "filter-unfit"
    sentence = Sentence("{option} cannot be '{found}': it is {expected}.", next="Ask again with one of these.")


@dataclass(frozen=True, slots=True)
class Found:
    """One page of records, of how many in all; `names` are the people by id."""

    rows: list[Record]
    total: int
    size: int
    names: dict[str, str]

    @property
    def pages(self) -> int:
        """Return how many pages there are."""
        return max(1, -(-self.total // self.size))

    def value(self, page: int) -> dict[str, Any]:
        """Return the page as a plain JSON value."""
        return {
            "records": [
                {
                    "record": one.id,
                    "label": one.label,
                    "kind": one.kind,
                    "title": one.title,
                    "head": one.head_state,
                    "standing": one.standing,
                    "revision": one.head_number,
                    "who": one.who,
                    "due": one.due,
                    "changed_at": one.changed_at,
                }
                for one in self.rows
            ],
            "total": self.total,
            "page": page,
            "pages": self.pages,
        }


def found(
    *,
    kind: str | None,
    product: str | None,
    state: str | None,
    who: str | None,
    due: str | None,
    page: int,
    size: int,
    reader: str | None,
) -> Found:
    """Return one page of the records that fit all that is asked. Raises `UnfitFilterError` and what names raise."""
    asked = Record.objects.all()
    if kind is not None:
        asked = asked.filter(kind=kind_named(kind).__name__)
    if product is not None:
        asked = asked.filter(product=None if product.upper() == "ORG" else queries.product(product).id)
    if state is not None:
        asked = asked.filter(**_state(state))
    if who is not None:
        asked = asked.filter(who=queries.person(who).id)
    if due is not None:
        asked = asked.filter(due__lte=_day(due))
    sight = Sight(reader)
    hidden = [row.id for row in asked.filter(embargoed=True) if not sight.sees(row)]
    asked = asked.exclude(pk__in=hidden) if hidden else asked
    order = ("due", "kind", "product", "number", "label") if due is not None else ("kind", "product", "number", "label")
    start = (page - 1) * size
    return Found(list(asked.order_by(*order)[start : start + size]), asked.count(), size, queries.names())


def _state(state: str) -> dict[str, str]:
    if state not in STATES:
        raise UnfitFilterError(option="--state", found=state[:40], expected=f"one of {', '.join(STATES)}")
    return {"standing": "retired"} if state == "retired" else {"head_state": state}


def _day(text: str) -> str:
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            return date.fromisoformat(text).isoformat()
    except ValueError:
        pass
    raise UnfitFilterError(option="--due", found=text[:40], expected="a day such as 2026-11-25")
