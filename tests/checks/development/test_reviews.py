"""Reviews: what has to be reviewed was, by whom it has to be, and what they found is settled."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.development import reviews
from asepsis.conformance import run
from asepsis.development.records import QUESTIONS, DesignElement, Finding, Interface, Requirement, Review, TestRun
from asepsis.problems.records import Decision, Investigation
from asepsis.quality.records import Appointment, Qualification, Role
from asepsis.record.slots import SystemRole
from asepsis.risk.records import Element, SystemModel
from tests.dossiers import ORGANISATION, Cast, Story, breaks, keeps, run_check

REQUIREMENTS = "development.requirements_reviewed"
ARCHITECTURE = "development.architecture_reviewed"
DESIGN = "development.detailed_design_reviewed"
SETTLED = "development.review_findings_settled"
REVIEWERS = "development.requirement_reviewers"
OF = {REQUIREMENTS: "requirements", ARCHITECTURE: "architecture", DESIGN: "design"}
SORTS = list(OF)


class Reviewed(Story):
    """A requirement, an architecture and a detailed design of it."""

    def __init__(self) -> None:
        super().__init__()
        self.the_release = self.release()
        self.requirement = self.add(Requirement)
        self.architecture = self.add(DesignElement, level="architecture")
        self.design = self.add(DesignElement, level="detailed", part_of=self.architecture)

    def thing(self, check: str) -> str:
        return {REQUIREMENTS: self.requirement, ARCHITECTURE: self.architecture, DESIGN: self.design}[check]

    def review(self, of: str, *covers: str, make: Any = None, **fields: Any) -> str:
        questions = [{"question": one, "answer": "yes"} for one in QUESTIONS[of]]  # type: ignore[index]
        given: dict[str, Any] = {"of": of, "covers": covers, "concluded": "pass", "questions": questions}
        given["held_on"] = "2026-01-05"
        return (make or self.add)(Review, **(given | fields))

    def said(self, check: str, **arguments: Any) -> Any:
        return run_check(check, self, release=self.the_release, **arguments)


# --- reviewed ---


@keeps(REQUIREMENTS)
@breaks(REQUIREMENTS)
def test_requirements_are_reviewed() -> None:
    _is_reviewed(REQUIREMENTS)


@keeps(ARCHITECTURE)
@breaks(ARCHITECTURE)
def test_the_architecture_is_reviewed() -> None:
    _is_reviewed(ARCHITECTURE)


@keeps(DESIGN)
@breaks(DESIGN)
def test_the_detailed_design_is_reviewed() -> None:
    _is_reviewed(DESIGN)


def _is_reviewed(check: str) -> None:
    story = Reviewed()
    thing = story.thing(check)
    said = story.said(check)
    assert (said.sentences, said.about) == ([reviews.NOT_REVIEWED], [story.labels[thing]])
    for other in {*OF.values(), "implementation"} - {OF[check]}:
        story.review(other, thing)
    draft = story.review(OF[check], thing, make=story.draft)
    assert story.said(check).sentences == [reviews.NOT_REVIEWED]
    story.submit(draft)
    story.sign(draft)
    assert story.said(check).kept


@pytest.mark.parametrize("check", SORTS)
def test_a_review_counts_only_where_it_passed(check: str) -> None:
    story = Reviewed()
    review = story.review(OF[check], story.thing(check), concluded=None)
    assert story.said(check).sentences == [reviews.NOT_REVIEWED]
    story.revise(review, concluded="pass-with-findings")
    assert story.said(check).kept
    story.revise(review, concluded="fail")
    assert story.said(check).sentences == [reviews.NOT_REVIEWED]


@pytest.mark.parametrize("check", SORTS)
def test_what_changed_is_reviewed_again(check: str) -> None:
    story = Reviewed()
    thing = story.thing(check)
    review = story.review(OF[check], thing)
    story.revise(thing, day="2026-02-01", notes="Immaterial.")
    assert story.said(check).kept
    changed: dict[str, Any] = {"law": "Another."} if check == REQUIREMENTS else {"language": "C"}
    story.revise(thing, day="2026-02-01", **changed)
    said = story.said(check)
    assert (said.sentences, said.about) == ([reviews.CHANGED_SINCE], [story.labels[thing]])
    story.look(review, thing, day="2026-02-02")
    assert story.said(check).kept


@pytest.mark.parametrize("check", SORTS)
def test_another_review_may_look_at_what_changed(check: str) -> None:
    story = Reviewed()
    thing = story.thing(check)
    story.review(OF[check], thing)
    changed: dict[str, Any] = {"law": "Another."} if check == REQUIREMENTS else {"language": "C"}
    story.revise(thing, day="2026-02-01", **changed)
    story.review(OF[check], thing, day="2026-02-02")
    assert story.said(check).kept


@pytest.mark.parametrize("check", SORTS)
def test_the_newest_review_answers_each_lettered_question(check: str) -> None:
    story = Reviewed()
    thing = story.thing(check)
    questions = QUESTIONS[OF[check]]  # type: ignore[index]
    story.review(OF[check], thing, questions=[])
    asked = [one for one in questions if one[0] == "5"]
    review = story.review(
        OF[check], thing, day="2026-01-06", questions=[{"question": one, "answer": "yes"} for one in asked[1:]]
    )
    said = story.said(check)
    assert (said.sentences, said.about) == ([reviews.UNANSWERED], [story.labels[review]])
    story.revise(review, day="2026-01-06", questions=[{"question": one, "answer": "yes"} for one in asked])
    assert story.said(check).kept


@pytest.mark.parametrize("check", SORTS)
def test_each_no_has_a_finding(check: str) -> None:
    story = Reviewed()
    last = [one for one in QUESTIONS[OF[check]] if one[0] == "5"][-1]  # type: ignore[index]
    answers = [
        {"question": one, "answer": "no" if one == last else "yes", "why": "So it is."}
        for one in QUESTIONS[OF[check]]  # type: ignore[index]
    ]
    review = story.review(OF[check], story.thing(check), questions=answers)
    assert story.said(check).sentences == [reviews.NO_WITHOUT_FINDING]
    story.draft(Finding, found_by=[review], results=None)
    assert story.said(check).kept


@pytest.mark.parametrize("check", SORTS)
def test_a_review_that_failed_since_counts_before_it_is_signed(check: str) -> None:
    story = Reviewed()
    thing = story.thing(check)
    story.review(OF[check], thing, concluded="fail")
    story.review(OF[check], thing, day="2026-01-06")
    assert story.said(check).kept
    failed = story.review(OF[check], thing, day="2026-01-07", concluded="fail", make=story.draft)
    said = story.said(check)
    assert (said.sentences, said.about) == ([reviews.FAILED_SINCE], [story.labels[failed]])
    story.withdraw(failed, day="2026-01-08")
    assert story.said(check).gaps
    story.review(OF[check], thing, day="2026-01-09")
    assert story.said(check).kept


@breaks(REQUIREMENTS)
@breaks(ARCHITECTURE)
@breaks(DESIGN)
def test_without_anything_to_review_there_is_a_gap() -> None:
    for check in SORTS:
        assert run_check(check, Story()).sentences == [run.NOTHING]


@breaks(ARCHITECTURE)
@pytest.mark.parametrize("design", ["architecture", "detailed"])
def test_interfaces_of_the_architecture_are_reviewed_with_it(design: str) -> None:
    story = Reviewed()
    story.review("architecture", story.architecture)
    interface = story.add(Interface, design=story.architecture if design == "architecture" else story.design)
    assert story.said(ARCHITECTURE).about == [story.labels[interface]]
    story.review("architecture", interface)
    assert story.said(ARCHITECTURE).kept
    story.add(Interface, design=story.add(DesignElement, level="detailed"))
    assert story.said(ARCHITECTURE).kept


@breaks(ARCHITECTURE)
def test_boundaries_of_the_model_are_reviewed_with_the_architecture() -> None:
    story = Reviewed()
    story.review("architecture", story.architecture)
    story.add(Element, kind="boundary")
    story.add(Element, kind="process", model=story.add(SystemModel))
    assert story.said(ARCHITECTURE).kept
    boundary = story.add(Element, kind="boundary", model=story.add(SystemModel))
    assert story.said(ARCHITECTURE).about == [story.labels[boundary]]
    story.review("architecture", boundary)
    assert story.said(ARCHITECTURE).kept


@breaks(DESIGN)
def test_an_architecture_without_parts_is_reviewed_as_a_design() -> None:
    story = Reviewed()
    story.review("design", story.design)
    assert story.said(DESIGN).kept
    story.retire(story.design)
    assert story.said(DESIGN).about == [story.labels[story.architecture]]
    story.review("design", story.architecture)
    assert story.said(DESIGN).kept


@breaks(ARCHITECTURE)
def test_designs_that_are_part_of_each_other_end_nowhere() -> None:
    story = Reviewed()
    story.revise(story.architecture, part_of=story.design)
    story.add(Interface, design=story.design)
    assert story.said(ARCHITECTURE).texts == [
        "No review of architecture that passed looked at these: GW-DSN-1 and GW-IFC-1."
    ]


@breaks(REQUIREMENTS)
def test_what_one_review_can_heal_is_one_gap() -> None:
    story = Reviewed()
    other = story.add(Requirement)
    said = story.said(REQUIREMENTS)
    assert (said.sentences, said.about) == ([reviews.NOT_REVIEWED], ["GW-REL-1"])
    story.review("requirements", story.requirement, other)
    story.revise(other, day="2026-02-01", law="Another.")
    story.revise(story.requirement, day="2026-02-01", law="Another.")
    said = story.said(REQUIREMENTS)
    assert (said.sentences, said.about) == ([reviews.CHANGED_SINCE], ["GW-REL-1"])


# --- what reviews found ---


class Found(Reviewed):
    """A review that found something in the requirement."""

    def __init__(self, of: str = "requirements", **fields: Any) -> None:
        super().__init__()
        self.the_review = self.review(of, self.requirement, **({"concluded": "pass-with-findings"} | fields))

    def finding(self, make: Any = None, **fields: Any) -> str:
        given: dict[str, Any] = {"found_by": [self.the_review], "results": None, "where": [self.requirement]}
        return (make or self.add)(Finding, **(given | fields))

    def decide(self, finding: str, option: str = "fix", **fields: Any) -> str:
        effect = {"size": "none"}
        effects = {"safety": effect, "security": effect, "effectiveness": effect}
        return self.add(Decision, about=[finding], option=option, effects=effects, **fields)


@keeps(SETTLED)
@breaks(SETTLED)
@pytest.mark.parametrize(
    ("of", "duty"),
    [("requirements", "5.2.2-1"), ("architecture", "5.3.3-1"), ("design", "5.4.4-1"), ("implementation", "5.5.2-1")],
)
@pytest.mark.parametrize("concluded", ["pass-with-findings", "fail"])
def test_a_review_that_was_not_content_has_a_finding(of: str, duty: str, concluded: str) -> None:
    story = Found(of, concluded=concluded)
    said = story.said(SETTLED)
    assert (said.sentences, said.gaps[0].obligation) == ([reviews.NO_FINDING], duty)
    story.decide(story.finding(), option="no-fix")
    assert story.said(SETTLED).kept
    story.revise(story.the_review, concluded="pass")
    assert story.said(SETTLED).kept


@breaks(SETTLED)
def test_each_no_and_each_draft_that_failed_has_a_finding() -> None:
    no = [{"question": "5.2.2 a", "answer": "no", "why": "So it is."}]
    assert Found(concluded="pass").said(SETTLED).kept
    assert Found(concluded="pass", questions=no).said(SETTLED).sentences == [reviews.NO_FINDING]
    draft = Found(concluded="pass")
    draft.review("design", draft.design, make=draft.draft, concluded="fail")
    assert draft.said(SETTLED).sentences == [reviews.NO_FINDING]


@keeps(SETTLED)
@breaks(SETTLED)
@pytest.mark.parametrize("make", ["add", "draft"])
def test_a_finding_is_decided_or_dismissed(make: str) -> None:
    story = Found()
    finding = story.finding(getattr(story, make))
    said = story.said(SETTLED)
    assert (said.sentences, said.about) == ([reviews.UNDECIDED], [story.labels[finding]])
    investigation = story.add(
        Investigation, reports=[finding], applicable=True, started_on="2026-01-05", concluded_on="2026-01-05"
    )
    story.revise(investigation, applicable=False, concluded_on=None)
    assert reviews.UNDECIDED in story.said(SETTLED).sentences
    story.revise(investigation, concluded_on="2026-01-05")
    assert story.said(SETTLED).kept


@keeps(SETTLED)
@breaks(SETTLED)
def test_what_was_fixed_is_seen_again_by_a_younger_review_of_the_same_sort() -> None:
    story = Found()
    decision = story.decide(story.finding())
    story.revise(decision, option="no-fix")
    assert story.said(SETTLED).kept
    story.revise(decision, option="fix")
    assert story.said(SETTLED).sentences == [reviews.NOT_LOOKED_AT_AGAIN]
    story.review("design", story.requirement, day="2026-02-01")
    story.review("requirements", story.add(Requirement), day="2026-02-01")
    story.review("requirements", story.requirement, day="2026-02-01", concluded=None)
    assert story.said(SETTLED).sentences == [reviews.NOT_LOOKED_AT_AGAIN]
    story.review("requirements", story.requirement, day="2026-02-01")
    assert story.said(SETTLED).kept


def test_an_older_review_has_seen_nothing_of_the_fix() -> None:
    story = Reviewed()
    story.review("requirements", story.requirement)
    story.the_review = story.review("requirements", story.requirement, day="2026-02-01")  # type: ignore[attr-defined]
    finding = story.add(Finding, found_by=[story.the_review], results=None)  # type: ignore[attr-defined]
    story.add(Decision, about=[finding], option="fix")
    assert story.said(SETTLED).sentences == [reviews.NOT_LOOKED_AT_AGAIN]


@breaks(SETTLED)
def test_without_a_place_all_that_the_review_saw_is_seen_again() -> None:
    story = Found()
    other = story.add(Requirement)
    story.revise(story.the_review, covers=[story.requirement, other])
    story.decide(story.finding(where=None))
    story.review("requirements", story.requirement, day="2026-02-01")
    assert story.said(SETTLED).gaps
    story.review("requirements", other, day="2026-02-01")
    assert story.said(SETTLED).kept


@breaks(SETTLED)
def test_a_review_of_code_is_followed_by_another() -> None:
    story = Found("implementation", covers=None, change_set={"to_commit": "c1"})
    story.decide(story.finding(where=None))
    assert story.said(SETTLED).sentences == [reviews.NOT_LOOKED_AT_AGAIN]
    story.review("implementation", change_set={"to_commit": "c2"}, day="2026-02-01")
    assert story.said(SETTLED).kept


def test_a_finding_that_an_earlier_release_retested_is_over() -> None:
    story = Found()
    before = story.release("0.9.0")
    story.revise(story.the_release, predecessor=before)
    finding = story.finding(fixed_in="build-of-0.9.0")
    assert story.said(SETTLED).gaps
    story.add(TestRun, release=before, retests=[finding], outcome="pass")
    assert story.said(SETTLED).kept


# --- who reviewed requirements ---

VIEWS = {
    "architect-developer": Cast.ARCHITECT,
    "tester": Cast.TESTER,
    "cross-functional-clinical": Cast.CLINICAL,
    "security-adviser": Cast.SECURITY,
}


class Seen(Reviewed):
    """Requirements that all four viewpoints reviewed."""

    def __init__(self, *leave_out: str, independence: dict[str, int] | None = None, **people: str) -> None:
        super().__init__()
        self.staff(*(role for role in SystemRole if role is not SystemRole.SECURITY))
        self.skilled = self.add(Role, acts_as=["security"])
        self.add(Appointment, role=self.skilled, person=Cast.SECURITY, since="2020-01-01", owned_by=ORGANISATION)
        named = VIEWS | {one.replace("_", "-"): person for one, person in people.items()}
        self.reviewers = [
            {"person": person, "viewpoint": one, "independence": (independence or {}).get(one, 0)}
            for one, person in named.items()
            if one not in leave_out
        ]
        self.the_review = self.review("requirements", self.requirement, reviewers=self.reviewers)


@keeps(REVIEWERS)
@breaks(REVIEWERS)
@pytest.mark.parametrize("viewpoint", VIEWS)
def test_all_four_viewpoints_review(viewpoint: str) -> None:
    assert Seen().said(REVIEWERS).kept
    said = Seen(viewpoint).said(REVIEWERS)
    assert said.texts == [f"Nobody reviewed as {viewpoint} in GW-RVW-1."]
    assert said.gaps[0].obligation == "5.2.2-3"


@breaks(REVIEWERS)
@pytest.mark.parametrize("viewpoint", VIEWS)
def test_each_reviewer_held_a_role_that_fits_on_the_day(viewpoint: str) -> None:
    by: dict[str, Any] = {viewpoint.replace("-", "_"): Cast.MANAGEMENT}
    story = Seen(**by)
    said = story.said(REVIEWERS)
    assert (said.sentences, said.gaps[0].obligation) == ([reviews.NO_ROLE], "5.2.2-3")


def test_a_developer_may_stand_for_the_architects() -> None:
    assert Seen(architect_developer=Cast.DEVELOPER).said(REVIEWERS).kept


@breaks(REVIEWERS)
def test_each_reviewer_had_shown_what_the_role_needs_on_the_day() -> None:
    story = Seen()
    need = {"skill": "review", "level": 2, "valid_months": 12}
    story.revise(story.skilled, skill_needs=[need])
    said = story.said(REVIEWERS)
    assert (said.sentences, said.gaps[0].obligation) == ([reviews.NO_SKILL], "5.2.2-3")
    shown = story.add(Qualification, person=Cast.SECURITY, skill="review", level=2, on="2026-01-06", until="2026-12-31")
    assert story.said(REVIEWERS).gaps
    story.revise(shown, on="2026-01-05")
    assert story.said(REVIEWERS).kept


@breaks(REVIEWERS)
def test_who_wrote_a_requirement_is_not_independent_of_it() -> None:
    assert Seen(tester=Cast.WRITER, independence={"tester": 0}).said(REVIEWERS).sentences == [reviews.NO_ROLE]
    said = Seen(tester=Cast.WRITER, independence={"tester": 1}).said(REVIEWERS)
    assert said.sentences == [reviews.NO_ROLE, reviews.OWN_WORK]
    assert said.gaps[1].obligation == "5.2.2-2"


@keeps(REVIEWERS)
@breaks(REVIEWERS)
def test_who_develops_is_of_the_same_department() -> None:
    assert Seen(independence={"architect-developer": 1, "tester": 3}).said(REVIEWERS).kept
    said = Seen(independence={"architect-developer": 2}).said(REVIEWERS)
    assert said.sentences == [reviews.SAME_DEPARTMENT]


@breaks(REVIEWERS)
def test_somebody_else_than_its_authors_reviewed_each_requirement() -> None:
    story = Seen("tester", "cross-functional-clinical", "security-adviser", architect_developer=Cast.WRITER)
    assert reviews.BY_AUTHORS_ALONE in story.said(REVIEWERS).sentences
    story.revise(
        story.the_review,
        reviewers=[*story.reviewers, {"person": Cast.TESTER, "viewpoint": "tester", "independence": 0}],
    )
    assert reviews.BY_AUTHORS_ALONE not in story.said(REVIEWERS).sentences


def test_only_the_newest_review_of_a_requirement_is_looked_at() -> None:
    story = Seen()
    story.review("requirements", story.requirement, day="2026-02-01")
    assert story.said(REVIEWERS).gaps
    story.review("requirements", story.requirement, day="2026-03-01", reviewers=story.reviewers)
    assert story.said(REVIEWERS).kept
    assert Reviewed().said(REVIEWERS).silent


@pytest.mark.parametrize("check", SORTS)
def test_a_review_was_not_held_before_what_it_covers_was_there(check: str) -> None:
    for held_on, sentences in (("2025-12-22", []), ("2025-12-21", [reviews.HELD_BEFORE])):
        story = Reviewed()
        story.review(OF[check], story.thing(check), held_on=held_on)
        assert story.said(check).sentences == sentences
