"""Addresses that are told of new entries: who may name one, where it may lie, and the secret that signs what is sent."""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Iterable
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import QuerySet

from asepsis.accounts import sealed
from asepsis.accounts.models import Webhook
from asepsis.errors import InputError, RefusedError
from asepsis.sentences import Sentence
from asepsis.store import queries

PURPOSE = "asepsis webhooks 1"
ID_BYTES = 8
SECRET_BYTES = 32
MOST = 20  # of one person
MOST_ADDRESS = 500
TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class UnfitAddressError(InputError):
    """News is sent nowhere but to where the machine's keeper lets it."""

    code = "webhook-address"
    sentence = Sentence(
        "News cannot be sent to that address: {reason}.",
        next="Name an https address, such as https://ci.example.org/asepsis.",
    )


class WebhooksOffError(RefusedError):
    """The machine's keeper sends news nowhere."""

    code = "webhooks-off"
    sentence = Sentence(
        "ASEPSIS_WEBHOOKS=never: this machine sends news nowhere.", next="Ask whoever keeps this machine."
    )


class TooManyWebhooksError(RefusedError):
    """A person has as many as one can have."""

    code = "webhooks-too-many"
    sentence = Sentence("You have {most} webhooks already.", next="End one that is not needed.")


class UnknownWebhookError(InputError):
    """A person has no webhook of an id."""

    code = "webhook-unknown"
    sentence = Sentence("There is no webhook {webhook} of yours.", next="List them, and name one of these.")


def make(
    person: str, address: str, now: datetime, product: str | None = None, *, watch: int | None = None
) -> tuple[Webhook, str]:
    """Return a new webhook of a person, by id, with the secret that signs what is sent: it is shown this once.

    It is told of entries from now on, of `product` (an id) alone where one is given; and of lines of the watch behind the
    number `watch`, where one is given. Raises `WebhooksOffError`,
    `UnfitAddressError` or `TooManyWebhooksError`.
    """
    if settings.MACHINE.webhooks == "never":
        raise WebhooksOffError
    if reason := unfit(address):
        raise UnfitAddressError(reason=reason)
    if good(person).count() >= MOST:
        raise TooManyWebhooksError(most=MOST)
    secret = secrets.token_urlsafe(SECRET_BYTES)
    made = Webhook.objects.create(
        id=secrets.token_hex(ID_BYTES),
        account_id=person,
        product=product,
        address=address,
        secret=sealed.seal(secret, PURPOSE),
        made_at=now,
        next_at=now,
        position=queries.ledger().size,
        watch=watch,
    )
    return made, secret


def good(person: str) -> QuerySet[Webhook]:
    """Return the webhooks of a person, by id, that were not ended, the oldest first."""
    return Webhook.objects.filter(account_id=person, ended_at=None).order_by("made_at", "id")


def end(person: str, webhook: str, now: datetime) -> Webhook:
    """End a webhook of a person, both by id. Raises `UnknownWebhookError`."""
    found = good(person).filter(pk=webhook).first()
    if found is None:
        raise UnknownWebhookError(webhook=webhook[:40])
    found.ended_at = now
    found.save(update_fields=["ended_at"])
    return found


def secret_of(webhook: Webhook) -> str:
    """Return the secret that signs what is sent to a webhook."""
    return sealed.opened(webhook.secret, PURPOSE)


# --- where it may lie -------------------------------------------------------------------------------------------------


def unfit(address: str) -> str | None:
    """Return why nothing is sent to an address, as far as it says itself; `None` where it may be."""
    if len(address) > MOST_ADDRESS or not address.isascii() or not address.isprintable() or " " in address:
        return f"it has more than {MOST_ADDRESS} characters, or others than an address has"
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "it is no address"
    if not host or parts.username is not None or parts.password is not None or parts.fragment:
        return "it names no host, or holds a name, a password or a fragment"
    if port == 0:
        return "there is no port 0"
    if parts.scheme in ("http", "https") and host in LOOPBACK:
        return None
    if parts.scheme != "https":
        return "it is no https address, and not of this machine"
    try:
        return unfit_host([host])
    except ValueError:  # it is a name, and looked up when something is sent
        return None


def unfit_host(found: Iterable[str]) -> str | None:
    """Return why nothing is sent to a host that has these addresses; `None` where it may be. Raises `ValueError`."""
    private = settings.MACHINE.webhooks == "private"
    for text in found:
        one = _within(ipaddress.ip_address(text.partition("%")[0]))
        if one.is_loopback:
            return "its name leads to this machine"
        if one.is_link_local or one.is_multicast or one.is_unspecified or one.is_reserved:
            return f"{text} is no address of a host of its own"
        if not one.is_global and not private:
            return f"{text} is an address of a private network, which ASEPSIS_WEBHOOKS=private would allow"
    return None


def _within(one: ipaddress.IPv4Address | ipaddress.IPv6Address) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Return the IPv4 address that one of IPv6 leads to, where it is written into it; else the address itself."""
    if isinstance(one, ipaddress.IPv4Address):
        return one
    if one in TRANSLATED:
        return ipaddress.IPv4Address(int(one) & 0xFFFFFFFF)
    return one.ipv4_mapped or one.sixtofour or one
