"""Vulnerabilities that a component may have by its CPE or its name: candidates, which a person confirms.

Names of products are no identities: half of the products that share nothing but a name are others. So candidates are kept
apart from what is found by package, and each says what speaks for it. They are looked for by the CPE of a component; by
its name and supplier only where no feed could be asked for its package.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from asepsis.advisories import cpe, names, notices
from asepsis.advisories.cpe import Cpe
from asepsis.advisories.findings import Candidate, Kinship, Result
from asepsis.advisories.notice import Platform, Versions, scheme_of
from asepsis.advisories.notices import NEEDS, VERSIONS, Rated, Tables
from asepsis.exchange.facts import Component
from asepsis.exchange.purl import Purl, PurlError, parse

IN_RANGE = "its version lies in the affected range"
NAMED = "its version is named as affected"
OUTSIDE = "its version lies outside the affected range"
NO_VERSION = "the bill names no version of it"
NO_KEY = "its version {version} cannot be ordered"
NEEDED = "it holds only together with {platforms}, which the bill does not list"

_TARGETS: Mapping[str, frozenset[str]] = {
    "cargo": frozenset(("rust",)),
    "composer": frozenset(("php", "composer")),
    "gem": frozenset(("gem", "rails", "ruby")),
    "golang": frozenset(("go",)),
    "hex": frozenset(("elixir", "erlang")),
    "maven": frozenset(("java", "maven")),
    "npm": frozenset(("node.js", "nodejs")),
    "nuget": frozenset((".net", "dotnet", "asp.net")),
    "pub": frozenset(("dart", "flutter")),
    "pypi": frozenset(("python",)),
}
"""What the NVD calls the software that packages of a type run with."""

_PUBLISHERS = frozenset(("composer", "golang", "maven", "npm"))
"""Types whose namespace is who publishes the package."""

_NO_PUBLISHER = frozenset(
    ("com", "dev", "github", "gitlab", "io", "net", "org")
)  # words of namespaces that name nobody

_BY_KINSHIP = tuple(Kinship)
_BY_WEIGHT = (Result.AFFECTED, Result.UNDETERMINED)


@dataclass(slots=True)
class Sought:
    """A component of a bill that is looked for by names. `known` are names of the vulnerabilities found by package.

    `by_name`: no feed could be asked for its package, so its name alone has to do.
    """

    at: int
    component: Component
    by_name: bool
    known: frozenset[str] = frozenset()
    related: bool = False  # whether products of its name run with its software
    cpe: Cpe | None = field(init=False)
    purl: Purl | None = field(init=False)
    said: list[_Said] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.cpe = cpe.parse(self.component.cpe) if self.component.cpe else None
        self.purl = _purl(self.component)

    @property
    def targets(self) -> frozenset[str]:
        """Return what the NVD calls the software that it runs with; nothing where its type does not tell."""
        return _TARGETS.get(self.purl.type, frozenset()) if self.purl is not None else frozenset()

    @property
    def supplier(self) -> str | None:
        """Return who is told to have made it: by the bill, else by its CPE."""
        return self.component.supplier or (self.cpe.vendor if self.cpe is not None else None)


def _purl(component: Component) -> Purl | None:
    try:
        return None if component.purl is None else parse(component.purl)
    except PurlError:
        return None


class _Said(NamedTuple):
    """What one record says of a component that bears the name of one of its products."""

    vulnerability: str
    record: str
    source: str
    vendor: str | None
    product: str
    target: str | None
    kinship: Kinship
    result: Result | None  # None: the record leaves this version open
    reason: str


class Found(NamedTuple):
    """The candidates of a bill, best first, and how many vulnerabilities leave open each component, by its place.

    `below` counts those that are not among them, since next to nothing speaks for them, by their kinship.
    """

    candidates: tuple[Candidate, ...]
    left_open: Mapping[int, int]
    below: Mapping[Kinship, int]


_SOUGHT = "CREATE TEMP TABLE sought (n INTEGER, folded TEXT, vendor TEXT)"
_SAID = """
SELECT s.n, p.vendor, p.name, p.target, p.versions, p.needs, p.watched, o.name, o.record, o.source
FROM sought s CROSS JOIN product p ON p.folded = s.folded AND (s.vendor IS NULL OR (p.vendor = s.vendor AND p.watched))
JOIN notice o ON o.id = p.notice
"""
_RUN_WITH = """
SELECT DISTINCT s.n, p.target FROM sought s CROSS JOIN product p ON p.folded = s.folded
WHERE s.vendor IS NULL AND p.target IS NOT NULL
"""
_WATCHED = "SELECT DISTINCT p.vendor, p.name FROM watch w JOIN product p ON p.id = w.product WHERE w.word = ?"


def find(index: Tables, sought: Sequence[Sought], bill: Iterable[Component], *, every: bool = False) -> Found:
    """Return what records that name products say of components; `bill` is all of it, for what has to be there as well.

    With `every`, candidates are also listed that have next to nothing but a name, or signs against them.
    """
    if not sought:
        return Found((), {}, {})
    there = _Platforms.of(bill)
    _ask(index, sought)
    for n, target in index.execute(_RUN_WITH):
        sought[n].related |= target in sought[n].targets
    for row in index.execute(_SAID):
        n, vendor, name, target, versions, needs, watched, vulnerability, record, source = row
        one = sought[n]
        kinship = _kinship(one, vendor, name, target, bool(watched))
        if kinship is None or vulnerability in one.known:
            continue
        scheme = scheme_of(vendor, name)
        version = _version(one)
        key = None if version is None else scheme.key(version)
        result, reason = judged(VERSIONS.decode(versions), version, key)
        if result is Result.AFFECTED and needs is not None and (missing := there.missing(NEEDS.decode(needs))):
            result, reason = Result.UNDETERMINED, NEEDED.format(platforms=missing)
        one.said.append(_Said(vulnerability, record, source, vendor, name, target, kinship, result, reason))
    ratings = _ratings(index, sought)
    found, below = list[Candidate](), Counter[Kinship]()
    for one in sought:
        for each in _candidates(one, ratings):
            if every or _is_listed(one, each.kinship):
                found.append(each)
            else:
                below[each.kinship] += 1
    found.sort(key=_rank)
    return Found(tuple(found), {one.at: count for one in sought if (count := _left_open(one))}, below)


def _is_listed(one: Sought, kinship: Kinship) -> bool:
    """Return whether enough speaks for a candidate to be looked at. A name alone is enough for what comes from no registry."""
    return kinship not in _AGAINST and not (kinship is Kinship.NAME and one.targets)


_AGAINST = (Kinship.FOREIGN, Kinship.OTHER_TARGET)


def _ask(index: Tables, sought: Sequence[Sought]) -> None:
    """Put the names that each component is looked for by where the join finds them."""
    rows: list[tuple[int, str, str | None]] = []
    watched: dict[str, list[tuple[str, str]]] = {}
    for n, one in enumerate(sought):
        own = one.cpe.product if one.cpe is not None else one.component.name if one.by_name else ""
        if folded := names.key(own):
            rows.append((n, folded, None))
        if one.by_name and one.supplier is not None:
            for word in {form[0] for form in names.vendor_forms(one.supplier)}:
                if word not in watched:
                    watched[word] = list(index.execute(_WATCHED, (word,)))
                rows += _similar(n, one, folded, watched[word])
    index.execute("DROP TABLE IF EXISTS temp.sought")
    index.execute(_SOUGHT)
    index.executemany("INSERT INTO sought VALUES (?, ?, ?)", dict.fromkeys(rows))


def _similar(n: int, one: Sought, folded: str, watched: Iterable[tuple[str, str]]) -> Iterator[tuple[int, str, str]]:
    """Yield the watched products whose names share all telling words with a component's, other than its own name."""
    assert one.supplier is not None
    for vendor, name in watched:
        other = names.key(name)
        if other != folded and names.is_same_vendor(one.supplier, vendor):
            own, theirs = names.telling_words(one.component.name, vendor), names.telling_words(name, vendor)
            if names.is_similar_product(own, theirs):
                yield n, other, vendor


