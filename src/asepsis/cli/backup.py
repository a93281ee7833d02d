"""Backups: the whole store copied while it is in use, and brought back."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from asepsis.cli import owner
from asepsis.cli.opening import home, make_home, open_store, set_up
from asepsis.cli.output import Answer, command, progress

app = typer.Typer(no_args_is_help=True, help="Copy the whole store, and bring such a copy back.")


@command(app, "make")
def make(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A folder that is not there yet.")],
) -> Answer:
    """Copy the whole store, with the ledger's key, to FOLDER, while others may go on writing.

    It is one file of SQLite, out of PostgreSQL too, and goes back into either. What is in it is as secret as the home
    itself. Exits with 0 when it is there, 1 where it cannot be written.
    """
    open_store(pages=True)  # all that has tables
    from asepsis.accounts import secret
    from asepsis.jobs import keeping
    from asepsis.store import backup

    made = backup.make(folder, (secret.FILE,))
    keeping.note(keeping.MADE, made.size, datetime.now(UTC))
    value = {"folder": str(made.folder), "entries": made.size, "bytes": made.bytes}
    told = (
        f"{made.folder} holds the store up to entry {made.size - 1:,}. Keep it as secret as the home: the key is in it."
    )
    return Answer(value, (told,))


@command(app, "restore")
def restore(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="What `backup make` wrote.")],
    *,
    database: owner.Database = None,
    database_password_file: owner.PasswordFile = None,
) -> Answer:
    """Verify a backup, and put it into the home that ASEPSIS_HOME names, which has to be empty.

    Where ASEPSIS_DATABASE names a database of PostgreSQL it goes there; give --database, as in `init`, where another role
    owns the tables.

    What was written after the backup is not in it: hold it against a checkpoint that left the machine
    (`ledger checkpoint --against`). Exits with 0 when it is in place, 1 where it does not verify, 4 where it is none.
    """
    place = home()
    make_home()
    set_up(pages=True)
    from asepsis.accounts import secret
    from asepsis.store import backup

    if database is not None:
        owner.prepare_database(database, database_password_file)

    with progress("Verifying the backup", 100) as come:
        size = backup.restore(folder, place, lambda done, of: come(100 * done // max(of, 1)), (secret.FILE,))
    return Answer({"entries": size, "home": str(place)}, (f"{place} goes on from the backup, at {size:,} entries.",))


@command(app, "verify")
def verify(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="What `backup make` wrote.")],
) -> Answer:
    """Verify a backup as a restore would, on a copy that goes afterwards; what is in use stays as it is.

    Exits with 0 when it verifies, 1 where it does not, 4 where it is no backup.
    """
    open_store()
    from asepsis.jobs import keeping
    from asepsis.store import backup

    with progress("Verifying the backup", 100) as come:
        size = backup.check(folder, home(), lambda done, of: come(100 * done // max(of, 1)))
    keeping.note(keeping.VERIFIED, size, datetime.now(UTC))
    return Answer({"entries": size}, (f"{folder} verifies: {size:,} entries, and it can be restored.",))
