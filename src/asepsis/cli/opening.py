"""The store, opened for a command; and who acts in it, with which clock."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from asepsis.cli.output import progress

if TYPE_CHECKING:
    from asepsis.store.acts import Hand

As = Annotated[str, typer.Option("--as", envvar="ASEPSIS_PERSON", metavar="PERSON", help="Who acts, by id or name.")]
Reader = Annotated[
    str | None,
    typer.Option("--as", envvar="ASEPSIS_PERSON", metavar="PERSON", help="Who reads; withheld records need it."),
]
ProductOption = Annotated[
    str | None, typer.Option("--product", metavar="CODE", help="The product; not needed where there is one only.")
]


def home() -> Path:
    """Return the folder in which all state lives."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "asepsis.settings")
    from django.conf import settings

    place: Path = settings.MACHINE.home
    return place


def make_home() -> None:
    """Make the home folder, for its owner alone. Raises `StoreFaultError`."""
    from asepsis.store import refusals

    try:
        home().mkdir(mode=0o700, parents=True, exist_ok=True)
        home().chmod(0o700)
    except OSError as error:
        raise refusals.StoreFaultError(home=str(home()), reason=error.strerror or "it cannot be made") from error


def database_is_there() -> bool:
    """Return whether there is a database to ask: to look for one in a file would make it."""
    from django.conf import settings

    return settings.MACHINE.database is not None or (home() / "asepsis.sqlite3").is_file()


def set_up(*, pages: bool = False) -> None:
    """Bring in the kinds and the store, without asking whether there is a ledger; with `pages`, what these need too."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "asepsis.settings" if pages else "asepsis.command_settings")
    import django
    from django.apps import apps

    if not apps.ready:
        django.setup()
    from asepsis import processes

    processes.load()


def open_store(*, pages: bool = False) -> None:
    """Bring in the kinds and the store with its ledger; with `pages`, what these need too. Raises `NotFoundedError`."""
    set_up(pages=pages)
    from django.db import DatabaseError

    from asepsis.store import queries, refusals

    absent = refusals.NotFoundedError(home=str(home()))
    if not database_is_there():
        raise absent
    try:
        _bring_up_to_date()
        queries.ledger()
    except DatabaseError as error:
        if "no such table" in str(error) or "does not exist" in str(error):
            raise absent from error
        raise refusals.StoreFaultError(home=str(home()), reason=str(error)) from error


def _bring_up_to_date() -> None:
    """Change the tables that an older program made, and make the projections again where they were another's."""
    from django.apps import apps
    from django.core.management import call_command

    from asepsis.accounts import secret
    from asepsis.store import grants, rebuild
    from asepsis.store.rows import select

    known = {(one.label, file.stem) for one in apps.get_app_configs() for file in _migrations_of(one.path)}
    applied = set(select("SELECT app, name FROM django_migrations"))
    if applied and known - applied:
        if not grants.may_change_tables():
            raise grants.OlderTablesError
        with progress("Bringing the tables up to date"):
            call_command("migrate", interactive=False, verbosity=0)
    with progress("Making the tables again, as this version reads them"):
        rebuild.rebuild_if_older()
    secret.make(home())


def _migrations_of(app: str) -> list[Path]:
    return list((Path(app) / "migrations").glob("0*.py"))


def clock() -> datetime:
    """Return what the ledger's clock says: a demonstration's is behind the real one by its offset."""
    from asepsis.store import queries

    return queries.now(datetime.now(UTC))


def hand(person: str) -> Hand:
    """Return the hand of a person, by id or name. Raises `UnknownPersonError`."""
    from asepsis.store import queries
    from asepsis.store.acts import Hand
    from asepsis.store.changes import Actor

    return Hand(Actor(queries.person(person).id), clock)
