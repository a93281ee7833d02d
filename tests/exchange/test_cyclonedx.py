from __future__ import annotations

import hashlib
import json
import lzma
import re
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asepsis.errors import InputError
from asepsis.exchange import cyclonedx, departures
from asepsis.exchange.bill import UnreadableBomError
from asepsis.exchange.cyclonedx import read
from asepsis.exchange.facts import Component, document_bytes, read_document
from asepsis.exchange.source import DoubleKeyError, EncodingError, MalformedJsonError, Reading, Source, TooDeepError

DATA = Path(__file__).parents[2].parent / "shared/data"
SUITE = DATA / "suites/cyclonedx-spec/tools/src/test/resources"
BLNS = DATA / "suites/blns/blns.json"
needs_data = pytest.mark.skipif(not DATA.exists(), reason="../shared/data is not there")


def bill(**parts: Any) -> Source:
    document = {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1} | parts
    return Source("bom.json", json.dumps(document).encode())


def library(name: str, **parts: Any) -> dict[str, Any]:
    return {"type": "library", "name": name, "bom-ref": name} | parts


def graph(**edges: list[str]) -> list[dict[str, Any]]:
    return [{"ref": ref, "dependsOn": targets} for ref, targets in edges.items()]


def left(reading: Reading[Any]) -> dict[str, str]:
    return {what: getattr(why, "text", str)() for what, why in reading.receipt.not_taken}


def notes(reading: Reading[Any]) -> list[str]:
    return [getattr(note, "text", str)() for note in reading.receipt.notes]


PRODUCT = {"component": {"type": "application", "name": "pump", "version": "2.0", "bom-ref": "pump"}}


def test_a_component_is_read_with_all_that_a_fact_holds() -> None:
    component = library(
        "core",
        group="org.acme",
        version="1.0",
        purl="pkg:maven/org.acme/core@1.0",
        cpe="cpe:2.3:a:acme:core:1.0:*:*:*:*:*:*:*",
        supplier={"name": "Acme"},
        publisher="Somebody else",
        hashes=[{"alg": "SHA-1", "content": "a" * 40}, {"alg": "SHA-256", "content": "b" * 64}],
        licenses=[{"license": {"id": "MIT"}}, {"license": {"name": "Own"}}],
    )
    reading = read(bill(components=[component]))
    assert reading.fact.components == (
        Component(
            name="org.acme/core",
            version="1.0",
            supplier="Acme",
            purl="pkg:maven/org.acme/core@1.0",
            cpe="cpe:2.3:a:acme:core:1.0:*:*:*:*:*:*:*",
            hashes=(("SHA-1", "a" * 40), ("SHA-256", "b" * 64)),
            licences=("MIT", "Own"),
            ref="core",
        ),
    )
    assert (reading.fact.format, reading.fact.schema, reading.receipt.taken) == ("CycloneDX 1.6", "follows", 1)


def test_the_bill_is_read_with_its_maker_moment_product_and_build() -> None:
    metadata = PRODUCT | {
        "timestamp": "2026-03-01T12:00:00+02:00",
        "authors": [{"name": "Ada"}, {"name": "Grace"}],
        "tools": {"components": [{"type": "application", "group": "acme", "name": "scan", "version": "3"}]},
        "properties": [{"name": "asepsis:build_id", "value": "b42"}, {"name": "asepsis:source_tag", "value": "v2.0"}],
    }
    serial = "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79"
    fact = read(bill(metadata=metadata, serialNumber=serial)).fact
    assert (fact.author, fact.tool, fact.made_at) == ("Ada, Grace", "acme scan 3", "2026-03-01T10:00:00Z")
    assert (fact.serial, fact.product, fact.product_version) == (serial, "pump", "2.0")
    assert (fact.build_id, fact.source_tag) == ("b42", "v2.0")


def test_tools_of_the_old_form_are_read_too() -> None:
    tools = [{"vendor": "acme", "name": "scan", "version": "3"}, {"name": "merge"}]
    assert read(bill(metadata={"tools": tools})).fact.tool == "acme scan 3, merge"


