"""Tampering: the file is changed behind the program's back, and the verification names the first entry that is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pytest_django.plugin import DjangoDbBlocker

from asepsis.configuration.records import Supplier
from asepsis.exchange.facts import Feeds, document_bytes
from asepsis.quality.records import Procedure
from asepsis.record import canonical, checkpoint, content, entry, tree
from asepsis.record.checkpoint import Checkpoint as Kept
from asepsis.record.slots import Meaning
from asepsis.store import acts, checkpoints, queries, refusals
from asepsis.store.changes import TakeIn
from asepsis.store.models import Entry, Holding, Ledger, Record
from asepsis.store.rows import select
from asepsis.store.verify import Verification, take_in_verification, verify
from tests.store import engine
from tests.store.conftest import Store, copied, opened, refused, tables


@dataclass
class Busy:
    """A store in which everything happened, with the positions of what tests spoil."""

    store: Store
    supplier: str = ""
    action: str = ""
    procedure: str = ""

    def position(self, record: str, form: str, which: int = -1) -> int:
        found = Entry.objects.filter(record=record, form=form).order_by("position")
        return int(list(found.values_list("position", flat=True))[which])

    def data(self, position: int) -> bytes:
        return bytes(Entry.objects.get(pk=position).data)

    def rewrite(self, position: int, change: Callable[[dict[str, Any]], None], *, whole: bool = False) -> None:
        """Put another entry in the place of one; `whole`: with its name, the tree and the last checkpoint's text too."""
        read = entry.read(self.data(position))
        change(read)
        data = canonical.dumps(read)
        names = [entry.name(bytes(one.data)) for one in Entry.objects.order_by("position")]
        before, names[position] = names[position], entry.name(data)
        changes: list[tuple[str, Any]] = [
            ("UPDATE store_entry SET data = ?, name = ? WHERE position = ?", (data, names[position], position))
        ]
        if whole:
            changes += self._all_that_follows(before, names)
        self.store.spoil(*changes)

    def _all_that_follows(self, before: str, names: list[str]) -> list[tuple[str, Any]]:
        frontier = tree.Frontier()
        frontier.extend(map(bytes.fromhex, names))
        forged = Ed25519PrivateKey.from_private_bytes(b"\x07" * 32)
        found: list[tuple[str, Any]] = [
            ("UPDATE store_ledger SET peaks = ?", (json.dumps(frontier.hex_peaks()),)),
            ("UPDATE store_record SET head_name = ? WHERE head_name = ?", (names[-1], before)),
        ]
        for size, note in select("SELECT size, note FROM store_checkpoint"):
            text = Kept.of(checkpoint.read(note).text)
            root = tree.root([bytes.fromhex(one) for one in names[:size]])
            signed = checkpoint.sign(Kept(text.origin, size, root), forged, text.origin)
            found.append(("UPDATE store_checkpoint SET note = ? WHERE size = ?", (signed, size)))
        return found


@pytest.fixture(scope="module")
def happened(prepared: Store, tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker) -> Busy:
    busy = Busy(copied(prepared, tmp_path_factory.mktemp("busy")))
    store = busy.store
    with opened(store.home, django_db_blocker):
        busy.supplier = store.effective("dev", Supplier, ("quality", Meaning.REVIEWED))
        busy.action = store.action(busy.supplier)
        busy.procedure = store.effective("dev", Procedure, ("quality", Meaning.APPROVED), review_by="2027-01-01")
        store.revise("dev", busy.supplier, name="Another")
        acts.submit(store.hand("dev"), [busy.supplier])
        store.sign("quality", busy.supplier, Meaning.REVIEWED)
        acts.review_links(store.hand("quality"), [(busy.action, busy.supplier)])
        acts.report_progress(store.hand("dev"), busy.action, {"done_on": "2026-01-05"}, "passphrase")
        facts = document_bytes(Feeds("2026-01-01T00:00:00Z", ()))
        acts.take_in(store.hand("dev"), [TakeIn("feeds", "organisation", facts, None, "0" * 64, None)])
        acts.make_baseline(store.hand("quality"), store.product)
        store.create("dev", Supplier)
        checkpoints.give_out(store.home)
        store.create("dev", Supplier)
        store.create("dev", Supplier)
    return busy


