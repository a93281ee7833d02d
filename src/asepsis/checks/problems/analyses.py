"""Impact analyses: each vulnerability is understood in the product as it is used, in all its releases, down to its cause."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal as Number
from typing import Any

from asepsis.checks import decided, terms
from asepsis.checks.check import Findings, check
from asepsis.checks.evaluated import harms, risks_of
from asepsis.checks.exploited import matches_of
from asepsis.checks.problems.components import matches_in, speaks_of
from asepsis.checks.view import View
from asepsis.configuration.domain import Placed
from asepsis.configuration.records import Release
from asepsis.development.records import Layer
from asepsis.errors import InputError
from asepsis.problems.domain import same_component
from asepsis.problems.records import (
    Decision,
    Exploitability,
    ImpactAnalysis,
    Incident,
    Investigation,
    PatientsTouched,
    Report,
    Status,
)
from asepsis.record.dossier import Item
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap
from asepsis.risk.grid import ScoreMethod
from asepsis.risk.records import (
    Asset,
    Control,
    ControlObservation,
    Element,
    HandoverDirection,
    SafetyHandover,
    Vulnerability,
)
from asepsis.scoring.calculators import CALCULATORS
from asepsis.sentences import Mention, Sentence

ANALYSE = "problems.analyse_days"
MOST_RELATIVES = 12  # as many as a sentence names


def analyses_of(vulnerability: str, view: View) -> tuple[Item[ImpactAnalysis], ...]:
    """Return the effective analyses of a vulnerability."""
    found = view.dossier.back(vulnerability, ImpactAnalysis)
    return tuple(one for one in found if one.content.vulnerability == vulnerability)


def newest_analysis(vulnerability: str, view: View) -> Item[ImpactAnalysis] | None:
    """Return the analysis of a vulnerability that came into force last."""
    return terms.newest(analyses_of(vulnerability, view), view)


def newest_decision(record: str, view: View) -> Item[Decision] | None:
    """Return the effective decision about a vulnerability or finding that was signed last."""
    decisions = decided.decisions_about(record, view)
    return max(decisions, key=lambda one: terms.signed_position(one, view), default=None)


def closed_on(vulnerability: str, view: View) -> date | None:
    """Return the day on which what was last decided about a vulnerability was done; `None` while it is not."""
    decision = newest_decision(vulnerability, view)
    day = decision.content.closed_on if decision is not None else None
    return day if day is not None and day <= view.today else None


def releases_asked_of(vulnerability: str, view: View) -> tuple[Item[Release], ...]:
    """Return the supported releases of which has to be said whether they have a vulnerability.

    Once it is closed, releases that go out later are not asked for any more.
    """
    closed = closed_on(vulnerability, view)
    return tuple(
        one for one in terms.supported_releases(view) if closed is None or not _went_out_after(one, closed, view)
    )


def _went_out_after(release: Item[Release], day: date, view: View) -> bool:
    decision = terms.released_by(release, view)
    return decision is None or terms.first_day(decision, view) > day


def affected_releases(vulnerability: Item[Vulnerability], view: View) -> frozenset[str]:
    """Return the releases that have a vulnerability, as it says itself and as its analyses say."""
    analysed = {release for one in analyses_of(vulnerability.id, view) for release in one.content.affected}
    return frozenset(analysed | set(vulnerability.content.affected))


# --- analysed -------------------------------------------------------------------------------------------------------

NOT_ANALYSED = Sentence(
    "{vulnerability} was to be analysed by {day}, and no analysis of it is in force.",
    next="Analyse what {vulnerability} means in the product and its surroundings, points a to f.",
)
NOT_ANALYSED_AT_GATE = Sentence(
    "{vulnerability} is in {release}, which is up for release, and no analysis of it is in force.",
    next="Analyse what {vulnerability} means in the product and its surroundings, points a to f.",
)
CHANGED_SINCE = Sentence(
    "{what} changed after {analysis} was signed.", next="Look whether {analysis} still holds, and sign it again."
)
NO_DEPTH = Sentence(
    "{analysis} names no line of defence; {defences} stand before {vulnerability}.",
    next="Say in {analysis} which lines of defence and controls still stand before {vulnerability}.",
)
GONE_DEFENCE = Sentence(
    "{analysis} counts on {defence}, which is not in force.", next="Analyse again without counting on {defence}."
)
FAILED_DEFENCE = Sentence(
    "{analysis} counts on {control}; {observation} saw that it no longer works.",
    next="Analyse again without counting on {control}, or repair it and see that it works.",
)
MILDER = Sentence(
    "{analysis} gives {number}, milder than the {highest} known for {vulnerability}, and does not say why.",
    next="Say in {analysis} why it is milder in this product, or raise the severity.",
)


def _is_open(vulnerability: Item[Vulnerability], view: View) -> bool:
    return closed_on(vulnerability.id, view) is None


@check("problems.vulnerabilities_analysed", over=Vulnerability, owner=SystemRole.SECURITY, when=_is_open)
def vulnerabilities_are_analysed(vulnerability: Item[Vulnerability], view: View) -> Findings:
    """Each open vulnerability is analysed in time, in the surroundings as they are, counting only on what still works.

    Source: IEC 81001-5-1:2021, 9.4.
    """
    analysis = newest_analysis(vulnerability.id, view)
    if analysis is None:
        due = _analysis_due(vulnerability, view)
        if decided.at_gate(view) and decided.has(vulnerability, view):
            yield Gap(vulnerability, NOT_ANALYSED_AT_GATE, vulnerability=vulnerability, release=view.release).owed(
                due=due
            )
        elif terms.past(due, view):
            yield Gap(vulnerability, NOT_ANALYSED, vulnerability=vulnerability, day=due).owed(due=due)
        return
    for link in view.dossier.links(analysis):
        if link.suspect and link.field in ("vulnerability", "context"):
            yield Gap(analysis, CHANGED_SINCE, what=_mention(link.target, view), analysis=analysis)
    yield from _depth(analysis, vulnerability, view)
    yield from _severity(analysis, vulnerability, view)


def _mention(record: str, view: View) -> Mention:
    return Mention(record, view.dossier.label(record) or "something that is not here")


def _analysis_due(vulnerability: Item[Vulnerability], view: View) -> date:
    led = [
        one.content.concluded_on
        for one in view.dossier.back(vulnerability, Investigation)
        if one.content.leads_to == vulnerability.id
    ]
    begun = [terms.written_on(vulnerability, view), *(day for day in led if day is not None)]
    return min(begun) + timedelta(days=view.policy.number(ANALYSE))


def _depth(analysis: Item[ImpactAnalysis], vulnerability: Item[Vulnerability], view: View) -> Findings:
    if not analysis.content.depth:
        if defences := list(_defences(vulnerability, view)):
            yield Gap(analysis, NO_DEPTH, analysis=analysis, defences=defences, vulnerability=vulnerability)
        return
    failed = view.once("failed controls", _failed_controls)
    for reference in analysis.content.depth:
        defence: Item[Any] | None = view.dossier.get(reference)
        if defence is None:
            yield Gap(analysis, GONE_DEFENCE, analysis=analysis, defence=_mention(reference, view))
        elif defence.id in failed:
            yield Gap(
                analysis, FAILED_DEFENCE, analysis=analysis, control=defence, observation=failed[defence.id]
            ).owed(urgent=True)


def _defences(vulnerability: Item[Vulnerability], view: View) -> Iterator[Item[Any]]:
    """Yield the controls of a vulnerability's threats, and the layers that hold one or serve an asset of its elements."""
    content = vulnerability.content
    controls = {
        one.id: one
        for threat in content.threats
        for one in view.dossier.back(threat, Control)
        if threat in one.content.mitigates
    }
    elements: list[Item[Element] | None] = [view.dossier.get(one) for one in content.elements]
    assets = {asset for one in elements if one is not None for asset in one.content.assets}
    held = (*controls, *sorted(asset for asset in assets if _is_there(asset, view)))
    yield from controls.values()
    yield from {layer.id: layer for record in held for layer in view.dossier.back(record, Layer)}.values()


