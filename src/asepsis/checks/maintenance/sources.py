"""Checks of the sources of news on vulnerabilities: they cover what is looked after, and somebody looks at them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from asepsis.checks import terms
from asepsis.checks.check import Findings, check
from asepsis.checks.configuration.components import CARED_FOR, beside_bills, called_all, names
from asepsis.checks.view import View
from asepsis.configuration.domain import Placed, purl_of
from asepsis.configuration.records import Release, SoftwareItem, Supplier
from asepsis.exchange import subjects
from asepsis.exchange.facts import Component, Feed, Feeds
from asepsis.maintenance.records import MonitoredSource, SourceKind, SourceReview
from asepsis.record.dossier import Item
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap, Unknown
from asepsis.sentences import Sentence

if TYPE_CHECKING:
    from asepsis.exchange.facts import Components

FEED_AGE = "maintenance.feed_age_days"

# --- what sources cover ---------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Covering:
    """The sources that cover something, by what they cover it by."""

    by_ecosystem: dict[str, list[Item[MonitoredSource]]]
    by_supplier: dict[str, list[Item[MonitoredSource]]]
    by_item: dict[str, list[Item[MonitoredSource]]]


def sources_of(placed: Placed, view: View) -> tuple[Item[MonitoredSource], ...]:
    """Return the sources in force that cover a component: by its ecosystem, its supplier or its software item."""
    covering = view.once("covering", _covering)
    found: list[Item[MonitoredSource]] = list(covering.by_item.get(placed.item or "", ()))
    purl = purl_of(placed.component)
    if purl is not None:
        found += covering.by_ecosystem.get(purl.type.casefold(), ())
    item: Item[SoftwareItem] | None = view.dossier.get(placed.item)
    supplier: Item[Supplier] | None = view.dossier.get(item.content.supplier) if item is not None else None
    name = supplier.content.name if supplier is not None else placed.component.supplier
    if name:
        found += covering.by_supplier.get(names(view).first(name), ())
    return tuple({one.id: one for one in found}.values())


def feed_of(source: Item[MonitoredSource], view: View) -> Feed | None:
    """Return the feed that a source names, as the newest import of feeds has it."""
    taken = view.taken_in("feeds", subjects.ORGANISATION)
    if taken is None or source.content.feed is None:
        return None
    fact: Feeds = view.document(taken)
    name = source.content.feed.casefold()
    return next((feed for feed in fact.feeds if feed.name.casefold() == name), None)


def _covering(view: View) -> Covering:
    covering = Covering({}, {}, {})
    for source in view.dossier.all(MonitoredSource):
        content, feed = source.content, feed_of(source, view)
        ecosystems = (*content.ecosystems, *(feed.covers if feed is not None else ()))
        for ecosystem in dict.fromkeys(one.casefold() for one in ecosystems):
            covering.by_ecosystem.setdefault(ecosystem, []).append(source)
        for reference in content.suppliers:
            supplier: Item[Supplier] | None = view.dossier.get(reference)
            if supplier is not None:
                covering.by_supplier.setdefault(names(view).first(supplier.content.name), []).append(source)
        for item in content.items:
            covering.by_item.setdefault(item, []).append(source)
    return covering


NOT_COVERED = Sentence(
    "No monitored source covers {components} of {release}, which are in a category that is looked after.",
    next="Add a source that covers them, by ecosystem, supplier or item.",
)
OWNER_LEFT = Sentence("{source} is seen to by {person}, who has left.", next="Give {source} to somebody who is there.")


@check("maintenance.sources_cover_items", over="components", owner=SystemRole.SECURITY)
def sources_cover_what_is_looked_after(bill: Item[Any], document: Components, view: View) -> Findings:
    """Each item that is maintained or supported is covered by a source of news, and somebody who is there sees to that.

    With the first bill of the release looked at, the other supported releases are gone through, and what is looked after
    though no bill lists it.

    Source: IEC 81001-5-1:2021, 6.2.1.
    """
    release = view.release
    assert release is not None  # a bill is one of its
    own = [placed for of, placed in terms.items_of_release(view) if of.item.id == bill.id]
    yield from _uncovered(bill, release, own, view)
    if bill.id != terms.bill_records(view)[0].id:
        return
    for other in terms.supported_releases(view):
        if other.id != release.id:
            yield from _uncovered(other, other, [placed for _, placed in terms.items_placed(other, view)], view)
    for item in beside_bills(view):
        called = item.content.name or item.content.purl or item.content.title
        placed = Placed(Component(called, purl=item.content.purl), item.content.category, item=item.id)
        if not sources_of(placed, view):
            yield Gap(item, NOT_COVERED, components=[called], release=release)
    there = terms.people(view)
    for source in view.dossier.all(MonitoredSource):
        if not terms.active(source.content.owner, view.today, there):
            yield Gap(source, OWNER_LEFT, source=source, person=source.content.owner)


def _uncovered(about: Item[Any], release: Item[Release], found: Iterable[Placed], view: View) -> Findings:
    missed: dict[str, list[Component]] = {}
    for placed in found:
        if placed.component.place == "root" or placed.category not in CARED_FOR or sources_of(placed, view):
            continue
        purl = purl_of(placed.component)
        missed.setdefault(placed.item or (purl.type if purl else ""), []).append(placed.component)
    for record, components in missed.items():
        item: Item[SoftwareItem] | None = view.dossier.get(record) if record else None
        yield Gap(item or about, NOT_COVERED, components=called_all(components), release=release)


# --- looked at ------------------------------------------------------------------------------------------------------

NEVER_LOOKED_AT = Sentence(
    "Nobody has looked at {source} since it was named on {since}; that was due by {day}.",
    next="Look through what {source} brought since, and sign what was taken up.",
)
LOOKED_TOO_LONG_AGO = Sentence(
    "{source} was last looked at up to {since}; the next look was due by {day}.",
    next="Look through what {source} brought since, and sign what was taken up.",
)
HOLE = Sentence(
    "Nobody has looked at what {source} brought from {first} to {last}.",
    next="Look through what {source} brought in these days, and sign what was taken up.",
)
NOTHING_SAID = Sentence(
    "{review} took up nothing and does not say why.", next="Enter in {review} what was taken up, or why nothing was."
)
FEED_ABSENT = Sentence(
    "{source} is the feed '{feed}', which no import of feeds names.",
    next="Match the bills with this feed, and import that.",
)
FEED_OLD = Sentence(
    "{source} is the feed '{feed}', which was last fetched on {day}.", next="Match the bills with the feeds of today."
)


@check("maintenance.sources_looked_at", over=MonitoredSource, owner=SystemRole.SECURITY, whole=True)
def sources_are_looked_at(sources: tuple[Item[MonitoredSource], ...], view: View) -> Findings:
    """Each source is looked at in its interval without a hole, and each look says what came of it.

    Feeds are read by matching, so it is their age that counts. The first look at a new source is due after one interval.

    Source: IEC 81001-5-1:2021, 6.2.1.
    """
    for source in sources:
        if source.content.source is SourceKind.FEED:
            yield from _feed_is_young(source, view)
        else:
            yield from _looked_at(source, view)
    for review in view.dossier.all(SourceReview):
        if not review.content.taken_up and review.content.nothing_because is None:
            yield Gap(review, NOTHING_SAID, review=review)


def _feed_is_young(source: Item[MonitoredSource], view: View) -> Findings:
    feed = feed_of(source, view)
    if feed is None:
        yield Unknown(source, FEED_ABSENT, source=source, feed=source.content.feed or "")
    elif not is_young(feed, view):
        yield Unknown(source, FEED_OLD, source=source, feed=feed.name, day=_as_of(feed, view))


def is_young(feed: Feed, view: View) -> bool:
    """Return whether a feed is no older than the policy lets one be; the last day is in."""
    return view.today <= _as_of(feed, view) + timedelta(days=view.policy.number(FEED_AGE))


def _as_of(feed: Feed, view: View) -> date:
    return view.day(datetime.fromisoformat(feed.as_of))


def is_looked_at(source: Item[MonitoredSource], view: View) -> bool:
    """Return whether a source was looked at lately: a young feed, or a review within its interval."""
    if source.content.source is SourceKind.FEED:
        feed = feed_of(source, view)
        return feed is not None and is_young(feed, view)
    last = max((last for _, last in _windows(source, view)), default=None)
    return last is not None and not terms.past(last + timedelta(days=source.content.look_every_days), view)


def _looked_at(source: Item[MonitoredSource], view: View) -> Findings:
    interval, since = timedelta(days=source.content.look_every_days), terms.first_day(source, view)
    windows = sorted(_windows(source, view))
    if not windows:
        due = since + interval
        if terms.past(due, view):
            yield Gap(source, NEVER_LOOKED_AT, source=source, since=since, day=due).owed(
                by=source.content.owner, due=due
            )
        return
    end = since - timedelta(days=1)
    for first, last in windows:
        if first - end - timedelta(days=1) > interval:
            yield Gap(source, HOLE, source=source, first=end + timedelta(days=1), last=first - timedelta(days=1))
        end = max(end, last)
    due = end + interval
    if terms.past(due, view):
        yield Gap(source, LOOKED_TOO_LONG_AGO, source=source, since=end, day=due).owed(by=source.content.owner, due=due)


def _windows(source: Item[MonitoredSource], view: View) -> Iterator[tuple[date, date]]:
    for review in view.dossier.back(source, SourceReview):
        yield review.content.first_day, review.content.last_day
