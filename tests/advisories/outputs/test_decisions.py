"""Statements laid over a scan: what they decide, and that none of them vanishes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asepsis.advisories.findings import Scan
from asepsis.advisories.outputs.decisions import lay
from asepsis.advisories.outputs.report import Report
from asepsis.exchange.bill import Bill
from asepsis.exchange.formats import bill_of
from asepsis.exchange.source import Source
from asepsis.exchange.vex.statement import JUSTIFICATIONS, STATUSES, Statement
from tests.advisories.outputs.conftest import DOCUMENT, PUMP, scan_of

Reports = Callable[..., Report]
SAFE = Statement(
    "CVE-2026-0001", PUMP, "not-affected", "pkg:pypi/requests", justification="vulnerable-code-not-present",
    at="2026-09-01T00:00:00Z",
)  # fmt: skip


def outcomes(report: Report) -> list[str]:
    return [str(one.outcome) for one in report.laid.receipts]


def statuses(report: Report) -> dict[str, str]:
    return {one.finding.advisory: one.status for one in report.lines()}


def test_what_nobody_decided_is_under_investigation(report: Reports) -> None:
    assert set(statuses(report()).values()) == {"under-investigation"}


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"vulnerability": "A-1"},
        {"vulnerability": "GHSA-x", "aliases": ("cve-2026-0001",)},
        {"component": "pkg:pypi/requests@1.5"},
        {"product": "pkg:generic/pump"},
        {"product": "Pump@2.0"},
        {"product": "pkg:pypi/requests@1.5", "component": None},
        {"component": None},
        {"versions": ("1.0", "2.0")},
        {"until": "2026-11-02"},
    ],
    ids=str,
)
def test_a_statement_on_the_component_by_any_name_decides_the_finding(report: Reports, change: dict[str, Any]) -> None:
    found = report(replace(SAFE, **change))
    assert (outcomes(found), statuses(found)["A-1"]) == (["applied"], "not-affected")
    assert statuses(found)["A-2"] == "under-investigation"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"component": "pkg:pypi/requests@1.6"}, "The bill holds no pkg:pypi/requests@1.6."),
        ({"component": "pkg:npm/requests"}, "The bill holds no pkg:npm/requests."),
        ({"vulnerability": "CVE-2026-9"}, "The scan found nothing of CVE-2026-9 in pkg:pypi/requests."),
        ({"component": "pkg:pypi/idna"}, "The scan found nothing of CVE-2026-0001 in pkg:pypi/idna."),
        (
            {"configuration": "ward"},
            f"It speaks of {PUMP} in the configuration 'ward' only, and no bill says which it is of.",
        ),
        ({"versions": ("1.0", "1.1")}, f"It speaks of 1.0 and 1.1 of {PUMP}, and the bill is of 2.0."),
        ({"product": "pkg:generic/pump@2.1"}, "It speaks of pkg:generic/pump@2.1, and the bill is of Pump."),
    ],
    ids=str,
)
def test_a_statement_on_something_else_decides_nothing_and_says_why(
    report: Reports, change: dict[str, Any], why: str
) -> None:
    found = report(replace(SAFE, **change))
    assert (outcomes(found), found.laid.receipts[0].why.text()) == (["unmatched"], why)
    assert set(statuses(found).values()) == {"under-investigation"}


def test_the_later_of_two_counts_and_the_earlier_is_superseded(report: Reports) -> None:
    later = replace(SAFE, status="affected", justification=None, at="2026-09-01T00:00:01Z")
    for given_ in ((SAFE, later), (later, SAFE)):
        found = report(*given_)
        assert statuses(found)["A-1"] == "affected"
        assert sorted(outcomes(found)) == ["applied", "superseded"]


def test_one_past_its_last_day_decides_nothing(report: Reports) -> None:
    found = report(replace(SAFE, until="2026-11-01"))
    assert (outcomes(found), statuses(found)["A-1"]) == (["superseded"], "under-investigation")


def test_two_of_the_same_time_that_say_different_things_decide_nothing(report: Reports) -> None:
    found = report(SAFE, replace(SAFE, status="fixed", justification=None))
    assert (outcomes(found), statuses(found)["A-1"]) == (["conflicting"] * 2, "under-investigation")


def test_that_a_component_is_not_there_is_not_taken_against_the_bill_that_holds_it(report: Reports) -> None:
    found = report(replace(SAFE, justification="component-not-present"))
    assert (outcomes(found), statuses(found)["A-1"]) == (["conflicting"], "under-investigation")


def test_of_a_product_that_the_reader_names_the_statements_hold(report: Reports) -> None:
    said = replace(SAFE, product="GW 4711")
    assert (outcomes(report(said)), outcomes(report(said, product="GW 4711"))) == (["unmatched"], ["applied"])


def test_where_the_bill_names_no_product_it_is_said_whose_it_was_taken_for() -> None:
    bill = bill_of(Source("b.json", json.dumps({k: v for k, v in DOCUMENT.items() if k != "metadata"}).encode()))
    (receipt,) = lay(bill, scan_of(bill), [("v.json", SAFE)]).receipts
    assert (receipt.outcome, "was taken to be pkg:generic/pump@2.0" in receipt.why.text()) == ("applied", True)


def test_a_decision_closes_what_it_decides_and_nothing_more(report: Reports) -> None:
    all_safe = [
        replace(SAFE, vulnerability=name, component=None) for name in ("CVE-2026-0001", "CVE-2026-0002", "CVE-2026-0003")
    ]  # fmt: skip
    assert report().affected
    assert report(*all_safe[:1]).affected
    assert not report(*all_safe).affected
    assert report(*all_safe).not_known, "one component could not be looked up, and no statement changes that"


def test_a_statement_that_something_is_affected_of_which_the_scan_found_nothing_is_no_clean_result(
    bill: Bill, scan: Scan
) -> None:
    said = Statement("CVE-2026-9", PUMP, "affected", "pkg:pypi/idna")
    assert [one.status for one in lay(bill, scan, [("v.json", said)]).unfounded] == ["affected"]


THINGS = ["pkg:pypi/requests", "pkg:pypi/requests@1.5", "pkg:pypi/urllib3", "pkg:pypi/idna", "pkg:npm/x", "Pump"]


@given(
    st.lists(
        st.builds(
            Statement,
            vulnerability=st.sampled_from(["CVE-2026-0001", "CVE-2026-0002", "CVE-2026-0003", "CVE-1"]),
            product=st.sampled_from([PUMP, "pkg:generic/other@1", "Pump", *THINGS]),
            component=st.none() | st.sampled_from(THINGS),
            status=st.sampled_from(STATUSES),
            justification=st.none() | st.sampled_from(JUSTIFICATIONS),
            at=st.none() | st.sampled_from(["2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"]),
        ),
        max_size=8,
    )
)
def test_every_statement_has_a_receipt_and_only_applied_ones_decide(said: list[Statement]) -> None:
    bill = bill_of(Source("bill.json", json.dumps(DOCUMENT).encode()))
    laid = lay(bill, scan_of(bill), [(str(number), one) for number, one in enumerate(said)])
    assert {one.source for one in laid.receipts} == {str(number) for number in range(len(said))}
    applied = [one.statement for one in laid.receipts if one.outcome == "applied"]
    assert all(one in applied for one in laid.decided.values())
