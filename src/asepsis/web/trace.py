"""The trace: the chain from security context to notice as columns with its holes, and both ways from one record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse

from asepsis.conformance import trace as traces
from asepsis.conformance.assessment import Assessment, Note
from asepsis.readers import visible
from asepsis.readers.reach import REACHED, reached
from asepsis.record.dossier import Dossier, Item, label_key
from asepsis.record.kind import KINDS
from asepsis.record.verdict import Verdict
from asepsis.store import refusals
from asepsis.store.models import Link, Record
from asepsis.web import record as records
from asepsis.web import then
from asepsis.web.kinds import counted
from asepsis.web.moment import Moment, of_product
from asepsis.web.page import framed, page, shown
from asepsis.web.verdicts import Verdicts, of_moment
from asepsis.web.words import Words

SHOWN = 160  # records of the chain on one page
STARTS = 3  # threads begin at so many records where none is named
LOOKED_AT = 50  # records of a kind, the first, of which those begin threads to which something refers
BEGIN = ("Asset", "Element", "Threat", "SecurityContext", "Requirement", "Release")
_referring = Link.objects.filter(target=OuterRef("pk"), effective=True)
COLUMN = {kind: number for number, (_, kinds) in enumerate(traces.CHAIN) for kind in kinds}


# --- both ways from one record ----------------------------------------------------------------------------------------


@page
def of_a_record(request: HttpRequest, label: str, code: str | None = None, position: int | None = None) -> HttpResponse:
    """Give what a record rests on and what hangs on it, through every link."""
    sheet = records.of(label, code, position)
    down, up = reached(sheet.row.id, down=True), reached(sheet.row.id, down=False)
    dossier = then.dossier(sheet.moment, then.histories(sheet.moment, [sheet.row.id, *down, *up]))
    dossier.withheld |= visible.withheld([*down, *up])
    item: Item[Any] | None = dossier.get(sheet.row.id)
    found = traces.trace(dossier, item, REACHED) if item is not None else None
    sheet.words.know([*down, *up])
    return shown(
        request,
        "trace",
        framed(sheet.moment, records.process_of(sheet.kind)),
        sheet.words,
        sheet=sheet,
        row=sheet.row,
        trace=found,
        cut=len(down) >= REACHED or len(up) >= REACHED,
        chained=sheet.row.kind in COLUMN and sheet.moment.product is not None,
    )


# --- the chain --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Found:
    """A gap that was found about a record, for one obligation."""

    note: Note
    obligation: str


@dataclass
class Node:
    """A record in the chain, with those that follow it, and what was found about it."""

    item: Item[Any]
    column: int
    follow: list[Node] = field(default_factory=list)
    gaps: tuple[Found, ...] = ()
    picked: bool = False

    @property
    def rows(self) -> int:
        """Return how many rows it spans."""
        return max(1, sum(one.rows for one in self.follow))


@dataclass(frozen=True, slots=True)
class Cell:
    """One place of the chain: a record or nothing; it spans `rows`. A record about which a gap was found is a hole."""

    node: Node | None = None
    rows: int = 1
    joined: bool = False

    @property
    def hole(self) -> bool:
        """Return whether a gap was found about the record."""
        return self.node is not None and bool(self.node.gaps)

    @property
    def look(self) -> str:
        """Return the classes that draw it."""
        picked = self.node is not None and self.node.picked
        return " ".join(["gap"] * self.hole + ["picked"] * picked)


@dataclass(frozen=True, slots=True)
class Head:
    """One column: its title, how many records of it there are, and how many holes are shown."""

    title: str
    words: str
    kind: str
    holes: int


@page
def of_a_product(request: HttpRequest, code: str, position: int | None = None) -> HttpResponse:
    """Give the chain of a product, from the record that `?from=` names or from its first assets."""
    moment = of_product(code, position)
    verdicts = of_moment(moment)
    words = Words(moment)
    wanted = request.GET.get("from", "")
    starts = [_start(moment, wanted)] if wanted else begin(moment)
    around = _around(starts)
    dossier = then.dossier(moment, then.histories(moment, around[:SHOWN]))
    roots = forest(dossier, starts if wanted else [], gaps_of(verdicts, frozenset(one.id for one in dossier.items())))
    rows = [list(row) for root in roots for row in table(root)]
    words.know(one.id for one in dossier.items())
    return shown(
        request,
        "chain",
        framed(moment, "trace", verdicts=verdicts, wide=True),
        words,
        heads=heads(moment, rows),
        rows=rows,
        starts=starts,
        picked=bool(wanted),
        threads=len(rows),
        cut=len(around) > SHOWN,
        holes=sum(cell.hole for row in rows for cell in row),
    )


def _start(moment: Moment, label: str) -> Record:
    row = visible.record(label)
    if row.kind not in COLUMN or moment.product is None or row.product not in (None, moment.product.id):
        raise refusals.UnknownRecordError(record=label[:40])
    return row


def begin(moment: Moment) -> list[Record]:
    """Return the records that the chain begins with where none is named: the first of a kind that has any."""
    product = moment.product.id if moment.product else None
    for kind in BEGIN:
        found = visible.records().filter(product=product, kind=kind, standing="effective").order_by("number")
        first = list(found[:LOOKED_AT])
        linked = Record.objects.filter(pk__in=[row.id for row in first]).filter(Exists(_referring))
        begun = set(linked.values_list("pk", flat=True))
        if begun:
            return [row for row in first if row.id in begun][:STARTS]
    return []


def _around(starts: Iterable[Record]) -> list[str]:
    begun = [row.id for row in starts]
    up, down = (reached(*begun, down=way, only=COLUMN) for way in (False, True))
    return list(dict.fromkeys([*begun, *up, *down]))[: SHOWN + 1]


def gaps_of(verdicts: Verdicts, records: frozenset[str]) -> dict[str, tuple[Found, ...]]:
    """Return the gaps that were found about some records, by record."""
    if verdicts.assessment is None:
        return {}
    found = _gaps(_Same(verdicts.assessment))
    return {one: found[one] for one in records if one in found}


@dataclass(frozen=True, slots=True, eq=False)
class _Same:
    """An assessment as a key: the same one, not one that says the same; comparing two large ones takes too long."""

    assessment: Assessment

    def __hash__(self) -> int:
        return id(self.assessment)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.assessment is self.assessment


@lru_cache(maxsize=4)
def _gaps(of: _Same) -> dict[str, tuple[Found, ...]]:
    """Return all gaps that count in an assessment, by record: gone through once for all pages that show it."""
    found: dict[str, list[Found]] = {}
    for one in of.assessment.obligations:
        if one.counts and one.verdict is Verdict.GAP:
            for note in one.gaps:
                found.setdefault(note.about.id, []).append(Found(note, one.id))
    return {identity: tuple(held) for identity, held in found.items()}


def forest(dossier: Dossier, picked: Iterable[Record], gaps: dict[str, tuple[Found, ...]]) -> list[Node]:
    """Return the records as trees: each follows the one it is linked to in the nearest column before its own."""
    marked = {row.id for row in picked}
    nodes = {
        item.id: Node(item, COLUMN[item.kind.__name__], gaps=gaps.get(item.id, ()), picked=item.id in marked)
        for item in dossier.items()
        if item.kind.__name__ in COLUMN
    }
    beside: dict[str, set[str]] = {}
    for item in dossier.items():
        for link in dossier.links(item):
            if item.id in nodes and link.target in nodes:
                beside.setdefault(item.id, set()).add(link.target)
                beside.setdefault(link.target, set()).add(item.id)
    roots = []
    for node in sorted(nodes.values(), key=lambda one: (one.column, label_key(one.item.label))):
        before = [nodes[one] for one in beside.get(node.item.id, ()) if nodes[one].column < node.column]
        if before:
            max(before, key=lambda one: (one.column, label_key(one.item.label))).follow.append(node)
        elif node.item.id in beside or node.picked:
            roots.append(node)
    for root in roots:
        _pick(root)
    return roots


def _pick(node: Node) -> bool:
    """Mark the thread of a picked record: what leads to it. Return whether it goes through `node`."""
    within = [_pick(one) for one in node.follow]
    node.picked = node.picked or any(within)
    return node.picked


def table(root: Node) -> Iterator[list[Cell]]:
    """Yield the rows of a tree, from left to right; a cell that spans rows stands in the first of them alone."""
    yield from _rows(root, [Cell(rows=root.rows) for _ in range(root.column)], joined=False)


def _rows(node: Node, lead: list[Cell], *, joined: bool) -> Iterator[list[Cell]]:
    own = [*lead, Cell(node, node.rows, joined=joined)]
    if not node.follow:
        yield [*own, *(Cell() for _ in range(len(traces.CHAIN) - node.column - 1))]
        return
    for number, one in enumerate(sorted(node.follow, key=lambda one: (one.column, label_key(one.item.label)))):
        blanks = [Cell(rows=one.rows) for _ in range(one.column - node.column - 1)]
        yield from _rows(one, [*(own if not number else []), *blanks], joined=not blanks)


def heads(moment: Moment, rows: list[list[Cell]]) -> list[Head]:
    """Return the columns with how many records each has; one that is empty stays."""
    counts = {one.name: one for one in counted(moment, [KINDS[kind] for kind in COLUMN if kind in KINDS])}
    holes = [cell.node.column for row in rows for cell in row if cell.node is not None and cell.hole]
    found = []
    for number, (title, kinds) in enumerate(traces.CHAIN):
        known = [counts[kind].count for kind in kinds if kind in counts]
        told = "" if moment.past else f"{sum(count or 0 for count in known):,}"
        found.append(Head(title, told, kinds[0], holes.count(number)))
    return found
