"""asepsis scan: no ledger, no network; exit codes that never call clean what was not looked at."""

from __future__ import annotations

import fcntl
import gzip
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from asepsis.jobs.indexing import FILE, LOCK

BILL = {
    "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": [
        {"type": "library", "name": "requests", "version": "1.5", "purl": "pkg:pypi/requests@1.5"},
    ],
}  # fmt: skip
ADVISORY = {
    "id": "A-1", "modified": "2026-08-01T00:00:00Z", "affected": [{
        "package": {"ecosystem": "PyPI", "name": "requests"},
        "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "1.0"}, {"fixed": "2.0"}]}],
    }],
}  # fmt: skip


def run(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "asepsis", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "ASEPSIS_HOME": str(home)}
    )


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with one fetched feed, which was filled from a folder."""
    (tmp_path / "records").mkdir()
    (tmp_path / "records" / "A-1.json").write_text(json.dumps(ADVISORY))
    home = tmp_path / "home"
    added = run(
        home, "feeds", "add", "folder", "--from", str(tmp_path / "records"), "--records", "osv", "--name", "own",
        "--covers", "PyPI",
    )  # fmt: skip
    assert added.returncode == 0, added.stderr
    assert run(home, "feeds", "update").returncode == 0
    return home


def scanned(home: Path, bill: dict[str, Any], *arguments: str) -> tuple[int, dict[str, Any]]:
    path = home.parent / "bill.json"
    path.write_text(json.dumps(bill))
    said = run(home, "scan", str(path), "--max-age", "99999", "--json", *arguments)
    return said.returncode, json.loads(said.stdout)


def of(version: str, type_: str = "pypi") -> dict[str, Any]:
    component = BILL["components"][0] | {"version": version, "purl": f"pkg:{type_}/requests@{version}"}  # type: ignore[index]
    return BILL | {"components": [component]}


def test_what_is_known_ends_with_one_what_is_clean_with_nought_what_is_not_known_with_three(home: Path) -> None:
    assert [scanned(home, of(*one))[0] for one in (("1.5",), ("2.0",), ("2.0", "npm"))] == [1, 0, 3]


def test_a_finding_is_told_with_its_reason(home: Path) -> None:
    code, found = scanned(home, BILL)
    (finding,) = found["components"][0]["findings"]
    assert (code, finding["advisory"], finding["fixed"]) == (1, "A-1", ["2.0"])
    assert finding["reason"] == "its version lies in the affected range"
    assert not (home / "asepsis.sqlite3").exists()


NVD = {
    "id": "CVE-2026-7", "lastModified": "2026-08-01T00:00:00Z",
    "configurations": [{"nodes": [{"operator": "OR", "negate": False, "cpeMatch": [
        {"criteria": "cpe:2.3:a:acme:requests:*:*:*:*:*:*:*:*", "versionEndExcluding": "3.0", "vulnerable": True},
    ]}]}],
}  # fmt: skip


def test_a_candidate_is_listed_apart_and_counts_only_where_that_is_asked_for(home: Path) -> None:
    page = {"resultsPerPage": 1, "startIndex": 0, "totalResults": 1, "vulnerabilities": [{"cve": NVD}]}
    folder = home.parent / "nvd"
    folder.mkdir()
    (folder / "nvdcve-2.0-2026.json.gz").write_bytes(gzip.compress(json.dumps(page).encode()))
    assert (
        run(home, "feeds", "add", "folder", "--from", str(folder), "--records", "nvd", "--name", "nvd").returncode == 0
    )
    assert run(home, "feeds", "update", "nvd").returncode == 0
    bill = of("2.0")
    bill["components"][0]["cpe"] = "cpe:2.3:a:acme:requests:2.0:*:*:*:*:*:*:*"
    code, found = scanned(home, bill)
    assert (code, found["components"][0].get("findings")) == (0, None)
    assert [(one["vulnerability"], one["result"]) for one in found["candidates"]] == [("CVE-2026-7", "affected")]
    assert scanned(home, bill, "--fail-on-candidates")[0] == 1
    assert scanned(home, of("2.0"), "--fail-on-candidates")[0] == 0
    said = run(home, "scan", str(home.parent / "bill.json"), "--max-age", "99999").stdout
    assert "1 products by name" in said


def test_a_folder_that_nobody_vouches_for_makes_nothing_look_clean(tmp_path: Path) -> None:
    (tmp_path / "records").mkdir()
    (tmp_path / "records" / "A-1.json").write_text(json.dumps(ADVISORY))
    home = tmp_path / "home"
    run(home, "feeds", "add", "folder", "--from", str(tmp_path / "records"), "--records", "osv")
    assert run(home, "feeds", "update").returncode == 0
    assert [scanned(home, of(one))[0] for one in ("1.5", "2.0")] == [1, 3]


def test_where_nothing_was_fetched_nothing_is_clean(tmp_path: Path) -> None:
    path = tmp_path / "bill.json"
    path.write_text(json.dumps(of("2.0")))
    said = run(tmp_path / "home", "scan", str(path))
    assert (said.returncode, "asepsis feeds add" in said.stdout) == (3, True)


def test_old_data_is_not_relied_on(home: Path) -> None:
    path = home.parent / "bill.json"
    path.write_text(json.dumps(of("2.0")))
    said = run(home, "scan", str(path), "--max-age", "0")
    assert (said.returncode, "Not looked up, the data on its ecosystem is too old" in said.stdout) == (3, True)


def test_a_scan_waits_while_another_process_makes_the_index(home: Path) -> None:
    path = home.parent / "bill.json"
    path.write_text(json.dumps(BILL))
    command = [sys.executable, "-m", "asepsis", "scan", str(path), "--max-age", "99999", "--json"]
    for file in (home / "feeds").glob(f"{FILE}*"):
        file.unlink()
    with (home / "feeds" / LOCK).open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        begun = subprocess.Popen(command, stdout=subprocess.DEVNULL, env={**os.environ, "ASEPSIS_HOME": str(home)})
        with pytest.raises(subprocess.TimeoutExpired):
            begun.wait(timeout=4)
        assert not (home / "feeds" / FILE).exists()
    assert begun.wait() == 1


def test_a_folder_of_bills_is_scanned_at_once(home: Path) -> None:
    folder = home.parent / "bills"
    folder.mkdir()
    (folder / "one.json").write_text(json.dumps(BILL))
    said = run(home, "scan", str(folder), "--max-age", "99999")
    assert (said.returncode, said.stderr) == (1, "")
    assert (
        "1 of 1 components in 1 bill below bills were looked up; something is known, in doubt or not read of 1 bill."
        in said.stdout
    )
    value = json.loads(run(home, "scan", str(folder), "--max-age", "99999", "--json").stdout)
    assert [(one["file"], one["affected"]) for one in value["bills"]] == [("one.json", 1)]
    assert run(home, "scan", str(folder), "--format", "vdr").returncode == 4


def test_what_a_bill_holds_and_nobody_reads_is_not_clean_by_itself_or_in_a_folder(home: Path) -> None:
    fine = {"type": "library", "name": "requests", "version": "3.0", "purl": "pkg:pypi/requests@3.0"}
    nameless = {key: value for key, value in BILL["components"][0].items() if key != "name"}  # type: ignore[index]
    for components, code in (([fine], 0), ([fine, nameless], 3), ([fine, "rubbish"], 3)):
        ended, value = scanned(home, {**BILL, "components": components})
        assert (ended, value["not_read_count"], value["unknown"]) == (code, len(components) - 1, bool(code))
        folder = home.parent / f"bills-{code}"
        folder.mkdir(exist_ok=True)
        (folder / "bill.json").write_text(json.dumps({**BILL, "components": components}))
        for _ in ("the first time", "from what is kept"):
            assert run(home, "scan", str(folder), "--max-age", "99999").returncode == code
    said = run(home, "scan", str(home.parent / "bill.json"), "--max-age", "99999").stdout
    assert "What bill.json holds and was not read, so that nothing about it is clean: 1" in said


def test_what_is_no_bill_is_refused(home: Path) -> None:
    path = home.parent / "notes.txt"
    path.write_text("no bill")
    assert run(home, "scan", str(path)).returncode == 4


def test_a_scan_brings_in_no_store_and_no_reader_of_another_format(home: Path) -> None:
    path = home.parent / "bill.json"
    path.write_text(json.dumps(BILL))
    program = f"""
