"""Disclosure is prepared for each market."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.problems import disclosure
from asepsis.checks.terms import law_named
from asepsis.configuration.records import Fielded
from asepsis.quality.records import Appointment, Procedure, ProductProfile, Role
from tests.dossiers import Cast, Story, breaks, keeps, run_check

CHECK = "problems.disclosure_prepared"
KINDS = ["Advisory", "AuthorityReport", "Notice"]


def a_maker(law: str = "MDR", *, until: str | None = None, **procedure: Any) -> Story:
    """Return a story of a product in one market, with a procedure for disclosure and somebody regulatory."""
    story = Story()
    story.add(ProductProfile, markets=[{"country": "DE", "law": law}])
    given: dict[str, Any] = {"serves": ["4.1.7"], "effective": "2026-01-05", "review_by": "2028-01-05"}
    story.add(Procedure, **(given | {"record_types": KINDS} | procedure))
    role = story.add(Role, acts_as=["regulatory"])
    story.add(Appointment, role=role, person=Cast.REGULATORY, since="2026-01-05", until=until)
    return story


@keeps(CHECK)
@breaks(CHECK)
def test_a_procedure_for_disclosure_is_in_force_until_the_day_of_its_review() -> None:
    story = a_maker()
    assert run_check(CHECK, story, today="2028-01-05").kept
    said = run_check(CHECK, story, today="2028-01-06")
    assert (said.sentences, said.about) == ([disclosure.NO_PROCEDURE], ["GW-PRD-1"])


@breaks(CHECK)
@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_that_no_procedure_for_disclosure_makes_is_a_gap(kind: str) -> None:
    story = a_maker(record_types=[one for one in KINDS if one != kind])
    story.add(Procedure, serves=["9.4"], record_types=KINDS, effective="2026-01-05", review_by="2028-01-05")
    assert run_check(CHECK, story).texts == [f"No procedure in force for disclosure makes records of the kinds {kind}."]


@keeps(CHECK)
def test_two_procedures_for_disclosure_may_share_the_kinds() -> None:
    story = a_maker(record_types=["Advisory"])
    more: dict[str, Any] = {"effective": "2026-01-05", "review_by": "2028-01-05"}
    story.add(Procedure, serves=["4.1.7"], record_types=["AuthorityReport", "Notice"], **more)
    assert run_check(CHECK, story).kept


@keeps(CHECK)
@pytest.mark.parametrize("law", ["CRA", "mdr", "IVDR", "FDA", "FD&C Act", "Regulation (EU) 2017/745", "none"])
def test_the_laws_of_the_table_and_no_law_are_known(law: str) -> None:
    assert run_check(CHECK, a_maker(law)).kept


@breaks(CHECK)
@keeps(CHECK)
def test_another_law_is_named_by_a_procedure_for_disclosure() -> None:
    assert run_check(CHECK, a_maker("PMD Act")).sentences == [disclosure.FOREIGN_LAW]
    assert run_check(CHECK, a_maker("PMD Act", title="Disclosure under the PMD Act")).kept


@keeps(CHECK)
@breaks(CHECK)
def test_somebody_regulatory_is_appointed_to_the_last_day() -> None:
    story = a_maker(until="2026-11-25")
    assert run_check(CHECK, story, today="2026-11-25").kept
    assert run_check(CHECK, story, today="2026-11-26").sentences == [disclosure.NOBODY]


@breaks(CHECK)
@pytest.mark.parametrize("how", ["another-role", "role-retired"])
def test_an_appointment_to_another_role_or_one_that_is_gone_does_not_do(how: str) -> None:
    story = a_maker()
    (role,) = [record for record, label in story.labels.items() if label == "ORG-ROL-1"]
    if how == "another-role":
        story.revise(role, day="2026-02-01", acts_as=["tester"])
    else:
        story.retire(role, day="2026-02-01")
    assert run_check(CHECK, story).sentences == [disclosure.NOBODY]


def test_a_supported_release_of_which_nobody_knows_who_uses_it_is_unknown() -> None:
    story = a_maker()
    release = story.release(security_support_until="2026-11-25")
    assert run_check(CHECK, story).kept
    story.send_out(release)
    said = run_check(CHECK, story)
    assert ([one.said.sentence for one in said.unknowns], said.gaps) == ([disclosure.NOT_FIELDED], [])
    assert run_check(CHECK, story, today="2026-11-26").kept
    story.add(Fielded, release=release)
    assert run_check(CHECK, story).kept


def test_without_a_profile_it_is_a_gap() -> None:
    assert run_check(CHECK, Story()).texts == ["There is no product profile to look at."]


@pytest.mark.parametrize(("name", "law"), [("E.U. MDR", "mdr"), ("Fd&C  act", "fda"), ("UK MDR 2002", None)])
def test_a_law_is_known_by_the_names_people_write(name: str, law: str | None) -> None:
    assert law_named(name) == law
