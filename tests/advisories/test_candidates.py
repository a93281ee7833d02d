"""Candidates by CPE and by name: apart from what is found by package, ranked, each with what speaks for it."""

from __future__ import annotations

import json
import lzma
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from asepsis.advisories import candidates, cpe, matching, names
from asepsis.advisories.findings import Candidate, Kinship, LookedUp, Result, Scan
from asepsis.advisories.index import Given, bring_up_to_date
from asepsis.exchange.facts import Component
from tests.advisories.test_matching import ACME, FRESH, NOW, PUMP, RANGE, connected, csaf, cve, feed, nvd, record

CPE = "cpe:2.3:a:acme:pump:1.0:*:*:*:*:*:*:*"


def naming(*records: bytes, kind: str = "nvd") -> Given:
    return feed(*records, name=kind, kind=kind, covers=())


def scanned(folder: Path, feeds: Sequence[Given], *components: Component) -> Scan:
    with closing(connected(folder)) as opened:
        bring_up_to_date(opened, feeds)
        return matching.scan(components, opened, bill="0" * 64, now=NOW, max_age_days=7)


def found(folder: Path, feeds: Sequence[Given], *components: Component) -> list[Candidate]:
    """Return all candidates, those too that are only counted else."""
    with closing(connected(folder)) as opened:
        bring_up_to_date(opened, feeds)
        about: dict[str, Any] = {"bill": "0" * 64, "now": NOW, "max_age_days": 7}
        return list(matching.scan(components, opened, every_candidate=True, **about).candidates)


def match(criteria: str, **bounds: Any) -> dict[str, Any]:
    return {"criteria": criteria, "vulnerable": True, **bounds}


# --- apart from packages ------------------------------------------------------------------------------------------------


def test_a_candidate_is_no_finding_and_does_not_count_as_one(tmp_path: Path) -> None:
    own = Component("pump", version="1.0", purl="pkg:pypi/pump@1.0", cpe=CPE)
    scan = scanned(tmp_path, [feed(record("A-1", *RANGE)), naming(nvd("CVE-2026-1", PUMP))], own)
    (candidate,) = scan.candidates
    assert (candidate.vulnerability, candidate.result, candidate.kinship) == (
        "CVE-2026-1", Result.AFFECTED, Kinship.CPE,
    )  # fmt: skip
    assert (scan.components[0].findings, scan.affected, scan.not_known) == ((), False, False)


def test_what_was_found_by_package_is_no_candidate_under_any_of_its_names(tmp_path: Path) -> None:
    package = record("A-1", {"introduced": "0"}, package="pump", aliases=["CVE-2026-1"])
    own = Component("pump", version="1.0", purl="pkg:pypi/pump@1.0", cpe=CPE)
    scan = scanned(tmp_path, [feed(package), naming(nvd("CVE-2026-1", PUMP))], own)
    assert (scan.candidates, [one.advisory for one in scan.components[0].findings]) == ((), ["A-1"])


def test_a_component_whose_package_was_looked_up_is_not_looked_for_by_its_name(tmp_path: Path) -> None:
    feeds = [feed(record("A-1", *RANGE)), naming(nvd("CVE-2026-1", PUMP))]
    assert found(tmp_path, feeds, Component("pump", version="1.0", purl="pkg:pypi/pump@1.0")) == []
    assert len(found(tmp_path, feeds, Component("pump", version="1.0", purl="pkg:npm/pump@1.0"))) == 1


