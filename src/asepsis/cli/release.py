"""Releases as a whole: let one go out, draft the next."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from asepsis.cli.opening import As, hand, open_store
from asepsis.cli.output import Answer, Table, command
from asepsis.errors import InputError, RefusedError
from asepsis.sentences import Sentence


class _LabelFirst(TyperGroup):
    """Commands of which one may be left out: `release GW-REL-2` is `release out GW-REL-2`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            args = ["out", *args]
        return list(super().parse_args(ctx, args))


app = typer.Typer(
    cls=_LabelFirst, no_args_is_help=True, help="Let a release go out (`release GW-REL-2`), or draft the next one."
)


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


class NoDayError(InputError):
    """A day that cannot be read."""

    code = "day-unreadable"
    sentence = Sentence("{found} is no day.", next="Write it as 2026-11-25.")


@command(app, "out")
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


@command(app, "next")
def next_release(
    label: Annotated[str, typer.Argument(metavar="LABEL", help="The Release that is followed, for example GW-REL-2.")],
    version: Annotated[str, typer.Argument(metavar="VERSION", help="The version of the next one, for example 2.4.1.")],
    planned: Annotated[str, typer.Option("--planned", metavar="DAY", help="The day on which it is to go out.")],
    person: As,
    brings: Annotated[
        list[str] | None,
        typer.Option("--brings", metavar="LABEL", help="A change request that it brings; several times for several."),
    ] = None,
    update: Annotated[bool, typer.Option("--update", help="It is an update to a version that is out.")] = False,
) -> Answer:
    """Draft the release that follows LABEL: what is carried from it, what has to be done anew, and why.

    Drafts are written: the Release, a CarriedForward that proposes each record which nothing touches that is to change,
    and its documents, without their files. What is to change is told by the change requests that are decided and not done:
    all that are in force, or those that --brings names, also while they wait for signatures. People look at the drafts,
    submit and sign them. Exits with 0 when they are written, 1 where that is refused.
    """
    open_store()
    from asepsis.configuration.records import ReleaseKind
    from asepsis.development.acts import draft_next_release

    try:
        day = date.fromisoformat(planned)
    except ValueError as error:
        raise NoDayError(found=planned) from error
    kind = ReleaseKind.UPDATE if update else None
    made = draft_next_release(hand(person), label, version, day, requests=brings or None, kind=kind)
    proposal = made.proposal
    requests = [one.label for one in proposal.differences.requests]
    value = {
        "release": made.release,
        "carried_forward": made.carrying,
        "documents": list(made.documents),
        "predecessor": proposal.predecessor.label,
        "requests": requests,
        "carried": [{"record": one.item.label, "why": one.why} for one in proposal.carried],
        "anew": [{"record": one.item.label, "why": one.why} for one in proposal.anew],
    }
    return Answer(value, tuple(_told(value)))


def _told(value: dict[str, Any]) -> list[Any]:
    carrying = f", and {value['carried_forward']} proposes what it carries" if value["carried_forward"] else ""
    changes = f" It brings {', '.join(value['requests'])}." if value["requests"] else " No change request is open."
    if value["documents"]:
        changes += f" Its documents lack their files: {', '.join(value['documents'])}."
    rows = [("carried", one["record"], one["why"]) for one in value["carried"]]
    rows += [("done anew", one["record"], one["why"]) for one in value["anew"]]
    table = Table.of("|record|why", rows, "Nothing was shown for the release before.")
    return [f"{value['release']} is drafted after {value['predecessor']}{carrying}.{changes}", table]
