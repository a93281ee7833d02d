"""Who owes a step: the holders of a role on the day of a moment, by name, asked once for each role."""

from __future__ import annotations

import re
from dataclasses import dataclass

from asepsis.record.kind import ID
from asepsis.record.slots import SystemRole
from asepsis.store import rights
from asepsis.store.models import Person
from asepsis.web.moment import Moment

SHOWN = 3


@dataclass(frozen=True, slots=True)
class Owner:
    """Who owes something: the names, the role they hold, and the initials of the first."""

    names: tuple[str, ...]
    role: str | None

    @property
    def words(self) -> str:
        """Return it in a few words: names, or the role that nobody holds."""
        if not self.names:
            return f"nobody holds {self.role}"
        more = len(self.names) - SHOWN
        return ", ".join(self.names[:SHOWN]) + (f" and {more} more" if more > 0 else "")

    @property
    def first(self) -> str:
        """Return the one name to show where there is little room."""
        return self.names[0] if self.names else str(self.role)

    @property
    def initials(self) -> str:
        """Return two letters for a tile."""
        words = re.findall(r"\w+", self.first)
        return (words[0][:1] + words[-1][:1] if len(words) > 1 else self.first[:2]).upper()


class People:
    """The people of a moment."""

    def __init__(self, moment: Moment) -> None:
        self._moment = moment
        self._owners: dict[str, Owner] = {}

    def owner(self, who: str) -> Owner:
        """Return who is meant by a person's id or the name of a role."""
        if who not in self._owners:
            self._owners[who] = self._owner(who)
        return self._owners[who]

    def _owner(self, who: str) -> Owner:
        if re.fullmatch(ID, who):
            return Owner(tuple(Person.objects.filter(pk=who).values_list("name", flat=True)), None)
        product = self._moment.product
        held = rights.holders(SystemRole(who), product.id if product else None, self._moment.today.isoformat())
        holders = [person for person, deputy in held if not deputy] or [person for person, _ in held]
        names = dict(Person.objects.filter(pk__in=holders[:50]).values_list("pk", "name"))
        return Owner(tuple(sorted(dict.fromkeys(names[one] for one in holders if one in names))), who)
