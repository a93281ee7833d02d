"""Layers: requirements stand in one, high risks in several, and what controls make worse was weighed."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.development import layers
from asepsis.conformance import run
from asepsis.development.records import DesignElement, Layer, Requirement
from asepsis.risk.records import Asset, SafetyHandover
from tests.checks.risk.modelled import NO_SIDE_EFFECTS, Modelled, score
from tests.dossiers import Story, breaks, keeps, run_check

ALLOCATED = "development.requirement_allocated"
HIGH = "development.layers_for_high_risk"
WEIGHED = "development.control_effects_weighed"


class Layered(Modelled):
    """A layer with the control, and a requirement that the architecture fulfils in it."""

    def __init__(self) -> None:
        super().__init__()
        self.the_layer = self.layer(1, self.the_control)
        self.the_requirement = self.add(Requirement)
        self.the_design = self.design()

    def layer(self, order: int, *controls: str, **fields: Any) -> str:
        given: dict[str, Any] = {"order": order, "controls": controls, "serves": [self.add(Asset)]}
        return self.add(Layer, **(given | fields))

    def design(self, **fields: Any) -> str:
        given: dict[str, Any] = {
            "level": "architecture",
            "layers": [self.the_layer],
            "implements": [self.the_requirement],
        }
        return self.add(DesignElement, **(given | fields))


# --- requirements in the architecture ---


@keeps(ALLOCATED)
@breaks(ALLOCATED)
def test_each_requirement_is_fulfilled_by_the_architecture_in_a_layer() -> None:
    story = Layered()
    assert story.said(ALLOCATED).kept
    story.revise(story.the_design, layers=None)
    assert story.said(ALLOCATED).sentences == [layers.NO_LAYER]
    story.revise(story.the_design, layers=[story.the_layer], level="detailed")
    said = story.said(ALLOCATED)
    assert (said.sentences, said.about) == ([layers.NOT_ALLOCATED], [story.labels[story.the_requirement]])


@breaks(ALLOCATED)
def test_a_requirement_that_changed_is_looked_at_again() -> None:
    story = Layered()
    story.revise(story.the_requirement, day="2026-02-01", notes="Immaterial.")
    assert story.said(ALLOCATED).kept
    story.revise(story.the_requirement, day="2026-02-01", criterion="Another.")
    assert story.said(ALLOCATED).sentences == [layers.CHANGED_SINCE]
    story.design(layers=None, day="2026-02-02")
    assert story.said(ALLOCATED).sentences == [layers.CHANGED_SINCE]
    story.look(story.the_design, story.the_requirement, day="2026-02-02")
    assert story.said(ALLOCATED).kept


@breaks(ALLOCATED)
@pytest.mark.parametrize(("field", "sentence"), [("controls", layers.EMPTY_LAYER), ("serves", layers.SERVES_NOTHING)])
def test_a_layer_of_the_architecture_does_something_for_something(field: str, sentence: Any) -> None:
    story = Layered()
    nothing: dict[str, Any] = {field: None}
    unnamed = story.layer(2, story.the_control, **nothing)
    assert story.said(ALLOCATED).kept
    story.revise(story.the_design, layers=[story.the_layer, unnamed])
    said = story.said(ALLOCATED)
    assert (said.sentences, said.about) == ([sentence], [story.labels[unnamed]])


@breaks(ALLOCATED)
@pytest.mark.parametrize("field", ["controls", "serves"])
def test_what_a_layer_names_is_in_force(field: str) -> None:
    story = Layered()
    asset = story.add(Asset)
    layer = story.layer(2, story.the_control, serves=[asset])
    story.revise(story.the_design, layers=[layer])
    assert story.said(ALLOCATED).kept
    story.retire(asset if field == "serves" else story.the_control)
    said = story.said(ALLOCATED)
    assert (said.sentences, said.about) == ([layers.NOT_IN_FORCE], [story.labels[layer]])


@breaks(ALLOCATED)
def test_a_layer_that_no_longer_counts_holds_nothing() -> None:
    story = Layered()
    story.retire(story.the_layer)
    assert story.said(ALLOCATED).sentences == [layers.NO_LAYER]


# --- several layers before a high risk ---


class High(Layered):
    """The risk would be unacceptable without its control."""

    def __init__(self, **risk: Any) -> None:
        super().__init__()
        self.other = self.a_control()
        given = {"harm_before": "minor", "controls": [self.the_control, self.other]}
        self.revise(self.the_risk, **(given | risk))


@keeps(HIGH)
@breaks(HIGH)
def test_a_high_risk_is_treated_in_several_layers() -> None:
    story = High()
    assert story.said(HIGH).texts == [
        "GW-RSK-1 is unacceptable without its controls, and they stand in 1 layers; 2 are asked for."
    ]
    other = story.layer(1, story.other)
    assert story.said(HIGH).gaps
    story.revise(other, order=2)
    assert story.said(HIGH).kept
    story.set_policy("development.layers_for_high_risk", 3)
    assert story.said(HIGH).gaps


@breaks(HIGH)
def test_information_and_what_no_longer_counts_are_no_layer() -> None:
    story = High()
    story.layer(2, story.other)
    assert story.said(HIGH).kept
    story.revise(story.other, kind="information")
    assert story.said(HIGH).sentences == [layers.TOO_FEW_LAYERS]
    story.revise(story.other, kind="inherent")
    assert story.said(HIGH).kept
    story.retire(story.other)
    assert story.said(HIGH).sentences == [run.BROKEN, layers.TOO_FEW_LAYERS]


def test_other_risks_need_not_be_in_layers() -> None:
    assert High(harm_before="none").said(HIGH).silent
    assert High(initial=score("5.3")).said(HIGH).silent
    story = High()
    story.retire(story.the_plan)
    assert story.said(HIGH).silent


# --- what controls make worse ---

SOME = {"presence": "some", "text": "Something gets worse."}


@keeps(WEIGHED)
@breaks(WEIGHED)
@pytest.mark.parametrize("kind", ["inherent", "protective"])
def test_safety_answers_what_a_control_makes_worse(kind: str) -> None:
    story = Modelled()
    story.revise(story.the_control, kind=kind)
    assert story.said(WEIGHED).kept
    story.revise(story.the_control, side_effects=NO_SIDE_EFFECTS | {"safety": SOME}, day="2026-02-01")
    assert story.said(WEIGHED).sentences == [layers.SAFETY_NOT_TOLD]
    handover = story.add(SafetyHandover, direction="to-safety", about=[story.the_control], day="2026-02-01")
    assert story.said(WEIGHED).sentences == [layers.SAFETY_NOT_TOLD]
    story.revise(handover, answered_on="2026-02-02", day="2026-02-02")
    assert story.said(WEIGHED).kept
    story.revise(story.the_control, compensating=True, day="2026-02-03")
    assert story.said(WEIGHED).sentences == [layers.SAFETY_NOT_TOLD]


@keeps(WEIGHED)
@breaks(WEIGHED)
def test_what_a_control_makes_worse_for_security_is_a_risk() -> None:
    story = Modelled()
    story.revise(story.the_control, side_effects=NO_SIDE_EFFECTS | {"security": SOME, "usability": SOME})
    assert story.said(WEIGHED).sentences == [layers.NO_RISK]
    risk = story.a_risk()
    assert story.said(WEIGHED).sentences == [layers.NO_RISK]
    story.revise(risk, brought_by=story.the_control)
    assert story.said(WEIGHED).kept


@breaks(WEIGHED)
def test_information_makes_nothing_worse() -> None:
    story = Modelled()
    story.revise(story.the_control, kind="information", side_effects=NO_SIDE_EFFECTS | {"security": SOME})
    assert story.said(WEIGHED).sentences == [run.NOTHING]


def test_without_records_there_is_nothing() -> None:
    for check in (ALLOCATED, WEIGHED):
        assert run_check(check, Story()).sentences == [run.NOTHING]
    assert run_check(HIGH, Story()).silent
