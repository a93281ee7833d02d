"""Checks of controls in use: somebody looks whether each still works, at intervals and after what touches it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from asepsis.checks import terms
from asepsis.checks.check import Findings, check
from asepsis.checks.configuration.components import placed_in
from asepsis.checks.exploited import scans_of
from asepsis.checks.risk.controls import is_handed_over
from asepsis.checks.tested import Shown, shown
from asepsis.checks.view import View
from asepsis.configuration.records import BillOfMaterials, Release
from asepsis.development.records import Aim, DesignElement, Finding, Layer, TestCase
from asepsis.problems.records import Incident, Investigation
from asepsis.quality.domain import months_after
from asepsis.record.dossier import Item
from asepsis.record.facts import TakenIn
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap, Unknown
from asepsis.risk.records import (
    Control,
    ControlKind,
    ControlObservation,
    Risk,
    SystemModel,
    Threat,
    Vulnerability,
)
from asepsis.sentences import Named, Sentence

LOOK_MONTHS, LOOK_DAYS, FEED_AGE = "risk.control_look_months", "risk.control_look_days", "maintenance.feed_age_days"

# --- at intervals ---------------------------------------------------------------------------------------------------

NOT_LOOKED_AT = Sentence(
    "{control} has been in a release since {since}, and nobody has looked whether it works; that was due by {day}.",
    next="Look at the indicator of {control}, and record what it shows.",
)
LOOKED_TOO_LONG_AGO = Sentence(
    "Whether {control} works was last seen on {since}; the next look was due by {day}.",
    next="Look at the indicator of {control}, and record what it shows.",
)


@check("risk.controls_looked_at", over=Control, owner=SystemRole.SECURITY, needed=True)
def controls_are_looked_at(control: Item[Control], view: View) -> Findings:
    """Each control in a supported release is looked at in its interval; a test of it that passes stands for a look.

    The first interval begins with the day on which a release that holds the control was decided. That a control names
    what shows it to work and when to look is refused otherwise by the kind itself.

    Source: IEC 81001-5-1:2021, 7.5.
    """
    if control.content.kind is ControlKind.INFORMATION or is_handed_over(control, view):
        return
    begun = _out_since(control, view)
    if begun is None:
        return
    looks = [one.content.on for one in observations_of(control, view)] + _passed_on(control, view)
    last = max((day for day in looks if day <= view.today), default=None)
    months = control.content.look_every_months or view.policy.number(LOOK_MONTHS)
    since = max(begun, last) if last is not None else begun
    due = months_after(since, months)
    if terms.past(due, view):
        sentence = LOOKED_TOO_LONG_AGO if last == since else NOT_LOOKED_AT
        yield Gap(control, sentence, control=control, since=since, day=due).owed(due=due)


def _out_since(control: Item[Control], view: View) -> date | None:
    """Return the day on which the first release with a control was decided; `None` while none with it is supported."""
    begun = terms.first_day(control, view)
    out = [one for one in view.once("days of release", _days_of_release) if one[0] >= begun]
    return min(day for day, _ in out) if any(is_supported for _, is_supported in out) else None


def _days_of_release(view: View) -> tuple[tuple[date, bool], ...]:
    """Return for each release that went out the day of its decision, and whether it is supported today."""
    found = []
    for release in view.dossier.all(Release):
        decision = terms.released_by(release, view)
        if decision is not None:
            found.append((terms.first_day(decision, view), terms.supported(release, view)))
    return tuple(found)


def observations_of(control: Item[Control], view: View) -> tuple[Item[ControlObservation], ...]:
    """Return the effective observations of a control."""
    found = view.dossier.back(control, ControlObservation)
    return tuple(one for one in found if one.content.control == control.id)


def _passed_on(control: Item[Control], view: View) -> list[date]:
    """Return the days of the runs in which a case that shows a control to work passed last."""
    return [
        day
        for case in _challenging(control, view, Aim.WORKS)
        if shown(view).get(case.id) is Shown.PASSED and (day := _run_on(case, view)) is not None
    ]


def _challenging(control: Item[Control], view: View, *aims: Aim) -> Iterator[Item[TestCase]]:
    for case in view.dossier.back(control, TestCase):
        if any(one.control == control.id and one.aim in aims for one in case.content.challenges):
            yield case


def _run_on(case: Item[TestCase], view: View) -> date | None:
    return view.once("last run of cases", _last_runs).get(case.id)


def _last_runs(view: View) -> dict[str, date]:
    found: dict[str, date] = {}
    for run in terms.counted_runs(view):
        for case in run.content.cases:
            found[case] = max(run.content.on, found.get(case, run.content.on))
    return found


# --- after what touches them ----------------------------------------------------------------------------------------

NO_LONGER_WORKS = Sentence(
    "{observation} saw that {control} no longer works as it should; {risks} still rely on it.",
    next="Evaluate {risks} again without relying on {control} as before.",
)
TOUCHED = Sentence(
    "{events} touched {control} from {since} on, and nobody has looked at it since; that was due by {day}.",
    next="Look at {control} after that, record what it shows, and evaluate its risk again where needed.",
)
OLD_MATCHES = Sentence(
    "{bill} was last laid against advisory feeds on {day}; what touched its controls since is not known.",
    next="Match {bill} with the feeds of today, and import the result.",
)
NO_MATCHES = Sentence(
    "{bill} was not laid against advisory feeds; what touched its controls is not known.",
    next="Match {bill} with advisory feeds, and import the result.",
)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that touched controls, and its first day."""

    day: date
    what: Named


