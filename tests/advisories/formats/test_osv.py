"""Advisories in OSV: read as the schema's own evaluation says, on real records and on what spoils them."""

from __future__ import annotations

import json
import random
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from asepsis.advisories.advisory import Advisory, Affected
from asepsis.advisories.formats import osv
from asepsis.advisories.formats.record import UnreadableAdvisoryError
from asepsis.advisories.versions import Interval, Scheme, of_ecosystem

OSV = Path(__file__).parents[4] / "shared" / "data" / "advisories" / "osv"
SEED = 7


def advisory(**fields: Any) -> Advisory:
    return osv.read(json.dumps({"id": "X-1", "modified": "2026-01-01T00:00:00Z", **fields}).encode())


def affected(*events: dict[str, str], ecosystem: str = "PyPI", **fields: Any) -> Affected:
    ranges = [{"type": "ECOSYSTEM", "events": list(events)}] if events else []
    package = {"ecosystem": ecosystem, "name": "Some_Package"}
    (found,) = advisory(affected=[{"package": package, "ranges": ranges, **fields}]).affected
    return found


def holds(found: Affected, version: str) -> bool:
    scheme = of_ecosystem(found.ecosystem)
    key = scheme.key(version) if scheme else None
    if key is None:
        return version in found.texts
    return key in found.points or any(key in one for one in found.intervals)


# --- the schema's evaluation, word by word ------------------------------------------------------------------------------


def literal(version: str, one: dict[str, Any], scheme: Scheme) -> bool:
    """Return whether the schema's pseudo-code says that a version is affected: slow, and without intervals."""
    key = scheme.key(version)
    assert key is not None
    if any(scheme.key(named) == key for named in one.get("versions", ())):
        return True
    return any(_in_range(key, each["events"], scheme) for each in one.get("ranges", ()) if each["type"] != "GIT")


def _in_range(key: bytes, events: list[dict[str, str]], scheme: Scheme) -> bool:
    limits = [event["limit"] for event in events if "limit" in event]
    if limits and not any(limit == "*" or key < _key(limit, scheme) for limit in limits):
        return False
    vulnerable = False
    in_order = sorted(events, key=lambda event: _key(next(iter(event.values())), scheme))
    for event in in_order:
        if "introduced" in event and key >= _key(event["introduced"], scheme):
            vulnerable = True
        if "fixed" in event and key >= _key(event["fixed"], scheme):
            vulnerable = False
        if "last_affected" in event and key > _key(event["last_affected"], scheme):
            vulnerable = False
    return vulnerable


def _key(version: str, scheme: Scheme) -> bytes:
    found = b"" if version == "0" else b"\xff" if version == "*" else scheme.key(version)
    assert found is not None
    return found


def real_records(chance: random.Random, share: float) -> Iterator[dict[str, Any]]:
    for archive in sorted(OSV.glob("*/all.zip")):
        with zipfile.ZipFile(archive) as members:
            for name in members.namelist():
                if chance.random() < share:
                    yield json.loads(members.read(name))


def compared(share: float) -> tuple[int, list[tuple[str, str]]]:
    """Return how many answers were compared, and those in which interval and pseudo-code differ."""
    chance, count, differing = random.Random(SEED), 0, []
    for record in real_records(chance, share):
        found = osv.read(json.dumps(record).encode())
        told = [one for one in record.get("affected", ()) if "package" in one]
        assert len(told) == len(found.affected)
        for one, read in zip(told, found.affected, strict=True):
            scheme = of_ecosystem(read.ecosystem)
            if scheme is None or read.doubt is not None:
                continue
            bounds = [version for each in one.get("ranges", ()) if each["type"] != "GIT" for event in each["events"]
                      for version in event.values()]  # fmt: skip
            named = one.get("versions", ())
            probes = {
                *bounds,
                *(f"{bound}.1" for bound in bounds),
                *(f"{bound}-1" for bound in bounds),
                "0.0.0",
                "99999",
            }
            probes |= set(chance.sample(named, min(len(named), 12)))
            for version in sorted(probes):
                if version not in ("0", "*") and scheme.key(version) is not None:
                    count += 1
                    if literal(version, one, scheme) != holds(read, version):
                        differing.append((record["id"], version))
    return count, differing


@pytest.mark.skipif(not OSV.exists(), reason="../shared/data/advisories is not there")
@pytest.mark.parametrize("share", [0.04, pytest.param(1.0, marks=pytest.mark.soak)])
def test_intervals_and_the_pseudo_code_of_the_schema_agree_on_real_records(share: float) -> None:
    count, differing = compared(share)
    assert (count > 5_000, differing) == (True, [])


# --- traps --------------------------------------------------------------------------------------------------------------


