"""Alpine: numbers, a letter, suffixes such as _rc1 or _p2, and the revision of the package.

Source: apk-tools, src/version.c; gitlab.alpinelinux.org/alpine/apk-tools, doc/apk-package.5.
"""

from __future__ import annotations

import re

from asepsis.advisories.versions.scheme import Scheme, Unordered, number

_FORM = re.compile(r"(\d+(?:\.\d+)*)([a-z]?)((?:_[a-z]+\d*)*)(?:~[0-9a-f]+)?(?:-r(\d+))?", re.ASCII)
_SUFFIX = re.compile(r"_([a-z]+)(\d*)")
_BEFORE = {"alpha": b"\x01\x01", "beta": b"\x01\x02", "pre": b"\x01\x03", "rc": b"\x01\x04"}
_AFTER = {
    "cvs": b"\x05\x01",
    "svn": b"\x05\x02",
    "git": b"\x05\x03",
    "hg": b"\x05\x04",
    "p": b"\x05\x05",
}
_SUFFIXES = _BEFORE | _AFTER
# What goes on stands above what ends, the earlier in the grammar the higher; only suffixes of what comes before are below.
_END, _REVISION, _SUFFIX_NUMBER, _LETTER, _MORE = b"\x02", b"\x03", b"\x04", b"\x06", b"\x08"
_MOST_ZEROS = 14


def key(version: str) -> bytes:
    """Return the key of a version; raises `Unordered`."""
    found = _FORM.fullmatch(version.strip())
    if found is None:
        raise Unordered
    numbers, letter, suffixes, revision = found.groups()
    first, *others = numbers.split(".")
    parts = [number(first), *map(_fraction, others)]
    if letter:
        parts.append(_LETTER + letter.encode())
    parts += map(_suffix, _SUFFIX.findall(suffixes))
    if revision is not None:
        parts.append(_REVISION + number(revision))
    return b"".join(parts) + _END


def _fraction(digits: str) -> bytes:
    """Return a number behind a dot: one with zeros before it is below every one without, more zeros below fewer."""
    zeros = len(digits) - len(digits.lstrip("0"))
    if zeros > _MOST_ZEROS:
        raise Unordered
    return _MORE + (bytes((0x0F - zeros,)) if zeros else b"") + number(digits)


def _suffix(found: tuple[str, str]) -> bytes:
    name, digits = found
    if name not in _SUFFIXES:
        raise Unordered
    return _SUFFIXES[name] + (_SUFFIX_NUMBER + number(digits) if digits else b"")


APK = Scheme("apk", "Alpine", key)
