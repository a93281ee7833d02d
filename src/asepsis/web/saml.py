"""Single sign-on by SAML 2.0: the way to the identity provider, back from it, and what it is told of us.

The provider's answer is sent here by a page of its own, without our cookies, since these go along from pages of ours
alone. So the first sending is handed on by a page of ours, unread, and only the second is looked at.
"""

from __future__ import annotations

from pathlib import Path

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.helpers import complete_social_login
from allauth.socialaccount.models import SocialAccount, SocialLogin
from allauth.socialaccount.providers.base import AuthProcess
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters

from asepsis.accounts.models import Account
from asepsis.web.page import Access, page

ANSWER = "SAMLResponse"
ANSWERED = 3600  # seconds for which a question that was answered is known; allauth forgets the state after 600
HERE = "here"  # stands in what a page of ours hands on


def begin(request: HttpRequest) -> HttpResponse:
    """Lead to the identity provider. Who comes back in order to sign is asked anew there (ForceAuthn)."""
    from asepsis.accounts import saml

    provider = get_adapter().get_provider(request, "saml")
    asked = provider.get_redirect_from_request_kwargs(request)
    fresh = asked["process"] == AuthProcess.REDIRECT
    address, question = saml.question(_file(), _base(request), fresh=fresh)
    provider.stash_redirect_state(request, state_id=question, **asked)
    return HttpResponseRedirect(address)


@csrf_exempt  # a page of the provider sends this: what it answers has to be a question that this session asked
@never_cache
@sensitive_post_parameters(ANSWER)
@page(access=Access.EVERYBODY, posts=Access.EVERYBODY)
def came_back(request: HttpRequest) -> HttpResponse:
    """Take a provider's answer: hand it on to ourselves, then let in, join, or keep as a proof for signing."""
    file, posted = _file(), request.POST.get(ANSWER, "")
    if request.method != "POST":
        return HttpResponseRedirect("/login")
    from asepsis.accounts import saml

    question = saml.answered(posted)
    if HERE not in request.POST:
        return render(request, "asepsis/comingback.html", {"answer": posted, "sso_name": settings.MACHINE.sso_name})
    provider = get_adapter().get_provider(request, "saml")
    reason = "it answers no question that this browser asked, or did so before"
    try:
        state = provider.unstash_redirect_state(request, question)
    except PermissionDenied as error:
        raise saml.UntakenAnswerError(reason=reason) from error
    if not cache.add(f"saml-{question}", True, timeout=ANSWERED):  # two at once both find the state in the session
        raise saml.UntakenAnswerError(reason=reason)
    found = saml.read(file, _base(request), posted, question)
    said = {"auth_time": found.asked, "entity": found.entity}
    login = SocialLogin(user=Account(), account=SocialAccount(provider="saml", uid=found.uid, extra_data=said))
    login.state = state
    try:
        response: HttpResponse = complete_social_login(request, login)
    except ImmediateHttpResponse as error:
        response = error.response
    return response


@page(access=Access.EVERYBODY)
def metadata(request: HttpRequest) -> HttpResponse:
    """Give what an identity provider is told of us: our name, and where its answers go."""
    file = _file()
    from asepsis.accounts import saml

    return HttpResponse(saml.metadata(file, _base(request)), content_type="application/samlmetadata+xml")


def _file() -> Path:
    file = settings.MACHINE.saml_metadata_file
    if file is None:
        raise Http404
    return file


def _base(request: HttpRequest) -> str:
    return str(settings.MACHINE.address or f"{request.scheme}://{request.get_host()}")
