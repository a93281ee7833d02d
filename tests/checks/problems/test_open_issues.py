"""The look through open issues before a release goes out."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.problems import open_issues
from asepsis.conformance import run
from asepsis.development.records import Finding
from asepsis.quality.records import ImprovementAction, PeriodicReview
from tests.checks.problems.handled import Handled
from tests.dossiers import Cast, Said, breaks, keeps, run_check

CHECK = "problems.open_issues_reviewed"
HELD = "2026-06-10"


class Reviewed(Handled):
    """Version 2.0.0 after one that went out in January."""

    def __init__(self) -> None:
        super().__init__()
        self.next_release = self.release("2.0.0", predecessor=self.the_release)

    def review(self, *looked_at: str, day: str = HELD, **fields: Any) -> str:
        given: dict[str, Any] = {
            "subject": "open-issues", "first_day": "2026-01-06", "last_day": "2026-06-10", "next_due": "2027-06-10",
            "looked_at": looked_at, "complete": True, "efficient": True, "led_to_resolution": True,
        }  # fmt: skip
        return self.add(PeriodicReview, day=day, **(given | fields))

    def reviewed(self, **arguments: Any) -> Said:
        return run_check(CHECK, self, release=self.next_release, **arguments)


@keeps(CHECK)
@breaks(CHECK)
def test_an_empty_list_is_signed_as_empty() -> None:
    story = Reviewed()
    assert story.reviewed().sentences == [run.NOTHING]
    story.review(subject="threat-model")
    assert story.reviewed().sentences == [run.NOTHING]
    story.review()
    assert story.reviewed().kept


@breaks(CHECK)
def test_the_review_comes_after_the_release_before_and_by_the_decision() -> None:
    story = Reviewed()
    story.review(day="2026-01-04")
    said = story.reviewed()
    assert (said.sentences, said.about) == ([open_issues.NOT_REVIEWED], ["GW-REL-2"])
    assert said.gaps[0].obligation == "9.5-6"
    story.send_out(story.next_release, day="2026-06-10")
    story.review(day="2026-06-11")
    assert story.reviewed().sentences == [open_issues.NOT_REVIEWED]


def test_a_review_of_the_day_of_the_decision_is_in_time_when_it_came_first() -> None:
    story = Reviewed()
    story.review(day=HELD)
    story.send_out(story.next_release, day=HELD)
    assert story.reviewed().kept


@keeps(CHECK)
@breaks(CHECK)
@pytest.mark.parametrize("what", ["finding", "vulnerability", "report", "incident"])
def test_each_open_issue_is_looked_at_signed_or_not(what: str) -> None:
    story = Reviewed()
    issue = {
        "finding": lambda: story.draft(Finding, day="2026-06-01"),
        "vulnerability": lambda: story.vulnerability(story.draft, affected=[], day="2026-06-01"),
        "report": lambda: story.report("2026-06-01", story.draft),
        "incident": lambda: story.incident("2026-06-01", story.draft),
    }[what]()
    story.review()
    said = story.reviewed()
    assert said.texts == [f"GW-PRV-1 left out 1 issues that were open: {story.labels[issue]}."]
    story.review(issue, day=HELD)
    assert story.reviewed().kept


def test_what_another_review_of_the_release_looked_at_need_not_be_looked_at_again() -> None:
    story = Reviewed()
    issue = story.report("2026-06-01")
    story.review(issue, day="2026-06-05")
    story.review()
    assert story.reviewed().kept


def test_what_was_closed_by_the_day_of_the_review_was_not_open() -> None:
    for closed, kept in ((HELD, True), ("2026-06-11", False)):
        story = Reviewed()
        story.report("2026-06-01", closed_on=closed, closed_because="It is known what it is.")
        story.review()
        assert story.reviewed().kept is kept


def test_what_is_not_in_the_release_is_not_looked_at() -> None:
    story = Reviewed()
    story.vulnerability()
    story.draft(Finding, results=[{"tool": "scanner", "build_id": "build-of-9.0.0"}])
    story.release("9.0.0")
    story.decide(story.add(Finding, results=[{"tool": "scanner", "build_id": "build-of-9.0.0"}]))
    story.review()
    assert story.reviewed().kept


@keeps(CHECK)
@breaks(CHECK)
@pytest.mark.parametrize("what", ["finding", "vulnerability", "report", "incident"])
def test_what_came_up_since_is_decided(what: str) -> None:
    story = Reviewed()
    story.review()
    later = "2026-06-20"
    if what == "finding":
        issue = story.add(Finding, day=later)
    elif what == "vulnerability":
        issue = story.vulnerability(affected=[story.next_release], day=later)
    else:
        issue = story.report(later) if what == "report" else story.incident(later)
    said = story.reviewed()
    assert (said.sentences, story.labels[issue] in said.texts[0]) == ([open_issues.CAME_SINCE], True)
    if what == "report":
        story.investigate(issue, concluded="2026-06-21")
    elif what == "incident":
        story.revise(issue, recovered_on=f"{later}T12:00:00.000000Z")
    else:
        story.decide(issue, day="2026-06-21")
    assert story.reviewed().kept


def test_what_came_up_after_the_decision_is_of_a_later_release() -> None:
    story = Reviewed()
    story.review()
    story.send_out(story.next_release, day="2026-06-15")
    story.report("2026-06-20")
    assert story.reviewed().kept


@breaks(CHECK)
def test_what_the_review_concludes_is_followed() -> None:
    story = Reviewed()
    review = story.review(complete=False)
    assert story.reviewed().sentences == [open_issues.NOT_COMPLETE]
    story.revise(review, complete=True, led_to_resolution=False)
    assert story.reviewed().sentences == [open_issues.NO_ACTION]
    story.add(ImprovementAction, because=[review], owner=Cast.QUALITY, origin="review", day="2026-06-11")
    assert story.reviewed().kept


def test_without_a_release_any_review_counts() -> None:
    story = Reviewed()
    story.review(day="2026-01-04")
    assert run_check(CHECK, story).kept
