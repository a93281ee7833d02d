"""Skills: roles say what they need, training gives it, people have shown it, and somebody able judged that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from asepsis.checks import terms
from asepsis.checks.check import check
from asepsis.checks.quality.roles import has_duties
from asepsis.checks.signatures import QUALIFICATION_MONTHS, ever_shown, shown
from asepsis.checks.view import View
from asepsis.quality import domain
from asepsis.quality.domain import counts, missing_skills, months_after
from asepsis.quality.records import Appointment, Qualification, Role, ShownBy, SkillNeed, Training
from asepsis.record.dossier import Item
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap, Unknown
from asepsis.sentences import Sentence

NEEDS_NOTHING = Sentence(
    "{role} has duties and asks for no skill.", next="Name in {role} the skills that its duties need."
)
NO_TRAINING = Sentence(
    "No training gives the skill '{skill}' that {role} asks for.", next="Enter the training that gives '{skill}'."
)
NOT_TRAINED = Sentence(
    "{person} holds {role} by {appointment}, and has neither attended a training of '{skill}' nor shown it.",
    next="Train {person} in '{skill}' and enter the attendance.",
)
MATERIAL_GONE = Sentence("The material of {training} is not stored here.", next="Store the material of {training}.")
LACKS = Sentence(
    "{person} holds {role} by {appointment} and has not shown '{skill}' at level {level} as it counts today.",
    next="Assess {person} for '{skill}', or let somebody qualified hold {role}.",
)
JUDGED_SELF = Sentence(
    "{qualification} was judged by the person who got it.", next="Have somebody else who has the skill assess it anew."
)
UNFIT_ASSESSOR = Sentence(
    "{qualification} was judged by {assessor}, who had not shown '{skill}' at level {level} on that day.",
    next="Have somebody who has shown '{skill}' at level {level} assess it anew, or bring an outside certificate.",
)
TOO_LONG = Sentence(
    "{qualification} counts until {until}; the role and your policy let it count until {last}.",
    next="Set its last day to {last} or earlier, and have it signed.",
)
PROOF_GONE = Sentence("The proof of {qualification} is not stored here.", next="Store the proof of {qualification}.")


# --- training -------------------------------------------------------------------------------------------------------


@check("quality.skill_needs_trained", over=Role, owner=SystemRole.QUALITY, needed=True, whole=True, when=has_duties)
def skill_needs_are_trained(roles: tuple[Item[Role], ...], view: View) -> Iterator[Gap | Unknown]:
    """Each role with duties names skills, a training gives each, and holders attended it or have shown the skill.

    Source: IEC 81001-5-1:2021, 4.1.4.
    """
    trainings = _trainings(view)
    for role in roles:
        if not role.content.skill_needs:
            yield Gap(role, NEEDS_NOTHING, role=role)
        for need in role.content.skill_needs:
            if need.skill.casefold() not in trainings:
                yield Gap(role, NO_TRAINING, role=role, skill=need.skill)
        for appointment in view.dossier.back(role, Appointment):
            if domain.in_force(appointment.content, view.today):
                yield from _untrained(appointment, role, trainings, view)
    needed = {need.skill.casefold() for role in roles for need in role.content.skill_needs}
    for training in {one.id: one for skill in needed for one in trainings.get(skill, ())}.values():
        if terms.is_gone(training.content.material, view):
            yield Unknown(training, MATERIAL_GONE, training=training)


def _trainings(view: View) -> dict[str, list[Item[Training]]]:
    found: dict[str, list[Item[Training]]] = {}
    for training in view.dossier.all(Training):
        for skill in {skill.casefold() for skill in training.content.skills}:
            found.setdefault(skill, []).append(training)
    return found


def _untrained(
    appointment: Item[Appointment], role: Item[Role], trainings: dict[str, list[Item[Training]]], view: View
) -> Iterator[Gap]:
    person, since = appointment.content.person, appointment.content.since
    most = view.policy.number(QUALIFICATION_MONTHS)
    for need in missing_skills(person, role.content, view.today, shown(person, view), most):
        earliest = months_after(since, -need.valid_months)
        attended = _attendance(view)
        if not any(
            earliest <= day <= view.today
            for training in trainings.get(need.skill.casefold(), ())
            for day in attended.get((training.id, person), ())
        ):
            told = {"person": person, "role": role, "appointment": appointment}
            yield Gap(appointment, NOT_TRAINED, skill=need.skill, **told)


def _attendance(view: View) -> dict[tuple[str, str], list[date]]:
    """Return the days on which somebody attended a training, by training and person."""
    return view.once("attendance", _attended)


def _attended(view: View) -> dict[tuple[str, str], list[date]]:
    found: dict[tuple[str, str], list[date]] = {}
    for training in view.dossier.all(Training):
        for one in training.content.attendance:
            found.setdefault((training.id, one.person), []).append(one.on)
    return found


# --- qualification today --------------------------------------------------------------------------------------------


def is_in_force(appointment: Item[Appointment], view: View) -> bool:
    """Return whether an appointment gives its role today."""
    return domain.in_force(appointment.content, view.today)


@check("quality.people_qualified_today", over=Appointment, owner=SystemRole.QUALITY, needed=True, when=is_in_force)
def people_are_qualified_today(appointment: Item[Appointment], view: View) -> Iterator[Gap]:
    """Whoever holds a role today, or stands in for its holder, has shown each skill that it needs.

    Source: IEC 81001-5-1:2021, 4.1.4.
    """
    there, most = terms.people(view), view.policy.number(QUALIFICATION_MONTHS)
    role: Item[Role] | None = view.dossier.get(appointment.content.role)
    for person in (appointment.content.person, appointment.content.deputy):
        if role is None or person is None or not terms.active(person, view.today, there):
            continue
        for need in missing_skills(person, role.content, view.today, shown(person, view), most):
            told = {"person": person, "role": role, "appointment": appointment}
            yield Gap(appointment, LACKS, skill=need.skill, level=need.level, **told)


# --- what a qualification rests on ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Relied:
    """A qualification that an appointment in force rests on, and for how many months the roles let it count."""

    months: int


def is_relied_on(qualification: Item[Qualification], view: View) -> bool:
    """Return whether an appointment in force rests on it: it is the newest that counts for a skill that is needed."""
    return qualification.id in view.once("relied", _relied)


def _relied(view: View) -> dict[str, Relied]:
    most = view.policy.number(QUALIFICATION_MONTHS)
    own: dict[str, list[Item[Qualification]]] = {}
    for item in view.dossier.all(Qualification):
        own.setdefault(item.content.person, []).append(item)
    relied: dict[str, Relied] = {}
    for person, need in _needed(view):
        counting = [one for one in own.get(person, ()) if counts(one.content, need, view.today, most)]
        if counting:
            newest = max(counting, key=lambda one: one.content.on)
            months = min(need.valid_months, most)
            before = relied.get(newest.id)
            relied[newest.id] = Relied(max(months, before.months) if before else months)
    return relied


def _needed(view: View) -> Iterator[tuple[str, SkillNeed]]:
    for appointment in view.dossier.all(Appointment):
        role: Item[Role] | None = view.dossier.get(appointment.content.role)
        if role is not None and is_in_force(appointment, view):
            for person in (appointment.content.person, appointment.content.deputy):
                if person is not None:
                    yield from ((person, need) for need in role.content.skill_needs)


@check("quality.qualifications_shown", over=Qualification, owner=SystemRole.QUALITY, when=is_relied_on)
def qualifications_are_shown(qualification: Item[Qualification], view: View) -> Iterator[Gap | Unknown]:
    """A qualification that counts today was judged by somebody else who is able, and counts no longer than it may.

    Where roles ask for the same skill at different intervals, the longest is let be: the others look at its age.

    Source: IEC 81001-5-1:2021, 4.1.4.
    """
    content = qualification.content
    last = months_after(content.on, view.once("relied", _relied)[qualification.id].months)
    if content.assessor == content.person:
        yield Gap(qualification, JUDGED_SELF, qualification=qualification)
    elif content.shown_by is not ShownBy.CERTIFICATE and not _was_able(content, view):
        told = {"assessor": content.assessor, "skill": content.skill, "level": content.level}
        yield Gap(qualification, UNFIT_ASSESSOR, qualification=qualification, **told)
    if content.until > last:
        yield Gap(qualification, TOO_LONG, qualification=qualification, until=content.until, last=last)
    if terms.is_gone(content.proof, view):
        yield Unknown(qualification, PROOF_GONE, qualification=qualification)


def _was_able(content: Qualification, view: View) -> bool:
    """Return whether the assessor had shown the skill, at that level or above, on the day of the assessment."""
    most = view.policy.number(QUALIFICATION_MONTHS)
    need = SkillNeed(skill=content.skill, level=content.level, valid_months=most)
    own = ever_shown(content.assessor, view) if content.assessor is not None else ()
    return any(counts(one, need, content.on, most) for one in own)
