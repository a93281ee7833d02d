"""Serving on this machine: a port in use, no ledger, and a real process that answers."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client, RequestFactory

from asepsis.accounts import passphrase
from asepsis.conformance import moments
from asepsis.development.records import Requirement
from asepsis.jobs.models import Worker
from asepsis.store import acts, backup, queries
from asepsis.store.models import Record
from asepsis.store.refusals import NotFoundedError
from asepsis.web import server
from asepsis.web.errors import fault
from tests.web.conftest import Seen, Served, logged_in, opened, serving, started
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


# --- processes: they are begun again, and stop with grace ---------------------------------------------------------------

BOTH = pytest.mark.parametrize("workers", [1, 2])


def until(true: Callable[[], object], seconds: float = 60.0) -> None:
    """Wait for a condition; a test does not hang where it never comes."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.05)


def parts_of(process: subprocess.Popen[str]) -> list[int]:
    """Return the processes that another began, in order."""
    return [int(one) for one in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]


LINUX = pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="this system does not tell children in /proc")


def half_asked(address: str) -> socket.socket:
    """Return a connection on which a request was begun."""
    host, _, port = address.removeprefix("http://").partition(":")
    connection = socket.create_connection((host, int(port)), timeout=60)
    connection.sendall(b"GET /login HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n")
    return connection


@BOTH
def test_what_is_being_answered_is_finished_when_the_server_is_asked_to_stop(copied: Maker, workers: int) -> None:
    with started(copied.home, f"workers={workers}") as (address, process):
        until(lambda: _asked(address)[0] == 302)
        with closing(half_asked(address)) as asking:
            time.sleep(0.5)  # so that the server has read what was sent
            process.terminate()
            time.sleep(0.5)
            asking.sendall(b"\r\n")
            told = b"".join(iter(lambda: asking.recv(65536), b""))
        assert told.startswith(b"HTTP/1.1 200 ")
        assert told.rstrip().endswith(b"</html>")
        assert process.wait(60) == 0


@BOTH
def test_an_act_that_is_on_its_way_when_the_server_is_asked_to_stop_is_done_and_told(
    copied: Maker, workers: int
) -> None:
    session = logged_in("Nadia Kovac").cookies[settings.SESSION_COOKIE_NAME].value
    with started(copied.home, f"workers={workers}") as (address, process):
        until(lambda: _asked(address)[0] == 302)
        cookies = f"{settings.SESSION_COOKIE_NAME}={session}"
        form, told = _got(address, "/p/GW/new/Asset", cookies)
        mark = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
        assert mark
        body = urlencode({"csrfmiddlewaretoken": mark[1], "f.title": "Written at the last moment"}).encode()
        host, _, port = address.removeprefix("http://").partition(":")
        with closing(socket.create_connection((host, int(port)), timeout=60)) as asking:
            head = (
                "POST /p/GW/new/Asset HTTP/1.1", f"Host: {host}:{port}", f"Cookie: {cookies}; {told}",
                "Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}", "Connection: close",
            )  # fmt: skip
            asking.sendall("\r\n".join([*head, "", ""]).encode() + body[:-5])
            time.sleep(0.5)  # so that the server has read what was sent
            process.terminate()
            time.sleep(0.5)
            asking.sendall(body[-5:])
            answer = b"".join(iter(lambda: asking.recv(65536), b"")).decode()
        assert process.wait(60) == 0
    assert answer.startswith("HTTP/1.1 302 "), answer[:300]
    assert Record.objects.get(title="Written at the last moment").label in answer


def _got(address: str, place: str, cookies: str) -> tuple[str, str]:
    """Return a page, and the cookie that came with it."""
    host, _, port = address.removeprefix("http://").partition(":")
    with closing(http.client.HTTPConnection(host, int(port), timeout=60)) as connection:
        connection.request("GET", place, headers={"Cookie": cookies})
        answer = connection.getresponse()
        return answer.read().decode(), (answer.headers["Set-Cookie"] or "").partition(";")[0]


@BOTH
def test_a_change_is_assessed_within_seconds_while_pages_are_served(copied: Maker, workers: int) -> None:
    with started(copied.home, f"workers={workers}, work=True"):
        until(lambda: Worker.objects.exists())
        copied.write("new", Requirement)
        last = moments.last_change(copied.product)

        def shown() -> bool:
            found = moments.kept(copied.product)
            return found is not None and found.moment.position >= last

        until(shown, 30)


@LINUX
def test_a_worker_that_is_killed_is_told_and_begun_again_and_the_pages_go_on(copied: Maker) -> None:
    with started(copied.home, "work=True") as (address, process):
        until(lambda: Worker.objects.exists())
        pages, worker = parts_of(process)
        os.kill(worker, signal.SIGKILL)
        assert process.stdout is not None
        assert process.stdout.readline() == ("The worker ended unasked (SIGKILL), 1 times by now; it is begun again.\n")
        until(lambda: Worker.objects.filter(crashes=1).exists())
        assert _asked(address)[0] == 302
        assert parts_of(process)[0] == pages


@LINUX
def test_a_server_of_pages_that_is_killed_is_begun_again(copied: Maker) -> None:
    with started(copied.home) as (address, process):
        until(lambda: _asked(address)[0] == 302)
        os.kill(parts_of(process)[0], signal.SIGKILL)
        until(lambda: _answers(address))


def _answers(address: str) -> bool:
    try:
        return _asked(address)[0] == 302
    except OSError:
        return False


