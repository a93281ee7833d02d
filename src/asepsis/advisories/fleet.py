"""The components of many bills laid against the index at once: by the one definition of `join`, run in DuckDB.

A fleet names each package version once, however many bills have it. What is joined are these; what was found is then spread over
the rows of the bills. Both connections are arguments: an index in SQLite, and DuckDB without files.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from asepsis.advisories.join import SAME_PACKAGE, TOUCHES, Wanted

if TYPE_CHECKING:
    import numpy as np

    from asepsis.advisories.index import Index

    Array: TypeAlias = np.ndarray[Any, Any]

NOTHING = 0  # the number of what no ecosystem of advisories knows


class Engine(Protocol):
    """A connection to DuckDB, as far as it is used here."""

    def execute(self, statement: str, /) -> Any: ...
    def register(self, name: str, columns: object, /) -> Any: ...
    def unregister(self, name: str, /) -> Any: ...


@dataclass(frozen=True, slots=True)
class Fleet:
    """The component rows of many bills: for each the number of its bill and that of its package version.

    `wanted` are the rows by which package versions are looked up, as columns. A version that no ecosystem knows is `NOTHING`.
    """

    wanted: Mapping[str, Array]
    bill: Array
    package: Array

    def __len__(self) -> int:
        return len(self.bill)


@dataclass(frozen=True, slots=True)
class Touched:
    """What advisories say of a fleet.

    `package` and `advisory` are pairs: each package version with each advisory that says it is affected, or leaves that open.
    `rows` are the rows of the fleet that have one of these versions, in their order.
    """

    package: Array
    advisory: Array
    rows: Array


def columns_of(rows: Iterable[Wanted]) -> Mapping[str, Array]:
    """Return rows of `wanted` as the columns that DuckDB reads."""
    return _columns(list(rows), _WANTED)


def touched(fleet: Fleet, index: Index, engine: Engine) -> Touched:
    """Return which package versions of a fleet advisories touch, and which of its rows have one of them."""
    import numpy as np

    names = set(zip(fleet.wanted["name"].tolist(), fleet.wanted["ecosystem"].tolist(), strict=True))
    index.execute("BEGIN")  # one state of the index throughout
    try:
        index.execute("CREATE TEMP TABLE held (name TEXT, ecosystem TEXT, PRIMARY KEY (name, ecosystem)) WITHOUT ROWID")
        index.executemany("INSERT INTO held VALUES (?, ?)", names)
        for table, columns in _OF_THE_INDEX.items():
            ask = f"SELECT {', '.join(f't.{one}' for one in columns)} FROM held CROSS JOIN {_OF_PACKAGE[table]}"  # noqa: S608
            _put(engine, table, columns, _columns(index.execute(ask).fetchall(), columns))
    finally:
        index.execute("ROLLBACK")
    _put(engine, "wanted", _WANTED, fleet.wanted)
    found = engine.execute(_TOUCHED).fetchnumpy()
    package, advisory = found["n"], found["advisory"]
    is_touched = np.zeros(1 + max(int(fleet.package.max(initial=0)), int(package.max(initial=0))), dtype=bool)
    is_touched[package] = True
    return Touched(package, advisory, np.flatnonzero(is_touched[fleet.package]))


_TOUCHED = f"""
SELECT DISTINCT w.n, p.advisory FROM wanted w JOIN package p ON {SAME_PACKAGE} WHERE {TOUCHES} ORDER BY 1, 2
"""  # noqa: S608 - texts of our own

_NUMBER, _TEXT, _KEY = "BIGINT", "TEXT", "BLOB"
_WANTED = {"n": _NUMBER, "ecosystem": _TEXT, "name": _TEXT, "release": _TEXT, "key": _KEY, "version": _TEXT}
_OF_THE_INDEX = {
    "package": {
        "id": _NUMBER,
        "advisory": _NUMBER,
        "ecosystem": _TEXT,
        "name": _TEXT,
        "release": _TEXT,
        "doubt": _TEXT,
    },
    "span": {"package": _NUMBER, "low": _KEY, "high": _KEY},
    "word": {"package": _NUMBER, "version": _TEXT},
}
_PACKAGE = "package p ON p.name = held.name AND p.ecosystem = held.ecosystem"
_OF_PACKAGE = {
    "package": f"{_PACKAGE} CROSS JOIN package t ON t.id = p.id",
    "span": f"{_PACKAGE} CROSS JOIN span t ON t.package = p.id",
    "word": f"{_PACKAGE} CROSS JOIN word t ON t.package = p.id",
}
"""Where the rows stand that speak of a package which the fleet holds."""

_ABSENT: Mapping[str, Any] = {_TEXT: "\0", _KEY: b"\0"}  # no text of ours, and no key: those hold no zero byte


def _columns(rows: list[Any], kinds: Mapping[str, str]) -> Mapping[str, Array]:
    """Return rows as arrays, one for each column. DuckDB tells kinds by a sample, so that what is absent is a value here."""
    import numpy as np

    columns = zip(*rows, strict=True) if rows else [()] * len(kinds)
    return {
        name: np.array(column, dtype=np.int64)
        if kind == _NUMBER
        else _objects([_ABSENT[kind] if one is None else one for one in column])
        for (name, kind), column in zip(kinds.items(), columns, strict=True)
    }


def _objects(values: list[Any]) -> Array:
    import numpy as np

    made = np.empty(len(values), dtype=object)
    made[:] = values
    return made


def _put(engine: Engine, table: str, kinds: Mapping[str, str], columns: Mapping[str, Array]) -> None:
    """Make a table of DuckDB out of arrays."""
    typed = ", ".join(f"{name} {kind}" for name, kind in kinds.items())
    read = ", ".join(
        name if kind == _NUMBER else f"nullif({name}, {_SAID[kind]}) AS {name}" for name, kind in kinds.items()
    )
    engine.register("given", columns)
    engine.execute(f"CREATE OR REPLACE TEMP TABLE {table} ({typed})")
    if len(next(iter(columns.values()))):
        engine.execute(f"INSERT INTO {table} SELECT {read} FROM given")  # noqa: S608 - tables of our own
    engine.unregister("given")


_SAID = {_TEXT: "chr(0)", _KEY: r"'\x00'::BLOB"}
