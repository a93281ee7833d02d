"""What an SPDX 2 document lists, in the shape of its JSON form, whichever of its five forms it was written in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from asepsis.exchange.bill import Assembly, Bill, Detail, UnreadableBomError, day_of, moment_of
from asepsis.exchange.json_values import list_of, mapping_of, mappings_of, shown, text_of, texts_of
from asepsis.exchange.source import Source, Tally
from asepsis.sentences import Sentence

VERSIONS = ("SPDX-2.0", "SPDX-2.1", "SPDX-2.2", "SPDX-2.3")
DOCUMENT = "SPDXRef-DOCUMENT"

OTHER_DOCUMENT = Sentence("it lies in another document, so what it depends on is not known here")
FILES = Sentence("Files and snippets are no components; listed and left out: {count}.")

_SAYS_NOTHING = frozenset({"NOASSERTION", "NONE"})
_AGENT = re.compile(
    r"\s*(?P<kind>Person|Organization|Tool)\s*:\s*(?P<name>.*?)\s*(?:\((?P<mail>[^()\s]*@[^()\s]*|https?://[^()\s]*|)\))?\s*\Z",
    re.DOTALL,
)
_OURS = re.compile(r"asepsis:(?P<name>category|support|build_id|source_tag)=(?P<value>\S.*)\Z")

# Source: SPDX 2.3, 11.1; the first element of the former depends on the second, of the latter the second on the first
DOWNWARD = frozenset({"DEPENDS_ON", "CONTAINS", "DYNAMIC_LINK", "STATIC_LINK", "HAS_PREREQUISITE"})
UPWARD = frozenset(
    {
        "DEPENDENCY_OF",
        "CONTAINED_BY",
        "PREREQUISITE_FOR",
        "RUNTIME_DEPENDENCY_OF",
        "BUILD_DEPENDENCY_OF",
        "DEV_DEPENDENCY_OF",
        "TEST_DEPENDENCY_OF",
        "OPTIONAL_DEPENDENCY_OF",
        "PROVIDED_DEPENDENCY_OF",
        "OPTIONAL_COMPONENT_OF",
        "PACKAGE_OF",
    }
)


class Agent(NamedTuple):
    """Who made something, as SPDX writes it: "Organization: Acme (security@acme.example)"."""

    kind: str
    name: str
    mail: str | None


def agent_of(value: Any) -> Agent | None:
    """Return the agent that a text names, `None` where it names nobody."""
    text = text_of(value)
    if text is None or text.strip() in _SAYS_NOTHING:
        return None
    found = _AGENT.match(text)
    if found is None:
        return Agent("", text.strip(), None)
    return Agent(found["kind"], found["name"], found["mail"] or None) if found["name"] else None


def said(value: Any, tally: Tally | None = None) -> str | None:
    """Return a text that says something: not NOASSERTION and not NONE."""
    text = text_of(value, tally)
    return None if text is None or text.strip() in _SAYS_NOTHING else text


def version_of(source: Source, value: Any) -> str:
    """Return the version of a document, such as "SPDX-2.3". Raises `UnreadableBomError` where it is not read."""
    if value not in VERSIONS:
        told = "it has no spdxVersion" if value is None else f"its spdxVersion is {shown(value)}"
        raise UnreadableBomError(source=source.name, reason=f"{told}, and one of {', '.join(VERSIONS)} is expected")
    return str(value)


class Listing:
    """Takes packages, files and relationships in any order, and puts the bill together.

    The one package that the document describes is the product; where there are several, all are components and the
    document stands for the product.
    """

    def __init__(self, tally: Tally) -> None:
        self.tally = tally
        self._assembly = Assembly(tally, "what the document describes")
        self._described: dict[str, None] = {}
        self._named: dict[str, str] = {}
        self._files = 0

    def own_licences(self, value: Any) -> None:
        """Take the licences of the document's own, so that packages name them by their names; before the packages."""
        for one in mappings_of(value):
            if (id_ := text_of(one.get("licenseId"))) and (name := text_of(one.get("name"))):
                self._named[id_] = name

    def package(self, written: Any) -> None:
        """Take one package."""
        written, tally = mapping_of(written), self.tally
        ref, name = text_of(written.get("SPDXID"), tally), text_of(written.get("name"), tally)
        supplier = agent_of(written.get("supplier")) or agent_of(written.get("originator"))
        kinds = _identifiers(written, tally)
        ours = _ours(written)
        self._assembly.add(
            name,
            called=shown(written.get("name")),
            type=_TYPES.get(str(written.get("primaryPackagePurpose")).upper(), "library"),
            version=said(written.get("versionInfo"), tally),
            supplier=supplier.name if supplier else None,
            purl=kinds.get("purl"),
            cpe=kinds.get("cpe23Type") or kinds.get("cpe22Type"),
            hashes=tuple(_hashes(written.get("checksums"), tally)),
            licences=tuple(self._named.get(one, one) for one in _licences(written, tally)),
            ref=ref,
            support=ours.get("support"),
            end_of_support=day_of(text_of(written.get("validUntilDate")), name or "a package", tally),
            category=ours.get("category"),
            detail=Detail(
                contact=supplier.mail if supplier else None,
                filename=said(written.get("packageFileName")),
                source_url=_address(written.get("sourceInfo")),
                file_url=said(written.get("downloadLocation")),
            ),
        )

    def file(self, written: Any) -> None:
        """Take a file or snippet, which relationships may name."""
        if ref := text_of(mapping_of(written).get("SPDXID")):
            self._files += 1
            self._assembly.know(ref)

    def relationship(self, written: Any) -> None:
        """Take one relationship; those that say nothing about dependencies are passed over."""
        written = mapping_of(written)
        one, other = text_of(written.get("spdxElementId")), text_of(written.get("relatedSpdxElement"))
        type_ = written.get("relationshipType")
        if one is None or other is None or not isinstance(type_, str):
            return
        match type_.upper().replace("-", "_"):
            case "DESCRIBES" | "DESCRIBE":  # the latter is what Trivy wrote for years
                self._described[other] = None
            case "DESCRIBED_BY":
                self._described[one] = None
            case down if down in DOWNWARD:
                self._joined(one, other)
            case up if up in UPWARD:
                self._joined(other, one)

    def _joined(self, ref: str, on: str) -> None:
        if on == "NONE":
            self._assembly.depends(ref, ())
        elif on.startswith("DocumentRef-") or ref.startswith("DocumentRef-"):
            self.tally.leave(on if on.startswith("DocumentRef-") else ref, OTHER_DOCUMENT.said())
        elif on != "NOASSERTION":
            self._assembly.joins(ref, on)

    def bill(self, source: Source, rest: dict[str, Any], form: str, departures: tuple[str, ...] | None = None) -> Bill:
        """Return the bill; `rest` is the document without packages, files and relationships."""
        tally, creation = self.tally, mapping_of(rest.get("creationInfo"))
        for ref in texts_of(rest.get("documentDescribes")):
            self._described[ref] = None
        described = [ref for ref in self._described if ref not in _SAYS_NOTHING]
        itself, detail = self._product(described)
        if self._files:
            tally.note(FILES.said(count=self._files))
        creators = [agent for one in list_of(creation.get("creators")) if (agent := agent_of(one))]
        ours = _ours(rest)
        return self._assembly.bill(
            source,
            itself=itself,
            itself_detail=detail,
            contact=next((agent.mail for agent in creators if agent.mail), None),
            format=f"{version_of(source, rest.get('spdxVersion')).replace('-', ' ')} {form}",
            author=", ".join(agent.name for agent in creators if agent.kind != "Tool") or None,
            tool=", ".join(agent.name for agent in creators if agent.kind == "Tool") or None,
            made_at=moment_of(text_of(creation.get("created"), tally), tally),
            serial=text_of(rest.get("documentNamespace"), tally),
            schema="unchecked" if departures is None else "departs" if departures else "follows",
            departures=departures or (),
            build_id=ours.get("build_id"),
            source_tag=ours.get("source_tag"),
        )

    def _product(self, described: list[str]) -> Any:
        if len(described) == 1:
            self._assembly.root = described[0]
            return self._assembly.take_out(described[0])
        if described:
            self._assembly.root = DOCUMENT
            for ref in described:
                self._assembly.joins(DOCUMENT, ref)
        self._assembly.know(DOCUMENT)
        return self._assembly.take_out(None)


