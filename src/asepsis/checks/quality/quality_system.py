"""The quality system: security is part of it, it is valid, and its audits reach every clause."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from asepsis.checks import terms
from asepsis.checks.check import check
from asepsis.checks.view import View
from asepsis.clauses.catalogue import Clause
from asepsis.quality.domain import months_after
from asepsis.quality.records import Audit, AuditKind, QualitySystem
from asepsis.record.dossier import Item
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap, Unknown
from asepsis.sentences import Sentence
from asepsis.statements.records import Policy

CYCLE_MONTHS = "quality.audit_cycle_months"
SHOWING = (AuditKind.INTERNAL, AuditKind.CUSTOMER, AuditKind.NOTIFIED_BODY)

OUT_OF_SCOPE = Sentence(
    "{system} leaves the security activities out of its scope.",
    next="Take product security into the scope of {system}, and have it approved.",
)
CERTIFICATE_OVER = Sentence(
    "The certificate of {system} was valid until {day}.", next="Enter the renewed certificate in {system}."
)
CERTIFICATE_GONE = Sentence("The certificate of {system} is not stored here.", next="Store the certificate again.")
NEVER_SHOWN = Sentence(
    "{system} has no certificate, and no internal, customer or notified-body audit within {months} months shows it.",
    next="Enter the certificate, or the newest such audit.",
)
NOT_AUDITED = Sentence(
    "No audit within {months} months drew a sample for clause {clause}, and {system} plans none.",
    next="Give {clause} a day in the audit plan of {system}, or enter the audit that sampled it.",
)
AUDIT_MISSED = Sentence(
    "The audit of clause {clause} was planned by {day}, and no audit with a sample is entered.",
    next="Hold the audit of {clause} and enter it.",
)
AUDIT_TOO_LATE = Sentence(
    "The audit of clause {clause} is planned by {day}; its cycle ends on {last}.",
    next="Plan the audit of {clause} by {last}.",
)
POLICY_OVER = Sentence(
    "Whether the days and levels of {policy} still fit was to be looked at by {day}.",
    next="Look over the values of {policy}, and have it approved with a new day.",
)
OWN_WORK = Sentence(
    "{person} audited in {audit} and wrote what it drew: {records}.",
    next="Have somebody else audit {records}, and enter that audit.",
)
REPORT_GONE = Sentence("The report of {audit} is not stored here.", next="Store the report of {audit} again.")


@check("quality.system_scope_and_validity", over=QualitySystem, owner=SystemRole.QUALITY, needed=True)
def system_covers_security_and_is_valid(system: Item[QualitySystem], view: View) -> Iterator[Gap | Unknown]:
    """The quality system covers security and is shown to be alive, by a valid certificate or by a recent audit.

    The policy that sets its days and levels is looked over by the day that it names.

    Source: IEC 81001-5-1:2021, 4.1.1.
    """
    content = system.content
    if not content.security_in_scope:
        yield Gap(system, OUT_OF_SCOPE, system=system)
    for policy in view.dossier.all(Policy):
        if terms.past(policy.content.review_by, view):
            gap = Gap(policy, POLICY_OVER, policy=policy, day=policy.content.review_by)
            yield gap.owed(by=SystemRole.MANAGEMENT, due=policy.content.review_by)
    if content.certificate is None:
        months = view.policy.number(CYCLE_MONTHS)
        if not any(_shows(audit, months, view) for audit in view.dossier.all(Audit)):
            yield Gap(system, NEVER_SHOWN, system=system, months=months)
        return
    if terms.past(content.certificate_until, view):
        yield Gap(system, CERTIFICATE_OVER, system=system, day=content.certificate_until)
    if terms.is_gone(content.certificate, view):
        yield Unknown(system, CERTIFICATE_GONE, system=system)


def _shows(audit: Item[Audit], months: int, view: View) -> bool:
    return audit.content.kind in SHOWING and terms.within_months(audit.content.on, months, view)


# It goes through the quality system, whose plan holds what is still to come; the audits are what it reads. Over the
# audits, a maker who planned all of them and held none yet could do nothing against the gap.
@check("quality.security_processes_audited", over=QualitySystem, owner=SystemRole.QUALITY, needed=True)
def security_processes_are_audited(system: Item[QualitySystem], view: View) -> Iterator[Gap | Unknown]:
    """Each clause that is asked was sampled in an audit by somebody else within a cycle, or is planned in time.

    That an auditor looked at no work of their own is told by the audit, and by who wrote what it drew.

    Source: IEC 81001-5-1:2021, 4.1.1.
    """
    months = view.policy.number(CYCLE_MONTHS)
    audits = [audit for audit in view.dossier.all(Audit) if _samples(audit, months, view)]
    audited = {clause for audit in audits for clause in audit.content.clauses}
    for clause in terms.asked_clauses(view):
        if clause.id not in audited:
            yield from _planned(clause, system, view)
    for audit in audits:
        yield from _own_work(audit, view)
        if terms.is_gone(audit.content.report, view):
            yield Unknown(audit, REPORT_GONE, audit=audit)


def _samples(audit: Item[Audit], months: int, view: View) -> bool:
    content = audit.content
    return content.own_work_excluded and bool(content.sample) and terms.within_months(content.on, months, view)


def _own_work(audit: Item[Audit], view: View) -> Iterator[Gap]:
    """Yield the auditors who wrote what they drew: it says that none did, and the ledger tells who wrote what."""
    written: dict[str, list[Item[Any]]] = {}
    for record in audit.content.sample:
        drawn: Item[Any] | None = view.dossier.get(record)
        if drawn is not None:
            for author in _authors(drawn, audit, view):
                written.setdefault(author, []).append(drawn)
    for person in dict.fromkeys(one.person for one in audit.content.auditors if one.person in written):
        yield Gap(audit, OWN_WORK, audit=audit, person=person, records=written[str(person)])


def _authors(drawn: Item[Any], audit: Item[Audit], view: View) -> frozenset[str]:
    """Return who wrote a record up to the day of an audit; what was written since is no work that it looked at."""
    revisions = view.dossier.history(drawn).revisions
    return frozenset(one.by for one in revisions if not one.progress and view.day(one.at) <= audit.content.on)


def _planned(clause: Clause, system: Item[QualitySystem], view: View) -> Iterator[Gap]:
    """Yield what is wrong with the plan for a clause that no audit covers: of several days the first to come counts."""
    months = view.policy.number(CYCLE_MONTHS)
    days = sorted(planned.by for planned in system.content.audit_plan if planned.clause == clause.id)
    to_come = [day for day in days if not terms.past(day, view)]
    if not days:
        yield Gap(system, NOT_AUDITED, system=system, clause=clause.id, months=months)
        return
    if not to_come:
        yield Gap(system, AUDIT_MISSED, clause=clause.id, day=days[-1]).owed(due=days[-1])
        return
    begun = [terms.first_day(one, view) for one in terms.procedures_of(clause.id, view)]
    last = months_after(min(begun), months) if begun else None
    if last is not None and to_come[0] > last:
        yield Gap(system, AUDIT_TOO_LATE, clause=clause.id, day=to_come[0], last=last).owed(due=last)
