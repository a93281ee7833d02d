"""Records of the CVE list: the statuses of versions, what others add, and bad input."""

from __future__ import annotations

import json
import lzma
import random
from pathlib import Path
from typing import Any

import pytest

from asepsis.advisories.candidates import judged
from asepsis.advisories.findings import Result
from asepsis.advisories.formats import cve
from asepsis.advisories.formats.record import UnreadableAdvisoryError
from asepsis.advisories.notice import Notice, Product, Ssvc
from asepsis.advisories.versions.generic import GENERIC

OPEN = None


def notice(*affected: dict[str, Any], **cna: Any) -> Notice:
    containers = {"cna": {"affected": list(affected), **cna}}
    (found,) = cve.read(json.dumps({"cveMetadata": {"cveId": "CVE-2026-1"}, "containers": containers}).encode())
    return found


def product(*versions: dict[str, Any], default: str | None = "unaffected", **more: Any) -> Product:
    entry = {"vendor": "Acme", "product": "Pump", "versions": list(versions), **more}
    (found,) = notice(entry | ({} if default is None else {"defaultStatus": default})).products
    return found


def result(of: Product, version: str | None) -> Result | None:
    return judged(of.versions, version, None if version is None else GENERIC.key(version))[0]


def results(of: Product, *versions: str) -> list[Result | None]:
    return [result(of, one) for one in versions]


YES, NO, MAYBE = Result.AFFECTED, Result.NOT_AFFECTED, Result.UNDETERMINED


@pytest.mark.parametrize(
    ("entry", "below", "at", "above"),
    [
        ({"version": "1.0", "lessThan": "2.0"}, YES, NO, NO),
        ({"version": "1.0", "lessThanOrEqual": "2.0"}, YES, YES, NO),
        ({"version": "1.0", "lessThan": "*"}, YES, YES, YES),
        ({"version": "1.0", "lessThanOrEqual": "2.*"}, YES, YES, YES),
        ({"version": "1.0", "lessThanOrEqual": "2.0.*"}, YES, YES, NO),
        ({"version": "unspecified", "lessThan": "2.0"}, YES, NO, NO),
        ({"version": "2.0"}, NO, YES, NO),
        ({"version": "*"}, YES, YES, YES),
        ({"version": ">= 1.0, < 2.0"}, YES, NO, NO),
        ({"version": "2.0 and earlier"}, YES, YES, NO),
    ],
)
def test_a_range_ends_where_it_says(entry: dict[str, str], below: Result, at: Result, above: Result) -> None:
    assert results(product({"status": "affected", **entry}), "1.5", "2.0", "2.1") == [below, at, above]


def test_changes_turn_the_status_on_the_way() -> None:
    changes = [{"at": "1.5", "status": "unaffected"}, {"at": "1.8", "status": "affected"}]
    found = product({"version": "1.0", "lessThan": "2.0", "status": "affected", "changes": changes})
    assert results(found, "0.9", "1.0", "1.5", "1.7", "1.8", "2.0") == [NO, YES, NO, NO, YES, NO]


@pytest.mark.parametrize(
    ("default", "outside"), [("unaffected", NO), ("affected", YES), ("unknown", OPEN), (None, OPEN)]
)
def test_the_default_counts_for_versions_that_no_entry_names(default: str | None, outside: Result | None) -> None:
    found = product(
        {"version": "1.0", "lessThan": "2.0", "status": "affected"},
        {"version": "2.0", "lessThan": "3.0", "status": "unaffected"},
        default=default,
    )
    assert results(found, "1.0", "2.5", "3.0") == [YES, NO, outside]


@pytest.mark.parametrize(
    "entry",
    [
        {"version": "0", "lessThan": "first of May"},
        {"version": "odd", "lessThan": "2.0"},
        {"version": "odd", "lessThan": "2.0", "status": "unaffected", "changes": [{"at": "x", "status": "affected"}]},
        {"version": "see the bulletin"},
        {"version": "n/a"},
        {"version": "1da177e4c3f41524e886b7f1b8a0c1fc7321cac2", "lessThan": "be9", "versionType": "git"},
        {"version": "1.0", "changes": [{"at": "1.x-patch", "status": "unaffected"}]},
    ],
)
def test_what_cannot_be_ordered_is_undetermined_and_never_unaffected(entry: dict[str, Any]) -> None:
    assert result(product({"status": "affected", **entry}), "1.0") is MAYBE


def test_where_one_bound_cannot_be_ordered_what_lies_outside_the_other_is_told() -> None:
    low = product({"version": "1.0", "lessThan": "first of May", "status": "affected"})
    high = product({"version": "odd", "lessThan": "2.0", "status": "affected"})
    assert (results(low, "0.9", "1.0"), results(high, "1.9", "2.0")) == ([NO, MAYBE], [MAYBE, NO])


