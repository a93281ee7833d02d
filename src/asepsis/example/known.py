"""What was known of the components of a build on a day: its bill laid against the advisories that were out by then.

`inputs/advisories.jsonl` holds the facts of those advisories; nothing is asked of a network.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import sha256

import msgspec

from asepsis.advisories import matching
from asepsis.advisories.findings import Scan
from asepsis.advisories.index import Given, bring_up_to_date
from asepsis.example import inputs
from asepsis.exchange import cyclonedx, vex_matches
from asepsis.exchange.facts import Feeds, Match, Matches, document_bytes
from asepsis.exchange.source import Source
from asepsis.jobs.matches import matches_of, named, source_of

ECOSYSTEM = "PyPI"
AGE_DAYS = 7


class _Advisory(msgspec.Struct):
    id: str
    published: str


@dataclass(frozen=True, slots=True)
class Known:
    """One bill laid against the advisories of a day: the scan, and the fact that it becomes."""

    scan: Scan
    fact: Matches

    @property
    def source(self) -> bytes:
        """Return the scan as a file."""
        return source_of(self.scan)

    def match(self, advisory: str) -> Match:
        """Return the match of an advisory, by any of its names."""
        return next(one for one in self.fact.matches if advisory in (one.advisory, *one.aliases))

    def vector(self, advisory: str) -> str | None:
        """Return the CVSS 3 vector of an advisory, by any of its names, if it has one."""
        findings = (finding for one in self.scan.components for finding in one.findings)
        found = next(one for one in findings if advisory in (one.advisory, *one.aliases))
        return next((vector for version, vector in found.severity if version == "CVSS_V3"), None)


@cache
def feeds(day: str) -> Feeds:
    """Return which feeds there were on a day."""
    return vex_matches.read_feeds(inputs.file("feeds", f"{day}.json")).fact


@cache
def known(version: str, day: str) -> Known:
    """Return what was known on a day of the components of a build."""
    return laid(inputs.file("bills", f"{version}.cdx.json"), feeds(day))


def laid(bill: Source, of: Feeds) -> Known:
    """Lay a bill against the advisories that were out on the day of these feeds."""
    components, out = cyclonedx.read(bill).fact, list(_published(of.as_of[:10]))
    given = Given("osv", "osv", of.as_of, (ECOSYSTEM,), ("all",), lambda _: [record for _, _, record in out])
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as index:
        bring_up_to_date(index, [given])
        scan = matching.scan(
            components.components,
            index,
            bill=bill.digest,
            now=datetime.fromisoformat(of.as_of),
            max_age_days=AGE_DAYS,
        )
    since = {advisory.casefold(): published for advisory, published, _ in out}
    seen = {(named(one), advisory): since[advisory] for one in components.components for advisory in since}
    digest = sha256(document_bytes(of)).hexdigest()
    return Known(scan, matches_of(scan, components, digest, seen, of.as_of[:10]))


def _published(day: str) -> Iterator[tuple[str, str, bytes]]:
    """Yield the id, the day and the record of each advisory that was out by a day."""
    lines: Sequence[bytes] = inputs.file("advisories.jsonl").data.splitlines()
    for line in lines:
        told = msgspec.json.decode(line, type=_Advisory)
        if told.published[:10] <= day:
            yield told.id, told.published[:10], line
