"""Any kind as a row of texts, and back; and the headings of its table found again as its places."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asepsis import processes
from asepsis.exchange.tables.matching import by_kind, kind_of_sheet, matched, place_named
from asepsis.exchange.tables.places import LABEL, MisfitError, members_of, over, places_of, texts_of, value_of
from asepsis.exchange.tables.sheet import Heading, Row, Sheet
from asepsis.quality.records import Procedure
from asepsis.record.fields import Form
from asepsis.record.kind import KINDS, UnknownKindError
from asepsis.record.texts import Plain, misfit, plain_of
from asepsis.risk.records import Asset, Control, Risk
from tests.kinds import smallest

processes.load()


def read(form: Form, text: str) -> Plain:
    found = plain_of(form, text, lambda form, text: text)
    if found is None:
        raise MisfitError(misfit(form, text))
    return found


def same(identity: str) -> str:
    return identity


@pytest.mark.parametrize("name", sorted(KINDS))
def test_a_record_of_any_kind_is_a_row_of_texts_and_back(name: str) -> None:
    kind = KINDS[name]
    value = smallest(kind, notes="Two\n\nparagraphs; and more.", former_id="R-1")
    found = value_of(kind, texts_of(kind, value, same), read)
    assert (found.value, found.wrong) == (value, {})


@pytest.mark.parametrize("name", sorted(KINDS))
def test_the_headings_of_a_table_of_any_kind_are_found_again(name: str) -> None:
    places = places_of(KINDS[name])
    found = matched(KINDS[name], [one.words for one in places])
    assert [(one.place and one.place.name, one.sure) for one in found] == [(one.name, True) for one in places]


@pytest.mark.parametrize("name", sorted(KINDS))
def test_a_sheet_is_known_by_the_name_of_its_kind(name: str) -> None:
    assert [kind_of_sheet(one) for one in (name, KINDS[name].meta.prefix)] == [KINDS[name]] * 2


@pytest.mark.parametrize(
    ("sheet", "kind"),
    [
        ("Requirements", "Requirement"),
        ("security threats", "Threat"),
        ("Threat list", "Threat"),
        ("BILLS OF MATERIALS", "BillOfMaterials"),
        ("Vulnerabilities", "Vulnerability"),
        ("Impact analyses", "ImpactAnalysis"),
        ("Release decisions", "ReleaseDecision"),
        ("Sheet1", None),
    ],
)
def test_a_sheet_is_known_by_what_people_call_its_kind(sheet: str, kind: str | None) -> None:
    assert kind_of_sheet(sheet) is (KINDS[kind] if kind else None)


@given(
    st.lists(st.text("ab ;\n|", min_size=1).filter(lambda text: text == text.strip() and "\n " not in text), max_size=3)
)
def test_the_members_of_a_list_are_read_back_whatever_stands_in_them(members: list[str]) -> None:
    texts = texts_of(Control, {"title": "C", "mitigates": members}, same)
    assert value_of(Control, texts, read).value.get("mitigates", []) == members


@pytest.mark.parametrize("cell", ["one; two", "one\ntwo", "one\n\ntwo\n", " one ;two;"])
def test_a_list_stands_on_lines_or_between_semicolons(cell: str) -> None:
    assert value_of(Control, {"mitigates": cell}, read).value == {"mitigates": ["one", "two"]}


def test_semicolons_between_lines_belong_to_the_members() -> None:
    assert members_of("a; b\nc") == ["a; b", "c"]


@pytest.mark.parametrize("cell", ["Part of Device", "PART-OF-DEVICE", "part_of device", " part-of-device "])
def test_a_choice_is_taken_whatever_its_case_and_blanks(cell: str) -> None:
    assert value_of(KINDS["ProductProfile"], {"form": cell}, read).value == {"form": "part-of-device"}


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("03/04/2026", "can be read as two days"),
        ("3.4.26", "can be read as two days"),
        ("25/12/2026", "has another order"),
        ("2026-02-30", "a day such as"),
        ("2026-02", "a day such as"),
        ("46000", "a day such as"),
    ],
)
def test_a_day_in_another_order_is_refused_and_never_guessed(cell: str, why: str) -> None:
    found = value_of(Procedure, {"effective": cell}, read)
    assert (found.value, why in found.wrong["effective"]) == ({}, True)


def test_parts_that_a_table_does_not_have_stay_as_they_are() -> None:
    before = {"title": "A", "need": {"confidentiality": "low", "integrity": "high"}, "notes": "kept"}
    assert over(Asset, before, {"need": {"integrity": "low"}}) == {
        "title": "A",
        "need": {"confidentiality": "low", "integrity": "low"},
        "notes": "kept",
    }


def test_a_file_that_a_row_names_is_filled_in_with_what_it_is() -> None:
    found = value_of(Procedure, {"document.file": "a.pdf", "document.shows": "It."}, read, {"a.pdf": b"%PDF"}.get)
    assert (found.files, found.value["document"]["media_type"], found.value["document"]["size"]) == (
        [b"%PDF"],
        "application/pdf",
        4,
    )
    assert "no file of this name" in value_of(Procedure, {"document.file": "b.pdf"}, read).wrong["document.file"]


@pytest.mark.parametrize(
    ("kind", "heading", "place"),
    [
        (Risk, "Risk owner", "owner"),
        (Risk, "THREAT", "threats"),
        (Risk, "Risk ID", "former_id"),
        (Risk, "Controls", "controls"),
        (KINDS["Requirement"], "ReqIF.Text", "statement"),
        (KINDS["Requirement"], "Requirement", "statement"),
        (KINDS["Requirement"], "Acceptance Criteria", "criterion"),
        (Asset, "Asset", "title"),
        (Asset, "need (integrity)", "need.integrity"),
    ],
)
def test_columns_are_known_by_what_people_call_them(kind: type, heading: str, place: str) -> None:
    (found,) = matched(kind, [heading])
    assert (found.place and found.place.name, found.sure) == (place, True)


def test_of_two_headings_that_mean_one_place_the_surer_has_it() -> None:
    found = matched(Risk, ["Name", "Title", "Colour"])
    assert [(one.place and one.place.name) for one in found] == [None, "title", None]


def test_a_place_is_named_by_its_path_or_its_words() -> None:
    assert [place_named(Asset, one) is not None for one in ("need.integrity", "Need, integrity", LABEL, "nothing")] == [
        True,
        True,
        True,
        False,
    ]


def test_a_sheet_with_a_column_kind_is_one_for_each_kind() -> None:
    rows = (Row(2, ("Asset", "A")), Row(3, ("Risks", "R")), Row(4, ("asset", "B")))
    sheet = Sheet("All", (Heading("Kind", "A"), Heading("Title", "B")), rows)
    found = by_kind(sheet) or {}
    assert {kind.__name__: [row.number for row in one.rows] for kind, one in found.items()} == {
        "Asset": [2, 4],
        "Risk": [3],
    }
    with pytest.raises(UnknownKindError):
        by_kind(Sheet("All", sheet.headings, (Row(2, ("Nonsense", "A")),)))
