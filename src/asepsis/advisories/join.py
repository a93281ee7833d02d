"""The match as relations: one text for every engine, so that a bill in SQLite and a fleet in DuckDB are matched alike.

`wanted` holds a row for each name under which advisories may speak of a component, numbered by `n`; `package`, `span` and `word`
are tables of the index. A version key is bytes whose order is that of the versions, and a range is a half-open interval of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from asepsis.advisories.packages import Identity, identity
from asepsis.exchange.purl import PurlError, parse

Wanted = tuple[int, str, str, str | None, bytes | None, str | None]

WANTED = "n INTEGER, ecosystem TEXT, name TEXT, release TEXT, key BLOB, version TEXT"
SAME_PACKAGE = """
p.name = w.name AND p.ecosystem = w.ecosystem AND (p.release IS NULL OR w.release IS NULL OR p.release = w.release)
"""
IN_SPAN = """
EXISTS (SELECT 1 FROM span s WHERE s.package = p.id AND s.low <= w.key AND (s.high IS NULL OR w.key < s.high))
"""
IS_NAMED = "EXISTS (SELECT 1 FROM word x WHERE x.package = p.id AND x.version = w.version)"
TOUCHES = f"({IN_SPAN} OR {IS_NAMED} OR w.version IS NULL OR w.key IS NULL OR p.doubt IS NOT NULL)"
"""Whether a record says of a version that it is affected, or leaves that open."""


def wanted(number: int, found: Identity) -> Iterator[Wanted]:
    """Yield the rows of `wanted` for one component."""
    for name, version in found.candidates:
        yield number, found.ecosystem, name, found.release, _key(found, version), version


def _key(found: Identity, version: str | None) -> bytes | None:
    return found.scheme.key(version) if found.scheme is not None and version is not None else None


def identified(purl: str | None, version: str | None) -> Identity | None:
    """Return the package that a component names by its package URL; `version` is what the bill gives beside it."""
    if purl is None:
        return None
    try:
        found = identity(parse(purl))
    except PurlError:
        return None
    if found is not None and found.version is None and version is not None:
        return replace(found, version=version)
    return found
