"""The pages on which a table is sent, its columns are matched, what would become of each row is shown, and all come in.

Nothing of a table is read here: the worker reads it, and these pages wait for the worker and show what it kept.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from asepsis.errors import AsepsisError
from asepsis.exchange.tables import delimited
from asepsis.exchange.tables.places import places_of
from asepsis.jobs import queue, sent, tables, tasks, worker
from asepsis.jobs.queue import Told, Wanted
from asepsis.jobs.sent import Waiting
from asepsis.readers import viewer
from asepsis.record.kind import KINDS, Kind
from asepsis.web.moment import Moment, of_organisation, of_product
from asepsis.web.page import Access, framed, page, shown
from asepsis.web.words import Words

brings = page(access=Access.WORKS, posts=Access.WORKS)


@brings
def of_a_product(request: HttpRequest, code: str) -> HttpResponse:
    """Give the form on which a table is sent, or keep one that was sent."""
    return _send(request, of_product(code))


@brings
def of_the_organisation(request: HttpRequest) -> HttpResponse:
    """Give the form on which a table of the organisation's records is sent, or keep one that was sent."""
    return _send(request, of_organisation())


@brings
def table_of_a_product(request: HttpRequest, code: str, token: str) -> HttpResponse:
    """Show what would become of a table that was sent, or match its columns, or take it in."""
    return _table(request, of_product(code), token)


@brings
def table_of_the_organisation(request: HttpRequest, token: str) -> HttpResponse:
    """Show what would become of a table that was sent, or match its columns, or take it in."""
    return _table(request, of_organisation(), token)


# --- sending ----------------------------------------------------------------------------------------------------------


def _send(request: HttpRequest, moment: Moment) -> HttpResponse:
    scope = "P" if moment.product else "O"
    kinds = sorted(name for name, kind in KINDS.items() if scope in kind.meta.of)
    files = request.FILES.getlist("files")
    table = request.FILES.get("table") or _table_of(files, request.POST)
    if request.method != "POST" or table is None:
        missing = request.method == "POST"
        return _sheet_of(request, moment, "bring", status=422 if missing else 200, missing=missing, kinds=kinds)
    product = moment.product.id if moment.product else None
    person = viewer.current().person or ""
    try:
        kept = sent.send(person, product, table, files, datetime.now(UTC))
    except AsepsisError as error:
        return _sheet_of(request, moment, "bring", status=422, error=error, told=error.said.text(), kinds=kinds)
    return _ask(moment, kept, tables.look(kept))


ORIGINAL = {  # what a person says once of signed files: the heading that says so in a table, by the name in the form
    "shows": "original shows", "since": "held since", "signer": "signer", "meaning": "signed as", "on": "signed on"
}  # fmt: skip


def _table_of(files: Sequence[sent.Sent], words: Mapping[str, str]) -> SimpleUploadedFile | None:
    """Return a table with a row for each signed file that was sent without one; `None` where it is not said what they are."""
    kind = words.get("kind", "")
    if kind not in KINDS or not files:
        return None
    stream = io.BytesIO()
    said = [words.get(name, "").strip() for name in ORIGINAL]
    rows = [(_title(one.name or ""), one.name or "", *said) for one in files]
    delimited.write(stream, [("title", "file", *ORIGINAL.values()), *rows])
    return SimpleUploadedFile(f"{kind}.csv", stream.getvalue())


def _title(name: str) -> str:
    """Return the title that the name of a file gives: without its ending, with blanks between its words."""
    return " ".join(PurePosixPath(name).stem.replace("_", " ").split()) or name


def _ask(moment: Moment, kept: Waiting, wanted: Wanted) -> HttpResponse:
    tasks.ask(wanted)
    return HttpResponseRedirect(moment.to(f"bring/{kept.token}"))


def _sheet_of(request: HttpRequest, moment: Moment, template: str, *, status: int = 200, **more: Any) -> HttpResponse:
    found = shown(request, template, framed(moment, "bring", wide=True), Words(moment), **more)
    found.status_code = status
    return found


# --- looking and taking -----------------------------------------------------------------------------------------------


