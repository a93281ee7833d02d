"""pylock.toml, the common lock file of Python."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from asepsis.exchange.bill import Bill
from asepsis.exchange.json_values import list_of, mapping_of, mappings_of, text_of
from asepsis.exchange.lockfiles.lock import Lock, dashed, resolver
from asepsis.exchange.source import Source
from asepsis.exchange.toml_values import decode_toml


def read(source: Source) -> Bill:
    """Return the packages of a pylock.toml, in its order; its project is not named, so none has a place.

    Raises `UnreadableLockError` and what `decode_toml` raises.

    Source: PEP 751.
    """
    lock, document = Lock(source, "pylock.toml", "pypi"), decode_toml(source)
    if not isinstance(packages := document.get("packages"), list) or "lock-version" not in document:
        raise lock.refuse("it has no lock-version and list of packages")
    key_of = resolver((str(one.get("name")), _key(one)) for one in mappings_of(packages))
    for one in mappings_of(packages):
        is_released = not any(key in one for key in ("vcs", "directory", "archive"))
        taken = lock.package(
            one.get("name"), one.get("version"), key=_key(one), hashes=_hashes(one), is_released=is_released
        )
        names = (str(needed.get("name")) for needed in mappings_of(one.get("dependencies")))
        if taken and "dependencies" in one:
            lock.requires(_key(one), filter(None, map(key_of, names)))
    return lock.bill(text_of(document.get("lock-version")))


def _key(package: dict[str, Any]) -> str:
    return f"{package.get('name')}@{package.get('version')}"


def _hashes(package: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for artefact in (package.get("sdist"), package.get("archive"), *list_of(package.get("wheels"))):
        for algorithm, content in mapping_of(mapping_of(artefact).get("hashes")).items():
            if isinstance(content, str):
                yield dashed(algorithm), content