@check("risk.events_reopen_controls", over=Control, owner=SystemRole.SECURITY, whole=True)
def events_reopen_controls(controls: tuple[Item[Control], ...], view: View) -> Findings:
    """After whatever touches a control, somebody looks at it or evaluates its risk again within the days of the policy.

    Source: IEC 81001-5-1:2021, 7.5.
    """
    failed = _not_effective(view)
    events = _events(view)
    for control in controls:
        risks = [one for one in view.dossier.back(control, Risk) if control.id in one.content.controls]
        for observation in failed.get(control.id, ()):
            seen = terms.saved_position(observation, view)
            relying = [one for one in risks if terms.effective_position(one, view) < seen]
            if relying:
                yield Gap(control, NO_LONGER_WORKS, observation=observation, control=control, risks=relying)
        yield from _answered(control, risks, events.get(control.id, []), view)
    if view.once("controls by item", _controls_by_item):
        yield from _old_matches(view)


def _not_effective(view: View) -> dict[str, list[Item[ControlObservation]]]:
    found: dict[str, list[Item[ControlObservation]]] = {}
    for observation in view.dossier.with_heads(ControlObservation):
        if not observation.content.still_effective:
            found.setdefault(observation.content.control, []).append(observation)
    return found


def _answered(control: Item[Control], risks: list[Item[Risk]], events: list[Event], view: View) -> Findings:
    looks = [one.content.on for one in observations_of(control, view)]
    looks += [terms.day_of(one, view) for one in risks]
    last = max(looks, default=date.min)
    days = view.policy.number(LOOK_DAYS)
    late = [one for one in events if one.day > last and terms.past(one.day + timedelta(days=days), view)]
    if late:
        since = min(one.day for one in late)
        things = list({one.what.id: one.what for one in late}.values())
        due = since + timedelta(days=days)
        yield Gap(control, TOUCHED, events=things, control=control, since=since, day=due).owed(due=due)


def _events(view: View) -> Mapping[str, list[Event]]:
    """Return what touched each control, by its id."""
    found: dict[str, list[Event]] = {}
    for controls, event in _all_events(view):
        for control in set(controls):
            found.setdefault(control, []).append(event)
    return found


