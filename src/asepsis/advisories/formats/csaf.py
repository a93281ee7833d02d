"""Advisories of any CSAF provider, 2.0 and 2.1: which products are affected, by name, by CPE or by package URL.

One document speaks of many vulnerabilities; each is a notice of its own. Branches of its product tree give vendor, product
and version; a full name gives all in one text. Versions and ranges are written in words more often than in any notation: what
cannot be read is undetermined.

Source: CSAF 2.0 and 2.1, 3.2.2 and 3.2.3.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from asepsis.advisories import cpe, names
from asepsis.advisories.advisory import Affected
from asepsis.advisories.formats.nvd import told
from asepsis.advisories.formats.record import VECTOR_KINDS, UnreadableAdvisoryError, decoded, distinct
from asepsis.advisories.notice import Notice, Platform, Product, Versions, scheme_of
from asepsis.advisories.packages import Identity, identity
from asepsis.advisories.versions import Interval, Scheme, above, written
from asepsis.advisories.versions.vers import merged
from asepsis.exchange.purl import PurlError
from asepsis.exchange.purl import parse as parse_purl

NO_VERSION = "it names the product without a version"
UNREAD = "its versions '{text}' cannot be ordered"
INVESTIGATED = "its publisher still looks into it"
MOST_DEPTH = 60
MOST_PRODUCTS = 200_000
_AFFECTED = ("known_affected", "first_affected", "last_affected")
_WITH_VERSION = re.compile(r"(.*?\S)[\s:,]+(?:version\s+|firmware\s+)?([vV]?\d+(?:\.\d+)+)", re.IGNORECASE)


class _Helper(msgspec.Struct):
    cpe: str | None = None
    purl: str | None = None
    purls: list[str] = []


class _Named(msgspec.Struct):
    product_id: str
    name: str = ""
    product_identification_helper: _Helper | None = None


class _Branch(msgspec.Struct):
    category: str = ""
    name: str = ""
    branches: list[_Branch] = []
    product: _Named | None = None


class _Relationship(msgspec.Struct):
    product_reference: str = ""
    relates_to_product_reference: str = ""
    full_product_name: _Named | None = None


class _Tree(msgspec.Struct):
    branches: list[_Branch] = []
    full_product_names: list[_Named] = []
    relationships: list[_Relationship] = []


class _Weakness(msgspec.Struct):
    id: str = ""


class _Score(msgspec.Struct):
    cvss_v2: dict[str, Any] | None = None
    cvss_v3: dict[str, Any] | None = None
    cvss_v4: dict[str, Any] | None = None


class _Metric(msgspec.Struct):
    content: _Score = msgspec.field(default_factory=_Score)


class _Id(msgspec.Struct):
    text: str = ""


class _Vulnerability(msgspec.Struct):
    cve: str | None = None
    ids: list[_Id] = []
    cwe: _Weakness | None = None
    cwes: list[_Weakness] = []
    scores: list[_Score] = []
    metrics: list[_Metric] = []
    product_status: dict[str, list[str]] = {}


class _Tracking(msgspec.Struct):
    id: str
    initial_release_date: str | None = None
    current_release_date: str | None = None


class _Publisher(msgspec.Struct):
    category: str = ""
    name: str = ""


class _About(msgspec.Struct):
    tracking: _Tracking
    publisher: _Publisher = msgspec.field(default_factory=_Publisher)


class _Record(msgspec.Struct):
    document: _About
    product_tree: _Tree = msgspec.field(default_factory=_Tree)
    vulnerabilities: list[_Vulnerability] = []


_DECODER = msgspec.json.Decoder(_Record)


@dataclass(frozen=True, slots=True)
class _Told:
    """A product of the tree, as its branches and its helper tell it; `versions` as they are written, with their category."""

    vendor: str | None
    name: str
    written: str | None
    is_range: bool = False
    helper: _Helper | None = None
    on: tuple[str, str | None] | None = None  # the product that it is a part of, or runs on: name and vendor


def read(data: bytes) -> tuple[Notice, ...]:
    """Return a notice for each vulnerability of a document. Raises `UnreadableAdvisoryError`."""
    found = decoded(data, _DECODER)
    tracking = found.document.tracking
    tree = _products_of(found)
    made: dict[str, tuple[Product, ...]] = {}
    for identifier, one in tree.items():
        made[identifier] = tuple(_made(one))
    return tuple(_notice(tracking, at, one, tree, made) for at, one in enumerate(found.vulnerabilities, 1))


def _notice(
    tracking: _Tracking, at: int, one: _Vulnerability, tree: dict[str, _Told], made: dict[str, tuple[Product, ...]]
) -> Notice:
    listed = [each for status in _AFFECTED for each in one.product_status.get(status, ())]
    waiting = one.product_status.get("under_investigation", ())
    open_ones = [
        each._replace(versions=Versions(doubt=INVESTIGATED)) for name in waiting for each in made.get(name, ())
    ]
    scores = (*one.scores, *(each.content for each in one.metrics))
    return Notice(
        tracking.id,
        one.cve or next((each.text for each in one.ids if each.text), f"{tracking.id} #{at}"),
        tracking.initial_release_date,
        tracking.current_release_date,
        severity=distinct(each for score in scores for each in _vectors(score)),
        weaknesses=distinct(each.id for each in (*([one.cwe] if one.cwe else ()), *one.cwes) if each.id),
        products=distinct((*(each for name in listed for each in made.get(name, ())), *open_ones)),
        packages=tuple(_packages(listed, one.product_status.get("fixed", ()), tree)),
    )


def _vectors(score: _Score) -> Iterator[tuple[str, str]]:
    for version, found in (("4", score.cvss_v4), ("3", score.cvss_v3), ("2", score.cvss_v2)):
        vector = (found or {}).get("vectorString")
        if isinstance(vector, str) and vector:
            yield VECTOR_KINDS[version], vector


# --- the product tree ---------------------------------------------------------------------------------------------------


def _products_of(record: _Record) -> dict[str, _Told]:
    """Return each product of a document by its id."""
    publisher = record.document.publisher
    vendor = publisher.name if publisher.category == "vendor" else None
    found: dict[str, _Told] = {}
    waiting: list[tuple[_Branch, _Told, int]] = [
        (one, _Told(None, "", None), 1) for one in reversed(record.product_tree.branches)
    ]
    while waiting:
        branch, above_it, depth = waiting.pop()
        here = _beneath(branch, above_it)
        if depth >= MOST_DEPTH or len(found) >= MOST_PRODUCTS:
            name = record.document.tracking.id
            raise UnreadableAdvisoryError(record=name, reason="its product tree is deeper or larger than any product")
        if branch.product is not None:
            found[branch.product.product_id] = _with_helper(here, branch.product, vendor)
        waiting += [(one, here, depth + 1) for one in reversed(branch.branches)]
    for named in record.product_tree.full_product_names:
        found[named.product_id] = _of_full_name(named, vendor)
    for one in record.product_tree.relationships:
        part, whole = found.get(one.product_reference), found.get(one.relates_to_product_reference)
        if one.full_product_name is not None and part is not None and whole is not None:
            found[one.full_product_name.product_id] = _Told(
                part.vendor, part.name, part.written, part.is_range, part.helper, (whole.name, whole.vendor)
            )
    return found


def _beneath(branch: _Branch, above_it: _Told) -> _Told:
    """Return what a branch adds to what stands above it."""
    match branch.category:
        case "vendor":
            return _Told(branch.name, above_it.name, above_it.written, above_it.is_range)
        case "product_name":
            return _Told(above_it.vendor, branch.name, above_it.written, above_it.is_range)
        case "product_family":
            return _Told(above_it.vendor, above_it.name or branch.name, above_it.written, above_it.is_range)
        case "product_version" | "service_pack" | "patch_level":
            text = branch.name if above_it.written is None else f"{above_it.written} {branch.name}"
            return _Told(above_it.vendor, above_it.name, text)
        case "product_version_range":
            return _Told(above_it.vendor, above_it.name, branch.name, is_range=True)
    return above_it


def _with_helper(told_of: _Told, product: _Named, vendor: str | None) -> _Told:
    name = told_of.name or product.name
    helper = product.product_identification_helper
    return _Told(told_of.vendor or vendor, name, told_of.written, told_of.is_range, helper)


def _of_full_name(product: _Named, vendor: str | None) -> _Told:
    """Return what a name in one text tells: a version at its end is taken for one."""
    found = _WITH_VERSION.fullmatch(product.name.strip())
    name, version = (found[1], found[2]) if found is not None else (product.name, None)
    return _Told(vendor, name, version, False, product.product_identification_helper)


def _made(one: _Told) -> Iterator[Product]:
    """Yield a product by the name that its publisher gives to it, and by its CPE where it has one."""
    needs = ((Platform(one.on[1], one.on[0]),),) if one.on is not None else ()
    name = cpe.parse(one.helper.cpe) if one.helper is not None and one.helper.cpe else None
    if name is not None:
        text, is_range = one.written, one.is_range
        if text is None and told(name.version) is not None:
            text, is_range = name.version, False
        versions = _versions(text, is_range, scheme_of(name.vendor, name.product))
        yield Product(name.vendor, name.product, versions, told(name.target), needs)
    if names.named(one.name) is not None:
        versions = _versions(one.written, one.is_range, scheme_of(one.vendor, one.name))
        yield Product(names.named(one.vendor), one.name, versions, None, needs, is_watched=True)


def _versions(text: str | None, is_range: bool, scheme: Scheme) -> Versions:
    if text is None:
        return Versions(doubt=NO_VERSION)
    key = None if is_range else scheme.key(text)
    if key is not None:
        return Versions((Interval(key, above(key)),))
    found = written.intervals(text, scheme)
    if found is not None:
        return Versions(merged(found))
    doubt = UNREAD.format(text=text[:80])
    sign, version = written.bound(text) or ("=", text)
    if sign in ("<", ">"):
        return Versions(clear_texts=(version,), doubt=doubt)
    return Versions(texts=(version,), doubt=doubt)


# --- packages -----------------------------------------------------------------------------------------------------------


def _packages(affected: Iterable[str], fixed: Iterable[str], tree: dict[str, _Told]) -> Iterator[Affected]:
    """Yield the packages that package URLs name: their versions one by one."""
    repairs: dict[tuple[str, str], list[str]] = {}
    for identifier in fixed:
        for found in _identities(tree.get(identifier)):
            if found.version is not None:
                repairs.setdefault((found.ecosystem, found.name), []).append(found.version)
    for identifier in affected:
        one = tree.get(identifier)
        for found in _identities(one):
            told_of = None if one is None else one.written
            versions = _of_package(found, told_of, one is not None and one.is_range)
            fixes = tuple(repairs.get((found.ecosystem, found.name), ()))
            place = (found.ecosystem, found.release, found.name)
            said = found.version or told_of or ""
            yield Affected(*place, versions.affected, (), versions.texts, fixes, versions.doubt, said)


def _of_package(found: Identity, told_of: str | None, is_range: bool) -> Versions:
    """Return the versions of a package: that of its package URL, else what its branches tell."""
    text, scheme = found.version or told_of, found.scheme
    if scheme is None and text is not None:
        return Versions(texts=(text,), doubt=UNREAD.format(text=text[:80]))
    return Versions(doubt=NO_VERSION) if scheme is None else _versions(text, found.version is None and is_range, scheme)


def _identities(one: _Told | None) -> Iterator[Identity]:
    """Yield the packages that the helper of a product names."""
    if one is None or one.helper is None:
        return
    for text in dict.fromkeys(filter(None, (one.helper.purl, *one.helper.purls))):
        try:
            found = identity(parse_purl(text))
        except PurlError:
            continue
        if found is not None:
            yield found
