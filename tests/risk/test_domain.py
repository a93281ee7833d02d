from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from asepsis.record.slots import SystemRole
from asepsis.risk.domain import approver_of, cell_of, cell_of_risk, harm_rank, initial_cell, is_high, mildest
from asepsis.risk.grid import Cell, Method, ScoreMethod, Verdict, faults
from asepsis.risk.records import Risk, RiskPlan
from tests.kinds import content

CVSS = Method(method=ScoreMethod.CVSS4_0, version="4.0", lowest="0.0", highest="10.0", step="0.1")
LEVELS = ("none", "minor", "grave")
BANDS = (("0.0", "3.9"), ("4.0", "6.9"), ("7.0", "10.0"))


def band(number: int, harm: str, verdict: str, approver: str | None = None) -> dict[str, Any]:
    low, high = BANDS[number]
    return {
        "method": "cvss4.0",
        "score_from": low,
        "score_to": high,
        "harm": harm,
        "verdict": verdict,
        "approver": approver,
    }


PLAN = content(
    RiskPlan,
    harm_scale=[{"level": level, "meaning": f"Somebody suffers {level} harm."} for level in LEVELS],
    cells=[
        band(0, "none", "acceptable"),
        band(1, "none", "acceptable"),
        band(2, "none", "needs-approval", "quality"),
        band(0, "minor", "acceptable"),
        band(1, "minor", "needs-approval", "clinical"),
        band(2, "minor", "unacceptable"),
        band(0, "grave", "needs-approval", "safety"),
        band(1, "grave", "unacceptable", "management"),
        band(2, "grave", "unacceptable", "management"),
    ],
)


@pytest.mark.parametrize(
    ("number", "verdict"),
    [
        ("0.0", Verdict.ACCEPTABLE),
        ("3.9", Verdict.ACCEPTABLE),
        ("4.0", Verdict.NEEDS_APPROVAL),
        ("6.9", Verdict.NEEDS_APPROVAL),
        ("7.0", Verdict.UNACCEPTABLE),
        ("10.0", Verdict.UNACCEPTABLE),
    ],
)
def test_both_ends_of_a_band_are_inside_it(number: str, verdict: Verdict) -> None:
    cell = cell_of(PLAN, ScoreMethod.CVSS4_0, number, "minor")
    assert cell is not None
    assert cell.verdict is verdict


@pytest.mark.parametrize(
    ("method", "number", "harm"),
    [
        (ScoreMethod.CVSS4_0, "10.1", "minor"),
        (ScoreMethod.CVSS4_0, "3.95", "minor"),
        (ScoreMethod.CVSS4_0, "5.0", "unheard of"),
        (ScoreMethod.CVSS3_1, "5.0", "minor"),
        (ScoreMethod.SSVC, None, "minor"),
    ],
)
def test_what_the_plan_does_not_hold_has_no_cell(method: ScoreMethod, number: str | None, harm: str) -> None:
    assert cell_of(PLAN, method, number, harm) is None
    assert approver_of(PLAN, method, number, harm) is SystemRole.MANAGEMENT


def test_two_cells_for_one_score_are_none() -> None:
    twice = PLAN.model_copy(update={"cells": (*PLAN.cells, PLAN.cells[0])})
    assert cell_of(twice, ScoreMethod.CVSS4_0, "1.0", "none") is None


def test_a_cell_without_an_approver_is_managements() -> None:
    assert approver_of(PLAN, ScoreMethod.CVSS4_0, "1.0", "minor") is SystemRole.MANAGEMENT
    assert approver_of(PLAN, ScoreMethod.CVSS4_0, "5.0", "minor") is SystemRole.CLINICAL
    assert approver_of(None, ScoreMethod.CVSS4_0, "5.0", "minor") is SystemRole.MANAGEMENT


def test_the_cell_of_a_risk_is_of_what_is_left_and_high_is_what_was() -> None:
    risk = content(
        Risk,
        initial={"method": "cvss4.0", "number": "7.0"},
        harm_before="minor",
        residual={"method": "cvss4.0", "number": "3.9"},
        harm_after="grave",
    )
    left, before = cell_of_risk(PLAN, risk), initial_cell(PLAN, risk)
    assert left is not None
    assert before is not None
    assert (left.verdict, before.verdict) == (Verdict.NEEDS_APPROVAL, Verdict.UNACCEPTABLE)
    assert is_high(PLAN, risk)
    assert not is_high(PLAN, content(Risk, initial={"method": "cvss4.0", "number": "6.9"}, harm_before="minor"))
    assert not is_high(PLAN, content(Risk, harm_before="unheard of"))


def test_harm_is_ranked_as_the_plan_lists_it() -> None:
    assert [harm_rank(PLAN, level) for level in (*LEVELS, "unheard of")] == [0, 1, 2, None]
    assert mildest(PLAN) == "none"


Cuts = some.sets(some.integers(1, 100), max_size=4).map(sorted)
Rows = some.lists(Cuts, min_size=1, max_size=3)


def tenths(number: int) -> str:
    return f"{number // 10}.{number % 10}"


def row(harm: str, cuts: list[int], verdict: Verdict) -> list[Cell]:
    starts = [0, *cuts]
    ends = [*(cut - 1 for cut in cuts), 100]
    return [
        Cell(
            method=ScoreMethod.CVSS4_0,
            score_from=tenths(start),
            score_to=tenths(end),
            harm=harm,
            verdict=verdict,
        )
        for start, end in zip(starts, ends, strict=True)
    ]


@given(Rows)
def test_any_way_of_cutting_the_scale_into_bands_holds_each_score_once(rows: list[list[int]]) -> None:
    levels = tuple(f"level {number}" for number in range(len(rows)))
    cells = [one for harm, cuts in zip(levels, rows, strict=True) for one in row(harm, cuts, Verdict.ACCEPTABLE)]
    assert not [*faults((CVSS,), levels, tuple(cells))]


@given(Rows, some.data())
def test_a_plan_from_which_a_band_was_taken_is_refused(rows: list[list[int]], data: some.DataObject) -> None:
    levels = tuple(f"level {number}" for number in range(len(rows)))
    cells = [one for harm, cuts in zip(levels, rows, strict=True) for one in row(harm, cuts, Verdict.ACCEPTABLE)]
    cells.remove(data.draw(some.sampled_from(cells)))
    assert [*faults((CVSS,), levels, tuple(cells))]


@given(some.lists(some.sampled_from(Verdict), min_size=9, max_size=9))
def test_a_grid_is_sound_exactly_when_no_verdict_gets_milder(verdicts: list[Verdict]) -> None:
    table = [verdicts[:3], verdicts[3:6], verdicts[6:]]  # one row for each level of harm
    cells = [
        Cell(method=ScoreMethod.CVSS4_0, score_from=low, score_to=high, harm=harm, verdict=verdict)
        for harm, row in zip(LEVELS, table, strict=True)
        for (low, high), verdict in zip(BANDS, row, strict=True)
    ]
    grows = all(one.rank <= next_.rank for row in table for one, next_ in pairwise(row)) and all(
        mild.rank <= worse.rank
        for milder, worse_row in pairwise(table)
        for mild, worse in zip(milder, worse_row, strict=True)
    )
    assert (not [*faults((CVSS,), LEVELS, tuple(cells))]) is grows
