"""Who signed: they held the role on that day, and had the skills that it asks for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from asepsis.checks import terms
from asepsis.checks.check import check
from asepsis.checks.signatures import Signature, missing, roles_held, signatures
from asepsis.checks.view import View
from asepsis.exchange.facts import Person
from asepsis.record.dossier import Item
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
    for (person, roles, day), records in _signed(signatures(view)).items():
        told = {"person": person, "day": day}
        if not terms.active(person, day, there):
            yield from (Gap(record, WAS_NOT_THERE, record=record, **told) for record in records)
        elif not roles_held(person, roles, day, view):
            words = " or ".join(roles)
            yield from (Gap(record, HELD_NOT, record=record, roles=words, **told) for record in records)


@check("quality.signatories_qualified", over="product", owner=SystemRole.QUALITY, heals="answered")
def signatories_were_qualified(product: Named, view: View) -> Iterator[Gap]:
    """Whoever signed a record had shown the skills of the role on that day; what was taken over is left out.

    Source: IEC 81001-5-1:2021, 4.1.4.
    """
    signed = _signed(one for one in signatures(view) if not one.copied)
    for (person, roles, day), records in signed.items():
        if lacking := missing(person, roles, day, view):
            told = {"person": person, "day": day, "skills": [need.skill for need in lacking]}
            words = " or ".join(roles)
            yield from (Gap(record, NOT_QUALIFIED, record=record, roles=words, **told) for record in records)


def _signed(signatures: Iterable[Signature]) -> dict[tuple[str, tuple[SystemRole, ...], date], list[Item[Any]]]:
    """Return what somebody signed on a day as one of some roles: each such act of a day is judged once."""
    signed: dict[tuple[str, tuple[SystemRole, ...], date], list[Item[Any]]] = {}
    for one in signatures:
        signed.setdefault((one.person, one.roles, one.day), []).append(one.item)
    return signed
