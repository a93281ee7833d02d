"""The one table of the methods of scoring whose vectors give their number here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from types import MappingProxyType
from typing import Any

from asepsis.errors import InputError
from asepsis.scoring import cvss3

# By the name of the method as records write it; a calculator raises an `InputError` for what is no vector of it.
CALCULATORS: Mapping[str, Callable[[str], Decimal]] = MappingProxyType(
    {"cvss3.0": partial(cvss3.score, asked="3.0"), "cvss3.1": partial(cvss3.score, asked="3.1")}
)
_METHODS = {"CVSS:3.0": "cvss3.0", "CVSS:3.1": "cvss3.1", "CVSS:4.0": "cvss4.0"}  # by how a vector begins


def completed(score: Mapping[str, Any]) -> dict[str, Any]:
    """Return a score (method, vector, number) with the method that its vector names and the number that it gives, where
    somebody left these out. What is no vector stays as it is: that is told when it is saved.
    """
    vector = str(score.get("vector", ""))
    method = str(score.get("method") or _METHODS.get(vector.partition("/")[0], ""))
    if not method:
        return dict(score)
    if "number" in score or method not in CALCULATORS:
        return {**score, "method": method}
    try:
        return {**score, "method": method, "number": str(CALCULATORS[method](vector))}
    except InputError:
        return dict(score)
