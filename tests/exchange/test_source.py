from __future__ import annotations

import hashlib
import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asepsis.errors import InputError
from asepsis.exchange.source import (
    DoubleKeyError,
    EncodingError,
    MalformedJsonError,
    Source,
    SourceMissingError,
    SourceTooLargeError,
    Tally,
    TooDeepError,
    UnreadableError,
    decode_json,
)

SUITE = Path(__file__).parents[2].parent / "shared/data/suites/jsontestsuite/test_parsing"
needs_suite = pytest.mark.skipif(not SUITE.exists(), reason="../shared/data/suites/jsontestsuite is not there")
# Valid JSON that is refused on purpose: what it means depends on who reads it.
REFUSED_ON_PURPOSE = {"y_object_duplicated_key.json"}

SMALL, LARGE = (
    32 * 1024 * 1024,
    0,
)  # `most_hooked`: as for a small source, and as for one that is too large for the hook


def source(data: bytes) -> Source:
    return Source("a.json", data)


def test_a_file_is_a_source_under_its_own_name(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b"{}")
    made = Source.file(tmp_path / "a.json")
    assert (made.name, made.data, made.digest) == ("a.json", b"{}", hashlib.sha256(b"{}").hexdigest())


def test_a_file_past_the_bound_is_refused_with_its_size_and_the_bound(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(bytes(1001))
    assert len(Source.file(tmp_path / "a.json", most=1001).data) == 1001
    with pytest.raises(SourceTooLargeError, match=r"a\.json has 1,001 bytes; at most 1,000 are read"):
        Source.file(tmp_path / "a.json", most=1000)


def test_bytes_past_the_bound_are_refused() -> None:
    assert source(b"123").limited(3).data == b"123"
    with pytest.raises(SourceTooLargeError):
        source(b"1234").limited(3)


@pytest.mark.parametrize("name", ["absent", ".", "a\0b"])
def test_a_path_without_a_file_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(SourceMissingError):
        Source.file(tmp_path / name)


def test_text_is_decoded_without_its_byte_order_mark() -> None:
    assert source("\ufeffä".encode()).text() == "ä"
    assert source("ä".encode("utf-16")).text("utf-16") == "ä"


def test_text_in_another_encoding_is_refused_with_the_place() -> None:
    with pytest.raises(EncodingError, match=r"is not UTF-8 text: byte 6 \(line 2, column 3\)"):
        source("abc\nde\xe4".encode("latin-1")).text()


@pytest.mark.parametrize("most_hooked", [SMALL, LARGE])
@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        (b"", MalformedJsonError, "line 1, column 1"),
        (b'{"a": 1,\n "b": x}', MalformedJsonError, "line 2, column 7"),
        (b'{"a": 1,}', MalformedJsonError, "line 1, column 9|line 1, column 8"),
        (b"[NaN]", MalformedJsonError, "line 1, column 2"),
        (b"[-Infinity]", MalformedJsonError, "line 1, column 2|line 1, column 3"),
        (b"[1,\n1e999]", MalformedJsonError, "a number that a computer can hold was expected at line 2, column 1"),
        (b"[" + b"9" * 5000 + b"]", MalformedJsonError, "a number that a computer can hold"),
        (b'["\\ud800"]', MalformedJsonError, "line 1, column"),
        (b'["\\ude00\\ud83d"]', MalformedJsonError, "line 1, column"),
        (b'["\xff"]', EncodingError, "byte 2"),
        (b'{"a": [1, 2', MalformedJsonError, "line 1, column 12"),
        (b"[" * 100_000, TooDeepError, "deeper than 200 levels, first at line 1, column 201"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, TooDeepError, "column 1,001"),
        (b"[" * 201 + b"]" * 201, TooDeepError, "column 201"),
    ],
)
def test_what_is_no_json_is_refused_with_the_place(
    data: bytes, error: type[InputError], message: str, most_hooked: int
) -> None:
    with pytest.raises(error, match=message) as refusal:
        decode_json(source(data), most_hooked=most_hooked)
    assert str(refusal.value).startswith("a.json ")


