"""Feeds against a publisher on loopback: what is fetched, what is not fetched again, and what stays when it breaks."""

from __future__ import annotations

import gzip
import hashlib
import json
import lzma
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from asepsis.advisories.feeds import archive, nvd
from asepsis.advisories.feeds.sources import SOURCES
from asepsis.jobs.feeds import FeedPartError, NoFeedsError, UnknownSourceError, added, document
from asepsis.jobs.indexing import kind_of
from asepsis.jobs.shelf import (
    MOST_SEGMENTS,
    BusyFeedError,
    DamagedShelfError,
    Feed,
    FeedExistsError,
    FeedNameError,
    UnknownFeedError,
)
from tests.jobs.conftest import Desk, Fault, Publisher, vulnerability, zipped

ZIP, LIST = "/PyPI/all.zip", "/PyPI/modified_id.csv"


def pypi(desk: Desk, publisher: Publisher) -> Any:
    return desk.add("osv", part="PyPI", url=publisher.url)


# --- OSV ----------------------------------------------------------------------------------------------------------------


def test_the_first_update_takes_the_archive(desk: Desk, publisher: Publisher) -> None:
    publisher.osv(vulnerability(1), vulnerability(2))
    feed = pypi(desk, publisher)
    done = desk.update(feed)
    assert (done.result, done.changed, done.state.records) == ("changed", 2, 2)
    assert desk.records(feed) == {one["id"]: one for one in (vulnerability(1), vulnerability(2))}
    assert publisher.paths == [LIST, ZIP]
    assert done.state.covers == ("pypi",)
    assert done.state.as_of == done.state.checked_at == "2026-11-25T10:00:00Z"
    assert done.state.newest == "2026-11-01T00:00:00.123456Z"


def test_an_update_fetches_only_what_changed(desk: Desk, publisher: Publisher) -> None:
    publisher.osv(vulnerability(1), vulnerability(2))
    feed = pypi(desk, publisher)
    desk.update(feed)
    changed = vulnerability(2, day=3) | {"details": "otherwise"}
    publisher.osv(vulnerability(1), changed, vulnerability(3, day=2))
    publisher.asked.clear()
    done = desk.update(feed)
    assert publisher.paths == [LIST, "/PyPI/PYSEC-2026-3.json", "/PyPI/PYSEC-2026-2.json"]
    assert (done.result, done.changed, done.state.records) == ("changed", 2, 3)
    assert desk.records(feed)["PYSEC-2026-2"] == changed


def test_what_did_not_change_is_not_fetched_and_the_feed_is_of_today_all_the_same(
    desk: Desk, publisher: Publisher
) -> None:
    publisher.osv(vulnerability(1))
    feed = pypi(desk, publisher)
    desk.update(feed)
    publisher.asked.clear()
    done = desk.update(feed)
    assert (done.result, publisher.paths) == ("same", [LIST])
    assert publisher.asked[0].headers["if-none-match"]
    assert (done.state.as_of, done.state.records) == ("2026-11-25T11:00:00Z", 1)


def test_what_the_archive_lags_behind_is_fetched_behind_it(desk: Desk, publisher: Publisher) -> None:
    publisher.osv(vulnerability(1))
    lagging = publisher.documents[ZIP]
    publisher.osv(vulnerability(1, day=4), vulnerability(2, day=5))
    publisher.documents[ZIP] = lagging
    feed = pypi(desk, publisher)
    done = desk.update(feed)
    assert desk.records(feed) == {one["id"]: one for one in (vulnerability(1, day=4), vulnerability(2, day=5))}
    assert (done.changed, done.state.records) == (2, 2)


def test_a_feed_is_packed_once_it_has_been_updated_often(desk: Desk, publisher: Publisher) -> None:
    publisher.osv(vulnerability(1))
    feed = pypi(desk, publisher)
    desk.update(feed)
    for day in range(2, MOST_SEGMENTS + 6):
        publisher.osv(vulnerability(1, day=day), vulnerability(day, day=day))
        desk.update(feed)
    state = desk.state(feed)
    assert len(state.segments) <= MOST_SEGMENTS
    assert state.records == len(desk.records(feed)) == MOST_SEGMENTS + 5
    assert desk.records(feed)["PYSEC-2026-1"] == vulnerability(1, day=MOST_SEGMENTS + 5)
    named = {f"{segment.number:06}.records" for segment in state.segments}
    assert {path.name for path in desk.shelf.kept(feed).folder.glob("*.records")} == named


def test_a_publisher_without_a_list_of_changes_is_asked_for_its_archive_if_that_changed(
    desk: Desk, publisher: Publisher
) -> None:
    publisher.osv(vulnerability(1))
    del publisher.documents[LIST]
    feed = pypi(desk, publisher)
    assert desk.update(feed).result == "changed"
    assert desk.update(feed).result == "same"


# --- what breaks --------------------------------------------------------------------------------------------------------


def test_a_connection_that_is_cut_goes_on_where_it_stopped(desk: Desk, publisher: Publisher) -> None:
    publisher.osv(*map(vulnerability, range(200)))
    publisher.fail(ZIP, Fault(cut_after=1_000), Fault(cut_after=1_500))
    feed = pypi(desk, publisher)
    done = desk.update(feed)
    assert (done.result, done.state.records) == ("changed", 200)
    ranges = [one.headers.get("range") for one in publisher.asked if one.path == ZIP]
    assert ranges == [None, "bytes=1000-", "bytes=2500-"]
    assert desk.waited == [1.0, 2.0]


