"""Checks of what static analysis said about the code: each result is fixed, decided or a written deviation."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from asepsis.checks import decided, sourced, terms
from asepsis.checks.check import Findings, check
from asepsis.checks.view import View
from asepsis.development.records import (
    CodingStandard,
    CodingTopic,
    DepartsFrom,
    Deviation,
    Finding,
    Gate,
    ScannerResult,
)
from asepsis.exchange.facts import Analysis, Result, StaticFindings
from asepsis.record.dossier import Item
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap, Unknown
from asepsis.sentences import Sentence

BANNED = CodingTopic.BANNED_FUNCTIONS.value
SEVERITIES: dict[str, int] = {Gate.NOTE: 1, Gate.WARNING: 2, Gate.ERROR: 3}  # what is below a note is 0

UNDECIDED = Sentence(
    "{tool} says {rule} of the code of {release} in {count} places that nobody decided or lets depart: {places}.",
    next="Fix them, or record one deviation for rule and place.",
)
SUPPRESSED = Sentence(
    "The code of {release} silences {rule} of {tool} in {count} places, and no deviation lets it: {places}.",
    next="Record one deviation for rule and place, or take the suppression out.",
)
NOT_FINISHED = Sentence(
    "{tool} did not come to its end on the code of {release}.", next="Run {tool} again, and import the result."
)


@check("development.static_findings_decided", over="static_findings", owner=SystemRole.DEVELOPER)
def static_findings_are_decided(release: Item[Any], document: StaticFindings, view: View) -> Findings:
    """What static analysis says of the code is fixed, decided or a deviation; nothing is silenced without one.

    Source: IEC 81001-5-1:2021, 5.5.1; 5.5.2.
    """
    gates, settled = view.once("severity gates", _gates), view.once("results that may stay", _settled)
    deviations = view.once("deviations from the coding standard", _Deviations)
    for analysis in document.runs:
        if analysis.analysis == "secrets":
            continue  # they have a check of their own
        gate = gates.get(analysis.tool.casefold())
        if gate is not None and not analysis.finished:
            yield Unknown(release, NOT_FINISHED, tool=analysis.tool, release=release)
        left: dict[tuple[Sentence, str], list[str]] = {}
        for result in analysis.results:
            if not (result.suppressed or _counts(result, gate)) or deviations.let(analysis, result):
                continue
            if result.suppressed:
                left.setdefault((SUPPRESSED, result.rule), []).append(_place(result))
            elif not any(takes_up(one, analysis, result) for one in settled.get(analysis.tool.casefold(), ())):
                left.setdefault((UNDECIDED, result.rule), []).append(_place(result))
        for (sentence, rule), places in left.items():
            said = {"tool": analysis.tool, "rule": rule, "release": release, "count": len(places)}
            yield Gap(release, sentence, places=sorted(set(places)), **said)


def _counts(result: Result, gate: int | None) -> bool:
    if result.topic is not None and result.topic.casefold() == BANNED:
        return True
    return gate is not None and SEVERITIES.get(result.severity, 0) >= gate


def _gates(view: View) -> dict[str, int]:
    """Return the mildest severity that counts, by the name of the tool; of several standards the strictest holds."""
    found: dict[str, int] = {}
    for standard in view.dossier.all(CodingStandard):
        for tool in standard.content.tools:
            if tool.severity_gate is not None:
                name, gate = tool.name.casefold(), SEVERITIES[tool.severity_gate]
                found[name] = min(gate, found.get(name, gate))
    return found


def _place(result: Result) -> str:
    if result.path is None:
        return "no place told"
    return result.path if result.line is None else f"{result.path}:{result.line}"


# --- what lets a result stand ---------------------------------------------------------------------------------------


def _settled(view: View) -> dict[str, tuple[ScannerResult, ...]]:
    """Return the results that findings take up and that may stay as they are, by the name of the tool."""
    found: dict[str, dict[ScannerResult, None]] = {}
    for finding in view.dossier.all(Finding):
        if finding.content.results and decided.is_left(finding, view):
            for result in finding.content.results:
                found.setdefault(result.tool.casefold(), {})[result] = None
    return {tool: tuple(results) for tool, results in found.items()}


def takes_up(taken: ScannerResult, analysis: Analysis, result: Result) -> bool:
    """Return whether a finding takes up a result: of its tool, and of its rule and place where it names them."""
    if taken.tool.casefold() != analysis.tool.casefold() or taken.rule not in (None, result.rule):
        return False
    return taken.place is None or (result.path is not None and sourced.fits(result.path, taken.place))


class _Deviations:
    """The deviations from the coding standard that have not ended, by the rule that they name."""

    def __init__(self, view: View) -> None:
        self._by_rule: dict[str | None, list[Deviation]] = {}
        for one in view.dossier.all(Deviation):
            content = one.content
            names_code = content.rule is not None or content.where is not None
            if content.departs_from is DepartsFrom.CODING_STANDARD and names_code and terms.lets_be(one, view):
                self._by_rule.setdefault(content.rule, []).append(content)

    def let(self, analysis: Analysis, result: Result) -> bool:
        """Return whether a deviation lets a result stand: tool, rule and place fit where it names them."""
        found: Iterable[Deviation] = (*self._by_rule.get(result.rule, ()), *self._by_rule.get(None, ()))
        return any(_fits(one, analysis, result) for one in found)


def _fits(deviation: Deviation, analysis: Analysis, result: Result) -> bool:
    if deviation.tool is not None and deviation.tool.casefold() != analysis.tool.casefold():
        return False
    return deviation.where is None or (result.path is not None and sourced.fits(result.path, deviation.where))
