"""Files by their digest, always to be saved and never shown: evidence of a record, facts, and whole bundles."""

from __future__ import annotations

import tempfile
from pathlib import Path as FilePath
from typing import IO, Any

from django.http import FileResponse, HttpRequest, HttpResponse
from ninja import Path, Query, Router, Schema
from pydantic import Field

from asepsis.api import contents, listing
from asepsis.api.edge import READS
from asepsis.api.record import named
from asepsis.api.shapes import LIMIT, ORGANISATION, Asked, Label, Limit, Position
from asepsis.bundle import writing
from asepsis.errors import InputError
from asepsis.exchange.formats import FACTS
from asepsis.readers import visible
from asepsis.sentences import Sentence
from asepsis.store import queries
from asepsis.store.models import FactTaken

router = Router(tags=["files"])
BINARY = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
FILE = {"responses": {200: {"description": "OK", "content": BINARY}}}


class UnknownFileError(InputError):
    """Nothing that is named here names a file of that digest, or its bytes are not kept."""

    code = "file-unknown"
    sentence = Sentence("There is no file {digest} here.", next="Name a digest that the record or the facts name.")


class Wanted(Asked):
    """Which facts are wanted."""

    product: Label = Field(description="The code of a product; ORG: the organisation's.")
    kind: Label | None = None
    after: Position | None = Field(None, description="Where the page before ended, as its `following` says.")
    limit: Limit = LIMIT


class FactLine(Schema):
    """One taking in of facts."""

    entry: int
    kind: str
    subject: str
    document: str
    source: str
    by: str
    at: str
    as_of: str | None = None


class Facts(Schema):
    """Takings in of facts, the newest first."""

    facts: list[FactLine]
    following: int | None = None


@router.get("/records/{label}/files/{digest}", auth=READS, openapi_extra=FILE)
def evidence(request: HttpRequest, label: str, digest: Path[str]) -> HttpResponse:
    """Give a file that a revision of a record names by its SHA-256."""
    row = named(label)
    values = queries.values_of(one.content for one in queries.history(row.id).revisions)
    if not any(digest in contents.digests(value) for value in values.values()):
        raise UnknownFileError(digest=digest[:64])
    return _attachment(digest, f"{row.label}-{digest[:12]}")


@router.get("/facts", response=Facts, auth=READS, exclude_none=True)
def facts(request: HttpRequest, wanted: Query[Wanted]) -> Facts:
    """List the facts that were taken in for a product or for the organisation, the newest first."""
    product = listing.product_of(wanted.product)
    found = FactTaken.objects.filter(product=product.id if product else None)
    found = found.filter(kind=wanted.kind) if wanted.kind else found.filter(kind__in=list(FACTS))
    if wanted.after is not None:
        found = found.filter(position__lt=wanted.after)
    rows = list(found.order_by("-position")[: wanted.limit + 1])
    hidden = visible.withheld(one.subject for one in rows if len(one.subject) == 32)
    following = rows[wanted.limit - 1].position if len(rows) > wanted.limit else None
    return Facts(facts=[_line(one) for one in rows[: wanted.limit] if one.subject not in hidden], following=following)


@router.get("/facts/{entry}", response=FactLine, auth=READS, exclude_none=True)
def fact(request: HttpRequest, entry: Path[Position]) -> FactLine:
    """Give one taking in of facts."""
    return _line(_taken(entry))


@router.get("/facts/{entry}/document", auth=READS, openapi_extra=FILE)
def document(request: HttpRequest, entry: Path[Position]) -> HttpResponse:
    """Give the document that was made of the facts."""
    taken = _taken(entry)
    return _attachment(taken.document, f"{taken.kind}-{taken.position}-document")


@router.get("/facts/{entry}/source", auth=READS, openapi_extra=FILE)
def source(request: HttpRequest, entry: Path[Position]) -> HttpResponse:
    """Give the file that the facts were read from, where it is kept."""
    taken = _taken(entry)
    return _attachment(taken.source, f"{taken.kind}-{taken.position}-source")


@router.get(
    "/products/{code}/export", auth=READS,
    openapi_extra={"responses": {200: {"description": "OK", "content": {"application/zip": BINARY["application/octet-stream"]}}}},
)  # fmt: skip
def export(request: HttpRequest, code: str, files: Query[bool] = True) -> Any:
    """Give the whole dossier of a product (ORG: of the organisation) as a zip that convinces a stranger.

    What the token's person may not see is a bare hash in it, and it says so. `files=false` leaves the files out.
    """
    product = listing.product_of(code)
    scope = writing.Scope(product.id if product else None, files, frozenset(), frozenset(visible.all_withheld()))
    with tempfile.TemporaryDirectory(prefix="asepsis-") as folder:
        target = FilePath(folder) / "bundle.zip"
        writing.export(scope, target)
        stream: IO[bytes] = target.open("rb")  # stays readable when the folder is gone; the answer closes it
    name = f"{product.code if product else ORGANISATION}.zip"
    return FileResponse(stream, as_attachment=True, filename=name, content_type="application/zip")


def _taken(entry: int) -> FactTaken:
    taken = FactTaken.objects.filter(position=entry).first()
    if taken is None or not visible.is_in_scope(taken.product) or visible.withheld([taken.subject]):
        raise UnknownFileError(digest=f"of entry {entry}")
    return taken


def _line(taken: FactTaken) -> FactLine:
    return FactLine(
        entry=taken.position,
        kind=taken.kind,
        subject=taken.subject,
        document=taken.document,
        source=taken.source,
        by=taken.by,
        at=taken.at,
        as_of=taken.as_of,
    )


def _attachment(digest: str, name: str) -> HttpResponse:
    data = queries.file(digest)
    if data is None:
        raise UnknownFileError(digest=digest[:64])
    response = HttpResponse(data, content_type="application/octet-stream")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.bin"'
    return response
