"""Version ranges as people write them in advisories: "< V3.01", ">= 1.0, < 2.0", "1.2 and earlier", "vers:all/*".

What is not read to its last character is not read at all: its meaning is undetermined.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from asepsis.advisories.versions.scheme import LOWEST, Interval, Scheme, Unordered, dotted
from asepsis.advisories.versions.vers import Constraint, UnorderedRangeError, VersError, VersRange

MOST_CHARACTERS = 1_024
EVERYTHING = (Interval(LOWEST, None),)
_HEAD = re.compile(r"vers:[a-zA-Z0-9.-]+/")
_ALL = re.compile(
    r"(?:\*|(?:all|any)(?:\s+(?:prior|previous))?(?:\s+versions?)?|vers:[a-zA-Z0-9.-]+/\*)", re.IGNORECASE
)
_LEAD = re.compile(r"(?:all\s+)?(?:(?:bios|firmware|software)\s+)?versions?\s*:?\s+", re.IGNORECASE)
_V = r"[vV]?\d[0-9A-Za-z.+_-]*"
_COMPARED = re.compile(rf"(<=|>=|==|<|>|=|≤|≥)\s*({_V})")
_BARE = re.compile(_V)
_BETWEEN = re.compile(r"\s*(?:[|,;&]|\|\||\band\b)?\s*", re.IGNORECASE)
_SIGNS = {"==": "=", "≤": "<=", "≥": ">="}
_BELOW = r"(?:prior|earlier|below|lower|older|previous)"
_ABOVE = r"(?:later|above|newer|higher|up)"
_PHRASES = tuple(
    (re.compile(pattern, re.IGNORECASE), told)
    for pattern, told in (
        (rf"(?:prior\s+to|before|earlier\s+than|lower\s+than|below)\s+(?:version\s+)?({_V})", "<{0}"),
        (rf"(?:up\s+to|through|until)\s+(?:and\s+including\s+)?(?:version\s+)?({_V})", "<={0}"),
        (rf"({_V})\s*,?\s*(?:and|or)\s+(?:all\s+)?{_BELOW}(?:\s+(?:versions?|releases?))?", "<={0}"),
        (rf"({_V})\s*,?\s*(?:and|or)\s+(?:all\s+)?{_ABOVE}(?:\s+(?:versions?|releases?))?", ">={0}"),
        (rf"(?:from\s+|between\s+)?({_V})\s+(?:to|through|up\s+to|thru)\s+({_V})", ">={0},<={1}"),
    )
)
FAMILY_END = b"\xff"
_WILD = re.compile(r"[vV]?(\d+(?:\.\d+)*)\.[*xX]")


def intervals(text: str, scheme: Scheme) -> tuple[Interval, ...] | None:
    """Return what a written range covers, in keys of `scheme`; `None` where that cannot be told."""
    text = text.strip()
    if len(text) > MOST_CHARACTERS:
        return None
    if _ALL.fullmatch(text):
        return EVERYTHING
    rest = _LEAD.sub("", _HEAD.sub("", text, count=1), count=1).strip()
    for phrase, told in _PHRASES:
        if found := phrase.fullmatch(rest):
            rest = told.format(*found.groups())
            break
    try:
        constraints = tuple(_constraints(rest))
        return VersRange(scheme.name, constraints).intervals()
    except (_UnreadError, VersError, UnorderedRangeError):
        return family(text, scheme)


_BOUND = re.compile(r"(<=|>=|==|<|>|=|≤|≥)\s*([^\s<>=≤≥|,;](?:[^<>=≤≥|,;]*[^\s<>=≤≥|,;])?)")


def bound(text: str) -> tuple[str, str] | None:
    """Return sign and version of a range that is one bound and cannot be ordered: of the bound itself something is known.

    "<= R14A" holds R14A whatever comes before it, and "< R14A" does not.
    """
    found = _BOUND.fullmatch(_LEAD.sub("", _HEAD.sub("", text.strip(), count=1), count=1).strip())
    return None if found is None else (_SIGNS.get(found[1], found[1]), found[2])


class _UnreadError(Exception):
    """Raised for a piece that is no constraint."""


def _constraints(text: str) -> Iterator[Constraint]:
    """Yield constraint by constraint; bare versions are those that are named."""
    at, is_first = 0, True
    while at < len(text) or is_first:
        joint = _BETWEEN.match(text, at)
        assert joint is not None
        compared = _COMPARED.match(text, joint.end())
        bare = _BARE.match(text, joint.end())
        if compared is not None:
            yield Constraint(_SIGNS.get(compared[1], compared[1]), compared[2].rstrip("."))
            at = compared.end()
        elif bare is not None and (is_first or joint[0].strip()):
            yield Constraint("=", bare[0].rstrip("."))
            at = bare.end()
        else:
            raise _UnreadError
        is_first = False


def family(text: str, scheme: Scheme) -> tuple[Interval, ...] | None:
    """Return the versions that begin with the numbers before a star: "5.15.*"; `None` where the text is none such."""
    end = above_family(text)
    found = _WILD.fullmatch(text.strip())
    low = scheme.key(found[1]) if found is not None else None
    return None if end is None or low is None else (Interval(low, end),)


def above_family(text: str) -> bytes | None:
    """Return the key above all versions that begin with the numbers before a star; `None` where there is none."""
    found = _WILD.fullmatch(text.strip())
    try:
        return None if found is None else dotted(found[1]) + FAMILY_END
    except Unordered:
        return None
