"""Checks of scores: worked out from vectors that others can follow, by the plan's methods, with what is known today."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal as Number
from typing import Any

from asepsis.checks import terms
from asepsis.checks.check import Findings, check
from asepsis.checks.evaluated import plan_in_force
from asepsis.checks.exploited import exploited, scans_of
from asepsis.checks.view import View
from asepsis.development.records import Finding
from asepsis.errors import InputError
from asepsis.problems.records import Advisory, Decision, ImpactAnalysis
from asepsis.record.dossier import Item
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap, Unknown
from asepsis.risk.domain import cell_of
from asepsis.risk.grid import ScoreMethod
from asepsis.risk.records import ControlObservation, Risk, Score, Threat, Vulnerability
from asepsis.scoring.calculators import CALCULATORS
from asepsis.sentences import Mention, Sentence

WITH_VECTOR = frozenset(
    {ScoreMethod.CVSS2, ScoreMethod.CVSS3_0, ScoreMethod.CVSS3_1, ScoreMethod.CVSS4_0, ScoreMethod.CWSS}
)
FEED_AGE = "maintenance.feed_age_days"

# --- reproducible ---------------------------------------------------------------------------------------------------

NO_VECTOR = Sentence(
    "The score {number} of {item} has no vector, so nobody can work it out again.",
    next="Enter the vector of {item} from which the score follows.",
)
NO_VECTOR_READ = Sentence(
    "The vector of {item} cannot be read as {method}: {reason}",
    next="Copy the vector of {item} again from its calculator.",
)
OTHER_NUMBER = Sentence(
    "{item} has the score {number}; its vector gives {given}.", next="Correct the vector or the number of {item}."
)
NOT_WORKED_OUT = Sentence(
    "{count} scores by {method} cannot be worked out again here.",
    next="Have somebody work these scores out again, or score by a method that Asepsis can follow.",
)
METHOD_NOT_IN_PLAN = Sentence(
    "{risk} is scored by {method}, which {plan} does not list.", next="Score {risk} again by a method of {plan}."
)
TWO_METHODS = Sentence(
    "{risk} is scored by {before} before its controls and by {after} after them; the two cannot be compared.",
    next="Score {risk} by one method before and after its controls.",
)


@check("risk.scores_reproducible", over=Risk, owner=SystemRole.SECURITY, whole=True)
def scores_can_be_worked_out_again(risks: tuple[Item[Risk], ...], view: View) -> Findings:
    """Each score follows from its vector, and risks are scored by one method of the plan before and after controls.

    Source: IEC 81001-5-1:2021, 4.2; 9.4.
    """
    unfollowed: dict[ScoreMethod, int] = {}
    for item, score in _scored(risks, view):
        if score.vector is None and score.method in WITH_VECTOR:
            yield Gap(item, NO_VECTOR, item=item, number=score.number or "")
        elif score.method in CALCULATORS:
            yield from follows(item, score)
        elif score.method is not ScoreMethod.SSVC:  # SSVC gives a decision and no number
            unfollowed[score.method] = unfollowed.get(score.method, 0) + 1
    for method, count in sorted(unfollowed.items()):
        yield Unknown(view.product, NOT_WORKED_OUT, count=count, method=method)
    plan = plan_in_force(view)
    listed = {one.method for one in plan.content.methods} if plan is not None else set()
    for risk in risks:
        before, after = risk.content.initial.method, risk.content.residual.method
        if before is not after:
            yield Gap(risk, TWO_METHODS, risk=risk, before=before, after=after)
        for method in dict.fromkeys((before, after)):
            if plan is not None and method not in listed:
                yield Gap(risk, METHOD_NOT_IN_PLAN, risk=risk, method=method, plan=plan)


def _scored(risks: tuple[Item[Risk], ...], view: View) -> Iterator[tuple[Item[Any], Score]]:
    """Yield each score that counts, with its record: of some kinds at their newest revision too."""
    for risk in risks:
        yield risk, risk.content.initial
        yield risk, risk.content.residual
    for threat in view.dossier.all(Threat):
        yield threat, threat.content.severity
    for analysis in view.dossier.all(ImpactAnalysis):
        yield analysis, analysis.content.severity
    for vulnerability in view.dossier.with_heads(Vulnerability):
        yield vulnerability, vulnerability.content.severity
    for finding in view.dossier.with_heads(Finding):
        if finding.content.severity is not None:
            yield finding, finding.content.severity
    for advisory in view.dossier.all(Advisory):
        yield advisory, advisory.content.severity
    for decision in view.dossier.all(Decision):
        if decision.content.residual is not None:
            yield decision, decision.content.residual


def follows(item: Item[Any], score: Score) -> Findings:
    """Yield what is wrong with a score by a method that can be worked out here: its vector, or the number beside it."""
    assert score.vector is not None  # every method with a calculator has one
    try:
        given = CALCULATORS[score.method](score.vector)
    except InputError as error:
        yield Gap(item, NO_VECTOR_READ, item=item, method=score.method, reason=error.said.text())
        return
    if score.number is None or Number(score.number) != given:
        yield Gap(item, OTHER_NUMBER, item=item, number=score.number or "", given=str(given))


# --- in the plan ----------------------------------------------------------------------------------------------------

NO_PLAN = Sentence("No risk plan is in force to judge {count} risks.", next="Write the risk plan and have it approved.")
OUTSIDE = Sentence(
    "The score {number} of {risk} with the harm `{harm}` lies in no cell, or in more than one, of {plan}.",
    next="Score {risk} on the scales of {plan}.",
)
LOWERED_BY_NOTHING = Sentence(
    "{risk} goes from {before} to {after}, and names no control that does it.",
    next="Name the controls that lower {risk}, or leave its score as it was.",
)
MILDER_THAN_ALL = Sentence(
    "{risk} begins at {number}; the mildest of what it comes from is at {least}.",
    next="Score {risk} before its controls no milder than what it comes from.",
)


@check("risk.scores_in_plan", over=Risk, owner=SystemRole.SECURITY, needed=True, whole=True)
def scores_lie_in_the_plan(risks: tuple[Item[Risk], ...], view: View) -> Findings:
    """Each risk is scored on the scales of the plan, begins no milder than its cause, and is lowered by controls alone.

    Source: IEC 81001-5-1:2021, 7.3.
    """
    plan = plan_in_force(view)
    if plan is None:
        yield Gap(view.product, NO_PLAN, count=len(risks))
        return
    listed = {one.method for one in plan.content.methods}
    for risk in risks:
        content = risk.content
        for score, harm in ((content.initial, content.harm_before), (content.residual, content.harm_after)):
            if score.method not in listed:
                yield Gap(risk, METHOD_NOT_IN_PLAN, risk=risk, method=score.method, plan=plan)
            elif cell_of(plan.content, score.method, score.number, harm) is None:
                yield Gap(risk, OUTSIDE, number=score.number or "", risk=risk, harm=harm, plan=plan)
            if score.vector is None and score.method in WITH_VECTOR:
                yield Gap(risk, NO_VECTOR, item=risk, number=score.number or "")
        if content.initial != content.residual and not content.controls:
            before, after = content.initial.number or "", content.residual.number or ""
            yield Gap(risk, LOWERED_BY_NOTHING, risk=risk, before=before, after=after)
        yield from _begins(risk, view)


def _begins(risk: Item[Risk], view: View) -> Findings:
    initial = risk.content.initial
    least = min(_severities(risk, initial.method, view), default=None)
    if least is not None and initial.number is not None and Number(initial.number) < least:
        yield Gap(risk, MILDER_THAN_ALL, risk=risk, number=initial.number, least=str(least))


def _severities(risk: Item[Risk], method: ScoreMethod, view: View) -> Iterator[Number]:
    """Yield the severities by `method` of what a risk comes from."""
    for reference in (*risk.content.threats, *risk.content.vulnerabilities):
        cause: Item[Any] | None = view.dossier.get(reference)
        severity: Score | None = cause.content.severity if cause is not None else None
        if severity is not None and severity.method is method and severity.number is not None:
            yield Number(severity.number)


# --- fresh ----------------------------------------------------------------------------------------------------------

EXPLOITED_SINCE = Sentence(
    "{vulnerability} is used by attackers, as is known since {day}; {risk} was scored before.",
    next="Score {risk} again with that in mind, or look at its link to {vulnerability} and let it stand.",
)
CHANGED_SINCE = Sentence(
    "{cause} changed after {risk} was scored.", next="Score {risk} again on {cause} as it is now, and have it signed."
)
CONTROL_FAILED_SINCE = Sentence(
    "{observation} saw that {control} no longer works as it should, after {risk} was scored.",
    next="Score {risk} again without relying on {control} as before.",
)
OLD_MATCHES = Sentence(
    "{bill} was last laid against advisory feeds on {day}; whether {vulnerabilities} are exploited may be known since.",
    next="Match {bill} with the feeds of today, and import the result.",
)


@check("risk.scores_fresh", over=Risk, owner=SystemRole.SECURITY, whole=True)
def scores_are_fresh(risks: tuple[Item[Risk], ...], view: View) -> Findings:
    """Risks are scored again once attackers use their vulnerability, its score changes, or one of their controls fails.

    Source: IEC 81001-5-1:2021, 7.3.
    """
    failed = _failed_observations(view)
    of_components: dict[str, Item[Vulnerability]] = {}
    for risk in risks:
        for link in view.dossier.links(risk):
            if link.suspect and link.field in ("threats", "vulnerabilities"):
                cause = Mention(link.target, view.dossier.label(link.target) or "something not here")
                yield Gap(risk, CHANGED_SINCE, cause=cause, risk=risk)
        for reference in risk.content.vulnerabilities:
            vulnerability: Item[Vulnerability] | None = view.dossier.get(reference)
            if vulnerability is not None:
                yield from _exploited_since(risk, vulnerability, view)
                if vulnerability.content.items:
                    of_components[vulnerability.id] = vulnerability
        for used in risk.content.controls:
            for observation in failed.get(used, ()):
                if terms.saved_position(observation, view) > terms.effective_position(risk, view):
                    control = Mention(used, view.dossier.label(used) or "its control")
                    said = {"observation": observation, "control": control, "risk": risk}
                    yield Gap(risk, CONTROL_FAILED_SINCE, **said)
    if of_components:
        yield from _old_matches(list(of_components.values()), view)


def _exploited_since(risk: Item[Risk], vulnerability: Item[Vulnerability], view: View) -> Findings:
    looked = view.dossier.history(risk).looked.get(vulnerability.id, 0)
    scored = terms.day_of(risk, view)
    for news in exploited(vulnerability, view)[:1]:
        if news.day > scored and news.position >= looked:
            yield Gap(risk, EXPLOITED_SINCE, vulnerability=vulnerability, day=news.day, risk=risk).owed(urgent=True)


def _failed_observations(view: View) -> dict[str, list[Item[ControlObservation]]]:
    found: dict[str, list[Item[ControlObservation]]] = {}
    for observation in view.dossier.with_heads(ControlObservation):
        if not observation.content.still_effective:
            found.setdefault(observation.content.control, []).append(observation)
    return found


def _old_matches(vulnerabilities: list[Item[Vulnerability]], view: View) -> Findings:
    for bill in terms.bill_records(view):
        scans = scans_of(bill.content.document.digest, view)
        newest = max(scans, key=lambda one: one.position, default=None)
        if newest is not None and not terms.is_younger(newest, FEED_AGE, view):
            day = terms.day_as_of(newest, view)
            yield Unknown(bill, OLD_MATCHES, bill=bill, day=day, vulnerabilities=vulnerabilities)
