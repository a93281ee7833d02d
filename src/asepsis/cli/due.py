"""What is due: a list, or a calendar file that calendars subscribe to or take in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from asepsis.cli.opening import ProductOption, Reader, clock, open_store
from asepsis.cli.output import Answer, Table, command


def add_to(app: typer.Typer) -> None:
    """Add the command of this module to `app`."""
    command(app, "due")(due)


def due(
    product: ProductOption = None,
    days: Annotated[int, typer.Option("--days", min=0, help="How far ahead; what is late is always there.")] = 90,
    calendar: Annotated[
        Path | None, typer.Option("--calendar", metavar="FILE", help="Write an iCalendar file of all of it.")
    ] = None,
    reader: Reader = None,
) -> Answer:
    """List what is due, the earliest first, with weekday and days left: of records, of the policy, of laws.

    Days are those of the organisation's time zone; the due day itself is on time. What the checks found with a day of
    its own comes from the newest assessment. Exits with 0, with 1 where something is late.
    """
    open_store()
    from asepsis.cli.product import chosen
    from asepsis.cli.reading import zone
    from asepsis.cli.telling import Teller
    from asepsis.conformance import moments
    from asepsis.conformance.due import calendar as as_calendar

    of, now, teller = chosen(product, "What is due"), clock(), Teller(reader)
    found = [one for one in moments.due_now(of.id, now) if one.about.id not in teller.hidden]
    today = now.astimezone(zone()).date()
    if calendar is not None:
        text = as_calendar(tuple(found), name=f"{of.code}: due", now=now, zone=zone(), show=teller.shown)
        calendar.write_text(text, encoding="utf-8", newline="")
    shown = [one for one in found if one.days_left(today) <= days]
    value = {
        "product": of.code,
        "today": today.isoformat(),
        "due": [
            {
                "day": one.day.isoformat(),
                "at": one.at.isoformat() if one.at else None,
                "days_left": one.days_left(today),
                "about": one.about.label,
                "what": one.said.text(teller.shown),
                "next": one.said.next(teller.shown),
                "owner": teller.owner(one.owner),
                "urgent": one.urgent,
            }
            for one in shown
        ],
    }
    rows = [
        (f"{one.day:%a} {one.day}", _left(one.days_left(today)), one.said.text(teller.shown), teller.owner(one.owner))
        for one in shown
    ]
    parts: list[Any] = [Table.of("day|left|what|who", rows, f"Nothing is due within {days} days.")]
    if calendar is not None:
        parts.append(f"{calendar} holds all {len(found)} due days as a calendar.")
    return Answer(value, tuple(parts), code=int(any(one.days_left(today) < 0 for one in shown)))


def _left(days: int) -> str:
    if days < 0:
        return f"{-days} days late"
    return "today" if days == 0 else f"{days} days"
