"""The update policy: one band for each case, never a milder one for the worse."""

from __future__ import annotations

from typing import Any

from asepsis.checks.maintenance import policies
from asepsis.conformance import run
from asepsis.maintenance.domain import STEPS, cases
from asepsis.maintenance.records import UpdatePolicy
from tests.checks.maintenance.maintained import ALL, FAST, SLOW
from tests.dossiers import ORGANISATION, Story, breaks, keeps, run_check

BANDS = "maintenance.update_policy_bands"


def graded() -> list[dict[str, Any]]:
    """Return one band for each case, so that each step that is worse takes a day."""
    found = []
    for case in cases():
        steps = sum(STEPS[name].index(getattr(case, name)) for name in STEPS)
        only = {name: [getattr(case, name).value] for name in STEPS}
        found.append(only | {"qualify_days": 60 - steps, "deliver_days": 120 - steps})
    return found


def said(*bands: dict[str, Any]) -> Any:
    story = Story()
    story.add(UpdatePolicy, bands=list(bands))
    return run_check(BANDS, story)


@keeps(BANDS)
@breaks(BANDS)
def test_each_case_has_one_band() -> None:
    bands = graded()
    assert said(*bands).kept
    lacking = said(*bands[1:])
    assert (lacking.sentences, lacking.about) == ([policies.UNCOVERED], ["GW-UPP-1"])
    assert "1 cases fall in no band of GW-UPP-1; one of them is: severity none, public no" in lacking.texts[0]
    assert said(*bands, bands[0]).sentences == [policies.COVERED_TWICE]


@breaks(BANDS)
def test_a_worse_case_is_given_no_more_days() -> None:
    bands = graded()
    bands[0] = bands[0] | {"deliver_days": 119}
    assert said(*bands).kept
    bands[0] = bands[0] | {"deliver_days": 118}
    found = said(*bands)
    assert set(found.sentences) == {policies.MILDER}
    assert len(found.gaps) == len(STEPS)  # one for each factor


@breaks(BANDS)
def test_each_factor_changes_the_days_of_some_case() -> None:
    found = said(SLOW, FAST)
    assert found.sentences == [policies.UNWEIGHED]
    told = "severity, public, safety, fielded and external controls"
    assert found.texts[0].endswith(f"whatever these are: {told}.")


def test_the_products_own_policy_is_the_one_that_counts() -> None:
    story = Story()
    story.add(UpdatePolicy, bands=[ALL | {"qualify_days": 1, "deliver_days": 2}], owned_by=ORGANISATION)
    assert run_check(BANDS, story).gaps
    story.add(UpdatePolicy, bands=graded())
    assert run_check(BANDS, story).kept


def test_without_a_policy_there_is_a_gap() -> None:
    assert run_check(BANDS, Story()).sentences == [run.NOTHING]
