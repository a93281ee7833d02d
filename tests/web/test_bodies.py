"""What is too large, or no form, is refused in a sentence before it is read, and by nobody's fault."""

from __future__ import annotations

import http.client

import pytest
from django.test import Client

from asepsis.accounts.passphrase import open_account
from asepsis.web import bodies
from tests.web.conftest import Served, logged_in
from tests.web.maker import Maker


class Untouched:
    """A body that nobody may look into."""

    def read(self, *_: object) -> bytes:
        raise AssertionError("it was read")

    readline = read


@pytest.mark.parametrize("person", ["", "Anna Lind"])
def test_more_than_its_sender_may_send_is_refused_unread(copied: Maker, person: str) -> None:
    most = bodies.MOST if person else bodies.MOST_OF_NOBODY
    client = logged_in(person) if person else Client(raise_request_exception=False, HTTP_HOST="127.0.0.1")
    for place in ("/login", "/p/GW/bring", "/r/GW-THR-1/edit", "/nowhere"):
        told = {"CONTENT_LENGTH": str(most + 1), "wsgi.input": Untouched(), "CONTENT_TYPE": "multipart/form-data"}
        answer = client.generic("POST", place, **told)  # type: ignore[arg-type] # as a server gives it
        assert (place, answer.status_code, "body-too-large" in answer.content.decode()) == (place, 413, True)


@pytest.mark.parametrize(
    "media",
    [
        "application/x-www-form-urlencoded; charset=utf-7",
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=" + "x" * 300,
    ],
)
def test_what_is_no_form_is_told_and_no_fault_of_ours(copied: Maker, media: str) -> None:
    client = Client(enforce_csrf_checks=True, raise_request_exception=False, HTTP_HOST="127.0.0.1")
    client.force_login(open_account("Anna Lind"))
    client.get("/account/reminders")  # which gives the cookie without which nothing of it is read
    answer = client.post("/account/reminders", b"a=1", content_type=media)
    assert (answer.status_code, "request-unreadable" in answer.content.decode()) == (400, True)


def test_a_form_with_too_many_fields_is_told(copied: Maker) -> None:
    fields = {f"a{number}": "1" for number in range(5_001)}
    answer = logged_in("Anna Lind").post("/account/reminders", fields)
    assert (answer.status_code, "too many fields" in answer.content.decode()) == (400, True)


def test_a_server_lets_nobody_fill_its_disk(served: Served) -> None:
    host, _, port = served.removeprefix("http://").partition(":")
    for size, status in ((bodies.most_of_all() + 1, 413), (bodies.MOST_OF_NOBODY + 1, 413)):
        asked = http.client.HTTPConnection(host, int(port), timeout=30)
        asked.putrequest("POST", "/login")
        asked.putheader("Content-Length", str(size))
        asked.endheaders()
        asked.send(b"x" * (size if size < bodies.MOST else 1))
        assert asked.getresponse().status == status
        asked.close()
