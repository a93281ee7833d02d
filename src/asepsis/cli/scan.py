"""What is known of the components of a bill, from advisories that were fetched before; no ledger and no network."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from asepsis.cli import scan_output
from asepsis.cli.output import Answer, Part, Table, command
from asepsis.errors import InputError
from asepsis.sentences import Sentence

if TYPE_CHECKING:
    from collections.abc import Iterable

    from asepsis.advisories.findings import Finding, Scan, Source
    from asepsis.advisories.outputs.report import Line, Report
    from asepsis.jobs.bill_folder import FolderScan

MOST_ROWS = 500
MOST_NOT_READ = 20


class FolderOutputError(InputError):
    """What is asked for is given out of one bill, and a folder of many was named."""

    code = "scan-folder-output"
    sentence = Sentence(
        "Documents and statements are of one bill, and a folder of them was named.",
        next="Name one file, or ask for a table or --json.",
    )


def add_to(app: typer.Typer) -> None:
    """Add the command to the tree."""
    command(app, "scan")(scan)


def scan(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A bill of materials or a lock file; or a folder of many of them.")
    ],
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
    *,
    form: scan_output.FormOption = "table",
    to: scan_output.ToOption = None,
    vex: scan_output.VexOption = None,
    product: scan_output.ProductOption = None,
    author: scan_output.AuthorOption = None,
    namespace: scan_output.NamespaceOption = None,
    fail_on_candidates: Annotated[
        bool,
        typer.Option(
            "--fail-on-candidates", help="End with 1 also for a candidate that nobody has confirmed or ruled out."
        ),
    ] = False,
    all_candidates: Annotated[
        bool,
        typer.Option("--all-candidates", help="List candidates too that share no more than a name with a component."),
    ] = False,
) -> Answer:
    """Say what is known of each component of FILE, with its reason, and what could not be looked up.

    It uses what `asepsis feeds update` fetched, and nothing else. A component that no feed covers, data that is too old, and a
    version that cannot be told are *unknown*, never clean. What a component may have by its CPE or its name is a candidate:
    listed apart, for a person to confirm. With --vex, what others decided is laid over it, with a receipt for each statement.
    All bills below a folder are laid against the feeds at once; what was read of them is kept, so the next time is quick.
    Exits with 0 when all was looked up and nothing is known that no decision closes, 1 when something is, 3 when nothing is
    and something could not be told, 4 when FILE is no bill.
    """
    scan_output.check(form, namespace)
    if file.is_dir():
        if form not in scan_output.OWN or vex:
            raise FolderOutputError
        return _folder(file, feeds, max_age, form)
    from asepsis import home
    from asepsis.advisories import matching
    from asepsis.exchange import source as sources
    from asepsis.exchange.formats import bill_of
    from asepsis.jobs.indexing import opened
    from asepsis.jobs.shelf import Shelf

    source = sources.Source.file(file)
    bill = bill_of(source)
    with opened(Shelf(feeds or home.place() / "feeds")) as index:
        days = _days(max_age)
        components, now = bill.fact.components, datetime.now(UTC)
        found = matching.scan(
            components, index, bill=source.digest, now=now, max_age_days=days, every_candidate=all_candidates
        )
    report = scan_output.report(file.name, bill, found, vex, product)
    answer = (
        scan_output.written(report, form, to, author, namespace) if form not in scan_output.OWN else _own(report, form)
    )
    return replace(answer, code=1) if fail_on_candidates and found.candidates else answer


def _days(max_age: int | None) -> int:
    """Return how old the data may be: as was said, else as the default policy says."""
    if max_age is not None:
        return max_age
    from asepsis.clauses.policy import in_force

    return in_force().number("maintenance.feed_age_days")


def _folder(folder: Path, feeds: Path | None, max_age: int | None, form: str) -> Answer:
    """Return what is known of all bills below a folder."""
    import msgspec

    from asepsis import home
    from asepsis.jobs import bill_folder
    from asepsis.jobs.shelf import Shelf

    shelf = Shelf(feeds or home.place() / "feeds")
    found = bill_folder.scan(folder, shelf, now=datetime.now(UTC), max_age_days=_days(max_age))
    value: dict[str, Any] = msgspec.to_builtins(found) | {"affected": found.affected, "unknown": found.not_known}
    parts = (scan_output.as_json(value),) if form == "json" else tuple(_of_folder(folder.name, found))
    return Answer(value, parts, 1 if found.affected else 3 if found.not_known else 0)


def _of_folder(name: str, found: FolderScan) -> list[Part]:
    touched = [one for one in found.bills if one.affected or one.undetermined or one.unread]
    total, looked = (sum(getattr(one, what) for one in found.bills) for what in ("components", "looked_up"))
    rows = (
        (one.purl, len(one.files), each.advisory, _result(each), each.why, ", ".join(each.fixed[:3]))
        for one in found.packages
        for each in one.findings
    )
    parts: list[Part] = [
        f"{looked:,} of {total:,} components in {_many(len(found.bills), 'bill', 'bills')} below {name} were looked up; "
        f"something is known, in doubt or not read of {_many(len(touched), 'bill', 'bills')}.",
        Table.of("component|bills|advisory|result|why|fixed in", islice(rows, MOST_ROWS), "Nothing is known of them."),
        Table.of(
            "bill|components|looked up|affected|in doubt|not read",
            (
                (one.file, one.components, one.looked_up, one.affected, one.undetermined, one.unread)
                for one in touched[:MOST_ROWS]
            ),
            "",
        ),
    ]
    if found.not_read:
        title = f"Files that are no bill, so that nothing about them is clean: {len(found.not_read):,}"
        parts.append(Table.of("not read|why", found.not_read[:MOST_NOT_READ], "", title=title))
    parts.append("Candidates by CPE or name are looked for in one bill at a time. All of it is shown with --json.")
    return [*parts, _sources(found.sources)]


def _own(report: Report, form: str) -> Answer:
    value, parts = _value(report), tuple(_parts(report))
    return Answer(value, (scan_output.as_json(value),) if form == "json" else parts, scan_output.code(report))


def _value(report: Report) -> dict[str, Any]:
    import msgspec

    value: dict[str, Any] = msgspec.to_builtins(report.scan)
    for line in report.lines():
        if line.decision is not None:
            of = value["components"][line.at]["findings"]
            told = next(one for one in of if one["advisory"] == line.finding.advisory)
            told["decision"] = scan_output.decision(line.decision)
    told = {"affected": report.affected, "unknown": report.not_known}
    from asepsis.advisories.outputs.decisions import text_of

    receipt = report.bill.receipt
    told |= {"not_read": [{"what": what, "why": text_of(why)} for what, why in receipt.not_taken]}
    told |= {"not_read_count": receipt.not_taken_count}
    return value | told | ({"statements": scan_output.receipts(report)} if report.laid.receipts else {})


def _parts(report: Report) -> list[Part]:
    from asepsis.advisories.findings import LookedUp
    from asepsis.advisories.outputs.decisions import text_of

    name, found, receipt = report.name, report.scan, report.bill.receipt
    looked = sum(one.looked_up is LookedUp.YES for one in found.components)
    rows = [
        (one.component.name, one.component.version, one.finding.advisory, _known(one), one.finding.why, _fixed(one))
        for one in report.lines()
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
    for reason in (LookedUp.NO_DATA, LookedUp.PARTIAL, LookedUp.STALE, LookedUp.NO_IDENTITY):
        left = [one.name for one in found.components if one.looked_up is reason]
        if left:
            parts.append(
                f"Not looked up, {reason}: {', '.join(left[:12])}{f' and {len(left) - 12:,} more' if len(left) > 12 else ''}."
            )
    if receipt.not_taken:
        title = f"What {name} holds and was not read, so that nothing about it is clean: {receipt.not_taken_count:,}"
        parts.append(
            Table.of("not read|why", ((what, text_of(why)) for what, why in receipt.not_taken), "", title=title)
        )
    parts += [*scan_output.told(report), *_candidates(found)]
    parts.append(_sources(found.sources))
    return parts


def _sources(sources: Iterable[Source]) -> Table:
    data = ((one.name, one.kind, one.records, one.as_of, _covers(one), one.trouble) for one in sources)
    return Table.of("feed|records of|count|as of|covers|not relied on", data, NO_FEEDS)


def _candidates(found: Scan) -> list[Part]:
    """Return the candidates, a row each, and what was left open; nothing where there is none."""
    parts: list[Part] = []
    if found.candidates:
        rows = [
            (one.component, one.version, one.vulnerability, one.result, f"{one.kinship}; {one.reason}", one.record)
            for one in found.candidates[:MOST_ROWS]
        ]
        known = _many(len(found.candidates), "candidate", "candidates")
        parts.append(f"{known} by CPE or name, for a person to confirm:")
        parts.append(Table.of("component|version|vulnerability|result|why|record", rows, ""))
        if len(found.candidates) > MOST_ROWS:
            parts.append(f"{len(found.candidates) - MOST_ROWS:,} more are shown with --json.")
    if found.below:
        reasons = "; ".join(f"{count:,} since {kinship}" for kinship, count in sorted(found.below.items()))
        parts.append(f"Candidates that are counted and not listed: {reasons}. See them with --all-candidates.")
    if left := sum(one.left_open for one in found.components):
        parts.append(
            f"{_many(left, 'record names', 'records name')} a product so called and say nothing of the version."
        )
    return parts


def _covers(one: Source) -> str:
    """Return what a feed covers: ecosystems, those in part, or the products that it names."""
    partly = (f"{each} in part" for each in one.partial)
    products = (f"{one.products:,} products by name",) if one.products else ()
    return ", ".join((*one.covers, *partly, *products))


NO_FEEDS = "No feed was added, so nothing is known. Add one, as with `asepsis feeds add osv --part PyPI`."


def _known(line: Line) -> str:
    decided = f"decided: {line.status}" if line.decision else ""
    return ", ".join(filter(None, (_result(line.finding), decided)))


def _result(finding: Finding) -> str:
    more = ["exploited" if finding.kev else "", f"EPSS {finding.epss}" if finding.epss else ""]
    if finding.ssvc is not None:
        from asepsis.advisories.outputs.attacks import decision_of

        more.append(f"SSVC {decision_of(finding.ssvc)}")
    return ", ".join(filter(None, (str(finding.result), *more)))


def _fixed(line: Line) -> str:
    return ", ".join(line.finding.fixed[:3])


def _many(count: int, one: str, several: str) -> str:
    return f"{count:,} {one if count == 1 else several}"