def test_events_are_swept_in_order_also_where_several_ends_follow_one_beginning() -> None:
    found = affected({"last_affected": "2.0"}, {"introduced": "1.0"}, {"last_affected": "1.5"})
    assert [holds(found, version) for version in ("0.9", "1.0", "1.5", "1.6", "2.0")] == [
        False,
        True,
        True,
        False,
        False,
    ]


def test_zero_is_below_every_version() -> None:
    found = affected({"introduced": "0"}, {"fixed": "1.2.3"}, ecosystem="Go")
    assert holds(found, "v0.0.0-20220101000000-abcdefabcdef")
    assert not holds(found, "v1.2.3")


def test_a_limit_ends_what_nothing_else_ends() -> None:
    found = affected({"introduced": "1.0"}, {"limit": "2.0"})
    assert [holds(found, version) for version in ("1.9", "2.0")] == [True, False]
    assert holds(affected({"introduced": "1.0"}, {"limit": "*"}), "3000")


def test_what_begins_and_ends_at_one_version_holds_none() -> None:
    assert affected({"introduced": "1.0"}, {"fixed": "1.0"}).intervals == ()


def test_ranges_that_touch_are_one() -> None:
    events = ({"introduced": "1.0"}, {"fixed": "2.0"}, {"introduced": "2.0"}, {"fixed": "3.0"})
    found = affected(*events)
    assert len(found.intervals) == 1
    assert [holds(found, version) for version in ("0.9", "1.5", "2.0", "2.9", "3.0")] == [
        False,
        True,
        True,
        True,
        False,
    ]


@pytest.mark.skipif(not OSV.exists(), reason="../shared/data/advisories is not there")
def test_the_second_apache_of_a_flaw_that_was_mended_twice_is_affected() -> None:
    with zipfile.ZipFile(OSV / "Bitnami" / "all.zip") as members:
        (name,) = (one for one in members.namelist() if "BIT-apache-2021-42013" in one)
        (found,) = osv.read(members.read(name)).affected
    answers = [holds(found, version) for version in ("2.4.48", "2.4.49", "2.4.50", "2.4.51")]
    assert answers == [False, True, True, False]


def test_a_named_version_inside_a_range_is_not_kept_twice() -> None:
    found = affected({"introduced": "1.0"}, {"fixed": "2.0"}, versions=["1.5", "0.1"])
    assert (len(found.points), holds(found, "0.1"), holds(found, "0.2")) == (1, True, False)


def test_a_bound_that_nothing_orders_leaves_the_rest_in_doubt() -> None:
    found = affected({"introduced": "0"}, {"fixed": "RELEASE.2024-05-27t"})
    assert (found.intervals, found.doubt) == ((), "its bound RELEASE.2024-05-27t cannot be ordered")


def test_a_named_version_that_nothing_orders_is_kept_as_it_is_written() -> None:
    found = affected(versions=["(devel)", "1.0"])
    assert (found.texts, found.doubt) == (("(devel)",), None)


def test_a_package_that_names_commits_alone_is_in_doubt() -> None:
    (found,) = advisory(
        affected=[{"package": {"ecosystem": "PyPI", "name": "a"}, "ranges": [{"type": "GIT", "events": []}]}]
    ).affected
    assert found.doubt == osv.ONLY_COMMITS
    assert affected().doubt == osv.NO_VERSIONS


def test_an_ecosystem_without_an_order_of_versions_is_in_doubt() -> None:
    found = affected({"introduced": "0"}, ecosystem="OSS-Fuzz", versions=["7"])
    assert (found.texts, found.doubt) == (("7",), "nobody knows how OSS-Fuzz orders versions")


def test_the_name_of_a_package_is_spelled_as_its_ecosystem_does() -> None:
    assert affected({"introduced": "0"}).name == "some-package"


def test_what_was_withdrawn_says_so_and_what_names_no_package_is_left_out() -> None:
    found = advisory(withdrawn="0001-01-01T00:00:00Z", affected=[{"versions": ["1"]}])
    assert (found.withdrawn, found.affected) == (True, ())


def test_null_stands_for_nothing() -> None:
    assert advisory(aliases=None, severity=None, affected=None).aliases == ()


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b'{"id": 1}', b"\xff", b'{"aliases": []}', b'{"id":"a","affected":3}']
)
def test_what_is_no_advisory_is_refused_in_one_sentence(data: bytes) -> None:
    with pytest.raises(UnreadableAdvisoryError, match="cannot be read as an advisory"):
        osv.read(data)


def test_intervals_are_in_order_and_apart() -> None:
    spans = [Interval(b"e", None), Interval(b"a", b"c"), Interval(b"b", b"d"), Interval(b"f", b"g")]
    assert list(osv.joined(spans)) == [Interval(b"a", b"d"), Interval(b"e", None)]
