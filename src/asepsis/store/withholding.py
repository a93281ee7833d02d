"""The acts of withholding and erasing: a record with all that refers to it, and bytes that are looked for afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
from django.db import connection

from asepsis.record import content
from asepsis.store import queries, refusals
from asepsis.store.acts import Hand
from asepsis.store.changes import AskErasure, Disclose, Embargo, Receipt, Redact
from asepsis.store.models import Record
from asepsis.store.rows import select, select_in

FREED = ("store_content", "store_storedfile", "store_record", "store_words")  # tables from which an erasure takes bytes
PIECE = 24  # bytes of what was erased that are looked for: enough to be nothing else


@dataclass(frozen=True, slots=True)
class Traces:
    """What was found when the erased bytes were looked for: in which files of the store they still stand."""

    looked_in: tuple[str, ...]
    found_in: tuple[str, ...]
    on_a_server: bool = False  # whose files cannot be looked into from here
    to_vacuum: tuple[str, ...] = ()  # tables of that server in whose files freed bytes still stand

    @property
    def gone(self) -> bool:
        """Return whether every file of the store was looked into, and none holds them any more."""
        return not self.found_in and not self.on_a_server


# --- embargo --------------------------------------------------------------------------------------------------------


def would_be_withheld(record: str) -> tuple[Record, ...]:
    """Return what an embargo of a record takes along: itself, and all that refers to it, through every link."""
    found: dict[str, None] = {queries.row(record).id: None}
    waiting = list(found)
    while waiting:
        rows = select_in("SELECT DISTINCT source FROM store_link WHERE target IN ({})", waiting)
        waiting = [source for (source,) in rows if source not in found]
        found |= dict.fromkeys(waiting)
    return tuple(queries.rows(list(found)))


def embargo(hand: Hand, record: str, persons: Sequence[str] = ()) -> tuple[str, ...]:
    """Withhold a record and all that refers to it; return their labels. `would_be_withheld` lists them before.

    Raises `NoEmbargoError` where a release or a kind that exists once is among them.
    """
    rows = [one for one in would_be_withheld(record) if not one.embargoed]
    hand.commit([Embargo(one.id, tuple(persons)) for one in rows])
    return tuple(one.label for one in rows)


def disclose(hand: Hand, records: Iterable[str], persons: Sequence[str] = ()) -> Receipt:
    """End the embargo of records, in one act; with `persons`, only these see them as well."""
    return hand.commit([Disclose(one.id, tuple(persons)) for one in queries.rows(list(records))])


# --- erasure --------------------------------------------------------------------------------------------------------


def ask_erasure(hand: Hand, record: str, ground: str, fields: Sequence[str] = ()) -> tuple[str, ...]:
    """Ask for the erasure of all revisions of a record, or of some of its fields; return the names of what was asked.

    `ground` is `erasure-asked`, `court-order` or `wrong-file`.
    """
    row = queries.row(record)
    digests = dict.fromkeys(one.content for one in queries.history(row.id).revisions)
    here = [digest for digest in digests if queries.value_of(digest) is not None]
    if not here:
        raise refusals.AlreadyErasedError(what=row.label)
    receipt = hand.commit([AskErasure(digest, ground, row.id, tuple(fields)) for digest in here])
    return tuple(one.name for one in receipt.outcomes)


def ask_file_erasure(hand: Hand, digest: str, ground: str) -> str:
    """Ask for the erasure of one kept file; return the name of what was asked."""
    return hand.commit([AskErasure(digest, ground)]).outcomes[0].name


def redact(hand: Hand, asked: Sequence[str]) -> Traces:
    """Erase what was asked for, and say where the bytes can still be found in the files of the store.

    Backups and exports that were made before still hold them: that is for people to see to.
    """
    pieces = [piece for name in asked for piece in _pieces(name)]
    hand.commit([Redact(name) for name in asked])
    to_vacuum = _overwrite()
    return replace(look_for(pieces, queries.home()), on_a_server=connection.vendor != "sqlite", to_vacuum=to_vacuum)


def waiting() -> tuple[tuple[str, str, str], ...]:
    """Return what was asked to be erased and is not yet: name, ground, and the id of its record or `file`."""
    rows = select(
        "SELECT e.name, e.data, r.id FROM store_entry e LEFT JOIN store_record r ON r.id = e.record "
        "WHERE e.form = 'erasure-asked' AND NOT EXISTS (SELECT 1 FROM store_redacted x WHERE x.asked = e.name) "
        "ORDER BY e.position"
    )
    return tuple((name, msgspec.json.decode(bytes(data))["ground"], record or "file") for name, data, record in rows)


def _pieces(asked: str) -> list[bytes]:
    """Return bytes that stand in what is to be erased and nowhere else: of a content from its salt on, of a file its start."""
    rows = select("SELECT data FROM store_entry WHERE name = %s", [asked])
    if not rows:
        return []
    fields = msgspec.json.decode(bytes(rows[0][0]))
    if "content" in fields:
        found = select("SELECT data FROM store_content WHERE digest = %s", [fields["content"]])
        return [bytes(row[0])[9 : 9 + 2 * content.SALT_BYTES] for row in found]
    data = queries.file(fields["file"]) or b""
    return [data[at : at + PIECE] for at in (0, len(data) // 2) if len(data[at : at + PIECE]) == PIECE]


def _overwrite() -> tuple[str, ...]:
    """Let the database write over what it freed, also in its journal; return the tables in which it would not.

    On PostgreSQL only the owner of a table may, and that is not the role as which a server should run.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return ()
        if connection.in_atomic_block:
            return FREED
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relname = ANY(%s) AND pg_has_role(relowner, 'USAGE')", [list(FREED)]
        )
        own = {name for (name,) in cursor.fetchall()}
        for table in own:
            cursor.execute(f"VACUUM FULL {table}")
    return tuple(one for one in FREED if one not in own)


def look_for(pieces: Sequence[bytes], home: Path) -> Traces:
    """Look for bytes in every file below `home`, a part at a time, and say in which files they stand."""
    looked, found = [], []
    longest = max((len(one) for one in pieces), default=1)
    for file in sorted(one for one in home.rglob("*") if one.is_file()):
        looked.append(file.name)
        tail = b""
        with file.open("rb") as stream:
            while part := stream.read(1 << 20):
                if any(piece in tail + part for piece in pieces):
                    found.append(file.name)
                    break
                tail = part[-longest:]
    return Traces(tuple(looked), tuple(found))
