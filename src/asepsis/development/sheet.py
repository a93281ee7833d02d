"""A run sheet: what a tester saw of each case of a plan on one build, written down as test runs and findings.

Source: IEC 81001-5-1:2021, 5.7.1 to 5.7.4: what was tested, on which build, by whom and with which result.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any

from asepsis.development.records import Finding, FindingOrigin, RunOutcome, TestRun
from asepsis.errors import InputError
from asepsis.record import canonical
from asepsis.sentences import Sentence
from asepsis.store.acts import Hand
from asepsis.store.changes import Write
from asepsis.store.models import Record

ORDER = (RunOutcome.PASS, RunOutcome.FAIL, RunOutcome.INCONCLUSIVE)


class EmptySheetError(InputError):
    """Nothing was run, so there is nothing to write down."""

    code = "sheet-empty"
    sentence = Sentence(
        "No case has an outcome, so nothing was written.", next="Say of at least one case what came of it."
    )


class NoBuildError(InputError):
    """A release that names no build, which a run has to be of."""

    code = "sheet-build"
    sentence = Sentence("{release} names no build, and a run is of one.", next="Name the build in {release} first.")


class UntoldFailureError(InputError):
    """A case that did not pass, and nobody said what was seen."""

    code = "sheet-untold"
    sentence = Sentence(
        "{case} did not pass, and it is not said what was seen.", next="Say what was done, and what came of it."
    )


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of one case (its row), and what the tester saw."""

    case: Record
    outcome: RunOutcome
    what: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """Which plan was run, on which build of which release, on which day, and what was seen."""

    plan: Record
    release: Record
    build_id: str
    on: date
    seen: tuple[Seen, ...]


def write_sheet(hand: Hand, sheet: Sheet) -> tuple[str, ...]:
    """Draft a test run for each outcome that was reached, and a finding for each case that failed, in one commit.

    A run by hand passes or fails as a whole: so cases that passed are not spoiled by one that did not. The report of a run
    is the sheet itself. Returns the labels, runs first. Raises `EmptySheetError`, `NoBuildError`, `UntoldFailureError`.
    """
    if not sheet.seen:
        raise EmptySheetError
    if not sheet.build_id:
        raise NoBuildError(release=sheet.release)
    for one in sheet.seen:
        if one.outcome is not RunOutcome.PASS and not one.what.strip():
            raise UntoldFailureError(case=one.case)
    report = report_of(sheet, hand.actor.id)
    runs: dict[RunOutcome, str] = {}
    changes: list[Write] = []
    for outcome in ORDER:
        cases = [one for one in sheet.seen if one.outcome is outcome]
        if cases:
            runs[outcome] = hand.new_id()
            value = _run(sheet, outcome, cases, report, hand.actor.id)
            changes.append(Write(runs[outcome], TestRun.__name__, value, sheet.plan.product))
    for one in sheet.seen:
        if one.outcome is RunOutcome.FAIL:
            value = _finding(one, sheet, runs[RunOutcome.FAIL])
            changes.append(Write(hand.new_id(), Finding.__name__, value, sheet.plan.product))
    return tuple(str(one.label) for one in hand.commit(changes, [report]).outcomes)


def report_of(sheet: Sheet, tester: str) -> bytes:
    """Return a sheet as the report of its runs: canonical JSON, each case with its outcome and what was seen."""
    return canonical.dumps(
        {
            "plan": sheet.plan.label,
            "release": sheet.release.label,
            "build": sheet.build_id,
            "on": sheet.on.isoformat(),
            "tester": tester,
            "cases": [
                {"case": one.case.label, "title": one.case.title, "outcome": str(one.outcome), "seen": one.what}
                for one in sheet.seen
            ],
        }
    )


def _run(sheet: Sheet, outcome: RunOutcome, cases: Sequence[Seen], report: bytes, tester: str) -> dict[str, Any]:
    return {
        "title": f"{sheet.plan.title}, {sheet.build_id}: {outcome}",
        "plan": sheet.plan.id,
        "cases": [one.case.id for one in cases],
        "build_id": sheet.build_id,
        "release": sheet.release.id,
        "tester": tester,
        "on": sheet.on.isoformat(),
        "report": {
            "digest": sha256(report).hexdigest(),
            "shows": "The run sheet",
            "media_type": "application/json",
            "size": len(report),
        },
        "outcome": str(outcome),
    }


def _finding(seen: Seen, sheet: Sheet, run: str) -> dict[str, Any]:
    return {
        "title": f"{seen.case.title}: fails in {sheet.build_id}",
        "found_by": [run],
        "what": seen.what.strip(),
        "origin": str(FindingOrigin.VERIFICATION),
    }


def outcomes(given: Iterable[tuple[Record, str, str]]) -> tuple[Seen, ...]:
    """Return what was seen out of words: the row of a case, an outcome and a text; cases without an outcome were not run."""
    known = {str(one): one for one in RunOutcome}
    return tuple(Seen(case, known[outcome], what) for case, outcome, what in given if outcome in known)
