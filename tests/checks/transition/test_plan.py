"""The plan to all clauses: each gap in it, milestones reached, and an end that stays."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.transition import plan
from asepsis.conformance import run
from asepsis.quality.records import ImprovementAction
from asepsis.transition.records import TransitionPlan
from tests.checks.transition.transitional import Transitional
from tests.dossiers import breaks, keeps

ON_TRACK = "transition.plan_on_track"


class Planned(Transitional):
    """A plan with one milestone for clause 5.2.1, due today."""

    def __init__(self, **fields: Any) -> None:
        super().__init__()
        given: dict[str, Any] = {
            "milestones": [self.milestone()],
            "full_by": "2027-12-31",
            "review_by": "2027-01-31",
        }
        self.the_transition = self.add(TransitionPlan, **(given | fields))

    @staticmethod
    def milestone(*clauses: str, due: str = "2026-11-25", **fields: Any) -> dict[str, Any]:
        return {"what": "requirements", "clauses": list(clauses or ("5.2.1",)), "due": due} | fields


@keeps(ON_TRACK)
@breaks(ON_TRACK)
def test_a_milestone_is_reached_by_its_day() -> None:
    story = Planned()
    assert story.said(ON_TRACK, today="2026-11-25").kept
    said = story.said(ON_TRACK, today="2026-11-26")
    assert (said.sentences, said.about) == ([plan.MILESTONE_OVERDUE], ["GW-TPN-1"])
    story.revise(story.the_transition, milestones=[story.milestone(done_on="2026-11-26")])
    assert story.said(ON_TRACK, today="2026-11-26").kept


@breaks(ON_TRACK)
@pytest.mark.parametrize("fields", [{}, {"justified": "It is small."}])
@pytest.mark.parametrize("signed", [True, False])
def test_each_clause_with_an_open_gap_is_in_a_milestone(fields: dict[str, Any], signed: bool) -> None:
    story = Planned()
    story.a_gap(clause="5.2.1", signed=signed, **fields)
    assert story.said(ON_TRACK).kept
    story.a_gap(clause="5.7.3", signed=signed, **fields)
    said = story.said(ON_TRACK)
    assert said.sentences == [plan.NO_MILESTONE]
    assert "GW-TGP-2" in said.texts[0]
    story.revise(story.the_transition, milestones=[story.milestone("5.2.1", "5.7.3")])
    assert story.said(ON_TRACK).kept


def test_a_closed_gap_needs_no_milestone() -> None:
    story = Planned()
    story.a_gap(clause="5.7.3", closed_on="2026-02-01")
    assert story.said(ON_TRACK).kept


@breaks(ON_TRACK)
def test_a_milestone_is_not_reached_while_all_its_clauses_have_gaps() -> None:
    story = Planned(milestones=[Planned.milestone("5.2.1", "5.7.3", done_on="2026-02-01")])
    story.a_gap(clause="5.2.1")
    assert story.said(ON_TRACK).kept
    story.a_gap(clause="5.7.3")
    assert story.said(ON_TRACK).sentences == [plan.NOT_REACHED]


@breaks(ON_TRACK)
def test_the_plan_ends_with_its_last_milestone_and_in_time() -> None:
    story = Planned(full_by="2026-11-25")
    assert story.said(ON_TRACK, today="2026-11-25").kept
    late = Planned(full_by="2026-11-24")
    assert late.said(ON_TRACK, today="2026-11-24").sentences == [plan.ENDS_TOO_EARLY]
    over = Planned(full_by="2026-11-25", milestones=[Planned.milestone(done_on="2026-02-01")])
    assert over.said(ON_TRACK, today="2026-11-26").sentences == [plan.OVER]


@breaks(ON_TRACK)
def test_the_plan_is_looked_at_again_by_its_day() -> None:
    story = Planned(review_by="2026-11-25")
    assert story.said(ON_TRACK, today="2026-11-25").kept
    assert plan.REVIEW_OVER in story.said(ON_TRACK, today="2026-11-26").sentences


def moved(*ends: str) -> Planned:
    story = Planned()
    for number, end in enumerate(ends):
        story.revise(story.the_transition, day=f"2026-02-0{number + 1}", full_by=end)
    return story


@breaks(ON_TRACK)
def test_its_end_is_not_moved_later_twice_running_without_an_action() -> None:
    assert moved("2028-01-31").said(ON_TRACK).kept
    assert moved("2028-01-31", "2027-12-31", "2028-01-31").said(ON_TRACK).kept
    story = moved("2028-01-31", "2028-02-29")
    assert story.said(ON_TRACK).sentences == [plan.SLIPS]
    story.add(ImprovementAction, day="2026-01-31", because=[story.the_transition])
    assert story.said(ON_TRACK).sentences == [plan.SLIPS]
    story.add(ImprovementAction, day="2026-02-01", because=[story.the_transition])
    assert story.said(ON_TRACK).kept


@breaks(ON_TRACK)
def test_other_revisions_between_two_moves_do_not_hide_them() -> None:
    story = moved("2028-01-31", "2028-01-31", "2028-02-29")
    assert story.said(ON_TRACK).sentences == [plan.SLIPS]


def test_without_a_plan_there_is_a_gap() -> None:
    assert Transitional().said(ON_TRACK).sentences == [run.NOTHING]
