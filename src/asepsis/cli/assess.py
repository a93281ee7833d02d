"""Where a product stands, whether its release may go out, and what hangs on what."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from asepsis.cli.opening import ProductOption, Reader, clock, open_store
from asepsis.cli.output import Answer, Part, Table, command, progress
from asepsis.errors import InputError
from asepsis.sentences import Sentence

if TYPE_CHECKING:
    from asepsis.cli.bundle import TellerOfBundle
    from asepsis.cli.telling import Teller as TellerOfStore
    from asepsis.conformance.assessment import Assessment, ObligationVerdict
    from asepsis.conformance.board import Act, Board
    from asepsis.conformance.gate import Gate, Question
    from asepsis.conformance.trace import Step
    from asepsis.record.dossier import Item

    Teller: TypeAlias = TellerOfStore | TellerOfBundle

ReleaseOption = Annotated[
    str | None,
    typer.Option("--release", metavar="LABEL", help="The release looked at; else the newest that is not out yet."),
]
At = Annotated[
    int | None, typer.Option("--at", metavar="ENTRY", help="As of this entry of the ledger; else as of now.")
]
BundleOption = Annotated[
    Path | None,
    typer.Option(
        "--bundle", metavar="PATH", help="Ask a bundle, a folder or a zip, instead of the store; now is its last entry."
    ),
]


class Form(StrEnum):
    """How an assessment is written."""

    TABLE = "table"
    JUNIT = "junit"
    SARIF = "sarif"


class NotOfGateError(InputError):
    """A clause is none that the gate asks."""

    code = "gate-clause"
    exit_code = 2
    sentence = Sentence("The gate does not ask {clause}; it asks {asked}.", next="Name one of these with --of.")


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module to `app`."""
    command(app, "assess")(assess)
    command(app, "gate")(gate)
    command(app, "trace")(trace)


def assess(
    product: Annotated[
        str | None, typer.Argument(metavar="[PRODUCT]", help="Its code; not needed where there is one only.")
    ] = None,
    *,
    release: ReleaseOption = None,
    at: At = None,
    clause: Annotated[
        str | None, typer.Option("--clause", metavar="CLAUSE", help="Show one clause with all that was found in it.")
    ] = None,
    all_acts: Annotated[bool, typer.Option("--all", help="Show every next step, not only the first twenty.")] = False,
    form: Annotated[
        Form, typer.Option("--format", help="For pipelines: junit or sarif, on standard output and nothing else.")
    ] = Form.TABLE,
    reader: Reader = None,
    bundle: BundleOption = None,
) -> Answer:
    """Work out where a product stands against every clause: met, gap, unknown, not applicable or not asked.

    Shows the board, then the shortest list of acts that would close most gaps. What could not be checked is unknown, never a
    pass. With --json the whole assessment is given, as a release decision names it by its SHA-256; it is kept for the pages.
    In --format junit and sarif a gap is a failure, what is unknown an error (SARIF: open), and what does not apply skipped.
    Exits with 0 where every clause that is asked is met, 1 where one has a gap, 3 where one is unknown and none has a gap.
    """
    asked = _of_store(product, release, at, reader) if bundle is None else _of_bundle(bundle, product, release, at)
    from asepsis.clauses.catalogue import catalogue
    from asepsis.conformance import board

    found, teller, digest = asked
    drawn = board.board(found, catalogue(found.edition))
    code = _code(drawn)
    if form is not Form.TABLE:
        return _for_a_pipeline(found, form, teller, code)
    if clause is not None:
        number = catalogue(found.edition).clause(clause).id
        return Answer(_clause_value(found, number, teller), tuple(_clause_parts(found, number, teller)), code)
    parts = [_moment(found), *_board_parts(drawn, teller), *_acts_parts(drawn.acts, None if all_acts else 20, teller)]
    parts.append(f"The SHA-256 of this assessment is {digest}.")
    return Answer(_assessment_value(found, digest, drawn, teller), tuple(parts), code)


def _for_a_pipeline(found: Assessment, form: Form, teller: Teller, code: int) -> Answer:
    import json

    from asepsis.clauses.catalogue import catalogue
    from asepsis.reports import pipelines

    edition = catalogue(found.edition)
    if form is Form.SARIF:
        value = pipelines.sarif(found, edition, teller.told)
        return Answer(value, (json.dumps(value, ensure_ascii=False, indent=2),), code)
    text = pipelines.junit(found, edition, teller.told)
    return Answer({"junit": text}, (text.rstrip("\n"),), code)


