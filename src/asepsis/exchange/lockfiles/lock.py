"""A lock file in the making: what each format's reader finds, put together as a bill."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from asepsis.exchange.bill import Assembly, Bill, UnreadableBomError
from asepsis.exchange.json_values import text_of
from asepsis.exchange.purl import PurlError, build
from asepsis.exchange.source import Source, Tally
from asepsis.sentences import Sentence

ROOT = "."  # the reference of the project that the lock file is of

NO_PACKAGE = Sentence("it is no package with a name: {reason}")
NO_RELEASE = Sentence("it lies beside the project or comes from elsewhere, so it has no package URL")
FOR_DEVELOPMENT = Sentence("Packages that only development and tests need are listed too: {count}.")


class UnreadableLockError(UnreadableBomError):
    """A source is no lock file of the format that it was given as."""

    code = "lock-unreadable"
    sentence = Sentence(
        "{source} cannot be read as {format}: {reason}.",
        next="Give the file as its tool wrote it, or write it again with that tool.",
    )


class Lock:
    """Takes the packages of one lock file. `type` is the type of their package URLs."""

    def __init__(self, source: Source, format_: str, type_: str, *notes: Sentence) -> None:
        self.tally = Tally(tuple(note.said() for note in notes))
        self._source, self._format, self._type = source, format_, type_
        self._assembly = Assembly(self.tally, self._format)
        self._development = 0
        self._about: dict[str, Any] = {}
        self._keys: set[str] = set()

    def refuse(self, reason: str) -> UnreadableLockError:
        """Return the error that says why this is no lock file of its format."""
        return UnreadableLockError(source=self._source.name, format=self._format, reason=reason)

    def of(self, name: Any = None, version: Any = None) -> None:
        """Say which project the file is of; what depends on it is named by `requires` of `ROOT`."""
        self._assembly.root = ROOT
        self._about = {"product": text_of(name), "product_version": text_of(version)}

    def package(
        self,
        name: Any,
        version: Any = None,
        *,
        key: str | None = None,
        hashes: Iterable[tuple[str, str]] = (),
        licences: Iterable[str] = (),
        qualifiers: Mapping[str, str] | None = None,
        is_released: bool = True,
        is_for_development: bool = False,
        **said: Any,
    ) -> bool:
        """Take a package and say whether it was taken. `key` is what others call it by; the same key is taken once.

        A name is as the tool writes it, with its group before a slash. One that was not released under that name has no
        package URL.
        """
        name, version = text_of(name, self.tally), text_of(version, self.tally)
        key = key or f"{name}@{version}"
        if key in self._keys:
            return True
        purl = self._purl(name, version, qualifiers or {}, key) if is_released else None
        if not is_released and name:
            self.tally.leave(f"the purl of {name}", NO_RELEASE.said())
        if not self._assembly.add(
            name,
            called=key,
            version=version,
            purl=purl,
            ref=key,
            hashes=tuple(dict.fromkeys(hashes)),
            licences=tuple(licences),
            **said,
        ):
            return False
        self._keys.add(key)
        self._development += is_for_development
        return True

    def _purl(self, name: str | None, version: str | None, qualifiers: Mapping[str, str], key: str) -> str | None:
        if name is None:
            return None
        namespace, _, last = name.rpartition("/")
        try:
            return str(build(self._type, namespace or None, last, version, qualifiers))
        except PurlError as problem:
            self.tally.leave(f"the purl of {key}", NO_PACKAGE.said(reason=dict(problem.said.arguments)["reason"]))
            return None

    def has(self, key: str) -> bool:
        """Return whether a package of that key was taken."""
        return key in self._keys

    def requires(self, key: str, on: Iterable[str]) -> None:
        """Say what a package, or `ROOT`, depends on, by key; saying it again adds to it."""
        on = list(on)
        for one in on:
            self._assembly.joins(key, one)
        if not on:
            self._assembly.tells(key)

    def bill(self, version: str | None = None) -> Bill:
        """Return the bill; `version` is that of the format."""
        if self._development:
            self.tally.note(FOR_DEVELOPMENT.said(count=self._development))
        format_ = f"{self._format} {version}" if version else self._format
        return self._assembly.bill(self._source, format=format_, **self._about)


def named(value: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the names and objects of an object; anything else holds none."""
    if isinstance(value, dict):
        yield from ((name, one) for name, one in value.items() if isinstance(one, dict))


_INTEGRITY = re.compile(r"(?P<algorithm>sha\d+|md5)-(?P<content>[A-Za-z0-9+/]+={0,2})")
_PLAIN = re.compile(r"(?P<algorithm>sha\d+|md5)[:=](?P<content>[0-9a-fA-F]+)", re.IGNORECASE)


def integrity(value: Any) -> Iterator[tuple[str, str]]:
    """Yield the hashes of a text like "sha512-Base64== sha1-..."."""
    for found in _INTEGRITY.finditer(value if isinstance(value, str) else ""):
        yield from from_base64(found["algorithm"], found["content"])


def from_base64(algorithm: str, content: Any) -> Iterator[tuple[str, str]]:
    """Yield a hash that is written in base64, in hex; nothing where it is none."""
    try:
        yield dashed(algorithm), base64.b64decode(content, validate=True).hex()
    except (binascii.Error, TypeError, ValueError):
        return


def plain_hashes(values: Iterable[Any]) -> Iterator[tuple[str, str]]:
    """Yield the hashes of texts like "sha256:ab01..."."""
    for value in values:
        if isinstance(value, str) and (found := _PLAIN.fullmatch(value.strip())):
            yield dashed(found["algorithm"]), found["content"].lower()


def dashed(algorithm: str) -> str:
    """Return an algorithm as bills write it: SHA-256 for sha256."""
    return re.sub(r"^SHA(?=\d)", "SHA-", algorithm.upper())


def resolver(keys: Iterable[tuple[str, str]]) -> Callable[[str], str | None]:
    """Return a function that gives the key of a name, from (name, key); of several the first."""
    first: dict[str, str] = {}
    for name, key in keys:
        first.setdefault(name, key)
    return first.get
