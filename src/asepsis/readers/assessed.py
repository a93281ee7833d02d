"""The assessments that were kept, held ready, and what of them may be told to a reader."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import islice
from typing import Any

from asepsis.clauses.catalogue import catalogue
from asepsis.conformance import moments
from asepsis.conformance.assessment import Assessment, DueDay, Note, digest
from asepsis.conformance.board import Board, board
from asepsis.readers import visible
from asepsis.readers.called import WITHHELD, called
from asepsis.readers.findings import Findings
from asepsis.record.collector import resting
from asepsis.sentences import is_named, listed, plain
from asepsis.store import queries
from asepsis.store.models import Assessed

HELD = 4  # assessments that are held ready: those of now and of the baselines looked at last
RESTS_ON_WITHHELD = "This rests on something withheld."


@dataclass(frozen=True)
class Kept:
    """An assessment that was kept, with its board and the digest of its document."""

    assessment: Assessment
    board: Board
    digest: str
    _findings: dict[str, Findings] = field(default_factory=dict)

    def findings(self, clause: str) -> Findings:
        """Return what was found for one clause, gathered when it is first asked for."""
        if clause not in self._findings:
            self._findings[clause] = Findings(self.assessment, clause)
        return self._findings[clause]


def kept(product: str, release: str | None = None, position: int | None = None) -> Kept | None:
    """Return the newest assessment of a product that was kept; `position` asks for that of a baseline."""
    newest = Assessed.objects.filter(product=product).order_by("-id").values_list("id", flat=True).first()
    if newest is None:
        return None
    return _held(str(queries.home()), newest, product, release, position)


@lru_cache(maxsize=HELD)
def _held(home: str, newest: int, product: str, release: str | None, position: int | None) -> Kept | None:
    """Return an assessment that was kept: read once for all who ask until another is kept (`newest`)."""
    found = moments.kept_with_digest(product, release, position)
    return _drawn(*found) if found is not None else None


def of(assessment: Assessment) -> Kept:
    """Return an assessment with what is worked out of it once."""
    return _drawn(assessment, digest(assessment))


def _drawn(assessment: Assessment, named: str) -> Kept:
    with resting():
        return Kept(assessment, board(assessment, catalogue(assessment.edition)), named)


class Teller:
    """Tells findings to who reads: people by name, and of what is withheld no more than that it is there."""

    @cached_property
    def withheld(self) -> frozenset[str]:
        """Return the records that may not be shown."""
        return frozenset(visible.all_withheld())

    def note(self, note: Note) -> dict[str, Any]:
        """Return a finding as a plain JSON value."""
        hidden = note.about.id in self.withheld
        return {
            "check": note.check,
            "about": WITHHELD if hidden else note.about.label,
            "what": RESTS_ON_WITHHELD if hidden else note.said.text(self.shown),
            "next": None if hidden else note.said.next(self.shown),
            "owner": None if hidden else self.shown(note.owner),
            "due": None if hidden else note.due,
            "urgent": note.urgent,
        }

    def notes(self, notes: tuple[Note, ...], most: int) -> list[dict[str, Any]]:
        """Return findings as plain values, of those that may be told the first `most`.

        Several that rest on something withheld are one, so that none is counted.
        """
        shown = [self.note(one) for one in islice((one for one in notes if one.about.id not in self.withheld), most)]
        hidden = next((one for one in notes if one.about.id in self.withheld), None)
        return [*shown, self.note(hidden) | {"check": "", "urgent": False}] if hidden else shown

    def due(self, due: DueDay) -> dict[str, Any]:
        """Return what is due as a plain value."""
        return {
            "about": due.about.label,
            "what": due.said.text(self.shown),
            "day": due.day,
            "at": due.at,
            "owner": self.shown(due.owner),
            "urgent": due.urgent,
        }

    def shown(self, value: Any) -> str:
        """Return one argument of a sentence as its reader may know it."""
        match value:
            case str():
                return self._called(value)
            case list() | tuple():
                return listed([self.shown(one) for one in value])
            case _ if is_named(value):
                return WITHHELD if value.id in self.withheld else value.label
            case _:
                return plain(value)

    def _called(self, text: str) -> str:
        if text not in self._names:
            self._names[text] = called(text)
        return self._names[text]

    @cached_property
    def _names(self) -> dict[str, str]:
        return {}
