"""Finding a record by its id, or by any of the words that stand in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from asepsis.clauses.catalogue import catalogue
from asepsis.readers import visible
from asepsis.record.kind import KINDS
from asepsis.store import queries, words
from asepsis.store.models import Product, Record
from asepsis.store.words import NO_WORDS
from asepsis.web.moment import Moment, of_organisation
from asepsis.web.page import framed, page, shown
from asepsis.web.record import texts_in
from asepsis.web.words import CLAUSE, Words

SHOWN = 50
AROUND = 90  # letters that are shown about a word
PRODUCTS = 20


@dataclass(frozen=True, slots=True)
class Found:
    """A record that was found, and where what was asked for stands in it: before, the word, behind."""

    row: Record
    said: tuple[str, str, str] | None


@page
def find(request: HttpRequest) -> HttpResponse:
    """Give the records whose id begins with `?q=`, or in which its words stand; go there where it is the id of one."""
    moment = of_organisation()
    asked = request.GET.get("q", "")[:80].replace("\0", "").strip()
    products = list(visible.products().order_by("code")[:PRODUCTS])
    exact = _exact(asked, products) if asked else None
    if exact is not None:
        return HttpResponseRedirect(f"/r/{exact.label}")
    found = _by_label(asked) if asked else []
    if len(asked) > 1:
        held = {row.id for row in found}
        found += [row for row in _by_words(asked) if row.id not in held]
    return shown(
        request,
        "find",
        framed(moment),
        Words(moment),
        asked=asked,
        found=[Found(row, said) for row, said in _said(found[:SHOWN], asked)],
        more=len(found) > SHOWN,
        clauses=[(Moment(one, moment.ledger), _clause(asked)) for one in products] if _clause(asked) else [],
        kinds=[one.meta for one in KINDS.values() if asked and asked.casefold() in one.__name__.casefold()][:8],
        products=products,
    )


def _exact(asked: str, products: list[Product]) -> Record | None:
    labels = [asked, asked.upper(), f"ORG-{asked.upper()}", *(f"{one.code}-{asked.upper()}" for one in products)]
    found = list(visible.records().filter(label__in=labels)[:2])
    return found[0] if len(found) == 1 else None


def _by_label(asked: str) -> list[Record]:
    begin = asked.upper()
    return list(visible.records().filter(label__gte=begin, label__lt=f"{begin}\U0010ffff").order_by("label")[:SHOWN])


def _by_words(asked: str) -> list[Record]:
    """Return the records in which every word of what is asked stands: in the title first, then anywhere."""
    may = visible.condition()
    titled = words.records_with(asked, may, SHOWN + 1, in_title=True)
    ids = dict.fromkeys((*titled, *words.records_with(asked, may, SHOWN + 1)))
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


def _clause(asked: str) -> str | None:
    number = asked.partition("-")[0]
    known = {one.id for one in catalogue().clauses}
    return number if CLAUSE.fullmatch(asked) and number in known else None
