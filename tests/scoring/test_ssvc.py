"""SSVC: what CISA's tree says, and between what it leaves the choice where something is not answered."""

from __future__ import annotations

from itertools import pairwise, product

import pytest

from asepsis.scoring.ssvc import AUTOMATABLE, EXPLOITATION, IMPACT, MISSION, Decision, decisions

ORDER = list(Decision)


@pytest.mark.parametrize(
    ("answers", "decision"),
    [
        (("none", "no", "partial", "high"), "Track"), (("none", "yes", "partial", "high"), "Attend"),
        (("none", "no", "total", "high"), "Track*"), (("poc", "no", "partial", "high"), "Track*"),
        (("poc", "no", "total", "medium"), "Track*"), (("active", "no", "total", "medium"), "Attend"),
        (("active", "no", "total", "high"), "Act"), (("active", "yes", "partial", "low"), "Attend"),
        (("active", "yes", "total", "medium"), "Act"), (("active", "yes", "total", "low"), "Attend"),
    ],
)  # fmt: skip
def test_the_tree_says_what_its_table_says(answers: tuple[str, str, str, str], decision: str) -> None:
    assert decisions(*answers) == (decision,)


def test_a_worse_answer_never_makes_the_decision_milder() -> None:
    for choices in (EXPLOITATION, AUTOMATABLE, IMPACT, MISSION):
        at = (EXPLOITATION, AUTOMATABLE, IMPACT, MISSION).index(choices)
        for whole in product(EXPLOITATION, AUTOMATABLE, IMPACT, MISSION):
            for mild, bad in pairwise(choices):
                exploitation, automatable, impact, mission = whole
                answers = {
                    "exploitation": exploitation,
                    "automatable": automatable,
                    "impact": impact,
                    "mission": mission,
                }
                (milder,), (worse,) = (decisions(**answers | {list(answers)[at]: one}) for one in (mild, bad))
                assert ORDER.index(milder) <= ORDER.index(worse)


def test_what_nobody_answered_leaves_all_that_it_could_be() -> None:
    assert decisions("active", "yes", "total") == (Decision.ATTEND, Decision.ACT)
    assert decisions(None, None, None) == tuple(Decision)
    assert decisions("unheard of", "no", "partial", "low") == decisions(None, "no", "partial", "low")
