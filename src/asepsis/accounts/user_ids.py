"""What people type to say who they are: made of their name, and never given to another (21 CFR 11.100(a))."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container

MOST = 60
_LETTERS = str.maketrans({"ß": "ss", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th"})


def user_id(name: str, taken: Container[str]) -> str:
    """Return a user id for a name that none of `taken` is: `anna.lind`, then `anna.lind2`.

    A name that has no Latin letters gives `person`.
    """
    plain = unicodedata.normalize("NFKD", name.lower().translate(_LETTERS)).encode("ascii", "ignore").decode()
    begin = ".".join(re.findall(r"[a-z0-9]+", plain))[:MOST].strip(".") or "person"
    if begin not in taken:
        return begin
    number = 2
    while f"{begin}{number}" in taken:
        number += 1
    return f"{begin}{number}"
