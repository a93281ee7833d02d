"""Records as rows of texts: for each place of their kind a column, as `bringing` reads them back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from asepsis.exchange.tables.places import FILE, LABEL, WITHHELD, places_of, texts_of
from asepsis.record.kind import Kind
from asepsis.store import queries
from asepsis.store.models import Record

CHUNK = 500
STATE = "state"
_ID_LENGTH = 32
Shown = tuple[str, Mapping[str, Any]]


def headings(kind: type[Kind]) -> list[str]:
    """Return the headings of a table of a kind: label, state, then each place, as `matching` finds them again."""
    return [LABEL, STATE, *(one.words for one in _places(kind))]


def rows(
    kind: type[Kind],
    records: Iterable[Record],
    names: Callable[[set[str]], Mapping[str, str]],
    shown: Callable[[list[Record]], Mapping[str, Shown]],
) -> Iterator[list[str]]:
    """Yield the headings, then a row for each record, 500 read at a time.

    `names` gives how those of some ids are called that the reader may see; any other reference is written as withheld.
    `shown` gives the state and the value of each record by its id; one that it does not give is left out.
    """
    yield headings(kind)
    waiting = iter(records)
    while chunk := list(islice(waiting, CHUNK)):
        said = shown(chunk)
        called = names(set(ids_in(value for _, value in said.values())))
        for row in chunk:
            if row.id in said:
                state, value = said[row.id]
                texts = _texts(kind, value, called)
                yield [row.label, state, *(texts.get(one.name, "") for one in _places(kind))]


def heads(state: Callable[[Record], str]) -> Callable[[list[Record]], Mapping[str, Shown]]:
    """Return what shows of each record its state now and what its newest revision says."""

    def shown(chunk: list[Record]) -> dict[str, Shown]:
        found = queries.values_of(row.head_content for row in chunk)
        return {row.id: (state(row), found.get(row.head_content, {})) for row in chunk}

    return shown


def _texts(kind: type[Kind], value: Mapping[str, Any], called: Mapping[str, str]) -> dict[str, str]:
    return texts_of(kind, value, lambda identity: called.get(identity, WITHHELD))


def ids_in(value: Any) -> Iterator[str]:
    """Yield each text in a value that has the form of an id."""
    if isinstance(value, str):
        if len(value) == _ID_LENGTH:
            yield value
    elif isinstance(value, Mapping):
        yield from ids_in(value.values())
    elif isinstance(value, Iterable):
        for one in value:
            yield from ids_in(one)


def people() -> dict[str, str]:
    """Return how each person is called, by id; one who shares a name with another is called by the id."""
    named = queries.names()
    shared = Counter(named.values())
    return {identity: name if shared[name] == 1 else identity for identity, name in named.items()}


def _places(kind: type[Kind]) -> list[Any]:
    return [one for one in places_of(kind) if one.name != LABEL and not one.name.endswith(f".{FILE}")]
