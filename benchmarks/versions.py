"""How long each scheme takes for the keys of 100,000 distinct versions: `python -m benchmarks.versions`."""

from __future__ import annotations

import itertools
import os
import sys
import time
from collections.abc import Iterator

from asepsis.advisories.versions import SCHEMES

COUNT = 100_000
ASKED = "1 s"
# The plainest and the most complicated of what each ecosystem writes, in turn.
SHAPES = {
    "pypi": ("{a}.{b}.{c}", "{a}.{b}.{c}rc{d}", "{a}.{b}.{c}.post{d}.dev{e}+local.{e}"),
    "semver": ("{a}.{b}.{c}", "{a}.{b}.{c}-alpha.{d}+build.{e}"),
    "npm": ("{a}.{b}.{c}", "{a}.{b}.{c}-next.{d}"),
    "golang": ("v{a}.{b}.{c}", "v0.0.0-2022{d:010}-{e:012x}"),
    "maven": ("{a}.{b}.{c}", "{a}.{b}.{c}.Final", "{a}.{b}-beta-{d}", "{a}.{b}.{c}.v2022{d:06}"),
    "nuget": ("{a}.{b}.{c}", "{a}.{b}.{c}.{d}-preview.{e}"),
    "gem": ("{a}.{b}.{c}", "{a}.{b}.{c}.rc{d}"),
    "composer": ("{a}.{b}.{c}", "v{a}.{b}.{c}-beta{d}"),
    "deb": ("{a}.{b}.{c}-{d}", "1:{a}.{b}+dfsg-{c}+deb12u{d}", "2:{a}.{b}~rc{c}-{d}"),
    "rpm": ("{a}.{b}.{c}-{d}.el9", "1:{a}.{b}-{c}.module_el8.{d}+{e}"),
    "apk": ("{a}.{b}.{c}-r{d}", "{a}.{b}_rc{c}-r{d}"),
    "conan": ("{a}.{b}.{c}", "{a}.{b}.{c}k", "{a}.{b}.{c}-pre.{d}+{e}"),
    "openssl": ("{a}.{b}.{c}", "{a}.{b}.{c}za", "{a}.{b}.{c}-alpha{d}"),
    "cargo": ("{a}.{b}.{c}", "{a}.{b}.{c}-rc.{d}+{e}"),
    "pub": ("{a}.{b}.{c}", "{a}.{b}.{c}-dev.{d}+{e}"),
    "hex": ("{a}.{b}.{c}", "{a}.{b}.{c}-rc.{d}"),
    "generic": ("{a}.{b}.{c}.{d}", "{a}.{b}.{c}-rc{d}"),
}


def versions(shapes: tuple[str, ...]) -> Iterator[str]:
    """Yield versions of each shape in turn, all distinct: their numbers count up."""
    for number, shape in zip(itertools.count(), itertools.cycle(shapes)):
        yield shape.format(
            a=number % 7, b=number // 7 % 31, c=number // 217, d=number % 1_013, e=number * 7_919 % 2_147_483_647
        )


def distinct(shapes: tuple[str, ...], count: int) -> list[str]:
    """Return `count` distinct versions."""
    found: dict[str, None] = {}
    for version in versions(shapes):
        found[version] = None
        if len(found) == count:
            break
    return list(found)


def main() -> None:
    """Print the table."""
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}, Python {sys.version.split()[0]}\n")
    print(f"keys of {COUNT:,} distinct versions\n\n{'scheme':10} {'asked':>6} {'s':>7} {'no key':>7}  for instance")
    for name, scheme in SCHEMES.items():
        given = distinct(SHAPES[name], COUNT)
        start = time.perf_counter()
        keys = [scheme.key(version) for version in given]
        spent = time.perf_counter() - start
        print(f"{name:10} {ASKED:>6} {spent:7.3f} {keys.count(None):7,}  {given[COUNT // 2 + 1]}", flush=True)
    print(f"\nload {os.getloadavg()[0]:.1f} at the end")


if __name__ == "__main__":
    main()
