"""Checks of the tests as a whole: which types of test there are, and that those who test judge freely."""

from __future__ import annotations

from collections.abc import Iterable

from asepsis.checks import terms, tested
from asepsis.checks.check import Findings, check
from asepsis.checks.tested import Proof
from asepsis.checks.view import View
from asepsis.clauses.policy import INDEPENDENCE
from asepsis.configuration.records import SoftwareItem, Supplier, SupplierAgreement, SupplierKind
from asepsis.development.records import Interface, NotAvailable, RunOutcome, TestCase, TestPlan, TestRun, TestType
from asepsis.quality.records import ProductProfile
from asepsis.record.dossier import Item
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap, Unknown
from asepsis.risk.records import Element, ElementKind
from asepsis.sentences import Sentence


def _runs_by_type(view: View) -> dict[TestType, list[Item[TestRun]]]:
    found: dict[TestType, list[Item[TestRun]]] = {}
    for run in terms.counted_runs(view):
        plan = tested.plan_of(run, view)
        if plan is not None:
            found.setdefault(plan.content.type, []).append(run)
    return found


def _runs(type_: TestType, view: View) -> list[Item[TestRun]]:
    return view.once("counted runs by type", _runs_by_type).get(type_, [])


def _unavailable(plans: Iterable[Item[TestPlan]], type_: TestType) -> list[NotAvailable]:
    """Return what plans say of a whole type of test that cannot be done."""
    return [
        one
        for plan in plans
        if plan.content.type is type_
        for one in plan.content.not_available
        if not one.leaves_out and one.technique is None
    ]


# --- tests of requirements ------------------------------------------------------------------------------------------

OF_REQUIREMENTS = (TestType.REQUIREMENTS, TestType.PERFORMANCE, TestType.BOUNDARY, TestType.SERVICE_RELIANCE)

NO_PASS = Sentence(
    "No {type} tests passed on {release}.", next="Plan {type} tests, and run them on the build of {release}."
)
NO_PASS_NO_WHY = Sentence(
    "No {type} tests passed on {release}, and no plan says why the environment does not need them.",
    next="Run {type} tests on the build of {release}, or say in their plan why the environment does not need them.",
)
SERVICE_UNTESTED = Sentence(
    "{release} relies on {element}, and no case that passed in service-reliance tests goes through an interface of it.",
    next="Write a service-reliance case that goes through an interface of {element}, and run it.",
)
SERVICE_NOT_KNOWN = Sentence(
    "The results of the service-reliance cases that go through {element} are not here.",
    next="Import the reports of the runs of these cases.",
)
NOBODY_SAID = Sentence(
    "{element} is run by {supplier}, and no agreement in force says which activities fall to them.",
    next="Agree with {supplier} who does what, and enter the agreement.",
)
SERVICES = "5.7.1-2 d"  # the part that asks to test what the product relies on


@check("development.requirement_test_types", over=TestPlan, owner=SystemRole.TESTER, needed=True, whole=True)
def requirements_are_tested_in_each_way(plans: tuple[Item[TestPlan], ...], view: View) -> Findings:
    """Functions, performance, bounds and the services relied on are tested, or the environment does not need it.

    Source: IEC 81001-5-1:2021, 5.7.1.
    """
    about = view.release or view.product
    services = _services(view)
    profile = view.dossier.single(ProductProfile)
    relies = bool(services) or (profile is not None and profile.content.relies_on_services)
    for type_ in OF_REQUIREMENTS:
        if any(run.content.outcome is RunOutcome.PASS for run in _runs(type_, view)):
            continue
        if type_ is TestType.REQUIREMENTS or (type_ is TestType.SERVICE_RELIANCE and relies):
            yield Gap(about, NO_PASS, type=type_, release=about)
        elif not (
            _unavailable(plans, type_) or (type_ is TestType.SERVICE_RELIANCE and terms.left_out(SERVICES, view))
        ):
            yield Gap(about, NO_PASS_NO_WHY, type=type_, release=about)
    for element, suppliers in services:
        yield from _service_is_tested(element, view)
        for supplier in suppliers:
            if not any(_says_who_does_what(one, view) for one in view.dossier.back(supplier, SupplierAgreement)):
                yield Gap(element, NOBODY_SAID, element=element, supplier=supplier).owed(by=SystemRole.QUALITY)


def _services(view: View) -> list[tuple[Item[Element], list[Item[Supplier]]]]:
    """Return the outside dependencies that somebody runs for us, each with who does."""
    found = []
    for element in view.dossier.all(Element):
        if element.content.kind is ElementKind.EXTERNAL_DEPENDENCY:
            items: list[Item[SoftwareItem] | None] = [view.dossier.get(one) for one in element.content.items]
            suppliers = {one.content.supplier: None for one in items if one is not None and one.content.supplier}
            known: list[Item[Supplier] | None] = [view.dossier.get(one) for one in suppliers]
            services = [one for one in known if one is not None and one.content.kind is SupplierKind.SERVICE]
            if services:
                found.append((element, services))
    return found


