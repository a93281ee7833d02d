"""Coming in and going out: by passphrase and perhaps a second factor, by passkey, by single sign-on, or by a first link."""

from __future__ import annotations

from datetime import UTC, datetime

from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from allauth.mfa.webauthn.views import LoginWebAuthnView
from allauth.socialaccount.providers.openid_connect import views as sso
from django.conf import settings
from django.contrib.auth import authenticate, logout
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from asepsis.accounts import directory, invitations, passphrase
from asepsis.accounts.models import Account
from asepsis.accounts.signing import end
from asepsis.store import queries
from asepsis.web import saml
from asepsis.web.page import Access, page
from asepsis.web.viewer import viewer_of

WRONG = "No account that is open has this user id with this passphrase."
AWAY = "The directory does not answer: whoever logs in with its password has to wait, or takes another way in."
NO_PASSKEY = "This passkey lets nobody in here. Take another one, or give user id and passphrase."


@never_cache
@sensitive_post_parameters("passphrase")
@page(access=Access.EVERYBODY, posts=Access.EVERYBODY)
def log_in(request: HttpRequest) -> HttpResponse:
    """Ask who somebody is, and let them in, after a second factor where they have one."""
    back = target(request, request.POST.get("next") or request.GET.get("next") or "")
    if viewer_of(request).person is not None:
        return HttpResponseRedirect(back)
    typed, wrong = request.POST.get("user_id", "")[:200], NO_PASSKEY if "passkey" in request.GET else None
    if request.method == "POST":
        account = authenticate(request, username=typed, password=request.POST.get("passphrase", ""))
        if isinstance(account, Account):
            request.session.clear_expired()
            came: HttpResponse = perform_password_login(
                request, {"username": account.user_id}, Login(account, redirect_url=back)
            )
            return came
        wrong = f"{WRONG} {AWAY}" if directory.is_away() else WRONG
    queries.ledger()
    context = {
        "back": back,
        "typed": typed,
        "wrong": wrong,
        "sso": settings.MACHINE.single_sign_on,
        "sso_name": sso_name(),
    }
    return render(request, "asepsis/login.html", context, status=422 if wrong else 200)


def sso_name() -> str:
    """Return how people call the provider of single sign-on."""
    return str(settings.MACHINE.sso_name)


class PasskeyView(LoginWebAuthnView):  # type: ignore[misc] # allauth has no types
    """Logs in who shows a passkey: the page asks here what to sign, and sends it here when it is signed."""

    def form_invalid(self, form: Form) -> HttpResponse:
        """Go back to the page, and say that this passkey lets nobody in."""
        return HttpResponseRedirect("/login?passkey=unknown")


@page(access=Access.EVERYBODY, posts=Access.EVERYBODY)
def log_out(request: HttpRequest) -> HttpResponse:
    """End a session, and whatever could be signed in it; a link to here does nothing."""
    if request.method == "POST":
        end(request.session.session_key)
        logout(request)
    return HttpResponseRedirect("/login")


@never_cache
@sensitive_post_parameters("passphrase", "again")
@page(access=Access.EVERYBODY, posts=Access.EVERYBODY)
def welcome(request: HttpRequest, token: str) -> HttpResponse:
    """Let somebody set their first passphrase, by a link that serves once."""
    now = datetime.now(UTC)
    account = invitations.invited(token, now)
    wrong = None
    if request.method == "POST":
        text = request.POST.get("passphrase", "")
        if text != request.POST.get("again", ""):
            wrong = "The two passphrases differ."
        else:
            try:
                invitations.accept(token, text, now)
            except passphrase.WeakPassphraseError as error:
                wrong = f"{error.said.text()} {error.next or ''}"
            else:
                return HttpResponseRedirect("/login")
    context = {
        "account": account,
        "name": queries.person(account.person).name,
        "wrong": wrong,
        "least": passphrase.LEAST,
    }
    return render(request, "asepsis/welcome.html", context, status=422 if wrong else 200)


def target(request: HttpRequest, asked: str) -> str:
    """Return where somebody goes next: an address of ours, or the first page."""
    safe = url_has_allowed_host_and_scheme(asked, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return asked if asked.startswith("/") and safe else "/"


class ProviderConverter:
    """Lets the address of single sign-on be the same, whichever server it is now."""

    regex = "sso"

    def to_python(self, value: str) -> str:
        """Return the name by which allauth knows the provider of now."""
        return settings.MACHINE.single_sign_on or value

    def to_url(self, value: str) -> str:
        """Return what stands in the address."""
        return "sso"


anybody = page(access=Access.EVERYBODY, posts=Access.EVERYBODY)
passkey = anybody(PasskeyView.as_view())


@anybody
def sso_begin(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Lead to where people log in elsewhere, over whatever it speaks."""
    if settings.MACHINE.saml_metadata_file is not None and request.method == "POST":
        return saml.begin(request)
    found: HttpResponse = sso.login(request, provider_id)
    return found


sso_return = anybody(sso.callback)
