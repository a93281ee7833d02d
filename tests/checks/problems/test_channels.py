"""Reporting channels: for each origin one that works, and somebody at its end."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.problems import channels
from asepsis.conformance import run
from asepsis.problems.records import ReportOrigin
from tests.checks.problems.handled import Handled
from tests.dossiers import Cast, breaks, keeps, run_check

CHECK = "problems.channels_cover_origins"
INSIDE = [one.value for one in ReportOrigin if one is not ReportOrigin.USERS]
COMPLAINTS = [
    {"way": "address", "where": "security@example.com"},
    {"way": "complaint-route", "where": "Form 12 of the quality system"},
]


def covered(*origins: str, **fields: Any) -> Handled:
    """Return a story with a channel for users and one for all other origins, or for those named."""
    story = Handled()
    story.people()
    story.channel("users", how=COMPLAINTS, tried_on="2026-11-05")
    story.channel(*(origins or INSIDE), tried_on="2026-11-05", **fields)
    return story


@keeps(CHECK)
@breaks(CHECK)
@pytest.mark.parametrize("origin", INSIDE)
def test_each_origin_has_a_channel(origin: str) -> None:
    assert run_check(CHECK, covered()).kept
    said = run_check(CHECK, covered(*(one for one in INSIDE if one != origin)))
    assert said.texts == [f"No reporting channel is there for reports from `{origin}`."]


@breaks(CHECK)
def test_without_any_channel_there_is_a_gap() -> None:
    assert run_check(CHECK, Handled()).sentences == [run.NOTHING]


@breaks(CHECK)
def test_people_outside_can_reach_a_channel() -> None:
    tracker = [{"way": "tracker", "where": "our tracker"}]
    assert run_check(CHECK, covered(how=tracker)).texts == [
        "No channel for reports from `researchers` has an address or form that people outside can reach."
    ]
    for way in ("address", "form", "security-txt"):
        assert run_check(CHECK, covered(how=[*tracker, {"way": way, "where": "there"}])).kept


@breaks(CHECK)
def test_the_complaint_route_is_among_the_channels_for_users() -> None:
    story = Handled()
    story.people()
    story.channel(*(one.value for one in ReportOrigin), tried_on="2026-11-05")
    assert run_check(CHECK, story).sentences == [channels.NO_COMPLAINT_ROUTE]


@keeps(CHECK)
@breaks(CHECK)
def test_the_last_day_of_a_trial_is_the_same_day_months_later() -> None:
    story = covered()
    assert run_check(CHECK, story, today="2027-05-05").kept
    assert run_check(CHECK, story, today="2027-05-06").sentences == [channels.TRIED_LONG_AGO] * 2


@breaks(CHECK)
def test_the_policy_may_ask_for_a_trial_earlier_than_the_channel() -> None:
    story = covered()
    story.set_policy("problems.channel_try_months", 3)
    assert run_check(CHECK, story, today="2027-02-05").kept
    assert run_check(CHECK, story, today="2027-02-06").gaps


@breaks(CHECK)
def test_a_report_that_came_by_a_channel_shows_that_it_works() -> None:
    story = covered()
    story.channel("users", tried_on=None)
    assert run_check(CHECK, story).sentences == [channels.NEVER_TRIED]
    heard = covered()
    channel = heard.channel("users", tried_on="2026-01-05")
    assert run_check(CHECK, heard).sentences == [channels.TRIED_LONG_AGO]
    heard.report("2026-05-24", heard.draft, channel=channel)
    assert run_check(CHECK, heard).texts == [
        "GW-CHN-3 was last seen to work on 2026-05-24; it was to be tried out by 2026-11-24."
    ]
    heard.report("2026-05-25", heard.draft, channel=channel)
    assert run_check(CHECK, heard).kept


def test_a_trial_to_come_shows_nothing() -> None:
    story = covered()
    story.channel("users", tried_on="2026-11-26")
    assert run_check(CHECK, story).sentences == [channels.NEVER_TRIED]


@breaks(CHECK)
def test_an_owner_who_left_hears_nothing_from_the_next_day_on() -> None:
    story = covered(owner=Cast.DEPUTY)
    story.people(deputy=("2020-01-01", "2026-11-25"))
    assert run_check(CHECK, story).kept
    said = run_check(CHECK, story, today="2026-11-26")
    assert said.sentences == [channels.NOBODY_LISTENS] * len(INSIDE)
    story.channel(*INSIDE, tried_on="2026-11-05")
    assert run_check(CHECK, story, today="2026-11-26").kept


def test_who_is_still_here_is_not_known_without_the_facts() -> None:
    story = Handled()
    story.channel(*(one.value for one in ReportOrigin), how=COMPLAINTS, tried_on="2026-11-05")
    said = run_check(CHECK, story)
    assert (said.gaps, [one.said.sentence for one in said.unknowns]) == ([], [run.ABSENT])
