"""Checks of notices on updates: users hear of each, in every country where the product is in use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

from asepsis.checks import ordered, terms
from asepsis.checks.check import Findings, check
from asepsis.checks.problems.notices import in_use
from asepsis.checks.view import View
from asepsis.configuration.records import Fielded, Release
from asepsis.maintenance.records import CompatibilityStatement, Notice, NoticeAudience, Update
from asepsis.record.dossier import Item
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap
from asepsis.sentences import Sentence

DAYS = "maintenance.compatibility_days"
USERS = {NoticeAudience.USERS, NoticeAudience.CUSTOMERS}
EUROPEAN_UNION = frozenset(
    {
        "AT", "BE", "BG", "HR", "CY", "CZ", "DK", "EE", "FI", "FR", "DE", "GR", "HU", "IE", "IT", "LV", "LT", "LU", "MT",
        "NL", "PL", "PT", "RO", "SK", "SI", "ES", "SE",
    }
)  # fmt: skip

NOT_SENT = Sentence(
    "{thing} has been there since {since}, and no notice of it was sent to users or customers; that was due by {day}.",
    next="Send one notice that tells of all that is new.",
)
SENT_BEFORE = Sentence(
    "{notice} was sent on {day}; nothing that it tells of was there before {since}.",
    next="Correct the day in {notice}.",
)
SUPPORT_OVER = Sentence(
    "Security updates for {release} ended on {day}; it is in use, and no notice about it was sent since {since}.",
    next="Tell the users of {release} in a notice about it that updates have ended, and what they can do.",
)
NEVER_SUPPORTED = Sentence(
    "Security updates for {release} end on {day}, before it goes out.",
    next="Enter in {release} until when it gets security updates, and have it approved.",
)
MARKETS_LEFT_OUT = Sentence(
    "No notice of {thing} was sent to {markets}, where {releases} are in use.",
    next="Send the notice of {thing} to {markets} too.",
)


@check("maintenance.update_notices_sent", over="product", owner=SystemRole.REGULATORY)
def users_hear_of_updates(product: Any, view: View) -> Findings:
    """Users are told of each update, and of each statement on an update of others, within the days and wherever they are.

    They are told as well when a release in use gets no more security updates. That a notice has its text and its channel
    is refused otherwise by the kind itself.

    Source: IEC 81001-5-1:2021, 6.3.1; 6.3.2.
    """
    for thing, since, releases in _news(view):
        due = since + timedelta(days=view.policy.number(DAYS))
        if not terms.past(due, view):
            continue
        sent = [one for one in view.dossier.back(thing, Notice) if thing.id in one.content.about and _is_sent(one)]
        if not sent:
            yield Gap(thing, NOT_SENT, thing=thing, since=since, day=due).owed(due=due)
            continue
        missing = sorted(_markets(releases, view) - _reached(sent, view))
        if missing:
            yield Gap(thing, MARKETS_LEFT_OUT, thing=thing, markets=missing, releases=releases)
    for notice in view.dossier.all(Notice):
        if (there := ordered.came_later(notice.content.sent_on, notice.content.about, view)) is not None:
            yield Gap(notice, SENT_BEFORE, notice=notice, day=notice.content.sent_on, since=there)
    for release in view.dossier.all(Release):
        if terms.past(release.content.security_support_until, view):
            yield from _no_longer_supported(release, view)


def _no_longer_supported(release: Item[Release], view: View) -> Findings:
    """Yield where users of a release were not told that its updates have ended; none may go out that has none to come.

    A notice about the release counts from the day on which it went out.
    """
    until, decision = release.content.security_support_until, terms.released_by(release, view)
    if decision is None:
        if view.release is not None and release.id == view.release.id:
            yield Gap(release, NEVER_SUPPORTED, release=release, day=until)
        return
    told = (one for one in view.dossier.back(release, Notice) if release.id in one.content.about and _is_sent(one))
    since = terms.first_day(decision, view)
    is_told = any(one.content.sent_on is not None and since <= one.content.sent_on <= view.today for one in told)
    if in_use(release, view) and not is_told:
        yield Gap(release, SUPPORT_OVER, release=release, day=until, since=since).owed(due=until)


def _news(view: View) -> Iterator[tuple[Item[Any], date, list[Item[Release]]]]:
    """Yield what users have to hear of, since when, and the releases whose users they are."""
    for update in view.dossier.all(Update):
        if update.content.available_on is not None:
            found: list[Item[Release] | None] = [view.dossier.get(one) for one in update.content.for_releases]
            yield update, update.content.available_on, [one for one in found if one is not None]
    for statement in view.dossier.all(CompatibilityStatement):
        yield statement, terms.first_day(statement, view), list(terms.supported_releases(view))


def _is_sent(notice: Item[Notice]) -> bool:
    return notice.content.sent_on is not None and not USERS.isdisjoint(notice.content.to)


def _markets(releases: Iterable[Item[Release]], view: View) -> set[str]:
    """Return the countries in which releases are in use today."""
    return {
        fielded.content.market
        for release in releases
        for fielded in view.dossier.back(release, Fielded)
        if not terms.past(fielded.content.until, view)
    }


def _reached(notices: list[Item[Notice]], view: View) -> set[str]:
    """Return the countries that notices were sent to; one that names none was sent to all."""
    reached: set[str] = set()
    for notice in notices:
        if not notice.content.markets:
            return {one.content.market for one in view.dossier.all(Fielded)}
        reached |= set(notice.content.markets)
    return reached | EUROPEAN_UNION if "EU" in reached else reached
