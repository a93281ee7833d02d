"""The stand-alone verifier itself: its signatures, what it takes for an entry, and that it follows records as the store does."""

from __future__ import annotations

import ast
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from asepsis import processes
from asepsis.bundle import verify
from asepsis.bundle.reading import open_bundle
from asepsis.errors import AsepsisError
from asepsis.record import canonical, entry
from asepsis.record.history import fold
from asepsis.record.kind import KINDS
from asepsis.store.going import FOUNDING
from tests.bundle.conftest import Kept
from tests.record.test_format import ENTRIES, NOTE

processes.load()
FILE = Path(verify.__file__)

VECTORS = [  # RFC 8032, 7.1: public key, message, signature
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]  # fmt: skip


def test_it_is_one_file_of_at_most_300_lines_that_needs_python_3_9_and_nothing_else() -> None:
    text = FILE.read_text()
    assert len(text.splitlines()) <= 300
    tree = ast.parse(text, feature_version=(3, 9))
    imported = [name.name for one in ast.walk(tree) if isinstance(one, ast.Import) for name in one.names]
    imported += [str(one.module) for one in ast.walk(tree) if isinstance(one, ast.ImportFrom)]
    assert set(imported) - {"__future__"} <= sys.stdlib_module_names


# --- signatures -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("key", "message", "signature"), VECTORS)
def test_its_ed25519_takes_the_vectors_of_rfc_8032_and_nothing_near_them(
    key: str, message: str, signature: str
) -> None:
    public, said, signed = bytes.fromhex(key), bytes.fromhex(message), bytes.fromhex(signature)
    assert verify.verifies(public, said, signed)
    assert not verify.verifies(public, said + b"\0", signed)
    for at in (0, 31, 32, 63):
        assert not verify.verifies(public, said, signed[:at] + bytes([signed[at] ^ 1]) + signed[at + 1 :])
    beyond = (int.from_bytes(signed[32:], "little") + verify.L).to_bytes(32, "little")
    assert not verify.verifies(public, said, signed[:32] + beyond)
    assert not verify.verifies(public, said, signed[:-1])
    assert not verify.verifies(public[:-1], said, signed)
    assert not verify.verifies(public, said, b"")


@settings(max_examples=25)
@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200), st.integers(0, 63))
def test_its_ed25519_says_what_the_library_says(seed: bytes, message: bytes, at: int) -> None:
    key = Ed25519PrivateKey.from_private_bytes(seed)
    public, signature = key.public_key().public_bytes_raw(), key.sign(message)
    assert verify.verifies(public, message, signature)
    assert not verify.verifies(public, message, signature[:at] + bytes([signature[at] ^ 4]) + signature[at + 1 :])


@pytest.mark.parametrize("y", [0, 1, verify.P - 1, verify.P, verify.P + 1, 2**255 - 1])
def test_a_key_for_which_anybody_can_sign_is_not_taken(y: int) -> None:
    key = y.to_bytes(32, "little")
    for signature in (key + bytes(32), (1).to_bytes(32, "little") + bytes(32)):
        assert not verify.verifies(key, b"never signed", signature)


def test_it_reads_the_checkpoint_of_the_page() -> None:
    note = verify.NOTE.fullmatch(NOTE)
    assert note is not None
    assert (note[2], note[3]) == (NOTE.split("\n")[0], "12")
    for other in (NOTE + "x", NOTE.replace("\n12\n", "\n012\n"), NOTE.replace("\n\n", "\n"), NOTE[:-1]):
        assert verify.NOTE.fullmatch(other) is None


# --- entries ----------------------------------------------------------------------------------------------------------


def test_it_knows_the_forms_and_their_fields_as_the_program_does() -> None:
    assert {form: {one.rstrip("?") for one in fields} for form, fields in verify.FORMS.items()} == {
        form.name: set(form.fields) - ({"asked"} if form.name == "erasure-asked" else set())
        for form in entry.FORMS.values()
    }
    assert set(verify.ORGANISATION) == {form.name for form in entry.FORMS.values() if form.organisation}
    for form in entry.FORMS.values():
        needed = {name for name, shape in form.fields.items() if not shape.optional}
        needed |= {"asked"} if form.name == "redaction" else set()
        assert {one for one in verify.FORMS[form.name] if one[-1] != "?"} == needed
    assert verify.FOUNDING == FOUNDING


