"""Values of a decoded document as they may be written, whatever stands in the place of what is expected."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from asepsis.exchange.source import Tally
from asepsis.sentences import Sentence

NULLS = Sentence("A null character stood in a text; U+FFFD stands in its place.")


def text_of(value: Any, tally: Tally | None = None) -> str | None:
    """Return a text that says something, else `None`; `tally` is told of null characters in it, which are replaced."""
    if type(value) is not str or not value or value.isspace():
        return None
    if "\0" in value:
        if tally:
            tally.note(NULLS.said())
        return value.replace("\0", "\ufffd")
    return value


def mapping_of(value: Any) -> dict[str, Any]:
    """Return an object, or an empty one in place of anything else."""
    return value if isinstance(value, dict) else {}


def list_of(value: Any) -> list[Any]:
    """Return a list, or an empty one in place of anything else."""
    return value if isinstance(value, list) else []


def mappings_of(value: Any) -> Iterator[dict[str, Any]]:
    """Yield the objects of a list; anything else holds none."""
    return (one for one in value if isinstance(one, dict)) if isinstance(value, list) else iter(())


def texts_of(value: Any) -> Iterator[str]:
    """Yield the texts of a list that say something; anything else holds none."""
    return filter(None, map(text_of, value)) if isinstance(value, list) else iter(())


def shown(value: Any) -> str:
    """Return a value as a message shows it: short."""
    match value:
        case dict():
            return "an object"
        case list():
            return "a list"
        case None:
            return "nothing"
        case str() if len(value) > 80:
            return f"'{value[:77]}...'"
        case str():
            return f"'{value}'"
        case bool() | int() | float():
            return json.dumps(value)[:80]
        case _:
            return str(value)[:80]
