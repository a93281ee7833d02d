"""Which signatures wait for a person: the open slots of submitted heads that are theirs to fill."""

from __future__ import annotations

from collections.abc import Iterable

from asepsis.record.history import Head, History
from asepsis.record.slots import Slot
from asepsis.store import rights
from asepsis.store.rights import Held


def own_slots(history: History, person: str, held: Iterable[Held]) -> tuple[Slot, ...]:
    """Return the open slots of a record's head that `person`, who holds `held` today, may fill as themselves.

    Who may only stand in for the one holder of a role, as deputy or for quality, finds none here; the commit knows.
    """
    if history.head_state is not Head.SUBMITTED:
        return ()
    holding = tuple(held)
    slots = history.head.slots or ()
    return tuple(slot for number in history.head.open_slots if _is_own(slot := slots[number], history, person, holding))


def _is_own(slot: Slot, history: History, person: str, held: tuple[Held, ...]) -> bool:
    if slot.apart and person in history.authors:
        return False
    return slot.person == person if slot.person else rights.may(held, slot.roles, history.product)
