from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from asepsis.exchange import cyclonedx
from asepsis.exchange.bill import Bill
from asepsis.exchange.bill_quality import ELEMENTS, Answer, Asker, Verdict, elements_of, examine, is_address
from asepsis.exchange.facts import Matches
from asepsis.exchange.formats import FACTS
from asepsis.exchange.source import Source

SUITE = Path(__file__).parents[2].parent / "shared/data/suites/sbomqs-testdata/testdata/bsi"

MAKER = {"name": "Acme", "url": ["https://acme.example"], "contact": [{"email": "security@acme.example"}]}
FULL: dict[str, Any] = {
    "type": "library",
    "bom-ref": "core",
    "name": "core",
    "version": "1.0",
    "supplier": MAKER,
    "purl": "pkg:npm/core@1.0",
    "hashes": [{"alg": "SHA-512", "content": "a" * 128}],
    "licenses": [{"license": {"id": "MIT"}}],
    "externalReferences": [
        {
            "type": "source-distribution",
            "url": "https://acme.example/core.tgz",
            "hashes": [{"alg": "SHA-256", "content": "a" * 64}],
        },
        {"type": "distribution", "url": "https://acme.example/core.tar"},
    ],
    "properties": [
        {"name": "bsi:component:filename", "value": "core.tgz"},
        {"name": "bsi:component:executable", "value": "non-executable"},
        {"name": "bsi:component:archive", "value": "archive"},
        {"name": "bsi:component:structured", "value": "structured"},
        {"name": "asepsis:support", "value": "actively maintained"},
        {"name": "asepsis:end_of_support", "value": "2029-12-31"},
    ],
}
METADATA = {
    "timestamp": "2026-03-01T12:00:00Z",
    "authors": [{"name": "Ada", "email": "ada@acme.example"}],
    "component": FULL | {"type": "application", "name": "pump", "bom-ref": "pump", "purl": "pkg:generic/pump@1.0"},
}
GRAPH = [{"ref": "pump", "dependsOn": ["core"]}, {"ref": "core", "dependsOn": []}]
LOOKED_UP = Matches(bill="a" * 64, feeds="b" * 64, matches=(), looked_up=1)


def bill(component: dict[str, Any] | None = None, metadata: dict[str, Any] | None = None, **parts: Any) -> Bill:
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
        "metadata": METADATA if metadata is None else metadata,
        "components": [component or FULL],
        "dependencies": GRAPH,
    } | parts
    return cyclonedx.read(Source("bom.json", json.dumps(document).encode()))


def gaps(of: Bill, matches: Matches | None = LOOKED_UP) -> dict[str, Answer]:
    return {one.element.name: one for one in examine(of, matches).answers if one.verdict is not Verdict.MET}


def test_a_bill_that_says_all_has_no_gap() -> None:
    assert gaps(bill()) == {}
    assert all(examine(bill(), LOOKED_UP).verdict(asker) is Verdict.MET for asker in Asker)


def without(*keys: str, **parts: Any) -> dict[str, Any]:
    return {key: value for key, value in FULL.items() if key not in keys} | parts


def without_property(name: str) -> dict[str, Any]:
    return FULL | {"properties": [one for one in FULL["properties"] if one["name"] != name]}


@pytest.mark.parametrize(
    ("component", "lacking"),
    [
        (without("version"), {"version"}),
        (without("supplier"), {"supplier", "creator"}),
        (without(supplier={"name": "Acme"}), {"creator"}),
        (without(supplier={"name": "Acme", "url": ["nowhere"]}), {"creator"}),
        (without("purl"), {"identifier"}),
        (without("licenses"), {"licence"}),
        (without(licenses=[{"license": {"name": "Own terms"}}]), {"licence"}),
        (without("hashes"), {"hash"}),
        (without(hashes=[{"alg": "SHA-256", "content": "a" * 64}]), {"hash"}),
        (without("externalReferences"), {"source_url", "source_hash", "file_url"}),
        (without_property("bsi:component:filename"), {"filename"}),
        (without_property("bsi:component:executable"), {"executable"}),
        (without_property("bsi:component:archive"), {"archive"}),
        (without_property("bsi:component:structured"), {"structured"}),
        (without_property("asepsis:support"), {"support"}),
        (without_property("asepsis:end_of_support"), {"end_of_support"}),
        (without(**{"bom-ref": "other"}), {"graph", "dependencies", "references"}),
    ],
)
def test_what_a_component_lacks_is_the_only_gap(component: dict[str, Any], lacking: set[str]) -> None:
    found = gaps(bill(component))
    assert set(found) == lacking
    assert all(one.said is not None and one.said.next() for one in found.values())


