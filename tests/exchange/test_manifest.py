"""A list of files as sha256sum writes it, and the signature on it."""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from asepsis.exchange import facts, manifest
from asepsis.exchange.source import EncodingError, Reading, Source, SourceTooLargeError, UnreadableError

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
RAW = KEY.public_key().public_bytes_raw()
A, B = "aa" * 32, "bb" * 32
TEXT = f"{A}  bin/gateway\n{B} *lib/core.so\n".encode()


def reading(text: str | bytes, **given_: Source) -> Reading[facts.ManifestFiles]:
    return manifest.read(Source("SHA256SUMS", text.encode() if isinstance(text, str) else text), **given_)


def files(text: str) -> list[tuple[str, str, int | None]]:
    return [(one.path, one.sha256, one.size) for one in reading(text).fact.files]


def key(data: bytes = RAW) -> Source:
    return Source("key.pub", data)


def signature(over: bytes = TEXT, form: str = "raw") -> Source:
    raw = KEY.sign(over)
    forms = {"raw": raw, "hex": raw.hex().encode() + b"\n", "base64": base64.b64encode(raw) + b"\n"}
    return Source("SHA256SUMS.sig", forms[form])


# the list


def test_files_are_listed_by_path() -> None:
    assert files(f"{B}  b\n{A}  a\n") == [("a", A, None), ("b", B, None)]


@pytest.mark.parametrize(
    ("line", "path"),
    [
        (f"{A}  a b", "a b"),
        (f"{A} *a", "a"),
        (f"{A}   a", " a"),
        (f"{A}  ./a//b/./c", "a/b/c"),
        (f"{A.upper()}  a", "a"),
        (f"SHA256 (a (1)) = {A}", "a (1)"),
        (f"\\{A}  a\\nb\\\\c", "a\nb\\c"),
        (f"\\SHA256 (a\\rb) = {A}", "a\rb"),
        (f"{A}  a\\nb", "a\\nb"),
        (f"{A}  ä", "ä"),
    ],
)
def test_each_form_of_a_line_is_read(line: str, path: str) -> None:
    assert files(line + "\n") == files(line + "\r\n") == files(line) == [(path, A, None)]


def test_a_first_line_says_that_sizes_are_given() -> None:
    assert files(f"# sha256 size path\n{A} 12 a\n{B} 0 7 b\n") == [("7 b", B, 0), ("a", A, 12)]


def test_without_sizes_the_receipt_says_so() -> None:
    assert "gives no sizes" in str(reading(TEXT).receipt.notes[0].text())  # type: ignore[union-attr]


def test_the_day_that_it_was_made_is_read_from_a_remark() -> None:
    assert reading(f"# made_at: 2026-03-01T10:00:00+01:00\n# else\n{A}  a\n").fact.made_at == "2026-03-01T09:00:00Z"


def test_what_sha256sum_writes_is_read(tmp_path: Path) -> None:
    program = shutil.which("sha256sum")
    if program is None:
        pytest.skip("sha256sum is not installed here")
    for name in ("a b", "back\\slash", "line\nbreak"):
        (tmp_path / name).write_text(name)
    names = sorted(path.name for path in tmp_path.iterdir())
    for options in ([], ["--binary"], ["--tag"]):
        made = subprocess.run([program, *options, "--", *names], cwd=tmp_path, capture_output=True, check=True).stdout
        found = {one.path: one.sha256 for one in reading(made).fact.files}
        assert found == {name: hashlib.sha256(name.encode()).hexdigest() for name in names}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("hello\n", "line 1 is not of the form 'digest  path'"),
        (f"{A}  a\n{A} b\n", "line 2 is not of the form"),
        (f"{A[:-1]}  a\n", "line 1 is not of the form"),
        (f"{A}  a\n{B}  ./a\n", "line 2 lists 'a' again, which line 1 lists"),
        (f"{A}  ../a\n", "leads out of the package's folder"),
        (f"{A}  a/../../b\n", "leads out of the package's folder"),
        (f"{A}  a\\..\\b\n", "leads out of the package's folder"),
        (f"{A}  /etc/passwd\n", "names the absolute path '/etc/passwd'"),
        (f"{A}  C:\\a\n", "names the absolute path"),
        (f"\\{A}  \\\\\\\\server\\\\a\n", "names the absolute path"),
        (f"{A}  a/\n", "which is no file"),
        (f"{A}  .\n", "which is no file"),
        (f"{A}  a\0b\n", "a null character"),
        (f"\\{A}  a\\tb\n", "holds an escape other than"),
        (f"# sha256 size path\n{A}  a\n", "line 2 is not of the form 'digest size path'"),
        (f"# sha256 size path\n{A} 007 a\n", "line 2 is not of the form 'digest size path'"),
        (f"# made_at: soon\n{A}  a\n", "line 1 says that it was made at 'soon'"),
        (f"# made_at: 2026-03-01T10:00:00\n{A}  a\n", "without an offset"),
        ("{" * 10_000, "line 1 is not of the form"),
    ],
)
def test_a_line_that_is_none_is_refused_in_one_sentence_with_its_number(text: str, said: str) -> None:
    with pytest.raises(manifest.UnreadableManifestError) as refusal:
        reading(text)
    assert said in str(refusal.value)
    assert str(refusal.value).startswith("SHA256SUMS cannot be read as a manifest: line ")


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing\n"])
def test_a_manifest_of_nothing_is_refused(text: str) -> None:
    with pytest.raises(manifest.EmptyManifestError, match="SHA256SUMS lists no file"):
        reading(text)


