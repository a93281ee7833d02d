"""Reporting channels: each origin of reports has one, somebody listens at its end, and it was tried out."""

from __future__ import annotations

from datetime import date

from asepsis.checks import terms
from asepsis.checks.check import Findings, check
from asepsis.checks.view import View
from asepsis.problems.records import ChannelWay, Report, ReportingChannel, ReportOrigin
from asepsis.quality.domain import months_after
from asepsis.record.dossier import Item
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap
from asepsis.sentences import Sentence

TRY_MONTHS = "problems.channel_try_months"
FROM_OUTSIDE = (ReportOrigin.USERS, ReportOrigin.RESEARCHERS)
REACHABLE = frozenset({ChannelWay.ADDRESS, ChannelWay.FORM, ChannelWay.SECURITY_TXT})

NO_CHANNEL = Sentence(
    "No reporting channel is there for reports from `{origin}`.",
    next="Set up a channel for reports from `{origin}`, try it out, and enter the day.",
)
NOT_REACHABLE = Sentence(
    "No channel for reports from `{origin}` has an address or form that people outside can reach.",
    next="Give a channel for `{origin}` an address, a form or a `security.txt`.",
)
NO_COMPLAINT_ROUTE = Sentence(
    "The complaint route of the quality system is not among the channels for reports from `users`.",
    next="Enter the complaint route in a channel for reports from `users`.",
)
NEVER_TRIED = Sentence(
    "{channel} was never tried out, and no report came by it.",
    next="Send a trial report through {channel}, see it arrive, and enter the day.",
)
TRIED_LONG_AGO = Sentence(
    "{channel} was last seen to work on {last}; it was to be tried out by {day}.",
    next="Send a trial report through {channel}, see it arrive, and enter the day.",
)
NOBODY_LISTENS = Sentence(
    "Nobody who is still here owns a channel for reports from `{origin}`: {channels}.",
    next="Name somebody as owner of {channels} who reads what comes in.",
)


@check("problems.channels_cover_origins", over=ReportingChannel, owner=SystemRole.INCIDENT, needed=True, whole=True)
def channels_cover_all_origins(channels: tuple[Item[ReportingChannel], ...], view: View) -> Findings:
    """Reports from each of the seven origins have a channel that works and that somebody listens to.

    A report that came by a channel shows as well as a trial that it works.

    Source: IEC 81001-5-1:2021, 9.2.
    """
    by_origin = {origin: [one for one in channels if origin in one.content.origins] for origin in ReportOrigin}
    for origin, found in by_origin.items():
        ways = {access.way for one in found for access in one.content.how}
        if not found:
            yield Gap(view.product, NO_CHANNEL, origin=origin)
            continue
        if origin in FROM_OUTSIDE and not ways & REACHABLE:
            yield Gap(found[0], NOT_REACHABLE, origin=origin)
        if origin is ReportOrigin.USERS and ChannelWay.COMPLAINT_ROUTE not in ways:
            yield Gap(found[0], NO_COMPLAINT_ROUTE)
    for channel in channels:
        yield from _tried(channel, view)
    there = terms.people(view)
    for origin, found in by_origin.items():
        if found and not any(terms.active(one.content.owner, view.today, there) for one in found):
            yield Gap(found[0], NOBODY_LISTENS, origin=origin, channels=found)


def _tried(channel: Item[ReportingChannel], view: View) -> Findings:
    content = channel.content
    seen = [content.tried_on, view.once("last report by channel", _last_reports).get(channel.id)]
    last = max((day for day in seen if day is not None and day <= view.today), default=None)
    if last is None:
        yield Gap(channel, NEVER_TRIED, channel=channel)
        return
    due = months_after(last, min(content.try_every_months, view.policy.number(TRY_MONTHS)))
    if terms.past(due, view):
        yield Gap(channel, TRIED_LONG_AGO, channel=channel, last=last, day=due).owed(due=due)


def _last_reports(view: View) -> dict[str, date]:
    """Return the day on which the newest report arrived by each channel."""
    found: dict[str, date] = {}
    for report in view.dossier.with_heads(Report):
        channel, day = report.content.channel, view.day(report.content.received_on)
        if channel is not None:
            found[channel] = max(day, found.get(channel, day))
    return found
