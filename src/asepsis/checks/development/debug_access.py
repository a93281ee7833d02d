"""Checks of debug access: none is left in what is delivered, or it is guarded and was decided."""

from __future__ import annotations

from typing import Any

from asepsis.checks import decided, modelled, sourced, terms
from asepsis.checks.check import Findings, check
from asepsis.checks.view import View
from asepsis.configuration.records import Release
from asepsis.development.records import Deviation, Finding, ScannerResult
from asepsis.exchange.facts import Analysis, Result, StaticFindings
from asepsis.record.dossier import Item
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap, Unknown
from asepsis.sentences import Sentence

# What lets somebody in who should not be: debug output, fixed passwords and keys, leftover debug code, hidden functions,
# debug messages that tell too much. Source: https://cwe.mitre.org
WEAKNESSES = frozenset({"CWE-215", "CWE-259", "CWE-489", "CWE-798", "CWE-912", "CWE-1295"})

LEFT_IN = Sentence(
    "{tool} found {count} places in the build of {release} that may let somebody in, and nobody decided on them: {places}.",
    next="Take them out of the build, or write the finding and decide it.",
)
UNGUARDED = Sentence(
    "{element} is there for debugging, no control counters a threat to it, and no deviation lets it be.",
    next="Take {element} out of what is delivered, or guard it and record why it stays.",
)
NOT_SCANNED = Sentence(
    "No scan of what is delivered of {release} came to its end; only its source was looked at, if anything.",
    next="Scan the delivered programs for passwords, keys and debug code, and import the result as a scan of binaries.",
)


def _is_looked_at(release: Item[Release], view: View) -> bool:
    return view.release is not None and release.id == view.release.id


@check("development.no_debug_left", over=Release, owner=SystemRole.DEVELOPER, when=_is_looked_at)
def no_debug_access_is_left(release: Item[Release], view: View) -> Findings:
    """Debug elements of the model are guarded or let be, and scans found no debug access that nobody decided on.

    Source: IEC 81001-5-1:2021, 5.3.2.
    """
    deviations = view.once("what deviations are about", _spared)
    for element in modelled.elements(view):
        if element.content.debug and not modelled.is_guarded(element.id, view) and element.id not in deviations:
            yield Gap(element, UNGUARDED, element=element).owed(by=SystemRole.ARCHITECT)
    for about in terms.subjects_of("static_findings", view):
        findings: StaticFindings = view.fact("static_findings", about.subject)
        for scan in findings.runs:
            yield from _left_in(scan, release, view)
        if any(one.analysis == "binary" and one.finished for one in findings.runs):
            return
    yield Unknown(release, NOT_SCANNED, release=release)


def _spared(view: View) -> frozenset[str]:
    return frozenset(
        str(record) for one in view.dossier.all(Deviation) if terms.lets_be(one, view) for record in one.content.about
    )


def _left_in(scan: Analysis, release: Item[Any], view: View) -> Findings:
    settled = view.once("results decided", _settled).get(scan.tool.casefold(), ())
    left = [
        result
        for result in scan.results
        if not WEAKNESSES.isdisjoint(result.cwe) and not any(_takes_up(one, result) for one in settled)
    ]
    if left:
        places = sorted({result.path or result.rule for result in left})
        yield Gap(release, LEFT_IN, tool=scan.tool, count=len(left), release=release, places=places)


def _settled(view: View) -> dict[str, list[ScannerResult]]:
    """Return the results that findings, signed or not, take up and that a decision in force is about, by their tool."""
    found: dict[str, list[ScannerResult]] = {}
    for finding in view.dossier.with_heads(Finding):
        if finding.content.results and (decided.decisions_on(finding, view) or decided.is_left(finding, view)):
            for result in finding.content.results:
                found.setdefault(result.tool.casefold(), []).append(result)
    return found


def _takes_up(taken: ScannerResult, result: Result) -> bool:
    if taken.rule not in (None, result.rule):
        return False
    return taken.place is None or (result.path is not None and sourced.fits(result.path, taken.place))
