"""What is known of the components of a bill, from advisories that were fetched before; no ledger and no network."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from asepsis.cli.output import Answer, Part, Table, command

if TYPE_CHECKING:
    from asepsis.advisories.findings import Finding, Scan

MOST_ROWS = 500


def add_to(app: typer.Typer) -> None:
    """Add the command to the tree."""
    command(app, "scan")(scan)


def scan(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A bill of materials or a lock file.")],
    max_age: Annotated[
        int | None,
        typer.Option(
            "--max-age", metavar="DAYS", min=0, help="How old the data may be; else as the default policy says."
        ),
    ] = None,
    feeds: Annotated[
        Path | None,
        typer.Option("--feeds", metavar="FOLDER", help="The folder of feeds; else that of the home folder."),
    ] = None,
) -> Answer:
    """Say what is known of each component of FILE, with its reason, and what could not be looked up.

    It uses what `asepsis feeds update` fetched, and nothing else. A component that no feed covers, data that is too old, and a
    version that cannot be told are *unknown*, never clean. Exits with 0 when all was looked up and nothing is known, 1 when
    something is, 3 when nothing is and something could not be told, 4 when FILE is no bill.
    """
    from asepsis import home
    from asepsis.advisories import matching
    from asepsis.clauses.policy import in_force
    from asepsis.exchange.formats import bill_of
    from asepsis.exchange.source import Source
    from asepsis.jobs.indexing import opened
    from asepsis.jobs.shelf import Shelf

    source = Source.file(file)
    bill = bill_of(source)
    with opened(Shelf(feeds or home.place() / "feeds")) as index:
        days = in_force().number("maintenance.feed_age_days") if max_age is None else max_age
        components, now = bill.fact.components, datetime.now(UTC)
        found = matching.scan(components, index, bill=source.digest, now=now, max_age_days=days)
    return Answer(_value(found), tuple(_parts(file.name, found)), _code(found))


def _code(found: Scan) -> int:
    return 1 if found.affected else 3 if found.not_known else 0


def _value(found: Scan) -> dict[str, Any]:
    import msgspec

    value: dict[str, Any] = msgspec.to_builtins(found)
    return value | {"affected": found.affected, "unknown": found.not_known}


def _parts(name: str, found: Scan) -> list[Part]:
    from asepsis.advisories.findings import LookedUp

    looked = sum(one.looked_up is LookedUp.YES for one in found.components)
    rows = [
        (one.name, one.version, finding.advisory, _known(finding), finding.reason, ", ".join(finding.fixed[:3]))
        for one in found.components
        for finding in one.findings
    ]
    parts: list[Part] = [
        f"{looked:,} of {len(found.components):,} components of {name} were looked up; "
        f"{_many(len(rows), 'vulnerability is', 'vulnerabilities are')} known or in doubt.",
        Table.of(
            "component|version|advisory|result|why|fixed in",
            rows[:MOST_ROWS],
            "Nothing is known of what was looked up.",
        ),
    ]
    if len(rows) > MOST_ROWS:
        parts.append(f"{len(rows) - MOST_ROWS:,} more are shown with --json.")
    for reason in (LookedUp.NO_DATA, LookedUp.STALE, LookedUp.NO_IDENTITY):
        left = [one.name for one in found.components if one.looked_up is reason]
        if left:
            parts.append(
                f"Not looked up, {reason}: {', '.join(left[:12])}{f' and {len(left) - 12:,} more' if len(left) > 12 else ''}."
            )
    data = ((one.name, one.kind, one.records, one.as_of, ", ".join(one.covers), one.trouble) for one in found.sources)
    parts.append(Table.of("feed|records of|count|as of|covers|not relied on", data, NO_FEEDS))
    return parts


NO_FEEDS = "No feed was added, so nothing is known. Add one, as with `asepsis feeds add osv --part PyPI`."


def _known(finding: Finding) -> str:
    more = ("exploited" if finding.kev else "", f"EPSS {finding.epss}" if finding.epss else "")
    return ", ".join(filter(None, (str(finding.result), *more)))


def _many(count: int, one: str, several: str) -> str:
    return f"{count:,} {one if count == 1 else several}"
