"""The people of a product: who holds which role until when, what they have shown, and what runs out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.http import HttpRequest, HttpResponse

from asepsis.conformance import moments
from asepsis.quality.domain import in_force, missing_skills, months_after
from asepsis.quality.records import Appointment, Qualification, Role, Unit
from asepsis.readers import visible
from asepsis.record.dossier import Dossier, Item
from asepsis.record.slots import SystemRole
from asepsis.web import then
from asepsis.web.moment import Moment, of_product
from asepsis.web.page import framed, page, shown
from asepsis.web.words import Words

KINDS = ("Role", "Appointment", "Qualification", "Policy")
MOST = 2_000  # records of each scope
SOON = timedelta(days=90)
MONTHS = "quality.qualification_months"
UNITS = {Unit.LINE: "in the line that develops", Unit.QUALITY: "in quality", Unit.OTHER: "elsewhere"}


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who holds a role today, by which appointment, and which skills that it needs they have not shown."""

    name: str
    appointment: Item[Appointment]
    deputy: bool
    stands: str
    lacks: tuple[str, ...]

    @property
    def of(self) -> str:
        """Return for what it is held."""
        return "this product" if self.appointment.product else "the organisation"


@dataclass(frozen=True, slots=True)
class Held:
    """A role with those who hold it today."""

    role: SystemRole
    holders: tuple[Holder, ...]

    @property
    def people(self) -> frozenset[str]:
        """Return who holds it, deputies too."""
        return frozenset(one.name for one in self.holders)

    @property
    def remark(self) -> str:
        """Return what somebody who plans has to know: that nobody, or one person alone, holds it."""
        if not self.holders:
            return "Nobody holds it, so nobody can sign as it."
        return "It stands on one person." if len(self.people) == 1 else ""


@dataclass(frozen=True, slots=True)
class Ending:
    """Something that runs out within ninety days: until when, whose, and what."""

    day: date
    item: Item[Appointment] | Item[Qualification]
    name: str
    what: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A skill that somebody has shown, at which level, and the last day on which it counts."""

    name: str
    item: Item[Qualification]
    until: date
    ended: bool


@page
def holders(request: HttpRequest, code: str, position: int | None = None) -> HttpResponse:
    """Give who may sign what for a product today or at a baseline, what they have shown, and what runs out."""
    moment = of_product(code, position)
    words, dossier = Words(moment), _dossier(moment)
    appointments = [one for one in dossier.all(Appointment) if in_force(one.content, moment.today)]
    qualifications = dossier.all(Qualification)
    words.know(_people_in(appointments, qualifications))
    months = moments.policy_of(dossier, datetime.fromisoformat(moment.at)).number(MONTHS)
    return shown(
        request,
        "holders",
        framed(moment, "people", wide=True),
        words,
        roles=[held(one, appointments, dossier, words, moment.today, months) for one in SystemRole],
        ending=sorted(
            ending(appointments, qualifications, words, moment.today, months), key=lambda one: (one.day, one.name)
        ),
        skills=sorted(skills(qualifications, words, moment.today, months), key=lambda one: (one.name, one.item.label)),
        soon=moment.today + SOON,
    )


def _dossier(moment: Moment) -> Dossier:
    product = moment.product.id if moment.product else None
    scopes = [visible.records().filter(product=one, kind__in=KINDS) for one in (None, product)]
    ids = [one for rows in scopes for one in rows.order_by("kind", "number").values_list("pk", flat=True)[:MOST]]
    return then.dossier(moment, then.histories(moment, ids))


def _people_in(
    appointments: Iterable[Item[Appointment]], qualifications: Iterable[Item[Qualification]]
) -> Iterator[str]:
    for one in appointments:
        yield from (who for who in (one.content.person, one.content.deputy, one.content.reports_to) if who)
    yield from (one.content.person for one in qualifications)


def held(
    role: SystemRole,
    appointments: Iterable[Item[Appointment]],
    dossier: Dossier,
    words: Words,
    today: date,
    months: int,
) -> Held:
    """Return who holds a role, those for the product after those for the organisation, deputies last."""
    shown_skills = [one.content for one in dossier.all(Qualification)]
    found = []
    for appointment in appointments:
        given: Item[Role] | None = dossier.get(appointment.content.role)
        if given is None or role not in given.content.acts_as:
            continue
        for person in (appointment.content.person, appointment.content.deputy):
            if person is not None:
                lacks = missing_skills(person, given.content, today, shown_skills, months)
                told = tuple(f"{need.skill}, level {need.level}" for need in lacks)
                deputy = person == appointment.content.deputy
                stands = "" if deputy else _stands(appointment, words)
                found.append(Holder(words.name(person), appointment, deputy, stands, told))
    return Held(role, tuple(sorted(found, key=lambda one: (one.deputy, one.appointment.product or "", one.name))))


def _stands(appointment: Item[Appointment], words: Words) -> str:
    """Return how independent of the developers a holder is, as far as the appointment says."""
    content = appointment.content
    parts = [UNITS[content.unit]] if content.unit else []
    if content.reports_to:
        parts.append(f"reports to {words.name(content.reports_to)}")
    if content.organisation:
        parts.append(f"from {content.organisation}")
    return ", ".join(parts)


def ending(
    appointments: Iterable[Item[Appointment]],
    qualifications: Iterable[Item[Qualification]],
    words: Words,
    today: date,
    months: int,
) -> Iterator[Ending]:
    """Yield the appointments and the skills that run out within ninety days of a day."""
    for appointment in appointments:
        until = appointment.content.until
        if until is not None and until <= today + SOON:
            yield Ending(until, appointment, words.name(appointment.content.person), "holds the role until then")
    for one in skills(qualifications, words, today, months):
        if not one.ended and one.until <= today + SOON:
            yield Ending(one.until, one.item, one.name, f"has shown {one.item.content.skill} until then")


def skills(qualifications: Iterable[Item[Qualification]], words: Words, today: date, months: int) -> Iterator[Shown]:
    """Yield what each person has shown: of each skill the newest."""
    newest: dict[tuple[str, str], Item[Qualification]] = {}
    for item in sorted(qualifications, key=lambda one: one.content.on):
        newest[item.content.person, item.content.skill.casefold()] = item
    for item in newest.values():
        until = min(item.content.until, months_after(item.content.on, months))
        yield Shown(words.name(item.content.person), item, until, until < today)
