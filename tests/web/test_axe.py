"""axe over every page of the table, wide and light, narrow and dark: no serious and no critical finding."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.web.addresses import DOWNLOADS, OF_PEOPLE
from tests.web.browser import launched, window
from tests.web.conftest import Visit
from tests.web.test_access import one_of_each

pytestmark = pytest.mark.browser

NO_PAGES = ("sign/passkey", "sign/back", "r/<str:label>/act")
GRAVE = ("serious", "critical")
OWN = tuple(
    example
    for route, (example, _, _) in OF_PEOPLE.items()
    if example.startswith(("/account", "/work", "/sign", "/ledger", "/watch", "/p/", "/o/", "/r/"))
    and route not in NO_PAGES
)


@pytest.fixture(scope="module")
def browser(chromium: str, visited: dict[str, Visit], served: str) -> Iterator[Any]:
    """A browser; as long as it is open nothing here may ask the database: Playwright keeps an event loop running."""
    with launched(chromium) as started:
        yield started


def _found(page: Any) -> dict[str, list[str]]:
    """Return what axe finds on a page that is serious or critical: where, by rule."""
    from axe_playwright_python.sync_playwright import Axe

    response = Axe().run(page).response
    assert len(response["passes"]) > 5
    return {
        one["id"]: [" ".join(map(str, node["target"])) for node in one["nodes"]]
        for one in response["violations"]
        if one["impact"] in GRAVE
    }


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
def test_axe_finds_nothing_serious_on_any_page(
    browser: Any, served: str, visited: dict[str, Visit], width: int, scheme: str
) -> None:
    answered = [one for one, visit in visited.items() if visit.status == 200]
    pages = [one for one in one_of_each(answered) if not any(part in one for part in (*DOWNLOADS, "/card/", "/go"))]
    found = {}
    with window(browser, served, width, 900, scheme) as seen:
        for one in [*pages, *OWN, "/nowhere"]:
            seen.open(one)
            found[one] = _found(seen.page)
    assert {one: rules for one, rules in found.items() if rules} == {}


def test_axe_would_find_what_nobody_can_read(browser: Any, served: str) -> None:
    with window(browser, served) as seen:
        seen.open("/work")
        seen.page.evaluate("document.querySelector('h1').style.color = 'rgb(235, 235, 235)'")
        seen.page.evaluate("document.documentElement.removeAttribute('lang')")
        assert _found(seen.page).keys() >= {"color-contrast", "html-has-lang"}
