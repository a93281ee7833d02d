"""poetry.lock."""

from __future__ import annotations

from typing import Any

from packaging.utils import canonicalize_name

from asepsis.exchange.bill import Bill
from asepsis.exchange.json_values import mapping_of, mappings_of, text_of
from asepsis.exchange.lockfiles.lock import Lock, plain_hashes, resolver
from asepsis.exchange.source import Source
from asepsis.exchange.toml_values import decode_toml


def read(source: Source) -> Bill:
    """Return the packages of a poetry.lock, in its order; its project is not named, so none has a place.

    Raises `UnreadableLockError` and what `decode_toml` raises.
    """
    lock, document = Lock(source, "poetry.lock", "pypi"), decode_toml(source)
    if not isinstance(packages := document.get("package", []), list) or "metadata" not in document:
        raise lock.refuse("it has no list of packages and metadata")
    metadata = mapping_of(document["metadata"])
    files = mapping_of(metadata.get("files"))  # of versions before 1.3
    key_of = resolver((canonicalize_name(str(one.get("name"))), _key(one)) for one in mappings_of(packages))
    for one in mappings_of(packages):
        listed = one.get("files") or files.get(str(one.get("name")))
        groups = one.get("groups")
        taken = lock.package(
            one.get("name"),
            one.get("version"),
            key=_key(one),
            hashes=plain_hashes(file.get("hash") for file in mappings_of(listed)),
            is_released=mapping_of(one.get("source")).get("type") in (None, "legacy"),
            is_for_development=one.get("category") == "dev" or (isinstance(groups, list) and "main" not in groups),
        )
        if taken:
            needs = map(canonicalize_name, mapping_of(one.get("dependencies")))
            lock.requires(_key(one), filter(None, map(key_of, needs)))
    return lock.bill(text_of(metadata.get("lock-version")))


def _key(package: dict[str, Any]) -> str:
    return f"{package.get('name')}@{package.get('version')}"
