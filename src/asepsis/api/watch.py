"""The watch over products: what is open, what is new, where an advisory strikes, and the fleet by its advisories."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from asepsis.api.edge import DRAFTS, READS, clock
from asepsis.api.shapes import LIMIT, Asked, Label, Limit, Position
from asepsis.jobs import heat
from asepsis.jobs import watch as watching
from asepsis.jobs.heat import Cell
from asepsis.jobs.shelf import Shelf
from asepsis.jobs.watch import Told, Watch
from asepsis.readers import viewer, visible
from asepsis.readers.assessed import Teller
from asepsis.reports.watch import Standing, Use
from asepsis.store import queries

router = Router(tags=["watch"])


class WatchOf(Asked):
    """Which products are meant."""

    product: Label | None = Field(None, description="The code of the only product; else all that the token reaches.")


class Wanted(WatchOf):
    """Which lines are wanted."""

    new: bool = Field(False, description="Only what came since the token's person looked.")
    standing: Standing | None = Field(None, description="Only what stands so.")
    advisory: str | None = Field(
        None, max_length=200, description="Only the lines of this advisory, by its first name."
    )
    after: Position | None = Field(None, description="Where the page before ended, as its `following` says.")
    limit: Limit = LIMIT


class Struck(WatchOf):
    """Which advisory is looked for."""

    advisory: str = Field(min_length=1, max_length=200, description="CVE, GHSA or any other name of it.")


class UseLine(Schema):
    """A release in the field."""

    release: str
    market: str
    site: str
    count: int


class WatchLineSheet(Schema):
    """One vulnerability of one component, in all supported releases of a product that hold it, with its reasons."""

    line: int = Field(description="Its number, as long as it is the same.")
    new: bool
    key: str
    product: str
    advisory: str
    aliases: list[str]
    component: str
    standing: Standing
    result: str
    fixed: list[str]
    severity: str | None = None
    since: str
    exploited: str | None = Field(None, description="Since when attackers are known to use it.")
    epss: str | None = None
    releases: list[str]
    in_use: list[UseLine]
    statement: str | None = None
    hazards: list[str]
    factors: dict[str, str] | None = Field(None, description="What the day was worked out from (6.1.1).")
    due: str | None = Field(None, description="By when users have to have an update.")
    reasons: list[str]


class AsOf(Schema):
    """As of when the lines of a product hold."""

    product: str
    entry: int
    day: str


class UnknownSheet(Schema):
    """What nobody looked at."""

    what: str
    next: str | None = None


class WatchSheet(Schema):
    """What is open, what matters most first."""

    lines: list[WatchLineSheet]
    following: int | None = Field(None, description="Give it as `after` for the next page.")
    looked: str | None = Field(None, description="When the token's person looked; absent: never.")
    unknown: list[UnknownSheet]
    as_of: list[AsOf]
    outdated: list[str] = Field(description="Products of which something happened since, or that were never looked at.")


class LookedSheet(Schema):
    """Up to where it was looked."""

    lines: int
    new: int


class StrikeLine(Schema):
    """A release with a bill that an advisory touches, or may touch."""

    product: str
    release: str
    bill: str
    components: list[str]
    in_use: list[UseLine]


class StrikesSheet(Schema):
    """Where an advisory strikes, by the feeds as they were fetched last, in every release, supported or not."""

    touched: list[StrikeLine]


class CellSheet(Schema):
    """What an advisory is in a product or release."""

    advisory: str
    standing: Standing
    releases: int
    due: str | None = None


class FleetRow(Schema):
    """A product or release with its open advisories, of those that matter most."""

    product: str
    label: str
    unknown: int | None = Field(None, description="How much nobody looked at; absent: it was never looked at.")
    cells: list[CellSheet]


class FleetSheet(Schema):
    """The products, or the releases of one, by the advisories that matter most."""

    advisories: list[str]
    left: int = Field(description="How many further advisories are open.")
    rows: list[FleetRow]


@router.get("/watch", response=WatchSheet, auth=READS, exclude_none=True)
def list_watch(request: HttpRequest, wanted: Query[Wanted]) -> WatchSheet:
    """Give what is open in supported releases: exploited, in use, reached and harmful first, each with its reasons."""
    seen, teller = _watch(wanted.product), Teller()
    rows = seen.new if wanted.new else seen.rows
    if wanted.standing is not None:
        rows = rows.filter(standing=wanted.standing.value)
    if wanted.advisory is not None:
        rows = rows.filter(advisory=wanted.advisory)
    if wanted.after is not None:
        rows = rows.filter(seen.after(wanted.after))
    found = list(rows[: wanted.limit + 1])
    return WatchSheet(
        lines=[WatchLineSheet(**_line(one, teller)) for one in seen.told(found[: wanted.limit])],
        following=found[wanted.limit - 1].pk if len(found) > wanted.limit else None,
        looked=min((one.at for one in seen.looked.values()), default=None),
        unknown=[UnknownSheet(what=one.text(teller.shown), next=one.next(teller.shown)) for one in seen.unknown],
        as_of=[
            AsOf(product=seen.products[key].code, entry=one.position, day=one.day.isoformat())
            for key, one in sorted(seen.kept.items(), key=lambda pair: seen.products[pair[0]].code)
        ],
        outdated=[one.code for one in seen.outdated],
    )


@router.post("/watch/looked", response=LookedSheet, auth=DRAFTS)
def look_through_watch(request: HttpRequest, products: WatchOf) -> LookedSheet:
    """Keep that the token's person has looked through what is open now: from here on only what comes after is new."""
    seen = _watch(products.product)
    lines, new = seen.rows.count(), seen.new.count()
    seen.look(_now())
    return LookedSheet(lines=lines, new=new)


