"""What a record rests on and what hangs on it, each link with whether it is sound, suspect or broken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from asepsis.readers import visible
from asepsis.record.dossier import Dossier, Item
from asepsis.record.history import History
from asepsis.record.kind import kind_named, references
from asepsis.store import queries
from asepsis.store.models import Link as LinkRow
from asepsis.store.models import Record
from asepsis.web import then
from asepsis.web.moment import Moment
from asepsis.web.words import field_words

SHOWN = 60  # links each way


@dataclass(frozen=True, slots=True)
class Tie:
    """One link, seen from the record of the page; without `row` its other end is withheld or was never here."""

    row: Record | None
    field: str
    suspect: bool = False
    broken: bool = False
    names: bool = False
    draft: bool = False

    @property
    def stands(self) -> str:
        """Return how it stands, in words; nothing where it is sound."""
        if self.broken:
            return "is not in force"
        if self.suspect:
            return "changed since it was last looked at here"
        return "in a draft" if self.draft else ""


@dataclass
class Ties:
    """The links of a record both ways."""

    rests_on: list[Tie] = field(default_factory=list)
    leads_to: list[Tie] = field(default_factory=list)
    more: bool = False

    @property
    def to_review(self) -> list[Tie]:
        """Return the suspect links whose other end may be shown: these can be let stand as one set."""
        return [one for one in self.rests_on if one.suspect and not one.broken and one.row is not None]

    @property
    def suspects(self) -> int:
        """Return how many links of the record are suspect or broken."""
        return sum(one.suspect or one.broken for one in self.rests_on)


def of(moment: Moment, row: Record, history: History) -> Ties:
    """Return the links of a record at a moment."""
    head = queries.value_of(history.head.content) or {}
    effective = history.effective
    value = queries.value_of(effective.content) or {} if effective and effective is not history.head else head
    kind = kind_named(history.kind)
    targets = [one.target for one in (*references(kind, value), *references(kind, head))]
    sources = list(LinkRow.objects.filter(target=row.id).values_list("source", flat=True).distinct()[: SHOWN + 1])
    chains = then.histories(moment, [row.id, *targets, *sources[:SHOWN]])
    dossier = then.dossier(moment, chains)
    dossier.withheld |= visible.withheld(targets)
    rows = visible.by_id(chains)
    ties = Ties(more=len(sources) > SHOWN)
    ties.rests_on = list(_down(dossier, row.id, rows)) or [
        Tie(rows.get(one.target), field_words(one.field), names=one.names, draft=True) for one in references(kind, head)
    ]
    ties.leads_to = list(_up(dossier, row.id, chains, rows))
    return ties


def _down(dossier: Dossier, record: str, rows: dict[str, Record]) -> Iterator[Tie]:
    item: Item[Any] | None = dossier.get(record)
    for link in dossier.links(item) if item is not None else ():
        told = field_words(link.field)
        yield Tie(rows.get(link.target), told, suspect=link.suspect, broken=link.broken, names=link.names)


def _up(dossier: Dossier, record: str, chains: dict[str, History], rows: dict[str, Record]) -> Iterator[Tie]:
    found = set()
    referring: tuple[Item[Any], ...] = dossier.back(record)
    for item in referring:
        link = next(one for one in dossier.links(item) if one.target == record)
        found.add(item.id)
        yield Tie(rows.get(item.id), field_words(link.field), suspect=link.suspect, names=link.names)
    for identity, history in chains.items():
        if identity in found or identity == record:
            continue
        head = queries.value_of(history.head.content) or {}
        for one in references(kind_named(history.kind), head):
            if one.target == record:
                yield Tie(rows.get(identity), field_words(one.field), draft=True)
                break