def test_a_cut_document_that_meanwhile_changed_is_fetched_from_its_start(desk: Desk, publisher: Publisher) -> None:
    publisher.osv(*map(vulnerability, range(50)))
    publisher.fail(ZIP, Fault(cut_after=500, body=zipped({"other.json": {"id": "other", "modified": ""}}) * 9))
    feed = pypi(desk, publisher)
    assert desk.update(feed).state.records == 50


def test_an_update_that_died_goes_on_with_what_it_had(desk: Desk, publisher: Publisher) -> None:
    publisher.osv(*map(vulnerability, range(200)))
    publisher.fail(ZIP, *[Fault(cut_after=100)] * 5)
    feed = pypi(desk, publisher)
    done = desk.update(feed)
    assert (done.result, done.state.records) == ("failed", 0)
    assert done.state.failure is not None
    assert done.state.failure.code == "feed-unreachable"
    publisher.asked.clear()
    assert desk.update(feed).state.records == 200
    assert publisher.paths == [ZIP]  # the list of changes came before, and is not asked for again
    assert publisher.asked[0].headers["range"] == "bytes=500-"


def test_an_update_that_died_a_day_ago_begins_anew(desk: Desk, publisher: Publisher) -> None:
    publisher.osv(*map(vulnerability, range(200)))
    publisher.fail(ZIP, *[Fault(cut_after=100)] * 5)
    feed = pypi(desk, publisher)
    desk.update(feed)
    publisher.asked.clear()
    desk.update(feed, later=timedelta(hours=25))
    assert publisher.paths == [LIST, ZIP]
    assert "range" not in publisher.asked[1].headers


def in_force_after_a_failure(desk: Desk, publisher: Publisher, code: str, *faults: Fault, path: str = ZIP) -> str:
    """Let an update work, and the next one fail; return what the failure says, the first state still being in force."""
    publisher.osv(vulnerability(1))
    del publisher.documents[LIST]  # so that the archive is asked for each time
    feed = pypi(desk, publisher)
    before = desk.update(feed).state
    publisher.osv(vulnerability(1), vulnerability(2))
    publisher.documents.pop(LIST)
    publisher.fail(path, *faults)
    done = desk.update(feed)
    assert done.result == "failed"
    failure = done.state.failure
    assert failure is not None
    assert failure.code == code
    assert set(desk.records(feed)) == {"PYSEC-2026-1"}
    assert (done.state.as_of, done.state.records, done.state.segments) == (before.as_of, 1, before.segments)
    # and once the publisher is well again, so is the feed
    well = desk.update(feed)
    assert (well.result, well.state.failure, set(desk.records(feed))) == (
        "changed",
        None,
        {"PYSEC-2026-1", "PYSEC-2026-2"},
    )
    return failure.message