@pytest.mark.parametrize(
    ("parts", "lacking"),
    [
        ({"metadata": {key: METADATA[key] for key in ("timestamp", "component")}}, {"author", "contact"}),
        ({"metadata": METADATA | {"authors": [{"name": "Ada"}]}}, {"contact"}),
        ({"metadata": METADATA | {"timestamp": "yesterday"}}, {"timestamp", "schema"}),
        (
            {"metadata": {key: METADATA[key] for key in ("timestamp", "authors")}},
            {"product", "dependencies", "references"},
        ),
        ({"specVersion": "1.5"}, {"format_version", "schema"}),
        ({"serialNumber": None}, {"serial", "schema"}),
        ({"dependencies": []}, {"graph", "dependencies"}),
        ({"components": [FULL, {"type": "library", "name": ""}]}, {"name"}),
    ],
)
def test_what_the_bill_lacks_is_the_only_gap(parts: dict[str, Any], lacking: set[str]) -> None:
    found = gaps(bill(**parts))
    assert set(found) == lacking
    assert all(one.said is not None and one.said.next() for one in found.values())


def test_what_was_not_laid_against_vulnerabilities_is_unknown_and_no_pass() -> None:
    quality = examine(bill(), None)
    assert gaps(bill(), None)["vulnerabilities"].verdict is Verdict.UNKNOWN
    assert (quality.verdict(Asker.FDA), quality.verdict(Asker.NTIA)) == (Verdict.UNKNOWN, Verdict.MET)


def test_components_that_could_not_be_looked_up_are_a_gap() -> None:
    partly = Matches(bill="a" * 64, feeds="b" * 64, matches=(), looked_up=0, not_looked_up=("core",))
    assert gaps(bill(), partly)["vulnerabilities"].verdict is Verdict.GAP


def test_what_is_asked_only_where_it_is_known_closes_nothing() -> None:
    assert examine(bill(without("externalReferences")), LOOKED_UP).verdict(Asker.BSI) is Verdict.MET


def test_many_components_are_counted_and_the_first_are_named() -> None:
    many = [without("version", name=str(number), **{"bom-ref": f"n{number}"}) for number in range(50)]
    found = gaps(bill(components=many))["version"]
    assert (found.asked, found.lacking, len(found.examples)) == (51, 50, 20)


def test_each_element_has_a_name_of_its_own_and_is_asked_by_somebody() -> None:
    assert len({one.name for one in ELEMENTS}) == len(ELEMENTS)
    assert all(one.asked_by for one in ELEMENTS)
    assert {one.name for one in elements_of([Asker.NTIA])} >= {"author", "timestamp", "supplier", "name", "version"}


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("a@b.example", True),
        ("https://acme.example", True),
        ("ironman", False),
        ("a@b", False),
        ("", False),
        (None, False),
    ],
)
def test_an_address_is_told_from_other_texts(text: str | None, is_one: bool) -> None:
    assert is_address(text) == is_one


