"""Reminders: what somebody owes, by day, as a letter each day or week, and as a calendar under an address of their own.

A letter tells what its reader may see, and no more. A calendar is read by whoever has its address, and often kept by
somebody else's server: nothing that is withheld stands in it, whoever it is for.
"""

from __future__ import annotations

import hashlib
import secrets
import zoneinfo
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from asepsis.accounts.models import Account
from asepsis.conformance.due import calendar
from asepsis.errors import InputError
from asepsis.jobs import mail
from asepsis.jobs.models import Reminders
from asepsis.jobs.queue import InHand, Wanted
from asepsis.readers import digest, visible
from asepsis.readers.digest import Done
from asepsis.readers.owing import Owed, owed
from asepsis.readers.viewer import NOBODY, Viewer, looking, of_person
from asepsis.record.entry import instant
from asepsis.sentences import Said, Sentence, is_named, listed, plain
from asepsis.store import queries
from asepsis.store.models import Record

SORT = "remind"
OFTEN = ("none", "daily", "weekly")
FROM_HOUR = 7  # of the reader's morning; a letter goes out then, or when a worker is there again
MOST = 200  # lines of a letter
AHEAD = timedelta(days=92)
BYTES = 32
WITHHELD = "a withheld record"

MOST_SIGNED = 30  # records that are named which wait for a signature
SUBJECT = Sentence("Asepsis: {late} late, {soon} due within {days} days, {sign} to sign")
SENT = Sentence("{person} was told of {count} days and {sign} signatures.")
NOTHING = Sentence("{person} owes nothing within {days} days, and nothing waits to be signed: no letter.")
DONE = Sentence("{product}: {changed} records ({effective} in force, {submitted} submitted, {drafts} drafts)")
NOBODY_THERE = Sentence("{person} has no account that is open, or no address of mail: no letter.")


class ZoneError(InputError):
    """A time zone is none."""

    code = "reminder-zone"
    sentence = Sentence("{zone} is no time zone.", next="Give one such as Europe/Zurich.")


class OftenError(InputError):
    """A reminder can come daily, weekly or not at all."""

    code = "reminder-often"
    sentence = Sentence("{often} is none of {known}.", next="Choose one of these.")


def of(person: str) -> Reminders:
    """Return what somebody chose; without a choice, no letters, in the organisation's time zone."""
    found = Reminders.objects.filter(pk=person).first()
    return found or Reminders(person=person, zone=queries.ledger().time_zone)


def choose(person: str, often: str, zone: str, now: datetime, *, watch: int | None = None) -> Reminders:
    """Keep how often somebody is reminded, in which time zone; the first letter comes the day after, or next Monday.

    `watch` is the line of the watch behind which they are told what is new, unless they are already; `None`: they are not.

    Raises `OftenError` or `ZoneError`.
    """
    if often not in OFTEN:
        raise OftenError(often=often[:20], known=list(OFTEN))
    if zone not in zoneinfo.available_timezones():
        raise ZoneError(zone=zone[:40])
    found = of(person)
    found.often, found.zone, found.sent_on = often, zone, now.astimezone(ZoneInfo(zone)).date()
    found.watch = watch if watch is None or found.watch is None else found.watch
    found.save()
    return found


# --- letters ----------------------------------------------------------------------------------------------------------


def wanted(now: datetime) -> Iterator[Wanted]:
    """Yield a letter for each who wants one today, or wanted one since, from the morning of their time zone on."""
    if not mail.is_on():
        return
    for one in Reminders.objects.exclude(often="none").order_by("pk"):
        there = now.astimezone(ZoneInfo(one.zone))
        begins = there.date() if one.often == "daily" else there.date() - timedelta(days=there.weekday())
        if there.hour >= FROM_HOUR and (one.sent_on is None or one.sent_on < begins):
            yield Wanted(SORT, one.person, arguments={"person": one.person, "day": there.date().isoformat()})


def remind(job: InHand, person: str, day: str) -> Said:
    """Send somebody what they owe. Raises `UnsentError`; then it is tried again, until the day is over."""
    chosen, now = of(person), datetime.now(UTC)
    account = Account.objects.filter(pk=person, is_active=True).first()
    reader = of_person(person)
    said = NOBODY_THERE.said(person=reader.name or "Somebody")
    if account is not None and account.email and reader.reads:
        today = queries.now(now).astimezone(ZoneInfo(chosen.zone)).date()
        found = [one for one in owed(reader, today) if one.due.day <= today + AHEAD]
        sign = digest.to_sign(reader)
        done = _done(reader, chosen) if chosen.often == "weekly" else []
        said = NOTHING.said(person=reader.name, days=AHEAD.days)
        if found or sign or done:
            told = text(found, reader, today, sign, done)
            mail.send(mail.letter(account.email, subject(found, today, len(sign)), told, now))
            said = SENT.said(person=reader.name, count=len(found), sign=len(sign))
    Reminders.objects.filter(pk=person).update(sent_on=date.fromisoformat(day))
    return said


