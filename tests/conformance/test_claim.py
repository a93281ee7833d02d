"""The two claims: each only on its own route, and only where nothing stands against it."""

from __future__ import annotations

import pytest

from asepsis.conformance.assessment import Assessment, LeftOut, Tailored, Thing
from asepsis.conformance.claim import FULL, TRANSITIONAL, ClaimVerdict, claims
from asepsis.record.verdict import Verdict
from tests.conformance.assessments import an_assessment


def claim(concept: str, assessment: Assessment) -> ClaimVerdict:
    return next(one for one in claims(assessment) if one.concept == concept)


@pytest.mark.parametrize(("route", "concept"), [("full", FULL), ("transitional", TRANSITIONAL)])
def test_a_claim_is_possible_where_all_that_its_route_asks_is_met(route: str, concept: str) -> None:
    found = claim(concept, an_assessment({}, route=route))
    assert (found.possible, found.gaps, found.unknowns) == (True, (), ())


@pytest.mark.parametrize(
    ("route", "concept"),
    [("transitional", FULL), ("full", TRANSITIONAL), ("none", FULL), ("none", TRANSITIONAL)],
)
def test_a_claim_of_a_route_that_was_not_chosen_is_refused(route: str, concept: str) -> None:
    found = claim(concept, an_assessment({}, route=route))
    assert (found.possible, found.verdict) == (False, Verdict.NOT_ASKED)


@pytest.mark.parametrize(("verdict", "stands"), [(Verdict.GAP, "gaps"), (Verdict.UNKNOWN, "unknowns")])
def test_what_stands_against_a_claim_is_named(verdict: Verdict, stands: str) -> None:
    found = claim(FULL, an_assessment({"7.2-1": verdict}))
    assert (found.possible, getattr(found, stands)) == (False, ("7.2",))


def test_the_claim_of_annex_f_looks_at_annex_f() -> None:
    found = claim(TRANSITIONAL, an_assessment({"F.3-2": Verdict.GAP}, route="transitional"))
    assert (found.possible, found.gaps) == (False, ("F.3",))


def test_what_does_not_apply_or_is_done_otherwise_may_stand_in_a_claim_which_lists_it() -> None:
    by = Thing("0" * 32, "GW-NAP-1")
    assessment = an_assessment(
        {"6.3.2-1": Verdict.NOT_APPLICABLE},
        changes={
            "6.3.2-1": {"not_applicable": by},
            "5.7.1-2": {"left_out": (LeftOut("5.7.1-2 d", by),)},
            "5.4.3-1": {"tailored": Tailored(Thing("1" * 32, "GW-PLN-1"), "It has none.", "Something else.")},
        },
    )
    found = claim(FULL, assessment)
    assert found.possible
    assert (found.not_applicable, found.tailored) == (("5.7.1-2 d", "6.3.2-1"), ("5.4.3-1",))
