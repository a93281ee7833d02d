"""All projections made again, out of the entries and the contents that are there: they are a pure function of these."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from django.db import connection, models, transaction

from asepsis.record import content
from asepsis.record.history import ABOUT_A_RECORD, ABOUT_A_REVISION, History
from asepsis.store import door, words
from asepsis.store.going import PROGRAM
from asepsis.store.models import PROJECTIONS, Baseline, FactTaken, Ledger, Person, Product
from asepsis.store.queries import ledger
from asepsis.store.rows import columns, insert, select, select_in, upsert
from asepsis.store.working import State, Working, shown

AT_ONCE = 2_000
OF_A_RECORD = ABOUT_A_RECORD | ABOUT_A_REVISION | {"revision"}


def rebuild() -> int:
    """Make every projection again in one transaction, and return how many entries were gone through.

    The row of the ledger stays as it is, but for the program that it names: it is what entries are held against.
    Raises `NotFoundedError`.
    """
    with transaction.atomic():
        door.lock()
        size = ledger().size
        _Rebuilding().run(size)
        words.reindex()
        Ledger.objects.update(program=PROGRAM)
    return size


def rebuild_if_older() -> bool:
    """Make the projections again where another version of the program made them, and return whether that was so."""
    row = Ledger.objects.filter(pk=1).first()
    if row is None or row.program == PROGRAM:
        return False
    rebuild()
    return True


def differences() -> Iterator[tuple[str, str]]:
    """Yield each projection that is not what the entries say, as its table and one row, and leave all as it is.

    Makes them again beside the kept ones, in temporary tables of the same names: both databases look there first. The
    databases do the comparing, so memory does not grow with the ledger. Nobody can write meanwhile.
    """
    with transaction.atomic():
        door.lock()
        for model in PROJECTIONS:
            _stand_before(model)
        _Rebuilding().run(ledger().size)
        found = [(model._meta.db_table, where) for model in PROJECTIONS if (where := _difference(model)) is not None]
        transaction.set_rollback(True)
    yield from found


def _stand_before(model: type[models.Model]) -> None:
    """Make an empty temporary table that statements take for the table of `model` until the transaction is undone."""
    table, key = model._meta.db_table, model._meta.pk.column
    with connection.cursor() as cursor:
        cursor.execute(
            f'CREATE TEMPORARY TABLE "{table}" AS SELECT {_quoted(columns(model))} FROM "{table}" WHERE 1 = 0'
        )
        if key in columns(model):
            cursor.execute(f'CREATE UNIQUE INDEX "again_{table}" ON "{table}" ("{key}")')
        else:
            for index in model._meta.indexes:
                cursor.execute(f'CREATE INDEX "again_{index.name}" ON "{table}" ({_quoted(index.fields)})')


def _difference(model: type[models.Model]) -> str | None:
    """Return what names a row that only the kept or only the remade table holds; rows without a key are named whole."""
    kept, again = f'"{_schema()}"."{model._meta.db_table}"', f'"{model._meta.db_table}"'
    found = _differing_key if model._meta.pk.column in columns(model) else _differing_row
    for one, other in ((kept, again), (again, kept)):
        if (where := found(model, one, other)) is not None:
            return where
    counts = select(f"SELECT (SELECT COUNT(*) FROM {kept}), (SELECT COUNT(*) FROM {again})")[0]
    return None if counts[0] == counts[1] else f"{counts[0]} rows, {counts[1]} expected"


def _differing_key(model: type[models.Model], one: str, other: str) -> str | None:
    """Return the first key of `one` that is not in `other`, or there with other values."""
    key = model._meta.pk.column
    apart = "IS DISTINCT FROM" if connection.vendor == "postgresql" else "IS NOT"
    differs = " OR ".join(f'a."{name}" {apart} b."{name}"' for name in columns(model))
    rows = select(f'SELECT a."{key}" FROM {one} a LEFT JOIN {other} b ON a."{key}" = b."{key}" WHERE {differs} LIMIT 1')
    return str(rows[0][0]) if rows else None


def _differing_row(model: type[models.Model], one: str, other: str) -> str | None:
    """Return the first row of `one` that is not in `other`."""
    names = _quoted(columns(model))
    rows = select(f"SELECT {names} FROM {one} EXCEPT SELECT {names} FROM {other} ORDER BY 1 LIMIT 1")
    return str(list(rows[0])) if rows else None


def _schema() -> str:
    """Return where the kept tables are."""
    return str(select("SELECT current_schema()")[0][0]) if connection.vendor == "postgresql" else "main"


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


class _Rebuilding:
    """One rebuilding: entries in parts, each part as if it were one commit."""

    def run(self, size: int) -> None:
        for model in PROJECTIONS:
            with connection.cursor() as cursor:
                cursor.execute(f'DELETE FROM "{model._meta.db_table}"')
        for start in range(0, size, AT_ONCE):
            rows = select(
                "SELECT position, name, record, data FROM store_entry "
                "WHERE position >= %s AND position < %s ORDER BY position",
                [start, min(start + AT_ONCE, size)],
            )
            read = [(at, name, record, msgspec.json.decode(bytes(data))) for at, name, record, data in rows if data]
            self._part(read)

    def _part(self, entries: list[tuple[int, str, str | None, dict[str, Any]]]) -> None:
        named = [read[_NAMES[read["form"]]] for _, _, _, read in entries if read["form"] in _NAMES]
        found = select_in("SELECT digest, data FROM store_content WHERE digest IN ({})", named)
        standing_in = select_in(
            "SELECT x.digest, c.data FROM store_redacted x JOIN store_content c ON c.digest = x.remainder "
            "WHERE x.digest IN ({})",
            named,
        )
        values = {
            digest: shown(msgspec.json.decode(content.value_bytes(bytes(data))))
            for digest, data in (*found, *standing_in)
        }
        working = Working(indexes=False)
        working.load(record for _, _, record, read in entries if record and read["form"] in OF_A_RECORD)
        for position, name, record, read in entries:
            form = read["form"]
            if form in OF_A_RECORD and record is not None:
                self._record(working, position, name, record, read, values)
            elif form in _NAMES or form in ("facts", "baseline"):
                self._row(position, read, values)
        working.write_back()

    def _record(
        self, working: Working, position: int, name: str, record: str, read: dict[str, Any], values: dict[str, Any]
    ) -> None:
        value = values.get(read["content"]) if read["form"] == "revision" else None
        state = working.get(record)
        if state is None:
            begun = History.begun(position, name, read)
            working.begin(State(begun, value, None, read["at"], position, touched=True))
        else:
            state.apply(position, name, read, value)

    def _row(self, position: int, read: dict[str, Any], values: dict[str, Any]) -> None:
        at, of = read["at"], read.get("of")
        match read["form"]:
            case "product":
                name = values.get(read["name"], {}).get("name", "")
                upsert(Product, [(read["product"], read["code"], name, at, position)])
            case "admission" | "renaming":
                name = values.get(read["card"], {}).get("name", "")
                before = select("SELECT admitted_at FROM store_person WHERE id = %s", [read["person"]])
                upsert(Person, [(read["person"], read["card"], name, before[0][0] if before else at)])
            case "facts":
                kept = (read["kind"], read["subject"], read["document"], read["source"], read["by"])
                insert(FactTaken, [(position, of, *kept, at, read.get("as_of"))])
            case "baseline":
                insert(Baseline, [(position, of, read.get("release"), read["dossier"], at, read["by"])])


_NAMES = {"revision": "content", "product": "name", "admission": "card", "renaming": "card"}
"""The field of a form that names a content which a projection shows."""
