"""uv.lock."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

from asepsis.exchange.bill import Bill
from asepsis.exchange.json_values import list_of, mapping_of, mappings_of
from asepsis.exchange.lockfiles.lock import ROOT, Lock, plain_hashes, resolver
from asepsis.exchange.source import Source
from asepsis.exchange.toml_values import decode_toml

_PROJECT = ({"virtual": "."}, {"editable": "."})


def read(source: Source) -> Bill:
    """Return the packages of a uv.lock, in its order, placed by the project that it is of.

    Raises `UnreadableLockError` and what `decode_toml` raises.
    """
    lock, document = Lock(source, "uv.lock", "pypi"), decode_toml(source)
    if not isinstance(packages := document.get("package", []), list) or "requires-python" not in document:
        raise lock.refuse("it has no requires-python and list of packages")
    key_of = resolver((str(one.get("name")), _key(one)) for one in mappings_of(packages))
    for one in mappings_of(packages):
        key = _key(one)
        if key == ROOT:
            lock.of(one.get("name"), one.get("version"))
        else:
            lock.package(
                one.get("name"),
                one.get("version"),
                key=key,
                hashes=_hashes(one),
                is_released="registry" in mapping_of(one.get("source")),
            )
        groups = chain.from_iterable(
            mapping_of(one.get(part)).values() for part in ("optional-dependencies", "dev-dependencies")
        )
        needed = chain(mappings_of(one.get("dependencies")), chain.from_iterable(map(mappings_of, groups)))
        lock.requires(key, filter(None, (_named(need, key_of) for need in needed)))
    return lock.bill(str(document["version"]) if "version" in document else None)


def _key(package: dict[str, Any]) -> str:
    return ROOT if package.get("source") in _PROJECT else f"{package.get('name')}@{package.get('version')}"


def _named(needed: dict[str, Any], key_of: Any) -> str | None:
    if "version" in needed:
        return f"{needed.get('name')}@{needed['version']}"
    found: str | None = key_of(str(needed.get("name")))
    return found


def _hashes(package: dict[str, Any]) -> Iterator[tuple[str, str]]:
    artefacts = (package.get("sdist"), *list_of(package.get("wheels")))
    return plain_hashes(mapping_of(one).get("hash") for one in artefacts)
