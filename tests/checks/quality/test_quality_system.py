"""The quality system: its scope, its validity and its audits."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks import terms
from asepsis.checks.quality import quality_system
from asepsis.quality.records import Audit, Procedure, QualitySystem
from asepsis.record.slots import SystemRole
from asepsis.statements.records import Policy
from tests.dossiers import Cast, Story, breaks, evidence, keeps, run_check

VALID = "quality.system_scope_and_validity"
AUDITED = "quality.security_processes_audited"
ALL = [clause.id for clause in terms.asked_clauses(Story().view())]


def a_system(story: Story, **fields: Any) -> str:
    given: dict[str, Any] = {"standard": "iso13485", "security_in_scope": True}
    return story.add(QualitySystem, **(given | fields))


def an_audit(story: Story, **fields: Any) -> str:
    given: dict[str, Any] = {"kind": "internal", "clauses": ALL, "own_work_excluded": True, "on": "2026-02-01"}
    return story.add(Audit, **(given | {"sample": [story.add(Procedure)]} | fields))


# --- scope and validity ---------------------------------------------------------------------------------------------


@keeps(VALID)
@breaks(VALID)
def test_a_certificate_is_valid_on_its_last_day_and_not_on_the_next() -> None:
    story = Story()
    a_system(story, certificate=evidence("certificate"), certificate_until="2026-11-25")
    assert run_check(VALID, story, today="2026-11-25").kept
    assert run_check(VALID, story, today="2026-11-26").sentences == [quality_system.CERTIFICATE_OVER]


@breaks(VALID)
def test_a_system_that_leaves_security_out_is_a_gap() -> None:
    story = Story()
    a_system(story, security_in_scope=False, certificate=evidence("one"), certificate_until="2027-01-01")
    assert run_check(VALID, story).sentences == [quality_system.OUT_OF_SCOPE]


@keeps(VALID)
@breaks(VALID)
def test_without_a_certificate_an_audit_shows_it_for_one_cycle() -> None:
    story = Story(quality__audit_cycle_months=12)
    a_system(story)
    an_audit(story, on="2026-02-01")
    assert run_check(VALID, story, today="2027-02-01").kept
    assert run_check(VALID, story, today="2027-02-02").sentences == [quality_system.NEVER_SHOWN]


@pytest.mark.parametrize(
    ("kind", "shows"),
    [("internal", True), ("customer", True), ("notified-body", True), ("supplier", False), ("authority", False)],
)
def test_only_some_audits_show_that_the_system_is_alive(kind: str, shows: bool) -> None:
    story = Story()
    a_system(story)
    an_audit(story, kind=kind)
    assert run_check(VALID, story).kept is shows


def test_one_audit_that_shows_it_is_enough() -> None:
    story = Story()
    a_system(story)
    an_audit(story, kind="supplier")
    an_audit(story, kind="internal")
    assert run_check(VALID, story).kept


def test_a_certificate_whose_bytes_are_gone_leaves_it_unknown() -> None:
    story = Story()
    a_system(story, certificate=evidence("certificate"), certificate_until="2027-01-01")
    story.lose("certificate")
    said = run_check(VALID, story)
    assert ([one.said.sentence for one in said.unknowns], said.gaps) == ([quality_system.CERTIFICATE_GONE], [])


@pytest.mark.parametrize("check", [VALID, AUDITED])
def test_without_a_quality_system_it_is_a_gap(check: str) -> None:
    story = Story()
    story.draft(QualitySystem)
    assert run_check(check, story).texts == ["There is no quality system to look at."]


# --- audits ---------------------------------------------------------------------------------------------------------


@keeps(AUDITED)
@breaks(AUDITED)
def test_an_audit_covers_its_clauses_for_one_cycle() -> None:
    story = Story(quality__audit_cycle_months=12)
    a_system(story)
    an_audit(story, on="2026-02-01")
    assert run_check(AUDITED, story, today="2027-02-01").kept
    said = run_check(AUDITED, story, today="2027-02-02")
    assert (set(said.sentences), len(said.gaps)) == ({quality_system.NOT_AUDITED}, len(ALL))


@breaks(AUDITED)
@pytest.mark.parametrize("fault", [{"own_work_excluded": False}, {"sample": []}])
def test_an_audit_of_own_work_or_without_a_sample_covers_nothing(fault: dict[str, Any]) -> None:
    story = Story()
    a_system(story)
    an_audit(story, **fault)
    assert len(run_check(AUDITED, story).gaps) == len(ALL)


@keeps(AUDITED)
@breaks(AUDITED)
def test_who_wrote_by_the_day_of_an_audit_what_it_drew_audited_own_work() -> None:
    for day, found in (("2026-02-02", []), ("2026-02-01", [quality_system.OWN_WORK])):
        a_system(story := Story())
        drawn = story.add(Procedure, day=day, writer=Cast.ARCHITECT)
        audit = an_audit(story, sample=[drawn], auditors=[{"person": Cast.ARCHITECT}, {"person": Cast.OUTSIDER}])
        said = run_check(AUDITED, story)
        assert (said.sentences, said.about) == (found, [story.labels[audit]] * len(found))


@breaks(AUDITED)
def test_a_clause_that_no_audit_looked_at_is_a_gap() -> None:
    story = Story()
    a_system(story)
    an_audit(story, clauses=[one for one in ALL if one != "7.2"])
    assert [text for text in run_check(AUDITED, story).texts if "7.2" in text] == run_check(AUDITED, story).texts


@keeps(AUDITED)
@breaks(AUDITED)
def test_a_planned_audit_is_enough_until_its_day_is_past() -> None:
    story = Story()
    a_system(story, audit_plan=[{"clause": one, "by": "2027-03-01"} for one in ALL])
    story.add(Procedure, serves=ALL, effective="2026-01-05", review_by="2027-12-01")
    assert run_check(AUDITED, story, today="2027-03-01").kept
    assert set(run_check(AUDITED, story, today="2027-03-02").sentences) == {quality_system.AUDIT_MISSED}


@keeps(AUDITED)
@breaks(AUDITED)
def test_an_audit_is_planned_no_later_than_one_cycle_after_the_procedure_began() -> None:
    story = Story(quality__audit_cycle_months=12)
    a_system(story, audit_plan=[{"clause": one, "by": "2027-01-05"} for one in ALL])
    story.add(Procedure, day="2026-01-05", serves=ALL, effective="2026-01-05", review_by="2027-12-01")
    assert run_check(AUDITED, story).kept
    a_system(other := Story(quality__audit_cycle_months=12), audit_plan=[{"clause": "7.2", "by": "2027-01-06"}])
    other.add(Procedure, day="2026-01-05", serves=["7.2"], effective="2026-01-05", review_by="2027-12-01")
    assert quality_system.AUDIT_TOO_LATE in run_check(AUDITED, other).sentences


def test_each_clause_has_a_day_of_its_own_in_the_plan() -> None:
    story = Story()
    plan = [{"clause": one, "by": "2026-11-24" if one == "7.2" else "2026-11-25"} for one in ALL]
    a_system(story, audit_plan=[*plan, {"clause": "7.3", "by": "2026-11-01"}])
    said = run_check(AUDITED, story)
    assert (said.sentences, "7.2" in said.texts[0]) == ([quality_system.AUDIT_MISSED], True)


def test_of_two_procedures_for_a_clause_the_older_one_begins_the_cycle() -> None:
    story = Story(quality__audit_cycle_months=12)
    a_system(story, audit_plan=[{"clause": one, "by": "2027-01-06"} for one in ALL])
    given: dict[str, Any] = {"effective": "2026-01-05", "review_by": "2027-12-01"}
    story.add(Procedure, day="2026-02-01", serves=ALL, **given)
    assert run_check(AUDITED, story).kept
    story.add(Procedure, day="2026-01-05", serves=["7.2"], **given)
    assert run_check(AUDITED, story).sentences == [quality_system.AUDIT_TOO_LATE]


def test_a_report_whose_bytes_are_gone_leaves_it_unknown() -> None:
    story = Story()
    a_system(story)
    an_audit(story, report=evidence("report"))
    story.lose("report")
    said = run_check(AUDITED, story)
    assert ([one.said.sentence for one in said.unknowns], said.gaps) == ([quality_system.REPORT_GONE], [])


@keeps(VALID)
@breaks(VALID)
def test_the_policy_is_looked_over_by_the_day_that_it_names() -> None:
    story = Story()
    a_system(story, certificate=evidence("certificate"), certificate_until="2027-11-25")
    policy = story.add(Policy, effective="2026-01-05", review_by="2026-11-25")
    assert run_check(VALID, story, today="2026-11-25").kept
    said = run_check(VALID, story, today="2026-11-26")
    assert (said.sentences, said.about) == ([quality_system.POLICY_OVER], [story.labels[policy]])
    assert (said.gaps[0].owner, str(said.gaps[0].due)) == (SystemRole.MANAGEMENT, "2026-11-25")
