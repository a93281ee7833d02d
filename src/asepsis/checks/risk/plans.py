"""Checks of the risk plan: criteria that anybody can apply, set before the first risk was judged."""

from __future__ import annotations

from asepsis.checks import terms
from asepsis.checks.check import Findings, check
from asepsis.checks.evaluated import plan_in_force
from asepsis.checks.view import View
from asepsis.quality.records import Procedure, ProductProfile
from asepsis.record.dossier import Item
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap
from asepsis.risk.grid import ScoreMethod
from asepsis.risk.records import HazardousSituation, Risk, RiskPlan
from asepsis.sentences import Sentence

NONE = "none"  # the level of risks that touch nobody's health
RATES_LIKELIHOOD = (ScoreMethod.OWASP_RR,)

NO_HARMLESS_LEVEL = Sentence(
    "The harm scale of {plan} has no level `none`, for risks that touch nobody's health.",
    next="Add the level `none` to the harm scale, with its cells, and have {plan} approved.",
)
UNKNOWN_SEVERITY = Sentence(
    "{hazard} has the severity `{severity}`, which is no level of the harm scale of {plan}.",
    next="Bring the words of {plan} and of {hazard} together.",
)
LIKELIHOOD = Sentence(
    "{plan} scores by {method}, which rates how likely an attack is; that never makes a security risk acceptable.",
    next="Take {method} out of {plan}, and score by a method that rates severity alone.",
)
UNDEFINED_METHOD = Sentence(
    "{plan} scores by a method of your own, and no procedure in force describes it.",
    next="Write the procedure that describes the method, and name it in {plan}.",
)
PLANNED_LATE = Sentence(
    "The first risk plan was in force on {day}; {risk} had been evaluated on {earlier}.",
    next="Answer the late plan by an improvement action that names {plan}, and evaluate the risks anew under it.",
)


def is_in_force(plan: Item[RiskPlan], view: View) -> bool:
    """Return whether it is the plan by which the product's risks are judged."""
    return plan is plan_in_force(view)


@check("risk.plan_sets_criteria", over=RiskPlan, owner=SystemRole.MANAGEMENT, needed=True, when=is_in_force)
def the_plan_sets_criteria(plan: Item[RiskPlan], view: View) -> Findings:
    """The risk plan grades harm in the words of the safety file, and scores by methods that rate severity alone.

    That each score at each harm has one verdict, never a milder one for the worse case, is refused by the kind itself.

    Source: IEC 81001-5-1:2021, 4.2.
    """
    levels = {step.level for step in plan.content.harm_scale}
    if NONE not in levels:
        yield Gap(plan, NO_HARMLESS_LEVEL, plan=plan)
    for hazard in view.dossier.all(HazardousSituation):
        severity = hazard.content.severity
        if severity not in levels:
            yield Gap(hazard, UNKNOWN_SEVERITY, hazard=hazard, severity=severity, plan=plan)
    for method in plan.content.methods:
        defined: Item[Procedure] | None = view.dossier.get(method.defined_in)
        if method.method in RATES_LIKELIHOOD:
            yield Gap(plan, LIKELIHOOD, plan=plan, method=method.method)
        elif method.method is ScoreMethod.OTHER and defined is None:
            yield Gap(plan, UNDEFINED_METHOD, plan=plan)


def is_in_force_over_risks(plan: Item[RiskPlan], view: View) -> bool:
    """Return whether it is the plan in force, and there are risks that it judges."""
    return is_in_force(plan, view) and bool(view.dossier.all(Risk))


@check(
    "risk.plan_before_evaluations",
    over=RiskPlan,
    owner=SystemRole.MANAGEMENT,
    heals="answered",
    when=is_in_force_over_risks,
)
def the_plan_comes_before_evaluations(plan: Item[RiskPlan], view: View) -> Findings:
    """Criteria of acceptance were in force before the first risk was evaluated, or on the same day.

    The organisation's plan counts until the product has one of its own, and a plan that was retired counts for its time.
    Risks from before the product's records were kept here are left out.

    Source: IEC 81001-5-1:2021, 4.2.
    """
    plans = (*view.dossier.all(RiskPlan), *view.dossier.retired(RiskPlan))
    day = min(terms.first_day(one, view) for one in plans)
    profile = view.dossier.single(ProductProfile)
    since = profile.content.taken_over_on if profile else None
    risks = ((terms.first_day(one, view), terms.first_position(one, view), one) for one in view.dossier.all(Risk))
    here = (one for one in risks if since is None or one[0] >= since)
    earliest = min(here, key=lambda one: one[:2], default=None)
    if earliest is not None and earliest[0] < day:
        yield Gap(plan, PLANNED_LATE, day=day, risk=earliest[2], earlier=earliest[0], plan=plan)
