"""Records of the CVE list (JSON 5), with what others added to them: CISA's Vulnrichment, with SSVC, among these.

Versions are read as the programme's own rules say: each entry is a version or a range with a status, changes turn the status
on the way, and for all other versions the default counts. Where the default is not told, the record leaves them open.

Source: github.com/CVEProject/cve-schema, docs/versions.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

import msgspec

from asepsis.advisories import cpe, names
from asepsis.advisories.advisory import Affected
from asepsis.advisories.formats import nvd
from asepsis.advisories.formats.record import VECTOR_KINDS, UnreadableAdvisoryError, decoded, distinct
from asepsis.advisories.notice import Notice, Product, Rest, Ssvc, Versions, scheme_of
from asepsis.advisories.packages import Identity, identity, name_of
from asepsis.advisories.versions import LOWEST, Interval, Scheme, above, written
from asepsis.advisories.versions.vers import merged
from asepsis.exchange.purl import PurlError
from asepsis.exchange.purl import parse as parse_purl

ONLY_COMMITS = "it names commits alone"
NO_VERSIONS = "it names no versions"
NOT_KNOWN = "its publisher does not know whether this version is affected"
UNREAD = "its versions '{text}' cannot be ordered"
MOST_CONTAINERS = 64

_NOTHING = frozenset(("", "-", "0", "*", "n/a", "na", "unspecified", "unknown", "none", "null"))
_ENDLESS = _NOTHING - {"0"}
_UNTOLD = frozenset(("", "-", "n/a", "na", "unspecified", "unknown", "none", "null", "various", "multiple"))
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_CWE = re.compile(r"CWE-\d{1,6}")
_REGISTRIES = {
    "crates": "crates.io",
    "maven": "Maven",
    "npmjs": "npm",
    "nuget": "NuGet",
    "packagist": "Packagist",
    "pypi": "PyPI",
    "rubygems": "RubyGems",
}
"""OSV's ecosystem by a part of the host that collects packages."""


class _Change(msgspec.Struct):
    at: str = ""
    status: str = ""


class _Version(msgspec.Struct):
    version: str = ""
    status: str = "affected"
    versionType: str = ""  # noqa: N815 - the names of the format
    lessThan: str | None = None  # noqa: N815
    lessThanOrEqual: str | None = None  # noqa: N815
    changes: list[_Change] = []

    @property
    def is_single(self) -> bool:
        """Return whether it is one version, and no range."""
        return self.lessThan is None and self.lessThanOrEqual is None and not self.changes


class _Affected(msgspec.Struct):
    vendor: str | None = None
    product: str | None = None
    packageName: str | None = None  # noqa: N815
    packageURL: str | None = None  # noqa: N815
    collectionURL: str | None = None  # noqa: N815
    defaultStatus: str = ""  # noqa: N815
    versions: list[_Version] = []
    cpes: list[str] = []


class _Cvss(msgspec.Struct):
    vectorString: str = ""  # noqa: N815


class _Other(msgspec.Struct):
    type: str = ""
    content: Any = None


class _Metric(msgspec.Struct):
    cvssV2_0: _Cvss | None = None  # noqa: N815
    cvssV3_0: _Cvss | None = None  # noqa: N815
    cvssV3_1: _Cvss | None = None  # noqa: N815
    cvssV4_0: _Cvss | None = None  # noqa: N815
    other: _Other | None = None


class _Described(msgspec.Struct):
    cweId: str = ""  # noqa: N815
    description: str = ""


class _ProblemType(msgspec.Struct):
    descriptions: list[_Described] = []


class _Container(msgspec.Struct):
    affected: list[_Affected] = []
    metrics: list[_Metric] = []
    problemTypes: list[_ProblemType] = []  # noqa: N815
    cpeApplicability: list[nvd.Configuration] = []  # noqa: N815


class _Containers(msgspec.Struct):
    cna: _Container = msgspec.field(default_factory=_Container)
    adp: list[_Container] = []


class _Metadata(msgspec.Struct):
    cveId: str  # noqa: N815
    state: str = "PUBLISHED"
    datePublished: str | None = None  # noqa: N815
    dateUpdated: str | None = None  # noqa: N815


class _Record(msgspec.Struct):
    cveMetadata: _Metadata  # noqa: N815
    containers: _Containers = msgspec.field(default_factory=_Containers)


_DECODER = msgspec.json.Decoder(_Record)


def read(data: bytes) -> tuple[Notice, ...]:
    """Return what a record says, as the one notice of a tuple; of a rejected one no more than that it is.

    Raises `UnreadableAdvisoryError`.
    """
    found = decoded(data, _DECODER)
    about = found.cveMetadata
    if about.state.upper() == "REJECTED":
        return (Notice(about.cveId, about.cveId, about.datePublished, about.dateUpdated, is_rejected=True),)
    containers = (found.containers.cna, *found.containers.adp)
    if len(containers) > MOST_CONTAINERS:
        raise UnreadableAdvisoryError(record=about.cveId, reason=f"it has more than {MOST_CONTAINERS} containers")
    entries = [one for each in containers for one in each.affected]
    applicable = [one for each in containers for one in each.cpeApplicability]
    notice = Notice(
        about.cveId,
        about.cveId,
        about.datePublished,
        about.dateUpdated,
        severity=distinct(one for each in containers for one in _vectors(each.metrics)),
        weaknesses=distinct(one for each in containers for one in _weaknesses(each.problemTypes)),
        ssvc=next((one for each in reversed(containers) for one in _ssvc(each.metrics)), None),
        products=distinct((*(one for each in entries for one in _products(each)), *nvd.products(applicable))),
        packages=distinct(one for each in entries for one in _packages(each)),
    )
    return (notice,)


