"""Assumptions: whoever has to see to one was told, or it is tested."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.risk import assumptions
from asepsis.configuration.records import SupplierAgreement
from asepsis.development.records import ReleaseDocument, Requirement, TestCase, TestRun
from asepsis.risk.records import Assumption
from tests.checks.risk.modelled import Modelled
from tests.dossiers import breaks, keeps

HANDED_OVER = "risk.assumptions_handed_over"


def assumed(bearer: str) -> tuple[Modelled, str]:
    story = Modelled()
    return story, story.add(Assumption, about=[story.the_context], falls_to=bearer)


def document(story: Modelled, item: str, *records: str, **fields: Any) -> str:
    anchor = {"item": item, "place": "chapter 3", "tells_of": list(records)}
    return story.add(ReleaseDocument, release=story.the_release, anchors=[anchor], **fields)


@keeps(HANDED_OVER)
@breaks(HANDED_OVER)
@pytest.mark.parametrize("bearer", ["operator", "integrator"])
@pytest.mark.parametrize("item", ["E.2.3", "E.2.3 a", "5.8.2 a"])
def test_operators_and_integrators_are_told(bearer: str, item: str) -> None:
    story, assumption = assumed(bearer)
    said = story.said(HANDED_OVER)
    assert (said.sentences, said.about) == ([assumptions.NOT_TOLD], ["GW-ASM-1"])
    document(story, "5.8.2 d", assumption)
    assert story.said(HANDED_OVER).sentences == [assumptions.NOT_TOLD]
    document(story, item, assumption)
    assert story.said(HANDED_OVER).kept
    story.revise(assumption, day="2026-03-01", statement="Another one.")
    assert story.said(HANDED_OVER).sentences == [assumptions.TOLD_BEFORE]


@breaks(HANDED_OVER)
def test_what_falls_to_the_maker_becomes_a_requirement_that_passes() -> None:
    story, assumption = assumed("manufacturer")
    assert story.said(HANDED_OVER).sentences == [assumptions.NO_REQUIREMENT]
    requirement = story.add(Requirement, because=[assumption])
    case = story.add(TestCase, verifies=[requirement])
    assert story.said(HANDED_OVER).sentences == [assumptions.NOT_TESTED]
    story.add(TestRun, cases=[case], release=story.the_release, build_id="build-of-1.0.0", outcome="pass")
    assert story.said(HANDED_OVER).kept
    story.revise(requirement, day="2026-03-01", statement="Another one.")
    assert story.said(HANDED_OVER).sentences == [assumptions.NOT_TESTED]


def test_results_that_are_not_there_leave_it_open() -> None:
    story, assumption = assumed("manufacturer")
    requirement = story.add(Requirement, because=[assumption])
    case = story.add(TestCase, verifies=[requirement], automation_id="a.test")
    story.add(TestRun, cases=[case], release=story.the_release, build_id="build-of-1.0.0", outcome="pass")
    said = story.said(HANDED_OVER)
    assert ([one.said.sentence for one in said.unknowns], said.gaps) == ([assumptions.RESULTS_ABSENT], [])


@breaks(HANDED_OVER)
def test_suppliers_accepted_what_falls_to_them() -> None:
    story, assumption = assumed("supplier")
    assert story.said(HANDED_OVER).sentences == [assumptions.NOT_PASSED_ON]
    story.add(SupplierAgreement, passed_on=[assumption])
    assert story.said(HANDED_OVER).kept


@breaks(HANDED_OVER)
def test_an_assumption_about_something_retired_is_told_of_its_link() -> None:
    story, assumption = assumed("operator")
    document(story, "E.2.3", assumption)
    story.retire(story.the_context)
    assert len(story.said(HANDED_OVER).gaps) == 1


def test_without_assumptions_nobody_is_told() -> None:
    assert Modelled().said(HANDED_OVER).silent
