"""A real browser: a workbook of requirements, assets and their links is sent, matched, looked at, taken in, and signed."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from pytest_django.plugin import DjangoDbBlocker

from tests.web.browser import launched, window
from tests.web.conftest import Served, serving_a_copy
from tests.web.maker import Maker

pytestmark = pytest.mark.browser
PICTURES = os.environ.get("BRING_PICTURES")


@pytest.fixture(scope="module")
def bringing(
    written: Maker, tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker
) -> Iterator[Served]:
    with serving_a_copy(
        written, tmp_path_factory.mktemp("bringing"), django_db_blocker, "Nadia Kovac", "work=True"
    ) as found:
        yield found


@pytest.fixture(scope="module")
def browser(chromium: str, bringing: Served) -> Iterator[Any]:
    with launched(chromium) as started:
        yield started


def _workbook(path: Path) -> Path:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = "Needs"
    for row in (
        ["No", "Name", "What it must do", "When", "Comes from"],
        ["R-1", "Log in", "Whoever changes settings logs in.", "operate; maintain", "A-1"],
        ["R-2", "Log", "Each log in is kept.", "operate", "A-1"],
    ):
        page.append(row)
    page = book.create_sheet("Assets")
    for row in (["ID", "Title", "Kind"], ["A-1", "Settings", "Data"], ["A-2", "Log", "soon"]):
        page.append(row)
    book.save(path)
    return path


@pytest.mark.parametrize(("width", "height", "scheme"), [(1280, 900, "light"), (360, 800, "dark")])
def test_a_workbook_is_sent_matched_looked_at_and_taken_in(
    browser: Any, bringing: Served, tmp_path: Path, width: int, height: int, scheme: str
) -> None:
    with window(browser, bringing, width, height, scheme) as seen:

        def picture(name: str) -> None:
            if PICTURES:
                seen.page.screenshot(path=Path(PICTURES) / f"{name}-{scheme}.png", full_page=True)

        seen.open("/p/GW/bring")
        assert seen.too_wide <= 0
        picture("bring")
        seen.page.set_input_files("#table", str(_workbook(tmp_path / "both.xlsx")))
        seen.page.get_by_role("button", name="Look what would become of it").click()
        if scheme == "light":  # the second time nothing is asked
            seen.page.locator('select[name="kind.0"]').select_option("Requirement")
            seen.page.get_by_role("button", name="Look again with these").click()
            for heading, place in (("What it must do", "statement"), ("When", "stages"), ("Comes from", "because")):
                seen.page.get_by_label(heading, exact=True).select_option(place)
            seen.page.get_by_role("button", name="Look again with these").click()
        seen.page.wait_for_selector("#rows")
        assert seen.too_wide <= 0
        picture("table")
        words = " ".join(seen.page.inner_text("main").split())
        assert "C3: kind is 'soon', not one of data" in words
        if scheme == "dark":
            assert "Its columns are taken as they were before" in words
            assert "1 refused, 3 unchanged" in words
        else:
            seen.page.get_by_label("Take the others in without").check()
            seen.page.get_by_label("Submit what is complete").check()
            seen.page.get_by_role("button", name="Take in 3 rows").click()
            seen.page.wait_for_selector("text=is taken in")
            picture("taken")
            assert "In one commit: 1 refused, 3 taken." in " ".join(seen.page.inner_text("main").split())
            seen.page.get_by_role("link", name="Requirements").click()
            assert "Whoever" not in seen.page.inner_text("main")
            with seen.page.expect_download() as coming:
                seen.page.get_by_role("link", name="XLSX").click()
            data = io.BytesIO(coming.value.path().read_bytes())
            rows = list(openpyxl.load_workbook(data).active.values)
            assert [row[1] for row in rows[1:]].count("draft") >= 2
        assert seen.said == []
