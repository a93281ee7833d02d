"""Object identifiers, by their syntax alone: the values that the standard assigns are nobody's to guess."""

from __future__ import annotations

import re

from asepsis.errors import InputError
from asepsis.sentences import Sentence

LONGEST = 255
_FORM = re.compile(r"(?:[01](?:\.(?:[0-9]|[1-3][0-9]))|2(?:\.(?:0|[1-9][0-9]*)))(?:\.(?:0|[1-9][0-9]*))*")


class MalformedOidError(InputError):
    """A text is not an object identifier in dotted form."""

    code = "oid-malformed"
    sentence = Sentence(
        "'{text}' is no object identifier in dotted form, such as 1.0.62304.",
        next="Enter it as the licensed text prints it: numbers joined by dots, none with a leading zero.",
    )


def object_identifier(text: str) -> str:
    """Return `text` if it is an object identifier in dotted form, of at most 255 characters.

    The first arc is 0, 1 or 2; the second is below 40 under 0 and 1; no arc has a leading zero.

    Raises `MalformedOidError`. Source: ITU-T X.660 and X.690, 8.19.4.
    """
    if len(text) > LONGEST or _FORM.fullmatch(text) is None:
        raise MalformedOidError(text=text[:60])
    return text
