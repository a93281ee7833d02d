"""Checks of the security plan: it is in force, whole and older than the work, and what it promised is there in time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from asepsis.checks import decided, terms
from asepsis.checks.check import Findings, check
from asepsis.checks.view import View
from asepsis.clauses.catalogue import Clause, Modality
from asepsis.configuration.records import CategoryChange
from asepsis.development.records import Activity, SecurityPlan
from asepsis.quality.domain import in_force
from asepsis.quality.records import Applicability, Appointment, Procedure, ProductProfile, Role
from asepsis.record.dossier import Item
from asepsis.record.kind import KINDS, Kind
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap, Unknown
from asepsis.sentences import Sentence

# --- in force and whole ---------------------------------------------------------------------------------------------

OVERDUE = Sentence(
    "{plan} was to be looked at again by {day}.", next="Look whether {plan} still fits, and have it approved."
)
UNPLANNED = Sentence(
    "{plan} neither plans nor tailors {clauses}.",
    next="Add the activities for {clauses}, or tailor each of their duties and say what is done instead.",
)
VACANT = Sentence(
    "{plan} gives the activities for {clauses} to {role}, which nobody holds today.",
    next="Appoint somebody to {role}, or give these activities to another role.",
)
OF_ANOTHER_CLAUSE = Sentence(
    "{plan} tailors {obligations}; only duties of clause 5 can be tailored.",
    next="Take {obligations} out of the tailoring of {plan}.",
)
SCOPE_MOVED = Sentence(
    "{records} changed after {plan} was approved on {day}.",
    next="Look whether {plan} still fits {records}, and have it approved anew.",
)
PLANNING, TAILORING = "5.1.1-1", "5.1.1-3"


@check("development.plan_in_force", over=SecurityPlan, owner=SystemRole.SECURITY, needed=True)
def a_plan_is_in_force(plan: Item[SecurityPlan], view: View) -> Findings:
    """The plan is in force and as young as the scope; each clause stands in it, and each activity has somebody for it.

    That each line of tailoring says why, and what is done instead, is asked by the kind itself.

    Source: IEC 81001-5-1:2021, 5.1.1.
    """
    content = plan.content
    if terms.past(content.review_by, view):
        yield Gap(plan, OVERDUE, plan=plan, day=content.review_by).owed(due=content.review_by)
    planned = {activity.clause for activity in content.activities}
    unplanned = [
        clause.id
        for clause in development_clauses(view)
        if clause.id not in planned and not is_tailored(clause, content)
    ]
    if unplanned:
        yield Gap(plan, UNPLANNED, plan=plan, clauses=unplanned)
    yield from _vacant(plan, view)
    duties = {one.id for clause in view.catalogue.clauses if clause.id.startswith("5.") for one in clause.obligations}
    if others := [line.obligation for line in content.tailoring if line.obligation not in duties]:
        yield Gap(plan, OF_ANOTHER_CLAUSE, plan=plan, obligations=others).serving(TAILORING)
    day = terms.day_of(plan, view)
    if moved := [one for one in _scope(view) if terms.changed_day(one, view) > day]:
        yield Gap(plan, SCOPE_MOVED, records=moved, plan=plan, day=day)


def development_clauses(view: View) -> tuple[Clause, ...]:
    """Return the clauses of development that the product's route asks and that hold a requirement of the standard."""
    return tuple(clause for clause in terms.asked_clauses(view) if clause.id.startswith("5.") and _required(clause))


def is_tailored(clause: Clause, plan: SecurityPlan) -> bool:
    """Return whether a plan fulfils each duty that a clause requires in another way."""
    tailored = {line.obligation for line in plan.tailoring}
    return bool(_required(clause)) and tailored.issuperset(_required(clause))


def _required(clause: Clause) -> list[str]:
    return [one.id for one in clause.obligations if one.modality is Modality.REQUIREMENT]


def _vacant(plan: Item[SecurityPlan], view: View) -> Findings:
    by_role: dict[str, list[str]] = {}
    for activity in plan.content.activities:
        by_role.setdefault(activity.role, []).append(activity.clause)
    for record, clauses in by_role.items():
        role: Item[Role] | None = view.dossier.get(record)
        if role is None or not _is_held(role, view):
            named = role or view.dossier.label(record) or "a role that is not here"
            said: dict[str, Any] = {"plan": plan, "clauses": list(dict.fromkeys(clauses)), "role": named}
            yield Gap(plan, VACANT, **said).serving(PLANNING).owed(by=SystemRole.MANAGEMENT)


