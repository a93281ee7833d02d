"""The owner of a team's database: who makes the tables, while the program runs as another that owns nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from asepsis.errors import InputError
from asepsis.sentences import Sentence

Database = Annotated[
    str | None,
    typer.Option(
        "--database",
        metavar="ADDRESS",
        help="postgresql://owner@host/name: as whom the tables are made, while ASEPSIS_DATABASE names the server's role.",
    ),
]
PasswordFile = Annotated[
    Path | None, typer.Option("--database-password-file", help="A file that holds that owner's password.")
]


class OtherDatabaseError(InputError):
    """The owner's address is not that of the database in which the server works."""

    code = "database-other"
    sentence = Sentence(
        "{address} is not the PostgreSQL database that ASEPSIS_DATABASE names.",
        next="Set ASEPSIS_DATABASE to the address with the server's role, and give the same with the owner's.",
    )


def prepare_database(address: str, password_file: Path | None) -> None:
    """Make the tables as their owner and give the server's role its rights.

    Raises `OtherDatabaseError`, `ServerRoleError` or `NoOwnerError`.
    """
    from asepsis import settings
    from asepsis.store import grants

    server = settings.MACHINE
    if server.database is None or urlsplit(address).scheme not in ("postgresql", "postgres"):
        raise OtherDatabaseError(address=_without_password(address))
    mine = settings.database(server)
    owner = settings.database(server.model_copy(update={"database": address, "database_password_file": password_file}))
    if any(mine[one] != owner[one] for one in ("NAME", "HOST", "PORT")):
        raise OtherDatabaseError(address=_without_password(address))
    grants.prepare(owner, str(mine["USER"]))


def _without_password(address: str) -> str:
    parts = urlsplit(address)
    return address.replace(f":{parts.password}@", "@") if parts.password else address
