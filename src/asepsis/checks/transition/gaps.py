"""Checks of what old software lacks: each clause was assessed, and each gap has an owner, a day and a record that closes it."""

from __future__ import annotations

from collections import Counter
from typing import Any

from asepsis.checks import decided, terms
from asepsis.checks.check import Findings, check
from asepsis.checks.evaluated import verdict_of
from asepsis.checks.view import View
from asepsis.development.records import Coverage, ReleaseDocument, Requirement, RunOutcome, TestRun
from asepsis.quality.domain import holds
from asepsis.record.dossier import Item
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap
from asepsis.risk.grid import Verdict
from asepsis.risk.records import Control, OverallRisk, Risk, SecurityContext, SystemModel
from asepsis.sentences import Mention, Sentence
from asepsis.transition.records import Adequate, ClosesBy, TransitionAssessment, TransitionGap

# --- assessed -------------------------------------------------------------------------------------------------------

LEFT_OUT = Sentence(
    "{assessment} says nothing of {clauses}.", next="Assess {clauses}, and record what is missing as gaps."
)
TWICE = Sentence("{assessment} assesses {clauses} more than once.", next="Leave one line for each of {clauses}.")
NOTHING_AVAILABLE = Sentence(
    "{assessment} calls clause {clause} fulfilled, and names nothing that shows it.",
    next="Name what there is for {clause}, or call it not adequate and record the gap.",
)
AVAILABLE_CHANGED = Sentence(
    "{assessment} calls clause {clause} fulfilled by {records}, which changed since.",
    next="Look whether {records} still fulfil {clause}, and sign {assessment}.",
)
NO_GAP = Sentence(
    "{assessment} calls clause {clause} not fulfilled, and no transition gap takes it up.",
    next="Record what is missing for {clause} as a transition gap with an owner and a day.",
)
ASKED = ("5.2.1", "5.2.2", "5.2.3", "5.7.1", "5.7.2", "5.7.3", "5.7.4", "5.7.5", "7.1.1", "7.1.2", "7.2", "7.3")


def is_of_version(assessment: Item[TransitionAssessment], view: View) -> bool:
    """Return whether an assessment is of the version of the release looked at."""
    return view.release is not None and holds(assessment.content.versions, view.release.content.version) is True


@check(
    "transition.sub_clauses_assessed",
    over=TransitionAssessment,
    owner=SystemRole.SECURITY,
    needed=True,
    whole=True,
    when=is_of_version,
)
def each_clause_was_assessed(assessments: tuple[Item[TransitionAssessment], ...], view: View) -> Findings:
    """The newest assessment of the version has one line for each clause that Annex F asks for, and a gap for each lack.

    Source: IEC 81001-5-1:2021, F.2.
    """
    assessment = terms.newest(assessments, view)
    assert assessment is not None  # the runner calls with one at least
    lines = assessment.content.sub_clauses
    count = Counter(line.clause for line in lines)
    if missing := [clause for clause in ASKED if clause not in count]:
        yield Gap(assessment, LEFT_OUT, assessment=assessment, clauses=missing)
    if twice := [clause for clause in ASKED if count[clause] > 1]:
        yield Gap(assessment, TWICE, assessment=assessment, clauses=twice)
    suspect = {link.target for link in view.dossier.links(assessment) if link.suspect}
    taken_up = {
        gap.content.clause for gap in view.dossier.with_heads(TransitionGap) if gap.content.assessment == assessment.id
    }
    for line in lines:
        said: dict[str, Any] = {"assessment": assessment, "clause": line.clause}
        if line.adequate is not Adequate.YES:
            if line.clause not in taken_up:
                yield Gap(assessment, NO_GAP, **said)
        elif not line.available:
            yield Gap(assessment, NOTHING_AVAILABLE, **said)
        elif changed := [_named(one, view) for one in line.available if one in suspect]:
            yield Gap(assessment, AVAILABLE_CHANGED, records=changed, **said)


def _named(record: str, view: View) -> Mention:
    return Mention(record, view.dossier.label(record) or "something not here")


# --- owned and closed -----------------------------------------------------------------------------------------------

