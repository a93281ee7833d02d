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
