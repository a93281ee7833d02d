from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asepsis.record.canonical import DoubleKeyError, JsonError, JsonSizeError, JsonSyntaxError, dumps
from asepsis.record.entry import (
    FORMS,
    MOST_BYTES,
    EntryError,
    ForeignFieldError,
    MissingFieldError,
    NotCanonicalError,
    UnfitFieldError,
    UnfitInstantError,
    UnknownFormError,
    at,
    instant,
    name,
    read,
    write,
)

DESIGN = Path(__file__).parents[2].parent / "shared/design/records.md"

NOW = datetime(2026, 11, 25, 1, 2, 3, 4, tzinfo=UTC)
BY, OF, RECORD = "1" * 32, "2" * 32, "3" * 32
NAME, DIGEST = "a" * 64, "b" * 64

FIRST: dict[str, Any] = {
    "record": RECORD,
    "kind": "Threat",
    "version": 1,
    "number": 1,
    "label": "GW-THR-12",
    "content": DIGEST,
    "material": 1,
    "progress": False,
}
LATER: dict[str, Any] = {key: value for key, value in FIRST.items() if key != "label"} | {"number": 2, "before": NAME}
SLOT: dict[str, Any] = {"meaning": "reviewed", "roles": ["security", "release-manager"], "apart": True}

# One of each form with all it can hold, as its page says it.
WHOLE: dict[str, dict[str, Any]] = {
    "founding": {"origin": "real", "clock_offset_s": 0, "key": DIGEST, "time_zone": "Europe/Zurich"},
    "product": {"product": OF, "code": "GW", "name": DIGEST},
    "admission": {"person": BY, "card": DIGEST},
    "renaming": {"person": BY, "card": DIGEST},
    "revision": FIRST,
    "submission": {"revision": NAME, "slots": [SLOT, {"meaning": "authored", "person": BY, "apart": False}]},
    "approval": {
        "revision": NAME,
        "slot": 0,
        "meaning": "approved",
        "card": DIGEST,
        "how": "passkey",
        "seen": 4711,
        "set": 1,
        "opened": True,
        "stands_in": "deputy",
    },
    "rejection": {"revision": NAME, "reason": DIGEST},
    "withdrawal": {"revision": NAME, "reason": DIGEST},
    "looked": {"record": RECORD, "target": OF, "seen": 0, "set": 500},
    "facts": {
        "kind": "test_results",
        "subject": f"{OF}+7.2@build/1.0:x_y-z",
        "source": DIGEST,
        "document": DIGEST,
        "as_of": instant(NOW),
    },
    "baseline": {"release": RECORD, "dossier": DIGEST},
    "comment": {"record": RECORD, "content": DIGEST},
    "embargo": {"record": RECORD, "to": [BY, OF]},
    "disclosure": {"record": RECORD, "to": []},
    "erasure-asked": {"content": DIGEST, "ground": "court-order", "remainder": NAME},
    "redaction": {"file": DIGEST, "ground": "wrong-file", "asked": NAME},
    "key": {"key": DIGEST, "why": "yearly"},
}
ORGANISATIONS = {"founding", "admission", "renaming", "key"}


def written(form: str, **changes: Any) -> bytes:
    return write(form, at=NOW, by=BY, **(WHOLE[form] | changes))


def foreign(form: str, **changes: Any) -> bytes:
    """Return canonical bytes that this program would not have written."""
    entry = {"v": 1, "form": form, "at": instant(NOW), "by": BY} | WHOLE[form] | changes
    return dumps({key: value for key, value in entry.items() if value is not None})


# Every form


@pytest.mark.parametrize("form", FORMS)
def test_an_entry_of_each_form_is_read_as_it_was_written(form: str) -> None:
    of = {} if form in ORGANISATIONS else {"of": OF}
    entry = read(write(form, at=NOW, by=BY, **of, **WHOLE[form]))
    assert entry == {"v": 1, "form": form, "at": "2026-11-25T01:02:03.000004Z", "by": BY, **of, **WHOLE[form]}


