"""The design: it says what it is made with, and counters the threats."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.development import design
from asepsis.configuration.records import SoftwareItem
from asepsis.conformance import run
from asepsis.development.records import DesignElement, Deviation, Layer
from tests.checks.risk.modelled import Modelled
from tests.dossiers import Story, breaks, keeps, run_check

TECHNOLOGY = "development.design_technology_named"
COUNTERED = "development.threats_countered_in_design"


class Designed(Modelled):
    def element(self, **fields: Any) -> str:
        given = {"level": "detailed", "language": "C", "practices": ["least-privilege"]}
        return self.add(DesignElement, **(given | fields))


# --- what it is made with ---


@keeps(TECHNOLOGY)
@breaks(TECHNOLOGY)
def test_a_detailed_design_names_language_or_items_and_practices() -> None:
    story = Designed()
    element = story.element()
    assert story.said(TECHNOLOGY).kept
    story.revise(element, practices=None)
    assert story.said(TECHNOLOGY).sentences == [design.NO_PRACTICES]
    story.revise(element, practices=["least-privilege"], language=None)
    assert story.said(TECHNOLOGY).sentences == [design.NO_TECHNOLOGY]
    story.revise(element, items=[story.add(SoftwareItem)])
    assert story.said(TECHNOLOGY).kept


def test_an_architecture_need_not_name_its_technology() -> None:
    story = Designed()
    story.element(level="architecture", language=None, practices=None)
    assert story.said(TECHNOLOGY).kept


@keeps(TECHNOLOGY)
@breaks(TECHNOLOGY)
@pytest.mark.parametrize("level", ["detailed", "architecture"])
def test_algorithms_are_those_of_the_policy(level: str) -> None:
    story = Designed()
    element = story.element(level=level, algorithms=["SHA-256", "RSA 3072", "RSA 2048"])
    assert story.said(TECHNOLOGY).texts == [
        "GW-DSN-1 uses RSA 2048, which the policy leaves out, and no deviation lets it."
    ]
    deviation = story.add(Deviation, rule="rsa 2048", until="2026-11-25")
    assert story.said(TECHNOLOGY, today="2026-11-25").kept
    assert story.said(TECHNOLOGY, today="2026-11-26").gaps
    story.revise(deviation, until=None, about=[story.the_control])
    assert story.said(TECHNOLOGY).gaps
    story.revise(deviation, about=[element])
    assert story.said(TECHNOLOGY).kept
    story.revise(element, algorithms=["RSA 3072"])
    assert story.said(TECHNOLOGY).kept


@keeps(TECHNOLOGY)
@breaks(TECHNOLOGY)
def test_an_architecture_with_code_and_parts_has_a_detailed_part() -> None:
    story = Designed()
    top = story.element(level="architecture", code_paths=["src/**"])
    assert story.said(TECHNOLOGY).kept
    middle = story.element(level="architecture", part_of=top)
    said = story.said(TECHNOLOGY)
    assert (said.sentences, said.about) == ([design.NOT_DETAILED], [story.labels[top]])
    story.element(part_of=middle)
    assert story.said(TECHNOLOGY).kept


def test_without_a_design_there_is_a_gap() -> None:
    assert run_check(TECHNOLOGY, Story()).sentences == [run.NOTHING]
    assert run_check(COUNTERED, Story()).sentences == [run.NOTHING]


# --- what it counters ---


class Countered(Designed):
    """The threat is countered by a part of the design in the layer of its control."""

    def __init__(self) -> None:
        super().__init__()
        self.the_layer = self.add(Layer, controls=[self.the_control])
        self.the_design = self.element(counters=[self.the_threat], layers=[self.the_layer])


@keeps(COUNTERED)
@breaks(COUNTERED)
def test_each_threat_is_countered_by_the_design() -> None:
    story = Countered()
    assert story.said(COUNTERED).kept
    story.revise(story.the_design, counters=None)
    said = story.said(COUNTERED)
    assert (said.sentences, said.about) == ([design.NOT_COUNTERED], [story.labels[story.the_threat]])


@breaks(COUNTERED)
def test_a_threat_that_changed_is_looked_at_again() -> None:
    story = Countered()
    story.revise(story.the_threat, day="2026-02-01", attack_vector="Another.")
    assert story.said(COUNTERED).sentences == [design.COUNTERED_BEFORE]
    story.look(story.the_design, story.the_threat, day="2026-02-02")
    assert story.said(COUNTERED).kept


@breaks(COUNTERED)
def test_it_is_countered_where_a_control_against_it_stands() -> None:
    story = Countered()
    other = story.add(Layer, controls=[story.a_control(mitigates=[story.a_threat(disposition="accept", why="So.")])])
    story.revise(story.the_design, layers=[other])
    assert story.said(COUNTERED).sentences == [design.IN_OTHER_LAYERS]
    story.element(counters=[story.the_threat], layers=[story.the_layer])
    assert story.said(COUNTERED).kept
    story.revise(story.the_layer, controls=None)
    assert story.said(COUNTERED).sentences == [design.IN_OTHER_LAYERS]


@pytest.mark.parametrize("disposition", ["transfer", "accept", "avoid", "not-applicable"])
def test_only_threats_to_be_mitigated_are_asked(disposition: str) -> None:
    story = Countered()
    story.a_threat(disposition=disposition, why="So it is.")
    assert story.said(COUNTERED).kept


@breaks(COUNTERED)
def test_threats_to_elements_of_no_model_are_not_asked() -> None:
    story = Countered()
    story.retire(story.the_model)
    assert story.said(COUNTERED).sentences == [run.NOTHING]
