"""The ledger: its entries, the checkpoint that signs them, and proofs that an entry is in it and that it only grew."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Path, Query, Router, Schema
from pydantic import Field

from asepsis.api.edge import READS
from asepsis.api.shapes import LIMIT, Asked, Limit, Position
from asepsis.errors import InputError
from asepsis.readers import entries, proofs
from asepsis.sentences import Sentence
from asepsis.store import checkpoints, queries
from asepsis.store.models import Checkpoint, Entry

router = Router(tags=["ledger"])


class UnknownEntryError(InputError):
    """The ledger has no entry at a position."""

    code = "entry-unknown"
    sentence = Sentence("There is no entry {position}: the ledger holds {size}.", next="Name one that is there.")


class Wanted(Asked):
    """Which entries are wanted."""

    begin: Position = 0
    limit: Limit = LIMIT


class EntrySheet(Schema):
    """One entry; without `fields` it is of another product or withheld, and its name is all that is told of it."""

    position: int
    name: str = Field(description="SHA-256 over 0x00 and the bytes of the entry: its leaf in the tree.")
    fields: dict[str, Any] | None = None
    through: str | None = Field(None, description="How the token is called by which a program made it for `by`.")


class Entries(Schema):
    """Entries from a position on; `following` is where the next page begins, and `size` how many there are."""

    entries: list[EntrySheet]
    following: int | None = None
    size: int


class CheckpointSheet(Schema):
    """A signed note over the tree of the first `size` entries."""

    size: int
    at: str
    note: str = Field(description="A C2SP signed note with the root, signed with Ed25519.")
    key: str = Field(description="The ledger's public key, raw, in hexadecimal.")


class Proof(Schema):
    """That the entry at `position` is in the tree of the first `size` entries (RFC 9162, 2.1.3)."""

    position: int
    name: str
    size: int
    path: list[str] = Field(description="The hashes from the lowest on, in hexadecimal.")


class Growth(Schema):
    """That the tree of the first `second` entries goes on from that of the first `first` (RFC 9162, 2.1.4)."""

    first: int
    second: int
    path: list[str]


@router.get("/ledger/entries", response=Entries, auth=READS, exclude_none=True)
def ledger_entries(request: HttpRequest, wanted: Query[Wanted]) -> Entries:
    """List entries in order, from a position on."""
    size, begin, end = queries.ledger().size, wanted.begin, wanted.begin + wanted.limit
    rows = list(Entry.objects.filter(position__gte=begin, position__lt=end).order_by("position"))
    found = _sheets(rows)
    return Entries(entries=found, following=end if end < size else None, size=size)


@router.get("/ledger/entries/{position}", response=EntrySheet, auth=READS, exclude_none=True)
def ledger_entry(request: HttpRequest, position: Path[Position]) -> EntrySheet:
    """Give one entry."""
    return _sheets([_entry(position)])[0]


def _sheets(rows: list[Entry]) -> list[EntrySheet]:
    fields = entries.told(rows)
    through = queries.through(fields)
    return [
        EntrySheet(position=at, name=one.name, fields=fields.get(at), through=through.get(at))
        for one in rows
        for at in [one.position]
    ]


@router.get("/ledger/entries/{position}/proof", response=Proof, auth=READS)
def proof(request: HttpRequest, position: Path[Position], size: Query[Position | None] = None) -> Proof:
    """Prove that an entry is in the tree of a checkpoint; by default of the newest one."""
    row = _entry(position)
    whole = queries.ledger().size if size is None else size
    path = [one.hex() for one in proofs.inclusion(position, whole)]
    return Proof(position=position, name=row.name, size=whole, path=path)


@router.get("/ledger/checkpoint", response=CheckpointSheet, auth=READS)
def checkpoint(request: HttpRequest) -> CheckpointSheet:
    """Give the newest checkpoint. Keep it elsewhere: only one that left the machine proves that history stands."""
    return _checkpoint(checkpoints.newest())


@router.get("/ledger/growth", response=Growth, auth=READS)
def growth(request: HttpRequest, first: Query[Position], second: Query[Position | None] = None) -> Growth:
    """Prove that the ledger only grew since a checkpoint of `first` entries."""
    last = queries.ledger().size if second is None else second
    return Growth(first=first, second=last, path=[one.hex() for one in proofs.consistency(first, last)])


def _entry(position: int) -> Entry:
    row = Entry.objects.filter(pk=position).first()
    if row is None:
        raise UnknownEntryError(position=position, size=queries.ledger().size)
    return row


def _checkpoint(found: Checkpoint) -> CheckpointSheet:
    return CheckpointSheet(size=found.size, at=found.at, note=found.note, key=queries.ledger().key)
