from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asepsis.exchange.tables.quoting import quoted, unquoted

RUNS = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"


@pytest.mark.parametrize("first", RUNS)
def test_what_a_spreadsheet_would_run_has_a_quote_before_it(first: str) -> None:
    assert quoted(f"{first}cmd|'/c calc'!A1") == f"'{first}cmd|'/c calc'!A1"


@pytest.mark.parametrize("text", ["", "plain", "'quoted'", "a=b", "5-6", "1", " =late"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert (quoted(text), unquoted(text)) == (text, text)


@given(st.text(alphabet=st.one_of(st.sampled_from([*RUNS, "'"]), st.characters()), max_size=6))
def test_what_is_read_back_is_what_was_written_and_nothing_written_runs(text: str) -> None:
    assert unquoted(quoted(text)) == text
    assert quoted(text)[:1] not in {*RUNS}
