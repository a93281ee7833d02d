"""The security context: true to the profile, and complete."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.risk import context
from asepsis.conformance import run
from asepsis.risk.records import Asset, Assumption, SecurityContext
from tests.checks.risk.modelled import Modelled
from tests.dossiers import breaks, keeps

FOLLOWS = "risk.context_follows_profile"
COMPLETE = "risk.context_complete"
ALARM: dict[str, Any] = {"essential_functions": [{"what": "alarm", "harm": "Nobody comes."}]}
NEED = dict.fromkeys(("confidentiality", "integrity", "availability", "safety"), "high")


def with_function() -> tuple[Modelled, str]:
    """Return a product with an essential function that context, asset and element know of."""
    story = Modelled()
    story.revise(story.the_profile, **ALARM)
    story.revise(story.the_context, essential_functions_at_risk=["alarm"])
    asset = story.add(Asset, essential_function="alarm", need=NEED)
    story.revise(story.the_element, assets=[asset])
    return story, asset


# --- follows the profile ---


@keeps(FOLLOWS)
@breaks(FOLLOWS)
def test_essential_functions_are_found_again_in_the_context() -> None:
    story, _ = with_function()
    assert story.said(FOLLOWS).kept
    story.revise(story.the_context, essential_functions_at_risk=[])
    said = story.said(FOLLOWS)
    assert (said.sentences, said.about) == ([context.FUNCTION_NOT_AT_RISK], ["GW-PRD-1"])


@breaks(FOLLOWS)
def test_essential_functions_are_assets_of_the_model() -> None:
    story, asset = with_function()
    story.revise(story.the_element, assets=[])
    assert story.said(FOLLOWS).sentences == [context.ASSET_NOWHERE]
    story.revise(asset, essential_function="display")
    assert story.said(FOLLOWS).sentences == [context.FUNCTION_NO_ASSET]


@breaks(FOLLOWS)
def test_users_are_found_again_in_a_context() -> None:
    story = Modelled()
    story.revise(story.the_profile, users=[{"who": "nurse"}, {"who": "service"}])
    story.revise(story.the_context, notes="Looked at.")
    assert story.said(FOLLOWS).sentences == [context.USER_FORGOTTEN]
    story.add(SecurityContext, profile=story.the_profile, users=["service"])
    assert story.said(FOLLOWS).kept


@breaks(FOLLOWS)
@pytest.mark.parametrize(("reach", "is_kept"), [("internet", False), ("hospital-network", False), ("local", True)])
def test_what_is_reached_over_a_network_has_an_element_reached_from_outside(reach: str, is_kept: bool) -> None:
    story = Modelled()
    story.revise(story.the_profile, reachable=reach)
    story.revise(story.the_context, notes="Looked at.")
    assert story.said(FOLLOWS).kept
    story.revise(story.the_element, reachable="internal")
    assert story.said(FOLLOWS).kept is is_kept
    story.revise(story.the_profile, reachable="internet")
    assert context.NOT_REACHED in story.said(FOLLOWS).sentences


@breaks(FOLLOWS)
@breaks(COMPLETE)
def test_the_context_is_signed_on_the_profile_as_it_is() -> None:
    story = Modelled()
    story.revise(story.the_profile, day="2026-03-01", form="samd")
    for check in (FOLLOWS, COMPLETE):
        said = story.said(check)
        assert (said.sentences, said.about) == ([context.PROFILE_CHANGED], ["GW-CTX-1"])
    story.revise(story.the_context, day="2026-03-02", notes="Looked at.")
    assert story.said(FOLLOWS).kept


@breaks(FOLLOWS)
def test_without_a_context_or_a_profile_there_is_a_gap() -> None:
    story = Modelled()
    story.retire(story.the_context)
    assert story.said(FOLLOWS).sentences == [context.NO_CONTEXT]
    story.retire(story.the_profile)
    assert story.said(FOLLOWS).sentences == [run.NOTHING]


# --- complete ---


@keeps(COMPLETE)
@breaks(COMPLETE)
@pytest.mark.parametrize("exposure", ["internet", "hospital-network"])
def test_a_context_goes_as_far_as_the_product_can_be_reached(exposure: str) -> None:
    story = Modelled()
    story.revise(story.the_profile, reachable="hospital-network")
    story.revise(story.the_context, exposure=exposure)
    story.revise(story.the_model, notes="Looked at.")
    assert story.said(COMPLETE).kept
    story.revise(story.the_context, exposure="local")
    story.revise(story.the_model, notes="Looked at again.")
    assert story.said(COMPLETE).sentences == [context.NARROWER]


@breaks(COMPLETE)
def test_an_essential_function_is_at_risk_or_assumed_away() -> None:
    story = Modelled()
    story.revise(story.the_profile, **ALARM)
    story.revise(story.the_context, notes="Looked at.")
    assert story.said(COMPLETE).sentences == [context.FUNCTION_NOT_AT_RISK]
    assumption = story.add(Assumption, about=[story.the_context], statement="The Alarm is wired and cannot be lost.")
    assert story.said(COMPLETE).kept
    story.revise(assumption, statement="The display is wired.")
    assert story.said(COMPLETE).sentences == [context.FUNCTION_NOT_AT_RISK]


@breaks(COMPLETE)
def test_the_model_rests_on_the_context_as_it_is() -> None:
    story = Modelled()
    story.revise(story.the_context, day="2026-03-01", isolation="Another one.")
    said = story.said(COMPLETE)
    assert (said.sentences, said.about) == ([context.MODEL_ON_OLD_CONTEXT], ["GW-MOD-1"])


def test_without_a_context_nothing_is_complete() -> None:
    story = Modelled()
    story.retire(story.the_context)
    assert story.said(COMPLETE).sentences == [run.NOTHING]
