"""Pipfile.lock."""

from __future__ import annotations

from asepsis.exchange.bill import Bill
from asepsis.exchange.json_values import list_of, mapping_of, text_of
from asepsis.exchange.lockfiles.lock import Lock, named, plain_hashes
from asepsis.exchange.source import Source, decode_json


def read(source: Source) -> Bill:
    """Return the packages of a Pipfile.lock, in its order; which of them depends on which it does not say.

    Raises `UnreadableLockError` and what `decode_json` raises.
    """
    lock, document = Lock(source, "Pipfile.lock", "pypi"), mapping_of(decode_json(source).value)
    if not isinstance(document.get("_meta"), dict):
        raise lock.refuse("it has no _meta")
    for group, packages in named({key: value for key, value in document.items() if key != "_meta"}):
        for name, one in named(packages):
            version = text_of(one.get("version"))
            lock.package(
                name.lower(),
                version.removeprefix("==").removeprefix("=") if version else None,
                hashes=plain_hashes(list_of(one.get("hashes"))),
                is_released=version is not None,
                is_for_development=group != "default",
            )
    return lock.bill()
