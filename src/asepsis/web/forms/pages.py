"""A new record, an edited one, and the acts on a record's page: each is one act of the store and nothing deeper."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from asepsis.errors import AsepsisError, InputError
from asepsis.readers import visible
from asepsis.record.diff import FieldChange, differences
from asepsis.record.kind import Kind, kind_named
from asepsis.sentences import Sentence
from asepsis.store import acts, queries, refusals
from asepsis.store.models import Record
from asepsis.web import links
from asepsis.web.account import hand_of
from asepsis.web.forms import inputs
from asepsis.web.forms.names import Names
from asepsis.web.moment import Moment, of_organisation, of_product
from asepsis.web.page import Access, framed, page, shown
from asepsis.web.record import Sheet, moment_of, of, process_of, texts_in
from asepsis.web.words import Words

MOST_TEXT = 20_000  # characters of a reason or a comment

writes = page(access=Access.WORKS, posts=Access.WORKS)


class UntoldActError(InputError):
    """What was sent names no act of this page."""

    code = "act-unknown"
    sentence = Sentence("Nothing was done: what was sent names no act of this page.", next="Open the page again.")


class NoWordsError(InputError):
    """An act that needs a reason or a text was sent without."""

    code = "words-absent"
    sentence = Sentence("Nothing was done: no words were given.", next="Say why, or what you want to say.")


@writes
def new_of_a_product(request: HttpRequest, code: str, kind: str) -> HttpResponse:
    """Give the form of a new record of a product, or save what was typed into it as a draft."""
    return _new(request, of_product(code), kind_named(kind))


@writes
def new_of_the_organisation(request: HttpRequest, kind: str) -> HttpResponse:
    """Give the form of a new record of the organisation, or save what was typed into it as a draft."""
    return _new(request, of_organisation(), kind_named(kind))


def _new(request: HttpRequest, moment: Moment, kind: type[Kind]) -> HttpResponse:
    product = moment.product.id if moment.product else None
    if ("P" if product else "O") not in kind.meta.of:
        scope = "the organisation" if product else "a product"
        raise refusals.WrongScopeError(kind=kind.__name__, scope=scope)
    if request.method != "POST":
        asked = request.GET.dict()
        ids = dict(visible.records().filter(label__in=list(asked.values())[:20]).values_list("label", "pk"))
        names = Names(product, frozenset(ids.values()))
        begun = inputs.begun(kind, asked, ids)
        return _form(request, moment, kind, inputs.texts_of(kind, begun, names), names)
    names = Names(product)
    texts = request.POST.dict()
    if (moved := _rows(texts)) is not None:
        return _form(request, moment, kind, moved, names)
    found = inputs.typed(kind, texts, request.FILES, names)
    if found.wrong:
        return _form(request, moment, kind, texts, names, wrong=found.wrong, status=422)
    try:
        _, label = acts.create(hand_of(request), kind, found.value, product, files=found.files)
    except AsepsisError as error:
        return _form(request, moment, kind, texts, names, error=error)
    return HttpResponseRedirect(f"/r/{label}")


@writes
def edit(request: HttpRequest, label: str) -> HttpResponse:
    """Give the form of a record, or save what was typed into it as a new revision of the head that it was built on."""
    row = visible.record(label)
    moment, kind = moment_of(row, None, None), kind_named(row.kind)
    head = queries.head_value(row) or {}
    names = Names(row.product, frozenset(texts_in(head)))
    if request.method != "POST":
        return _form(request, moment, kind, inputs.texts_of(kind, head, names), names, row=row)
    texts, before = request.POST.dict(), request.POST.get("before", "")
    if not before:
        raise UntoldActError
    if (moved := _rows(texts)) is not None:
        return _form(request, moment, kind, moved, names, row=row, before=before)
    found = inputs.typed(kind, texts, request.FILES, names)
    if found.wrong:
        return _form(request, moment, kind, texts, names, row=row, before=before, wrong=found.wrong, status=422)
    value = found.value | {one: head[one] for one in inputs.ACTED if one in head}
    try:
        acts.revise(hand_of(request), row.id, value, before=before, files=found.files)
    except refusals.StaleHeadError as error:
        since = _since(of(row.label), before)
        return _form(request, moment, kind, texts, names, row=visible.record(row.label), error=error, since=since)
    except AsepsisError as error:
        return _form(request, moment, kind, texts, names, row=row, before=before, error=error)
    return HttpResponseRedirect(f"/r/{row.label}")


def _rows(texts: dict[str, str]) -> dict[str, str] | None:
    """Return the texts with a row more or less, where a button for that was pressed; else `None`."""
    if "add" in texts:
        return inputs.with_row(texts, texts["add"])
    return inputs.without_row(texts, texts["remove"]) if "remove" in texts else None


def _since(sheet: Sheet, before: str) -> tuple[FieldChange, ...]:
    """Return what changed in a record since the revision of a name."""
    base = next((one for one in sheet.history.revisions if one.name == before), None)
    if base is None:
        return ()
    was, now = queries.value_of(base.content) or {}, sheet.head or {}
    sheet.words.know([*texts_in(was), *texts_in(now)])
    return tuple(differences(sheet.kind, was, now, sheet.words.called))


def _form(
    request: HttpRequest,
    moment: Moment,
    kind: type[Kind],
    texts: Mapping[str, str],
    names: Names,
    *,
    row: Record | None = None,
    before: str = "",
    wrong: Mapping[str, str] | None = None,
    error: AsepsisError | None = None,
    since: tuple[FieldChange, ...] = (),
    status: int = 200,
) -> HttpResponse:
    """Return a form with what was typed, what is wrong with it, and what changed meanwhile."""
    made, options = inputs.boxes(kind, texts, wrong or {}, names)
    current = process_of(kind) if moment.product else "organisation"
    found = shown(
        request,
        "form",
        framed(moment, current, wide=True),
        Words(moment),
        meta=kind.meta,
        about=" ".join((kind.__doc__ or "").split()),
        boxes=made,
        offers={one: names.offered(targets) for one, targets in options.items()},
        row=row,
        before=before or (row.head_name if row else ""),
        error=error,
        told=error.said.text() if error else "",
        wrong=len(wrong or {}),
        since=since,
        back=f"/r/{row.label}" if row else moment.to(f"list/{kind.__name__}"),
    )
    found.status_code = status if error is None else 422 if isinstance(error, InputError) else 409
    return found


# --- acts -------------------------------------------------------------------------------------------------------------


@writes
def act(request: HttpRequest, label: str) -> HttpResponse:
    """Do an act on a record as `act` names it: submit, withdraw, retire, comment, or let its suspect links stand."""
    row = visible.record(label)
    if request.method != "POST":
        return HttpResponseRedirect(f"/r/{row.label}")
    sent, hand = request.POST, hand_of(request)
    words = sent.get("words", "").replace("\r\n", "\n").strip()[:MOST_TEXT]
    name = sent.get("act", "")
    if name in ("withdraw", "retire", "comment") and not words:
        return _refused(request, row, NoWordsError(), words)
    try:
        if name in ("submit", "withdraw") and sent.get("before") != row.head_name:
            raise refusals.StaleHeadError(record=row, number=row.head_number)
        match name:
            case "submit":
                acts.submit(hand, [row.id])
            case "withdraw":
                acts.withdraw(hand, row.id, words)
            case "retire":
                acts.retire(hand, row.id, words)
            case "comment":
                acts.comment(hand, row.id, words)
            case "review":
                _review(request, row)
            case _:
                raise UntoldActError
    except AsepsisError as error:
        return _refused(request, row, error, words)
    return HttpResponseRedirect(f"/r/{row.label}")


def _review(request: HttpRequest, row: Record) -> None:
    """Let those of the suspect links stand that the page showed, as of the entry that it was made at."""
    sheet = of(row.label)
    suspect = {one.row.id for one in links.of(sheet.moment, row, sheet.history).rests_on if one.row and one.suspect}
    chosen, seen = [one for one in request.POST.getlist("target") if one in suspect], request.POST.get("seen", "")
    if not chosen or not seen.isdecimal() or len(seen) > 15:
        raise UntoldActError
    acts.review_links(hand_of(request), [(row.id, one) for one in chosen], int(seen))


def _refused(request: HttpRequest, row: Record, error: AsepsisError, words: str) -> HttpResponse:
    """Return what was refused, with what was typed, so that nothing is lost."""
    moment = moment_of(row, None, None)
    frame = framed(moment, process_of(kind_named(row.kind)), wide=True)
    told = error.said.text()
    found = shown(request, "actrefused", frame, Words(moment), row=row, told=told, next=error.next, typed=words)
    found.status_code = 422 if isinstance(error, InputError) else 409
    return found
