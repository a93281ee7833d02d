"""An inbox of matches that a person goes through key by key: what is shown next, what was decided, what can be undone.

Nothing here draws, reads a key or writes: a state and a key give the next state. No match ever leaves it: each is decided,
skipped or open, and what is not decided when it ends stays in the inbox.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType

from asepsis.problems.records import Justification, Reachability, Response, Status

MOST_PROPOSALS = 3


@dataclass(frozen=True, slots=True)
class Decision:
    """What is decided of a match."""

    status: Status
    justification: Justification | None = None
    response: Response | None = None
    impact: str | None = None
    reachability: Reachability = Reachability.UNKNOWN
    mitigated_by: tuple[str, ...] = ()  # ids of controls


@dataclass(frozen=True, slots=True)
class Proposal:
    """An earlier decision on something similar, and where it stands."""

    decision: Decision
    where: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One advisory about one component, in all releases of which nobody has said yet what it means there.

    `ways` is how the product comes to use the component, outermost first; `reason` why it is matched; `opened` why an
    earlier decision does not stand any more. `record` (id) is the draft or the statement that the decision goes into.
    """

    names: tuple[str, ...]
    component: str
    releases: tuple[str, ...]  # ids
    labels: tuple[str, ...]
    result: str
    way: tuple[str, ...] = ()
    place: str = "unplaced"
    fixed: tuple[str, ...] = ()
    vector: str | None = None
    number: str | None = None
    kev: str | None = None
    epss: str | None = None
    ssvc: str | None = None
    source: str | None = None
    advisory: str | None = None  # digest of what it says
    first_seen: str | None = None
    configuration: str | None = None
    opened: tuple[str, ...] = ()
    record: str | None = None
    proposals: tuple[Proposal, ...] = ()


class Mode(StrEnum):
    """What the next key means."""

    MATCH = "match"
    WHY = "why"
    CONTROL = "control"
    RESPONSE = "response"
    TEXT = "text"
    HELP = "help"
    REVIEW = "review"
    SUBMIT = "submit"  # ended: what was decided is to be submitted
    LEAVE = "leave"  # ended: nothing is


WHY = MappingProxyType(
    {
        "1": Justification.COMPONENT_NOT_PRESENT,
        "2": Justification.CODE_NOT_PRESENT,
        "3": Justification.CODE_NOT_EXECUTED,
        "4": Justification.NOT_CONTROLLABLE,
        "5": Justification.MITIGATIONS_EXIST,
    }
)
RESPONSES = MappingProxyType(
    {
        "1": Response.UPDATE,
        "2": Response.ROLLBACK,
        "3": Response.WORKAROUND,
        "4": Response.WILL_NOT_FIX,
        "5": Response.CANNOT_FIX,
    }
)
_UNREACHED = (Justification.COMPONENT_NOT_PRESENT, Justification.CODE_NOT_PRESENT, Justification.CODE_NOT_EXECUTED)
CONTROL_KEYS = "abcdefghijklmnopqrstuvwxyz"
_PROPOSED = {"p": 0, "7": 0, "8": 1, "9": 2}
_REACHED = (Reachability.UNKNOWN, Reachability.REACHABLE, Reachability.NOT_REACHABLE)


@dataclass(frozen=True, slots=True)
class _Work:
    """What an undo brings back."""

    at: int
    decided: Mapping[int, Decision]
    skipped: frozenset[int]
    marked: frozenset[int]


