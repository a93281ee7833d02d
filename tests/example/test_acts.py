"""No gap of the example is without an act that closes it, and somebody who owes that act."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from asepsis import example
from asepsis.conformance import moments
from asepsis.conformance.assessment import Note
from asepsis.conformance.board import acts
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Verdict
from asepsis.store import queries

PRODUCTS = ("GW", "OLD")


def notes(shown: example.Written, product: str) -> Iterator[tuple[str, Note]]:
    """Yield everything that is missing or not known of a product of the example, by obligation."""
    there = moments.assess_product(moments.Asked(shown.products[product]), example.LAST)
    for one in there.obligations:
        for note in (*one.gaps, *one.unknowns):
            yield one.id, note


@pytest.mark.parametrize("product", PRODUCTS)
def test_each_gap_has_a_next_step_that_is_written_out(shown: example.Written, product: str) -> None:
    without = [
        (obligation, note.said.text())
        for obligation, note in notes(shown, product)
        if not re.fullmatch(r"[A-Z].*[.]", note.said.next() or "", re.DOTALL)
    ]
    assert without == []


@pytest.mark.parametrize("product", PRODUCTS)
def test_no_next_step_or_finding_shows_a_place_that_was_not_filled(shown: example.Written, product: str) -> None:
    people = set(queries.names())  # whose names each edge puts in
    unfilled = [
        text
        for _, note in notes(shown, product)
        for text in (note.said.text(), note.said.next() or "")
        if "{" in text or "}" in text or "None" in text or not people.issuperset(re.findall(r"\b[0-9a-f]{32}\b", text))
    ]
    assert unfilled == []


@pytest.mark.parametrize("product", PRODUCTS)
def test_each_gap_is_owed_by_a_role_or_by_somebody_who_was_admitted(shown: example.Written, product: str) -> None:
    known = {*map(str, SystemRole), *queries.names()}
    assert {note.owner for _, note in notes(shown, product)} - known == set()


@pytest.mark.parametrize("product", PRODUCTS)
def test_each_obligation_with_a_gap_is_helped_by_an_act_of_the_board(shown: example.Written, product: str) -> None:
    there = moments.assess_product(moments.Asked(shown.products[product]), example.LAST)
    helped = {obligation for act in acts(there) for obligation in act.obligations}
    composed = {one.id for one in there.obligations if any(not note.check for note in one.gaps)}
    with_gaps = {one.id for one in there.obligations if one.counts and one.verdict is Verdict.GAP}
    assert with_gaps - helped - composed == set()
