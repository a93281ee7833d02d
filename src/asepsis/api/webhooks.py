"""Addresses that are told of new entries, as their person sees them: named, listed, ended."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from asepsis.accounts import webhooks
from asepsis.accounts.models import Webhook
from asepsis.api.edge import ACTS, READS, clock, passport_of
from asepsis.api.shapes import Asked, Label
from asepsis.jobs.watch import newest
from asepsis.readers import visible
from asepsis.store.models import Product

router = Router(tags=["webhooks"])


class New(Asked):
    """Where news is to be sent."""

    address: str = Field(max_length=webhooks.MOST_ADDRESS, description="An https address, or http of this machine.")
    product: Label | None = Field(None, description="The code of the only product that it is told of; else all.")
    watch: bool = Field(False, description="Whether it is told of new lines of the watch, too.")


class WebhookLine(Schema):
    """One webhook; its secret is never shown again."""

    id: str
    address: str
    product: str | None = None
    made_at: str
    position: int = Field(description="The first entry that it was not told of yet.")
    watch: int | None = Field(None, description="The last line of the watch that it was told of, where it is.")
    told_at: str | None = None
    failures: int = Field(description="How often in a row nothing arrived.")
    fault: str | None = Field(None, description="Why nothing arrived the last time.")


class WebhookMade(WebhookLine):
    """A new webhook, with the secret that signs what is sent: it is shown this once."""

    secret: str


class Webhooks(Schema):
    """The webhooks of the token's person that are not ended."""

    webhooks: list[WebhookLine]


@router.get("/webhooks", response=Webhooks, auth=READS, exclude_none=True)
def list_webhooks(request: HttpRequest) -> Webhooks:
    """List the webhooks of the token's person; a token that is bound to a product shows those of that product."""
    found, bound = webhooks.good(_person(request)), passport_of(request).token.product
    if bound is not None:
        found = found.filter(product=bound)
    return Webhooks(webhooks=[WebhookLine(**_line(one)) for one in found])


@router.post("/webhooks", response={201: WebhookMade}, auth=ACTS, exclude_none=True)
def make_webhook(request: HttpRequest, new: New) -> Status[WebhookMade]:
    """Name an address that is told of new entries from now on, and give the secret that signs what is sent."""
    bound = passport_of(request).token.product
    product = visible.product(new.product).id if new.product else bound
    watch = newest() if new.watch else None
    made, secret = webhooks.make(_person(request), new.address, clock(), product, watch=watch)
    return Status(201, WebhookMade(**_line(made), secret=secret))


@router.delete("/webhooks/{webhook}", response=WebhookLine, auth=ACTS, exclude_none=True)
def end_webhook(request: HttpRequest, webhook: str) -> WebhookLine:
    """End a webhook: it is told of nothing more."""
    bound = passport_of(request).token.product
    if bound is not None and not webhooks.good(_person(request)).filter(pk=webhook, product=bound).exists():
        raise webhooks.UnknownWebhookError(webhook=webhook[:40])
    return WebhookLine(**_line(webhooks.end(_person(request), webhook, clock())))


def _person(request: HttpRequest) -> str:
    return str(passport_of(request).token.account_id)


def _line(one: Webhook) -> dict[str, Any]:
    codes = Product.objects.filter(pk=one.product).values_list("code", flat=True)
    return {
        "id": one.id,
        "address": one.address,
        "product": codes.first() if one.product else None,
        "made_at": one.made_at.isoformat(),
        "position": one.position,
        "watch": one.watch,
        "told_at": one.told_at.isoformat() if one.told_at else None,
        "failures": one.failures,
        "fault": one.fault or None,
    }
