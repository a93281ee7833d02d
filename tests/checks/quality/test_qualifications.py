"""Skills are named, trained, shown and rightly judged."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.quality import qualifications
from asepsis.quality.records import Appointment, Qualification, Role, Training
from tests.dossiers import Cast, Story, breaks, evidence, keeps, run_check

TRAINED = "quality.skill_needs_trained"
TODAY = "quality.people_qualified_today"
SHOWN = "quality.qualifications_shown"
NEED = {"skill": "threat modelling", "level": 2, "valid_months": 24}


def a_role(story: Story, *, needs: list[dict[str, Any]] | None = None, **appointment: Any) -> str:
    """Write a role with duties that needs a skill, and give it to the person of security; return the appointment."""
    role = story.add(
        Role, acts_as=["security"], responsible_for=["7.2"], skill_needs=[NEED] if needs is None else needs
    )
    return story.add(Appointment, **({"role": role, "person": Cast.SECURITY, "since": "2026-01-05"} | appointment))


def a_qualification(story: Story, **fields: Any) -> str:
    """Say that the person of security showed the skill on 1 February 2026, by a certificate, for two years."""
    given: dict[str, Any] = {"person": Cast.SECURITY, "skill": "Threat modelling", "level": 2}
    given |= {"shown_by": "certificate", "on": "2026-02-01", "until": "2028-02-01"}
    return story.add(Qualification, **(given | fields))


def a_training(story: Story, *attended: str, **fields: Any) -> str:
    attendance = [{"person": Cast.SECURITY, "on": day} for day in attended]
    given: dict[str, Any] = {"skills": ["Threat Modelling"], "attendance": attendance}
    return story.add(Training, **(given | fields))


# --- training -------------------------------------------------------------------------------------------------------


@keeps(TRAINED)
@breaks(TRAINED)
def test_attendance_counts_as_long_before_the_appointment_as_the_skill_is_valid() -> None:
    story = Story()
    a_role(story, since="2026-01-05")
    a_training(story, "2024-01-05")
    assert run_check(TRAINED, story).kept
    story = Story()
    a_role(story, since="2026-01-05")
    a_training(story, "2024-01-04")
    assert run_check(TRAINED, story).sentences == [qualifications.NOT_TRAINED]


def test_attendance_counts_from_its_day_on() -> None:
    story = Story()
    a_role(story)
    a_training(story, "2026-11-25")
    assert run_check(TRAINED, story, today="2026-11-25").kept
    assert run_check(TRAINED, story, today="2026-11-24").sentences == [qualifications.NOT_TRAINED]


@keeps(TRAINED)
def test_who_has_shown_the_skill_need_not_attend() -> None:
    story = Story()
    a_role(story)
    a_training(story)
    a_qualification(story)
    assert run_check(TRAINED, story).kept


@breaks(TRAINED)
def test_the_attendance_of_another_or_of_another_training_does_not_count() -> None:
    story = Story()
    a_role(story)
    a_training(story, attendance=[{"person": Cast.OUTSIDER, "on": "2026-02-01"}])
    a_training(story, "2026-02-01", skills=["fuzzing"])
    assert run_check(TRAINED, story).sentences == [qualifications.NOT_TRAINED]


@breaks(TRAINED)
def test_a_skill_that_no_training_gives_is_a_gap() -> None:
    story = Story()
    a_role(story)
    a_qualification(story)
    assert run_check(TRAINED, story).sentences == [qualifications.NO_TRAINING]


@breaks(TRAINED)
def test_a_role_with_duties_that_asks_for_no_skill_is_a_gap() -> None:
    story = Story()
    a_role(story, needs=[])
    assert run_check(TRAINED, story).sentences == [qualifications.NEEDS_NOTHING]


def test_an_appointment_that_is_over_asks_for_no_training() -> None:
    story = Story()
    a_role(story, until="2026-11-24")
    a_training(story)
    assert run_check(TRAINED, story, today="2026-11-24").sentences == [qualifications.NOT_TRAINED]
    assert run_check(TRAINED, story, today="2026-11-25").kept


def test_material_whose_bytes_are_gone_leaves_it_unknown() -> None:
    story = Story()
    a_role(story)
    a_training(story, "2026-02-01", material=evidence("slides"))
    story.lose("slides")
    said = run_check(TRAINED, story)
    assert ([one.said.sentence for one in said.unknowns], said.gaps) == ([qualifications.MATERIAL_GONE], [])


def test_without_a_role_that_has_duties_it_is_a_gap() -> None:
    story = Story()
    story.add(Role, acts_as=["auditor"])
    assert run_check(TRAINED, story).texts == ["There is no role to look at."]


# --- qualified today ------------------------------------------------------------------------------------------------


@keeps(TODAY)
@breaks(TODAY)
@pytest.mark.parametrize(
    ("policy", "until", "last", "next_day"),
    [
        (36, "2030-01-01", "2028-02-01", "2028-02-02"),
        (12, "2030-01-01", "2027-02-01", "2027-02-02"),
        (36, "2026-12-31", "2026-12-31", "2027-01-01"),
    ],
    ids=["as-the-role-says", "as-the-policy-says", "as-it-says-itself"],
)
def test_a_skill_counts_until_the_first_of_three_days(policy: int, until: str, last: str, next_day: str) -> None:
    story = Story(quality__qualification_months=policy)
    a_role(story)
    story.people()
    a_qualification(story, until=until)
    assert run_check(TODAY, story, today=last).kept
    assert run_check(TODAY, story, today=next_day).sentences == [qualifications.LACKS]


@breaks(TODAY)
def test_a_lower_level_is_a_gap() -> None:
    story = Story()
    a_role(story)
    story.people()
    a_qualification(story, level=1)
    assert run_check(TODAY, story).sentences == [qualifications.LACKS]


@breaks(TODAY)
def test_a_deputy_needs_the_same_skills() -> None:
    story = Story()
    a_role(story, deputy=Cast.DEPUTY)
    story.people()
    a_qualification(story)
    (gap,) = run_check(TODAY, story).gaps
    assert dict(gap.said.arguments)["person"] == Cast.DEPUTY


@keeps(TODAY)
def test_who_has_left_need_not_be_qualified() -> None:
    story = Story()
    a_role(story)
    story.people(security=("2020-01-01", "2026-11-24"))
    assert run_check(TODAY, story, today="2026-11-24").sentences == [qualifications.LACKS]
    assert run_check(TODAY, story, today="2026-11-25").kept


def test_without_the_days_of_people_it_is_unknown() -> None:
    story = Story()
    a_role(story)
    said = run_check(TODAY, story)
    assert (said.gaps, len(said.unknowns)) == ([], 1)


def test_without_an_appointment_in_force_it_is_a_gap() -> None:
    story = Story()
    a_role(story, until="2026-11-24")
    story.people()
    assert run_check(TODAY, story).texts == ["There is no appointment to look at."]


# --- rightly judged -------------------------------------------------------------------------------------------------


def judged(story: Story, *, by: str = Cast.ARCHITECT, **fields: Any) -> str:
    return a_qualification(story, shown_by="exam", assessor=by, **fields)


@keeps(SHOWN)
def test_a_certificate_from_outside_needs_no_assessor() -> None:
    story = Story()
    a_role(story)
    a_qualification(story)
    assert run_check(SHOWN, story).kept


@keeps(SHOWN)
@breaks(SHOWN)
def test_an_assessor_has_the_skill_on_that_day() -> None:
    story = Story()
    a_role(story)
    judged(story)
    assert run_check(SHOWN, story).sentences == [qualifications.UNFIT_ASSESSOR]
    a_qualification(story, person=Cast.ARCHITECT, on="2025-02-01", until="2026-02-01")
    assert run_check(SHOWN, story).kept


@breaks(SHOWN)
@pytest.mark.parametrize(
    "fault", [{"level": 1}, {"on": "2026-02-02"}, {"on": "2025-01-01", "until": "2026-01-31"}, {"skill": "fuzzing"}]
)
def test_an_assessor_who_lacked_the_skill_or_the_level_that_day_is_a_gap(fault: dict[str, Any]) -> None:
    story = Story()
    a_role(story)
    judged(story)
    a_qualification(story, **({"person": Cast.ARCHITECT, "on": "2025-02-01"} | fault))
    assert run_check(SHOWN, story).sentences == [qualifications.UNFIT_ASSESSOR]


@breaks(SHOWN)
def test_who_judges_their_own_skill_is_a_gap() -> None:
    story = Story()
    a_role(story)
    judged(story, by=Cast.SECURITY)
    assert run_check(SHOWN, story).sentences == [qualifications.JUDGED_SELF]


@breaks(SHOWN)
def test_it_counts_no_longer_than_the_role_lets_it() -> None:
    story = Story()
    a_role(story)
    a_qualification(story, until="2028-02-01")
    assert run_check(SHOWN, story).kept
    a_qualification(story, on="2026-02-02", until="2028-02-03")
    assert run_check(SHOWN, story).sentences == [qualifications.TOO_LONG]


def test_of_two_roles_with_one_skill_the_longer_interval_is_let_be() -> None:
    story = Story()
    a_role(story, needs=[NEED | {"valid_months": 12}])
    a_role(story)
    a_qualification(story, until="2028-02-01")
    assert run_check(SHOWN, story).kept


def test_only_the_newest_that_counts_is_looked_at() -> None:
    story = Story()
    a_role(story)
    judged(story, by=Cast.SECURITY)
    a_qualification(story, on="2026-02-02", until="2028-02-02")
    assert run_check(SHOWN, story).kept


@pytest.mark.parametrize("fault", [{"skill": "fuzzing"}, {"person": Cast.OUTSIDER}, {"until": "2026-11-24"}])
def test_where_nobody_rests_on_one_it_is_silent(fault: dict[str, Any]) -> None:
    story = Story()
    a_role(story)
    a_qualification(story, **fault)
    assert run_check(SHOWN, story).silent


@pytest.mark.parametrize("how", ["appointment-over", "role-retired"])
def test_where_nobody_holds_the_role_any_more_nothing_is_asked(how: str) -> None:
    story = Story()
    story.people()
    a_role(story, until="2026-11-24" if how == "appointment-over" else None)
    a_qualification(story)
    if how == "role-retired":
        story.retire(next(record for record, label in story.labels.items() if label == "ORG-ROL-1"), day="2026-03-01")
        assert run_check(TODAY, story).kept
    assert run_check(SHOWN, story).silent


def test_proof_whose_bytes_are_gone_leaves_it_unknown() -> None:
    story = Story()
    a_role(story)
    a_qualification(story, proof=evidence("certificate"))
    story.lose("certificate")
    said = run_check(SHOWN, story)
    assert ([one.said.sentence for one in said.unknowns], said.gaps) == ([qualifications.PROOF_GONE], [])
