from __future__ import annotations

import json
import lzma
from pathlib import Path
from typing import Any

import pytest

from asepsis.errors import InputError
from asepsis.exchange.bill import Bill
from asepsis.exchange.facts import Component, document_bytes, read_document
from asepsis.exchange.formats import FACTS
from asepsis.exchange.source import Source
from asepsis.exchange.spdx import in_json, in_rdf, in_tags, in_xml, in_yaml, third

DATA = Path(__file__).parents[3].parent / "shared/data"
TOOLS = DATA / "suites/spdx-tools-testdata"
needs_data = pytest.mark.skipif(not TOOLS.exists(), reason="../shared/data/suites is not there")


def package(name: str, **parts: Any) -> dict[str, Any]:
    return {"SPDXID": f"SPDXRef-{name}", "name": name, "downloadLocation": "NOASSERTION"} | parts


def relation(one: str, type_: str, other: str) -> dict[str, str]:
    return {"spdxElementId": f"SPDXRef-{one}", "relationshipType": type_, "relatedSpdxElement": f"SPDXRef-{other}"}


def read(*packages: Any, relationships: Any = (), **parts: Any) -> Bill:
    document = {
        "spdxVersion": "SPDX-2.3",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": "bill",
        "dataLicense": "CC0-1.0",
        "documentNamespace": "https://acme.example/bill",
        "creationInfo": {"created": "2026-03-01T12:00:00Z", "creators": ["Tool: scan-3", "Organization: Acme (a@b.c)"]},
        "packages": list(packages),
        "relationships": list(relationships),
    } | parts
    return in_json.read(Source("bom.spdx.json", json.dumps(document).encode()))


def left(bill: Bill) -> list[str]:
    return [what for what, _ in bill.receipt.not_taken]


def places(bill: Bill) -> dict[str, str]:
    return {one.name: one.place for one in bill.fact.components}


def test_a_package_is_read_with_all_that_a_fact_holds() -> None:
    found = read(
        package(
            "core",
            versionInfo="1.0",
            supplier="Organization: Acme (security@acme.example)",
            originator="Person: Somebody else",
            primaryPackagePurpose="OPERATING_SYSTEM",
            licenseConcluded="MIT",
            licenseDeclared="Apache-2.0",
            checksums=[
                {"algorithm": "SHA256", "checksumValue": "ab"},
                {"algorithm": "SHA3-256", "checksumValue": "cd"},
            ],
            externalRefs=[
                {
                    "referenceCategory": "PACKAGE-MANAGER",
                    "referenceType": "purl",
                    "referenceLocator": "pkg:npm/core@1.0",
                },
                {"referenceCategory": "SECURITY", "referenceType": "cpe23Type", "referenceLocator": "cpe:2.3:a:b:c"},
            ],
            validUntilDate="2027-01-31T00:00:00Z",
            packageFileName="core.tgz",
            annotations=[
                {
                    "annotationDate": "2026-03-01T12:00:00Z",
                    "annotationType": "OTHER",
                    "annotator": "Tool: x",
                    "comment": "asepsis:category=maintained",
                }
            ],
        )
    )
    assert found.fact.schema == "follows"
    assert found.fact.components == (
        Component(
            name="core",
            type="operating-system",
            version="1.0",
            supplier="Acme",
            purl="pkg:npm/core@1.0",
            cpe="cpe:2.3:a:b:c",
            hashes=(("SHA-256", "ab"), ("SHA3-256", "cd")),
            licences=("MIT",),
            ref="SPDXRef-core",
            end_of_support="2027-01-31",
            category="maintained",
        ),
    )
    assert (found.details[0].contact, found.details[0].filename) == ("security@acme.example", "core.tgz")


def test_the_document_is_read_with_its_maker_moment_and_namespace() -> None:
    found = read(package("a"))
    fact = found.fact
    assert (fact.author, fact.tool, fact.made_at) == ("Acme", "scan-3", "2026-03-01T12:00:00Z")
    assert (fact.serial, found.contact) == ("https://acme.example/bill", "a@b.c")


@pytest.mark.parametrize("nothing", ["NOASSERTION", "NONE", "", None])
def test_what_asserts_nothing_is_nothing(nothing: str | None) -> None:
    one = read(package("a", versionInfo=nothing, supplier=nothing, licenseConcluded=nothing)).fact.components[0]
    assert (one.version, one.supplier, one.licences) == (None, None, ())


def test_a_licence_that_was_not_concluded_is_the_declared_one() -> None:
    found = read(package("a", licenseConcluded="NOASSERTION", licenseDeclared="MIT"))
    assert found.fact.components[0].licences == ("MIT",)


