"""Writing records the way people do, in one short line each: written, submitted, and signed by whom it takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from asepsis.example.cast import holders
from asepsis.example.chance import Chance
from asepsis.example.clock import Clock
from asepsis.exchange.facts import Fact, document_bytes
from asepsis.record.history import Head, History, unpack
from asepsis.record.kind import Kind, references
from asepsis.record.slots import Slot
from asepsis.store import acts, queries, withholding
from asepsis.store.acts import Hand
from asepsis.store.changes import Actor, Approve, Change, Receipt, Signed, Submit, TakeIn, Write

SIGNED = Signed("demonstration")
AUTHOR = {
    "quality": "eluned",
    "configuration": "minh",
    "risk": "aiko",
    "development": "aiko",
    "problems": "samira",
    "maintenance": "samira",
    "transition": "aiko",
    "statements": "eluned",
}  # who writes the records of a process, where the story names nobody


@dataclass(slots=True)
class Batch:
    """A record on its way: who writes it, what it says, and (for a revision) which head it goes on from.

    `among` withholds it from its first revision on from all but these and those who always see.
    """

    id: str
    kind: type[Kind]
    value: dict[str, Any]
    product: str | None
    by: str
    before: str | None = None
    among: tuple[str, ...] | None = None


@dataclass(slots=True)
class Writer:
    """The hands of the whole cast, and what they have written so far, by the names that the story gives it."""

    clock: Clock
    chance: Chance
    people: dict[str, str] = field(default_factory=dict)
    products: dict[str, str] = field(default_factory=dict)
    records: dict[str, str] = field(default_factory=dict)
    kinds: dict[str, type[Kind]] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)  # the product of each record that belongs to one
    product: str | None = None
    signed: dict[str, tuple[str, bytes, str]] = field(default_factory=dict)  # by digest: when, what, the signature
    assessments: dict[str, str] = field(default_factory=dict)  # by version: the digest of what its decision rests on
    baselines: dict[str, int] = field(default_factory=dict)  # by version: the position at which it went out
    gone: set[str] = field(default_factory=set)  # names of what was retired
    told: Callable[[], None] = lambda: None
    _batch: list[Batch] = field(default_factory=list)
    _files: list[bytes] = field(default_factory=list)

    # --- names ----------------------------------------------------------------------------------------------------

    def __call__(self, *names: str) -> Any:
        """Return the id of the record of a name; of several names, the list of their ids."""
        found = [self.records[name] for name in names]
        return found[0] if len(found) == 1 else found

    def all(self, names: Iterable[str]) -> list[str]:
        """Return the ids of the records of these names."""
        return [self.records[name] for name in names]

    def like(self, start: str) -> list[str]:
        """Return the ids of all records whose names begin so."""
        return [record for name, record in self.records.items() if name.startswith(start)]

    def of_kinds(self, *kinds: type[Kind]) -> list[str]:
        """Return the ids of all records of these kinds that were written so far for this product, or for all."""
        here = (None, self.product)
        return [one for one, kind in self.kinds.items() if kind in kinds and self.owners.get(one) in here]

    def who(self, *keys: str) -> Any:
        """Return the id of one of the cast; of several, the list of their ids."""
        found = [self.people[key] for key in keys]
        return found[0] if len(found) == 1 else found

    def hand(self, player: str) -> Hand:
        """Return the hand of one of the cast."""
        return Hand(Actor(self.people[player]), self.clock, self.chance.salt, self.chance.id)

    def go(self, day: str, at: str = "09:00") -> None:
        """Go on to a day."""
        self.clock.go(day, at)
        self.told()

    @contextmanager
    def on_product(self, code: str) -> Iterator[None]:
        """Write what follows for another product."""
        before, self.product = self.product, self.products[code]
        try:
            yield
        finally:
            self.product = before

    # --- evidence -------------------------------------------------------------------------------------------------

    def keep(self, data: bytes, shows: str, media_type: str) -> dict[str, Any]:
        """Return a file as evidence; it is stored with the next commit."""
        self._files.append(data)
        return {"digest": sha256(data).hexdigest(), "shows": shows, "media_type": media_type, "size": len(data)}

    def text(self, shows: str, *lines: str) -> dict[str, Any]:
        """Return a short written document as evidence."""
        body = "\n\n".join((f"# {shows}", *lines, f"Quillhaven Medical Software, {self.clock.day}."))
        return self.keep(f"{body}\n".encode(), shows, "text/markdown")

    # --- writing --------------------------------------------------------------------------------------------------

    def new(
        self, name: str, kind: type[Kind], /, *, by: str | None = None, org: bool = False,
        among: tuple[str, ...] | None = None, **value: Any,
    ) -> str:  # fmt: skip
        """Write a record down, to be submitted and signed with the others of this sitting. Returns its id.

        With `among`, only these of the cast, and those who always see, get to see it.
        """
        record = self.chance.id()
        if name in self.records:
            raise ValueError(f"the story has a record called {name} already")
        self.records[name], self.kinds[record] = record, kind
        product = None if org or kind.meta.of == "O" else self.product
        if product is not None:
            self.owners[record] = product
        seen_by = None if among is None else tuple(self.people[one] for one in among)
        self._batch.append(Batch(record, kind, _said(value), product, by or AUTHOR[kind.meta.process], among=seen_by))
        return record

    def take_over(self, by: str, records: Mapping[str, tuple[type[Kind], Mapping[str, Any]]]) -> None:
        """Take over, for the organisation, what was signed elsewhere before; quality signs the set for true copies."""
        files, self._files = self._files, []
        made = acts.take_over(self.hand(by), list(records.values()), None, files)
        for (name, (kind, _)), (record, label) in zip(records.items(), made, strict=True):
            self.records[name], self.kinds[record], self.labels[record] = record, kind, label
        self.approve([record for record, _ in made])

    def embargo(self, name: str, by: str, among: tuple[str, ...]) -> None:
        """Withhold a record, with all that refers to it, from all but these of the cast and those who always see."""
        withholding.embargo(self.hand(by), self.records[name], [self.people[one] for one in among])

    def revise(self, name: str, /, *, by: str | None = None, **changes: Any) -> None:
        """Write a new revision of a record: what it says, with some of it changed."""
        row = queries.row(self.records[name])
        kind = self.kinds[row.id]
        value = {**(queries.head_value(row) or {}), **_said(changes)}
        self._batch.append(Batch(row.id, kind, value, row.product, by or AUTHOR[kind.meta.process], row.head_name))

    def draft(self) -> None:
        """Save what was written as drafts."""
        for batch in self._levels():
            self._commit(batch, submit=False)

    def submit(self) -> None:
        """Save what was written, and submit it; nobody signs yet."""
        for batch in self._levels():
            self._commit(batch, submit=True)

    def sign(self) -> None:
        """Save what was written, submit it, and have it signed: what others rest on first."""
        for batch in self._levels():
            self._commit(batch, submit=True)
            self.approve([one.id for one in batch])

    def _levels(self) -> Iterator[list[Batch]]:
        waiting, self._batch = self._batch, []
        while waiting:
            ids = {one.id for one in waiting}
            ready = [one for one in waiting if not self._rests_on(one) & (ids - {one.id})]
            if not ready:
                raise ValueError("these records rest on each other in a circle")
            yield ready
            waiting = [one for one in waiting if one not in ready]

    @staticmethod
    def _rests_on(batch: Batch) -> set[str]:
        return {reference.target for reference in references(batch.kind, batch.value)}

    def _commit(self, batch: Sequence[Batch], *, submit: bool) -> None:
        for author in dict.fromkeys(one.by for one in batch):
            own = [one for one in batch if one.by == author]
            changes: list[Change] = []
            for one in own:
                changes.append(Write(one.id, one.kind.__name__, one.value, one.product, one.before, one.among))
                changes += [Submit(one.id)] if submit else []
            for outcome in self._do(author, changes).outcomes:
                if outcome.record and outcome.label:
                    self.labels[outcome.record] = outcome.label

    def _do(self, player: str, changes: Sequence[Change]) -> Receipt:
        files, self._files = self._files, []
        return self.hand(player).commit(changes, files)

    # --- signing --------------------------------------------------------------------------------------------------

    def approve(self, records: Sequence[str], *, only: str | None = None) -> dict[str, int]:
        """Have submitted records signed, as a set by each signer; `only` lets one of the cast sign and no other.

        Returns how many signatures each gave, in one act each.
        """
        signed: dict[str, int] = {}
        while True:
            waiting = self._waiting(records, only)
            signer = only or next(iter(waiting), None)
            if signer is None or signer not in waiting or signer in signed:
                return signed
            wanted = waiting[signer]
            set_ = len(wanted)
            self._do(
                signer,
                [Approve(record, name, slot.meaning, SIGNED, number, set_) for record, name, number, slot in wanted],
            )
            signed[signer] = set_

    def _waiting(self, records: Sequence[str], only: str | None) -> dict[str, list[tuple[str, str, int, Slot]]]:
        waiting: dict[str, list[tuple[str, str, int, Slot]]] = {}
        for row in queries.rows(records):
            history = unpack(bytes(row.history))
            if history.head_state is not Head.SUBMITTED:
                continue
            slots = history.head.slots or ()
            for number in history.head.open_slots:
                signer = self._signer(slots[number], history, only)
                waiting.setdefault(signer, []).append((row.id, history.head.name, number, slots[number]))
        return waiting

    def _signer(self, slot: Slot, history: History, only: str | None) -> str:
        by_id = {identity: key for key, identity in self.people.items()}
        if slot.person:
            return by_id[slot.person]
        able = [key for role in slot.roles for key in holders(role) if key in self.people]
        barred = history.authors if slot.apart else frozenset()
        if only in able:
            return only
        return next(key for key in able if self.people[key] not in barred)

    # --- what happens after signing -------------------------------------------------------------------------------

    def happened(self, name: str, by: str, /, **fields: Any) -> None:
        """Enter what happened after a record was signed."""
        files, self._files = self._files, []
        if files:
            self.hand(by).commit([], files)
        acts.report_progress(self.hand(by), self.records[name], _said(fields), "demonstration")

    def retire(self, name: str, by: str, why: str, replaced_by: str | None = None) -> None:
        """Retire a record, with all the signatures that this takes."""
        record = self.records[name]
        acts.retire(self.hand(by), record, why, self.records[replaced_by] if replaced_by else None)
        self.approve([record])
        self.gone.add(name)

    def look(self, by: str, *links: tuple[str, str]) -> None:
        """Let links stand although their targets changed: somebody looked at what changed."""
        acts.review_links(self.hand(by), [(self.records[one], self.records[other]) for one, other in links])

    # --- facts ----------------------------------------------------------------------------------------------------

    def take(
        self, kind: str, subject: str, fact: Fact, source: bytes, *, by: str = "priya", org: bool = False,
        as_of: str | None = None,
    ) -> str:  # fmt: skip
        """Take facts in, with the bytes they were read from, and return the digest of the fact document."""
        document = document_bytes(fact)
        product = None if org else self.product
        digest = sha256(source).hexdigest()
        instant = as_of if as_of is None else _instant(as_of)
        acts.take_in(self.hand(by), [TakeIn(kind, subject, document, source, digest, product, instant)])
        return sha256(document).hexdigest()

    @property
    def today(self) -> str:
        """Return the day that it is."""
        return self.clock.day

    @property
    def now(self) -> str:
        """Return the instant that it is, as records write it."""
        return self.clock.now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _instant(text: str) -> str:
    return datetime.fromisoformat(text).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _said(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return a value without what was not said."""
    return {name: one for name, one in value.items() if one is not None}
