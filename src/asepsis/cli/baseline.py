"""Baselines: positions of the ledger that are marked, by themselves or for a release."""

from __future__ import annotations

from typing import Annotated

import typer

from asepsis.cli.opening import As, ProductOption, hand, open_store
from asepsis.cli.output import Answer, Table, command

app = typer.Typer(no_args_is_help=True, help="Mark where a product stands, and list what was marked.")


@command(app, "make")
def make(person: As, product: ProductOption = None) -> Answer:
    """Mark where a product stands now: a position of the ledger and the digest of what is there.

    Any question can be asked of it later. Who does it holds release-manager or quality. For a release use
    `asepsis release`. Exits with 0 when it is marked, 1 where that is refused.
    """
    open_store()
    from asepsis.cli.product import chosen
    from asepsis.store import acts
    from asepsis.store.models import Baseline

    of = chosen(product, "A baseline")
    position, _ = acts.make_baseline(hand(person), of.id)
    digest = Baseline.objects.get(pk=position).dossier
    value = {"position": position, "product": of.code, "dossier": digest}
    return Answer(value, (f"Entry {position} is a baseline of {of.code}; its dossier is {digest}.",))


@command(app, "list")
def listed(
    product: Annotated[str | None, typer.Option("--product", metavar="CODE", help="Of one product.")] = None,
) -> Answer:
    """List baselines, the newest first. Exits with 0."""
    open_store()
    from asepsis.cli import reading
    from asepsis.cli.names import StoreNames
    from asepsis.store import queries
    from asepsis.store.models import Baseline

    asked = Baseline.objects.order_by("-position")
    if product is not None:
        asked = asked.filter(product=queries.product(product).id)
    names = StoreNames()
    found = [
        {
            "position": one.position,
            "product": names.shown(one.product) if one.product else "ORG",
            "release": names.shown(one.release) if one.release else None,
            "at": one.at,
            "by": names.shown(one.by),
            "dossier": one.dossier,
        }
        for one in asked
    ]
    rows = (
        (one["position"], one["product"], one["release"], reading.moment(str(one["at"])), one["by"], one["dossier"])
        for one in found
    )
    table = Table.of("entry|product|release|when|by|dossier", rows, "Nothing is marked yet.")
    return Answer({"baselines": found}, (table,))
