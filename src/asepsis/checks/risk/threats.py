"""Checks of threats: each is scored and decided, and each element was gone through for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from asepsis.checks.check import Findings, check
from asepsis.checks.risk.scores import WITH_VECTOR
from asepsis.checks.view import View
from asepsis.record.dossier import Item
from asepsis.record.history import Head
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap
from asepsis.risk.records import (
    Analysis,
    Assumption,
    Disposition,
    Element,
    ElementKind,
    Proposal,
    ProposalDisposition,
    Reachable,
    StrideCategory,
    StrideSheet,
    StrideVariant,
    Technique,
    Threat,
    Vulnerability,
)
from asepsis.sentences import Sentence

# --- decided --------------------------------------------------------------------------------------------------------

NO_VECTOR = Sentence(
    "{threat} is scored without a vector.", next="Enter the vector of {threat} from which its score follows."
)
NOBODY_TOLD = Sentence(
    "{threat} is handed on, and no assumption says to whom.",
    next="Write the assumption about {threat}, with who has to see to it.",
)
FROM_NOWHERE = Sentence(
    "{vulnerability} names neither a threat that uses it nor an item that has it.",
    next="Name in {vulnerability} the threats that use it, or the items that have it.",
)


@check("risk.threats_decided", over=Threat, owner=SystemRole.SECURITY, whole=True)
def threats_are_scored_and_decided(threats: tuple[Item[Threat], ...], view: View) -> Findings:
    """Each threat is scored so that others can follow, whoever has to see to it is named, and vulnerabilities have a place.

    That a threat has its actor, vector of attack, impact and reasons is refused otherwise by the kind itself; those that
    nobody signed are a gap of the model.

    Source: IEC 81001-5-1:2021, 7.2; 7.3.
    """
    for threat in threats:
        severity = threat.content.severity
        if severity.vector is None and severity.method in WITH_VECTOR:
            yield Gap(threat, NO_VECTOR, threat=threat)
        if threat.content.disposition is Disposition.TRANSFER and not _is_handed_on(threat, view):
            yield Gap(threat, NOBODY_TOLD, threat=threat)
    for vulnerability in view.dossier.with_heads(Vulnerability):
        if not vulnerability.content.threats and not vulnerability.content.items:
            yield Gap(vulnerability, FROM_NOWHERE, vulnerability=vulnerability)


def _is_handed_on(threat: Item[Threat], view: View) -> bool:
    return any(threat.id in one.content.about for one in view.dossier.back(threat, Assumption))


# --- found ----------------------------------------------------------------------------------------------------------

NOT_GONE_THROUGH = Sentence(
    "{element} has neither a threat nor a decided proposal.",
    next="Go through {element} with a technique, and decide what comes up.",
)
CATEGORIES_LEFT_OUT = Sentence(
    "{analysis} went through the model with STRIDE and left out for {element}: {categories}.",
    next="Decide for {element} what it means: a threat, or why there is none.",
)
UNDECIDED = Sentence(
    "{analysis} has {count} proposals for {element} that nobody decided.",
    next="Decide the open proposals of {element}, all in one go.",
)
DISMISSED_SILENTLY = Sentence(
    "{analysis} dismisses {count} proposals for {element} without a reason.",
    next="Say in {analysis} why no threat to {element} follows.",
)
NAMES_NO_THREAT = Sentence(
    "{analysis} takes up {count} proposals for {element}, and names no threat in force that they became.",
    next="Name in {analysis} the threat that each became or was merged into.",
)
_ALL = tuple(StrideCategory)
_OUTSIDE = (StrideCategory.SPOOFING, StrideCategory.REPUDIATION)
_PASSIVE = (StrideCategory.TAMPERING, StrideCategory.INFORMATION_DISCLOSURE, StrideCategory.DENIAL_OF_SERVICE)
# Which questions STRIDE asks of which element. Source: Shostack, Threat Modeling, 2014, table 3-9; doors as flows.
CHART: Mapping[ElementKind, tuple[StrideCategory, ...]] = {
    ElementKind.PROCESS: _ALL,
    ElementKind.STORE: (*_PASSIVE, StrideCategory.REPUDIATION),
    ElementKind.OUTSIDE_ENTITY: _OUTSIDE,
    ElementKind.FLOW: _PASSIVE,
    ElementKind.PORT: _PASSIVE,
    ElementKind.BOARD_CONNECTION: _PASSIVE,
}
TAKEN_UP = (ProposalDisposition.ACCEPTED, ProposalDisposition.MERGED)
DOORS = (ElementKind.PORT, ElementKind.BOARD_CONNECTION)


def is_gone_through(element: Item[Element], view: View) -> bool:
    """Return whether an element is one that threats are looked for at."""
    content = element.content
    if content.kind is ElementKind.FLOW:
        return bool(content.crosses)
    if content.kind in DOORS:
        return content.reachable is not Reachable.NONE
    return content.kind in (ElementKind.PROCESS, ElementKind.STORE, ElementKind.OUTSIDE_ENTITY)


@dataclass(slots=True)
class _Found:
    """What threats and proposals there are for one element."""

    categories: set[str]
    proposals: list[tuple[Item[Analysis], Proposal]]
    has_threat: bool = False


@check("risk.elements_have_threats", over=Element, owner=SystemRole.SECURITY, needed=True, when=is_gone_through)
def elements_were_gone_through(element: Item[Element], view: View) -> Findings:
    """Each element that can be attacked has threats or decided proposals, with STRIDE one for each question of its kind.

    Source: IEC 81001-5-1:2021, 7.2.
    """
    found = view.once("found at elements", _found_at_elements).get(element.id) or _Found(set(), [])
    if not found.has_threat and not any(one.disposition is not None for _, one in found.proposals):
        yield Gap(element, NOT_GONE_THROUGH, element=element)
    else:
        for analysis in view.once("stride by model", _stride_by_model).get(element.content.model, ()):
            left_out = [one for one in CHART[element.content.kind] if one.value not in found.categories]
            if left_out:
                yield Gap(element, CATEGORIES_LEFT_OUT, analysis=analysis, element=element, categories=left_out)
            break  # several passes with STRIDE are read together
    yield from _proposals(element, found, view)


def _proposals(element: Item[Element], found: _Found, view: View) -> Findings:
    wrong: dict[tuple[str, Sentence], int] = {}
    analyses = {analysis.id: analysis for analysis, _ in found.proposals}
    for analysis, proposal in found.proposals:
        if (sentence := _fault(proposal, view)) is not None:
            wrong[analysis.id, sentence] = wrong.get((analysis.id, sentence), 0) + 1
    for (record, sentence), count in wrong.items():
        yield Gap(element, sentence, analysis=analyses[record], count=count, element=element)


def _fault(proposal: Proposal, view: View) -> Sentence | None:
    if proposal.disposition is None:
        return UNDECIDED
    if proposal.disposition in TAKEN_UP:
        return NAMES_NO_THREAT if view.dossier.get(proposal.threat) is None else None
    return DISMISSED_SILENTLY if proposal.why is None else None


def _found_at_elements(view: View) -> dict[str, _Found]:
    found: dict[str, _Found] = {}
    for threat in view.dossier.all(Threat):
        _take_threat(found, threat.content.element, threat.content.technique, threat.content.category)
    for pending in view.dossier.pending(Threat):  # what nobody signed yet was found all the same
        if pending.state is not Head.WITHDRAWN and pending.value is not None:
            value: dict[str, Any] = msgspec.json.decode(pending.value)
            if "element" in value:
                _take_threat(found, value["element"], value.get("technique"), value.get("category", ""))
    for analysis in analyses_in_force(view):
        for proposal in analysis.content.proposals:
            at = found.setdefault(proposal.element, _Found(set(), []))
            at.proposals.append((analysis, proposal))
            if proposal.disposition is not None and analysis.content.technique is Technique.STRIDE:
                at.categories.add(proposal.category)
    return found


def analyses_in_force(view: View) -> Iterator[Item[Analysis]]:
    """Yield the analyses of a system model that is in force; one of a model that is gone shows nothing."""
    return (one for one in view.dossier.all(Analysis) if not view.dossier.broken(one, "model"))


def _take_threat(found: dict[str, _Found], element: str, technique: str | None, category: str) -> None:
    at = found.setdefault(element, _Found(set(), []))
    at.has_threat = True
    if technique == Technique.STRIDE:
        at.categories.add(category)


def _stride_by_model(view: View) -> dict[str, list[Item[Analysis]]]:
    """Return the analyses that went from element to element with STRIDE, by the model that they went through."""
    found: dict[str, list[Item[Analysis]]] = {}
    for analysis in analyses_in_force(view):
        sheet = analysis.content.worksheet
        if isinstance(sheet, StrideSheet) and sheet.variant is StrideVariant.PER_ELEMENT:
            found.setdefault(analysis.content.model, []).append(analysis)
    return found