@LINUX
@BOTH
def test_nothing_goes_on_when_the_process_that_began_it_is_gone(copied: Maker, workers: int) -> None:
    with started(copied.home, f"work=True, workers={workers}") as (address, process):
        until(lambda: Worker.objects.exists() and _answers(address))
        parts = parts_of(process)
        process.kill()
        until(lambda: not any(Path(f"/proc/{one}").exists() for one in parts))


@pytest.mark.parametrize("named", [True, False])
def test_several_processes_believe_a_proxy_as_one_does(written: Maker, named: bool) -> None:
    more = {"ASEPSIS_ADDRESS": "https://asepsis.example"} if named else {}
    with serving(written.home, "workers=2", **more) as address:
        host, _, port = address.removeprefix("http://").partition(":")
        with closing(http.client.HTTPConnection(host, int(port), timeout=30)) as connection:
            connection.request("GET", "/login", headers={"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7"})
            answer = connection.getresponse()
            cookie = answer.headers["Set-Cookie"]
    assert (answer.status, "Strict-Transport-Security" in answer.headers) == (200, named)
    assert "; Secure" in cookie if named else "; Secure" not in cookie


@pytest.mark.parametrize(
    ("proxies", "asker", "told", "found"),
    [
        (["127.0.0.1"], "127.0.0.1", "203.0.113.9, 192.0.2.7", "192.0.2.7"),
        (["127.0.0.1", "10.0.0.0/8"], "127.0.0.1", "203.0.113.9, 192.0.2.7, 10.1.2.3", "192.0.2.7"),
        (["127.0.0.1"], "127.0.0.1", "unknown", "127.0.0.1"),
        (["127.0.0.1"], "127.0.0.1", "", "127.0.0.1"),
        (["2001:db8::/32"], "2001:db8::1", "192.0.2.7", "192.0.2.7"),
        (["127.0.0.1"], "192.0.2.1", "192.0.2.7", "192.0.2.1"),
        ([], "127.0.0.1", "192.0.2.7", "127.0.0.1"),
    ],
)
def test_who_asks_is_taken_from_the_proxies_that_are_named_alone(
    proxies: list[str], asker: str, told: str, found: str
) -> None:
    seen: dict[str, object] = {}

    def application(environ: dict[str, object], start: object) -> list[bytes]:
        seen.update(environ)
        return []

    asked = {"REMOTE_ADDR": asker, "HTTP_X_FORWARDED_FOR": told, "HTTP_FORWARDED": "for=1.2.3.4"}
    server.Behind(application, proxies)(asked, print)
    assert seen == {"REMOTE_ADDR": found}


@BOTH
def test_the_log_holds_no_passphrase_and_nothing_that_somebody_sent(
    copied: Maker, tmp_path: Path, workers: int
) -> None:
    log, secret = tmp_path / "log", "zebra-quartz-4711"
    with started(copied.home, f"work=True, workers={workers}", log, ASEPSIS_LOG="json") as (address, _):
        host, _, port = address.removeprefix("http://").partition(":")

        def sent(method: str, path: str, body: str = "", **headers: str) -> int:
            with closing(http.client.HTTPConnection(host, int(port), timeout=30)) as connection:
                form = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
                connection.request(method, path, body, form | headers)
                answer = connection.getresponse()
                sent.cookie = answer.headers.get("Set-Cookie", "")  # type: ignore[attr-defined]
                sent.text = answer.read().decode()  # type: ignore[attr-defined]
                return answer.status

        assert sent("GET", "/login") == 200
        cookie = sent.cookie.partition(";")[0]  # type: ignore[attr-defined]
        token = sent.text.partition('csrfmiddlewaretoken" value="')[2].partition('"')[0]  # type: ignore[attr-defined]
        form = f"csrfmiddlewaretoken={token}&user_id=anna.lind&passphrase={secret}"
        for _ in range(6):
            assert sent("POST", "/login", form, Cookie=cookie, Referer=f"{address}/login") in (422, 429)
        for path in (f"/find?q={secret}", f"/r/{secret}", f"/p/{secret}/", f"/calendar/{secret}.ics", f"/{secret}%0A"):
            sent("GET", path, Cookie=f"asepsis={secret}", **{"User-Agent": secret, "Referer": secret})
        sent("POST", "/account/reminders", f"email={secret}", Cookie=cookie)
        sent("GET", "/login", Host=f"{secret}.example")
    lines = log.read_text().splitlines()
    assert [one for one in lines if secret in one or "anna.lind" in one] == []
    told = [json.loads(one) for one in lines]
    assert {(one.get("route"), one.get("status")) for one in told} >= {("login", 200), ("login", 422)}


@BOTH
def test_a_backup_of_what_is_served_and_written_to_restores_what_was_confirmed_before(
    copied: Maker, tmp_path_factory: pytest.TempPathFactory, workers: int
) -> None:
    folder, home = tmp_path_factory.mktemp("backups") / "kept", tmp_path_factory.mktemp("restored")
    with started(copied.home, f"workers={workers}, work=True") as (address, _):
        until(lambda: Worker.objects.exists() and _answers(address))
        first = copied.write("before", Requirement)
        size = queries.ledger().size
        writing, stopped = threading.Event(), threading.Event()

        def write() -> None:
            number = 0
            while not stopped.is_set():
                copied.write(f"meanwhile {number}", Requirement)
                number += 1
                if number == 3:
                    writing.set()
            connection.close()

        writer = threading.Thread(target=write)
        writer.start()
        try:
            assert writing.wait(60)
            made = backup.make(folder)
        finally:
            stopped.set()
            writer.join(60)
        assert _answers(address)
    assert size < made.size <= queries.ledger().size
    assert backup.restore(folder, home) == made.size
    with opened(home):
        assert Record.objects.filter(pk=first).exists()
        assert queries.ledger().size == made.size
