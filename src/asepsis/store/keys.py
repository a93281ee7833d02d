"""The key that signs checkpoints: an Ed25519 key in a file beside the database, readable by its owner alone."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from asepsis.errors import UnanswerableError
from asepsis.sentences import Sentence

FILE = "ledger.key"
NEXT = "ledger.key.next"  # the new key while a change of the key is on its way


class KeyAbsentError(UnanswerableError):
    """The ledger's key is not where it should be."""

    code = "key-absent"
    sentence = Sentence(
        "The key of the ledger cannot be read from {file}: {reason}.",
        next="Put it back from where it was kept; without it nothing can be written.",
    )


def make(home: Path, seed: bytes | None = None) -> str:
    """Write a new key into `home` and return its public half, raw, hex. `seed`, 32 bytes, makes it again for tests."""
    key = Ed25519PrivateKey.generate() if seed is None else Ed25519PrivateKey.from_private_bytes(seed)
    write(home / FILE, key)
    load.cache_clear()
    return public(key)


def write(file: Path, key: Ed25519PrivateKey) -> None:
    """Write a key to a file that is not there yet, for its owner alone, so that it outlives a fall of the machine."""
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        out.flush()
        os.fsync(out.fileno())


@cache
def load(home: Path) -> Ed25519PrivateKey:
    """Return the key of the ledger in `home`. Raises `KeyAbsentError`."""
    return read(home / FILE)


def read(file: Path) -> Ed25519PrivateKey:
    """Return the key in a file. Raises `KeyAbsentError`."""
    try:
        key = serialization.load_pem_private_key(file.read_bytes(), password=None)
    except OSError as error:
        raise KeyAbsentError(file=str(file), reason=error.strerror or "it is not there") from error
    except ValueError as error:
        raise KeyAbsentError(file=str(file), reason="it is no private key") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyAbsentError(file=str(file), reason="it is not an Ed25519 key")
    return key


def public(key: Ed25519PrivateKey) -> str:
    """Return the public half of a key, raw, hex."""
    return key.public_key().public_bytes_raw().hex()


def of_ledger(home: Path, expected: str) -> Ed25519PrivateKey:
    """Return the key of the ledger in `home`, whose public half is `expected`, raw, hex.

    A change of the key that was cut off between ledger and files is brought to its end here. Raises `KeyAbsentError`.
    """
    settle(home, expected)
    key = load(home)
    if public(key) != expected:  # another process may have changed it since it was read
        load.cache_clear()
        key = load(home)
    if public(key) != expected:
        raise KeyAbsentError(file=str(home / FILE), reason="it is not the key of this ledger")
    return key


def settle(home: Path, expected: str, aside: str | None = None) -> None:
    """Put the next key in its place, once the ledger speaks of it; the old one is kept `aside`."""
    following = home / NEXT
    if not following.exists() or public(read(following)) != expected:
        return
    if (home / FILE).exists():
        os.replace(home / FILE, home / (aside or f"{FILE}.before-{expected[:8]}"))  # noqa: PTH105
    os.replace(following, home / FILE)  # noqa: PTH105
    load.cache_clear()
