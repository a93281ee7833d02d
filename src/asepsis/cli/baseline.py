"""Baselines: positions of the ledger that are marked, by themselves or for a release."""

from __future__ import annotations

from typing import Annotated

import typer

from asepsis.cli.opening import As, ProductOption, hand, open_store
from asepsis.cli.output import Answer, Table, command
from asepsis.errors import InputError, RefusedError
from asepsis.sentences import Sentence

app = typer.Typer(no_args_is_help=True, help="Mark where a product stands, and list what was marked.")


class NoReleaseError(InputError):
    """A record that is to be released is no release."""

    code = "release-unknown"
    sentence = Sentence("{record} is a {kind}, not a Release.", next="`asepsis record list Release` shows them.")


class UndecidedError(RefusedError):
    """Nobody decided, with their signature, that a release goes out."""

    code = "release-undecided"
    sentence = Sentence(
        "{release} has no effective ReleaseDecision that lets it go out.",
        next="Write one, with the assessment that it rests on, and have it signed.",
    )


class ReleasedAlreadyError(RefusedError):
    """A release is marked once."""

    code = "release-marked"
    sentence = Sentence(
        "{release} went out already: entry {position} is its baseline.",
        next="Plan another release for what changed since.",
    )


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module that are no part of a noun to `app`."""
    command(app, "release")(release)


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


def release(
    label: Annotated[str, typer.Argument(metavar="LABEL", help="The Release, for example GW-REL-2.")], person: As
) -> Answer:
    """Let a release go out: mark the baseline at which all is asked of it from now on.

    An effective ReleaseDecision has to say so first. Who does it holds release-manager or quality.
    Exits with 0 when it is marked, 1 where that is refused: nobody decided, or it went out already.
    """
    open_store()
    from asepsis.configuration.records import Release
    from asepsis.development.records import ReleaseDecision, ReleaseOutcome
    from asepsis.store import acts, queries
    from asepsis.store.models import Baseline

    row = queries.row(label)
    if row.kind != Release.__name__:
        raise NoReleaseError(record=row, kind=row.kind)
    if (marked := Baseline.objects.filter(release=row.id).first()) is not None:
        raise ReleasedAlreadyError(release=row, position=marked.position)
    decisions = queries.dossier(row.product).back(row.id, ReleaseDecision)
    going = [one for one in decisions if one.content.outcome is not ReleaseOutcome.REFUSE]
    if row.standing != "effective" or not going:
        raise UndecidedError(release=row)
    position, _ = acts.make_baseline(hand(person), row.product, row.id)
    digest = Baseline.objects.get(pk=position).dossier
    value = {"release": row.label, "position": position, "dossier": digest, "decisions": [one.label for one in going]}
    told = f"{row.label} is out, on {', '.join(one.label for one in going)}. Entry {position} is its baseline."
    return Answer(value, (told, f"Its dossier is {digest}."))
