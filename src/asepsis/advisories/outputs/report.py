"""A scan with what was decided about it: the one value that every output is made from."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from asepsis.advisories.findings import Finding, LookedUp, Result, Scan, Scanned
from asepsis.advisories.outputs.decisions import Laid
from asepsis.exchange.bill import Bill
from asepsis.exchange.vex.receipt import name_of
from asepsis.exchange.vex.statement import Statement, Status

CLOSED: tuple[Status, ...] = ("not-affected", "fixed")


@dataclass(frozen=True, slots=True)
class Line:
    """One finding: about which component of the bill, by its offset, and what was decided about it."""

    at: int
    component: Scanned
    finding: Finding
    decision: Statement | None

    @property
    def status(self) -> Status:
        """Return what was decided; what nobody decided is under investigation."""
        return self.decision.status if self.decision else "under-investigation"

    @property
    def is_closed(self) -> bool:
        """Return whether it was decided that the product is not affected."""
        return self.status in CLOSED

    @property
    def names(self) -> tuple[str, ...]:
        """Return what the vulnerability is called: its first CVE, else the advisory, and then all other names."""
        all_ = (self.finding.advisory, *self.finding.aliases)
        first = next((one for one in sorted(all_) if one.startswith("CVE-")), self.finding.advisory)
        return (first, *(one for one in all_ if one != first))


@dataclass(frozen=True)
class Report:
    """A bill, what is known of its components, and what was decided. `name` is that of its file."""

    name: str
    bill: Bill
    scan: Scan
    laid: Laid = field(default_factory=lambda: Laid({}))
    given: str | None = None  # how statements call the product, as the reader said

    def lines(self) -> Iterator[Line]:
        """Yield each finding, in the order of the bill."""
        for at, component in enumerate(self.scan.components):
            for finding in component.findings:
                yield Line(at, component, finding, self.laid.decided.get((at, finding.advisory)))

    def not_looked_up(self) -> Iterator[tuple[int, Scanned]]:
        """Yield the components of which nothing can be said, with their offsets."""
        return ((at, one) for at, one in enumerate(self.scan.components) if one.looked_up is not LookedUp.YES)

    @property
    def affected(self) -> bool:
        """Return whether something is known of a component that no decision closes."""
        return any(one.finding.result is Result.AFFECTED and not one.is_closed for one in self.lines())

    @property
    def not_known(self) -> bool:
        """Return whether something could not be told, and no decision tells it."""
        return (
            not self.scan.components
            or bool(self.bill.receipt.not_taken_count)
            or not self.scan.sources
            or any(True for _ in self.not_looked_up())
            or any(one.finding.result is Result.UNDETERMINED and not one.is_closed for one in self.lines())
            or any(one.trouble is not None for one in self.scan.sources)
            or bool(self.laid.unfounded)
        )

    @property
    def product(self) -> str:
        """Return how statements call the product: by package URL, else by name and version, else by the file."""
        itself, fact = self.bill.itself, self.bill.fact
        if self.given or (itself and itself.purl):
            return self.given or str(itself and itself.purl)
        return "@".join(filter(None, (fact.product, fact.product_version))) or self.name

    @property
    def serial(self) -> str:
        """Return a name for a document of just this: the same bill, data and decisions give the same."""
        said = (
            self.scan.bill,
            self.scan.at,
            *(f"{one.at} {one.finding.advisory} {one.status}" for one in self.lines()),
        )
        return uuid.uuid5(uuid.NAMESPACE_URL, "\n".join(said)).urn

    def statements(self) -> tuple[Statement, ...]:
        """Return one statement for each finding: as decided, or under investigation as of the scan."""
        product, components = self.product, self.bill.fact.components
        return tuple(_stated(one, product, name_of(components[one.at]), self.scan.at) for one in self.lines())

    def coverage(self) -> str:
        """Return in one sentence what was looked at, with which data, and how much was not."""
        left = sum(1 for _ in self.not_looked_up())
        looked = len(self.scan.components) - left
        said = f"{looked:,} of {len(self.scan.components):,} components of {self.name} were looked up"
        said += f"; the other {left:,} were not, so nothing about them is clean. " if left else ". "
        if count := self.bill.receipt.not_taken_count:
            said += f"Not read of the bill, so that nothing about it is clean: {count:,}. "
        if count := len(self.scan.candidates):
            said += f"{count:,} candidates by CPE or name wait for a person to confirm them or rule them out. "
        if count := sum(self.scan.below.values()):
            said += f"{count:,} more, for which next to nothing but a name speaks, are counted and not listed. "
        told = [f"{one.name} as of {one.as_of or 'an unknown day'}" for one in self.scan.sources if not one.trouble]
        troubled = [f"{one.name}: {one.trouble}" for one in self.scan.sources if one.trouble]
        said += f"Data: {', '.join(told) or 'none that can be relied on'}."
        return f"{said} Not relied on: {'; '.join(troubled)}." if troubled else said


def _stated(line: Line, product: str, component: str, at: str) -> Statement:
    name, *others = line.names
    if line.decision is None:
        return Statement(name, product, "under-investigation", component, tuple(others), at=at)
    return replace(
        line.decision, vulnerability=name, product=product, component=component, aliases=tuple(others)
    )  # fmt: skip
