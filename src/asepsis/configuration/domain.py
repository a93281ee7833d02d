"""What follows from the records of clause 4.3: which item or rule says the category of a component."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from asepsis.configuration.records import Category, CategoryRule, ComponentPattern, SoftwareItem, Supplier
from asepsis.exchange.facts import Component
from asepsis.exchange.purl import Purl, PurlError, matches, parse, precision
from asepsis.quality.domain import holds

Precision = tuple[tuple[int, int], bool, bool]


@dataclass(frozen=True, slots=True)
class Tie:
    """Two or more that fit a component equally well and say different categories: record ids, sorted."""

    rivals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Placed:
    """A component of a bill and what says its category.

    `item`, else `rule`, is the record id of what does; both are empty where nothing fits, where there is a `tie`, or
    where items would fit whose `versions` cannot be read against the component's version (`unread`, record ids).
    """

    component: Component
    category: Category | None = None
    item: str | None = None
    rule: str | None = None
    tie: Tie | None = None
    unread: tuple[str, ...] = ()


def precise(pattern: ComponentPattern) -> Precision:
    """Return a key that sorts patterns from the most precise.

    A whole package comes before the beginning of a name, the longer beginning first, that before a supplier, and that
    before a place; of two that are alike in one, the one that also asks for the next is more precise.
    """
    return (precision(pattern.purl) if pattern.purl else (2, 0), pattern.supplier is None, pattern.place is None)


def most_precise(
    rules: Mapping[str, CategoryRule], component: Component, suppliers: Iterable[Supplier] = ()
) -> str | Tie | None:
    """Return the record id of the rule that says the category of `component`, a tie, or `None` where no rule fits.

    `rules` are the effective ones by record id. `suppliers` tell which names mean the same supplier. Equally precise
    rules that say the same category are no tie: the one whose id sorts first stands for them.
    """
    return Rules(rules, suppliers).of(component)


def items_of(
    components: Iterable[Component],
    items: Mapping[str, SoftwareItem],
    rules: Mapping[str, CategoryRule],
    suppliers: Mapping[str, Supplier] | None = None,
) -> tuple[Placed, ...]:
    """Return each component with its SoftwareItem, else with its one most precise CategoryRule, in the bill's order.

    `items`, `rules` and `suppliers` are the effective ones by record id. An item joins by its package URL and versions,
    or, where item or component has no package URL, by name and supplier.
    """
    by_rule, by_item = Rules(rules, (suppliers or {}).values()), Items(items, suppliers or {})
    return tuple(_placed(component, by_item, by_rule) for component in components)


def _placed(component: Component, items: Items, rules: Rules) -> Placed:
    purl = purl_of(component)
    found, unread = items.of(component, purl)
    if isinstance(found, Tie):
        return Placed(component, tie=found, unread=unread)
    if found is not None:
        return Placed(component, items.items[found].category, item=found, unread=unread)
    if unread:
        return Placed(component, unread=unread)
    match rules.of(component, purl):
        case Tie() as tie:
            return Placed(component, tie=tie)
        case str() as rule:
            return Placed(component, rules.rules[rule].category, rule=rule)
    return Placed(component)


def end_of_support(item: SoftwareItem | None, components: Iterable[Component]) -> date | None:
    """Return the last day of support: as the item says, else the earliest that the bill says of its components."""
    if item is not None and item.end_of_support is not None:
        return item.end_of_support
    told = (one.end_of_support for one in components)
    return min((date.fromisoformat(day) for day in told if day is not None), default=None)


def purl_of(component: Component) -> Purl | None:
    """Return the package URL of a component, or `None` where it has none or one that cannot be read."""
    try:
        return parse(component.purl) if component.purl else None
    except PurlError:
        return None


class Names:
    """Which names mean the same supplier: those of one Supplier record, upper and lower case alike."""

    def __init__(self, suppliers: Iterable[Supplier]) -> None:
        self._first = {
            name.casefold(): supplier.name.casefold()
            for supplier in suppliers
            for name in (supplier.name, *supplier.also_called)
        }

    def first(self, name: str) -> str:
        """Return the one name that stands for all names of this supplier."""
        return self._first.get(name.casefold(), name.casefold())


@dataclass(slots=True)
class Rules:
    """Category rules, indexed so that finding those of a component does not go through all of them."""

    rules: Mapping[str, CategoryRule]
    suppliers: Iterable[Supplier] = ()
    _names: Names = field(init=False)
    _whole: dict[str, list[str]] = field(init=False)
    _begun: dict[str, list[str]] = field(init=False)
    _lengths: list[int] = field(init=False)
    _supplied: dict[str, list[str]] = field(init=False)
    _placed: dict[str, list[str]] = field(init=False)

    def __post_init__(self) -> None:
        self._names = Names(self.suppliers)
        self._whole, self._begun = defaultdict(list), defaultdict(list)
        self._supplied, self._placed = defaultdict(list), defaultdict(list)
        for id_, rule in self.rules.items():
            if rule.retired is None:
                self._enter(id_, rule.matches)
        self._lengths = sorted({len(key) for key in self._begun})

    def of(self, component: Component, purl: Purl | None = None) -> str | Tie | None:
        """Return the rule that says the category of `component`, a tie, or `None`; `purl` is its, where read already."""
        purl = purl or purl_of(component)
        fitting = [id_ for id_ in self._near(component, purl) if self._fits(self.rules[id_].matches, component, purl)]
        if not fitting:
            return None
        best = min(precise(self.rules[id_].matches) for id_ in fitting)
        most = sorted(id_ for id_ in fitting if precise(self.rules[id_].matches) == best)
        return _one_of(most, self.rules)

    def _enter(self, id_: str, pattern: ComponentPattern) -> None:
        if pattern.purl is not None and "*" in pattern.purl:
            self._begun[_beginning(pattern.purl)].append(id_)
        elif pattern.purl is not None:
            self._whole[_key(parse(pattern.purl))].append(id_)
        elif pattern.supplier is not None:
            self._supplied[self._names.first(pattern.supplier)].append(id_)
        elif pattern.place is not None:
            self._placed[pattern.place.value].append(id_)

    def _near(self, component: Component, purl: Purl | None) -> Iterator[str]:
        if purl is not None:
            key = _key(purl)
            yield from self._whole.get(key, ())
            for length in self._lengths:
                if length <= len(key):
                    yield from self._begun.get(key[:length], ())
        if component.supplier:
            yield from self._supplied.get(self._names.first(component.supplier), ())
        yield from self._placed.get(component.place, ())

    def _fits(self, pattern: ComponentPattern, component: Component, purl: Purl | None) -> bool:
        if pattern.purl is not None and (purl is None or not matches(pattern.purl, purl)):
            return False
        if pattern.supplier is not None and not self._same_supplier(pattern.supplier, component.supplier):
            return False
        return pattern.place is None or pattern.place == component.place

    def _same_supplier(self, wanted: str, found: str | None) -> bool:
        return found is not None and self._names.first(wanted) == self._names.first(found)


@dataclass(slots=True)
class Items:
    """Software items, indexed by package and by name with supplier."""

    items: Mapping[str, SoftwareItem]
    suppliers: Mapping[str, Supplier]
    _names: Names = field(init=False)
    _packages: dict[str, list[str]] = field(init=False)
    _named: dict[tuple[str, str], list[str]] = field(init=False)

    def __post_init__(self) -> None:
        self._names = Names(self.suppliers.values())
        self._packages, self._named = defaultdict(list), defaultdict(list)
        for id_, item in self.items.items():
            if item.retired is not None:
                continue
            if item.purl is not None:
                self._packages[_package(parse(item.purl))].append(id_)
            supplier = self.suppliers.get(item.supplier) if item.supplier is not None else None
            if item.name is not None and supplier is not None:
                self._named[item.name.casefold(), self._names.first(supplier.name)].append(id_)

    def of(self, component: Component, purl: Purl | None) -> tuple[str | Tie | None, tuple[str, ...]]:
        """Return the item of `component`, a tie or `None`, and those whose versions cannot be read against its own."""
        near = self._packages.get(_package(purl), []) if purl is not None else []
        if not near and component.supplier:
            near = self._named.get((component.name.casefold(), self._names.first(component.supplier)), [])
            near = [id_ for id_ in near if purl is None or self.items[id_].purl is None]
        answers = {id_: holds(self.items[id_].versions, component.version) for id_ in sorted(near)}
        unread = tuple(id_ for id_, held in answers.items() if held is None)
        return _one_of([id_ for id_, held in answers.items() if held], self.items), unread


def _one_of(ids: list[str], records: Mapping[str, CategoryRule] | Mapping[str, SoftwareItem]) -> str | Tie | None:
    """Return the first of `ids`, which are sorted, if all say the same category."""
    if len({records[id_].category for id_ in ids}) > 1:
        return Tie(tuple(ids))
    return ids[0] if ids else None


def _key(purl: Purl) -> str:
    """Return a package's name to look it up by; `matches` has the last word, since case counts for some types."""
    return "/".join(part for part in (purl.type, purl.namespace, purl.name) if part).casefold()


def _package(purl: Purl) -> str:
    """Return a package's name as its type tells packages apart: by case, but for nuget and golang."""
    name = "/".join(part for part in (purl.type, purl.namespace, purl.name) if part)
    return name.casefold() if purl.type in ("nuget", "golang") else name


def _beginning(pattern: str) -> str:
    """Return what the keys of all packages begin with that `pattern`, which holds a `*`, can name."""
    literal = pattern[: pattern.index("*")]
    try:
        return _key(parse(f"{literal}x"))[:-1]
    except PurlError:  # a type that asks for more than stands before the `*`
        return literal.removeprefix("pkg:").partition("/")[0].casefold()