def _is_there(asset: str, view: View) -> bool:
    found: Item[Asset] | None = view.dossier.get(asset)
    return found is not None


def _failed_controls(view: View) -> dict[str, Item[ControlObservation]]:
    """Return the controls whose newest observation, signed or not, says that they no longer work."""
    newest: dict[str, Item[ControlObservation]] = {}
    observed = view.dossier.with_heads(ControlObservation)
    for one in sorted(observed, key=lambda one: (one.content.on, terms.written_position(one, view), one.number)):
        newest[one.content.control] = one
    return {control: one for control, one in newest.items() if not one.content.still_effective}


def _severity(analysis: Item[ImpactAnalysis], vulnerability: Item[Vulnerability], view: View) -> Findings:
    given = analysis.content.severity
    if given.number is None or analysis.content.severity_why is not None:
        return
    highest = max(_known_scores(vulnerability, given.method, view), default=None)
    if highest is not None and Number(given.number) < highest:
        yield Gap(
            analysis, MILDER, analysis=analysis, number=given.number, highest=str(highest), vulnerability=vulnerability
        )


def _known_scores(vulnerability: Item[Vulnerability], method: ScoreMethod, view: View) -> Iterator[Number]:
    """Yield the scores by one method of a vulnerability and of its matches: scores by two methods do not compare."""
    own = vulnerability.content.severity
    if own.method is method and own.number is not None:
        yield Number(own.number)
    work_out = CALCULATORS.get(method)
    for match in matches_of(vulnerability.content.ids, view) if work_out is not None else ():
        if match.severity is not None and work_out is not None:
            try:
                yield work_out(match.severity)
            except InputError:  # a vector of another method
                continue


