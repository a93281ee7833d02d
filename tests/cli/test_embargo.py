"""What is withheld is told by no command to who may not see it. A command that is not listed here fails a test."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from asepsis.configuration.records import Supplier
from asepsis.problems.records import Report
from asepsis.store import acts, queries, withholding
from asepsis.store.acts import Hand
from asepsis.store.changes import Actor
from tests.cli.conftest import Desk
from tests.cli.test_commands import every_command
from tests.kinds import smallest

TITLE, TEXT = "Zwoelf Otter", "wissen den Zugangscode des Archivs"
SECRETS = (TITLE, "Otter", TEXT)
WRITES = "writes; it tells of what it is given"

# Each command with what it is asked here; or why it tells of no record that it was not given.
ASKED: dict[str, list[list[str]] | str] = {
    "init": WRITES,
    "demo": "writes the example, and nothing else is there",
    "serve": "the pages have a test of their own",
    "product new": WRITES,
    "product list": [["product", "list"]],
    "person add": WRITES,
    "person link": WRITES,
    "person directory": WRITES,
    "person lost": WRITES,
    "person open": WRITES,
    "person shut": WRITES,
    "person list": [["person", "list"]],
    "person passphrase": WRITES,
    "token new": WRITES,
    "token list": "it tells of tokens, and of no record",
    "token revoke": WRITES,
    "record new": WRITES,
    "record edit": [["record", "edit", "{label}", "{empty}", "--as", "Bob"]],
    "record submit": [["record", "submit", "{label}", "--as", "Bob"]],
    "record approve": [["record", "approve", "{label}", "--as", "Bob", "--passphrase-file", "{words}"]],
    "record reject": [["record", "reject", "{label}", "--why", "No.", "--as", "Bob"]],
    "record withdraw": [["record", "withdraw", "{label}", "--why", "No.", "--as", "Bob"]],
    "record retire": [["record", "retire", "{label}", "--why", "No.", "--as", "Bob"]],
    "record list": [["record", "list"], ["record", "list", "Report"], ["record", "list", "--as", "Bob"]],
    "record show": [["record", "show", "{label}"], ["record", "show", "{label}", "--as", "Bob"]],
    "record history": [["record", "history", "{label}"]],
    "record diff": [["record", "diff", "{label}", "1", "2"]],
    "record embargo": [["record", "embargo", "{label}", "--list", "--as", "Bob"]],
    "record disclose": [["record", "disclose", "{label}", "--as", "Bob"]],
    "record take-over": WRITES,
    "link list": [["link", "list", "--product", "GW"]],
    "link review": [["link", "review", "{label}", "--as", "Bob"]],
    "import": WRITES,
    "import-table": WRITES,  # what it says of a record that is withheld: tests/cli/test_bringing.py
    "export-table": [
        ["export-table", "{table}", "--kind", "Report"],
        ["export-table", "{table}", "--kind", "Supplier"],
    ],
    "assess": [["assess", "GW"], ["assess", "GW", "--clause", "9.2"], ["assess", "GW", "--clause", "9.3"]],
    "gate": [["gate", "--of", "5.8.5"]],
    "trace": [["trace", "{label}"]],
    "due": [["due", "--product", "GW", "--days", "9999"]],
    "scan": "reads a file that it is given and advisories of others, and no ledger",
    "watch update": WRITES,
    "watch list": [["watch", "list"], ["watch", "list", "--as", "Bob"]],
    "watch looked": WRITES,
    "watch find": "tells of bills: tests/cli/test_watch.py",
    "sbom read": "reads a file that it is given, and no ledger",
    "sbom quality": "reads a file that it is given, and no ledger",
    "sbom diff": "reads a file that it is given, and no ledger",
    "sbom convert": "reads a file that it is given, and no ledger",
    **dict.fromkeys(
        ("feeds list", "feeds add", "feeds remove", "feeds update"), "keeps advisories of others, no ledger"
    ),
    "vex import": WRITES,
    "vex carry": [["vex", "carry", "--of", "GW", "--as", "Bob"]],
    "triage": [["triage", "GW", "--list", "--as", "Bob"]],
    "vex export": [["vex", "export", "{folder}", "--of", "GW", "--format", "openvex", "--author", "Acme"]],
    "attest": WRITES,
    "policy show": [["policy", "show"]],
    "policy set": WRITES,
    "baseline make": WRITES,
    "baseline list": [["baseline", "list"]],
    "release out": WRITES,
    "release next": WRITES,
    "release build": WRITES,
    "release tests": WRITES,
    "release statements": WRITES,
    "export": [["export", "GW", "{folder}"]],
    "restore": WRITES,
    "backup make": "copies the whole store, as secret as it is",
    "backup restore": WRITES,
    "backup verify": "tells how many entries a copy holds, and no record",
    "doctor": [["doctor"]],
    "worker": "tells what it did for whom by counts",
    "erasure ask": [["erasure", "ask", "{label}", "--ground", "court-order", "--as", "Bob"]],
    "erasure list": [["erasure", "list"]],
    "erasure do": WRITES,
    "ledger verify": [["ledger", "verify"]],
    "ledger checkpoint": [["ledger", "checkpoint"]],
    "ledger rebuild": [["ledger", "rebuild"]],
    "ledger key": WRITES,
    "clauses": [["clauses"]],
    "kinds": [["kinds"]],
}
READING = [(name, asked) for name, asks in ASKED.items() if not isinstance(asks, str) for asked in asks]


def test_every_command_is_asked_or_excused() -> None:
    assert sorted(" ".join(one) for one in every_command()) == sorted(ASKED)


@pytest.fixture
def label(desk: Desk) -> str:
    """A report and a supplier of which only security knows; erasure of one of them was asked."""
    ada = Hand(Actor(queries.person("Ada").id), lambda: datetime.now(UTC))
    product = queries.product("GW").id
    report, label = acts.create(ada, Report, smallest(Report, title=TITLE, what=TEXT), product)
    acts.revise(ada, report, smallest(Report, title=TITLE, what=f"{TEXT}."))
    withholding.embargo(ada, report)
    acts.create(ada, Supplier, {"title": TITLE, "name": TITLE}, None, persons=())
    withholding.ask_erasure(ada, report, "court-order")
    return label


@pytest.mark.parametrize("as_json", [False, True], ids=["for people", "as JSON"])
@pytest.mark.parametrize(("name", "asked"), READING, ids=[" ".join(asked) for _, asked in READING])
def test_no_command_tells_of_it(
    desk: Desk, label: str, tmp_path: Path, name: str, asked: list[str], as_json: bool
) -> None:
    del name
    given = {"label": label, "folder": str(tmp_path / "out"), "words": str(desk.other_words)}
    given["empty"] = str(desk.file("empty.yaml", "title: Mine\n"))
    given["table"] = str(tmp_path / "table.csv")
    words = [one.format(**given) for one in asked]
    said = desk.run(*words, *(["--json"] if as_json else []), who=None)
    told = said.out + said.err + "".join(one.read_text() for one in tmp_path.glob("table.csv"))
    assert [secret for secret in SECRETS if secret in told] == []
    if "{label}" in asked:
        assert said.code != 0
    else:
        assert label not in told


def test_no_file_of_an_export_holds_it(desk: Desk, label: str, tmp_path: Path) -> None:
    desk.done("export", "GW", tmp_path / "out", who=None)
    holding = [
        file.name
        for file in (tmp_path / "out").rglob("*")
        if file.is_file() and any(secret.encode() in file.read_bytes() for secret in (*SECRETS, label))
    ]
    assert holding == []
