"""The records that links lead to from one, level by level, each once, as far as the reader may see them."""

from __future__ import annotations

from collections.abc import Iterable

from asepsis.readers import visible
from asepsis.store.models import Link
from asepsis.store.rows import in_parts

REACHED = 240  # records of one chain, and of a trace each way
LEVELS = 12  # links that are followed


def reached(*records: str, down: bool, only: Iterable[str] | None = None) -> list[str]:
    """Return the ids that links lead to from some records, nearest first; `only` names the kinds that are passed through."""
    wanted = frozenset(only) if only is not None else None
    seen, frontier = dict.fromkeys(records), list(records)
    for _ in range(LEVELS):
        if not frontier or len(seen) > REACHED:
            break
        frontier = _next(frontier, seen, wanted, down=down)
        seen |= dict.fromkeys(frontier)
    return [one for one in seen if one not in records][:REACHED]


def _next(frontier: list[str], seen: dict[str, None], wanted: frozenset[str] | None, *, down: bool) -> list[str]:
    here, there = ("source", "target") if down else ("target", "source")
    links = Link.objects.filter(**{f"{here}__in": frontier[:400]}, effective=True).values_list(there, flat=True)
    found = [one for one in dict.fromkeys(links[: REACHED * 4]) if one not in seen]
    if wanted is None:
        return found[:REACHED]
    passed = {
        one
        for part in in_parts(found)
        for one in visible.records().filter(pk__in=part, kind__in=wanted).values_list("pk", flat=True)
    }
    return [one for one in found if one in passed][:REACHED]
