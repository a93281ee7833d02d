"""SPDX 3.0 in JSON-LD."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from asepsis.exchange.bill import Assembly, Bill, Detail, UnreadableBomError, day_of, moment_of
from asepsis.exchange.json_parts import Parts
from asepsis.exchange.json_values import list_of, mappings_of, shown, text_of
from asepsis.exchange.recoded import in_utf8
from asepsis.exchange.source import Source, Tally
from asepsis.exchange.spdx.listing import dashed
from asepsis.record.collector import resting
from asepsis.sentences import Sentence

UNCHECKED = Sentence("The document was read by the names that SPDX 3.0 gives, and not checked against its model.")
INLINE = Sentence("it lies inside another element, where no component is looked for")
FILES = Sentence("Files are no components; listed and left out: {count}.")

# Source: SPDX 3.0.1, RelationshipType; the element it comes from depends on those it leads to
DOWNWARD = frozenset(
    {
        "dependsOn",
        "contains",
        "hasDynamicLink",
        "hasStaticLink",
        "hasPrerequisite",
        "hasOptionalDependency",
        "hasProvidedDependency",
        "hasOptionalComponent",
    }
)
_LICENCES = ("hasConcludedLicense", "hasDeclaredLicense")
_AGENTS = frozenset({"Agent", "Person", "Organization", "SoftwareAgent", "Tool"})
_TRAITS = {"executable": "executable", "archive": "archive", "container": "structured"}
_TYPES = {
    "application": "application",
    "framework": "framework",
    "container": "container",
    "operatingSystem": "operating-system",
    "device": "device",
    "firmware": "firmware",
    "file": "file",
    "model": "machine-learning-model",
    "data": "data",
}


def read(source: Source) -> Bill:
    """Return the packages that an SPDX 3.0 document lists, in its order.

    The package that the document has as its one root element, or describes, is the product and no component. A licence
    is what was concluded, else what is declared. An end of support is `validUntilTime`, a support level `supportLevel`.

    Raises `UnreadableBomError` when it is no SPDX 3.0 document, and what `decode_json` raises.

    Source: SPDX 3.0.1, core, software and simple licensing profiles.
    """
    with resting():
        tally = Tally((UNCHECKED.said(),))
        parts = Parts.of(in_utf8(source, tally), ("@graph",))
        if parts is None:
            raise UnreadableBomError(source=source.name, reason="it holds no JSON object")
        if not is_third(parts.rest) or "@graph" not in parts.long_lists:
            raise UnreadableBomError(source=source.name, reason="it has no @graph in the words of SPDX 3.0")
        around = _Around()
        for element in _elements(parts, tally):
            around.take(element)
        listing = _Listing(around, tally)
        for element in _elements(parts):
            if kind_of(element) == "Package":
                listing.package(element)
        return listing.bill(source)


def is_third(document: dict[str, Any]) -> bool:
    """Return whether a document says that its words are those of SPDX 3."""
    context = document.get("@context")
    named = context if isinstance(context, list) else [context]
    return any(isinstance(one, str) and "spdx.org/rdf/3" in one for one in named)


def _elements(parts: Parts, tally: Tally | None = None) -> Iterator[dict[str, Any]]:
    for element in chain.from_iterable(parts.batches("@graph")):
        written = element.rest if isinstance(element, Parts) else element
        if isinstance(written, dict):
            yield written
        elif tally:
            tally.leave(shown(written), INLINE.said())


def kind_of(element: dict[str, Any]) -> str:
    """Return the class of an element without its profile: Package for software_Package."""
    return str(element.get("type") or element.get("@type") or "").rpartition("_")[2].rpartition("/")[2]


def id_of(element: dict[str, Any]) -> str | None:
    """Return what other elements call an element by."""
    return text_of(element.get("spdxId")) or text_of(element.get("@id"))


def _refs(value: Any) -> Iterator[str]:
    """Yield references, which stand alone or in a list."""
    return (ref for one in (value if isinstance(value, list) else [value]) if (ref := text_of(one)))


@dataclass(slots=True)
class _Around:
    """All elements but packages: what packages refer to, and what refers to them."""

    agents: dict[str, tuple[str | None, str | None]] = field(default_factory=dict)  # name and address
    licences: dict[str, str] = field(default_factory=dict)
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    file_of: dict[str, str] = field(default_factory=dict)
    source_of: dict[str, str] = field(default_factory=dict)
    licence_of: dict[tuple[str, str], str] = field(default_factory=dict)  # by kind and package
    edges: list[tuple[str, list[str]]] = field(default_factory=list)
    roots: dict[str, None] = field(default_factory=dict)
    documents: set[str] = field(default_factory=set)
    others: set[str] = field(default_factory=set)
    creation: dict[str, Any] = field(default_factory=dict)
    serial: str | None = None
    version: str | None = None

    def take(self, element: dict[str, Any]) -> None:
        ref, kind = id_of(element), kind_of(element)
        match kind:
            case "Package":
                return
            case "CreationInfo":
                self.creation = self.creation or element
            case "SpdxDocument" | "Sbom" | "Bom":
                self._document(element, ref, kind)
            case "Relationship" | "LifecycleScopedRelationship":
                self._relationship(element)
            case _ if kind in _AGENTS and ref:
                self.agents[ref] = text_of(element.get("name")), _address(element)
            case "LicenseExpression" | "ListedLicense" | "CustomLicense" if ref:
                for key in ("simplelicensing_licenseExpression", "licenseExpression", "name"):
                    if told := text_of(element.get(key)):
                        self.licences.setdefault(ref, told)
            case "File" | "SoftwareArtifact" | "Snippet" if ref:
                self.files[ref] = {
                    key: element.get(key)
                    for key in ("name", "verifiedUsing", "software_additionalPurpose", "externalRef")
                }
        if ref:
            self.others.add(ref)

    def _document(self, element: dict[str, Any], ref: str | None, kind: str) -> None:
        if ref:
            self.documents.add(ref)
        if kind == "SpdxDocument":
            self.serial = ref
        self.roots |= dict.fromkeys(_refs(element.get("rootElement")))
        if isinstance(element.get("creationInfo"), dict):
            self.creation = self.creation or element["creationInfo"]

    def _relationship(self, element: dict[str, Any]) -> None:
        from_, type_ = text_of(element.get("from")), text_of(element.get("relationshipType")) or ""
        to = list(_refs(element.get("to")))
        if from_ is None:
            return
        if type_ == "describes":
            self.roots |= dict.fromkeys(to)
        elif type_ in DOWNWARD:
            self.edges.append((from_, to))
        elif type_ in _LICENCES and to:
            self.licence_of[type_, from_] = to[0]
        elif type_ == "hasDistributionArtifact" and to:
            self.file_of[from_] = to[0]
        elif type_ == "generates":
            self.source_of |= dict.fromkeys(to, from_)


def _address(element: dict[str, Any]) -> str | None:
    for one in _identifiers(element):
        if one.get("externalIdentifierType") in ("email", "urlScheme") and (found := text_of(one.get("identifier"))):
            return found
    return None


def _identifiers(element: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the identifiers of an element; the name in the plural is a common slip."""
    return chain(mappings_of(element.get("externalIdentifier")), mappings_of(element.get("externalIdentifiers")))


