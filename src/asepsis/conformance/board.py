"""The board: the life cycle as lanes of clauses, and the fewest acts that would close the most."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import msgspec

from asepsis.clauses.catalogue import Catalogue
from asepsis.conformance.assessment import Assessment, Note, ObligationVerdict
from asepsis.record.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Tile:
    """One clause on the board, with the obligations that count as small marks, and who owes the next step."""

    clause: str
    title: str
    short: str
    verdict: Verdict
    marks: tuple[ObligationVerdict, ...]
    urgent: bool = False
    owner: str | None = None

    @property
    def gaps(self) -> int:
        """Return how many gaps its obligations have."""
        return sum(len(mark.gaps) for mark in self.marks)


@dataclass(frozen=True, slots=True)
class Lane:
    """One process of the life cycle. `gaps` counts its clauses that have a gap."""

    process: str
    name: str
    number: str
    tiles: tuple[Tile, ...]

    @property
    def gaps(self) -> int:
        """Return how many of its clauses have a gap."""
        return sum(tile.verdict is Verdict.GAP for tile in self.tiles)

    @property
    def unknowns(self) -> int:
        """Return how many of its clauses are not known."""
        return sum(tile.verdict is Verdict.UNKNOWN for tile in self.tiles)


class Act(msgspec.Struct, gc=False):
    """One next step: what to do about which thing, who owes it, and the obligations that it would help to close.

    There may be a hundred thousand, which the collector need not look at: none holds another.
    """

    note: Note
    verdict: Verdict
    obligations: tuple[str, ...] = ()
    clauses: tuple[str, ...] = ()

    @property
    def urgent(self) -> bool:
        """Return whether patients or a deadline are at stake."""
        return self.note.urgent


@dataclass(frozen=True, slots=True)
class Board:
    """Where a product stands, as one picture."""

    lanes: tuple[Lane, ...]
    counts: dict[Verdict, int]
    urgent: int
    awaited: int
    acts: tuple[Act, ...]


def board(assessment: Assessment, catalogue: Catalogue) -> Board:
    """Return the board of an assessment: a lane for each process, a tile for each clause that asks something."""
    by_clause: dict[str, list[ObligationVerdict]] = {}
    for verdict in assessment.obligations:
        if verdict.counts:
            by_clause.setdefault(verdict.clause, []).append(verdict)
    verdicts = {one.id: one.verdict for one in assessment.clauses}
    lanes = []
    for process in catalogue.processes:
        tiles = tuple(
            _tile(clause.id, clause.title, clause.short, verdicts[clause.id], by_clause.get(clause.id, []))
            for clause in catalogue.clauses
            if clause.process == process.id and clause.decided_by is not None
        )
        lanes.append(Lane(process.id, process.name, process.clause, tiles))
    tiles = tuple(tile for lane in lanes for tile in lane.tiles)
    return Board(
        tuple(lanes),
        assessment.counted(),
        sum(tile.urgent for tile in tiles),
        len(assessment.awaited),
        acts(assessment),
    )


def _tile(clause: str, title: str, short: str, verdict: Verdict, marks: list[ObligationVerdict]) -> Tile:
    notes = [note for mark in marks for note in (*mark.gaps, *mark.unknowns)]
    urgent = any(note.urgent for note in notes)
    first = min(notes, key=lambda note: (not note.urgent, note.due or "9"), default=None)
    return Tile(clause, title, short, verdict, tuple(marks), urgent, first.owner if first else None)


@lru_cache(maxsize=4_096)
def _with(names: tuple[str, ...], name: str) -> tuple[str, ...]:
    """Return the names with one more, unless it is among them: few differ, so that equal ones are one."""
    return names if name in names else (*names, name)


def acts(assessment: Assessment) -> tuple[Act, ...]:
    """Return the next steps, those first that are urgent, then those that help the most clauses, then the earliest due.

    One step is one sentence about one thing, however many obligations and checks ask for it.
    """
    found: dict[tuple[str, str], Act] = {}
    alike: dict[tuple[str, bytes], Act] = {}  # the same finding for another obligation: its sentence is read once
    for verdict in assessment.obligations:
        if not verdict.counts:
            continue
        for kind, notes in ((Verdict.GAP, verdict.gaps), (Verdict.UNKNOWN, verdict.unknowns)):
            for note in notes:
                if not note.check:
                    continue  # what reads the verdicts of others closes with them
                same = note.about.id, bytes(note.told)
                if (act := alike.get(same)) is None:
                    act = found.setdefault((note.about.id, note.said.next() or ""), Act(note, kind))
                    alike[same] = act
                act.obligations = _with(act.obligations, verdict.id)
                act.clauses = _with(act.clauses, verdict.clause)
    return tuple(
        sorted(
            found.values(),
            key=lambda act: (
                not act.urgent,
                act.verdict is not Verdict.GAP,
                -len(act.clauses),
                act.note.due or "9",
                act.note.check,
                act.note.about.label,
            ),
        )
    )
