"""Reading the store: rows for lists, contents for records, dossiers and facts for assessments; now or at a position."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any

import msgspec
from django.conf import settings
from django.db import DatabaseError

from asepsis.exchange.facts import read_document
from asepsis.record import content, entry
from asepsis.record.dossier import Dossier, Stored, Turns
from asepsis.record.facts import Facts, TakenIn
from asepsis.record.history import Head, History, Revision, fold, unpack
from asepsis.store import refusals
from asepsis.store.models import Ledger, Person, Product, Record
from asepsis.store.rows import select, select_in, streamed


def home() -> Path:
    """Return the folder in which all state lives."""
    return Path(settings.MACHINE.home)


def ledger() -> Ledger:
    """Return how far the ledger has grown. Raises `NotFoundedError`."""
    try:
        found = Ledger.objects.filter(pk=1).first()
    except DatabaseError as error:
        if "no such table" in str(error) or "does not exist" in str(error):
            raise refusals.NotFoundedError(home=str(home())) from error
        raise
    if found is None:
        raise refusals.NotFoundedError(home=str(home()))
    return found


def now(real: datetime) -> datetime:
    """Return what the ledger's clock says when the real one says `real`: a demonstration's is behind by its offset."""
    return real.astimezone(UTC) - timedelta(seconds=ledger().clock_offset_s)


# --- records --------------------------------------------------------------------------------------------------------


def row(record: str) -> Record:
    """Return the row of a record by its id or label. Raises `UnknownRecordError`."""
    found = Record.objects.filter(**({"pk": record} if len(record) == 32 else {"label": record.upper()})).first()
    if found is None:
        found = Record.objects.filter(label__iexact=record).first()
    if found is None:
        raise refusals.UnknownRecordError(record=record)
    return found


def rows(records: Sequence[str]) -> list[Record]:
    """Return the rows of many records by id or label, in the order given. Raises `UnknownRecordError`."""
    by_id = Record.objects.in_bulk([one for one in records if len(one) == 32])
    return [by_id.get(one) or row(one) for one in records]


def value_of(digest: str | None) -> dict[str, Any] | None:
    """Return the plain value of a content; `None` where its bytes are not here."""
    if digest is None:
        return None
    found = select("SELECT data FROM store_content WHERE digest = %s", [digest])
    value: dict[str, Any] | None = msgspec.json.decode(content.value_bytes(bytes(found[0][0]))) if found else None
    return value


def head_value(record: Record) -> dict[str, Any] | None:
    """Return the content of a record's head."""
    return value_of(record.head_content)


def effective_value(record: Record) -> dict[str, Any] | None:
    """Return the content of a record's effective revision."""
    return value_of(record.effective_content)


def history(record: str) -> History:
    """Return the chain of a record by its id or label."""
    return unpack(bytes(row(record).history))


def revision(row: Record, number: int) -> Revision:
    """Return a revision of a record. Raises `UnknownRevisionError`."""
    found = next((one for one in history(row.id).revisions if one.number == number), None)
    if found is None:
        raise refusals.UnknownRevisionError(record=row, number=number, count=row.head_number)
    return found


def said(row: Record, number: int) -> dict[str, Any]:
    """Return what a revision of a record says; number 0 says nothing. Raises `UnknownRevisionError` or `ErasedError`."""
    if number == 0:
        return {}
    value = value_of(revision(row, number).content)
    if value is None:
        raise refusals.ErasedError(record=row, number=number)
    return value


def values_of(digests: Iterable[str]) -> dict[str, Any]:
    """Return the plain values of many contents, by digest."""
    found = select_in("SELECT digest, data FROM store_content WHERE digest IN ({})", digests)
    return {digest: msgspec.json.decode(content.value_bytes(bytes(data))) for digest, data in found}


# --- products and people --------------------------------------------------------------------------------------------


def product(name: str) -> Product:
    """Return a product by its id or code. Raises `UnknownProductError`."""
    found = Product.objects.filter(**({"pk": name} if len(name) == 32 else {"code": name.upper()})).first()
    if found is None:
        raise refusals.UnknownProductError(product=name)
    return found


def person(name: str) -> Person:
    """Return a person by id, or by name where only one is called so. Raises `UnknownPersonError`."""
    found = Person.objects.filter(pk=name).first()
    if found is None:
        called = list(Person.objects.filter(name__iexact=name)[:2])
        found = called[0] if len(called) == 1 else None
    if found is None:
        raise refusals.UnknownPersonError(person=name)
    return found


