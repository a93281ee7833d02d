"""Ids, salts and keys that look random and come again from the same seed."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from itertools import count


class Chance:
    """Bytes drawn one after the other from a seed; each use has a row of its own."""

    def __init__(self, seed: bytes) -> None:
        self._seed = seed
        self._rows: dict[str, Iterator[int]] = {}

    def draw(self, use: str) -> bytes:
        """Return the next 32 bytes for a use."""
        number = next(self._rows.setdefault(use, count()))
        return sha256(b"%s|%s|%d" % (self._seed, use.encode(), number)).digest()

    def id(self) -> str:
        """Return the next id."""
        return self.draw("id").hex()[:32]

    def salt(self) -> bytes:
        """Return the next salt."""
        return self.draw("salt")[:16]

    def key(self, name: str) -> bytes:
        """Return the private half of a key that is called `name`: the same each time."""
        return sha256(b"%s|key|%s" % (self._seed, name.encode())).digest()
