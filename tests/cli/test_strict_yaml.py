from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asepsis.cli.strict_yaml import MOST_BYTES, MOST_DEPTH, Word, YamlError, YamlTooLargeError, read, written

TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=80),
    st.text(st.sampled_from("ab :#-'\"\\|>&*!%@`{}[],?~\n\t\r\x85\u2028é"), max_size=30),
)


def of(text: str) -> object:
    return read(text.encode(), "record.yaml")


def refused(text: str) -> str:
    with pytest.raises(YamlError) as found:
        of(text)
    return found.value.said.text()


def test_texts_lists_and_maps_come_back() -> None:
    assert of("a: one\nb:\n  - two\n  - c: three\n") == {"a": "one", "b": ["two", {"c": "three"}]}


@pytest.mark.parametrize("text", ["yes", "no", "0x1f", "1_000", "2026-01-01", "1.50", "1:30", "null", "off", "012"])
def test_every_scalar_stays_the_text_that_was_written(text: str) -> None:
    assert of(f"a: {text}") == {"a": text}


def test_each_value_knows_its_line() -> None:
    tree = of("a: one\n\nb: two\n")
    assert isinstance(tree, dict)
    assert [tree[name].line for name in ("a", "b")] == [1, 3]


@pytest.mark.parametrize("text", ["", "''", "~", "null"])
def test_an_empty_value_is_absent(text: str) -> None:
    tree = of(f"a: {text}")
    assert isinstance(tree, dict)
    assert tree["a"].absent


def test_null_in_quotes_is_a_text() -> None:
    tree = of("a: 'null'")
    assert isinstance(tree, dict)
    assert not tree["a"].absent


def test_a_key_that_stands_twice_is_refused_with_its_line() -> None:
    assert refused("a: 1\nb: 2\na: 3\n") == "record.yaml, line 3: 'a' stands twice in one map."


def test_a_key_that_stands_twice_in_a_flow_map_is_refused() -> None:
    assert "'a' stands twice" in refused("x: {a: 1, a: 2}")


def test_an_alias_is_refused() -> None:
    assert "alias" in refused("a: *b")


def test_a_billion_laughs_is_refused_at_its_first_anchor() -> None:
    bomb = "a: &a [lol,lol,lol]\n" + "".join(
        f"{b}: &{b} [*{a},*{a},*{a}]\n" for a, b in zip("abcdef", "bcdefg", strict=True)
    )
    assert refused(bomb) == "record.yaml, line 1: an anchor (&name) is not read here: write the value out."


@pytest.mark.parametrize("tag", ["!!python/object/apply:os.system", "!!str", "!x", "!!binary"])
def test_a_tag_is_refused(tag: str) -> None:
    assert "tag" in refused(f"a: {tag} 'id'")


def test_a_second_document_is_refused() -> None:
    assert refused("a: 1\n---\nb: 2\n") == "record.yaml, line 2: a second document begins; one file holds one record."


def test_a_merge_key_is_a_key_like_any_other() -> None:
    assert of("<<: x") == {"<<": "x"}


def test_a_map_as_a_key_is_refused() -> None:
    assert "the name of a field" in refused("? {a: 1}\n: 2\n")


@pytest.mark.parametrize("bomb", ["[" * 20_000 + "]" * 20_000, "{a: " * 20_000 + "}" * 20_000, "- " * 5_000])
def test_deep_nesting_is_refused(bomb: str) -> None:
    assert f"deeper than {MOST_DEPTH} levels" in refused(bomb)


def test_nesting_is_read_up_to_its_bound() -> None:
    of("[" * MOST_DEPTH + "]" * MOST_DEPTH)
    assert f"deeper than {MOST_DEPTH} levels" in refused("[" * (MOST_DEPTH + 1) + "]" * (MOST_DEPTH + 1))


@pytest.mark.parametrize(
    "text", ["null", "~", "Null", ".", "- a", "a: b", "a #b", "a:", "'", '"', "|", "", " a", "a\n", "%", "---"]
)
def test_a_text_that_looks_like_yaml_is_read_again(text: str) -> None:
    tree = of(f"title: {written(text)}\nlast: x\n")
    assert tree == {"title": text, "last": "x"}
    assert isinstance(tree, dict)
    assert tree["title"].absent is (text == "")


def test_more_bytes_than_any_record_has_are_refused() -> None:
    with pytest.raises(YamlTooLargeError):
        read(b"#" * (MOST_BYTES + 1), "record.yaml")


def test_the_most_bytes_are_read() -> None:
    assert read(b"#" * MOST_BYTES, "record.yaml") == {}


def test_bytes_that_are_no_text_are_refused_with_their_line() -> None:
    with pytest.raises(YamlError, match="line 2: a byte is not UTF-8"):
        read(b"a: 1\nb: \xff\n", "record.yaml")


def test_a_control_character_is_refused_with_its_line() -> None:
    assert refused("a: 1\nb: \x1b[31m\n") == "record.yaml, line 2: the character U+001B cannot stand in YAML."


def test_a_broken_line_is_named() -> None:
    assert refused("a: 1\nb: [1,\n").startswith("record.yaml, line 3: it is not YAML")


def test_a_colon_in_a_bare_text_is_told_how_to_mend() -> None:
    assert "into quotes" in refused("a: one: two")


def test_a_byte_order_mark_is_left_out() -> None:
    assert read("﻿a: 1".encode(), "record.yaml") == {"a": "1"}


def test_an_empty_file_is_an_empty_map() -> None:
    assert of("# nothing\n") == {}


@given(TEXTS)
def test_what_is_written_is_read_again(text: str) -> None:
    tree = of(f"title: {written(text)}\nlast: x\n")
    assert isinstance(tree, dict)
    assert (str(tree["title"]), tree["last"]) == (text, "x")


@given(TEXTS)
def test_what_is_written_in_a_list_is_read_again(text: str) -> None:
    tree = of(f"values:\n  - name: {written(text, 4)}\n    last: x\n")
    assert tree == {"values": [{"name": text, "last": "x"}]}


@given(TEXTS)
def test_a_written_text_is_never_taken_for_absent(text: str) -> None:
    tree = of(f"title: {written(text)}\n")
    assert isinstance(tree, dict)
    assert isinstance(tree["title"], Word)
    assert tree["title"].absent is (not text.strip())


@given(st.binary(max_size=200))
def test_whatever_comes_is_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(YamlError):
        read(data, "record.yaml")
