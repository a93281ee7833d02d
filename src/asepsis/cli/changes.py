"""What changed between two revisions of a record, as lines for a terminal and as plain values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from asepsis.cli.names import StoreNames
from asepsis.cli.output import Part, Styled
from asepsis.record.diff import FieldChange, Mark, differences
from asepsis.record.kind import kind_named
from asepsis.store import queries

if TYPE_CHECKING:
    from asepsis.store.models import Record

STYLES = {Mark.KEPT: "", Mark.ADDED: "green underline", Mark.REMOVED: "red strike"}
SIGNS = {Mark.KEPT: ("", ""), Mark.ADDED: ("{+", "+}"), Mark.REMOVED: ("[-", "-]")}


def between(kind: str, before: dict[str, Any], after: dict[str, Any]) -> tuple[FieldChange, ...]:
    """Return what differs between two contents of a kind, with records and people by name."""
    return differences(kind_named(kind), before, after, StoreNames().shown)


def since_effective(row: Record) -> Iterator[str]:
    """Yield what the head of a record changes in what is effective, or all of it where nothing is, as plain lines."""
    found = between(row.kind, queries.effective_value(row) or {}, queries.head_value(row) or {})
    return (line for one in found for line in plain_lines(one))


def plain_lines(change: FieldChange) -> Iterator[str]:
    """Yield one change as text without colours: `[-gone-]`, `{+new+}`."""
    text = "".join(SIGNS[one.mark][0] + one.text + SIGNS[one.mark][1] for one in change.pieces)
    if change.mark is Mark.ADDED:
        text = change.after or ""
    first, *rest = f"{heading(change)}: {text}".split("\n")
    yield first
    yield from (f"    {line}" for line in rest)


def heading(change: FieldChange) -> str:
    """Return the name of the field that changed, with what it is if it is progress."""
    return f"{change.path}{' (progress)' if change.progress else ''}"


def parts(changes: Sequence[FieldChange], *, coloured: bool) -> tuple[Part, ...]:
    """Return changes for people: in colour at a terminal, with signs elsewhere."""
    if not coloured:
        return tuple(line for one in changes for line in plain_lines(one))
    return tuple(
        Styled(((f"{heading(one)}: ", "bold"), *((piece.text, STYLES[piece.mark]) for piece in one.pieces)))
        for one in changes
    )


def value(change: FieldChange) -> dict[str, Any]:
    """Return one change as a plain JSON value."""
    return {
        "field": change.path,
        "before": change.before,
        "after": change.after,
        "progress": change.progress,
        "immaterial": change.immaterial,
        "pieces": [{"text": one.text, "mark": str(one.mark)} for one in change.pieces],
    }
