"""Tables that people keep: records of any kind out of CSV, Excel or ReqIF, and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated, Any

import typer

from asepsis.cli.opening import As, ProductOption, Reader, hand, open_store
from asepsis.cli.output import Answer, Part, Table, command
from asepsis.errors import InputError
from asepsis.sentences import Said, Sentence

if TYPE_CHECKING:
    from asepsis.exchange.tables.sheet import Book
    from asepsis.record.kind import Kind
    from asepsis.store.bringing import Plan
    from asepsis.store.columns import Columns, Told

MOST_TOLD = 50  # rows that are told one by one; --json has them all


class UnnamedKindError(InputError):
    """It is not clear of which kind the rows of a sheet are."""

    code = "table-kind-unnamed"
    exit_code = 2
    sentence = Sentence(
        "No kind is called like {sheets}, so nothing is taken in.",
        next="Say it with --kind, for one of several sheets as --kind SHEET=KIND, or name the sheet after the kind.",
    )


class UnfitColumnsError(InputError):
    """A file that says for what columns are taken holds something else."""

    code = "columns-unfit"
    sentence = Sentence(
        "{source} does not say for what columns are taken: {reason}.",
        next="Write `Heading: field` in each line; for several sheets, these below the name of each.",
    )


class UnknownEndingError(InputError):
    """A table is to be written in a format that is not written."""

    code = "table-ending"
    exit_code = 2
    sentence = Sentence("{name} ends neither with .xlsx nor with .csv.", next="Give the file one of these endings.")


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module to `app`."""
    command(app, "import-table")(bring)
    command(app, "export-table")(write)


