"""The grid of a risk plan: which score and which harm together are acceptable, and who may say so of the rest."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal as Number
from itertools import pairwise

import pydantic
from pydantic_core import PydanticCustomError

from asepsis.quality.records import Line, Procedure, Version
from asepsis.record.kind import Choice, Decimal, Ref, Text, Value, field
from asepsis.record.slots import SystemRole


class ScoreMethod(Choice):
    """The ways of scoring that Asepsis knows by name."""

    CVSS2 = "cvss2"
    CVSS3_0 = "cvss3.0"
    CVSS3_1 = "cvss3.1"
    CVSS4_0 = "cvss4.0"
    CWSS = "cwss"
    DREAD = "dread"
    OWASP_RR = "owasp-rr"
    SSVC = "ssvc"
    OTHER = "other"


class Verdict(Choice):
    """What the plan says of a risk; from the mildest to the worst."""

    ACCEPTABLE = "acceptable"
    NEEDS_APPROVAL = "needs-approval"
    UNACCEPTABLE = "unacceptable"

    @property
    def rank(self) -> int:
        """Return how bad it is: 0 for acceptable."""
        return list(Verdict).index(self)


class Method(Value):
    """A way of scoring that the plan allows, with its scale."""

    method: ScoreMethod = field(
        "How severity is scored. CVSS is what most readers and authorities expect; take `other` for a method of your own "
        "and name the procedure that defines it."
    )
    version: Version = field("Its edition, so that a score can be worked out again years later, for example `4.0`.")
    lowest: Decimal = field("The lowest score of its scale, for example `0.0` for CVSS.")
    highest: Decimal = field("The highest score of its scale, for example `10.0` for CVSS.")
    step: Decimal = field(
        "The smallest difference between two scores: `0.1` for CVSS. With it the plan can tell whether its cells leave a "
        "score out."
    )
    defined_in: Ref[Procedure] | None = field(
        "The procedure that describes a method of your own, so that others reach the same score.",
        default=None,
        names=True,
    )

    @pydantic.model_validator(mode="after")
    def _goes_up_in_steps(self) -> Method:
        lowest, highest, step = Number(self.lowest), Number(self.highest), Number(self.step)
        if step <= 0 or highest <= lowest or (highest - lowest) % step:
            raise PydanticCustomError(
                "method-scale", "has a scale that goes up from lowest to highest in no whole steps"
            )
        return self


class HarmLevel(Value):
    """One step on the scale of harm to people."""

    level: Line = field("The word that the safety risk file uses, for example `none`, `negligible` or `critical`.")
    meaning: Text = field(
        "What a patient or user suffers at this level, for example `lasting injury that needs surgery`, so that two "
        "people choose the same level."
    )


class Cell(Value):
    """What holds for all scores of a band together with one level of harm."""

    method: ScoreMethod = field(
        "The method whose scores the band is made of; it has to stand among the plan's methods."
    )
    score_from: Decimal = field("The lowest score of the band, itself inside it, for example `4.0`.")
    score_to: Decimal = field("The highest score of the band, itself inside it, for example `6.9`.")
    harm: Line = field("The level of harm, word for word as in the harm scale.")
    verdict: Verdict = field(
        "Acceptable: may stay as it is. Needs approval: may stay when benefit and risk were weighed and the named role "
        "agreed. Unacceptable: has to be lowered."
    )
    approver: SystemRole | None = field(
        "The role that signs each risk that falls here, for example `management` for the worst ones. Without one it is "
        "management.",
        default=None,
    )


def cell_of(cells: tuple[Cell, ...], method: ScoreMethod, number: str | None, harm: str) -> Cell | None:
    """Return the one cell that holds the score `number` of `method` at the level `harm`; `None` for no or several."""
    if number is None:
        return None
    score = Number(number)
    found = [
        cell
        for cell in cells
        if cell.method == method and cell.harm == harm and Number(cell.score_from) <= score <= Number(cell.score_to)
    ]
    return found[0] if len(found) == 1 else None


def approver_of(cells: tuple[Cell, ...], method: ScoreMethod, number: str | None, harm: str) -> SystemRole:
    """Return the role that approves what falls there: that of the cell, else management."""
    cell = cell_of(cells, method, number, harm)
    return cell.approver if cell is not None and cell.approver is not None else SystemRole.MANAGEMENT


def faults(methods: tuple[Method, ...], levels: tuple[str, ...], cells: tuple[Cell, ...]) -> Iterator[str]:
    """Yield what keeps `cells` from giving one verdict for each score of each method at each level, never a milder one
    for a higher score or a worse harm; each as a sentence fragment. `levels` run from the mildest to the worst.
    """
    known = {method.method for method in methods}
    for cell in cells:
        if cell.method not in known:
            yield f"has a cell for {cell.method}, which is not among the methods"
        if cell.harm not in levels:
            yield f"has a cell for the harm `{cell.harm}`, which is not on the harm scale"
    for method in methods:
        rows = [[cell for cell in cells if (cell.method, cell.harm) == (method.method, level)] for level in levels]
        rows = [sorted(row, key=lambda cell: Number(cell.score_from)) for row in rows]
        broken = [fault for level, row in zip(levels, rows, strict=True) for fault in _gaps(method, level, row)]
        yield from broken or _milder(method, levels, rows)


def _gaps(method: Method, level: str, row: list[Cell]) -> Iterator[str]:
    """Yield where the bands of one row leave a score out or hold it twice."""
    lowest, highest, step = Number(method.lowest), Number(method.highest), Number(method.step)
    expected = lowest
    for cell in row:
        start, end = Number(cell.score_from), Number(cell.score_to)
        where = f"a cell of {method.method} at the harm `{level}`"
        if start > end:
            yield f"has {where} that ends at {end} before it starts at {start}"
            return
        if start < lowest or end > highest:
            yield f"has {where} from {start} to {end}, past the ends of the scale"
            return
        if (start - lowest) % step or (end - lowest) % step:
            yield f"has {where} from {start} to {end}, which is between two scores"
            return
        if start != expected:
            word = "no cell" if start > expected else "two cells"
            yield f"has {word} for the score {min(start, expected)} of {method.method} at the harm `{level}`"
            return
        expected = end + step
    if expected <= highest:
        yield f"has no cell for the score {expected} of {method.method} at the harm `{level}`"


def _milder(method: Method, levels: tuple[str, ...], rows: list[list[Cell]]) -> Iterator[str]:
    """Yield where a verdict gets milder although score or harm grow; the rows are whole."""
    for level, row in zip(levels, rows, strict=True):
        for low, high in pairwise(row):
            if high.verdict.rank < low.verdict.rank:
                yield f"gets milder from {low.score_to} to {high.score_from} of {method.method} at the harm `{level}`"
    for (mild, milder_row), (worse, worse_row) in pairwise(zip(levels, rows, strict=True)):
        for score in sorted({Number(cell.score_from) for cell in (*milder_row, *worse_row)}):
            if _at(worse_row, score).verdict.rank < _at(milder_row, score).verdict.rank:
                yield f"is milder at the harm `{worse}` than at `{mild}` for the score {score} of {method.method}"
                break


def _at(row: list[Cell], score: Number) -> Cell:
    return next(cell for cell in row if Number(cell.score_from) <= score <= Number(cell.score_to))
