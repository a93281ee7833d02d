"""Checks of suppliers: what was agreed with those who develop for the maker, when, and whether they keep it."""

from __future__ import annotations

from datetime import date
from typing import Any

from asepsis.checks import terms
from asepsis.checks.check import Findings, check
from asepsis.checks.configuration.components import (
    called_all,
    items_supported,
    maker_named,
    maker_of,
    names,
    placed_by_item,
    placed_in,
)
from asepsis.checks.view import View
from asepsis.configuration.records import Release, SoftwareItem, Supplier, SupplierAgreement
from asepsis.development.records import DesignElement, Requirement
from asepsis.exchange.facts import Component, Components
from asepsis.quality.domain import months_after
from asepsis.record.dossier import Item
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap, Unknown
from asepsis.risk.records import Element, Threat
from asepsis.sentences import Sentence
from asepsis.statements.records import NotApplicable

AGREEMENTS = ("4.1.5-1", "4.1.5-2")
ASSESSMENT_MONTHS = "configuration.supplier_assessment_months"

# --- who makes an item for us ---------------------------------------------------------------------------------------


def is_made_for_us(item: Item[SoftwareItem], view: View) -> bool:
    """Return whether an item is in the release looked at and was developed for the maker."""
    components = placed_by_item(view).get(item.id)
    return components is not None and maker_of(item, components, view) is not None


def _maker(item: Item[SoftwareItem], view: View) -> Item[Supplier]:
    maker = maker_of(item, placed_by_item(view)[item.id], view)
    assert maker is not None  # `is_made_for_us` let it through
    return maker


def agreements_with(supplier: Item[Supplier], view: View) -> tuple[Item[SupplierAgreement], ...]:
    """Return the agreements in force with a supplier: effective, accepted by today and not past their end."""
    return tuple(
        one
        for one in view.dossier.back(supplier, SupplierAgreement)
        if one.content.accepted_on <= view.today and not terms.past(one.content.until, view)
    )


# --- agreed ---------------------------------------------------------------------------------------------------------

NOT_AGREED = Sentence(
    "{item} is made for you by {supplier}, with whom no agreement in force says that it can affect security.",
    next="Sign a supplier agreement with {supplier} for {item}.",
)
NO_ACTIVITIES = Sentence(
    "{agreement} gives {supplier} no clause of {clause} to fulfil, although {item} can affect security.",
    next="Agree with {supplier} which activities of clause {clause} it does, and enter them in {agreement}.",
)
JUDGED_OTHERWISE = Sentence(
    "{item} says that it cannot affect security; {agreement} with {supplier} says that what they make can.",
    next="Settle whether {item} can affect security, and correct the record that is wrong.",
)
NAMED_IN_DESIGN = Sentence(
    "{item} says that it cannot affect security; {by} names it and has to do with {about}.",
    next="Judge {item} again: say that it can affect security, or take it out of {by}.",
)
EXCLUDED = Sentence(
    "{exclusion} says that nothing is made for you; {item} is, by {supplier}.",
    next="Retire {exclusion}, and sign an agreement with {supplier}.",
)
PROOF_GONE = Sentence(
    "The file that shows {agreement} is not stored here.", next="Import the signed agreement into {agreement} again."
)


@check(
    "configuration.made_for_us_agreed",
    over=SoftwareItem,
    owner=SystemRole.QUALITY,
    needed=True,
    when=is_made_for_us,
)
def items_made_for_us_are_agreed_on(item: Item[SoftwareItem], view: View) -> Findings:
    """What is made for the maker and can affect security rests on an agreement that gives its supplier duties.

    Source: IEC 81001-5-1:2021, 4.1.5.
    """
    supplier = _maker(item, view)
    if not item.content.can_affect_security:
        yield from _harmless_after_all(item, supplier, view)
        return
    for exclusion in view.dossier.all(NotApplicable):
        if exclusion.content.obligation in AGREEMENTS:
            yield Gap(exclusion, EXCLUDED, exclusion=exclusion, item=item, supplier=supplier).serving(
                exclusion.content.obligation
            )
    agreements = [
        one for one in agreements_with(supplier, view) if one.content.made_for_us and one.content.can_affect_security
    ]
    if not agreements:
        yield Gap(item, NOT_AGREED, item=item, supplier=supplier)
        return
    agreement = max(agreements, key=_breadth)
    for clause in ("5", "9"):
        if not _gives(agreement, clause):
            yield Gap(agreement, NO_ACTIVITIES, agreement=agreement, supplier=supplier, item=item, clause=clause)
    proof = agreement.content.proof
    if proof.stored and not view.stored(proof.digest):
        yield Unknown(agreement, PROOF_GONE, agreement=agreement)


