"""The watch: what matters most stands first, each line says why, and nothing is called clean that was not looked at."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.configuration.records import Fielded
from asepsis.exchange import facts, subjects
from asepsis.maintenance.records import UpdatePolicy
from asepsis.reports import watch
from asepsis.reports.watch import Line, watched
from asepsis.risk.records import HazardousSituation
from tests.checks.maintenance.maintained import FAST, SLOW
from tests.checks.problems.handled import RESTS_ON, SERIOUS, Handled, at, component, match
from tests.dossiers import days

PURL = "pkg:generic/openssl@3.0.1"
TODAY = "2026-06-10"
MILD = "CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N"


class Watched(Handled):
    """A supported release that is in use at one site, laid against the feeds of the day that is looked at."""

    def __init__(self, *found: facts.Match, used: bool = True, **fields: Any) -> None:
        super().__init__()
        self.take_in(facts.Feeds(f"{TODAY}T12:00:00Z", ()), subjects.ORGANISATION, day=TODAY)
        self.scan(self.the_release, component(), matches=found or (match(),), day=TODAY, **fields)
        if used:
            self.use()

    def use(self, market: str = "DE", site: str = "site-1", count: int = 3, **fields: Any) -> str:
        given: dict[str, Any] = {"since": "2026-01-05", "until": None}
        return self.add(Fielded, release=self.the_release, market=market, site=site, count=count, **(given | fields))

    def policy(self) -> None:
        self.add(UpdatePolicy, bands=[SLOW, FAST], many_from=10)

    def seen(self, today: str = TODAY) -> watch.Watched:
        return watched(self.view(release=self.the_release, today=today))

    def line(self, **fields: Any) -> Line:
        (line,) = self.seen(**fields).lines
        return line

    def order(self) -> list[str]:
        return [line.advisory for line in self.seen().lines]


def sentences(line: Line) -> list[Any]:
    return [said.sentence for said in line.reasons]


# --- what is first ----------------------------------------------------------------------------------------------------


def test_what_attackers_use_stands_first_then_what_they_are_likely_to() -> None:
    story = Watched(
        match("CVE-2026-1", epss="0.0001"), match("CVE-2026-2"), match("CVE-2026-3", epss="0.5"),
        match("CVE-2026-4", epss="0.0002", kev="2026-06-02"),
    )  # fmt: skip
    assert story.order() == ["CVE-2026-4", "CVE-2026-3", "CVE-2026-2", "CVE-2026-1"]


def test_a_report_that_it_is_exploited_counts_as_the_catalogue_does() -> None:
    story = Watched(match("CVE-2026-1"), match("CVE-2026-2"))
    story.report("2026-06-05", ids=["CVE-2026-2"], exploited="yes", aware_of_exploitation_on=at("2026-06-05"))
    assert story.order() == ["CVE-2026-2", "CVE-2026-1"]
    assert watch.ATTACKED in sentences(story.seen().lines[0])


def test_what_was_said_to_matter_stands_before_what_nobody_judged_and_that_before_what_is_not_reached() -> None:
    story = Watched(match("CVE-2026-1"), match("CVE-2026-2"), match("CVE-2026-3"))
    story.judge("CVE-2026-1", PURL, "under-investigation", rests_on=RESTS_ON | {"reachability": "not-reachable"})
    story.judge("CVE-2026-3", PURL, "affected", action="Close the port.", response="update")
    assert story.order() == ["CVE-2026-3", "CVE-2026-2", "CVE-2026-1"]
    assert [sentences(line)[2] for line in story.seen().lines] == [
        watch.SAID_AFFECTED, watch.UNDECIDED, watch.NOT_REACHED,
    ]  # fmt: skip


def test_what_leads_to_a_hazard_stands_before_what_does_not() -> None:
    story = Watched(match("CVE-2026-1"), match("CVE-2026-2"))
    hazard = story.add(HazardousSituation, severity="serious")
    story.analyse(story.vulnerability(ids=["CVE-2026-2"]), hazards=[hazard], safety=SERIOUS)
    assert story.order() == ["CVE-2026-2", "CVE-2026-1"]
    assert [one.id for one in story.seen().lines[0].hazards] == [hazard]


# --- what is open -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("status", "open_"), [("not-affected", 0), ("fixed", 0), ("under-investigation", 1)])
def test_a_statement_closes_a_line_until_its_last_day(status: str, open_: int) -> None:
    story = Watched()
    story.judge("CVE-2026-1", PURL, status, until=days(TODAY, 1))
    assert [len(story.seen(day).lines) for day in (TODAY, "2026-06-12")] == [open_, 1]


@pytest.mark.parametrize(
    ("then", "now", "open_"),
    [
        ({}, {"kev": "2026-06-02"}, True),
        ({"kev": True}, {}, False),
        ({"epss": "under-1-percent"}, {"epss": "0.2"}, True),
        ({"epss": "over-10-percent"}, {"epss": "0.001"}, False),
        ({"advisory": "ab" * 32}, {"advisory_digest": "cd" * 32}, True),
        ({"advisory": "ab" * 32}, {"advisory_digest": "ab" * 32}, False),
        ({}, {"advisory_digest": "ab" * 32}, False),
    ],
)
def test_a_line_opens_again_where_what_closed_it_rested_on_is_worse_now(
    then: dict[str, Any], now: dict[str, Any], open_: bool
) -> None:
    story = Watched(match(**now))
    story.judge("CVE-2026-1", PURL, rests_on=RESTS_ON | then)
    assert [watch.REOPENED in sentences(line) for line in story.seen().lines] == [True] * open_


def test_a_statement_on_another_version_closes_nothing() -> None:
    story = Watched()
    story.judge("CVE-2026-1", "pkg:generic/openssl@3.0.2")
    assert story.order() == ["CVE-2026-1"]


def test_an_analysis_by_which_the_release_is_unaffected_closes_the_line() -> None:
    story = Watched()
    found = story.vulnerability(ids=["CVE-2026-1"], affected=())
    story.analyse(found, affected=(), unaffected=[story.the_release])
    assert story.order() == []


def test_what_a_scan_found_not_to_be_affected_is_no_line_and_what_it_could_not_tell_is_one() -> None:
    story = Watched(facts.Match("CVE-2026-1", PURL, "not-affected"), facts.Match("CVE-2026-2", PURL, "undetermined"))
    assert story.order() == ["CVE-2026-2"]
    assert watch.MAY_NOT_BE in sentences(story.line())


def test_one_vulnerability_of_one_component_in_two_releases_is_one_line_with_each_site() -> None:
    story = Watched()
    other = story.release("1.1.0")
    story.send_out(other)
    story.scan(other, component(), matches=(match(),), day=TODAY)
    story.add(Fielded, release=other, market="FR", site="site-2", count=1, since="2026-01-05", until=None)
    story.use("AT", "site-3", until=days(TODAY, -1))
    line = story.line()
    assert len(line.releases) == 2
    assert [(one.market, one.site, one.count) for one in line.uses] == [("DE", "site-1", 3), ("FR", "site-2", 1)]


# --- by when ----------------------------------------------------------------------------------------------------------


def test_what_nobody_judged_is_due_as_if_it_were_the_worst() -> None:
    story = Watched(match(severity=MILD))
    assert story.line().due is None
    story.policy()
    line = story.line()
    assert line.due == days("2026-06-01", SLOW["deliver_days"])
    assert line.factors is not None
    assert (line.factors.severity, line.factors.safety, line.factors.external_controls) == ("low", "serious", "none")
    assert (
        line.reasons[-1]
        .text()
        .endswith("with the worst taken for safety and outer protection, which nobody has judged")
    )


def test_what_attackers_use_is_due_sooner_and_a_severity_that_nobody_told_is_the_worst() -> None:
    story = Watched(match(kev="2026-06-02"))
    story.policy()
    line = story.line()
    assert line.due == days("2026-06-01", FAST["deliver_days"])
    assert line.factors is not None
    assert line.factors.severity == "critical"
    assert "how severe it is" in line.reasons[-1].text()


def test_an_analysis_sets_the_day() -> None:
    story = Watched(match(first_seen="2026-06-09"))
    story.policy()
    found = story.vulnerability(ids=["CVE-2026-1"], day="2026-06-09")
    story.analyse(found, external_controls="effective", day="2026-06-09")
    line = story.line()
    assert sentences(line)[-1] is watch.BY_ANALYSIS
    assert line.due == days("2026-06-09", SLOW["deliver_days"])


# --- what is not known ------------------------------------------------------------------------------------------------


def test_a_release_that_was_not_laid_against_feeds_is_unknown() -> None:
    story = Handled()
    assert [one.sentence for one in watched(story.view(release=story.the_release)).unknown] == [watch.NO_BILL]
    story.bill(story.the_release, component())
    assert [one.sentence for one in watched(story.view(release=story.the_release)).unknown] == [watch.NOT_LAID]


def test_old_feeds_and_what_was_not_looked_up_are_told() -> None:
    story = Watched(not_looked_up=(PURL,))
    assert [one.sentence for one in story.seen("2026-06-17").unknown] == [watch.LEFT]
    assert [one.sentence for one in story.seen("2026-06-18").unknown] == [watch.OLD, watch.LEFT]
    assert Watched().seen().unknown == ()


# --- what is new ------------------------------------------------------------------------------------------------------


def test_a_line_is_another_when_it_is_exploited_decided_or_in_another_release_and_not_when_days_pass() -> None:
    keys = {Watched().line().key, Watched().line(today="2026-06-12").key}
    assert len(keys) == 1
    decided = Watched()
    decided.judge("CVE-2026-1", PURL, "under-investigation")
    keys |= {Watched(match(kev="2026-06-02")).line().key, decided.line().key}
    assert len(keys) == 3