def _all_events(view: View) -> Iterator[tuple[Iterable[str], Event]]:
    by_item = view.once("controls by item", _controls_by_item)
    by_threat, by_element = _by_threat(view), _by_element(view)
    of_vulnerability: dict[str, list[str]] = {}
    for vulnerability in view.dossier.with_heads(Vulnerability):
        content = vulnerability.content
        touched = [one for item in content.items for one in by_item.get(item, ())]
        touched += [one for threat in content.threats for one in by_threat.get(threat, ())]
        of_vulnerability[vulnerability.id] = touched
        yield touched, Event(terms.written_on(vulnerability, view), vulnerability)
    for incident in view.dossier.with_heads(Incident):
        touched = [one for used in incident.content.vulnerabilities for one in of_vulnerability.get(used, ())]
        yield touched, Event(view.day(incident.content.noticed_on), incident)
    used_by = _threats_of_findings(view)
    for finding in view.dossier.with_heads(Finding):
        touched = [one for place in finding.content.where for one in by_element.get(place, ())]
        touched += [one for threat in used_by.get(finding.id, ()) for one in by_threat.get(threat, ())]
        yield touched, Event(terms.written_on(finding, view), finding)
    for case in view.dossier.all(TestCase):
        if shown(view).get(case.id) is Shown.FAILED and (day := _run_on(case, view)) is not None:
            challenges = case.content.challenges
            yield [one.control for one in challenges if one.aim is not Aim.NO_NEW_WEAKNESS], Event(day, case)
    for model in view.dossier.all(SystemModel):
        context: Item[Any] | None = view.dossier.get(model.content.context)
        if context is not None and view.dossier.suspect(model, "context"):
            touched = [one for controls in by_threat.values() for one in controls]
            yield touched, Event(terms.changed_day(context, view), context)
    for bill in terms.bill_records(view):
        yield from _attacked(bill, by_item, view)


def _by_threat(view: View) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for control in view.dossier.all(Control):
        for threat in control.content.mitigates:
            found.setdefault(threat, []).append(control.id)
    return found


def _by_element(view: View) -> dict[str, list[str]]:
    by_threat, found = _by_threat(view), dict[str, list[str]]()
    for threat in view.dossier.all(Threat):
        found.setdefault(threat.content.element, []).extend(by_threat.get(threat.id, ()))
    return found


def _controls_by_item(view: View) -> dict[str, list[str]]:
    """Return the controls of the layers in which the design stands that uses a software item, by the item's id."""
    layers = {one.id: one.content.controls for one in view.dossier.all(Layer)}
    found: dict[str, list[str]] = {}
    for design in view.dossier.all(DesignElement):
        controls = [control for layer in design.content.layers for control in layers.get(layer, ())]
        for item in design.content.items if controls else ():
            found.setdefault(item, []).extend(controls)
    return found


def _threats_of_findings(view: View) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for investigation in view.dossier.all(Investigation):
        for record in investigation.content.reports:
            found.setdefault(record, []).extend(investigation.content.threats)
    return found


def _attacked(
    bill: Item[BillOfMaterials], by_item: Mapping[str, list[str]], view: View
) -> Iterator[tuple[Iterable[str], Event]]:
    """Yield the matches of a bill that attackers use, where they are in an item that the design names."""
    scan = _newest_scan(bill, view)
    if scan is None or not by_item:
        return
    since = {match.component: match.kev for match in view.document(scan).matches if match.kev is not None}
    for placed in placed_in(bill.id, view) if since else ():
        kev = since.get(placed.component.purl or "") or since.get(placed.component.ref or "")
        if kev is not None and placed.item is not None and placed.item in by_item:
            item: Item[Any] | None = view.dossier.get(placed.item)
            yield by_item[placed.item], Event(date.fromisoformat(kev), item or bill)


def _newest_scan(bill: Item[BillOfMaterials], view: View) -> TakenIn | None:
    return max(scans_of(bill.content.document.digest, view), key=lambda one: one.position, default=None)


def _old_matches(view: View) -> Findings:
    for release in terms.supported_releases(view):
        for bill in terms.bill_records(view, release):
            scan = _newest_scan(bill, view)
            if scan is None:
                yield Unknown(bill, NO_MATCHES, bill=bill)
            elif not terms.is_younger(scan, FEED_AGE, view):
                yield Unknown(bill, OLD_MATCHES, bill=bill, day=terms.day_as_of(scan, view))
