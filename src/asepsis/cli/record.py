"""Records of every kind: written, edited, signed, listed, read."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from asepsis.cli import passphrases
from asepsis.cli.opening import As, ProductOption, Reader, hand, home, open_store
from asepsis.cli.output import Answer, Part, Table, command

if TYPE_CHECKING:
    from asepsis.cli.forms import Filled
    from asepsis.record.kind import Kind
    from asepsis.store.models import Record

app = typer.Typer(no_args_is_help=True, help="Write, edit, sign, list and read records.")

Label = Annotated[str, typer.Argument(metavar="LABEL", help="The record, for example GW-THR-12.")]
Labels = Annotated[list[str], typer.Argument(metavar="LABEL...", help="One record or several, signed as one set.")]
Why = Annotated[str, typer.Option("--why", help="The reason; it is kept with the act.")]
Given = Annotated[Path | None, typer.Argument(metavar="[FILE]", help="A YAML or JSON file; without it, $EDITOR opens.")]


@command(app, "new")
def new(
    kind: Annotated[str, typer.Argument(help="The kind by name or prefix; `asepsis kinds` lists them.")],
    person: As,
    file: Given = None,
    product: ProductOption = None,
    organisation: Annotated[
        bool, typer.Option("--organisation", help="For a kind that is either: the record is the organisation's.")
    ] = False,
) -> Answer:
    """Write a new record as a draft, from a YAML or JSON file or in $EDITOR with the help of each field.

    A draft may be incomplete; what it lacks is said. `record submit` then asks for its signatures. References are given
    as labels, people by name, and evidence as `file: PATH` (then its bytes are kept too).
    Exits with 0 when it is saved, 1 where that is refused, 4 where the text cannot be read; then nothing is saved.
    """
    open_store()
    from asepsis.record.kind import kind_named
    from asepsis.store import acts

    by, found = hand(person), kind_named(kind)
    scope = _scope(found, product, organisation)

    def save(filled: Filled) -> tuple[str, str]:
        return acts.create(by, found, filled.value, scope, files=filled.files)

    heading = f"A new {found.__name__}"
    identity, label = _filled_in(found, {}, heading, found.__name__, file, save)
    return _saved(identity, label, f"{label} is saved as a draft.")


@command(app, "edit")
def edit(label: Label, person: As, file: Given = None) -> Answer:
    """Revise a record: it opens in $EDITOR as YAML with the help of each field, or a YAML or JSON file takes its place.

    What is wrong is said before it is saved, and the text opens again with that on top. A revision of a submitted record
    withdraws the submission; what is effective stays so until the new revision is signed.
    Exits with 0 when it is saved, 1 where that is refused (somebody else revised it meanwhile), 4 where it cannot be read.
    """
    open_store()
    from asepsis.cli import reading
    from asepsis.record.kind import kind_named
    from asepsis.store import acts, queries

    by, row = hand(person), reading.record(label, person)
    kind, value = kind_named(row.kind), queries.said(row, row.head_number)

    def save(filled: Filled) -> tuple[str, str]:
        acts.revise(by, row.id, filled.value, before=row.head_name, files=filled.files)
        return row.id, row.label

    heading = f"{row.label}, revision {row.head_number} ({reading.state(row)}): {kind.__name__}"
    _filled_in(kind, value, heading, row.label, file, save)
    return _saved(row.id, row.label, f"{row.label} is saved as revision {row.head_number + 1}.")


def _filled_in(
    kind: type[Kind],
    value: dict[str, Any],
    heading: str,
    name: str,
    file: Path | None,
    save: Callable[[Filled], tuple[str, str]],
) -> tuple[str, str]:
    """Return what `save` gives for the file, or for what a person writes in an editor."""
    from asepsis.cli import editing, forms
    from asepsis.cli.names import StoreNames
    from asepsis.errors import InputError
    from asepsis.store import refusals

    names = StoreNames()
    if file is not None:
        return save(forms.read_file(file, kind, names))
    text = forms.form(kind, value, names, heading)
    return editing.edited(
        text,
        name,
        home(),
        lambda data, source: save(forms.filled(data, source, kind, names, Path.cwd())),
        again=(InputError, refusals.ForeignTargetError),
    )


def _scope(kind: type[Kind], product: str | None, organisation: bool) -> str | None:
    """Return the id of the product whose record it will be; `None` for the organisation's."""
    from asepsis.cli.product import chosen

    if kind.meta.of == "O" or (kind.meta.of == "OP" and (organisation or product is None)):
        return None if product is None else chosen(product, kind.__name__).id
    return chosen(product, f"A {kind.__name__}").id


