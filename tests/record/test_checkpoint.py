from __future__ import annotations

import base64
import dataclasses
import hashlib
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from asepsis.errors import UnanswerableError
from asepsis.record import checkpoint
from asepsis.record.checkpoint import (
    Checkpoint,
    MalformedKeyError,
    MalformedNoteError,
    NotVerifiedError,
    Signature,
    UnknownSignerError,
    key_identity,
    read,
    read_vkey,
    sign,
    verify,
    verify_text,
    vkey,
)

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(32))
NAME = "asepsis.example/ledger"
HEAD = Checkpoint("asepsis.example/ledger", 4711, hashlib.sha256(b"root").digest())
NOTE = sign(HEAD, KEY, NAME)

# A key, a text and its signature, as the tests of golang.org/x/mod/sumdb/note have them.
GO_VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_SEED = base64.b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
GO_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
GO_LINE = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
GO_SECOND = (
    "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop",
    "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n",
)

CHECKPOINTS = st.builds(
    Checkpoint,
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=30),
    st.integers(0, 2**53),
    st.binary(min_size=32, max_size=32),
)


# What others publish


def test_a_published_note_verifies_under_its_published_key() -> None:
    name, public = read_vkey(GO_VKEY)
    note = read(f"{GO_TEXT}\n{GO_LINE}")
    assert (name, note.text) == ("PeterNeumann", GO_TEXT)
    verify_text(note, public, name)


def test_the_published_private_key_gives_the_published_signature_and_key() -> None:
    key = Ed25519PrivateKey.from_private_bytes(GO_SEED)
    name, public = read_vkey(GO_VKEY)
    assert key.public_key().public_bytes_raw() == public
    assert vkey(name, public) == GO_VKEY
    identity = key_identity(name, public)
    assert identity.hex() == "c74f20a3"
    assert f"— {name} {base64.b64encode(identity + key.sign(GO_TEXT.encode())).decode()}\n" == GO_LINE


def test_each_of_two_published_signatures_verifies_whichever_comes_first() -> None:
    second_key, second_line = GO_SECOND
    for lines in (GO_LINE + second_line, second_line + GO_LINE):
        for key in (GO_VKEY, second_key):
            name, public = read_vkey(key)
            verify_text(read(f"{GO_TEXT}\n{lines}"), public, name)


def test_a_published_note_that_is_no_checkpoint_is_told_to_be_none() -> None:
    name, public = read_vkey(GO_VKEY)
    with pytest.raises(MalformedNoteError, match="what is signed has not three lines"):
        verify(f"{GO_TEXT}\n{GO_LINE}", public, name)


@pytest.mark.parametrize(
    "note",
    [
        GO_TEXT,
        f"{GO_TEXT}\n",
        f"{GO_TEXT}\n{GO_LINE[:-1]}",
        f"\x01{GO_TEXT}\n{GO_LINE}",
        b"\xff" + f"{GO_TEXT}\n{GO_LINE}".encode(),
        f"{GO_TEXT}\n{GO_LINE}Unexpected line.\n",
        f"{GO_TEXT}\n{GO_LINE.replace('PeterNeumann', 'Bad Name')}",
        f"{GO_TEXT}\n{GO_LINE.replace('PeterNeumann', 'Bad+Name')}",
        f"{GO_TEXT}\n{GO_LINE.replace('PeterNeumann', '')}",
        f"{GO_TEXT}\n{GO_LINE.replace('—', '-')}",
        f"{GO_TEXT}\n{GO_LINE.replace('= ', '')[:-2]}\n",
        f"{GO_TEXT}\n{GO_LINE.replace('nAM=', 'nAN=')}",
        f"{GO_TEXT}\n{GO_LINE}\n",
        f"{GO_TEXT}\n{GO_LINE * 101}",
        f"{GO_TEXT}\r\n{GO_LINE}",
        f"\n\n{GO_LINE}",
        f"\ud800{GO_TEXT}\n{GO_LINE}",
        f"{'a' * 65_536}\n\n{GO_LINE}",
        "— PeterNeumann x08g\n",
        "a\n\n— PeterNeumann x08gow==\n",
    ],
)
def test_no_other_text_is_a_note(note: str | bytes) -> None:
    with pytest.raises(MalformedNoteError, match="This is not a signed checkpoint: "):
        read(note)


