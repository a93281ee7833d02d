"""The inbox at a terminal: what waits, key by key, and what comes of it in the ledger."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

from asepsis.cli import keyboard
from asepsis.cli.triage import screen
from asepsis.exchange import facts
from asepsis.problems.records import Justification, Status
from asepsis.problems.triage import Decision, Entry, Inbox, Mode, Proposal
from asepsis.store import queries
from tests.cli.conftest import ROOT, WORDS
from tests.cli.test_vex_carry import PURL, Shop, component, match, shop

__all__ = ["shop"]


@pytest.mark.parametrize(
    ("data", "keys"),
    [
        (b"n3", ["n", "3"]),
        (b"\x1b[A\x1b[Bq", ["left", "right", "q"]),
        (b"\x1bOD\x1bOC", ["left", "right"]),
        (b"\x1b", ["escape"]),
        (b"\x1bq", ["escape", "q"]),
        (b"\x1b[5~x", ["unknown", "x"]),
        (b"\r\x7f\x03\x04", ["enter", "back", "escape", "end"]),
        ("é€𝄞\xff".encode(), ["é", "€", "𝄞", "\xff"]),
        (b"\xff\xe2\x82", ["\ufffd", "\ufffd"]),
    ],
)
def test_bytes_of_a_terminal_become_keys(data: bytes, keys: list[str]) -> None:
    assert list(keyboard.split(data)) == keys


def entry(number: int = 1) -> Entry:
    before = Proposal(Decision(Status.NOT_AFFECTED, Justification.CODE_NOT_PRESENT, impact="Not built."), "GW-VEX-3")
    return Entry(
        (f"CVE-2026-{number}", "GHSA-1"), PURL, ("r",), ("GW-REL-1",), "affected", way=("core", "left-pad"),
        fixed=("1.4.0",), vector="CVSS:3.1/AV:N", number="9.8", kev="2026-10-01", epss="0.4", ssvc="exploitation=active",
        opened=("GW-VEX-2: its EPSS band is over",), proposals=(before,),
    )  # fmt: skip


def test_a_match_is_shown_with_all_its_reasons() -> None:
    shown = "\n".join(screen(Inbox((entry(),))))
    for said in (
        "CVE-2026-1", "GHSA-1", PURL, "core / left-pad", "GW-REL-1", "affected", "1.4.0", "9.8  CVSS:3.1/AV:N",
        "in KEV since 2026-10-01", "0.4", "exploitation=active", "GW-VEX-2: its EPSS band", '"Not built." (GW-VEX-3)',
    ):  # fmt: skip
        assert said in shown, said


@pytest.mark.parametrize("mode", [one for one in Mode if one not in (Mode.SUBMIT, Mode.LEAVE)])
def test_every_screen_fits_eighty_columns_and_twenty_four_lines(mode: Mode) -> None:
    state = Inbox((entry(), entry(2)), (("c1", "GW-CTL-1 Firewall"),), mode=mode, text="Not built in.")
    lines = list(screen(state))
    assert max(map(len, lines)) <= 80
    assert len(lines) <= 24


def test_what_a_bill_says_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    keyboard.draw(["\x1b[2Jevil\x07"])
    out = capsys.readouterr().out.removeprefix("\x1b[2J\x1b[H")
    assert ("\x1b" in out, "\x07" in out, "evil" in out) == (False, False, True)


def test_without_a_terminal_it_says_so(shop: Shop) -> None:
    shop.release("1.0", component(), scan=match())
    said = shop.desk.run("triage", "GW")
    assert (said.code, "at a terminal" in said.err) == (3, True)


def test_what_waits_is_listed_and_what_was_never_scanned_is_not_clean(shop: Shop) -> None:
    first = shop.release("1.0", component(), scanned=False)
    said = shop.desk.run("triage", "GW", "--list")
    assert (said.code, first in said.out) == (3, True)
    shop.release("2.0", component(), scan=match(kev="2026-10-01"))
    assert shop.desk.run("triage", "GW", "--list").code == 1


pty = pytest.importorskip("pty", reason="this system has no pseudo-terminals")


def at_terminal(home: Path, arguments: list[str], steps: list[tuple[str, str]], who: str = "Ada") -> tuple[int, str]:
    """Run a command at a real terminal: once each text was shown, its keys are pressed. Return the exit code and the screen."""
    child, place = pty.fork()
    if child == 0:
        os.environ.update(
            ASEPSIS_HOME=str(home), ASEPSIS_PERSON=who, PYTHONPATH=str(ROOT / "src"), TERM="xterm", TZ="UTC"
        )
        os.environ.update(COLUMNS="80", LINES="30")
        os.execv(sys.executable, [sys.executable, "-m", "asepsis", *arguments])
    shown, seen, waiting = "", 0, list(steps)
    while True:
        try:
            data = os.read(place, 65536)
        except OSError:  # the other end was closed
            break
        if not data:
            break
        shown += data.decode("utf-8", "replace")
        while waiting and (at := shown.find(waiting[0][0], seen)) >= 0:
            seen = at + len(waiting[0][0])
            os.write(place, waiting.pop(0)[1].encode())
    os.close(place)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), shown


LOW = "CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N"


def many(count: int) -> tuple[list[dict[str, object]], tuple[facts.Match, ...]]:
    components = [component(f"1.{n}.0", **{"bom-ref": f"c{n}"}) for n in range(count)]
    found = tuple(
        facts.Match(f"CVE-2026-{1000 + n}", f"pkg:npm/left-pad@1.{n}.0", "affected", epss="0.02", severity=LOW)
        for n in range(count)
    )
    return components, found


def test_fifty_matches_at_a_real_terminal_are_one_submission_and_one_signing_act(shop: Shop) -> None:
    components, found = many(52)
    release = shop.release("1.0", *components, scans=found)
    size = queries.ledger().size
    steps = [("52 open", "s")]
    steps += [(f"{51 - n} open", "n3") for n in range(50)]
    steps += [("1 open", "n2"), ("What goes out as one set", "u"), ("1 open", "w"), ("as one set", "\r")]
    steps += [("Passphrase", f"{shop.desk.other_words.read_text()}\n")]
    code, shown = at_terminal(shop.desk.home, ["triage", "GW"], steps, who="Bob")
    assert code == 1, shown[-2000:]
    text = re.sub(r"\x1b\[[0-9?]*[A-Za-z]", "", shown)
    assert "50 decisions were submitted; 2 matches stay in the inbox." in text
    records = shop.desk.value("record", "list", "VEX")["records"]
    assert len(records) == 50
    value = queries.head_value(queries.row(records[0]["label"])) or {}
    assert (value["status"], value["justification"], value["rests_on"]["epss"]) == (
        "not-affected", "vulnerable-code-not-in-execute-path", "1-to-10-percent",
    )  # fmt: skip
    assert value["releases"] == [queries.row(release).id]
    made = [entry for _, _, entry in queries.entries(size, 1000)]
    forms = [one["form"] for one in made]
    assert (forms.count("revision"), forms.count("submission"), forms.count("approval")) == (50, 50, 50)
    assert {(one["set"], one["opened"]) for one in made if one["form"] == "approval"} == {(50, True)}
    assert {queries.row(one["label"]).head_state for one in records} == {"effective"}


def test_who_may_not_sign_leaves_it_submitted_and_out_of_the_inbox(shop: Shop) -> None:
    shop.release("1.0", component(), scan=match())
    code, shown = at_terminal(
        shop.desk.home, ["triage", "GW"],
        [("1 open", "n3"), ("as one set", "\r"), ("Passphrase", f"{WORDS}\n")],
    )  # fmt: skip
    assert (code, "1 decisions were submitted" in shown) == (0, True), shown[-1500:]
    (record,) = shop.desk.value("record", "list", "VEX")["records"]
    assert queries.row(record["label"]).head_state == "submitted"


def test_leaving_writes_nothing(shop: Shop) -> None:
    shop.release("1.0", component(), scan=match())
    size = queries.ledger().size
    code, _ = at_terminal(shop.desk.home, ["triage", "GW"], [("1 open", "f"), ("as one set", "x")])
    assert (code, queries.ledger().size) == (1, size)


def test_a_decision_is_opened_again_where_the_newest_scan_tells_more(shop: Shop) -> None:
    first = shop.release("1.0", component(), scan=match(epss="0.2"))
    label = shop.say(first)
    (one,) = shop.desk.value("triage", "GW", "--list")["waiting"]
    assert one["opened"] == [f"{label}: its EPSS band is over-10-percent, and was under-1-percent"]
