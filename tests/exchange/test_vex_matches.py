from __future__ import annotations

import json
import lzma
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asepsis.exchange.bill import UnreadableBomError
from asepsis.exchange.cyclonedx import VERSIONS
from asepsis.exchange.cyclonedx import read as read_bill
from asepsis.exchange.facts import Component, Components, Feed, Match, Matches, document_bytes, read_document
from asepsis.exchange.source import MalformedJsonError, Reading, Source
from asepsis.exchange.vex_matches import NothingLookedForError, UnreadableFeedsError, read_feeds, read_matches

DATA = Path(__file__).parents[2].parent / "shared/data"
BILL, FEEDS = "a" * 64, "b" * 64
SERIAL = "3e671687-395b-41f5-a30f-a58921a69b79"

JACKSON = {
    "type": "library",
    "group": "com.fasterxml.jackson.core",
    "name": "jackson-databind",
    "version": "2.9.4",
    "bom-ref": "jackson",
    "purl": "pkg:maven/com.fasterxml.jackson.core/jackson-databind@2.9.4",
}
HANDMADE = {"type": "library", "name": "handmade", "version": "1", "bom-ref": "ours"}


def scan(*vulnerabilities: Any, **parts: Any) -> Source:
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "components": [JACKSON, HANDMADE],
        "vulnerabilities": list(vulnerabilities),
    }
    return Source("scan.json", json.dumps(document | parts).encode())


def read(source: Source, components: Components | None = None) -> Reading[Matches]:
    return read_matches(source, bill_digest=BILL, feeds_digest=FEEDS, components=components)


def one(vulnerability: dict[str, Any], ref: str = "jackson") -> Match:
    (match,) = read(scan({"id": "CVE-1", "affects": [{"ref": ref}]} | vulnerability)).fact.matches
    return match


def left(reading: Reading[Any]) -> dict[str, str]:
    return {what: getattr(why, "text", str)() for what, why in reading.receipt.not_taken}