def test_the_one_package_that_is_described_is_the_product_and_no_component() -> None:
    found = read(
        package("pump", versionInfo="2.0"),
        package("a"),
        package("b"),
        package("c"),
        relationships=[
            relation("DOCUMENT", "DESCRIBES", "pump"),
            relation("pump", "DEPENDS_ON", "a"),
            relation("b", "DEPENDENCY_OF", "a"),
            relation("c", "OTHER", "a"),
        ],
    )
    assert (found.fact.product, found.fact.product_version) == ("pump", "2.0")
    assert places(found) == {"a": "direct", "b": "transitive", "c": "unplaced"}


def test_where_several_packages_are_described_each_is_a_component_of_the_document() -> None:
    found = read(package("a"), package("b"), documentDescribes=["SPDXRef-a", "SPDXRef-b"])
    assert (found.fact.product, places(found)) == (None, {"a": "direct", "b": "direct"})


def test_details_follow_their_package_when_the_product_is_taken_out() -> None:
    found = read(
        package("pump"),
        package("a", packageFileName="a.tgz"),
        relationships=[relation("DOCUMENT", "DESCRIBES", "pump")],
    )
    assert found.details[0].filename == "a.tgz"


def test_references_that_lead_nowhere_are_told_and_the_rest_is_read() -> None:
    found = read(
        package("a"),
        {"SPDXID": "SPDXRef-x"},
        "text",
        package("bad", externalRefs=[{"referenceType": "purl", "referenceLocator": "pkg:x"}]),
        relationships=[
            relation("a", "DEPENDS_ON", "ghost"),
            {
                "spdxElementId": "SPDXRef-a",
                "relationshipType": "CONTAINS",
                "relatedSpdxElement": "DocumentRef-b:SPDXRef-c",
            },
            {"spdxElementId": "SPDXRef-a", "relationshipType": "DEPENDS_ON", "relatedSpdxElement": "NOASSERTION"},
            {"spdxElementId": 7},
            7,
        ],
    )
    assert [one.name for one in found.fact.components] == ["a", "bad"]
    assert left(found) == ["SPDXRef-x", "nothing", "the purl of bad", "DocumentRef-b:SPDXRef-c", "SPDXRef-ghost"]
    assert found.fact.schema == "departs"


def test_files_are_known_and_left_out() -> None:
    found = read(
        package("a"),
        files=[
            {"SPDXID": "SPDXRef-f", "fileName": "./f", "checksums": [{"algorithm": "SHA1", "checksumValue": "a" * 40}]}
        ],
        relationships=[relation("a", "CONTAINS", "f")],
    )
    assert (left(found), len(found.fact.components)) == ([], 1)
    assert any("listed and left out: 1." in getattr(note, "text", str)() for note in found.receipt.notes)


def test_version_2_2_is_read_and_said_not_to_be_checked() -> None:
    found = read(package("a"), spdxVersion="SPDX-2.2")
    assert found.fact.schema == "unchecked"
    assert any("not checked against a schema" in getattr(note, "text", str)() for note in found.receipt.notes)


def test_that_a_component_depends_on_nothing_is_known() -> None:
    none = {"spdxElementId": "SPDXRef-a", "relationshipType": "DEPENDS_ON", "relatedSpdxElement": "NONE"}
    assert list(read(package("a"), package("b"), relationships=[none]).tells) == [1, 0]


