"""Moments as fact documents write them: UTC, to the microsecond at most."""

from __future__ import annotations

from datetime import UTC, datetime


def instant(moment: datetime) -> str:
    """Return `moment`, which knows its offset, as `2026-11-25T01:02:03Z`, with a fraction where it has one.

    Raises `ValueError` when it knows none, or lies outside the years 1 to 9999 in UTC.
    """
    if moment.tzinfo is None:
        raise ValueError(f"{moment} does not say its offset from UTC")
    try:
        return moment.astimezone(UTC).isoformat().removesuffix("+00:00") + "Z"
    except OverflowError as problem:
        raise ValueError(f"{moment} lies outside the years 1 to 9999") from problem


def written_instant(text: str) -> tuple[str, bool]:
    """Return the moment that an ISO 8601 date and time names, as `instant` writes it, and whether it named its offset.

    One without an offset is taken as UTC. Raises `ValueError` for anything else, a date alone among it.
    """
    if "T" not in (text := text.strip()) and " " not in text:
        raise ValueError(f"{text!r} is no date and time")
    moment = datetime.fromisoformat(text)
    return (instant(moment.replace(tzinfo=UTC)), False) if moment.tzinfo is None else (instant(moment), True)
