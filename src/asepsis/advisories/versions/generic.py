"""Versions of which no ecosystem is known: numbers by dots, with a SemVer pre-release at most; all else has no order.

A letter or word behind a number may come before or after it: who cannot know does not guess.
"""

from __future__ import annotations

import re

from asepsis.advisories.versions.scheme import Scheme, Unordered, dotted
from asepsis.advisories.versions.semver import prerelease

_FORM = re.compile(
    r"[vV]?(\d+(?:\.\d+)*)(?:-((?:alpha|beta|pre|rc|dev|snapshot)[0-9A-Za-z-]*(?:\.[0-9A-Za-z-]+)*))?",
    re.ASCII | re.IGNORECASE,
)
_TRAILING_ZEROS = re.compile(r"(?:\.0+)+$")
_PRE, _RELEASED = b"\x02", b"\x03"


def key(version: str) -> bytes:
    """Return the key of a version; raises `Unordered`."""
    found = _FORM.fullmatch(version.strip())
    if found is None:
        raise Unordered
    release, pre = found.groups()
    return dotted(_TRAILING_ZEROS.sub("", release)) + (_RELEASED if pre is None else _PRE + prerelease(pre.lower()))


GENERIC = Scheme("generic", "generic", key)
