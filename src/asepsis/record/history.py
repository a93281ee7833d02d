"""What became of one record: its revisions, signatures and states, as a pure fold over the entries that speak of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any

import msgspec

from asepsis.record.slots import Meaning, Slot


class Head(StrEnum):
    """Where the newest revision of a record stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EFFECTIVE = "effective"


class Standing(StrEnum):
    """Whether a record counts: it never did, it does, it no longer does."""

    NONE = "none"
    EFFECTIVE = "effective"
    RETIRED = "retired"


class Approval(msgspec.Struct, omit_defaults=True):
    """One person's electronic signature on one revision."""

    slot: int
    meaning: Meaning
    by: str
    at: str
    position: int
    card: str
    how: str
    seen: int
    set: int = 1
    opened: bool = False
    stands_in: str | None = None


class Revision(msgspec.Struct, omit_defaults=True):
    """One signed-for state of a record's content, and what was done with it."""

    name: str
    number: int
    by: str
    at: str
    position: int
    version: int
    content: str
    material: int
    progress: bool = False
    slots: tuple[Slot, ...] | None = None  # None until it is submitted
    submitted: int | None = None  # position of its submission
    approvals: list[Approval] = []
    rejected: bool = False
    withdrawn: bool = False
    effective: int | None = None  # position at which its last slot was filled
    effective_at: str | None = None

    @property
    def open_slots(self) -> tuple[int, ...]:
        """Return the numbers of the slots that wait for a signature."""
        filled = {approval.slot for approval in self.approvals}
        return tuple(number for number in range(len(self.slots or ())) if number not in filled)


