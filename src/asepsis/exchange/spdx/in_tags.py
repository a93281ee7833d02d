"""SPDX 2 as tags and values, one a line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from asepsis.exchange.bill import Bill, UnreadableBomError
from asepsis.exchange.recoded import in_utf8
from asepsis.exchange.source import Source, Tally
from asepsis.exchange.spdx.in_json import CHECKED, UNCHECKED
from asepsis.exchange.spdx.listing import Listing, version_of
from asepsis.record.collector import resting
from asepsis.sentences import Sentence

NO_TAG = Sentence("the line is no tag with a value")
OPEN_TEXT = Sentence("the text that begins there does not end, so all behind it is lost")

_TAG = re.compile(r"(?P<tag>[A-Za-z]+)\s*:\s*(?P<value>.*)\Z", re.DOTALL)
_PACKAGE = {
    "SPDXID": "SPDXID",
    "PackageVersion": "versionInfo",
    "PackageFileName": "packageFileName",
    "PackageSupplier": "supplier",
    "PackageOriginator": "originator",
    "PackageDownloadLocation": "downloadLocation",
    "PackageLicenseConcluded": "licenseConcluded",
    "PackageLicenseDeclared": "licenseDeclared",
    "PrimaryPackagePurpose": "primaryPackagePurpose",
    "ValidUntilDate": "validUntilDate",
}
_DOCUMENT = {"SPDXVersion": "spdxVersion", "DocumentNamespace": "documentNamespace", "DocumentName": "name"}


def read(source: Source) -> Bill:
    """Return the packages that an SPDX 2 document lists, as `in_json.read` does; it is not checked against a schema.

    A line that is no tag is left out and told.

    Raises `UnreadableBomError` when it is no SPDX 2 document, or `EncodingError`.
    """
    with resting():
        tally = Tally((UNCHECKED.said(version=f"{CHECKED} in JSON"),))
        reading = _Reading(tally)
        for tag, value in _tags(in_utf8(source, tally).text(), tally):
            reading.take(tag, value)
        reading.finish()
        if "spdxVersion" not in reading.rest:
            raise UnreadableBomError(source=source.name, reason="it has no line 'SPDXVersion: ...'")
        version_of(source, reading.rest["spdxVersion"])
        return reading.listing.bill(source, reading.rest, "tag-value")


def _tags(text: str, tally: Tally) -> Iterator[tuple[str, str]]:
    lines = enumerate(text.splitlines(), 1)
    for number, line in lines:
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        found = _TAG.match(line.strip())
        if found is None:
            tally.leave(f"line {number}", NO_TAG.said())
            continue
        value = found["value"]
        if value.startswith("<text>"):
            pieces = [value.removeprefix("<text>")]
            while "</text>" not in pieces[-1]:
                following = next(lines, None)
                if following is None:
                    tally.leave(f"line {number}", OPEN_TEXT.said())
                    return
                pieces.append(following[1])
            value = "\n".join(pieces).partition("</text>")[0]
        yield found["tag"], value.strip()


class _Reading:
    """Which element the lines are about just now."""

    def __init__(self, tally: Tally) -> None:
        self.listing = Listing(tally)
        self.rest: dict[str, Any] = {"creationInfo": {"creators": []}}
        self._package: dict[str, Any] | None = None
        self._is_document = True

    def take(self, tag: str, value: str) -> None:
        match tag:
            case "PackageName":
                self._end()
                self._package = {"name": value, "checksums": [], "externalRefs": []}
            case "FileName" | "SnippetSPDXID" | "LicenseID":
                self._end()
                if tag == "SnippetSPDXID":
                    self.listing.file({"SPDXID": value})
            case "Relationship":
                one, _, rest = value.partition(" ")
                type_, _, other = rest.strip().partition(" ")
                self.listing.relationship(
                    {"spdxElementId": one, "relationshipType": type_, "relatedSpdxElement": other.strip()}
                )
            case "Creator":
                self.rest["creationInfo"]["creators"].append(value)
            case "Created":
                self.rest["creationInfo"]["created"] = value
            case "SPDXID" if self._package is None and not self._is_document:
                self.listing.file({"SPDXID": value})
            case _ if tag in _DOCUMENT:
                self.rest.setdefault(_DOCUMENT[tag], value)
            case _ if self._package is not None:
                self._of_package(self._package, tag, value)

    def _of_package(self, package: dict[str, Any], tag: str, value: str) -> None:
        match tag:
            case "PackageChecksum":
                algorithm, _, content = value.partition(":")
                package["checksums"].append({"algorithm": algorithm.strip(), "checksumValue": content.strip()})
            case "ExternalRef":
                _, _, rest = value.partition(" ")
                kind, _, locator = rest.strip().partition(" ")
                package["externalRefs"].append({"referenceType": kind, "referenceLocator": locator.strip()})
            case _ if tag in _PACKAGE:
                package.setdefault(_PACKAGE[tag], value)

    def _end(self) -> None:
        self._is_document = False
        if self._package is not None:
            self.listing.package(self._package)
            self._package = None

    def finish(self) -> None:
        """Say that no line follows."""
        self._end()
