"""Who opens no page for a while is logged out: a browser that somebody walked away from lets nobody else act."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse

from asepsis.accounts import signing

KEY = "at"
GRAIN = 60  # seconds; a page within them is not worth a write


class IdleMiddleware:
    """Ends a session in which no page was opened for as many minutes as the settings say."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer `request`, for nobody where its session was idle for too long."""
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            now, before = int(time.time()), request.session.get(KEY)
            if before is not None and now - before > settings.MACHINE.idle_minutes * 60:
                signing.end(request.session.session_key)
                logout(request)
            elif before is None or now - before >= GRAIN:
                request.session[KEY] = now
        return self.get_response(request)
