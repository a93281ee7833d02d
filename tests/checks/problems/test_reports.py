"""Reports: acknowledged, closed on results, in time."""

from __future__ import annotations

import pytest

from asepsis.checks.problems import reports
from asepsis.conformance import run
from asepsis.problems.records import ReportOrigin
from tests.checks.problems.handled import Handled, at
from tests.dossiers import Cast, Said, breaks, days, keeps, run_check

ACKNOWLEDGED = "problems.reports_acknowledged"
CLOSED = "problems.reports_closed_on_results"
IN_TIME = "problems.stages_kept_their_days"
RECEIVED = "2026-06-01"


def listening() -> tuple[Handled, str]:
    """Return a story with a channel that acknowledges in five days, and its id."""
    story = Handled()
    story.people()
    return story, story.channel()


# --- acknowledged ---


@keeps(ACKNOWLEDGED)
@breaks(ACKNOWLEDGED)
def test_the_last_day_of_an_acknowledgement_is_the_channels() -> None:
    story, channel = listening()
    story.report(RECEIVED, channel=channel)
    assert run_check(ACKNOWLEDGED, story, today="2026-06-06").kept
    said = run_check(ACKNOWLEDGED, story, today="2026-06-07")
    assert said.sentences == [reports.NOT_ACKNOWLEDGED]
    assert said.gaps[0].due == days(RECEIVED, 5)
    story.set_policy("problems.acknowledge_days", 3)
    assert run_check(ACKNOWLEDGED, story, today="2026-06-05").gaps


@breaks(ACKNOWLEDGED)
def test_a_report_waits_before_anybody_signs_it() -> None:
    story, channel = listening()
    report = story.report(RECEIVED, story.draft, channel=channel)
    assert run_check(ACKNOWLEDGED, story).about == [story.labels[report]]


@keeps(ACKNOWLEDGED)
@pytest.mark.parametrize("origin", list(ReportOrigin))
def test_only_suppliers_users_and_researchers_wait(origin: ReportOrigin) -> None:
    story, channel = listening()
    report = story.report(RECEIVED, channel=channel, origin=origin)
    waits = origin in ("supplier", "users", "researchers")
    assert bool(run_check(ACKNOWLEDGED, story).gaps) is waits
    story.revise(report, acknowledged_on="2026-07-30")
    assert run_check(ACKNOWLEDGED, story).kept


@breaks(ACKNOWLEDGED)
def test_a_report_came_by_a_channel() -> None:
    story, _ = listening()
    story.report(RECEIVED, acknowledged_on=RECEIVED)
    assert run_check(ACKNOWLEDGED, story).sentences == [reports.NO_CHANNEL]


@breaks(ACKNOWLEDGED)
def test_somebody_listens_to_the_channel_of_an_open_report() -> None:
    story, _ = listening()
    story.people(deputy=("2020-01-01", "2026-11-24"))
    channel = story.channel(owner=Cast.DEPUTY)
    report = story.report(RECEIVED, channel=channel, acknowledged_on=RECEIVED)
    assert run_check(ACKNOWLEDGED, story, today="2026-11-24").kept
    assert run_check(ACKNOWLEDGED, story).sentences == [reports.NOBODY]
    story.revise(report, closed_on="2026-11-25", closed_because="It is fixed.")
    assert run_check(ACKNOWLEDGED, story).kept


def test_a_channel_that_is_retired_is_listened_to_by_nobody() -> None:
    story, channel = listening()
    story.report(RECEIVED, channel=channel, acknowledged_on=RECEIVED)
    story.retire(channel, day="2026-07-01")
    assert run_check(ACKNOWLEDGED, story).sentences == [reports.NOBODY]


def test_who_listens_is_not_known_without_the_facts() -> None:
    story = Handled()
    story.report(RECEIVED, channel=story.channel(), acknowledged_on=RECEIVED)
    assert [one.said.sentence for one in run_check(ACKNOWLEDGED, story).unknowns] == [run.ABSENT]


