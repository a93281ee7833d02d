"""The quick reader of entries: it takes nothing that the strict one refuses, and takes all that the program writes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asepsis.errors import AsepsisError
from asepsis.record import canonical, entry
from asepsis.store.plainly import PlainEntries

NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)
ID, DIGEST = "ab" * 16, "cd" * 32
SAMPLES = {
    "id": ID, "digest": DIGEST, "name": DIGEST, "key": DIGEST, "index": 0, "count": 1, "truth": False, "code": "GW",
    "label": "GW-THR-1", "kind": "Threat", "facts": "null", "subject": "null", "zone": "UTC", "ids": [ID],
    "instant": "2026-01-05T08:00:00.000000Z",
    "slots": [{"meaning": "approved", "apart": True, "roles": ["quality"]}],
}  # fmt: skip
CHOICES = {
    "origin": "real", "meaning": "approved", "how": "copy", "ground": "wrong-file", "why": "lost", "stands_in": "quality",
}  # fmt: skip
LEFT_OUT = {"revision": ("before",), "erasure-asked": ("file", "asked"), "redaction": ("file",)}


def sample(form: entry.Form) -> bytes:
    fields: dict[str, Any] = {
        name: CHOICES.get(name, SAMPLES.get(shape.name))
        for name, shape in form.fields.items()
        if name not in LEFT_OUT.get(form.name, ())
    }
    of = None if form.organisation else ID
    return entry.write(form.name, at=NOW, by=ID, of=of, **fields)


WRITTEN = {name: sample(form) for name, form in entry.FORMS.items()}


def plainly(data: bytes, quick: PlainEntries | None = None) -> dict[str, Any] | None:
    """Return what the quick reader says of one entry, which stands between two plain ones."""
    around = WRITTEN["founding"]
    before, read, behind = (quick or PlainEntries()).read([around, data, around])
    assert before == behind == entry.read(around)
    return read


STRANGE: list[Any] = [
    None,
    True,
    False,
    0,
    1,
    -1,
    1.0,
    1.5,
    2**53,
    2**70,
    "",
    "x",
    "\u0000",
    "é",
    [],
    [[]],
    {},
    ID,
    DIGEST,
    [ID],
]


@pytest.mark.parametrize("form", WRITTEN)
def test_it_reads_what_is_written(form: str) -> None:
    read = plainly(WRITTEN[form])
    if b"null" not in WRITTEN[form]:
        assert read == entry.read(WRITTEN[form])


def strictly(data: bytes) -> dict[str, Any] | None:
    try:
        return entry.read(data)
    except AsepsisError:
        return None


@pytest.mark.parametrize("form", WRITTEN)
def test_a_strange_value_that_it_takes_the_strict_reader_takes(form: str) -> None:
    import json

    fields = json.loads(WRITTEN[form])
    quick = PlainEntries()
    for name in (*fields, "extra", "of", "stands_in", "label", "before", "asked"):
        for value in STRANGE:
            changed = {**fields, name: value}
            data = json.dumps(changed, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode(
                "utf-8", "surrogatepass"
            )
            read = plainly(data, quick)
            assert read is None or read == strictly(data), data
        without = {key: one for key, one in fields.items() if key != name}
        data = canonical.dumps(without)
        read = plainly(data, quick)
        assert read is None or read == strictly(data), data


@given(st.sampled_from(sorted(WRITTEN)), st.data())
def test_bytes_that_it_takes_the_strict_reader_takes(form: str, data: st.DataObject) -> None:
    written = bytearray(WRITTEN[form])
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(written) - 1))
        what = data.draw(st.sampled_from(["put", "cut", "twice"]))
        if what == "put":
            written[place] = data.draw(st.sampled_from(list(b'"{}[],:0129aAfnul-+.eE \\\x00\xff')))
        elif what == "cut":
            del written[place]
        else:
            written[place:place] = written[place : place + data.draw(st.integers(1, 30))]
    read = plainly(bytes(written))
    assert read is None or read == strictly(bytes(written))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"v":1', b'"v":true'),
        (b'"v":1', b'"\xff":1'),
        (b'"v":1', b'"v":1,"v":1'),
        (b'"v":1', b'"v": 1'),
        (b'"v":1', b'"v":1.0'),
        (b'"set":1', b'"set":null'),
        (b'"of":"', b'"of":null,"og":"'),
        (b'"stands_in":"quality"', b'"stands_in":null'),
        (b'"stands_in":"quality",', b'"stands_in":"quality","t":1,'),
        (b'"seen":0', b'"seen":-1'),
    ],
)
def test_it_leaves_what_is_odd_to_the_strict_reader(old: bytes, new: bytes) -> None:
    assert old in WRITTEN["approval"]
    assert plainly(WRITTEN["approval"].replace(old, new)) is None


def test_what_fields_owe_each_other_is_asked() -> None:
    assert plainly(WRITTEN["revision"].replace(b'"number":1', b'"number":2')) is None


def test_what_it_remembers_changes_no_answer() -> None:
    quick = PlainEntries()
    first = {form: plainly(data, quick) for form, data in WRITTEN.items()}
    assert first == {form: plainly(data, quick) for form, data in WRITTEN.items()}
    assert plainly(WRITTEN["approval"].replace(ID.encode(), ID.upper().encode()), quick) is None


def test_two_halves_of_an_entry_are_none_though_they_fit_together() -> None:
    whole = WRITTEN["approval"] + b"," + WRITTEN["founding"]
    at = len(WRITTEN["approval"]) - 20
    assert PlainEntries().read([whole[:at], whole[at + 1 :]]) == [None, None]
    assert PlainEntries().read([WRITTEN["founding"] + b"," + WRITTEN["approval"][:9], WRITTEN["approval"][10:]]) == [
        None,
        None,
    ]


@given(st.lists(st.sampled_from(sorted(WRITTEN)), max_size=8), st.data())
def test_many_at_once_are_read_as_each_alone(forms: list[str], data: st.DataObject) -> None:
    written = [WRITTEN[form] for form in forms]
    for at in range(len(written)):
        if data.draw(st.booleans()):
            written[at] = data.draw(st.sampled_from([b"", b"null", b"{}", b"[]", written[at].replace(b"ab", b"AB", 1)]))
    alone = [PlainEntries().read([one])[0] for one in written]
    assert PlainEntries().read(written) == alone
