"""Debian and its derivatives: epoch, upstream version and revision.

Source: Debian Policy Manual 5.6.12; dpkg, lib/dpkg/version.c and parsehelp.c.
"""

from __future__ import annotations

import re

from asepsis.advisories.versions.scheme import Scheme, Unordered, number

_FORM = re.compile(r"(?:(\d+):)?([A-Za-z0-9.+~:-]+?)(?:-([A-Za-z0-9.+~]+))?", re.ASCII)
_PAIRS = re.compile(r"([^0-9]*)([0-9]*)")
_END = b"\x02"
# "~" below the end, the end below letters, letters below all else
_ORDER = bytes.maketrans(b"~" + bytes(range(0x20, 0x41)), b"\x01" + bytes(one + 0x80 for one in range(0x20, 0x41)))
_NO_EPOCH = number("0")
_NO_REVISION = _END + number("0") + _END


def key(version: str) -> bytes:
    """Return the key of a version; raises `Unordered`."""
    found = _FORM.fullmatch(version.strip())
    if found is None:
        raise Unordered
    epoch, upstream, revision = found.groups()
    return (
        (number(epoch) if epoch else _NO_EPOCH)
        + _part(upstream)
        + (_NO_REVISION if revision is None else _part(revision))
    )


def _part(words: str) -> bytes:
    """Return pairs of other characters and a number; where a version ends it goes on as nothing and zero would."""
    pairs = [
        other.encode("ascii").translate(_ORDER) + _END + number(digits)
        for other, digits in _PAIRS.findall(words)
        if other or digits
    ]
    return b"".join(pairs) + _END


DEB = Scheme("deb", "Debian", key)