def test_no_part_and_no_neighbour_of_a_published_key_is_a_key() -> None:
    parts = [GO_VKEY[i:j] for i in range(len(GO_VKEY)) for j in range(i, len(GO_VKEY) + 1)]
    parts.remove(GO_VKEY)
    changed = [GO_VKEY[:i] + chr(ord(GO_VKEY[i]) + 1) + GO_VKEY[i + 1 :] for i in range(len(GO_VKEY))]
    wrong_length = "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY=="
    unknown_algorithm = "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    for text in (*parts, *changed, wrong_length, unknown_algorithm):
        with pytest.raises(MalformedKeyError, match="This is not a verifier key: "):
            read_vkey(text)


# Our checkpoints


def test_a_checkpoint_is_three_lines_a_blank_one_and_a_signature() -> None:
    root = base64.b64encode(HEAD.root).decode()
    identity = hashlib.sha256(NAME.encode() + b"\n\x01" + PUBLIC).digest()[:4]
    signature = base64.b64encode(identity + KEY.sign(HEAD.body().encode())).decode()
    assert NOTE.split("\n") == [NAME, "4711", root, "", f"— {NAME} {signature}", ""]


@given(CHECKPOINTS, st.binary(min_size=32, max_size=32))
def test_what_was_signed_is_what_verifies(head: Checkpoint, seed: bytes) -> None:
    key = Ed25519PrivateKey.from_private_bytes(seed)
    note = sign(head, key, NAME)
    public = key.public_key().public_bytes_raw()
    assert verify(note, public, NAME) == verify(note.encode(), public, NAME) == verify(read(note), public, NAME) == head
    assert read_vkey(vkey(NAME, public)) == (NAME, public)


@given(CHECKPOINTS, CHECKPOINTS)
def test_two_checkpoints_have_the_same_body_only_if_they_are_the_same(one: Checkpoint, other: Checkpoint) -> None:
    assert (one.body() == other.body()) == (one == other)


def test_a_checkpoint_may_be_of_no_entries_at_all() -> None:
    empty = Checkpoint(NAME, 0, hashlib.sha256(b"").digest())
    assert verify(sign(empty, KEY, NAME), PUBLIC, NAME) == empty


@pytest.mark.parametrize("change", [("4711", "4712"), ("ledger\n4711", "ledgers\n4711")])
def test_a_changed_text_is_not_verified(change: tuple[str, str]) -> None:
    with pytest.raises(NotVerifiedError, match="does not fit the checkpoint") as refused:
        verify(NOTE.replace(*change), PUBLIC, NAME)
    assert (type(refused.value), refused.value.exit_code) == (NotVerifiedError, 1)


@given(st.integers(0, 63), st.integers(1, 255))
def test_a_changed_signature_is_not_verified(position: int, change: int) -> None:
    note = read(NOTE)
    forged = bytearray(note.signatures[0].signature)
    forged[position] ^= change
    with pytest.raises(NotVerifiedError):
        verify(with_signature(note, bytes(forged)), PUBLIC, NAME)


@pytest.mark.parametrize("length", [1, 63, 65])
def test_a_signature_of_another_length_is_not_verified(length: int) -> None:
    note = read(NOTE)
    with pytest.raises(NotVerifiedError):
        verify(with_signature(note, (note.signatures[0].signature * 2)[:length]), PUBLIC, NAME)


def with_signature(note: checkpoint.Note, signature: bytes) -> checkpoint.Note:
    signed = note.signatures[0]
    return checkpoint.Note(note.text, (Signature(signed.name, signed.identity, signature),))


def test_a_checkpoint_of_a_key_that_is_not_known_could_not_be_checked() -> None:
    other = OTHER.public_key().public_bytes_raw()
    for public, name in ((other, NAME), (PUBLIC, "another.example")):
        with pytest.raises(UnknownSignerError, match="could not be checked: it has no signature by the key") as refused:
            verify(NOTE, public, name)
        assert isinstance(refused.value, NotVerifiedError)
        assert isinstance(refused.value, UnanswerableError)
        assert refused.value.exit_code == 3


def test_a_line_with_the_identity_of_the_key_under_another_name_is_none_of_its_signatures() -> None:
    with pytest.raises(UnknownSignerError):
        verify(NOTE.replace(f"— {NAME}", "— another.example"), PUBLIC, NAME)


