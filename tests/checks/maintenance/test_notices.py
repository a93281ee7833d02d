"""Notices on updates: users hear of each, wherever they are."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.maintenance import notices
from asepsis.configuration.records import CategoryRule, Fielded
from asepsis.maintenance.records import CompatibilityStatement, Notice
from tests.checks.maintenance.maintained import Maintained
from tests.dossiers import breaks, keeps

SENT = "maintenance.update_notices_sent"


def told(story: Maintained, *about: str, **fields: Any) -> str:
    return story.add(Notice, about=list(about), **({"to": ["users"], "sent_on": "2026-11-20"} | fields))


@keeps(SENT)
@breaks(SENT)
@pytest.mark.parametrize("to", ["users", "customers"])
def test_users_hear_of_an_update_within_the_days(to: str) -> None:
    story = Maintained()
    update = story.fixing("2026-10-26")
    assert story.said(SENT, today="2026-11-25").kept
    said = story.said(SENT, today="2026-11-26")
    assert (said.sentences, said.about) == ([notices.NOT_SENT], ["GW-UPD-1"])
    assert str(said.gaps[0].due) == "2026-11-25"
    story.set_policy("maintenance.compatibility_days", 29)
    assert story.said(SENT, today="2026-11-25").gaps
    notice = told(story, update, to=["regulator"])
    assert story.said(SENT).gaps
    story.revise(notice, to=[to], sent_on=None)
    assert story.said(SENT).gaps
    story.revise(notice, sent_on="2026-11-20")
    assert story.said(SENT).kept


@breaks(SENT)
def test_users_hear_of_a_statement_within_the_days() -> None:
    story = Maintained()
    rule = story.add(CategoryRule)
    statement = story.add(CompatibilityStatement, day="2026-10-26", item=rule)
    assert story.said(SENT, today="2026-11-25").kept
    assert story.said(SENT, today="2026-11-26").sentences == [notices.NOT_SENT]
    update = story.fixing("2026-10-01")
    told(story, statement, update)
    assert story.said(SENT, today="2026-11-26").kept


@breaks(SENT)
@pytest.mark.parametrize(
    ("markets", "is_kept"), [([], True), (["DE", "US"], True), (["EU", "US"], True), (["US"], False), (["EU"], False)]
)
def test_users_hear_of_it_wherever_the_release_is_in_use(markets: list[str], is_kept: bool) -> None:
    story = Maintained()
    update = story.fixing("2026-02-01")
    for market, until in (("DE", None), ("US", "2026-11-25"), ("JP", "2026-11-24")):
        story.add(Fielded, release=story.the_release, market=market, count=1, since="2026-01-01", until=until)
    story.add(Fielded, release=story.the_fix, market="BR", count=1, since="2026-01-01")
    notice = told(story, update, markets=markets)
    said = story.said(SENT, today="2026-11-25")
    assert said.kept is is_kept
    assert is_kept or said.sentences == [notices.MARKETS_LEFT_OUT]
    story.revise(notice, markets=["JP"])
    assert "DE and US" in story.said(SENT, today="2026-11-25").texts[0]


def test_what_is_not_there_yet_is_not_told() -> None:
    story = Maintained()
    story.fixing()
    assert story.said(SENT).kept


@keeps(SENT)
@breaks(SENT)
def test_nobody_is_told_of_what_is_not_there_yet() -> None:
    for sent_on, sentences in (("2026-01-18", []), ("2026-01-17", [notices.SENT_BEFORE])):
        story = Maintained()
        told(story, story.fixing("2026-02-01", day="2026-02-01"), sent_on=sent_on)
        assert story.said(SENT).sentences == sentences


@keeps(SENT)
@breaks(SENT)
def test_users_hear_that_a_release_in_use_gets_no_more_updates() -> None:
    story = Maintained()
    story.revise(story.the_release, security_support_until="2026-11-24")
    assert story.said(SENT, today="2026-11-25").kept
    story.add(Fielded, release=story.the_release, market="DE", count=1, since="2026-01-06")
    assert story.said(SENT, today="2026-11-24").kept
    said = story.said(SENT, today="2026-11-25")
    assert (said.sentences, said.about) == ([notices.SUPPORT_OVER], [story.labels[story.the_release]])
    notice = told(story, story.the_release, sent_on="2026-01-04")
    assert story.said(SENT, today="2026-11-25").gaps
    story.revise(notice, sent_on="2026-01-05")
    assert story.said(SENT, today="2026-11-25").kept


@keeps(SENT)
@breaks(SENT)
def test_no_release_goes_out_that_gets_no_updates() -> None:
    story = Maintained()
    release = story.release("9.0.0", security_support_until="2026-11-24")
    assert story.said(SENT, release=release, today="2026-11-24").kept
    assert story.said(SENT, release=release, today="2026-11-25").sentences == [notices.NEVER_SUPPORTED]
