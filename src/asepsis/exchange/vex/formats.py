"""The formats in which statements on vulnerabilities are read and written, as one table."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from asepsis.errors import InputError
from asepsis.exchange.source import Source, decode_json
from asepsis.exchange.vex import csaf, cyclonedx, openvex
from asepsis.exchange.vex.statement import Statement, Statements, UnreadableVexError
from asepsis.sentences import Sentence


class UnknownVexFormatError(InputError):
    """Statements are not written in a format of a name."""

    code = "vex-format-unknown"
    sentence = Sentence("Statements are not written as '{name}'.", next="Name one of {known}.")


@dataclass(frozen=True, slots=True)
class VexFormat:
    """One format: how it is told from a decoded document, how it is read, and how a document of it is made."""

    name: str
    title: str
    is_of: Callable[[Any], bool]
    read: Callable[[Source], Statements]
    document: Callable[..., dict[str, Any]]

    def write(self, statements: Iterable[Statement], *, name: str, author: str, at: str, **given: str) -> bytes:
        """Return the bytes of a document; equal statements give equal bytes, in whatever order they come."""
        return in_bytes(self.document(statements, name=name, author=author, at=at, **given))


def in_bytes(value: dict[str, Any]) -> bytes:
    """Return a document as it is written: two spaces for each level, and a line end."""
    return json.dumps(value, indent=2, ensure_ascii=False).encode() + b"\n"


FORMATS = MappingProxyType(
    {
        one.name: one
        for one in (
            VexFormat("openvex", "OpenVEX 0.2.0", openvex.is_openvex, openvex.read, openvex.document),
            VexFormat("csaf", "CSAF 2.0 and 2.1", csaf.is_csaf, csaf.read, csaf.document),
            VexFormat("cyclonedx", "CycloneDX 1.4 to 1.7", cyclonedx.is_cyclonedx, cyclonedx.read, cyclonedx.document),
        )
    }
)


def named(name: str) -> VexFormat:
    """Return the format of a name. Raises `UnknownVexFormatError`."""
    if name not in FORMATS:
        raise UnknownVexFormatError(name=name, known=sorted(FORMATS))
    return FORMATS[name]


def read(source: Source) -> Statements:
    """Return the statements of a document, whichever of the formats it is in.

    Raises `UnreadableVexError`, and what `decode_json` raises.
    """
    value = decode_json(source).value
    for one in FORMATS.values():
        if one.is_of(value):
            return one.read(source)
    raise UnreadableVexError(
        source=source.name, reason="it is none of " + ", ".join(one.title for one in FORMATS.values())
    )