@pytest.mark.parametrize("form", FORMS)
def test_each_form_lacks_only_what_may_be_absent(form: str) -> None:
    optional = {field for field, shape in FORMS[form].fields.items() if shape.optional}
    for field in WHOLE[form].keys() - optional:
        with pytest.raises(MissingFieldError, match=f"The {form} entry lacks {field}:"):
            written(form, **{field: None})
        with pytest.raises(MissingFieldError, match=f"The {form} entry lacks {field}:"):
            read(foreign(form, **{field: None}))


WRONG: list[tuple[Any, set[str]]] = [  # a value, and the shapes that it does fit
    ("", set()),
    ("x", {"facts", "subject", "zone"}),
    ("a" * 65, {"subject"}),
    ("0" * 64 + "\n", set()),
    ("ä", set()),
    (0.5, set()),
    (-1, set()),
    (2**53, set()),
    (1, {"index", "count"}),
    (True, {"truth"}),
    ([[]], set()),
    ({"a": 1}, set()),
]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("wrong", "fits"), WRONG)
def test_each_field_refuses_what_is_not_of_its_pattern_and_is_named(form: str, wrong: Any, fits: set[str]) -> None:
    for field, shape in FORMS[form].fields.items():
        assert shape.fits(wrong) == (shape.name in fits)
        if shape.name not in fits:
            with pytest.raises(UnfitFieldError, match=f"The {form} entry .* as {field}"):
                written(form, **{field: wrong})


@pytest.mark.parametrize("form", FORMS)
def test_a_field_of_no_form_is_refused(form: str) -> None:
    for forge in (written, foreign):
        with pytest.raises(ForeignFieldError, match=f"The {form} entry has a field colour, and must not"):
            read(forge(form, colour="red"))


def test_what_concerns_all_products_belongs_to_the_organisation() -> None:
    for form in FORMS:
        if form in ORGANISATIONS:
            with pytest.raises(ForeignFieldError, match=f"{form} entry has a field of"):
                written(form, of=OF)
        else:
            assert read(written(form, of=OF))["of"] == OF


def test_the_forms_and_their_fields_are_those_of_the_design() -> None:
    if not DESIGN.is_file():
        pytest.skip("there is no ../shared/design beside the repository")
    rows = re.findall(r"^\| ([a-z, -]+) \| ([^|]+) \|$", DESIGN.read_text().partition("| form | fields |")[2], re.M)
    designed: dict[str, set[str]] = {}
    for forms, fields in rows[: rows.index(next(row for row in rows if row[0] == "key")) + 1]:
        listed = re.sub(r"\([^)]*\)|\{[^}]*\}|:\[[^]]*\]|\?", "", fields).replace(" or ", ", ")
        for form in forms.split(", "):
            designed[form] = {field.strip() for field in listed.split(",")}
    designed["approval"].add("stands_in")  # the page says in words that it is kept in the approval
    assert designed == {form: set(one.fields) for form, one in FORMS.items()}


# The envelope


def test_a_form_that_is_not_known_is_refused() -> None:
    with pytest.raises(UnknownFormError, match='form "rumour" is not known; known are founding, '):
        write("rumour", at=NOW, by=BY)
    for form in (["revision"], 1, True):
        with pytest.raises(UnknownFormError):
            read(dumps({"v": 1, "form": form}))
    with pytest.raises(MissingFieldError, match="lacks form"):
        read(b'{"v":1}')


@pytest.mark.parametrize(
    ("field", "wrong"),
    [("v", 2), ("v", True), ("v", "1"), ("at", "2026-11-25T01:02:03Z"), ("by", "A" * 32), ("by", 7), ("of", "")],
)
def test_the_fields_around_each_form_are_held_to_their_patterns(field: str, wrong: Any) -> None:
    with pytest.raises(UnfitFieldError, match=f"as {field};"):
        read(foreign("revision", **{field: wrong}))


@pytest.mark.parametrize("data", [b"[]", b"1", b'"revision"', b"true"])
def test_json_that_is_no_object_is_no_entry(data: bytes) -> None:
    with pytest.raises(UnfitFieldError, match="expected is an object"):
        read(data)


