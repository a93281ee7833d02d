"""Controls: chosen for each threat, turned into requirements, and not the cause of worse."""

from __future__ import annotations

import pytest

from asepsis.checks.risk import controls
from asepsis.conformance import run
from asepsis.development.records import ReleaseDocument, Requirement, TestCase, TestRun
from asepsis.risk.records import Assumption
from tests.checks.risk.modelled import NO_SIDE_EFFECTS, Modelled, score
from tests.dossiers import breaks, keeps

REQUIREMENT = "risk.control_has_requirement"
CHOSEN = "risk.controls_chosen"
NEW_RISKS = "risk.new_risks_of_controls"


# --- requirements ---


@keeps(REQUIREMENT)
@breaks(REQUIREMENT)
@pytest.mark.parametrize("kind", ["inherent", "protective"])
def test_a_control_in_the_product_becomes_a_requirement(kind: str) -> None:
    story = Modelled()
    story.revise(story.the_control, kind=kind)
    said = story.said(REQUIREMENT)
    assert (said.sentences, said.about) == ([controls.NO_REQUIREMENT], ["GW-CTL-1"])
    story.add(Requirement, because=[story.the_control])
    assert story.said(REQUIREMENT).kept


@breaks(REQUIREMENT)
@pytest.mark.parametrize("bearer", ["operator", "integrator", "supplier"])
def test_or_an_assumption_hands_it_over(bearer: str) -> None:
    story = Modelled()
    assumption = story.add(Assumption, about=[story.the_control], falls_to="manufacturer")
    assert story.said(REQUIREMENT).sentences == [controls.NO_REQUIREMENT]
    story.revise(assumption, falls_to=bearer)
    assert story.said(REQUIREMENT).kept


@breaks(REQUIREMENT)
def test_a_control_by_information_stands_in_a_document() -> None:
    story = Modelled()
    story.revise(story.the_control, kind="information")
    assert story.said(REQUIREMENT).sentences == [controls.NOT_TOLD]
    anchor = {"item": "5.8.2 a", "place": "chapter 3", "tells_of": [story.the_control]}
    story.add(ReleaseDocument, release=story.the_release, anchors=[anchor])
    assert story.said(REQUIREMENT).kept


def test_without_controls_there_is_a_gap() -> None:
    story = Modelled()
    story.retire(story.the_control)
    assert story.said(REQUIREMENT).sentences == [run.NOTHING]


# --- chosen ---


@keeps(CHOSEN)
@breaks(CHOSEN)
def test_a_threat_is_mitigated_by_a_control_of_its_risk() -> None:
    story = Modelled()
    assert story.said(CHOSEN).kept
    other = story.a_control(mitigates=[])
    story.revise(story.the_risk, controls=[other])
    said = story.said(CHOSEN)
    assert (said.sentences, said.about) == ([controls.OTHER_CONTROLS], ["GW-THR-1"])
    story.retire(story.the_risk)
    assert story.said(CHOSEN).sentences == [controls.IN_NO_RISK]


@breaks(CHOSEN)
def test_a_threat_to_be_mitigated_has_a_control() -> None:
    story = Modelled()
    story.revise(story.the_control, mitigates=[])
    assert story.said(CHOSEN).sentences == [controls.NO_CONTROL]


@breaks(CHOSEN)
def test_information_alone_needs_its_reason() -> None:
    story = Modelled()
    story.revise(story.the_control, kind="information")
    assert story.said(CHOSEN).sentences == [controls.ONLY_INFORMATION]
    story.revise(story.the_threat, why="The plug cannot be closed.")
    assert story.said(CHOSEN).kept


@breaks(CHOSEN)
def test_what_is_avoided_is_out_of_the_model() -> None:
    story = Modelled()
    story.revise(story.the_threat, disposition="avoid", why="It is taken out.")
    assert story.said(CHOSEN).sentences == [controls.NOT_AVOIDED]
    story.retire(story.the_threat)
    assert story.said(CHOSEN).sentences == [run.NOTHING]


@pytest.mark.parametrize("disposition", ["transfer", "accept", "not-applicable"])
def test_other_threats_need_no_control(disposition: str) -> None:
    story = Modelled()
    story.revise(story.the_control, mitigates=[])
    story.revise(story.the_threat, disposition=disposition, why="It is so.")
    assert story.said(CHOSEN).kept


# --- new risks ---


@keeps(NEW_RISKS)
@breaks(NEW_RISKS)
def test_what_a_control_makes_worse_is_a_risk() -> None:
    story = Modelled()
    assert story.said(NEW_RISKS).kept
    worse = NO_SIDE_EFFECTS | {"security": {"presence": "some", "text": "A recovery code."}}
    story.revise(story.the_control, side_effects=worse)
    said = story.said(NEW_RISKS)
    assert (said.sentences, said.about) == ([controls.EFFECT_NOT_EVALUATED], ["GW-CTL-1"])
    story.a_risk(brought_by=story.the_control)
    assert story.said(NEW_RISKS).kept


@breaks(NEW_RISKS)
def test_the_risk_it_brings_is_not_unacceptable() -> None:
    story = Modelled()
    story.a_risk(brought_by=story.the_control, residual=score("7.5"), harm_before="minor", harm_after="minor")
    assert story.said(NEW_RISKS).sentences == [controls.BRINGS_TOO_MUCH]


@breaks(NEW_RISKS)
def test_a_new_weakness_that_a_test_finds_is_a_risk() -> None:
    for aim, outcome, sentences in (
        ("no-new-weakness", "fail", [controls.NEW_WEAKNESS_NOT_EVALUATED]),
        ("no-new-weakness", "pass", []),
        ("works", "fail", []),
    ):
        story = Modelled()
        case = story.add(TestCase, challenges=[{"control": story.the_control, "aim": aim}])
        story.add(TestRun, cases=[case], release=story.the_release, build_id="build-of-1.0.0", outcome=outcome)
        assert story.said(NEW_RISKS).sentences == sentences


def test_without_controls_nothing_is_brought() -> None:
    story = Modelled()
    story.retire(story.the_control)
    assert story.said(NEW_RISKS).silent
