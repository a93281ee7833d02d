"""What is due: every day that follows from records, policy and law, in one list, in the organisation's time zone.

A due day itself is on time. What the checks found with a day of its own (the clocks of authorities and of updates among
it) comes out of the assessment; all else is worked out here, a rule for each day that a record or the policy sets.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from asepsis.checks import terms
from asepsis.checks.view import View
from asepsis.configuration.records import ChangeRequest, Release, SoftwareItem, SupplierAgreement
from asepsis.conformance.assessment import Assessment, DueDay, Note, Thing
from asepsis.development.records import (
    CodingStandard,
    DesignPractices,
    DevelopmentEnvironment,
    ReleaseDecision,
    SecurityPlan,
    SigningKey,
)
from asepsis.maintenance.records import MonitoredSource, SourceReview
from asepsis.problems.records import AuthorityReport, Decision, Report, ReportingChannel
from asepsis.quality.domain import months_after
from asepsis.quality.records import (
    ImprovementAction,
    ManagementReview,
    Nonconformity,
    PeriodicReview,
    Procedure,
    Qualification,
    QualitySystem,
)
from asepsis.record.dossier import Item
from asepsis.record.entry import instant
from asepsis.record.kind import Kind
from asepsis.record.slots import SystemRole
from asepsis.sentences import Named, Said, Sentence
from asepsis.statements.records import Attestation, NotApplicable, Policy
from asepsis.transition.records import ContinuedUseRationale, TransitionGap, TransitionPlan


@dataclass(frozen=True, slots=True)
class Due:
    """One thing that is due: about what, in which sentence, until the end of which day, owed by whom.

    `at` is the exact instant where a law counts hours. `owner` is a system role, or a person by id.
    """

    about: Named
    said: Said
    day: date
    owner: str
    at: datetime | None = None
    urgent: bool = False

    def days_left(self, today: date) -> int:
        """Return how many days are left; negative when it is late, 0 on the day itself."""
        return (self.day - today).days


Rule = Callable[[Item[Any], View], Iterator[Due]]
_RULES: list[tuple[type[Kind], Rule]] = []


def _rule(kind: type[Kind]) -> Callable[[Rule], Rule]:
    def add(rule: Rule) -> Rule:
        _RULES.append((kind, rule))
        return rule

    return add


def _due(
    item: Item[Any], sentence: Sentence, day: date | None, owner: SystemRole | str, **arguments: Any
) -> Iterator[Due]:
    if day is not None:
        yield Due(item, sentence.said(item=item, **arguments), day, str(owner))


# --- quality --------------------------------------------------------------------------------------------------------

REVIEW_PROCEDURE = Sentence("Look whether {item} still fits.", next="Review {item}, and have it approved again.")
RENEW_CERTIFICATE = Sentence("The certificate of {item} ends.", next="Enter the renewed certificate in {item}.")
AUDIT_CLAUSE = Sentence("Audit clause {clause}, as {item} plans.", next="Hold the audit and enter it.")
RENEW_QUALIFICATION = Sentence("{item} ends.", next="Assess the person anew for {skill}.")
ANSWER = Sentence("Answer {item}.", next="Write cause and correction into {item}, and the day.")
DO_ACTION = Sentence("Do what {item} says.", next="Do it, and enter the day in {item}.")
CHECK_EFFECT = Sentence("Look whether {item} helped.", next="Check the effect, and enter day and result in {item}.")
NEXT_REVIEW = Sentence("Hold the next review of {subject} after {item}.", next="Hold it, and write it down.")
MANAGEMENT_REVIEW = Sentence(
    "Hold the next management review after {item}.", next="Hold it, and sign what it concluded."
)


@_rule(Procedure)
def _procedures(item: Item[Procedure], view: View) -> Iterator[Due]:
    return _due(item, REVIEW_PROCEDURE, item.content.review_by, item.content.owner or SystemRole.QUALITY)


@_rule(QualitySystem)
def _quality_system(item: Item[QualitySystem], view: View) -> Iterator[Due]:
    yield from _due(item, RENEW_CERTIFICATE, item.content.certificate_until, SystemRole.QUALITY)
    for line in item.content.audit_plan:
        if line.by >= view.today:
            yield from _due(item, AUDIT_CLAUSE, line.by, SystemRole.QUALITY, clause=line.clause)


@_rule(Qualification)
def _qualifications(item: Item[Qualification], view: View) -> Iterator[Due]:
    content = item.content
    months = view.policy.number("quality.qualification_months")
    ends = months_after(content.on, months)
    until = min(ends, content.until)
    newer = (
        other
        for other in view.dossier.all(Qualification)
        if other.content.person == content.person and other.content.skill == content.skill
    )
    if all(other.content.on <= content.on for other in newer):
        yield from _due(item, RENEW_QUALIFICATION, until, SystemRole.QUALITY, skill=content.skill)


@_rule(Nonconformity)
def _nonconformities(item: Item[Nonconformity], view: View) -> Iterator[Due]:
    if item.content.answered_on is None:
        yield from _due(item, ANSWER, item.content.answer_due, item.content.owner or SystemRole.QUALITY)


@_rule(ImprovementAction)
def _actions(item: Item[ImprovementAction], view: View) -> Iterator[Due]:
    content = item.content
    if content.done_on is None:
        yield from _due(item, DO_ACTION, content.due, content.owner)
    elif content.effect_checked_on is None:
        by = months_after(content.done_on, view.policy.number("quality.effect_check_months"))
        yield from _due(item, CHECK_EFFECT, by, content.owner)


@_rule(PeriodicReview)
def _reviews(item: Item[PeriodicReview], view: View) -> Iterator[Due]:
    same = [
        one
        for one in view.dossier.all(PeriodicReview)
        if one.content.subject is item.content.subject and one.product == item.product
    ]
    if max(same, key=lambda one: one.content.last_day) is item:
        yield from _due(item, NEXT_REVIEW, item.content.next_due, SystemRole.QUALITY, subject=item.content.subject)


@_rule(ManagementReview)
def _management_reviews(item: Item[ManagementReview], view: View) -> Iterator[Due]:
    same = [one for one in view.dossier.all(ManagementReview) if one.product == item.product]
    if max(same, key=lambda one: one.content.on) is item:
        by = months_after(item.content.on, view.policy.number("quality.management_review_months"))
        yield from _due(item, MANAGEMENT_REVIEW, by, SystemRole.MANAGEMENT)


# --- configuration --------------------------------------------------------------------------------------------------

ASSESS_SUPPLIER = Sentence(
    "Assess the supplier of {item} again.", next="Look at their evidence, and enter the day in {item}."
)
SUPPORT_ENDS = Sentence("The support of {item} ends.", next="Replace it, extend its support, or tell the customers.")
RELEASE_PLANNED = Sentence("{item} is planned to go out.", next="Answer what the gate still asks.")
SECURITY_SUPPORT_ENDS = Sentence("Security support of {item} ends.", next="Tell the customers, and what to do then.")
DO_CHANGE = Sentence("Do what {item} asks for.", next="Do it, and enter the release in {item}.")


@_rule(SupplierAgreement)
def _agreements(item: Item[SupplierAgreement], view: View) -> Iterator[Due]:
    content = item.content
    months = view.policy.number("configuration.supplier_assessment_months")
    by = months_after(content.assessed_on, months) if content.assessed_on else None
    days = [one for one in (by, content.next_assessment) if one is not None]
    return _due(item, ASSESS_SUPPLIER, min(days, default=None), SystemRole.QUALITY)


@_rule(SoftwareItem)
def _items(item: Item[SoftwareItem], view: View) -> Iterator[Due]:
    return _due(item, SUPPORT_ENDS, item.content.end_of_support, SystemRole.SECURITY)


@_rule(Release)
def _releases(item: Item[Release], view: View) -> Iterator[Due]:
    if terms.released_by(item, view) is None:
        yield from _due(item, RELEASE_PLANNED, item.content.planned, SystemRole.RELEASE_MANAGER)
    else:
        yield from _due(item, SECURITY_SUPPORT_ENDS, item.content.security_support_until, SystemRole.REGULATORY)


@_rule(ChangeRequest)
def _changes(item: Item[ChangeRequest], view: View) -> Iterator[Due]:
    if item.content.done_in is None and item.content.decided == "do":
        yield from _due(item, DO_CHANGE, item.content.due, item.content.owner or SystemRole.DEVELOPER)


# --- development ----------------------------------------------------------------------------------------------------

REVIEW = Sentence("Look whether {item} still fits.", next="Review {item}, and have it signed again.")
PLANNED_OUTPUT = Sentence(
    "{item} plans what clause {clause} asks for.", next="Finish it, or tailor that row of {item}."
)
VERIFY_MEASURES = Sentence("Verify in {item}: {what}.", next="Verify each, and enter day and proof in {item}.")
ROTATE_KEY = Sentence("{item} may sign until then.", next="Make a new key, and revoke {item}.")
CHECK_CUSTODY = Sentence("Check who keeps {item}.", next="Check its custody, and enter the day in {item}.")
CLOSE_ACCEPTED = Sentence(
    "Close the gap of {obligation} that {item} left.", next="Close it; its owner promised it by then."
)


@_rule(SecurityPlan)
def _plans(item: Item[SecurityPlan], view: View) -> Iterator[Due]:
    yield from _due(item, REVIEW, item.content.review_by, SystemRole.SECURITY)
    for activity in item.content.activities:
        if activity.due >= view.today:
            yield from _due(item, PLANNED_OUTPUT, activity.due, SystemRole.RELEASE_MANAGER, clause=activity.clause)


@_rule(CodingStandard)
def _standards(item: Item[CodingStandard], view: View) -> Iterator[Due]:
    by = months_after(item.content.reviewed_on, view.policy.number("development.practices_review_months"))
    return _due(item, REVIEW, min(by, item.content.review_by), SystemRole.SECURITY)


@_rule(DesignPractices)
def _practices(item: Item[DesignPractices], view: View) -> Iterator[Due]:
    by = months_after(item.content.reviewed_on, view.policy.number("development.practices_review_months"))
    return _due(item, REVIEW, by, SystemRole.ARCHITECT)


@_rule(DevelopmentEnvironment)
def _measures(item: Item[DevelopmentEnvironment], view: View) -> Iterator[Due]:
    most = view.policy.number("development.environment_check_months")
    days: dict[date, list[str]] = defaultdict(list)
    for measure in item.content.measures:
        if measure.verified_on is not None:  # never verified: that is a gap, and has no day
            by = months_after(measure.verified_on, min(measure.verify_every_months, most))
            days[by].append(measure.what.rstrip("."))
    for by, what in days.items():
        yield from _due(item, VERIFY_MEASURES, by, SystemRole.SECURITY, what="; ".join(what))


@_rule(SigningKey)
def _keys(item: Item[SigningKey], view: View) -> Iterator[Due]:
    content = item.content
    if content.revoked_on is not None:
        return
    yield from _due(item, ROTATE_KEY, content.rotate_by, SystemRole.SECURITY)
    if content.custody_checked_on is not None:
        by = months_after(content.custody_checked_on, view.policy.number("development.key_custody_months"))
        yield from _due(item, CHECK_CUSTODY, by, SystemRole.SECURITY)


@_rule(ReleaseDecision)
def _accepted(item: Item[ReleaseDecision], view: View) -> Iterator[Due]:
    for gap in item.content.gaps:
        yield from _due(item, CLOSE_ACCEPTED, gap.due, gap.owner, obligation=gap.obligation)


# --- problems and maintenance ---------------------------------------------------------------------------------------

ACKNOWLEDGE = Sentence("Tell the sender of {item} that it arrived.", next="Answer them, and enter the day in {item}.")
TRY_CHANNEL = Sentence("Try out {item}.", next="Send a report through it, and enter the day in {item}.")
CARRY_OUT = Sentence("Carry out {item}.", next="Do what was decided, and enter the day in {item}.")
DISCLOSE = Sentence("Tell those affected, as {item} says.", next="Publish the advisory, or decide anew.")
REPORT_TO_AUTHORITY = Sentence("Send {item} to {authority}.", next="Send it, and enter the instant in {item}.")
LOOK_AT_SOURCE = Sentence("Look at {item}.", next="Look, and write down what was taken up.")


@_rule(Report)
def _reports(item: Item[Report], view: View) -> Iterator[Due]:
    if item.content.acknowledged_on is None and item.content.closed_on is None:
        channel: Item[ReportingChannel] | None = view.dossier.get(item.content.channel)
        most = view.policy.number("problems.acknowledge_days")
        days = min(channel.content.acknowledge_days, most) if channel is not None else most
        yield from _due(
            item, ACKNOWLEDGE, view.day(item.content.received_on) + timedelta(days=days), SystemRole.INCIDENT
        )


@_rule(ReportingChannel)
def _channels(item: Item[ReportingChannel], view: View) -> Iterator[Due]:
    if item.content.tried_on is not None:
        most = view.policy.number("problems.channel_try_months")
        by = months_after(item.content.tried_on, min(item.content.try_every_months, most))
        yield from _due(item, TRY_CHANNEL, by, item.content.owner)


@_rule(Decision)
def _decisions(item: Item[Decision], view: View) -> Iterator[Due]:
    if item.content.closed_on is None:
        yield from _due(item, CARRY_OUT, item.content.due, SystemRole.SECURITY)
    yield from _due(item, DISCLOSE, item.content.disclose_by, SystemRole.REGULATORY)


@_rule(AuthorityReport)
def _authorities(item: Item[AuthorityReport], view: View) -> Iterator[Due]:
    content = item.content
    if content.due is not None and content.sent_on is None:
        said = REPORT_TO_AUTHORITY.said(item=item, authority=content.authority)
        day = view.day(content.due)
        yield Due(item, said, day, str(SystemRole.REGULATORY), content.due, urgent=True)


@_rule(MonitoredSource)
def _sources(item: Item[MonitoredSource], view: View) -> Iterator[Due]:
    looked = [one.content.last_day for one in view.dossier.back(item, SourceReview)]
    if looked:
        by = max(looked) + timedelta(days=item.content.look_every_days)
        yield from _due(item, LOOK_AT_SOURCE, by, item.content.owner)


# --- transition and statements --------------------------------------------------------------------------------------

CLOSE_GAP = Sentence("Close {item}.", next="Close it, and enter the day in {item}.")
REACH_MILESTONE = Sentence("Reach what {item} plans: {what}.", next="Reach it, and enter the day in {item}.")
FULL_BY = Sentence("All clauses are to be fulfilled, as {item} plans.", next="Move to the full route, or plan anew.")
RATIONALE_ENDS = Sentence("{item} ends.", next="Look at the risks again, and sign a new rationale.")
ATTEST_AGAIN = Sentence("Attest {obligation} again after {item}.", next="Look at what it rests on, and sign it anew.")
EXCLUSION_ENDS = Sentence("{item} ends.", next="Look again whether {obligation} applies.")


@_rule(TransitionGap)
def _gaps(item: Item[TransitionGap], view: View) -> Iterator[Due]:
    if item.content.closed_on is None:
        yield from _due(item, CLOSE_GAP, item.content.due, item.content.owner)


@_rule(TransitionPlan)
def _transition(item: Item[TransitionPlan], view: View) -> Iterator[Due]:
    yield from _due(item, REVIEW, item.content.review_by, SystemRole.QUALITY)
    yield from _due(item, FULL_BY, item.content.full_by, SystemRole.MANAGEMENT)
    for one in item.content.milestones:
        if one.done_on is None:
            yield from _due(item, REACH_MILESTONE, one.due, SystemRole.MANAGEMENT, what=one.what)


@_rule(ContinuedUseRationale)
def _rationales(item: Item[ContinuedUseRationale], view: View) -> Iterator[Due]:
    return _due(item, RATIONALE_ENDS, item.content.until, SystemRole.MANAGEMENT)


@_rule(Attestation)
def _attestations(item: Item[Attestation], view: View) -> Iterator[Due]:
    content = item.content
    if content.release is not None:
        return
    same = [one for one in view.dossier.all(Attestation) if one.content.obligation == content.obligation]
    if max(same, key=lambda one: one.content.on) is item:
        ends = months_after(content.on, view.policy.number("statements.attestation_months"))
        by = min(ends, content.until) if content.until is not None else ends
        yield from _due(item, ATTEST_AGAIN, by, SystemRole.QUALITY, obligation=content.obligation)


@_rule(NotApplicable)
def _exclusions(item: Item[NotApplicable], view: View) -> Iterator[Due]:
    return _due(item, EXCLUSION_ENDS, item.content.until, SystemRole.QUALITY, obligation=item.content.obligation)


@_rule(Policy)
def _policies(item: Item[Policy], view: View) -> Iterator[Due]:
    return _due(item, REVIEW, item.content.review_by, SystemRole.MANAGEMENT)


# --- all together ---------------------------------------------------------------------------------------------------


def due(view: View, assessment: Assessment | None = None) -> tuple[Due, ...]:
    """Return everything that is due, the earliest first: what is late stays until it is done.

    Kinds that warn count from their first save. With an assessment, what its checks found with a day of its own counts
    too, where no rule names the same record for the same day.
    """
    found: list[Due] = []
    for kind, rule in _RULES:
        for item in view.dossier.with_heads(kind):
            found += rule(item, view)
    named = {(one.about.id, one.day) for one in found}
    if assessment is not None:
        found += [one for one in _noted(assessment) if (one.about.id, one.day) not in named]
    unique = {(one.about.id, one.day, one.said.text()): one for one in found}
    return tuple(sorted(unique.values(), key=lambda one: (one.day, not one.urgent, one.about.label, one.said.text())))


def _noted(assessment: Assessment) -> Iterator[Due]:
    for verdict in assessment.obligations:
        for note in verdict.gaps:
            if note.due is not None and verdict.counts:
                yield _of_note(note)


def _of_note(note: Note) -> Due:
    day = date.fromisoformat(note.due) if note.due else date.max
    return Due(note.about.mention, note.said, day, note.owner, urgent=note.urgent)


def due_days(view: View, assessment: Assessment) -> tuple[DueDay, ...]:
    """Return everything that is due, as an assessment keeps it."""
    return tuple(
        DueDay(
            Thing(one.about.id, one.about.label),
            one.said.value(),
            one.day.isoformat(),
            one.owner,
            instant(one.at) if one.at is not None else None,
            one.urgent,
        )
        for one in due(view, assessment)
    )


def kept_dues(assessment: Assessment) -> tuple[Due, ...]:
    """Return what was due when an assessment was made."""
    return tuple(
        Due(
            one.about.mention,
            one.said,
            date.fromisoformat(one.day),
            one.owner,
            datetime.fromisoformat(one.at) if one.at is not None else None,
            one.urgent,
        )
        for one in assessment.due
    )


# --- as a calendar --------------------------------------------------------------------------------------------------


def calendar(dues: tuple[Due, ...], *, name: str, now: datetime, zone: ZoneInfo, show: Callable[[Any], str]) -> str:
    """Return due days as an iCalendar (RFC 5545): whole days, or an instant where a law counts hours.

    The same due thing keeps its identity from one making to the next, so that a calendar moves it and adds none.
    """
    stamp = f"{now.astimezone(ZoneInfo('UTC')):%Y%m%dT%H%M%SZ}"
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Asepsis//due days//EN", f"X-WR-CALNAME:{_escaped(name)}"]
    seen: dict[str, int] = {}
    for one in dues:
        lines += ["BEGIN:VEVENT", f"UID:{_identity(one, seen)}@asepsis", f"DTSTAMP:{stamp}"]
        if one.at is not None:
            lines.append(f"DTSTART:{one.at.astimezone(ZoneInfo('UTC')):%Y%m%dT%H%M%SZ}")
        else:
            lines.append(f"DTSTART;VALUE=DATE:{one.day:%Y%m%d}")
            lines.append(f"DTEND;VALUE=DATE:{one.day + timedelta(days=1):%Y%m%d}")
        lines.append(f"SUMMARY:{_escaped(f'{one.about.label}: {one.said.text(show)}')}")
        if step := one.said.next(show):
            lines.append(f"DESCRIPTION:{_escaped(step)}")
        lines += ["TRANSP:TRANSPARENT", "END:VEVENT"]
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line))


def _identity(one: Due, seen: dict[str, int]) -> str:
    base = sha256(f"{one.about.id} {one.said.text()}".encode()).hexdigest()[:32]
    seen[base] = seen.get(base, 0) + 1
    return base if seen[base] == 1 else f"{base}-{seen[base]}"


def _escaped(text: str) -> str:
    """Return a text as RFC 5545, 3.3.11 writes it."""
    for found, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\r\n", "\\n"), ("\n", "\\n"), ("\r", "\\n")):
        text = text.replace(found, written)
    return "".join(one for one in text if one.isprintable() or one == "\t")


def _folded(line: str) -> Iterator[str]:
    """Yield a line in parts of at most 75 bytes (RFC 5545, 3.1), never within a character."""
    part, size = "", 0
    for letter in line:
        width = len(letter.encode())
        if size + width > 75:
            yield part
            part, size = " ", 1
        part, size = part + letter, size + width
    yield part
