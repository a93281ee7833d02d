"""Reports to authorities: by their hour, or signed as not reportable."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from asepsis.checks.problems import authorities
from asepsis.maintenance.records import Update
from asepsis.problems.records import AuthorityReport
from tests.checks.problems.handled import SERIOUS, Handled, at, component, match
from tests.dossiers import Said, breaks, keeps, run_check
from tests.kinds import STORED

CHECK = "problems.authorities_told"
NOON = "T12:00:00.000000Z"  # the hour of every view


def noon(day: str) -> str:
    """Return noon of a day in Greenwich, when every view looks."""
    return f"{day}{NOON}"


def before_noon(day: str, **ago: float) -> str:
    """Return an instant so long before noon in Greenwich, as records write it."""
    instant = datetime.fromisoformat(f"{day}T12:00:00") - timedelta(**ago)
    return instant.isoformat(timespec="microseconds") + "Z"


class Market(Handled):
    """A product sold under some laws."""

    def __init__(self, *laws: str) -> None:
        super().__init__()
        markets = [{"country": "EU", "law": law} for law in laws or ("CRA",)]
        self.revise(self.the_profile, markets=markets)

    def told(self, today: str = "2026-11-25", **arguments: Any) -> Said:
        return run_check(CHECK, self, today=today, **arguments)

    def exploited(self, aware: str, **fields: Any) -> str:
        """Take up a report, on the day of its instant, of something that attackers use."""
        return self.report(aware[:10], exploited="yes", aware_of_exploitation_on=aware, **fields)

    def tell(self, step: str, *about: str, sent: str | None = None, **fields: Any) -> str:
        """Write the report of a step to an authority."""
        given: dict[str, Any] = {
            "law": "cra",
            "event": "cra-exploited-vulnerability",
            "step": step,
            "about": about,
            "clock_from": at("2026-09-14", 9),
            "due": at("2026-09-15", 9),
            "sent_on": sent,
            "content": STORED,
            "day": "2026-09-15",
        }
        if step == "not-reportable":
            given |= {"due": None, "content": None, "why": "It is no such event."}
        return self.add(AuthorityReport, **(given | fields))


def steps(said: Said) -> list[Any]:
    """Return the steps that were said to be missing."""
    assert set(said.sentences) <= {authorities.NOT_REPORTED}
    return [dict(one.said.arguments)["step"] for one in said.gaps]


# --- exploited ---


@keeps(CHECK)
@breaks(CHECK)
def test_an_early_warning_goes_out_within_twenty_four_hours() -> None:
    for late, missing in ((0, []), (1, ["early-warning"])):
        story = Market()
        report = story.exploited(before_noon("2026-09-15", hours=24, microseconds=late))
        said = story.told("2026-09-15")
        assert steps(said) == missing
        for gap in said.gaps:
            assert (gap.about.id, gap.urgent, str(gap.due)) == (report, True, "2026-09-15")


@keeps(CHECK)
@breaks(CHECK)
def test_a_notification_goes_out_within_seventy_two_hours() -> None:
    for late, missing in ((0, []), (1, ["notification"])):
        story = Market()
        report = story.exploited(before_noon("2026-09-17", hours=72, microseconds=late))
        story.tell("early-warning", report, sent=before_noon("2026-09-15"))
        assert steps(story.told("2026-09-17")) == missing


@keeps(CHECK)
@breaks(CHECK)
def test_a_final_report_follows_within_fourteen_days_of_the_update() -> None:
    story = Market()
    report = story.exploited(noon("2026-09-14"), ids=["CVE-2026-1"])
    vulnerability = story.vulnerability(ids=["CVE-2026-1"])
    story.tell("early-warning", report, sent=noon("2026-09-15"))
    story.tell("notification", vulnerability, sent=noon("2026-09-15"), due=at("2026-09-17", 9))
    assert story.told().kept  # no update yet
    story.add(Update, fixes=[vulnerability], for_releases=[story.the_release], available_on="2026-11-11")
    assert story.told().kept
    assert steps(story.told("2026-11-26")) == ["final"]
    story.tell("final", vulnerability, sent=noon("2026-11-25"), due=noon("2026-11-25"), day="2026-11-25")
    assert story.told("2026-11-26").kept


@breaks(CHECK)
def test_a_report_that_is_ready_is_not_sent() -> None:
    story = Market()
    report = story.exploited(noon("2026-09-14"))
    story.tell("early-warning", report)
    assert steps(story.told("2026-09-16")) == ["early-warning"]
    story.tell("early-warning", report, sent=noon("2026-09-17"))
    assert steps(story.told("2026-09-16")) == ["early-warning"]
    assert story.told("2026-09-17").kept


@keeps(CHECK)
def test_one_signed_as_not_reportable_stands_for_the_event() -> None:
    story = Market()
    report = story.exploited(noon("2026-09-14"))
    assert story.told().gaps
    story.tell("not-reportable", report)
    assert story.told().kept


def test_what_became_known_before_the_law_asked_is_not_asked() -> None:
    for aware, asked in ((at("2026-09-10", 23, 59), False), (at("2026-09-11", 0, 0), True)):
        story = Market()
        story.exploited(aware)
        assert bool(story.told().gaps) is asked


@breaks(CHECK)
def test_a_report_and_its_vulnerability_are_one_event() -> None:
    story = Market()
    story.exploited(noon("2026-09-14"), ids=["CVE-2026-1"])
    vulnerability = story.vulnerability(story.draft, ids=["CVE-2026-1"])
    said = story.told("2026-09-16")
    assert (steps(said), said.about) == (["early-warning"], [story.labels[vulnerability]])


def test_what_is_in_no_supported_release_or_does_not_apply_is_no_event() -> None:
    elsewhere = Market()
    elsewhere.exploited(noon("2026-09-14"), ids=["CVE-2026-1"])
    elsewhere.vulnerability(ids=["CVE-2026-1"], affected=[elsewhere.release("9.0.0")])
    assert elsewhere.told().kept
    dismissed = Market()
    dismissed.investigate(dismissed.exploited(noon("2026-09-14")), concluded="2026-09-15", applicable=False)
    assert dismissed.told().kept
    over = Market()
    over.exploited(noon("2026-09-14"))
    over.revise(over.the_release, security_support_until="2026-11-24")
    assert over.told().kept


@breaks(CHECK)
def test_the_catalogue_of_exploited_vulnerabilities_starts_the_clock_with_the_day_the_match_was_seen() -> None:
    for kev, seen, last in (("2026-09-14", "2026-06-01", "2026-09-15"), ("2023-01-01", "2026-09-20", "2026-09-21")):
        story = Market()
        story.vulnerability(ids=["CVE-2026-1"])
        found = match(kev=kev, first_seen=seen)
        story.scan(story.the_release, component(), matches=(found,), day="2026-09-14")
        assert story.told(last).kept
        assert steps(story.told(str(datetime.fromisoformat(last).date() + timedelta(days=1)))) == ["early-warning"]


@breaks(CHECK)
def test_a_statement_that_attackers_use_it_starts_the_clock_with_the_day_it_said_so() -> None:
    story = Market()
    story.vulnerability(ids=["CVE-2026-1"])
    rests_on = {"reachability": "reachable", "kev": False, "epss": "unknown", "exploited": "no"}
    statement = story.judge("CVE-2026-1", "pkg:generic/openssl", "affected", rests_on=rests_on, day="2026-09-12")
    assert story.told().kept
    story.revise(statement, rests_on=rests_on | {"exploited": "yes"}, day="2026-09-14")
    assert story.told("2026-09-15").kept
    assert steps(story.told("2026-09-16")) == ["early-warning"]
    unsigned = Market()
    unsigned.vulnerability(ids=["CVE-2026-1"])
    unsigned.judge(
        "CVE-2026-1", "pkg:generic/x", "affected", unsigned.draft, rests_on=rests_on | {"kev": True}, day="2026-09-14"
    )
    assert steps(unsigned.told("2026-09-16")) == ["early-warning"]


def test_whether_attackers_use_it_is_to_be_known_within_the_days_of_an_investigation() -> None:
    story = Market()
    report = story.report("2026-10-26", exploited="unknown")
    assert story.told("2026-11-25").kept
    assert [one.said.sentence for one in story.told("2026-11-26").unknowns] == [authorities.MAY_BE_EXPLOITED]
    story.revise(report, closed_on="2026-11-26", closed_because="It is known what it is.")
    assert story.told("2026-11-26").kept
    medical = Market("MDR")
    medical.report("2026-06-01", exploited="unknown")
    assert medical.told().kept


# --- incidents ---


@keeps(CHECK)
@breaks(CHECK)
@pytest.mark.parametrize(
    ("law", "patients", "last"),
    [
        ("CRA", "none", 1),
        ("MDR", "none", None),
        ("MDR", "possible", 2),
        ("MDR", "harmed", 2),
        ("IVDR", "possible", 15),
        ("IVDR", "none", None),
        ("FDA", "harmed", 30),
    ],
)
def test_an_incident_starts_the_shortest_clock_that_may_run(law: str, patients: str, last: int | None) -> None:
    story = Market(law)
    incident = story.incident("2026-09-14", story.draft, patients=patients)
    if last is None:
        assert story.told().kept
        clean = Market("MDR")
        clean.incident("2026-09-14", patients="possible")
        assert clean.told().gaps
        return
    day = datetime(2026, 9, 14) + timedelta(days=last)
    if law == "CRA":
        assert story.told("2026-09-14").kept
        assert story.told("2026-09-15").about == [story.labels[incident]]  # aware at 10:30, noon is later
        return
    assert story.told(str(day.date())).kept
    assert story.told(str(day.date() + timedelta(days=1))).about == [story.labels[incident]]


@keeps(CHECK)
def test_a_report_that_names_the_event_says_which_clock_runs() -> None:
    story = Market("MDR")
    incident = story.incident("2026-09-14", patients="possible")
    named = {
        "law": "mdr",
        "event": "mdr-serious-incident",
        "due": noon("2026-09-29"),
        "clock_from": at("2026-09-14", 10),
    }
    report = story.tell("notification", incident, **named)
    assert story.told("2026-09-29").kept
    assert steps(story.told("2026-09-30")) == ["notification"]
    story.revise(report, sent_on=noon("2026-09-29"))
    assert story.told("2026-09-30").kept


def test_one_clock_signed_not_to_run_leaves_the_others() -> None:
    story = Market("MDR")
    incident = story.incident("2026-09-14", patients="possible")
    fields: dict[str, Any] = {"law": "mdr"}
    story.tell("not-reportable", incident, event="mdr-public-health-threat", **fields)
    assert story.told("2026-09-29").kept
    assert story.told("2026-09-30").gaps
    story.tell("not-reportable", incident, event="no event of this law", **fields)
    assert story.told("2026-09-30").kept


@breaks(CHECK)
def test_a_report_about_an_attack_is_none_about_an_incident() -> None:
    story = Market()
    incident = story.incident("2026-09-14")
    story.tell("early-warning", incident, sent=noon("2026-09-14"))
    assert steps(story.told("2026-09-16")) == ["early-warning"]
    story.tell("early-warning", incident, sent=noon("2026-09-14"), event="cra-severe-incident")
    assert story.told("2026-09-16").kept


@breaks(CHECK)
def test_a_final_report_on_an_incident_follows_a_month_after_its_notification() -> None:
    story = Market()
    incident = story.incident("2026-09-14")
    given: dict[str, Any] = {"event": "cra-severe-incident"}
    story.tell("early-warning", incident, sent=noon("2026-09-15"), **given)
    assert steps(story.told("2026-11-25")) == ["notification"]
    story.tell("notification", incident, sent=noon("2026-09-16"), **given)
    assert story.told("2026-10-16").kept
    assert steps(story.told("2026-10-17")) == ["final"]


@breaks(CHECK)
def test_a_correction_of_what_could_harm_people_is_reported_within_ten_working_days() -> None:
    story = Market("FDA")
    vulnerability = story.vulnerability()
    story.analyse(vulnerability, safety=SERIOUS)
    assert story.told().kept
    story.decide(vulnerability, day="2026-09-02")
    assert story.told("2026-09-16").kept
    assert steps(story.told("2026-09-17")) == ["notification"]
    medical = Market("MDR")
    medical.analyse(medical.vulnerability(), safety=SERIOUS)
    medical.decide(medical.called("GW-VUL-1"))
    assert medical.told().kept


# --- reports as they are ---


@breaks(CHECK)
def test_nothing_is_sent_before_its_clock_starts() -> None:
    story = Market()
    report = story.exploited(noon("2026-09-14"))
    told = story.tell("early-warning", report, sent=noon("2026-09-14"), clock_from=noon("2026-09-14"))
    assert story.told("2026-09-16").kept
    story.revise(told, sent_on="2026-09-14T11:59:59.000000Z", clock_from="2026-09-14T12:00:00.000000Z")
    assert authorities.SENT_BEFORE in story.told("2026-09-16").sentences


@breaks(CHECK)
def test_a_clock_starts_no_later_than_it_was_known_here() -> None:
    story = Market()
    report = story.exploited(noon("2026-09-14"))
    told = story.tell("early-warning", report, sent=noon("2026-09-15"), clock_from=noon("2026-09-14"))
    assert story.told("2026-09-16").kept
    story.revise(told, clock_from="2026-09-14T12:00:00.000001Z")
    said = story.told("2026-09-16")
    assert (said.sentences, said.about) == ([authorities.CLOCK_TOO_LATE], [story.labels[told]])


@keeps(CHECK)
@breaks(CHECK)
def test_it_is_due_no_later_than_the_law_says() -> None:
    story = Market()
    report = story.exploited(noon("2026-09-14"))
    told = story.tell(
        "early-warning", report, sent=noon("2026-09-15"), due=noon("2026-09-15"), clock_from=noon("2026-09-14")
    )
    assert story.told("2026-09-16").kept
    story.revise(told, due="2026-09-15T12:00:00.000001Z")
    assert story.told("2026-09-16").sentences == [authorities.DUE_TOO_LATE]
    story.revise(told, due=noon("2026-09-14"))
    assert story.told("2026-09-16").kept


# --- markets ---


def test_whether_another_law_asks_is_not_known_until_somebody_signs_what_follows() -> None:
    story = Market("PMD Act", "none")
    assert story.told().kept
    incident = story.incident("2026-09-14")
    said = story.told()
    assert (said.gaps, [one.said.sentence for one in said.unknowns]) == ([], [authorities.FOREIGN_LAW])
    report = story.tell("notification", incident, law="other", event="malfunction")
    assert story.told().unknowns
    story.revise(report, sent_on=noon("2026-09-15"))
    assert story.told().kept
    dismissed = Market("PMD Act")
    dismissed.tell("not-reportable", dismissed.incident("2026-09-14"), law="other", event="malfunction")
    assert dismissed.told().kept


def test_without_a_market_or_a_profile_no_law_asks() -> None:
    story = Handled()
    story.incident("2026-09-14")
    assert run_check(CHECK, story).kept
    story.retire(story.the_profile, day="2026-11-20")
    assert run_check(CHECK, story).silent
