"""Letters of what is new in the watch: each morning for who asked for them, and at once where attackers use something new."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import QuerySet

from asepsis.accounts.models import Account
from asepsis.jobs import mail, watch
from asepsis.jobs.models import Reminders
from asepsis.jobs.queue import InHand, Wanted
from asepsis.jobs.reminders import FROM_HOUR, NOBODY_THERE, shown_to
from asepsis.jobs.watch import Told, Watch
from asepsis.readers.viewer import Viewer, of_person
from asepsis.reports.watch import Standing
from asepsis.sentences import Said, Sentence
from asepsis.store.models import WatchLine

SORT = "watch-letter"
MOST = 100  # lines of a letter
SUBJECT = Sentence("Asepsis: {count} new to look at, {exploited} of them exploited")
SENT = Sentence("{person} was told of {count} new lines of the watch.")
NOTHING = Sentence("Nothing of what is new in the watch may be told to {person}: no letter.")


def wanted(now: datetime) -> Iterator[Wanted]:
    """Yield a letter for each who asked for one and to whom something new may be told, in their morning, or at once."""
    if not mail.is_on():
        return
    newest = watch.newest()
    for one in Reminders.objects.filter(watch__lt=newest).order_by("pk"):
        there = now.astimezone(ZoneInfo(one.zone))
        rows = _new(of_person(one.person), one)
        in_the_morning = there.hour >= FROM_HOUR and (one.watched_on is None or one.watched_on < there.date())
        if rows.exists() if in_the_morning else rows.filter(standing=Standing.EXPLOITED.value).exists():
            yield Wanted(SORT, one.person, arguments={"person": one.person, "day": there.date().isoformat()})


def tell(job: InHand, person: str, day: str) -> Said:
    """Send somebody what is new in the watch since the last letter. Raises `UnsentError`; then it is tried again."""
    account = Account.objects.filter(pk=person, is_active=True).first()
    reader, chosen = of_person(person), Reminders.objects.filter(pk=person).first()
    if account is None or not account.email or chosen is None or chosen.watch is None:
        return NOBODY_THERE.said(person=reader.name or "Somebody")
    rows = list(_new(reader, chosen).order_by("rank", "id"))
    if not rows:
        return NOTHING.said(person=reader.name)
    told = Watch(reader).told(rows[:MOST])
    mail.send(mail.letter(account.email, subject(rows), text(told, len(rows), reader), datetime.now(UTC)))
    last = max(one.pk for one in rows)
    Reminders.objects.filter(pk=person).update(watch=last, watched_on=date.fromisoformat(day))
    return SENT.said(person=reader.name, count=len(rows))


def _new(reader: Viewer, chosen: Reminders) -> QuerySet[WatchLine]:
    return Watch(reader).rows.filter(id__gt=chosen.watch or 0)


def subject(rows: list[WatchLine]) -> str:
    """Return in a line how much there is; never about what."""
    exploited = sum(one.standing == Standing.EXPLOITED.value for one in rows)
    return SUBJECT.said(count=len(rows), exploited=exploited).text()


def text(told: list[Told], count: int, reader: Viewer) -> str:
    """Return what is new as plain text, what matters most first, each with its reasons."""
    show = shown_to(reader)
    lines = [f"{reader.name}, this is new in the watch since you were told last, what matters most first.", ""]
    for one in told:
        line = one.line
        releases = ", ".join(each.label for each in line.releases)
        lines.append(f"{line.advisory} in {line.component}, {line.product.label}: {releases}")
        lines += [f"    {said.text(show)}" for said in line.reasons]
        if line.fixed:
            lines.append(f"    fixed in {', '.join(line.fixed)}")
    if count > len(told):
        lines.append(f"{count - len(told):,} more stand there.")
    place = settings.MACHINE.address
    lines += ["", f"All of it: {place}/watch" if place else "All of it stands under Watch."]
    lines.append("You asked to be told; choose again under Your account, Reminders.")
    return "\n".join(lines) + "\n"
