"""Nonconformities: answered in time, accepted, and followed by an action where they are grave."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from asepsis.checks import ordered, terms
from asepsis.checks.check import check
from asepsis.checks.view import View
from asepsis.quality.domain import months_after
from asepsis.quality.records import Audit, Grade, ImprovementAction, Nonconformity
from asepsis.record.dossier import Item
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap
from asepsis.sentences import Sentence

UNANSWERED = Sentence(
    "{nonconformity} was to be answered by {day} and is not.", next="Answer {nonconformity} with cause and correction."
)
NOT_ACCEPTED = Sentence(
    "{nonconformity} was answered on {day}, and nobody accepted the answer within {months} months.",
    next="Have the answer to {nonconformity} accepted by whoever found it, or answer it anew.",
)
ANSWERED_BEFORE = Sentence(
    "{nonconformity} was answered on {day}; it was not there before {since}.",
    next="Correct the day of the answer in {nonconformity}.",
)
MAJOR = Sentence(
    "{nonconformity} is major and its answer is not accepted; that keeps releases closed.",
    next="Answer {nonconformity} with cause and correction, and have the answer accepted.",
)
NO_ACTION = Sentence(
    "{nonconformity} is major and answered, and no improvement action follows from it.",
    next="Open an improvement action that names {nonconformity} as its reason.",
)


@check("quality.nonconformities_open", over=Nonconformity, owner=SystemRole.QUALITY)
def nonconformities_are_answered(nonconformity: Item[Nonconformity], view: View) -> Iterator[Gap]:
    """Each nonconformity is answered by its day and accepted; a major one is accepted at once and led to an action.

    Source: IEC 81001-5-1:2021, 4.1.1.
    """
    content = nonconformity.content
    answered = content.answered_on
    months = view.policy.number("quality.effect_check_months")
    if answered is None and terms.past(content.answer_due, view):
        yield _owed(Gap(nonconformity, UNANSWERED, nonconformity=nonconformity, day=content.answer_due), nonconformity)
    if content.accepted_on is None and content.grade is Grade.MAJOR:
        yield _owed(Gap(nonconformity, MAJOR, nonconformity=nonconformity), nonconformity)
    elif answered is not None and content.accepted_on is None and terms.past(months_after(answered, months), view):
        yield Gap(nonconformity, NOT_ACCEPTED, nonconformity=nonconformity, day=answered, months=months)
    since = _there_since(nonconformity, view)
    if answered is not None and answered < since:
        yield Gap(nonconformity, ANSWERED_BEFORE, nonconformity=nonconformity, day=answered, since=since)
    led_to = view.dossier.back(nonconformity, ImprovementAction)
    if content.grade is Grade.MAJOR and answered is not None and not led_to:
        yield Gap(nonconformity, NO_ACTION, nonconformity=nonconformity)


def _there_since(nonconformity: Item[Nonconformity], view: View) -> date:
    """What an audit found was there on the day of the audit, however late it was written down."""
    audit: Item[Audit] | None = view.dossier.get(nonconformity.content.audit)
    since = ordered.there_since(nonconformity, view)
    return since if audit is None else min(since, audit.content.on)


def _owed(gap: Gap, nonconformity: Item[Nonconformity]) -> Gap:
    """A gap in the answer is owed by who owes the answer, where somebody is named."""
    return gap.owed(by=nonconformity.content.owner, due=nonconformity.content.answer_due)
