"""What a check found, told to one reader: people by name, and of what is withheld no more than that it is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asepsis.cli.names import StoreNames
from asepsis.cli.reading import Sight
from asepsis.sentences import is_named, listed, plain
from asepsis.store.models import Record

if TYPE_CHECKING:
    from asepsis.conformance.assessment import Note

WITHHELD = "a withheld record"
RESTS_ON_WITHHELD = "This rests on something withheld."


class Teller:
    """Tells findings to a reader, by id or name; without one, to somebody of whom nothing is known."""

    def __init__(self, reader: str | None) -> None:
        sight = Sight(reader)
        self.hidden = frozenset(row.id for row in Record.objects.filter(embargoed=True) if not sight.sees(row))
        self._names = StoreNames()

    def what(self, note: Note) -> str:
        """Return what was found."""
        return RESTS_ON_WITHHELD if note.about.id in self.hidden else note.said.text(self.shown)

    def next(self, note: Note) -> str | None:
        """Return the next step."""
        return None if note.about.id in self.hidden else note.said.next(self.shown)

    def about(self, note: Note) -> str:
        """Return what the finding is about."""
        return WITHHELD if note.about.id in self.hidden else note.about.label

    def owner(self, owner: str | None) -> str | None:
        """Return who owes a step: a role, or a person by name."""
        return None if owner is None else self._names.shown(owner)

    def value(self, note: Note) -> dict[str, Any]:
        """Return one finding as a plain JSON value."""
        return {
            "check": note.check,
            "about": self.about(note),
            "what": self.what(note),
            "next": self.next(note),
            "owner": note.owner,
            "owner_name": self.owner(note.owner),
            "due": note.due,
            "urgent": note.urgent,
        }

    def told(self, note: Note) -> str:
        """Return what was found and the next step, in one text."""
        return f"{self.what(note)} {self.next(note) or ''}".strip()

    def shown(self, value: Any) -> str:
        """Return one argument of a sentence."""
        match value:
            case str():
                return self._names.shown(value)
            case list() | tuple():
                return listed([self.shown(one) for one in value])
            case _ if is_named(value):
                return WITHHELD if value.id in self.hidden else value.label
            case _:
                return plain(value)
