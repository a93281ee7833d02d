"""Version ranges in the notation `vers:`: read, written, and as half-open intervals of version keys.

Source: package-url/vers-spec, Clause 5 of the proposed Ecma standard, and "How to parse and validate VERS".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from asepsis.advisories.versions import SCHEMES
from asepsis.advisories.versions.scheme import LOWEST, Interval, Scheme, above
from asepsis.errors import InputError, UnanswerableError
from asepsis.sentences import Sentence

MOST_CHARACTERS = 65_536
MOST_CONSTRAINTS = 4_096


class VersError(InputError):
    """A text is no version range."""

    code = "vers-malformed"
    sentence = Sentence(
        "'{text}' is not a version range: {reason}.",
        next="Write it as vers:type/constraint|constraint, as in vers:pypi/>=1.0|<2.0.",
    )


class UnorderedRangeError(UnanswerableError):
    """A version range rests on a version that its scheme cannot order, or on a scheme that is not known."""

    code = "vers-unordered"
    sentence = Sentence(
        "What '{text}' covers cannot be told: {reason}.",
        next="Look at it by hand; until then it is undetermined, not unaffected.",
    )


@dataclass(frozen=True, slots=True)
class Constraint:
    """A version and how others compare with it; the comparator is one of =, !=, <, <=, > and >=."""

    comparator: str
    version: str

    def __str__(self) -> str:
        """Return the constraint as it stands in a range; "=" is not written."""
        plain = _TO_ENCODE.sub(lambda found: f"%{ord(found[0]):02X}", self.version)
        return f"{self.comparator if self.comparator != '=' else ''}{plain}"


@dataclass(frozen=True, slots=True)
class VersRange:
    """A version range: constraints in the order of their versions; "*" is a range without any."""

    type: str
    constraints: tuple[Constraint, ...] = ()

    def __str__(self) -> str:
        """Return the range in the notation."""
        return f"vers:{self.type}/{'|'.join(map(str, self.constraints)) or '*'}"

    def intervals(self) -> tuple[Interval, ...]:
        """Return what the range covers: disjoint intervals in ascending order, none touching another.

        A range of nothing but exclusions covers all other versions. By the procedure of the specification it would
        cover none, which nobody means who writes it, and which would call affected versions not affected.

        Raises `UnorderedRangeError`.
        """
        if self.type in _WHOLE:
            return (_EVERYTHING,) if self.type == "all" else ()
        if not self.constraints:
            return (_EVERYTHING,)
        keyed = [(one.comparator, key) for one, key in self._keyed()]
        bounds = [one for one in keyed if one[0] not in ("=", "!=")]
        excluded = {key for comparator, key in keyed if comparator == "!="}
        named = [Interval(key, above(key)) for comparator, key in keyed if comparator == "="]
        covered = list(_between(bounds)) if bounds or named else [_EVERYTHING]
        return tuple(_without(merged([*covered, *named]), excluded - {one.low for one in named}))

    def contains(self, version: str) -> bool | None:
        """Return whether `version` lies in the range; `None` where its scheme cannot order it.

        Raises `UnorderedRangeError`.
        """
        intervals = self.intervals()
        scheme = SCHEMES.get(self.type)
        key = scheme.key(version) if scheme else None
        if key is None:
            return {(): False, (_EVERYTHING,): True}.get(intervals)
        return any(key in one for one in intervals)

    def simplified(self) -> VersRange:
        """Return the range that covers the same with as few constraints as can be. Raises `UnorderedRangeError`."""
        if self.type in _WHOLE or not self.constraints:
            return self
        spelled: dict[bytes, str] = {}
        for constraint, key in self._keyed():
            spelled.setdefault(key, constraint.version)
        return of_intervals(SCHEMES[self.type], self.intervals(), spelled)

    def _keyed(self) -> Iterator[tuple[Constraint, bytes]]:
        scheme = SCHEMES.get(self.type)
        if scheme is None:
            raise UnorderedRangeError(text=_shown(str(self)), reason=f"no scheme '{self.type}' is known")
        for constraint in self.constraints:
            key = scheme.key(constraint.version)
            if key is None:
                reason = f"{scheme.title} does not order the version '{_shown(constraint.version)}'"
                raise UnorderedRangeError(text=_shown(str(self)), reason=reason)
            yield constraint, key


_EVERYTHING = Interval(LOWEST, None)
_WHOLE = frozenset(("all", "none"))
_HEAD = re.compile(r"vers:([a-zA-Z][a-zA-Z0-9.-]*)/(.*)", re.DOTALL)
_CONSTRAINT = re.compile(r"(>=|<=|!=|<|>|=|)([^<>=!*]+)")
_TO_ENCODE = re.compile(r"[<>=!*|% ]")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


def parse(text: str) -> VersRange:
    """Return the range that `text` holds.

    Read more leniently than the specification asks: an "=" may be written, constraints may stand in any order and are
    sorted where their scheme orders all of them, and some may be redundant; `simplified` brings them to the normal form.

    Raises `VersError`.
    """
    if len(text) > MOST_CHARACTERS:
        raise VersError(text=_shown(text), reason=f"it is longer than {MOST_CHARACTERS:,} characters")
    head = _HEAD.fullmatch(text)
    if head is None:
        raise VersError(text=_shown(text), reason="it does not start with 'vers:', a type and '/'")
    type_, body = head[1].lower(), head[2]
    if type_ == "invalid":
        raise VersError(text=_shown(text), reason="the type 'invalid' is reserved for ranges that are none")
    if body == "*":
        return VersRange(type_)
    if type_ in _WHOLE:
        raise VersError(text=_shown(text), reason=f"the type '{type_}' takes '*' alone")
    pieces = body.split("|")
    if len(pieces) > MOST_CONSTRAINTS:
        raise VersError(text=_shown(text), reason=f"it holds more than {MOST_CONSTRAINTS:,} constraints")
    return VersRange(type_, _sorted(type_, [_constraint(text, piece) for piece in pieces]))


def _constraint(text: str, piece: str) -> Constraint:
    found = _CONSTRAINT.fullmatch(piece)
    if found is None:
        raise VersError(text=_shown(text), reason=f"'{_shown(piece)}' is not a constraint")
    version = found[2]
    if _BAD_ESCAPE.search(version):
        raise VersError(text=_shown(text), reason=f"'{_shown(version)}' holds a '%' that encodes nothing")
    decoded = unquote(version, errors="replace")
    if not decoded.isascii() or not decoded.isprintable() or " " in version:
        raise VersError(text=_shown(text), reason=f"'{_shown(version)}' holds a character that no version has")
    return Constraint(found[1] or "=", decoded)


def _sorted(type_: str, constraints: Sequence[Constraint]) -> tuple[Constraint, ...]:
    scheme = SCHEMES.get(type_)
    keys = {one.version: scheme.key(one.version) for one in constraints} if scheme else {}
    ordered = {version: key for version, key in keys.items() if key is not None}
    if len(ordered) < len({one.version for one in constraints}):
        return tuple(constraints)
    return tuple(sorted(constraints, key=lambda one: ordered[one.version]))


def _shown(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:80]}..."


# --- intervals --------------------------------------------------------------------------------------------------------


def _between(bounds: Sequence[tuple[str, bytes]]) -> Iterator[Interval]:
    """Yield the intervals of bounds in ascending order; of several lower ones in a row the first counts, of upper ones
    the last.
    """
    kept: list[tuple[str, bytes]] = []
    for comparator, key in sorted(bounds, key=lambda bound: bound[1]):
        if comparator[0] == "<":
            while kept and kept[-1][0][0] == "<":
                kept.pop()
        elif kept and kept[-1][0][0] == ">":
            continue
        kept.append((comparator, key))
    low: bytes | None = LOWEST
    for comparator, key in kept:
        if comparator[0] == ">":
            low = key if comparator == ">=" else above(key)
        elif low is not None:
            yield Interval(low, above(key) if comparator == "<=" else key)
            low = None
    if kept and kept[-1][0][0] == ">" and low is not None:
        yield Interval(low, None)


def merged(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    """Return disjoint intervals in ascending order that cover the same; those that touch become one, empty ones none."""
    found: list[Interval] = []
    for one in sorted(intervals, key=lambda one: one.low):
        if one.high is not None and one.high <= one.low:
            continue
        last = found[-1] if found else None
        if last is None or (last.high is not None and last.high < one.low):
            found.append(one)
        elif last.high is not None and (one.high is None or one.high > last.high):
            found[-1] = Interval(last.low, one.high)
    return tuple(found)


def _without(intervals: Sequence[Interval], points: Iterable[bytes]) -> Sequence[Interval]:
    """Return the intervals without single versions."""
    left = list(intervals)
    for point in sorted(points):
        split: list[Interval] = []
        for one in left:
            if point in one:
                split += (Interval(one.low, point), Interval(above(point), one.high))
            else:
                split.append(one)
        left = [one for one in split if one.high is None or one.low < one.high]
    return left


def of_intervals(scheme: Scheme, intervals: Iterable[Interval], spelled: Mapping[bytes, str]) -> VersRange:
    """Return the range in `scheme` that covers `intervals`; `spelled` gives the version of each key that bounds one.

    A version that two intervals leave out between them is written as "!=". No interval gives `vers:none/*`.

    Raises `KeyError` for a bound without spelling.
    """
    disjoint = merged(intervals)
    if not disjoint:
        return VersRange("none")
    constraints: list[Constraint] = []
    before: bytes | None = None
    for one in disjoint:
        if before is not None and one.low == above(before):
            constraints[-1:] = [Constraint("!=", spelled[before])]
        elif one.high == above(one.low) and one.low in spelled:
            constraints.append(Constraint("=", spelled[one.low]))
            before = None
            continue
        elif one.low != LOWEST:
            constraints.append(_bound(">=", ">", one.low, spelled))
        if one.high is not None:
            constraints.append(_bound("<", "<=", one.high, spelled))
        before = one.high
    return VersRange(scheme.name, tuple(constraints))


def _bound(at: str, beyond: str, key: bytes, spelled: Mapping[bytes, str]) -> Constraint:
    """Return the constraint of a bound: no key ends in a zero byte, so one that does lies right above a version."""
    if key.endswith(b"\x00"):
        return Constraint(beyond, spelled[key[:-1]])
    return Constraint(at, spelled[key])