# --- kinship ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("component", "criteria", "kinship"),
    [
        ({"cpe": CPE}, "acme:pump:*:*:*:*:*:*:*:*", Kinship.CPE),
        ({"cpe": "cpe:/a:acme:pump:1.0"}, "acme:pump:*:*:*:*:*:*:*:*", Kinship.CPE),
        ({"cpe": "cpe:2.3:a:other:pump:1.0:*:*:*:*:*:*:*"}, "acme:pump:*:*:*:*:*:*:*:*", None),
        ({"supplier": "ACME, Inc."}, "acme:pump:*:*:*:*:*:*:*:*", Kinship.VENDOR),
        ({"purl": "pkg:npm/%40acme/pump@1.0"}, "acme:pump:*:*:*:*:*:*:*:*", Kinship.VENDOR),
        ({"purl": "pkg:npm/pump@1.0"}, "acme:pump:*:*:*:*:*:node.js:*:*", Kinship.TARGET),
        ({"purl": "pkg:npm/pump@1.0"}, "acme:pump:*:*:*:*:*:wordpress:*:*", Kinship.OTHER_TARGET),
        ({"purl": "pkg:npm/%40other/pump@1.0"}, "acme:pump:*:*:*:*:*:node.js:*:*", Kinship.FOREIGN),
        ({"purl": "pkg:maven/org.other/pump@1.0"}, "acme:pump:*:*:*:*:*:*:*:*", Kinship.FOREIGN),
        ({"purl": "pkg:maven/org.acme.parts/pump@1.0"}, "acme_project:pump:*:*:*:*:*:*:*:*", Kinship.VENDOR),
        ({"purl": "pkg:maven/org.acme/pump@1.0"}, "org:pump:*:*:*:*:*:*:*:*", Kinship.FOREIGN),
        ({"purl": "pkg:golang/forge.example/acme/pump@1.0"}, "acmeproject:pump:*:*:*:*:*:go:*:*", Kinship.TARGET),
        ({"purl": "pkg:maven/org.other/pump@1.0"}, "pump_project:pump:*:*:*:*:*:maven:*:*", Kinship.TARGET),
        ({"purl": "pkg:npm/%40other/pump@1.0"}, "pump_project:pump:*:*:*:*:*:node.js:*:*", Kinship.FOREIGN),
        ({"purl": "pkg:deb/debian/pump@1.0"}, "acme:pump:*:*:*:*:*:*:*:*", Kinship.NAME),
        ({"purl": "pkg:npm/pump@1.0"}, "acme:pump:*:*:*:*:*:*:*:*", Kinship.NAME),
        ({}, "acme:pump:*:*:*:*:*:wordpress:*:*", Kinship.NAME),
        ({"supplier": "Somebody"}, "acme:pump:*:*:*:*:*:*:*:*", Kinship.NAME),
        ({"supplier": "Acme"}, "acme:pumps:*:*:*:*:*:*:*:*", None),
    ],
)
def test_each_candidate_says_what_speaks_for_it(
    tmp_path: Path, component: dict[str, Any], criteria: str, kinship: Kinship | None
) -> None:
    listed = nvd("CVE-2026-1", match(f"cpe:2.3:a:{criteria}"))
    own = Component("Pump", version="1.0", **component)
    assert [one.kinship for one in found(tmp_path, [naming(listed)], own)] == ([] if kinship is None else [kinship])


def test_a_name_that_other_records_give_to_software_of_its_kind_says_more_than_a_name(tmp_path: Path) -> None:
    listed = naming(
        nvd("CVE-1", match("cpe:2.3:a:acme:pump:*:*:*:*:*:*:*:*")),
        nvd("CVE-2", match("cpe:2.3:a:other:pump:*:*:*:*:*:node.js:*:*")),
    )
    listing = found(tmp_path, [listed], Component("pump", version="1.0", purl="pkg:npm/pump@1.0"))
    assert [(one.vulnerability, one.kinship) for one in listing] == [
        ("CVE-2", Kinship.TARGET), ("CVE-1", Kinship.RELATED),
    ]  # fmt: skip


