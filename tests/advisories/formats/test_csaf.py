"""Advisories of CSAF providers: the product tree in all its forms, versions in words, and every real document."""

from __future__ import annotations

import json
import lzma
from pathlib import Path
from typing import Any

import pytest

from asepsis.advisories.candidates import judged
from asepsis.advisories.findings import Result
from asepsis.advisories.formats import csaf
from asepsis.advisories.formats.record import UnreadableAdvisoryError
from asepsis.advisories.notice import Notice, Product
from asepsis.advisories.versions.generic import GENERIC

YES, NO, MAYBE = Result.AFFECTED, Result.NOT_AFFECTED, Result.UNDETERMINED


def named(identifier: str, name: str = "", **helper: Any) -> dict[str, Any]:
    return {"product_id": identifier, "name": name} | ({"product_identification_helper": helper} if helper else {})


def branch(category: str, name: str, *below: dict[str, Any], product: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"category": category, "name": name, "branches": list(below)} | ({"product": product} if product else {})


def range_of(text: str, category: str = "product_version_range", **helper: Any) -> dict[str, Any]:
    product = named("P", f"Pump {text}", **helper)
    return {
        "branches": [branch("vendor", "Acme", branch("product_name", "Pump", branch(category, text, product=product)))]
    }


def notices(tree: dict[str, Any], *vulnerabilities: dict[str, Any], publisher: str = "coordinator") -> list[Notice]:
    document = {"tracking": {"id": "ADV-1"}, "publisher": {"category": publisher, "name": "Acme", "namespace": "x"}}
    record = {"document": document, "product_tree": tree, "vulnerabilities": list(vulnerabilities)}
    return list(csaf.read(json.dumps(record).encode()))


def products(tree: dict[str, Any], status: str = "known_affected", publisher: str = "coordinator") -> list[Product]:
    vulnerability = {"cve": "CVE-2026-1", "product_status": {status: ["P"]}}
    (found,) = notices(tree, vulnerability, publisher=publisher)
    return list(found.products)


def result(of: Product, version: str | None) -> Result | None:
    return judged(of.versions, version, None if version is None else GENERIC.key(version))[0]


@pytest.mark.parametrize(
    ("text", "below", "at", "above"),
    [
        ("< V2.0", YES, NO, NO),
        ("<=2.0", YES, YES, NO),
        (">= V1.0 < V2.0", YES, NO, NO),
        (">= 1.0 | <= 2.0", YES, YES, NO),
        (">= V1.0 and < V2.0", YES, NO, NO),
        ("All versions < V2.0", YES, NO, NO),
        ("All versions", YES, YES, YES),
        ("vers:all/*", YES, YES, YES),
        ("vers:all/<V2.0", YES, NO, NO),
        ("vers:intdot/>=1.0|<=2.0", YES, YES, NO),
        ("2.0 and prior", YES, YES, NO),
        ("prior to 2.0", YES, NO, NO),
        ("2.0 | 2.1", NO, YES, YES),
        ("< V2.0 SP1", MAYBE, MAYBE, MAYBE),
        ("< April 2018", MAYBE, MAYBE, MAYBE),
        ("All versions with Ethernet", MAYBE, MAYBE, MAYBE),
    ],
)
def test_a_range_is_read_to_its_last_character_or_not_at_all(
    text: str, below: Result, at: Result, above: Result
) -> None:
    (found,) = products(range_of(text))
    assert [result(found, one) for one in ("1.5", "2.0", "2.1")] == [below, at, above]


@pytest.mark.parametrize(
    ("text", "at", "other"),
    [("<= R14A", YES, MAYBE), ("< B.06.18", NO, MAYBE), (">= R14A", YES, MAYBE), ("R14A", YES, MAYBE)],
)
def test_of_a_bound_that_nobody_orders_the_bound_itself_is_known(text: str, at: Result, other: Result) -> None:
    (found,) = products(range_of(text))
    bound = text.rsplit(maxsplit=1)[-1]
    assert [result(found, one) for one in (bound, "C.01", "1.0")] == [at, other, other]


def test_vendor_and_name_come_from_the_branches_and_the_product_is_watched_for() -> None:
    (found,) = products(range_of("1.0", "product_version"))
    assert (found.vendor, found.name, found.is_watched, result(found, "1.0"), result(found, "1.1")) == (
        "Acme", "Pump", True, YES, NO,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "name", "version"), [("Acme Pump 1.2.3", "Acme Pump", "1.2.3"), ("Acme Pump", "Acme Pump", None)]
)
def test_a_full_name_gives_all_in_one_text_and_its_vendor_is_a_vendor_that_publishes(
    text: str, name: str, version: str | None
) -> None:
    (found,) = products({"full_product_names": [named("P", text)]}, publisher="vendor")
    assert (found.vendor, found.name) == ("Acme", name)
    assert result(found, "1.2.3") is (YES if version else MAYBE)
    assert products({"full_product_names": [named("P", text)]})[0].vendor is None


def test_a_cpe_of_a_product_is_a_name_of_it_too() -> None:
    name, told = products(range_of("1.0", "product_version", cpe="cpe:2.3:h:acme:pump_x:-:*:*:*:*:*:*:*"))
    assert (name.vendor, name.name, name.is_watched, told.name) == ("acme", "pump_x", False, "Pump")


