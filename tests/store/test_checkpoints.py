"""Checkpoints that left the machine, held against what the ledger became since."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django.plugin import DjangoDbBlocker

from asepsis.configuration.records import Supplier
from asepsis.record import checkpoint, tree
from asepsis.record.checkpoint import MalformedNoteError, NotVerifiedError
from asepsis.store import acts, checkpoints, keys, queries
from asepsis.store.changes import Actor
from asepsis.store.checkpoints import Verdict
from asepsis.store.models import Checkpoint
from tests.store import engine
from tests.store.conftest import Clock, Store, opened, refused


def sizes() -> dict[int, str]:
    return dict(Checkpoint.objects.values_list("size", "kept"))


def test_the_same_ledger_is_the_same(store: Store) -> None:
    compared = checkpoints.held_against(checkpoints.newest().note)
    assert (compared.verdict, compared.size) == (Verdict.SAME, queries.ledger().size)


def test_a_ledger_that_went_on_extends_what_it_was_and_proves_it(store: Store) -> None:
    first, size = checkpoints.newest().note, queries.ledger().size
    store.create("dev", Supplier)
    store.create("dev", Supplier)
    compared = checkpoints.held_against(first)
    assert compared.verdict is Verdict.EXTENDED
    newest = checkpoints.held_against(checkpoints.newest().note).kept
    tree.verify_consistency(
        first=size, second=size + 2, proof=compared.proof, first_root=compared.kept.root, second_root=newest.root
    )
    assert f"{size} entries" in compared.said.text()
    assert "2 came since" in compared.said.text()


@engine.only_sqlite
def test_a_restored_backup_is_cut(store: Store, tmp_path: Path) -> None:
    connection.close()
    backup = tmp_path / "backup"
    shutil.copy(store.file, backup)
    store.create("dev", Supplier)
    note = checkpoints.newest().note
    connection.close()
    for left in store.home.glob("asepsis.sqlite3-*"):
        left.unlink()
    shutil.copy(backup, store.file)
    assert checkpoints.held_against(note).verdict is Verdict.CUT


def test_two_that_went_on_from_one_are_a_fork(
    store: Store, tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker
) -> None:
    connection.close()
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    engine.copy(store.home, elsewhere)
    store.create("dev", Supplier)
    note = checkpoints.newest().note
    with opened(elsewhere, django_db_blocker):
        store.create("dev", Supplier, title="Written elsewhere")
        store.create("dev", Supplier, title="Written elsewhere too")
        assert checkpoints.held_against(note).verdict is Verdict.FORKED


def test_a_checkpoint_of_another_ledger_says_nothing(store: Store, migrated: Path, tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker) -> None:  # noqa: E501  # fmt: skip
    elsewhere = tmp_path_factory.mktemp("other")
    engine.copy(migrated, elsewhere)
    with opened(elsewhere, django_db_blocker):
        acts.found_ledger(elsewhere, acts.First("Eve"), time_zone="UTC", clock=Clock())
        note = checkpoints.newest().note
    with pytest.raises(checkpoints.OtherLedgerError):
        checkpoints.held_against(note)


def test_a_checkpoint_that_the_key_did_not_sign_is_refused(store: Store) -> None:
    body = checkpoint.read(checkpoints.newest().note).text
    stranger = keys.load(_home_with_key(store))
    forged = checkpoint.sign(checkpoint.Checkpoint.of(body), stranger, body.split("\n", 1)[0])
    with pytest.raises(NotVerifiedError):
        checkpoints.held_against(forged)


def _home_with_key(store: Store) -> Path:
    home = store.home / "stranger"
    home.mkdir()
    keys.make(home, bytes(32))
    return home


def test_a_changed_checkpoint_is_refused(store: Store) -> None:
    note, size = checkpoints.newest().note, queries.ledger().size
    with pytest.raises(NotVerifiedError):
        checkpoints.held_against(note.replace(f"\n{size}\n", f"\n{size - 1}\n", 1))
    with pytest.raises(MalformedNoteError):
        checkpoints.held_against("Trust me.")


def test_what_was_given_out_is_kept_for_good(store: Store, tmp_path: Path) -> None:
    size = queries.ledger().size
    folder = tmp_path / "out"
    folder.mkdir()
    file = checkpoints.give_out(folder)
    assert file.name == f"checkpoint-{size}.txt"
    store.create("dev", Supplier)
    store.create("dev", Supplier)
    assert sizes()[size] == "left"
    assert size + 1 not in sizes()
    assert checkpoints.held_against(file.read_bytes()).verdict is Verdict.EXTENDED


def test_a_file_that_is_there_stays(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "note.txt"
    file.write_text("Something else.", encoding="utf-8")
    with refused(checkpoints.CannotWriteError):
        checkpoints.give_out(file)
    assert file.read_text(encoding="utf-8") == "Something else."


def test_giving_out_twice_gives_the_same_file(store: Store, tmp_path: Path) -> None:
    assert checkpoints.give_out(tmp_path).read_bytes() == checkpoints.give_out(tmp_path).read_bytes()


def test_where_no_file_can_be_written_nothing_is_kept(store: Store, tmp_path: Path) -> None:
    with refused(checkpoints.CannotWriteError):
        checkpoints.give_out(tmp_path / "no" / "such" / "folder.txt")


def test_only_the_last_checkpoint_of_a_day_stays(store: Store) -> None:
    store.create("dev", Supplier)
    last_of_day = queries.ledger().size
    store.clock.now += timedelta(days=1)
    store.create("dev", Supplier)
    store.create("dev", Supplier)
    assert sizes() == {6: "founding", last_of_day: "day", last_of_day + 2: ""}


def test_the_day_is_that_of_the_organisation(store: Store) -> None:
    store.clock.now = store.clock.now.replace(hour=22, minute=30)  # 23:31 in Zurich
    store.create("dev", Supplier)
    before_midnight = queries.ledger().size
    store.clock.now = store.clock.now.replace(hour=23, minute=30)  # 00:31 of the next day there
    store.create("dev", Supplier)
    assert sizes()[before_midnight] == "day"


def test_the_checkpoint_of_a_baseline_stays(store: Store) -> None:
    position, receipt = acts.make_baseline(store.hand("quality"), store.product)
    store.create("dev", Supplier)
    assert sizes()[receipt.size] == "baseline"
    assert position == receipt.size - 1


def test_a_missing_checkpoint_is_told(store: Store) -> None:
    Checkpoint.objects.filter(size=queries.ledger().size).delete()
    with pytest.raises(checkpoints.NoCheckpointError):
        checkpoints.newest()


def test_the_newest_checkpoint_is_found_in_one_question_so_that_nobody_appends_between_two(store: Store) -> None:
    with CaptureQueriesContext(connection) as asked:
        checkpoints.newest()
    assert len(asked) == 1


def test_the_founding_alone_can_be_held_against(empty: Path) -> None:
    clock = Clock()
    person, _ = acts.found_ledger(empty, acts.First("Eve"), time_zone="UTC", clock=clock)
    note = checkpoints.newest().note
    acts.admit(acts.Hand(Actor(person), clock), "Adam", "known")
    assert checkpoints.held_against(note).verdict is Verdict.EXTENDED
