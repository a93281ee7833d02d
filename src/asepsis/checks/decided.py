"""What was decided: about a release at its gate, and about vulnerabilities and findings."""

from __future__ import annotations

from asepsis.checks import terms
from asepsis.checks.view import View
from asepsis.development.records import Finding, ReleaseDecision
from asepsis.problems.records import Decision, Investigation, Option
from asepsis.record.dossier import Item
from asepsis.risk.records import Vulnerability


def at_gate(view: View) -> tuple[Item[ReleaseDecision], ...]:
    """Return the decisions about the release looked at that are effective, or wait for signatures."""
    if view.release is None:
        return ()
    submitted = [one for one in view.dossier.submitted(ReleaseDecision) if one.content.release == view.release.id]
    rewritten = {one.id for one in submitted}
    return (*(one for one in terms.decisions_of(view.release, view) if one.id not in rewritten), *submitted)


def decisions_about(record: str, view: View) -> tuple[Item[Decision], ...]:
    """Return the effective decisions about a vulnerability or finding."""
    return tuple(one for one in view.dossier.back(record, Decision) if record in one.content.about)


def investigations_of(record: str, view: View) -> tuple[Item[Investigation], ...]:
    """Return the effective investigations into a report or finding."""
    return tuple(one for one in view.dossier.back(record, Investigation) if record in one.content.reports)


def decisions_on(finding: Item[Finding], view: View) -> tuple[Item[Decision], ...]:
    """Return the effective decisions about a finding, or about a vulnerability that its investigation led to."""
    led_to = [one.content.leads_to for one in investigations_of(finding.id, view) if one.content.leads_to is not None]
    records = dict.fromkeys([finding.id, *map(str, led_to)])
    return tuple(one for record in records for one in decisions_about(record, view))


def is_left(finding: Item[Finding], view: View) -> bool:
    """Return whether what a finding takes up may stay as it is: decided so, or found in an investigation not to apply.

    What is to be fixed may not: it is settled by being gone.
    """
    if any(one.content.option is not Option.FIX for one in decisions_on(finding, view)):
        return True
    return any(
        not one.content.applicable and one.content.concluded_on is not None
        for one in investigations_of(finding.id, view)
    )


def has(vulnerability: Item[Vulnerability], view: View) -> bool:
    """Return whether the release looked at has a vulnerability: it says so, or names no release at all."""
    affected = vulnerability.content.affected
    return not affected or (view.release is not None and view.release.id in affected)
