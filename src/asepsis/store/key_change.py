"""Change of the ledger's key: one entry that names the new one, which signs from that entry on; the old one is kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import transaction

from asepsis.record.slots import SystemRole
from asepsis.store import door, keys, queries
from asepsis.store.acts import Hand
from asepsis.store.changes import INSTALLATION, ChangeKey, Outcome, Receipt
from asepsis.store.going import Going, does

WHY = ("yearly", "restored", "lost")


@does(ChangeKey)
def _change(going: Going, change: ChangeKey) -> Outcome:
    assert going.ledger is not None
    if going.actor.id != INSTALLATION:
        going.ask("To change the ledger's key", (SystemRole.MANAGEMENT,), None)
    going.keep_checkpoint = "key"
    made = going.enter("key", of=None, key=change.key, why=change.why)
    going.ledger.key = change.key
    return Outcome(made.position, made.name)


def change_key(home: Path, hand: Hand, why: str, *, seed: bytes | None = None) -> Receipt:
    """Make a new key in `home` and let it sign from one new entry on; the old one is kept as `ledger.key.<date>`.

    `why` is yearly, restored or lost. `seed`, 32 bytes, makes the key again for tests. The new key is on the disk
    before the ledger speaks of it, and in its place when the ledger does. Raises `NotPermittedError`.
    """
    key = Ed25519PrivateKey.generate() if seed is None else Ed25519PrivateKey.from_private_bytes(seed)
    with transaction.atomic():
        door.lock()  # before the file is written, so that two changes do not meet at it
        keys.settle(home, queries.ledger().key)
        (home / keys.NEXT).unlink(missing_ok=True)
        keys.write(home / keys.NEXT, key)
        try:
            receipt = replace(hand, key=key).commit([ChangeKey(keys.public(key), why)])
        except BaseException:
            (home / keys.NEXT).unlink()
            raise
    keys.settle(home, keys.public(key), _aside(home, receipt.at[:10]))
    return receipt


def _aside(home: Path, day: str) -> str:
    """Return a name for the old key that no file has."""
    names = [f"{keys.FILE}.{day}", *(f"{keys.FILE}.{day}-{number}" for number in range(2, 1_000))]
    return next(name for name in names if not (home / name).exists())
