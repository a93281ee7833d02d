"""The kinds of a process with how many records there are of each, and the pages that lead to them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse

from asepsis.clauses.catalogue import Process, catalogue
from asepsis.conformance.board import Lane, Tile
from asepsis.readers import visible
from asepsis.record.kind import KINDS, Kind
from asepsis.store.rows import select
from asepsis.web.board import is_urgent, owner
from asepsis.web.moment import Moment, of_organisation, of_product
from asepsis.web.page import framed, page, shown
from asepsis.web.verdicts import Verdicts, of_moment
from asepsis.web.words import Words

COUNTED = 1_000  # records of a kind that are counted; beyond, it is said that there are more
STATEMENTS = Process("statements", "Statements", "")  # about the catalogue itself: they belong to no process
_COUNT = "SELECT %s, COUNT(*) FROM (SELECT 1 FROM store_record WHERE {} AND kind = %s AND {} LIMIT %s) AS found"


@dataclass(frozen=True, slots=True)
class Counted:
    """A kind with how many records there are of it; `None`: not counted, for the moment lies in the past."""

    kind: type[Kind]
    count: int | None

    @property
    def name(self) -> str:
        """Return the name of the kind."""
        return self.kind.__name__

    @property
    def is_about(self) -> str:
        """Return what the kind is, in its first sentence."""
        return " ".join((self.kind.__doc__ or "").split("\n\n")[0].split())

    @property
    def words(self) -> str:
        """Return the count in words."""
        if self.count is None:
            return ""
        return f"more than {COUNTED:,}" if self.count > COUNTED else f"{self.count:,}"


@page
def process(request: HttpRequest, code: str, name: str, position: int | None = None) -> HttpResponse:
    """Give a process: its clauses with their verdicts, and its kinds with how many records there are."""
    moment = of_product(code, position)
    found = next((one for one in (*catalogue().processes, STATEMENTS) if one.id == name), None)
    if found is None:
        raise Http404
    verdicts = of_moment(moment)
    lane: Lane | None = (
        next((one for one in verdicts.board.lanes if one.process == name), None) if verdicts.board else None
    )
    kinds = [kind for kind in KINDS.values() if kind.meta.process == name and kind.meta.of != "O"]
    common = [kind for kind in KINDS.values() if kind.meta.process == name and kind.meta.of != "P"]
    return shown(
        request,
        "process",
        framed(moment, name, verdicts=verdicts),
        Words(moment),
        process=found,
        lane=lane,
        tiles=[_told(verdicts, tile) for tile in lane.tiles] if lane else [],
        kinds=counted(moment, kinds),
        common=counted(Moment(None, moment.ledger), common),
    )


def _told(verdicts: Verdicts, tile: Tile) -> tuple[Tile, bool, str | None, int]:
    """Return a clause with whether it is urgent, who owes the next step and how many gaps there are, as may be told."""
    gaps = sum(verdicts.shows(note) for mark in tile.marks for note in mark.gaps)
    return tile, is_urgent(verdicts, tile), owner(verdicts, tile), gaps


@page
def organisation(request: HttpRequest) -> HttpResponse:
    """Give the kinds of which the organisation itself has records."""
    moment = of_organisation()
    names = [(one.id, one.name) for one in (*catalogue().processes, STATEMENTS)]
    found = counted(moment, [kind for kind in KINDS.values() if kind.meta.of != "P"])
    groups = [(title, [one for one in found if one.kind.meta.process == name]) for name, title in names]
    frame = framed(moment, "organisation")
    return shown(request, "organisation", frame, Words(moment), groups=[one for one in groups if one[1]])


def counted(moment: Moment, kinds: Iterable[type[Kind]]) -> list[Counted]:
    """Return each kind with how many records of the product (or the organisation) there are, in one question."""
    found = list(kinds)
    if moment.past or not found:
        return [Counted(kind, None) for kind in found]
    where = "product IS NULL" if moment.product is None else "product = %s"
    own = [] if moment.product is None else [moment.product.id]
    seen, of_reader = visible.condition()
    values = [value for kind in found for value in (kind.__name__, *own, kind.__name__, *of_reader, COUNTED + 1)]
    counts = dict(select(" UNION ALL ".join([_COUNT.format(where, seen)] * len(found)), values))
    return [Counted(kind, counts.get(kind.__name__, 0)) for kind in found]
