"""Serving on this machine: a port in use, no ledger, and a real process that answers."""

from __future__ import annotations

import http.client
import socket
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client, RequestFactory

from asepsis.accounts import passphrase
from asepsis.store import acts
from asepsis.store.refusals import NotFoundedError
from asepsis.web import server
from asepsis.web.errors import fault
from tests.web.conftest import Seen, Served, serving
from tests.web.maker import Maker


def test_a_port_in_use_is_left_and_another_one_is_taken() -> None:
    with server.listen("127.0.0.1", 0) as first:
        taken = int(first.getsockname()[1])
        with server.listen("127.0.0.1", taken) as second:
            assert taken < second.getsockname()[1] <= taken + server.NEXT_PORTS


def test_a_port_of_nobodys_machine_is_refused_in_a_sentence() -> None:
    with pytest.raises(server.NoPortError, match=r"Nothing can be served at 192\.0\.2\.1, ports 80") as raised:
        server.listen("192.0.2.1", 80)
    assert raised.value.exit_code == 3


def test_nothing_is_served_where_there_is_no_ledger(own: Path) -> None:
    call_command("migrate", verbosity=0)
    told: list[str] = []
    with pytest.raises(NotFoundedError):
        server.serve(port=0, tell=told.append)
    assert told == []


@pytest.mark.parametrize("migrated", [False, True])
def test_a_page_without_a_ledger_says_how_to_begin_one(own: Path, client: Client, migrated: bool) -> None:
    if migrated:
        call_command("migrate", verbosity=0)
    answer = client.get("/")
    assert answer.status_code == 503
    assert "asepsis init" in answer.content.decode()


def _asked(served: str, **headers: str) -> tuple[int, bytes]:
    host, _, port = served.removeprefix("http://").partition(":")
    with closing(http.client.HTTPConnection(host, int(port), timeout=30)) as connection:
        cookie = {"Cookie": f"asepsis={served.session}"} if isinstance(served, Served) else {}
        connection.request("GET", "/p/GW/", headers=cookie | headers)
        answer = connection.getresponse()
        return answer.status, answer.read()


def test_the_pages_are_served_by_a_process_of_their_own(served: str) -> None:
    status, body = _asked(served)
    assert (status, b"Ward Gateway" in body) == (200, True)


def test_the_pages_are_served_under_no_other_name(served: str) -> None:
    assert _asked(served, Host="evil.example")[0] == 400


def test_the_pages_are_served_to_this_machine_alone(served: str) -> None:
    port = int(served.rpartition(":")[2])
    with socket.socket() as other:
        other.settimeout(5)
        assert other.connect_ex(("127.0.0.2", port)) != 0


@pytest.mark.parametrize("named", [True, False])
def test_a_proxy_is_believed_where_its_address_is_named_and_nowhere_else(written: Maker, named: bool) -> None:
    more = {"ASEPSIS_ADDRESS": "https://asepsis.example"} if named else {}
    with serving(written.home, **more) as address:
        host, _, port = address.removeprefix("http://").partition(":")
        with closing(http.client.HTTPConnection(host, int(port), timeout=30)) as connection:
            connection.request("GET", "/login", headers={"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7"})
            answer = connection.getresponse()
            cookie = answer.headers["Set-Cookie"]
    assert (answer.status, "Strict-Transport-Security" in answer.headers) == (200, named)
    assert ("; Secure" in cookie, cookie.startswith("__Host-")) == (named, named)
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie


def test_a_fault_of_ours_is_told_on_a_page_of_its_own() -> None:
    answer = fault(RequestFactory().get("/p/GW/"))
    assert (answer.status_code, "program-fault" in answer.content.decode()) == (500, True)


def test_a_ledger_without_a_product_says_how_to_found_one(own: Path, client: Client) -> None:
    call_command("migrate", verbosity=0)
    acts.found_ledger(own, acts.First("Ada"), time_zone="UTC", clock=lambda: datetime(2026, 1, 5, tzinfo=UTC))
    client.force_login(passphrase.open_account("Ada"))
    text = Seen(client.get("/").content.decode()).words
    assert "No product stands here yet." in text
    assert "asepsis product new" in text
