"""Whatever stands in a bill or lock file, it is read or refused by one sentence; nothing else ever comes out."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from asepsis.errors import InputError
from asepsis.exchange.bill import Bill
from asepsis.exchange.facts import document_bytes, read_document
from asepsis.exchange.formats import FORMATS, bill_of
from asepsis.exchange.source import Source

LOCKS = Path(__file__).parents[1] / "samples/lockfiles"

SPDX = {
    "spdxVersion": "SPDX-2.3",
    "SPDXID": "SPDXRef-DOCUMENT",
    "documentNamespace": "https://acme.example/1",
    "creationInfo": {"created": "2026-03-01T12:00:00Z", "creators": ["Tool: scan", "Person: Ada (a@b.c)"]},
    "documentDescribes": ["SPDXRef-a"],
    "hasExtractedLicensingInfos": [{"licenseId": "LicenseRef-1", "name": "Own"}],
    "packages": [
        {
            "SPDXID": "SPDXRef-a",
            "name": "a",
            "versionInfo": "1",
            "supplier": "Organization: Acme",
            "licenseConcluded": "MIT",
            "checksums": [{"algorithm": "SHA1", "checksumValue": "aa"}],
            "externalRefs": [{"referenceType": "purl", "referenceLocator": "pkg:npm/a@1"}],
            "validUntilDate": "2027-01-31T00:00:00Z",
            "annotations": [{"comment": "asepsis:category=maintained"}],
        },
        {"SPDXID": "SPDXRef-b", "name": "b"},
    ],
    "files": [{"SPDXID": "SPDXRef-f"}],
    "relationships": [
        {"spdxElementId": "SPDXRef-a", "relationshipType": "DEPENDS_ON", "relatedSpdxElement": "SPDXRef-b"}
    ],
}
THIRD = {
    "@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld",
    "@graph": [
        {
            "type": "CreationInfo",
            "@id": "_:c",
            "specVersion": "3.0.1",
            "created": "2026-03-01T12:00:00Z",
            "createdBy": ["_:o"],
        },
        {"type": "Organization", "spdxId": "_:o", "name": "Acme", "externalIdentifier": [{"identifier": "a@b.c"}]},
        {"type": "SpdxDocument", "spdxId": "urn:d", "rootElement": ["urn:a"]},
        {
            "type": "software_Package",
            "spdxId": "urn:a",
            "name": "a",
            "suppliedBy": "_:o",
            "supportLevel": ["support"],
            "verifiedUsing": [{"type": "Hash", "algorithm": "sha256", "hashValue": "aa"}],
        },
        {"type": "software_Package", "spdxId": "urn:b", "name": "b", "validUntilTime": "2027-01-31T00:00:00Z"},
        {"type": "Relationship", "from": "urn:a", "relationshipType": "dependsOn", "to": ["urn:b"]},
        {"type": "Relationship", "from": "urn:b", "relationshipType": "hasConcludedLicense", "to": ["urn:l"]},
        {"type": "simplelicensing_LicenseExpression", "spdxId": "urn:l", "simplelicensing_licenseExpression": "MIT"},
    ],
}
DOCUMENTS: dict[str, Any] = {
    "spdx-json": SPDX,
    "spdx-yaml": SPDX,
    "spdx-3": THIRD,
    "package-lock": json.loads((LOCKS / "package-lock.json").read_text()),
    "pipfile": json.loads((LOCKS / "Pipfile.lock").read_text()),
    "composer": json.loads((LOCKS / "composer.lock").read_text()),
    "dotnet": json.loads((LOCKS / "packages.lock.json").read_text()),
    "pnpm": yaml.safe_load((LOCKS / "pnpm-lock.yaml").read_text()),
    "yarn-berry": yaml.safe_load((LOCKS / "yarn-berry.lock").read_text()),
}
IN_YAML = ("spdx-yaml", "pnpm", "yarn-berry")

ANYTHING: tuple[Any, ...] = (
    None,
    True,
    7,
    "",
    "x",
    "pkg:x",
    "a\0b",
    [],
    [None, 7, "x", {}],
    {},
    {"a": 1},
    {"a": {"b": ["c"]}},
    "@",
    "/",
)


def looked_at(reading: Any) -> None:
    assert isinstance(reading, Bill)
    assert read_document(document_bytes(reading.fact)) == reading.fact
    assert len(reading.depths) == len(reading.fact.components) == len(reading.tells)


def read_or_refused(format_: str, data: bytes) -> None:
    try:
        reading = FORMATS[format_].read(Source("bill", data))
    except InputError as refusal:
        said: Any = str(refusal)
    else:
        looked_at(reading)
        said = "bill"
    assert "bill" in said


def spoiled(document: Any, value: Any) -> Iterator[Any]:
    """Yield copies of a document in each of which one thing, each in turn, is another value or missing."""
    yield value
    match document:
        case dict():
            for key, inner in document.items():
                yield {name: one for name, one in document.items() if name != key}
                yield from (document | {key: changed} for changed in spoiled(inner, value))
        case list():
            for at, inner in enumerate(document):
                yield from ([*document[:at], changed, *document[at + 1 :]] for changed in spoiled(inner, value))


@pytest.mark.parametrize("format_", sorted(DOCUMENTS))
def test_with_another_value_in_any_place_it_is_read_or_refused(format_: str) -> None:
    write = yaml.safe_dump if format_ in IN_YAML else json.dumps
    count = 0
    for value in ANYTHING:
        for document in spoiled(DOCUMENTS[format_], value):
            read_or_refused(format_, write(document).encode())
            count += 1
    assert count > 200


TEXTS = {
    "requirements": "requirements.txt",
    "pylock": "pylock.toml",
    "poetry": "poetry.lock",
    "uv": "uv.lock",
    "cargo": "Cargo.lock",
    "yarn": "yarn.lock",
    "go-sum": "go.sum",
    "go-mod": "go.mod",
    "gemfile": "Gemfile.lock",
    "pom": "pom.xml",
    "gradle": "gradle.lockfile",
}


@pytest.mark.parametrize("format_", sorted(TEXTS))
@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000), piece=st.binary(max_size=4) | st.text("\n :=@[]{}\"'/#,", max_size=4).map(str.encode)
)
def test_with_other_bytes_anywhere_it_is_read_or_refused(format_: str, seed: int, piece: bytes) -> None:
    data, chance = (LOCKS / TEXTS[format_]).read_bytes(), random.Random(seed)
    at = chance.randrange(len(data))
    read_or_refused(format_, data[:at] + piece + data[at + chance.randrange(4) :])


def bill(**parts: Any) -> Bill:
    return bill_of(Source("bom.json", json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.6"} | parts).encode()))


def test_dependencies_in_many_circles_end() -> None:
    count = 3_000
    components = [{"type": "library", "name": str(n), "bom-ref": str(n)} for n in range(count)]
    dependencies = [{"ref": str(n), "dependsOn": [str((n + step) % count) for step in (1, 7, 0)]} for n in range(count)]
    metadata = {"component": {"type": "application", "name": "pump", "bom-ref": "pump"}}
    dependencies.append({"ref": "pump", "dependsOn": ["0"]})
    found = bill(components=components, dependencies=dependencies, metadata=metadata)
    assert all(depth > 0 for depth in found.depths)
    assert any("go round in a circle" in getattr(note, "text", str)() for note in found.receipt.notes)


def test_of_very_many_faults_the_first_are_named_and_all_are_counted() -> None:
    found = bill(components=[{"type": "library", "name": str(n), "purl": "rubbish"} for n in range(5_000)])
    assert (found.receipt.not_taken_count, len(found.receipt.not_taken)) == (5_000, 100)
    assert len(found.fact.components) == 5_000


@pytest.mark.parametrize("version", ["", " ", "1.0\n", "?" * 10_000, "ünïcode", "../..", "1.0;DROP TABLE", "0x7f"])
def test_a_version_of_any_sort_is_kept_as_it_is_written(version: str) -> None:
    (one,) = bill(components=[{"type": "library", "name": "a", "version": version}]).fact.components
    assert one.version == (version if version.strip() else None)


@pytest.mark.parametrize(
    ("purl", "reason"),
    [
        ("left-pad@1", "it does not start with 'pkg:'"),
        ("pkg:npm", "it names a type or a name, and not both"),
        ("pkg:npm/", "it has no name"),
        ("pkg:n pm/a", "'n pm' is not a type"),
        ("pkg:npm/a?x=1&x=2", "twice"),
        ("pkg:npm/%ff", "does not decode"),
    ],
)
def test_a_package_url_that_is_none_is_told_with_the_reason(purl: str, reason: str) -> None:
    found = bill(components=[{"type": "library", "name": "a", "purl": purl}])
    assert found.fact.components[0].purl is None
    ((what, why),) = found.receipt.not_taken
    assert what == "the purl of a"
    assert reason in getattr(why, "text", str)()


def test_a_compressed_file_is_no_bill() -> None:
    for start in (b"PK\x03\x04", b"\x1f\x8b\x08", b"\xfd7zXZ\x00", b"BZh9"):
        with pytest.raises(InputError, match="begins like none of the formats"):
            bill_of(Source("bomb", start + b"\0" * 100))
