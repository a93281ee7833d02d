"""The fleet as a file: which bills hold which package versions, so that a changed advisory finds its bills at once.

It is worked out of the bills and can be thrown away: each bill is put in once, by its digest, with the keys of its versions.
"""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from asepsis.advisories import index as advisories
from asepsis.advisories.fleet import NOTHING, Fleet, Touched, columns_of, touched
from asepsis.advisories.join import SAME_PACKAGE, TOUCHES, WANTED, Wanted, identified, wanted
from asepsis.jobs.indexing import BrokenIndexError, address_of

FILE = "fleet.sqlite3"
MOST_AT_ONCE = 1_000_000  # rows that are sorted before they are put in
VERSION = advisories.VERSION * 100 + 2  # keys are those of the index
_HOW = ("journal_mode=WAL", "synchronous=NORMAL", "temp_store=MEMORY", "cache_size=-65536", "mmap_size=1073741824")
_TABLES = f"""
CREATE TABLE bill (number INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE, packages BLOB NOT NULL);
CREATE TABLE unread (digest TEXT PRIMARY KEY, things INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE held (number INTEGER PRIMARY KEY, purl TEXT NOT NULL, version TEXT NOT NULL, UNIQUE (purl, version));
CREATE TABLE wanted ({WANTED});
CREATE INDEX wanted_name ON wanted (name, ecosystem);
CREATE TABLE holder (held INTEGER NOT NULL, bill INTEGER NOT NULL, PRIMARY KEY (held, bill)) WITHOUT ROWID;
CREATE TABLE place (record TEXT PRIMARY KEY, digest TEXT NOT NULL, product TEXT NOT NULL, release TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX place_digest ON place (digest);
CREATE TABLE mark (ledger TEXT NOT NULL, position INTEGER NOT NULL);
"""

