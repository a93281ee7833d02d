"""What is unsafe about this installation, each with what to do."""

from __future__ import annotations

from datetime import UTC, datetime

import typer

from asepsis.cli.opening import open_store
from asepsis.cli.output import Answer, Table, command


def add_to(app: typer.Typer) -> None:
    """Add the command of this module to `app`."""
    command(app, "doctor")(doctor)


def doctor() -> Answer:
    """Look for what is unsafe: settings, files and their rights, the database, the clock, feeds, backups, checkpoints.

    Nothing is changed, and nothing goes over the network. Exits with 0 where nothing is unsafe, 1 where something is,
    3 where something could not be looked at and nothing else is unsafe.
    """
    open_store(pages=True)
    from asepsis.jobs import doctor as doctors

    found = doctors.examine(datetime.now(UTC))
    levels = {one.level for one in found}
    code = 1 if doctors.Level.UNSAFE in levels else 3 if doctors.Level.UNKNOWN in levels else 0
    value = {
        "findings": [
            {"subject": one.subject, "level": str(one.level), "what": one.said.text(), "next": one.said.next()}
            for one in found
        ]
    }
    rows = ((one.subject, str(one.level), one.said.text(), one.said.next()) for one in found)
    return Answer(value, (Table.of("about|so|what|what to do", rows, ""),), code)