@router.get("/watch/strikes", response=StrikesSheet, auth=READS, exclude_none=True)
def find_strikes(request: HttpRequest, struck: Query[Struck]) -> StrikesSheet:
    """Find the releases, supported or not, whose bills an advisory touches, and where they are in use."""
    seen, shelf = _watch(struck.product), Shelf(queries.home() / "feeds")
    hidden = visible.all_withheld()
    found = watching.strikes([struck.advisory], shelf, seen.products, _now(), hidden=hidden, as_is=True)
    return StrikesSheet(
        touched=[
            StrikeLine(
                product=one.product.code,
                release=one.release.label,
                bill=one.bill.label,
                components=list(one.components),
                in_use=[_use(each) for each in one.uses],
            )
            for one in found
        ]
    )


@router.get("/fleet", response=FleetSheet, auth=READS, exclude_none=True)
def fleet(request: HttpRequest, products: Query[WatchOf]) -> FleetSheet:
    """Give all products, or the releases of one, by the open advisories that matter most."""
    seen = _watch(products.product)
    found = heat.of_products(seen) if products.product is None else heat.of_releases(seen)
    return FleetSheet(
        advisories=list(found.advisories),
        left=found.left,
        rows=[
            FleetRow(
                product=row.product.code,
                label=row.label,
                unknown=row.unknown,
                cells=[
                    _cell(name, cell)
                    for name, cell in zip(found.advisories, row.cells, strict=True)
                    if cell is not None
                ],
            )
            for row in found.rows
        ],
    )


def _watch(code: str | None) -> Watch:
    """Return the watch as far as the token reaches. Raises `UnknownProductError`."""
    return Watch(viewer.current(), None if code is None else [visible.product(code).pk])


def _now() -> datetime:
    return queries.now(clock())


def _line(told: Told, teller: Teller) -> dict[str, Any]:
    line, factors = told.line, told.line.factors
    names = ("severity", "public", "exploited", "safety", "fielded", "external_controls")
    return {
        "line": told.number,
        "new": told.is_new,
        "key": line.key,
        "product": line.product.label,
        "advisory": line.advisory,
        "aliases": list(line.aliases),
        "component": line.component,
        "standing": line.standing,
        "result": line.result,
        "fixed": list(line.fixed),
        "severity": line.severity,
        "since": line.since.isoformat(),
        "exploited": line.exploited.isoformat() if line.exploited else None,
        "epss": line.epss,
        "releases": [one.label for one in line.releases],
        "in_use": [_use(one) for one in line.uses],
        "statement": line.statement.label if line.statement else None,
        "hazards": [one.label for one in line.hazards],
        "factors": None if factors is None else {name: str(getattr(factors, name).value) for name in names},
        "due": line.due.isoformat() if line.due else None,
        "reasons": [one.text(teller.shown) for one in line.reasons],
    }


def _use(one: Use) -> UseLine:
    return UseLine(release=one.release.label, market=one.market, site=one.site, count=one.count)


def _cell(advisory: str, cell: Cell) -> CellSheet:
    due = cell.due.isoformat() if cell.due else None
    return CellSheet(advisory=advisory, standing=cell.standing, releases=cell.releases, due=due)
