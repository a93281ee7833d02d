"""Where a product stands: its board, its clauses, the release gate and what is due, out of the assessment that was kept.

An assessment is made by POST, since it takes as long as the product is large; what is read says as of which entry it is,
and whether something happened since that it can depend on.
"""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import Field

from asepsis.api.edge import ACTS, READS, clock
from asepsis.api.record import named
from asepsis.api.shapes import LIMIT, Asked, Label, Limit, Position
from asepsis.clauses.catalogue import catalogue
from asepsis.conformance import moments
from asepsis.conformance.assessment import Assessment, Note, document_bytes
from asepsis.conformance.gate import Question
from asepsis.errors import UnanswerableError
from asepsis.readers import assessed, chains, visible
from asepsis.readers.assessed import Kept, Teller
from asepsis.record.verdict import Verdict
from asepsis.sentences import Sentence
from asepsis.store import queries, refusals
from asepsis.store.models import Baseline, Link, Product

router = Router(tags=["verdicts"])
CANNOT_BE_TOLD = 3


class UnassessedError(UnanswerableError):
    """Nobody has had a product assessed yet."""

    code = "assessment-absent"
    sentence = Sentence(
        "{product} was not assessed yet at the moment that is asked about.",
        next="POST /api/v1/products/{product}/assessments, or `asepsis assess {product}`.",
    )


class Moment(Asked):
    """The moment that is asked about."""

    release: Label | None = Field(None, description="The release looked at; else the newest that is not out yet.")
    at: Position | None = Field(None, description="The entry of a baseline; without it, now.")


class Days(Moment):
    """Which days are wanted."""

    limit: Limit = LIMIT


class Finding(Schema):
    """Something that was found: what is so, what to do next, who owes that, and until when."""

    check: str
    about: str
    what: str
    next: str | None = None
    owner: str | None = None
    due: str | None = None
    urgent: bool


class Standing(Schema):
    """As of when an answer holds."""

    product: str
    release: str | None = None
    version: str | None = None
    edition: str
    entry: int = Field(description="The last entry that it knows.")
    day: str
    outdated: bool = Field(description="Whether something happened since that it can depend on.")
    digest: str = Field(description="The SHA-256 of the assessment.")


class ClauseLine(Schema):
    """The verdict of one clause: met, gap, unknown, not-applicable or not-asked."""

    clause: str
    title: str
    process: str
    verdict: Verdict


class BoardSheet(Standing):
    """Where a product stands, clause by clause, and what to do first."""

    counts: dict[str, int]
    clauses: list[ClauseLine]
    acts: list[Finding] = Field(description="The next steps, the most urgent and the most helpful first.")
    rests_on_withheld: bool = Field(description="Whether there are more, about something that may not be told.")


class ObligationSheet(Schema):
    """The verdict of one obligation, with what it rests on: of each sort of finding the first 50."""

    id: str
    verdict: Verdict
    counts: bool
    gaps: list[Finding]
    unknowns: list[Finding]
    answered: list[Finding]
    awaited: list[str] = Field(description="Checks that decide it and are not built yet.")


class ClauseSheet(Standing):
    """One clause with its obligations."""

    clause: str
    title: str
    verdict: Verdict
    obligations: list[ObligationSheet]


class QuestionSheet(Schema):
    """One of the seven questions of the gate."""

    clause: str
    question: str
    verdict: Verdict
    accepted: bool = Field(description="Whether all its gaps are taken on by a decision until their day.")
    notes: list[Finding] = Field(description="The first 50 findings that stand against a yes.")


class GateSheet(Standing):
    """Whether a release may go out. `exit_code` is what `asepsis gate` ends with: 0 yes, 1 no, 3 it cannot be told."""

    exit_code: int = Field(description="0 it may go out, 1 it may not, 3 it cannot be told: also where `outdated`.")
    verdict: Verdict
    with_gaps: bool
    not_looked_at: int
    questions: list[QuestionSheet]


class DueLine(Schema):
    """One thing that is due by the end of a day, or at an instant where a law counts hours."""

    about: str
    what: str
    day: str
    at: str | None = None
    owner: str | None = None
    urgent: bool


class DueSheet(Standing):
    """What is due, the earliest first."""

    due: list[DueLine]
    more: bool
    rests_on_withheld: bool


class AssessmentSheet(Standing):
    """A whole assessment, as a decision names it by its digest; absent where it rests on something withheld."""

    assessment: dict[str, Any] | None = None


@router.post("/products/{code}/assessments", response={201: BoardSheet}, auth=ACTS, exclude_none=True)
def assess(request: HttpRequest, code: str, moment: Query[Moment]) -> Status[BoardSheet]:
    """Work out where a product stands, and keep it. This takes as long as the product is large."""
    product = visible.product(code)
    release = _release(product, moment)
    _check(product, moment)
    asked = moments.Asked(product.id, release, moment.at)
    found = moments.assess_product(asked, queries.now(clock()))
    moments.keep(found, baseline=moment.at is not None)
    return Status(201, _board(product, assessed.of(found), moment))


@router.get("/products/{code}/assessment", response=AssessmentSheet, auth=READS, exclude_none=True)
def assessment(request: HttpRequest, code: str, moment: Query[Moment]) -> AssessmentSheet:
    """Give the whole assessment that was kept; of one that rests on something withheld, its digest alone."""
    product = visible.product(code)
    kept = _kept(product, moment)
    whole = None if Teller().withheld else json.loads(document_bytes(kept.assessment))
    return AssessmentSheet(**_standing(product, kept, moment), assessment=whole)


