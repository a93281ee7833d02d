"""The catalogue is whole, hangs together, and says the same as the sources it was made from."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asepsis.clauses.catalogue import (
    EDITIONS,
    AlwaysAppliesError,
    At,
    Catalogue,
    Modality,
    UnknownClauseError,
    UnknownEditionError,
    UnknownObligationError,
    UnknownRouteError,
    catalogue,
    catalogue_of,
)
from asepsis.clauses.numbers import near, order

ROLES = {
    "management", "quality", "regulatory", "security", "architect", "developer", "tester", "clinical", "safety",
    "release-manager", "incident",
}  # fmt: skip
OF_THE_RECORD = {"lead": "its lead", "reviewer": "each reviewer", "cell": "(role of its cell)"}


@pytest.fixture(scope="module")
def edition() -> Catalogue:
    return catalogue()


@pytest.fixture(scope="module")
def checks(shared: Path) -> list[dict[str, Any]]:
    files = sorted((shared / "domain" / "checks").glob("*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def source(shared: Path) -> dict[str, dict[str, Any]]:
    clauses = json.loads((shared / "domain" / "clauses.json").read_text(encoding="utf-8"))
    return {clause["id"]: clause for clause in clauses}


@pytest.fixture(scope="module")
def signed(shared: Path) -> dict[str, str]:
    """Return what the model says of the signatures of each kind, by the kind's name."""
    text = (shared / "domain" / "model.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\w+) \| [A-Z]{3} \| [OP ]+ \| (.*?) \|", text, re.MULTILINE)
    found = dict(rows)
    for kind, slots in found.items():
        found[kind] = found["DesignElement"] if slots == "with its design" else slots
    return found


# ---------------------------------------------------------------------------------------------------------------- whole


def test_it_holds_the_57_numbered_clauses_and_annex_f(edition: Catalogue) -> None:
    numbered = [clause.id for clause in edition.clauses if clause.id[0] in "456789"]
    assert (len(numbered), [clause.id for clause in edition.clauses][57:]) == (57, ["F.1", "F.2", "F.3", "F.4"])


def test_it_holds_135_obligations_each_under_its_own_clause(edition: Catalogue) -> None:
    ids = [one.id for clause in edition.clauses for one in clause.obligations]
    assert len(ids) == len(set(ids)) == len(edition.obligations) == 135
    assert all(one.id.rpartition("-")[0] == one.clause for one in edition.obligations)


def test_each_obligation_has_checks_or_says_why_it_has_none(edition: Catalogue) -> None:
    assert [one.id for one in edition.obligations if bool(one.checks) == bool(one.no_check)] == []


def test_what_has_no_check_is_no_requirement(edition: Catalogue) -> None:
    silent = {one.id: one.modality for one in edition.obligations if not one.asks}
    assert silent.keys() == {"4.1.5-3", "4.1.7-4", "4.1.9-2", "4.3-3", "4.3-6", "5.6-1", "9.1-1", "9.5-7"}
    assert set(silent.values()) == {Modality.UNCONFIRMED, Modality.PERMISSION}


def test_each_clause_is_decided_by_obligations_that_ask_something(edition: Catalogue) -> None:
    undecided = [clause.id for clause in edition.clauses if not edition.counted(clause)]
    assert undecided == ["9.1", "F.1"]


def test_the_strongest_modality_of_a_clause_decides_it(edition: Catalogue) -> None:
    strength = [Modality.REQUIREMENT, Modality.UNCONFIRMED, Modality.RECOMMENDATION]
    for clause in edition.clauses:
        asked = [one.modality for one in clause.obligations if one.asks]
        assert clause.decided_by == next((one for one in strength if one in asked), None), clause.id


def test_recommended_obligations_count_only_when_they_are_let_in(edition: Catalogue) -> None:
    clause = edition.clause("4.2")
    assert [one.id for one in edition.counted(clause)] == ["4.2-1", "4.2-2", "4.2-3", "4.2-5"]
    assert [one.id for one in edition.counted(clause, recommended=True)] == [one.id for one in clause.obligations]


def test_what_only_explains_never_counts(edition: Catalogue) -> None:
    counted = [one.id for one in edition.counted(edition.clause("4.3"), recommended=True)]
    assert counted == ["4.3-1", "4.3-2", "4.3-4", "4.3-5"]


def test_the_wording_is_unconfirmed_just_where_the_modality_says_so(edition: Catalogue) -> None:
    assert all(one.confirmed == (one.modality is not Modality.UNCONFIRMED) for one in edition.obligations)


def test_clause_5_and_the_annex_before_release_are_asked_of_the_release(edition: Catalogue) -> None:
    of_release = {
        one.clause[:3] if one.clause[0] == "F" else one.clause[0] for one in edition.obligations if one.at is At.RELEASE
    }
    assert of_release == {"5", "F.2", "F.3"}


