"""A licensed text of the standard, laid over the catalogue by its owner: shown beside our words and kept out of all else.

It enters no digest, export or assessment, since the text is not ours to hand on.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from asepsis.clauses.catalogue import Catalogue, UnknownClauseError, UnknownObligationError
from asepsis.errors import InputError
from asepsis.sentences import Sentence

LARGEST_FILE = 2 * 1024 * 1024  # bytes: the whole standard is a tenth of it
LONGEST_TEXT = 40_000  # characters of one clause


class UnreadableOverlayError(InputError):
    """A file is not a licensed text that can be laid over the catalogue."""

    code = "overlay-unreadable"
    sentence = Sentence(
        "{source} cannot be laid over the catalogue: {reason}.",
        next='Write it as JSON: {{"edition": "{edition}", "texts": {{"5.8.1": "..."}}}}.',
    )


@dataclass(frozen=True, slots=True)
class Overlay:
    """The texts of clauses and obligations by number, as their owner entered them. Never part of an export."""

    texts: Mapping[str, str]

    def text(self, number: str) -> str | None:
        """Return the licensed text of a clause or obligation, if its owner entered one."""
        return self.texts.get(number)


NOTHING = Overlay(MappingProxyType({}))


def read_overlay(path: Path, catalogue: Catalogue) -> Overlay:
    """Return the licensed text that a file of at most 2 MiB holds. Raises `UnreadableOverlayError`."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise _refused(path.name, catalogue, f"it cannot be opened ({error.strerror})") from error
    return overlay(data, catalogue, source=path.name)


def overlay(data: bytes, catalogue: Catalogue, *, source: str) -> Overlay:
    """Return the licensed text that `data` holds, as JSON with the `edition` and `texts` by clause or obligation.

    Raises `UnreadableOverlayError`, which names `source` and the place, where it is too large, no JSON, for another
    edition, or speaks of a clause or obligation that the catalogue does not have. Then nothing of it is taken.
    """
    value = _object(data, catalogue, source)
    if extra := sorted(value.keys() - {"edition", "texts"}):
        raise _refused(source, catalogue, f"it has a member '{extra[0][:40]}' where only edition and texts are known")
    if value.get("edition") != catalogue.edition.id:
        raise _refused(source, catalogue, f"its edition is not {catalogue.edition.id}")
    texts = value.get("texts")
    if not isinstance(texts, dict):
        raise _refused(source, catalogue, "texts is not an object of numbers and texts")
    for number, text in texts.items():
        _known(number, catalogue, source)
        _fit(number, text, catalogue, source)
    return Overlay(MappingProxyType(dict(texts)))


def _object(data: bytes, catalogue: Catalogue, source: str) -> dict[str, Any]:
    if len(data) > LARGEST_FILE:
        raise _refused(source, catalogue, f"it is larger than {LARGEST_FILE // 1024 // 1024} MiB")
    try:
        value = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_once)
    except UnicodeDecodeError as error:
        raise _refused(source, catalogue, f"byte {error.start} is not UTF-8") from error
    except json.JSONDecodeError as error:
        raise _refused(source, catalogue, f"line {error.lineno} column {error.colno} is not JSON") from error
    except RecursionError as error:
        raise _refused(source, catalogue, "it is nested too deeply") from error
    except _TwiceError as error:
        raise _refused(source, catalogue, f"'{error.key[:40]}' stands in it twice") from error
    except ValueError as error:  # an integer of more digits than Python reads
        raise _refused(source, catalogue, "it holds a number that is too long") from error
    if not isinstance(value, dict):
        raise _refused(source, catalogue, "it is not a JSON object")
    return value


def _known(number: str, catalogue: Catalogue, source: str) -> None:
    try:
        if "-" in number:
            catalogue.obligation(number)
        else:
            catalogue.clause(number)
    except (UnknownClauseError, UnknownObligationError) as error:
        raise _refused(source, catalogue, f"'{number[:40]}' is no clause or obligation of this edition") from error


def _fit(number: str, text: Any, catalogue: Catalogue, source: str) -> None:
    if not isinstance(text, str) or not text.strip():
        raise _refused(source, catalogue, f"the text of {number} is empty or no text")
    if len(text) > LONGEST_TEXT:
        raise _refused(source, catalogue, f"the text of {number} is longer than {LONGEST_TEXT:,} characters")
    if any((one < " " and one not in "\t\n\r") or "\ud800" <= one <= "\udfff" for one in text):
        raise _refused(source, catalogue, f"the text of {number} holds a control character")


def _refused(source: str, catalogue: Catalogue, reason: str) -> UnreadableOverlayError:
    return UnreadableOverlayError(source=source, reason=reason, edition=catalogue.edition.id)


class _TwiceError(Exception):
    """A JSON object holds one key twice."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _TwiceError(key)
        found[key] = value
    return found
