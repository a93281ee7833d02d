"""RPM: epoch, version and release, each by rpmvercmp, with "~" below and "^" above the end of a version.

A version without release stands below the same with one: an answer from it may be too careful, never too careless.

Source: rpm.org, man page rpm-version(7); rpm, rpmio/rpmvercmp.c.
"""

from __future__ import annotations

import re

from asepsis.advisories.versions.scheme import Scheme, Unordered, number, text

_FORM = re.compile(r"(?:(\d+):)?([A-Za-z0-9._+~^]+)(?:-([A-Za-z0-9._+~^]+))?", re.ASCII)
_TOKENS = re.compile(r"[0-9]+|[A-Za-z]+|[~^]")
_BELOW, _END, _ABOVE, _WORD = b"\x01", b"\x02", b"\x03", b"\x04"
_NO_EPOCH = number("0")


def key(version: str) -> bytes:
    """Return the key of a version; raises `Unordered`."""
    found = _FORM.fullmatch(version.strip())
    if found is None:
        raise Unordered
    epoch, main, release = found.groups()
    return (number(epoch) if epoch else _NO_EPOCH) + _part(main) + _part(release or "")


def _part(words: str) -> bytes:
    return b"".join(map(_token, _TOKENS.findall(words))) + _END


def _token(piece: str) -> bytes:
    if piece == "~":
        return _BELOW
    if piece == "^":
        return _ABOVE
    return number(piece) if piece.isdigit() else _WORD + text(piece)


RPM = Scheme("rpm", "RPM", key)
