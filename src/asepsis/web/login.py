"""Coming in and going out."""

from __future__ import annotations

from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

from asepsis.accounts.models import Account
from asepsis.web import viewer
from asepsis.web.page import Access, page

WRONG = "No account that is open has this user id with this passphrase."


@page(access=Access.EVERYBODY, posts=Access.EVERYBODY)
def log_in(request: HttpRequest) -> HttpResponse:
    """Ask who somebody is, and let them in."""
    back = target(request, request.POST.get("next") or request.GET.get("next") or "")
    if viewer.of(request).person is not None:
        return HttpResponseRedirect(back)
    typed, wrong = request.POST.get("user_id", "")[:200], None
    if request.method == "POST":
        account = authenticate(request, username=typed, password=request.POST.get("passphrase", ""))
        if isinstance(account, Account):
            login(request, account)
            return HttpResponseRedirect(back)
        wrong = WRONG
    context = {"back": back, "typed": typed, "wrong": wrong}
    return render(request, "asepsis/login.html", context, status=422 if wrong else 200)


@page(access=Access.EVERYBODY, posts=Access.EVERYBODY)
def log_out(request: HttpRequest) -> HttpResponse:
    """End a session; a link to here does nothing."""
    if request.method == "POST":
        logout(request)
    return HttpResponseRedirect("/login")


def target(request: HttpRequest, asked: str) -> str:
    """Return where somebody goes next: an address of ours, or the first page."""
    safe = url_has_allowed_host_and_scheme(asked, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return asked if asked.startswith("/") and safe else "/"
