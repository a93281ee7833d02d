"""SSVC by CISA's tree: what to do about a vulnerability, by how it is exploited, automated, and whom it hurts."""

from __future__ import annotations

from enum import StrEnum
from itertools import product

EXPLOITATION = ("none", "poc", "active")
AUTOMATABLE = ("no", "yes")
IMPACT = ("partial", "total")
MISSION = ("low", "medium", "high")


class Decision(StrEnum):
    """What to do, the mildest first."""

    TRACK = "Track"
    TRACK_CLOSELY = "Track*"
    ATTEND = "Attend"
    ACT = "Act"


# A row for each answer to exploitation, automatable and technical impact; a letter for each to mission and well-being.
_TREE = {
    ("none", "no", "partial"): "TTT", ("none", "no", "total"): "TT*",
    ("none", "yes", "partial"): "TTA", ("none", "yes", "total"): "TTA",
    ("poc", "no", "partial"): "TT*", ("poc", "no", "total"): "T*A",
    ("poc", "yes", "partial"): "TTA", ("poc", "yes", "total"): "T*A",
    ("active", "no", "partial"): "TTA", ("active", "no", "total"): "TAX",
    ("active", "yes", "partial"): "AAX", ("active", "yes", "total"): "AXX",
}  # fmt: skip
_LETTERS = dict(zip("T*AX", Decision, strict=True))
_ORDER = tuple(Decision)


def decisions(
    exploitation: str | None, automatable: str | None, impact: str | None, mission: str | None = None
) -> tuple[Decision, ...]:
    """Return what the tree says, the mildest first: one decision, or those between which what nobody answered decides.

    An answer that the tree does not know counts as none given. CISA answers the first three for everybody; mission and
    well-being are for each to answer.

    Source: CISA, Stakeholder-Specific Vulnerability Categorization Guide (2022), the decision tree and its table.
    """
    answers = (
        _given(exploitation, EXPLOITATION),
        _given(automatable, AUTOMATABLE),
        _given(impact, IMPACT),
        _given(mission, MISSION),
    )
    found = {_LETTERS[_TREE[one, two, three][MISSION.index(four)]] for one, two, three, four in product(*answers)}
    return tuple(one for one in _ORDER if one in found)


def _given(answer: str | None, known: tuple[str, ...]) -> tuple[str, ...]:
    return (answer,) if answer in known else known
