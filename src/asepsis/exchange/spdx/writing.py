"""Bills written in SPDX 2.3, JSON, with category, support and end of support of each package."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from asepsis.exchange.bill import Bill
from asepsis.exchange.bill_writing import (
    NO_HASH,
    TOOL,
    Written,
    direct,
    downward,
    is_expression,
    is_hash,
    spdx_ids,
    unique,
)
from asepsis.exchange.facts import Component
from asepsis.exchange.spdx.listing import DOCUMENT
from asepsis.sentences import Said, Sentence

FORMAT = "SPDX 2.3"
NO_GAP = Sentence("SPDX has no place for it, so who reads it again takes the bill for whole: {count}")
PRODUCT = "SPDXRef-product"

_PURPOSES = {
    "application": "APPLICATION",
    "framework": "FRAMEWORK",
    "library": "LIBRARY",
    "container": "CONTAINER",
    "operating-system": "OPERATING_SYSTEM",
    "device": "DEVICE",
    "firmware": "FIRMWARE",
    "file": "FILE",
}
_ID = re.compile(r"SPDXRef-[A-Za-z0-9.-]+\Z")


def write(bill: Bill, *, namespace: str, made_at: str) -> Written:
    """Return the bill as an SPDX document that follows its schema.

    `namespace` is a new address without "#", and `made_at` the moment of writing, as facts write it. Reading it again
    gives the same components under other references; several licences of one are joined by AND. The end of support is
    `validUntilDate`; category and support are annotations, written "asepsis:category=maintained".

    Source: SPDX 2.3.
    """
    fact, left, writing = bill.fact, list[tuple[str, Said]](), _Writing(made_at[:19] + "Z")
    ids = unique(_id(one, at) for at, one in enumerate(fact.components))
    packages = [writing.package(one, id_, left) for one, id_ in zip(fact.components, ids, strict=True)]
    relationships = [_relation(ids[at], "DEPENDS_ON", ids[one]) for at, on in downward(bill) for one in on]
    relationships += [_relation(ids[at], "DEPENDS_ON", "NONE") for at, on in downward(bill) if not on]
    if fact.product:
        packages.insert(0, _product(fact.product, fact.product_version))
        relationships.insert(0, _relation(DOCUMENT, "DESCRIBES", PRODUCT))
        relationships += [_relation(PRODUCT, "DEPENDS_ON", ids[at]) for at in direct(bill)]
    if bill.receipt.not_taken_count:
        left.append(("what was not read", NO_GAP.said(count=bill.receipt.not_taken_count)))
    document = {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": DOCUMENT,
        "name": fact.product or "bill of materials",
        "documentNamespace": namespace,
        "creationInfo": {
            "created": writing.made_at,
            "creators": [f"Tool: {TOOL}", *([f"Organization: {fact.author}"] if fact.author else [])],
        },
        "annotations": writing.annotations(build_id=fact.build_id, source_tag=fact.source_tag),
        "hasExtractedLicensingInfos": writing.own_licences(),
        "packages": packages,
        "relationships": relationships,
    }
    told = {key: value for key, value in document.items() if value != []}
    return Written(msgspec.json.format(msgspec.json.encode(told), indent=2) + b"\n", tuple(left))


def _id(one: Component, at: int) -> str:
    if one.ref and _ID.match(one.ref) and one.ref not in (PRODUCT, DOCUMENT):
        return one.ref
    slug = re.sub(r"[^A-Za-z0-9.]+", "-", one.name).strip("-")[:60]
    return f"SPDXRef-{at}-{slug}" if slug else f"SPDXRef-{at}"


def _relation(one: str, type_: str, other: str) -> dict[str, str]:
    return {"spdxElementId": one, "relationshipType": type_, "relatedSpdxElement": other}


def _product(name: str, version: str | None) -> dict[str, Any]:
    product = {
        "SPDXID": PRODUCT,
        "name": name,
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "primaryPackagePurpose": "APPLICATION",
    }
    return product | ({"versionInfo": version} if version else {})


class _Writing:
    """What one document gathers on the way: licences of its own."""

    def __init__(self, made_at: str) -> None:
        self.made_at = made_at
        self._licences: dict[str, str] = {}

    def package(self, one: Component, id_: str, left: list[tuple[str, Said]]) -> dict[str, Any]:
        checksums = []
        for algorithm, content in one.hashes:
            if is_hash(algorithm, content):
                name = re.sub(r"^SHA-", "SHA", algorithm)
                checksums.append({"algorithm": name, "checksumValue": content.lower()})
            else:
                left.append((one.name, NO_HASH.said(format=FORMAT, hash=f"{algorithm}:{content}"[:80])))
        package: dict[str, Any] = {
            "SPDXID": id_,
            "name": one.name,
            "versionInfo": one.version,
            "supplier": f"Organization: {one.supplier}" if one.supplier else "NOASSERTION",
            "downloadLocation": "NOASSERTION",
            "filesAnalyzed": False,
            "primaryPackagePurpose": _PURPOSES.get(one.type, "OTHER"),
            "checksums": checksums,
            "licenseConcluded": self._expression(one.licences),
            "licenseDeclared": "NOASSERTION",
            "copyrightText": "NOASSERTION",
            "externalRefs": list(_references(one)),
            "validUntilDate": f"{one.end_of_support}T00:00:00Z" if one.end_of_support else None,
            "annotations": self.annotations(category=one.category, support=one.support),
        }
        return {key: value for key, value in package.items() if value not in (None, [])}

    def annotations(self, **said: str | None) -> list[dict[str, str]]:
        """Return an annotation for each thing that is said."""
        return [
            {
                "annotationDate": self.made_at,
                "annotationType": "OTHER",
                "annotator": f"Tool: {TOOL}",
                "comment": f"asepsis:{name}={value}",
            }
            for name, value in said.items()
            if value
        ]

    def own_licences(self) -> list[dict[str, str]]:
        """Return the licences that SPDX does not list, by the names that the bill gives them."""
        return [{"licenseId": id_, "name": name, "extractedText": name} for name, id_ in self._licences.items()]

    def _expression(self, licences: tuple[str, ...]) -> str:
        terms = [self._term(one) for one in licences]
        if len(terms) > 1:
            terms = [f"({term})" if " " in term else term for term in terms]
        return " AND ".join(terms) or "NOASSERTION"

    def _term(self, licence: str) -> str:
        if licence in spdx_ids() or is_expression(licence):
            return licence
        return self._licences.setdefault(licence, f"LicenseRef-{len(self._licences) + 1}")


def _references(one: Component) -> Any:
    if one.purl:
        yield {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": one.purl}
    if one.cpe:
        kind = "cpe23Type" if one.cpe.startswith("cpe:2.3:") else "cpe22Type"
        yield {"referenceCategory": "SECURITY", "referenceType": kind, "referenceLocator": one.cpe}