def test_a_vulnerability_is_a_match_with_all_that_a_fact_holds() -> None:
    vulnerability = {
        "id": "CVE-2018-7489",
        "source": {"name": "NVD"},
        "references": [
            {"id": "GHSA-cggj-fvv3-cqwv", "source": {"name": "GitHub"}},
            {"id": "CVE-2018-7489", "source": {"name": "NVD"}},
            {"id": "GHSA-cggj-fvv3-cqwv", "source": {"name": "OSV"}},
        ],
        "ratings": [{"method": "CVSSv31", "vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
        "recommendation": "Upgrade com.fasterxml.jackson.core:jackson-databind to version 2.8.11.1, 2.9.5",
        "affects": [{"ref": "jackson"}],
        "properties": [
            {"name": "asepsis:kev", "value": "2022-03-25"},
            {"name": "asepsis:first_seen", "value": "2018-02-26"},
        ],
    }
    reading = read(scan(vulnerability))
    assert reading.fact == Matches(
        bill=BILL,
        feeds=FEEDS,
        matches=(
            Match(
                advisory="CVE-2018-7489",
                component="pkg:maven/com.fasterxml.jackson.core/jackson-databind@2.9.4",
                result="affected",
                aliases=("GHSA-cggj-fvv3-cqwv",),
                fixed=("2.8.11.1", "2.9.5"),
                severity="CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
                first_seen="2018-02-26",
                kev="2022-03-25",
                source="NVD",
            ),
        ),
        looked_up=1,
        not_looked_up=("ours",),
    )
    assert (reading.receipt.kind, reading.receipt.taken, reading.receipt.notes) == ("matches", 1, ())


def test_a_scan_that_found_nothing_has_no_matches_and_says_what_it_looked_up() -> None:
    fact = read(scan()).fact
    assert (fact.matches, fact.looked_up) == ((), 1)


def test_a_document_without_a_list_of_vulnerabilities_says_nothing_and_is_refused() -> None:
    values: list[Any] = [None, {}, "none"]
    for value in values:
        with pytest.raises(NothingLookedForError) as refusal:
            read(scan(vulnerabilities=value))
        assert refusal.value.code == "matches-absent"


@pytest.mark.parametrize(
    ("state", "result"),
    [
        ("exploitable", "affected"),
        ("not_affected", "not-affected"),
        ("false_positive", "not-affected"),
        ("resolved_with_pedigree", "not-affected"),
        ("resolved", "undetermined"),
        ("in_triage", "undetermined"),
        ("NOT_AFFECTED?", "undetermined"),
    ],
)
def test_the_result_follows_the_analysis(state: str, result: str) -> None:
    assert one({"analysis": {"state": state}}).result == result


@pytest.mark.parametrize(
    ("version", "status", "result"),
    [
        ("2.9.4", "unaffected", "not-affected"),
        ("2.9.4", "unknown", "undetermined"),
        ("2.9.4", "affected", "affected"),
        ("2.9.5", "unaffected", "affected"),
    ],
)
def test_the_result_follows_the_status_of_the_very_version(version: str, status: str, result: str) -> None:
    affects = [{"ref": "jackson", "versions": [{"version": version, "status": status}]}]
    assert one({"affects": affects}).result == result


@pytest.mark.parametrize(
    ("version", "status", "fixed"),
    [
        ("vers:maven/>=2.9.5", "unaffected", ("2.9.5",)),
        ("vers:maven/<2.0|>=2.9.5", "unaffected", ("2.9.5",)),
        ("vers:maven/>=1.0|<=2.3", "unaffected", ()),
        ("vers:maven/>=2.0|<2.9.5", "affected", ("2.9.5",)),
        ("vers:maven/<=2.9.5", "affected", ()),
        ("vers:deb/<1%3A2.0", "affected", ("1:2.0",)),
        ("nonsense", "affected", ()),
    ],
)
def test_fixed_versions_come_from_the_open_ends_of_ranges(version: str, status: str, fixed: tuple[str, ...]) -> None:
    affects = [{"ref": "jackson", "versions": [{"range": version, "status": status}]}]
    assert one({"affects": affects}).fixed == fixed


def test_of_several_recommendations_each_component_has_its_own() -> None:
    text = "Upgrade com.fasterxml.jackson.core:jackson-databind to version 2.9.5; Upgrade handmade to version 2"
    assert one({"recommendation": text}).fixed == ("2.9.5",)
    assert one({"recommendation": text}, ref="ours").fixed == ("2",)
    assert one({"recommendation": "Do something."}).fixed == ()


@pytest.mark.parametrize(
    ("ratings", "severity"),
    [
        ([{"method": "CVSSv2", "vector": "AV:N"}, {"method": "CVSSv31", "vector": "AV:L"}], "CVSS:3.1/AV:L"),
        ([{"method": "CVSSv31", "vector": "AV:L"}, {"method": "CVSSv4", "vector": "CVSS:4.0/AV:P"}], "CVSS:4.0/AV:P"),
        ([{"method": "CVSSv3", "vector": "CVSS:3.1/AV:A"}], "CVSS:3.1/AV:A"),
        ([{"method": "CVSSv2", "vector": "AV:N"}], "AV:N"),
        ([{"method": "other", "vector": "V"}], "V"),
        ([{"method": "CVSSv31", "score": 9.8}], None),
    ],
)
def test_the_severity_is_the_vector_of_the_newest_score(ratings: list[dict[str, Any]], severity: str | None) -> None:
    assert one({"ratings": ratings}).severity == severity


def test_a_day_that_is_none_is_left_out_and_said() -> None:
    vulnerability = {
        "id": "CVE-1",
        "affects": [{"ref": "jackson"}],
        "properties": [{"name": "asepsis:kev", "value": "soon"}],
    }
    reading = read(scan(vulnerability))
    assert reading.fact.matches[0].kev is None
    assert any("soon" in getattr(note, "text", str)() for note in reading.receipt.notes)


def test_a_component_without_package_url_is_named_by_its_reference() -> None:
    assert one({}, ref="ours").component == "ours"


def test_a_component_can_be_named_by_its_package_url() -> None:
    assert one({}, ref=JACKSON["purl"]).component == JACKSON["purl"]


def test_what_cannot_be_joined_is_left_with_the_reason() -> None:
    affects = [{"ref": "jackson"}, {"ref": "ghost"}]
    product = {"component": {"type": "application", "name": "pump", "bom-ref": "pump"}}
    reading = read(
        scan(
            {"id": "CVE-1", "affects": affects},
            {"id": "CVE-2"},
            {"affects": affects},
            {"id": "CVE-4", "affects": affects, "rejected": "2026-01-01T00:00:00Z"},
            {"id": "CVE-5", "affects": [{"ref": "pump"}]},
            {"id": "CVE-6", "affects": [{"ref": f"urn:cdx:{SERIAL}/1#jackson"}]},
            "text",
            metadata=product,
        )
    )
    assert [match.advisory for match in reading.fact.matches] == ["CVE-1"]
    assert left(reading) == {
        "CVE-1": "it is about 'ghost', which is no component of the document or of the bill",
        "CVE-2": "it names no component that it is about",
        "nothing": "it has no id",
        "CVE-4": "it was rejected by those who published it, on 2026-01-01T00:00:00Z",
        "CVE-5": "it is about the product as a whole, 'pump', and not about a component",
        "CVE-6": f"it is about 'urn:cdx:{SERIAL}/1#jackson', which lies in another bill than this one",
    }
    assert reading.receipt.not_taken_count == 7


def test_equal_matches_are_one() -> None:
    vulnerability = {"id": "CVE-1", "affects": [{"ref": "jackson"}, {"ref": JACKSON["purl"]}]}
    assert len(read(scan(vulnerability, vulnerability)).fact.matches) == 1


def bill(**fields: Any) -> Components:
    listed = (
        Component(name="left-pad", version="1", purl="pkg:npm/left-pad@1", ref="r 1"),
        Component(name="own", ref="o"),
    )
    return Components(format="CycloneDX 1.6", components=listed, **fields)


def test_with_a_bill_only_its_components_are_matched() -> None:
    affects = [{"ref": "pkg:npm/left-pad@1"}, {"ref": "jackson"}, {"ref": "o"}]
    reading = read(scan({"id": "CVE-1", "affects": affects}), bill())
    assert [match.component for match in reading.fact.matches] == ["pkg:npm/left-pad@1", "o"]
    assert (reading.fact.looked_up, reading.fact.not_looked_up) == (1, ("o",))
    assert "'jackson'" in left(reading)["CVE-1"]


def test_a_match_names_a_component_as_the_bill_does_however_the_scanner_writes_it() -> None:
    components = Components(
        format="CycloneDX 1.6", components=(Component(name="core", purl="pkg:npm/@fhir/core@1?b=2&a=1"),)
    )
    reading = read(scan({"id": "CVE-1", "affects": [{"ref": "pkg:npm/%40fhir/core@1?a=1&b=2"}]}), components)
    assert reading.fact.matches[0].component == "pkg:npm/@fhir/core@1?b=2&a=1"


def test_a_reference_of_the_document_does_not_mean_a_namesake_of_the_bill() -> None:
    other = Component(name="other", purl="pkg:npm/other@1", ref="jackson")
    changed = Component(name="handmade", version="2", ref="ours")
    vulnerability = {"id": "CVE-1", "affects": [{"ref": "jackson"}, {"ref": "ours"}]}
    components = Components(format="CycloneDX 1.6", components=(other, changed))
    assert read(scan(vulnerability), components).fact.matches == ()
    components = Components(format="CycloneDX 1.6", components=(Component(name="handmade", version="1", ref="ours"),))
    assert [match.component for match in read(scan(vulnerability), components).fact.matches] == ["ours"]


@pytest.mark.parametrize("serial", [SERIAL, SERIAL.upper()])
def test_a_link_into_the_bill_is_followed(serial: str) -> None:
    vulnerability = {"id": "CVE-1", "affects": [{"ref": f"urn:cdx:{serial}/1#r%201"}]}
    (match,) = read(scan(vulnerability), bill(serial=f"urn:uuid:{SERIAL}")).fact.matches
    assert match.component == "pkg:npm/left-pad@1"


def test_a_departure_from_the_schema_is_said() -> None:
    reading = read(scan({"id": 7}))
    assert any("departs from its schema" in getattr(note, "text", str)() for note in reading.receipt.notes)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
KEYS = ["id", "affects", "ratings", "analysis", "references", "properties", "source", "recommendation", "rejected"]
affected = st.lists(st.fixed_dictionaries({"ref": st.just("jackson") | values, "versions": values}), max_size=2)


@given(st.lists(st.dictionaries(st.sampled_from(KEYS), affected | values) | values, max_size=4))
def test_whatever_stands_in_a_scan_it_is_read(vulnerabilities: list[Any]) -> None:
    fact = read(scan(*vulnerabilities)).fact
    assert read_document(document_bytes(fact)) == fact


@pytest.mark.skipif(not DATA.exists(), reason="../shared/data is not there")
def test_every_vulnerability_of_public_documents_is_matched_or_left_with_a_reason() -> None:
    matched = 0
    for path in sorted((DATA / "sboms").glob("*.jsonl.xz")):
        with lzma.open(path, "rt", encoding="utf-8") as lines:
            documents = [json.loads(line)["bom"] for line in lines]
        for document in documents:
            if not isinstance(document, dict) or document.get("specVersion") not in VERSIONS:
                continue
            if not isinstance(found := document.get("vulnerabilities"), list):
                continue
            source = Source("scan.json", json.dumps(document).encode())
            reading = read(source, read_bill(source).fact)
            assert read_document(document_bytes(reading.fact)) == reading.fact
            advisories = {match.advisory for match in reading.fact.matches} | {
                what for what, _ in reading.receipt.not_taken
            }
            assert {one["id"] for one in found if one.get("id")} <= advisories
            matched += reading.receipt.taken
    assert matched > 20


def feeds(*written: Any, **parts: Any) -> Source:
    return Source("feeds.json", json.dumps({"feeds": list(written)} | parts).encode())


def test_feeds_are_as_old_as_the_oldest_of_them() -> None:
    reading = read_feeds(
        feeds(
            {"name": "OSV", "as_of": "2026-01-31T04:00:00.5Z", "covers": ["npm", "PyPI"], "records": 12345},
            {"name": "KEV", "as_of": "2026-01-31T05:00:00+01:00"},
        )
    )
    assert reading.fact.as_of == "2026-01-31T04:00:00Z"
    assert reading.fact.feeds == (
        Feed(name="OSV", as_of="2026-01-31T04:00:00.500000Z", covers=("npm", "PyPI"), records=12345),
        Feed(name="KEV", as_of="2026-01-31T04:00:00Z"),
    )
    assert (reading.receipt.kind, reading.receipt.taken, reading.receipt.notes) == ("feeds", 2, ())


def test_a_moment_without_offset_is_taken_as_utc_and_said() -> None:
    reading = read_feeds(feeds({"name": "OSV", "as_of": "2026-01-31T04:00:00"}))
    assert (reading.fact.as_of, len(reading.receipt.notes)) == ("2026-01-31T04:00:00Z", 1)


OSV = {"name": "OSV", "as_of": "2026-01-31T04:00:00Z"}


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (feeds(), "it names no feed"),
        (feeds(OSV, OSV), "it names one feed twice"),
        (feeds({"name": "OSV"}), "missing required field `as_of` - at `$.feeds[0]`"),
        (feeds(OSV | {"as_of": "today"}), "'today', as of which OSV is, is no date and time"),
        (feeds(OSV | {"as_of": "2026-01-31"}), "is no date and time"),
        (feeds(OSV | {"name": " "}), "a feed has no name"),
        (feeds(OSV | {"records": -1}), "OSV has -1 records"),
        (feeds(OSV | {"records": "12"}), "got `str` - at `$.feeds[0].records`"),
        (feeds(OSV | {"cover": []}), "unknown field `cover`"),
        (feeds(OSV, more=1), "unknown field `more`"),
        (Source("feeds.json", b"[]"), "got `array`"),
    ],
)
def test_what_does_not_say_which_feeds_is_refused_with_the_form(source: Source, reason: str) -> None:
    with pytest.raises(UnreadableFeedsError, match=re.escape(reason)) as refusal:
        read_feeds(source)
    assert '"as_of"' in str(refusal.value.next)


def test_what_is_no_json_or_no_bill_is_refused() -> None:
    with pytest.raises(MalformedJsonError):
        read_feeds(Source("feeds.json", b'{"feeds": ['))
    with pytest.raises(UnreadableBomError):
        read(Source("scan.json", b"{}"))
