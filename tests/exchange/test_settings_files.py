"""Settings of repositories, and lists of the ways into a build."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asepsis.exchange import facts, settings_files
from asepsis.exchange.source import DoubleKeyError, MalformedJsonError, Reading, Source, UnreadableError

AS_OF = "2026-03-01T09:30:00Z"


def repository(name: str = "gateway", **fields: Any) -> dict[str, Any]:
    guarded = {"review_asked": True, "rewriting_barred": True, "second_factor": True, "lock_files": True}
    return {"name": name, "writers": ["b2", "a1"]} | guarded | fields


def settings(*repositories: dict[str, Any], **fields: Any) -> Reading[facts.RepositorySettings]:
    value = {"as_of": AS_OF, "repositories": list(repositories)} | fields
    return settings_files.read(Source("settings.json", json.dumps(value).encode()))


def surface(*exposed: dict[str, Any], **fields: Any) -> Reading[facts.AttackSurface]:
    value = {"as_of": AS_OF, "exposed": list(exposed)} | fields
    return settings_files.read_surface(Source("surface.json", json.dumps(value).encode()))


def test_repositories_are_listed_by_name_with_their_writers_sorted() -> None:
    found = settings(repository("b"), repository("a", second_factor=False)).fact
    assert [(one.name, one.second_factor, one.writers) for one in found.repositories] == [
        ("a", False, ("a1", "b2")),
        ("b", True, ("a1", "b2")),
    ]
    assert found.as_of == AS_OF


def test_accounts_of_nobody_are_kept_and_counted_in_the_receipt() -> None:
    read = settings(repository(writers=["?", "a1", "?"]))
    assert read.fact.repositories[0].writers == ("?", "?", "a1")
    assert "2 accounts that can write to gateway" in read.receipt.notes[0].text()  # type: ignore[union-attr]


@pytest.mark.parametrize("field", ["review_asked", "rewriting_barred", "second_factor", "writers", "lock_files"])
def test_nothing_about_a_repository_can_be_left_out(field: str) -> None:
    told = {name: value for name, value in repository().items() if name != field}
    with pytest.raises(settings_files.UnreadableSettingsError, match=f"missing required field `{field}`"):
        settings(told)


@pytest.mark.parametrize(
    ("repositories", "fields", "said"),
    [
        ([], {}, "it names no repository"),
        ([repository(), repository()], {}, "it names the repository 'gateway' twice"),
        ([repository("")], {}, "has no name"),
        ([repository(writers=[" "])], {}, "has no name"),
        ([repository(second_factor="yes")], {}, r"expected `bool`, got `str` at \$.repositories\[0\].second_factor"),
        ([repository(extra=1)], {}, "unknown field `extra`"),
        ([repository()], {"as_of": "today"}, "'today', as of which it is, is no date and time"),
        ([repository()], {"as_of": "2026-03-01T09:30:00"}, "has no offset from UTC"),
    ],
)
def test_what_does_not_tell_it_is_refused_in_one_sentence(
    repositories: list[dict[str, Any]], fields: dict[str, Any], said: str
) -> None:
    with pytest.raises(settings_files.UnreadableSettingsError, match=said) as refusal:
        settings(*repositories, **fields)
    assert str(refusal.value).startswith("settings.json cannot be read as settings of repositories: ")


def test_ways_in_are_listed_by_protocol_and_place() -> None:
    found = surface({"protocol": "tcp", "place": "443", "login": True}, {"protocol": "ble", "place": "gatt"}).fact
    assert [(one.protocol, one.place, one.login) for one in found.exposed] == [
        ("ble", "gatt", None),
        ("tcp", "443", True),
    ]
    assert found.found_by == "list"


def test_how_a_surface_was_found_and_of_which_build_is_kept() -> None:
    found = surface(found_by="scan", setup="ward", build_id="b-7").fact
    assert (found.found_by, found.setup, found.build_id) == ("scan", "ward", "b-7")


def test_a_surface_without_a_way_in_is_said_in_the_receipt() -> None:
    assert "no way into the build" in surface().receipt.notes[0].text()  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("exposed", "fields", "said"),
    [
        ([{"protocol": "tcp"}], {}, "missing required field `place`"),
        ([{"protocol": "tcp", "place": ""}], {}, "has no protocol or no place"),
        ([{"protocol": "tcp", "place": "1"}] * 2, {}, "the way in 'tcp 1' twice"),
        ([], {"found_by": "guess"}, "invalid enum value 'guess'"),
        ([], {"as_of": "today"}, "is no date and time"),
    ],
)
def test_what_is_no_surface_is_refused_in_one_sentence(
    exposed: list[dict[str, Any]], fields: dict[str, Any], said: str
) -> None:
    with pytest.raises(settings_files.UnreadableSurfaceError, match=said):
        surface(*exposed, **fields)


def test_broken_json_is_refused_with_its_place() -> None:
    with pytest.raises(MalformedJsonError, match="line 1, column"):
        settings_files.read(Source("settings.json", b'{"as_of": '))
    with pytest.raises(DoubleKeyError, match="'as_of' twice"):
        settings_files.read_surface(Source("surface.json", b'{"as_of": "a", "as_of": "b"}'))


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for read in (settings_files.read, settings_files.read_surface):
        try:
            read(Source("any.json", data))
        except UnreadableError:
            continue


def test_what_is_read_can_be_written_as_a_fact_document() -> None:
    for fact in (settings(repository()).fact, surface({"protocol": "tcp", "place": "443"}, found_by="scan").fact):
        assert facts.read_document(facts.document_bytes(fact)) == fact
