"""Verdicts as marks: each has its own shape and its word as its name."""

from __future__ import annotations

import re

import pytest

from asepsis.record.verdict import Verdict
from asepsis.web.marks import mark, word
from tests.web.conftest import Seen


@pytest.mark.parametrize("small", [False, True])
def test_verdicts_that_differ_differ_in_shape_too(small: bool) -> None:
    asked = [Verdict.MET, Verdict.GAP, Verdict.UNKNOWN, Verdict.NOT_APPLICABLE]
    drawn = [str(mark(one, small=small)) for one in asked] + [str(mark(Verdict.GAP, urgent=True, small=small))]
    shapes = {re.sub(r'(class|aria-label)="[^"]*"', "", one) for one in drawn if "mark-unknown" not in one}
    assert len(shapes) == 4  # an unknown is a ring of dots: the style sheet makes them
    assert len(set(drawn)) == 5


@pytest.mark.parametrize("verdict", list(Verdict))
def test_a_mark_is_an_image_with_its_word_as_its_name(verdict: Verdict) -> None:
    (tag, attributes), *_ = Seen(mark(verdict)).tags
    assert (tag, attributes["role"], attributes["aria-label"]) == ("svg", "img", word(verdict))


def test_only_a_gap_can_be_urgent() -> None:
    assert mark(Verdict.MET, urgent=True) == mark(Verdict.MET)
    assert word(Verdict.GAP, urgent=True) == "urgent gap"
