"""The inbox as a state and a key: at most three keys for a match, nothing vanishes, each step can be undone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asepsis.problems.records import Justification, Reachability, Response, Status
from asepsis.problems.triage import Decision, Entry, Inbox, Mode, Proposal

ZLIB, PNG = "pkg:generic/zlib@1.3", "pkg:generic/png@1"


def entry(number: int, component: str = ZLIB, *proposals: Proposal) -> Entry:
    return Entry((f"CVE-2026-{number}",), component, ("r",), ("GW-REL-1",), "affected", proposals=proposals)


def inbox(count: int = 3, **fields: object) -> Inbox:
    return Inbox(tuple(map(entry, range(count))), (("c1", "Firewall"), ("c2", "Signed updates")), **fields)  # type: ignore[arg-type]


def press(state: Inbox, keys: Iterable[str]) -> Inbox:
    for key in keys:
        state = state.press(key)
    return state


DECIDING = [
    ("n1", Decision(Status.NOT_AFFECTED, Justification.COMPONENT_NOT_PRESENT, reachability=Reachability.NOT_REACHABLE)),
    ("n2", Decision(Status.NOT_AFFECTED, Justification.CODE_NOT_PRESENT, reachability=Reachability.NOT_REACHABLE)),
    ("n3", Decision(Status.NOT_AFFECTED, Justification.CODE_NOT_EXECUTED, reachability=Reachability.NOT_REACHABLE)),
    ("n4", Decision(Status.NOT_AFFECTED, Justification.NOT_CONTROLLABLE)),
    ("n5b", Decision(Status.NOT_AFFECTED, Justification.MITIGATIONS_EXIST, mitigated_by=("c2",))),
    ("a1", Decision(Status.AFFECTED, response=Response.UPDATE)),
    ("a5", Decision(Status.AFFECTED, response=Response.CANNOT_FIX)),
    ("f", Decision(Status.FIXED)),
    ("i", Decision(Status.UNDER_INVESTIGATION)),
]


@pytest.mark.parametrize(("keys", "said"), DECIDING, ids=lambda one: one if isinstance(one, str) else "")
def test_every_status_with_its_reason_takes_three_keys_at_most_and_goes_to_the_next(keys: str, said: Decision) -> None:
    assert len(keys) <= 3
    state = press(inbox(), keys)
    assert (dict(state.decided), state.at, state.mode) == ({0: said}, 1, Mode.MATCH)


def test_after_the_last_one_the_review_comes_and_submits_all_at_once() -> None:
    state = press(inbox(50), ["n", "3"] * 50)
    assert (state.mode, len(state.decided)) == (Mode.REVIEW, 50)
    assert state.press("enter").mode is Mode.SUBMIT


def test_what_is_marked_is_decided_together() -> None:
    entries = (entry(0), entry(1, PNG), entry(2), entry(3, PNG))
    state = press(Inbox(entries), "*n3")
    assert (set(state.decided), state.at) == ({0, 2}, 1)
    state = press(Inbox(entries), ["right", " ", " ", "f"])
    assert set(state.decided) == {1, 2}


def test_what_is_skipped_stays() -> None:
    state = press(inbox(), "sf")
    assert (set(state.skipped), set(state.decided), state.staying) == ({0}, {1}, (0, 2))
    state = press(state, "s")
    assert (state.mode, state.staying) == (Mode.REVIEW, (0, 2))


def test_each_step_is_undone_one_by_one() -> None:
    first = inbox()
    state = press(first, "fn3s")
    for _ in range(3):
        state = state.press("u")
    assert (dict(state.decided), state.skipped, state.at) == ({}, frozenset(), 0)
    assert "nothing to undo" in state.press("u").told


def test_at_the_review_a_step_is_undone_too_and_nothing_is_submitted_by_leaving() -> None:
    state = press(inbox(1), "f")
    assert state.mode is Mode.REVIEW
    assert (dict(state.press("u").decided), state.press("u").mode) == ({}, Mode.MATCH)
    assert state.press("x").mode is Mode.LEAVE
    assert press(inbox(1), "q").press("enter").mode is Mode.LEAVE


def test_a_similar_decision_is_taken_by_one_key_with_its_words() -> None:
    before = Decision(Status.NOT_AFFECTED, Justification.CODE_NOT_PRESENT, impact="Not built in.")
    state = Inbox((entry(1, ZLIB, Proposal(before, "GW-VEX-3")),)).press("p")
    assert dict(state.decided) == {0: before}
    assert "Nothing is proposed" in Inbox((entry(1),)).press("p").told


def test_what_was_decided_a_moment_ago_on_the_same_component_is_proposed_first() -> None:
    before = Proposal(Decision(Status.FIXED), "GW-VEX-3")
    state = press(Inbox((entry(0), entry(1, ZLIB, before), entry(2, PNG))), "n3")
    assert [one.decision.status for one in state.proposals] == [Status.NOT_AFFECTED, Status.FIXED]
    assert press(state, "s").proposals == ()


def test_words_are_typed_and_can_be_taken_back() -> None:
    state = press(inbox(), ["f", "left", "t", "B", "u", "x", "back", "y", "enter"])
    assert state.decided[0].impact == "Buy"
    assert press(state, ["t", "!", "escape"]).decided[0].impact == "Buy"
    assert state.press("u").decided[0].impact is None


def test_where_no_control_is_in_force_mitigations_cannot_be_the_reason() -> None:
    state = press(replace(inbox(), controls=()), "n5")
    assert (dict(state.decided), "no control" in state.told) == ({}, True)


def test_an_empty_inbox_is_left_at_once() -> None:
    state = press(Inbox(()), "nafi*s up")
    assert (state.entry, dict(state.decided)) == (None, {})
    assert press(Inbox(()), ["q", "enter"]).mode is Mode.LEAVE


KEYS = [*"nafistruw*?qjk123456789pxyzabc ", "enter", "escape", "back", "left", "right", "é", "tab"]


@given(st.lists(st.sampled_from(KEYS), max_size=60))
def test_whatever_is_pressed_no_match_vanishes_and_no_decision_is_without_its_reason(keys: list[str]) -> None:
    state = inbox(4)
    for key in keys:
        state = state.press(key)
        assert state.entries == inbox(4).entries
        assert {*state.decided, *state.skipped, *state.open} == {0, 1, 2, 3}
        assert not state.skipped & state.decided.keys()
        assert set(state.staying) == {0, 1, 2, 3} - state.decided.keys()
    for said in state.decided.values():
        assert (said.justification is not None) == (said.status is Status.NOT_AFFECTED)
        assert bool(said.mitigated_by) == (said.justification is Justification.MITIGATIONS_EXIST)


@given(st.lists(st.sampled_from(KEYS), max_size=30))
def test_undoing_often_enough_brings_back_the_beginning(keys: list[str]) -> None:
    state = press(inbox(4), [key for key in keys if key not in ("x", "y", "enter")])
    state = press(state, ["escape"] if state.mode is Mode.TEXT else [])
    state = replace(state, mode=Mode.MATCH)
    for _ in range(60):
        state = state.press("u")
    assert (dict(state.decided), state.skipped, state.marked) == ({}, frozenset(), frozenset())
