"""XML fed to a parser piece by piece, so that one endless tag does not make it begin again with each piece."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NoReturn
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from asepsis.exchange.source import MIB

PIECE = 256 * 1024
MOST_TAG = MIB  # bytes of one tag with its attributes, one comment or one instruction


class Nothing:
    """What a parser calls that only looks whether a document is well-formed."""

    def close(self) -> None:
        """Do nothing."""


def fed(pieces: Iterable[bytes], target: Any, refuse: Callable[[str], NoReturn], *, is_xml: bool = True) -> Any:
    """Return what `target` gives at its close, once a document was fed to it.

    `refuse` is called, and raises, where a tag is longer than a megabyte, or the document is not well-formed or declares a
    document type or an entity. What is not said to be XML may be anything, and is read as far as it is some: `None`.
    """
    parser = DefusedXMLParser(target=target, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    given = 0
    try:
        for piece in pieces:
            given += len(piece)
            parser.feed(piece)
            if given - parser.parser.CurrentByteIndex > MOST_TAG + PIECE:
                refuse(f"one tag is longer than {MOST_TAG:,} bytes")
        return parser.close()
    except DefusedXmlException:
        if not is_xml:
            return None
        refuse("it declares a document type or an entity, which no table needs")
    except (ParseError, LookupError, ValueError) as problem:
        if not is_xml:
            return None
        refuse(f"it is not well-formed XML ({problem})")


def in_pieces(data: bytes) -> Iterable[bytes]:
    """Yield bytes in pieces."""
    return (data[at : at + PIECE] for at in range(0, len(data), PIECE))