def test_signatures_of_witnesses_are_passed_over() -> None:
    line = sign(HEAD, OTHER, "witness.example").rpartition("\n\n")[2]
    broken = "— witness.example AAAAAAAAAAA=\n"
    body, _, own = NOTE.rpartition("\n\n")
    assert verify(f"{body}\n\n{line}{own}{broken}", PUBLIC, NAME) == HEAD


def test_one_bad_signature_of_the_key_is_enough_to_refuse() -> None:
    own = NOTE.rpartition("\n\n")[2]
    bad = sign(Checkpoint(NAME, 1, HEAD.root), KEY, NAME).rpartition("\n\n")[2]
    for lines in (bad + own, own + bad):
        with pytest.raises(NotVerifiedError):
            verify(f"{HEAD.body()}\n{lines}", PUBLIC, NAME)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("\n1\n{root}\n", "first line"),
        ("name\n01\n{root}\n", "second line"),
        ("name\n-1\n{root}\n", "second line"),
        ("name\n+1\n{root}\n", "second line"),
        ("name\n1_0\n{root}\n", "second line"),
        ("name\n١\n{root}\n", "second line"),
        ("name\n\n{root}\n", "second line"),
        ("name\n" + "9" * 20 + "\n{root}\n", "second line"),
        ("name\n1\n{root}A\n", "third line"),
        ("name\n1\n" + "A" * 40 + "\n", "third line"),
        ("name\n1\n{root}\nextension\n", "three lines"),
        ("name\n1\n", "three lines"),
        ("name\n1\n{root}", "three lines"),
    ],
)
def test_no_other_signed_text_is_a_checkpoint(body: str, reason: str) -> None:
    body = body.replace("{root}", base64.b64encode(HEAD.root).decode())
    with pytest.raises(MalformedNoteError, match=reason):
        Checkpoint.of(body)


@pytest.mark.parametrize("wrong", [{"origin": ""}, {"origin": "a\nb"}, {"size": -1}, {"root": b""}, {"size": 10**19}])
def test_no_other_values_make_a_checkpoint(wrong: dict[str, Any]) -> None:
    with pytest.raises(MalformedNoteError):
        dataclasses.replace(HEAD, **wrong)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "a\u2003b", "\ud800"])
def test_a_key_is_named_by_one_word(name: str) -> None:
    with pytest.raises(MalformedKeyError, match="not one word"):
        sign(HEAD, KEY, name)


# Keys that sign for anybody: the points of small order, found here on the curve itself (RFC 8032, 5.1).

P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P


def added(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    (x1, y1), (x2, y2) = one, other
    both = D * x1 * x2 * y1 * y2
    return (x1 * y2 + x2 * y1) * pow(1 + both, -1, P) % P, (y1 * y2 + x1 * x2) * pow(1 - both, -1, P) % P


def square_root(value: int) -> int | None:
    for factor in (1, pow(2, (P - 1) // 4, P)):
        root = pow(value, (P + 3) // 8, P) * factor % P
        if root * root % P == value % P:
            return root
    return None


def small_points() -> set[tuple[int, int]]:
    """Return the eight points that are their own multiples of the large prime order: all of small order."""
    order = 2**252 + 27742317777372353535851937790883648493
    found: set[tuple[int, int]] = set()
    y = 2
    while len(found) < 8:
        x = square_root((y * y - 1) * pow(D * y * y + 1, -1, P))
        if x is not None:
            point, double, left = (0, 1), (x, y), order
            while left:
                point, double, left = (added(point, double) if left & 1 else point), added(double, double), left >> 1
            found.add(point)
        y += 1
    return found


def test_a_key_that_anybody_could_sign_for_is_refused() -> None:
    points = small_points()
    weak = [(y | (x & 1) << 255).to_bytes(32, "little") for x, y in points]
    beyond = [(y | sign << 255).to_bytes(32, "little") for y in (P, P + 1, P + 18) for sign in (0, 1)]
    assert len(points) == 8
    for public in weak + beyond:
        with pytest.raises(MalformedKeyError, match="anybody"):
            vkey(NAME, public)


def test_a_signature_for_such_a_key_would_indeed_fit_any_text() -> None:
    identity = (1).to_bytes(32, "little")
    Ed25519PublicKey.from_public_bytes(identity).verify(identity + bytes(32), b"any text at all")
