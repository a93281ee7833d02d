"""The fleet: the same answers as a scan of each bill, an advisory to its bills, and a file that is only ever worked out."""

from __future__ import annotations

import json
import lzma
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from asepsis.advisories import matching
from asepsis.exchange.facts import Component
from asepsis.exchange.formats import bill_of
from asepsis.exchange.source import Source
from asepsis.jobs import fleet, indexing
from asepsis.jobs.feeds import Surroundings, added, update
from asepsis.jobs.shelf import Shelf

NOW = datetime(2026, 8, 10, tzinfo=UTC)
WORLD = Surroundings(lambda: NOW, lambda _: None, network=False)
ONE, TWO, THREE = ("1" * 64, "2" * 64, "3" * 64)


def record(name: str, package: str = "requests", ecosystem: str = "PyPI", **more: Any) -> dict[str, Any]:
    events = [{"introduced": "1.0"}, {"fixed": "2.0"}]
    affected = [
        {"package": {"ecosystem": ecosystem, "name": package}, "ranges": [{"type": "ECOSYSTEM", "events": events}]}
    ]
    return {"id": name, "modified": "2026-08-01T00:00:00Z", "affected": affected, **more}


def filled(folder: Path, *records: dict[str, Any]) -> Shelf:
    """Return a shelf with one feed of these records."""
    place = folder / "records"
    place.mkdir(exist_ok=True)
    for one in records:
        (place / f"{one['id']}.json").write_text(json.dumps(one))
    shelf = Shelf(folder / "feeds")
    feed = added("folder", name="own", url=str(place), records="osv")
    shelf.add(feed)
    assert update(shelf, feed, WORLD).result == "changed"
    return shelf


def brought_up_to_date(shelf: Shelf) -> Path:
    with indexing.opened(shelf):
        return shelf.folder / indexing.FILE


def bills_of(index: Path, folder: Path, *names: str) -> list[tuple[str, str]]:
    with fleet.opened(folder) as file:
        return [(hit.bill, hit.purl) for hit in file.touched_by(names, index)]


# --- the same answers as one bill -----------------------------------------------------------------------------------


def real_bills(shared: Path) -> Iterator[tuple[str, list[Component]]]:
    """Yield bills of public projects and the components of real health software."""
    for file in sorted((shared / "data/sboms/health-software").glob("*.purls")):
        yield file.stem, [Component(purl, purl=purl) for purl in file.read_text().split()]
    for file in sorted((shared / "data/sboms").glob("*.jsonl.xz")):
        for line in lzma.decompress(file.read_bytes()).decode().splitlines():
            found = json.loads(line)
            if found["bom"].get("bomFormat") == "CycloneDX":
                source = Source(found["path"], json.dumps(found["bom"]).encode())
                yield f"{file.name}/{found['path']}", list(bill_of(source).fact.components)