def _service_is_tested(element: Item[Element], view: View) -> Findings:
    shown = tested.best(
        tested.proof(_service_cases(interface, view), interface.id, view)
        for interface in view.dossier.back(element, Interface)
    )
    if shown is Proof.UNKNOWN:
        yield Unknown(element, SERVICE_NOT_KNOWN, element=element)
    elif shown is not Proof.SHOWN:
        yield Gap(element, SERVICE_UNTESTED, release=view.release or view.product, element=element)


def _service_cases(interface: Item[Interface], view: View) -> list[Item[TestCase]]:
    cases = view.dossier.back(interface, TestCase)
    return [case for case in cases if tested.is_of_type(case, view, TestType.SERVICE_RELIANCE)]


def _says_who_does_what(agreement: Item[SupplierAgreement], view: View) -> bool:
    return bool(agreement.content.activities) and not terms.past(agreement.content.until, view)


# --- tests for vulnerabilities --------------------------------------------------------------------------------------

FOR_VULNERABILITIES = (
    TestType.VULNERABILITY,
    TestType.ATTACK_SURFACE,
    TestType.KNOWN_VULNERABILITIES,
    TestType.COMPOSITION,
    TestType.DYNAMIC,
)
NEVER_CARRIED = (TestType.KNOWN_VULNERABILITIES, TestType.COMPOSITION)

NO_RUN = Sentence(
    "No {type} tests were run on the build of {release}.", next="Run {type} tests on the build of {release}."
)
NO_DYNAMIC_RUN = Sentence(
    "No dynamic tests were run on the build of {release}, and no plan says for which platform which tools were looked "
    "for in vain.",
    next="Run dynamic tests on the build of {release}, or enter in their plan the platform and the tools looked for.",
)


@check("development.vulnerability_test_kinds", over=TestPlan, owner=SystemRole.TESTER, needed=True, whole=True)
def vulnerabilities_are_looked_for_in_each_way(plans: tuple[Item[TestPlan], ...], view: View) -> Findings:
    """A release is attacked, its surface searched, scanned for what is known, taken apart, and watched while it runs.

    Source: IEC 81001-5-1:2021, 5.7.3.
    """
    about = view.release or view.product
    for type_ in FOR_VULNERABILITIES:
        runs = _runs(type_, view)
        if type_ in NEVER_CARRIED:
            runs = [run for run in runs if run.content.release == about.id]
        if runs:
            continue
        if type_ is not TestType.DYNAMIC:
            yield Gap(about, NO_RUN, type=type_, release=about)
        elif not any(plan.content.type is type_ and is_without_tool(plan) for plan in plans):
            yield Gap(about, NO_DYNAMIC_RUN, release=about).serving("5.7.3-4")


def is_without_tool(plan: Item[TestPlan]) -> bool:
    """Return whether a plan says for which platform which tools were looked for in vain."""
    return any(one.platform and one.tools_looked_for for one in _unavailable([plan], plan.content.type))


# --- objectivity ----------------------------------------------------------------------------------------------------

TO_BE_OBJECTIVE = (
    TestType.ATTACK_SURFACE,
    TestType.REQUIREMENTS,
    TestType.THREAT_MITIGATION,
    TestType.VULNERABILITY,
    TestType.KNOWN_VULNERABILITIES,
    TestType.PENETRATION,
)

NOT_OBJECTIVE = Sentence(
    "No plan of {type} tests says how it is seen to that testers judge freely.",
    next="Write into the plan of {type} tests how objectivity is kept, and which level of independence is wanted.",
)
BELOW_POLICY = Sentence(
    "{plan} wants independence of level {wanted} for {type} tests, the policy asks for {asked}, and {plan} does not say "
    "how testers judge freely all the same.",
    next="Raise the level in {plan}, or write into it how objectivity is kept without.",
)


@check("development.objectivity_documented", over=TestPlan, owner=SystemRole.QUALITY, needed=True, whole=True)
def objectivity_is_documented(plans: tuple[Item[TestPlan], ...], view: View) -> Findings:
    """It is written down for six types of test how testers judge freely, above all where they stand nearer than asked.

    Source: IEC 81001-5-1:2021, 5.7.5.
    """
    about = view.release or view.product
    for type_ in TO_BE_OBJECTIVE:
        asked = view.policy.number(INDEPENDENCE + type_)
        of_type = [plan for plan in plans if plan.content.type is type_]
        silent = [plan for plan in of_type if plan.content.objectivity is None]
        below = [plan for plan in silent if plan.content.independence < asked]
        for plan in below:
            yield Gap(plan, BELOW_POLICY, plan=plan, wanted=plan.content.independence, type=type_, asked=asked)
        if len(silent) == len(of_type) and not below:
            yield Gap(about, NOT_OBJECTIVE, type=type_)
