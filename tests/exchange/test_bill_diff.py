from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asepsis.exchange import cyclonedx
from asepsis.exchange.bill import Bill
from asepsis.exchange.bill_diff import difference, identity
from asepsis.exchange.facts import Component
from asepsis.exchange.source import Source


def bill(*components: dict[str, Any], **edges: list[str]) -> Bill:
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "metadata": {"component": {"type": "application", "name": "pump", "bom-ref": "pump"}},
        "components": [{"type": "library", "bom-ref": one["name"]} | one for one in components],
        "dependencies": [{"ref": ref, "dependsOn": on} for ref, on in edges.items()],
    }
    return cyclonedx.read(Source("bom.json", json.dumps(document).encode()))


def npm(name: str, version: str, **parts: Any) -> dict[str, Any]:
    return {"name": name, "version": version, "purl": f"pkg:npm/{name}@{version}"} | parts


def test_what_came_and_what_went_is_told_by_identity() -> None:
    found = difference(bill(npm("a", "1"), npm("b", "1")), bill(npm("b", "1"), npm("c", "1")))
    assert [name for name, _ in found.added] == ["pkg:npm/c"]
    assert [name for name, _ in found.removed] == ["pkg:npm/a"]
    assert (found.changed, found.unchanged, found.is_none) == ((), 1, False)


@pytest.mark.parametrize(
    ("parts", "what", "before", "after"),
    [
        ({"version": "2", "purl": "pkg:npm/a@2"}, "version", "1", "2"),
        ({"licenses": [{"license": {"id": "GPL-3.0-only"}}]}, "licence", None, "GPL-3.0-only"),
        ({"supplier": {"name": "Other"}}, "supplier", None, "Other"),
        ({"hashes": [{"alg": "SHA-1", "content": "a" * 40}]}, "hash", None, f"SHA-1:{'a' * 40}"),
        (
            {"properties": [{"name": "asepsis:end_of_support", "value": "2027-01-31"}]},
            "end_of_support",
            None,
            "2027-01-31",
        ),
        ({"properties": [{"name": "asepsis:category", "value": "required"}]}, "category", None, "required"),
    ],
)
def test_each_change_of_a_component_is_told(parts: dict[str, Any], what: str, before: Any, after: Any) -> None:
    (changed,) = difference(bill(npm("a", "1")), bill(npm("a", "1") | parts)).changed
    assert changed.differences == ((what, before, after),)


def test_a_component_that_others_depend_on_now_has_moved() -> None:
    parts = [npm("a", "1"), npm("b", "1")]
    (changed,) = difference(bill(*parts, pump=["a", "b"]), bill(*parts, pump=["a"], a=["b"])).changed
    assert changed.differences == (("moved", "direct", "transitive under pkg:npm/a"),)


def test_several_versions_of_one_package_are_paired_by_version_first() -> None:
    before = bill(npm("a", "1"), npm("a", "2", **{"bom-ref": "a2"}))
    after = bill(npm("a", "2"), npm("a", "3", **{"bom-ref": "a3"}))
    (changed,) = difference(before, after).changed
    assert changed.differences == (("version", "1", "3"),)


@pytest.mark.parametrize(
    ("component", "known_by"),
    [
        (Component(name="x", purl="pkg:npm/%40acme/Core@1.0?vcs_url=y"), "pkg:npm/%40acme/core"),
        (Component(name="x", purl="pkg:deb/debian/curl@7?arch=arm64"), "pkg:deb/debian/curl?arch=arm64"),
        (Component(name="x", cpe="cpe:2.3:a:acme:core:1.0:*:*:*:*:*:*:*"), "cpe:a:acme:core"),
        (Component(name="x", cpe="cpe:/a:acme:core:1.0"), "cpe:a:acme:core"),
        (Component(name="Core", version="1"), "core"),
    ],
)
def test_a_component_is_known_by_its_package_else_its_cpe_else_its_name(component: Component, known_by: str) -> None:
    assert identity(component) == known_by


lists = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("12")), max_size=6)


@given(lists, lists)
def test_each_component_stands_on_one_side_or_in_one_pair(
    old: list[tuple[str, str]], new: list[tuple[str, str]]
) -> None:
    before, after = bill(*(npm(*one) for one in old)), bill(*(npm(*one) for one in new))
    found = difference(before, after)
    pairs = len(found.changed) + found.unchanged
    assert (pairs + len(found.removed), pairs + len(found.added)) == (len(old), len(new))
    assert difference(before, before).is_none
    back = difference(after, before)
    assert (len(back.added), len(back.removed)) == (len(found.removed), len(found.added))
