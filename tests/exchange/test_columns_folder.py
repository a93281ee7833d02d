from __future__ import annotations

from pathlib import Path

import pytest

from asepsis.exchange.bill import Bill
from asepsis.exchange.columns import Columns
from asepsis.exchange.columns_folder import ColumnsFolder
from asepsis.exchange.formats import bill_of
from asepsis.exchange.source import Source

SOURCE = Source("go.sum", (Path(__file__).parents[1] / "samples/lockfiles/go.sum").read_bytes())


class Reader:
    """Reads bills and counts how often."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, source: Source) -> Bill:
        self.times += 1
        return bill_of(source)


def test_a_bill_is_read_once_for_each_digest(tmp_path: Path) -> None:
    reader = Reader()
    first = ColumnsFolder(tmp_path).of(SOURCE, reader)
    again = ColumnsFolder(tmp_path).of(Source("another name", SOURCE.data), reader)
    assert (first == again == Columns.of(bill_of(SOURCE)), reader.times) == (True, 1)


def test_columns_that_are_damaged_are_made_again(tmp_path: Path) -> None:
    reader, folder = Reader(), ColumnsFolder(tmp_path)
    folder.of(SOURCE, reader)
    (file,) = (one for one in tmp_path.rglob("*") if one.is_file())
    file.write_bytes(file.read_bytes()[:-5])
    assert folder.get(SOURCE.digest) is None
    assert (folder.of(SOURCE, reader) == Columns.of(bill_of(SOURCE)), reader.times) == (True, 2)


@pytest.mark.parametrize("digest", ["../../etc/passwd", "", "AB" * 32, "ab" * 32 + "\n"])
def test_what_is_no_digest_names_no_file(tmp_path: Path, digest: str) -> None:
    with pytest.raises(ValueError, match="no SHA-256"):
        ColumnsFolder(tmp_path).get(digest)
