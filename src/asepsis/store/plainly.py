"""Entries that are plainly what they should be, read several times as fast as by `record.entry.read`.

A million entries have a dozen forms, each with a handful of sets of fields, and the same persons, products, roles and
words again and again. What was found to fit is remembered, so that most of an entry is looked up and not looked at.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from asepsis.record import entry

Fields = dict[str, Any]
Fits = Callable[[Any], bool]

_DECODE = msgspec.json.Decoder().decode
_ENCODE = msgspec.json.Encoder(order="sorted").encode
_WORDS = frozenset({"choice", "kind"})
"""The names of the shapes whose values are a few words that come again and again."""

_AGAIN = frozenset({"by", "of", "card"})
"""The fields whose values are as few as there are persons and products."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """How to look at the entries of one form with one set of fields."""

    words: tuple[tuple[str, set[Any], Fits], ...]
    tested: tuple[tuple[str, Fits], ...]
    rules: tuple[entry.Rule, ...]


class PlainEntries:
    """Reads one entry after the other and remembers what it found to fit."""

    def __init__(self) -> None:
        self._plans: dict[tuple[str, ...], _Plan] = {}  # by form and fields
        self._seen: dict[entry.Shape, set[Any]] = defaultdict(set)
        self._slots: set[bytes] = set()
        self._instant: str | None = None

    def read(self, data: bytes) -> Fields | None:
        """Return the fields of an entry; `None` where `record.entry.read` has to say.

        Never laxer than that: the bytes are those that canonical JSON gives, hold no null, and each field fits.
        """
        try:
            fields: Fields = _DECODE(data)
            if len(data) > entry.MOST_BYTES or b"null" in data or _ENCODE(fields) != data:
                return None
            plan = self._plans.get((fields["form"], *fields)) or self._plan(fields)
            if plan is None:
                return None
            for name, seen, fits in plan.words:
                value = fields[name]
                if value not in seen:
                    if not fits(value):
                        return None
                    seen.add(value)
            for name, fits in plan.tested:
                if not fits(fields[name]):
                    return None
            for rule in plan.rules:
                if not rule.holds(fields):
                    return None
        except (msgspec.DecodeError, KeyError, TypeError, AttributeError):
            return None
        return fields

    def _plan(self, fields: Fields) -> _Plan | None:
        """Return how to look at entries with these fields; `None` where no form has them."""
        form = entry.FORMS[fields["form"]]
        shapes = entry.shapes(form)
        needed = {name for name, shape in shapes.items() if not shape.optional}
        if not needed <= fields.keys() <= shapes.keys():
            return None
        often: dict[entry.Shape, Fits] = {entry.INSTANT: self._is_instant, entry.SLOTS: self._are_slots}
        tested = fields.keys() - {"form"}  # which led here
        remembered = {name for name in tested if name in _AGAIN or shapes[name].name in _WORDS}
        plan = self._plans[(form.name, *fields)] = _Plan(
            tuple((name, self._seen[shapes[name]], shapes[name].fits) for name in remembered),
            tuple((name, often.get(shapes[name], shapes[name].fits)) for name in tested - remembered),
            form.rules,
        )
        return plan

    def _is_instant(self, value: Any) -> bool:
        if value != self._instant:
            if not entry.INSTANT.fits(value):
                return False
            self._instant = value
        return True

    def _are_slots(self, value: Any) -> bool:
        written = _ENCODE(value)
        if written not in self._slots:
            if not entry.SLOTS.fits(value):
                return False
            self._slots.add(written)
        return True
