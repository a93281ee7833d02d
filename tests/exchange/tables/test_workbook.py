"""Workbooks as Excel writes them, and as somebody does who means harm."""

from __future__ import annotations

import contextlib
import io
import re
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asepsis.exchange.source import Source, SourceTooLargeError, UnreadableError
from asepsis.exchange.tables import formats, workbook
from asepsis.exchange.tables.sheet import MOST_BYTES, MOST_ROWS, Book, UnreadableTableError
from asepsis.exchange.tables.workbook import MOST_UNPACKED, TooLongCellError


def made(*rows: list[Any], change: Callable[[Any], None] | None = None) -> bytes:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = "Requirements"
    for row in rows:
        page.append(row)
    if change:
        change(book)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def read(data: bytes) -> Book:
    return workbook.read(Source("all.xlsx", data))


def patched(data: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """Return a workbook with one of its parts changed."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as after:
        for one in before.infolist():
            part = before.read(one)
            after.writestr(one.filename, change(part) if one.filename == name else part)
    return stream.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


def told(book: Book) -> str:
    return " ".join(one.text() for one in (*book.notes, *(note for sheet in book.sheets for note in sheet.notes)))


def test_values_come_as_the_texts_that_people_mean() -> None:
    data = made(
        ["A", "B", "C", "D", "E", "F"], [3.0, 3.5, True, date(2026, 11, 25), datetime(2026, 1, 2, 3, 4), "x\r\ny"]
    )
    assert read(data).sheets[0].rows[0].cells == ("3", "3.5", "yes", "2026-11-25", "2026-01-02 03:04:00", "x\ny")


def test_a_formula_counts_as_the_value_that_was_saved_and_is_told() -> None:
    data = made(["A", "B"], ["x", "=1+1"])
    data = patched(data, SHEET, lambda part: part.replace(b"<v></v>", b"<v>2</v>").replace(b"<v />", b"<v>2</v>"))
    book = read(data)
    assert (book.sheets[0].rows[0].cells, "1 cells of Requirements hold formulas" in told(book)) == (("x", "2"), True)


def test_a_formula_without_a_saved_value_is_a_bad_cell() -> None:
    assert read(made(["A", "B"], ["x", "=1+1"])).sheets[0].rows[0].bad == ((1, workbook.NO_VALUE),)


def test_an_error_of_excel_is_a_bad_cell() -> None:
    def error(book: Any) -> None:
        book.active["B2"].value, book.active["B2"].data_type = "#REF!", "e"

    assert read(made(["A", "B"], ["x", ""], change=error)).sheets[0].rows[0].bad == ((1, "holds the error #REF!"),)


def test_merged_cells_hidden_sheets_and_hidden_rows_are_told() -> None:
    def change(book: Any) -> None:
        book.active.merge_cells("A2:A3")
        book.active.row_dimensions[3].hidden = True
        hidden = book.create_sheet("Old")
        hidden.append(["A"])
        hidden.append(["secret"])
        hidden.sheet_state = "hidden"

    book = read(made(["A", "B"], ["x", "1"], ["", "2"], change=change))
    assert [one.name for one in book.sheets] == ["Requirements"]
    assert [row.cells for row in book.sheets[0].rows] == [("x", "1"), ("", "2")]
    words = told(book)
    assert [one in words for one in ("merged (A2:A3)", "sheet Old is hidden", "1 rows of Requirements are hidden")] == [
        True,
        True,
        True,
    ]


@pytest.mark.parametrize(
    "data", [b"", b"PK\x03\x04", b"PK\x03\x04" + b"x" * 100, b"\xd0\xcf\x11\xe0" + b"x" * 600, b"<html>"]
)
def test_what_is_no_workbook_is_refused_in_one_sentence(data: bytes) -> None:
    with pytest.raises(UnreadableTableError, match="cannot be read as a table"):
        read(data)


def test_a_workbook_that_unpacks_to_more_than_is_read_is_not_unpacked() -> None:
    data = patched(made(["A"], ["x"]), SHEET, lambda part: part + b" " * MOST_UNPACKED)
    assert len(data) < MOST_BYTES
    with pytest.raises(UnreadableTableError, match="it unpacks to"):
        read(data)


@pytest.mark.parametrize("name", [SHEET, "xl/workbook.xml", "xl/styles.xml"])
def test_an_endless_tag_is_refused_and_not_gone_through_again_and_again(name: str) -> None:
    with pytest.raises(UnreadableTableError, match="one tag is longer"):
        read(patched(made(["A"], ["x"]), name, lambda part: b'<a b="' + b"0" * (20 * 1024 * 1024) + b'"/>'))


def test_an_endless_tag_hides_under_no_other_name() -> None:
    stream = io.BytesIO(made(["A"], ["x"]))
    with zipfile.ZipFile(stream, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/words.dat", b'<a b="' + b"0" * (20 * 1024 * 1024) + b'"/>')
    with pytest.raises(UnreadableTableError, match="one tag is longer"):
        read(stream.getvalue())


def test_a_part_that_is_no_xml_keeps_nobody_out() -> None:
    stream = io.BytesIO(made(["A"], ["x"]))
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr("xl/printerSettings/printerSettings1.bin", bytes(range(256)) * 40)
        archive.writestr("xl/drawings/vmlDrawing1.vml", b"<xml><br></xml>")
    assert read(stream.getvalue()).sheets


def test_a_zip_that_lies_about_its_size_gives_no_more_than_it_says() -> None:
    honest = patched(
        made(["A"], ["x"]), SHEET, lambda part: part.replace(b"</worksheet>", b" " * 500_000 + b"</worksheet>")
    )
    with zipfile.ZipFile(io.BytesIO(honest)) as archive:
        size = archive.getinfo(SHEET).file_size
    lying = honest.replace(size.to_bytes(4, "little"), (100).to_bytes(4, "little"))
    with pytest.raises(UnreadableTableError):
        read(lying)


def test_a_larger_file_than_is_read_is_refused() -> None:
    with pytest.raises(SourceTooLargeError):
        read(b"PK\x03\x04" + b"x" * MOST_BYTES)


@pytest.mark.parametrize(
    "name", [SHEET, "xl/workbook.xml", "xl/styles.xml", "[Content_Types].xml", "xl/_rels/workbook.xml.rels"]
)
def test_an_entity_is_refused_wherever_it_stands(name: str) -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
    change: Callable[[bytes], bytes] = lambda part: re.sub(rb"^(<\?xml[^>]*\?>)?", rb"\1" + bomb, part, count=1)  # noqa: E731
    with pytest.raises(UnreadableTableError):
        read(patched(made(["A"], ["x"]), name, change))


def test_a_sheet_that_says_it_is_endless_is_read_as_far_as_it_goes() -> None:
    def endless(part: bytes) -> bytes:
        return re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:XFD1048576"', part)

    assert len(read(patched(made(["A"], ["x"]), SHEET, endless)).sheets[0].rows) == 1


def test_a_row_far_below_costs_nothing_and_more_rows_than_are_read_are_refused() -> None:
    far = patched(
        made(["A"], ["x"]), SHEET, lambda part: part.replace(b'r="2"', b'r="1048576"').replace(b"A2", b"A1048576")
    )
    assert read(far).sheets[0].rows[0].number == 1_048_576
    behind = patched(made(["A"], ["x"]), SHEET, lambda part: part.replace(b'r="2"', b'r="99999999"'))
    with pytest.raises(UnreadableTableError, match="behind the last"):
        read(behind)
    with pytest.raises(UnreadableTableError, match=f"more than {MOST_ROWS:,} rows"):
        read(made(["A"], *([n] for n in range(MOST_ROWS + 1))))


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.text(st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from("=+-@'\t\r\n_x0041_\x00\x0b"))),
        min_size=1,
        max_size=4,
    )
)
def test_what_is_written_is_read_back_and_nothing_written_is_a_formula(texts: list[str]) -> None:
    stream = io.BytesIO()
    workbook.write(stream, [("Sheet", [["A", "B"], *([one, "end"] for one in texts)])])
    rows = read(stream.getvalue()).sheets[0].rows
    assert [row.cells[0] for row in rows] == [one.replace("\r\n", "\n") for one in texts]
    page = openpyxl.load_workbook(io.BytesIO(stream.getvalue())).active
    assert page is not None
    assert {cell.data_type for row in page.iter_rows() for cell in row if cell.value is not None} <= {"s", "inlineStr"}


def test_a_text_that_no_cell_of_excel_holds_is_refused_and_not_cut() -> None:
    with pytest.raises(TooLongCellError, match="column 'Notes'"):
        workbook.write(io.BytesIO(), [("Sheet", [["Notes"], ["x" * 40_000]])])


def test_more_sheets_than_are_read_are_refused_and_none_is_left_out_in_silence() -> None:
    def many(book: Any) -> None:
        for number in range(50):
            book.create_sheet(f"S{number}").append(["A"])

    with pytest.raises(UnreadableTableError, match="more than 50 sheets"):
        read(made(["A"], ["x"], change=many))


WHOLE = made(["A", "B"], ["x", date(2026, 1, 2)])


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, len(WHOLE) - 100), st.integers(0, 255)), min_size=1, max_size=4))
def test_a_damaged_workbook_is_refused_and_never_a_fault(damage: list[tuple[int, int]]) -> None:
    data = bytearray(WHOLE)
    for at, byte in damage:
        data[at] = byte
    with contextlib.suppress(UnreadableError):
        formats.read(Source("all.xlsx", bytes(data)))
