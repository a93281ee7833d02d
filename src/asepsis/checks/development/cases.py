"""Checks of test cases: each requirement, boundary, way in and control is put to the test, and passes."""

from __future__ import annotations

from asepsis.checks import independent, terms, tested
from asepsis.checks.check import Findings, check
from asepsis.checks.tested import Proof
from asepsis.checks.view import View
from asepsis.development.records import (
    Aim,
    CaseTechnique,
    Interface,
    InterfaceReach,
    Requirement,
    TestCase,
    TestRun,
    TestType,
)
from asepsis.record.dossier import Item
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap, Unknown
from asepsis.risk.records import (
    Assumption,
    Bearer,
    Control,
    ControlKind,
    Disposition,
    Element,
    ElementKind,
    SystemModel,
    Threat,
)
from asepsis.sentences import Sentence

# --- requirements ---------------------------------------------------------------------------------------------------

NOT_TESTED = Sentence(
    "No case that decides {requirement} has passed on {release}.",
    next="Write a case that decides {requirement}, and run it on the build of {release}.",
)
TESTED_BEFORE = Sentence(
    "{requirement} changed after the cases that decide it were written: {cases}.",
    next="Look whether these cases still decide {requirement}, and sign them again.",
)
FAILS = Sentence(
    "The newest result of {cases}, which decide {requirement}, is no pass.",
    next="Fix what fails, and run {cases} again on the build of {release}.",
)
NOT_KNOWN = Sentence(
    "The results of the cases that decide {requirement} are not here: {cases}.",
    next="Import the reports of the runs of {cases}.",
)


@check("development.requirements_tested", over=Requirement, owner=SystemRole.TESTER, needed=True)
def requirements_are_tested(requirement: Item[Requirement], view: View) -> Findings:
    """Each security requirement is decided by a case that passed on the release, and by none that fails.

    Source: IEC 81001-5-1:2021, 5.7.1.
    """
    about = view.release or view.product
    cases = view.dossier.back(requirement, TestCase)
    failing = [case for case in cases if case.id in tested.failed(view)]
    if failing:
        yield Gap(requirement, FAILS, cases=failing, requirement=requirement, release=about)
        return
    found = tested.proof(cases, requirement.id, view)
    if found is Proof.NONE:
        yield Gap(requirement, NOT_TESTED, requirement=requirement, release=about)
    elif found is Proof.CHANGED:
        yield Gap(requirement, TESTED_BEFORE, requirement=requirement, cases=cases)
    elif found is Proof.UNKNOWN:
        yield Unknown(requirement, NOT_KNOWN, requirement=requirement, cases=cases)


# --- boundaries -----------------------------------------------------------------------------------------------------

OTHER_TYPES = frozenset(TestType) - {TestType.INTEGRATION, TestType.STATIC}

BOUNDARY_UNTESTED = Sentence(
    "No case that passed on {release} tests what differs on the two sides of {boundary}.",
    next="Test what differs on the two sides of {boundary}, or say in the plan of integration tests why not.",
)
BOUNDARY_CHANGED = Sentence(
    "{boundary} changed after the cases that test its two sides were written: {cases}.",
    next="Look whether these cases still test {boundary}, and sign them again.",
)
BOUNDARY_TOO_NEAR = Sentence(
    "Both sides of {boundary} are tested only by people too near to its developers: {cases}.",
    next="Let somebody independent run {cases} again, or test {boundary} under a plan of integration tests.",
)
BOUNDARY_NOT_KNOWN = Sentence(
    "It is not known whether the cases that test both sides of {boundary} passed, run by whom it takes: {cases}.",
    next="Import the reports of the runs of {cases}, and enter in appointments to whom testers report.",
)


def _is_boundary(element: Item[Element], view: View) -> bool:
    if element.content.kind is not ElementKind.BOUNDARY:
        return False
    model: Item[SystemModel] | None = view.dossier.get(element.content.model)
    return model is not None


