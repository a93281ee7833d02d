"""Whatever was done, the projections say what the entries say: now, at every position, and made anew."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from pytest_django.plugin import DjangoDbBlocker

from asepsis.configuration.records import Supplier
from asepsis.record.dossier import Dossier
from asepsis.record.history import fold, pack
from asepsis.store import acts, queries, rebuild
from asepsis.store.changes import MarkBaseline, Write
from asepsis.store.models import PROJECTIONS, Baseline, Ledger, Record
from asepsis.store.rows import columns, select
from asepsis.store.unsound import unsound
from asepsis.store.verify import verify
from tests.kinds import smallest
from tests.store import engine
from tests.store.conftest import Store, copied, opened, tables
from tests.store.walk import Walk

SEEDS = (1,)


@pytest.fixture(scope="module", params=SEEDS)
def went(
    prepared: Store, tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker, request: Any
) -> Walk:
    walk = Walk(copied(prepared, tmp_path_factory.mktemp("walk")), random.Random(request.param))
    with opened(walk.store.home, django_db_blocker):
        walk.go(300)
    return walk


@pytest.fixture
def walk(went: Walk, tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[Walk]:
    engine.copy(went.store.home, tmp_path)
    with opened(tmp_path, django_db_blocker):
        yield went
    engine.drop(tmp_path)


def told(dossier: Dossier) -> dict[str, Any]:
    """Return all that a dossier says, as plain values."""
    items = list(dossier.items()) + list(dossier.retired())
    return {
        "digest": dossier.digest,
        "items": sorted((one.id, one.name, one.number, one.head_state, one.content, one.seen) for one in items),
        "pending": sorted((one.id, one.state, one.name, one.value) for one in dossier.pending()),
        "links": sorted((one.id, list(map(str, dossier.links(one)))) for one in dossier.items()),
        "withheld": dossier.withheld,
    }


def test_the_walk_went_through_all_that_can_happen(walk: Walk) -> None:
    forms = {row[0] for row in select("SELECT DISTINCT form FROM store_entry")}
    assert walk.done == 300
    assert walk.refused > 50
    assert forms >= {
        "revision", "submission", "approval", "rejection", "withdrawal", "looked", "comment", "facts", "baseline",
        "embargo",
    }  # fmt: skip


def test_links_that_need_a_look_are_told_by_the_tables_as_by_the_dossier(walk: Walk) -> None:
    dossier = queries.dossier(walk.store.product)
    expected = {
        (link.source.id, link.field, link.target, link.broken)
        for item in dossier.items()
        for link in dossier.links(item)
        if link.broken or link.suspect
    }
    found = [(one.source, one.field, one.target, one.broken) for one in unsound(walk.store.product)]
    assert expected
    assert (len(found), set(found)) == (len(expected), expected)


def test_the_ledger_of_the_walk_agrees_with_itself(walk: Walk) -> None:
    verification = verify(deep=True)
    assert [(one.part, one.position, one.said.text()) for one in verification.findings] == []
    assert verification.agrees


def test_rebuilding_gives_the_same_tables(walk: Walk) -> None:
    before = tables()
    assert rebuild.rebuild() == queries.ledger().size
    assert tables() == before


def test_rebuilding_in_small_parts_gives_the_same_tables(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    before = tables()
    monkeypatch.setattr(rebuild, "AT_ONCE", 7)
    rebuild.rebuild()
    assert tables() == before


def test_what_stands_now_is_what_stands_at_the_last_entry(walk: Walk) -> None:
    size = queries.ledger().size
    for product in (None, walk.store.product, walk.store.other):
        now, then = queries.dossier(product), queries._dossier_at(product, size - 1)
        assert told(now) == told(then)
        assert now.position == then.position == size - 1


def test_what_stood_at_a_position_can_be_asked_later(walk: Walk) -> None:
    assert len(walk.seen) > 10
    found = {position: queries.dossier(walk.store.product, position).digest for position in walk.seen}
    assert found == walk.seen


def test_each_history_is_the_fold_of_its_entries(walk: Walk) -> None:
    entries = select("SELECT position, name, data FROM store_entry ORDER BY position")
    folded = fold((at, name, msgspec.json.decode(bytes(data))) for at, name, data in entries)
    kept = {one.id: bytes(one.history) for one in Record.objects.all()}
    assert kept == {record: pack(history) for record, history in folded.items()}


def test_each_baseline_names_what_stood_before_it(walk: Walk) -> None:
    marked = list(Baseline.objects.all())
    assert marked
    for one in marked:
        assert queries.dossier(one.product, one.position - 1).digest == one.dossier


# --- rebuilding -------------------------------------------------------------------------------------------------------


def test_a_spoilt_projection_is_found_and_mended(store: Store, supplier: str) -> None:
    before = tables()
    Record.objects.filter(pk=supplier).update(title="Forged", who="5" * 32)
    assert [table for table, _ in rebuild.differences()] == ["store_record"]
    assert tables() != before
    rebuild.rebuild()
    assert tables() == before
    assert list(rebuild.differences()) == []


@pytest.mark.parametrize("model", [one for one in PROJECTIONS if one is not Baseline])
@pytest.mark.parametrize("spoil", ["lost", "twice", "changed"])
def test_a_row_that_is_lost_or_there_twice_or_changed_is_found_in_each_table(
    walk: Walk, model: type[Any], spoil: str
) -> None:
    names = columns(model)
    rows = model.objects.order_by("pk")
    first = rows[0]
    match spoil:
        case "lost":
            rows.filter(pk=first.pk).delete()
        case "changed":
            rows.filter(pk=first.pk).update(**{names[1]: "0" * 8})
        case "twice":
            key = model._meta.pk.name
            first.pk = None if key not in names else "9" * 32 if key == "id" else 999_999
            first.code = first.label = "ZZ-ZZZ-1"  # which the products, and the records, have once each
            if hasattr(first, "record"):
                first.record = "9" * 32  # which the words have once each
            first.save(force_insert=True)
    before = tables()
    assert [table for table, _ in rebuild.differences()] == [model._meta.db_table]
    assert tables() == before
    assert not verify(deep=True).agrees


def test_a_program_that_reads_otherwise_builds_again_at_its_first_start(
    store: Store, supplier: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not rebuild.rebuild_if_older()
    Record.objects.filter(pk=supplier).update(title="As an older program made it")
    monkeypatch.setattr(rebuild, "PROGRAM", "another")
    assert rebuild.rebuild_if_older()
    assert queries.row(supplier).title == "some title"
    assert Ledger.objects.get().program == "another"
    assert not rebuild.rebuild_if_older()


def test_where_nothing_was_founded_nothing_is_built(empty: Path) -> None:
    assert not rebuild.rebuild_if_older()


def test_what_is_written_after_a_rebuilding_goes_on_from_it(store: Store, supplier: str) -> None:
    rebuild.rebuild()
    store.revise("dev", supplier, name="Another")
    store.create("dev", Supplier)
    before = tables()
    rebuild.rebuild()
    assert tables() == before


def test_a_content_that_is_gone_leaves_no_trace_in_the_projections(store: Store, supplier: str) -> None:
    acts.comment(store.hand("dev"), supplier, "Still here.")
    row = queries.row(supplier)
    store.spoil(("DELETE FROM store_content WHERE digest = ?", [row.head_content]))
    rebuild.rebuild()
    again = queries.row(supplier)
    assert (again.title, again.group, again.head_name, again.standing) == ("", None, row.head_name, "effective")
    assert supplier in queries.dossier(None).withheld


def test_a_newest_content_that_is_gone_is_not_replaced_by_an_older_one(store: Store, supplier: str) -> None:
    store.revise("dev", supplier, title="The newest")
    store.spoil(("DELETE FROM store_content WHERE digest = ?", [queries.row(supplier).head_content]))
    rebuild.rebuild()
    assert queries.row(supplier).title == ""


def test_a_baseline_sees_what_its_own_commit_wrote_before_it(store: Store) -> None:
    write = Write(store.chance.id(), "Supplier", smallest(Supplier), None)
    store.hand("quality").commit([write, MarkBaseline(store.product)])
    assert Baseline.objects.get().dossier == queries.dossier(store.product).digest
    assert verify(deep=True).agrees
