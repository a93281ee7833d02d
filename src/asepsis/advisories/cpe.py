"""Names of products in the Common Platform Enumeration, as bills and the NVD write them.

Source: NIST IR 7695 (the two bindings of a name, 6.1 and 6.2).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote

MOST_CHARACTERS = 1_024
ANY, NONE = "*", "-"
_AT_COLON = re.compile(r"(?<!\\):")
_ESCAPED = re.compile(r"\\(.)")


class Cpe(NamedTuple):
    """A name of a product: `part` is a, o or h. "*" stands for any value and "-" for none; escapes are resolved."""

    part: str
    vendor: str
    product: str
    version: str = ANY
    update: str = ANY
    target: str = ANY  # the software that it runs with: "node.js", "wordpress"


@lru_cache(maxsize=65_536)
def parse(text: str) -> Cpe | None:
    """Return the name that a formatted string (2.3) or an URI (2.2) holds; `None` where it holds none."""
    if len(text) > MOST_CHARACTERS:
        return None
    if text.startswith("cpe:2.3:"):
        fields = [_ESCAPED.sub(r"\1", one) for one in _AT_COLON.split(text)[2:]]
        at_target = 8
    elif text.lower().startswith("cpe:/"):
        fields = [unquote(one) for one in text[5:].split(":")]
        if len(fields) > 5 and fields[5].startswith("~"):  # edition, target software and others packed into one
            packed = fields[5].split("~")
            fields[5:] = [packed[1] if len(packed) > 1 else "", "", "", packed[3] if len(packed) > 3 else ""]
        at_target = 8
    else:
        return None
    if len(fields) < 3 or fields[0] not in ("a", "o", "h") or not fields[2]:
        return None
    told = [one.lower() or ANY for one in fields] + [ANY] * 9
    return Cpe(told[0], told[1], told[2], fields[3] if len(fields) > 3 and fields[3] else ANY, told[4], told[at_target])
