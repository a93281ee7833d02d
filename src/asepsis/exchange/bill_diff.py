"""What changed between two bills: which components came, went, moved, or are another version of themselves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from asepsis.exchange.bill import Bill, purl_read
from asepsis.exchange.facts import Component
from asepsis.exchange.hashes import strongest
from asepsis.exchange.purl import Purl

What = Literal["version", "licence", "supplier", "hash", "moved", "support", "end_of_support", "category"]


@dataclass(frozen=True, slots=True)
class Changed:
    """A component that stands in both bills: what it is known by, and each thing that differs, as (what, before, after)."""

    identity: str
    before: Component
    after: Component
    differences: tuple[tuple[What, str | None, str | None], ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """Two bills side by side; each list is sorted by identity."""

    added: tuple[tuple[str, Component], ...]
    removed: tuple[tuple[str, Component], ...]
    changed: tuple[Changed, ...]
    unchanged: int

    @property
    def is_none(self) -> bool:
        """Return whether the two list the same."""
        return not (self.added or self.removed or self.changed)


def identity(component: Component) -> str:
    """Return what a component is known by whatever its version is: its package, else its CPE product, else its name.

    Qualifiers that make another package of it count: the architecture, classifier, distribution and type.
    """
    purl = purl_read(component.purl) if component.purl else None
    if isinstance(purl, Purl):
        kept = tuple((key, value) for key, value in purl.qualifiers if key in _QUALIFIERS)
        plain = Purl(purl.type, purl.namespace, purl.name, None, kept)
        return str(plain).casefold()
    if component.cpe:
        parts = component.cpe.removeprefix("cpe:2.3:").removeprefix("cpe:/").split(":")
        return ":".join(["cpe", *parts[:3]]).casefold()
    return component.name.casefold()


_QUALIFIERS = frozenset({"arch", "classifier", "distro", "type", "platform"})


def difference(before: Bill, after: Bill) -> Difference:
    """Return what changed from one bill to another.

    Where one identity stands several times, equal versions are paired first, then the rest in the order of the bills. A
    component moved where other components depend on it, by identity, or where it lies at another depth.
    """
    old, new = _by_identity(before), _by_identity(after)
    added, removed, changed, unchanged = [], [], [], 0
    for name in sorted(old.keys() | new.keys()):
        pairs, gone, come = _paired(old.get(name, []), new.get(name, []))
        removed += [(name, one.component) for one in gone]
        added += [(name, one.component) for one in come]
        for one, other in pairs:
            if differences := tuple(_differences(one, other)):
                changed.append(Changed(name, one.component, other.component, differences))
            else:
                unchanged += 1
    return Difference(tuple(added), tuple(removed), tuple(changed), unchanged)


@dataclass(frozen=True, slots=True)
class _Row:
    component: Component
    depth: int
    parents: frozenset[str]


def _by_identity(bill: Bill) -> dict[str, list[_Row]]:
    names = [identity(one) for one in bill.fact.components]
    found = defaultdict[str, list[_Row]](list)
    for at, component in enumerate(bill.fact.components):
        parents = frozenset(names[parent] for parent in bill.parents[at])
        found[names[at]].append(_Row(component, bill.depths[at], parents))
    return found


def _paired(old: list[_Row], new: list[_Row]) -> tuple[list[tuple[_Row, _Row]], list[_Row], list[_Row]]:
    """Return the pairs, what is left of the old and what is left of the new."""
    waiting = defaultdict[str | None, list[_Row]](list)
    for row in reversed(new):
        waiting[row.component.version].append(row)
    pairs, gone = [], []
    for row in old:
        if same := waiting[row.component.version]:
            pairs.append((row, same.pop()))
        else:
            gone.append(row)
    taken = {id(row) for _, row in pairs}
    come = [row for row in new if id(row) not in taken]
    both = min(len(gone), len(come))
    return [*pairs, *zip(gone[:both], come[:both], strict=True)], gone[both:], come[both:]


def _differences(one: _Row, other: _Row) -> Iterator[tuple[What, str | None, str | None]]:
    before, after = one.component, other.component
    said: tuple[tuple[What, str | None, str | None], ...] = (
        ("version", before.version, after.version),
        ("licence", ", ".join(before.licences) or None, ", ".join(after.licences) or None),
        ("supplier", before.supplier, after.supplier),
        ("support", before.support, after.support),
        ("end_of_support", before.end_of_support, after.end_of_support),
        ("category", before.category, after.category),
    )
    yield from (line for line in said if line[1] != line[2])
    if sorted(before.hashes) != sorted(after.hashes):
        yield "hash", strongest(before.hashes), strongest(after.hashes)
    if one.parents != other.parents or one.depth != other.depth:
        yield "moved", _told(one), _told(other)


def _told(row: _Row) -> str:
    under = f" under {', '.join(sorted(row.parents))}" if row.parents else ""
    return f"{row.component.place}{under}"
