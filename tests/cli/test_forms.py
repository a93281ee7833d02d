from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from asepsis import processes
from asepsis.cli.forms import Filled, UnfitFormError, filled, form, read_file
from asepsis.errors import InputError
from asepsis.quality.records import (
    Appointment,
    ImprovementAction,
    Procedure,
    ProductProfile,
    QualitySystem,
    Role,
)
from asepsis.record.canonical import JsonError
from asepsis.record.fields import What, fields_of
from asepsis.record.kind import KINDS, Evidence, Kind
from asepsis.store import refusals
from tests.kinds import an_id, smallest

processes.load()

ADA, ROLE = an_id("ada"), an_id("role")


class Known:
    """One person, one record and one product, by name."""

    def id_of_record(self, text: str) -> str:
        if text.upper() == "ORG-ROL-2":
            return ROLE
        raise refusals.UnknownRecordError(record=text)

    def id_of_person(self, text: str) -> str:
        if text == "Ada":
            return ADA
        raise refusals.UnknownPersonError(person=text)

    def told(self, identity: str) -> tuple[str, str | None] | None:
        return {ADA: ("Ada", None), ROLE: ("ORG-ROL-2", "All hands")}.get(identity)


def of(kind: type[Kind], text: str, beside: Path = Path()) -> Filled:
    return filled(text.encode(), "record.yaml", kind, Known(), beside)


def problem(kind: type[Kind], text: str, beside: Path = Path()) -> str:
    with pytest.raises(UnfitFormError) as found:
        of(kind, text, beside)
    return "; ".join(found.value.problems)


@pytest.mark.parametrize("name", sorted(KINDS))
def test_the_form_of_a_record_reads_as_the_same_record(name: str) -> None:
    kind = KINDS[name]
    value = smallest(kind, title="A: title # with 'marks'", notes="Two\n\nparagraphs.\n")
    assert of(kind, form(kind, value, Known(), "It")).value == value


@pytest.mark.parametrize("name", sorted(KINDS))
def test_the_form_of_an_empty_draft_says_nothing_and_names_every_field(name: str) -> None:
    kind = KINDS[name]
    text = form(kind, {}, Known(), "It")
    assert of(kind, text).value == {}
    assert [one.name for one in fields_of(kind) if f"\n# {one.name}:" not in text] == []


@pytest.mark.parametrize("name", sorted(KINDS))
def test_the_help_of_every_field_stands_above_it(name: str) -> None:
    text = " ".join(form(KINDS[name], {}, Known(), "It").replace("\n#", " ").split())
    assert [one.name for one in fields_of(KINDS[name]) if " ".join(one.help.split()) not in text] == []


def test_references_and_people_are_shown_by_name() -> None:
    text = form(Appointment, {"title": "A", "role": ROLE, "person": ADA}, Known(), "It")
    assert "\nrole: ORG-ROL-2  # All hands\n" in text
    assert "\nperson: Ada\n" in text


def test_references_and_people_are_taken_by_name_or_id() -> None:
    by_name = of(Appointment, "role: org-rol-2\nperson: Ada\n").value
    assert by_name == of(Appointment, f"role: {ROLE}\nperson: {ADA}\n").value == {"role": ROLE, "person": ADA}


def test_a_record_that_is_not_there_is_told_with_its_line() -> None:
    assert problem(Appointment, "title: A\nrole: ORG-ROL-9\n") == (
        "line 2: role is 'ORG-ROL-9': There is no record ORG-ROL-9 here"
    )


@pytest.mark.parametrize(("written", "flag"), [("yes", True), ("True", True), ("no", False), ("false", False)])
def test_a_flag_is_yes_or_no(written: str, flag: bool) -> None:
    assert of(QualitySystem, f"security_in_scope: {written}").value == {"security_in_scope": flag}


def test_another_word_is_no_flag() -> None:
    assert problem(QualitySystem, "security_in_scope: on") == "line 1: security_in_scope is 'on'; it is yes or no"


def test_an_unknown_choice_is_told_with_what_may_be_meant() -> None:
    assert problem(ProductProfile, "form: smad").endswith("perhaps samd is meant")


def test_an_unknown_field_is_told_with_what_may_be_meant() -> None:
    assert problem(ProductProfile, "tilte: A") == "line 1: tilte is no field here; perhaps title is meant"


def test_all_problems_are_told_at_once() -> None:
    told = problem(ProductProfile, "form: x\naccounts: perhaps\nusers: nobody\n")
    assert ("line 1: form" in told, "line 2: accounts" in told, "line 3: users" in told) == (True, True, True)


