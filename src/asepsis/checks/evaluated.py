"""What became of threats and vulnerabilities in risks: which risk names them, what the plan says of it, who was told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from asepsis.checks import terms
from asepsis.checks.view import View
from asepsis.record.dossier import Item
from asepsis.risk.domain import cell_of_risk, harm_rank, mildest
from asepsis.risk.grid import Verdict
from asepsis.risk.records import (
    Control,
    Element,
    HandoverDirection,
    OverallRisk,
    Risk,
    RiskPlan,
    SafetyHandover,
    SystemModel,
    Threat,
)


def plan_in_force(view: View) -> Item[RiskPlan] | None:
    """Return the risk plan by which the product's risks are judged: its own, else the organisation's."""
    return view.dossier.single(RiskPlan)


def risks_of(record: str, view: View) -> tuple[Item[Risk], ...]:
    """Return the effective risks that come from a threat or vulnerability."""
    return tuple(
        one
        for one in view.dossier.back(record, Risk)
        if record in one.content.threats or record in one.content.vulnerabilities
    )


def is_evaluated(record: str, view: View) -> bool:
    """Return whether an effective risk comes from a threat or vulnerability as that is now."""
    return any(view.dossier.sound(risk, record) for risk in risks_of(record, view))


def controls_of(risk: Item[Risk], view: View) -> tuple[Item[Control], ...]:
    """Return the effective controls of a risk."""
    found: tuple[Item[Control] | None, ...] = tuple(view.dossier.get(one) for one in risk.content.controls)
    return tuple(one for one in found if one is not None)


def verdict_of(risk: Item[Risk], view: View) -> Verdict:
    """Return what the plan in force says of a risk; without a cell of it, what the risk says of itself."""
    plan = plan_in_force(view)
    cell = cell_of_risk(plan.content, risk.content) if plan is not None else None
    return cell.verdict if cell is not None else risk.content.evaluation


def harms(level: str, view: View) -> bool:
    """Return whether a level of harm is above the mildest of the plan in force; one that it does not know is."""
    plan = plan_in_force(view)
    return plan is not None and level != mildest(plan.content)


def is_milder(level: str, other: str, view: View) -> bool:
    """Return whether a level of harm is milder than another on the scale of the plan in force."""
    plan = plan_in_force(view)
    if plan is None:
        return False
    one, two = harm_rank(plan.content, level), harm_rank(plan.content, other)
    return one is not None and two is not None and one < two


def overall_risk(view: View) -> Item[OverallRisk] | None:
    """Return the newest judgement on all that is left in the release looked at."""
    return terms.newest(terms.of_release(OverallRisk, view), view)


def model_of(threat: Item[Threat], view: View) -> Item[SystemModel] | None:
    """Return the effective system model that shows the element which a threat strikes."""
    element: Item[Element] | None = view.dossier.get(threat.content.element)
    return view.dossier.get(element.content.model) if element is not None else None


# --- told to safety -------------------------------------------------------------------------------------------------


def told_to_safety(thing: Item[Any], view: View) -> bool:
    """Return whether safety has answered a handover about a record as it is now; on the same day it is."""
    day = answered_handovers(view).get(thing.id)
    return day is not None and day >= terms.changed_day(thing, view)


def answered_handovers(view: View) -> Mapping[str, date]:
    """Return the day of the newest handover to safety that was answered, by the records that it is about."""
    return view.once("answered handovers", _answered_handovers)


def _answered_handovers(view: View) -> Mapping[str, date]:
    found: dict[str, date] = {}
    for handover in view.dossier.all(SafetyHandover):
        content = handover.content
        if content.direction is HandoverDirection.TO_SAFETY and content.answered_on is not None:
            day = terms.day_of(handover, view)
            for record in content.about:
                found[record] = max(day, found.get(record, day))
    return found