def _is_held(role: Item[Role], view: View) -> bool:
    return any(
        one.content.role == role.id and in_force(one.content, view.today)
        for one in view.dossier.back(role, Appointment)
    )


def _scope(view: View) -> Iterator[Item[Any]]:
    yield from view.dossier.all(ProductProfile)
    yield from view.dossier.all(Applicability)
    yield from view.dossier.all(CategoryChange)


# --- before the work ------------------------------------------------------------------------------------------------

PLANNED_LATE = Sentence(
    "{plan} was approved after work that it plans had begun: {records}, for {clauses}.",
    next="Answer the late plan by one improvement action that names {plan}, and check its effect.",
)
EARLIER_GONE = Sentence(
    "What {plan} planned before its contents were taken away is not known.",
    next="Restore the earlier contents of {plan} from a backup or an export.",
)


@dataclass(frozen=True, slots=True)
class _Planned:
    """A row of a plan as it counts for order: what comes of which clause."""

    clause: str
    output: str


@check("development.plan_before_work", over=SecurityPlan, owner=SystemRole.SECURITY, heals="answered")
def the_plan_comes_before_the_work(plan: Item[SecurityPlan], view: View) -> Findings:
    """The plan was approved with an activity before the first record of it came into force, or on the same day.

    Work from before the product's records were kept here, and what was taken over from elsewhere, is left out.

    Source: IEC 81001-5-1:2021, 5.1.1.
    """
    rows = dict.fromkeys(_Planned(one.clause, one.output) for one in plan.content.activities)
    planned, gone = _planned_since(plan, view)
    begun = {output: _first_of(output, view) for output in dict.fromkeys(row.output for row in rows)}
    late: dict[str, Item[Any]] = {}
    clauses: list[str] = []
    for row in rows:
        first = begun[row.output]
        if first is not None and first[0] < planned[row]:
            late[row.output] = first[1]
            clauses.append(row.clause)
    if not late:
        return
    if gone:
        yield Unknown(plan, EARLIER_GONE, plan=plan)
    else:
        records, unique = list(late.values()), list(dict.fromkeys(clauses))
        yield Gap(plan, PLANNED_LATE, plan=plan, records=records, clauses=unique)


def _planned_since(plan: Item[SecurityPlan], view: View) -> tuple[dict[_Planned, date], bool]:
    """Return the first day on which a plan was in force with each of its rows, and whether an earlier content is gone."""
    since: dict[_Planned, date] = {}
    gone = False
    for revision, content in view.dossier.versions(plan):
        if content is None or revision.effective_at is None:
            gone = True
            continue
        day = view.day(revision.effective_at)
        for one in content.activities:
            row = _Planned(one.clause, one.output)
            since[row] = min(day, since.get(row, day))
    return since, gone


def _first_of(output: str, view: View) -> tuple[date, Item[Any]] | None:
    """Return the day and the record of a kind that was in force first in the product; `None` of none."""
    kind = KINDS.get(output)
    if kind is None or kind is SecurityPlan:
        return None
    profile = view.dossier.single(ProductProfile)
    since = profile.content.taken_over_on if profile is not None else None
    days = (
        (terms.first_day(one, view), terms.first_position(one, view), one)
        for one in view.dossier.all(kind)
        if one.product is not None and not _is_taken_over(one, view)
    )
    first = min((one for one in days if since is None or one[0] >= since), key=lambda one: one[:2], default=None)
    return None if first is None else (first[0], first[2])


def _is_taken_over(item: Item[Any], view: View) -> bool:
    """Return whether a record came into force as a true copy of one that was signed elsewhere."""
    first = view.dossier.history(item).first_effective
    return first is not None and any(approval.how == "copy" for approval in first.approvals)


# --- the elements of a life cycle -----------------------------------------------------------------------------------

ELEMENT_UNSERVED = Sentence(
    "No procedure in force serves {clauses}; a life cycle has {element}.",
    next="Name {clauses} in the procedure that covers {element}, and have it approved.",
)
ELEMENT_UNPLANNED = Sentence(
    "{plan} plans no activity for {clauses} and does not tailor them; a life cycle has {element}.",
    next="Add the activities for {clauses} to {plan}, and have it approved.",
)
NO_PLAN = Sentence("No security plan is in force.", next="Write the security plan and have it approved.")
ELEMENTS = {
    "configuration management": ("8",),
    "requirements that are traced": ("5.2.1",),
    "a practice of design and implementation": ("5.3.2", "5.5.1"),
    "verification": ("5.7.1",),
    "control of records": ("4.1.1",),
    "support after release": ("6.2.1",),
}