Package = tuple[str | None, str | None]
"""A package URL, and the version that the bill gives beside it."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A package version in a bill that an advisory touches, or may touch."""

    bill: str
    purl: str
    version: str | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a bill stands in the store: the record that names its digest, of which release and product (ids)."""

    record: str
    digest: str
    product: str
    release: str


class FleetFile:
    """The fleet in its file. Whoever reads sees all of a bill or nothing of it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._file = connection

    def digests(self) -> frozenset[str]:
        """Return the digests of the bills that are in it."""
        return frozenset(digest for (digest,) in self._file.execute("SELECT digest FROM bill"))

    def put(self, bills: Iterable[tuple[str, Sequence[Package]]]) -> int:
        """Put in bills by digest, each with the package of each of its rows; return how many were not there yet."""
        count = 0
        self._file.execute("BEGIN IMMEDIATE")
        try:
            known, putting = set(self.digests()), _Putting(self._file)
            for digest, packages in bills:
                if digest not in known:
                    known.add(digest)
                    putting.put(digest, packages)
                    count += 1
            putting.flush()
        except BaseException:
            self._file.execute("ROLLBACK")
            raise
        self._file.execute("COMMIT")
        if count:
            self._file.execute("PRAGMA optimize")
        return count

    def keep_only(self, digests: frozenset[str]) -> int:
        """Take out the bills that are not among `digests`; return how many these were."""
        gone = [one for one in self.digests() if one not in digests]
        self._file.execute("BEGIN IMMEDIATE")
        try:
            for digest in gone:
                number, packages = self._file.execute(
                    "SELECT number, packages FROM bill WHERE digest = ?", (digest,)
                ).fetchone()
                pairs = ((held, number) for held in set(_numbers(packages)))
                self._file.executemany("DELETE FROM holder WHERE held = ? AND bill = ?", pairs)
                self._file.execute("DELETE FROM bill WHERE number = ?", (number,))
                self._file.execute("DELETE FROM unread WHERE digest = ?", (digest,))
            for statement in _FORGOTTEN if gone else ():
                self._file.execute(statement)
        except BaseException:
            self._file.execute("ROLLBACK")
            raise
        self._file.execute("COMMIT")
        return len(gone)

    # --- where bills stand ------------------------------------------------------------------------------------------

    def position(self, ledger: str) -> int:
        """Return up to which entry of a ledger (named by its first one) the places are known; -1 of another ledger."""
        found = self._file.execute("SELECT position FROM mark WHERE ledger = ?", (ledger,)).fetchone()
        return found[0] if found else -1

    def put_places(self, ledger: str, position: int, places: Iterable[Place], gone: Iterable[str]) -> None:
        """Take in where bills stand as of an entry; `gone` are records that place none any more. Another ledger's are dropped."""
        self._file.execute("BEGIN IMMEDIATE")
        try:
            if self.position(ledger) < 0:
                self._file.execute("DELETE FROM place")
            self._file.executemany("DELETE FROM place WHERE record = ?", ((one,) for one in gone))
            rows = ((one.record, one.digest, one.product, one.release) for one in places)
            self._file.executemany("INSERT OR REPLACE INTO place VALUES (?, ?, ?, ?)", rows)
            self._file.execute("DELETE FROM mark")
            self._file.execute("INSERT INTO mark VALUES (?, ?)", (ledger, position))
        except BaseException:
            self._file.execute("ROLLBACK")
            raise
        self._file.execute("COMMIT")

    def places(self, digests: Iterable[str]) -> list[Place]:
        """Return where bills of these digests stand."""
        ask = "SELECT record, digest, product, release FROM place WHERE digest = ? ORDER BY record"
        return [Place(*row) for digest in digests for row in self._file.execute(ask, (digest,))]

    def placed(self) -> frozenset[str]:
        """Return the digests of the bills that have a place."""
        return frozenset(digest for (digest,) in self._file.execute("SELECT DISTINCT digest FROM place"))

    def missing(self) -> frozenset[str]:
        """Return the digests of bills that have a place, and are not here."""
        return self.placed() - self.digests()

    # --- matching ---------------------------------------------------------------------------------------------------

    def touched_by(self, names: Iterable[str], index: Path) -> list[Hit]:
        """Return what advisories of these names touch, looked up from the packages that they name to the bills."""
        with self._beside(index):
            found = {
                Hit(digest, purl, version or None)
                for name in names
                for digest, purl, version in self._file.execute(_TOUCHED_BY, (name,))
            }
        return sorted(found, key=lambda hit: (hit.bill, hit.purl, hit.version or ""))

    @contextmanager
    def _beside(self, index: Path) -> Iterator[None]:
        """Have the tables of an index beside those of the fleet."""
        self._file.execute("ATTACH ? AS advisories", (address_of(index),))
        try:
            yield
        finally:
            self._file.execute("DETACH advisories")

    def fleet(self, index: Path) -> Fleet:
        """Return all of it as columns; of the names by which packages are looked up, those that the index knows."""
        import numpy as np

        with self._beside(index):
            wanted = columns_of(self._file.execute(_KNOWN_BY_NAME))

        rows = self._file.execute("SELECT number, packages FROM bill ORDER BY number").fetchall()
        counts = [len(packages) // 4 for _, packages in rows]
        return Fleet(
            wanted,
            np.repeat(np.array([number for number, _ in rows], dtype=np.uint32), counts),
            np.frombuffer(b"".join(packages for _, packages in rows), dtype=np.uint32),
        )

    def match(self, index: sqlite3.Connection) -> tuple[Fleet, Touched]:
        """Return all of it, and what advisories touch of it; `index` is opened from its file."""
        import duckdb

        file = index.execute("SELECT file FROM pragma_database_list WHERE name = 'main'").fetchone()[0]
        fleet = self.fleet(Path(file))
        with closing(duckdb.connect()) as engine:
            return fleet, touched(fleet, index, engine)

    def looked_up(self, covers: Callable[[str, str | None], bool]) -> frozenset[int]:
        """Return the package versions in an ecosystem, or in a release of one, for which `covers` holds."""
        places = self._file.execute("SELECT DISTINCT ecosystem, release FROM wanted").fetchall()
        ask = (
            "SELECT json_group_array(n) FROM wanted WHERE ecosystem = ? AND release IS ?"  # a list is one row to fetch
        )
        found = (self._file.execute(ask, place).fetchone()[0] for place in places if covers(*place))
        return frozenset(n for text in found for n in _NUMBERS.decode(text))

    def note_unread(self, digest: str, things: int) -> None:
        """Keep how much of a bill was not read; called while the bill is put in, so that both are there or neither."""
        self._file.execute("INSERT OR REPLACE INTO unread VALUES (?, ?)", (digest, things))

    def unread(self) -> dict[str, int]:
        """Return how many things were not read of the bills of which something was not, by digest."""
        return dict(self._file.execute("SELECT digest, things FROM unread"))

    def numbers(self) -> dict[int, str]:
        """Return the digest of each bill by the number that its rows have."""
        return dict(self._file.execute("SELECT number, digest FROM bill"))

    def named(self, packages: Iterable[int]) -> dict[int, Package]:
        """Return the package versions of these numbers."""
        ask = "SELECT purl, version FROM held WHERE number = ?"
        found = ((number, self._file.execute(ask, (number,)).fetchone()) for number in packages)
        return {number: (row[0], row[1] or None) for number, row in found if row is not None}


class _Putting:
    """Bills on their way into the file: their rows wait until there are many, and go in by the order of their tables."""

    def __init__(self, file: sqlite3.Connection) -> None:
        self._file = file
        self._numbers: dict[tuple[str, str], int] = {}
        self._next = self._following("held")
        self._bill = self._following("bill")
        self._held: list[tuple[int, str, str]] = []
        self._wanted: list[Wanted] = []
        self._holders: list[int] = []  # package version and bill in one number, which is sorted in a tenth of the time

    def put(self, digest: str, packages: Iterable[Package]) -> None:
        """Put in a bill with the package of each of its rows."""
        rows = array(
            "I", [NOTHING if purl is None else self._number(purl, version or "") for purl, version in packages]
        )
        self._file.execute("INSERT INTO bill VALUES (?, ?, ?)", (self._bill, digest, rows.tobytes()))
        self._holders += [held << 32 | self._bill for held in set(rows) - {NOTHING}]
        self._bill += 1
        if len(self._holders) >= MOST_AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Put in all that waits."""
        self._holders.sort()
        holders = [(one >> 32, one & 0xFFFFFFFF) for one in self._holders]
        waiting: dict[str, Sequence[tuple[Any, ...]]] = {"held": self._held, "wanted": self._wanted, "holder": holders}
        for table, rows in waiting.items():
            if rows:
                marks = ", ".join("?" * len(rows[0]))
                self._file.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608 - tables of our own
        self._held, self._wanted, self._holders = [], [], []

    def _following(self, table: str) -> int:
        found = self._file.execute(f"SELECT coalesce(max(number), {NOTHING}) + 1 FROM {table}").fetchone()  # noqa: S608
        number: int = found[0]
        return number

    def _number(self, purl: str, version: str) -> int:
        """Return the number of a package version, which gets one with its rows of `wanted` when it is seen first."""
        number = self._numbers.get((purl, version))
        if number is None:
            ask = "SELECT number FROM held WHERE purl = ? AND version = ?"
            found = self._file.execute(ask, (purl, version)).fetchone()
            number = found[0] if found else self._numbered(purl, version)
            self._numbers[purl, version] = number
        return number

    def _numbered(self, purl: str, version: str) -> int:
        number, self._next = self._next, self._next + 1
        self._held.append((number, purl, version))
        if (found := identified(purl, version or None)) is not None:
            self._wanted += wanted(number, found)
        return number


_FORGOTTEN = (
    "DELETE FROM wanted WHERE NOT EXISTS (SELECT 1 FROM holder h WHERE h.held = wanted.n)",
    "DELETE FROM held WHERE NOT EXISTS (SELECT 1 FROM holder h WHERE h.held = held.number)",
)
"""What throws away the package versions that no bill holds any more."""

_KNOWN_BY_NAME = """
SELECT n, ecosystem, name, release, key, version
FROM (SELECT DISTINCT name, ecosystem FROM package) CROSS JOIN wanted USING (name, ecosystem)
"""
_TOUCHED_BY = f"""
SELECT DISTINCT b.digest, held.purl, held.version
FROM alias CROSS JOIN package p ON p.advisory = alias.advisory CROSS JOIN wanted w ON {SAME_PACKAGE}
CROSS JOIN holder h ON h.held = w.n CROSS JOIN bill b ON b.number = h.bill CROSS JOIN held ON held.number = w.n
WHERE alias.name = ? AND {TOUCHES}
"""  # noqa: S608 - texts of our own


@contextmanager
def opened(folder: Path) -> Iterator[FleetFile]:
    """Open the fleet of a folder, which is made where there is none. Raises `BrokenIndexError`."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / FILE
    try:
        with closing(sqlite3.connect(path.resolve().as_uri(), isolation_level=None, uri=True)) as connection:
            for one in _HOW:
                connection.execute(f"PRAGMA {one}")
            _make(connection)
            yield FleetFile(connection)
    except sqlite3.Error as error:
        raise BrokenIndexError(file=str(path), reason=str(error)) from error


def _make(connection: sqlite3.Connection) -> None:
    """Make the tables; those that another version made are thrown away with what is in them."""
    if connection.execute("PRAGMA user_version").fetchone()[0] == VERSION:
        return
    connection.execute("BEGIN IMMEDIATE")
    for (table,) in connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    ).fetchall():
        connection.execute(f"DROP TABLE {table}")
    for statement in (*filter(str.strip, _TABLES.split(";\n")), f"PRAGMA user_version={VERSION}"):
        connection.execute(statement)
    connection.execute("COMMIT")


_NUMBERS = msgspec.json.Decoder(list[int])


def _numbers(data: bytes) -> array[int]:
    numbers = array("I")
    numbers.frombytes(data)
    return numbers
