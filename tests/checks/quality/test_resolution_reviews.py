"""The look back at how problems were solved: in time, without holes, over everything."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from asepsis.checks.quality import resolution_reviews
from asepsis.development.records import Finding, TestPlan, TestRun
from asepsis.problems.records import Decision, Incident, Report
from asepsis.quality.domain import months_after
from asepsis.quality.records import ImprovementAction, PeriodicReview
from asepsis.risk.records import Vulnerability
from asepsis.sentences import Sentence
from tests.dossiers import ORGANISATION, Cast, Story, breaks, keeps, run_check

CURRENT = "quality.defect_review_current"
INTERVALS = "quality.defect_review_intervals"
WHOLE = "quality.defect_review_whole"


def a_review(story: Story, first: str = "2025-07-01", last: str = "2026-06-30", **fields: Any) -> str:
    """Write a look back at a time, signed on 1 July 2026, with the best of conclusions."""
    given: dict[str, Any] = {"subject": "problem-resolution", "first_day": first, "last_day": last, "day": "2026-07-01"}
    given |= {"complete": True, "efficient": True, "led_to_resolution": True}
    given["next_due"] = months_after(date.fromisoformat(last), 12).isoformat()
    return story.add(PeriodicReview, **(given | fields))


# --- held lately ----------------------------------------------------------------------------------------------------


@keeps(CURRENT)
@breaks(CURRENT)
def test_the_next_one_is_on_time_a_year_later() -> None:
    story = Story()
    a_review(story)
    assert run_check(CURRENT, story, today="2027-06-30").kept
    assert run_check(CURRENT, story, today="2027-07-01").sentences == [resolution_reviews.OVERDUE]


@keeps(CURRENT)
@breaks(CURRENT)
def test_the_next_one_is_due_on_the_day_that_it_names() -> None:
    story = Story()
    a_review(story, next_due="2026-11-25")
    assert run_check(CURRENT, story, today="2026-11-25").kept
    said = run_check(CURRENT, story, today="2026-11-26")
    assert (said.sentences, str(said.gaps[0].due)) == ([resolution_reviews.OVERDUE], "2026-11-25")


@breaks(CURRENT)
def test_it_names_the_next_one_no_later_than_it_is_due() -> None:
    story = Story(quality__resolution_review_months=6)
    review = a_review(story, next_due="2026-12-30")
    assert run_check(CURRENT, story).kept
    story.revise(review, day="2026-07-02", next_due="2026-12-31")
    assert run_check(CURRENT, story).sentences == [resolution_reviews.NEXT_TOO_LATE]


@keeps(CURRENT)
@breaks(CURRENT)
def test_it_is_signed_within_a_month_of_the_end_of_its_time() -> None:
    story = Story()
    a_review(story, signed_on="2026-07-30")
    assert run_check(CURRENT, story).kept
    story = Story()
    a_review(story, signed_on="2026-07-31")
    assert run_check(CURRENT, story).sentences == [resolution_reviews.SIGNED_LATE]


def test_only_the_newest_counts_for_today() -> None:
    story = Story()
    a_review(story, "2023-01-01", "2024-12-31", next_due="2027-12-31")
    a_review(story)
    assert run_check(CURRENT, story).kept


@pytest.mark.parametrize("check", [CURRENT, WHOLE])
def test_without_one_of_this_subject_it_is_a_gap(check: str) -> None:
    story = Story()
    a_review(story, subject="access")
    assert run_check(check, story).texts == ["There is no periodic review to look at."]


# --- without holes --------------------------------------------------------------------------------------------------


@keeps(INTERVALS)
def test_one_follows_the_other_within_a_year_and_on_the_next_day() -> None:
    story = Story()
    a_review(story)
    a_review(story, "2026-07-01", "2027-06-30")
    assert run_check(INTERVALS, story).kept


@breaks(INTERVALS)
@pytest.mark.parametrize(
    ("first", "last", "gap"),
    [
        ("2026-07-01", "2027-07-01", resolution_reviews.INTERVAL_MISSED),
        ("2026-07-02", "2027-06-30", resolution_reviews.HOLE),
    ],
    ids=["a-day-late", "a-day-left-out"],
)
def test_one_that_is_late_or_leaves_a_day_out_is_a_gap(first: str, last: str, gap: Sentence) -> None:
    story = Story()
    a_review(story)
    a_review(story, first, last)
    said = run_check(INTERVALS, story)
    assert (said.sentences, said.about) == ([gap], ["GW-PRV-2"])


def test_those_of_the_organisation_are_a_row_of_their_own() -> None:
    story = Story()
    a_review(story)
    a_review(story, "2028-01-01", "2028-12-31", owned_by=ORGANISATION)
    assert run_check(INTERVALS, story).kept


def test_without_any_the_intervals_are_silent() -> None:
    assert run_check(INTERVALS, Story()).silent


# --- over everything ------------------------------------------------------------------------------------------------


def a_report(story: Story, received: str = "2026-03-01", **fields: Any) -> str:
    given: dict[str, Any] = {"received_on": f"{received}T12:00:00.000000Z", "exploited": "no", "day": received}
    return story.add(Report, **(given | fields))


@keeps(WHOLE)
@breaks(WHOLE)
def test_a_report_that_came_in_its_time_is_looked_at() -> None:
    story = Story()
    report = a_report(story)
    review = a_review(story)
    said = run_check(WHOLE, story)
    assert said.texts == ["GW-PRV-1 did not look at GW-RPT-1, which was open, opened or closed in its time."]
    story.revise(review, day="2026-07-02", looked_at=[report])
    assert run_check(WHOLE, story).kept


@pytest.mark.parametrize(
    ("received", "closed", "asked"),
    [
        ("2026-06-30", None, True),
        ("2026-07-01", None, False),
        ("2025-06-01", "2025-07-01", True),
        ("2025-06-01", "2025-06-30", False),
        ("2025-06-01", None, True),
    ],
    ids=["came-on-the-last-day", "came-after", "closed-on-the-first-day", "closed-before", "open-all-along"],
)
def test_what_was_opened_closed_or_open_in_its_time_is_asked(received: str, closed: str | None, asked: bool) -> None:
    story = Story()
    how = {"closed_on": closed, "closed_because": "It is solved."} if closed else {}
    a_report(story, received, **how)
    a_review(story)
    assert len(run_check(WHOLE, story).gaps) == asked


def test_what_came_into_the_ledger_after_it_was_submitted_is_not_asked() -> None:
    story = Story()
    a_review(story, day="2026-07-01")
    a_report(story, day="2026-07-02")
    assert run_check(WHOLE, story).kept


@keeps(WHOLE)
def test_a_later_review_may_look_at_what_one_left_out() -> None:
    story = Story()
    report = a_report(story)
    a_review(story)
    a_review(story, "2026-07-01", "2026-10-31", day="2026-11-01", looked_at=[report])
    assert run_check(WHOLE, story).kept


def test_an_older_review_of_other_days_does_not_look_for_it() -> None:
    story = Story()
    report = a_report(story, "2025-01-01")
    a_review(story, "2024-07-01", "2025-06-30", day="2025-07-01", looked_at=[report])
    a_review(story)
    assert run_check(WHOLE, story).about == ["GW-PRV-2"]


@breaks(WHOLE)
def test_what_nobody_signed_or_wrote_out_is_asked_too() -> None:
    story = Story()
    a_report(story)
    story.draft(Report, received_on="2026-03-01T12:00:00.000000Z", exploited="no")
    story.unfinished(Report, title="Somebody called")
    story.draft(Vulnerability)
    story.draft(Finding)
    story.draft(Incident)
    story.draft(Decision, about=[a_report(story, day="2026-11-01")], disclose="no")
    a_review(story)
    said = run_check(WHOLE, story)
    assert [dict(one.said.arguments)["issue"].label for one in said.gaps] == [
        "GW-RPT-2", "GW-RPT-3", "GW-RPT-1", "GW-FND-1", "GW-VUL-1", "GW-INC-1",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("first", "last", "covers"),
    [
        ("2025-01-01", "2025-07-01", True),
        ("2025-01-01", "2025-06-30", False),
        ("2026-06-30", "2026-12-31", True),
        ("2026-07-01", "2026-12-31", False),
    ],
    ids=["last-day-in", "last-day-before", "first-day-in", "first-day-after"],
)
def test_an_older_review_of_some_of_the_same_days_may_have_looked_at_it(first: str, last: str, covers: bool) -> None:
    story = Story()
    report = a_report(story, "2025-01-01")
    a_review(story, first, last, day="2026-06-01", looked_at=[report])
    a_review(story, day="2026-07-01")
    assert run_check(WHOLE, story).about == ["GW-PRV-2"] * (not covers)


def test_an_incident_is_open_from_when_it_was_noticed_until_all_was_back() -> None:
    story = Story()
    noticed: dict[str, Any] = {"noticed_on": "2025-01-01T12:00:00.000000Z", "aware_on": "2025-01-01T12:00:00.000000Z"}
    story.add(Incident, day="2025-01-01", **noticed, recovered_on="2025-06-30T12:00:00.000000Z")
    open_one = story.add(Incident, day="2025-01-01", **noticed, recovered_on="2025-07-01T12:00:00.000000Z")
    review = a_review(story)
    assert len(run_check(WHOLE, story).gaps) == 1
    story.revise(review, day="2026-07-02", looked_at=[open_one])
    assert run_check(WHOLE, story).kept
    before = story.add(Incident, day="2025-01-01", **noticed, recovered_on="2025-01-01T11:59:59.000000Z")
    assert run_check(WHOLE, story).gaps  # before anybody noticed it, nothing was back to normal
    story.revise(before, recovered_on="2025-01-01T12:00:00.000000Z")
    assert run_check(WHOLE, story).kept


def decided(story: Story, *about: str, **fields: Any) -> str:
    given: dict[str, Any] = {"about": list(about), "option": "fix", "disclose": "no", "day": "2025-01-02"}
    given |= {
        "risk": None,
        "residual": {"method": "cvss4.0", "vector": "CVSS:4.0/AV:N", "number": "1.0"},
        "harm": "none",
    }
    return story.add(Decision, **(given | fields))


def test_a_vulnerability_is_open_until_every_decision_about_it_is_closed() -> None:
    story = Story()
    flaw = story.add(Vulnerability, day="2025-01-01", elements=[], items=[], threats=[])
    one = decided(story, flaw, closed_on="2025-06-01")
    a_review(story)
    assert run_check(WHOLE, story).kept
    decided(story, flaw)
    asked = {dict(gap.said.arguments)["issue"].label for gap in run_check(WHOLE, story).gaps}
    assert (asked, story.labels[one]) == ({"GW-VUL-1", "GW-DCS-2"}, "GW-DCS-1")


@pytest.mark.parametrize(("closed", "asked"), [("2025-06-30", 0), ("2025-07-01", 2)])
def test_the_last_of_two_decisions_closes_a_vulnerability(closed: str, asked: int) -> None:
    story = Story()
    flaw = story.add(Vulnerability, day="2025-01-01")
    decided(story, flaw, closed_on="2025-02-01")
    decided(story, flaw, closed_on=closed)
    a_review(story)
    assert len(run_check(WHOLE, story).gaps) == asked


def test_the_first_of_two_retests_that_passed_closes_a_finding() -> None:
    story = Story()
    given: dict[str, Any] = {"plan": story.add(TestPlan), "release": story.release()}
    given |= {"retests": [story.add(Finding, day="2025-01-01")], "outcome": "pass"}
    story.add(TestRun, on="2025-06-30", **given)
    story.add(TestRun, on="2025-07-01", **given)
    a_review(story)
    assert run_check(WHOLE, story).kept


def test_a_finding_is_open_until_it_passed_a_retest() -> None:
    story = Story()
    finding = story.add(Finding, day="2025-01-01")
    a_review(story)
    assert len(run_check(WHOLE, story).gaps) == 1
    given: dict[str, Any] = {"plan": story.add(TestPlan), "release": story.release(), "retests": [finding]}
    story.add(TestRun, on="2025-06-30", outcome="fail", **given)
    assert len(run_check(WHOLE, story).gaps) == 1
    story.add(TestRun, on="2025-06-30", outcome="pass", **given)
    assert run_check(WHOLE, story).kept


@keeps(WHOLE)
@breaks(WHOLE)
@pytest.mark.parametrize("what", ["complete", "efficient", "led_to_resolution"])
def test_a_conclusion_of_no_is_followed_by_an_action_of_a_review(what: str) -> None:
    story = Story()
    concluded: dict[str, Any] = {what: False}
    review = a_review(story, **concluded)
    assert run_check(WHOLE, story).sentences == [resolution_reviews.NO_ACTION]
    action = story.add(
        ImprovementAction, day="2026-07-02", because=[review], owner=Cast.QUALITY, origin="audit", due="2027-01-01"
    )
    assert run_check(WHOLE, story).sentences == [resolution_reviews.NO_ACTION]
    story.revise(action, day="2026-07-03", origin="review")
    assert run_check(WHOLE, story).kept


def a_look_at_a_decision(**fields: Any) -> Story:
    """Return a story in which a review of 1 July 2026 looked at a decision and concluded that all is solved."""
    story = Story()
    fault = story.add(Vulnerability, day="2026-01-05")
    a_review(story, looked_at=[fault, decided(story, fault, day="2026-01-06", **fields)])
    return story


@keeps(WHOLE)
@pytest.mark.parametrize("fields", [{}, {"due": "2026-07-01"}, {"due": "2026-06-30", "closed_on": "2026-07-01"}])
def test_a_decision_that_was_on_time_or_closed_that_day_was_solved(fields: dict[str, str]) -> None:
    assert run_check(WHOLE, a_look_at_a_decision(**fields)).kept


@breaks(WHOLE)
@pytest.mark.parametrize("fields", [{"due": "2026-06-30"}, {"due": "2026-06-30", "closed_on": "2026-07-02"}])
def test_a_decision_past_its_day_and_open_was_not_solved(fields: dict[str, str]) -> None:
    assert run_check(WHOLE, a_look_at_a_decision(**fields)).sentences == [resolution_reviews.NOT_SOLVED]


def test_a_decision_that_was_retired_since_says_nothing_of_the_review() -> None:
    story = a_look_at_a_decision(due="2026-06-30")
    story.retire(next(record for record, label in story.labels.items() if label == "GW-DCS-1"), day="2026-08-01")
    assert run_check(WHOLE, story).kept


def test_who_says_that_problems_were_not_solved_may_leave_a_decision_open() -> None:
    story = Story()
    fault = story.add(Vulnerability, day="2026-01-05")
    decision = decided(story, fault, day="2026-01-06", due="2026-06-30")
    review = a_review(story, looked_at=[fault, decision], led_to_resolution=False)
    story.add(
        ImprovementAction, because=[review], owner=Cast.QUALITY, origin="review", due="2027-01-01", day="2026-07-02"
    )
    assert run_check(WHOLE, story).kept
