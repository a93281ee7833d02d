"""What is decided about a known vulnerability, and whether it still holds where it is carried to (9.3, 9.4)."""

from __future__ import annotations

from dataclasses import dataclass, fields

from asepsis.problems.records import EpssBand, Exploitability, Exploited, Reachability
from asepsis.sentences import Said, Sentence

OTHER_COMPONENT = Sentence("the component is {now}, and was {then}")
OTHER_CONFIGURATION = Sentence("the configuration is '{now}', and was '{then}'")
OTHER_REACHABILITY = Sentence("the flawed code is {now}, and was {then}")
OTHER_ADVISORY = Sentence("the advisory was changed: its digest is {now}, and was {then}")
OTHER_KEV = Sentence("the catalogue of exploited vulnerabilities lists it now: {now}; before: {then}")
OTHER_EPSS = Sentence("its EPSS band is {now}, and was {then}")
OTHER_EXPLOITED = Sentence("whether attackers use it is {now}, and was {then}")
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

    `component` is a package URL with its version, or a digest. `advisory` is the digest of the advisory as it was read;
    `None` where that is not known, and then it is not compared.
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
    return Ground(statement.component, statement.configuration, on.reachability, on.kev, on.epss, on.exploited)


def changed(then: Ground, now: Ground) -> tuple[Said, ...]:
    """Return why a statement that stood on `then` does not hold where things are as `now`; nothing where it does.

    What is unknown now and was known then is a change: nobody can say any more that it is so. A statement without
    configuration speaks of all of them.

    Source: IEC 81001-5-1:2021, 9.3.
    """
    reasons = []
    for one in fields(Ground):
        before, after = getattr(then, one.name), getattr(now, one.name)
        speaks_of_all = before is None and one.name in ("configuration", "advisory")
        if before != after and not speaks_of_all:
            reasons.append(_CHANGES[one.name].said(now=_shown(after), then=_shown(before)))
    return tuple(reasons)


def _shown(value: object) -> str:
    if value is None:
        return "not known"
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)
