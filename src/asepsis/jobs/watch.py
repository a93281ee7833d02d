"""The watch over products: worked out by whoever holds a dossier, kept as rows, and read from these by everybody else.

Of each product there are two watches: with all that is there, and as if nothing that is withheld from somebody were there.
A line keeps its number as long as it is the same, so that what came since somebody looked, or was told, is what has a higher one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

import msgspec
from django.db import transaction
from django.db.models import Count, Max, Q, QuerySet

from asepsis.configuration.records import Fielded, Release
from asepsis.conformance import moments
from asepsis.jobs import bills, fleet, indexing
from asepsis.jobs.feeds import NoFeedsError
from asepsis.jobs.fleet import Hit
from asepsis.jobs.queue import InHand, Wanted
from asepsis.jobs.shelf import Shelf
from asepsis.readers.viewer import Viewer
from asepsis.record.entry import instant
from asepsis.reports.watch import Line, Standing, Use, watched
from asepsis.reports.watch import Watched as Found
from asepsis.sentences import Mention, Said, Sentence
from asepsis.store import queries
from asepsis.store.models import Entry, Link, Product, Record, Watched, WatchLine, WatchLooked
from asepsis.store.rows import in_parts

SORT = "watch"
DONE = Sentence("What is open in {product} is known as of entry {position}: {count} lines, {new} of them new.")
AT_ONCE = 500


# --- worked out ---------------------------------------------------------------------------------------------------------


def wanted(now: datetime) -> Iterator[Wanted]:
    """Yield the watch over each product of which something happened, or a day turned, since it was worked out."""
    today = _today(queries.now(now))
    kept = {one.product: one for one in Watched.objects.filter(sealed=False)}
    changes = moments.last_changes()
    for product in Product.objects.order_by("code"):
        last, before = changes[product.pk], kept.get(product.pk)
        if before is None or before.position < last or before.day < today:
            arguments = {"product": product.pk, "position": last, "day": today.isoformat()}
            yield Wanted(SORT, product.pk, product.pk, arguments=arguments)


def watch(job: InHand, product: str, position: int, day: str) -> Said:
    """Work out the watch over a product, at least as of entry `position` on a day, and keep it."""
    del position, day
    new = bring_up_to_date(product, queries.now(datetime.now(UTC)))
    shelf = Shelf(queries.home() / "feeds")
    if any(True for _ in shelf.feeds()):
        prepare(shelf)
    job.come(1, 1)
    found = Watched.objects.get(product=product, sealed=False)
    count = WatchLine.objects.filter(product=product, sealed=False).count()
    code = queries.product(product).code
    return DONE.said(product=Mention(product, code), position=found.position, count=count, new=new)


def bring_up_to_date(product: str, now: datetime) -> int:
    """Work out the watch over a product (an id), unless nothing happened since; return how many lines are new in it."""
    last, today = moments.last_change(product), _today(now)
    if Watched.objects.filter(product=product, sealed=False, position=last, day=today).exists():
        return 0
    withheld = frozenset(
        Record.objects.filter(Q(product=product) | Q(product=None), embargoed=True).values_list("pk", flat=True)
    )
    whole = watched(moments.view_now(product, now))
    sealed = watched(moments.view_now(product, now, without=withheld)) if withheld else whole
    with transaction.atomic():
        new = _keep(product, whole, last, today, now, sealed=False)
        _keep(product, sealed, last, today, now, sealed=True)
    return new


def _today(now: datetime) -> date:
    return now.astimezone(ZoneInfo(queries.ledger().time_zone)).date()


def _keep(product: str, found: Found, position: int, today: date, now: datetime, *, sealed: bool) -> int:
    """Keep a watch in place of the one before; return how many lines are new. Lines that were there keep their number."""
    lines = {one.key: one for one in found.lines}
    rows = WatchLine.objects.filter(product=product, sealed=sealed)
    before = {one.key: one for one in rows}
    rows.filter(pk__in=[one.pk for key, one in before.items() if key not in lines]).delete()
    made = [_row(one, product, sealed=sealed) for one in found.lines]
    stayed = [one for one in made if one.key in before]
    for one in stayed:
        one.pk = before[one.key].pk
    changed = [one for one in stayed if _differs(one, before[one.key])]
    WatchLine.objects.bulk_update(changed, ["rank", "standing", "due", "since", "releases", "data"], AT_ONCE)
    new = [one for one in made if one.key not in before]
    WatchLine.objects.bulk_create(new, AT_ONCE)
    Watched.objects.update_or_create(
        product=product,
        sealed=sealed,
        defaults={
            "position": position,
            "day": today,
            "made_at": instant(now),
            "unknown": [one.value() for one in found.unknown],
        },
    )
    return len(new)


def _differs(one: WatchLine, before: WatchLine) -> bool:
    return one.rank != before.rank or before.data is None or one.data != bytes(before.data)


def _row(line: Line, product: str, *, sealed: bool) -> WatchLine:
    return WatchLine(
        product=product,
        sealed=sealed,
        key=line.key,
        rank=f"{'.'.join(map(str, line.order))} {line.due or date.max}",
        advisory=line.advisory[:200],
        component=line.component[:500],
        standing=line.standing.value,
        due=line.due,
        since=line.since,
        releases=len(line.releases),
        data=msgspec.json.encode(line.value()),
    )


# --- read ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Told:
    """A line as it is told to somebody: its number, and whether it came since they looked."""

    number: int
    line: Line
    is_new: bool


def newest() -> int:
    """Return the number of the newest line of all, which tells nothing of what it is."""
    return WatchLine.objects.aggregate(last=Max("id"))["last"] or 0


@dataclass(frozen=True, slots=True)
class Band:
    """How many lines lie in a span of days, by how they stand."""

    words: str
    counts: Mapping[Standing, int]


AGES = ((7, "up to a week"), (30, "up to a month"), (92, "up to three months"), (365, "up to a year"), (None, "older"))
CLOCKS = ((-1, "late"), (7, "within a week"), (30, "within a month"), (92, "within three months"), (None, "later"))
NO_DAY = "no day"


def _banded(
    counted: Iterable[tuple[date | None, str, int]],
    spans: Sequence[tuple[int | None, str]],
    span: Callable[[date], timedelta],
) -> list[Band]:
    """Return the lines in spans of days, each up to its number; those without a day come last, where there are any."""
    found: dict[str, dict[Standing, int]] = {words: {} for _, words in spans}
    for day, standing, count in counted:
        words = NO_DAY if day is None else next(one for most, one in spans if most is None or span(day).days <= most)
        of = found.setdefault(words, {})
        of[Standing(standing)] = of.get(Standing(standing), 0) + count
    return [Band(words, counts) for words, counts in found.items()]


class Watch:
    """The watch over those of `products` (ids; `None`: all) in which a reader holds a role, as far as they may see it.

    Without a reader it is told as to somebody who sees all products, and nothing that is withheld.
    """

    def __init__(self, reader: Viewer | None, products: Collection[str] | None = None) -> None:
        own = None if reader is None else reader.products if reader.reads else frozenset[str]()
        found = list(Product.objects.order_by("code"))
        wanted = [one for one in found if (own is None or one.pk in own) and (products is None or one.pk in products)]
        self.products: Mapping[str, Product] = {one.pk: one for one in wanted}
        self._sees_all = len(wanted) == len(found)
        self._person = reader.person if reader is not None else None
        opens = frozenset[str]() if reader is None else reader.opens
        self._open = frozenset(self.products) if opens is None else frozenset(self.products) & opens

    @cached_property
    def _worked_out(self) -> Mapping[str, Watched]:
        found = Watched.objects.filter(product__in=self.products)
        return {one.product: one for one in found if one.sealed != (one.product in self._open)}

    @cached_property
    def kept(self) -> Mapping[str, Watched]:
        """Return what is kept of each product: as of which entry and day; one of which nothing may be told yet is absent.

        What was worked out before something was withheld, or erased, is told again only when it was worked out without that.
        """
        shut = dict(Entry.objects.filter(form="embargo").values_list("of").annotate(last=Max("position")))
        everywhere = shut.get(None, -1)
        return {
            key: one
            for key, one in self._worked_out.items()
            if one.position >= (0 if key in self._open else max(0, shut.get(key, -1), everywhere))
        }

    @property
    def is_whole(self) -> bool:
        """Return whether every line that was worked out may be told: nothing was withheld or erased since."""
        return len(self.kept) == len(self._worked_out)

    @property
    def unknown(self) -> list[Said]:
        """Return what nobody looked at."""
        return [Said.of(one) for key in self.products if key in self.kept for one in self.kept[key].unknown]

    @cached_property
    def outdated(self) -> tuple[Product, ...]:
        """Return the products of which something happened since, or that were never looked at."""
        kept, last = self.kept, moments.last_changes()
        return tuple(
            one for key, one in self.products.items() if key not in kept or kept[key].position < last.get(key, 0)
        )

    @cached_property
    def looked(self) -> Mapping[str, WatchLooked]:
        """Return when the reader looked last, by product."""
        found = WatchLooked.objects.filter(person=self._person, product__in=self.products) if self._person else ()
        return {one.product: one for one in found}

    @property
    def rows(self) -> QuerySet[WatchLine]:
        """Return the lines that the reader may see, what matters most first; `data` is read only where it is asked for."""
        there = frozenset(self.kept)
        seen, shut = there & self._open, there - self._open
        whole, sealed = (
            Q(sealed__in=[False]),
            Q(sealed__in=[True]),
        )  # `NOT sealed`, as Django writes `False`, reads no index
        if not shut:
            held = whole if self._sees_all and self.is_whole else whole & Q(product__in=seen)
        elif not seen:
            held = sealed & Q(product__in=shut)
        else:
            held = whole & Q(product__in=seen) | sealed & Q(product__in=shut)
        return WatchLine.objects.filter(held).defer("data").order_by("rank", "id")

    def after(self, number: int) -> Q:
        """Return what holds of the lines behind the one of a number, for pages that go on where the one before ended."""
        rank = WatchLine.objects.filter(pk=number).values_list("rank", flat=True).first()
        return Q() if rank is None else Q(rank__gt=rank) | Q(rank=rank, id__gt=number)

    @property
    def new(self) -> QuerySet[WatchLine]:
        """Return those of the lines that came since the reader looked; without a reader, all."""
        found = self.rows
        for product, one in self.looked.items():
            found = found.exclude(product=product, id__lte=one.line)
        return found

    def told(self, rows: Iterable[WatchLine]) -> list[Told]:
        """Return lines whole; one that was erased meanwhile is left out."""
        looked = self.looked
        numbers = [one.pk for one in rows]
        data = dict[int, bytes]()
        for at in range(0, len(numbers), AT_ONCE):
            found = WatchLine.objects.filter(pk__in=numbers[at : at + AT_ONCE], data__isnull=False)
            data |= {number: bytes(value) for number, value in found.values_list("pk", "data") if value is not None}
        return [
            Told(number, line, line.product.id not in looked or number > looked[line.product.id].line)
            for number in numbers
            if number in data
            for line in [Line.of(msgspec.json.decode(data[number]))]
        ]

    @cached_property
    def _days(self) -> list[tuple[date, date | None, str, int]]:
        counted = self.rows.order_by().values_list("since", "due", "standing").annotate(count=Count("*"))
        return list(counted.values_list("since", "due", "standing", "count"))

    def ages(self, today: date) -> list[Band]:
        """Return how many lines are how old, by how they stand."""
        return _banded(
            ((since, standing, count) for since, _, standing, count in self._days), AGES, lambda day: today - day
        )

    def clocks(self, today: date) -> list[Band]:
        """Return how many lines have how many days left until users have to have an update, by how they stand."""
        return _banded(
            ((due, standing, count) for _, due, standing, count in self._days), CLOCKS, lambda day: day - today
        )

    def look(self, now: datetime) -> None:
        """Keep that the reader has looked through all of it: what is there is not new any more."""
        highest = dict(self.rows.order_by().values_list("product").annotate(last=Max("id")))
        for product in self.products:
            WatchLooked.objects.update_or_create(
                person=self._person,
                product=product,
                defaults={"line": highest.get(product, 0), "at": instant(now)},
            )


# --- from an advisory to its releases ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Strike:
    """A release with a bill that an advisory touches, or may touch, the components that it is about, and where it is in use."""

    product: Product
    release: Record
    bill: Record
    components: tuple[str, ...]
    uses: tuple[Use, ...]


def strikes(
    advisories: Iterable[str],
    shelf: Shelf,
    products: Collection[str],
    now: datetime,
    *,
    hidden: Collection[str] = (),
    as_is: bool = False,
) -> tuple[Strike, ...]:
    """Return the releases of `products` (ids), supported or not, whose effective bills advisories of these names touch.

    It looks into what was fetched of feeds, and takes nothing in. Bills whose components were not taken in are not looked into.
    `as_is` looks into what was made of feeds and bills before, by `prepare`, and makes nothing: for pages.

    Raises `NoFeedsError` where there is nothing to look into.
    """
    index = shelf.folder / indexing.FILE
    if not as_is:
        prepare(shelf)
    elif not index.is_file():
        raise NoFeedsError
    with fleet.opened(shelf.folder) as file:
        by_bill: dict[str, list[Hit]] = {}
        for hit in file.touched_by(advisories, index):
            by_bill.setdefault(hit.bill, []).append(hit)
        places = [one for one in file.places(by_bill) if one.product in products and one.record not in hidden]
    rows = _rows({one for place in places for one in (place.record, place.release)})
    codes = Product.objects.in_bulk({one.product for one in places})
    uses = _uses({one.release for one in places}, _today(now), hidden)
    found = [
        Strike(
            codes[one.product],
            rows[one.release],
            rows[one.record],
            _components(by_bill[one.digest]),
            tuple(uses.get(one.release, ())),
        )
        for one in places
        if one.release in rows and one.record in rows and rows[one.release].kind == Release.__name__
    ]
    return tuple(sorted(found, key=lambda one: (one.product.code, one.release.number or 0, one.bill.label)))


def prepare(shelf: Shelf) -> None:
    """Make of what was fetched of feeds, and of the bills in the store, what `strikes` looks into."""
    with indexing.opened(shelf), fleet.opened(shelf.folder) as file:
        bills.bring_up_to_date(file)


def _components(hits: Iterable[Hit]) -> tuple[str, ...]:
    return tuple(hit.purl if hit.version is None or "@" in hit.purl else f"{hit.purl} {hit.version}" for hit in hits)


def _rows(ids: Iterable[str]) -> dict[str, Record]:
    """Return records by id, without their history."""
    light = Record.objects.defer("history", "turns", "looked")
    return {one.pk: one for part in in_parts(sorted(ids)) for one in light.filter(pk__in=part)}


def _uses(releases: Iterable[str], today: date, hidden: Collection[str]) -> dict[str, list[Use]]:
    """Return where these releases (ids) are in use today, by release."""
    naming = Link.objects.filter(field="release", effective=True)
    sources = [
        one
        for part in in_parts(sorted(releases))
        for one in naming.filter(target__in=part).values_list("source", flat=True)
    ]
    fielded = [one for one in _rows(sources).values() if one.kind == Fielded.__name__ and one.pk not in hidden]
    values = queries.values_of(one.effective_content for one in fielded if one.effective_content)
    labels = {
        one.pk: one.label
        for one in _rows(
            {values[row.effective_content]["release"] for row in fielded if row.effective_content in values}
        ).values()
    }
    found: dict[str, list[Use]] = {}
    for row in sorted(fielded, key=lambda one: one.label):
        value = values.get(row.effective_content or "")
        if row.standing == "effective" and value is not None and value.get("until", "9") >= today.isoformat():
            release = value["release"]
            use = Use(Mention(release, labels.get(release, "")), value["market"], value["site"], value["count"])
            found.setdefault(release, []).append(use)
    return found
