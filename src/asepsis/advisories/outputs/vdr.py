"""CycloneDX with the vulnerabilities inside the bill (a disclosure report, VDR)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from asepsis.advisories.findings import Candidate, Result
from asepsis.advisories.outputs import attacks
from asepsis.advisories.outputs.report import Line, Report
from asepsis.advisories.outputs.severity import Severity, severities
from asepsis.exchange import cyclonedx_writing
from asepsis.exchange.vex import cyclonedx

_AFFECTED = {Result.AFFECTED: "affected", Result.NOT_AFFECTED: "unaffected", Result.UNDETERMINED: "unknown"}
_METHOD = {"cvss3.0": "CVSSv3", "cvss3.1": "CVSSv31", "cvss4.0": "CVSSv4"}


def write(report: Report) -> bytes:
    """Return the bill in CycloneDX 1.6 with what is known of its components, and why.

    Findings of one vulnerability about which the same was decided stand together. Why each is told, the components that
    could not be looked up, and the age of the data stand in properties of our own.

    Source: CycloneDX 1.6 (ECMA-424), vulnerabilities.
    """
    document, _ = cyclonedx_writing.document(report.bill, serial=report.serial, made_at=report.scan.at)
    refs = [one["bom-ref"] for one in document["components"]]
    for at, component in report.not_looked_up():
        document["components"][at].setdefault("properties", []).append(
            _property("not_looked_up", str(component.looked_up))
        )
    properties = document["metadata"].setdefault("properties", [])
    properties.append(_property("coverage", report.coverage()))
    properties += [
        _property("statement", f"{one.source}, {one.statement.vulnerability}: {one.outcome}. {one.why.text()}")
        for one in report.laid.receipts
    ]
    alike: dict[tuple[Any, ...], list[Line]] = {}
    for one in report.lines():
        alike.setdefault((one.names, one.finding.advisory, one.finding.digest, one.decision), []).append(one)
    document["vulnerabilities"] = [
        _vulnerability(number, lines, refs, report) for number, lines in enumerate(alike.values(), start=1)
    ]
    if report.scan.candidates:
        document["annotations"] = list(_candidates(report, refs))
    return cyclonedx_writing.in_bytes(document)


def _candidates(report: Report, refs: list[str]) -> Iterator[dict[str, Any]]:
    """Yield a note on a component for each candidate, so that none stands among its vulnerabilities."""
    places: dict[tuple[str, str | None, str | None], int] = {}
    for at, component in enumerate(report.scan.components):
        places.setdefault((component.name, component.version, component.purl), at)
    for one in report.scan.candidates:
        place = places.get((one.component, one.version, one.purl))
        if place is not None:
            yield {
                "subjects": [refs[place]],
                "annotator": {"component": {"type": "application", "name": "asepsis"}},
                "timestamp": report.scan.at,
                "text": candidate_text(one),
            }


def candidate_text(one: Candidate) -> str:
    """Return what a candidate is, what speaks for it, and what is known of attacks on it."""
    product = " ".join(filter(None, (one.vendor, one.product)))
    told = (
        f"A candidate, for a person to confirm: {one.vulnerability} of {product} ({one.record} of {one.source}), since "
    )
    return f"{told}{one.kinship}. It is {one.result} then, since {one.reason}. {attacks.text(one)}".strip()


def _property(name: str, value: str) -> dict[str, str]:
    return {"name": f"asepsis:{name}", "value": value}


def _vulnerability(number: int, lines: list[Line], refs: list[str], report: Report) -> dict[str, Any]:
    first, finding = lines[0], lines[0].finding
    written: dict[str, Any] = {"bom-ref": f"vulnerability-{number}", "id": first.names[0]}
    written["source"] = {"name": finding.source}
    if first.names[1:]:
        written["references"] = [{"id": one, "source": {"name": finding.source}} for one in first.names[1:]]
    if ratings := [_rating(one) for one in severities(finding)]:
        written["ratings"] = ratings
    for key, day in (("published", finding.published), ("updated", finding.modified)):
        if day:
            written[key] = day
    if first.decision is not None:
        written |= cyclonedx.told_of(first.decision)
    else:
        written["analysis"] = {"state": "in_triage", "lastUpdated": report.scan.at}
    if "recommendation" not in written and finding.fixed:
        written["recommendation"] = f"Fixed in {', '.join(finding.fixed)}."
    written["affects"] = [_affected(one, refs[one.at]) for one in lines]
    told = [("kev", finding.kev), ("epss", finding.epss), ("advisory", finding.digest)]
    if finding.ssvc is not None:
        told += [("ssvc", attacks.ssvc_answers(finding.ssvc)), ("ssvc_decision", attacks.decision_of(finding.ssvc))]
    told += [("agrees", ", ".join(finding.agrees)), ("says_otherwise", ", ".join(finding.says_otherwise))]
    reasons = dict.fromkeys(
        ("reason", f"{one.component.name} {one.component.version or ''}: {one.finding.why}") for one in lines
    )
    written.setdefault("properties", [])
    written["properties"] += [_property(name, value) for name, value in (*reasons, *told) if value]
    return written


def _affected(line: Line, ref: str) -> dict[str, Any]:
    version = line.component.version
    told = {"ref": ref}
    return told | ({"versions": [{"version": version, "status": _AFFECTED[line.finding.result]}]} if version else {})


def _rating(severity: Severity) -> dict[str, Any]:
    rating: dict[str, Any] = {"vector": severity.vector, "method": _METHOD.get(severity.method or "", "other")}
    if severity.number is not None:
        rating |= {"score": float(severity.number), "severity": severity.word}
    return rating
