"""When a statement on exploitability still holds, and what opens it again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from asepsis.problems.domain import Ground, changed
from asepsis.problems.records import EpssBand, Exploited, Reachability

THEN = Ground(
    "pkg:npm/left-pad@1.3.0", "ward", Reachability.NOT_REACHABLE, False, EpssBand.UNDER_1, Exploited.NO, "a" * 64
)


def test_where_all_is_as_it_was_it_holds() -> None:
    assert changed(THEN, replace(THEN)) == ()


@pytest.mark.parametrize(
    "change",
    [
        {"component": "pkg:npm/left-pad@1.3.1"},
        {"configuration": "home"},
        {"configuration": None},
        {"reachability": Reachability.REACHABLE},
        {"reachability": Reachability.UNKNOWN},
        {"kev": True},
        {"epss": EpssBand.OVER_10},
        {"epss": EpssBand.UNKNOWN},
        {"exploited": Exploited.YES},
        {"advisory": "b" * 64},
        {"advisory": None},
    ],
    ids=str,
)
def test_each_thing_that_it_stands_on_opens_it_again_with_its_reason(change: dict[str, Any]) -> None:
    reasons = changed(THEN, replace(THEN, **change))
    assert len(reasons) == 1
    assert (
        "not known" in str(reasons[0]) or str(next(iter(change.values()))) in str(reasons[0]) or change == {"kev": True}
    )


def test_one_that_names_no_configuration_holds_in_all() -> None:
    assert changed(replace(THEN, configuration=None), THEN) == ()
