from __future__ import annotations

from typing import Any

import pytest

from asepsis.record.kind import IncompleteError, Kind, matters, read_content, read_draft, references, signed_part
from asepsis.transition.records import (
    ComponentJustification,
    TransitionAssessment,
    TransitionGap,
    TransitionPlan,
)
from tests.kinds import an_id, as_bytes, content, smallest

LINE = {"clause": "5.2.1", "adequate": "yes"}

BREAKING: list[tuple[type[Kind], dict[str, Any], str]] = [
    (TransitionAssessment, {"sub_clauses": []}, "sub_clauses is empty"),
    (TransitionAssessment, {"sub_clauses": [{"clause": "5.2.1", "adequate": "partly"}]}, "what is missing"),
    (TransitionGap, {"justified": "The device is isolated."}, "names no risk"),
    (TransitionPlan, {"milestones": []}, "milestones is empty"),
    (TransitionPlan, {"milestones": [smallest(TransitionPlan)["milestones"][0] | {"clauses": []}]}, "clauses is empty"),
]

KEEPING: list[tuple[type[Kind], dict[str, Any]]] = [
    (TransitionAssessment, {"sub_clauses": [{"clause": "5.2.1", "adequate": "partly", "why": "No misuse cases."}]}),
    (TransitionGap, {"justified": "The device is isolated.", "risk": an_id("risk")}),
    (TransitionGap, {"risk": an_id("risk")}),
]


@pytest.mark.parametrize(("kind", "overrides", "said"), BREAKING)
def test_what_has_to_be_filled_together_is_asked_for(kind: type[Kind], overrides: dict[str, Any], said: str) -> None:
    with pytest.raises(IncompleteError, match=said):
        read_content(kind, as_bytes(smallest(kind, **overrides)))


@pytest.mark.parametrize(("kind", "overrides", "said"), BREAKING)
def test_a_draft_is_spared_that(kind: type[Kind], overrides: dict[str, Any], said: str) -> None:
    read_draft(kind, as_bytes(smallest(kind, **overrides)))


@pytest.mark.parametrize(("kind", "overrides"), KEEPING)
def test_what_is_filled_together_reads(kind: type[Kind], overrides: dict[str, Any]) -> None:
    read_content(kind, as_bytes(smallest(kind, **overrides)))


def test_a_gap_counts_from_its_first_save() -> None:
    assert TransitionGap.warning(None)
    assert not TransitionAssessment.warning(None)


def test_closing_a_gap_is_progress_and_justifying_it_is_not() -> None:
    before = smallest(TransitionGap)
    closed = smallest(TransitionGap, closed_on="2026-02-01", closed_by=[an_id("run")])
    justified = smallest(TransitionGap, risk=an_id("risk"), justified="It is isolated.")
    assert signed_part(TransitionGap, before) == signed_part(TransitionGap, closed)
    assert signed_part(TransitionGap, before) != signed_part(TransitionGap, justified)


def test_a_milestone_that_is_reached_is_progress_inside_the_plan() -> None:
    milestone = smallest(TransitionPlan)["milestones"][0]
    before, after = (
        smallest(TransitionPlan),
        smallest(TransitionPlan, milestones=[milestone | {"done_on": "2026-02-01"}]),
    )
    assert signed_part(TransitionPlan, before) == signed_part(TransitionPlan, after)
    assert matters(TransitionPlan, before) == matters(TransitionPlan, after)
    assert content(TransitionPlan, milestones=[milestone | {"done_on": "2026-02-01"}]).milestones[0].done_on is not None


def test_what_is_available_for_a_clause_is_rested_on() -> None:
    value = smallest(TransitionAssessment, sub_clauses=[LINE | {"available": [an_id("old requirement")]}])
    (found,) = references(TransitionAssessment, value)
    assert (found.field, found.names) == ("sub_clauses.available", False)


def test_a_justification_without_a_control_reads() -> None:
    assert content(ComponentJustification).control is None
