"""Investigations of reports and findings, and whether what they found holds together."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.problems import investigations
from asepsis.development.records import Finding
from asepsis.problems.records import Decision
from asepsis.risk.records import Threat
from tests.checks.problems.handled import Handled, at
from tests.dossiers import Said, breaks, days, keeps, run_check

CHECK = "problems.reports_investigated"
RECEIVED = "2026-06-01"
LAST = "2026-07-01"


def said(story: Handled, today: str = "2026-11-25") -> Said:
    return run_check(CHECK, story, today=today)


def looked_into(**fields: Any) -> tuple[Handled, str]:
    """Return a story with an investigation of a report, and its id."""
    story = Handled()
    return story, story.investigate(story.report(RECEIVED, ids=["CVE-2026-1"]), **fields)


# --- in time ---


@keeps(CHECK)
@breaks(CHECK)
def test_a_report_is_investigated_by_the_last_day() -> None:
    story = Handled()
    report = story.report(RECEIVED)
    assert said(story, LAST).kept
    late = said(story, "2026-07-02")
    assert (late.sentences, late.about, late.gaps[0].due) == (
        [investigations.NOT_INVESTIGATED], [story.labels[report]], days(RECEIVED, 30),
    )  # fmt: skip
    investigation = story.investigate(report, concluded=None)
    assert said(story, "2026-07-02").gaps
    story.revise(investigation, concluded_on="2026-07-02", day="2026-07-02")
    assert said(story, "2026-07-02").kept


@breaks(CHECK)
def test_a_report_that_is_rewritten_is_told_once() -> None:
    story = Handled()
    report = story.report(RECEIVED)
    story.revise(report, what="Something else.", signed=False)
    assert said(story).about == [story.labels[report]]


@breaks(CHECK)
def test_a_finding_of_a_weakness_counts_from_its_first_save() -> None:
    story = Handled()
    finding = story.draft(Finding, weakness=["CWE-79"], day=RECEIVED)
    assert said(story, LAST).kept
    assert said(story, "2026-07-02").about == [story.labels[finding]]


def test_a_finding_without_a_weakness_or_with_a_decision_is_not_asked() -> None:
    story = Handled()
    story.add(Finding, day=RECEIVED)
    assert said(story).kept
    finding = story.add(Finding, weakness=["CWE-79"], day=RECEIVED)
    assert said(story).gaps
    story.add(Decision, about=[finding], day="2026-06-02")
    assert said(story).kept


# --- what was found ---


@keeps(CHECK)
@breaks(CHECK)
@pytest.mark.parametrize("verified", ["yes", "cannot"])
def test_a_weakness_that_applies_is_used_by_a_threat(verified: str) -> None:
    story, investigation = looked_into(verified=verified)
    vulnerability = story.vulnerability()
    story.revise(investigation, leads_to=vulnerability)
    assert said(story).sentences == [investigations.NO_THREAT]
    story.revise(investigation, threats=[story.add(Threat)])
    assert said(story).kept


def test_a_weakness_that_could_not_be_shown_needs_no_threat() -> None:
    story, _ = looked_into(verified="no")
    assert said(story).kept


@breaks(CHECK)
def test_a_threat_that_was_dismissed_uses_nothing() -> None:
    story, investigation = looked_into(verified="yes")
    threat = story.add(Threat, disposition="not-applicable", why="There is no such port.")
    story.revise(investigation, threats=[threat], leads_to=story.vulnerability())
    assert said(story).sentences == [investigations.DISMISSED_THREAT]


@breaks(CHECK)
def test_a_weakness_that_was_shown_leads_to_a_vulnerability() -> None:
    story, investigation = looked_into(verified="yes")
    story.revise(investigation, threats=[story.add(Threat)])
    assert said(story).sentences == [investigations.LEADS_NOWHERE]


@breaks(CHECK)
def test_one_that_cannot_be_tried_leads_to_a_vulnerability_where_it_is_exploited() -> None:
    for exploited, sentences in (("poc", []), ("yes", [investigations.CANNOT_TRY])):
        story = Handled()
        report = story.report(RECEIVED, exploited=exploited, aware_of_exploitation_on=at(RECEIVED))
        story.investigate(report, verified="cannot", threats=[story.add(Threat)])
        assert said(story).sentences == sentences


@breaks(CHECK)
def test_one_that_does_not_apply_is_not_said_to_elsewhere() -> None:
    story, investigation = looked_into(applicable=False)
    assert said(story).kept
    vulnerability = story.vulnerability(story.draft, ids=["cve-2026-1"])
    contradicted = said(story)
    assert contradicted.texts == [
        f"{story.labels[investigation]} says that the weakness does not apply; {story.labels[vulnerability]} say that it does."
    ]


@breaks(CHECK)
def test_a_statement_or_a_threat_because_of_the_report_says_so_too() -> None:
    stated, _ = looked_into(applicable=False)
    stated.judge("CVE-2026-1", "pkg:generic/openssl", "not-affected")
    assert said(stated).kept
    stated.judge("GHSA-1", "pkg:generic/openssl", "affected", aliases=["CVE-2026-1"])
    assert said(stated).sentences == [investigations.CONTRADICTED]
    threatened = Handled()
    report = threatened.report(RECEIVED, ids=["CVE-2026-1"])
    threatened.investigate(report, applicable=False)
    threatened.add(Threat, because=[report], day="2026-06-20")
    assert said(threatened).sentences == [investigations.CONTRADICTED]


def test_a_duplicate_and_one_that_goes_on_are_not_judged() -> None:
    story, investigation = looked_into(verified="yes")
    story.revise(investigation, duplicate_of=story.investigate(story.report(RECEIVED)))
    assert said(story).kept
    going_on, _ = looked_into(verified="yes", concluded=None)
    assert said(going_on, LAST).kept


# --- days in order ---


@keeps(CHECK)
@breaks(CHECK)
def test_nothing_is_looked_into_before_it_was_there() -> None:
    story, investigation = looked_into(applicable=False)
    assert said(story).kept
    story.revise(investigation, started_on="2026-05-31")
    assert said(story).sentences == [investigations.BEGUN_BEFORE]
    story.revise(investigation, reports=[story.called("GW-RPT-1"), story.report("2026-05-31", day="2026-06-10")])
    assert said(story).kept
