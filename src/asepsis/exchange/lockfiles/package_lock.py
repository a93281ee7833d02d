"""package-lock.json and npm-shrinkwrap.json, versions 1 to 3."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

from asepsis.exchange.bill import Bill
from asepsis.exchange.json_values import mapping_of, text_of
from asepsis.exchange.lockfiles.lock import ROOT, Lock, integrity, named
from asepsis.exchange.source import Source, decode_json

_NEEDS = ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies")
_INSIDE = "node_modules/"


def read(source: Source) -> Bill:
    """Return the packages of a package-lock.json, each once for each place in which it is installed, in its order.

    A package depends on that which would be found from its place. In version 1 the project's own dependencies are not
    told apart from others, so no package has a place.

    Raises `UnreadableLockError` and what `decode_json` raises.
    """
    lock, document = Lock(source, "package-lock.json", "npm"), mapping_of(decode_json(source).value)
    version = document.get("lockfileVersion")
    if version not in (1, 2, 3):
        raise lock.refuse("it has no lockfileVersion of 1 to 3")
    if isinstance(document.get("packages"), dict):
        _installed(lock, document["packages"])
    else:
        _nested(lock, document)
    return lock.bill(str(version))


def _installed(lock: Lock, packages: dict[str, Any]) -> None:
    links = {place: text_of(one.get("resolved")) for place, one in named(packages) if one.get("link") is True}
    for place, one in named(packages):
        if place == "":
            lock.of(one.get("name"), one.get("version"))
        elif place not in links:
            _take(lock, place, one, one.get("name") or place.rpartition(_INSIDE)[2])
    for place, one in named(packages):
        if place not in links:
            needs = chain.from_iterable(mapping_of(one.get(key)) for key in _NEEDS)
            found = (_found(packages, place, name) for name in needs)
            lock.requires(place or ROOT, (links.get(target) or target for target in found if target))


_ELSEWHERE = ("git", "file:", "http:", "https:", "link:")  # how what does not come from the registry begins


def _take(lock: Lock, place: str, one: dict[str, Any], name: Any) -> None:
    licence, version = text_of(one.get("license")), one.get("version")
    if isinstance(version, str) and version.startswith(
        "npm:"
    ):  # version 1: installed under a name of the project's own
        name, _, version = version.removeprefix("npm:").rpartition("@")
    is_elsewhere = str(version).startswith(_ELSEWHERE) or str(one.get("resolved", "")).startswith(("git", "file:"))
    lock.package(
        name,
        version,
        key=place,
        hashes=integrity(one.get("integrity")),
        licences=(licence,) if licence else (),
        is_released=_INSIDE in place and not is_elsewhere,
        is_for_development=one.get("dev") is True,
    )


def _found(packages: dict[str, Any], place: str, name: str) -> str | None:
    """Return the place in which a package at `place` finds `name`: in its own folder or those above it."""
    while True:
        candidate = f"{place}/{_INSIDE}{name}" if place else f"{_INSIDE}{name}"
        if candidate in packages:
            return candidate
        if not place:
            return None
        place = place.rpartition(f"/{_INSIDE}")[0] if f"/{_INSIDE}" in place else ""


def _nested(lock: Lock, document: dict[str, Any]) -> None:
    """Take the tree of version 1, laid out by the places that version 2 writes."""
    packages = dict(_laid_out(document))
    for place, one in packages.items():
        _take(lock, place, one, place.rpartition(_INSIDE)[2])
    for place, one in packages.items():
        needs = mapping_of(one.get("requires"))
        lock.requires(place, (target for name in needs if (target := _found(packages, place, name))))


def _laid_out(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    waiting = [("", document)]
    while waiting:
        place, holder = waiting.pop()
        for name, one in named(holder.get("dependencies")):
            inner = f"{place}/{_INSIDE}{name}" if place else f"{_INSIDE}{name}"
            yield inner, one
            waiting.append((inner, one))
