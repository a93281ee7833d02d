"""The board: the life cycle as one picture, and the fewest acts that would close the most."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from asepsis.conformance.assessment import Note
from asepsis.conformance.board import Lane, Tile
from asepsis.readers import visible
from asepsis.record.verdict import Verdict
from asepsis.store import queries
from asepsis.web import verdicts as verdicts_of
from asepsis.web.moment import Moment, of_product
from asepsis.web.page import framed, page, shown
from asepsis.web.verdicts import Verdicts, of_moment
from asepsis.web.words import Words

ROW = 8  # tiles that stand beside each other
BROKEN_AT = 6  # tiles in the first row of a sub-clause that does not fit one
ACTS = 7
PAGE_OF_ACTS = 100


@page
def products(request: HttpRequest) -> HttpResponse:
    """Give the products, or go to the board of the only one."""
    queries.ledger()
    found = list(visible.products().order_by("code")[:200])
    if len(found) == 1 and "all" not in request.GET:
        return HttpResponseRedirect(f"/p/{found[0].code}/")
    moments = [Moment(one, queries.ledger()) for one in found]
    boards = [of_moment(one) for one in moments]
    frame = framed(Moment(None, queries.ledger()), "products")
    return shown(request, "products", frame, Words(frame.moment), boards=boards)


@page
def board(request: HttpRequest, code: str, position: int | None = None) -> HttpResponse:
    """Give the board of a product."""
    moment = of_product(code, position)
    verdicts = of_moment(moment)
    frame = framed(moment, "board", verdicts=verdicts, wide=True)
    words = Words(moment)
    if verdicts.board is None:
        return shown(request, "unassessed", frame, words, title=moment.product.name if moment.product else "")
    acts, since = verdicts.acts, changed(verdicts)
    words.know_notes(act.note for act in acts[:ACTS])
    moved = frozenset(one.tile.clause for one in since.found) if since else frozenset()
    return shown(
        request,
        "board",
        frame,
        words,
        title=title(verdicts),
        counts=counts(verdicts),
        bands=bands(verdicts, moved),
        acts=acts[:ACTS],
        all_acts=len(acts),
        awaited=verdicts.board.awaited,
        changed=since,
    )


@page
def acts(request: HttpRequest, code: str, position: int | None = None) -> HttpResponse:
    """Give the acts, the most urgent and the most helpful first, a hundred at a time; `?from=` says after how many."""
    moment = of_product(code, position)
    verdicts = of_moment(moment)
    frame = framed(moment, "acts", verdicts=verdicts, wide=True)
    words = Words(moment)
    if verdicts.board is None:
        return shown(request, "unassessed", frame, words, title="Acts")
    before = _whole(request.GET.get("from", ""))
    found = verdicts.acts[before : before + PAGE_OF_ACTS]
    words.know_notes(act.note for act in found)
    left = max(0, len(verdicts.acts) - before - len(found))
    return shown(request, "acts", frame, words, acts=found, before=before, left=left, following=before + len(found))


def _whole(text: str) -> int:
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 10 else 0


def title(verdicts: Verdicts) -> str:
    """Return what the board is of: the product, with the version looked at."""
    assessment = verdicts.assessment
    if assessment is None:
        return ""
    return f"{assessment.product_name} {assessment.release.version if assessment.release else ''}".strip()


@dataclass(frozen=True, slots=True)
class Count:
    """How many clauses got a verdict; `urgent` counts those of the gaps at which patients or a deadline are at stake."""

    verdict: Verdict
    many: int
    words: str
    urgent: bool = False


def counts(verdicts: Verdicts) -> list[Count]:
    """Return how many clauses there are of each verdict, in the order in which people ask."""
    if verdicts.board is None:
        return []
    found = verdicts.board.counts
    urgent = sum(is_urgent(verdicts, tile) for lane in verdicts.board.lanes for tile in lane.tiles)
    gaps, unknown = found[Verdict.GAP], found[Verdict.UNKNOWN]
    told = [Count(Verdict.MET, found[Verdict.MET], "met"), Count(Verdict.GAP, gaps, "gap" if gaps == 1 else "gaps")]
    if urgent:
        told.append(Count(Verdict.GAP, urgent, "of them urgent", urgent=True))
    told.append(Count(Verdict.UNKNOWN, unknown, "unknown"))
    if found[Verdict.NOT_APPLICABLE]:
        told.append(Count(Verdict.NOT_APPLICABLE, found[Verdict.NOT_APPLICABLE], "not applicable"))
    if found[Verdict.NOT_ASKED]:
        told.append(Count(Verdict.NOT_ASKED, found[Verdict.NOT_ASKED], "not asked"))
    return told


# --- lanes ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Placed:
    """A tile in its place: whether it begins a row, and whether its verdict is another than before.

    `urgent` and `owner` are those of what may be told: a tile that rests on something withheld says no more than that.
    """

    tile: Tile
    first: bool
    changed: bool
    urgent: bool
    owner: str | None

    @property
    def look(self) -> str:
        """Return the classes that tint it."""
        names = [f"is-{self.tile.verdict}"]
        if self.tile.verdict is Verdict.GAP and self.urgent:
            names.append("is-urgent")
        return " ".join(names + ["first"] * self.first + ["changed"] * self.changed)


@dataclass(frozen=True, slots=True)
class Strip:
    """A lane with its tiles in rows."""

    lane: Lane
    tiles: tuple[Placed, ...]
    rows: int


def bands(verdicts: Verdicts, changed: frozenset[str]) -> list[list[Strip]]:
    """Return the lanes from top to bottom; two stand beside each other where both fit one row."""
    found: list[list[Strip]] = []
    for lane in verdicts.board.lanes if verdicts.board else ():
        strip = _strip(verdicts, lane, changed)
        before = found[-1] if found else []
        if (
            len(before) == 1
            and before[0].rows == strip.rows == 1
            and len(before[0].tiles) + 1 + len(strip.tiles) <= ROW
        ):
            before.append(strip)
        else:
            found.append([strip])
    return found


def is_urgent(verdicts: Verdicts, tile: Tile) -> bool:
    """Return whether patients or a deadline are at stake, as far as may be told."""
    return tile.urgent and any(note.urgent and verdicts.shows(note) for note in notes(tile))


def notes(tile: Tile) -> Iterator[Note]:
    """Yield what was found about a clause."""
    for mark in tile.marks:
        yield from (*mark.gaps, *mark.unknowns)


def owner(verdicts: Verdicts, tile: Tile) -> str | None:
    """Return who owes the next step of a clause, as far as may be told."""
    if not verdicts.withheld:
        return tile.owner
    found = (note for note in notes(tile) if verdicts.shows(note))
    first = min(found, key=lambda note: (not note.urgent, note.due or "9"), default=None)
    return first.owner if first else None


def _strip(verdicts: Verdicts, lane: Lane, changed: frozenset[str]) -> Strip:
    rows: list[list[Tile]] = [[]]
    for group in _groups(lane):
        if len(rows[-1]) + len(group) > ROW:
            rows.append([])
        rows[-1] += group
    placed = tuple(
        Placed(
            tile,
            bool(at) and tile is row[0],
            tile.clause in changed,
            is_urgent(verdicts, tile),
            owner(verdicts, tile) if tile.verdict is not Verdict.MET else None,
        )
        for at, row in enumerate(rows)
        for tile in row
    )
    return Strip(lane, placed, len(rows))


def _groups(lane: Lane) -> Iterator[list[Tile]]:
    """Yield the tiles of each sub-clause; those that do not fit one row in two parts."""
    for _, group in groupby(lane.tiles, key=lambda tile: tile.clause.split(".")[:2]):
        tiles = list(group)
        if len(tiles) > ROW:
            yield tiles[:BROKEN_AT]
            yield tiles[BROKEN_AT:]
        else:
            yield tiles


# --- what changed -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Change:
    """A clause whose verdict is another than it was."""

    tile: Tile
    before: Verdict


@dataclass(frozen=True, slots=True)
class Changes:
    """Which clauses changed since the newest baseline that was assessed."""

    since: str
    version: str
    found: tuple[Change, ...]


def changed(verdicts: Verdicts) -> Changes | None:
    """Return what changed since the newest assessed baseline before this moment; `None` where there is none."""
    before = verdicts_of.earlier(verdicts)
    if before is None or before.assessment is None or verdicts.board is None or before.moment.mark is None:
        return None
    then = {one.id: one.verdict for one in before.assessment.clauses}
    tiles = [tile for lane in verdicts.board.lanes for tile in lane.tiles]
    found = tuple(
        Change(tile, then[tile.clause]) for tile in tiles if then.get(tile.clause, tile.verdict) != tile.verdict
    )
    mark = before.moment.mark
    return Changes(mark.words, mark.version or mark.day, found)
