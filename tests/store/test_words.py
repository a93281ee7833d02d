"""Records found by any of their words, on both databases alike; and nothing found of what was erased."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asepsis.configuration.records import Supplier
from asepsis.record.slots import Meaning
from asepsis.store import rebuild, withholding, words
from asepsis.store.models import Words
from tests.store.conftest import Store

ALL: tuple[str, list[object]] = ("1 = 1", [])


def test_words_are_small_without_accents_and_without_what_is_no_letter_or_figure() -> None:
    assert list(words.words_in("Rückfall-Ebene, C-STORE_scu 1.3")) == [
        "ruckfall",
        "ebene",
        "c",
        "store",
        "scu",
        "1",
        "3",
    ]


@given(st.text())
def test_every_word_of_a_text_is_a_word_of_its_own_words(text: str) -> None:
    once = list(words.words_in(text))
    assert [found for one in once for found in words.words_in(one)] == once or any(len(one) >= 40 for one in once)


def test_ids_and_digests_are_no_words() -> None:
    assert words.words_of({"title": "A", "other": "0" * 32, "file": "f" * 64, "deep": [{"said": "Yes"}]}) == (
        "a",
        "a yes",
    )


def test_a_long_record_is_kept_by_its_first_words() -> None:
    _, every = words.words_of({"title": "x", "notes": " ".join(str(one) for one in range(10_000))})
    assert len(every.split()) == words.MOST_WORDS


def found(asked: str, may: tuple[str, list[object]] = ALL, **more: bool) -> tuple[str, ...]:
    return words.records_with(asked, may, 50, **more)


def test_a_record_is_found_by_the_beginning_of_each_of_its_words(store: Store) -> None:
    record = store.create("dev", Supplier, title="Müller & Söhne", notes="They forge the hinges of the ward door.")
    for asked in ("muller", "MÜLL", "hinges ward", "sohne forg", "Söhne, door!"):
        assert (asked, found(asked)) == (asked, (record,))
    for asked in ("hinges gateway", "inges", "", " ", "\0", "'"):
        assert (asked, found(asked)) == (asked, ())


def test_a_word_of_the_title_can_be_asked_for_alone(store: Store) -> None:
    named = store.create("dev", Supplier, title="Hinges")
    told = store.create("dev", Supplier, title="Doors", notes="With hinges.")
    assert found("hinges") == (told, named)
    assert found("hinges", in_title=True) == (named,)


def test_a_record_is_found_by_what_is_effective_and_by_what_is_written(store: Store) -> None:
    record = store.effective("dev", Supplier, ("quality", Meaning.REVIEWED), notes="Quiet copper.")
    store.revise("dev", record, notes="Loud brass.")
    assert found("copper") == found("brass") == (record,)
    store.revise("dev", record, notes="Loud iron.")
    assert found("brass") == ()


def test_only_what_may_be_shown_is_found(store: Store) -> None:
    record = store.create("dev", Supplier, notes="Quiet copper.")
    assert found("copper", ("store_record.id <> %s", [record])) == ()


def test_after_an_erasure_no_word_is_found_and_no_file_of_the_store_holds_one(store: Store) -> None:
    record = store.create("dev", Supplier, title="Fledermaeuse", notes="Ein Zugangscode.")
    store.revise("dev", record, title="Another", notes="Ein Zugangskode.")
    for number in range(4):  # so that the index has no reason of its own to be tidied up just then
        store.create("dev", Supplier, title=f"Another {number}")
    asked = withholding.ask_erasure(store.hand("quality"), record, "court-order")
    withholding.redact(store.hand("ada"), asked)
    assert found("fledermaeuse") == found("zugangskode") == found("zugangscode") == ()
    pieces = [b"dermaeuse", b"gangscode", b"ngskode"]  # an index leaves out how a word begins where it can
    assert withholding.look_for(pieces, store.home).found_in == ()


def test_what_was_found_is_found_after_a_rebuilding(store: Store) -> None:
    record = store.create("dev", Supplier, notes="Quiet copper.")
    Words.objects.filter(record=record).update(words="nothing")
    words.reindex()
    assert found("copper") == ()
    rebuild.rebuild()
    assert found("copper") == (record,)


@pytest.mark.parametrize(
    "asked", ['"', "quiet AND", "title : zzz", "NEAR(zzz b)", "zzz* OR b", "-zzz", "^zzz", "{title} zzz", "a" * 5_000]
)
def test_nothing_that_is_asked_is_read_as_a_language(store: Store, asked: str) -> None:
    store.create("dev", Supplier, notes="Quiet copper.")
    assert found(asked) == ()
