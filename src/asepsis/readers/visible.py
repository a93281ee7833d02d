"""What a reader may see: records of the products they hold a role in, and withheld ones by role or by name.

Every page and route asks here and nowhere else for records, so that what is withheld shows by no title, link, count or search.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet

from asepsis.readers import viewer
from asepsis.readers.viewer import Viewer
from asepsis.store import refusals
from asepsis.store.models import Entry, Product, Record


def records() -> QuerySet[Record]:
    """Return the records that may be shown; `history` is read only where it is asked for."""
    reader = viewer.current()
    return Record.objects.filter(_in_scope(reader), _open_to(reader)).defer("history", "turns", "looked")


def record(label: str) -> Record:
    """Return a record by its label. Raises `UnknownRecordError`, also where it is withheld."""
    found = records().filter(label=label).first() or records().filter(label=label.upper()).first()
    if found is None:
        raise refusals.UnknownRecordError(record=label[:40])
    return found


def by_id(ids: Iterable[str]) -> dict[str, Record]:
    """Return those of the records with these ids that may be shown, by id."""
    wanted = list(dict.fromkeys(ids))
    found: dict[str, Record] = {}
    for at in range(0, len(wanted), 500):
        found |= {one.id: one for one in records().filter(pk__in=wanted[at : at + 500])}
    return found


def products() -> QuerySet[Product]:
    """Return the products in which the reader holds a role; all, where they hold one for the organisation."""
    own = viewer.current().products
    return Product.objects.all() if own is None else Product.objects.filter(pk__in=own)


def product(code: str) -> Product:
    """Return a product by its code. Raises `UnknownProductError`, also where the reader holds no role in it."""
    found = products().filter(code=code[:20].upper()).first()
    if found is None:
        raise refusals.UnknownProductError(product=code[:20])
    return found


def is_in_scope(product: str | None) -> bool:
    """Return whether the reader may read what is a product's, or (`None`) the organisation's."""
    reader = viewer.current()
    return reader.reads and (product is None or reader.products is None or product in reader.products)


def all_withheld() -> dict[str, str]:
    """Return every record that is embargoed and may not be shown, by id with its kind; few are, an entry tells of each."""
    told = Entry.objects.filter(form="embargo").values_list("record", flat=True)
    wanted = list(dict.fromkeys(one for one in told if one))
    found: dict[str, str] = {}
    for at in range(0, len(wanted), 500):
        part = wanted[at : at + 500]
        rows = Record.objects.filter(pk__in=part, embargoed=True).exclude(pk__in=by_id(part))
        found |= dict(rows.values_list("pk", "kind"))
    return found


def withheld(ids: Iterable[str]) -> frozenset[str]:
    """Return which of these ids are records that may not be shown."""
    wanted = list(dict.fromkeys(ids))
    shown = by_id(wanted)
    return frozenset(
        one
        for at in range(0, len(wanted), 500)
        for one in Record.objects.filter(pk__in=wanted[at : at + 500]).values_list("pk", flat=True)
        if one not in shown
    )


def condition() -> tuple[str, list[Any]]:
    """Return what `records` asks of a row, as SQL over `store_record` with its values."""
    reader = viewer.current()
    told, values = ["1 = 1" if reader.reads else "1 = 0"], list[Any]()
    if reader.products is not None:
        told.append(f"(product IS NULL{_or_in('product', reader.products)})")
        values += sorted(reader.products)
    if reader.opens is not None:
        told.append(f"(embargoed = %s{_or_in('product', reader.opens)}{_or_in('id', reader.named)})")
        values += [False, *sorted(reader.opens), *sorted(reader.named)]
    return " AND ".join(told), values


def _or_in(column: str, values: frozenset[str]) -> str:
    return f" OR {column} IN ({', '.join(['%s'] * len(values))})" if values else ""


def _in_scope(reader: Viewer) -> Q:
    """Return what holds of the records of the products in which a reader holds a role, and of the organisation's."""
    if not reader.reads:
        return Q(pk__in=[])
    return Q() if reader.products is None else Q(product=None) | Q(product__in=reader.products)


def _open_to(reader: Viewer) -> Q:
    """Return what holds of the records that are open to a reader: to everybody, by a role, or by name."""
    if reader.opens is None:
        return Q()
    found = Q(embargoed=False)
    if reader.opens:
        found |= Q(product__in=reader.opens)
    if reader.named:
        found |= Q(pk__in=reader.named)
    return found
