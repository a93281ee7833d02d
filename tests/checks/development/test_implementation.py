"""The implementation: its changes reviewed, the design found in the code."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.development import implementation
from asepsis.conformance import run
from asepsis.development.records import DesignElement, Requirement, Review
from asepsis.exchange import subjects
from asepsis.exchange.facts import Source
from tests.checks.development.proven import BUILD, Proven, change
from tests.dossiers import PRODUCT, Cast, breaks, days, keeps, run_check
from tests.kinds import an_id

REVIEWED = "development.implementation_reviewed"
IN_CODE = "development.capability_in_code"
POINTS = [f"5.5.2 {letter}" for letter in "abcde"]
LONG = ["1" * 40, "2" * 40, "3" * 40]


def answers(*points: str, **others: str) -> list[dict[str, Any]]:
    return [{"question": one, "answer": "yes"} for one in points] + [
        {"question": f"5.5.2 {letter}", "answer": answer, "why": "It is so."} for letter, answer in others.items()
    ]


class Reviewed(Proven):
    """Three changes, after that of the release before."""

    def __init__(self, *commits: str) -> None:
        super().__init__()
        self.commits = commits or ("c1", "c2", "c3")
        self.source(*(change(one, f"src/{one}.py") for one in self.commits), tag="v1.0.0")

    def review(self, *, make: Any = None, on: str = "2026-01-20", **fields: Any) -> str:
        given: dict[str, Any] = {
            "of": "implementation",
            "change_set": {"from_commit": "c0", "to_commit": self.commits[-1]},
            "lead": Cast.ARCHITECT,
            "reviewers": [{"person": Cast.SECURITY, "viewpoint": "security-adviser", "independence": 1}],
            "questions": answers(*POINTS),
            "concluded": "pass",
        }
        return (make or self.add)(Review, held_on=on, writer=Cast.ARCHITECT, **(given | fields))


@keeps(REVIEWED)
@breaks(REVIEWED)
def test_each_change_is_held_by_a_review_that_passed() -> None:
    story = Reviewed()
    review = story.review(change_set={"from_commit": "c0", "to_commit": "c2"})
    said = story.said(REVIEWED)
    assert said.sentences == [implementation.NOT_HELD]
    assert said.about == [story.labels[story.the_release]]
    assert "c3" in said.texts[0]
    story.revise(review, change_set={"from_commit": "c0", "to_commit": "c3"})
    assert story.said(REVIEWED).kept


@keeps(REVIEWED)
@breaks(REVIEWED)
def test_who_holds_a_review_of_code_is_not_its_only_reviewer() -> None:
    story = Reviewed()
    lead = {"person": Cast.ARCHITECT, "viewpoint": "architect-developer", "independence": 0}
    other = {"person": Cast.SECURITY, "viewpoint": "security-adviser", "independence": 1}
    review = story.review(reviewers=[lead])
    said = story.said(REVIEWED)
    assert (said.sentences, said.about) == ([implementation.BY_ITS_LEAD_ALONE], [story.labels[review]])
    story.revise(review, reviewers=[lead, other])
    assert story.said(REVIEWED).kept


@pytest.mark.parametrize(
    "held",
    [
        {"to_commit": "c3"},
        {"to_commit": "v1.0.0"},
        {"from_commit": "c0", "to_commit": "c3"},
        {"changes": ["c3", "c1", "c2"]},
        {"from_commit": "c1", "to_commit": "c3", "changes": ["c1"]},
    ],
)
def test_a_change_set_holds_what_is_between_its_commits_and_what_it_names(held: dict[str, Any]) -> None:
    story = Reviewed()
    story.review(change_set=held)
    assert story.said(REVIEWED).kept


@breaks(REVIEWED)
@pytest.mark.parametrize(
    "held",
    [
        {"from_commit": "c1", "to_commit": "c3"},
        {"from_commit": "another", "to_commit": "c3"},
        {"from_commit": "c0", "to_commit": "another"},
        {"changes": ["c2", "c3"]},
    ],
)
def test_a_change_set_holds_no_more(held: dict[str, Any]) -> None:
    story = Reviewed()
    story.review(change_set=held)
    assert story.said(REVIEWED).sentences == [implementation.NOT_HELD]


@pytest.mark.parametrize(
    ("length", "kept"), [(7, True), (6, False)], ids=["seven characters tell it", "six do not tell it"]
)
def test_commits_may_be_named_by_their_beginning(length: int, kept: bool) -> None:
    for held in ({"to_commit": LONG[2][:length]}, {"changes": [one[:length] for one in LONG]}):
        story = Reviewed(*LONG)
        story.review(change_set=held)
        assert story.said(REVIEWED).kept is kept


def test_several_reviews_may_share_the_changes() -> None:
    story = Reviewed()
    story.review(change_set={"to_commit": "c1"})
    story.review(change_set={"from_commit": "c1", "to_commit": "c3"}, concluded="pass-with-findings")
    assert story.said(REVIEWED).kept


@breaks(REVIEWED)
def test_the_design_that_is_covered_holds_changes_of_its_code() -> None:
    story = Reviewed()
    part = story.add(DesignElement, code_paths=["src/c[12].py", "src/c3.py"])
    other = story.add(DesignElement, code_paths=["src/c1.py", "src/c2.py"])
    review = story.review(change_set=None, covers=[other])
    assert story.said(REVIEWED).gaps
    story.revise(review, covers=[part, story.add(Requirement)])
    assert story.said(REVIEWED).kept
    story.revise(part, day="2026-02-01", code_paths=["src/*.py", "lib/*"])
    assert story.said(REVIEWED).gaps


@breaks(REVIEWED)
def test_covered_design_holds_only_changes_from_before_the_review() -> None:
    story = Reviewed()
    part = story.add(DesignElement, code_paths=["src/*.py"])
    review = story.review(change_set=None, covers=[part], on="2026-01-10")
    assert story.said(REVIEWED).kept
    story.revise(review, held_on="2026-01-09")
    assert story.said(REVIEWED).gaps


@breaks(REVIEWED)
def test_a_change_of_nothing_is_held_by_no_covered_design() -> None:
    story = Reviewed()
    story.source(change("c1"))
    story.review(change_set=None, covers=[story.add(DesignElement, code_paths=["*"])])
    assert story.said(REVIEWED).gaps


@breaks(REVIEWED)
def test_a_review_is_held_on_the_day_of_the_decision_at_the_latest() -> None:
    story = Reviewed()
    story.review(on="2026-03-01")
    story.send_out(story.the_release, day="2026-03-01")
    assert story.said(REVIEWED).kept
    late = Reviewed()
    late.review(on="2026-03-01")
    late.send_out(late.the_release, day=days("2026-03-01", -1))
    assert late.said(REVIEWED).sentences == [implementation.NONE_PASSED]


@breaks(REVIEWED)
@pytest.mark.parametrize("concluded", [None, "fail"])
def test_a_review_has_to_pass(concluded: str | None) -> None:
    story = Reviewed()
    story.review(concluded=concluded)
    assert implementation.NONE_PASSED in story.said(REVIEWED).sentences


@breaks(REVIEWED)
@pytest.mark.parametrize("letter", list("abcde"))
def test_each_point_is_answered(letter: str) -> None:
    story = Reviewed()
    review = story.review(questions=answers(*(one for one in POINTS if one[-1] != letter)))
    said = story.said(REVIEWED)
    assert (said.sentences, said.about) == ([implementation.UNANSWERED], [story.labels[review]])


def test_a_point_may_be_said_not_to_apply() -> None:
    story = Reviewed()
    story.review(questions=answers(*POINTS[:4], e="not-applicable"))
    assert story.said(REVIEWED).kept


def test_points_of_reviews_of_other_changes_are_not_asked() -> None:
    story = Reviewed()
    story.review(change_set={"to_commit": "b9"}, questions=[])
    story.review()
    assert story.said(REVIEWED).kept


@breaks(REVIEWED)
@pytest.mark.parametrize("at_head", [True, False])
def test_each_no_has_a_finding(at_head: bool) -> None:
    story = Reviewed()
    review = story.review(make=story.draft if at_head else None, questions=answers(*POINTS[:4], e="no"))
    if at_head:
        story.review()
    assert story.said(REVIEWED).sentences == [implementation.NO_FINDING]
    story.finding(review, make=story.draft)
    assert story.said(REVIEWED).kept


@breaks(REVIEWED)
def test_a_younger_review_that_failed_counts_before_it_is_signed() -> None:
    story = Reviewed()
    story.review(on="2026-01-20")
    failed = story.review(on="2026-01-20", make=story.draft, concluded="fail")
    said = story.said(REVIEWED)
    assert (said.sentences, said.about) == ([implementation.FAILED_SINCE], [story.labels[failed]])
    story.review(on="2026-01-21")
    assert story.said(REVIEWED).kept


def test_a_release_that_changes_nothing_rests_on_the_review_before() -> None:
    story = Reviewed()
    story.source()
    story.review(change_set={"to_commit": "b9"})
    assert story.said(REVIEWED).kept


def test_without_the_source_it_is_not_known() -> None:
    story = Reviewed()
    story.review()
    other = story.release("2.0.0")
    said = run_check(REVIEWED, story, release=other)
    assert said.sentences == [run.ABSENT]
    assert said.unknowns


def test_a_release_without_a_build_has_no_source() -> None:
    story = Reviewed()
    story.review()
    story.revise(story.the_release, build_id=None)
    assert story.said(REVIEWED).unknowns


@breaks(REVIEWED)
def test_without_a_review_of_the_implementation_there_is_a_gap() -> None:
    story = Reviewed()
    story.review(of="architecture", questions=[])
    assert story.said(REVIEWED).sentences == [run.NOTHING]


# --- what was designed is in the code ---


class Designed(Proven):
    def __init__(self, *paths: str) -> None:
        super().__init__()
        files = tuple((path, "Python") for path in paths)
        self.take_in(Source(("gateway",), "c1", paths=files), subjects.build(PRODUCT.id, BUILD))

    def part(self, **fields: Any) -> str:
        given: dict[str, Any] = {"level": "detailed", "counters": [an_id("threat")]}
        return self.add(DesignElement, **(given | fields))

    def requirement(self) -> str:
        return self.add(Requirement)

    def said_of(self) -> list[Any]:
        return [one for one in self.said(IN_CODE).sentences if one is not run.BROKEN]


@keeps(IN_CODE)
@breaks(IN_CODE)
def test_a_code_path_is_in_the_source() -> None:
    story = Designed("src/login/lock.py", "src/login.py")
    requirement = story.requirement()
    element = story.part(counters=None, implements=[requirement], code_paths=["src/login/**", "src/login.py"])
    assert story.said(IN_CODE).kept
    story.revise(element, code_paths=["src/login/**", "src/logins/**"])
    said = story.said(IN_CODE)
    assert (said.sentences, said.about) == ([implementation.NO_SUCH_PATH], [story.labels[element]])
    assert "src/logins/**" in said.texts[0]


@breaks(IN_CODE)
def test_code_or_items_are_named() -> None:
    story = Designed("src/a.py")
    element = story.part()
    assert story.said_of() == [implementation.NOWHERE]
    story.revise(element, items=[an_id("item")])
    assert story.said_of() == []


def test_only_the_lowest_level_that_does_something_is_looked_at() -> None:
    story = Designed("src/a.py")
    story.part(counters=None)
    assert story.said(IN_CODE).silent
    whole = story.part(level="architecture")
    assert story.said_of() == [implementation.NOWHERE]
    story.part(part_of=whole, code_paths=["src/*"])
    assert story.said_of() == []


def test_a_source_without_files_tells_nothing() -> None:
    story = Designed()
    story.part(code_paths=["src/*"])
    assert story.said_of() == [implementation.NO_PATHS]
    assert story.said(IN_CODE).unknowns


def test_without_the_source_it_is_not_known_where_the_design_is() -> None:
    story = Proven()
    story.add(DesignElement, counters=[an_id("threat")], code_paths=["src/*"])
    assert run.ABSENT in story.said(IN_CODE).sentences
