"""The records that links lead to from one, level by level, each once, as far as the reader may see them."""

from __future__ import annotations

from collections.abc import Iterable

from asepsis.readers import visible
from asepsis.store.models import Link

REACHED = 240  # records of one chain, and of a trace each way
LEVELS = 12  # links that are followed


def reached(record: str, *, down: bool, only: Iterable[str] | None = None) -> list[str]:
    """Return the ids that links lead to from a record, nearest first; `only` names the kinds that are passed through."""
    wanted = frozenset(only) if only is not None else None
    seen, frontier = {record: None}, [record]
    for _ in range(LEVELS):
        if not frontier or len(seen) > REACHED:
            break
        frontier = _next(frontier, seen, wanted, down=down)
        seen |= dict.fromkeys(frontier)
    return [one for one in seen if one != record][:REACHED]


def _next(frontier: list[str], seen: dict[str, None], wanted: frozenset[str] | None, *, down: bool) -> list[str]:
    here, there = ("source", "target") if down else ("target", "source")
    links = Link.objects.filter(**{f"{here}__in": frontier[:400]}, effective=True).values_list(there, flat=True)
    found = [one for one in dict.fromkeys(links[: REACHED * 4]) if one not in seen]
    if wanted is None:
        return found[:REACHED]
    rows = visible.by_id(found)
    return [one for one in found if one in rows and rows[one].kind in wanted][:REACHED]
