"""The order of keys against those who ordered versions before us: on real neighbours, random real pairs and built ones.

Left out of what is built, since the oracle departs there from the ecosystem itself: for Alpine, versions without
revision (univers holds them for -r0; apk's src/version.c puts what ends below what goes on) and numbers of two zeros
(univers compares them as Gentoo does).
"""

from __future__ import annotations

import itertools
import json
import random
import re
import shutil
import subprocess
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import cache, total_ordering
from pathlib import Path
from typing import Any

import pytest
from packaging.version import InvalidVersion, Version
from univers import versions as univers

from asepsis.advisories.versions import SCHEMES

OSV = Path(__file__).parents[3].parent / "shared/data/advisories/osv"
SEED = 20261125
ECOSYSTEM = {
    "cargo": "crates.io",
    "composer": "Packagist",
    "deb": "Debian",
    "gem": "RubyGems",
    "golang": "Go",
    "maven": "Maven",
    "npm": "npm",
    "nuget": "NuGet",
    "pypi": "PyPI",
    "rpm": "AlmaLinux",
    "semver": "Bitnami",
}

N = ("0", "1", "2", "10", "01")
BUILT: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "apk": (
        ("0", "1", "10"),
        ("", ".0", ".1", ".05"),
        ("", ".0", ".2", ".10"),
        ("", "a", "b"),
        ("", "_alpha", "_rc1", "_p", "_p1"),
        ("-r0", "-r1", "-r10"),
    ),
    "cargo": (("0.", "1."), ("0.", "10."), ("0", "3"), ("", "-alpha", "-alpha.1", "-rc.2", "-rc.10", "-1")),
    "composer": (("1.0.", "1.2.", "v2.0."), ("0", "3"), ("", "-alpha", "beta2", "-RC1", "RC10", "-dev", "-beta1-dev")),
    "conan": (N, ("", ".0", ".1", ".1a"), ("", ".0", ".2"), ("", "-alpha", "-1", "-beta.2"), ("", "+b", "+1")),
    "deb": (("", "1:"), ("1", "0", "1.0"), ("", "~", "~rc1", "+", "a"), ("", ".1", "10"), ("", "-1", "-0", "-1~bpo1")),
    "gem": (N, ("", ".0", ".1", ".a"), ("", ".0", ".2", ".b"), ("", ".0", ".1", ".rc1"), ("", ".0", "-x")),
    "golang": (("v0.", "v1."), ("0.", "2.", "10."), ("0", "3"), ("", "-rc.1", "-0.20220101000000-abcdefabcdef")),
    "maven": (
        N[:4],
        ("", ".0", ".1", "-1"),
        ("", ".2", "-2", ".0"),
        ("", "-alpha", "-alpha-1", "-beta2", ".foo", "-foo", "-sp", "-ga", ".Final", "-rc1", "-snapshot"),
        ("", "-1", "2"),
    ),
    "npm": (("0.", "1."), ("0.", "10."), ("0", "3"), ("", "-alpha", "-alpha.1", "-rc.2", "-rc.10", "-1", "+b")),
    "nuget": (N, ("", ".0", ".1"), ("", ".0", ".2"), ("", ".3"), ("", "-alpha", "-Beta", "-rc.1", "-rc.10", "-1")),
    "openssl": (("0.9.", "1.0.", "1.1.", "3.0.", "3.10."), ("0", "2", "8", "10", "11", "12")),
    "pypi": (
        N,
        ("", ".0", ".1"),
        ("", "a1", "rc2", "b"),
        ("", ".post1", "-1"),
        ("", ".dev0", ".dev"),
        ("", "+a", "+1"),
    ),
    "rpm": (("", "1:"), ("1", "01", "1.0"), ("", "~rc1", "^git", "a", ".a"), ("", "_1", ".10"), ("-1", "-1.el8", "-2")),
    "semver": (("0.", "1."), ("0.", "10."), ("0", "3"), ("", "-alpha", "-alpha.1", "-rc.2", "-rc.10", "-1")),
}


