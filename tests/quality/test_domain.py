from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asepsis.quality.domain import holders, holdings, holds, in_force, missing_skills, months_after, qualified
from asepsis.quality.records import Appointment, Qualification, Role
from asepsis.record.slots import SystemRole
from tests.kinds import an_id, content

ANA, BEN, CEM = an_id("Ana"), an_id("Ben"), an_id("Cem")
ROLE = an_id("role")
DAY = date(2026, 3, 15)
RETIRED = {"why": "Entered twice."}
SECURITY = content(
    Role,
    acts_as=["security", "developer"],
    skill_needs=[{"skill": "Threat modelling", "level": 2, "valid_months": 24}],
)


def appointed(**overrides: Any) -> Appointment:
    return content(Appointment, **({"role": ROLE, "person": ANA, "since": "2026-01-01"} | overrides))


def shown(**overrides: Any) -> Qualification:
    told = {"person": ANA, "skill": "threat modelling", "level": 2, "on": "2026-01-01", "until": "2027-12-31"}
    return content(Qualification, **(told | overrides))


# --- days


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        ("2026-01-15", 12, "2027-01-15"),
        ("2026-01-31", 1, "2026-02-28"),
        ("2024-01-31", 1, "2024-02-29"),
        ("2026-12-31", 2, "2027-02-28"),
        ("2026-03-31", -1, "2026-02-28"),
        ("2026-01-01", -1, "2025-12-01"),
        ("2026-05-05", 0, "2026-05-05"),
    ],
)
def test_months_later_is_the_same_day_or_the_last_of_that_month(day: str, months: int, later: str) -> None:
    assert months_after(date.fromisoformat(day), months) == date.fromisoformat(later)


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.integers(0, 400), st.integers(0, 400))
def test_more_months_are_never_earlier(day: date, fewer: int, more: int) -> None:
    fewer, more = sorted((fewer, more))
    assert day <= months_after(day, fewer) <= months_after(day, more)


# --- appointments


@pytest.mark.parametrize(
    ("day", "held"), [("2025-12-31", False), ("2026-01-01", True), ("2026-06-30", True), ("2026-07-01", False)]
)
def test_an_appointment_is_in_force_from_its_first_to_its_last_day(day: str, held: bool) -> None:
    appointment = appointed(until="2026-06-30")
    assert in_force(appointment, date.fromisoformat(day)) is held
    found = holders(SystemRole.SECURITY, date.fromisoformat(day), [appointment], {ROLE: SECURITY})
    assert found == ({ANA} if held else set())


def test_an_appointment_without_an_end_goes_on() -> None:
    assert in_force(appointed(), date(2099, 1, 1))


def test_a_retired_appointment_is_not_in_force() -> None:
    retired = appointed(retired=RETIRED)
    assert not in_force(retired, DAY)
    assert not list(holdings(retired, SECURITY))


def test_an_appointment_to_a_retired_role_gives_nothing() -> None:
    assert not list(holdings(appointed(), content(Role, acts_as=["security"], retired=RETIRED)))


def test_an_appointment_gives_each_system_role_to_its_holder_and_to_the_deputy() -> None:
    found = {(one.person, one.role, one.deputy) for one in holdings(appointed(deputy=BEN), SECURITY)}
    assert found == {
        (ANA, SystemRole.SECURITY, False),
        (BEN, SystemRole.SECURITY, True),
        (ANA, SystemRole.DEVELOPER, False),
        (BEN, SystemRole.DEVELOPER, True),
    }


def test_holders_are_those_of_that_role_with_their_deputies() -> None:
    other = an_id("other role")
    roles = {ROLE: SECURITY, other: content(Role, acts_as=["quality"])}
    appointments = [appointed(deputy=BEN), appointed(role=other, person=CEM)]
    assert holders(SystemRole.SECURITY, DAY, appointments, roles) == {ANA, BEN}
    assert holders(SystemRole.QUALITY, DAY, appointments, roles) == {CEM}
    assert holders(SystemRole.TESTER, DAY, appointments, roles) == frozenset()


