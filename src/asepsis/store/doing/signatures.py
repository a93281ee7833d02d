"""Signatures: given, refused, and what was never effective taken back."""

from __future__ import annotations

import msgspec

from asepsis.record.history import Head, Revision
from asepsis.record.kind import (
    read_draft,
    references,
)
from asepsis.record.slots import Slot, SystemRole
from asepsis.store import refusals, rights
from asepsis.store.changes import (
    Approve,
    Outcome,
    Reject,
    Withdraw,
)
from asepsis.store.doing.records import is_copy, is_head
from asepsis.store.going import Going, any_of, check_set, does
from asepsis.store.models import Person
from asepsis.store.working import State


@does(Approve)
def approve(going: Going, change: Approve) -> Outcome:
    """Fill one slot of a submitted head with a signature."""
    state = going.state(change.record)
    if going.actor.token:
        raise refusals.TokenSignsNothingError(record=state)
    history = state.history
    head = _waiting(going, state, change.revision)
    signer = _signer(going)
    check_set(going, change, Approve)
    number, stands_in = _slot(going, state, head, change)
    seen = _seen(going, state, change.signed.seen)
    made = going.enter(
        "approval",
        of=history.product,
        about=state.id,
        revision=head.name,
        slot=number,
        meaning=str(change.meaning),
        card=signer.card,
        how=_how(going, state, change.signed.how),
        seen=seen,
        set=change.set,
        opened=change.signed.opened,
        stands_in=stands_in,
    )
    state.apply(made.position, made.name, made.fields)
    return Outcome(made.position, made.name, state.id, state.label)


def _waiting(going: Going, state: State, revision: str) -> Revision:
    head = state.history.head
    if not is_head(state, revision):
        raise refusals.StaleHeadError(record=state, number=head.number)
    if state.history.head_state is not Head.SUBMITTED:
        raise refusals.NotSubmittedError(record=state, state=state.history.head_state)
    return head


def _signer(going: Going) -> Person:
    person = going.person(going.actor.id)
    if person is None:
        raise refusals.LateAppointmentError(person=going.actor.id)
    return person


def _how(going: Going, state: State, how: str) -> str:
    """Return how it was signed. On what was taken over the signature says that it is a true copy, however it was given."""
    origin = going.ledger.origin if going.ledger else going.founding.origin if going.founding else "real"
    if how == "demonstration" and origin != "demonstration":
        raise refusals.DemonstrationError(how=how)
    if is_copy(state):
        return "copy"
    if how == "copy":
        raise refusals.DemonstrationError(how=how)
    return how


def _slot(going: Going, state: State, head: Revision, change: Approve) -> tuple[int, str | None]:
    """Return the slot that this signature fills, and how its signer stands in for an author, if so."""
    slots = head.slots or ()
    barred: refusals.OwnWorkError | None = None
    for number in head.open_slots:
        slot = slots[number]
        if slot.meaning is not change.meaning or change.slot not in (None, number):
            continue
        way = _way(going, state, slot)
        if way is not None:
            return number, way or None
        if _holds(going, state, slot):
            barred = refusals.OwnWorkError(
                record=state, person=going.name(going.actor.id), roles=any_of(slot.roles) if slot.roles else "that role"
            )
    if barred is not None:
        raise barred
    raise refusals.NoSuchSlotError(
        record=state,
        meaning=change.meaning,
        person=going.name(going.actor.id),
        slots=[slots[number].label for number in head.open_slots],
    )


def _holds(going: Going, state: State, slot: Slot) -> bool:
    if slot.person:
        return slot.person == going.actor.id
    return rights.may(going.held, slot.roles, state.history.product)


def _way(going: Going, state: State, slot: Slot) -> str | None:
    """Return how the actor may fill `slot`: `deputy` or `quality` in another's place, empty as themselves, or not."""
    holds, authors = _holds(going, state, slot), state.history.authors
    if not slot.apart or slot.person:
        return "" if holds and not (slot.apart and going.actor.id in authors) else None
    if going.actor.id in authors:
        return None
    product = state.history.product
    holding = {one for role in slot.roles for one in _holders(going, role, product)}
    if holds and not rights.only_holder_wrote(authors, holding):
        return ""
    by_quality = bool(going.policy(product).get("people.second_eyes_by_quality", True))
    quality = {one for one, _ in _holders(going, SystemRole.QUALITY, product)} if by_quality else set()
    return rights.stands_in(going.actor.id, state.kind, authors, holding, quality)


def _holders(going: Going, role: SystemRole, product: str | None) -> tuple[tuple[str, bool], ...]:
    """Return who held a role when the commit began; what it changes itself counts from the next one on."""
    if (role, product) not in going.holders:
        going.holders[role, product] = rights.holders(role, product, going.day)
    return going.holders[role, product]


def _seen(going: Going, state: State, seen: int | None) -> int:
    """Return the size of the ledger that a signer had before their eyes. Raises where what it rests on moved since.

    What became effective in this same commit, signed in the same set, was before their eyes as well.
    """
    if seen is not None and seen > going.size:
        raise refusals.FutureSeenError(seen=seen, size=going.size)
    here = going.size + len(going.made)
    if seen is None:
        return here
    in_this_set = False
    for reference in references(state.kind, state.head_value or {}):
        target = going.working.get(reference.target)
        if reference.names or target is None or target is state or not target.history.turns:
            continue
        turned = target.history.turns[-1][0]
        if seen <= turned < going.size:
            raise refusals.MovedGroundError(target=target, record=state)
        in_this_set = in_this_set or turned >= going.size
    return here if in_this_set else seen


@does(Reject)
def reject(going: Going, change: Reject) -> Outcome:
    """Say no to a submitted head."""
    state = going.state(change.record)
    head = _waiting(going, state, change.revision)
    slots = head.slots or ()
    roles = [role for number in head.open_slots for role in slots[number].roles]
    named = any(slots[number].person == going.actor.id for number in head.open_slots)
    if not named:
        going.ask(f"To reject {state.label}", roles, state.history.product)
    return _said(going, state, "rejection", head.name, change.reason)


@does(Withdraw)
def withdraw(going: Going, change: Withdraw) -> Outcome:
    """Take back what was never effective and warns of nothing."""
    state = going.state(change.record)
    head = state.history.head
    if head.name != change.revision:
        raise refusals.StaleHeadError(record=state, number=head.number)
    if state.history.effective is not None or state.history.head_state is Head.WITHDRAWN:
        raise refusals.WrongStateError(
            record=state, state=state.history.head_state, act="withdrawing", fits="never yet effective"
        )
    if going.actor.id not in {one.by for one in state.history.revisions}:
        raise refusals.NotPermittedError(
            act=f"To withdraw {state.label}", roles="its author", person=going.name(going.actor.id)
        )
    if state.kind.warning(read_draft(state.kind, msgspec.json.encode(state.head_value), state.label)):
        raise refusals.WarningKeptError(record=state)
    return _said(going, state, "withdrawal", head.name, change.reason)


def _said(going: Going, state: State, form: str, revision: str, reason: str) -> Outcome:
    made = going.enter(
        form, of=state.history.product, about=state.id, revision=revision, reason=going.seal({"reason": reason})
    )
    state.apply(made.position, made.name, made.fields)
    return Outcome(made.position, made.name, state.id, state.label)
