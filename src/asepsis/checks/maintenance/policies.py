"""Checks of the update policy: each case has one band with days, and a worse case never more of them."""

from __future__ import annotations

from typing import Any

from asepsis.checks.check import Findings, check
from asepsis.checks.maintenance.clocks import policy_in_force
from asepsis.checks.view import View
from asepsis.maintenance.domain import STEPS, Bands, Factors
from asepsis.maintenance.records import UpdatePolicy
from asepsis.record.dossier import Item
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap
from asepsis.sentences import Sentence

UNCOVERED = Sentence(
    "{count} cases fall in no band of {policy}; one of them is: {case}.",
    next="Give these cases a band with days in {policy}.",
)
COVERED_TWICE = Sentence(
    "{count} cases fall in more than one band of {policy}; one of them is: {case}.",
    next="Let each of these cases fall in one band of {policy}.",
)
MILDER = Sentence(
    "{policy} gives more days to a case that is worse in {factor}: `{worse}` than `{milder}`, with {rest}.",
    next="Give the worse case no more days than the milder one.",
)
UNWEIGHED = Sentence(
    "{policy} gives the same days whatever these are: {factors}.",
    next="Let the days of {policy} depend on each factor.",
)


def is_in_force(policy: Item[UpdatePolicy], view: View) -> bool:
    """Return whether it is the policy by which updates of the product are due."""
    return policy is policy_in_force(view)


@check("maintenance.update_policy_bands", over=UpdatePolicy, owner=SystemRole.MANAGEMENT, needed=True, when=is_in_force)
def bands_give_days_for_each_case(policy: Item[UpdatePolicy], view: View) -> Findings:
    """Each combination of factors falls in one band with days, a worse one never has more, and each factor counts.

    Source: IEC 81001-5-1:2021, 6.1.1.
    """
    bands = Bands(policy.content.bands)
    for sentence, found in ((UNCOVERED, bands.uncovered()), (COVERED_TWICE, bands.covered_twice())):
        if found:
            yield Gap(policy, sentence, count=len(found), policy=policy, case=_called(found[0]))
    told: set[str] = set()
    for name, case, worse in bands.milder_for_worse():
        if name not in told:
            told.add(name)
            said: dict[str, Any] = {"milder": getattr(case, name), "worse": getattr(worse, name)}
            yield Gap(policy, MILDER, policy=policy, factor=_word(name), rest=_called(case, without=name), **said)
    if unweighed := bands.unweighed():
        yield Gap(policy, UNWEIGHED, policy=policy, factors=[_word(name) for name in unweighed])


def _called(case: Factors, without: str = "") -> str:
    return ", ".join(f"{_word(name)} {getattr(case, name).value}" for name in STEPS if name != without)


def _word(name: str) -> str:
    return name.replace("_", " ")
