"""The known vulnerabilities that scanners found in the bills of a release, and what settles each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from asepsis.checks import terms
from asepsis.checks.view import AbsentFactsError, View
from asepsis.configuration.records import BillOfMaterials
from asepsis.problems.domain import same_component
from asepsis.problems.records import Exploitability, Status
from asepsis.quality.domain import holds
from asepsis.record.dossier import Item
from asepsis.record.facts import TakenIn
from asepsis.risk.records import Vulnerability

if TYPE_CHECKING:
    from asepsis.exchange.facts import Match

SCAN_AGE = "maintenance.scan_age_days"


@dataclass(frozen=True, slots=True)
class Matched:
    """One advisory that a scanner found to be about one component of a bill, with what was said of it."""

    bill: Item[BillOfMaterials]
    match: Match
    statement: Item[Exploitability] | None
    vulnerability: Item[Vulnerability] | None

    @property
    def settled(self) -> bool:
        """Return whether somebody has said, in a signed record, what it means here."""
        if self.vulnerability is not None:
            return True
        return self.statement is not None and self.statement.content.status is not Status.UNDER_INVESTIGATION

    @property
    def open(self) -> bool:
        """Return whether it has, or may have, an effect in this release."""
        if self.statement is None:
            return True
        return self.statement.content.status not in (Status.NOT_AFFECTED, Status.FIXED)


def scan_of(bill: Item[BillOfMaterials], view: View) -> TakenIn | None:
    """Return the newest matches of a bill, without reading them."""
    subject = next(one.subject for one in terms.subjects_of("matches", view) if one.item.id == bill.id)
    return view.taken_in("matches", subject)


def is_old(scan: TakenIn, view: View) -> bool:
    """Return whether a scan is older than the policy lets one be; the last day is in."""
    made = datetime.fromisoformat(scan.as_of or scan.at)
    return view.today > view.day(made) + timedelta(days=view.policy.number(SCAN_AGE))


def matched(view: View) -> tuple[Matched, ...]:
    """Return what scanners found in the bills of the release looked at, but for what they found not to be affected.

    Raises `AbsentFactsError` where a bill was not laid against advisory feeds.
    """
    return view.once("matched", lambda view: tuple(_matched(view)))


def _matched(view: View) -> Iterator[Matched]:
    statements = _by_name(view)
    vulnerabilities: dict[str, Item[Vulnerability]] = {}
    for one in view.dossier.all(Vulnerability):
        for name in one.content.ids:
            vulnerabilities.setdefault(name.casefold(), one)
    for bill in terms.bill_records(view):
        scan = scan_of(bill, view)
        if scan is None:
            raise AbsentFactsError("matches", bill.label)
        for match in view.document(scan).matches:
            if match.result == "not-affected":
                continue
            names = [name.casefold() for name in (match.advisory, *match.aliases)]
            said = [one for name in names for one in statements.get(name, ()) if speaks_of(one, match, bill, view)]
            found = next((vulnerabilities[name] for name in names if name in vulnerabilities), None)
            yield Matched(bill, match, max(said, key=lambda one: terms.first_position(one, view), default=None), found)


def _by_name(view: View) -> dict[str, list[Item[Exploitability]]]:
    found: dict[str, list[Item[Exploitability]]] = {}
    for one in view.dossier.all(Exploitability):
        if not terms.past(one.content.until, view):
            for name in dict.fromkeys([one.content.advisory_id, *one.content.aliases]):
                found.setdefault(name.casefold(), []).append(one)
    return found


def speaks_of(statement: Item[Exploitability], match: Match, bill: Item[BillOfMaterials], view: View) -> bool:
    """Return whether a statement is about the component of a match, in the release and configuration of a bill."""
    said = statement.content
    if said.configuration is not None and said.configuration != bill.content.configuration:
        return False
    if not same_component(said.component, match.component) or view.release is None:
        return False
    return view.release.id in said.releases or holds(said.versions, view.release.content.version) is True
