"""Statements of others laid over what a scan found, with a receipt for each of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from asepsis.advisories.findings import Finding, Scan
from asepsis.exchange.bill import Bill, purl_read
from asepsis.exchange.facts import Component
from asepsis.exchange.purl import Purl
from asepsis.exchange.vex.receipt import PRESENT, Outcome, beaten, is_named, name_of
from asepsis.exchange.vex.statement import Statement
from asepsis.sentences import Said, Sentence

NOT_HELD = Sentence("The bill holds no {component}.")
NOTHING_FOUND = Sentence("The scan found nothing of {vulnerability} in {component}.")
OTHER_PRODUCT = Sentence("It speaks of {product}, and the bill is of {own}.")
HOLDS = Sentence("It holds for {components}.")
TAKEN_FOR = Sentence("It holds for {components}; the bill names no product, which was taken to be {product}.")

OVER = Sentence("It counted until {until}.")
NARROWER = Sentence(
    "It speaks of {product} in the configuration '{configuration}' only, and no bill says which it is of."
)
OTHER_VERSIONS = Sentence("It speaks of {versions} of {product}, and the bill is of {own}.")

Place = tuple[int, str]  # a component, by its offset in the bill, and the advisory that a finding is told under


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one statement, or of it in some of the findings that it speaks of. `source` is the file it stands in."""

    source: str
    statement: Statement
    outcome: Outcome
    why: Said


@dataclass(frozen=True, slots=True)
class Laid:
    """What was decided about findings, and what became of each statement.

    `unfounded` are statements that a component of the bill is affected, or may be, of which the scan found nothing;
    `unread` is what stands in a file and could not be read as a statement: (file, what, why).
    """

    decided: Mapping[Place, Statement]
    receipts: tuple[Receipt, ...] = ()
    unfounded: tuple[Statement, ...] = ()
    unread: tuple[tuple[str, str, Said | str], ...] = ()

    def with_unread(self, left: Iterable[tuple[str, str, Said | str]]) -> Laid:
        """Return this with what could not be read."""
        return replace(self, unread=tuple(left))


def lay(bill: Bill, scan: Scan, statements: Sequence[tuple[str, Statement]], *, product: str | None = None) -> Laid:
    """Return what `statements`, each with the name of its file, decide about the findings of a scan of `bill`.

    A statement speaks of a finding where it names the vulnerability by any of its names, and the component, or the
    product as a whole. One on a component in another product than the bill's does not; `product` is how statements call
    the bill's, beside its own names. Of several on one finding the latest counts; two of the same time that say
    different things decide nothing.
    """
    own = _Product.of(bill, product)
    found = _by_name(scan)
    components = bill.fact.components
    spoken: dict[Place, list[int]] = {}
    refused: dict[int, tuple[Outcome, Said]] = {}
    unfounded: list[Statement] = []
    for number, (_, said) in enumerate(statements):
        if said.until is not None and said.until < scan.at[:10]:
            refused[number] = Outcome.SUPERSEDED, OVER.said(until=said.until)
            continue
        held = own.narrower(said) or own.components(said, components)
        if isinstance(held, Said):
            refused[number] = Outcome.UNMATCHED, held
            continue
        about = dict.fromkeys(
            (at, one.advisory) for name in _names(said) for at, one in found.get(name, ()) if held is None or at in held
        )
        if not about:
            why = NOTHING_FOUND.said(vulnerability=said.vulnerability, component=said.thing)
            refused[number] = Outcome.UNMATCHED, why
            if said.status in ("affected", "under-investigation"):
                unfounded.append(said)
        elif held is not None and said.justification == "component-not-present":
            refused[number] = Outcome.CONFLICTING, PRESENT.said(component=[name_of(components[at]) for at, _ in about])
        else:
            for place in about:
                spoken.setdefault(place, []).append(number)
    decided: dict[Place, Statement] = {}
    outcomes: dict[int, dict[tuple[Outcome, Said | None], list[str]]] = {}
    for place, numbers in spoken.items():
        alike = [statements[number][1] for number in numbers]
        for number, said in zip(numbers, alike, strict=True):
            lost = beaten(said, alike)
            key = lost or (Outcome.APPLIED, None)
            outcomes.setdefault(number, {}).setdefault(key, []).append(name_of(components[place[0]]))
            if lost is None and (said.at or "") >= (decided[place].at or "" if place in decided else ""):
                decided[place] = said
    receipts: list[Receipt] = []
    for number, (source, said) in enumerate(statements):
        if number in refused:
            receipts.append(Receipt(source, said, *refused[number]))
        for (outcome, lost_to), where in outcomes.get(number, {}).items():
            receipts.append(Receipt(source, said, outcome, lost_to or own.holds(said, list(dict.fromkeys(where)))))
    return Laid(decided, tuple(receipts), tuple(unfounded))


