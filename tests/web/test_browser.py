"""The pages in a real browser: quiet consoles, keys that reach everything, no sideways scrolling, the same without scripts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.web.addresses import DOWNLOADS
from tests.web.browser import cookies, launched, window
from tests.web.conftest import Served, Visit

pytestmark = pytest.mark.browser

SOME = (
    "/p/GW/",
    "/p/GW/gate",
    "/p/GW/clause/7.2",
    "/r/GW-THR-1",
    "/p/GW/list/Asset",
    "/ledger",
    "/p/GW/trace",
    "/nowhere",
)


@pytest.fixture(scope="module")
def browser(chromium: str, visited: dict[str, Visit], served: str) -> Iterator[Any]:
    """A browser; as long as it is open nothing here may ask the database: Playwright keeps an event loop running."""
    with launched(chromium) as started:
        yield started


@pytest.mark.parametrize(("width", "height", "scheme"), [(1280, 900, "light"), (360, 800, "dark")])
def test_no_page_makes_the_console_speak_or_scrolls_sideways(
    browser: Any, served: str, visited: dict[str, Visit], width: int, height: int, scheme: str
) -> None:
    with window(browser, served, width, height, scheme) as seen:
        for one, visit in visited.items():
            if visit.status == 200 and not any(part in one for part in (*DOWNLOADS, "/card/", "/go")):
                assert (one, seen.open(one), seen.said, max(0, seen.too_wide)) == (one, 200, [], 0)


@pytest.mark.parametrize("path", SOME)
def test_the_policy_is_in_force(browser: Any, served: str, path: str) -> None:
    with window(browser, served) as seen:
        seen.open(path)
        seen.page.evaluate("document.body.setAttribute('style', 'color: red')")
        assert any("Content Security Policy" in one for one in seen.said)


def test_the_tab_key_reaches_the_main_things_in_the_order_of_the_eye(browser: Any, served: str) -> None:
    with window(browser, served) as seen:
        seen.open("/p/GW/")
        reached = []
        for _ in range(16):
            seen.page.keyboard.press("Tab")
            reached.append(seen.page.evaluate("document.activeElement.textContent.trim().split('\\n')[0]"))
        assert reached[0] == "To the page"
        places = [
            reached.index(one) for one in ("Asepsis", "Product: Ward Gateway", "Board", "Release gate", "More pages")
        ]
        assert places == sorted(places)


def test_what_has_the_focus_is_outlined(browser: Any, served: str) -> None:
    with window(browser, served) as seen:
        seen.open("/p/GW/")
        for _ in range(40):
            seen.page.keyboard.press("Tab")
            width = seen.page.evaluate("parseFloat(getComputedStyle(document.activeElement).outlineWidth)")
            assert width >= 2


def test_a_slash_goes_to_the_search_and_escape_closes_a_menu(browser: Any, served: str) -> None:
    with window(browser, served) as seen:
        seen.open("/p/GW/")
        seen.page.keyboard.press("/")
        assert seen.page.evaluate("document.activeElement.name") == "q"
        seen.page.locator(".menu.time > summary").click()
        assert seen.page.locator(".menu.time a").first.is_visible()
        seen.page.keyboard.press("Escape")
        assert not seen.page.locator(".menu.time a").first.is_visible()


def test_an_id_shows_its_card_on_focus_and_escape_closes_it(browser: Any, served: str) -> None:
    with window(browser, served) as seen:
        seen.open("/r/GW-THR-1")
        seen.page.locator('.field a[href="/r/GW-ELM-2"]').focus()
        card = seen.page.locator("#card")
        card.wait_for(state="visible")
        assert "C-STORE from modality to gateway" in card.inner_text()
        seen.page.keyboard.press("Escape")
        assert card.count() == 0
        assert seen.said == []


def test_a_menu_opens_without_a_script(browser: Any, served: Served) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 800})
    context.add_cookies(cookies(served))
    page = context.new_page()
    page.goto(f"{served}/p/GW/")
    page.locator(".menu.narrow > summary").click()
    page.locator(".menu.narrow a", has_text="Release gate").click()
    page.wait_for_url("**/p/GW/gate")
    assert page.locator("h1").inner_text() == "May Ward Gateway 2.4.0 go out?"
    context.close()


def test_targets_are_large_enough_for_a_finger(browser: Any, served: str) -> None:
    with window(browser, served, 360, 800) as seen:
        seen.open("/p/GW/")
        sizes = seen.page.evaluate(
            "[...document.querySelectorAll('.top summary, .tile a, .button')].map(one => one.getBoundingClientRect())"
            ".filter(one => one.width).map(one => Math.min(one.width, one.height))"
        )
        assert min(sizes) >= 44


def test_text_at_twice_its_size_still_fits(browser: Any, served: str) -> None:
    with window(browser, served, 640, 900) as seen:  # 1280 wide, zoomed to 200 %
        for one in SOME[:-1]:
            seen.open(one)
            assert (one, max(0, seen.too_wide)) == (one, 0)


def test_printed_a_page_has_its_head_and_none_of_its_controls(browser: Any, served: str) -> None:
    with window(browser, served) as seen:
        seen.open("/p/GW/gate")
        seen.page.emulate_media(media="print")
        assert "as of entry" in seen.page.locator(".runhead").inner_text()
        assert not seen.page.locator(".rail").first.is_visible()
        assert not seen.page.locator(".button").first.is_visible()
        assert seen.page.pdf()[:5] == b"%PDF-"


def test_printed_a_record_names_who_signed_it(browser: Any, served: str) -> None:
    with window(browser, served) as seen:
        seen.open("/r/GW-ELM-1")
        seen.page.emulate_media(media="print")
        told = seen.page.get_by_text("Signed by")
        assert told.first.is_visible()


def test_colours_of_text_keep_their_contrast(browser: Any, served: str) -> None:
    ratio = """() => {
      const light = (text) => {
        const [r, g, b] = text.match(/[\\d.]+/g).map((one) => one / 255)
          .map((one) => (one <= 0.03928 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const ground = (one) => {
        for (let at = one; at; at = at.parentElement) {
          const found = getComputedStyle(at).backgroundColor;
          if (!found.endsWith(", 0)") && found !== "transparent") return found;
        }
        return getComputedStyle(document.documentElement).backgroundColor;
      };
      const found = [];
      for (const one of document.querySelectorAll("body *")) {
        const own = [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
        if (!own || !one.offsetParent || one.closest("svg, .hidden, .skip")) continue;
        const [a, b] = [light(getComputedStyle(one).color), light(ground(one))].sort((x, y) => y - x);
        const value = (a + 0.05) / (b + 0.05);
        if (value < 4.5) found.push(`${one.className} ${one.textContent.trim().slice(0, 30)} ${value.toFixed(2)}`);
      }
      return found;
    }"""
    for scheme in ("light", "dark"):
        with window(browser, served, scheme=scheme) as seen:
            for one in SOME:
                seen.open(one)
                assert (one, seen.page.evaluate(ratio)) == (one, [])
