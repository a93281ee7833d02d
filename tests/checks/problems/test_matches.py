"""Known vulnerabilities of components: judged in time, and "not affected" looked at again."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.problems import matches
from asepsis.configuration.records import SoftwareItem
from asepsis.conformance import run
from asepsis.exchange import facts, subjects
from asepsis.maintenance.records import MonitoredSource
from asepsis.risk.records import Control
from tests.checks.problems.handled import RESTS_ON, Handled, at, component, match
from tests.dossiers import Said, breaks, days, keeps, run_check

TAKEN_UP = "problems.matches_taken_up"
JUSTIFIED = "problems.not_affected_justified"
PURL = "pkg:generic/openssl@3.0.1"
SEEN = "2026-06-01"


class Matched(Handled):
    """A release whose bill holds openssl, laid against feeds on the day looked at."""

    def __init__(self, *found: facts.Match, today: str = "2026-11-25", **fields: Any) -> None:
        super().__init__()
        self.today = today
        self.take_in(facts.Feeds(f"{today}T06:00:00Z", ()), subjects.ORGANISATION, day=today)
        self.the_bill = self.scan(self.the_release, component(), matches=found or (match(),), day=today, **fields)

    def taken_up(self) -> Said:
        return run_check(TAKEN_UP, self, release=self.the_release, today=self.today)


@keeps(TAKEN_UP)
@breaks(TAKEN_UP)
def test_a_match_is_judged_by_the_last_day() -> None:
    assert Matched(today="2026-07-01").taken_up().kept
    story = Matched(today="2026-07-02")
    said = story.taken_up()
    assert (said.sentences, said.about) == ([matches.NOT_TAKEN_UP], [story.labels[story.the_bill]])
    assert (said.gaps[0].due, said.gaps[0].urgent) == (days(SEEN, 30), False)


@keeps(TAKEN_UP)
@breaks(TAKEN_UP)
def test_one_that_attackers_use_is_judged_sooner() -> None:
    listed = match(kev="2026-06-03")
    assert Matched(listed, today="2026-06-08").taken_up().kept
    said = Matched(listed, today="2026-06-09").taken_up()
    assert (said.sentences, said.gaps[0].urgent) == ([matches.EXPLOITED_NOT_TAKEN_UP], True)
    reported = Matched(today="2026-06-09")
    reported.report(
        "2026-06-05", ids=["cve-2026-1"], versions=["9.9.9"], exploited="yes",
        aware_of_exploitation_on=at("2026-06-05"),
    )  # fmt: skip
    assert reported.taken_up().sentences == [matches.EXPLOITED_NOT_TAKEN_UP]


def test_without_a_first_day_the_day_of_the_scan_counts() -> None:
    story = Matched(match(first_seen=None), today="2026-07-02")
    assert story.taken_up().kept


@breaks(TAKEN_UP)
def test_all_of_one_component_are_told_together() -> None:
    story = Matched(
        match("CVE-2026-2"), match("CVE-2026-1", first_seen="2026-06-02"), match("CVE-2026-3", "pkg:generic/zlib@1")
    )
    assert story.taken_up().texts == [
        "2 known vulnerabilities of pkg:generic/openssl@3.0.1 in GW-REL-1 were to be judged by 2026-07-01: CVE-2026-1 "
        "and CVE-2026-2.",
        "1 known vulnerabilities of pkg:generic/zlib@1 in GW-REL-1 were to be judged by 2026-07-01: CVE-2026-3.",
    ]


def test_what_the_scanner_found_not_to_be_affected_needs_no_judgement() -> None:
    assert Matched(facts.Match("CVE-2026-1", PURL, "not-affected", first_seen=SEEN)).taken_up().kept


@keeps(TAKEN_UP)
@breaks(TAKEN_UP)
@pytest.mark.parametrize("name", ["CVE-2026-1", "ghsa-1"])
def test_a_statement_on_the_component_and_release_takes_it_up(name: str) -> None:
    for component_, takes in ((PURL, True), ("pkg:generic/openssl", True), ("pkg:generic/openssl@3.0.2", False)):
        story = Matched(match(aliases=("GHSA-1",)))
        story.judge(name, component_)
        assert story.taken_up().kept is takes
    other = Matched(match(aliases=("GHSA-1",)))
    other.judge(name, PURL, releases=[other.release("9.0.0")])
    assert other.taken_up().gaps
    unsigned = Matched(match(aliases=("GHSA-1",)))
    unsigned.judge(name, PURL, make=unsigned.draft)
    assert unsigned.taken_up().gaps


@breaks(TAKEN_UP)
def test_a_statement_counts_until_its_last_day() -> None:
    for until, takes in (("2026-11-25", True), ("2026-11-24", False)):
        story = Matched()
        story.judge("CVE-2026-1", PURL, until=until)
        assert story.taken_up().kept is takes


@breaks(TAKEN_UP)
def test_under_investigation_counts_no_longer_than_an_investigation() -> None:
    for day, takes in (("2026-10-26", True), ("2026-10-25", False)):
        story = Matched()
        story.judge("CVE-2026-1", PURL, "under-investigation", day=day)
        assert story.taken_up().kept is takes


@breaks(TAKEN_UP)
def test_a_statement_on_another_configuration_does_not_count() -> None:
    story = Matched()
    statement = story.judge("CVE-2026-1", PURL, configuration="arm64")
    assert story.taken_up().gaps
    story.revise(statement, configuration=None)
    assert story.taken_up().kept
    story.revise(story.the_bill, configuration="arm64")
    assert story.taken_up().kept


@keeps(TAKEN_UP)
def test_a_vulnerability_takes_it_up_before_it_is_signed() -> None:
    story = Matched()
    story.vulnerability(story.draft, ids=["CVE-2026-1"])
    assert story.taken_up().kept
    elsewhere = Matched()
    elsewhere.vulnerability(ids=["CVE-2026-1"], affected=[elsewhere.release("9.0.0")])
    assert elsewhere.taken_up().gaps
    of_another = Matched()
    of_another.vulnerability(ids=["CVE-2026-1"], items=[of_another.add(SoftwareItem, purl="pkg:generic/zlib")])
    assert of_another.taken_up().gaps


@keeps(TAKEN_UP)
def test_a_report_takes_it_up_before_it_is_signed() -> None:
    story = Matched()
    story.report(SEEN, story.draft, ids=["CVE-2026-1"])
    assert story.taken_up().kept
    for fields in ({"versions": ["0.9.0"]}, {"components": ["pkg:generic/zlib"]}, {"ids": ["CVE-2026-2"]}):
        other = Matched()
        other.report(SEEN, **({"ids": ["CVE-2026-1"]} | fields))
        assert other.taken_up().gaps


def test_without_a_bill_or_matches_it_is_not_known() -> None:
    story = Handled()
    assert run_check(TAKEN_UP, story, release=story.the_release).sentences == [run.NO_FACTS]
    story.bill(story.the_release, component())
    assert run_check(TAKEN_UP, story, release=story.the_release).sentences == [run.ABSENT]


@pytest.mark.parametrize("by", ["ecosystems", "items"])
def test_components_that_no_feed_covers_are_unknown_unless_somebody_reads_a_source_for_them(by: str) -> None:
    story = Matched(match(first_seen="2026-11-24"), not_looked_up=(PURL,))
    assert [one.said.sentence for one in story.taken_up().unknowns] == [matches.NOT_LOOKED_UP]
    all_ = {"ecosystems": ["generic"], "items": [story.add(SoftwareItem, purl="pkg:generic/openssl")]}
    covers: dict[str, Any] = {by: all_[by]}
    story.add(MonitoredSource, source="feed", **covers)
    assert story.taken_up().unknowns
    story.add(MonitoredSource, source="supplier", **covers)
    assert story.taken_up().kept


@breaks(TAKEN_UP)
def test_other_supported_releases_are_gone_through_too() -> None:
    story = Matched(match(first_seen="2026-11-24"))
    second = story.release("2.0.0", security_support_until="2026-11-24")
    story.send_out(second)
    bill = story.scan(second, component(), matches=(match(),), day="2026-11-18")
    assert story.taken_up().kept  # no longer supported
    third = story.release("3.0.0")
    story.send_out(third)
    bill = story.scan(third, component(), matches=(match(),), day="2026-11-18")
    said = story.taken_up()
    assert (said.sentences, said.about) == ([matches.NOT_TAKEN_UP], [story.labels[bill]])


def test_old_or_absent_matches_of_other_supported_releases_are_unknown() -> None:
    story = Matched(match(first_seen="2026-11-24"))
    second = story.release("2.0.0")
    story.send_out(second)
    story.bill(second, component())
    assert story.taken_up().sentences == [matches.NO_MATCHES]
    story.lay(second, match(), day="2026-11-17")
    assert story.taken_up().sentences == [matches.OLD_MATCHES]


# --- not affected ---


def justified(story: Handled, today: str = "2026-11-25") -> Said:
    return run_check(JUSTIFIED, story, today=today)


@keeps(JUSTIFIED)
@breaks(JUSTIFIED)
def test_not_affected_says_why_in_words() -> None:
    story = Matched()
    statement = story.judge("CVE-2026-1", PURL)
    assert justified(story).kept
    story.revise(statement, impact=None)
    assert justified(story).sentences == [matches.NO_IMPACT]


@keeps(JUSTIFIED)
@breaks(JUSTIFIED)
def test_a_component_that_is_not_present_is_in_no_bill() -> None:
    absent = {"justification": "component-not-present"}
    story = Matched()
    story.judge("CVE-2026-1", "pkg:generic/openssl@3.0.2", **absent)
    story.judge("CVE-2026-1", "pkg:generic/zlib", **absent)
    assert justified(story).kept
    for name in (PURL, "pkg:generic/openssl"):
        story = Matched()
        story.judge("CVE-2026-1", name, **absent)
        assert justified(story).sentences == [matches.PRESENT]


def test_without_its_components_it_is_not_known_whether_one_is_present() -> None:
    story = Handled()
    story.judge("CVE-2026-1", PURL, justification="component-not-present")
    assert justified(story).sentences == [run.ABSENT]


@breaks(JUSTIFIED)
def test_mitigations_are_in_force() -> None:
    story = Matched()
    control = story.add(Control)
    story.judge("CVE-2026-1", PURL, justification="inline-mitigations-already-exist", mitigated_by=[control])
    assert justified(story).kept
    story.retire(control)
    assert justified(story).sentences == [run.BROKEN]


@breaks(JUSTIFIED)
def test_it_is_decided_again_once_attackers_use_it() -> None:
    story = Matched(match(kev="2026-09-01"))
    statement = story.judge("CVE-2026-1", PURL)
    said = justified(story)
    assert (said.sentences, said.gaps[0].urgent) == ([matches.EXPLOITED_SINCE], True)
    story.revise(statement, rests_on=RESTS_ON | {"kev": True})
    assert justified(story).kept
    reported = Matched()
    statement = reported.judge("CVE-2026-1", PURL)
    reported.report(ids=["CVE-2026-1"], exploited="yes", aware_of_exploitation_on=at(SEEN))
    assert justified(reported).sentences == [matches.EXPLOITED_SINCE]
    reported.revise(statement, rests_on=RESTS_ON | {"exploited": "yes"})
    assert justified(reported).kept


@breaks(JUSTIFIED)
def test_what_was_carried_over_holds_for_the_same_versions_only() -> None:
    story = Matched()
    earlier = story.judge("CVE-2026-1", "pkg:generic/openssl")
    second = story.release("2.0.0")
    story.send_out(second)
    story.scan(second, component(), matches=(match(),))
    story.judge("CVE-2026-1", "pkg:generic/openssl", releases=[second], carried_from=earlier)
    assert justified(story).kept
    third = story.release("3.0.0")
    story.send_out(third)
    story.scan(third, component(version="3.0.2"), component(), matches=(match(),))
    story.judge("CVE-2026-1", "pkg:generic/openssl", releases=[third], carried_from=earlier)
    assert justified(story).texts == [
        "GW-VEX-3 was carried over from GW-VEX-1; GW-REL-3 holds pkg:generic/openssl in 3.0.2, which that did not speak of."
    ]


@breaks(JUSTIFIED)
def test_no_vulnerability_of_the_release_says_otherwise() -> None:
    story = Matched()
    story.judge("CVE-2026-1", PURL, aliases=["GHSA-1"])
    story.vulnerability(ids=["CVE-2026-1"], affected=[story.release("9.0.0")])
    assert justified(story).kept
    story.vulnerability(story.draft, ids=["ghsa-1"])
    assert justified(story).sentences == [matches.CONTRADICTED]


@breaks(JUSTIFIED)
def test_nor_one_that_an_investigation_of_it_led_to() -> None:
    story = Matched()
    story.judge("CVE-2026-1", PURL)
    report = story.report(ids=["CVE-2026-1"])
    story.investigate(report, leads_to=story.vulnerability())
    assert justified(story).sentences == [matches.CONTRADICTED]


@keeps(JUSTIFIED)
@breaks(JUSTIFIED)
def test_what_is_fixed_is_no_longer_matched() -> None:
    story = Matched()
    story.judge("CVE-2026-1", "pkg:generic/openssl", "fixed")
    assert justified(story).sentences == [matches.STILL_THERE]
    fixed = Matched(match("CVE-2026-2"), match(of="pkg:generic/zlib@1"))
    fixed.judge("CVE-2026-1", "pkg:generic/openssl", "fixed")
    assert justified(fixed).kept


def test_whether_it_is_fixed_is_not_known_without_bill_or_matches() -> None:
    story = Handled()
    story.judge("CVE-2026-1", PURL, "fixed")
    assert justified(story).sentences == [run.ABSENT]
    story.bill(story.the_release, component())
    assert justified(story).sentences == [run.ABSENT]


@pytest.mark.parametrize("status", ["affected", "under-investigation"])
def test_only_what_is_said_to_be_safe_has_to_be_justified(status: str) -> None:
    story = Matched()
    story.judge("CVE-2026-1", PURL, status)
    assert justified(story).silent


def test_what_no_longer_counts_or_is_of_no_supported_release_is_not_looked_at() -> None:
    story = Matched()
    statement = story.judge("CVE-2026-1", PURL, impact=None, until="2026-11-24")
    assert justified(story).silent
    story.revise(statement, until="2026-11-25")
    assert justified(story).gaps
    story.revise(statement, until=None, releases=[story.release("9.0.0")])
    assert justified(story).silent


@keeps(TAKEN_UP)
@breaks(TAKEN_UP)
def test_what_was_to_be_known_by_a_day_is_judged_by_that_day() -> None:
    for until, today, kept in (("2026-06-10", "2026-06-10", True), ("2026-06-10", "2026-06-11", False)):
        story = Matched(today=today)
        story.judge("CVE-2026-1", PURL, "under-investigation", day="2026-06-02", until=until)
        assert story.taken_up().kept is kept
    assert str(story.taken_up().gaps[0].due) == "2026-06-10"
    story.judge("CVE-2026-1", PURL, day="2026-06-11")
    assert story.taken_up().kept


def test_the_day_of_a_statement_on_something_else_binds_nobody() -> None:
    story = Matched(today="2026-06-11")
    others: list[dict[str, Any]] = [
        {"component": "pkg:generic/curl@1.0"},
        {"configuration": "arm64"},
        {"releases": [], "versions": ["9"]},
    ]
    for fields in others:
        story.judge("CVE-2026-1", fields.pop("component", PURL), "under-investigation", until="2026-06-10", **fields)
    assert story.taken_up().kept