# --- in which releases ----------------------------------------------------------------------------------------------

UNPLACED = Sentence(
    "{analysis} does not say whether {release} has {vulnerability}.",
    next="Take over the computed list of affected releases in {analysis}.",
)
MATCHED_ALL_THE_SAME = Sentence(
    "{analysis} says that {release} is unaffected; its bill holds {components} in a version that the advisory names.",
    next="Move {release} to the affected ones, or say in a signed exploitability why it is not affected.",
)
LEFT_OUT = Sentence(
    "{vulnerability} is in {releases}, which {analysis} leaves out of the affected ones.",
    next="Name {releases} among the affected releases in {analysis}.",
)


@check("problems.affected_releases_computed", over=ImpactAnalysis, owner=SystemRole.SECURITY)
def affected_releases_are_computed(analysis: Item[ImpactAnalysis], view: View) -> Findings:
    """Each supported release stands among the affected or unaffected ones, as bills and known vulnerabilities show it.

    Once a vulnerability is closed, releases that go out later are not asked for any more. That a release stands in both
    is refused by the kind itself.

    Source: IEC 81001-5-1:2021, 9.4.
    """
    content = analysis.content
    vulnerability = _vulnerability(content.vulnerability, view)
    if vulnerability is None:
        return  # the runner tells of the broken link
    placed = {*content.affected, *content.unaffected}
    releases = releases_asked_of(vulnerability.id, view)
    for release in releases:
        if release.id not in placed:
            yield Gap(analysis, UNPLACED, analysis=analysis, release=release, vulnerability=vulnerability)
    if left_out := [one for one in vulnerability.content.affected if one not in content.affected]:
        mentions = [_mention(one, view) for one in left_out]
        yield Gap(analysis, LEFT_OUT, vulnerability=vulnerability, releases=mentions, analysis=analysis)
    for release in releases:
        if release.id in content.unaffected:
            components = sorted(set(_matched_in(release, vulnerability, view)))
            if components and not _said_not_affected(release, vulnerability, components, view):
                yield Gap(analysis, MATCHED_ALL_THE_SAME, analysis=analysis, release=release, components=components)


def _vulnerability(record: str, view: View) -> Item[Vulnerability] | None:
    """Return a vulnerability at its newest, signed or not."""
    found = view.once("vulnerabilities", lambda view: {one.id: one for one in view.dossier.with_heads(Vulnerability)})
    return found.get(record)


def _matched_in(release: Item[Release], vulnerability: Item[Vulnerability], view: View) -> Iterator[str]:
    """Yield the components in which a scanner found a vulnerability: those of its items, where it names some.

    Raises `AbsentFactsError` where the components of the release are not there.
    """
    content = vulnerability.content
    if not content.items and not content.ids:
        return
    placed = terms.items_placed(release, view)
    own = {str(one) for one in content.items}
    of_items = [one for _, one in placed if one.item in own]
    for match in matches_in(release, content.ids, view):
        if not own or _is_of(match.component, of_items):
            yield match.component


def _is_of(component: str, placed: Iterable[Placed]) -> bool:
    return any(component in (one.component.purl, one.component.ref) for one in placed)


def _said_not_affected(
    release: Item[Release], vulnerability: Item[Vulnerability], components: list[str], view: View
) -> bool:
    names = {name.casefold() for name in vulnerability.content.ids}
    said = [one.content.component for name in names for one in not_affected_by(name, view) if speaks_of(one, release)]
    return all(any(same_component(one, component) for one in said) for component in components)


def not_affected_by(name: str, view: View) -> tuple[Item[Exploitability], ...]:
    """Return the statements in force that something which goes by a name, in lower case, does not affect."""
    return tuple(view.once("not affected by name", _not_affected_by_name).get(name, ()))


