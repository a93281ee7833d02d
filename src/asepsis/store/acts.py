"""What people do with records, whatever their kind: each act is one commit through the door."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from asepsis.record.history import Head
from asepsis.record.kind import Kind, kind_named
from asepsis.record.slots import Meaning
from asepsis.store import keys, queries, refusals
from asepsis.store.changes import (
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
    Receipt,
    Reject,
    Signed,
    Submit,
    TakeIn,
    Withdraw,
    Write,
)
from asepsis.store.doing.records import is_progress
from asepsis.store.door import commit
from asepsis.store.going import Clock, Salt, zone_named


def new_id() -> str:
    """Return a random id of 128 bits."""
    return secrets.token_hex(16)


@dataclass(frozen=True, slots=True)
class Hand:
    """Who acts, with which clock; tests and the example bring salts, ids and a key of their own."""

    actor: Actor
    clock: Clock
    salt: Salt | None = None
    new_id: Any = new_id
    key: Ed25519PrivateKey | None = None

    def commit(self, changes: Sequence[Change], files: Sequence[bytes] = ()) -> Receipt:
        """Do `changes` in one commit."""
        return commit(changes, self.actor, self.clock, salt=self.salt, key=self.key, files=files)


@dataclass(frozen=True, slots=True)
class First:
    """The first person of all, as `init` is told."""

    name: str
    checked: str = "told at the founding"


def found_ledger(
    home: Path,
    first: First,
    *,
    time_zone: str,
    clock: Clock,
    origin: str = "real",
    clock_offset_s: int = 0,
    salt: Salt | None = None,
    ids: Any = new_id,
    key_seed: bytes | None = None,
) -> tuple[str, Receipt]:
    """Begin the ledger in `home`: its key, its first person, and that person's role of management. Returns their id.

    The Role and the Appointment are submitted with no slots: only this commit may do that.
    """
    from asepsis.store.models import Ledger

    if Ledger.objects.exists():
        raise refusals.FoundedAlreadyError(home=str(home))
    public = keys.make(home, key_seed) if not (home / keys.FILE).exists() else keys.public(keys.load(home))
    person, role, appointment = ids(), ids(), ids()
    today = clock().astimezone(zone_named(time_zone)).date().isoformat()
    changes: list[Change] = [
        FoundLedger(public, time_zone, origin, clock_offset_s),
        Admit(person, {"name": first.name, "checked": first.checked}),
        Write(role, "Role", {"title": "Management", "acts_as": ["management"]}, None),
        Submit(role, founding=True),
        Write(
            appointment,
            "Appointment",
            {"title": "Management, from the founding", "role": role, "person": person, "since": today},
            None,
        ),
        Submit(appointment, founding=True),
    ]
    return person, commit(changes, Actor(person), clock, salt=salt)


def found_product(hand: Hand, code: str, name: str) -> str:
    """Found a product and return its id. Raises `TakenCodeError` where another has the code."""
    identity: str = hand.new_id()
    hand.commit([FoundProduct(identity, code, name)])
    return identity


def admit(hand: Hand, name: str, checked: str) -> str:
    """Admit a person, whose identity was `checked` in some way, and return their id."""
    identity: str = hand.new_id()
    hand.commit([Admit(identity, {"name": name, "checked": checked})])
    return identity


def rename(hand: Hand, person: str, name: str, checked: str) -> None:
    """Give a person another name card; old signatures keep the old one."""
    hand.commit([Admit(person, {"name": name, "checked": checked}, again=True)])


def create(
    hand: Hand,
    kind: type[Kind],
    value: Mapping[str, Any],
    product: str | None,
    *,
    files: Sequence[bytes] = (),
    persons: tuple[str, ...] | None = None,
) -> tuple[str, str]:
    """Write a new record as a draft and return its id and label."""
    identity: str = hand.new_id()
    change = Write(identity, kind.__name__, dict(value), product, persons=persons)
    outcome = hand.commit([change], files).outcomes[0]
    return identity, str(outcome.label)


def take_over(
    hand: Hand,
    records: Sequence[tuple[type[Kind], Mapping[str, Any]]],
    product: str | None,
    files: Sequence[bytes] = (),
) -> tuple[tuple[str, str], ...]:
    """Write and submit records that were signed elsewhere before, each with `taken_over` filled; return id and label.

    `files` are the originals. Quality signs for the whole set that these are true copies (`approve`).
    Raises `IncompleteError` where one does not read as its kind, and then none is written.
    """
    ids: list[str] = [hand.new_id() for _ in records]
    changes: list[Change] = []
    for record, (kind, value) in zip(ids, records, strict=True):
        changes += [Write(record, kind.__name__, dict(value), product), Submit(record)]
    outcomes = hand.commit(changes, files).outcomes
    return tuple((record, str(outcome.label)) for record, outcome in zip(ids, outcomes[::2], strict=True))


def revise(
    hand: Hand, record: str, value: Mapping[str, Any], *, before: str | None = None, files: Sequence[bytes] = ()
) -> Receipt:
    """Write a new revision of a record. `before` is the name of the head that was read: another head is refused."""
    row = queries.row(record)
    return hand.commit([Write(row.id, row.kind, dict(value), row.product, before or row.head_name)], files)


def revise_all(hand: Hand, revisions: Sequence[tuple[str, Mapping[str, Any], str]]) -> Receipt:
    """Write a new revision of each of several records in one commit: id, value, and name of the head that was read.

    Where one of them may not be written, or has another head by now, none is.
    """
    rows = queries.rows([record for record, _, _ in revisions])
    pairs = zip(rows, revisions, strict=True)
    return hand.commit([Write(row.id, row.kind, dict(value), row.product, before) for row, (_, value, before) in pairs])


def report_progress(hand: Hand, record: str, fields: Mapping[str, Any], how: str | Signed) -> Receipt:
    """Enter what happened after signing: fields that are progress. Signed as `authored` by who enters it, at once.

    Where a draft is pending, it is written again behind the progress, with the same fields.
    """
    row = queries.row(record)
    kind = kind_named(row.kind)
    effective = queries.effective_value(row)
    if effective is None:
        raise refusals.WrongStateError(record=row, state=row.head_state, act="entering what happened", fits="effective")
    value = {**effective, **fields}
    if value == effective:
        raise refusals.NothingNewError(record=row)
    if not is_progress(kind, value, effective):
        raise refusals.NotProgressError(record=row, fields=[one for one in fields if fields[one] != effective.get(one)])
    pending = queries.head_value(row) if row.head_name != row.effective_name else None
    signed = Signed(how) if isinstance(how, str) else how
    changes: list[Change] = [
        Write(row.id, row.kind, value, row.product, row.head_name),
        Submit(row.id),
        Approve(row.id, LATEST, Meaning.AUTHORED, signed),
    ]
    if pending is not None and {**pending, **fields} != value:
        changes.append(Write(row.id, row.kind, {**pending, **fields}, row.product, LATEST))
    return hand.commit(changes)


def write_all(hand: Hand, writes: Sequence[Write], *, submitted: bool = False, files: Sequence[bytes] = ()) -> Receipt:
    """Write several records in one commit, new ones and new revisions, and submit each where that is asked.

    Where one of them may not be written, or lacks something before it can be submitted, nothing is saved.
    """
    changes: list[Change] = list(writes)
    if submitted:
        changes += [Submit(one.record) for one in writes]
    return hand.commit(changes, files)


def submit(hand: Hand, records: Iterable[str]) -> Receipt:
    """Submit the heads of one record or of many; each gets the slots that its kind asks for."""
    return hand.commit([Submit(row.id) for row in queries.rows(list(records))])


def approve(
    hand: Hand,
    records: Sequence[str],
    meaning: Meaning,
    signed: Signed,
    *,
    revisions: Mapping[str, str] | None = None,
    opened: frozenset[str] | None = None,
) -> Receipt:
    """Sign the submitted heads of one record or of a set, in one act: one approval for each.

    `revisions` names the revision of each record that its signer saw. `opened` names those that were opened.
    """
    changes: list[Change] = []
    for row in queries.rows(records):
        one = signed if opened is None else Signed(signed.how, signed.seen, row.id in opened)
        name = revisions[row.id] if revisions else row.head_name
        changes.append(Approve(row.id, name, meaning, one, set=len(records)))
    return hand.commit(changes)


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature of a set: on which revision of which record, with which meaning, and whether it was opened."""

    record: str
    revision: str
    meaning: Meaning
    opened: bool


