"""What releases hold, what scans found there, and what was said of it already: all that a decision is made or carried on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from asepsis.configuration.records import BillOfMaterials, Release
from asepsis.exchange import subjects
from asepsis.exchange.purl import PurlError, parse
from asepsis.problems.domain import same_component
from asepsis.problems.records import Exploitability
from asepsis.quality.domain import holds
from asepsis.record.dossier import Dossier, Item
from asepsis.store import queries
from asepsis.store.models import Record

if TYPE_CHECKING:
    from asepsis.exchange.facts import Component, Components, Match, Matches
    from asepsis.record.facts import TakenIn

Sees = Callable[[Record], bool]


@dataclass(frozen=True, slots=True)
class Scanned:
    """A bill of a release, what it lists, and the newest scan of it; either is `None` where it is not here."""

    bill: Item[BillOfMaterials]
    components: Components | None
    scan: TakenIn | None
    matches: Matches | None


@dataclass(frozen=True)
class Holding:
    """A release with its bills."""

    release: Item[Release]
    bills: tuple[Scanned, ...]

    @property
    def is_scanned(self) -> bool:
        """Return whether each of its bills, of which there is one at least, was laid against feeds."""
        return bool(self.bills) and all(one.matches is not None for one in self.bills)

    @cached_property
    def components(self) -> Mapping[str, tuple[tuple[Scanned, Component], ...]]:
        """Return the components of its bills, by package URL, by each of their digests, and by name where they have no URL."""
        found: dict[str, list[tuple[Scanned, Component]]] = {}
        for bill in self.bills:
            for one in bill.components.components if bill.components is not None else ():
                for key in dict.fromkeys((one.purl or one.name, *digests_of(one))):
                    found.setdefault(key, []).append((bill, one))
        return {key: tuple(of) for key, of in found.items()}

    @cached_property
    def _by_name(self) -> Mapping[str, tuple[tuple[Scanned, Match], ...]]:
        found: dict[str, list[tuple[Scanned, Match]]] = {}
        for bill in self.bills:
            for match in bill.matches.matches if bill.matches is not None else ():
                for name in dict.fromkeys(name.casefold() for name in (match.advisory, *match.aliases)):
                    found.setdefault(name, []).append((bill, match))
        return {name: tuple(of) for name, of in found.items()}

    def matches_of(self, names: Iterable[str], component: str) -> tuple[Match, ...]:
        """Return what scans found of an advisory, by any of its names, in a component."""
        found = (match for name in names for _, match in self._by_name.get(name.casefold(), ()))
        return tuple(one for one in dict.fromkeys(found) if same_component(component, one.component))


def holdings(product: str, dossier: Dossier) -> tuple[Holding, ...]:
    """Return each release of a product with its bills, in the order of their labels."""
    facts = queries.facts(product)
    scans: dict[str, TakenIn] = {}
    for taken in facts.of("matches"):
        bill = subjects.bill_of(taken.subject)
        if bill not in scans or taken.position > scans[bill].position:
            scans[bill] = taken
    bills: dict[str, list[Scanned]] = {}
    for item in dossier.all(BillOfMaterials):
        digest = item.content.document.digest
        listed, scan = facts.get("components", digest), scans.get(digest)
        components = facts.document(listed) if listed is not None else None
        matches = facts.document(scan) if scan is not None else None
        bills.setdefault(item.content.release, []).append(Scanned(item, components, scan, matches))
    return tuple(
        Holding(one, tuple(bills.get(one.id, ()))) for one in sorted(dossier.all(Release), key=lambda item: item.label)
    )


def digests_of(component: Component) -> tuple[str, ...]:
    """Return the SHA-256 digests of a component, in lower case."""
    return tuple(
        value.casefold() for algorithm, value in component.hashes
        if algorithm.replace("-", "").casefold() == "sha256"
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Word:
    """The newest word of a statement: its record, and what it says, be it a draft."""

    row: Record
    value: Mapping[str, Any]

    @property
    def names(self) -> frozenset[str]:
        """Return the names of its advisory, in lower case."""
        return names_of(self.value)

    def is_on(self, component: str) -> bool:
        """Return whether it is on this component: each may leave the version open."""
        own = str(self.value.get("component", ""))
        return same_component(own, component) or same_component(component, own)

    def speaks_of(self, release: Item[Release]) -> bool:
        """Return whether it speaks of a release, by name or by its version."""
        held = holds(self.value.get("versions", ()), release.content.version) is True
        return release.id in self.value.get("releases", ()) or held


@lru_cache(maxsize=16_384)
def package_of(component: str) -> str:
    """Return a package URL without its version; what is none as it is written."""
    try:
        return str(parse(component).without_version).casefold()
    except PurlError:
        return component.casefold()


def names_of(value: Mapping[str, Any]) -> frozenset[str]:
    """Return the names of the advisory of a statement, in lower case."""
    return frozenset(one.casefold() for one in (value.get("advisory_id", ""), *value.get("aliases", ())) if one)


class Words:
    """What was said in one product, as one reader may see it: drafts too; what was withdrawn or retired not."""

    def __init__(self, product: str, sees: Sees) -> None:
        self.all = tuple(_words(product, sees))
        self._by_name: dict[str, list[Word]] = {}
        for one in self.all:
            for name in one.names:
                self._by_name.setdefault(name, []).append(one)

    def similar(self, names: Iterable[str], component: str) -> Iterator[Word]:
        """Yield what was said of an advisory in any version of a package, and then of other advisories in the package."""
        package = package_of(component)
        alike = [one for one in self.all if package_of(str(one.value.get("component", ""))) == package]
        called = {name.casefold() for name in names}
        yield from (one for one in reversed(alike) if called & one.names)
        yield from (one for one in reversed(alike) if not called & one.names)

    def on(self, names: Iterable[str], component: str) -> Iterator[Word]:
        """Yield what was said of an advisory, by any of its names, in a component."""
        found = {one.row.id: one for name in names for one in self._by_name.get(name.casefold(), ())}
        yield from (one for one in found.values() if one.is_on(component))


def _words(product: str, sees: Sees) -> Iterator[Word]:
    rows = Record.objects.filter(kind=Exploitability.__name__, product=product).exclude(standing="retired")
    seen = [row for row in rows.exclude(head_state="withdrawn").order_by("label") if sees(row)]
    values = queries.values_of(row.head_content for row in seen if row.head_content)
    for row in seen:
        if (value := values.get(row.head_content or "")) is not None:
            yield Word(row, value)