@check("development.boundary_integration_tests", over=Element, owner=SystemRole.TESTER, needed=True, when=_is_boundary)
def boundaries_are_tested(boundary: Item[Element], view: View) -> Findings:
    """What differs on the two sides of each boundary of trust is tested when parts come together, or it is said why not.

    Source: IEC 81001-5-1:2021, 5.6.
    """
    if boundary.id in view.once("boundaries left out", _boundaries_left_out):
        return
    cases = view.dossier.back(boundary, TestCase)
    own = [case for case in cases if tested.is_of_type(case, view, TestType.INTEGRATION)]
    other = [case for case in cases if tested.is_of_type(case, view, *OTHER_TYPES)]
    far = {case.id: _is_far(case, view) for case in other}
    found = tested.proof([*own, *(case for case in other if far[case.id])], boundary.id, view)
    if found is Proof.SHOWN:
        return
    of_any = tested.proof([case for case in other if not far[case.id]], boundary.id, view)
    unclear = any(far[case.id] is None for case in other)
    said = {"boundary": boundary, "cases": [*own, *other]}
    if found is Proof.UNKNOWN or of_any is Proof.UNKNOWN or (of_any is Proof.SHOWN and unclear):
        yield Unknown(boundary, BOUNDARY_NOT_KNOWN, **said)
    elif of_any is Proof.SHOWN:
        yield Gap(boundary, BOUNDARY_TOO_NEAR, **said)
    elif Proof.CHANGED in (found, of_any):
        yield Gap(boundary, BOUNDARY_CHANGED, **said)
    else:
        yield Gap(boundary, BOUNDARY_UNTESTED, boundary=boundary, release=view.release or view.product)


def _boundaries_left_out(view: View) -> frozenset[str]:
    return frozenset(
        str(target)
        for plan in tested.plans(view, TestType.INTEGRATION)
        for left_out in plan.content.not_available
        for target in left_out.leaves_out
    )


def _is_far(case: Item[TestCase], view: View) -> bool | None:
    """Return whether a run of a case reached its independence; `None` where of none that can be told, of some not."""
    runs = view.once("counted runs by case", _by_case).get(case.id, ())
    found = {independent.is_enough(run, view) for run in runs}
    return True if True in found else None if None in found else False


def _by_case(view: View) -> dict[str, list[Item[TestRun]]]:
    found: dict[str, list[Item[TestRun]]] = {}
    for run in terms.counted_runs(view):
        for case in dict.fromkeys(run.content.cases):
            found.setdefault(case, []).append(run)
    return found


# --- ways in --------------------------------------------------------------------------------------------------------

ATTACKS = (CaseTechnique.ABUSE, CaseTechnique.MALFORMED, CaseTechnique.FUZZ, CaseTechnique.LOAD)

NOT_ATTACKED = Sentence(
    "{interface} can be used from outside, and no case that passed on {release} attacks it by {techniques}.",
    next="Attack {interface} by {techniques}, or say in the plan of vulnerability tests that no tool exists.",
)
ATTACKED_BEFORE = Sentence(
    "{interface} changed after the cases were written that attack it by {techniques}.",
    next="Look whether these cases still attack {interface}, and sign them again.",
)
ATTACKS_NOT_KNOWN = Sentence(
    "The results of the cases that attack {interface} by {techniques} are not here.",
    next="Import the reports of the runs of these cases.",
)
_ATTACKS = {Proof.NONE: NOT_ATTACKED, Proof.CHANGED: ATTACKED_BEFORE, Proof.UNKNOWN: ATTACKS_NOT_KNOWN}


def is_external(interface: Item[Interface], view: View) -> bool:
    """Return whether an interface can be used from outside the product."""
    return interface.content.reach in (InterfaceReach.EXTERNAL, InterfaceReach.BOTH)


@check(
    "development.external_interfaces_attacked", over=Interface, owner=SystemRole.TESTER, needed=True, when=is_external
)
def external_interfaces_are_attacked(interface: Item[Interface], view: View) -> Findings:
    """Whatever can be used from outside is attacked by abuse, malformed input, fuzzing and load, where a tool exists.

    Source: IEC 81001-5-1:2021, 5.7.3; 5.7.1.
    """
    unavailable = view.once("attacks that are not available", _unavailable)
    left = [one for one in ATTACKS if not unavailable & {(interface.id, one), (interface.id, None)}]
    cases: dict[CaseTechnique | None, list[Item[TestCase]]] = {}
    for case in view.dossier.back(interface, TestCase):
        cases.setdefault(case.content.technique, []).append(case)
    found: dict[Proof, list[CaseTechnique]] = {}
    for technique in left:
        found.setdefault(tested.proof(cases.get(technique, ()), interface.id, view), []).append(technique)
    for shown, sentence in _ATTACKS.items():
        if techniques := found.get(shown):
            said = {"interface": interface, "techniques": techniques}
            if sentence is NOT_ATTACKED:
                said["release"] = view.release or view.product
            yield (Unknown if shown is Proof.UNKNOWN else Gap)(interface, sentence, **said)


