"""What must not be seen yet, and what must not be kept: embargo, disclosure, erasure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from asepsis.cli import record
from asepsis.cli.opening import As, ProductOption, Reader, hand, open_store
from asepsis.cli.output import Answer, Table, command
from asepsis.errors import InputError
from asepsis.sentences import Sentence

if TYPE_CHECKING:
    from asepsis.record.kind import Kind

erasure = typer.Typer(no_args_is_help=True, help="Erase what the law wants gone: quality asks, management does it.")

Who = Annotated[
    list[str] | None, typer.Option("--who", metavar="PERSON", help="Who sees it, besides security and incident.")
]


class Ground(StrEnum):
    """On what ground something is erased."""

    ASKED = "erasure-asked"
    COURT = "court-order"
    WRONG_FILE = "wrong-file"


class NotTakenOverError(InputError):
    """A file of records to be taken over holds something else."""

    code = "take-over-unreadable"
    sentence = Sentence(
        "{source} cannot be taken over: {reason}; nothing was saved.",
        next="Write a list of records, each with `record` (its kind), its fields, and `taken_over` with the original.",
    )


@command(record.app, "embargo")
def embargo(
    label: record.Label,
    person: As,
    who: Who = None,
    listing: Annotated[bool, typer.Option("--list", help="Only list what would go along.")] = False,
) -> Answer:
    """Withhold a record, and all that refers to it: only those named, security and incident see it from now on.

    Who does it holds security or incident. Exits with 0 when it is withheld (or listed), 1 where that is refused.
    """
    open_store()
    from asepsis.cli import reading
    from asepsis.store import queries, withholding

    row, by = reading.record(label, person), hand(person)
    if listing:
        along = [one.label for one in reading.seen(list(withholding.would_be_withheld(row.id)), person)]
        return Answer({"would_be_withheld": along}, (f"Would be withheld: {', '.join(along)}.",))
    labels = withholding.embargo(by, row.id, [queries.person(one).id for one in who or ()])
    return Answer({"withheld": list(labels)}, (f"Withheld: {', '.join(labels)}.",))


@command(record.app, "disclose")
def disclose(labels: record.Labels, person: As, who: Who = None) -> Answer:
    """End the embargo of records, for everybody, or with --who for these as well.

    Who does it holds security or incident. Exits with 0 when they are open, 1 where that is refused.
    """
    open_store()
    from asepsis.cli import reading
    from asepsis.store import queries, withholding

    rows = [reading.record(one, person) for one in labels]
    withholding.disclose(hand(person), [one.id for one in rows], [queries.person(one).id for one in who or ()])
    told = ", ".join(one.label for one in rows)
    return Answer({"disclosed": [one.label for one in rows]}, (f"{told}: disclosed.",))


@command(record.app, "take-over")
def take_over(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="YAML or JSON: {records: [...]}.")],
    person: As,
    product: ProductOption = None,
) -> Answer:
    """Take over what was signed elsewhere before: many records at once, each with its original as evidence.

    Each has `record` (its kind), the fields of that kind, and `taken_over` with `original`, `on` and `signatures`. They are
    written and submitted in one commit; quality then signs for the whole set that the copies are true
    (`record approve LABEL...`). Exits with 0 when they wait for that, 4 where one cannot be read; then none is saved.
    """
    open_store()
    from asepsis.cli.product import chosen
    from asepsis.store import acts

    records, files = _records(file)
    made = acts.take_over(hand(person), records, chosen(product, "What is taken over").id if product else None, files)
    labels = [label for _, label in made]
    told = f"{len(labels)} records wait for quality to sign that they are true copies: {', '.join(labels)}."
    return Answer({"taken_over": labels}, (told,))


def _records(file: Path) -> tuple[list[tuple[type[Kind], dict[str, Any]]], list[bytes]]:
    from asepsis.cli import forms
    from asepsis.cli.names import StoreNames

    filled = forms.several(file, StoreNames())
    for number, (_, one) in enumerate(filled, start=1):
        if "taken_over" not in one.value:
            raise NotTakenOverError(source=file.name, reason=f"record {number} has no `taken_over`")
    return [(kind, one.value) for kind, one in filled], [data for _, one in filled for data in one.files]


@command(erasure, "ask")
def ask(
    what: Annotated[str, typer.Argument(metavar="LABEL|DIGEST", help="A record, or a kept file by its digest.")],
    person: As,
    ground: Annotated[Ground, typer.Option("--ground", help="On what ground.")],
    field: Annotated[
        list[str] | None, typer.Option("--field", help="Only this field; may be given several times.")
    ] = None,
) -> Answer:
    """Ask for the erasure of all revisions of a record, of some of its fields, or of one file. Quality does that.

    Within the retention time of the policy only a court order or a wrong file are grounds.
    Exits with 0 when it is asked, 1 where that is refused.
    """
    open_store()
    from asepsis.cli import reading
    from asepsis.store import withholding

    if len(what) == 64:
        asked = [withholding.ask_file_erasure(hand(person), what, ground)]
    else:
        row = reading.record(what, person)
        asked = list(withholding.ask_erasure(hand(person), row.id, ground, field or ()))
    told = f"Asked: {len(asked)}. Management erases with `asepsis erasure do` (see `asepsis erasure list`)."
    return Answer({"asked": asked}, (told,))


@command(erasure, "list")
def listed(reader: Reader = None) -> Answer:
    """List what was asked to be erased and is not yet. Exits with 0."""
    open_store()
    from asepsis.cli.telling import WITHHELD, Teller
    from asepsis.store import queries, withholding

    hidden = Teller(reader).hidden
    labels = {"file": "file"}
    found = withholding.waiting()
    for _, _, what in found:
        labels.setdefault(what, WITHHELD if what in hidden else queries.row(what).label)
    rows = [(name, ground, labels[what]) for name, ground, what in found]
    value = [{"asked": name, "ground": ground, "what": label} for name, ground, label in rows]
    return Answer({"waiting": value}, (Table.of("asked|ground|what", rows, "Nothing waits to be erased."),))


@command(erasure, "do")
def do(
    asked: Annotated[list[str], typer.Argument(metavar="ASKED...", help="What was asked, as `erasure list` shows it.")],
    person: As,
) -> Answer:
    """Erase what was asked for, and look for the bytes in every file of the store afterwards. Management does that.

    Backups and exports that were made before still hold them. Exits with 0 when they are gone, 1 where that is refused
    or a file of the store still holds them, 3 where that cannot be looked at, as on a PostgreSQL server.
    """
    open_store()
    from asepsis.store import withholding

    traces = withholding.redact(hand(person), asked)
    value = {
        "erased": asked,
        "gone": traces.gone,
        "looked_in": list(traces.looked_in),
        "found_in": list(traces.found_in),
    }
    if traces.gone:
        told = f"Erased. The bytes stand in none of the {len(traces.looked_in)} files of the store any more."
        return Answer(value, (told, "Backups and exports made before still hold them."))
    if traces.on_a_server and not traces.found_in:
        value |= {"to_vacuum": list(traces.to_vacuum)}
        return Answer(value, tuple(_on_a_server(traces.to_vacuum)), code=3)
    return Answer(value, (f"Erased from the tables; the bytes still stand in {', '.join(traces.found_in)}.",), code=1)


def _on_a_server(to_vacuum: Sequence[str]) -> Iterator[str]:
    """Yield what is left to be done where a PostgreSQL server keeps the store."""
    yield "Erased from the tables. The files of the PostgreSQL server cannot be looked into from here."
    if to_vacuum:
        words = "; ".join(f"VACUUM FULL {one}" for one in to_vacuum)
        yield f"Next: the owner of the tables runs {words}: until then their files may hold the bytes."
    yield "The server's write-ahead log holds them until it is recycled, and backups and exports made before hold them."
