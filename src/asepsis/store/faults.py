"""Faults of the database, told as what they mean for whoever asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError, DataError

from asepsis.store import refusals


@contextmanager
def told(home: str) -> Iterator[None]:
    """Run what asks the database; `home` is how the installation is called where its tables are missing.

    Raises `UnkeptValueError` for a value that the database cannot hold, `NotFoundedError` where there are no tables, and
    any other fault as it is: it is one of this program.
    """
    try:
        yield
    except DataError as error:  # PostgreSQL takes no U+0000; SQLite does
        raise refusals.UnkeptValueError from error
    except DatabaseError as error:
        if "no such table" not in str(error) and "does not exist" not in str(error):
            raise
        raise refusals.NotFoundedError(home=home) from error
