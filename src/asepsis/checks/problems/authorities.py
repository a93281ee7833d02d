"""Reports to authorities: what the laws of the markets ask for is sent by its hour, or signed as not reportable."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from asepsis.checks import terms
from asepsis.checks.check import Findings, check
from asepsis.checks.decided import decisions_about, investigations_of
from asepsis.checks.exploited import matches_by_name, reports_of
from asepsis.checks.problems.advisories import update_available
from asepsis.checks.problems.analyses import affected_releases, newest_analysis
from asepsis.checks.problems.reports import is_closed, is_concluded
from asepsis.checks.view import View
from asepsis.clauses.laws import Clock, Law, Start, StepName, clocks, clocks_of
from asepsis.configuration.records import EffectSize, Release
from asepsis.problems.deadlines import Deadline, deadlines, end_of, start_of
from asepsis.problems.records import (
    AuthorityReport,
    Exploitability,
    Exploited,
    Incident,
    Option,
    PatientsTouched,
    Report,
    ReportStep,
)
from asepsis.quality.records import ProductProfile
from asepsis.record.dossier import Item
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap, Unknown
from asepsis.risk.records import Vulnerability
from asepsis.sentences import Sentence

INVESTIGATE = "problems.investigate_days"
NO_LAW = "none"  # a market in which no law asks anything of the product
OTHER = "other"  # how a report names a law whose clocks are in no table here

# Which clocks of the table an event starts, as their `shown_by` says. What the maker knows better is said by the event
# that a report names, or by one that says why this clock does not run.
ATTACKED = frozenset({"cra-exploited-vulnerability"})
HAPPENED = frozenset({"cra-severe-incident"})
TOUCHED = frozenset(
    {"mdr-serious-incident", "mdr-public-health-threat", "ivdr-serious-incident", "fda-reportable-event"}
)
HARMED = frozenset({"mdr-death-or-deterioration"})
CORRECTED = frozenset({"fda-reportable-event"})

NOT_REPORTED = Sentence(
    "{event} started a clock of the law {law} at {aware}: the {step} was due by {due}, and none was sent.",
    next="Send the {step} about {event}, or sign why it is not reportable under {law}.",
)
CLOCK_TOO_LATE = Sentence(
    "{report} counts from {found}; that {event} was known here at {aware}.",
    next="Let {report} count from {aware}, and sign it.",
)
SENT_BEFORE = Sentence(
    "{report} was sent at {sent}; its clock starts later, at {found}.",
    next="Correct in {report} when it was sent, or when somebody here knew.",
)
DUE_TOO_LATE = Sentence(
    "{report} is said to be due by {found}; from where its clock starts, the law gives it until {due}.",
    next="Set what {report} is due by to {due} or earlier, and sign it.",
)
FOREIGN_LAW = Sentence(
    "Whether {event} has to be reported in {country} under '{law}' is not known here: that law is in no table.",
    next="Write the report to the authority under another law, or sign why {event} is not reportable there.",
)
MAY_BE_EXPLOITED = Sentence(
    "Whether attackers use what {report} tells of was to be known by {day}; legal deadlines may run.",
    next="Find out whether attackers use it, and enter it in {report}.",
)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that may have to be reported: since when it is known here, and which clocks it may have started.

    `records` are those that a report to an authority about it may name. `started` says when each clock's steps start.
    """

    item: Item[Any]
    clocks: tuple[Clock, ...]
    aware: datetime | None
    records: frozenset[str]
    started: Mapping[Start, datetime] = field(default_factory=dict)


@check("problems.authorities_told", over=ProductProfile, owner=SystemRole.REGULATORY, whole=True)
def authorities_are_told(profiles: tuple[Item[ProductProfile], ...], view: View) -> Findings:
    """Each event that a law of a market asks to hear of is reported by its hour, or signed as not reportable.

    Where several clocks of one law may run, the shortest does, until a report names the event that it was.

    Source: IEC 81001-5-1:2021, 4.1.7; the clocks are those of the laws.
    """
    markets = [market for one in profiles for market in one.content.markets]
    laws = sorted({law for market in markets if (law := terms.law_named(market.law)) is not None})
    events = tuple(_events(view)) if markets else ()
    by_record = view.once("reports to authorities", _reports_by_record)
    for event in events:
        reports = [one for record in sorted(event.records) for one in by_record.get(record, ())]
        own = tuple({one.id: one for one in reports}.values())
        for law in laws:
            yield from _told(event, law, tuple(one for one in own if one.content.law.value == law), view)
        for market in markets:
            named = market.law.casefold()
            if named != NO_LAW and terms.law_named(market.law) is None and not _by_another_law(own, view):
                yield Unknown(event.item, FOREIGN_LAW, event=event.item, country=market.country, law=market.law)
    if any(clock.id in ATTACKED for law in laws for clock in clocks_of(law)):
        yield from _perhaps_exploited(view)