def test_a_truncated_archive_leaves_the_last_good_state(desk: Desk, publisher: Publisher) -> None:
    whole = zipped({f"{number}.json": vulnerability(number) for number in range(50)})
    told = in_force_after_a_failure(desk, publisher, "feed-broken", Fault(body=whole[: len(whole) // 2]))
    assert "is not a whole zip archive" in told


def test_an_archive_with_a_flipped_bit_leaves_the_last_good_state(desk: Desk, publisher: Publisher) -> None:
    whole = bytearray(zipped({"a.json": vulnerability(1), "b.json": vulnerability(2)}))
    whole[60] ^= 0x10
    in_force_after_a_failure(desk, publisher, "feed-broken", Fault(body=bytes(whole)))


def test_an_archive_of_something_else_leaves_the_last_good_state(desk: Desk, publisher: Publisher) -> None:
    wrong = zipped({"a.json": b"<html>", "b.json": {"name": "no id"}, "c.json": vulnerability(1)})
    told = in_force_after_a_failure(desk, publisher, "feed-broken", Fault(body=wrong))
    assert "holds 1 records of osv and 2 that are none" in told


def test_an_archive_that_would_leave_its_folder_is_refused(desk: Desk, publisher: Publisher) -> None:
    for name in ("../../evil.json", "/etc/evil.json", "..\\evil.json", "C:/evil.json"):
        publisher.documents[ZIP] = zipped({name: vulnerability(1)})
        done = desk.update(pypi(desk, publisher))
        assert done.state.failure is not None
        assert "would leave its folder" in done.state.failure.message


def test_a_zip_bomb_is_refused_before_it_is_unpacked(
    desk: Desk, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher.documents[ZIP] = zipped({"a.json": b" " * 700_000_000})
    done = desk.update(pypi(desk, publisher))
    assert done.state.failure is not None
    assert "would unpack from" in done.state.failure.message


def test_a_member_that_is_larger_than_its_header_says_is_refused(
    desk: Desk, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "MOST_RECORD", 1_000)
    publisher.documents[ZIP] = zipped({"a.json": vulnerability(1) | {"details": "x" * 2_000}})
    done = desk.update(pypi(desk, publisher))
    assert done.state.failure is not None
    assert "holds a file of more than 1,000 bytes" in done.state.failure.message


def test_an_encrypted_archive_is_refused(desk: Desk, publisher: Publisher) -> None:
    whole = bytearray(zipped({"a.json": vulnerability(1)}))
    central = whole.index(b"PK\x01\x02")
    whole[6] |= 1
    whole[central + 8] |= 1
    publisher.documents[ZIP] = bytes(whole)
    done = desk.update(pypi(desk, publisher))
    assert done.state.failure is not None
    assert "encrypted" in done.state.failure.message


@pytest.mark.parametrize("status", [500, 502, 503, 429])
def test_a_publisher_that_stumbles_is_asked_again(desk: Desk, publisher: Publisher, status: int) -> None:
    publisher.osv(vulnerability(1))
    publisher.fail(ZIP, Fault(status), Fault(status))
    assert desk.update(pypi(desk, publisher)).result == "changed"
    assert desk.waited == [1.0, 2.0]


def test_a_pause_that_a_publisher_asks_for_is_kept(desk: Desk, publisher: Publisher) -> None:
    publisher.osv(vulnerability(1))
    date = (("Retry-After", "Wed, 25 Nov 2026 10:01:30 GMT"),)
    publisher.fail(ZIP, Fault(429, (("Retry-After", "17"),)), Fault(503, date))
    assert desk.update(pypi(desk, publisher)).result == "changed"
    assert desk.waited == [17.0, 90.0]


def test_a_publisher_that_asks_for_an_hour_is_left_alone(desk: Desk, publisher: Publisher) -> None:
    told = in_force_after_a_failure(desk, publisher, "feed-unreachable", Fault(429, (("Retry-After", "3600"),)))
    assert "asks for a pause of 3600 seconds" in told
    assert desk.waited == []


def test_a_publisher_that_stays_down_leaves_the_last_good_state(desk: Desk, publisher: Publisher) -> None:
    told = in_force_after_a_failure(desk, publisher, "feed-unreachable", *[Fault(500)] * 5)
    assert "answers 500" in told
    assert desk.waited == [1.0, 2.0, 4.0, 8.0]


def test_a_refusal_is_not_tried_again(desk: Desk, publisher: Publisher) -> None:
    in_force_after_a_failure(desk, publisher, "feed-unreachable", Fault(403))
    assert desk.waited == []


def test_a_document_that_is_too_large_is_not_read(
    desk: Desk, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    from asepsis.advisories.feeds import osv

    monkeypatch.setattr(osv, "MOST_ARCHIVE", 1_000)
    publisher.osv(*map(vulnerability, range(500)))
    done = desk.update(pypi(desk, publisher))
    assert done.state.failure is not None
    assert "at most 1,000 are read" in done.state.failure.message


def test_nothing_listens_there(desk: Desk, publisher: Publisher) -> None:
    feed = desk.add("kev", url="http://127.0.0.1:9/kev.json")
    done = desk.update(feed)
    assert done.state.failure is not None
    assert "cannot be reached" in done.state.failure.message


@pytest.mark.parametrize("url", ["http://example.org/kev.json", "ftp://example.org/kev.json", "gopher://x/"])
def test_what_comes_in_the_open_is_not_asked_for(desk: Desk, url: str) -> None:
    with pytest.raises(FeedPartError, match="comes by https or from a folder, not from"):
        desk.add("kev", url=url)
    feed = Feed("kev", "kev", url)  # as a file of feeds may name it that somebody wrote by hand
    desk.shelf.add(feed)
    done = desk.update(feed)
    assert done.state.failure is not None
    assert "is no https address" in done.state.failure.message


@pytest.mark.parametrize("part", ["../../etc", "Py/PI", "..", "PyPI?x", "", "a" * 100])
def test_what_is_no_name_of_an_ecosystem_is_refused(part: str) -> None:
    with pytest.raises(FeedPartError):
        added("osv", part=part)


def test_a_redirect_to_what_is_open_is_not_followed(desk: Desk, publisher: Publisher) -> None:
    publisher.documents["/kev.json"] = b"{}"
    publisher.fail("/kev.json", Fault(302, (("Location", "http://example.org/kev.json"),)))
    done = desk.update(desk.add("kev", url=f"{publisher.url}/kev.json"))
    assert done.state.failure is not None
    assert "http://example.org/kev.json is no https address" in done.state.failure.message


def test_a_redirect_is_followed_without_the_key(desk: Desk, publisher: Publisher, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("s3cret\n")
    page = {"startIndex": 0, "totalResults": 1, "vulnerabilities": [{"cve": {"id": "CVE-2026-1"}}]}
    publisher.documents["/moved"] = json.dumps(page).encode()
    asked = "/nvd?resultsPerPage=2000&startIndex=0"
    publisher.documents[asked] = b""
    publisher.fail(asked, Fault(302, (("Location", f"http://localhost:{publisher.port}/moved"),)))
    feed = desk.add("nvd", url=f"{publisher.url}/nvd", key_file=str(tmp_path / "key"))
    assert desk.update(feed).result == "changed"
    assert [one.headers.get("apikey") for one in publisher.asked] == ["s3cret", None]


def test_where_the_settings_rule_the_network_out_nothing_is_asked(desk: Desk, publisher: Publisher) -> None:
    publisher.osv(vulnerability(1))
    desk.network = False
    done = desk.update(pypi(desk, publisher))
    assert done.state.failure is not None
    assert (done.state.failure.code, publisher.paths) == ("feeds-network-off", [])


def test_two_updates_of_one_feed_do_not_meet(desk: Desk, publisher: Publisher) -> None:
    feed = pypi(desk, publisher)
    with desk.shelf.kept(feed).locked(), pytest.raises(BusyFeedError):
        desk.update(feed)


def test_a_damaged_segment_is_noticed_and_fetched_anew(desk: Desk, publisher: Publisher) -> None:
    publisher.osv(vulnerability(1), vulnerability(2))
    feed = pypi(desk, publisher)
    desk.update(feed)
    segment = next(desk.shelf.kept(feed).folder.glob("*.records"))
    segment.write_bytes(gzip.compress(b"PYSEC-2026-1\t{}\n"))
    with pytest.raises(DamagedShelfError, match="holds 1 records instead of 2"):
        desk.records(feed)
    segment.write_bytes(segment.read_bytes()[:-6])
    with pytest.raises(DamagedShelfError):
        desk.records(feed)
    assert desk.update(feed, whole=True).result == "changed"
    assert len(desk.records(feed)) == 2


def test_a_damaged_state_is_told_and_fetched_anew(desk: Desk, publisher: Publisher) -> None:
    publisher.osv(vulnerability(1))
    feed = pypi(desk, publisher)
    desk.update(feed)
    (desk.shelf.kept(feed).folder / "state.json").write_bytes(b"{")
    done = desk.update(feed)
    assert done.state.failure is not None
    assert done.state.failure.code == "feed-damaged"
    assert desk.update(feed, whole=True).state.records == 1


def test_bad_records_among_good_ones_are_left_out_and_named(desk: Desk, publisher: Publisher) -> None:
    files: dict[str, Any] = {f"{number}.json": vulnerability(number) for number in range(5)}
    publisher.documents[ZIP] = zipped(files | {"bad.json": b'{"id": 7}', "odd.json": {"id": "a\tb"}, "x.txt": b""})
    done = desk.update(pypi(desk, publisher))
    assert done.state.records == 5
    assert [what for what, _ in done.state.refused] == ["bad.json", "odd.json"]


# --- the other layouts --------------------------------------------------------------------------------------------------


def kev(count: int, told: int | None = None) -> bytes:
    listed = [{"cveID": f"CVE-2026-{number:04}", "dateAdded": "2026-11-20"} for number in range(count)]
    released = "2026-11-24T15:00:00Z"
    return json.dumps({"count": told or count, "dateReleased": released, "vulnerabilities": listed}).encode()


def test_kev_is_taken_whole_if_it_changed(desk: Desk, publisher: Publisher) -> None:
    publisher.documents["/kev.json"] = kev(3)
    feed = desk.add("kev", url=f"{publisher.url}/kev.json")
    assert (desk.update(feed).state.newest, len(desk.records(feed))) == ("2026-11-24T15:00:00Z", 3)
    assert desk.update(feed).result == "same"
    publisher.documents["/kev.json"] = kev(2)
    assert desk.update(feed).state.records == 2


def test_a_catalogue_that_counts_otherwise_is_not_whole(desk: Desk, publisher: Publisher) -> None:
    publisher.documents["/kev.json"] = kev(3, told=4)
    done = desk.update(desk.add("kev", url=f"{publisher.url}/kev.json"))
    assert done.state.failure is not None
    assert "counts 4 vulnerabilities and holds 3" in done.state.failure.message


EPSS = b"#model_version:v2026.03.01,score_date:2026-11-25T00:00:00+0000\ncve,epss,percentile\n"


@pytest.mark.parametrize("packed", [False, True])
def test_scores_of_epss_become_records_with_their_day(desk: Desk, publisher: Publisher, packed: bool) -> None:
    table = EPSS + b"CVE-2026-0001,0.18126,0.96946\r\nCVE-2026-0002,9.0e-05,1\n"
    publisher.documents["/epss"] = gzip.compress(table) if packed else table
    feed = desk.add("epss", url=f"{publisher.url}/epss")
    assert desk.update(feed).state.newest == "2026-11-25T00:00:00Z"
    assert desk.records(feed)["CVE-2026-0001"] == {
        "cve": "CVE-2026-0001",
        "epss": "0.18126",
        "percentile": "0.96946",
        "date": "2026-11-25T00:00:00+0000",
    }


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        (b"", "does not begin with the columns"),
        (b"<html>\n", "does not begin with the columns"),
        (EPSS, "holds no score"),
        (EPSS + b"CVE-2026-0001,0.1\n", "holds a line that is no score"),
        (EPSS + b"CVE-2026-0001,1.5,0.5\n", "holds a line that is no score"),
        (EPSS + b'CVE-2026-0001","x":"0,0.5,0.5\n', "holds a line that is no score"),
        (gzip.compress(EPSS + b"CVE-2026-0001,0.5,0.5\n" * 999)[:-20], "is not a whole compressed file"),
    ],
)
def test_a_table_that_is_no_table_of_scores_is_refused(
    desk: Desk, publisher: Publisher, table: bytes, reason: str
) -> None:
    publisher.documents["/epss"] = table
    done = desk.update(desk.add("epss", url=f"{publisher.url}/epss"))
    assert done.state.failure is not None
    assert reason in done.state.failure.message


def test_vulnrichment_takes_the_records_of_the_archive_and_nothing_else(desk: Desk, publisher: Publisher) -> None:
    publisher.documents["/develop.zip"] = zipped(
        {
            "vulnrichment-develop/2026/0xxx/CVE-2026-0001.json": {
                "cveMetadata": {"cveId": "CVE-2026-0001", "dateUpdated": "2026-11-02T01:02:03.456Z"}
            },
            "vulnrichment-develop/package.json": {"name": "x"},
        }
    )
    feed = desk.add("vulnrichment", url=f"{publisher.url}/develop.zip")
    done = desk.update(feed)
    assert (done.state.records, done.state.newest) == (1, "2026-11-02T01:02:03.456000Z")
    assert (kind_of(feed), desk.update(feed).result) == ("cve", "same")


# --- NVD ----------------------------------------------------------------------------------------------------------------


def pages(publisher: Publisher, count: int, window: str = "", total: int | None = None) -> None:
    for start in range(0, max(count, 1), nvd.PAGE):
        listed = [
            {"cve": {"id": f"CVE-2026-{number:05}", "lastModified": "2026-11-20T01:00:00.000"}}
            for number in range(start, min(start + nvd.PAGE, count))
        ]
        page = {"startIndex": start, "totalResults": total or count, "vulnerabilities": listed}
        path = f"/nvd?resultsPerPage={nvd.PAGE}&startIndex={start}{window}"
        publisher.documents[path] = json.dumps(page).encode()


def window(since: str, until: str) -> str:
    return f"&lastModStartDate={since}&lastModEndDate={until}"


def test_the_nvd_is_taken_page_by_page_with_its_pauses(
    desk: Desk, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nvd, "PAGE", 10)
    pages(publisher, 25)
    feed = desk.add("nvd", url=f"{publisher.url}/nvd")
    assert desk.update(feed).state.records == 25
    assert desk.waited == [6.0, 6.0]


def test_the_nvd_is_then_asked_for_what_was_modified_since(desk: Desk, publisher: Publisher) -> None:
    pages(publisher, 3)
    feed = desk.add("nvd", url=f"{publisher.url}/nvd")
    desk.update(feed)
    pages(publisher, 5, window("2026-11-25T10:00:00.000Z", "2026-11-25T11:00:00.000Z"))
    done = desk.update(feed)
    assert (done.result, done.changed, done.state.records) == ("changed", 5, 5)


def test_the_nvd_is_asked_in_windows_that_it_takes(desk: Desk, publisher: Publisher) -> None:
    pages(publisher, 3)
    feed = desk.add("nvd", url=f"{publisher.url}/nvd")
    desk.update(feed)
    pages(publisher, 1, window("2026-11-25T10:00:00.000Z", "2027-03-24T10:00:00.000Z"))
    pages(publisher, 4, window("2027-03-24T10:00:00.000Z", "2027-06-13T10:00:00.000Z"))
    done = desk.update(feed, later=timedelta(days=200))
    assert (done.result, done.state.records) == ("changed", 4)


def test_an_interrupted_load_of_the_nvd_goes_on_at_its_page(
    desk: Desk, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nvd, "PAGE", 10)
    pages(publisher, 45)
    third = "/nvd?resultsPerPage=10&startIndex=20"
    publisher.fail(third, *[Fault(503)] * 5)
    feed = desk.add("nvd", url=f"{publisher.url}/nvd")
    assert desk.update(feed).result == "failed"
    publisher.asked.clear()
    assert desk.update(feed).state.records == 45
    assert publisher.paths == [f"/nvd?resultsPerPage=10&startIndex={start}" for start in (20, 30, 40)]


def test_pages_that_fall_short_are_no_whole_nvd(desk: Desk, publisher: Publisher) -> None:
    pages(publisher, 3, total=4)
    publisher.documents["/nvd?resultsPerPage=2000&startIndex=3"] = json.dumps(
        {"startIndex": 3, "totalResults": 4, "vulnerabilities": []}
    ).encode()
    done = desk.update(desk.add("nvd", url=f"{publisher.url}/nvd"))
    assert done.state.failure is not None
    assert "is not the page that begins at 3 of 4" in done.state.failure.message


# --- CSAF ---------------------------------------------------------------------------------------------------------------


def csaf(number: int) -> bytes:
    tracking = {"id": f"SA-{number}", "current_release_date": "2026-11-10T00:00:00Z"}
    return json.dumps({"document": {"tracking": tracking, "publisher": {"namespace": "https://acme.example"}}}).encode()


def provide(publisher: Publisher, *numbers: int, rolie: bool = True, day: int = 10) -> None:
    """Publish documents as a CSAF provider does, with a digest for each."""
    root = publisher.url
    distribution: dict[str, Any] = {"directory_url": f"{root}/csaf/"}
    if rolie:
        distribution = {
            "rolie": {
                "feeds": [
                    {"url": f"{root}/csaf/feed.json", "tlp_label": "WHITE"},
                    {"url": f"{root}/csaf/secret.json", "tlp_label": "RED"},
                ]
            }
        }
    publisher.documents["/csaf/provider-metadata.json"] = json.dumps({"distributions": [distribution]}).encode()
    entries, changes = [], ""
    for number in numbers:
        path = f"/csaf/2026/sa-{number}.json"
        publisher.documents[path] = csaf(number)
        digest = hashlib.sha512(csaf(number)).hexdigest()
        publisher.documents[f"{path}.sha512"] = f"{digest}  sa-{number}.json\n".encode()
        links = [{"rel": "self", "href": f"{root}{path}"}, {"rel": "hash", "href": f"{root}{path}.sha512"}]
        entries.append({"id": f"SA-{number}", "updated": f"2026-11-{day:02}T00:00:{number:02}Z", "link": links})
        changes += f'"2026/sa-{number}.json","2026-11-{day:02}T00:00:{number:02}Z"\n'
    publisher.documents["/csaf/feed.json"] = json.dumps({"feed": {"id": "x", "entry": entries}}).encode()
    publisher.documents["/csaf/changes.csv"] = changes.encode()


@pytest.mark.parametrize("rolie", [True, False])
def test_a_provider_of_csaf_is_read_by_its_metadata(desk: Desk, publisher: Publisher, rolie: bool) -> None:
    provide(publisher, 1, 2, rolie=rolie)
    feed = desk.add("csaf", url=f"{publisher.url}/csaf/provider-metadata.json", name="acme")
    done = desk.update(feed)
    assert (done.result, set(desk.records(feed)), done.state.refused) == ("changed", {"SA-1", "SA-2"}, ())
    assert "OpenPGP signatures of the documents were not checked." in done.state.notes
    assert any("not for everybody" in note for note in done.state.notes) is rolie
    assert "/csaf/secret.json" not in publisher.paths
    publisher.asked.clear()
    assert desk.update(feed).result == "same"
    assert not [path for path in publisher.paths if path.startswith("/csaf/2026")]
    provide(publisher, 1, 2, 3, rolie=rolie)
    desk.update(feed)
    assert set(desk.records(feed)) == {"SA-1", "SA-2", "SA-3"}


@pytest.mark.parametrize("rolie", [True, False])
def test_a_document_that_does_not_fit_its_digest_is_left_out_and_asked_for_again(
    desk: Desk, publisher: Publisher, rolie: bool
) -> None:
    provide(publisher, 1, 2, rolie=rolie)
    publisher.documents["/csaf/2026/sa-1.json.sha512"] = b"0" * 128 + b"  sa-1.json\n"
    feed = desk.add("csaf", url=f"{publisher.url}/csaf/provider-metadata.json")
    done = desk.update(feed)
    assert set(desk.records(feed)) == {"SA-2"}
    assert [why for _, why in done.state.refused] == ["does not fit its digest (sa-1.json.sha512)"]
    provide(publisher, 1, 2, rolie=rolie)
    assert desk.update(feed).state.refused == ()
    assert set(desk.records(feed)) == {"SA-1", "SA-2"}


def test_documents_without_digest_are_taken_and_counted(desk: Desk, publisher: Publisher) -> None:
    provide(publisher, 1, 2, rolie=False)
    del publisher.documents["/csaf/2026/sa-2.json.sha512"]
    done = desk.update(desk.add("csaf", url=f"{publisher.url}/csaf/provider-metadata.json"))
    assert done.state.records == 2
    assert "1 documents came without a digest." in done.state.notes


def test_a_provider_that_names_files_of_this_machine_is_refused(desk: Desk, publisher: Publisher) -> None:
    provide(publisher, 1)
    entry = {"updated": "2026-11-10T00:00:00Z", "link": [{"rel": "self", "href": "file:///etc/passwd"}]}
    publisher.documents["/csaf/feed.json"] = json.dumps({"feed": {"entry": [entry]}}).encode()
    done = desk.update(desk.add("csaf", url=f"{publisher.url}/csaf/provider-metadata.json"))
    assert done.state.failure is not None
    assert "names a document at 'file:///etc/passwd'" in done.state.failure.message


# --- folders ------------------------------------------------------------------------------------------------------------


def test_a_folder_in_the_layout_of_a_publisher_is_read_without_network(
    desk: Desk, publisher: Publisher, tmp_path: Path
) -> None:
    publisher.osv(vulnerability(1), vulnerability(2))
    (tmp_path / "osv/PyPI").mkdir(parents=True)
    (tmp_path / "osv/PyPI/all.zip").write_bytes(publisher.documents[ZIP])
    desk.network = False
    feed = desk.add("osv", part="PyPI", url=str(tmp_path / "osv"))
    done = desk.update(feed)
    assert (done.result, done.state.records, publisher.paths) == ("changed", 2, [])
    assert done.state.as_of == "2026-11-01T00:00:00.123456Z"  # as new as its newest record, not as today
    assert desk.update(feed).result == "same"


def test_a_folder_of_records_is_read_in_every_form(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "records"
    (folder / "below/.git").mkdir(parents=True)
    (folder / "one.json").write_text(json.dumps(vulnerability(1), indent=2))
    (folder / "below/two.zip").write_bytes(zipped({"a.json": vulnerability(2)}))
    lines = b"".join(json.dumps(vulnerability(number)).encode() + b"\n" for number in (3, 4))
    (folder / "three.jsonl.gz").write_bytes(gzip.compress(lines + b"\n"))
    (folder / "below/.git/five.json").write_text(json.dumps(vulnerability(5)))
    (folder / "read.me").write_text("not a record")
    (folder / "linked.json").symlink_to("/etc/hostname")
    feed = desk.add("folder", url=str(folder), records="osv")
    assert desk.update(feed).state.records == 4
    assert set(desk.records(feed)) == {f"PYSEC-2026-{number}" for number in (1, 2, 3, 4)}
    assert desk.update(feed).result == "same"
    (folder / "one.json").unlink()
    assert desk.update(feed).state.records == 3


CWE_XML = b"""<?xml version="1.0"?><Weakness_Catalog Name="CWE" Date="2026-07-16" xmlns="http://cwe.mitre.org/cwe-7">
<Weaknesses>
 <Weakness ID="79" Name="Cross-site Scripting" Status="Stable"><Related_Attack_Patterns>
  <Related_Attack_Pattern CAPEC_ID="63"/></Related_Attack_Patterns></Weakness>
 <Weakness ID="1" Name="DEPRECATED: Location" Status="Deprecated"/>
</Weaknesses><Categories><Category ID="2" Name="7PK"/></Categories></Weakness_Catalog>"""


@pytest.mark.parametrize("packed", ["plain", "zip", "xz"])
def test_weaknesses_come_with_their_names_and_attack_patterns(desk: Desk, tmp_path: Path, packed: str) -> None:
    data = {"plain": CWE_XML, "zip": zipped({"cwec_v4.15.xml": CWE_XML}), "xz": lzma.compress(CWE_XML)}[packed]
    (tmp_path / "list").write_bytes(data)
    feed = desk.add("cwe", url=str(tmp_path / "list"))
    assert desk.update(feed).state.as_of == "2026-07-16T00:00:00Z"
    assert desk.records(feed) == {"CWE-79": {"id": "CWE-79", "name": "Cross-site Scripting", "of": ["CAPEC-63"]}}


@pytest.mark.parametrize(
    "data",
    [b"", b"<a", b"<Weakness_Catalog/>", zipped({"other.txt": b"x"}), CWE_XML[:200],
     b'<!DOCTYPE a [<!ENTITY b "c">]><Weakness_Catalog>&b;</Weakness_Catalog>'],
)  # fmt: skip
def test_what_is_no_list_of_weaknesses_leaves_the_last_good_state(desk: Desk, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "list").write_bytes(CWE_XML)
    feed = desk.add("cwe", url=str(tmp_path / "list"))
    desk.update(feed)
    (tmp_path / "list").write_bytes(data)
    found = desk.update(feed)
    assert (found.result, found.state.failure and found.state.failure.code) == ("failed", "feed-broken")
    assert list(desk.records(feed)) == ["CWE-79"]


def pattern(number: int, name: str, **more: Any) -> dict[str, Any]:
    references = [
        {"source_name": "capec", "external_id": f"CAPEC-{number}"},
        {"source_name": "cwe", "external_id": "CWE-79"},
    ]
    about = {"type": "attack-pattern", "name": name, "modified": "2026-01-02T00:00:00Z"}
    return {"objects": [about | {"external_references": references} | more]}


def test_attack_patterns_come_from_a_bundle_or_from_one_on_each_line(desk: Desk, tmp_path: Path) -> None:
    old = pattern(1, "Old", x_capec_status="Deprecated")
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, (pattern(63, "Scripting"), old))))
    (tmp_path / "b.json").write_text(json.dumps(pattern(66, "Injection")))
    (tmp_path / "c.json").write_text('{"objects": [{"type": "identity"}]}')
    lines, bundle, other = (
        desk.add("capec", name=one[0], url=str(tmp_path / one)) for one in ("a.jsonl", "b.json", "c.json")
    )
    assert desk.update(lines).state.as_of == "2026-01-02T00:00:00Z"
    assert desk.records(lines) == {"CAPEC-63": {"id": "CAPEC-63", "name": "Scripting", "of": ["CWE-79"]}}
    assert desk.update(bundle).state.records == 1
    assert desk.update(other).state.failure is not None


def test_the_real_lists_of_weaknesses_and_attack_patterns_are_read(desk: Desk, shared: Path) -> None:
    lists = {"cwe": "cwe-4.15.xml.xz", "capec": "capec-2.1-attack-patterns.jsonl.xz"}
    found = {name: desk.add(name, url=str(shared / "data/catalogues" / file)) for name, file in lists.items()}
    for feed in found.values():
        assert desk.update(feed).result == "changed"
    assert desk.records(found["cwe"])["CWE-79"]["name"].startswith("Improper Neutralization of Input")
    assert "CWE-79" in desk.records(found["capec"])["CAPEC-63"]["of"]


def nvd_record(name: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "lastModified": "2026-08-01T00:00:00Z", **more}


def test_a_folder_takes_the_nvd_as_pages_entries_and_corrected_entries(desk: Desk, tmp_path: Path) -> None:
    page = {"totalResults": 2, "vulnerabilities": [{"cve": nvd_record(f"CVE-2026-{n}")} for n in (1, 2)]}
    note = {"cve_id": "CVE-2026-3", "modified": "2026-08-02T00:00:00Z", "reason": "none of ours"}
    files = {
        "page.json": json.dumps(page).encode(),
        "year.json.gz": gzip.compress(json.dumps({"vulnerabilities": [{"cve": nvd_record("CVE-2026-5")}]}).encode()),
        "year.json.xz": lzma.compress(json.dumps(nvd_record("CVE-2026-6")).encode()),
        "corrected.jsonl": json.dumps({"_annotation": note, "cve": {"configurations": []}}).encode(),
        "entry.json": json.dumps({"cve": nvd_record("CVE-2026-4")}).encode(),
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    feed = desk.add("folder", url=str(tmp_path), records="nvd")
    assert desk.update(feed).result == "changed"
    assert sorted(desk.records(feed)) == [f"CVE-2026-{n}" for n in range(1, 7)]
    assert desk.records(feed)["CVE-2026-3"] == {
        "id": "CVE-2026-3",
        "lastModified": note["modified"],
        "configurations": [],
    }


@pytest.mark.parametrize("name", ["cut.json.gz", "cut.json.xz"])
def test_a_compressed_document_that_is_not_whole_leaves_the_last_good_state(
    desk: Desk, tmp_path: Path, name: str
) -> None:
    data = json.dumps(nvd_record("CVE-2026-1", more="x" * 999)).encode()
    (tmp_path / name).write_bytes((gzip.compress(data) if name.endswith("gz") else lzma.compress(data))[:-9])
    assert desk.update(desk.add("folder", url=str(tmp_path), records="nvd")).state.failure is not None


def test_a_compressed_document_past_the_bound_is_not_unpacked(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "MOST_DOCUMENT", 1_000)
    (tmp_path / "big.json.gz").write_bytes(
        gzip.compress(json.dumps(nvd_record("CVE-2026-1", more="x" * 9_999)).encode())
    )
    failure = desk.update(desk.add("folder", url=str(tmp_path), records="nvd")).state.failure
    assert failure is not None
    assert "unpacks to more than 1,000 bytes" in failure.message


def test_a_folder_covers_what_is_said_of_it_and_only_packages_can_be_covered(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "A.json").write_text(json.dumps(vulnerability(1)))
    feed = desk.add("folder", url=str(tmp_path), records="osv", covers=("PyPI", "crates.io", "Debian:12", "PyPI"))
    assert desk.update(feed).state.covers == ("pypi", "cargo", "deb")  # in the words of package URLs, as checks ask
    with pytest.raises(FeedPartError, match="--covers"):
        added("folder", records="nvd", url="x", covers=("PyPI",))
    with pytest.raises(FeedPartError, match="--covers"):
        added("kev", covers=("PyPI",))


def test_scores_that_do_not_tell_their_day_are_of_the_day_in_the_name_of_the_file(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "epss_scores-2026-08-16.csv"
    path.write_text("CVE;epss;percentile\nCVE-2026-1000;0.5;0.9\n")
    feed = desk.add("epss", url=str(path))
    assert desk.update(feed).state.as_of == "2026-08-16T00:00:00Z"
    assert desk.records(feed)["CVE-2026-1000"]["date"] == "2026-08-16"


def test_a_record_that_comes_twice_counts_once_and_the_last_stays(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "records"
    folder.mkdir()
    for at, number in enumerate((1, 2, 1)):
        (folder / f"{at}.json").write_text(json.dumps(vulnerability(number) | {"details": str(at)}))
    feed = desk.add("folder", url=str(folder), records="osv")
    assert desk.update(feed).state.records == 2
    assert desk.records(feed)["PYSEC-2026-1"]["details"] == "2"


def test_a_folder_that_is_gone_leaves_the_last_good_state(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "records"
    folder.mkdir()
    (folder / "one.json").write_text(json.dumps(vulnerability(1)))
    feed = desk.add("folder", url=str(folder), records="osv")
    desk.update(feed)
    (folder / "one.json").unlink()
    folder.rmdir()
    done = desk.update(feed)
    assert (done.result, len(desk.records(feed))) == ("failed", 1)


# --- adding, and the document -------------------------------------------------------------------------------------------


def test_every_source_can_be_added() -> None:
    words: dict[str, dict[str, Any]] = {
        "osv": {"part": "Debian"},
        "csaf": {"url": "https://acme.example/.well-known/csaf/provider-metadata.json"},
        "folder": {"url": "records", "records": "osv"},
    }
    assert {added(name, **words.get(name, {})).source for name in SOURCES} == set(SOURCES)
    assert added("osv", part="crates.io").name == "osv-crates.io"
    assert added("osv", part="Rocky Linux:9").name == "osv-rocky-linux-9"


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ({"source": "osv"}, "needs an ecosystem"),
        ({"source": "kev", "part": "PyPI"}, "takes no --part"),
        ({"source": "kev", "records": "kev"}, "takes no --records"),
        ({"source": "folder", "url": "x"}, "needs what its records are"),
        ({"source": "folder", "url": "x", "records": "poem"}, "needs what its records are"),
        ({"source": "csaf"}, "needs an address"),
    ],
)
def test_a_feed_that_lacks_something_is_refused(words: dict[str, Any], problem: str) -> None:
    with pytest.raises(FeedPartError, match=problem):
        added(**words)


def test_a_source_that_nobody_knows_is_refused() -> None:
    with pytest.raises(UnknownSourceError, match="no source 'gopher'"):
        added("gopher")


def test_a_name_is_given_once_and_fits_a_folder(desk: Desk) -> None:
    assert desk.shelf.add(added("kev"))
    assert not desk.shelf.add(added("kev"))
    with pytest.raises(FeedExistsError):
        desk.shelf.add(added("kev", url="https://other.example/kev.json"))
    for name in ("../kev", "", "KEV", ".kev", "k" * 65):
        with pytest.raises(FeedNameError):
            desk.shelf.add(added("kev", name=name or "-"))


def test_a_feed_that_is_removed_is_gone(desk: Desk, publisher: Publisher) -> None:
    publisher.osv(vulnerability(1))
    feed = pypi(desk, publisher)
    desk.update(feed)
    desk.shelf.remove(feed.name)
    assert (desk.shelf.feeds(), desk.shelf.kept(feed).folder.exists()) == ((), False)
    with pytest.raises(UnknownFeedError):
        desk.shelf.remove(feed.name)


def test_the_document_of_feeds_is_as_old_as_the_oldest_and_leaves_out_what_was_never_fetched(
    desk: Desk, publisher: Publisher
) -> None:
    with pytest.raises(NoFeedsError):
        document(desk.shelf)
    publisher.osv(vulnerability(1))
    publisher.documents["/kev.json"] = kev(3)
    desk.update(pypi(desk, publisher))
    desk.update(desk.add("kev", url=f"{publisher.url}/kev.json"))
    desk.add("epss")
    found = document(desk.shelf)
    assert (found.as_of, [one.name for one in found.feeds]) == ("2026-11-25T10:00:00Z", ["kev", "osv-pypi"])
    assert [(one.records, one.covers) for one in found.feeds] == [(3, ()), (1, ("pypi",))]
