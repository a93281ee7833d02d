"""Pub: SemVer in which a build stands above the same version without one, and builds are ordered.

Source: dart.dev/tools/pub/versioning; pub_semver, Version.compareTo.
"""

from __future__ import annotations

from asepsis.advisories.versions.scheme import Scheme
from asepsis.advisories.versions.semver import key as semver_key
from asepsis.advisories.versions.semver import prerelease

_PLAIN, _BUILT = b"\x02", b"\x03"


def key(version: str) -> bytes:
    """Return the key of a version; raises `Unordered`."""
    plain, _, build = version.partition("+")
    return semver_key(plain) + (_BUILT + prerelease(build) if build else _PLAIN)


PUB = Scheme("pub", "Pub", key)
