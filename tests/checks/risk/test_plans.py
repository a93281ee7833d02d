"""The risk plan: criteria that anybody can apply, set before the first risk."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.risk import plans
from asepsis.conformance import run
from asepsis.quality.records import Procedure, ProductProfile
from asepsis.risk.records import HazardousSituation, Risk, RiskPlan
from tests.checks.risk.modelled import METHOD, Modelled, grid, score
from tests.dossiers import ORGANISATION, Cast, Story, breaks, keeps, run_check
from tests.kinds import an_id

CRITERIA = "risk.plan_sets_criteria"
FIRST = "risk.plan_before_evaluations"


# --- criteria ---


@keeps(CRITERIA)
@breaks(CRITERIA)
def test_the_plan_has_the_words_of_the_safety_file() -> None:
    story = Modelled()
    hazard = story.add(HazardousSituation, severity="serious")
    assert story.said(CRITERIA).kept
    story.revise(hazard, severity="grave")
    said = story.said(CRITERIA)
    assert (said.sentences, said.about) == ([plans.UNKNOWN_SEVERITY], [story.labels[hazard]])


@breaks(CRITERIA)
def test_the_scale_has_a_level_without_harm() -> None:
    story = Modelled(plan=False)
    story.plan("minor", "serious")
    assert story.said(CRITERIA).sentences == [plans.NO_HARMLESS_LEVEL]


@breaks(CRITERIA)
def test_no_method_rates_how_likely_an_attack_is() -> None:
    story = Modelled(plan=False)
    story.plan(methods=[METHOD | {"method": "owasp-rr"}], cells=grid("none", "minor", "serious", method="owasp-rr"))
    assert story.said(CRITERIA).sentences == [plans.LIKELIHOOD]


@breaks(CRITERIA)
def test_a_method_of_your_own_stands_in_a_procedure() -> None:
    story = Modelled(plan=False)
    cells = grid("none", "minor", "serious", method="other")
    plan = story.plan(methods=[METHOD | {"method": "other"}], cells=cells)
    assert story.said(CRITERIA).sentences == [plans.UNDEFINED_METHOD]
    procedure = story.draft(Procedure)
    story.revise(plan, methods=[METHOD | {"method": "other", "defined_in": procedure}])
    assert story.said(CRITERIA).sentences == [plans.UNDEFINED_METHOD]
    story.submit(procedure)
    story.sign(procedure)
    assert story.said(CRITERIA).kept


@breaks(CRITERIA)
def test_without_a_plan_there_are_no_criteria() -> None:
    assert Modelled(plan=False).said(CRITERIA).sentences == [run.NOTHING]


def test_the_products_own_plan_is_the_one_that_counts() -> None:
    story = Modelled()
    bare: dict[str, Any] = {"harm_scale": [{"level": "minor", "meaning": "Little."}], "cells": grid("minor")}
    story.plan(owned_by=ORGANISATION, **bare)
    assert story.said(CRITERIA).kept


# --- before the first risk ---


def evaluated(day: str, plan_day: str, **profile: Any) -> Story:
    story = Story()
    story.add(Risk, threats=[an_id("threat")], day=day, owner=Cast.SECURITY, residual=score("3.7"))
    story.add(RiskPlan, day=plan_day)
    story.add(ProductProfile, **profile)
    return story


@keeps(FIRST)
@breaks(FIRST)
def test_the_plan_is_in_force_on_the_day_of_the_first_risk() -> None:
    assert run_check(FIRST, evaluated("2026-03-01", "2026-03-01")).kept
    said = run_check(FIRST, evaluated("2026-03-01", "2026-03-02"))
    assert (said.sentences, said.about) == ([plans.PLANNED_LATE], ["GW-RPL-1"])


def test_risks_from_before_the_records_were_kept_here_are_spared() -> None:
    assert run_check(FIRST, evaluated("2026-03-01", "2026-03-03", taken_over_on="2026-03-02")).kept
    assert run_check(FIRST, evaluated("2026-03-01", "2026-03-03", taken_over_on="2026-03-01")).gaps


@pytest.mark.parametrize("is_retired", [False, True])
def test_the_organisations_plan_counts_for_the_time_before_the_products_own(is_retired: bool) -> None:
    story = evaluated("2026-03-01", "2026-05-01")
    organisations = story.add(RiskPlan, day="2026-02-01", owned_by=ORGANISATION)
    if is_retired:
        story.retire(organisations, day="2026-06-01")
    assert run_check(FIRST, story).kept


def test_without_risks_no_plan_is_late() -> None:
    story = Story()
    story.add(RiskPlan)
    assert run_check(FIRST, story).silent