def _unavailable(view: View) -> frozenset[tuple[str, CaseTechnique | None]]:
    """Return which interface cannot be attacked by which technique; without one, by none."""
    return frozenset(
        (str(target), left_out.technique)
        for plan in tested.plans(view, TestType.VULNERABILITY)
        for left_out in plan.content.not_available
        for target in left_out.leaves_out
    )


# --- controls -------------------------------------------------------------------------------------------------------

ELSEWHERE = (Bearer.OPERATOR, Bearer.INTEGRATOR, Bearer.SUPPLIER)

AIM_MISSING = Sentence(
    "No case that passed on {release} tries of {control} whether it {aims}.",
    next="Plan and run for {control} whether it {aims}.",
)
AIM_CHANGED = Sentence(
    "{control} or a threat to it changed after the cases were written that try whether it {aims}.",
    next="Look whether these cases still challenge {control}, and sign them again.",
)
AIM_NOT_KNOWN = Sentence(
    "The results of the cases that try of {control} whether it {aims} are not here.",
    next="Import the reports of the runs of these cases.",
)
_AIMS = {Proof.NONE: AIM_MISSING, Proof.CHANGED: AIM_CHANGED, Proof.UNKNOWN: AIM_NOT_KNOWN}
_WORDS = {
    Aim.WORKS: "works",
    Aim.GETS_ROUND: "withstands somebody who tries to get round it",
    Aim.NO_NEW_WEAKNESS: "brings no new weakness",
}


def _is_ours_to_test(control: Item[Control], view: View) -> bool:
    """Return whether a control is in the product, counters a threat there, and was not handed over to somebody else."""
    content = control.content
    if content.kind is ControlKind.INFORMATION or control.id in view.once("handed over", _handed_over):
        return False
    threats: list[Item[Threat] | None] = [view.dossier.get(one) for one in content.mitigates]
    return any(one is not None and one.content.disposition is Disposition.MITIGATE for one in threats)


def _handed_over(view: View) -> frozenset[str]:
    return frozenset(
        str(target)
        for assumption in view.dossier.all(Assumption)
        if assumption.content.falls_to in ELSEWHERE
        for target in assumption.content.about
    )


@check("development.mitigations_tested", over=Control, owner=SystemRole.TESTER, needed=True, when=_is_ours_to_test)
def mitigations_are_tested(control: Item[Control], view: View) -> Findings:
    """Each control against a threat is shown to work, to withstand who tries to get round it, and to open nothing new.

    Source: IEC 81001-5-1:2021, 5.7.2; 7.4.
    """
    challenges = view.once("challenges by control", _challenges).get(control.id, {})
    found: dict[Proof, list[str]] = {}
    for aim, words in _WORDS.items():
        tries = challenges.get(aim, ())
        best = tested.best(tested.proof([case], control.id, view, also=threat) for case, threat in tries)
        found.setdefault(best, []).append(words)
    for shown, sentence in _AIMS.items():
        if aims := found.get(shown):
            said = {"control": control, "aims": aims}
            if sentence is AIM_MISSING:
                said["release"] = view.release or view.product
            yield (Unknown if shown is Proof.UNKNOWN else Gap)(control, sentence, **said)


Challenges = dict[Aim, list[tuple[Item[TestCase], str | None]]]


def _challenges(view: View) -> dict[str, Challenges]:
    """Return the cases that challenge each control, with the threat that they try it with, by aim."""
    found: dict[str, Challenges] = {}
    for case in view.dossier.all(TestCase):
        for one in case.content.challenges:
            found.setdefault(one.control, {}).setdefault(one.aim, []).append((case, one.threat))
    return found
