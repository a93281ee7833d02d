"""Debian's Chromium, driven by Playwright: what it says on its console is kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

FLAGS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@dataclass
class Window:
    """A window on the pages, with all that its console said."""

    page: Any
    address: str
    said: list[str] = field(default_factory=list)

    def open(self, path: str) -> int:
        """Go to a page and return its status."""
        answer = self.page.goto(self.address + path, wait_until="load")
        return int(answer.status)

    @property
    def too_wide(self) -> int:
        """Return by how many pixels the page is wider than the window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - innerWidth"))


@contextmanager
def launched(chromium: str) -> Iterator[Any]:
    """Start a browser. It keeps an event loop in this thread, in which Django asks no database: fill it before."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield started
        started.close()


def cookies(address: str) -> list[dict[str, str]]:
    """Return the cookies of who is logged in at an address, if somebody is."""
    session = getattr(address, "session", "")
    return [{"name": "asepsis", "value": session, "url": str(address)}] if session else []


@contextmanager
def window(browser: Any, address: str, width: int = 1280, height: int = 900, scheme: str = "light") -> Iterator[Window]:
    """Open a window of a size, light or dark."""
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce"
    )
    context.add_cookies(cookies(address))
    page = context.new_page()
    found = Window(page, address)
    page.on(
        "console", lambda message: found.said.append(message.text) if message.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda error: found.said.append(str(error)))
    try:
        yield found
    finally:
        context.close()