def _by_another_law(reports: tuple[Item[AuthorityReport], ...], view: View) -> bool:
    return any(
        one.content.law.value == OTHER and (one.content.step is ReportStep.NOT_REPORTABLE or _is_sent(one, view))
        for one in reports
    )


def _is_sent(report: Item[AuthorityReport], view: View) -> bool:
    return report.content.sent_on is not None and report.content.sent_on <= view.now


def _reports_by_record(view: View) -> dict[str, list[Item[AuthorityReport]]]:
    found: dict[str, list[Item[AuthorityReport]]] = {}
    for report in view.dossier.all(AuthorityReport):
        for record in report.content.about:
            found.setdefault(record, []).append(report)
    return found


# --- the steps of a law ---------------------------------------------------------------------------------------------


def _told(event: Event, law: Law, reports: tuple[Item[AuthorityReport], ...], view: View) -> Findings:
    run = [clock for clock in event.clocks if clock.law == law and _is_asked(clock, event, view)]
    if not run:
        return
    reports = tuple(one for one in reports if _is_about(one, run))
    for report in reports:
        yield from _counted_rightly(report, event, run, view)
    started = dict(event.started)
    notified = [one.content.sent_on for one in reports if one.content.step is ReportStep.NOTIFICATION]
    if sent := [at for at in notified if at is not None]:
        started["notification"] = min(sent)
    first: dict[StepName, Deadline] = {}
    for clock in _running(run, reports):
        for deadline in deadlines(clock, started, view.zone):
            step = deadline.step.step
            if step not in first or deadline.due < first[step].due:
                first[step] = deadline
    sent_steps = {one.content.step.value for one in reports if _is_sent(one, view)}
    for step, deadline in first.items():
        if view.now > deadline.due and step not in sent_steps:
            yield Gap(
                event.item, NOT_REPORTED, event=event.item, law=law, step=step, due=deadline.due,
                aware=started[deadline.step.start],
            ).owed(due=view.day(deadline.due), urgent=True)  # fmt: skip


def _is_about(report: Item[AuthorityReport], run: list[Clock]) -> bool:
    """Return whether a report can be about an event: one on an attack is about no incident, and the other way round."""
    return report.content.event not in ATTACKED | HAPPENED or any(clock.id == report.content.event for clock in run)


def _is_asked(clock: Clock, event: Event, view: View) -> bool:
    """Return whether a law asked for it already when the event came to be known."""
    known = event.aware or min(event.started.values(), default=view.now)
    return clock.since is None or view.day(known) >= clock.since


def _running(run: list[Clock], reports: tuple[Item[AuthorityReport], ...]) -> list[Clock]:
    """Return the clocks that run: those that reports name; else all but those signed not to.

    One that is signed as not reportable, and names no clock of the table, stands for all of them.
    """
    known = {clock.id for clock in clocks()}
    dismissed = {one.content.event for one in reports if one.content.step is ReportStep.NOT_REPORTABLE}
    named = {one.content.event for one in reports if one.content.step is not ReportStep.NOT_REPORTABLE}
    if chosen := [clock for clock in run if clock.id in named]:
        return chosen
    return [] if dismissed - known else [clock for clock in run if clock.id not in dismissed]


def _counted_rightly(report: Item[AuthorityReport], event: Event, run: list[Clock], view: View) -> Findings:
    content = report.content
    if event.aware is not None and content.clock_from > event.aware:
        yield Gap(
            report, CLOCK_TOO_LATE, report=report, found=content.clock_from, event=event.item, aware=event.aware
        ).owed(urgent=True)
    if content.sent_on is not None and content.sent_on < content.clock_from:
        yield Gap(report, SENT_BEFORE, report=report, sent=content.sent_on, found=content.clock_from)
    started: dict[Start, datetime] = {**event.started, "awareness": content.clock_from}
    allowed = [
        deadline.due
        for clock in run
        if clock.id == content.event
        for deadline in deadlines(clock, started, view.zone)
        if deadline.step.step == content.step.value
    ]
    if content.due is not None and allowed and content.due > max(allowed):
        yield Gap(report, DUE_TOO_LATE, report=report, found=content.due, due=max(allowed)).owed(
            due=view.day(max(allowed)), urgent=True
        )


# --- the events that records show -----------------------------------------------------------------------------------


def _events(view: View) -> Iterator[Event]:
    """Yield what may have to be reported, signed or not: what attackers use, what happened, what is put right."""
    supported = {one.id for one in view.dossier.all(Release) if terms.supported(one, view)}
    tied: set[str] = set()
    for vulnerability in terms.each_once(view.dossier.with_heads(Vulnerability)):
        reports = reports_of(vulnerability, view)
        tied |= {one.id for one in reports}
        affected = affected_releases(vulnerability, view)
        if supported & affected if affected else supported:
            yield from _of_vulnerability(vulnerability, reports, view)
    if supported:
        for report in terms.each_once(view.dossier.with_heads(Report)):
            if report.id not in tied and report.content.exploited is Exploited.YES and not _is_dismissed(report, view):
                yield _event(report, ATTACKED, report.content.aware_of_exploitation_on, {report.id}, {})
    for incident in terms.each_once(view.dossier.with_heads(Incident)):
        yield from _of_incident(incident)


