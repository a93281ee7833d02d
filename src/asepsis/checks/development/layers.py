"""Checks of layers: each requirement stands in one, high risks in several, and what controls make worse was weighed."""

from __future__ import annotations

from collections.abc import Mapping

from asepsis.checks.check import Findings, check
from asepsis.checks.evaluated import controls_of, plan_in_force, told_to_safety
from asepsis.checks.view import View
from asepsis.development.records import DesignElement, DesignLevel, Layer, Requirement
from asepsis.record.dossier import Item
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap
from asepsis.risk.domain import is_high
from asepsis.risk.records import Control, ControlKind, Presence, Risk
from asepsis.sentences import Sentence

# --- requirements in the architecture -------------------------------------------------------------------------------

NOT_ALLOCATED = Sentence(
    "{requirement} is fulfilled by no part of the architecture.",
    next="Name {requirement} in the part of the architecture that fulfils it.",
)
NO_LAYER = Sentence(
    "{designs} fulfil {requirement} and stand in no layer.", next="Name in {designs} the layers that they stand in."
)
CHANGED_SINCE = Sentence(
    "{requirement} changed after {designs} were made to fulfil it.",
    next="Look whether {designs} still fulfil {requirement}, and sign them.",
)
EMPTY_LAYER = Sentence(
    "{layer} names no control, so it keeps nothing out.", next="Name in {layer} the controls that do its work."
)
SERVES_NOTHING = Sentence("{layer} names no asset that it protects.", next="Name in {layer} the assets that it serves.")
NOT_IN_FORCE = Sentence(
    "{layer} names {what} that are not in force.", next="Take them out of {layer}, or bring them into force again."
)


@check("development.requirement_allocated", over=Requirement, owner=SystemRole.ARCHITECT, needed=True, whole=True)
def requirements_are_allocated(requirements: tuple[Item[Requirement], ...], view: View) -> Findings:
    """Each requirement as it is is fulfilled by a part of the architecture that stands in a layer with controls.

    Source: IEC 81001-5-1:2021, 5.3.1.
    """
    fulfilled = _fulfilled(view)
    for requirement in requirements:
        found = fulfilled.get(requirement.id, [])
        layered = [(design, sound) for design, sound in found if _in_force(design, view)]
        if not found:
            yield Gap(requirement, NOT_ALLOCATED, requirement=requirement)
        elif not layered:
            yield Gap(requirement, NO_LAYER, designs=[one for one, _ in found], requirement=requirement)
        elif not any(sound for _, sound in layered):
            yield Gap(requirement, CHANGED_SINCE, requirement=requirement, designs=[one for one, _ in layered])
    for layer in _named(view):
        if not layer.content.controls:
            yield Gap(layer, EMPTY_LAYER, layer=layer)
        if not layer.content.serves:
            yield Gap(layer, SERVES_NOTHING, layer=layer)
        for field, what in (("controls", "controls"), ("serves", "assets")):
            if view.dossier.broken(layer, field):
                yield Gap(layer, NOT_IN_FORCE, layer=layer, what=what)


def _fulfilled(view: View) -> Mapping[str, list[tuple[Item[DesignElement], bool]]]:
    """Return the parts of the architecture that fulfil a requirement, by its id, and whether as it is now."""
    found: dict[str, list[tuple[Item[DesignElement], bool]]] = {}
    for design in view.dossier.all(DesignElement):
        if design.content.level is DesignLevel.ARCHITECTURE:
            for link in view.dossier.links(design):
                if link.field == "implements":
                    found.setdefault(link.target, []).append((design, not (link.broken or link.suspect)))
    return found


def _in_force(design: Item[DesignElement], view: View) -> list[Item[Layer]]:
    """Return the layers in force that a part of the design stands in."""
    layers: list[Item[Layer] | None] = [view.dossier.get(one) for one in design.content.layers]
    return [one for one in layers if one is not None]


def _named(view: View) -> list[Item[Layer]]:
    """Return the layers in force that the architecture stands in, each once."""
    architecture = [one for one in view.dossier.all(DesignElement) if one.content.level is DesignLevel.ARCHITECTURE]
    return list({layer.id: layer for design in architecture for layer in _in_force(design, view)}.values())


# --- several layers before a high risk ------------------------------------------------------------------------------

LAYERS = "development.layers_for_high_risk"

TOO_FEW_LAYERS = Sentence(
    "{risk} is unacceptable without its controls, and they stand in {found} layers; {asked} are asked for.",
    next="Add to {risk} a control in another layer, or take away what the risk comes from.",
)


def _is_high(risk: Item[Risk], view: View) -> bool:
    plan = plan_in_force(view)
    return plan is not None and is_high(plan.content, risk.content)


@check("development.layers_for_high_risk", over=Risk, owner=SystemRole.ARCHITECT, when=_is_high)
def high_risks_have_several_layers(risk: Item[Risk], view: View) -> Findings:
    """A risk that would be unacceptable by itself is treated in several layers, by design or protection.

    Source: IEC 81001-5-1:2021, 5.3.1.
    """
    layers = layers_of_controls(view)
    orders = {
        layer.content.order
        for control in controls_of(risk, view)
        if control.content.kind is not ControlKind.INFORMATION
        for layer in layers.get(control.id, ())
    }
    asked = view.policy.number(LAYERS)
    if len(orders) < asked:
        yield Gap(risk, TOO_FEW_LAYERS, risk=risk, found=len(orders), asked=asked)


def layers_of_controls(view: View) -> Mapping[str, list[Item[Layer]]]:
    """Return the layers in force that hold a control, by its id."""
    return view.once("layers of controls", _layers_of_controls)


def _layers_of_controls(view: View) -> Mapping[str, list[Item[Layer]]]:
    found: dict[str, list[Item[Layer]]] = {}
    for layer in view.dossier.all(Layer):
        for control in dict.fromkeys(layer.content.controls):
            found.setdefault(control, []).append(layer)
    return found


# --- what controls make worse ---------------------------------------------------------------------------------------

SAFETY_NOT_TOLD = Sentence(
    "{control} makes something in safety worse, and safety has answered no handover about it as it is now.",
    next="Hand {control} over to safety, and get the answer.",
)
NO_RISK = Sentence(
    "{control} makes something in security worse, and no risk says what comes of that.",
    next="Write and evaluate the risk that {control} brings.",
)


def _is_built_in(control: Item[Control], view: View) -> bool:
    return control.content.kind is not ControlKind.INFORMATION


@check("development.control_effects_weighed", over=Control, owner=SystemRole.ARCHITECT, needed=True, when=_is_built_in)
def effects_of_controls_are_weighed(control: Item[Control], view: View) -> Findings:
    """What a control makes worse for safety was answered by safety, and what it makes worse for security is a risk.

    That each control, and each part of the design, says whether there is such an effect is asked by the kinds.

    Source: IEC 81001-5-1:2021, 5.3.1; 7.4.
    """
    effects = control.content.side_effects
    if effects.safety.presence is Presence.SOME and not told_to_safety(control, view):
        yield Gap(control, SAFETY_NOT_TOLD, control=control)
    brought = any(one.content.brought_by == control.id for one in view.dossier.back(control, Risk))
    if effects.security.presence is Presence.SOME and not brought:
        yield Gap(control, NO_RISK, control=control)
