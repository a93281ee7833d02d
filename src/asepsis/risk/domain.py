"""What follows from a risk plan: the cell of a risk, who approves it, whether it is high; pure."""

from __future__ import annotations

from asepsis.record.slots import SystemRole
from asepsis.risk import grid
from asepsis.risk.grid import Cell, ScoreMethod, Verdict
from asepsis.risk.records import Risk, RiskPlan


def cell_of(plan: RiskPlan, method: ScoreMethod, number: str | None, harm: str) -> Cell | None:
    """Return the one cell of `plan` that holds the score `number` of `method` at the level `harm`.

    `None` where there is no such cell or more than one, and for a score without a number (SSVC).
    """
    return grid.cell_of(plan.cells, method, number, harm)


def cell_of_risk(plan: RiskPlan, risk: Risk) -> Cell | None:
    """Return the cell of what is left of `risk`: its residual score and the harm after its controls."""
    return cell_of(plan, risk.residual.method, risk.residual.number, risk.harm_after)


def initial_cell(plan: RiskPlan, risk: Risk) -> Cell | None:
    """Return the cell of `risk` before its controls."""
    return cell_of(plan, risk.initial.method, risk.initial.number, risk.harm_before)


def is_high(plan: RiskPlan, risk: Risk) -> bool:
    """Return whether `risk` was unacceptable before its controls."""
    cell = initial_cell(plan, risk)
    return cell is not None and cell.verdict is Verdict.UNACCEPTABLE


def approver_of(plan: RiskPlan | None, method: ScoreMethod, number: str | None, harm: str) -> SystemRole:
    """Return the role that approves what falls there: that of the cell, else management."""
    return grid.approver_of(() if plan is None else plan.cells, method, number, harm)


def harm_rank(plan: RiskPlan, harm: str) -> int | None:
    """Return how bad `harm` is on the scale of `plan`, 0 for the mildest; `None` where it is no level of it."""
    levels = [step.level for step in plan.harm_scale]
    return levels.index(harm) if harm in levels else None


def mildest(plan: RiskPlan) -> str:
    """Return the mildest level of harm of `plan`."""
    return plan.harm_scale[0].level
