"""Bills of materials in CycloneDX, the JSON form of versions 1.4 to 1.7."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import chain, islice
from typing import Any, Literal, NoReturn

import jsonschema_rs

from asepsis.exchange.facts import Component, Components
from asepsis.exchange.instants import written_instant
from asepsis.exchange.source import Decoded, Reading, Source, Tally, UnreadableError, collector_paused, decode_json
from asepsis.sentences import Sentence

VERSIONS = ("1.4", "1.5", "1.6", "1.7")
MOST_DEPARTURES = 20
MOST_MESSAGE = 300

Place = Literal["root", "direct", "transitive", "unplaced"]


class UnreadableBomError(UnreadableError):
    """A file is not a bill of materials in any format that is read here."""

    code = "bom-unreadable"
    sentence = Sentence(
        "{source} cannot be read as a bill of materials: {reason}.",
        next="Export it again as CycloneDX, JSON form, version 1.4 to 1.7.",
    )


NO_OBJECT = Sentence("it stands where an object belongs and is none")
NO_NAME = Sentence("it has no name")
NO_PURL = Sentence("its purl '{purl}' is no package URL, so it counts as having none")
NO_TARGET = Sentence("nothing in the document has this bom-ref, though dependencies name it")
NO_LIST = Sentence("'{key}' is not a list, so it was left out")
NO_ROOT = Sentence("No product with a bom-ref is named in metadata.component, so no component has a place.")
NO_GRAPH = Sentence("The document lists no dependencies, so no component has a place.")
DOUBLE_REF = Sentence("The bom-ref '{ref}' is given to more than one component; each has the place of all.")
DOUBLE_DEPENDENCY = Sentence("The dependencies of '{ref}' stand in more than one entry; they were taken together.")
CIRCLE = Sentence("The dependencies go round in a circle, '{ref}' on it; each component has its shortest place.")
SERVICES = Sentence("Services are no components; listed and left out: {count}.")
NULLS = Sentence("A null character stood in a text; U+FFFD stands in its place.")
NO_MOMENT = Sentence("The timestamp '{text}' is no date and time, so the bill has none.")
NO_OFFSET = Sentence("The timestamp '{text}' does not say its offset; it was taken as UTC.")
TWO_VALUES = Sentence("The property '{name}' has more than one value, {values}; none was taken.")


@dataclass(frozen=True, slots=True)
class Bill:
    """A CycloneDX document, decoded and known to be one."""

    version: str
    document: dict[str, Any]
    decoded: Decoded


def load(source: Source) -> Bill:
    """Return the CycloneDX document of `source`, not yet checked against its schema.

    Raises `UnreadableBomError` when it is none or of a version that is not read, and what `decode_json` raises.
    """
    decoded = decode_json(source)
    document = decoded.value
    if not isinstance(document, dict):
        raise UnreadableBomError(source=source.name, reason="it holds no JSON object")
    if (form := document.get("bomFormat")) != "CycloneDX":
        told = "it has no bomFormat" if form is None else f"its bomFormat is {shown(form)}"
        raise UnreadableBomError(source=source.name, reason=f"{told}, and 'CycloneDX' is expected")
    if (version := document.get("specVersion")) not in VERSIONS:
        told = "it has no specVersion" if version is None else f"its specVersion is {shown(version)}"
        raise UnreadableBomError(source=source.name, reason=f"{told}, and one of {', '.join(VERSIONS)} is expected")
    return Bill(version, document, decoded)


def read(source: Source) -> Reading[Components]:
    """Return the components that the bill in `source` lists, in its order, nested ones behind the one that holds them.

    Equal components are all kept. A component's name is its group and name, joined by "/". The component that the bill
    is about is no part of the list: it is `product`. A place is `direct` for what the product depends on itself,
    `transitive` for what is reached through others, `unplaced` for what the dependencies do not reach. A document that
    departs from its schema is read as far as it goes: `departures` names the first 20 departures.

    Raises `UnreadableBomError` when it is no CycloneDX document of a version that is read, and what `decode_json` raises.

    Source: CycloneDX 1.4 to 1.7 (ECMA-424).
    """
    with collector_paused():
        bill = load(source)
        tally = Tally(bill.decoded.notes)
        metadata = mapping_of(bill.document.get("metadata"))
        root = mapping_of(metadata.get("component"))
        listed = list(component_objects(bill.document, tally))
        places = _places(bill.document, root, listed, tally)
        taken = [made for written in listed if (made := _component(written, places, tally))]
        departures = tuple(departures_of(bill))
        fact = Components(
            format=f"CycloneDX {bill.version}",
            components=tuple(taken),
            author=_author(metadata, tally),
            tool=_tools(metadata.get("tools"), tally),
            made_at=_moment(metadata, tally),
            serial=text_of(bill.document.get("serialNumber"), tally),
            product=text_of(root.get("name"), tally),
            product_version=text_of(root.get("version"), tally),
            schema="departs" if departures else "follows",
            departures=departures,
            build_id=_property("asepsis:build_id", bill.document, metadata, root, tally),
            source_tag=_property("asepsis:source_tag", bill.document, metadata, root, tally),
        )
        if services := sum(1 for _ in _nested(bill.document.get("services"), "services")):
            tally.note(SERVICES.said(count=services))
        return Reading(fact, tally.receipt(source, "components", len(taken)))


# ------------------------------------------------------------------------------------------------------------ the schema


def departures_of(bill: Bill) -> Iterator[str]:
    """Yield where the document departs from the published schema of its version, the first 20."""
    validator = _validator(bill.version)
    if not validator.is_valid(bill.document):
        for error in islice(validator.iter_errors(bill.document), MOST_DEPARTURES):
            yield _departure(error, bill.document)


_MASK = "\0"  # stands for the value in a message of the validator, which else would write it out, however large it is


def _departure(error: jsonschema_rs.ValidationError, document: Any) -> str:
    value = document
    for step in error.instance_path:
        value = value[step]
    told = "it" if isinstance(value, dict | list) else shown(value)
    path = "".join(f"/{step}" for step in error.instance_path) or "the document"
    return f"{path}: {error.message.replace(_MASK, told)}"[:MOST_MESSAGE]


@cache
def _validator(version: str) -> jsonschema_rs.Draft7Validator:
    folder = resources.files("asepsis.exchange") / "schemas" / "cyclonedx"
    schemas = {file.name: json.loads(file.read_bytes()) for file in folder.iterdir() if file.name.endswith(".json")}
    registry = jsonschema_rs.Registry(
        [(schema["$id"], schema) for schema in schemas.values()], draft=jsonschema_rs.Draft7, retriever=_refused
    )
    return jsonschema_rs.Draft7Validator(
        schemas[f"bom-{version}.schema.json"],
        registry=registry,
        retriever=_refused,
        validate_formats=True,
        mask=_MASK,
    )


def _refused(uri: str) -> NoReturn:
    """Refuse to fetch a schema: the validator would go to the network for one that is not vendored."""
    raise LookupError(f"the schema {uri} is not vendored")


# -------------------------------------------------------------------------------------------------------- the components


def component_objects(document: dict[str, Any], tally: Tally | None = None) -> Iterator[dict[str, Any]]:
    """Yield each component as written, nested ones behind the one that holds them, then the parts of the product.

    `tally` is told of what stands among them and is no object.
    """
    root = mapping_of(mapping_of(document.get("metadata")).get("component"))
    yield from chain(
        _nested(document.get("components"), "components", tally), _nested(root.get("components"), "components", tally)
    )


def _nested(value: Any, key: str, tally: Tally | None = None) -> Iterator[dict[str, Any]]:
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


def _component(written: dict[str, Any], places: dict[str, Place], tally: Tally) -> Component | None:
    name, ref = text_of(written.get("name"), tally), text_of(written.get("bom-ref"), tally)
    if name is None:
        tally.leave(ref or shown(written.get("name")), NO_NAME.said())
        return None
    if group := text_of(written.get("group"), tally):
        name = f"{group}/{name}"
    purl = text_of(written.get("purl"), tally)
    if purl and purl[:4].lower() != "pkg:":
        tally.leave(f"the purl of {name}", NO_PURL.said(purl=purl))
        purl = None
    return Component(
        name=name,
        type=text_of(written.get("type"), tally) or "library",
        version=text_of(written.get("version"), tally),
        supplier=_supplier(written, tally),
        purl=purl,
        cpe=text_of(written.get("cpe"), tally),
        hashes=tuple(_hashes(written.get("hashes"), tally)),
        licences=tuple(_licences(written.get("licenses"), tally)),
        ref=ref,
        place=places.get(ref, "unplaced") if ref else "unplaced",
    )


def _supplier(written: dict[str, Any], tally: Tally) -> str | None:
    for key in ("supplier", "publisher", "manufacturer"):
        value = written.get(key)
        if name := text_of(value.get("name") if isinstance(value, dict) else value, tally):
            return name
    return None


def _hashes(value: Any, tally: Tally) -> Iterator[tuple[str, str]]:
    for one in mappings_of(value):
        algorithm, content = text_of(one.get("alg"), tally), text_of(one.get("content"), tally)
        if algorithm and content:
            yield algorithm, content


def _licences(value: Any, tally: Tally) -> Iterator[str]:
    for one in mappings_of(value):
        licence = mapping_of(one.get("license"))
        for text in (licence.get("id"), licence.get("name"), one.get("expression")):
            if told := text_of(text, tally):
                yield told
                break


# ------------------------------------------------------------------------------------------------------------ the places


def _places(
    document: dict[str, Any], root: dict[str, Any], listed: Iterable[dict[str, Any]], tally: Tally
) -> dict[str, Place]:
    """Return the place of each bom-ref that the dependencies reach from the product."""
    known = {
        ref for written in _nested(document.get("services"), "services") if (ref := text_of(written.get("bom-ref")))
    }
    seen: set[str] = set()
    for written in listed:
        if ref := text_of(written.get("bom-ref")):
            if ref in seen:
                tally.note(DOUBLE_REF.said(ref=ref))
            seen.add(ref)
    edges = _edges(document.get("dependencies"), tally)
    start = text_of(root.get("bom-ref"))
    for missing in dict.fromkeys(chain(edges, *edges.values())):
        if missing not in known and missing not in seen and missing != start:
            tally.leave(missing, NO_TARGET.said())
    if circle := _circle(edges):
        tally.note(CIRCLE.said(ref=circle))
    if start is None or not edges:
        tally.note(NO_ROOT.said() if start is None else NO_GRAPH.said())
        return {}
    return _reached(start, edges)


def _edges(value: Any, tally: Tally) -> dict[str, list[str]]:
    edges: dict[str, list[str]] = {}
    for entry in mappings_of(value):
        if (ref := text_of(entry.get("ref"))) is None:
            continue
        if ref in edges:
            tally.note(DOUBLE_DEPENDENCY.said(ref=ref))
        targets = entry.get("dependsOn")
        edges.setdefault(ref, []).extend(
            target for one in (targets if isinstance(targets, list) else ()) if (target := text_of(one))
        )
    return edges


def _reached(start: str, edges: dict[str, list[str]]) -> dict[str, Place]:
    """Go out from `start`, nearest first, each reference once, so that a circle ends."""
    places: dict[str, Place] = {start: "root"}
    waiting = deque([start])
    while waiting:
        ref = waiting.popleft()
        place: Place = "direct" if ref == start else "transitive"
        for target in edges.get(ref, ()):
            if target not in places:
                places[target] = place
                waiting.append(target)
    return places


def _circle(edges: dict[str, list[str]]) -> str | None:
    """Return a reference that lies on a circle of dependencies, or `None` when there is no circle.

    References that nothing depends on are taken away until there are none; whatever is left has one left before it, so
    that going backwards ends in a circle.
    """
    incoming: dict[str, int] = dict.fromkeys(edges, 0)
    for target in chain.from_iterable(edges.values()):
        incoming[target] = incoming.get(target, 0) + 1
    free = [ref for ref, count in incoming.items() if count == 0]
    while free:
        for target in edges.get(free.pop(), ()):
            incoming[target] -= 1
            if incoming[target] == 0:
                free.append(target)
    left = {ref for ref, count in incoming.items() if count}
    if not left:
        return None
    before = {target: ref for ref in edges if ref in left for target in edges[ref]}
    passed: set[str] = set()
    ref = next(ref for ref in incoming if ref in left)
    while ref not in passed:
        passed.add(ref)
        ref = before[ref]
    return ref


# ---------------------------------------------------------------------------------------------------- about the document


def _author(metadata: dict[str, Any], tally: Tally) -> str | None:
    people = [name for one in mappings_of(metadata.get("authors")) if (name := text_of(one.get("name"), tally))]
    makers = (text_of(mapping_of(metadata.get(key)).get("name"), tally) for key in ("manufacturer", "manufacture"))
    return ", ".join(people) or next(filter(None, makers), None)


def _tools(value: Any, tally: Tally) -> str | None:
    """Return the tools as "vendor name version, ...", from the list of old or from the components and services."""
    groups = [value.get("components"), value.get("services")] if isinstance(value, dict) else [value]
    told = []
    for one in chain.from_iterable(map(mappings_of, groups)):
        parts = [text_of(one.get(key), tally) for key in ("vendor", "group", "name", "version")]
        told.append(" ".join(filter(None, parts)))
    return ", ".join(filter(None, told)) or None


def _moment(metadata: dict[str, Any], tally: Tally) -> str | None:
    text = text_of(metadata.get("timestamp"), tally)
    if text is None:
        return None
    try:
        moment, has_offset = written_instant(text)
    except ValueError:
        tally.note(NO_MOMENT.said(text=text))
        return None
    if not has_offset:
        tally.note(NO_OFFSET.said(text=text))
    return moment


def _property(
    name: str, document: dict[str, Any], metadata: dict[str, Any], root: dict[str, Any], tally: Tally
) -> str | None:
    """Return the value of a property of the document, its metadata or its product, if they agree on one."""
    values = list(dict.fromkeys(chain.from_iterable(properties(one, name) for one in (document, metadata, root))))
    if len(values) > 1:
        tally.note(TWO_VALUES.said(name=name, values=tuple(values)))
        return None
    return values[0] if values else None


def properties(holder: dict[str, Any], name: str) -> Iterator[str]:
    """Yield the values that an object of the document has under the property `name`."""
    for one in mappings_of(holder.get("properties")):
        if one.get("name") == name and (value := text_of(one.get("value"))):
            yield value


# ------------------------------------------------------------------------------------------- values as they may be written


def text_of(value: Any, tally: Tally | None = None) -> str | None:
    """Return a text that says something, else `None`; `tally` is told of null characters in it, which are replaced."""
    if type(value) is not str or not value.strip():
        return None
    if "\0" in value:
        if tally:
            tally.note(NULLS.said())
        return value.replace("\0", "\ufffd")
    return value


def mapping_of(value: Any) -> dict[str, Any]:
    """Return an object, or an empty one in place of anything else."""
    return value if isinstance(value, dict) else {}


def mappings_of(value: Any) -> Iterator[dict[str, Any]]:
    """Yield the objects of a list; anything else holds none."""
    return (one for one in value if isinstance(one, dict)) if isinstance(value, list) else iter(())


def shown(value: Any) -> str:
    """Return a value as a message shows it: short."""
    match value:
        case dict():
            return "an object"
        case list():
            return "a list"
        case None:
            return "nothing"
        case str() if len(value) > 80:
            return f"'{value[:77]}...'"
        case str():
            return f"'{value}'"
        case _:
            return json.dumps(value)[:80]
