"""What is due, until the end of which day; and the same as a calendar that other programs read."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from asepsis.configuration.records import ChangeRequest
from asepsis.conformance.due import Due, calendar, due
from asepsis.development.records import DevelopmentEnvironment
from asepsis.problems.records import AuthorityReport, Report
from asepsis.quality.records import ImprovementAction, Nonconformity, PeriodicReview, Procedure, Qualification
from asepsis.sentences import Mention, Sentence, plain
from asepsis.statements.records import Attestation, NotApplicable
from tests.dossiers import Cast, Story

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)


def dues(story: Story, today: str = "2026-11-25") -> tuple[Due, ...]:
    return due(story.view(today=today))


def days(story: Story) -> list[str]:
    return [one.day.isoformat() for one in dues(story)]


@pytest.mark.parametrize(
    ("kind", "fields", "day"),
    [
        (Procedure, {"review_by": "2027-02-28"}, "2027-02-28"),
        (Nonconformity, {"answer_due": "2026-12-01"}, "2026-12-01"),
        (ImprovementAction, {"due": "2026-12-01"}, "2026-12-01"),
        (PeriodicReview, {"next_due": "2027-01-05"}, "2027-01-05"),
        (NotApplicable, {"until": "2027-03-01"}, "2027-03-01"),
    ],
)
def test_a_day_that_a_record_sets_is_due(kind: Any, fields: dict[str, Any], day: str) -> None:
    story = Story()
    story.add(kind, **fields)
    assert day in days(story)


@pytest.mark.parametrize(
    ("done", "day"),
    [("2026-08-31", "2027-02-28"), ("2027-08-31", "2028-02-29"), ("2026-02-28", "2026-08-28")],
)
def test_months_end_on_the_last_day_of_a_shorter_month(done: str, day: str) -> None:
    story = Story()
    story.add(ImprovementAction, due="2026-02-01", done_on=done)
    assert days(story) == [day]


def test_what_is_done_is_not_due() -> None:
    story = Story()
    story.add(ImprovementAction, due="2026-02-01", done_on="2026-02-01", effect_checked_on="2026-03-01", worked=True)
    story.add(Nonconformity, answer_due="2026-12-01", answered_on="2026-11-01", cause="A cause", correction="A cure")
    assert dues(story) == ()


def test_what_is_late_stays_until_it_is_done() -> None:
    story = Story()
    story.add(ImprovementAction, due="2020-01-01")
    (one,) = dues(story)
    assert one.days_left(date(2026, 11, 25)) < 0


def test_the_due_day_itself_is_on_time() -> None:
    story = Story()
    story.add(ImprovementAction, due="2026-11-25")
    assert dues(story)[0].days_left(date(2026, 11, 25)) == 0


def test_only_the_newest_qualification_of_a_person_in_a_skill_ends() -> None:
    story = Story()
    for on in ("2024-01-10", "2025-01-10"):
        story.add(Qualification, person=Cast.SECURITY, skill="threat modelling", on=on, until="2030-01-01")
    assert days(story) == ["2028-01-10"]


def test_bad_news_counts_before_it_is_signed() -> None:
    story = Story()
    story.draft(Report, received_on="2026-11-20T22:30:00.000000Z", acknowledged_on=None)
    (one,) = dues(story)
    assert one.day == date(2026, 11, 27)  # it came on the 20th in Berlin, too; seven days are the policy's


def test_a_law_that_counts_hours_is_due_at_an_instant_and_urgent() -> None:
    story = Story()
    story.add(AuthorityReport, clock_from="2026-11-24T23:30:00.000000Z", due="2026-11-25T23:30:00.000000Z")
    (one,) = dues(story)
    assert (one.day, one.at, one.urgent) == (date(2026, 11, 26), datetime(2026, 11, 25, 23, 30, tzinfo=UTC), True)


def test_a_yearly_attestation_comes_round_in_a_leap_year() -> None:
    story = Story()
    story.add(Attestation, obligation="4.1.1-2", on="2028-02-29")
    assert "2029-02-28" in days(story)


def test_a_refused_change_is_not_due() -> None:
    story = Story()
    effect = {"size": "none", "why": "None is to be expected."}
    effects: dict[str, Any] = dict.fromkeys(("security_effect", "safety_effect", "effectiveness_effect"), effect)
    story.add(ChangeRequest, decided="refuse", decided_why="It helps nobody.", due="2026-12-01", **effects)
    assert dues(story) == ()


def test_what_is_verified_again_on_one_day_is_one_thing_to_do() -> None:
    story = Story()
    told = [("Merges need a review.", "2026-06-30"), ("Builds start empty", "2026-06-30"), ("Who leaves", "2026-09-30")]
    story.add(
        DevelopmentEnvironment,
        measures=[
            {"topic": "access", "stage": "build", "what": what, "verified_on": day, "verify_every_months": 6}
            for what, day in told
        ],
    )
    found = [(one.day.isoformat(), plain(one.said.text())) for one in dues(story)]
    assert [day for day, _ in found] == ["2026-12-30", "2027-03-30"]
    assert found[0][1].endswith(": Merges need a review; Builds start empty.")


def test_the_earliest_comes_first() -> None:
    story = Story()
    for day in ("2027-03-01", "2026-12-01", "2027-01-01"):
        story.add(ImprovementAction, due=day)
    assert days(story) == sorted(days(story))


# --- calendar -------------------------------------------------------------------------------------------------------


def made(*found: Due) -> str:
    return calendar(found, name="GW", now=NOW, zone=BERLIN, show=plain)


def one(text: str = "Do it.", day: date = date(2028, 2, 29), **more: Any) -> Due:
    return Due(Mention("a" * 32, "GW-IMP-1"), Sentence(text).said(), day, "quality", **more)


def test_a_whole_day_ends_with_the_next_one() -> None:
    assert "DTSTART;VALUE=DATE:20280229\r\nDTEND;VALUE=DATE:20280301\r\n" in made(one())


def test_an_instant_is_written_in_utc() -> None:
    at = datetime(2026, 3, 29, 2, 30, tzinfo=ZoneInfo("Europe/London"))  # in the hour that does not exist in Berlin
    assert "DTSTART:20260329T013000Z\r\n" in made(one(at=at))


def test_the_same_thing_keeps_its_identity_when_its_day_moves() -> None:
    def identity(text: str) -> str:
        return next(line for line in text.splitlines() if line.startswith("UID:"))

    assert identity(made(one(day=date(2026, 1, 1)))) == identity(made(one(day=date(2026, 2, 1))))
    assert identity(made(one("Do that."))) != identity(made(one()))


def test_no_line_is_longer_than_75_bytes_and_none_is_cut_within_a_letter() -> None:
    text = made(one("Übergröße, " * 30))
    lines = text.encode().split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert text.replace("\r\n ", "").count("Übergröße") == 30


def test_what_steers_a_calendar_is_escaped() -> None:
    text = made(one("One; two, three\\ four"))
    assert "One\\; two\\, three\\\\ four" in text.replace("\r\n ", "")
