"""The clock of updates: bands, factors, and days on their boundary."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from asepsis.maintenance import domain
from asepsis.maintenance.domain import STEPS, Bands, DueDays, Factors, due_days
from asepsis.maintenance.records import FieldedFactor, SeverityGrade, UpdatePolicy
from asepsis.risk.records import Score
from tests.kinds import content

ALL = {name: [one.value for one in steps] for name, steps in STEPS.items()}


def band(qualify: int, deliver: int, **only: Any) -> dict[str, Any]:
    return ALL | only | {"qualify_days": qualify, "deliver_days": deliver}


def policy(*bands: dict[str, Any]) -> Bands:
    return Bands(content(UpdatePolicy, bands=list(bands)).bands)


def graded() -> Bands:
    """Return a policy in which every factor counts, by one band for each case."""
    bands = []
    for case in domain.cases():
        steps = sum(STEPS[name].index(getattr(case, name)) for name in STEPS)
        only = {name: [getattr(case, name).value] for name in STEPS}
        bands.append(band(60 - steps, 120 - steps, **only))
    return policy(*bands)


MILDEST = Factors(*(steps[0] for steps in STEPS.values()))  # type: ignore[arg-type]
WORST = Factors(*(steps[-1] for steps in STEPS.values()))  # type: ignore[arg-type]
GRADED = graded()
START = date(2026, 1, 31)


# --- factors ---


@pytest.mark.parametrize(
    ("number", "grade"),
    [
        ("0.0", "none"), ("0.1", "low"), ("3.9", "low"), ("4.0", "medium"), ("6.9", "medium"), ("7.0", "high"),
        ("8.9", "high"), ("9.0", "critical"), ("10.0", "critical"),
    ],
)  # fmt: skip
def test_a_score_has_the_grade_of_its_step(number: str, grade: str) -> None:
    assert domain.grade(content(Score, method="cvss4.0", number=number)) == SeverityGrade(grade)


def test_scores_by_other_methods_have_no_grade() -> None:
    assert domain.grade(content(Score, method="dread", number="9.0")) is None
    assert domain.grade(content(Score, method="ssvc", number=None)) is None
    assert domain.grade(None) is None


@pytest.mark.parametrize(("count", "factor"), [(9, "few"), (10, "many"), (0, "few"), (None, "many")])
def test_from_a_count_on_installations_are_many(count: int | None, factor: str) -> None:
    assert domain.fielded_factor(count, content(UpdatePolicy, many_from=10)) == FieldedFactor(factor)


def test_the_worst_of_cases_is_the_worst_in_each_factor() -> None:
    one, other = replace(MILDEST, severity=SeverityGrade.HIGH), replace(WORST, severity=SeverityGrade.LOW)
    assert domain.worst([one, other]) == replace(WORST, severity=SeverityGrade.HIGH)


# --- bands ---


def test_each_case_falls_in_one_band() -> None:
    assert (GRADED.uncovered(), GRADED.covered_twice(), GRADED.unweighed()) == ((), (), ())
    assert list(GRADED.milder_for_worse()) == []
    found = GRADED.of(WORST)
    assert found is not None
    assert (found.qualify_days, found.deliver_days) == (60 - 12, 120 - 12)


@pytest.mark.parametrize("name", STEPS)
def test_a_case_that_no_band_holds_is_found(name: str) -> None:
    lacking = policy(band(1, 2, **{name: ALL[name][1:]}))
    found = lacking.uncovered()
    assert {getattr(case, name) for case in found} == {STEPS[name][0]}
    assert len(found) == 540 // len(STEPS[name])
    assert lacking.of(MILDEST) is None


@pytest.mark.parametrize("name", STEPS)
def test_a_case_that_two_bands_hold_is_found(name: str) -> None:
    twice = policy(band(1, 2), band(1, 2, **{name: ALL[name][:1]}))
    assert {getattr(case, name) for case in twice.covered_twice()} == {STEPS[name][0]}
    assert twice.of(MILDEST) is None


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize(("qualify", "deliver"), [(11, 20), (10, 21)])
def test_a_worse_case_is_never_given_more_days(name: str, qualify: int, deliver: int) -> None:
    *mild, worst = ALL[name]
    assert not list(policy(band(10, 20, **{name: mild}), band(10, 20, **{name: [worst]})).milder_for_worse())
    milder = policy(band(10, 20, **{name: mild}), band(qualify, deliver, **{name: [worst]}))
    assert {found[0] for found in milder.milder_for_worse()} == {name}


@pytest.mark.parametrize("name", STEPS)
def test_a_factor_that_changes_no_days_is_not_weighed(name: str) -> None:
    assert policy(band(1, 2)).unweighed() == tuple(STEPS)
    *mild, worst = ALL[name]
    weighed = policy(band(2, 3, **{name: mild}), band(1, 3, **{name: [worst]}))
    assert name not in weighed.unweighed()


# --- the clock ---


def test_days_count_from_the_day_after_the_start() -> None:
    known = [(START, MILDEST)]
    assert due_days(START, known, policy(band(28, 29))) == DueDays(date(2026, 2, 28), date(2026, 3, 1))
    assert due_days(START, known, policy(band(0, 0))) == DueDays(START, START)


def test_what_was_known_before_the_start_holds_from_it_on() -> None:
    early = [(START - timedelta(days=300), MILDEST)]
    assert due_days(START, early, policy(band(28, 29))) == DueDays(date(2026, 2, 28), date(2026, 3, 1))


def exploited(day: date) -> list[tuple[date, Factors]]:
    return [(START, MILDEST), (day, replace(MILDEST, exploited=WORST.exploited))]


FAST = policy(band(30, 60, exploited=["no", "poc"]), band(5, 10, exploited=["yes"]))


@pytest.mark.parametrize(
    ("got_worse", "qualify", "deliver"),
    [
        (1, 5, 10),  # the shorter days, still counted from the start
        (5, 5, 10),
        (6, 6, 10),  # not before the day it got worse
        (11, 11, 11),
        (30, 30, 30),
        (31, 30, 31),  # what is past already does not move
        (60, 30, 60),
        (61, 30, 60),
    ],
)
def test_a_factor_that_gets_worse_shortens_the_days(got_worse: int, qualify: int, deliver: int) -> None:
    due = due_days(START, exploited(START + timedelta(days=got_worse)), FAST)
    assert due == DueDays(START + timedelta(days=qualify), START + timedelta(days=deliver))


def test_a_factor_that_gets_milder_moves_nothing() -> None:
    worse_first = [(START, replace(MILDEST, exploited=WORST.exploited)), (START + timedelta(days=1), MILDEST)]
    assert due_days(START, worse_first, FAST) == DueDays(START + timedelta(days=5), START + timedelta(days=10))


def test_without_a_band_or_without_factors_nothing_is_due() -> None:
    holey = policy(band(1, 2, exploited=["no"]))
    assert due_days(START, exploited(START), holey) is None
    assert due_days(START, [], FAST) is None


factors = some.builds(Factors, *(some.sampled_from(steps) for steps in STEPS.values()))
news = some.lists(some.tuples(some.dates(START, date(2026, 12, 31)), factors), min_size=1, max_size=5)


@given(news, some.tuples(some.dates(START, date(2026, 12, 31)), factors))
def test_more_news_never_give_more_days(known: list[tuple[date, Factors]], more: tuple[date, Factors]) -> None:
    known = [(START, known[0][1]), *known[1:]]
    before, after = due_days(START, known, GRADED), due_days(START, [*known, more], GRADED)
    assert before is not None
    assert after is not None
    assert after.qualify <= before.qualify
    assert after.deliver <= before.deliver
    assert after.qualify <= after.deliver
