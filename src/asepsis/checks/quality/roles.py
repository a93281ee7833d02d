"""Roles: each clause has who answers for it and who does it, and each role is held by somebody who is there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from asepsis.checks import terms
from asepsis.checks.check import check
from asepsis.checks.signatures import signatures
from asepsis.checks.view import View
from asepsis.exchange.facts import Person
from asepsis.quality import domain
from asepsis.quality.records import Appointment, Role
from asepsis.record.dossier import Item
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap
from asepsis.sentences import Sentence

NOBODY_ACCOUNTABLE = Sentence(
    "No role answers for clause {clause}, {clause_title}.",
    next="Make one role accountable for {clause}, and have it approved.",
)
SEVERAL_ACCOUNTABLE = Sentence(
    "{roles} all answer for clause {clause}.", next="Leave {clause} with one of them, and have the others revised."
)
NOBODY_RESPONSIBLE = Sentence(
    "No role does the work of clause {clause}, {clause_title}.",
    next="Make at least one role responsible for {clause}, and have it approved.",
)
ACTS_AS_NOTHING = Sentence(
    "{role} is responsible for clauses and acts as nothing, so its holders cannot sign their work.",
    next="Say in {role} what its holders act as.",
)
NEVER_GIVEN = Sentence("Nobody holds {role} today.", next="Appoint an active person to {role}.")
ALL_GONE = Sentence(
    "Nobody who holds {role} is there any more, and no deputy is.", next="Appoint an active person to {role}."
)
STILL_APPOINTED = Sentence(
    "{appointment} gives {role} to {person}, who has left, and has no last day.",
    next="Enter the last day in {appointment}.",
)
NOBODY_SIGNS = Sentence(
    "Records of the kind {kind} are signed by {system_role}, and nobody who is there acts as that.",
    next="Appoint an active person to a role that acts as {system_role}.",
)


@check("quality.clauses_have_roles", over=Role, owner=SystemRole.MANAGEMENT, needed=True, whole=True)
def clauses_have_roles(roles: tuple[Item[Role], ...], view: View) -> Iterator[Gap]:
    """Each clause that is asked has exactly one role that answers for it, and at least one that does its work.

    Source: IEC 81001-5-1:2021, 4.1.2.
    """
    accountable: defaultdict[str, list[Item[Role]]] = defaultdict(list)
    responsible = {clause for role in roles for clause in role.content.responsible_for}
    for role in roles:
        for clause in dict.fromkeys(role.content.accountable_for):
            accountable[clause].append(role)
    for asked in terms.asked_clauses(view):
        match accountable[asked.id]:
            case []:
                yield Gap(view.product, NOBODY_ACCOUNTABLE, clause=asked.id, clause_title=asked.title)
            case [_]:
                pass
            case several:
                yield Gap(several[0], SEVERAL_ACCOUNTABLE, roles=several, clause=asked.id)
        if asked.id not in responsible:
            yield Gap(view.product, NOBODY_RESPONSIBLE, clause=asked.id, clause_title=asked.title)
    for role in roles:
        if role.content.responsible_for and not role.content.acts_as:
            yield Gap(role, ACTS_AS_NOTHING, role=role)


def has_duties(role: Item[Role], view: View) -> bool:
    """Return whether a role is accountable or responsible for a clause."""
    return bool(role.content.accountable_for or role.content.responsible_for)


@check("quality.roles_held_today", over=Role, owner=SystemRole.MANAGEMENT, needed=True, whole=True)
def roles_are_held_today(roles: tuple[Item[Role], ...], view: View) -> Iterator[Gap]:
    """Each role with duties, and each that signatures ask for, is held today by somebody who is there.

    Source: IEC 81001-5-1:2021, 4.1.2.
    """
    there = terms.people(view)
    held = {role.id: _appointments(role, view) for role in roles}
    for role in roles:
        if has_duties(role, view):
            yield from _held(role, held[role.id], there, view)
    acted = {
        system_role
        for role in roles
        if any(_filled(one, there, view) for one in held[role.id])
        for system_role in role.content.acts_as
    }
    for kind, wanted in sorted(_signed_by(view).items()):
        for system_roles in sorted(wanted):
            if acted.isdisjoint(system_roles):
                yield Gap(view.product, NOBODY_SIGNS, kind=kind, system_role=" or ".join(system_roles))


def _held(role: Item[Role], today: list[Item[Appointment]], there: dict[str, Person], view: View) -> Iterator[Gap]:
    if not today:
        yield Gap(role, NEVER_GIVEN, role=role)
    elif not any(_filled(one, there, view) for one in today):
        yield Gap(role, ALL_GONE, role=role)
    for appointment in today:
        person, until = appointment.content.person, appointment.content.until
        if until is None and person in there and has_left(there[person], view):
            yield Gap(appointment, STILL_APPOINTED, appointment=appointment, role=role, person=person)


def _appointments(role: Item[Role], view: View) -> list[Item[Appointment]]:
    """Return the appointments that give a role today."""
    return [one for one in view.dossier.back(role, Appointment) if domain.in_force(one.content, view.today)]


def _filled(appointment: Item[Appointment], there: dict[str, Person], view: View) -> bool:
    """Return whether the holder is there, or else the deputy."""
    people = (appointment.content.person, appointment.content.deputy)
    return any(person is not None and terms.active(person, view.today, there) for person in people)


def has_left(person: Person, view: View) -> bool:
    """Return whether a person's last day is over."""
    return person.left_on is not None and person.left_on < view.today.isoformat()


def _signed_by(view: View) -> dict[str, set[tuple[SystemRole, ...]]]:
    """Return, for each kind of which there are records, the roles that sign them: alternatives together.

    Where the signatures of a kind depend on what a record says, those that its records in force have.
    """
    wanted: dict[str, set[tuple[SystemRole, ...]]] = {}
    for kind in view.dossier.kinds:
        if isinstance(kind.meta.signed, tuple):
            wanted[kind.__name__] = {slot.roles for slot in kind.meta.signed}
    for signature in signatures(view):
        if not isinstance(signature.item.kind.meta.signed, tuple):
            wanted.setdefault(signature.item.kind.__name__, set()).add(signature.roles)
    return wanted
