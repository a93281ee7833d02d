"""Checks of risk management as a whole: each step was done for the version, and changes go through it again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from asepsis.checks import terms
from asepsis.checks.check import Findings, check
from asepsis.checks.evaluated import controls_of, model_of, plan_in_force, risks_of
from asepsis.checks.view import View
from asepsis.configuration.records import ChangeDecision, ChangeRequest, EffectSize
from asepsis.development.records import Interface
from asepsis.record.dossier import Item
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap
from asepsis.risk.grid import Verdict
from asepsis.risk.records import (
    Asset,
    Control,
    Disposition,
    Element,
    HandoverDirection,
    SafetyHandover,
    SecurityContext,
    SystemModel,
    Threat,
)
from asepsis.sentences import Sentence

# --- the steps ------------------------------------------------------------------------------------------------------

NO_THREAT = Sentence(
    "No threat strikes an element of {model}.",
    next="Go through {model} with a technique, and write the threats that come up.",
)
NO_PLAN = Sentence(
    "No risk plan is in force to evaluate {count} threats.", next="Write the risk plan and have it approved."
)
NO_RISKS = Sentence("{count} threats of {model} are in no risk: {threats}.", next="Evaluate these threats in risks.")
NOTHING_DONE = Sentence(
    "{count} threats of {model} have neither a control nor a risk that is accepted: {threats}.",
    next="Choose controls for these threats, or have what they leave accepted.",
)
RISKED = (Disposition.MITIGATE, Disposition.TRANSFER, Disposition.ACCEPT)


@check("risk.steps_recorded", over=SystemModel, owner=SystemRole.SECURITY, needed=True, whole=True)
def each_step_is_recorded(models: tuple[Item[SystemModel], ...], view: View) -> Findings:
    """From context over threats and risks to controls, each step of risk management has its record.

    That a model rests on a context in force is told of its links, and that a control says when it is looked at again
    is refused otherwise by the kind itself.

    Source: IEC 81001-5-1:2021, 7.1.1.
    """
    by_model: dict[str, list[Item[Threat]]] = {}
    for threat in view.dossier.all(Threat):
        if (model := model_of(threat, view)) is not None:
            by_model.setdefault(model.id, []).append(threat)
    risked = [threat for threats in by_model.values() for threat in threats if threat.content.disposition in RISKED]
    if risked and plan_in_force(view) is None:
        yield Gap(view.product, NO_PLAN, count=len(risked))
    for model in models:
        threats = by_model.get(model.id, [])
        if not threats:
            yield Gap(model, NO_THREAT, model=model)
            continue
        left = [one for one in threats if one.content.disposition in RISKED]
        unevaluated = [one for one in left if not risks_of(one.id, view)]
        if unevaluated:
            yield Gap(model, NO_RISKS, count=len(unevaluated), model=model, threats=unevaluated)
        open_ones = [one for one in left if one not in unevaluated and not _is_dealt_with(one, view)]
        if open_ones:
            yield Gap(model, NOTHING_DONE, count=len(open_ones), model=model, threats=open_ones)


def _is_dealt_with(threat: Item[Threat], view: View) -> bool:
    """Return whether a risk of a threat has a control, or is accepted under the plan."""
    return any(
        controls_of(risk, view) or risk.content.evaluation is not Verdict.UNACCEPTABLE
        for risk in risks_of(threat.id, view)
    )


# --- changes --------------------------------------------------------------------------------------------------------

NO_MODEL = Sentence(
    "{change} touches security, and no system model is in force.",
    next="Have the system model signed with what {change} makes of it.",
)
MODEL_OLDER = Sentence(
    "{change} touches security and was decided on {day}; {model} was last signed on {signed}, for changes up to {last}.",
    next="Go through {model} for {change}, enter the day of the change, and sign it.",
)
SAFETY_NOT_TOLD = Sentence(
    "{change} has an effect on safety, and safety has answered no handover about what it touches.",
    next="Hand over to safety the risks, threats or controls that {change} touches, and get the answer.",
)


def touches_security(change: Item[ChangeRequest], view: View) -> bool:
    """Return whether a change is done in the release looked at and touches its security."""
    content = change.content
    if content.decided is not ChangeDecision.DO or view.release is None or content.done_in != view.release.id:
        return False
    return (
        content.security_effect.size is not EffectSize.NONE
        or content.safety_effect.size is not EffectSize.NONE
        or any(one.kind in (Element, Interface, Asset, Control, SecurityContext) for one in _affected(change, view))
    )


def _affected(change: Item[ChangeRequest], view: View) -> Iterator[Item[Any]]:
    for reference in (*change.content.affects, *change.content.because):
        item: Item[Any] | None = view.dossier.get(reference)
        if item is not None:
            yield item


@check("risk.changes_reentered", over=ChangeRequest, owner=SystemRole.SECURITY, when=touches_security)
def changes_go_through_the_model(change: Item[ChangeRequest], view: View) -> Findings:
    """A change that touches security was taken into the system model, and told to safety where it can harm people.

    Source: IEC 81001-5-1:2021, 7.1.1; 7.3.
    """
    day = terms.first_day(change, view)
    models = view.dossier.all(SystemModel)
    if not models:
        yield Gap(change, NO_MODEL, change=change)
    elif not any(terms.day_of(one, view) >= day and one.content.last_relevant_change >= day for one in models):
        model = terms.newest(models, view)
        assert model is not None
        signed, last = terms.day_of(model, view), model.content.last_relevant_change
        yield Gap(change, MODEL_OLDER, change=change, day=day, model=model, signed=signed, last=last)
    if change.content.safety_effect.size is not EffectSize.NONE and not _told_to_safety(change, view):
        yield Gap(change, SAFETY_NOT_TOLD, change=change)


def _told_to_safety(change: Item[ChangeRequest], view: View) -> bool:
    """Return whether safety has answered, since a change was decided, a handover about something that it touches.

    What it touches are the records that it names, what these rest on, and the threats to its elements.
    """
    touched: set[str] = set()
    for item in _affected(change, view):
        touched |= {item.id, *(reference.target for reference in item.references)}
        touched |= {threat.id for threat in view.dossier.back(item, Threat)}
    day = terms.first_day(change, view)
    return any(
        handover.content.direction is HandoverDirection.TO_SAFETY
        and handover.content.answered_on is not None
        and handover.content.answered_on >= day
        for record in sorted(touched)
        for handover in view.dossier.back(record, SafetyHandover)
    )