# --- ratings ------------------------------------------------------------------------------------------------------------


def _vectors(metrics: Iterable[_Metric]) -> Iterator[tuple[str, str]]:
    for one in metrics:
        for version, told in (("4", one.cvssV4_0), ("3", one.cvssV3_1), ("3", one.cvssV3_0), ("2", one.cvssV2_0)):
            if told is not None and told.vectorString:
                yield VECTOR_KINDS[version], told.vectorString


def _weaknesses(types: Iterable[_ProblemType]) -> Iterator[str]:
    for one in types:
        for told in one.descriptions:
            if found := _CWE.search(told.cweId or told.description):
                yield found[0]


def _ssvc(metrics: Iterable[_Metric]) -> Iterator[Ssvc]:
    """Yield the answers of SSVC; their names and values are written in any case."""
    for one in metrics:
        content = one.other.content if one.other is not None and one.other.type.lower() == "ssvc" else None
        options = content.get("options") if isinstance(content, dict) else None
        if not isinstance(content, dict) or not isinstance(options, list):
            continue
        answers = {
            name.lower(): value.lower()
            for option in options
            if isinstance(option, dict)
            for name, value in option.items()
            if isinstance(value, str)
        }
        day = content.get("timestamp")
        yield Ssvc(
            answers.get("exploitation"),
            answers.get("automatable"),
            answers.get("technical impact"),
            day[:10] if isinstance(day, str) else None,
        )


# --- products and packages ----------------------------------------------------------------------------------------------


def _products(entry: _Affected) -> Iterator[Product]:
    """Yield a product for each name that an entry gives to it: its own, and those of its CPEs."""
    told = {(found.vendor, found.product, found.target) for one in entry.cpes if (found := cpe.parse(one)) is not None}
    vendor, name = names.named(entry.vendor), names.named(entry.product) or names.named(entry.packageName)
    named: list[tuple[str | None, str, str | None]] = [
        (one, other, nvd.told(target)) for one, other, target in sorted(told)
    ]
    if name is not None and names.key(name) not in {names.key(one) for _, one, _ in named}:
        named.append((vendor, name, None))
    read: dict[str, Versions] = {}
    for vendor_of, name_of_product, runs_with in named:
        scheme = scheme_of(vendor_of, name_of_product)
        if scheme.name not in read:
            read[scheme.name] = _versions(entry, scheme)
        yield Product(vendor_of, name_of_product, read[scheme.name], runs_with)


def _packages(entry: _Affected) -> Iterator[Affected]:
    """Yield the package that an entry identifies, where it says what counts for the versions that it does not name."""
    found = _identity(entry)
    if found is None or entry.defaultStatus.lower() not in ("affected", "unaffected"):
        return
    scheme = found.scheme
    fixed = distinct(
        one.lessThan for one in entry.versions if one.status == "affected" and one.lessThan and one.lessThan != "*"
    )
    if scheme is None:
        return
    versions = _versions(entry, scheme)
    affected = versions.affected
    if versions.rest == "affected":
        affected = merged((*affected, *_outside(versions.clear)))
    doubt = versions.doubt or versions.why_unsure or None
    said = "; ".join([*sorted(map(_said, entry.versions)), f"others {entry.defaultStatus.lower()}"])
    yield Affected(found.ecosystem, found.release, found.name, affected, (), versions.texts, fixed, doubt, said)


def _said(one: _Version) -> str:
    """Return one entry of the versions of a record as text."""
    ends = [f"<{one.lessThan}" if one.lessThan else "", f"<={one.lessThanOrEqual}" if one.lessThanOrEqual else ""]
    begin = f">={one.version}" if any(ends) else f"={one.version}"
    changes = [f"{each.status} from {each.at}" for each in one.changes]
    return " ".join(filter(None, (one.status.lower(), begin, *ends, *changes)))


def _identity(entry: _Affected) -> Identity | None:
    if entry.packageURL:
        try:
            return identity(parse_purl(entry.packageURL))
        except PurlError:
            return None
    if not entry.collectionURL or not entry.packageName:
        return None
    try:
        labels = (urlsplit(entry.collectionURL).hostname or "").split(".")
    except ValueError:
        return None
    ecosystem = next((_REGISTRIES[one] for one in labels if one in _REGISTRIES), None)
    return None if ecosystem is None else Identity(ecosystem, name_of(ecosystem, entry.packageName))


