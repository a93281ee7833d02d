"""Checks of the risks that are left in a release: users are told of each of them, and of no other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from asepsis.checks import decided, terms, told
from asepsis.checks.check import Findings, check
from asepsis.checks.view import View
from asepsis.development.records import Coverage
from asepsis.problems.records import Disclose
from asepsis.record.dossier import Item
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap
from asepsis.risk.domain import cell_of_risk
from asepsis.risk.grid import Verdict
from asepsis.risk.records import Disposition, OverallRisk, Risk, RiskPlan, Threat, Vulnerability
from asepsis.sentences import Mention, Sentence

PARTS = (Coverage.RESIDUAL_RISKS, Coverage.DEFENCE_IN_DEPTH)

UNTOLD = Sentence(
    "{thing} is {what}, and no document of {release} tells of it.",
    next="Tell of {thing} under 5.8.2 d, in words that its reader can act on, and enter the place.",
)
TOLD_BEFORE = Sentence(
    "{thing} is {what}, and has changed since a document of {release} told of it.",
    next="Look at the text on {thing} again, correct it where needed, and sign the document.",
)
NO_LONGER_LEFT = Sentence(
    "{document} tells of {risk} as a risk that is left; it is not, or no longer.",
    next="Take {risk} out of what {document} tells of.",
)


@check("development.residual_risks_told", over="product", owner=SystemRole.REGULATORY)
def residual_risks_are_told(product: Any, view: View) -> Findings:
    """Users are told of each risk, threat and vulnerability that is left in a release, and of none that is not.

    Source: IEC 81001-5-1:2021, 5.8.2; 7.4.
    """
    if view.release is None:
        return
    for thing, what in _left(view):
        places = told.told_of(thing.id, view, *PARTS)
        if any(place.sound for place in places) or _is_told_later(thing, view):
            continue
        yield Gap(thing, TOLD_BEFORE if places else UNTOLD, thing=thing, what=what, release=view.release)
    yield from _too_much(view)


def _left(view: View) -> Iterator[tuple[Item[Any], str]]:
    for risk in view.dossier.all(Risk):
        if verdict_of(risk, view) is Verdict.NEEDS_APPROVAL:
            yield risk, "a risk that is left by approval"
    for threat in view.dossier.all(Threat):
        if threat.content.disposition in (Disposition.ACCEPT, Disposition.TRANSFER):
            yield threat, "a threat that is accepted or handed on"
    seen: set[str] = set()
    for vulnerability in view.dossier.with_heads(Vulnerability):
        if vulnerability.content.left_in and decided.has(vulnerability, view) and vulnerability.id not in seen:
            seen.add(vulnerability.id)
            yield vulnerability, "a vulnerability that is left in"


def verdict_of(risk: Item[Risk], view: View) -> Verdict:
    """Return what the plan in force says of a risk; without a cell of it, what the risk says of itself."""
    plan = view.dossier.single(RiskPlan)
    cell = cell_of_risk(plan.content, risk.content) if plan is not None else None
    return cell.verdict if cell is not None else risk.content.evaluation


def _is_told_later(thing: Item[Any], view: View) -> bool:
    """Return whether a record is under embargo and a decision says, with its reason, that it is disclosed later."""
    if view.dossier.history(thing).persons is None:
        return False
    vulnerabilities = [thing.id, *(str(one) for one in getattr(thing.content, "vulnerabilities", ()))]
    return any(
        decision.content.disclose is Disclose.LATER
        for vulnerability in vulnerabilities
        for decision in decided.decisions_about(vulnerability, view)
    )


def _too_much(view: View) -> Findings:
    """Yield the risks that are told of as left and are not; those that the overall evaluation wants told may be."""
    wanted = {str(risk) for overall in terms.of_release(OverallRisk, view) for risk in overall.content.tell}
    retired = {risk.id: risk for risk in view.dossier.retired(Risk)}
    seen: set[tuple[str, str]] = set()
    for document, anchor in told.anchors(view, Coverage.RESIDUAL_RISKS):
        for record in map(str, anchor.tells_of):
            risk: Item[Any] | None = view.dossier.get(record)
            is_left = risk is not None and (risk.kind is not Risk or _counts(risk, view) or record in wanted)
            if (record not in retired and risk is None) or is_left or (document.id, record) in seen:
                continue
            seen.add((document.id, record))
            named = Mention(record, view.dossier.label(record) or "a risk")
            yield Gap(document, NO_LONGER_LEFT, document=document, risk=named)


def _counts(risk: Item[Risk], view: View) -> bool:
    return verdict_of(risk, view) is not Verdict.ACCEPTABLE
