"""Every row of every table, carried from one database into another, whatever keeps either of them.

The rows go through Django's own fields, so an instant, a choice or bytes are in the other what they were in the one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.management.color import no_style
from django.db import connections, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import DEFAULT_DB_ALIAS, load_backend

from asepsis.store import words
from asepsis.store.rows import in_parts
from asepsis.store.triggers import APPEND_ONLY

BESIDE = "beside"
AT_ONCE = 1_000


def in_file(file: Path) -> BaseDatabaseWrapper:
    """Return a way to the store in a file of SQLite, which is made when it is first asked."""
    told = connections.configure_settings({DEFAULT_DB_ALIAS: {**settings.DATABASE_IN_A_FILE, "NAME": file}})
    found: BaseDatabaseWrapper = load_backend(told[DEFAULT_DB_ALIAS]["ENGINE"]).DatabaseWrapper(
        told[DEFAULT_DB_ALIAS], DEFAULT_DB_ALIAS
    )
    return found


@contextmanager
def standing(database: BaseDatabaseWrapper, alias: str = DEFAULT_DB_ALIAS) -> Iterator[None]:
    """Let `database` be what stands under `alias` for a while; as the default, the whole store is what is in it."""
    before = {one: connections[one] for one in connections if one == alias}
    for one in before.values():
        one.close()
    connections[alias] = database
    try:
        yield
    finally:
        database.close()
        del connections[alias]
        for one in before.values():
            connections[alias] = one


def carry(source: str, target: str) -> None:
    """Put every row of the database under one alias into that under another, in one transaction of each.

    What `source` holds is read as of one moment, while others may go on writing to it. `target` has the tables of this
    program, and nothing in those that are append-only.
    """
    carried = apps.get_models(include_auto_created=True)
    with _as_of_one_moment(source), transaction.atomic(using=target):
        for model in carried:
            _carry(model, source, target)
        with connections[target].cursor() as cursor:
            for statement in connections[target].ops.sequence_reset_sql(no_style(), carried):
                cursor.execute(statement)
        words.reindex(target)


@contextmanager
def _as_of_one_moment(alias: str) -> Iterator[None]:
    with transaction.atomic(using=alias):
        if connections[alias].vendor == "postgresql":
            with connections[alias].cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _carry(model: type[models.Model], source: str, target: str) -> None:
    to = connections[target]
    fields = model._meta.concrete_fields
    table = to.ops.quote_name(model._meta.db_table)
    columns = ", ".join(to.ops.quote_name(str(one.column)) for one in fields)
    marks = ", ".join(["%s"] * len(fields))
    rows = model._base_manager.using(source).order_by("pk").values_list(*(one.attname for one in fields))
    with to.cursor() as cursor:
        if model._meta.db_table not in APPEND_ONLY:  # what making the tables has put there
            cursor.execute(f"DELETE FROM {table}")
        for part in in_parts(rows.iterator(AT_ONCE), AT_ONCE):
            kept = [
                [field.get_db_prep_save(value, to) for field, value in zip(fields, row, strict=True)] for row in part
            ]
            cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", kept)
