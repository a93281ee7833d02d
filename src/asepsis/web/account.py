"""A person's own account: passphrase, second factors, passkeys and single sign-on; and what looked like misuse of it."""

from __future__ import annotations

from datetime import UTC, datetime

from allauth.account import views as accounts
from allauth.mfa.base import views as second
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as passkeys
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.debug import sensitive_post_parameters

from asepsis.accounts import directory, misuse, passphrase
from asepsis.accounts.models import Account
from asepsis.errors import AsepsisError
from asepsis.record.slots import SystemRole
from asepsis.store import queries
from asepsis.store.acts import Hand
from asepsis.store.changes import Actor
from asepsis.web.login import sso_name
from asepsis.web.moment import of_organisation
from asepsis.web.page import Access, framed, page, shown
from asepsis.web.viewer import viewer_of
from asepsis.web.words import Words

TOLD_OF_ALL = (SystemRole.MANAGEMENT, SystemRole.QUALITY)  # to whom misuse of every account is shown


def account_of(request: HttpRequest) -> Account:
    """Return the account that is logged in."""
    assert isinstance(request.user, Account)
    return request.user


def joined(own: Account) -> bool:
    """Return whether an account is joined to the single sign-on that is set up now."""
    return bool(SocialAccount.objects.filter(user=own, provider=settings.MACHINE.single_sign_on or "").exists())


def hand_of(request: HttpRequest) -> Hand:
    """Return the hand with which the account that is logged in acts."""
    return Hand(Actor(account_of(request).person), lambda: queries.now(datetime.now(UTC)))


@page(access=Access.LOGGED_IN)
def account(request: HttpRequest) -> HttpResponse:
    """Give a person's account."""
    own, reader = account_of(request), viewer_of(request)
    moment = of_organisation()
    found = list(Authenticator.objects.filter(user=own).order_by("created_at"))
    hears = reader.may(TOLD_OF_ALL, None)
    words = Words(moment)
    reports = misuse.seen(None if hears else own.person)
    words.know(one.person for one, _ in reports)
    return shown(
        request,
        "account",
        framed(moment, "account", wide=True),
        words,
        account=own,
        reader=reader,
        directory=directory.joined(own),
        passkeys=[one for one in found if one.type == Authenticator.Type.WEBAUTHN],
        totp=next((one for one in found if one.type == Authenticator.Type.TOTP), None),
        recovery=next((one.wrap() for one in found if one.type == Authenticator.Type.RECOVERY_CODES), None),
        sso=settings.MACHINE.single_sign_on,
        sso_name=sso_name(),
        joined=joined(own),
        reports=[(one, said, moment.minute_of(one.at.isoformat())) for one, said in reports],
        hears=hears,
    )


@sensitive_post_parameters("passphrase", "new", "again")
@page(access=Access.LOGGED_IN, posts=Access.LOGGED_IN)
def change_passphrase(request: HttpRequest) -> HttpResponse:
    """Set a new passphrase, by who gives the present one; every other session of theirs ends."""
    own, wrong = account_of(request), ""
    if request.method == "POST":
        try:
            passphrase.prove(own.person, request.POST.get("passphrase", ""))
            if request.POST.get("new", "") == request.POST.get("again", ""):
                update_session_auth_hash(request, passphrase.set_passphrase(own.person, request.POST.get("new", "")))
                return HttpResponseRedirect("/account")
            wrong = "The two new passphrases differ."
        except AsepsisError as error:
            wrong = error.said.text()
    moment = of_organisation()
    frame = framed(moment, "account", wide=True)
    found = shown(request, "passphrase", frame, Words(moment), wrong=wrong, least=passphrase.LEAST)
    found.status_code = 422 if wrong else 200
    return found


@page(access=Access.LOGGED_IN, posts=Access.LOGGED_IN)
def part(request: HttpRequest) -> HttpResponse:
    """End what joins an account to a log-in elsewhere, of now or of before: it lets nobody in any more."""
    if request.method == "POST":
        SocialAccount.objects.filter(user=account_of(request)).delete()
    return HttpResponseRedirect("/account")


of_own = page(access=Access.LOGGED_IN, posts=Access.LOGGED_IN)
anybody = page(access=Access.EVERYBODY, posts=Access.EVERYBODY)
prove_again = of_own(accounts.reauthenticate)
prove_again_by_code = of_own(second.reauthenticate)
prove_again_by_passkey = of_own(passkeys.reauthenticate_webauthn)
second_factor = anybody(second.authenticate)  # between passphrase and session: nobody is logged in yet
add_totp = of_own(totp.activate_totp)
remove_totp = of_own(totp.deactivate_totp)
recovery_codes = of_own(recovery.view_recovery_codes)
new_recovery_codes = of_own(recovery.generate_recovery_codes)
add_passkey = of_own(passkeys.add_webauthn)
remove_passkey = of_own(passkeys.remove_webauthn)
