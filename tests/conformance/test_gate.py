"""The release gate: seven questions, and what a yes, a no and a cannot-be-told come from."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.clauses.catalogue import catalogue
from asepsis.configuration.records import ReleaseKind
from asepsis.conformance.assessment import Assessment, Released
from asepsis.conformance.gate import gate, taken_on
from asepsis.development.records import ReleaseDecision, ReleaseOutcome
from asepsis.record.verdict import Verdict
from tests.conformance.assessing import given
from tests.conformance.assessments import an_assessment
from tests.dossiers import Cast, Story, as_day

TWO = ("5.8.2-1", "5.8.2-2")  # both count where the policy lets unconfirmed ones count
RELEASED = Released("r" * 32, "GW-REL-1", "1.0.0", "product")


def stands(release: Released | None = RELEASED, **verdicts: Verdict) -> Assessment:
    """Return an assessment in which all is met, but for the obligations named (`o581_1` is 5.8.1-1)."""
    return an_assessment({_number(name): one for name, one in verdicts.items()}, release=release)


def _number(name: str) -> str:
    clause, _, which = name.removeprefix("o").partition("_")
    return f"{'.'.join(clause)}-{which}"


def answered(assessment: Assessment, *accepted: str) -> tuple[Verdict, int]:
    found = gate(assessment, catalogue(), frozenset(accepted))
    return found.verdict, found.exit_code


def test_the_gate_asks_the_seven_clauses_of_release() -> None:
    found = gate(stands(), catalogue())
    assert [one.clause for one in found.questions] == [f"5.8.{number}" for number in range(1, 8)]
    assert all(one.question.endswith("?") for one in found.questions)


def test_where_all_is_met_a_release_may_go_out() -> None:
    assert answered(stands()) == (Verdict.MET, 0)
    assert gate(stands(), catalogue()).yes == 7


def test_one_gap_keeps_a_release_back() -> None:
    found = gate(stands(o583_1=Verdict.GAP), catalogue())
    assert (found.verdict, found.exit_code, found.yes) == (Verdict.GAP, 1, 6)
    kept = next(one for one in found.questions if one.verdict is Verdict.GAP)
    assert (kept.clause, kept.owner, kept.next) == ("5.8.3", "quality", "Mend GW-FND-1.")


def test_a_gap_is_a_no_whatever_else_is_not_known() -> None:
    assert answered(stands(o583_1=Verdict.GAP, o581_1=Verdict.UNKNOWN)) == (Verdict.GAP, 1)


def test_what_is_not_known_cannot_be_told() -> None:
    assert answered(stands(o583_1=Verdict.UNKNOWN)) == (Verdict.UNKNOWN, 3)


def test_without_a_release_nothing_can_be_told() -> None:
    found = gate(stands(release=None), catalogue())
    assert (found.verdict, found.exit_code, found.release, found.version) == (Verdict.UNKNOWN, 3, None, None)


def test_what_does_not_apply_keeps_nobody_back() -> None:
    assert answered(stands(o583_1=Verdict.NOT_APPLICABLE)) == (Verdict.MET, 0)


def test_what_the_route_does_not_ask_cannot_be_told() -> None:
    edition = catalogue()
    assert answered(an_assessment({one.id: Verdict.NOT_ASKED for one in edition.obligations}, release=RELEASED)) == (
        Verdict.UNKNOWN,
        3,
    )


def test_what_no_check_looks_at_yet_is_counted_and_said() -> None:
    assessment = an_assessment(
        {"7.2-1": Verdict.UNKNOWN, "5.8.6-1": Verdict.UNKNOWN}, release=RELEASED, awaited={"7.2-1"}
    )
    found = gate(assessment, catalogue())
    assert (found.exit_code, found.unlooked) == (3, 1)


# --- gaps that a decision takes on ----------------------------------------------------------------------------------


def test_an_accepted_gap_is_answered_with_gaps() -> None:
    found = gate(stands(o583_1=Verdict.GAP), catalogue(), frozenset({"5.8.3-1"}))
    assert (found.verdict, found.exit_code, found.with_gaps, found.yes) == (Verdict.MET, 0, True, 7)
    assert [one.clause for one in found.questions if one.accepted] == ["5.8.3"]


def test_a_gap_of_the_same_clause_that_nobody_accepted_stays_a_no() -> None:
    assessment = an_assessment(dict.fromkeys(TWO, Verdict.GAP), release=RELEASED, recommended=True)
    assert answered(assessment, TWO[0]) == (Verdict.GAP, 1)
    assert answered(assessment, *TWO) == (Verdict.MET, 0)


def test_beside_an_accepted_gap_what_is_not_known_stays_unknown() -> None:
    verdicts = dict(zip(TWO, (Verdict.GAP, Verdict.UNKNOWN), strict=True))
    assessment = an_assessment(verdicts, release=RELEASED, recommended=True)
    assert answered(assessment, TWO[0]) == (Verdict.UNKNOWN, 3)


def test_what_is_not_known_is_never_accepted() -> None:
    assert answered(stands(o583_1=Verdict.UNKNOWN), "5.8.3-1") == (Verdict.UNKNOWN, 3)


def decided(outcome: ReleaseOutcome, kind: ReleaseKind, *, signed: bool = True) -> tuple[Story, str]:
    story = Story()
    release = story.release(kind=kind, predecessor=story.release("0.9.0"))
    gap = {"obligation": "7.2-1", "why_better_off": "It heals.", "owner": Cast.QUALITY, "due": "2026-06-30"}
    fields: dict[str, Any] = {"gaps": [gap]} if outcome is ReleaseOutcome.RELEASE_WITH_GAPS else {}
    (story.add if signed else story.draft)(ReleaseDecision, release=release, outcome=outcome, **fields)
    return story, release


@pytest.mark.parametrize(("today", "accepted"), [("2026-06-30", {"7.2-1"}), ("2026-07-01", set())])
def test_a_gap_is_taken_on_until_its_day_is_over(today: str, accepted: set[str]) -> None:
    story, release = decided(ReleaseOutcome.RELEASE_WITH_GAPS, ReleaseKind.UPDATE)
    assert taken_on(given(story).dossier, release, as_day(today)) == accepted


@pytest.mark.parametrize(
    ("outcome", "kind", "signed"),
    [
        (ReleaseOutcome.RELEASE, ReleaseKind.UPDATE, True),
        (ReleaseOutcome.RELEASE_WITH_GAPS, ReleaseKind.PRODUCT, True),
        (ReleaseOutcome.RELEASE_WITH_GAPS, ReleaseKind.UPDATE, False),
    ],
    ids=["no gaps taken on", "no update", "nobody signed"],
)
def test_nothing_is_taken_on_otherwise(outcome: ReleaseOutcome, kind: ReleaseKind, signed: bool) -> None:
    story, release = decided(outcome, kind, signed=signed)
    assert taken_on(given(story).dossier, release, as_day("2026-06-01")) == frozenset()