def text_of(why: Said | str) -> str:
    """Return why something was not read, as a text."""
    return why.text() if isinstance(why, Said) else why


def _by_name(scan: Scan) -> dict[str, list[tuple[int, Finding]]]:
    found: dict[str, list[tuple[int, Finding]]] = {}
    for at, component in enumerate(scan.components):
        for one in component.findings:
            for name in dict.fromkeys(name.casefold() for name in (one.advisory, *one.aliases)):
                found.setdefault(name, []).append((at, one))
    return found


def _names(said: Statement) -> Iterable[str]:
    return dict.fromkeys(name.casefold() for name in (said.vulnerability, *said.aliases))


@dataclass(frozen=True, slots=True)
class _Product:
    """The product that a bill is of, by all names that a statement may call it; none where the bill does not say."""

    names: frozenset[str]
    purls: tuple[Purl, ...]
    shown: str
    version: str | None
    held: Mapping[str, frozenset[int]]  # the components by package without version, and by digest

    @classmethod
    def of(cls, bill: Bill, given: str | None) -> _Product:
        itself = bill.itself
        version = itself.version if itself else bill.fact.product_version
        called = itself.name if itself else bill.fact.product
        names = [called, f"{called}@{version}" if called and version else None, itself.purl if itself else None]
        names += [itself.ref if itself else None, given]
        told = [name for name in names if name]
        purls = [found for name in told if isinstance(found := purl_read(name), Purl)]
        held: dict[str, set[int]] = {}
        for at, one in enumerate(bill.fact.components):
            for key in _keys(one):
                held.setdefault(key, set()).add(at)
        return cls(
            frozenset(map(str.casefold, told)),
            tuple(purls),
            given or (told[0] if told else ""),
            version,
            {key: frozenset(of) for key, of in held.items()},
        )

    def components(self, said: Statement, components: Sequence[Component]) -> frozenset[int] | Said | None:
        """Return the components that a statement speaks of, `None` for all of them, or why it speaks of none."""
        if said.component is None and self._is(said.product):
            return None
        named = frozenset(at for at in self._candidates(said.thing) if is_named(said.thing, components[at]))
        if not named:
            return NOT_HELD.said(component=said.thing)
        if said.component is not None and self.names and not self._is(said.product):
            return OTHER_PRODUCT.said(product=said.product, own=self.shown)
        return named

    def narrower(self, said: Statement) -> Said | None:
        """Return why it is not told that the bill is one of those that a statement is narrowed to; `None` where it is."""
        if said.configuration is not None:
            return NARROWER.said(product=said.product, configuration=said.configuration)
        if said.versions and self.version not in said.versions:
            return OTHER_VERSIONS.said(versions=said.versions, product=said.product, own=self.version or "no version")
        return None

    def holds(self, said: Statement, where: list[str]) -> Said:
        """Return the sentence that a statement was applied."""
        if said.component is not None and not self.names:
            return TAKEN_FOR.said(components=where, product=said.product)
        return HOLDS.said(components=where)

    def _candidates(self, thing: str) -> frozenset[int]:
        found = purl_read(thing)
        return self.held.get(_package(found) if isinstance(found, Purl) else thing.casefold(), frozenset())

    def _is(self, product: str) -> bool:
        if product.casefold() in self.names:
            return True
        found = purl_read(product)
        return isinstance(found, Purl) and any(
            _package(one) == _package(found) and found.version in (None, one.version) for one in self.purls
        )


def _keys(component: Component) -> Iterable[str]:
    found = purl_read(component.purl) if component.purl else None
    if isinstance(found, Purl):
        yield _package(found)
    yield from (value.casefold() for _, value in component.hashes)


def _package(purl: Purl) -> str:
    return f"{purl.type}\n{purl.namespace}\n{purl.name}"
