"""A licensed text is laid over the catalogue whole or not at all, and touches nothing that leaves the machine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asepsis.clauses.catalogue import DEFAULT, catalogue
from asepsis.clauses.overlay import LARGEST_FILE, LONGEST_TEXT, NOTHING, UnreadableOverlayError, overlay, read_overlay

CATALOGUE = catalogue()


def written(texts: Any, **more: Any) -> bytes:
    return json.dumps({"edition": DEFAULT, "texts": texts, **more}).encode()


def reason(data: bytes) -> str:
    with pytest.raises(UnreadableOverlayError) as refused:
        overlay(data, CATALOGUE, source="mine.json")
    text = str(refused.value)
    assert text.startswith("mine.json cannot be laid over the catalogue: ")
    return text.partition(": ")[2]


def test_a_text_of_a_clause_and_of_an_obligation_is_shown() -> None:
    laid = overlay(written({"5.8.1": "Theirs", "4.1.1-2": "Theirs too\n"}), CATALOGUE, source="mine.json")
    assert (laid.text("5.8.1"), laid.text("4.1.1-2"), laid.text("5.8.2")) == ("Theirs", "Theirs too\n", None)


def test_the_catalogue_and_its_digest_stay_as_they_are() -> None:
    before = CATALOGUE.digest, repr(CATALOGUE)
    overlay(written({"5.8.1": "Theirs"}), CATALOGUE, source="mine.json")
    assert (CATALOGUE.digest, repr(CATALOGUE)) == before


def test_without_a_file_nothing_lies_over_it() -> None:
    assert NOTHING.text("5.8.1") is None


def test_an_overlay_cannot_be_written_to() -> None:
    laid = overlay(written({"5.8.1": "Theirs"}), CATALOGUE, source="mine.json")
    with pytest.raises(TypeError):
        laid.texts["5.8.2"] = "more"  # type: ignore[index]


def test_a_mark_of_byte_order_does_no_harm() -> None:
    assert overlay(b"\xef\xbb\xbf" + written({"8": "Theirs"}), CATALOGUE, source="mine.json").text("8") == "Theirs"


def test_the_next_step_shows_the_form() -> None:
    with pytest.raises(UnreadableOverlayError) as refused:
        overlay(b"[]", CATALOGUE, source="mine.json")
    assert refused.value.next == f'Write it as JSON: {{"edition": "{DEFAULT}", "texts": {{"5.8.1": "..."}}}}.'


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "line 1 column 1 is not JSON."),
        (b"[]", "it is not a JSON object."),
        (b'"5.8.1"', "it is not a JSON object."),
        (b'{"edition": \xff}', "byte 12 is not UTF-8."),
        (b'{"edition": "' + DEFAULT.encode(), "line 1 column 13 is not JSON."),
        (b"[" * 200_000, "it is nested too deeply."),
        (b"[" + b"9" * 5_000 + b"]", "it holds a number that is too long."),
        (b'{"edition": "a", "edition": "b"}', "'edition' stands in it twice."),
        (written({"5.8.1": "a"})[:-2] + b', "5.8.1": "b"}}', "'5.8.1' stands in it twice."),
        (b'{"texts": {}}', f"its edition is not {DEFAULT}."),
        (b'{"edition": "iec-81001-5-1-2031", "texts": {}}', f"its edition is not {DEFAULT}."),
        (written([]), "texts is not an object of numbers and texts."),
        (written({}, owner="me"), "it has a member 'owner' where only edition and texts are known."),
        (written({"5.8.9": "a"}), "'5.8.9' is no clause or obligation of this edition."),
        (written({"5.8.1-9": "a"}), "'5.8.1-9' is no clause or obligation of this edition."),
        (written({"9" * 99: "a"}), f"'{'9' * 40}' is no clause or obligation of this edition."),
        (written({"5.8.1": ""}), "the text of 5.8.1 is empty or no text."),
        (written({"5.8.1": " \n"}), "the text of 5.8.1 is empty or no text."),
        (written({"5.8.1": None}), "the text of 5.8.1 is empty or no text."),
        (written({"5.8.1": ["a"]}), "the text of 5.8.1 is empty or no text."),
        (written({"5.8.1": "a\0b"}), "the text of 5.8.1 holds a control character."),
        (written({"5.8.1": "a\ud800b"}), "the text of 5.8.1 holds a control character."),
        (written({"5.8.1": "a" * (LONGEST_TEXT + 1)}), "the text of 5.8.1 is longer than 40,000 characters."),
        (b" " * (LARGEST_FILE + 1), "it is larger than 2 MiB."),
    ],
)
def test_a_bad_file_is_refused_in_one_sentence(data: bytes, told: str) -> None:
    assert reason(data) == told


def test_one_bad_text_refuses_the_whole_file() -> None:
    assert reason(written({"5.8.1": "good", "5.8.2": ""})).startswith("the text of 5.8.2")


def test_the_longest_text_is_taken() -> None:
    laid = overlay(written({"5.8.1": "a" * LONGEST_TEXT}), CATALOGUE, source="mine.json")
    assert len(laid.texts["5.8.1"]) == LONGEST_TEXT


@given(st.binary(max_size=60))
def test_whatever_bytes_come_they_are_refused_in_our_own_words(data: bytes) -> None:
    assert reason(data)


def test_a_file_is_read_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.write_bytes(written({"5.8.1": "Theirs"}))
    assert read_overlay(path, CATALOGUE).text("5.8.1") == "Theirs"


def test_no_more_of_a_huge_file_is_read_than_shows_that_it_is_too_large(tmp_path: Path) -> None:
    path = tmp_path / "huge.json"
    with path.open("wb") as file:
        file.truncate(100 * 1024 * 1024)
    with pytest.raises(UnreadableOverlayError, match=r"^huge\.json .* larger than 2 MiB"):
        read_overlay(path, CATALOGUE)


def test_a_file_that_is_not_there_is_told_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UnreadableOverlayError, match=r"^none\.json .* cannot be opened"):
        read_overlay(tmp_path / "none.json", CATALOGUE)
