"""Who may do what: asked of the projection of who holds which role, on the day of the act."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

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
    "comment": (*WORKING, SystemRole.AUDITOR),  # who audits asks questions, and changes no record by it
    "import facts": (SystemRole.DEVELOPER, SystemRole.TESTER, SystemRole.SECURITY),
    "withhold a record": (SystemRole.SECURITY, SystemRole.INCIDENT),
    "ask for an erasure": (SystemRole.QUALITY,),
    "erase": (SystemRole.MANAGEMENT,),
    "mark a baseline": (SystemRole.RELEASE_MANAGER, SystemRole.QUALITY),
    "take in what the store knows": (SystemRole.QUALITY, SystemRole.MANAGEMENT),
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


def within(held: Iterable[Held], product: str | None) -> tuple[Held, ...]:
    """Return what is left of roles for who is bound to one product: those that reach it, for it alone.

    Without a product nobody is bound, and all are left.
    """
    if product is None:
        return tuple(held)
    return tuple(replace(one, product=product) for one in held if one.product in (None, product))


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


def may_now(person: str, act: str, product: str | None, day: str, bound: str | None = None) -> bool:
    """Return whether a person may do an act of `ACTS` for a product on a day; `bound` is the one product they are bound to.

    It is asked before much is done for them; whether they may is decided when they act.
    """
    return may(within(held_by(person, day), bound), ACTS[act], product)


def sees_all(held: Iterable[Held], product: str | None) -> bool:
    """Return whether embargoed records of `product` are open to who holds these roles."""
    return may(held, SEES_EMBARGOED, product)


def stands_in(
    signer: str,
    kind: type[Kind],
    authors: frozenset[str],
    holding: Collection[tuple[str, bool]],
    quality: Collection[str],
) -> str | None:
    """Return how `signer`, no author, is the second pair of eyes where one person alone holds the role, and wrote it.

    `holding` is who holds the role, each with whether as a deputy; `quality` is whom the policy lets sign as well.
    Returns `deputy` or `quality`; `None` where nobody may stand in, or nobody has to: another person holds the role.
    """
    if not kind.meta.stand_in or not only_holder_wrote(authors, holding):
        return None
    if signer in {person for person, deputy in holding if deputy}:
        return "deputy"
    return "quality" if signer in quality else None


def only_holder_wrote(authors: frozenset[str], holding: Collection[tuple[str, bool]]) -> bool:
    """Return whether one person alone holds a role, deputies not counted, and is an author."""
    holders = {person for person, deputy in holding if not deputy}
    return len(holders) == 1 and holders <= authors
