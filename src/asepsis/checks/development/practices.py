"""Checks of secure design practices: they are whole and looked at in time, and the architecture applies them."""

from __future__ import annotations

from asepsis.checks import modelled, terms
from asepsis.checks.check import Findings, check
from asepsis.checks.view import View
from asepsis.development.records import (
    DepartsFrom,
    DesignElement,
    DesignLevel,
    DesignPractices,
    DesignTopic,
    Deviation,
    Layer,
)
from asepsis.quality.domain import months_after
from asepsis.record.dossier import Item
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap
from asepsis.risk.records import ElementKind
from asepsis.sentences import Sentence

REVIEW_MONTHS = "development.practices_review_months"

# --- whole and current ----------------------------------------------------------------------------------------------

SILENT_ON = Sentence(
    "The secure design practices do not speak of {topics}.",
    next="Say what your designers do on {topics}, or why nothing, and have it approved.",
)
NEEDED_AT_BOUNDARIES = Sentence(
    "There is no practice on {topic}, and the system model shows {element}.",
    next="Say what your designers do on {topic}, and have it approved.",
)
OVERDUE = Sentence(
    "{practices} were to be held against what was learnt by {day}.",
    next="Review {practices}, enter the day, and have them approved.",
)


@check(
    "development.design_practices_current", over=DesignPractices, owner=SystemRole.ARCHITECT, needed=True, whole=True
)
def design_practices_are_current(practices: tuple[Item[DesignPractices], ...], view: View) -> Findings:
    """The secure design practices speak of all eight topics, with a practice where the model needs one, and are young.

    Source: IEC 81001-5-1:2021, 5.3.2; 5.4.1.
    """
    lines = [line for one in practices for line in one.content.practices]
    if silent := [topic for topic in DesignTopic if topic not in {line.topic for line in lines}]:
        yield Gap(practices[0], SILENT_ON, topics=silent)
    practised = {line.topic for line in lines if line.practice is not None}
    boundary = next((one for one in modelled.elements(view) if one.content.kind is ElementKind.BOUNDARY), None)
    debug = next((one for one in modelled.elements(view) if one.content.debug), None)
    for topic, element in ((DesignTopic.BOUNDARIES_VISIBLE, boundary), (DesignTopic.DEBUG_DATA_GUARDED, debug)):
        if element is not None and topic not in practised and topic not in silent:
            yield Gap(practices[0], NEEDED_AT_BOUNDARIES, topic=topic, element=element)
    for one in practices:
        due = months_after(one.content.reviewed_on, view.policy.number(REVIEW_MONTHS))
        if terms.past(due, view):
            yield Gap(one, OVERDUE, practices=one, day=due).owed(due=due)


# --- applied --------------------------------------------------------------------------------------------------------

NOT_APPLIED = Sentence(
    "No part of the architecture applies the practices on {topics}, and no deviation lets that be.",
    next="Show on the parts of the architecture where these practices are applied, or ask for a deviation.",
)
NO_DEFENCE = Sentence(
    "No part of the architecture stands in a layer with controls.",
    next="Write the layers with their controls, and name them in the architecture.",
)


def _is_architecture(design: Item[DesignElement], view: View) -> bool:
    return design.content.level is DesignLevel.ARCHITECTURE


@check(
    "development.practices_applied",
    over=DesignElement,
    owner=SystemRole.ARCHITECT,
    needed=True,
    whole=True,
    when=_is_architecture,
)
def practices_are_applied(designs: tuple[Item[DesignElement], ...], view: View) -> Findings:
    """Each secure design practice is applied in the architecture, or a deviation lets it be; and it has layers.

    Source: IEC 81001-5-1:2021, 5.3.2.
    """
    about = view.release or view.product
    applied = {topic for design in designs for topic in design.content.practices}
    spared = {one.content.topic for one in view.dossier.all(Deviation) if _is_from_practice(one, view)}
    asked = dict.fromkeys(
        line.topic
        for one in view.dossier.all(DesignPractices)
        for line in one.content.practices
        if line.practice is not None
    )
    if missing := [topic for topic in asked if topic not in applied and topic not in spared]:
        yield Gap(about, NOT_APPLIED, topics=missing)
    layers: list[Item[Layer] | None] = [view.dossier.get(one) for design in designs for one in design.content.layers]
    if not any(layer is not None and layer.content.controls for layer in layers):
        yield Gap(about, NO_DEFENCE)


def _is_from_practice(deviation: Item[Deviation], view: View) -> bool:
    return deviation.content.departs_from is DepartsFrom.DESIGN_PRACTICE and terms.lets_be(deviation, view)
