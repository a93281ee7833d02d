"""The kinds of records: what each is for, who signs it, and the JSON schema of its content."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from asepsis.api.edge import READS
from asepsis.record.kind import KINDS, Kind, draft_of, kind_named

router = Router(tags=["kinds"])


class KindLine(Schema):
    """One kind of records."""

    name: str
    prefix: str
    version: int
    process: str
    of: str = Field(description="O: the organisation's; P: a product's; OP: either's.")
    single: bool = Field(description="Whether there is one of it in its scope.")
    about: str


class Kinds(Schema):
    """All kinds."""

    kinds: list[KindLine]


class KindSheet(KindLine):
    """One kind with the JSON schema of its content, whole and as a draft in which everything may be absent."""

    content: dict[str, Any]
    draft: dict[str, Any]


@router.get("/kinds", response=Kinds, auth=READS)
def kinds(request: HttpRequest) -> Kinds:
    """List all kinds of records."""
    return Kinds(kinds=[KindLine(**_line(one)) for one in sorted(KINDS.values(), key=lambda one: one.__name__)])


@router.get("/kinds/{name}", response=KindSheet, auth=READS)
def kind(request: HttpRequest, name: str) -> KindSheet:
    """Give one kind, by name or prefix, with the JSON schema of its content."""
    found = kind_named(name[:64])
    content, draft = _schemas(found)
    return KindSheet(**_line(found), content=content, draft=draft)


@cache
def _schemas(kind: type[Kind]) -> tuple[dict[str, Any], dict[str, Any]]:
    return kind.model_json_schema(), draft_of(kind).model_json_schema()


def _line(kind: type[Kind]) -> dict[str, Any]:
    meta = kind.meta
    return {
        "name": meta.name,
        "prefix": meta.prefix,
        "version": meta.version,
        "process": meta.process,
        "of": meta.of,
        "single": meta.single,
        "about": " ".join((kind.__doc__ or "").split()),
    }
