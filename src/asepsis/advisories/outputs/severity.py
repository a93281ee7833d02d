"""How severe a finding is said to be: the number and the word of its vector, where a calculator knows it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType

from asepsis.advisories.findings import Finding
from asepsis.errors import InputError
from asepsis.scoring.calculators import CALCULATORS

_VERSIONS = MappingProxyType({"CVSS:3.0/": "cvss3.0", "CVSS:3.1/": "cvss3.1", "CVSS:4.0/": "cvss4.0"})
_BANDS = (("9.0", "critical"), ("7.0", "high"), ("4.0", "medium"), ("0.1", "low"))  # CVSS 3.1, 5; CVSS 4.0, 6


@dataclass(frozen=True, slots=True)
class Severity:
    """A vector, the method that it is of (`cvss3.1`), its number, and the word for that."""

    vector: str
    method: str | None = None
    number: Decimal | None = None

    @property
    def word(self) -> str | None:
        """Return `critical`, `high`, `medium`, `low` or `none`."""
        if self.number is None:
            return None
        return next((word for least, word in _BANDS if self.number >= Decimal(least)), "none")


def severities(finding: Finding) -> tuple[Severity, ...]:
    """Return all vectors of a finding, those with a number first, the highest of them at the head."""
    found = [severity_of(vector) for _, vector in finding.severity]
    return tuple(sorted(found, key=lambda one: (one.number is None, -(one.number or 0), one.vector)))


@lru_cache(maxsize=16_384)
def severity_of(vector: str) -> Severity:
    """Return what a vector says; its number where a calculator knows its method."""
    method = next((name for start, name in _VERSIONS.items() if vector.startswith(start)), None)
    if method is None or method not in CALCULATORS:
        return Severity(vector, method)
    try:
        return Severity(vector, method, CALCULATORS[method](vector))
    except InputError:
        return Severity(vector, method)
