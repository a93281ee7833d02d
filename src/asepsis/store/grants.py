"""What the server's role may do on PostgreSQL: it owns nothing, adds to what is kept, and takes away what was erased.

Whoever owns a table can switch its triggers off. So the tables are made by one role, and the program runs as another,
which can neither change them nor do to kept rows anything but read and add.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from asepsis.errors import RefusedError, UnanswerableError
from asepsis.sentences import Sentence
from asepsis.store.rows import select
from asepsis.store.triggers import APPEND_ONLY, ERASABLE

MIGHTY = (
    "pg_execute_server_program", "pg_maintain", "pg_read_server_files", "pg_write_all_data", "pg_write_server_files"
)  # fmt: skip
MIGRATIONS = "django_migrations"  # whoever makes the tables writes here, and nobody else


class ServerRoleError(RefusedError):
    """The role as which the server runs could change what is kept, or is not there."""

    code = "database-role"
    sentence = Sentence(
        "The server cannot run as the role {role} of the database: {reason}.",
        next="Make one that may log in and nothing else (CREATE ROLE name LOGIN), and name it in ASEPSIS_DATABASE.",
    )


class NoOwnerError(UnanswerableError):
    """The tables cannot be made as the role that was named."""

    code = "database-owner"
    sentence = Sentence(
        "The tables cannot be made as the role {owner}: {reason}.",
        next="Name the owner of the database: --database postgresql://owner@host/name.",
    )


class OlderTablesError(UnanswerableError):
    """The tables are those of an older program, and this role may not change them."""

    code = "database-older"
    sentence = Sentence(
        "The tables are those of an older version, and the server's role may not change them.",
        next="Run asepsis init --database postgresql://owner@host/name, as whoever keeps the database.",
    )


class NoTablesError(UnanswerableError):
    """The tables are not those of this program, and who is connected may not make them."""

    code = "database-tables"
    sentence = Sentence(
        "The tables are not there, or not those of this version, and the role {role} may not make them.",
        next="Name the owner of the database too: --database postgresql://owner@host/name.",
    )


def make_tables() -> None:
    """Make the tables, or bring them up to date. Raises `NoTablesError` where that is still to do and its owner's."""
    if may_change_tables():
        call_command("migrate", interactive=False, verbosity=0)
        return
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise NoTablesError(role=str(connection.settings_dict["USER"]) or "(none)")


def may_change_tables() -> bool:
    """Return whether the role that is connected may make tables; SQLite knows no roles."""
    if connection.vendor == "sqlite":
        return True
    return bool(select("SELECT has_schema_privilege('public', 'CREATE')")[0][0])


def prepare(owner: Mapping[str, Any], role: str) -> None:
    """Make or change the tables as the owner of the database, and let `role` do no more with them than the server needs.

    `owner` holds the settings of a connection, as Django names them. Raises `ServerRoleError` or `NoOwnerError`; then
    the server's role may do what it might before.
    """
    try:
        with _connected(owner):
            if reason := _unfit(role, str(owner["USER"])):
                raise ServerRoleError(role=role or "(none)", reason=reason)
            call_command("migrate", interactive=False, verbosity=0)
            with transaction.atomic():
                _grant(role)
                if reason := _too_mighty(role):
                    raise ServerRoleError(role=role, reason=reason)
    except DatabaseError as error:
        reason = str(error).splitlines()[0]
        raise NoOwnerError(owner=str(owner["USER"]) or "(none)", reason=reason) from error


def allowed(table: str) -> tuple[str, ...]:
    """Return what the server may do with a table."""
    if table == MIGRATIONS:
        return ("SELECT",)
    if table in ERASABLE:  # where the trigger asks for the line that says so
        return ("SELECT", "INSERT", "DELETE")
    return ("SELECT", "INSERT") if table in APPEND_ONLY else ("SELECT", "INSERT", "UPDATE", "DELETE")


def _grant(role: str) -> None:
    name = connection.ops.quote_name(role)
    with connection.cursor() as cursor:
        cursor.execute(f"REVOKE CREATE ON SCHEMA public FROM PUBLIC, {name}")
        cursor.execute(f"GRANT USAGE ON SCHEMA public TO {name}")
        cursor.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, {name}")
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"GRANT {', '.join(allowed(table))} ON {connection.ops.quote_name(table)} TO {name}")
        cursor.execute(f"GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public TO {name}")  # no entry's number


def _unfit(role: str, owner: str) -> str | None:
    """Return why a role must not run the server, before anything is made."""
    if not role:
        return "ASEPSIS_DATABASE names none"
    rows = select("SELECT rolsuper, rolcreaterole, rolcanlogin FROM pg_roles WHERE rolname = %s", [role])
    if not rows:
        return "there is none of this name"
    superuser, creates, enters = rows[0]
    mighty = select(
        "SELECT rolname FROM pg_roles WHERE rolname = ANY(%s) AND pg_has_role(%s, oid, 'MEMBER') ORDER BY 1",
        [list(MIGHTY), role],
    )
    if superuser or creates:
        return "it is an administrator, who can switch off whatever keeps the tables append-only"
    if mighty:
        return f"it is a member of {mighty[0][0]}, which goes round the rights on tables"
    if not enters:
        return "it may not log in"
    same = select("SELECT pg_has_role(%s, %s, 'MEMBER')", [role, owner or role])[0][0]
    return "it is the owner of the tables, or can act as the owner" if same else None


def _too_mighty(role: str) -> str | None:
    """Return what a role can do through another that it is a member of, or that it owns."""
    owned = select(
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE n.nspname = 'public' AND c.relkind = 'r' AND pg_has_role(%s, c.relowner, 'MEMBER') ORDER BY 1",
        [role],
    )
    if owned:
        return f"it owns {owned[0][0]}"
    for table in APPEND_ONLY:
        for power in {"UPDATE", "DELETE", "TRUNCATE", "TRIGGER"} - set(allowed(table)):
            if select("SELECT has_table_privilege(%s, %s, %s)", [role, table, power])[0][0]:
                return f"it may still {power} {table}"
    for table in APPEND_ONLY:
        if select("SELECT has_any_column_privilege(%s, %s, 'UPDATE')", [role, table])[0][0]:
            return f"it may still UPDATE a column of {table}"
    if select("SELECT has_schema_privilege(%s, 'public', 'CREATE')", [role])[0][0]:
        return "it may still make tables"
    if select("SELECT has_database_privilege(%s, current_database(), 'CREATE')", [role])[0][0]:
        return "it may make schemas, in which tables of the same names would stand before these"
    return None


@contextmanager
def _connected(other: Mapping[str, Any]) -> Iterator[None]:
    """Let the connection be another role's for a while."""
    before = dict(connection.settings_dict)
    connection.close()
    connection.settings_dict.update({name: other[name] for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT")})
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(before)
