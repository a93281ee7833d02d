"""A record as bytes, read into a typed shape: what does not fit is told in one sentence."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

import msgspec

from asepsis.errors import InputError
from asepsis.sentences import Sentence

MOST_DEPTH = 60
Shape = TypeVar("Shape")

VECTOR_KINDS = {"2": "CVSS_V2", "3": "CVSS_V3", "4": "CVSS_V4"}
"""OSV's word for a kind of vector, by the first number of its version."""


class UnreadableAdvisoryError(InputError):
    """A record is no advisory in the format that it should have."""

    code = "advisory-unreadable"
    sentence = Sentence("{record} cannot be read as an advisory: {reason}.", next="Fetch its feed again.")


def decoded(data: bytes, decoder: msgspec.json.Decoder[Shape]) -> Shape:
    """Return what `data` holds, with `null` taken for nothing where the shape has none. Raises `UnreadableAdvisoryError`."""
    try:
        return decoder.decode(data)
    except (msgspec.ValidationError, RecursionError):
        return _forgiving(data, decoder)
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        raise UnreadableAdvisoryError(record="A record", reason=str(problem)) from problem


def _forgiving(data: bytes, decoder: msgspec.json.Decoder[Shape]) -> Shape:
    try:
        found: Shape = msgspec.convert(_without_nulls(msgspec.json.decode(data)), decoder.type)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise UnreadableAdvisoryError(record="A record", reason=str(problem)) from problem
    return found


def _without_nulls(value: Any) -> Any:
    """Return a JSON value without its nulls: publishers write `null` where the schema has nothing."""
    if isinstance(value, dict):
        return {key: _without_nulls(one) for key, one in value.items() if one is not None}
    return [_without_nulls(one) for one in value if one is not None] if isinstance(value, list) else value


def distinct(values: Iterable[Shape]) -> tuple[Shape, ...]:
    """Return each value once, in the order in which they first come."""
    return tuple(dict.fromkeys(values))
