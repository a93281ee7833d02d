"""Checks of the history of all records: that nobody altered it, and that proof of it is kept elsewhere."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from asepsis.checks.check import Findings, check
from asepsis.checks.view import View
from asepsis.exchange.facts import LedgerVerification
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap, Unknown
from asepsis.sentences import Sentence

VERIFICATION_DAYS = "configuration.ledger_verification_days"

DISAGREES = Sentence(
    "The verification of {day} found that these do not agree with the ledger: {parts}.",
    next="Find out with `asepsis verify` what was altered, and restore it from a copy that verifies.",
)
UNCHECKED = Sentence(
    "The verification of {day} did not look at {parts}.", next="Run `asepsis verify` where all of it is there."
)
OLD = Sentence("The history was last verified on {day}; that holds for {days} days.", next="Run `asepsis verify`.")
NEVER_LEFT = Sentence(
    "No checkpoint of the ledger has left this machine, so a rewritten one could not be told from this.",
    next="Send a checkpoint off the machine, to somebody who keeps it.",
)
LEFT_LONG_AGO = Sentence(
    "The last checkpoint left this machine on {day}; that holds for {days} days.",
    next="Send a checkpoint off the machine, to somebody who keeps it.",
)


@check("configuration.history_intact", over="ledger_verifications", owner=SystemRole.QUALITY)
def history_is_intact(organisation: Any, document: LedgerVerification, view: View) -> Findings:
    """The history of all records was verified lately and agrees, and a checkpoint of it is out of the maker's hands.

    Source: IEC 81001-5-1:2021, 8; 4.1.1.
    """
    days, day = view.policy.number(VERIFICATION_DAYS), view.day(document.at)
    last_day = view.today - timedelta(days=days)
    for result, sentence, kind in (("disagrees", DISAGREES, Gap), ("unchecked", UNCHECKED, Unknown)):
        parts = [part for part, found in document.parts if found == result]
        if parts:
            yield kind(organisation, sentence, day=day, parts=parts)
    if day < last_day:
        yield Gap(organisation, OLD, day=day, days=days)
    if document.checkpoint_left_at is None:
        yield Gap(organisation, NEVER_LEFT)
    elif (left := view.day(document.checkpoint_left_at)) < last_day:
        yield Gap(organisation, LEFT_LONG_AGO, day=left, days=days)
