"""News of entries: signed, in order, tried again, seen with the eyes of its person, sent to no private address."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from asepsis.accounts import passphrase, webhooks
from asepsis.accounts.models import Account, Webhook
from asepsis.jobs import watch
from asepsis.jobs.webhooks import Delivered, UnsentError, deliver, deliver_due, send, signature, wanted
from asepsis.quality.records import Procedure
from asepsis.risk.records import Asset, Vulnerability
from asepsis.settings import MACHINE
from asepsis.store import queries, withholding
from tests.web.conftest import copied, written
from tests.web.maker import Maker
from tests.web.test_watch import bring, scanned_and_watched

__all__ = ["copied", "written"]
NOW = datetime(2026, 5, 1, 8, tzinfo=UTC)
ADDRESS = "https://ci.example.org/news?x=1"


@dataclass
class Post:
    """Where news arrives: what came, and what is answered."""

    statuses: list[int] = field(default_factory=list)
    got: list[tuple[str, Mapping[str, str], bytes]] = field(default_factory=list)

    def __call__(self, address: str, headers: Mapping[str, str], body: bytes) -> int:
        self.got.append((address, headers, body))
        return self.statuses.pop(0) if self.statuses else 200

    @property
    def entries(self) -> list[dict[str, Any]]:
        return [one for _, _, body in self.got for one in json.loads(body)["entries"]]


def webhook(maker: Maker, person: str = "Anna Lind", product: str | None = None) -> tuple[Webhook, str]:
    passphrase.open_account(person)
    return webhooks.make(maker.people[person], ADDRESS, NOW, product)


def test_each_new_entry_is_told_of_once_in_order(copied: Maker) -> None:
    webhook(copied)
    begin, post = queries.ledger().size, Post()
    for number in range(3):
        copied.write(f"new {number}", Asset, title=f"A {number}")
    assert deliver(NOW, post) == Delivered(1, 0)
    assert [one["position"] for one in post.entries] == [begin, begin + 1, begin + 2]
    assert post.entries[0] == {
        "position": begin,
        "name": queries.entries(begin, 1)[0][1],
        "form": "revision",
        "at": queries.entries(begin, 1)[0][2]["at"],
        "product": "GW",
        "label": copied.label("new 0"),
    }
    assert deliver(NOW, post) == Delivered(0, 0)


def test_the_worker_is_asked_where_something_is_to_be_told(copied: Maker) -> None:
    assert list(wanted(NOW)) == []
    webhook(copied)
    assert list(wanted(NOW)) == []
    copied.write("new", Asset)
    assert [one.sort for one in wanted(NOW)] == ["news"]
    assert list(wanted(NOW - timedelta(days=1))) == []
    deliver(NOW, Post())
    assert list(wanted(NOW)) == []


def test_nothing_that_a_record_says_is_sent(copied: Maker) -> None:
    webhook(copied)
    copied.write("new", Asset, title="A title that nobody outside reads")
    post = Post()
    deliver(NOW, post)
    assert b"nobody outside" not in post.got[0][2]


def test_what_is_sent_is_signed_over_its_time_and_body(copied: Maker) -> None:
    _, secret = webhook(copied)
    copied.write("new", Asset)
    post = Post()
    deliver(NOW, post)
    _, headers, body = post.got[0]
    stamp = headers["Asepsis-Timestamp"]
    expected = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    assert (stamp, headers["Asepsis-Signature"]) == (str(int(NOW.timestamp())), f"sha256={expected}")


@given(st.text(min_size=1), st.binary(), st.binary())
def test_a_signature_holds_for_one_body_at_one_time(secret: str, body: bytes, other: bytes) -> None:
    secret = secret.encode("utf-8", "replace").decode()
    assert (signature(secret, "1", body) == signature(secret, "1", other)) == (body == other)
    assert signature(secret, "1", body) != signature(secret, "2", body)


def test_what_did_not_arrive_is_sent_again_later_and_later(copied: Maker) -> None:
    made, _ = webhook(copied)
    copied.write("new", Asset)
    post, now, waits = Post([500, 503, 404, 302]), NOW, []
    for _ in range(4):
        assert deliver(now, post) == Delivered(0, 1)
        assert deliver(now, post) == Delivered(0, 0)  # it is not due yet
        made.refresh_from_db()
        waits.append(made.next_at - now)
        now = made.next_at
    assert waits == [timedelta(minutes=one) for one in (1, 2, 4, 8)]
    assert made.fault == "it answered 302"
    assert deliver(now, post) == Delivered(1, 0)
    assert len({headers["Asepsis-Delivery"] for _, headers, _ in post.got}) == 1
    made.refresh_from_db()
    assert (made.failures, made.fault, made.told_at) == (0, "", now)


def test_who_never_answers_is_told_of_nothing_more_in_the_end_and_its_owner_is_told(
    copied: Maker, tmp_path: Path
) -> None:
    made, _ = webhook(copied)
    copied.write("new", Asset)

    def nobody(*_: object) -> int:
        raise UnsentError("it cannot be reached")

    now = NOW
    for _ in range(29):
        assert deliver(now, nobody) == Delivered(0, 1)
        made.refresh_from_db()
        assert made.next_at - now <= timedelta(hours=6)
        now = made.next_at
    Account.objects.filter(pk=made.account_id).update(email="who@example.org")
    with override_settings(MACHINE=settings.MACHINE.model_copy(update={"mail_folder": tmp_path})):
        assert deliver(now, nobody) == Delivered(0, 1, ("ci.example.org",))
    made.refresh_from_db()
    assert made.ended_at is not None
    (letter,) = tmp_path.glob("*.eml")
    assert "It cannot be reached" in letter.read_text()
    assert deliver(now, nobody) == Delivered(0, 0)


def test_what_is_withheld_is_told_to_who_may_see_it(copied: Maker) -> None:
    quality, _ = webhook(copied, "Anna Lind")
    security, _ = webhook(copied, "Jonas Weber")
    copied.write("withheld", Vulnerability, "Jonas Weber", persons=(copied.people["Jonas Weber"],))
    label, post = copied.label("withheld"), Post()
    deliver(NOW, post)
    told = {json.loads(body)["webhook"] for _, _, body in post.got if label in body.decode()}
    assert told == {security.id}
    quality.refresh_from_db()
    assert quality.position == queries.ledger().size


def test_a_webhook_of_a_product_is_told_of_that_alone(copied: Maker) -> None:
    webhook(copied, product=queries.product("PX").id)
    copied.write("new", Asset)
    copied.write("other", Asset, of=queries.product("PX").id)
    copied.write("of all", Procedure, of=None)
    post = Post()
    deliver(NOW, post)
    assert {one["product"] for one in post.entries} == {"PX"}


def test_who_was_shut_out_is_told_of_nothing(copied: Maker) -> None:
    made, _ = webhook(copied)
    made.account.is_active = False
    made.account.save()
    copied.write("new", Asset)
    post = Post()
    assert (deliver(NOW, post), post.got) == (Delivered(0, 0), [])


def test_its_secret_is_not_read_by_who_has_the_database(copied: Maker) -> None:
    made, secret = webhook(copied)
    assert secret not in repr(vars(made))
    assert webhooks.secret_of(made) == secret


@pytest.mark.parametrize(
    "address",
    [
        "http://ci.example.org/", "ftp://ci.example.org/", "https://", "https://u:p@ci.example.org/", "//ci.example.org",
        "https://10.0.0.1/", "https://192.168.1.1/", "https://169.254.169.254/latest", "https://[::ffff:10.0.0.1]/",
        "https://[fe80::1]/", "https://[64:ff9b::a00:1]/", "https://[2002:a00:1::]/", "https://0.0.0.0/", "https://127.0.0.2/",
        "https://224.0.0.1/", "https://ci.example.org:0/", "https://ci.example.org:99999/", "https://ci.example.org/#x",
        "https://ci.example.org/\r\nX: y", "https://ci.exämple.org/", "https://ci.example.org/" + "x" * 500, "",
    ],
)  # fmt: skip
def test_news_is_sent_to_no_address_but_a_public_one_over_https(address: str) -> None:
    assert webhooks.unfit(address) is not None


def test_news_is_sent_to_this_machine_and_where_it_is_allowed_to_a_private_network() -> None:
    assert webhooks.unfit("http://localhost:8080/x") is webhooks.unfit("http://127.0.0.1:1/") is None
    with override_settings(MACHINE=MACHINE.model_copy(update={"webhooks": "private"})):
        assert webhooks.unfit("https://10.0.0.1/") is None
        assert webhooks.unfit("https://169.254.169.254/") is not None


def test_an_address_of_ipv4_that_is_written_into_one_of_ipv6_is_judged_as_itself() -> None:
    assert webhooks.unfit_host(["64:ff9b::8.8.8.8", "2002:808:808::1", "::ffff:8.8.8.8"]) is None
    assert webhooks.unfit_host(["64:ff9b::10.0.0.1"]) is not None


@given(st.ip_addresses())
def test_an_address_that_is_not_global_is_refused(address: Any) -> None:
    if not address.is_global:
        assert webhooks.unfit_host([str(address)]) is not None


def test_a_name_that_leads_into_a_private_network_is_refused_when_it_is_looked_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.1", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(UnsentError, match="private network"):
        send("https://ci.example.org/", {}, b"")
    found[0] = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 443))
    with pytest.raises(UnsentError, match="leads to this machine"):
        send("https://ci.example.org/", {}, b"")


def test_where_the_machine_sends_nothing_none_is_made_and_none_is_sent(copied: Maker) -> None:
    webhook(copied)
    copied.write("new", Asset)
    with override_settings(MACHINE=MACHINE.model_copy(update={"webhooks": "never", "home": copied.home})):
        assert deliver_due() == Delivered(0, 0)
        with pytest.raises(webhooks.WebhooksOffError):
            webhook(copied)


class _Receiver(BaseHTTPRequestHandler):
    got: list[tuple[str, dict[str, str], bytes]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.got.append((self.path, dict(self.headers), body))
        self.send_response(307 if self.path == "/elsewhere" else 204)
        self.send_header("Location", "/news")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def receiver() -> Iterator[tuple[str, list[Any]]]:
    """A server on this machine, with what came."""
    got: list[Any] = []
    server = HTTPServer(("127.0.0.1", 0), type("Receiver", (_Receiver,), {"got": got}))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", got
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_delivery_goes_over_the_network_and_a_redirect_is_not_followed(receiver: tuple[str, list[Any]]) -> None:
    address, got = receiver
    assert send(f"{address}/news?a=b", {"Asepsis-Timestamp": "1"}, b"{}") == 204
    assert send(f"{address}/elsewhere", {}, b"{}") == 307
    assert [(path, body) for path, _, body in got] == [("/news?a=b", b"{}"), ("/elsewhere", b"{}")]
    assert got[0][1]["Asepsis-Timestamp"] == "1"


def test_where_nobody_listens_nothing_arrives() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(UnsentError, match="cannot be reached"):
        send(f"http://127.0.0.1:{port}/", {}, b"")


# --- the watch --------------------------------------------------------------------------------------------------------


def test_who_asked_for_it_is_told_of_each_new_line_of_the_watch_once(copied: Maker) -> None:
    passphrase.open_account("Jonas Weber")
    webhooks.make(copied.people["Jonas Weber"], ADDRESS, NOW, watch=watch.newest())
    scanned_and_watched(copied)
    assert [one.sort for one in wanted(NOW)] == ["news"]
    post = Post([200, 500])
    assert deliver(NOW, post) == Delivered(1, 1)
    assert deliver(NOW + timedelta(hours=1), post) == Delivered(1, 0)
    (_, headers, failed), (_, again, body) = post.got[1:]
    assert (body, headers["Asepsis-Delivery"]) == (failed, again["Asepsis-Delivery"])
    told = {
        one["advisory"]: (one["product"], one["standing"], one.get("exploited")) for one in json.loads(body)["watch"]
    }
    assert told == {
        "GHSA-35jh-r3h4-6jhm": ("GW", "exploited", "2026-02-01"),
        "GHSA-aaaa-bbbb-cccc": ("GW", "undecided", None),
    }
    assert deliver(NOW + timedelta(hours=2), post) == Delivered(0, 0)
    assert list(wanted(NOW + timedelta(hours=2))) == []


def test_a_line_that_rests_on_something_withheld_is_told_to_nobody_who_may_not_see_it(copied: Maker) -> None:
    for name in ("Anna Lind", "Jonas Weber"):
        passphrase.open_account(name)
        webhooks.make(copied.people[name], f"{ADDRESS}&{name[:4]}", NOW, watch=watch.newest())
    scanned_and_watched(copied)
    withholding.embargo(copied.hand("Jonas Weber"), copied.ids["bill"])
    post = Post()
    deliver(NOW, post)
    bring(copied)
    deliver(NOW + timedelta(hours=1), post)
    told = {address for address, _, body in post.got if b"lodash" in body}
    assert told == {f"{ADDRESS}&Jona"}
