"""A folder of bills is laid against the feeds at once: as each bill by itself, read once, and nothing called clean unseen."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from asepsis.advisories.findings import Result
from asepsis.exchange.bill import Bill
from asepsis.exchange.formats import bill_of
from asepsis.exchange.source import Source
from asepsis.jobs import bill_folder, indexing
from asepsis.jobs.bill_folder import FolderScan, NoFolderError
from asepsis.jobs.feeds import added, update
from asepsis.jobs.shelf import Shelf
from tests.jobs.test_fleet import NOW, WORLD, record


def bill(*purls: str | None) -> str:
    components = [
        {"type": "library", "name": f"c{at}"} | ({"purl": one} if one else {}) for at, one in enumerate(purls)
    ]
    return json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": components})


def shelf(folder: Path, covers: Sequence[str] = ("PyPI",), *records: dict[str, Any]) -> Shelf:
    place = folder / "records"
    place.mkdir(exist_ok=True)
    for one in records or (record("A-1", aliases=["CVE-2026-1"]), record("B-1", aliases=["CVE-2026-1"])):
        (place / f"{one['id']}.json").write_text(json.dumps(one))
    found = Shelf(folder / "feeds")
    feed = added("folder", name="own", url=str(place), records="osv", covers=tuple(covers))
    found.add(feed)
    update(found, feed, WORLD)
    return found


def scanned(folder: Path, feeds: Shelf, days: int = 9_999) -> FolderScan:
    return bill_folder.scan(folder, feeds, now=NOW, max_age_days=days)


@pytest.fixture
def bills(tmp_path: Path) -> Path:
    folder = tmp_path / "bills"
    (folder / "below").mkdir(parents=True)
    (folder / ".hidden").mkdir()
    (folder / "a.json").write_text(bill("pkg:pypi/requests@1.5", "pkg:pypi/requests@1.5", "pkg:pypi/flask@1"))
    (folder / "below" / "b.json").write_text(
        bill("pkg:pypi/Requests@1.5", "pkg:pypi/requests", "pkg:pypi/requests@2.0")
    )
    (folder / ".hidden" / "c.json").write_text(bill("pkg:pypi/requests@1.5"))
    return folder


def test_each_bill_tells_its_rows_and_each_package_version_its_findings_and_files(tmp_path: Path, bills: Path) -> None:
    found = scanned(bills, shelf(tmp_path))
    assert [(one.file, one.components, one.looked_up, one.affected, one.undetermined) for one in found.bills] == [
        ("a.json", 3, 3, 2, 0), ("below/b.json", 3, 3, 1, 1),
    ]  # fmt: skip
    told = {(one.purl, one.version): (one.files, [each.result for each in one.findings]) for one in found.packages}
    assert told == {
        ("pkg:pypi/requests@1.5", None): (("a.json",), [Result.AFFECTED]),
        ("pkg:pypi/Requests@1.5", None): (("below/b.json",), [Result.AFFECTED]),
        ("pkg:pypi/requests", None): (("below/b.json",), [Result.UNDETERMINED]),
    }
    assert (found.affected, found.not_known, found.not_read) == (True, True, ())


def test_the_second_time_no_bill_is_read_and_what_changed_is(
    tmp_path: Path, bills: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    feeds, read = shelf(tmp_path), list[str]()
    first = scanned(bills, feeds)

    def reading(source: Source) -> Bill:
        read.append(source.name)
        return bill_of(source)

    monkeypatch.setattr("asepsis.jobs.bill_folder.bill_of", reading)
    assert (scanned(bills, feeds), read) == (first, [])
    (bills / "a.json").write_text(bill("pkg:pypi/requests@3.0"))
    (bills / "below" / "b.json").unlink()
    again = scanned(bills, feeds)
    assert (read, again.packages, again.affected, again.not_known) == (["a.json"], (), False, False)


def test_a_file_that_is_in_the_folder_twice_is_told_twice(tmp_path: Path, bills: Path) -> None:
    (bills / "z.json").write_bytes((bills / "a.json").read_bytes())
    found = scanned(bills, shelf(tmp_path))
    assert [one.file for one in found.bills if one.affected == 2] == ["a.json", "z.json"]
    assert next(one for one in found.packages if one.purl == "pkg:pypi/requests@1.5").files == ("a.json", "z.json")


@pytest.mark.parametrize("how", ["not covered", "old", "no bill", "no package URL", "empty bill", "empty folder"])
def test_what_was_not_looked_at_is_not_clean(tmp_path: Path, how: str) -> None:
    folder = tmp_path / "bills"
    folder.mkdir()
    if how != "empty folder":
        purls = (
            ["pkg:pypi/flask@1", None]
            if how == "no package URL"
            else []
            if how == "empty bill"
            else ["pkg:pypi/flask@1"]
        )
        (folder / "a.json").write_text(bill(*purls))
    if how == "no bill":
        (folder / "notes.txt").write_text("no bill")
    feeds = shelf(tmp_path, () if how == "not covered" else ("PyPI",))
    found = scanned(folder, feeds, days=0 if how == "old" else 9_999)
    assert (found.affected, found.not_known) == (False, True)
    assert [file for file, _ in found.not_read] == (["notes.txt"] if how == "no bill" else [])


def test_a_folder_that_is_not_there_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(NoFolderError, match=r"nowhere cannot be gone through: no such file"):
        scanned(tmp_path / "nowhere", shelf(tmp_path))


def test_a_changed_advisory_is_seen_without_reading_a_bill(tmp_path: Path, bills: Path) -> None:
    feeds = shelf(tmp_path)
    scanned(bills, feeds)
    (tmp_path / "records" / "A-1.json").write_text(json.dumps(record("A-1", "flask", modified="2026-08-02T00:00:00Z")))
    update(feeds, feeds.feed("own"), WORLD)
    with indexing.opened(feeds):
        pass
    assert "pkg:pypi/flask@1" in {one.purl for one in scanned(bills, feeds).packages}


def test_many_bills_are_read_by_several_processes_and_say_the_same(
    tmp_path: Path, bills: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (bills / "notes.txt").write_text("no bill")
    feeds = shelf(tmp_path)
    alone = scanned(bills, feeds)
    monkeypatch.setattr("asepsis.jobs.bill_folder.FEW", 1)
    together = scanned(bills.rename(tmp_path / "elsewhere"), feeds)
    assert (together.bills, together.packages, together.not_read) == (alone.bills, alone.packages, alone.not_read)


def test_a_bill_that_changes_while_it_is_read_is_not_taken(
    tmp_path: Path, bills: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (bills / "below" / "b.json").unlink()
    reading = Source.file
    seen: list[str] = []

    def file(path: Path) -> Source:
        seen.append(path.name)
        if len(seen) == 2:
            path.write_text(bill("pkg:pypi/flask@2"))
        return reading(path)

    monkeypatch.setattr("asepsis.jobs.bill_folder.Document.file", file)
    found = scanned(bills, shelf(tmp_path))
    assert (found.not_read, found.not_known) == ((("a.json", "It was changed while it was read."),), True)


def test_what_is_exploited_stands_first_then_what_is_affected(tmp_path: Path, bills: Path) -> None:
    (bills / "c.json").write_text(bill("pkg:pypi/zope@1.5"))
    feeds = shelf(tmp_path, ("PyPI",), record("A-1"), record("Z-1", "zope", aliases=["CVE-2026-7"]))
    listed = {"title": "x", "catalogVersion": "1", "dateReleased": "2026-08-01T00:00:00Z", "count": 1}
    kev = tmp_path / "kev.json"
    kev.write_text(json.dumps({**listed, "vulnerabilities": [{"cveID": "CVE-2026-7", "dateAdded": "2026-07-01"}]}))
    feed = added("kev", url=kev.as_uri())
    feeds.add(feed)
    assert update(feeds, feed, WORLD).result == "changed"
    assert [one.purl for one in scanned(bills, feeds).packages] == [
        "pkg:pypi/zope@1.5", "pkg:pypi/Requests@1.5", "pkg:pypi/requests@1.5", "pkg:pypi/requests",
    ]  # fmt: skip
