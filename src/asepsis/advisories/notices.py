"""Notices in the index: how vulnerabilities are rated, and the products that they name, for whoever looks for candidates.

Versions are kept packed in the row of their product: few products are asked for, and what is said of them is weighed one by
one, not joined.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Protocol

import msgspec

from asepsis.advisories import names
from asepsis.advisories.notice import Notice, Platform, Product, Ssvc, Versions

TABLES = """
CREATE TABLE notice (id INTEGER PRIMARY KEY, source TEXT NOT NULL, record TEXT NOT NULL, name TEXT NOT NULL, published TEXT,
                     modified TEXT, rejected INTEGER NOT NULL, severity TEXT NOT NULL, weaknesses TEXT NOT NULL, ssvc TEXT);
CREATE INDEX notice_record ON notice (source, record);
CREATE INDEX notice_name ON notice (name);
CREATE TABLE product (id INTEGER PRIMARY KEY, notice INTEGER NOT NULL, folded TEXT NOT NULL, vendor TEXT, name TEXT NOT NULL,
                      target TEXT, watched INTEGER NOT NULL, versions BLOB NOT NULL, needs BLOB);
CREATE INDEX product_folded ON product (folded);
CREATE INDEX product_of ON product (notice);
CREATE TABLE watch (word TEXT NOT NULL, product INTEGER NOT NULL, PRIMARY KEY (word, product)) WITHOUT ROWID;
CREATE INDEX watch_of ON watch (product);
"""
VERSIONS = msgspec.msgpack.Decoder(Versions)
NEEDS = msgspec.msgpack.Decoder(tuple[tuple[Platform, ...], ...])
_NOTICE = "INSERT INTO notice VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_PRODUCT = "INSERT INTO product VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_WATCH = "INSERT OR IGNORE INTO watch VALUES (?, ?)"


class Tables(Protocol):
    """A connection to the tables."""

    def execute(self, statement: str, values: Sequence[Any] = ..., /) -> Any: ...
    def executemany(self, statement: str, rows: Iterable[Sequence[Any]], /) -> Any: ...


def put(index: Tables, source: str, some: Iterable[Notice]) -> None:
    """Add notices with the products that they name."""
    notice = index.execute("SELECT coalesce(max(id), 0) FROM notice").fetchone()[0]
    product = index.execute("SELECT coalesce(max(id), 0) FROM product").fetchone()[0]
    noticed: list[tuple[object, ...]] = []
    products: list[tuple[object, ...]] = []
    watched: list[tuple[object, ...]] = []
    for one in some:
        notice += 1
        noticed.append((notice, source, *_rating(one)))
        for each in one.products:
            product += 1
            products.append((product, notice, *_named(each)))
            if each.is_watched and each.vendor is not None:
                watched += [(form[0], product) for form in names.vendor_forms(each.vendor)]
    index.executemany(_NOTICE, noticed)
    index.executemany(_PRODUCT, products)
    index.executemany(_WATCH, watched)


def _rating(one: Notice) -> tuple[object, ...]:
    severity, weaknesses = msgspec.json.encode(one.severity).decode(), " ".join(one.weaknesses)
    ssvc = None if one.ssvc is None else msgspec.json.encode(one.ssvc).decode()
    return (one.record, one.vulnerability, one.published, one.modified, one.is_rejected, severity, weaknesses, ssvc)


def _named(one: Product) -> tuple[object, ...]:
    needs = msgspec.msgpack.encode(one.needs) if one.needs else None
    versions = msgspec.msgpack.encode(one.versions)
    return (names.key(one.name), one.vendor, one.name, one.target, one.is_watched, versions, needs)


def forget(index: Tables, source: str, only: Sequence[str] | None = None) -> None:
    """Throw away what a feed gave: all of it, or `only` these records."""
    if only is None:
        index.execute("CREATE TEMP TABLE unsaid AS SELECT id FROM notice WHERE source = ?", (source,))
    else:
        index.execute("CREATE TEMP TABLE unsaid (id INTEGER PRIMARY KEY)")
        which = "INSERT INTO unsaid SELECT id FROM notice WHERE source = ? AND record = ?"
        index.executemany(which, ((source, one) for one in only))
    of_products = "(SELECT id FROM product WHERE notice IN (SELECT id FROM unsaid))"
    index.execute(f"DELETE FROM watch WHERE product IN {of_products}")  # noqa: S608 - a query of our own
    index.execute("DELETE FROM product WHERE notice IN (SELECT id FROM unsaid)")
    index.execute("DELETE FROM notice WHERE id IN (SELECT id FROM unsaid)")
    index.execute("DROP TABLE unsaid")


class Rated(NamedTuple):
    """What feeds say of one vulnerability together."""

    severity: tuple[tuple[str, str], ...] = ()
    weaknesses: tuple[str, ...] = ()
    ssvc: Ssvc | None = None
    is_rejected: bool = False


_VECTORS = msgspec.json.Decoder(tuple[tuple[str, str], ...])
_SSVC = msgspec.json.Decoder(Ssvc)


def rated(index: Tables, wanted: str) -> dict[str, Rated]:
    """Return the ratings of the vulnerabilities that a query of one column names, by name."""
    found: dict[str, Rated] = {}
    rows = index.execute(
        "SELECT name, severity, weaknesses, ssvc, rejected FROM notice "  # noqa: S608 - a query of our own
        f"WHERE name IN ({wanted}) ORDER BY name, source, record"
    )
    for name, severity, weaknesses, ssvc, rejected in rows:
        before = found.get(name, Rated())
        found[name] = Rated(
            tuple(dict.fromkeys((*before.severity, *_VECTORS.decode(severity)))),
            tuple(dict.fromkeys((*before.weaknesses, *weaknesses.split()))),
            before.ssvc if ssvc is None else _SSVC.decode(ssvc),
            before.is_rejected or bool(rejected),
        )
    return found
