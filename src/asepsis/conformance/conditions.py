"""Whether the condition on which an obligation depends holds, as far as records and facts show it."""

from __future__ import annotations

from collections.abc import Callable

from asepsis.checks import terms
from asepsis.checks.development.programme import is_without_tool
from asepsis.checks.problems.others import lies_with_others
from asepsis.checks.view import AbsentFactsError, View
from asepsis.configuration.records import Category, SoftwareItem, Supplier, SupplierKind
from asepsis.development.records import TestPlan, TestType
from asepsis.quality.records import ProductProfile
from asepsis.risk.records import Vulnerability


def holds(condition: str, view: View) -> bool | None:
    """Return whether records and facts show that a condition of the catalogue holds; `None` where they do not tell.

    A NotApplicable on an obligation whose condition is shown to hold is itself a gap.
    """
    shown = _CONDITIONS.get(condition)
    if shown is None:
        return None
    try:
        return shown(view)
    except AbsentFactsError:
        return None


def _made_for_us(view: View) -> bool:
    makers = {one.id: one.content for one in view.dossier.all(Supplier) if one.content.kind is SupplierKind.MADE_FOR_US}
    items = {one.id: one.content for one in view.dossier.all(SoftwareItem)}
    if any(one.supplier in makers and one.can_affect_security for one in items.values()):
        return True
    called = {name.casefold() for one in makers.values() for name in (one.name, *one.also_called)}
    # A component of such a supplier counts unless its item says that it cannot affect security.
    return bool(called) and any(
        placed.component.place != "root"
        and (placed.component.supplier or "").casefold() in called
        and (placed.item is None or items[placed.item].can_affect_security)
        for _, placed in terms.items_of_release(view)
    )


def _services(view: View) -> bool:
    profile = view.dossier.single(ProductProfile)
    return profile is not None and profile.content.relies_on_services


def _accounts(view: View) -> bool:
    profile = view.dossier.single(ProductProfile)
    return profile is not None and profile.content.accounts


def _dynamic_tool(view: View) -> bool | None:
    """A plan that names its tools, or a run, shows one; a plan that looked for some in vain shows that there is none."""
    plans = [one for one in view.dossier.all(TestPlan) if one.content.type is TestType.DYNAMIC]
    if any(run.content.plan == plan.id for plan in plans for run in terms.counted_runs(view)):
        return True
    if any(is_without_tool(plan) for plan in plans):
        return False
    return True if any(plan.content.tools for plan in plans) else None


def _third_party_problem(view: View) -> bool:
    return any(lies_with_others(one, view) for one in terms.each_once(view.dossier.with_heads(Vulnerability)))


def _has(*categories: Category) -> Callable[[View], bool]:
    return lambda view: any(placed.category in categories for _, placed in terms.items_of_release(view))


_CONDITIONS: dict[str, Callable[[View], bool | None]] = {
    "made-for-us-item": _made_for_us,
    "software-services": _services,
    "accounts": _accounts,
    "supported-items": _has(Category.SUPPORTED, Category.MAINTAINED),
    "maintained-items": _has(Category.MAINTAINED),
    "dynamic-tool": _dynamic_tool,
    "third-party-source-problem": _third_party_problem,
}
