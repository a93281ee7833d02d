"""A record: the sentence that it makes, its fields with their help, its links, its signatures, and how it came about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString

from asepsis.clauses.catalogue import catalogue
from asepsis.conformance import moments
from asepsis.readers import viewer, visible
from asepsis.record import entry
from asepsis.record.diff import FieldChange, differences
from asepsis.record.history import Head, History, Revision
from asepsis.record.kind import IncompleteError, Kind, kind_named, read_content
from asepsis.record.lateness import LATE_ENTRY, Late, entered_late
from asepsis.store import queries, refusals, rights
from asepsis.store.models import Entry, Link, Product, Record, StoredFile
from asepsis.store.waiting import own_slots
from asepsis.web import links, opened, then
from asepsis.web.moment import Moment, of_organisation, of_product
from asepsis.web.page import framed, page, shown
from asepsis.web.signatures import Signatures
from asepsis.web.values import Values
from asepsis.web.words import Words, field_words, is_digest

LAST = ("notes", "former_id", "retired")  # fields that every kind has, behind its own
REVISIONS = 8  # of a history that one page tells
HAPPENED = ("rejection", "withdrawal", "comment", "embargo", "disclosure")


@dataclass(frozen=True, slots=True)
class Shown:
    """One field: its value, the help beside it, and what a pending draft changes in it."""

    name: str
    value: SafeString
    help: str
    changes: tuple[FieldChange, ...] = ()

    @property
    def in_place(self) -> bool:
        """Return whether the change is shown in the value itself: a plain one that says something else."""
        return len(self.changes) == 1 and self.changes[0].path == self.name


@dataclass(frozen=True, slots=True)
class Told:
    """One revision of the history, with what it changed."""

    revision: Revision
    state: str
    author: str
    minute: str
    changes: tuple[FieldChange, ...]
    erased: bool
    happened: tuple[str, ...]
    late: tuple[Late, ...] = ()


@dataclass
class Sheet:
    """One record at one moment, as its pages have it."""

    row: Record
    moment: Moment
    words: Words
    history: History
    kind: type[Kind]
    head: dict[str, Any] | None
    effective: dict[str, Any] | None

    @property
    def value(self) -> dict[str, Any]:
        """Return what is shown: the head, where it is there, for what is pending is seen against what is effective."""
        return (self.effective if self.head is None else self.head) or {}

    @property
    def title(self) -> str:
        """Return what people call it."""
        return str(self.value.get("title", self.row.label))

    @property
    def since(self) -> int:
        """Return the entry with which it began."""
        return self.history.revisions[0].position

    @property
    def pending(self) -> bool:
        """Return whether something is written that is not effective, beside something that is."""
        return self.effective is not None and self.history.head is not self.history.effective

    @property
    def state(self) -> tuple[str, str]:
        """Return where it stands: what comes first to mind, and the rest."""
        head, effective = self.history.head, self.history.effective
        since = f"Revision {effective.number} is effective since {self._day(effective)}." if effective else ""
        if effective is head:
            word = "Retired" if self.value.get("retired") else "Effective"
            return f"{word} since {self._day(head)}.", f"Revision {head.number}."
        first = {
            Head.DRAFT: f"Revision {head.number} is a draft.",
            Head.SUBMITTED: f"Revision {head.number} waits for {_signatures(len(head.open_slots))}.",
            Head.REJECTED: f"Revision {head.number} was rejected.",
            Head.WITHDRAWN: "It was withdrawn.",
            Head.EFFECTIVE: "",
        }[self.history.head_state]
        return first, since or "Nothing is effective yet."

    @cached_property
    def signed(self) -> list[str]:
        """Return the signatures that carry what is effective, in a line each: who, with which meaning, when."""
        return Signatures(self.moment, self.history, self.words.people).in_brief()

    @property
    def mine(self) -> bool:
        """Return whether a signature of the reader is waited for."""
        reader = viewer.current()
        return not self.moment.past and bool(own_slots(self.history, reader.person or "", reader.held))

    @property
    def writes(self) -> bool:
        """Return whether the reader may write here: never into the past."""
        return not self.moment.past and viewer.current().may(rights.ACTS["write"], self.row.product)

    @property
    def submits(self) -> bool:
        """Return whether there is a draft to submit."""
        return self.history.head_state is Head.DRAFT

    @property
    def withdraws(self) -> bool:
        """Return whether there is something to withdraw: the reader's own that was never effective."""
        stands = self.history.head_state not in (Head.WITHDRAWN, Head.EFFECTIVE) and self.effective is None
        return stands and self.history.revisions[0].by == viewer.current().person

    @property
    def retires(self) -> bool:
        """Return whether it is effective, so that it can be retired."""
        return self.history.head_state is Head.EFFECTIVE and self.row.standing == "effective"

    def _day(self, revision: Revision) -> str:
        return self.moment.day_of(revision.effective_at or revision.at)


