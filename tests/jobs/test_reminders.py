"""Reminders: who is told what when, by a real server of mail on loopback; and a calendar under an address of one's own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from django.conf import settings
from django.test import override_settings

from asepsis.accounts import passphrase
from asepsis.accounts.models import Account
from asepsis.conformance import moments
from asepsis.conformance.assessment import DueDay, Thing
from asepsis.jobs import mail, queue, reminders, tasks, watch, watch_letters, worker
from asepsis.jobs.models import Reminders
from asepsis.jobs.queue import InHand
from asepsis.readers import digest, visible
from asepsis.readers.owing import owed
from asepsis.readers.viewer import NOBODY, looking, of_person
from asepsis.sentences import Mention, Sentence
from asepsis.store import withholding
from asepsis.store.models import Record
from tests.jobs.servers import Taken, post_office
from tests.web.maker import WITHHELD, Maker
from tests.web.test_watch import bring, scanned_and_watched

MORNING = datetime(2026, 11, 25, 7, 30, tzinfo=UTC)  # a Wednesday
ANNA, JONAS = "Anna Lind", "Jonas Weber"


class set_to:  # noqa: N801 - it is used as `with set_to(mail_port=…)`
    """Settings of the machine, for a while."""

    def __init__(self, **named: Any) -> None:
        self._settings = override_settings(MACHINE=settings.MACHINE.model_copy(update=named))

    def __enter__(self) -> None:
        self._settings.enable()

    def __exit__(self, *_: object) -> None:
        self._settings.disable()


@pytest.fixture
def office(copied: Maker) -> Iterator[Taken]:
    moments.keep(moments.assess_product(moments.Asked(copied.product), datetime.now(UTC)))
    for name in (ANNA, JONAS):
        account = passphrase.open_account(copied.people[name])
        Account.objects.filter(pk=account.pk).update(email=f"{account.user_id}@example.org")
    with (
        post_office() as taken,
        set_to(mail_server="127.0.0.1", mail_port=taken.port, mail_security="none", mail_from="asepsis@example.org"),
    ):
        yield taken


def chosen(copied: Maker, name: str = JONAS, often: str = "daily", at: datetime = MORNING) -> str:
    person = copied.people[name]
    reminders.choose(person, often, "UTC", at)
    return person


def remind(copied: Maker, now: datetime) -> list[queue.Told]:
    for one in reminders.wanted(now):
        tasks.ask(one)
        worker._do_one("here")
    return [one for one in queue.newest(20) if one.job.sort == reminders.SORT]


def test_what_somebody_owes_comes_by_mail_with_its_days(copied: Maker, office: Taken) -> None:
    person = chosen(copied)
    told = remind(copied, MORNING + timedelta(days=1))
    assert [one.status for one in told] == [queue.DONE]
    letter = office.letters[0]
    assert (letter["To"], letter["From"]) == ("jonas.weber@example.org", "asepsis@example.org")
    assert letter["Auto-Submitted"] == "auto-generated"
    text = letter.get_content()
    today = datetime.now(UTC).date()
    mine = [one for one in owed(of_person(person), today) if one.due.day <= today + reminders.AHEAD]
    assert mine
    assert all(str(one.due.day) in text for one in mine)
    assert str(mine[0].due.day) not in str(letter["Subject"])


def test_a_letter_names_what_waits_to_be_signed_and_one_of_the_week_what_was_done(copied: Maker, office: Taken) -> None:
    name = next(one for one, person in copied.people.items() if digest.to_sign(of_person(person)))
    account = passphrase.open_account(copied.people[name])
    Account.objects.filter(pk=account.pk).update(email="signer@example.org")
    person = chosen(copied, name, "weekly", MORNING - timedelta(days=7))
    waits = digest.to_sign(of_person(person))
    remind(copied, MORNING)
    text = office.letters[0].get_content()
    assert all(one.label in text for one in waits[: reminders.MOST_SIGNED])
    assert f"{len(waits)} to sign" in " ".join(str(office.letters[0]["Subject"]).split())
    assert WITHHELD not in text
    assert "Changed since" not in text  # nothing was, within a week
    done = digest.done_since(of_person(person), "2000")
    assert [one.product for one in done] == ["GW", "ORG"]
    told = reminders.text([], of_person(person), MORNING.date(), waits, done)
    assert f"GW: {done[0].changed} records ({done[0].effective} in force" in told


def test_one_letter_goes_out_on_a_day_and_not_before_the_morning(copied: Maker, office: Taken) -> None:
    chosen(copied)
    tomorrow = MORNING + timedelta(days=1)
    assert remind(copied, MORNING) == []
    assert remind(copied, tomorrow.replace(hour=reminders.FROM_HOUR - 1)) == []
    remind(copied, tomorrow)
    remind(copied, tomorrow + timedelta(hours=3))
    assert len(office.letters) == 1
    remind(copied, tomorrow + timedelta(days=1))
    assert len(office.letters) == 2


def test_the_morning_is_that_of_the_reader(copied: Maker, office: Taken) -> None:
    person = copied.people[ANNA]
    reminders.choose(person, "daily", "Asia/Tokyo", MORNING)  # 16:30 there
    midnight = datetime(2026, 11, 25, 22, 0, tzinfo=UTC)  # 07:00 of the next day there
    assert list(reminders.wanted(midnight - timedelta(minutes=1))) == []
    assert [one.arguments["day"] for one in reminders.wanted(midnight)] == ["2026-11-26"]


def test_a_letter_of_the_week_goes_out_on_monday_or_when_a_worker_is_there_again(copied: Maker, office: Taken) -> None:
    chosen(copied, often="weekly")
    sunday, monday = MORNING + timedelta(days=4), MORNING + timedelta(days=5)
    assert list(reminders.wanted(sunday)) == []
    assert len(list(reminders.wanted(monday))) == 1
    assert len(list(reminders.wanted(monday + timedelta(days=2)))) == 1


def test_no_letter_goes_where_nobody_asked_for_one_or_no_server_is_named(copied: Maker, office: Taken) -> None:
    chosen(copied, often="none")
    assert list(reminders.wanted(MORNING + timedelta(days=1))) == []
    chosen(copied)
    with set_to(mail_server=None):
        assert list(reminders.wanted(MORNING + timedelta(days=1))) == []


def test_nobody_is_written_to_whose_account_is_closed(copied: Maker, office: Taken) -> None:
    person = chosen(copied)
    Account.objects.filter(pk=person).update(is_active=False)
    told = remind(copied, MORNING + timedelta(days=1))
    assert (told[0].status, office.letters) == (queue.DONE, [])


def test_a_letter_that_is_refused_is_told_in_a_sentence_and_tried_again(copied: Maker, office: Taken) -> None:
    person = chosen(copied)
    office.refuses = 550
    tomorrow = MORNING + timedelta(days=1)
    told = remind(copied, tomorrow)
    assert told[0].status == queue.FAILED
    assert told[0].said is not None
    assert told[0].said.text() == "A letter was not taken by 127.0.0.1: it refused the address."
    wanted = next(iter(reminders.wanted(tomorrow)))
    assert queue.is_too_soon(wanted, datetime.now(UTC))
    office.refuses = 0
    remind(copied, tomorrow)
    assert len(office.letters) == 1
    assert Reminders.objects.get(pk=person).sent_on == tomorrow.date()


def test_a_server_that_is_not_there_is_a_sentence(copied: Maker, office: Taken) -> None:
    with set_to(mail_port=1), pytest.raises(mail.UnsentError, match="connection refused"):
        mail.send(mail.letter("a@example.org", "s", "t", MORNING))


def due_about_what_is_withheld(copied: Maker) -> str:
    """Keep an assessment that says of a withheld record that security and quality owe something; return its label."""
    row = Record.objects.get(title=WITHHELD)
    about, day = Thing(row.pk, row.label), datetime.now(UTC).date().isoformat()
    said = Sentence("Look at {item}.").said(item=Mention(row.pk, row.label)).value()
    dues = tuple(DueDay(about, said, day, owner) for owner in ("security", "quality"))
    assessment = moments.assess_product(moments.Asked(copied.product), datetime.now(UTC))
    moments.keep(msgspec.structs.replace(assessment, due=dues))
    return row.label


def test_what_is_withheld_stands_in_the_letter_of_who_may_see_it_and_in_no_other(copied: Maker, office: Taken) -> None:
    label = due_about_what_is_withheld(copied)
    for name in (ANNA, JONAS):
        chosen(copied, name)
    remind(copied, MORNING + timedelta(days=1))
    assert [(one["To"], label in one.get_content()) for one in office.letters] == [("jonas.weber@example.org", True)]


def test_names_of_withheld_records_are_not_told_as_arguments_of_a_sentence(copied: Maker) -> None:
    reader = of_person(copied.people[ANNA])
    with looking(reader):
        withheld = next(iter(visible.all_withheld()))
    said = Sentence("{one} rests on {all}.").said(
        one=Mention(withheld, "GW-VUL-x"), all=[Mention(withheld, "GW-VUL-x")]
    )
    assert said.text(reminders.shown_to(reader)) == "a withheld record rests on a withheld record."
    seer = of_person(copied.people[JONAS])
    assert said.text(reminders.shown_to(seer)) == "GW-VUL-x rests on GW-VUL-x."


def test_letters_can_be_written_into_a_folder(copied: Maker, tmp_path: Path) -> None:
    folder = tmp_path / "letters"
    folder.mkdir()
    with set_to(mail_folder=folder):
        assert mail.is_on()
        mail.send(mail.letter("a@example.org", "one\r\nBcc: b@example.org", "words", MORNING))
    text = next(folder.glob("*.eml")).read_text()
    assert "Subject: one Bcc: b@example.org" in text
    assert "\nBcc:" not in text


@pytest.mark.parametrize(("often", "zone"), [("hourly", "UTC"), ("daily", "Mars/Base")])
def test_what_cannot_be_chosen_is_refused(copied: Maker, often: str, zone: str) -> None:
    with pytest.raises((reminders.OftenError, reminders.ZoneError)):
        reminders.choose(copied.people[ANNA], often, zone, MORNING)


# --- the calendar -------------------------------------------------------------------------------------------------------


def test_a_calendar_gives_what_its_owner_owes_and_nothing_withheld(copied: Maker, office: Taken) -> None:
    person, now = copied.people[JONAS], datetime.now(UTC)
    secret = reminders.new_address(person)
    found = reminders.calendar_of(secret, now)
    assert found is not None
    assert found.startswith("BEGIN:VCALENDAR\r\n")
    with looking(NOBODY):
        open_to_all = [
            one for one in owed(of_person(person), now.date()) if one.due.about.id not in visible.all_withheld()
        ]
    assert found.count("BEGIN:VEVENT") == len(open_to_all) > 0
    due_about_what_is_withheld(copied)
    assert len(owed(of_person(person), now.date())) == 1  # it is shown to him, who logged in
    assert "BEGIN:VEVENT" not in (reminders.calendar_of(secret, now) or "")


def test_a_calendar_leads_nowhere_once_it_is_taken_back_or_given_anew(copied: Maker) -> None:
    person = copied.people[ANNA]
    first = reminders.new_address(person)
    second = reminders.new_address(person)
    now = datetime.now(UTC)
    assert reminders.calendar_of(first, now) is None
    assert reminders.calendar_of(second, now) is not None
    reminders.revoke_address(person)
    assert reminders.calendar_of(second, now) is None


def test_the_secret_of_a_calendar_is_not_kept(copied: Maker) -> None:
    secret = reminders.new_address(copied.people[ANNA])
    assert secret not in str(Reminders.objects.values())
    assert reminders.calendar_of(secret[:-1], datetime.now(UTC)) is None


def test_a_closed_account_has_no_calendar(copied: Maker) -> None:
    secret = reminders.new_address(copied.people[ANNA])
    Account.objects.filter(pk=copied.people[ANNA]).update(is_active=False)
    assert reminders.calendar_of(secret, datetime.now(UTC)) is None


# --- the watch --------------------------------------------------------------------------------------------------------


def test_what_is_new_in_the_watch_is_told_once_with_its_reasons_and_at_once_where_it_is_exploited(
    copied: Maker, office: Taken
) -> None:
    jonas = copied.people[JONAS]
    reminders.choose(jonas, "none", "UTC", MORNING, watch=watch.newest())
    night = MORNING.replace(hour=2)
    assert list(watch_letters.wanted(MORNING)) == []
    scanned_and_watched(copied)
    (asked,) = watch_letters.wanted(night)
    watch_letters.tell(InHand(UUID(int=0)), **asked.arguments)
    (letter,) = office.letters
    assert "2 new to look at, 1 of them exploited" in str(letter["Subject"])
    assert "attackers use it, known since 2026-02-01" in letter.get_content()
    assert list(watch_letters.wanted(MORNING)) == []
    assert list(watch_letters.wanted(MORNING + timedelta(days=1))) == []


def test_a_letter_of_the_watch_tells_nothing_that_is_withheld(copied: Maker, office: Taken) -> None:
    reminders.choose(copied.people[ANNA], "none", "UTC", MORNING, watch=watch.newest())
    scanned_and_watched(copied)
    withholding.embargo(copied.hand(JONAS), copied.ids["bill"])
    assert list(watch_letters.wanted(MORNING)) == []
    bring(copied)
    assert list(watch_letters.wanted(MORNING)) == []
    assert office.letters == []