def _saved(identity: str, label: str, told: str) -> Answer:
    from asepsis.cli import reading
    from asepsis.record.kind import kind_named
    from asepsis.store import queries

    row = queries.row(identity)
    lacks = reading.incomplete(kind_named(row.kind), queries.head_value(row) or {}, row.label)
    next_step = f"Next: asepsis record submit {label}" if lacks is None else f"Before it can be submitted: {lacks}."
    value = {"record": identity, "label": label, "revision": row.head_number, "complete": lacks is None, "lacks": lacks}
    return Answer(value, (told, next_step))


# --- signing --------------------------------------------------------------------------------------------------------


@command(app, "submit")
def submit(labels: Labels, person: As) -> Answer:
    """Submit drafts: it is worked out which signatures each needs. One that needs none is effective at once.

    Exits with 0 when all are submitted, 1 where one is no draft, 4 where one is incomplete; then none is submitted.
    """
    open_store()
    from asepsis.store import acts, queries

    rows = [queries.row(label) for label in labels]
    acts.submit(hand(person), [row.id for row in rows])
    return _waiting(rows, "is submitted")


@command(app, "approve")
def approve(
    labels: Annotated[
        list[str] | None, typer.Argument(metavar="LABEL...", help="One record or several, signed as one set.")
    ] = None,
    *,
    person: As,
    waiting: Annotated[
        list[str] | None,
        typer.Option("--waiting", metavar="KIND", help="All of a kind that wait for you, as one set; may be repeated."),
    ] = None,
    meaning: Annotated[
        str | None,
        typer.Option("--meaning", help="authored, reviewed, tested, approved or released; else all that are yours."),
    ] = None,
    passphrase_file: passphrases.PassphraseFile = None,
) -> Answer:
    """Sign submitted records, one or a set, after showing what is signed and asking for the passphrase again.

    Each signature that waits for a role that you hold is given, one approval for each; --meaning limits it to one. With
    --waiting all records of a kind that wait for you are signed as one set, such as the true copies of what was taken over.
    Exits with 0 when all are signed, 1 where that is refused (no such signature waits, your own work, it changed, another
    passphrase), 4 where something named is not there.
    """
    open_store()
    from asepsis.cli.signing import NothingNamedError, sign, waiting_for
    from asepsis.store import queries

    by = hand(person)
    named = [*(labels or ()), *waiting_for(by.actor.id, waiting or ())]
    if not named:
        raise NothingNamedError
    made = sign(by, named, meaning, passphrase_file)
    rows = queries.rows(list(dict.fromkeys(one.record for one in made)))
    answer = _waiting(rows, "is signed")
    return Answer(
        answer.value | {"signed": [{"label": one.label, "meaning": one.meaning} for one in made]}, answer.parts
    )


def _waiting(rows: Sequence[Record], what: str) -> Answer:
    """Return what became of records that were submitted or signed, and what each still waits for."""
    from asepsis.cli import reading
    from asepsis.sentences import listed
    from asepsis.store import queries

    told, values = [], []
    for row in queries.rows([row.id for row in rows]):
        waits = list(reading.slots(row.id))
        rest = f"It waits to be {listed(waits)}." if waits else f"It is {reading.state(row)}."
        told.append(f"{row.label} {what}. {rest}")
        values.append({"record": row.id, "label": row.label, "state": row.head_state, "waits_for": waits})
    return Answer({"records": values}, tuple(told))


@command(app, "reject")
def reject(label: Label, why: Why, person: As) -> Answer:
    """Say no to a submitted revision, with the reason. Who rejects could have signed it.

    Exits with 0 when it is rejected, 1 where that is refused.
    """
    open_store()
    from asepsis.store import acts, queries

    row = queries.row(label)
    acts.reject(hand(person), row.id, why)
    return _stands(row, "is rejected. Its author can revise it.")


@command(app, "withdraw")
def withdraw(label: Label, why: Why, person: As) -> Answer:
    """Take back a record that was never effective. Its author alone does that; what warns is never withdrawn.

    Exits with 0 when it is withdrawn, 1 where that is refused.
    """
    open_store()
    from asepsis.store import acts, queries

    row = queries.row(label)
    acts.withdraw(hand(person), row.id, why)
    return _stands(row, "is withdrawn.")


