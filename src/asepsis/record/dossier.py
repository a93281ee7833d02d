"""The immutable view of one product's records and the organisation's at one position of the ledger."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from itertools import chain
from typing import Any, Generic, TypeVar, cast

import msgspec
import pydantic

from asepsis.record import collector
from asepsis.record.history import Head, History, Revision, Standing
from asepsis.record.kind import KINDS, IncompleteError, Kind, Ref, Reference, read_content, references

K = TypeVar("K", bound=Kind)
Turns = tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Item(Generic[K]):
    """One record as a check sees it: `content` is typed and never absent.

    `name` and `number` are those of the revision that `content` comes from; `at_head` says that it is the newest
    revision of a kind that warns, not the effective one.
    """

    id: str
    label: str
    kind: type[K]
    product: str | None
    name: str
    number: int
    head_state: Head
    standing: Standing
    content: K
    references: tuple[Reference, ...] = ()
    seen: int = 0
    at_head: bool = False

    @property
    def title(self) -> str:
        """Return what people call it."""
        return self.content.title


@dataclass(frozen=True, slots=True)
class Link:
    """One reference of one record, with what became of its target since somebody last looked."""

    source: Item[Any]
    field: str
    target: str
    names: bool
    broken: bool
    suspect: bool


@dataclass(frozen=True, slots=True)
class Stored:
    """One record as a source (store, bundle) gives it: the state of its chain, and the bytes of its values.

    `effective` and `head` are the canonical JSON of the values (without salt); `head` is absent where the head is the
    effective revision; either is absent where the content was erased or left out (`withheld`).
    """

    id: str
    label: str
    kind: str
    product: str | None
    head_state: Head
    head_name: str
    head_number: int
    effective_name: str | None = None
    effective_number: int = 0
    effective: bytes | None = None
    head: bytes | None = None
    turns: Turns = ()
    seen: int = 0
    looked: Mapping[str, int] = field(default_factory=dict)
    withheld: bool = False
    retired: bool = False  # of a withheld one: whether what stands in for its content says so

    @classmethod
    def of_history(cls, history: History, values: Mapping[str, bytes], retired: frozenset[str] = frozenset()) -> Stored:
        """Return a record as its chain tells it; `values` gives the canonical JSON of contents by digest.

        `retired` are the digests of contents that are not there and of which it is known that they retired.
        """
        head, effective = history.head, history.effective
        return cls(
            history.record,
            history.label,
            history.kind,
            history.product,
            history.head_state,
            head.name,
            head.number,
            effective.name if effective else None,
            effective.number if effective else 0,
            values.get(effective.content) if effective else None,
            None if effective is head else values.get(head.content),
            history.turns,
            history.seen,
            history.looked,
            withheld=effective is not None and effective.content not in values,
            retired=effective is not None and effective.content in retired,
        )


@dataclass(frozen=True, slots=True)
class Pending:
    """The newest revision of a record where it is not the effective one, or where nothing is effective yet."""

    id: str
    label: str
    kind: type[Kind]
    product: str | None
    state: Head
    name: str
    number: int
    value: bytes | None


class Dossier:
    """Every record of one product and of the organisation at `position`, with indexes both ways; it never changes.

    `history` gives the chain of one record when asked, `earlier` the canonical JSON of a content that was effective
    before, by its digest. `withheld` names the records whose content is not there; `hidden` are kinds of which more is not
    there that no line tells of.
    """

    def __init__(
        self,
        stored: Iterable[Stored],
        *,
        product: str | None,
        position: int,
        history: Callable[[str], History],
        earlier: Callable[[str], bytes | None] | None = None,
        hidden: Iterable[str] = (),
    ) -> None:
        self.product = product
        self.position = position
        self._history = history
        self._earlier = earlier
        self._items: dict[str, Item[Any]] = {}
        self._retired: dict[str, Item[Any]] = {}
        self._pending: dict[str, Pending] = {}
        self._labels: dict[str, str] = {}
        self._kind_names: dict[str, str] = {}
        self._turns: dict[str, Turns] = {}
        self._looked: dict[str, Mapping[str, int]] = {}
        self._lines: dict[str, str] = {}  # of what is not just effective; the others follow from their items
        self.withheld: set[str] = set()
        self._left_out = frozenset(hidden)
        with collector.making_what_stays():
            for one in stored:
                self._take(one)
            self._index()

    def _index(self) -> None:
        self._by_kind = _grouped(self._items.values())
        self._heads: dict[type[Kind], list[Pending]] = {}
        for pending in sorted(self._pending.values(), key=lambda one: label_key(one.label)):
            self._heads.setdefault(pending.kind, []).append(pending)

    def changed(
        self,
        stored: Iterable[Stored],
        *,
        position: int,
        history: Callable[[str], History],
        earlier: Callable[[str], bytes | None] | None = None,
        gone: Iterable[str] = (),
    ) -> Dossier:
        """Return the dossier at a later `position`, at which these records became others and all else is as it was.

        This one stays as it is. Records that are `gone` are not in the new one, as if they had never been.
        """
        new = copy(self)
        new.position, new._history, new._earlier = position, history, earlier or self._earlier
        for name in ("_items", "_retired", "_pending", "_labels", "_kind_names", "_turns", "_looked", "_lines"):
            setattr(new, name, dict(getattr(self, name)))
        new.withheld = set(self.withheld)
        for name, made in vars(Dossier).items():
            if isinstance(made, cached_property):
                new.__dict__.pop(name, None)  # worked out from what this one holds
        taken = list(stored)
        for record in (*gone, *(one.id for one in taken)):
            new._forget(record)
        for one in taken:
            new._take(one)
        new._index()
        return new

    def _forget(self, record: str) -> None:
        for known in (self._items, self._retired, self._pending, self._labels, self._kind_names, self._turns):
            known.pop(record, None)
        self._looked.pop(record, None)
        self._lines.pop(record, None)
        self.withheld.discard(record)

    def _take(self, stored: Stored) -> None:
        kind = KINDS[stored.kind]
        self._labels[stored.id], self._kind_names[stored.id] = stored.label, stored.kind
        if stored.withheld and not stored.retired:
            self.withheld.add(stored.id)
        standing = Standing.NONE
        if stored.effective_name is not None and stored.effective is not None:
            content = read_content(kind, stored.effective, stored.label)
            standing = Standing.EFFECTIVE if content.retired is None else Standing.RETIRED
            item: Item[Any] = Item(
                stored.id,
                stored.label,
                kind,
                stored.product,
                stored.effective_name,
                stored.effective_number,
                stored.head_state,
                standing,
                content,
                references(kind, msgspec.json.decode(stored.effective)),
                stored.seen,
            )
            (self._items if standing is Standing.EFFECTIVE else self._retired)[stored.id] = item
        elif stored.effective_name is not None:
            standing = Standing.RETIRED if stored.retired else Standing.EFFECTIVE
        if stored.head_name != stored.effective_name:
            self._pending[stored.id] = Pending(
                stored.id,
                stored.label,
                kind,
                stored.product,
                stored.head_state,
                stored.head_name,
                stored.head_number,
                stored.head,
            )
        self._turns[stored.id] = stored.turns
        if stored.looked:
            self._looked[stored.id] = stored.looked
        if stored.head_name != stored.effective_name or stored.effective is None:
            effective = stored.effective_name or "-"
            self._lines[stored.id] = _line(stored.id, effective, stored.head_name, stored.head_state, standing)

    def __len__(self) -> int:
        return len(self._labels)

    @property
    def hidden(self) -> frozenset[str]:
        """Return the names of the kinds of which something is withheld, left out or erased."""
        return self._left_out.union(self._kind_names[one] for one in self.withheld)

    @cached_property
    def digest(self) -> str:
        """Return the SHA-256 over the sorted lines `record effective-name|- head-name head-state standing`."""
        signed = (
            _line(one.id, one.name, one.name, one.head_state, one.standing)
            for one in chain(self._items.values(), self._retired.values())
            if one.id not in self._lines
        )
        return sha256("".join(sorted([*self._lines.values(), *signed])).encode("ascii")).hexdigest()

    # --- what counts ----------------------------------------------------------------------------------------------

    def get(self, ref: Ref[K] | str | None) -> Item[K] | None:
        """Return the record that `ref` names; `None` where it is not effective, is retired or is not there."""
        return self._items.get(ref) if ref is not None else None

    def all(self, kind: type[K]) -> tuple[Item[K], ...]:
        """Return the effective records of `kind`, retired ones left out, in the order of their labels."""
        return cast("tuple[Item[K], ...]", self._by_kind.get(kind, ()))

    def single(self, kind: type[K]) -> Item[K] | None:
        """Return the one record of a single kind that is in force: the product's, else the organisation's."""
        items = sorted(self.all(kind), key=lambda item: item.product is None)
        return items[0] if items else None

    def items(self) -> Iterator[Item[Any]]:
        """Yield every effective record, in the order of kinds and labels."""
        for kind in sorted(self._by_kind, key=lambda one: one.__name__):
            yield from self._by_kind[kind]

    def retired(self, kind: type[K] | None = None) -> tuple[Item[K], ...]:
        """Return the records that were retired, of `kind` or of all, in the order of their labels."""
        found = (item for item in self._retired.values() if kind is None or item.kind is kind)
        return tuple(sorted(found, key=lambda item: label_key(item.label)))

    @property
    def kinds(self) -> frozenset[type[Kind]]:
        """Return the kinds of which something is effective."""
        return frozenset(self._by_kind)

    # --- heads ----------------------------------------------------------------------------------------------------

    def pending(self, kind: type[Kind] | None = None) -> tuple[Pending, ...]:
        """Return the newest revisions that are not effective, in the order of their labels."""
        if kind is not None:
            return tuple(self._heads.get(kind, ()))
        return tuple(one for heads in self._heads.values() for one in heads)

    def head(self, record: str) -> Pending | None:
        """Return the newest revision of a record where it is not the effective one."""
        return self._pending.get(record)

    def warning_heads(self, kind: type[K]) -> Iterator[Item[K] | Pending]:
        """Yield each newest revision of `kind` that counts before it is effective.

        An `Item` where it reads as the kind; the `Pending` itself where it does not, which is a gap of its own.
        Withdrawn and rejected revisions count as well: nobody makes bad news go away by not signing it.
        """
        for pending in self._heads.get(kind, ()):
            if pending.value is None:
                yield pending
                continue
            try:
                content = kind.model_validate_json(pending.value)
            except pydantic.ValidationError:
                yield pending
                continue
            if kind.warning(content):
                yield self._newest(pending, kind, content)

    def submitted(self, kind: type[K]) -> Iterator[Item[K]]:
        """Yield each newest revision of `kind` that waits for signatures."""
        for pending in self._heads.get(kind, ()):
            if pending.state is Head.SUBMITTED and pending.value is not None:
                yield self._newest(pending, kind, read_content(kind, pending.value, pending.label))

    def _newest(self, pending: Pending, kind: type[K], content: K) -> Item[K]:
        return Item(
            pending.id,
            pending.label,
            kind,
            pending.product,
            pending.name,
            pending.number,
            pending.state,
            Standing.EFFECTIVE if pending.id in self._items else Standing.NONE,
            content,
            references(kind, msgspec.json.decode(pending.value or b"{}")),
            0,
            at_head=True,
        )

    # --- links ----------------------------------------------------------------------------------------------------

    def links(self, item: Item[Any]) -> Iterator[Link]:
        """Yield the references of `item`, each with whether its target is gone or has become another since."""
        looked = self._looked.get(item.id, {})
        for reference in item.references:
            target = reference.target
            broken = target not in self._items and target not in self.withheld
            since = max(item.seen, looked.get(target, 0))
            suspect = not reference.names and not broken and self._changed(target, since)
            yield Link(item, reference.field, target, reference.names, broken and not reference.names, suspect)

    def suspects(self, item: Item[Any]) -> tuple[Link, ...]:
        """Return the references of `item` whose target changed in what matters since its signers last looked."""
        return tuple(link for link in self.links(item) if link.suspect)

    def broken(self, item: Item[Any]) -> tuple[Link, ...]:
        """Return the references of `item` that it rests on and whose target is not effective or is retired."""
        if not item.at_head and item.id not in self._with_broken:
            return ()
        return tuple(link for link in self.links(item) if link.broken)

    def kinds_below(self, item: Item[Any]) -> frozenset[str]:
        """Return the names of the kinds that references of `item`, or of another of its kind, point to.

        `*` stands for what is not here. A record's newest revision is asked by itself: it is not among the effective.
        """
        if item.at_head:
            return frozenset(self._kind_names.get(one.target) or "*" for one in item.references)
        return self._kinds_below.get(item.kind, frozenset())

    @cached_property
    def _kinds_below(self) -> dict[type[Kind], frozenset[str]]:
        names = self._kind_names
        return {
            kind: frozenset([names.get(one.target) or "*" for item in items for one in item.references])
            for kind, items in self._by_kind.items()
        }

    @cached_property
    def _with_broken(self) -> frozenset[str]:
        """Return which effective records have a broken link: few, so that the many are not asked again and again."""
        there = self._items.keys() | self.withheld
        return frozenset(
            item.id
            for item in self._items.values()
            if any(not one.names and one.target not in there for one in item.references)
        )

    def sound(self, item: Item[Any], target: str) -> bool:
        """Return whether `item` refers to `target` by a link that is neither broken nor suspect."""
        return any(link.target == target and not (link.broken or link.suspect) for link in self.links(item))

    def _changed(self, target: str, since: int) -> bool:
        turns = self._turns.get(target, ())
        if not turns:
            return False
        before = bisect_left(turns, (since,))
        number = turns[before - 1][1] if before else 0
        return turns[-1][2] > number

    def back(self, target: Item[Any] | str, kind: type[K] | None = None) -> tuple[Item[K], ...]:
        """Return the effective records that refer to `target`, of `kind` or of all, in the order of their labels."""
        items = self._referring.get(target if isinstance(target, str) else target.id, ())
        return tuple([item for item in items if kind is None or item.kind is kind])

    @cached_property
    def _referring(self) -> dict[str, list[Item[Any]]]:
        referring: dict[str, list[Item[Any]]] = {}
        for item in self.items():
            for target in dict.fromkeys(reference.target for reference in item.references):
                referring.setdefault(target, []).append(item)
        return referring

    # --- the rest -------------------------------------------------------------------------------------------------

    def history(self, item: Item[Any] | str) -> History:
        """Return the chain of a record: revisions, authors, approvals, positions."""
        return self._history(item if isinstance(item, str) else item.id)

    def versions(self, item: Item[K]) -> Iterator[tuple[Revision, K | None]]:
        """Yield each revision of a record that became effective, oldest first, with its content.

        The content is `None` where it was erased or left out, or is of an older shape of the kind.
        """
        for revision in self.history(item).revisions:
            if revision.effective is not None:
                yield revision, item.content if revision.name == item.name else self._read_earlier(item, revision)

    def _read_earlier(self, item: Item[K], revision: Revision) -> K | None:
        value = self._earlier(revision.content) if self._earlier is not None else None
        try:
            return None if value is None else read_content(item.kind, value, item.label)
        except IncompleteError:
            return None

    def kind_of(self, record: str) -> str | None:
        """Return the name of a record's kind, whatever its state; `None` where it is not here."""
        return self._kind_names.get(record)

    def label(self, record: str) -> str | None:
        """Return how a record is called, whatever its state."""
        return self._labels.get(record)

    def labelled(self, label: str) -> str | None:
        """Return the id of the record that is called `label`."""
        return self._by_label.get(label)

    @cached_property
    def _by_label(self) -> dict[str, str]:
        return {label: record for record, label in self._labels.items()}


def _line(record: str, effective: str, head: str, state: Head, standing: Standing) -> str:
    """Return what the digest of a dossier says of one record."""
    return f"{record} {effective} {head} {state} {standing}\n"


def _grouped(items: Iterable[Item[Any]]) -> dict[type[Kind], tuple[Item[Any], ...]]:
    groups: dict[type[Kind], list[Item[Any]]] = {}
    for item in items:
        groups.setdefault(item.kind, []).append(item)
    return {kind: tuple(sorted(group, key=lambda item: label_key(item.label))) for kind, group in groups.items()}


_LABEL = re.compile(r"(.*?)(\d*)$")


def label_key(label: str) -> tuple[str, int, str]:
    """Return the key by which labels are sorted: by their words, then by their number."""
    words, number = _LABEL.fullmatch(label).groups()  # type: ignore[union-attr]  # it matches every text
    return words, int(number or 0), label


__all__ = ["Dossier", "IncompleteError", "Item", "Link", "Pending", "Stored", "Turns", "label_key"]
