"""Checks of the design: it says what it is made with, and it counters the threats."""

from __future__ import annotations

from collections.abc import Mapping

from asepsis.checks import modelled, terms
from asepsis.checks.check import Findings, check
from asepsis.checks.development.layers import layers_of_controls
from asepsis.checks.development.reviews import has_parts, whole_of
from asepsis.checks.view import View
from asepsis.clauses.policy import covered
from asepsis.development.records import DesignElement, DesignLevel, Deviation
from asepsis.record.dossier import Item
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap
from asepsis.risk.records import Control, Disposition, Element, Threat
from asepsis.sentences import Sentence

ALGORITHMS = "development.algorithms"

# --- what it is made with -------------------------------------------------------------------------------------------

NO_TECHNOLOGY = Sentence(
    "{design} names neither the language it is written in nor a software item that does its work.",
    next="Name in {design} its language or its software items.",
)
NO_PRACTICES = Sentence(
    "{design} names no secure design practice that it applies.", next="Name in {design} the practices that it applies."
)
WEAK_ALGORITHMS = Sentence(
    "{design} uses {algorithms}, which the policy leaves out, and no deviation lets it.",
    next="Use an algorithm of the policy in {design}, or ask for a deviation.",
)
NOT_DETAILED = Sentence(
    "{design} has code and parts, and none of them is designed in detail.",
    next="Write the detailed design of {design}, or move its code paths to the parts that hold the code.",
)


@check("development.design_technology_named", over=DesignElement, owner=SystemRole.ARCHITECT, needed=True)
def designs_name_their_technology(design: Item[DesignElement], view: View) -> Findings:
    """The detailed design names languages or items and practices, and algorithms are those of the policy.

    Source: IEC 81001-5-1:2021, 5.4.1.
    """
    content = design.content
    if content.level is DesignLevel.DETAILED:
        if content.language is None and not content.items:
            yield Gap(design, NO_TECHNOLOGY, design=design)
        if not content.practices:
            yield Gap(design, NO_PRACTICES, design=design)
    allowed = view.policy.words(ALGORITHMS)
    weak = [one for one in content.algorithms if not covered(one, allowed) and not _is_let(one, design, view)]
    if weak:
        yield Gap(design, WEAK_ALGORITHMS, design=design, algorithms=weak)
    if content.code_paths and _lacks_detail(design, view):
        yield Gap(design, NOT_DETAILED, design=design)


def _lacks_detail(design: Item[DesignElement], view: View) -> bool:
    """Return whether a part of the architecture has parts, none of which is designed in detail, at any depth."""
    if design.content.level is not DesignLevel.ARCHITECTURE or not has_parts(design, view):
        return False
    return design.id not in view.once("detailed below", _detailed_below)


def _is_let(algorithm: str, design: Item[DesignElement], view: View) -> bool:
    found = view.once("deviations by rule", _by_rule).get(algorithm.casefold(), ())
    return any(not one.content.about or design.id in one.content.about for one in found)


def _by_rule(view: View) -> Mapping[str, list[Item[Deviation]]]:
    """Return the deviations that have not ended by the rule, or algorithm, that they name."""
    found: dict[str, list[Item[Deviation]]] = {}
    for one in view.dossier.all(Deviation):
        if one.content.rule is not None and terms.lets_be(one, view):
            found.setdefault(one.content.rule.casefold(), []).append(one)
    return found


def _detailed_below(view: View) -> frozenset[str]:
    """Return the parts of the design that have a detailed one somewhere below."""
    return frozenset(
        above.id
        for design in view.dossier.all(DesignElement)
        if design.content.level is DesignLevel.DETAILED
        for above in whole_of(design.content.part_of, view)
    )


# --- what it counters -----------------------------------------------------------------------------------------------

NOT_COUNTERED = Sentence(
    "{threat} is to be mitigated, and no part of the design counters it.",
    next="Name {threat} in the part of the design that counters it, or decide otherwise and say why.",
)
COUNTERED_BEFORE = Sentence(
    "{threat} changed after {designs} were made to counter it.",
    next="Look whether {designs} still counter {threat}, and sign them.",
)
IN_OTHER_LAYERS = Sentence(
    "{designs} counter {threat}, and stand in no layer with a control that mitigates it.",
    next="Name in {designs} the layer of that control, or in the layer the control.",
)


def _is_to_be_mitigated(threat: Item[Threat], view: View) -> bool:
    element: Item[Element] | None = view.dossier.get(threat.content.element)
    return (
        threat.content.disposition is Disposition.MITIGATE
        and element is not None
        and modelled.is_modelled(element, view)
    )


@check(
    "development.threats_countered_in_design",
    over=Threat,
    owner=SystemRole.ARCHITECT,
    needed=True,
    when=_is_to_be_mitigated,
)
def threats_are_countered_in_the_design(threat: Item[Threat], view: View) -> Findings:
    """Each threat that is to be mitigated is countered by the design, where a control against it stands.

    Threats that nobody signed are a gap of the model itself.

    Source: IEC 81001-5-1:2021, 5.4.2.
    """
    found = view.once("designs that counter", _countering).get(threat.id, ())
    if not found:
        yield Gap(threat, NOT_COUNTERED, threat=threat)
        return
    designs = [design for design, sound in found if sound]
    if not designs:
        yield Gap(threat, COUNTERED_BEFORE, threat=threat, designs=[design for design, _ in found])
        return
    layers = layers_of_controls(view)
    guarding = {layer.id for control in view.dossier.back(threat, Control) for layer in layers.get(control.id, ())}
    if guarding.isdisjoint(layer for design in designs for layer in design.content.layers):
        yield Gap(threat, IN_OTHER_LAYERS, designs=designs, threat=threat)


def _countering(view: View) -> Mapping[str, list[tuple[Item[DesignElement], bool]]]:
    found: dict[str, list[tuple[Item[DesignElement], bool]]] = {}
    for design in view.dossier.all(DesignElement):
        for link in view.dossier.links(design):
            if link.field == "counters":
                found.setdefault(link.target, []).append((design, not (link.broken or link.suspect)))
    return found
