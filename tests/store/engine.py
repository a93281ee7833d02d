"""Where the ledger of a test lies: a file in its home on SQLite, a database named in its home on PostgreSQL.

All tests of the store run on SQLite; `python -m tests.store.engine` runs them again on a PostgreSQL of their own.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection

ADDRESS = os.environ.get("TEST_DATABASE")
"""The address of a server as its administrator; without one, tests run on SQLite."""

NAMED = "database.name"
FILE = "asepsis.sqlite3"
Statement = str | tuple[str, Sequence[Any]]

only_sqlite = pytest.mark.skipif(ADDRESS is not None, reason="it is about the file of SQLite")


def name_of(home: Path) -> str | Path:
    """Return what Django calls the database of a home; on PostgreSQL an empty one is made where there is none."""
    if ADDRESS is None:
        return home / FILE
    named = home / NAMED
    if not named.exists():
        named.write_text(_made(""), encoding="ascii")
    return named.read_text(encoding="ascii")


def environment(home: Path) -> dict[str, str]:
    """Return what a process needs in its environment to open the store of a home."""
    told = {"ASEPSIS_HOME": str(home), "DJANGO_SETTINGS_MODULE": "asepsis.settings"}
    if ADDRESS is None:
        return told
    return told | {"ASEPSIS_DATABASE": urlsplit(ADDRESS)._replace(path=f"/{name_of(home)}").geturl()}


def copy(source: Path, home: Path) -> None:
    """Copy a home with its database, to which nobody may be connected."""
    shutil.copytree(source, home, dirs_exist_ok=True)
    if ADDRESS is not None:
        (home / NAMED).write_text(_made(f"TEMPLATE {name_of(source)}"), encoding="ascii")


def drop(home: Path) -> None:
    """Take the database of a home away, so that a server does not fill up with them."""
    named = home / NAMED
    if named.exists():
        _administer(f"DROP DATABASE {named.read_text(encoding='ascii')} WITH (FORCE)")


def spoil(home: Path, statements: Sequence[Statement]) -> None:
    """Change what is kept behind the program's back, as whoever holds the machine can: without the triggers."""
    connection.close()
    asked = [(one, ()) if isinstance(one, str) else one for one in statements]
    if ADDRESS is None:
        with closing(sqlite3.connect(home / FILE)) as raw, raw:
            kept = raw.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
            for name, _ in kept:
                raw.execute(f"DROP TRIGGER {name}")
            for words, values in asked:
                raw.execute(words, values)
            for _, sql in kept:
                raw.execute(sql)
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal")
        triggers = cursor.fetchall()
        for table, name in triggers:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {name}")
        for words, values in asked:
            cursor.execute(words.replace("%", "%%").replace("?", "%s"), values)
        for table, name in triggers:
            cursor.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")
    connection.close()


def _made(how: str) -> str:
    name = f"test_{uuid.uuid4().hex}"
    _administer(f"CREATE DATABASE {name} {how}")
    return name


def _administer(words: str, address: str | None = ADDRESS) -> None:
    import psycopg

    assert address is not None
    with psycopg.connect(address, autocommit=True) as server:
        server.execute(words.encode())


@contextmanager
def _folders() -> Iterator[pytest.TempPathFactory]:
    with tempfile.TemporaryDirectory() as made:

        class Factory:
            def mktemp(self, name: str) -> Path:
                return Path(tempfile.mkdtemp(prefix=name, dir=made))

        yield Factory()  # type: ignore[misc] # all that a server asks of one


def main() -> int:
    """Run the tests of the store on PostgreSQL, or say why there is none."""
    from tests.store.postgresql import serving

    try:
        with _folders() as folders, serving(folders) as address:
            for name in (
                "fsync",
                "full_page_writes",
                "synchronous_commit",
            ):  # what is lost with the machine is not missed
                _administer(f"ALTER SYSTEM SET {name} = off", address)
            _administer("SELECT pg_reload_conf()", address)
            ended = subprocess.run(
                [
                    sys.executable,
                    "-m",
                    "pytest",
                    "-m",
                    "not postgresql and not soak",
                    *(sys.argv[1:] or ["tests/store"]),
                ],
                env=os.environ | {"TEST_DATABASE": address},
            )
            return ended.returncode
    except pytest.skip.Exception as absent:
        print(f"The tests of the store did not run on PostgreSQL: {absent}")
        return 0


if __name__ == "__main__":
    sys.exit(main())