@total_ordering
class PhpVersion:
    """PHP's version_compare over versions as Composer writes them out.

    univers reads Composer's versions as SemVer: it forgets the fourth number, and sorts "RC" below "alpha".
    """

    FORMS = ("dev", "alpha", "beta", "rc", "#", "p")

    def __init__(self, version: str) -> None:
        found = re.fullmatch(r"v?([\d.]+)[._-]?(?:(alpha|a|beta|b|rc|patch|pl|p)[.-]?(\d*))?(-?dev)?", version.lower())
        if found is None:
            raise ValueError(version)
        numbers = found[1].split(".")
        stage = {"a": "alpha", "b": "beta", "r": "rc", "p": "p"}.get((found[2] or " ")[0])
        self.parts = [*numbers, *["0"] * (4 - len(numbers)), *filter(None, (stage, found[3], found[4] and "dev"))]

    def compared(self, other: PhpVersion) -> int:
        for one, two in itertools.zip_longest(self.parts, other.parts):
            if one is None or two is None:
                left = two or one
                beyond = 1 if left.isdigit() else self.form(left) - self.form("#")
                return beyond if two is None else -beyond
            if one.isdigit() and two.isdigit():
                found = int(one) - int(two)
            else:
                found = self.form("#" if one.isdigit() else one) - self.form("#" if two.isdigit() else two)
            if found:
                return found
        return 0

    def form(self, word: str) -> int:
        return self.FORMS.index(word)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PhpVersion) and self.compared(other) == 0

    __hash__ = None  # type: ignore[assignment]

    def __lt__(self, other: PhpVersion) -> bool:
        return self.compared(other) < 0


ORACLES: Mapping[str, Callable[[str], Any]] = {
    "apk": univers.AlpineLinuxVersion,
    "cargo": univers.SemverVersion,
    "composer": PhpVersion,
    "conan": univers.ConanVersion,
    "deb": univers.DebianVersion,
    "gem": univers.RubygemsVersion,
    "golang": univers.GolangVersion,
    "npm": univers.SemverVersion,
    "nuget": univers.NugetVersion,
    "openssl": univers.OpensslVersion,
    "pypi": Version,
    "rpm": univers.RpmVersion,
    "semver": univers.SemverVersion,
}


