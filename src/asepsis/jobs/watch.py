"""The watch over all products that a person may see: one inbox, what is new in it, and where an advisory strikes."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from asepsis.configuration.records import Release
from asepsis.conformance import moments
from asepsis.jobs import bills, fleet, indexing
from asepsis.jobs.fleet import Hit
from asepsis.jobs.shelf import Shelf
from asepsis.record.entry import instant
from asepsis.reports.watch import Line, watched
from asepsis.sentences import Said
from asepsis.store import queries
from asepsis.store.models import Product, Record

FOLDER = "watch"  # of the home folder: a file for each person
_PERSON = re.compile(r"[0-9a-f]{32}\Z")


@dataclass(frozen=True, slots=True)
class Inbox:
    """What is open in all these products, what matters most first; `new` are the keys of lines that were not there before.

    `unknown` is what nobody looked at. `looked` is when the person last looked; `None`: never, and all of it is new.
    """

    lines: tuple[Line, ...]
    new: frozenset[str]
    unknown: tuple[Said, ...]
    looked: str | None = None


class _Looked(msgspec.Struct):
    at: str
    lines: list[str]


def inbox(person: str | None, products: Iterable[str], now: datetime, *, hidden: Collection[str] = ()) -> Inbox:
    """Return what advisories touch in `products` (ids), as if the records `hidden` (ids) were not there.

    Without a person (an id) all of it is new. What was taken in as matches is told, and how old it is: nothing is matched here.
    """
    found = [watched(moments.view_now(one, now, without=hidden)) for one in products]
    lines = sorted((line for one in found for line in one.lines), key=lambda line: line.place)
    before = _read(person) if person is not None else None
    known = frozenset(before.lines) if before is not None else frozenset()
    unknown = tuple(said for one in found for said in one.unknown)
    return Inbox(
        tuple(lines),
        frozenset(line.key for line in lines) - known,
        unknown,
        before.at if before is not None else None,
    )


def look(person: str, seen: Inbox, now: datetime) -> None:
    """Keep that a person has looked through an inbox: what is in it is not new any more."""
    path = _file(person)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    unfinished = path.with_suffix(f".{os.getpid()}.new")
    unfinished.write_bytes(msgspec.json.encode(_Looked(instant(now), sorted(line.key for line in seen.lines))))
    unfinished.replace(path)


def _read(person: str) -> _Looked | None:
    """Return what a person saw last; of a file that is broken nothing, so that all of it is new."""
    try:
        return msgspec.json.decode(_file(person).read_bytes(), type=_Looked)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def _file(person: str) -> Path:
    if not _PERSON.match(person):
        raise ValueError(f"{person!r} is no id of a person")
    return queries.home() / FOLDER / f"{person}.json"


# --- from an advisory to its releases ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Strike:
    """A release with a bill that an advisory touches, or may touch, and the components that it is about."""

    product: Product
    release: Record
    bill: Record
    components: tuple[str, ...]


def strikes(
    advisories: Iterable[str], shelf: Shelf, products: Collection[str], *, hidden: Collection[str] = ()
) -> tuple[Strike, ...]:
    """Return the releases of `products` (ids), supported or not, whose effective bills advisories of these names touch.

    It looks into what was fetched of feeds, and takes nothing in. Bills whose components were not taken in are not looked into.
    """
    with indexing.opened(shelf):
        index = shelf.folder / indexing.FILE
    with fleet.opened(shelf.folder) as file:
        bills.bring_up_to_date(file)
        by_bill: dict[str, list[Hit]] = {}
        for hit in file.touched_by(advisories, index):
            by_bill.setdefault(hit.bill, []).append(hit)
        places = [one for one in file.places(by_bill) if one.product in products and one.record not in hidden]
    rows = Record.objects.in_bulk([one for place in places for one in (place.record, place.release)])
    codes = Product.objects.in_bulk({one.product for one in places})
    found = [
        Strike(codes[one.product], rows[one.release], rows[one.record], _components(by_bill[one.digest]))
        for one in places
        if one.release in rows and one.record in rows and rows[one.release].kind == Release.__name__
    ]
    return tuple(sorted(found, key=lambda one: (one.product.code, one.release.number or 0, one.bill.label)))


def _components(hits: Iterable[Hit]) -> tuple[str, ...]:
    return tuple(hit.purl if hit.version is None or "@" in hit.purl else f"{hit.purl} {hit.version}" for hit in hits)