def _gives(agreement: Item[SupplierAgreement], clause: str) -> bool:
    return any(one.split(".")[0] == clause for one in agreement.content.activities)


def _breadth(agreement: Item[SupplierAgreement]) -> tuple[int, int]:
    return sum(_gives(agreement, clause) for clause in ("5", "9")), len(agreement.content.activities)


def _harmless_after_all(item: Item[SoftwareItem], supplier: Item[Supplier], view: View) -> Findings:
    agreements = agreements_with(supplier, view)
    if agreements and all(one.content.can_affect_security for one in agreements) and not _makes_more(supplier, view):
        yield Gap(item, JUDGED_OTHERWISE, item=item, agreement=agreements[0], supplier=supplier)
    for element in view.dossier.back(item, Element):
        threat = next(iter(view.dossier.back(element, Threat)), None)
        if threat is not None:
            yield Gap(item, NAMED_IN_DESIGN, item=item, by=element, about=threat)
    for design in view.dossier.back(item, DesignElement):
        named: list[Item[Any] | None] = [
            view.dossier.get(one) for one in (*design.content.counters, *design.content.implements)
        ]
        about = next((one for one in named if one is not None), None)
        if about is not None:
            yield Gap(item, NAMED_IN_DESIGN, item=item, by=design, about=about)


def _makes_more(supplier: Item[Supplier], view: View) -> bool:
    """Return whether a supplier makes another item of this release, of which what the agreement says is true."""
    return supplier.id in view.once("makers of what can affect security", _makers_that_matter)


def _makers_that_matter(view: View) -> frozenset[str]:
    return frozenset(
        str(item.content.supplier)
        for item in view.dossier.all(SoftwareItem)
        if item.content.can_affect_security and item.id in placed_by_item(view)
    )


# --- passed on ------------------------------------------------------------------------------------------------------

NOT_PASSED_ON = Sentence(
    "{requirement} is fulfilled by {design} with {item}, and {agreement} does not pass it on to {supplier}.",
    next="Send {requirement} to {supplier}, and enter it and the day of their acceptance in {agreement}.",
)
CHANGED_SINCE = Sentence(
    "{requirement}, which {agreement} passed on, has changed since.",
    next="Send {requirement} to {supplier} again, and enter the day of their acceptance in {agreement}.",
)
ACCEPTED_BEFORE = Sentence(
    "{supplier} accepted {agreement} on {accepted}, before {requirement} was as it is since {changed}.",
    next="Send {requirement} to {supplier} again, and enter the day of their acceptance in {agreement}.",
)


def _asks_something(agreement: Item[SupplierAgreement], view: View) -> bool:
    return agreement.content.made_for_us and agreement.content.can_affect_security


@check(
    "configuration.requirements_passed_on",
    over=SupplierAgreement,
    owner=SystemRole.SECURITY,
    when=_asks_something,
)
def requirements_are_passed_on(agreement: Item[SupplierAgreement], view: View) -> Findings:
    """Whoever develops something for the maker was given each requirement that it has to fulfil, and accepted it.

    Source: IEC 81001-5-1:2021, 4.1.5.
    """
    supplier: Item[Supplier] | None = view.dossier.get(agreement.content.supplier)
    if supplier is None:
        return  # a broken link, which the runner tells
    passed_on = set(agreement.content.passed_on)
    told: set[str] = set()
    for item in view.dossier.back(supplier, SoftwareItem):
        for design in view.dossier.back(item, DesignElement):
            for reference in design.content.implements:
                requirement: Item[Requirement] | None = view.dossier.get(reference)
                if requirement is not None and requirement.id not in passed_on | told:
                    told.add(requirement.id)
                    yield Gap(
                        agreement, NOT_PASSED_ON, requirement=requirement, design=design, item=item,
                        agreement=agreement, supplier=supplier,
                    )  # fmt: skip
    for link in view.dossier.links(agreement):
        if link.field != "passed_on" or (target := _requirement(link.target, view)) is None:
            continue
        changed = terms.changed_day(target, view)
        if link.suspect:
            yield Gap(agreement, CHANGED_SINCE, requirement=target, agreement=agreement, supplier=supplier)
        elif agreement.content.accepted_on < changed:
            yield Gap(
                agreement, ACCEPTED_BEFORE, supplier=supplier, agreement=agreement, requirement=target,
                accepted=agreement.content.accepted_on, changed=changed,
            )  # fmt: skip


def _requirement(record: str, view: View) -> Item[Requirement] | None:
    found: Item[Any] | None = view.dossier.get(record)
    return found if found is not None and found.kind is Requirement else None


# --- in time --------------------------------------------------------------------------------------------------------