@pytest.fixture
def busy(happened: Busy, tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[Busy]:
    own = copied(happened.store, tmp_path)
    with opened(tmp_path, django_db_blocker):
        yield Busy(own, happened.supplier, happened.action, happened.procedure)
    engine.drop(tmp_path)


def disagreeing(verification: Verification) -> set[str]:
    return {part.name for part in verification.parts if part.result == "disagrees"}


def first(verification: Verification) -> tuple[str, int | None]:
    assert verification.first is not None
    return verification.first.part, verification.first.position


def test_a_ledger_that_nobody_touched_agrees(busy: Busy) -> None:
    verification = verify(deep=True)
    assert verification.findings == ()
    assert {part.result for part in verification.parts} == {"agrees"}
    assert verification.size == queries.ledger().size


def test_who_waits_is_told_how_far_it_is(busy: Busy) -> None:
    told: list[tuple[int, int]] = []
    verify(lambda read, size: told.append((read, size)))
    assert told[-1] == (queries.ledger().size,) * 2


def test_before_the_founding_there_is_nothing_to_verify(empty: Path) -> None:
    with pytest.raises(refusals.NotFoundedError):
        verify()


# --- entries ----------------------------------------------------------------------------------------------------------


def test_a_changed_byte_of_an_entry_is_named(busy: Busy) -> None:
    position = busy.position(busy.supplier, "approval", 0)
    data = busy.data(position).replace(b'"opened":true', b'"opened":false')
    busy.store.spoil(("UPDATE store_entry SET data = ? WHERE position = ?", (data, position)))
    verification = verify()
    assert first(verification) == ("entries", position)
    assert disagreeing(verification) >= {"entries", "tree"}
    assert verification.first is not None
    assert verification.first.name == Entry.objects.get(pk=position).name


@pytest.mark.parametrize(
    "data",
    [
        b"{}",
        b"not json",
        b'{"at":"2026-01-05T08:00:00.000000Z"}',
        b"[]",
        b'{"form":["revision"]}',
        b'{"form":"founding","v":true}',
    ],
)
def test_bytes_that_are_no_entry_are_named(busy: Busy, data: bytes) -> None:
    position = busy.position(busy.supplier, "submission", 0)
    busy.store.spoil(("UPDATE store_entry SET data = ? WHERE position = ?", (data, position)))
    assert first(verify()) == ("entries", position)


def test_the_same_entry_in_other_bytes_is_named(busy: Busy) -> None:
    position = busy.position(busy.supplier, "submission", 0)
    data = busy.data(position).replace(b'"v":1', b'"v": 1')
    name = entry.name(data)
    busy.store.spoil(("UPDATE store_entry SET data = ?, name = ? WHERE position = ?", (data, name, position)))
    verification = verify()
    assert first(verification) == ("entries", position)
    assert "canonical" in verification.findings[0].said.text()


def test_a_deleted_entry_is_named(busy: Busy) -> None:
    position = busy.position(busy.supplier, "approval", 0)
    busy.store.spoil(f"DELETE FROM store_entry WHERE position = {position}")
    verification = verify()
    assert first(verification) == ("entries", position)
    assert f"no entry {position}" in verification.findings[0].said.text()


@pytest.mark.parametrize("at_once", [1, 2, 3, 7])
def test_a_deleted_entry_is_named_wherever_reading_pauses(
    busy: Busy, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr("asepsis.store.verify.AT_ONCE", at_once)
    assert verify().agrees
    busy.store.spoil("DELETE FROM store_entry WHERE position = 20")
    assert first(verify()) == ("entries", 20)


def test_an_end_that_was_cut_off_is_named(busy: Busy) -> None:
    size = queries.ledger().size
    busy.store.spoil(f"DELETE FROM store_entry WHERE position >= {size - 2}")
    verification = verify()
    assert first(verification)[1] == size - 2
    assert disagreeing(verification) >= {"entries", "tree", "projections"}


def test_an_end_that_was_cut_off_with_its_ledger_row_is_told_by_the_checkpoint_that_left(busy: Busy) -> None:
    left = int(select("SELECT size FROM store_checkpoint WHERE kept = 'left'")[0][0])
    names = [one.name for one in Entry.objects.filter(position__lt=left - 1).order_by("position")]
    frontier = tree.Frontier()
    frontier.extend(map(bytes.fromhex, names))
    busy.store.spoil(
        f"DELETE FROM store_entry WHERE position >= {left - 1}",
        ("UPDATE store_ledger SET size = ?, peaks = ?", (left - 1, json.dumps(frontier.hex_peaks()))),
        f"DELETE FROM store_checkpoint WHERE size > {left}",
    )
    verification = verify()
    assert ("tree", left - 1) in {(one.part, one.position) for one in verification.findings}
    assert any("cut off" in one.said.text() for one in verification.findings)


def test_entries_that_the_ledger_does_not_count_are_told(busy: Busy) -> None:
    size = queries.ledger().size
    busy.store.spoil(
        f"INSERT INTO store_entry SELECT {size}, '{'0' * 64}', form, \"of\", record, data FROM store_entry LIMIT 1"
    )
    assert "projections" in disagreeing(verify())


def test_two_entries_that_changed_places_are_named(busy: Busy) -> None:
    position = busy.position(busy.supplier, "submission", 0)
    one, other = Entry.objects.get(pk=position), Entry.objects.get(pk=position + 1)
    put = "UPDATE store_entry SET name = ?, form = ?, record = ?, data = ? WHERE position = ?"
    busy.store.spoil(
        ("UPDATE store_entry SET name = 'x' WHERE position = ?", (position,)),
        (put, (one.name, one.form, one.record, bytes(one.data), position + 1)),
        (put, (other.name, other.form, other.record, bytes(other.data), position)),
    )
    verification = verify()
    assert first(verification) == ("approvals", position)
    assert "entries" in disagreeing(verification)  # time went back


def test_two_entries_of_one_commit_that_changed_places_are_bounded_by_checkpoints(store: Store) -> None:
    store.create("dev", Supplier)
    acts.make_baseline(store.hand("quality"), None)
    agreed = queries.ledger().size
    from asepsis.store.changes import Write
    from tests.kinds import smallest

    ids = [store.chance.id() for _ in range(2)]
    store.hand("dev").commit([Write(one, "Supplier", smallest(Supplier), None) for one in ids])
    one, other = Entry.objects.get(pk=agreed), Entry.objects.get(pk=agreed + 1)
    put = "UPDATE store_entry SET name = ?, record = ?, data = ? WHERE position = ?"
    store.spoil(
        ("UPDATE store_entry SET name = 'x' WHERE position = ?", (agreed,)),
        (put, (one.name, one.record, bytes(one.data), agreed + 1)),
        (put, (other.name, other.record, bytes(other.data), agreed)),
    )
    verification = verify()
    assert first(verification) == ("tree", agreed)
    assert f"they agreed up to {agreed}" in verification.findings[0].said.text()


@pytest.mark.parametrize(("column", "value"), [("form", "comment"), ("of", "5" * 32), ("record", "5" * 32)])
def test_an_entry_that_is_kept_as_something_else_is_named(busy: Busy, column: str, value: str) -> None:
    position = busy.position(busy.supplier, "revision", 0)
    busy.store.spoil((f'UPDATE store_entry SET "{column}" = ? WHERE position = ?', (value, position)))
    assert first(verify())[1] == position


def test_a_signature_that_is_kept_under_another_record_is_named(busy: Busy) -> None:
    position = busy.position(busy.supplier, "approval", 0)
    busy.store.spoil(("UPDATE store_entry SET record = ? WHERE position = ?", (busy.procedure, position)))
    assert first(verify()) == ("chain", position)


def test_a_signature_that_is_kept_under_no_record_is_named(busy: Busy) -> None:
    position = busy.position(busy.supplier, "approval", 0)
    busy.store.spoil(f"UPDATE store_entry SET record = NULL WHERE position = {position}")
    assert first(verify()) == ("chain", position)


# --- forged histories: the whole tree is hashed again, and only the key is missing ---------------------------------------


def _set(field: str, value: Any) -> Callable[[dict[str, Any]], None]:
    return lambda read: read.update({field: value})


FORGED = {
    "signer": ("approval", _set("by", "5" * 32), "approvals"),
    "author-signs": ("approval", None, "approvals"),
    "slot": ("approval", _set("slot", 3), "approvals"),
    "meaning": ("approval", _set("meaning", "approved"), "approvals"),
    "card": ("approval", _set("card", "5" * 64), "approvals"),
    "seen": ("approval", _set("seen", 9_999), "approvals"),
    "set": ("approval", _set("set", 2), "approvals"),
    "demonstration": ("approval", _set("how", "demonstration"), "approvals"),
    "stands-in": ("approval", _set("stands_in", "quality"), "approvals"),
    "no-slots": ("submission", _set("slots", []), "approvals"),
    "another-revision": ("submission", _set("revision", "5" * 64), "chain"),
    "number": ("revision", _set("number", 3), "chain"),
    "before": ("revision", _set("before", "5" * 64), "chain"),
    "kind": ("revision", _set("kind", "Procedure"), "chain"),
    "product": ("revision", _set("of", "5" * 32), "chain"),
    "material": ("revision", _set("material", 1), "material"),
    "progress": ("revision", _set("progress", True), "material"),
}


@pytest.mark.parametrize("what", FORGED)
def test_a_forged_entry_is_named_and_its_tree_is_not_signed(busy: Busy, what: str) -> None:
    form, change, part = FORGED[what]
    position = busy.position(busy.supplier, form)
    busy.rewrite(position, change or _set("by", busy.store.people["dev"]), whole=True)
    verification = verify()
    found = {(one.part, one.position) for one in verification.findings}
    if what not in ("author-signs",):
        assert (part, position) in found
    assert "checkpoints" in disagreeing(verification)


def test_an_author_as_the_second_pair_of_eyes_is_named(busy: Busy) -> None:
    position = busy.position(busy.procedure, "approval")
    dev = busy.store.people["dev"]
    card = select("SELECT card FROM store_person WHERE id = %s", [dev])[0][0]
    busy.rewrite(position, lambda read: read.update(by=dev, card=card), whole=True)
    verification = verify()
    assert ("approvals", position) in {(one.part, one.position) for one in verification.findings}
    assert any("An author signs" in one.said.text() for one in verification.findings)


def test_a_slot_that_is_filled_twice_is_named(busy: Busy) -> None:
    position = busy.position(busy.supplier, "approval")
    looked = busy.position(busy.action, "looked")
    signed = entry.read(busy.data(position))
    again = {**signed, "at": entry.read(busy.data(looked))["at"]}

    def put_again(read: dict[str, Any]) -> None:
        read.clear()
        read.update(again)

    busy.rewrite(looked, put_again, whole=True)
    busy.store.spoil(
        ("UPDATE store_entry SET form = 'approval', record = ? WHERE position = ?", (busy.supplier, looked))
    )
    assert ("approvals", looked) in {(one.part, one.position) for one in verify().findings}


def test_another_label_is_named(busy: Busy) -> None:
    position = busy.position(busy.action, "revision", 0)
    busy.rewrite(position, _set("label", "ORG-SUP-1"), whole=True)
    assert ("chain", position) in {(one.part, one.position) for one in verify().findings}


def test_a_label_of_another_product_is_named(busy: Busy) -> None:
    position = busy.position(busy.action, "revision", 0)
    busy.rewrite(position, _set("label", "GW-IMP-7"), whole=True)
    assert ("chain", position) in {(one.part, one.position) for one in verify().findings}


def test_time_that_goes_back_is_named(busy: Busy) -> None:
    position = busy.position(busy.supplier, "approval")
    busy.rewrite(position, _set("at", "2026-01-01T00:00:00.000000Z"), whole=True)
    assert ("entries", position) in {(one.part, one.position) for one in verify().findings}


def test_only_the_founding_may_ask_for_no_signatures(busy: Busy) -> None:
    assert verify().agrees
    role = Record.objects.get(label="ORG-ROL-2")
    position = busy.position(role.id, "submission")
    busy.rewrite(position, _set("slots", []), whole=True)
    assert ("approvals", position) in {(one.part, one.position) for one in verify().findings}


# --- checkpoints, contents, files, projections, triggers ----------------------------------------------------------------


def test_a_changed_checkpoint_is_told(busy: Busy) -> None:
    size, note = select("SELECT size, note FROM store_checkpoint WHERE kept = 'left'")[0]
    busy.store.spoil(
        ("UPDATE store_checkpoint SET note = ? WHERE size = ?", (note.replace(str(size), str(size - 1), 1), size))
    )
    verification = verify()
    assert disagreeing(verification) == {"checkpoints"}


def test_a_checkpoint_under_another_size_is_told(busy: Busy) -> None:
    size = int(select("SELECT size FROM store_checkpoint WHERE kept = 'left'")[0][0])
    busy.store.spoil(f"UPDATE store_checkpoint SET size = {size + 1} WHERE size = {size}")
    assert disagreeing(verify()) == {"checkpoints"}


def test_a_checkpoint_of_another_instant_is_told(busy: Busy) -> None:
    busy.store.spoil("UPDATE store_checkpoint SET at = '2020-01-01T00:00:00.000000Z' WHERE kept = 'left'")
    assert disagreeing(verify()) == {"checkpoints"}


def test_a_missing_last_checkpoint_is_told(busy: Busy) -> None:
    busy.store.spoil("DELETE FROM store_checkpoint WHERE kept = ''")
    assert disagreeing(verify()) == {"checkpoints"}


def test_a_changed_content_is_told_with_the_entry_that_names_it(busy: Busy) -> None:
    row = queries.row(busy.procedure)
    data = bytes(select("SELECT data FROM store_content WHERE digest = %s", [row.head_content])[0][0])
    changed = data.replace(b"some title", b"same title")
    busy.store.spoil(("UPDATE store_content SET data = ? WHERE digest = ?", (changed, row.head_content)))
    verification = verify()
    assert first(verification) == ("contents", busy.position(busy.procedure, "revision", 0))
    assert disagreeing(verification) == {"contents"}


def test_a_changed_content_that_no_entry_names_is_told(busy: Busy) -> None:
    busy.store.spoil(("INSERT INTO store_content VALUES (?, ?)", ("5" * 64, b"smuggled")))
    assert disagreeing(verify()) == {"contents"}


def test_a_lost_content_is_unchecked_and_not_passed(busy: Busy) -> None:
    row = queries.row(busy.procedure)
    busy.store.spoil(("DELETE FROM store_content WHERE digest = ?", (row.head_content,)))
    verification = verify()
    assert {part.name: part.result for part in verification.parts}["contents"] == "unchecked"
    assert not verification.agrees
    assert not verification.disagrees


def test_what_cannot_be_worked_out_again_is_unchecked(busy: Busy) -> None:
    digest = msgspec.json.decode(busy.data(busy.position(busy.supplier, "revision", 0)))["content"]
    busy.store.spoil(("DELETE FROM store_content WHERE digest = ?", (digest,)))
    results = {part.name: part.result for part in verify().parts}
    assert (results["material"], results["contents"]) == ("unchecked", "unchecked")


def test_a_changed_file_is_told_with_the_entry_that_names_it(busy: Busy) -> None:
    busy.store.spoil(("UPDATE store_storedfile SET data = ?", (b"\x00",)))
    verification = verify()
    position = int(select("SELECT position FROM store_facttaken WHERE kind = 'feeds'")[0][0])
    assert first(verification) == ("files", position)


def test_a_lost_fact_document_is_unchecked(busy: Busy) -> None:
    busy.store.spoil("DELETE FROM store_storedfile")
    assert {part.name: part.result for part in verify().parts}["files"] == "unchecked"


@engine.only_sqlite
@pytest.mark.parametrize("trigger", ["store_entry_no_update", "store_content_no_delete"])
def test_a_dropped_trigger_is_told(busy: Busy, trigger: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {trigger}")
    verification = verify()
    assert disagreeing(verification) == {"triggers"}
    assert trigger in verification.findings[0].said.text()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("peaks", "[]"),
        ("last_at", "2020-01-01T00:00:00.000000Z"),
        ("origin", "demonstration"),
        ("key", "5" * 64),
        ("time_zone", "UTC"),
        ("clock_offset_s", 3_600),
    ],
)
def test_a_changed_row_of_the_ledger_is_told(busy: Busy, column: str, value: Any) -> None:
    Ledger.objects.update(**{column: value})
    assert disagreeing(verify()) == {"projections"}


def test_a_size_that_is_too_small_is_told(busy: Busy) -> None:
    Ledger.objects.update(size=queries.ledger().size - 1)
    assert "projections" in disagreeing(verify())


@pytest.mark.parametrize(
    ("column", "value"),
    [("head_state", "effective"), ("standing", "retired"), ("head_number", 7), ("product", "5" * 32), ("label", "ORG-SUP-99")],
)  # fmt: skip
def test_a_changed_state_of_a_record_is_told(busy: Busy, column: str, value: Any) -> None:
    newest = Record.objects.filter(kind="Supplier", head_state="draft").order_by("changed_position").first()
    assert newest is not None
    Record.objects.filter(pk=newest.id).update(**{column: value})
    verification = verify()
    assert disagreeing(verification) == {"projections"}
    assert column in verification.findings[0].said.text()


def test_a_record_that_is_not_shown_is_told(busy: Busy) -> None:
    Record.objects.filter(pk=busy.supplier).delete()
    assert disagreeing(verify()) == {"projections"}


def test_a_forged_role_is_told_by_the_deep_verification(busy: Busy) -> None:
    Holding.objects.create(
        appointment="5" * 32, person=busy.store.people["otto"], role="management", product=None, since="2026-01-01"
    )
    assert verify().agrees
    assert disagreeing(verify(deep=True)) == {"projections"}


def test_a_baseline_of_something_else_is_told_by_the_deep_verification(busy: Busy) -> None:
    position = int(select("SELECT position FROM store_baseline")[0][0])
    busy.rewrite(position, _set("dossier", "5" * 64), whole=True)
    found = {(one.part, one.position) for one in verify(deep=True).findings}
    assert ("baselines", position) in found


@pytest.mark.parametrize(
    ("value", "form"),
    [({"title": 5}, "revision"), ({"title": "Only a title"}, "submission")],
    ids=["type", "incomplete"],
)
def test_a_content_that_does_not_read_as_its_kind_is_told_by_the_deep_verification(
    busy: Busy, value: dict[str, Any], form: str
) -> None:
    data = content.seal(value, b"\x05" * 16)
    busy.store.spoil(("INSERT INTO store_content VALUES (?, ?)", (content.digest(data), data)))
    busy.rewrite(busy.position(busy.procedure, "revision"), _set("content", content.digest(data)), whole=True)
    found = {(one.part, one.position) for one in verify(deep=True).findings}
    assert ("kinds", busy.position(busy.procedure, form)) in found


def test_a_deep_verification_leaves_everything_as_it_is(busy: Busy) -> None:
    Record.objects.filter(pk=busy.supplier).update(title="Forged")
    before = tables()
    verify(deep=True)
    assert tables() == before


SPOILT = {
    "entry": ("name", "form", "of", "record", "data"),
    "content": ("digest", "data"),
    "checkpoint": ("size", "at", "note"),
    "ledger": ("size", "peaks", "last_at", "origin", "clock_offset_s", "key", "time_zone"),
    "record": (
        "label",
        "kind",
        "title",
        "who",
        "due",
        "rank",
        "group",
        "history",
        "looked",
        "turns",
        "seen",
        "changed_at",
    ),
    "person": ("card", "name", "admitted_at"),
    "product": ("code", "name", "founded_at"),
    "link": ("target", "field", "effective"),
    "holding": ("person", "role", "since", "until"),
    "facttaken": ("document", "kind", "subject"),
    "baseline": ("dossier", "release"),
}
GARBAGE = ("", 7, b"\x00\xff", '{"salt":"","value":[]}')


@engine.only_sqlite  # PostgreSQL keeps to the type of a column
@pytest.mark.parametrize(("table", "column"), [(table, one) for table, columns in SPOILT.items() for one in columns])
def test_whatever_is_spoilt_is_told_and_nothing_breaks(busy: Busy, table: str, column: str) -> None:
    rows = [row[0] for row in select(f"SELECT rowid FROM store_{table} ORDER BY rowid")]
    row = rows[len(rows) // 2]
    was = select(f'SELECT "{column}" FROM store_{table} WHERE rowid = {row}')[0][0]
    put = f'UPDATE store_{table} SET "{column}" = ? WHERE rowid = {row}'
    for garbage in GARBAGE:
        if garbage != was:
            busy.store.spoil((put, (garbage,)))
            assert verify(deep=True).disagrees, garbage


# --- on record --------------------------------------------------------------------------------------------------------


def test_what_a_verification_said_is_put_on_record(busy: Busy) -> None:
    verification = verify()
    take_in_verification(busy.store.hand("quality"), verification)
    facts = queries.facts(None)
    taken = facts.get("ledger_verifications", "organisation")
    assert taken is not None
    document = facts.document(taken)
    assert document is not None
    assert document.position == verification.size - 1
    assert dict(document.parts)["tree"] == "agrees"
    left = select("SELECT size, at FROM store_checkpoint WHERE kept = 'left'")[0]
    assert (document.checkpoint_left_size, document.checkpoint_left_at) == left
    assert verify(deep=True).agrees


def test_only_quality_and_management_put_it_on_record(busy: Busy) -> None:
    verification = verify()
    for name in ("dev", "otto"):
        with refused(refusals.NotPermittedError):
            take_in_verification(busy.store.hand(name), verification)


def test_the_day_on_record_is_a_day(busy: Busy) -> None:
    take_in_verification(busy.store.hand("ada"), verify())
    taken = queries.facts(None).get("ledger_verifications", "organisation")
    assert taken is not None
    assert taken.as_of is not None
    assert date.fromisoformat(taken.as_of[:10]) == date(2026, 1, 5)
