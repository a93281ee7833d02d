"""How long the checks take over the example: each is named once, and the slowest is first."""

from __future__ import annotations

from asepsis import example
from asepsis.conformance import moments


def test_each_check_that_looks_is_timed_once_and_the_slowest_comes_first(shown: example.Written) -> None:
    asked = moments.Asked(shown.products["GW"])
    timed = moments.assess_timed(asked, example.LAST)
    looked = {one.check for answer in moments.assess_product(asked, example.LAST).obligations for one in answer.looked}
    assert {name for name, _ in timed} >= looked
    assert len({name for name, _ in timed}) == len(timed)
    assert [spent for _, spent in timed] == sorted((spent for _, spent in timed), reverse=True)
