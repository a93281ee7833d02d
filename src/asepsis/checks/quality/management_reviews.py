"""Management reviews: held in time, over what management has to see."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from asepsis.checks import terms
from asepsis.checks.check import check
from asepsis.checks.view import View
from asepsis.quality.domain import months_after
from asepsis.quality.records import (
    Grade,
    ImprovementAction,
    ManagementReview,
    Nonconformity,
    PeriodicReview,
    Subject,
)
from asepsis.record.dossier import Item
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap, Unknown
from asepsis.sentences import Sentence

OVERDUE = Sentence(
    "{review} is the newest management review; the next one was due by {day}.",
    next="Hold the management review and sign what it concludes about security.",
)
LEFT_OUT = Sentence(
    "{review} did not look at {record}, which was {what} on that day.",
    next="Name {record} in a management review, with what management concludes about it.",
)
MINUTES_GONE = Sentence("The minutes of {review} are not stored here.", next="Store the minutes of {review} again.")


@check(
    "quality.management_reviews_security",
    over=ManagementReview,
    owner=SystemRole.MANAGEMENT,
    needed=True,
    whole=True,
)
def management_reviews_security(reviews: tuple[Item[ManagementReview], ...], view: View) -> Iterator[Gap | Unknown]:
    """Management reviewed security within the interval, over open major faults, late actions and the last look back.

    Where several reviews were held on the newest day, what one of them looked at was looked at.

    Source: IEC 81001-5-1:2021, 4.1.1 and 4.1.6.
    """
    newest = max(reviews, key=lambda one: (one.content.on, terms.first_position(one, view)))
    due = months_after(newest.content.on, view.policy.number("quality.management_review_months"))
    if terms.past(due, view):
        yield Gap(newest, OVERDUE, review=newest, day=due).owed(due=due)
    seen = {record for one in reviews if one.content.on == newest.content.on for record in one.content.looked_at}
    for record, what in _to_be_seen(newest.content.on, view):
        if record.id not in seen:
            yield Gap(newest, LEFT_OUT, review=newest, record=record, what=what)
    if terms.is_gone(newest.content.minutes, view):
        yield Unknown(newest, MINUTES_GONE, review=newest)


def _to_be_seen(day: date, view: View) -> Iterator[tuple[Item[Any], str]]:
    """Yield what a management review of that day had to look at, each with what it was then."""
    for fault in {one.id: one for one in view.dossier.with_heads(Nonconformity)}.values():
        accepted = fault.content.accepted_on
        if fault.content.grade is Grade.MAJOR and written(fault, view) <= day and (accepted is None or accepted > day):
            yield fault, "an open major nonconformity"
    for action in view.dossier.all(ImprovementAction):
        done = action.content.done_on
        if terms.first_day(action, view) <= day and action.content.due < day and (done is None or done > day):
            yield action, "an improvement action past its due day"
    looks_back = [
        one
        for one in view.dossier.all(PeriodicReview)
        if one.content.subject is Subject.PROBLEM_RESOLUTION and terms.first_day(one, view) <= day
    ]
    if looks_back:
        yield max(looks_back, key=lambda one: one.content.last_day), "the newest review of how problems were solved"


def written(item: Item[Any], view: View) -> date:
    """Return the day on which a record was first written down, signed or not."""
    return view.day(view.dossier.history(item).revisions[0].at)
