"""Who looks: a person, with the roles held today. Nobody is a viewer too, who sees nothing.

What may be shown follows from this and from nothing else. It is found once for each request, and for as long as one is
answered `current()` gives it to whatever reads records (`visible.py`), so that no page can forget to hand it on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo

import msgspec

from asepsis.record.history import unpack
from asepsis.record.slots import SystemRole
from asepsis.store import queries, rights
from asepsis.store.models import Entry, Person, Record
from asepsis.store.rights import SEES_EMBARGOED, WORKING, Held
from asepsis.store.rows import in_parts, select

READING = (*WORKING, SystemRole.AUDITOR)
SHUT = ("embargo", "disclosure")  # the forms of entry that say who may see a record


@dataclass(frozen=True)
class Viewer:
    """Somebody who looks: `person` is their id, `None` for nobody; `held` is what they hold today."""

    person: str | None = None
    name: str = ""
    held: tuple[Held, ...] = ()

    @property
    def roles(self) -> frozenset[SystemRole]:
        """Return the roles held today, in whichever product."""
        return frozenset(one.role for one in self.held)

    @property
    def initials(self) -> str:
        """Return two letters, where there is little room."""
        words = self.name.split()
        return (words[0][:1] + words[-1][:1] if len(words) > 1 else self.name[:2]).upper()

    @property
    def words(self) -> str:
        """Return the roles in a few words, as the top bar has them."""
        return ", ".join(str(role) for role in SystemRole if role in self.roles) or "no role"

    @property
    def reads(self) -> bool:
        """Return whether any role lets them read records: each but the supplier's does."""
        return not self.roles.isdisjoint(READING)

    @property
    def works(self) -> bool:
        """Return whether any role lets them write: each but the auditor's and the supplier's does."""
        return not self.roles.isdisjoint(WORKING)

    @property
    def products(self) -> frozenset[str] | None:
        """Return the products whose records they may read; `None` for all of them."""
        reading = [one.product for one in self.held if one.role in READING]
        return None if None in reading else frozenset(one for one in reading if one)

    @property
    def opens(self) -> frozenset[str] | None:
        """Return the products whose withheld records are open to them by a role; `None` for all of them."""
        opening = [one.product for one in self.held if one.role in SEES_EMBARGOED]
        return None if None in opening else frozenset(one for one in opening if one)

    @cached_property
    def named(self) -> frozenset[str]:
        """Return the withheld records that name them as one who sees them."""
        if self.person is None:
            return frozenset()
        told = select("SELECT MAX(position) FROM store_entry WHERE form IN (%s, %s)", list(SHUT))[0][0]
        return frozenset() if told is None else _naming(str(queries.home()), told, self.person)

    def may(self, roles: tuple[SystemRole, ...], product: str | None) -> bool:
        """Return whether they hold one of `roles` for a product, or for the organisation."""
        return rights.may(self.held, roles, product)


@lru_cache(maxsize=256)
def _naming(home: str, told: int, person: str) -> frozenset[str]:
    """Return the embargoed records that name a person, as of entry `told`: read anew when another says who may see."""
    entries = Entry.objects.filter(form__in=SHUT, position__lte=told).values_list("record", "data")
    wanted = {record for record, data in entries if record and person in msgspec.json.decode(bytes(data)).get("to", ())}
    found = set()
    for part in in_parts(sorted(wanted)):
        rows = Record.objects.filter(pk__in=part, embargoed=True).values_list("pk", "history")
        found |= {pk for pk, history in rows if person in (unpack(bytes(history)).persons or ())}
    return frozenset(found)


NOBODY = Viewer()
_current: ContextVar[Callable[[], Viewer]] = ContextVar("viewer")


def of_person(person: str) -> Viewer:
    """Return a person as a viewer, with the roles of today. Raises `NotFoundedError`."""
    name = Person.objects.filter(pk=person).values_list("name", flat=True).first()
    if name is None:
        return NOBODY
    zone = ZoneInfo(queries.ledger().time_zone)
    today = queries.now(datetime.now(UTC)).astimezone(zone).date().isoformat()
    return Viewer(person, name, rights.held_by(person, today))


def current() -> Viewer:
    """Return who looks at the page that is being made; nobody where none is."""
    found = _current.get(None)
    return NOBODY if found is None else found()


@contextmanager
def looking(viewer: Viewer) -> Iterator[None]:
    """Let `viewer` be the one who looks, as long as this is open."""
    with found_when_asked(lambda: viewer):
        yield


@contextmanager
def found_when_asked(find: Callable[[], Viewer]) -> Iterator[None]:
    """Let whom `find` gives be the one who looks, as long as this is open; it is called when somebody asks."""
    token = _current.set(find)
    try:
        yield
    finally:
        _current.reset(token)