@pytest.mark.parametrize("data", [b"", b"{", b"null", b'{"v":1,"v":1}', b'{"v":1.0}', b"\xff"])
def test_bytes_that_are_no_json_of_ours_are_no_entry(data: bytes) -> None:
    with pytest.raises(JsonError, match="The entry"):
        read(data)


def test_an_entry_in_any_other_bytes_than_the_canonical_ones_is_refused() -> None:
    data = written("revision")
    others = (
        data + b"\n",
        data.replace(b":", b": ", 1),
        json.dumps(dict(reversed(json.loads(data).items())), separators=(",", ":")).encode(),
        data.replace(b"Threat", b"\\u0054hreat"),
    )
    for other in others:
        assert json.loads(other) == json.loads(data)
        with pytest.raises(NotCanonicalError, match="revision"):
            read(other)


def test_a_double_key_is_refused_though_the_last_one_would_fit() -> None:
    with pytest.raises(DoubleKeyError):
        read(written("revision")[:-1] + b',"version":1}')


def test_an_entry_beyond_the_size_of_the_largest_is_not_looked_into() -> None:
    with pytest.raises(JsonSizeError):
        read(b" " * (MOST_BYTES + 1))


def test_the_largest_entry_that_can_be_written_can_be_read() -> None:
    persons = [f"{number:032x}" for number in range(1000)]
    slot = {"meaning": "reviewed", "roles": [f"{'r' * 39}{chr(97 + n)}" for n in range(20)], "apart": False}
    for data in (written("embargo", to=persons), written("submission", slots=[slot] * 32)):
        assert len(data) <= MOST_BYTES
        assert read(data)
    with pytest.raises(UnfitFieldError, match="as to"):
        written("embargo", to=[*persons, "f" * 32])
    with pytest.raises(UnfitFieldError, match="as slots"):
        written("submission", slots=[slot] * 33)


def test_choices_and_tuples_are_written_as_texts_and_lists() -> None:
    class Role(StrEnum):
        SECURITY = "security"

    data = written("submission", slots=({"meaning": "reviewed", "roles": (Role.SECURITY,), "apart": False},))
    assert read(data)["slots"] == [{"meaning": "reviewed", "roles": ["security"], "apart": False}]


# What fields owe each other


def test_a_revision_has_a_label_at_number_1_and_what_it_follows_after_it() -> None:
    assert read(write("revision", at=NOW, by=BY, **LATER)) == {
        "v": 1,
        "form": "revision",
        "at": instant(NOW),
        "by": BY,
        **LATER,
    }
    with pytest.raises(MissingFieldError, match="lacks label"):
        written("revision", label=None)
    with pytest.raises(UnfitFieldError, match="as before"):
        written("revision", before=NAME)
    with pytest.raises(MissingFieldError, match="lacks before"):
        write("revision", at=NOW, by=BY, **{key: value for key, value in LATER.items() if key != "before"})
    with pytest.raises(UnfitFieldError, match="as label"):
        write("revision", at=NOW, by=BY, **LATER, label="GW-THR-12")


def test_the_material_number_is_none_that_is_yet_to_come() -> None:
    assert read(write("revision", at=NOW, by=BY, **(LATER | {"material": 2})))
    for wrong in (0, 3):
        with pytest.raises(UnfitFieldError, match="as material"):
            write("revision", at=NOW, by=BY, **(LATER | {"material": wrong}))


def test_nothing_can_have_gone_on_since_before_the_first_revision() -> None:
    assert read(write("revision", at=NOW, by=BY, **(LATER | {"progress": True})))
    with pytest.raises(UnfitFieldError, match="as progress"):
        written("revision", progress=True)


def test_an_erasure_is_of_a_content_or_of_a_file() -> None:
    assert read(written("erasure-asked", content=None, file=DIGEST, remainder=None))
    for wrong in ({"file": DIGEST}, {"content": None, "remainder": None}):
        with pytest.raises(EntryError, match="content"):
            written("erasure-asked", **wrong)
    with pytest.raises(UnfitFieldError, match="as remainder"):
        written("redaction", remainder=NAME)


def test_a_redaction_names_who_asked_for_it_and_the_asking_none() -> None:
    with pytest.raises(UnfitFieldError, match="as asked"):
        written("erasure-asked", asked=NAME)
    with pytest.raises(MissingFieldError, match="lacks asked"):
        written("redaction", asked=None)


