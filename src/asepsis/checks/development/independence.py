"""Checks of the independence of testers: as far from the developers as their tests ask, or justified."""

from __future__ import annotations

from asepsis.checks import independent, terms, tested
from asepsis.checks.check import Findings, check
from asepsis.checks.view import View
from asepsis.development.records import TestRun, TestType
from asepsis.record.dossier import Item
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap, Unknown
from asepsis.sentences import Sentence

TOO_NEAR = Sentence(
    "The tester of {run} is at most {reached} from its developers; {type} tests ask for {asked}.",
    next="Let somebody independent repeat {run}, or justify the level on it.",
)
NO_ORGANISATION = Sentence(
    "{run} was done by another organisation, and does not say which.", next="Enter the tester's organisation in {run}."
)
AUTHORS_NOT_KNOWN = Sentence(
    "Who did {run} also develops, and it is not known who wrote the code of {release}.",
    next="Import the source of {release}.",
)
SUPERIORS_NOT_KNOWN = Sentence(
    "It is not known whether the tester of {run} reports to another manager than the developers: no appointment says "
    "to whom {people} report.",
    next="Enter in the appointments of {people} to whom they report, or justify the level on {run}.",
)


def _is_counted(run: Item[TestRun], view: View) -> bool:
    return terms.is_counted(run, view) and tested.plan_of(run, view) is not None


@check("development.independence_reached", over=TestRun, owner=SystemRole.TESTER, when=_is_counted)
def testers_are_independent_enough(run: Item[TestRun], view: View) -> Findings:
    """Each test was done by somebody as far from the developers as its plan and type ask, or less is justified.

    Source: IEC 81001-5-1:2021, 5.7.5; 5.7.4; 5.6; the default levels are those of IEC 62443-4-1:2018, Table 3.
    """
    plan = tested.plan_of(run, view)
    assert plan is not None  # `when` let it through
    level, asked = independent.reached(run, view), independent.asked(run, view)
    from_outside = plan.content.type is TestType.PENETRATION and level.least == independent.ORGANISATION
    if from_outside and run.content.organisation is None:
        yield Gap(run, NO_ORGANISATION, run=run)
    if run.content.justification is not None or level.least >= asked:
        return
    if level.most < asked:
        words = {"reached": independent.WORDS[level.most], "asked": independent.WORDS[asked]}
        yield Gap(run, TOO_NEAR, run=run, type=plan.content.type, **words)
    elif not level.source:
        yield Unknown(run, AUTHORS_NOT_KNOWN, run=run, release=view.release)
    else:
        yield Unknown(run, SUPERIORS_NOT_KNOWN, run=run, people=level.untold).owed(by=SystemRole.MANAGEMENT)
