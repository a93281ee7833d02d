"""A person's tokens for the API: made by who proves again to be who they are, shown once, listed, ended."""

from __future__ import annotations

from datetime import UTC, datetime

from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from asepsis.accounts import tokens
from asepsis.accounts.models import AccessToken
from asepsis.errors import AsepsisError
from asepsis.readers import visible
from asepsis.store.models import Product
from asepsis.web.account import account_of
from asepsis.web.moment import of_organisation
from asepsis.web.page import Access, framed, page, shown
from asepsis.web.words import Words

DAYS = 30  # that the form proposes
SHOWN = 100


@page(access=Access.LOGGED_IN, posts=Access.LOGGED_IN)
def listed(request: HttpRequest) -> HttpResponse:
    """Give the tokens of who is logged in; end the one that is sent."""
    own, now = account_of(request), datetime.now(UTC)
    if request.method == "POST":
        tokens.end(own.person, request.POST.get("token", ""), now)
        return HttpResponseRedirect("/account/tokens")
    codes = dict(Product.objects.values_list("id", "code"))
    found = [(one, codes.get(one.product or ""), _stands(one, now)) for one in tokens.of(own.person)[:SHOWN]]
    moment = of_organisation()
    return shown(request, "tokens", framed(moment, "account", wide=True), Words(moment), found=found)


@page(access=Access.LOGGED_IN, posts=Access.LOGGED_IN)
@reauthentication_required  # type: ignore[untyped-decorator] # allauth has no types
def new(request: HttpRequest) -> HttpResponse:
    """Give the form of a new token; make the one that is sent and show it, this once."""
    own, sent, wrong = account_of(request), request.POST, ""
    if request.method == "POST":
        days = sent.get("days", "")
        try:
            made, text = tokens.make(
                own.person,
                sent.get("name", ""),
                sent.getlist("scope"),
                datetime.now(UTC),
                days=int(days) if days.isdecimal() and len(days) < 5 else 0,
                product=_product(sent.get("product", "")),
            )
            return _made(request, made, text)
        except AsepsisError as error:
            wrong = error.said.text()
    moment = of_organisation()
    found = shown(
        request,
        "token",
        framed(moment, "account", wide=True),
        Words(moment),
        wrong=wrong,
        scopes=[(one, one.means, one in sent.getlist("scope", ["read"])) for one in tokens.Scope],
        products=list(visible.products().order_by("code")[:SHOWN]),
        sent=sent,
        days=sent.get("days", min(DAYS, settings.MACHINE.token_days)),
        most_days=settings.MACHINE.token_days,
        most_name=tokens.MOST_NAME,
    )
    found.status_code = 422 if wrong else 200
    return found


def _made(request: HttpRequest, made: AccessToken, text: str) -> HttpResponse:
    moment = of_organisation()
    found = shown(request, "tokenmade", framed(moment, "account", wide=True), Words(moment), made=made, text=text)
    found.headers["Cache-Control"] = "no-store"
    return found


def _product(code: str) -> str | None:
    """Return the id of a product that may be read; `None` where none is named. Raises `UnknownProductError`."""
    return visible.product(code).id if code else None


def _stands(one: AccessToken, now: datetime) -> str:
    return "ended" if one.ended_at else "over" if one.until <= now else "good"