@breaks(ACKNOWLEDGED)
def test_an_answer_is_late_after_its_instant_until_one_goes_out() -> None:
    story, channel = listening()
    report = story.report(RECEIVED, channel=channel, acknowledged_on=RECEIVED)
    asked = story.note(report, on="2026-06-10", direction="in", answer_due=at("2026-06-20", 14))  # noon in Greenwich
    story.note(report, on="2026-06-09")
    assert run_check(ACKNOWLEDGED, story, today="2026-06-20").kept
    said = run_check(ACKNOWLEDGED, story, today="2026-06-21")
    assert (said.sentences, said.about) == ([reports.UNANSWERED], [story.labels[asked]])
    story.note(report, on="2026-06-11", direction="inside")
    assert run_check(ACKNOWLEDGED, story, today="2026-06-21").gaps
    story.note(report, on="2026-06-22")
    assert run_check(ACKNOWLEDGED, story, today="2026-06-22").kept


def test_without_a_report_nothing_has_to_be_acknowledged() -> None:
    assert run_check(ACKNOWLEDGED, Handled()).silent


# --- closed ---


def closed(origin: str = "own-people", on: str = "2026-06-20") -> tuple[Handled, str]:
    """Return a story with a closed report, and its id."""
    story = Handled()
    report = story.report(RECEIVED, origin=origin, closed_on=on, closed_because="It is known what it is.")
    return story, report


@keeps(CLOSED)
@breaks(CLOSED)
def test_a_report_is_closed_on_an_investigation_that_has_ended() -> None:
    story, report = closed(on="2026-11-25")
    assert run_check(CLOSED, story).sentences == [reports.NO_RESULT]
    investigation = story.investigate(report, concluded=None)
    assert run_check(CLOSED, story).sentences == [reports.NO_RESULT]
    story.revise(investigation, concluded_on="2026-11-26")
    assert run_check(CLOSED, story).sentences == [reports.NO_RESULT]
    story.revise(investigation, concluded_on="2026-11-25")
    assert run_check(CLOSED, story).kept


def test_a_report_that_is_open_or_closes_tomorrow_is_not_asked() -> None:
    story, _ = closed(on="2026-11-26")
    story.report(RECEIVED)
    assert run_check(CLOSED, story).silent
    assert run_check(CLOSED, story, today="2026-11-26").gaps


@breaks(CLOSED)
def test_what_it_led_to_is_decided() -> None:
    story, report = closed()
    vulnerability = story.vulnerability()
    story.investigate(report, verified="yes", leads_to=vulnerability)
    assert run_check(CLOSED, story).sentences == [reports.NOT_DECIDED]
    story.decide(vulnerability)
    assert run_check(CLOSED, story).kept


@breaks(CLOSED)
def test_a_duplicate_leads_to_a_result_and_not_back_to_itself() -> None:
    story, report = closed()
    first = story.investigate(story.report(RECEIVED), concluded=None)
    second = story.investigate(report, duplicate_of=first)
    assert run_check(CLOSED, story).sentences == [reports.DUPLICATE_OF_NOTHING]
    story.revise(first, concluded_on="2026-06-15", day="2026-06-15")
    assert run_check(CLOSED, story).kept
    story.revise(first, duplicate_of=second, day="2026-06-16")
    assert run_check(CLOSED, story).sentences == [reports.DUPLICATE_OF_NOTHING]


@keeps(CLOSED)
@breaks(CLOSED)
@pytest.mark.parametrize("origin", ["users", "researchers"])
def test_users_and_researchers_hear_of_the_result_from_the_day_it_was_known(origin: str) -> None:
    story, report = closed(origin)
    story.investigate(report, concluded="2026-06-10")
    story.note(report, on="2026-06-09")
    story.note(report, on="2026-06-11", with_whom="site")
    story.note(report, on="2026-06-11", direction="in")
    assert run_check(CLOSED, story).sentences == [reports.SENDER_NOT_TOLD]
    story.note(report, on="2026-06-10")
    assert run_check(CLOSED, story).kept


# --- in time ---


def in_time(story: Handled) -> Said:
    return run_check(IN_TIME, story)