class _Listing:
    """Takes the packages, once what is around them is known."""

    def __init__(self, around: _Around, tally: Tally) -> None:
        self._around, self._tally = around, tally
        self._assembly = Assembly(tally, "what the document has as its root")

    def package(self, element: dict[str, Any]) -> None:
        tally, around = self._tally, self._around
        ref, name = id_of(element), text_of(element.get("name"), tally)
        found = {
            str(one.get("externalIdentifierType")): told
            for one in _identifiers(element)
            if (told := text_of(one.get("identifier"), tally))
        }
        supplier, contact = self._supplier(element)
        file = around.files.get(around.file_of.get(ref or "", ""), {})
        origin = around.files.get(around.source_of.get(ref or "", ""), {})
        purposes = {str(one) for one in list_of(file.get("software_additionalPurpose"))}
        self._assembly.add(
            name,
            called=shown(element.get("name")),
            type=_TYPES.get(str(element.get("software_primaryPurpose")), "library"),
            version=text_of(element.get("software_packageVersion"), tally),
            supplier=supplier,
            purl=text_of(element.get("software_packageUrl"), tally) or found.get("packageUrl"),
            cpe=found.get("cpe23") or found.get("cpe22"),
            hashes=tuple(_hashes(element)) or tuple(_hashes(file)),
            licences=tuple(self._licences(ref)),
            ref=ref,
            support=next(_refs(element.get("supportLevel")), None),
            end_of_support=day_of(text_of(element.get("validUntilTime")), name or "a package", tally),
            detail=Detail(
                contact=contact,
                filename=text_of(file.get("name")),
                kinds=frozenset(trait for word, trait in _TRAITS.items() if word in purposes),
                source_url=next((text_of(one.get("locator")) for one in mappings_of(origin.get("externalRef"))), None),
                source_hash=next((content for _, content in _hashes(origin)), None),
                file_url=text_of(element.get("software_downloadLocation")),
            ),
        )

    def _supplier(self, element: dict[str, Any]) -> tuple[str | None, str | None]:
        makers = chain(_refs(element.get("suppliedBy")), _refs(element.get("originatedBy")))
        known = [self._around.agents[ref] for ref in makers if ref in self._around.agents]
        return next((name for name, _ in known if name), None), next((mail for _, mail in known if mail), None)

    def _licences(self, ref: str | None) -> Iterator[str]:
        for kind in _LICENCES:
            licence = self._around.licence_of.get((kind, ref or ""))
            if licence is not None and not licence.endswith(("NoAssertionLicense", "NoneLicense")):
                yield self._around.licences.get(licence) or licence.rpartition("/")[2]
                return

    def bill(self, source: Source) -> Bill:
        around, tally = self._around, self._tally
        for ref in around.others:
            self._assembly.know(ref)
        if around.files:
            tally.note(FILES.said(count=len(around.files)))
        told: dict[str, list[str]] = {}
        for ref, on in around.edges:
            told.setdefault(ref, []).extend(
                one for one in on if not one.endswith(("NoneElement", "NoAssertionElement"))
            )
        for ref, on in told.items():
            self._assembly.depends(ref, on)
        roots = [ref for ref in around.roots if ref not in around.documents]
        itself, detail = self._product(roots)
        version = text_of(around.creation.get("specVersion")) or "3.0"
        return self._assembly.bill(
            source,
            itself=itself,
            itself_detail=detail,
            contact=next(filter(None, (address for _, address in self._agents("createdBy"))), None),
            format=f"SPDX {version} JSON-LD",
            author=", ".join(filter(None, (name for name, _ in self._agents("createdBy")))) or None,
            tool=", ".join(filter(None, (name for name, _ in self._agents("createdUsing")))) or None,
            made_at=moment_of(text_of(around.creation.get("created"), tally), tally),
            serial=around.serial,
        )

    def _product(self, roots: list[str]) -> Any:
        if len(roots) == 1:
            self._assembly.root = roots[0]
            return self._assembly.take_out(roots[0])
        if roots:
            self._assembly.root = "the document"
            self._assembly.depends("the document", roots)
        return self._assembly.take_out(None)

    def _agents(self, key: str) -> Iterable[tuple[str | None, str | None]]:
        return [self._around.agents[ref] for ref in _refs(self._around.creation.get(key)) if ref in self._around.agents]


def _hashes(element: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for one in mappings_of(element.get("verifiedUsing")):
        algorithm, content = text_of(one.get("algorithm")), text_of(one.get("hashValue"))
        if algorithm and content:
            yield dashed(algorithm), content
