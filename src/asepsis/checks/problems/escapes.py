"""Vulnerabilities that got out: why they did is found out, something is done about it, and it holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from asepsis.checks import terms
from asepsis.checks.check import Findings, check
from asepsis.checks.problems.analyses import affected_releases, closed_on
from asepsis.checks.view import View
from asepsis.configuration.records import ChangeRequest, Release, SoftwareItem
from asepsis.development.records import Finding
from asepsis.exchange.purl import PurlError, parse
from asepsis.problems.records import EscapeAnalysis
from asepsis.quality.records import ImprovementAction, Origin
from asepsis.record.dossier import Item
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap
from asepsis.risk.records import Vulnerability
from asepsis.sentences import Mention, Sentence

# --- analysed -------------------------------------------------------------------------------------------------------

NOT_ANALYSED = Sentence(
    "{vulnerability} got out with a release and is closed; why it was not caught before was not analysed.",
    next="Analyse why {vulnerability} escaped, and decide what changes in the life cycle.",
)
NO_ACTION = Sentence(
    "{analysis} says why something escaped; no improvement action follows from it, and no reason why none does.",
    next="Open an improvement action of origin escape that names {analysis}, or say why none follows.",
)
DONE_BEFORE = Sentence(
    "{action} was done on {done}, before {analysis} was written on {written}.",
    next="Open an improvement action on what {analysis} found.",
)
NOT_LOOKED_AT = Sentence(
    "{analysis} says that the same may be in {places}, and nothing written since is about them.",
    next="Look at {places}, and write what was found as finding, vulnerability or change request.",
)


def _escaped(vulnerability: Item[Vulnerability], view: View) -> bool:
    """Return whether a vulnerability is closed and affects a release that was ever out."""
    if closed_on(vulnerability.id, view) is None:
        return False
    out = view.once("releases out", _releases_out)
    affected = affected_releases(vulnerability, view)
    return not out.isdisjoint(affected) if affected else bool(out)


def _releases_out(view: View) -> frozenset[str]:
    return frozenset(one.id for one in view.dossier.all(Release) if terms.released_by(one, view) is not None)


@check("problems.escapes_analysed", over=Vulnerability, owner=SystemRole.SECURITY, when=_escaped)
def escapes_are_analysed(vulnerability: Item[Vulnerability], view: View) -> Findings:
    """Why a vulnerability got out is analysed, something changes because of it, and its like is looked for elsewhere.

    One analysis may stand for several. It goes through closed vulnerabilities of releases that are or were out.

    Source: IEC 81001-5-1:2021, 4.1.6.
    """
    analyses = [
        one
        for one in view.dossier.back(vulnerability, EscapeAnalysis)
        if vulnerability.id in one.content.vulnerabilities
    ]
    if not analyses:
        yield Gap(vulnerability, NOT_ANALYSED, vulnerability=vulnerability)
    for analysis in analyses:
        if analysis.content.vulnerabilities[0] == vulnerability.id or not _escaped_first(analysis, view):
            yield from _followed(analysis, view)
            yield from _looked_elsewhere(analysis, view)


def _escaped_first(analysis: Item[EscapeAnalysis], view: View) -> bool:
    """Return whether the first vulnerability of an analysis is gone through too, so that it is told of once only."""
    first: Item[Vulnerability] | None = view.dossier.get(analysis.content.vulnerabilities[0])
    return first is not None and _escaped(first, view)


def _followed(analysis: Item[EscapeAnalysis], view: View) -> Findings:
    actions = [
        one
        for one in view.dossier.back(analysis, ImprovementAction)
        if one.content.origin is Origin.ESCAPE and analysis.id in one.content.because
    ]
    if not actions and analysis.content.none_because is None:
        yield Gap(analysis, NO_ACTION, analysis=analysis)
    written = terms.written_on(analysis, view)
    done = [(one, one.content.done_on) for one in actions]
    if actions and all(day is not None and day < written for _, day in done):
        action, day = done[0]
        yield Gap(action, DONE_BEFORE, action=action, done=day, analysis=analysis, written=written)


def _looked_elsewhere(analysis: Item[EscapeAnalysis], view: View) -> Findings:
    since = terms.written_position(analysis, view)
    looked_at = view.once("last looked at", _last_looked_at)
    places = [
        Mention(place, view.dossier.label(place) or "something that is not here")
        for place in analysis.content.same_elsewhere
        if looked_at.get(place, -1) <= since
    ]
    if places:
        yield Gap(analysis, NOT_LOOKED_AT, analysis=analysis, places=places)


def _last_looked_at(view: View) -> dict[str, int]:
    """Return the position of the youngest finding, vulnerability or change request about each element and item."""
    found: dict[str, int] = {}
    for item, places in _about(view):
        position = terms.written_position(item, view)
        for place in places:
            found[place] = max(position, found.get(place, position))
    return found


def _about(view: View) -> Iterator[tuple[Item[Any], tuple[str, ...]]]:
    for finding in view.dossier.with_heads(Finding):
        yield finding, finding.content.where
    for vulnerability in view.dossier.with_heads(Vulnerability):
        yield vulnerability, (*vulnerability.content.elements, *vulnerability.content.items)
    for request in view.dossier.all(ChangeRequest):
        yield request, request.content.affects


# --- come again -----------------------------------------------------------------------------------------------------

COME_AGAIN = Sentence(
    "{vulnerability} is the same sort of weakness in the same place as {earlier}; {action} was to prevent it.",
    next="Say why {action} did not prevent it, and open a new improvement action that names it.",
)


@dataclass(frozen=True, slots=True)
class Prevented:
    """A vulnerability whose like an action that worked was to prevent."""

    action: Item[ImprovementAction]
    earlier: Item[Vulnerability]


@check("problems.recurrences_answered", over=Vulnerability, owner=SystemRole.SECURITY)
def recurrences_are_answered(vulnerability: Item[Vulnerability], view: View) -> Findings:
    """Where the like of a vulnerability comes again although its prevention worked, a new action follows.

    The same place is the same element, or the same package in whatever version and name space.

    Source: IEC 81001-5-1:2021, 4.1.6.
    """
    prevented = view.once("prevented", _prevented)
    again: dict[str, Prevented] = {}
    for key in _keys(vulnerability, view):
        for one in prevented.get(key, ()):
            done = one.action.content.done_on
            if one.earlier.id != vulnerability.id and done is not None and done < terms.written_on(vulnerability, view):
                again.setdefault(one.action.id, one)
    for one in again.values():
        if not _is_answered(one.action, vulnerability, view):
            yield Gap(vulnerability, COME_AGAIN, vulnerability=vulnerability, earlier=one.earlier, action=one.action)


def _is_answered(action: Item[ImprovementAction], vulnerability: Item[Vulnerability], view: View) -> bool:
    written = terms.written_position(vulnerability, view)
    return any(
        action.id in one.content.because and terms.first_position(one, view) > written
        for one in view.dossier.back(action, ImprovementAction)
    )


def _prevented(view: View) -> dict[tuple[str, str], list[Prevented]]:
    found: dict[tuple[str, str], list[Prevented]] = {}
    for action in view.dossier.all(ImprovementAction):
        if not action.content.worked or action.content.done_on is None:
            continue
        for reason in action.content.because:
            analysis: Item[Any] | None = view.dossier.get(reason)
            if analysis is None or not isinstance(analysis.content, EscapeAnalysis):
                continue
            for record in analysis.content.vulnerabilities:
                earlier: Item[Vulnerability] | None = view.dossier.get(record)
                for key in _keys(earlier, view) if earlier is not None else ():
                    if earlier is not None:
                        found.setdefault(key, []).append(Prevented(action, earlier))
    return found


def _keys(vulnerability: Item[Vulnerability], view: View) -> Iterator[tuple[str, str]]:
    """Yield each sort of weakness of a vulnerability with each place where it is."""
    content = vulnerability.content
    items: list[Item[SoftwareItem] | None] = [view.dossier.get(one) for one in content.items]
    places = dict.fromkeys((*content.elements, *(_package(one.content) for one in items if one is not None)))
    for weakness in dict.fromkeys(content.weakness):
        for place in places:
            yield weakness, place


def _package(item: SoftwareItem) -> str:
    """Return what an item is called wherever it comes from: the type and name of its package, else its name."""
    if item.purl is None:
        return (item.name or "").casefold()
    try:
        purl = parse(item.purl)
    except PurlError:  # the kind refuses such a one
        return item.purl
    return f"{purl.type}/{purl.name}".casefold()