def _not_affected_by_name(view: View) -> dict[str, list[Item[Exploitability]]]:
    found: dict[str, list[Item[Exploitability]]] = {}
    for one in view.dossier.all(Exploitability):
        if one.content.status is Status.NOT_AFFECTED and not terms.past(one.content.until, view):
            for name in dict.fromkeys([one.content.advisory_id, *one.content.aliases]):
                found.setdefault(name.casefold(), []).append(one)
    return found


# --- cause and relatives --------------------------------------------------------------------------------------------

NO_WEAKNESS = Sentence(
    "{vulnerability} does not say what sort of weakness it is, so its like cannot be looked for.",
    next="Enter the CWE number of {vulnerability}.",
)
NOT_RELATED = Sentence(
    "{analysis} does not name {others}, the same sort of weakness in the same place.",
    next="Name {others} among the related vulnerabilities in {analysis}, and say what they have in common.",
)
CAUSE_COPIED = Sentence(
    "{analysis} gives as root cause word for word what {source} says.",
    next="Find the cause behind it and write that in {analysis}, or name what it has in common with {source}.",
)


@check("problems.related_issues_found", over=ImpactAnalysis, owner=SystemRole.SECURITY)
def related_issues_are_found(analysis: Item[ImpactAnalysis], view: View) -> Findings:
    """Each analysis finds the root cause in words of its own, and names what else has the same weakness in the same place.

    Of several that are related already, by an analysis of one that names another, it is enough to name one.

    Source: IEC 81001-5-1:2021, 9.4.
    """
    vulnerability = _vulnerability(analysis.content.vulnerability, view)
    if vulnerability is None:
        return
    if not vulnerability.content.weakness:
        yield Gap(vulnerability, NO_WEAKNESS, vulnerability=vulnerability)
    families = view.once("families", _families)
    family = families.get(vulnerability.id, vulnerability.id)
    revision = view.dossier.history(analysis).effective
    submitted = revision.submitted or 0 if revision is not None else 0
    if others := _relatives(vulnerability, family, submitted, view):
        yield Gap(analysis, NOT_RELATED, analysis=analysis, others=others)
    for source in _copied_from(analysis, family, families, view):
        yield Gap(analysis, CAUSE_COPIED, analysis=analysis, source=source)


def _keys(vulnerability: Item[Vulnerability]) -> Iterator[tuple[str, str]]:
    content = vulnerability.content
    for weakness in dict.fromkeys(content.weakness):
        for place in dict.fromkeys((*content.elements, *content.items)):
            yield weakness, place


def _relatives(vulnerability: Item[Vulnerability], family: str, before: int, view: View) -> list[Item[Vulnerability]]:
    """Return the first of each other family that shares sort and place and was there before; a dozen at most."""
    by_key = view.once("families by sort and place", _by_sort_and_place)
    found: dict[str, Item[Vulnerability]] = {}
    for key in _keys(vulnerability):
        for position, other_family, other in by_key.get(key, ()):
            if position >= before or len(found) == MOST_RELATIVES:
                break
            if other_family != family:
                found.setdefault(other_family, other)
    return list(found.values())


def _by_sort_and_place(view: View) -> dict[tuple[str, str], list[tuple[int, str, Item[Vulnerability]]]]:
    """Return the first vulnerability of each family by sort and place, in the order in which they were written."""
    families = view.once("families", _families)
    found: dict[tuple[str, str], dict[str, tuple[int, str, Item[Vulnerability]]]] = {}
    newest = {one.id: one for one in view.dossier.with_heads(Vulnerability)}.values()
    for one in sorted(newest, key=lambda one: terms.written_position(one, view)):
        family = families.get(one.id, one.id)
        for key in _keys(one):
            found.setdefault(key, {}).setdefault(family, (terms.written_position(one, view), family, one))
    return {key: list(first.values()) for key, first in found.items()}


def _families(view: View) -> dict[str, str]:
    """Return for each vulnerability that an analysis relates to others the one that stands for all of them."""
    first: dict[str, str] = {}

    def root(record: str) -> str:
        while (above := first.setdefault(record, record)) != record:
            first[record] = first[above]
            record = above
        return record

    for analysis in view.dossier.all(ImpactAnalysis):
        for other in analysis.content.related:
            first[root(other)] = root(analysis.content.vulnerability)
    return {record: root(record) for record in tuple(first)}


