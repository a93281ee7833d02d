from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from asepsis.quality.records import ImprovementAction, QualitySystem
from asepsis.record.diff import MOST_WORDS, FieldChange, Mark, Piece, differences, words
from asepsis.statements.records import Policy

ADA, BOB = "a" * 32, "b" * 32
TEXTS = st.text(alphabet=st.sampled_from("ab \n\té."), max_size=60)


def only(changes: tuple[FieldChange, ...]) -> FieldChange:
    (change,) = changes
    return change


def setting(name: str, set_to: str) -> dict[str, Any]:
    return {"name": name, "set_to": set_to, "why": "It fits us."}


def test_equal_contents_have_no_differences() -> None:
    value = {"title": "Policy", "values": [setting("a", "1")]}
    assert differences(Policy, value, dict(value)) == ()


def test_a_changed_text_shows_the_words_that_came_and_went() -> None:
    change = only(differences(Policy, {"title": "How we work"}, {"title": "How all work"}))
    assert change.pieces == (
        Piece("How ", Mark.KEPT),
        Piece("we ", Mark.REMOVED),
        Piece("all ", Mark.ADDED),
        Piece("work", Mark.KEPT),
    )


def test_a_field_that_came_has_no_before() -> None:
    change = only(differences(Policy, {}, {"notes": "New."}))
    assert (change.path, change.before, change.after, change.mark) == ("notes", None, "New.", Mark.ADDED)


def test_a_field_that_went_has_no_after() -> None:
    change = only(differences(Policy, {"notes": "Old."}, {}))
    assert (change.before, change.after, change.mark) == ("Old.", None, Mark.REMOVED)


def test_fields_come_in_the_order_of_the_kind() -> None:
    found = differences(Policy, {}, {"review_by": "2027-01-01", "effective": "2026-01-01", "title": "T"})
    assert [one.path for one in found] == ["title", "effective", "review_by"]


def test_a_member_of_a_list_is_named_by_its_place() -> None:
    before = {"values": [setting("a", "1"), setting("b", "2")]}
    after = {"values": [setting("a", "1"), setting("b", "3")]}
    change = only(differences(Policy, before, after))
    assert (change.path, change.before, change.after) == ("values[2].set_to", "2", "3")


def test_a_member_put_in_front_leaves_the_others_unchanged() -> None:
    before = {"values": [setting("a", "1"), setting("b", "2")]}
    after = {"values": [setting("z", "9"), *before["values"]]}
    change = only(differences(Policy, before, after))
    assert (change.path, change.before, change.mark) == ("values[1]", None, Mark.ADDED)


def test_a_member_taken_out_is_named_by_the_place_it_had() -> None:
    before = {"values": [setting("a", "1"), setting("b", "2")]}
    change = only(differences(Policy, before, {"values": before["values"][1:]}))
    assert (change.path, change.after) == ("values[1]", None)


def test_progress_is_told_from_what_was_signed() -> None:
    before = {"title": "Fix", "owner": ADA}
    found = differences(ImprovementAction, before, {"title": "Fix", "owner": BOB, "done_on": "2026-05-04"})
    assert {one.path: one.progress for one in found} == {"owner": False, "done_on": True}


def test_a_list_that_is_progress_is_told_so_in_each_member() -> None:
    found = differences(QualitySystem, {}, {"audit_plan": [{"clause": "7.2", "by": "2026-05-04"}]})
    assert [(one.path, one.progress) for one in found] == [("audit_plan[1]", True)]


def test_what_makes_no_link_suspect_is_told_so() -> None:
    found = differences(Policy, {"title": "A", "effective": "2026-01-01"}, {"title": "B", "effective": "2026-01-02"})
    assert {one.path: one.immaterial for one in found} == {"title": True, "effective": False}


def test_an_id_is_written_as_its_reader_asks() -> None:
    change = only(differences(ImprovementAction, {"owner": ADA}, {"owner": BOB}, {ADA: "Ada", BOB: "Bob"}.__getitem__))
    assert (change.before, change.after) == ("Ada", "Bob")


def test_a_flag_reads_as_yes_or_no() -> None:
    change = only(differences(QualitySystem, {"security_in_scope": True}, {"security_in_scope": False}))
    assert (change.before, change.after) == ("yes", "no")


def test_one_and_true_differ() -> None:
    assert differences(Policy, {"odd": 1}, {"odd": True}) != ()


def test_a_field_that_the_kind_no_longer_has_is_shown_last() -> None:
    found = differences(Policy, {"former": "x"}, {"title": "T"})
    assert [one.path for one in found] == ["title", "former"]


def test_a_very_long_text_is_compared_by_lines() -> None:
    lines = [f"line {number} of many\n" for number in range(MOST_WORDS // 2)]
    after = [*lines[:7], "another line\n", *lines[8:]]
    changed = [one for one in words("".join(lines), "".join(after)) if one.mark is not Mark.KEPT]
    assert changed == [Piece(lines[7], Mark.REMOVED), Piece("another line\n", Mark.ADDED)]


def test_a_text_of_too_many_lines_is_told_whole() -> None:
    before = "x\n" * (MOST_WORDS + 1)
    assert words(before, "y") == (Piece(before, Mark.REMOVED), Piece("y", Mark.ADDED))


@given(TEXTS, TEXTS)
def test_the_pieces_give_both_texts_again(before: str, after: str) -> None:
    pieces = words(before, after)
    assert "".join(one.text for one in pieces if one.mark is not Mark.ADDED) == before
    assert "".join(one.text for one in pieces if one.mark is not Mark.REMOVED) == after


@given(st.lists(TEXTS, max_size=5), st.lists(TEXTS, max_size=5))
def test_lists_differ_exactly_where_a_difference_is_told(before: list[str], after: list[str]) -> None:
    assert bool(differences(Policy, {"odd": before}, {"odd": after})) == (before != after)
