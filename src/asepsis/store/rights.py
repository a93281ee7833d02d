"""Who may do what: asked of the projection of who holds which role, on the day of the act."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from asepsis.record.kind import Kind
from asepsis.record.slots import SystemRole
from asepsis.store.rows import select

WORKING = tuple(role for role in SystemRole if role.working)
SEES_EMBARGOED = (SystemRole.SECURITY, SystemRole.INCIDENT)

ACTS: dict[str, tuple[SystemRole, ...]] = {
    "found a product": (SystemRole.MANAGEMENT,),
    "admit a person": (SystemRole.MANAGEMENT, SystemRole.QUALITY),
    "write": WORKING,
    "submit": WORKING,
    "comment": WORKING,
    "import facts": (SystemRole.DEVELOPER, SystemRole.TESTER, SystemRole.SECURITY),
    "mark a baseline": (SystemRole.RELEASE_MANAGER, SystemRole.QUALITY),
}


@dataclass(frozen=True, slots=True)
class Held:
    """A role that somebody holds on a day: for one product, or (`None`) for all that the organisation makes."""

    role: SystemRole
    product: str | None
    deputy: bool


def held_by(person: str, day: str) -> tuple[Held, ...]:
    """Return every role that `person` holds on `day`, as holder or deputy."""
    rows = select(
        "SELECT role, product, deputy FROM store_holding "
        "WHERE person = %s AND since <= %s AND (until IS NULL OR until >= %s)",
        [person, day, day],
    )
    return tuple(Held(SystemRole(role), product, bool(deputy)) for role, product, deputy in rows)


def holders(role: SystemRole, product: str | None, day: str) -> tuple[tuple[str, bool], ...]:
    """Return who holds `role` for `product` (or for the organisation) on `day`, each with whether as a deputy."""
    rows = select(
        "SELECT DISTINCT person, deputy FROM store_holding WHERE role = %s "
        "AND (product IS NULL OR product = %s) AND since <= %s AND (until IS NULL OR until >= %s)",
        [str(role), product or "", day, day],
    )
    return tuple((person, bool(deputy)) for person, deputy in rows)


def may(held: Iterable[Held], roles: Iterable[SystemRole], product: str | None) -> bool:
    """Return whether one of `held` is one of `roles` for `product` (`None`: for what is the organisation's)."""
    wanted = set(roles)
    return any(one.role in wanted and one.product in (None, product) for one in held)


def sees_all(held: Iterable[Held], product: str | None) -> bool:
    """Return whether embargoed records of `product` are open to who holds these roles."""
    return may(held, SEES_EMBARGOED, product)


def stands_in(
    signer: str, roles: tuple[SystemRole, ...], kind: type[Kind], product: str | None, day: str, by_quality: bool
) -> str | None:
    """Return how `signer`, an author, is replaced as the second pair of eyes: nobody else holds the role that day.

    `deputy` or `quality` for somebody who stands in; `None` where the role has another holder, or nobody may stand in.
    """
    if not kind.meta.stand_in:
        return None
    holding = {person: deputy for role in roles for person, deputy in holders(role, product, day)}
    if sum(not deputy for deputy in holding.values()) > 1:
        return None
    if holding.get(signer):
        return "deputy"
    quality = {person for person, _ in holders(SystemRole.QUALITY, product, day)}
    return "quality" if by_quality and signer in quality else None