def _signatures(count: int) -> str:
    return "one signature" if count == 1 else f"{count} signatures"


@page
def record(request: HttpRequest, label: str, code: str | None = None, position: int | None = None) -> HttpResponse:
    """Give the page of a record."""
    sheet = of(label, code, position)
    if sheet.history.head_state is Head.SUBMITTED and not sheet.moment.past:
        opened.note(request, sheet.history.head.name)
    frame = framed(sheet.moment, process_of(sheet.kind))
    ties = links.of(sheet.moment, sheet.row, sheet.history)
    signatures = Signatures(sheet.moment, sheet.history, sheet.words.people)
    before = _number(request.GET.get("before"))
    history = tuple(told(sheet, before))
    return shown(
        request,
        "record",
        frame,
        sheet.words,
        sheet=sheet,
        row=sheet.row,
        process=_process(sheet.kind),
        fields=tuple(fields(sheet)),
        absent=absent(sheet),
        lacks=lacks(sheet),
        ties=ties,
        signed=signatures.in_force(),
        awaited=signatures.awaited(),
        history=history,
        earlier=history[-1].revision.number if history and history[-1].revision.number > 1 else None,
        count=len(sheet.history.revisions),
        entry=sheet.moment.entry,
    )


@page
def card(request: HttpRequest, label: str) -> HttpResponse:
    """Give the card of a record: a few lines that the script shows beside its id."""
    row = visible.record(label)
    sources = visible.by_id(Link.objects.filter(target=row.id).values_list("source", flat=True)[:4])
    return render(request, "asepsis/card.html", {"row": row, "leads_to": list(sources.values())[:3]})


def of(label: str, code: str | None = None, position: int | None = None) -> Sheet:
    """Return a record as it stands at a moment. Raises `UnknownRecordError`, also where it did not exist yet."""
    row = visible.record(label)
    moment = moment_of(row, code, position)
    history = then.histories(moment, [row.id]).get(row.id)
    if history is None:
        raise refusals.UnknownRecordError(record=row.label)
    effective = history.effective
    values = queries.values_of(one.content for one in (history.head, effective) if one is not None)
    return Sheet(
        row,
        moment,
        Words(moment),
        history,
        kind_named(history.kind),
        values.get(history.head.content),
        values.get(effective.content) if effective else None,
    )


def moment_of(row: Record, code: str | None, position: int | None) -> Moment:
    """Return the moment at which a record is looked at: of its own product, or of the one that is looked at."""
    if code is not None:
        moment = of_product(code, position)
        if row.product is not None and moment.product is not None and row.product != moment.product.id:
            raise refusals.UnknownRecordError(record=row.label)
        return moment
    if row.product is None:
        return of_organisation()
    return Moment(Product.objects.get(pk=row.product), queries.ledger())


def process_of(kind: type[Kind]) -> str:
    """Return the item of the rail that a kind belongs to."""
    return kind.meta.process if kind.meta.of != "O" else "organisation"


def _process(kind: type[Kind]) -> str | None:
    found = [one for one in catalogue().processes if one.id == kind.meta.process]
    return f"{found[0].name} {found[0].clause}" if found else "Statements"


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 10 else None


# --- fields -----------------------------------------------------------------------------------------------------------


def fields(sheet: Sheet) -> Iterator[Shown]:
    """Yield the fields that are filled in, with what a pending draft changes in each."""
    here = stored(sheet.value)
    values = Values(sheet.words, sheet.kind, lambda one: f"/r/{sheet.row.label}/file/{one}" if one in here else None)
    sheet.words.know(texts_in(sheet.value))
    changed: dict[str, list[FieldChange]] = {}
    if sheet.pending and sheet.head is not None and sheet.effective is not None:
        for one in differences(sheet.kind, sheet.effective, sheet.head, sheet.words.called):
            changed.setdefault(one.path.split("[")[0].split(".")[0], []).append(one)
    for name in _order(sheet.kind):
        if name in sheet.value or name in changed:
            value = values.shown(name, sheet.value[name]) if name in sheet.value else SafeString()
            yield Shown(name, value, sheet.kind.model_fields[name].description or "", tuple(changed.get(name, ())))


