from __future__ import annotations

import json
import math
import string
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from asepsis.record.canonical import (
    DEEPEST,
    LARGEST,
    DoubleKeyError,
    FractionError,
    JsonDepthError,
    JsonEncodingError,
    JsonError,
    JsonKeyError,
    JsonNumberError,
    JsonSizeError,
    JsonSyntaxError,
    JsonTextError,
    JsonTypeError,
    NullError,
    digest,
    dumps,
    dumps_trusted,
    loads,
    value_digest,
)

SUITES = Path(__file__).parents[2].parent / "shared/data/suites"

KEYS = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
NUMBERS = st.integers(-LARGEST, LARGEST)
VALUES = st.recursive(
    st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


def deep(levels: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(levels - 1):
        value = [value]
    return value


def suite(name: str, pattern: str) -> list[Path]:
    return sorted((SUITES / name).glob(pattern)) or [SUITES / name / "absent"]


def is_writable_or_refused_with_a_place(data: bytes) -> bool:
    try:
        value = loads(data)
    except JsonError as error:
        return "line " in str(error)
    return bool(loads(dumps(value)) == value)


def bytes_of(file: Path) -> bytes:
    if not file.is_file():
        pytest.skip(f"there is no ../{file.relative_to(SUITES.parents[2])} beside the repository")
    return file.read_bytes()


# What is written


@given(VALUES)
def test_what_is_written_is_read_as_the_same_value(value: Any) -> None:
    read = loads(dumps(value))
    assert read == value
    assert dumps(read) == dumps(value)


@given(VALUES, VALUES)
@example(1, True)
@example(0, False)
@example([], {})
@example("1", 1)
def test_two_values_have_the_same_bytes_only_if_they_are_the_same(one: Any, other: Any) -> None:
    # repr, since Python says that 1 and True are equal; sorted, since it keeps the order of keys.
    assert (dumps(one) == dumps(other)) == (in_order(one) == in_order(other))


def in_order(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ",".join(f"{key!r}:{in_order(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(in_order, value)) + "]"
    return repr(value)


@given(st.dictionaries(KEYS, VALUES, max_size=6), st.randoms(use_true_random=False))
def test_the_order_in_which_keys_were_given_does_not_matter(value: dict[str, Any], chance: Any) -> None:
    pairs = list(value.items())
    chance.shuffle(pairs)
    assert dumps(dict(pairs)) == dumps(value)


@given(VALUES)
def test_a_value_that_was_checked_before_is_written_the_same(value: Any) -> None:
    assert dumps_trusted(value) == dumps(value)


def test_the_bytes_are_those_of_the_standard() -> None:
    value = {"b": [True, False, 0, -7, LARGEST], "a_2": '€ ☺ \u007f / " \\ \b\f\n\r\t \u0001\u001f', "a": {}}
    assert (
        dumps(value)
        == (
            '{"a":{},"a_2":"€ ☺ \u007f / \\" \\\\ \\b\\f\\n\\r\\t \\u0001\\u001f",'
            '"b":[true,false,0,-7,9007199254740991]}'
        ).encode()
    )


def test_a_choice_is_written_as_the_text_that_it_is() -> None:
    class Stride(StrEnum):
        SPOOFING = "spoofing"

    assert dumps({"category": Stride.SPOOFING}) == b'{"category":"spoofing"}'


def test_a_digest_is_that_of_the_bytes() -> None:
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert (digest(b""), value_digest({"b": 1, "a": 2})) == (empty, digest(b'{"a":2,"b":1}'))


@pytest.mark.parametrize(
    ("value", "error", "place"),
    [
        ({"a": [0, {"b": None}]}, NullError, r"a\[1\]\.b"),
        (None, NullError, "its top"),
        ({"score": 7.5}, FractionError, r"7\.5 at score"),
        ([math.nan], FractionError, r"nan at \[0\]"),
        ({"a": 1e20}, FractionError, "at a"),
        ({"n": 2**53}, JsonNumberError, "at n"),
        ([-(2**53)], JsonNumberError, r"at \[0\]"),
        ({"a": "x\0"}, JsonTextError, r"U\+0000 in the text at a"),
        (["\ud83d"], JsonTextError, r"U\+D83D in the text at \[0\]"),
        (["é\udc00"], JsonTextError, r"U\+DC00"),
        ({"a": {"B": 1}}, JsonKeyError, '"B" at a'),
        ({"": 1}, JsonKeyError, '""'),
        ({"_a": 1}, JsonKeyError, "_a"),
        ({"a-b": 1}, JsonKeyError, "a-b"),
        ({"a\n": 1}, JsonKeyError, r"a\\n"),
        ({"é": 1}, JsonKeyError, "é"),
        ({1: 2}, JsonKeyError, '"1"'),
        ({"a": (1, 2)}, JsonTypeError, "tuple at a"),
        ({"a": b"x"}, JsonTypeError, "bytes at a"),
        (deep(DEEPEST + 1), JsonDepthError, "more than 64"),
    ],
)
def test_what_breaks_a_rule_is_not_written_and_its_place_is_told(
    value: Any, error: type[JsonError], place: str
) -> None:
    with pytest.raises(error, match=place):
        dumps(value)


def test_the_limits_themselves_are_written_and_read() -> None:
    for value in ({"n": [LARGEST, -LARGEST]}, deep(DEEPEST), {"z9_": "\u0001\uffff\U0010ffff"}):
        assert loads(dumps(value)) == value


# What is read


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ('{"a":1,\n  "a":2}', DoubleKeyError, r'"a" twice in one object, at line 2, column 3'),
        (r'{"a":1,"\u0061":2}', DoubleKeyError, "line 1, column 8"),
        ('{"a":\n null}', NullError, "line 2, column 2"),
        ("[1,\n2.0]", FractionError, r"2\.0 at line 2, column 1"),
        ("[1e2]", FractionError, "1e2"),
        ("[NaN]", FractionError, "NaN"),
        ("[-Infinity]", FractionError, "-Infinity"),
        ("[9007199254740992]", JsonNumberError, "line 1, column 2"),
        ("-9007199254740992", JsonNumberError, "line 1, column 1"),
        ("[" + "9" * 5000 + "]", JsonNumberError, "line 1, column 2"),
        (r'["\u0000"]', JsonTextError, r"U\+0000"),
        (r'["ä", "\ud800"]', JsonTextError, r"U\+D800 in the text at line 1, column 7"),
        ('{"Ab":1}', JsonKeyError, '"Ab" at line 1, column 2'),
        (r'{"a\ud800":1}', JsonTextError, r"U\+D800"),
        ("[" * 65 + "]" * 65, JsonDepthError, "line 1, column 65"),
        ("[" * 100_000, JsonDepthError, "line 1, column 65"),
        ("", JsonSyntaxError, "its end stands at line 1, column 1, where a value is expected"),
        ("[1, ]", JsonSyntaxError, r'"\]" stands at line 1, column 5, where a value'),
        ('{"a":1,}', JsonSyntaxError, r'"}" stands .* where a key in double quotes is'),
        ("{'a':1}", JsonSyntaxError, "where a key in double quotes or"),
        ('{"a" 1}', JsonSyntaxError, 'where ":" is expected'),
        ('{"a":1 "b":2}', JsonSyntaxError, 'where "," or "}" is expected'),
        ("[1 2]", JsonSyntaxError, r'where "," or "\]" is expected'),
        ("[1", JsonSyntaxError, "its end stands at line 1, column 3"),
        ("1 2", JsonSyntaxError, '"2" stands at line 1, column 3, where its end is expected'),
        ("01", JsonSyntaxError, "column 2"),
        ("-", JsonSyntaxError, "where a value"),
        ("True", JsonSyntaxError, '"T"'),
        ('["a\tb"]', JsonSyntaxError, "where a character, an escape or a closing quote"),
        (r'["\x"]', JsonSyntaxError, "an escape"),
        (r'["\u00g0"]', JsonSyntaxError, "an escape"),
        ('["', JsonSyntaxError, "its end"),
        ("\u00a0[]", JsonSyntaxError, "column 1"),
    ],
)
def test_a_text_that_breaks_a_rule_is_refused_and_its_place_is_told(
    text: str, error: type[JsonError], message: str
) -> None:
    with pytest.raises(error, match=message) as refused:
        loads(text.encode(), where="The record")
    assert str(refused.value).startswith("The record ")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'["a",\n "\xff"]', "the byte 0xff stands at line 2, column 3"),
        (b"\xef\xbb\xbf[]", "a byte order mark stands at line 1, column 1"),
        (b'["\xed\xa0\x80"]', "the byte 0xed"),
        (b'["\xc0\x80"]', "the byte 0xc0"),
        ("[]".encode("utf-16"), "the byte 0xff"),
    ],
)
def test_bytes_that_are_not_plain_utf_8_are_refused(data: bytes, message: str) -> None:
    with pytest.raises(JsonEncodingError, match=message):
        loads(data)


