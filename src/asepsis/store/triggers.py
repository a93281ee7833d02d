"""What keeps the kept tables append-only inside the database. It stops mistakes, not an administrator."""

from __future__ import annotations

from typing import Any

from django.db import connections

APPEND_ONLY = ("store_entry", "store_content", "store_storedfile", "store_redacted", "store_bytoken")
ERASABLE = ("store_content", "store_storedfile")  # where the ledger says that it was erased


def _unless_redacted(table: str) -> str:
    erased = "EXISTS (SELECT 1 FROM store_redacted WHERE digest = OLD.digest)"
    return f" WHEN NOT {erased}" if table in ERASABLE else ""


def _sqlite(table: str, same: str) -> dict[str, str]:
    refuse = f"SELECT RAISE(ABORT, '{table} is append-only');"
    return {
        f"{table}_no_update": f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} BEGIN {refuse} END",
        f"{table}_no_delete": f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table}{_unless_redacted(table)} "
        f"BEGIN {refuse} END",
        f"{table}_no_replace": f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "
        f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same}) BEGIN {refuse} END",
    }


def _postgresql(table: str) -> dict[str, str]:
    """Return the triggers as PostgreSQL itself writes them, so that what is there can be held against them."""
    refuse = "asepsis_erasable" if table in ERASABLE else "asepsis_append_only"
    return {
        f"{table}_no_change": f"CREATE TRIGGER {table}_no_change BEFORE DELETE OR UPDATE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {refuse}()",
        f"{table}_no_truncate": f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION asepsis_append_only()",
    }


_BODIES = {
    "asepsis_append_only": "BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END",
    "asepsis_erasable": """BEGIN
  IF TG_OP = 'DELETE' AND EXISTS (SELECT 1 FROM store_redacted WHERE digest = OLD.digest) THEN RETURN OLD; END IF;
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END""",
}
_FUNCTIONS = ";".join(
    f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $${body}$$"
    for name, body in _BODIES.items()
)
_PRESENT = """
SELECT t.tgname, t.tgenabled::text, pg_get_triggerdef(t.oid, true), p.proname, p.prosrc
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
WHERE NOT t.tgisinternal AND c.relnamespace = current_schema()::regnamespace AND p.pronamespace = c.relnamespace
  AND starts_with(t.tgname, c.relname || '_no_')
"""

SAME = {
    "store_entry": "position = NEW.position OR name = NEW.name",
    "store_content": "digest = NEW.digest",
    "store_storedfile": "digest = NEW.digest",
    "store_redacted": "digest = NEW.digest",
    "store_bytoken": "first = NEW.first",
}


def expected(vendor: str) -> dict[str, str]:
    """Return the triggers that must be there, by name, with the statement that makes each."""
    found: dict[str, str] = {}
    for table in APPEND_ONLY:
        found |= _sqlite(table, SAME[table]) if vendor == "sqlite" else _postgresql(table)
    return found


def install(using: str = "default", **_: Any) -> None:
    """Put each trigger there that is missing or differs."""
    connection = connections[using]
    present = _present(connection)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_FUNCTIONS)
        for name, statement in expected(connection.vendor).items():
            if present.get(name) == statement:
                continue
            if connection.vendor == "sqlite":
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
                cursor.execute(statement)
            else:
                table = name.rsplit("_no_", 1)[0]
                cursor.execute(f"DROP TRIGGER IF EXISTS {name} ON {table}")
                cursor.execute(statement)
                cursor.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")


def missing(using: str = "default") -> list[str]:
    """Return the names of the triggers that are not there, are switched off, or say or do something else."""
    connection = connections[using]
    present = _present(connection)
    return [name for name, statement in expected(connection.vendor).items() if present.get(name) != statement]


def _present(connection: Any) -> dict[str, str]:
    """Return the triggers that are there and stand whoever writes, each with the statement that made it."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            return dict(cursor.fetchall())
        cursor.execute(_PRESENT)
        return {
            name: statement
            for name, enabled, statement, function, body in cursor.fetchall()
            if enabled == "A" and _BODIES.get(function) == body
        }
