"""packages.lock.json of .NET projects."""

from __future__ import annotations

from asepsis.exchange.bill import Bill
from asepsis.exchange.json_values import mapping_of, text_of
from asepsis.exchange.lockfiles.lock import ROOT, Lock, from_base64, named
from asepsis.exchange.source import Source, decode_json


def read(source: Source) -> Bill:
    """Return the packages of a packages.lock.json, over all its frameworks, placed by what is direct.

    Raises `UnreadableLockError` and what `decode_json` raises.
    """
    lock, document = Lock(source, "packages.lock.json", "nuget"), mapping_of(decode_json(source).value)
    if not isinstance(document.get("dependencies"), dict) or "version" not in document:
        raise lock.refuse("it has no version and dependencies")
    lock.of()
    lock.requires(ROOT, ())
    for _, packages in named(document["dependencies"]):
        keys = {name.lower(): f"{name}@{text_of(one.get('resolved')) or 'project'}" for name, one in named(packages)}
        for name, one in named(packages):
            key, kind = keys[name.lower()], one.get("type")
            lock.package(
                name,
                one.get("resolved"),
                key=key,
                hashes=from_base64("sha512", one.get("contentHash")),
                is_released=kind != "Project",
            )
            needs = (keys.get(need.lower()) for need in mapping_of(one.get("dependencies")))
            lock.requires(key, filter(None, needs))
            if kind in ("Direct", "Project"):
                lock.requires(ROOT, [key])
    return lock.bill(str(document["version"]))
