"""Advisories: whole and right, published when they are due, and brought to the users of each affected release."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal as Number
from typing import Any

from asepsis.checks import terms
from asepsis.checks.check import Findings, check
from asepsis.checks.evaluated import plan_in_force
from asepsis.checks.exploited import exploited
from asepsis.checks.problems.analyses import affected_releases, newest_analysis, newest_decision, not_affected_by
from asepsis.checks.problems.components import speaks_of
from asepsis.checks.problems.decisions import left_by
from asepsis.checks.problems.notices import in_use, notices_for
from asepsis.checks.problems.others import vulnerabilities_of
from asepsis.checks.risk.scores import follows
from asepsis.checks.view import View
from asepsis.configuration.records import Release
from asepsis.maintenance.records import Notice, NoticeAudience, Update
from asepsis.problems.records import (
    Advisory,
    AdvisoryAudience,
    AuthorityReport,
    Decision,
    Disclose,
    Exploitability,
    Option,
)
from asepsis.record.dossier import Item
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap, Unknown
from asepsis.risk.domain import cell_of
from asepsis.risk.grid import Verdict
from asepsis.risk.records import Vulnerability
from asepsis.scoring.calculators import CALCULATORS
from asepsis.sentences import Mention, Named, Sentence

DISCLOSE = "problems.disclose_days"
ACKNOWLEDGE = "problems.acknowledge_days"


def is_published(advisory: Item[Advisory], view: View) -> bool:
    """Return whether an advisory is out: a day to come publishes nothing."""
    return advisory.content.published_on is not None and advisory.content.published_on <= view.today


def _mention(record: str, view: View) -> Mention:
    return Mention(record, view.dossier.label(record) or "something that is not here")


# --- complete -------------------------------------------------------------------------------------------------------

NO_CALCULATOR = Sentence(
    "{advisory} is scored by {method}, which cannot be worked out again here.",
    next="Have somebody work the score out again, or score by a method that Asepsis can follow.",
)
OTHER_SEVERITY = Sentence(
    "{advisory} gives the severity {number}; the worst that its analyses found is {highest}.",
    next="Take over the severity of the analysis into {advisory}, and publish the correction.",
)
MISSING = Sentence(
    "{advisory} leaves out {releases}, which have what it tells of.",
    next="Enter {releases} in {advisory}, and publish the correction.",
)
TOO_MANY = Sentence(
    "{advisory} names {releases}, which no analysis says to be affected.",
    next="Take {releases} out of {advisory}, or name them in the analysis.",
)
NO_SOLUTION = Sentence(
    "{advisory} names neither an update that repairs {vulnerability} nor a decision on what is done instead with a "
    "workaround.",
    next="Name in {advisory} the update, or the decision with what users can do.",
)
NOT_AVAILABLE = Sentence(
    "{advisory} is out and sends users to {update}, which they cannot have yet.",
    next="Make {update} available and enter the day, or publish a workaround.",
)
SAID_NOT_AFFECTED = Sentence(
    "{advisory} says that {release} is affected; {statement} says that it is not.",
    next="Correct {advisory} or {statement}, and publish the correction.",
)
CHANGED_SINCE = Sentence(
    "{vulnerability} changed after {advisory} was signed.",
    next="Look whether {advisory} still holds, correct and sign it.",
)


@check("problems.advisories_complete", over=Advisory, owner=SystemRole.REGULATORY)
def advisories_are_complete(advisory: Item[Advisory], view: View) -> Findings:
    """Each advisory gives the severity and releases of its analyses, and says what solves it.

    An update that it names has to be there once it is published.

    Source: IEC 81001-5-1:2021, 4.1.7.
    """
    yield from _severity(advisory, view)
    yield from _releases(advisory, view)
    for record in advisory.content.vulnerabilities:
        yield from _solved(advisory, record, view)
    names = _names(advisory, view)
    for reference in advisory.content.affected:
        release: Item[Release] | None = view.dossier.get(reference)
        for statement in _said_not_affected(names, view) if release is not None else ():
            if release is not None and speaks_of(statement, release):
                yield Gap(advisory, SAID_NOT_AFFECTED, advisory=advisory, release=release, statement=statement)
    for link in view.dossier.links(advisory):
        if link.suspect:
            yield Gap(advisory, CHANGED_SINCE, vulnerability=_mention(link.target, view), advisory=advisory)


def _severity(advisory: Item[Advisory], view: View) -> Findings:
    severity = advisory.content.severity
    if severity.method in CALCULATORS and severity.vector is not None:
        yield from follows(advisory, severity)
    else:
        yield Unknown(advisory, NO_CALCULATOR, advisory=advisory, method=severity.method)
    analyses = [newest_analysis(record, view) for record in advisory.content.vulnerabilities]
    found = [one.content.severity for one in analyses if one is not None]
    numbers = [Number(one.number) for one in found if one.method is severity.method and one.number is not None]
    if not found:
        return
    highest = max(numbers, default=None)
    if highest is None:
        if severity not in found:
            said = found[0].number or found[0].vector or found[0].method
            yield Gap(
                advisory, OTHER_SEVERITY, advisory=advisory, number=severity.number or severity.method, highest=said
            )
    elif severity.number is None or Number(severity.number) != highest:
        yield Gap(
            advisory, OTHER_SEVERITY, advisory=advisory, number=severity.number or severity.method,
            highest=str(highest),
        )  # fmt: skip


def _releases(advisory: Item[Advisory], view: View) -> Findings:
    analyses = [newest_analysis(record, view) for record in advisory.content.vulnerabilities]
    if None in analyses:
        return  # told by problems.vulnerabilities_analysed
    analysed = {release for one in analyses if one is not None for release in one.content.affected}
    told = set(advisory.content.affected)
    for sentence, releases in ((MISSING, analysed - told), (TOO_MANY, told - analysed)):
        if releases:
            yield Gap(advisory, sentence, advisory=advisory, releases=[_mention(one, view) for one in sorted(releases)])


def _solved(advisory: Item[Advisory], record: str, view: View) -> Findings:
    solutions: list[Item[Any] | None] = [view.dossier.get(one) for one in advisory.content.resolved_by]
    updates = [one for one in solutions if one is not None and one.kind is Update and record in one.content.fixes]
    decisions = [
        one
        for one in solutions
        if one is not None
        and one.kind is Decision
        and record in one.content.about
        and one.content.option is not Option.FIX
    ]
    if decisions and advisory.content.workaround is not None:
        return
    if not updates:
        yield Gap(advisory, NO_SOLUTION, advisory=advisory, vulnerability=_mention(record, view))
    elif is_published(advisory, view) and not any(_is_available(one, view) for one in updates):
        yield Gap(advisory, NOT_AVAILABLE, advisory=advisory, update=updates[0])


def _is_available(update: Item[Update], view: View) -> bool:
    return update.content.available_on is not None and update.content.available_on <= view.today


def _names(advisory: Item[Advisory], view: View) -> set[str]:
    found: list[Item[Vulnerability] | None] = [view.dossier.get(one) for one in advisory.content.vulnerabilities]
    return {name.casefold() for one in found if one is not None for name in one.content.ids}


def _said_not_affected(names: set[str], view: View) -> tuple[Item[Exploitability], ...]:
    return terms.each_once(one for name in sorted(names) for one in not_affected_by(name, view))


# --- published ------------------------------------------------------------------------------------------------------

NOT_PUBLISHED = Sentence(
    "{decision} has others told of {vulnerability}; that was due by {day}, and no advisory is out.",
    next="Publish the advisory on {vulnerability}, or decide anew when it is told and why.",
)
EXPLOITED_AND_KEPT = Sentence(
    "{decision} tells nobody of {vulnerability}, which attackers use.",
    next="Decide anew, and publish the advisory on {vulnerability}.",
)
UNACCEPTABLE_AND_KEPT = Sentence(
    "{decision} tells nobody of {vulnerability}, which leaves an unacceptable risk in {releases}.",
    next="Decide anew, and publish the advisory on {vulnerability}.",
)


def disclosure_due(decision: Item[Decision], vulnerability: Item[Vulnerability], view: View) -> date | None:
    """Return the last day on which others are told in time of a vulnerability, as decided; `None` where nobody is.

    Without a day of its own it counts from the first day of an update that repairs it; while there is none, from the
    first day of the decision. Once attackers are known to use it, it is that day, or the decision's if that is later.
    """
    if decision.content.disclose is not Disclose.YES:
        return decision.content.disclose_by if decision.content.disclose is Disclose.LATER else None
    decided = terms.first_day(decision, view)
    due = (update_available(vulnerability.id, view) or decided) + timedelta(days=view.policy.number(DISCLOSE))
    news = exploited(vulnerability, view)
    return min(due, max(decided, news[0].day)) if news else due


def update_available(vulnerability: str, view: View) -> date | None:
    """Return the first day on which an update that repairs a vulnerability was there; `None` while none is."""
    days = [
        one.content.available_on
        for one in view.dossier.back(vulnerability, Update)
        if vulnerability in one.content.fixes
    ]
    return min((day for day in days if day is not None and day <= view.today), default=None)


def _published_on(vulnerability: str, view: View) -> date | None:
    """Return the day on which the first advisory on a vulnerability came out."""
    days = [
        one.content.published_on
        for one in view.dossier.back(vulnerability, Advisory)
        if is_published(one, view) and vulnerability in one.content.vulnerabilities
    ]
    return min((day for day in days if day is not None), default=None)


def _supported_affected(vulnerability: Item[Vulnerability], view: View) -> tuple[Item[Release], ...]:
    affected = affected_releases(vulnerability, view)
    return tuple(one for one in terms.supported_releases(view) if one.id in affected)


def _affects_users(decision: Item[Decision], view: View) -> bool:
    return any(_supported_affected(one, view) for one in vulnerabilities_of(decision, view))


@check("problems.disclosures_made", over=Decision, owner=SystemRole.REGULATORY, when=_affects_users)
def disclosures_are_made(decision: Item[Decision], view: View) -> Findings:
    """What others are to be told of is published by its day, and what attackers use or harms too much is not kept quiet.

    Source: IEC 81001-5-1:2021, 4.1.7.
    """
    for vulnerability in vulnerabilities_of(decision, view):
        releases = _supported_affected(vulnerability, view)
        newest = newest_decision(vulnerability.id, view)
        if not releases or newest is None or newest.id != decision.id:
            continue
        if _published_on(vulnerability.id, view) is not None:
            continue
        attacked = bool(exploited(vulnerability, view))
        if decision.content.disclose is Disclose.NO:
            yield from _kept(decision, vulnerability, releases, attacked, view)
            continue
        due = disclosure_due(decision, vulnerability, view)
        if terms.past(due, view):
            yield Gap(decision, NOT_PUBLISHED, decision=decision, vulnerability=vulnerability, day=due).owed(
                due=due, urgent=attacked
            )


def _kept(
    decision: Item[Decision],
    vulnerability: Item[Vulnerability],
    releases: tuple[Item[Release], ...],
    attacked: bool,
    view: View,
) -> Findings:
    if attacked:
        yield Gap(decision, EXPLOITED_AND_KEPT, decision=decision, vulnerability=vulnerability).owed(urgent=True)
    plan = plan_in_force(view)
    cells = (
        [cell_of(plan.content, score.method, score.number, harm) for score, harm in left_by(decision, view)]
        if plan is not None
        else []
    )
    if any(cell is not None and cell.verdict is Verdict.UNACCEPTABLE for cell in cells):
        yield Gap(
            decision, UNACCEPTABLE_AND_KEPT, decision=decision, vulnerability=vulnerability, releases=releases
        ).owed(urgent=True)


# --- brought to users -----------------------------------------------------------------------------------------------

USERS_NOT_TOLD = Sentence(
    "{advisory} affects {release}, which {count} installations use; its users were to be told by {day}.",
    next="Send the notice about {advisory} to the users of {release}, and enter the day.",
)
NOT_FIELDED = Sentence(
    "It is not known who uses {release}, so not who has to be told of {advisory}.",
    next="Bring in who uses {release}; a public download is a site like any other.",
)


def _is_for_users(advisory: Item[Advisory], view: View) -> bool:
    return is_published(advisory, view) and AdvisoryAudience.USERS in advisory.content.to


def notice_due(advisory: Item[Advisory], view: View) -> date | None:
    """Return the last day on which a notice about an advisory is in time; `None` before it is out."""
    published = advisory.content.published_on
    return None if published is None else published + timedelta(days=view.policy.number(ACKNOWLEDGE))


@check("problems.users_of_affected_releases_told", over=Advisory, owner=SystemRole.REGULATORY, when=_is_for_users)
def users_of_affected_releases_are_told(advisory: Item[Advisory], view: View) -> Findings:
    """The users of each affected release that is in use get a notice, whatever was published for everybody.

    Source: IEC 81001-5-1:2021, 4.1.7.
    """
    due = notice_due(advisory, view)
    for reference in advisory.content.affected:
        release: Item[Release] | None = view.dossier.get(reference)
        if release is None or not terms.supported(release, view):
            continue
        count = in_use(release, view)
        if count is None:
            yield Unknown(release, NOT_FIELDED, release=release, advisory=advisory)
        elif count and terms.past(due, view) and first_notice(advisory, release, view) is None:
            yield Gap(advisory, USERS_NOT_TOLD, advisory=advisory, release=release, count=count, day=due).owed(due=due)


def first_notice(advisory: Item[Advisory], release: Item[Release], view: View) -> Item[Notice] | None:
    """Return the first notice to users of a release that was sent about an advisory, or an update that repairs it."""
    fixes = {
        update.id
        for record in advisory.content.vulnerabilities
        for update in view.dossier.back(record, Update)
        if record in update.content.fixes
    }
    about = {advisory.id, *fixes}
    sent = [
        one
        for one in notices_for(release, view)
        if {NoticeAudience.USERS, NoticeAudience.CUSTOMERS} & set(one.content.to) and about & set(one.content.about)
    ]
    return min(sent, key=lambda one: one.content.sent_on or view.today, default=None)


# --- in time --------------------------------------------------------------------------------------------------------

SENT_LATE = Sentence(
    "{report} was sent at {sent}; it was due by {due}.",
    next="Answer the lateness by an improvement action that names {report}, and check its effect.",
)
PUBLISHED_LATE = Sentence(
    "{advisory} on {vulnerability} came out on {day}; by {decision} it was due by {due}.",
    next="Answer the lateness by an improvement action that names {advisory}, and check its effect.",
)
NOTICE_LATE = Sentence(
    "{notice} about {advisory} was sent to the users of {release} on {day}; it was due by {due}.",
    next="Answer the lateness by an improvement action that names {notice}, and check its effect.",
)


@check("problems.disclosure_clocks_kept", over="product", owner=SystemRole.REGULATORY, heals="answered")
def disclosure_clocks_were_kept(product: Named, view: View) -> Findings:
    """Authorities, the public and users were told in time; the last instant and the last day are in.

    It goes through reports to authorities, advisories and notices about them.

    Source: IEC 81001-5-1:2021, 4.1.7.
    """
    for report in view.dossier.all(AuthorityReport):
        sent, due = report.content.sent_on, report.content.due
        if sent is not None and due is not None and sent > due:
            yield Gap(report, SENT_LATE, report=report, sent=sent, due=due)
    for advisory in view.dossier.all(Advisory):
        if is_published(advisory, view):
            yield from _published_late(advisory, view)
            yield from _notices_late(advisory, view)


def _published_late(advisory: Item[Advisory], view: View) -> Findings:
    day = advisory.content.published_on
    for record in advisory.content.vulnerabilities:
        vulnerability: Item[Vulnerability] | None = view.dossier.get(record)
        decision = newest_decision(record, view)
        if vulnerability is None or decision is None or _published_on(record, view) != day:
            continue
        due = disclosure_due(decision, vulnerability, view)
        if due is not None and day is not None and day > due:
            yield Gap(
                advisory, PUBLISHED_LATE, advisory=advisory, vulnerability=vulnerability, day=day, decision=decision,
                due=due,
            )  # fmt: skip


def _notices_late(advisory: Item[Advisory], view: View) -> Findings:
    due = notice_due(advisory, view)
    if AdvisoryAudience.USERS not in advisory.content.to or due is None:
        return
    for reference in advisory.content.affected:
        release: Item[Release] | None = view.dossier.get(reference)
        notice = first_notice(advisory, release, view) if release is not None else None
        if notice is not None and notice.content.sent_on is not None and notice.content.sent_on > due:
            yield Gap(
                notice, NOTICE_LATE, notice=notice, advisory=advisory, release=release, day=notice.content.sent_on,
                due=due,
            )  # fmt: skip