def _address(value: Any) -> str | None:
    text = said(value)
    return text if text and text.startswith(("http://", "https://", "git")) else None


_TYPES = {
    "APPLICATION": "application",
    "FRAMEWORK": "framework",
    "CONTAINER": "container",
    "OPERATING-SYSTEM": "operating-system",
    "OPERATING_SYSTEM": "operating-system",
    "DEVICE": "device",
    "FIRMWARE": "firmware",
    "FILE": "file",
}


def _identifiers(written: dict[str, Any], tally: Tally) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in mappings_of(written.get("externalRefs")):
        kind, locator = text_of(one.get("referenceType")), text_of(one.get("referenceLocator"), tally)
        if kind and locator:
            found.setdefault(kind.rpartition("/")[2], locator)
    return found


def _hashes(value: Any, tally: Tally) -> Iterator[tuple[str, str]]:
    for one in mappings_of(value):
        algorithm, content = text_of(one.get("algorithm"), tally), text_of(one.get("checksumValue"), tally)
        if algorithm and content:
            yield dashed(algorithm), content


def dashed(algorithm: str) -> str:
    """Return an algorithm as CycloneDX and people write it: SHA-256 for SHA256."""
    return re.sub(r"^(SHA)(?=\d{1,3}$)", r"\1-", algorithm.upper())


def _licences(written: dict[str, Any], tally: Tally) -> Iterator[str]:
    """Yield what was concluded, else what is declared."""
    for key in ("licenseConcluded", "licenseDeclared"):
        if licence := said(written.get(key), tally):
            yield licence
            return


def _ours(holder: dict[str, Any]) -> dict[str, str]:
    """Return what annotations of ours say: "asepsis:category=maintained"."""
    found: dict[str, str] = {}
    for one in mappings_of(holder.get("annotations")):
        if (comment := text_of(one.get("comment"))) and (match := _OURS.match(comment)):
            found.setdefault(match["name"], match["value"])
    return found
