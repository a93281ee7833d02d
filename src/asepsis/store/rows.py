"""Rows in and out of the tables, many at a time: plain SQL that SQLite and PostgreSQL both take."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

from django.db import connection, models

T = TypeVar("T")
AT_ONCE = 500


def in_parts(items: Iterable[T], size: int = AT_ONCE) -> Iterator[list[T]]:
    """Yield `items` in lists of at most `size`."""
    part: list[T] = []
    for item in items:
        part.append(item)
        if len(part) == size:
            yield part
            part = []
    if part:
        yield part


def columns(model: type[models.Model]) -> tuple[str, ...]:
    """Return the names of a table's columns, in order, without a key that the database gives."""
    return tuple(str(field.column) for field in model._meta.concrete_fields if not isinstance(field, models.AutoField))


def insert(model: type[models.Model], rows: Sequence[Sequence[Any]], *, ignore: bool = False) -> None:
    """Insert `rows`, each in the order of `columns(model)`; with `ignore`, those that are there already are left."""
    if not rows:
        return
    names = columns(model)
    quoted = ", ".join(f'"{name}"' for name in names)
    marks = ", ".join(["%s"] * len(names))
    ending = " ON CONFLICT DO NOTHING" if ignore else ""
    with connection.cursor() as cursor:
        cursor.executemany(f'INSERT INTO "{model._meta.db_table}" ({quoted}) VALUES ({marks}){ending}', rows)


def upsert(model: type[models.Model], rows: Sequence[Sequence[Any]]) -> None:
    """Insert `rows`, or put them in the place of those with the same primary key."""
    if not rows:
        return
    names, key = columns(model), model._meta.pk.column
    quoted = ", ".join(f'"{name}"' for name in names)
    marks = ", ".join(["%s"] * len(names))
    changes = ", ".join(f'"{name}" = excluded."{name}"' for name in names if name != key)
    with connection.cursor() as cursor:
        cursor.executemany(
            f'INSERT INTO "{model._meta.db_table}" ({quoted}) VALUES ({marks}) '
            f'ON CONFLICT ("{key}") DO UPDATE SET {changes}',
            rows,
        )


def delete_where(model: type[models.Model], column: str, keys: Iterable[str]) -> None:
    """Delete the rows of a projection whose `column` is one of `keys`."""
    for part in in_parts(keys):
        marks = ", ".join(["%s"] * len(part))
        with connection.cursor() as cursor:
            cursor.execute(f'DELETE FROM "{model._meta.db_table}" WHERE "{column}" IN ({marks})', part)


def select(statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """Return the rows that a statement gives."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def select_in(statement: str, keys: Iterable[str | int], *more: Any) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a statement that holds `IN ({})`, asked for `keys` in parts; `more` comes behind them."""
    for part in in_parts(dict.fromkeys(keys)):
        marks = ", ".join(["%s"] * len(part))
        yield from select(statement.format(marks), [*part, *more])


def streamed(statement: str, values: Sequence[Any] = (), size: int = 2_000) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a statement without holding them all, neither here nor in the database's client."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(statement, values)
        while rows := cursor.fetchmany(size):
            yield from rows
