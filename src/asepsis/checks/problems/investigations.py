"""Investigations: each report, and each finding that shows a weakness, is looked into, and its result holds together."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from asepsis.checks import ordered, terms
from asepsis.checks.check import Findings, check
from asepsis.checks.decided import decisions_on, investigations_of
from asepsis.checks.problems.reports import INVESTIGATE, is_concluded
from asepsis.checks.view import View
from asepsis.development.records import Finding
from asepsis.problems.records import Exploitability, Exploited, Investigation, Report, Status, Verified
from asepsis.record.dossier import Item
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap
from asepsis.risk.records import Disposition, Threat, Vulnerability
from asepsis.sentences import Named, Sentence

NOT_INVESTIGATED = Sentence(
    "{issue} was to be investigated by {day}, and no investigation of it has come to its end.",
    next="Conclude the investigation of {issue}: does it apply, can it be shown, which threats use it.",
)
BEGUN_BEFORE = Sentence(
    "{investigation} was begun on {day}; nothing that it looks into was there before {since}.",
    next="Correct the day in {investigation}, or name in it what it looks into.",
)
NO_THREAT = Sentence(
    "{investigation} found that the weakness applies, and names no threat that uses it.",
    next="Name in {investigation} the threats that use the weakness; write one first where the model has none.",
)
DISMISSED_THREAT = Sentence(
    "{investigation} rests on {threat}, which is said not to apply.",
    next="Look at {threat} again, or name the threat that uses the weakness.",
)
LEADS_NOWHERE = Sentence(
    "{investigation} showed the weakness, and leads to no vulnerability.",
    next="Write the vulnerability, and name it in {investigation}.",
)
CANNOT_TRY = Sentence(
    "{investigation} could not try the weakness; attackers use it, and no vulnerability was written.",
    next="Write the vulnerability as if it had been shown, and name it in {investigation}.",
)
CONTRADICTED = Sentence(
    "{investigation} says that the weakness does not apply; {others} say that it does.",
    next="Look again, and correct {investigation} or {others}.",
)


@check("problems.reports_investigated", over="product", owner=SystemRole.SECURITY)
def reports_are_investigated(product: Named, view: View) -> Findings:
    """Each report, and each finding of a weakness, is investigated in time: does it apply, can it be shown, by whom used.

    It goes through reports and findings, and through the investigations that have come to their end.

    Source: IEC 81001-5-1:2021, 9.3.
    """
    for issue, begun in _issues(view):
        due = begun + timedelta(days=view.policy.number(INVESTIGATE))
        if not terms.past(due, view) or any(is_concluded(one, view) for one in investigations_of(issue.id, view)):
            continue
        yield Gap(issue, NOT_INVESTIGATED, issue=issue, day=due).owed(due=due)
    for investigation in view.dossier.all(Investigation):
        day = investigation.content.started_on
        if (since := ordered.came_later(day, investigation.content.reports, view)) is not None:
            yield Gap(investigation, BEGUN_BEFORE, investigation=investigation, day=day, since=since)
        if is_concluded(investigation, view) and investigation.content.duplicate_of is None:
            yield from _result(investigation, view)


def _issues(view: View) -> Iterator[tuple[Item[Any], date]]:
    """Yield what has to be investigated, and the day from which the days are counted."""
    for report in terms.each_once(view.dossier.with_heads(Report)):
        yield report, view.day(report.content.received_on)
    for finding in terms.each_once(view.dossier.with_heads(Finding)):
        if finding.content.weakness and not decisions_on(finding, view):
            yield finding, terms.written_on(finding, view)


# --- what an investigation found ------------------------------------------------------------------------------------


def _result(investigation: Item[Investigation], view: View) -> Findings:
    content = investigation.content
    if not content.applicable:
        if others := list(_says_otherwise(investigation, view)):
            yield Gap(investigation, CONTRADICTED, investigation=investigation, others=others)
        return
    if content.verified is not Verified.NO:
        yield from _threats(investigation, view)
    if content.leads_to is not None:
        return
    if content.verified is Verified.YES:
        yield Gap(investigation, LEADS_NOWHERE, investigation=investigation)
    elif content.verified is Verified.CANNOT and _is_exploited(investigation, view):
        yield Gap(investigation, CANNOT_TRY, investigation=investigation).owed(urgent=True)


def _threats(investigation: Item[Investigation], view: View) -> Findings:
    found: list[Item[Threat] | None] = [view.dossier.get(one) for one in investigation.content.threats]
    threats = [one for one in found if one is not None]
    if not threats:
        yield Gap(investigation, NO_THREAT, investigation=investigation)
    for threat in threats:
        if threat.content.disposition is Disposition.NOT_APPLICABLE:
            yield Gap(investigation, DISMISSED_THREAT, investigation=investigation, threat=threat)


def _reports(investigation: Item[Investigation], view: View) -> Iterator[Item[Report]]:
    reports = view.once("reports at head", lambda view: {one.id: one for one in view.dossier.with_heads(Report)})
    for record in investigation.content.reports:
        if record in reports:
            yield reports[record]


def _is_exploited(investigation: Item[Investigation], view: View) -> bool:
    return any(report.content.exploited is Exploited.YES for report in _reports(investigation, view))


def _says_otherwise(investigation: Item[Investigation], view: View) -> Iterator[Item[Any]]:
    """Yield what says that the product has the weakness by a name of a report looked into."""
    by_name = view.once("said to have it by name", _said_to_have_it)
    names = {name.casefold() for report in _reports(investigation, view) for name in report.content.ids}
    yield from {one.id: one for name in sorted(names) for one in by_name.get(name, ())}.values()


def _said_to_have_it(view: View) -> dict[str, list[Item[Any]]]:
    found: dict[str, list[Item[Any]]] = {}
    for vulnerability in terms.each_once(view.dossier.with_heads(Vulnerability)):
        for name in vulnerability.content.ids:
            found.setdefault(name.casefold(), []).append(vulnerability)
    for statement in terms.each_once(view.dossier.with_heads(Exploitability)):
        if statement.content.status is Status.AFFECTED:
            for name in (statement.content.advisory_id, *statement.content.aliases):
                found.setdefault(name.casefold(), []).append(statement)
    for threat in view.dossier.all(Threat):
        if threat.content.disposition is not Disposition.NOT_APPLICABLE:
            for record in threat.content.because:
                report: Item[Any] | None = view.dossier.get(record)
                if report is not None and isinstance(report.content, Report):
                    for name in report.content.ids:
                        found.setdefault(name.casefold(), []).append(threat)
    return found