@pytest.mark.parametrize("most_hooked", [SMALL, LARGE])
def test_as_many_levels_as_the_bound_are_read(most_hooked: int) -> None:
    value = decode_json(source(b"[" * 200 + b"]" * 200), most_hooked=most_hooked).value
    assert isinstance(value, list)
    with pytest.raises(TooDeepError):
        decode_json(source(b'{"a": [{}]}'), most_depth=2, most_hooked=most_hooked)


def test_a_double_key_is_refused_with_the_place_of_the_second() -> None:
    with pytest.raises(DoubleKeyError, match="the key 'a' twice in one object, the second time at line 2, column 2"):
        decode_json(source(b'{"a": {"b": "a", "c": ["a", "a"]},\n "\\u0061": 2}'))


def test_one_key_in_two_objects_is_no_double_key() -> None:
    assert decode_json(source(b'[{"a": {"a": 1}}, {"a": 2}]')).value == [{"a": {"a": 1}}, {"a": 2}]


def test_a_source_too_large_to_look_for_double_keys_is_read_and_says_so() -> None:
    decoded = decode_json(source(b'{"a": 1, "a": 2}'), most_hooked=15)
    assert decoded.value == {"a": 2}
    assert [note.text() for note in decoded.notes] == [
        "a.json is larger than 15 bytes, so it was not looked for keys that stand twice in one object: of two equal "
        "ones the last was taken."
    ]


@needs_suite
@pytest.mark.parametrize("most_hooked", [SMALL, LARGE])
def test_the_suite_of_json_is_taken_and_refused_as_it_says(most_hooked: int) -> None:
    wrong, told = [], []
    for path in sorted(SUITE.glob("[yn]_*.json")):
        try:
            decode_json(Source.file(path), most_hooked=most_hooked)
            taken = True
        except UnreadableError as refusal:
            taken = False
            told.append(str(refusal))
        if taken is not path.name.startswith("y_"):
            wrong.append(path.name)
    assert not any("\n" in sentence for sentence in told)
    assert set(wrong) == (REFUSED_ON_PURPOSE if most_hooked else set())


@needs_suite
def test_what_readers_disagree_about_is_taken_or_refused_in_one_sentence() -> None:
    codes = set()
    for path in sorted(SUITE.glob("i_*.json")):
        try:
            decode_json(Source.file(path))
        except UnreadableError as refusal:
            codes.add(refusal.code)
    assert codes == {"json-malformed", "json-too-deep", "source-encoding"}


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


@given(values, st.sampled_from([SMALL, LARGE]), st.booleans())
def test_what_json_writes_is_read_back(value: Any, most_hooked: int, ascii_only: bool) -> None:
    data = json.dumps(value, ensure_ascii=ascii_only).encode()
    assert decode_json(source(data), most_hooked=most_hooked).value == value


@given(st.binary(max_size=60) | st.text(alphabet='{}[]",:\\ud8\n 0123.eE+-NaInfty', max_size=60).map(str.encode))
def test_any_bytes_are_read_or_refused_with_our_own_error(data: bytes) -> None:
    for most_hooked in (SMALL, LARGE):
        try:
            value = decode_json(source(data), most_hooked=most_hooked).value
        except UnreadableError:
            continue
        assert not isinstance(value, float) or math.isfinite(value)
        assert json.dumps(value, ensure_ascii=False).encode()


def test_a_receipt_names_a_hundred_things_that_were_left_and_counts_all() -> None:
    tally = Tally()
    for number in range(250):
        tally.leave(str(number), "it is odd")
        tally.note("said once")
    receipt = tally.receipt(source(b""), "things", 3)
    assert (len(receipt.not_taken), receipt.not_taken_count, receipt.notes) == (100, 250, ("said once",))
    assert (receipt.source, receipt.digest, receipt.taken) == ("a.json", hashlib.sha256(b"").hexdigest(), 3)
