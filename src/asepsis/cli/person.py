"""People: who is admitted, how they are called, and the passphrase that they sign with."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from asepsis.cli import passphrases
from asepsis.cli.opening import As, clock, hand, open_store
from asepsis.cli.output import Answer, Table, command

app = typer.Typer(no_args_is_help=True, help="Admit people and list them.")


@command(app, "add")
def add(
    name: Annotated[str, typer.Argument(help="The name that is printed beside their signatures.")],
    person: As,
    checked: Annotated[str, typer.Option("--checked", help="How you made sure who they are.")] = "known in person",
    passphrase_file: passphrases.PassphraseFile = None,
    link: Annotated[
        bool, typer.Option("--link", help="Ask for no passphrase: print a link by which they set it, once.")
    ] = False,
) -> Answer:
    """Admit a person, who types a new passphrase to sign with (or has it in a file, or gets a link to set it).

    Roles come by an Appointment: `asepsis record new Appointment`. Who admits holds management or quality.
    Exits with 0 when they are admitted, 1 where that is refused, 4 where the passphrase is.
    """
    open_store()
    from django.db import transaction

    from asepsis.accounts import passphrase
    from asepsis.store import acts, people

    by = hand(person)
    text = None if link else passphrases.new(name, passphrase_file)
    with transaction.atomic():
        identity = acts.admit(by, name, checked)
        user_id = (passphrase.set_passphrase(identity, text) if text else passphrase.open_account(identity)).user_id
        people.take_in_people(by)
    told = f"{name} is admitted, as {identity}, and logs in as {user_id}."
    if not link:
        return Answer({"person": identity, "name": name, "user_id": user_id}, (told,))
    invited = passphrases.link(identity)
    value = {"person": identity, "name": name, "user_id": user_id, "link": invited.address}
    return Answer(value, (told, *invited.told))


@command(app, "link")
def give_link(
    name: Annotated[str, typer.Argument(metavar="PERSON", help="Who gets it, by id or name.")],
) -> Answer:
    """Print a link by which a person sets a passphrase, once, within a day; every earlier one of theirs ends.

    Whoever can write the folder of the store can do this: they are its administrator. It is no act of the ledger.
    Exits with 0 when it is printed, 4 where there is no such person.
    """
    open_store()
    from asepsis.store import queries

    found = queries.person(name)
    invited = passphrases.link(found.id)
    return Answer({"person": found.id, "name": found.name, "link": invited.address}, invited.told)


@command(app, "passphrase")
def set_passphrase(
    name: Annotated[str, typer.Argument(metavar="PERSON", help="Whose passphrase, by id or name.")],
    passphrase_file: passphrases.PassphraseFile = None,
) -> Answer:
    """Set a new passphrase for a person; this also lifts the lock after ten wrong tries.

    Whoever can write the folder of the store can do this: they are its administrator. It is no act of the ledger.
    Exits with 0 when it is set, 4 where there is no such person or the passphrase is too easy to guess.
    """
    open_store()
    from asepsis.accounts import passphrase
    from asepsis.store import queries

    found = queries.person(name)
    passphrase.set_passphrase(found.id, passphrases.new(found.name, passphrase_file))
    return Answer(
        {"person": found.id, "name": found.name}, (f"{found.name} signs with the new passphrase from now on.",)
    )


@command(app, "directory")
def join_directory(
    name: Annotated[str, typer.Argument(metavar="PERSON", help="Whose account, by id or name.")],
    entry: Annotated[
        str | None, typer.Argument(help="What the directory calls them; without it, what they are joined to is told.")
    ] = None,
    part: Annotated[bool, typer.Option("--part", help="End it: the directory's password serves no more.")] = False,
) -> Answer:
    """Let a person log in and sign with the password of the directory (LDAP), as the entry that it finds under a name.

    The entry is kept by the id that the directory gives to no other, so a name that is given anew lets nobody in.
    Exits with 0 when it is done, 1 where the entry is another's, 3 where the directory does not answer, 4 where it
    finds no such entry, or more than one.
    """
    open_store()
    from asepsis.accounts import directory, passphrase

    account = passphrase.open_account(name)
    if part:
        told = "was parted from" if directory.part(account) else "is not joined to"
        return Answer({"person": account.person, "entry": None}, (f"{account.user_id} {told} the directory.",))
    row = directory.join(account, entry) if entry is not None else directory.joined(account)
    if row is None:
        return Answer(
            {"person": account.person, "entry": None}, (f"{account.user_id} is not joined to the directory.",)
        )
    told = f"{account.user_id} logs in and signs with the password that the directory has for {row.name}."
    return Answer({"person": account.person, "entry": row.name}, (told,))


@command(app, "shut")
def shut(
    name: Annotated[str, typer.Argument(metavar="PERSON", help="Whose account, by id or name.")],
) -> Answer:
    """Shut a person's account: nobody logs in or signs with it any more; what was signed stays signed.

    The user id stays theirs and is given to nobody else. Who left keeps a role until their appointment ends: revise it.
    Exits with 0 when it is shut, 4 where there is no such person.
    """
    open_store()
    from asepsis.accounts import shutting

    account = shutting.shut(name)
    return Answer({"person": account.person, "user_id": account.user_id}, (f"The account {account.user_id} is shut.",))


@command(app, "open")
def open_again(
    name: Annotated[str, typer.Argument(metavar="PERSON", help="Whose account, by id or name.")],
) -> Answer:
    """Open a person's account again, with the passphrase that it had. Exits with 0, or 4 where there is no such person."""
    open_store()
    from asepsis.accounts import shutting

    account = shutting.open_again(name)
    return Answer({"person": account.person, "user_id": account.user_id}, (f"The account {account.user_id} is open.",))


