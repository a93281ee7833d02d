"""One thing wrong at a time: a record gone, a link cut, a day moved, a signature taken away; does anybody notice?

It is tried on both products of the example as they stand, and on release 2.3.0 as that went out, when everything was
met. Each mutation that turns no verdict and changes no finding is printed with the reason in `tests.example.explained`;
one without a reason fails.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

import pytest
from pytest_django.plugin import DjangoDbBlocker

from asepsis import example
from asepsis.checks import all as every_check
from asepsis.clauses import policy
from asepsis.clauses.policy import Measure
from asepsis.conformance.assessment import document_bytes
from asepsis.record.kind import KINDS, draft_of
from asepsis.record.verdict import Verdict
from tests.example.conftest import Example, opened
from tests.example.explained import EXPLAINED, reason_of
from tests.example.mutations import (
    AGES,
    HORIZONS,
    OF_NO_FIELD,
    Moment,
    Mutation,
    is_bad_news,
    is_of_another_release,
    is_only_later,
    is_refused,
    moment,
    mutations,
    only_names,
    shifted,
)

SEED = 81001
SORTS = ("deleted", "cut", "moved", "unsigned")


@dataclass(frozen=True)
class Tried:
    """The moments at which mutations are tried, by name, and all of each: what is shared stands in several."""

    moments: dict[str, Moment]
    of_each: dict[str, dict[tuple[str, str, str], Mutation]]

    @property
    def all(self) -> list[Mutation]:
        """Return what can be wrong with the records that are in force now, of either product, each once."""
        return list((self.of_each["OLD"] | self.of_each["GW"]).values())

    def notices(self, mutation: Mutation) -> bool:
        """Return whether a mutation turns a verdict or changes what is found, at any moment."""
        return self.tells_beside(mutation, ())

    def tells_beside(self, mutation: Mutation, others: Iterable[Mutation]) -> bool:
        """Return whether a mutation makes a difference, at any moment, where others were made before."""
        beside = list(others)
        for name, there in self.moments.items():
            at = self.of_each[name]
            before = [at[one.key] for one in beside if one.key in at]
            if mutation.key in at and there.outcome(*before) != there.outcome(*before, at[mutation.key]):
                return True
        return False

    def named(self, label: str) -> Mutation:
        """Return the deletion of the record of that label."""
        return next(one for one in self.all if (one.label, one.sort) == (label, "deleted"))

    def explains_itself(self, mutation: Mutation) -> bool:
        """Return whether it is plain from what a mutation is that nothing turns.

        What an earlier release left behind is looked at when that release is. Bad news counts signed or not, and where
        it is gone, the ledger tells, not the checks. A link that merely names may lead to what is no longer in force. A
        day to come that comes a day later is no fault where no policy binds it. A day on which something happened is
        refused where it lies after its entry.
        """
        there = self.moments["GW" if mutation.key in self.of_each["GW"] else "OLD"]
        return (
            is_of_another_release(mutation, there)
            or is_bad_news(mutation)
            or only_names(mutation)
            or is_only_later(mutation)
            or is_refused(mutation, there)
        )


@pytest.fixture(scope="module")
def tried(once: Example, django_db_blocker: DjangoDbBlocker) -> Iterator[Tried]:
    """Return the example as it stands and as it was released, and its older product; its store stays open."""
    every_check.load()
    with opened(once.home, django_db_blocker):
        yield read(once.written)


def read(written: example.Written) -> Tried:
    """Return the moments of the example, read once."""
    product, release = written.products["GW"], written.releases["2.3.0"]
    moments = {
        "GW": moment(product, example.LAST),
        "OLD": moment(written.products["OLD"], example.LAST),
        "GW 2.3.0": moment(product, example.LAST, written.baselines["2.3.0"], release),
    }
    return Tried(moments, {name: {one.key: one for one in mutations(at)} for name, at in moments.items()})


def one_of_each(found: Iterable[Mutation]) -> list[Mutation]:
    """Return one mutation of each kind of record and sort, drawn by a seed."""
    drawn: dict[tuple[str, str], list[Mutation]] = {}
    for one in found:
        drawn.setdefault((one.kind, one.sort), []).append(one)
    chance = random.Random(SEED)
    return [chance.choice(drawn[key]) for key in sorted(drawn)]


def unnoticed(found: Iterable[Mutation], tried: Tried) -> list[Mutation]:
    """Return the mutations that nobody notices, but for those that need no explanation each."""
    return [one for one in found if not tried.explains_itself(one) and not tried.notices(one)]


def told(found: Iterable[Mutation]) -> str:
    """Return what nobody notices, one a line, with the reason."""
    return "\n".join(f"{one}  ({reason.why if (reason := reason_of(one)) else 'not explained'})" for one in found)


def test_the_example_as_it_was_released_is_met_so_that_each_fault_shows(tried: Tried) -> None:
    counts = Counter(tried.moments["GW 2.3.0"].verdicts.values())
    assert counts[Verdict.GAP] + counts[Verdict.UNKNOWN] == 0


def test_there_is_something_to_try_of_each_sort(tried: Tried) -> None:
    assert {one.sort for one in tried.all} == set(SORTS)
    assert len(tried.all) > 4_000


def test_one_fault_of_each_kind_and_sort_is_noticed_or_explained(tried: Tried) -> None:
    drawn = one_of_each(tried.all)
    found = unnoticed(drawn, tried)
    print(f"{len(found)} of a sample of {len(drawn)} turn no verdict:\n{told(found)}")
    assert [str(one) for one in found if reason_of(one) is None] == []


def test_what_is_not_noticed_and_not_explained_is_found(tried: Tried) -> None:
    later = next(one for one in tried.all if one.what == ("Release", "moved", "planned old"))
    assert unnoticed([later], tried) == [later]
    assert reason_of(replace(later, kind="Report")) is None
    assert "not explained" in told([replace(later, kind="Report")])


def test_each_number_of_the_policy_is_the_tolerance_of_a_day_or_binds_none() -> None:
    numbers = {
        one.name for one in policy.POLICY.values() if one.measure in (Measure.DAYS, Measure.MONTHS, Measure.YEARS)
    }
    names = {*AGES.values(), *HORIZONS.values()}
    assert names | OF_NO_FIELD.keys() == numbers
    assert not names & OF_NO_FIELD.keys()


@pytest.mark.parametrize(("kind", "path"), sorted({*AGES, *HORIZONS}))
def test_each_day_with_a_tolerance_is_one_of_its_kind(kind: str, path: str) -> None:
    draft = draft_of(KINDS[kind]).model_fields
    assert path.partition(".")[0] in draft


@pytest.mark.parametrize(
    ("name", "number", "moved"),
    [
        ("quality.audit_cycle_months", -12, "2025-06-30"),
        ("quality.procedure_review_months", 12, "2027-07-02"),
        ("problems.investigate_days", -30, "2026-05-31"),
        ("maintenance.scan_age_days", 14, "2026-07-16"),
    ],
)
def test_a_day_is_moved_by_its_tolerance_and_one_day(name: str, number: int, moved: str) -> None:
    assert shifted(date(2026, 7, 1), name, number).isoformat() == moved


def test_a_fault_that_is_looked_at_again_gives_the_bytes_of_a_full_run(tried: Tried) -> None:
    drawn = random.Random(SEED).sample(one_of_each(tried.of_each["GW"].values()), 24)
    for one in drawn:
        again, whole = tried.moments["GW"].with_(one).assessment, tried.moments["GW"].wholly_with(one).assessment
        assert document_bytes(again) == document_bytes(whole), str(one)


def test_bad_news_whose_signature_is_taken_away_makes_nothing_better(tried: Tried) -> None:
    better = {
        str(one): obligation
        for one in one_of_each(tried.of_each["GW"].values())
        if one.sort == "unsigned" and is_bad_news(one)
        for obligation, (was, now) in tried.moments["GW"].turned(one).items()
        if was is Verdict.GAP and now is Verdict.MET
    }
    assert better == {}


@pytest.mark.soak
def test_every_fault_is_noticed_or_explained(tried: Tried) -> None:
    found = unnoticed(tried.all, tried)
    print(f"{len(found)} of {len(tried.all)} turn no verdict:\n{told(found)}")
    assert [str(one) for one in found if reason_of(one) is None] == []
    spare = {str(what) for what in EXPLAINED} - {str(one.what) for one in found}
    unused = {one.why for reasons in EXPLAINED.values() for one in reasons} - {
        one.why for one in map(reason_of, found) if one
    }
    assert (spare, unused) == (set(), set())  # what is noticed by now is explained no more


@pytest.mark.soak
def test_what_others_carry_too_is_noticed_once_they_are_gone(tried: Tried) -> None:
    alone = [
        str(one)
        for one in tried.all
        if (reason := reason_of(one)) and reason.beside and not tried.tells_beside(one, map(tried.named, reason.beside))
    ]
    assert alone == []


@pytest.mark.soak
def test_no_bad_news_whose_signature_is_taken_away_makes_anything_better(tried: Tried) -> None:
    better = [
        (str(one), obligation)
        for one in tried.of_each["GW"].values()
        if one.sort == "unsigned" and is_bad_news(one)
        for obligation, (was, now) in tried.moments["GW"].turned(one).items()
        if was is Verdict.GAP and now is Verdict.MET
    ]
    assert better == []
