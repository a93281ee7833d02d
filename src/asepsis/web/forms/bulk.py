"""Bulk edit: one field of a set of records is set to one value, in one commit; each gets a draft of its own."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict

from asepsis.errors import AsepsisError, InputError
from asepsis.readers import visible
from asepsis.record.kind import Kind, kind_named
from asepsis.sentences import Sentence
from asepsis.store import acts, queries
from asepsis.store.models import Record
from asepsis.web.account import hand_of
from asepsis.web.forms import inputs
from asepsis.web.forms.inputs import ROOT, Box
from asepsis.web.forms.names import Names
from asepsis.web.moment import Moment, of_organisation, of_product
from asepsis.web.page import Access, framed, page, shown
from asepsis.web.record import process_of
from asepsis.web.words import Words

MOST = 200  # records of one set
NOT_ALIKE = ("title", "former_id")  # what each record says for itself

writes = page(access=Access.WORKS, posts=Access.WORKS)


class NothingChangesError(InputError):
    """No record of the set would be another."""

    code = "bulk-nothing"
    sentence = Sentence(
        "No record would be another, so nothing was saved.", next="Choose records, a field and a value."
    )


@writes
def of_a_product(request: HttpRequest, code: str, kind: str) -> HttpResponse:
    """Give the form that sets one field of the records that `?record=` names, or save what was typed into it."""
    return _bulk(request, of_product(code), kind_named(kind))


@writes
def of_the_organisation(request: HttpRequest, kind: str) -> HttpResponse:
    """Give the same form for records of the organisation."""
    return _bulk(request, of_organisation(), kind_named(kind))


def _bulk(request: HttpRequest, moment: Moment, kind: type[Kind]) -> HttpResponse:
    sent = request.POST if request.method == "POST" else request.GET
    rows = _rows(moment, kind, sent)
    names = Names(moment.product.id if moment.product else None)
    field = sent.get("field", "")
    if request.method != "POST":
        return _form(request, moment, kind, rows, field, names, {})
    texts = {name: str(text) for name, text in sent.items()}
    found = inputs.typed(kind, {one: text for one, text in texts.items() if one == f"{ROOT}.{field}"}, {}, names)
    if found.wrong:
        return _form(request, moment, kind, rows, field, names, texts, wrong=found.wrong)
    try:
        if field not in {name for name, _ in fields(kind)}:
            raise NothingChangesError
        revisions = list(_revisions(rows, field, found.value.get(field), sent))
        if not revisions:
            raise NothingChangesError
        acts.revise_all(hand_of(request), revisions)
    except AsepsisError as error:
        return _form(request, moment, kind, rows, field, names, texts, error=error)
    return HttpResponseRedirect(moment.to(f"list/{kind.__name__}?state=draft"))


def fields(kind: type[Kind]) -> list[tuple[str, Box]]:
    """Return the fields that can be set alike, each with its empty box: those that hold one plain value."""
    boxes, _ = inputs.boxes(kind, {}, {}, Names(None))
    named = ((one.name.removeprefix(f"{ROOT}."), one) for one in boxes if one.what not in ("list", "value"))
    return [(name, box) for name, box in named if name not in NOT_ALIKE]


def _rows(moment: Moment, kind: type[Kind], sent: QueryDict) -> list[Record]:
    product = moment.product.id if moment.product else None
    labels = list(dict.fromkeys(sent.getlist("record")))[:MOST]
    rows = visible.records().filter(label__in=labels, kind=kind.__name__, product=product)
    return list(rows.exclude(standing="retired").order_by("number", "label"))


def _revisions(rows: list[Record], field: str, value: Any, sent: QueryDict) -> list[tuple[str, dict[str, Any], str]]:
    """Return the revisions of the records that would say something else, each upon the head that the page showed."""
    heads = queries.values_of(row.head_content for row in rows)
    found = []
    for row in rows:
        head = heads.get(row.head_content, {})
        said = {name: one for name, one in head.items() if name != field} | (
            {field: value} if value is not None else {}
        )
        if said != head:
            found.append((row.id, said, sent.get(f"before.{row.label}", "")))
    return found


def _form(
    request: HttpRequest,
    moment: Moment,
    kind: type[Kind],
    rows: list[Record],
    field: str,
    names: Names,
    texts: dict[str, str],
    *,
    wrong: dict[str, str] | None = None,
    error: AsepsisError | None = None,
) -> HttpResponse:
    boxes, options = inputs.boxes(kind, texts, wrong or {}, names)
    known = dict(fields(kind))
    box = next((one for one in boxes if one.name == f"{ROOT}.{field}" and field in known), None)
    current = process_of(kind) if moment.product else "organisation"
    answer = shown(
        request,
        "bulk",
        framed(moment, current, wide=True),
        Words(moment),
        meta=kind.meta,
        rows=rows,
        field=field,
        fields=[(name, one.label) for name, one in known.items()],
        box=box,
        offers={one: names.offered(targets) for one, targets in options.items() if box and one == box.options},
        error=error,
        told=error.said.text() if error else "",
        back=moment.to(f"list/{kind.__name__}"),
    )
    answer.status_code = 422 if wrong or isinstance(error, InputError) else 409 if error else 200
    return answer
