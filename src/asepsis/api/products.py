"""Products that the token's person reads, and who asks."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from asepsis.api.edge import READS, passport_of
from asepsis.readers import visible
from asepsis.store import queries
from asepsis.store.models import Product

router = Router(tags=["products"])
MOST_PRODUCTS = 1_000


class ProductLine(Schema):
    """One product."""

    id: str
    code: str
    name: str
    founded_at: str


class Products(Schema):
    """The products that the token's person reads."""

    products: list[ProductLine]


class Me(Schema):
    """Who asks, and what the token is good for."""

    person: str
    name: str
    roles: list[str] = Field(description="The roles that the person holds today, as far as the token reaches.")
    scopes: list[str]
    product: str | None = Field(None, description="The code of the only product that the token reaches; absent: all.")
    until: str
    entries: int = Field(description="How many entries the ledger holds.")


@router.get("/me", response=Me, auth=READS, exclude_none=True)
def me(request: HttpRequest) -> Me:
    """Say who asks, and what the token is good for."""
    found = passport_of(request)
    bound = found.token.product
    return Me(
        person=found.viewer.person or "",
        name=found.viewer.name,
        roles=sorted(found.viewer.roles),
        scopes=sorted(found.scopes),
        product=queries.product(bound).code if bound else None,
        until=found.token.until.isoformat(),
        entries=queries.ledger().size,
    )


@router.get("/products", response=Products, auth=READS)
def products(request: HttpRequest) -> Products:
    """List the products."""
    return Products(products=[_line(one) for one in visible.products().order_by("code")[:MOST_PRODUCTS]])


@router.get("/products/{code}", response=ProductLine, auth=READS)
def product(request: HttpRequest, code: str) -> ProductLine:
    """Give one product."""
    return _line(visible.product(code))


def _line(one: Product) -> ProductLine:
    return ProductLine(id=one.id, code=one.code, name=one.name, founded_at=one.founded_at)
