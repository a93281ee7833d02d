"""The heat of a fleet: products, or the releases of one, by the advisories that are open in them, read from kept lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

import msgspec
from django.db.models import Count, Min

from asepsis.jobs.watch import Watch
from asepsis.reports.watch import Standing
from asepsis.store.models import Product

MOST = 24  # advisories that stand beside each other
_WORST = {one: at for at, one in enumerate(Standing)}


@dataclass(frozen=True, slots=True)
class Cell:
    """What an advisory is in a product or release: the worst of its lines, in how many releases, and the first day due."""

    standing: Standing
    releases: int
    due: date | None


@dataclass(frozen=True, slots=True)
class Row:
    """A product, or one release of it (by label and id), with a cell for each advisory; `None`: it is not open there.

    `unknown` counts what nobody looked at there; `None`: it was never looked at.
    """

    product: Product
    label: str
    id: str
    cells: tuple[Cell | None, ...]
    unknown: int | None = 0


@dataclass(frozen=True, slots=True)
class Heat:
    """The advisories that matter most, the worst first, with a row for each product or release; `left` are further ones."""

    advisories: tuple[str, ...]
    rows: tuple[Row, ...]
    left: int


class _Named(msgspec.Struct):
    id: str
    label: str


class _Part(msgspec.Struct):
    releases: tuple[_Named, ...]


@dataclass(frozen=True, slots=True)
class _Open:
    product: str
    advisory: str
    standing: Standing
    due: date | None
    releases: tuple[_Named, ...]


def of_products(watch: Watch, most: int = MOST) -> Heat:
    """Return the products of a watch by the advisories that are open in them."""
    advisories, left = _advisories(watch, most)
    cells = _cells(_open(watch, advisories), lambda one: (one.product,))
    rows = []
    for key, product in watch.products.items():
        kept = watch.kept.get(key)
        found = tuple(cells.get((key, name)) for name in advisories)
        rows.append(Row(product, product.code, key, found, None if kept is None else len(kept.unknown)))
    return Heat(advisories, tuple(rows), left)


def of_releases(watch: Watch, most: int = MOST) -> Heat:
    """Return the releases of a watch in which something is open, by product and label, by the advisories."""
    advisories, left = _advisories(watch, most)
    lines = _open(watch, advisories)
    cells = _cells(lines, lambda one: (each.id for each in one.releases))
    releases = {
        (watch.products[one.product].code, each.label): (one.product, each.id) for one in lines for each in one.releases
    }
    rows = tuple(
        Row(watch.products[product], label, release, tuple(cells.get((release, name)) for name in advisories))
        for (_, label), (product, release) in sorted(releases.items())
    )
    return Heat(advisories, rows, left)


def _advisories(watch: Watch, most: int) -> tuple[tuple[str, ...], int]:
    """Return the advisories that matter most, and how many there are beside these."""
    by_name = watch.rows.order_by().values("advisory")
    ranked = by_name.annotate(first=Min("rank"), wide=Count("product", distinct=True))
    found = tuple(one["advisory"] for one in ranked.order_by("first", "-wide", "advisory")[:most])
    return found, by_name.distinct().count() - len(found)


def _open(watch: Watch, advisories: Iterable[str]) -> list[_Open]:
    rows = watch.rows.order_by().filter(advisory__in=list(advisories), data__isnull=False)
    columns = rows.values_list("product", "advisory", "standing", "due", "data")
    return [
        _Open(product, advisory, Standing(standing), due, msgspec.json.decode(bytes(data), type=_Part).releases)
        for product, advisory, standing, due, data in columns
        if data is not None
    ]


def _cells(lines: Iterable[_Open], keys: Callable[[_Open], Iterable[str]]) -> dict[tuple[str, str], Cell]:
    """Return a cell for each key of a line and its advisory."""
    held: dict[tuple[str, str], list[_Open]] = {}
    for line in lines:
        for key in keys(line):
            held.setdefault((key, line.advisory), []).append(line)
    return {
        place: Cell(
            min((one.standing for one in found), key=_WORST.__getitem__),
            len({release.id for one in found for release in one.releases}),
            min((one.due for one in found if one.due is not None), default=None),
        )
        for place, found in held.items()
    }
