"""Improvement actions are owned, done, checked for effect and followed up."""

from __future__ import annotations

from typing import Any

from asepsis.checks.quality import improvement
from asepsis.quality.records import ImprovementAction, Nonconformity
from tests.dossiers import Cast, Story, breaks, keeps, run_check

CHECK = "quality.improvement_actions_run"


def an_action(story: Story, **fields: Any) -> str:
    because = story.add(Nonconformity, grade="minor", clause="7.2")
    return story.add(ImprovementAction, **({"because": [because], "owner": Cast.QUALITY, "due": "2026-11-25"} | fields))


def a_story(**fields: Any) -> Story:
    story = Story(quality__effect_check_months=6)
    story.people()
    an_action(story, **fields)
    return story


@keeps(CHECK)
@breaks(CHECK)
def test_an_action_is_on_time_on_its_day() -> None:
    story = a_story()
    assert run_check(CHECK, story, today="2026-11-25").kept
    said = run_check(CHECK, story, today="2026-11-26")
    assert (said.sentences, said.gaps[0].owner) == ([improvement.NOT_DONE], Cast.QUALITY)


@keeps(CHECK)
@breaks(CHECK)
def test_its_effect_is_checked_within_the_months_of_the_policy() -> None:
    story = a_story(done_on="2026-05-25")
    assert run_check(CHECK, story, today="2026-11-25").kept
    assert run_check(CHECK, story, today="2026-11-26").sentences == [improvement.NOT_CHECKED]


@breaks(CHECK)
def test_a_check_of_its_effect_says_whether_it_helped() -> None:
    checked = {"done_on": "2026-05-01", "effect_checked_on": "2026-06-01"}
    assert run_check(CHECK, a_story(**checked)).sentences == [improvement.NOT_JUDGED]
    assert run_check(CHECK, a_story(**checked, worked=True)).kept


@breaks(CHECK)
def test_its_effect_is_not_checked_before_it_is_done() -> None:
    done = {"done_on": "2026-05-02", "worked": True}
    assert run_check(CHECK, a_story(**done, effect_checked_on="2026-05-02")).kept
    assert run_check(CHECK, a_story(**done, effect_checked_on="2026-05-01")).sentences == [improvement.CHECKED_TOO_SOON]


@keeps(CHECK)
@breaks(CHECK)
def test_one_that_did_not_help_is_followed_by_another() -> None:
    story = Story()
    story.people()
    failed = {"done_on": "2026-05-01", "effect_checked_on": "2026-06-01", "worked": False}
    action = an_action(story, **failed)
    assert run_check(CHECK, story).sentences == [improvement.DID_NOT_HELP]
    done: dict[str, Any] = {"done_on": "2026-08-01", "effect_checked_on": "2026-09-01", "worked": True}
    story.add(ImprovementAction, day="2026-07-01", because=[action], owner=Cast.QUALITY, due="2026-08-01", **done)
    assert run_check(CHECK, story).kept


@breaks(CHECK)
def test_an_older_action_does_not_follow_from_it() -> None:
    story = Story()
    story.people()
    done = {"done_on": "2026-05-01", "effect_checked_on": "2026-06-01"}
    older = an_action(story, day="2026-01-05", **done, worked=True)
    failed = an_action(story, day="2026-02-01", **done, worked=False)
    story.revise(older, day="2026-07-01", because=[failed])
    assert run_check(CHECK, story).sentences == [improvement.DID_NOT_HELP]


@keeps(CHECK)
@breaks(CHECK)
def test_its_owner_is_there_until_it_has_helped() -> None:
    story = Story()
    story.people(quality=("2020-01-01", "2026-11-24"))
    action = an_action(story)
    assert run_check(CHECK, story, today="2026-11-24").kept
    assert run_check(CHECK, story, today="2026-11-25").sentences == [improvement.NOBODYS]
    story.revise(action, day="2026-11-24", done_on="2026-11-20", effect_checked_on="2026-11-24", worked=True)
    assert run_check(CHECK, story, today="2026-11-25").kept


@keeps(CHECK)
@breaks(CHECK)
def test_one_that_nobody_signed_counts_once_its_day_is_past() -> None:
    story = Story()
    because = story.add(Nonconformity, grade="minor", clause="7.2")
    action = story.draft(ImprovementAction, because=[because], owner=Cast.QUALITY, due="2026-11-25")
    assert run_check(CHECK, story, today="2026-11-25").kept
    said = run_check(CHECK, story, today="2026-11-26")
    assert (said.sentences, said.about) == ([improvement.NOT_SIGNED], ["GW-IMP-1"])
    story.withdraw(action, day="2026-11-26")
    assert run_check(CHECK, story, today="2026-11-26").kept


def test_a_draft_without_a_day_or_over_one_in_force_does_not_count() -> None:
    story = Story()
    story.people()
    story.unfinished(ImprovementAction, title="Do better")
    action = an_action(story, done_on="2026-11-01")
    story.revise(action, day="2026-11-02", signed=False, due="2026-01-06", what="Something else.")
    assert run_check(CHECK, story).kept


@breaks(CHECK)
def test_an_action_does_not_follow_from_itself() -> None:
    story = Story()
    story.people()
    failed: dict[str, Any] = {"done_on": "2026-05-01", "effect_checked_on": "2026-06-01", "worked": False}
    action = an_action(story, **failed)
    story.revise(action, day="2026-07-01", because=[action])
    assert run_check(CHECK, story).sentences == [improvement.DID_NOT_HELP]


def test_where_the_content_of_a_draft_is_gone_it_is_not_known() -> None:
    story = Story()
    story.erase(story.draft(ImprovementAction, owner=Cast.QUALITY, due="2026-01-06"))
    said = run_check(CHECK, story)
    assert said.unknowns
    assert not said.gaps


def test_an_effect_that_was_checked_before_anything_is_done_is_no_fault_of_order() -> None:
    assert run_check(CHECK, a_story(effect_checked_on="2026-05-01", worked=True)).kept


def test_without_the_days_of_people_it_is_unknown() -> None:
    story = Story()
    an_action(story)
    said = run_check(CHECK, story)
    assert (said.gaps, len(said.unknowns)) == ([], 1)


@keeps(CHECK)
@breaks(CHECK)
def test_it_is_not_done_before_what_it_was_opened_for_was_there() -> None:
    story = Story(quality__late_entry_days=14)
    story.people()
    because = [story.add(Nonconformity, day=day, grade="minor", clause="7.2") for day in ("2026-05-25", "2026-05-26")]
    fields: dict[str, Any] = {"because": because, "owner": Cast.QUALITY, "due": "2026-11-25", "day": "2026-06-01"}
    fields |= {"effect_checked_on": "2026-06-01", "worked": True}
    action = story.add(ImprovementAction, **fields, done_on="2026-05-11")
    assert run_check(CHECK, story).kept
    story.revise(action, day="2026-06-02", done_on="2026-05-10")
    assert run_check(CHECK, story).sentences == [improvement.DONE_BEFORE]
