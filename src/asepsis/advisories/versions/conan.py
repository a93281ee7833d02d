"""Conan: items by dots, a pre-release behind the first "-", a build behind the last "+".

Conan compares a number with a word as texts, which is not transitive (2 < 100 < 1a < 2); here a word that begins with a
number (the 1k of OpenSSL 1.1.1k) stands right above that number, and words without one above all numbers.

Source: conan, conans/model/version.py.
"""

from __future__ import annotations

import re

from asepsis.advisories.versions.scheme import Scheme, Unordered, number, text

_FORM = re.compile(r"[0-9A-Za-z_][0-9A-Za-z_.]*(?:-[0-9A-Za-z_.-]*)?(?:\+[0-9A-Za-z_.-]*)?", re.ASCII)
_ITEM = re.compile(r"(\d*)(.*)")
_PRE, _RELEASED = b"\x02", b"\x03"
_PLAIN, _BUILT = b"\x02", b"\x03"
_END, _NO_WORD, _TAIL, _WORD = b"\x01", b"\x02", b"\x03", b"\xf0"


def key(version: str) -> bytes:
    """Return the key of a version; raises `Unordered`."""
    version = version.strip().lower()
    if not _FORM.fullmatch(version):
        raise Unordered
    version, built, build = version.rpartition("+") if "+" in version else (version, "", "")
    main, pre_marked, pre = version.partition("-")
    return (
        _items(main) + (_PRE + _items(pre) if pre_marked else _RELEASED) + (_BUILT + _items(build) if built else _PLAIN)
    )


def _items(words: str) -> bytes:
    items = words.split(".")
    while items and not items[-1].strip("0"):
        items.pop()
    return b"".join(map(_item, items)) + _END


def _item(item: str) -> bytes:
    digits, rest = _ITEM.fullmatch(item).groups()  # type: ignore[union-attr]
    if not digits:
        return _WORD + text(rest)
    return number(digits) + (_TAIL + text(rest) if rest else _NO_WORD)


CONAN = Scheme("conan", "Conan", key)
