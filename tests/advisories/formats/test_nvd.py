"""Records of the NVD: configurations as trees, and against a literal reading of them on every real record."""

from __future__ import annotations

import itertools
import json
import lzma
import operator
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from asepsis.advisories import cpe
from asepsis.advisories.candidates import judged
from asepsis.advisories.findings import Result
from asepsis.advisories.formats import nvd
from asepsis.advisories.formats.record import UnreadableAdvisoryError
from asepsis.advisories.notice import Product, scheme_of
from asepsis.advisories.versions.generic import GENERIC

YES, NO, MAYBE = Result.AFFECTED, Result.NOT_AFFECTED, Result.UNDETERMINED


def match(name: str = "acme:pump", version: str = "*", vulnerable: bool = True, **bounds: str) -> dict[str, Any]:
    kind, _, rest = name.rpartition("/")
    update = bounds.pop("update", "*")
    criteria = f"cpe:2.3:{kind or 'a'}:{rest}:{version}:{update}:*:*:*:*:*:*"
    return {"criteria": criteria, "vulnerable": vulnerable, **bounds}


def node(*matches: dict[str, Any], operator: str = "OR", negate: bool = False) -> dict[str, Any]:
    return {"operator": operator, "negate": negate, "cpeMatch": list(matches)}


def products(*configurations: dict[str, Any]) -> list[Product]:
    record = {"id": "CVE-2026-1", "configurations": list(configurations)}
    (found,) = nvd.read(json.dumps(record).encode())
    return list(found.products)


def only(*matches: dict[str, Any]) -> Product:
    (found,) = products({"nodes": [node(*matches)]})
    return found


def results(of: Product, *versions: str) -> list[Result | None]:
    return [judged(of.versions, one, GENERIC.key(one))[0] for one in versions]


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ({}, [YES, YES, YES, YES, YES]),
        ({"versionStartIncluding": "1.0"}, [NO, YES, YES, YES, YES]),
        ({"versionStartExcluding": "1.0"}, [NO, NO, YES, YES, YES]),
        ({"versionEndIncluding": "2.0"}, [YES, YES, YES, YES, NO]),
        ({"versionEndExcluding": "2.0"}, [YES, YES, YES, NO, NO]),
        ({"versionStartExcluding": "1.0", "versionEndIncluding": "2.0"}, [NO, NO, YES, YES, NO]),
    ],
)
def test_bounds_include_and_exclude_as_they_say(bounds: dict[str, Any], expected: list[Result]) -> None:
    assert results(only(match(**bounds)), "0.9", "1.0", "1.5", "2.0", "2.1") == expected


def test_a_name_with_a_version_is_that_version_and_several_names_are_one_product() -> None:
    assert results(only(match(version="1.0"), match(version="1.2")), "1.0", "1.1", "1.2") == [YES, NO, YES]


def test_a_patch_level_leaves_its_version_unsure_and_a_pre_release_does_not() -> None:
    assert results(only(match(version="1.0", update="patch_3")), "1.0", "1.1") == [MAYBE, NO]
    assert results(only(match(version="1.0", update="rc1")), "1.0", "1.0-rc1") == [NO, YES]


@pytest.mark.parametrize(
    "found", [match(version="-"), match(versionEndExcluding="build 7"), match(versionEndExcluding="1.0a")]
)
def test_what_cannot_be_ordered_is_undetermined(found: dict[str, Any]) -> None:
    assert results(only(found), "1.0") == [MAYBE]


def test_what_has_to_be_there_as_well_is_kept_and_is_itself_no_candidate() -> None:
    platform = node(match("o/acme:os", vulnerable=False), match("o/other:os", vulnerable=False))
    (found,) = products({"operator": "AND", "nodes": [node(match()), platform]})
    assert (found.name, [tuple(one) for one in found.needs[0]]) == ("pump", [("acme", "os"), ("other", "os")])
    (joined,) = products({"nodes": [node(match(), match("h/acme:board", vulnerable=False), operator="AND")]})
    assert [[tuple(one) for one in group] for group in joined.needs] == [[("acme", "board")]]
    either = products({"operator": "OR", "nodes": [node(match()), node(match("acme:valve"))]})
    assert [(one.name, one.needs) for one in either] == [("pump", ()), ("valve", ())]


def test_what_is_negated_is_never_called_affected() -> None:
    assert products({"nodes": [node(match(), negate=True)]}) == []
    (found,) = products({"negate": True, "nodes": [node(match())]})
    assert results(found, "1.0") == [MAYBE]


