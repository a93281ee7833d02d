"""Management reviews are held in time and look at what management has to see."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.quality import management_reviews
from asepsis.quality.records import ImprovementAction, ManagementReview, Nonconformity, PeriodicReview
from tests.dossiers import Cast, Story, breaks, elsewhere, evidence, keeps, run_check

CHECK = "quality.management_reviews_security"
ANSWERED = {"cause": "Nobody was told.", "correction": "They were told.", "answered_on": "2026-05-30"}


def a_review(story: Story, **fields: Any) -> str:
    return story.add(ManagementReview, **({"on": "2026-06-01", "day": "2026-06-02"} | fields))


@keeps(CHECK)
@breaks(CHECK)
def test_the_next_one_is_on_time_on_the_last_day_of_the_interval() -> None:
    story = Story()
    a_review(story)
    assert run_check(CHECK, story, today="2027-06-01").kept
    assert run_check(CHECK, story, today="2027-06-02").sentences == [management_reviews.OVERDUE]


def test_a_younger_review_takes_the_place_of_an_older_one() -> None:
    story = Story()
    a_review(story, on="2025-01-01")
    a_review(story, on="2026-06-01")
    assert run_check(CHECK, story).kept


@keeps(CHECK)
@breaks(CHECK)
def test_it_looks_at_a_major_nonconformity_that_was_open_on_its_day() -> None:
    story = Story()
    fault = story.add(Nonconformity, day="2026-06-01", grade="major", clause="7.2")
    review = a_review(story)
    said = run_check(CHECK, story)
    assert (said.sentences, said.about) == ([management_reviews.LEFT_OUT], [story.labels[review]])
    story.revise(review, day="2026-07-01", looked_at=[fault])
    assert run_check(CHECK, story).kept


@pytest.mark.parametrize(
    ("fields", "seen"),
    [
        ({"day": "2026-06-02", "grade": "major"}, False),
        ({"day": "2026-06-01", "grade": "minor"}, False),
        ({"day": "2026-05-01", "grade": "major", "accepted_on": "2026-06-01", **ANSWERED}, False),
        ({"day": "2026-05-01", "grade": "major", "accepted_on": "2026-06-02", **ANSWERED}, True),
    ],
    ids=["written-later", "minor", "accepted-that-day", "accepted-the-day-after"],
)
def test_only_what_was_open_and_major_on_that_day_has_to_be_looked_at(fields: dict[str, Any], seen: bool) -> None:
    story = Story()
    story.add(Nonconformity, clause="7.2", **fields)
    a_review(story)
    assert run_check(CHECK, story).sentences == [management_reviews.LEFT_OUT] * seen


@breaks(CHECK)
def test_a_major_nonconformity_that_nobody_signed_has_to_be_looked_at() -> None:
    story = Story()
    story.draft(Nonconformity, grade="major", clause="7.2")
    a_review(story)
    assert run_check(CHECK, story).sentences == [management_reviews.LEFT_OUT]


@pytest.mark.parametrize(("due", "late"), [("2026-05-31", True), ("2026-06-01", False)])
def test_it_looks_at_an_action_that_was_past_its_due_day(due: str, late: bool) -> None:
    story = Story()
    fault = story.add(Nonconformity, clause="7.2", grade="minor")
    story.add(ImprovementAction, because=[fault], owner=Cast.QUALITY, due=due)
    a_review(story)
    assert run_check(CHECK, story).sentences == [management_reviews.LEFT_OUT] * late


@pytest.mark.parametrize(
    ("fields", "late"),
    [
        ({"done_on": "2026-06-01"}, False),
        ({"done_on": "2026-06-02"}, True),
        ({"signed_on": "2026-06-01"}, True),
        ({"signed_on": "2026-06-02"}, False),
    ],
    ids=["done-that-day", "done-the-day-after", "in-force-that-day", "in-force-the-day-after"],
)
def test_only_an_action_that_was_in_force_and_not_done_by_then_is_late(fields: dict[str, Any], late: bool) -> None:
    story = Story()
    fault = story.add(Nonconformity, clause="7.2", grade="minor")
    story.add(ImprovementAction, because=[fault], owner=Cast.QUALITY, due="2026-05-01", **fields)
    a_review(story)
    assert run_check(CHECK, story).sentences == [management_reviews.LEFT_OUT] * late


def test_what_only_an_older_review_looked_at_was_not_looked_at_by_the_newest() -> None:
    story = Story()
    fault = story.add(Nonconformity, grade="major", clause="7.2")
    a_review(story, on="2026-05-31", looked_at=[fault])
    a_review(story)
    assert run_check(CHECK, story).about == ["GW-MRV-2"]


def test_a_look_back_at_something_else_need_not_be_looked_at() -> None:
    story = Story()
    story.add(PeriodicReview, subject="access", first_day="2025-01-01", last_day="2025-12-31", next_due="2026-12-31")
    a_review(story)
    assert run_check(CHECK, story).kept


def test_minutes_kept_elsewhere_need_not_be_stored() -> None:
    story = Story()
    a_review(story, minutes=elsewhere("minutes"))
    story.lose("minutes")
    assert run_check(CHECK, story).kept


@breaks(CHECK)
def test_it_looks_at_the_newest_look_back_that_was_signed_by_then() -> None:
    story = Story()
    given: dict[str, Any] = {"subject": "problem-resolution", "first_day": "2025-01-01", "next_due": "2027-12-31"}
    old = story.add(PeriodicReview, day="2026-01-15", last_day="2025-06-30", **given)
    new = story.add(PeriodicReview, day="2026-06-01", last_day="2025-12-31", **given)
    story.add(PeriodicReview, day="2026-06-02", last_day="2026-05-31", **given)
    review = a_review(story, looked_at=[old])
    assert run_check(CHECK, story).sentences == [management_reviews.LEFT_OUT]
    story.revise(review, day="2026-07-01", looked_at=[new])
    assert run_check(CHECK, story).kept


def test_what_another_review_of_the_same_day_looked_at_was_looked_at() -> None:
    story = Story()
    fault = story.add(Nonconformity, grade="major", clause="7.2")
    a_review(story, looked_at=[fault])
    a_review(story)
    assert run_check(CHECK, story).kept


def test_minutes_whose_bytes_are_gone_leave_it_unknown() -> None:
    story = Story()
    a_review(story, minutes=evidence("minutes"))
    story.lose("minutes")
    said = run_check(CHECK, story)
    assert ([one.said.sentence for one in said.unknowns], said.gaps) == ([management_reviews.MINUTES_GONE], [])


def test_without_any_it_is_a_gap() -> None:
    assert run_check(CHECK, Story()).texts == ["There is no management review to look at."]
