"""Records of every kind: found, read, compared, written and moved on, but never signed: a signature is a person's own."""

from __future__ import annotations

from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Path, Query, Router, Schema, Status
from pydantic import Field

from asepsis.api import contents, listing, preconditions
from asepsis.api.edge import ACTS, DRAFTS, READS, hand_of
from asepsis.api.listing import Wanted
from asepsis.api.preconditions import IF_MATCH
from asepsis.api.repeated import KEY, once
from asepsis.api.shapes import Asked, Changed, Label, Position, RecordLine, Why, line_values
from asepsis.readers import visible
from asepsis.readers.called import called
from asepsis.readers.chronicle import Event, events
from asepsis.readers.ties import Tie, ties
from asepsis.record.diff import differences
from asepsis.record.kind import IncompleteError, Kind, kind_named, read_content
from asepsis.store import acts, queries, refusals
from asepsis.store.models import Record

router = Router(tags=["records"])
MOST_FILES = 20
MOST_LINKS = 200


# --- what is given and answered ---------------------------------------------------------------------------------------


class Records(Schema):
    """One page of records; `following` is where the next one begins."""

    records: list[RecordLine]
    following: str | None = None


class RecordSheet(RecordLine):
    """One record with what it says."""

    content: dict[str, Any] | None = Field(
        None, description="What the newest revision says; absent where it was erased."
    )
    effective: dict[str, Any] | None = Field(None, description="What counts, where that is another revision.")
    waits_for: list[str] = Field(description="The signatures that the newest revision waits for.")
    lacks: str | None = Field(None, description="What a draft lacks before it can be submitted.")


class New(Asked):
    """A new record."""

    kind: Label
    product: Label = Field(description="The code of its product; ORG: the organisation.")
    content: dict[str, Any] = Field(
        description="What it says, whole or in part; GET /kinds/{name} gives the schema. References are labels or ids."
    )
    files: list[str] = Field(
        default_factory=list,
        max_length=MOST_FILES,
        description="Evidence that the content names by SHA-256, in base64.",
    )
    withheld_to: list[Label] | None = Field(
        None, max_length=50, description="Withhold it from all but these persons, by id, and security and incident."
    )


class Revised(Asked):
    """The whole new content of a record."""

    content: dict[str, Any]
    files: list[str] = Field(default_factory=list, max_length=MOST_FILES)


class Reason(Asked):
    """Why something is done."""

    why: Why


class Retiring(Reason):
    """Why a record no longer counts, and which one stands in its place."""

    replaced_by: Label | None = None


class Remark(Asked):
    """What is said about a record."""

    text: Why


class Looked(Asked):
    """Which suspect links of a record somebody looked at."""

    targets: list[Label] = Field(min_length=1, max_length=200)
    seen: Position = Field(
        description="How many entries the ledger held when they looked, as `entries` of the links says."
    )


class Moved(Schema):
    """Where a record stands now."""

    id: str
    label: str
    revision: int
    head: str
    standing: str
    waits_for: list[str]
    entries: int = Field(description="How many entries the ledger holds now.")


class Difference(Schema):
    """What changed from one revision to another; `before` 0: nothing was there."""

    label: str
    before: int
    after: int
    changes: list[Changed]


class RevisionSheet(Schema):
    """What one revision says."""

    label: str
    revision: int
    name: str = Field(description="The name of its entry: what is signed.")
    at: str
    by: str
    material: int
    content: dict[str, Any]


class Events(Schema):
    """What happened to a record, oldest first."""

    label: str
    events: list[Event]


class Ties(Schema):
    """The links of a record both ways; those whose other end may not be seen are not there."""

    label: str
    entries: int
    rests_on: list[Tie]
    leads_to: list[Tie]
    more: bool


# --- reading ----------------------------------------------------------------------------------------------------------


@router.get("/records", response=Records, auth=READS, exclude_none=True)
def records(request: HttpRequest, wanted: Query[Wanted]) -> Records:
    """List records of a product or of the organisation, a page at a time."""
    rows, following = listing.page(wanted)
    return Records(records=[RecordLine.of(row) for row in rows], following=following)