def _of_store(
    product: str | None, release: str | None, at: int | None, reader: str | None
) -> tuple[Assessment, Teller, str]:
    open_store()
    from asepsis.cli.product import chosen
    from asepsis.cli.telling import Teller
    from asepsis.conformance import moments

    teller = Teller(reader)
    found = _assessment(chosen(product, "An assessment").id, release, at)
    return found, teller, moments.keep(found, baseline=at is not None)


def _of_bundle(
    bundle: Path, product: str | None, release: str | None, at: int | None
) -> tuple[Assessment, Teller, str]:
    from asepsis.cli.bundle import TellerOfBundle, opened
    from asepsis.conformance.assessment import digest

    asked = opened(bundle, product)
    with progress("Assessing", 100) as come:
        found = asked.assess(release, at, progress=lambda done, total: come(done * 100 // max(total, 1)))
    return found, TellerOfBundle(asked), digest(found)


def _assessment(product: str, release: str | None, at: int | None) -> Assessment:
    from asepsis.conformance import moments
    from asepsis.store import queries

    asked = moments.Asked(product, queries.row(release).id if release else None, at)
    with progress("Assessing", 100) as come:
        return moments.assess_product(asked, clock(), lambda done, total: come(done * 100 // max(total, 1)))


def _code(drawn: Board) -> int:
    from asepsis.record.verdict import Verdict

    if drawn.counts[Verdict.GAP]:
        return 1
    return 3 if drawn.counts[Verdict.UNKNOWN] or not drawn.counts[Verdict.MET] else 0


def _moment(found: Assessment) -> str:
    looked = f"release {found.release.label} ({found.release.version})" if found.release else "no release yet"
    return (
        f"{found.product.label} · {found.product_name} · {looked} · as of entry {found.moment.position} "
        f"on {found.moment.day} · route {found.route}"
    )


_MARKS = {
    "met": "● met",
    "gap": "◐ gap",
    "unknown": "◌ unknown",
    "not-applicable": "- not applicable",
    "not-asked": "not asked",
}


def _board_parts(drawn: Board, teller: Teller) -> list[Part]:
    rows = (
        (tile.clause, tile.short, _MARKS[tile.verdict.value], tile.gaps or None, teller.owner(tile.owner), lane.name)
        for lane in drawn.lanes
        for tile in lane.tiles
        if tile.verdict.value != "not-asked"
    )
    counts = ", ".join(f"{count} {verdict.value}" for verdict, count in drawn.counts.items() if count)
    parts: list[Part] = [
        Table.of("clause|what it is about|verdict|gaps|owes the next step|process", rows, "Nothing is asked.")
    ]
    parts.append(f"Clauses: {counts}.")
    if drawn.awaited:
        parts.append(f"Obligations that are unknown because a check of theirs is not built yet: {drawn.awaited}.")
    return parts


def _acts_parts(acts: tuple[Act, ...], most: int | None, teller: Teller) -> list[Part]:
    shown = acts[:most]
    rows = (
        (
            number,
            teller.what(act.note),
            teller.next(act.note),
            teller.owner(act.note.owner),
            act.note.due,
            ", ".join(act.clauses),
        )
        for number, act in enumerate(shown, 1)
    )
    parts: list[Part] = [
        Table.of("|what is so|next step|who|due|clauses", rows, "Nothing is left to do.", title="What to do first")
    ]
    if len(acts) > len(shown):
        parts.append(f"{len(acts) - len(shown):,} more; --all shows them.")
    return parts


def _assessment_value(found: Assessment, digest: str, drawn: Board, teller: Teller) -> dict[str, Any]:
    """Return the whole assessment; where something is withheld from the reader, its verdicts and its digest alone."""
    import json

    from asepsis.conformance.assessment import document_bytes

    value: dict[str, Any] = {
        "digest": digest,
        "counts": {verdict.value: count for verdict, count in drawn.counts.items()},
        "clauses": {one.id: one.verdict.value for one in found.clauses},
        "withheld": bool(teller.hidden),
    }
    return value if teller.hidden else value | {"assessment": json.loads(document_bytes(found))}


def _clause_value(found: Assessment, number: str, teller: Teller) -> dict[str, Any]:
    return {
        "clause": number,
        "verdict": found.clause(number).verdict.value,
        "obligations": [
            {
                "id": one.id,
                "verdict": one.verdict.value,
                "counts": one.counts,
                "gaps": [teller.value(each) for each in one.gaps],
                "unknowns": [teller.value(each) for each in one.unknowns],
                "answered": [teller.value(each) for each in one.answered],
                "left_out": [each.what for each in one.left_out],
                "tailored": {"why": one.tailored.why, "instead": one.tailored.instead} if one.tailored else None,
                "set_aside": [teller.value(each) for each in one.set_aside],
                "awaited": list(one.awaited),
                "looked_at": {each.check: each.count for each in one.looked},
            }
            for one in found.of_clause(number)
        ],
    }


def _clause_parts(found: Assessment, number: str, teller: Teller) -> list[Part]:
    from asepsis.clauses.catalogue import catalogue

    clause = catalogue(found.edition).clause(number)
    parts: list[Part] = [_moment(found), f"{number} · {clause.title}: {_MARKS[found.clause(number).verdict.value]}"]
    rows = ((one.id, _MARKS[one.verdict.value], _reasons(one, teller)) for one in found.of_clause(number))
    parts.append(Table.of("obligation|verdict|on what it rests", rows, "It asks nothing."))
    return parts


def _reasons(one: ObligationVerdict, teller: Teller) -> str:
    told = [teller.told(each) for each in (*one.gaps, *one.unknowns)]
    told += [f"{each.count:,} looked at by {each.check}" for each in one.looked if not told]
    told += [f"{each.what} is left out: {each.by.label} says that it does not apply" for each in one.left_out]
    told += [f"tailored by {one.tailored.plan.label}: {one.tailored.instead}"] if one.tailored else []
    told += [f"no check yet: {', '.join(one.awaited)}"] if one.awaited else []
    return "\n".join(told)


def gate(
    release: Annotated[
        str | None, typer.Argument(metavar="[RELEASE]", help="Its label; else the newest that is not out.")
    ] = None,
    of: Annotated[
        str | None, typer.Option("--of", metavar="CLAUSE", help="Ask one of the seven only, such as 5.8.1.")
    ] = None,
    product: ProductOption = None,
    at: At = None,
    reader: Reader = None,
    bundle: BundleOption = None,
) -> Answer:
    """Say whether RELEASE may go out, and if not, what is missing and who owes it.

    Exits with 0 if it may, 1 if it may not, 3 if the question cannot be answered; 2 is wrong use, 4 refused input, for every
    command.
    """
    if bundle is None:
        found, teller, answer = _gate_of_store(release, product, at, reader)
    else:
        found, teller, answer = _gate_of_bundle(bundle, release, product, at)
    questions = answer.questions
    code = answer.exit_code
    if of is not None:
        questions = tuple(one for one in questions if one.clause == of)
        if not questions:
            raise NotOfGateError(clause=of, asked=[one.clause for one in answer.questions])
        code = 3 if answer.release is None else _question_code(questions[0])
    value = {
        "release": answer.release,
        "version": answer.version,
        "verdict": answer.verdict.value,
        "nothing_against": answer.nothing_against,
        "with_gaps": answer.with_gaps,
        "not_looked_at": answer.unlooked,
        "questions": [_question_value(one, teller) for one in questions],
    }
    rows = (
        (one.clause, one.question, _answered(one), _told(one, teller), teller.owner(one.owner)) for one in questions
    )
    parts: list[Part] = [_moment(found), Table.of("clause|question|answer|why, and the next step|who", rows, "")]
    if of is None:
        parts.append(sentence(answer))
    return Answer(value, tuple(parts), code)


def _gate_of_store(
    release: str | None, product: str | None, at: int | None, reader: str | None
) -> tuple[Assessment, Teller, Gate]:
    open_store()
    from asepsis.cli import reading
    from asepsis.cli.product import chosen
    from asepsis.cli.telling import Teller
    from asepsis.conformance import moments
    from asepsis.store import queries

    teller, row = Teller(reader), reading.record(release, reader) if release else None
    of_product = row.product if row is not None and row.product else chosen(product, "The gate").id
    found = _assessment(of_product, row.id if row else None, at)
    return found, teller, moments.gate_of(found, queries.dossier(of_product, at))


def _gate_of_bundle(
    bundle: Path, release: str | None, product: str | None, at: int | None
) -> tuple[Assessment, Teller, Gate]:
    from asepsis.cli.bundle import TellerOfBundle, opened

    asked = opened(bundle, product)
    from asepsis.conformance import moments

    with progress("Assessing", 100) as come:
        found = asked.assess(release, at, progress=lambda done, total: come(done * 100 // max(total, 1)))
    return found, TellerOfBundle(asked), moments.gate_of(found, asked.dossier(at))


def _question_code(one: Question) -> int:
    if one.accepted:
        return 0
    return {"met": 0, "not-applicable": 0, "gap": 1}.get(one.verdict.value, 3)


def _question_value(one: Question, teller: Teller) -> dict[str, Any]:
    return {
        "clause": one.clause,
        "question": one.question,
        "verdict": one.verdict.value,
        "accepted": one.accepted,
        "not_looked_at": one.awaited,
        "owner": teller.owner(one.owner),
        "notes": [teller.value(each) for each in one.notes],
    }


def _answered(one: Question) -> str:
    return "● accepted until its day" if one.accepted else _MARKS[one.verdict.value]


def _told(one: Question, teller: Teller) -> str:
    told = [teller.told(each) for each in one.notes[:5]]
    if len(one.notes) > len(told):
        told.append(f"{len(one.notes) - len(told)} more")
    if one.awaited:
        told.append(f"No check yet for {one.awaited} of its obligations.")
    return "\n".join(told)


def sentence(answer: Gate) -> str:
    """Return the gate's answer in one sentence."""
    if answer.release is None:
        return "There is no release to be asked about; `asepsis record new Release` plans one."
    who = answer.release
    match answer.exit_code:
        case 0 if answer.with_gaps:
            return f"{who} may go out, with gaps that a decision has taken on."
        case 0:
            return f"{who} may go out."
        case 1:
            return f"{who} may not go out: {answer.yes} of {len(answer.questions)} questions are answered with yes."
    if answer.nothing_against:
        return f"Nothing was found against {who}; {answer.unlooked} obligations were not looked at."
    return f"It cannot be told whether {who} may go out."


def trace(
    label: Annotated[str, typer.Argument(metavar="LABEL", help="The record to begin at.")],
    depth: Annotated[int, typer.Option("--depth", min=1, max=50, help="How many links far.")] = 12,
    reader: Reader = None,
) -> Answer:
    """Show what a record rests on and what hangs on it, through every link, nearest first.

    Exits with 0, 1 where the record is not effective, 4 where there is none.
    """
    open_store()
    from asepsis.cli import reading
    from asepsis.cli.telling import Teller
    from asepsis.conformance.trace import NotEffectiveError
    from asepsis.conformance.trace import trace as walk
    from asepsis.store import queries

    row, hidden = reading.record(label, reader), Teller(reader).hidden
    dossier = queries.dossier(row.product)
    item: Item[Any] | None = dossier.get(row.id)
    if item is None:
        raise NotEffectiveError(record=row)
    found = walk(dossier, item)
    rests = [one for one in found.rests_on if one.distance <= depth and not _touches(one, hidden)]
    hangs = [one for one in found.hangs_on_it if one.distance <= depth and not _touches(one, hidden)]
    value = {
        "record": row.id,
        "label": row.label,
        "rests_on": [_step_value(one) for one in rests],
        "hangs_on_it": [_step_value(one) for one in hangs],
    }
    return Answer(
        value,
        (
            f"{row.label} · {row.kind} · {row.title}",
            Table.of(
                "links|record|kind|title|through|", map(_step, rests), "It rests on nothing.", title="It rests on"
            ),
            Table.of(
                "links|record|kind|title|through|", map(_step, hangs), "Nothing hangs on it.", title="What hangs on it"
            ),
        ),
    )


def _touches(one: Step, hidden: frozenset[str]) -> bool:
    """Return whether a step is, or comes through, a record that is withheld from its reader."""
    return one.item.id in hidden or (one.through is not None and one.through.id in hidden)


def _step(one: Step) -> tuple[Any, ...]:
    through = f"{one.through.label} {one.field}" if one.through is not None else one.field
    return (
        one.distance,
        one.item.label,
        one.item.kind.__name__,
        one.item.title,
        through,
        "suspect" if one.suspect else None,
    )


def _step_value(one: Step) -> dict[str, Any]:
    return {
        "record": one.item.id,
        "label": one.item.label,
        "kind": one.item.kind.__name__,
        "title": one.item.title,
        "distance": one.distance,
        "through": one.through.label if one.through is not None else None,
        "field": one.field,
        "suspect": one.suspect,
    }
