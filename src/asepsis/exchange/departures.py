"""Where a document departs from its published schema; looked for part by part, so that it need not stand in memory whole."""

from __future__ import annotations

import hashlib
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import jsonschema_rs
import msgspec

from asepsis.exchange.json_values import shown

MOST_DEPARTURES = 20
MOST_MESSAGE = 300


class Schema(NamedTuple):
    """A JSON schema that stands under `schemas/`."""

    folder: str
    file: str


class Departures:
    """Where a document departs from a schema: `found` names the first 20 departures, in the order in which it was looked at."""

    def __init__(self, schema: Schema) -> None:
        self.found: tuple[str, ...] = ()
        self._schema = schema
        self._seen: dict[str, set[bytes]] = {}

    def look(self, part: Any, path: str = "", shape: str = "") -> None:
        """Look at the document without its long lists, or at a part at `path`, whose schema stands at the pointer `shape`."""
        if len(self.found) < MOST_DEPARTURES and not (validator := _validator(self._schema, shape)).is_valid(part):
            more = islice(validator.iter_errors(part), MOST_DEPARTURES - len(self.found))
            self.found += tuple(_departure(error, part, path) for error in more)

    def look_through(self, elements: list[Any], at: int, path: str, shape: str, *, may_repeat: bool = False) -> None:
        """Look at the elements of the list at `path`, from the `at`th on, and whether one stood in it before."""
        if len(self.found) >= MOST_DEPARTURES:
            return
        if not _validator(self._schema, shape, is_list=True).is_valid(elements):
            for number, element in enumerate(elements, at):
                self.look(element, f"{path}/{number}", shape)
        if not may_repeat:
            self._look_for_repeats(elements, at, path)

    def _look_for_repeats(self, elements: list[Any], at: int, path: str) -> None:
        seen = self._seen.setdefault(path, set())
        for number, element in enumerate(elements, at):
            before = len(seen)
            seen.add(hashlib.blake2b(_SORTED.encode(element), digest_size=16).digest())
            if len(seen) == before and len(self.found) < MOST_DEPARTURES:
                self.found += (f"{path}/{number}: the same stands before it in the list",)


_SORTED = msgspec.json.Encoder(order="sorted")
_MASK = "\0"  # stands for the value in a message of the validator, which else would write it out, however large it is


def _departure(error: jsonschema_rs.ValidationError, part: Any, path: str) -> str:
    value = part
    for step in error.instance_path:
        value = value[step]
    told = "it" if isinstance(value, dict | list) else shown(value)
    where = path + "".join(f"/{step}" for step in error.instance_path) or "the document"
    return f"{where}: {error.message.replace(_MASK, told)}"[:MOST_MESSAGE]


@cache
def _validator(schema: Schema, shape: str = "", *, is_list: bool = False) -> Any:
    """Return the validator of a whole document, or of what the schema has at the pointer `shape`, or of a list of these."""
    address, registry, draft = _read(schema)
    element = {"$ref": f"{address}#{shape}" if shape else address}
    return draft(
        {"type": "array", "items": element} if is_list else element,
        registry=registry,
        retriever=_refused,
        validate_formats=True,
        mask=_MASK,
    )


@cache
def _read(schema: Schema) -> tuple[str, jsonschema_rs.Registry, Any]:
    """Return the address of a schema, a registry of it and of what it may refer to, and the validator of its draft."""
    folder = Path(__file__).with_name("schemas") / schema.folder
    beside = sorted(file for file in folder.glob("*.json") if not file.name.startswith(_WHOLE))
    read = {file.name: _SCHEMA.decode(file.read_bytes()) for file in (*beside, folder / schema.file)}
    whole = read[schema.file]
    later = "2019-09" in whole["$schema"]
    registry = jsonschema_rs.Registry(
        [(one["$id"], one) for one in read.values()],
        draft=jsonschema_rs.Draft201909 if later else jsonschema_rs.Draft7,
        retriever=_refused,
    )
    return whole["$id"], registry, jsonschema_rs.Draft201909Validator if later else jsonschema_rs.Draft7Validator


_WHOLE = "bom-"  # how the schemas of whole documents are called: no other refers to them
_SCHEMA = msgspec.json.Decoder(dict[str, Any])


def _refused(uri: str) -> NoReturn:
    """Refuse to fetch a schema: the validator would go to the network for one that is not vendored."""
    raise LookupError(f"the schema {uri} is not vendored")
