"""What the processes tell the store at start: who holds a role, and which policy is in force. The store knows neither."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

Holding = tuple[str, str, str, str | None, bool]  # person, system role, from, until, deputy


@dataclass(frozen=True, slots=True)
class Roles:
    """How holdings follow from records: `holdings(appointment, role)`, both as contents, gives who holds what."""

    appointment: str  # the kind
    role: str  # the kind that it names
    field: str  # the field in which it names it
    holdings: Callable[[Any, Any], Iterable[Holding]]


@dataclass(frozen=True, slots=True)
class PolicyRule:
    """How the policy in force follows from records: the kind, and `(organisation's, product's, zone) -> values`."""

    kind: str
    in_force: Callable[[Any | None, Any | None, str], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Retention:
    """How long records are kept: `last_day(releases, years)`, over the contents of the releases that may rest on them.

    `kind` is the kind of those; `policy` the name of the value that gives the years.
    """

    kind: str
    policy: str
    last_day: Callable[[Iterable[Any], int], date | None]


class _Registered:
    """The one place where they stand; `asepsis.processes` fills it."""

    roles: Roles | None = None
    policy: PolicyRule | None = None
    retention: Retention | None = None


registered = _Registered()
