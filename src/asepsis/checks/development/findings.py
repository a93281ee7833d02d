"""Checks of findings: each is looked into, decided and, where it is to be fixed, fixed; what is left, within bounds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from asepsis.checks import decided, terms, tested
from asepsis.checks.check import Findings, check
from asepsis.checks.signatures import signatures_of
from asepsis.checks.view import View
from asepsis.development.records import Finding
from asepsis.problems.records import Decision, Investigation, Option
from asepsis.record.dossier import Item
from asepsis.record.slots import Meaning, SystemRole
from asepsis.record.verdict import Gap
from asepsis.risk.domain import cell_of
from asepsis.risk.grid import Cell, Verdict
from asepsis.risk.records import Risk, RiskPlan, Score, Vulnerability
from asepsis.sentences import Sentence

# --- resolved -------------------------------------------------------------------------------------------------------

UNDECIDED = Sentence(
    "{finding} was neither decided nor dismissed, and no retest of it passed.",
    next="Investigate {finding} and decide it.",
)
NOT_CONCLUDED = Sentence(
    "{investigation} into {finding} has not come to its end.", next="Conclude {investigation}, and enter the day."
)
NOT_FIXED = Sentence(
    "{decision} says that {finding} is fixed; it names no build with the fix.",
    next="Enter in {finding} the build in which it is fixed, and retest it there.",
)
NOT_RETESTED = Sentence(
    "{finding} is fixed in {build}, and no retest of it passed on the build of {release}.",
    next="Retest {finding} on the build of {release}.",
)


@check("development.findings_resolved", over=Finding, owner=SystemRole.SECURITY, when=tested.is_finding_of_release)
def findings_are_resolved(finding: Item[Finding], view: View) -> Findings:
    """Whatever was found wrong, by whomever, was looked into and decided; what is to be fixed is fixed and retested.

    Source: IEC 81001-5-1:2021, 5.8.1; 5.8.5; 5.7.4.
    """
    investigations = decided.investigations_of(finding.id, view)
    for investigation in investigations:
        if investigation.content.concluded_on is None:
            yield Gap(investigation, NOT_CONCLUDED, investigation=investigation, finding=finding)
    if any(_dismisses(one) for one in investigations):
        return
    retests = tested.retested(finding.id, view)
    decisions = decided.decisions_on(finding, view)
    newest = max(decisions, key=lambda one: terms.first_position(one, view), default=None)
    if newest is None:
        if not retests:
            yield Gap(finding, UNDECIDED, finding=finding)
    elif newest.content.option is Option.FIX:
        if finding.content.fixed_in is None:
            yield Gap(finding, NOT_FIXED, decision=newest, finding=finding).owed(by=SystemRole.DEVELOPER)
        elif not retests:
            yield Gap(
                finding, NOT_RETESTED, finding=finding, build=finding.content.fixed_in, release=view.release
            ).owed(by=SystemRole.TESTER)


def _dismisses(investigation: Item[Investigation]) -> bool:
    return not investigation.content.applicable and investigation.content.concluded_on is not None


# --- left within bounds ---------------------------------------------------------------------------------------------

LEAVES = (Option.PLAN, Option.DEFER, Option.NO_FIX)

PAST_DUE = Sentence(
    "{decision} puts off what it is about until {due}; that day is past.",
    next="Do what {decision} says and enter the day, or decide again.",
)
NO_PLAN = Sentence(
    "No risk plan is in force, so nothing says whether what {decision} leaves may be left.",
    next="Have the risk plan signed.",
)
NOT_EVALUATED = Sentence(
    "What {decision} leaves was not evaluated: it names no risk in force and no residual of its own.",
    next="Evaluate the risk of leaving it in, and name it in {decision}.",
)
OTHER_RISK = Sentence(
    "{decision} rests on {risk}, which is about other vulnerabilities and threats.",
    next="Enter in {risk} what {decision} is about, or name the risk that holds it.",
)
NO_CELL = Sentence(
    "The risk plan has no cell for what {decision} leaves.", next="Score what is left by a method of the risk plan."
)
UNACCEPTABLE = Sentence(
    "What {decision} leaves is unacceptable under the risk plan.", next="Fix it, or lower the risk by a control."
)
OTHER_APPROVER = Sentence(
    "What {decision} leaves is for {role} to approve, who did not.", next="Have {decision} approved by {role}."
)
CONTEXT_CHANGED = Sentence(
    "The security context that {decision} counts on has changed since.",
    next="Look whether it still protects, and sign {decision} again.",
)


def _leaves_something(decision: Item[Decision], view: View) -> bool:
    if decision.content.option not in LEAVES:
        return False
    about: list[Item[Any] | None] = [view.dossier.get(one) for one in decision.content.about]
    return any(one is not None and _is_of_release(one, view) for one in about)


def _is_of_release(item: Item[Any], view: View) -> bool:
    if item.kind is Vulnerability:
        return decided.has(item, view)
    return item.kind is Finding and tested.is_finding_of_release(item, view)


@check("development.deferrals_within_criteria", over=Decision, owner=SystemRole.SECURITY, when=_leaves_something)
def what_is_left_is_within_the_criteria(decision: Item[Decision], view: View) -> Findings:
    """What is put off or left in is within the criteria for risk, approved by the role they name, and not overdue.

    Source: IEC 81001-5-1:2021, 5.8.1; 5.8.5.
    """
    content = decision.content
    if terms.past(content.due, view) and content.closed_on is None:
        yield Gap(decision, PAST_DUE, decision=decision, due=content.due).owed(due=content.due)
    if view.dossier.suspect(decision, "context"):
        yield Gap(decision, CONTEXT_CHANGED, decision=decision)
    plan = view.dossier.single(RiskPlan)
    if plan is None:
        yield Gap(decision, NO_PLAN, decision=decision).owed(by=SystemRole.MANAGEMENT)
        return
    risk: Item[Risk] | None = view.dossier.get(content.risk)
    if risk is not None and not _holds(risk, decision, view):
        yield Gap(decision, OTHER_RISK, decision=decision, risk=risk)
    left = list(_left(decision, risk))
    if not left:
        yield Gap(decision, NOT_EVALUATED, decision=decision)
    roles = {role for one in signatures_of(decision, view) if one.meaning is Meaning.APPROVED for role in one.roles}
    for score, harm in left:
        cell = cell_of(plan.content, score.method, score.number, harm)
        yield from _is_within(decision, cell, roles)


def _left(decision: Item[Decision], risk: Item[Risk] | None) -> Iterator[tuple[Score, str]]:
    """Yield what is left, as a score with a level of harm: as the risk says, and as the decision says itself."""
    if risk is not None:
        yield risk.content.residual, risk.content.harm_after
    if decision.content.residual is not None and decision.content.harm is not None:
        yield decision.content.residual, decision.content.harm


def _holds(risk: Item[Risk], decision: Item[Decision], view: View) -> bool:
    """Return whether a risk comes from what a decision is about: itself, its vulnerability or its threats."""
    about: set[str] = set(map(str, decision.content.about))
    for record in tuple(about):
        item: Item[Any] | None = view.dossier.get(record)
        if item is not None and item.kind is Vulnerability:
            about |= set(map(str, item.content.threats))
        for investigation in decided.investigations_of(record, view):
            about |= set(map(str, investigation.content.threats))
            about |= {str(investigation.content.leads_to)}
    return bool(about & {*map(str, risk.content.vulnerabilities), *map(str, risk.content.threats)})


def _is_within(decision: Item[Decision], cell: Cell | None, roles: set[SystemRole]) -> Findings:
    if cell is None:
        yield Gap(decision, NO_CELL, decision=decision)
        return
    if cell.verdict is Verdict.UNACCEPTABLE:
        yield Gap(decision, UNACCEPTABLE, decision=decision)
    approver = cell.approver or SystemRole.MANAGEMENT
    if approver not in roles:
        yield Gap(decision, OTHER_APPROVER, decision=decision, role=approver).owed(by=approver)
