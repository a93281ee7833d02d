"""How allauth is bent to our rules: nobody signs up, a second factor's secret is kept encrypted, pages are ours."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authentication_failed
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.providers.base import AuthProcess
from django.core.cache import cache
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponseRedirect

from asepsis.accounts import misuse, sealed
from asepsis.accounts.models import Account
from asepsis.store.models import Person

PURPOSE = "asepsis second factors 1"


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc] # allauth has no types
    """Accounts are opened by whoever admits a person, and by nobody else."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Return that nobody signs up."""
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Return where somebody goes who came in and wanted nothing in particular."""
        return "/"


class SocialAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc] # allauth has no types
    """Who logs in elsewhere comes in here if their account was joined to that log-in by themselves."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Return that nobody gets an account by a log-in elsewhere."""
        return False

    def get_connect_redirect_url(self, request: HttpRequest, socialaccount: Any) -> str:
        """Return where somebody goes who joined their account to a log-in elsewhere."""
        return "/account"

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Take a log-in elsewhere that was made in order to sign as a proof, where it is the signer's and fresh.

        The provider says when it asked: as `auth_time`, which it has to give where it was told `max_age`, or as the
        AuthnInstant of its assertion.
        """
        if sociallogin.state.get("process") != AuthProcess.REDIRECT:
            return
        said = sociallogin.account.extra_data
        asked = said.get("id_token", said).get("auth_time")
        now = time.time()
        fresh = isinstance(asked, int | float) and -FRESH <= now - asked <= FRESH
        theirs = sociallogin.is_existing and sociallogin.user == request.user
        if not theirs and request.user.is_authenticated:
            place, at = request.META.get("REMOTE_ADDR", ""), datetime.now(UTC)
            misuse.report_once(misuse.What.OTHER_LOG_IN, request.user.pk, place, at)
        if not (fresh and theirs):
            raise ImmediateHttpResponse(HttpResponseRedirect("/sign?sso=refused"))
        request.session[PROOF] = now


PROOF = "signing_proof"  # of a session: when somebody last logged in elsewhere in order to sign
FRESH = 120  # seconds that such a log-in proves who signs


def spend_proof(request: HttpRequest, now: float) -> bool:
    """Return whether somebody logged in elsewhere just now, in order to sign; it proves one act and no second.

    The session alone would not say so to two requests that come at once: each reads it before the other writes.
    """
    made = request.session.pop(PROOF, None)
    fresh = made is not None and 0 <= now - made <= FRESH
    return fresh and cache.add(f"{PROOF}-{request.session.session_key}-{made}", True, timeout=2 * FRESH)


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc] # allauth has no types
    """Second factors, whose secrets nobody reads who has the database alone."""

    def encrypt(self, text: str) -> str:
        """Return a secret as it is kept."""
        return sealed.seal(text, PURPOSE)

    def decrypt(self, encrypted_text: str) -> str:
        """Return a secret that was kept."""
        return sealed.opened(encrypted_text, PURPOSE)

    def get_totp_issuer(self) -> str:
        """Return what an authenticator app shows the codes under."""
        return "Asepsis"

    def generate_authenticator_name(self, user: Account, type: Authenticator.Type) -> str:  # noqa: A002 - allauth's
        """Return how a passkey is called whose owner did not say."""
        return f"Passkey {Authenticator.objects.filter(user=user, type=type).count() + 1}"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Return for whom a passkey is: the host that is asked for, which no other page can speak for."""
        return {**super().get_public_key_credential_rp_entity(), "name": "Asepsis"}

    def get_public_key_credential_user_entity(self, user: Account) -> dict[str, Any]:
        """Return whose a passkey is."""
        name = Person.objects.filter(pk=user.person).values_list("name", flat=True).first() or user.user_id
        return {"id": user.person.encode(), "display_name": name, "name": user.user_id}


@receiver(authentication_failed)
def wrong_code(request: HttpRequest, user: Account, **_: Any) -> None:
    """Report that somebody who knows the passphrase does not know the code."""
    misuse.report_once(misuse.What.WRONG_CODE, user.person, request.META.get("REMOTE_ADDR", ""), datetime.now(UTC))