@command(app, "lost")
def lost(
    name: Annotated[str, typer.Argument(metavar="PERSON", help="Who lost a device, by id or name.")],
) -> Answer:
    """Take passkeys, app, recovery codes and single sign-on from an account at once, since a device was lost.

    Its sessions end in every browser.

    The passphrase stays; `person link` lets its owner set another. Exits with 0, or 4 where there is no such person.
    """
    open_store()
    from asepsis.accounts import shutting
    from asepsis.store import queries

    count = shutting.take_factors(name)
    found = queries.person(name)
    told = (
        f"{found.name} has no passkey, app, recovery code or single sign-on any more; {count} were taken away, and every "
        "session ended."
    )
    return Answer({"person": found.id, "taken": count}, (told,))


@command(app, "list")
def listed() -> Answer:
    """List all people with the roles that they hold today. Exits with 0."""
    open_store()
    from zoneinfo import ZoneInfo

    from asepsis.accounts.models import Account
    from asepsis.store import queries, rights
    from asepsis.store.models import Person, Product

    day = clock().astimezone(ZoneInfo(queries.ledger().time_zone)).date().isoformat()
    user_ids = dict(Account.objects.values_list("person", "user_id"))
    codes = dict(Product.objects.values_list("id", "code"))
    found: list[dict[str, Any]] = []
    for one in Person.objects.order_by("name", "id"):
        held = sorted({_role(each, codes) for each in rights.held_by(one.id, day)})
        user_id = user_ids.get(one.id)
        found.append(
            {"person": one.id, "name": one.name, "user_id": user_id, "admitted": one.admitted_at, "roles": held}
        )
    rows = (
        (str(one["name"]), one["user_id"] or "", ", ".join(one["roles"]), str(one["admitted"])[:10], one["person"])
        for one in found
    )
    return Answer({"people": found}, (Table.of("name|user id|roles|admitted|id", rows, "Nobody is admitted."),))


def _role(held: object, codes: dict[str, str]) -> str:
    from asepsis.store.rights import Held

    assert isinstance(held, Held)
    where = f" ({codes.get(held.product, held.product)})" if held.product else ""
    return f"{held.role}{', as deputy' if held.deputy else ''}{where}"
