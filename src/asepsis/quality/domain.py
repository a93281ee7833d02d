"""What follows from the records of clause 4.1: who holds a role, who is qualified, which versions a range holds."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import unquote

from packaging.version import InvalidVersion
from packaging.version import Version as PythonVersion

from asepsis.quality.records import Appointment, Qualification, Role, SkillNeed
from asepsis.record.slots import SystemRole

# --- days -----------------------------------------------------------------------------------------------------------


def months_after(day: date, months: int) -> date:
    """Return the same day `months` later (earlier, if negative), or the last day of that month where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


# --- who holds a role -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Holding:
    """A person may act in a system role from `since` to `until`, both days counted; `deputy` says in whose place."""

    person: str
    role: SystemRole
    since: date
    until: date | None = None
    deputy: bool = False

    def on(self, day: date) -> bool:
        """Return whether it is held on `day`."""
        return self.since <= day and (self.until is None or day <= self.until)


def in_force(appointment: Appointment, day: date) -> bool:
    """Return whether `appointment`, which is effective, has begun, is not over on `day`, and is not retired."""
    begun = appointment.since <= day
    return begun and (appointment.until is None or day <= appointment.until) and appointment.retired is None


def holdings(appointment: Appointment, role: Role) -> Iterator[Holding]:
    """Yield what `appointment`, which is effective, gives its person and the deputy: one for each system role.

    `role` is the effective Role that it names. A retired appointment, or role, gives nothing.
    """
    if appointment.retired is not None or role.retired is not None:
        return
    for system_role in role.acts_as:
        yield Holding(appointment.person, system_role, appointment.since, appointment.until)
        if appointment.deputy is not None:
            yield Holding(appointment.deputy, system_role, appointment.since, appointment.until, deputy=True)


def holders(
    system_role: SystemRole, day: date, appointments: Iterable[Appointment], roles: Mapping[str, Role]
) -> frozenset[str]:
    """Return who may act as `system_role` on `day`, deputies too.

    `appointments` and `roles` (by record id) are the effective ones of the organisation and the product looked at.
    """
    return frozenset(
        holding.person
        for appointment in appointments
        if appointment.role in roles
        for holding in holdings(appointment, roles[appointment.role])
        if holding.role is system_role and holding.on(day)
    )


# --- who is qualified -----------------------------------------------------------------------------------------------


def counts(qualification: Qualification, need: SkillNeed, day: date, most_months: int) -> bool:
    """Return whether `qualification` answers `need` on `day`; its last day counts.

    It is of that skill (upper and lower case alike) and level or above, was shown by then, and is no older than the
    need's `valid_months` or `most_months`, the policy quality.qualification_months, whichever is less.
    """
    if qualification.retired is not None or qualification.skill.casefold() != need.skill.casefold():
        return False
    last = min(months_after(qualification.on, min(need.valid_months, most_months)), qualification.until)
    return qualification.level >= need.level and qualification.on <= day <= last


def missing_skills(
    person: str, role: Role, day: date, qualifications: Iterable[Qualification], most_months: int
) -> tuple[SkillNeed, ...]:
    """Return the skill needs of `role` that no effective qualification of `person` answers on `day`."""
    own = [one for one in qualifications if one.person == person]
    return tuple(need for need in role.skill_needs if not any(counts(one, need, day, most_months) for one in own))


def qualified(person: str, role: Role, day: date, qualifications: Iterable[Qualification], most_months: int) -> bool:
    """Return whether `person` has shown on `day` each skill that `role` needs. A role that needs none asks nothing."""
    return not missing_skills(person, role, day, qualifications, most_months)


# --- versions -------------------------------------------------------------------------------------------------------

_SEMVER = re.compile(
    r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)"
    r"(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?"
    r"(?:\+[0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*)?",
    re.ASCII,
)
_DOTTED = re.compile(r"\d+(\.\d+)*", re.ASCII)
_CONSTRAINT = re.compile(r"(>=|<=|!=|<|>|=)?(.+)", re.DOTALL)


def _semver(text: str) -> Any:
    """Source: https://semver.org, 11."""
    if (found := _SEMVER.fullmatch(text)) is None:
        return None
    numbers = tuple(int(part) for part in found.group(1, 2, 3))
    if found[4] is None:
        return (*numbers, (1,))
    parts = ((0, int(part), "") if part.isdigit() else (1, 0, part) for part in found[4].split("."))
    return (*numbers, (0, *parts))


def _python(text: str) -> Any:
    try:
        return PythonVersion(text)
    except InvalidVersion:
        return None


def _dotted(text: str) -> Any:
    if _DOTTED.fullmatch(text) is None:
        return None
    numbers = [int(part) for part in text.split(".")]
    while len(numbers) > 1 and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


_SCHEMES: Mapping[str, Callable[[str], Any]] = {
    "semver": _semver,
    "npm": _semver,
    "cargo": _semver,
    "pypi": _python,
    "generic": _dotted,
    "intdot": _dotted,
}


def holds(versions: Iterable[str], version: str | None) -> bool | None:
    """Return whether `version` is among `versions`, or `None` where that cannot be told.

    Each of `versions` is a version as it is written, `*` for all, or a range `vers:<scheme>/<constraints>`. Ranges are
    read for the schemes semver, npm, cargo, pypi, and generic or intdot (numbers joined by dots); for another scheme,
    a malformed range, or a version that the scheme does not know, the answer is `None`, unless another one holds it.

    Source: https://github.com/package-url/vers-spec, checking if a version is contained within a range.
    """
    answers = [_held(one, version) for one in versions]
    if True in answers:
        return True
    return None if None in answers else False


def _held(range_or_version: str, version: str | None) -> bool | None:
    if range_or_version == "*":
        return True
    if version is None:
        return None
    if not range_or_version.startswith("vers:"):
        return range_or_version == version
    scheme, _, constraints = range_or_version.removeprefix("vers:").partition("/")
    key = _SCHEMES.get(scheme)
    if key is None or not constraints:
        return None
    return True if constraints == "*" else _within(constraints.split("|"), key, version)


def _within(constraints: list[str], key: Callable[[str], Any], version: str) -> bool | None:
    wanted, bounds = key(version), [_bound(one, key) for one in constraints]
    at = [place for _, place in bounds]
    if wanted is None or None in at or any(at.count(place) > 1 for place in at):
        return None  # the specification wants each version once
    for sign, place in bounds:
        if place == wanted:
            return sign in ("=", "<=", ">=")
    if all(sign == "!=" for sign, _ in bounds):
        return True
    return _between(sorted((one for one in bounds if one[0] not in ("=", "!=")), key=lambda one: one[1]), wanted)


def _bound(text: str, key: Callable[[str], Any]) -> tuple[str, Any]:
    found = _CONSTRAINT.fullmatch(text.strip())
    return (found[1] or "=", key(unquote(found[2]))) if found else ("=", None)


def _between(bounds: list[tuple[str, Any]], wanted: Any) -> bool:
    """Return whether `wanted`, which is none of the bounds' own versions, lies in a stretch that they leave open."""
    below = [sign for sign, place in bounds if place < wanted]
    above = [sign for sign, place in bounds if place > wanted]
    opened = below[-1].startswith(">") if below else True
    closed = above[0].startswith("<") if above else True
    return bool(bounds) and opened and closed
