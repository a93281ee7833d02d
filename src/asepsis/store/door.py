"""The one door: any number of changes, one transaction, one append to the ledger, one signed checkpoint.

It takes the writer's lock, reads the clock, asks whether the actor may, looks whether each change builds on the head it
saw, writes, and moves the projections. Under it nothing writes.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, singledispatchmethod
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.db import DatabaseError, OperationalError, connection, transaction

from asepsis.record import checkpoint, content, entry, tree
from asepsis.record.history import Head, History, Revision, Standing
from asepsis.record.kind import (
    KINDS,
    Kind,
    Ref,
    kind_named,
    matters,
    plain_value,
    read_content,
    read_draft,
    references,
    shape_of,
    signed_part,
)
from asepsis.record.slots import Slot, SystemRole, authored
from asepsis.store import keys, refusals, rights
from asepsis.store.changes import (
    INSTALLATION,
    LATEST,
    Actor,
    Admit,
    Approve,
    Change,
    Comment,
    FoundLedger,
    FoundProduct,
    Look,
    MarkBaseline,
    Outcome,
    Receipt,
    Reject,
    Submit,
    TakeIn,
    Withdraw,
    Write,
)
from asepsis.store.models import Baseline, Checkpoint, Content, Entry, FactTaken, Ledger, Person, Product, StoredFile
from asepsis.store.registered import registered
from asepsis.store.rows import insert, select, select_in, upsert
from asepsis.store.working import State, Working

Clock = Callable[[], datetime]
Salt = Callable[[], bytes]
PROGRAM = "1"  # the shape of the projections; another one has them built again at the start
FOUNDING = 6  # entries that `init` writes; only there may a submission ask for no signatures that its kind asks for
STORE_KNOWS = ("people", "ledger_verifications")  # kinds of facts that the store makes itself
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"  # a label is read aloud: no l, no o beside 0 and 1
_LOCK = 0x41534550  # any number that only we take, for PostgreSQL's advisory lock


def commit(
    changes: Sequence[Change],
    actor: Actor,
    clock: Clock,
    *,
    salt: Salt | None = None,
    key: Ed25519PrivateKey | None = None,
    files: Sequence[bytes] = (),
) -> Receipt:
    """Do all of `changes` in order, or none; return what became of each.

    `files` are kept by their digest beside the entries. Raises a `RefusedError` or `InputError` of
    `asepsis.store.refusals` or of what the changes hold, and then nothing is saved.
    """
    home = Path(settings.MACHINE.home)
    with _told_faults(home), transaction.atomic():
        lock()
        going = _Commit(changes, actor, clock, salt or _salt, home, key)
        return going.run(files)


def _salt() -> bytes:
    import secrets

    return secrets.token_bytes(content.SALT_BYTES)


def lock() -> None:
    """Wait until nobody else writes; the lock goes with the transaction (SQLite takes it when one begins)."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


@contextmanager
def _told_faults(home: Path) -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        if "locked" in str(error) or "busy" in str(error):
            raise refusals.BusyError(home=str(home)) from error
        if "no such table" in str(error):
            raise refusals.NotFoundedError(home=str(home)) from error
        raise refusals.StoreFaultError(home=str(home), reason=str(error)) from error
    except DatabaseError as error:
        raise refusals.StoreFaultError(home=str(home), reason=str(error)) from error


@dataclass(frozen=True, slots=True)
class _Made:
    """An entry that is about to be written."""

    position: int
    name: str
    data: bytes
    fields: Mapping[str, Any]
    record: str | None


class _Look:
    """What the slots of a submission may depend on (`record.kind.Look`), out of the working set and the tables."""

    def __init__(self, working: Working, product: str | None, policy: Callable[[], Mapping[str, Any]]) -> None:
        self._working, self._product, self._policy = working, product, policy

    @property
    def policy(self) -> Mapping[str, Any]:
        """Return the policy in force."""
        return self._policy()

    def get(self, ref: Ref[Any]) -> Any:
        """Return the effective content of a record; `None` where there is none."""
        state = self._working.get(str(ref))
        return _content(state) if state is not None and state.standing is Standing.EFFECTIVE else None

    def back(self, ref: str, kind: type[Kind]) -> tuple[Any, ...]:
        """Return the effective contents of `kind` that refer to `ref`."""
        found = self._working.referring(str(ref), kind.__name__)
        return tuple(_content(state) for state in found if state.standing is Standing.EFFECTIVE)

    def in_force(self, kind: type[Kind]) -> Any:
        """Return the content of the single record that is in force: the product's, else the organisation's."""
        for product in dict.fromkeys((self._product, None)):
            state = self._working.single(kind.__name__, product)
            if state is not None and state.standing is Standing.EFFECTIVE:
                return _content(state)
        return None


