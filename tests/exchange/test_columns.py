from __future__ import annotations

import json
from typing import Any

import duckdb
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asepsis.exchange import cyclonedx
from asepsis.exchange.columns import MATCHED, NAMES, Columns, ColumnsError, Fleet, strongest
from asepsis.exchange.source import Source


def columns(*components: dict[str, Any], **parts: Any) -> Columns:
    document = {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": list(components)} | parts
    return Columns.of(cyclonedx.read(Source("bom.json", json.dumps(document).encode())))


def library(name: str, **parts: Any) -> dict[str, Any]:
    return {"type": "library", "name": name, "bom-ref": name} | parts


PRODUCT = {"component": {"type": "application", "name": "pump", "bom-ref": "pump"}}


def test_a_component_with_a_package_url_stands_under_the_parts_of_it() -> None:
    made = columns(library("x", purl="pkg:npm/%40acme/core@1.0", supplier={"name": "Acme"}))
    found = {name: made.column(name)[0] for name in NAMES}
    assert found == {
        "type": "npm",
        "namespace": "@acme",
        "name": "core",
        "version": "1.0",
        "purl": "pkg:npm/%40acme/core@1.0",
        "cpe": None,
        "supplier": "Acme",
        "licence": None,
        "hash": None,
        "ref": "x",
    }


def test_a_component_without_one_stands_under_its_own_name_and_version() -> None:
    made = columns(library("firmware", group="acme", version="7"))
    assert [made.column(name) for name in ("type", "namespace", "name", "version")] == [
        [None],
        [None],
        ["acme/firmware"],
        ["7"],
    ]


def test_depths_and_parents_are_those_of_the_dependencies() -> None:
    made = columns(
        *(library(name) for name in "abcd"),
        metadata=PRODUCT,
        dependencies=[
            {"ref": "pump", "dependsOn": ["a", "b"]},
            {"ref": "a", "dependsOn": ["c"]},
            {"ref": "b", "dependsOn": ["c"]},
        ],
    )
    assert list(made.depths) == [1, 1, 2, -1]
    assert [list(parents) for parents in made.parents] == [[], [], [0, 1], []]


def test_a_text_that_stands_many_times_is_kept_once() -> None:
    assert columns(*(library(str(n), version="1.0") for n in range(9))).texts.count("1.0") == 1


texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6)


@given(st.lists(st.fixed_dictionaries({"name": texts, "version": texts, "cpe": texts, "bom-ref": texts}), max_size=6))
def test_columns_come_back_from_their_bytes_as_they_were(components: list[dict[str, Any]]) -> None:
    made = columns(*components)
    again = Columns.from_bytes(made.to_bytes())
    assert again == made
    assert [again.column(name) for name in NAMES] == [made.column(name) for name in NAMES]


def spoiled(**parts: Any) -> bytes:
    """Return the bytes of columns with something wrong in them."""
    keys = ("form", "texts", "codes", "depths", "starts", "parents")
    whole = dict(zip(keys, msgspec.msgpack.decode(columns(library("a"), library("b")).to_bytes()), strict=True))
    return msgspec.msgpack.encode([(whole | parts)[key] for key in keys])


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "truncated"),
        (b"\xc1", "malformed"),
        (b"[]", "Expected"),
        (spoiled(form=9), "form 9"),
        (spoiled(codes={}), "missing or cut off"),
        (spoiled(depths=b"\0" * 7), "missing or cut off"),
        (spoiled(depths=b"\0" * 12), "another length"),
        (spoiled(texts=["", "a"]), "names a text that is not there"),
        (spoiled(texts=[]), "do not begin with the empty text"),
        (spoiled(parents=b"\x05\0\0\0"), "parents do not fit"),
        (spoiled(starts=b"\0\0\0\0\x02\0\0\0\0\0\0\0"), "out of order"),
    ],
)
def test_bytes_that_are_no_columns_are_refused(data: bytes, reason: str) -> None:
    with pytest.raises(ColumnsError, match=reason):
        Columns.from_bytes(data)


@pytest.mark.parametrize(
    ("hashes", "best"),
    [
        ([("MD5", "A"), ("SHA-256", "B"), ("SHA-1", "C")], "SHA-256:b"),
        ([("md5", "a"), ("sha512", "b")], "sha512:b"),
        ([("OWN", "a"), ("OTHER", "b")], "OWN:a"),
        ([], None),
    ],
)
def test_the_strongest_hash_is_kept(hashes: list[tuple[str, str]], best: str | None) -> None:
    assert strongest(hashes) == best


def test_a_fleet_is_read_by_duckdb_as_one_table() -> None:
    one = columns(library("a", purl="pkg:pypi/a@1"), library("b"))
    other = columns(library("c", purl="pkg:pypi/a@2"))
    fleet = Fleet.of([one, other])
    connection = duckdb.connect()
    connection.register("components", fleet.table())
    rows = connection.execute("select bill, row, type, name, version, depth from components order by all").fetchall()
    assert rows == [(0, 0, "pypi", "a", "1", -1), (0, 1, None, "b", None, -1), (1, 0, "pypi", "a", "2", -1)]
    assert set(fleet.table()) == {"bill", "row", "depth", *MATCHED}


@pytest.mark.parametrize("bills", [0, 1, 2])
def test_a_fleet_of_empty_bills_has_no_rows(bills: int) -> None:
    assert len(Fleet.of([columns()] * bills)) == 0
