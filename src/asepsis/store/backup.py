"""A backup while the program runs, and its return into an empty home, where it is verified before it is used.

A backup is not an export: it holds the whole store with all products, the passphrases' hashes and the ledger's key, and
is as secret as the home itself. Whoever goes on from one that is older than a checkpoint which left the machine has cut
the ledger's end, and `ledger verify --checkpoint` says so.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.db import connection

from asepsis.errors import InputError, RefusedError, UnanswerableError
from asepsis.sentences import Sentence
from asepsis.store import keys, queries
from asepsis.store.verify import Progress, verify

DATABASE = "asepsis.sqlite3"


class BackupTargetError(RefusedError):
    """Something stands where the backup is to go, or the place does not take it."""

    code = "backup-target"
    sentence = Sentence(
        "The backup cannot be written to {target}: {reason}.", next="Name a folder that is not there yet."
    )


class NotSqliteError(UnanswerableError):
    """A database server has backups of its own."""

    code = "backup-server"
    sentence = Sentence(
        "The store is kept by a PostgreSQL server, which is backed up with its own means.",
        next="Use pg_dump there, and keep {key} of {home} with it.",
    )


class NoBackupError(InputError):
    """A folder is no backup."""

    code = "backup-unreadable"
    sentence = Sentence("{source} is no backup: {reason}.", next="Name the folder that `asepsis backup make` wrote.")


class SpoiltBackupError(RefusedError):
    """A backup does not verify."""

    code = "backup-spoilt"
    sentence = Sentence(
        "The backup in {source} does not verify: {reason} Nothing was restored from it.",
        next="Take an older backup, or an export, which `asepsis restore` takes.",
    )


class HomeTakenError(RefusedError):
    """A home that is in use is not written over."""

    code = "backup-home"
    sentence = Sentence("{home} holds a store already.", next="Name an empty folder in ASEPSIS_HOME.")


@dataclass(frozen=True, slots=True)
class Backup:
    """What was copied: where to, up to how many entries, and how large it is in bytes."""

    folder: Path
    size: int
    bytes: int


def make(target: Path, also: Sequence[str] = ()) -> Backup:
    """Copy the store to a folder that is not there yet, while others may go on writing.

    `also` names further files of the home, which are copied where they are there.
    Raises `BackupTargetError` or `NotSqliteError`; then no folder is left.
    """
    home = queries.home()
    if connection.vendor != "sqlite":
        raise NotSqliteError(key=keys.FILE, home=str(home))
    if target.exists():
        raise BackupTargetError(target=str(target), reason="it is there already")
    part = target.with_name(f"{target.name}.part")
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True, mode=0o700)
        _copy(home / DATABASE, part / DATABASE)
        for name in (keys.FILE, *(one for one in also if (home / one).is_file())):
            shutil.copy2(home / name, part / name)
        os.replace(part, target)  # noqa: PTH105 - it is one step on every system
    except (OSError, sqlite3.Error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise BackupTargetError(target=str(target), reason=reason) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    with closing(sqlite3.connect(target / DATABASE)) as copy:
        size = copy.execute("SELECT size FROM store_ledger").fetchone()[0]
    return Backup(target, size, (target / DATABASE).stat().st_size)


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as here, closing(sqlite3.connect(target)) as there:
        here.backup(there)
        there.execute("PRAGMA journal_mode=DELETE")


def restore(source: Path, home: Path, progress: Progress | None = None, also: Sequence[str] = ()) -> int:
    """Verify a backup and put it into an empty home; return how many entries its ledger holds.

    `also` names further files, which are put there where the backup has them.
    Raises `NoBackupError`, `HomeTakenError` or `SpoiltBackupError`, and then the home is as it was.
    """
    if (home / DATABASE).exists() or (home / keys.FILE).exists():
        raise HomeTakenError(home=str(home))
    part = home / "restored.part"
    try:
        size = _verified(source, part, progress)
        files = (keys.FILE, *(one for one in also if (source / one).is_file()))
        for name in files:
            shutil.copy2(source / name, part / name)
        for name in (*files, DATABASE):
            os.replace(part / name, home / name)  # noqa: PTH105 - it is one step on every system
    finally:
        shutil.rmtree(part, ignore_errors=True)
    keys.load.cache_clear()
    return size


def check(source: Path, room: Path, progress: Progress | None = None) -> int:
    """Verify a backup as `restore` would, on a copy in `room` that goes afterwards; return how many entries it holds.

    Raises `NoBackupError` or `SpoiltBackupError`.
    """
    part = room / "checked.part"
    try:
        return _verified(source, part, progress)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _verified(source: Path, part: Path, progress: Progress | None) -> int:
    for name in (DATABASE, keys.FILE):
        if not (source / name).is_file():
            raise NoBackupError(source=str(source), reason=f"there is no {name} in it")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True, mode=0o700)
    try:
        _copy(source / DATABASE, part / DATABASE)
    except sqlite3.Error as error:
        raise NoBackupError(source=str(source), reason=f"its database cannot be read ({error})") from error
    with _looking_at(part / DATABASE):
        found = verify(progress, deep=True)
        size = queries.ledger().size if found.agrees or not found.findings else 0
    if found.findings:
        raise SpoiltBackupError(source=str(source), reason=found.findings[0].said.text())
    return size


@contextmanager
def _looking_at(database: Path) -> Iterator[None]:
    """Let the store be another file for a while."""
    before = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = database
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before
