"""Which address leads to which page."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from asepsis.web import board

of_a_product: list[URLPattern | URLResolver] = [
    path("", board.board),
    path("acts", board.acts),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", board.products),
    path("p/<str:code>/", include(of_a_product)),
    path("p/<str:code>/at/<int:position>/", include(of_a_product)),
]

handler404 = "asepsis.web.errors.not_found"
handler500 = "asepsis.web.errors.fault"
