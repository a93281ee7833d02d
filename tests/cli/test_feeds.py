from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest

from tests.cli.conftest import Desk, process


@pytest.fixture
def osv(tmp_path: Path) -> Path:
    """A folder in the layout of the OSV buckets."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("A.json", json.dumps({"id": "PYSEC-1", "modified": "2026-01-02T00:00:00Z"}))
    (tmp_path / "osv/PyPI").mkdir(parents=True)
    (tmp_path / "osv/PyPI/all.zip").write_bytes(made.getvalue())
    return tmp_path / "osv"


def test_a_feed_is_added_fetched_and_listed_without_a_store(nowhere: Desk, osv: Path) -> None:
    assert nowhere.run("feeds", "list", who=None).code == 3
    assert nowhere.run("feeds", "update", who=None).code == 3
    nowhere.done("feeds", "add", "osv", "--part", "PyPI", "--from", osv, who=None)
    listed = nowhere.run("feeds", "list", who=None)
    assert (listed.code, "never fetched" in listed.out) == (1, True)
    nowhere.done("feeds", "update", who=None)
    told = nowhere.done("feeds", "list", "--json", who=None).value["feeds"][0]
    assert (told["name"], told["records"], told["covers"]) == ("osv-pypi", 1, ["pypi"])
    assert (told["as_of"], told["failure"]) == ("2026-01-02T00:00:00Z", None)
    nowhere.done("feeds", "remove", "osv-pypi", who=None)
    assert nowhere.run("feeds", "list", who=None).code == 3


def test_a_broken_feed_ends_with_1_and_says_what_stays_in_use(nowhere: Desk, osv: Path) -> None:
    nowhere.done("feeds", "add", "osv", "--part", "PyPI", "--from", osv, who=None)
    nowhere.done("feeds", "update", who=None)
    (osv / "PyPI/all.zip").write_bytes(b"PK")
    said = nowhere.run("feeds", "update", "osv-pypi", who=None)
    assert said.code == 1
    assert "is not a whole zip archive" in said.out
    assert "The records of 2026-01-02T00:00:00Z stay in use." in said.out
    assert nowhere.run("feeds", "list", who=None).code == 1


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("add", "gopher"), 4),
        (("add", "osv"), 4),
        (("add", "kev", "--name", "../kev"), 4),
        (("update", "nothing"), 4),
        (("remove", "nothing"), 4),
        (("add",), 2),
    ],
)
def test_what_is_no_feed_is_refused(nowhere: Desk, arguments: tuple[str, ...], code: int) -> None:
    assert nowhere.run("feeds", *arguments, who=None).code == code


def test_where_the_settings_say_never_nothing_is_fetched(tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert process(home, "feeds", "add", "kev").code == 0
    said = process(home, "feeds", "update", ASEPSIS_FEEDS="never")
    assert (said.code, "ASEPSIS_FEEDS=never rules out" in said.out) == (1, True)
    assert "ASEPSIS_FEEDS" in process(home, "feeds", "list", ASEPSIS_FEEDS="always").err
