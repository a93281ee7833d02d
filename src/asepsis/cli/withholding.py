"""What must not be seen yet, and what was signed elsewhere: embargo, disclosure, taking over; commands on records."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from asepsis.cli import record
from asepsis.cli.opening import As, ProductOption, hand, open_store
from asepsis.cli.output import Answer, command
from asepsis.errors import InputError
from asepsis.sentences import Sentence

if TYPE_CHECKING:
    from asepsis.record.kind import Kind

app = record.app

Who = Annotated[
    list[str] | None, typer.Option("--who", metavar="PERSON", help="Who sees it, besides security and incident.")
]


class NotTakenOverError(InputError):
    """A file of records to be taken over holds something else."""

    code = "take-over-unreadable"
    sentence = Sentence(
        "{source} cannot be taken over: {reason}; nothing was saved.",
        next="Write a list of records, each with `record` (its kind), its fields, and `taken_over` with the original.",
    )


@command(app, "embargo")
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


@command(app, "disclose")
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


@command(app, "take-over")
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
