"""Records as rows of texts: for each place of their kind a column, as `bringing` reads them back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from asepsis.exchange.tables.places import FILE, LABEL, WITHHELD, places_of, texts_of
from asepsis.record.kind import Kind
from asepsis.store import queries
from asepsis.store.models import Product, Record

CHUNK = 500
STATE = "state"
_ID_LENGTH = 32


def headings(kind: type[Kind]) -> list[str]:
    """Return the headings of a table of a kind: label, state, then each place, as `matching` finds them again."""
    return [LABEL, STATE, *(one.words for one in _places(kind))]


def rows(
    kind: type[Kind],
    records: Iterable[Record],
    names: Callable[[set[str]], Mapping[str, str]],
    state: Callable[[Record], str],
    values: Callable[[list[Record]], Mapping[str, Mapping[str, Any]]] | None = None,
) -> Iterator[list[str]]:
    """Yield the headings, then a row for each record, 500 read at a time, with what its head says.

    `names` gives how those of some ids are called that the reader may see; any other id in a value that is no text is
    written as withheld. `values` gives what each record says by its id, where that is not what its head says now.
    """
    yield headings(kind)
    waiting = iter(records)
    while chunk := list(islice(waiting, CHUNK)):
        said = values(chunk) if values else _heads(chunk)
        called = names(set(ids_in(said.values())))
        for row in chunk:
            texts = _texts(kind, said.get(row.id, {}), called)
            yield [row.label, state(row), *(texts.get(one.name, "") for one in _places(kind))]


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


def people_and_products() -> dict[str, str]:
    """Return how each person and product is called, by id; a person who shares a name is called by the id."""
    people = queries.names()
    shared = Counter(people.values())
    named = {identity: name if shared[name] == 1 else identity for identity, name in people.items()}
    return named | dict(Product.objects.values_list("id", "code"))


def _heads(chunk: list[Record]) -> dict[str, Mapping[str, Any]]:
    found = queries.values_of(row.head_content for row in chunk)
    return {row.id: found.get(row.head_content, {}) for row in chunk}


def _places(kind: type[Kind]) -> list[Any]:
    return [one for one in places_of(kind) if one.name != LABEL and not one.name.endswith(f".{FILE}")]
