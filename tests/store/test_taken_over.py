"""What was signed elsewhere before: many at once, quality signs for the set, and days on the originals count."""

from __future__ import annotations

from datetime import date
from hashlib import sha256
from typing import Any

import pytest

from asepsis.configuration.records import Supplier
from asepsis.record.history import Head
from asepsis.record.kind import IncompleteError
from asepsis.record.slots import Meaning
from asepsis.store import acts, queries, refusals
from asepsis.store.changes import Signed
from asepsis.store.verify import verify
from tests.dossiers import Story
from tests.kinds import smallest
from tests.store.conftest import Store, refused

ORIGINAL = b"%PDF-1.4 a signed page"
TAKEN_OVER = {
    "original": {
        "digest": sha256(ORIGINAL).hexdigest(),
        "shows": "The page as it was signed",
        "media_type": "application/pdf",
        "size": len(ORIGINAL),
    },
    "on": "2019-05-06",
    "signatures": [{"meaning": "approved", "role": "head of quality", "on": "2019-05-06"}],
}


def taken_over(store: Store, count: int = 3) -> list[str]:
    values: list[tuple[Any, Any]] = [
        (Supplier, smallest(Supplier, title=f"Supplier {number}", taken_over=TAKEN_OVER)) for number in range(count)
    ]
    return [record for record, _ in acts.take_over(store.hand("dev"), values, None, [ORIGINAL])]


def test_many_come_in_by_one_commit_and_one_signature_each(store: Store) -> None:
    records = taken_over(store)
    acts.approve(store.hand("quality"), records, Meaning.APPROVED, Signed("passphrase"))
    approvals = [queries.history(record).head.approvals[0] for record in records]
    assert [(one.how, one.set) for one in approvals] == [("copy", 3)] * 3
    assert {queries.history(record).head_state for record in records} == {Head.EFFECTIVE}
    assert verify(deep=True).findings == ()


def test_only_quality_says_that_it_is_a_true_copy(store: Store) -> None:
    records = taken_over(store)
    with refused(refusals.NoSuchSlotError):
        acts.approve(store.hand("sam"), records, Meaning.REVIEWED, Signed("passphrase"))


def test_what_does_not_read_as_its_kind_is_not_taken_over(store: Store) -> None:
    values: list[tuple[Any, Any]] = [
        (Supplier, smallest(Supplier, taken_over=TAKEN_OVER)),
        (Supplier, {"title": "Half", "taken_over": TAKEN_OVER}),
    ]
    with refused(IncompleteError):
        acts.take_over(store.hand("dev"), values, None, [ORIGINAL])


def test_once_it_is_revised_here_it_is_signed_like_any_other(store: Store) -> None:
    (record,) = taken_over(store, 1)
    acts.approve(store.hand("quality"), [record], Meaning.APPROVED, Signed("passphrase"))
    store.revise("dev", record, title="Revised here")
    acts.submit(store.hand("dev"), [record])
    slots = queries.history(record).head.slots or ()
    assert [slot.meaning for slot in slots] == [Meaning.REVIEWED]


def test_nothing_else_is_signed_as_a_copy(store: Store) -> None:
    record = store.create("dev", Supplier)
    acts.submit(store.hand("dev"), [record])
    with refused(refusals.DemonstrationError):
        acts.approve(store.hand("quality"), [record], Meaning.REVIEWED, Signed("copy"))


@pytest.mark.parametrize(("taken", "day"), [(TAKEN_OVER, date(2019, 5, 6)), (None, date(2026, 1, 5))])
def test_rules_about_order_go_by_the_day_on_the_original(taken: Any, day: date) -> None:
    from asepsis.checks import terms

    story = Story()
    story.add(Supplier, taken_over=taken)
    view = story.view()
    (item,) = view.dossier.all(Supplier)
    assert (terms.first_day(item, view), terms.day_of(item, view)) == (day, day)


def test_a_verdict_says_on_how_many_copies_it_rests() -> None:
    from asepsis.checks.check import CHECKS
    from asepsis.conformance.run import run
    from asepsis.quality.records import Procedure

    story = Story()
    story.add(Procedure, taken_over=TAKEN_OVER)
    story.add(Procedure)
    assert run(CHECKS["quality.clauses_have_procedures"], story.view()).taken_over == 1
