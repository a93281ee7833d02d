"""The components of a release's bills as its checks speak of them: who makes them, and how they are called."""

from __future__ import annotations

from collections.abc import Iterable

from asepsis.checks import terms
from asepsis.checks.terms import Bill
from asepsis.checks.view import View
from asepsis.configuration.domain import Names, Placed
from asepsis.configuration.records import Category, SoftwareItem, Supplier, SupplierKind
from asepsis.exchange.facts import Component
from asepsis.maintenance.records import CompatibilityStatement, MonitoredSource
from asepsis.record.dossier import Item


def called(component: Component) -> str:
    """Return what people call a component: its package URL, else its name and version."""
    return component.purl or " ".join(part for part in (component.name, component.version) if part)


def called_all(components: Iterable[Component]) -> list[str]:
    """Return what people call components, each once, sorted."""
    return sorted({called(component) for component in components})


CARED_FOR = (Category.MAINTAINED, Category.SUPPORTED)


def placed_in(bill: str, view: View) -> tuple[Placed, ...]:
    """Return the components of one bill of the release looked at, each with what says its category.

    The product itself, which a bill names as its root, is no item of it.
    """
    return view.once("placed by bill", _by_bill).get(bill, ())


def beside_bills(view: View) -> tuple[Item[SoftwareItem], ...]:
    """Return what is looked after though no bill of the release looked at lists it, such as an operating system.

    A source that is watched for it, or a statement whether its updates fit, shows that it is still in use.
    """
    listed = {placed.item for _, placed in terms.items_of_release(view)}
    return tuple(
        item
        for item in view.dossier.all(SoftwareItem)
        if item.id not in listed and item.content.category in CARED_FOR and _is_spoken_of(item, view)
    )


def _is_spoken_of(item: Item[SoftwareItem], view: View) -> bool:
    watched, tried = view.dossier.back(item, MonitoredSource), view.dossier.back(item, CompatibilityStatement)
    return bool(watched) or bool(tried)


def _by_bill(view: View) -> dict[str, tuple[Placed, ...]]:
    found: dict[str, list[Placed]] = {}
    for bill, placed in terms.items_of_release(view):
        if placed.component.place != "root":
            found.setdefault(bill.item.id, []).append(placed)
    return {bill: tuple(placed) for bill, placed in found.items()}


def placed_by_item(view: View) -> dict[str, tuple[Component, ...]]:
    """Return the components of the release looked at that each SoftwareItem stands for, by its id."""
    return view.once("placed by item", lambda view: _by_item(terms.items_of_release(view)))


def _by_item(found: Iterable[tuple[Bill, Placed]]) -> dict[str, tuple[Component, ...]]:
    by_item: dict[str, list[Component]] = {}
    for _, placed in found:
        if placed.item is not None:
            by_item.setdefault(placed.item, []).append(placed.component)
    return {item: tuple(components) for item, components in by_item.items()}


def items_supported(view: View) -> dict[str, tuple[Component, ...]]:
    """Return the components of all supported releases that each SoftwareItem stands for, by its id."""

    def supported(view: View) -> dict[str, tuple[Component, ...]]:
        releases = terms.supported_releases(view)
        return _by_item(one for release in releases for one in terms.items_placed(release, view))

    return view.once("items supported", supported)


# --- who makes them -------------------------------------------------------------------------------------------------


def names(view: View) -> Names:
    """Return which names of suppliers mean the same one."""
    return view.once("names", lambda view: Names(one.content for one in view.dossier.all(Supplier)))


def makers(view: View) -> dict[str, Item[Supplier]]:
    """Return the suppliers who develop something for the maker, by the name that stands for all their names."""
    return view.once("makers", _makers)


def _makers(view: View) -> dict[str, Item[Supplier]]:
    return {
        names(view).first(one.content.name): one
        for one in view.dossier.all(Supplier)
        if one.content.kind is SupplierKind.MADE_FOR_US
    }


def maker_named(name: str | None, view: View) -> Item[Supplier] | None:
    """Return the supplier of that name who develops something for the maker; `None` where it is none of them."""
    return makers(view).get(names(view).first(name)) if name else None


def maker_of(item: Item[SoftwareItem], components: Iterable[Component], view: View) -> Item[Supplier] | None:
    """Return who made an item for the maker: as the item says, else as the bill does; `None` where nobody did."""
    supplier: Item[Supplier] | None = view.dossier.get(item.content.supplier)
    if supplier is not None:
        return supplier if supplier.content.kind is SupplierKind.MADE_FOR_US else None
    return next((maker for one in components if (maker := maker_named(one.supplier, view)) is not None), None)