@router.get("/records/{label}", response=RecordSheet, auth=READS, exclude_none=True)
def record(request: HttpRequest, response: HttpResponse, label: str) -> RecordSheet:
    """Give a record by its label or id, with the ETag by which it is revised."""
    row = named(label)
    response["ETag"] = preconditions.etag(row)
    head = queries.head_value(row)
    effective = queries.effective_value(row) if row.effective_content not in (None, row.head_content) else None
    return RecordSheet(
        **line_values(row),
        content=head,
        effective=effective,
        waits_for=list(acts.waits_for(row.id)),
        lacks=_lacks(row, head),
    )


@router.get("/records/{label}/history", response=Events, auth=READS, exclude_none=True)
def history(request: HttpRequest, label: str) -> Events:
    """Tell what happened to a record, oldest first."""
    row = named(label)
    return Events(label=row.label, events=list(events(row)))


@router.get("/records/{label}/revisions/{number}", response=RevisionSheet, auth=READS)
def revision(request: HttpRequest, label: str, number: Path[int]) -> RevisionSheet:
    """Give what one revision of a record says."""
    row = named(label)
    found = queries.revision(row, number)
    return RevisionSheet(
        label=row.label, revision=number, name=found.name, at=found.at, by=found.by, material=found.material,
        content=queries.said(row, number),
    )  # fmt: skip


@router.get("/records/{label}/diff", response=Difference, auth=READS, exclude_none=True)
def diff(
    request: HttpRequest, label: str, before: Query[Position | None] = None, after: Query[Position | None] = None
) -> Difference:
    """Say what changed from one revision to another; by default from the effective one, or the one before the newest."""
    row = named(label)
    last = row.head_number if after is None else after
    first = before
    if first is None:
        first = row.effective_number if 0 < row.effective_number < last else max(last - 1, 0)
    found = differences(kind_named(row.kind), queries.said(row, first), queries.said(row, last), called)
    return Difference(label=row.label, before=first, after=last, changes=[Changed.of(one) for one in found])


@router.get("/records/{label}/links", response=Ties, auth=READS, exclude_none=True)
def links(request: HttpRequest, label: str) -> Ties:
    """Give the links of a record both ways, each with whether it is sound, suspect or broken."""
    row = named(label)
    entries = queries.ledger().size
    down, up, more = ties(row, MOST_LINKS)
    return Ties(label=row.label, entries=entries, rests_on=down, leads_to=up, more=more)


# --- writing ----------------------------------------------------------------------------------------------------------


@router.post("/records", response={201: Moved}, auth=DRAFTS, openapi_extra=KEY)
def create(request: HttpRequest, response: HttpResponse, new: New) -> Any:
    """Write a new record as a draft. An Idempotency-Key keeps it from being written twice."""
    return once(request, response, lambda: _created(request, response, new))


def _created(request: HttpRequest, response: HttpResponse, new: New) -> Status[Moved]:
    kind, product = kind_named(new.kind), listing.product_of(new.product)
    value = contents.with_ids(kind, new.content)
    persons = None if new.withheld_to is None else tuple(queries.person(one).id for one in new.withheld_to)
    files = contents.files_of(value, new.files)
    identity, _ = acts.create(
        hand_of(request), kind, value, product.id if product else None, files=files, persons=persons
    )
    row = Record.objects.get(pk=identity)
    response["Location"] = f"/api/v1/records/{row.label}"
    return Status(201, _moved(row.id, response))


@router.put("/records/{label}", response=Moved, auth=DRAFTS, openapi_extra=IF_MATCH)
def revise(request: HttpRequest, response: HttpResponse, label: str, revised: Revised) -> Moved:
    """Write a new revision of a record as a draft, building on the one that If-Match names."""
    row = named(label)
    before = preconditions.matched(request, row)
    value = contents.with_ids(kind_named(row.kind), revised.content, queries.head_value(row))
    acts.revise(hand_of(request), row.id, value, before=before, files=contents.files_of(value, revised.files))
    return _moved(row.id, response)


