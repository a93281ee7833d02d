"""What a check finds and what an obligation gets: gaps, unknowns, verdicts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import Any, Self

from asepsis.record.slots import SystemRole
from asepsis.sentences import Named, Said, Sentence


class Verdict(StrEnum):
    """The answer for one obligation or clause. Only `met` is a pass."""

    MET = "met"
    GAP = "gap"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not-applicable"
    NOT_ASKED = "not-asked"


_ORDER = (Verdict.GAP, Verdict.UNKNOWN, Verdict.MET)


def joined(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the verdict of several together: gap before unknown before met.

    What is not applicable or not asked does not count; where nothing counts, not applicable before not asked.
    """
    found = set(verdicts)
    for verdict in (*_ORDER, Verdict.NOT_APPLICABLE, Verdict.NOT_ASKED):
        if verdict in found:
            return verdict
    return Verdict.UNKNOWN


class Found:
    """What a check has to say about one thing, in one sentence whose arguments are the things themselves.

    `obligation` is the one of the check's obligations that it is about; without it, it is about all of them. `owner`
    is the role (or the person, by id) who owes the next step, where it is another than the check says.
    """

    __slots__ = ("about", "due", "obligation", "owner", "said", "urgent")

    def __init__(self, about: Named, sentence: Sentence, /, **arguments: Any) -> None:
        self.about = about
        self.said: Said = sentence.said(**arguments)
        self.obligation: str | None = None
        self.owner: SystemRole | str | None = None
        self.due: date | None = None
        self.urgent = False

    def serving(self, obligation: str) -> Self:
        """Return this, told to be about one of the obligations that the check serves."""
        self.obligation = obligation
        return self

    def owed(self, by: SystemRole | str | None = None, due: date | None = None, *, urgent: bool = False) -> Self:
        """Return this, owed by `by` until the end of `due`; `urgent` where patients or a deadline are at stake."""
        self.owner, self.due, self.urgent = by or self.owner, due or self.due, urgent or self.urgent
        return self

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.about.label}: {self.said.text()})"


class Gap(Found):
    """Something is missing or wrong."""

    __slots__ = ()


class Unknown(Found):
    """Something could not be looked at."""

    __slots__ = ()
