"""Records: written, submitted, looked at, talked about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

import msgspec

from asepsis.record.history import Head, History, Revision, Standing
from asepsis.record.kind import (
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
    times_of,
)
from asepsis.record.slots import Slot, SystemRole, approved, authored
from asepsis.store import refusals, rights
from asepsis.store.changes import (
    LATEST,
    Comment,
    Look,
    Outcome,
    Submit,
    Write,
)
from asepsis.store.going import _LETTERS, FOUNDING, Going, check_set, content_of, does
from asepsis.store.working import State, Working


@does(Write)
def write(going: Going, change: Write) -> Outcome:
    """Write a revision: the first one of a new record, or one that goes on from the head that its writer saw."""
    kind = kind_named(change.kind)
    if going.founding is None:
        going.ask(f"To write a {kind.__name__}", rights.ACTS["write"], change.product)
    going.know_product(change.product)
    state = _building_on(going, change, kind)
    label = state.label if state else _label(going, change, kind)
    value = plain_value(read_draft(kind, msgspec.json.encode(change.value), label))
    _check_targets(going, kind, value, change, label)
    _check_days(going, kind, value, label)
    if state is None:
        return _first(going, change, kind, label, value)
    if value == state.head_value:
        raise refusals.NothingNewError(record=state)
    history = state.history
    number = history.head.number + 1
    progress = is_progress(kind, value, state.effective_value)
    made = going.enter(
        "revision",
        of=change.product,
        record=change.record,
        kind=kind.__name__,
        version=kind.meta.version,
        number=number,
        before=history.head.name,
        content=going.seal(value),
        material=material_of(state, kind, value, progress),
        progress=progress,
    )
    state.apply(made.position, made.name, made.fields, value)
    return Outcome(made.position, made.name, change.record, label)


def _building_on(going: Going, change: Write, kind: type[Kind]) -> State | None:
    """Return the record that is revised, `None` for a new one. Raises where the writer saw another head."""
    state = going.working.get(change.record)
    if change.before is None:
        if state is not None:
            raise refusals.StaleHeadError(record=state, number=state.history.head.number)
        _check_scope(going, kind, change.product)
        return None
    state = going.state(change.record)
    if not is_head(state, change.before) or state.history.kind != kind.__name__:
        raise refusals.StaleHeadError(record=state, number=state.history.head.number)
    if state.history.product != change.product:
        raise refusals.UnknownRecordError(record=state.label)
    if kind.meta.single:
        other = going.working.single(kind.__name__, change.product, besides=state.id)
        if other is not None:
            raise refusals.SecondSingleError(kind=kind.__name__, record=other)
    return state


def _check_scope(going: Going, kind: type[Kind], product: str | None) -> None:
    if ("P" if product else "O") not in kind.meta.of:
        raise refusals.WrongScopeError(
            kind=kind.__name__, scope="the organisation" if product else "a product", )  # fmt: skip
    if kind.meta.single:
        other = going.working.single(kind.__name__, product)
        if other is not None:
            raise refusals.SecondSingleError(kind=kind.__name__, record=other)


def _label(going: Going, change: Write, kind: type[Kind]) -> str:
    code = going.products[change.product].code if change.product else "ORG"
    if change.persons is not None:
        first, *rest = sha256(change.record.encode() + going.salt()).digest()[:5]
        tail = _LETTERS[first % 24] + "".join(_LETTERS[byte % 32] for byte in rest)
        return f"{code}-{kind.meta.prefix}-{tail}"
    return f"{code}-{kind.meta.prefix}-{going.working.next_number(change.product, kind.__name__)}"


def _first(going: Going, change: Write, kind: type[Kind], label: str, value: dict[str, Any]) -> Outcome:
    made = going.enter(
        "revision",
        of=change.product,
        record=change.record,
        kind=kind.__name__,
        version=kind.meta.version,
        number=1,
        label=label,
        content=going.seal(value),
        material=1,
        progress=False,
    )
    state = State(History.begun(made.position, made.name, made.fields), value, None, going.at, made.position, True)
    going.working.begin(state)
    if change.persons is not None:
        shut = going.enter("embargo", of=change.product, record=change.record, to=list(change.persons))
        state.apply(shut.position, shut.name, shut.fields)
    return Outcome(made.position, made.name, change.record, label)


def _check_days(going: Going, kind: type[Kind], value: dict[str, Any], label: str) -> None:
    """Refuse a day or an instant at which something happened that has not come yet where the organisation is."""
    for name, time in times_of(kind, value):
        if time > (going.at if "T" in time else going.day):
            raise refusals.FutureDayError(record=label, field=name, day=time[:10], today=going.day)


def _check_targets(going: Going, kind: type[Kind], value: dict[str, Any], change: Write, label: str) -> None:
    targets = shape_of(kind).targets
    for reference in references(kind, value):
        allowed, _ = targets[reference.field]
        state = going.working.get(reference.target)
        reason = _misfit(going, state, allowed, change, reference.target)
        if reason:
            shown = state.label if state is not None and going.sees(state) else reference.target
            raise refusals.ForeignTargetError(record=label, field=reference.field, target=shown, reason=reason)


def _misfit(
    going: Going, state: State | None, allowed: frozenset[type[Kind]], change: Write, target: str
) -> str | None:
    if target == change.record:
        return None if allowed & {kind_named(change.kind), Kind} else "is of another kind than this field takes"
    if state is None or not going.sees(state):
        return "is not here"
    if Kind not in allowed and state.kind not in allowed:
        return "is of another kind than this field takes"
    if state.history.product is not None and state.history.product != change.product:
        return "belongs to another product" if change.product else "belongs to a product, and this to all"
    if state.history.persons is not None and change.persons is None:
        own = going.working.states.get(change.record)
        if own is None or own.history.persons is None:
            return "is withheld, and this record is not"
    return None


@does(Submit)
def submit(going: Going, change: Submit) -> Outcome:
    """Submit the head of a record: work out, once, which signatures it waits for."""
    state = going.state(change.record)
    history, head = state.history, state.history.head
    if going.founding is None:
        going.ask(f"To submit {state.label}", rights.ACTS["submit"], history.product)
    if change.revision not in (None, head.name):
        raise refusals.StaleHeadError(record=state, number=head.number)
    if history.head_state is not Head.DRAFT:
        raise refusals.WrongStateError(record=state, state=history.head_state, act="submitting", fits="a draft")
    written = read_content(state.kind, msgspec.json.encode(state.head_value), state.label)
    if change.founding and going.founding is not None and len(going.made) < FOUNDING:
        slots: tuple[Slot, ...] = ()
    elif head.progress:
        slots = (authored(head.by),)
    elif is_copy(state):
        slots = (approved(SystemRole.QUALITY),)
    else:
        look = _Look(going.working, history.product, lambda: going.policy(history.product))
        slots = state.kind.slots(written, look)
        if written.retired is not None:
            slots = tuple(_apart(one) for one in slots)
    made = going.enter(
        "submission", of=history.product, about=state.id, revision=head.name, slots=[slot_value(one) for one in slots]
    )  # fmt: skip
    state.apply(made.position, made.name, made.fields)
    return Outcome(made.position, made.name, state.id, state.label)


@does(Look)
def look(going: Going, change: Look) -> Outcome:
    """Keep that somebody looked at a link after its target changed."""
    state = going.state(change.record)
    effective = state.history.effective
    if effective is None:
        raise refusals.WrongStateError(
            record=state, state=state.history.head_state, act="looking at a link", fits="effective"
        )
    slots = carrying(state.history, effective).slots or ()
    roles = [role for slot in slots for role in slot.roles] or list(rights.WORKING)
    if not any(slot.person == going.actor.id for slot in slots):
        going.ask(f"To look at the links of {state.label}", roles, state.history.product)
    if not any(one.target == change.target for one in references(state.kind, state.effective_value or {})):
        raise refusals.UnknownRecordError(record=change.target)
    check_set(going, change, Look)
    seen = going.size if change.seen is None else change.seen
    if seen > going.size:
        raise refusals.FutureSeenError(seen=seen, size=going.size)
    made = going.enter(
        "looked", of=state.history.product, record=state.id, target=change.target, seen=seen, set=change.set
    )
    state.apply(made.position, made.name, made.fields)
    return Outcome(made.position, made.name, state.id, state.label)


@does(Comment)
def comment(going: Going, change: Comment) -> Outcome:
    """Keep what somebody says about a record."""
    state = going.state(change.record)
    going.ask("To comment", rights.ACTS["comment"], state.history.product)
    made = going.enter("comment", of=state.history.product, record=state.id, content=going.seal({"text": change.text}))
    return Outcome(made.position, made.name, state.id, state.label)


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
        return content_of(state) if state is not None and state.standing is Standing.EFFECTIVE else None

    def back(self, ref: str, kind: type[Kind]) -> tuple[Any, ...]:
        """Return the effective contents of `kind` that refer to `ref`."""
        found = self._working.referring(str(ref), kind.__name__)
        return tuple(content_of(state) for state in found if state.standing is Standing.EFFECTIVE)

    def in_force(self, kind: type[Kind]) -> Any:
        """Return the content of the single record that is in force: the product's, else the organisation's."""
        for product in dict.fromkeys((self._product, None)):
            state = self._working.single(kind.__name__, product)
            if state is not None and state.standing is Standing.EFFECTIVE:
                return content_of(state)
        return None


def _apart(slot: Slot) -> Slot:
    """Return a slot that bars the authors: whatever its kind says, retiring takes two. One person's own slot stays."""
    return slot if slot.person else Slot(slot.meaning, slot.roles, apart=True)


def carrying(history: History, effective: Revision) -> Revision:
    """Return the revision whose signatures carry the effective one: itself, or what progress went on from."""
    signed = (one for one in reversed(history.revisions) if one.effective is not None and not one.progress)
    return next((one for one in signed if one.number <= effective.number), effective)


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


def is_head(state: State, name: str) -> bool:
    """Return whether `name` is the head of a record, as its reader saw it or as this commit has made it."""
    return state.touched if name == LATEST else state.history.head.name == name


def is_copy(state: State) -> bool:
    """Return whether the head is a copy of what was signed elsewhere: taken over, and nothing was effective here yet."""
    return state.history.effective is None and "taken_over" in (state.head_value or {})
