"""What requests and answers are made of: strict about what is given, so that nothing is taken in that no route asks for."""

from __future__ import annotations

from typing import Annotated, Any

from ninja import Schema
from pydantic import ConfigDict, Field

from asepsis.record.diff import FieldChange
from asepsis.record.history import Head
from asepsis.store.models import Record

ORGANISATION = "ORG"
LIMIT = 50
MOST = 200
Limit = Annotated[int, Field(ge=1, le=MOST, description="How many at the most.")]
Label = Annotated[str, Field(max_length=40)]
Why = Annotated[str, Field(min_length=1, max_length=4_000, pattern=r"\S", description="The reason; it is kept.")]
Position = Annotated[int, Field(ge=0, le=2**53)]


class Asked(Schema):
    """Something that is given: a key that nobody asks for is refused, not passed over."""

    model_config = ConfigDict(extra="forbid")


class Problem(Schema):
    """Why something did not happen (RFC 9457): `code` never changes, `next` says what to do."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    next: str | None = None


class RecordLine(Schema):
    """One record in a list."""

    id: str
    label: str
    kind: str
    product: str | None = Field(None, description="The id of its product; absent: the organisation's.")
    title: str
    head: str = Field(
        description="draft, submitted, rejected, withdrawn or effective: where the newest revision stands."
    )
    standing: str = Field(description="none, effective or retired: whether the record counts.")
    revision: int
    effective_revision: int | None = None
    who: str | None = None
    due: str | None = None
    group: str | None = None
    changed_at: str
    changed_position: int
    withheld: bool = Field(description="Whether only some see it. Who is not one of them does not find it here.")

    @classmethod
    def of(cls, row: Record) -> RecordLine:
        """Return a record as a line."""
        return cls(**line_values(row))


def line_values(row: Record) -> dict[str, Any]:
    """Return what a list says of a record."""
    return {
        "id": row.id,
        "label": row.label,
        "kind": row.kind,
        "product": row.product,
        "title": row.title,
        "head": Head(row.head_state).value,
        "standing": row.standing,
        "revision": row.head_number,
        "effective_revision": row.effective_number or None,
        "who": row.who,
        "due": row.due,
        "group": row.group,
        "changed_at": row.changed_at,
        "changed_position": row.changed_position,
        "withheld": row.embargoed,
    }


class Changed(Schema):
    """What differs in one field between two revisions."""

    field: str
    before: str | None = None
    after: str | None = None
    progress: bool
    immaterial: bool

    @classmethod
    def of(cls, change: FieldChange) -> Changed:
        """Return a change as it is told."""
        return cls(
            field=change.path,
            before=change.before,
            after=change.after,
            progress=change.progress,
            immaterial=change.immaterial,
        )
