"""The components of a bill as a tree of what depends on what: each in full once, and circles told where they close."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from asepsis.exchange.bill import Bill
from asepsis.exchange.bill_writing import direct, downward

MOST_DEPTH = 40  # levels that are drawn inside one another; below, a branch goes on under a heading of its own


@dataclass(frozen=True, slots=True)
class Step:
    """One place in the tree, in the order of reading. `at` is the component's offset, `depth` counts from 0.

    `again` says that it stands in full elsewhere, `circle` that this is one of those above it.
    """

    at: int
    depth: int
    again: bool = False
    circle: bool = False


@dataclass(frozen=True, slots=True)
class Tree:
    """What hangs on the product; branches that go on deeper than is drawn; and what no way leads to."""

    rooted: tuple[Step, ...]
    deeper: tuple[tuple[Step, ...], ...]
    apart: tuple[Step, ...]

    def leading_to(self, wanted: Collection[int]) -> Tree:
        """Return only the ways to what is wanted."""
        deeper = (_leading_to(branch, wanted) for branch in self.deeper)
        return Tree(_leading_to(self.rooted, wanted), tuple(filter(None, deeper)), _leading_to(self.apart, wanted))


def _leading_to(steps: tuple[Step, ...], wanted: Collection[int]) -> tuple[Step, ...]:
    kept: list[Step] = []
    leads = -1  # the depth above which each step is one on a way to something that is kept
    for step in reversed(steps):
        if step.at in wanted or step.depth < leads:
            kept.append(step)
            leads = step.depth
    return tuple(reversed(kept))


def tree(bill: Bill) -> Tree:
    """Return the tree of a bill. Each component and each dependency is told once, so its length is that of the bill.

    Each stands in full where it is nearest to the product.
    """
    below = dict(downward(bill))
    roots = [at for at, one in enumerate(bill.fact.components) if one.place == "root"] or direct(bill)
    told: set[int] = set()
    home = _homes(roots, below)
    waiting: list[int] = []
    rooted = tuple(_walk(roots, below, told, waiting, home))
    deeper: list[tuple[Step, ...]] = []
    while waiting:
        deeper.append(tuple(_walk([waiting.pop(0)], below, told, waiting, home)))
    apart: list[Step] = []
    hanging = {child for parent, children in below.items() for child in children if child != parent}
    left = [at for at in range(len(bill.fact.components)) if at not in told]
    for at in sorted(left, key=lambda one: one in hanging):  # heads first; of a circle that has none, its first
        if at not in told:
            apart += _walk([at], below, told, waiting, {})
        while waiting:
            apart += _walk([waiting.pop(0)], below, told, waiting, {})
    return Tree(rooted, tuple(deeper), tuple(apart))


def _homes(roots: list[int], below: dict[int, list[int]]) -> dict[int, int]:
    """Return for each component that the product leads to the one that it stands under in full: on a shortest way."""
    home: dict[int, int] = dict.fromkeys(roots, -1)
    queue = deque(roots)
    while queue:
        at = queue.popleft()
        for child in below.get(at, ()):
            if child not in home:
                home[child] = at
                queue.append(child)
    return home


def _walk(
    roots: list[int], below: dict[int, list[int]], told: set[int], waiting: list[int], home: dict[int, int]
) -> Iterator[Step]:
    above: set[int] = set()
    stack: list[tuple[int, int, int]] = [(at, 0, -1) for at in reversed(roots)]
    while stack:
        at, depth, parent = stack.pop()
        if depth < 0:
            above.discard(at)
            continue
        is_home = parent == -1 or home.get(at, parent) == parent
        if at in told or not is_home:
            yield Step(at, depth, again=True, circle=at in above)
            continue
        children = below.get(at, [])
        if children and depth >= MOST_DEPTH:
            waiting.append(at)
            yield Step(at, depth, again=True)
            continue
        told.add(at)
        above.add(at)
        yield Step(at, depth)
        stack.append((at, -1, parent))
        stack += [(child, depth + 1, at) for child in reversed(children)]


def way_to(bill: Bill, at: int) -> tuple[int, ...]:
    """Return a shortest way from what the product uses itself to a component, that one last; empty where none leads to it."""
    if bill.depths[at] < 1:
        return ()
    way = [at]
    while bill.depths[way[-1]] > 1:
        way.append(next(one for one in bill.parents[way[-1]] if bill.depths[one] == bill.depths[way[-1]] - 1))
    return tuple(reversed(way))
