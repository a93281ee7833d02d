"""Finding a record by its id or by a word of its title."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from asepsis.clauses.catalogue import catalogue
from asepsis.readers import visible
from asepsis.record.kind import KINDS
from asepsis.store.models import Product, Record
from asepsis.web.moment import Moment, of_organisation
from asepsis.web.page import framed, page, shown
from asepsis.web.words import CLAUSE, Words

SHOWN = 50
LOOKED_THROUGH = 5_000  # titles of each product, those first that changed last
PRODUCTS = 20


@page
def find(request: HttpRequest) -> HttpResponse:
    """Give the records whose id begins with `?q=` or whose title holds it; go there where it is the id of one."""
    moment = of_organisation()
    asked = request.GET.get("q", "")[:80].replace("\0", "").strip()
    products = list(visible.products().order_by("code")[:PRODUCTS])
    exact = _exact(asked, products) if asked else None
    if exact is not None:
        return HttpResponseRedirect(f"/r/{exact.label}")
    found = _by_label(asked) if asked else []
    if len(asked) > 1:
        held = {row.id for row in found}
        found += [row for row in _by_title(asked, products, SHOWN - len(found)) if row.id not in held]
    return shown(
        request,
        "find",
        framed(moment),
        Words(moment),
        asked=asked,
        found=found,
        clauses=[(Moment(one, moment.ledger), _clause(asked)) for one in products] if _clause(asked) else [],
        kinds=[one.meta for one in KINDS.values() if asked and asked.casefold() in one.__name__.casefold()][:8],
        products=products,
        limit=LOOKED_THROUGH,
    )


def _exact(asked: str, products: list[Product]) -> Record | None:
    labels = [asked, asked.upper(), f"ORG-{asked.upper()}", *(f"{one.code}-{asked.upper()}" for one in products)]
    found = list(visible.records().filter(label__in=labels)[:2])
    return found[0] if len(found) == 1 else None


def _by_label(asked: str) -> list[Record]:
    begin = asked.upper()
    return list(visible.records().filter(label__gte=begin, label__lt=f"{begin}\U0010ffff").order_by("label")[:SHOWN])


def _by_title(asked: str, products: list[Product], most: int) -> list[Record]:
    """Return records whose title holds what is asked, out of those of each product that changed last."""
    found: list[Record] = []
    for product in (*(one.id for one in products), None):
        newest = Record.objects.filter(product=product).order_by("-changed_position").values("pk")[:LOOKED_THROUGH]
        rows = visible.records().filter(pk__in=newest, title__icontains=asked)
        found += rows.order_by("-changed_position")[: max(0, most - len(found))]
    return found


def _clause(asked: str) -> str | None:
    number = asked.partition("-")[0]
    known = {one.id for one in catalogue().clauses}
    return number if CLAUSE.fullmatch(asked) and number in known else None