def sign(hand: Hand, signatures: Sequence[Signature], signed: Signed) -> Receipt:
    """Sign a set of revisions in one act, each with an approval of its own that keeps the size of the set.

    Raises what the commit raises, for a revision that is not the head any more first of all, and then none is signed.
    """
    size = len({one.revision for one in signatures})
    return hand.commit(
        [
            Approve(one.record, one.revision, one.meaning, Signed(signed.how, signed.seen, one.opened), set=size)
            for one in signatures
        ]
    )


def reject(hand: Hand, record: str, reason: str) -> Receipt:
    """Say no to a submitted head, with the reason."""
    row = queries.row(record)
    return hand.commit([Reject(row.id, row.head_name, reason)])


def withdraw(hand: Hand, record: str, reason: str) -> Receipt:
    """Take back a record that was never effective."""
    row = queries.row(record)
    return hand.commit([Withdraw(row.id, row.head_name, reason)])


def retire(hand: Hand, record: str, why: str, replaced_by: str | None = None) -> Receipt:
    """Write the revision that retires a record, and submit it: it counts until that is signed."""
    row = queries.row(record)
    if row.standing != "effective":
        raise refusals.WrongStateError(record=row, state=row.head_state, act="retiring", fits="effective")
    retirement = {"why": why} | ({"replaced_by": replaced_by} if replaced_by else {})
    value = {**(queries.effective_value(row) or {}), "retired": retirement}
    return hand.commit([Write(row.id, row.kind, value, row.product, row.head_name), Submit(row.id)])


def review_links(hand: Hand, links: Sequence[tuple[str, str]], seen: int | None = None) -> Receipt:
    """Let links stand, `(record, target)` each, though their targets changed: somebody looked at what changed."""
    rows = queries.rows([one for link in links for one in link])
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return hand.commit([Look(record.id, target.id, seen, len(links)) for record, target in pairs])


def comment(hand: Hand, record: str, text: str) -> Receipt:
    """Say something about a record."""
    return hand.commit([Comment(queries.row(record).id, text)])


def take_in(hand: Hand, taken: Sequence[TakeIn]) -> Receipt:
    """Bring facts in; the same facts twice change nothing."""
    return hand.commit(list(taken))


def make_baseline(hand: Hand, product: str | None, release: str | None = None) -> tuple[int, Receipt]:
    """Mark where a product stands now, for a release or by itself; return the position."""
    receipt = hand.commit([MarkBaseline(product, release=release)])
    return receipt.outcomes[0].position, receipt


def waits_for(record: str) -> tuple[str, ...]:
    """Return the signatures that a submitted head still waits for, in words."""
    history = queries.history(record)
    if history.head_state is not Head.SUBMITTED:
        return ()
    slots = history.head.slots or ()
    return tuple(slots[number].label for number in history.head.open_slots)
