"""What a browser may do with our pages: load from us, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def policy() -> str:
    """Return the policy; a form may lead on to the provider of single sign-on, to which logging in is passed."""
    address = _elsewhere()
    if address is None:
        return POLICY
    parts = urlsplit(address)
    return POLICY.replace("form-action 'self'", f"form-action 'self' {parts.scheme}://{parts.netloc}")


def _elsewhere() -> str | None:
    """Return the address where people log in elsewhere; `None` where there is none, or its metadata cannot be read."""
    machine = settings.MACHINE
    if machine.saml_metadata_file is None:
        return machine.sso_server
    from asepsis.accounts import saml  # it comes with an extra, and takes a while to load

    try:
        return saml.provider(machine.saml_metadata_file).address
    except saml.UnusableProviderError:
        return None


class ContentSecurityPolicyMiddleware:
    """Sets the content security policy on every answer (Django 5.2 has none of its own)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer `request`, with the policy in the head of the answer."""
        response = self.get_response(request)
        response.headers["Content-Security-Policy"] = policy()
        response.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
        return response
