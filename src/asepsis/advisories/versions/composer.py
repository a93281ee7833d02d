"""Composer: versions as Composer writes them out, in the order of PHP's version_compare.

Branches (dev-main) have no order. A branch of numbers (1.x-dev) stands above all its releases.

Source: composer/semver, src/VersionParser.php (normalize); php.net/version_compare.
"""

from __future__ import annotations

import re

from asepsis.advisories.versions.scheme import Scheme, Unordered, number

_STAGE = r"(?:[._-]?(?:(stable|beta|b|rc|alpha|a|patch|pl|p)((?:[.-]?\d+)*))?([.-]?dev)?)"
_FORM = re.compile(rf"v?(\d{{1,5}})(?:\.(\d+))?(?:\.(\d+))?(?:\.(\d+))?{_STAGE}", re.ASCII | re.IGNORECASE)
_DATED = re.compile(rf"v?(\d{{4}}(?:[.:-]?\d{{2}}){{1,6}}(?:[.:-]?\d{{1,3}}){{0,2}}){_STAGE}", re.ASCII | re.IGNORECASE)
_BRANCH = re.compile(r"v?(\d+)(?:\.(\d+|[x*]))?(?:\.(\d+|[x*]))?(?:\.(\d+|[x*]))?-dev", re.ASCII | re.IGNORECASE)
_DECORATION = re.compile(r"@(?:stable|rc|beta|alpha|dev)$|\+[^\s]*$| as .*$", re.IGNORECASE)
_DEV, _END, _PATCH = b"\x02", b"\x06", b"\xf0"
_STAGES = {"a": b"\x03", "b": b"\x04", "r": b"\x05", "p": _PATCH}
_BRANCHED = number("9999999")


def key(version: str) -> bytes:
    """Return the key of a version; raises `Unordered`."""
    version = _DECORATION.sub("", version.strip())
    if found := _FORM.fullmatch(version):
        *numbers, stage, counts, dev = found.groups()
        return b"".join([number(one or "") for one in numbers]) + _staged(stage, counts, dev)
    if found := _DATED.fullmatch(version):
        date, stage, counts, dev = found.groups()
        return b"".join(map(number, re.findall(r"\d+", date))) + _staged(stage, counts, dev)
    if found := _BRANCH.fullmatch(version):
        branch = [number(one) if one and one.isdigit() else _BRANCHED for one in found.groups()]
        return b"".join(branch) + _DEV + _END
    raise Unordered


def _staged(stage: str | None, counts: str | None, dev: str | None) -> bytes:
    """Return what stands behind the numbers; a version that is marked stable is the version itself."""
    parts: list[bytes] = []
    if stage and stage.lower() == "stable":
        return _END
    if stage:
        parts += (_STAGES[stage[0].lower()], *map(number, re.findall(r"\d+", counts or "")))
    if dev:
        parts.append(_DEV)
    return b"".join(parts) + _END


COMPOSER = Scheme("composer", "Packagist", key)
