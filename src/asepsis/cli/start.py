"""The beginning: a ledger with its first person, or the example that shows what all this is for."""

from __future__ import annotations

import hashlib
import os
import sys
import zoneinfo
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from asepsis.cli import owner, passphrases
from asepsis.cli.opening import clock, database_is_there, home, make_home, open_store, set_up
from asepsis.cli.output import Answer, command, progress

if TYPE_CHECKING:
    from asepsis.store.models import Ledger


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module to `app`."""
    command(app, "init")(init)
    command(app, "demo")(demo)


def init(
    name: Annotated[
        str | None, typer.Option("--name", help="The first person's name; asked where it is not given.")
    ] = None,
    time_zone: Annotated[
        str | None, typer.Option("--time-zone", help="IANA name; days and deadlines are counted in it, for ever.")
    ] = None,
    passphrase_file: passphrases.PassphraseFile = None,
    link: Annotated[
        bool, typer.Option("--link", help="Ask for no passphrase: print a link by which the person sets it, once.")
    ] = False,
    database: owner.Database = None,
    database_password_file: owner.PasswordFile = None,
) -> Answer:
    """Begin a ledger: one person, who holds the role of management, and a key that signs its checkpoints.

    Asks for a name, a passphrase (twice; not with --link) and a time zone. Makes the folder that ASEPSIS_HOME names,
    for its owner alone. With --database, tables that stand in PostgreSQL already are brought up to date and the rights of
    the server's role given again.
    Exits with 0 when the ledger stands, 1 where one stands there already, 4 where what was given cannot be taken.
    """
    set_up(pages=True)
    from django.core.management import call_command
    from django.db import transaction

    from asepsis.accounts import passphrase, secret
    from asepsis.clauses.policy import POLICY, TIME_ZONE
    from asepsis.store import acts, people
    from asepsis.store.acts import Hand
    from asepsis.store.changes import Actor

    if database is not None:
        owner.prepare_database(database, database_password_file)
        if ledger_that_stands() is not None:
            done = "The tables are up to date, and the server's role has its rights; the ledger is as it was."
            return Answer({"home": str(home()), "prepared": True}, (done,))
    refuse_second()
    who = name or _asked("Name of the first person", "--name")
    zone = str(POLICY[TIME_ZONE].checked(time_zone or _zone()))
    text = None if link else passphrases.new(who, passphrase_file)
    make_home()
    if database is None:
        call_command("migrate", interactive=False, verbosity=0)
    secret.make(home())
    with transaction.atomic():
        person, receipt = acts.found_ledger(home(), acts.First(who), time_zone=zone, clock=lambda: datetime.now(UTC))
        user_id = (passphrase.set_passphrase(person, text) if text else passphrase.open_account(person)).user_id
        people.take_in_people(Hand(Actor(person), clock))
    value = {
        "home": str(home()),
        "person": person,
        "name": who,
        "user_id": user_id,
        "time_zone": zone,
        "entries": receipt.size,
    }
    invited = passphrases.link(person) if link else None
    if invited is not None:
        value |= {"link": invited.address}
    told = (
        f"A ledger stands in {home()}, with {receipt.size} entries. Its key is ledger.key there: keep a copy elsewhere.",
        f"{who} holds the role of management and logs in as {user_id}; days are counted in {zone}.",
        *(invited.told if invited else ()),
        "Whoever can write that folder is the administrator of this installation.",
        f'Next: asepsis product new CODE "NAME" --as "{who}"',
    )
    return Answer(value, told)


def demo(
    offset: Annotated[
        int | None,
        typer.Option(
            "--offset", metavar="DAYS", help="How far its clock is behind; else today is the example's last day."
        ),
    ] = None,
    seed: Annotated[
        str | None,
        typer.Option("--seed", metavar="TEXT", help="The same text and offset give the same bytes, for tests."),
    ] = None,
) -> Answer:
    """Write the example into an empty folder: a maker of a gateway, two years of its work; then show where it stands.

    Nobody's real ledger is touched: where one stands, that is refused; where the example stands already, it is shown.
    `asepsis serve` shows the rest. Exits with 0 when the example is there, 1 where another ledger is.
    """
    set_up(pages=True)
    from django.core.management import call_command
    from django.db import transaction

    from asepsis import example
    from asepsis.accounts import secret
    from asepsis.cli import standing

    ledger = ledger_that_stands()
    if ledger is not None and ledger.origin != "demonstration":
        refuse_second()
    if ledger is not None:
        open_store()
        return standing.of_all((f"The example is in {home()} already.", *_way_in()))
    make_home()
    call_command("migrate", interactive=False, verbosity=0)
    secret.make(home())
    drawn = None if seed is None else hashlib.sha256(seed.encode()).digest()
    with progress("Writing the example", 100) as come, transaction.atomic():
        example.write(home(), offset_days=offset, seed=drawn, progress=lambda done, days: come(done * 100 // days))
    told = f"The example is written into {home()}. It says for ever that it is a demonstration."
    return standing.of_all((told, *_way_in()))


def _way_in() -> tuple[str, ...]:
    """Return how to log in to the demonstration, as one of those who work most in it."""
    from asepsis.accounts import demonstration
    from asepsis.accounts.models import Account
    from asepsis.store.models import Holding

    text = demonstration.open_to_all(home())
    found: dict[str, str] = {}
    for role in ("management", "quality", "security", "auditor"):
        holder = Holding.objects.filter(role=role, deputy=False).order_by("-since").values_list("person", flat=True)
        found |= dict.fromkeys(Account.objects.filter(pk__in=holder[:1]).values_list("user_id", flat=True), role)
    cast = ", ".join(f"{user_id} ({role})" for user_id, role in found.items())
    return (f"Log in with the passphrase {text} as {cast}, or as anybody of `asepsis person list`.",)


def refuse_second() -> None:
    """Raise `FoundedAlreadyError` where a ledger stands in the home folder."""
    from asepsis.store import refusals

    if ledger_that_stands() is not None:
        raise refusals.FoundedAlreadyError(home=str(home()))


def ledger_that_stands() -> Ledger | None:
    """Return the ledger in the home folder, if there is one."""
    from django.db import DatabaseError

    from asepsis.store.models import Ledger

    if not database_is_there():
        return None
    try:
        return Ledger.objects.first()
    except DatabaseError:  # it has no tables yet
        return None


def _asked(what: str, option: str) -> str:
    if not sys.stdin.isatty():
        raise passphrases.UnaskedError(what=what, option=option)
    return str(typer.prompt(what, err=True)).strip()


def _zone() -> str:
    if not sys.stdin.isatty():
        return machine_zone()
    return str(typer.prompt("Time zone", default=machine_zone(), err=True)).strip()


def machine_zone() -> str:
    """Return the IANA name of this machine's time zone; UTC where it does not say."""
    named = [os.environ.get("TZ", "").removeprefix(":")]
    local, text = Path("/etc/localtime"), Path("/etc/timezone")
    if local.is_symlink():
        named.append(str(local.readlink()).rpartition("zoneinfo/")[2])
    if text.is_file():
        named.append(text.read_text(encoding="utf-8", errors="replace").strip())
    known = zoneinfo.available_timezones()
    return next((one for one in named if one in known), "UTC")