# --- what speaks for it -------------------------------------------------------------------------------------------------


def _kinship(one: Sought, vendor: str | None, name: str, target: str | None, is_watched: bool) -> Kinship | None:
    """Return what speaks for a component's being the product of a record; `None` where nothing does."""
    if one.cpe is not None and names.key(one.cpe.product) == names.key(name):
        return Kinship.CPE if _is_vendor_of(one.cpe, vendor) else None
    if not one.by_name:
        return None
    is_vendor = vendor is not None and _is_vendor(one, vendor)
    if names.key(name) == names.key(one.component.name):
        if target is not None and one.targets and target not in one.targets:
            return Kinship.OTHER_TARGET
        if not is_vendor and _is_foreign(one, vendor, name if target is not None else None):
            return Kinship.FOREIGN
        if target is not None and one.targets:
            return Kinship.TARGET
        return Kinship.VENDOR if is_vendor else Kinship.RELATED if one.related else Kinship.NAME
    return Kinship.SIMILAR if is_watched and is_vendor else None


def _is_vendor_of(name: Cpe, vendor: str | None) -> bool:
    return vendor is not None and names.is_same_vendor(name.vendor, vendor)


def _is_vendor(one: Sought, vendor: str) -> bool:
    """Return whether a vendor is the component's supplier, or stands in the namespace of its package URL."""
    if one.supplier is not None and names.is_same_vendor(one.supplier, vendor):
        return True
    words = set(names.words((one.purl.namespace if one.purl is not None else None) or ""))
    forms = [*names.vendor_forms(vendor), (names.key(vendor),)]
    return any(words.issuperset(form) and not _NO_PUBLISHER.issuperset(form) for form in forms)


