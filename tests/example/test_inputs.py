"""The inputs: read by the real readers, and in step with each other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from packaging.version import Version

from asepsis.example import inputs, known
from asepsis.exchange import cyclonedx, git, junit, manifest, package, sarif
from asepsis.exchange.source import Source

LABELS = {commit.request: "GW-CHG-1" for commit in inputs.COMMITS if commit.request}


@pytest.mark.parametrize("version", inputs.VERSIONS)
def test_a_bill_follows_its_schema_and_leaves_nothing_out(version: str) -> None:
    bill = cyclonedx.read(inputs.file("bills", f"{version}.cdx.json")).fact
    assert (bill.schema, bill.product_version, bill.build_id) == ("follows", version, inputs.BUILDS[version])
    lacking = [
        one.name
        for one in bill.components
        if not (one.supplier and one.version and one.purl and one.place != "unplaced")
    ]
    assert lacking == []


@pytest.mark.parametrize("version", inputs.VERSIONS)
def test_a_bill_made_again_lists_the_same(version: str) -> None:
    bill, again = (
        cyclonedx.read(inputs.file("bills", f"{version}{suffix}.cdx.json")).fact for suffix in ("", ".regenerated")
    )
    assert again.components == bill.components


@pytest.mark.parametrize("version", inputs.VERSIONS)
def test_a_scan_of_the_composition_sees_what_the_bill_lists(version: str) -> None:
    bill = cyclonedx.read(inputs.file("bills", f"{version}.cdx.json")).fact
    scan = cyclonedx.read(inputs.file("scans", f"{version}.composition.cdx.json")).fact
    assert {one.purl for one in scan.components} == {one.purl for one in bill.components}


def inside(affected: dict[str, Any], version: str) -> bool:
    """Return whether a version lies in a range of a package, as its authors order versions."""
    at, events = Version(version), [one["events"] for one in affected["ranges"] if one["type"] == "ECOSYSTEM"]
    for start, *ends in ([*map(dict, one)] for one in events):
        lowest = start["introduced"]
        below = all(
            at < Version(end["fixed"]) if "fixed" in end else at <= Version(end["last_affected"]) for end in ends
        )
        if (lowest == "0" or at >= Version(lowest)) and below:
            return True
    return False


@pytest.mark.parametrize(
    ("version", "day", "count"),
    [
        ("2.2.0", "2025-06-16", 0),
        ("2.2.0", "2026-05-06", 6),
        ("2.2.0", "2026-07-01", 17),
        ("2.3.0", "2026-05-06", 1),
        ("2.3.0", "2026-07-01", 11),
        ("2.4.0", "2026-07-01", 2),
        ("result-printer-1.9.0", "2026-07-01", 1),
    ],
)
def test_what_is_known_of_a_bill_is_what_the_ranges_of_the_advisories_hold(version: str, day: str, count: int) -> None:
    found = known.known(version, day).fact
    told = set()
    for line in inputs.file("advisories.jsonl").data.splitlines():
        advisory = json.loads(line)
        if advisory["published"][:10] > day:
            continue
        for one in cyclonedx.read(inputs.file("bills", f"{version}.cdx.json")).fact.components:
            about = (held for held in advisory["affected"] if held["package"]["name"].lower() == one.name.lower())
            if any(inside(held, one.version or "") for held in about):
                told.add((one.purl, advisory["id"], advisory["published"][:10]))
    assert len(told) == len(found.matches) == count
    for component, advisory, since in told:
        match = known.known(version, day).match(advisory)
        assert (match.component, match.result, match.first_seen) == (component, "affected", since)
    assert (found.not_looked_up, found.looked_up > 10 or version not in inputs.VERSIONS) == ((), True)


@pytest.mark.parametrize(
    "path", sorted((inputs.FOLDER / "junit").rglob("*.xml")), ids=lambda path: f"{path.parent.name}-{path.stem}"
)
def test_a_report_is_of_its_build_and_only_the_flood_fails(path: Path) -> None:
    report = junit.read(Source.file(path)).fact
    assert report.build_id == inputs.BUILDS[path.parent.name]
    failed = [one.automation_id.rpartition(".")[2] for one in report.cases if one.outcome != "pass"]
    assert failed == (["test_hl7_load_a_flood_of_add_segments_is_refused"] if path.stem == "add_segments" else [])


@pytest.mark.parametrize("version", inputs.VERSIONS)
def test_a_log_of_scans_holds_source_package_and_secrets(version: str) -> None:
    runs = sarif.read(inputs.file("sarif", f"{version}.sarif")).fact.runs
    assert {one.analysis for one in runs} == {"source", "binary", "secrets"}


def test_the_repository_is_the_same_each_time_and_names_requests_and_reviewers(tmp_path: Path) -> None:
    read = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        inputs.repository(folder, LABELS, "2.4.0")
        read.append(git.read(folder, to="v2.4.0", from_="v2.2.0", name="gateway").fact)
    assert read[0] == read[1]
    assert all(change.reviewers and not set(change.reviewers) & set(change.authors) for change in read[0].changes)
    assert {request for change in read[0].changes for request in change.requests} == {"GW-CHG-1"}


def test_every_change_of_the_repository_changes_something(tmp_path: Path) -> None:
    inputs.repository(tmp_path, LABELS, "2.4.0")
    source = git.read(tmp_path, to="v2.4.0", name="gateway").fact
    assert [change.summary for change in source.changes if not change.paths] == []
    assert sorted(path for path, _ in source.paths) == sorted(inputs.tree("2.4.0"))


def test_a_manifest_lists_each_file_of_its_package(tmp_path: Path) -> None:
    files = inputs.package("2.3.0", b"# Guide\n")
    listed = manifest.read(Source("MANIFEST", inputs.manifest(files, "2026-05-07T09:00:00Z"))).fact
    packed = package.read(inputs.laid(files, tmp_path)).fact
    assert [(one.path, one.sha256, one.size) for one in listed.files] == [
        (one.path, one.sha256, one.size) for one in packed.files
    ]
    assert "install.sh" in packed.executable