def test_eight_clauses_have_an_attestation_and_it_hangs_on_its_obligation(edition: Catalogue) -> None:
    attested = {clause.attestation for clause in edition.clauses if clause.attestation}
    assert len(attested) == 8
    assert attested == {one.attestation for one in edition.obligations if one.attestation}
    assert all(one.attestation.obligation == one.id for one in edition.obligations if one.attestation)


def test_every_clause_that_asks_something_says_whose_signature_attests_it(edition: Catalogue) -> None:
    silent = [one.id for one in edition.clauses if not edition.attests(one) and not one.attestation]
    assert silent == ["9.1", "F.1"]


def test_what_persons_attest_after_release_is_what_they_attest_in_its_clauses(edition: Catalogue) -> None:
    after = edition.attests(edition.clause("F.4"))
    assert set(edition.clause("9.4").attested_by) <= set(after)
    assert len(after) == len(set(after))


def test_each_signature_is_made_by_a_role_that_there_is(edition: Catalogue) -> None:
    roles = {one.role for clause in edition.clauses for one in clause.attested_by}
    assert roles <= ROLES | OF_THE_RECORD.keys()


def test_no_clause_but_the_overviews_lacks_evidence_and_lines_for_software(edition: Catalogue) -> None:
    bare = [one.id for one in edition.clauses if not one.evidence or not one.software_checks or not one.human_attests]
    assert bare == ["9.1", "F.1"]


def test_each_line_for_software_is_answered_by_checks_of_the_catalogue(edition: Catalogue) -> None:
    for clause in edition.clauses:
        for line in clause.software_checks:
            assert line.checks, f"{clause.id}: {line.text}"
            assert set(line.checks) <= edition.checks, clause.id


def test_a_composed_obligation_reads_clauses_or_checks_that_there_are(edition: Catalogue) -> None:
    composed = {one.id: {name for part in one.composed_of for name in part.of} for one in edition.obligations}
    assert {identity for identity, of in composed.items() if of} == {"F.2-1", "F.2-3", "F.4-1"}
    known = {clause.id for clause in edition.clauses} | edition.checks
    assert set().union(*composed.values()) <= known


# ------------------------------------------------------------------------------------------------------ board and gate


def test_each_tile_of_a_lane_has_a_short_name_of_its_own_that_fits(edition: Catalogue) -> None:
    names = Counter((clause.process, clause.short) for clause in edition.clauses)
    assert names.most_common(1)[0][1] == 1
    assert max(len(clause.short) for clause in edition.clauses) <= 14


def test_risk_management_and_classification_stand_in_the_quality_lane(edition: Catalogue) -> None:
    assert {edition.clause(number).process for number in ("4.1.1", "4.1.9", "4.2", "4.3")} == {"quality"}


def test_each_clause_stands_in_the_lane_of_its_first_figure(edition: Catalogue) -> None:
    lane = {process.clause: process.id for process in edition.processes}
    assert all(clause.process == lane[clause.id.partition(".")[0]] for clause in edition.clauses)


def test_the_gate_asks_seven_questions_in_the_order_of_5_8(edition: Catalogue) -> None:
    assert [clause.id for clause in edition.gate] == [f"5.8.{number}" for number in range(1, 8)]
    assert all((clause.question or "").endswith("?") for clause in edition.gate)


# --------------------------------------------------------------------------------------------------------------- routes


def test_the_full_route_asks_all_of_4_to_9_that_carries_a_requirement(edition: Catalogue) -> None:
    full = edition.route("full")
    assert len(full) == 56
    assert "9.1" not in full
    assert not [number for number in full if number[0] == "F"]


def test_the_transitional_route_asks_annex_f_with_4_and_6_to_9(edition: Catalogue) -> None:
    asked = edition.route("transitional")
    assert asked[-3:] == ("F.2", "F.3", "F.4")
    assert {number[0] for number in asked} == set("46789F")
    composed = {name for one in ("F.2-1", "F.4-1") for part in edition.obligation(one).composed_of for name in part.of}
    assert set(asked) - {"F.2", "F.3", "F.4"} == composed


def test_the_transitional_route_reads_the_clauses_of_5_that_it_does_not_ask(edition: Catalogue) -> None:
    assert edition.read("transitional") == ("5.2.1", "5.7.1", "5.7.2", "5.7.3", "5.7.4", "5.8.2")
    assert edition.read("full") == ()


def test_out_of_scope_asks_applicability_alone(edition: Catalogue) -> None:
    assert edition.route("none") == ("4.1.3",)


def test_another_route_is_refused(edition: Catalogue) -> None:
    with pytest.raises(UnknownRouteError, match="'fast'") as refused:
        edition.route("fast")
    assert refused.value.next == "Name one of these: full, transitional and none."


