"""Scope: each version follows one route, decided first, and leaves nothing out without its reason."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.quality import scope
from asepsis.configuration.records import Release
from asepsis.exchange.facts import Component
from asepsis.quality.records import Applicability, Appointment, ProductProfile, Qualification, Role
from asepsis.risk.records import SecurityContext
from asepsis.statements.records import Claim
from tests.dossiers import ORGANISATION, Cast, Story, breaks, evidence, keeps, run_check

SCOPED = "quality.releases_scoped"
FIRST = "quality.scope_decided_first"
JUSTIFIED = "quality.exclusions_justified"
COMPONENTS = "quality.components_in_scope"
OLD: dict[str, Any] = {"route": "transitional", "developed_before_proof": evidence("old release note")}


def a_profile(story: Story, **fields: Any) -> str:
    return story.add(ProductProfile, **({"form": "samd", "reachable": "local"} | fields))


def a_scope(story: Story, profile: str | None = None, **fields: Any) -> str:
    given: dict[str, Any] = {"versions": ["vers:semver/>=1.0.0|<2.0.0"], "route": "full", "cyber_device": False}
    return story.add(Applicability, profile=profile or a_profile(story), **(given | fields))


# --- each release follows one route ---------------------------------------------------------------------------------


@keeps(SCOPED)
@breaks(SCOPED)
def test_a_release_is_covered_by_an_applicability_of_its_version() -> None:
    story = Story()
    a_scope(story)
    story.release("1.9.9")
    assert run_check(SCOPED, story).kept
    story.release("2.0.0")
    said = run_check(SCOPED, story)
    assert (said.sentences, said.about) == ([scope.UNSCOPED], ["GW-REL-2"])


@breaks(SCOPED)
def test_a_release_that_two_cover_is_a_gap() -> None:
    story = Story()
    profile = a_profile(story)
    a_scope(story, profile)
    a_scope(story, profile, versions=["1.5.0"])
    story.release("1.5.0")
    assert run_check(SCOPED, story).sentences == [scope.SEVERAL]


def test_a_version_that_cannot_be_read_against_the_range_is_unknown() -> None:
    story = Story()
    a_scope(story)
    story.release("spring 2026")
    said = run_check(SCOPED, story)
    assert ([one.said.sentence for one in said.unknowns], said.gaps) == ([scope.UNREADABLE], [])


@keeps(SCOPED)
@breaks(SCOPED)
def test_a_release_is_asked_until_its_security_support_ends() -> None:
    story = Story()
    a_scope(story)
    story.release("1.0.0")
    release = story.release("2.0.0", security_support_until="2026-11-25")
    story.send_out(release)
    assert run_check(SCOPED, story, today="2026-11-25").sentences == [scope.UNSCOPED]
    assert run_check(SCOPED, story, today="2026-11-26").kept


def test_a_release_that_was_refused_is_still_under_decision() -> None:
    story = Story()
    release = story.release("2.0.0")
    story.send_out(release, outcome="refuse")
    assert run_check(SCOPED, story).sentences == [scope.UNSCOPED]


@breaks(SCOPED)
def test_a_profile_that_changed_in_what_matters_makes_it_doubtful_until_somebody_looks() -> None:
    story = Story()
    profile = a_profile(story)
    applicability = a_scope(story, profile)
    story.release()
    story.revise(profile, day="2026-02-01", notes="A note does not matter.")
    assert run_check(SCOPED, story).kept
    story.revise(profile, day="2026-03-01", intended_use="Something else.")
    assert run_check(SCOPED, story).sentences == [scope.PROFILE_CHANGED]
    story.look(applicability, profile, day="2026-03-02")
    assert run_check(SCOPED, story).kept


@breaks(SCOPED)
def test_a_profile_that_is_not_in_force_is_a_gap() -> None:
    story = Story()
    profile = a_profile(story)
    a_scope(story, profile)
    story.release()
    story.retire(profile, day="2026-02-01")
    assert run_check(SCOPED, story).sentences == [scope.PROFILE_GONE]


@breaks(SCOPED)
@pytest.mark.parametrize("reach", ["internet", "hospital-network"])
@pytest.mark.parametrize("form", ["part-of-device", "health-hardware", "samd"])
def test_a_device_that_can_be_reached_and_is_called_no_cyber_device_is_a_gap(reach: str, form: str) -> None:
    story = Story()
    a_scope(story, a_profile(story, reachable=reach, form=form), cyber_device=False)
    story.release()
    assert run_check(SCOPED, story).sentences == [scope.CYBER_DEVICE]


@keeps(SCOPED)
@pytest.mark.parametrize(
    ("reach", "form", "cyber"),
    [
        ("internet", "samd", True),
        ("local", "samd", False),
        ("none", "samd", False),
        ("internet", "software-only", False),
    ],
)
def test_what_cannot_be_reached_or_is_no_device_may_be_called_no_cyber_device(
    reach: str, form: str, cyber: bool
) -> None:
    story = Story()
    a_scope(story, a_profile(story, reachable=reach, form=form), cyber_device=cyber)
    story.release()
    assert run_check(SCOPED, story).kept


@keeps(SCOPED)
@breaks(SCOPED)
def test_software_on_the_transitional_route_is_no_younger_than_its_oldest_release() -> None:
    story = Story()
    applicability = a_scope(story, developed_before="2026-02-01", **OLD)
    story.add(Release, version="1.0.0", day="2026-02-01")
    story.add(Release, version="1.1.0", day="2026-06-01")
    assert run_check(SCOPED, story).kept
    story.revise(applicability, day="2026-07-01", developed_before="2026-02-02")
    said = run_check(SCOPED, story)
    assert (said.sentences, said.about) == ([scope.NOT_SO_OLD], ["GW-APP-1"])


def test_on_the_full_route_the_age_of_the_software_does_not_matter() -> None:
    story = Story()
    a_scope(story, developed_before="2026-11-01")
    story.release()
    assert run_check(SCOPED, story).kept


def test_without_a_release_it_is_a_gap() -> None:
    story = Story()
    a_scope(story)
    assert run_check(SCOPED, story).texts == ["There is no release to look at."]


# --- decided before the work ----------------------------------------------------------------------------------------


@keeps(FIRST)
@breaks(FIRST)
def test_the_route_is_decided_on_the_day_of_the_first_work_at_the_latest() -> None:
    story = Story()
    profile = a_profile(story)
    story.add(SecurityContext, profile=profile, day="2026-03-02")
    a_scope(story, profile, day="2026-02-20", signed_on="2026-03-02")
    assert run_check(FIRST, story).kept
    story.add(SecurityContext, profile=profile, day="2026-03-01")
    said = run_check(FIRST, story)
    assert (said.sentences, said.about) == ([scope.DECIDED_LATE], ["GW-APP-1"])


def test_revising_the_route_later_does_not_make_it_late() -> None:
    story = Story()
    profile = a_profile(story)
    applicability = a_scope(story, profile)
    story.add(SecurityContext, profile=profile, day="2026-03-02")
    story.revise(applicability, day="2026-04-01", rationale="Another reason.")
    assert run_check(FIRST, story).kept


@pytest.mark.parametrize(("since", "kept"), [("2026-03-02", True), ("2026-03-01", False), (None, False)])
def test_work_from_before_the_records_were_taken_over_is_left_out(since: str | None, kept: bool) -> None:
    story = Story()
    profile = a_profile(story, taken_over_on=since)
    story.add(SecurityContext, profile=profile, day="2026-03-01")
    a_scope(story, profile, day="2026-04-01")
    assert run_check(FIRST, story).kept is kept


def test_without_an_applicability_the_order_is_silent() -> None:
    assert run_check(FIRST, Story()).silent


# --- what is left out -----------------------------------------------------------------------------------------------


def line(what: str, why: str, *, in_scope: bool = False, matches: str | None = None) -> dict[str, Any]:
    given = {"what": what, "why": why, "in_scope": in_scope}
    return given | ({"matches": matches} if matches else {})


def test_where_nothing_is_left_out_it_is_silent() -> None:
    story = Story()
    a_scope(story, supporting_software=[line("Linux", "We ship it.", in_scope=True)])
    assert run_check(JUSTIFIED, story).silent


@keeps(JUSTIFIED)
@breaks(JUSTIFIED)
def test_what_is_left_out_has_a_reason_of_its_own() -> None:
    story = Story()
    left = [line("Windows", "The hospital brings it."), line("SQL Server", "The hospital brings and updates it.")]
    applicability = a_scope(story, supporting_software=left)
    assert run_check(JUSTIFIED, story).kept
    same = [left[0], line("SQL Server", "The  hospital BRINGS it.")]
    story.revise(applicability, day="2026-02-01", supporting_software=same)
    assert run_check(JUSTIFIED, story).sentences == [scope.SAME_REASON] * 2


@breaks(JUSTIFIED)
@pytest.mark.parametrize("turned", [False, True])
def test_what_is_left_out_does_not_share_the_reason_of_what_is_not(turned: bool) -> None:
    story = Story()
    lines = [line("Linux", "It runs there.", in_scope=True), line("Windows", "It runs there.")]
    a_scope(story, supporting_software=lines[::-1] if turned else lines)
    assert run_check(JUSTIFIED, story).texts == ["GW-APP-1 leaves out 'Windows' for the same words as 'Linux'."]


def test_lines_that_are_all_in_scope_may_share_a_reason() -> None:
    story = Story()
    shipped = [line("Linux", "We ship it.", in_scope=True), line("glibc", "We ship it.", in_scope=True)]
    a_scope(story, supporting_software=[*shipped, line("Windows", "The hospital brings it.")])
    assert run_check(JUSTIFIED, story).kept


@keeps(JUSTIFIED)
@breaks(JUSTIFIED)
def test_what_is_left_out_was_reviewed_by_a_qualified_security_person() -> None:
    story = Story()
    need = {"skill": "threat modelling", "level": 2, "valid_months": 24}
    role = story.add(Role, acts_as=["security"], skill_needs=[need])
    story.add(Appointment, role=role, person=Cast.SECURITY, since="2026-01-05", owned_by=ORGANISATION)
    a_scope(story, day="2026-03-01", supporting_software=[line("Windows", "The hospital brings it.")])
    assert run_check(JUSTIFIED, story).sentences == [scope.UNQUALIFIED]
    shown: dict[str, Any] = {"person": Cast.SECURITY, "skill": "threat modelling", "level": 2}
    story.add(Qualification, **shown, on="2026-03-01", until="2028-03-01")
    assert run_check(JUSTIFIED, story).kept


def test_what_management_has_not_shown_is_no_matter_of_this_review() -> None:
    story = Story()
    need = {"skill": "leading", "level": 1, "valid_months": 24}
    role = story.add(Role, acts_as=["management"], skill_needs=[need])
    story.add(Appointment, role=role, person=Cast.MANAGEMENT, since="2026-01-05", owned_by=ORGANISATION)
    a_scope(story, day="2026-03-01", supporting_software=[line("Windows", "The hospital brings it.")])
    assert run_check(JUSTIFIED, story).kept


def test_a_claim_for_a_release_that_is_no_more_does_not_count() -> None:
    story = Story()
    a_scope(story, route="none")
    release = story.release("1.0.0")
    story.add(Claim, release=release)
    story.retire(release, day="2026-02-01")
    assert run_check(JUSTIFIED, story).kept


def test_on_another_route_a_version_may_be_claimed() -> None:
    story = Story()
    a_scope(story, supporting_software=[line("Windows", "The hospital brings it.")])
    story.add(Claim, release=story.release("1.0.0"))
    assert run_check(JUSTIFIED, story).kept


@keeps(JUSTIFIED)
@breaks(JUSTIFIED)
def test_a_version_outside_the_standard_is_not_claimed_to_conform() -> None:
    story = Story()
    a_scope(story, route="none")
    story.add(Claim, release=story.release("2.0.0"))
    assert run_check(JUSTIFIED, story).kept
    story.add(Claim, release=story.release("1.0.0"))
    assert run_check(JUSTIFIED, story).sentences == [scope.CLAIMED]


@keeps(JUSTIFIED)
@breaks(JUSTIFIED)
def test_a_reason_is_not_copied_over_a_change_of_the_product() -> None:
    story = Story()
    profile = a_profile(story)
    old = a_scope(story, profile, route="none", rationale="It has no connector.", versions=["1.0.0"])
    story.retire(old, day="2026-02-01")
    new: dict[str, Any] = {"route": "none", "versions": ["2.0.0"], "day": "2026-04-01"}
    a_scope(story, profile, rationale="It has no  connector.", **new)
    assert run_check(JUSTIFIED, story).kept
    story.revise(profile, day="2026-03-01", reachable="internet")
    assert run_check(JUSTIFIED, story).sentences == [scope.COPIED]


@pytest.mark.parametrize(("reason", "copied"), [("It has no connector.", True), ("It has no port.", False)])
def test_of_two_versions_with_one_reason_the_later_one_copied_it(reason: str, copied: bool) -> None:
    story = Story()
    profile = a_profile(story)
    for day, version, why in (("2026-01-05", "1.0.0", "It has no connector."), ("2026-04-01", "2.0.0", reason)):
        a_scope(story, profile, route="none", rationale=why, versions=[version], day=day)
    story.revise(profile, day="2026-03-01", reachable="internet")
    assert run_check(JUSTIFIED, story).about == ["GW-APP-2"] * copied


# --- what is shipped ------------------------------------------------------------------------------------------------

LINUX = Component("linux", type="operating-system", purl="pkg:deb/debian/linux@6.1")
LODASH = Component("lodash", purl="pkg:npm/lodash@4.17.21")


@keeps(COMPONENTS)
@breaks(COMPONENTS)
def test_what_the_bill_lists_is_in_scope() -> None:
    story = Story()
    left = [line("Debian", "The hospital brings it.", matches="pkg:deb/debian/*")]
    a_scope(story, supporting_software=left)
    release = story.release()
    story.bill(release, LODASH)
    assert run_check(COMPONENTS, story, release=release).kept
    shipped = story.release("1.1.0")
    story.bill(shipped, LODASH, LINUX)
    said = run_check(COMPONENTS, story, release=shipped)
    assert (said.sentences, said.about) == ([scope.SHIPPED], ["GW-BOM-2"])


def test_a_component_without_a_package_url_is_matched_by_no_line() -> None:
    story = Story()
    a_scope(story, supporting_software=[line("Debian", "The hospital brings it.", matches="pkg:deb/debian/*")])
    release = story.release()
    story.bill(release, Component("linux"))
    assert run_check(COMPONENTS, story, release=release).kept


def test_what_is_in_scope_may_be_shipped() -> None:
    story = Story()
    a_scope(story, supporting_software=[line("Debian", "We ship it.", in_scope=True, matches="pkg:deb/debian/*")])
    release = story.release()
    story.bill(release, LINUX)
    assert run_check(COMPONENTS, story, release=release).kept


@keeps(COMPONENTS)
@breaks(COMPONENTS)
@pytest.mark.parametrize("kind", ["operating-system", "device-driver", "platform"])
def test_what_the_product_runs_on_is_listed_or_explained(kind: str) -> None:
    story = Story()
    applicability = a_scope(story)
    bare, whole = story.release("1.0.0"), story.release("1.1.0")
    story.bill(bare, LODASH)
    story.bill(whole, LODASH, Component("below", type=kind))
    assert run_check(COMPONENTS, story, release=whole).kept
    assert run_check(COMPONENTS, story, release=bare).sentences == [scope.NO_PLATFORM]
    story.revise(applicability, day="2026-02-01", supporting_software=[line("Windows", "The hospital brings it.")])
    assert run_check(COMPONENTS, story, release=bare).kept


def test_a_bill_whose_components_are_unreadable_leaves_it_unknown() -> None:
    story = Story()
    a_scope(story)
    release = story.release()
    story.bill(release, LINUX, readable=False)
    assert len(run_check(COMPONENTS, story, release=release).unknowns) == 1


def test_a_release_without_a_bill_is_silent() -> None:
    story = Story()
    a_scope(story)
    assert run_check(COMPONENTS, story, release=story.release()).silent
