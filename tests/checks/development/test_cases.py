"""Test cases: requirements, boundaries, ways in and controls are put to the test, and pass."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.development import cases
from asepsis.conformance import run
from asepsis.development.records import Interface, Requirement
from asepsis.exchange.facts import Case
from asepsis.risk.records import Assumption, Control, Element, SystemModel, Threat
from tests.checks.development.proven import Proven, change
from tests.dossiers import Cast, breaks, evidence, keeps

REQUIREMENTS = "development.requirements_tested"
BOUNDARIES = "development.boundary_integration_tests"
ATTACKED = "development.external_interfaces_attacked"
MITIGATIONS = "development.mitigations_tested"

# --- requirements ---


class Required(Proven):
    def __init__(self) -> None:
        super().__init__()
        self.requirement = self.add(Requirement)
        self.the_plan = self.plan()

    def decides(self, **fields: Any) -> str:
        return self.case(self.the_plan, verifies=[self.requirement], **fields)

    def automated(self) -> str:
        return self.decides(steps=None, automation_id="login.lockout")


@keeps(REQUIREMENTS)
@breaks(REQUIREMENTS)
def test_a_requirement_is_decided_by_a_case_that_passed() -> None:
    story = Required()
    assert story.said(REQUIREMENTS).sentences == [cases.NOT_TESTED]
    case = story.decides()
    said = story.said(REQUIREMENTS)
    assert (said.sentences, said.about) == ([cases.NOT_TESTED], [story.labels[story.requirement]])
    assert f"has passed on {story.labels[story.the_release]}." in said.texts[0]
    story.run(story.the_plan, case)
    assert story.said(REQUIREMENTS).kept


@breaks(REQUIREMENTS)
@pytest.mark.parametrize("fields", [{"build_id": "another"}, {"release": "f" * 32}])
def test_only_a_run_on_the_build_of_the_release_counts(fields: dict[str, Any]) -> None:
    story = Required()
    story.run(story.the_plan, story.decides(), **fields)
    assert story.said(REQUIREMENTS).gaps


@breaks(REQUIREMENTS)
def test_a_case_that_fails_counts_beside_one_that_passed() -> None:
    story = Required()
    failing = story.decides()
    story.run(story.the_plan, story.decides(), failing)
    assert story.said(REQUIREMENTS).kept
    story.run(story.the_plan, failing, outcome="fail", on="2026-02-02")
    said = story.said(REQUIREMENTS)
    assert said.sentences == [cases.FAILS]
    assert story.labels[failing] in said.texts[0]
    story.run(story.the_plan, failing, on="2026-02-03")
    assert story.said(REQUIREMENTS).kept


@breaks(REQUIREMENTS)
def test_a_failing_run_counts_before_anybody_signs_it() -> None:
    story = Required()
    case = story.decides()
    story.run(story.the_plan, case)
    story.run(story.the_plan, case, outcome="fail", make=story.draft)
    assert story.said(REQUIREMENTS).sentences == [cases.FAILS]
    story.run(story.the_plan, case, on="2026-02-02")
    assert story.said(REQUIREMENTS).kept


@breaks(REQUIREMENTS)
@pytest.mark.parametrize("outcome", ["fail", "error"])
def test_the_report_tells_of_automated_cases(outcome: Any) -> None:
    story = Required()
    story.run(story.the_plan, story.automated())
    story.results(Case("login.lockout", "pass"))
    assert story.said(REQUIREMENTS).kept
    story.results(Case("login.lockout", outcome))
    assert story.said(REQUIREMENTS).sentences == [cases.FAILS]
    story.results(Case("another", "pass"))
    assert story.said(REQUIREMENTS).sentences == [cases.NOT_TESTED]


def test_results_that_are_not_here_are_not_known() -> None:
    story = Required()
    story.run(story.the_plan, story.automated())
    said = story.said(REQUIREMENTS)
    assert [one.said.sentence for one in said.unknowns] == [cases.NOT_KNOWN]
    story.results(Case("login.lockout", "pass"), readable=False)
    assert [one.said.sentence for one in story.said(REQUIREMENTS).unknowns] == [run.UNREADABLE]


@breaks(REQUIREMENTS)
def test_a_requirement_that_changed_is_looked_at_again() -> None:
    story = Required()
    case = story.decides()
    story.run(story.the_plan, case)
    story.revise(story.requirement, day="2026-02-02", criterion="Within 4 minutes.")
    assert story.said(REQUIREMENTS).sentences == [cases.TESTED_BEFORE]
    story.look(case, story.requirement, day="2026-02-03")
    assert story.said(REQUIREMENTS).kept


@breaks(REQUIREMENTS)
def test_without_a_requirement_there_is_a_gap() -> None:
    assert Proven().said(REQUIREMENTS).sentences == [run.NOTHING]


# --- boundaries ---


class Bounded(Proven):
    def __init__(self) -> None:
        super().__init__()
        self.model = self.add(SystemModel)
        self.boundary = self.element("boundary")

    def element(self, kind: str, **fields: Any) -> str:
        given = {"model": self.model, "kind": kind, "reachable": "external"}
        return self.add(Element, **(given | fields))

    def tests(self, type_: str = "integration", **fields: Any) -> str:
        plan = self.plan(type_)
        case = self.case(plan, boundaries=[self.boundary])
        self.run(plan, case, **fields)
        return case


@keeps(BOUNDARIES)
@breaks(BOUNDARIES)
def test_a_boundary_is_tested_when_parts_come_together() -> None:
    story = Bounded()
    said = story.said(BOUNDARIES)
    assert (said.sentences, said.about) == ([cases.BOUNDARY_UNTESTED], [story.labels[story.boundary]])
    assert story.labels[story.the_release] in said.texts[0]
    story.tests()
    assert story.said(BOUNDARIES).kept


@breaks(BOUNDARIES)
def test_a_case_of_a_boundary_has_to_pass() -> None:
    story = Bounded()
    story.tests(outcome="fail")
    assert story.said(BOUNDARIES).sentences == [cases.BOUNDARY_UNTESTED]


@breaks(BOUNDARIES)
def test_a_plan_may_say_why_a_boundary_is_not_tested() -> None:
    story = Bounded()
    plan = story.plan("integration", not_available=[{"why": "There is none."}])
    assert story.said(BOUNDARIES).gaps
    story.revise(plan, not_available=[{"leaves_out": [story.boundary], "why": "Both sides are alike."}])
    assert story.said(BOUNDARIES).kept
    other = Bounded()
    other.plan("boundary", not_available=[{"leaves_out": [other.boundary], "why": "Both sides are alike."}])
    assert other.said(BOUNDARIES).gaps


@breaks(BOUNDARIES)
def test_another_type_of_test_takes_the_independence_it_asks() -> None:
    story = Bounded()
    story.source(change("c1", author=Cast.DEVELOPER))
    story.tests("vulnerability", tester=Cast.TESTER)
    assert story.said(BOUNDARIES).kept
    near = Bounded()
    near.source(change("c1", author=Cast.TESTER))
    case = near.tests("vulnerability", tester=Cast.TESTER)
    assert near.said(BOUNDARIES).sentences == [cases.BOUNDARY_TOO_NEAR]
    assert near.labels[case] in near.said(BOUNDARIES).texts[0]


@breaks(BOUNDARIES)
def test_static_analysis_tests_no_boundary() -> None:
    story = Bounded()
    story.tests("static")
    assert story.said(BOUNDARIES).sentences == [cases.BOUNDARY_UNTESTED]


def test_where_the_independence_cannot_be_told_it_is_not_known() -> None:
    story = Bounded()
    story.source(change("c1"))
    story.tests("requirements")
    assert [one.said.sentence for one in story.said(BOUNDARIES).unknowns] == [cases.BOUNDARY_NOT_KNOWN]


@pytest.mark.parametrize("type_", ["integration", "boundary", "vulnerability"])
def test_results_of_boundaries_that_are_not_here_are_not_known(type_: str) -> None:
    story = Bounded()
    plan = story.plan(type_)
    story.run(plan, story.case(plan, boundaries=[story.boundary], steps=None, automation_id="edge"), tester=Cast.WRITER)
    assert [one.said.sentence for one in story.said(BOUNDARIES).unknowns] == [cases.BOUNDARY_NOT_KNOWN]


@breaks(BOUNDARIES)
@pytest.mark.parametrize("type_", ["integration", "boundary"])
def test_a_boundary_that_changed_is_looked_at_again(type_: str) -> None:
    story = Bounded()
    case = story.tests(type_)
    story.revise(story.boundary, day="2026-02-02", zone="another")
    assert story.said(BOUNDARIES).sentences == [cases.BOUNDARY_CHANGED]
    story.look(case, story.boundary, day="2026-02-03")
    assert story.said(BOUNDARIES).kept


@breaks(BOUNDARIES)
def test_without_a_boundary_there_is_a_gap() -> None:
    story = Bounded()
    story.element("process")
    story.retire(story.boundary)
    assert story.said(BOUNDARIES).sentences == [run.NOTHING]
    other = Bounded()
    other.retire(other.model)
    assert run.NOTHING in other.said(BOUNDARIES).sentences


# --- ways in ---


class WithWays(Proven):
    def __init__(self, reach: str = "external") -> None:
        super().__init__()
        self.interface = self.add(Interface, reach=reach)
        self.the_plan = self.plan("vulnerability")

    def attack(self, *techniques: str, **fields: Any) -> None:
        for technique in techniques:
            case = self.case(self.the_plan, interfaces=[self.interface], technique=technique, **fields)
            self.run(self.the_plan, case)


@keeps(ATTACKED)
@breaks(ATTACKED)
@pytest.mark.parametrize("reach", ["external", "both"])
@pytest.mark.parametrize("missing", ["abuse", "malformed", "fuzz", "load"])
def test_each_way_in_is_attacked_in_four_ways(missing: str, reach: str) -> None:
    story = WithWays(reach)
    story.attack(*({"abuse", "malformed", "fuzz", "load"} - {missing}))
    said = story.said(ATTACKED)
    assert (said.sentences, said.about) == ([cases.NOT_ATTACKED], [story.labels[story.interface]])
    assert f"attacks it by {missing}." in said.texts[0]
    story.attack(missing)
    assert story.said(ATTACKED).kept


@breaks(ATTACKED)
def test_what_no_tool_attacks_is_said_in_the_plan() -> None:
    story = WithWays()
    story.attack("abuse", "malformed", "load")
    unavailable = {"leaves_out": [story.interface], "technique": "fuzz", "why": "No tool speaks it."}
    story.revise(story.the_plan, not_available=[unavailable | {"leaves_out": []}])
    assert story.said(ATTACKED).gaps
    story.revise(story.the_plan, not_available=[unavailable])
    assert story.said(ATTACKED).kept


def test_a_way_in_may_be_left_out_as_a_whole() -> None:
    story = WithWays()
    story.revise(story.the_plan, not_available=[{"leaves_out": [story.interface], "why": "No tool speaks it."}])
    assert story.said(ATTACKED).kept


@breaks(ATTACKED)
def test_only_the_plan_of_vulnerability_tests_says_that_no_tool_exists() -> None:
    story = WithWays()
    story.plan("penetration", not_available=[{"leaves_out": [story.interface], "why": "No tool speaks it."}])
    assert story.said(ATTACKED).gaps


@breaks(ATTACKED)
def test_an_interface_that_changed_is_looked_at_again() -> None:
    story = WithWays()
    story.attack("abuse", "malformed", "fuzz", "load")
    story.revise(story.interface, day="2026-02-02", privileges="none")
    assert story.said(ATTACKED).sentences == [cases.ATTACKED_BEFORE]


def test_results_of_attacks_that_are_not_here_are_not_known() -> None:
    story = WithWays()
    story.attack("abuse", "malformed", "fuzz")
    story.attack("load", steps=None, automation_id="load")
    assert [one.said.sentence for one in story.said(ATTACKED).unknowns] == [cases.ATTACKS_NOT_KNOWN]


@breaks(ATTACKED)
def test_without_a_way_in_there_is_a_gap() -> None:
    assert WithWays("internal").said(ATTACKED).sentences == [run.NOTHING]


# --- controls ---


class Controlled(Proven):
    def __init__(self, *, disposition: str = "mitigate", **fields: Any) -> None:
        super().__init__()
        element = self.add(Element, kind="process", reachable="external")
        self.threat = self.add(Threat, element=element, disposition=disposition, why="It is so.")
        self.control = self.add(Control, **({"kind": "protective", "mitigates": [self.threat]} | fields))
        self.the_plan = self.plan("threat-mitigation")

    def challenge(self, *aims: str, threat: bool = False, how: Any = None, **fields: Any) -> str:
        challenges = [{"control": self.control, "aim": aim} for aim in aims]
        if threat:
            challenges = [one | {"threat": self.threat} for one in challenges]
        case = self.case(self.the_plan, challenges=challenges, **(how or {}))
        self.run(self.the_plan, case, **fields)
        return case


AIMS = ("works", "gets-round", "no-new-weakness")


@keeps(MITIGATIONS)
@breaks(MITIGATIONS)
@pytest.mark.parametrize("kind", ["inherent", "protective"])
@pytest.mark.parametrize("missing", AIMS)
def test_each_control_is_tried_in_three_ways(missing: str, kind: str) -> None:
    story = Controlled(kind=kind)
    story.challenge(*(aim for aim in AIMS if aim != missing))
    said = story.said(MITIGATIONS)
    assert (said.sentences, said.about) == ([cases.AIM_MISSING], [story.labels[story.control]])
    assert story.labels[story.the_release] in said.texts[0]
    story.challenge(missing)
    assert story.said(MITIGATIONS).kept


@breaks(MITIGATIONS)
def test_one_that_failed_shows_nothing() -> None:
    story = Controlled()
    story.challenge(*AIMS, outcome="fail")
    assert story.said(MITIGATIONS).sentences == [cases.AIM_MISSING]


@breaks(MITIGATIONS)
@pytest.mark.parametrize("changed", ["control", "threat"])
def test_where_control_or_threat_changed_it_is_looked_at_again(changed: str) -> None:
    story = Controlled()
    case = story.challenge(*AIMS, threat=True)
    assert story.said(MITIGATIONS).kept
    if changed == "control":
        story.revise(story.control, day="2026-02-02", indicator="another")
    else:
        story.revise(story.threat, day="2026-02-02", actor="another")
    assert cases.AIM_CHANGED in story.said(MITIGATIONS).sentences
    story.look(case, story.control if changed == "control" else story.threat, day="2026-02-03")
    assert story.said(MITIGATIONS).kept


def test_results_of_challenges_that_are_not_here_are_not_known() -> None:
    story = Controlled()
    story.challenge(*AIMS, how={"steps": None, "automation_id": "lock"}, report=evidence("another"))
    assert [one.said.sentence for one in story.said(MITIGATIONS).unknowns] == [cases.AIM_NOT_KNOWN]


@breaks(MITIGATIONS)
def test_a_control_that_was_handed_over_is_not_ours_to_test() -> None:
    for bearer in ("operator", "integrator", "supplier"):
        story = Controlled()
        story.add(Assumption, about=[story.control], falls_to="manufacturer")
        assert story.said(MITIGATIONS).sentences == [cases.AIM_MISSING]
        story.add(Assumption, about=[story.control], falls_to=bearer)
        assert story.said(MITIGATIONS).sentences == [run.NOTHING]


@breaks(MITIGATIONS)
@pytest.mark.parametrize(
    "fields", [{"kind": "information"}, {"mitigates": []}, {"disposition": "accept"}, {"disposition": "transfer"}]
)
def test_other_controls_are_not_looked_at(fields: dict[str, Any]) -> None:
    assert Controlled(**fields).said(MITIGATIONS).sentences == [run.NOTHING]
