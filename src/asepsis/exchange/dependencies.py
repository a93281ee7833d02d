"""Which thing of a bill depends on which, held as numbers so that a graph of a million edges stays small."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from itertools import accumulate, pairwise

UNREACHED = -1


class Links:
    """For each thing the things that it is linked to, as one array of numbers and where each one's begin."""

    __slots__ = ("starts", "targets")

    def __init__(self, starts: array[int], targets: array[int]) -> None:
        self.starts, self.targets = starts, targets

    @classmethod
    def of(cls, size: int, sources: array[int], targets: array[int]) -> Links:
        """Return the links of `size` things from pairs that stand in two arrays; each one's keep their order."""
        counts = array("I", bytes(4 * (size + 1)))
        for source in sources:
            counts[source + 1] += 1
        starts = array("I", accumulate(counts))
        free, sorted_ = array("I", starts), array("I", bytes(4 * len(targets)))
        for source, target in zip(sources, targets, strict=True):
            sorted_[free[source]] = target
            free[source] += 1
        return cls(starts, sorted_)

    def __getitem__(self, one: int) -> array[int]:
        return self.targets[self.starts[one] : self.starts[one + 1]]

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __iter__(self) -> Iterator[array[int]]:
        return (self.targets[start:end] for start, end in pairwise(self.starts))


class Dependencies:
    """A graph of dependencies in the making: references become numbers, in the order in which they are first named."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self._from, self._to = array("I"), array("I")
        self._told: set[int] = set()

    def __len__(self) -> int:
        return len(self._from)

    @property
    def is_told(self) -> bool:
        """Return whether anything at all was said, be it that something depends on nothing."""
        return bool(self._told)

    def number(self, ref: str) -> int:
        """Return the number of a reference."""
        return self.numbers.setdefault(ref, len(self.numbers))

    def begin(self, ref: str) -> bool:
        """Say that what `ref` depends on is told now; return whether that was said before."""
        before, number = len(self._told), self.number(ref)
        self._told.add(number)
        return len(self._told) == before

    def add(self, ref: str, on: str) -> None:
        """Say that `ref` depends on `on`."""
        numbers = self.numbers
        self._from.append(numbers.setdefault(ref, len(numbers)))
        self._to.append(numbers.setdefault(on, len(numbers)))

    def told_of(self, ref: str) -> bool:
        """Return whether the document says what `ref` depends on."""
        return self.numbers.get(ref) in self._told

    def downward(self) -> Links:
        """Return for each reference what it depends on."""
        return Links.of(len(self.numbers), self._from, self._to)

    def upward(self) -> Links:
        """Return for each reference what depends on it."""
        return Links.of(len(self.numbers), self._to, self._from)


def depths(start: int, downward: Links) -> array[int]:
    """Return how many steps each thing is away from `start`, at least; `UNREACHED` where no way leads to it."""
    found = array("i", [UNREACHED]) * len(downward)
    found[start] = 0
    level = [start]
    depth = 0
    while level:
        depth += 1
        next_level = []
        for one in level:
            for target in downward[one]:
                if found[target] == UNREACHED:
                    found[target] = depth
                    next_level.append(target)
        level = next_level
    return found


def circle(downward: Links) -> int | None:
    """Return a thing that lies on a circle of dependencies, or `None` when there is no circle.

    Things that nothing depends on are taken away until there are none; whatever is left has one left before it, so that
    going backwards ends in a circle.
    """
    incoming = array("I", bytes(4 * len(downward)))
    for target in downward.targets:
        incoming[target] += 1
    free = [one for one, count in enumerate(incoming) if count == 0]
    while free:
        for target in downward[free.pop()]:
            incoming[target] -= 1
            if incoming[target] == 0:
                free.append(target)
    left = {one for one, count in enumerate(incoming) if count}
    if not left:
        return None
    before = {target: one for one in sorted(left) for target in downward[one]}
    passed: set[int] = set()
    one = min(left)
    while one not in passed:
        passed.add(one)
        one = before[one]
    return one