@cache
def real() -> Mapping[str, list[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for archive in sorted(OSV.glob("*/all.zip")):
        with zipfile.ZipFile(archive) as members:
            for name in members.namelist():
                for affected in json.loads(members.read(name)).get("affected", ()):
                    ecosystem = affected.get("package", {}).get("ecosystem", "").partition(":")[0]
                    found[ecosystem].update(affected.get("versions", ()))
                    for one in affected.get("ranges", ()):
                        if one["type"] != "GIT":
                            found[ecosystem].update(v for event in one["events"] for v in event.values() if v != "0")
    return {ecosystem: sorted(versions) for ecosystem, versions in found.items()}


def built(name: str, chance: random.Random, count: int = 1_500) -> list[str]:
    found = ["".join(chance.choice(part) for part in BUILT[name]) for _ in range(count)]
    if name == "openssl":  # letters ended with 1.1.1
        found += [f"{version}{chance.choice(('a', 'k', 'z', 'za'))}" for version in found if version[0] < "3"]
    return found


def known(name: str, chance: random.Random) -> list[str]:
    """Return versions of a scheme that it orders: real ones where the data is there, and built ones."""
    versions = {*built(name, chance), *(real().get(ECOSYSTEM.get(name, ""), ()) if OSV.exists() else ())}
    return sorted((v for v in versions if SCHEMES[name].key(v) is not None), key=lambda v: (keyed(name, v), v))


def keyed(name: str, version: str) -> bytes:
    found = SCHEMES[name].key(version)
    assert found is not None
    return found


def pairs(versions: list[str], chance: random.Random, count: int) -> list[tuple[str, str]]:
    """Return up to `count` neighbours and `count` pairs by chance."""
    neighbours = list(itertools.pairwise(versions))
    if len(neighbours) > count:
        neighbours = chance.sample(neighbours, count)
    return neighbours + [(chance.choice(versions), chance.choice(versions)) for _ in range(count)]


def sign(name: str, pair: tuple[str, str]) -> int:
    first, second = (keyed(name, version) for version in pair)
    return (first > second) - (first < second)


@pytest.mark.parametrize("name", ORACLES)
def test_keys_sort_as_the_oracle_does(name: str) -> None:
    chance = random.Random(SEED)
    known_to_both = {}
    for version in known(name, chance):
        try:
            known_to_both[version] = ORACLES[name](version)
        except (ValueError, univers.InvalidVersion, InvalidVersion):
            continue
    differing = []
    tried = pairs(list(known_to_both), chance, 4_000)
    for pair in tried:
        first, second = (known_to_both[version] for version in pair)
        if sign(name, pair) != (first > second) - (first < second):
            differing.append(pair)
    assert (len(known_to_both) >= 25, differing) == (True, [])


def test_what_pep_440_refuses_has_no_key_and_the_other_way_round() -> None:
    chance = random.Random(SEED)
    versions = [*built("pypi", chance), *(real()["PyPI"] if OSV.exists() else ()), "1.0-", "", "a", "1..0", "1!", "1+"]
    for version in versions:
        try:
            Version(version)
        except InvalidVersion:
            assert SCHEMES["pypi"].key(version) is None, version
        else:
            assert SCHEMES["pypi"].key(version) is not None, version


@pytest.mark.skipif(shutil.which("dpkg") is None, reason="dpkg is not there")
def test_keys_of_debian_sort_as_dpkg_does() -> None:
    chance = random.Random(SEED)
    for pair in pairs(known("deb", chance), chance, 150):
        told = next(
            answer
            for answer, relation in ((-1, "lt"), (0, "eq"), (1, "gt"))
            if not subprocess.run(
                ["dpkg", "--compare-versions", pair[0], relation, pair[1]], stderr=subprocess.DEVNULL
            ).returncode
        )
        assert sign("deb", pair) == told, pair


def node_semver() -> Path | None:
    """Return the module that npm itself brings."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        return None
    found = Path(npm).resolve().parents[1] / "node_modules/semver"
    return found if found.exists() else None


COMPARE = """
const semver = require(process.argv[1]);
const pairs = JSON.parse(require('fs').readFileSync(0));
console.log(JSON.stringify(pairs.map(([a, b]) => {
  try { return semver.compare(a, b, true) } catch { return null }
})));
"""


@pytest.mark.skipif(node_semver() is None, reason="node with npm's semver is not there")
def test_keys_of_npm_sort_as_node_semver_does() -> None:
    chance = random.Random(SEED)
    tried = pairs(known("npm", chance), chance, 4_000)
    command = ["node", "-e", COMPARE, str(node_semver())]
    done = subprocess.run(command, input=json.dumps(tried), capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    # null: node-semver orders neither "1.2" nor what is no version; a shorter version is read as SemVer here
    differing = [pair for pair, answer in zip(tried, told, strict=True) if answer not in (None, sign("npm", pair))]
    assert (sum(answer is not None for answer in told) > 4_000, differing) == (True, [])


# --- Maven: its published rules, read word for word ---------------------------------------------------------------------


def by_the_rules(first: str, second: str) -> int:
    """Compare two versions as "Version Order Specification" says, token by token, the shorter one padded."""
    left, right = tokens(first), tokens(second)
    for one, other in itertools.zip_longest(left, right):
        if found := rank(one or padding(other), other or padding(one)):
            return found
    return 0


def tokens(version: str) -> list[tuple[str, str]]:
    """Split at dots, hyphens and changes between digits and letters, then trim null values from the end backwards."""
    spaced = re.sub(r"(?<=\d)(?=[a-z])|(?<=[a-z])(?=\d)", "-", version.lower())
    found = [("." if sep == "." else "-", word or "0") for sep, word in re.findall(r"(^|[.-])([^.-]*)", spaced)]
    short = {"a": "alpha", "b": "beta", "m": "milestone"}
    # only a letter that touches a digit is short for a word
    touching = {
        at for at, (_, word) in enumerate(found) if word in short and re.search(rf"(?<![a-z]){word}\d", version.lower())
    }
    found = [(sep, short[word] if at in touching else word) for at, (sep, word) in enumerate(found)]
    found = [("-" if not word.isdigit() else sep, "rc" if word == "cr" else word) for sep, word in found]
    found[0] = (".", found[0][1]) if found[0][1].isdigit() else found[0]
    at = len(found)
    while at > 0:
        while at > 0 and is_null(found[at - 1][1]):
            del found[at - 1]
            at -= 1
        at -= 1
        while at > 0 and found[at][0] != "-":
            at -= 1
    return found


def is_null(word: str) -> bool:
    return word in ("final", "ga", "release") or set(word) == {"0"}


def padding(other: tuple[str, str]) -> tuple[str, str]:
    return (".", "0") if other[0] == "." else ("-", "")


QUALIFIERS = ["alpha", "beta", "milestone", "rc", "snapshot", "", "sp"]


def rank(one: tuple[str, str], other: tuple[str, str]) -> int:
    """Return the order of two tokens: qualifier below "-number" below ".number"; within, as Maven lists them."""

    def place(token: tuple[str, str]) -> tuple[Any, ...]:
        separator, word = token
        if word.isdigit():
            return (2 if separator == "." else 1, int(word))
        word = "" if is_null(word) or not word else word
        return (0, QUALIFIERS.index(word), "") if word in QUALIFIERS else (0, len(QUALIFIERS), word)

    return (place(one) > place(other)) - (place(one) < place(other))


def test_keys_of_maven_sort_by_its_published_rules() -> None:
    chance = random.Random(SEED)
    differing = [
        (pair, sign("maven", pair), by_the_rules(*pair))
        for pair in pairs(known("maven", chance), chance, 4_000)
        if sign("maven", pair) != by_the_rules(*pair)
    ]
    assert differing == []


@pytest.mark.parametrize(
    "said",
    [
        "1 < 1.1",
        "1-snapshot < 1",
        "1 < 1-sp",
        "1-foo2 < 1-foo10",
        "1.foo = 1-foo",
        "1-foo < 1-1",
        "1-1 < 1.1",
        "1.ga = 1-ga",
        "1-ga = 1-0",
        "1-0 = 1.0",
        "1.0 = 1",
        "1-sp > 1-ga",
        "1-sp.1 > 1-ga.1",
        "1-sp-1 < 1-ga-1",
        "1-ga-1 = 1-1",
        "1-a1 = 1-alpha-1",
    ],
)
def test_keys_of_maven_keep_the_examples_of_its_rules(said: str) -> None:
    first, relation, second = said.split()
    assert "<=>"[sign("maven", (first, second)) + 1] == relation == "<=>"[by_the_rules(first, second) + 1]


@pytest.mark.skipif(not OSV.exists(), reason="../shared/data/advisories is not there")
def test_real_versions_of_maven_sort_as_its_class_does() -> None:
    ordered = sorted(real()["Maven"], key=lambda version: keyed("maven", version))
    for pair in itertools.combinations(ordered, 2):
        first, second = map(univers.MavenVersion, pair)
        assert sign("maven", pair) == (first > second) - (first < second), pair


# --- what holds of every scheme -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", BUILT)
def test_no_key_holds_a_zero_byte_or_begins_another(name: str) -> None:
    """So the bytes right above a key lie below every other version, and intervals can end with a version in them."""
    keys = sorted({keyed(name, version) for version in known(name, random.Random(SEED))})
    assert all(b"\x00" not in key and key for key in keys)
    assert not [pair for pair in itertools.pairwise(keys) if pair[1].startswith(pair[0])]


@pytest.mark.skipif(not OSV.exists(), reason="../shared/data/advisories is not there")
@pytest.mark.parametrize("name", ECOSYSTEM)
def test_nearly_all_versions_that_advisories_name_have_an_order(name: str) -> None:
    versions = real()[ECOSYSTEM[name]]
    unordered: Iterable[str] = [version for version in versions if SCHEMES[name].key(version) is None]
    assert len(list(unordered)) <= max(1, len(versions) // 50)
