"""The signed checkpoints: given out, and held against the ledger when somebody comes back with one.

Only a checkpoint that has left this machine proves that history was not rewritten; a restored backup ends before it.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from django.conf import settings
from django.db import transaction

from asepsis.errors import InputError, UnanswerableError
from asepsis.record import checkpoint, entry, tree
from asepsis.record.checkpoint import Checkpoint
from asepsis.sentences import Said, Sentence
from asepsis.store import door, models, queries
from asepsis.store.changes import Receipt
from asepsis.store.going import founding_name, origin_of
from asepsis.store.rows import select, streamed

log = logging.getLogger(__name__)


class OtherLedgerError(InputError):
    """A checkpoint of another ledger proves nothing about this one."""

    code = "checkpoint-other"
    sentence = Sentence(
        "This is a checkpoint of {found}; the ledger here is {origin}.", next="Take the one of this ledger."
    )


class NoCheckpointError(UnanswerableError):
    """The newest checkpoint is not there, though every commit writes one."""

    code = "checkpoint-absent"
    sentence = Sentence("There is no checkpoint of the {size} entries here.", next="Run `asepsis ledger verify`.")


class CannotWriteError(UnanswerableError):
    """A file cannot be written."""

    code = "checkpoint-unwritten"
    sentence = Sentence("{file} cannot be written: {reason}.", next="Name another place; nothing was given out.")


class Verdict(StrEnum):
    """What the ledger of today is to one that somebody kept a checkpoint of."""

    SAME = "same"
    EXTENDED = "extended"
    FORKED = "forked"
    CUT = "cut"


_SAID = {
    Verdict.SAME: Sentence("The ledger is exactly what it was at this checkpoint of {kept} entries."),
    Verdict.EXTENDED: Sentence(
        "The ledger goes on from this checkpoint of {kept} entries: all of them are unchanged, and {more} came since."
    ),
    Verdict.FORKED: Sentence(
        "The first {kept} entries are not those of this checkpoint: one of the two histories was rewritten.",
        next="Keep the checkpoint, stop writing here, and find out who could change the store or use its key.",
    ),
    Verdict.CUT: Sentence(
        "This checkpoint speaks of {kept} entries, and {size} are here: the end was cut off, as when a backup is restored.",
        next="Bring back the newest store, or have the loss put on record.",
    ),
}


@dataclass(frozen=True, slots=True)
class Comparison:
    """A verdict with its sentence; `proof` shows it to anybody who has both roots (RFC 9162, 2.1.4)."""

    verdict: Verdict
    kept: Checkpoint
    size: int
    said: Said
    proof: tuple[bytes, ...] = ()


def newest() -> models.Checkpoint:
    """Return the checkpoint of all entries. Raises `NotFoundedError` or `NoCheckpointError`."""
    # In one question, for between two somebody may append, and the checkpoint of the first is gone.
    found = models.Checkpoint.objects.filter(pk__in=models.Ledger.objects.values("size")).first()
    if found is None:
        raise NoCheckpointError(size=queries.ledger().size)
    return found


def give_out(target: Path) -> Path:
    """Write the newest checkpoint to a file, or into a folder as `checkpoint-<entries>.txt`, and return where it is.

    It is kept for good, as one that left the machine: bring the file to where others keep it. A file that is there
    already stays. Raises `CannotWriteError`, and then nothing is kept.
    """
    with transaction.atomic():
        door.lock()
        found = newest()
        file = target / f"checkpoint-{found.size}.txt" if target.is_dir() else target
        _write(file, found.note)
        found.kept = "left"
        found.save(update_fields=["kept"])
    return file


def let_out(receipt: Receipt) -> None:
    """Write a checkpoint into the folder that the settings name, where none left yet on the day of this commit.

    The commit is done and stays done: where the folder does not take it, the log says so, and the check of clause 8
    that asks when a checkpoint last left says it to people.
    """
    folder = settings.MACHINE.checkpoint_folder
    if folder is None or not receipt.outcomes:
        return
    day = receipt.at[:10]
    if models.Checkpoint.objects.filter(kept="left", at__startswith=day).exists():
        return
    try:
        if not folder.is_dir():
            raise CannotWriteError(file=str(folder), reason="it is no folder")
        give_out(folder)
    except CannotWriteError as error:
        log.error("%s %s", error.said.text(), error.next or "")


def _write(file: Path, note: str) -> None:
    data = note.encode()
    try:
        with file.open("xb") as out:
            out.write(data)
    except FileExistsError as error:
        if file.read_bytes() != data:
            raise CannotWriteError(file=str(file), reason="there is another file already") from error
    except OSError as error:
        raise CannotWriteError(file=str(file), reason=error.strerror or "the disk refuses") from error


def held_against(note: str | bytes) -> Comparison:
    """Return what the ledger here is to the one of which somebody kept this checkpoint.

    Raises `MalformedNoteError`, `OtherLedgerError`, `NotVerifiedError` where the ledger's key did not sign it, or
    `NotFoundedError`.
    """
    size = queries.ledger().size
    origin = origin_of(founding_name())
    opened = checkpoint.read(note)
    said = Checkpoint.of(opened.text)
    if said.origin != origin:
        raise OtherLedgerError(found=said.origin, origin=origin)
    kept = checkpoint.verify(opened, _key(said.size), origin)
    leaves = [tree.leaf(bytes(data)) if data else bytes.fromhex(name) for name, data in streamed(
        "SELECT name, data FROM store_entry WHERE position < %s ORDER BY position", [size]
    )]  # fmt: skip
    verdict = _verdict(kept, leaves)
    extended = verdict is Verdict.EXTENDED and kept.size > 0
    proof = tuple(tree.consistency(leaves, kept.size, len(leaves))) if extended else ()
    sentence = _SAID[verdict]
    known = {"kept": kept.size, "size": len(leaves), "more": len(leaves) - kept.size}
    told = sentence.said(**{name: known[name] for name in sentence.places})
    return Comparison(verdict, kept, len(leaves), told, proof)


def _verdict(kept: Checkpoint, leaves: list[bytes]) -> Verdict:
    if kept.size > len(leaves):
        return Verdict.CUT
    if tree.root(leaves[: kept.size]) != kept.root:
        return Verdict.FORKED
    return Verdict.SAME if kept.size == len(leaves) else Verdict.EXTENDED


def _key(size: int) -> bytes:
    """Return the key that signs the checkpoint of the first `size` entries; where fewer are here, the newest one."""
    rows = select(
        "SELECT data FROM store_entry WHERE form IN ('founding', 'key') AND position < %s ORDER BY position DESC LIMIT 1",
        [max(size, 1)],
    )
    return bytes.fromhex(entry.read(bytes(rows[0][0]))["key"])
