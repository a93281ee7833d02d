"""Which address leads to which page."""

from __future__ import annotations

urlpatterns: list[object] = []
