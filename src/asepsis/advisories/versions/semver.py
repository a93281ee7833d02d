"""SemVer 2.0.0, read leniently: a leading "v", missing minor or patch and leading zeros are forgiven.

Source: semver.org 2.0.0, items 9 to 11. Numbers of any length are ordered, also where a library stops at 2^53.
"""

from __future__ import annotations

import re
from functools import lru_cache

from asepsis.advisories.versions.scheme import Scheme, Unordered, number, text

_FORM = re.compile(
    r"[vV]?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]*)?", re.ASCII
)
_PRE, _RELEASED = b"\x02", b"\x03"
_NO_MORE, _WORD = b"\x01", b"\xf0"
_ZERO = number("0")


def key(version: str) -> bytes:
    """Return the key of a version; raises `Unordered`."""
    found = _FORM.fullmatch(version)
    if found is None:
        raise Unordered
    major, minor, patch, pre = found.groups()
    return triple(major, minor, patch) + (_RELEASED if pre is None else _PRE + prerelease(pre))


def triple(major: str, minor: str | None, patch: str | None) -> bytes:
    """Return the three numbers of a version; those that are missing are zero."""
    return number(major) + (number(minor) if minor else _ZERO) + (number(patch) if patch else _ZERO)


@lru_cache(maxsize=65_536)
def prerelease(identifiers: str) -> bytes:
    """Return dotted identifiers: numbers below words, fewer below more."""
    return b"".join(map(_identifier, identifiers.split("."))) + _NO_MORE


def _identifier(one: str) -> bytes:
    return number(one) if one.isdigit() else _WORD + text(one)


SEMVER = Scheme("semver", "SemVer", key)