def test_a_product_on_another_needs_that_other() -> None:
    tree = range_of("1.0", "product_version")
    tree["branches"].append(branch("vendor", "Other", branch("product_name", "OS", product=named("O"))))
    tree["relationships"] = [
        {"category": "installed_on", "product_reference": "P", "relates_to_product_reference": "O",
         "full_product_name": named("P-on-O")},
    ]  # fmt: skip
    (notice,) = notices(tree, {"cve": "CVE-2026-1", "product_status": {"known_affected": ["P-on-O"]}})
    (found,) = notice.products
    assert (found.name, [[tuple(one) for one in group] for group in found.needs]) == ("Pump", [[("Other", "OS")]])


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("known_affected", YES), ("first_affected", YES), ("last_affected", YES), ("under_investigation", MAYBE),
        ("known_not_affected", None), ("fixed", None), ("recommended", None),
    ],
)  # fmt: skip
def test_only_what_is_called_affected_or_looked_into_is_told(status: str, expected: Result | None) -> None:
    found = products(range_of("1.0", "product_version"), status)
    assert [result(one, "1.0") for one in found] == ([] if expected is None else [expected])


def test_a_package_url_names_a_package_with_what_repairs_it() -> None:
    tree = {
        "full_product_names": [
            named("P", "pump", purl="pkg:pypi/Acme_Pump@1.0"),
            named("F", "pump", purls=["pkg:pypi/acme-pump@1.1", "rubbish"]),
            named("R", "pump", purl="pkg:rpm/redhat/pump@1.0-1.el9?arch=src"),
        ]
    }
    (notice,) = notices(tree, {"cve": "CVE-2026-1", "product_status": {"known_affected": ["P", "R"], "fixed": ["F"]}})
    pypi, rpm = notice.packages
    assert (pypi.ecosystem, pypi.name, len(pypi.intervals), pypi.fixed) == ("PyPI", "acme-pump", 1, ("1.1",))
    assert (rpm.ecosystem, rpm.name, len(rpm.intervals), rpm.doubt) == ("Red Hat", "pump", 1, None)


def test_each_vulnerability_is_a_notice_with_its_own_rating_in_either_version_of_the_format() -> None:
    first, second, third = notices(
        {},
        {"cve": "CVE-2026-1", "scores": [{"cvss_v3": {"vectorString": "CVSS:3.1/AV:N"}}], "cwe": {"id": "CWE-79"}},
        {"ids": [{"text": "ACME-7"}], "metrics": [{"content": {"cvss_v4": {"vectorString": "CVSS:4.0/AV:N"}}}],
         "cwes": [{"id": "CWE-20"}, {"id": "CWE-22"}]},
        {},
    )  # fmt: skip
    assert (first.vulnerability, first.severity, first.weaknesses) == (
        "CVE-2026-1", (("CVSS_V3", "CVSS:3.1/AV:N"),), ("CWE-79",),
    )  # fmt: skip
    assert (second.vulnerability, second.severity, second.weaknesses) == (
        "ACME-7", (("CVSS_V4", "CVSS:4.0/AV:N"),), ("CWE-20", "CWE-22"),
    )  # fmt: skip
    assert third.vulnerability == "ADV-1 #3"


def deep(depth: int) -> dict[str, Any]:
    found = branch("product_version", "1.0", product=named("P"))
    for _ in range(depth):
        found = branch("product_family", "x", found)
    return {"branches": [found]}


@pytest.mark.parametrize(
    "data",
    [b"{", b"[]", b"{}", b'{"document":{"tracking":{}}}', b"\xff", b'{"a":' * 9_999,
     b'{"document":{"tracking":{"id":"x"}},"product_tree":{"branches":[{"branches":[7]}]}}'],
)  # fmt: skip
def test_what_is_no_document_is_refused_in_one_sentence(data: bytes) -> None:
    with pytest.raises(UnreadableAdvisoryError):
        csaf.read(data)


def test_a_tree_that_is_deeper_than_any_product_is_refused() -> None:
    assert len(products(deep(20))) == 1
    with pytest.raises(UnreadableAdvisoryError, match="deeper"):
        products(deep(200))


def test_a_status_that_names_no_product_of_the_tree_says_nothing() -> None:
    assert products({}) == []


def test_every_real_document_is_read_and_most_of_its_ranges(shared: Path) -> None:
    read = unread = 0
    with lzma.open(shared / "data/advisories/csaf-cisa.jsonl.xz") as lines:
        for line in lines:
            for notice in csaf.read(line):
                assert notice.weaknesses
                for product in notice.products:
                    read += product.versions.doubt is None
                    unread += product.versions.doubt is not None
    assert unread / (read + unread) < 0.2, (read, unread)


def test_every_document_of_the_suite_is_read(shared: Path) -> None:
    """Also those that break the standard: what they say of products is still there."""
    read, refused = [], []
    for path in sorted((shared / "data/suites/csaf-oasis").rglob("*.json")):
        data = path.read_bytes()
        if "json_schema" not in path.parts and b'"csaf_version"' in data and b'"product_tree"' in data:
            try:
                csaf.read(data)
                read.append(path.name)
            except UnreadableAdvisoryError:
                refused.append(path.name)
    assert (refused, len(read) > 100) == ([], True)
