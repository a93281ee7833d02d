"""What advisories say of the components of one bill: one join over names and keys, and then the reasons.

A version is affected where it lies in a span of the record or is named by it. Where the record, the version or the release
of a distribution leaves that open, the answer is *undetermined*. Only what was held against current data of its ecosystem
counts as looked up.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec

from asepsis.advisories import candidates, notices
from asepsis.advisories import index as advisories
from asepsis.advisories.candidates import Sought
from asepsis.advisories.findings import Candidate, Finding, LookedUp, Result, Scan, Scanned, Source
from asepsis.advisories.index import Index
from asepsis.advisories.join import IN_SPAN, IS_NAMED, SAME_PACKAGE, WANTED, identified, wanted
from asepsis.advisories.notices import Rated
from asepsis.advisories.packages import Identity
from asepsis.exchange.facts import Component

IN_RANGE = "its version lies in the affected range"
NAMED = "its version is named as affected"
OUTSIDE = "its version lies outside the affected range"
NO_VERSION = "the bill names no version of it"
NO_KEY = "its version {version} cannot be ordered"
NO_RELEASE = "the bill does not tell for which release of {ecosystem} it was built"
ASSUMED_SOURCE = "the bill does not tell from which source package it was built, and one of its own name is affected"

_JOIN = f"""
SELECT w.n, w.key IS NULL, w.version, w.release IS NULL AND p.release IS NOT NULL, p.doubt, p.fixed, p.said,
       {IN_SPAN}, {IS_NAMED}, a.id, a.name, a.source, a.published, a.modified, a.severity
FROM wanted w CROSS JOIN package p ON {SAME_PACKAGE} JOIN advisory a ON a.id = p.advisory
"""  # noqa: S608 - texts of our own


@dataclass(slots=True)
class _Told:
    """What one record says of one component."""

    advisory: int
    name: str
    source: str
    result: Result
    reason: str
    published: str | None
    modified: str | None
    severity: str  # as the index holds it: few of the records that are looked at are told
    fixed: str
    said: str  # which versions it holds to be affected


@dataclass(slots=True)
class _Looked:
    component: Component
    identity: Identity | None
    told: list[_Told] = field(default_factory=list)


def scan(
    components: Sequence[Component],
    index: Index,
    *,
    bill: str,
    now: datetime,
    max_age_days: int,
    every_candidate: bool = False,
) -> Scan:
    """Return what the index says of each component of a bill.

    `bill` is the digest of the document, `now` the instant that counts as now. Data older than `max_age_days` is stale:
    what rests on it is not looked up. Candidates for which next to nothing speaks are counted, and listed with
    `every_candidate`.
    """
    looked = [_Looked(one, identified(one.purl, one.version)) for one in components]
    index.execute("BEGIN")  # one state of the index throughout, and no commit for each row that is asked for
    try:
        sources = sources_of(index, now, max_age_days)
        coverage = Coverage.of(sources, advisories.releases(index))
        answers = [coverage.answer(one.identity) for one in looked]
        _ask(index, looked)
        names = _Names.of(index, looked)
        by_name = candidates.find(index, list(_sought(looked, answers, names)), components, every=every_candidate)
        found = tuple(
            Scanned(
                one.component.name,
                one.component.version,
                one.component.purl,
                answer,
                tuple(_findings(one, names)),
                by_name.left_open.get(at, 0),
            )
            for at, (one, answer) in enumerate(zip(looked, answers, strict=True))
        )
        told: tuple[Finding | Candidate, ...] = (*(one for each in found for one in each.findings), *by_name.candidates)
        terms, patterns = advisories.terms(index, (one for each in told for one in each.weaknesses))
    finally:
        index.execute("ROLLBACK")
    return Scan(
        bill, f"{now:%Y-%m-%dT%H:%M:%SZ}", sources, found, by_name.candidates, terms, patterns, dict(by_name.below)
    )


def _sought(looked: Sequence[_Looked], answers: Sequence[LookedUp], names: _Names) -> Iterator[Sought]:
    """Yield the components that candidates are looked for: those with a CPE, and those that no feed of packages answers."""
    for at, (one, answer) in enumerate(zip(looked, answers, strict=True)):
        by_name = answer is not LookedUp.YES
        if by_name or one.component.cpe:
            hits = (told.advisory for told in one.told if told.result is not Result.NOT_AFFECTED)
            yield Sought(at, one.component, by_name, frozenset().union(*(names.called[hit] for hit in hits)))


# --- what is there ------------------------------------------------------------------------------------------------------


def sources_of(index: Index, now: datetime, max_age_days: int) -> tuple[Source, ...]:
    """Return each feed that the index was made from; of one that cannot be relied on at `now`, why."""
    return tuple(_aged(one, now, max_age_days) for one in advisories.sources(index))


def _aged(source: Source, now: datetime, max_age_days: int) -> Source:
    if source.trouble is not None:
        return source
    if not source.records:
        return msgspec.structs.replace(source, trouble="it holds nothing")
    if source.kind in ("cwe", "capec"):  # names do not grow old
        return source
    if source.as_of is None:
        return msgspec.structs.replace(source, trouble="it does not say as of when it is")
    if now - datetime.fromisoformat(source.as_of) > timedelta(days=max_age_days):
        return msgspec.structs.replace(
            source, trouble=f"it is as of {source.as_of[:10]}, {max_age_days} days are allowed"
        )
    return source


@dataclass(frozen=True, slots=True)
class Coverage:
    """What feeds of packages cover: by ecosystem whether one of them can be relied on today, and what is there in part."""

    whole: Mapping[str, bool]
    partial: frozenset[str]
    releases: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, sources: Iterable[Source], releases: Mapping[str, frozenset[str]]) -> Coverage:
        whole: dict[str, bool] = {}
        partial: set[str] = set()
        for one in sources:
            if one.kind == "osv":
                partial.update(one.partial)
                for ecosystem in one.covers:
                    whole[ecosystem] = whole.get(ecosystem, False) or one.trouble is None
        return cls(whole, frozenset(partial), releases)

    def answer(self, found: Identity | None) -> LookedUp:
        """Return whether a component was looked up. A release that no record names is not covered by its distribution's feed."""
        if found is None:
            return LookedUp.NO_IDENTITY
        if found.release is not None and found.release not in self.releases.get(found.ecosystem, (found.release,)):
            return LookedUp.NO_DATA
        relied = [self.whole[one] for one in (found.ecosystem, found.full_ecosystem) if one in self.whole]
        if any(relied):
            return LookedUp.YES
        if relied:
            return LookedUp.STALE
        return LookedUp.PARTIAL if found.ecosystem in self.partial else LookedUp.NO_DATA