NOBODYS = Sentence(
    "{gap} is owned by {person}, who is not with you today.", next="Give {gap} to somebody who is there."
)
NO_RISK = Sentence(
    "{gap} names no risk, so what it leaves is not known.", next="Evaluate in a risk what {gap} leaves, and name it."
)
OVERDUE = Sentence(
    "{gap} was due on {day} and is not closed.",
    next="Close {gap} with its record; where that takes longer, justify it on an accepted risk and enter another day.",
)
CLOSED_BY_NOTHING = Sentence(
    "{gap} is closed and names no record in force of the sort that its letter asks for: {asked}.",
    next="Name in {gap} the record that closes it.",
)
CLOSED_BY_OLDER = Sentence(
    "{gap} was written on {day} and is closed by {records}, which are older.",
    next="Name in {gap} what was done since, or say in the assessment that it had been there.",
)
OPEN_AT_GATE = Sentence(
    "{gap} is neither closed nor justified on an accepted risk, and {release} is up for release.",
    next="Close {gap} with its record, or justify it on an accepted risk.",
)
CLOSED_BY = {
    ClosesBy.REQUIREMENTS: "a requirement",
    ClosesBy.TESTS: "a test run that passed and counts for the release",
    ClosesBy.THREATS: "a security context or a system model",
    ClosesBy.CONTROLS: "a control",
    ClosesBy.DOCUMENTS: "a document that covers 5.8.2 a or c",
    ClosesBy.EVALUATION: "an evaluation of all residual risk",
}
_KINDS = {
    ClosesBy.REQUIREMENTS: (Requirement,),
    ClosesBy.TESTS: (TestRun,),
    ClosesBy.THREATS: (SecurityContext, SystemModel),
    ClosesBy.CONTROLS: (Control,),
    ClosesBy.DOCUMENTS: (ReleaseDocument,),
    ClosesBy.EVALUATION: (OverallRisk,),
}
GUIDELINES = {Coverage.OPERATION, Coverage.ACCOUNTS}


@check("transition.gaps_owned_and_closed", over=TransitionGap, owner=SystemRole.SECURITY)
def gaps_are_owned_and_closed(gap: Item[TransitionGap], view: View) -> Findings:
    """Each gap of old software has a risk and an owner who is there, and is closed in time by a record of its sort.

    Source: IEC 81001-5-1:2021, F.2.
    """
    content = gap.content
    if content.risk is None:
        yield Gap(gap, NO_RISK, gap=gap)
    if content.closed_on is not None:
        yield from _is_closed(gap, view)
    else:
        if terms.past(content.due, view):
            yield Gap(gap, OVERDUE, gap=gap, day=content.due).owed(by=content.owner, due=content.due)
        if decided.at_gate(view) and not is_justified(gap, view):
            yield Gap(gap, OPEN_AT_GATE, gap=gap, release=view.release).owed(by=content.owner)
    if not terms.active(content.owner, view.today, terms.people(view)):
        yield Gap(gap, NOBODYS, gap=gap, person=content.owner)


def is_justified(gap: Item[TransitionGap], view: View) -> bool:
    """Return whether a gap is justified on a risk that is acceptable, or weighed and approved."""
    risk: Item[Risk] | None = view.dossier.get(gap.content.risk)
    if gap.content.justified is None or risk is None:
        return False
    verdict = verdict_of(risk, view)
    return verdict is Verdict.ACCEPTABLE or (
        verdict is Verdict.NEEDS_APPROVAL and risk.content.benefit_risk is not None
    )


def _is_closed(gap: Item[TransitionGap], view: View) -> Findings:
    fitting = [one for one in _named_records(gap, view) if _fits(one, gap.content.closes_by, view)]
    written = terms.written_on(gap, view)
    if not fitting:
        yield Gap(gap, CLOSED_BY_NOTHING, gap=gap, asked=CLOSED_BY[gap.content.closes_by])
    elif all(terms.day_of(one, view) < written for one in fitting):
        yield Gap(gap, CLOSED_BY_OLDER, gap=gap, day=written, records=fitting)


def _named_records(gap: Item[TransitionGap], view: View) -> list[Item[Any]]:
    found: list[Item[Any] | None] = [view.dossier.get(one) for one in gap.content.closed_by]
    return [one for one in found if one is not None]


def _fits(record: Item[Any], letter: ClosesBy, view: View) -> bool:
    if record.kind not in _KINDS[letter]:
        return False
    if record.kind is TestRun:
        return record.content.outcome is RunOutcome.PASS and terms.is_counted(record, view)
    return record.kind is not ReleaseDocument or not GUIDELINES.isdisjoint(record.content.covers)
