"""A version scheme: how versions of one ecosystem become bytes that any engine can order.

The bytes are written from three alphabets that sort one after the other, so that a scheme only has to choose its marks:

    0x01 .. 0x0F   marks of a scheme: ends, pre-releases, ...
    0x10 .. 0xEF   a number: 0x10 plus the count of its digits, then the digits
    0xF0 .. 0xFF   marks that stand above every number

A text is its characters with the lowest mark behind it. A version is written in ASCII, without control characters.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

MOST_CHARACTERS = 512
MOST_DIGITS = 0xEF - 0x10

LOWEST = b""
"""What stands below every version: the bound of `introduced: "0"`."""

END_OF_TEXT = b"\x01"


class Unordered(Exception):
    """Raised inside a scheme for a version that it cannot order; no caller ever meets it."""


@dataclass(frozen=True, slots=True)
class Scheme:
    """How one ecosystem orders its versions; `name` is that of the vers specification."""

    name: str
    title: str
    of: Callable[[str], bytes | None]

    def key(self, version: str) -> bytes | None:
        """Return bytes that sort as `version` does among the versions of its scheme, by `memcmp`.

        Two versions that the ecosystem holds for equal give equal bytes; none gives `LOWEST`. `None` means that the
        scheme does not order this version: what depends on it is undetermined, which is never "not affected".
        """
        if len(version) > MOST_CHARACTERS or not version.isascii():
            return None
        try:
            return self.of(version)
        except Unordered:
            return None


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """Versions from `low`, which is in it, up to `high`, which is not; without `high` there is no upper end."""

    low: bytes
    high: bytes | None

    def __contains__(self, key: bytes) -> bool:
        return self.low <= key and (self.high is None or key < self.high)


def above(key: bytes) -> bytes:
    """Return the smallest bytes above `key`: half-open intervals reach up to and including a version by it."""
    return key + b"\x00"


@lru_cache(maxsize=65_536)
def number(digits: str) -> bytes:
    """Return a number of any length as bytes that sort by its value; no digits at all are zero.

    Raises `Unordered` for one of more than `MOST_DIGITS` digits.
    """
    significant = digits.lstrip("0")
    if len(significant) > MOST_DIGITS:
        raise Unordered
    return bytes((0x10 + len(significant),)) + significant.encode("ascii")


@lru_cache(maxsize=65_536)
def text(words: str) -> bytes:
    """Return a text as bytes that sort by its characters, the shorter of two with one beginning first.

    Raises `Unordered` for control characters.
    """
    if not words.isprintable():
        raise Unordered
    return words.encode("ascii") + END_OF_TEXT


@lru_cache(maxsize=65_536)
def dotted(numbers: str) -> bytes:
    """Return numbers joined by dots, one behind the other."""
    return b"".join(map(number, numbers.split(".")))
