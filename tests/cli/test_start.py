from __future__ import annotations

import stat
from pathlib import Path

import pytest

from asepsis.cli import start
from tests.cli.conftest import WORDS, Desk, process


def test_init_founds_a_ledger_with_its_first_person(nowhere: Desk) -> None:
    said = nowhere.done("init", "--name", "Ada", "--time-zone", "Europe/Zurich", "--passphrase-file", nowhere.words)
    assert "Ada holds the role of management" in said.out
    assert nowhere.value("person", "list")["people"][0]["roles"] == ["management"]


def test_init_makes_a_home_for_its_owner_alone(nowhere: Desk) -> None:
    nowhere.done("init", "--name", "Ada", "--passphrase-file", nowhere.words)
    assert stat.S_IMODE(nowhere.home.stat().st_mode) == 0o700


def test_init_shuts_a_home_that_was_open(nowhere: Desk) -> None:
    nowhere.home.mkdir(mode=0o755)
    nowhere.done("init", "--name", "Ada", "--passphrase-file", nowhere.words)
    assert stat.S_IMODE(nowhere.home.stat().st_mode) == 0o700


def test_a_second_init_is_refused_and_changes_nothing(desk: Desk) -> None:
    before = desk.value("ledger", "checkpoint")
    said = desk.run("init", "--name", "Eve", "--passphrase-file", desk.words)
    assert (said.code, "stands in" in said.err) == (1, True)
    assert desk.value("ledger", "checkpoint") == before


def test_a_second_init_is_refused_before_anything_is_asked(desk: Desk) -> None:
    assert desk.run("init").code == 1


def test_a_weak_passphrase_founds_nothing(nowhere: Desk) -> None:
    said = nowhere.run("init", "--name", "Ada", "--passphrase-file", nowhere.file("weak.txt", "short"))
    assert (said.code, "fewer than 12 characters" in said.err) == (4, True)
    assert nowhere.run("person", "list").code == 3


def test_init_goes_through_after_a_weak_passphrase(nowhere: Desk) -> None:
    nowhere.run("init", "--name", "Ada", "--passphrase-file", nowhere.file("weak.txt", "short"))
    nowhere.done("init", "--name", "Ada", "--passphrase-file", nowhere.words)


def test_an_unknown_time_zone_is_refused_before_anything_is_made(nowhere: Desk) -> None:
    said = nowhere.run("init", "--name", "Ada", "--time-zone", "Mars/Olympus", "--passphrase-file", nowhere.words)
    assert (said.code, nowhere.home.exists()) == (4, False)


def test_without_a_terminal_what_is_not_given_is_not_asked(nowhere: Desk) -> None:
    said = nowhere.run("init", "--passphrase-file", nowhere.words)
    assert (said.code, "--name" in said.err) == (2, True)


def test_the_time_zone_of_the_machine_is_taken_from_tz(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Kathmandu")
    assert start.machine_zone() == "Asia/Kathmandu"


def test_nonsense_in_tz_is_no_time_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "../../etc/passwd")
    assert start.machine_zone() != "../../etc/passwd"


@pytest.mark.parametrize(
    "command", [["product", "list"], ["record", "list"], ["ledger", "verify"], ["assess"], ["gate"]]
)
def test_without_a_ledger_a_question_cannot_be_answered(nowhere: Desk, command: list[str]) -> None:
    said = nowhere.run(*command)
    assert (said.code, "asepsis init" in said.err) == (3, True)
    assert not nowhere.home.exists()


def test_a_real_process_begins_and_goes_on(tmp_path: Path) -> None:
    words = tmp_path / "words.txt"
    words.write_text(WORDS, encoding="utf-8")
    begun = process(tmp_path / "home", "init", "--name", "Ada", "--passphrase-file", words, "--json")
    assert (begun.code, begun.value["name"]) == (0, "Ada"), begun.err
    made = process(tmp_path / "home", "product", "new", "gw", "Gateway", ASEPSIS_PERSON="Ada")
    assert (made.code, made.out) == (0, "GW is founded: Gateway.\n")
    absent = process(tmp_path / "elsewhere", "product", "list", "--json")
    assert (absent.code, absent.out) == (3, "")
    assert '"error": "ledger-absent"' in absent.err


def test_the_help_asks_for_no_store_and_no_settings(tmp_path: Path) -> None:
    said = process(tmp_path / "home", "--help", ASEPSIS_BUSY_SECONDS="nonsense")
    assert (said.code, "Commands:" in said.out) == (0, True)


@pytest.mark.parametrize("form", ["junit", "sarif"])
def test_an_assessment_for_a_pipeline_ends_as_the_board_does_and_writes_nothing_else(desk: Desk, form: str) -> None:
    board = desk.run("assess", "GW")
    said = desk.run("assess", "GW", "--format", form)
    assert said.code == board.code
    assert said.out.startswith("<?xml" if form == "junit" else "{")
    assert "SHA-256" not in said.out
