"""The clock of an update: since when a vulnerability is known, what it weighs on which day, and by when it is due."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from asepsis.checks.maintenance import clocks
from asepsis.configuration.records import CategoryRule, Fielded, SoftwareItem
from asepsis.exchange.facts import Match
from asepsis.maintenance.domain import DueDays
from asepsis.maintenance.records import ExploitedFactor, FieldedFactor, Known
from asepsis.problems.records import Advisory, Exploitability, Report
from asepsis.record.dossier import Item
from asepsis.risk.records import Vulnerability
from tests.checks.maintenance.maintained import ALL, ZLIB, Maintained
from tests.checks.risk.modelled import score

EXPLOITED = {"reachability": "reachable", "kev": False, "epss": "under-1-percent", "exploited": "yes"}


def asked(story: Maintained) -> tuple[Item[Vulnerability], Any]:
    view = story.view(release=story.the_release)
    vulnerability: Item[Vulnerability] | None = view.dossier.get(story.the_vulnerability)
    if vulnerability is None:
        vulnerability = next(one for one in view.dossier.with_heads(Vulnerability))
    return vulnerability, view


def due(story: Maintained) -> DueDays | None:
    return clocks.due_of(*asked(story))


def due_on(qualify: str, deliver: str) -> DueDays:
    return DueDays(date.fromisoformat(qualify), date.fromisoformat(deliver))


def report(story: Maintained, day: str, **fields: Any) -> None:
    at = f"{day}T10:00:00.000000Z"
    given: dict[str, Any] = {"ids": ["CVE-2026-1"], "received_on": at, "exploited": "no"}
    if fields.get("exploited") == "yes":
        given["aware_of_exploitation_on"] = at
    story.draft(Report, day=max(day, "2026-01-05"), **(given | fields))


# --- since when ---


def test_the_clock_starts_on_the_day_on_which_the_vulnerability_was_signed() -> None:
    assert due(Maintained()) == due_on("2026-02-04", "2026-03-06")


def test_before_it_is_signed_the_day_of_its_first_save_counts() -> None:
    story = Maintained()
    story.retire(story.the_vulnerability)
    story.draft(Vulnerability, day="2026-01-20")
    assert clocks.known_since(*asked(story)) == date(2026, 1, 20)


@pytest.mark.parametrize(("day", "start"), [("2026-01-04", date(2026, 1, 4)), ("2026-01-06", date(2026, 1, 5))])
def test_a_report_that_came_earlier_starts_it(day: str, start: date) -> None:
    story = Maintained()
    story.revise(story.the_vulnerability, ids=["CVE-2026-1"])
    report(story, day)
    assert clocks.known_since(*asked(story)) == start


@pytest.mark.parametrize(("seen", "start"), [("2026-01-04", date(2026, 1, 4)), ("2026-01-06", date(2026, 1, 5))])
def test_a_match_that_was_seen_earlier_starts_it(seen: str, start: date) -> None:
    story = Maintained()
    story.revise(story.the_vulnerability, ids=["cve-2026-1"])
    story.bill(story.the_release, ZLIB)
    story.scan(story.the_release, Match("GHSA-1", "pkg:generic/zlib@1.3", "affected", ("CVE-2026-1",), first_seen=seen))
    assert clocks.known_since(*asked(story)) == start


# --- what it weighs ---


def factors(story: Maintained) -> Any:
    found = clocks.factors_of(*asked(story))
    assert found is not None
    return found


@pytest.mark.parametrize(("name", "public"), [("CVE-2026-1", Known.YES), ("ghsa-1", Known.YES), ("OUR-1", Known.NO)])
def test_a_public_name_makes_it_public(name: str, public: Known) -> None:
    story = Maintained()
    story.revise(story.the_vulnerability, ids=[name])
    assert factors(story).public is public


def test_a_published_advisory_makes_it_public() -> None:
    story = Maintained()
    advisory = story.add(Advisory, vulnerabilities=[story.the_vulnerability], affected=[story.the_release])
    assert factors(story).public is Known.NO
    story.revise(advisory, published_on="2026-11-26")
    assert factors(story).public is Known.NO
    story.revise(advisory, published_on="2026-11-25")
    assert factors(story).public is Known.YES


@pytest.mark.parametrize(
    ("said", "factor"),
    [
        ("no", ExploitedFactor.NO),
        ("poc", ExploitedFactor.POC),
        ("yes", ExploitedFactor.YES),
        ("unknown", ExploitedFactor.YES),
    ],
)
def test_what_is_not_known_of_attacks_counts_as_yes(said: str, factor: ExploitedFactor) -> None:
    story = Maintained()
    assert factors(story).exploited is ExploitedFactor.NO
    story.revise(story.the_vulnerability, ids=["CVE-2026-1"])
    report(story, "2026-02-01", exploited=said)
    assert factors(story).exploited is factor


@pytest.mark.parametrize(("count", "factor"), [(9, FieldedFactor.FEW), (10, FieldedFactor.MANY)])
def test_installations_in_use_are_counted(count: int, factor: FieldedFactor) -> None:
    story = Maintained()
    assert factors(story).fielded is FieldedFactor.MANY
    story.add(Fielded, release=story.the_release, count=count - 1, since="2026-01-01")
    story.add(Fielded, release=story.the_release, count=1, since="2026-01-01")
    story.add(Fielded, release=story.the_release, count=50, since="2026-01-01", until="2026-11-24")
    story.add(Fielded, release=story.the_release, count=50, since="2026-11-26")
    assert factors(story).fielded is factor


def test_without_a_grade_or_a_policy_it_weighs_nothing() -> None:
    story = Maintained()
    story.revise(story.the_analysis, severity={"method": "dread", "number": "9.0"})
    assert (clocks.factors_of(*asked(story)), due(story)) == (None, None)
    unplanned = Maintained()
    unplanned.retire(unplanned.the_policy)
    assert (clocks.factors_of(*asked(unplanned)), due(unplanned)) == (None, None)
    unanalysed = Maintained()
    unanalysed.retire(unanalysed.the_analysis)
    assert (clocks.factors_of(*asked(unanalysed)), due(unanalysed)) == (None, None)


# --- by when ---


@pytest.mark.parametrize(
    ("told", "qualify", "deliver"),
    [
        ("2026-01-08", "2026-01-10", "2026-01-15"),
        ("2026-01-12", "2026-01-12", "2026-01-15"),
        ("2026-02-10", "2026-02-04", "2026-02-10"),
        ("2026-04-01", "2026-02-04", "2026-03-06"),
    ],
)
def test_attacks_that_become_known_later_shorten_the_days_from_then_on(told: str, qualify: str, deliver: str) -> None:
    story = Maintained()
    story.revise(story.the_vulnerability, ids=["CVE-2026-1"])
    report(story, told, exploited="yes")
    assert due(story) == due_on(qualify, deliver)


def test_a_report_before_the_clock_started_counts_from_its_start() -> None:
    story = Maintained()
    story.revise(story.the_vulnerability, ids=["CVE-2026-1"])
    report(story, "2025-12-31", exploited="yes")
    assert due(story) == due_on("2026-01-05", "2026-01-10")


def test_a_statement_of_exploitability_tells_of_attacks_too() -> None:
    story = Maintained()
    story.revise(story.the_vulnerability, ids=["CVE-2026-1"])
    story.add(Exploitability, day="2026-01-08", advisory_id="CVE-2026-1", rests_on=EXPLOITED)
    assert due(story) == due_on("2026-01-10", "2026-01-15")


def test_an_analysis_that_gets_worse_shortens_the_days_from_its_day_on() -> None:
    story = Maintained()
    mild = ALL | {"severity": ["none", "low", "medium", "high"], "qualify_days": 30, "deliver_days": 60}
    story.revise(story.the_policy, bands=[mild, ALL | {"severity": ["critical"], "qualify_days": 1, "deliver_days": 2}])
    story.revise(story.the_analysis, day="2026-02-01", severity=score("9.8"))
    assert due(story) == due_on("2026-02-01", "2026-02-01")
    story.revise(story.the_analysis, day="2026-02-03", severity=score("5.3"))
    assert due(story) == due_on("2026-02-01", "2026-02-01")


def test_the_first_analysis_holds_from_the_start_whenever_it_was_written() -> None:
    story = Maintained()
    story.retire(story.the_analysis)
    story.an_analysis(day="2026-05-01")
    assert due(story) == due_on("2026-02-04", "2026-03-06")


def test_a_later_day_counts_where_it_was_decided_in_time() -> None:
    for decided, last in (("2026-03-06", date(2026, 5, 1)), ("2026-03-07", date(2026, 3, 6))):
        story = Maintained()
        story.a_decision(day=decided, due="2026-05-01")
        vulnerability, view = asked(story)
        assert clocks.last_day(vulnerability, date(2026, 3, 6), view) == last


# --- what the maker maintains ---


@pytest.mark.parametrize(
    ("category", "is_maintained"), [("maintained", True), ("supported", False), ("required", False)]
)
def test_what_is_maintained_is_told_by_items_and_rules(category: str, is_maintained: bool) -> None:
    story = Maintained()
    assert clocks.is_maintained(*asked(story))
    item = story.add(SoftwareItem, category=category, entered_in=story.the_release)
    story.revise(story.the_vulnerability, items=[item])
    assert clocks.is_maintained(*asked(story)) is is_maintained
    ruled = Maintained()
    ruled.revise(ruled.the_vulnerability, ids=["CVE-2026-1"])
    ruled.add(CategoryRule, matches={"purl": "pkg:generic/*"}, category=category)
    ruled.bill(ruled.the_release, ZLIB)
    ruled.scan(ruled.the_release, Match("CVE-2026-1", "pkg:generic/zlib@1.3", "affected"))
    assert clocks.is_maintained(*asked(ruled)) is is_maintained
