"""Improvement actions: somebody does each by its day, and looks whether it helped."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import msgspec

from asepsis.checks import ordered, terms
from asepsis.checks.check import check
from asepsis.checks.view import View
from asepsis.quality.domain import months_after
from asepsis.quality.records import ImprovementAction
from asepsis.record.dossier import Item, Pending
from asepsis.record.history import Head
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap
from asepsis.sentences import Named, Sentence

NOT_SIGNED = Sentence(
    "{action} was due on {day} and is not in force yet.", next="Have {action} signed, with a day that can be kept."
)
NOBODYS = Sentence(
    "{action} is owned by {person}, who is not with you today.", next="Give {action} to somebody who is there."
)
NOT_DONE = Sentence("{action} was due on {day} and is not done.", next="Do {action} and enter the day.")
NOT_CHECKED = Sentence(
    "{action} was done on {day}, and nobody looked within {months} months whether it helped.",
    next="Look whether {action} helped, and enter the day and the answer.",
)
DONE_BEFORE = Sentence(
    "{action} was done on {day}; nothing that it was opened for was there before {since}.",
    next="Correct the day in {action}, or name in it what made it necessary.",
)
NOT_JUDGED = Sentence(
    "The effect of {action} was checked on {day}, and whether it helped is not said.",
    next="Enter in {action} whether it helped.",
)
DID_NOT_HELP = Sentence(
    "{action} did not help, and no later action follows from it.",
    next="Open an improvement action that names {action} as its reason.",
)
CHECKED_TOO_SOON = Sentence(
    "The effect of {action} was checked on {checked}, before it was done on {day}.",
    next="Look again whether {action} helped, and enter that day.",
)


# It goes through the product, since an action that nobody signed yet counts too, and may be the only one there is.
@check("quality.improvement_actions_run", over="product", owner=SystemRole.QUALITY)
def improvement_actions_run(product: Named, view: View) -> Iterator[Gap]:
    """Each improvement action has an owner who is there, is done by its day, checked for effect, and followed up.

    One that is not signed counts once its day is past. After a check that found help, its owner may leave.

    Source: IEC 81001-5-1:2021, 4.1.6.
    """
    for pending in view.dossier.pending(ImprovementAction):
        yield from _unsigned(pending, view)
    actions = view.dossier.all(ImprovementAction)
    there = terms.people(view) if actions else {}
    for action in actions:
        owner = action.content.owner
        if action.content.worked is None and not terms.active(owner, view.today, there):
            yield Gap(action, NOBODYS, action=action, person=owner)
        yield from _done(action, view)
        yield from _checked(action, view)


def _unsigned(pending: Pending, view: View) -> Iterator[Gap]:
    if pending.state is Head.WITHDRAWN or pending.value is None or view.dossier.get(pending.id) is not None:
        return
    value: dict[str, Any] = msgspec.json.decode(pending.value)
    due = date.fromisoformat(value["due"]) if "due" in value else None
    if due is not None and terms.past(due, view):
        yield Gap(pending, NOT_SIGNED, action=pending, day=due).owed(by=value.get("owner"), due=due)


def _done(action: Item[ImprovementAction], view: View) -> Iterator[Gap]:
    content = action.content
    if content.done_on is None:
        if terms.past(content.due, view):
            yield Gap(action, NOT_DONE, action=action, day=content.due).owed(by=content.owner, due=content.due)
        return
    if (since := ordered.came_later(content.done_on, content.because, view)) is not None:
        yield Gap(action, DONE_BEFORE, action=action, day=content.done_on, since=since)
    months = view.policy.number("quality.effect_check_months")
    due = months_after(content.done_on, months)
    if content.effect_checked_on is None and terms.past(due, view):
        yield Gap(action, NOT_CHECKED, action=action, day=content.done_on, months=months).owed(due=due)


def _checked(action: Item[ImprovementAction], view: View) -> Iterator[Gap]:
    content = action.content
    if content.effect_checked_on is None:
        return
    if content.done_on is not None and content.effect_checked_on < content.done_on:
        yield Gap(action, CHECKED_TOO_SOON, action=action, checked=content.effect_checked_on, day=content.done_on)
    if content.worked is None:
        yield Gap(action, NOT_JUDGED, action=action, day=content.effect_checked_on)
    if content.worked is False and not _is_followed(action, view):
        yield Gap(action, DID_NOT_HELP, action=action)


def _is_followed(action: Item[ImprovementAction], view: View) -> bool:
    """Return whether a younger action names this one: it is the only thing that an action in force can refer to one by."""
    position = terms.first_position(action, view)
    return any(terms.first_position(one, view) > position for one in view.dossier.back(action, ImprovementAction))
