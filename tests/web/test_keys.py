"""The inbox, the run sheet and the audit room by keyboard alone, in a real browser under the strict policy."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.conf import settings
from pytest_django.plugin import DjangoDbBlocker

from asepsis.development.records import TestCase
from asepsis.readers.viewer import looking, of_person
from tests.web.browser import launched, window
from tests.web.conftest import Served, logged_in, opened, serving
from tests.web.maker import Clock, Maker
from tests.web.test_inbox import scan

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(
    written: Maker, tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker
) -> Iterator[Served]:
    """The address of a server with cases to run and matches to decide, for somebody who tests and guards."""
    home = tmp_path_factory.mktemp("keys")
    shutil.copytree(written.home, home, dirs_exist_ok=True)
    with django_db_blocker.unblock(), opened(home), looking(of_person(written.people["Jonas Weber"])):
        own = replace(written, home=home, clock=Clock(written.clock.now), ids=dict(written.ids), drawn=2_000_000)
        for number in range(3):
            own.signed(f"case {number}", TestCase, title=f"Case {number}", plan=own.ids["plan"], steps="Try it.")
        scan(own)
        session = logged_in("Jonas Weber").cookies[settings.SESSION_COOKIE_NAME].value
    with serving(home) as found:
        yield Served(found, session)


@pytest.fixture(scope="module")
def browser(chromium: str, address: str) -> Iterator[Any]:
    with launched(chromium) as started:
        yield started


def _chosen(page: Any, what: str) -> list[str]:
    found: list[str] = page.evaluate(f"[...document.querySelectorAll('{what}')].map((one) => one.value)")
    return found


def test_matches_are_decided_with_at_most_three_keys_each_and_a_step_is_undone(browser: Any, address: str) -> None:
    with window(browser, address) as seen:
        assert seen.open("/p/GW/inbox") == 200
        for key in "jan3":
            seen.page.keyboard.press(key)
        assert _chosen(seen.page, ".decide [data-status]") == ["affected", "not-affected"]
        assert _chosen(seen.page, ".decide [data-why]") == ["", "vulnerable-code-not-in-execute-path"]
        seen.page.keyboard.press(".")
        assert _chosen(seen.page, ".decide [data-status]") == ["affected", ""]
        assert seen.page.inner_text("#decided") == "1"
        for key in ("k", "e"):
            seen.page.keyboard.press(key)
        seen.page.keyboard.type("a note, not keys")
        assert _chosen(seen.page, ".decide [data-status]") == ["affected", ""]
        assert "a note, not keys" in _chosen(seen.page, "[data-impact]")
        assert seen.said == []


def test_enter_takes_the_proposal_that_stands_in_the_row(browser: Any, address: str) -> None:
    with window(browser, address) as seen:
        seen.open("/p/GW/inbox")
        seen.page.evaluate(
            """() => {
                const said = document.createElement("p");
                const told = { first: "", status: "not-affected", why: "component-not-present", impact: "It is not built in." };
                Object.assign(said.dataset, told);
                document.querySelector("[data-match] .matchmore").append(said);
            }"""
        )
        for key in ("j", "Enter", "Enter"):
            seen.page.keyboard.press(key)
        assert _chosen(seen.page, ".decide [data-status]") == ["not-affected", ""]
        assert _chosen(seen.page, ".decide [data-why]") == ["component-not-present", ""]
        assert _chosen(seen.page, ".decide [data-impact]") == ["It is not built in.", ""]
        assert seen.page.locator(".matchmore:visible").count() == 1


def test_a_sheet_is_filled_by_keys_and_written_down(browser: Any, address: str) -> None:
    with window(browser, address, 360, 800, "dark") as seen:
        assert seen.open("/p/GW/run?plan=GW-TPL-1") == 200
        for key in "jpf":
            seen.page.keyboard.press(key)
        seen.page.keyboard.type("It fell over.")
        assert _chosen(seen.page, "input[type=radio]:checked")[:2] == ["pass", "fail"]
        seen.page.locator("button[form=sheet]").click()
        seen.page.wait_for_url("**/sign?record=GW-RUN-*")
        assert seen.said == []


def test_the_sample_is_gone_through_by_keys(browser: Any, address: str) -> None:
    with window(browser, address) as seen:
        seen.open("/p/GW/audit?kind=Asset&seed=0123456789abcdef&of=63")
        first = seen.page.inner_text("[data-row][aria-current]")
        with seen.page.expect_navigation():
            seen.page.keyboard.press("j")
        assert seen.page.inner_text("[data-row][aria-current]") != first
        with seen.page.expect_navigation():
            seen.page.keyboard.press("k")
        assert seen.page.inner_text("[data-row][aria-current]") == first
        assert seen.said == []


def test_ctrl_k_goes_anywhere_and_begins_anything(browser: Any, address: str) -> None:
    with window(browser, address) as seen:
        seen.open("/p/GW/")
        for words, end in (("release ga", "/p/GW/gate"), ("new thr", "/p/GW/new/Threat"), ("7.2", "/p/GW/clause/7.2")):
            seen.page.keyboard.press("Control+k")
            seen.page.keyboard.type(words)
            seen.page.wait_for_selector(f"#goes[data-of='{words}'] [aria-selected=true][data-to='{end}']")
            seen.page.keyboard.press("Enter")
            seen.page.wait_for_url(f"**{end}")
        seen.page.keyboard.press("Control+k")
        seen.page.keyboard.press("Escape")
        assert not seen.page.evaluate("document.getElementById('palette').open")
        assert seen.said == []