# ----------------------------------------------------------------------------------------------------------- conditions


def test_a_whole_obligation_and_a_lettered_part_may_depend_on_a_condition(edition: Catalogue) -> None:
    assert edition.condition("4.1.5-1").id == "made-for-us-item"
    assert edition.condition("5.7.1-2 d").text == "the product relies on software services"
    assert edition.obligation("5.8.2-1").parts.keys() == {"c"}
    assert edition.obligation("5.8.2-1").applies_if is None


@pytest.mark.parametrize("what", ["4.1.1-1", "5.7.1-2", "5.7.1-2 a", "4.1.5-1 a"])
def test_nobody_can_say_that_an_unconditional_obligation_does_not_apply(edition: Catalogue, what: str) -> None:
    with pytest.raises(AlwaysAppliesError, match="always applies"):
        edition.condition(what)


# --------------------------------------------------------------------------------------------------- order, near, digest


def test_4_1_10_comes_after_4_1_9_and_the_annex_last() -> None:
    numbers = ["F.2", "4.1.10", "4.2", "10", "4.1.9", "4.1", "9.5", "4.1.9-2", "4.1.9-10", "8"]
    assert sorted(numbers, key=order) == [
        "4.1",
        "4.1.9",
        "4.1.9-2",
        "4.1.9-10",
        "4.1.10",
        "4.2",
        "8",
        "9.5",
        "10",
        "F.2",
    ]


@given(st.lists(st.lists(st.integers(0, 20), min_size=1, max_size=4), max_size=8))
def test_numbers_sort_as_their_figures_do(figures: list[list[int]]) -> None:
    numbers = [".".join(map(str, one)) for one in figures]
    assert sorted(numbers, key=order) == [".".join(map(str, one)) for one in sorted(figures)]


def test_clauses_and_their_obligations_stand_in_order(edition: Catalogue) -> None:
    clauses, obligations = [one.id for one in edition.clauses], [one.id for one in edition.obligations]
    assert (clauses, obligations) == (sorted(clauses, key=order), sorted(obligations, key=order))


def test_an_unknown_clause_names_those_near_it(edition: Catalogue) -> None:
    with pytest.raises(UnknownClauseError, match=r"no clause '5\.8'") as refused:
        edition.clause("5.8")
    assert refused.value.next == "Name one that it has; near it are 5.8.1, 5.8.2 and 5.8.3."


def test_an_unknown_obligation_names_those_near_it(edition: Catalogue) -> None:
    with pytest.raises(UnknownObligationError) as refused:
        edition.obligation("f.3-")
    assert refused.value.next == "Name one that it has; near it are F.3-1, F.3-2 and F.3-3."


def test_an_unknown_edition_names_those_there_are() -> None:
    with pytest.raises(UnknownEditionError) as refused:
        catalogue("iec-81001-5-1-2031")
    assert refused.value.next == "Name one of these: iec-81001-5-1-2021."


@given(st.text(max_size=200))
def test_whatever_is_asked_for_something_is_near(name: str) -> None:
    assert len(near(name, [clause.id for clause in catalogue().clauses])) == 3


def test_the_digest_is_that_of_the_files_bytes_and_moves_with_each_of_them() -> None:
    import hashlib
    from importlib import resources

    data = (resources.files("asepsis.clauses") / EDITIONS["iec-81001-5-1-2021"]).read_bytes()
    assert catalogue().digest == hashlib.sha256(data).hexdigest() == catalogue_of(data).digest
    assert catalogue_of(data.replace(b"Quality system", b"Quality System")).digest != catalogue().digest


def test_the_catalogue_is_read_once() -> None:
    assert catalogue() is catalogue()


# ------------------------------------------------------------------------------------------------------------- mappings


def test_all_47_practices_of_62443_4_1_are_mapped_and_one_lives_in_annex_e_alone(edition: Catalogue) -> None:
    families = Counter(practice.id.partition("-")[0] for practice in edition.practices)
    assert families == {"SM": 13, "SR": 5, "SD": 4, "SI": 2, "SVV": 5, "DM": 6, "SUM": 5, "SG": 7}
    assert [one.id for one in edition.practices if not one.clauses] == ["SG-2"]


def test_both_directions_of_the_62443_mapping_join(edition: Catalogue) -> None:
    mapped = edition.mappings().iec62443_4_1
    assert mapped["SM-1"] == ("4.1.1", "5.1.1", "8")
    assert mapped["DM-4"] == ("4.2", "5.8.1", "7.4", "9.5")
    assert "4.3" not in mapped["SM-9"], "nearest is no counterpart"