def test_a_change_before_the_beginning_or_behind_the_end_of_a_range_turns_nothing() -> None:
    changes = [{"at": "3.0", "status": "affected"}, {"at": "2.5", "status": "unaffected"}]
    found = product({"version": "1.0", "lessThan": "2.0", "status": "affected", "changes": changes})
    assert results(found, "1.5", "2.7", "3.5") == [YES, NO, NO]
    early = product(
        {"version": "1.0", "lessThan": "2.0", "status": "affected", "changes": [{"at": "0.5", "status": "unaffected"}]}
    )
    assert results(early, "0.7", "1.5") == [NO, NO]
    late = product(
        {"version": "1.0", "lessThan": "2.0", "status": "unaffected", "changes": [{"at": "0.5", "status": "affected"}]}
    )
    assert results(late, "0.7", "1.5") == [NO, YES]
    contradictory = product({"version": "2.0", "lessThan": "1.0", "status": "affected"})
    assert results(contradictory, "0.5", "1.5", "2.5") == [NO, NO, NO]


def test_what_a_publisher_does_not_know_is_undetermined() -> None:
    found = product(
        {"version": "0", "lessThan": "1.0", "status": "unknown"}, {"version": "odd one", "status": "unknown"},
        {"version": "1.0", "lessThan": "2.0", "status": "affected"},
    )  # fmt: skip
    assert results(found, "0.5", "1.0", "2.0") == [MAYBE, YES, MAYBE]


def test_without_a_version_only_what_holds_for_all_versions_is_told() -> None:
    ranged = product({"version": "1.0", "lessThan": "2.0", "status": "affected"})
    assert (result(ranged, None), result(product(default="affected"), None)) == (MAYBE, YES)


def test_a_rejected_record_says_only_that_it_is_rejected() -> None:
    record = {"cveMetadata": {"cveId": "CVE-2026-1", "state": "REJECTED"}, "containers": {"cna": {"affected": [{}]}}}
    (found,) = cve.read(json.dumps(record).encode())
    assert (found.is_rejected, found.products) == (True, ())


def test_scores_weaknesses_and_the_answers_of_ssvc_come_from_all_containers_in_any_case() -> None:
    options = [{"Exploitation": "PoC"}, {"Automatable": "No"}, {"Technical Impact": "Total"}]
    content = {"options": options, "timestamp": "2024-08-01T19:51:45Z"}
    containers = {
        "cna": {"problemTypes": [{"descriptions": [{"description": "CWE-79 Cross-site"}]}]},
        "adp": [
            {
                "metrics": [
                    {"cvssV4_0": {"vectorString": "CVSS:4.0/AV:N"}},
                    {"cvssV2_0": {"vectorString": "AV:N"}},
                    {"other": {"type": "ssvc", "content": content}},
                ],
                "problemTypes": [{"descriptions": [{"cweId": "CWE-20", "description": "n/a"}]}],
            }
        ],
    }
    (found,) = cve.read(json.dumps({"cveMetadata": {"cveId": "CVE-2026-1"}, "containers": containers}).encode())
    assert found.severity == (("CVSS_V4", "CVSS:4.0/AV:N"), ("CVSS_V2", "AV:N"))
    assert found.weaknesses == ("CWE-79", "CWE-20")
    assert found.ssvc == Ssvc("poc", "no", "total", "2024-08-01")


def test_a_product_goes_by_its_own_name_and_by_those_of_its_cpes() -> None:
    named = {"vendor": "Acme Inc.", "product": "Big Pump", "cpes": ["cpe:2.3:a:acme:pump:*:*:*:*:*:node.js:*:*"]}
    found = notice(named).products
    assert [(one.vendor, one.name, one.target) for one in found] == [
        ("acme", "pump", "node.js"),
        ("Acme Inc.", "Big Pump", None),
    ]
    assert notice({"vendor": "n/a", "product": "n/a", "versions": [{"version": "n/a"}]}).products == ()


def test_a_package_of_a_registry_is_a_package_where_the_default_is_told() -> None:
    versions = [
        {"version": "1.0", "lessThan": "2.0", "status": "affected"},
        {"version": "2.1", "status": "affected", "lessThanOrEqual": "2.3"},
    ]
    entry = {"collectionURL": "https://maven.example", "packageName": "org.acme:pump", "versions": versions}
    (found,) = notice(entry | {"defaultStatus": "unaffected"}).packages
    assert (found.ecosystem, found.name, len(found.intervals), found.fixed) == ("Maven", "org.acme:pump", 2, ("2.0",))
    assert notice(entry).packages == ()
    (whole,) = notice({"packageURL": "pkg:pypi/Acme_Pump", "defaultStatus": "affected"}).packages
    assert (whole.ecosystem, whole.name, [one.high for one in whole.intervals]) == ("PyPI", "acme-pump", [None])


def test_configurations_of_a_record_are_read_as_those_of_the_nvd() -> None:
    match = {"criteria": "cpe:2.3:a:acme:pump:*:*:*:*:*:*:*:*", "versionEndExcluding": "2.0", "vulnerable": True}
    (found,) = notice(cpeApplicability=[{"nodes": [{"operator": "OR", "cpeMatch": [match]}]}]).products
    assert results(found, "1.9", "2.0") == [YES, NO]


