"""The one door: any number of changes, one transaction, one append to the ledger, one signed checkpoint.

It takes the writer's lock, reads the clock, asks whether the actor may, looks whether each change builds on the head it
saw, writes, and moves the projections. Under it nothing writes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.db import DatabaseError, OperationalError, connection, transaction

from asepsis.store import refusals
from asepsis.store.changes import (
    Actor,
    Change,
    Receipt,
)
from asepsis.store.doing import ledger, records, signatures, withholding
from asepsis.store.going import Clock, Going, Salt, new_salt

CHANGES = (ledger, records, signatures, withholding)  # what each change does, one module for each noun
AFTERWARDS: list[Callable[[Receipt], None]] = []  # what follows a commit that is done; it cannot undo it
_LOCK = 0x41534550  # any number that only we take, for PostgreSQL's advisory lock


def commit(
    changes: Sequence[Change],
    actor: Actor,
    clock: Clock,
    *,
    salt: Salt | None = None,
    key: Ed25519PrivateKey | None = None,
    files: Sequence[bytes] = (),
) -> Receipt:
    """Do all of `changes` in order, or none; return what became of each.

    `files` are kept by their digest beside the entries. Raises a `RefusedError` or `InputError` of
    `asepsis.store.refusals` or of what the changes hold, and then nothing is saved.
    """
    home = Path(settings.MACHINE.home)
    with _told_faults(home), transaction.atomic():
        lock()
        receipt = Going(changes, actor, clock, salt or new_salt, home, key).run(files)
    for follow in AFTERWARDS:
        follow(receipt)
    return receipt


def lock() -> None:
    """Wait until nobody else writes; the lock goes with the transaction (SQLite takes it when one begins)."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


@contextmanager
def _told_faults(home: Path) -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        if "locked" in str(error) or "busy" in str(error):
            raise refusals.BusyError(home=str(home)) from error
        if "no such table" in str(error):
            raise refusals.NotFoundedError(home=str(home)) from error
        raise refusals.StoreFaultError(home=str(home), reason=str(error)) from error
    except DatabaseError as error:
        raise refusals.StoreFaultError(home=str(home), reason=str(error)) from error
