"""Why old software stays in use: signed on its newest evaluation, for a time."""

from __future__ import annotations

from typing import Any

from asepsis.checks.transition import rationale
from asepsis.conformance import run
from asepsis.transition.records import ContinuedUseRationale
from tests.checks.transition.transitional import Transitional
from tests.dossiers import breaks, keeps

CURRENT = "transition.rationale_current"


class Continued(Transitional):
    """A version with a rationale of 1 March."""

    def __init__(self, **fields: Any) -> None:
        super().__init__()
        given: dict[str, Any] = {
            "release": self.the_release,
            "rests_on": self.the_overall,
            "until": "2026-11-25",
            "day": "2026-03-01",
        }
        self.the_rationale = self.add(ContinuedUseRationale, **(given | fields))


@keeps(CURRENT)
@breaks(CURRENT)
def test_the_rationale_holds_until_its_day() -> None:
    story = Continued()
    assert story.said(CURRENT, today="2026-11-25").kept
    said = story.said(CURRENT, today="2026-11-26")
    assert (said.sentences, said.about) == ([rationale.OVER], ["GW-CUR-1"])


@breaks(CURRENT)
def test_it_holds_no_longer_than_security_support() -> None:
    assert Continued(until="2030-12-31").said(CURRENT).kept
    assert Continued(until="2031-01-01").said(CURRENT).sentences == [rationale.LONGER_THAN_SUPPORT]


@breaks(CURRENT)
def test_it_is_no_older_than_the_evaluation_that_it_rests_on() -> None:
    for day, sentences in (("2026-03-01", []), ("2026-03-02", [rationale.BEFORE_EVALUATION])):
        story = Continued()
        story.revise(story.the_overall, day=day, notes="Looked at.")
        assert story.said(CURRENT).sentences == sentences
        story.revise(story.the_rationale, day="2026-03-02", notes="Looked at.")
        assert story.said(CURRENT).kept


@breaks(CURRENT)
def test_it_rests_on_the_newest_evaluation() -> None:
    story = Continued()
    newer = story.an_overall(day="2026-02-01")
    assert story.said(CURRENT).sentences == [rationale.OTHER_EVALUATION]
    story.revise(story.the_rationale, day="2026-03-01", rests_on=newer)
    assert story.said(CURRENT).kept


@breaks(CURRENT)
def test_it_is_no_older_than_the_last_gap_that_was_closed_or_justified() -> None:
    for day, sentences in (("2026-03-01", []), ("2026-03-02", [rationale.BEFORE_GAP])):
        closed = Continued()
        closed.a_gap(closed_on=day)
        assert closed.said(CURRENT).sentences == sentences
        justified = Continued()
        gap = justified.a_gap()
        justified.revise(gap, day=day, justified="It is small.")
        assert justified.said(CURRENT).sentences == sentences


def test_an_open_gap_does_not_make_it_old() -> None:
    story = Continued()
    story.a_gap(day="2026-05-01")
    assert story.said(CURRENT).kept


@breaks(CURRENT)
def test_the_version_is_on_the_transitional_route() -> None:
    story = Continued()
    story.revise(story.the_applicability, route="full")
    assert story.said(CURRENT).sentences == [rationale.OTHER_ROUTE]


@breaks(CURRENT)
def test_each_version_has_its_own() -> None:
    story = Continued()
    story.the_release = story.release("2.0.0")
    assert story.said(CURRENT).sentences == [run.NOTHING]
