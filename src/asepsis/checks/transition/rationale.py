"""Checks of the reason why old software stays in use: signed for this version, on its newest evaluation, for a time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from asepsis.checks import terms
from asepsis.checks.check import Findings, check
from asepsis.checks.evaluated import overall_risk
from asepsis.checks.quality.scope import covering
from asepsis.checks.view import View
from asepsis.quality.records import Route
from asepsis.record.dossier import Item
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap
from asepsis.sentences import Sentence
from asepsis.transition.records import ContinuedUseRationale, TransitionGap

BEFORE_EVALUATION = Sentence(
    "{rationale} was signed on {day}, before {overall}, which is of {later}.",
    next="Sign the rationale anew, on {overall}.",
)
BEFORE_GAP = Sentence(
    "{rationale} was signed on {day}; {gap} was closed or justified on {later}.",
    next="Look whether {rationale} still holds, and sign it anew.",
)
OTHER_EVALUATION = Sentence(
    "{rationale} does not rest on {overall}, the newest evaluation of {release}.",
    next="Let {rationale} rest on {overall}, and sign it anew.",
)
OVER = Sentence(
    "{rationale} held until {day}, and that day is past.",
    next="Decide anew whether {release} stays in use, and sign that.",
)
LONGER_THAN_SUPPORT = Sentence(
    "{rationale} holds until {day}; {release} gets security updates until {until} only.",
    next="Set the day of {rationale} to {until} or earlier, and sign it anew.",
)
OTHER_ROUTE = Sentence(
    "{rationale} is for {release}, which no applicability puts on the transitional route.",
    next="Decide by which route {release} goes, and sign that.",
)


@check(
    "transition.rationale_current",
    over=ContinuedUseRationale,
    owner=SystemRole.MANAGEMENT,
    needed=True,
    whole=True,
    when=terms.is_of_release,
)
def the_rationale_is_current(rationales: tuple[Item[ContinuedUseRationale], ...], view: View) -> Findings:
    """The newest rationale of the release was signed after its newest evaluation and gaps, and holds today.

    Source: IEC 81001-5-1:2021, F.3.
    """
    rationale, release = terms.newest(rationales, view), view.release
    assert rationale is not None  # the runner calls with one at least
    assert release is not None  # `when` let one through
    day, until = terms.day_of(rationale, view), rationale.content.until
    overall = overall_risk(view)
    if overall is not None:
        if rationale.content.rests_on != overall.id:
            yield Gap(rationale, OTHER_EVALUATION, rationale=rationale, overall=overall, release=release)
        later = terms.day_of(overall, view)
        if day < later:
            yield Gap(rationale, BEFORE_EVALUATION, rationale=rationale, day=day, overall=overall, later=later)
    for gap, later in _settled(view):
        if day < later:
            yield Gap(rationale, BEFORE_GAP, rationale=rationale, day=day, gap=gap, later=later)
    if terms.past(until, view):
        yield Gap(rationale, OVER, rationale=rationale, day=until, release=release).owed(due=until)
    last = release.content.security_support_until
    if until > last:
        yield Gap(rationale, LONGER_THAN_SUPPORT, rationale=rationale, day=until, release=release, until=last)
    if not any(one.content.route is Route.TRANSITIONAL for one in covering(release, view)):
        yield Gap(rationale, OTHER_ROUTE, rationale=rationale, release=release)


def _settled(view: View) -> Iterator[tuple[Item[TransitionGap], date]]:
    """Yield the gaps that are closed or justified, with the day of that."""
    for gap in view.dossier.all(TransitionGap):
        if gap.content.closed_on is not None:
            yield gap, gap.content.closed_on
        elif gap.content.justified is not None:
            yield gap, terms.changed_day(gap, view)
