"""Checks of evaluations: each threat and vulnerability is in a risk, each risk in the plan, and all of them together."""

from __future__ import annotations

from typing import Any

from asepsis.checks import decided, terms
from asepsis.checks.check import Findings, check
from asepsis.checks.evaluated import (
    controls_of,
    harms,
    is_milder,
    model_of,
    plan_in_force,
    risks_of,
    told_to_safety,
    verdict_of,
)
from asepsis.checks.signatures import signatures_of
from asepsis.checks.view import View
from asepsis.configuration.records import ChangeRequest
from asepsis.maintenance.records import Update
from asepsis.problems.records import ImpactAnalysis, Option
from asepsis.record.dossier import Item
from asepsis.record.slots import Meaning, SystemRole
from asepsis.record.verdict import Gap
from asepsis.risk.domain import approver_of, cell_of_risk
from asepsis.risk.grid import Verdict
from asepsis.risk.records import (
    ActsOn,
    Analysis,
    Disposition,
    OverallConclusion,
    OverallRisk,
    Risk,
    Threat,
    Vulnerability,
)
from asepsis.sentences import Mention, Sentence

# --- threats and vulnerabilities ------------------------------------------------------------------------------------

NO_MODEL = Sentence(
    "No threat strikes an element of a system model in force.",
    next="Have the system model signed with its elements, and find the threats to them.",
)
NOT_EVALUATED = Sentence(
    "{cause} is evaluated in no risk.", next="Evaluate {cause} in a risk, or dismiss it with its reason."
)
EVALUATED_BEFORE = Sentence(
    "{cause} changed after {risks} evaluated it.", next="Evaluate {cause} again in {risks}, and have it signed."
)
NOT_COUNTERED = Sentence(
    "{threat} is to be mitigated, and no control of its risks counters it.",
    next="Name in the risk of {threat} the control that counters it, and in that control the threat.",
)
UNDECIDED_PROPOSALS = Sentence(
    "{analysis} has {count} proposals that nobody decided.",
    next="Decide the open proposals of {analysis}, all in one go.",
)
RISKED = (Disposition.MITIGATE, Disposition.TRANSFER, Disposition.ACCEPT)


@check("risk.threats_and_vulnerabilities_evaluated", over=Threat, owner=SystemRole.SECURITY, needed=True, whole=True)
def threats_and_vulnerabilities_are_evaluated(threats: tuple[Item[Threat], ...], view: View) -> Findings:
    """Each threat that is not dismissed and each vulnerability that is not repaired is evaluated in a risk as it is now.

    Threats that nobody signed are a gap of the model itself.

    Source: IEC 81001-5-1:2021, 4.2; 7.3.
    """
    if not any(model_of(threat, view) is not None for threat in threats):
        yield Gap(view.product, NO_MODEL)
    for threat in threats:
        if threat.content.disposition in RISKED:
            yield from _evaluated(threat, view)
        if threat.content.disposition is Disposition.MITIGATE and not _is_countered(threat, view):
            yield Gap(threat, NOT_COUNTERED, threat=threat)
    heads = {one.id: one for one in view.dossier.with_heads(Vulnerability)}
    for vulnerability in heads.values():
        if not is_repaired(vulnerability.id, view):
            yield from _evaluated(vulnerability, view)
    for analysis in view.dossier.all(Analysis):
        undecided = sum(1 for proposal in analysis.content.proposals if proposal.disposition is None)
        if undecided:
            yield Gap(analysis, UNDECIDED_PROPOSALS, analysis=analysis, count=undecided)


def is_repaired(vulnerability: str, view: View) -> bool:
    """Return whether a decision to fix a vulnerability is closed."""
    return any(
        one.content.option is Option.FIX and one.content.closed_on is not None
        for one in decided.decisions_about(vulnerability, view)
    )


def _evaluated(cause: Item[Any], view: View) -> Findings:
    risks = risks_of(cause.id, view)
    if not risks:
        yield Gap(cause, NOT_EVALUATED, cause=cause)
    elif not any(view.dossier.sound(risk, cause) for risk in risks):
        yield Gap(cause, EVALUATED_BEFORE, cause=cause, risks=list(risks))


