"""Files that are taken away: evidence of a record, and facts as they came in. Nothing is ever shown in the browser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

from asepsis.exchange.formats import FACTS
from asepsis.readers import visible
from asepsis.store import queries
from asepsis.store.models import FactTaken, Product, StoredFile
from asepsis.web import record as records
from asepsis.web.moment import Moment
from asepsis.web.page import framed, page, shown
from asepsis.web.words import Words, is_digest

FACTS_SHOWN = 100


@page
def tab(request: HttpRequest, label: str, code: str | None = None, position: int | None = None) -> HttpResponse:
    """Give the files of a record and the facts that were taken in about it."""
    sheet = records.of(label, code, position)
    evidence = list(_evidence(sheet.value))
    here = records.stored(sheet.value)
    subjects = [sheet.row.id, *(one["digest"] for one in evidence), *_digests(sheet.value)]
    facts = FactTaken.objects.filter(kind__in=list(FACTS), subject__in=list(dict.fromkeys(subjects))[:200])
    return shown(
        request,
        "files",
        framed(sheet.moment, records.process_of(sheet.kind)),
        sheet.words,
        sheet=sheet,
        row=sheet.row,
        evidence=[(one, one["digest"] in here) for one in evidence],
        facts=list(facts.filter(position__lte=sheet.moment.entry).order_by("-position")[:FACTS_SHOWN]),
    )


@page
def evidence(request: HttpRequest, label: str, digest: str) -> HttpResponse:
    """Give a file that a record names, as an attachment."""
    row = visible.record(label)
    values = queries.values_of(one.content for one in queries.history(row.id).revisions)
    if not any(digest in _digests(value) for value in values.values()):
        raise Http404
    return _attachment(digest, f"{row.label}-{digest[:12]}")


@page
def fact(request: HttpRequest, position: int) -> HttpResponse:
    """Give the page of one taking in of facts."""
    taken = _taken(position)
    product = Product.objects.filter(pk=taken.product).first()
    moment = Moment(product, queries.ledger())
    words = Words(moment)
    words.know([taken.by] + [taken.subject] * (len(taken.subject) == 32))
    about = words.of_id(taken.subject) if words.record(taken.subject) else taken.subject
    has_source = StoredFile.objects.filter(pk=taken.source).exists()
    frame, by = framed(moment), words.name(taken.by)
    return shown(request, "fact", frame, words, taken=taken, about=about, has_source=has_source, by=by)


@page
def fact_file(request: HttpRequest, position: str, what: str) -> HttpResponse:
    """Give the document of some facts, or the source it was made from, as an attachment."""
    taken = _taken(int(position))
    digest = taken.document if what == "document" else taken.source
    return _attachment(digest, f"{taken.kind}-{position}-{what}")


def _taken(position: int) -> FactTaken:
    taken = FactTaken.objects.filter(position=position).first()
    if taken is None or not visible.is_in_scope(taken.product) or visible.withheld([taken.subject]):
        raise Http404
    return taken


def _attachment(digest: str, name: str) -> HttpResponse:
    data = queries.file(digest)
    if data is None:
        raise Http404
    response = HttpResponse(data, content_type="application/octet-stream")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.bin"'
    return response


def _evidence(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if "digest" in value and "shows" in value:
            yield value
        for one in value.values():
            yield from _evidence(one)
    elif isinstance(value, list):
        for one in value:
            yield from _evidence(one)


def _digests(value: Any) -> frozenset[str]:
    if isinstance(value, dict):
        return frozenset(found for one in value.values() for found in _digests(one))
    if isinstance(value, list):
        return frozenset(found for one in value for found in _digests(one))
    return frozenset([value]) if isinstance(value, str) and is_digest(value) else frozenset()