def test_a_rejected_record_names_no_products_and_ratings_are_read() -> None:
    metric = {"cvssMetricV31": [{"cvssData": {"version": "3.1", "vectorString": "CVSS:3.1/AV:N"}}]}
    record = {
        "id": "CVE-2026-1", "vulnStatus": "Rejected", "metrics": metric,
        "weaknesses": [{"description": [{"lang": "en", "value": "CWE-79"}, {"value": "NVD-CWE-noinfo"}]}],
        "configurations": [{"nodes": [node(match())]}],
    }  # fmt: skip
    (found,) = nvd.read(json.dumps(record).encode())
    assert (found.is_rejected, found.products, found.severity) == (True, (), (("CVSS_V3", "CVSS:3.1/AV:N"),))
    assert found.weaknesses == ("CWE-79",)


@pytest.mark.parametrize("data", [b"{", b"[]", b"{}", b'{"id":"X","configurations":7}', b"\xff", b'{"a":' * 9_999])
def test_what_is_no_record_is_refused_in_one_sentence(data: bytes) -> None:
    with pytest.raises(UnreadableAdvisoryError):
        nvd.read(data)


def test_names_that_are_none_do_not_hide_the_others() -> None:
    assert only({"criteria": "rubbish"}, {"criteria": "cpe:2.3:z:a:b"}, match()).name == "pump"


# --- a literal reading --------------------------------------------------------------------------------------------------


def literal(one: dict[str, Any], name: cpe.Cpe, version: str) -> bool | None:
    """Return whether a match holds for a version, by comparing bound by bound; `None` where that cannot be told."""
    found = cpe.parse(one["criteria"])
    assert found is not None
    scheme = scheme_of(found.vendor, found.product)
    key = scheme.key(version)
    assert key is not None
    if found.version == "-":
        return None
    if found.version != "*":
        whole = found.version if found.update in "*-" else f"{found.version}-{found.update}"
        own, base = scheme.key(whole), scheme.key(found.version)
        return key == own if own is not None else None if base == key else False
    unread = False
    compare: dict[str, Callable[[bytes, bytes], bool]] = {
        "versionStartIncluding": operator.ge,
        "versionStartExcluding": operator.gt,
        "versionEndIncluding": operator.le,
        "versionEndExcluding": operator.lt,
    }
    for bound, holds in compare.items():
        if bound in one:
            at = scheme.key(one[bound])
            if at is None:
                unread = True
            elif not holds(key, at):
                return False
    return None if unread else True


def test_every_real_record_agrees_with_a_literal_reading_around_each_of_its_bounds(shared: Path) -> None:
    chance, looked = random.Random(7), 0
    with lzma.open(shared / "data/advisories/nvd-configurations.jsonl.xz") as lines:
        for line in lines:
            if chance.random() > 0.25:
                continue
            record = json.loads(line)["cve"]
            configurations = record.get("configurations", [])
            found = list(nvd.products(nvd.configurations(json.dumps(configurations).encode())))
            matches = [
                (one, parsed)
                for configuration in configurations
                for each in configuration["nodes"]
                for one in each["cpeMatch"]
                if one["vulnerable"] and (parsed := cpe.parse(one["criteria"])) and parsed.vendor != "null"
            ]
            for named, group in itertools.groupby(
                sorted(matches, key=lambda pair: (pair[1].vendor, pair[1].product)), key=lambda pair: pair[1][1:3]
            ):
                own = list(group)
                of_product = [each for each in found if (each.vendor, each.name) == named]
                for version in probes(own):
                    scheme = scheme_of(*named)
                    told = {judged(each.versions, version, scheme.key(version))[0] for each in of_product}
                    answers = {literal(one, name, version) for one, name in own}
                    expected = YES if True in answers else MAYBE if None in answers else NO
                    best = YES if YES in told else MAYBE if MAYBE in told else NO
                    assert best is expected, (record, named, version)
                    looked += 1
    assert looked > 20_000


def probes(own: list[tuple[dict[str, Any], cpe.Cpe]]) -> list[str]:
    """Return each bound, and what lies right beside it."""
    found = {"0.0.1", "99999.0.0"}
    for one, name in own:
        for version in (*(value for key, value in one.items() if key.startswith("version")), name.version):
            found |= {version, f"{version}.1", f"{version}-rc1"}
    scheme = scheme_of(own[0][1].vendor, own[0][1].product)
    return [one for one in sorted(found) if scheme.key(one) is not None][:12]
