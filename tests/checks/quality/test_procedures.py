"""Procedures: one in force for each clause, and one for each kind of record."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks import terms
from asepsis.checks.quality import procedures
from asepsis.quality.records import Applicability, Procedure, ProductProfile, Role
from tests.dossiers import Story, breaks, elsewhere, evidence, keeps, run_check

SERVED = "quality.clauses_have_procedures"
CONTROLLED = "quality.record_types_controlled"
ALL = [clause.id for clause in terms.asked_clauses(Story().view())]


def a_procedure(story: Story, **fields: Any) -> str:
    """Write a procedure that serves every clause and is in force until 5 January 2028, the last day of the policy."""
    given: dict[str, Any] = {"effective": "2026-01-05", "review_by": "2028-01-05", "serves": ALL}
    return story.add(Procedure, **(given | fields))


@keeps(SERVED)
@breaks(SERVED)
def test_a_procedure_serves_its_clauses_until_the_day_of_its_review() -> None:
    story = Story()
    procedure = a_procedure(story)
    assert run_check(SERVED, story, today="2028-01-05").kept
    said = run_check(SERVED, story, today="2028-01-06")
    assert set(said.sentences) == {procedures.LAPSED}
    assert set(said.about) == {story.labels[procedure]}
    assert len(said.gaps) == len(ALL)


@breaks(SERVED)
def test_a_procedure_serves_nothing_before_its_first_day() -> None:
    story = Story()
    a_procedure(story, effective="2026-11-26", review_by="2027-11-26")
    assert set(run_check(SERVED, story, today="2026-11-25").sentences) == {procedures.UNSERVED}
    assert run_check(SERVED, story, today="2026-11-26").kept


@breaks(SERVED)
def test_each_clause_that_no_procedure_serves_is_a_gap() -> None:
    story = Story()
    a_procedure(story, serves=[one for one in ALL if one != "7.2"])
    said = run_check(SERVED, story)
    assert said.texts == ["No procedure in force serves clause 7.2, " + title("7.2") + "."]
    assert said.about == ["GW"]


def title(clause: str) -> str:
    return Story().view().catalogue.clause(clause).title


@keeps(SERVED)
def test_on_the_transitional_route_only_the_clauses_of_its_set_are_asked() -> None:
    story = Story()
    story.add(
        Applicability,
        profile=story.add(ProductProfile),
        route="transitional",
        developed_before="2021-12-01",
        developed_before_proof=evidence("old release note"),
    )
    a_procedure(story, serves=[one for one in ALL if not one.startswith("5.")] + ["F.2", "F.3", "F.4"])
    assert run_check(SERVED, story).kept


@breaks(SERVED)
def test_a_review_may_be_as_far_off_as_the_policy_says_and_no_day_further() -> None:
    story = Story(quality__procedure_review_months=12)
    a_procedure(story, review_by="2027-01-05")
    assert run_check(SERVED, story).kept
    late = a_procedure(story, review_by="2027-01-06", document=evidence("another"))
    said = run_check(SERVED, story)
    assert (said.sentences, said.about) == ([procedures.REVIEWED_TOO_LATE], [story.labels[late]])


@breaks(SERVED)
def test_a_number_that_the_catalogue_does_not_know_is_a_gap() -> None:
    story = Story()
    a_procedure(story, serves=[*ALL, "5.7"])
    assert run_check(SERVED, story).sentences == [procedures.UNKNOWN_CLAUSE]


@keeps(SERVED)
@breaks(SERVED)
def test_two_versions_with_one_document_are_a_gap_of_each_and_one_version_is_none() -> None:
    story = Story()
    a_procedure(story, version="1", document=evidence("one"))
    a_procedure(story, version="1", document=evidence("one"))
    assert run_check(SERVED, story).kept
    a_procedure(story, version="2", document=evidence("one"))
    assert run_check(SERVED, story).sentences == [procedures.SAME_DOCUMENT] * 3


def test_a_document_whose_bytes_are_gone_leaves_it_unknown() -> None:
    story = Story()
    a_procedure(story, document=evidence("gone"))
    story.lose("gone")
    assert [one.said.sentence for one in run_check(SERVED, story).unknowns] == [procedures.DOCUMENT_GONE]


@keeps(SERVED)
def test_a_document_kept_elsewhere_need_not_be_stored() -> None:
    story = Story()
    a_procedure(story, document=elsewhere("gone"))
    story.lose("gone")
    assert run_check(SERVED, story).kept


@pytest.mark.parametrize("check", [SERVED, CONTROLLED])
@pytest.mark.parametrize("state", ["none", "draft", "retired"])
def test_without_an_effective_procedure_it_is_a_gap(check: str, state: str) -> None:
    story = Story()
    if state == "draft":
        story.draft(Procedure)
    if state == "retired":
        story.retire(a_procedure(story), day="2026-02-01")
    assert run_check(check, story).texts == ["There is no procedure to look at."]


@keeps(CONTROLLED)
@breaks(CONTROLLED)
def test_each_kind_of_record_that_there_is_has_to_be_named_by_a_procedure_in_force() -> None:
    story = Story()
    a_procedure(story, record_types=["Procedure"])
    assert run_check(CONTROLLED, story).kept
    story.draft(Role)
    assert run_check(CONTROLLED, story).kept
    story.add(Role)
    assert run_check(CONTROLLED, story).texts == [
        "No procedure in force makes records of the kind Role, and there are some."
    ]


@breaks(CONTROLLED)
def test_a_procedure_past_its_review_controls_no_kind() -> None:
    story = Story()
    a_procedure(story, record_types=["Procedure"])
    assert run_check(CONTROLLED, story, today="2028-01-05").kept
    assert run_check(CONTROLLED, story, today="2028-01-06").sentences == [procedures.UNCONTROLLED]