import sys
from asepsis.cli.commands import app
try:
    app(["scan", {str(path)!r}, "--max-age", "99999"])
except SystemExit as ended:
    print(ended.code, *({{"django", "pydantic", "yaml", "packaging", "ssl", "http", "rich", "duckdb"}} & set(sys.modules)))
"""
    said = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True, text=True, check=True, env={**os.environ, "ASEPSIS_HOME": str(home)},
    )  # fmt: skip
    assert said.stdout.splitlines()[-1] == "1"


def vex(home: Path, *statements: dict[str, Any]) -> Path:
    path = home.parent / "vex.json"
    value = {"@context": "https://openvex.dev/ns/v0.2.0", "timestamp": "2026-11-01T00:00:00Z", "statements": statements}
    path.write_text(json.dumps(value))
    return path


SAFE = {
    "vulnerability": {"name": "A-1"}, "products": [{"@id": "pkg:pypi/requests"}], "status": "not_affected",
    "justification": "vulnerable_code_not_present",
}  # fmt: skip


def test_what_others_decided_is_laid_over_with_a_receipt_for_each_statement(home: Path) -> None:
    file = vex(home, SAFE, SAFE | {"vulnerability": {"name": "A-2"}}, SAFE | {"products": []})
    code, found = scanned(home, BILL, "--vex", str(file))
    assert (code, [one["outcome"] for one in found["statements"]]) == (0, ["applied", "unmatched", "not read"])
    assert found["statements"][2]["why"] == "it names no product"
    assert found["components"][0]["findings"][0]["decision"]["status"] == "not-affected"


def test_that_a_supplier_says_affected_of_what_no_feed_knows_is_not_clean(home: Path) -> None:
    file = vex(home, SAFE | {"vulnerability": {"name": "A-2"}, "status": "affected", "action_statement": "Wait."})
    assert scanned(home, of("2.0"), "--vex", str(file))[0] == 3


@pytest.mark.parametrize("form", ["sarif", "vdr", "cyclonedx", "openvex", "csaf", "html"])
def test_each_form_is_written_to_a_file_or_given_out_as_it_is(home: Path, form: str) -> None:
    path, out = home.parent / "bill.json", home.parent / "out"
    path.write_text(json.dumps(BILL))
    asked = ["scan", str(path), "--max-age", "99999", "--format", form, "--namespace", "https://acme.example"]
    told, wrote = run(home, *asked), run(home, *asked, "--to", str(out))
    assert (told.returncode, wrote.returncode, told.stderr) == (1, 1, "")
    assert "A-1" in told.stdout
    assert "A-1" in out.read_text()
    if form != "html":
        json.loads(told.stdout)


def test_an_unknown_form_is_wrong_use_and_csaf_without_publisher_too(home: Path) -> None:
    path = home.parent / "bill.json"
    path.write_text(json.dumps(BILL))
    said = [run(home, "scan", str(path), "--format", one) for one in ("pdf", "csaf")]
    assert [one.returncode for one in said] == [2, 2]
    assert "--namespace" in said[1].stderr
