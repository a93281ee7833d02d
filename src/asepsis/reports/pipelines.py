"""An assessment as JUnit XML and as SARIF, for pipelines that stop where something is missing.

A gap is a failure. What is unknown is an error, never a pass and never skipped: nobody's pipeline turns green by what was
not looked at. What does not apply, is not asked or does not count is skipped, with its reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any
from xml.etree import ElementTree as ET  # it writes here, and reads nothing

from asepsis.clauses.catalogue import Catalogue
from asepsis.conformance.assessment import Assessment, Note, ObligationVerdict
from asepsis.record.verdict import Verdict

Tell = Callable[[Note], str]  # a finding as its reader may know it, with its next step

SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
NO_CHECK = "No check decides it yet: {0}."
RECOMMENDED = "It is recommended and does not count."
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(found: Assessment, catalogue: Catalogue, tell: Tell) -> str:
    """Return an assessment as JUnit XML: a suite for each clause, a case for each of its obligations."""
    root = ET.Element("testsuites", {"name": _name(found)})
    totals = dict.fromkeys(("tests", "failures", "errors", "skipped"), 0)
    for clause in found.clauses:
        cases = found.of_clause(clause.id)
        if not cases:
            continue
        title = f"{clause.id} {catalogue.clause(clause.id).title}"
        suite = ET.SubElement(root, "testsuite", {"name": title, "timestamp": found.moment.now[:19]})
        counted = dict.fromkeys(totals, 0)
        for one in cases:
            case = ET.SubElement(suite, "testcase", {"classname": title, "name": one.id})
            counted["tests"] += 1
            if (element := _outcome(case, one, tell)) is not None:
                counted[element] += 1
        for name, count in counted.items():
            suite.set(name, str(count))
            totals[name] += count
    for name, count in totals.items():
        root.set(name, str(count))
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _outcome(case: ET.Element, one: ObligationVerdict, tell: Tell) -> str | None:
    """Write what came of an obligation into its case; return under which word it is counted, `None` where it is met."""
    reasons = list(_reasons(one, tell))
    if one.verdict is Verdict.MET:
        return None
    if not one.counts or one.verdict in (Verdict.NOT_APPLICABLE, Verdict.NOT_ASKED):
        _said(ET.SubElement(case, "skipped"), reasons)
        return "skipped"
    failed = one.verdict is Verdict.GAP
    _said(ET.SubElement(case, "failure" if failed else "error", {"type": str(one.verdict)}), reasons)
    return "failures" if failed else "errors"


def _said(element: ET.Element, reasons: list[str]) -> None:
    clean = [_NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", one) for one in reasons]
    element.set("message", clean[0])
    element.text = "\n".join(clean)


def _reasons(one: ObligationVerdict, tell: Tell) -> Iterator[str]:
    """Yield why an obligation is not met, at least one reason."""
    if not one.counts:
        yield RECOMMENDED
    notes = (*one.gaps, *one.unknowns)
    yield from (tell(each) for each in notes)
    if one.awaited:
        yield NO_CHECK.format(", ".join(one.awaited))
    if one.not_applicable is not None:
        yield f"{one.not_applicable.label} says that it does not apply."
    if not notes and not one.awaited and one.not_applicable is None and one.counts:
        yield f"It is {str(one.verdict).replace('-', ' ')}."


# --- SARIF ------------------------------------------------------------------------------------------------------------


def sarif(found: Assessment, catalogue: Catalogue, tell: Tell) -> dict[str, Any]:
    """Return an assessment as SARIF 2.1.0: a rule for each obligation, a result for each finding, pass or reason.

    A gap is of kind `fail` and level `error`; what is unknown is of kind `open`, which says that nothing could be decided.
    """
    results = [result for one in found.obligations for result in _results(one, tell)]
    rules = [
        {
            "id": one.id,
            "name": f"Clause{one.clause}",
            "shortDescription": {"text": catalogue.obligation(one.id).text},
            "properties": {"clause": one.clause, "title": catalogue.clause(one.clause).title, "counts": one.counts},
        }
        for one in found.obligations
    ]
    driver = {"name": "Asepsis", "semanticVersion": found.program, "rules": rules}
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"{found.product.label}/{found.release.label if found.release else 'head'}"},
        "invocations": [{"executionSuccessful": True, "endTimeUtc": found.moment.now}],
        "properties": {"entry": found.moment.position, "day": found.moment.day, "edition": found.edition},
        "results": results,
    }
    return {"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}


def _results(one: ObligationVerdict, tell: Tell) -> Iterator[dict[str, Any]]:
    level = "error" if one.counts else "note"
    for note in one.gaps:
        yield _result(one, "fail", level, tell(note), note)
    for note in one.unknowns:
        yield _result(one, "open", "none", tell(note), note)
    if one.awaited:
        yield _result(one, "open", "none", NO_CHECK.format(", ".join(one.awaited)))
    if not (one.gaps or one.unknowns or one.awaited):
        kinds = {Verdict.MET: "pass", Verdict.GAP: "fail", Verdict.UNKNOWN: "open"}
        kind = kinds.get(one.verdict, "notApplicable")
        text = "It is met." if one.verdict is Verdict.MET else " ".join(_reasons(one, tell))
        yield _result(one, kind, level if kind == "fail" else "none", text)


def _result(one: ObligationVerdict, kind: str, level: str, text: str, note: Note | None = None) -> dict[str, Any]:
    result: dict[str, Any] = {"ruleId": one.id, "kind": kind, "level": level, "message": {"text": text}}
    about = one.id
    if note is not None:
        about = f"{one.id} {note.check} {note.about.id} {note.said.text()}"
    result["partialFingerprints"] = {"asepsis/v1": sha256(about.encode()).hexdigest()}
    return result


def _name(found: Assessment) -> str:
    looked = f"release {found.release.version}" if found.release else "no release yet"
    return _NOT_IN_XML.sub(
        "\N{REPLACEMENT CHARACTER}", f"{found.product_name}, {looked}, as of entry {found.moment.position}"
    )