@pytest.mark.parametrize(
    "slot",
    [
        {"meaning": "reviewed", "apart": True},
        {"meaning": "reviewed", "roles": [], "apart": True},
        {"meaning": "reviewed", "roles": ["security"], "person": BY, "apart": True},
        {"meaning": "reviewed", "roles": ["security", "security"], "apart": True},
        {"meaning": "reviewed", "roles": ["Security"], "apart": True},
        {"meaning": "reviewed", "roles": "security", "apart": True},
        {"meaning": "seen", "roles": ["security"], "apart": True},
        {"meaning": "reviewed", "roles": ["security"]},
        {"meaning": "reviewed", "roles": ["security"], "apart": 1},
        {"meaning": "reviewed", "person": "Ada", "apart": True},
        {"meaning": "reviewed", "roles": ["security"], "apart": True, "by": BY},
        {"roles": ["security"], "apart": True},
        ["reviewed", "security", True],
        "reviewed",
    ],
)
def test_a_slot_that_says_less_or_more_than_who_signs_what_is_refused(slot: Any) -> None:
    for forge in (written, foreign):
        with pytest.raises(UnfitFieldError, match="as slots"):
            read(forge("submission", slots=[SLOT, slot]))


def test_a_submission_may_ask_for_no_signature() -> None:
    assert read(written("submission", slots=[]))["slots"] == []


def test_a_person_is_named_once_in_a_list() -> None:
    with pytest.raises(UnfitFieldError, match="as to"):
        written("embargo", to=[BY, BY])


@pytest.mark.parametrize("label", ["GW-THR-1", "ORG-ROL-10", "GW-VUL-q7xk2", "GATEWAYS-VUL-00000", "AB-ABC-12345"])
def test_a_label_is_a_number_or_five_random_characters(label: str) -> None:
    assert read(written("revision", label=label))["label"] == label


@pytest.mark.parametrize(
    "label",
    ["gw-THR-1", "GW-THR-0", "GW-THR-01", "GW-THR-", "G-THR-1", "GW-TH-1", "GW-VUL-q7xk", "GW-VUL-Q7XK2", "GW-THR-1 "],
)
def test_no_other_text_is_a_label(label: str) -> None:
    with pytest.raises(UnfitFieldError, match="as label"):
        written("revision", label=label)


@pytest.mark.parametrize("code", ["ORG", "G", "GATEWAYSX", "G1", "gw"])
def test_a_product_has_a_code_that_cannot_be_taken_for_anything_else(code: str) -> None:
    with pytest.raises(UnfitFieldError, match="as code"):
        written("product", code=code)
    assert read(written("product", code="ORGAN"))


@pytest.mark.parametrize("zone", ["UTC", "Etc/GMT+5", "America/Argentina/Buenos_Aires", "America/Port-au-Prince"])
def test_a_time_zone_goes_by_the_name_of_its_place(zone: str) -> None:
    assert read(written("founding", time_zone=zone))["time_zone"] == zone


@pytest.mark.parametrize(
    "zone", ["", "../etc/passwd", "/etc/localtime", "+01:00", "Europe/", "Europe//Zurich", "a" * 65]
)
def test_a_time_zone_is_no_path_and_no_offset(zone: str) -> None:
    with pytest.raises(UnfitFieldError, match="as time_zone"):
        written("founding", time_zone=zone)


@pytest.mark.parametrize("subject", ["", "a b", "a\n", "ä", "a" * 201, 'a"b', "a\\b"])
def test_a_subject_of_facts_is_one_plain_word(subject: str) -> None:
    with pytest.raises(UnfitFieldError, match="as subject"):
        written("facts", subject=subject)


# Names and instants


def test_the_name_of_an_entry_is_its_leaf() -> None:
    data = written("revision")
    assert name(data) == hashlib.sha256(b"\0" + data).hexdigest()


