"""The content of a record as a program gives it: references by label or id, only to what its person may see; files beside it."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from asepsis.errors import InputError
from asepsis.readers import visible
from asepsis.record.kind import DIGEST, ID, Kind, references, shape_of
from asepsis.sentences import Sentence
from asepsis.store import refusals


class UnfitFileError(InputError):
    """A file that comes with a record is none, or nothing in the record names it."""

    code = "file-unfit"
    sentence = Sentence(
        "File {number} cannot be kept: {reason}.", next="Send it in base64, named by its SHA-256 in the content."
    )


def with_ids(kind: type[Kind], value: dict[str, Any], standing: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the content with each label in a reference as the id of its record.

    `standing` is the content that is revised: what it refers to may stay. Raises `UnknownRecordError` for what is not there
    or may not be seen, as if it were not there.
    """
    found = value
    for path in shape_of(kind).targets:
        found = _resolved(found, tuple(path.split(".")))
    kept = {one.target for one in references(kind, standing)} if standing else set()
    wanted = [one.target for one in references(kind, found) if one.target not in kept and re.fullmatch(ID, one.target)]
    there = visible.by_id(wanted)
    for one in wanted:
        if one not in there:
            raise refusals.UnknownRecordError(record=one)
    return found


def _resolved(value: Any, path: tuple[str, ...]) -> Any:
    if isinstance(value, list):
        return [_resolved(one, path) for one in value]
    if not path:
        return _id_of(value) if isinstance(value, str) else value
    if isinstance(value, dict) and path[0] in value:
        return value | {path[0]: _resolved(value[path[0]], path[1:])}
    return value


def _id_of(text: str) -> str:
    return text if re.fullmatch(ID, text) else visible.record(text).id


def files_of(value: dict[str, Any], given: list[str]) -> tuple[bytes, ...]:
    """Return the files that come with a content, in base64, each of which it names by its SHA-256. Raises `UnfitFileError`."""
    named, found = frozenset(_digests(value)), []
    for number, text in enumerate(given, 1):
        try:
            data = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError) as error:
            raise UnfitFileError(number=number, reason="it is not base64") from error
        if sha256(data).hexdigest() not in named:
            raise UnfitFileError(number=number, reason="nothing in the content names its SHA-256")
        found.append(data)
    return tuple(found)


def _digests(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for one in value.values():
            yield from _digests(one)
    elif isinstance(value, list):
        for one in value:
            yield from _digests(one)
    elif isinstance(value, str) and re.fullmatch(DIGEST, value):
        yield value


def digests(value: Any) -> frozenset[str]:
    """Return the digests that stand in a content."""
    return frozenset(_digests(value))
