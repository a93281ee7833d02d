"""XML that is fed to a parser piece by piece, so that one endless tag does not make it begin again with each piece."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NoReturn

from defusedxml.ElementTree import DefusedXMLParser

from asepsis.exchange.source import MIB

PIECE = 64 * 1024
MOST_TAG = MIB  # bytes of one tag with its attributes, one comment or one instruction


def parser_for(target: Any) -> Any:
    """Return a parser that calls `target`, and refuses a document type or an entity, whatever it says."""
    return DefusedXMLParser(target=target, forbid_dtd=True, forbid_entities=True, forbid_external=True)


def fed(
    parser: Any, pieces: Iterable[bytes], refuse: Callable[[str], NoReturn], *, most_tag: int = MOST_TAG
) -> Iterator[None]:
    """Feed a document, and come back after each piece, for who goes through it meanwhile; then close it.

    `refuse` is called, and raises, where one tag has more bytes than `most_tag`. Raises what the parser raises.
    """
    given = 0
    for piece in pieces:
        given += len(piece)
        parser.feed(piece)
        if given - parser.parser.CurrentByteIndex > most_tag + PIECE:
            refuse(f"one tag is longer than {most_tag:,} bytes")
        yield
    parser.close()


def in_pieces(data: bytes) -> Iterator[bytes]:
    """Yield bytes in pieces."""
    return (data[at : at + PIECE] for at in range(0, len(data), PIECE))
