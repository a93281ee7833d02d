"""The facts that stand beside a dossier: for each kind and subject the newest document not after its position."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class TakenIn:
    """One fact document as it was taken in: who brought it when, of what, from which source, as of when."""

    kind: str
    subject: str
    document: str  # digest of the fact document
    source: str  # digest of what it was made from
    by: str
    at: str
    position: int
    as_of: str | None = None


class Facts:
    """Fact documents by kind and subject. `read` gives a document by its digest, `None` where its bytes are not there."""

    def __init__(self, taken_in: Iterable[TakenIn], read: Callable[[str], Any | None]) -> None:
        newest: dict[tuple[str, str], TakenIn] = {}
        for one in taken_in:
            held = newest.get((one.kind, one.subject))
            if held is None or one.position > held.position:
                newest[one.kind, one.subject] = one
        self._newest = newest
        self._read = read
        self._documents: dict[str, Any | None] = {}

    def get(self, kind: str, subject: str) -> TakenIn | None:
        """Return which document of `kind` is in force for `subject`."""
        return self._newest.get((kind, subject))

    def of(self, kind: str) -> tuple[TakenIn, ...]:
        """Return the documents in force of one kind, in the order of their subjects."""
        return tuple(one for (name, _), one in sorted(self._newest.items()) if name == kind)

    def document(self, taken: TakenIn) -> Any | None:
        """Return the document itself; `None` where its bytes are no longer there."""
        if taken.document not in self._documents:
            self._documents[taken.document] = self._read(taken.document)
        return self._documents[taken.document]

    def all(self) -> tuple[TakenIn, ...]:
        """Return every document in force, by kind and subject."""
        return tuple(one for _, one in sorted(self._newest.items()))
