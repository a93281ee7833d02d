"""Records with anything in the place of anything: read, or refused in one sentence, and never another way."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asepsis.advisories.candidates import judged
from asepsis.advisories.formats import csaf, cve, nvd
from asepsis.advisories.formats.record import UnreadableAdvisoryError
from asepsis.advisories.notice import Notice, Versions

CVE = {
    "cveMetadata": {"cveId": "CVE-2026-1", "state": "PUBLISHED", "dateUpdated": "0001-01-01T00:00:00Z"},
    "containers": {
        "cna": {
            "affected": [
                {
                    "vendor": "Acme", "product": "Pump", "defaultStatus": "affected", "cpes": ["cpe:2.3:a:acme:pump:1.0"],
                    "packageName": "org.acme:pump", "collectionURL": "https://maven.example", "packageURL": "pkg:pypi/pump",
                    "versions": [
                        {"version": "2.0", "lessThan": "1.0", "status": "affected", "versionType": "semver",
                         "changes": [{"at": "1.5", "status": "unaffected"}, {"at": "1.2", "status": "affected"}]},
                        {"version": "< 3.0", "status": "unaffected"},
                    ],
                }
            ],
            "metrics": [{"cvssV3_1": {"vectorString": "x"}, "other": {"type": "ssvc", "content": {"options": [{"a": "b"}]}}}],
            "problemTypes": [{"descriptions": [{"cweId": "CWE-79"}]}],
            "cpeApplicability": [{"nodes": [{"cpeMatch": [{"criteria": "cpe:2.3:a:acme:pump", "vulnerable": True}]}]}],
        },
        "adp": [],
    },
}  # fmt: skip
NVD = {
    "id": "CVE-2026-1", "vulnStatus": "Analyzed", "metrics": {"a": [{"cvssData": {"version": "3.1", "vectorString": "x"}}]},
    "weaknesses": [{"description": [{"value": "CWE-79"}]}],
    "configurations": [
        {
            "operator": "AND",
            "nodes": [
                {"operator": "AND", "negate": False, "cpeMatch": [
                    {"criteria": "cpe:2.3:a:acme:pump:*", "vulnerable": True, "versionStartIncluding": "2",
                     "versionEndExcluding": "1"},
                    {"criteria": "cpe:2.3:o:acme:os:-", "vulnerable": False},
                ]},
                {"negate": True, "cpeMatch": []},
            ],
        }
    ],
}  # fmt: skip
CSAF = {
    "document": {"tracking": {"id": "ADV-1"}, "publisher": {"category": "vendor", "name": "Acme"}},
    "product_tree": {
        "branches": [{"category": "vendor", "name": "Acme", "branches": [
            {"category": "product_name", "name": "Pump", "branches": [
                {"category": "product_version_range", "name": "vers:all/*", "product": {"product_id": "P", "name": "x",
                 "product_identification_helper": {"purl": "pkg:pypi/pump@1", "cpe": "cpe:/a:acme:pump:1"}}}]}]}],
        "full_product_names": [{"product_id": "Q", "name": "Pump 1.0"}],
        "relationships": [{"product_reference": "P", "relates_to_product_reference": "Q",
                           "full_product_name": {"product_id": "R", "name": "P on Q"}}],
    },
    "vulnerabilities": [{
        "cve": "CVE-2026-1", "cwe": {"id": "CWE-79"}, "ids": [{"text": "x"}],
        "product_status": {"known_affected": ["P", "R", "P"], "fixed": ["Q"], "under_investigation": ["Q"]},
        "scores": [{"cvss_v3": {"vectorString": "x"}}],
    }],
}  # fmt: skip
KINDS: dict[str, tuple[dict[str, Any], Callable[[bytes], tuple[Notice, ...]]]] = {
    "cve": (CVE, cve.read),
    "nvd": (NVD, nvd.read),
    "csaf": (CSAF, csaf.read),
}
ODD = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=30),
    st.sampled_from(("", "*", "-", "n/a", "vers:", "vers:x/>=", "9" * 600, "1.*", "\u0000", "<", "cpe:2.3:", "pkg:", "[")),
    st.just([]), st.just({}), st.just([None]), st.just([[]]), st.just({"a": {}}),
)  # fmt: skip


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the way to each value inside a value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(way for key, one in inner for way in places(one, (*at, key)))]


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_a_record_with_anything_in_any_place_is_read_or_refused(kind: str, data: st.DataObject) -> None:
    record, read = KINDS[kind]
    broken = copy.deepcopy(record)
    for _ in range(data.draw(st.integers(1, 3))):
        way = data.draw(st.sampled_from(places(broken)[1:]))
        holder = broken
        for key in way[:-1]:
            holder = holder[key]
        holder[way[-1]] = copy.deepcopy(data.draw(ODD))
    try:
        found = read(json.dumps(broken).encode())
    except UnreadableAdvisoryError:
        return
    for notice in found:
        assert all(isinstance(one.intervals, tuple) for one in notice.packages)
        for product in notice.products:
            packed = msgspec.msgpack.decode(msgspec.msgpack.encode(product.versions), type=Versions)
            assert packed == product.versions
            for version in (None, "", "1.0", "rubbish"):
                judged(packed, version, None)


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.binary(max_size=200))
def test_bytes_that_are_no_record_are_refused(kind: str, data: bytes) -> None:
    with pytest.raises(UnreadableAdvisoryError):
        KINDS[kind][1](data)


@pytest.mark.parametrize("kind", KINDS)
def test_the_records_that_are_broken_here_can_be_read_whole(kind: str) -> None:
    record, read = KINDS[kind]
    (notice,) = read(json.dumps(record).encode())
    assert notice.products
