"""Others who have to know what was decided: products and processes with the same item, and whoever made the item."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from asepsis.checks import ordered, terms
from asepsis.checks.check import Findings, check
from asepsis.checks.evaluated import risks_of
from asepsis.checks.exploited import reports_of
from asepsis.checks.problems.analyses import newest_analysis
from asepsis.checks.problems.components import package_of
from asepsis.checks.view import View
from asepsis.configuration.records import SoftwareItem, Supplier
from asepsis.problems.records import (
    CaseNote,
    Correspondent,
    Decision,
    NoteDirection,
    Option,
    ReportOrigin,
)
from asepsis.record.dossier import Item
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap
from asepsis.risk.records import Vulnerability
from asepsis.sentences import Sentence
from asepsis.statements.records import NotApplicable

if TYPE_CHECKING:
    from asepsis.exchange.facts import SharedItems

ACKNOWLEDGE = "problems.acknowledge_days"
DISCLOSE = "problems.disclose_days"
OBLIGATION = "9.5-5"


def vulnerabilities_of(decision: Item[Decision], view: View) -> Iterator[Item[Vulnerability]]:
    """Yield the effective vulnerabilities that a decision is about."""
    for record in decision.content.about:
        found: Item[Any] | None = view.dossier.get(record)
        if found is not None and isinstance(found.content, Vulnerability):
            yield found


def _items(vulnerability: Item[Vulnerability], view: View) -> Iterator[Item[SoftwareItem]]:
    for reference in vulnerability.content.items:
        item: Item[SoftwareItem] | None = view.dossier.get(reference)
        if item is not None:
            yield item


# --- products and processes -----------------------------------------------------------------------------------------

PRODUCT_NOT_TOLD = Sentence(
    "{products} have {item} in a supported release too, and were to hear of {decision} by {day}.",
    next="Tell those who answer for {products}, and enter the day in {decision}.",
)
PROCESSES_NOT_TOLD = Sentence(
    "{decision} concerns other processes ({why}), and none was told by {day}.",
    next="Tell them what {decision} means for them, and enter who was told and when.",
)
TOLD_BEFORE = Sentence(
    "{decision} says that others were told on {day}; nothing that it is about was there before {since}.",
    next="Correct the day in {decision}.",
)
WHY_SAFETY = "there is an effect on people"
WHY_RISK = "a risk comes from it"
WHY_UPDATE = "an update is due"


def _is_about_vulnerability(decision: Item[Decision], view: View) -> bool:
    return any(vulnerabilities_of(decision, view))


@check("problems.other_products_told", over=Decision, owner=SystemRole.SECURITY, when=_is_about_vulnerability)
def other_products_are_told(decision: Item[Decision], view: View) -> Findings:
    """Other products with the same item, and processes that a decision touches, hear of it in time.

    Source: IEC 81001-5-1:2021, 9.5.
    """
    due = terms.first_day(decision, view) + timedelta(days=view.policy.number(ACKNOWLEDGE))
    days = [*(one.on for one in decision.content.told_processes), *(one.on for one in decision.content.other_products)]
    yield from _told_before(decision, days, view)
    if not terms.past(due, view):
        return
    vulnerabilities = tuple(vulnerabilities_of(decision, view))
    if not decision.content.told_processes and (why := _concerned(decision, vulnerabilities, view)):
        yield Gap(decision, PROCESSES_NOT_TOLD, decision=decision, why=why, day=due).owed(due=due)
    items = {item.id: item for one in vulnerabilities for item in _items(one, view)}
    if not items:
        return
    shared = _shared(view)
    informed = {str(one.product) for one in decision.content.other_products}
    for item in items.values():
        products = sorted(shared.get(package_of(item.content.purl or item.content.name or ""), set()) - informed)
        if products:
            yield Gap(decision, PRODUCT_NOT_TOLD, products=products, item=item, decision=decision, day=due).owed(
                due=due
            )


def _told_before(decision: Item[Decision], days: Iterable[date], view: View) -> Findings:
    first = min(days, default=None)
    if (since := ordered.came_later(first, decision.content.about, view)) is not None:
        yield Gap(decision, TOLD_BEFORE, decision=decision, day=first, since=since)


def _concerned(decision: Item[Decision], vulnerabilities: tuple[Item[Vulnerability], ...], view: View) -> list[str]:
    analyses = [newest_analysis(one.id, view) for one in vulnerabilities]
    why = []
    if any(one is not None and one.content.touches_people for one in analyses):
        why.append(WHY_SAFETY)
    if any(risks_of(one.id, view) for one in vulnerabilities):
        why.append(WHY_RISK)
    if decision.content.option in (Option.FIX, Option.PLAN):
        why.append(WHY_UPDATE)
    return why


def _shared(view: View) -> dict[str, set[str]]:
    """Return the other products that have an item, by its package or name. Raises `AbsentFactsError`."""
    document: SharedItems = view.fact("shared_items", view.product.id)
    found: dict[str, set[str]] = {}
    for one in document.items:
        found.setdefault(package_of(one.item), set()).update(one.products)
    return found


# --- third parties --------------------------------------------------------------------------------------------------

SUPPLIER_NOT_TOLD = Sentence(
    "{supplier}, in whose {item} {vulnerability} lies, was to hear of it by {day}.",
    next="Tell {supplier} by the way that it names for this, and enter the day in {decision}.",
)
NOT_LEFT_OUT = Sentence(
    "{exemption} says that there is nobody to tell; {vulnerability} lies in {item} of {supplier}.",
    next="Retire {exemption}, and tell {supplier}.",
)


@check("problems.third_parties_told", over=Decision, owner=SystemRole.INCIDENT, whole=True)
def third_parties_are_told(decisions: tuple[Item[Decision], ...], view: View) -> Findings:
    """Whoever makes an item hears of a flaw in it that we found, unless they or the public told us of it.

    Source: IEC 81001-5-1:2021, 9.5.
    """
    exemption = next((one for one in view.dossier.all(NotApplicable) if one.content.obligation == OBLIGATION), None)
    for decision in decisions:
        yield from _told_before(decision, (one.on for one in decision.content.told_third_parties), view)
        due = terms.first_day(decision, view) + timedelta(days=view.policy.number(DISCLOSE))
        for vulnerability in vulnerabilities_of(decision, view):
            for item, supplier in lies_with_others(vulnerability, view):
                if exemption is not None:
                    yield Gap(
                        exemption, NOT_LEFT_OUT, exemption=exemption, vulnerability=vulnerability, item=item,
                        supplier=supplier,
                    )  # fmt: skip
                if terms.past(due, view) and not _is_told(supplier, decision, vulnerability, view):
                    yield Gap(
                        decision, SUPPLIER_NOT_TOLD, supplier=supplier, item=item, vulnerability=vulnerability,
                        day=due, decision=decision,
                    ).owed(due=due)  # fmt: skip


def is_known_to_others(vulnerability: Item[Vulnerability], view: View) -> bool:
    """Return whether a vulnerability came from its supplier or the public, or has a public name."""
    public = any(name.casefold().startswith(("cve-", "ghsa-")) for name in vulnerability.content.ids)
    origins = (ReportOrigin.SUPPLIER, ReportOrigin.PUBLIC_DATA)
    return public or any(one.content.origin in origins for one in reports_of(vulnerability, view))


def lies_with_others(
    vulnerability: Item[Vulnerability], view: View
) -> tuple[tuple[Item[SoftwareItem], Item[Supplier]], ...]:
    """Return in which items of others a vulnerability lies of which they do not know yet, each with who makes it."""
    if is_known_to_others(vulnerability, view):
        return ()
    makers: list[tuple[Item[SoftwareItem], Item[Supplier] | None]] = [
        (item, view.dossier.get(item.content.supplier)) for item in _items(vulnerability, view)
    ]
    return tuple((item, supplier) for item, supplier in makers if supplier is not None)


def _is_told(
    supplier: Item[Supplier], decision: Item[Decision], vulnerability: Item[Vulnerability], view: View
) -> bool:
    if any(one.supplier == supplier.id and one.on <= view.today for one in decision.content.told_third_parties):
        return True
    records = (decision.id, vulnerability.id, *(one.id for one in reports_of(vulnerability, view)))
    return any(_is_message(note) for record in records for note in view.dossier.back(record, CaseNote))


def _is_message(note: Item[CaseNote]) -> bool:
    outside = (Correspondent.SUPPLIER, Correspondent.CERT)
    return note.content.direction is NoteDirection.OUT and note.content.with_whom in outside
