"""Facts brought in from files and folders: read by their format, joined to a record, with a receipt."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from asepsis.cli.opening import As, ProductOption, hand, open_store
from asepsis.cli.output import Answer, Part, Table, command, progress

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asepsis.exchange.formats import FactKind
    from asepsis.store.acts import Hand
    from asepsis.store.models import Product, Record
    from asepsis.store.taking_in import Taken


def add_to(app: typer.Typer) -> None:
    """Add the command of this module to `app`."""
    command(app, "import")(take)


def take(
    kind: Annotated[str, typer.Argument(help="The kind of facts: components, matches, feeds, test_results, ...")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file or folder that holds them.")],
    person: As,
    *,
    of: Annotated[
        str | None,
        typer.Option("--of", metavar="SUBJECT", help="What they are about: a record's label, a build id or a digest."),
    ] = None,
    product: ProductOption = None,
    format_name: Annotated[
        str | None, typer.Option("--format", metavar="FORMAT", help="How to read it; else it is told from the file.")
    ] = None,
    to: Annotated[
        str | None, typer.Option("--to", metavar="COMMIT", help="source: the commit or tag that was built.")
    ] = None,
    from_: Annotated[
        str | None, typer.Option("--from", metavar="COMMIT", help="source: that of the build before.")
    ] = None,
    name: Annotated[
        str | None, typer.Option("--name", help="source: what the repository is called in its settings.")
    ] = None,
    analysis: Annotated[
        str | None, typer.Option("--analysis", help="static_findings: source, binary or secrets.")
    ] = None,
    signature: Annotated[
        Path | None,
        typer.Option("--signature", metavar="FILE", help="manifest_files: the signature over the manifest."),
    ] = None,
    public_key: Annotated[
        Path | None, typer.Option("--public-key", metavar="FILE", help="manifest_files, signing_log: the public key.")
    ] = None,
    background: Annotated[
        bool, typer.Option("--background", help="Let a worker take the file in; the page Jobs tells what came of it.")
    ] = False,
) -> Answer:
    """Take in facts from FILE, which may be a folder, and print the receipt: what was taken, what was not, and why.

    What they are about is told by the file where it can be, else by --of: matches want the bill (label of a
    BillOfMaterials, digest or file), source and static_findings the Release or its build id, package_files the Release,
    signing_log the SigningKey. The bytes of a file are kept too, not those of a delivery or repository. The same file twice
    changes nothing.
    Who takes them in holds developer, tester or security.
    Exits with 0 when they are taken in or were already, 1 where that is refused, 4 where the file cannot be read.
    """
    open_store()
    from asepsis.exchange.formats import Subject, kind_named
    from asepsis.store.taking_in import Bringing

    by, facts, row = hand(person), kind_named(kind), _record(of)
    scope = None if facts.subject is Subject.ORGANISATION else _product(row, product, facts)
    if background:
        return _by_a_worker(file, facts, by, scope, row, _digest_of_file(of) or of, format_name)
    bringing = Bringing(facts, file, _digest_of_file(of) or of, scope, row)
    format_ = facts.format(format_name) if format_name else facts.format_of(file)
    given = {
        "to": to,
        "from_": from_,
        "name": name,
        "analysis": analysis,
        "signature": signature,
        "public_key": public_key,
    }
    with progress(f"Reading {file.name}"):
        reading = format_.reading(file, **bringing.given(format_, {k: v for k, v in given.items() if v is not None}))
    taken = bringing.take(by, reading, format_)
    return Answer(taken.value(), tuple(_parts(taken)))


def _by_a_worker(
    file: Path, facts: FactKind, by: Hand, scope: Product | None, row: Record | None, of: str | None, form: str | None
) -> Answer:
    from asepsis.jobs import imports, tasks

    wanted = imports.keep(file, facts.name, by.actor, scope, of=of, form=form, record=row)
    job = tasks.ask(wanted)
    if job is None:
        imports.leave(wanted)
        return Answer({"job": None}, (f"The same {file.name} waits already.",))
    told = f"A worker takes {file.name} in; the page Jobs tells what came of it."
    return Answer({"job": str(job)}, (told,))


def _product(row: Record | None, product: str | None, facts: FactKind) -> Product:
    from asepsis.cli.product import chosen
    from asepsis.store import queries

    if row is not None and row.product is not None:
        return queries.product(row.product)
    return chosen(product, facts.name.capitalize().replace("_", " "))


def _record(of: str | None) -> Record | None:
    """Return the record that `--of` names by its label; `None` where it is no label."""
    from asepsis.store import queries
    from asepsis.store.taking_in import LABEL

    return queries.row(of) if of is not None and LABEL.fullmatch(of) else None


def _digest_of_file(of: str | None) -> str | None:
    """Return the SHA-256 of the file that `--of` names, such as a bill; `None` where it names none."""
    return hashlib.sha256(Path(of).read_bytes()).hexdigest() if of is not None and Path(of).is_file() else None


def _parts(taken: Taken) -> Iterator[Part]:
    from asepsis.store.taking_in import said

    receipt = taken.receipt
    yield f"{receipt.source} was read as {taken.format.title}: {receipt.taken:,} taken, {receipt.not_taken_count:,} not."
    yield f"They are {receipt.kind} of {taken.told}."
    yield (
        f"Entry {taken.position} says so." if taken.position >= 0 else "The same was taken in before; nothing changed."
    )
    yield f"The SHA-256 of the source is {receipt.digest}."
    if receipt.not_taken:
        yield Table.of("not taken|why", ((what, said(why)) for what, why in receipt.not_taken), "")
    yield from (said(one) for one in receipt.notes)
