"""composer.lock."""

from __future__ import annotations

from asepsis.exchange.bill import Bill
from asepsis.exchange.json_values import mapping_of, mappings_of, text_of, texts_of
from asepsis.exchange.lockfiles.lock import Lock, resolver
from asepsis.exchange.source import Source, decode_json


def read(source: Source) -> Bill:
    """Return the packages of a composer.lock, in its order; its project is not named, so none has a place.

    Raises `UnreadableLockError` and what `decode_json` raises.
    """
    lock, document = Lock(source, "composer.lock", "composer"), mapping_of(decode_json(source).value)
    if not isinstance(document.get("packages"), list):
        raise lock.refuse("it has no list of packages")
    listed = [(one, part) for part in ("packages", "packages-dev") for one in mappings_of(document.get(part))]
    key_of = resolver((str(one.get("name")), f"{one.get('name')}@{one.get('version')}") for one, _ in listed)
    for one, part in listed:
        key, dist = f"{one.get('name')}@{one.get('version')}", mapping_of(one.get("dist"))
        sha1 = text_of(dist.get("shasum"))
        taken = lock.package(
            one.get("name"),
            one.get("version"),
            key=key,
            hashes=[("SHA-1", sha1)] if sha1 else (),
            licences=texts_of(one.get("license")),
            is_released=dist.get("type") != "path",
            is_for_development=part == "packages-dev",
        )
        if taken:
            lock.requires(key, filter(None, map(key_of, mapping_of(one.get("require")))))
    return lock.bill()
