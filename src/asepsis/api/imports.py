"""Facts that a pipeline brings in: the same act as `asepsis import`, with the file as the body of the request."""

from __future__ import annotations

import hashlib
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from ninja import Query, Router, Schema, Status
from pydantic import Field

from asepsis.api import listing
from asepsis.api.edge import IMPORTS, CutBodyError, LargeBodyError, clock, hand_of, passport_of
from asepsis.api.problems import ProgramFaultError, told_problem
from asepsis.api.record import named
from asepsis.api.repeated import KEY, once
from asepsis.api.shapes import Asked, Label, Problem
from asepsis.errors import InputError
from asepsis.exchange.formats import FactKind, Subject, kind_named
from asepsis.jobs import imports, queue, tasks, worker
from asepsis.jobs.bounds import RetoldError
from asepsis.jobs.queue import Told
from asepsis.sentences import Sentence
from asepsis.store import queries, refusals, rights
from asepsis.store.going import any_of, zone_named
from asepsis.store.models import Product, Record
from asepsis.store.taking_in import LABEL

router = Router(tags=["imports"])
MIB = 2**20
CHUNK = 2**18
ACT = "import facts"
PATIENCE = 3.0  # seconds that a request waits for the worker
LOOK = 0.05  # seconds between two looks whether it is done
STATES: dict[str, Literal["waits", "runs", "done", "failed"]] = {
    queue.WAITING: "waits", queue.RUNNING: "runs", queue.DONE: "done", queue.FAILED: "failed"
}  # fmt: skip
_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._ +-]{0,99}$")


class NoFileError(InputError):
    """A request brings nothing in."""

    code = "body-empty"
    sentence = Sentence("The request holds no file.", next="Send the bytes of the file as its body.")


class UnknownImportError(InputError):
    """Nobody was asked to take in what a request asks about, or somebody else was."""

    code = "import-unknown"
    sentence = Sentence(
        "There is no such file that a worker takes in for you.",
        next="What ended 30 days ago is forgotten: send it again.",
    )


class Bringings(Asked):
    """What facts are about and how they are read; what the file itself says need not be said."""

    product: Label = Field(description="The code of the product; ORG for facts of the organisation.")
    of: str | None = Field(
        None, max_length=200, description="What they are about: a record's label, a build id or a digest."
    )
    format: Label | None = Field(None, description="How to read the file; else it is told from its beginning.")
    analysis: Label | None = Field(None, description="static_findings: source, binary or secrets.")
    name: str = Field("upload", max_length=100, pattern=_NAME.pattern, description="What the receipt calls the file.")


class NotTaken(Schema):
    """Something in the file that was not taken, and why."""

    what: str
    why: str


class ReceiptSheet(Schema):
    """What was taken in, what not, and why."""

    kind: str
    format: str
    source: str
    source_digest: str
    document: str
    subject: str
    new: bool = Field(description="Whether this was new; the same facts twice change nothing.")
    entry: int | None = None
    taken: int
    not_taken_count: int
    not_taken: list[NotTaken]
    notes: list[str]


class Waiting(Schema):
    """A file that a worker takes in: where it stands, and at the end the receipt or why it was refused."""

    job: str = Field(description="Ask for it at /imports/jobs/{job}; DELETE there stops it.")
    state: Literal["waits", "runs", "done", "failed"]
    done: int = Field(description="How many of `total` parts are done.")
    total: int
    receipt: ReceiptSheet | None = None
    problem: Problem | None = Field(None, description="Why nothing was taken in.")