def test_an_appointment_whose_role_is_not_there_gives_nothing() -> None:
    assert holders(SystemRole.SECURITY, DAY, [appointed()], {}) == frozenset()


# --- qualifications


def test_a_person_who_has_shown_the_skill_is_qualified() -> None:
    assert qualified(ANA, SECURITY, DAY, [shown()], 36)


@pytest.mark.parametrize(
    "overrides",
    [
        {"person": BEN},
        {"skill": "fuzzing"},
        {"level": 1},
        {"on": "2026-03-16"},
        {"until": "2026-03-14"},
        {"on": "2024-03-14"},
        {"retired": RETIRED},
    ],
)
def test_a_qualification_that_does_not_answer_the_need_leaves_it_missing(overrides: dict[str, Any]) -> None:
    assert missing_skills(ANA, SECURITY, DAY, [shown(**overrides)], 36) == SECURITY.skill_needs


@pytest.mark.parametrize(
    "overrides",
    [{"level": 3}, {"skill": "THREAT modelling"}, {"on": "2026-03-15"}, {"until": "2026-03-15"}, {"on": "2024-03-15"}],
)
def test_a_qualification_at_the_edge_of_what_is_needed_counts(overrides: dict[str, Any]) -> None:
    assert qualified(ANA, SECURITY, DAY, [shown(**overrides)], 36)


def test_the_policy_shortens_how_long_a_qualification_counts() -> None:
    old = shown(on="2025-03-14")
    assert qualified(ANA, SECURITY, DAY, [old], 36)
    assert not qualified(ANA, SECURITY, DAY, [old], 12)


def test_a_role_without_skill_needs_asks_nothing() -> None:
    assert qualified(ANA, content(Role), DAY, [], 36)


# --- versions


@pytest.mark.parametrize(
    ("versions", "version", "held"),
    [
        (("1.0",), "1.0", True),
        (("1.0",), "1.0.0", False),
        (("1.0", "1.1"), "1.1", True),
        (("*",), "anything", True),
        (("*",), None, True),
        ((), "1.0", False),
        (("1.0",), None, None),
        (("vers:semver/>=2.0.0|<3.0.0",), "2.0.0", True),
        (("vers:semver/>=2.0.0|<3.0.0",), "2.9.9", True),
        (("vers:semver/>=2.0.0|<3.0.0",), "3.0.0", False),
        (("vers:semver/>=2.0.0|<3.0.0",), "3.0.0-rc.1", True),
        (("vers:semver/>2.0.0-alpha|<2.0.0",), "2.0.0-alpha.1", True),
        (("vers:semver/>2.0.0-alpha.9|<2.0.0",), "2.0.0-alpha.10", True),
        (("vers:semver/>2.0.0-beta|<2.0.0",), "2.0.0-rc", True),
        (("vers:semver/>2.0.0-1|<2.0.0",), "2.0.0-alpha", True),
        (("vers:semver/=2.0.0",), "2.0.0+build7", True),
        (("vers:semver/2.0.0",), "2.0.0", True),
        (("vers:semver/2.0.0|2.1.0",), "2.0.5", False),
        (("vers:semver/>=1.0.0|!=1.5.0|<2.0.0",), "1.5.0", False),
        (("vers:semver/>=1.0.0|!=1.5.0|<2.0.0",), "1.5.1", True),
        (("vers:semver/!=1.5.0",), "1.5.1", True),
        (("vers:semver/!=1.5.0",), "1.5.0", False),
        (("vers:semver/<1.0.0|>=2.0.0",), "0.1.0", True),
        (("vers:semver/<1.0.0|>=2.0.0",), "1.0.0", False),
        (("vers:semver/<1.0.0|>=2.0.0",), "7.0.0", True),
        (("vers:semver/<3.0.0|>=2.0.0",), "2.5.0", True),
        (("vers:semver/>=1.0.0|<2.0.0|>=3.0.0|<4.0.0",), "2.5.0", False),
        (("vers:semver/>=1.0.0|<2.0.0|>=3.0.0|<4.0.0",), "3.5.0", True),
        (("vers:semver/*",), "whatever", True),
        (("vers:semver/>=2.0.0",), "2.0", None),
        (("vers:semver/>=2.0",), "2.0.0", None),
        (("vers:semver/>=2.0.0|<=2.0.0",), "2.0.0", None),
        (("vers:semver/",), "2.0.0", None),
        (("vers:semver/>=2.0.0|",), "2.0.0", None),
        (("vers:semver",), "2.0.0", None),
        (("vers:rpm/>=2.0.0",), "2.0.0", None),
        (("vers:pypi/>=1.0|<2",), "1.0.post1", True),
        (("vers:pypi/>=1.0|<2",), "1.0rc1", False),
        (("vers:pypi/>=1.0|<2",), "not a version", None),
        (("vers:pypi/1%212.0",), "1!2.0", True),
        (("vers:generic/>=3.0|<4",), "3", True),
        (("vers:generic/>=3.0|<4",), "3.10", True),
        (("vers:generic/>3.9|<4",), "3.10", True),
        (("vers:generic/>=3.0|<4",), "3.0k", None),
        (("vers:intdot/>=3.0|<4",), "4.0.0", False),
        (("vers:rpm/>=2.0.0", "2.0.0"), "2.0.0", True),
        (("vers:rpm/>=2.0.0", "1.0.0"), "2.0.0", None),
    ],
)
def test_versions_hold_a_version(versions: tuple[str, ...], version: str | None, held: bool | None) -> None:
    assert holds(versions, version) is held


