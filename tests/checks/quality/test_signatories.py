"""Whoever signed held the role on that day, and was qualified for it."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.quality import signatories
from asepsis.quality.records import Appointment, Procedure, Qualification, Role
from asepsis.record.slots import SystemRole
from tests.dossiers import ORGANISATION, Cast, Story, breaks, keeps, run_check

HELD = "quality.signatories_held_role"
QUALIFIED = "quality.signatories_qualified"
NEED = {"skill": "audit", "level": 2, "valid_months": 36}
Q = SystemRole.QUALITY


def a_firm(*, since: str = "2026-01-05", until: str | None = None, day: str = "2026-01-05", **fields: Any) -> Story:
    """Return a story with management, and with quality appointed from one day to another."""
    story = Story()
    story.staff(SystemRole.MANAGEMENT)
    role = story.add(Role, day="2026-01-05", acts_as=[Q], **fields)
    given: dict[str, Any] = {"since": since, "until": until, "owned_by": ORGANISATION}
    story.add(Appointment, day=day, role=role, person=Cast.QUALITY, deputy=Cast.DEPUTY, **given)
    return story


def signed_on(story: Story, day: str, by: str = Cast.QUALITY) -> Story:
    story.people()
    story.add(Procedure, day=day, by={Q: by})
    return story


# --- held the role --------------------------------------------------------------------------------------------------


@keeps(HELD)
def test_who_signs_on_the_first_day_of_an_appointment_holds_the_role() -> None:
    assert run_check(HELD, signed_on(a_firm(since="2026-03-01"), "2026-03-01")).kept


@breaks(HELD)
def test_who_signs_on_the_day_before_does_not() -> None:
    said = run_check(HELD, signed_on(a_firm(since="2026-03-01"), "2026-02-28"))
    assert (said.sentences, said.about) == ([signatories.HELD_NOT], ["ORG-PRO-1"])


@keeps(HELD)
def test_who_signs_on_the_last_day_of_an_appointment_holds_the_role() -> None:
    assert run_check(HELD, signed_on(a_firm(until="2026-03-01"), "2026-03-01")).kept


@breaks(HELD)
def test_who_signs_on_the_day_after_does_not() -> None:
    said = run_check(HELD, signed_on(a_firm(until="2026-03-01"), "2026-03-02"))
    assert said.sentences == [signatories.HELD_NOT]


@breaks(HELD)
def test_an_appointment_that_is_signed_later_gives_nothing_before_that_day() -> None:
    assert run_check(HELD, signed_on(a_firm(day="2026-03-01"), "2026-03-01")).kept
    assert run_check(HELD, signed_on(a_firm(day="2026-03-01"), "2026-02-28")).sentences == [signatories.HELD_NOT]


@keeps(HELD)
@breaks(HELD)
def test_a_deputy_signs_in_the_role_and_an_outsider_does_not() -> None:
    assert run_check(HELD, signed_on(a_firm(), "2026-03-01", by=Cast.DEPUTY)).kept
    assert run_check(HELD, signed_on(a_firm(), "2026-03-01", by=Cast.OUTSIDER)).sentences == [signatories.HELD_NOT]


@breaks(HELD)
def test_who_has_left_signs_nothing_after_the_last_day() -> None:
    story = a_firm()
    story.add(Procedure, day="2026-03-01")
    story.people(quality=("2020-01-01", "2026-03-01"))
    assert run_check(HELD, story).kept
    story.add(Procedure, day="2026-03-02")
    said = run_check(HELD, story)
    assert (said.sentences, said.about) == ([signatories.WAS_NOT_THERE], ["ORG-PRO-2"])


@keeps(HELD)
@breaks(HELD)
def test_a_signature_of_a_holder_on_a_younger_revision_heals_it() -> None:
    story = signed_on(a_firm(), "2026-03-01", by=Cast.OUTSIDER)
    assert len(run_check(HELD, story).gaps) == 1
    (procedure,) = [record for record, label in story.labels.items() if label == "ORG-PRO-1"]
    story.revise(procedure, day="2026-04-01", version="2")
    assert run_check(HELD, story).kept


@pytest.mark.parametrize("until", [None, "2026-12-31"])
def test_an_appointment_that_was_retired_still_counts_for_its_time(until: str | None) -> None:
    story = signed_on(a_firm(until=until), "2026-03-01")
    (appointment,) = [record for record, label in story.labels.items() if label == "ORG-APT-2"]
    story.retire(appointment, day="2026-03-01")
    assert run_check(HELD, story).kept
    story.add(Procedure, day="2026-03-02")
    assert run_check(HELD, story).about == ["ORG-PRO-2"]


def test_who_signs_progress_signs_as_the_author_and_needs_no_role() -> None:
    story = a_firm()
    story.people()
    release = story.release()
    story.staff(SystemRole.RELEASE_MANAGER)
    story.revise(release, day="2026-02-01", build_id="build-2")
    assert run_check(HELD, story).kept


@breaks(HELD)
def test_who_stands_in_as_the_second_pair_of_eyes_signs_as_quality() -> None:
    story = a_firm()
    story.people()
    for signer in (Cast.QUALITY, Cast.OUTSIDER):
        record = story.draft(Role, day="2026-03-01")
        story.submit(record, day="2026-03-01")
        story.sign(record, day="2026-03-01", by={SystemRole.MANAGEMENT: signer}, stands_in="quality")
    said = run_check(HELD, story)
    assert (said.about, said.texts[0].split(" by ")[0]) == (
        ["ORG-ROL-4"],
        "ORG-ROL-4 was signed on 2026-03-01 as quality",
    )


@breaks(HELD)
def test_what_was_taken_over_is_judged_by_the_signature_of_quality() -> None:
    story = a_firm()
    story.people()
    for signer in (Cast.QUALITY, Cast.MANAGEMENT):
        record = story.draft(Role, day="2026-03-01")
        story.submit(record, day="2026-03-01")
        story.sign(record, day="2026-03-01", by={SystemRole.MANAGEMENT: signer}, how="copy")
    assert run_check(HELD, story).about == ["ORG-ROL-4"]


def test_without_the_days_of_people_it_is_unknown() -> None:
    said = run_check(HELD, a_firm())
    assert (said.gaps, len(said.unknowns)) == ([], 1)


# --- was qualified --------------------------------------------------------------------------------------------------


def shown(story: Story, **fields: Any) -> str:
    """Say that quality has shown the skill from 1 February 2026 on; the assessor signs for quality."""
    given: dict[str, Any] = {"person": Cast.QUALITY, "skill": "Audit", "level": 2, "shown_by": "certificate"}
    given |= {"on": "2026-02-01", "until": "2028-12-31", "day": "2026-02-01", "by": {Q: Cast.OUTSIDER}}
    return story.add(Qualification, **(given | fields))


@keeps(QUALIFIED)
@breaks(QUALIFIED)
def test_a_skill_counts_from_the_day_on_which_it_was_shown() -> None:
    story = a_firm(skill_needs=[NEED])
    shown(story)
    assert run_check(QUALIFIED, signed_on(story, "2026-02-01")).kept
    said = run_check(QUALIFIED, signed_on(story, "2026-01-31"))
    assert (said.sentences, said.about) == ([signatories.NOT_QUALIFIED], ["ORG-PRO-2"])


@breaks(QUALIFIED)
def test_a_skill_counts_until_its_last_day() -> None:
    story = a_firm(skill_needs=[NEED])
    shown(story, until="2026-03-01")
    assert run_check(QUALIFIED, signed_on(story, "2026-03-01")).kept
    assert run_check(QUALIFIED, signed_on(story, "2026-03-02")).about == ["ORG-PRO-2"]


@breaks(QUALIFIED)
def test_a_level_below_the_need_does_not_count() -> None:
    story = a_firm(skill_needs=[NEED])
    shown(story, level=1)
    assert run_check(QUALIFIED, signed_on(story, "2026-02-01")).sentences == [signatories.NOT_QUALIFIED]


def test_of_two_roles_that_act_alike_the_one_that_is_fulfilled_counts() -> None:
    story = a_firm(skill_needs=[NEED])
    other = story.add(Role, acts_as=[Q], skill_needs=[NEED | {"skill": "leading"}, NEED | {"skill": "writing"}])
    story.add(Appointment, role=other, person=Cast.QUALITY, since="2026-01-05", owned_by=ORGANISATION)
    shown(story)
    assert run_check(QUALIFIED, signed_on(story, "2026-02-01")).kept


def test_a_role_that_needs_nothing_asks_nothing() -> None:
    assert run_check(QUALIFIED, signed_on(a_firm(), "2026-02-01")).kept


def test_signatures_from_before_the_role_asked_for_a_skill_are_left_out() -> None:
    story = signed_on(a_firm(), "2026-03-01")
    (role,) = [record for record, label in story.labels.items() if label == "ORG-ROL-2"]
    story.revise(role, day="2026-03-02", skill_needs=[NEED])
    assert run_check(QUALIFIED, story).kept
    story.add(Procedure, day="2026-03-02")
    assert run_check(QUALIFIED, story).about == ["ORG-PRO-2"]


def test_a_change_of_the_title_of_a_role_lets_no_signature_off() -> None:
    story = signed_on(a_firm(skill_needs=[NEED]), "2026-02-01")
    (role,) = [record for record, label in story.labels.items() if label == "ORG-ROL-2"]
    story.revise(role, day="2026-03-02", title="Head of quality")
    assert run_check(QUALIFIED, story).about == ["ORG-PRO-1"]


def test_a_change_of_a_role_that_nobody_signed_lets_no_signature_off() -> None:
    story = signed_on(a_firm(skill_needs=[NEED]), "2026-02-01")
    (role,) = [record for record, label in story.labels.items() if label == "ORG-ROL-2"]
    story.revise(role, day="2026-03-02", signed=False, acts_as=[Q, "tester"])
    assert run_check(QUALIFIED, story).about == ["ORG-PRO-1"]


def test_retiring_a_role_lets_no_signature_off() -> None:
    story = signed_on(a_firm(skill_needs=[NEED]), "2026-02-01")
    (role,) = [record for record, label in story.labels.items() if label == "ORG-ROL-2"]
    story.retire(role, day="2026-03-02")
    assert run_check(QUALIFIED, story).about == ["ORG-PRO-1"]


def test_a_qualification_that_was_retired_still_counts_for_its_time() -> None:
    story = a_firm(skill_needs=[NEED])
    story.retire(shown(story), day="2026-03-01")
    assert run_check(QUALIFIED, signed_on(story, "2026-03-01")).kept
    assert run_check(QUALIFIED, signed_on(story, "2026-03-02")).about == ["ORG-PRO-2"]


@keeps(QUALIFIED)
def test_who_did_not_hold_the_role_is_a_matter_of_another_check() -> None:
    story = a_firm(skill_needs=[NEED])
    assert run_check(QUALIFIED, signed_on(story, "2026-03-01", by=Cast.OUTSIDER)).kept


@keeps(QUALIFIED)
def test_a_true_copy_of_what_was_signed_elsewhere_is_left_out() -> None:
    story = a_firm(skill_needs=[NEED])
    record = story.draft(Procedure, day="2026-03-01")
    story.submit(record, day="2026-03-01")
    story.sign(record, day="2026-03-01", how="copy")
    assert run_check(QUALIFIED, story).kept


@pytest.mark.parametrize("check", [HELD, QUALIFIED])
def test_each_record_that_was_signed_on_such_a_day_is_told(check: str) -> None:
    story = a_firm(skill_needs=[NEED]) if check == QUALIFIED else a_firm(since="2026-03-01")
    signed_on(signed_on(story, "2026-02-28"), "2026-02-28")
    said = run_check(check, story)
    assert {"ORG-PRO-1", "ORG-PRO-2"} <= set(said.about)
