"""Checks of outdated components that stay in: each with its reason, its risk, and what protects people from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asepsis.checks import terms
from asepsis.checks.check import Findings, check
from asepsis.checks.configuration.components import called_all, placed_in
from asepsis.checks.evaluated import overall_risk
from asepsis.checks.matched import SCAN_AGE, is_old, matched, scan_of
from asepsis.checks.view import AbsentFactsError, View
from asepsis.configuration.records import SoftwareItem
from asepsis.record.dossier import Item
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap, Unknown
from asepsis.risk.records import Control, Risk
from asepsis.sentences import Mention, Sentence
from asepsis.transition.records import ComponentJustification

if TYPE_CHECKING:
    from asepsis.exchange.facts import Component, Components

NOT_JUSTIFIED = Sentence(
    "{item} is out of date in {release}: {why}; no justification of it is in force.",
    next="Justify {item} with its risk and what protects people, or replace it.",
)
NO_ITEM = Sentence(
    "{components} in {bill} are out of date: repaired versions are there; no software item stands for them that could be "
    "justified.",
    next="Write a software item for each of them and justify it, or replace them.",
)
NO_CONTROL = Sentence(
    "{justification} names no control in force that protects people from {item}.",
    next="Name in {justification} what protects people instead of an update, or replace {item}.",
)
RISK_GONE = Sentence(
    "{justification} rests on {risk}, which is not in force.",
    next="Have {risk} signed, or name another risk of {item}.",
)
NOT_JUDGED = Sentence(
    "{justification} rests on {risk}, which the newest evaluation of {release} leaves out.",
    next="Judge {risk} together with the others, and sign the evaluation anew.",
)
OLD_SCAN = Sentence(
    "{bill} was last laid against advisory feeds on {day}; that holds for {days} days.",
    next="Match {bill} with the feeds of today, and import the result.",
)
UNPLACED = Sentence(
    "Neither an item nor a rule stands for {components} in {bill}, so it is not known whether they are out of date.",
    next="Write the rule that puts these components in a category, or an item for each.",
)
SUPPORT_ENDED = "its support ended"
REPAIRED = "a repaired version is there"


@check("transition.kept_components_justified", over="components", owner=SystemRole.SECURITY, needed=True)
def outdated_components_are_justified(bill: Item[Any], document: Components, view: View) -> Findings:
    """Each component that is out of support, or behind a repaired version, stays in for a reason, with a control and a risk.

    Source: IEC 81001-5-1:2021, F.3.
    """
    found = placed_in(bill.id, view)
    unplaced = [one.component for one in found if one.item is None and one.rule is None]
    if unplaced:
        yield Unknown(bill, UNPLACED, components=called_all(unplaced), bill=bill)
    outdated: dict[str, str] = {}
    for record in dict.fromkeys(one.item for one in found if one.item is not None):
        item: Item[SoftwareItem] | None = view.dossier.get(record)
        if item is not None and terms.past(item.content.end_of_support, view):
            outdated[record] = SUPPORT_ENDED
    scan = scan_of(bill, view)
    if scan is None:
        yield from _justified(outdated, view)
        raise AbsentFactsError("matches", bill.label)
    if is_old(scan, view):
        days = view.policy.number(SCAN_AGE)
        yield Unknown(bill, OLD_SCAN, bill=bill, day=view.day(scan.as_of or scan.at), days=days)
    behind = {one.match.component for one in matched(view) if one.bill.id == bill.id and one.match.fixed and one.open}
    without: list[Component] = []
    for placed in found:
        if behind.isdisjoint({placed.component.purl, placed.component.ref}):
            continue
        if placed.item is not None:
            outdated.setdefault(placed.item, REPAIRED)
        elif placed.rule is not None:
            without.append(placed.component)
    if without:
        yield Gap(bill, NO_ITEM, components=called_all(without), bill=bill)
    yield from _justified(outdated, view)


def _justified(outdated: dict[str, str], view: View) -> Findings:
    overall = overall_risk(view)
    judged = set(overall.content.risks) if overall is not None else set()
    for record, why in outdated.items():
        item: Item[SoftwareItem] | None = view.dossier.get(record)
        if item is None:
            continue
        justification = terms.newest(view.dossier.back(item, ComponentJustification), view)
        if justification is None:
            yield Gap(item, NOT_JUSTIFIED, item=item, release=view.release, why=why)
            continue
        said: dict[str, Any] = {"justification": justification}
        control: Item[Control] | None = view.dossier.get(justification.content.control)
        if control is None:
            yield Gap(justification, NO_CONTROL, item=item, **said)
        reference = justification.content.risk
        risk: Item[Risk] | None = view.dossier.get(reference)
        if risk is None:
            gone = Mention(reference, view.dossier.label(reference) or "something not here")
            yield Gap(justification, RISK_GONE, risk=gone, item=item, **said)
        elif risk.id not in judged:
            yield Gap(justification, NOT_JUDGED, risk=risk, release=view.release, **said)
