"""Signing at the command line: what is signed is shown, the passphrase is asked again, each slot gets its own approval."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from asepsis.cli import changes, passphrases, reading
from asepsis.cli.output import clean, note
from asepsis.errors import InputError, RefusedError
from asepsis.record.kind import kind_named
from asepsis.record.slots import Meaning
from asepsis.sentences import Sentence
from asepsis.store import acts, queries, refusals, rights
from asepsis.store.changes import Signed
from asepsis.store.models import Record
from asepsis.store.waiting import own_slots

if TYPE_CHECKING:
    from asepsis.store.acts import Hand


class NothingNamedError(InputError):
    """Nothing is said that is to be signed."""

    code = "nothing-named"
    exit_code = 2
    sentence = Sentence(
        "It is not said what is to be signed.", next="Name records by their labels, or a kind with --waiting."
    )


class NothingWaitsError(RefusedError):
    """Nothing of a kind waits for somebody's signature."""

    code = "nothing-waits"
    sentence = Sentence(
        "No {kind} waits for a signature of {person}.", next="`asepsis record list` shows where each stands."
    )


@dataclass(frozen=True, slots=True)
class Made:
    """One approval that was made."""

    record: str
    label: str
    meaning: str


def sign(hand: Hand, labels: Sequence[str], meaning: str | None, file: Path | None) -> list[Made]:
    """Sign the submitted heads of these records, each slot that the person may fill or those of one meaning.

    Raises what the passphrase and `acts.approve` raise.
    """
    rows = queries.rows(list(dict.fromkeys(queries.row(label).id for label in labels)))
    wanted = {row.id: meanings(row, hand.actor.id, meaning) for row in rows}
    seen = queries.ledger().size
    opened = _show(rows, wanted)
    signed = replace(passphrases.prove(hand.actor.id, file), seen=seen, opened=opened)
    made: list[Made] = []
    while any(wanted.values()):
        made += _round(hand, rows, wanted, signed)
        signed = replace(signed, seen=queries.ledger().size)
    return made


def waiting_for(person: str, kinds: Sequence[str]) -> list[str]:
    """Return the labels of all submitted records of these kinds that wait for a person's own signature.

    Raises `UnknownKindError`, and `NothingWaitsError` where none does.
    """
    found: list[str] = []
    for kind in kinds:
        name, held = kind_named(kind).__name__, rights.held_by(person, reading.today())
        rows = Record.objects.filter(kind=name, head_state="submitted").order_by("product", "number", "label")
        own = [one.label for one in reading.seen(rows, person) if own_slots(queries.history(one.id), person, held)]
        if not own:
            raise NothingWaitsError(kind=name, person=queries.person(person).name)
        found += own
    return found


def meanings(row: Record, person: str, meaning: str | None) -> list[Meaning]:
    """Return with which meanings a person can sign a submitted record, one for each slot that is theirs to fill.

    Where none is, the first that waits is tried: a deputy, or quality, may stand in, and the store knows.
    Raises `NotSubmittedError` and `NoSuchSlotError`.
    """
    history = queries.history(row.id)
    if row.head_state != "submitted":
        raise refusals.NotSubmittedError(record=row, state=row.head_state)
    waiting = [(history.head.slots or ())[number] for number in history.head.open_slots]
    if meaning is not None:
        waiting = [slot for slot in waiting if slot.meaning == meaning]
        if not waiting:
            name = queries.person(person).name
            raise refusals.NoSuchSlotError(record=row, meaning=meaning, person=name, slots=list(reading.slots(row.id)))
    own = own_slots(history, person, rights.held_by(person, reading.today()))
    return [slot.meaning for slot in own if meaning in (None, slot.meaning)] or [waiting[0].meaning]


def _show(rows: Sequence[Record], wanted: dict[str, list[Meaning]]) -> bool:
    """Show what is signed: at a terminal with what each record says, else by name; return whether it was opened."""
    opened = sys.stdin.isatty() and sys.stderr.isatty()
    for row in rows:
        means = ", ".join(wanted[row.id])
        note(f"{row.label} ({row.kind}, revision {row.head_number}): {row.title}; signed as {means}")
        note(f"  revision {row.head_name}")
        if opened:
            for line in changes.since_effective(row):
                sys.stderr.write(f"  {clean(line)}\n")
    return opened


def _round(hand: Hand, rows: Sequence[Record], wanted: dict[str, list[Meaning]], signed: Signed) -> list[Made]:
    """Sign each record once, those with one meaning in one act."""
    made: list[Made] = []
    for meaning in Meaning:
        now = [row for row in rows if wanted[row.id] and wanted[row.id][0] is meaning]
        if not now:
            continue
        acts.approve(
            hand, [row.id for row in now], meaning, signed, revisions={row.id: row.head_name for row in now}
        )  # fmt: skip
        signed = replace(signed, seen=queries.ledger().size)
        for row in now:
            wanted[row.id].pop(0)
            made.append(Made(row.id, row.label, str(meaning)))
    return made