@pytest.mark.parametrize(
    ("parts", "supplier"),
    [
        ({"supplier": {"name": "A"}, "publisher": "B", "manufacturer": {"name": "C"}}, "A"),
        ({"supplier": {"url": []}, "publisher": "B", "manufacturer": {"name": "C"}}, "B"),
        ({"manufacturer": {"name": "C"}}, "C"),
        ({"supplier": {"name": " "}}, None),
        ({}, None),
    ],
)
def test_the_supplier_is_the_first_that_is_named(parts: dict[str, Any], supplier: str | None) -> None:
    assert read(bill(components=[library("a", **parts)])).fact.components[0].supplier == supplier


def test_a_licence_expression_is_kept_as_it_is() -> None:
    component = library("a", licenses=[{"expression": "MIT OR Apache-2.0"}])
    assert read(bill(components=[component])).fact.components[0].licences == ("MIT OR Apache-2.0",)


def test_equal_components_are_both_kept() -> None:
    reading = read(bill(components=[library("a"), library("a")]))
    assert [component.name for component in reading.fact.components] == ["a", "a"]
    assert any("'a' is given to more than one component" in note for note in notes(reading))


def test_nested_components_stand_behind_the_one_that_holds_them() -> None:
    nested = library("a", components=[library("b", components=[library("c")]), library("d")])
    fact = read(
        bill(metadata={"component": library("pump", components=[library("f")])}, components=[nested, library("e")])
    )
    assert [component.name for component in fact.fact.components] == ["a", "b", "c", "d", "e", "f"]


def test_the_product_is_no_component_of_itself() -> None:
    assert read(bill(metadata=PRODUCT, components=[library("a")])).receipt.taken == 1


def places(source: Source) -> dict[str, str]:
    return {component.name: component.place for component in read(source).fact.components}


def test_places_follow_the_dependencies_of_the_product() -> None:
    names = [library(name) for name in ("pump", "a", "b", "c", "d", "e")]
    dependencies = graph(pump=["a", "b"], a=["c", "b"], c=["d"], e=["a"])
    expected = {"pump": "root", "a": "direct", "b": "direct", "c": "transitive", "d": "transitive", "e": "unplaced"}
    assert places(bill(metadata=PRODUCT, components=names, dependencies=dependencies)) == expected


def test_dependencies_that_go_in_a_circle_end_and_are_said() -> None:
    source = bill(
        metadata=PRODUCT,
        components=[library(name) for name in "abc"],
        dependencies=graph(pump=["a"], a=["b"], b=["c"], c=["b"]),
    )
    assert places(source) == {"a": "direct", "b": "transitive", "c": "transitive"}
    assert any(re.search("in a circle, '[bc]' on it", note) for note in notes(read(source)))


def test_a_chain_of_dependencies_may_be_as_long_as_it_likes() -> None:
    names = [f"n{number}" for number in range(20_000)]
    dependencies = [{"ref": one, "dependsOn": [next_]} for one, next_ in zip(["pump", *names], names, strict=False)]
    found = places(bill(metadata=PRODUCT, components=[library(name) for name in names], dependencies=dependencies))
    assert (found["n0"], set(found.values())) == ("direct", {"direct", "transitive"})


def test_dependencies_that_meet_again_are_no_circle() -> None:
    source = bill(
        metadata=PRODUCT,
        components=[library(name) for name in "abc"],
        dependencies=graph(pump=["a", "b"], a=["c"], b=["c"], c=[]),
    )
    assert not notes(read(source))


def test_missing_and_double_references_are_said() -> None:
    dependencies = [*graph(pump=["a", "ghost", "service"]), *graph(pump=["b"])]
    source = bill(
        metadata=PRODUCT,
        components=[library("a"), library("b")],
        services=[{"name": "service", "bom-ref": "service"}],
        dependencies=dependencies,
    )
    reading = read(source)
    assert places(source) == {"a": "direct", "b": "direct"}
    assert list(left(reading)) == ["ghost"]
    assert any("'pump' stand in more than one entry" in note for note in notes(reading))
    assert any("left out: 1." in note for note in notes(reading))


def test_without_a_product_no_component_has_a_place_and_that_is_said() -> None:
    source = bill(components=[library("a")], dependencies=graph(a=[]))
    assert places(source) == {"a": "unplaced"}
    assert any("no product with a reference in metadata.component" in note for note in notes(read(source)))


