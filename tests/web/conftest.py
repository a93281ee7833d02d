"""A small maker whose store is written once and only read; and a server of its own for the browser."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from pytest_django.plugin import DjangoDbBlocker

from asepsis import processes
from asepsis.accounts import passphrase, secret
from asepsis.readers.viewer import looking, of_person
from asepsis.settings import MACHINE
from tests.conftest import HOME
from tests.web import maker as makers
from tests.web.addresses import addresses
from tests.web.maker import Clock, Maker

processes.load()

ROOT = Path(__file__).parents[2]
READER = "Anna Lind"  # who reads the pages of most tests: she holds quality, to which what is withheld is not open


class opened:  # noqa: N801 - it is used as `with opened(home)`
    """The store of `home`, as long as it is opened."""

    def __init__(self, home: Path) -> None:
        self._settings = override_settings(MACHINE=MACHINE.model_copy(update={"home": home}))
        self._home = home

    def __enter__(self) -> None:
        connection.close()
        self._before = connection.settings_dict["NAME"]
        connection.settings_dict["NAME"] = self._home / "asepsis.sqlite3"
        self._settings.enable()

    def __exit__(self, *_: object) -> None:
        connection.close()
        connection.settings_dict["NAME"] = self._before
        self._settings.disable()


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker) -> Maker:
    """The maker, written once."""
    home = tmp_path_factory.mktemp("maker")
    with django_db_blocker.unblock(), opened(home):
        call_command("migrate", verbosity=0)
        shutil.copy(Path(HOME) / secret.FILE, home)
        found = makers.write(home)
        for name in found.people:
            passphrase.open_account(name)
        return found


@pytest.fixture
def maker(written: Maker, django_db_blocker: DjangoDbBlocker) -> Iterator[Maker]:
    """The maker with its store open. Tests read it, and write nothing."""
    with django_db_blocker.unblock(), opened(written.home), looking(of_person(written.people[READER])):
        yield written


@pytest.fixture
def copied(written: Maker, tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[Maker]:
    """A copy of the maker that a test may write to."""
    shutil.copytree(written.home, tmp_path, dirs_exist_ok=True)
    with django_db_blocker.unblock(), opened(tmp_path), looking(of_person(written.people[READER])):
        yield moved(written, tmp_path)


def moved(written: Maker, home: Path) -> Maker:
    """The maker of the copy in `home`: what is written to it changes nothing of the other."""
    clock, ids, people = Clock(written.clock.now), dict(written.ids), dict(written.people)
    return replace(written, home=home, clock=clock, ids=ids, people=people, drawn=1_000_000)


@pytest.fixture
def own(tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[Path]:
    """An empty home, with no tables, that is open and may be written to."""
    with django_db_blocker.unblock(), opened(tmp_path):
        yield tmp_path


@pytest.fixture
def client(request: pytest.FixtureRequest) -> Client:
    """A browser of the simplest sort; where the maker is open, its reader is logged in."""
    if {"maker", "copied"} & set(request.fixturenames):
        request.getfixturevalue("maker" if "maker" in request.fixturenames else "copied")
        return logged_in(READER)
    return Client(raise_request_exception=False, HTTP_HOST="127.0.0.1")


def logged_in(person: str) -> Client:
    """A browser in which a person is logged in, by id or name."""
    client = Client(raise_request_exception=False, HTTP_HOST="127.0.0.1")
    client.force_login(passphrase.open_account(person))
    return client


@dataclass(frozen=True)
class Visit:
    """What came of one address: the answer, and what was asked of the database for it."""

    status: int
    headers: dict[str, str]
    body: bytes
    queries: tuple[str, ...]

    @property
    def html(self) -> str:
        return self.body.decode(errors="replace")

    @property
    def seen(self) -> Seen:
        return Seen(self.html)


@pytest.fixture(scope="session")
def visited(written: Maker, django_db_blocker: DjangoDbBlocker) -> dict[str, Visit]:
    """Every address of the table, asked for once."""
    found = {}
    with django_db_blocker.unblock(), opened(written.home):
        client = logged_in(READER)
        for one in addresses(written):
            with CaptureQueriesContext(connection) as queried:
                answer = client.get(one)
            asked = tuple(query["sql"] for query in queried.captured_queries)
            found[one] = Visit(answer.status_code, dict(answer.headers), answer.content, asked)
    return found


@dataclass
class Seen(HTMLParser):
    """What a browser makes of a page: its tags with their attributes, and its text."""

    html: str
    tags: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    text: str = ""
    _words: str = ""

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.feed(self.html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        self._words += " "

    def handle_data(self, data: str) -> None:
        self.text += data
        self._words += data

    @property
    def words(self) -> str:
        """The text with one blank where there is any, and between two parts of the page."""
        return " ".join(self._words.split())

    def links(self) -> list[str]:
        return [attributes["href"] for tag, attributes in self.tags if tag == "a" and "href" in attributes]


@contextmanager
def serving(home: Path, options: str = "", **more: str) -> Iterator[str]:
    """Serve the store of `home` by a process of its own, with more in its environment, and give its address."""
    with started(home, options, None, **more) as (address, _):
        yield address


@contextmanager
def started(
    home: Path, options: str = "", log: Path | None = None, **more: str
) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Serve the store of `home` by a process of its own; give its address, and the process. What it logs goes to `log`."""
    code = f"from asepsis.web.server import serve; serve(port=0, tell=lambda said: print(said, flush=True), {options})"
    environment = os.environ | {"ASEPSIS_HOME": str(home), "PYTHONPATH": str(ROOT / "src")} | more
    with (
        (log or Path(os.devnull)).open("w") as errors,
        subprocess.Popen(
            [sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True,
            stderr=errors if log else None,
        ) as process,
    ):  # fmt: skip
        assert process.stdout is not None
        said = process.stdout.readline()
        assert "http://localhost:" in said, said
        try:
            yield said.split()[4].rstrip("/"), process
        finally:
            process.terminate()
            process.wait(60)


class Served(str):
    """The address of a server, with the session of who is logged in there."""

    session: str

    def __new__(cls, address: str, session: str) -> Served:
        """Return an address with a session."""
        found = super().__new__(cls, address)
        found.session = session
        return found


@contextmanager
def serving_a_copy(
    written: Maker,
    home: Path,
    blocker: DjangoDbBlocker,
    who: str,
    options: str = "",
    more: Callable[[Maker], object] = lambda _: None,
) -> Iterator[Served]:
    """Serve a copy of the maker in `home` that may be written to, with `who` logged in, after `more` was done to it."""
    shutil.copytree(written.home, home, dirs_exist_ok=True)
    with blocker.unblock(), opened(home):
        more(moved(written, home))
        session = logged_in(who).cookies[settings.SESSION_COOKIE_NAME].value
    with serving(home, options) as address:
        yield Served(address, session)


@pytest.fixture(scope="session")
def served(written: Maker, django_db_blocker: DjangoDbBlocker) -> Iterator[Served]:
    """The address of a server that shows the maker to its reader."""
    with django_db_blocker.unblock(), opened(written.home):
        session = logged_in(READER).cookies[settings.SESSION_COOKIE_NAME].value
    with serving(written.home) as address:
        yield Served(address, session)