@given(st.integers(1, 2**53 - 1), st.integers(1, 2**53 - 1))
def test_entries_that_say_different_things_have_different_names(one: int, other: int) -> None:
    names = {name(write("looked", at=NOW, by=BY, record=RECORD, target=OF, seen=n, set=1)) for n in (one, other)}
    assert len(names) == len({one, other})


INSTANTS = st.datetimes(datetime(1900, 1, 1), datetime(9999, 12, 30), timezones=st.just(UTC))


@given(INSTANTS)
def test_an_instant_comes_back_to_the_microsecond(moment: datetime) -> None:
    assert at(instant(moment)) == moment
    assert at(instant(moment)).tzinfo is UTC
    assert len(instant(moment)) == 27


@given(INSTANTS, INSTANTS)
def test_instants_sort_as_their_texts(one: datetime, other: datetime) -> None:
    assert (one < other) == (instant(one) < instant(other))


@given(INSTANTS, st.integers(-14 * 60, 14 * 60))
def test_an_instant_is_written_in_utc_wherever_it_was_taken(moment: datetime, minutes: int) -> None:
    assert instant(moment.astimezone(timezone(timedelta(minutes=minutes)))) == instant(moment)


def test_an_instant_is_written_with_six_digits_also_at_a_full_second_of_an_early_year() -> None:
    assert instant(datetime(987, 1, 2, tzinfo=UTC)) == "0987-01-02T00:00:00.000000Z"


def test_an_instant_without_a_time_zone_is_refused() -> None:
    with pytest.raises(UnfitInstantError, match="2026-11-25T00:00:00 is no instant"):
        instant(datetime(2026, 11, 25))


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-25T01:02:03Z",
        "2026-11-25T01:02:03.4Z",
        "2026-11-25T01:02:03.000004+00:00",
        "2026-11-25 01:02:03.000004Z",
        "2026-11-25T01:02:03.000004z",
        "2026-02-30T01:02:03.000004Z",
        "2026-11-25T24:00:00.000000Z",
        "2026-11-25T23:59:60.000000Z",
        "0000-01-01T00:00:00.000000Z",
        "２026-11-25T01:02:03.000004Z",
        " 2026-11-25T01:02:03.000004Z",
        "2026-11-25T01:02:03.000004Z\n",
    ],
)
def test_no_other_writing_is_an_instant(text: str) -> None:
    with pytest.raises(UnfitInstantError, match="is no instant"):
        at(text)
    with pytest.raises(UnfitFieldError, match="as as_of"):
        written("facts", as_of=text)


# Anything at all


SCRAPS = st.one_of(
    st.sampled_from([BY, NAME, 0, 1, 2, True, False, "GW-THR-1", "Threat", [], [BY], [SLOT], "real", instant(NOW), ""]),
    st.text(max_size=5),
    st.integers(-5, 5),
)


@given(st.sampled_from(sorted(FORMS)), st.data())
def test_a_changed_entry_is_an_entry_that_can_be_written_or_is_refused(form: str, data: Any) -> None:
    fields = {"v": 1, "form": form, "at": instant(NOW), "by": BY, "of": OF} | WHOLE[form]
    field = data.draw(st.sampled_from([*fields, "label", "before", "content", "file", "asked"]))
    fields[field] = data.draw(SCRAPS)
    try:
        entry = read(dumps(fields))
    except (EntryError, JsonError):
        return
    given = {key: value for key, value in entry.items() if key not in ("v", "form", "at")}
    assert write(entry["form"], at=at(entry["at"]), **given) == dumps(fields)


@given(st.sampled_from(sorted(FORMS)), st.data())
def test_no_single_changed_byte_leaves_the_name_of_an_entry(form: str, data: Any) -> None:
    before = bytearray(written(form))
    position, byte = data.draw(st.integers(0, len(before) - 1)), data.draw(st.integers(0, 255))
    after = bytearray(before)
    after[position] = byte
    try:
        entry = read(bytes(after))
    except (EntryError, JsonError):
        return
    assert (name(bytes(after)) == name(bytes(before))) == (entry == read(bytes(before)))


def test_a_cut_entry_is_refused_wherever_it_was_cut() -> None:
    whole = written("approval")
    for end in range(len(whole)):
        with pytest.raises(JsonSyntaxError):
            read(whole[:end])