@check("development.lifecycle_elements", over=Procedure, owner=SystemRole.QUALITY, needed=True, whole=True)
def the_life_cycle_has_its_elements(procedures: tuple[Item[Procedure], ...], view: View) -> Findings:
    """Each of the six elements of a life cycle has a procedure in force, and those of development stand in the plan.

    Source: IEC 81001-5-1:2021, 5.1.1; the elements from IEC 62443-4-1:2018, SM-1.
    """
    plan = view.dossier.single(SecurityPlan)
    if plan is None:
        yield Gap(view.product, NO_PLAN).owed(by=SystemRole.SECURITY)
    planned = {activity.clause for activity in plan.content.activities} if plan is not None else set()
    for element, clauses in ELEMENTS.items():
        if unserved := [clause for clause in clauses if not terms.procedures_of(clause, view)]:
            yield Gap(view.product, ELEMENT_UNSERVED, clauses=unserved, element=element)
        if plan is None:
            continue
        unplanned = [
            clause
            for clause in clauses
            if clause.startswith("5.")
            and clause not in planned
            and not is_tailored(view.catalogue.clause(clause), plan.content)
        ]
        if unplanned:
            said: dict[str, Any] = {"plan": plan, "clauses": unplanned, "element": element}
            yield Gap(plan, ELEMENT_UNPLANNED, **said).owed(by=SystemRole.SECURITY)


# --- what it promised -----------------------------------------------------------------------------------------------

NO_SUCH_KIND = Sentence(
    "{plan} promises {output} for clause {clause}, which is no kind of record.",
    next="Correct the output in {plan}; `asepsis kinds` lists them.",
)
NOT_THERE = Sentence(
    "{plan} promises {output} for clause {clause} by {due}; none is in force.",
    next="Finish the {output}, or tailor the duty in {plan} and say what is done instead.",
)
NONE_SOUND = Sentence(
    "{plan} promises {output} for clause {clause} by {due}; each that is in force rests on something that changed.",
    next="Look at each {output} again, and sign it.",
)


@check("development.planned_outputs", over=SecurityPlan, owner=SystemRole.RELEASE_MANAGER, needed=True)
def planned_outputs_are_there(plan: Item[SecurityPlan], view: View) -> Findings:
    """What the plan says comes of each activity is there on its due day, and when the release is to be decided.

    Source: IEC 81001-5-1:2021, 5.1.1; 5.8.6.
    """
    at_gate = bool(decided.at_gate(view))
    tailored = {line.obligation for line in plan.content.tailoring}
    for activity in plan.content.activities:
        if (at_gate or terms.past(activity.due, view)) and not _is_tailored(activity, tailored, view):
            yield from _is_done(activity, plan, view)


def _is_tailored(activity: Activity, tailored: set[str], view: View) -> bool:
    """Return whether each duty of an activity's clause is done in another way."""
    duties = [one.id for one in view.catalogue.obligations if one.clause == activity.clause]
    return bool(duties) and tailored.issuperset(duties)


def _is_done(activity: Activity, plan: Item[SecurityPlan], view: View) -> Findings:
    said: dict[str, Any] = {"plan": plan, "output": activity.output, "clause": activity.clause}
    kind = KINDS.get(activity.output)
    if kind is None:
        yield Gap(plan, NO_SUCH_KIND, **said)
        return
    found: tuple[Item[Kind], ...] = terms.of_release(kind, view)
    if not any(_is_sound(one, view) for one in found):
        sentence = NONE_SOUND if found else NOT_THERE
        yield Gap(plan, sentence, due=activity.due, **said).owed(by=_owner(activity, view), due=activity.due)


def _is_sound(item: Item[Kind], view: View) -> bool:
    return not any(link.broken or link.suspect for link in view.dossier.links(item))


def _owner(activity: Activity, view: View) -> SystemRole | None:
    """Return the role that the plan gives an activity to, where it acts as one only."""
    role: Item[Role] | None = view.dossier.get(activity.role)
    acts_as = role.content.acts_as if role is not None else ()
    return acts_as[0] if len(acts_as) == 1 else None
