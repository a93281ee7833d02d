"""Who owes what: the words of an owner by which somebody is meant, and the days that are theirs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from asepsis.conformance import moments
from asepsis.conformance.due import Due, kept_dues
from asepsis.readers import visible
from asepsis.readers.viewer import Viewer, looking
from asepsis.record.slots import SystemRole
from asepsis.store import rights
from asepsis.store.models import Product


@dataclass(frozen=True, slots=True)
class Owed:
    """A day that somebody owes something by, and in which product."""

    product: str
    due: Due


def owes(reader: Viewer, product: str | None, today: date) -> frozenset[str]:
    """Return by which words of an owner somebody is meant: their id, and the roles that they hold for a product.

    A deputy owes what nobody else holds the role for.
    """
    held = {one.role for one in reader.held if one.product in (None, product) and not one.deputy}
    deputy = {one.role for one in reader.held if one.product in (None, product) and one.deputy} - held
    held |= {role for role in deputy if not _has_holder(role, product, today)}
    return frozenset({reader.person or "", *(str(role) for role in held)})


def _has_holder(role: SystemRole, product: str | None, today: date) -> bool:
    return any(not deputy for _, deputy in rights.holders(role, product, today.isoformat()))


def owed(reader: Viewer, today: date) -> list[Owed]:
    """Return the days that somebody owes, over all products that they may read, the earliest first.

    They come from the newest assessments; what is withheld from the reader is not among them.
    """
    found: dict[tuple[str, str, date], Owed] = {}
    with looking(reader):
        products, withheld = list(visible.products().order_by("code")), visible.all_withheld()
    for product in products:
        for one in _of_product(product, owes(reader, product.pk, today)):
            if one.about.id not in withheld:
                found.setdefault((one.about.id, one.said.text(), one.day), Owed(product.code, one))
    return sorted(found.values(), key=lambda one: (one.due.day, not one.due.urgent, one.product, one.due.about.label))


def _of_product(product: Product, mine: frozenset[str]) -> Iterable[Due]:
    assessment = moments.kept(product.pk)
    return () if assessment is None else (one for one in kept_dues(assessment) if one.owner in mine)
