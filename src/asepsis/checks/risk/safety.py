"""Checks of where security meets safety: threats lead to the hazards of the safety file, and safety hears of changes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from asepsis.checks import decided, ordered
from asepsis.checks.check import Findings, check
from asepsis.checks.evaluated import answered_handovers, harms, risks_of, told_to_safety
from asepsis.checks.view import View
from asepsis.configuration.records import EffectSize
from asepsis.record.dossier import Item, Pending
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap
from asepsis.risk.records import HandoverDirection, HazardousSituation, Risk, SafetyHandover, Threat
from asepsis.sentences import Sentence

# --- hazards --------------------------------------------------------------------------------------------------------

NO_HARM = Sentence(
    "{threat} can harm people, and leads to no hazardous situation of the safety file.",
    next="Link {threat} to the hazardous situation that it leads to, or say in its impact why none follows.",
)
HARM_CHANGED = Sentence(
    "{hazard} changed after {threat} was linked to it.",
    next="Look whether {threat} still leads to {hazard}, and sign it.",
)
HAZARD_WITHOUT_THREAT = Sentence(
    "{handover} tells security of {hazard}, which no threat leads to, and was not answered.",
    next="Find the threats that lead to {hazard}, or answer {handover} with why there are none.",
)


@check("risk.hazards_linked", over=Threat, owner=SystemRole.SAFETY, whole=True)
def threats_lead_to_hazards(threats: tuple[Item[Threat], ...], view: View) -> Findings:
    """Each threat that can harm people leads to a hazardous situation, and none that safety told of is left without.

    Source: IEC 81001-5-1:2021, 7.1.1; 7.2; 7.3.
    """
    for threat in threats:
        if threat.content.harm is None:
            if can_harm(threat, view):
                yield Gap(threat, NO_HARM, threat=threat)
        elif view.dossier.suspect(threat, "harm"):
            hazard: Item[HazardousSituation] | None = view.dossier.get(threat.content.harm)
            yield Gap(threat, HARM_CHANGED, hazard=hazard, threat=threat)
    led_to = {threat.content.harm for threat in threats}
    for handover in view.dossier.with_heads(SafetyHandover):
        content = handover.content
        if content.direction is not HandoverDirection.FROM_SAFETY or content.answered_on is not None:
            continue
        for record in content.about:
            about: Item[Any] | None = view.dossier.get(record)
            if about is not None and about.kind is HazardousSituation and about.id not in led_to:
                yield Gap(about, HAZARD_WITHOUT_THREAT, handover=handover, hazard=about)


def can_harm(threat: Item[Threat], view: View) -> bool:
    """Return whether a threat has an impact on safety, or one on effectiveness that a risk of it calls harmful."""
    impact = threat.content.impact
    if impact.safety is not EffectSize.NONE:
        return True
    if impact.effectiveness is EffectSize.NONE:
        return False
    return any(harms(risk.content.harm_before, view) for risk in risks_of(threat.id, view))


# --- told -----------------------------------------------------------------------------------------------------------

NOT_TOLD = Sentence(
    "{count} threats and risks that can harm people were not handed over to safety: {things}.",
    next="Hand the whole set over to safety in one handover, and get the answer.",
)
TOLD_BEFORE = Sentence(
    "{count} threats and risks that can harm people changed after safety last heard of them: {things}.",
    next="Hand the changed set over to safety in one handover, and get the answer.",
)
NOTHING_SAID = Sentence(
    "No threat has an impact on safety, and no handover tells safety so.",
    next="Hand the threats over to safety, say that none of them harms anybody, and get the answer.",
)
ANSWERED_BEFORE = Sentence(
    "{handover} was answered on {day}; it was not there before {since}.", next="Correct the day in {handover}."
)
NOT_ANSWERED = Sentence(
    "{handover} has no answer, and {release} is up for release.", next="Get the answer to {handover}, and enter it."
)


@check("risk.safety_told", over=SafetyHandover, owner=SystemRole.SECURITY, needed=True, whole=True)
def safety_is_told(handovers: tuple[Item[SafetyHandover], ...], view: View) -> Findings:
    """Safety has answered a handover about each threat and risk that can harm people, as these are now.

    Source: IEC 81001-5-1:2021, 4.2; 7.3; 7.4.
    """
    things = list(_can_harm(view))
    answered = answered_handovers(view)
    untold = [one for one in things if one.id not in answered]
    before = [one for one in things if one.id in answered and not told_to_safety(one, view)]
    if untold:
        yield Gap(view.product, NOT_TOLD, count=len(untold), things=untold)
    if before:
        yield Gap(view.product, TOLD_BEFORE, count=len(before), things=before)
    threats = view.dossier.all(Threat)
    harmless = all(one.content.impact.safety is EffectSize.NONE for one in threats)
    if threats and harmless and not any(one.id in answered for one in threats):
        yield Gap(view.product, NOTHING_SAID)
    for one in handovers:
        if (since := ordered.came_later(one.content.answered_on, [one.id], view)) is not None:
            yield Gap(one, ANSWERED_BEFORE, handover=one, day=one.content.answered_on, since=since)
    if decided.at_gate(view):
        for handover in _unanswered(handovers, view):
            yield Gap(handover, NOT_ANSWERED, handover=handover, release=view.release)


def _can_harm(view: View) -> Iterator[Item[Any]]:
    for threat in view.dossier.all(Threat):
        if threat.content.impact.safety is not EffectSize.NONE:
            yield threat
    for risk in view.dossier.all(Risk):
        if harms(risk.content.harm_before, view) or harms(risk.content.harm_after, view):
            yield risk


def _unanswered(handovers: tuple[Item[SafetyHandover], ...], view: View) -> Iterator[Item[SafetyHandover] | Pending]:
    for handover in handovers:
        if handover.content.answered_on is None:
            yield handover
    known = {one.id for one in handovers}
    yield from (one for one in view.dossier.pending(SafetyHandover) if one.id not in known)
