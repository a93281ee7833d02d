"""TOML as plain values."""

from __future__ import annotations

import re
import tomllib
from typing import Any

from asepsis.exchange.source import MIB, MOST_DEPTH, Source, UnreadableError, is_deeper
from asepsis.sentences import Sentence

MOST_BYTES = 64 * MIB


class UnreadableTomlError(UnreadableError):
    """A source is not TOML."""

    code = "toml-unreadable"
    sentence = Sentence(
        "{source} cannot be read as TOML: {reason}.",
        next="Have the tool that made it write it again, and give that file as it is.",
    )


def decode_toml(source: Source) -> dict[str, Any]:
    """Return the document that `source` holds. Raises `UnreadableTomlError`, `EncodingError` or `SourceTooLargeError`."""
    text = source.limited(MOST_BYTES).text()
    try:
        value = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        reason = re.sub(r"^(?P<first>\w)", lambda found: found[0].lower(), str(problem))
        raise UnreadableTomlError(source=source.name, reason=reason) from problem
    except RecursionError as problem:
        raise UnreadableTomlError(source=source.name, reason=f"it nests deeper than {MOST_DEPTH} levels") from problem
    if is_deeper(value, MOST_DEPTH):
        raise UnreadableTomlError(source=source.name, reason=f"it nests deeper than {MOST_DEPTH} levels")
    return value