@router.get("/products/{code}/board", response=BoardSheet, auth=READS, exclude_none=True)
def board(request: HttpRequest, code: str, moment: Query[Moment]) -> BoardSheet:
    """Give the verdict of every clause, and the first next steps."""
    product = visible.product(code)
    return _board(product, _kept(product, moment), moment)


@router.get("/products/{code}/clauses/{number}", response=ClauseSheet, auth=READS, exclude_none=True)
def clause(request: HttpRequest, code: str, number: str, moment: Query[Moment]) -> ClauseSheet:
    """Give one clause with its obligations and what was found of each."""
    product = visible.product(code)
    kept = _kept(product, moment)
    found = kept.assessment
    named_so, teller = catalogue(found.edition).clause(number[:20]), Teller()
    return ClauseSheet(
        **_standing(product, kept, moment),
        clause=named_so.id,
        title=named_so.title,
        verdict=found.clause(named_so.id).verdict,
        obligations=[
            ObligationSheet(
                id=one.id,
                verdict=one.verdict,
                counts=one.counts,
                gaps=_findings(teller, one.gaps),
                unknowns=_findings(teller, one.unknowns),
                answered=_findings(teller, one.answered),
                awaited=list(one.awaited),
            )
            for one in found.of_clause(named_so.id)
        ],
    )


@router.get("/products/{code}/gate", response=GateSheet, auth=READS, exclude_none=True)
def gate(request: HttpRequest, code: str, moment: Query[Moment]) -> GateSheet:
    """Say whether a release may go out. What is outdated says neither yes nor no: have the product assessed first."""
    product = visible.product(code)
    kept = _kept(product, moment)
    found = kept.assessment
    answer, teller = moments.gate_of(found, queries.of_histories(
        _decisions(found, moment.at), product=product.id, position=found.moment.position
    )), Teller()  # fmt: skip
    standing = _standing(product, kept, moment)
    return GateSheet(
        **standing,
        exit_code=CANNOT_BE_TOLD if standing["outdated"] else answer.exit_code,
        verdict=answer.verdict,
        with_gaps=answer.with_gaps,
        not_looked_at=answer.unlooked,
        questions=[_question(one, teller) for one in answer.questions],
    )


@router.get("/products/{code}/due", response=DueSheet, auth=READS, exclude_none=True)
def due(request: HttpRequest, code: str, moment: Query[Days]) -> DueSheet:
    """Give what is due, the earliest first, as the assessment that was kept worked it out."""
    product = visible.product(code)
    kept = _kept(product, moment)
    found = kept.assessment
    teller = Teller()
    told = [one for one in found.due if one.about.id not in teller.withheld]
    return DueSheet(
        **_standing(product, kept, moment),
        due=[DueLine(**teller.due(one)) for one in told[: moment.limit]],
        more=len(told) > moment.limit,
        rests_on_withheld=len(told) < len(found.due),
    )


def _kept(product: Product, moment: Moment) -> Kept:
    """Return the assessment that was kept for a moment. Raises `UnassessedError`."""
    _check(product, moment)
    found = assessed.kept(product.id, _release(product, moment), moment.at)
    if found is None:
        raise UnassessedError(product=product.code)
    return found


def _check(product: Product, moment: Moment) -> None:
    """Raise `UnknownRecordError` where the moment is no baseline of the product."""
    if moment.at is not None and not Baseline.objects.filter(position=moment.at, product=product.id).exists():
        raise refusals.UnknownRecordError(record=f"baseline at entry {moment.at}")


def _release(product: Product, moment: Moment) -> str | None:
    if moment.release is None:
        return None
    row = named(moment.release)
    if row.kind != "Release" or row.product != product.id:
        raise refusals.UnknownRecordError(record=moment.release[:40])
    return row.id


def _standing(product: Product, kept: Kept, moment: Moment) -> dict[str, Any]:
    found = kept.assessment
    return {
        "product": product.code,
        "release": found.release.label if found.release else None,
        "version": found.release.version if found.release else None,
        "edition": found.edition,
        "entry": found.moment.position,
        "day": found.moment.day,
        "outdated": moment.at is None and moments.last_change(product.id) > found.moment.position,
        "digest": kept.digest,
    }


def _board(product: Product, kept: Kept, moment: Moment) -> BoardSheet:
    teller, drawn = Teller(), kept.board
    told = [act.note for act in drawn.acts if act.note.about.id not in teller.withheld]
    return BoardSheet(
        **_standing(product, kept, moment),
        counts={verdict.value: count for verdict, count in drawn.counts.items()},
        clauses=[
            ClauseLine(clause=tile.clause, title=tile.title, process=lane.process, verdict=tile.verdict)
            for lane in drawn.lanes
            for tile in lane.tiles
        ],
        acts=[Finding(**teller.note(one)) for one in told[:LIMIT]],
        rests_on_withheld=len(told) < len(drawn.acts),
    )


def _decisions(found: Assessment, position: int | None) -> dict[str, Any]:
    """Return the chains of the decisions about the release that was looked at."""
    if found.release is None:
        return {}
    sources = Link.objects.filter(target=found.release.id).values_list("source", flat=True).distinct()[:500]
    rows = visible.by_id(sources)
    return chains.of([row.id for row in rows.values() if row.kind == "ReleaseDecision"], position)


def _question(one: Question, teller: Teller) -> QuestionSheet:
    return QuestionSheet(
        clause=one.clause,
        question=one.question,
        verdict=one.verdict,
        accepted=one.accepted,
        notes=_findings(teller, one.notes),
    )


def _findings(teller: Teller, notes: tuple[Note, ...]) -> list[Finding]:
    return [Finding(**one) for one in teller.notes(notes, LIMIT)]
