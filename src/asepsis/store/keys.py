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
    file = home / FILE
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        out.flush()
        os.fsync(out.fileno())
    load.cache_clear()
    return public(key)


@cache
def load(home: Path) -> Ed25519PrivateKey:
    """Return the key of the ledger in `home`. Raises `KeyAbsentError`."""
    file = home / FILE
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
