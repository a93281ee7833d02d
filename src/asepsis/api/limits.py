"""How often somebody may ask: so many requests in a minute for a token, and for an address that gives wrong ones.

They are counted for all processes of the server together: on PostgreSQL in the database, so for all machines as well; on
SQLite in a file of their own beside the store, which asks no disk to be sure of it and waits for nobody who writes records.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from asepsis.errors import RefusedError
from asepsis.sentences import Sentence
from asepsis.store import queries, refusals

MINUTE = 60
WRONG_TOKENS = 20  # that one address may give in a minute
OF_AN_ADDRESS = 4  # times what a token has: several programs stand behind one address
FILE = "limits.sqlite3"
PATIENCE = 5.0  # seconds that one count waits for another
_TABLE = "CREATE TABLE IF NOT EXISTS accounts_asked (key VARCHAR(100) PRIMARY KEY, minute BIGINT, count INTEGER)"
_INDEX = "CREATE INDEX IF NOT EXISTS asked_minute ON accounts_asked (minute)"
_COUNT = (
    "INSERT INTO accounts_asked (key, minute, count) VALUES ({0}, {0}, 1) ON CONFLICT (key) DO UPDATE SET count = "
    "CASE WHEN accounts_asked.minute = excluded.minute THEN accounts_asked.count + 1 ELSE 1 END, minute = excluded.minute"
)
_READ = "SELECT count FROM accounts_asked WHERE key = {0} AND minute = {0}"
_CLEAR = "DELETE FROM accounts_asked WHERE minute < {0}"
_mine = threading.local()  # a thread's own connection, and whose it is: of which process, to which file


class TooManyRequestsError(RefusedError):
    """Somebody asks more often than the machine's keeper lets them."""

    code = "requests-too-many"
    sentence = Sentence(
        "{who} may ask {most} times in a minute, and did.", next="Wait for as many seconds as Retry-After says."
    )

    def __init__(self, *, who: str, most: int, seconds: int) -> None:
        super().__init__(who=who, most=most)
        self.seconds = seconds


def count_token(token: str, now: datetime) -> None:
    """Count a request of a token, by id. Raises `TooManyRequestsError`."""
    _count(f"token:{token}", "This token", settings.MACHINE.api_per_minute, now)


def count_address(address: str, now: datetime) -> None:
    """Count a request of an address, whatever token it gives. Raises `TooManyRequestsError`."""
    _count(f"address:{address}", "This address", settings.MACHINE.api_per_minute * OF_AN_ADDRESS, now)


def count_wrong_token(address: str, now: datetime) -> None:
    """Count a token that let nobody in. Raises `TooManyRequestsError`."""
    _count(f"wrong:{address}", "An address with wrong tokens", WRONG_TOKENS, now)


def check_wrong_tokens(address: str, now: datetime) -> None:
    """Raise `TooManyRequestsError` where an address has given too many wrong tokens in this minute."""
    begun, left = divmod(int(now.timestamp()), MINUTE)
    with _counts() as ask:
        count = ask(_READ, f"wrong:{address}", begun)
    if count >= WRONG_TOKENS:
        raise TooManyRequestsError(who="An address with wrong tokens", most=WRONG_TOKENS, seconds=MINUTE - left)


def _count(key: str, who: str, most: int, now: datetime) -> None:
    begun, left = divmod(int(now.timestamp()), MINUTE)
    with _counts() as ask:
        ask(_COUNT, key, begun)
        count = ask(_READ, key, begun)
        if count == 1:  # whoever is new in a minute takes away who is not here any more
            ask(_CLEAR, begun - 1)
    if count > most:
        raise TooManyRequestsError(who=who, most=most, seconds=MINUTE - left)


@contextmanager
def _counts() -> Iterator[Any]:
    """Give a function that asks where requests are counted, in one transaction; it returns a number, 0 where none is kept."""
    if connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            yield lambda statement, *values: _number(cursor, statement.format("%s"), values)
        return
    try:
        counts = _file()
        counts.execute("BEGIN IMMEDIATE")
        try:
            yield lambda statement, *values: _number(counts.cursor(), statement.format("?"), values)
        finally:
            counts.execute("COMMIT")
    except sqlite3.Error as error:
        raise refusals.StoreFaultError(home=str(queries.home()), reason=str(error)) from error


def _number(cursor: Any, statement: str, values: tuple[Any, ...]) -> int:
    cursor.execute(statement, values)
    row = cursor.fetchone() if cursor.description else None
    return int(row[0]) if row else 0


def _file() -> sqlite3.Connection:
    whose = (os.getpid(), str(queries.home()))
    if getattr(_mine, "whose", None) != whose:
        opened = sqlite3.connect(queries.home() / FILE, timeout=PATIENCE, isolation_level=None)
        opened.execute("PRAGMA journal_mode=WAL")
        opened.execute("PRAGMA synchronous=OFF")
        opened.execute(_TABLE)
        opened.execute(_INDEX)
        _mine.counts, _mine.whose = opened, whose
    found: sqlite3.Connection = _mine.counts
    return found
