"""When a statement was made, as the formats write it."""

from __future__ import annotations

from typing import Any

from asepsis.exchange.instants import written_instant


def moment(value: Any) -> str | None:
    """Return the instant that a text names, in UTC; `None` for anything that is no date and time."""
    try:
        return written_instant(value)[0] if isinstance(value, str) else None
    except ValueError:
        return None
