"""A real browser: somebody writes, edits and submits a record with keys alone, wide and narrow, and its console is quiet."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_django.plugin import DjangoDbBlocker

from tests.web.browser import Window, launched, window
from tests.web.conftest import Served, serving_a_copy
from tests.web.maker import Maker

pytestmark = pytest.mark.browser
PICTURES = os.environ.get("FORM_PICTURES")


@pytest.fixture(scope="module")
def writing(
    written: Maker, tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker
) -> Iterator[Served]:
    with serving_a_copy(written, tmp_path_factory.mktemp("writing"), django_db_blocker, "Nadia Kovac") as found:
        yield found


@pytest.fixture(scope="module")
def browser(chromium: str, writing: Served) -> Iterator[Any]:
    with launched(chromium) as started:
        yield started


def _reach(seen: Window, name: str) -> None:
    """Press Tab until the element of a name, or with a text, has the focus."""
    for _ in range(120):
        seen.page.keyboard.press("Tab")
        one = seen.page.evaluate("[document.activeElement.name, document.activeElement.textContent.trim()]")
        if name in one:
            return
    raise AssertionError(f"no Tab reaches {name}")


def _picture(seen: Window, name: str) -> None:
    if PICTURES:
        seen.page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


@pytest.mark.parametrize(("width", "height", "scheme"), [(1280, 900, "light"), (360, 800, "dark")])
def test_a_record_is_written_edited_and_submitted_with_keys_alone(
    browser: Any, writing: Served, width: int, height: int, scheme: str
) -> None:
    with window(browser, writing, width, height, scheme) as seen:
        seen.open("/p/GW/new/Asset")
        _picture(seen, f"new-{scheme}")
        assert seen.too_wide <= 0
        _reach(seen, "f.title")
        seen.page.keyboard.type("Key store")
        _reach(seen, "f.kind")
        seen.page.keyboard.type("credential")
        for need in ("confidentiality", "integrity", "availability", "safety"):
            _reach(seen, f"f.need.{need}")
            seen.page.keyboard.type("high")
        with seen.page.expect_navigation():
            _reach(seen, "Save as a draft")
            seen.page.keyboard.press("Enter")
        assert "Key store" in seen.page.inner_text("h1")
        _picture(seen, f"record-{scheme}")
        assert seen.too_wide <= 0
        with seen.page.expect_navigation():
            _reach(seen, "Edit")
            seen.page.keyboard.press("Enter")
        _reach(seen, "f.title")
        seen.page.keyboard.press("End")
        seen.page.keyboard.type(" of the gateway")
        with seen.page.expect_navigation():
            seen.page.keyboard.press("Enter")
        assert "Key store of the gateway" in seen.page.inner_text("h1")
        with seen.page.expect_navigation():
            _reach(seen, "Submit")
            seen.page.keyboard.press("Enter")
        assert "Edit" in seen.page.inner_text(".verbs")
        assert "is a draft" not in seen.page.inner_text("main")
        assert seen.said == []


@pytest.mark.parametrize(("width", "height", "scheme"), [(1280, 900, "dark"), (360, 800, "light")])
def test_a_list_of_values_is_filled_row_by_row(
    browser: Any, writing: Served, width: int, height: int, scheme: str
) -> None:
    with window(browser, writing, width, height, scheme) as seen:
        seen.open("/p/GW/new/Release")
        seen.page.get_by_role("button", name="Add to").last.press("Enter")
        seen.page.wait_for_load_state()
        assert seen.page.locator("button[name=remove]").count() == 1
        seen.page.fill("[name='f.title']", "3.0")
        seen.page.fill("[name='f.planned']", "soon")
        with seen.page.expect_navigation():
            seen.page.get_by_role("button", name="Save as a draft").press("Enter")
        assert seen.page.input_value("[name='f.planned']") == "soon"
        _picture(seen, f"wrong-{scheme}-{width}")
        assert seen.too_wide <= 0
        assert [one for one in seen.said if "422" not in one] == []
