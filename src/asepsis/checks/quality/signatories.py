"""Who signed: they held the role on that day, and had the skills that it asks for."""

from __future__ import annotations

from collections.abc import Iterator

from asepsis.checks import terms
from asepsis.checks.check import check
from asepsis.checks.signatures import missing, roles_held, signatures
from asepsis.checks.view import View
from asepsis.exchange.facts import Person
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap
from asepsis.sentences import Named, Sentence

HELD_NOT = Sentence(
    "{record} was signed on {day} as {roles} by {person}, who held no such role on that day.",
    next="Have a holder of the role sign {record} anew, or answer the fault by an improvement action.",
)
WAS_NOT_THERE = Sentence(
    "{record} was signed on {day} by {person}, who was not with you on that day.",
    next="Have a holder of the role sign {record} anew, or answer the fault by an improvement action.",
)
NOT_QUALIFIED = Sentence(
    "{record} was signed on {day} as {roles} by {person}, who had not shown {skills}.",
    next="Have a qualified holder sign {record} anew, or answer the fault by an improvement action.",
)


@check("quality.signatories_held_role", over="product", owner=SystemRole.QUALITY, heals="answered")
def signatories_held_their_role(product: Named, view: View) -> Iterator[Gap]:
    """Whoever signed a record held the role that they signed as on that day, and was there.

    A record taken over is judged by the signature of quality that says it is a true copy.

    Source: IEC 81001-5-1:2021, 4.1.2.
    """
    there: dict[str, Person] = terms.people(view)
    for one in signatures(view):
        told = {"record": one.item, "person": one.person, "day": one.day}
        if not terms.active(one.person, one.day, there):
            yield Gap(one.item, WAS_NOT_THERE, **told)
        elif not roles_held(one.person, one.roles, one.day, view):
            yield Gap(one.item, HELD_NOT, roles=" or ".join(one.roles), **told)


@check("quality.signatories_qualified", over="product", owner=SystemRole.QUALITY, heals="answered")
def signatories_were_qualified(product: Named, view: View) -> Iterator[Gap]:
    """Whoever signed a record had shown the skills of the role on that day; what was taken over is left out.

    Source: IEC 81001-5-1:2021, 4.1.4.
    """
    for one in signatures(view):
        lacking = () if one.copied else missing(one, view)
        if lacking:
            skills = [need.skill for need in lacking]
            told = {"record": one.item, "person": one.person, "day": one.day}
            yield Gap(one.item, NOT_QUALIFIED, roles=" or ".join(one.roles), skills=skills, **told)
