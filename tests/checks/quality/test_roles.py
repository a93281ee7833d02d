"""Roles: one answers for each clause, some do its work, and somebody holds each."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks import terms
from asepsis.checks.quality import roles
from asepsis.quality.records import Appointment, Procedure, Role
from asepsis.record.slots import SystemRole
from asepsis.risk.records import Asset
from asepsis.statements.records import Attestation
from tests.dossiers import ORGANISATION, Cast, Story, breaks, keeps, run_check

CLAUSES = "quality.clauses_have_roles"
HELD = "quality.roles_held_today"
ALL = [clause.id for clause in terms.asked_clauses(Story().view())]


def a_role(story: Story, **fields: Any) -> str:
    given: dict[str, Any] = {"acts_as": ["security"], "accountable_for": ALL, "responsible_for": ALL}
    return story.add(Role, **(given | fields))


# --- accountable and responsible ------------------------------------------------------------------------------------


@keeps(CLAUSES)
def test_one_role_may_answer_for_every_clause_and_do_its_work() -> None:
    story = Story()
    a_role(story)
    a_role(story, accountable_for=[])
    assert run_check(CLAUSES, story).kept


@breaks(CLAUSES)
def test_a_clause_that_nobody_answers_for_is_a_gap() -> None:
    story = Story()
    a_role(story, accountable_for=[one for one in ALL if one != "7.2"])
    said = run_check(CLAUSES, story)
    assert (said.sentences, "7.2" in said.texts[0]) == ([roles.NOBODY_ACCOUNTABLE], True)


@breaks(CLAUSES)
def test_a_clause_that_two_answer_for_is_a_gap() -> None:
    story = Story()
    a_role(story)
    a_role(story, accountable_for=["7.2"])
    assert run_check(CLAUSES, story).texts == ["ORG-ROL-1 and ORG-ROL-2 all answer for clause 7.2."]


@breaks(CLAUSES)
def test_a_clause_whose_work_nobody_does_is_a_gap() -> None:
    story = Story()
    a_role(story, responsible_for=[one for one in ALL if one != "7.2"])
    assert run_check(CLAUSES, story).sentences == [roles.NOBODY_RESPONSIBLE]


@breaks(CLAUSES)
def test_a_responsible_role_that_acts_as_nothing_is_a_gap() -> None:
    story = Story()
    a_role(story, acts_as=[])
    assert run_check(CLAUSES, story).sentences == [roles.ACTS_AS_NOTHING]


@keeps(CLAUSES)
def test_a_role_that_only_answers_may_act_as_nothing() -> None:
    story = Story()
    a_role(story, acts_as=[], responsible_for=[])
    a_role(story, accountable_for=[])
    assert run_check(CLAUSES, story).kept


@pytest.mark.parametrize("check", [CLAUSES, HELD])
def test_without_any_role_it_is_a_gap(check: str) -> None:
    story = Story()
    story.people()
    story.draft(Role)
    assert run_check(check, story).texts == ["There is no role to look at."]


# --- held today -----------------------------------------------------------------------------------------------------


def a_held_role(**fields: Any) -> Story:
    """Return a story with a role for the clauses, given to the person of security, and one for each signature."""
    story = Story()
    role = a_role(story, acts_as=[SystemRole.SECURITY])
    given: dict[str, Any] = {"person": Cast.SECURITY, "since": "2026-01-05"}
    story.add(Appointment, role=role, **(given | fields))
    story.staff(SystemRole.MANAGEMENT)
    return story


@keeps(HELD)
@breaks(HELD)
def test_a_role_is_held_from_the_first_day_of_an_appointment_to_its_last() -> None:
    story = a_held_role(since="2026-11-02", until="2026-11-25")
    story.people()
    assert run_check(HELD, story, today="2026-11-01").sentences == [roles.NEVER_GIVEN]
    assert run_check(HELD, story, today="2026-11-02").kept
    assert run_check(HELD, story, today="2026-11-25").kept
    assert run_check(HELD, story, today="2026-11-26").sentences == [roles.NEVER_GIVEN]


@keeps(HELD)
@breaks(HELD)
def test_who_leaves_is_there_on_the_last_day_and_not_on_the_next() -> None:
    story = a_held_role()
    story.people(security=("2020-01-01", "2026-11-25"))
    assert run_check(HELD, story, today="2026-11-25").kept
    assert run_check(HELD, story, today="2026-11-26").sentences == [roles.ALL_GONE, roles.STILL_APPOINTED]


@keeps(HELD)
@breaks(HELD)
def test_who_comes_is_there_from_the_first_day() -> None:
    story = a_held_role()
    story.people(security=("2026-11-25", None))
    assert run_check(HELD, story, today="2026-11-24").sentences == [roles.ALL_GONE]
    assert run_check(HELD, story, today="2026-11-25").kept


def test_a_deputy_who_is_there_stands_in_for_who_has_left_on_a_day_that_is_entered() -> None:
    story = a_held_role(deputy=Cast.DEPUTY, until="2027-12-31")
    story.people(security=("2020-01-01", "2026-11-24"))
    assert run_check(HELD, story).kept


@breaks(HELD)
def test_an_appointment_without_an_end_of_somebody_who_left_is_a_gap_even_with_a_deputy() -> None:
    story = a_held_role(deputy=Cast.DEPUTY)
    story.people(security=("2020-01-01", "2026-11-24"))
    said = run_check(HELD, story)
    assert (said.sentences, said.about) == ([roles.STILL_APPOINTED], ["GW-APT-1"])


@breaks(HELD)
def test_a_kind_in_use_that_nobody_there_may_sign_is_a_gap() -> None:
    story = a_held_role()
    story.people()
    assert run_check(HELD, story).kept
    story.add(Procedure)
    said = run_check(HELD, story)
    assert said.texts == ["Records of the kind Procedure are signed by quality, and nobody who is there acts as that."]
    story.staff(SystemRole.QUALITY)
    assert run_check(HELD, story).kept


def test_what_the_person_who_left_signed_for_is_signed_by_nobody_any_more() -> None:
    story = a_held_role()
    story.add(Asset)
    story.people(security=("2020-01-01", "2026-11-24"))
    assert roles.NOBODY_SIGNS in run_check(HELD, story).sentences


def test_a_role_without_duties_need_not_be_held() -> None:
    story = a_held_role()
    story.people()
    story.add(Role, acts_as=["auditor"])
    assert run_check(HELD, story).kept


@breaks(HELD)
@pytest.mark.parametrize("duty", ["accountable_for", "responsible_for"])
def test_either_duty_asks_for_a_holder(duty: str) -> None:
    story = a_held_role()
    story.people()
    duties: dict[str, Any] = {duty: ["7.2"]}
    story.add(Role, **duties)
    said = run_check(HELD, story)
    assert (said.sentences, said.about) == ([roles.NEVER_GIVEN], ["ORG-ROL-3"])


def test_one_holder_who_is_there_is_enough() -> None:
    story = a_held_role(until="2027-12-31")
    story.add(Asset)
    story.add(Appointment, role=next(iter(story.labels)), person=Cast.TESTER, since="2026-01-05")
    story.people(security=("2020-01-01", "2026-11-24"))
    assert run_check(HELD, story).kept


def test_somebody_of_whom_nothing_is_known_is_not_there() -> None:
    story = a_held_role(person="f" * 32)
    story.people()
    assert run_check(HELD, story).sentences == [roles.ALL_GONE]


@breaks(HELD)
def test_whoever_signs_a_kind_by_what_its_records_say_has_to_be_there_too() -> None:
    story = a_held_role()
    story.people()
    story.add(Attestation, obligation="9.2-2", owned_by=ORGANISATION)
    assert run_check(HELD, story).texts == [
        "Records of the kind Attestation are signed by incident, and nobody who is there acts as that."
    ]


def test_without_the_days_of_people_it_is_unknown() -> None:
    said = run_check(HELD, a_held_role())
    assert (said.gaps, len(said.unknowns)) == ([], 1)