def test_a_text_of_the_size_that_is_allowed_is_read_and_one_byte_more_is_not() -> None:
    assert loads(b'["a"]', most=5) == ["a"]
    with pytest.raises(JsonSizeError, match="has 6 bytes; at most 5"):
        loads(b'["a"] ', most=5)


@given(VALUES, st.sampled_from([None, 1, "\t"]))
def test_white_space_and_escapes_are_free(value: Any, indent: int | str | None) -> None:
    assert loads(f" {json.dumps(value, indent=indent)}\r\n".encode()) == value


@given(st.text(string.digits + '{}[]",:.-eE+ tfn\\u0aA\n', max_size=24) | st.binary(max_size=12))
@example("[-0]")
def test_whatever_is_read_can_be_written_and_all_else_is_refused_with_a_place(given: str | bytes) -> None:
    data = given.encode() if isinstance(given, str) else given
    assert is_writable_or_refused_with_a_place(data)


@given(VALUES, st.data())
def test_one_wrong_character_gives_a_place_and_no_other_error(value: Any, data: Any) -> None:
    text = dumps(value).decode()
    at = data.draw(st.integers(0, len(text)))
    broken = text[:at] + data.draw(st.sampled_from([*'{}[]",:.-e0 n\\\0', ""])) + text[at + 1 :]
    assert is_writable_or_refused_with_a_place(broken.encode())


