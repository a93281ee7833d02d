"""Bills of materials and lock files: read, measured, compared and converted, with no ledger and no network."""

from __future__ import annotations

import enum
import hashlib
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from asepsis.cli.output import Answer, Part, Table, command, progress
from asepsis.errors import InputError
from asepsis.sentences import Said, Sentence

if TYPE_CHECKING:
    from asepsis.exchange.bill import Bill
    from asepsis.exchange.bill_diff import Difference
    from asepsis.exchange.bill_quality import Answer as Found
    from asepsis.exchange.facts import Component, Matches
    from asepsis.exchange.source import Receipt

app = typer.Typer(
    no_args_is_help=True, help="Read, measure, compare and convert bills of materials and lock files; needs no ledger."
)

MOST_ROWS = 200  # of a table for people; --json gives all


class SameFileError(InputError):
    """A bill would be written over the one that it is made from."""

    code = "out-is-in"
    exit_code = 2
    sentence = Sentence("{file} would be written over itself.", next="Name another file to write.")


class NotWrittenError(InputError):
    """A file cannot be written."""

    code = "out-unwritable"
    sentence = Sentence("{file} cannot be written: {reason}.", next="Name a file in a folder that is there and yours.")


class By(enum.StrEnum):
    """By whose list a bill is measured."""

    NTIA = "ntia"
    BSI = "bsi"
    FDA = "fda"


class To(enum.StrEnum):
    """In which format a bill is written."""

    CYCLONEDX = "cyclonedx"
    SPDX = "spdx"


FormatOption = Annotated[
    str | None, typer.Option("--format", metavar="FORMAT", help="How to read it; else it is told from the file.")
]


@command(app, "read")
def read(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A bill of materials or a lock file.")],
    *,
    format_name: FormatOption = None,
) -> Answer:
    """List what FILE holds: its components with their places, and a receipt of what was not read and why.

    Exits with 0, or 4 where the file is none of the formats that are read.
    """
    bill, title = _read(file, format_name)
    fact = bill.fact
    value = {
        "format": fact.format,
        "product": fact.product,
        "product_version": fact.product_version,
        "author": fact.author,
        "tool": fact.tool,
        "made_at": fact.made_at,
        "serial": fact.serial,
        "schema": fact.schema,
        "departures": list(fact.departures),
        "receipt": _receipt(bill.receipt),
        "components": [
            _component(one) | {"depth": depth, "parents": list(parents)}
            for one, depth, parents in zip(fact.components, bill.depths, bill.parents, strict=True)
        ],
    }
    about = " ".join(filter(None, (fact.product, fact.product_version))) or "no named product"
    rows = ((one.name, one.version, one.purl or one.cpe, one.supplier, _place(bill, at)) for at, one in _first(bill))
    parts: list[Part] = [
        f"{file.name} was read as {title}: {len(fact.components):,} components of {about}.",
        Table.of("component|version|package URL or CPE|supplier|place", rows, "It lists no component."),
        *_more(len(fact.components)),
        *_told(bill),
    ]
    return Answer(value, tuple(parts))


def _first(bill: Bill) -> list[tuple[int, Component]]:
    return list(enumerate(bill.fact.components[:MOST_ROWS]))


def _more(count: int) -> list[Part]:
    return [f"{count - MOST_ROWS:,} more are shown with --json."] if count > MOST_ROWS else []


def _place(bill: Bill, at: int) -> str:
    depth = bill.depths[at]
    return bill.fact.components[at].place if depth < 2 else f"transitive, {depth} steps"


def _told(bill: Bill) -> list[Part]:
    """Return what a person has to know of how the bill was read."""
    fact, receipt = bill.fact, bill.receipt
    parts: list[Part] = []
    if fact.departures:
        parts.append(f"It departs from the schema of {fact.format}; the first places:")
        parts += [f"  {one}" for one in fact.departures]
    if receipt.not_taken:
        rows = ((what, _text(why)) for what, why in receipt.not_taken)
        parts.append(Table.of("not read|why", rows, "", title=f"{receipt.not_taken_count:,} were not read"))
    return parts + [_text(one) for one in receipt.notes]