def test_a_nested_problem_is_told_with_its_place() -> None:
    told = problem(ProductProfile, "markets:\n  - country: DE\n    lawn: MDR\n")
    assert told == "line 3: markets[1].lawn is no field here; perhaps law is meant"


def test_a_day_that_yaml_would_take_for_a_date_is_the_text_that_was_written() -> None:
    assert of(Procedure, "effective: 2026-11-25").value == {"effective": "2026-11-25"}


def test_a_number_stays_a_text_where_a_text_is_asked_for() -> None:
    assert of(Procedure, "version: 1.10").value == {"version": "1.10"}


def test_one_value_stands_for_a_list_of_one() -> None:
    assert of(Role, "acts_as: quality").value == {"acts_as": ["quality"]}


@pytest.mark.parametrize("written", ["", "''", "~", "[]", "{}", "[~, '']"])
def test_what_is_empty_is_absent(written: str) -> None:
    assert of(ImprovementAction, f"because: {written}" if written != "{}" else "retired: {}").value == {}


def test_a_list_in_the_place_of_a_text_is_told() -> None:
    assert problem(Role, "title: [a, b]") == "line 1: title is a list; it is a text"


def test_a_list_at_the_top_is_told() -> None:
    assert "not a map of fields" in problem(Role, "- a\n- b\n")


def test_a_file_given_as_evidence_is_kept_and_described(tmp_path: Path) -> None:
    (tmp_path / "certificate.pdf").write_bytes(b"%PDF-1.7 signed")
    found = of(QualitySystem, "certificate:\n  file: certificate.pdf\n  shows: certificate of 2025\n", tmp_path)
    assert found.value["certificate"] == {
        "shows": "certificate of 2025",
        "digest": hashlib.sha256(b"%PDF-1.7 signed").hexdigest(),
        "media_type": "application/pdf",
        "size": 15,
    }
    assert found.files == [b"%PDF-1.7 signed"]


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    told = problem(QualitySystem, "certificate:\n  file: absent.pdf\n  shows: x\n", tmp_path)
    assert told.startswith("line 2: certificate.file cannot be read: absent.pdf")


def test_a_file_that_is_not_the_one_of_the_digest_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"another")
    told = problem(QualitySystem, f"certificate:\n  file: a.pdf\n  digest: '{'0' * 64}'\n", tmp_path)
    assert "has another digest" in told


def test_a_json_file_reads_as_yaml_does(tmp_path: Path) -> None:
    path = tmp_path / "role.json"
    path.write_text('{\n\t"title": "Quality",\n\t"acts_as": ["quality"]\n}\n', encoding="utf-8")
    assert read_file(path, Role, Known()).value == {"title": "Quality", "acts_as": ["quality"]}


def test_a_json_file_takes_numbers_and_flags(tmp_path: Path) -> None:
    path = tmp_path / "system.json"
    path.write_text('{"security_in_scope": true}', encoding="utf-8")
    assert read_file(path, QualitySystem, Known()).value == {"security_in_scope": True}


@pytest.mark.parametrize("text", ['{"a": 1, "a": 2}', '{"a": 1.5}', '{"a": null}', '{"a": NaN}', '{"a": ' + "[" * 200])
def test_hostile_json_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "role.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(JsonError):
        read_file(path, Role, Known())


def test_a_folder_is_no_record(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="folder"):
        read_file(tmp_path, Role, Known())


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("2026-11-25T08:30Z", "2026-11-25T08:30:00.000000Z"),
        ("2026-11-25 08:30:01.5Z", "2026-11-25T08:30:01.500000Z"),
    ],
)
def test_an_instant_is_filled_up(written: str, instant: str) -> None:
    kind, name = next(
        (kind, one.name) for kind in KINDS.values() for one in fields_of(kind) if one.form.what is What.INSTANT
    )
    assert of(kind, f"{name}: {written}").value == {name: instant}
    assert "an instant" in problem(kind, f"{name}: {written.removesuffix('Z')}")


def test_every_field_of_every_kind_has_help_and_a_hint() -> None:
    bare = [
        f"{kind.__name__}.{one.name}"
        for kind in KINDS.values()
        for one in fields_of(kind)
        if not (one.help and one.form.hint)
    ]
    assert bare == []


def test_evidence_is_told_to_take_a_file() -> None:
    value: dict[str, Any] = {}
    assert any(one.form.value is Evidence for one in fields_of(QualitySystem))
    assert "file: the path of a file" in form(QualitySystem, value, Known(), "It")
