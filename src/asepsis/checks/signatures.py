"""Who signed what: each signature in force, the roles its signer held on that day, and the skills they had shown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from asepsis.checks import terms
from asepsis.checks.view import View
from asepsis.quality.domain import missing_skills
from asepsis.quality.records import Appointment, Qualification, Role, SkillNeed
from asepsis.record.dossier import Item
from asepsis.record.slots import Meaning, SystemRole

QUALIFICATION_MONTHS = "quality.qualification_months"


class Signature(NamedTuple):
    """One signature that keeps a record in force: by whom, on which day, and as holder of one of which roles."""

    item: Item[Any]
    person: str
    day: date
    meaning: Meaning
    roles: tuple[SystemRole, ...]
    copied: bool = False  # it says that the record is a true copy of one that was signed elsewhere


@dataclass(frozen=True, slots=True)
class Held:
    """A role that a person was given, as holder or deputy, from one day to another; both count."""

    role: Item[Role]
    since: date
    until: date | None

    def on(self, day: date) -> bool:
        """Return whether it was held on a day."""
        return self.since <= day and (self.until is None or day <= self.until)


def signatures(view: View) -> tuple[Signature, ...]:
    """Return each signature in a role that carries what is in force, of the product and the organisation."""
    return view.once("signatures", _signatures)


def _signatures(view: View) -> tuple[Signature, ...]:
    found: list[Signature] = []
    for item in view.dossier.items():
        found.extend(signatures_of(item, view))
    return tuple(found)


def signatures_of(item: Item[Any], view: View) -> Iterator[Signature]:
    """Yield the signatures in a role that carry the effective revision of a record.

    Who signs progress signs as its author, in no role. Who stands in as the second pair of eyes signs as quality.
    """
    for revision, approval in view.dossier.history(item).approvals_in_force():
        slot = (revision.slots or ())[approval.slot]
        as_quality = approval.stands_in == "quality" or approval.how == "copy"
        roles = (SystemRole.QUALITY,) if as_quality else slot.roles
        if roles:
            day = view.day(approval.at)
            yield Signature(item, approval.by, day, approval.meaning, roles, copied=approval.how == "copy")


# --- roles ----------------------------------------------------------------------------------------------------------


def roles_held(person: str, roles: tuple[SystemRole, ...], day: date, view: View) -> tuple[Item[Role], ...]:
    """Return the roles that a person held on a day and that act as one of `roles`.

    An appointment counts from the day on which it is in force. One that was retired counts up to that day, as does a
    retired role: what they gave while they stood is not taken back.
    """
    held = view.once("held", _held).get(person, ())
    return tuple(one.role for one in held if one.on(day) and not set(roles).isdisjoint(one.role.content.acts_as))


def _held(view: View) -> dict[str, list[Held]]:
    roles = {one.id: one for one in (*view.dossier.all(Role), *view.dossier.retired(Role))}
    held: dict[str, list[Held]] = {}
    for appointment in (*view.dossier.all(Appointment), *view.dossier.retired(Appointment)):
        role = roles.get(appointment.content.role)
        if role is None:
            continue
        ends = (appointment.content.until, _retired_on(appointment, view), _retired_on(role, view))
        begun = max(appointment.content.since, terms.first_day(appointment, view), terms.first_day(role, view))
        span = Held(role, begun, min((end for end in ends if end is not None), default=None))
        for person in (appointment.content.person, appointment.content.deputy):
            if person is not None:
                held.setdefault(person, []).append(span)
    return held


def _retired_on(item: Item[Any], view: View) -> date | None:
    return terms.day_of(item, view) if item.content.retired is not None else None


# --- skills ---------------------------------------------------------------------------------------------------------


def shown(person: str, view: View) -> tuple[Qualification, ...]:
    """Return what a person has shown, as in force today."""
    return tuple(view.once("shown", _shown).get(person, ()))


def _shown(view: View) -> dict[str, list[Qualification]]:
    found: dict[str, list[Qualification]] = {}
    for item in view.dossier.all(Qualification):
        found.setdefault(item.content.person, []).append(item.content)
    return found


def ever_shown(person: str, view: View) -> tuple[Qualification, ...]:
    """Return what a person had shown at any time: what was retired counts up to the day on which it was."""
    return tuple(view.once("ever_shown", _ever_shown).get(person, ()))


def _ever_shown(view: View) -> dict[str, list[Qualification]]:
    found = {person: list(own) for person, own in view.once("shown", _shown).items()}
    for item in view.dossier.retired(Qualification):
        last = min(item.content.until, terms.day_of(item, view))
        counted = item.content.model_copy(update={"retired": None, "until": last})
        found.setdefault(counted.person, []).append(counted)
    return found


def missing(person: str, roles: tuple[SystemRole, ...], day: date, view: View) -> tuple[SkillNeed, ...]:
    """Return the skills that a signer had not shown on a day, for the role held that lacks least; often none.

    Nothing is missing where the role asked for no skill then. What a role asked before it last changed cannot be told
    from its content today, so signatures from before that day are not judged by it.
    """
    most = view.policy.number(QUALIFICATION_MONTHS)
    own = ever_shown(person, view)
    lacks = [
        missing_skills(person, role.content, day, own, most) if day >= asks_since(role, view) else ()
        for role in roles_held(person, roles, day, view)
    ]
    return min(lacks, key=len, default=())


def asks_since(role: Item[Role], view: View) -> date:
    """Return the day since which a role asks for what it asks today."""
    return view.once("asks_since", lambda view: {one.id: _asks_since(one, view) for one in _roles(view)})[role.id]


def _roles(view: View) -> tuple[Item[Role], ...]:
    return (*view.dossier.all(Role), *view.dossier.retired(Role))


def _asks_since(role: Item[Role], view: View) -> date:
    """Retiring changes no need, so of a retired role the revision before it tells."""
    effective = [one for one in view.dossier.history(role).revisions if one.effective_at is not None]
    if role.content.retired is not None and len(effective) > 1:
        effective.pop()
    days = [
        view.day(one.effective_at) for one in effective if one.effective_at and one.number >= effective[-1].material
    ]
    return min(days, default=view.today)