def _outside(intervals: Iterable[Interval]) -> Iterator[Interval]:
    """Yield all that lies in none of some intervals."""
    low: bytes | None = LOWEST
    for one in merged(intervals):
        assert low is not None
        if low < one.low:
            yield Interval(low, one.low)
        low = one.high
        if low is None:
            return
    assert low is not None
    yield Interval(low, None)


# --- versions -----------------------------------------------------------------------------------------------------------

_STATUSES = {"affected": "affected", "unaffected": "clear"}
_RESTS: dict[str, Rest] = {"affected": "affected", "unaffected": "clear"}


def _versions(entry: _Affected, scheme: Scheme) -> Versions:
    """Return which versions an entry says are affected, in keys of `scheme`."""
    rest = _RESTS.get(entry.defaultStatus.lower(), "open")
    reading = _Reading(scheme, rest)
    told = [one for one in entry.versions if one.versionType.lower() != "git" and not _COMMIT.fullmatch(one.version)]
    for one in told:
        reading.take(one)
    if not entry.versions and not entry.defaultStatus:
        reading.doubt = NO_VERSIONS
    elif entry.versions and not told:
        reading.doubt = ONLY_COMMITS
    affected, clear, unsure = (merged(reading.spans[one]) for one in ("affected", "clear", "unsure"))
    texts, clear_texts = (tuple(reading.texts[one]) for one in ("affected", "clear"))
    return Versions(affected, clear, unsure, texts, clear_texts, rest, reading.doubt, reading.why_unsure)


class _Reading:
    """The entries of a product, as they are read one by one."""

    def __init__(self, scheme: Scheme, rest: Rest) -> None:
        self.scheme, self.rest = scheme, rest
        self.spans: dict[str, list[Interval]] = {"affected": [], "clear": [], "unsure": []}
        self.texts: dict[str, list[str]] = {"affected": [], "clear": [], "unsure": []}
        self.doubt: str | None = None
        self.why_unsure = ""

    def take(self, one: _Version) -> None:
        """Add an entry: what it says, or what of it cannot be told."""
        pieces, unread = _pieces(one, self.scheme)
        own = _STATUSES.get(one.status.lower(), "unsure")
        if unread is None:
            for status, interval in pieces:
                kept = _STATUSES.get(status.lower(), "unsure")
                self.spans[kept].append(interval)
                self.why_unsure = self.why_unsure or (NOT_KNOWN if kept == "unsure" else "")
        elif own == self.rest and not one.changes:
            return  # it says of some versions what counts for all others anyhow
        elif pieces:
            self.spans["unsure"] += [interval for _, interval in pieces]
            self.why_unsure = UNREAD.format(text=unread[:80])
        elif own != "unsure" and one.is_single and _is_one_version(unread):
            self.texts[own].append(unread)
        else:
            self.doubt = NO_VERSIONS if unread.lower() in _UNTOLD else UNREAD.format(text=unread[:80])


def _is_one_version(text: str) -> bool:
    """Return whether a text that nobody orders is the name of one version, and no range in words."""
    return not re.search(r"[\s<>=,|]", text) and text.lower() not in _UNTOLD


def _pieces(one: _Version, scheme: Scheme) -> tuple[list[tuple[str, Interval]], str | None]:
    """Return the intervals of an entry with the status of each, and what of it cannot be ordered: the whole lies in them."""
    if one.is_single:
        return _named(one, scheme)
    unread = [change.at or "without a version" for change in one.changes if scheme.key(change.at) is None]
    low = LOWEST if one.version.lower() in _NOTHING else scheme.key(one.version)
    if low is None:
        low, unread = LOWEST, [one.version]
    limit = one.lessThan if one.lessThan is not None else one.lessThanOrEqual
    high = None if limit is None or limit.lower() in _ENDLESS else written.above_family(limit) or scheme.key(limit)
    if limit is not None and limit.lower() not in _ENDLESS and high is None:
        unread = [limit]
    if one.lessThan is None and high is not None and not high.endswith(written.FAMILY_END):
        high = above(high)
    if unread:
        return [("", Interval(low, high))], unread[0]
    keyed = sorted((scheme.key(change.at) or LOWEST, change.status) for change in one.changes)
    turns = [(max(at, low), status) for at, status in keyed]  # one before the beginning has turned there already
    return list(_turned([(low, one.status), *turns], high)), None


def _turned(turns: Sequence[tuple[bytes, str]], high: bytes | None) -> Iterator[tuple[str, Interval]]:
    """Yield the intervals between turns of the status, up to the end."""
    ends: list[bytes | None] = [*(at for at, _ in turns[1:]), None]
    for (begun, status), end in zip(turns, ends, strict=True):
        last = high if end is None else end if high is None else min(end, high)
        if last is None or begun < last:
            yield status, Interval(begun, last)


def _named(one: _Version, scheme: Scheme) -> tuple[list[tuple[str, Interval]], str | None]:
    """Return the one version of an entry, or the range that somebody wrote into its place."""
    key = scheme.key(one.version)
    if key is not None:
        return [(one.status, Interval(key, above(key)))], None
    if one.version.lower() in _UNTOLD:
        return [], one.version
    found = written.intervals(one.version, scheme)
    return ([], one.version) if found is None else ([(one.status, each) for each in found], None)