def test_what_is_no_component_is_left_with_the_reason() -> None:
    reading = read(
        bill(components=["text", 7, {"type": "library"}, [library("inside")], library("a", purl="left-pad@1")])
    )
    assert [component.name for component in reading.fact.components] == ["a"]
    assert reading.fact.components[0].purl is None
    assert reading.receipt.not_taken_count == len(left(reading)) == 5


def test_lists_that_are_none_are_left_with_the_reason() -> None:
    reading = read(bill(components={"a": 1}))
    assert (reading.fact.components, left(reading)) == (
        (),
        {"an object": "'components' is not a list, so it was left out"},
    )


def test_a_document_that_departs_from_its_schema_is_read_and_says_where() -> None:
    fact = read(bill(components=[library("a", type="libary"), library("b")])).fact
    assert (len(fact.components), fact.schema) == (2, "departs")
    assert fact.departures[0].startswith("/components/0/type: 'libary' is not one of")


def test_at_most_twenty_departures_are_named_and_none_is_long() -> None:
    broken = [library(str(number), **{"x" * 10_000: 1}) for number in range(50)]
    fact = read(bill(components=broken)).fact
    assert (len(fact.departures), max(map(len, fact.departures)) <= 300) == (20, True)


def test_two_values_for_one_build_are_said_and_none_is_taken() -> None:
    properties = [{"name": "asepsis:build_id", "value": value} for value in ("b1", "b2")]
    reading = read(bill(properties=properties))
    assert reading.fact.build_id is None
    assert any("b1 and b2" in note for note in notes(reading))


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01T00:00:00Z", "2026-01-01"])
def test_a_timestamp_that_is_none_is_left_out_and_said(text: str) -> None:
    reading = read(bill(metadata=PRODUCT | {"timestamp": text}))
    assert reading.fact.made_at is None
    assert any(text in note for note in notes(reading))


def test_a_null_character_is_replaced_and_said() -> None:
    reading = read(bill(components=[library("a\0b")]))
    assert reading.fact.components[0].name == "a\ufffdb"
    assert any("null character" in note for note in notes(reading))


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ([], "it holds no JSON object"),
        ({}, "it has no bomFormat"),
        ({"bomFormat": "SPDX", "specVersion": "1.6"}, "its bomFormat is 'SPDX'"),
        ({"bomFormat": "CycloneDX"}, "it has no specVersion"),
        ({"bomFormat": "CycloneDX", "specVersion": "1.1"}, "its specVersion is '1.1'"),
        ({"bomFormat": "CycloneDX", "specVersion": "1.8"}, "its specVersion is '1.8'"),
        ({"bomFormat": "CycloneDX", "specVersion": 1.6}, "its specVersion is 1.6"),
        ({"bomFormat": "CycloneDX", "specVersion": ["1.6"]}, "its specVersion is a list"),
    ],
)
def test_what_is_no_bill_of_a_known_version_is_refused(document: Any, reason: str) -> None:
    with pytest.raises(UnreadableBomError, match=re.escape(reason)) as refusal:
        read(Source("bom.json", json.dumps(document).encode()))
    assert refusal.value.code == "bom-unreadable"


