"""What is needed to know of a raw record to keep it: that it is JSON, what tells it from others, and how new it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

import msgspec

from asepsis.advisories.feeds.feed import Broken, Record, instant

MOST_RECORD = 32 * 1024 * 1024
MOST_REFUSED = 100  # that are kept by name


class BadRecord(Exception):
    """Raised for bytes that are no record of their kind; its text says why."""


class _Osv(msgspec.Struct):
    id: str
    modified: str = ""


class _CveMetadata(msgspec.Struct):
    cveId: str  # noqa: N815 - the names of the format
    dateUpdated: str = ""  # noqa: N815


class _Cve(msgspec.Struct):
    cveMetadata: _CveMetadata  # noqa: N815


class _Nvd(msgspec.Struct):
    id: str
    lastModified: str = ""  # noqa: N815


class _Wrapped(msgspec.Struct):
    cve: msgspec.Raw


class _Page(msgspec.Struct):
    vulnerabilities: list[_Wrapped]


class _Annotation(msgspec.Struct):
    cve_id: str
    modified: str = ""


class _Annotated(msgspec.Struct):
    cve: dict[str, msgspec.Raw]
    about: _Annotation = msgspec.field(name="_annotation")


class _Tracking(msgspec.Struct):
    id: str
    current_release_date: str = ""


class _Publisher(msgspec.Struct):
    namespace: str = ""


class _Document(msgspec.Struct):
    tracking: _Tracking
    publisher: _Publisher


class _Csaf(msgspec.Struct):
    document: _Document


class _Kev(msgspec.Struct):
    cveID: str  # noqa: N815
    dateAdded: str = ""  # noqa: N815


def _of_osv(data: bytes) -> tuple[str, str]:
    found = _OSV.decode(data)
    return found.id, found.modified


def _of_cve(data: bytes) -> tuple[str, str]:
    found = _CVE.decode(data).cveMetadata
    return found.cveId, found.dateUpdated


def _of_nvd(data: bytes) -> tuple[str, str]:
    found = _NVD.decode(data)
    return found.id, found.lastModified


def _of_csaf(data: bytes) -> tuple[str, str]:
    found = _CSAF.decode(data).document
    return f"{found.publisher.namespace} {found.tracking.id}", found.tracking.current_release_date


def _of_kev(data: bytes) -> tuple[str, str]:
    found = _KEV.decode(data)
    return found.cveID, found.dateAdded


_OSV, _CVE, _NVD = msgspec.json.Decoder(_Osv), msgspec.json.Decoder(_Cve), msgspec.json.Decoder(_Nvd)
_CSAF, _KEV = msgspec.json.Decoder(_Csaf), msgspec.json.Decoder(_Kev)

KINDS: Mapping[str, Callable[[bytes], tuple[str, str]]] = MappingProxyType(
    {"osv": _of_osv, "cve": _of_cve, "nvd": _of_nvd, "csaf": _of_csaf, "kev": _of_kev}
)
"""Key and instant of a record, by its kind. Scores of EPSS are made here, not read."""


_PAGE, _WRAPPED = msgspec.json.Decoder(_Page), msgspec.json.Decoder(_Wrapped)
_ANNOTATED = msgspec.json.Decoder(_Annotated)


def unwrapped(kind: str, data: bytes) -> list[bytes]:
    """Return the records in a document of files that lie in a folder, as their publishers wrap them.

    Of the NVD these are its pages and feed files, an entry of one, and entries that were corrected by others, whose note
    names the CVE. Any other document is a record itself, or none.
    """
    if kind != "nvd":
        return [data]
    try:
        return [bytes(one.cve) for one in _PAGE.decode(data).vulnerabilities]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        found = _ANNOTATED.decode(data)
        about = {"id": found.about.cve_id, "lastModified": found.about.modified}
        return [msgspec.json.encode(about | found.cve)]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        return [bytes(_WRAPPED.decode(data).cve)]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return [data]


def record(kind: str, data: bytes) -> tuple[Record, datetime | None]:
    """Return a record as one line, and the instant it was last changed. Raises `BadRecord`."""
    if len(data) > MOST_RECORD:
        raise BadRecord(f"has more than {MOST_RECORD // (1024 * 1024)} MiB")
    try:
        key, changed = KINDS[kind](data)
        line = msgspec.json.format(data, indent=-1)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise BadRecord(f"is no record of {kind}: {problem}") from problem
    if not key.isprintable() or not key.strip():
        raise BadRecord("has an identifier that is none")
    return Record(key, line), instant(changed)


@dataclass(slots=True)
class Tally:
    """What came of a set of documents: how many were taken, the newest instant, and which were left out and why."""

    kind: str
    now: datetime
    taken: int = 0
    left_out: int = 0
    newest: datetime | None = None
    refused: list[tuple[str, str]] = field(default_factory=list)

    def take(self, name: str, data: bytes) -> list[Record]:
        """Return the record in `data`, in a list, or an empty one when it is none and was noted."""
        try:
            found, changed = record(self.kind, data)
        except BadRecord as problem:
            self.refuse(name, str(problem))
            return []
        self.taken += 1
        if changed is not None and changed <= self.now and (self.newest is None or changed > self.newest):
            self.newest = changed
        return [found]

    def check(self, url: str) -> None:
        """Raise `Broken` where more was left out than taken: that is no set of such records with a few bad ones in it."""
        if self.left_out > self.taken or not self.taken:
            first = f", the first: {self.refused[0][0]} {self.refused[0][1]}" if self.refused else ""
            raise Broken(url, f"holds {self.taken:,} records of {self.kind} and {self.left_out:,} that are none{first}")

    def refuse(self, name: str, reason: str) -> None:
        """Note that a document was left out; past `MOST_REFUSED` of them they are only counted."""
        self.left_out += 1
        if len(self.refused) < MOST_REFUSED:
            self.refused.append((name, reason))
