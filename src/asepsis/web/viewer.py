"""Who looks at a page: the person that is logged in."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from asepsis.readers.viewer import NOBODY, Viewer, found_when_asked, of_person


def viewer_of(request: HttpRequest) -> Viewer:
    """Return who looks at the page that is asked for: found once, with the roles of today."""
    found: Viewer | None = getattr(request, "_viewer", None)
    if found is None:
        account = getattr(request, "user", None)
        found = of_person(account.pk) if account is not None and account.is_authenticated else NOBODY
        request._viewer = found  # type: ignore[attr-defined] # a request is Django's own, and this its place to keep things
    return found


class ViewerMiddleware:
    """Makes who is logged in the one who looks, for as long as a request is answered."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer `request`; who looks is found when it is first asked."""
        with found_when_asked(lambda: viewer_of(request)):
            return self.get_response(request)
