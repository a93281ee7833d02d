"""Bills of materials in CycloneDX, the XML form of versions 1.0 to 1.7."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from asepsis.exchange.bill import Bill, UnreadableBomError
from asepsis.exchange.cyclonedx import Listing, nested
from asepsis.exchange.source import Source, Tally
from asepsis.exchange.xml_nodes import Node, nodes
from asepsis.record.collector import resting
from asepsis.sentences import Sentence

VERSIONS = ("1.0", "1.1", "1.2", "1.3", "1.4", "1.5", "1.6", "1.7")

UNCHECKED = Sentence("The XML form was read, and not checked against its schema.")
OTHER = Sentence("it stands among the components and is none")

_SPACE = re.compile(r"http://cyclonedx\.org/schema/bom/(?P<version>\d+\.\d+)\Z")


def read(source: Source) -> Bill:
    """Return the components that the bill in `source` lists, as `cyclonedx.read` does for the JSON form.

    Nothing is checked against the XML schema, which the receipt says. The graph and the description that version 1.1
    has as extensions are read where they stand in the bill.

    Raises `UnreadableBomError` when it is no CycloneDX document of a version that is read, and what `xml_nodes` raises.

    Source: CycloneDX 1.0 to 1.7 (ECMA-424), XML schemas.
    """
    with resting():
        tally = Tally((UNCHECKED.said(),))
        listing, rest, version = Listing(tally), dict[str, Any](), ""
        for holder, node in nodes(source, through=("components", "dependencies")):
            match holder:
                case "":
                    version = _version(source, node)
                    rest["serialNumber"] = node.attributes.get("serialNumber")
                case "components" if node.name == "component":
                    for written in nested([_component(node)], "components", tally):
                        listing.component(written)
                case "components":
                    tally.leave(node.name, OTHER.said())
                case "dependencies":
                    if ref := node.attributes.get("ref"):
                        listing.depends(ref, filter(None, (one.attributes.get("ref") for one in node.children)))
                case _:
                    rest |= _section(node)
        return listing.bill(source, rest, f"CycloneDX {version} XML", None)


def _version(source: Source, root: Node) -> str:
    space = root.attributes["xmlns"]
    found = _SPACE.match(space)
    if root.name != "bom" or found is None:
        told = f"its root is '{root.name}' of the namespace '{space}'" if space else f"its root is '{root.name}'"
        raise UnreadableBomError(source=source.name, reason=f"{told[:200]}, and 'bom' of CycloneDX is expected")
    if found["version"] not in VERSIONS:
        reason = f"its version is '{found['version']}', and one of {', '.join(VERSIONS)} is expected"
        raise UnreadableBomError(source=source.name, reason=reason)
    return found["version"]


# --------------------------------------------------------------------- the same values in the shape of the JSON form


def _section(node: Node) -> dict[str, Any]:
    match node.name:
        case "metadata":
            return {"metadata": _metadata(node)}
        case "services":
            return {"services": list(_services(node))}
        case "properties":
            return {"properties": _properties(node)}
        case "compositions":
            return {"compositions": [_texts(one, "aggregate") for one in node.all("composition")]}
    return {}


def _metadata(node: Node) -> dict[str, Any]:
    tools = node.child("tools")
    product = node.child("component")
    return {
        "timestamp": node.said("timestamp"),
        "authors": [_person(one) for one in node.listed("authors")],
        "tools": _tools(tools) if tools is not None else None,
        "component": _component(product) if product is not None else None,
        "properties": _properties(node.child("properties")),
        **{key: _organisation(node.child(key)) for key in ("manufacture", "manufacturer", "supplier")},
    }


def _tools(node: Node) -> Any:
    if node.child("tool") is not None:
        return [_texts(one, "vendor", "name", "version") for one in node.all("tool")]
    return {
        key: [_texts(one, "group", "name", "version") for one in node.listed(key)] for key in ("components", "services")
    }


def _component(node: Node) -> dict[str, Any]:
    held = node.child("components")
    return {
        "type": node.attributes.get("type"),
        "bom-ref": node.attributes.get("bom-ref"),
        "supplier": _organisation(node.child("supplier")),
        "manufacturer": _organisation(node.child("manufacturer")),
        "authors": [_person(one) for one in node.listed("authors")],
        "hashes": _hashes(node),
        "licenses": [_licence(one) for one in node.listed("licenses")],
        "externalReferences": [
            {"type": one.attributes.get("type"), "url": one.said("url"), "hashes": _hashes(one)}
            for one in node.listed("externalReferences")
        ],
        "properties": _properties(node.child("properties")),
        "components": [_component(one) for one in held.all("component")] if held is not None else None,
        **_texts(node, "publisher", "group", "name", "version", "cpe", "purl"),
    }


def _hashes(node: Node) -> list[dict[str, Any]]:
    return [{"alg": one.attributes.get("alg"), "content": one.text} for one in node.listed("hashes")]


def _licence(node: Node) -> dict[str, Any]:
    if node.name == "expression":
        return {"expression": node.text}
    return {"license": _texts(node, "id", "name")}


def _services(node: Node) -> Iterator[dict[str, Any]]:
    for one in node.all("service"):
        held = one.child("services")
        yield {
            "bom-ref": one.attributes.get("bom-ref"),
            "services": list(_services(held)) if held is not None else None,
        }


def _organisation(node: Node | None) -> dict[str, Any] | None:
    if node is None:
        return None
    return {
        "name": node.said("name"),
        "url": [one.text for one in node.all("url")],
        "contact": [_person(one) for one in node.all("contact")],
    }


def _person(node: Node) -> dict[str, Any]:
    return _texts(node, "name", "email")


def _properties(node: Node | None) -> list[dict[str, Any]]:
    if node is None:
        return []
    return [{"name": one.attributes.get("name"), "value": one.text} for one in node.all("property")]


def _texts(node: Node, *names: str) -> dict[str, Any]:
    return {name: node.said(name) for name in names}
