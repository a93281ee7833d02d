"""Checks of what a scan for secrets found in the source."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

from asepsis.checks import decided
from asepsis.checks.check import Findings, check
from asepsis.checks.development.keys import public_halves
from asepsis.checks.view import View
from asepsis.development.records import Finding, ScannerResult, SigningKey
from asepsis.exchange.facts import Analysis, Result, StaticFindings
from asepsis.problems.records import Decision
from asepsis.record.dossier import Item
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap, Unknown
from asepsis.sentences import Sentence

LEAKED = Sentence(
    "{tool} found {count} secrets in the source of {release} that nobody shows to be replaced or none: {places}.",
    next="Replace each secret, and decide its finding with the proof; or find in an investigation that it is none.",
)
KEY_LEAKED = Sentence(
    "{tool} found the private half of {key} in the source of {release}, at {place}.",
    next="Revoke {key}, make a new key, and sign again what users rely on.",
)
NOT_SCANNED = Sentence(
    "The source of {release} was not scanned for secrets.", next="Scan the source for secrets, and import the result."
)
NOT_FINISHED = Sentence(
    "The scan for secrets by {tool} did not come to its end.", next="Scan the source again, and import the result."
)
HISTORY_UNTOLD = Sentence(
    "The scan for secrets by {tool} does not say which history of the source it covered.",
    next="Scan the source with all its history, and have the report say so in `asepsis:history`.",
)


@check("development.no_secrets_in_source", over="static_findings", owner=SystemRole.DEVELOPER)
def no_secrets_are_in_the_source(release: Item[Any], document: StaticFindings, view: View) -> Findings:
    """No password, token or private key lies in the source or its history, unless it was replaced.

    Source: IEC 81001-5-1:2021, 5.1.2; 5.8.4.
    """
    scans = [run for run in document.runs if run.analysis == "secrets"]
    if not scans:
        yield Unknown(release, NOT_SCANNED, release=release)
    settled = view.once("secrets settled", _settled)
    keys = view.once("keys by public half", _keys)
    for scan in scans:
        if not scan.finished:
            yield Unknown(release, NOT_FINISHED, tool=scan.tool)
        elif scan.history is None:
            yield Unknown(release, HISTORY_UNTOLD, tool=scan.tool)
        leaked = []
        for result in scan.results:
            key = keys.get(result.fingerprint or "")
            if key is not None and _is_private_key(result):
                said = {"tool": scan.tool, "key": key, "release": release, "place": _place(result)}
                yield Gap(key, KEY_LEAKED, **said).owed(by=SystemRole.SECURITY, urgent=True)
            elif not any(_takes_up(one, scan, result) for one in settled):
                leaked.append(_place(result))
        if leaked:
            places = sorted(set(leaked))
            yield Gap(release, LEAKED, tool=scan.tool, count=len(leaked), release=release, places=places)


def _place(result: Result) -> str:
    return result.path or result.rule


def _is_private_key(result: Result) -> bool:
    words = " ".join((result.rule, result.topic or "", result.message)).casefold()
    return "private" in words and "key" in words


def _keys(view: View) -> dict[str, Item[SigningKey]]:
    """Return the keys that were not revoked by what names their public half."""
    return {
        half: key
        for key in view.dossier.all(SigningKey)
        if key.content.revoked_on is None
        for half in public_halves(key, view)
    }


def _settled(view: View) -> tuple[ScannerResult, ...]:
    """Return the results of scanners whose finding is decided with proof of a replacement, or found to be none."""
    return tuple(
        result
        for finding in view.dossier.all(Finding)
        if finding.content.results and _is_settled(finding, view)
        for result in finding.content.results
    )


def _is_settled(finding: Item[Finding], view: View) -> bool:
    if any(_is_replaced(one) for one in decided.decisions_on(finding, view)):
        return True
    return any(
        not one.content.applicable and one.content.concluded_on is not None
        for one in decided.investigations_of(finding.id, view)
    )


def _is_replaced(decision: Item[Decision]) -> bool:
    return decision.content.closed_on is not None and bool(decision.content.proved_by)


def _takes_up(taken: ScannerResult, scan: Analysis, result: Result) -> bool:
    if taken.tool.casefold() != scan.tool.casefold() or taken.rule not in (None, result.rule):
        return False
    return taken.place is None or (result.path is not None and fnmatchcase(result.path, taken.place))
