"""Checkpoints that leave by themselves: one a day, into a folder; a folder that does not take it undoes no commit."""

from __future__ import annotations

import logging
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings

from asepsis.configuration.records import Supplier
from asepsis.store import checkpoints, queries
from asepsis.store.models import Checkpoint
from tests.store.conftest import Store


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "kept elsewhere"
    place.mkdir()
    monkeypatch.setattr(settings.MACHINE, "checkpoint_folder", place)
    return place


def test_the_first_commit_of_a_day_lets_a_checkpoint_leave(store: Store, folder: Path) -> None:
    store.create("dev", Supplier)
    (file,) = folder.iterdir()
    assert file.name == f"checkpoint-{queries.ledger().size}.txt"
    assert checkpoints.held_against(file.read_text()).verdict is checkpoints.Verdict.SAME


def test_another_commit_of_that_day_lets_none(store: Store, folder: Path) -> None:
    store.create("dev", Supplier)
    store.create("dev", Supplier)
    assert len(list(folder.iterdir())) == 1


def test_the_next_day_another_one_leaves(store: Store, folder: Path) -> None:
    store.create("dev", Supplier)
    store.clock.now += timedelta(days=1)
    store.create("dev", Supplier)
    assert len(list(folder.iterdir())) == 2


def test_a_folder_that_is_not_there_is_told_and_undoes_nothing(
    store: Store, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder.rmdir()
    with caplog.at_level(logging.ERROR):
        record = store.create("dev", Supplier)
    assert queries.row(record).head_number == 1
    assert "it is no folder" in caplog.text
    assert not Checkpoint.objects.filter(kept="left").exists()


def test_without_a_folder_none_leaves(store: Store) -> None:
    store.create("dev", Supplier)
    assert not Checkpoint.objects.filter(kept="left").exists()
