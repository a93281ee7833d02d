"""How far the tester of a run stands from the developers of the release looked at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from asepsis.checks import sourced, terms, tested
from asepsis.checks.view import AbsentFactsError, View
from asepsis.clauses.policy import INDEPENDENCE
from asepsis.development.records import DesignElement, TestRun
from asepsis.quality.records import Appointment, Role, Unit
from asepsis.record.dossier import Item
from asepsis.record.slots import SystemRole

NONE, PERSON, DEPARTMENT, ORGANISATION = range(4)
WORDS = ("none at all", "another person", "another department", "another organisation")
DEVELOP = frozenset({SystemRole.DEVELOPER, SystemRole.ARCHITECT})


@dataclass(frozen=True, slots=True)
class Reached:
    """The level that a tester reached: at least and at most, where appointments or the source leave it open."""

    least: int
    most: int
    untold: tuple[str, ...] = ()  # persons of whom no appointment says to whom they report
    source: bool = True  # whether it is known who wrote the code


@dataclass(frozen=True, slots=True)
class Place:
    """Where a person stands on a day, by their appointments: organisations (`None`: ours), superiors, unit."""

    organisations: frozenset[str | None]
    superiors: frozenset[str]
    all_told: bool  # whether each appointment names the superior
    in_quality: bool
    develops: bool


NOWHERE = Place(frozenset({None}), frozenset(), all_told=False, in_quality=False, develops=False)


def asked(run: Item[TestRun], view: View) -> int:
    """Return the level that a run has to reach: that of its plan, and no less than the policy's for the type of test."""
    plan = tested.plan_of(run, view)
    if plan is None:
        return NONE
    return max(plan.content.independence, view.policy.number(INDEPENDENCE + plan.content.type))


def reached(run: Item[TestRun], view: View) -> Reached:
    """Return the level that the tester of a run reached, by the appointments in force on the day of the run.

    Where the source of the release is not known, whoever held a role of development that day counts as developer, and
    a tester among them may or may not be one.

    Source: IEC 81001-5-1:2021, 5.7.5; the levels are those of IEC 62443-4-1:2018, Table 3.
    """
    tester, places = run.content.tester, _places(run.content.on, view)
    written = view.once("developers", _developers)
    if tester in written.people:
        return Reached(NONE, NONE)
    others = (written.people if written.source else frozenset()) or (
        written.people | {person for person, place in places.items() if place.develops}
    )
    place = places.get(tester, NOWHERE)
    level = _distance(run, place, {one: places.get(one) for one in sorted(others - {tester})})
    if not written.source and place.develops:
        return Reached(NONE, level.most, level.untold, source=False)
    return level


def _distance(run: Item[TestRun], place: Place, developers: Mapping[str, Place | None]) -> Reached:
    """Return how far a tester stands from developers; whoever holds no appointment, as a machine, has no superior."""
    placed = {person: other for person, other in developers.items() if other is not None}
    theirs = {one for other in placed.values() for one in other.organisations}
    if len(placed) < len(developers) or not placed:
        theirs.add(None)
    organisations = place.organisations if run.content.organisation is None else {run.content.organisation}
    if theirs.isdisjoint(organisations):
        return Reached(ORGANISATION, ORGANISATION)
    if place.in_quality:
        return Reached(DEPARTMENT, DEPARTMENT)
    if any(not place.superiors.isdisjoint(other.superiors) for other in placed.values()):
        return Reached(PERSON, PERSON)
    untold = [person for person, other in placed.items() if not other.all_told]
    if not place.all_told:
        untold.insert(0, run.content.tester)
    return Reached(PERSON if untold else DEPARTMENT, DEPARTMENT, tuple(untold))


def is_enough(run: Item[TestRun], view: View) -> bool | None:
    """Return whether a run reached the level asked of it, or says why not; `None` where that cannot be told."""
    if run.content.justification is not None:
        return True
    level, wanted = reached(run, view), asked(run, view)
    if level.least >= wanted:
        return True
    return None if level.most >= wanted else False


# --- developers -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Developers:
    """Who wrote the code and the design of a release; `source` is false where only the design is known."""

    people: frozenset[str]
    source: bool


def _developers(view: View) -> Developers:
    people = {
        revision.by
        for element in view.dossier.all(DesignElement)
        for revision in view.dossier.history(element).revisions
    }
    try:
        source = sourced.source_of(view)
    except AbsentFactsError:
        return Developers(frozenset(people), source=False)
    return Developers(frozenset(people).union(*(change.authors for change in source.changes)), source=True)


# --- where people stand ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Span:
    appointment: Appointment
    since: date
    until: date | None
    develops: bool

    def holds(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day <= self.until)


def _places(day: date, view: View) -> dict[str, Place]:
    """Return where everybody stands who holds an appointment on a day."""

    def places(view: View) -> dict[str, Place]:
        by_person: dict[str, list[_Span]] = {}
        for span in view.once("spans of appointments", _spans):
            if span.holds(day):
                by_person.setdefault(span.appointment.person, []).append(span)
        return {person: _place(spans) for person, spans in by_person.items()}

    return view.once(f"places on {day}", places)


def _place(spans: Iterable[_Span]) -> Place:
    held = tuple(spans)
    superiors = [one.appointment.reports_to for one in held]
    return Place(
        frozenset(one.appointment.organisation for one in held),
        frozenset(one for one in superiors if one is not None),
        all_told=None not in superiors,
        in_quality=any(one.appointment.unit is Unit.QUALITY for one in held),
        develops=any(one.develops for one in held),
    )


def _spans(view: View) -> tuple[_Span, ...]:
    """Return each appointment with its first and last day; one that was retired counts up to that day."""
    roles = {one.id: one.content for one in (*view.dossier.all(Role), *view.dossier.retired(Role))}
    found = []
    for appointment in (*view.dossier.all(Appointment), *view.dossier.retired(Appointment)):
        content, until = appointment.content, appointment.content.until
        if content.retired is not None:
            retired_on = terms.day_of(appointment, view)
            until = retired_on if until is None else min(until, retired_on)
        role = roles.get(content.role)
        develops = role is not None and not DEVELOP.isdisjoint(role.acts_as)
        found.append(_Span(content, max(content.since, terms.first_day(appointment, view)), until, develops))
    return tuple(found)