@command(app, "retire")
def retire(
    label: Label,
    why: Why,
    person: As,
    replaced_by: Annotated[
        str | None, typer.Option("--replaced-by", metavar="LABEL", help="The record that stands in its place.")
    ] = None,
) -> Answer:
    """Write and submit the revision that retires an effective record; it counts until that is signed.

    Exits with 0 when it is submitted, 1 where that is refused.
    """
    open_store()
    from asepsis.store import acts, queries

    row = queries.row(label)
    acts.retire(hand(person), row.id, why, queries.row(replaced_by).id if replaced_by else None)
    return _waiting([row], "is submitted to be retired")


def _stands(row: Record, told: str) -> Answer:
    from asepsis.store import queries

    now = queries.row(row.id)
    value = {"record": now.id, "label": now.label, "state": now.head_state}
    return Answer(value, (f"{now.label} {told}",))


# --- reading --------------------------------------------------------------------------------------------------------


@command(app, "list")
def listed(
    kind: Annotated[str | None, typer.Argument(help="Of one kind only, by name or prefix.")] = None,
    *,
    product: Annotated[
        str | None, typer.Option("--product", metavar="CODE", help="Of one product; ORG: of the organisation.")
    ] = None,
    state: Annotated[
        str | None,
        typer.Option("--state", help="draft, submitted, rejected, withdrawn, effective (of the head) or retired."),
    ] = None,
    who: Annotated[str | None, typer.Option("--who", metavar="PERSON", help="About or owned by this person.")] = None,
    due: Annotated[str | None, typer.Option("--due", metavar="DAY", help="Due on this day or before.")] = None,
    page: Annotated[int, typer.Option("--page", min=1, help="Which page.")] = 1,
    size: Annotated[int, typer.Option("--size", min=1, max=1000, help="Records on a page.")] = 50,
    reader: Reader = None,
) -> Answer:
    """List records, by kind and number (with --due, the earliest first), a page at a time. Exits with 0."""
    open_store()
    from asepsis.cli import listing, reading

    found = listing.found(
        kind=kind, product=product, state=state, who=who, due=due, page=page, size=size, reader=reader
    )  # fmt: skip
    headings = "label|kind|title|state|who|due|changed"
    rows = (
        (one.label, one.kind, one.title, reading.state(one), found.names.get(one.who or ""), one.due,
         reading.moment(one.changed_at))
        for one in found.rows
    )  # fmt: skip
    below = f"{found.total:,} records, page {page} of {found.pages}." if found.total else ""
    parts: list[Part] = [Table.of(headings, rows, "No record fits.")]
    return Answer(found.value(page), (*parts, below) if below else tuple(parts))


@command(app, "show")
def show(label: Label, reader: Reader = None) -> Answer:
    """Show a record: its fields, its links (suspect and broken ones marked), who refers to it, what it waits for.

    Where the newest revision is not the effective one, the newest is shown. Exits with 0, or 4 where there is no such record.
    """
    open_store()
    from asepsis.cli import reading, sheet

    return sheet.of(reading.record(label, reader), reader)


@command(app, "history")
def history(label: Label, reader: Reader = None) -> Answer:
    """Tell what happened to a record, oldest first: who wrote, submitted, signed, rejected or said what, and when.

    Exits with 0, or 4 where there is no such record.
    """
    open_store()
    from asepsis.cli import chronicle, reading

    return chronicle.of(reading.record(label, reader))


@command(app, "diff")
def diff(
    label: Label,
    first: Annotated[
        int | None, typer.Argument(metavar="[A]", help="A revision; by default the effective one.")
    ] = None,
    second: Annotated[int | None, typer.Argument(metavar="[B]", help="Another; by default the newest.")] = None,
    reader: Reader = None,
) -> Answer:
    """Show what changed from revision A to revision B of a record, word by word; progress fields are marked.

    Without A it is the effective revision, or the one before the newest. Exits with 0, or 4 where there is no such revision.
    """
    open_store()
    from asepsis.cli import changes, chronicle, reading
    from asepsis.store import queries

    row = reading.record(label, reader)
    before, after = chronicle.two(row, first, second)
    old, new = queries.said(row, before), queries.said(row, after)
    found = changes.between(row.kind, old, new)
    value = {
        "record": row.id,
        "label": row.label,
        "before": before,
        "after": after,
        "changes": [changes.value(one) for one in found],
    }
    told = f"{row.label}: from revision {before} to revision {after}" if before else f"{row.label}: revision {after}"
    if not found:
        return Answer(value, (f"{told}: nothing differs.",))
    return Answer(value, (f"{told}.", *changes.parts(found, coloured=sys.stdout.isatty())))