def _done(reader: Viewer, chosen: Reminders) -> list[Done]:
    """Return what was done since the last letter, at most in the week before."""
    week = datetime.now(UTC) - timedelta(days=7)
    zone = ZoneInfo(chosen.zone)
    last = datetime.combine(chosen.sent_on, datetime.min.time(), zone) if chosen.sent_on else week
    return digest.done_since(reader, instant(queries.now(max(week, last))))


def subject(found: list[Owed], today: date, sign: int) -> str:
    """Return in a line how much there is; never about what."""
    late = sum(one.due.day < today for one in found)
    return SUBJECT.said(late=late, soon=len(found) - late, days=AHEAD.days, sign=sign).text()


def text(found: list[Owed], reader: Viewer, today: date, sign: Sequence[Record] = (), done: Sequence[Done] = ()) -> str:
    """Return what somebody owes as plain text, the earliest first, with what to do next; then what waits for their
    signature, and what was done.
    """
    show = shown_to(reader)
    lines = [f"{reader.name}, this is what you owe until {today + AHEAD}. A due day itself is on time.", ""]
    lines += [] if found else ["Nothing."]
    for one in found[:MOST]:
        left = one.due.days_left(today)
        when = f"{-left} days late" if left < 0 else "today" if left == 0 else f"in {left} days"
        lines.append(f"{one.due.day:%a} {one.due.day} ({when}), {one.product}: {one.due.said.text(show)}")
        if step := one.due.said.next(show):
            lines.append(f"    {step}")
    if len(found) > MOST:
        lines.append(f"{len(found) - MOST} more stand under My work.")
    if sign:
        lines += ["", f"{len(sign)} records wait for your signature, which you can give as one set:"]
        lines += [f"    {one.label} {one.title[:80]}" for one in sign[:MOST_SIGNED]]
        lines += [f"    and {len(sign) - MOST_SIGNED} more"] if len(sign) > MOST_SIGNED else []
    if done:
        lines += ["", "Changed since the last letter:"]
        lines += [
            "    " + DONE.said(product=one.product, changed=one.changed, effective=one.effective,
                               submitted=one.submitted, drafts=one.drafts).text()
            for one in done
        ]  # fmt: skip
    place = settings.MACHINE.address
    lines += ["", f"All of it: {place}/work" if place else "All of it stands under My work."]
    lines.append("You chose to be reminded; choose again under Your account, Reminders.")
    return "\n".join(lines) + "\n"


def shown_to(reader: Viewer) -> Callable[[Any], str]:
    """Return how a letter writes what a sentence names: what is withheld from its reader, as no more than that."""
    with looking(reader):
        withheld = visible.all_withheld()
    names = queries.names()

    def show(value: Any) -> str:
        if is_named(value):
            return WITHHELD if value.id in withheld else names.get(value.id, value.label)
        if isinstance(value, str):
            return names.get(value, plain(value))
        if isinstance(value, Iterable):
            return listed([show(one) for one in value])
        return plain(value)

    return show


# --- the calendar -------------------------------------------------------------------------------------------------------


def new_address(person: str) -> str:
    """Return the secret of a new calendar address; the one before leads nowhere from now on. Only its hash is kept."""
    secret = secrets.token_urlsafe(BYTES)
    found = of(person)
    found.calendar = _hash(secret)
    found.save()
    return secret


def revoke_address(person: str) -> None:
    """Let the calendar address of somebody lead nowhere."""
    Reminders.objects.filter(pk=person).update(calendar=None)


def calendar_of(secret: str, now: datetime) -> str | None:
    """Return the calendar under an address, with nothing in it that is withheld from anybody; `None` where there is none."""
    found = Reminders.objects.filter(calendar=_hash(secret)).first()
    if found is None or not Account.objects.filter(pk=found.person, is_active=True).exists():
        return None
    reader, show = of_person(found.person), shown_to(NOBODY)
    with looking(NOBODY):
        withheld = visible.all_withheld()
    clock, zone = queries.now(now), ZoneInfo(found.zone)
    dues = tuple(one.due for one in owed(reader, clock.astimezone(zone).date()) if one.due.about.id not in withheld)
    return calendar(dues, name=f"Asepsis: {reader.name}", now=clock, zone=zone, show=show)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
