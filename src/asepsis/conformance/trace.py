"""The trace: what a record rests on and what hangs on it, and the chain from security context to advisory."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from asepsis.errors import RefusedError
from asepsis.record.dossier import Dossier, Item
from asepsis.sentences import Sentence

CHAIN: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Context", ("SecurityContext",)),
    ("Asset", ("Asset",)),
    ("Element", ("Element",)),
    ("Threat", ("Threat",)),
    ("Risk", ("Risk",)),
    ("Control", ("Control",)),
    ("Requirement", ("Requirement",)),
    ("Design", ("DesignElement", "Interface")),
    ("Test", ("TestCase",)),
    ("Run", ("TestRun",)),
    ("Finding", ("Finding",)),
    ("Decision", ("Decision",)),
    ("Change", ("ChangeRequest",)),
    ("Release", ("Release",)),
    ("Update", ("Update",)),
    ("Notice", ("Notice", "Advisory")),
)
BESIDE: tuple[str, ...] = ("BillOfMaterials", "Exploitability", "Vulnerability")


class NotEffectiveError(RefusedError):
    """A record that is to be traced does not count yet, or no longer."""

    code = "trace-absent"
    sentence = Sentence("{record} is not effective, so nothing rests on it yet.", next="Have it signed.")


@dataclass(frozen=True, slots=True)
class Step:
    """One record on the way: how far from the start, by which field of which record, and whether that link holds."""

    item: Item[Any]
    distance: int
    through: Item[Any] | None
    field: str
    suspect: bool
    broken: bool = False


@dataclass(frozen=True, slots=True)
class Trace:
    """Both ways from one record: what it rests on, and what hangs on it; nearest first."""

    start: Item[Any]
    rests_on: tuple[Step, ...]
    hangs_on_it: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """One link of the chain with the records that stand in it."""

    title: str
    items: tuple[Item[Any], ...]


def trace(dossier: Dossier, start: Item[Any], most: int = 2_000) -> Trace:
    """Return what `start` rests on and what hangs on it, through every link, each record once, `most` of them each way."""
    return Trace(start, tuple(_walk(dossier, start, most, down=True)), tuple(_walk(dossier, start, most, down=False)))


def _walk(dossier: Dossier, start: Item[Any], most: int, *, down: bool) -> Iterator[Step]:
    seen = {start.id}
    waiting: deque[tuple[Item[Any], int]] = deque([(start, 0)])
    while waiting and len(seen) <= most:
        at, distance = waiting.popleft()
        for other, field, suspect in _neighbours(dossier, at, down=down):
            if other.id in seen:
                continue
            seen.add(other.id)
            waiting.append((other, distance + 1))
            yield Step(other, distance + 1, at, field, suspect)


def _neighbours(dossier: Dossier, item: Item[Any], *, down: bool) -> Iterator[tuple[Item[Any], str, bool]]:
    if down:
        for link in dossier.links(item):
            target: Item[Any] | None = dossier.get(link.target)
            if target is not None:
                yield target, link.field, link.suspect
        return
    referring: tuple[Item[Any], ...] = dossier.back(item)
    for other in referring:
        for link in dossier.links(other):
            if link.target == item.id:
                yield other, link.field, link.suspect
                break


def chain(dossier: Dossier) -> tuple[Column, ...]:
    """Return the chain from security context to notice as columns; an empty one is a hole, and stays."""
    by_name: dict[str, list[Item[Any]]] = {}
    for item in dossier.items():
        by_name.setdefault(item.kind.__name__, []).append(item)
    return tuple(
        Column(title, tuple(item for name in names for item in by_name.get(name, ()))) for title, names in CHAIN
    )
