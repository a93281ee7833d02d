"""Which formats of tables are read, told by the bytes and the name of a file."""

from __future__ import annotations

from asepsis.exchange.source import Source
from asepsis.exchange.tables import delimited, reqif, workbook
from asepsis.exchange.tables.sheet import Book


def read(source: Source) -> Book:
    """Return the sheets of a CSV file, an Excel workbook or a ReqIF document. Raises an `UnreadableError`."""
    name = source.name.casefold()
    if name.endswith((".reqif", ".reqifz")) or source.data.lstrip(b"\xef\xbb\xbf \r\n\t")[:5] == b"<?xml":
        return reqif.read(source)
    if name.endswith((".xlsx", ".xlsm", ".xls")) or source.data[:4] in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0"):
        return workbook.read(source)
    return delimited.read(source)