dotted = st.lists(st.integers(0, 30), min_size=3, max_size=3).map(lambda parts: ".".join(map(str, parts)))


@pytest.mark.parametrize("scheme", ["semver", "npm", "cargo", "pypi", "generic", "intdot"])
@given(low=dotted, high=dotted, version=dotted)
def test_a_range_holds_what_lies_between_its_ends(scheme: str, low: str, high: str, version: str) -> None:
    def numbers(text: str) -> list[int]:
        return [int(part) for part in text.split(".")]

    if numbers(low) < numbers(high):
        held = holds((f"vers:{scheme}/>={low}|<{high}",), version)
        assert held is (numbers(low) <= numbers(version) < numbers(high))


@given(low=dotted, high=dotted, version=dotted)
def test_a_range_and_what_it_leaves_out_hold_every_version_once(low: str, high: str, version: str) -> None:
    inside = holds((f"vers:generic/>={low}|<{high}",), version)
    outside = holds((f"vers:generic/<{low}|>={high}",), version)
    if [int(part) for part in low.split(".")] < [int(part) for part in high.split(".")]:
        assert inside is not outside


@given(st.lists(dotted, min_size=1, max_size=4, unique=True), st.randoms(use_true_random=False))
def test_the_order_of_the_constraints_does_not_matter(versions: list[str], random: Any) -> None:
    constraints = [f"{random.choice(['<', '<=', '>', '>=', '=', '!='])}{one}" for one in versions]
    shuffled = random.sample(constraints, len(constraints))
    for version in ("0.0.0", "15.0.0", "30.30.30", *versions):
        assert holds((f"vers:generic/{'|'.join(constraints)}",), version) is holds(
            (f"vers:generic/{'|'.join(shuffled)}",), version
        )


@given(st.text(max_size=30), st.text(max_size=30))
def test_no_text_makes_it_fail(range_: str, version: str) -> None:
    for scheme in ("semver", "pypi", "generic", "other"):
        assert holds((f"vers:{scheme}/{range_}",), version) in (True, False, None)


def test_a_day_counts_as_a_whole() -> None:
    assert in_force(appointed(until=str(DAY)), DAY)
    assert not in_force(appointed(until=str(DAY)), DAY + timedelta(days=1))
