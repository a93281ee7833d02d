"""Checks of software items: each component has a category, and what its category asks is done for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from asepsis.checks import ordered, terms, told
from asepsis.checks.check import Findings, check
from asepsis.checks.configuration.components import (
    CARED_FOR,
    beside_bills,
    called_all,
    maker_named,
    names,
    placed_in,
)
from asepsis.checks.matched import SCAN_AGE, Matched, is_old, matched, scan_of
from asepsis.checks.terms import Bill
from asepsis.checks.view import AbsentFactsError, View
from asepsis.configuration.domain import Placed, end_of_support, purl_of
from asepsis.configuration.records import (
    Category,
    CategoryChange,
    CategoryRule,
    ChangeDecision,
    ChangeRequest,
    Release,
    SoftwareItem,
    Supplier,
)
from asepsis.exchange.facts import Component, Components
from asepsis.exchange.purl import Purl, PurlError, matches, parse
from asepsis.maintenance.records import MonitoredSource, Notice, NoticeAudience, UpdatePolicy
from asepsis.quality.records import Applicability, SupportingSoftware
from asepsis.record.dossier import Item
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap, Unknown
from asepsis.sentences import Sentence

RESIDUAL = "5.8.2 d"  # the part of the documents that tells of what is left

# --- categorised ----------------------------------------------------------------------------------------------------

UNCATEGORISED = Sentence(
    "{count} components in {bill} have no category: {components}.",
    next="Write the rule that puts these components in a category, or an item for each that needs words of its own.",
)
TIED = Sentence(
    "{components} in {bill} are put in different categories by {rivals}, each as precise as the other.",
    next="Make one of {rivals} more precise, or write an item that decides.",
)
VERSION_UNREAD = Sentence(
    "It cannot be told whether {components} in {bill} are among the versions of {items}.",
    next="Write the versions of {items} so that they can be read against the bill.",
)
RULE_TOO_WIDE = Sentence(
    "{rule} takes components of {suppliers}, who each develop for you.",
    next="Write a rule or items for each of {suppliers}.",
)
NOT_IN_BILL = Sentence(
    "{scoping} counts `{what}` as in scope; no bill of {release} holds it, and no software item names it.",
    next="Write a software item for it, or have it in the bill.",
)


@check("configuration.components_categorised", over="components", owner=SystemRole.SECURITY, needed=True)
def components_have_a_category(bill: Item[Any], document: Components, view: View) -> Findings:
    """Each component of a release, down to platform and operating system, is in exactly one of three categories.

    Source: IEC 81001-5-1:2021, 4.3.
    """
    found = placed_in(bill.id, view)
    if view.policy.word("configuration.unmatched_components") == "gap":
        yield from _uncategorised(bill, found, view)
    yield from _too_wide(found, view)
    if bill.id == terms.bill_records(view)[0].id:
        yield from _supporting_software(view)


def _uncategorised(bill: Item[Any], found: tuple[Placed, ...], view: View) -> Findings:
    none: list[Component] = []
    tied: dict[tuple[str, ...], list[Component]] = {}
    unread: dict[tuple[str, ...], list[Component]] = {}
    for placed in found:
        if placed.tie is not None:
            tied.setdefault(placed.tie.rivals, []).append(placed.component)
        elif placed.category is None and placed.unread:
            unread.setdefault(placed.unread, []).append(placed.component)
        elif placed.category is None:
            none.append(placed.component)
    if none:
        yield Gap(bill, UNCATEGORISED, count=len(none), bill=bill, components=called_all(none))
    for rivals, components in tied.items():
        yield Gap(bill, TIED, components=called_all(components), bill=bill, rivals=_records(rivals, view))
    for items, components in unread.items():
        yield Gap(bill, VERSION_UNREAD, components=called_all(components), bill=bill, items=_records(items, view))


def _records(ids: Iterable[str], view: View) -> list[Item[Any]]:
    found: list[Item[Any] | None] = [view.dossier.get(one) for one in ids]
    return [one for one in found if one is not None]


def _too_wide(found: tuple[Placed, ...], view: View) -> Findings:
    taken: dict[str, dict[str, Item[Supplier]]] = {}
    for placed in found:
        maker = maker_named(placed.component.supplier, view) if placed.rule is not None else None
        if placed.rule is not None and maker is not None:
            taken.setdefault(placed.rule, {})[maker.id] = maker
    for record, suppliers in taken.items():
        rule: Item[CategoryRule] | None = view.dossier.get(record)
        if rule is not None and len(suppliers) > 1:
            yield Gap(rule, RULE_TOO_WIDE, rule=rule, suppliers=list(suppliers.values())).serving("4.3-1")


def _supporting_software(view: View) -> Findings:
    scoping = view.dossier.single(Applicability)
    if scoping is None:
        return
    components = [placed.component for _, placed in terms.items_of_release(view)]
    called = {component.name.casefold() for component in components}
    purls = [purl for component in components if (purl := purl_of(component)) is not None]
    for line in scoping.content.supporting_software:
        if line.in_scope and not _is_held(line, called, purls) and not _is_named(line, view):
            yield Gap(scoping, NOT_IN_BILL, scoping=scoping, what=line.what, release=view.release).serving("4.3-1")


def _is_held(line: SupportingSoftware, called: set[str], purls: Iterable[Purl]) -> bool:
    """Return whether a bill holds what a line names: by its pattern, else by its name."""
    if line.matches is None:
        return line.what.casefold() in called
    return any(matches(line.matches, purl) for purl in purls)


def _is_named(line: SupportingSoftware, view: View) -> bool:
    return any(_names(item.content, line) for item in view.dossier.all(SoftwareItem))


def _names(item: SoftwareItem, line: SupportingSoftware) -> bool:
    if line.what.casefold() in (item.title.casefold(), (item.name or "").casefold()):
        return True
    if line.matches is None or item.purl is None:
        return False
    try:
        return matches(line.matches, parse(item.purl))
    except PurlError:
        return False


# --- what a category asks -------------------------------------------------------------------------------------------

UNSETTLED = Sentence(
    "{count} known vulnerabilities of {components} in {bill} were not judged: {advisories}.",
    next="Say for each what it means in {release}: write its exploitability, or a vulnerability.",
)
EVALUATED_BEFORE = Sentence(
    "{item} was last evaluated on {evaluated}, before {change} moved it to `{category}` on {day}.",
    next="Evaluate {item} again for what its category now asks, and enter the day.",
)
NOT_WATCHED = Sentence(
    "No monitored source covers {components} of {bill}, which are in a category that is looked after.",
    next="Name a source that covers them, by ecosystem, supplier or item.",
)
NO_UPDATE_POLICY = Sentence(
    "{bill} holds items that you maintain, and no update policy is in force.",
    next="Write the update policy: how fast a security update of them is verified and delivered.",
)
NO_COMPENSATION = Sentence(
    "{components} in {bill} are `required` and have open vulnerabilities; no software item says what is known to be "
    "wrong and what protects people instead of an update.",
    next="Write the software item, with its known risks and what stands in the place of updates.",
)
NOT_TOLD = Sentence(
    "{item} is `required` and has open vulnerabilities; no document of {release} tells of it under 5.8.2 d.",
    next="Tell of {item} among the residual risks in a document of {release}.",
)
OLD_SCAN = Sentence(
    "{bill} was last laid against advisory feeds on {day}; that holds for {days} days.",
    next="Match {bill} with the feeds of today, and import the result.",
)


@check("configuration.category_duties_placed", over="components", owner=SystemRole.SECURITY, needed=True)
def categories_get_what_they_ask(bill: Item[Any], document: Components, view: View) -> Findings:
    """Items get what their category asks: vulnerabilities judged, sources watched, updates planned, or users told.

    Source: IEC 81001-5-1:2021, 4.3.
    """
    found = placed_in(bill.id, view)
    yield from _unwatched(bill, found, view)
    if any(placed.category is Category.MAINTAINED for placed in found) and not view.dossier.single(UpdatePolicy):
        yield Gap(bill, NO_UPDATE_POLICY, bill=bill)
    for item in _items(found, view):
        yield from _evaluated(item, view)
    scan = scan_of(bill, view)
    if scan is None:
        raise AbsentFactsError("matches", bill.label)
    if is_old(scan, view):
        days = view.policy.number(SCAN_AGE)
        yield Unknown(bill, OLD_SCAN, bill=bill, day=view.day(scan.as_of or scan.at), days=days)
    of_bill = [one for one in matched(view) if one.bill.id == bill.id]
    yield from _unsettled(bill, of_bill, view)
    yield from _required(bill, found, [one for one in of_bill if one.open], view)


def _items(found: tuple[Placed, ...], view: View) -> Iterator[Item[SoftwareItem]]:
    for record in dict.fromkeys(placed.item for placed in found if placed.item is not None):
        item: Item[SoftwareItem] | None = view.dossier.get(record)
        if item is not None:
            yield item


def _unsettled(bill: Item[Any], found: list[Matched], view: View) -> Findings:
    by_component: dict[str, list[str]] = {}
    for one in found:
        if not one.settled:
            by_component.setdefault(one.match.component, []).append(one.match.advisory)
    for component, advisories in by_component.items():
        unique = sorted(set(advisories))
        yield Gap(
            bill, UNSETTLED, count=len(unique), components=component, bill=bill, advisories=unique,
            release=view.release,
        )  # fmt: skip


def _evaluated(item: Item[SoftwareItem], view: View) -> Findings:
    changes = [
        one
        for one in view.dossier.back(item, CategoryChange)
        if one.content.item == item.id and one.content.to_category is item.content.category
    ]
    change = max(changes, key=lambda one: one.content.effective, default=None)
    if change is None:
        return
    written = view.day(view.dossier.history(change).revisions[0].at)
    day = min(change.content.effective, written)
    if item.content.evaluated_on < day:
        yield Gap(
            item, EVALUATED_BEFORE, item=item, evaluated=item.content.evaluated_on, change=change,
            category=item.content.category, day=day,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Watched:
    """What the monitored sources cover together."""

    ecosystems: frozenset[str]
    suppliers: frozenset[str]
    items: frozenset[str]


def _watched(view: View) -> _Watched:
    sources = [one.content for one in view.dossier.all(MonitoredSource)]
    suppliers: list[Item[Supplier] | None] = [view.dossier.get(ref) for one in sources for ref in one.suppliers]
    return _Watched(
        frozenset(ecosystem.casefold() for one in sources for ecosystem in one.ecosystems),
        frozenset(names(view).first(one.content.name) for one in suppliers if one is not None),
        frozenset(str(ref) for one in sources for ref in one.items),
    )


def _unwatched(bill: Item[Any], found: tuple[Placed, ...], view: View) -> Findings:
    watched = view.once("watched", _watched)
    missed: dict[str, list[Component]] = {}
    for placed in found:
        if placed.category in CARED_FOR and not _is_watched(placed, watched, view):
            purl = purl_of(placed.component)
            missed.setdefault(placed.item or (purl.type if purl else ""), []).append(placed.component)
    for record, components in missed.items():
        item: Item[SoftwareItem] | None = view.dossier.get(record) if record else None
        yield Gap(item or bill, NOT_WATCHED, components=called_all(components), bill=bill)


def _is_watched(placed: Placed, watched: _Watched, view: View) -> bool:
    if placed.item in watched.items:
        return True
    purl, supplier = purl_of(placed.component), _supplier(placed, view)
    if purl is not None and purl.type.casefold() in watched.ecosystems:
        return True
    return supplier is not None and names(view).first(supplier) in watched.suppliers


def _supplier(placed: Placed, view: View) -> str | None:
    item: Item[SoftwareItem] | None = view.dossier.get(placed.item)
    supplier: Item[Supplier] | None = view.dossier.get(item.content.supplier) if item is not None else None
    return supplier.content.name if supplier is not None else placed.component.supplier


def _required(bill: Item[Any], found: tuple[Placed, ...], open_matches: list[Matched], view: View) -> Findings:
    at_risk = {one.match.component for one in open_matches}
    untold: list[Component] = []
    items: dict[str, Item[SoftwareItem]] = {}
    for placed in found:
        component = placed.component
        if placed.category is not Category.REQUIRED or not at_risk & {component.purl, component.ref}:
            continue
        item: Item[SoftwareItem] | None = view.dossier.get(placed.item)
        if item is None or item.content.known_risks is None or item.content.instead_of_update is None:
            untold.append(component)
        else:
            items[item.id] = item
    if untold:
        yield Gap(bill, NO_COMPENSATION, components=called_all(untold), bill=bill)
    for item in items.values():
        if not told.is_told(item.id, view, RESIDUAL):
            yield Gap(item, NOT_TOLD, item=item, release=view.release)


# --- changes of category --------------------------------------------------------------------------------------------

NO_CHANGE_RECORD = Sentence(
    "{item} moved from `{before}` to `{after}`, and no category change says so.",
    next="Write the category change of {item} from `{before}` to `{after}`, and evaluate it.",
)
MOVED_BETWEEN_RELEASES = Sentence(
    "{component} is `{after}` in {release} by {item} and was `{before}` in {predecessor}; no category change says so.",
    next="Write the category change of {item} from `{before}` to `{after}`, and evaluate it.",
)
NOT_EVALUATED = Sentence(
    "{change} does not say that {clauses} were looked at again.",
    next="Look at {clauses} again for the new category, and enter them in {change}.",
)
CUSTOMERS_NOT_TOLD = Sentence(
    "{change} lets {item} be cared for less since {effective}, and no notice to users or customers was sent.",
    next="Send a notice about {change} to users or customers.",
)
NOT_IN_DOCUMENTS = Sentence(
    "{change} lets {item} be cared for less since {effective}, and no document of {release} tells of it.",
    next="Tell of {item} in a document of {release}.",
)

EFFECTIVE_BEFORE = Sentence(
    "{change} counts from {effective} on, and was written down on {written}, later than a day may be entered late.",
    next="Correct the day in {change}, and have it approved.",
)

ALWAYS = ("4.3", "5.2.3", "6.3.1")
WHEN_LEFT = ("6.3.2", "6.3.3")
_CARE = (Category.REQUIRED, Category.SUPPORTED, Category.MAINTAINED)  # from the least care to the most


@check("configuration.category_changes_evaluated", over="product", owner=SystemRole.SECURITY)
def category_changes_are_evaluated(product: Any, view: View) -> Findings:
    """Each change of category is on record, was evaluated, and told to customers where they get less care by it.

    Source: IEC 81001-5-1:2021, 4.3.
    """
    changes: dict[str, list[Item[CategoryChange]]] = {}
    for one in view.dossier.all(CategoryChange):
        changes.setdefault(str(one.content.item), []).append(one)
        yield from _is_whole(one, view)
    for kind in (SoftwareItem, CategoryRule):
        for item in view.dossier.all(kind):
            for before, after in _moves(item, view):
                if not _recorded(changes.get(item.id, ()), before, after):
                    yield Gap(item, NO_CHANGE_RECORD, item=item, before=before, after=after)
    yield from _between_releases(changes, view)


def _moves(item: Item[Any], view: View) -> Iterator[tuple[Category, Category]]:
    """Yield each change of category from one effective revision to the next."""
    before: Category | None = None
    if len(view.dossier.history(item).turns) < 2:
        return
    for _, content in view.dossier.versions(item):
        if content is None:
            continue
        if before is not None and content.category is not before:
            yield before, content.category
        before = content.category


def _recorded(changes: Iterable[Item[CategoryChange]], before: Category, after: Category) -> bool:
    return any((one.content.from_category, one.content.to_category) == (before, after) for one in changes)


def _is_whole(change: Item[CategoryChange], view: View) -> Findings:
    content = change.content
    item: Item[Any] | None = view.dossier.get(content.item)
    asked = ALWAYS + (WHEN_LEFT if content.from_category is Category.MAINTAINED else ())
    missing = [clause for clause in asked if clause not in content.re_evaluated]
    if missing:
        yield Gap(change, NOT_EVALUATED, change=change, clauses=missing)
    if ordered.came_later(content.effective, [change.id], view) is not None:
        written = terms.written_on(change, view)
        yield Gap(change, EFFECTIVE_BEFORE, change=change, effective=content.effective, written=written)
    is_downgrade = _CARE.index(content.to_category) < _CARE.index(content.from_category)
    if item is None or not is_downgrade or content.effective > view.today:
        return
    if not any(_was_sent(one) for about in (change, item) for one in view.dossier.back(about, Notice)):
        yield Gap(change, CUSTOMERS_NOT_TOLD, change=change, item=item, effective=content.effective)
    release = view.release
    if release is None or ((day := _out_on(release, view)) is not None and day < content.effective):
        return
    if not any(told.is_told(record, view) for record in (item.id, change.id)):
        yield Gap(change, NOT_IN_DOCUMENTS, change=change, item=item, effective=content.effective, release=release)


def _was_sent(notice: Item[Notice]) -> bool:
    reached = {NoticeAudience.USERS, NoticeAudience.CUSTOMERS} & set(notice.content.to)
    return notice.content.sent_on is not None and bool(reached)


def _out_on(release: Item[Release], view: View) -> date | None:
    decision = terms.released_by(release, view)
    return terms.first_day(decision, view) if decision is not None else None


def _between_releases(changes: dict[str, list[Item[CategoryChange]]], view: View) -> Findings:
    """Yield components that another rule or item puts in another category than in the release before."""
    if view.release is None or (predecessor := terms.predecessor(view.release, view)) is None:
        return
    earlier = {_key(one.component): one for one in _placed(terms.items_placed(predecessor, view))}
    told_already: set[tuple[str, Category, Category]] = set()
    for placed in _placed(terms.items_placed(view.release, view)):
        before = earlier.get(_key(placed.component))
        if before is None:
            continue
        source, source_before = placed.item or placed.rule, before.item or before.rule
        if source is None or source_before is None or source == source_before:
            continue
        if placed.category is None or before.category is None or placed.category is before.category:
            continue
        move = (source, before.category, placed.category)
        recorded = (*changes.get(source, ()), *changes.get(source_before, ()))
        if move in told_already or _recorded(recorded, before.category, placed.category):
            continue
        told_already.add(move)
        item: Item[Any] | None = view.dossier.get(source)
        yield Gap(
            item or view.release, MOVED_BETWEEN_RELEASES, component=placed.component.name, release=view.release,
            item=item, before=before.category, after=placed.category, predecessor=predecessor,
        )  # fmt: skip


def _placed(found: Iterable[tuple[Bill, Placed]]) -> Iterator[Placed]:
    return (placed for _, placed in found if placed.component.place != "root")


def _key(component: Component) -> tuple[str, ...]:
    """Return what tells a component from others whatever its version."""
    purl = purl_of(component)
    if purl is None:
        return component.name.casefold(), (component.supplier or "").casefold()
    return purl.type, purl.namespace or "", purl.name


# --- to the end of support ------------------------------------------------------------------------------------------

SUPPORT_ENDED = Sentence(
    "Support of {item} ended on {day}, and it is still `{category}` in {release}.",
    next="Replace {item}, extend its support, or change its category and tell the customers.",
)
SUPPORT_OVER = Sentence(
    "Support of {item}, which stands beside the bill, ended on {day}, and it is still `{category}`.",
    next="Replace {item}, extend its support, or change its category and tell the customers.",
)
SUPPORT_ENDS_BEFORE = Sentence(
    "Support of {item} ends on {day}; {release} gets security updates until {until}.",
    next="Decide a change request to replace {item}, tell the customers, or say what stands in the place of updates.",
)
NO_SUPPORT_SOURCE = Sentence(
    "{item} is `{category}`, and names neither an end of its support nor where it would be announced.",
    next="Enter the end of support of {item}, or where it is announced.",
)
BILL_SAYS_ENDED = Sentence(
    "{bill} says that the support of {components} has ended, and rules still say that they are looked after.",
    next="Write a software item for each: its end of support, its category, and what stands in the place of updates.",
)
BILL_SAYS_ENDS = Sentence(
    "{bill} says that the support of {components} ends by {day}; {release} gets security updates until {until}.",
    next="Write a software item for each, and say there what stands in the place of updates or what is planned.",
)


@check("configuration.category_holds_to_support_end", over="components", owner=SystemRole.SECURITY)
def categories_hold_to_the_end_of_support(bill: Item[Any], document: Components, view: View) -> Findings:
    """Items that are maintained or supported stay so for as long as the release is, or something is planned instead.

    Where no item says when support ends, what the bill says counts; for components that rules cover, that alone. What is
    looked after without a bill that lists it, such as the operating system that a hospital brings, counts too.

    Source: IEC 81001-5-1:2021, 4.3.
    """
    release = view.release
    assert release is not None  # a bill is one of its
    until = release.content.security_support_until
    found = placed_in(bill.id, view)
    yield from _ends_by_bill(bill, found, view)
    components: dict[str | None, list[Component]] = {}
    for one in found:
        components.setdefault(one.item, []).append(one.component)
    if bill.id == terms.bill_records(view)[0].id:
        yield from _beside_bills(view)
    for item in _items(found, view):
        content = item.content
        day = end_of_support(content, components[item.id])
        if content.category not in CARED_FOR:
            continue
        if day is None:
            if content.support_source is None:
                yield Gap(item, NO_SUPPORT_SOURCE, item=item, category=content.category)
        elif terms.past(day, view):
            yield Gap(item, SUPPORT_ENDED, item=item, day=day, category=content.category, release=release)
        elif day < until and not _is_planned(item, view):
            yield Gap(item, SUPPORT_ENDS_BEFORE, item=item, day=day, release=release, until=until).owed(due=day)


def _beside_bills(view: View) -> Findings:
    for item in beside_bills(view):
        day, category = item.content.end_of_support, item.content.category
        if terms.past(day, view) and not _is_planned(item, view):
            yield Gap(item, SUPPORT_OVER, item=item, day=day, category=category)


def _ends_by_bill(bill: Item[Any], found: tuple[Placed, ...], view: View) -> Findings:
    """Yield what the bill says of the support of components that rules alone cover."""
    assert view.release is not None  # a bill is one of its
    until = view.release.content.security_support_until
    ended, ends, last = list[Component](), list[Component](), None
    for placed in found:
        day = end_of_support(None, [placed.component])
        if placed.item is not None or placed.category not in CARED_FOR or day is None:
            continue
        if terms.past(day, view):
            ended.append(placed.component)
        elif day < until:
            ends.append(placed.component)
            last = day if last is None else min(last, day)
    if ended:
        yield Gap(bill, BILL_SAYS_ENDED, bill=bill, components=called_all(ended))
    if last is not None:
        yield Gap(
            bill, BILL_SAYS_ENDS, bill=bill, components=called_all(ends), day=last, release=view.release, until=until
        ).owed(due=last)


def _is_planned(item: Item[SoftwareItem], view: View) -> bool:
    if item.content.instead_of_update is not None:
        return True
    if any(one.content.sent_on is not None for one in view.dossier.back(item, Notice)):
        return True
    return any(one.content.decided is ChangeDecision.DO for one in view.dossier.back(item, ChangeRequest))
