"""What old software lacks: assessed clause by clause, owned, and closed by a record of its sort."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.transition import gaps
from asepsis.conformance import run
from asepsis.development.records import ReleaseDecision, ReleaseDocument, Requirement, TestRun
from asepsis.risk.records import SystemModel
from asepsis.transition.records import TransitionGap
from tests.checks.risk.modelled import Modelled, score
from tests.checks.transition.transitional import ASKED, Transitional
from tests.dossiers import Cast, breaks, evidence, keeps

ASSESSED = "transition.sub_clauses_assessed"
CLOSED = "transition.gaps_owned_and_closed"


# --- assessed ---


@keeps(ASSESSED)
@breaks(ASSESSED)
@pytest.mark.parametrize("clause", ASKED)
def test_each_clause_is_assessed_once(clause: str) -> None:
    story = Transitional()
    assessment = story.assessed()
    assert story.said(ASSESSED).kept
    lines = [{"clause": one, "available": [story.the_risk], "adequate": "yes"} for one in ASKED]
    story.revise(assessment, sub_clauses=[line for line in lines if line["clause"] != clause])
    said = story.said(ASSESSED)
    assert (said.sentences, said.about) == ([gaps.LEFT_OUT], ["GW-TRA-1"])
    story.revise(assessment, sub_clauses=[*lines, lines[ASKED.index(clause)]])
    assert story.said(ASSESSED).sentences == [gaps.TWICE]


@breaks(ASSESSED)
def test_what_is_fulfilled_is_shown_by_records_as_they_are() -> None:
    story = Transitional()
    story.assessed({"clause": "7.2", "available": [story.the_threat], "adequate": "yes"})
    story.revise(story.the_threat, day="2026-03-01", severity=score("9.8"))
    assert story.said(ASSESSED).sentences == [gaps.AVAILABLE_CHANGED]
    bare = Transitional()
    bare.assessed({"clause": "7.2", "adequate": "yes"})
    assert bare.said(ASSESSED).sentences == [gaps.NOTHING_AVAILABLE]


@breaks(ASSESSED)
def test_a_record_that_is_retired_shows_nothing() -> None:
    story = Transitional()
    requirement = story.add(Requirement)
    story.assessed({"clause": "5.2.1", "available": [requirement], "adequate": "yes"})
    story.retire(requirement)
    assert story.said(ASSESSED).sentences == [run.BROKEN]


@breaks(ASSESSED)
@pytest.mark.parametrize("adequate", ["partly", "no"])
@pytest.mark.parametrize("signed", [True, False])
def test_what_is_not_fulfilled_is_a_gap_of_this_assessment(adequate: str, signed: bool) -> None:
    story = Transitional()
    assessment = story.assessed({"clause": "5.7.3", "adequate": adequate, "why": "No test attacked it."})
    story.a_gap(clause="5.7.3")
    said = story.said(ASSESSED)
    assert said.sentences == [gaps.NO_GAP]
    story.a_gap(clause="5.7.3", assessment=assessment, signed=signed)
    assert story.said(ASSESSED).kept


def test_the_newest_assessment_of_the_version_counts() -> None:
    story = Transitional()
    story.assessed(versions=["0.9.0"])
    assert story.said(ASSESSED).sentences == [run.NOTHING]
    story.assessed(sub_clauses=[{"clause": "5.2.1", "available": [story.the_risk], "adequate": "yes"}])
    assert story.said(ASSESSED).gaps
    story.assessed(day="2026-03-01", versions=["vers:semver/>=1.0.0|<2.0.0"])
    assert story.said(ASSESSED).kept


# --- owned and closed ---


@keeps(CLOSED)
@breaks(CLOSED)
@pytest.mark.parametrize("signed", [True, False])
def test_a_gap_is_closed_by_its_day(signed: bool) -> None:
    story = Transitional()
    story.a_gap(signed=signed)
    assert story.said(CLOSED, today="2026-11-25").kept
    said = story.said(CLOSED, today="2026-11-26")
    assert (said.sentences, said.about) == ([gaps.OVERDUE], ["GW-TGP-1"])
    assert said.gaps[0].owner == Cast.SECURITY


@breaks(CLOSED)
def test_a_gap_has_a_risk_and_an_owner_who_is_there() -> None:
    story = Transitional()
    story.a_gap(risk=None)
    assert story.said(CLOSED).sentences == [gaps.NO_RISK]
    owned = Transitional()
    owned.a_gap()
    owned.people(security=("2020-01-01", "2026-11-24"))
    assert owned.said(CLOSED, today="2026-11-24").kept
    assert owned.said(CLOSED, today="2026-11-25").sentences == [gaps.NOBODYS]


def a_document(story: Transitional, covers: str) -> str:
    return story.add(ReleaseDocument, release=story.the_release, covers=[covers], file=evidence(covers))


def a_run(story: Transitional, **fields: Any) -> str:
    given = {"release": story.the_release, "build_id": "build-of-1.0.0", "outcome": "pass"}
    return story.add(TestRun, **(given | fields))


@breaks(CLOSED)
@pytest.mark.parametrize("letter", "abcdef")
def test_a_gap_is_closed_by_a_record_of_its_sort(letter: str) -> None:
    story = Transitional()
    closing = {
        "a": [story.add(Requirement)],
        "b": [a_run(story)],
        "c": [story.the_context, story.the_model],
        "d": [story.the_control],
        "e": [a_document(story, "5.8.2 a"), a_document(story, "5.8.2 c")],
        "f": [story.the_overall],
    }
    others = [one for key, records in closing.items() if key != letter for one in records]
    others += [a_run(story, outcome="fail"), a_run(story, build_id="another"), a_document(story, "5.8.2 d")]
    gap = story.a_gap(closes_by=letter, closed_on="2026-02-01", closed_by=others)
    said = story.said(CLOSED, today="2027-01-01")
    assert (said.sentences, said.about) == ([gaps.CLOSED_BY_NOTHING], ["GW-TGP-1"])
    for record in closing[letter]:
        story.revise(gap, closed_by=[*others, record])
        assert story.said(CLOSED, today="2027-01-01").kept
        story.revise(gap, closed_by=others)


@breaks(CLOSED)
def test_it_is_closed_by_what_was_done_since() -> None:
    for day, is_kept in (("2026-03-01", True), ("2026-02-28", False)):
        story = Transitional()
        record = story.add(SystemModel, day=day, context=story.the_context)
        gap = story.a_gap(day="2026-03-01", closes_by="c")
        story.revise(gap, day="2026-03-01", closed_on="2026-03-01", closed_by=[record])
        said = story.said(CLOSED)
        assert said.kept is is_kept
        assert is_kept or said.sentences == [gaps.CLOSED_BY_OLDER]


@breaks(CLOSED)
def test_at_the_gate_a_gap_is_closed_or_justified_on_an_accepted_risk() -> None:
    story = Transitional()
    gap = story.a_gap()
    story.submit(story.draft(ReleaseDecision, release=story.the_release))
    assert story.said(CLOSED).sentences == [gaps.OPEN_AT_GATE]
    story.revise(gap, justified="It is small.")
    assert story.said(CLOSED).kept
    story.revise(story.the_risk, residual=score("7.5"), evaluation="needs-approval")
    assert story.said(CLOSED).sentences == [gaps.OPEN_AT_GATE]
    story.revise(story.the_risk, benefit_risk="Patients are better off.")
    assert story.said(CLOSED).kept
    story.revise(story.the_risk, harm_before="minor", harm_after="minor")
    assert story.said(CLOSED).sentences == [gaps.OPEN_AT_GATE]
    requirement = story.add(Requirement)
    story.revise(gap, closed_on="2026-02-01", closed_by=[requirement])
    assert story.said(CLOSED).kept


def test_who_is_there_may_not_be_known() -> None:
    story = Modelled()
    story.add(TransitionGap, owner=Cast.SECURITY, risk=story.the_risk, due="2026-11-25")
    said = story.said(CLOSED)
    assert ([one.said.sentence for one in said.unknowns], said.gaps) == ([run.ABSENT], [])


def test_without_gaps_nothing_is_owed() -> None:
    assert Transitional().said(CLOSED).silent