@command(app, "quality")
def quality(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A bill of materials.")],
    *,
    by: Annotated[
        list[By] | None, typer.Option("--by", help="Whose list counts; may be given several times; else all three.")
    ] = None,
    scan: Annotated[
        Path | None,
        typer.Option("--scan", metavar="FILE", help="CycloneDX with what a scanner found in this very bill."),
    ] = None,
    format_name: FormatOption = None,
) -> Answer:
    """Say what FILE lacks of what NTIA, the BSI (TR-03183-2) and the FDA ask of a bill, and what to do for each gap.

    Exits with 0 where nothing is missing, 1 where something is, 3 where that cannot be told, 4 where the file cannot be read.
    """
    from asepsis.exchange.bill_quality import Asker, Verdict, examine

    bill, title = _read(file, format_name)
    found = examine(bill, _matches(bill, scan))
    askers = [Asker(one) for one in by] if by else list(Asker)
    verdicts = {asker: found.verdict(asker) for asker in askers}
    answers = [one for one in found.answers if one.element.asked_by & set(askers)]
    value = {
        "source": file.name,
        "digest": bill.receipt.digest,
        "format": bill.fact.format,
        "verdicts": {str(asker): str(verdict) for asker, verdict in verdicts.items()},
        "answers": [_answer(one) for one in answers],
    }
    heading = f"{file.name} was read as {title}: {len(bill.fact.components):,} components."
    told = (f"{asker.document}: {_VERDICTS[verdict]}." for asker, verdict in verdicts.items())
    rows = (
        (one.element.title, str(one.verdict), f"{one.asked - one.lacking:,} of {one.asked:,}", _askers(one, askers))
        for one in answers
    )
    parts: list[Part] = [heading, *told, Table.of("element|verdict|have it|asked by", rows, "Nothing is asked.")]
    for one in answers:
        if one.said is not None:
            parts += [f"{one.said.text()} {one.said.next() or ''}".rstrip()]
    states = set(verdicts.values())
    code = 1 if Verdict.GAP in states else 3 if Verdict.UNKNOWN in states else 0
    return Answer(value, tuple(parts), code)


_VERDICTS = {"met": "all is there", "gap": "something is missing", "unknown": "it cannot be told"}


def _askers(one: Found, askers: list[Any]) -> str:
    asked = [f"{asker}{' if known' if asker in one.element.only_if_known else ''}" for asker in askers]
    return ", ".join(text for text, asker in zip(asked, askers, strict=True) if asker in one.element.asked_by)


def _answer(one: Found) -> dict[str, Any]:
    return {
        "element": one.element.name,
        "asked_by": sorted(map(str, one.element.asked_by)),
        "only_if_known": sorted(map(str, one.element.only_if_known)),
        "verdict": str(one.verdict),
        "asked": one.asked,
        "lacking": one.lacking,
        "examples": list(one.examples),
        "said": one.said.text() if one.said else None,
        "next": one.said.next() if one.said else None,
    }


def _matches(bill: Bill, scan: Path | None) -> Matches | None:
    """Return what a scanner found; the file itself stands for the feeds that it was made with."""
    if scan is None:
        return None
    from asepsis.exchange.source import Source
    from asepsis.exchange.vex_matches import read_matches

    source = Source.file(scan)
    return read_matches(source, bill_digest=bill.receipt.digest, feeds_digest=source.digest, components=bill.fact).fact


@command(app, "diff")
def diff(
    before: Annotated[Path, typer.Argument(metavar="BEFORE", help="The bill or lock file of before.")],
    after: Annotated[Path, typer.Argument(metavar="AFTER", help="That of now; the formats may differ.")],
) -> Answer:
    """Tell what changed: components added, removed, moved, or of another version, licence, supplier, hash or support.

    Exits with 0 where both list the same, 1 where they differ, 4 where one cannot be read.
    """
    from asepsis.exchange.bill_diff import difference

    (old, _), (new, _) = _read(before, None), _read(after, None)
    found = difference(old, new)
    value = {
        "before": {"source": before.name, "digest": old.receipt.digest},
        "after": {"source": after.name, "digest": new.receipt.digest},
        "added": [{"identity": name, "component": _component(one)} for name, one in found.added],
        "removed": [{"identity": name, "component": _component(one)} for name, one in found.removed],
        "changed": [
            {
                "identity": one.identity,
                "differences": [{"what": what, "before": was, "after": is_} for what, was, is_ in one.differences],
            }
            for one in found.changed
        ],
        "unchanged": found.unchanged,
    }
    rows = _lines(found)
    summary = (
        f"{len(found.added):,} added, {len(found.removed):,} removed, {len(found.changed):,} changed, "
        f"{found.unchanged:,} as before."
    )
    parts = (
        summary,
        Table.of("component|what|before|after", rows[:MOST_ROWS], "They list the same."),
        *_more(len(rows)),
    )
    return Answer(value, parts, 0 if found.is_none else 1)


