"""Gemfile.lock."""

from __future__ import annotations

import re
from collections import defaultdict

from asepsis.exchange.bill import Bill
from asepsis.exchange.lockfiles.lock import ROOT, Lock, plain_hashes
from asepsis.exchange.source import Source

_SPEC = re.compile(r"    (?P<name>\S+)(?: \((?P<version>[^()]+)\))?\Z")
_NEED = re.compile(r"      (?P<name>\S+)(?: \([^()]*\))?\Z")
_DIRECT = re.compile(r"  (?P<name>[^\s!]+)(?: \([^()]*\))?!?\Z")
_CHECKSUM = re.compile(r"  (?P<name>\S+) \((?P<version>[^()]+)\) (?P<hashes>\S+)\Z")
_PLATFORM = re.compile(r"(?P<version>[0-9][^-]*)-(?P<platform>.+)\Z")


def read(source: Source) -> Bill:
    """Return the gems of a Gemfile.lock, in its order, placed by the dependencies that the project names itself.

    A gem from a folder or repository has no package URL. One for a platform of its own is a component of its own.

    Raises `UnreadableLockError` and `EncodingError`.
    """
    lock = Lock(source, "Gemfile.lock", "gem")
    specs: list[tuple[str, str | None, str]] = []
    needs: list[tuple[int, str]] = []
    direct: list[str] = []
    sums: dict[str, list[str]] = {}
    section = ""
    for line in source.text().splitlines():
        if line and not line.startswith(" "):
            section = line.strip()
        elif section in ("GEM", "GIT", "PATH", "PLUGIN SOURCE") and (spec := _SPEC.match(line)):
            specs.append((spec["name"], spec["version"], section))
        elif section in ("GEM", "GIT", "PATH", "PLUGIN SOURCE") and specs and (need := _NEED.match(line)):
            needs.append((len(specs) - 1, need["name"]))
        elif section == "DEPENDENCIES" and (named := _DIRECT.match(line)):
            direct.append(named["name"])
        elif section == "CHECKSUMS" and (found := _CHECKSUM.match(line)):
            sums[f"{found['name']}@{found['version']}"] = found["hashes"].split(",")
    if not specs and not direct:
        raise lock.refuse("it names no gem")
    keys = defaultdict[str, list[str]](list)  # a gem can stand there once for each platform
    for name, version, _ in specs:
        keys[name].append(f"{name}@{version}")
    for name, version, where in specs:
        key, platform = f"{name}@{version}", _PLATFORM.match(version or "")
        lock.package(
            name,
            platform["version"] if platform else version,
            key=key,
            hashes=plain_hashes(sums.get(key, ())),
            qualifiers={"platform": platform["platform"]} if platform else None,
            is_released=where == "GEM",
        )
        lock.requires(key, ())
    for at, name in needs:
        lock.requires(f"{specs[at][0]}@{specs[at][1]}", keys.get(name, ()))
    lock.of()
    lock.requires(ROOT, (key for name in direct for key in keys.get(name, ())))
    return lock.bill()
