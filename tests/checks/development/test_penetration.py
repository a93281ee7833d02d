"""Penetration tests: every way in and every threat is in scope, or left out with a reason."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.development import penetration
from asepsis.conformance import run
from asepsis.development.records import Interface
from asepsis.risk.records import Element, Threat
from tests.checks.development.proven import Proven
from tests.dossiers import breaks, keeps

SCOPE = "development.penetration_scope"


class Attacked(Proven):
    """With one way in and one threat on what can be reached from outside."""

    def __init__(self, reach: str = "external", reachable: str = "external", disposition: str = "mitigate") -> None:
        super().__init__()
        self.interface = self.add(Interface, reach=reach)
        self.element = self.add(Element, kind="process", reachable=reachable)
        self.threat = self.add(Threat, element=self.element, disposition=disposition, why="It is so.")

    def attack(self, *scope: str, **fields: Any) -> str:
        """Return the plan under which it was attacked."""
        plan = self.plan("penetration", scope=scope, **fields)
        self.run(plan)
        return plan


@keeps(SCOPE)
@breaks(SCOPE)
@pytest.mark.parametrize("reach", ["external", "both"])
def test_every_way_in_is_in_scope(reach: str) -> None:
    story = Attacked(reach)
    plan = story.attack(story.threat)
    said = story.said(SCOPE)
    assert said.sentences == [penetration.OUT_OF_SCOPE]
    assert f"leaves out 1 interfaces without a reason: {story.labels[story.interface]}." in said.texts[0]
    story.revise(plan, scope=[story.threat, story.interface])
    assert story.said(SCOPE).kept


@breaks(SCOPE)
@pytest.mark.parametrize("reachable", ["external", "both"])
def test_every_threat_to_what_can_be_reached_is_in_scope(reachable: str) -> None:
    story = Attacked(reachable=reachable)
    plan = story.attack(story.interface)
    said = story.said(SCOPE)
    assert f"leaves out 1 threats without a reason: {story.labels[story.threat]}." in said.texts[0]
    story.revise(plan, scope=[story.interface, story.element])
    assert story.said(SCOPE).kept


@pytest.mark.parametrize(
    "fields",
    [
        {"reach": "internal", "reachable": "internal"},
        {"reach": "internal", "reachable": "none"},
        {"reach": "internal", "disposition": "accept"},
    ],
)
def test_what_cannot_be_reached_or_is_not_countered_may_stay_out(fields: dict[str, Any]) -> None:
    story = Attacked(**fields)
    story.attack()
    assert story.said(SCOPE).kept


def test_the_element_in_scope_brings_its_interfaces_with_it() -> None:
    story = Attacked()
    story.revise(story.interface, element=story.element)
    story.attack(story.element)
    assert story.said(SCOPE).kept


def test_a_case_of_the_plan_brings_what_it_attacks() -> None:
    story = Attacked()
    plan = story.attack(story.threat)
    story.case(story.plan("vulnerability"), interfaces=[story.interface])
    assert story.said(SCOPE).gaps
    story.case(plan, interfaces=[story.interface])
    assert story.said(SCOPE).kept


@breaks(SCOPE)
def test_what_is_left_out_has_its_reason() -> None:
    story = Attacked()
    plan = story.attack(story.threat, not_available=[{"why": "It cannot be done."}])
    assert story.said(SCOPE).gaps
    left_out = {"leaves_out": [story.interface], "why": "It is sealed."}
    story.revise(plan, not_available=[left_out | {"technique": "fuzz"}])
    assert story.said(SCOPE).gaps
    story.revise(plan, not_available=[left_out])
    assert story.said(SCOPE).kept


@breaks(SCOPE)
def test_what_changed_since_is_looked_at_again() -> None:
    story = Attacked()
    plan = story.attack(story.interface, story.threat)
    story.revise(story.threat, day="2026-02-02", actor="another")
    said = story.said(SCOPE)
    assert said.sentences == [penetration.CHANGED_SINCE]
    assert story.labels[story.threat] in said.texts[0]
    story.look(plan, story.threat, day="2026-02-03")
    assert story.said(SCOPE).kept


def test_several_tests_may_share_the_scope() -> None:
    story = Attacked()
    story.attack(story.interface)
    story.attack(story.threat)
    assert story.said(SCOPE).kept


@breaks(SCOPE)
def test_the_scope_of_a_plan_under_which_nothing_was_run_does_not_count() -> None:
    story = Attacked()
    story.attack(story.interface)
    story.plan("penetration", scope=[story.threat])
    assert story.said(SCOPE).gaps


@breaks(SCOPE)
def test_the_tools_are_named() -> None:
    story = Attacked()
    attacked = story.run(story.plan("penetration", scope=[story.interface, story.threat]), tools=[])
    said = story.said(SCOPE)
    assert (said.sentences, said.about) == ([penetration.NO_TOOLS], [story.labels[attacked]])


@breaks(SCOPE)
def test_a_test_that_nobody_signed_is_none() -> None:
    story = Attacked()
    plan = story.plan("penetration", scope=[story.interface, story.threat])
    story.run(plan, make=story.draft, outcome="fail")
    assert story.said(SCOPE).sentences == [penetration.NOT_SIGNED]
    story.run(plan, outcome="fail")
    assert story.said(SCOPE).kept


@breaks(SCOPE)
@pytest.mark.parametrize("fields", [{"build_id": "another"}, {"release": "f" * 32}])
def test_a_test_of_another_build_is_none(fields: dict[str, Any]) -> None:
    story = Attacked()
    story.run(story.plan("penetration", scope=[story.interface, story.threat]), **fields)
    story.run(story.plan("vulnerability", scope=[story.interface, story.threat]))
    assert story.said(SCOPE).sentences == [run.NOTHING]
