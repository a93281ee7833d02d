"""How far testers stand from the developers."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.development import independence
from asepsis.development.records import DesignElement
from asepsis.quality.records import Appointment, Role
from asepsis.record.slots import SystemRole
from tests.checks.development.proven import Proven, change
from tests.dossiers import ORGANISATION, Cast, breaks, evidence, keeps

REACHED = "development.independence_reached"
BOSS, OTHER_BOSS = Cast.MANAGEMENT, Cast.RELEASE_MANAGER


class Apart(Proven):
    """DEVELOPER wrote the code and ARCHITECT the design; both report to one superior."""

    def __init__(self, *, source: bool = True) -> None:
        super().__init__()
        self.roles = {one: self.add(Role, acts_as=[one]) for one in ("developer", "architect", "tester")}
        self.add(DesignElement, writer=Cast.ARCHITECT)
        self.line = [
            self.appoint(Cast.DEVELOPER, "developer", reports_to=BOSS),
            self.appoint(Cast.ARCHITECT, "architect", reports_to=BOSS),
        ]
        if source:
            self.source(change("c1", author=Cast.DEVELOPER), change("c2", author="somebody@example.com"))

    def appoint(self, person: str, role: str = "tester", **fields: Any) -> str:
        given: dict[str, Any] = {"since": "2020-01-01", "owned_by": ORGANISATION}
        return self.add(Appointment, role=self.roles[role], person=person, **(given | fields))

    def tested(self, level: int, tester: str = Cast.TESTER, type_: str = "static", **fields: Any) -> str:
        return self.run(self.plan(type_, independence=level), tester=tester, **fields)

    def sentences(self) -> list[Any]:
        return self.said(REACHED).sentences


@keeps(REACHED)
@breaks(REACHED)
@pytest.mark.parametrize("tester", [Cast.DEVELOPER, Cast.ARCHITECT])
def test_who_wrote_code_or_design_is_a_developer(tester: str) -> None:
    story = Apart()
    story.tested(0, tester)
    assert story.said(REACHED).kept
    near = story.tested(1, tester)
    said = story.said(REACHED)
    assert (said.sentences, said.about) == ([independence.TOO_NEAR], [story.labels[near]])
    assert "at most none at all from its developers" in said.texts[0]


@keeps(REACHED)
@breaks(REACHED)
def test_another_person_under_the_same_superior_reaches_one() -> None:
    story = Apart()
    story.appoint(Cast.TESTER, reports_to=BOSS)
    story.tested(1)
    assert story.said(REACHED).kept
    story.tested(2)
    assert story.sentences() == [independence.TOO_NEAR]


@keeps(REACHED)
@breaks(REACHED)
def test_under_another_superior_testers_reach_two() -> None:
    story = Apart()
    story.appoint(Cast.TESTER, reports_to=OTHER_BOSS)
    story.tested(2)
    assert story.said(REACHED).kept
    story.tested(3)
    assert story.sentences() == [independence.TOO_NEAR]


def test_who_stands_in_quality_reaches_two() -> None:
    story = Apart()
    story.appoint(Cast.TESTER, reports_to=BOSS, unit="quality")
    story.tested(2)
    assert story.said(REACHED).kept


@keeps(REACHED)
@breaks(REACHED)
def test_another_organisation_is_three() -> None:
    story = Apart()
    appointment = story.appoint(Cast.TESTER, reports_to=BOSS, organisation="Example Lab")
    story.tested(3)
    assert story.said(REACHED).kept
    story.revise(story.line[0], organisation="Example Lab")
    assert story.sentences() == [independence.TOO_NEAR]
    story.revise(appointment, organisation="Another Lab")
    assert story.said(REACHED).kept


def test_the_run_itself_may_name_the_organisation() -> None:
    story = Apart()
    story.tested(3, organisation="Example Lab")
    assert story.said(REACHED).kept


@breaks(REACHED)
def test_the_policy_asks_for_no_less_than_the_plan() -> None:
    story = Apart()
    story.appoint(Cast.TESTER, reports_to=BOSS)
    story.tested(0, type_="vulnerability")
    assert story.said(REACHED).kept
    story.set_policy("development.independence.vulnerability", 2)
    assert story.sentences() == [independence.TOO_NEAR]


def test_a_lower_level_may_be_justified() -> None:
    story = Apart()
    story.tested(3, Cast.DEVELOPER, justification="Nobody else has the machine.")
    assert story.said(REACHED).kept


@breaks(REACHED)
def test_appointments_count_on_the_day_of_the_run() -> None:
    story = Apart()
    story.appoint(Cast.TESTER, reports_to=OTHER_BOSS, until="2026-02-01")
    story.appoint(Cast.TESTER, reports_to=BOSS, since="2026-02-02")
    story.tested(2, on="2026-02-01")
    assert story.said(REACHED).kept
    story.tested(2, on="2026-02-02")
    assert story.sentences() == [independence.TOO_NEAR]


@breaks(REACHED)
def test_an_appointment_counts_from_the_day_of_its_signature_to_that_of_its_end() -> None:
    story = Apart()
    story.appoint(Cast.TESTER, reports_to=BOSS, day="2026-02-02")
    story.appoint(Cast.TESTER, reports_to=OTHER_BOSS)
    story.tested(2, on="2026-02-01")
    assert story.said(REACHED).kept
    story.tested(2, on="2026-02-02")
    assert story.sentences() == [independence.TOO_NEAR]
    gone = Apart()
    ended = gone.appoint(Cast.TESTER, reports_to=OTHER_BOSS, until="2026-03-01")
    gone.retire(ended, day="2026-02-01")
    gone.tested(2, on="2026-02-01")
    assert gone.said(REACHED).kept
    gone.tested(2, on="2026-02-02")
    assert gone.said(REACHED).unknowns


@pytest.mark.parametrize("who", ["tester", "developer"])
def test_without_a_superior_it_is_not_known_whether_they_share_one(who: str) -> None:
    story = Apart()
    appointment = story.appoint(Cast.TESTER, reports_to=OTHER_BOSS)
    story.revise(appointment if who == "tester" else story.line[0], reports_to=None)
    story.tested(1)
    assert story.said(REACHED).kept
    story.tested(2)
    said = story.said(REACHED)
    assert [one.said.sentence for one in said.unknowns] == [independence.SUPERIORS_NOT_KNOWN]
    assert (Cast[who.upper()] in said.texts[0], said.unknowns[0].owner) == (True, SystemRole.MANAGEMENT)


def test_a_tester_without_an_appointment_is_not_known_to_reach_two() -> None:
    story = Apart()
    story.tested(2)
    assert [one.said.sentence for one in story.said(REACHED).unknowns] == [independence.SUPERIORS_NOT_KNOWN]


@breaks(REACHED)
def test_without_the_source_whoever_develops_counts_as_developer() -> None:
    story = Apart(source=False)
    appointed = story.appoint(Cast.TESTER, reports_to=BOSS)
    story.tested(2)
    assert story.sentences() == [independence.TOO_NEAR]
    story.revise(appointed, reports_to=OTHER_BOSS)
    assert story.said(REACHED).kept


@pytest.mark.parametrize("role", ["developer", "architect"])
def test_without_the_source_it_is_not_known_whether_a_tester_who_develops_wrote_it(role: str) -> None:
    story = Apart(source=False)
    story.appoint(Cast.TESTER, role, reports_to=OTHER_BOSS)
    story.tested(0)
    assert story.said(REACHED).kept
    story.tested(2)
    assert [one.said.sentence for one in story.said(REACHED).unknowns] == [independence.AUTHORS_NOT_KNOWN]


@breaks(REACHED)
def test_where_nobody_is_known_to_have_written_anything_whoever_develops_did() -> None:
    story = Proven()
    story.source()
    story.add(Appointment, role=story.add(Role, acts_as=["developer"]), person=Cast.DEVELOPER, since="2020-01-01",
              reports_to=BOSS, owned_by=ORGANISATION)  # fmt: skip
    story.add(Appointment, role=story.add(Role, acts_as=["tester"]), person=Cast.TESTER, since="2020-01-01",
              reports_to=BOSS, owned_by=ORGANISATION)  # fmt: skip
    story.run(story.plan("static", independence=2))
    assert story.said(REACHED).sentences == [independence.TOO_NEAR]


@breaks(REACHED)
def test_a_machine_among_the_authors_is_one_of_ours() -> None:
    story = Proven()
    story.source(change("c1", author="bot@example.com"))
    story.run(story.plan("static", independence=3))
    assert story.said(REACHED).sentences == [independence.TOO_NEAR]


@breaks(REACHED)
def test_a_penetration_test_by_others_names_them() -> None:
    story = Apart()
    story.appoint(Cast.TESTER, organisation="Example Lab")
    attacked = story.tested(2, type_="penetration")
    assert story.sentences() == [independence.NO_ORGANISATION]
    story.revise(attacked, organisation="Example Lab")
    assert story.said(REACHED).kept


@breaks(REACHED)
def test_a_failing_run_counts_before_it_is_signed() -> None:
    story = Apart()
    story.tested(1, Cast.DEVELOPER, outcome="fail", make=story.draft)
    assert story.sentences() == [independence.TOO_NEAR]


def test_runs_on_other_builds_and_under_no_plan_are_not_looked_at() -> None:
    story = Apart()
    story.tested(3, Cast.DEVELOPER, build_id="another", report=evidence("another"))
    story.run("f" * 32, tester=Cast.DEVELOPER)
    assert story.said(REACHED).silent
