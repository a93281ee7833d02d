"""Reports: acknowledged to whoever sent them, closed only on a result, and dealt with in the days that were set."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from asepsis.checks import terms
from asepsis.checks.check import Findings, check
from asepsis.checks.decided import decisions_about, investigations_of
from asepsis.checks.problems.analyses import analyses_of
from asepsis.checks.view import View
from asepsis.problems.records import (
    CaseNote,
    Correspondent,
    Investigation,
    NoteDirection,
    Report,
    ReportingChannel,
    ReportOrigin,
)
from asepsis.record.dossier import Item
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap
from asepsis.sentences import Mention, Sentence

ACKNOWLEDGE = "problems.acknowledge_days"
INVESTIGATE = "problems.investigate_days"
ANALYSE = "problems.analyse_days"
ACKNOWLEDGED = (ReportOrigin.SUPPLIER, ReportOrigin.USERS, ReportOrigin.RESEARCHERS)  # 9.2 b, d and f
ANSWERED = (ReportOrigin.USERS, ReportOrigin.RESEARCHERS)


def is_closed(report: Item[Report], view: View) -> bool:
    """Return whether a report is closed: a day to come closes nothing."""
    return report.content.closed_on is not None and report.content.closed_on <= view.today


def acknowledgement_due(report: Item[Report], view: View) -> date | None:
    """Return the last day on which the sender of a report hears in time that it arrived; `None` where nobody waits."""
    if report.content.origin not in ACKNOWLEDGED:
        return None
    channel: Item[ReportingChannel] | None = view.dossier.get(report.content.channel)
    most = view.policy.number(ACKNOWLEDGE)
    number = min(channel.content.acknowledge_days, most) if channel is not None else most
    return view.day(report.content.received_on) + timedelta(days=number)


# --- acknowledged ---------------------------------------------------------------------------------------------------

NO_CHANNEL = Sentence("{report} does not say by which channel it came.", next="Name the channel that {report} came by.")
NOT_ACKNOWLEDGED = Sentence(
    "Whoever sent {report} was to hear by {day} that it arrived, and has not.",
    next="Tell the sender of {report} that it arrived, and enter the day.",
)
ACKNOWLEDGED_BEFORE = Sentence(
    "{report} was acknowledged on {day} and received on {since}.", next="Correct the day in {report}."
)
SILENCE_OVER = Sentence(
    "Whoever sent {report} asked to keep it quiet until {day}; that is over, and {report} is still open.",
    next="Finish {report} and tell the users, or agree on a later day with the sender and enter it.",
)
UNANSWERED = Sentence(
    "{note} about {report} asked for an answer by {due}, and none went out since.",
    next="Answer {note}, and write down what you said.",
)
NOBODY = Sentence(
    "Nobody who is still here listens to the channel of {report}.",
    next="Name an owner of its channel who is here, or another channel in {report}.",
)


@check("problems.reports_acknowledged", over=Report, owner=SystemRole.INCIDENT)
def reports_are_acknowledged(report: Item[Report], view: View) -> Findings:
    """Each report came by a channel that somebody listens to; its sender soon hears that it arrived, and gets answers.

    Tests, own people, logs and public data wait for no acknowledgement. When the silence that a sender asked for ends,
    others hear of it from the sender, so the report is dealt with by then.

    Source: IEC 81001-5-1:2021, 9.2.
    """
    content = report.content
    due = acknowledgement_due(report, view)
    if content.acknowledged_on is None and terms.past(due, view):
        yield Gap(report, NOT_ACKNOWLEDGED, report=report, day=due).owed(due=due)
    received = view.day(content.received_on)
    if content.acknowledged_on is not None and content.acknowledged_on < received:
        yield Gap(report, ACKNOWLEDGED_BEFORE, report=report, day=content.acknowledged_on, since=received)
    if terms.past(content.embargo_until, view) and not is_closed(report, view):
        yield Gap(report, SILENCE_OVER, report=report, day=content.embargo_until).owed(
            due=content.embargo_until, urgent=True
        )
    yield from _unanswered(report, view)
    if content.channel is None:
        yield Gap(report, NO_CHANNEL, report=report)
    elif not is_closed(report, view):
        channel: Item[ReportingChannel] | None = view.dossier.get(content.channel)
        if channel is None or not terms.active(channel.content.owner, view.today, terms.people(view)):
            yield Gap(report, NOBODY, report=report)


def _unanswered(report: Item[Report], view: View) -> Findings:
    notes = [one for one in view.dossier.back(report, CaseNote) if report.id in one.content.about]
    answers = [one.content.at for one in notes if one.content.direction is NoteDirection.OUT]
    last = max(answers, default=None)
    for note in notes:
        content = note.content
        if content.direction is not NoteDirection.IN or content.answer_due is None or view.now <= content.answer_due:
            continue
        if last is None or last <= content.at:
            day = view.day(content.answer_due)
            yield Gap(note, UNANSWERED, note=note, report=report, due=content.answer_due).owed(due=day)


# --- closed ---------------------------------------------------------------------------------------------------------

NO_RESULT = Sentence(
    "{report} is closed, and no investigation of it has come to its end.",
    next="Finish the investigation of {report} before closing it.",
)
NOT_DECIDED = Sentence(
    "{report} is closed; {vulnerability}, to which {investigation} led, was not decided.",
    next="Decide how {vulnerability} is handled.",
)
DUPLICATE_OF_NOTHING = Sentence(
    "{report} is closed as a duplicate; {investigation} leads to no investigation that has come to its end.",
    next="Name in {investigation} the investigation that found the result, or conclude it.",
)
CLOSED_BEFORE = Sentence(
    "{report} was closed on {day}; its first investigation ended on {ended}.",
    next="Correct the day in {report}.",
)
SENDER_NOT_TOLD = Sentence(
    "{report} is closed, and its sender was not told what came of it since {day}.",
    next="Tell the sender of {report} what came of it, and write down what you said.",
)


@check("problems.reports_closed_on_results", over=Report, owner=SystemRole.INCIDENT, when=is_closed)
def reports_are_closed_on_a_result(report: Item[Report], view: View) -> Findings:
    """A report is closed once its investigation has ended, what it led to was decided, and its sender knows.

    Source: IEC 81001-5-1:2021, 9.2.
    """
    concluded = [one for one in investigations_of(report.id, view) if is_concluded(one, view)]
    if not concluded:
        yield Gap(report, NO_RESULT, report=report)
        return
    for investigation in concluded:
        if investigation.content.duplicate_of is not None and result_of(investigation, view) is None:
            yield Gap(investigation, DUPLICATE_OF_NOTHING, report=report, investigation=investigation)
        found = investigation.content.leads_to
        if found is not None and not decisions_about(found, view):
            vulnerability = Mention(found, view.dossier.label(found) or "a vulnerability that is not here")
            yield Gap(report, NOT_DECIDED, report=report, vulnerability=vulnerability, investigation=investigation)
    ended = min(day for one in concluded if (day := one.content.concluded_on) is not None)
    if report.content.closed_on is not None and report.content.closed_on < ended:
        yield Gap(report, CLOSED_BEFORE, report=report, day=report.content.closed_on, ended=ended)
    if report.content.origin in ANSWERED and not any(view.day(at) >= ended for at in _told(report, view)):
        yield Gap(report, SENDER_NOT_TOLD, report=report, day=ended)


def is_concluded(investigation: Item[Investigation], view: View) -> bool:
    """Return whether an investigation has come to its end: a day to come ends nothing."""
    return investigation.content.concluded_on is not None and investigation.content.concluded_on <= view.today


def result_of(investigation: Item[Investigation], view: View) -> Item[Investigation] | None:
    """Return the investigation at the end of a chain of duplicates.

    `None` where one of them is not concluded or not in force, or where the chain closes on itself.
    """
    seen: set[str] = set()
    at: Item[Investigation] | None = investigation
    while at is not None and at.id not in seen and is_concluded(at, view):
        if at.content.duplicate_of is None:
            return at
        seen.add(at.id)
        at = view.dossier.get(at.content.duplicate_of)
    return None


def _told(report: Item[Report], view: View) -> Iterator[datetime]:
    """Yield when messages about a report went to its sender."""
    for note in view.dossier.back(report, CaseNote):
        content = note.content
        to_sender = content.with_whom is Correspondent.REPORTER and content.direction is NoteDirection.OUT
        if to_sender and report.id in content.about:
            yield content.at


# --- in time --------------------------------------------------------------------------------------------------------

ACKNOWLEDGED_LATE = Sentence(
    "{report} was acknowledged on {day}; that was due by {due}.",
    next="Answer the lateness by an improvement action that names {report}, and check its effect.",
)
INVESTIGATED_LATE = Sentence(
    "The investigation of {report} ended on {day}; that was due by {due}.",
    next="Answer the lateness by an improvement action that names {report}, and check its effect.",
)
ANALYSED_LATE = Sentence(
    "What {report} led to was analysed on {day}; that was due by {due}.",
    next="Answer the lateness by an improvement action that names {report}, and check its effect.",
)


@check("problems.stages_kept_their_days", over=Report, owner=SystemRole.INCIDENT, heals="answered")
def stages_kept_their_days(report: Item[Report], view: View) -> Findings:
    """Each report was acknowledged, investigated and analysed within the days that the policy sets; the last day is in.

    Source: IEC 81001-5-1:2021, 9.2; 9.3; 9.4.
    """
    due, day = acknowledgement_due(report, view), report.content.acknowledged_on
    if due is not None and day is not None and day > due:
        yield Gap(report, ACKNOWLEDGED_LATE, report=report, day=day, due=due).serving("9.2-2")
    investigations = [(one, on) for one in investigations_of(report.id, view) if (on := _ended(one, view)) is not None]
    ended = min((on for _, on in investigations), default=None)
    due = view.day(report.content.received_on) + timedelta(days=view.policy.number(INVESTIGATE))
    if ended is not None and ended > due:
        yield Gap(report, INVESTIGATED_LATE, report=report, day=ended, due=due).serving("9.3-1")
    for investigation, _ in investigations:
        found, concluded = investigation.content.leads_to, investigation.content.concluded_on
        analyses = analyses_of(found, view) if found is not None else ()
        analysed = min((terms.first_day(one, view) for one in analyses), default=None)
        if analysed is None or concluded is None:
            continue
        due = concluded + timedelta(days=view.policy.number(ANALYSE))
        if analysed > due:
            yield Gap(report, ANALYSED_LATE, report=report, day=analysed, due=due).serving("9.4-1")


def _ended(investigation: Item[Investigation], view: View) -> date | None:
    """Return the day on which an investigation had ended and somebody had signed so; `None` while it goes on."""
    for revision, content in view.dossier.versions(investigation):
        if content is not None and content.concluded_on is not None and revision.effective_at is not None:
            return max(content.concluded_on, view.day(revision.effective_at))
    return None
