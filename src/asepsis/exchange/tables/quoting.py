"""Texts that a spreadsheet would run, written with a quote before them, and read back without it.

Excel and its kin take a cell for a formula that begins with one of = + - @ or, once it is trimmed, with a tab or a line
break before; some take the wide forms of these too. A quote before makes a text of it. Quotes that stand before such a
character already get one more, so that what is read back is what was written.

Source: OWASP, CSV Injection.
"""

from __future__ import annotations

import re

_FIRST = r"[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]"
_RUNS = re.compile(f"'*{_FIRST}")
_QUOTED = re.compile(f"'+{_FIRST}")


def quoted(text: str) -> str:
    """Return a text as it is written into a cell."""
    return f"'{text}" if _RUNS.match(text) else text


def unquoted(text: str) -> str:
    """Return the text of a cell as it was meant."""
    return text[1:] if _QUOTED.match(text) else text
