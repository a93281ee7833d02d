"""OpenSSL: letters behind the third number until 1.1.1, SemVer from 3.0.0 on.

Source: www.openssl-library.org/policies/general/versioning-policy.
"""

from __future__ import annotations

import re

from asepsis.advisories.versions.scheme import Scheme, Unordered, number, text
from asepsis.advisories.versions.semver import prerelease

_FORM = re.compile(r"(\d+)\.(\d+)\.(\d+)([a-z]*)(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+.*)?", re.ASCII)
_PRE, _RELEASED = b"\x02", b"\x03"


def key(version: str) -> bytes:
    """Return the key of a version; raises `Unordered`."""
    found = _FORM.fullmatch(version.strip())
    if found is None:
        raise Unordered
    major, minor, patch, letters, pre = found.groups()
    return (
        number(major)
        + number(minor)
        + number(patch)
        + text(letters)
        + (_RELEASED if pre is None else _PRE + prerelease(pre))
    )


OPENSSL = Scheme("openssl", "OpenSSL", key)
