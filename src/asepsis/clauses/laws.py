"""The clocks that laws beside the standard start, as data: what starts each, and by when who must be told."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from importlib import resources
from typing import Any, Literal, get_args

from asepsis.clauses.numbers import near
from asepsis.errors import InputError
from asepsis.sentences import Sentence

Law = Literal["cra", "mdr", "ivdr", "fda"]
StepName = Literal["early-warning", "notification", "final"]
Unit = Literal["hours", "days", "working-days", "months"]
Start = Literal["awareness", "measure-available", "notification", "correction-started"]


class UnknownClockError(InputError):
    """No clock of a law has this id."""

    code = "clock-unknown"
    sentence = Sentence("No law's clock is called '{clock}'.", next="Name one that there is; near it are {near}.")


@dataclass(frozen=True, slots=True)
class Step:
    """A report that a law asks for: due `within` so many of `unit` from `start`; `rule` where it has its own."""

    step: StepName
    within: int
    unit: Unit
    start: Start
    rule: str | None = None


@dataclass(frozen=True, slots=True)
class Clock:
    """An event that starts a law's clock, and its steps in their order.

    `since` is the first day on which the law asks for it, `None` where it always did for us. `confirmed` is whether
    somebody compared it with the text of the law.
    """

    id: str
    law: Law
    name: str
    applies: str
    event: str
    shown_by: str
    confirmed: bool
    steps: tuple[Step, ...]
    since: date | None = None


@functools.cache
def clocks() -> tuple[Clock, ...]:
    """Return all clocks, those of one law together."""
    value = json.loads((resources.files(__package__) / "laws.json").read_bytes())
    return tuple(_clock(one) for one in value["clocks"])


def clocks_of(law: Law) -> tuple[Clock, ...]:
    """Return the clocks of one law."""
    return tuple(clock for clock in clocks() if clock.law == law)


def clock(identity: str) -> Clock:
    """Return the clock of that id. Raises `UnknownClockError`, which names those near it."""
    found = {one.id: one for one in clocks()}
    if identity not in found:
        raise UnknownClockError(clock=identity[:40], near=near(identity, found))
    return found[identity]


def _clock(value: Mapping[str, Any]) -> Clock:
    return Clock(
        id=value["id"],
        law=_one_of(Law, value["law"]),
        name=value["name"],
        applies=value["applies"],
        event=value["event"],
        shown_by=value["shown_by"],
        confirmed=value["confirmed"],
        steps=tuple(_step(one) for one in value["steps"]),
        since=date.fromisoformat(value["since"]) if "since" in value else None,
    )


def _step(value: Mapping[str, Any]) -> Step:
    return Step(
        step=_one_of(StepName, value["step"]),
        within=value["within"],
        unit=_one_of(Unit, value["unit"]),
        start=_one_of(Start, value["from"]),
        rule=value.get("rule"),
    )


def _one_of(choices: Any, word: str) -> Any:
    if word not in get_args(choices):
        raise ValueError(f"{word!r} is none of {', '.join(get_args(choices))}")
    return word
