"""The watch over the API: what the page tells, as far as the token reaches."""

from __future__ import annotations

import pytest

from asepsis.store import withholding
from tests.api.conftest import Caller, caller
from tests.web.maker import Maker
from tests.web.test_watch import bring, scanned_and_watched


@pytest.fixture
def watched(copied: Maker) -> Maker:
    scanned_and_watched(copied)
    return copied


def test_lines_come_with_what_matters_most_first_a_page_at_a_time(watched: Maker, security: Caller) -> None:
    first = security.get("/watch?limit=1").value
    assert [one["standing"] for one in first["lines"]] == ["exploited"]
    second = security.get(f"/watch?limit=1&after={first['following']}").value
    assert ([one["standing"] for one in second["lines"]], "following" in second) == (["undecided"], False)
    assert first["as_of"] == [{"product": "GW", "entry": first["as_of"][0]["entry"], "day": first["as_of"][0]["day"]}]
    assert first["outdated"] == ["PX"]
    assert watched.label("2.5.0") in first["lines"][0]["releases"]


def test_what_was_looked_through_is_not_new(watched: Maker, security: Caller) -> None:
    assert security.post("/watch/looked", {"product": "GW"}).value == {"lines": 2, "new": 2}
    assert security.get("/watch?new=true").value["lines"] == []
    assert len(security.get("/watch").value["lines"]) == 2
    assert watched.product


def test_the_fleet_tells_products_and_the_releases_of_one(watched: Maker, security: Caller) -> None:
    fleet = security.get("/fleet").value
    assert {one["label"]: len(one["cells"]) for one in fleet["rows"]} == {"GW": 2, "PX": 0}
    (row,) = security.get("/fleet?product=GW").value["rows"]
    assert (row["label"], [one["releases"] for one in row["cells"]]) == (watched.label("2.5.0"), [1, 1])


def test_a_token_of_another_product_and_one_who_sees_nothing_withheld_are_told_nothing(watched: Maker) -> None:
    bound = caller("Jonas Weber", product="PX")
    assert (bound.get("/watch").value["lines"], bound.get("/watch?product=GW").code) == ([], "product-unknown")
    withholding.embargo(watched.hand("Jonas Weber"), watched.ids["bill"])
    for _ in ("before", "after"):
        for address in ("/watch", "/fleet"):
            assert b"35jh" not in caller("Anna Lind").get(address).body
            assert b"35jh" in caller("Jonas Weber").get(address).body
        bring(watched)