def test_what_next_to_nothing_speaks_for_is_counted_by_its_reason_and_not_listed(tmp_path: Path) -> None:
    listed = naming(
        nvd("CVE-1", match("cpe:2.3:a:acme:pump:*:*:*:*:*:*:*:*")),
        nvd("CVE-2", match("cpe:2.3:a:acme:pump:*:*:*:*:*:wordpress:*:*")),
    )
    registered = [Component("pump", version="1.0", purl=f"pkg:npm/{name}@1.0") for name in ("pump", "%40other/pump")]
    scan = scanned(tmp_path, [listed], *registered, Component("pump", version="1.0"))
    assert [(one.component, one.purl, one.vulnerability) for one in scan.candidates] == [
        ("pump", None, "CVE-1"), ("pump", None, "CVE-2"),
    ]  # fmt: skip
    assert scan.below == {Kinship.NAME: 1, Kinship.OTHER_TARGET: 2, Kinship.FOREIGN: 1}
    assert len(found(tmp_path, [listed], *registered, Component("pump", version="1.0"))) == 6


def test_the_closest_comes_first_then_what_is_affected_then_what_is_exploited(tmp_path: Path) -> None:
    listed = naming(
        nvd("CVE-1", match("cpe:2.3:a:other:pump:*:*:*:*:*:*:*:*")),
        nvd("CVE-2", match("cpe:2.3:a:acme:pump:-:*:*:*:*:*:*:*")),
        nvd("CVE-3", match("cpe:2.3:a:acme:pump:*:*:*:*:*:*:*:*")),
        nvd("CVE-4", match("cpe:2.3:a:acme:pump:*:*:*:*:*:*:*:*")),
    )
    exploited = feed(b'{"cveID":"CVE-4","dateAdded":"2026-08-03"}', name="kev", kind="kev", covers=())
    own = Component("pump", version="1.0", supplier="Acme")
    listing = found(tmp_path, [listed, exploited], own)
    assert [one.vulnerability for one in listing] == ["CVE-4", "CVE-3", "CVE-2", "CVE-1"]
    assert listing[0].kev == "2026-08-03"


# --- versions -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["cve", "nvd", "csaf"])
@pytest.mark.parametrize(
    ("version", "result"),
    [("1.9", Result.AFFECTED), ("2.0", None), (None, Result.UNDETERMINED), ("x", Result.UNDETERMINED)],
)
def test_records_of_each_kind_find_the_versions_that_they_name(
    tmp_path: Path, kind: str, version: str | None, result: Result | None
) -> None:
    records = {"cve": cve("CVE-2026-1", ACME), "nvd": nvd("CVE-2026-1", PUMP), "csaf": csaf("ADV-1")}
    own = Component("Pump", version=version, supplier="Acme")
    listing = found(tmp_path, [naming(records[kind], kind=kind)], own)
    assert [(one.vulnerability, one.result) for one in listing] == ([] if result is None else [("CVE-2026-1", result)])


def test_what_a_record_says_nothing_of_is_counted_and_is_no_candidate(tmp_path: Path) -> None:
    silent = cve("CVE-2026-1", {key: value for key, value in ACME.items() if key != "defaultStatus"})
    scan = scanned(tmp_path, [naming(silent, kind="cve")], Component("Pump", version="3.0", supplier="Acme"))
    assert (scan.candidates, scan.components[0].left_open) == ((), 1)
    both = [naming(silent, kind="cve"), naming(nvd("CVE-2026-1", PUMP))]
    scan = scanned(tmp_path, both, Component("Pump", version="3.0", supplier="Acme"))
    assert (scan.candidates, scan.components[0].left_open) == ((), 0)


def test_one_vulnerability_is_one_candidate_that_tells_who_agrees_and_who_does_not(tmp_path: Path) -> None:
    feeds = [
        naming(nvd("CVE-2026-1", PUMP)),
        naming(cve("CVE-2026-1", ACME | {"versions": []}), kind="cve"),
        naming(csaf("ADV-1", product="Pump"), kind="csaf"),
    ]
    (one,) = found(tmp_path, feeds, Component("Pump", version="1.0", cpe=CPE))
    assert (one.source, one.agrees, one.says_otherwise) == ("csaf", ("nvd: CVE-2026-1",), ("cve: CVE-2026-1",))
    assert (one.severity, one.weaknesses) == ((("CVSS_V3", "CVSS:3.1/AV:N"),), ("CWE-79",))


