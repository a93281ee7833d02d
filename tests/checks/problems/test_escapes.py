"""Why vulnerabilities got out, and whether what prevents them holds."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.problems import escapes
from asepsis.configuration.records import ChangeRequest, SoftwareItem
from asepsis.development.records import Finding
from asepsis.problems.records import EscapeAnalysis
from asepsis.quality.records import ImprovementAction
from asepsis.risk.records import Element
from tests.checks.problems.handled import Handled
from tests.dossiers import Cast, Said, breaks, keeps, run_check

ANALYSED = "problems.escapes_analysed"
COME_AGAIN = "problems.recurrences_answered"
CLOSED = "2026-06-01"


class Escaped(Handled):
    """A vulnerability of the release that is out, closed."""

    def __init__(self, **fields: Any) -> None:
        super().__init__()
        self.the_vulnerability = self.vulnerability(**fields)
        self.the_decision = self.decide(self.the_vulnerability, closed_on=CLOSED)

    def an_analysis(self, *vulnerabilities: str, **fields: Any) -> str:
        return self.add(
            EscapeAnalysis, **({"vulnerabilities": vulnerabilities or [self.the_vulnerability], "day": CLOSED} | fields)
        )

    def an_action(self, *because: str, **fields: Any) -> str:
        given: dict[str, Any] = {"because": because, "origin": "escape", "owner": Cast.QUALITY, "due": "2027-01-01"}
        return self.add(ImprovementAction, **({"day": "2026-06-02"} | given | fields))

    def said(self, check: str = ANALYSED, **arguments: Any) -> Said:
        return run_check(check, self, **arguments)


@keeps(ANALYSED)
@breaks(ANALYSED)
def test_what_got_out_and_is_closed_is_analysed_and_acted_on() -> None:
    story = Escaped()
    assert story.said().sentences == [escapes.NOT_ANALYSED]
    analysis = story.an_analysis()
    assert story.said().sentences == [escapes.NO_ACTION]
    action = story.an_action(analysis, origin="review")
    assert story.said().sentences == [escapes.NO_ACTION]
    story.revise(action, origin="escape")
    assert story.said().kept


@keeps(ANALYSED)
def test_or_it_says_why_no_action_follows() -> None:
    story = Escaped()
    story.an_analysis(none_because="The tool that finds it came out later, and is in use.")
    assert story.said().kept


@pytest.mark.parametrize("open_", ["not closed", "closes tomorrow", "never out"])
def test_what_is_open_or_never_got_out_is_not_asked(open_: str) -> None:
    story = Handled()
    inside = story.release("2.0.0")
    vulnerability = story.vulnerability(affected=[inside if open_ == "never out" else story.the_release])
    story.decide(vulnerability, closed_on={"not closed": None, "closes tomorrow": "2026-11-26"}.get(open_, CLOSED))
    assert run_check(ANALYSED, story).silent


@breaks(ANALYSED)
def test_one_that_names_no_release_counts_for_all_and_an_analysis_may_name_one() -> None:
    assert Escaped(affected=[]).said().gaps
    story = Handled()
    vulnerability = story.vulnerability(affected=[story.release("2.0.0")])
    story.analyse(vulnerability)
    story.decide(vulnerability, closed_on=CLOSED)
    assert run_check(ANALYSED, story).gaps


@breaks(ANALYSED)
def test_one_analysis_stands_for_several_and_is_told_of_once() -> None:
    story = Escaped()
    second = story.vulnerability()
    story.decide(second, closed_on=CLOSED)
    assert story.said().sentences == [escapes.NOT_ANALYSED] * 2
    story.an_analysis(story.the_vulnerability, second)
    assert story.said().sentences == [escapes.NO_ACTION]
    story.revise(story.the_decision, closed_on=None)
    assert story.said().sentences == [escapes.NO_ACTION]


@breaks(ANALYSED)
def test_the_action_is_not_done_before_the_analysis_was_written() -> None:
    for done, sentences in (("2026-05-31", [escapes.DONE_BEFORE]), (CLOSED, [])):
        story = Escaped()
        story.an_action(story.an_analysis(), done_on=done)
        assert story.said().sentences == sentences


@keeps(ANALYSED)
@breaks(ANALYSED)
@pytest.mark.parametrize("by", ["finding", "vulnerability", "change"])
def test_where_else_it_may_be_is_looked_at_afterwards(by: str) -> None:
    story = Escaped()
    place = story.add(Element, kind="process")
    story.draft(Finding, where=[place])
    story.an_action(story.an_analysis(same_elsewhere=[place]))
    assert story.said().sentences == [escapes.NOT_LOOKED_AT]
    if by == "finding":
        story.draft(Finding, where=[place], day="2026-06-02")
    if by == "vulnerability":
        story.vulnerability(story.draft, elements=[place], affected=[], day="2026-06-02")
    if by == "change":
        story.add(ChangeRequest, affects=[place], day="2026-06-02")
    assert story.said().kept


# --- come again ---


class Prevented(Escaped):
    """An escape with an action that worked, done in July."""

    def __init__(self, **action: Any) -> None:
        super().__init__()
        self.the_place = self.add(Element, kind="process")
        self.the_item = self.add(SoftwareItem, purl="pkg:maven/org.example/parser")
        self.revise(self.the_vulnerability, elements=[self.the_place], items=[self.the_item])
        given = {"done_on": "2026-07-01", "effect_checked_on": "2026-08-01", "worked": True}
        self.the_action = self.an_action(self.an_analysis(), **(given | action))

    def again(self, **fields: Any) -> str:
        given: dict[str, Any] = {"elements": [self.the_place], "day": "2026-07-02"}
        return self.vulnerability(self.draft, **(given | fields))


@keeps(COME_AGAIN)
@breaks(COME_AGAIN)
def test_what_comes_again_after_it_was_prevented_gets_a_new_action() -> None:
    story = Prevented()
    assert story.said(COME_AGAIN).kept
    again = story.again()
    said = story.said(COME_AGAIN)
    assert (said.sentences, said.about) == ([escapes.COME_AGAIN], [story.labels[again]])
    story.an_action(story.the_action, day="2026-07-01", done_on=None)
    assert story.said(COME_AGAIN).gaps
    story.an_action(story.the_action, day="2026-07-03")
    assert story.said(COME_AGAIN).kept


@breaks(COME_AGAIN)
def test_the_same_package_counts_whatever_its_name_space() -> None:
    for purl, counts in (
        ("pkg:maven/com.fork/parser", True),
        ("pkg:npm/parser", False),
        ("pkg:maven/org.example/x", False),
    ):
        story = Prevented()
        story.again(elements=[], items=[story.add(SoftwareItem, purl=purl)])
        assert bool(story.said(COME_AGAIN).gaps) is counts


@pytest.mark.parametrize(
    "fields", [{"weakness": ["CWE-80"]}, {"elements": []}, {"day": "2026-07-01"}], ids=["weakness", "place", "day"]
)
def test_another_weakness_or_place_or_one_on_the_day_it_was_done_is_not_the_same(fields: dict[str, Any]) -> None:
    story = Prevented()
    story.again(**fields)
    assert story.said(COME_AGAIN).kept


@pytest.mark.parametrize("worked", [False, None])
def test_what_did_not_work_prevented_nothing(worked: bool | None) -> None:
    story = Prevented(worked=worked)
    story.again()
    assert story.said(COME_AGAIN).kept


def test_without_a_vulnerability_nothing_comes_again() -> None:
    assert run_check(COME_AGAIN, Handled()).silent