def _table(request: HttpRequest, moment: Moment, token: str) -> HttpResponse:
    kept = sent.of(token, viewer.current().person or "")
    if kept.product != (moment.product.id if moment.product else None):
        raise sent.GoneTableError
    job = queue.last(tables.SORT, token)
    if request.method == "POST" and kept.became is None:
        return _do(request, moment, kept, job)
    if job is not None and job.is_open:
        return _waits(request, moment, kept, job)
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Refresh": "true"})
    if "rows" in request.GET and (rows := kept.rows) is not None:
        return HttpResponse(rows, headers={
            "Content-Type": "text/csv; charset=utf-8",
            "Content-Disposition": 'attachment; filename="receipt.csv"',
        })  # fmt: skip
    failed = job.said if job is not None and job.status == queue.FAILED else None
    if (became := kept.became) is not None:
        return _sheet_of(request, moment, "brought", sent=kept, became=became)
    if (looked := kept.looked) is not None:
        status = 409 if failed or looked["otherwise"] else 200
        return _sheet_of(request, moment, "bringtable", status=status, sent=kept, failed=failed, **looked)
    return _sheet_of(request, moment, "bringfailed", status=422, sent=kept, failed=failed)


def _do(request: HttpRequest, moment: Moment, kept: Waiting, job: Told | None) -> HttpResponse:
    """Do what a button says: look with other columns, take it in, stop what is being done, or leave it."""
    match request.POST.get("do", ""):
        case "leave":
            queue.stop(tables.SORT, kept.token)
            kept.leave()
            return HttpResponseRedirect(moment.to("bring"))
        case "stop":
            queue.stop(tables.SORT, kept.token)
        case "look" if job is None or not job.is_open:
            _remember(kept, request.POST)
            return _ask(moment, kept, tables.look(kept))
        case "take":
            seen, submit, without = request.POST.get("seen", ""), "submit" in request.POST, "without" in request.POST
            return _ask(moment, kept, tables.take(kept, seen, submit=submit, without=without))
    return HttpResponseRedirect(moment.to(f"bring/{kept.token}"))


def _waits(request: HttpRequest, moment: Moment, kept: Waiting, job: Told) -> HttpResponse:
    """Show how far the worker is; the page asks again by itself, and gives way when the worker is done."""
    runs = job.status == queue.RUNNING
    context: dict[str, Any] = {
        "sent": kept,
        "job": job.job,
        "runs": runs,
        "ahead": 0 if runs else queue.ahead(job),
        "alive": worker.is_alive(datetime.now(UTC)),
        "steps": tables.STEPS,
    }
    template = "bringstep" if request.headers.get("HX-Request") else "bringwaits"
    return _sheet_of(request, moment, template, **context)


def _remember(kept: Waiting, words: Mapping[str, str]) -> None:
    """Keep for what a person takes sheets and columns; where the kind of a sheet becomes another, its columns begin anew."""
    for part in (kept.looked or {}).get("parts", ()):
        name, number = part["sheet"], part["number"]
        kind = words.get(f"kind.{number}", "")
        if kind not in KINDS:
            kept.kinds.pop(name, None)
            continue
        kept.kinds[name] = kind
        if part["kind"] == kind:
            kept.columns[name] = _placed(number, part["headings"], KINDS[kind], words)
            kept.words[name] = _meant(part, words)
        else:
            kept.columns.pop(name, None)
            kept.words.pop(name, None)
    kept.make, kept.leave_out = "make" in words, "leave_out" in words
    kept.save()


def _meant(part: Mapping[str, Any], words: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return what a form says that the words of each column stand for; what is none of its choices is not taken."""
    found: dict[str, dict[str, str]] = {}
    for column in part["columns"]:
        said = {one["word"]: words.get(one["name"], "") for one in column["words"]}
        found[column["heading"]] = {word: choice for word, choice in said.items() if choice in column["choices"]}
    return {heading: said for heading, said in found.items() if said}


def _placed(number: int, headings: list[str], kind: type[Kind], words: Mapping[str, str]) -> dict[str, str | None]:
    """Return the place of each heading as a form says; of two that name one place the first has it."""
    known, taken = {one.name for one in places_of(kind)}, set[str]()
    placed: dict[str, str | None] = {}
    for at, heading in enumerate(headings):
        place = words.get(f"c.{number}.{at}", "")
        fits = place in known and place not in taken
        placed[heading] = place if fits else None
        taken |= {place} if fits else set()
    return placed
