"""Scores: they follow from their vectors, lie in the plan, and know what is known today."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.risk import scores
from asepsis.configuration.records import SoftwareItem
from asepsis.conformance import run
from asepsis.development.records import Finding
from asepsis.exchange import subjects
from asepsis.exchange.facts import Component, Match, Matches
from asepsis.problems.records import Advisory, Decision, Exploitability, ImpactAnalysis, Investigation, Report
from asepsis.risk.records import ControlObservation
from tests.checks.risk.modelled import METHOD, VECTORS, Modelled, grid, score
from tests.dossiers import breaks, digest, evidence, keeps

REPRODUCIBLE = "risk.scores_reproducible"
IN_PLAN = "risk.scores_in_plan"
FRESH = "risk.scores_fresh"

WRONG = score("7.5") | {"number": "7.6"}
NO_VECTOR = {"method": "cvss3.1", "number": "7.5"}
BROKEN_VECTOR = score("7.5") | {"vector": "CVSS:3.1/AV:N"}
KNOWN_TO_BE_USED = {"reachability": "reachable", "kev": False, "epss": "under-1-percent", "exploited": "yes"}


# --- reproducible ---


@keeps(REPRODUCIBLE)
@breaks(REPRODUCIBLE)
@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [(WRONG, scores.OTHER_NUMBER), (NO_VECTOR, scores.NO_VECTOR), (BROKEN_VECTOR, scores.NO_VECTOR_READ)],
)
def test_the_number_of_a_risk_is_what_its_vector_gives(wrong: dict[str, str], sentence: Any) -> None:
    story = Modelled()
    assert story.said(REPRODUCIBLE).kept
    story.revise(story.the_risk, initial=wrong)
    said = story.said(REPRODUCIBLE)
    assert (said.sentences, said.about) == ([sentence], ["GW-RSK-1"])


@breaks(REPRODUCIBLE)
def test_the_scores_of_all_kinds_are_worked_out_again() -> None:
    story = Modelled()
    story.revise(story.the_threat, severity=WRONG)
    vulnerability = story.a_vulnerability(severity=WRONG)
    story.a(ImpactAnalysis, vulnerability=vulnerability, severity=WRONG)
    story.a(Decision, about=[vulnerability], risk=None, residual=WRONG, harm="none")
    story.a(Advisory, vulnerabilities=[vulnerability], severity=WRONG)
    story.draft(Finding, severity=WRONG)
    said = story.said(REPRODUCIBLE)
    assert set(said.sentences) == {scores.OTHER_NUMBER}
    assert sorted(said.about) == ["GW-ADV-1", "GW-ANL-1", "GW-DCS-1", "GW-FND-1", "GW-THR-1", "GW-VUL-1"]


def test_a_vulnerability_that_nobody_signed_counts_too() -> None:
    story = Modelled()
    vulnerability = story.a_vulnerability()
    story.revise(vulnerability, signed=False, severity=WRONG)
    assert story.said(REPRODUCIBLE).about == ["GW-VUL-1"]


@breaks(REPRODUCIBLE)
def test_both_scores_of_a_risk_are_by_one_method_of_the_plan() -> None:
    story = Modelled()
    other = {"method": "cvss3.0", "vector": VECTORS["3.7"].replace("3.1", "3.0", 1), "number": "3.7"}
    story.revise(story.the_risk, residual=other)
    assert story.said(REPRODUCIBLE).sentences == [scores.TWO_METHODS, scores.METHOD_NOT_IN_PLAN]


def test_a_method_that_cannot_be_followed_here_is_not_known() -> None:
    story = Modelled()
    story.revise(story.the_threat, severity={"method": "dread", "number": "4.0"})
    said = story.said(REPRODUCIBLE)
    assert ([one.said.sentence for one in said.unknowns], said.gaps) == ([scores.NOT_WORKED_OUT], [])


def test_ssvc_has_no_number_to_follow() -> None:
    story = Modelled()
    story.revise(story.the_threat, severity={"method": "ssvc", "vector": "SSVCv2/E:N/A:N/T:P"})
    assert story.said(REPRODUCIBLE).kept


def test_without_risks_nothing_is_scored() -> None:
    story = Modelled()
    story.retire(story.the_risk)
    assert story.said(REPRODUCIBLE).silent


# --- in the plan ---


@keeps(IN_PLAN)
@breaks(IN_PLAN)
def test_scores_lie_in_a_cell_of_the_plan() -> None:
    story = Modelled()
    assert story.said(IN_PLAN).kept
    story.revise(story.the_risk, harm_before="grave")
    assert story.said(IN_PLAN).sentences == [scores.OUTSIDE]


@breaks(IN_PLAN)
def test_scores_are_by_a_method_of_the_plan() -> None:
    story = Modelled(plan=False)
    story.plan(methods=[METHOD | {"method": "cvss3.0"}], cells=grid("none", "minor", "serious", method="cvss3.0"))
    assert story.said(IN_PLAN).sentences == [scores.METHOD_NOT_IN_PLAN] * 2


@breaks(IN_PLAN)
def test_scores_have_a_vector_where_their_method_has_one() -> None:
    story = Modelled()
    story.revise(story.the_risk, initial=NO_VECTOR)
    assert story.said(IN_PLAN).sentences == [scores.NO_VECTOR]


@breaks(IN_PLAN)
def test_a_risk_is_lowered_by_controls_alone() -> None:
    story = Modelled()
    story.revise(story.the_risk, controls=[])
    assert story.said(IN_PLAN).sentences == [scores.LOWERED_BY_NOTHING]
    story.revise(story.the_risk, residual=score("7.5"), evaluation="needs-approval")
    assert story.said(IN_PLAN).kept


@breaks(IN_PLAN)
def test_a_risk_begins_no_milder_than_the_mildest_of_its_causes() -> None:
    story = Modelled()
    story.revise(story.the_risk, initial=score("5.3"))
    assert story.said(IN_PLAN).sentences == [scores.MILDER_THAN_ALL]
    vulnerability = story.a_vulnerability(severity=score("5.3"))
    story.revise(story.the_risk, vulnerabilities=[vulnerability])
    assert story.said(IN_PLAN).kept


def test_severities_by_another_method_are_not_compared() -> None:
    story = Modelled()
    story.revise(story.the_threat, severity={"method": "other", "number": "9.0"})
    story.revise(story.the_risk, initial=score("3.7"), controls=[])
    assert story.said(IN_PLAN).kept


@breaks(IN_PLAN)
def test_without_a_plan_or_a_risk_there_is_a_gap() -> None:
    assert Modelled(plan=False).said(IN_PLAN).sentences == [scores.NO_PLAN]
    story = Modelled()
    story.retire(story.the_risk)
    assert story.said(IN_PLAN).sentences == [run.NOTHING]


# --- fresh ---


def with_vulnerability(**fields: Any) -> tuple[Modelled, str]:
    story = Modelled()
    vulnerability = story.a_vulnerability(ids=["CVE-2026-1"], **fields)
    story.revise(story.the_risk, day="2026-03-01", vulnerabilities=[vulnerability])
    return story, vulnerability


@keeps(FRESH)
@breaks(FRESH)
def test_a_report_that_attackers_use_it_asks_for_a_new_score_from_the_next_day_on() -> None:
    for received, is_kept in (("2026-03-01", True), ("2026-03-02", False)):
        story, _ = with_vulnerability()
        at = f"{received}T10:00:00.000000Z"
        told: dict[str, Any] = {
            "ids": ["cve-2026-1"],
            "received_on": at,
            "exploited": "yes",
            "aware_of_exploitation_on": at,
        }
        story.draft(Report, day=received, **told)
        said = story.said(FRESH)
        assert said.kept is is_kept
        assert is_kept or (said.sentences, said.about) == ([scores.EXPLOITED_SINCE], ["GW-RSK-1"])


def test_who_scores_again_or_looks_at_the_link_has_answered() -> None:
    for answer in ("score", "look", "look too early"):
        story, vulnerability = with_vulnerability()
        if answer == "look too early":
            story.look(story.the_risk, vulnerability, day="2026-04-30")
        story.draft(Exploitability, day="2026-05-01", advisory_id="CVE-2026-1", rests_on=KNOWN_TO_BE_USED)
        if answer == "score":
            story.revise(story.the_risk, day="2026-05-01", benefit_risk="It is worth it.")
        if answer == "look":
            story.look(story.the_risk, vulnerability, day="2026-05-01")
        assert story.said(FRESH).kept is (answer != "look too early")


def test_a_report_that_led_to_the_vulnerability_is_one_of_it() -> None:
    story, vulnerability = with_vulnerability()
    at = "2026-05-01T10:00:00.000000Z"
    report = story.add(Report, day="2026-05-01", received_on=at, exploited="yes", aware_of_exploitation_on=at)
    assert story.said(FRESH).kept
    story.add(Investigation, day="2026-05-02", reports=[report], leads_to=vulnerability)
    assert story.said(FRESH).sentences == [scores.EXPLOITED_SINCE]


def test_what_is_only_not_known_is_no_news_of_attacks() -> None:
    story, _ = with_vulnerability()
    story.add(Report, day="2026-05-01", ids=["CVE-2026-1"], exploited="unknown")
    assert story.said(FRESH).kept


def scanned(story: Modelled, *found: Match, as_of: str) -> None:
    bill = story.bill(story.the_release, Component("zlib", purl="pkg:generic/zlib@1.3"))
    name, feeds = evidence(f"bill of {story.the_release} ")["digest"], digest("feeds")
    assert bill
    story.take_in(Matches(name, feeds, found), subjects.bill_and_feeds(name, feeds), as_of=as_of)


def test_the_catalogue_of_exploited_vulnerabilities_is_news() -> None:
    story, _ = with_vulnerability()
    known = Match("GHSA-1", "pkg:generic/zlib@1.3", "affected", aliases=("CVE-2026-1",), kev="2026-03-02")
    scanned(story, known, as_of="2026-11-25T08:00:00.000000Z")
    assert story.said(FRESH).sentences == [scores.EXPLOITED_SINCE]


@breaks(FRESH)
def test_a_threat_or_vulnerability_that_changed_asks_for_a_new_score() -> None:
    story, vulnerability = with_vulnerability()
    story.revise(vulnerability, day="2026-05-01", severity=score("9.8"))
    assert story.said(FRESH).sentences == [scores.CHANGED_SINCE]
    story.revise(story.the_risk, day="2026-05-02", initial=score("9.8"))
    assert story.said(FRESH).kept


@breaks(FRESH)
def test_a_control_that_fails_asks_for_a_new_score_before_anybody_signs_that() -> None:
    story, _ = with_vulnerability()
    story.draft(ControlObservation, day="2026-02-28", control=story.the_control, still_effective=False)
    assert story.said(FRESH).kept
    story.draft(ControlObservation, day="2026-03-02", control=story.the_control, still_effective=False)
    said = story.said(FRESH)
    assert (said.sentences, said.about) == ([scores.CONTROL_FAILED_SINCE], ["GW-RSK-1"])


def test_old_matches_leave_open_whether_a_component_is_attacked() -> None:
    for as_of, is_kept in (("2026-11-18T08:00:00.000000Z", True), ("2026-11-17T08:00:00.000000Z", False)):
        story = Modelled()
        item = story.add(SoftwareItem, entered_in=story.the_release)
        vulnerability = story.a_vulnerability(items=[item])
        story.revise(story.the_risk, vulnerabilities=[vulnerability])
        scanned(story, as_of=as_of)
        said = story.said(FRESH)
        assert said.kept is is_kept
        assert is_kept or [one.said.sentence for one in said.unknowns] == [scores.OLD_MATCHES]


def test_without_risks_nothing_grows_old() -> None:
    story = Modelled()
    story.retire(story.the_risk)
    assert story.said(FRESH).silent
