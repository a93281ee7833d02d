"""The one table of the methods of scoring whose vectors give their number here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from types import MappingProxyType

from asepsis.scoring import cvss3

# By the name of the method as records write it; a calculator raises an `InputError` for what is no vector of it.
CALCULATORS: Mapping[str, Callable[[str], Decimal]] = MappingProxyType(
    {"cvss3.0": partial(cvss3.score, asked="3.0"), "cvss3.1": partial(cvss3.score, asked="3.1")}
)