# --- the join -----------------------------------------------------------------------------------------------------------


def _ask(index: Index, looked: Sequence[_Looked]) -> None:
    """Hold each component against all records of its name; what they say is added to it."""
    rows = [row for n, one in enumerate(looked) if one.identity is not None for row in wanted(n, one.identity)]
    index.execute("DROP TABLE IF EXISTS temp.wanted")
    index.execute(f"CREATE TEMP TABLE wanted ({WANTED})")
    index.executemany("INSERT INTO wanted VALUES (?, ?, ?, ?, ?, ?)", rows)
    for row in index.execute(_JOIN):
        n, no_key, version, no_release, doubt, fixed, said, in_span, is_named, *about = row
        one = looked[n]
        assert one.identity is not None
        result, reason = _judged(
            one.identity, version, bool(in_span), bool(is_named), bool(no_key), bool(no_release), doubt
        )
        advisory, name, source, published, modified, severity = about
        one.told.append(_Told(advisory, name, source, result, reason, published, modified, severity, fixed, said))


def _judged(
    found: Identity,
    version: str | None,
    in_span: bool,
    is_named: bool,
    no_key: bool,
    no_release: bool,
    doubt: str | None,
) -> tuple[Result, str]:
    """Return what a record means for a version, and why."""
    if in_span or is_named:
        if no_release:
            return Result.UNDETERMINED, NO_RELEASE.format(ecosystem=found.ecosystem)
        if found.is_source_assumed:
            return Result.UNDETERMINED, ASSUMED_SOURCE
        return Result.AFFECTED, IN_RANGE if in_span else NAMED
    if version is None:
        return Result.UNDETERMINED, NO_VERSION
    if doubt is not None:
        return Result.UNDETERMINED, doubt
    if no_key:
        return Result.UNDETERMINED, NO_KEY.format(version=version)
    return Result.NOT_AFFECTED, OUTSIDE


# --- one vulnerability, several records ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Names:
    """How the vulnerabilities that were found are called, each by all names that lead to one another; what is known of them."""

    called: Mapping[int, frozenset[str]]  # by advisory
    exploited: Mapping[str, str]
    scores: Mapping[str, str]
    rated: Mapping[str, Rated]

    @classmethod
    def of(cls, index: Index, looked: Iterable[_Looked]) -> _Names:
        """Return the names of whatever may touch a component, aliases of aliases too."""
        hits = {told.advisory for one in looked for told in one.told if told.result is not Result.NOT_AFFECTED}
        index.execute("DROP TABLE IF EXISTS temp.called")
        index.execute(
            "CREATE TEMP TABLE called (advisory INTEGER, name TEXT, PRIMARY KEY (advisory, name)) WITHOUT ROWID"
        )
        index.executemany(
            "INSERT INTO called SELECT advisory, name FROM alias WHERE advisory = ?", [(one,) for one in hits]
        )
        index.execute(_CLOSURE)
        called: dict[int, set[str]] = {}
        for advisory, name in index.execute("SELECT advisory, name FROM temp.called"):
            called.setdefault(advisory, set()).add(name)
        told = "SELECT cve, {} FROM {} WHERE cve IN (SELECT name FROM temp.called)"
        return cls(
            {advisory: frozenset(names) for advisory, names in called.items()},
            dict(index.execute(told.format("day", "exploited"))),
            dict(index.execute(told.format("epss", "score"))),
            notices.rated(index, "SELECT name FROM temp.called"),
        )