@pytest.mark.parametrize(
    ("damage", "error"),
    [
        (lambda data: data[: len(data) // 2], MalformedJsonError),
        (lambda data: data.replace(b'"a"', b'"\xe4"'), EncodingError),
        (lambda data: data.decode().encode("utf-16"), EncodingError),
        (lambda data: data.replace(b'"version": 1', b'"version": NaN'), MalformedJsonError),
        (lambda data: data.replace(b'"version": 1', b'"version": 1, "version": 2'), DoubleKeyError),
        (lambda data: data.replace(b'"version": 1', b'"version": ' + b"[" * 100_000), TooDeepError),
    ],
)
def test_a_damaged_bill_is_refused(damage: Any, error: type[InputError]) -> None:
    source = bill(components=[library("a")])
    with pytest.raises(error):
        read(Source(source.name, damage(source.data)))


def test_a_large_bill_is_read_as_strictly_as_a_small_one() -> None:
    large = bill(components=[library("a", description="x" * 33 * 1024 * 1024)])
    reading = read(large)
    assert (reading.receipt.taken, reading.fact.schema) == (1, "follows")
    with pytest.raises(DoubleKeyError, match="'version' twice"):
        read(Source(large.name, large.data[:-1] + b',"version":2}'))


def test_a_large_component_is_taken_apart_like_the_document() -> None:
    inner = [library(f"part {number}", description="x" * 50_000) for number in range(40)]
    fact = read(bill(components=[library("a", components=[*inner, {"name": 7}]), library("b")])).fact
    assert [component.name for component in fact.components] == ["a", *(one["name"] for one in inner), "b"]
    assert fact.departures[0].startswith("/components/0/components/40: ")


def test_equal_components_depart_from_the_schema_however_far_apart_they_stand() -> None:
    between = [library(f"part {number}", description="x" * 50_000) for number in range(4)]
    fact = read(bill(components=[library("a"), *between, library("a")])).fact
    assert fact.departures == ("/components/5: the same stands before it in the list",)


def test_components_nest_as_deep_as_json_is_read() -> None:
    component = library("0")
    for number in range(1, 95):
        component = library(str(number), components=[component])
    assert read(bill(components=[component])).receipt.taken == 95


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
KEYS = ["name", "bom-ref", "purl", "group", "supplier", "hashes", "licenses", "components", "properties", "type"]


@given(
    st.lists(st.dictionaries(st.sampled_from(KEYS), values) | values, max_size=4) | values,
    st.dictionaries(st.sampled_from(["timestamp", "tools", "authors", "component", "properties"]), values) | values,
    st.lists(st.fixed_dictionaries({"ref": values, "dependsOn": values}), max_size=4) | values,
    values,
)
def test_whatever_stands_in_a_bill_it_is_read(components: Any, metadata: Any, dependencies: Any, services: Any) -> None:
    parts = {"components": components, "metadata": metadata, "dependencies": dependencies, "services": services}
    fact = read(bill(**parts)).fact
    assert read_document(document_bytes(fact)) == fact


@pytest.mark.skipif(not BLNS.exists(), reason="../shared/data/suites/blns is not there")
def test_naughty_names_come_through_as_they_are() -> None:
    names = [name for name in json.loads(BLNS.read_text()) if name.strip() and "\0" not in name]
    fact = read(bill(components=[library(name) for name in names])).fact
    assert [component.name for component in fact.components] == names
    assert read_document(document_bytes(fact)) == fact


@needs_data
def test_the_documents_of_the_specification_follow_and_depart_as_their_names_say() -> None:
    wrong, count = [], 0
    for path in sorted(SUITE.rglob("*.json")):
        if path.name.startswith("invalid-bomformat"):
            continue
        count += 1
        schema = read(Source.file(path)).fact.schema
        if schema != ("follows" if path.name.startswith("valid") else "departs"):
            wrong.append((path.name, schema))
    assert (wrong, count > 90) == ([], True)


@needs_data
@pytest.mark.parametrize("path", sorted((DATA / "sboms").glob("*.jsonl.xz")), ids=lambda path: path.name)
def test_bills_of_public_projects_are_read(path: Path) -> None:
    count = 0
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            found = json.loads(line)
            document = found["bom"]
            if not isinstance(document, dict) or document.get("specVersion") not in cyclonedx.VERSIONS:
                continue
            reading = read(Source(found["path"], json.dumps(document).encode()))
            assert read_document(document_bytes(reading.fact)) == reading.fact
            count += 1
    assert count > 0


def test_each_vendored_schema_is_the_one_that_the_readme_names() -> None:
    folder = resources.files("asepsis.exchange") / "schemas"
    told = dict(re.findall(r"\| `(\S+)` \| `([0-9a-f]{64})` \|", (folder / "README.md").read_text()))
    found = {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for part in ("cyclonedx", "spdx")
        for file in (folder / part).iterdir()
        if file.name.endswith(".json")
    }
    assert (told, len(found)) == (found, 10)


def test_no_schema_is_fetched() -> None:
    with pytest.raises(LookupError, match="not vendored"):
        departures._refused("http://example.com/x")
    with pytest.raises(jsonschema_rs.ValidationError, match="is not vendored"):
        jsonschema_rs.Draft7Validator({"$ref": "http://example.com/x"}, retriever=departures._refused)
