"""The yearly look back at how problems were solved: held in time, without holes, over everything that was open."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from asepsis.checks import terms
from asepsis.checks.check import check
from asepsis.checks.view import View
from asepsis.development.records import Finding, RunOutcome, TestRun
from asepsis.problems.records import Decision, Incident, Report
from asepsis.quality.domain import months_after
from asepsis.quality.records import ImprovementAction, Origin, PeriodicReview, Subject
from asepsis.record.dossier import Item, Pending
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap
from asepsis.risk.records import Vulnerability
from asepsis.sentences import Sentence

MONTHS = "quality.resolution_review_months"

OVERDUE = Sentence(
    "{review} looks back until {last}; the next review of how problems were solved was due by {day}.",
    next="Hold the review of how security problems were solved, and sign it.",
)
NEXT_TOO_LATE = Sentence(
    "{review} sets the next review for {found}; it is due by {day}.",
    next="Set the day of the next review in {review} to {day} or earlier, and have it signed.",
)
SIGNED_LATE = Sentence(
    "{review} looks back until {last} and was signed on {day}, more than a month later.",
    next="Hold the next review now, and sign it within a month of the end of its time.",
)
INTERVAL_MISSED = Sentence(
    "{review} looks back until {last}; after {earlier} it was due by {day}.",
    next="Answer the missed interval by an improvement action that names {review}, and check its effect.",
)
HOLE = Sentence(
    "{review} begins on {begins}, and {earlier} ends on {ends}: nobody looked back at the days between.",
    next="Answer the days left out by an improvement action that names {review}, and check its effect.",
)
LEFT_OUT = Sentence(
    "{review} did not look at {issue}, which was open, opened or closed in its time.",
    next="Look at {issue} in the next review of how problems were solved.",
)
NO_ACTION = Sentence(
    "{review} concludes that problem solving was not {what}, and no improvement action follows from it.",
    next="Open an improvement action of origin review that names {review} as its reason.",
)
NOT_SOLVED = Sentence(
    "{review} concludes that problems were solved, while {decision} was due on {due} and was open on {day}.",
    next="Conclude in {review} what is so, or close {decision} and sign the review anew.",
)


def is_of_resolution(review: Item[PeriodicReview], view: View) -> bool:
    """Return whether a periodic review is about how problems were solved."""
    return review.content.subject is Subject.PROBLEM_RESOLUTION


@check(
    "quality.defect_review_current",
    over=PeriodicReview,
    owner=SystemRole.QUALITY,
    needed=True,
    whole=True,
    when=is_of_resolution,
)
def resolution_was_reviewed_lately(reviews: tuple[Item[PeriodicReview], ...], view: View) -> Iterator[Gap]:
    """The newest look back at how problems were solved is recent, was signed soon, and names the next in time.

    Source: IEC 81001-5-1:2021, 4.1.8.
    """
    newest = max(reviews, key=lambda one: (one.content.last_day, terms.first_position(one, view)))
    content = newest.content
    due = months_after(content.last_day, view.policy.number(MONTHS))
    signed = terms.first_day(newest, view)
    said = terms.next_review(newest, view.policy.number(MONTHS))
    if terms.past(said, view):
        yield Gap(newest, OVERDUE, review=newest, last=content.last_day, day=said).owed(due=said)
    if content.next_due > due:
        yield Gap(newest, NEXT_TOO_LATE, review=newest, found=content.next_due, day=due).owed(due=due)
    if signed > months_after(content.last_day, 1):
        yield Gap(newest, SIGNED_LATE, review=newest, last=content.last_day, day=signed)


@check(
    "quality.defect_review_intervals",
    over=PeriodicReview,
    owner=SystemRole.QUALITY,
    heals="answered",
    whole=True,
    when=is_of_resolution,
)
def no_interval_was_missed(reviews: tuple[Item[PeriodicReview], ...], view: View) -> Iterator[Gap]:
    """Each look back at how problems were solved follows the one before it in time, and leaves no day between them.

    Those of the organisation and those of the product are two rows.

    Source: IEC 81001-5-1:2021, 4.1.8.
    """
    rows: defaultdict[str | None, list[Item[PeriodicReview]]] = defaultdict(list)
    for review in sorted(reviews, key=lambda one: (one.content.last_day, terms.first_position(one, view))):
        rows[review.product].append(review)
    for row in rows.values():
        for earlier, later in pairwise(row):
            ends = earlier.content.last_day
            due = months_after(ends, view.policy.number(MONTHS))
            told: dict[str, Any] = {"review": later, "earlier": earlier}
            if later.content.last_day > due:
                yield Gap(later, INTERVAL_MISSED, last=later.content.last_day, day=due, **told)
            if later.content.first_day > ends + timedelta(days=1):
                yield Gap(later, HOLE, begins=later.content.first_day, ends=ends, **told)


# --- what a review has to look at -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Issue:
    """A problem with the days on which it was opened and closed, and its first position in the ledger."""

    record: Item[Any] | Pending
    opened: date
    closed: date | None
    position: int

    def was_there(self, first: date, last: date) -> bool:
        """Return whether it was opened, closed or open between two days, both counted."""
        return self.opened <= last and (self.closed is None or self.closed >= first)


@check(
    "quality.defect_review_whole",
    over=PeriodicReview,
    owner=SystemRole.QUALITY,
    needed=True,
    whole=True,
    when=is_of_resolution,
)
def reviews_look_at_everything(reviews: tuple[Item[PeriodicReview], ...], view: View) -> Iterator[Gap]:
    """Each look back went over every problem of its time, itself or by a later one, and what it concluded is followed.

    Source: IEC 81001-5-1:2021, 4.1.8.
    """
    for review in reviews:
        looked_at = _looked_at(review, reviews, view)
        known = _submitted(review, view)
        for issue in issues(view):
            there = issue.was_there(review.content.first_day, review.content.last_day)
            if there and issue.position < known and issue.record.id not in looked_at:
                yield Gap(review, LEFT_OUT, review=review, issue=issue.record)
        yield from _concluded(review, view)


def _looked_at(review: Item[PeriodicReview], reviews: tuple[Item[PeriodicReview], ...], view: View) -> set[str]:
    """Return what a review looked at, or a younger one, or one that looks back at some of the same days."""
    own, position = review.content, terms.first_position(review, view)
    return {
        record
        for other in reviews
        if terms.first_position(other, view) > position
        or (other.content.first_day <= own.last_day and own.first_day <= other.content.last_day)
        for record in other.content.looked_at
    }


def _submitted(review: Item[PeriodicReview], view: View) -> int:
    revision = view.dossier.history(review).effective
    return revision.submitted or 0 if revision else 0


def _concluded(review: Item[PeriodicReview], view: View) -> Iterator[Gap]:
    content = review.content
    concluded = {"complete": content.complete, "efficient": content.efficient, "solved": content.led_to_resolution}
    followed = any(action.content.origin is Origin.REVIEW for action in view.dossier.back(review, ImprovementAction))
    for what, so in concluded.items():
        if not so and not followed:
            yield Gap(review, NO_ACTION, review=review, what=what)
    day = terms.day_of(review, view)
    for record in content.looked_at if content.led_to_resolution else ():
        decision: Item[Any] | None = view.dossier.get(record)
        if decision is None or not isinstance(decision.content, Decision) or decision.content.due is None:
            continue
        closed = decision.content.closed_on
        if decision.content.due < day and (closed is None or closed > day):
            yield Gap(review, NOT_SOLVED, review=review, decision=decision, due=decision.content.due, day=day)


def issues(view: View) -> tuple[Issue, ...]:
    """Return every report, finding, vulnerability, incident and decision; those that warn from their first save."""
    return view.once("issues", _issues)


def _issues(view: View) -> tuple[Issue, ...]:
    heads = {
        one.id: one
        for kind in (Report, Finding, Vulnerability, Incident)
        for one in (*view.dossier.warning_heads(kind), *view.dossier.all(kind))
    }
    return tuple(_issue(one, view) for one in (*heads.values(), *view.dossier.all(Decision)))


def _issue(record: Item[Any] | Pending, view: View) -> Issue:
    first = view.dossier.history(record.id).revisions[0]
    opened, closed = view.day(first.at), None
    if isinstance(record, Item):
        match record.content:
            case Report(received_on=received, closed_on=on):
                opened, closed = view.day(received), on
            case Incident(noticed_on=noticed, recovered_on=recovered):
                opened = view.day(noticed)
                closed = view.day(recovered) if recovered and recovered >= noticed else None
            case Decision(closed_on=on):
                closed = on
            case _:
                closed = _dealt_with(record, view)
    return Issue(record, opened, closed, first.position)


def _dealt_with(record: Item[Any], view: View) -> date | None:
    """Return when a finding or vulnerability was dealt with: the last decision about it closed, or it passed a retest."""
    closed = [one.content.closed_on for one in view.dossier.back(record, Decision)]
    if closed and all(closed):
        return max(day for day in closed if day)
    passed = [run.content.on for run in view.dossier.back(record, TestRun) if run.content.outcome is RunOutcome.PASS]
    return min(passed, default=None) if not closed else None
