"""A checkpoint: size and root of the ledger at one moment, as a note that the ledger's key has signed.

Whoever keeps one can prove later that history was rewritten, with any tool that reads C2SP notes.

Source: C2SP tlog-checkpoint and signed-note (https://c2sp.org), Ed25519 keys (signature type 0x01).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from asepsis.errors import InputError, RefusedError, UnanswerableError
from asepsis.sentences import Sentence

MOST_BYTES: Final = 65_536
"""The size of the largest note that is read."""

MOST_SIGNATURES: Final = 100

_ED25519: Final = b"\x01"
_KEY_BYTES: Final = 32
_ROOT_BYTES: Final = 32
_SIGNATURE_BYTES: Final = 64
_NAME: Final = re.compile(r"[^\s+\x00-\x20\x7f\ud800-\udfff]+")
_SIZE: Final = re.compile("0|[1-9][0-9]{0,18}")
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f\ud800-\udfff]")


class MalformedNoteError(InputError):
    """A text is no signed note, or what was signed is no checkpoint."""

    code = "note-malformed"
    sentence = Sentence(
        "This is not a signed checkpoint: {reason}.", next="Take it again from where it was kept whole."
    )


class MalformedKeyError(InputError):
    """A text or bytes are no key that can verify a note."""

    code = "note-key"
    sentence = Sentence(
        "This is not a verifier key: {reason}.", next="Give it as name+identity+key, as the ledger's page shows it."
    )


class NotVerifiedError(RefusedError):
    """A checkpoint is not shown to come from the key that it should."""

    code = "note-not-verified"
    sentence = Sentence(
        "The signature of {name} does not fit the checkpoint: it or its text was changed.",
        next="Take the checkpoint again, and find out who could have changed it.",
    )


class UnknownSignerError(NotVerifiedError, UnanswerableError):
    """A checkpoint could not be checked, since the key that should have signed it did not."""

    code = "note-signer-unknown"
    sentence = Sentence(
        "The checkpoint could not be checked: it has no signature by the key {identity} of {name}.",
        next="Name the key that signed it, or take the checkpoint of this ledger.",
    )


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How many entries the ledger named `origin` held, and the root (32 bytes) of the tree over them."""

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        if not self.origin or "\n" in self.origin or _CONTROL.search(self.origin):
            raise MalformedNoteError(reason="its first line does not name a ledger")
        if self.size < 0 or not _SIZE.fullmatch(str(self.size)):
            raise MalformedNoteError(reason="its second line is not a number of entries")
        if len(self.root) != _ROOT_BYTES:
            raise MalformedNoteError(reason="its third line is not a root of 32 bytes in base64")

    def body(self) -> str:
        """Return the text that is signed: three lines."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @classmethod
    def of(cls, body: str) -> Checkpoint:
        """Return the checkpoint whose `body` this is. Raises `MalformedNoteError`, also for extension lines."""
        lines = body.split("\n")
        if len(lines) != 4 or lines[3]:
            raise MalformedNoteError(reason="what is signed has not three lines")
        origin, size, root = lines[:3]
        if not _SIZE.fullmatch(size):
            raise MalformedNoteError(reason="its second line is not a number of entries")
        return cls(origin, int(size), _decoded(root) or b"")


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line: who is said to have signed, with which of their keys, and the signature's bytes."""

    name: str
    identity: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """A text and its signature lines, none of them verified."""

    text: str
    signatures: tuple[Signature, ...]


def sign(checkpoint: Checkpoint, key: Ed25519PrivateKey, name: str) -> str:
    """Return the note of `checkpoint`, signed under `name` by `key`.

    Raises `MalformedKeyError` where the name is not one word without +.
    """
    identity = key_identity(name, key.public_key().public_bytes_raw())
    body = checkpoint.body()
    return f"{body}\n— {name} {base64.b64encode(identity + key.sign(body.encode())).decode()}\n"


def read(note: str | bytes) -> Note:
    """Return a note with its signature lines, unverified. Raises `MalformedNoteError`.

    At most 65,536 bytes and 100 signatures are read. The text may be any: `verify` asks whether it is a checkpoint.
    """
    text, _, lines = _note_text(note).rpartition("\n\n")
    if not text or not lines.endswith("\n"):
        raise MalformedNoteError(reason="it has no blank line with signatures after it")
    signatures = lines.removesuffix("\n").split("\n")
    if len(signatures) > MOST_SIGNATURES:
        raise MalformedNoteError(reason=f"it has more than {MOST_SIGNATURES} signatures")
    return Note(f"{text}\n", tuple(map(_signature, signatures)))


