"""Facts that a pipeline brings in: the same act as `asepsis import`, with the file as the body of the request."""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from ninja import Query, Router, Schema
from pydantic import Field

from asepsis.api import listing
from asepsis.api.edge import IMPORTS, CutBodyError, LargeBodyError, hand_of
from asepsis.api.record import named
from asepsis.api.repeated import KEY, once
from asepsis.api.shapes import Asked, Label
from asepsis.errors import InputError
from asepsis.exchange.formats import FactKind, Form, Subject, Takes, kind_named
from asepsis.sentences import Sentence
from asepsis.store.models import Product, Record
from asepsis.store.taking_in import LABEL, Bringing, Taken

router = Router(tags=["imports"])
MIB = 2**20
CHUNK = 2**18
_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._ +-]{0,99}$")


class NoFileError(InputError):
    """A request brings nothing in."""

    code = "body-empty"
    sentence = Sentence("The request holds no file.", next="Send the bytes of the file as its body.")


class UnsentFormatError(InputError):
    """Facts are read from what a request cannot carry."""

    code = "format-unsent"
    sentence = Sentence(
        "{format} cannot be sent over the API: it is read from a {takes}.", next="Bring it in with `asepsis import`."
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


@router.post(
    "/imports/{kind}", response=ReceiptSheet, auth=IMPORTS, exclude_none=True, url_name="import_facts",
    openapi_extra=KEY
    | {
        "requestBody": {
            "required": True,
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)  # fmt: skip
def import_facts(request: HttpRequest, response: HttpResponse, kind: str, about: Query[Bringings]) -> Any:
    """Take in facts from the file in the body, as `asepsis import` does: a bill, JUnit, SARIF, ..."""
    facts = kind_named(kind[:64])
    product, row = _scope(facts, about)
    with received(request, about.name) as (file, digest):
        return once(
            request, response, lambda: _receipt(request, Bringing(facts, file, about.of, product, row), about), digest
        )


def _receipt(request: HttpRequest, bringing: Bringing, about: Bringings) -> ReceiptSheet:
    return ReceiptSheet(**_taken(request, bringing, about).value())


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


def _taken(request: HttpRequest, bringing: Bringing, about: Bringings) -> Taken:
    facts = bringing.facts
    format_ = facts.format(about.format) if about.format else facts.format_of(bringing.file)
    if format_.takes is Takes.FOLDER or any(one.needed and one.form is Form.FILE for one in format_.given):
        raise UnsentFormatError(format=format_.title, takes=format_.takes.value)
    told: dict[str, Any] = {"analysis": about.analysis} if about.analysis else {}
    reading = format_.reading(bringing.file, **bringing.given(format_, told))
    return bringing.take(hand_of(request), reading, format_)


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
