"""How a scan is given out: as a document of some form, with the statements of others laid over it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from asepsis.cli.output import Answer, Part, Table

if TYPE_CHECKING:
    from asepsis.advisories.findings import Scan
    from asepsis.advisories.outputs.decisions import Receipt
    from asepsis.advisories.outputs.report import Report
    from asepsis.exchange.bill import Bill
    from asepsis.exchange.vex.statement import Statement

OWN = ("table", "json")
FORMS = "table, json, sarif, vdr, cyclonedx, openvex, csaf or html"
FormOption = Annotated[
    str, typer.Option("--format", metavar="FORM", help=f"{FORMS}; vdr is the bill with what is known.")
]
ToOption = Annotated[
    Path | None, typer.Option("--to", metavar="FILE", help="Where a document is written; else to standard output.")
]
VexOption = Annotated[
    list[Path] | None,
    typer.Option("--vex", metavar="FILE", help="What others decided: OpenVEX, CSAF or CycloneDX JSON; several times."),
]
ProductOption = Annotated[
    str | None,
    typer.Option(
        "--product", metavar="NAME", help="How statements call the product, where the bill calls it otherwise."
    ),
]
AuthorOption = Annotated[
    str | None, typer.Option("--author", metavar="NAME", help="openvex, csaf, cyclonedx: who says it.")
]
NamespaceOption = Annotated[
    str | None, typer.Option("--namespace", metavar="ADDRESS", help="csaf: the publisher's address.")
]


def check(form: str, namespace: str | None) -> None:
    """Raise before anything is read: `UnknownOutputError`, or `UnnamedPublisherError` where CSAF lacks the publisher."""
    if form in OWN:
        return
    from asepsis.advisories.outputs import formats

    formats.named(form)
    if form == "csaf" and namespace is None:
        raise formats.UnnamedPublisherError


def report(name: str, bill: Bill, scan: Scan, files: Sequence[Path] | None, product: str | None) -> Report:
    """Return the scan of a file with the statements of `files` laid over it. Raises `UnreadableVexError`."""
    from asepsis.advisories.outputs.decisions import Laid, lay
    from asepsis.advisories.outputs.report import Report

    if not files:
        return Report(name, bill, scan, Laid({}), product)
    from asepsis.exchange.source import Source
    from asepsis.exchange.vex import formats

    read = [(file.name, formats.read(Source.file(file))) for file in files]
    statements = [(source, one) for source, found in read for one in found.statements]
    laid = lay(bill, scan, statements, product=product)
    left = [(source, what, why) for source, found in read for what, why in found.receipt.not_taken]
    return Report(name, bill, scan, laid.with_unread(left), product)


def written(report: Report, form: str, to: Path | None, author: str | None, namespace: str | None) -> Answer:
    """Return the answer that gives a document of this form, or says where it was written. Raises `NotWrittenError`."""
    from asepsis.advisories.outputs import formats
    from asepsis.cli.sbom import NotWrittenError

    output = formats.named(form)
    data = output.write(report, formats.Author(author or formats.AUTHOR, namespace))
    value = {"format": form, "findings": sum(1 for _ in report.lines()), "statements": receipts(report)}
    if to is None:
        return Answer(value | {"document": data.decode()}, (data,), code(report))
    try:
        to.write_bytes(data)
    except OSError as problem:
        raise NotWrittenError(file=to.name, reason=(problem.strerror or str(problem)).lower()) from problem
    parts = (f"{to.name} was written: {output.title}.", report.coverage(), *told(report))
    return Answer(value | {"written": str(to)}, parts, code(report))


def code(report: Report) -> int:
    """Return what the command ends with."""
    return 1 if report.affected else 3 if report.not_known else 0


def as_json(value: dict[str, Any]) -> bytes:
    """Return a value as `--json` gives it."""
    return json.dumps(value, ensure_ascii=False, indent=2).encode() + b"\n"


def decision(said: Statement) -> dict[str, Any]:
    """Return what was decided as plain values."""
    found = {
        "status": said.status,
        "justification": said.justification,
        "impact": said.impact,
        "action": said.action,
        "responses": list(said.responses),
        "at": said.at,
    }
    return {name: value for name, value in found.items() if value}


def receipts(report: Report) -> list[dict[str, Any]]:
    """Return what became of each statement as plain values."""
    from asepsis.advisories.outputs.decisions import text_of

    return [_receipt(one) for one in report.laid.receipts] + [
        {"source": source, "vulnerability": what, "outcome": "not read", "why": text_of(why)}
        for source, what, why in report.laid.unread
    ]


def _receipt(one: Receipt) -> dict[str, Any]:
    return {
        "source": one.source,
        "vulnerability": one.statement.vulnerability,
        "product": one.statement.product,
        "component": one.statement.component,
        "status": one.statement.status,
        "outcome": str(one.outcome),
        "why": one.why.text(),
    }


def told(report: Report) -> list[Part]:
    """Return the receipts as a table; nothing where no statements were laid over."""
    from asepsis.advisories.outputs.decisions import text_of

    rows: list[tuple[str, ...]] = [
        (
            one.statement.vulnerability,
            one.statement.thing,
            one.statement.status,
            str(one.outcome),
            one.why.text(),
            one.source,
        )
        for one in report.laid.receipts
    ]
    rows += [(what, "", "", "not read", text_of(why), source) for source, what, why in report.laid.unread]
    return [Table.of("statement on|of|says|outcome|why|file", rows, "")] if rows else []