def _is_countered(threat: Item[Threat], view: View) -> bool:
    risks = risks_of(threat.id, view)
    if not risks:
        return True  # that it is in no risk is told already
    return any(threat.id in control.content.mitigates for risk in risks for control in controls_of(risk, view))


# --- what stays in --------------------------------------------------------------------------------------------------

NO_RISK_LEFT = Sentence(
    "{vulnerability} stays in {release}, and no risk says what is left by it.",
    next="Evaluate in a risk what {vulnerability} leaves.",
)
RISK_BEFORE_ANALYSIS = Sentence(
    "{vulnerability} stays in {release}; {risk} was evaluated before {analysis} found out what it means.",
    next="Evaluate {risk} again with what {analysis} says.",
)
NOT_COMPENSATED = Sentence(
    "{vulnerability} stays in {release}; {risk} names nothing that makes up for it, and no benefit that outweighs it.",
    next="Name in {risk} the control that makes up for {vulnerability}, or weigh benefit and risk.",
)
NEITHER_LEFT_NOR_FIXED = Sentence(
    "{release} has {vulnerability}, which is not said to be left in, and no repair of it is in {release}.",
    next="Say in {vulnerability} that it is left in, or bring its repair into {release}.",
)
LEAVES = (Option.ENVIRONMENT, Option.DEFER, Option.NO_FIX)


@check("risk.left_in_vulnerabilities_compensated", over=Vulnerability, owner=SystemRole.SECURITY, when=decided.has)
def what_stays_in_is_made_up_for(vulnerability: Item[Vulnerability], view: View) -> Findings:
    """A vulnerability that stays in has a risk that says what it leaves, and a control or a benefit that makes up for it.

    Source: IEC 81001-5-1:2021, 4.2.
    """
    if (
        not vulnerability.content.left_in
        and not is_repaired(vulnerability.id, view)
        and not _is_fixed_in(vulnerability, view)
    ):
        about = view.release or view.product
        yield Gap(vulnerability, NEITHER_LEFT_NOR_FIXED, release=about, vulnerability=vulnerability)
    if vulnerability.content.left_in or _is_put_off(vulnerability.id, view):
        yield from _made_up_for(vulnerability, view)


def _is_put_off(vulnerability: str, view: View) -> bool:
    for decision in decided.decisions_about(vulnerability, view):
        option = decision.content.option
        if option in LEAVES or (option is Option.PLAN and decision.content.closed_on is None):
            return True
    return False


def _is_fixed_in(vulnerability: Item[Vulnerability], view: View) -> bool:
    """Return whether the release looked at, or one that it descends from, brings the repair."""
    if view.release is None:
        return False
    descent = {one.id for one in terms.descent(view.release, view)}
    if any(
        vulnerability.id in one.content.fixes and one.content.release in descent
        for one in view.dossier.back(vulnerability, Update)
    ):
        return True
    asked_by = (vulnerability.id, *(one.id for one in decided.decisions_about(vulnerability.id, view)))
    return any(
        record in one.content.because and one.content.done_in in descent
        for record in asked_by
        for one in view.dossier.back(record, ChangeRequest)
    )


def _made_up_for(vulnerability: Item[Vulnerability], view: View) -> Findings:
    about = view.release or view.product
    risk = terms.newest(risks_of(vulnerability.id, view), view)
    if risk is None:
        yield Gap(vulnerability, NO_RISK_LEFT, vulnerability=vulnerability, release=about)
        return
    said: dict[str, Any] = {"vulnerability": vulnerability, "release": about, "risk": risk}
    analysis = terms.newest(analyses_of(vulnerability.id, view), view)
    if analysis is not None and terms.effective_position(analysis, view) > terms.effective_position(risk, view):
        yield Gap(vulnerability, RISK_BEFORE_ANALYSIS, analysis=analysis, **said)
    compensated = any(control.content.compensating for control in controls_of(risk, view))
    if not compensated and risk.content.benefit_risk is None:
        yield Gap(vulnerability, NOT_COMPENSATED, **said)


def analyses_of(vulnerability: str, view: View) -> tuple[Item[ImpactAnalysis], ...]:
    """Return the effective impact analyses of a vulnerability."""
    found = view.dossier.back(vulnerability, ImpactAnalysis)
    return tuple(one for one in found if one.content.vulnerability == vulnerability)