def names() -> dict[str, str]:
    """Return how each person is called now, by id."""
    return dict(Person.objects.values_list("id", "name"))


# --- dossiers -------------------------------------------------------------------------------------------------------

_RECORDS = """
SELECT r.id, r.label, r.kind, r.product, r.head_state, r.head_name, r.head_number, r.effective_name,
       r.effective_number, e.data, h.data, r.turns, r.seen, r.looked, r.standing,
       (SELECT size FROM store_ledger WHERE id = 1)
FROM store_record r
LEFT JOIN store_content e ON e.digest = r.effective_content
LEFT JOIN store_content h ON h.digest = r.head_content AND r.head_content <> COALESCE(r.effective_content, '')
WHERE """


def dossier(product: str | None, position: int | None = None) -> Dossier:
    """Return every record of a product and of the organisation, now or as of an entry (that one included).

    `product` is an id; `None` gives the organisation's own records.
    """
    if position is None or position >= ledger().size - 1:
        return _dossier_now(product)
    return _dossier_at(product, position)


def dossier_without(product: str, records: Collection[str]) -> Dossier:
    """Return the dossier of a product now as it would be if these records (ids) were not there, nor known to be."""
    return _dossier_now(product, frozenset(records))


def dossier_now(product: str, kinds: Collection[str]) -> Dossier:
    """Return the records of some kinds alone, a product's and the organisation's, now: what a page can afford to read."""
    return _dossier_now(product, kinds=tuple(sorted(kinds)))


def _dossier_now(
    product: str | None, without: frozenset[str] = frozenset(), kinds: tuple[str, ...] | None = None
) -> Dossier:
    condition, values = "r.product IS NULL", list[str]()
    if product:
        condition, values = "(r.product IS NULL OR r.product = %s)", [product]
    if kinds is not None:
        condition += f" AND r.kind IN ({', '.join(['%s'] * len(kinds))})"
        values += kinds
    rows = streamed(_RECORDS + condition, values)
    first = next(rows, None)
    position = (ledger().size if first is None else first[-1]) - 1  # of the same moment as the rows
    stored = map(_stored, (row for row in (rows if first is None else chain((first,), rows)) if row[0] not in without))
    return Dossier(stored, product=product, position=position, history=_Histories(product, position), earlier=_value)


def dossier_of(kind: str, product: str | None, position: int | None = None) -> Dossier:
    """Return the records of one kind alone, a product's and the organisation's, now or as of an entry."""
    most = ledger().size - 1 if position is None else position
    condition = "r.product IS NULL" + (" OR r.product = %s" if product else "")
    rows = streamed(
        "SELECT e.position, e.name, e.data FROM store_entry e JOIN store_record r ON r.id = e.record "
        f"WHERE r.kind = %s AND ({condition}) AND e.position <= %s ORDER BY e.position",
        [kind, product, most] if product else [kind, most],
    )
    histories = fold((at, name, msgspec.json.decode(bytes(data))) for at, name, data in rows)
    return of_histories(histories, product=product, position=most)


class _Histories:
    """The chains of a dossier's records, read when first asked; as they were at its position, whoever wrote since."""

    def __init__(self, product: str | None, position: int) -> None:
        self.product, self.position = product, position
        self.packed: dict[str, tuple[bytes, int]] = {}

    def __call__(self, record: str) -> History:
        if not self.packed:
            condition = "product IS NULL" + (" OR product = %s" if self.product else "")
            values = [self.product] if self.product else []
            found = streamed(f"SELECT id, history, changed_position FROM store_record WHERE {condition}", values)
            self.packed.update((one, (bytes(data), changed)) for one, data, changed in found)
        data, changed = self.packed[record]
        if changed <= self.position:
            return unpack(data)
        entries = select(
            "SELECT position, name, data FROM store_entry WHERE record = %s AND position <= %s ORDER BY position",
            [record, self.position],
        )
        return fold((at, name, msgspec.json.decode(bytes(one))) for at, name, one in entries)[record]


_TURNS: msgspec.json.Decoder[Turns] = msgspec.json.Decoder(tuple[tuple[int, int, int], ...])
_LOOKED = msgspec.json.Decoder(dict[str, int])


