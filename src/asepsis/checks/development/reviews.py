"""Checks of reviews: what has to be reviewed was, by whom it has to be, and what they found is settled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from asepsis.checks import decided, ordered, signatures, terms, tested
from asepsis.checks.check import Findings, check
from asepsis.checks.modelled import elements
from asepsis.checks.view import View
from asepsis.development.records import (
    QUESTIONS,
    Answer,
    DesignElement,
    DesignLevel,
    Finding,
    Interface,
    Requirement,
    Review,
    ReviewConclusion,
    Reviewer,
    ReviewOf,
    Viewpoint,
)
from asepsis.problems.records import Option
from asepsis.record.dossier import Item
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap
from asepsis.risk.records import Element, ElementKind
from asepsis.sentences import Named, Sentence

PASSED = (ReviewConclusion.PASS, ReviewConclusion.PASS_WITH_FINDINGS)

# --- what a review looked at ----------------------------------------------------------------------------------------

NOT_REVIEWED = Sentence(
    "No review of {of} that passed looked at these: {items}.",
    next="Hold one review of {of} over these and whatever else changed, and sign it.",
)
CHANGED_SINCE = Sentence(
    "These changed after {review} had looked at them: {items}.",
    next="Hold one review over these and whatever else changed, and sign it.",
)
FAILED_SINCE = Sentence(
    "{review} failed {items}, and no younger review passed.",
    next="Mend what {review} found, and review {items} again.",
)
UNANSWERED = Sentence(
    "{review} does not answer {questions}.", next="Answer {questions} in {review}, and have it signed."
)
HELD_BEFORE = Sentence(
    "{review} was held on {day}, when these were not there yet: {items}.",
    next="Correct the day in {review}, or hold a review over {items}.",
)
NO_WITHOUT_FINDING = Sentence(
    "{review} answers {questions} with no, and no finding of it was written.",
    next="Write what {review} found as a finding.",
)


@dataclass(frozen=True, slots=True)
class Covering:
    """A review that looked at a record, and where it came into force; `sound` while the record has not changed since."""

    review: Item[Review]
    sound: bool
    position: int


def coverings(of: ReviewOf, view: View) -> Mapping[str, tuple[Covering, ...]]:
    """Return the effective reviews of one sort by what they looked at, by its id."""
    return view.once(f"reviews of {of}", lambda view: _coverings(of, view))


def _coverings(of: ReviewOf, view: View) -> Mapping[str, tuple[Covering, ...]]:
    found: dict[str, list[Covering]] = {}
    for review in view.dossier.all(Review):
        if review.content.of is of:
            at = terms.effective_position(review, view)
            for link in view.dossier.links(review):
                if link.field == "covers":
                    sound = not (link.broken or link.suspect)
                    found.setdefault(link.target, []).append(Covering(review, sound, at))
    return {target: tuple(reviews) for target, reviews in found.items()}


def are_reviewed(items: Iterable[Item[Any]], of: ReviewOf, view: View) -> Findings:
    """Yield where records were not reviewed as they are, where the newest review is not whole, and what failed since."""
    by_item = coverings(of, view)
    failed = view.once(f"failed reviews of {of}", lambda view: _failed(of, view))
    newest: dict[str, Item[Review]] = {}
    never: list[Item[Any]] = []
    changed: dict[str, list[Item[Any]]] = {}
    failures: dict[str, tuple[Item[Review], list[Item[Any]]]] = {}
    for item in items:
        passed = [one for one in by_item.get(item.id, ()) if one.review.content.concluded in PASSED]
        if not passed:
            never.append(item)
            continue
        last = max(passed, key=lambda one: one.position)
        newest[last.review.id] = last.review
        if not any(one.sound for one in passed):
            changed.setdefault(last.review.id, []).append(item)
        for name, (review, saved) in failed.get(item.id, {}).items():
            if saved > last.position:
                failures.setdefault(name, (review, []))[1].append(item)
    if never:
        yield Gap(_about(never, view), NOT_REVIEWED, of=of, items=never)
    for record, looked_at in changed.items():
        yield Gap(_about(looked_at, view), CHANGED_SINCE, review=newest[record], items=looked_at)
    for review in newest.values():
        yield from _is_whole(review, view)
    for review, looked_at in failures.values():
        yield Gap(review, FAILED_SINCE, review=review, items=looked_at)


def _about(items: list[Item[Any]], view: View) -> Named:
    """Return what a gap is about: the one record where it is one, else the release they are of."""
    return items[0] if len(items) == 1 else view.release or view.product


def _failed(of: ReviewOf, view: View) -> dict[str, dict[str, tuple[Item[Review], int]]]:
    """Return the reviews that concluded fail, signed or not, and where they were saved, by record and revision."""
    found: dict[str, dict[str, tuple[Item[Review], int]]] = {}
    for review in view.dossier.with_heads(Review):
        if review.content.of is of and review.content.concluded is ReviewConclusion.FAIL:
            saved = terms.saved_position(review, view)
            for record in review.content.covers:
                found.setdefault(record, {})[review.name] = review, saved
    return found


def questions_of(of: ReviewOf) -> list[str]:
    """Return the lettered questions of a sort of review."""
    return [question for question in QUESTIONS[of] if question[0].isdigit()]


def _is_whole(review: Item[Review], view: View) -> Findings:
    yield from _held_before(review, view)
    asked = questions_of(review.content.of)
    answers = {one.question: one.answer for one in review.content.questions}
    if unanswered := [one for one in asked if one not in answers]:
        yield Gap(review, UNANSWERED, review=review, questions=unanswered)
    denied = [one for one in asked if answers.get(one) is Answer.NO]
    if denied and not findings_of(review, view):
        yield Gap(review, NO_WITHOUT_FINDING, review=review, questions=denied)


def _held_before(review: Item[Review], view: View) -> Findings:
    day = review.content.held_on
    covered: list[Item[Any] | None] = [view.dossier.get(one) for one in review.content.covers]
    if items := [one for one in covered if one is not None and day < ordered.there_since(one, view)]:
        yield Gap(review, HELD_BEFORE, review=review, day=day, items=items)


def findings_of(review: Item[Review], view: View) -> tuple[Item[Finding], ...]:
    """Return the findings of a review, each once: as it is being written, where it is."""
    return tuple({one.id: one for one in tested.findings_of(review.id, view)}.values())


@check("development.requirements_reviewed", over=Requirement, owner=SystemRole.ARCHITECT, needed=True, whole=True)
def requirements_are_reviewed(requirements: tuple[Item[Requirement], ...], view: View) -> Findings:
    """Each requirement as it is was looked at by a review that passed and that answers the questions of requirements.

    Source: IEC 81001-5-1:2021, 5.2.2.
    """
    yield from are_reviewed(requirements, ReviewOf.REQUIREMENTS, view)


# --- architecture and detailed design -------------------------------------------------------------------------------


def _is_architecture(design: Item[DesignElement], view: View) -> bool:
    return design.content.level is DesignLevel.ARCHITECTURE


@check(
    "development.architecture_reviewed",
    over=DesignElement,
    owner=SystemRole.ARCHITECT,
    needed=True,
    whole=True,
    when=_is_architecture,
)
def the_architecture_is_reviewed(designs: tuple[Item[DesignElement], ...], view: View) -> Findings:
    """Each part of the architecture, each interface of it and each boundary was looked at by a review that passed.

    Source: IEC 81001-5-1:2021, 5.3.3.
    """
    yield from are_reviewed((*designs, *_interfaces(view), *_boundaries(view)), ReviewOf.ARCHITECTURE, view)


def _interfaces(view: View) -> Iterator[Item[Interface]]:
    """Yield the interfaces of the architecture and of what is part of it."""
    for interface in view.dossier.all(Interface):
        if any(_is_architecture(one, view) for one in whole_of(interface.content.design, view)):
            yield interface


def _boundaries(view: View) -> Iterator[Item[Element]]:
    return (one for one in elements(view) if one.content.kind is ElementKind.BOUNDARY)


def whole_of(design: str | None, view: View) -> Iterator[Item[DesignElement]]:
    """Yield a part of the design and those that it is part of, from the inside out; a circle ends where it closes."""
    seen: set[str] = set()
    at: Item[DesignElement] | None = view.dossier.get(design)
    while at is not None and at.id not in seen:
        seen.add(at.id)
        yield at
        at = view.dossier.get(at.content.part_of)


def has_parts(design: Item[DesignElement], view: View) -> bool:
    """Return whether another part of the design in force is part of this one."""
    return design.id in view.once("design with parts", _with_parts)


def _with_parts(view: View) -> frozenset[str]:
    return frozenset(str(one.content.part_of) for one in view.dossier.all(DesignElement) if one.content.part_of)


def _is_coded_from(design: Item[DesignElement], view: View) -> bool:
    """Return whether a part of the design is detailed, or of the architecture and the lowest there is."""
    return design.content.level is DesignLevel.DETAILED or not has_parts(design, view)


@check(
    "development.detailed_design_reviewed",
    over=DesignElement,
    owner=SystemRole.ARCHITECT,
    needed=True,
    whole=True,
    when=_is_coded_from,
)
def the_detailed_design_is_reviewed(designs: tuple[Item[DesignElement], ...], view: View) -> Findings:
    """Each part of the design that is coded from was looked at by a review of design that passed.

    Source: IEC 81001-5-1:2021, 5.4.4.
    """
    yield from are_reviewed(designs, ReviewOf.DESIGN, view)


# --- what reviews found ---------------------------------------------------------------------------------------------

NO_FINDING = Sentence(
    "{review} was not content with all it saw, and no finding of it was written.",
    next="Write each thing that {review} found as a finding.",
)
UNDECIDED = Sentence(
    "{finding}, which {review} found, was neither decided nor dismissed.",
    next="Investigate {finding} and decide it.",
)
NOT_LOOKED_AT_AGAIN = Sentence(
    "{decision} says that {finding} is fixed; no review of {of} after {review} looked at it.",
    next="Review again what {finding} is in, together with whatever else changed.",
)
SERVES = {
    ReviewOf.REQUIREMENTS: "5.2.2-1",
    ReviewOf.ARCHITECTURE: "5.3.3-1",
    ReviewOf.DESIGN: "5.4.4-1",
    ReviewOf.IMPLEMENTATION: "5.5.2-1",
}


@check("development.review_findings_settled", over=Review, owner=SystemRole.SECURITY)
def findings_of_reviews_are_settled(review: Item[Review], view: View) -> Findings:
    """What a review was not content with is a finding; each is decided or dismissed, and what was fixed is seen again.

    Source: IEC 81001-5-1:2021, 5.2.2; 5.3.3; 5.4.4; 5.5.2.
    """
    for finding in _unsettled(review, view):
        yield finding.serving(SERVES[review.content.of])


def _unsettled(review: Item[Review], view: View) -> Findings:
    content, found = review.content, findings_of(review, view)
    discontent = content.concluded in (ReviewConclusion.PASS_WITH_FINDINGS, ReviewConclusion.FAIL)
    if not found and (discontent or any(one.answer is Answer.NO for one in content.questions)):
        yield Gap(review, NO_FINDING, review=review)
    for finding in found:
        if not tested.is_finding_of_release(finding, view) or _is_dismissed(finding, view):
            continue
        decision = terms.newest(decided.decisions_on(finding, view), view)
        if decision is None:
            yield Gap(finding, UNDECIDED, finding=finding, review=review)
        elif decision.content.option is Option.FIX and not _is_seen_again(finding, review, view):
            said: dict[str, Any] = {"decision": decision, "finding": finding, "of": content.of, "review": review}
            yield Gap(finding, NOT_LOOKED_AT_AGAIN, **said).owed(by=SystemRole.ARCHITECT)


def _is_dismissed(finding: Item[Finding], view: View) -> bool:
    return any(
        not one.content.applicable and one.content.concluded_on is not None
        for one in decided.investigations_of(finding.id, view)
    )


def _is_seen_again(finding: Item[Finding], review: Item[Review], view: View) -> bool:
    """Return whether younger reviews of the same sort passed what a finding is in; else all that its review saw."""
    of, after = review.content.of, _position(review, view)
    places = finding.content.where or review.content.covers
    if not places:
        return _newest_pass(of, view) > after
    by_item = coverings(of, view)
    return all(
        any(one.review.content.concluded in PASSED and one.position > after for one in by_item.get(place, ()))
        for place in places
    )


def _position(review: Item[Review], view: View) -> int:
    """Return where a review stands in the ledger: where it came into force, or, as a head, where it was saved."""
    return terms.saved_position(review, view) if review.at_head else terms.effective_position(review, view)


def _newest_pass(of: ReviewOf, view: View) -> int:
    return view.once("newest passes", _newest_passes).get(of, 0)


def _newest_passes(view: View) -> dict[ReviewOf, int]:
    """Return the position at which the newest review of each sort that passed came into force."""
    found: dict[ReviewOf, int] = {}
    for review in view.dossier.all(Review):
        if review.content.concluded in PASSED:
            at = terms.effective_position(review, view)
            found[review.content.of] = max(at, found.get(review.content.of, at))
    return found


# --- who reviewed requirements --------------------------------------------------------------------------------------

VIEWPOINT_MISSING = Sentence(
    "Nobody reviewed as {viewpoints} in {review}.", next="Have somebody qualified review as {viewpoints}, and sign."
)
NO_ROLE = Sentence(
    "{person} reviewed as {viewpoint} in {review} and held no role that fits on {day}.",
    next="Have somebody who holds such a role review as {viewpoint}, and sign.",
)
NO_SKILL = Sentence(
    "{person} reviewed as {viewpoint} in {review} and had not shown {skills} by {day}.",
    next="Have somebody who has shown {skills} review as {viewpoint}, and sign.",
)
OWN_WORK = Sentence(
    "{review} records {person} as independent, who wrote {requirements}.",
    next="Correct the independence of {person} in {review}, and have it signed.",
)
SAME_DEPARTMENT = Sentence(
    "{review} records {person} as of another department, who developed the product on {day}.",
    next="Correct the independence of {person} in {review}, and have it signed.",
)
BY_AUTHORS_ALONE = Sentence(
    "{requirements} were reviewed in {review} by nobody but their authors.",
    next="Have somebody else review {requirements}, and sign.",
)
INDEPENDENCE, VIEWPOINTS = "5.2.2-2", "5.2.2-3"
DEVELOPING = (SystemRole.ARCHITECT, SystemRole.DEVELOPER)
ROLES = {
    Viewpoint.ARCHITECT_DEVELOPER: DEVELOPING,
    Viewpoint.TESTER: (SystemRole.TESTER,),
    Viewpoint.CROSS_FUNCTIONAL_CLINICAL: (SystemRole.CLINICAL,),
    Viewpoint.SECURITY_ADVISER: (SystemRole.SECURITY,),
}


def _is_of_requirements(review: Item[Review], view: View) -> bool:
    return review.content.of is ReviewOf.REQUIREMENTS and not review.at_head


@check(
    "development.requirement_reviewers",
    over=Review,
    owner=SystemRole.ARCHITECT,
    whole=True,
    when=_is_of_requirements,
)
def requirements_are_reviewed_by_whom_they_have_to_be(reviews: tuple[Item[Review], ...], view: View) -> Findings:
    """The newest reviews of requirements hold all four viewpoints, each by somebody fit for it, and tell independence.

    Source: IEC 81001-5-1:2021, 5.2.2.
    """
    by_item = coverings(ReviewOf.REQUIREMENTS, view)
    covered: dict[str, list[Item[Requirement]]] = {}
    for requirement in view.dossier.all(Requirement):
        found = max(by_item.get(requirement.id, ()), key=lambda one: one.position, default=None)
        if found is not None:
            covered.setdefault(found.review.id, []).append(requirement)
    for review in reviews:
        if review.id in covered:
            for finding in _viewpoints(review, view):
                yield finding.serving(VIEWPOINTS)
            for finding in _independence(review, covered[review.id], view):
                yield finding.serving(INDEPENDENCE)


def _viewpoints(review: Item[Review], view: View) -> Findings:
    seen = {one.viewpoint for one in review.content.reviewers}
    if missing := [one for one in Viewpoint if one not in seen]:
        yield Gap(review, VIEWPOINT_MISSING, viewpoints=missing, review=review)
    for reviewer in review.content.reviewers:
        yield from _is_fit(reviewer, review, view)


def _is_fit(reviewer: Reviewer, review: Item[Review], view: View) -> Findings:
    day, roles = review.content.held_on, ROLES[reviewer.viewpoint]
    said: dict[str, Any] = {"person": reviewer.person, "viewpoint": reviewer.viewpoint, "review": review, "day": day}
    if not signatures.roles_held(reviewer.person, roles, day, view):
        yield Gap(review, NO_ROLE, **said)
        return
    if lacking := signatures.missing(reviewer.person, roles, day, view):
        yield Gap(review, NO_SKILL, skills=[need.skill for need in lacking], **said)


def _independence(review: Item[Review], requirements: list[Item[Requirement]], view: View) -> Findings:
    content = review.content
    written: dict[str, list[Item[Requirement]]] = {}
    alone: list[Item[Requirement]] = []
    people = {one.person for one in content.reviewers}
    for requirement in requirements:
        authors = _authors(requirement, view)
        if people <= authors:
            alone.append(requirement)
        for person in people & authors:
            written.setdefault(person, []).append(requirement)
    if alone:
        yield Gap(review, BY_AUTHORS_ALONE, requirements=alone, review=review)
    for reviewer in content.reviewers:
        said: dict[str, Any] = {"review": review, "person": reviewer.person}
        if reviewer.independence >= 1 and reviewer.person in written:
            yield Gap(review, OWN_WORK, requirements=written[reviewer.person], **said)
        if reviewer.independence >= 2 and signatures.roles_held(reviewer.person, DEVELOPING, content.held_on, view):
            yield Gap(review, SAME_DEPARTMENT, day=content.held_on, **said)


def _authors(requirement: Item[Requirement], view: View) -> frozenset[str]:
    history = view.dossier.history(requirement)
    return history.authors_of(history.effective) if history.effective is not None else frozenset()
