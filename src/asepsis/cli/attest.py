"""Attestations: what a person answers for with their name, where no record's own signature says it."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from asepsis.cli import passphrases
from asepsis.cli.opening import As, ProductOption, hand, open_store
from asepsis.cli.output import Answer, command
from asepsis.errors import RefusedError
from asepsis.sentences import Sentence


class NotAttestedError(RefusedError):
    """Nobody attests an obligation: the signatures on its records say the same."""

    code = "obligation-not-attested"
    sentence = Sentence(
        "{obligation} needs no attestation: the signatures on its records say the same already.",
        next="These are attested: {attested}.",
    )


def add_to(app: typer.Typer) -> None:
    """Add the command of this module to `app`."""
    command(app, "attest")(attest)


def attest(
    obligation: Annotated[str, typer.Argument(help="The obligation, for example 4.1.1-2.")],
    statement: Annotated[str, typer.Option("--statement", help="What is so: what you looked at and what you found.")],
    person: As,
    rests_on: Annotated[
        list[str] | None,
        typer.Option("--rests-on", metavar="LABEL", help="A record that you looked at; once for each."),
    ] = None,
    release: Annotated[
        str | None, typer.Option("--release", metavar="LABEL", help="The release, where it is attested for each.")
    ] = None,
    product: ProductOption = None,
    passphrase_file: passphrases.PassphraseFile = None,
) -> Answer:
    """Attest an obligation: the Attestation is written, submitted and, where you hold the role it asks for, signed by you.

    An attestation that rests on nothing does not count: name the records that you looked at. Where another role has to
    sign, it stays submitted. Exits with 0 when it is signed or submitted, 1 where that is refused, 4 where something named is
    not there.
    """
    open_store()
    from asepsis.clauses.catalogue import catalogue
    from asepsis.cli import reading, signing
    from asepsis.statements.records import Attestation
    from asepsis.store import acts, queries, rights

    asked = catalogue().obligation(obligation).attestation
    if asked is None:
        attested = [one.id for one in catalogue().obligations if one.attestation is not None]
        raise NotAttestedError(obligation=obligation, attested=attested)
    by = hand(person)
    value: dict[str, Any] = {
        "title": f"Attestation of {obligation}",
        "obligation": obligation,
        "statement": statement,
        "rests_on": [queries.row(one).id for one in rests_on or ()],
        "on": reading.today(),
    }
    if release is not None:
        value["release"] = queries.row(release).id
    scope = _scope(release, product)
    if lacks := reading.incomplete(Attestation, value, "The attestation"):
        from asepsis.record.kind import IncompleteError

        raise IncompleteError(record="The attestation", kind="Attestation", problems=lacks)
    identity, label = acts.create(by, Attestation, value, scope)
    acts.submit(by, [identity])
    role = str(asked.role)
    mine = any(
        one.role == role and one.product in (None, scope) for one in rights.held_by(by.actor.id, reading.today())
    )
    told = f"{label} attests {obligation}"
    if not mine:
        return Answer(
            {"record": identity, "label": label, "signed": False}, (f"{told}. It waits for a signature of {role}.",)
        )
    signing.sign(by, [label], None, passphrase_file)
    return Answer({"record": identity, "label": label, "signed": True}, (f"{told}, signed as {role}.",))


def _scope(release: str | None, product: str | None) -> str | None:
    """Return whose attestation it is: the release's product, the one that is named, or the organisation."""
    from asepsis.store import queries

    if release is not None:
        return queries.row(release).product
    return queries.product(product).id if product is not None else None
