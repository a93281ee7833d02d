"""Restore: a verified bundle becomes the ledger of an empty installation, which goes on where it ended."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import DatabaseError, connection, transaction

from asepsis.bundle import verify
from asepsis.bundle.layout import UnreadableBundleError
from asepsis.bundle.reading import Fields, Opened, open_bundle
from asepsis.errors import RefusedError
from asepsis.record import content
from asepsis.record.history import ABOUT_A_REVISION
from asepsis.sentences import Sentence
from asepsis.store import door, going, grants, key_change, keys, refusals
from asepsis.store.acts import Hand
from asepsis.store.changes import INSTALLATION, Actor
from asepsis.store.models import BARE, Checkpoint, Content, Entry, Ledger, Redacted, StoredFile
from asepsis.store.rebuild import rebuild
from asepsis.store.rows import in_parts, insert

Clock = Callable[[], datetime]
AT_ONCE = 500


class NotWholeError(RefusedError):
    """A bundle does not hold together: something in it was added, changed, moved or cut."""

    code = "bundle-not-whole"
    sentence = Sentence(
        "{source} is not what was exported: {reason} ({count} faults in all); nothing was restored.",
        next="Run `python verify.py {source}` to see all of them, and take the bundle again from where it was exported.",
    )


class TakenHomeError(RefusedError):
    """Something is in the installation that a bundle is to be restored into."""

    code = "restore-taken"
    sentence = Sentence(
        "{home} is not empty: {what} is there; nothing was restored.", next="Name an empty folder in ASEPSIS_HOME."
    )


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored: entries with how many of them bare, contents, files; and the entry that changed the key."""

    entries: int
    bare: int
    contents: int
    files: int
    key_position: int


def restore(path: Path, home: Path, clock: Clock, *, seed: bytes | None = None) -> Restored:
    """Verify a bundle, then make it the ledger in `home`, in one transaction; a new key signs from a new entry on.

    The installation that it came from must stop: two that go on are a fork, which any two checkpoints prove. `clock`
    is the real one; a demonstration's is behind it. `seed` makes the new key for tests. Raises `UnreadableBundleError`,
    `NotWholeError`, `TakenHomeError`, and `ClockBackError` where the clock is behind the last entry; then nothing is there.
    """
    refuse_taken(home)
    opened = verified(path)
    created = not _database(home).exists()
    try:
        grants.make_tables()
        with transaction.atomic():
            door.lock()
            if Entry.objects.exists() or Ledger.objects.exists():
                raise refusals.FoundedAlreadyError(home=str(home))
            restored = _write(opened, home, clock, seed)
    except BaseException:
        _clear(home, created)
        raise
    return restored


def refuse_taken(home: Path) -> None:
    """Raise `TakenHomeError` where the folder holds a key, or the database a ledger."""
    for name in (keys.FILE, keys.NEXT):
        if (home / name).exists():
            raise TakenHomeError(home=str(home), what=name)
    try:
        there = connection.vendor != "sqlite" or _database(home).exists()  # to look for one in a file would make it
        taken = there and (Ledger.objects.exists() or Entry.objects.exists())
    except DatabaseError:  # it has no tables yet
        taken = False
    if taken:
        raise TakenHomeError(home=str(home), what="a ledger")


def verified(path: Path) -> Opened:
    """Return a bundle, opened, once all that `verify.py` looks at agrees. Raises what tells why it does not."""
    opened = open_bundle(path)
    told: list[str] = []
    report = verify.Report(quiet=True, say=told.append)
    try:
        verify.check(verify.Bundle(str(path), report), [], True, report)
    except (verify.UnreadableError, *verify.FAULTS) as error:
        raise UnreadableBundleError(source=str(path), reason=str(error)) from error
    wrong = [line.removeprefix("WRONG").strip().removesuffix(".") for line in told if line.startswith("WRONG")]
    if wrong:
        raise NotWholeError(source=str(path), reason=wrong[0], count=report.counts["WRONG"])
    return opened


def _database(home: Path) -> Path:
    return home / "asepsis.sqlite3"


def _clear(home: Path, created: bool) -> None:
    """Take away what a restoring that failed has made: the new key, and the database where it was not there before."""
    for name in (keys.FILE, keys.NEXT):
        (home / name).unlink(missing_ok=True)
    keys.load.cache_clear()
    if created and connection.vendor == "sqlite":
        connection.close()
        for ending in ("", "-wal", "-shm"):
            _database(home).with_name(f"asepsis.sqlite3{ending}").unlink(missing_ok=True)


def _write(opened: Opened, home: Path, clock: Clock, seed: bytes | None) -> Restored:
    _entries(opened)
    contents = _contents(opened)
    files = 0
    for digest in sorted(opened.files):
        data = opened.file(digest) or b""
        insert(StoredFile, [(digest, len(data), data)])
        files += 1
    _checkpoints(opened)
    insert(Redacted, [(digest, *told) for digest, told in opened.erased.items()])
    founding = opened.entries[0][2]
    Ledger.objects.create(
        pk=1,
        size=opened.size,
        peaks=json.dumps(opened.frontier.hex_peaks()),
        last_at=opened.manifest["at"],
        origin=founding["origin"],
        clock_offset_s=founding.get("clock_offset_s", 0),
        key=opened.keys[-1][1].hex(),
        time_zone=founding["time_zone"],
        program=going.PROGRAM,
    )
    rebuild()
    behind = timedelta(seconds=founding.get("clock_offset_s", 0))
    hand = Hand(Actor(INSTALLATION), lambda: clock() - behind)
    receipt = key_change.change_key(home, hand, "restored", seed=seed)
    return Restored(opened.size, opened.bare, contents, files, receipt.outcomes[0].position)


def _entries(opened: Opened) -> None:
    record_of: dict[str, str] = {}
    for part in in_parts(opened.lines(), AT_ONCE):
        rows: list[tuple[Any, ...]] = []
        for position, name, line, fields in part:
            if fields is None:
                rows.append((position, name, BARE, BARE, None, b""))
                continue
            rows.append((position, name, fields["form"], fields.get("of"), _record(name, fields, record_of), line))
        insert(Entry, rows)


def _record(name: str, fields: Fields, record_of: dict[str, str]) -> str | None:
    """Return the record that an entry speaks of, as the store keeps it beside its bytes."""
    if fields["form"] == "revision":
        record_of[name] = record_of[fields["content"]] = fields["record"]
    if fields["form"] in ABOUT_A_REVISION:
        return record_of[fields["revision"]]
    if fields["form"] in ("erasure-asked", "redaction") and "content" in fields:
        return record_of.get(fields["content"])
    found: str | None = fields.get("record")
    return found


def _contents(opened: Opened) -> int:
    count = 0
    for part in in_parts(opened.contents(), AT_ONCE):
        insert(Content, [(content.digest(data), data) for data in part])
        count += len(part)
    return count


def _checkpoints(opened: Opened) -> None:
    """Keep the checkpoints, each as of the newest entry under it that can be read."""
    positions = [position for position, _, _ in opened.entries]
    for one in opened.checkpoints():
        newest = opened.entries[bisect_left(positions, one["size"]) - 1][2]
        Checkpoint.objects.create(size=one["size"], at=newest["at"], note=one["note"], kept=one["kept"])
