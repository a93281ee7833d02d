"""Maven: numbers and qualifiers, by the rules that Maven publishes.

Its own class ComparableVersion departs from them where a qualifier stands between numbers, and is not transitive there
(1.sp.1 < 1-alpha < 1 < 1.sp.1), so that no order of bytes can follow it; the published rules are one total order.

Source: maven.apache.org/pom.html, "Version Order Specification".
"""

from __future__ import annotations

import re

from asepsis.advisories.versions.scheme import Scheme, Unordered, number, text

_FORM = re.compile(r"[^\s:;,()\[\]/\\]*[0-9][^\s:;,()\[\]/\\]*")
_PLAIN = re.compile(r"[0-9]+(?:\.[0-9]+)*")
_PIECES = re.compile(r"[0-9]+|[.-]|[^0-9.-]+")
_ALIASES = {"cr": "rc"}
_BEFORE_A_NUMBER = {"a": "alpha", "b": "beta", "m": "milestone"}
_BEFORE = {"alpha": b"\x01", "beta": b"\x02", "milestone": b"\x03", "rc": b"\x04", "snapshot": b"\x05"}
_RELEASES = frozenset(("final", "ga", "release"))
_EARLIER, _END, _RELEASE, _SERVICE, _OTHER, _HYPHEN, _DOT = (bytes((mark,)) for mark in range(2, 9))


def key(version: str) -> bytes:
    """Return the key of a version; raises `Unordered`."""
    if _PLAIN.fullmatch(version):
        numbers = version.split(".")
        while numbers and not numbers[-1].strip("0"):
            numbers.pop()
        return b"".join([_DOT + number(one) for one in numbers]) + _END
    if not _FORM.fullmatch(version):
        raise Unordered
    return b"".join([_encoded(hyphen, word) for hyphen, word in _trimmed(_tokens(version.lower()))]) + _END


def _tokens(version: str) -> list[tuple[bool, str]]:
    """Return each word with whether it stands behind a hyphen, as a qualifier and a change of characters do."""
    tokens: list[tuple[bool, str]] = []
    separator: str | None = "."
    pieces = _PIECES.findall(version)
    for at, piece in enumerate(pieces):
        if piece in ".-":
            if separator is not None:
                tokens.append((separator == "-", "0"))
            separator = piece
            continue
        word = _ALIASES.get(piece, piece)
        if at + 1 < len(pieces) and pieces[at + 1].isdigit():
            word = _BEFORE_A_NUMBER.get(word, word)
        tokens.append((separator != "." or not word.isdigit(), word))
        separator = None
    return tokens


def _trimmed(tokens: list[tuple[bool, str]]) -> list[tuple[bool, str]]:
    """Return the tokens without those that say nothing at the end and before each hyphen."""
    kept: list[tuple[bool, str]] = []
    for word in tokens:
        while word[0] and kept and _says_nothing(kept[-1][1]):
            kept.pop()
        kept.append(word)
    while kept and _says_nothing(kept[-1][1]):
        kept.pop()
    return kept


def _says_nothing(word: str) -> bool:
    return word in _RELEASES or not word.strip("0")


def _encoded(hyphen: bool, word: str) -> bytes:
    if word.isdigit():
        return (_HYPHEN if hyphen else _DOT) + number(word)
    if word in _BEFORE:
        return _EARLIER + _BEFORE[word]
    if word in _RELEASES:
        return _RELEASE
    return _SERVICE if word == "sp" else _OTHER + text(word)


MAVEN = Scheme("maven", "Maven", key)
