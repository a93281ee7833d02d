"""A sentence is a template with typed arguments that survives being stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asepsis.sentences import Mention, Said, Sentence, argument_of, argument_value, listed, plain


class Level(StrEnum):
    HIGH = "high"


@dataclass(frozen=True)
class Thing:
    id: str
    label: str


THING = Thing("5f" * 16, "GW-THR-12")
LATE = Sentence("{thing} is {days} days late.", next="Sign {thing}.")

words = st.text(max_size=20)
moments = st.datetimes(min_value=datetime(1000, 1, 1), timezones=st.just(UTC))
arguments = st.recursive(
    st.one_of(words, st.integers(), st.dates(), moments), lambda inner: st.lists(inner, max_size=3), max_leaves=6
)


@pytest.mark.parametrize("template", ["{thing.label}", "{0}", "{}", "{days:>3}", "{thing!r}"])
def test_a_place_that_is_more_than_a_name_is_refused(template: str) -> None:
    with pytest.raises(ValueError, match="is not a bare name"):
        Sentence(template)
    with pytest.raises(ValueError, match="is not a bare name"):
        Sentence("Plain.", next=template)


def test_the_places_of_a_sentence_are_those_of_both_its_parts() -> None:
    assert Sentence("{run} failed.", next="Ask {owner}.").places == {"run", "owner"}


def test_a_sentence_that_lacks_an_argument_is_not_said() -> None:
    with pytest.raises(TypeError, match="lacks days"):
        LATE.said(thing=THING)


def test_a_sentence_is_not_said_with_an_argument_too_many() -> None:
    with pytest.raises(TypeError, match="does not ask for owner"):
        LATE.said(thing=THING, days=3, owner="Ada")


def test_a_record_is_shown_as_the_edge_shows_it() -> None:
    said = LATE.said(thing=THING, days=3)
    assert said.text() == "GW-THR-12 is 3 days late."
    assert said.text(lambda one: f"<{plain(one)}>") == "<GW-THR-12> is <3> days late."
    assert said.next(lambda one: "a withheld record") == "Sign a withheld record."


def test_a_sentence_without_a_next_step_names_none() -> None:
    assert Sentence("Done.").said().next() is None


def test_braces_in_an_argument_stay_as_they_are() -> None:
    assert Sentence("{text} was read.").said(text="{days}").text() == "{days} was read."


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (THING, "GW-THR-12"),
        (Level.HIGH, "high"),
        (True, "yes"),
        (False, "no"),
        (4711, "4,711"),
        (date(2026, 11, 23), "2026-11-23"),
        (datetime(2026, 11, 23, 9, 5, tzinfo=UTC), "2026-11-23 09:05"),
        ("a word", "a word"),
        ([Level.HIGH, 2], "high and 2"),
        (Decimal("7.50"), "7.50"),
    ],
)
def test_a_value_reads_as_running_text(value: Any, shown: str) -> None:
    assert plain(value) == shown


@pytest.mark.parametrize(
    ("given_words", "shown"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_words_make_an_english_list(given_words: list[str], shown: str) -> None:
    assert listed(given_words) == shown


def test_a_list_that_is_full_tells_nothing_of_more() -> None:
    assert listed(["a", "b"], most=2) == "a and b"


def test_a_list_past_what_fits_counts_the_rest() -> None:
    assert listed(["a"] * 1_003, most=2) == "a, a and 1,001 more"


@given(st.dictionaries(st.sampled_from(["one", "two", "three"]), arguments, max_size=3))
def test_a_stored_sentence_comes_back(given_arguments: dict[str, Any]) -> None:
    said = Sentence(" ".join(f"{{{name}}}" for name in given_arguments), next="Go on.").said(**given_arguments)
    assert Said.of(said.value()) == said


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        (Level.HIGH, "high"),
        (True, "yes"),
        (4711, 4711),
        (Decimal("7.50"), "7.50"),
        (date(2026, 11, 23), {"day": "2026-11-23"}),
        ((THING, "b"), [{"record": THING.id, "label": THING.label}, "b"]),
    ],
)
def test_an_argument_is_stored_under_what_it_is(value: Any, stored: Any) -> None:
    assert argument_value(value) == stored


def test_a_stored_record_comes_back_as_what_it_was_called_then() -> None:
    assert argument_of(argument_value(THING)) == Mention(THING.id, THING.label)


def test_a_stored_sentence_reads_as_the_sentence_did() -> None:
    said = LATE.said(thing=THING, days=3)
    again = Said.of(said.value())
    assert (again.text(), again.next()) == (said.text(), said.next())