def verify(note: str | bytes | Note, public_key: bytes, name: str) -> Checkpoint:
    """Return the checkpoint that `public_key` (32 bytes) signed under `name`; signatures of others are passed over.

    Raises `MalformedNoteError`, `NotVerifiedError` where a signature of that key does not fit, and its child
    `UnknownSignerError` where there is none.
    """
    opened = note if isinstance(note, Note) else read(note)
    verify_text(opened, public_key, name)
    return Checkpoint.of(opened.text)


def verify_text(note: Note, public_key: bytes, name: str) -> None:
    """Pass if `public_key` (32 bytes) signed the text of `note` under `name`. Raises `NotVerifiedError` otherwise."""
    identity = key_identity(name, public_key)
    signatures = [one.signature for one in note.signatures if (one.name, one.identity) == (name, identity)]
    if not signatures:
        raise UnknownSignerError(name=name, identity=identity.hex())
    key = Ed25519PublicKey.from_public_bytes(public_key)
    for signature in signatures:
        try:
            key.verify(signature, note.text.encode())
        except InvalidSignature as error:
            raise NotVerifiedError(name=name) from error


def key_identity(name: str, public_key: bytes) -> bytes:
    """Return the 4 bytes by which a signature line names its key: the first of SHA-256 of name, LF, 0x01 and key.

    Raises `MalformedKeyError` where the name is not one word without +, or the key could be anybody's.
    """
    if not _NAME.fullmatch(name):
        raise MalformedKeyError(reason="its name is not one word without +")
    if len(public_key) != _KEY_BYTES:
        raise MalformedKeyError(reason="it has not 32 bytes")
    if _weak(public_key):
        raise MalformedKeyError(reason="it is a point for which anybody can make signatures")
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + public_key).digest()[:4]


def vkey(name: str, public_key: bytes) -> str:
    """Return a public key (32 bytes) and its name as one text, `name+identity+key`, as other tools take it."""
    return f"{name}+{key_identity(name, public_key).hex()}+{base64.b64encode(_ED25519 + public_key).decode()}"


def read_vkey(text: str) -> tuple[str, bytes]:
    """Return name and public key (32 bytes) of what `vkey` wrote. Raises `MalformedKeyError`."""
    name, _, rest = text.partition("+")
    identity, _, encoded = rest.partition("+")
    key = _decoded(encoded)
    if key is None or not key.startswith(_ED25519):
        raise MalformedKeyError(reason="it does not end in an Ed25519 key in base64")
    if key_identity(name, key[1:]).hex() != identity:
        raise MalformedKeyError(reason="its identity is not that of its name and key")
    return name, key[1:]


def _note_text(note: str | bytes) -> str:
    data = note.encode(errors="surrogatepass") if isinstance(note, str) else note
    if len(data) > MOST_BYTES:
        raise MalformedNoteError(reason=f"it has more than {MOST_BYTES} bytes")
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise MalformedNoteError(reason="it is not UTF-8") from error
    if _CONTROL.search(text):
        raise MalformedNoteError(reason="it has control characters")
    return text


def _signature(line: str) -> Signature:
    dash, *words = line.split(" ")
    signed = _decoded(words[1]) if len(words) == 2 else None
    if dash != "—" or not _NAME.fullmatch(words[0]) or signed is None or len(signed) < 5:
        raise MalformedNoteError(reason="a signature line is not “— name signature”, with the signature in base64")
    return Signature(words[0], signed[:4], signed[4:])


def _decoded(text: str) -> bytes | None:
    """Return what `text` says in base64, or `None` where it says nothing, or not in the one way to write it."""
    try:
        data = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        return None
    return data if base64.b64encode(data).decode() == text else None


_FIELD: Final = 2**255 - 19
_ORDER_8: Final = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
_SMALL: Final = frozenset({0, 1, _FIELD - 1, _ORDER_8, _FIELD - _ORDER_8})
"""The y coordinates of the eight points of small order: for a key that is one, signatures fit texts never signed."""


def _weak(public_key: bytes) -> bool:
    y = int.from_bytes(public_key, "little") & (2**255 - 1)
    return y >= _FIELD or y in _SMALL
