"""A bill of materials in the making: what every format's reader finds, put together in one way."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Literal, NamedTuple

import msgspec

from asepsis.exchange.dependencies import UNREACHED, Dependencies, Links, circle, depths
from asepsis.exchange.facts import Component, Components
from asepsis.exchange.instants import written_instant
from asepsis.exchange.purl import Purl, PurlError, parse
from asepsis.exchange.source import Reading, Source, Tally, UnreadableError
from asepsis.sentences import Sentence

Place = Literal["root", "direct", "transitive", "unplaced"]


class UnreadableBomError(UnreadableError):
    """A file is not a bill of materials in any format that is read here."""

    code = "bom-unreadable"
    sentence = Sentence(
        "{source} cannot be read as a bill of materials: {reason}.",
        next="Export it again as CycloneDX 1.0 to 1.7 or SPDX 2.2, 2.3 or 3.0, or give a lock file as its tool writes it.",
    )


NO_NAME = Sentence("it has no name")
NO_PURL = Sentence("its purl '{purl}' is no package URL, since {reason}, so it counts as having none")
NO_TARGET = Sentence("nothing in the document has this reference, though dependencies name it")
NO_ROOT = Sentence("There is no product with a reference in {where}, so no component has a place.")
NO_GRAPH = Sentence("The document lists no dependencies, so no component has a place.")
DOUBLE_REF = Sentence("The reference '{ref}' is given to more than one component; each has the place of all.")
DOUBLE_DEPENDENCY = Sentence("The dependencies of '{ref}' stand in more than one entry; they were taken together.")
CIRCLE = Sentence("The dependencies go round in a circle, '{ref}' on it; each component has its shortest place.")
NO_DAY = Sentence("the end of support '{text}' is no date")
NO_MOMENT = Sentence("The timestamp '{text}' is no date and time, so the bill has none.")
NO_OFFSET = Sentence("The timestamp '{text}' does not say its offset; it was taken as UTC.")


class Detail(NamedTuple):
    """What a bill says of a component, or of its product, beyond what the facts keep."""

    contact: str | None = None  # an email or web address of who made it
    filename: str | None = None
    kinds: frozenset[str] = frozenset()  # which of executable, archive and structured it says, either way
    source_url: str | None = None
    source_hash: str | None = None
    file_url: str | None = None
    file_hashes: tuple[tuple[str, str], ...] = ()


NO_DETAIL = Detail()


@dataclass(frozen=True, slots=True)
class Bill(Reading[Components]):
    """A bill as read: the facts and their receipt, and what only the document itself tells.

    `depths` gives for each component how many steps it is away from the product, -1 where no way leads to it; `parents`
    the components that depend on it, as offsets into the facts; `tells` whether the document says what it depends on,
    be it nothing. `details` hold by offset what there is beyond the facts, `contact` an address of who made the bill.
    `itself` is the product that the bill is about, `itself_detail` what there is beyond.
    """

    depths: array[int]
    parents: Links
    tells: bytearray
    details: Mapping[int, Detail]
    itself: Component | None = None
    itself_detail: Detail = NO_DETAIL
    contact: str | None = None


_SHARED = ("type", "version", "supplier", "licences")


class Assembly:
    """Takes what a reader finds, in any order but for components, and puts the bill together.

    `root` is the reference of the product that the bill is about; `where` names the place in which it is looked for.
    """

    def __init__(self, tally: Tally, where: str) -> None:
        self.tally, self.where = tally, where
        self.root: str | None = None
        self.details: dict[int, Detail] = {}
        self._components: list[Component] = []
        self._shared: dict[Any, Any] = {}  # values that many components have, each kept once
        self._known: set[str] = set()
        self._graph = Dependencies()

    def add(
        self,
        name: str | None,
        *,
        called: str | None = None,
        purl: str | None = None,
        ref: str | None = None,
        detail: Detail = NO_DETAIL,
        **said: Any,
    ) -> bool:
        """Take a component and say whether it was taken: one without a name is not, and is told as `called`.

        `said` are further fields of `Component`. A purl that cannot be read is left out.
        """
        if name is None:
            self.tally.leave(ref or called or "a component", NO_NAME.said())
            return False
        if purl is not None and isinstance(problem := purl_read(purl), str):
            self.tally.leave(f"the purl of {name}", NO_PURL.said(purl=purl, reason=problem))
            purl = None
        if ref is not None:
            ref = purl if ref == purl else ref
            if ref in self._known:
                self.tally.note(DOUBLE_REF.said(ref=ref))
            self._known.add(ref)
            self._graph.number(ref)
        if detail is not NO_DETAIL:
            self.details[len(self._components)] = detail
        share = self._shared.setdefault
        for key in _SHARED:
            if (value := said.get(key)) is not None:
                said[key] = share(value, value)
        self._components.append(Component(name=name, purl=purl, ref=ref, **said))
        return True

    def __len__(self) -> int:
        return len(self._components)

    def take_out(self, ref: str | None) -> tuple[Component | None, Detail]:
        """Return the component of a reference, which is the product itself and is listed no longer, and its detail."""
        at = next((at for at, one in enumerate(self._components) if one.ref == ref), None) if ref else None
        if at is None:
            return None, NO_DETAIL
        detail = self.details.pop(at, NO_DETAIL)
        self.details = {offset - (offset > at): one for offset, one in self.details.items()}
        return self._components.pop(at), detail

    def know(self, ref: str) -> None:
        """Take a reference that dependencies may name though it is no component: a service, a file."""
        self._known.add(ref)

    def depends(self, ref: str, on: Iterable[str]) -> None:
        """Say that `ref` depends on each of `on`, which may be none. Saying it twice for one is told."""
        if self._graph.begin(ref):
            self.tally.note(DOUBLE_DEPENDENCY.said(ref=ref))
        for one in on:
            self._graph.add(ref, one)

    def tells(self, ref: str) -> None:
        """Say that all that `ref` depends on is told, be it nothing."""
        self._graph.begin(ref)

    def joins(self, ref: str, on: str) -> None:
        """Say that `ref` depends on `on`, in a format that says so one by one."""
        self._graph.begin(ref)
        self._graph.add(ref, on)

    def bill(
        self,
        source: Source,
        *,
        itself: Component | None = None,
        itself_detail: Detail = NO_DETAIL,
        contact: str | None = None,
        **about: Any,
    ) -> Bill:
        """Return the bill about `itself`; `about` are the further fields of `Components`."""
        graph = self._graph
        self._tell_missing()
        downward = graph.downward()
        if (found := circle(downward)) is not None:
            self.tally.note(CIRCLE.said(ref=_nth(graph.numbers, found)))
        numbers = [UNREACHED if one.ref is None else graph.numbers[one.ref] for one in self._components]
        reached = self._placed(numbers, downward)
        if itself is not None:
            about |= {"product": itself.name, "product_version": itself.version}
        fact = Components(components=tuple(self._components), **about)
        return Bill(
            fact,
            self.tally.receipt(source, "components", len(self._components)),
            depths=reached,
            parents=_parents(numbers, graph),
            tells=bytearray(one.ref is not None and graph.told_of(one.ref) for one in self._components),
            details=self.details,
            itself=itself,
            itself_detail=itself_detail,
            contact=contact,
        )

    def _tell_missing(self) -> None:
        for ref in self._graph.numbers:
            if ref not in self._known and ref != self.root:
                self.tally.leave(ref, NO_TARGET.said())

    def _placed(self, numbers: list[int], downward: Links) -> array[int]:
        """Give each component its place, and return how far each is from the product."""
        if self.root is None or not self._graph.is_told:
            self.tally.note(NO_ROOT.said(where=self.where) if self.root is None else NO_GRAPH.said())
            return array("i", [UNREACHED]) * len(numbers)
        start = self._graph.numbers.get(self.root)
        if start is None:
            return array("i", [UNREACHED]) * len(numbers)
        reached = depths(start, downward)
        found = array("i", (UNREACHED if number == UNREACHED else reached[number] for number in numbers))
        for component, depth in zip(self._components, found, strict=True):
            if depth != UNREACHED:
                msgspec.structs.force_setattr(component, "place", _place(depth))
        return found


def _place(depth: int) -> Place:
    return "root" if depth == 0 else "direct" if depth == 1 else "transitive"


def _nth(numbers: Mapping[str, int], wanted: int) -> str:
    return next(ref for ref, number in numbers.items() if number == wanted)


def _parents(numbers: list[int], graph: Dependencies) -> Links:
    """Return for each component the offsets of those that depend on it; of several with one reference, the first."""
    offsets = array("i", [UNREACHED]) * len(graph.numbers)
    for offset in range(len(numbers) - 1, -1, -1):
        if numbers[offset] != UNREACHED:
            offsets[numbers[offset]] = offset
    upward = graph.upward()
    starts, targets = array("I", [0]), array("I")
    for number in numbers:
        if number != UNREACHED:
            targets.extend(offset for parent in upward[number] if (offset := offsets[parent]) != UNREACHED)
        starts.append(len(targets))
    return Links(starts, targets)


@lru_cache(maxsize=16_384)
def purl_read(text: str) -> Purl | str:
    """Return the package URL that a text is, or the reason why it is none."""
    try:
        return parse(text)
    except PurlError as problem:
        return str(dict(problem.said.arguments)["reason"])


_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def day_of(text: str | None, what: str, tally: Tally) -> str | None:
    """Return the day that an end of support names, with or without a time; `tally` is told where it names none."""
    if text is None:
        return None
    try:
        if text[10:11] in ("", "T") and _DAY.fullmatch(text[:10]):
            return date.fromisoformat(text[:10]).isoformat()
    except ValueError:
        pass
    tally.leave(what, NO_DAY.said(text=text))
    return None


def moment_of(text: str | None, tally: Tally) -> str | None:
    """Return the moment that a timestamp names, as facts write it; `tally` is told where it names none, or no offset."""
    if text is None:
        return None
    try:
        moment, has_offset = written_instant(text)
    except ValueError:
        tally.note(NO_MOMENT.said(text=text))
        return None
    if not has_offset:
        tally.note(NO_OFFSET.said(text=text))
    return moment
