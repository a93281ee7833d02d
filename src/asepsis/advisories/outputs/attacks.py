"""What is known of attacks on a vulnerability, in sentences: CISA's list (KEV), the forecast of EPSS, and SSVC."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Protocol

from asepsis.advisories.notice import Ssvc
from asepsis.scoring.ssvc import decisions
from asepsis.sentences import Said, Sentence

KEV = Sentence("It is known to be exploited since {day} (KEV).")
EPSS = Sentence("The chance that it is exploited within 30 days is put at {percent} % (EPSS {score}).")
SSVC = Sentence(
    "CISA answers for SSVC: {answers}. By its tree that is {decision}; where it is a span, mission and well-being decide, which "
    "is yours to answer."
)
_NAMES = ("exploitation", "automatable", "impact")


class Told(Protocol):
    """A vulnerability with what is known of attacks on it: a finding, or a candidate."""

    @property
    def kev(self) -> str | None: ...
    @property
    def epss(self) -> str | None: ...
    @property
    def ssvc(self) -> Ssvc | None: ...


def said(told: Told) -> tuple[Said, ...]:
    """Return what is known of attacks on a vulnerability; nothing where nothing is."""
    return tuple(_said(told))


def text(told: Told) -> str:
    """Return it as running text."""
    return " ".join(one.text() for one in said(told))


def _said(told: Told) -> Iterator[Said]:
    if told.kev:
        yield KEV.said(day=told.kev)
    if told.epss and (percent := _percent(told.epss)) is not None:
        yield EPSS.said(percent=percent, score=told.epss)
    if told.ssvc is not None and (answers := ssvc_answers(told.ssvc)):
        yield SSVC.said(answers=answers.split(), decision=decision_of(told.ssvc))


def _percent(score: str) -> str | None:
    try:
        return f"{Decimal(score) * 100:.1f}"
    except InvalidOperation:
        return None


def ssvc_answers(ssvc: Ssvc) -> str:
    """Return what CISA answered, as facts write it: "exploitation=active automatable=yes impact=total"."""
    told = {one: getattr(ssvc, one) for one in _NAMES}
    return " ".join(f"{name}={value}" for name, value in told.items() if value)


def ssvc_of(answers: str) -> Ssvc:
    """Return what `ssvc_answers` wrote."""
    told = dict(one.split("=", 1) for one in answers.split() if "=" in one)
    return Ssvc(told.get("exploitation"), told.get("automatable"), told.get("impact"))


def decision_of(ssvc: Ssvc) -> str:
    """Return what CISA's tree says: "Act", or "Attend to Act" where what nobody answered decides."""
    found = decisions(ssvc.exploitation, ssvc.automatable, ssvc.impact)
    return found[0] if len(found) == 1 else f"{found[0]} to {found[-1]}"
