"""The transitional route itself: taken by decision."""

from __future__ import annotations

from asepsis.checks.transition import route
from tests.checks.transition.transitional import Transitional
from tests.dossiers import breaks, keeps

REUSED = "transition.reused_clauses_hold"


@keeps(REUSED)
@breaks(REUSED)
def test_an_applicability_puts_the_version_on_the_route() -> None:
    story = Transitional()
    assert story.said(REUSED).kept
    story.revise(story.the_applicability, versions=["0.9.0"])
    said = story.said(REUSED)
    assert (said.sentences, said.about) == ([route.NOT_DECIDED], ["GW-REL-1"])


@breaks(REUSED)
def test_another_route_does_not_go_by_the_annex() -> None:
    story = Transitional()
    story.revise(story.the_applicability, route="full")
    said = story.said(REUSED)
    assert (said.sentences, said.about) == ([route.OTHER_ROUTE], ["GW-APP-1"])