def test_another_encoding_is_refused_with_its_place() -> None:
    with pytest.raises(EncodingError, match=r"line 1, column 67"):
        reading(f"{A}  ä\n".encode("latin-1"))


def test_more_than_is_read_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifest, "MOST_BYTES", 100)
    with pytest.raises(SourceTooLargeError, match="at most 100"):
        reading(TEXT)
    monkeypatch.setattr(manifest, "MOST_BYTES", 1000)
    monkeypatch.setattr(manifest, "MOST_FILES", 1)
    with pytest.raises(manifest.UnreadableManifestError, match="line 2 is the file number 2; at most 1"):
        reading(TEXT)


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for whole in (data, f"{A}  ".encode() + data, f"\\{A}  ".encode() + data):
        try:
            reading(whole)
        except UnreadableError:
            continue


# the signature


@pytest.mark.parametrize("form", ["raw", "hex", "base64"])
def test_a_signature_over_the_bytes_is_good_in_each_form(form: str) -> None:
    fact = reading(TEXT, signature=signature(form=form), public_key=key()).fact
    assert (fact.signature, fact.algorithm) == ("good", "Ed25519")
    assert fact.public_key == hashlib.sha256(RAW).hexdigest()


@pytest.mark.parametrize(
    "data",
    [
        RAW,
        RAW.hex().encode(),
        base64.b64encode(RAW) + b"\n",
        KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
    ],
)
def test_a_key_is_the_same_in_each_form(data: bytes) -> None:
    fact = reading(TEXT, signature=signature(), public_key=key(data)).fact
    assert (fact.signature, fact.public_key) == ("good", hashlib.sha256(RAW).hexdigest())


def test_a_signature_over_other_bytes_is_bad() -> None:
    assert reading(TEXT + b"\n", signature=signature(), public_key=key()).fact.signature == "bad"


def test_a_signature_of_another_key_is_bad() -> None:
    other = Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key().public_bytes_raw()
    assert reading(TEXT, signature=signature(), public_key=key(other)).fact.signature == "bad"


def test_without_a_signature_the_verdict_is_absent_whatever_the_key() -> None:
    assert reading(TEXT).fact.signature == reading(TEXT, public_key=key()).fact.signature == "absent"


def test_without_a_key_the_verdict_is_unchecked_and_no_key_is_named() -> None:
    fact = reading(TEXT, signature=signature()).fact
    assert (fact.signature, fact.public_key) == ("unchecked", None)


@pytest.mark.parametrize("data", [b"", b"x" * 63, b"z" * 128, b"not base64 at all!", base64.b64encode(b"x" * 63)])
def test_what_is_no_signature_is_refused(data: bytes) -> None:
    with pytest.raises(manifest.UnreadableSignatureError, match=r"SHA256SUMS\.sig is no Ed25519 signature"):
        reading(TEXT, signature=Source("SHA256SUMS.sig", data), public_key=key())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"x" * 31,
        b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
        generate_private_key(SECP256R1()).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    ],
)
def test_what_is_no_key_of_ed25519_is_refused(data: bytes) -> None:
    with pytest.raises(manifest.UnreadableKeyError, match=r"key\.pub is no Ed25519 public key"):
        reading(TEXT, signature=signature(), public_key=key(data))


def test_what_is_read_can_be_written_as_a_fact_document() -> None:
    fact = reading(TEXT, signature=signature(), public_key=key()).fact
    assert facts.read_document(facts.document_bytes(fact)) == fact