def _first(known: Mapping[str, str], names: Iterable[str]) -> str | None:
    return next((known[one] for one in sorted(names) if one in known), None)


_CLOSURE = """
INSERT OR IGNORE INTO temp.called
WITH RECURSIVE reached (advisory, name) AS (
    SELECT advisory, name FROM temp.called
    UNION SELECT reached.advisory, b.name FROM reached JOIN alias a ON a.name = reached.name
    JOIN alias b ON b.advisory = a.advisory
) SELECT advisory, name FROM reached
"""
_BY_WEIGHT = (Result.AFFECTED, Result.UNDETERMINED, Result.NOT_AFFECTED)


def _findings(one: _Looked, names: _Names) -> Iterator[Finding]:
    """Yield what is known of a component, one finding for each vulnerability: the worst of what its records say.

    A vulnerability that no record holds to touch this version is not told: that is what most records say.
    """
    by_vulnerability: dict[frozenset[str], list[_Told]] = {}
    for told in one.told:
        if told.result is not Result.NOT_AFFECTED:
            by_vulnerability.setdefault(names.called[told.advisory], []).append(told)
    for told in one.told if by_vulnerability else ():
        if told.result is Result.NOT_AFFECTED:
            for called, group in by_vulnerability.items():
                if told.name in called:
                    group.append(told)
    for called, group in sorted(by_vulnerability.items(), key=lambda each: sorted(each[0])):
        yield _finding(called, group, names)


_VECTORS = msgspec.json.Decoder(tuple[tuple[str, str], ...])
_FIXED = msgspec.json.Decoder(tuple[str, ...])


def _finding(called: frozenset[str], group: list[_Told], names: _Names) -> Finding:
    worst = min(group, key=lambda told: (_BY_WEIGHT.index(told.result), told.name))
    others = [told for told in group if told.name != worst.name]
    rated = [names.rated[one] for one in sorted(called) if one in names.rated]
    own = next((vectors for told in (worst, *others) if (vectors := _VECTORS.decode(told.severity))), ())
    of_others = tuple(dict.fromkeys(vector for one in rated for vector in one.severity))
    rejected = tuple(one for one in sorted(called) if one in names.rated and names.rated[one].is_rejected)
    return Finding(
        worst.name,
        worst.source,
        worst.result,
        worst.reason,
        tuple(sorted(called - {worst.name})),
        own or of_others,
        tuple(dict.fromkeys(one for told in group if told.result is worst.result for one in _FIXED.decode(told.fixed))),
        worst.published,
        worst.modified,
        _first(names.exploited, called),
        _first(names.scores, called),
        tuple(dict.fromkeys(told.name for told in others if told.result is worst.result)),
        tuple(dict.fromkeys(told.name for told in others if told.result is Result.NOT_AFFECTED)),
        tuple(dict.fromkeys(weakness for one in rated for weakness in one.weaknesses)),
        next((one.ssvc for one in rated if one.ssvc is not None), None),
        rejected,
        _shortened(worst.said),
        _digest(called, group, of_others, rejected),
    )


MOST_SHOWN = 160  # characters of a range


def _shortened(said: str) -> str | None:
    if len(said) > MOST_SHOWN:
        said = f"{said[:MOST_SHOWN].rpartition(' ')[0]} ..."
    return said or None


def _digest(
    called: frozenset[str], group: Iterable[_Told], of_others: Iterable[tuple[str, str]], rejected: Sequence[str]
) -> str:
    """Return the SHA-256 of what all records of a vulnerability say of a package, whichever of its versions is asked for.

    It is moved by a name, a vector, an affected or a repaired version, and by a record that was taken back; not by prose, dates,
    KEV or EPSS. Ratings of others count where the records themselves have none.
    """
    own = {vector for told in group for vector in _VECTORS.decode(told.severity)}
    records = {(told.name, told.said) for told in group}
    said = (sorted(called), sorted(own or of_others), sorted(records), rejected)
    return hashlib.sha256(msgspec.json.encode(said)).hexdigest()