def _stored(row: Sequence[Any]) -> Stored:
    (
        record, label, kind, product, head_state, head_name, head_number, effective_name,
        effective_number, effective, head, turns, seen, looked, standing, _,
    ) = row  # fmt: skip
    return Stored(
        record,
        label,
        kind,
        product,
        Head(head_state),
        head_name,
        head_number,
        effective_name,
        effective_number or 0,
        content.value_bytes(bytes(effective)) if effective is not None else None,
        content.value_bytes(bytes(head)) if head is not None else None,
        _TURNS.decode(turns),
        seen,
        _LOOKED.decode(looked) if looked else {},
        withheld=effective_name is not None and effective is None,
        retired=standing == "retired",
    )


def _dossier_at(product: str | None, position: int) -> Dossier:
    condition = "of IS NULL" + (" OR of = %s" if product else "")
    entries = streamed(
        f"SELECT position, name, data FROM store_entry WHERE position <= %s AND ({condition}) ORDER BY position",
        [position, product] if product else [position],
    )
    histories = fold((at, name, msgspec.json.decode(bytes(data))) for at, name, data in entries)
    return of_histories(histories, product=product, position=position)


def _retiring(digests: Iterable[str]) -> frozenset[str]:
    """Return which of these erased contents retired their record, as what stands in for them says."""
    found = select_in(
        "SELECT x.digest, c.data FROM store_redacted x JOIN store_content c ON c.digest = x.remainder "
        "WHERE x.digest IN ({})",
        digests,
    )
    return frozenset(one for one, data in found if "retired" in msgspec.json.decode(content.value_bytes(bytes(data))))


def of_histories(histories: dict[str, History], *, product: str | None, position: int) -> Dossier:
    """Return the dossier of these histories, with their contents out of the store."""
    digests = _digests(histories.values())
    found = select_in("SELECT digest, data FROM store_content WHERE digest IN ({})", digests)
    values = {digest: content.value_bytes(bytes(data)) for digest, data in found}
    retired = _retiring([digest for digest in _digests(histories.values()) if digest not in values])
    stored = (Stored.of_history(one, values, retired) for one in histories.values())
    return Dossier(stored, product=product, position=position, history=histories.__getitem__, earlier=_value)


def _value(digest: str) -> bytes | None:
    """Return the canonical JSON of a content; `None` where it was erased."""
    found = select("SELECT data FROM store_content WHERE digest = %s", [digest])
    return content.value_bytes(bytes(found[0][0])) if found else None


def _digests(histories: Iterable[History]) -> Iterator[str]:
    for one in histories:
        yield one.head.content
        if one.effective is not None:
            yield one.effective.content


# --- facts and files ------------------------------------------------------------------------------------------------


def facts(product: str | None, position: int | None = None) -> Facts:
    """Return the facts of a product and of the organisation, now or as of an entry."""
    condition = "(product IS NULL" + (" OR product = %s)" if product else ")")
    values: list[Any] = [product] if product else []
    if position is not None:
        condition += " AND position <= %s"
        values.append(position)
    taken = select(
        "SELECT kind, subject, document, source, by, at, position, as_of "
        f"FROM store_facttaken WHERE {condition} ORDER BY position",
        values,
    )
    return Facts((TakenIn(*one) for one in taken), document)


def document(digest: str) -> Any | None:
    """Return a fact document as its shape; `None` where its bytes are not here."""
    data = file(digest)
    return None if data is None else read_document(data)


def file(digest: str) -> bytes | None:
    """Return the bytes of a kept file; `None` where they are not here."""
    found = select("SELECT data FROM store_storedfile WHERE digest = %s", [digest])
    return bytes(found[0][0]) if found else None


def files() -> frozenset[str]:
    """Return the digests of all kept files."""
    return frozenset(row[0] for row in select("SELECT digest FROM store_storedfile"))


# --- entries --------------------------------------------------------------------------------------------------------


def entries(first: int = 0, count: int = 100) -> list[tuple[int, str, dict[str, Any]]]:
    """Return `count` entries from position `first` on: position, name, fields. Those that are bare are passed over."""
    found = select(
        "SELECT position, name, data FROM store_entry WHERE position >= %s ORDER BY position LIMIT %s", [first, count]
    )
    return [(position, name, entry.read(bytes(data))) for position, name, data in found if data]


def through(positions: Iterable[int]) -> dict[int, str]:
    """Return how the token is called by which a program made an entry, by position; of what a person did, nothing."""
    found = select_in(
        "SELECT e.position, t.name FROM store_entry e JOIN store_bytoken t ON t.first = "
        "(SELECT MAX(first) FROM store_bytoken WHERE first <= e.position) "
        "WHERE e.position IN ({}) AND e.position < t.until",
        positions,
    )
    return {int(at): str(name) for at, name in found}
