"""Statements on vulnerabilities: those of others brought in as drafts, our own told to others."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from asepsis.cli.opening import As, Reader, hand, open_store
from asepsis.cli.output import Answer, Table, command
from asepsis.sentences import Said

app = typer.Typer(no_args_is_help=True, help="Bring in statements on vulnerabilities (VEX), and tell your own.")
Of = Annotated[str, typer.Option("--of", metavar="PRODUCT", help="The product, by its code.")]


@command(app, "import")
def bring_in(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="OpenVEX, CSAF or CycloneDX JSON.")], person: As, of: Of
) -> Answer:
    """Draft what FILE says of the components of a product, with a receipt for each of its statements.

    A statement is applied, unmatched, conflicting or superseded, each with its reason; none is dropped in silence. The
    same file twice changes nothing. Exits with 0 when each is applied or superseded, 1 where one is not, 4 where the file
    cannot be read.
    """
    open_store()
    from asepsis.cli.reading import Sight
    from asepsis.exchange.source import Source
    from asepsis.exchange.vex import formats
    from asepsis.problems import vex
    from asepsis.store import queries

    source = Source.file(file)
    read = formats.read(source)
    made = vex.bring_in(
        hand(person), queries.product(of).id, read.statements, sees=Sight(person).sees, author=read.author,
        original=vex.Original(file.name, source.data),
    )  # fmt: skip
    counted = Counter(str(one.outcome) for one in made)
    rows = [
        (one.statement.vulnerability, one.statement.thing, str(one.outcome), ", ".join(one.records), one.why.text())
        for one in made
    ]
    left = [(what, "", "not read", "", _text(why)) for what, why in read.receipt.not_taken]
    value = {
        "counts": dict(counted),
        "not_read": read.receipt.not_taken_count,
        "receipts": [
            {
                "vulnerability": one.statement.vulnerability,
                "component": one.statement.thing,
                "outcome": str(one.outcome),
                "records": list(one.records),
                "why": one.why.text(),
            }
            for one in made
        ],
    }
    parts: list[Any] = [Table.of("vulnerability|component|outcome|records|why", [*rows, *left], "It says nothing.")]
    parts += [_text(one) for one in read.receipt.notes]
    is_whole = set(counted) <= {"applied", "superseded"} and read.receipt.not_taken_count == 0
    return Answer(value, tuple(parts), 0 if is_whole else 1)


def _text(said: Said | str) -> str:
    return said.text() if isinstance(said, Said) else said


@command(app, "carry")
def carry(
    person: As,
    of: Of,
    labels: Annotated[list[str] | None, typer.Argument(metavar="[LABEL]...", help="These statements only.")] = None,
    to: Annotated[
        list[str] | None, typer.Option("--to", metavar="PRODUCT", help="Another product to carry to; several times.")
    ] = None,
) -> Answer:
    """Draft the statements of a product for every other release where they hold, and say for each other why not.

    One holds where the same component, by package URL or digest, is in a bill of the same configuration, where nobody says
    otherwise of its reachability, and the newest scan tells the same of its advisory, KEV and EPSS band. Look at the drafts,
    submit and sign them as a set. Exits with 0.
    """
    open_store()
    from asepsis.cli import reading
    from asepsis.problems.carrying import Outcome, carry_over
    from asepsis.store import queries

    only = [reading.record(label, person).id for label in labels or ()]
    others = [queries.product(code).id for code in to or ()]
    now = queries.now(datetime.now(UTC)).astimezone(reading.zone()).date()
    sees = reading.Sight(person).sees
    made = carry_over(hand(person), queries.product(of).id, sees=sees, today=now, to=others, only=only)
    rows = [
        (one.statement, one.product, one.release, str(one.outcome), one.draft or "", one.why.text()) for one in made
    ]
    counted = Counter(str(one.outcome) for one in made)
    drafts = list(dict.fromkeys(one.draft for one in made if one.draft))
    value = {
        "counts": dict(counted),
        "drafts": drafts,
        "carriages": [dict(zip(_CARRIAGE, row, strict=True)) for row in rows],
    }
    told = f"{len(drafts)} drafts speak of {counted[Outcome.CARRIED]} releases. Look at them, submit and sign."
    table = Table.of("statement|product|release|outcome|draft|why", rows, "There is no other release to carry to.")
    return Answer(value, (told if drafts else "Nothing was drafted.", table), 0)


_CARRIAGE = ("statement", "product", "release", "outcome", "draft", "why")


@command(app, "export")
def tell(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write.")],
    of: Of,
    format_name: Annotated[str, typer.Option("--format", metavar="FORMAT", help="openvex, csaf or cyclonedx.")],
    author: Annotated[str, typer.Option("--author", metavar="NAME", help="Who says it, as the document names them.")],
    *,
    release: Annotated[str | None, typer.Option("--release", metavar="LABEL", help="Of this release only.")] = None,
    namespace: Annotated[
        str | None, typer.Option("--namespace", metavar="ADDRESS", help="csaf: the publisher's.")
    ] = None,
    reader: Reader = None,
) -> Answer:
    """Write what is effective and not withheld, for others to read. Equal ledgers give equal bytes.

    Exits with 0 when it is written, 3 where nothing is in force.
    """
    open_store()
    from asepsis.advisories.outputs.formats import UnnamedPublisherError
    from asepsis.cli import reading
    from asepsis.exchange.vex import formats
    from asepsis.problems import vex
    from asepsis.store import queries

    format_, product = formats.named(format_name), queries.product(of)
    if format_.name == "csaf" and namespace is None:
        raise UnnamedPublisherError
    wanted = reading.record(release, reader).id if release else None
    now = queries.now(datetime.now(UTC))
    told = vex.in_force(product.id, today=now.date(), release=wanted)
    if not told.statements:
        return Answer({"statements": 0}, (f"Nothing is in force on vulnerabilities of {product.code}.",), 3)
    given = {"namespace": namespace} if format_.name == "csaf" and namespace else {}
    at = queries.entries(queries.ledger().size - 1, 1)[0][2]["at"]
    file.write_bytes(format_.write(told.statements, name=told.name, author=author, at=at, **given))
    return Answer({"statements": len(told.statements), "name": told.name}, (f"{len(told.statements)} statements.",))
