"""Checks of the plan to all clauses: it holds each gap, its milestones are reached, and its end does not slip away."""

from __future__ import annotations

from datetime import date

from asepsis.checks import terms
from asepsis.checks.check import Findings, check
from asepsis.checks.view import View
from asepsis.quality.records import ImprovementAction
from asepsis.record.dossier import Item
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap
from asepsis.sentences import Sentence
from asepsis.transition.records import TransitionGap, TransitionPlan

REVIEW_OVER = Sentence(
    "{plan} was to be looked at again by {day}.", next="Look at {plan} again, set a new day, and have it approved."
)
NO_MILESTONE = Sentence(
    "{gaps} are open for clause {clause}, which is in no milestone of {plan}.",
    next="Put clause {clause} in a milestone of {plan}, and have it approved.",
)
MILESTONE_OVERDUE = Sentence(
    "The milestone '{what}' of {plan} was due on {day} and is not reached.",
    next="Reach the milestone '{what}', or plan it anew and have the plan approved.",
)
NOT_REACHED = Sentence(
    "{plan} says that '{what}' was reached on {day}, and all its clauses still have open gaps: {clauses}.",
    next="Close the gaps of {clauses}, or take the day back.",
)
ENDS_TOO_EARLY = Sentence(
    "{plan} is to be done by {full_by}, and its last milestone is due on {last}.",
    next="Set the end of {plan} to {last} or later, or bring its milestones forward.",
)
OVER = Sentence(
    "{plan} was to be done by {day}, and that day is past.", next="Do what is left of {plan}, or plan it anew."
)
SLIPS = Sentence(
    "The end of {plan} was moved to a later day twice running, last to {day}, and no improvement action says what changes.",
    next="Write an improvement action that names {plan}, on why its end moves.",
)


def is_in_force(plan: Item[TransitionPlan], view: View) -> bool:
    """Return whether it is the product's plan."""
    return plan is view.dossier.single(TransitionPlan)


@check("transition.plan_on_track", over=TransitionPlan, owner=SystemRole.MANAGEMENT, needed=True, when=is_in_force)
def the_plan_is_on_track(plan: Item[TransitionPlan], view: View) -> Findings:
    """The plan holds each clause with an open gap, its milestones are reached in time, and its end stays where it was.

    Source: IEC 81001-5-1:2021, F.3.
    """
    content = plan.content
    if terms.past(content.review_by, view):
        yield Gap(plan, REVIEW_OVER, plan=plan, day=content.review_by).owed(due=content.review_by)
    gaps = _open_gaps(view)
    planned = {clause for milestone in content.milestones for clause in milestone.clauses}
    for clause in sorted(gaps.keys() - planned):
        yield Gap(plan, NO_MILESTONE, gaps=gaps[clause], clause=clause, plan=plan)
    for milestone in content.milestones:
        if milestone.done_on is None:
            if terms.past(milestone.due, view):
                said = {"what": milestone.what, "plan": plan, "day": milestone.due}
                yield Gap(plan, MILESTONE_OVERDUE, **said).owed(due=milestone.due)
        elif all(clause in gaps for clause in milestone.clauses):
            clauses = list(milestone.clauses)
            yield Gap(plan, NOT_REACHED, plan=plan, what=milestone.what, day=milestone.done_on, clauses=clauses)
    last = max(milestone.due for milestone in content.milestones)
    if content.full_by < last:
        yield Gap(plan, ENDS_TOO_EARLY, plan=plan, full_by=content.full_by, last=last)
    if terms.past(content.full_by, view):
        yield Gap(plan, OVER, plan=plan, day=content.full_by).owed(due=content.full_by)
    yield from _slips(plan, view)


def _open_gaps(view: View) -> dict[str, list[Item[TransitionGap]]]:
    """Return the gaps that are not closed, justified ones too, by their clause."""
    found: dict[str, dict[str, Item[TransitionGap]]] = {}
    for gap in view.dossier.with_heads(TransitionGap):
        if gap.content.closed_on is None:
            found.setdefault(gap.content.clause, {})[gap.id] = gap
    return {clause: list(gaps.values()) for clause, gaps in found.items()}


def _slips(plan: Item[TransitionPlan], view: View) -> Findings:
    ends: list[tuple[int, date]] = []  # each day that was another than the one before it, with its position
    for revision, content in view.dossier.versions(plan):
        if content is not None and (not ends or content.full_by != ends[-1][1]):
            ends.append((revision.effective or 0, content.full_by))
    if len(ends) < 3 or not ends[-3][1] < ends[-2][1] < ends[-1][1]:
        return
    moved = ends[-2][0]
    answered = any(terms.first_position(one, view) > moved for one in view.dossier.back(plan, ImprovementAction))
    if not answered:
        yield Gap(plan, SLIPS, plan=plan, day=ends[-1][1])