@router.post("/records/{label}/comments", response=Moved, auth=DRAFTS, openapi_extra=KEY)
def comment(request: HttpRequest, response: HttpResponse, label: str, remark: Remark) -> Any:
    """Say something about a record. An Idempotency-Key keeps it from being said twice."""
    return once(request, response, lambda: _said(request, response, label, remark))


def _said(request: HttpRequest, response: HttpResponse, label: str, remark: Remark) -> Moved:
    row = named(label)
    acts.comment(hand_of(request), row.id, remark.text)
    return _moved(row.id, response)


@router.post("/records/{label}/submit", response=Moved, auth=ACTS, openapi_extra=IF_MATCH)
def submit(request: HttpRequest, response: HttpResponse, label: str) -> Moved:
    """Submit the draft that If-Match names; it then waits for the signatures that its kind asks for."""
    row = named(label)
    preconditions.matched(request, row)
    acts.submit(hand_of(request), [row.id])
    return _moved(row.id, response)


@router.post("/records/{label}/approve", response=Moved, auth=ACTS)
def approve(request: HttpRequest, label: str) -> Moved:
    """Say that a token signs nothing: this is refused always, and says where a person signs.

    A signature needs its person to prove in that moment to be who they are (21 CFR 11.200), which no token does.
    """
    raise refusals.TokenSignsNothingError(record=named(label))


@router.post("/records/{label}/reject", response=Moved, auth=ACTS, openapi_extra=IF_MATCH)
def reject(request: HttpRequest, response: HttpResponse, label: str, reason: Reason) -> Moved:
    """Say no to the submitted revision that If-Match names; the token's person could have signed it."""
    row = named(label)
    preconditions.matched(request, row)
    acts.reject(hand_of(request), row.id, reason.why)
    return _moved(row.id, response)


@router.post("/records/{label}/withdraw", response=Moved, auth=ACTS, openapi_extra=IF_MATCH)
def withdraw(request: HttpRequest, response: HttpResponse, label: str, reason: Reason) -> Moved:
    """Take back what was never effective; its author alone does that."""
    row = named(label)
    preconditions.matched(request, row)
    acts.withdraw(hand_of(request), row.id, reason.why)
    return _moved(row.id, response)


@router.post("/records/{label}/retire", response=Moved, auth=ACTS, openapi_extra=IF_MATCH)
def retire(request: HttpRequest, response: HttpResponse, label: str, reason: Retiring) -> Moved:
    """Write and submit the revision that retires an effective record; it counts until that is signed."""
    row = named(label)
    preconditions.matched(request, row)
    instead = named(reason.replaced_by).id if reason.replaced_by else None
    acts.retire(hand_of(request), row.id, reason.why, instead)
    return _moved(row.id, response)


@router.post("/records/{label}/links/review", response=Moved, auth=ACTS)
def review(request: HttpRequest, response: HttpResponse, label: str, looked: Looked) -> Moved:
    """Let suspect links of a record stand, as one set, after somebody looked at what changed."""
    row = named(label)
    targets = [named(one).id for one in looked.targets]
    acts.review_links(hand_of(request), [(row.id, one) for one in dict.fromkeys(targets)], looked.seen)
    return _moved(row.id, response)


# --- parts ------------------------------------------------------------------------------------------------------------


def named(label: str) -> Record:
    """Return a record by its label or id. Raises `UnknownRecordError`, also where it may not be seen."""
    if len(label) == 32 and (row := visible.by_id([label]).get(label)):
        return row
    return visible.record(label[:40])


def _moved(record: str, response: HttpResponse) -> Moved:
    row = Record.objects.get(pk=record)
    response["ETag"] = preconditions.etag(row)
    return Moved(
        id=row.id,
        label=row.label,
        revision=row.head_number,
        head=row.head_state,
        standing=row.standing,
        waits_for=list(acts.waits_for(row.id)),
        entries=queries.ledger().size,
    )


def _lacks(row: Record, value: dict[str, Any] | None) -> str | None:
    if row.head_state != "draft" or value is None:
        return None
    kind: type[Kind] = kind_named(row.kind)
    try:
        read_content(kind, msgspec.json.encode(value), row.label)
    except IncompleteError as error:
        return str(dict(error.said.arguments)["problems"])
    return None
