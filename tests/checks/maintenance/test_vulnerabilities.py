"""Vulnerabilities that wait for an update: what its day hangs on is known, and what can be delivered is decided."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.maintenance import vulnerabilities
from asepsis.configuration.records import CategoryRule, Fielded, SoftwareItem
from asepsis.conformance import run
from asepsis.exchange.facts import Match
from asepsis.problems.records import Exploitability
from asepsis.risk.records import Vulnerability
from tests.checks.maintenance.maintained import ALL, OLD_SCAN, ZLIB, Maintained
from tests.checks.risk.modelled import score
from tests.dossiers import breaks, keeps

FACTORS = "maintenance.update_factors_known"
DELIVERABLE = "maintenance.deliverable_updates"
PURL = "pkg:generic/zlib@1.3"
RESTS_ON = {"reachability": "reachable", "kev": False, "epss": "under-1-percent", "exploited": "no"}


# --- factors ---


def known() -> Maintained:
    story = Maintained()
    story.add(Fielded, release=story.the_release, count=5, since="2026-01-01")
    return story


@keeps(FACTORS)
@breaks(FACTORS)
@pytest.mark.parametrize("signed", [True, False])
def test_a_vulnerability_is_analysed_within_the_days(signed: bool) -> None:
    story = known()
    assert story.said(FACTORS).kept
    bare = known()
    bare.retire(bare.the_analysis)
    bare.retire(bare.the_vulnerability)
    write = bare.add if signed else bare.draft
    write(Vulnerability, day="2026-03-01", affected=[bare.the_release])
    assert bare.said(FACTORS, today="2026-03-31").kept
    said = bare.said(FACTORS, today="2026-04-01")
    assert (said.sentences, said.about) == ([vulnerabilities.NOT_ANALYSED], ["GW-VUL-2"])
    bare.set_policy("problems.analyse_days", 29)
    assert bare.said(FACTORS, today="2026-03-31").gaps


@breaks(FACTORS)
def test_the_analysis_scores_by_a_method_with_grades() -> None:
    story = known()
    story.revise(story.the_analysis, severity={"method": "dread", "number": "9.0"})
    assert story.said(FACTORS).sentences == [vulnerabilities.NO_GRADE]


@breaks(FACTORS)
def test_the_case_falls_in_one_band() -> None:
    story = known()
    story.revise(story.the_policy, bands=[ALL | {"severity": ["critical"], "qualify_days": 1, "deliver_days": 2}])
    assert story.said(FACTORS).sentences == [vulnerabilities.NO_BAND]
    story.retire(story.the_policy)
    assert story.said(FACTORS).kept


@keeps(FACTORS)
@breaks(FACTORS)
def test_what_goes_out_after_it_was_closed_need_not_be_named() -> None:
    for out, sentences in (("2026-02-01", [vulnerabilities.RELEASES_OPEN]), ("2026-02-02", [])):
        story = known()
        story.a_decision(closed_on="2026-02-01", day="2026-02-01")
        story.send_out(story.release("2.0.0"), day=out)
        assert story.said(FACTORS).sentences == sentences


@breaks(FACTORS)
def test_each_supported_release_is_affected_or_not() -> None:
    story = known()
    later = story.release("2.0.0")
    story.send_out(later)
    assert story.said(FACTORS).sentences == [vulnerabilities.RELEASES_OPEN]
    story.revise(story.the_analysis, unaffected=[later])
    assert story.said(FACTORS).kept


@breaks(FACTORS)
def test_a_milder_score_has_its_reason() -> None:
    story = known()
    story.revise(story.the_analysis, severity=score("5.3"))
    assert story.said(FACTORS).sentences == [vulnerabilities.MILDER_WITHOUT_WHY]
    story.revise(story.the_analysis, severity_why="It is behind a login.")
    assert story.said(FACTORS).kept
    story.revise(story.the_analysis, severity=score("9.8"), severity_why=None)
    assert story.said(FACTORS).kept


def test_how_many_are_in_use_may_not_be_known() -> None:
    said = Maintained().said(FACTORS)
    assert ([one.said.sentence for one in said.unknowns], said.gaps) == ([vulnerabilities.FIELD_UNKNOWN], [])


def test_a_weakness_of_a_component_asks_for_matches() -> None:
    story = known()
    story.bill(story.the_release, ZLIB)
    assert story.said(FACTORS).kept
    item = story.add(SoftwareItem, entered_in=story.the_release)
    story.revise(story.the_vulnerability, items=[item])
    assert [one.said.sentence for one in story.said(FACTORS).unknowns] == [vulnerabilities.MATCHES_ABSENT]
    story.scan(story.the_release)
    assert story.said(FACTORS).kept


def test_vulnerabilities_of_releases_without_support_are_not_looked_at() -> None:
    story = known()
    assert story.said(FACTORS, today="2030-12-31").kept
    assert story.said(FACTORS, today="2031-01-01").silent


def test_a_vulnerability_that_names_no_release_is_in_each() -> None:
    story = known()
    story.revise(story.the_vulnerability, affected=[])
    assert story.said(FACTORS).kept
    story.revise(story.the_vulnerability, affected=[story.release("0.9.0")])
    assert story.said(FACTORS).silent


# --- what can be delivered ---


class Stated(Maintained):
    """A story with a statement of exploitability."""

    the_statement: str


def affected(category: str = "maintained", *, signed: bool = True, **match: Any) -> Stated:
    """Return a story whose bill has a match, seen first on 2026-03-01, that affects the release."""
    story = Stated()
    story.feeds()
    story.add(CategoryRule, matches={"purl": "pkg:generic/*"}, category=category)
    story.bill(story.the_release, ZLIB)
    given: dict[str, Any] = {"fixed": ("1.3.1",), "first_seen": "2026-03-01"}
    story.scan(story.the_release, Match("CVE-2026-1", PURL, "affected", **(given | match)))
    statement: dict[str, Any] = {
        "advisory_id": "CVE-2026-1",
        "component": PURL,
        "status": "affected",
        "versions": ["1.0.0"],
        "rests_on": RESTS_ON,
        "severity": score("7.5"),
    }
    story.the_statement = (story.add if signed else story.draft)(Exploitability, **statement)
    return story


@keeps(DELIVERABLE)
@breaks(DELIVERABLE)
@pytest.mark.parametrize("signed", [True, False])
def test_a_repair_is_decided_before_its_delivery_were_due(signed: bool) -> None:
    story = affected(signed=signed)
    fresh = {"today": "2026-11-20"}
    story.revise(story.the_policy, bands=[ALL | {"qualify_days": 1, "deliver_days": 264}])
    assert story.said(DELIVERABLE, **fresh).kept  # 20 November is the 264th day
    said = story.said(DELIVERABLE, today="2026-11-21")
    assert (said.sentences, said.about) == ([vulnerabilities.UNDECIDED], ["GW-BOM-1"])
    assert str(said.gaps[0].due) == "2026-11-20"
    story.revise(story.the_vulnerability, ids=["cve-2026-1"])
    assert story.said(DELIVERABLE, today="2026-11-21").gaps
    story.a_decision()
    assert story.said(DELIVERABLE, today="2026-11-21").kept


@breaks(DELIVERABLE)
def test_what_is_not_known_of_a_case_counts_as_the_worst() -> None:
    story = affected()
    mild = ALL | {"safety": ["none", "minor"], "qualify_days": 30, "deliver_days": 300}
    story.revise(story.the_policy, bands=[mild, ALL | {"safety": ["serious"], "qualify_days": 1, "deliver_days": 200}])
    assert story.said(DELIVERABLE, today="2026-11-20").sentences == [vulnerabilities.UNDECIDED]
    story.revise(story.the_vulnerability, ids=["CVE-2026-1"])  # its analysis knows of no harm
    assert story.said(DELIVERABLE, today="2026-11-20").kept


@pytest.mark.parametrize(
    ("match", "rests_on", "is_kept"),
    [
        ({}, {}, True),
        ({"kev": "2026-03-01"}, {}, False),
        ({}, {"kev": True}, False),
        ({}, {"exploited": "unknown"}, False),
        ({}, {"exploited": "poc"}, True),
    ],
)
def test_attacks_count_in_a_case_that_nobody_analysed(
    match: dict[str, Any], rests_on: dict[str, Any], is_kept: bool
) -> None:
    story = affected(**match)
    slow = ALL | {"exploited": ["no", "poc"], "qualify_days": 1, "deliver_days": 300}
    story.revise(story.the_policy, bands=[slow, ALL | {"exploited": ["yes"], "qualify_days": 1, "deliver_days": 200}])
    story.revise(story.the_statement, rests_on=RESTS_ON | rests_on)
    assert story.said(DELIVERABLE, today="2026-11-20").kept is is_kept


@pytest.mark.parametrize(("category", "match"), [("supported", {}), ("required", {}), ("maintained", {"fixed": ()})])
def test_other_matches_are_not_to_be_delivered(category: str, match: dict[str, Any]) -> None:
    assert affected(category, **match).said(DELIVERABLE).kept


@breaks(DELIVERABLE)
def test_a_statement_may_name_its_releases_singly() -> None:
    story = affected()
    story.revise(story.the_statement, versions=[], releases=[story.the_release])
    assert story.said(DELIVERABLE).sentences == [vulnerabilities.UNDECIDED]
    story.revise(story.the_statement, releases=[story.release("0.9.0")])
    assert story.said(DELIVERABLE).kept


def test_a_match_that_nobody_calls_affected_is_not_to_be_delivered_yet() -> None:
    story = Maintained()
    story.feeds()
    story.add(CategoryRule, matches={"purl": "pkg:generic/*"}, category="maintained")
    story.bill(story.the_release, ZLIB)
    story.scan(story.the_release, Match("CVE-2026-1", PURL, "affected", fixed=("1.3.1",), first_seen="2026-01-01"))
    assert story.said(DELIVERABLE).kept


@breaks(DELIVERABLE)
def test_other_supported_releases_are_gone_through_too() -> None:
    story = affected()
    earlier, story.the_release = story.the_release, story.release("2.0.0")
    story.bill(story.the_release)
    story.scan(story.the_release)
    assert story.said(DELIVERABLE).sentences == [vulnerabilities.UNDECIDED]
    story.scan(earlier, as_of=OLD_SCAN)
    assert [one.said.sentence for one in story.said(DELIVERABLE).unknowns] == [vulnerabilities.OLD_MATCHES]
    unscanned = Maintained()
    unscanned.feeds()
    unscanned.bill(unscanned.the_release)
    unscanned.the_release = unscanned.release("2.0.0")
    unscanned.bill(unscanned.the_release)
    unscanned.scan(unscanned.the_release)
    assert [one.said.sentence for one in unscanned.said(DELIVERABLE).unknowns] == [vulnerabilities.NO_MATCHES]


def test_without_matches_it_is_not_known() -> None:
    story = Maintained()
    story.bill(story.the_release)
    assert story.said(DELIVERABLE).sentences == [run.ABSENT]


def test_without_a_bill_nothing_can_be_delivered() -> None:
    assert Maintained().said(DELIVERABLE).silent
