"""What a release is made of: components with category, licence, support and findings; and what one advisory touches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse

from asepsis.advisories.findings import Candidate
from asepsis.advisories.outputs.severity import severity_of
from asepsis.configuration.domain import Placed, items_of
from asepsis.configuration.records import BillOfMaterials, CategoryRule, SoftwareItem, Supplier
from asepsis.exchange.facts import Component, Components, Match, Matches
from asepsis.problems.inbox import ways_of
from asepsis.problems.records import Exploitability
from asepsis.readers import visible
from asepsis.record.dossier import Dossier, Item
from asepsis.store import queries
from asepsis.store.models import FactTaken, Link, Record
from asepsis.web import gate, release, then
from asepsis.web.moment import Moment, of_product
from asepsis.web.page import framed, page, shown
from asepsis.web.words import Words

SHOWN = 100  # components on one page
DECIDING = ("SoftwareItem", "CategoryRule", "Supplier", "Exploitability")
MOST = 5_000  # of each of these kinds
RELEASES = 20


@dataclass(frozen=True)
class Bill:
    """A bill of a release, with what it lists and what a scan of it found; either may not be here."""

    item: Item[BillOfMaterials]
    components: Components | None
    matches: Matches | None
    scanned: str | None = None  # when that was taken in
    source: str | None = None  # the digest of what the scan was taken from

    def candidates(self) -> tuple[Candidate, ...]:
        """Return what its components may have by CPE or name; a scan of another tool knows of none."""
        data = None if self.source is None else queries.file(self.source)
        try:
            return () if data is None else _WITH_CANDIDATES.decode(data).candidates
        except msgspec.DecodeError:
            return ()


class _WithCandidates(msgspec.Struct):
    candidates: tuple[Candidate, ...] = ()


_WITH_CANDIDATES = msgspec.json.Decoder(_WithCandidates)


@dataclass(frozen=True, slots=True)
class Line:
    """A component: its category and what says it, until when it is supported, and what advisories say of it."""

    placed: Placed
    says: str | None
    support: date | None
    open: tuple[Match, ...]
    settled: int

    @property
    def component(self) -> Component:
        """Return the component as the bill has it."""
        return self.placed.component


@page
def components(request: HttpRequest, code: str, position: int | None = None) -> HttpResponse:
    """Give the components of the release that `?release=` names, or of the one looked at; `?q=` and `?with=` take some."""
    moment = of_product(code, position)
    row = release.wanted(moment, request.GET.get("release", ""))
    if row is None:
        return shown(request, "norelease", framed(moment, "components"), Words(moment))
    bills = list(bills_of(moment, row))
    asked = request.GET.get("q", "")[:80].casefold().strip()
    found = request.GET.get("with") == "findings"
    after = request.GET.get("after", "0")
    start = int(after) if after.isdecimal() and len(after) < 7 else 0
    dossier = _dossier(moment)
    lines = [line for bill in bills for line in _lines(bill, dossier, row) if _fits(line, asked, only=found)]
    page_of = lines[start : start + SHOWN]
    words = Words(moment)
    words.know(one.says for one in page_of if one.says)
    return shown(
        request,
        "components",
        framed(moment, "components", wide=True),
        words,
        release=row,
        bills=bills,
        candidates=[one for bill in bills for one in bill.candidates()],
        lines=page_of,
        count=len(lines),
        open=sum(len(one.open) for one in lines),
        uncategorised=sum(one.placed.category is None for one in lines),
        following=start + SHOWN if len(lines) > start + SHOWN else None,
        asked=asked,
        found=found,
        releases=gate.releases(moment),
    )


def bills_of(moment: Moment, row: Record) -> Iterator[Bill]:
    """Yield the effective bills of a release as of the moment, with the newest facts about each."""
    naming = Link.objects.filter(target=row.id, field="release", effective=True).values_list("source", flat=True)
    dossier = then.dossier(moment, then.histories(moment, naming.distinct()[:500]))
    for item in dossier.all(BillOfMaterials):
        digest = item.content.document.digest or ""
        listed, scan = _fact(moment, "components", digest), _fact(moment, "matches", f"{digest}+", begins=True)
        yield Bill(
            item,
            queries.document(listed.document) if listed else None,
            queries.document(scan.document) if scan else None,
            scan.at if scan else None,
            scan.source if scan else None,
        )


def _fact(moment: Moment, kind: str, subject: str, *, begins: bool = False) -> FactTaken | None:
    """Return the newest facts of a kind about a subject, or about one that begins so, as of the moment."""
    found = FactTaken.objects.filter(kind=kind, position__lte=moment.entry)
    found = (
        found.filter(subject__gte=subject, subject__lt=f"{subject}\U0010ffff")
        if begins
        else found.filter(subject=subject)
    )
    return found.order_by("-position").first()


def _dossier(moment: Moment) -> Dossier:
    """Return what decides about components: items, rules, suppliers, and statements of exploitability."""
    product = moment.product.id if moment.product else None
    rows = [visible.records().filter(product=scope, kind__in=DECIDING) for scope in (None, product)]
    ids = [one for found in rows for one in found.order_by("kind", "number").values_list("pk", flat=True)[:MOST]]
    return then.dossier(moment, then.histories(moment, ids))


def _lines(bill: Bill, dossier: Dossier, row: Record) -> Iterator[Line]:
    listed = bill.components.components if bill.components is not None else ()
    items = {one.id: one.content for one in dossier.all(SoftwareItem)}
    rules = {one.id: one.content for one in dossier.all(CategoryRule)}
    suppliers = {one.id: one.content for one in dossier.all(Supplier)}
    told: dict[str, list[Match]] = {}
    for match in bill.matches.matches if bill.matches is not None else ():
        if match.result != "not-affected":
            told.setdefault(match.component, []).append(match)
    settled = _settled(dossier, row.id)
    for placed in items_of(listed, items, rules, suppliers):
        own = told.get(placed.component.purl or placed.component.ref or placed.component.name, [])
        left = tuple(one for one in own if not _is_settled(one, settled))
        item = items.get(placed.item or "")
        yield Line(placed, placed.item or placed.rule, _support(item, placed.component), left, len(own) - len(left))


def _support(item: SoftwareItem | None, component: Component) -> date | None:
    if item is not None and item.end_of_support is not None:
        return item.end_of_support
    return date.fromisoformat(component.end_of_support) if component.end_of_support else None


def _settled(dossier: Dossier, release_id: str) -> frozenset[tuple[str, str]]:
    """Return what an effective statement says of the release: advisory, in small letters, and component."""
    found = set()
    for item in dossier.all(Exploitability):
        if release_id in item.content.releases and item.content.status != "under-investigation":
            names = (item.content.advisory_id, *item.content.aliases)
            found |= {(name.casefold(), item.content.component) for name in names}
    return frozenset(found)


def _is_settled(match: Match, settled: frozenset[tuple[str, str]]) -> bool:
    return any((name.casefold(), match.component) in settled for name in (match.advisory, *match.aliases))


def _fits(line: Line, asked: str, *, only: bool) -> bool:
    one = line.component
    told = f"{one.name} {one.version or ''} {one.purl or ''} {' '.join(one.licences)}".casefold()
    return asked in told and (not only or bool(line.open) or line.settled > 0)


# --- one advisory -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Touched:
    """A component of a release that an advisory speaks of, with how the product comes to use it."""

    release: Record
    match: Match
    way: tuple[str, ...]


@page
def advisory(request: HttpRequest, code: str, name: str, position: int | None = None) -> HttpResponse:
    """Give what an advisory, by any of its names, touches in the newest releases, and what was said of it."""
    moment = of_product(code, position)
    called = name[:100].casefold()
    touched = [
        one
        for row in gate.releases(moment)[:RELEASES]
        for bill in bills_of(moment, row)
        for one in _touched(bill, row, called)
    ]
    words, dossier = Words(moment), _dossier(moment)
    names = dict.fromkeys(one for each in touched for one in (each.match.advisory, *each.match.aliases))
    wanted = {called, *(one.casefold() for one in names)}
    said: list[Item[Any]] = [
        one
        for one in dossier.all(Exploitability)
        if wanted & {told.casefold() for told in (one.content.advisory_id, *one.content.aliases)}
    ]
    words.know(one.id for one in said)
    first = touched[0].match if touched else None
    return shown(
        request,
        "advisory",
        framed(moment, "components"),
        words,
        name=name[:100],
        names=[one for one in names if one.casefold() != called],
        touched=touched,
        first=first,
        rated=severity_of(first.severity) if first is not None and first.severity else None,
        waits=not said or any(one.content.status == "under-investigation" for one in said),
        said=said,
    )


def _touched(bill: Bill, row: Record, called: str) -> Iterator[Touched]:
    ways: Mapping[str, tuple[str, ...]] | None = None
    for match in bill.matches.matches if bill.matches is not None else ():
        if called in {one.casefold() for one in (match.advisory, *match.aliases)}:
            ways = ways_of(bill.item.content.document.digest or "") if ways is None else ways
            yield Touched(row, match, ways.get(match.component, ()))
