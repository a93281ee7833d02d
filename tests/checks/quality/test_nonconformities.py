"""Nonconformities are answered, accepted, and lead to an action where they are major."""

from __future__ import annotations

from typing import Any

from asepsis.checks.quality import nonconformities
from asepsis.quality.records import Audit, ImprovementAction, Nonconformity
from tests.dossiers import Cast, Story, breaks, keeps, run_check

CHECK = "quality.nonconformities_open"
ANSWERED = {"cause": "Nobody was told.", "correction": "They were told.", "answered_on": "2026-05-25"}


def a_fault(story: Story, **fields: Any) -> str:
    return story.add(Nonconformity, **({"grade": "minor", "clause": "7.2", "answer_due": "2026-11-25"} | fields))


@keeps(CHECK)
@breaks(CHECK)
def test_an_answer_is_on_time_on_its_day() -> None:
    story = Story()
    a_fault(story)
    assert run_check(CHECK, story, today="2026-11-25").kept
    assert run_check(CHECK, story, today="2026-11-26").sentences == [nonconformities.UNANSWERED]


def test_who_owes_the_answer_owes_the_gap() -> None:
    story = Story()
    a_fault(story, owner=Cast.DEVELOPER, answer_due="2026-11-01")
    (gap,) = run_check(CHECK, story).gaps
    assert (gap.owner, str(gap.due)) == (Cast.DEVELOPER, "2026-11-01")


@keeps(CHECK)
@breaks(CHECK)
def test_an_answer_is_accepted_within_the_months_of_the_policy() -> None:
    story = Story(quality__effect_check_months=6)
    a_fault(story, **ANSWERED)
    assert run_check(CHECK, story, today="2026-11-25").kept
    assert run_check(CHECK, story, today="2026-11-26").sentences == [nonconformities.NOT_ACCEPTED]


def test_an_answer_that_was_accepted_is_done_with() -> None:
    story = Story()
    a_fault(story, **ANSWERED, accepted_on="2026-06-01")
    assert run_check(CHECK, story, today="2029-01-01").kept


@breaks(CHECK)
def test_a_major_one_is_a_gap_at_once() -> None:
    story = Story()
    a_fault(story, grade="major", answer_due="2027-12-01")
    assert run_check(CHECK, story).sentences == [nonconformities.MAJOR]


@keeps(CHECK)
@breaks(CHECK)
def test_a_major_one_that_is_accepted_needs_an_action() -> None:
    story = Story()
    fault = a_fault(story, grade="major", accepted_on="2026-06-01", **ANSWERED)
    assert run_check(CHECK, story).sentences == [nonconformities.NO_ACTION]
    action = story.draft(ImprovementAction, because=[fault], owner=Cast.QUALITY)
    assert run_check(CHECK, story).sentences == [nonconformities.NO_ACTION]
    story.submit(action)
    story.sign(action)
    assert run_check(CHECK, story).kept


@breaks(CHECK)
def test_one_that_nobody_signed_counts() -> None:
    story = Story()
    story.draft(Nonconformity, grade="major", clause="7.2", answer_due="2027-12-01")
    assert run_check(CHECK, story).sentences == [nonconformities.MAJOR]


@breaks(CHECK)
def test_one_that_is_being_rewritten_counts_as_it_was_and_as_it_will_be() -> None:
    story = Story()
    fault = a_fault(story)
    story.revise(fault, day="2026-02-01", signed=False, grade="major")
    assert run_check(CHECK, story).sentences == [nonconformities.MAJOR]


def test_one_that_is_not_written_out_is_a_gap() -> None:
    story = Story()
    story.unfinished(Nonconformity, title="Something is wrong")
    assert run_check(CHECK, story).texts == ["GW-NCN-1 is reported and not written out."]


def test_without_any_it_is_silent() -> None:
    assert run_check(CHECK, Story()).silent


@keeps(CHECK)
@breaks(CHECK)
def test_it_is_not_answered_before_it_was_there() -> None:
    answer = {"cause": "Nobody was told.", "correction": "They were told.", "accepted_on": "2026-06-01"}
    story = Story(quality__late_entry_days=14)
    fault = a_fault(story, day="2026-05-25", **answer, answered_on="2026-05-11")
    assert run_check(CHECK, story).kept
    story.revise(fault, day="2026-06-01", answered_on="2026-05-10")
    assert run_check(CHECK, story).sentences == [nonconformities.ANSWERED_BEFORE]


@keeps(CHECK)
@breaks(CHECK)
def test_what_an_audit_found_was_there_on_its_day() -> None:
    story = Story(quality__late_entry_days=14)
    audit = story.add(Audit, on="2026-05-01")
    answer = {"cause": "Nobody was told.", "correction": "They were told.", "accepted_on": "2026-06-01"}
    fault = a_fault(story, day="2026-05-25", audit=audit, **answer, answered_on="2026-05-01")
    assert run_check(CHECK, story).kept
    story.revise(fault, day="2026-06-01", answered_on="2026-04-30")
    assert run_check(CHECK, story).sentences == [nonconformities.ANSWERED_BEFORE]
