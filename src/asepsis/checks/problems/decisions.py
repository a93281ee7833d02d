"""Decisions about issues: each is made on its analysis, within the criteria of the plan, and carried out in time."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal as Number
from typing import Any

from asepsis.checks import decided, ordered, terms, tested
from asepsis.checks.check import Findings, check
from asepsis.checks.evaluated import plan_in_force, risks_of
from asepsis.checks.problems.analyses import affected_releases, newest_analysis, newest_decision
from asepsis.checks.problems.notices import notices_for
from asepsis.checks.signatures import signatures_of
from asepsis.checks.view import View
from asepsis.configuration.records import ChangeDecision, ChangeRequest, Release
from asepsis.development.records import Finding, ReleaseDocument, RunOutcome, TestRun
from asepsis.problems.records import Advisory, Decision, ImpactAnalysis, Option
from asepsis.record.dossier import Item
from asepsis.record.slots import Meaning, SystemRole
from asepsis.record.verdict import Gap, Unknown
from asepsis.risk.domain import cell_of
from asepsis.risk.grid import Verdict
from asepsis.risk.records import Assumption, Risk, Score, SecurityContext, Vulnerability
from asepsis.sentences import Named, Sentence

LEAVES = (Option.DEFER, Option.NO_FIX, Option.ENVIRONMENT)
CHANGES_NOTHING = (Option.DEFER, Option.NO_FIX)
REPAIRS = (Option.FIX, Option.PLAN)


def left_by(decision: Item[Decision], view: View) -> Iterator[tuple[Score, str]]:
    """Yield what a decision leaves, as a score with a level of harm: as its risk says, and as it says itself."""
    risk: Item[Risk] | None = view.dossier.get(decision.content.risk)
    if risk is not None:
        yield risk.content.residual, risk.content.harm_after
    if decision.content.residual is not None and decision.content.harm is not None:
        yield decision.content.residual, decision.content.harm


# --- decided --------------------------------------------------------------------------------------------------------

NOT_DECIDED = Sentence(
    "{analysis} tells what {vulnerability} means, and nothing in force decides how it is handled.",
    next="Decide how {vulnerability} is handled, within the criteria of the risk plan.",
)
DECIDED_BEFORE = Sentence(
    "{decision} was signed before {analysis} last changed.",
    next="Look whether {decision} still holds for {vulnerability}, and sign it again.",
)
FINDING_NOT_DECIDED = Sentence(
    "{finding} was neither decided nor dismissed, and no retest of it passed.",
    next="Investigate {finding}, and decide how it is handled.",
)
UNACCEPTABLE = Sentence(
    "{decision} leaves what is unacceptable under {plan}.", next="Fix it, or lower the risk by a control."
)
NOT_APPROVED = Sentence(
    "{decision} leaves what is for {role} to approve under {plan}, who did not.",
    next="Have {decision} approved by {role}.",
)
NO_CELL = Sentence("{plan} has no cell for what {decision} leaves.", next="Score what is left by a method of {plan}.")
NO_NUMBER = Sentence(
    "What {decision} leaves is scored by {method}, which gives no number, so it cannot be laid against the plan.",
    next="Score what is left by a method that gives a number.",
)
MILDER_UNCHANGED = Sentence(
    "{decision} changes nothing, and calls what is left {residual}; {analysis} found {severity}.",
    next="Take over the severity of {analysis} as what is left, or decide on something that lowers it.",
)
OTHER_THAN_RISK = Sentence(
    "{decision} says that {residual} at the harm `{harm}` is left; {risk} says {other} at `{other_harm}`.",
    next="Correct {decision} or {risk}, so that both say the same.",
)


@check("problems.issues_decided", over="product", owner=SystemRole.SECURITY)
def issues_are_decided(product: Named, view: View) -> Findings:
    """Each analysed vulnerability, and each finding of the release, is decided, on what is known of it and within the plan.

    It goes through vulnerabilities with an analysis, signed or not, and through findings of the release looked at. That
    what is put off has a day is asked for by the kind itself.

    Source: IEC 81001-5-1:2021, 9.5.
    """
    for vulnerability in terms.each_once(view.dossier.with_heads(Vulnerability)):
        analysis = newest_analysis(vulnerability.id, view)
        if analysis is not None:
            yield from _is_decided(vulnerability, analysis, view)
    for finding in terms.each_once(view.dossier.with_heads(Finding)):
        if view.release is not None and tested.is_finding_of_release(finding, view) and not _is_settled(finding, view):
            yield Gap(finding, FINDING_NOT_DECIDED, finding=finding)


def _is_settled(finding: Item[Finding], view: View) -> bool:
    dismissed = any(
        not one.content.applicable and one.content.concluded_on is not None
        for one in decided.investigations_of(finding.id, view)
    )
    return dismissed or bool(decided.decisions_on(finding, view)) or bool(tested.retested(finding.id, view))


def _is_decided(vulnerability: Item[Vulnerability], analysis: Item[ImpactAnalysis], view: View) -> Findings:
    decision = newest_decision(vulnerability.id, view)
    if decision is None:
        yield Gap(vulnerability, NOT_DECIDED, analysis=analysis, vulnerability=vulnerability)
        return
    if terms.signed_position(decision, view) < terms.changed_position(analysis, view):
        yield Gap(decision, DECIDED_BEFORE, decision=decision, analysis=analysis, vulnerability=vulnerability)
    if decision.content.option in LEAVES:
        yield from _within(decision, view)
    if decision.content.option in CHANGES_NOTHING:
        yield from _unchanged(decision, analysis, view)
    yield from _as_the_risk_says(decision, vulnerability, view)


def _within(decision: Item[Decision], view: View) -> Findings:
    plan = plan_in_force(view)
    if plan is None:
        return  # told by development.deferrals_within_criteria and by the checks of the plan
    approved = {role for one in signatures_of(decision, view) if one.meaning is Meaning.APPROVED for role in one.roles}
    for score, harm in left_by(decision, view):
        if score.number is None:
            yield Unknown(decision, NO_NUMBER, decision=decision, method=score.method)
            continue
        cell = cell_of(plan.content, score.method, score.number, harm)
        if cell is None:
            yield Gap(decision, NO_CELL, plan=plan, decision=decision)
        elif cell.verdict is Verdict.UNACCEPTABLE:
            yield Gap(decision, UNACCEPTABLE, decision=decision, plan=plan)
        elif cell.verdict is Verdict.NEEDS_APPROVAL:
            role = cell.approver or SystemRole.MANAGEMENT
            if role not in approved:
                yield Gap(decision, NOT_APPROVED, decision=decision, role=role, plan=plan).owed(by=role)


def _unchanged(decision: Item[Decision], analysis: Item[ImpactAnalysis], view: View) -> Findings:
    severity = analysis.content.severity
    for score, _ in left_by(decision, view):
        if score.method is not severity.method or score.number is None or severity.number is None:
            continue
        if Number(score.number) < Number(severity.number):
            yield Gap(
                decision, MILDER_UNCHANGED, decision=decision, residual=score.number, analysis=analysis,
                severity=severity.number,
            )  # fmt: skip


def _as_the_risk_says(decision: Item[Decision], vulnerability: Item[Vulnerability], view: View) -> Findings:
    own, harm = decision.content.residual, decision.content.harm
    if own is None or harm is None:
        return
    for risk in risks_of(vulnerability.id, view):
        other = risk.content.residual
        if (own.method, own.number, harm) != (other.method, other.number, risk.content.harm_after):
            yield Gap(
                decision, OTHER_THAN_RISK, decision=decision, residual=own.number or own.method, harm=harm, risk=risk,
                other=other.number or other.method, other_harm=risk.content.harm_after,
            )  # fmt: skip


# --- carried out ----------------------------------------------------------------------------------------------------

OVERDUE = Sentence(
    "{decision} was to be done by {due}, and is not.",
    next="Do what {decision} says and enter the day, or decide anew with a reason.",
)
DONE_BEFORE = Sentence(
    "{decision} was closed on {day}; nothing that it is about was there before {since}.",
    next="Correct the day in {decision}.",
)
NO_REQUEST = Sentence(
    "{decision} has it repaired, and no change request that is to be done says so.",
    next="Write the change request for {decision}, and have it approved.",
)
NO_CONTEXT = Sentence(
    "{decision} lets the surroundings protect, and names no security context in force that asks for it.",
    next="Name in {decision} the security context that asks for the protection.",
)
CONTEXT_UNCHANGED = Sentence(
    "{decision} lets the surroundings protect; {context} is as it was before {issue} was known.",
    next="Write into {context} what the surroundings have to do now, and have it signed.",
)
USERS_NOT_TOLD = Sentence(
    "{decision} asks more of the surroundings; no document of {release} and no notice to its users tells of it.",
    next="Tell the users of {release} what their surroundings have to do: in a document, or by a notice.",
)
NOT_PROVED = Sentence(
    "{decision} is closed as repaired, and no test run that passed shows it.",
    next="Name in {decision} the test run that shows the repair.",
)
IN_NO_RELEASE = Sentence(
    "{decision} is closed as repaired, and no change request of it names the release that brings it.",
    next="Enter in the change request of {decision} the release in which it was done.",
)


@check("problems.decisions_carried_out", over=Decision, owner=SystemRole.RELEASE_MANAGER)
def decisions_are_carried_out(decision: Item[Decision], view: View) -> Findings:
    """What was decided is done by its day: the change asked for and proved, or the surroundings described and told of.

    Source: IEC 81001-5-1:2021, 9.5.
    """
    content = decision.content
    if content.closed_on is None and terms.past(content.due, view) and not _is_replaced(decision, view):
        yield Gap(decision, OVERDUE, decision=decision, due=content.due).owed(due=content.due)
    if (since := ordered.came_later(content.closed_on, content.about, view)) is not None:
        yield Gap(decision, DONE_BEFORE, decision=decision, day=content.closed_on, since=since)
    if content.option in REPAIRS:
        yield from _repaired(decision, view)
    elif content.option is Option.ENVIRONMENT:
        yield from _described(decision, view)


def _is_replaced(decision: Item[Decision], view: View) -> bool:
    """Return whether a younger decision is about each thing that this one is about."""
    newest = [newest_decision(record, view) for record in decision.content.about]
    return all(one is not None and one.id != decision.id for one in newest)


def _repaired(decision: Item[Decision], view: View) -> Findings:
    asked = [one for one in view.dossier.back(decision, ChangeRequest) if decision.id in one.content.because]
    requests = [one for one in asked if one.content.decided is ChangeDecision.DO]
    if not requests:
        yield Gap(decision, NO_REQUEST, decision=decision)
    if decision.content.closed_on is None:
        return
    runs: list[Item[TestRun] | None] = [view.dossier.get(one) for one in decision.content.proved_by]
    if not any(run is not None and run.content.outcome is RunOutcome.PASS for run in runs):
        yield Gap(decision, NOT_PROVED, decision=decision).owed(by=SystemRole.TESTER)
    if requests and not any(view.dossier.get(one.content.done_in) for one in requests):
        yield Gap(decision, IN_NO_RELEASE, decision=decision)


def _described(decision: Item[Decision], view: View) -> Findings:
    context: Item[SecurityContext] | None = view.dossier.get(decision.content.context)
    if context is None:
        yield Gap(decision, NO_CONTEXT, decision=decision).owed(by=SystemRole.SECURITY)
        return
    issues: list[Item[Any] | None] = [view.dossier.get(one) for one in decision.content.about]
    for issue in issues:
        if issue is None:
            continue
        if terms.changed_position(context, view) < terms.written_position(issue, view):
            yield Gap(decision, CONTEXT_UNCHANGED, decision=decision, context=context, issue=issue).owed(
                by=SystemRole.SECURITY
            )
        if issue.kind is Vulnerability:
            for release in terms.supported_releases(view):
                if release.id in affected_releases(issue, view) and not _is_told(
                    decision, context, issue, release, view
                ):
                    yield Gap(decision, USERS_NOT_TOLD, decision=decision, release=release).owed(
                        by=SystemRole.REGULATORY
                    )


def _is_told(
    decision: Item[Decision],
    context: Item[SecurityContext],
    vulnerability: Item[Vulnerability],
    release: Item[Release],
    view: View,
) -> bool:
    assumptions = (one for one in view.dossier.back(context, Assumption) if context.id in one.content.about)
    tells = {context.id, *(one.id for one in assumptions)}
    for record in tells:
        for document in view.dossier.back(record, ReleaseDocument):
            anchors = (anchor for anchor in document.content.anchors if record in anchor.tells_of)
            if document.content.release == release.id and any(anchors) and view.dossier.sound(document, record):
                return True
    since = terms.first_day(decision, view)
    advisories = {one.id for one in view.dossier.back(vulnerability, Advisory)}
    return any(
        notice.content.sent_on is not None
        and since <= notice.content.sent_on
        and bool(advisories & set(notice.content.about) or release.id in notice.content.about)
        for notice in notices_for(release, view)
    )
