"""A bill laid against the index: three answers with their reason, and nothing called clean that was not looked at."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from asepsis.advisories import index, matching
from asepsis.advisories.findings import LookedUp, Result, Scan
from asepsis.advisories.index import Given, bring_up_to_date
from asepsis.advisories.notice import Ssvc
from asepsis.exchange.facts import Component

NOW = datetime(2026, 8, 10, tzinfo=UTC)
FRESH = "2026-08-09T00:00:00Z"
OLD = "2026-08-02T23:59:59Z"
RANGE = ({"introduced": "1.0"}, {"fixed": "2.0"})


def record(
    name: str, *events: dict[str, str], package: str = "requests", ecosystem: str = "PyPI", **more: Any
) -> bytes:
    ranges = [{"type": "ECOSYSTEM", "events": list(events)}]
    affected = [{"package": {"ecosystem": ecosystem, "name": package}, "ranges": ranges}]
    return json.dumps({"id": name, "modified": "2026-08-01T00:00:00Z", "affected": affected, **more}).encode()


def feed(*records: bytes, name: str = "osv-pypi", **more: Any) -> Given:
    fields: dict[str, Any] = {"kind": "osv", "as_of": FRESH, "covers": ("PyPI",), "segments": ("1",)} | more

    def given(segments: Sequence[str]) -> Iterable[bytes]:
        return records

    return Given(name, records=given, **fields)


def cve(name: str, *affected: dict[str, Any], state: str = "PUBLISHED") -> bytes:
    """Return a record of the CVE list, with a rating and the answers of SSVC."""
    options = [{"Exploitation": "active"}, {"Automatable": "yes"}, {"Technical Impact": "total"}]
    content = {"options": options, "timestamp": "2026-08-01T00:00:00Z"}
    metrics = [{"cvssV3_1": {"vectorString": "CVSS:3.1/AV:N"}}, {"other": {"type": "ssvc", "content": content}}]
    problems = [{"descriptions": [{"cweId": "CWE-79"}]}]
    cna = {"affected": list(affected), "metrics": metrics, "problemTypes": problems}
    return json.dumps({"cveMetadata": {"cveId": name, "state": state}, "containers": {"cna": cna}}).encode()


def nvd(name: str, *matches: dict[str, Any]) -> bytes:
    """Return a record of the NVD."""
    nodes = [{"operator": "OR", "negate": False, "cpeMatch": list(matches)}]
    return json.dumps({"id": name, "configurations": [{"nodes": nodes}]}).encode()


def csaf(
    name: str, *, vendor: str = "Acme", product: str = "Pump", versions: str = "< 2.0", cve: str = "CVE-2026-1"
) -> bytes:
    """Return an advisory of a provider of CSAF on one product."""
    leaf = {"category": "product_version_range", "name": versions, "product": {"product_id": "P", "name": product}}
    tree = {
        "category": "vendor",
        "name": vendor,
        "branches": [{"category": "product_name", "name": product, "branches": [leaf]}],
    }
    return json.dumps(
        {
            "document": {"tracking": {"id": name}, "publisher": {"namespace": "x"}},
            "product_tree": {"branches": [tree]},
            "vulnerabilities": [{"cve": cve, "product_status": {"known_affected": ["P"]}}],
        }
    ).encode()


PUMP = {"criteria": "cpe:2.3:a:acme:pump:*:*:*:*:*:*:*:*", "versionEndExcluding": "2.0", "vulnerable": True}
ACME = {
    "vendor": "Acme", "product": "Pump", "defaultStatus": "unaffected",
    "versions": [{"version": "0", "lessThan": "2.0", "status": "affected"}],
}  # fmt: skip
NAMING = {"cve": cve("CVE-2026-1", ACME), "nvd": nvd("CVE-2026-1", PUMP), "csaf": csaf("ADV-1")}
"""A record of each kind that names the pump of Acme below 2.0."""


def scanned(folder: Path, feeds: Sequence[Given], *purls: str, days: int = 7, **component: Any) -> Scan:
    components = [Component(purl.partition("@")[0].rpartition("/")[2], purl=purl, **component) for purl in purls]
    with closing(connected(folder)) as opened:
        bring_up_to_date(opened, feeds)
        return matching.scan(components, opened, bill="0" * 64, now=NOW, max_age_days=days)


def connected(folder: Path) -> sqlite3.Connection:
    return sqlite3.connect(folder / "index.sqlite3", isolation_level=None)


def brought(folder: Path, *feeds: Given) -> bool:
    with closing(connected(folder)) as opened:
        return bring_up_to_date(opened, feeds)


def results(found: Scan, at: int = 0) -> list[tuple[str, Result]]:
    return [(one.advisory, one.result) for one in found.components[at].findings]


# --- three answers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "result"),
    [("0.9", []), ("1.0", [("A-1", Result.AFFECTED)]), ("1.99", [("A-1", Result.AFFECTED)]), ("2.0", [])],
)
def test_a_version_is_affected_from_the_beginning_of_the_range_up_to_its_end(
    tmp_path: Path, version: str, result: list[tuple[str, Result]]
) -> None:
    found = scanned(tmp_path, [feed(record("A-1", *RANGE))], f"pkg:pypi/Requests@{version}")
    assert (results(found), found.not_known) == (result, False)


def test_a_finding_says_why_what_repairs_it_and_who_else_says_so(tmp_path: Path) -> None:
    own = feed(
        record("A-1", *RANGE, aliases=["CVE-2026-1"], severity=[{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N"}]),
        record("B-1", {"introduced": "0"}, {"fixed": "1.5"}, aliases=["CVE-2026-1"]),
        record("C-1", {"introduced": "1.2"}, aliases=["B-1"]),
    )
    exploited = feed(b'{"cveID":"CVE-2026-1","dateAdded":"2026-08-03"}', name="kev", kind="kev", covers=())
    scored = feed(b'{"cve":"CVE-2026-1","epss":"0.5","percentile":"0.9"}', name="epss", kind="epss", covers=())
    (one,) = scanned(tmp_path, [own, exploited, scored], "pkg:pypi/requests@1.7").components[0].findings
    assert (one.advisory, one.result, one.reason, one.fixed) == ("A-1", Result.AFFECTED, matching.IN_RANGE, ("2.0",))
    assert (one.aliases, one.agrees, one.says_otherwise) == (("B-1", "C-1", "CVE-2026-1"), ("C-1",), ("B-1",))
    assert (one.kev, one.epss, one.severity) == ("2026-08-03", "0.5", (("CVSS_V3", "CVSS:3.1/AV:N"),))


@pytest.mark.parametrize("version", ["", "@latest%20build"])
def test_a_version_that_nobody_tells_or_orders_is_undetermined(tmp_path: Path, version: str) -> None:
    found = scanned(tmp_path, [feed(record("A-1", *RANGE))], f"pkg:pypi/requests{version}")
    assert (results(found), found.affected, found.not_known) == ([("A-1", Result.UNDETERMINED)], False, True)


def test_a_version_that_a_record_names_as_it_is_written_is_affected(tmp_path: Path) -> None:
    affected = [{"package": {"ecosystem": "PyPI", "name": "requests"}, "versions": ["odd one"]}]
    named = json.dumps({"id": "A-1", "affected": affected}).encode()
    found = scanned(tmp_path, [feed(named)], "pkg:pypi/requests@odd%20one")
    assert found.components[0].findings[0].reason == matching.NAMED


def test_a_record_with_a_bound_that_nothing_orders_is_undetermined_and_says_so(tmp_path: Path) -> None:
    found = scanned(tmp_path, [feed(record("A-1", {"introduced": "0"}, {"fixed": "odd one"}))], "pkg:pypi/requests@1.0")
    assert found.components[0].findings[0].reason == "its bound odd one cannot be ordered"


def test_what_was_withdrawn_is_not_told(tmp_path: Path) -> None:
    found = scanned(tmp_path, [feed(record("A-1", *RANGE, withdrawn="2026-01-01T00:00:00Z"))], "pkg:pypi/requests@1.0")
    assert results(found) == []


@pytest.mark.parametrize(
    ("distro", "result"),
    [("?distro=debian-12", Result.AFFECTED), ("?distro=debian-11", None), ("", Result.UNDETERMINED)],
)
def test_a_release_of_a_distribution_counts_and_without_one_nothing_is_told(
    tmp_path: Path, distro: str, result: Result | None
) -> None:
    given = feed(
        record("D-1", {"introduced": "0"}, {"fixed": "2"}, package="curl", ecosystem="Debian:12"), covers=("Debian",)
    )
    source = f"{distro}{'&' if distro else '?'}arch=source"
    found = scanned(tmp_path, [given], f"pkg:deb/debian/curl@1-1{source}")
    assert [one.result for one in found.components[0].findings] == ([] if result is None else [result])


def test_a_release_that_no_record_names_was_not_looked_up(tmp_path: Path) -> None:
    given = feed(
        record("D-1", {"introduced": "0"}, {"fixed": "2"}, package="curl", ecosystem="Debian:12"), covers=("Debian",)
    )
    purls = (f"pkg:deb/debian/curl@3-1?arch=source&distro=debian-{one}" for one in (12, 99))
    found = scanned(tmp_path, [given], *purls)
    assert [one.looked_up for one in found.components] == [LookedUp.YES, LookedUp.NO_DATA]
    assert found.not_known
    other = feed(record("A-1", *RANGE))
    assert scanned(tmp_path, [other], "pkg:pypi/requests@3.0").not_known is False


# --- honest zero --------------------------------------------------------------------------------------------------------


def test_without_a_feed_of_its_ecosystem_a_component_is_not_looked_up(tmp_path: Path) -> None:
    found = scanned(
        tmp_path, [feed(record("A-1", *RANGE))], "pkg:npm/left-pad@1.0.0", "pkg:generic/own@1", "pkg:pypi/a@1"
    )
    assert [one.looked_up for one in found.components] == [LookedUp.NO_DATA, LookedUp.NO_IDENTITY, LookedUp.YES]
    assert (found.affected, found.not_known) == (False, True)


@pytest.mark.parametrize(("as_of", "looked_up"), [("2026-08-03T00:00:00Z", LookedUp.YES), (OLD, LookedUp.STALE)])
def test_data_is_relied_on_until_the_end_of_its_last_day(tmp_path: Path, as_of: str, looked_up: LookedUp) -> None:
    found = scanned(tmp_path, [feed(record("A-1", *RANGE), as_of=as_of)], "pkg:pypi/other@1.0")
    assert (found.components[0].looked_up, found.not_known) == (looked_up, looked_up is LookedUp.STALE)


def test_an_old_feed_still_says_what_it_knows(tmp_path: Path) -> None:
    found = scanned(tmp_path, [feed(record("A-1", *RANGE), as_of=OLD)], "pkg:pypi/requests@1.0")
    assert (results(found), found.not_known) == ([("A-1", Result.AFFECTED)], True)


@pytest.mark.parametrize("taken_away", ["osv-pypi", "kev", "epss", "cve", "nvd", "csaf"])
@pytest.mark.parametrize("how", ["empty", "stale", "without a day"])
def test_each_feed_that_is_empty_or_old_leaves_the_answer_unknown(tmp_path: Path, taken_away: str, how: str) -> None:
    ways: dict[str, dict[str, Any]] = {"empty": {}, "stale": {"as_of": OLD}, "without a day": {"as_of": None}}
    spoilt = ways[how]
    held = {
        "osv-pypi": (record("A-1", *RANGE), "osv", ("PyPI",)),
        "kev": (b'{"cveID":"CVE-2026-1","dateAdded":"2026-08-03"}', "kev", ()),
        "epss": (b'{"cve":"CVE-2026-1","epss":"0.5"}', "epss", ()),
        **{kind: (data, kind, ()) for kind, data in NAMING.items()},
    }
    feeds = [
        feed(
            *([] if how == "empty" and name == taken_away else [data]),
            name=name,
            kind=kind,
            covers=covers,
            **(spoilt if name == taken_away else {}),
        )
        for name, (data, kind, covers) in held.items()
    ]
    assert scanned(tmp_path, feeds, "pkg:pypi/clean@1.0").not_known
    whole = [
        feed(data, name=name, kind=kind, covers=covers, segments=("2",)) for name, (data, kind, covers) in held.items()
    ]
    assert not scanned(tmp_path, whole, "pkg:pypi/clean@1.0").not_known


def test_a_bill_without_components_is_not_called_clean(tmp_path: Path) -> None:
    assert scanned(tmp_path, [feed(record("A-1", *RANGE))]).not_known


def test_records_that_nothing_reads_are_named(tmp_path: Path) -> None:
    found = scanned(tmp_path, [feed(record("A-1", *RANGE)), feed(b"{}", name="odd", kind="odd")], "pkg:pypi/a@1")
    assert [one.trouble for one in found.sources] == [index.NOT_MATCHED, None]
    assert found.not_known


@pytest.mark.parametrize("kind", ["cve", "nvd", "csaf"])
def test_a_feed_that_names_products_leaves_what_is_clean_clean_and_tells_what_it_covers(
    tmp_path: Path, kind: str
) -> None:
    more = feed(NAMING[kind], name=kind, kind=kind, covers=())
    found = scanned(tmp_path, [feed(record("A-1", *RANGE)), more], "pkg:pypi/clean@1.0")
    assert (found.affected, found.not_known) == (False, False)
    (source,) = (one for one in found.sources if one.name == kind)
    assert (source.records, source.products, source.covers, source.trouble) == (1, 1, (), None)


def test_what_a_folder_holds_of_an_ecosystem_makes_nothing_look_clean_unless_somebody_says_it_is_all(
    tmp_path: Path,
) -> None:
    in_part = scanned(tmp_path, [feed(record("A-1", *RANGE), covers=())], "pkg:pypi/requests@1.5", "pkg:pypi/other@1.0")
    assert [one.looked_up for one in in_part.components] == [LookedUp.PARTIAL, LookedUp.PARTIAL]
    assert (results(in_part), in_part.not_known) == ([("A-1", Result.AFFECTED)], True)
    assert in_part.sources[0].partial == ("PyPI",)
    whole = scanned(tmp_path, [feed(record("A-1", *RANGE))], "pkg:pypi/other@1.0")
    assert (whole.components[0].looked_up, whole.not_known) == (LookedUp.YES, False)


@pytest.mark.parametrize(("kind", "told"), [("kev", ("2026-08-03", "2026-07-01")), ("epss", ("0.5", "0.25"))])
def test_two_lists_of_one_kind_stand_beside_each_other_and_the_newest_is_told(
    tmp_path: Path, kind: str, told: tuple[str, str]
) -> None:
    def entry(cve: str, value: str) -> bytes:
        names = {"kev": ("cveID", "dateAdded"), "epss": ("cve", "epss")}[kind]
        return json.dumps(dict(zip(names, (cve, value), strict=True))).encode()

    old = feed(entry("CVE-1", told[1]), entry("CVE-2", told[1]), name="b", kind=kind, as_of="2026-08-08T00:00:00Z")
    new = feed(entry("CVE-1", told[0]), name="a", kind=kind)
    known = [feed(*(record(f"A-{n}", *RANGE, aliases=[f"CVE-{n}"]) for n in (1, 2)))]
    for order in ([old, new], [new, old]):
        (tmp_path / order[0].name).mkdir()
        found = scanned(tmp_path / order[0].name, [*known, *order], "pkg:pypi/requests@1.0").components[0].findings
        assert [one.kev or one.epss for one in found] == [told[0], told[1]]
    left = scanned(tmp_path / "a", [*known, old], "pkg:pypi/requests@1.0").components[0].findings
    assert [one.kev or one.epss for one in left] == [told[1], told[1]]


def test_a_finding_tells_what_the_cve_list_knows_of_it_under_any_of_its_names(tmp_path: Path) -> None:
    rated = feed(cve("CVE-2026-1"), cve("CVE-2026-2", state="REJECTED"), name="cve", kind="cve", covers=())
    own = feed(record("A-1", *RANGE, aliases=["GHSA-1"]), record("GHSA-1", aliases=["CVE-2026-1", "CVE-2026-2"]))
    (one,) = scanned(tmp_path, [own, rated], "pkg:pypi/requests@1.7").components[0].findings
    assert (one.severity, one.weaknesses) == ((("CVSS_V3", "CVSS:3.1/AV:N"),), ("CWE-79",))
    assert (one.ssvc, one.rejected) == (Ssvc("active", "yes", "total", "2026-08-01"), ("CVE-2026-2",))


def test_weaknesses_are_told_by_name_where_a_list_of_names_was_fetched_and_by_number_otherwise(tmp_path: Path) -> None:
    rated = feed(cve("CVE-2026-1"), name="cve", kind="cve", covers=())
    own = feed(record("A-1", *RANGE, aliases=["CVE-2026-1"]))
    weak = feed(b'{"id":"CWE-79","name":"Scripting","of":["CAPEC-63"]}', name="cwe", kind="cwe", covers=(), as_of=OLD)
    pattern = feed(
        b'{"id":"CAPEC-66","name":"Injection","of":["CWE-79","CWE-1"]}', name="capec", kind="capec", covers=()
    )
    found = scanned(tmp_path, [own, rated, weak, pattern], "pkg:pypi/requests@1.5")
    assert found.terms == {"CWE-79": "Scripting", "CAPEC-66": "Injection"}
    assert found.patterns == {"CWE-79": ("CAPEC-63", "CAPEC-66")}
    assert [one.trouble for one in found.sources] == [None] * 4
    without = scanned(tmp_path, [own, rated], "pkg:pypi/requests@1.5")
    assert (without.terms, without.patterns, without.components[0].findings[0].weaknesses) == ({}, {}, ("CWE-79",))


def test_a_record_that_cannot_be_read_is_counted_and_named(tmp_path: Path) -> None:
    found = scanned(tmp_path, [feed(record("A-1", *RANGE), b"{")], "pkg:pypi/requests@1.0")
    assert found.sources[0].trouble is not None
    assert found.sources[0].trouble.startswith("1 records could not be read")
    assert results(found) == [("A-1", Result.AFFECTED)]


@pytest.mark.parametrize("kind", ["kev", "epss"])
def test_what_is_no_entry_of_a_list_is_counted_and_the_others_still_count(tmp_path: Path, kind: str) -> None:
    entry = {"kev": b'{"cveID":"CVE-2026-1","dateAdded":"2026-08-03"}', "epss": b'{"cve":"CVE-2026-1","epss":"0.5"}'}
    listed = feed(b'{"cveID":"CVE-2026-2"}', entry[kind], b"{", name=kind, kind=kind, covers=())
    found = scanned(tmp_path, [feed(record("A-1", *RANGE, aliases=["CVE-2026-1"])), listed], "pkg:pypi/requests@1.0")
    (trouble,) = (one.trouble for one in found.sources if one.name == kind)
    assert trouble is not None
    assert trouble.startswith("2 records could not be read")
    (finding,) = found.components[0].findings
    assert (finding.kev or finding.epss) in ("2026-08-03", "0.5")


# --- the index ----------------------------------------------------------------------------------------------------------


def test_only_what_came_since_is_read_again_and_a_newer_record_replaces_the_older(tmp_path: Path) -> None:
    asked: list[tuple[str, ...]] = []

    def of(*records: bytes, segments: tuple[str, ...]) -> Given:
        def given(wanted: Sequence[str]) -> Iterable[bytes]:
            asked.append(tuple(wanted))
            return records

        return Given("osv-pypi", "osv", FRESH, ("PyPI",), segments, given)

    assert brought(tmp_path, of(record("A-1", *RANGE), record("B-1", *RANGE), segments=("1",)))
    assert not brought(tmp_path, of(segments=("1",)))
    newer = of(record("A-1", {"introduced": "5"}), segments=("1", "2"))
    assert results(scanned(tmp_path, [newer], "pkg:pypi/requests@1.0")) == [("B-1", Result.AFFECTED)]
    assert brought(tmp_path, of(record("C-1", *RANGE), segments=("3",)))
    assert asked == [("1",), ("2",), ("3",)]
    assert results(scanned(tmp_path, [of(segments=("3",))], "pkg:pypi/requests@1.0")) == [("C-1", Result.AFFECTED)]


def test_a_feed_that_was_removed_says_nothing_any_more(tmp_path: Path) -> None:
    scanned(tmp_path, [feed(record("A-1", *RANGE))], "pkg:pypi/requests@1.0")
    found = scanned(tmp_path, [], "pkg:pypi/requests@1.0")
    assert (results(found), found.components[0].looked_up) == ([], LookedUp.NO_DATA)


def test_an_index_that_failed_half_way_is_as_it_was(tmp_path: Path) -> None:
    brought(tmp_path, feed(record("A-1", *RANGE)))

    def breaks(segments: Sequence[str]) -> Iterable[bytes]:
        yield record("B-1", *RANGE)
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="disk"):
        brought(tmp_path, Given("osv-pypi", "osv", FRESH, ("PyPI",), ("2",), breaks))
    assert results(scanned(tmp_path, [feed(record("A-1", *RANGE))], "pkg:pypi/requests@1.0")) == [
        ("A-1", Result.AFFECTED)
    ]
