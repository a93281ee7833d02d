"""Hashes of components: which of several is the hardest to forge."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

STRONGEST = ("SHA-512", "SHA3-512", "BLAKE2b-512", "SHA-384", "SHA-256", "SHA3-256", "BLAKE3", "SHA-1", "MD5")


def strongest(hashes: Iterable[tuple[str, str]]) -> str | None:
    """Return the hash that is hardest to forge, as "SHA-256:ab01..."; of those that are not known the first."""
    best = min(hashes, key=_rank, default=None)
    return None if best is None else f"{best[0]}:{best[1].lower()}"


def _rank(hash_: tuple[str, str]) -> int:
    return _STRENGTH.get(_plain(hash_[0]), len(_STRENGTH))


@lru_cache(maxsize=256)
def _plain(algorithm: str) -> str:
    return algorithm.upper().replace("-", "").replace("_", "")


_STRENGTH = {_plain(algorithm): at for at, algorithm in enumerate(STRONGEST)}