# What the names of the files say of one element, and where ours differs, why.
SAID = {
    "cdx/absentMetadataAuthor": ("author", True),
    "cdx/invalidComponentAuthorEmail": ("creator", True),
    "cdx/invalidComponentLicenseExpressionNone": ("licence", True),
    "cdx/invalidComponentLicenseID": ("licence", True),
    "cdx/invalidComponentManufacturerEmail": ("creator", True),
    "cdx/missingComponentAuthorEmail": ("creator", True),
    "cdx/missingComponentBsiArchive": ("archive", True),
    "cdx/missingComponentBsiFilename": ("filename", True),
    "cdx/missingComponentHash": ("hash", True),
    "cdx/missingComponentName": ("name", True),
    "cdx/missingComponentSourceHash": ("source_hash", True),
    "cdx/mixComponentLicenses": ("licence", True),
    "cdx/orphanComponentDependencies": ("dependencies", True),
    "cdx/partialComponentDeployableHash": ("hash", True),
    "cdx/validComponentBsiArchive": ("archive", False),
    "cdx/validComponentDownloadURL": ("file_url", False),
    "cdx/validComponentHashSHA256": ("hash", True),  # version 1 of the guideline; since version 2 it is SHA-512
    "cdx/validComponentLicenseCustomRef": ("licence", False),
    "cdx/validComponentLicenseDeclared": ("licence", False),
    "cdx/validComponentManufacturerEmailAndURL": ("creator", False),
    "cdx/validComponentPURL": ("identifier", False),
    "cdx/validComponentSourceCodeURL": ("source_url", False),
    "cdx/validComponentSourceHash": ("source_hash", False),
    "cdx/validComponentSupplierURL": ("creator", False),
    "cdx/validComponentVersion": ("version", False),
    "cdx/validMetadataManufacturerEmail": ("contact", False),
    "cdx/validMetadataSupplierEmailAndURL": ("contact", False),
    "cdx/validMetadataTimestamp": ("timestamp", False),
    "cdx/validSerialNumber": ("serial", False),
    "spdx/brokenTargetComponentDependencies": ("references", True),
    "spdx/invalidComponentHashMD5": ("hash", True),
    "spdx/invalidMetadataTimestamp": ("timestamp", False),  # without an offset: taken as UTC, which the receipt says
    "spdx/leafComponentNoDependencies": ("references", False),
    "spdx/missingComponentVersion": ("version", True),
    "spdx/missingMetadataCreator": ("author", True),
    "spdx/missingPrimaryComponent": ("product", True),
    "spdx/orphanComponentDependencies": ("dependencies", True),
    "spdx/validComponentCPE": ("identifier", False),
    "spdx/validComponentDownloadURL": ("file_url", False),
    "spdx/validComponentHashSHA256": ("hash", True),  # as above
    "spdx/validComponentSourceCodeURL": ("source_url", False),
    "spdx/validComponentVersion": ("version", False),
    "spdx/validMetadataTimestamp": ("timestamp", False),
    "spdx3/v2.1.0-doc-missing-creator": ("contact", True),
    "spdx3/v2.1.0-doc-missing-timestamp": ("timestamp", True),
    "spdx3/v2.1.0-two-comps-one-with-dependencies": ("dependencies", False),
    "spdx3/v2.1.0-two-comps-one-with-executable-prop": ("executable", True),
    "spdx3/v2.1.0-two-comps-one-with-structured-prop": ("structured", True),
}
# Of elements that are optional in the guideline and not asked here, or of the product's own files.
NOT_ASKED = {
    "cdx/invalidComponentSecurityTxtURL",
    "cdx/validComponentSecurityTxtURL",
    "cdx/missingComponentBsiEffectiveLicense",
    "cdx/validComponentExtRefDistributionHashEmpty",
    "cdx/validComponentExtRefDistributionHashSHA512",
    "cdx/validComponentExtRefDistributionIntakeHashMD5",
    "bsi/noneComponentLicense",
    "spdx3/v2.1.0-two-comps-one-with-declared-license",  # the concluded one stands in both
    "spdx3/v2.1.0-two-comps-one-with-effective-license",
    "spdx3/v2.1.0-two-comps-one-with-security-txt-url",
}


@pytest.mark.skipif(not SUITE.exists(), reason="../shared/data/suites/sbomqs-testdata is not there")
def test_verdicts_are_those_in_the_names_of_the_files() -> None:
    wrong, seen = [], set()
    for path in sorted(SUITE.rglob("*.json")):
        name = f"{path.parent.name}/{path.name.removesuffix('.json').removesuffix('.cdx16').removesuffix('.spdx23')}"
        seen.add(name)
        found = FACTS["components"].format_of(path).reading(path)
        assert isinstance(found, Bill)
        if name not in NOT_ASKED:
            element, is_gap = SAID[name]
            if (element in gaps(found)) != is_gap:
                wrong.append((name, element, gaps(found).keys()))
    assert wrong == []
    assert seen == SAID.keys() | NOT_ASKED
