"""Checks of the security plan: what it promised is there when it is due, and before the release in any case."""

from __future__ import annotations

from typing import Any

from asepsis.checks import decided, terms
from asepsis.checks.check import Findings, check
from asepsis.checks.view import View
from asepsis.development.records import Activity, SecurityPlan
from asepsis.quality.records import Role
from asepsis.record.dossier import Item
from asepsis.record.kind import KINDS, Kind
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap
from asepsis.sentences import Sentence

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
