"""One page that stands by itself: no script, no picture, nothing that is fetched; it may be mailed and kept."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal, InvalidOperation
from functools import cache
from html import escape
from importlib import resources
from itertools import chain

import asepsis
from asepsis.advisories.findings import Candidate, Finding, Result
from asepsis.advisories.outputs import attacks
from asepsis.advisories.outputs.decisions import text_of
from asepsis.advisories.outputs.report import Line, Report
from asepsis.advisories.outputs.severity import severities
from asepsis.advisories.outputs.tree import Step, tree, way_to

MOST_DRAWN = 5_000  # components of a bill whose whole tree is drawn; of a larger one the ways to what is known
MOST_LISTED = 2_000  # of what could not be looked up
MOST_OPEN = 300  # components of a tree that is opened from the first


def write(report: Report) -> bytes:
    """Return the page as bytes of UTF-8: what is known and why, what was decided, what could not be looked up, the tree.

    It names no address that a browser would fetch, and its own policy forbids it to. What comes from the bill or from an
    advisory is text, whatever it holds.
    """
    style = _style()
    policy = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    title = f"Known vulnerabilities of {report.product}"
    parts = [
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
        f"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{policy}'\">",
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}</title>\n<style>{style}</style>\n</head>\n<body>",
        *_head(report, title),
        "<main>",
        *_findings(report),
        *_candidates(report),
        *_receipts(report),
        *_not_looked_up(report),
        *_data(report),
        *_licences(report),
        *_components(report),
        "</main>",
        f"<footer class=small>Made by asepsis {escape(asepsis.__version__)} from {escape(report.name)}, SHA-256 "
        f"<code>{escape(report.scan.bill)}</code>, at {escape(report.scan.at)}.</footer>",
        "</body>\n</html>\n",
    ]
    return "\n".join(parts).encode()


@cache
def _style() -> str:
    return (resources.files("asepsis.advisories.outputs") / "page.css").read_text(encoding="utf-8")


def _head(report: Report, title: str) -> Iterator[str]:
    lines = list(report.lines())
    open_ = [one for one in lines if not one.is_closed]
    affected = sum(one.finding.result is Result.AFFECTED for one in open_)
    exploited = sum(one.finding.kev is not None for one in open_)
    left = sum(1 for _ in report.not_looked_up())
    yield f"<header><h1>{escape(title)}</h1>"
    yield f"<p class=second>{escape(_verdict(report))} {escape(report.coverage())}</p>"
    counts = [
        (len(report.scan.components), "components", ""),
        (affected, "affected", "gap" if affected else ""),
        (exploited, "known to be exploited", "red" if exploited else ""),
        (len(open_) - affected, "in doubt", "unk" if len(open_) > affected else ""),
        (len(lines) - len(open_), "closed by a decision", ""),
        (left, "not looked up", "unk" if left else ""),
    ]
    yield "<ul class=counts>"
    yield from (f'<li class="{kind}"><b>{count:,}</b>{name}</li>' for count, name, kind in counts)
    yield "</ul>"
    yield (
        "<nav><a href=#findings>Findings</a><a href=#left>Not looked up</a><a href=#data>Data</a>"
        "<a href=#licences>Licences</a><a href=#components>Components</a></nav></header>"
    )


def _verdict(report: Report) -> str:
    if report.affected:
        return "Something is known of a component that nobody has closed."
    if report.not_known:
        return "Nothing is known to affect it, and something could not be told."
    return "All was looked up, and nothing is open."


# --- what is known ------------------------------------------------------------------------------------------------------


def _findings(report: Report) -> Iterator[str]:
    yield "<section id=findings><h2>What is known</h2>"
    lines = sorted(report.lines(), key=_urgency)
    if not lines:
        yield _none("Nothing is known of what was looked up.")
    else:
        heads = ("component", "vulnerability", "result", "severity", "exploited", "fixed in", "decided")
        yield from _table(heads, (_finding(one, report) for one in lines))
    yield "</section>"


def _urgency(line: Line) -> tuple[bool, bool, bool, Decimal, Decimal, int]:
    rated = next((one.number for one in severities(line.finding) if one.number is not None), Decimal(0))
    return (
        line.is_closed,
        line.finding.kev is None,
        line.finding.result is not Result.AFFECTED,
        -rated,
        -_number(line.finding.epss),
        line.at,
    )


def _number(text: str | None) -> Decimal:
    try:
        return Decimal(text or 0)
    except InvalidOperation:
        return Decimal(0)


def _finding(line: Line, report: Report) -> Sequence[str]:
    finding, component = line.finding, line.component
    called = " ".join(filter(None, (component.name, component.version)))
    names = [report.bill.fact.components[at].name for at in way_to(report.bill, line.at)]
    way = f"<span class=small>{escape(' / '.join(names))}</span>" if len(names) > 1 else ""
    rated = next(iter(severities(finding)), None)
    severity = "" if rated is None else f"<code>{escape(rated.vector)}</code>"
    if rated is not None and rated.number is not None:
        severity = f"<span class=word>{rated.number} {rated.word}</span>{severity}"
    exploited = f"<span class='word exploited'>since {escape(finding.kev)}</span>" if finding.kev else ""
    if finding.epss:
        exploited += f"<span>EPSS {escape(finding.epss)}</span>"
    exploited += _ssvc(finding)
    others = f"<span class=small>{escape(', '.join(line.names[1:]))}</span>" if line.names[1:] else ""
    told = [f"<span class='word {finding.result}'>{finding.result}</span><span>{escape(finding.why)}</span>"]
    told.append(f"<span class=small>by {escape(finding.advisory)} of {escape(finding.source)}</span>")
    if finding.says_otherwise:
        told.append(f"<span class=small>otherwise: {escape(', '.join(finding.says_otherwise))}</span>")
    return (
        f"<span class=name>{escape(called)}</span>{way}",
        f"<span class=whole>{escape(line.names[0])}</span>{others}",
        "".join(told),
        severity,
        exploited,
        escape(", ".join(finding.fixed)),
        _decided(line),
    )


def _ssvc(told: Finding | Candidate) -> str:
    if told.ssvc is None:
        return ""
    answers = escape(attacks.ssvc_answers(told.ssvc))
    return f"<span>SSVC {escape(attacks.decision_of(told.ssvc))}</span><span class=small>{answers}</span>"


def _decided(line: Line) -> str:
    if line.decision is None:
        return "<span class='word unknown'>under investigation</span>"
    said = line.decision
    kind = "closed" if line.is_closed else "affected" if said.status == "affected" else "unknown"
    told = [f"<span class='word {kind}'>{escape(said.status.replace('-', ' '))}</span>"]
    if said.justification:
        told.append(f"<span>{escape(said.justification.replace('-', ' '))}</span>")
    told += [f"<span class=small>{escape(text)}</span>" for text in (said.impact, said.action, said.at) if text]
    return "".join(told)


def _candidates(report: Report) -> Iterator[str]:
    found = report.scan.candidates
    if not found:
        return
    yield "<section id=candidates><h2>Candidates, for a person to confirm</h2>"
    yield "<p>A component may be the product that a record names. None of these counts among what is known.</p>"
    rows = (
        (
            f"<span class=name>{escape(' '.join(filter(None, (one.component, one.version))))}</span>",
            f"<span class=whole>{escape(one.vulnerability)}</span>",
            escape(" ".join(filter(None, (one.vendor, one.product)))),
            escape(one.kinship),
            f"{escape(one.result)}, {escape(one.reason)}",
            f"<span class=small>{escape(attacks.text(one))}</span>",
        )
        for one in found[:MOST_LISTED]
    )
    yield from _table(
        ("component", "vulnerability", "product of the record", "what speaks for it", "then", "exploited"), rows
    )
    if len(found) > MOST_LISTED:
        yield f"<p>{len(found) - MOST_LISTED:,} more are not listed here; the JSON output names them all.</p>"
    yield "</section>"


def _receipts(report: Report) -> Iterator[str]:
    if not report.laid.receipts and not report.laid.unread:
        return
    yield "<section id=statements><h2>What became of each statement</h2>"
    rows = (
        (
            f"<span class=whole>{escape(one.statement.vulnerability)}</span>",
            escape(one.statement.thing),
            escape(one.statement.status.replace("-", " ")),
            f"<span class='word {'closed' if one.outcome == 'applied' else 'unknown'}'>{one.outcome}</span>",
            escape(one.why.text()),
            escape(one.source),
        )
        for one in report.laid.receipts
    )
    left = (
        (escape(what), "", "", "<span class='word unknown'>not read</span>", escape(text_of(why)), escape(source))
        for source, what, why in report.laid.unread
    )
    yield from _table(("vulnerability", "of", "says", "outcome", "why", "file"), chain(rows, left))
    yield "</section>"


# --- what is not known, and what all rests on ----------------------------------------------------------------------------


def _not_looked_up(report: Report) -> Iterator[str]:
    left = list(report.not_looked_up())
    yield "<section id=left><h2>What could not be looked up</h2>"
    if not report.scan.components:
        yield _none("The bill lists no component, so there was nothing to look up.", "unk")
    elif not left:
        yield _none("Every component was looked up.")
    else:
        yield "<p>That nothing is told of one of these does not mean that nothing is known of it.</p>"
        rows = (
            (f"<span class=name>{escape(one.name)}</span>", escape(one.version or ""), escape(one.looked_up))
            for _, one in left[:MOST_LISTED]
        )
        yield from _table(("component", "version", "why not"), rows)
        if len(left) > MOST_LISTED:
            yield f"<p>{len(left) - MOST_LISTED:,} more are not listed here; the JSON output names them all.</p>"
    yield "</section>"


def _data(report: Report) -> Iterator[str]:
    yield "<section id=data><h2>What it rests on</h2>"
    if not report.scan.sources:
        yield _none("There is no feed of advisories, so nothing is known.", "unk")
    else:
        rows = (
            (
                f"<span class=name>{escape(one.name)}</span>",
                escape(one.kind),
                f"{one.records:,}",
                escape(one.as_of or "not known"),
                escape(", ".join(one.covers)),
                f"<span class='word unknown long'>{escape(one.trouble)}</span>" if one.trouble else "yes",
            )
            for one in report.scan.sources
        )
        yield from _table(("feed", "records of", "count", "as of", "covers", "relied on"), rows)
    covered = Counter(str(one.looked_up) for one in report.scan.components)
    yield "<p class=small>" + "; ".join(f"{name}: {count:,}" for name, count in sorted(covered.items())) + "</p>"
    yield "</section>"


def _licences(report: Report) -> Iterator[str]:
    found: dict[str, list[str]] = {}
    for one in report.bill.fact.components:
        for licence in one.licences or ("none is named",):
            found.setdefault(licence, []).append(one.name)
    yield "<section id=licences><h2>Licences</h2>"
    if not found:
        yield _none("The bill lists no component.")
    else:
        rows = (
            (f"<span class=name>{escape(licence)}</span>", f"{len(names):,}", escape(_several(names)))
            for licence, names in sorted(found.items(), key=lambda one: (-len(one[1]), one[0]))
        )
        yield from _table(("licence", "components", "which"), rows)
    yield "</section>"


def _several(names: Sequence[str], most: int = 12) -> str:
    told = list(dict.fromkeys(names))
    return ", ".join(told[:most]) + (f" and {len(told) - most:,} more" if len(told) > most else "")


# --- the tree -----------------------------------------------------------------------------------------------------------


def _components(report: Report) -> Iterator[str]:
    bill = report.bill
    count = len(bill.fact.components)
    yield "<section id=components><h2>Components, by what depends on them</h2>"
    marks = _marks(report)
    drawn = tree(bill)
    if count > MOST_DRAWN:
        drawn = drawn.leading_to({line.at for line in report.lines()})
        yield (
            f"<p>The bill lists {count:,} components. Drawn are those of which something is known, and those on the way to "
            "them; the JSON output names all.</p>"
        )
    drawer = _Drawer(report, marks, opened=count <= MOST_OPEN)
    yield from drawer.branch(drawn.rooted, "No way from the product to a component is told here.")
    for branch in drawn.deeper:
        name = escape(bill.fact.components[branch[0].at].name)
        yield f"<p class=small>Further down, below {name}:</p>"
        yield from drawer.branch(branch)
    if drawn.apart:
        yield "<p class=small>No way leads from the product to these:</p>"
        yield from drawer.branch(drawn.apart)
    yield "</section>"


def _marks(report: Report) -> dict[int, str]:
    found: dict[int, list[Line]] = {}
    for line in report.lines():
        found.setdefault(line.at, []).append(line)
    marks = {}
    for at, lines in found.items():
        open_ = [one for one in lines if not one.is_closed]
        sure = [one for one in open_ if one.finding.result is Result.AFFECTED]
        told = [
            (len(sure), "known", "exploited" if any(one.finding.kev for one in sure) else "affected"),
            (len(open_) - len(sure), "in doubt", "undetermined"),
            (len(lines) - len(open_), "closed", "closed"),
        ]
        marks[at] = "".join(f"<b class='mark word {kind}'>{n:,} {word}</b>" for n, word, kind in told if n)
    for at, _ in report.not_looked_up():
        marks[at] = marks.get(at, "") + "<b class='mark word unknown'>not looked up</b>"
    return marks


class _Drawer:
    """Draws branches of the tree as lists within lists."""

    def __init__(self, report: Report, marks: dict[int, str], *, opened: bool) -> None:
        self.components, self.marks = report.bill.fact.components, marks
        self.tag = "<details open>" if opened else "<details>"

    def branch(self, told: Sequence[Step], empty: str = "") -> Iterator[str]:
        """Yield the lists of one branch; `empty` is said where it has nothing."""
        if not told:
            if empty:
                yield _none(empty)
            return
        yield "<ul class=tree>"
        depth = told[0].depth
        for number, step in enumerate(told):
            while depth > step.depth:
                yield "</ul></details></li>"
                depth -= 1
            follows = told[number + 1].depth if number + 1 < len(told) else -1
            if follows > step.depth:
                yield f"<li>{self.tag}<summary{self._id(step)}>{self._named(step)}</summary><ul>"
                depth += 1
            elif step.again:
                yield f"<li><a href=#n{step.at}>{self._named(step)}</a></li>"
            else:
                yield f"<li><span{self._id(step)}>{self._named(step)}</span></li>"
        while depth > told[0].depth:
            yield "</ul></details></li>"
            depth -= 1
        yield "</ul>"

    def _id(self, step: Step) -> str:
        return "" if step.again else f" id=n{step.at}"

    def _named(self, step: Step) -> str:
        one = self.components[step.at]
        name = escape(" ".join(filter(None, (one.name, one.version))))
        if step.circle:
            return f"{name} <span class=small>(goes round in a circle)</span>"
        if step.again:
            return f"{name} <span class=small>(told elsewhere)</span>"
        return name + self.marks.get(step.at, "")


# --- parts --------------------------------------------------------------------------------------------------------------


def _none(text: str, kind: str = "") -> str:
    return f'<p class="none {kind}">{escape(text)}</p>'


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield a table; each cell is HTML, and knows its head for screens on which rows become blocks."""
    yield "<table><thead><tr>" + "".join(f"<th scope=col>{head}</th>" for head in heads) + "</tr></thead><tbody>"
    for row in rows:
        yield (
            "<tr>"
            + "".join(f'<td data-of="{head}">{cell}</td>' for head, cell in zip(heads, row, strict=True))
            + "</tr>"
        )
    yield "</tbody></table>"
