"""What is decided about a known vulnerability, and whether it still holds where it is carried to (9.3, 9.4)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, fields
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from asepsis.exchange.purl import Purl, PurlError, parse
from asepsis.problems.records import EpssBand, Exploitability, Exploited, Reachability
from asepsis.sentences import Said, Sentence

if TYPE_CHECKING:
    from asepsis.exchange.facts import Match

OTHER_COMPONENT = Sentence("the component is {now}, and was {then}")
OTHER_CONFIGURATION = Sentence("the configuration is '{now}', and was '{then}'")
OTHER_REACHABILITY = Sentence("the flawed code is {now}, and was {then}")
OTHER_ADVISORY = Sentence("the advisory was changed: its digest is {now}, and was {then}")
OTHER_KEV = Sentence("the catalogue of exploited vulnerabilities lists it now: {now}; before: {then}")
OTHER_EPSS = Sentence("its EPSS band is {now}, and was {then}")
OTHER_EXPLOITED = Sentence("whether attackers use it is {now}, and was {then}")
_BANDS = (EpssBand.UNDER_1, EpssBand.FROM_1_TO_10, EpssBand.OVER_10)
_CHANGES = {
    "component": OTHER_COMPONENT,
    "configuration": OTHER_CONFIGURATION,
    "reachability": OTHER_REACHABILITY,
    "advisory": OTHER_ADVISORY,
    "kev": OTHER_KEV,
    "epss": OTHER_EPSS,
    "exploited": OTHER_EXPLOITED,
}


@dataclass(frozen=True, slots=True)
class Ground:
    """What a statement on exploitability stands on: where one of these is another, it has to be made again.

    `component` is a package URL with its version, or a digest. `advisory` is the digest of what the advisory said; `None`
    where that was not known, and then it is not compared.
    """

    component: str
    configuration: str | None
    reachability: Reachability
    kev: bool
    epss: EpssBand
    exploited: Exploited
    advisory: str | None = None


def ground_of(statement: Exploitability) -> Ground:
    """Return what a statement stood on when it was made."""
    on = statement.rests_on
    return Ground(
        statement.component, statement.configuration, on.reachability, on.kev, on.epss, on.exploited, on.advisory
    )


@dataclass(frozen=True, slots=True)
class Known:
    """What scans say of one advisory in one component: on KEV or not, its EPSS band, and the digest of what it says."""

    kev: bool
    epss: EpssBand
    advisory: str | None


def known_of(matches: Iterable[Match]) -> Known:
    """Return what these matches say of one advisory in one component: the worst, where they differ."""
    found = list(matches)
    digests = sorted({one.advisory_digest for one in found if one.advisory_digest})
    advisory = digests[0] if len(digests) < 2 and digests else None
    if len(digests) > 1:  # records of several names that nobody holds to be one
        advisory = hashlib.sha256("\n".join(digests).encode()).hexdigest()
    bands = [band for one in found if (band := epss_band(one.epss)) is not EpssBand.UNKNOWN]
    worst = max(bands, key=_BANDS.index, default=EpssBand.UNKNOWN)
    return Known(any(one.kev for one in found), worst, advisory)


def epss_band(chance: str | None) -> EpssBand:
    """Return the band of a chance from 0 to 1; 0.01 and 0.1 belong to the middle one."""
    try:
        number = Decimal(chance) if chance is not None else None
    except InvalidOperation:
        number = None
    if number is None or not 0 <= number <= 1:
        return EpssBand.UNKNOWN
    return _BANDS[0] if number < Decimal("0.01") else _BANDS[1] if number <= Decimal("0.1") else _BANDS[2]


def changed(then: Ground, now: Ground) -> tuple[Said, ...]:
    """Return why a statement that stood on `then` does not hold where things are as `now`; nothing where it does.

    What is unknown now and was known then is a change: nobody can say any more that it is so. A statement without
    configuration speaks of all of them. What held against a greater danger holds against a smaller one: that KEV lists it
    no longer, or that its EPSS band fell, is no change.

    Source: IEC 81001-5-1:2021, 9.3.
    """
    reasons = []
    for one in fields(Ground):
        before, after = getattr(then, one.name), getattr(now, one.name)
        if before != after and not _speaks_of_all(one.name, before) and not _is_milder(one.name, before, after):
            reasons.append(_CHANGES[one.name].said(now=_shown(after), then=_shown(before)))
    return tuple(reasons)


def _speaks_of_all(name: str, before: object) -> bool:
    return before is None and name in ("configuration", "advisory")


def _is_milder(name: str, before: object, after: object) -> bool:
    if name == "kev":
        return bool(before)
    if name != "epss" or after not in _BANDS:
        return False
    return _BANDS.index(after) <= (_BANDS.index(before) if before in _BANDS else 0)


def same_component(named: str, found: str) -> bool:
    """Return whether a component as a statement names it is the one that a scanner found.

    A package URL without version means all versions; qualifiers do not matter.
    """
    if named == found:
        return True
    one, other = _purl(named), _purl(found)
    if one is None or other is None or (one.type, one.namespace, one.name) != (other.type, other.namespace, other.name):
        return False
    return one.version is None or one.version == other.version


def _purl(text: str) -> Purl | None:
    try:
        return parse(text)
    except PurlError:
        return None


def _shown(value: object) -> str:
    if value is None:
        return "not known"
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)
