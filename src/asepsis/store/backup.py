"""A backup while the program runs, and its return into an empty home, where it is verified before it is used.

It is a folder with one file of SQLite and the ledger's key, whatever keeps the store: so it is verified anywhere, and goes
back into SQLite or into PostgreSQL, whichever it came from.

A backup is not an export: it holds the whole store with all products, the passphrases' hashes and the ledger's key, and
is as secret as the home itself. Whoever goes on from one that is older than a checkpoint which left the machine has cut
the ledger's end, and `ledger verify --checkpoint` says so.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, connection, transaction

from asepsis.errors import InputError, RefusedError
from asepsis.sentences import Sentence
from asepsis.store import carrying, grants, keys, queries
from asepsis.store.models import Entry, Ledger
from asepsis.store.verify import Progress, Verification, verify

DATABASE = "asepsis.sqlite3"


class BackupTargetError(RefusedError):
    """Something stands where the backup is to go, or the place does not take it."""

    code = "backup-target"
    sentence = Sentence(
        "The backup cannot be written to {target}: {reason}.", next="Name a folder that is not there yet."
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

    `also` names further files of the home, which are copied where they are there. On PostgreSQL every application that
    has tables has to be loaded. Raises `BackupTargetError`; then no folder is left.
    """
    home = queries.home()
    if target.exists():
        raise BackupTargetError(target=str(target), reason="it is there already")
    part = target.with_name(f"{target.name}.part")
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True, mode=0o700)
        if connection.vendor == "sqlite":
            _copy(home / DATABASE, part / DATABASE)
        else:
            _out_of_the_server(part / DATABASE)
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


def _out_of_the_server(file: Path) -> None:
    """Carry the whole store into a new file of SQLite, as of one moment."""
    with carrying.standing(carrying.in_file(file)):
        call_command("migrate", interactive=False, verbosity=0)
    with carrying.standing(carrying.in_file(file), carrying.BESIDE):
        carrying.carry(DEFAULT_DB_ALIAS, carrying.BESIDE)
    with closing(sqlite3.connect(file)) as made:
        made.execute("PRAGMA journal_mode=DELETE")


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as here, closing(sqlite3.connect(target)) as there:
        here.backup(there)
        there.execute("PRAGMA journal_mode=DELETE")


def restore(source: Path, home: Path, progress: Progress | None = None, also: Sequence[str] = ()) -> int:
    """Verify a backup and put it into an empty home; return how many entries its ledger holds.

    Where PostgreSQL keeps the store, it goes into an empty database there, in one transaction, and is verified there once
    more. `also` names further files, which are put there where the backup has them. Raises `NoBackupError`,
    `HomeTakenError`, `SpoiltBackupError` or `grants.NoTablesError`, and then the home is as it was.
    """
    _refuse_taken(home)
    part = home / "restored.part"
    try:
        size = _verified(source, part, progress)
        files = (keys.FILE, *(one for one in also if (source / one).is_file()))
        for name in files:
            shutil.copy2(source / name, part / name)
        if connection.vendor == "sqlite":
            _put((*files, DATABASE), part, home)
        else:
            _into_the_server(source, part, home, files)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    keys.load.cache_clear()
    return size


def _refuse_taken(home: Path) -> None:
    if (home / DATABASE).exists() or (home / keys.FILE).exists():
        raise HomeTakenError(home=str(home))
    made = connection.vendor != "sqlite" and Entry._meta.db_table in connection.introspection.table_names()
    if made and (Ledger.objects.exists() or Entry.objects.exists()):
        raise HomeTakenError(home=str(connection.settings_dict["NAME"]))


def _into_the_server(source: Path, part: Path, home: Path, files: Sequence[str]) -> None:
    """Carry what was verified into the server's tables; it is there once its files are, and else nothing is."""
    with carrying.standing(carrying.in_file(part / DATABASE)):
        call_command("migrate", interactive=False, verbosity=0)  # it can be of an older program
    grants.make_tables()
    with carrying.standing(carrying.in_file(part / DATABASE), carrying.BESIDE), transaction.atomic():
        carrying.carry(carrying.BESIDE, DEFAULT_DB_ALIAS)
        _refuse_spoilt(source, verify())
        _put(files, part, home)


def _put(names: Sequence[str], part: Path, home: Path) -> None:
    for name in names:
        os.replace(part / name, home / name)  # noqa: PTH105 - it is one step on every system


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
    with carrying.standing(carrying.in_file(part / DATABASE)):
        found = verify(progress, deep=True)
        _refuse_spoilt(source, found)
        return queries.ledger().size


def _refuse_spoilt(source: Path, found: Verification) -> None:
    if found.findings:
        raise SpoiltBackupError(source=str(source), reason=found.findings[0].said.text())
