"""The XML of tables, with what is wrong with it told in their words."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NoReturn
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException

from asepsis.exchange.xml_pieces import fed, parser_for


class Nothing:
    """What a parser calls that only looks whether a document is well-formed."""

    def close(self) -> None:
        """Do nothing."""


def feed(target: Any, pieces: Iterable[bytes], refuse: Callable[[str], NoReturn], *, is_xml: bool = True) -> None:
    """Have a parser call `target` for a document.

    `refuse` is called, and raises, where a tag is longer than a megabyte, or the document is not well-formed or declares a
    document type or an entity. What is not said to be XML may be anything, and is read as far as it is some.
    """
    try:
        for _ in fed(parser_for(target), pieces, refuse):
            pass
    except DefusedXmlException:
        if is_xml:
            refuse("it declares a document type or an entity, which no table needs")
    except (ParseError, LookupError, ValueError) as problem:
        if is_xml:
            refuse(f"it is not well-formed XML ({problem})")
