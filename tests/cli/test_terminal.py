"""What is asked at a terminal: names, passphrases that do not show, and what is about to be signed."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from asepsis.store import queries
from tests.cli.conftest import ROOT, WORDS, Desk
from tests.cli.test_record import PROFILE

pty = pytest.importorskip("pty", reason="this system has no pseudo-terminals")


def at_terminal(home: Path, arguments: list[str], answers: list[tuple[str, str]]) -> tuple[int, str]:
    """Run a command at a terminal: once each text was shown, its answer is typed. Return the exit code and the screen."""
    child, screen = pty.fork()
    if child == 0:
        os.environ.update(
            ASEPSIS_HOME=str(home), ASEPSIS_PERSON="Ada", PYTHONPATH=str(ROOT / "src"), TERM="dumb", TZ="UTC"
        )
        os.execv(sys.executable, [sys.executable, "-m", "asepsis", *arguments])
    shown, waiting = "", list(answers)
    while True:
        try:
            data = os.read(screen, 4096)
        except OSError:  # the other end was closed
            break
        if not data:
            break
        shown += data.decode("utf-8", "replace")
        if waiting and waiting[0][0] in shown.rpartition("\n")[2]:
            os.write(screen, f"{waiting.pop(0)[1]}\n".encode())
    os.close(screen)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), shown


def test_init_asks_for_all_that_it_needs(nowhere: Desk) -> None:
    asked = [
        ("Name of the first person", "Ada"),
        ("Time zone", ""),
        ("New passphrase of Ada", WORDS),
        ("same again", WORDS),
    ]
    code, shown = at_terminal(nowhere.home, ["init"], asked)
    assert (code, "Ada holds the role of management and logs in as ada; days are counted in UTC." in shown) == (
        0,
        True,
    ), shown
    assert WORDS not in shown


def test_two_passphrases_that_differ_found_nothing(nowhere: Desk) -> None:
    asked = [("New passphrase", WORDS), ("same again", WORDS + "s")]
    code, shown = at_terminal(nowhere.home, ["init", "--name", "Ada", "--time-zone", "UTC"], asked)
    assert (code, "The two passphrases differ." in shown, nowhere.home.exists()) == (4, True, False)


def test_what_is_signed_is_read_before_the_passphrase_is_asked(desk: Desk) -> None:
    desk.done("record", "new", "ProductProfile", desk.file("p.yaml", PROFILE))
    desk.done("record", "submit", "GW-PRD-1")
    code, shown = at_terminal(desk.home, ["record", "approve", "GW-PRD-1"], [("Passphrase, to sign", WORDS)])
    assert code == 0, shown
    assert shown.index("intended_use: Moves studies") < shown.index("Passphrase, to sign")
    assert WORDS not in shown
    assert [one.opened for one in queries.history("GW-PRD-1").head.approvals] == [True, True]


def test_what_was_signed_by_a_script_was_not_opened(desk: Desk) -> None:
    label = desk.effective("ProductProfile", PROFILE)
    assert [one.opened for one in queries.history(label).head.approvals] == [False, False]