@pytest.mark.parametrize(
    "data",
    [
        b"{",
        b"[]",
        b"{}",
        b'{"cveMetadata":{}}',
        b'{"cveMetadata":{"cveId":"X"},"containers":7}',
        b"\xff\xfe",
        b"[" * 9_999,
    ],
)
def test_what_is_no_record_is_refused_in_one_sentence(data: bytes) -> None:
    with pytest.raises(UnreadableAdvisoryError):
        cve.read(data)


def test_nulls_and_odd_values_do_not_hide_the_rest() -> None:
    metrics = [{"other": {"type": "ssvc", "content": 7}}, {"other": {"type": "ssvc", "content": {"options": [7]}}}]
    found = notice(
        {"vendor": None, "product": "Pump", "versions": None, "cpes": ["cpe:/x", "rubbish"]}, metrics=metrics
    )
    assert [one.name for one in found.products] == ["Pump"]


def test_every_real_record_is_read(shared: Path) -> None:
    count = with_ssvc = rejected = 0
    with lzma.open(shared / "data/advisories/cve5.jsonl.xz") as lines:
        for line in lines:
            (found,) = cve.read(line)
            count, rejected = count + 1, rejected + found.is_rejected
            if found.ssvc is not None:
                with_ssvc += 1
                assert found.ssvc.exploitation in ("none", "poc", "active"), found.vulnerability
                assert found.ssvc.automatable in ("yes", "no"), found.vulnerability
                assert found.ssvc.impact in ("partial", "total"), found.vulnerability
    assert (count, with_ssvc, rejected) == (20_720, 20_667, 53)


# --- the programme's own reading, word by word --------------------------------------------------------------------------


def literal(entry: dict[str, Any], version: str) -> str | None:
    """Return the status of a version by the pseudo-code of the programme; `None` where a bound cannot be ordered.

    Where entries overlap, which they must not, "affected" counts before what else is said.
    """
    key, told = GENERIC.key(version), set()
    assert key is not None
    if any(one.get("versionType") == "git" for one in entry["versions"]):
        return None
    for one in entry["versions"]:
        low, below, upto = (one.get(name) for name in ("version", "lessThan", "lessThanOrEqual"))
        changes = sorted(((GENERIC.key(each["at"]), each["status"]) for each in one.get("changes", ())), key=str)
        bounds = [each for each in (low, below, upto) if each is not None and each not in ("0", "*")]
        if any(GENERIC.key(each) is None for each in bounds) or any(at is None for at, _ in changes):
            return None
        if below is None and upto is None and not changes:
            if low == "*" or GENERIC.key(low) == key:
                told.add(one["status"])
            continue
        lowest = b"" if low in ("0", "*") else GENERIC.key(low)
        limit = GENERIC.key(below or upto or "*")
        is_below = limit is None or (key < limit if below is not None else key <= limit)
        if lowest is not None and lowest <= key and is_below:
            status = one["status"]
            for at, turned in sorted((at, turned) for at, turned in changes if at is not None):
                status = turned if at <= key else status
            told.add(status)
    if not told:
        return f"{entry.get('defaultStatus', 'unknown')} by default"
    return "affected" if "affected" in told else "unaffected" if "unaffected" in told else "unknown"


def test_real_records_agree_with_a_literal_reading_around_each_of_their_bounds(shared: Path) -> None:
    statuses = {"affected": YES, "unaffected": NO, "unknown": MAYBE, "unknown by default": OPEN}
    statuses |= {f"{status} by default": statuses[status] for status in ("affected", "unaffected")}
    chance, looked = random.Random(7), 0
    with lzma.open(shared / "data/advisories/cve5.jsonl.xz") as lines:
        for line in lines:
            if chance.random() > 0.15:
                continue
            containers = json.loads(line)["containers"]
            for entry in (
                one
                for each in (containers.get("cna", {}), *containers.get("adp", ()))
                for one in each.get("affected", ())
            ):
                if not entry.get("versions") or entry.get("product") == "OpenSSL":
                    continue
                bare = {
                    "vendor": "Acme",
                    "product": "Pump",
                    **{k: entry[k] for k in ("versions", "defaultStatus") if k in entry},
                }
                (found,) = notice(bare).products
                for version in probes(entry):
                    expected = literal(entry, version)
                    if expected is not None:
                        assert result(found, version) is statuses[expected], (entry, version)
                        looked += 1
    assert looked > 10_000


def probes(entry: dict[str, Any]) -> list[str]:
    """Return each bound of an entry, and what lies right beside it."""
    found = {"0.0.1", "99999.0.0"}
    for one in entry["versions"]:
        told = (one.get(name) or "*" for name in ("version", "lessThan", "lessThanOrEqual"))
        for bound in (*told, *(change["at"] for change in one.get("changes", ()))):
            found |= {bound, f"{bound}.1", f"{bound}-rc1"}
    return [one for one in sorted(found) if GENERIC.key(one) is not None][:12]
