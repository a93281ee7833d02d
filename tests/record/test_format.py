"""The examples of docs/format.md, worked out again: by the program, and by a reader who has that page and nothing else."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from asepsis.record import canonical, checkpoint, content, entry, tree
from asepsis.record.entry import FORMS, Shape

PAGE = (Path(__file__).parents[2] / "docs/format.md").read_text()


def fences(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", PAGE, re.M | re.S)


def examples(kind: str) -> list[dict[str, str]]:
    return [dict(re.findall(r"^(\w+): +(.*)$", text, re.M)) for text in fences(f"example {kind}")]


def sha(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


ENTRIES = [one["bytes"].encode() for one in examples("entry")]
NAMES = [one["name"] for one in examples("entry")]
NOTE = fences("note")[0]
(KEY,) = examples("key")


# What the program makes of the examples


@pytest.mark.parametrize("example", examples("canonical"))
def test_an_example_of_canonical_json_is_what_the_program_writes(example: dict[str, str]) -> None:
    value = canonical.loads(example["value"].encode())
    assert canonical.dumps(value).decode() == example["bytes"]
    assert canonical.value_digest(value) == example["sha256"]


@pytest.mark.parametrize("example", examples("content"))
def test_an_example_of_a_content_is_what_the_program_seals(example: dict[str, str]) -> None:
    value = canonical.loads(example["value"].encode())
    data = content.seal(value, bytes.fromhex(example["salt"]))
    assert (data.decode(), content.digest(data)) == (example["bytes"], example["digest"])
    assert content.unseal(data) == value


@pytest.mark.parametrize("example", examples("entry"))
def test_an_example_of_an_entry_is_what_the_program_writes(example: dict[str, str]) -> None:
    data = example["bytes"].encode()
    fields = {key: value for key, value in entry.read(data).items() if key != "v"}
    assert entry.write(**fields | {"at": entry.at(fields["at"])}) == data
    assert entry.name(data) == example["name"]


def test_the_examples_of_the_tree_are_what_the_program_finds() -> None:
    leaves = [tree.leaf(data) for data in ENTRIES]
    for example in examples("root"):
        assert tree.root(leaves[: int(example["size"])]).hex() == example["root"]
    (inclusion,), (consistency,) = examples("inclusion"), examples("consistency")
    size, first, second = int(inclusion["size"]), int(consistency["first"]), int(consistency["second"])
    assert tree.inclusion(leaves[:size], int(inclusion["position"])) == proof(inclusion)
    assert tree.consistency(leaves, first, second) == proof(consistency)


def test_the_example_of_a_checkpoint_is_what_the_program_signs() -> None:
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(KEY["seed"]))
    public = bytes.fromhex(KEY["public"])
    origin = f"asepsis/{NAMES[0][:32]}"
    head = checkpoint.Checkpoint(origin, len(ENTRIES), tree.root(map(tree.leaf, ENTRIES)))
    assert checkpoint.sign(head, key, origin) == NOTE
    assert checkpoint.verify(NOTE, public, origin) == head
    assert checkpoint.vkey(origin, public) == KEY["verifier"]
    assert key.public_key().public_bytes_raw() == public


# What a reader makes of them who has that page, SHA-256, Ed25519 and JSON


def test_a_reader_finds_the_value_of_a_content_where_the_page_says() -> None:
    for example in examples("content"):
        data = example["bytes"].encode()
        assert sha(data).hex() == example["digest"]
        assert json.loads(data[51:-1]) == json.loads(example["value"])


def test_a_reader_finds_the_names_and_roots() -> None:
    assert [sha(b"\x00", data).hex() for data in ENTRIES] == NAMES
    for example in examples("root"):
        assert root(NAMES[: int(example["size"])]).hex() == example["root"]


def root(names: list[str]) -> bytes:
    if len(names) < 2:
        return bytes.fromhex(names[0]) if names else sha()
    k = 1
    while 2 * k < len(names):
        k *= 2
    return sha(b"\x01", root(names[:k]), root(names[k:]))


def proof(example: dict[str, str]) -> list[bytes]:
    return [bytes.fromhex(example[key]) for key in sorted(example) if key.startswith("proof_")]


def test_a_reader_verifies_the_checkpoint() -> None:
    signed, line = NOTE.split("\n\n")
    origin, size, encoded = signed.split("\n")
    dash, name, signature = line.removesuffix("\n").split(" ")
    raw, public = base64.b64decode(signature), bytes.fromhex(json.loads(ENTRIES[0])["key"])
    assert (dash, name, origin) == ("\u2014", origin, f"asepsis/{NAMES[0][:32]}")
    assert base64.b64decode(encoded) == root(NAMES[: int(size)])
    assert raw[:4] == sha(name.encode(), b"\n\x01", public)[:4] == bytes.fromhex(KEY["identity"])
    Ed25519PublicKey.from_public_bytes(public).verify(raw[4:], f"{signed}\n".encode())
    assert KEY["verifier"] == f"{name}+{raw[:4].hex()}+{base64.b64encode(bytes([1]) + public).decode()}"


def test_a_reader_finds_all_that_the_entries_name() -> None:
    contents = {example["digest"] for example in examples("content")}
    named = {
        fields[field]
        for fields in map(json.loads, ENTRIES)
        for field in ("content", "card", "reason", "name")
        if field in fields
    }
    assert named == contents


def test_a_reader_follows_each_record_and_finds_the_digest_of_the_dossier() -> None:
    (example,), (lines,) = examples("dossier"), fences("dossier")
    position = int(example["position"])
    assert sorted(followed(position)) == lines.splitlines(keepends=True)
    assert sha(lines.encode()).hex() == example["digest"] == json.loads(ENTRIES[position])["dossier"]


def followed(position: int) -> Iterator[str]:
    """Give the line of each record at `position`, as the page tells it."""
    entries = [json.loads(data) | {"name": name} for data, name in zip(ENTRIES, NAMES, strict=True)][:position]
    open_slots: dict[str, set[int]] = {}
    for one in entries:
        if one["form"] == "submission":
            open_slots[one["revision"]] = set(range(len(one["slots"])))
        elif one["form"] == "approval":
            open_slots[one["revision"]].discard(one["slot"])
    revisions = [one for one in entries if one["form"] == "revision"]
    for record in {one["record"] for one in revisions}:
        own = [one for one in revisions if one["record"] == record]
        assert [one["number"] for one in own] == list(range(1, len(own) + 1))
        assert [one.get("before") for one in own] == [None, *(one["name"] for one in own[:-1])]
        effective = [one["name"] for one in own if open_slots.get(one["name"]) == set()]
        head = own[-1]["name"]
        state = "draft" if head not in open_slots else "submitted" if open_slots[head] else "effective"
        standing = "effective" if effective else "none"
        yield f"{record} {effective[-1] if effective else '-'} {head} {state} {standing}\n"


# What the page says of forms and patterns


def rows(header: str) -> list[list[str]]:
    table = PAGE.partition(f"{header}\n")[2].partition("\n\n")[0].splitlines()[1:]
    return [[cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", row)[1:-1]] for row in table]


def told(shape: Shape) -> str:
    return shape.words if shape.name == "choice" else f"*{shape.name}*"


SHAPES = {shape.name: shape for form in FORMS.values() for shape in form.fields.values()} | {"role": entry.ROLE}


def test_the_page_has_each_form_with_its_fields() -> None:
    written = {form.strip("`"): fields.split("; ") for form, fields in rows("| form | fields |")}
    assert written == {
        form.name: [f"`{field}`{'?' * shape.optional} {told(shape)}" for field, shape in form.fields.items()]
        for form in FORMS.values()
    }


def test_the_page_has_the_pattern_of_each_shape() -> None:
    named = {name.strip("*") for name, *_ in rows("| text | pattern | what |") + rows("| other | what |")}
    assert named == SHAPES.keys()


PATTERNS = {name.strip("*"): pattern.strip("`") for name, pattern, _ in rows("| text | pattern | what |")}
BOUNDS = {"zone": 64, "role": 40}


def is_of(name: str, text: str) -> bool:
    """Return whether `text` is what the page allows: its pattern, and the sentence below the patterns."""
    if not re.fullmatch(PATTERNS[name], text, re.ASCII) or len(text) > BOUNDS.get(name, len(text)):
        return False
    return text != "ORG" if name == "code" else name != "instant" or is_a_day(text[:10])


def is_a_day(text: str) -> bool:
    year, month, day = map(int, text.split("-"))
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return (
        year >= 1
        and 1 <= month <= 12
        and 1 <= day <= [31, 28 + leap, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
    )


@given(st.sampled_from(sorted(PATTERNS)), st.data())
def test_the_program_takes_the_texts_that_the_page_allows_and_no_others(name: str, data: Any) -> None:
    # As the pattern says, as another one says, cut short, or with one character put in.
    other = data.draw(st.sampled_from(sorted(PATTERNS)))
    text = data.draw(st.from_regex(PATTERNS[other], fullmatch=True))
    at = data.draw(st.integers(0, len(text)))
    text = data.draw(st.sampled_from([text, text[:at], text[:at] + data.draw(st.characters()) + text[at:]]))
    assert SHAPES[name].fits(text) == is_of(name, text)
    fitting = data.draw(st.from_regex(PATTERNS[name], fullmatch=True))
    assert SHAPES[name].fits(fitting) == is_of(name, fitting)


@pytest.mark.parametrize(
    "text", ["ORG", "ORGS", "2024-02-29T00:00:00.000000Z", "2100-02-29T00:00:00.000000Z", "a" * 65]
)
def test_the_exceptions_below_the_patterns_are_those_of_the_program(text: str) -> None:
    for name in PATTERNS:
        assert SHAPES[name].fits(text) == is_of(name, text)


def test_the_limits_of_the_page_are_those_of_the_program() -> None:
    for number in (canonical.LARGEST, entry.MOST_BYTES, checkpoint.MOST_SIGNATURES, canonical.DEEPEST):
        assert re.search(rf"\b({number}|{number:,})\b", PAGE)
    assert checkpoint.MOST_BYTES == entry.MOST_BYTES
