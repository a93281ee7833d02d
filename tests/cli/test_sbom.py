"""Bills at the command line: they need no ledger, and end with the code that their answer has."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Desk, process
from tests.exchange.test_bill_quality import FULL, GRAPH, LOOKED_UP, METADATA

LOCKS = Path(__file__).parents[1] / "samples/lockfiles"
BILL: dict[str, Any] = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.6",
    "serialNumber": "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
    "metadata": METADATA,
    "components": [FULL],
    "dependencies": GRAPH,
}


def bill(desk: Desk, name: str = "bom.json", **parts: Any) -> Path:
    return desk.file(name, json.dumps(BILL | parts))


def test_a_bill_is_listed_with_places_and_receipt(nowhere: Desk) -> None:
    said = nowhere.value("sbom", "read", bill(nowhere, dependencies=[*GRAPH, {"ref": "core", "dependsOn": ["ghost"]}]))
    (one,) = said["components"]
    assert (one["name"], one["place"], one["depth"], one["parents"]) == ("core", "direct", 1, [])
    assert (said["product"], said["receipt"]["taken"], said["schema"]) == ("pump", 1, "follows")
    assert [left["what"] for left in said["receipt"]["not_taken"]] == ["ghost"]


@pytest.mark.parametrize("name", sorted(path.name for path in LOCKS.iterdir()))
def test_lock_files_are_read_without_naming_their_format(nowhere: Desk, name: str) -> None:
    said = nowhere.done("sbom", "read", LOCKS / name)
    assert f"{name} was read as" in said.out


def test_no_ledger_is_made_or_needed(tmp_path: Path) -> None:
    said = process(tmp_path / "home", "sbom", "read", LOCKS / "Cargo.lock")
    assert (said.code, (tmp_path / "home").exists()) == (0, False)
    assert "3 components of pump 2.0.0" in said.out


@pytest.mark.parametrize("words", [["read"], ["quality"], ["diff"], ["convert"]])
def test_a_file_that_is_no_bill_is_refused_with_4(nowhere: Desk, words: list[str]) -> None:
    file = nowhere.file("photo.png", b"\x89PNG\r\n")
    more = {"diff": [file], "convert": [nowhere.home.parent / "out"]}.get(words[0], [])
    said = nowhere.run("sbom", *words, file, *more)
    assert said.code == 4
    assert "photo.png begins like none of the formats" in said.err


def test_a_whole_bill_that_was_scanned_has_nothing_missing(nowhere: Desk) -> None:
    assert LOOKED_UP.matches == ()
    scan = bill(nowhere, "scan.json", vulnerabilities=[])
    said = nowhere.run("sbom", "quality", bill(nowhere), "--scan", scan)
    assert (said.code, said.err) == (0, "")
    assert said.out.count("all is there") == 3


def test_without_a_scan_what_the_fda_asks_cannot_be_told(nowhere: Desk) -> None:
    assert nowhere.run("sbom", "quality", bill(nowhere)).code == 3
    assert nowhere.run("sbom", "quality", bill(nowhere), "--by", "ntia").code == 0


def test_each_gap_says_what_to_do(nowhere: Desk) -> None:
    parts = [{key: value for key, value in FULL.items() if key != "version"}]
    said = nowhere.run("sbom", "quality", bill(nowhere, components=parts), "--by", "ntia", "--json")
    assert said.code == 1
    gaps = [one for one in said.value["answers"] if one["verdict"] == "gap"]
    assert [(one["element"], one["lacking"], one["examples"]) for one in gaps] == [("version", 1, ["core"])]
    assert gaps[0]["next"].startswith("Enter the version")


def test_what_changed_between_two_bills_is_told_with_1_and_nothing_with_0(nowhere: Desk) -> None:
    old, new = bill(nowhere), bill(nowhere, "new.json", components=[FULL | {"version": "2.0"}])
    assert nowhere.run("sbom", "diff", old, old).code == 0
    said = nowhere.run("sbom", "diff", old, new, "--json")
    assert said.code == 1
    (changed,) = said.value["changed"]
    assert changed["differences"] == [{"what": "version", "before": "1.0", "after": "2.0"}]


@pytest.mark.parametrize("to", ["cyclonedx", "spdx"])
def test_a_converted_bill_carries_what_was_decided_and_is_read_again(nowhere: Desk, to: str) -> None:
    care = nowhere.file(
        "care.csv", "purl,category,end_of_support\npkg:npm/*,supported,2030-01-31\npkg:npm/core,required,\n"
    )
    out = nowhere.home.parent / "out.json"
    said = nowhere.value("sbom", "convert", bill(nowhere), out, "--to", to, "--care", care)
    assert (said["components"], said["decided"], said["without_category"]) == (1, 1, 0)
    (one,) = nowhere.value("sbom", "read", out)["components"]
    assert (one["category"], one["end_of_support"], one["support"]) == ("required", "2029-12-31", "actively maintained")


def test_a_lock_file_becomes_a_bill(nowhere: Desk) -> None:
    out = nowhere.home.parent / "out.json"
    nowhere.done("sbom", "convert", LOCKS / "package-lock.json", out)
    said = nowhere.value("sbom", "read", out)
    assert (said["format"], said["schema"], said["product"]) == ("CycloneDX 1.6", "follows", "pump")
    assert [(one["purl"], one["depth"]) for one in said["components"] if "purl" in one] == [
        ("pkg:npm/%40fhir/core@1.2.3", 1),
        ("pkg:npm/left@2.0.0", 2),
        ("pkg:npm/left@1.3.0", 1),
    ]


def test_a_bill_is_not_written_over_itself_nor_where_there_is_no_folder(nowhere: Desk) -> None:
    file = bill(nowhere)
    assert nowhere.run("sbom", "convert", file, file).code == 2
    said = nowhere.run("sbom", "convert", file, nowhere.home.parent / "nowhere/out.json")
    assert (said.code, "cannot be written: no such file or directory" in said.err) == (4, True)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("name,category\n", "it has no column purl"),
        ("purl,catgory\n", "it has a column 'catgory'"),
        ("purl,category\npkg:npm/*,mine\n", "line 2: the category 'mine' is none of"),
        ("purl,end_of_support\npkg:npm/*,soon\n", "line 2: the end of support 'soon' is no date"),
        ("purl\nnpm\n", "line 2: 'npm' is not a pattern"),
        ('purl\n"pkg:npm/*\n', "unexpected end of data"),
        ("", "it has no column purl"),
    ],
)
def test_a_list_of_care_that_cannot_be_read_is_refused_with_its_line(nowhere: Desk, text: str, reason: str) -> None:
    out = nowhere.home.parent / "out.json"
    said = nowhere.run("sbom", "convert", bill(nowhere), out, "--care", nowhere.file("care.csv", text))
    assert (said.code, out.exists()) == (4, False)
    assert reason in said.err


def test_text_that_steers_a_terminal_is_made_visible(nowhere: Desk) -> None:
    said = nowhere.done("sbom", "read", bill(nowhere, components=[FULL | {"name": "a\x1b[31mb"}]))
    assert "\x1b" not in said.out
