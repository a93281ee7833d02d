"""An object identifier is checked by its syntax and by nothing else."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asepsis.clauses.oid import LONGEST, MalformedOidError, object_identifier

arcs = st.integers(0, 2**70)


@pytest.mark.parametrize("text", ["0.0", "0.39", "1.0", "1.0.62304", "1.3.6.1.4.1", "2.0", "2.40", "2.999.1", "1.39.0"])
def test_a_dotted_identifier_comes_back_as_it_is(text: str) -> None:
    assert object_identifier(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "", "1", "2", "3.1", "10.1", "0.40", "1.40", "1.100", "1.", ".1", "1..2", "1.02", "01.2", "1.2.03", "1.-2", "1.2 ",
        " 1.2", "1.2\n", "1.2.٣", "1,2", "{iso(1) standard(0)}", "1.0x2", "urn:oid:1.2",
    ],
)  # fmt: skip
def test_anything_else_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(MalformedOidError, match="no object identifier"):
        object_identifier(text)


def test_one_past_the_longest_is_refused() -> None:
    longest = "1.2." + "1" * (LONGEST - 4)
    assert object_identifier(longest) == longest
    with pytest.raises(MalformedOidError):
        object_identifier(longest + "1")


@given(st.lists(arcs, max_size=6), st.integers(0, 39), st.sampled_from([0, 1]))
def test_any_arcs_follow_a_first_and_a_second(rest: list[int], second: int, first: int) -> None:
    text = ".".join(map(str, [first, second, *rest]))
    assert object_identifier(text) == text


@given(st.text(max_size=20))
def test_whatever_comes_it_is_taken_or_refused(text: str) -> None:
    with contextlib.suppress(MalformedOidError):
        assert object_identifier(text).replace(".", "").isdecimal()