def test_openssl_is_ordered_by_its_own_rule(tmp_path: Path) -> None:
    bounds = {"versionStartIncluding": "1.0.2", "versionEndExcluding": "1.0.2zh"}
    listed = naming(nvd("CVE-1", match("cpe:2.3:a:openssl:openssl:*:*:*:*:*:*:*:*", **bounds)))
    cpes = (f"cpe:2.3:a:openssl:openssl:{one}:*:*:*:*:*:*:*" for one in ("1.0.2k", "1.0.2zh", "1.1.1a"))
    assert [len(found(tmp_path, [listed], Component("openssl", cpe=one))) for one in cpes] == [1, 0, 0]


# --- platforms ----------------------------------------------------------------------------------------------------------


def test_what_holds_on_a_platform_alone_is_undetermined_until_the_bill_lists_it(tmp_path: Path) -> None:
    platform = match("cpe:2.3:o:acme:board:*:*:*:*:*:*:*:*") | {"vulnerable": False}
    configuration = {"operator": "AND", "nodes": [{"cpeMatch": [PUMP]}, {"cpeMatch": [platform]}]}
    listed = naming(json.dumps({"id": "CVE-1", "configurations": [configuration]}).encode())
    own = Component("pump", version="1.0", cpe=CPE)
    (alone,) = found(tmp_path, [listed], own)
    assert (alone.result, alone.reason) == (
        Result.UNDETERMINED, "it holds only together with acme board, which the bill does not list",
    )  # fmt: skip
    (both,) = found(tmp_path, [listed], own, Component("Board", version="3"))
    assert both.result is Result.AFFECTED


# --- advisories that carry product names only ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("supplier", "name", "is_found"),
    [
        ("Philips", "IntelliVue MX40", True),
        ("Philips Healthcare", "IntelliVue MX40 Patient Monitor", True),
        ("PHILIPS", "MX40", True),
        ("Philips", "IntelliVue MX800", False),
        ("Philips", "Patient Warming Software", False),
        ("Acme", "IntelliVue MX40", False),
    ],
)
def test_products_of_advisories_are_watched_for_by_supplier_and_words_of_the_name(
    tmp_path: Path, supplier: str, name: str, is_found: bool
) -> None:
    listed = naming(csaf("ADV-1", vendor="Philips", product="IntelliVue Patient Monitor MX40"), kind="csaf")
    listing = found(tmp_path, [listed], Component(name, version="1.0", supplier=supplier))
    assert [one.kinship for one in listing] == ([Kinship.SIMILAR] if is_found else [])


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Becton, Dickinson and Company (BD)", "BD", True),
        ("Becton, Dickinson and Company (BD)", "Becton Dickinson", True),
        ("B. Braun Medical Inc.", "B. Braun", True),
        ("Dräger", "Drager", True),
        ("Siemens AG", "siemens", True),
        ("Siemens Healthineers, Siemens", "Siemens", True),
        ("GE Healthcare", "General Electric", False),
        ("Acme", "Acmex", False),
        ("Inc.", "Ltd.", False),
        ("", "", False),
    ],
)
def test_a_vendor_is_known_by_the_names_that_it_goes_by(one: str, other: str, same: bool) -> None:
    assert (names.is_same_vendor(one, other), names.is_same_vendor(other, one)) == (same, same)


def test_medical_products_of_real_advisories_are_found_by_supplier_and_name(tmp_path: Path, shared: Path) -> None:
    with lzma.open(shared / "data/advisories/csaf-cisa.jsonl.xz") as lines:
        listed = naming(*(line for line in lines if b"ICSMA-" in line), kind="csaf")
    own = (
        Component("IntelliVue MX40", version="B.06.10", supplier="Philips"),
        Component("Alaris PC unit", version="9.7", supplier="BD"),
        Component("requests", version="1.0"),
    )
    records = [one.record for one in found(tmp_path, [listed], *own)]
    assert {"ICSMA-17-255-01", "ICSMA-17-017-01"} <= set(records)
    assert all(one.component != "requests" for one in found(tmp_path, [listed], *own))