def stored(value: Any) -> frozenset[str]:
    """Return which of the digests that stand in a value are those of files that are here."""
    digests = [one for one in texts_in(value) if is_digest(one)]
    return frozenset(StoredFile.objects.filter(pk__in=digests[:500]).values_list("pk", flat=True))


def absent(sheet: Sheet) -> str:
    """Return the names of the fields that are not filled in."""
    names = (name for name in sheet.kind.model_fields if name not in sheet.value and name not in LAST)
    return ", ".join(field_words(name).lower() for name in names)


def lacks(sheet: Sheet) -> str | None:
    """Return what a draft lacks before it can be submitted; `None` where it lacks nothing."""
    if sheet.history.head_state is not Head.DRAFT or sheet.head is None:
        return None
    try:
        read_content(sheet.kind, msgspec.json.encode(sheet.head), sheet.row.label)
    except IncompleteError as error:
        return str(dict(error.said.arguments)["problems"])
    return None


def _order(kind: type[Kind]) -> list[str]:
    own = [name for name in kind.model_fields if name not in LAST and name != "title"]
    return [*own, *LAST]


def texts_in(value: Any) -> Iterator[str]:
    """Yield every text in a value: ids of records, persons and files are among them."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from texts_in(one)


# --- history ----------------------------------------------------------------------------------------------------------


def told(sheet: Sheet, before: int | None) -> Iterator[Told]:
    """Yield the newest revisions before number `before` with what each changed, newest first."""
    revisions = [one for one in sheet.history.revisions if before is None or one.number < before]
    page = revisions[-REVISIONS:]
    earlier = [one for one in sheet.history.revisions if page and one.number == page[0].number - 1]
    values = queries.values_of(one.content for one in (*earlier, *page))
    sheet.words.know([one.by for one in page] + [found for value in values.values() for found in texts_in(value)])
    happened, most = _happened(sheet), late_entry_days(sheet)
    through = queries.through(one.position for one in page)
    previous = {one.number + 1: values.get(one.content) for one in (*earlier, *page)}
    for one in reversed(page):
        was, now = previous.get(one.number) or {}, values.get(one.content)
        changes = differences(sheet.kind, was, now, sheet.words.called) if now is not None and one.number > 1 else ()
        yield Told(
            one,
            _state(sheet.history, one),
            sheet.words.name(one.by) + (f", by the token {through[one.position]}" if one.position in through else ""),
            sheet.moment.minute_of(one.at),
            changes,
            now is None,
            tuple(happened.get(one.number, ())),
            entered_late(sheet.kind, was, now or {}, one.at, sheet.moment.zone, most),
        )


def late_entry_days(sheet: Sheet) -> int:
    """Return after how many days something is entered late, by the policy in force at the moment."""
    scopes = {None, sheet.row.product}
    policies = [one.pk for scope in scopes for one in visible.records().filter(kind="Policy", product=scope)]
    dossier = then.dossier(sheet.moment, then.histories(sheet.moment, policies))
    return moments.policy_of(dossier, datetime.fromisoformat(sheet.moment.at)).number(LATE_ENTRY)


def _state(history: History, revision: Revision) -> str:
    if revision.withdrawn:
        return "withdrawn"
    if revision.rejected:
        return "rejected"
    if revision is history.effective:
        return "effective"
    if revision.effective is not None:
        return "was effective"
    if revision is history.head:
        return "waits" if revision.slots is not None else "draft"
    return "passed over"


def _happened(sheet: Sheet) -> dict[int, list[str]]:
    """Return what else was said about a record, by the number of the revision that stood then."""
    entries = Entry.objects.filter(record=sheet.row.id, form__in=HAPPENED, position__lte=sheet.moment.entry)
    read = [(one.position, entry.read(bytes(one.data))) for one in entries.order_by("-position")[:200]]
    reasons = queries.values_of(found for _, one in read if (found := one.get("reason") or one.get("content")))
    sheet.words.know(one["by"] for _, one in read)
    told: dict[int, list[str]] = {}
    for position, one in reversed(read):
        numbers = [revision.number for revision in sheet.history.revisions if revision.position <= position]
        value = reasons.get(one.get("reason") or one.get("content") or "", {})
        text = value.get("reason") or value.get("text") or ""
        day, who = sheet.moment.day_of(one["at"]), sheet.words.name(one["by"])
        what = {
            "rejection": "rejected it",
            "withdrawal": "withdrew it",
            "comment": "said",
            "embargo": "withheld it",
            "disclosure": "disclosed it",
        }[one["form"]]
        told.setdefault(max(numbers, default=1), []).append(f"{who} {what} on {day}{f': “{text}”' if text else '.'}")
    return told
