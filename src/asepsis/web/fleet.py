"""The fleet: products, or the releases of one, by the advisories that are open in them, as a heat map over its table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse

from asepsis.jobs import heat
from asepsis.jobs.heat import Cell, Heat
from asepsis.jobs.watch import Watch
from asepsis.readers import viewer, visible
from asepsis.reports.watch import Standing
from asepsis.store import queries
from asepsis.store.models import Product
from asepsis.web.moment import of_organisation
from asepsis.web.page import framed, page, shown
from asepsis.web.words import Words

MOST = (24, 60)
CASES = 5_000


@dataclass(frozen=True, slots=True)
class Place:
    """A cell on the page, and the page that it leads to."""

    advisory: str
    cell: Cell | None
    address: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row on the page: what it is of, where that leads, and its cells."""

    of: heat.Row
    address: str
    places: tuple[Place, ...]


@page
def fleet(request: HttpRequest) -> HttpResponse:
    """Give the heat map of all products that the reader has a role in, or of the releases of the one in `?product=`."""
    code = request.GET.get("product", "")[:20]
    only = visible.product(code) if code else None
    seen = Watch(viewer.current(), None if only is None else [only.pk])
    most = MOST["more" in request.GET]
    found = heat.of_products(seen, most) if only is None else heat.of_releases(seen, most)
    moment = of_organisation()
    return shown(
        request,
        "fleet",
        framed(moment, "fleet", wide=True),
        Words(moment),
        heat=found,
        rows=_rows(found, by_product=only is None),
        watch=seen,
        only=only,
        products=visible.products().order_by("code"),
        standings=list(Standing),
        more=most == MOST[1],
    )


def _rows(found: Heat, *, by_product: bool) -> list[Row]:
    cases = _cases({row.product.pk: row.product for row in found.rows}.values())
    decides = viewer.current().works
    return [
        Row(
            row,
            f"/fleet?product={row.product.code}" if by_product else f"/r/{row.label}",
            tuple(
                Place(name, cell, "" if cell is None else _leads(row.product, name, cell, cases, decides=decides))
                for name, cell in zip(found.advisories, row.cells, strict=True)
            ),
        )
        for row in found.rows
    ]


def _leads(product: Product, advisory: str, cell: Cell, cases: dict[tuple[str, str], str], *, decides: bool) -> str:
    """Return where a cell leads: to its case, to the inbox while it is undecided, else to the page of the advisory."""
    place = f"/p/{product.code}/"
    if (case := cases.get((product.pk, advisory.casefold()))) is not None:
        return f"{place}case?of={case}"
    undecided = cell.standing in (Standing.EXPLOITED, Standing.UNDECIDED, Standing.UNDETERMINED)
    if decides and undecided:
        return f"{place}inbox?advisory={quote(advisory, safe='')}"
    return f"{place}advisory/{quote(advisory, safe='')}"


def _cases(products: Iterable[Product]) -> dict[tuple[str, str], str]:
    """Return the labels of cases that may be shown, by product and each name of the vulnerability in small letters."""
    rows = visible.records().filter(kind="Vulnerability", product__in=[one.pk for one in products])
    found = list(rows.exclude(head_state="withdrawn").order_by("-changed_position", "id")[:CASES])
    values = queries.values_of(one.effective_content or one.head_content for one in found)
    return {
        (row.product or "", name.casefold()): row.label
        for row in reversed(found)
        for name in values.get(row.effective_content or row.head_content, {}).get("ids", ())
    }
