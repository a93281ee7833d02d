"""What must not be kept: erasure, asked for by one and done by another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Annotated

import typer

from asepsis.cli.opening import As, Reader, hand, open_store
from asepsis.cli.output import Answer, Table, command

app = typer.Typer(no_args_is_help=True, help="Erase what the law wants gone: quality asks, management does it.")


class Ground(StrEnum):
    """On what ground something is erased."""

    ASKED = "erasure-asked"
    COURT = "court-order"
    WRONG_FILE = "wrong-file"


@command(app, "ask")
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


@command(app, "list")
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


@command(app, "do")
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
