"""A bundle: a product's dossier that leaves this machine, and a machine that goes on from one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from asepsis.cli import owner
from asepsis.cli.opening import Reader, home, make_home, open_store, set_up
from asepsis.cli.output import Answer, command, progress
from asepsis.errors import InputError
from asepsis.sentences import Sentence, listed, plain

if TYPE_CHECKING:
    from asepsis.bundle.reading import Opened
    from asepsis.conformance.assessment import Note

DIGEST = re.compile("[0-9a-f]{64}")
Source = Annotated[Path, typer.Argument(metavar="PATH", help="The folder or zip of the bundle.")]


class NoDigestError(InputError):
    """What is to be left out is named by its digest."""

    code = "bundle-digest"
    exit_code = 2
    sentence = Sentence("{digest} is no digest: 64 hexadecimal digits.", next="`record history --json` shows them.")


class OtherProductError(InputError):
    """A bundle holds another product than the one that was asked about."""

    code = "bundle-product"
    sentence = Sentence(
        "{source} is a bundle of {found}, not of {product}.", next="Leave the product out, or name that."
    )


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module to `app`."""
    command(app, "export")(export)
    command(app, "restore")(restore)


def export(
    product: Annotated[str, typer.Argument(metavar="PRODUCT", help="Its code; ORG: the organisation's records alone.")],
    target: Annotated[Path, typer.Argument(metavar="TARGET", help="A folder that is not there yet, or FILE.zip.")],
    *,
    without_files: Annotated[
        bool, typer.Option("--without-files", help="Leave out evidence, facts, assessments.")
    ] = False,
    without: Annotated[
        list[str] | None, typer.Option("--without", metavar="DIGEST", help="Leave out a content or file by its digest.")
    ] = None,
    reader: Reader = None,
) -> Answer:
    """Write a product's whole dossier to a folder or a zip that convinces a stranger: `python verify.py` in it needs no Asepsis.

    Twice at one position it is the same bytes. Records that are withheld from who exports (--as) are bare hashes in it, and
    it says so. Exits with 0 when it is written, 1 where something stands there already or the place does not take it.
    """
    for digest in without or ():
        if not DIGEST.fullmatch(digest):
            raise NoDigestError(digest=digest)
    open_store()
    from asepsis.bundle import writing
    from asepsis.cli import reading
    from asepsis.store import queries
    from asepsis.store.models import Record

    of = None if product.upper() == "ORG" else queries.product(product).id
    sight = reading.Sight(reader)
    withheld = frozenset(row.id for row in Record.objects.filter(embargoed=True) if not sight.sees(row))
    scope = writing.Scope(of, not without_files, frozenset(without or ()), withheld)
    with progress("Exporting", queries.ledger().size) as come:
        made = writing.export(scope, target, lambda _, count: come(count))
    value = {
        "target": str(target),
        "entries": made.size,
        "whole": made.whole,
        "contents": made.contents,
        "files": made.files,
        "left_out": dict(made.left_out),
    }
    told = [
        f"{target} holds {made.whole:,} of {made.size:,} entries whole, {made.contents:,} contents and {made.files:,} files.",
        *(f"Left out: {what} ({why})." for what, why in made.left_out),
        f"`python {'verify.py' if target.suffix == '.zip' else target / 'verify.py'}` says whether it is unchanged.",
    ]
    return Answer(value, tuple(told))


def restore(
    source: Source, *, database: owner.Database = None, database_password_file: owner.PasswordFile = None
) -> Answer:
    """Verify a bundle, then go on from it in an empty installation, under a new key.

    The installation that it came from must stop: two that go on are a fork, which any two of their checkpoints prove. What
    was withheld stays withheld; passphrases are set anew. Exits with 0 when it stands, 1 where the installation is not empty
    or the bundle is not whole, 4 where it cannot be read; then nothing is there. Into PostgreSQL, whose tables another role
    owns, it goes with --database, as in `init`.
    """
    set_up(pages=True)
    from datetime import UTC, datetime

    from asepsis.bundle import restoring

    make_home()
    if database is not None:
        owner.prepare_database(database, database_password_file)
    with progress("Verifying and restoring"):
        done = restoring.restore(source, home(), lambda: datetime.now(UTC))
    value = {
        "home": str(home()),
        "entries": done.entries,
        "bare": done.bare,
        "contents": done.contents,
        "files": done.files,
        "key_position": done.key_position,
    }
    told = [
        f"The ledger of {done.entries:,} entries goes on in {home()}; entry {done.key_position} changed its key.",
        "The installation that it came from must stop now: two that go on are a fork, and their checkpoints prove it.",
        "Keep a copy of ledger.key elsewhere. Next: asepsis person passphrase, for each who signs here.",
    ]
    if done.bare:
        told.insert(1, f"{done.bare:,} entries are bare hashes: of other products, or withheld.")
    return Answer(value, tuple(told))


def opened(source: Path, product: str | None) -> Opened:
    """Return an opened bundle. Raises `OtherProductError` where it is not of `product`, a code."""
    set_up()
    from asepsis.bundle.reading import open_bundle

    found = open_bundle(source)
    if product is not None and found.product.label != product.upper():
        raise OtherProductError(source=str(source), found=found.product.label, product=product)
    return found


class TellerOfBundle:
    """Tells findings as `cli.telling.Teller` does, with the names that a bundle brings."""

    hidden: frozenset[str] = frozenset()  # what is withheld is not in the bundle

    def __init__(self, bundle: Opened) -> None:
        self._names = bundle.names

    def what(self, note: Note) -> str:
        """Return what was found."""
        return note.said.text(self.shown)

    def next(self, note: Note) -> str | None:
        """Return the next step."""
        return note.said.next(self.shown)

    def owner(self, owner: str | None) -> str | None:
        """Return who owes a step: a role, or a person by name."""
        return self._names.get(owner, owner) if owner is not None else None

    def value(self, note: Note) -> dict[str, Any]:
        """Return one finding as a plain JSON value."""
        return {
            "check": note.check,
            "about": note.about.label,
            "what": self.what(note),
            "next": self.next(note),
            "owner": note.owner,
            "owner_name": self.owner(note.owner),
            "due": note.due,
            "urgent": note.urgent,
        }

    def told(self, note: Note) -> str:
        """Return what was found and the next step, in one text."""
        return f"{self.what(note)} {self.next(note) or ''}".strip()

    def shown(self, value: Any) -> str:
        """Return one argument of a sentence."""
        if isinstance(value, str):
            return self._names.get(value, value)
        if isinstance(value, list | tuple):
            return listed([self.shown(one) for one in value])
        return plain(value)
