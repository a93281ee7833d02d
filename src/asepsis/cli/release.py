"""Releases as a whole: draft the next, draft what its build brings, let it go out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from asepsis.cli.opening import As, hand, open_store
from asepsis.cli.output import Answer, Table, command
from asepsis.cli.parameters import PlainGroup
from asepsis.errors import InputError, RefusedError
from asepsis.sentences import Sentence


class Commands(PlainGroup):
    """Commands of which one may be left out: `release GW-REL-2` is `release out GW-REL-2`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            args = ["out", *args]
        return list(super().parse_args(ctx, args))


app = typer.Typer(
    no_args_is_help=True,
    help="Draft the next release, then what its build brings; let it go out (`release GW-REL-2`).",
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

    day = _day(planned)
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


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise NoDayError(found=text) from error


Label = Annotated[str, typer.Argument(metavar="LABEL", help="The Release that was built, drafted or not.")]


@command(app, "build")
def build(
    label: Label,
    tag: Annotated[str, typer.Option("--tag", metavar="TAG", help="The tag of the sources that it was built from.")],
    bill: Annotated[Path, typer.Option("--bill", metavar="FILE", help="Its bill of materials.")],
    manifest: Annotated[Path, typer.Option("--manifest", metavar="FILE", help="Its files in sha256sum form.")],
    signature: Annotated[Path, typer.Option("--signature", metavar="FILE", help="The signature of the manifest.")],
    person: As,
    again: Annotated[
        Path | None, typer.Option("--again", metavar="FILE", help="The bill made a second time from that tag.")
    ] = None,
) -> Answer:
    """Draft the bill of materials and the manifest of a release out of the files of its build.

    Format, count and build are read from the bill; tool, key and how users check come from the release before. People
    look at the drafts, submit and sign them. Exits with 0 when they are written, 4 where a file cannot be read.
    """
    open_store()
    from asepsis.development.acts import Build, draft_build
    from asepsis.exchange.source import Source

    given = Build(
        tag, Source.file(bill), Source.file(again) if again else None, *map(Source.file, (manifest, signature))
    )
    return _drafted(label, draft_build(hand(person), label, given), "Nothing was drafted.")


@command(app, "tests")
def runs(
    label: Label,
    on: Annotated[str, typer.Option("--on", metavar="DAY", help="The day on which they were run.")],
    person: As,
    reports: Annotated[
        list[Path] | None, typer.Option("--report", metavar="FILE", help="A JUnit report; several times for several.")
    ] = None,
    composition: Annotated[
        Path | None, typer.Option("--composition", metavar="FILE", help="What a scan of the build lists, as a bill.")
    ] = None,
    tester: Annotated[
        str | None, typer.Option("--tester", metavar="PERSON", help="Who answers for them; by default who acts.")
    ] = None,
) -> Answer:
    """Draft the test runs of the release before again, on the reports of the build of this one.

    A run is drafted where one report holds all its cases, with the outcome that the report gives; the composition test
    passes where the scan sees just what the bill lists. Exits with 0 when they are written, 3 where no report and no
    scan fits a run of the release before.
    """
    open_store()
    from asepsis.development.acts import draft_composition, draft_runs
    from asepsis.exchange.source import Source
    from asepsis.store import queries

    acting, day, who = hand(person), _day(on), queries.person(tester or person).id
    made = list(draft_runs(acting, label, [Source.file(one) for one in reports or ()], who, day))
    if composition is not None and (one := draft_composition(acting, label, Source.file(composition), who, day)):
        made.append(one)
    return _drafted(
        label, made, "No report and no scan fits a test run of the release before: write the runs by hand.", 3
    )


@command(app, "statements")
def statements(
    label: Label,
    person: As,
    repairs: Annotated[
        list[str] | None,
        typer.Option("--repairs", metavar="LABEL", help="A Vulnerability whose repair it brings; several times."),
    ] = None,
) -> Answer:
    """Draft what was said of the release before for this one too: statements of exploitability and impact analyses.

    A statement goes on only where a bill of this release holds that very component; by what it repairs, it is unaffected.
    People look whether each still holds, submit and sign. Exits with 0, also where nothing has to go on.
    """
    open_store()
    from asepsis.problems.acts import draft_analyses, draft_statements
    from asepsis.store import queries

    acting, repaired = hand(person), [queries.row(one).id for one in repairs or ()]
    made = (*draft_analyses(acting, label, repaired), *draft_statements(acting, label))
    return _drafted(label, made, "Nothing that was said of the release before has to go on.")


def _drafted(release: str, labels: Sequence[str], nothing: str, code: int = 0) -> Answer:
    """Return the answer that names drafts; where there are none, why, with the exit code that this means."""
    from asepsis.store import queries

    rows = [queries.row(one) for one in labels]
    value = {"release": release, "drafts": [{"label": row.label, "kind": row.kind, "title": row.title} for row in rows]}
    table = Table.of("draft|kind|title", ((row.label, row.kind, row.title) for row in rows), nothing)
    return Answer(value, (table,), 0 if rows else code)


def _told(value: dict[str, Any]) -> list[Any]:
    carrying = f", and {value['carried_forward']} proposes what it carries" if value["carried_forward"] else ""
    changes = f" It brings {', '.join(value['requests'])}." if value["requests"] else " No change request is open."
    if value["documents"]:
        changes += f" Its documents lack their files: {', '.join(value['documents'])}."
    rows = [("carried", one["record"], one["why"]) for one in value["carried"]]
    rows += [("done anew", one["record"], one["why"]) for one in value["anew"]]
    table = Table.of("|record|why", rows, "Nothing was shown for the release before.")
    return [f"{value['release']} is drafted after {value['predecessor']}{carrying}.{changes}", table]
