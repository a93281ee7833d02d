"""Bills that are written: they follow their schemas, and reading them again gives what was written."""

from __future__ import annotations

import json
import lzma
from pathlib import Path
from typing import Any

import msgspec
import pytest

from asepsis.exchange import cyclonedx, cyclonedx_writing
from asepsis.exchange.bill import Bill
from asepsis.exchange.bill_writing import Care, is_expression, with_care
from asepsis.exchange.facts import Component
from asepsis.exchange.formats import FACTS, bill_of
from asepsis.exchange.source import Source
from asepsis.exchange.spdx import in_json
from asepsis.exchange.spdx import writing as spdx_writing

DATA = Path(__file__).parents[2].parent / "shared/data"
SERIAL, NOW = "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79", "2026-06-01T00:00:00Z"
NAMESPACE = "https://acme.example/bills/1"


def read(*components: dict[str, Any], **parts: Any) -> Bill:
    document = {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": list(components)} | parts
    return cyclonedx.read(Source("bom.json", json.dumps(document).encode()))


def as_cyclonedx(bill: Bill) -> Bill:
    written = cyclonedx_writing.write(bill, serial=SERIAL, made_at=NOW)
    return cyclonedx.read(Source("out.json", written.data))


def as_spdx(bill: Bill) -> Bill:
    return in_json.read(Source("out.spdx.json", spdx_writing.write(bill, namespace=NAMESPACE, made_at=NOW).data))


BILL = read(
    {
        "type": "application",
        "name": "core",
        "group": "org.acme",
        "version": "1.0",
        "bom-ref": "a",
        "supplier": {"name": "Acme"},
        "purl": "pkg:maven/org.acme/core@1.0",
        "cpe": "cpe:2.3:a:acme:core:1.0:*:*:*:*:*:*:*",
        "hashes": [{"alg": "SHA-1", "content": "a" * 40}, {"alg": "SHA-256", "content": "b" * 64}],
        "licenses": [{"expression": "MIT OR Apache-2.0"}],
    },
    {"type": "library", "name": "b", "bom-ref": "b", "licenses": [{"license": {"name": "Acme Own Terms"}}]},
    {"type": "library", "name": "c", "bom-ref": "c"},
    metadata={
        "component": {"type": "application", "name": "pump", "version": "2.0", "bom-ref": "pump"},
        "authors": [{"name": "Acme"}],
        "properties": [{"name": "asepsis:build_id", "value": "b42"}],
    },
    dependencies=[{"ref": "pump", "dependsOn": ["a"]}, {"ref": "a", "dependsOn": ["b"]}, {"ref": "b", "dependsOn": []}],
)
CARE = {
    0: Care("maintained", "actively maintained", "2029-12-31"),
    1: Care("required", "abandoned"),
    2: Care(supplier="Other"),
}
both = pytest.mark.parametrize("again", [as_cyclonedx, as_spdx])


@both
def test_what_is_written_is_read_again_as_it_was(again: Any) -> None:
    bill = with_care(BILL, CARE)
    found = again(bill)
    assert found.fact.schema == "follows"
    assert [msgspec.structs.replace(one, ref=None) for one in found.fact.components] == [
        msgspec.structs.replace(one, ref=None) for one in bill.fact.components
    ]
    assert (found.fact.product, found.fact.product_version, found.fact.author) == ("pump", "2.0", "Acme")
    assert (found.fact.build_id, found.fact.made_at) == ("b42", NOW)
    assert [list(parents) for parents in found.parents] == [[], [0], []]
    assert (list(found.depths), list(found.tells)) == ([1, 2, -1], [1, 1, 0])
    assert found.receipt.not_taken == ()


def test_a_bill_of_which_something_was_not_read_is_written_as_incomplete_and_read_so() -> None:
    lacking = read({"type": "library", "name": "a"}, {"type": "library", "version": "nameless"})
    for bill in (lacking, as_cyclonedx(lacking)):  # what was incomplete stays so
        found = as_cyclonedx(bill)
        assert (found.fact.schema, found.receipt.not_taken_count) == ("follows", 1)
    left = spdx_writing.write(lacking, namespace=NAMESPACE, made_at=NOW).left
    assert [(what, why.text()) for what, why in left] == [
        ("what was not read", "SPDX has no place for it, so who reads it again takes the bill for whole: 1"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("aggregate", "count"), [("incomplete", 1), ("incomplete_third_party_only", 1), ("complete", 0), ("unknown", 0)]
)
def test_a_bill_that_says_what_it_lacks_is_not_whole(aggregate: str, count: int) -> None:
    assert (
        read({"type": "library", "name": "a"}, compositions=[{"aggregate": aggregate}]).receipt.not_taken_count == count
    )
    text = f"""<bom xmlns="http://cyclonedx.org/schema/bom/1.5"><components><component type="library"><name>a</name></component>
    </components><compositions><composition><aggregate>{aggregate}</aggregate></composition></compositions></bom>"""
    assert bill_of(Source("bom.xml", text.encode())).receipt.not_taken_count == count


@both
def test_category_support_and_end_of_support_stand_at_their_component(again: Any) -> None:
    one, other, third = again(with_care(BILL, CARE)).fact.components
    assert (one.category, one.support, one.end_of_support) == ("maintained", "actively maintained", "2029-12-31")
    assert (other.category, other.support, other.end_of_support) == ("required", "abandoned", None)
    assert (third.category, third.supplier) == (None, "Other")


def test_what_a_person_decided_stands_over_what_the_bill_says() -> None:
    said = {"properties": [{"name": "asepsis:end_of_support", "value": "2026-01-31"}]}
    bill = read({"type": "library", "name": "a", "supplier": {"name": "A"}} | said)
    (one,) = with_care(bill, {0: Care(end_of_support="2028-06-30")}).fact.components
    assert (one.end_of_support, one.supplier) == ("2028-06-30", "A")


@pytest.mark.parametrize("write", ["cyclonedx", "spdx"])
def test_what_a_format_has_no_place_for_is_told(write: str) -> None:
    bill = read(
        {"type": "library", "name": "a", "hashes": [{"alg": "h1", "content": "xy"}]},
        {"type": "library", "name": "b", "cpe": "cpe:nonsense"},
    )
    if write == "cyclonedx":
        left = cyclonedx_writing.write(bill, serial=SERIAL, made_at=NOW).left
        assert [what for what, _ in left] == ["a", "b"]
    else:
        left = spdx_writing.write(bill, namespace=NAMESPACE, made_at=NOW).left
        assert [what for what, _ in left] == ["a"]
    assert "the hash 'h1:xy'" in left[0][1].text()


@both
def test_references_that_stand_twice_or_are_missing_are_made_apart(again: Any) -> None:
    twice = {"type": "library", "name": "a", "bom-ref": "a"}
    found = again(read(twice, twice, {"type": "library", "name": "b"}))
    assert found.fact.schema == "follows"
    assert len({one.ref for one in found.fact.components}) == 3


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("MIT OR Apache-2.0", True),
        ("(MIT AND LicenseRef-own)", True),
        ("GPL-2.0-only WITH Classpath-exception-2.0", True),
        ("MIT", False),
        ("Acme Own Terms", False),
        ("MIT; Apache-2.0", False),
        ("", False),
    ],
)
def test_a_licence_expression_is_told_from_a_name(text: str, is_one: bool) -> None:
    assert is_expression(text) == is_one


def plain(one: Component) -> Component:
    return msgspec.structs.replace(one, ref=None, type="library", hashes=(), cpe=None, licences=(), place="unplaced")


@pytest.mark.skipif(not DATA.exists(), reason="../shared/data is not there")
@both
def test_bills_of_public_projects_are_written_by_the_schema_and_read_again(again: Any, tmp_path: Path) -> None:
    count = 0
    for path in sorted((DATA / "sboms").glob("*.jsonl.xz")):
        with lzma.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                file = tmp_path / "bom.json"
                file.write_text(json.dumps(json.loads(line)["bom"]), encoding="utf-8")
                bill = FACTS["components"].format_of(file).reading(file)
                assert isinstance(bill, Bill)
                found = again(bill)
                assert found.fact.departures == ()
                assert [plain(one) for one in found.fact.components] == [plain(one) for one in bill.fact.components]
                count += 1
    assert count == 191
