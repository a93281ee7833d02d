"""Checks of penetration tests: whoever attacked, attacked every way in and tried every threat."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from asepsis.checks import terms, tested
from asepsis.checks.check import Findings, check
from asepsis.checks.development.cases import is_external
from asepsis.checks.view import View
from asepsis.development.records import Interface, TestCase, TestPlan, TestRun, TestType
from asepsis.record.dossier import Item
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap
from asepsis.risk.records import Disposition, Element, Reachable, Threat
from asepsis.sentences import Sentence

OUTSIDE = (Reachable.EXTERNAL, Reachable.BOTH)

NOT_SIGNED = Sentence(
    "No penetration test of {release} is signed.", next="Have the penetration test of {release} signed by its tester."
)
NO_TOOLS = Sentence("{run} does not say with which tools it was done.", next="Enter in {run} the tools that were used.")
OUT_OF_SCOPE = Sentence(
    "The penetration test of {release} leaves out {count} {what} without a reason: {left}.",
    next="Widen the scope in {plans} and have it tested, or exclude there with the reason.",
)
CHANGED_SINCE = Sentence(
    "{count} {what} changed after they were put in the scope of the penetration test of {release}: {left}.",
    next="Look whether {plans} still holds, and sign it again.",
)


def is_penetration(run: Item[TestRun], view: View) -> bool:
    """Return whether a run is a penetration test that counts for the release looked at."""
    return terms.is_counted(run, view) and tested.is_of_type(run, view, TestType.PENETRATION)


@check(
    "development.penetration_scope",
    over=TestRun,
    owner=SystemRole.TESTER,
    needed=True,
    whole=True,
    when=is_penetration,
)
def penetration_tests_leave_nothing_out(runs: tuple[Item[TestRun], ...], view: View) -> Findings:
    """Every way in from outside and every threat there is in the scope of a penetration test, or left out with a reason.

    Source: IEC 81001-5-1:2021, 5.7.4.
    """
    release = view.release
    assert release is not None  # `when` let a run through
    signed = [run for run in runs if not run.at_head]
    if not signed:
        yield Gap(release, NOT_SIGNED, release=release)
        return
    for run in signed:
        if not run.content.tools:
            yield Gap(run, NO_TOOLS, run=run)
    plans = {plan.id: plan for run in signed if (plan := tested.plan_of(run, view)) is not None}
    scope = _Scope(plans.values(), view)
    for what, things in (("interfaces", _interfaces(view)), ("threats", _threats(view))):
        out = [one for one in things if not scope.names(one)]
        changed = [one for one in things if scope.names(one) and not scope.holds(one)]
        for sentence, left in ((OUT_OF_SCOPE, out), (CHANGED_SINCE, changed)):
            if left:
                said = {"what": what, "left": left, "count": len(left), "plans": list(plans.values())}
                yield Gap(release, sentence, release=release, **said)


def _interfaces(view: View) -> list[Item[Any]]:
    return [one for one in view.dossier.all(Interface) if is_external(one, view)]


def _threats(view: View) -> list[Item[Any]]:
    """Return the threats to be mitigated on whatever can be reached from outside."""
    found: list[Item[Any]] = []
    for threat in view.dossier.all(Threat):
        element: Item[Element] | None = view.dossier.get(threat.content.element)
        if threat.content.disposition is Disposition.MITIGATE and element and element.content.reachable in OUTSIDE:
            found.append(threat)
    return found


class _Scope:
    """What plans hold: what they or their cases name, and what strikes or belongs to an element that they name."""

    def __init__(self, plans: Iterable[Item[TestPlan]], view: View) -> None:
        self._named: set[str] = set()
        self._sound: set[str] = set()
        self._left_out: set[str] = set()
        cases = view.once("cases by plan", _cases)
        for plan in plans:
            self._left_out.update(
                str(target) for one in plan.content.not_available for target in one.leaves_out if one.technique is None
            )
            for item in (plan, *cases.get(plan.id, ())):
                for link in view.dossier.links(item):
                    if not link.names:
                        self._named.add(link.target)
                        if not (link.broken or link.suspect):
                            self._sound.add(link.target)

    def names(self, thing: Item[Any]) -> bool:
        """Return whether an interface or threat is in the scope at all, or left out with a reason."""
        return not (self._named | self._left_out).isdisjoint(_links_to(thing))

    def holds(self, thing: Item[Any]) -> bool:
        """Return whether it is so as it is now."""
        return not (self._sound | self._left_out).isdisjoint(_links_to(thing))


def _links_to(thing: Item[Any]) -> set[str]:
    return {thing.id} if thing.content.element is None else {thing.id, str(thing.content.element)}


def _cases(view: View) -> dict[str, list[Item[TestCase]]]:
    found: dict[str, list[Item[TestCase]]] = {}
    for case in view.dossier.all(TestCase):
        found.setdefault(case.content.plan, []).append(case)
    return found
