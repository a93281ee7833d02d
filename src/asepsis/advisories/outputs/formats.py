"""The forms in which a scan is written, as one table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import MappingProxyType

from asepsis.advisories.outputs import attacks, page, sarif, vdr
from asepsis.advisories.outputs.report import Line, Report
from asepsis.errors import InputError
from asepsis.exchange.vex import formats as vex
from asepsis.sentences import Sentence

AUTHOR = "asepsis scan"


class UnknownOutputError(InputError):
    """A scan is not written in a form of a name."""

    code = "output-unknown"
    exit_code = 2
    sentence = Sentence("A scan is not written as '{name}'.", next="Name one of {known}.")


class UnnamedPublisherError(InputError):
    """A CSAF document needs the address of who publishes it."""

    code = "vex-namespace"
    exit_code = 2
    sentence = Sentence("CSAF asks for the address of the publisher.", next="Give it with --namespace.")


@dataclass(frozen=True, slots=True)
class Author:
    """Who says what a document says, and under which address they are known; CSAF asks for one."""

    name: str = AUTHOR
    namespace: str | None = None


@dataclass(frozen=True, slots=True)
class Output:
    """One form: its name, what it is, and how a report is written in it."""

    name: str
    title: str
    write: Callable[[Report, Author], bytes]


def _openvex(report: Report, by: Author) -> bytes:
    format_ = vex.named("openvex")
    value = format_.document(report.statements(), name=report.serial, author=by.name, at=report.scan.at)
    known = _attacks(report)
    for one in value["statements"]:
        if text := known.get(one["vulnerability"]["name"]):
            one["vulnerability"]["description"] = text
    return vex.in_bytes(value | {"tooling": report.coverage()})


def _csaf(report: Report, by: Author) -> bytes:
    if by.namespace is None:
        raise UnnamedPublisherError
    value = vex.named("csaf").document(
        report.statements(), name=report.serial, author=by.name, at=report.scan.at, namespace=by.namespace
    )
    notes = value["document"]["notes"]
    notes.append({"category": "general", "title": "Coverage", "text": report.coverage()})
    notes += [
        {"category": "other", "title": f"Candidate {one.vulnerability}", "text": vdr.candidate_text(one)}
        for one in report.scan.candidates
    ]
    known = {name: text for line, text in _told(report) for name in line.names}
    for one in value["vulnerabilities"]:
        names = (one.get("cve"), *(each["text"] for each in one.get("ids", ())))
        if text := next((known[name] for name in names if name in known), None):
            products = sorted({each for listed in one["product_status"].values() for each in listed})
            told = {"category": "exploit_status", "details": text, "product_ids": products}
            one.setdefault("threats", []).append(told)
    return vex.in_bytes(value)


def _cyclonedx(report: Report, by: Author) -> bytes:
    value = vex.named("cyclonedx").document(report.statements(), name=report.serial, author=by.name, at=report.scan.at)
    value["metadata"]["properties"] = [
        {"name": "asepsis:coverage", "value": report.coverage()},
        *({"name": "asepsis:candidate", "value": vdr.candidate_text(one)} for one in report.scan.candidates),
    ]
    known = _attacks(report)
    for one in value["vulnerabilities"]:
        if text := known.get(one["id"]):
            one.setdefault("properties", []).append({"name": "asepsis:attacks", "value": text})
    return vex.in_bytes(value)


def _attacks(report: Report) -> dict[str, str]:
    """Return what is known of attacks on each vulnerability of a report, by its first name."""
    return {line.names[0]: text for line, text in _told(report)}


def _told(report: Report) -> Iterator[tuple[Line, str]]:
    return ((line, text) for line in report.lines() if (text := attacks.text(line.finding)))


OUTPUTS = MappingProxyType(
    {
        one.name: one
        for one in (
            Output("sarif", "SARIF 2.1.0", lambda report, _: sarif.write(report)),
            Output("vdr", "CycloneDX 1.6, the bill with its vulnerabilities", lambda report, _: vdr.write(report)),
            Output("cyclonedx", "CycloneDX 1.6, VEX alone", _cyclonedx),
            Output("openvex", "OpenVEX 0.2.0", _openvex),
            Output("csaf", "CSAF 2.0, profile VEX", _csaf),
            Output("html", "one page that stands by itself", lambda report, _: page.write(report)),
        )
    }
)


def named(name: str) -> Output:
    """Return the form of a name. Raises `UnknownOutputError`."""
    if name not in OUTPUTS:
        raise UnknownOutputError(name=name, known=sorted([*OUTPUTS, "table", "json"]))
    return OUTPUTS[name]
