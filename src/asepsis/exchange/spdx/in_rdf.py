"""SPDX 2 in RDF, written as XML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from asepsis.exchange.bill import Bill, UnreadableBomError
from asepsis.exchange.recoded import in_utf8_xml
from asepsis.exchange.source import MIB, Source, Tally
from asepsis.exchange.spdx.in_json import CHECKED, UNCHECKED
from asepsis.exchange.spdx.listing import Listing, version_of
from asepsis.exchange.xml_nodes import nodes
from asepsis.record.collector import resting

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node

MOST_BYTES = 64 * MIB  # a graph takes many times what its text does
MOST_NESTED = 50  # licence sets in each other

TERMS = "http://spdx.org/rdf/terms#"
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")


def read(source: Source) -> Bill:
    """Return the packages that an SPDX 2 document lists, as `in_json.read` does; it is not checked against a schema.

    The packages come in the order of their references, since a graph has none.

    Raises `UnreadableBomError` when it is no SPDX 2 document, `SourceTooLargeError`, and what `xml_nodes.nodes` raises.
    """
    with resting():
        tally = Tally((UNCHECKED.said(version=f"{CHECKED} in JSON"),))
        document = in_utf8_xml(source.limited(MOST_BYTES), tally)
        for _ in nodes(document):  # refuses what the parser of the graph would fall for: entities, depth
            pass
        graph = _Graph.of(document)
        listing = Listing(tally)
        for package in graph.all("Package"):
            listing.package(graph.package(package))
        for kind in ("File", "Snippet"):
            for one in graph.all(kind):
                listing.file({"SPDXID": graph.ref(one)})
        for relationship in graph.relationships():
            listing.relationship(relationship)
        return listing.bill(source, graph.document(source), "RDF")


class _Graph:
    """The graph of a document, asked by the short names of SPDX."""

    def __init__(self, graph: Graph) -> None:
        from rdflib import RDF, URIRef

        self._graph, self._type, self._term = graph, RDF.type, URIRef

    @classmethod
    def of(cls, source: Source) -> _Graph:
        from xml.sax import SAXParseException

        from rdflib import Graph
        from rdflib.exceptions import Error

        graph = Graph()
        try:
            graph.parse(data=source.data, format="xml")
        except (Error, SAXParseException, ValueError) as problem:
            reason = f"it is no RDF: {str(problem)[:200]}"
            raise UnreadableBomError(source=source.name, reason=reason) from problem
        return cls(graph)

    def all(self, kind: str) -> list[Node]:
        """Return the things of a kind, sorted."""
        return sorted(self._graph.subjects(self._type, self._term(TERMS + kind)), key=str)

    def values(self, thing: Node, name: str) -> Iterator[Node]:
        return iter(sorted(self._graph.objects(thing, self._term(TERMS + name)), key=str))

    def text(self, thing: Node | None, name: str) -> str | None:
        found = next(self.values(thing, name), None) if thing is not None else None
        return None if found is None else str(found)

    def word(self, thing: Node, name: str) -> str | None:
        """Return the last part of an address, such as sha1 of ...#checksumAlgorithm_sha1."""
        found = self.text(thing, name)
        return None if found is None else re.split(r"[#/]", found)[-1].partition("_")[2] or re.split(r"[#/]", found)[-1]

    def ref(self, thing: Node) -> str:
        """Return the reference of a thing inside the document; of another document's the whole address."""
        return str(thing).rpartition("#")[2] or str(thing)

    def document(self, source: Source) -> dict[str, Any]:
        documents = self.all("SpdxDocument")
        if len(documents) != 1:
            reason = f"it describes {len(documents)} SPDX documents, and one is expected"
            raise UnreadableBomError(source=source.name, reason=reason)
        document = documents[0]
        version_of(source, self.text(document, "specVersion"))
        creation = next(self.values(document, "creationInfo"), None)
        return {
            "spdxVersion": self.text(document, "specVersion"),
            "documentNamespace": str(document).partition("#")[0],
            "creationInfo": {
                "creators": [] if creation is None else [str(one) for one in self.values(creation, "creator")],
                "created": self.text(creation, "created"),
            },
        }

    def package(self, thing: Node) -> dict[str, Any]:
        """Return a package in the shape of the JSON form."""
        purpose = self.word(thing, "primaryPackagePurpose")
        return {
            "SPDXID": self.ref(thing),
            "checksums": [
                {
                    "algorithm": (self.word(one, "algorithm") or "").upper(),
                    "checksumValue": self.text(one, "checksumValue"),
                }
                for one in self.values(thing, "checksum")
            ],
            "externalRefs": [
                {
                    "referenceType": self.text(one, "referenceType"),
                    "referenceLocator": self.text(one, "referenceLocator"),
                }
                for one in self.values(thing, "externalRef")
            ],
            "primaryPackagePurpose": _HUMP.sub("-", purpose).upper() if purpose else None,
            "licenseConcluded": self._licence(thing, "licenseConcluded"),
            "licenseDeclared": self._licence(thing, "licenseDeclared"),
            **{
                name: self.text(thing, name)
                for name in ("name", "versionInfo", "supplier", "originator", "packageFileName", "validUntilDate")
            },
            "downloadLocation": self.text(thing, "downloadLocation"),
        }

    def _licence(self, thing: Node, name: str, depth: int = 0) -> str | None:
        found = next(self.values(thing, name), None)
        return None if found is None else self._expression(found, depth)

    def _expression(self, licence: Node, depth: int) -> str | None:
        kinds = {self.ref(one) for one in self._graph.objects(licence, self._type)}
        for kind, word in (("ConjunctiveLicenseSet", " AND "), ("DisjunctiveLicenseSet", " OR ")):
            if kind in kinds and depth < MOST_NESTED:
                members = (self._expression(one, depth + 1) for one in self.values(licence, "member"))
                joined = word.join(sorted(filter(None, members)))
                return f"({joined})" if depth else joined
        if told := self.text(licence, "licenseId"):
            return told
        return {"noassertion": "NOASSERTION", "none": "NONE"}.get(last := re.split(r"[#/]", str(licence))[-1], last)

    def relationships(self) -> Iterator[dict[str, str]]:
        """Yield each relationship in the shape of the JSON form."""
        pairs = self._graph.subject_objects(self._term(TERMS + "relationship"))
        for one, relationship in sorted(pairs, key=lambda pair: (str(pair[0]), str(pair[1]))):
            type_, other = self.word(relationship, "relationshipType"), self._related(relationship)
            if type_ and other:
                yield {
                    "spdxElementId": self.ref(one),
                    "relationshipType": _HUMP.sub("_", type_).upper(),
                    "relatedSpdxElement": other,
                }

    def _related(self, relationship: Node) -> str | None:
        found = next(self.values(relationship, "relatedSpdxElement"), None)
        if found is None:
            return None
        return {"noassertion": "NOASSERTION", "none": "NONE"}.get(ref := self.ref(found), ref)
