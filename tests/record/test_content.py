from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asepsis.record.canonical import JsonError, JsonSizeError, JsonSyntaxError, NullError, dumps
from asepsis.record.content import UnfitContentError, digest, seal, unseal, value_bytes
from tests.record.test_canonical import VALUES

SALT = bytes(range(16))
SALTS = st.binary(min_size=16, max_size=16)


@given(VALUES, SALTS)
def test_a_content_gives_its_value_back(value: Any, salt: bytes) -> None:
    assert unseal(seal(value, salt)) == value


@given(VALUES, SALTS)
def test_a_content_is_the_canonical_json_of_salt_and_value(value: Any, salt: bytes) -> None:
    assert seal(value, salt) == dumps({"salt": salt.hex(), "value": value})


@given(VALUES, SALTS)
def test_the_bytes_of_the_value_are_a_slice_of_the_content(value: Any, salt: bytes) -> None:
    data = seal(value, salt)
    assert value_bytes(data) == dumps(value) == data[51:-1]


@given(VALUES, VALUES, SALTS, SALTS)
def test_two_contents_are_the_same_only_if_value_and_salt_are(one: Any, two: Any, salt: bytes, other: bytes) -> None:
    same = dumps(one) == dumps(two) and salt == other
    assert (digest(seal(one, salt)) == digest(seal(two, other))) == same


def test_equal_values_under_other_salts_do_not_look_alike() -> None:
    assert digest(seal("Ada", SALT)) != digest(seal("Ada", SALT[::-1]))


@pytest.mark.parametrize("salt", [b"", SALT[1:], SALT + b"x"])
def test_a_salt_of_another_length_is_a_mistake_of_the_program(salt: bytes) -> None:
    with pytest.raises(ValueError, match="a salt has 16 bytes"):
        seal({}, salt)


def test_what_canonical_json_cannot_hold_is_not_sealed() -> None:
    with pytest.raises(NullError, match="The content has null at why"):
        seal({"why": None}, SALT)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b'{"salt":"000102030405060708090a0b0c0d0e0f","value":}',
        b'{"salt":"000102030405060708090a0b0c0d0e0f","value":1',
        b'{"salt":"000102030405060708090A0B0C0D0E0F","value":1}',
        b'{"salt":"000102030405060708090a0b0c0d0e","value":1}',
        b'{"value":1,"salt":"000102030405060708090a0b0c0d0e0f"}',
        b' {"salt":"000102030405060708090a0b0c0d0e0f","value":1}',
        b'{"salt":"000102030405060708090a0b0c0d0e0f","value":1}\n',
    ],
)
def test_bytes_of_another_frame_are_no_content(data: bytes) -> None:
    with pytest.raises(UnfitContentError, match=digest(data)):
        value_bytes(data)
    with pytest.raises(UnfitContentError):
        unseal(data)


@pytest.mark.parametrize("value", [b" 1", b'{"b":1,"a":2}', b'"\\u0061"', b"-0", b"[1, 2]"])
def test_a_value_in_other_bytes_than_the_canonical_ones_is_no_content(value: bytes) -> None:
    with pytest.raises(UnfitContentError):
        unseal(b'{"salt":"%s","value":%s}' % (SALT.hex().encode(), value))


@pytest.mark.parametrize("value", [b'1},{"a":2', b'1,"value":2', b'1,"other":2', b'{"a":1,"a":2}', b"null", b"1.5"])
def test_more_than_one_value_or_a_forbidden_one_is_no_content(value: bytes) -> None:
    data = b'{"salt":"%s","value":%s}' % (SALT.hex().encode(), value)
    with pytest.raises(JsonError, match=f"The content {digest(data)}"):
        unseal(data)


def test_a_second_key_behind_the_value_is_told_as_what_it_is() -> None:
    data = seal(1, SALT)[:-1] + b',"value":2}'
    assert json.loads(data)["value"] == 2
    with pytest.raises(JsonSyntaxError, match="where its end is expected"):
        unseal(data)


def test_a_content_of_more_bytes_than_are_read_is_refused() -> None:
    data = seal("four", SALT)
    assert unseal(data, most=6) == "four"
    with pytest.raises(JsonSizeError):
        unseal(data, most=5)
