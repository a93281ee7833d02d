"""A check: a pure function over a view that yields what is missing and what could not be looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal, TypeVar

from asepsis.checks.view import View
from asepsis.record.dossier import Item
from asepsis.record.kind import Kind
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap, Unknown

Findings = Iterator[Gap | Unknown]
Over = type[Kind] | str
When = Callable[[Item[Any], View], bool]
F = TypeVar("F", bound=Callable[..., Findings])


class Heals(StrEnum):
    """How a gap is closed: by doing the work, or, where it is past, by an improvement action whose effect was checked."""

    WORK = "work"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class Check:
    """One rule. `over` is the kind of record or the kind of facts that it goes through, or `product`: always one.

    The function takes one thing and the view; with `whole`, all of them together as a tuple. `when` leaves out what the
    check is not about (of another release, say): what is left decides whether there was something to go through.
    `needed`: to have nothing is itself a gap. `owner` owes the next step of its gaps, unless a gap says otherwise.

    Over facts it takes `(about, document, view)`: the record that asks for the document, and the document. Where a
    record asks and the document is not there, the runner says unknown.
    """

    id: str
    over: Over
    function: Callable[..., Findings]
    owner: SystemRole
    needed: bool
    heals: Heals
    whole: bool
    when: When | None

    @property
    def over_name(self) -> str:
        """Return what it goes through, by name."""
        return self.over if isinstance(self.over, str) else self.over.__name__

    @property
    def summary(self) -> str:
        """Return what the check asks, in one sentence."""
        return (self.function.__doc__ or "").strip().splitlines()[0]


CHECKS: dict[str, Check] = {}


def check(
    identity: str,
    *,
    over: Over,
    owner: SystemRole,
    needed: bool = False,
    heals: Literal["work", "answered"] = "work",
    whole: bool = False,
    when: When | None = None,
) -> Callable[[F], F]:
    """Register a function as the check `identity`, `<process>.<name>`. See `Check` for what the arguments say."""

    def register(function: F) -> F:
        if identity in CHECKS:
            raise TypeError(f"there are two checks called {identity}")
        if not (function.__doc__ or "").strip():
            raise TypeError(f"{identity} does not say what it asks")
        CHECKS[identity] = Check(identity, over, function, owner, needed, Heals(heals), whole, when)
        return function

    return register