def _copied_from(
    analysis: Item[ImpactAnalysis], family: str, families: dict[str, str], view: View
) -> Iterator[Item[Any]]:
    said = _in_short(analysis.content.root_cause)
    yield from view.once("reports by text", _reports_by_text).get(said, [])[:1]
    for other in view.once("analyses by cause", _analyses_by_cause).get(said, ()):
        about = other.content.vulnerability
        if other.id != analysis.id and families.get(about, about) != family:
            yield other
            return


def _in_short(text: str) -> str:
    return " ".join(text.casefold().split())


def _reports_by_text(view: View) -> dict[str, list[Item[Report]]]:
    found: dict[str, list[Item[Report]]] = {}
    for report in view.dossier.with_heads(Report):
        found.setdefault(_in_short(report.content.what), []).append(report)
    return found


def _analyses_by_cause(view: View) -> dict[str, list[Item[ImpactAnalysis]]]:
    found: dict[str, list[Item[ImpactAnalysis]]] = {}
    for analysis in view.dossier.all(ImpactAnalysis):
        found.setdefault(_in_short(analysis.content.root_cause), []).append(analysis)
    return found


# --- handed to safety -----------------------------------------------------------------------------------------------

NOT_HANDED_OVER = Sentence(
    "{analysis} names an effect on people, and safety was not told of it since {day}.",
    next="Hand what {analysis} found over to safety: its hazards, threats or risks.",
)
NOT_ANSWERED = Sentence(
    "{handover} tells safety of what {analysis} found, and has no answer.",
    next="Get the answer of safety to {handover}, and enter it.",
)
HARM_IN_RISK = Sentence(
    "{analysis} names no effect on people; {risk} comes from the same vulnerability and begins at the harm `{harm}`.",
    next="Analyse again what it could do to people, or evaluate {risk} again.",
)
PATIENTS_TOUCHED = Sentence(
    "{analysis} names no effect on people; in {incident} its vulnerability touched patients.",
    next="Analyse again what it could do to people, with what {incident} showed.",
)


@check("problems.safety_effects_handed_over", over=ImpactAnalysis, owner=SystemRole.SAFETY)
def safety_effects_are_handed_over(analysis: Item[ImpactAnalysis], view: View) -> Findings:
    """Safety has answered a handover of each vulnerability that could harm people, and none is called harmless wrongly.

    Source: IEC 81001-5-1:2021, 9.4.
    """
    content = analysis.content
    if content.touches_people or content.hazards:
        yield from _handed_over(analysis, view)
    if content.touches_people:
        return
    for risk in risks_of(content.vulnerability, view):
        if harms(risk.content.harm_before, view):
            yield Gap(analysis, HARM_IN_RISK, analysis=analysis, risk=risk, harm=risk.content.harm_before)
    for incident in view.once("incidents with patients", _incidents_with_patients).get(content.vulnerability, ()):
        yield Gap(analysis, PATIENTS_TOUCHED, analysis=analysis, incident=incident).owed(urgent=True)


def _handed_over(analysis: Item[ImpactAnalysis], view: View) -> Findings:
    since = terms.changed_position(analysis, view)
    told = [
        one
        for record in _about(analysis, view)
        for one in view.dossier.back(record, SafetyHandover)
        if one.content.direction is HandoverDirection.TO_SAFETY and terms.signed_position(one, view) > since
    ]
    handovers = {one.id: one for one in told}.values()
    if not handovers:
        yield Gap(analysis, NOT_HANDED_OVER, analysis=analysis, day=terms.changed_day(analysis, view))
    elif all(one.content.answered_on is None for one in handovers):
        yield Gap(analysis, NOT_ANSWERED, handover=next(iter(handovers)), analysis=analysis)


def _about(analysis: Item[ImpactAnalysis], view: View) -> set[str]:
    """Return what of an analysis can be handed over: hazardous situations, the vulnerability's threats and risks."""
    content = analysis.content
    vulnerability = _vulnerability(content.vulnerability, view)
    threats = vulnerability.content.threats if vulnerability is not None else ()
    return {*content.hazards, *threats, *(risk.id for risk in risks_of(content.vulnerability, view))}


def _incidents_with_patients(view: View) -> dict[str, list[Item[Incident]]]:
    found: dict[str, list[Item[Incident]]] = {}
    for incident in {one.id: one for one in view.dossier.with_heads(Incident)}.values():
        if incident.content.patients is not PatientsTouched.NONE:
            for vulnerability in incident.content.vulnerabilities:
                found.setdefault(vulnerability, []).append(incident)
    return found
