"""Where the example stands: what the gate says of each release, and why."""

from __future__ import annotations

import pytest

from asepsis import example
from asepsis.conformance import moments
from asepsis.conformance.assessment import Assessment
from asepsis.record.verdict import Verdict
from asepsis.store import models

REASONS = {
    "5.8.1": "development.findings_resolved",  # a finding that nobody has decided
    "5.8.3": "development.package_in_manifest",  # a file that the manifest lacks
    "5.8.4": "development.signing_log_matches",  # a log of the key that ends too early
    "5.8.5": "development.open_issues_at_gate",  # an exploited vulnerability without a decision
}


def _at_baseline(shown: example.Written, version: str) -> Assessment:
    asked = moments.Asked(shown.products["GW"], shown.releases[version], shown.baselines[version])
    return moments.assess_product(asked, example.LAST)


def test_the_gate_keeps_2_4_0_back_for_reasons_that_a_person_understands(shown: example.Written) -> None:
    gate = moments.gate_of(moments.assess_product(moments.Asked(shown.products["GW"]), example.LAST))
    assert (gate.version, gate.exit_code) == ("2.4.0", 1)
    found = {one.clause: {note.check for note in one.notes} for one in gate.questions}
    assert {clause: check in found[clause] for clause, check in REASONS.items()} == dict.fromkeys(REASONS, True)
    assert [one.clause for one in gate.questions if one.verdict is Verdict.MET] == ["5.8.2", "5.8.7"]


def test_nothing_stood_against_2_3_0_on_its_day(shown: example.Written) -> None:
    there = _at_baseline(shown, "2.3.0")
    if there.awaited:
        pytest.skip(
            f"{len(there.awaited)} obligations have no check yet, so the release could not rest on a full answer"
        )
    against = [
        (one.id, note.check, note.said.text())
        for one in there.obligations
        if one.counts
        for note in (*one.gaps, *one.unknowns)
    ]
    assert against == []
    assert moments.gate_of(there).exit_code == 0


def test_2_2_0_went_out_on_an_assessment_with_gaps_and_the_audit_said_so(shown: example.Written) -> None:
    there = _at_baseline(shown, "2.2.0")
    assert "development.release_rests_on_assessment" in {note.check for one in there.obligations for note in one.gaps}


def test_most_of_the_board_is_met_and_about_a_dozen_clauses_are_not(shown: example.Written) -> None:
    counts = moments.assess_product(moments.Asked(shown.products["GW"]), example.LAST).counted()
    assert 8 <= counts[Verdict.GAP] <= 20
    assert counts[Verdict.MET] > counts[Verdict.GAP]


def test_a_late_review_and_a_late_decision_are_answered(shown: example.Written) -> None:
    there = _at_baseline(shown, "2.3.0")
    answered = {note.check for one in there.obligations for note in one.answered}
    assert {"quality.defect_review_intervals", "configuration.changes_decided_first"} <= answered


def test_the_other_product_takes_the_transitional_route(shown: example.Written) -> None:
    there = moments.assess_product(moments.Asked(shown.products["OLD"]), example.LAST)
    assert there.route == "transitional"


def test_pages_find_assessments_of_now_and_of_each_baseline(shown: example.Written) -> None:
    kept = models.Assessed.objects.values_list("product", "baseline", "position")
    positions = {position for product, baseline, position in kept if baseline}
    assert positions == set(shown.baselines.values())
    assert {product for product, baseline, _ in kept if not baseline} == set(shown.products.values())
