"""News of entries, sent to those who asked for it: signed, in order, tried again until it arrives.

Nothing is queued: each webhook remembers the first entry that it was not told of, so what happened while nobody sent is
sent too, and what arrived twice carries the same `Asepsis-Delivery`. Each sees with the eyes of its person on that day: an
entry of another product, or about a record that is withheld from them, is not told of.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import QuerySet

from asepsis import __version__
from asepsis.accounts import webhooks
from asepsis.accounts.models import Webhook
from asepsis.jobs.queue import InHand, Wanted
from asepsis.readers import entries
from asepsis.readers.viewer import Viewer, looking, of_person
from asepsis.sentences import Said, Sentence
from asepsis.store import queries, rights
from asepsis.store.models import Entry, Product, Record

SORT = "news"
TOLD = Sentence("{arrived} deliveries of news arrived, {failed} did not and are sent again.")
AT_ONCE = 100  # entries in one delivery
ROUNDS = 20  # deliveries to one address before the others have their turn
TIMEOUT = 10.0  # seconds without a byte
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=6)
MOST_FAILURES = 30  # in a row, about a week; then it is ended
ARRIVED = range(200, 300)

Send = Callable[[str, Mapping[str, str], bytes], int]


class UnsentError(Exception):
    """Raised by a sender where nothing arrived: `str` says why."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """What came of one round: how many deliveries arrived, and how many did not."""

    arrived: int
    failed: int


def wanted(now: datetime) -> Iterator[Wanted]:
    """Yield that news is to be sent, where a webhook that is due was not told of every entry."""
    if settings.MACHINE.webhooks != "never" and _due(now).filter(position__lt=queries.ledger().size).exists():
        yield Wanted(SORT)


def tell(job: InHand) -> Said:
    """Send all that is due, and say how much arrived."""
    found = deliver_due()
    return TOLD.said(arrived=found.arrived, failed=found.failed)


def deliver_due() -> Delivered:
    """Send all that is due now over the network."""
    if settings.MACHINE.webhooks == "never":
        return Delivered(0, 0)
    return deliver(datetime.now(UTC), send)


def deliver(now: datetime, send: Send) -> Delivered:
    """Send to each webhook that is due what it was not told of yet, as `send` does, and remember what came of it."""
    arrived = failed = 0
    for webhook in _due(now):
        for _ in range(ROUNDS):
            outcome = _told(webhook, now, send)
            arrived += outcome is True
            failed += outcome is False
            if outcome is not True:
                break
    return Delivered(arrived, failed)


def _due(now: datetime) -> QuerySet[Webhook]:
    found = Webhook.objects.filter(ended_at=None, next_at__lte=now)
    return found.select_related("account").order_by("next_at", "id")


def _told(webhook: Webhook, now: datetime, send: Send) -> bool | None:
    """Return whether the next entries arrived; `None` where there was nothing to tell."""
    rows, news = _next(webhook)
    if not news:
        return None
    body = json.dumps({"webhook": webhook.id, "entries": news}, ensure_ascii=False, separators=(",", ":")).encode()
    try:
        status = send(webhook.address, _headers(webhook, rows, now, body), body)
        fault = "" if status in ARRIVED else f"it answered {status}"
    except UnsentError as error:
        fault = str(error)
    if fault:
        _wait(webhook, now, fault)
    else:
        webhook.position, webhook.failures, webhook.fault = rows[-1].position + 1, 0, ""
        webhook.next_at = webhook.told_at = now
    webhook.save(update_fields=["position", "failures", "fault", "next_at", "told_at", "ended_at"])
    return not fault


def _next(webhook: Webhook) -> tuple[list[Entry], list[dict[str, Any]]]:
    """Return the next entries of which some may be told, with that; those of which none may be are passed over."""
    while True:
        rows = list(Entry.objects.filter(position__gte=webhook.position).order_by("position")[:AT_ONCE])
        news = _news(webhook, rows) if rows else []
        if news or not rows:
            return rows, news
        webhook.position = rows[-1].position + 1
        webhook.save(update_fields=["position"])


def _wait(webhook: Webhook, now: datetime, fault: str) -> None:
    webhook.failures += 1
    webhook.fault = fault[:200]
    webhook.next_at = now + min(FIRST_WAIT * 2 ** min(webhook.failures - 1, 10), LONGEST_WAIT)
    if webhook.failures >= MOST_FAILURES:
        webhook.ended_at = now


def _news(webhook: Webhook, rows: Sequence[Entry]) -> list[dict[str, Any]]:
    """Return what a webhook is told of entries: form, position, product and label, and nothing that a record says."""
    person = of_person(webhook.account.person) if webhook.account.is_active else Viewer()
    viewer = Viewer(person.person, person.name, rights.within(person.held, webhook.product))
    with looking(viewer):
        fields = entries.told(rows) if viewer.reads else {}
    wanted = [one for one in rows if one.position in fields and webhook.product in (None, one.of)]
    labels = dict(Record.objects.filter(pk__in=[one.record for one in wanted if one.record]).values_list("pk", "label"))
    codes = dict(Product.objects.values_list("id", "code"))
    return [
        {
            "position": one.position,
            "name": one.name,
            "form": one.form,
            "at": fields[one.position]["at"],
            "product": codes.get(one.of or "", "ORG"),
            **({"label": labels[one.record]} if one.record in labels else {}),
        }
        for one in wanted
    ]


def _headers(webhook: Webhook, rows: Sequence[Entry], now: datetime, body: bytes) -> dict[str, str]:
    stamp = str(int(now.timestamp()))
    delivery = hashlib.sha256(f"{webhook.id}|{rows[0].position}|{rows[-1].position}".encode()).hexdigest()[:32]
    return {
        "Content-Type": "application/json",
        "User-Agent": f"asepsis/{__version__}",
        "Asepsis-Delivery": delivery,
        "Asepsis-Timestamp": stamp,
        "Asepsis-Signature": f"sha256={signature(webhooks.secret_of(webhook), stamp, body)}",
    }


def signature(secret: str, stamp: str, body: bytes) -> str:
    """Return what proves that a delivery is ours: HMAC-SHA256 of its timestamp, a point and its body, in hexadecimal."""
    return hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()


# --- the network ------------------------------------------------------------------------------------------------------


def send(address: str, headers: Mapping[str, str], body: bytes) -> int:
    """Send a delivery and return the status of the answer. Redirects are not followed, and no proxy is asked.

    The name is looked up once, and the connection goes to the address that was looked at, so no second look-up can lead
    elsewhere. Raises `UnsentError`.
    """
    if reason := webhooks.unfit(address):
        raise UnsentError(reason)
    parts = urlsplit(address)
    host, secure = str(parts.hostname), parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = _Pinned(host, port, _looked_up(host, port), secure)
    try:
        connection.request("POST", target, body, dict(headers))
        return connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        raise UnsentError(f"it cannot be reached ({type(error).__name__})") from error
    finally:
        connection.close()


def _looked_up(host: str, port: int) -> str:
    """Return the address of a host that something may be sent to. Raises `UnsentError`."""
    try:
        found = [str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError) as error:
        raise UnsentError("its name is not known") from error
    if host not in webhooks.LOOPBACK and (reason := webhooks.unfit_host(found)):
        raise UnsentError(reason)
    return found[0]


class _Pinned(http.client.HTTPConnection):
    """A connection to an address that was looked up before, with the certificate of the name."""

    def __init__(self, host: str, port: int, address: str, secure: bool) -> None:
        super().__init__(host, port, timeout=TIMEOUT)
        self.address, self.secure = address, secure
        if secure and port == 443:
            self.default_port = 443  # so that the Host header names none

    def connect(self) -> None:
        """Connect to the address, and hold the certificate against the name."""
        self.sock = socket.create_connection((self.address, self.port), self.timeout)
        if self.secure:
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)
