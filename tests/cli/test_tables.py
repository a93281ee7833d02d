"""Tables as lines: as wide as what stands in them, folded where they are too wide, nothing lost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from asepsis.cli.tables import drawn

WORDS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P")), min_size=1, max_size=12)
CELLS = st.lists(WORDS, max_size=9).map(" ".join)


def test_numbers_stand_right_and_words_left() -> None:
    lines = list(drawn(("name", "count"), [("a", "5,166"), ("long", "7")], (False, True), 80))
    assert lines == ["", "name  count", "───── ─────", "a     5,166", "long      7", ""]


def test_a_wide_cell_is_folded_between_words_and_the_first_column_never() -> None:
    lines = list(drawn(("a very long name", "why"), [("x", "one two three four")], (False, False), 27))
    assert lines[3:-1] == ["x                 one two", "                  three", "                  four"]


def test_a_wide_character_takes_two_columns() -> None:
    assert list(drawn(("a", "b"), [("漢", "x"), ("y", "z")], (False, False), 80))[3:-1] == ["漢  x", "y   z"]


@given(st.lists(st.tuples(WORDS, CELLS, CELLS), min_size=1, max_size=4), st.integers(40, 90))
def test_no_word_is_lost_and_no_line_too_wide(rows: list[tuple[str, str, str]], wide: int) -> None:
    lines = list(drawn(("a", "b", "c"), rows, (False,) * 3, wide))
    shown = "".join("".join(line.split()) for line in lines[3:])
    assert sorted(shown) == sorted("".join("".join(cell.split()) for row in rows for cell in row))
    assert all(len(line) <= wide for line in lines)