class History(msgspec.Struct, omit_defaults=True):
    """One record from its first revision to the position up to which entries were applied."""

    record: str
    kind: str
    label: str
    product: str | None = None
    revisions: list[Revision] = []
    looked: dict[str, int] = {}  # target -> size of the ledger when somebody looked at the link
    persons: list[str] | None = None  # who may see it, besides security and incident; None: everybody
    embargoes: int = 0

    @property
    def head(self) -> Revision:
        """Return the newest revision."""
        return self.revisions[-1]

    @property
    def effective(self) -> Revision | None:
        """Return the effective revision: of those whose slots are filled the one of the highest number."""
        return next((one for one in reversed(self.revisions) if one.effective is not None), None)

    @property
    def first_effective(self) -> Revision | None:
        """Return the revision that was the first to become effective."""
        return min(
            (one for one in self.revisions if one.effective is not None),
            key=lambda one: (one.effective or 0, one.number),
            default=None,
        )

    @property
    def head_state(self) -> Head:
        """Return where the newest revision stands."""
        head = self.head
        if head.withdrawn:
            return Head.WITHDRAWN
        if head.rejected:
            return Head.REJECTED
        if head.effective is not None:
            return Head.EFFECTIVE
        return Head.SUBMITTED if head.slots is not None else Head.DRAFT

    @property
    def authors(self) -> frozenset[str]:
        """Return who wrote a revision since the last effective one: those whom a slot that is `apart` bars."""
        written = [one for one in self.revisions if not one.progress]
        last = max((one.number for one in written if one.effective is not None), default=0)
        return frozenset(one.by for one in written if one.number > last)

    def authors_of(self, revision: Revision) -> frozenset[str]:
        """Return who wrote `revision` or one between it and the effective one before it.

        Progress ends no authorship and begins none: a draft that it passed by is still somebody's work.
        """
        written = [one for one in self.revisions if one.number <= revision.number and not one.progress]
        earlier = [one.number for one in written if one.effective is not None and one.number < revision.number]
        last = max(earlier, default=0)
        return frozenset(one.by for one in written if one.number > last)

    def approvals_in_force(self) -> Iterator[tuple[Revision, Approval]]:
        """Yield the approvals that carry the effective revision: its own and, through progress, those before it."""
        effective = self.effective
        if effective is None:
            return
        for revision in reversed(self.revisions):
            if revision.number > effective.number or revision.effective is None:
                continue
            for approval in revision.approvals:
                yield revision, approval
            if not revision.progress:
                return

    @property
    def seen(self) -> int:
        """Return the size of the ledger that the last signer of the effective revision saw; 0 where nobody signed."""
        return max((approval.seen for _, approval in self.approvals_in_force()), default=self._unsigned_seen)

    @property
    def _unsigned_seen(self) -> int:
        effective = self.effective
        return 0 if effective is None or effective.submitted is None else effective.submitted

    @property
    def turns(self) -> tuple[tuple[int, int, int], ...]:
        """Return each time the record became another: position, number and material of the revision, oldest first."""
        made = [(one.effective, one.number, one.material) for one in self.revisions if one.effective is not None]
        turns: list[tuple[int, int, int]] = []
        for position, number, material in sorted(made):
            if not turns or number > turns[-1][1]:
                turns.append((position, number, material))
        return tuple(turns)

    def revision_named(self, name: str) -> Revision | None:
        """Return the revision that is called `name`."""
        return next((one for one in self.revisions if one.name == name), None)

    def apply(self, position: int, name: str, entry: Mapping[str, Any]) -> None:
        """Take in the entry at `position`, which speaks of this record; entries come in the order of the ledger."""
        match entry["form"]:
            case "revision":
                self._revised(position, name, entry)
            case "submission":
                self._submitted(position, entry)
            case "approval":
                self._approved(position, entry)
            case "rejection":
                self._of(entry).rejected = True
            case "withdrawal":
                self._of(entry).withdrawn = True
            case "looked":
                self.looked[entry["target"]] = entry["seen"]
            case "embargo":
                self.persons = list(entry["to"])
                self.embargoes += 1
            case "disclosure":
                self.persons = (
                    sorted({*self.persons, *entry["to"]}) if entry["to"] and self.persons is not None else None
                )

    @classmethod
    def begun(cls, position: int, name: str, entry: Mapping[str, Any]) -> History:
        """Return the history that a first revision begins."""
        history = cls(entry["record"], entry["kind"], entry["label"], entry.get("of"))
        history._revised(position, name, entry)
        return history

    def _of(self, entry: Mapping[str, Any]) -> Revision:
        revision = self.revision_named(entry["revision"])
        if revision is None:
            raise LookupError(f"{self.label} has no revision {entry['revision']}")
        return revision

    def _revised(self, position: int, name: str, entry: Mapping[str, Any]) -> None:
        self.revisions.append(
            Revision(
                name=name,
                number=entry["number"],
                by=entry["by"],
                at=entry["at"],
                position=position,
                version=entry["version"],
                content=entry["content"],
                material=entry["material"],
                progress=entry["progress"],
            )
        )

    def _submitted(self, position: int, entry: Mapping[str, Any]) -> None:
        revision = self._of(entry)
        revision.slots = tuple(msgspec.convert(slot, Slot) for slot in entry["slots"])
        revision.submitted = position
        if not revision.slots:
            revision.effective, revision.effective_at = position, entry["at"]

    def _approved(self, position: int, entry: Mapping[str, Any]) -> None:
        revision = self._of(entry)
        revision.approvals.append(
            Approval(
                slot=entry["slot"],
                meaning=Meaning(entry["meaning"]),
                by=entry["by"],
                at=entry["at"],
                position=position,
                card=entry["card"],
                how=entry["how"],
                seen=entry["seen"],
                set=entry["set"],
                opened=entry["opened"],
                stands_in=entry.get("stands_in"),
            )
        )
        if not revision.open_slots and revision.effective is None:
            revision.effective, revision.effective_at = position, entry["at"]


_ENCODER, _DECODER = msgspec.json.Encoder(), msgspec.json.Decoder(History)


def pack(history: History) -> bytes:
    """Return a history as bytes, for the projection that keeps it."""
    return _ENCODER.encode(history)


def unpack(data: bytes) -> History:
    """Return the history that `pack` wrote."""
    return _DECODER.decode(data)


def fold(entries: Iterator[tuple[int, str, Mapping[str, Any]]]) -> dict[str, History]:
    """Return the history of each record that `entries` speak of: `(position, name, entry)` in the order of the ledger."""
    histories: dict[str, History] = {}
    record_of: dict[str, str] = {}
    for position, name, entry in entries:
        form = entry["form"]
        if form == "revision":
            record = record_of[name] = entry["record"]
            if record in histories:
                histories[record].apply(position, name, entry)
            else:
                histories[record] = History.begun(position, name, entry)
        elif form in ABOUT_A_REVISION:
            histories[record_of[entry["revision"]]].apply(position, name, entry)
        elif form in ABOUT_A_RECORD:
            histories[entry["record"]].apply(position, name, entry)
    return histories


ABOUT_A_REVISION = frozenset({"submission", "approval", "rejection", "withdrawal"})
ABOUT_A_RECORD = frozenset({"looked", "embargo", "disclosure"})