def bring(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A .csv, .xlsx, .reqif or .reqifz file.")],
    person: As,
    *,
    kind: Annotated[
        list[str] | None,
        typer.Option("--kind", metavar="KIND", help="The kind of the rows; SHEET=KIND for one of several sheets."),
    ] = None,
    product: ProductOption = None,
    columns: Annotated[
        Path | None,
        typer.Option("--columns", metavar="FILE", help="YAML, `Heading: field`: what columns are taken for."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would become of each row.")] = False,
    submit: Annotated[bool, typer.Option("--submit", help="Submit what is complete in the same commit.")] = False,
    make: Annotated[
        bool,
        typer.Option("--make", help="Make what cells name and is not here: a draft of each, called as in the cell."),
    ] = False,
    leave_out: Annotated[
        bool, typer.Option("--leave-out", help="Leave cells out that do not fit, and take their rows without them.")
    ] = False,
    without_refused: Annotated[
        bool, typer.Option("--without-refused", help="Take the other rows in though some are refused.")
    ] = False,
) -> Answer:
    """Bring in records of any kind from a table, in one commit, with a receipt for each row.

    Each sheet is of a kind, by its name or --kind; a column `kind` gives one for each row. Columns are taken for the
    fields that they are called like, or as --columns says, which is kept for later tables with the same headings. A row
    is a record by its label, else its former id, else its title: the same table twice changes nothing, a changed row
    becomes a draft revision, an empty cell leaves what the record has. References are given as label, former id or
    title, of records and of rows alike. Evidence is named in a column such as `document.file`, as a file beside the table.
    Rows with `taken_over` are submitted: quality then signs the set as true copies.
    Exits with 0 when all is taken in, 1 where that is refused, 2 where the kind is not clear, 4 where the file cannot be
    read or rows are refused; then nothing is saved.
    """
    open_store()
    from asepsis.cli.product import chosen
    from asepsis.exchange.source import Source
    from asepsis.exchange.tables import formats
    from asepsis.exchange.tables.sheet import MOST_BYTES
    from asepsis.store import bringing
    from asepsis.store import columns as kept

    by = hand(person)
    book = formats.read(Source.file(file, most=MOST_BYTES))
    scope = chosen(product, "What is brought in").id if product or _products() else None
    found = kept.of_book(book, scope, _told(book, kind or [], columns))
    if not found.asked or (kind and found.unknown and len(book.sheets) == 1):
        raise UnnamedKindError(sheets=[one.name for one in found.unknown])
    lenient = bringing.Lenient(make or found.lenient.make, leave_out or found.lenient.leave)
    beside = partial(_beside, file.parent)
    made = bringing.plan(by, found.asked, scope, submit=submit, file=beside, lenient=lenient)
    if not dry_run:
        bringing.take(by, made, without_refused=without_refused)
        kept.keep(found.asked, scope, by, lenient)
    return _answer(book, found, made, dry_run)


def _products() -> bool:
    from asepsis.store.models import Product

    return Product.objects.exists()


def _beside(folder: Path, name: str) -> bytes | None:
    """Return the bytes of a file in a folder or below it; nothing outside is looked at."""
    from asepsis.exchange.source import MIB, Source, SourceMissingError

    place = PurePosixPath(name.replace("\\", "/"))
    if place.is_absolute() or ".." in place.parts or not place.parts:
        return None
    path = folder / place
    if not path.resolve().is_relative_to(folder.resolve()):
        return None
    try:
        return Source.file(path, most=25 * MIB).data
    except SourceMissingError:
        return None


def _told(book: Book, kinds: Sequence[str], columns: Path | None) -> dict[str, Told]:
    """Return what options say of each sheet."""
    from asepsis.record.kind import kind_named
    from asepsis.store.columns import Told

    names = [one.name for one in book.sheets]
    told: dict[str, type[Kind]] = {}
    for one in kinds:
        sheet, equals, kind = one.rpartition("=")
        if equals and sheet not in names:
            raise UnnamedKindError(sheets=[sheet])
        told |= dict.fromkeys([sheet] if equals else names, kind_named(kind))
    said = _columns(columns, names) if columns else {}
    return {name: Told(told.get(name), said.get(name, {})) for name in names}


def _columns(file: Path, sheets: Sequence[str]) -> Mapping[str, Mapping[str, str | None]]:
    from asepsis.cli.strict_yaml import Mapped, read
    from asepsis.exchange.source import Source

    source = Source.file(file)
    tree = read(source.data, source.name)
    if not isinstance(tree, Mapped):
        raise UnfitColumnsError(source=source.name, reason="it is no map")
    nested = [name for name, one in tree.items() if isinstance(one, Mapped)]
    if not nested and len(sheets) > 1:
        raise UnfitColumnsError(
            source=source.name, reason="there are several sheets, and it does not say which is meant"
        )
    by_sheet = tree if nested else {sheets[0]: tree}
    found: dict[str, dict[str, str | None]] = {}
    for name, one in by_sheet.items():
        if name not in sheets or not isinstance(one, Mapped):
            raise UnfitColumnsError(source=source.name, reason=f"there is no sheet '{name}'")
        found[str(name)] = {str(heading): _word(place, source.name) for heading, place in one.items()}
    return found


def _word(node: Any, source: str) -> str | None:
    from asepsis.cli.strict_yaml import Word

    if not isinstance(node, Word):
        raise UnfitColumnsError(source=source, reason="a heading has something else than the name of a field")
    return None if node.absent else str(node)


def _answer(book: Book, found: Columns, made: Plan, dry_run: bool) -> Answer:
    from asepsis.store.bringing import Becomes

    counts = {str(one): made.counts.get(one, 0) for one in Becomes}
    value = {
        "dry_run": dry_run,
        "counts": counts,
        "rows": [
            {
                "sheet": one.sheet.name, "row": one.row.number, "kind": one.kind.__name__, "becomes": str(one.becomes),
                "label": one.label or None, "title": one.title, "lacks": one.lacks,
                "problems": [problem.text() for problem in one.problems],
                "told": [said.text() for said in one.told],
            }
            for one in made.receipts
        ],
        "columns": {f"{one.sheet.name}: {one.kind.__name__}": dict(one.columns) for one in found.asked},
        "notes": [one.text() for one in _notes(book, found)],
    }  # fmt: skip
    told = made.of(Becomes.REFUSED) + made.of(Becomes.CHANGED) + made.of(Becomes.TAKEN) + made.of(Becomes.UNCHANGED)
    rows = (
        (
            one.place,
            one.becomes,
            one.label,
            one.title[:60],
            "; ".join(said.text() for said in (*one.problems, *one.told)),
        )
        for one in told[:MOST_TOLD]
    )
    parts: list[Part] = [one.text() for one in _notes(book, found)]
    parts.append(Table.of("row|becomes|label|title|why", rows, "There is no row."))
    if len(told) > MOST_TOLD:
        parts.append(f"{len(told) - MOST_TOLD:,} more rows; --json lists them all.")
    lacking = sum(one.lacks is not None and one.becomes is not Becomes.REFUSED for one in made.receipts)
    parts.append(_summary(counts, dry_run))
    parts += (
        [f"{lacking:,} of them are incomplete: they stay drafts until what they lack is filled in."] if lacking else []
    )
    return Answer(value, tuple(parts), code=4 if dry_run and counts["refused"] else 0)


def _summary(counts: Mapping[str, int], dry_run: bool) -> str:
    told = ", ".join(f"{count:,} {what}" for what, count in counts.items())
    return f"Nothing is saved yet. It would be: {told}." if dry_run else f"In one commit: {told}."


NOT_TAKEN = Sentence("Columns of {sheet} that are taken for nothing: {columns}.")
TAKEN_FOR = Sentence("{sheet} is taken for {kind}: {columns}.")
NO_KIND = Sentence("{sheet} is left out: no kind is called like it. Name one with --kind SHEET=KIND.")


def _notes(book: Book, found: Columns) -> Iterator[Said]:
    from asepsis.store.columns import left_out

    yield from book.notes
    for sheet in book.sheets:
        yield from sheet.notes
    for sheet in found.unknown:
        yield NO_KIND.said(sheet=sheet.name)
    for one in found.asked:
        told = [f"{heading} as {place}" for heading, place in one.columns.items()]
        yield TAKEN_FOR.said(sheet=one.sheet.name, kind=one.kind.__name__, columns=told or ["nothing"])
        if names := left_out(one):
            yield NOT_TAKEN.said(sheet=one.sheet.name, columns=names)


# --- writing ----------------------------------------------------------------------------------------------------------


def write(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it: .xlsx or .csv.")],
    kind: Annotated[
        list[str], typer.Option("--kind", metavar="KIND", help="Which kind; in .xlsx several, a sheet each.")
    ],
    product: ProductOption = None,
    reader: Reader = None,
) -> Answer:
    """Write all records of a kind as a table that `asepsis import-table` reads back: what their newest revisions say.

    A kind that has no records gives the headings alone, a form to fill in. What a spreadsheet would run as a formula
    has a quote before it. Exits with 0 when it is written, 2 where the file has another ending.
    """
    open_store()
    from asepsis.cli.product import chosen
    from asepsis.exchange.tables import delimited, workbook
    from asepsis.record.kind import kind_named

    ending = file.suffix.casefold()
    kinds = [kind_named(one) for one in kind]
    if ending not in (".csv", ".xlsx") or (ending == ".csv" and len(kinds) > 1):
        raise UnknownEndingError(name=file.name)
    scope = chosen(product, "A table").id if product or any("O" not in one.meta.of for one in kinds) else None
    with file.open("wb") as stream:
        if ending == ".csv":
            delimited.write(stream, _rows(kinds[0], scope, reader))
        else:
            workbook.write(stream, ((one.__name__, _rows(one, scope, reader)) for one in kinds))
    return Answer({"file": file.name, "kinds": [one.__name__ for one in kinds]}, (f"{file.name} is written.",))


def _rows(kind: type[Kind], product: str | None, reader: str | None) -> Iterator[list[str]]:
    from asepsis.cli import reading
    from asepsis.store import bringing, listing
    from asepsis.store.models import Product, Record

    sight = reading.Sight(reader)
    wanted = Record.objects.filter(kind=kind.__name__, product=bringing.scope_of(kind, product))
    wanted = wanted.defer("history", "turns", "looked").order_by("number", "label")
    seen = (row for row in wanted.iterator(listing.CHUNK) if sight.sees(row))
    called = listing.people() | dict(Product.objects.values_list("id", "code"))

    def names(ids: set[str]) -> dict[str, str]:
        there = Record.objects.in_bulk(ids - called.keys())
        return called | {row.id: row.label for row in there.values() if sight.sees(row)}

    return listing.rows(kind, seen, names, listing.heads(reading.state))