def test_clauses_of_62304_lead_to_those_that_answer_them(edition: Catalogue) -> None:
    mapped = edition.mappings().iec62304
    assert mapped["4.4"] == ("4.1.3", "F.1", "F.2", "F.3", "F.4")
    assert list(mapped) == sorted(mapped, key=order)


def test_a_clause_with_no_counterpart_names_no_practice(edition: Catalogue) -> None:
    assert [one.id for one in edition.clauses if not one.iec62443_4_1.practices] == [
        "5.6",
        "9.1",
        "F.1",
        "F.2",
        "F.3",
        "F.4",
    ]


# --------------------------------------------------------------------------------------------------- against the sources


def test_each_clause_says_what_its_source_says(edition: Catalogue, source: dict[str, dict[str, Any]]) -> None:
    assert [clause.id for clause in edition.clauses] == list(source)
    for clause in edition.clauses:
        told = source[clause.id]
        assert (clause.title, clause.decided_by or "none") == (told["title"], told["decided_by"])
        assert clause.confidence == told["confidence"]
        assert clause.iec62304.as_told == told["iec62304"]
        assert [(one.id, one.modality, one.at) for one in clause.obligations] == [
            (one["id"], one["modality"], one["at"]) for one in told["obligations"]
        ]
        found = clause.attestation and {
            "obligation": clause.attestation.obligation,
            "role": clause.attestation.role,
            "every": clause.attestation.every,
        }
        assert found == told.get("attestation")


def test_conditions_and_compositions_are_those_of_the_source(
    edition: Catalogue, source: dict[str, dict[str, Any]]
) -> None:
    for told in (one for clause in source.values() for one in clause["obligations"]):
        obligation = edition.obligation(told["id"])
        condition, composed = told.get("applies_if"), told.get("composed_of")
        whole = obligation.applies_if and obligation.applies_if.text
        parts = {letter: one.text for letter, one in obligation.parts.items()}
        assert (parts if isinstance(condition, dict) else whole) == condition
        of = {one.letter: list(one.of) for one in obligation.composed_of}
        assert of == (composed if isinstance(composed, dict) else {None: composed} if composed else {})


# Each attestation has a check that looks whether it was made; the domain names that of the yearly ones only.
OURS = {
    "statements.release_attestations": ("5.1.2-1", "5.3.1-1", "5.4.2-1", "5.7.2-1"),
    "problems.statements_hold": ("9.3-1",),
}


def test_all_176_checks_of_the_domain_are_bound_to_the_obligations_they_decide(
    edition: Catalogue, checks: list[dict[str, Any]]
) -> None:
    assert len(checks) == 176
    told: dict[str, set[str]] = {}
    for check in checks:
        for obligation in check["obligations"]:
            told.setdefault(obligation, set()).add(check["id"])
    for check_id, obligations in OURS.items():
        for obligation in obligations:
            told[obligation].add(check_id)
    assert told == {one.id: set(one.checks) for one in edition.obligations if one.checks}


def test_each_attestation_is_looked_at_by_a_check(edition: Catalogue) -> None:
    looking = {"year": "statements.attestations_in_force", "release": "statements.release_attestations"}
    attested = [one for one in edition.obligations if one.attestation]
    assert len(attested) == 8
    assert [one.id for one in attested if one.attestation and looking[one.attestation.every] not in one.checks] == []


def test_each_line_for_software_keeps_the_checks_that_answer_it(
    edition: Catalogue, checks: list[dict[str, Any]]
) -> None:
    told = {(line, check["id"]) for check in checks for line in check["answers"]}
    found = {
        (f"{clause.id}#{number}", check)
        for clause in edition.clauses
        for number, line in enumerate(clause.software_checks)
        for check in line.checks
    }
    assert found == told


def test_each_signature_that_attests_a_clause_is_a_slot_of_its_kind(edition: Catalogue, signed: dict[str, str]) -> None:
    for clause in edition.clauses:
        for attest in clause.attested_by:
            slot = f"{attest.meaning}:{OF_THE_RECORD.get(attest.role, attest.role)}"
            assert slot in signed[attest.kind], f"{clause.id}: {attest.kind} {slot}"


# ---------------------------------------------------------------------------------------------------------- our own words


def test_no_text_points_into_our_working_papers(edition: Catalogue) -> None:
    for clause in edition.clauses:
        texts = [one.text for one in clause.obligations] + [one.text for one in clause.software_checks]
        for text in (*texts, *clause.evidence, *clause.human_attests):
            assert not re.search(r"\bsection \d|\bseed\b|ingest|\[unconfirmed\]", text), f"{clause.id}: {text}"


def test_no_text_speaks_in_the_modal_verbs_of_a_standard(edition: Catalogue) -> None:
    for obligation in edition.obligations:
        assert not re.search(r"\bshall\b", obligation.text), obligation.id
