"""Tokens by which programs act for a person over the API: made and shown once, listed, ended."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from asepsis.cli import passphrases
from asepsis.cli.opening import As, open_store
from asepsis.cli.output import Answer, Table, command

if TYPE_CHECKING:
    from asepsis.accounts.models import AccessToken

app = typer.Typer(no_args_is_help=True, help="Let programs act for you over the API: make tokens, list them, end them.")

ScopeOption = Annotated[
    list[str] | None,
    typer.Option("--scope", metavar="SCOPE", help="read, draft, act or import; several times for several; else read."),
]


@command(app, "new")
def new(
    name: Annotated[str, typer.Argument(help="What the token is for, such as 'nightly build'.")],
    person: As,
    *,
    scope: ScopeOption = None,
    product: Annotated[
        str | None,
        typer.Option("--product", metavar="CODE", help="The only product that it reaches; else all of yours."),
    ] = None,
    days: Annotated[int, typer.Option("--days", min=1, help="For how many days it is good.")] = 30,
    passphrase_file: passphrases.PassphraseFile = None,
) -> Answer:
    """Make a token by which a program acts for you, never more than you may; show it once.

    It signs nothing: a signature needs you to prove in that moment who you are. The passphrase is asked for. Only its
    SHA-256 is kept, so who loses it makes another. ASEPSIS_TOKEN_DAYS says for how many days one is good at most.
    Exits with 0 when it is made, 1 where the passphrase is another, 4 where it cannot be made so.
    """
    open_store()
    from asepsis.accounts import tokens
    from asepsis.store import queries

    known = queries.person(person)
    passphrases.prove(known.id, passphrase_file)
    made, text = tokens.make(
        known.id, name, scope or [tokens.Scope.READ], datetime.now(UTC), days=days, product=product
    )
    value = _value(made, _codes()) | {"secret": text}
    told = f"{made.name!r} is good until {made.until:%Y-%m-%d}, for: {made.scopes}."
    return Answer(value, (text, told, "This is the only time that it is shown. Keep it where secrets are kept."))


@command(app, "list")
def listed(person: As) -> Answer:
    """List your tokens: what each is for, what it may do, until when, and when it was last used. Exits with 0."""
    open_store()
    from asepsis.accounts import tokens
    from asepsis.store import queries

    codes, now = _codes(), datetime.now(UTC)
    found = list(tokens.of(queries.person(person).id))
    rows = (
        (one.id, one.name, one.scopes, codes.get(one.product or "", one.product), f"{one.until:%Y-%m-%d}",
         one.used_on, _stands(one, now))
        for one in found
    )  # fmt: skip
    table = Table.of("id|name|may|product|until|last used|stands", rows, "You have no token.")
    return Answer({"tokens": [_value(one, codes) | {"stands": _stands(one, now)} for one in found]}, (table,))


@command(app, "revoke")
def revoke(
    token: Annotated[str, typer.Argument(metavar="ID", help="The id of the token, as `token list` shows it.")],
    person: As,
) -> Answer:
    """End a token: it lets nobody in from now on. Exits with 0, or 4 where you have no such token."""
    open_store()
    from asepsis.accounts import tokens
    from asepsis.store import queries

    ended = tokens.end(queries.person(person).id, token, datetime.now(UTC))
    return Answer(_value(ended, _codes()), (f"{ended.name!r} lets nobody in any more.",))


def _codes() -> dict[str, str]:
    from asepsis.store.models import Product

    return dict(Product.objects.values_list("id", "code"))


def _stands(one: AccessToken, now: datetime) -> str:
    return "ended" if one.ended_at else "over" if one.until <= now else "good"


def _value(one: AccessToken, codes: dict[str, str]) -> dict[str, Any]:
    return {
        "token": one.id,
        "name": one.name,
        "scopes": one.scopes.split(),
        "product": codes.get(one.product or ""),
        "made": one.made_at.isoformat(),
        "until": one.until.isoformat(),
        "used_on": one.used_on.isoformat() if one.used_on else None,
    }
