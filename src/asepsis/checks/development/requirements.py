"""Checks of requirements: of each stage and capability, decidable by a test, and each said once."""

from __future__ import annotations

from typing import Any

from asepsis.checks import terms
from asepsis.checks.check import Findings, check
from asepsis.checks.development.reviews import PASSED
from asepsis.checks.risk.model import holds_maintained
from asepsis.checks.view import View
from asepsis.development.records import Answer, Capability, LifeStage, Requirement, Review, ReviewOf, ReviewQuestion
from asepsis.quality.records import ProductProfile
from asepsis.record.dossier import Item
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap
from asepsis.sentences import Sentence

# --- all stages and capabilities ------------------------------------------------------------------------------------

STAGE_OPEN = Sentence(
    "No requirement is for this stage, and no review says why none is needed: {stages}.",
    next="Write the requirements for {stages}, or let a review of requirements say why none is needed.",
)
CAPABILITY_OPEN = Sentence(
    "No requirement asks for {capabilities}, and no review says why none is needed.",
    next="Write the requirements for {capabilities}, or let a review of requirements say why none is needed.",
)
NEEDED_BY_ACCOUNTS = Sentence(
    "{review} says that no requirement of {capabilities} is needed, and {profile} says that people or machines log in.",
    next="Write the requirements for {capabilities}.",
)
NEEDED_BY_ITEMS = Sentence(
    "{review} says that no requirement of updates is needed, and {release} holds items that you maintain.",
    next="Write the requirement for updates.",
)
ON_ACCOUNTS = (Capability.AUTHENTICATION, Capability.AUTHORISATION)


@check("development.requirement_coverage", over=Requirement, owner=SystemRole.ARCHITECT, needed=True, whole=True)
def requirements_speak_of_all(requirements: tuple[Item[Requirement], ...], view: View) -> Findings:
    """Each stage of use and each capability has a requirement, or a review says why none is needed.

    Source: IEC 81001-5-1:2021, 5.2.1.
    """
    answers = _answers(view)
    stages = {stage for one in requirements for stage in one.content.stages}
    if missing := [one for one in LifeStage if one not in stages and not _is_dismissed(f"stage:{one}", answers)]:
        yield Gap(view.product, STAGE_OPEN, stages=missing).serving("5.2.1-1")
    asked = {one.content.capability for one in requirements}
    open_ones = [one for one in Capability if one is not Capability.OTHER and one not in asked]
    if unsaid := [one for one in open_ones if not _is_dismissed(f"capability:{one}", answers)]:
        yield Gap(view.product, CAPABILITY_OPEN, capabilities=unsaid).serving("5.2.1-2")
    for finding in _dismissed_wrongly([one for one in open_ones if one not in unsaid], answers, view):
        yield finding.serving("5.2.1-2")


def _answers(view: View) -> dict[str, tuple[Item[Review], ReviewQuestion]]:
    """Return the newest answer to each question of a review of requirements that passed, with its review."""
    reviews = [
        one
        for one in view.dossier.all(Review)
        if one.content.of is ReviewOf.REQUIREMENTS and one.content.concluded in PASSED
    ]
    reviews.sort(key=lambda one: terms.effective_position(one, view))
    return {question.question: (one, question) for one in reviews for question in one.content.questions}


def _is_dismissed(question: str, answers: dict[str, tuple[Item[Review], ReviewQuestion]]) -> bool:
    return question in answers and answers[question][1].answer is Answer.NOT_APPLICABLE


def _dismissed_wrongly(
    dismissed: list[Capability], answers: dict[str, tuple[Item[Review], ReviewQuestion]], view: View
) -> Findings:
    profile = view.dossier.single(ProductProfile)
    if profile is not None and profile.content.accounts:
        by_review: dict[str, list[Capability]] = {}
        for one in ON_ACCOUNTS:
            if one in dismissed:
                by_review.setdefault(answers[f"capability:{one}"][0].id, []).append(one)
        for record, capabilities in by_review.items():
            review: Item[Review] | None = view.dossier.get(record)
            said: dict[str, Any] = {"review": review, "capabilities": capabilities, "profile": profile}
            yield Gap(profile, NEEDED_BY_ACCOUNTS, **said)
    if Capability.UPDATES in dismissed and holds_maintained(view):
        review = answers[f"capability:{Capability.UPDATES}"][0]
        yield Gap(review, NEEDED_BY_ITEMS, review=review, release=view.release)


# --- grounded -------------------------------------------------------------------------------------------------------

SAYS_IT_AGAIN = Sentence(
    "The criterion of {requirement} says its statement again.",
    next="Say in {requirement} how a tester tells whether it is met, with numbers where there are any.",
)
SAID_TWICE = Sentence(
    "{requirements} have the same statement.", next="Retire all but one of {requirements}, or say how they differ."
)


@check("development.requirement_grounded", over=Requirement, owner=SystemRole.ARCHITECT, needed=True, whole=True)
def requirements_are_decidable(requirements: tuple[Item[Requirement], ...], view: View) -> Findings:
    """Each requirement has a criterion that is more than its statement, and none is said twice.

    That each has a ground and a criterion at all is asked by the kind itself.

    Source: IEC 81001-5-1:2021, 5.2.1; 5.2.2.
    """
    by_statement: dict[str, list[Item[Requirement]]] = {}
    for requirement in requirements:
        statement = _folded(requirement.content.statement)
        by_statement.setdefault(statement, []).append(requirement)
        if _folded(requirement.content.criterion) == statement:
            yield Gap(requirement, SAYS_IT_AGAIN, requirement=requirement)
    for same in by_statement.values():
        if len(same) > 1:
            yield Gap(same[0], SAID_TWICE, requirements=same)


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