# --- all that is left -----------------------------------------------------------------------------------------------

RISKS_LEFT_OUT = Sentence(
    "{overall} leaves out {count} risks of the product: {risks}.",
    next="Judge these risks together with the others, and sign the evaluation anew.",
)
RISKS_CHANGED = Sentence(
    "{count} risks changed after {overall} judged them: {risks}.",
    next="Look whether {overall} still holds with these risks as they are, and sign it anew.",
)
NOT_ACCEPTABLE = Sentence(
    "{overall} concludes that what is left in {release} is not acceptable.",
    next="Lower the risks on which that rests, and evaluate what is left again.",
)
ACCEPTED_TOO_MUCH = Sentence(
    "{overall} calls acceptable what is left, and {risks} in it are not.",
    next="Lower {risks}, or conclude that what is left is not acceptable.",
)


@check(
    "risk.overall_residual_evaluated",
    over=OverallRisk,
    owner=SystemRole.MANAGEMENT,
    needed=True,
    whole=True,
    when=terms.is_of_release,
)
def what_is_left_is_evaluated_together(overalls: tuple[Item[OverallRisk], ...], view: View) -> Findings:
    """The newest evaluation of all residual risk of a release holds each risk as it is now, and accepts no other.

    Source: IEC 81001-5-1:2021, 4.2; F.2.
    """
    overall = terms.newest(overalls, view)
    assert overall is not None  # the runner calls with one at least
    risks = view.dossier.all(Risk)
    named = set(overall.content.risks)
    left_out = [risk for risk in risks if risk.id not in named]
    if left_out:
        yield Gap(overall, RISKS_LEFT_OUT, overall=overall, count=len(left_out), risks=left_out)
    changed = [
        Mention(link.target, view.dossier.label(link.target) or "something not here")
        for link in view.dossier.links(overall)
        if link.field == "risks" and link.suspect
    ]
    if changed:
        yield Gap(overall, RISKS_CHANGED, count=len(changed), overall=overall, risks=changed)
    if overall.content.conclusion is OverallConclusion.NOT_ACCEPTABLE:
        yield Gap(overall, NOT_ACCEPTABLE, overall=overall, release=view.release)
        return
    unacceptable = [one for one in risks if one.id in named and verdict_of(one, view) is Verdict.UNACCEPTABLE]
    if unacceptable:
        yield Gap(overall, ACCEPTED_TOO_MUCH, overall=overall, risks=unacceptable)


# --- the cell of a risk ---------------------------------------------------------------------------------------------

NO_CELL = Sentence(
    "What is left of {risk} lies in no cell, or in more than one, of {plan}.",
    next="Score {risk} on the scales of {plan}, and evaluate it there.",
)
OTHER_VERDICT = Sentence(
    "{risk} is evaluated as {found}; its cell of {plan} says {asked}.",
    next="Evaluate {risk} as its cell of {plan} says, and have it signed.",
)
NOT_APPROVED = Sentence(
    "{risk} is not approved by {role}, whom its cell of {plan} names.", next="Have {risk} approved by {role}."
)
HARM_LOWERED_BY_NOTHING = Sentence(
    "{risk} lowers the harm from `{before}` to `{after}`, and none of its controls acts on harm.",
    next="Name the control that lowers the harm, or leave the harm of {risk} as it was.",
)


@check("risk.evaluation_equals_cell", over=Risk, owner=SystemRole.SECURITY)
def evaluations_are_those_of_the_plan(risk: Item[Risk], view: View) -> Findings:
    """Each risk is evaluated as its cell of the plan in force says, and approved by the role that the cell names.

    Source: IEC 81001-5-1:2021, 4.2; 7.3; 7.4.
    """
    content, plan = risk.content, plan_in_force(view)
    if is_milder(content.harm_after, content.harm_before, view) and not _acts_on_harm(risk, view):
        before, after = content.harm_before, content.harm_after
        yield Gap(risk, HARM_LOWERED_BY_NOTHING, risk=risk, before=before, after=after)
    if plan is None:
        return  # `risk.scores_in_plan` asks for one
    cell = cell_of_risk(plan.content, content)
    if cell is None:
        yield Gap(risk, NO_CELL, risk=risk, plan=plan)
        return
    if content.evaluation is not cell.verdict:
        yield Gap(risk, OTHER_VERDICT, risk=risk, found=content.evaluation, plan=plan, asked=cell.verdict)
    role = approver_of(plan.content, content.residual.method, content.residual.number, content.harm_after)
    if not any(one.meaning is Meaning.APPROVED and role in one.roles for one in signatures_of(risk, view)):
        yield Gap(risk, NOT_APPROVED, risk=risk, role=role, plan=plan).owed(by=role)


