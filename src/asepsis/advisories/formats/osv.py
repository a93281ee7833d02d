"""Advisories in the Open Source Vulnerability format (schema 1.7), those of GitHub among them.

A range is read as the schema's own evaluation says it: its events in order, each turning the answer on or off. Versions
that are named one by one nearly all lie in the ranges; only those that do not are kept. Commits (`GIT`) cannot be ordered
without the repository, so a package that names nothing else is undetermined.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import itemgetter

import msgspec

from asepsis.advisories.advisory import Advisory, Affected
from asepsis.advisories.formats.record import decoded
from asepsis.advisories.packages import ecosystem_of, name_of
from asepsis.advisories.versions import LOWEST, Interval, Scheme, above, of_ecosystem

ONLY_COMMITS = "it names commits alone"
NO_VERSIONS = "it names no versions"
NO_ORDER = "nobody knows how {ecosystem} orders versions"
NO_KEY = "its bound {version} cannot be ordered"


class _Event(msgspec.Struct):
    introduced: str | None = None
    fixed: str | None = None
    last_affected: str | None = None
    limit: str | None = None


class _Range(msgspec.Struct):
    type: str
    events: list[_Event] = []


class _Package(msgspec.Struct):
    ecosystem: str
    name: str


class _Severity(msgspec.Struct):
    type: str
    score: str


class _Affected(msgspec.Struct):
    package: _Package | None = None
    ranges: list[_Range] = []
    versions: list[str] = []
    severity: list[_Severity] = []


class _Record(msgspec.Struct):
    id: str
    modified: str | None = None
    published: str | None = None
    withdrawn: str | None = None
    aliases: list[str] = []
    severity: list[_Severity] = []
    affected: list[_Affected] = []


_DECODER = msgspec.json.Decoder(_Record)


def read(data: bytes) -> Advisory:
    """Return the advisory in one record. Raises `UnreadableAdvisoryError`."""
    found = decoded(data, _DECODER)
    vectors = [*found.severity, *(one for each in found.affected for one in each.severity)]
    severity = dict.fromkeys((one.type, one.score) for one in vectors)
    return Advisory(
        found.id,
        tuple(found.aliases),
        found.published,
        found.modified,
        found.withdrawn is not None,
        tuple(severity),
        tuple(_affected(one) for one in found.affected if one.package is not None),
    )


def _affected(one: _Affected) -> Affected:
    assert one.package is not None
    ecosystem, release = ecosystem_of(one.package.ecosystem)
    scheme = of_ecosystem(ecosystem)
    name = name_of(ecosystem, one.package.name)
    ordered = [each for each in one.ranges if each.type != "GIT"]
    fixed = tuple(dict.fromkeys(event.fixed for each in ordered for event in each.events if event.fixed))
    if scheme is None:
        no_order = NO_ORDER.format(ecosystem=ecosystem)
        said = _said(one.ranges, one.versions, None)
        return Affected(ecosystem, release, name, texts=tuple(one.versions), fixed=fixed, doubt=no_order, said=said)
    intervals: list[Interval] = []
    doubt: str | None = None if ordered or one.versions else (ONLY_COMMITS if one.ranges else NO_VERSIONS)
    for each in ordered:
        unordered = _unordered(each.events, scheme)
        if unordered is None:
            intervals += swept(each.events, scheme)
        else:
            doubt = NO_KEY.format(version=unordered)
    points, texts = _outside(one.versions, intervals, scheme)
    said = _said(ordered or one.ranges, [*points.values(), *texts], scheme)
    return Affected(ecosystem, release, name, tuple(joined(intervals)), tuple(points), texts, fixed, doubt, said)


_SIGNS = (("introduced", ">="), ("fixed", "<"), ("last_affected", "<="), ("limit", "below "))


def _said(ranges: Sequence[_Range], versions: Sequence[str], scheme: Scheme | None) -> str:
    """Return ranges and single versions as text, in an order that does not depend on that of the record."""
    return "; ".join(sorted({_in_words(one.events, scheme) for one in ranges})) + "".join(
        f"; ={one}" for one in sorted(set(versions))
    )


def _in_words(events: Sequence[_Event], scheme: Scheme | None) -> str:
    """Return the events of a range as comparisons, from the lowest version up as far as they can be ordered."""
    told = [
        (version, f"{sign}{version}")
        for event in events
        for name, sign in _SIGNS
        if (version := getattr(event, name)) is not None
    ]
    if scheme is not None:
        told.sort(key=lambda each: b"" if each[0] == "0" else scheme.key(each[0]) or b"\xff")
    return " ".join(text for _, text in told)


def _unordered(events: Sequence[_Event], scheme: Scheme) -> str | None:
    """Return the first version of a range that the scheme cannot order."""
    for event in events:
        for version in (event.introduced, event.fixed, event.last_affected, event.limit):
            if version is not None and version not in ("0", "*") and scheme.key(version) is None:
                return version
    return None


def swept(events: Sequence[_Event], scheme: Scheme) -> Iterator[Interval]:
    """Yield the affected versions of a range whose versions the scheme all orders.

    Events at one version stay in the order in which they were published: what is fixed and introduced again there goes on,
    and what is introduced and fixed there never was.
    """
    turns: list[tuple[bytes, bool]] = []  # at which key, and whether affected from there on
    limits: list[bytes | None] = []
    for event in events:
        if event.introduced is not None:
            turns.append((_bound(event.introduced, scheme), True))
        if event.fixed is not None:
            turns.append((_bound(event.fixed, scheme), False))
        if event.last_affected is not None:
            turns.append((above(_bound(event.last_affected, scheme)), False))
        if event.limit is not None:
            limits.append(None if event.limit == "*" else _bound(event.limit, scheme))
    limit = None if None in limits or not limits else max(one for one in limits if one is not None)
    begun: bytes | None = None
    for key, turn in sorted(turns, key=itemgetter(0)):
        if turn and begun is None:
            begun = key
        elif not turn and begun is not None:
            yield from _below(begun, key, limit)
            begun = None
    if begun is not None:
        yield from _below(begun, None, limit)


def _bound(version: str, scheme: Scheme) -> bytes:
    key = LOWEST if version == "0" else scheme.key(version)
    assert key is not None  # asked before
    return key


def _below(low: bytes, high: bytes | None, limit: bytes | None) -> Iterator[Interval]:
    end = high if limit is None else limit if high is None else min(high, limit)
    if end is None or low < end:
        yield Interval(low, end)


def joined(intervals: Sequence[Interval]) -> Iterator[Interval]:
    """Yield intervals in order, those that touch as one: a version lies in one of them at most."""
    low: bytes | None = None
    high: bytes | None = b""
    for one in sorted(intervals, key=lambda each: (each.low, each.high is None, each.high or b"")):
        if low is not None and (high is None or one.low <= high):
            high = None if high is None or one.high is None else max(high, one.high)
            continue
        if low is not None:
            yield Interval(low, high)
        low, high = one.low, one.high
    if low is not None:
        yield Interval(low, high)


def _outside(
    versions: Sequence[str], intervals: Sequence[Interval], scheme: Scheme
) -> tuple[dict[bytes, str], tuple[str, ...]]:
    """Return named versions that lie in no interval, by their keys, and those versions that have no key."""
    points: dict[bytes, str] = {}
    texts: dict[str, None] = {}
    for version in versions:
        key = scheme.key(version)
        if key is None:
            texts[version] = None
        elif not any(key in one for one in intervals):
            points[key] = version
    return points, tuple(texts)
