"""npm: SemVer as node-semver reads it in its loose form, with "=" and "v" before it, and spaces around.

Source: node-semver, internal/re.js (LOOSE) and functions/parse.js.
"""

from __future__ import annotations

import re

from asepsis.advisories.versions.scheme import Scheme
from asepsis.advisories.versions.semver import key as semver_key
from asepsis.advisories.versions.semver import prerelease, triple

_LOOSE = re.compile(
    r"[v=\s]*(\d+)\.(\d+)\.(\d+)(?:-?((?:\d+|\d*[A-Za-z-][0-9A-Za-z-]*)(?:\.(?:\d+|\d*[A-Za-z-][0-9A-Za-z-]*))*))?"
    r"(?:\+[0-9A-Za-z.-]+)?",
    re.ASCII,
)


def key(version: str) -> bytes:
    """Return the key of a version; raises `Unordered`."""
    found = _LOOSE.fullmatch(version.strip())
    if found is None:
        return semver_key(version.strip())
    major, minor, patch, pre = found.groups()
    return triple(major, minor, patch) + (b"\x03" if pre is None else b"\x02" + prerelease(pre))


NPM = Scheme("npm", "npm", key)
