"""News of entries and of the watch, sent to those who asked for it: signed, in order, tried again until it arrives.

Nothing is queued: each webhook remembers the first entry and the last line that it was told of, so what happened while nobody
sent is sent too, and what arrived twice carries the same `Asepsis-Delivery`. Each sees with the eyes of its person on that day:
an entry of another product, or about a record that is withheld from them, is not told of.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import logging
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Q, QuerySet

from asepsis import __version__
from asepsis.accounts import webhooks
from asepsis.accounts.models import Webhook
from asepsis.errors import AsepsisError
from asepsis.jobs import mail, watch
from asepsis.jobs.queue import InHand, Wanted
from asepsis.jobs.watch import Told, Watch
from asepsis.readers import entries
from asepsis.readers.viewer import Viewer, looking, of_person
from asepsis.sentences import Said, Sentence
from asepsis.store import queries, rights
from asepsis.store.models import Entry, Product, Record

log = logging.getLogger(__name__)

SORT = "news"
TOLD = Sentence("{arrived} deliveries of news arrived, {failed} did not and are sent again.")
GIVEN_UP = Sentence(
    "{arrived} deliveries of news arrived, {failed} did not; {hosts} took none in a week and is told of nothing more.",
    next="Whoever named that address names another, or the same again.",
)
LETTER = (
    "News of entries was sent to {address} thirty times in a row, for about a week, and none arrived:\n"
    "{fault}. It is told of nothing more. The last entry that it took was before entry {position}.\n\n"
    "Name the address again when it answers (POST /webhooks), and read what it missed with\n"
    "GET /ledger/entries?begin={position}.\n"
)
AT_ONCE = 100  # entries in one delivery
ROUNDS = 20  # deliveries to one address before the others have their turn
TIMEOUT = 10.0  # seconds without a byte
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=6)
MOST_FAILURES = 30  # in a row, about a week; then it is ended
ARRIVED = range(200, 300)

OUTCOME = ("failures", "fault", "next_at", "told_at", "ended_at")

Send = Callable[[str, Mapping[str, str], bytes], int]
Tell = Callable[[Webhook, datetime, Send], bool | None]


class UnsentError(Exception):
    """Raised by a sender where nothing arrived: `str` says why."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """What came of one round: how many deliveries arrived, and how many did not."""

    arrived: int
    failed: int
    given_up: tuple[str, ...] = ()  # hosts


def wanted(now: datetime) -> Iterator[Wanted]:
    """Yield that news is to be sent, where a webhook that is due was not told of every entry."""
    untold = Q(position__lt=queries.ledger().size) | Q(watch__lt=watch.newest())
    if settings.MACHINE.webhooks != "never" and _due(now).filter(untold).exists():
        yield Wanted(SORT)


def tell(job: InHand) -> Said:
    """Send all that is due, and say how much arrived."""
    found = deliver_due()
    if found.given_up:
        return GIVEN_UP.said(arrived=found.arrived, failed=found.failed, hosts=list(found.given_up))
    return TOLD.said(arrived=found.arrived, failed=found.failed)


def deliver_due() -> Delivered:
    """Send all that is due now over the network."""
    if settings.MACHINE.webhooks == "never":
        return Delivered(0, 0)
    return deliver(datetime.now(UTC), send)


def deliver(now: datetime, send: Send) -> Delivered:
    """Send to each webhook that is due what it was not told of yet, as `send` does, and remember what came of it."""
    arrived = failed = 0
    given_up: list[str] = []
    for webhook in _due(now):
        for tell in (_told, _told_watch):
            outcomes = list(_rounds(tell, webhook, now, send))
            arrived += outcomes.count(True)
            failed += outcomes.count(False)
            if False in outcomes:
                break
        if webhook.ended_at is not None:
            given_up.append(str(urlsplit(webhook.address).hostname))
            _tell_its_owner(webhook, now)
    return Delivered(arrived, failed, tuple(given_up))


def _tell_its_owner(webhook: Webhook, now: datetime) -> None:
    """Write to whoever named an address that it was given up, where letters are sent."""
    if not mail.is_on() or not webhook.account.email or not webhook.account.is_active:
        return
    said = LETTER.format(address=webhook.address, fault=webhook.fault.capitalize(), position=webhook.position)
    try:
        mail.send(mail.letter(webhook.account.email, "Asepsis: a webhook was given up", said, now))
    except AsepsisError as error:
        log.warning("who named a webhook was not told that it was given up: %s", error.said.text())


def _rounds(tell: Tell, webhook: Webhook, now: datetime, send: Send) -> Iterator[bool]:
    """Tell a webhook until nothing is left, a delivery does not arrive, or others should have their turn."""
    for _ in range(ROUNDS):
        outcome = tell(webhook, now, send)
        if outcome is not None:
            yield outcome
        if not outcome:
            return


def _due(now: datetime) -> QuerySet[Webhook]:
    found = Webhook.objects.filter(ended_at=None, next_at__lte=now)
    return found.select_related("account").order_by("next_at", "id")


def _told(webhook: Webhook, now: datetime, send: Send) -> bool | None:
    """Return whether the next entries arrived; `None` where there was nothing to tell."""
    rows, news = _next(webhook)
    if not news:
        return None
    arrived = _send(webhook, {"entries": news}, f"{rows[0].position}|{rows[-1].position}", now, send)
    if arrived:
        webhook.position = rows[-1].position + 1
    webhook.save(update_fields=[*OUTCOME, "position"])
    return arrived


def _told_watch(webhook: Webhook, now: datetime, send: Send) -> bool | None:
    """Return whether the next lines of the watch arrived; `None` where there was nothing to tell."""
    if webhook.watch is None:
        return None
    highest = watch.newest()
    seen = Watch(_viewer(webhook), None if webhook.product is None else [webhook.product])
    rows = list(seen.rows.filter(id__gt=webhook.watch).order_by("id")[:AT_ONCE])
    if not rows:
        if seen.is_whole:
            Webhook.objects.filter(pk=webhook.pk).update(watch=highest)
        return None
    news = [_line(one) for one in seen.told(rows)]
    arrived = _send(webhook, {"watch": news}, f"watch|{rows[0].pk}|{rows[-1].pk}", now, send)
    if arrived:
        webhook.watch = rows[-1].pk
    webhook.save(update_fields=[*OUTCOME, "watch"])
    return arrived


def _line(told: Told) -> dict[str, Any]:
    """Return what a webhook is told of a line of the watch: names, days and labels, and nothing that a record says."""
    line = told.line
    return {
        "line": told.number,
        "key": line.key,
        "product": line.product.label,
        "advisory": line.advisory,
        "aliases": list(line.aliases),
        "component": line.component,
        "standing": line.standing.value,
        "releases": [one.label for one in line.releases],
        **({"exploited": line.exploited.isoformat()} if line.exploited else {}),
        **({"due": line.due.isoformat()} if line.due else {}),
    }


def _send(webhook: Webhook, news: dict[str, Any], about: str, now: datetime, send: Send) -> bool:
    """Send a delivery, and note on the webhook what came of it; return whether it arrived."""
    body = json.dumps({"webhook": webhook.id, **news}, ensure_ascii=False, separators=(",", ":")).encode()
    try:
        status = send(webhook.address, _headers(webhook, about, now, body), body)
        fault = "" if status in ARRIVED else f"it answered {status}"
    except UnsentError as error:
        fault = str(error)
    if fault:
        _wait(webhook, now, fault)
    else:
        webhook.failures, webhook.fault = 0, ""
        webhook.next_at = webhook.told_at = now
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
    viewer = _viewer(webhook)
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


def _viewer(webhook: Webhook) -> Viewer:
    """Return with whose eyes a webhook sees: its person's of today, and nobody's where the account is shut."""
    person = of_person(webhook.account.person) if webhook.account.is_active else Viewer()
    return Viewer(person.person, person.name, rights.within(person.held, webhook.product))


def _headers(webhook: Webhook, about: str, now: datetime, body: bytes) -> dict[str, str]:
    stamp = str(int(now.timestamp()))
    delivery = hashlib.sha256(f"{webhook.id}|{about}".encode()).hexdigest()[:32]
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
