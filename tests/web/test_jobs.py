"""The pages about jobs and reminders: what failed is told, a choice is kept, a calendar is read without logging in."""

from __future__ import annotations

from datetime import UTC, datetime

from django.test import Client

from asepsis.accounts.models import Account
from asepsis.jobs import tasks, worker
from asepsis.jobs.models import Reminders, Worker
from asepsis.jobs.queue import Wanted
from tests.web.conftest import Seen, logged_in
from tests.web.maker import Maker


def seen(answer: object) -> str:
    return Seen(answer.content.decode()).words  # type: ignore[attr-defined]


def test_a_job_that_failed_is_told_in_its_sentence(copied: Maker, client: Client) -> None:
    tasks.ask(Wanted("assess", "nobody", arguments={"product": "f" * 32, "position": 1, "day": "2026-11-25"}))
    worker._do_one("here")
    text = seen(client.get("/jobs"))
    assert "failed" in text
    assert "no product" in text.lower()


def test_that_no_worker_is_there_is_told_with_what_to_do(copied: Maker, client: Client) -> None:
    assert "asepsis worker" in seen(client.get("/jobs"))
    now = datetime.now(UTC)
    Worker.objects.create(name="one", begun_at=now, seen_at=now, crashes=2)
    text = seen(client.get("/jobs"))
    assert "asepsis worker" not in text
    assert "ended unasked 2 times" in text


def test_how_often_and_where_to_is_kept(copied: Maker, client: Client) -> None:
    sent = {"email": "anna@example.org", "often": "weekly", "zone": "Europe/Zurich"}
    assert client.post("/account/reminders", sent).status_code == 302
    person = copied.people["Anna Lind"]
    assert Reminders.objects.get(pk=person).often == "weekly"
    assert Account.objects.get(pk=person).email == "anna@example.org"
    assert "anna@example.org" in client.get("/account/reminders").content.decode()


def test_what_is_no_address_or_zone_is_refused_and_nothing_is_kept(copied: Maker, client: Client) -> None:
    good = {"email": "anna@example.org", "often": "weekly", "zone": "Europe/Zurich"}
    for field, value in (("email", "anna"), ("zone", "Mars"), ("often", "hourly"), ("email", "a@b.c\nBcc: d@e.f")):
        assert client.post("/account/reminders", good | {field: value}).status_code in (200, 422)
    assert not Reminders.objects.exists()


def test_a_calendar_is_given_once_and_read_by_whoever_has_its_address(copied: Maker, client: Client) -> None:
    client.post("/account/calendar", {"do": "new"})
    text = seen(client.get("/account/reminders"))
    address = next(word for word in text.split() if word.endswith(".ics"))
    path = "/calendar/" + address.rpartition("/")[2]
    answer = Client(HTTP_HOST="127.0.0.1").get(path)
    assert answer.headers["Content-Type"].startswith("text/calendar")
    assert answer.content.startswith(b"BEGIN:VCALENDAR")
    assert ".ics" not in seen(client.get("/account/reminders"))
    client.post("/account/calendar", {"do": "revoke"})
    assert Client(HTTP_HOST="127.0.0.1", raise_request_exception=False).get(path).status_code == 404


def test_the_reminders_of_one_are_not_those_of_another(copied: Maker, client: Client) -> None:
    client.post("/account/reminders", {"email": "anna@example.org", "often": "daily", "zone": "UTC"})
    other = logged_in("Jonas Weber")
    assert "anna@example.org" not in other.get("/account/reminders").content.decode()
