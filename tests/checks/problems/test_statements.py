"""Statements are opened again where what they rested on is another now, and stay closed where it is not."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.problems import statements
from asepsis.conformance import run
from asepsis.exchange import facts
from tests.checks.problems.handled import RESTS_ON, component, match
from tests.checks.problems.test_matches import PURL, Matched
from tests.dossiers import Said, breaks, keeps, run_check

HOLD = "problems.statements_hold"
ONE, OTHER = "a" * 64, "b" * 64


def held(found: facts.Match, on: dict[str, Any], **fields: Any) -> Said:
    story = Matched(found)
    story.judge("CVE-2026-1", PURL, rests_on=RESTS_ON | on, **fields)
    return run_check(HOLD, story)


BANDS = [
    ("under-1-percent", "0.0099", False),
    ("under-1-percent", "0.01", True),
    ("1-to-10-percent", "0.1", False),
    ("1-to-10-percent", "0.10001", True),
    ("over-10-percent", "1", False),
    ("over-10-percent", "0.0099", False),
    ("unknown", "0.0099", False),
    ("unknown", "0.01", True),
    ("unknown", None, False),
]


@keeps(HOLD)
@breaks(HOLD)
def test_a_statement_is_opened_again_where_its_epss_band_rose() -> None:
    for then, now, opened in BANDS:
        said = held(match(epss=now), {"epss": then})
        assert said.sentences == ([statements.OPENED] if opened else []), (then, now)


@keeps(HOLD)
@breaks(HOLD)
def test_it_is_opened_again_where_its_advisory_says_something_else() -> None:
    assert held(match(advisory_digest=ONE), {"advisory": ONE}).kept
    assert held(match(advisory_digest=ONE), {}).kept
    said = held(match(advisory_digest=OTHER), {"advisory": ONE})
    assert said.sentences == [statements.OPENED]
    assert f"its digest is {OTHER}, and was {ONE}" in said.texts[0]


@keeps(HOLD)
@breaks(HOLD)
def test_it_is_opened_again_where_its_advisory_was_withdrawn_or_left_its_version() -> None:
    other = match("CVE-2026-9", advisory_digest=ONE)
    assert held(other, {"advisory": ONE}).sentences == [statements.GONE]
    assert held(other, {}).kept
    absent = {"justification": "component-not-present", "status": "not-affected"}
    assert held(other, {"advisory": ONE}, **absent).kept


@pytest.mark.parametrize("on", [{"advisory": ONE}, {"epss": "under-1-percent"}], ids=str)
def test_what_the_newest_scan_does_not_tell_is_not_known(on: dict[str, Any]) -> None:
    said = held(match(), on)
    assert (said.sentences, said.gaps) == ([statements.NOT_TOLD], [])


@keeps(HOLD)
@breaks(HOLD)
def test_one_that_says_affected_is_opened_again_where_kev_lists_it() -> None:
    assert held(match(kev="2026-09-01"), {"kev": True}, status="affected").kept
    said = held(match(kev="2026-09-01"), {}, status="affected")
    assert (said.sentences, said.gaps[0].urgent) == ([statements.EXPLOITED], True)


@keeps(HOLD)
@breaks(HOLD)
def test_it_is_opened_again_where_the_bill_holds_another_version() -> None:
    for component_, opened in ((PURL, False), ("pkg:generic/openssl", False), ("pkg:generic/openssl@3.0.2", True)):
        story = Matched()
        story.judge("CVE-2026-1", component_)
        assert run_check(HOLD, story).sentences == ([statements.OTHER_VERSION] if opened else [])


@keeps(HOLD)
@breaks(HOLD)
def test_it_is_opened_again_where_its_configuration_is_gone() -> None:
    story = Matched()
    statement = story.judge("CVE-2026-1", PURL, configuration="ward")
    assert run_check(HOLD, story).kept, "a bill that names no configuration is of all of them"
    story.revise(story.the_bill, configuration="home")
    assert run_check(HOLD, story).sentences == [statements.OTHER_CONFIGURATION]
    story.revise(statement, configuration="home")
    assert run_check(HOLD, story).kept


@keeps(HOLD)
@breaks(HOLD)
def test_it_is_opened_again_where_another_says_that_the_flawed_code_is_reached() -> None:
    story = Matched(match(aliases=("GHSA-1",)))
    story.judge("CVE-2026-1", PURL, aliases=["GHSA-1"], rests_on=RESTS_ON | {"reachability": "not-reachable"})
    story.judge("GHSA-2", PURL, rests_on=RESTS_ON | {"reachability": "reachable"})
    assert run_check(HOLD, story).kept
    story.judge("ghsa-1", "pkg:generic/openssl", rests_on=RESTS_ON | {"reachability": "reachable"})
    assert run_check(HOLD, story).sentences == [statements.REACHED]


def test_an_advisory_that_no_scan_tells_any_more_opens_nothing() -> None:
    assert held(match("CVE-2026-2", epss="0.9"), {"epss": "under-1-percent"}).kept


def test_one_past_its_last_day_or_under_investigation_is_not_looked_at() -> None:
    for fields in ({"until": "2026-11-24"}, {"status": "under-investigation"}, {"status": "fixed"}):
        said = held(match(epss="0.9"), {"epss": "under-1-percent"}, **fields)
        assert said.sentences == [], fields
    assert held(match(epss="0.9"), {"epss": "under-1-percent"}, until="2026-11-25").sentences == [statements.OPENED]


def test_without_a_scan_it_is_not_known() -> None:
    story = Matched()
    second = story.release("2.0.0")
    story.send_out(second)
    story.bill(second, component())
    story.judge("CVE-2026-1", PURL, releases=[second])
    assert run_check(HOLD, story).sentences == [run.ABSENT]
