"""Where security meets safety: hazards of threats, and what safety was told."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.risk import safety
from asepsis.conformance import run
from asepsis.development.records import ReleaseDecision
from asepsis.risk.records import HazardousSituation, SafetyHandover
from tests.checks.risk.modelled import HARMFUL, HARMLESS, Modelled, score
from tests.dossiers import breaks, keeps

HAZARDS = "risk.hazards_linked"
TOLD = "risk.safety_told"


# --- hazards ---


@keeps(HAZARDS)
@breaks(HAZARDS)
def test_a_threat_that_can_harm_leads_to_a_hazard() -> None:
    story = Modelled()
    assert story.said(HAZARDS).kept
    story.revise(story.the_threat, impact=HARMFUL)
    said = story.said(HAZARDS)
    assert (said.sentences, said.about) == ([safety.NO_HARM], ["GW-THR-1"])
    hazard = story.add(HazardousSituation)
    story.revise(story.the_threat, harm=hazard)
    assert story.said(HAZARDS).kept


@breaks(HAZARDS)
def test_an_effect_on_effectiveness_harms_where_its_risk_says_so() -> None:
    story = Modelled()
    story.revise(story.the_threat, impact=HARMLESS | {"effectiveness": "minor"})
    assert story.said(HAZARDS).kept
    story.revise(story.the_risk, harm_before="minor")
    assert story.said(HAZARDS).sentences == [safety.NO_HARM]


@breaks(HAZARDS)
def test_the_hazard_is_looked_at_again_when_it_changes() -> None:
    story = Modelled()
    hazard = story.add(HazardousSituation)
    story.revise(story.the_threat, impact=HARMFUL, harm=hazard)
    story.revise(hazard, day="2026-03-01", severity="serious")
    assert story.said(HAZARDS).sentences == [safety.HARM_CHANGED]
    story.retire(hazard, day="2026-03-02")
    assert story.said(HAZARDS).sentences == [run.BROKEN]


@breaks(HAZARDS)
def test_a_hazard_that_safety_tells_of_has_a_threat_or_an_answer() -> None:
    story = Modelled()
    hazard = story.add(HazardousSituation)
    handover = story.draft(SafetyHandover, direction="from-safety", about=[hazard])
    said = story.said(HAZARDS)
    assert (said.sentences, said.about) == ([safety.HAZARD_WITHOUT_THREAT], ["GW-HAZ-1"])
    story.revise(handover, answered_on="2026-02-01", answer="None follows.")
    assert story.said(HAZARDS).kept
    other = story.add(SafetyHandover, direction="from-safety", about=[hazard])
    assert story.said(HAZARDS).gaps
    story.revise(story.the_threat, harm=hazard)
    assert other
    assert story.said(HAZARDS).kept


def test_without_threats_no_hazard_is_linked() -> None:
    story = Modelled()
    story.retire(story.the_threat)
    assert story.said(HAZARDS).silent


# --- told ---


def handed_over(story: Modelled, *about: str, day: str = "2026-02-01", answered: bool = True) -> str:
    answer: dict[str, Any] = {"answered_on": "2026-02-01", "answer": "Seen."} if answered else {}
    return story.add(SafetyHandover, day=day, direction="to-safety", about=list(about), **answer)


@keeps(TOLD)
@breaks(TOLD)
def test_safety_hears_of_each_threat_that_can_harm() -> None:
    story = Modelled()
    story.revise(story.the_threat, day="2026-02-01", impact=HARMFUL)
    handed_over(story, story.the_control)
    said = story.said(TOLD)
    assert (said.sentences, said.about) == ([safety.NOT_TOLD], ["GW"])
    assert "GW-THR-1" in said.texts[0]
    handed_over(story, story.the_threat)
    assert story.said(TOLD).kept


@breaks(TOLD)
@pytest.mark.parametrize("field", ["harm_before", "harm_after"])
def test_safety_hears_of_each_risk_that_can_harm(field: str) -> None:
    story = Modelled()
    handed_over(story, story.the_threat)
    assert story.said(TOLD).kept
    changed: dict[str, Any] = {field: "minor"}
    story.revise(story.the_risk, **changed)
    assert story.said(TOLD).sentences == [safety.NOT_TOLD]


@breaks(TOLD)
def test_safety_hears_again_of_what_changed_on_a_later_day() -> None:
    story = Modelled()
    story.revise(story.the_threat, impact=HARMFUL)
    handed_over(story, story.the_threat)
    story.revise(story.the_threat, day="2026-02-01", severity=score("9.8"))
    assert story.said(TOLD).kept
    story.revise(story.the_threat, day="2026-02-02", severity=score("7.5"))
    assert story.said(TOLD).sentences == [safety.TOLD_BEFORE]
    handed_over(story, story.the_threat, day="2026-02-02")
    assert story.said(TOLD).kept


@breaks(TOLD)
def test_what_was_handed_over_counts_once_it_is_answered() -> None:
    story = Modelled()
    story.revise(story.the_threat, impact=HARMFUL)
    handover = handed_over(story, story.the_threat, answered=False)
    assert story.said(TOLD).sentences == [safety.NOT_TOLD]
    story.revise(handover, day="2026-02-03", answered_on="2026-02-03", answer="Seen.")
    assert story.said(TOLD).kept


@breaks(TOLD)
def test_that_nothing_can_harm_is_told_too() -> None:
    story = Modelled()
    handed_over(story, story.the_control)
    assert story.said(TOLD).sentences == [safety.NOTHING_SAID]


@breaks(TOLD)
@pytest.mark.parametrize("signed", [True, False])
def test_no_handover_is_open_when_a_release_is_decided(signed: bool) -> None:
    story = Modelled()
    handed_over(story, story.the_threat)
    given: dict[str, Any] = {"direction": "to-safety", "about": [story.the_control]}
    write = story.add if signed else story.draft
    handover = write(SafetyHandover, day="2026-02-02", **given)
    assert story.said(TOLD).kept
    story.submit(story.draft(ReleaseDecision, day="2026-03-01", release=story.the_release), day="2026-03-01")
    said = story.said(TOLD)
    assert (said.sentences, said.about) == ([safety.NOT_ANSWERED], [story.labels[handover]])


def test_without_a_handover_there_is_a_gap() -> None:
    assert Modelled().said(TOLD).sentences == [run.NOTHING]


@keeps(TOLD)
@breaks(TOLD)
def test_safety_does_not_answer_before_it_was_asked() -> None:
    for on, sentences in (("2026-01-19", []), ("2026-01-18", [safety.ANSWERED_BEFORE])):
        story = Modelled()
        answer: dict[str, Any] = {"answer": "Nobody is harmed.", "answered_on": on}
        story.add(SafetyHandover, day="2026-02-02", direction="to-safety", about=[story.the_threat], **answer)
        assert story.said(TOLD).sentences == sentences
