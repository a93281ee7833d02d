"""Finding: anything that has an id, a name or words in it, and what can be done with it; as a page, and for the palette."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, reduce
from operator import or_

from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from asepsis.clauses.catalogue import catalogue
from asepsis.readers import viewer, visible
from asepsis.record.history import unpack
from asepsis.store import queries, words
from asepsis.store.models import Product, Record
from asepsis.store.waiting import own_slots
from asepsis.store.words import NO_WORDS
from asepsis.web import places
from asepsis.web.moment import Moment, of_organisation, of_product
from asepsis.web.page import framed, page, shown
from asepsis.web.places import Place
from asepsis.web.record import texts_in
from asepsis.web.words import CLAUSE, Words

SHOWN = 50
IN_PALETTE = 9  # of records, and of pages and acts
AROUND = 90  # letters that are shown about a word
PRODUCTS = 20


@dataclass(frozen=True, slots=True)
class Found:
    """A record that was found, and where what was asked for stands in it: before, the word, behind."""

    row: Record
    said: tuple[str, str, str] | None


@dataclass
class Asked:
    """What somebody looks for, and the moment that pages and clauses are looked for at."""

    words: str
    moment: Moment
    products: list[Product] = field(default_factory=lambda: list(visible.products().order_by("code")[:PRODUCTS]))

    @cached_property
    def exact(self) -> Record | None:
        """Return the record whose id it is, with or without the code of a product."""
        if not self.words:
            return None
        own = [self.moment.product] if self.moment.product else []
        codes = ["", "ORG-", *(f"{one.code}-" for one in own or self.products)]
        labels = [code + asked for code in codes for asked in _written(self.words)]
        found = list(visible.records().filter(label__in=labels)[:2])
        return found[0] if len(found) == 1 else None

    def places(self, most: int) -> list[Place]:
        """Return the pages, lists, clauses and acts whose names fit."""
        reader = viewer.current()
        if CLAUSE.fullmatch(self.words):
            return self._clauses()
        row = self.exact
        of_it = places.of_record(row, self.moment, reader, _waits(row)) if row else ()
        every = places.places(self.moment, reader, self.products)
        return [*of_it, *places.fitting(every, self.words, most)][:most]

    def records(self, most: int) -> list[Record]:
        """Return the records whose id begins so, then those in which the words stand; one more than `most`."""
        if not self.words:
            return []
        found = _by_label(self.words, most + 1)
        held = {row.id for row in found}
        if len(self.words) > 1 and len(found) <= most:
            found += [row for row in _by_words(self.words, most + 1) if row.id not in held]
        return found[: most + 1]

    def _clauses(self) -> list[Place]:
        """Return the clauses whose number begins so, of the product or of each."""
        number, _, obligation = self.words.partition("-")
        place = f"#o-{obligation}" if obligation else ""
        own = [self.moment] if self.moment.product else [Moment(one, self.moment.ledger) for one in self.products]
        return [
            Place(f"{one.id} {one.title}, {of.product.name}", of.to(f"clause/{one.id}{place}"), "clause")
            for of in own
            if of.product
            for one in catalogue().clauses
            if one.id == number or (not obligation and one.id.startswith(f"{number}."))
        ]


@page
def find(request: HttpRequest) -> HttpResponse:
    """Give the records, pages and acts that fit `?q=`; go there where it is the id of a record.

    `?of=` and `?at=` name the product and the baseline from which it is asked.
    """
    asked = _asked(request)
    if asked.exact is not None:
        return HttpResponseRedirect(f"/r/{asked.exact.label}")
    found = asked.records(SHOWN)
    return shown(
        request,
        "find",
        framed(asked.moment),
        Words(of_organisation()),
        asked=asked.words,
        found=[Found(row, said) for row, said in _said(found[:SHOWN], asked.words)],
        more=len(found) > SHOWN,
        places=asked.places(SHOWN) if asked.words else [],
    )


@page
def go(request: HttpRequest) -> HttpResponse:
    """Give what the palette offers for `?q=`, as the piece of a page that its script shows."""
    asked = _asked(request)
    found, exact = asked.places(IN_PALETTE), asked.exact
    rows = [row for row in asked.records(IN_PALETTE)[:IN_PALETTE] if exact is None or row.id != exact.id]
    return render(request, "asepsis/go.html", {"asked": asked, "exact": exact, "places": found, "rows": rows})


def _asked(request: HttpRequest) -> Asked:
    words = request.GET.get("q", "")[:80].replace("\0", "").strip()
    code, at = request.GET.get("of", ""), request.GET.get("at", "")
    position = int(at) if at.isdecimal() and len(at) < 15 else None
    return Asked(words, of_product(code, position) if code else of_organisation())


def _waits(row: Record) -> bool:
    """Return whether a record waits for the signature of who looks."""
    reader = viewer.current()
    history = Record.objects.values_list("history", flat=True).get(pk=row.pk)
    return bool(own_slots(unpack(bytes(history)), reader.person or "", reader.held))


def _written(asked: str) -> set[str]:
    """Return how a label may be written that somebody typed so: its end is a number, or letters that are small."""
    before, dash, behind = asked.rpartition("-")
    return {asked, asked.upper(), f"{before.upper()}{dash}{behind.lower()}"}


def _by_label(asked: str, most: int) -> list[Record]:
    begins = (Q(label__gte=one, label__lt=f"{one}\U0010ffff") for one in _written(asked))
    return list(visible.records().filter(reduce(or_, begins)).order_by("label")[:most])


def _by_words(asked: str, most: int) -> list[Record]:
    """Return the records in which every word of what is asked stands: in the title first, then anywhere."""
    may = visible.condition()
    titled = words.records_with(asked, may, most, in_title=True)
    ids = dict.fromkeys((*titled, *words.records_with(asked, may, most)))
    rows = visible.by_id(ids)
    return [rows[one] for one in ids if one in rows]


def _said(rows: Sequence[Record], asked: str) -> Iterator[tuple[Record, tuple[str, str, str] | None]]:
    """Yield each record with where the first word stands in it: what is before, the word, what is behind."""
    values = queries.values_of(digest for row in rows for digest in (row.head_content, row.effective_content) if digest)
    wanted = tuple(words.words_in(asked))
    for row in rows:
        contents = [values.get(one or "", {}) for one in (row.head_content, row.effective_content)]
        texts = (text for value in contents for text in texts_in({**value, "title": ""}))
        yield row, next((said for text in texts if (said := _place(text, wanted))), None)


def _place(text: str, wanted: tuple[str, ...]) -> tuple[str, str, str] | None:
    for found in words.WORD.finditer(text):
        if any(one.startswith(wanted) for one in words.words_in(found[0])) and not NO_WORDS.fullmatch(text):
            start, end = found.span()
            return text[max(0, start - AROUND // 2) : start], found[0], text[end : end + AROUND]
    return None
