"""Entries that are plainly what they should be, read many at once, ten times as fast as by `record.entry.read`.

A million entries have a dozen forms, each with a handful of sets of fields, and the same persons, products, roles and
words again and again. Those of one form are looked at together, one column after the other; what was found to fit is
remembered, so that most of a column is looked up and not looked at.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from asepsis.record import canonical, entry

Fields = dict[str, Any]
Column = list[Any]
Fit = Callable[[Column], bool]

_DECODE = msgspec.json.Decoder().decode
_ENCODE = msgspec.json.Encoder(order="sorted").encode
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError)
_WORDS = frozenset({"choice", "kind"})
"""The names of the shapes whose values are a few words that come again and again."""

_AGAIN = frozenset({"by", "of", "card", "at"})
"""The fields whose values are as few as there are persons, products and acts."""

_HEXADECIMAL = b"0123456789abcdef"


@dataclass(frozen=True, slots=True)
class _Plan:
    """How to look at the entries of one form with one set of fields."""

    columns: tuple[tuple[str, Fit], ...]
    rules: tuple[entry.Rule, ...]

    def fits(self, entries: Sequence[Fields]) -> bool:
        """Return whether all of these entries are what their form asks for."""
        return all(fits([one[name] for one in entries]) for name, fits in self.columns) and all(
            all(map(rule.holds, entries)) for rule in self.rules
        )


class PlainEntries:
    """Reads entries, a few thousand at once, and remembers what it found to fit."""

    def __init__(self) -> None:
        self._plans: dict[tuple[str, ...], _Plan | None] = {}  # by form and fields
        self._seen: dict[entry.Shape, set[str]] = defaultdict(set)
        self._slots: set[bytes] = set()

    def read(self, written: Sequence[bytes]) -> list[Fields | None]:
        """Return the fields of each entry, in their order; `None` where `record.entry.read` has to say.

        Never laxer than that: the bytes are those that canonical JSON gives, hold no null, and each field fits.
        """
        read = _decoded(written)
        alike: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for at, fields in enumerate(read):
            if fields is not None:
                alike[(fields["form"], *fields)].append(at)
        for key, places in alike.items():
            entries = [fields for fields in map(read.__getitem__, places) if fields is not None]
            if not self._fit(key, entries):
                for at, fields in zip(places, entries, strict=True):
                    if len(places) == 1 or not self._fit(key, [fields]):
                        read[at] = None
        return read

    def _fit(self, key: tuple[str, ...], entries: Sequence[Fields]) -> bool:
        if key not in self._plans:
            self._plans[key] = self._plan(entries[0])
        plan = self._plans[key]
        try:
            return plan is not None and plan.fits(entries)
        except (TypeError, AttributeError, UnicodeEncodeError):  # a value of another type than its shape has
            return False

    def _plan(self, fields: Fields) -> _Plan | None:
        """Return how to look at entries with these fields; `None` where no form has them."""
        form = entry.FORMS.get(fields["form"])
        if form is None:
            return None
        shapes = entry.shapes(form)
        needed = {name for name, shape in shapes.items() if not shape.optional}
        if not needed <= fields.keys() <= shapes.keys():
            return None
        tested = [name for name in fields if name != "form"]  # which led here
        return _Plan(tuple((name, self._column(name, shapes[name])) for name in tested), form.rules)

    def _column(self, name: str, shape: entry.Shape) -> Fit:
        """Return the test of a whole column of values of one shape."""
        if name in _AGAIN or shape.name in _WORDS:
            return lambda values: self._are_known(shape, values)
        if shape.name in _DIGITS:
            return lambda values: _are_hexadecimal(values, _DIGITS[shape.name])
        if shape.name in _LEAST:
            return lambda values: _are_whole(values, _LEAST[shape.name])
        if shape is entry.SLOTS:
            return self._are_slots
        return lambda values: all(map(shape.fits, values))

    def _are_known(self, shape: entry.Shape, values: Column) -> bool:
        seen = self._seen[shape]
        new = set(values) - seen
        if not all(map(shape.fits, new)):
            return False
        if shape.name != entry.INSTANT.name:  # of which there are as many as acts
            seen |= new
        return True

    def _are_slots(self, values: Column) -> bool:
        written = dict(zip(map(_ENCODE, values), values, strict=True))
        new = written.keys() - self._slots
        if not all(entry.SLOTS.fits(written[one]) for one in new):
            return False
        self._slots |= new
        return True


_DIGITS = {"id": 32, "digest": 64, "name": 64, "key": 64}
"""How many hexadecimal digits the values of these shapes have."""

_LEAST = {"index": 0, "count": 1}
"""The smallest of the whole numbers that the values of these shapes are."""


def _decoded(written: Sequence[bytes]) -> list[Fields | None]:
    """Return the object that each is the canonical JSON of, with a form and without any null; else `None`."""
    try:
        values = _DECODE(b"[%b]" % b",".join(written))
    except _UNREADABLE:
        values = []
    if len(values) != len(written):  # some of them are no JSON
        values = [_alone(data) for data in written]
    return [
        value if _is_plain(value, data) and _ENCODE(value) == data else None
        for value, data in zip(values, written, strict=True)
    ]


def _alone(data: bytes) -> Any:
    try:
        return _DECODE(data)
    except _UNREADABLE:
        return None


def _is_plain(value: Any, data: bytes) -> bool:
    return (
        type(value) is dict and type(value.get("form")) is str and len(data) <= entry.MOST_BYTES and b"null" not in data
    )


def _are_hexadecimal(values: Column, digits: int) -> bool:
    joined = "".join(values)
    return set(map(len, values)) == {digits} and not joined.encode("ascii").translate(None, _HEXADECIMAL)


def _are_whole(values: Column, least: int) -> bool:
    return set(map(type, values)) == {int} and least <= min(values) and max(values) <= canonical.LARGEST