def _lines(found: Difference) -> list[tuple[str, str, str | None, str | None]]:
    return [
        *((name, "added", None, one.version) for name, one in found.added),
        *((name, "removed", one.version, None) for name, one in found.removed),
        *((one.identity, *difference) for one in found.changed for difference in one.differences),
    ]


@command(app, "convert")
def convert(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A bill of materials or a lock file.")],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The file to write.")],
    *,
    to: Annotated[To, typer.Option("--to", help="CycloneDX 1.6 or SPDX 2.3, both JSON.")] = To.CYCLONEDX,
    care: Annotated[
        Path | None,
        typer.Option(
            "--care",
            metavar="FILE",
            help="CSV with purl, category, support, end_of_support and supplier; purl may be a pattern.",
        ),
    ] = None,
    format_name: FormatOption = None,
) -> Answer:
    """Write what FILE lists to OUT as CycloneDX or SPDX, with categories, levels and ends of support where they are known.

    With --care a list says who looks after which packages; it stands over what the bill says. Categories are maintained,
    supported and required. What the format has no place for is told.
    Exits with 0, or 4 where a file cannot be read or written.
    """
    from asepsis.exchange import care_list, cyclonedx_writing
    from asepsis.exchange.bill_writing import with_care
    from asepsis.exchange.instants import instant
    from asepsis.exchange.source import Source
    from asepsis.exchange.spdx import writing as spdx_writing

    if out.exists() and file.exists() and out.samefile(file):
        raise SameFileError(file=out.name)
    bill, _ = _read(file, format_name)
    decided = care_list.read(Source.file(care)).of(bill) if care else {}
    bill = with_care(bill, decided)
    name, now = uuid.uuid4().urn, instant(datetime.now(UTC).replace(microsecond=0))
    if to is To.CYCLONEDX:
        written, format_ = cyclonedx_writing.write(bill, serial=name, made_at=now), cyclonedx_writing.FORMAT
    else:
        written, format_ = spdx_writing.write(bill, namespace=name, made_at=now), spdx_writing.FORMAT
    try:
        out.write_bytes(written.data)
    except OSError as problem:
        raise NotWrittenError(file=out.name, reason=(problem.strerror or str(problem)).lower()) from problem
    components = bill.fact.components
    without = [one.name for one in components if one.category is None]
    value = {
        "written": str(out),
        "format": format_,
        "digest": hashlib.sha256(written.data).hexdigest(),
        "components": len(components),
        "decided": len(decided),
        "without_category": len(without),
        "left": [{"what": what, "why": why.text()} for what, why in written.left],
        "receipt": _receipt(bill.receipt),
    }
    parts: list[Part] = [
        f"{out.name} was written as {format_}: {len(components):,} components, {len(without):,} of them without a category.",
        *_told(bill),
    ]
    if written.left:
        rows = [(what, why.text()) for what, why in written.left]
        parts += [Table.of("not written|why", rows[:MOST_ROWS], ""), *_more(len(rows))]
    return Answer(value, tuple(parts))


# ------------------------------------------------------------------------------------------------------- what they share


def _read(file: Path, format_name: str | None) -> tuple[Bill, str]:
    """Return the bill in a file, and what its format is called."""
    from asepsis.exchange.bill import Bill
    from asepsis.exchange.formats import FACTS

    kind = FACTS["components"]
    format_ = kind.format(format_name) if format_name else kind.format_of(file)
    with progress(f"Reading {file.name}"):
        reading = format_.reading(file)
    assert isinstance(reading, Bill), f"the reader of {format_.name} gives no bill"
    return reading, format_.title


def _text(said: Said | str) -> str:
    return said.text() if isinstance(said, Said) else said


def _receipt(receipt: Receipt) -> dict[str, Any]:
    return {
        "source": receipt.source,
        "digest": receipt.digest,
        "taken": receipt.taken,
        "not_taken_count": receipt.not_taken_count,
        "not_taken": [{"what": what, "why": _text(why)} for what, why in receipt.not_taken],
        "notes": [_text(one) for one in receipt.notes],
    }


def _component(one: Component) -> dict[str, Any]:
    import msgspec

    value: dict[str, Any] = msgspec.to_builtins(one)
    return value
