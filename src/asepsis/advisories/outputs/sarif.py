"""SARIF 2.1.0, as code hosts and editors show it: one rule for each vulnerability, one result for each finding."""

from __future__ import annotations

import hashlib
import json
from typing import Any
from urllib.parse import quote

import asepsis
from asepsis.advisories.findings import Candidate, Finding, LookedUp, Result
from asepsis.advisories.outputs import attacks
from asepsis.advisories.outputs.report import Line, Report
from asepsis.advisories.outputs.severity import severities

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVEL = {Result.AFFECTED: "error", Result.UNDETERMINED: "warning", Result.NOT_AFFECTED: "note"}


def write(report: Report) -> bytes:
    """Return a SARIF log of one run.

    What a decision closes is a suppressed result. A component that could not be looked up, and a feed that is not relied
    on, are notifications of the run, since no result stands for what is not known.

    Source: SARIF 2.1.0 (OASIS, errata 01), 3.14 to 3.58.
    """
    lines = list(report.lines())
    rules = dict.fromkeys(one.names[0] for one in lines)
    index = {name: number for number, name in enumerate(rules)}
    by_name: dict[str, Line] = {}
    for one in lines:
        by_name.setdefault(one.names[0], one)
    driver: dict[str, Any] = {
        "name": "asepsis",
        "version": asepsis.__version__,
        "rules": [_rule(name, by_name[name]) for name in rules],
        "notifications": [
            {"id": "not-looked-up", "shortDescription": {"text": "A component could not be looked up."}},
            {"id": "not-relied-on", "shortDescription": {"text": "A feed of advisories is not relied on."}},
            {"id": "statement", "shortDescription": {"text": "What became of a statement that was laid over."}},
        ],
    }
    run: dict[str, Any] = {
        "tool": {"driver": driver},
        "invocations": [
            {
                "executionSuccessful": True,
                "endTimeUtc": report.scan.at,
                "toolExecutionNotifications": _notifications(report),
            }
        ],
        "artifacts": [
            {
                "location": {"uri": quote(report.name)},
                "hashes": {"sha-256": report.scan.bill},
                "roles": ["analysisTarget"],
            }
        ],
        "results": [_result(one, index[one.names[0]], report) for one in lines],
        "properties": {"coverage": report.coverage()},
    }
    runs = [run, _candidates(report)] if report.scan.candidates else [run]
    value = {"$schema": SCHEMA, "version": "2.1.0", "runs": runs}
    return json.dumps(value, indent=2, ensure_ascii=False).encode() + b"\n"


def _rule(name: str, first: Line) -> dict[str, Any]:
    finding = first.finding
    rule: dict[str, Any] = {
        "id": name,
        "shortDescription": {"text": f"{name} is known of {first.component.name}."},
        "fullDescription": {"text": _described(finding)},
        "properties": {"tags": ["security", "vulnerability"], "aliases": list(first.names[1:])},
    }
    rated = next(iter(severities(finding)), None)
    if rated and rated.number is not None:
        rule["properties"]["security-severity"] = str(rated.number)
    if rated:
        rule["properties"]["vector"] = rated.vector
    rule["properties"] |= _of_attacks(finding)
    return rule


def _of_attacks(told: Finding | Candidate) -> dict[str, str]:
    """Return what is known of attacks, for programs that sort by it."""
    known = {"kev": told.kev, "epss": told.epss}
    if told.ssvc is not None:
        known |= {"ssvc": attacks.ssvc_answers(told.ssvc), "ssvc-decision": attacks.decision_of(told.ssvc)}
    return {name: value for name, value in known.items() if value}


def _described(finding: Finding) -> str:
    told = [f"Told by {finding.advisory} of {finding.source}."]
    if finding.aliases:
        told.append(f"Also called {', '.join(finding.aliases)}.")
    told += [one.text() for one in attacks.said(finding)]
    return " ".join(told)


def _result(line: Line, index: int, report: Report) -> dict[str, Any]:
    finding, component = line.finding, line.component
    called = component.purl or "@".join(filter(None, (component.name, component.version)))
    fixed = f" Fixed in {', '.join(finding.fixed)}." if finding.fixed else ""
    text = f"{called}: {line.names[0]} is {finding.result}, since {finding.why}.{fixed} {attacks.text(finding)}".strip()
    print_ = hashlib.sha256(f"{line.names[0]}\n{called}".encode()).hexdigest()
    result: dict[str, Any] = {
        "ruleId": line.names[0],
        "ruleIndex": index,
        "kind": "fail",
        "level": _LEVEL[finding.result],
        "message": {"text": text},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": quote(report.name), "index": 0},
                    "region": {"startLine": 1},
                },
                "logicalLocations": [{"fullyQualifiedName": called, "kind": "module"}],
            }
        ],
        "partialFingerprints": {"component-and-vulnerability/v1": print_},
        "properties": {"status": line.status, "result": str(finding.result), "reason": finding.why},
    }
    if line.is_closed and line.decision is not None:
        said = line.decision
        why = " ".join(filter(None, (f"{said.status}:", said.justification, said.impact)))
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": why}]
    return result


def _candidates(report: Report) -> dict[str, Any]:
    """Return a run of its own with the candidates, each for a person to review: none is a result of the scan."""
    rules = list(dict.fromkeys(one.vulnerability for one in report.scan.candidates))
    index = {name: number for number, name in enumerate(rules)}
    driver = {
        "name": "asepsis candidates",
        "version": asepsis.__version__,
        "rules": [
            {"id": name, "shortDescription": {"text": f"{name} may be of a component, by CPE or name."}}
            for name in rules
        ],
    }
    results = [_candidate(one, index[one.vulnerability], report) for one in report.scan.candidates]
    return {"tool": {"driver": driver}, "automationDetails": {"id": "asepsis/candidates/"}, "results": results}


def _candidate(one: Candidate, index: int, report: Report) -> dict[str, Any]:
    called = one.purl or "@".join(filter(None, (one.component, one.version)))
    product = " ".join(filter(None, (one.vendor, one.product)))
    text = (
        f"{called} may be {product}, since {one.kinship}. {one.vulnerability} is {one.result} then, since {one.reason}."
    )
    return {
        "ruleId": one.vulnerability,
        "ruleIndex": index,
        "kind": "review",
        "level": "none",
        "message": {"text": f"{text} {attacks.text(one)}".strip()},
        "locations": [
            {
                "physicalLocation": {"artifactLocation": {"uri": quote(report.name)}, "region": {"startLine": 1}},
                "logicalLocations": [{"fullyQualifiedName": called, "kind": "module"}],
            }
        ],
        "properties": {"record": one.record, "source": one.source, "kinship": str(one.kinship), **_of_attacks(one)},
    }


def _notifications(report: Report) -> list[dict[str, Any]]:
    found = [
        _notification("not-looked-up", "warning", f"{component.purl or component.name} was not looked up: {reason}.")
        for _, component in report.not_looked_up()
        if (reason := LookedUp(component.looked_up))
    ]
    found += [
        _notification("not-relied-on", "warning", f"{one.name} is not relied on: {one.trouble}.")
        for one in report.scan.sources
        if one.trouble
    ]
    found += [
        _notification(
            "statement", "note", f"{one.source}, {one.statement.vulnerability}: {one.outcome}. {one.why.text()}"
        )
        for one in report.laid.receipts
    ]
    return found


def _notification(name: str, level: str, text: str) -> dict[str, Any]:
    return {"descriptor": {"id": name}, "level": level, "message": {"text": text}}
