"""What was kept cannot be changed or taken away through the database, whichever words are used."""

from __future__ import annotations

import sqlite3

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from asepsis.store import triggers
from tests.store import engine
from tests.store.conftest import Store, tables

COLUMNS = {
    "store_entry": ("position", "name, form, of, record, data"),
    "store_content": ("digest", "data"),
    "store_storedfile": ("digest", "size, data"),
}
STATEMENTS = {
    "update": "UPDATE {table} SET data = x'00'",
    "update-or-replace": "UPDATE OR REPLACE {table} SET data = x'00'",
    "delete": "DELETE FROM {table}",
    "insert-or-replace": "INSERT OR REPLACE INTO {table} ({key}, {rest}) SELECT {key}, {rest} FROM {table} LIMIT 1",
    "replace": "REPLACE INTO {table} ({key}, {rest}) SELECT {key}, {rest} FROM {table} LIMIT 1",
    "upsert": "INSERT INTO {table} ({key}, {rest}) SELECT {key}, {rest} FROM {table} WHERE true LIMIT 1 "
    "ON CONFLICT ({key}) DO UPDATE SET data = x'00'",
    "same-name-elsewhere": "INSERT OR REPLACE INTO store_entry (position, name, form, data) "
    "SELECT 1000000, name, form, x'00' FROM store_entry WHERE position = 3",
}


@engine.only_sqlite
@pytest.mark.parametrize("recursive", [True, False], ids=["recursive", "plain"])
@pytest.mark.parametrize("words", STATEMENTS)
@pytest.mark.parametrize("table", COLUMNS)
def test_what_was_kept_is_refused_to_change(store: Store, table: str, words: str, recursive: bool) -> None:
    store.hand("dev").commit([], files=[b"evidence"])
    before = tables()
    key, rest = COLUMNS[table]
    connection.close()
    raw = sqlite3.connect(store.file)
    raw.execute(f"PRAGMA recursive_triggers = {'ON' if recursive else 'OFF'}")
    with pytest.raises(sqlite3.DatabaseError, match="append-only"):
        raw.execute(STATEMENTS[words].format(table=table, key=key, rest=rest))
    raw.close()
    assert tables() == before


def test_flushing_is_refused(store: Store) -> None:
    before = tables()
    with pytest.raises(CommandError, match="couldn't be flushed"):
        call_command("flush", interactive=False, verbosity=0)
    assert tables() == before


@engine.only_sqlite
@pytest.mark.parametrize("name", sorted(triggers.expected("sqlite")))
def test_a_trigger_that_is_not_there_is_missed_and_put_back(store: Store, name: str) -> None:
    assert triggers.missing() == []
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {name}")
    assert triggers.missing() == [name]
    triggers.install()
    assert triggers.missing() == []


@engine.only_sqlite
def test_a_trigger_that_says_something_else_is_missed_and_put_back(store: Store) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER store_entry_no_delete")
        cursor.execute("CREATE TRIGGER store_entry_no_delete BEFORE DELETE ON store_entry BEGIN SELECT 1; END")
    assert triggers.missing() == ["store_entry_no_delete"]
    triggers.install()
    assert triggers.missing() == []


@engine.only_sqlite
def test_migrating_again_puts_missing_triggers_back(store: Store) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER store_content_no_update")
    call_command("migrate", verbosity=0)
    assert triggers.missing() == []
