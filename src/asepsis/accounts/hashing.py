"""How passphrases are kept: Argon2id, each letter as every keyboard writes it; older ones as they were, until next used."""

from __future__ import annotations

import hashlib
import hmac
import unicodedata

from django.contrib.auth.hashers import Argon2PasswordHasher, BasePasswordHasher

_N, _R, _P = 2**15, 8, 1
_MEMORY = 64 * 1024 * 1024  # scrypt takes 128 * N * r bytes, 32 MiB, and OpenSSL wants it allowed


def plain(text: str) -> str:
    """Return a passphrase as every keyboard writes it: one form for each letter."""
    return unicodedata.normalize("NFKC", text)


class Argon2(Argon2PasswordHasher):
    """Argon2id, as RFC 9106 and Django have it."""

    def encode(self, password: str, salt: str) -> str:
        """Return what is kept of a passphrase."""
        return str(super().encode(plain(password), salt))

    def verify(self, password: str, encoded: str) -> bool:
        """Return whether a passphrase is the one that `encoded` was made of."""
        return bool(super().verify(plain(password), encoded))


class OlderScrypt(BasePasswordHasher):
    """What the command line kept before there were accounts: scrypt, salt and hash in hex. The next use makes it Argon2."""

    algorithm = "scrypt_older"

    def encode(self, password: str, salt: str) -> str:
        """Return what was kept of a passphrase."""
        found = hashlib.scrypt(
            plain(password).encode(), salt=bytes.fromhex(salt), n=_N, r=_R, p=_P, maxmem=_MEMORY, dklen=32
        )
        return kept(bytes.fromhex(salt), found)

    def verify(self, password: str, encoded: str) -> bool:
        """Return whether a passphrase is the one that `encoded` was made of."""
        _, salt, _ = encoded.split("$")
        return hmac.compare_digest(self.encode(password, salt), encoded)

    def harden_runtime(self, password: str, encoded: str) -> None:
        """Nothing has to be evened out: one check takes as long as another."""


def kept(salt: bytes, found: bytes) -> str:
    """Return a salt and a hash as the older form is written."""
    return f"{OlderScrypt.algorithm}${salt.hex()}${found.hex()}"