AGREED_LATE = Sentence(
    "{agreement} for {item} came into force on {day}, after {release} had been decided on {decided}.",
    next="Answer the late agreement by an improvement action that names {item}, and check its effect.",
)
ASSESSED_LATE = Sentence(
    "{supplier}, who makes {item}, was first assessed on {day}, after {release} had been decided on {decided}.",
    next="Answer the late assessment by an improvement action that names {item}, and check its effect.",
)
NOT_YET_ASSESSED = Sentence(
    "{supplier}, who makes {item}, has not been assessed.",
    next="Assess the supplier before {release} is decided, and enter the day in {agreement}.",
)


def _matters(item: Item[SoftwareItem], view: View) -> bool:
    return item.content.can_affect_security and is_made_for_us(item, view)


@check(
    "configuration.agreement_before_entry",
    over=SoftwareItem,
    owner=SystemRole.QUALITY,
    heals="answered",
    when=_matters,
)
def agreements_come_before_entry(item: Item[SoftwareItem], view: View) -> Findings:
    """An item made for the maker came into a release only after its supplier had agreed and was assessed.

    While that release is not decided, nothing is late yet.

    Source: IEC 81001-5-1:2021, 4.1.5.
    """
    supplier = _maker(item, view)
    release, decided = _entry(item, view)
    agreements = agreements_with(supplier, view)
    if release is None or not agreements:
        return  # the want of an agreement is another check's
    agreement, agreed = min(((one, _agreed_on(one, view)) for one in agreements), key=lambda pair: pair[1])
    assessed = [(day, one) for one in agreements if (day := _first_assessed(one, view)) is not None]
    if decided is None:
        if not assessed:
            yield Gap(item, NOT_YET_ASSESSED, supplier=supplier, item=item, release=release, agreement=agreement)
        return
    if agreed > decided:
        yield Gap(item, AGREED_LATE, agreement=agreement, item=item, day=agreed, release=release, decided=decided)
    if assessed and (first := min(day for day, _ in assessed)) > decided:
        yield Gap(item, ASSESSED_LATE, supplier=supplier, item=item, day=first, release=release, decided=decided)


def _entry(item: Item[SoftwareItem], view: View) -> tuple[Item[Release] | None, date | None]:
    """Return the release that an item came in with and the day it was decided: the one looked at while it is not."""
    entered: Item[Release] | None = view.dossier.get(item.content.entered_in)
    for release in (entered, view.release):
        if release is not None and (decision := terms.released_by(release, view)) is not None:
            return release, terms.first_day(decision, view)
    return view.release, None


def _agreed_on(agreement: Item[SupplierAgreement], view: View) -> date:
    return max(terms.first_day(agreement, view), agreement.content.accepted_on)


def _first_assessed(agreement: Item[SupplierAgreement], view: View) -> date | None:
    days = [content.assessed_on for _, content in view.dossier.versions(agreement) if content is not None]
    return min((day for day in days if day is not None), default=None)


# --- assessed again -------------------------------------------------------------------------------------------------

NEVER_ASSESSED = Sentence(
    "{agreement} does not say that {supplier} was ever assessed.",
    next="Assess the supplier's process evidence, and enter day and proof in {agreement}.",
)
ASSESSED_LONG_AGO = Sentence(
    "{supplier} was last assessed on {day}; that holds for {months} months.",
    next="Assess the supplier's process evidence again, and enter day and proof in {agreement}.",
)
ASSESSED_TOO_EARLY = Sentence(
    "{agreement} says that {supplier} was assessed on {day}, which is still to come.",
    next="Correct the day of the assessment in {agreement}.",
)
ASSESSMENT_DUE = Sentence(
    "The next assessment of {supplier} was due on {day}.",
    next="Assess the supplier's process evidence, and enter day and proof in {agreement}.",
)
OLD_PROOF = Sentence(
    "The proof in {agreement} is that of {day}, older than the assessment of {assessed} by more than {months} months.",
    next="Enter in {agreement} what the newest assessment looked at.",
)


def _is_of_a_supported_item(agreement: Item[SupplierAgreement], view: View) -> bool:
    supplier: Item[Supplier] | None = view.dossier.get(agreement.content.supplier)
    return supplier is not None and supplier.id in view.once("suppliers in use", _suppliers_in_use)


def _suppliers_in_use(view: View) -> frozenset[str]:
    found: set[str] = set()
    for record, components in items_supported(view).items():
        item: Item[SoftwareItem] | None = view.dossier.get(record)
        if item is not None and item.content.supplier is not None:
            found.add(item.content.supplier)
        elif item is not None and (maker := maker_of(item, components, view)) is not None:
            found.add(maker.id)
    return frozenset(found)


