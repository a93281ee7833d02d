"""What follows from the records of clause 6: the band of a case, whether bands fit, and by when an update is due; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal as Number
from itertools import pairwise, product
from typing import Any

from asepsis.configuration.records import EffectSize
from asepsis.maintenance.records import (
    Band,
    ExploitedFactor,
    FieldedFactor,
    Known,
    SeverityGrade,
    UpdatePolicy,
)
from asepsis.problems.records import ExternalControls
from asepsis.record.kind import Choice
from asepsis.risk.grid import ScoreMethod
from asepsis.risk.records import Score

_CVSS = (ScoreMethod.CVSS2, ScoreMethod.CVSS3_0, ScoreMethod.CVSS3_1, ScoreMethod.CVSS4_0)
_GRADES = (  # the lowest score of each, the worst first
    (Number("9.0"), SeverityGrade.CRITICAL),
    (Number("7.0"), SeverityGrade.HIGH),
    (Number("4.0"), SeverityGrade.MEDIUM),
    (Number("0.1"), SeverityGrade.LOW),
)


@dataclass(frozen=True, slots=True)
class Factors:
    """What decides how fast an update has to come."""

    severity: SeverityGrade
    public: Known
    exploited: ExploitedFactor
    safety: EffectSize
    fielded: FieldedFactor
    external_controls: ExternalControls


# The choices of each factor, the mildest case first.
STEPS: Mapping[str, tuple[Choice, ...]] = {
    "severity": tuple(SeverityGrade),
    "public": (Known.NO, Known.YES),
    "exploited": (ExploitedFactor.NO, ExploitedFactor.POC, ExploitedFactor.YES),
    "safety": tuple(EffectSize),
    "fielded": (FieldedFactor.FEW, FieldedFactor.MANY),
    "external_controls": (ExternalControls.EFFECTIVE, ExternalControls.PARTIAL, ExternalControls.NONE),
}


def grade(score: Score | None) -> SeverityGrade | None:
    """Return the grade of a CVSS score; `None` for a score by another method, which has none.

    Version 2 is graded by the steps of the later ones.

    Source: FIRST, CVSS v3.1 Specification Document, 5; CVSS v4.0 Specification Document, 6.
    """
    if score is None or score.method not in _CVSS or score.number is None:
        return None
    number = Number(score.number)
    return next((one for least, one in _GRADES if number >= least), SeverityGrade.NONE)


def fielded_factor(count: int | None, policy: UpdatePolicy) -> FieldedFactor:
    """Return whether `count` installations are many; where their number is not known they are."""
    return FieldedFactor.MANY if count is None or count >= policy.many_from else FieldedFactor.FEW


# --- bands ----------------------------------------------------------------------------------------------------------


def cases() -> Iterator[Factors]:
    """Yield every case that a policy has to give days for, the mildest first."""
    return (Factors(*case) for case in product(*STEPS.values()))  # type: ignore[arg-type]  # in the order of the fields


class Bands:
    """The bands of a policy, by the cases that fall in them."""

    def __init__(self, bands: Iterable[Band]) -> None:
        found: dict[Factors, tuple[Band, ...]] = {}
        for band in bands:
            for case in product(*(dict.fromkeys(getattr(band, name)) for name in STEPS)):
                factors = Factors(*case)
                found[factors] = (*found.get(factors, ()), band)
        self._by_case: Mapping[Factors, tuple[Band, ...]] = found

    def of(self, case: Factors) -> Band | None:
        """Return the one band that a case falls in; `None` for no or several."""
        found = self._by_case.get(case, ())
        return found[0] if len(found) == 1 else None

    def uncovered(self) -> tuple[Factors, ...]:
        """Return the cases that fall in no band."""
        return tuple(case for case in cases() if case not in self._by_case)

    def covered_twice(self) -> tuple[Factors, ...]:
        """Return the cases that fall in two bands or more."""
        return tuple(case for case in cases() if len(self._by_case.get(case, ())) > 1)

    def milder_for_worse(self) -> Iterator[tuple[str, Factors, Factors]]:
        """Yield the factor and the two cases wherever the worse of two is given more days, to qualify or to deliver.

        The two differ in that factor alone, by one step. Cases without a band of their own are left out.
        """
        for name, case, worse in _steps():
            one, other = self.of(case), self.of(worse)
            if one and other and (other.qualify_days > one.qualify_days or other.deliver_days > one.deliver_days):
                yield name, case, worse

    def unweighed(self) -> tuple[str, ...]:
        """Return the factors that change the days of no case."""
        weighed: set[str] = set()
        for name, case, worse in _steps():
            one, other = self.of(case), self.of(worse)
            if one and other and (one.qualify_days, one.deliver_days) != (other.qualify_days, other.deliver_days):
                weighed.add(name)
        return tuple(name for name in STEPS if name not in weighed)


def _steps() -> Iterator[tuple[str, Factors, Factors]]:
    """Yield each two cases of which one is a single step worse, in the factor that is named."""
    for name, steps in STEPS.items():
        following = dict(pairwise(steps))
        for case in cases():
            after = following.get(getattr(case, name))
            if after is not None:
                yield name, case, _with(case, name, after)


def _with(case: Factors, name: str, choice: Choice) -> Factors:
    changed: dict[str, Any] = {name: choice}
    return replace(case, **changed)


def worst(factors: Iterable[Factors]) -> Factors:
    """Return the case that has the worst of each factor. Raises `ValueError` for none."""
    every = list(factors)
    return Factors(*(max((getattr(case, name) for case in every), key=steps.index) for name, steps in STEPS.items()))


# --- the clock ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DueDays:
    """The last days on which an update is on time: verified, and there for users."""

    qualify: date
    deliver: date


def due_days(start: date, known: Iterable[tuple[date, Factors]], bands: Bands) -> DueDays | None:
    """Return by when an update has to be verified and delivered; `None` where a case falls in no single band.

    The days of the band are calendar days from `start`, the day on which the vulnerability became known here. `known`
    says from which day on which factors were known, in any order; what was known before `start` holds from it on. When a
    factor gets worse, both days move to what the shorter days give from `start`, but not before the day on which it got
    worse; when one gets milder, nothing moves.

    Source: IEC 81001-5-1:2021, 6.1.1.
    """
    due: DueDays | None = None
    for day, factors in sorted(known, key=lambda one: one[0]):
        band = bands.of(factors)
        if band is None:
            return None
        moved = DueDays(*(max(start + timedelta(days=days), day) for days in (band.qualify_days, band.deliver_days)))
        due = moved if due is None else DueDays(min(due.qualify, moved.qualify), min(due.deliver, moved.deliver))
    return due
