"""The log of a signing key."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from asepsis.exchange import facts, signing_log
from asepsis.exchange.source import MalformedJsonError, Reading, Source, TooDeepError, UnreadableError

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
RAW = KEY.public_key().public_bytes_raw()
DATA = b"what was signed"
DIGEST = hashlib.sha256(DATA).hexdigest()
UNTIL = {"until": "2026-04-01T00:00:00Z"}


def use(time: str = "2026-03-01T09:30:00Z", **fields: Any) -> dict[str, Any]:
    return {"time": time, "key": "release", "identity": "ci", "digest": DIGEST} | fields


def signature(over: bytes = DATA) -> str:
    return base64.b64encode(KEY.sign(over)).decode()


def reading(*lines: dict[str, Any], **options: Any) -> Reading[facts.SigningLog]:
    data = "".join(json.dumps(line) + "\n" for line in lines).encode()
    return signing_log.read(Source("key.log", data), **options)


def verdict(line: dict[str, Any], *, data: bytes | None = DATA, key: bytes | None = RAW) -> str:
    return reading(line, public_key=key, content=lambda _: data).fact.signatures[0].verdict


def test_each_use_is_listed_in_order() -> None:
    found = reading(use(), use("2026-03-02T09:30:00+02:00")).fact
    assert [one.time for one in found.signatures] == ["2026-03-01T09:30:00Z", "2026-03-02T07:30:00Z"]
    assert {(one.key, one.identity, one.digest) for one in found.signatures} == {("release", "ci", DIGEST)}


def test_the_log_ends_with_its_last_line_or_where_its_first_line_says() -> None:
    assert reading(use()).fact.until == "2026-03-01T09:30:00Z"
    assert reading(UNTIL, use()).fact.until == "2026-04-01T00:00:00Z"


def test_a_key_that_was_not_used_is_told_by_the_first_line_alone() -> None:
    found = reading(UNTIL).fact
    assert (found.signatures, found.until) == ((), "2026-04-01T00:00:00Z")


def test_lines_of_one_moment_and_blank_lines_are_taken() -> None:
    data = f"\n{json.dumps(use())}\n\n{json.dumps(use())}\r\n".encode()
    assert len(signing_log.read(Source("key.log", b"\xef\xbb\xbf" + data)).fact.signatures) == 2


def test_a_fraction_of_a_second_comes_after_the_whole_one() -> None:
    assert len(reading(use("2026-03-01T09:30:00Z"), use("2026-03-01T09:30:00.5Z")).fact.signatures) == 2


def test_a_signature_is_checked_with_the_key_over_what_was_signed() -> None:
    assert verdict(use(signature=signature())) == "good"
    assert verdict(use(signature=signature(b"else"))) == "bad"


def test_bytes_that_are_not_those_of_the_digest_make_it_bad() -> None:
    other = use(signature=signature(b"else"))
    assert verdict(other, data=b"else") == "bad"


@pytest.mark.parametrize(
    ("line", "data", "key"),
    [(use(), DATA, RAW), (use(signature=signature()), None, RAW), (use(signature=signature()), DATA, None)],
)
def test_without_signature_bytes_or_key_it_is_unchecked(
    line: dict[str, Any], data: bytes | None, key: bytes | None
) -> None:
    assert verdict(line, data=data, key=key) == "unchecked"


def test_the_receipt_says_that_signatures_were_not_checked() -> None:
    assert "without the public key" in reading(use()).receipt.notes[0].text()  # type: ignore[union-attr]
    assert "1 signatures were not checked" in reading(use(), public_key=RAW).receipt.notes[0].text()  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ((), "line 1 is missing"),
        ((use("2026-03-02T00:00:00Z"), use()), "line 2 is of 2026-03-01T09:30:00Z, before the line above it"),
        ((UNTIL, use("2026-04-02T00:00:00Z")), "line 2 is of 2026-04-02T00:00:00Z, after the 2026-04-01T00:00:00Z"),
        ((use(), use(key="other")), "line 2 is of the key 'other', and the log is of 'release'"),
        ((UNTIL | {"key": "other"}, use()), "line 2 is of the key 'release', and the log is of 'other'"),
        ((use(), UNTIL), "line 2 has another form"),
        ((use("yesterday"),), "gives 'yesterday' as a time"),
        ((use("2026-03-01T09:30:00"),), "without its offset from UTC"),
        ((use(digest="abc"),), "line 1 has another form than a use of a key: expected `str` matching regex"),
        ((use(extra=1),), "line 1 has another form"),
        ((use(identity=""),), "names no key or no identity"),
        ((use(signature="AAAA"),), "not 64 bytes in Base64"),
        (({"time": "2026-03-01T09:30:00Z"},), "missing required field `key`"),
    ],
)
def test_what_is_no_log_is_refused_in_one_sentence_with_its_line(lines: tuple[dict[str, Any], ...], said: str) -> None:
    with pytest.raises(signing_log.UnreadableLogError) as refusal:
        reading(*lines)
    assert said in str(refusal.value)


def test_a_truncated_line_is_refused_by_its_number() -> None:
    data = json.dumps(use()) + "\n" + json.dumps(use())[:-9]
    with pytest.raises(MalformedJsonError, match=r"Line 2 of key\.log is not JSON"):
        signing_log.read(Source("key.log", data.encode()))


def test_a_deeply_nested_or_overlong_line_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TooDeepError):
        signing_log.read(Source("key.log", b"[" * 1_000))
    monkeypatch.setattr(signing_log, "MOST_LINE", 50)
    with pytest.raises(signing_log.UnreadableLogError, match="line 1 is longer than 50 bytes"):
        reading(use())
    monkeypatch.undo()
    monkeypatch.setattr(signing_log, "MOST_LINES", 1)
    with pytest.raises(signing_log.UnreadableLogError, match="line 2 comes after 1 others"):
        reading(use(), use())


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        signing_log.read(Source("key.log", data))
    except UnreadableError:
        return


def test_what_is_read_can_be_written_as_a_fact_document() -> None:
    fact = reading(UNTIL, use()).fact
    assert facts.read_document(facts.document_bytes(fact)) == fact
