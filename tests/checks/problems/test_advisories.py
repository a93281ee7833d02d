"""Advisories: whole, out in time, and with the users."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.problems import advisories
from asepsis.checks.risk import scores
from asepsis.configuration.records import Fielded
from asepsis.maintenance.records import Notice, Update
from asepsis.problems.records import AuthorityReport
from tests.checks.problems.handled import Handled, at, component, match
from tests.checks.risk.modelled import score
from tests.dossiers import Said, breaks, days, keeps, run_check

COMPLETE = "problems.advisories_complete"
MADE = "problems.disclosures_made"
TOLD = "problems.users_of_affected_releases_told"
KEPT = "problems.disclosure_clocks_kept"


class Told(Handled):
    """A vulnerability of the release that is out, analysed, with an update that repairs it since June."""

    def __init__(self, **fields: Any) -> None:
        super().__init__()
        self.the_vulnerability = self.vulnerability(**fields)
        self.the_analysis = self.analyse(self.the_vulnerability)
        self.the_update = self.update()

    def update(self, **fields: Any) -> str:
        given: dict[str, Any] = {
            "fixes": [self.the_vulnerability], "for_releases": [self.the_release], "available_on": "2026-06-01",
        }  # fmt: skip
        return self.add(Update, **(given | fields))

    def an_advisory(self, **fields: Any) -> str:
        return self.publish(self.the_vulnerability, **({"resolved_by": [self.the_update]} | fields))

    def a_decision(self, disclose: str = "yes", **fields: Any) -> str:
        return self.decide(self.the_vulnerability, disclose=disclose, **fields)

    def complete(self) -> Said:
        return run_check(COMPLETE, self)


# --- complete ---


@keeps(COMPLETE)
@breaks(COMPLETE)
def test_the_severity_follows_from_its_vector_and_is_that_of_the_analysis() -> None:
    story = Told()
    advisory = story.an_advisory()
    assert story.complete().kept
    story.revise(advisory, severity=score("7.5") | {"number": "7.4"})
    assert story.complete().sentences == [scores.OTHER_NUMBER, advisories.OTHER_SEVERITY]
    story.revise(advisory, severity=score("5.3"))
    assert story.complete().sentences == [advisories.OTHER_SEVERITY]


def test_of_several_it_is_the_worst() -> None:
    story = Told()
    second = story.vulnerability(severity=score("9.8"))
    story.analyse(second, severity=score("9.8"))
    update = story.update(fixes=[story.the_vulnerability, second])
    advisory = story.publish(story.the_vulnerability, second, severity=score("9.8"), resolved_by=[update])
    assert story.complete().kept
    story.revise(advisory, severity=score("7.5"))
    assert story.complete().sentences == [advisories.OTHER_SEVERITY]


@breaks(COMPLETE)
def test_a_score_that_cannot_be_worked_out_here_is_not_known() -> None:
    story = Told()
    own = {"method": "other", "number": "3.0"}
    advisory = story.an_advisory(severity=own)
    assert story.complete().sentences == [advisories.NO_CALCULATOR, advisories.OTHER_SEVERITY]
    story.revise(story.the_analysis, severity=own)
    story.look(advisory, story.the_vulnerability, day="2026-11-20")
    assert story.complete().sentences == [advisories.NO_CALCULATOR]


@keeps(COMPLETE)
@breaks(COMPLETE)
def test_it_names_the_affected_releases_and_no_other() -> None:
    story = Told()
    second = story.release("2.0.0")
    advisory = story.an_advisory(affected=[story.the_release, second])
    assert story.complete().texts == ["GW-ADV-1 names GW-REL-2, which no analysis says to be affected."]
    story.revise(story.the_analysis, affected=[second])
    story.revise(advisory, affected=[story.the_release])
    assert story.complete().sentences == [advisories.MISSING, advisories.TOO_MANY]
    story.revise(advisory, affected=[second])
    assert story.complete().kept


@keeps(COMPLETE)
@breaks(COMPLETE)
def test_it_names_an_update_that_is_there_by_the_day_it_is_out() -> None:
    story = Told()
    advisory = story.an_advisory(resolved_by=[])
    assert story.complete().sentences == [advisories.NO_SOLUTION]
    other = story.update(fixes=[story.vulnerability()])
    story.revise(advisory, resolved_by=[other])
    assert story.complete().sentences == [advisories.NO_SOLUTION]
    later = story.update(available_on="2026-11-26")
    story.revise(advisory, resolved_by=[later])
    assert story.complete().sentences == [advisories.NOT_AVAILABLE]
    assert run_check(COMPLETE, story, today="2026-11-26").kept
    story.revise(advisory, published_on=None)
    assert story.complete().kept


@keeps(COMPLETE)
@breaks(COMPLETE)
def test_or_a_decision_on_something_else_with_a_workaround() -> None:
    story = Told()
    decision = story.a_decision(option="no-fix")
    advisory = story.an_advisory(resolved_by=[decision])
    assert story.complete().sentences == [advisories.NO_SOLUTION]
    story.revise(advisory, workaround="Close port 445.")
    assert story.complete().kept
    repairing = story.a_decision(option="fix")
    story.revise(advisory, resolved_by=[repairing])
    assert story.complete().sentences == [advisories.NO_SOLUTION]


@breaks(COMPLETE)
def test_no_statement_says_that_a_release_of_it_is_not_affected() -> None:
    story = Told(ids=["CVE-2026-1"])
    story.an_advisory()
    story.judge("CVE-2026-1", "pkg:generic/openssl", releases=[story.release("9.0.0")])
    assert story.complete().kept
    story.judge("GHSA-1", "pkg:generic/openssl", aliases=["cve-2026-1"], until="2026-11-25")
    assert story.complete().sentences == [advisories.SAID_NOT_AFFECTED]
    assert run_check(COMPLETE, story, today="2026-11-26").kept


@breaks(COMPLETE)
def test_what_it_tells_of_has_not_changed_since() -> None:
    story = Told()
    advisory = story.an_advisory()
    story.revise(story.the_vulnerability, weakness=["CWE-80"])
    assert story.complete().sentences == [advisories.CHANGED_SINCE]
    story.look(advisory, story.the_vulnerability, day="2026-11-20")
    assert story.complete().kept


def test_without_an_advisory_nothing_is_incomplete() -> None:
    assert Told().complete().silent


# --- made ---


def made(story: Handled, today: str = "2026-11-25") -> Said:
    return run_check(MADE, story, today=today)


@keeps(MADE)
@breaks(MADE)
def test_it_is_out_by_the_last_day_after_the_update() -> None:
    story = Told()
    story.update(available_on="2026-07-01")
    decision = story.a_decision()
    assert made(story, "2026-07-01").kept
    said = made(story, "2026-07-02")
    assert (said.sentences, said.about) == ([advisories.NOT_PUBLISHED], [story.labels[decision]])
    assert (said.gaps[0].due, said.gaps[0].urgent) == (days("2026-06-01", 30), False)
    advisory = story.an_advisory(on=None, day="2026-06-10")
    assert made(story, "2026-07-02").gaps
    story.revise(advisory, published_on="2026-07-02")
    assert made(story, "2026-07-02").kept


@breaks(MADE)
def test_without_an_update_the_days_begin_with_the_decision() -> None:
    story = Handled()
    vulnerability = story.vulnerability()
    story.decide(vulnerability, disclose="yes", day="2026-02-01")
    assert made(story, "2026-03-03").kept
    assert made(story, "2026-03-04").gaps


@breaks(MADE)
def test_what_attackers_use_is_told_at_once() -> None:
    story = Told(ids=["CVE-2026-1"])
    story.a_decision(day="2026-06-02")
    story.report("2026-06-10", ids=["CVE-2026-1"], exploited="yes", aware_of_exploitation_on=at("2026-06-10"))
    assert made(story, "2026-06-10").kept
    said = made(story, "2026-06-11")
    assert (said.sentences, said.gaps[0].urgent) == ([advisories.NOT_PUBLISHED], True)
    earlier = Told(ids=["CVE-2026-1"])
    earlier.report("2026-05-10", ids=["CVE-2026-1"], exploited="yes", aware_of_exploitation_on=at("2026-05-10"))
    earlier.a_decision(day="2026-06-02")
    assert made(earlier, "2026-06-02").kept
    assert made(earlier, "2026-06-03").gaps


@keeps(MADE)
@breaks(MADE)
def test_later_is_by_its_own_day() -> None:
    story = Told()
    story.a_decision("later", disclose_by="2026-11-24")
    assert made(story, "2026-11-24").kept
    assert made(story).sentences == [advisories.NOT_PUBLISHED]


@keeps(MADE)
@breaks(MADE)
def test_what_attackers_use_is_not_kept() -> None:
    story = Told(ids=["CVE-2026-1"])
    story.a_decision("no")
    assert made(story).kept
    story.scan(story.the_release, component(), matches=(match(kev="2026-09-01"),))
    said = made(story)
    assert (said.sentences, said.gaps[0].urgent) == ([advisories.EXPLOITED_AND_KEPT], True)


@breaks(MADE)
def test_what_is_unacceptable_is_not_kept() -> None:
    story = Told()
    story.plan()
    decision = story.a_decision("no", residual=score("7.5"))
    assert made(story).kept
    story.revise(decision, residual=score("7.5"), harm="minor")
    assert made(story).sentences == [advisories.UNACCEPTABLE_AND_KEPT]


def test_a_decision_that_a_younger_one_replaced_tells_nobody() -> None:
    story = Told()
    story.a_decision()
    assert made(story).gaps
    story.a_decision("no", day="2026-07-01")
    assert made(story).kept


def test_what_affects_no_supported_release_is_not_asked() -> None:
    story = Handled()
    vulnerability = story.vulnerability(affected=[story.release("9.0.0")])
    story.decide(vulnerability, disclose="yes")
    assert made(story).silent


# --- users ---


def told(story: Handled, today: str = "2026-11-25") -> Said:
    return run_check(TOLD, story, today=today)


class Fielding(Told):
    """An advisory for users, out since July, on a release in use at one site."""

    def __init__(self, count: int = 3, **fields: Any) -> None:
        super().__init__()
        self.add(Fielded, release=self.the_release, count=count, since="2026-01-05", **fields)
        self.the_advisory = self.an_advisory()

    def notice(self, **fields: Any) -> str:
        given: dict[str, Any] = {
            "to": ["users"], "about": [self.the_advisory], "for_releases": [self.the_release],
            "sent_on": "2026-07-08", "day": "2026-07-02",
        }  # fmt: skip
        return self.add(Notice, **(given | fields))


@keeps(TOLD)
@breaks(TOLD)
def test_users_get_a_notice_by_the_last_day() -> None:
    story = Fielding()
    assert told(story, "2026-07-08").kept
    said = told(story, "2026-07-09")
    assert (said.sentences, said.gaps[0].due) == ([advisories.USERS_NOT_TOLD], days("2026-07-01", 7))
    story.notice()
    assert told(story).kept


@keeps(TOLD)
@breaks(TOLD)
@pytest.mark.parametrize("about", ["advisory", "update", "other"])
def test_the_notice_is_about_the_advisory_or_the_update(about: str) -> None:
    story = Fielding()
    records = {"advisory": story.the_advisory, "update": story.the_update, "other": story.the_release}
    assert told(story).gaps
    story.notice(about=[records[about]], to=["customers"])
    assert told(story).kept is (about != "other")
    if about == "other":
        story.notice()
        assert told(story).kept


@pytest.mark.parametrize(
    "fields",
    [{"to": ["regulator"]}, {"for_releases": []}, {"sent_on": None}, {"sent_on": "2026-11-26"}],
    ids=["audience", "release", "not sent", "to come"],
)
def test_another_notice_tells_them_nothing(fields: dict[str, Any]) -> None:
    story = Fielding()
    story.notice(**fields)
    assert told(story).sentences == [advisories.USERS_NOT_TOLD]


def test_nobody_has_to_be_told_where_nobody_uses_it() -> None:
    assert told(Fielding(count=0)).kept
    assert told(Fielding(until="2026-11-24")).kept
    assert told(Fielding(until="2026-11-25")).gaps


def test_who_uses_it_is_not_known_where_nobody_brought_it_in() -> None:
    story = Told()
    story.an_advisory()
    assert [one.said.sentence for one in told(story).unknowns] == [advisories.NOT_FIELDED]


def test_only_advisories_that_are_out_and_for_users_are_asked() -> None:
    for fields in ({"on": None}, {"on": "2026-11-26", "day": "2026-11-20"}, {"to": ["public"]}):
        story = Told()
        story.an_advisory(**fields)
        assert told(story).silent


def test_a_release_out_of_support_has_no_users_to_tell() -> None:
    story = Fielding()
    story.revise(story.the_release, security_support_until="2026-11-24")
    assert told(story).kept
    assert told(story, "2026-11-24").gaps


# --- in time ---


def in_time(story: Handled) -> Said:
    return run_check(KEPT, story)


@keeps(KEPT)
@breaks(KEPT)
def test_a_report_to_an_authority_is_in_time_to_the_instant() -> None:
    due = at("2026-09-15", 10, 30)
    for sent, sentences in (
        (due, []), (due.replace("000000Z", "000001Z"), [advisories.SENT_LATE]), (None, []),
    ):  # fmt: skip
        story = Handled()
        story.add(AuthorityReport, due=due, sent_on=sent, about=[story.incident()], day="2026-09-15")
        assert in_time(story).sentences == sentences
        assert in_time(story).kept is not bool(sentences)


@keeps(KEPT)
@breaks(KEPT)
def test_an_advisory_is_in_time_on_its_last_day() -> None:
    for on, sentences in (("2026-07-01", []), ("2026-07-02", [advisories.PUBLISHED_LATE])):
        story = Told()
        story.a_decision()
        story.an_advisory(on=on)
        assert in_time(story).sentences == sentences
        story.an_advisory(on="2026-09-01")  # a correction
        assert in_time(story).sentences == sentences


def test_what_nobody_decided_to_tell_is_not_late() -> None:
    story = Told()
    story.a_decision("no")
    story.an_advisory(on="2026-10-01")
    assert in_time(story).kept


@breaks(KEPT)
def test_a_notice_is_in_time_on_its_last_day() -> None:
    for sent, sentences in (("2026-07-08", []), ("2026-07-09", [advisories.NOTICE_LATE])):
        story = Fielding()
        notice = story.notice(sent_on=sent)
        said = in_time(story)
        assert (said.sentences, said.about) == (sentences, [story.labels[notice]] if sentences else [])
        story.notice(sent_on="2026-10-01")
        assert in_time(story).sentences == sentences


def test_a_notice_sent_today_is_sent() -> None:
    story = Fielding()
    story.notice(sent_on="2026-11-25")
    assert told(story).kept


def test_an_update_without_a_day_or_with_one_to_come_begins_no_days() -> None:
    story = Handled()
    vulnerability = story.vulnerability()
    story.decide(vulnerability, disclose="yes", day="2026-11-01")
    for day in (None, "2026-12-01"):
        story.add(Update, fixes=[vulnerability], for_releases=[story.the_release], available_on=day)
    assert made(story, "2026-11-30").gaps == []
    assert made(story, "2026-12-01").gaps == []  # it is there since today


def test_severities_by_another_method_do_not_compare() -> None:
    story = Told()
    story.an_advisory()
    story.revise(story.the_analysis, severity={"method": "other", "number": "7.5"})
    assert advisories.OTHER_SEVERITY in story.complete().sentences
