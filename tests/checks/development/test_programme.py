"""The tests as a whole: which types there are, and that testers judge freely."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.development import programme
from asepsis.configuration.records import SoftwareItem, Supplier, SupplierAgreement
from asepsis.conformance import run
from asepsis.development.records import CarriedForward, Interface, TestPlan
from asepsis.quality.records import ProductProfile
from asepsis.record.slots import SystemRole
from asepsis.risk.records import Element
from tests.checks.development.proven import Proven
from tests.dossiers import breaks, keeps, run_check

TYPES = "development.requirement_test_types"
KINDS = "development.vulnerability_test_kinds"
OBJECTIVE = "development.objectivity_documented"
WHY = {"why": "The environment does not need it."}


class WithRuns(Proven):
    """With counted runs of some types of test."""

    def __init__(self, *types: str, **fields: Any) -> None:
        super().__init__()
        self.plans = {one: self.plan(one) for one in types}
        for plan in self.plans.values():
            self.run(plan, **fields)

    def types(self, check: str) -> list[Any]:
        return [dict(one.said.arguments)["type"] for one in self.said(check).gaps]


# --- tests of requirements ---

OF_REQUIREMENTS = ("requirements", "performance", "boundary", "service-reliance")


@keeps(TYPES)
@breaks(TYPES)
@pytest.mark.parametrize("missing", OF_REQUIREMENTS)
def test_each_type_of_requirement_tests_passed(missing: str) -> None:
    story = WithRuns(*(one for one in OF_REQUIREMENTS if one != missing))
    assert story.types(TYPES) == [missing]
    plan = story.plan(missing)
    story.run(plan, outcome="fail")
    assert story.types(TYPES) == [missing]
    story.run(plan, on="2026-02-02")
    assert story.said(TYPES).kept


@breaks(TYPES)
@pytest.mark.parametrize("missing", OF_REQUIREMENTS[1:])
def test_a_type_that_the_environment_does_not_need_is_left_out_with_a_reason(missing: str) -> None:
    story = WithRuns(*(one for one in OF_REQUIREMENTS if one != missing))
    plan = story.plan(missing, not_available=[WHY | {"leaves_out": [story.the_release]}])
    assert story.said(TYPES).sentences == [programme.NO_PASS_NO_WHY]
    story.revise(plan, not_available=[WHY | {"technique": "load"}])
    assert story.said(TYPES).sentences == [programme.NO_PASS_NO_WHY]
    story.revise(plan, not_available=[WHY])
    assert story.said(TYPES).kept


@breaks(TYPES)
def test_tests_of_requirements_are_never_left_out() -> None:
    story = WithRuns(*OF_REQUIREMENTS[1:])
    story.plan("requirements", not_available=[WHY])
    assert story.said(TYPES).sentences == [programme.NO_PASS]


@breaks(TYPES)
def test_services_that_are_relied_on_are_tested() -> None:
    story = WithRuns(*OF_REQUIREMENTS[:3])
    story.plan("service-reliance", not_available=[WHY])
    profile = story.add(ProductProfile, relies_on_services=False)
    assert story.said(TYPES).kept
    story.revise(profile, relies_on_services=True)
    assert story.said(TYPES).sentences == [programme.NO_PASS]


class Relying(WithRuns):
    """On a service that somebody else runs, with an agreement, tested through an interface."""

    def __init__(self, kind: str = "service", *, tested: bool = True) -> None:
        super().__init__(*OF_REQUIREMENTS)
        self.supplier = self.add(Supplier, kind=kind)
        item = self.add(SoftwareItem, supplier=self.supplier)
        self.element = self.add(Element, kind="external-dependency", items=[item], reachable="external")
        self.interface = self.add(Interface, element=self.element)
        self.agreement = self.agree()
        if tested:
            self.test()

    def agree(self, **fields: Any) -> str:
        return self.add(SupplierAgreement, supplier=self.supplier, **({"activities": ["5.7.1"]} | fields))

    def test(self, type_: str = "service-reliance", **fields: Any) -> str:
        case = self.case(self.plans[type_], interfaces=[self.interface], **fields)
        self.run(self.plans[type_], case)
        return case


@keeps(TYPES)
@breaks(TYPES)
def test_a_case_goes_through_an_interface_of_each_service() -> None:
    story = Relying(tested=False)
    assert (story.said(TYPES).sentences, story.said(TYPES).about) == (
        [programme.SERVICE_UNTESTED],
        [story.labels[story.element]],
    )
    story.test("requirements")
    assert story.said(TYPES).gaps
    story.test()
    assert story.said(TYPES).kept


@breaks(TYPES)
def test_an_interface_of_a_service_that_changed_is_looked_at_again() -> None:
    story = Relying()
    story.revise(story.interface, day="2026-02-02", privileges="none")
    assert story.said(TYPES).sentences == [programme.SERVICE_UNTESTED]


def test_results_of_a_service_that_are_not_here_are_not_known() -> None:
    story = Relying(tested=False)
    story.test(steps=None, automation_id="service")
    assert [one.said.sentence for one in story.said(TYPES).unknowns] == [programme.SERVICE_NOT_KNOWN]


@breaks(TYPES)
def test_it_is_agreed_with_who_runs_a_service_who_does_what() -> None:
    story = Relying()
    assert story.said(TYPES).kept
    story.revise(story.agreement, activities=[])
    said = story.said(TYPES)
    assert (said.sentences, said.gaps[0].owner) == ([programme.NOBODY_SAID], SystemRole.QUALITY)
    story.agree(until="2026-11-25")
    assert story.said(TYPES, today="2026-11-25").kept
    assert story.said(TYPES, today="2026-11-26").sentences == [programme.NOBODY_SAID]


@pytest.mark.parametrize("kind", ["made-for-us", "off-the-shelf", "open-source"])
def test_what_nobody_runs_for_us_is_no_service(kind: str) -> None:
    story = Relying(kind, tested=False)
    story.retire(story.agreement)
    assert story.said(TYPES).kept


def test_only_outside_dependencies_are_services() -> None:
    story = Relying(tested=False)
    story.revise(story.element, kind="process")
    assert story.said(TYPES).kept


@breaks(TYPES)
def test_a_service_takes_tests_of_its_type() -> None:
    story = Relying()
    story.retire(story.plans["service-reliance"])
    story.plan("service-reliance", not_available=[WHY])
    assert programme.NO_PASS in story.said(TYPES).sentences


@breaks(TYPES)
@breaks(KINDS)
@breaks(OBJECTIVE)
def test_without_a_plan_there_is_a_gap() -> None:
    for check in (TYPES, KINDS, OBJECTIVE):
        assert Proven().said(check).sentences == [run.NOTHING]


# --- tests for vulnerabilities ---

FOR_VULNERABILITIES = ("vulnerability", "attack-surface", "known-vulnerabilities", "composition", "dynamic")


@keeps(KINDS)
@breaks(KINDS)
@pytest.mark.parametrize("missing", FOR_VULNERABILITIES)
def test_vulnerabilities_are_looked_for_in_each_way(missing: str) -> None:
    story = WithRuns(*(one for one in FOR_VULNERABILITIES if one != missing))
    said = story.said(KINDS)
    assert said.sentences == [programme.NO_DYNAMIC_RUN if missing == "dynamic" else programme.NO_RUN]
    assert said.gaps[0].obligation == ("5.7.3-4" if missing == "dynamic" else None)
    story.run(story.plan(missing))
    assert story.said(KINDS).kept


def test_a_run_that_found_something_was_run() -> None:
    assert WithRuns(*FOR_VULNERABILITIES, outcome="fail").said(KINDS).kept


@breaks(KINDS)
def test_only_runs_on_the_build_were_run() -> None:
    assert len(WithRuns(*FOR_VULNERABILITIES, build_id="another").said(KINDS).gaps) == 5


@breaks(KINDS)
def test_dynamic_tests_are_left_out_where_no_tool_was_found_for_the_platform() -> None:
    story = WithRuns(*FOR_VULNERABILITIES[:4])
    plan = story.plan("dynamic")
    whole = WHY | {"platform": "PIC18", "tools_looked_for": ["valgrind"]}
    for lacking in ("platform", "tools_looked_for"):
        story.revise(plan, not_available=[{name: one for name, one in whole.items() if name != lacking}])
        assert story.said(KINDS).sentences == [programme.NO_DYNAMIC_RUN]
    story.revise(plan, not_available=[whole])
    assert story.said(KINDS).kept


@breaks(KINDS)
@pytest.mark.parametrize("missing", FOR_VULNERABILITIES[:4])
def test_no_other_kind_is_left_out(missing: str) -> None:
    story = WithRuns(*(one for one in FOR_VULNERABILITIES if one != missing))
    story.plan(missing, not_available=[WHY | {"platform": "PIC18", "tools_looked_for": ["valgrind"]}])
    assert story.types(KINDS) == [missing]


@breaks(KINDS)
def test_scans_are_never_carried_forward() -> None:
    story = WithRuns()
    runs = [story.run(story.plan(one)) for one in FOR_VULNERABILITIES]
    later = story.release("2.0.0", predecessor=story.the_release)
    story.add(
        CarriedForward,
        release=later,
        from_release=story.the_release,
        records=[{"record": one, "why_unaffected": "It is not touched."} for one in runs],
    )
    said = run_check(KINDS, story, release=later)
    assert {dict(one.said.arguments)["type"] for one in said.gaps} == {"known-vulnerabilities", "composition"}


# --- objectivity ---

OBJECTIVELY = (
    "attack-surface",
    "requirements",
    "threat-mitigation",
    "vulnerability",
    "known-vulnerabilities",
    "penetration",
)
FREELY = "They report to the head of quality."


class Planned(Proven):
    def __init__(self, *types: str) -> None:
        super().__init__()
        for one in types:
            self.plan(one, objectivity=FREELY)


@keeps(OBJECTIVE)
@breaks(OBJECTIVE)
@pytest.mark.parametrize("missing", OBJECTIVELY)
def test_six_types_say_how_testers_judge_freely(missing: str) -> None:
    story = Planned(*(one for one in OBJECTIVELY if one != missing))
    said = story.said(OBJECTIVE)
    assert said.sentences == [programme.NOT_OBJECTIVE]
    plan = story.plan(missing, independence=3)
    assert story.said(OBJECTIVE).sentences == [programme.NOT_OBJECTIVE]
    story.revise(plan, objectivity=FREELY)
    assert story.said(OBJECTIVE).kept


@breaks(OBJECTIVE)
def test_a_plan_below_the_policy_says_why() -> None:
    story = Planned(*OBJECTIVELY)
    plan = story.plan("requirements", independence=2)
    assert story.said(OBJECTIVE).kept
    story.set_policy("development.independence.requirements", 3)
    said = story.said(OBJECTIVE)
    assert (said.sentences, said.about) == ([programme.BELOW_POLICY], [story.labels[plan]])
    story.revise(plan, objectivity=FREELY)
    assert story.said(OBJECTIVE).kept


@breaks(OBJECTIVE)
def test_one_gap_is_enough_for_a_plan_that_lacks_both() -> None:
    story = Planned(*(one for one in OBJECTIVELY if one != "penetration"))
    story.plan("penetration", independence=0)
    assert story.said(OBJECTIVE).sentences == [programme.BELOW_POLICY]


@pytest.mark.parametrize("type_", ["static", "composition", "dynamic", "integration", "performance", "boundary"])
def test_other_types_need_no_words(type_: str) -> None:
    story = Planned(*OBJECTIVELY)
    story.plan(type_)
    assert story.said(OBJECTIVE).kept


@breaks(OBJECTIVE)
def test_a_draft_says_nothing() -> None:
    story = Planned(*OBJECTIVELY[1:])
    story.draft(TestPlan, type=OBJECTIVELY[0], objectivity=FREELY)
    assert story.said(OBJECTIVE).sentences == [programme.NOT_OBJECTIVE]
