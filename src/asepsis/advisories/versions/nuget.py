"""NuGet: SemVer with up to four numbers, in which neither case nor missing numbers count.

Source: learn.microsoft.com/nuget/concepts/package-versioning; NuGet.Versioning, VersionComparer.
"""

from __future__ import annotations

import re

from asepsis.advisories.versions.scheme import Scheme, Unordered, number
from asepsis.advisories.versions.semver import prerelease

_FORM = re.compile(
    r"v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:\.(\d+))?(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]*)?",
    re.ASCII,
)
_PRE, _RELEASED = b"\x02", b"\x03"


def key(version: str) -> bytes:
    """Return the key of a version; raises `Unordered`."""
    found = _FORM.fullmatch(version.strip())
    if found is None:
        raise Unordered
    *numbers, pre = found.groups()
    release = b"".join([number(one or "") for one in numbers])
    return release + (_RELEASED if pre is None else _PRE + prerelease(pre.lower()))


NUGET = Scheme("nuget", "NuGet", key)
