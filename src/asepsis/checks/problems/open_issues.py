"""The look through everything that is still open before a release goes out: held in time, and leaving nothing out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from asepsis.checks import decided, terms, tested
from asepsis.checks.check import Findings, check
from asepsis.checks.problems.reports import is_concluded
from asepsis.checks.quality.resolution_reviews import Issue, issues
from asepsis.checks.view import View
from asepsis.development.records import Finding
from asepsis.problems.records import Decision, Report
from asepsis.quality.records import ImprovementAction, PeriodicReview, Subject
from asepsis.record.dossier import Item
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap
from asepsis.risk.records import Vulnerability
from asepsis.sentences import Sentence

NOT_REVIEWED = Sentence(
    "Nobody looked through the open issues of {release} after the release before it and by its decision.",
    next="Look through the open issues of {release}, and sign the review; an empty list is signed as empty.",
)
LEFT_OUT = Sentence(
    "{review} left out {count} issues that were open: {issues}.",
    next="Look at {issues}, and sign a review that names them.",
)
CAME_SINCE = Sentence(
    "{count} issues came up after {review}, and nobody decided what becomes of them: {issues}.",
    next="Decide what becomes of {issues}, or look through the open issues again.",
)
NOT_COMPLETE = Sentence(
    "{review} concludes that not everything was dealt with.",
    next="Deal with what {review} found open, and review the open issues again.",
)
NO_ACTION = Sentence(
    "{review} concludes that problems were not really solved, and no improvement action follows from it.",
    next="Open an improvement action of origin review that names {review}.",
)
OBLIGATION = "9.5-6"


@dataclass(frozen=True, slots=True)
class Window:
    """The positions between which a review for a release is submitted: the decision before it, and its own."""

    after: int
    before: int

    def holds(self, position: int) -> bool:
        """Return whether something at a position lies inside."""
        return self.after < position < self.before


def _is_of_open_issues(review: Item[PeriodicReview], view: View) -> bool:
    return review.content.subject is Subject.OPEN_ISSUES


@check(
    "problems.open_issues_reviewed",
    over=PeriodicReview,
    owner=SystemRole.SECURITY,
    needed=True,
    whole=True,
    when=_is_of_open_issues,
)
def open_issues_are_reviewed(reviews: tuple[Item[PeriodicReview], ...], view: View) -> Findings:
    """Before a release is decided somebody looks through all that is open for it, and what comes up after is decided.

    Source: IEC 81001-5-1:2021, 9.5.
    """
    window = _window(view)
    inside = [one for one in reviews if window.holds(_submitted(one, view))]
    newest = max(inside, key=lambda one: _submitted(one, view), default=None)
    if newest is None:
        about = view.release or view.product
        yield Gap(about, NOT_REVIEWED, release=about).serving(OBLIGATION)
        return
    submitted, day = _submitted(newest, view), terms.day_of(newest, view)
    looked_at = {record for one in inside for record in one.content.looked_at}
    left_out, since = [], []
    for issue in issues(view):
        if issue.record.kind is Decision or not _is_of_release(issue, view):
            continue
        if issue.position < submitted:
            if issue.record.id not in looked_at and (issue.closed is None or issue.closed > day):
                left_out.append(issue.record)
        elif issue.position < window.before and not _is_answered(issue, view):
            since.append(issue.record)
    if left_out:
        yield Gap(newest, LEFT_OUT, review=newest, count=len(left_out), issues=left_out).serving(OBLIGATION)
    if since:
        yield Gap(newest, CAME_SINCE, review=newest, count=len(since), issues=since).serving(OBLIGATION)
    yield from _concluded(newest, view)


def _window(view: View) -> Window:
    release = view.release
    if release is None:
        return Window(-1, view.dossier.position + 1)
    earlier, own = terms.predecessor(release, view), terms.released_by(release, view)
    before = terms.released_by(earlier, view) if earlier is not None else None
    return Window(
        terms.first_position(before, view) if before is not None else -1,
        terms.first_position(own, view) if own is not None else view.dossier.position + 1,
    )


def _submitted(review: Item[PeriodicReview], view: View) -> int:
    revision = view.dossier.history(review).effective
    return revision.submitted or 0 if revision is not None else 0


def _is_of_release(issue: Issue, view: View) -> bool:
    if not isinstance(issue.record, Item) or view.release is None:
        return True
    record: Item[Any] = issue.record
    if record.kind is Vulnerability:
        return decided.has(record, view)
    return record.kind is not Finding or tested.is_finding_of_release(record, view)


def _is_answered(issue: Issue, view: View) -> bool:
    """Return whether what came up later is closed or decided; a report, when its investigation has ended."""
    if issue.closed is not None and issue.closed <= view.today:
        return True
    record = issue.record
    if record.kind is Report:
        return any(is_concluded(one, view) for one in decided.investigations_of(record.id, view))
    if isinstance(record, Item) and record.kind is Finding:
        return bool(decided.decisions_on(record, view))
    return bool(decided.decisions_about(record.id, view))


def _concluded(review: Item[PeriodicReview], view: View) -> Findings:
    if not review.content.complete:
        yield Gap(review, NOT_COMPLETE, review=review).serving(OBLIGATION)
    if not review.content.led_to_resolution and not view.dossier.back(review, ImprovementAction):
        yield Gap(review, NO_ACTION, review=review).serving(OBLIGATION)
