"""The watch: what advisories touch of the releases that people use, what matters most of it first, each with its reasons.

Source: IEC 81001-5-1:2021, 6.1.1; 6.2.1; 9.2; 9.3.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any, get_type_hints

import msgspec

from asepsis.advisories.outputs.attacks import decision_of, ssvc_of
from asepsis.checks import terms
from asepsis.checks.exploited import exploited_since
from asepsis.checks.maintenance.clocks import analysis_of, bands, due_of, last_day, policy_in_force
from asepsis.checks.problems.components import newest_scan, speaks_of
from asepsis.checks.view import AbsentFactsError, View
from asepsis.configuration.records import BillOfMaterials, EffectSize, Fielded, Release
from asepsis.maintenance.domain import STEPS, Factors, due_days, fielded_factor, grade
from asepsis.maintenance.records import ExploitedFactor, Known, SeverityGrade
from asepsis.problems.domain import changed, epss_band, ground_of, known_of, same_component
from asepsis.problems.records import EpssBand, Exploitability, ExternalControls, Reachability, Status
from asepsis.record.dossier import Item
from asepsis.risk.grid import ScoreMethod
from asepsis.risk.records import HazardousSituation, Score, Threat, Vulnerability
from asepsis.scoring import cvss3
from asepsis.sentences import Mention, Named, Said, Sentence

if TYPE_CHECKING:
    from asepsis.exchange.facts import Match, Matches

FEED_AGE = "maintenance.feed_age_days"
CLOSED = (Status.NOT_AFFECTED, Status.FIXED)

ATTACKED = Sentence("attackers use it, known since {day}")
CHANCE = Sentence("the chance that attackers use it within 30 days is {percent} %")
NO_CHANCE = Sentence("how likely attackers are to use it is not known")
BY_SSVC = Sentence("by CISA's tree (SSVC) it is {decision}, of {answers}")
IN_USE = Sentence("{count} of {releases} are in use, in {markets}, at {sites}")
OUT = Sentence("{releases} went out, and no record says where they are in use")
NOT_OUT = Sentence("{releases} have not gone out")
MAY_NOT_BE = Sentence("whether {component} is affected could not be told")
SAID_AFFECTED = Sentence("{statement} says that it matters there")
REOPENED = Sentence("{statement} was made when things were otherwise: {reasons}")
LOOKED_INTO = Sentence("{statement} looks into it")
UNDECIDED = Sentence("nobody has said whether it matters there")
NOT_REACHED = Sentence("{statement} says that the flawed code cannot be reached")
HARMS = Sentence("it can lead to {hazards}")
SIZE = Sentence("{analysis} says that what it could do to people is {size}")
NOT_ANALYSED = Sentence("nobody has said what it could do to people")
BY_ANALYSIS = Sentence("by {policy}, an update is due on {day}")
BY_THE_WORST = Sentence(
    "by {policy}, an update is due on {day}, with the worst taken for {assumed}, which nobody has judged"
)
NO_POLICY = Sentence("no update policy is in force, so no day is due")
NO_BAND = Sentence("its case falls in no single band of {policy}, so no day is due")

NOT_LAID = Sentence(
    "{bill} of {release} was laid against no feeds, so nothing is known of it.",
    next="Lay it against the feeds of today: `asepsis watch update`.",
)
OLD = Sentence(
    "{bill} of {release} was laid against feeds as of {day}, which holds for {days} days.",
    next="Fetch the feeds with `asepsis feeds update`, and lay it against them: `asepsis watch update`.",
)
LEFT = Sentence(
    "{count} components of {bill} of {release} could not be looked up: {components}.",
    next="Add a feed that covers them, or name a source that somebody reads for them.",
)
NO_BILL = Sentence(
    "{release} has no bill of materials that is in force, so nothing is known of it.",
    next="Enter the bill that the build of {release} made, and have it signed.",
)


class Standing(StrEnum):
    """How an open line stands, the worst first."""

    EXPLOITED = "exploited"
    UNDECIDED = "undecided"
    AFFECTED = "affected"
    UNDETERMINED = "undetermined"
    INVESTIGATED = "investigated"


@dataclass(frozen=True, slots=True)
class Use:
    """A release in the field: in a market, at a site, how often."""

    release: Mention
    market: str
    site: str
    count: int


@dataclass(frozen=True, slots=True)
class Line:
    """One vulnerability in one component of a product, wherever it is open: one decision to make.

    `exploited` is since when attackers are known to use it. `due` is by when users have to have an update, `factors` what it
    was worked out from. `reasons` say why it stands where it does, and `order` how that weighs: exploited, likely, in use,
    reached, harmful, the smaller the worse. `key` tells it from others, and from itself when it was exploited, fielded or
    decided otherwise.
    """

    key: str
    product: Mention
    advisory: str
    aliases: tuple[str, ...]
    component: str
    result: str
    fixed: tuple[str, ...]
    severity: str | None
    releases: tuple[Mention, ...]
    uses: tuple[Use, ...]
    exploited: date | None
    epss: str | None
    statement: Mention | None
    hazards: tuple[Mention, ...]
    factors: Factors | None
    due: date | None
    reasons: tuple[Said, ...]
    order: tuple[int, ...]
    since: date
    is_reopened: bool

    @property
    def standing(self) -> Standing:
        """Return how it stands, in a word."""
        if self.exploited is not None:
            return Standing.EXPLOITED
        if self.result == "undetermined":
            return Standing.UNDETERMINED
        if self.statement is None or self.is_reopened:
            return Standing.UNDECIDED
        return Standing.AFFECTED if self.order[3] == 0 else Standing.INVESTIGATED

    @property
    def place(self) -> tuple[tuple[int, ...], date, str, str, str]:
        """Return where the line stands among others: what is exploited, shipped, reachable and harmful first."""
        return self.order, self.due or date.max, self.product.label, self.advisory, self.component

    def value(self) -> dict[str, Any]:
        """Return it as plain JSON values, from which `of` makes it again."""
        plain = {one.name: getattr(self, one.name) for one in fields(self)}
        built: dict[str, Any] = msgspec.to_builtins(plain | {"reasons": [one.value() for one in self.reasons]})
        return built

    @classmethod
    def of(cls, value: Mapping[str, Any]) -> Line:
        """Return the line that `value` was made from."""
        made = {name: msgspec.convert(value[name], one) for name, one in _types().items()}
        return cls(**made, reasons=tuple(Said.of(one) for one in value["reasons"]))


@cache
def _types() -> dict[str, Any]:
    return {name: one for name, one in get_type_hints(Line).items() if name != "reasons"}


@dataclass(frozen=True, slots=True)
class Watched:
    """What is open in one product, and what could not be looked at."""

    lines: tuple[Line, ...]
    unknown: tuple[Said, ...]


def watched(view: View) -> Watched:
    """Return what advisories touch of the supported releases of a product, and what nobody looked at."""
    open_: dict[tuple[str, str], list[_Open]] = {}
    unknown: list[Said] = []
    for release in terms.supported_releases(view):
        bills = terms.bill_records(view, release)
        if not bills:
            unknown.append(NO_BILL.said(release=release))
        for bill in bills:
            document = _document(bill, release, view, unknown)
            for match in document.matches if document is not None else ():
                statement = _statement(match, bill, release, view)
                reopened = () if statement is None else _reopened(match, statement)
                if match.result != "not-affected" and (reopened or not _is_closed(match, statement, release, view)):
                    found = _Open(release, match, statement, reopened)
                    open_.setdefault((match.advisory, match.component), []).append(found)
    lines = (_line(found, view) for found in open_.values())
    return Watched(tuple(sorted(lines, key=lambda line: line.place)), tuple(unknown))


@dataclass(frozen=True, slots=True)
class _Open:
    release: Item[Release]
    match: Match
    statement: Item[Exploitability] | None
    reopened: tuple[str, ...]  # why the statement does not hold any more


def _document(bill: Item[BillOfMaterials], release: Item[Release], view: View, unknown: list[Said]) -> Matches | None:
    """Return the newest matches of a bill; what they do not answer is added to `unknown`."""
    try:
        scan = newest_scan(bill, view)
        document: Matches = view.document(scan)
    except AbsentFactsError:
        unknown.append(NOT_LAID.said(bill=bill, release=release))
        return None
    if not terms.is_younger(scan, FEED_AGE, view):
        days = view.policy.number(FEED_AGE)
        unknown.append(OLD.said(bill=bill, release=release, day=terms.day_as_of(scan, view), days=days))
    if left := document.not_looked_up:
        unknown.append(LEFT.said(count=len(left), bill=bill, release=release, components=sorted(left)))
    return document


# --- what was decided -------------------------------------------------------------------------------------------------


def _statement(
    match: Match, bill: Item[BillOfMaterials], release: Item[Release], view: View
) -> Item[Exploitability] | None:
    """Return the newest effective statement on a match in a release, past its last day none."""
    by_name = view.once("statements watched", _statements_by_name)
    found = {
        one.id: one
        for name in (match.advisory, *match.aliases)
        for one in by_name.get(name.casefold(), ())
        if speaks_of(one, release)
        and same_component(one.content.component, match.component)
        and one.content.configuration in (None, bill.content.configuration)
    }
    return max(found.values(), key=lambda one: terms.effective_position(one, view), default=None)


def _statements_by_name(view: View) -> dict[str, list[Item[Exploitability]]]:
    found: dict[str, list[Item[Exploitability]]] = {}
    for one in view.dossier.all(Exploitability):
        if not terms.past(one.content.until, view):
            for name in dict.fromkeys([one.content.advisory_id, *one.content.aliases]):
                found.setdefault(name.casefold(), []).append(one)
    return found


def _is_closed(match: Match, statement: Item[Exploitability] | None, release: Item[Release], view: View) -> bool:
    if statement is not None:
        return statement.content.status in CLOSED
    analyses = (analysis_of(one, view) for one in _vulnerabilities(match, view))
    return any(one is not None and release.id in one.content.unaffected for one in analyses)


def _reopened(match: Match, statement: Item[Exploitability]) -> tuple[str, ...]:
    """Return why a statement that closes a match does not hold any more: what its scan tells is worse than it rested on."""
    if statement.content.status not in CLOSED:
        return ()
    then, known = ground_of(statement.content), known_of([match])
    now = replace(
        then,
        kev=known.kev,
        epss=then.epss if known.epss is EpssBand.UNKNOWN else known.epss,
        advisory=known.advisory or then.advisory,
    )
    return tuple(one.text() for one in changed(then, now))


def _vulnerabilities(match: Match, view: View) -> tuple[Item[Vulnerability], ...]:
    by_name = view.once("vulnerabilities watched", _vulnerabilities_by_name)
    names = (name.casefold() for name in (match.advisory, *match.aliases))
    return tuple({one.id: one for name in names for one in by_name.get(name, ())}.values())


def _vulnerabilities_by_name(view: View) -> dict[str, list[Item[Vulnerability]]]:
    found: dict[str, list[Item[Vulnerability]]] = {}
    for one in terms.each_once(view.dossier.with_heads(Vulnerability)):
        for name in dict.fromkeys(one.content.ids):
            found.setdefault(name.casefold(), []).append(one)
    return found


# --- one line ---------------------------------------------------------------------------------------------------------


def _line(found: list[_Open], view: View) -> Line:
    match = found[0].match
    releases = tuple({one.release.id: one.release for one in found}.values())
    vulnerabilities = _vulnerabilities(match, view)
    uses = tuple(use for release in releases for use in _uses(release, view))
    worst = min(found, key=_reach)
    statement = worst.statement
    reopened = next((one for one in found if one.reopened), None)
    exploited = min((day for one in found if (day := _exploited(one.match, view)) is not None), default=None)
    epss = max((one.match.epss for one in found if one.match.epss is not None), key=Decimal, default=None)
    hazards = _hazards(vulnerabilities, view)
    harm, harms = _harm(vulnerabilities, hazards, view)
    since = min((date.fromisoformat(one.match.first_seen) for one in found if one.match.first_seen), default=view.today)
    factors, due, why_due = _due(match, vulnerabilities, since, exploited, uses, view)
    order = (0 if exploited else 1, _CHANCES[epss_band(epss)], 0 if uses else 1, _reach(worst), harm)
    reasons = (
        *_said_exploited(exploited, epss),
        *_said_ssvc(match),
        _said_shipped(releases, uses, view),
        *([MAY_NOT_BE.said(component=match.component)] if match.result == "undetermined" else ()),
        _said_decided(statement) if reopened is None else _said_reopened(reopened),
        harms,
        why_due,
    )
    key = _key(view.product, match, releases, exploited, statement, is_reopened=reopened is not None)
    return Line(
        key, _mention(view.product), match.advisory, match.aliases, match.component, match.result, match.fixed, match.severity,
        tuple(_mention(one) for one in releases), uses, exploited, epss,
        None if statement is None else _mention(statement), tuple(_mention(one) for one in hazards),
        factors, due, reasons, order, since, reopened is not None,
    )  # fmt: skip


def _mention(one: Named) -> Mention:
    return Mention(one.id, one.label)


def _key(
    product: Named,
    match: Match,
    releases: tuple[Item[Release], ...],
    exploited: date | None,
    statement: Item[Exploitability] | None,
    *,
    is_reopened: bool,
) -> str:
    told = (
        product.id, match.advisory, match.component, match.result, str(exploited), str(is_reopened),
        statement.name if statement else "", *sorted(one.id for one in releases),
    )  # fmt: skip
    return sha256("\n".join(told).encode()).hexdigest()


def _exploited(match: Match, view: View) -> date | None:
    listed = date.fromisoformat(match.kev) if match.kev else None
    known = exploited_since((match.advisory, *match.aliases), view)
    return min((day for day in (listed, known) if day is not None), default=None)


def _said_exploited(exploited: date | None, epss: str | None) -> Iterator[Said]:
    if exploited is not None:
        yield ATTACKED.said(day=exploited)
    if epss is not None:
        yield CHANCE.said(percent=f"{Decimal(epss) * 100:.1f}")
    elif exploited is None:
        yield NO_CHANCE.said()


def _said_ssvc(match: Match) -> Iterator[Said]:
    if match.ssvc is not None:
        yield BY_SSVC.said(decision=decision_of(ssvc_of(match.ssvc)), answers=match.ssvc.split())


_CHANCES: Mapping[EpssBand, int] = {
    EpssBand.OVER_10: 0, EpssBand.FROM_1_TO_10: 1, EpssBand.UNKNOWN: 1, EpssBand.UNDER_1: 2,
}  # fmt: skip  # what nobody knows may be likely


def _uses(release: Item[Release], view: View) -> Iterator[Use]:
    for one in view.dossier.back(release, Fielded):
        use = one.content
        if use.release == release.id and use.count and not terms.past(use.until, view):
            yield Use(_mention(release), use.market, use.site, use.count)


def _said_shipped(releases: tuple[Item[Release], ...], uses: tuple[Use, ...], view: View) -> Said:
    if uses:
        markets, sites = sorted({one.market for one in uses}), sorted({one.site for one in uses})
        return IN_USE.said(count=sum(one.count for one in uses), releases=list(releases), markets=markets, sites=sites)
    is_out = any(terms.released_by(one, view) for one in releases)
    return (OUT if is_out else NOT_OUT).said(releases=list(releases))


def _reach(one: _Open) -> int:
    """Return 0 where it was said to matter, 1 where nobody said, 2 where the flawed code is said not to be reached."""
    if one.statement is None or one.reopened:
        return 1
    said = one.statement.content
    if said.rests_on.reachability is Reachability.NOT_REACHABLE:
        return 2
    return 0 if said.status is Status.AFFECTED else 1


def _said_decided(statement: Item[Exploitability] | None) -> Said:
    if statement is None:
        return UNDECIDED.said()
    if statement.content.rests_on.reachability is Reachability.NOT_REACHABLE:
        return NOT_REACHED.said(statement=statement)
    is_affected = statement.content.status is Status.AFFECTED
    return (SAID_AFFECTED if is_affected else LOOKED_INTO).said(statement=statement)


def _said_reopened(found: _Open) -> Said:
    return REOPENED.said(statement=found.statement, reasons="; ".join(found.reopened))


def _hazards(vulnerabilities: tuple[Item[Vulnerability], ...], view: View) -> tuple[Item[HazardousSituation], ...]:
    found: dict[str, Item[HazardousSituation]] = {}
    for one in vulnerabilities:
        analysis = analysis_of(one, view)
        refs = list(analysis.content.hazards) if analysis is not None else []
        threats: list[Item[Threat] | None] = [view.dossier.get(ref) for ref in one.content.threats]
        refs += [threat.content.harm for threat in threats if threat is not None and threat.content.harm is not None]
        hazards: list[Item[HazardousSituation] | None] = [view.dossier.get(ref) for ref in refs]
        found |= {hazard.id: hazard for hazard in hazards if hazard is not None}
    return tuple(found.values())


_HARMS: Mapping[EffectSize | None, int] = {EffectSize.SERIOUS: 1, EffectSize.MINOR: 2, None: 3, EffectSize.NONE: 4}


def _harm(
    vulnerabilities: tuple[Item[Vulnerability], ...], hazards: tuple[Item[HazardousSituation], ...], view: View
) -> tuple[int, Said]:
    """Return how harmful it is, 0 the worst, and what is said of it."""
    if hazards:
        return 0, HARMS.said(hazards=list(hazards))
    analyses = [one for one in (analysis_of(each, view) for each in vulnerabilities) if one is not None]
    if not analyses:
        return _HARMS[None], NOT_ANALYSED.said()
    worst = max(analyses, key=lambda one: STEPS["safety"].index(one.content.safety.size))
    size = worst.content.safety.size
    return _HARMS[size], SIZE.said(analysis=worst, size=size)


# --- by when ------------------------------------------------------------------------------------------------------------


def _due(
    match: Match,
    vulnerabilities: tuple[Item[Vulnerability], ...],
    since: date,
    exploited: date | None,
    uses: tuple[Use, ...],
    view: View,
) -> tuple[Factors | None, date | None, Said]:
    """Return by when users have to have an update: as analysed, else as if what nobody has judged were the worst.

    Source: IEC 81001-5-1:2021, 6.1.1.
    """
    policy, of_policy = policy_in_force(view), bands(view)
    if policy is None or of_policy is None:
        return None, None, NO_POLICY.said()
    days = [(last_day(one, due.deliver, view)) for one in vulnerabilities if (due := due_of(one, view)) is not None]
    if days:
        return None, min(days), BY_ANALYSIS.said(policy=policy, day=min(days))
    severity = _grade(match.severity)
    count = sum(one.count for one in uses) if uses else None
    factors = Factors(
        severity or SeverityGrade.CRITICAL,
        Known.YES,
        ExploitedFactor.YES if exploited is not None else ExploitedFactor.NO,
        EffectSize.SERIOUS,
        fielded_factor(count, policy.content),
        ExternalControls.NONE,
    )
    due = due_days(since, [(since, factors)], of_policy)
    if due is None:
        return factors, None, NO_BAND.said(policy=policy)
    assumed = [
        *(["how severe it is"] if severity is None else []),
        *(["how many are in use"] if count is None else []),
        "safety",
        "outer protection",
    ]
    return factors, due.deliver, BY_THE_WORST.said(policy=policy, day=due.deliver, assumed=assumed)


def _grade(vector: str | None) -> SeverityGrade | None:
    """Return the grade of a CVSS 3 vector; `None` where there is none, or it cannot be scored here."""
    if vector is None or not vector.startswith("CVSS:3."):
        return None
    try:
        number = cvss3.score(vector)
    except cvss3.VectorError:
        return None
    method = ScoreMethod.CVSS3_0 if vector.startswith("CVSS:3.0/") else ScoreMethod.CVSS3_1
    return grade(Score(method=method, vector=vector, number=str(number)))
