"""SPDX 2 in XML: the names of the JSON form as elements, lists as elements that stand several times."""

from __future__ import annotations

from typing import Any

from asepsis.exchange.bill import Bill, UnreadableBomError
from asepsis.exchange.recoded import in_utf8_xml
from asepsis.exchange.source import Source, Tally
from asepsis.exchange.spdx.in_json import CHECKED, UNCHECKED
from asepsis.exchange.spdx.listing import Listing
from asepsis.exchange.xml_nodes import Node, nodes
from asepsis.record.collector import resting

_LISTS = frozenset({"checksums", "externalRefs", "annotations", "creators", "documentDescribes"})


def read(source: Source) -> Bill:
    """Return the packages that an SPDX 2 document lists, as `in_json.read` does; it is not checked against a schema.

    Raises `UnreadableBomError` when it is no SPDX 2 document, and what `xml_nodes.nodes` raises.
    """
    with resting():
        tally = Tally((UNCHECKED.said(version=f"{CHECKED} in JSON"),))
        listing, rest = Listing(tally), dict[str, Any]()
        for holder, node in nodes(in_utf8_xml(source, tally)):
            if not holder:
                if node.name != "Document":
                    reason = f"its root is '{node.name[:80]}', and 'Document' is expected"
                    raise UnreadableBomError(source=source.name, reason=reason)
                continue
            match node.name:
                case "packages":
                    listing.package(_value(node))
                case "files" | "snippets":
                    listing.file(_value(node))
                case "relationships":
                    listing.relationship(_value(node))
                case name if name in _LISTS:
                    rest.setdefault(name, []).append(_value(node))
                case name:
                    rest.setdefault(name, _value(node))
        return listing.bill(source, rest, "XML")


def _value(node: Node) -> Any:
    if not node.children:
        return node.text
    value: dict[str, Any] = {}
    for child in node.children:
        if child.name in _LISTS:
            value.setdefault(child.name, []).append(_value(child))
        else:
            value.setdefault(child.name, _value(child))
    return value
