"""The index where nothing may be written: read as it stands if it is up to date, and refused in a sentence if not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from asepsis.jobs import indexing
from asepsis.jobs.feeds import update
from asepsis.jobs.indexing import UnwritableIndexError
from asepsis.jobs.shelf import Shelf
from tests.jobs.test_bill_folder import bill, scanned, shelf
from tests.jobs.test_fleet import WORLD, record


@pytest.fixture
def closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    """A shelf with its index, beside which nothing may be written; whoever is root may, so that is only said."""
    feeds = shelf(tmp_path)
    with indexing.opened(feeds):
        pass
    monkeypatch.setattr(indexing, "may_be_written", lambda folder: False)
    return feeds


def files(folder: Path) -> dict[str, bytes]:
    return {str(one): one.read_bytes() for one in sorted(folder.rglob("*")) if one.is_file()}


def test_an_index_that_is_up_to_date_is_read_and_nothing_is_written(closed: Shelf, tmp_path: Path) -> None:
    before = files(closed.folder)
    with indexing.opened(closed) as index:
        assert index.execute("SELECT count(*) FROM advisory").fetchone() == (2,)
    (tmp_path / "bills").mkdir()
    (tmp_path / "bills" / "a.json").write_text(bill("pkg:pypi/requests@1.5"))
    assert [one.affected for one in scanned(tmp_path / "bills", closed).bills] == [1]
    assert files(closed.folder) == before


def test_one_that_is_not_up_to_date_is_refused(closed: Shelf, tmp_path: Path) -> None:
    (tmp_path / "records" / "C-1.json").write_text(json.dumps(record("C-1")))
    assert update(closed, closed.feed("own"), WORLD).result == "changed"
    with pytest.raises(UnwritableIndexError, match="not up to date"), indexing.opened(closed):
        pass


@pytest.mark.parametrize("what", ["no index", "of another version", "not closed whole"])
def test_one_that_is_not_there_as_it_should_be_is_refused(closed: Shelf, what: str) -> None:
    path = closed.folder / indexing.FILE
    if what == "no index":
        path.unlink()
    elif what == "of another version":
        path.write_bytes(b"")
    else:
        path.with_name(f"{path.name}-wal").write_bytes(b"x")
    with pytest.raises(UnwritableIndexError), indexing.opened(closed):
        pass
