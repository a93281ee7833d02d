"""Products: what labels begin with, and what everything that is decided about them hangs on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from asepsis.cli.opening import As, hand, open_store
from asepsis.cli.output import Answer, Table, command
from asepsis.errors import InputError
from asepsis.sentences import Sentence

if TYPE_CHECKING:
    from asepsis.store.models import Product

app = typer.Typer(no_args_is_help=True, help="Found products and list them.")


class UnnamedProductError(InputError):
    """It is not clear which product is meant."""

    code = "product-unnamed"
    exit_code = 2
    sentence = Sentence("{what} is about one product, and {there}.", next="Name it with --product CODE.")


@command(app, "new")
def new(
    code: Annotated[str, typer.Argument(help="Two to eight capital letters; labels begin with them.")],
    name: Annotated[str, typer.Argument(help="Its name, as people call it.")],
    person: As,
) -> Answer:
    """Found a product. Who does it holds the role of management.

    Exits with 0 when it is founded, 1 where that is refused (the code is taken, the role is not held), 4 where the code
    has another form.
    """
    open_store()
    from asepsis.store import acts

    identity = acts.found_product(hand(person), code.upper(), name)
    return Answer({"product": identity, "code": code.upper(), "name": name}, (f"{code.upper()} is founded: {name}.",))


@command(app, "list")
def listed() -> Answer:
    """List all products with their codes, names and how many records each has. Exits with 0."""
    open_store()
    from django.db.models import Count

    from asepsis.store.models import Product, Record

    counts = dict(Record.objects.values_list("product").annotate(Count("pk")).order_by())
    found = [
        {
            "product": one.id,
            "code": one.code,
            "name": one.name,
            "founded": one.founded_at,
            "records": counts.get(one.id, 0),
        }
        for one in Product.objects.order_by("code")
    ]
    rows = ((one["code"], one["name"], str(one["founded"])[:10], one["records"]) for one in found)
    empty = "There is no product yet. `asepsis product new CODE NAME` founds one."
    return Answer({"products": found}, (Table.of("code|name|founded|records", rows, empty),))


def chosen(code: str | None, what: str) -> Product:
    """Return the product of a code, or the only one. Raises `UnnamedProductError` where that leaves a choice."""
    from asepsis.store import queries
    from asepsis.store.models import Product

    if code is not None:
        return queries.product(code)
    found = list(Product.objects.order_by("code")[:2])
    if len(found) != 1:
        there = "there are several" if found else "there is none yet; `asepsis product new` founds one"
        raise UnnamedProductError(what=what, there=there)
    return found[0]