def _event(
    item: Item[Any], names: frozenset[str], aware: datetime | None, records: set[str], more: dict[Start, datetime]
) -> Event:
    started: dict[Start, datetime] = {**more, **({"awareness": aware} if aware is not None else {})}
    own = tuple(clock for clock in clocks() if clock.id in names)
    return Event(item, own, aware, frozenset(records), started)


def _of_vulnerability(
    vulnerability: Item[Vulnerability], reports: tuple[Item[Report], ...], view: View
) -> Iterator[Event]:
    records = {vulnerability.id, *(one.id for one in reports)}
    aware = min(_aware_of_attacks(vulnerability, reports, view), default=None)
    if aware is not None:
        available = update_available(vulnerability.id, view)
        more: dict[Start, datetime] = {} if available is None else {"measure-available": start_of(available, view.zone)}
        yield _event(vulnerability, ATTACKED, aware, records, more)
    analysis = newest_analysis(vulnerability.id, view)
    if analysis is not None and analysis.content.safety.size is EffectSize.SERIOUS:
        begun = _correction_started(vulnerability.id, view)
        if begun is not None:
            yield _event(vulnerability, CORRECTED, None, records, {"correction-started": begun})


def _of_incident(incident: Item[Incident]) -> Iterator[Event]:
    content = incident.content
    names = HAPPENED
    if content.patients is not PatientsTouched.NONE:
        names |= TOUCHED
    if content.patients is PatientsTouched.HARMED:
        names |= HARMED
    yield _event(incident, names, content.aware_on, {incident.id}, {})


def _correction_started(vulnerability: str, view: View) -> datetime | None:
    """Return the first day of the decision to repair a vulnerability, as its first instant."""
    days = [
        terms.first_day(one, view)
        for one in decisions_about(vulnerability, view)
        if one.content.option in (Option.FIX, Option.PLAN)
    ]
    return start_of(min(days), view.zone) if days else None


def _aware_of_attacks(
    vulnerability: Item[Vulnerability], reports: tuple[Item[Report], ...], view: View
) -> Iterator[datetime]:
    """Yield when it came to be known here that attackers use a vulnerability.

    A report says the instant. A catalogue and a statement give a day: the end of it, since nobody can be shown to have
    known before.
    """
    for report in reports:
        aware = report.content.aware_of_exploitation_on
        if report.content.exploited is Exploited.YES and aware is not None:
            yield aware
    names = {name.casefold() for name in vulnerability.content.ids}
    for name in names:
        for taken, match in matches_by_name(view).get(name, ()):
            if match.kev is not None:
                seen = date.fromisoformat(match.first_seen) if match.first_seen else view.day(taken.at)
                yield end_of(max(seen, date.fromisoformat(match.kev)), view.zone)
        for day in view.once("said to be attacked", _said_to_be_attacked).get(name, ()):
            yield end_of(day, view.zone)


def _said_to_be_attacked(view: View) -> dict[str, list[date]]:
    """Return for each name of an advisory the days on which a statement first said that attackers use it."""
    found: dict[str, list[date]] = {}
    for statement in view.dossier.with_heads(Exploitability):
        if _says_attacked(statement.content):
            day = _first_said(statement, view)
            for name in dict.fromkeys((statement.content.advisory_id, *statement.content.aliases)):
                found.setdefault(name.casefold(), []).append(day)
    return found


def _says_attacked(statement: Exploitability) -> bool:
    return statement.rests_on.kev or statement.rests_on.exploited is Exploited.YES


def _first_said(statement: Item[Exploitability], view: View) -> date:
    for revision, content in view.dossier.versions(statement):
        if content is not None and _says_attacked(content):
            return view.day(revision.at)
    return view.day(next(one.at for one in view.dossier.history(statement).revisions if one.number == statement.number))


def _is_dismissed(report: Item[Report], view: View) -> bool:
    return any(is_concluded(one, view) and not one.content.applicable for one in investigations_of(report.id, view))


def _perhaps_exploited(view: View) -> Findings:
    for report in terms.each_once(view.dossier.with_heads(Report)):
        if report.content.exploited is not Exploited.UNKNOWN or is_closed(report, view) or _is_dismissed(report, view):
            continue
        due = view.day(report.content.received_on) + timedelta(days=view.policy.number(INVESTIGATE))
        if terms.past(due, view):
            yield Unknown(report, MAY_BE_EXPLOITED, report=report, day=due).owed(urgent=True)
