"""PyPI: the order of PEP 440, with epochs, pre-, post- and development releases and local versions.

Source: packaging.python.org/specifications/version-specifiers, "Summary of permitted suffixes and relative ordering".
"""

from __future__ import annotations

import re

from asepsis.advisories.versions.scheme import Scheme, Unordered, dotted, number, text

_FORM = re.compile(
    r"""v?(?:(?P<epoch>\d+)!)?(?P<release>\d+(?:\.\d+)*)
    (?:[-_.]?(?P<stage>alpha|a|beta|b|preview|pre|c|rc)[-_.]?(?P<pre>\d+)?)?
    (?P<has_post>-(?P<bare>\d+)|[-_.]?(?:post|rev|r)[-_.]?(?P<post>\d+)?)?
    (?P<has_dev>[-_.]?dev[-_.]?(?P<dev>\d+)?)?
    (?:\+(?P<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?""",
    re.VERBOSE | re.ASCII,
)
_PLAIN = re.compile(r"\d+(?:\.\d+)*", re.ASCII)
_TRAILING_ZEROS = re.compile(r"(?:\.0+)+$")
_STAGES = {"a": b"\x03", "b": b"\x04", "r": b"\x05", "c": b"\x05", "p": b"\x05"}
_DEV_ONLY, _NO_PRE = b"\x02", b"\x06"
_NO_POST, _POST = b"\x02", b"\x03"
_DEV, _NO_DEV = b"\x02", b"\x03"
_NO_LOCAL, _LOCAL, _WORD = b"\x02", b"\x03", b"\x04"
_FINAL = _NO_PRE + _NO_POST + _NO_DEV + _NO_LOCAL
_ZERO = number("0")


def key(version: str) -> bytes:
    """Return the key of a version; raises `Unordered`."""
    if _PLAIN.fullmatch(version):
        return _ZERO + _release(version) + _FINAL
    found = _FORM.fullmatch(version.strip().lower())
    if found is None:
        raise Unordered
    epoch, release, stage, pre, has_post, bare, post, has_dev, dev, local = found.groups()
    parts = [number(epoch or ""), _release(release)]
    if stage:
        parts += _STAGES[stage[0]], number(pre or "")
    else:
        parts.append(_DEV_ONLY if has_dev and not has_post else _NO_PRE)
    parts += (_POST, number(bare or post or "")) if has_post else (_NO_POST,)
    parts += (_DEV, number(dev or "")) if has_dev else (_NO_DEV,)
    parts += (_LOCAL, _local(local)) if local else (_NO_LOCAL,)
    return b"".join(parts)


def _release(release: str) -> bytes:
    return dotted(_TRAILING_ZEROS.sub("", release) if release.endswith("0") else release)


def _local(segments: str) -> bytes:
    split = re.split(r"[-_.]", segments)
    return b"".join(number(one) if one.isdigit() else _WORD + text(one) for one in split)


PYPI = Scheme("pypi", "PyPI", key)
