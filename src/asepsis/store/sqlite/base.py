"""The database backend for SQLite: a column of JSON has no CHECK of its own.

`PRAGMA trusted_schema=OFF` lets a schema call no function but those that SQLite calls innocuous, so that a database that
somebody gives us runs nothing of theirs. In SQLite before 3.43 `JSON_VALID` is not among them, and Django's check calls it.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.backends.sqlite3 import base


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's own, with the checks that hold under an untrusted schema."""

    data_type_check_constraints: ClassVar[dict[str, Any]] = {  # type: ignore[misc] # Django's is no ClassVar
        name: check for name, check in base.DatabaseWrapper.data_type_check_constraints.items() if name != "JSONField"
    }