def _is_foreign(one: Sought, vendor: str | None, name: str | None) -> bool:
    """Return whether a package stands in a namespace, which is who publishes it, and the vendor is somebody else.

    A vendor that begins like a word of the namespace may be the same ("mobyproject" and moby). One that is called after its
    product says nothing of the namespace, but in npm, where that product would stand in none; `name` is that of a product
    which is known to run with software of this type.
    """
    if vendor is None or one.purl is None or one.purl.type not in _PUBLISHERS or not one.purl.namespace:
        return False
    key = names.key(vendor)
    own = {key, *("".join(form) for form in names.vendor_forms(vendor))}
    if name is not None and one.purl.type != "npm" and names.key(name) in own:
        return False
    words = (word for word in names.words(one.purl.namespace) if len(word) >= _TELLING)
    return not any(key.startswith(word) or word.startswith(key) for word in words)


_TELLING = 4  # letters that a word has, at least, by whose beginning a vendor is told


def _version(one: Sought) -> str | None:
    if one.component.version:
        return one.component.version
    if one.purl is not None and one.purl.version:
        return one.purl.version
    return one.cpe.version if one.cpe is not None and one.cpe.version not in (cpe.ANY, cpe.NONE) else None


def judged(versions: Versions, version: str | None, key: bytes | None) -> tuple[Result | None, str]:
    """Return what a record says of a version, and why; no result where it says nothing of it."""
    if version is None:
        everything = versions.rest == "affected" and not versions.clear and not versions.clear_texts
        return (Result.AFFECTED, IN_RANGE) if everything else (Result.UNDETERMINED, NO_VERSION)
    if version in versions.texts:
        return Result.AFFECTED, NAMED
    if version in versions.clear_texts:
        return Result.NOT_AFFECTED, OUTSIDE
    if key is not None:
        if any(key in one for one in versions.affected):
            return Result.AFFECTED, IN_RANGE
        if any(key in one for one in versions.clear):
            return Result.NOT_AFFECTED, OUTSIDE
        if any(key in one for one in versions.unsure):
            return Result.UNDETERMINED, versions.why_unsure
    if versions.doubt is not None:
        return Result.UNDETERMINED, versions.doubt
    if key is None:
        return Result.UNDETERMINED, NO_KEY.format(version=version)
    if versions.rest == "open":
        return None, ""
    return (Result.AFFECTED, IN_RANGE) if versions.rest == "affected" else (Result.NOT_AFFECTED, OUTSIDE)


