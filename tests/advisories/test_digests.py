"""The digest of what a decision rests on: moved by each fact of an advisory, and by nothing else."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asepsis.advisories import matching
from asepsis.advisories.findings import Finding
from asepsis.advisories.index import bring_up_to_date
from asepsis.exchange.facts import Component
from tests.advisories.test_matching import NOW, cve, feed

Record = dict[str, Any]
VERSIONS = [f"{major}.{minor}" for major in range(1, 5) for minor in range(6)]
FOUND = "1.3"


def findings(*records: Record, version: str = FOUND, others: bytes | None = None) -> list[Finding]:
    """Return what is found in one version of a package."""
    given_ = [feed(*(json.dumps(one).encode() for one in records))]
    if others is not None:
        given_.append(feed(others, name="cve", kind="cve", covers=()))
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as index:
        bring_up_to_date(index, given_)
        one = Component("requests", version=version, purl=f"pkg:pypi/requests@{version}")
        return list(matching.scan([one], index, bill="0" * 64, now=NOW, max_age_days=7).components[0].findings)


def digest(*records: Record, version: str = FOUND, others: bytes | None = None) -> str | None:
    (one,) = findings(*records, version=version, others=others)
    return one.digest


@st.composite
def advisories(draw: st.DrawFn) -> Record:
    """Draw an advisory that holds 1.3 to be affected, with more ranges and single versions besides."""
    ranges = [
        [{"introduced": draw(st.sampled_from(["0", "1.0", "1.2"]))}, {"fixed": draw(st.sampled_from(["1.4", "2.0"]))}]
    ]
    for low, high in draw(
        st.lists(st.tuples(st.sampled_from(VERSIONS[6:]), st.sampled_from(VERSIONS[6:])), max_size=3)
    ):
        ranges.append([{"introduced": low}, {draw(st.sampled_from(["fixed", "last_affected"])): high}])
    versions = draw(st.lists(st.sampled_from([*VERSIONS, "rubbish"]), max_size=5, unique=True))
    package = {"ecosystem": "PyPI", "name": "requests"}
    return {
        "id": "A-1", "modified": "2026-08-01T00:00:00Z", "summary": "prose", "aliases": ["CVE-2026-1"],
        "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N"}],
        "affected": [
            {
                "package": package, "versions": versions,
                "ranges": [{"type": "ECOSYSTEM", "events": events} for events in ranges],
            }
        ],
    }  # fmt: skip


def moved_range(one: Record) -> None:
    one["affected"][0]["ranges"][0]["events"][1] = {"fixed": "1.5"}


def another_range(one: Record) -> None:
    one["affected"][0]["ranges"].append({"type": "ECOSYSTEM", "events": [{"introduced": "9"}, {"fixed": "9.1"}]})


def another_version(one: Record) -> None:
    one["affected"][0]["versions"].append("another that nobody orders")


def open_end(one: Record) -> None:
    one["affected"][0]["ranges"][0]["events"].pop()


def another_alias(one: Record) -> None:
    one["aliases"].append("CVE-2026-2")


def no_alias(one: Record) -> None:
    one["aliases"] = []


def other_severity(one: Record) -> None:
    one["severity"][0]["score"] = "CVSS:3.1/AV:L"


def severity_of_the_package(one: Record) -> None:
    one["affected"][0]["severity"] = [{"type": "CVSS_V4", "score": "CVSS:4.0/AV:N"}]


FACTS = [
    moved_range, another_range, another_version, open_end, another_alias, no_alias, other_severity, severity_of_the_package,
]  # fmt: skip


@pytest.mark.parametrize("change", FACTS, ids=lambda change: change.__name__)
@settings(max_examples=25)
@given(one=advisories())
def test_each_fact_of_an_advisory_moves_it(change: Callable[[Record], None], one: Record) -> None:
    other = deepcopy(one)
    change(other)
    assert digest(other) != digest(one)


@settings(max_examples=25)
@given(one=advisories(), data=st.data())
def test_prose_dates_order_and_other_packages_do_not_move_it(one: Record, data: st.DataObject) -> None:
    other = deepcopy(one) | {"summary": "otherwise", "modified": "2026-08-09T00:00:00Z", "details": "more"}
    for key in ("ranges", "versions"):
        other["affected"][0][key] = data.draw(st.permutations(other["affected"][0][key]))
    other["affected"].append({"package": {"ecosystem": "npm", "name": "requests"}, "versions": ["1"]})
    assert digest(other) == digest(one)


@settings(max_examples=25)
@given(one=advisories())
def test_it_is_the_same_for_every_version_of_the_package(one: Record) -> None:
    told = {found.digest for version in VERSIONS for found in findings(one, version=version)}
    assert told == {digest(one)}


@settings(max_examples=25)
@given(one=advisories())
def test_one_of_two_records_that_is_withdrawn_moves_it_and_the_last_is_found_no_more(one: Record) -> None:
    other = deepcopy(one) | {"id": "B-1"}
    gone = other | {"withdrawn": "2026-08-02T00:00:00Z"}
    assert digest(one, other) != digest(one, gone)
    assert findings(one | {"withdrawn": "2026-08-02T00:00:00Z"}) == []


@settings(max_examples=25)
@given(one=advisories())
def test_a_name_that_the_cve_list_took_back_moves_it(one: Record) -> None:
    assert digest(one, others=cve("CVE-2026-1")) != digest(one, others=cve("CVE-2026-1", state="REJECTED"))
