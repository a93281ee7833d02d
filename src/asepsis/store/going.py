"""One commit on its way: what it found when it began, what it makes, and how that is written at its end.

What each change does stands in `asepsis.store.doing`; a change is done by the one function that is registered for it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from asepsis.record import checkpoint, content, entry, tree
from asepsis.record.history import Standing
from asepsis.record.kind import (
    kind_named,
    read_content,
    references,
)
from asepsis.record.slots import SystemRole
from asepsis.store import keys, refusals, rights
from asepsis.store.changes import (
    Actor,
    Approve,
    Change,
    FoundLedger,
    Look,
    Outcome,
    Receipt,
    Write,
)
from asepsis.store.models import ByToken, Checkpoint, Content, Entry, Ledger, Person, Product, StoredFile
from asepsis.store.registered import registered
from asepsis.store.rows import insert, select, select_in, upsert
from asepsis.store.working import State, Working

Clock = Callable[[], datetime]
Salt = Callable[[], bytes]
F = TypeVar("F", bound=Callable[..., Outcome])
PROGRAM = "2"  # the shape of the projections; another one has them built again at the start
FOUNDING = 6  # entries that `init` writes; only there may a submission ask for no signatures that its kind asks for
STORE_KNOWS = ("people", "ledger_verifications")  # kinds of facts that the store makes itself
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"  # a label is read aloud: no l, no o beside 0 and 1


class Going:
    """One commit on its way."""

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
        self.made: list[Made] = []
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
        self.shut: list[State] = []  # records whose embargo begins or ends in this commit
        self.erasures: list[tuple[str, int, str, str | None]] = []  # digest, position, asked, remainder
        if self.ledger is None:
            if not changes or not isinstance(changes[0], FoundLedger):
                raise refusals.NotFoundedError(home=str(home))
        elif entry.instant(self.now) < self.ledger.last_at:
            raise refusals.ClockBackError(now=entry.instant(self.now), last=self.ledger.last_at)

    def run(self, files: Sequence[bytes]) -> Receipt:
        self._preload()
        outcomes = tuple(DOES[type(change)](self, change) for change in self.changes)
        for end in AT_THE_END:
            end(self)
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
        return rights.within(rights.held_by(self.actor.id, self.day), self.actor.within)

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
        if (token := self.actor.token) is not None:
            insert(ByToken, [(self.size, self.size + len(self.made), token.id, token.name)])
        insert(Content, self.contents)
        self._keep_files()
        by_model: dict[type[Any], list[tuple[Any, ...]]] = {}
        for model, row in self.projections:
            by_model.setdefault(model, []).append(row)
        for model, rows in by_model.items():
            upsert(model, rows)
        self.working.write_back()
        for write in BEHIND_THE_ENTRIES:
            write(self)
        self._checkpoint()

    def _keep_files(self) -> None:
        present = {row[0] for row in select_in("SELECT digest FROM store_storedfile WHERE digest IN ({})", self.files)}
        insert(StoredFile, [(digest, len(data), data) for digest, data in self.files.items() if digest not in present])

    def _checkpoint(self) -> None:
        ledger = self.ledger
        frontier = tree.Frontier.of(self.size, json.loads(ledger.peaks)) if ledger else tree.Frontier()
        frontier.extend(bytes.fromhex(one.name) for one in self.made)
        key = self.given_key or (keys.of_ledger(self.home, ledger.key) if ledger else keys.load(self.home))
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

    def enter(self, form: str, *, of: str | None, about: str | None = None, **fields: Any) -> Made:
        """Make an entry; `about` is the record that it speaks of, where no field of it says so."""
        data = entry.write(form, at=self.now, by=self.actor.id, of=of, **fields)
        kept = {name: value for name, value in fields.items() if value is not None}
        kept |= {"form": form, "at": self.at, "by": self.actor.id} | ({"of": of} if of else {})
        record = about or fields.get("record")
        made = Made(self.size + len(self.made), entry.name(data), data, kept, record)
        self.made.append(made)
        return made

    def seal(self, value: Any) -> str:
        data = content.seal(value, self.salt())
        digest = content.digest(data)
        self.contents.append((digest, data))
        return digest

    def ask(self, act: str, roles: Sequence[SystemRole], product: str | None) -> None:
        if not rights.may(self.held, roles, product):
            raise refusals.NotPermittedError(act=act, roles=any_of(roles), person=self.name(self.actor.id))

    def name(self, person: str) -> str:
        found = self.person(person)
        return found.name if found else "who acts"

    def person(self, person: str) -> Person | None:
        if person not in self.people:
            found = Person.objects.filter(pk=person).first()
            if found is None:
                return None
            self.people[person] = found
        return self.people[person]

    def know_product(self, product: str | None) -> None:
        if product is not None and product not in self.products:
            found = Product.objects.filter(pk=product).first()
            if found is None:
                raise refusals.UnknownProductError(product=product)
            self.products[product] = found

    def state(self, record: str) -> State:
        state = self.working.get(record)
        if state is None or not self.sees(state):
            raise refusals.UnknownRecordError(record=record)
        if self.actor.within not in (None, state.history.product):
            raise refusals.TokenBoundError(record=state)
        return state

    def sees(self, state: State) -> bool:
        persons = state.history.persons
        return persons is None or self.actor.id in persons or rights.sees_all(self.held, state.history.product)

    def policy(self, product: str | None) -> Mapping[str, Any]:
        rule = registered.policy
        if rule is None:
            return {}
        look = []
        for scope in dict.fromkeys((None, product)):
            state = self.working.single(rule.kind, scope)
            look.append(content_of(state) if state and state.standing is Standing.EFFECTIVE else None)
        return rule.in_force(look[0], look[1] if len(look) > 1 else None, str(self.zone))


Does = Callable[["Going", Any], Outcome]
DOES: dict[type[Any], Does] = {}
AT_THE_END: list[Callable[[Going], None]] = []  # what is looked at once all changes of a commit are done
BEHIND_THE_ENTRIES: list[Callable[[Going], None]] = []  # what is written after the entries that say so


def does(change: type[Any]) -> Callable[[F], F]:
    """Register a function as what a change does: it takes the commit and the change, and returns the outcome."""

    def register(function: F) -> F:
        DOES[change] = function
        return function

    return register


def new_salt() -> bytes:
    """Return the salt of a content: random bytes."""
    import secrets

    return secrets.token_bytes(content.SALT_BYTES)


@dataclass(frozen=True, slots=True)
class Made:
    """An entry that is about to be written."""

    position: int
    name: str
    data: bytes
    fields: Mapping[str, Any]
    record: str | None


def content_of(state: State) -> Any:
    """Return the effective content of a record, as its kind."""
    return read_content(state.kind, msgspec.json.encode(state.effective_value), state.label)


def any_of(roles: Sequence[SystemRole]) -> str:
    """Return roles as people say them: "quality or security"."""
    names = [str(role) for role in dict.fromkeys(roles)]
    return "a working role" if len(names) > 4 else " or ".join(names) or "nobody"


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


def check_set(going: Going, change: Approve | Look, form: type[Approve] | type[Look]) -> None:
    """Raise `ValueError` where more are said to be signed in one act than the commit holds: a fault of the caller."""
    if change.set > going.of_a_form[form]:
        raise ValueError(f"{change.set} are said to be signed in one act, and there are fewer")