def _acts_on_harm(risk: Item[Risk], view: View) -> bool:
    return any(control.content.acts_on is not ActsOn.SCORE for control in controls_of(risk, view))


# --- what is left of a risk -----------------------------------------------------------------------------------------

UNACCEPTABLE = Sentence(
    "What is left of {risk} is unacceptable under the plan in force.", next="Choose controls that lower {risk} further."
)
NOT_WEIGHED = Sentence(
    "What is left of {risk} needs an approval, and nothing says why the benefit outweighs it.",
    next="Weigh benefit and risk in {risk}, and have it approved.",
)
ACCEPTANCE_OVER = Sentence(
    "{risk} was accepted until {day}, and that day is past.",
    next="Look at {risk} again, and set a new day or lower it.",
)
ACCEPTANCE_ENDS_BEFORE = Sentence(
    "{risk} is accepted until {day}; {decision} lets {release} go out on {on}.",
    next="Look at {risk} again before {release} goes out, and set a later day or lower it.",
)
LEFT_IN_WITHOUT = Sentence(
    "{risk} comes from {vulnerability}, which is left in, and no control of it makes up for that.",
    next="Name in {risk} the control that makes up for {vulnerability}.",
)
SAFETY_NOT_TOLD = Sentence(
    "{risk} leaves harm of the level `{harm}`, and safety has answered no handover about it as it is now.",
    next="Hand {risk} over to safety, and get the answer.",
)
OWNER_LEFT = Sentence("{risk} is owned by {person}, who has left.", next="Give {risk} to somebody who is there.")


@check("risk.residual_approved", over=Risk, owner=SystemRole.SECURITY, whole=True)
def what_is_left_is_approved(risks: tuple[Item[Risk], ...], view: View) -> Findings:
    """What is left of each risk is acceptable, or weighed and approved for a time, known to safety and looked after.

    Source: IEC 81001-5-1:2021, 7.4.
    """
    left_in = {one.id: one for one in view.dossier.with_heads(Vulnerability) if one.content.left_in}
    for risk in risks:
        yield from _accepted(risk, view)
        compensated = any(control.content.compensating for control in controls_of(risk, view))
        for reference in risk.content.vulnerabilities:
            if reference in left_in and not compensated:
                yield Gap(risk, LEFT_IN_WITHOUT, risk=risk, vulnerability=left_in[reference])
        if harms(risk.content.harm_after, view) and not told_to_safety(risk, view):
            yield Gap(risk, SAFETY_NOT_TOLD, risk=risk, harm=risk.content.harm_after)
    there = terms.people(view)
    for risk in risks:
        if not terms.active(risk.content.owner, view.today, there):
            yield Gap(risk, OWNER_LEFT, risk=risk, person=risk.content.owner)


def _accepted(risk: Item[Risk], view: View) -> Findings:
    content, verdict = risk.content, verdict_of(risk, view)
    if verdict is Verdict.UNACCEPTABLE:
        yield Gap(risk, UNACCEPTABLE, risk=risk)
    if verdict is not Verdict.NEEDS_APPROVAL:
        return
    if content.benefit_risk is None:
        yield Gap(risk, NOT_WEIGHED, risk=risk)
    until = content.accepted_until
    if until is None:
        return
    if terms.past(until, view):
        yield Gap(risk, ACCEPTANCE_OVER, risk=risk, day=until).owed(by=content.owner, due=until)
        return
    for decision in decided.at_gate(view):
        if until < decision.content.on:
            on = decision.content.on
            yield Gap(
                risk, ACCEPTANCE_ENDS_BEFORE, risk=risk, day=until, decision=decision, release=view.release, on=on
            )  # fmt: skip
