"""CVSS 3.0 and 3.1: the score that a vector gives."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal

from asepsis.errors import InputError
from asepsis.sentences import Sentence


class VectorError(InputError):
    """A text is no vector of its method."""

    code = "vector-malformed"
    sentence = Sentence(
        "'{text}' is no vector of {method}: {reason}.", next="Copy the vector again from its calculator."
    )


_BASE: Mapping[str, Mapping[str, float]] = {
    "AV": {"N": 0.85, "A": 0.62, "L": 0.55, "P": 0.2},
    "AC": {"L": 0.77, "H": 0.44},
    "PR": {"N": 0.85, "L": 0.62, "H": 0.27},
    "UI": {"N": 0.85, "R": 0.62},
    "S": {"U": 0.0, "C": 1.0},
    "C": {"H": 0.56, "L": 0.22, "N": 0.0},
    "I": {"H": 0.56, "L": 0.22, "N": 0.0},
    "A": {"H": 0.56, "L": 0.22, "N": 0.0},
}
_TEMPORAL: Mapping[str, Mapping[str, float]] = {
    "E": {"X": 1.0, "H": 1.0, "F": 0.97, "P": 0.94, "U": 0.91},
    "RL": {"X": 1.0, "U": 1.0, "W": 0.97, "T": 0.96, "O": 0.95},
    "RC": {"X": 1.0, "C": 1.0, "R": 0.96, "U": 0.92},
}
_NEED: Mapping[str, float] = {"X": 1.0, "H": 1.5, "M": 1.0, "L": 0.5}
_ENVIRONMENTAL: Mapping[str, Mapping[str, float]] = {
    "CR": _NEED,
    "IR": _NEED,
    "AR": _NEED,
    **{f"M{name}": {"X": 0.0, **values} for name, values in _BASE.items()},
}
_KNOWN = {**_BASE, **_TEMPORAL, **_ENVIRONMENTAL}
_PR_CHANGED = {"N": 0.85, "L": 0.68, "H": 0.5}  # where the scope changes, rights gained are worth more


def score(vector: str, asked: str | None = None) -> Decimal:
    """Return the score of a CVSS 3.0 or 3.1 vector, with one decimal; `asked` is the version it has to be of.

    It is the environmental score where the vector has environmental metrics, else the temporal one where it has
    temporal metrics, else the base score.

    Raises `VectorError`.

    Source: FIRST, CVSS v3.1 Specification Document, 7 and appendix A; CVSS v3.0 Specification Document, 8.
    """
    version, metrics = _read(vector)
    if asked not in (None, version):
        raise VectorError(text=vector, method=f"CVSS {asked}", reason=f"it is one of CVSS {version}")
    if any(metrics.get(name, "X") != "X" for name in _ENVIRONMENTAL):
        number = _environmental(version, metrics)
    elif any(name in metrics for name in _TEMPORAL):
        number = _up(version, _base(version, metrics) * _temporal(metrics))
    else:
        number = _base(version, metrics)
    return Decimal(str(number))


def _read(vector: str) -> tuple[str, dict[str, str]]:
    prefix, *parts = vector.split("/")
    scheme, _, version = prefix.partition(":")
    if scheme != "CVSS" or version not in ("3.0", "3.1"):
        raise VectorError(text=vector, method="CVSS 3", reason="it does not begin with CVSS:3.0 or CVSS:3.1")
    metrics: dict[str, str] = {}
    for part in parts:
        name, _, value = part.partition(":")
        if value not in _KNOWN.get(name, ()):
            raise VectorError(text=vector, method=f"CVSS {version}", reason=f"it has the metric '{part}'")
        if name in metrics:
            raise VectorError(text=vector, method=f"CVSS {version}", reason=f"it has the metric {name} twice")
        metrics[name] = value
    if missing := [name for name in _BASE if name not in metrics]:
        raise VectorError(text=vector, method=f"CVSS {version}", reason=f"it lacks {', '.join(missing)}")
    return version, metrics


def _base(version: str, metrics: Mapping[str, str]) -> float:
    c, i, a = (_BASE[name][metrics[name]] for name in "CIA")
    changed = metrics["S"] == "C"
    lost = 1 - (1 - c) * (1 - i) * (1 - a)
    impact = 7.52 * (lost - 0.029) - 3.25 * (lost - 0.02) ** 15 if changed else 6.42 * lost
    return _joined(version, impact, _ease(metrics, changed), changed)


def _environmental(version: str, metrics: Mapping[str, str]) -> float:
    modified = {name: metrics[name] if metrics.get(f"M{name}", "X") == "X" else metrics[f"M{name}"] for name in _BASE}
    needs = [_NEED[metrics.get(f"{name}R", "X")] for name in "CIA"]
    c, i, a = (need * _BASE[name][modified[name]] for need, name in zip(needs, "CIA", strict=True))
    changed = modified["S"] == "C"
    lost = min(1 - (1 - c) * (1 - i) * (1 - a), 0.915)
    impact = 6.42 * lost
    if changed:
        steep = (lost - 0.02) ** 15 if version == "3.0" else (lost * 0.9731 - 0.02) ** 13
        impact = 7.52 * (lost - 0.029) - 3.25 * steep
    return _up(version, _joined(version, impact, _ease(modified, changed), changed) * _temporal(metrics))


def _ease(metrics: Mapping[str, str], changed: bool) -> float:
    rights = (_PR_CHANGED if changed else _BASE["PR"])[metrics["PR"]]
    return 8.22 * _BASE["AV"][metrics["AV"]] * _BASE["AC"][metrics["AC"]] * rights * _BASE["UI"][metrics["UI"]]


def _joined(version: str, impact: float, ease: float, changed: bool) -> float:
    if impact <= 0:
        return 0.0
    return _up(version, min((1.08 if changed else 1.0) * (impact + ease), 10.0))


def _temporal(metrics: Mapping[str, str]) -> float:
    return math.prod(values[metrics.get(name, "X")] for name, values in _TEMPORAL.items())


def _up(version: str, number: float) -> float:
    """Return the smallest number with one decimal that is not below `number`; 3.1 first drops the error of floats."""
    if version == "3.0":
        return math.ceil(number * 10) / 10
    whole = round(number * 100_000)
    return whole / 100_000 if whole % 10_000 == 0 else (whole // 10_000 + 1) / 10
