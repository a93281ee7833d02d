"""RubyGems: segments of digits or letters; letters make a pre-release, and missing segments are zero.

Since what ends goes on as zeros, a run of zeros is kept as one mark: below the end where letters follow it, above the end
where a number does.

Source: RubyGems, lib/rubygems/version.rb.
"""

from __future__ import annotations

import re

from asepsis.advisories.versions.scheme import Scheme, Unordered, number, text

_FORM = re.compile(r"[0-9]+(?:\.[0-9a-zA-Z]+)*(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?", re.ASCII)
_SEGMENTS = re.compile(r"[0-9]+|[a-zA-Z]+")
_WORD, _ZEROS_AND_WORD, _END, _ZEROS_AND_NUMBER = b"\x02", b"\x03", b"\x05", b"\x06"
_MOST_ZEROS = 254


def key(version: str) -> bytes:
    """Return the key of a version; raises `Unordered`."""
    version = version.strip()
    if version and not _FORM.fullmatch(version):
        raise Unordered
    parts: list[bytes] = []
    zeros = 0
    for segment in _SEGMENTS.findall(version.replace("-", ".pre.")):
        if segment.isdigit():
            if not segment.strip("0"):
                zeros += 1
                continue
            parts.append(_zeros(zeros, descending=True) + number(segment))
        else:
            # zeros at the end of the numbers are dropped before the first letters
            parts.append((_zeros(zeros) if _has_word(parts) else b"") + _WORD + text(segment))
        zeros = 0
    return b"".join(parts) + _END


def _has_word(parts: list[bytes]) -> bool:
    return any(_WORD[0] == part[0] or _ZEROS_AND_WORD[0] == part[0] for part in parts)


def _zeros(count: int, *, descending: bool = False) -> bytes:
    """Return the mark of a run of zeros: the longer it is, the nearer to the end it sorts."""
    if count > _MOST_ZEROS:
        raise Unordered
    if not count:
        return b""
    return _ZEROS_AND_NUMBER + bytes((0xFF - count,)) if descending else _ZEROS_AND_WORD + bytes((count,))


GEM = Scheme("gem", "RubyGems", key)