@pytest.mark.parametrize(
    ("reader", "document"),
    [
        (in_json.read, b"[]"),
        (in_json.read, b"{}"),
        (in_json.read, b'{"spdxVersion": "SPDX-1.0"}'),
        (in_json.read, b'{"spdxVersion": ["SPDX-2.3"]}'),
        (in_yaml.read, b"- a"),
        (in_yaml.read, b"spdxVersion: SPDX-9"),
        (in_yaml.read, b"a: &x 1\nb: *x"),
        (in_yaml.read, b"a: 1\na: 2"),
        (in_yaml.read, b"--- {}\n--- {}"),
        (in_yaml.read, b"\x01"),
        (in_xml.read, b"<a/>"),
        (in_xml.read, b"<Document/>"),
        (in_xml.read, b'<!DOCTYPE d [<!ENTITY a "b">]><Document/>'),
        (in_tags.read, b"PackageName: a"),
        (in_tags.read, b"\xff\xff"),
        (in_rdf.read, b"<a/>"),
        (in_rdf.read, b'<!DOCTYPE d [<!ENTITY a "b">]><rdf/>'),
        (in_rdf.read, b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>'),
        (third.read, b"[]"),
        (third.read, b"{}"),
        (third.read, b'{"@context": "https://spdx.org/rdf/3.0.1/x", "@graph": {}}'),
    ],
)
def test_what_is_no_spdx_is_refused_in_one_sentence(reader: Any, document: bytes) -> None:
    with pytest.raises(InputError, match=r"^bom (?:cannot be read|is not)"):
        reader(Source("bom", document))


def test_a_line_that_is_no_tag_is_told_and_a_text_may_have_many_lines() -> None:
    text = (
        "SPDXVersion: SPDX-2.3\nPackageName: a\nrubbish\n"
        "PackageComment: <text>one\nPackageVersion: 9\ntwo</text>\nPackageVersion: 1\n"
    )
    found = in_tags.read(Source("bom.spdx", text.encode()))
    assert (left(found), found.fact.components[0].version) == (["line 3"], "1")


def test_a_text_that_does_not_end_is_told() -> None:
    found = in_tags.read(
        Source("bom.spdx", b"SPDXVersion: SPDX-2.3\nPackageName: a\nPackageComment: <text>one\nand so on")
    )
    assert (left(found), len(found.fact.components)) == (["line 3"], 1)


READERS = {".json": in_json, ".yaml": in_yaml, ".xml": in_xml, ".spdx": in_tags, ".rdf.xml": in_rdf}


@needs_data
@pytest.mark.parametrize("version", ["v2.2", "v2.3", "UTF-16"])
def test_the_five_forms_of_one_document_say_the_same(version: str) -> None:
    forms: dict[str, Any] = {}
    for path in TOOLS.glob(f"*Example-{version}.spdx*"):
        ending = path.name.partition(version)[2].removeprefix(".spdx") or ".spdx"
        fact = READERS[ending].read(Source.file(path)).fact
        forms[ending] = {(one.name, one.version, one.supplier, one.purl, one.cpe) for one in fact.components}
    assert len(forms) == 5
    assert all(one == forms[".json"] for one in forms.values())


@needs_data
def test_all_test_documents_are_told_by_their_content_and_read() -> None:
    count = 0
    for path in sorted(
        [*TOOLS.glob("*.*"), *TOOLS.glob("invalid/*"), *(DATA / "suites/spdx-spec").glob("*/examples/*")]
    ):
        if path.suffix in (".txt", ".xls", ".xlsx") or path.name == "SPDXYAMLExample-2.2.spdx.yaml":
            continue
        fact = FACTS["components"].format_of(path).reading(path).fact
        assert read_document(document_bytes(fact)) == fact
        count += 1
    assert count == 28


@needs_data
def test_a_document_of_the_specification_that_is_no_yaml_is_refused_with_the_place() -> None:
    path = DATA / "suites/spdx-spec/support_2.3/examples/SPDXYAMLExample-2.2.spdx.yaml"
    with pytest.raises(InputError, match="did not find expected key at line 324, column 48"):
        in_yaml.read(Source.file(path))


@needs_data
def test_spdx_3_is_read_with_supplier_licence_hash_and_place() -> None:
    folder = DATA / "suites/sbomqs-testdata/testdata/bsi/spdx3"
    for path in sorted(folder.glob("*two-comps*.json")):
        found = third.read(Source.file(path))
        assert (found.fact.product, [one.name for one in found.fact.components]) == (
            "PrimaryPackage",
            ["DependencyPackage"],
        )
        (one,) = found.fact.components
        assert one.supplier == "Example Supplier Inc"
        assert one.licences == ("MIT",)
        assert one.purl == "pkg:maven/com.example/dependency@2.0.0"
        assert (found.contact, found.details[0].filename) == ("author@example.com", "dependency-2.0.0.jar")


def test_spdx_3_says_support_and_its_end() -> None:
    graph = [
        {
            "type": "software_Package",
            "spdxId": "urn:a",
            "name": "a",
            "supportLevel": ["limitedSupport"],
            "validUntilTime": "2027-01-31T00:00:00Z",
            "software_packageUrl": "pkg:npm/a@1",
        },
        "text",
    ]
    document = {"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": graph}
    found = third.read(Source("bom", json.dumps(document).encode()))
    (one,) = found.fact.components
    assert (one.support, one.end_of_support, one.purl) == ("limitedSupport", "2027-01-31", "pkg:npm/a@1")
    assert left(found) == ["'text'"]


@needs_data
def test_bills_of_public_projects_are_read_or_refused_by_one_sentence(tmp_path: Path) -> None:
    read_, refused = 0, []
    for path in sorted((DATA / "sboms").glob("*.jsonl.xz")):
        with lzma.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                file = tmp_path / "bom.json"
                file.write_text(json.dumps(json.loads(line)["bom"]), encoding="utf-8")
                try:
                    FACTS["components"].format_of(file).reading(file)
                    read_ += 1
                except InputError as refusal:
                    refused.append(str(refusal))
    assert (read_, refused) == (191, [])
