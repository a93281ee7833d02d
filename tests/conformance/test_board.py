"""The board: lanes and tiles of what is asked, and the fewest acts that would close the most."""

from __future__ import annotations

from asepsis.clauses.catalogue import catalogue
from asepsis.conformance.assess import assess
from asepsis.conformance.assessment import Thing
from asepsis.conformance.board import acts, board
from asepsis.record.verdict import Verdict
from tests.conformance.assessing import OWNER, given
from tests.conformance.assessments import a_note, an_assessment
from tests.dossiers import ZONE, Story

ROLE = Thing("a" * 32, "ORG-ROL-1")


def test_each_clause_that_asks_something_has_one_tile_in_the_lane_of_its_process() -> None:
    edition = catalogue()
    lanes = board(an_assessment({}), edition).lanes
    assert [lane.process for lane in lanes] == [one.id for one in edition.processes]
    shown = [tile.clause for lane in lanes for tile in lane.tiles]
    assert sorted(shown) == sorted(one.id for one in edition.clauses if one.decided_by is not None)
    assert len(shown) == len(set(shown))


def test_a_lane_counts_its_clauses_with_gaps_and_those_not_known() -> None:
    found = board(an_assessment({"7.2-1": Verdict.GAP, "7.3-1": Verdict.GAP, "7.4-1": Verdict.UNKNOWN}), catalogue())
    risk = next(lane for lane in found.lanes if lane.number == "7")
    assert (risk.gaps, risk.unknowns) == (2, 1)
    assert (found.counts[Verdict.GAP], found.counts[Verdict.UNKNOWN]) == (2, 1)


def test_a_tile_names_who_owes_what_is_most_pressing() -> None:
    notes = (a_note(owner="quality"), a_note(ROLE, owner="security", urgent=True))
    found = board(an_assessment({"7.2-1": Verdict.GAP}, changes={"7.2-1": {"gaps": notes}}), catalogue())
    tile = next(tile for lane in found.lanes for tile in lane.tiles if tile.clause == "7.2")
    assert (tile.owner, tile.urgent, tile.gaps, found.urgent) == ("security", True, 2, 1)


def test_an_act_is_listed_once_however_many_obligations_and_checks_ask_for_it() -> None:
    notes = (a_note(), a_note(check="made.other"))
    assessment = an_assessment({"7.2-1": Verdict.GAP, "7.3-1": Verdict.GAP}, changes={"7.3-1": {"gaps": notes}})
    found = acts(assessment)
    assert [(act.note.said.next(), act.obligations, act.clauses) for act in found] == [
        ("Mend GW-FND-1.", ("7.2-1", "7.3-1"), ("7.2", "7.3"))
    ]


def test_acts_come_urgent_first_then_by_what_they_close_then_by_their_day() -> None:
    things = [Thing(letter * 32, f"GW-FND-{number}") for number, letter in enumerate("abcd", 1)]
    late, soon, wide, urgent = (
        a_note(things[0], due="2026-12-24"),
        a_note(things[1], due="2026-12-01"),
        a_note(things[2]),
        a_note(things[3], urgent=True),
    )
    assessment = an_assessment(
        {"7.2-1": Verdict.GAP, "7.3-1": Verdict.GAP},
        changes={"7.2-1": {"gaps": (late, soon, wide)}, "7.3-1": {"gaps": (wide, urgent)}},
    )
    assert [act.note.about.label for act in acts(assessment)] == ["GW-FND-4", "GW-FND-3", "GW-FND-2", "GW-FND-1"]


def test_what_does_not_count_asks_for_no_act() -> None:
    assert acts(an_assessment({"4.2-4": Verdict.GAP})) == ()


def test_each_gap_that_counts_and_is_not_the_sum_of_others_is_in_an_act() -> None:
    there = assess(given(Story()), catalogue(), product=OWNER, product_name="Gateway", zone=ZONE)
    asked = {obligation for act in acts(there) for obligation in act.obligations}
    with_gaps = {one.id for one in there.obligations if one.counts and one.verdict is Verdict.GAP}
    assert with_gaps - asked == set()
