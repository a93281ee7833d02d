"""Secure design practices: whole, looked at in time, and applied."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.development import practices
from asepsis.conformance import run
from asepsis.development.records import DesignElement, DesignPractices, DesignTopic, Deviation, Layer
from asepsis.risk.records import Control, Element, SystemModel
from tests.dossiers import Story, breaks, keeps, run_check

CURRENT = "development.design_practices_current"
APPLIED = "development.practices_applied"
TOPICS = list(DesignTopic)


def practice(topic: str, *, why_not: bool = False) -> dict[str, str]:
    return {"topic": topic, ("why_not" if why_not else "practice"): "So it is."}


class Practised(Story):
    def __init__(self, *leave_out: str, why_not: tuple[str, ...] = (), reviewed_on: str = "2026-01-05") -> None:
        super().__init__()
        self.the_release = self.release()
        lines = [practice(one, why_not=one in why_not) for one in TOPICS if one not in leave_out]
        self.practices = self.add(DesignPractices, practices=lines, reviewed_on=reviewed_on)

    def said(self, check: str, **arguments: Any) -> Any:
        return run_check(check, self, release=self.the_release, **arguments)


# --- whole and current ---


@keeps(CURRENT)
@breaks(CURRENT)
def test_the_practices_are_looked_at_in_time() -> None:
    story = Practised(reviewed_on="2025-11-25")
    assert story.said(CURRENT, today="2026-11-25").kept
    said = story.said(CURRENT, today="2026-11-26")
    assert (said.sentences, said.about) == ([practices.OVERDUE], [story.labels[story.practices]])


@breaks(CURRENT)
@pytest.mark.parametrize("topic", TOPICS)
def test_the_practices_speak_of_all_topics(topic: str) -> None:
    story = Practised(topic)
    assert story.said(CURRENT).texts == [f"The secure design practices do not speak of {topic}."]
    story.add(DesignPractices, practices=[practice(topic, why_not=True)], reviewed_on="2026-01-05")
    assert story.said(CURRENT).kept


@keeps(CURRENT)
@breaks(CURRENT)
@pytest.mark.parametrize(
    ("topic", "element"),
    [
        ("boundaries-visible", {"kind": "boundary", "debug": False}),
        ("debug-data-guarded", {"kind": "port", "debug": True}),
    ],
)
def test_what_the_model_shows_needs_a_practice(topic: str, element: dict[str, Any]) -> None:
    story = Practised(why_not=tuple(TOPICS))
    story.add(Element, model=story.add(SystemModel), kind="process", debug=False)
    story.add(Element, **element)
    assert story.said(CURRENT).kept
    story.add(Element, model=story.add(SystemModel), **element)
    assert story.said(CURRENT).sentences == [practices.NEEDED_AT_BOUNDARIES]
    story.add(DesignPractices, practices=[practice(topic)], reviewed_on="2026-01-05")
    assert story.said(CURRENT).kept


@breaks(CURRENT)
def test_a_topic_that_is_not_spoken_of_is_told_once() -> None:
    story = Practised("boundaries-visible")
    story.add(Element, model=story.add(SystemModel), kind="boundary", debug=False)
    assert story.said(CURRENT).sentences == [practices.SILENT_ON]


def test_without_practices_there_is_a_gap() -> None:
    assert run_check(CURRENT, Story()).sentences == [run.NOTHING]


# --- applied ---


class Designed(Practised):
    """An architecture that applies all but the first topic, in a layer with a control."""

    def __init__(self, **fields: Any) -> None:
        super().__init__(why_not=("least-privilege",))
        self.layer = self.add(Layer, controls=[self.add(Control)])
        self.design = self.element(practices=TOPICS[2:], layers=[self.layer])

    def element(self, **fields: Any) -> str:
        return self.add(DesignElement, **({"level": "architecture"} | fields))


@keeps(APPLIED)
@breaks(APPLIED)
def test_each_practice_is_applied_somewhere_in_the_architecture() -> None:
    story = Designed()
    assert story.said(APPLIED).texts == [
        "No part of the architecture applies the practices on boundaries-visible, and no deviation lets that be."
    ]
    other = story.element(level="detailed", practices=TOPICS[:1])
    assert story.said(APPLIED).gaps
    story.revise(other, level="architecture")
    assert story.said(APPLIED).kept


@keeps(APPLIED)
@breaks(APPLIED)
def test_a_deviation_lets_a_practice_be_until_it_ends() -> None:
    story = Designed()
    deviation = story.add(
        Deviation, departs_from="design-practice", topic="boundaries-visible", rule=None, until="2026-11-25"
    )
    assert story.said(APPLIED, today="2026-11-25").kept
    assert story.said(APPLIED, today="2026-11-26").gaps
    story.revise(deviation, until=None, topic="simple-mechanisms")
    assert story.said(APPLIED).gaps
    story.revise(deviation, topic="boundaries-visible", departs_from="requirement")
    assert story.said(APPLIED).gaps


@keeps(APPLIED)
@breaks(APPLIED)
def test_the_architecture_stands_in_a_layer_with_controls() -> None:
    story = Designed()
    story.element(practices=TOPICS)
    assert story.said(APPLIED).kept
    story.revise(story.layer, controls=None)
    assert story.said(APPLIED).sentences == [practices.NO_DEFENCE]
    story.revise(story.design, layers=None)
    assert story.said(APPLIED).sentences == [practices.NO_DEFENCE]


def test_without_an_architecture_nothing_is_applied() -> None:
    story = Practised()
    story.add(DesignElement, level="detailed")
    assert story.said(APPLIED).sentences == [run.NOTHING]


@keeps(APPLIED)
@breaks(APPLIED)
def test_a_deviation_counts_while_what_compensates_is_in_force() -> None:
    story = Designed()
    control = story.add(Control)
    given: dict[str, Any] = {"departs_from": "design-practice", "topic": "boundaries-visible", "rule": None}
    story.add(Deviation, compensated_by=[control], **given)
    assert story.said(APPLIED).kept
    story.retire(control)
    assert story.said(APPLIED).gaps
