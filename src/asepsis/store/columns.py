"""For what the columns of tables are taken: as a person says, as was kept for the same headings, or as they are called."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

from asepsis.errors import InputError
from asepsis.exchange.tables.matching import by_kind, kind_of_sheet, matched, place_named
from asepsis.exchange.tables.sheet import Book, Sheet
from asepsis.record import entry
from asepsis.record.kind import KINDS, Kind
from asepsis.sentences import Sentence
from asepsis.store.acts import Hand
from asepsis.store.bringing import STRICT, Asked, Lenient
from asepsis.store.models import ColumnsKept


class UnknownColumnError(InputError):
    """A column is said to be taken for a place that its kind does not have, or one that the sheet does not have."""

    code = "column-unknown"
    sentence = Sentence(
        "The column '{column}' of {sheet} cannot be taken for '{place}': {reason}.",
        next="`asepsis kinds` lists the fields of each kind; a part of one is written as need.confidentiality.",
    )


@dataclass(frozen=True, slots=True)
class Told:
    """What a person says of a sheet: the kind of its rows, and the place of some headings (`None`: left out)."""

    kind: type[Kind] | None = None
    columns: Mapping[str, str | None] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # of a heading: what its words stand for


@dataclass(frozen=True, slots=True)
class Columns:
    """The sheets of a book with what their columns are taken for, and those of no kind that could be told."""

    asked: tuple[Asked, ...]
    unknown: tuple[Sheet, ...]
    kept: bool  # all were taken so before
    lenient: Lenient  # what was done then with cells that did not fit


def of_book(book: Book, product: str | None, told: Mapping[str, Told], *, sure: bool = True) -> Columns:
    """Return for what the columns of a book are taken: as is `told` by the name of the sheet, else as was kept, else as
    they are called. With `sure`, only where a name says so, not where the words of a help do.

    Raises `UnknownColumnError` and `UnknownKindError`.
    """
    asked: list[Asked] = []
    unknown: list[Sheet] = []
    known = True
    for sheet in book.sheets:
        said = told.get(sheet.name, Told())
        found = _of_sheet(sheet, said, product, sure=sure)
        known = known and bool(found) and all(kept(one.sheet, product, one.kind) == one for one in found)
        asked += found
        unknown += [] if found else [sheet]
    lenient = _lenient(product, asked)
    return Columns(tuple(asked), tuple(unknown), known, lenient)


def _lenient(product: str | None, asked: Sequence[Asked]) -> Lenient:
    headings = {_digest(one.sheet) for one in asked}
    rows = ColumnsKept.objects.filter(product=product or "", headings__in=headings)
    return Lenient(make=any(one.make for one in rows), leave=any(one.leave for one in rows))


def _of_sheet(sheet: Sheet, said: Told, product: str | None, *, sure: bool) -> list[Asked]:
    before = kept(sheet, product, said.kind)
    kind = said.kind or (before.kind if before else kind_of_sheet(sheet.name))
    if kind is None:
        kinds = (by_kind(sheet) or {}).items()
        return [_one(own, Told(one, _fitting(one, said.columns)), product, sure=sure) for one, own in kinds]
    return [_one(sheet, Told(kind, said.columns, said.words), product, sure=sure)]


def _fitting(kind: type[Kind], columns: Mapping[str, str | None]) -> dict[str, str | None]:
    """Return those columns whose places a kind has: in a sheet of several kinds each takes its own."""
    return {heading: place for heading, place in columns.items() if not place or place_named(kind, place)}


def _one(sheet: Sheet, said: Told, product: str | None, *, sure: bool) -> Asked:
    assert said.kind is not None
    if said.columns:
        columns = _as_said(sheet, said.kind, said.columns)
        rest = proposed(sheet, said.kind, sure=sure).columns
        rest = {at: place for at, place in rest.items() if at not in said.columns and place not in columns.values()}
        return Asked(sheet, said.kind, columns | rest, said.words)
    found = kept(sheet, product, said.kind) or proposed(sheet, said.kind, sure=sure)
    return replace(found, words={**found.words, **said.words})


def _as_said(sheet: Sheet, kind: type[Kind], said: Mapping[str, str | None]) -> dict[str, str]:
    columns: dict[str, str] = {}
    for heading, text in said.items():
        if sheet.index(heading) is None:
            reason = "the sheet has no such column"
            raise UnknownColumnError(column=heading, sheet=sheet.name, place=text or "", reason=reason)
        if not text:
            continue
        place = place_named(kind, text)
        if place is None:
            reason = f"a {kind.__name__} has no such field"
            raise UnknownColumnError(column=heading, sheet=sheet.name, place=text, reason=reason)
        if place.name in columns.values():
            reason = "another column is taken for it already"
            raise UnknownColumnError(column=heading, sheet=sheet.name, place=text, reason=reason)
        columns[heading] = place.name
    return columns


def proposed(sheet: Sheet, kind: type[Kind], *, sure: bool = False) -> Asked:
    """Return a sheet with the places that its headings are taken for; with `sure` only where their names say so."""
    found = matched(kind, [one.name for one in sheet.headings])
    columns = {one.heading: one.place.name for one in found if one.place is not None and (one.sure or not sure)}
    return Asked(sheet, kind, columns)


def left_out(asked: Asked) -> list[str]:
    """Return the headings that are taken for nothing."""
    return [one.name for one in asked.sheet.headings if one.name not in asked.columns]


# --- kept -------------------------------------------------------------------------------------------------------------


def kept(sheet: Sheet, product: str | None, kind: type[Kind] | None = None) -> Asked | None:
    """Return for what a table with these headings was taken before; of several kinds the one of the same sheet name."""
    rows = ColumnsKept.objects.filter(product=product or "", headings=_digest(sheet))
    found = [one for one in rows if one.kind in KINDS and kind in (None, KINDS[one.kind])]
    if len(found) > 1:
        found = [one for one in found if one.sheet == sheet.name]
    if len(found) != 1:
        return None
    of = KINDS[found[0].kind]
    columns = {name: at for name, at in json.loads(found[0].columns).items() if place_named(of, at)}
    return Asked(sheet, of, columns, json.loads(found[0].words))


def keep(asked: Sequence[Asked], product: str | None, hand: Hand, lenient: Lenient = STRICT) -> None:
    """Keep for what columns were taken, in the place of what was kept for the same headings and kind."""
    for one in asked:
        said: dict[str, Any] = {"make": lenient.make, "leave": lenient.leave}
        said |= {"sheet": one.sheet.name, "columns": json.dumps(dict(one.columns)), "words": json.dumps(one.words)}
        ColumnsKept.objects.update_or_create(
            product=product or "",
            headings=_digest(one.sheet),
            kind=one.kind.__name__,
            defaults={**said, "by": hand.actor.id, "at": entry.instant(hand.clock())},
        )


def _digest(sheet: Sheet) -> str:
    """Return the digest of the headings of a sheet, in their order."""
    return sha256("\0".join(one.name for one in sheet.headings).encode()).hexdigest()