@dataclass(frozen=True, slots=True)
class _Platforms:
    """The names of all that a bill lists, for what a record asks for besides."""

    folded: frozenset[str]

    @classmethod
    def of(cls, bill: Iterable[Component]) -> _Platforms:
        found = set()
        for one in bill:
            found.add(names.key(one.name))
            if one.cpe and (parsed := cpe.parse(one.cpe)) is not None:
                found.add(names.key(parsed.product))
        return cls(frozenset(found))

    def missing(self, needs: tuple[tuple[Platform, ...], ...]) -> str | None:
        """Return the platforms of the first need that nothing of the bill meets, in words."""
        for group in needs:
            if not any(names.key(one.name) in self.folded for one in group):
                told = [f"{one.vendor} {one.name}" if one.vendor else one.name for one in group]
                more = f" or {len(told) - 3:,} more" if len(told) > 3 else ""
                return f"{' or '.join(told[:3])}{more}"
        return None


# --- one vulnerability, several records ---------------------------------------------------------------------------------


class _Ratings(NamedTuple):
    rated: Mapping[str, Rated]
    exploited: Mapping[str, str]
    scores: Mapping[str, str]


def _ratings(index: Tables, sought: Iterable[Sought]) -> _Ratings:
    wanted = {said.vulnerability for one in sought for said in one.said if said.result in _BY_WEIGHT}
    index.execute("DROP TABLE IF EXISTS temp.candidate")
    index.execute("CREATE TEMP TABLE candidate (name TEXT PRIMARY KEY) WITHOUT ROWID")
    index.executemany("INSERT INTO candidate VALUES (?)", ((one,) for one in wanted))
    query = "SELECT name FROM temp.candidate"
    return _Ratings(
        notices.rated(index, query),
        dict(index.execute(f"SELECT cve, day FROM exploited WHERE cve IN ({query})")),  # noqa: S608 - ours
        dict(index.execute(f"SELECT cve, epss FROM score WHERE cve IN ({query})")),  # noqa: S608 - ours
    )


def _by_vulnerability(one: Sought) -> dict[str, list[_Said]]:
    found: dict[str, list[_Said]] = {}
    for said in one.said:
        found.setdefault(said.vulnerability, []).append(said)
    return found


def _candidates(one: Sought, ratings: _Ratings) -> Iterator[Candidate]:
    """Yield a candidate for each vulnerability: what the closest of its records says, and who says the same or otherwise."""
    for vulnerability, group in _by_vulnerability(one).items():
        speaking = [said for said in group if said.result in _BY_WEIGHT]
        if not speaking:
            continue
        best = min(speaking, key=_closeness)
        others = [said for said in group if (said.source, said.record) != (best.source, best.record)]
        agree = _told(said for said in others if said.result is best.result)
        differ = _told(said for said in others if said.result is Result.NOT_AFFECTED)
        rated = ratings.rated.get(vulnerability, Rated())
        yield Candidate(
            one.component.name,
            one.component.version,
            one.component.purl,
            one.component.cpe,
            vulnerability,
            best.record,
            best.source,
            best.vendor,
            best.product,
            best.kinship,
            best.result or Result.UNDETERMINED,
            best.reason,
            best.target,
            rated.severity,
            rated.weaknesses,
            rated.ssvc,
            ratings.exploited.get(vulnerability),
            ratings.scores.get(vulnerability),
            agree,
            tuple(one for one in differ if one not in agree),
        )


def _closeness(said: _Said) -> tuple[int, int, str, str]:
    weight = _BY_WEIGHT.index(said.result) if said.result in _BY_WEIGHT else len(_BY_WEIGHT)
    return _BY_KINSHIP.index(said.kinship), weight, said.source, said.record


def _told(several: Iterable[_Said]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f"{said.source}: {said.record}" for said in several))


def _rank(one: Candidate) -> tuple[int, int, bool, float, str, str]:
    """Return what candidates are sorted by: kinship, then whether the version is affected, then exploitation."""
    chance = float(one.epss) if one.epss else 0.0
    weight = _BY_WEIGHT.index(one.result)
    return _BY_KINSHIP.index(one.kinship), weight, one.kev is None, -chance, one.component, one.vulnerability


def _left_open(one: Sought) -> int:
    """Return how many vulnerabilities have records that bear the component's name and say nothing of its version."""
    return sum(all(said.result is None for said in group) for group in _by_vulnerability(one).values())
