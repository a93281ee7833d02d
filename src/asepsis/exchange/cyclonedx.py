"""Bills of materials in CycloneDX, the JSON form of versions 1.2 to 1.7."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

from asepsis.exchange.bill import NO_DETAIL, Assembly, Bill, Detail, UnreadableBomError, day_of, moment_of, purl_read
from asepsis.exchange.departures import Departures, Schema
from asepsis.exchange.facts import Component
from asepsis.exchange.json_parts import Parts
from asepsis.exchange.json_values import mapping_of, mappings_of, shown, text_of, texts_of
from asepsis.exchange.purl import Purl
from asepsis.exchange.source import Source, Tally
from asepsis.record.collector import resting
from asepsis.sentences import Sentence

VERSIONS = ("1.2", "1.3", "1.4", "1.5", "1.6", "1.7")

NO_OBJECT = Sentence("it stands where an object belongs and is none")
NO_LIST = Sentence("'{key}' is not a list, so it was left out")
SERVICES = Sentence("Services are no components; listed and left out: {count}.")
INCOMPLETE = Sentence("the bill itself says that it is '{aggregate}'")
TWO_VALUES = Sentence("The property '{name}' has more than one value, {values}; none was taken.")


@dataclass(frozen=True, slots=True)
class Document:
    """A CycloneDX document: `parts.rest` is decoded, its components and dependencies are decoded as they are asked for."""

    version: str
    parts: Parts

    @property
    def rest(self) -> dict[str, Any]:
        """Return the document without its components and dependencies."""
        return self.parts.rest


def load(source: Source) -> Document:
    """Return the CycloneDX document of `source`, not yet checked against its schema.

    Raises `UnreadableBomError` when it is none or of a version that is not read, and what `decode_json` raises.
    """
    parts = Parts.of(source, ("components", "dependencies"))
    if parts is None:
        raise UnreadableBomError(source=source.name, reason="it holds no JSON object")
    if (form := parts.rest.get("bomFormat")) != "CycloneDX":
        told = "it has no bomFormat" if form is None else f"its bomFormat is {shown(form)}"
        raise UnreadableBomError(source=source.name, reason=f"{told}, and 'CycloneDX' is expected")
    if (version := parts.rest.get("specVersion")) not in VERSIONS:
        told = "it has no specVersion" if version is None else f"its specVersion is {shown(version)}"
        raise UnreadableBomError(source=source.name, reason=f"{told}, and one of {', '.join(VERSIONS)} is expected")
    return Document(version, parts)


def read(source: Source) -> Bill:
    """Return the components that the bill in `source` lists, in its order, nested ones behind the one that holds them.

    Equal components are all kept. A component's name is its group and name, joined by "/". The component that the bill
    is about is no part of the list: it is `product`. A place is `direct` for what the product depends on itself,
    `transitive` for what is reached through others, `unplaced` for what the dependencies do not reach. A document that
    departs from its schema is read as far as it goes: `departures` names the first 20 departures. Components are decoded
    one by one, so that a bill takes little more memory than its bytes and what is kept of them.

    Raises `UnreadableBomError` when it is no CycloneDX document of a version that is read, and what `decode_json` raises.

    Source: CycloneDX 1.2 to 1.7 (ECMA-424).
    """
    with resting():
        document = load(source)
        tally = Tally()
        schema = Departures(schema_of(document.version))
        schema.look(document.rest)
        listing = Listing(tally)
        for written in _listed(document.parts, schema, tally):
            listing.component(written)
        for entry in _dependencies(document.parts, schema):
            listing.dependency(entry)
        return listing.bill(source, document.rest, f"CycloneDX {document.version}", schema.found)


def schema_of(version: str) -> Schema:
    """Return the published schema of a version."""
    return Schema("cyclonedx", f"bom-{version}.schema.json")


_SHAPES = {"components": "/definitions/component", "dependencies": "/definitions/dependency"}


def departures_of(document: Document) -> Iterator[str]:
    """Yield where the document departs from the published schema of its version, the first 20."""
    schema = Departures(schema_of(document.version))
    schema.look(document.rest)
    for listed in (_listed(document.parts, schema), _dependencies(document.parts, schema)):
        for _ in listed:
            pass
    yield from schema.found


# -------------------------------------------------------------------------------------------------------- the components


def component_objects(document: Document, tally: Tally | None = None) -> Iterator[dict[str, Any]]:
    """Yield each component as written, nested ones behind the one that holds them, then the parts of the product.

    `tally` is told of what stands among them and is no object.
    """
    return _listed(document.parts, None, tally)


def _listed(parts: Parts, schema: Departures | None, tally: Tally | None = None) -> Iterator[dict[str, Any]]:
    yield from _below(parts, "", schema, tally)
    root = mapping_of(mapping_of(parts.rest.get("metadata")).get("component"))
    yield from nested(root.get("components"), "components", tally)


def _below(parts: Parts, path: str, schema: Departures | None, tally: Tally | None) -> Iterator[dict[str, Any]]:
    if "components" not in parts.long_lists:
        yield from nested(parts.rest.get("components"), "components", tally)
    for at, elements in _batches(parts, "components", path, schema):
        match elements:
            case [Parts() as large]:
                yield large.rest
                yield from _below(large, f"{path}/components/{at}", schema, tally)
            case _:
                yield from nested(elements, "components", tally)


def _dependencies(parts: Parts, schema: Departures) -> Iterator[Any]:
    for _, elements in _batches(parts, "dependencies", "", schema):
        yield from (one.rest if isinstance(one, Parts) else one for one in elements)


def _batches(parts: Parts, key: str, path: str, schema: Departures | None) -> Iterator[tuple[int, list[Any]]]:
    """Yield the elements of a long list, each batch with the number of its first; `schema` looks at them."""
    at = 0
    for elements in parts.batches(key):
        if schema is not None:
            looked_at = [one.rest if isinstance(one, Parts) else one for one in elements]
            schema.look_through(looked_at, at, f"{path}/{key}", _SHAPES[key])
        yield at, elements
        at += len(elements)


def nested(value: Any, key: str, tally: Tally | None = None) -> Iterator[dict[str, Any]]:
    """Yield the objects of a list and those of the lists under `key` inside them, the outer one first."""
    waiting = [value]  # lists, or single elements of lists, last one first
    while waiting:
        match waiting.pop():
            case None:
                continue
            case list() as several:
                waiting.extend(_Element(one) for one in reversed(several))
            case _Element(dict() as one):
                yield one
                waiting.append(one.get(key))
            case _Element(other):
                if tally:
                    tally.leave(shown(other), NO_OBJECT.said())
            case other:
                if tally:
                    tally.leave(shown(other), NO_LIST.said(key=key))


@dataclass(frozen=True, slots=True)
class _Element:
    """One element of a list, so that a list inside a list is not taken for the list itself."""

    value: Any


class Listing:
    """What a CycloneDX document lists, taken part by part in the shape of the JSON form, whatever form it was written in."""

    def __init__(self, tally: Tally) -> None:
        self.tally = tally
        self._assembly = Assembly(tally, "metadata.component")

    def component(self, written: dict[str, Any]) -> None:
        """Take one component; nested ones are given one by one."""
        said = self._said(written)
        self._assembly.add(said.pop("name"), called=shown(written.get("name")), detail=_detail(written), **said)

    def _said(self, written: dict[str, Any]) -> dict[str, Any]:
        """Return what a component says of itself, as the fields of `Component`."""
        tally = self.tally
        name = text_of(written.get("name"), tally)
        if name is not None and (group := text_of(written.get("group"), tally)):
            name = f"{group}/{name}"
        support, end_of_support = _support(written, tally)
        return {
            "name": name,
            "type": text_of(written.get("type"), tally) or "library",
            "version": text_of(written.get("version"), tally),
            "supplier": _supplier(written, tally),
            "purl": text_of(written.get("purl"), tally),
            "cpe": text_of(written.get("cpe"), tally),
            "hashes": tuple(_hashes(written.get("hashes"), tally)),
            "licences": tuple(_licences(written.get("licenses"), tally)),
            "ref": text_of(written.get("bom-ref"), tally),
            "support": support,
            "end_of_support": end_of_support,
            "category": next(properties(written, "asepsis:category"), None) if "properties" in written else None,
        }

    def dependency(self, entry: Any) -> None:
        """Take one entry of the dependencies."""
        entry = mapping_of(entry)
        if ref := text_of(entry.get("ref")):
            self._assembly.depends(ref, list(texts_of(entry.get("dependsOn"))))

    def depends(self, ref: str, on: Iterable[str]) -> None:
        """Take what one reference depends on."""
        self._assembly.depends(ref, on)

    def bill(self, source: Source, rest: dict[str, Any], format_: str, departures: tuple[str, ...] | None) -> Bill:
        """Return the bill; `rest` is the document without components and dependencies.

        `departures` are `None` where nothing was checked against a schema.
        """
        tally, metadata = self.tally, mapping_of(rest.get("metadata"))
        root = mapping_of(metadata.get("component"))
        self._assembly.root = text_of(root.get("bom-ref"))
        self._services(rest.get("services"))
        for one in mappings_of(rest.get("compositions")):
            if (aggregate := text_of(one.get("aggregate")) or "").startswith("incomplete"):
                tally.leave("what the bill lacks", INCOMPLETE.said(aggregate=aggregate))
        return self._assembly.bill(
            source,
            itself=self._product(root),
            itself_detail=_detail(root),
            contact=_makers_contact(metadata),
            format=format_,
            author=_author(metadata, tally),
            tool=_tools(metadata.get("tools"), tally),
            made_at=moment_of(text_of(metadata.get("timestamp"), tally), tally),
            serial=text_of(rest.get("serialNumber"), tally),
            schema="unchecked" if departures is None else "departs" if departures else "follows",
            departures=departures or (),
            build_id=_agreed("asepsis:build_id", (rest, metadata, root), tally),
            source_tag=_agreed("asepsis:source_tag", (rest, metadata, root), tally),
        )

    def _product(self, root: dict[str, Any]) -> Component | None:
        """Return the product, under its name without its group."""
        if (name := text_of(root.get("name"))) is None:
            return None
        said = self._said(root)
        purl = said["purl"] if said["purl"] and isinstance(purl_read(said["purl"]), Purl) else None
        return Component(**said | {"name": name, "purl": purl, "place": "root"})

    def _services(self, value: Any) -> None:
        services = list(nested(value, "services"))
        for service in services:
            if ref := text_of(service.get("bom-ref")):
                self._assembly.know(ref)
        if services:
            self.tally.note(SERVICES.said(count=len(services)))


def _agreed(name: str, holders: tuple[dict[str, Any], ...], tally: Tally) -> str | None:
    """Return the value of a property of the document, its metadata or its product, if they agree on one."""
    values = list(dict.fromkeys(chain.from_iterable(properties(one, name) for one in holders)))
    if len(values) > 1:
        tally.note(TWO_VALUES.said(name=name, values=tuple(values)))
        return None
    return values[0] if values else None


def _supplier(written: dict[str, Any], tally: Tally) -> str | None:
    for key in ("supplier", "publisher", "manufacturer"):
        value = written.get(key)
        if name := text_of(value.get("name") if isinstance(value, dict) else value, tally):
            return name
    return None


def _hashes(value: Any, tally: Tally | None) -> Iterator[tuple[str, str]]:
    for one in mappings_of(value):
        algorithm, content = text_of(one.get("alg"), tally), text_of(one.get("content"), tally)
        if algorithm and content:
            yield sys.intern(algorithm), content


def _licences(value: Any, tally: Tally) -> Iterator[str]:
    for one in mappings_of(value):
        licence = mapping_of(one.get("license"))
        for text in (licence.get("id"), licence.get("name"), one.get("expression")):
            if told := text_of(text, tally):
                yield told
                break


# What is said of support: our own names first, then those of the CycloneDX property taxonomy.
SUPPORT = ("asepsis:support", "cdx:support:level")
END_OF_SUPPORT = ("asepsis:end_of_support", "cdx:lifecycle:milestone:endOfSupport")


def _support(written: dict[str, Any], tally: Tally) -> tuple[str | None, str | None]:
    """Return the level of support and its last day, as the properties of a component say them."""
    if not written.get("properties"):
        return None, None
    level = next(chain.from_iterable(properties(written, name) for name in SUPPORT), None)
    last = next(chain.from_iterable(properties(written, name) for name in END_OF_SUPPORT), None)
    day = day_of(last, shown(written.get("name")), tally)
    return level, day


_TRAITS = {  # Source: BSI TR-03183-2, section on CycloneDX mapping (property taxonomy bsi:component)
    "executable": "bsi:component:executable",
    "archive": "bsi:component:archive",
    "structured": "bsi:component:structured",
}


def _detail(written: dict[str, Any]) -> Detail:
    """Return what the document says of a component beyond what the facts keep."""
    contact = _contact(written.get("manufacturer")) or _contact(written.get("supplier"))
    if contact is None and (people := written.get("authors")):
        contact = next((mail for one in mappings_of(people) if (mail := text_of(one.get("email")))), None)
    filename, kinds = None, frozenset[str]()
    if written.get("properties"):
        filename = next(properties(written, "bsi:component:filename"), None)
        kinds = frozenset(kind for kind, name in _TRAITS.items() if next(properties(written, name), None))
    pointed = _pointed(references) if (references := written.get("externalReferences")) else {}
    if contact is None and filename is None and not kinds and not pointed:
        return NO_DETAIL
    return Detail(contact, filename, kinds, **pointed)


def _pointed(references: Any) -> dict[str, Any]:
    """Return where source and file are, and their hashes, as external references say."""
    found: dict[str, Any] = {}
    for one in mappings_of(references):
        if (kind := _POINTED.get(str(one.get("type")))) and (url := text_of(one.get("url"))):
            found.setdefault(f"{kind}_url", url)
            if kind == "file" and one.get("hashes"):
                found.setdefault("file_hashes", tuple(_hashes(one["hashes"], None)))
            elif kind == "source" and one.get("hashes"):
                found.setdefault("source_hash", next((content for _, content in _hashes(one["hashes"], None)), None))
    return found


_POINTED = {"source-distribution": "source", "vcs": "source", "distribution": "file", "distribution-intake": "file"}


def _contact(organisation: Any) -> str | None:
    """Return an email or web address of an organisation."""
    if not isinstance(organisation, dict) or ("contact" not in organisation and "url" not in organisation):
        return None
    mails = (text_of(one.get("email")) for one in mappings_of(organisation.get("contact")))
    return next(chain(filter(None, mails), texts_of(organisation.get("url"))), None)


# ---------------------------------------------------------------------------------------------------- about the document


def _author(metadata: dict[str, Any], tally: Tally) -> str | None:
    people = [name for one in mappings_of(metadata.get("authors")) if (name := text_of(one.get("name"), tally))]
    makers = (text_of(mapping_of(metadata.get(key)).get("name"), tally) for key in ("manufacturer", "manufacture"))
    return ", ".join(people) or next(filter(None, makers), None)


def _makers_contact(metadata: dict[str, Any]) -> str | None:
    mails = (text_of(one.get("email")) for one in mappings_of(metadata.get("authors")))
    makers = (_contact(metadata.get(key)) for key in ("manufacturer", "manufacture", "supplier"))
    return next(filter(None, chain(mails, makers)), None)


def _tools(value: Any, tally: Tally) -> str | None:
    """Return the tools as "vendor name version, ...", from the list of old or from the components and services."""
    groups = [value.get("components"), value.get("services")] if isinstance(value, dict) else [value]
    told = []
    for one in chain.from_iterable(map(mappings_of, groups)):
        parts = [text_of(one.get(key), tally) for key in ("vendor", "group", "name", "version")]
        told.append(" ".join(filter(None, parts)))
    return ", ".join(filter(None, told)) or None


def properties(holder: dict[str, Any], name: str) -> Iterator[str]:
    """Yield the values that an object of the document has under the property `name`."""
    for one in mappings_of(holder.get("properties")):
        if one.get("name") == name and (value := text_of(one.get("value"))):
            yield value
