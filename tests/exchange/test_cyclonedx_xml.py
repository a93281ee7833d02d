from __future__ import annotations

from pathlib import Path

import pytest

from asepsis.errors import InputError
from asepsis.exchange import cyclonedx, cyclonedx_xml
from asepsis.exchange.bill import UnreadableBomError
from asepsis.exchange.facts import Component
from asepsis.exchange.source import Source
from asepsis.exchange.xml_nodes import UnreadableXmlError

SUITE = Path(__file__).parents[2].parent / "shared/data/suites/cyclonedx-spec/tools/src/test/resources"
needs_suite = pytest.mark.skipif(not SUITE.exists(), reason="../shared/data/suites/cyclonedx-spec is not there")


def bill(inner: str, version: str = "1.6") -> Source:
    return Source("bom.xml", f'<bom xmlns="http://cyclonedx.org/schema/bom/{version}">{inner}</bom>'.encode())


WHOLE = """
<metadata>
  <timestamp>2026-03-01T12:00:00Z</timestamp>
  <tools><tool><vendor>acme</vendor><name>scan</name><version>3</version></tool></tools>
  <authors><author><name>Ada</name><email>ada@acme.example</email></author></authors>
  <component type="application" bom-ref="pump"><name>pump</name><version>2.0</version></component>
  <properties><property name="asepsis:build_id">b42</property></properties>
</metadata>
<components>
  <component type="library" bom-ref="a">
    <supplier><name>Acme</name><url>https://acme.example</url></supplier>
    <group>org.acme</group><name>core</name><version>1.0</version>
    <hashes><hash alg="SHA-1">aaaa</hash></hashes>
    <licenses><license><id>MIT</id></license><expression>A OR B</expression></licenses>
    <purl>pkg:maven/org.acme/core@1.0</purl>
    <components><component type="file" bom-ref="b"><name>inner</name></component></components>
  </component>
</components>
<services><service bom-ref="s"><name>s</name></service></services>
<dependencies>
  <dependency ref="pump"><dependency ref="a"/><dependency ref="s"/></dependency>
  <dependency ref="a"><dependency ref="b"/></dependency>
</dependencies>
"""


def test_the_xml_form_is_read_into_the_same_components_as_json() -> None:
    found = cyclonedx_xml.read(bill(WHOLE))
    assert found.fact.components == (
        Component(
            name="org.acme/core",
            version="1.0",
            supplier="Acme",
            purl="pkg:maven/org.acme/core@1.0",
            hashes=(("SHA-1", "aaaa"),),
            licences=("MIT", "A OR B"),
            ref="a",
            place="direct",
        ),
        Component(name="inner", type="file", ref="b", place="transitive"),
    )
    fact = found.fact
    assert (fact.product, fact.product_version, fact.build_id) == ("pump", "2.0", "b42")
    assert (fact.author, fact.tool, fact.made_at) == ("Ada", "acme scan 3", "2026-03-01T12:00:00Z")
    assert (found.contact, found.details[0].contact) == ("ada@acme.example", "https://acme.example")


def test_that_nothing_was_checked_against_the_schema_is_said() -> None:
    found = cyclonedx_xml.read(bill(""))
    assert found.fact.schema == "unchecked"
    assert any("not checked against its schema" in getattr(note, "text", str)() for note in found.receipt.notes)


@pytest.mark.parametrize("version", cyclonedx_xml.VERSIONS)
def test_each_version_is_read(version: str) -> None:
    inner = '<components><component type="library"><name>a</name><version>1</version></component></components>'
    assert cyclonedx_xml.read(bill(inner, version)).fact.format == f"CycloneDX {version} XML"


def test_the_graph_of_the_extension_for_version_1_1_is_read() -> None:
    graph = """<components><component type="library" bom-ref="a"><name>a</name></component></components>
    <dg:dependencies xmlns:dg="http://cyclonedx.org/schema/ext/dependency-graph/1.0">
    <dg:dependency ref="a"><dg:dependency ref="ghost"/></dg:dependency></dg:dependencies>"""
    assert [what for what, _ in cyclonedx_xml.read(bill(graph, "1.1")).receipt.not_taken] == ["ghost"]


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("<bom/>", "its root is 'bom', and 'bom' of CycloneDX is expected"),
        ('<bom xmlns="http://cyclonedx.org/schema/bom/1.9"/>', "its version is '1.9'"),
        ('<sbom xmlns="http://cyclonedx.org/schema/bom/1.4"/>', "its root is 'sbom'"),
    ],
)
def test_what_is_no_bill_is_refused(document: str, reason: str) -> None:
    with pytest.raises(UnreadableBomError, match=reason):
        cyclonedx_xml.read(Source("bom.xml", document.encode()))


BOMB = (
    "<!DOCTYPE bom ["
    + '<!ENTITY a0 "x">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    + "]><bom>&a9;</bom>"
)


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (BOMB, "declares a document type or an entity"),
        ('<!DOCTYPE bom SYSTEM "http://example.org/x"><bom/>', "declares a document type or an entity"),
        ("<a>" * 100_000, "deeper than 200 levels"),
        ('<bom a="' + "x" * 3_000_000, "one tag is longer than"),
        ('<bom xmlns="http://cyclonedx.org/schema/bom/1.6"><components>', "no element found"),
        ("<bom></mob>", "mismatched tag"),
        ('<?xml version="1.0" encoding="nonsense"?><bom/>', "unknown encoding|names an encoding"),
        ("", "no element found"),
    ],
)
def test_bad_xml_is_refused_in_one_sentence(document: str, reason: str) -> None:
    with pytest.raises(UnreadableXmlError, match=reason):
        cyclonedx_xml.read(Source("bom.xml", document.encode()))


def test_bytes_that_are_not_of_the_encoding_are_refused() -> None:
    with pytest.raises(InputError, match="invalid token"):
        cyclonedx_xml.read(Source("bom.xml", b"<bom>\xff</bom>"))


@needs_suite
def test_all_documents_of_the_specification_are_read_or_refused_by_one_sentence() -> None:
    read, refused = 0, []
    for path in sorted(SUITE.rglob("*.xml")):
        try:
            cyclonedx_xml.read(Source.file(path))
            read += 1
        except InputError:
            refused.append(path.name)
    assert refused == ["invalid-namespace-1.4.xml", "invalid-namespace-1.5.xml"]
    assert read == 115


@needs_suite
def test_where_both_forms_of_a_document_say_the_same_they_are_read_alike() -> None:
    same = 0
    for path in sorted(SUITE.rglob("valid-*.xml")):
        twin = path.with_suffix(".json")
        if twin.exists():
            xml, json = cyclonedx_xml.read(Source.file(path)).fact, cyclonedx.read(Source.file(twin)).fact
            same += xml.components == json.components
    assert same >= 44  # the others differ in what they say
