"""What changed between two contents of a kind, field by field and word by word, for people to read."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any

from asepsis.record.kind import ID, Kind, shape_of

MOST_WORDS = 3_000  # of one text that are compared as words; longer texts are compared by lines

Show = Callable[[str], str]


class Mark(StrEnum):
    """What became of a piece of text."""

    KEPT = "kept"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text, with what became of it."""

    text: str
    mark: Mark


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field that changed. `path` is its place as people read it: `values[2].why`, counted from 1.

    `before` or `after` is `None` where the field was absent. `pieces`, joined, are the old text (those kept or removed)
    and the new one (those kept or added). `progress`: it only says what happened after signing. `immaterial`: it makes
    no link suspect.
    """

    path: str
    before: str | None
    after: str | None
    pieces: tuple[Piece, ...]
    progress: bool = False
    immaterial: bool = False

    @property
    def mark(self) -> Mark:
        """Return whether the field came, went, or says something else (then `kept`)."""
        if self.before is None:
            return Mark.ADDED
        return Mark.REMOVED if self.after is None else Mark.KEPT


def differences(
    kind: type[Kind], before: dict[str, Any], after: dict[str, Any], show: Show | None = None
) -> tuple[FieldChange, ...]:
    """Return each field that differs between two plain values of `kind`, in the order of its fields.

    `show` says how an id of a record or person is written; without it, it stays an id.
    """
    shape = shape_of(kind)
    nested = {".".join(path) for path in shape.nested_progress}
    changes = []
    for name in (*kind.model_fields, *sorted((before.keys() | after.keys()) - kind.model_fields.keys())):
        for path, old, new in _leaves(name, before.get(name), after.get(name)):
            plain_path = re.sub(r"\[\d+\]", "", path)
            was, now = _told(old, show), _told(new, show)
            changes.append(
                FieldChange(
                    path,
                    was,
                    now,
                    words(was or "", now or ""),
                    progress=name in shape.progress or plain_path in nested,
                    immaterial=name in shape.immaterial,
                )
            )
    return tuple(changes)


def words(before: str, after: str) -> tuple[Piece, ...]:
    """Return how one text became the other, in pieces of whole words with the blanks behind them."""
    old, new = _words(before), _words(after)
    if max(len(old), len(new)) > MOST_WORDS:
        old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    if max(len(old), len(new)) > MOST_WORDS:
        return _joined([Piece(before, Mark.REMOVED), Piece(after, Mark.ADDED)])
    pieces: list[Piece] = []
    for what, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what == "equal":
            pieces.append(Piece("".join(old[i:j]), Mark.KEPT))
        else:
            pieces += [Piece("".join(old[i:j]), Mark.REMOVED), Piece("".join(new[k:m]), Mark.ADDED)]
    return _joined(pieces)


def _joined(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    return tuple(piece for piece in pieces if piece.text)


def _words(text: str) -> list[str]:
    return re.findall(r"\S+\s*|^\s+", text)


def _leaves(path: str, before: Any, after: Any) -> Iterator[tuple[str, Any, Any]]:
    """Yield each place at which two values differ, with what stands there in each."""
    if before == after and type(before) is type(after):
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for name in dict.fromkeys((*before, *after)):
            yield from _leaves(f"{path}.{name}", before.get(name), after.get(name))
    elif isinstance(before, list | None) and isinstance(after, list | None):
        yield from _members(path, before or [], after or [])
    else:
        yield path, before, after


def _members(path: str, before: list[Any], after: list[Any]) -> Iterator[tuple[str, Any, Any]]:
    """Yield the members of a list that came, went or changed; what only moved along with others is not told."""
    old, new = [_key(one) for one in before], [_key(one) for one in after]
    for what, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what == "equal":
            continue
        paired = min(j - i, m - k)
        for step in range(paired):
            yield from _leaves(f"{path}[{k + step + 1}]", before[i + step], after[k + step])
        for at in range(i + paired, j):
            yield f"{path}[{at + 1}]", before[at], None
        for at in range(k + paired, m):
            yield f"{path}[{at + 1}]", None, after[at]


def _key(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _told(value: Any, show: Show | None) -> str | None:
    """Return a value as text: a nested one as `name: value` lines."""
    match value:
        case None:
            return None
        case bool():
            return "yes" if value else "no"
        case str():
            return show(value) if show is not None and re.fullmatch(ID, value) else value
        case dict():
            return "\n".join(f"{name}: {_told(one, show)}" for name, one in value.items())
        case list():
            return ", ".join(_told(one, show) or "" for one in value)
        case _:
            return str(value)
