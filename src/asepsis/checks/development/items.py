"""Checks of what others made and the release holds: it was looked at, its flaws were judged, and who follows it is known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from asepsis.checks import decided, terms, told
from asepsis.checks.check import Findings, check
from asepsis.checks.configuration.components import called_all, placed_in
from asepsis.checks.exploited import exploited_since
from asepsis.checks.matched import SCAN_AGE, Matched, matched, scan_of, speaks_of
from asepsis.checks.view import AbsentFactsError, View
from asepsis.configuration.domain import Placed, end_of_support
from asepsis.configuration.records import (
    BillOfMaterials,
    Category,
    CategoryChange,
    ChangeDecision,
    ChangeRequest,
    SoftwareItem,
)
from asepsis.exchange.facts import Component, Components, Matches
from asepsis.exchange.purl import PurlError, parse
from asepsis.problems.domain import same_component
from asepsis.problems.records import Exploitability, Status
from asepsis.quality.domain import holds
from asepsis.record.dossier import Item
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap, Unknown
from asepsis.sentences import Sentence
from asepsis.transition.records import ComponentJustification

UNMATCHED = "configuration.unmatched_components"

# --- looked at ------------------------------------------------------------------------------------------------------

NEITHER = Sentence(
    "Neither one category rule nor a software item stands for {count} components of {bill}: {components}.",
    next="Widen a rule to these components, or write the items that need words of their own.",
)
VERSION_NOT_EVALUATED = Sentence(
    "{item} was last evaluated on {evaluated}; {version}, which it was not signed for then, is in a bill since {day}.",
    next="Evaluate {item} for {version}, enter the day, and have it signed.",
)
CATEGORY_MOVED = Sentence(
    "{item} is `{found}`; {change} moved it to `{asked}` on {day}.",
    next="Evaluate {item} as `{asked}`, enter category and day, and have it signed.",
)


@check("development.components_evaluated", over="components", owner=SystemRole.SECURITY)
def components_are_evaluated(bill: Item[Any], document: Components, view: View) -> Findings:
    """Each component is an item or falls under one rule, and an item is looked at anew for a version it was not made for.

    An item that was written after the bill is itself the look at what the bill holds.

    Source: IEC 81001-5-1:2021, 5.2.3.
    """
    placed = placed_in(bill.id, view)
    if view.policy.word(UNMATCHED) == "gap" and (none := [one for one in placed if one.category is None]):
        named = called_all(one.component for one in none)
        yield Gap(bill, NEITHER, count=len(none), bill=bill, components=named)
    for item, components in _by_item(placed, view):
        yield from _is_evaluated(item, components, view)
        yield from _is_of_its_category(item, view)


def _by_item(placed: Iterable[Placed], view: View) -> Iterator[tuple[Item[SoftwareItem], list[Component]]]:
    found: dict[str, list[Component]] = {}
    for one in placed:
        if one.item is not None:
            found.setdefault(one.item, []).append(one.component)
    for record, components in found.items():
        item: Item[SoftwareItem] | None = view.dossier.get(record)
        if item is not None:
            yield item, components


def _is_evaluated(item: Item[SoftwareItem], components: list[Component], view: View) -> Findings:
    first, evaluated = terms.first_day(item, view), item.content.evaluated_on
    for version, component in {one.version: one for one in components}.items():
        day = view.once("bills since", _in_bills_since).get(_key(component))
        if day is None or not first <= day or evaluated >= day:
            continue
        if _was_signed_for(item, version, day, view) is False:
            said: dict[str, Any] = {"item": item, "evaluated": evaluated, "version": version or "-", "day": day}
            yield Gap(item, VERSION_NOT_EVALUATED, **said)


def _key(component: Component) -> tuple[str, str | None]:
    return component.purl or f"{component.supplier} {component.name}", component.version


def _in_bills_since(view: View) -> Mapping[tuple[str, str | None], date]:
    """Return the first day on which a bill of the product held each component in each version, as far as bills are here."""
    found: dict[tuple[str, str | None], date] = {}
    for bill in view.dossier.all(BillOfMaterials):
        day = terms.first_day(bill, view)
        try:
            components: Components = view.fact("components", bill.content.document.digest)
        except AbsentFactsError:
            continue
        for component in components.components:
            key = _key(component)
            found[key] = min(day, found.get(key, day))
    return found


def _was_signed_for(item: Item[SoftwareItem], version: str | None, day: date, view: View) -> bool | None:
    """Return whether an item had been signed for a version by a day; `None` where that cannot be told."""
    held: bool | None = False
    for revision, content in view.dossier.versions(item):
        if revision.effective_at is not None and view.day(revision.effective_at) <= day:
            held = None if content is None else holds(content.versions, version)
    return held


def _is_of_its_category(item: Item[SoftwareItem], view: View) -> Findings:
    changes = [
        one
        for one in view.dossier.back(item, CategoryChange)
        if one.content.item == item.id and one.content.effective <= view.today
    ]
    last = max(changes, key=lambda one: (one.content.effective, terms.first_position(one, view)), default=None)
    if last is not None and item.content.category is last.content.from_category:
        said = {"found": item.content.category, "asked": last.content.to_category, "day": last.content.effective}
        yield Gap(item, CATEGORY_MOVED, item=item, change=last, **said)


# --- known vulnerabilities ------------------------------------------------------------------------------------------

UNDECIDED = Sentence(
    "{count} known vulnerabilities of {bill} have no statement in force on what they mean in {release}: {advisories}.",
    next="Decide the exploitability of these vulnerabilities, all in one go.",
)
INVESTIGATED = Sentence(
    "{count} known vulnerabilities of {bill} are still under investigation: {advisories}.",
    next="Come to an end with these vulnerabilities, the severest first.",
)
AFFECTED = Sentence(
    "{release} is affected by {advisories}, and no decision says what is done about that.",
    next="Write each as a vulnerability, and decide it.",
)
EXPLOITED_SINCE = Sentence(
    "{statements} were made before it was known that attackers use {advisories}.",
    next="Look at {statements} again with that in mind, and sign them.",
)
UNSIGNED_AFFECTED = Sentence(
    "{statements} say that {release} is affected by {advisories}, and nobody signed them.",
    next="Sign {statements}, or correct them first.",
)
OLD_SCAN = Sentence(
    "{bill} was laid against advisory feeds on {day}, more than {days} days before {before}.",
    next="Match {bill} with newer feeds, and import the result.",
)


@check("development.known_vulnerabilities_decided", over="matches", owner=SystemRole.SECURITY)
def known_vulnerabilities_are_decided(bill: Item[Any], document: Matches, view: View) -> Findings:
    """What each known vulnerability means in the release was decided, with a recent scan and in the light of attacks.

    That a release is said not to be affected without a justification is refused by the kind itself.

    Source: IEC 81001-5-1:2021, 5.2.3.
    """
    yield from _is_recent(bill, view)
    said: dict[str, Any] = {"bill": bill, "release": view.release}
    of_bill = [one for one in matched(view) if one.bill.id == bill.id]
    by_status: dict[Status | None, list[Matched]] = {}
    for one in of_bill:
        by_status.setdefault(one.statement.content.status if one.statement else None, []).append(one)
    if undecided := by_status.get(None):
        names = _advisories(undecided)
        yield Gap(bill, UNDECIDED, count=len(names), advisories=names, **said)
    if investigated := by_status.get(Status.UNDER_INVESTIGATION):
        names = _advisories(investigated)
        yield Gap(bill, INVESTIGATED, count=len(names), bill=bill, advisories=names)
    if affected := [one for one in by_status.get(Status.AFFECTED, ()) if not _is_decided(one, view)]:
        yield Gap(bill, AFFECTED, release=view.release, advisories=_advisories(affected))
    if older := [one for one in by_status.get(Status.NOT_AFFECTED, ()) if _is_older_than_attacks(one, view)]:
        yield Gap(bill, EXPLOITED_SINCE, statements=_statements(older), advisories=_advisories(older))
    yield from _unsigned(bill, of_bill, view)


def _is_recent(bill: Item[Any], view: View) -> Findings:
    scan = scan_of(bill, view)
    decision = terms.released_by(view.release, view) if view.release is not None else None
    if scan is None:
        return  # the runner has told that there is none
    day, days = terms.day_as_of(scan, view), view.policy.number(SCAN_AGE)
    before = terms.first_day(decision, view) if decision is not None else view.today
    if before > day + timedelta(days=days):
        yield Unknown(bill, OLD_SCAN, bill=bill, day=day, days=days, before=before)


def _advisories(found: Iterable[Matched]) -> list[str]:
    return sorted({one.match.advisory for one in found})


def _statements(found: Iterable[Matched]) -> list[Item[Exploitability]]:
    return list({one.statement.id: one.statement for one in found if one.statement is not None}.values())


def _is_decided(one: Matched, view: View) -> bool:
    return one.vulnerability is not None and bool(decided.decisions_about(one.vulnerability.id, view))


def _is_older_than_attacks(one: Matched, view: View) -> bool:
    """Return whether a statement was signed before attacks became known; one that tells of them itself was not."""
    assert one.statement is not None  # it has a status
    since = exploited_since((one.match.advisory, *one.match.aliases), view)
    return since is not None and terms.day_of(one.statement, view) < since


def _unsigned(bill: Item[Any], found: Iterable[Matched], view: View) -> Findings:
    heads = view.once("unsigned statements", _unsigned_by_name)
    statements: dict[str, Item[Exploitability]] = {}
    advisories: set[str] = set()
    for one in found:
        for name in {name.casefold() for name in (one.match.advisory, *one.match.aliases)}:
            for head in heads.get(name, ()):
                if speaks_of(head, one.match, bill, view):
                    statements[head.id] = head
                    advisories.add(one.match.advisory)
    if statements:
        said: dict[str, Any] = {"statements": list(statements.values()), "advisories": sorted(advisories)}
        yield Gap(bill, UNSIGNED_AFFECTED, release=view.release, **said)


def _unsigned_by_name(view: View) -> Mapping[str, list[Item[Exploitability]]]:
    found: dict[str, list[Item[Exploitability]]] = {}
    for head in view.dossier.warning_heads(Exploitability):
        if isinstance(head, Item):
            for name in {name.casefold() for name in (head.content.advisory_id, *head.content.aliases)}:
                found.setdefault(name, []).append(head)
    return found


# --- who follows them -----------------------------------------------------------------------------------------------

ENDS_BEFORE = Sentence(
    "The support of {item} ends on {day}, before the security support of {release}, which ends on {until}; nothing says "
    "what is done then.",
    next="Plan its replacement in a change request, or say in {item} what is done instead of updates.",
)
NOTHING_INSTEAD = Sentence(
    "{item} is `required` and matters to security; it does not say what is done instead of updates.",
    next="Say in {item} what is done instead of an update.",
)
NO_ITEM = Sentence(
    "{release} is affected by flaws of {components}, which are `required` by a rule; no item says what is done instead "
    "of updates.",
    next="Write the software item, and say there what is done instead of an update.",
)
NOT_TOLD = Sentence(
    "{item} gets no updates and nothing in the product makes up for that; no document of {release} tells of it.",
    next="Tell operators of {item} in a document of {release}, or name in a component justification what protects.",
)
END_UNKNOWN = Sentence(
    "How long {item} is supported is not known: it names neither a day nor where one would be announced.",
    next="Enter in {item} the end of support, or where it is announced.",
)


@check("development.unfollowed_items_compensated", over="components", owner=SystemRole.SECURITY)
def items_that_nobody_follows_are_made_up_for(bill: Item[Any], document: Components, view: View) -> Findings:
    """Where an item gets no updates for as long as the release is supported, something is done instead, and told.

    What is done instead falls to operators, who have to be told, unless a component justification names a control.

    Source: IEC 81001-5-1:2021, 5.2.3.
    """
    placed = placed_in(bill.id, view)
    affected = view.once("affected by statements", _affected)
    unwritten: list[Component] = []
    for one in placed:
        if one.item is None and one.category is Category.REQUIRED and _is_affected(one.component, affected, bill):
            unwritten.append(one.component)
    if unwritten:
        yield Gap(bill, NO_ITEM, release=view.release, components=called_all(unwritten))
    for item, components in _by_item(placed, view):
        content = item.content
        cared_for = content.category in (Category.MAINTAINED, Category.SUPPORTED)
        end = end_of_support(content, components)
        if cared_for and content.can_affect_security and end is None and not content.support_source:
            yield Unknown(item, END_UNKNOWN, item=item)
        yield from _made_up_for(item, end, any(_is_affected(one, affected, bill) for one in components), view)


def _made_up_for(item: Item[SoftwareItem], end: date | None, is_affected: bool, view: View) -> Findings:
    assert view.release is not None  # its bill is looked at
    content, until = item.content, view.release.content.security_support_until
    justified = [one for one in view.dossier.back(item, ComponentJustification) if one.content.item == item.id]
    ends = end is not None and end < until and not _is_replaced(item, view)
    matters = content.category is Category.REQUIRED and (content.can_affect_security or is_affected)
    if ends and content.instead_of_update is None and not justified:
        yield Gap(item, ENDS_BEFORE, item=item, day=end, release=view.release, until=until)
    elif matters and content.instead_of_update is None:
        yield Gap(item, NOTHING_INSTEAD, item=item)
    elif (ends or matters) and not _is_protected(justified) and not told.is_told(item.id, view):
        yield Gap(item, NOT_TOLD, item=item, release=view.release)


def _is_protected(justified: Iterable[Item[ComponentJustification]]) -> bool:
    return any(one.content.control is not None for one in justified)


def _is_replaced(item: Item[SoftwareItem], view: View) -> bool:
    """Return whether a change that is still to come was decided because of an item, or touches it."""
    done = view.once("ids of descent", _descent)
    return any(
        one.content.decided is ChangeDecision.DO
        and one.content.done_in not in done
        and item.id in (*one.content.affects, *one.content.because)
        for one in view.dossier.back(item, ChangeRequest)
    )


def _descent(view: View) -> frozenset[str]:
    return frozenset(one.id for one in terms.descent(view.release, view)) if view.release is not None else frozenset()


def _affected(view: View) -> Mapping[str, list[Exploitability]]:
    """Return the statements, signed or not, that the release looked at is affected, by the package they name."""
    found: dict[str, list[Exploitability]] = {}
    assert view.release is not None  # its bill is looked at
    for one in view.dossier.with_heads(Exploitability):
        said = one.content
        if said.status is not Status.AFFECTED or terms.past(said.until, view):
            continue
        if view.release.id in said.releases or holds(said.versions, view.release.content.version) is True:
            found.setdefault(_package(said.component), []).append(said)
    return found


def _is_affected(
    component: Component, affected: Mapping[str, list[Exploitability]], bill: Item[BillOfMaterials]
) -> bool:
    names = [name for name in (component.purl, *(hexed for _, hexed in component.hashes)) if name is not None]
    return any(
        same_component(one.component, name) and one.configuration in (None, bill.content.configuration)
        for name in names
        for one in affected.get(_package(name), ())
    )


def _package(name: str) -> str:
    try:
        purl = parse(name)
    except PurlError:
        return name
    return "/".join((purl.type, purl.namespace or "", purl.name))
