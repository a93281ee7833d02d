"""All projections made again, out of the entries and the contents that are there: they are a pure function of these."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import msgspec
from django.db import connection, models, transaction

from asepsis.record import content
from asepsis.record.history import ABOUT_A_RECORD, ABOUT_A_REVISION, History
from asepsis.store import door
from asepsis.store.going import PROGRAM
from asepsis.store.models import PROJECTIONS, Baseline, FactTaken, Ledger, Person, Product
from asepsis.store.queries import ledger
from asepsis.store.rows import columns, insert, select, select_in, streamed, upsert
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

    Makes them again in a transaction that is undone; nobody can write meanwhile.
    """
    with transaction.atomic():
        door.lock()
        before = {model: dict(_digests(model)) for model in PROJECTIONS}
        _Rebuilding().run(ledger().size)
        found = []
        for model, digests in before.items():
            after = dict(_digests(model))
            for key in sorted(digests.keys() | after.keys()):
                if digests.get(key) != after.get(key):
                    found.append((str(model._meta.db_table), key))
                    break
        transaction.set_rollback(True)
    yield from found


def _digests(model: type[models.Model]) -> Iterator[tuple[str, bytes]]:
    """Yield a name and a digest for each row; rows that only the database numbers are named by all they hold."""
    names = columns(model)
    numbered = model._meta.pk.column not in names
    wanted = ", ".join(f'"{name}"' for name in names)
    for row in streamed(f'SELECT {wanted} FROM "{model._meta.db_table}"'):
        plain = [bytes(one) if isinstance(one, memoryview) else one for one in row]
        text = repr(plain)
        yield (text if numbered else str(row[0])), sha256(text.encode()).digest()


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
        working = Working()
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