@dataclass(frozen=True)
class Inbox:
    """Where somebody is. `controls` are (id, what it is called), to choose from; `told` is what the last key came to."""

    entries: tuple[Entry, ...]
    controls: tuple[tuple[str, str], ...] = ()
    at: int = 0
    mode: Mode = Mode.MATCH
    decided: Mapping[int, Decision] = field(default_factory=dict)
    skipped: frozenset[int] = frozenset()
    marked: frozenset[int] = frozenset()
    looked: frozenset[int] = frozenset({0})  # which matches were shown
    text: str = ""
    told: str = ""
    _before: tuple[_Work, ...] = ()

    @property
    def entry(self) -> Entry | None:
        """Return the match that is shown; `None` where there is none."""
        return self.entries[self.at] if self.entries else None

    @property
    def open(self) -> tuple[int, ...]:
        """Return the matches that are neither decided nor skipped."""
        return tuple(one for one in range(len(self.entries)) if one not in self.decided and one not in self.skipped)

    @property
    def staying(self) -> tuple[int, ...]:
        """Return the matches that stay in the inbox when it ends now."""
        return tuple(one for one in range(len(self.entries)) if one not in self.decided)

    @property
    def concerned(self) -> tuple[int, ...]:
        """Return the matches that the next decision is about: those marked, else the one that is shown."""
        return tuple(sorted(self.marked)) or ((self.at,) if self.entries else ())

    @property
    def is_over(self) -> bool:
        """Return whether it has ended."""
        return self.mode in (Mode.SUBMIT, Mode.LEAVE)

    @property
    def proposals(self) -> tuple[Proposal, ...]:
        """Return what is proposed: what was decided here on the same component, and then what was decided before."""
        if self.entry is None:
            return ()
        here = [
            Proposal(said, f"decided here on {self.entries[one].names[0]}")
            for one, said in reversed(list(self.decided.items()))
            if one != self.at and self.entries[one].component == self.entry.component
        ]
        found: dict[Decision, Proposal] = {}
        for one in (*here, *self.entry.proposals):
            found.setdefault(one.decision, one)
        return tuple(found.values())[:MOST_PROPOSALS]

    def press(self, key: str) -> Inbox:
        """Return what comes of a key: one character, or `enter`, `escape`, `back`, `left`, `right`, `end` (no more keys)."""
        if self.is_over:
            return self
        if key == "end":
            return replace(self, mode=Mode.LEAVE)
        after = _KEYS[self.mode](replace(self, told=""), key)
        return replace(after, looked=after.looked | {after.at})

    # --- what keys do ---------------------------------------------------------------------------------------------------

    def _match(self, key: str) -> Inbox:
        match key:
            case "n" if self.entries:
                return replace(self, mode=Mode.WHY)
            case "a" if self.entries:
                return replace(self, mode=Mode.RESPONSE)
            case "f" if self.entries:
                return self._decide(Decision(Status.FIXED))
            case "i" if self.entries:
                return self._decide(Decision(Status.UNDER_INVESTIGATION))
            case "s" if self.entries:
                return self._skip()
            case " " if self.entries:
                return self._moved(replace(self._kept(), marked=self.marked ^ {self.at}))
            case "*" if self.entry is not None:
                alike = {one for one in self.open if self.entries[one].component == self.entry.component}
                return replace(self._kept(), marked=self.marked | alike, told=f"{len(alike):,} are marked.")
            case "t" if self.at in self.decided:
                return replace(self, mode=Mode.TEXT, text=self.decided[self.at].impact or "")
            case "t":
                return replace(self, told="Decide it first; then say in words why.")
            case "r" if self.at in self.decided:
                return self._reached()
            case "right" | "j" | "enter" if self.at + 1 < len(self.entries):
                return replace(self, at=self.at + 1)
            case "left" | "k" if self.at > 0:
                return replace(self, at=self.at - 1)
            case "u" | "back":
                return self._undone()
            case "w" | "q" | "escape" | "enter":
                return replace(self, mode=Mode.REVIEW)
            case "?":
                return replace(self, mode=Mode.HELP)
            case _ if key in _PROPOSED:
                return self._proposed(_PROPOSED[key])
        return replace(self, told=f"'{key}' means nothing here; ? tells the keys.")

    def _why(self, key: str) -> Inbox:
        if key not in WHY:
            return replace(self, mode=Mode.MATCH, told="Nothing was decided.")
        if WHY[key] is not Justification.MITIGATIONS_EXIST:
            reached = Reachability.NOT_REACHABLE if WHY[key] in _UNREACHED else Reachability.UNKNOWN
            return self._decide(Decision(Status.NOT_AFFECTED, WHY[key], reachability=reached))
        if not self.controls:
            return replace(self, mode=Mode.MATCH, told="There is no control in force that could stand in its way.")
        return replace(self, mode=Mode.CONTROL)

    def _control(self, key: str) -> Inbox:
        number = CONTROL_KEYS.find(key) if len(key) == 1 else -1
        if not 0 <= number < len(self.controls):
            return replace(self, mode=Mode.MATCH, told="Nothing was decided.")
        chosen = (self.controls[number][0],)
        return self._decide(Decision(Status.NOT_AFFECTED, Justification.MITIGATIONS_EXIST, mitigated_by=chosen))

    def _response(self, key: str) -> Inbox:
        if key not in RESPONSES:
            return replace(self, mode=Mode.MATCH, told="Nothing was decided.")
        return self._decide(Decision(Status.AFFECTED, response=RESPONSES[key], reachability=Reachability.UNKNOWN))

    def _typed(self, key: str) -> Inbox:
        match key:
            case "enter":
                said = replace(self.decided[self.at], impact=self.text.strip() or None)
                kept = self._kept()
                return replace(kept, mode=Mode.MATCH, decided={**self.decided, self.at: said}, text="")
            case "escape":
                return replace(self, mode=Mode.MATCH, text="", told="The words were left as they were.")
            case "back":
                return replace(self, text=self.text[:-1])
            case _ if len(key) == 1 and key.isprintable():
                return replace(self, text=self.text + key)
        return self

    def _helped(self, key: str) -> Inbox:
        return replace(self, mode=Mode.MATCH)

    def _reviewed(self, key: str) -> Inbox:
        match key:
            case "enter" | "y" if self.decided:
                return replace(self, mode=Mode.SUBMIT)
            case "x":
                return replace(self, mode=Mode.LEAVE)
            case "enter" | "q" if not self.decided:
                return replace(self, mode=Mode.LEAVE)
            case "u":
                return replace(self._undone(), mode=Mode.MATCH)
        return replace(self, mode=Mode.MATCH)

    # --- how the work changes -------------------------------------------------------------------------------------------

    def _kept(self) -> Inbox:
        """Return this, with the work as it is kept for an undo."""
        return replace(self, _before=(*self._before, _Work(self.at, self.decided, self.skipped, self.marked)))

    def _undone(self) -> Inbox:
        if not self._before:
            return replace(self, told="There is nothing to undo.")
        work = self._before[-1]
        return replace(
            self, at=work.at, decided=work.decided, skipped=work.skipped, marked=work.marked,
            _before=self._before[:-1], told="The last step was undone.",
        )  # fmt: skip

    def _decide(self, said: Decision) -> Inbox:
        about, kept = self.concerned, self._kept()
        decided = {**self.decided, **dict.fromkeys(about, said)}
        told = f"{len(about):,} {'is' if len(about) == 1 else 'are'} {said.status}."
        skipped = self.skipped - set(about)
        done = replace(kept, decided=decided, skipped=skipped, marked=frozenset(), mode=Mode.MATCH, told=told)
        return self._moved(done)

    def _skip(self) -> Inbox:
        about, kept = set(self.concerned), self._kept()
        decided = {one: said for one, said in self.decided.items() if one not in about}
        told = f"{len(about):,} {'is' if len(about) == 1 else 'are'} skipped, and stay in the inbox."
        return self._moved(
            replace(kept, skipped=self.skipped | about, decided=decided, marked=frozenset(), told=told)
        )  # fmt: skip

    def _proposed(self, number: int) -> Inbox:
        found = self.proposals
        if number >= len(found):
            return replace(self, told="Nothing is proposed.")
        return self._decide(found[number].decision)

    def _reached(self) -> Inbox:
        said = self.decided[self.at]
        now = _REACHED[(_REACHED.index(said.reachability) + 1) % len(_REACHED)]
        decided = {**self.decided, self.at: replace(said, reachability=now)}
        return replace(self._kept(), decided=decided, told=f"The flawed code is {now}.")

    @staticmethod
    def _moved(inbox: Inbox) -> Inbox:
        """Return the inbox at the next open match that is not marked; where none is left, at the review."""
        left = [one for one in inbox.open if one not in inbox.marked]
        if not left:
            return inbox if inbox.marked else replace(inbox, mode=Mode.REVIEW)
        return replace(inbox, at=next((one for one in left if one > inbox.at), left[0]))


_KEYS = MappingProxyType(
    {
        Mode.MATCH: Inbox._match,
        Mode.WHY: Inbox._why,
        Mode.CONTROL: Inbox._control,
        Mode.RESPONSE: Inbox._response,
        Mode.TEXT: Inbox._typed,
        Mode.HELP: Inbox._helped,
        Mode.REVIEW: Inbox._reviewed,
    }
)
