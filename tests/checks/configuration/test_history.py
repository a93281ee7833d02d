"""The history of all records: verified lately, in agreement, with a checkpoint elsewhere."""

from __future__ import annotations

from typing import Any

from asepsis.checks.configuration import history
from asepsis.conformance import run
from asepsis.exchange import subjects
from asepsis.exchange.facts import LedgerVerification
from tests.dossiers import Story, breaks, keeps, run_check

INTACT = "configuration.history_intact"
PARTS = (("entries", "agrees"), ("chain", "agrees"), ("contents", "agrees"), ("projections", "agrees"))


def verified(**fields: Any) -> Story:
    story = Story()
    given: dict[str, Any] = {
        "at": "2026-10-25T10:00:00Z",
        "position": 10,
        "parts": PARTS,
        "checkpoint_left_at": "2026-10-25T11:00:00Z",
    }
    story.take_in(LedgerVerification(**(given | fields)), subjects.ORGANISATION)
    return story


@keeps(INTACT)
@breaks(INTACT)
def test_a_verification_holds_for_the_days_of_the_policy() -> None:
    story = verified(checkpoint_left_at="2026-11-20T00:00:00Z")
    assert run_check(INTACT, story, today="2026-11-25").kept
    assert run_check(INTACT, story, today="2026-11-26").sentences == [history.OLD]
    story.set_policy("configuration.ledger_verification_days", 30)
    assert run_check(INTACT, story, today="2026-11-25").sentences == [history.OLD]


@breaks(INTACT)
def test_a_checkpoint_leaves_the_machine_as_often() -> None:
    story = verified(at="2026-11-20T10:00:00Z")
    assert run_check(INTACT, story, today="2026-11-25").kept
    assert run_check(INTACT, story, today="2026-11-26").sentences == [history.LEFT_LONG_AGO]
    assert run_check(INTACT, verified(checkpoint_left_at=None), today="2026-11-25").sentences == [history.NEVER_LEFT]


@breaks(INTACT)
def test_what_disagrees_is_named() -> None:
    parts = (("entries", "agrees"), ("chain", "disagrees"), ("contents", "disagrees"))
    said = run_check(INTACT, verified(parts=parts), today="2026-11-25")
    assert said.sentences == [history.DISAGREES]
    assert said.texts[0].endswith("ledger: chain and contents.")


def test_what_was_not_looked_at_is_not_known() -> None:
    parts = (("entries", "agrees"), ("projections", "unchecked"))
    said = run_check(INTACT, verified(parts=parts), today="2026-11-25")
    assert [one.said.sentence for one in said.unknowns] == [history.UNCHECKED]
    assert not said.gaps


def test_without_any_verification_it_is_not_known() -> None:
    assert run_check(INTACT, Story()).sentences == [run.ABSENT]