# --- packages that such records identify --------------------------------------------------------------------------------


def test_a_package_that_a_record_of_products_identifies_is_found_as_a_package(tmp_path: Path) -> None:
    entry = {"packageURL": "pkg:pypi/requests", "defaultStatus": "unaffected", "versions": ACME["versions"]}
    feeds = [feed(record("A-1", {"introduced": "9"})), naming(cve("CVE-2026-1", entry), kind="cve")]
    scan = scanned(tmp_path, feeds, Component("requests", purl="pkg:pypi/requests@1.5"))
    (one,) = scan.components[0].findings
    assert (one.advisory, one.source, one.result, one.fixed) == ("CVE-2026-1", "cve", Result.AFFECTED, ("2.0",))
    alone = scanned(tmp_path, feeds[1:], Component("requests", purl="pkg:pypi/requests@2.5"))
    assert (alone.components[0].looked_up, alone.not_known) == (LookedUp.NO_DATA, True)


# --- the index ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["cve", "nvd", "csaf"])
def test_a_newer_record_replaces_the_older_and_a_feed_that_is_removed_says_nothing(tmp_path: Path, kind: str) -> None:
    def given(*records: bytes, segments: tuple[str, ...]) -> Given:
        return Given(kind, kind, FRESH, (), segments, lambda wanted: records)

    purl = {"packageURL": "pkg:pypi/pump", "defaultStatus": "unaffected", "versions": ACME["versions"]}
    gone = {
        "cve": cve("CVE-2026-1", state="REJECTED"),
        "nvd": nvd("CVE-2026-1"),
        "csaf": csaf("ADV-1", product="Valve"),
    }
    held = {"cve": cve("CVE-2026-1", ACME, purl), "nvd": nvd("CVE-2026-1", PUMP), "csaf": csaf("ADV-1")}
    kept = {"cve": cve("CVE-2026-2", ACME), "nvd": nvd("CVE-2026-2", PUMP), "csaf": csaf("ADV-2", cve="CVE-2026-2")}
    own = Component("Pump", version="1.0", supplier="Acme")
    first = given(held[kind], kept[kind], segments=("1",))
    assert [one.vulnerability for one in found(tmp_path, [first], own)] == ["CVE-2026-1", "CVE-2026-2"]
    second = given(gone[kind], segments=("1", "2"))
    assert [one.vulnerability for one in found(tmp_path, [second], own)] == ["CVE-2026-2"]
    assert scanned(tmp_path, [second], own).sources[0].records == 2
    assert found(tmp_path, [], own) == []
    with closing(connected(tmp_path)) as opened:
        for table in ("notice", "product", "watch", "advisory", "package", "span", "alias"):
            assert opened.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table


# --- names of products --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "cpe:2.3:a:acme:big\\:pump:1.0\\+2:rc1:*:*:*:node.js:*:*",
            ("a", "acme", "big:pump", "1.0+2", "rc1", "node.js"),
        ),
        ("cpe:/o:Acme:OS:1%2e0", ("o", "acme", "os", "1.0", "*", "*")),
        ("cpe:/a:acme:pump:1.0::~~~wordpress~~", ("a", "acme", "pump", "1.0", "*", "wordpress")),
        ("cpe:2.3:a:acme:pump", ("a", "acme", "pump", "*", "*", "*")),
        ("cpe:2.3:x:acme:pump", None),
        ("cpe:2.3:a:acme", None),
        ("pkg:pypi/x", None),
        ("cpe:2.3:a:" + "x" * 2_000 + ":y", None),
    ],
)
def test_a_name_is_read_in_both_of_its_forms(text: str, expected: tuple[str, ...] | None) -> None:
    assert cpe.parse(text) == (None if expected is None else cpe.Cpe(*expected))


def test_the_reasons_are_told_in_words() -> None:
    assert candidates.NO_KEY.format(version="x") == "its version x cannot be ordered"