@router.post(
    "/imports/{kind}", response={200: ReceiptSheet, 202: Waiting}, auth=IMPORTS, exclude_none=True, url_name="import_facts",
    openapi_extra=KEY
    | {
        "requestBody": {
            "required": True,
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)  # fmt: skip
def import_facts(request: HttpRequest, response: HttpResponse, kind: str, about: Query[Bringings]) -> Any:
    """Take in facts from the file in the body, as `asepsis import` does: a bill, JUnit, SARIF, ...

    A worker reads it. What is done within three seconds is answered with its receipt; else 202 and `Location` say where
    to ask for it.
    """
    facts = kind_named(kind[:64])
    product, row = _scope(facts, about)
    if about.format:
        imports.check_sent(facts.format(about.format))
    _check_rights(request, product)
    with received(request, about.name) as (file, digest):
        return once(request, response, lambda: _asked(request, response, file, facts, product, row, about), digest)


@router.get("/imports/jobs/{job}", response=Waiting, auth=IMPORTS, exclude_none=True)
def import_job(request: HttpRequest, job: UUID) -> Waiting:
    """Say where a file stands that a worker takes in."""
    return _waiting(_own(request, job))


@router.delete("/imports/jobs/{job}", response=Waiting, auth=IMPORTS, exclude_none=True)
def stop_import(request: HttpRequest, job: UUID) -> Waiting:
    """Stop taking a file in. What was taken in before that is heard stays; the state says how it ended."""
    queue.stop_one(_own(request, job).job.pk)
    return _waiting(_own(request, job))


def _check_rights(request: HttpRequest, product: Product | None) -> None:
    """Raise `NotPermittedError` where nothing would be taken in, before a file is read for nothing."""
    actor, now = hand_of(request).actor, queries.now(clock())
    of = product.id if product else None
    day = now.astimezone(zone_named(queries.ledger().time_zone)).date().isoformat()
    if not rights.may_now(actor.id, ACT, of, day, actor.within):
        raise refusals.NotPermittedError(
            act=f"To {ACT}", roles=any_of(rights.ACTS[ACT]), person=passport_of(request).viewer.name
        )


def _asked(
    request: HttpRequest, response: HttpResponse, file: Path, facts: FactKind, product: Product | None, row: Record | None,
    about: Bringings,
) -> Any:  # fmt: skip
    """Ask a worker to take the file in, and wait a moment for what comes of it."""
    given = {"analysis": about.analysis} if about.analysis else {}
    wanted = imports.keep(
        file, facts.name, hand_of(request).actor, product, of=about.of, form=about.format, record=row, given=given,
        apart=True,
    )  # fmt: skip
    tasks.ask(wanted)
    until = time.monotonic() + (PATIENCE if worker.is_alive(clock()) else 0)
    while (told := queue.last(imports.SORT, wanted.about)) is not None and told.is_open and time.monotonic() < until:
        time.sleep(LOOK)
    assert told is not None
    if told.job.refused is not None:
        raise RetoldError(told.job.refused)
    if told.job.result is not None:
        return ReceiptSheet(**told.job.result)
    found = _waiting(told)
    response["Location"] = request.build_absolute_uri(f"/api/v1/imports/jobs/{found.job}")
    return Status(202, found)


def _own(request: HttpRequest, job: UUID) -> Told:
    """Return a file that a worker was asked to take in by this person, as far as the token reaches."""
    told = queue.one(job)
    passport = passport_of(request)
    if told is None or told.job.sort != imports.SORT or told.job.person != passport.token.account_id:
        raise UnknownImportError
    if passport.token.product not in (None, told.job.product):
        raise UnknownImportError
    return told


def _waiting(told: Told) -> Waiting:
    state, failure = STATES[told.status], None
    if told.job.refused is not None:
        failure = Problem(**told_problem(RetoldError(told.job.refused)))
    elif state == "failed":
        failure = Problem(**told_problem(ProgramFaultError()))
    receipt = ReceiptSheet(**told.job.result) if told.job.result is not None else None
    return Waiting(
        job=str(told.job.pk), state=state, done=told.job.done, total=told.job.total, receipt=receipt, problem=failure
    )


def _scope(facts: FactKind, about: Bringings) -> tuple[Product | None, Record | None]:
    """Return the product of the facts, and the record that they are said to be about."""
    product = listing.product_of(about.product)
    row = named(about.of) if about.of is not None and LABEL.fullmatch(about.of) else None
    if facts.subject is Subject.ORGANISATION:
        return None, row
    if product is None or (row is not None and row.product not in (None, product.id)):
        raise UnfitScopeError(kind=facts.name)
    return product, row


class UnfitScopeError(InputError):
    """Facts of a product are not the organisation's, nor about a record of another product."""

    code = "facts-scope"
    sentence = Sentence(
        "Facts of the kind '{kind}' belong to the product of what they are about.", next="Name that product."
    )


@contextmanager
def received(request: HttpRequest, name: str) -> Iterator[tuple[Path, bytes]]:
    """Give the body of a request as a file of its own, with its SHA-256, and take it away afterwards.

    Raises `LargeBodyError`, `CutBodyError` or `NoFileError`.
    """
    most, size, digest = settings.MACHINE.upload_mib * MIB, 0, hashlib.sha256()
    with tempfile.TemporaryDirectory(prefix="asepsis-") as folder:
        file = Path(folder) / name
        with file.open("wb") as out:
            for chunk in _chunks(request):
                size += len(chunk)
                if size > most:
                    raise LargeBodyError(most=most)
                digest.update(chunk)
                out.write(chunk)
        if not size:
            raise NoFileError
        yield file, digest.digest()


def _chunks(request: HttpRequest) -> Iterator[bytes]:
    try:
        while chunk := request.read(CHUNK):
            yield chunk
    except (UnreadablePostError, OSError) as error:
        raise CutBodyError from error
