"""pnpm-lock.yaml, versions 5 to 9."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from typing import Any

from asepsis.exchange.bill import Bill
from asepsis.exchange.json_values import mapping_of, text_of
from asepsis.exchange.lockfiles.lock import ROOT, Lock, integrity, named
from asepsis.exchange.source import Source
from asepsis.exchange.yaml_values import decode_yaml

_NEEDS = ("dependencies", "devDependencies", "optionalDependencies")
_PEERS = re.compile(r"\(.*\Z|_.*\Z", re.DOTALL)
_NAMED = re.compile(r"/?(?P<name>(?:@[^/@]+/)?[^/@]+)[/@](?P<version>[^/]+)\Z")


def read(source: Source) -> Bill:
    """Return the packages of a pnpm-lock.yaml, in its order, placed by the projects that it is of.

    The same package with other peers is one component.

    Raises `UnreadableLockError` and what `decode_yaml` raises.
    """
    lock, document = Lock(source, "pnpm-lock.yaml", "npm"), mapping_of(decode_yaml(source))
    version = text_of(document.get("lockfileVersion"))
    if version is None:
        raise lock.refuse("it has no lockfileVersion")
    for path, one in named(document.get("packages")):
        name, number = _parts(path)
        lock.package(
            one.get("name") or name,
            one.get("version") or number,
            key=_key(path),
            hashes=integrity(mapping_of(one.get("resolution")).get("integrity")),
            is_released="tarball" not in mapping_of(one.get("resolution")) and number is not None,
            is_for_development=one.get("dev") is True,
        )
    lock.of()
    for _, importer in chain(named(document.get("importers")), [("", document)]):
        lock.requires(ROOT, _needed(lock, importer))
    for section in ("packages", "snapshots"):
        for path, one in named(document.get(section)):
            lock.requires(_key(path), _needed(lock, one))
    return lock.bill(version)


def _parts(path: str) -> tuple[str, str | None]:
    """Return name and version of /name/1.0, /name@1.0(peer@2) or name@1.0."""
    plain = _PEERS.sub("", path) if "(" in path or path.startswith("/") else path
    found = _NAMED.match(plain)
    return (found["name"], found["version"]) if found else (path, None)


def _key(path: str) -> str:
    name, version = _parts(path)
    return path if version is None else f"{name}@{version}"


def _needed(lock: Lock, holder: dict[str, Any]) -> Iterator[str]:
    for name, needed in chain.from_iterable(mapping_of(holder.get(part)).items() for part in _NEEDS):
        version = str(mapping_of(needed).get("version")) if isinstance(needed, dict) else str(needed)
        for key in (_key(f"{name}@{version}"), _key(f"{name}@{_PEERS.sub('', version)}"), _key(version)):
            if lock.has(key):
                yield key
                break