@check(
    "configuration.suppliers_assessed",
    over=SupplierAgreement,
    owner=SystemRole.QUALITY,
    when=_is_of_a_supported_item,
)
def suppliers_are_assessed(agreement: Item[SupplierAgreement], view: View) -> Findings:
    """Suppliers of what is in supported releases are assessed again and again, each time on fresh proof.

    Source: IEC 81001-5-1:2021, 4.1.5.
    """
    content, months = agreement.content, view.policy.number(ASSESSMENT_MONTHS)
    supplier: Item[Supplier] | None = view.dossier.get(content.supplier)
    assert supplier is not None  # `when` let it through
    assessed = content.assessed_on
    if assessed is None:
        yield Gap(agreement, NEVER_ASSESSED, agreement=agreement, supplier=supplier)
    elif assessed > view.today:
        yield Gap(agreement, ASSESSED_TOO_EARLY, agreement=agreement, supplier=supplier, day=assessed)
    elif not terms.within_months(assessed, months, view):
        yield Gap(
            agreement, ASSESSED_LONG_AGO, supplier=supplier, day=assessed, months=months, agreement=agreement
        ).owed(due=months_after(assessed, months))
    elif (proven := _proven_on(agreement, view)) is not None and months_after(proven, months) < assessed:
        yield Gap(agreement, OLD_PROOF, agreement=agreement, day=proven, assessed=assessed, months=months)
    if terms.past(content.next_assessment, view):
        due = content.next_assessment
        yield Gap(agreement, ASSESSMENT_DUE, supplier=supplier, day=due, agreement=agreement).owed(due=due)
    if content.proof.stored and not view.stored(content.proof.digest):
        yield Unknown(agreement, PROOF_GONE, agreement=agreement)


def _proven_on(agreement: Item[SupplierAgreement], view: View) -> date | None:
    """Return the day on which the proof of an agreement last changed; `None` where its earlier contents are gone."""
    proven: date | None = None
    before: str | None = None
    for revision, content in view.dossier.versions(agreement):
        if content is None or revision.effective_at is None:
            return None
        if content.proof.digest != before:
            proven, before = view.day(revision.effective_at), content.proof.digest
    return proven


# --- as the bill says -----------------------------------------------------------------------------------------------

SUPPLIER_GONE = Sentence(
    "The supplier that {item} names is not in force, so nobody knows whom to ask or to tell.",
    next="Have the supplier of {item} signed, or name in {item} who makes it now.",
)
NO_SUPPLIER_IN_BILL = Sentence(
    "{bill} names no supplier for {components}, which {item} says {supplier} makes.",
    next="Name {supplier} as the supplier in the bill, and import it again.",
)
OTHER_SUPPLIER_IN_BILL = Sentence(
    "{bill} names {found} as the supplier of {components}; {item} says it is {supplier}.",
    next="Correct the supplier in the bill, or write the item for the right supplier.",
)
NO_ITEM = Sentence(
    "{bill} holds {components} by {supplier}, who develops for you, and no software item stands for them.",
    next="Write a software item for what {supplier} makes.",
)


@check("configuration.bill_suppliers_known", over="components", owner=SystemRole.DEVELOPER)
def bills_name_the_suppliers_of_items(bill: Item[Any], document: Components, view: View) -> Findings:
    """A bill names the same supplier as the software item, and what is made for the maker has an item.

    Source: IEC 81001-5-1:2021, 4.1.5.
    """
    by_item: dict[tuple[str, str | None], list[Component]] = {}
    by_maker: dict[str, list[Component]] = {}
    for placed in placed_in(bill.id, view):
        component = placed.component
        if placed.item is not None:
            by_item.setdefault((placed.item, component.supplier), []).append(component)
        elif (maker := maker_named(component.supplier, view)) is not None:
            by_maker.setdefault(maker.id, []).append(component)
    for (record, found), components in by_item.items():
        item: Item[SoftwareItem] | None = view.dossier.get(record)
        supplier: Item[Supplier] | None = view.dossier.get(item.content.supplier) if item is not None else None
        if item is None or supplier is None:
            continue
        if not found:
            yield Gap(
                item, NO_SUPPLIER_IN_BILL, bill=bill, components=called_all(components), item=item, supplier=supplier
            )
        elif names(view).first(found) != names(view).first(supplier.content.name):
            yield Gap(
                item, OTHER_SUPPLIER_IN_BILL, bill=bill, found=found, components=called_all(components), item=item,
                supplier=supplier,
            )  # fmt: skip
    for record, components in by_maker.items():
        yield Gap(bill, NO_ITEM, bill=bill, components=called_all(components), supplier=view.dossier.get(record))
    if bill.id == terms.bill_records(view)[0].id:
        yield from _gone(view)


def _gone(view: View) -> Findings:
    for item in view.dossier.all(SoftwareItem):
        supplier: Item[Supplier] | None = view.dossier.get(item.content.supplier)
        if item.content.supplier is not None and supplier is None:
            yield Gap(item, SUPPLIER_GONE, item=item)