@pytest.fixture(scope="module")
def real(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    """A shelf with the real advisories of four ecosystems."""
    shelf = Shelf(tmp_path_factory.mktemp("real") / "feeds")
    for part in ("PyPI", "npm", "Packagist", "Debian"):
        feed = added("osv", part=part, url=str((shared / "data/advisories/osv").resolve()))
        shelf.add(feed)
        assert update(shelf, feed, WORLD).result == "changed"
    return shelf


def test_a_fleet_of_real_bills_is_matched_as_each_bill_is_by_itself(shared: Path, real: Shelf, tmp_path: Path) -> None:
    bills = dict(enumerate(real_bills(shared), start=1))
    with indexing.opened(real) as index, fleet.opened(tmp_path) as file:
        file.put((f"{n:064x}", [(one.purl, one.version) for one in bill]) for n, (_, bill) in bills.items())
        rows, found = file.match(index)
        names = dict(index.execute("SELECT id, name FROM advisory"))
        said: dict[int, set[str]] = {}
        for package, advisory in zip(found.package.tolist(), found.advisory.tolist(), strict=True):
            said.setdefault(package, set()).add(names[advisory])
        starts = {number: int((rows.bill < number).sum()) for number in bills}
        touched, hits = set(found.rows.tolist()), 0
        for number, (name, bill) in bills.items():
            scan = matching.scan(bill, index, bill="0" * 64, now=NOW, max_age_days=9_999)
            for at, one in enumerate(scan.components):
                where = (name, one.purl, one.version)
                assert (starts[number] + at in touched) == bool(one.findings), where
                records = said.get(int(rows.package[starts[number] + at]), set())
                called = [{finding.advisory, *finding.aliases} for finding in one.findings]
                assert all(group & records for group in called), where
                assert records <= set().union(*called), where
                hits += bool(one.findings)
    assert hits > 200


# --- from an advisory to its bills ----------------------------------------------------------------------------------


def test_an_advisory_finds_the_bills_whose_versions_lie_in_its_range(tmp_path: Path) -> None:
    index = brought_up_to_date(filled(tmp_path, record("A-1", aliases=["CVE-2026-1"]), record("A-2", "flask")))
    with fleet.opened(tmp_path) as file:
        file.put([(ONE, [("pkg:pypi/requests@1.5", None)]), (TWO, [("pkg:pypi/requests@2.0", None)])])
    assert bills_of(index, tmp_path, "A-1") == [(ONE, "pkg:pypi/requests@1.5")]
    assert bills_of(index, tmp_path, "CVE-2026-1") == [(ONE, "pkg:pypi/requests@1.5")]
    assert bills_of(index, tmp_path, "A-2", "A-9") == []


def test_a_version_that_nobody_told_may_be_touched(tmp_path: Path) -> None:
    index = brought_up_to_date(filled(tmp_path, record("A-1")))
    with fleet.opened(tmp_path) as file:
        file.put([(ONE, [("pkg:pypi/requests", None)]), (TWO, [("pkg:pypi/requests", "3.0")])])
    assert bills_of(index, tmp_path, "A-1") == [(ONE, "pkg:pypi/requests")]


def test_a_bill_is_put_in_once_and_can_be_taken_out(tmp_path: Path) -> None:
    index = brought_up_to_date(filled(tmp_path, record("A-1")))
    held = [("pkg:pypi/requests@1.5", None)]
    with fleet.opened(tmp_path) as file:
        assert (file.put([(ONE, held), (TWO, held), (ONE, held)]), file.put([(TWO, held)])) == (2, 0)
        assert file.keep_only(frozenset({TWO, THREE})) == 1
        assert file.digests() == {TWO}
    assert bills_of(index, tmp_path, "A-1") == [(TWO, held[0][0])]


def test_package_versions_that_no_bill_holds_any_more_are_thrown_away(tmp_path: Path) -> None:
    with fleet.opened(tmp_path) as file:
        file.put([(ONE, [("pkg:pypi/a@1", None), ("pkg:pypi/b@1", None)]), (TWO, [("pkg:pypi/b@1", None)])])
        file.keep_only(frozenset({TWO}))
        file.put([(THREE, [("pkg:pypi/c@1", None)])])
    with closing(sqlite3.connect(tmp_path / fleet.FILE)) as kept:
        assert kept.execute("SELECT purl FROM held ORDER BY purl").fetchall() == [("pkg:pypi/b@1",), ("pkg:pypi/c@1",)]
        assert kept.execute("SELECT count(*) FROM wanted").fetchone() == (2,)


def test_where_bills_stand_is_kept_by_ledger_and_what_has_a_place_and_no_bill_is_told(tmp_path: Path) -> None:
    places = [fleet.Place("r1", ONE, "p", "a"), fleet.Place("r2", ONE, "p", "b"), fleet.Place("r3", TWO, "q", "c")]
    with fleet.opened(tmp_path) as file:
        assert file.position("first") == -1
        file.put_places("first", 9, places, ())
        file.put([(ONE, [])])
        assert (file.position("first"), file.position("other")) == (9, -1)
        assert file.places([ONE]) == places[:2]
        assert file.missing() == {TWO}
        file.put_places("first", 12, [fleet.Place("r2", TWO, "p", "b")], ["r3"])
        assert [one.record for digest in (ONE, TWO) for one in file.places([digest])] == ["r1", "r2"]
        file.put_places("other", 3, [], ())
        assert (file.placed(), file.position("first")) == (frozenset(), -1)


def test_what_breaks_off_puts_in_nothing(tmp_path: Path) -> None:
    index = brought_up_to_date(filled(tmp_path, record("A-1")))

    def cut_off() -> Iterator[tuple[str, list[fleet.Package]]]:
        yield ONE, [("pkg:pypi/requests@1.5", None)]
        raise KeyboardInterrupt

    with fleet.opened(tmp_path) as file:
        with pytest.raises(KeyboardInterrupt):
            file.put(cut_off())
        assert file.digests() == frozenset()
        assert file.put([(TWO, [("pkg:pypi/requests@1.5", None)])]) == 1
    assert bills_of(index, tmp_path, "A-1") == [(TWO, "pkg:pypi/requests@1.5")]


def test_a_file_that_another_version_made_is_made_anew(tmp_path: Path) -> None:
    with fleet.opened(tmp_path) as file:
        file.put([(ONE, [("pkg:pypi/requests@1.5", None)])])
    with closing(sqlite3.connect(tmp_path / fleet.FILE)) as other:
        other.execute("PRAGMA user_version=1")
    with fleet.opened(tmp_path) as file:
        assert file.digests() == frozenset()
        assert file.put([(ONE, [])]) == 1


def test_a_fleet_of_nothing_is_touched_by_nothing(tmp_path: Path) -> None:
    shelf = filled(tmp_path, record("A-1"))
    with indexing.opened(shelf) as index, fleet.opened(tmp_path) as file:
        rows, found = file.match(index)
    assert (len(rows), len(found.rows), len(found.package)) == (0, 0, 0)


def test_what_is_no_database_is_told_and_what_to_do(tmp_path: Path) -> None:
    (tmp_path / fleet.FILE).write_text("no database, " * 99)
    with pytest.raises(indexing.BrokenIndexError, match=r"Delete|cannot be used"), fleet.opened(tmp_path):
        pass
