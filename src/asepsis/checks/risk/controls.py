"""Checks of controls: chosen for each threat, turned into requirements, and not the cause of worse."""

from __future__ import annotations

from asepsis.checks import told
from asepsis.checks.check import Findings, check
from asepsis.checks.evaluated import controls_of, model_of, risks_of, verdict_of
from asepsis.checks.tested import Shown, shown
from asepsis.checks.view import View
from asepsis.development.records import Aim, Requirement, TestCase
from asepsis.record.dossier import Item
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap
from asepsis.risk.grid import Verdict
from asepsis.risk.records import Assumption, Bearer, Control, ControlKind, Disposition, Element, Presence, Risk, Threat
from asepsis.sentences import Sentence

OTHERS = (Bearer.OPERATOR, Bearer.INTEGRATOR, Bearer.SUPPLIER)

# --- requirements ---------------------------------------------------------------------------------------------------

NO_REQUIREMENT = Sentence(
    "{control} becomes no requirement, and no assumption hands it over.",
    next="Write the requirement that {control} becomes, or the assumption that hands it over.",
)
NOT_TOLD = Sentence(
    "{control} works by telling users, and no document of {release} tells of it.",
    next="Tell users of {control} in a document of {release}, and enter the place.",
)


@check("risk.control_has_requirement", over=Control, owner=SystemRole.ARCHITECT, needed=True)
def controls_become_requirements(control: Item[Control], view: View) -> Findings:
    """Each control becomes a requirement, is handed over by an assumption, or stands in a document for users.

    Source: IEC 81001-5-1:2021, 5.2.1; 5.2.2; 7.4.
    """
    if control.content.kind is ControlKind.INFORMATION:
        if view.release is not None and not told.is_told(control.id, view):
            yield Gap(control, NOT_TOLD, control=control, release=view.release)
    elif not is_handed_over(control, view) and not any(
        control.id in one.content.because for one in view.dossier.back(control, Requirement)
    ):
        yield Gap(control, NO_REQUIREMENT, control=control)


def is_handed_over(control: Item[Control], view: View) -> bool:
    """Return whether an assumption hands a control over to somebody outside."""
    return any(
        one.content.falls_to in OTHERS and control.id in one.content.about
        for one in view.dossier.back(control, Assumption)
    )


# --- chosen ---------------------------------------------------------------------------------------------------------

NO_CONTROL = Sentence(
    "{threat} is mitigated by no control in force.", next="Choose the control that counters {threat}."
)
IN_NO_RISK = Sentence("{threat} is to be mitigated, and is in no risk.", next="Evaluate {threat} in a risk.")
OTHER_CONTROLS = Sentence(
    "None of the controls of {risks} counters {threat}.",
    next="Name in the risk of {threat} the control that counters it.",
)
ONLY_INFORMATION = Sentence(
    "Nothing but information to users counters {threat}, and it does not say why.",
    next="Choose a control in the design or a protection, or say in {threat} why none is possible.",
)
NOT_AVOIDED = Sentence(
    "{threat} is to be avoided, and {element}, where it strikes, is still in the system model.",
    next="Take {element} out of the model and retire {threat} with it, or decide otherwise.",
)


@check("risk.controls_chosen", over=Threat, owner=SystemRole.SECURITY, needed=True)
def controls_are_chosen(threat: Item[Threat], view: View) -> Findings:
    """Each threat that is to be mitigated has a control in its risk, by the design before protection before information.

    Source: IEC 81001-5-1:2021, 7.4.
    """
    match threat.content.disposition:
        case Disposition.MITIGATE:
            yield from _mitigated(threat, view)
        case Disposition.AVOID if model_of(threat, view) is not None:
            element: Item[Element] | None = view.dossier.get(threat.content.element)
            yield Gap(threat, NOT_AVOIDED, threat=threat, element=element)


def _mitigated(threat: Item[Threat], view: View) -> Findings:
    controls = [one for one in view.dossier.back(threat, Control) if threat.id in one.content.mitigates]
    risks = risks_of(threat.id, view)
    if not controls:
        yield Gap(threat, NO_CONTROL, threat=threat)
    elif all(one.content.kind is ControlKind.INFORMATION for one in controls) and threat.content.why is None:
        yield Gap(threat, ONLY_INFORMATION, threat=threat)
    if not risks:
        yield Gap(threat, IN_NO_RISK, threat=threat)
    elif controls and not any(
        threat.id in control.content.mitigates for risk in risks for control in controls_of(risk, view)
    ):
        yield Gap(threat, OTHER_CONTROLS, threat=threat, risks=list(risks))


# --- new risks ------------------------------------------------------------------------------------------------------

EFFECT_NOT_EVALUATED = Sentence(
    "{control} makes something in security worse, and no risk says what comes of that.",
    next="Write and evaluate the risk that {control} brings.",
)
NEW_WEAKNESS_NOT_EVALUATED = Sentence(
    "{cases} found a new weakness that {control} brings, and no risk says what comes of that.",
    next="Write and evaluate the risk that {control} brings.",
)
BRINGS_TOO_MUCH = Sentence(
    "{risk}, which {control} brings, is unacceptable.", next="Lower {risk}, or choose another control."
)


@check("risk.new_risks_of_controls", over=Control, owner=SystemRole.SECURITY)
def new_risks_of_controls_are_evaluated(control: Item[Control], view: View) -> Findings:
    """What a control makes worse, as it says or as tests found, is a risk of its own, and not an unacceptable one.

    Source: IEC 81001-5-1:2021, 7.4.
    """
    brought = [one for one in view.dossier.back(control, Risk) if one.content.brought_by == control.id]
    if not brought:
        if control.content.side_effects.security.presence is Presence.SOME:
            yield Gap(control, EFFECT_NOT_EVALUATED, control=control)
        elif cases := _new_weaknesses(control, view):
            yield Gap(control, NEW_WEAKNESS_NOT_EVALUATED, cases=cases, control=control)
    for risk in brought:
        if verdict_of(risk, view) is Verdict.UNACCEPTABLE:
            yield Gap(control, BRINGS_TOO_MUCH, risk=risk, control=control)


def _new_weaknesses(control: Item[Control], view: View) -> list[Item[TestCase]]:
    return [
        case
        for case in view.dossier.back(control, TestCase)
        if any(one.control == control.id and one.aim is Aim.NO_NEW_WEAKNESS for one in case.content.challenges)
        and shown(view).get(case.id) is Shown.FAILED
    ]
