"""Records of the NVD (API 2.0 and its feed files): configurations of CPE names, ratings and weaknesses.

A configuration is a tree of three levels: nodes joined by AND or OR, each of them names joined by AND or OR. A name that is
vulnerable is a candidate; whatever an AND asks for besides has to be there as well. What is negated tells where it is not so.

Source: csrc.nist.gov/schema/nvd/api/2.0; NIST IR 7698 (applicability).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from asepsis.advisories import cpe
from asepsis.advisories.cpe import ANY, NONE, Cpe
from asepsis.advisories.formats.record import VECTOR_KINDS, decoded, distinct
from asepsis.advisories.notice import Notice, Platform, Product, Versions, scheme_of
from asepsis.advisories.versions import LOWEST, Interval, Scheme, above
from asepsis.advisories.versions.vers import merged

NO_VERSION = "it names the product without a version"
UNREAD = "its versions '{text}' cannot be ordered"
PATCH_LEVEL = "patch levels of its version are affected, and the bill does not tell which it is"
NEGATED = "its configuration says where it is not so"
MOST_NAMES = 20_000


class _Match(msgspec.Struct):
    criteria: str
    vulnerable: bool = True
    versionStartIncluding: str | None = None  # noqa: N815 - the names of the format
    versionStartExcluding: str | None = None  # noqa: N815
    versionEndIncluding: str | None = None  # noqa: N815
    versionEndExcluding: str | None = None  # noqa: N815


class _Node(msgspec.Struct):
    operator: str = "OR"
    negate: bool = False
    cpeMatch: list[_Match] = []  # noqa: N815


class Configuration(msgspec.Struct):
    """A configuration as the NVD and records of the CVE list write it."""

    nodes: list[_Node] = []
    operator: str = "OR"
    negate: bool = False


class _CvssData(msgspec.Struct):
    vectorString: str = ""  # noqa: N815
    version: str = ""


class _Metric(msgspec.Struct):
    cvssData: _CvssData  # noqa: N815


class _Value(msgspec.Struct):
    value: str = ""


class _Weakness(msgspec.Struct):
    description: list[_Value] = []


class _Record(msgspec.Struct):
    id: str
    published: str | None = None
    lastModified: str | None = None  # noqa: N815
    vulnStatus: str = ""  # noqa: N815
    metrics: dict[str, list[_Metric]] = {}
    weaknesses: list[_Weakness] = []
    configurations: list[Configuration] = []


_DECODER = msgspec.json.Decoder(_Record)


def read(data: bytes) -> tuple[Notice, ...]:
    """Return what a record says, as the one notice of a tuple. Raises `UnreadableAdvisoryError`."""
    found = decoded(data, _DECODER)
    vectors = (one.cvssData for each in found.metrics.values() for one in each)
    weaknesses = (one.value for each in found.weaknesses for one in each.description)
    is_rejected = found.vulnStatus.lower() == "rejected"
    notice = Notice(
        found.id,
        found.id,
        found.published,
        found.lastModified,
        is_rejected,
        distinct(
            (VECTOR_KINDS[one.version[:1]], one.vectorString)
            for one in vectors
            if one.version[:1] in VECTOR_KINDS and one.vectorString
        ),
        distinct(one for one in weaknesses if one.startswith("CWE-")),
        products=() if is_rejected else tuple(products(found.configurations)),
    )
    return (notice,)


_CONFIGURATIONS = msgspec.json.Decoder(list[Configuration])


def configurations(data: bytes) -> list[Configuration]:
    """Return the configurations that stand in a list by themselves. Raises `UnreadableAdvisoryError`."""
    return decoded(data, _CONFIGURATIONS)


def products(configurations: Iterable[Configuration]) -> Iterator[Product]:
    """Yield each product that configurations call vulnerable, with all its versions, and what has to be there as well."""
    for one in configurations:
        for at, node in enumerate(one.nodes):
            if node.negate:
                continue
            others = _beside(one, at) if one.operator.upper() == "AND" else ()
            yield from _of_node(node, others, one.negate)


Needs = tuple[tuple[Platform, ...], ...]


def _beside(configuration: Configuration, at: int) -> Needs:
    """Return what the other nodes of a configuration ask for."""
    found: list[tuple[Platform, ...]] = []
    for n, node in enumerate(configuration.nodes):
        if n == at or node.negate:
            continue
        platforms = [_platform(one) for one in _parsed(node)]
        found += [(one,) for one in platforms] if node.operator.upper() == "AND" else [tuple(dict.fromkeys(platforms))]
    return distinct(one for one in found if one)


def _platform(one: tuple[_Match, Cpe]) -> Platform:
    return Platform(one[1].vendor, one[1].product)


def _parsed(node: _Node) -> list[tuple[_Match, Cpe]]:
    return [(one, name) for one in node.cpeMatch[:MOST_NAMES] if (name := cpe.parse(one.criteria)) is not None]


def _of_node(node: _Node, others: Needs, is_negated: bool) -> Iterator[Product]:
    parsed = _parsed(node)
    wanted: dict[tuple[str, str, str], list[tuple[_Match, Cpe]]] = {}
    for match, name in parsed:
        if match.vulnerable and (name.vendor, name.product) != ("null", "null"):
            wanted.setdefault((name.vendor, name.product, name.target), []).append((match, name))
    for (vendor, product, target), matches in wanted.items():
        needs = others
        if node.operator.upper() == "AND":
            beside = (_platform(one) for one in parsed if (one[1].vendor, one[1].product) != (vendor, product))
            needs = distinct((*others, *((one,) for one in beside)))
        versions = _versions(matches, scheme_of(vendor, product))
        if is_negated:
            versions = Versions(doubt=NEGATED)
        yield Product(vendor, product, versions, told(target), needs)


def told(value: str) -> str | None:
    """Return an attribute of a name; `None` where it stands for any value or none."""
    return None if value in (ANY, NONE) else value


def _versions(matches: Sequence[tuple[_Match, Cpe]], scheme: Scheme) -> Versions:
    """Return the versions that names of one product cover together."""
    affected: list[Interval] = []
    unsure: list[Interval] = []
    texts: list[str] = []
    doubt, why_unsure = None, ""
    for match, name in matches:
        if name.version == NONE:
            doubt = NO_VERSION
        elif name.version == ANY:
            found, unread = _between(match, scheme)
            (affected if unread is None else unsure).append(found)
            why_unsure = why_unsure if unread is None else UNREAD.format(text=unread[:80])
        elif _take_exact(name, scheme, affected, unsure, texts):
            why_unsure = why_unsure or PATCH_LEVEL
    return Versions(merged(affected), (), merged(unsure), tuple(texts), doubt=doubt, why_unsure=why_unsure)


def _between(match: _Match, scheme: Scheme) -> tuple[Interval, str | None]:
    """Return the interval of a match, and the bound that cannot be ordered: it may then end anywhere before the interval does."""
    unread: list[str] = []

    def key(bound: str | None) -> bytes | None:
        found = None if bound is None else scheme.key(bound)
        if bound is not None and found is None:
            unread.append(bound)
        return found

    from_, behind = key(match.versionStartIncluding), key(match.versionStartExcluding)
    to, below = key(match.versionEndIncluding), key(match.versionEndExcluding)
    low = max(from_ or LOWEST, LOWEST if behind is None else above(behind))
    highs = [one for one in (None if to is None else above(to), below) if one is not None]
    return Interval(low, min(highs, default=None)), unread[0] if unread else None


def _take_exact(name: Cpe, scheme: Scheme, affected: list[Interval], unsure: list[Interval], texts: list[str]) -> bool:
    """Add the one version that a name gives; return whether it is a patch level, which makes the version itself unsure."""
    version = name.version if name.update in (ANY, NONE) else f"{name.version}-{name.update}"
    key, whole = scheme.key(version), scheme.key(name.version)
    if key is not None:
        affected.append(Interval(key, above(key)))
        return False
    texts.append(version)
    if name.update in (ANY, NONE) or whole is None:
        return False
    unsure.append(Interval(whole, above(whole)))
    return True
