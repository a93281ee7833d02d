"""Links that are suspect or broken, found in the tables alone: no content is read, so that 100,000 records take seconds.

A dossier says the same of each of its links (`record.dossier.Dossier.links`); a test holds the two against each other.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from asepsis.record.dossier import label_key
from asepsis.store.rows import streamed

_EFFECTIVE = "r.standing = 'effective' AND (r.product IS NULL OR r.product = %s)"


@dataclass(frozen=True, slots=True)
class Unsound:
    """One link that needs a look: of which record, in which field, to which record; and why.

    It is `broken` where its target is not effective. It is suspect where its target became another, from revision
    `before` (0: from nothing) to `after`, since somebody signed it or looked at it last.
    """

    source: str
    label: str
    title: str
    field: str
    target: str
    broken: bool
    before: int = 0
    after: int = 0


def unsound(product: str | None) -> list[Unsound]:
    """Return the suspect and the broken links of effective records: a product's (id) and the organisation's."""
    turns = dict(streamed(f"SELECT r.id, r.turns FROM store_record r WHERE {_EFFECTIVE}", [product]))
    links = streamed(
        "SELECT r.id, r.label, r.title, r.seen, r.looked, l.field, l.target FROM store_record r "
        f"JOIN store_link l ON l.source = r.id WHERE {_EFFECTIVE} AND l.effective AND NOT l.names",
        [product],
    )
    found: list[Unsound] = []
    for source, label, title, seen, looked, field, target in links:
        if target not in turns:
            found.append(Unsound(source, label, title, field, target, broken=True))
        elif (change := _change(turns, target, seen, looked)) is not None:
            found.append(Unsound(source, label, title, field, target, False, *change))
    return sorted(found, key=lambda one: (label_key(one.label), one.field, one.target))


def _change(written: Mapping[str, str], target: str, seen: int, looked: str) -> tuple[int, int] | None:
    """Return from which revision to which a target changed in what matters since its referrer last looked, if it did.

    `written` has, for each record, its turns as JSON: position, number of the revision, and of the last that mattered.
    """
    turns: list[tuple[int, int, int]] = msgspec.json.decode(written[target])
    if not turns or turns[-1][0] < seen:
        return None
    since = max(seen, msgspec.json.decode(looked).get(target, 0)) if looked else seen
    at = bisect_left(turns, [since])
    before = turns[at - 1][1] if at else 0
    _, number, material = turns[-1]
    return (before, number) if material > before else None
