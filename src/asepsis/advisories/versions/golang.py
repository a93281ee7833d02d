"""Go modules and the toolchain: SemVer with a leading "v", pseudo-versions, and releases such as go1.21rc2.

A pseudo-version (v0.0.0-20220101000000-abcdefabcdef) is a SemVer pre-release, and sorts by its instant.

Source: go.dev/ref/mod, "Versions" and "Pseudo-versions"; Go's own advisories write go1.21rc2 as 1.21.0-rc.2.
"""

from __future__ import annotations

import re

from asepsis.advisories.versions.scheme import Scheme
from asepsis.advisories.versions.semver import key as semver_key

_TOOLCHAIN = re.compile(r"go(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:(alpha|beta|rc)(\d+))?(?:[ -].*)?", re.ASCII)


def key(version: str) -> bytes:
    """Return the key of a version; raises `Unordered`."""
    if version.startswith("go") and (found := _TOOLCHAIN.fullmatch(version)):
        major, minor, patch, stage, count = found.groups()
        plain = f"{major}.{minor or 0}.{patch or 0}"
        return semver_key(f"{plain}-{stage}.{count}" if stage else plain)
    return semver_key(version)


GOLANG = Scheme("golang", "Go", key)
