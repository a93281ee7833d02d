"""Controls in use: somebody looks whether each works, at intervals and after what touches it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from asepsis.checks.risk import watch
from asepsis.configuration.records import SoftwareItem
from asepsis.conformance import run
from asepsis.development.records import DesignElement, Finding, Layer, TestCase, TestRun
from asepsis.exchange import subjects
from asepsis.exchange.facts import Component, Match, Matches
from asepsis.problems.records import Incident, Investigation
from asepsis.risk.records import Assumption, ControlObservation, Vulnerability
from tests.checks.risk.modelled import Modelled, score
from tests.dossiers import breaks, digest, evidence, keeps

LOOKED_AT = "risk.controls_looked_at"
EVENTS = "risk.events_reopen_controls"


# --- at intervals ---


def out(day: str = "2026-01-31") -> Modelled:
    story = Modelled()
    story.send_out(story.the_release, day=day)
    return story


@keeps(LOOKED_AT)
@breaks(LOOKED_AT)
def test_the_first_look_is_due_an_interval_after_the_release() -> None:
    story = out()
    story.revise(story.the_control, look_every_months=1)
    assert story.said(LOOKED_AT, today="2026-02-28").kept
    said = story.said(LOOKED_AT, today="2026-03-01")
    assert (said.sentences, said.about) == ([watch.NOT_LOOKED_AT], ["GW-CTL-1"])
    assert str(said.gaps[0].due) == "2026-02-28"


@breaks(LOOKED_AT)
def test_each_look_begins_the_interval_of_the_policy_anew() -> None:
    story = out()
    story.add(ControlObservation, control=story.the_control, on="2026-06-15", still_effective=True)
    assert story.said(LOOKED_AT, today="2027-06-15").kept
    assert story.said(LOOKED_AT, today="2027-06-16").sentences == [watch.LOOKED_TOO_LONG_AGO]
    story.set_policy("risk.control_look_months", 11)
    assert story.said(LOOKED_AT, today="2027-05-16").sentences == [watch.LOOKED_TOO_LONG_AGO]


def test_an_observation_that_nobody_signed_is_no_look() -> None:
    story = out()
    story.draft(ControlObservation, control=story.the_control, on="2026-06-15", still_effective=True)
    assert story.said(LOOKED_AT, today="2027-02-01").sentences == [watch.NOT_LOOKED_AT]


@pytest.mark.parametrize(("aim", "is_look"), [("works", True), ("gets-round", False)])
def test_a_case_that_shows_the_control_to_work_stands_for_a_look(aim: str, is_look: bool) -> None:
    story = out()
    case = story.add(TestCase, challenges=[{"control": story.the_control, "aim": aim}])
    story.add(
        TestRun, cases=[case], release=story.the_release, build_id="build-of-1.0.0", outcome="pass", on="2026-06-15"
    )
    assert story.said(LOOKED_AT, today="2027-02-01").kept is is_look


def test_nothing_is_due_before_a_release_with_the_control_went_out() -> None:
    assert Modelled().said(LOOKED_AT, today="2030-01-01").kept
    story = out()
    late = story.a_control(day="2026-03-01")
    said = story.said(LOOKED_AT, today="2030-01-01")
    assert story.labels[late] not in said.about


def test_nothing_is_due_once_support_has_ended() -> None:
    story = out()
    assert story.said(LOOKED_AT, today="2030-12-31").gaps
    assert story.said(LOOKED_AT, today="2031-01-01").kept


def test_what_is_handed_over_or_told_is_not_watched_here() -> None:
    story = out()
    story.add(Assumption, about=[story.the_control], falls_to="operator")
    story.a_control(kind="information")
    assert story.said(LOOKED_AT, today="2030-01-01").kept


def test_without_controls_there_is_a_gap() -> None:
    story = out()
    story.retire(story.the_control)
    assert story.said(LOOKED_AT).sentences == [run.NOTHING]


# --- after what touches them ---

EVENT_DAY, LAST_DAY, TOO_LATE = "2026-03-02", "2026-04-01", "2026-04-02"


def a_vulnerability(story: Modelled) -> str:
    return story.add(Vulnerability, day=EVENT_DAY, threats=[story.the_threat], severity=score("7.5"))


def in_an_item(story: Modelled) -> str:
    item = designed(story)
    return story.draft(Vulnerability, day=EVENT_DAY, items=[item], severity=score("7.5"))


def designed(story: Modelled) -> str:
    """Write a layer with the control and a design in it that uses an item; return the item."""
    item = story.add(SoftwareItem, purl="pkg:generic/zlib", versions=["*"], entered_in=story.the_release)
    layer = story.add(Layer, controls=[story.the_control], order=1)
    story.add(DesignElement, layers=[layer], items=[item])
    return item


def an_incident(story: Modelled) -> str:
    vulnerability = story.a_vulnerability()
    noticed = f"{EVENT_DAY}T08:00:00.000000Z"
    return story.draft(Incident, day=EVENT_DAY, vulnerabilities=[vulnerability], noticed_on=noticed, aware_on=noticed)


def a_finding(story: Modelled) -> str:
    return story.draft(Finding, day=EVENT_DAY, where=[story.the_element])


def an_investigated_finding(story: Modelled) -> str:
    finding = story.add(Finding, day=EVENT_DAY)
    story.add(Investigation, day=EVENT_DAY, reports=[finding], threats=[story.the_threat])
    return finding


def a_failed_case(story: Modelled) -> str:
    case = story.add(TestCase, challenges=[{"control": story.the_control, "aim": "gets-round"}])
    story.add(TestRun, cases=[case], release=story.the_release, build_id="build-of-1.0.0", outcome="fail", on=EVENT_DAY)
    return case


def a_changed_context(story: Modelled) -> str:
    story.revise(story.the_context, day=EVENT_DAY, isolation="None any more.")
    return story.the_context


@keeps(EVENTS)
@breaks(EVENTS)
@pytest.mark.parametrize(
    "happens",
    [a_vulnerability, in_an_item, an_incident, a_finding, an_investigated_finding, a_failed_case, a_changed_context],
)
def test_what_touches_a_control_asks_for_a_look_within_the_days(happens: Callable[[Modelled], str]) -> None:
    story = Modelled()
    event = happens(story)
    if happens is an_incident:  # the vulnerability that it used was written before, and looked at
        story.add(ControlObservation, control=story.the_control, on="2026-03-01", still_effective=True)
    assert not story.said(EVENTS, today=LAST_DAY).gaps
    said = story.said(EVENTS, today=TOO_LATE)
    assert [one.said.sentence for one in said.gaps] == [watch.TOUCHED]
    assert story.labels[event] in said.gaps[0].said.text()
    assert str(said.gaps[0].due) == LAST_DAY
    story.add(ControlObservation, day=EVENT_DAY, control=story.the_control, on=EVENT_DAY, still_effective=True)
    assert not story.said(EVENTS, today=TOO_LATE).gaps
    bare = Modelled()
    assert bare.said(EVENTS, today=TOO_LATE).kept


def test_a_new_revision_of_its_risk_answers_too() -> None:
    story = Modelled()
    a_finding(story)
    story.revise(story.the_risk, day=EVENT_DAY, benefit_risk="Looked at.")
    assert story.said(EVENTS, today=TOO_LATE).kept


def test_what_touches_other_controls_asks_for_nothing() -> None:
    story = Modelled()
    story.draft(Finding, day=EVENT_DAY, where=[story.an_element("store")])
    assert story.said(EVENTS, today=TOO_LATE).kept


@breaks(EVENTS)
def test_a_control_that_no_longer_works_is_not_relied_on() -> None:
    story = Modelled()
    story.draft(ControlObservation, day=EVENT_DAY, control=story.the_control, on=EVENT_DAY, still_effective=False)
    said = story.said(EVENTS, today=EVENT_DAY)
    assert (said.sentences, said.about) == ([watch.NO_LONGER_WORKS], ["GW-CTL-1"])
    story.revise(story.the_risk, day=EVENT_DAY, residual=score("7.5"), evaluation="needs-approval")
    assert story.said(EVENTS, today=EVENT_DAY).kept


def scanned(story: Modelled, *found: Match, as_of: str) -> None:
    story.bill(story.the_release, Component("zlib", purl="pkg:generic/zlib@1.3", version="1.3"))
    name, feeds = evidence(f"bill of {story.the_release} ")["digest"], digest("feeds")
    story.take_in(Matches(name, feeds, found), subjects.bill_and_feeds(name, feeds), as_of=f"{as_of}T08:00:00.000000Z")


@breaks(EVENTS)
def test_attacks_on_an_item_of_its_layer_touch_a_control() -> None:
    story = Modelled()
    designed(story)
    scanned(story, Match("CVE-2026-1", "pkg:generic/zlib@1.3", "affected", kev=EVENT_DAY), as_of=TOO_LATE)
    assert story.said(EVENTS, today=LAST_DAY).kept
    said = story.said(EVENTS, today=TOO_LATE)
    assert said.sentences == [watch.TOUCHED]
    assert "GW-ITM-1" in said.texts[0]


def test_old_or_absent_matches_leave_it_open() -> None:
    story = Modelled()
    designed(story)
    scanned(story, as_of="2026-11-18")
    assert story.said(EVENTS, today="2026-11-25").kept
    said = story.said(EVENTS, today="2026-11-26")
    assert ([one.said.sentence for one in said.unknowns], said.gaps) == ([watch.OLD_MATCHES], [])
    unscanned = Modelled()
    designed(unscanned)
    unscanned.bill(unscanned.the_release)
    assert [one.said.sentence for one in unscanned.said(EVENTS).unknowns] == [watch.NO_MATCHES]


def test_without_controls_nothing_is_touched() -> None:
    story = Modelled()
    story.retire(story.the_control)
    assert story.said(EVENTS).silent