# What others publish


def canonical_where_it_can_be(value: Any) -> Iterator[Any]:
    """Give the parts of a foreign value that our rules take."""
    try:
        dumps(value)
    except JsonError:
        parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        for part in parts:
            yield from canonical_where_it_can_be(part)
    else:
        yield value


@pytest.mark.parametrize("file", suite("jcs-rfc8785", "testdata/input/*.json"), ids=lambda file: file.stem)
def test_the_vectors_of_rfc_8785_are_written_byte_for_byte_where_their_values_are_ours(file: Path) -> None:
    expected = bytes_of(file.parents[1] / "output" / file.name)
    parts = list(canonical_where_it_can_be(json.loads(bytes_of(file))))
    assert parts
    assert all(dumps(part) in expected for part in parts)


@pytest.mark.parametrize("name", ["french", "unicode", "weird", "structures", "values", "arrays"])
def test_the_vectors_of_rfc_8785_with_foreign_keys_and_numbers_are_refused(name: str) -> None:
    with pytest.raises((JsonKeyError, NullError, FractionError)):
        loads(bytes_of(SUITES / "jcs-rfc8785/testdata/input" / f"{name}.json"))


@pytest.mark.parametrize("name", ["french", "weird", "unicode"])
def test_the_writer_itself_gives_rfc_8785_also_for_texts_that_we_do_not_allow_as_keys(name: str) -> None:
    folder = SUITES / "jcs-rfc8785/testdata"
    values = json.loads(bytes_of(folder / "input" / f"{name}.json"))
    expected = bytes_of(folder / "output" / f"{name}.json")
    assert all(dumps(key) + b":" + dumps(text) in expected for key, text in values.items())


@pytest.mark.parametrize("file", suite("jsontestsuite", "test_parsing/n_*.json"), ids=lambda file: file.stem)
def test_what_no_parser_may_read_is_refused(file: Path) -> None:
    data = bytes_of(file)
    with pytest.raises(JsonError, match="line "):
        loads(data)


@pytest.mark.parametrize("file", suite("jsontestsuite", "test_parsing/y_*.json"), ids=lambda file: file.stem)
def test_what_every_parser_must_read_is_read_or_refused_by_a_rule_of_ours(file: Path) -> None:
    data = bytes_of(file)
    expected = json.loads(data)
    try:
        value = loads(data)
    except JsonSyntaxError as error:
        pytest.fail(f"{file.stem} is JSON: {error}")
    except JsonError:
        # It is refused for what it says, or because a reader would not see that it says it twice.
        assert list(canonical_where_it_can_be(expected)) != [expected] or "duplicated" in file.stem
    else:
        assert value == expected


@pytest.mark.parametrize("file", suite("jsontestsuite", "test_parsing/i_*.json"), ids=lambda file: file.stem)
def test_what_parsers_disagree_on_is_read_to_something_writable_or_refused(file: Path) -> None:
    assert is_writable_or_refused_with_a_place(bytes_of(file))


def test_naughty_texts_come_back_as_they_were() -> None:
    texts = json.loads(bytes_of(SUITES / "blns/blns.json"))
    assert len(texts) > 400
    for text in texts:
        assert loads(dumps({"text": text})) == {"text": text}
