"""Attestations: yearly ones and those of a release, by the right role, on something new."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.statements import attestations
from asepsis.quality.records import Applicability, ProductProfile, Role
from asepsis.record.slots import SystemRole
from asepsis.statements.records import Attestation
from tests.dossiers import ORGANISATION, Cast, Story, breaks, evidence, keeps, run_check

YEARLY = "statements.attestations_in_force"
OF_RELEASE = "statements.release_attestations"
BY_YEAR = ("4.1.1-2", "4.1.2-2", "4.1.7-1", "9.2-2")
BY_RELEASE = ("5.1.2-1", "5.3.1-1", "5.4.2-1", "5.7.2-1")


def attest(story: Story, *obligations: str, **fields: Any) -> list[str]:
    """Attest obligations on 25 November 2025, each on a record of its own time."""
    given: dict[str, Any] = {"on": "2025-11-25", "day": "2025-11-25", "owned_by": ORGANISATION}
    given |= {"rests_on": [story.add(Role, day="2025-11-01")]} | fields
    return [story.add(Attestation, obligation=one, **given) for one in obligations]


def a_firm() -> Story:
    story = Story()
    story.staff(day="2025-01-01")
    return story


# --- every year -----------------------------------------------------------------------------------------------------


@keeps(YEARLY)
@breaks(YEARLY)
def test_one_holds_for_a_year_and_its_last_day_counts() -> None:
    story = a_firm()
    attest(story, *BY_YEAR)
    assert run_check(YEARLY, story, today="2026-11-25").kept
    said = run_check(YEARLY, story, today="2026-11-26")
    assert said.sentences == [attestations.OVER] * 4
    assert [one.obligation for one in said.gaps] == list(BY_YEAR)


@keeps(YEARLY)
@breaks(YEARLY)
def test_one_holds_until_its_own_last_day_where_that_is_sooner() -> None:
    story = a_firm()
    attest(story, *BY_YEAR, until="2026-03-01")
    assert run_check(YEARLY, story, today="2026-03-01").kept
    assert run_check(YEARLY, story, today="2026-03-02").sentences == [attestations.OVER] * 4


@breaks(YEARLY)
def test_its_own_last_day_cannot_be_later_than_the_policy_lets_it() -> None:
    story = a_firm()
    story.set_policy("statements.attestation_months", 6)
    attest(story, *BY_YEAR, until="2027-11-25")
    assert run_check(YEARLY, story, today="2026-05-25").kept
    assert len(run_check(YEARLY, story, today="2026-05-26").gaps) == 4


@breaks(YEARLY)
def test_one_that_is_missing_is_owed_by_its_role_and_serves_its_obligation() -> None:
    story = a_firm()
    attest(story, *BY_YEAR[:3])
    (gap,) = run_check(YEARLY, story).gaps
    assert (gap.said.sentence, gap.obligation, gap.owner) == (attestations.MISSING, "9.2-2", SystemRole.INCIDENT)


@breaks(YEARLY)
def test_who_signs_it_holds_the_role() -> None:
    story = a_firm()
    attest(story, *BY_YEAR[:3])
    attest(story, "9.2-2", by={SystemRole.INCIDENT: Cast.OUTSIDER})
    said = run_check(YEARLY, story)
    assert (said.sentences, said.gaps[0].obligation) == ([attestations.OUTSIDER], "9.2-2")


@breaks(YEARLY)
def test_one_that_rests_on_nothing_does_not_count() -> None:
    story = a_firm()
    attest(story, *BY_YEAR[:3])
    attest(story, "9.2-2", rests_on=[])
    assert run_check(YEARLY, story).sentences == [attestations.RESTS_ON_NOTHING]


@keeps(YEARLY)
@breaks(YEARLY)
def test_the_next_one_rests_on_something_that_became_another_since() -> None:
    story = a_firm()
    looked_at = story.add(Role, day="2025-01-05")
    attest(story, *BY_YEAR, rests_on=[looked_at], day="2025-11-25")
    again: dict[str, Any] = {"on": "2026-11-01", "day": "2026-11-01", "rests_on": [looked_at]}
    attest(story, *BY_YEAR, **again)
    assert run_check(YEARLY, story).sentences == [attestations.NOTHING_NEW] * 4
    story.revise(looked_at, day="2026-06-01", acts_as=["tester"])
    assert run_check(YEARLY, story).kept


@breaks(YEARLY)
def test_the_same_file_is_nothing_new_and_another_is() -> None:
    story = a_firm()
    attest(story, *BY_YEAR, rests_on=[], evidence=[evidence("minutes of 2025")])
    again: dict[str, Any] = {"on": "2026-11-01", "day": "2026-11-01", "rests_on": []}
    attest(story, *BY_YEAR[:3], **again, evidence=[evidence("minutes of 2026")])
    (last,) = attest(story, BY_YEAR[3], **again, evidence=[evidence("minutes of 2025")])
    said = run_check(YEARLY, story)
    assert (said.sentences, said.about) == ([attestations.NOTHING_NEW], [story.labels[last]])


@keeps(YEARLY)
@breaks(YEARLY)
def test_the_same_record_signed_anew_rests_on_something_new() -> None:
    story = a_firm()
    looked_at = story.add(Role, day="2025-01-05")
    for one in attest(story, *BY_YEAR, rests_on=[looked_at]):
        story.revise(one, day="2026-11-01", on="2026-11-01", statement="It is still so.")
    assert run_check(YEARLY, story).sentences == [attestations.NOTHING_NEW] * 4
    story.revise(looked_at, day="2026-06-01", acts_as=["tester"])
    assert run_check(YEARLY, story).kept


@breaks(YEARLY)
def test_what_was_new_to_the_one_before_is_new_no_more() -> None:
    story = a_firm()
    looked_at = story.add(Role, day="2023-01-05")
    attest(story, *BY_YEAR, rests_on=[looked_at], on="2024-11-25", day="2024-11-25")
    story.revise(looked_at, day="2025-06-01", acts_as=["tester"])
    attest(story, *BY_YEAR, rests_on=[looked_at])
    assert run_check(YEARLY, story).kept
    attest(story, *BY_YEAR, rests_on=[looked_at], on="2026-11-01", day="2026-11-01")
    assert run_check(YEARLY, story).sentences == [attestations.NOTHING_NEW] * 4


def test_a_revision_that_nobody_signed_is_no_attestation_before() -> None:
    story = a_firm()
    for one in attest(story, *BY_YEAR):
        story.revise(one, day="2026-11-01", signed=False, statement="It is still so.")
    assert run_check(YEARLY, story).kept


@breaks(YEARLY)
def test_a_record_that_was_retired_since_is_nothing_new() -> None:
    story = a_firm()
    looked_at = story.add(Role, day="2025-01-05")
    attest(story, *BY_YEAR, rests_on=[looked_at])
    attest(story, *BY_YEAR, rests_on=[looked_at], on="2026-11-01", day="2026-11-01")
    story.retire(looked_at, day="2026-06-01")
    assert run_check(YEARLY, story).sentences == [attestations.NOTHING_NEW] * 4


def test_a_file_whose_bytes_are_gone_leaves_it_unknown() -> None:
    story = a_firm()
    attest(story, *BY_YEAR[:3])
    attest(story, "9.2-2", evidence=[evidence("log")])
    story.lose("log")
    said = run_check(YEARLY, story)
    assert ([one.obligation for one in said.unknowns], said.gaps) == (["9.2-2"], [])


@pytest.mark.parametrize("how", ["none", "draft", "of-a-release"])
def test_without_a_yearly_one_it_is_a_gap(how: str) -> None:
    story = a_firm()
    if how == "draft":
        story.draft(Attestation, obligation="9.2-2", on="2026-11-01")
    if how == "of-a-release":
        attest(story, "5.1.2-1", release=story.release())
    assert run_check(YEARLY, story).texts == ["There is no attestation to look at."]


def test_what_the_route_does_not_ask_need_not_be_attested() -> None:
    story = a_firm()
    story.add(Applicability, profile=story.add(ProductProfile), route="none")
    attest(story, "9.2-2", until="2025-12-01")
    assert run_check(YEARLY, story).kept


# --- for each release -----------------------------------------------------------------------------------------------


def of_release(story: Story, release: str, *obligations: str, **fields: Any) -> list[str]:
    return attest(story, *obligations, **({"release": release, "on": "2026-11-01", "day": "2026-11-01"} | fields))


@keeps(OF_RELEASE)
@breaks(OF_RELEASE)
def test_each_release_is_attested_by_itself() -> None:
    story = a_firm()
    one, other = story.release("1.0.0"), story.release("1.1.0")
    of_release(story, one, *BY_RELEASE)
    of_release(story, other, "5.1.2-1", rests_on=[story.add(Role, day="2026-11-02")], day="2026-11-03")
    assert run_check(OF_RELEASE, story, release=one).kept
    said = run_check(OF_RELEASE, story, release=other)
    assert said.sentences == [attestations.MISSING_FOR] * 3
    assert [(gap.obligation, gap.owner) for gap in said.gaps] == [
        ("5.3.1-1", SystemRole.ARCHITECT),
        ("5.4.2-1", SystemRole.ARCHITECT),
        ("5.7.2-1", SystemRole.TESTER),
    ]


@keeps(OF_RELEASE)
@breaks(OF_RELEASE)
def test_one_of_a_release_holds_until_its_own_last_day_and_without_one_for_good() -> None:
    story = a_firm()
    release = story.release()
    of_release(story, release, *BY_RELEASE[:3])
    of_release(story, release, "5.7.2-1", until="2026-12-01")
    assert run_check(OF_RELEASE, story, release=release, today="2026-12-01").kept
    said = run_check(OF_RELEASE, story, release=release, today="2029-12-01")
    assert (said.sentences, said.gaps[0].obligation) == ([attestations.OVER], "5.7.2-1")


@breaks(OF_RELEASE)
def test_the_one_of_the_next_release_rests_on_something_new() -> None:
    story = a_firm()
    one, other = story.release("1.0.0"), story.release("1.1.0")
    looked_at = story.add(Role, day="2025-01-05")
    of_release(story, one, *BY_RELEASE, rests_on=[looked_at])
    of_release(story, other, *BY_RELEASE, rests_on=[looked_at], day="2026-11-10")
    assert run_check(OF_RELEASE, story, release=other).sentences == [attestations.NOTHING_NEW] * 4
    assert run_check(OF_RELEASE, story, release=one).kept


def test_the_newest_of_a_release_counts() -> None:
    story = a_firm()
    release = story.release()
    of_release(story, release, *BY_RELEASE, until="2026-11-05")
    of_release(
        story, release, *BY_RELEASE, on="2026-11-10", day="2026-11-10", rests_on=[story.add(Role, day="2026-11-09")]
    )
    assert run_check(OF_RELEASE, story, release=release).kept


def test_a_yearly_one_that_names_a_release_is_none_of_the_release() -> None:
    story = a_firm()
    release = story.release()
    of_release(story, release, "9.2-2")
    assert run_check(OF_RELEASE, story, release=release).texts == ["There is no attestation to look at."]


def test_a_release_without_any_is_a_gap() -> None:
    story = a_firm()
    attest(story, *BY_YEAR)
    said = run_check(OF_RELEASE, story, release=story.release())
    assert said.texts == ["There is no attestation to look at."]


def test_without_a_release_there_is_nothing_to_attest() -> None:
    story = a_firm()
    of_release(story, story.release(), *BY_RELEASE)
    assert run_check(OF_RELEASE, story).texts == ["There is no attestation to look at."]


@keeps(OF_RELEASE)
@breaks(OF_RELEASE)
def test_nobody_attests_a_release_before_it_was_there() -> None:
    for on, sentences in (("2025-10-18", []), ("2025-10-17", [attestations.ATTESTED_BEFORE] * 4)):
        story = a_firm()
        release = story.release(day="2025-11-01")
        of_release(story, release, *BY_RELEASE, on=on)
        assert run_check(OF_RELEASE, story, release=release).sentences == sentences
