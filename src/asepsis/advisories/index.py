"""The index of advisories: tables in which a bill is looked up by a join, made out of the records of feeds.

It holds identifiers, ranges, vectors, scores and days, and no prose. It is changed in one transaction, so whoever reads
sees the old or the new, whole; it can be thrown away and made again from the feeds. The connection comes in as an argument.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from types import MappingProxyType
from typing import Any, Protocol, TypeVar

import msgspec

from asepsis.advisories import notices
from asepsis.advisories.advisory import Advisory, Affected
from asepsis.advisories.findings import Source
from asepsis.advisories.formats import osv
from asepsis.advisories.formats.record import UnreadableAdvisoryError
from asepsis.advisories.notice import Notice
from asepsis.advisories.versions import above

Read = TypeVar("Read")
_Taker = Callable[["Index", str, Iterable[bytes], bool], list[str]]

VERSION = 6
NOT_MATCHED = "records of this kind are kept, and nothing reads them"
REFUSED = "{count} records could not be read, the first: {first}"

_TABLES = """
CREATE TABLE source (name TEXT PRIMARY KEY, kind TEXT NOT NULL, as_of TEXT, covers TEXT NOT NULL, state TEXT NOT NULL,
                     records INTEGER NOT NULL, trouble TEXT, partial TEXT NOT NULL, products INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE advisory (id INTEGER PRIMARY KEY, source TEXT NOT NULL, name TEXT NOT NULL, published TEXT, modified TEXT,
                       severity TEXT NOT NULL);
CREATE UNIQUE INDEX advisory_name ON advisory (source, name);
CREATE TABLE alias (advisory INTEGER NOT NULL, name TEXT NOT NULL, PRIMARY KEY (name, advisory)) WITHOUT ROWID;
CREATE INDEX alias_of ON alias (advisory);
CREATE TABLE package (id INTEGER PRIMARY KEY, advisory INTEGER NOT NULL, ecosystem TEXT NOT NULL, name TEXT NOT NULL,
                      release TEXT, fixed TEXT NOT NULL, doubt TEXT, said TEXT NOT NULL);
CREATE INDEX package_name ON package (name, ecosystem);
CREATE INDEX package_of ON package (advisory);
CREATE TABLE span (package INTEGER NOT NULL, low BLOB NOT NULL, high BLOB, PRIMARY KEY (package, low)) WITHOUT ROWID;
CREATE TABLE word (package INTEGER NOT NULL, version TEXT NOT NULL, PRIMARY KEY (package, version)) WITHOUT ROWID;
CREATE TABLE release (source TEXT NOT NULL, ecosystem TEXT NOT NULL, name TEXT NOT NULL,
                      PRIMARY KEY (source, ecosystem, name)) WITHOUT ROWID;
CREATE TABLE listed (cve TEXT NOT NULL, source TEXT NOT NULL, day TEXT NOT NULL, PRIMARY KEY (cve, source)) WITHOUT ROWID;
CREATE TABLE term (id TEXT NOT NULL, source TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (id, source)) WITHOUT ROWID;
CREATE TABLE exploits (weakness TEXT NOT NULL, pattern TEXT NOT NULL, source TEXT NOT NULL,
                       PRIMARY KEY (weakness, pattern, source)) WITHOUT ROWID;
CREATE TABLE scored (cve TEXT NOT NULL, source TEXT NOT NULL, epss TEXT NOT NULL, PRIMARY KEY (cve, source)) WITHOUT ROWID;
"""
_OF_THE_NEWEST = """
CREATE VIEW {view} AS SELECT cve, {column}, source FROM {table} one WHERE NOT EXISTS (
    SELECT 1 FROM {table} other JOIN source s ON s.name = other.source JOIN source own ON own.name = one.source
    WHERE other.cve = one.cve AND (coalesce(s.as_of, ''), s.name) > (coalesce(own.as_of, ''), own.name))
"""
_VIEWS = (("exploited", "day", "listed"), ("score", "epss", "scored"))


class Index(Protocol):
    """A connection to the tables, in autocommit: what `sqlite3` gives."""

    def execute(self, statement: str, values: Sequence[Any] = ..., /) -> Any: ...
    def executemany(self, statement: str, rows: Iterable[Sequence[Any]], /) -> Any: ...


@dataclass(frozen=True, slots=True)
class Given:
    """What a feed gives to the index.

    `segments` name what its records come from, oldest first: those that were indexed before are not read again.
    `records` yields, for segments, each record once, the newest of its key. `covers` are ecosystems in OSV's words,
    of which it has all that is published; those that its records name besides it has in part.
    """

    name: str
    kind: str
    as_of: str | None
    covers: tuple[str, ...]
    segments: tuple[str, ...]
    records: Callable[[Sequence[str]], Iterable[bytes]]
    trouble: str | None = None

    @property
    def state(self) -> str:
        """Return what tells whether the feed is another than it was."""
        return msgspec.json.encode([self.kind, self.as_of, self.covers, self.segments, self.trouble]).decode()


class _Exploited(msgspec.Struct):
    cveID: str  # noqa: N815 - the name in the format
    dateAdded: str  # noqa: N815


class _Scored(msgspec.Struct):
    cve: str
    epss: str


class _Term(msgspec.Struct):
    """A weakness with the attack patterns that make use of it, or a pattern with the weaknesses that it makes use of."""

    id: str
    name: str
    of: list[str] = []


def bring_up_to_date(index: Index, feeds: Sequence[Given]) -> bool:
    """Make the index hold what `feeds` give, in one transaction; return whether anything had to be done.

    Whatever goes wrong is raised, and then the index is as it was.
    """
    _make(index)
    known, gone, changed = _compared(index, feeds)
    if not gone and not changed:
        return False
    index.execute("BEGIN IMMEDIATE")
    try:
        for name in gone:
            _forget(index, name)
        for feed in changed:
            _take(index, feed, known.get(feed.name))
    except BaseException:
        index.execute("ROLLBACK")
        raise
    index.execute("COMMIT")
    index.execute("PRAGMA optimize")
    return True


def is_up_to_date(index: Index, feeds: Sequence[Given]) -> bool:
    """Return whether the index holds what `feeds` give, in the tables of this version; nothing is changed."""
    if index.execute("PRAGMA user_version").fetchone()[0] != VERSION:
        return False
    _, gone, changed = _compared(index, feeds)
    return not gone and not changed


def _compared(index: Index, feeds: Sequence[Given]) -> tuple[dict[str, str], list[str], list[Given]]:
    """Return the state of each feed that was taken in, the names of those that are no more, and those that changed."""
    known = dict(index.execute("SELECT name, state FROM source"))
    gone = [name for name in known if name not in {feed.name for feed in feeds}]
    return known, gone, [feed for feed in feeds if known.get(feed.name) != feed.state]


_WORDS = msgspec.json.Decoder(tuple[str, ...])


def sources(index: Index) -> tuple[Source, ...]:
    """Return each feed that the index was made from."""
    rows = index.execute(
        "SELECT name, kind, records, as_of, covers, trouble, partial, products FROM source ORDER BY name"
    )
    return tuple(
        Source(name, kind, records, as_of, _WORDS.decode(covers), trouble, _WORDS.decode(partial), products)
        for name, kind, records, as_of, covers, trouble, partial, products in rows
    )


def releases(index: Index) -> Mapping[str, frozenset[str]]:
    """Return the releases that records name, by ecosystem; one that has no releases is not among the keys."""
    found: dict[str, set[str]] = {}
    for ecosystem, name in index.execute("SELECT ecosystem, name FROM release"):
        found.setdefault(ecosystem, set()).add(name)
    return {ecosystem: frozenset(names) for ecosystem, names in found.items()}


def terms(index: Index, weaknesses: Iterable[str]) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """Return what weaknesses and the attack patterns that make use of them are called, and those patterns by weakness."""
    index.execute("DROP TABLE IF EXISTS temp.weak")
    index.execute("CREATE TEMP TABLE weak (id TEXT PRIMARY KEY) WITHOUT ROWID")
    index.executemany("INSERT INTO weak VALUES (?)", ((one,) for one in set(weaknesses)))
    patterns: dict[str, dict[str, None]] = {}
    for weakness, pattern in index.execute(
        "SELECT DISTINCT e.weakness, e.pattern FROM weak w JOIN exploits e ON e.weakness = w.id ORDER BY 1, 2"
    ):
        patterns.setdefault(weakness, {})[pattern] = None
    index.executemany("INSERT OR IGNORE INTO weak VALUES (?)", ((one,) for each in patterns.values() for one in each))
    names = dict(index.execute("SELECT t.id, t.name FROM weak w JOIN term t ON t.id = w.id ORDER BY t.source"))
    return names, {weakness: tuple(found) for weakness, found in patterns.items()}


def is_ours(index: Index) -> bool:
    """Return whether the tables are those that this version of the program makes, or none at all."""
    version = index.execute("PRAGMA user_version").fetchone()[0]
    return version == VERSION or (version == 0 and not index.execute("SELECT 1 FROM sqlite_master").fetchone())


def _make(index: Index) -> None:
    if index.execute("PRAGMA user_version").fetchone()[0] != VERSION:
        views = (_OF_THE_NEWEST.format(view=view, column=column, table=table) for view, column, table in _VIEWS)
        tables = (*_TABLES.split(";\n"), *notices.TABLES.split(";\n"))
        for statement in (*tables, *views, f"PRAGMA user_version={VERSION}"):
            index.execute(statement)


def _forget(index: Index, name: str, only: Sequence[str] | None = None) -> None:
    """Throw away what a feed gave: all of it, or `only` these records."""
    if only is None:
        index.execute("DELETE FROM source WHERE name = ?", (name,))
        for table in ("release", "listed", "scored", "term", "exploits"):
            index.execute(f"DELETE FROM {table} WHERE source = ?", (name,))  # noqa: S608 - a table of our own
        index.execute("CREATE TEMP TABLE gone AS SELECT id FROM advisory WHERE source = ?", (name,))
    else:
        index.execute("CREATE TEMP TABLE gone (id INTEGER PRIMARY KEY)")
        index.executemany(_GONE, ((name, one, f"{one}/", f"{one}0") for one in only))
    notices.forget(index, name, only)
    for table in ("span", "word"):
        index.execute(
            f"DELETE FROM {table} WHERE package IN "  # noqa: S608 - a table of our own
            "(SELECT id FROM package WHERE advisory IN (SELECT id FROM gone))"
        )
    index.execute("DELETE FROM package WHERE advisory IN (SELECT id FROM gone)")
    index.execute("DELETE FROM alias WHERE advisory IN (SELECT id FROM gone)")
    index.execute("DELETE FROM advisory WHERE id IN (SELECT id FROM gone)")
    index.execute("DROP TABLE gone")


_GONE = """
INSERT OR IGNORE INTO gone SELECT id FROM advisory
WHERE source = ?1 AND (name = ?2 OR (name >= ?3 AND name < ?4))
"""  # a record of several vulnerabilities gives an advisory for each: its name, a slash and that of the vulnerability


def _take(index: Index, feed: Given, before: str | None) -> None:
    """Take in what is new of a feed; the whole where its segments do not go on from those that were taken in."""
    had = tuple(msgspec.json.decode(before)[3]) if before is not None else ()
    goes_on = bool(had) and feed.segments[: len(had)] == had and msgspec.json.decode(before or "[]")[0] == feed.kind
    if not goes_on:
        _forget(index, feed.name)
    trouble = feed.trouble
    new = feed.segments[len(had) :] if goes_on else feed.segments
    taker = _TAKERS.get(feed.kind)
    if taker is None:
        trouble = trouble or NOT_MATCHED
    elif new:
        refused = taker(index, feed.name, feed.records(new), goes_on)
        if refused:
            trouble = trouble or REFUSED.format(count=len(refused), first=refused[0])
    count = _COUNTS.get(feed.kind)
    records = 0 if count is None else index.execute(count, (feed.name,)).fetchone()[0]
    partial = [one for one in _named(index, feed.name) if one not in feed.covers] if feed.kind == "osv" else []
    products = index.execute(_PRODUCTS, (feed.name,)).fetchone()[0]
    index.execute("DELETE FROM release WHERE source = ?", (feed.name,))
    index.execute(_RELEASES, (feed.name,))
    covers, in_part = (msgspec.json.encode(one).decode() for one in (feed.covers, partial))
    index.execute(
        "INSERT OR REPLACE INTO source VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (feed.name, feed.kind, feed.as_of, covers, feed.state, records, trouble, in_part, products),
    )


_PRODUCTS = "SELECT count(*) FROM product p JOIN notice n ON n.id = p.notice WHERE n.source = ?"
_RELEASES = """
INSERT INTO release SELECT DISTINCT a.source, p.ecosystem, p.release
FROM package p JOIN advisory a ON a.id = p.advisory WHERE a.source = ? AND p.release IS NOT NULL
"""


def _named(index: Index, source: str) -> tuple[str, ...]:
    """Return the ecosystems that the records of a feed name."""
    rows = index.execute(
        "SELECT DISTINCT p.ecosystem FROM package p JOIN advisory a ON a.id = p.advisory WHERE a.source = ? ORDER BY 1",
        (source,),
    )
    return tuple(ecosystem for (ecosystem,) in rows)


def _take_osv(index: Index, source: str, records: Iterable[bytes], replaces: bool) -> list[str]:
    """Take in advisories; one that was withdrawn is not among them. Returns why records were left out."""
    refused: list[str] = []
    for some in _in_parts(_read(records, osv.read, refused)):
        if replaces:
            _forget(index, source, [one.id for one in some])
        _put(index, source, [one for one in some if not one.withdrawn])
    return refused


def _put(index: Index, source: str, some: Iterable[Advisory]) -> None:
    """Add advisories with their packages."""
    advisory = index.execute("SELECT coalesce(max(id), 0) FROM advisory").fetchone()[0]
    package = index.execute("SELECT coalesce(max(id), 0) FROM package").fetchone()[0]
    rows: dict[str, list[tuple[object, ...]]] = {one: [] for one in _INSERTS}
    for found in some:
        advisory += 1
        severity = msgspec.json.encode(found.severity).decode()
        rows["advisory"].append((advisory, source, found.id, found.published, found.modified, severity))
        rows["alias"] += [(advisory, one) for one in dict.fromkeys((found.id, *found.aliases))]
        for one in found.affected:
            package += 1
            fixed = msgspec.json.encode(one.fixed).decode()
            rows["package"].append(
                (package, advisory, one.ecosystem, one.name, one.release, fixed, one.doubt, one.said)
            )
            rows["span"] += [(package, low, high) for low, high in _spans(one)]
            rows["word"] += [(package, version) for version in one.texts]
    for name, insert in _INSERTS.items():
        index.executemany(insert, rows[name])


def _reader(kind: str) -> Callable[[bytes], tuple[Notice, ...]]:
    """Return what reads records of a kind. It is loaded when a feed of it changed: most scans need none."""
    if kind == "cve":
        from asepsis.advisories.formats import cve

        return cve.read
    if kind == "nvd":
        from asepsis.advisories.formats import nvd

        return nvd.read
    from asepsis.advisories.formats import csaf

    return csaf.read


def _take_notices(kind: str) -> _Taker:
    """Return what takes in records that rate vulnerabilities and name products, and here and there packages."""

    def taken(index: Index, source: str, records: Iterable[bytes], replaces: bool) -> list[str]:
        refused: list[str] = []
        for some in _in_parts(_read(records, _reader(kind), refused)):
            found = [one for each in some for one in each]
            if replaces:
                _forget(index, source, list(dict.fromkeys(one.record for one in found)))
            notices.put(index, source, found)
            _put(index, source, _advisories(found))
        return refused

    return taken


def _advisories(some: Iterable[Notice]) -> Iterator[Advisory]:
    """Yield an advisory for each notice that identifies packages, under a name that no other has."""
    given: set[str] = set()
    for one in some:
        if one.packages:
            name = one.record if one.record == one.vulnerability else f"{one.record}/{one.vulnerability}"
            while name in given:
                name += "+"
            given.add(name)
            yield Advisory(name, (one.vulnerability,), one.published, one.modified, False, one.severity, one.packages)


def _read(records: Iterable[bytes], read: Callable[[bytes], Read], refused: list[str]) -> Iterator[Read]:
    """Yield what is read in each record; what cannot be read is added to `refused`."""
    for data in records:
        try:
            yield read(data)
        except UnreadableAdvisoryError as error:
            refused.append(error.said.text())
        except (msgspec.DecodeError, UnicodeDecodeError) as problem:
            refused.append(str(problem))


def _in_parts(records: Iterable[Read], size: int = 2_000) -> Iterator[list[Read]]:
    going = iter(records)
    while some := list(islice(going, size)):
        yield some


_INSERTS = {
    "advisory": "INSERT INTO advisory VALUES (?, ?, ?, ?, ?, ?)",
    "alias": "INSERT OR IGNORE INTO alias VALUES (?, ?)",
    "package": "INSERT INTO package VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    "span": "INSERT OR IGNORE INTO span VALUES (?, ?, ?)",
    "word": "INSERT OR IGNORE INTO word VALUES (?, ?)",
}


def _spans(one: Affected) -> Iterator[tuple[bytes, bytes | None]]:
    yield from ((each.low, each.high) for each in one.intervals)
    yield from ((point, above(point)) for point in one.points)


def _take_exploited(index: Index, source: str, records: Iterable[bytes], replaces: bool) -> list[str]:
    refused: list[str] = []
    read = _read(records, msgspec.json.Decoder(_Exploited).decode, refused)
    rows = ((one.cveID, source, one.dateAdded) for one in read)
    index.executemany("INSERT OR REPLACE INTO listed VALUES (?, ?, ?)", rows)
    return refused


def _take_scores(index: Index, source: str, records: Iterable[bytes], replaces: bool) -> list[str]:
    refused: list[str] = []
    read = _read(records, msgspec.json.Decoder(_Scored).decode, refused)
    rows = ((one.cve, source, one.epss) for one in read)
    index.executemany("INSERT OR REPLACE INTO scored VALUES (?, ?, ?)", rows)
    return refused


def _take_terms(index: Index, source: str, records: Iterable[bytes], replaces: bool) -> list[str]:
    refused: list[str] = []
    for one in _read(records, msgspec.json.Decoder(_Term).decode, refused):
        index.execute("INSERT OR REPLACE INTO term VALUES (?, ?, ?)", (one.id, source, one.name))
        pairs = ((each, one.id) if one.id.startswith("CAPEC-") else (one.id, each) for each in one.of)
        index.executemany("INSERT OR IGNORE INTO exploits VALUES (?, ?, ?)", ((*pair, source) for pair in pairs))
    return refused


_TAKERS: Mapping[str, _Taker] = MappingProxyType(
    {
        "osv": _take_osv,
        "kev": _take_exploited,
        "epss": _take_scores,
        "cve": _take_notices("cve"),
        "nvd": _take_notices("nvd"),
        "csaf": _take_notices("csaf"),
        "cwe": _take_terms,
        "capec": _take_terms,
    }
)
"""How the records of a feed are taken in, by their kind; of the others it is said that nothing reads them."""

_OF_NOTICES = "SELECT count(DISTINCT record) FROM notice WHERE source = ?"
_COUNTS: Mapping[str, str] = MappingProxyType(
    {
        "osv": "SELECT count(*) FROM advisory WHERE source = ?",
        "kev": "SELECT count(*) FROM listed WHERE source = ?",
        "epss": "SELECT count(*) FROM scored WHERE source = ?",
        **dict.fromkeys(("cve", "nvd", "csaf"), _OF_NOTICES),
        **dict.fromkeys(("cwe", "capec"), "SELECT count(*) FROM term WHERE source = ?"),
    }
)
