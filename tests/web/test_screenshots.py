"""Pictures of the pages of the example, for the documents: `make screenshots` takes them again."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from pytest_django.plugin import DjangoDbBlocker

from asepsis.accounts import secret
from tests.conftest import HOME
from tests.web.browser import launched, window
from tests.web.conftest import ROOT, Served, logged_in, opened, serving
from tests.web.pictures import smaller

pytestmark = [pytest.mark.browser, pytest.mark.screenshots]

FOLDER = ROOT / "docs" / "screenshots"
PICTURES = (
    ("board", "/p/GW/", 1280, 900, "light"),
    ("board-dark", "/p/GW/", 1280, 900, "dark"),
    ("board-narrow", "/p/GW/", 360, 800, "light"),
    ("gate", "/p/GW/gate", 1280, 900, "light"),
    ("clause", "/p/GW/clause/4.1.4", 1280, 900, "light"),
    ("record", "/r/GW-THR-1", 1280, 900, "light"),
    ("trace", "/p/GW/trace", 1280, 900, "light"),
    ("ledger", "/ledger", 1280, 900, "light"),
    ("work", "/work", 1280, 900, "light"),
    ("release", "/p/GW/release", 1280, 900, "light"),
    ("case", "/p/GW/case?of=GW-VUL-1", 1280, 900, "light"),
    ("case-narrow", "/p/GW/case?of=GW-VUL-1", 360, 800, "light"),
    ("inbox", "/p/GW/inbox", 1280, 900, "light"),
    ("components", "/p/GW/components", 1280, 900, "dark"),
    ("audit", "/p/GW/audit?kind=Requirement&seed=0123456789abcdef&of=24", 1280, 900, "light"),
    ("people", "/p/GW/people", 1280, 900, "light"),
    ("run", "/p/GW/run?plan=GW-TPL-6", 1280, 900, "light"),
    ("sign", "/sign", 1280, 900, "light"),
    ("list", "/p/GW/list/Threat", 1280, 900, "light"),
    ("list-empty", "/p/OLD/list/Asset", 1280, 900, "light"),
    ("form", "/r/GW-THR-1/edit", 1280, 900, "light"),
    ("bulk", "/p/GW/bulk/Threat?record=GW-THR-1&record=GW-THR-2&field=disposition", 1280, 900, "light"),
    ("files", "/r/GW-RUN-12/files", 1280, 900, "light"),
    ("cases", "/p/GW/case", 1280, 900, "light"),
    ("case-begin", "/p/GW/case/write", 1280, 900, "light"),
    ("process", "/p/GW/process/risk", 1280, 900, "light"),
    ("acts", "/p/GW/acts", 1280, 900, "light"),
    ("due", "/p/GW/due", 1280, 900, "light"),
    ("since", "/p/GW/since", 1280, 900, "light"),
    ("bring", "/p/GW/bring", 1280, 900, "light"),
    ("advisory", "/p/GW/advisory/CVE-2026-54283", 1280, 900, "light"),
    ("products", "/?all", 1280, 900, "light"),
    ("organisation", "/o/", 1280, 900, "light"),
    ("setup", "/p/OLD/setup", 1280, 900, "light"),
    ("entry", "/ledger/90", 1280, 900, "light"),
    ("verify", "/ledger/verify", 1280, 900, "light"),
    ("find", "/find?q=threat&of=GW", 1280, 900, "light"),
    ("feeds", "/feeds", 1280, 900, "light"),
    ("watch", "/watch", 1280, 900, "light"),
    ("fleet", "/fleet", 1280, 900, "light"),
    ("account", "/account", 1280, 900, "light"),
    ("reminders", "/account/reminders", 1280, 900, "light"),
    ("jobs", "/jobs", 1280, 900, "light"),
    ("error", "/p/GW/clause/9.9", 1280, 900, "light"),
)


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """The address of a server that shows the example."""
    from asepsis import example as examples

    home = tmp_path_factory.mktemp("example")
    with django_db_blocker.unblock(), opened(home):
        call_command("migrate", verbosity=0)
        examples.write(home, seed=bytes(32))
        shutil.copy(Path(HOME) / secret.FILE, home)
        session = logged_in("Ruben Achterberg").cookies[settings.SESSION_COOKIE_NAME].value
    with serving(home) as address:
        yield Served(address, session)


@pytest.fixture(scope="module")
def browser(chromium: str, example: str) -> Iterator[Any]:
    with launched(chromium) as started:
        yield started


def test_a_picture_of_the_palette_is_taken(browser: Any, example: str) -> None:
    with window(browser, example) as seen:
        seen.open("/p/GW/")
        seen.page.keyboard.press("Control+k")
        seen.page.keyboard.type("new thr")
        seen.page.wait_for_selector("#goes[data-of='new thr'] [aria-selected=true]")
        (FOLDER / "palette.png").write_bytes(smaller(seen.page.screenshot()))


@pytest.mark.parametrize(("name", "path", "width", "height", "scheme"), PICTURES)
def test_a_picture_is_taken(
    browser: Any, example: str, name: str, path: str, width: int, height: int, scheme: str
) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with window(browser, example, width, height, scheme) as seen:
        assert seen.open(path) == (404 if name == "error" else 200)
        picture = smaller(seen.page.screenshot())
    (FOLDER / f"{name}.png").write_bytes(picture)
    assert 5_000 < len(picture) < 150_000
