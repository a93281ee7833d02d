"""Documents in UTF-16 or UTF-32, where a format does not ask for UTF-8."""

from __future__ import annotations

import re

from asepsis.exchange.source import Source, Tally
from asepsis.sentences import Sentence

RECODED = Sentence("The document is written in {encoding}, as its first bytes say, and was read so.")

_MARKS = {
    b"\xff\xfe\x00\x00": "utf-32-le",
    b"\x00\x00\xfe\xff": "utf-32-be",
    b"\xff\xfe": "utf-16-le",
    b"\xfe\xff": "utf-16-be",
}


def in_utf8(source: Source, tally: Tally | None = None) -> Source:
    """Return `source` in UTF-8, where its first bytes say that it is in UTF-16 or UTF-32; else as it is.

    `tally` is told. Raises `EncodingError`.
    """
    for mark, encoding in _MARKS.items():
        if source.data.startswith(mark):
            if tally is not None:
                tally.note(RECODED.said(encoding=encoding.upper()))
            return Source(source.name, source.text(encoding).encode())
    return source


_DECLARATION = re.compile(rb"\s*<\?xml[^>]{0,200}\?>")


def in_utf8_xml(source: Source, tally: Tally | None = None) -> Source:
    """Return an XML document as `in_utf8` does, without the declaration where that would no longer be true."""
    recoded = in_utf8(source, tally)
    return recoded if recoded is source else Source(source.name, _DECLARATION.sub(b"", recoded.data, count=1))
