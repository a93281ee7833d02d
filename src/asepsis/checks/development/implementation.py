"""Checks of the implementation: its changes are reviewed, and what was designed is found in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from asepsis.checks import sourced, terms, tested
from asepsis.checks.check import Findings, check
from asepsis.checks.view import View
from asepsis.development.records import (
    QUESTIONS,
    Answer,
    ChangeSet,
    DesignElement,
    Review,
    ReviewConclusion,
    ReviewOf,
)
from asepsis.exchange.facts import Change, Source
from asepsis.record.dossier import Item
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap, Unknown
from asepsis.sentences import Sentence

# --- reviewed -------------------------------------------------------------------------------------------------------

SHORTEST = 7  # characters of a commit's id that tell it from others
PASSED = (ReviewConclusion.PASS, ReviewConclusion.PASS_WITH_FINDINGS)

NONE_PASSED = Sentence(
    "No review of the implementation of {release} passed.",
    next="Review the change set of {release} once and answer a to e.",
)
NOT_HELD = Sentence(
    "{count} changes in {release} are in no review of the implementation that passed: {changes}.",
    next="Review these changes once and answer a to e.",
)
UNANSWERED = Sentence("{review} does not answer {questions}.", next="Answer {questions} in {review}.")
NO_FINDING = Sentence(
    "{review} says no to {questions}, and no finding names it.", next="Write the finding of {review} for each no."
)
BY_ITS_LEAD_ALONE = Sentence(
    "{review} was reviewed by {person} alone, who also held it.",
    next="Have somebody else review what {review} looked at, and sign.",
)
FAILED_SINCE = Sentence(
    "{review} failed, and no review of the implementation has passed since.",
    next="Mend what {review} found, and review the implementation again.",
)


def _is_of_implementation(review: Item[Review], view: View) -> bool:
    return review.content.of is ReviewOf.IMPLEMENTATION


@check(
    "development.implementation_reviewed",
    over=Review,
    owner=SystemRole.DEVELOPER,
    needed=True,
    whole=True,
    when=_is_of_implementation,
)
def the_implementation_is_reviewed(reviews: tuple[Item[Review], ...], view: View) -> Findings:
    """Each change of a release was reviewed for security before the decision, all five points, not by its lead alone, and passed.

    Source: IEC 81001-5-1:2021, 5.5.2.
    """
    about = view.release or view.product
    for review in reviews:
        noes = [one.question for one in review.content.questions if one.answer is Answer.NO]
        if noes and not tested.findings_of(review.id, view):
            yield Gap(review, NO_FINDING, review=review, questions=noes)
    passed = [one for one in reviews if not one.at_head and one.content.concluded in PASSED and _in_time(one, view)]
    last = max((_when(one, view) for one in passed), default=None)
    for review in reviews:
        if review.content.concluded is ReviewConclusion.FAIL and (last is None or _when(review, view) > last):
            yield Gap(review, FAILED_SINCE, review=review)
    if not passed:
        yield Gap(about, NONE_PASSED, release=about)
        return
    source = sourced.source_of(view)
    held = {review.id: _held_by(review, source, view) for review in passed}
    for review in passed:
        if held[review.id] or not source.changes:
            yield from _is_answered(review)
            yield from _is_seen_by_two(review)
    missing = [one.id for one in source.changes if not any(one.id in changes for changes in held.values())]
    if missing:
        yield Gap(about, NOT_HELD, count=len(missing), release=about, changes=[one[:12] for one in missing])


def _in_time(review: Item[Review], view: View) -> bool:
    decision = terms.released_by(view.release, view) if view.release is not None else None
    return decision is None or review.content.held_on <= terms.first_day(decision, view)


def _when(review: Item[Review], view: View) -> tuple[object, int]:
    return review.content.held_on, terms.saved_position(review, view)


def _is_answered(review: Item[Review]) -> Findings:
    answered = {one.question for one in review.content.questions}
    unanswered = [one for one in QUESTIONS[ReviewOf.IMPLEMENTATION] if one not in answered]
    if unanswered:
        yield Gap(review, UNANSWERED, review=review, questions=unanswered)


def _is_seen_by_two(review: Item[Review]) -> Findings:
    lead = review.content.lead
    if all(one.person == lead for one in review.content.reviewers):
        yield Gap(review, BY_ITS_LEAD_ALONE, review=review, person=lead)


# --- which changes a review holds ---


def _held_by(review: Item[Review], source: Source, view: View) -> frozenset[str]:
    """Return the changes of a source that a review holds: by its change set, or by the design that it covers."""
    found: set[str] = set()
    if review.content.change_set is not None:
        found.update(_in_change_set(review.content.change_set, source))
    patterns = _covered_paths(review, view)
    if patterns:
        paths = {path for change in source.changes for path in change.paths}
        covered = {path for path in paths if any(sourced.fits(path, one) for one in patterns)}
        for change in source.changes:
            in_time = view.day(change.merged_on) <= review.content.held_on
            if in_time and change.paths and covered.issuperset(change.paths):
                found.add(change.id)
    return frozenset(found)


def _in_change_set(held: ChangeSet, source: Source) -> Iterator[str]:
    changes, named = source.changes, frozenset(held.changes)
    lengths = {len(one) for one in named if len(one) >= SHORTEST}
    for change in changes:
        if change.id in named or any(change.id[:length] in named for length in lengths):
            yield change.id
    begin = 0 if _is_start(held.from_commit, source) else _after(held.from_commit, changes)
    end = len(changes) if _is_end(held.to_commit, source) else _after(held.to_commit, changes)
    if begin is not None and end is not None:
        yield from (change.id for change in changes[begin:end])


def _is_same(named: str | None, commit: str | None) -> bool:
    """Return whether a commit is named, by its whole id or by the beginning of it."""
    if named is None or commit is None:
        return False
    return named == commit or (len(named) >= SHORTEST and commit.startswith(named))


def _is_start(named: str | None, source: Source) -> bool:
    return named is None or _is_same(named, source.from_commit)


def _is_end(named: str | None, source: Source) -> bool:
    return named is not None and (named == source.tag or _is_same(named, source.to_commit))


def _after(named: str | None, changes: tuple[Change, ...]) -> int | None:
    """Return how many changes there are up to a commit and with it; `None` where it is not among them."""
    return next((at + 1 for at, change in enumerate(changes) if _is_same(named, change.id)), None)


def _covered_paths(review: Item[Review], view: View) -> tuple[str, ...]:
    sound = (one for one in review.content.covers if view.dossier.sound(review, one))
    covered: list[Item[Any] | None] = [view.dossier.get(one) for one in sound]
    return tuple(
        pattern
        for item in covered
        if item is not None and isinstance(item.content, DesignElement)
        for pattern in item.content.code_paths
    )


# --- what was designed is in the code -------------------------------------------------------------------------------

NOWHERE = Sentence(
    "{element} does something for security, and names neither its code nor a software item that does it.",
    next="Enter the code paths or the software items in {element}.",
)
NO_SUCH_PATH = Sentence(
    "{element} says that its code is in {paths}; the source of {release} has nothing there.",
    next="Correct the code paths of {element}.",
)
NO_PATHS = Sentence(
    "The source of {release} lists no files, so it cannot be told whether {element} is in it.",
    next="Import the source of {release} again, with its files.",
)


def _does_something(element: Item[DesignElement], view: View) -> bool:
    """Return whether a design element has no parts, and fulfils a requirement or counters a threat."""
    if not (element.content.implements or element.content.counters):
        return False
    return element.id not in view.once("design elements with parts", _with_parts)


def _with_parts(view: View) -> frozenset[str]:
    return frozenset(one.content.part_of for one in view.dossier.all(DesignElement) if one.content.part_of is not None)


@check("development.capability_in_code", over=DesignElement, owner=SystemRole.DEVELOPER, when=_does_something)
def what_is_designed_is_in_the_code(element: Item[DesignElement], view: View) -> Findings:
    """Each part of the design that does something for security says where it is in the code, and it is there.

    Source: IEC 81001-5-1:2021, 5.5.2.
    """
    patterns = element.content.code_paths
    if not patterns:
        if not element.content.items:
            yield Gap(element, NOWHERE, element=element)
        return
    paths = sourced.paths_of(view)
    if not paths:
        yield Unknown(element, NO_PATHS, release=view.release, element=element)
        return
    missing = [pattern for pattern in patterns if not paths.any_fits(pattern)]
    if missing:
        yield Gap(element, NO_SUCH_PATH, element=element, paths=missing, release=view.release)