def _content(state: State) -> Any:
    return read_content(state.kind, msgspec.json.encode(state.effective_value), state.label)


class _Commit:
    """One commit on its way: what it found, what it made."""

    def __init__(
        self, changes: Sequence[Change], actor: Actor, clock: Clock, salt: Salt, home: Path,
        key: Ed25519PrivateKey | None,
    ) -> None:  # fmt: skip
        self.changes = changes
        self.actor = actor
        self.salt = salt
        self.home = home
        self.given_key = key
        self.ledger = Ledger.objects.filter(pk=1).first()
        self.size = self.ledger.size if self.ledger else 0
        self.now = clock().astimezone(UTC)
        self.made: list[_Made] = []
        self.contents: list[tuple[str, bytes]] = []
        self.files: dict[str, bytes] = {}
        self.working = Working()
        self.products: dict[str, Product] = {}
        self.people: dict[str, Person] = {}
        self.holders: dict[tuple[SystemRole, str | None], tuple[tuple[str, bool], ...]] = {}
        self.taken: dict[tuple[str, str, str | None], tuple[Any, ...]] = {}
        self.projections: list[tuple[type[Any], tuple[Any, ...]]] = []
        self.founding: FoundLedger | None = None
        self.keep_checkpoint = ""
        if self.ledger is None:
            if not changes or not isinstance(changes[0], FoundLedger):
                raise refusals.NotFoundedError(home=str(home))
        elif entry.instant(self.now) < self.ledger.last_at:
            raise refusals.ClockBackError(now=entry.instant(self.now), last=self.ledger.last_at)

    # --- the run --------------------------------------------------------------------------------------------------

    def run(self, files: Sequence[bytes]) -> Receipt:
        self._preload()
        outcomes = tuple(self._do(change) for change in self.changes)
        for data in files:
            self.files[sha256(data).hexdigest()] = data
        if not self.made:
            self._keep_files()
            return Receipt(self.size, self.at, outcomes)
        self._write()
        return Receipt(self.size + len(self.made), self.at, outcomes)

    @cached_property
    def at(self) -> str:
        return entry.instant(self.now)

    @cached_property
    def zone(self) -> ZoneInfo:
        return zone_named(self.ledger.time_zone if self.ledger else self.founding.time_zone if self.founding else "UTC")

    @cached_property
    def day(self) -> str:
        return self.now.astimezone(self.zone).date().isoformat()

    @cached_property
    def of_a_form(self) -> Counter[type[Any]]:
        return Counter(map(type, self.changes))

    @cached_property
    def held(self) -> tuple[rights.Held, ...]:
        return rights.held_by(self.actor.id, self.day)

    def _preload(self) -> None:
        """Bring in all records and targets that the changes speak of, in as few questions as possible."""
        wanted: list[str] = []
        for change in self.changes:
            record = getattr(change, "record", None)
            if isinstance(record, str):
                wanted.append(record)
            if isinstance(change, Write):
                wanted += [one.target for one in references(kind_named(change.kind), change.value)]
            elif isinstance(change, Look):
                wanted.append(change.target)
        self.working.load(wanted)
        targets = [
            one.target
            for state in list(self.working.states.values())
            if state.head_value is not None
            for one in references(state.kind, state.head_value)
        ]
        self.working.load(targets)

    def _write(self) -> None:
        insert(
            Entry,
            [(one.position, one.name, one.fields["form"], one.fields.get("of"), one.record, one.data) for one in self.made],
        )  # fmt: skip
        insert(Content, self.contents)
        self._keep_files()
        by_model: dict[type[Any], list[tuple[Any, ...]]] = {}
        for model, row in self.projections:
            by_model.setdefault(model, []).append(row)
        for model, rows in by_model.items():
            upsert(model, rows)
        self.working.write_back()
        self._checkpoint()

    def _keep_files(self) -> None:
        present = {row[0] for row in select_in("SELECT digest FROM store_storedfile WHERE digest IN ({})", self.files)}
        insert(StoredFile, [(digest, len(data), data) for digest, data in self.files.items() if digest not in present])

    def _checkpoint(self) -> None:
        ledger = self.ledger
        frontier = tree.Frontier.of(self.size, json.loads(ledger.peaks)) if ledger else tree.Frontier()
        frontier.extend(bytes.fromhex(one.name) for one in self.made)
        key = self.given_key or keys.load(self.home)
        public = keys.public(key)
        if ledger is None:
            assert self.founding is not None
            ledger = Ledger(
                pk=1,
                origin=self.founding.origin,
                clock_offset_s=self.founding.clock_offset_s,
                key=self.founding.key,
                time_zone=self.founding.time_zone,
                program=PROGRAM,
            )
        if public != ledger.key:
            raise keys.KeyAbsentError(file=str(self.home / keys.FILE), reason="it is not the key of this ledger")
        origin = origin_of(self._founding_name())
        note = checkpoint.sign(checkpoint.Checkpoint(origin, frontier.size, frontier.root()), key, origin)
        self._retire_checkpoint(ledger)
        Checkpoint(size=frontier.size, at=self.at, note=note, kept=self.keep_checkpoint).save(force_insert=True)
        ledger.size, ledger.peaks, ledger.last_at = frontier.size, json.dumps(frontier.hex_peaks()), self.at
        ledger.save()

    def _founding_name(self) -> str:
        return self.made[0].name if self.size == 0 else founding_name()

    def _retire_checkpoint(self, ledger: Ledger) -> None:
        """Let the checkpoint before go, unless it was the last of its day or is kept for another reason."""
        before = Checkpoint.objects.filter(size=self.size, kept="").first()
        if before is None:
            return
        if datetime.fromisoformat(before.at).astimezone(self.zone).date().isoformat() == self.day:
            before.delete()
        else:
            before.kept = "day"
            before.save()

    # --- making entries ---------------------------------------------------------------------------------------------

    def _enter(self, form: str, *, of: str | None, about: str | None = None, **fields: Any) -> _Made:
        """Make an entry; `about` is the record that it speaks of, where no field of it says so."""
        data = entry.write(form, at=self.now, by=self.actor.id, of=of, **fields)
        kept = {name: value for name, value in fields.items() if value is not None}
        kept |= {"form": form, "at": self.at, "by": self.actor.id} | ({"of": of} if of else {})
        record = about or fields.get("record")
        made = _Made(self.size + len(self.made), entry.name(data), data, kept, record)
        self.made.append(made)
        return made

    def _seal(self, value: Any) -> str:
        data = content.seal(value, self.salt())
        digest = content.digest(data)
        self.contents.append((digest, data))
        return digest

    def _ask(self, act: str, roles: Sequence[SystemRole], product: str | None) -> None:
        if not rights.may(self.held, roles, product):
            raise refusals.NotPermittedError(act=act, roles=_or(roles), person=self._name(self.actor.id))

    def _name(self, person: str) -> str:
        found = self._person(person)
        return found.name if found else "who acts"

    def _person(self, person: str) -> Person | None:
        if person not in self.people:
            found = Person.objects.filter(pk=person).first()
            if found is None:
                return None
            self.people[person] = found
        return self.people[person]

    def _product(self, product: str | None) -> None:
        if product is not None and product not in self.products:
            found = Product.objects.filter(pk=product).first()
            if found is None:
                raise refusals.UnknownProductError(product=product)
            self.products[product] = found

    def _state(self, record: str) -> State:
        state = self.working.get(record)
        if state is None or not self._sees(state):
            raise refusals.UnknownRecordError(record=record)
        return state

    def _sees(self, state: State) -> bool:
        persons = state.history.persons
        return persons is None or self.actor.id in persons or rights.sees_all(self.held, state.history.product)

    def _policy(self, product: str | None) -> Mapping[str, Any]:
        rule = registered.policy
        if rule is None:
            return {}
        look = []
        for scope in dict.fromkeys((None, product)):
            state = self.working.single(rule.kind, scope)
            look.append(_content(state) if state and state.standing is Standing.EFFECTIVE else None)
        return rule.in_force(look[0], look[1] if len(look) > 1 else None, str(self.zone))

    # --- each change ------------------------------------------------------------------------------------------------

    @singledispatchmethod
    def _do(self, change: Any) -> Outcome:
        raise TypeError(f"{change!r} is no change")

    @_do.register
    def _(self, change: FoundLedger) -> Outcome:
        if self.ledger is not None or self.made:
            raise refusals.FoundedAlreadyError(home=str(self.home))
        self.founding = change
        self.keep_checkpoint = "founding"
        made = self._enter(
            "founding",
            of=None,
            origin=change.origin,
            clock_offset_s=change.clock_offset_s or None,
            key=change.key,
            time_zone=change.time_zone,
        )
        return Outcome(made.position, made.name)

    @_do.register
    def _(self, change: FoundProduct) -> Outcome:
        self._ask("To found a product", rights.ACTS["found a product"], None)
        if Product.objects.filter(pk=change.id).exists() or change.id in self.products:
            raise refusals.TakenIdError(id=change.id)
        if change.code == "ORG" or Product.objects.filter(code=change.code).exists():
            raise refusals.TakenCodeError(product=change.code)
        if any(one.code == change.code for one in self.products.values()):
            raise refusals.TakenCodeError(product=change.code)
        name = self._seal({"name": change.name})
        made = self._enter("product", of=change.id, product=change.id, code=change.code, name=name)
        self.products[change.id] = Product(id=change.id, code=change.code, name=change.name, founded_at=self.at)
        self.projections.append((Product, (change.id, change.code, change.name, self.at, made.position)))
        return Outcome(made.position, made.name)

    @_do.register
    def _(self, change: Admit) -> Outcome:
        if self.founding is None:
            self._ask("To admit a person", rights.ACTS["admit a person"], None)
        before = self._person(change.id)
        if before is None and change.again:
            raise refusals.UnknownPersonError(person=change.id)
        if before is not None and not change.again:
            raise refusals.TakenIdError(id=change.id)
        card = self._seal(change.card)
        made = self._enter("renaming" if change.again else "admission", of=None, person=change.id, card=card)
        admitted = before.admitted_at if before else self.at
        self.people[change.id] = Person(id=change.id, card=card, name=change.card["name"], admitted_at=admitted)
        self.projections.append((Person, (change.id, card, change.card["name"], admitted)))
        return Outcome(made.position, made.name)

    @_do.register
    def _(self, change: Write) -> Outcome:
        kind = kind_named(change.kind)
        if self.founding is None:
            self._ask(f"To write a {kind.__name__}", rights.ACTS["write"], change.product)
        self._product(change.product)
        state = self._building_on(change, kind)
        label = state.label if state else self._label(change, kind)
        value = plain_value(read_draft(kind, msgspec.json.encode(change.value), label))
        self._check_targets(kind, value, change, label)
        if state is None:
            return self._first(change, kind, label, value)
        if value == state.head_value:
            raise refusals.NothingNewError(record=state)
        history = state.history
        number = history.head.number + 1
        progress = is_progress(kind, value, state.effective_value)
        made = self._enter(
            "revision",
            of=change.product,
            record=change.record,
            kind=kind.__name__,
            version=kind.meta.version,
            number=number,
            before=history.head.name,
            content=self._seal(value),
            material=material_of(state, kind, value, progress),
            progress=progress,
        )
        state.apply(made.position, made.name, made.fields, value)
        return Outcome(made.position, made.name, change.record, label)

    def _building_on(self, change: Write, kind: type[Kind]) -> State | None:
        """Return the record that is revised, `None` for a new one. Raises where the writer saw another head."""
        state = self.working.get(change.record)
        if change.before is None:
            if state is not None:
                raise refusals.StaleHeadError(record=state, number=state.history.head.number)
            self._check_scope(kind, change.product)
            return None
        state = self._state(change.record)
        if not _is_head(state, change.before) or state.history.kind != kind.__name__:
            raise refusals.StaleHeadError(record=state, number=state.history.head.number)
        if state.history.product != change.product:
            raise refusals.UnknownRecordError(record=state.label)
        if kind.meta.single:
            other = self.working.single(kind.__name__, change.product, besides=state.id)
            if other is not None:
                raise refusals.SecondSingleError(kind=kind.__name__, record=other)
        return state

    def _check_scope(self, kind: type[Kind], product: str | None) -> None:
        if ("P" if product else "O") not in kind.meta.of:
            raise refusals.WrongScopeError(
                kind=kind.__name__, scope="the organisation" if product else "a product", )  # fmt: skip
        if kind.meta.single:
            other = self.working.single(kind.__name__, product)
            if other is not None:
                raise refusals.SecondSingleError(kind=kind.__name__, record=other)

    def _label(self, change: Write, kind: type[Kind]) -> str:
        code = self.products[change.product].code if change.product else "ORG"
        if change.persons is not None:
            first, *rest = sha256(change.record.encode() + self.salt()).digest()[:5]
            tail = _LETTERS[first % 24] + "".join(_LETTERS[byte % 32] for byte in rest)
            return f"{code}-{kind.meta.prefix}-{tail}"
        return f"{code}-{kind.meta.prefix}-{self.working.next_number(change.product, kind.__name__)}"

    def _first(self, change: Write, kind: type[Kind], label: str, value: dict[str, Any]) -> Outcome:
        made = self._enter(
            "revision",
            of=change.product,
            record=change.record,
            kind=kind.__name__,
            version=kind.meta.version,
            number=1,
            label=label,
            content=self._seal(value),
            material=1,
            progress=False,
        )
        state = State(History.begun(made.position, made.name, made.fields), value, None, self.at, made.position, True)
        self.working.begin(state)
        if change.persons is not None:
            shut = self._enter("embargo", of=change.product, record=change.record, to=list(change.persons))
            state.apply(shut.position, shut.name, shut.fields)
        return Outcome(made.position, made.name, change.record, label)

    def _check_targets(self, kind: type[Kind], value: dict[str, Any], change: Write, label: str) -> None:
        targets = shape_of(kind).targets
        for reference in references(kind, value):
            allowed, _ = targets[reference.field]
            state = self.working.get(reference.target)
            reason = self._misfit(state, allowed, change, reference.target)
            if reason:
                shown = state.label if state is not None and self._sees(state) else reference.target
                raise refusals.ForeignTargetError(record=label, field=reference.field, target=shown, reason=reason)

    def _misfit(self, state: State | None, allowed: frozenset[type[Kind]], change: Write, target: str) -> str | None:
        if target == change.record:
            return None if allowed & {kind_named(change.kind), Kind} else "is of another kind than this field takes"
        if state is None or not self._sees(state):
            return "is not here"
        if Kind not in allowed and state.kind not in allowed:
            return "is of another kind than this field takes"
        if state.history.product is not None and state.history.product != change.product:
            return "belongs to another product" if change.product else "belongs to a product, and this to all"
        if state.history.persons is not None and change.persons is None:
            own = self.working.states.get(change.record)
            if own is None or own.history.persons is None:
                return "is withheld, and this record is not"
        return None

    @_do.register
    def _(self, change: Submit) -> Outcome:
        state = self._state(change.record)
        history, head = state.history, state.history.head
        if self.founding is None:
            self._ask(f"To submit {state.label}", rights.ACTS["submit"], history.product)
        if change.revision not in (None, head.name):
            raise refusals.StaleHeadError(record=state, number=head.number)
        if history.head_state is not Head.DRAFT:
            raise refusals.WrongStateError(record=state, state=history.head_state, act="submitting", fits="a draft")
        written = read_content(state.kind, msgspec.json.encode(state.head_value), state.label)
        if change.founding and self.founding is not None and len(self.made) < FOUNDING:
            slots: tuple[Slot, ...] = ()
        elif head.progress:
            slots = (authored(head.by),)
        else:
            look = _Look(self.working, history.product, lambda: self._policy(history.product))
            slots = state.kind.slots(written, look)
            if written.retired is not None:
                slots = tuple(_apart(one) for one in slots)
        made = self._enter(
            "submission", of=history.product, about=state.id, revision=head.name, slots=[slot_value(one) for one in slots]
        )  # fmt: skip
        state.apply(made.position, made.name, made.fields)
        return Outcome(made.position, made.name, state.id, state.label)

    @_do.register
    def _(self, change: Approve) -> Outcome:
        state = self._state(change.record)
        history = state.history
        head = self._waiting(state, change.revision)
        signer = self._signer()
        self._counts(change, Approve)
        number, stands_in = self._slot(state, head, change)
        seen = self._seen(state, change.signed.seen)
        made = self._enter(
            "approval",
            of=history.product,
            about=state.id,
            revision=head.name,
            slot=number,
            meaning=str(change.meaning),
            card=signer.card,
            how=self._how(change.signed.how),
            seen=seen,
            set=change.set,
            opened=change.signed.opened,
            stands_in=stands_in,
        )
        state.apply(made.position, made.name, made.fields)
        return Outcome(made.position, made.name, state.id, state.label)

    def _counts(self, change: Approve | Look, form: type[Approve] | type[Look]) -> None:
        if change.set > self.of_a_form[form]:
            raise ValueError(f"{change.set} are said to be signed in one act, and there are fewer")

    def _waiting(self, state: State, revision: str) -> Revision:
        head = state.history.head
        if not _is_head(state, revision):
            raise refusals.StaleHeadError(record=state, number=head.number)
        if state.history.head_state is not Head.SUBMITTED:
            raise refusals.NotSubmittedError(record=state, state=state.history.head_state)
        return head

    def _signer(self) -> Person:
        person = self._person(self.actor.id)
        if person is None:
            raise refusals.LateAppointmentError(person=self.actor.id)
        return person

    def _how(self, how: str) -> str:
        origin = self.ledger.origin if self.ledger else self.founding.origin if self.founding else "real"
        if how == "demonstration" and origin != "demonstration":
            raise refusals.DemonstrationError(how=how)
        return how

    def _slot(self, state: State, head: Revision, change: Approve) -> tuple[int, str | None]:
        """Return the slot that this signature fills, and how its signer stands in for an author, if so."""
        slots = head.slots or ()
        barred: refusals.OwnWorkError | None = None
        for number in head.open_slots:
            slot = slots[number]
            if slot.meaning is not change.meaning or change.slot not in (None, number):
                continue
            way = self._way(state, slot)
            if way is not None:
                return number, way or None
            if self._holds(state, slot):
                barred = refusals.OwnWorkError(
                    record=state, person=self._name(self.actor.id), roles=_or(slot.roles) if slot.roles else "that role"
                )
        if barred is not None:
            raise barred
        raise refusals.NoSuchSlotError(
            record=state,
            meaning=change.meaning,
            person=self._name(self.actor.id),
            slots=[slots[number].label for number in head.open_slots],
        )

    def _holds(self, state: State, slot: Slot) -> bool:
        if slot.person:
            return slot.person == self.actor.id
        return rights.may(self.held, slot.roles, state.history.product)

    def _way(self, state: State, slot: Slot) -> str | None:
        """Return how the actor may fill `slot`: `deputy` or `quality` in another's place, empty as themselves, or not."""
        holds, authors = self._holds(state, slot), state.history.authors
        if not slot.apart or slot.person:
            return "" if holds and not (slot.apart and self.actor.id in authors) else None
        if self.actor.id in authors:
            return None
        product = state.history.product
        holding = {one for role in slot.roles for one in self._holders(role, product)}
        if holds and not rights.only_holder_wrote(authors, holding):
            return ""
        by_quality = bool(self._policy(product).get("people.second_eyes_by_quality", True))
        quality = {one for one, _ in self._holders(SystemRole.QUALITY, product)} if by_quality else set()
        return rights.stands_in(self.actor.id, state.kind, authors, holding, quality)

    def _holders(self, role: SystemRole, product: str | None) -> tuple[tuple[str, bool], ...]:
        """Return who held a role when the commit began; what it changes itself counts from the next one on."""
        if (role, product) not in self.holders:
            self.holders[role, product] = rights.holders(role, product, self.day)
        return self.holders[role, product]

    def _seen(self, state: State, seen: int | None) -> int:
        """Return the size of the ledger that a signer had before their eyes. Raises where what it rests on moved since.

        What became effective in this same commit, signed in the same set, was before their eyes as well.
        """
        if seen is not None and seen > self.size:
            raise refusals.FutureSeenError(seen=seen, size=self.size)
        here = self.size + len(self.made)
        if seen is None:
            return here
        in_this_set = False
        for reference in references(state.kind, state.head_value or {}):
            target = self.working.get(reference.target)
            if reference.names or target is None or target is state or not target.history.turns:
                continue
            turned = target.history.turns[-1][0]
            if seen <= turned < self.size:
                raise refusals.MovedGroundError(target=target, record=state)
            in_this_set = in_this_set or turned >= self.size
        return here if in_this_set else seen

    @_do.register
    def _(self, change: Reject) -> Outcome:
        state = self._state(change.record)
        head = self._waiting(state, change.revision)
        slots = head.slots or ()
        roles = [role for number in head.open_slots for role in slots[number].roles]
        named = any(slots[number].person == self.actor.id for number in head.open_slots)
        if not named:
            self._ask(f"To reject {state.label}", roles, state.history.product)
        return self._said(state, "rejection", head.name, change.reason)

    @_do.register
    def _(self, change: Withdraw) -> Outcome:
        state = self._state(change.record)
        head = state.history.head
        if head.name != change.revision:
            raise refusals.StaleHeadError(record=state, number=head.number)
        if state.history.effective is not None or state.history.head_state is Head.WITHDRAWN:
            raise refusals.WrongStateError(
                record=state, state=state.history.head_state, act="withdrawing", fits="never yet effective"
            )
        if self.actor.id not in {one.by for one in state.history.revisions}:
            raise refusals.NotPermittedError(
                act=f"To withdraw {state.label}", roles="its author", person=self._name(self.actor.id)
            )
        if state.kind.warning(read_draft(state.kind, msgspec.json.encode(state.head_value), state.label)):
            raise refusals.WarningKeptError(record=state)
        return self._said(state, "withdrawal", head.name, change.reason)

    def _said(self, state: State, form: str, revision: str, reason: str) -> Outcome:
        made = self._enter(
            form, of=state.history.product, about=state.id, revision=revision, reason=self._seal({"reason": reason})
        )
        state.apply(made.position, made.name, made.fields)
        return Outcome(made.position, made.name, state.id, state.label)

    @_do.register
    def _(self, change: Look) -> Outcome:
        state = self._state(change.record)
        effective = state.history.effective
        if effective is None:
            raise refusals.WrongStateError(
                record=state, state=state.history.head_state, act="looking at a link", fits="effective"
            )
        slots = _carrying(state.history, effective).slots or ()
        roles = [role for slot in slots for role in slot.roles] or list(rights.WORKING)
        if not any(slot.person == self.actor.id for slot in slots):
            self._ask(f"To look at the links of {state.label}", roles, state.history.product)
        if not any(one.target == change.target for one in references(state.kind, state.effective_value or {})):
            raise refusals.UnknownRecordError(record=change.target)
        self._counts(change, Look)
        seen = self.size if change.seen is None else change.seen
        if seen > self.size:
            raise refusals.FutureSeenError(seen=seen, size=self.size)
        made = self._enter(
            "looked", of=state.history.product, record=state.id, target=change.target, seen=seen, set=change.set
        )
        state.apply(made.position, made.name, made.fields)
        return Outcome(made.position, made.name, state.id, state.label)

    @_do.register
    def _(self, change: TakeIn) -> Outcome:
        self._product(change.product)
        own = change.kind in STORE_KNOWS
        if self.actor.id != INSTALLATION:
            act = "take in what the store knows" if own else "import facts"
            self._ask(f"To {act}", rights.ACTS[act], change.product)
        document = sha256(change.document).hexdigest()
        if change.source is not None and sha256(change.source).hexdigest() != change.source_digest:
            raise ValueError(f"{change.source_digest} is not the digest of the source")
        here = (change.kind, change.subject, change.product)
        newest = self.taken.get(here) or self._newest_taken(*here)
        self.taken[here] = (change.source_digest, document, change.as_of)
        if newest == self.taken[here]:
            return Outcome(-1, "", None, None)
        self.files[document] = change.document
        if change.source is not None:
            self.files[change.source_digest] = change.source
        made = self._enter(
            "facts",
            of=change.product,
            kind=change.kind,
            subject=change.subject,
            source=change.source_digest,
            document=document,
            as_of=change.as_of,
        )
        self.projections.append(
            (
                FactTaken,
                (
                    made.position, change.product, change.kind, change.subject, document, change.source_digest,
                    self.actor.id, self.at, change.as_of,
                ),
            )
        )  # fmt: skip
        return Outcome(made.position, made.name)

    def _newest_taken(self, kind: str, subject: str, product: str | None) -> tuple[Any, ...] | None:
        found = select(
            "SELECT source, document, as_of FROM store_facttaken WHERE kind = %s AND subject = %s "
            "AND COALESCE(product, '') = %s ORDER BY position DESC LIMIT 1",
            [kind, subject, product or ""],
        )
        return found[0] if found else None

    @_do.register
    def _(self, change: MarkBaseline) -> Outcome:
        self._product(change.product)
        self._ask("To mark a baseline", rights.ACTS["mark a baseline"], change.product)
        dossier = self.working.dossier_digest(change.product)
        if change.dossier not in ("", dossier):
            raise refusals.MovedDossierError()
        self.keep_checkpoint = "baseline"
        made = self._enter("baseline", of=change.product, release=change.release, dossier=dossier)
        self.projections.append(
            (Baseline, (made.position, change.product, change.release, dossier, self.at, self.actor.id))
        )
        return Outcome(made.position, made.name)

    @_do.register
    def _(self, change: Comment) -> Outcome:
        state = self._state(change.record)
        self._ask("To comment", rights.ACTS["comment"], state.history.product)
        made = self._enter(
            "comment", of=state.history.product, record=state.id, content=self._seal({"text": change.text})
        )
        return Outcome(made.position, made.name, state.id, state.label)