def test_it_knows_which_kinds_may_wait_for_no_approval() -> None:
    shipped = {name: kind for name, kind in KINDS.items() if kind.__module__.startswith("asepsis.")}
    free = {name for name, kind in shipped.items() if kind.meta.signed == () or callable(kind.meta.signed)}
    assert set(verify.UNSIGNED) == free


@pytest.mark.parametrize("data", ENTRIES)
def test_it_reads_the_entries_of_the_page(data: bytes) -> None:
    assert verify.read_entry(data) == entry.read(data)


def spoilt(fields: dict[str, Any]) -> list[bytes]:
    whole = canonical.dumps(fields)
    others: list[dict[str, Any]] = [
        fields | {"more": 1},
        fields | {"v": 2},
        fields | {"v": True},
        fields | {"form": "forged"},
        fields | {"form": ["list"]},
        fields | {"at": fields["at"][:-1] + "z"},
        fields | {"at": "2026-02-30T00:00:00.000000Z"},
        fields | {"by": 7},
        fields | {"by": "with a blank"},
        *({name: value for name, value in fields.items() if name != left} for left in fields if left != "of"),
        *(fields | {name: float(value)} for name, value in fields.items() if type(value) is int),
        *(fields | {name: not value} for name, value in fields.items() if type(value) is int),
        *(fields | {name: None} for name in fields),
        *(fields | {name: -1} for name, value in fields.items() if type(value) is int),
        *(fields | {name: 2**53} for name, value in fields.items() if type(value) is int),
    ]
    dumped = [json.dumps(one, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() for one in others]
    return [
        *dumped, whole + b" ", b" " + whole, whole[:-1], whole.replace(b",", b", ", 1), b"[" * 70_000, b"", b"{}", b"[]",
        whole[:-1] + b',"v":1}', whole.replace(b'"v":1', b'"v":1.0'), b"\xef\xbb\xbf" + whole, b'"\\ud800"', b"\xff",
    ]  # fmt: skip


@pytest.mark.parametrize("data", ENTRIES)
def test_what_the_program_takes_for_no_entry_is_none_for_the_verifier(data: bytes) -> None:
    for other in spoilt(json.loads(data)):
        with pytest.raises((AsepsisError, RecursionError)):
            entry.read(other)
        with pytest.raises(verify.FAULTS):
            verify.read_entry(other)


# --- what became of records -------------------------------------------------------------------------------------------


def test_it_follows_each_record_as_the_program_does(kept: Kept) -> None:
    report = verify.Report(say=lambda _: None)
    ledger = verify.check(verify.Bundle(str(kept.bundle), report), [], True, report)
    histories = fold(iter(open_bundle(kept.bundle).entries))
    assert ledger.records.keys() == histories.keys()
    assert len(histories) > 40
    for record, history in histories.items():
        one = ledger.records[record]
        effective = history.effective.name if history.effective else None
        assert (one.label, one.head, one.state, one.effective) == (
            history.label, history.head.name, history.head_state, effective,
        )  # fmt: skip
        assert set(one.authors) == history.authors
        assert (one.number, one.material, one.progress) == (
            history.head.number, history.head.material, history.head.progress,
        )  # fmt: skip
    progress = [one for history in histories.values() for one in history.revisions if one.progress]
    assert progress


def test_it_agrees_without_looking_at_older_signatures_and_says_so(kept: Kept) -> None:
    told: list[str] = []
    report = verify.Report(say=told.append)
    verify.check(verify.Bundle(str(kept.bundle), report), [], False, report)
    assert report.counts["WRONG"] == 0
    assert any("its signature: --all" in line for line in told)
    assert any("checkpoint from elsewhere was not given" in line for line in told)


def test_a_checkpoint_of_another_ledger_or_of_later_entries_is_told(kept: Kept, tmp_path: Path) -> None:
    from tests.bundle.conftest import judged

    (tmp_path / "other.txt").write_text(NOTE)
    assert any("of another ledger" in line for line in judged(kept.bundle, tmp_path / "other.txt").wrong)
    (tmp_path / "none.txt").write_text("no checkpoint")
    assert judged(kept.bundle, tmp_path / "none.txt").wrong == ["1 checkpoints are not written as such."]
