"""Whether the condition on which an obligation depends holds, as far as records and facts show it."""

from __future__ import annotations

from collections.abc import Callable

from asepsis.checks import terms
from asepsis.checks.view import AbsentFactsError, View
from asepsis.configuration.records import Category, SoftwareItem, Supplier, SupplierKind
from asepsis.quality.records import ProductProfile


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


def _has(*categories: Category) -> Callable[[View], bool]:
    return lambda view: any(placed.category in categories for _, placed in terms.items_of_release(view))


_CONDITIONS: dict[str, Callable[[View], bool]] = {
    "made-for-us-item": _made_for_us,
    "software-services": _services,
    "accounts": _accounts,
    "supported-items": _has(Category.SUPPORTED, Category.MAINTAINED),
    "maintained-items": _has(Category.MAINTAINED),
}