def _is_head(state: State, name: str) -> bool:
    """Return whether `name` is the head of a record, as its reader saw it or as this commit has made it."""
    return state.touched if name == LATEST else state.history.head.name == name


def _carrying(history: History, effective: Revision) -> Revision:
    """Return the revision whose signatures carry the effective one: itself, or what progress went on from."""
    signed = (one for one in reversed(history.revisions) if one.effective is not None and not one.progress)
    return next((one for one in signed if one.number <= effective.number), effective)


def _or(roles: Sequence[SystemRole]) -> str:
    names = [str(role) for role in dict.fromkeys(roles)]
    return "a working role" if len(names) > 4 else " or ".join(names) or "nobody"


def _apart(slot: Slot) -> Slot:
    """Return a slot that bars the authors: whatever its kind says, retiring takes two. One person's own slot stays."""
    return slot if slot.person else Slot(slot.meaning, slot.roles, apart=True)


def slot_value(slot: Slot) -> dict[str, Any]:
    """Return a slot as an entry holds it."""
    by = {"person": slot.person} if slot.person else {"roles": [str(role) for role in slot.roles]}
    return {"meaning": str(slot.meaning), "apart": slot.apart, **by}


def material_of(state: State, kind: type[Kind], value: dict[str, Any], progress: bool) -> int:
    """Return the number of the newest revision that changed what matters, when `value` becomes the next one.

    Progress goes on from the effective revision, whatever a draft in between says.
    """
    history = state.history
    if progress and history.effective is not None:
        return history.effective.material
    if matters(kind, value) != matters(kind, state.head_value or {}):
        return history.head.number + 1
    return history.head.material


def is_progress(kind: type[Kind], value: dict[str, Any], effective: dict[str, Any] | None) -> bool:
    """Return whether `value` differs from the effective content in nothing but what happened after signing."""
    return effective is not None and value != effective and signed_part(kind, value) == signed_part(kind, effective)


def zone_named(name: str) -> ZoneInfo:
    """Return a time zone by its IANA name. Raises `UnknownZoneError`."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise refusals.UnknownZoneError(zone=name) from error


def founding_name() -> str:
    """Return the name of the first entry."""
    rows = select("SELECT name FROM store_entry WHERE position = 0")
    return str(rows[0][0])


def origin_of(founding: str) -> str:
    """Return what the ledger is called in its checkpoints: after the name of its first entry."""
    return f"asepsis/{founding[:32]}"


__all__ = [
    "FOUNDING",
    "KINDS",
    "PROGRAM",
    "commit",
    "founding_name",
    "is_progress",
    "material_of",
    "origin_of",
    "slot_value",
    "zone_named",
]