@keeps(IN_TIME)
@breaks(IN_TIME)
def test_an_acknowledgement_on_the_last_day_is_in_time() -> None:
    story, channel = listening()
    report = story.report(RECEIVED, channel=channel, acknowledged_on="2026-06-06")
    assert in_time(story).kept
    story.revise(report, acknowledged_on="2026-06-07")
    said = in_time(story)
    assert ([one.obligation for one in said.gaps], said.sentences) == (["9.2-2"], [reports.ACKNOWLEDGED_LATE])
    nameless = Handled()
    nameless.report(RECEIVED, acknowledged_on="2026-06-08")
    assert in_time(nameless).kept  # without a channel the policy's days count
    nameless.report(RECEIVED, acknowledged_on="2026-06-09")
    assert in_time(nameless).gaps


def test_what_waits_for_no_acknowledgement_is_never_late_with_it() -> None:
    story = Handled()
    story.report(RECEIVED, origin="logs", acknowledged_on="2026-09-01")
    assert in_time(story).kept


@breaks(IN_TIME)
def test_an_investigation_ends_within_its_days_when_it_is_signed_too() -> None:
    story = Handled()
    report = story.report(RECEIVED)
    story.investigate(report, concluded="2026-07-01")
    assert in_time(story).kept
    late = Handled()
    late.investigate(late.report(RECEIVED), concluded="2026-07-02")
    said = in_time(late)
    assert ([one.obligation for one in said.gaps], said.sentences) == (["9.3-1"], [reports.INVESTIGATED_LATE])
    unsigned = Handled()
    unsigned.investigate(unsigned.report(RECEIVED), concluded="2026-07-01", signed_on="2026-07-02")
    assert in_time(unsigned).sentences == [reports.INVESTIGATED_LATE]


def test_what_was_signed_in_time_stays_so_when_it_is_revised() -> None:
    story = Handled()
    investigation = story.investigate(story.report(RECEIVED), concluded="2026-06-10")
    story.revise(investigation, how="By a second run.", day="2026-09-01")
    assert in_time(story).kept


@breaks(IN_TIME)
def test_an_analysis_follows_within_its_days() -> None:
    story = Handled()
    vulnerability = story.vulnerability()
    story.investigate(story.report(RECEIVED), leads_to=vulnerability, concluded="2026-06-10")
    assert in_time(story).kept
    story.analyse(vulnerability, day="2026-07-11")
    said = in_time(story)
    assert ([one.obligation for one in said.gaps], said.sentences) == (["9.4-1"], [reports.ANALYSED_LATE])
    story.analyse(vulnerability, day="2026-07-10")
    assert in_time(story).kept


def test_without_a_report_nothing_is_late() -> None:
    assert in_time(Handled()).silent


# --- days in order ---


@keeps(ACKNOWLEDGED)
@breaks(ACKNOWLEDGED)
def test_nobody_acknowledges_what_has_not_come_yet() -> None:
    story, channel = listening()
    report = story.report(RECEIVED, channel=channel, acknowledged_on=RECEIVED)
    assert run_check(ACKNOWLEDGED, story).kept
    story.revise(report, acknowledged_on="2026-05-31")
    assert run_check(ACKNOWLEDGED, story).sentences == [reports.ACKNOWLEDGED_BEFORE]


@keeps(ACKNOWLEDGED)
@breaks(ACKNOWLEDGED)
def test_an_open_report_is_dealt_with_before_its_sender_speaks() -> None:
    story, channel = listening()
    report = story.report(RECEIVED, channel=channel, acknowledged_on=RECEIVED, embargo_until="2026-11-24")
    assert run_check(ACKNOWLEDGED, story, today="2026-11-24").kept
    said = run_check(ACKNOWLEDGED, story, today="2026-11-25")
    assert (said.sentences, said.gaps[0].urgent) == ([reports.SILENCE_OVER], True)
    story.revise(report, closed_on="2026-11-25", closed_because="Users have the fix.", day="2026-11-25")
    assert run_check(ACKNOWLEDGED, story, today="2026-11-25").kept


@keeps(CLOSED)
@breaks(CLOSED)
def test_a_report_is_not_closed_before_its_first_investigation_ended() -> None:
    story, report = closed(on="2026-06-10")
    story.investigate(report, concluded="2026-06-10")
    story.investigate(report, concluded="2026-06-12")
    assert run_check(CLOSED, story).kept
    story.revise(report, closed_on="2026-06-09")
    assert run_check(CLOSED, story).sentences == [reports.CLOSED_BEFORE]
