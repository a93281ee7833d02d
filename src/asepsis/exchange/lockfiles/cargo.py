"""Cargo.lock."""

from __future__ import annotations

from typing import Any

from asepsis.exchange.bill import Bill
from asepsis.exchange.json_values import mappings_of, text_of, texts_of
from asepsis.exchange.lockfiles.lock import ROOT, Lock, resolver
from asepsis.exchange.source import Source
from asepsis.exchange.toml_values import decode_toml


def read(source: Source) -> Bill:
    """Return the packages of a Cargo.lock, in its order, placed where it is of a single project.

    Raises `UnreadableLockError` and what `decode_toml` raises.
    """
    lock, document = Lock(source, "Cargo.lock", "cargo"), decode_toml(source)
    if not isinstance(packages := document.get("package", []), list) or not {"package", "version"} & document.keys():
        raise lock.refuse("it has no list of packages")
    if isinstance(root := document.get("root"), dict):
        packages = [root, *packages]
    own = [one for one in mappings_of(packages) if "source" not in one]
    project = own[0] if len(own) == 1 else None
    key_of = resolver(
        pair
        for one in mappings_of(packages)
        for pair in ((str(one.get("name")), _key(one, project)), _exact(one, project))
    )
    for one in mappings_of(packages):
        if one is project:
            lock.of(one.get("name"), one.get("version"))
        else:
            checksum = text_of(one.get("checksum"))
            lock.package(
                one.get("name"),
                one.get("version"),
                key=_key(one, project),
                hashes=[("SHA-256", checksum)] if checksum else (),
                is_released=str(one.get("source")).startswith(("registry+", "sparse+")),
            )
        needs = (" ".join(need.split(" ")[:2]) for need in texts_of(one.get("dependencies")))
        lock.requires(_key(one, project), filter(None, map(key_of, needs)))
    return lock.bill(str(document["version"]) if "version" in document else None)


def _key(package: dict[str, Any], project: dict[str, Any] | None) -> str:
    return ROOT if package is project else f"{package.get('name')}@{package.get('version')}"


def _exact(package: dict[str, Any], project: dict[str, Any] | None) -> tuple[str, str]:
    """Return how others name a package of which there are several versions, and its key."""
    return f"{package.get('name')} {package.get('version')}", _key(package, project)
