"""How a form calls records, people and products, and what it takes for one: only what the reader may see."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

from django.db.models import Q, QuerySet

from asepsis.readers import visible
from asepsis.record.fields import Form, What
from asepsis.record.kind import ID
from asepsis.store import queries
from asepsis.store.models import Record

OFFERED = 200  # records that a field proposes, those first that changed last; any other is taken by its label too
PEOPLE = ("people",)


class Names:
    """The names that a form of a product (`None`: of the organisation) shows and takes.

    `standing` are the ids that the record holds already: these are kept though the reader may not see what they name.
    """

    def __init__(self, product: str | None, standing: frozenset[str] = frozenset()) -> None:
        self._product, self._standing = product, standing
        self._rows = visible.by_id(one for one in standing if re.fullmatch(ID, one))

    def called(self, identity: str) -> str:
        """Return what stands in the box for an id: a label, a name, a code; the id itself where it may not be told."""
        if row := self._rows.get(identity):
            return row.label
        return self._people.get(identity) or self._products.get(identity) or identity

    def title(self, identity: str) -> str:
        """Return what is told below the box: the title of a record."""
        row = self._rows.get(identity)
        return row.title if row else ""

    def id_of(self, form: Form, text: str) -> str | None:
        """Return the id of what a person wrote: a label or title, a name or code; `None` where nothing visible fits."""
        if text in self._standing and re.fullmatch(ID, text):
            return text
        return self._record(form.targets, text) if form.what is What.REFERENCE else self._person(text)

    def offered(self, targets: tuple[str, ...]) -> list[tuple[str, str]]:
        """Return what a field proposes: labels with titles; for a person the names of people and codes of products."""
        if targets == PEOPLE:
            return [(one, "") for one in (*self._people.values(), *self._products.values())][:OFFERED]
        newest = sorted(self._newest(targets), reverse=True)
        return [(label, title) for _, label, title in newest[:OFFERED]]

    def _newest(self, targets: tuple[str, ...]) -> Iterator[tuple[int, str, str]]:
        """Yield the records of each kind and scope that changed last, when, by label and title; the index has each."""
        for scope in dict.fromkeys((self._product, None)):
            found = visible.records().filter(product=scope).order_by("-changed_position")
            for part in (found,) if targets == ("record",) else (found.filter(kind=one) for one in targets):
                yield from part.values_list("changed_position", "label", "title")[:OFFERED]

    def _of(self, targets: tuple[str, ...]) -> QuerySet[Record]:
        found = visible.records().filter(Q(product=self._product) | Q(product=None))
        return found if targets == ("record",) else found.filter(kind__in=targets)

    def _record(self, targets: tuple[str, ...], text: str) -> str | None:
        if known := self._standing_row(targets, text):
            return known.id
        found = self._of(targets)
        rows = list(found.filter(label=text.upper())[:1]) or list(found.filter(title=text)[:2])
        if not rows and re.fullmatch(ID, text):
            rows = list(found.filter(pk=text))
        if len(rows) != 1:
            return None
        self._rows[rows[0].id] = rows[0]
        return rows[0].id

    def _standing_row(self, targets: tuple[str, ...], text: str) -> Record | None:
        """Return the record of a label that was asked for already, where a field of these targets takes it."""
        fits = (row for row in self._rows.values() if row.label == text and row.product in (self._product, None))
        return next((row for row in fits if targets == ("record",) or row.kind in targets), None)

    def _person(self, text: str) -> str | None:
        fits = [one for one, name in self._people.items() if text in (name, one)]
        fits = fits or [one for one, code in self._products.items() if text.upper() == code or text == one]
        return fits[0] if len(fits) == 1 else None

    @cached_property
    def _people(self) -> dict[str, str]:
        return queries.names()

    @cached_property
    def _products(self) -> dict[str, str]:
        return dict(visible.products().values_list("id", "code"))
