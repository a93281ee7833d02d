"""Threats: scored and decided, and looked for at every element."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.risk import threats
from asepsis.configuration.records import SoftwareItem
from asepsis.conformance import run
from asepsis.risk.records import Analysis, Assumption, SystemModel, Threat, Vulnerability
from tests.checks.risk.modelled import Modelled
from tests.dossiers import breaks, keeps

DECIDED = "risk.threats_decided"
FOUND = "risk.elements_have_threats"


# --- decided ---


@keeps(DECIDED)
@breaks(DECIDED)
def test_a_threat_is_scored_by_a_vector() -> None:
    story = Modelled()
    assert story.said(DECIDED).kept
    story.revise(story.the_threat, severity={"method": "cvss3.1", "number": "7.5"})
    said = story.said(DECIDED)
    assert (said.sentences, said.about) == ([threats.NO_VECTOR], ["GW-THR-1"])
    story.revise(story.the_threat, severity={"method": "dread", "number": "7.5"})
    assert story.said(DECIDED).kept


@breaks(DECIDED)
def test_who_has_to_see_to_a_threat_that_is_handed_on_is_named() -> None:
    story = Modelled()
    story.revise(story.the_threat, disposition="transfer", why="The ward sees to it.")
    assert story.said(DECIDED).sentences == [threats.NOBODY_TOLD]
    story.add(Assumption, about=[story.the_element])
    assert story.said(DECIDED).sentences == [threats.NOBODY_TOLD]
    story.add(Assumption, about=[story.the_threat])
    assert story.said(DECIDED).kept


@breaks(DECIDED)
def test_a_vulnerability_has_a_threat_or_an_item() -> None:
    story = Modelled()
    vulnerability = story.draft(Vulnerability)
    assert story.said(DECIDED).sentences == [threats.FROM_NOWHERE]
    story.revise(vulnerability, signed=False, threats=[story.the_threat])
    assert story.said(DECIDED).kept
    item = story.add(SoftwareItem, entered_in=story.the_release)
    story.revise(vulnerability, signed=False, threats=[], items=[item])
    assert story.said(DECIDED).kept


@breaks(DECIDED)
def test_a_threat_strikes_an_element_in_force() -> None:
    story = Modelled()
    story.retire(story.the_element)
    assert story.said(DECIDED).sentences == [run.BROKEN]


def test_without_threats_nothing_is_decided() -> None:
    story = Modelled()
    story.retire(story.the_threat)
    assert story.said(DECIDED).silent


# --- found ---

PASSIVE = ("tampering", "information-disclosure", "denial-of-service")
ASKED = {
    "process": ("spoofing", "repudiation", "elevation-of-privilege", *PASSIVE),
    "store": ("repudiation", *PASSIVE),
    "outside-entity": ("spoofing", "repudiation"),
    "flow": PASSIVE,
    "port": PASSIVE,
    "board-connection": PASSIVE,
}


def proposal(element: str, category: str, **fields: Any) -> dict[str, Any]:
    return {"element": element, "category": category, "disposition": "rejected", "why": "Not here."} | fields


def analysed(story: Modelled, *proposals: dict[str, Any], variant: str = "per-element", **fields: Any) -> str:
    sheet = {"form": "stride", "variant": variant}
    given = {"technique": "stride", "worksheet": sheet}
    given["model"] = story.the_model
    return story.add(Analysis, proposals=list(proposals), **(given | fields))


def an_element(story: Modelled, kind: str) -> str:
    if kind != "flow":
        return story.an_element(kind)
    boundary = story.an_element("boundary")
    return story.an_element("flow", flows_from=story.the_element, flows_to=story.the_element, crosses=[boundary])


@keeps(FOUND)
@breaks(FOUND)
@pytest.mark.parametrize("kind", ASKED)
def test_each_element_has_a_threat_or_a_decided_proposal(kind: str) -> None:
    story = Modelled()
    assert story.said(FOUND).kept
    element = an_element(story, kind)
    said = story.said(FOUND)
    assert (said.sentences, said.about) == ([threats.NOT_GONE_THROUGH], [story.labels[element]])
    own = {"form": "own", "how": "We talked."}
    analysed(story, proposal(element, "anything"), technique="own", worksheet=own)
    assert story.said(FOUND).kept


@keeps(FOUND)
@breaks(FOUND)
def test_an_analysis_of_a_model_that_is_gone_shows_nothing() -> None:
    story = Modelled()
    other = story.add(SystemModel, context=story.the_context)
    element = story.an_element("process")
    own = {"form": "own", "how": "We talked."}
    analysed(story, proposal(element, "anything"), technique="own", worksheet=own, model=other)
    assert story.said(FOUND).kept
    story.retire(other)
    assert story.said(FOUND).sentences == [threats.NOT_GONE_THROUGH]


@breaks(FOUND)
@pytest.mark.parametrize("kind", ASKED)
def test_with_stride_each_question_of_its_kind_is_decided(kind: str) -> None:
    story = Modelled()
    story.retire(story.the_threat)
    story.retire(story.the_element)
    element = story.an_element(kind, **{"flows_from": story.the_element, "flows_to": story.the_element,
                                        "crosses": [story.the_element]} if kind == "flow" else {})  # fmt: skip
    all_but_one = [proposal(element, category) for category in ASKED[kind][1:]]
    analysis = analysed(story, *all_but_one)
    said = story.said(FOUND)
    assert threats.CATEGORIES_LEFT_OUT in said.sentences
    assert any(f": {ASKED[kind][0]}." in text for text in said.texts)
    story.revise(analysis, proposals=[*all_but_one, proposal(element, ASKED[kind][0])])
    assert threats.CATEGORIES_LEFT_OUT not in story.said(FOUND).sentences


def test_a_threat_answers_its_question_even_before_it_is_signed() -> None:
    story = Modelled()
    others = [proposal(story.the_element, one) for one in ASKED["process"] if one not in ("tampering", "spoofing")]
    analysed(story, *others)
    assert story.said(FOUND).sentences == [threats.CATEGORIES_LEFT_OUT]
    draft = story.draft(Threat, element=story.the_element, technique="stride", category="spoofing")
    assert story.said(FOUND).kept
    story.withdraw(draft)
    assert story.said(FOUND).sentences == [threats.CATEGORIES_LEFT_OUT]


def test_along_flows_stride_asks_no_questions_of_elements() -> None:
    story = Modelled()
    analysed(story, variant="per-interaction")
    assert story.said(FOUND).kept


@breaks(FOUND)
@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"disposition": None, "why": None}, threats.UNDECIDED),
        ({"why": None}, threats.DISMISSED_SILENTLY),
        ({"disposition": "not-applicable", "why": None}, threats.DISMISSED_SILENTLY),
        ({"disposition": "accepted"}, threats.NAMES_NO_THREAT),
        ({"disposition": "merged"}, threats.NAMES_NO_THREAT),
    ],
)
def test_each_proposal_is_decided_with_its_reason_or_threat(fields: dict[str, Any], sentence: Any) -> None:
    story = Modelled()
    given = {name: one for name, one in proposal(story.the_element, "anything", **fields).items() if one is not None}
    own: dict[str, Any] = {"technique": "own", "worksheet": {"form": "own", "how": "We talked."}}
    analysis = analysed(story, given, given, **own)
    said = story.said(FOUND)
    assert (said.sentences, said.about) == ([sentence], [story.labels[story.the_element]])
    assert "2 proposals" in said.texts[0]
    taken = given | {"disposition": "accepted", "threat": story.the_threat}
    story.revise(analysis, proposals=[taken])
    assert story.said(FOUND).kept


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("boundary", {}),
        ("external-dependency", {}),
        ("port", {"reachable": "none"}),
        ("board-connection", {"reachable": "none"}),
    ],
)
def test_other_elements_ask_for_no_threats(kind: str, fields: dict[str, Any]) -> None:
    story = Modelled()
    story.an_element(kind, **fields)
    assert story.said(FOUND).kept


def test_a_flow_inside_a_zone_asks_for_no_threats() -> None:
    story = Modelled()
    story.an_element("flow", flows_from=story.the_element, flows_to=story.the_element)
    assert story.said(FOUND).kept


def test_without_elements_there_is_a_gap() -> None:
    story = Modelled()
    story.retire(story.the_element)
    assert story.said(FOUND).sentences == [run.NOTHING]
