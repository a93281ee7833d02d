"""A content: the bytes of one value, with a random salt, as they are stored, signed and named by their digest.

The salt keeps two equal values from looking alike, and an erased one from being guessed back from its digest. The
bytes are never dumped again to be compared: what was stored is what was signed.
"""

from __future__ import annotations

import re
from typing import Any, Final

from asepsis.errors import InputError
from asepsis.record import canonical
from asepsis.record.canonical import digest
from asepsis.sentences import Sentence

__all__ = ["SALT_BYTES", "Content", "UnfitContentError", "digest", "seal", "unseal", "value_bytes"]

Content = bytes
"""The canonical JSON of `{"salt": 32 hexadecimal digits, "value": any value}`."""

SALT_BYTES: Final = 16

_HEAD: Final = re.compile(rb'\{"salt":"[0-9a-f]{32}","value":')
_HEAD_BYTES: Final = len('{"salt":"') + 2 * SALT_BYTES + len('","value":')


class UnfitContentError(InputError):
    """Bytes are not a content as `seal` writes it."""

    code = "content-unfit"
    sentence = Sentence(
        "The content {digest} is not the canonical JSON of a salt and a value.",
        next="Take it again from where it was kept whole.",
    )


def seal(value: Any, salt: bytes) -> Content:
    """Return the content of `value`, any that canonical JSON can hold, with 16 random bytes as its salt.

    Raises a `JsonError` that says where in `value` which rule is broken.
    """
    if len(salt) != SALT_BYTES:
        raise ValueError(f"a salt has {SALT_BYTES} bytes, not {len(salt)}")
    return b'{"salt":"%s","value":%s}' % (salt.hex().encode(), canonical.dumps(value, where="The content"))


def value_bytes(data: Content) -> bytes:
    """Return the canonical JSON of the value within a content: a slice of its bytes, at a constant place.

    What stands around it is checked. The value itself is not: for bytes from outside, `unseal` them first.
    Raises `UnfitContentError`.
    """
    if not _HEAD.match(data) or len(data) < _HEAD_BYTES + 2 or data[-1:] != b"}":
        raise UnfitContentError(digest=digest(data))
    return data[_HEAD_BYTES:-1]


def unseal(data: Content, *, most: int = canonical.MOST_BYTES) -> Any:
    """Return the value of a content, from here or from outside, that holds at most `most` bytes.

    Raises `UnfitContentError` where a byte differs from what `seal` writes for that value, and a `JsonError` where the
    value is none that it takes.
    """
    written = value_bytes(data)
    value = canonical.loads(written, where=f"The content {digest(data)}", most=most)
    if canonical.dumps_trusted(value) != written:
        raise UnfitContentError(digest=digest(data))
    return value
