from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asepsis.exchange.source import EncodingError, Source, SourceTooLargeError
from asepsis.exchange.tables import delimited
from asepsis.exchange.tables.sheet import MOST_BYTES, MOST_ROWS, Sheet, UnreadableTableError


def read(text: str | bytes, name: str = "Requirements.csv") -> Sheet:
    (sheet,) = delimited.read(Source(name, text.encode() if isinstance(text, str) else text)).sheets
    return sheet


@pytest.mark.parametrize("between", [",", ";", "\t"])
def test_columns_are_told_apart_by_whatever_stands_between_them(between: str) -> None:
    sheet = read(f'ID{between}"Title, short; long"\nR-1{between}"a, b; c"\n'.replace(between + between, between))
    assert [one.name for one in sheet.headings] == ["ID", "Title, short; long"]
    assert sheet.rows[0].cells == ("R-1", "a, b; c")


def test_a_cell_is_told_by_column_and_row_as_people_find_it() -> None:
    sheet = read('\n\nID,Title\n\nR-1,"two\nlines"\n')
    assert (sheet.at(sheet.rows[0], 1), sheet.rows[0].cells[1]) == ("B5", "two\nlines")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_unicode_is_read_with_its_mark_or_without(encoding: str) -> None:
    assert read("ID,Größe\n1,ä\n".encode(encoding)).headings[1].name == "Größe"


def test_another_encoding_is_refused_with_the_place() -> None:
    with pytest.raises(EncodingError, match="line 2, column 3"):
        read("ID,Title\n1,ä\n".encode("cp1252"))


@pytest.mark.parametrize(
    ("text", "why"),
    [("a,b\n1,\0\n", "null"), ("a,b\n", "no sheet"), ("", "no sheet"), ('a,b\n1,"x\n', "unexpected end")],
)
def test_what_is_no_table_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(UnreadableTableError, match=why):
        read(text)


def test_more_rows_or_bytes_than_are_read_are_refused() -> None:
    with pytest.raises(UnreadableTableError, match=f"more than {MOST_ROWS:,} rows"):
        read("a\n" + "1\n" * (MOST_ROWS + 1))
    with pytest.raises(SourceTooLargeError):
        read(b"a\n" + b"1" * MOST_BYTES)
    with pytest.raises(UnreadableTableError, match="100,000 characters"):
        read("a\n" + "1" * 100_001)


def test_a_heading_that_stands_twice_and_cells_below_none_are_told() -> None:
    sheet = read("ID,Text,Text,\nR-1,a,b,stray\n")
    assert [one.name for one in sheet.headings] == ["ID", "Text", "Text (C)"]
    told = " ".join(one.text() for one in sheet.notes)
    assert ("'Text' stands more than once" in told, "left out: D2" in told) == (True, True)


@given(
    st.lists(
        st.lists(st.text(st.characters(exclude_characters="\0\r", exclude_categories=["Cs"])), min_size=2, max_size=2),
        max_size=5,
    )
)
def test_what_is_written_is_read_back(rows: list[list[str]]) -> None:
    stream = io.BytesIO()
    delimited.write(stream, [["A", "B"], *rows, ["end", "end"]])
    kept = [row for row in rows if any(cell.strip() for cell in row)]
    assert [list(row.cells) for row in read(stream.getvalue()).rows] == [*kept, ["end", "end"]]
