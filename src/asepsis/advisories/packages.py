"""Which package a package URL names, in the words of the advisories: ecosystem, release, name and source package.

Both sides of a match go through here: a component by `identity`, an advisory's package by `ecosystem_of` and `name_of`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from asepsis.advisories.versions import Scheme, of_ecosystem
from asepsis.exchange.purl import Purl


@dataclass(frozen=True, slots=True)
class Source:
    """The source package that a binary package was built from; `version` where it is told apart from the binary's."""

    name: str
    version: str | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """A package as advisories name it.

    `ecosystem` is OSV's name without release ("Debian"), `release` what stands behind it ("12"). `version` is written as
    the scheme of the ecosystem reads it, the epoch of a qualifier before it. A package of a distribution without
    `release` may belong to any of its releases: a match that depends on it is undetermined.
    """

    ecosystem: str
    name: str
    version: str | None = None
    release: str | None = None
    source: Source | None = None

    @property
    def full_ecosystem(self) -> str:
        """Return the ecosystem with its release, as OSV writes both: "Debian:12"."""
        return f"{self.ecosystem}:{self.release}" if self.release else self.ecosystem

    @property
    def scheme(self) -> Scheme | None:
        """Return how the ecosystem orders versions."""
        return of_ecosystem(self.ecosystem)

    @property
    def names_sources(self) -> bool:
        """Return whether advisories of the ecosystem name source packages, and so not this one by itself."""
        return self.ecosystem in NAMED_BY_SOURCE

    @property
    def is_source_assumed(self) -> bool:
        """Return whether the package's own name has to stand in for that of its source, which nobody told."""
        return self.names_sources and self.source is None

    @property
    def candidates(self) -> tuple[tuple[str, str | None], ...]:
        """Return each name under which advisories may speak of this package, with the version to hold against them."""
        own = (self.name, self.version)
        if self.source is None:
            return (own,)
        built_from = (self.source.name, self.source.version or self.version)
        return (built_from,) if self.names_sources or built_from == own else (own, built_from)


NAMED_BY_SOURCE = frozenset({"Alpaquita", "Alpine", "Chainguard", "Debian", "Echo", "MinimOS", "Ubuntu", "Wolfi"})
"""The ecosystems whose advisories name source packages. Those of RPM name either, so both are looked up."""


def identity(purl: Purl) -> Identity | None:
    """Return the package that a package URL names, or `None` where no ecosystem of advisories knows its type."""
    if purl.type in _DISTRIBUTIONS:
        return _distributed(purl)
    ecosystem = ECOSYSTEM_OF_TYPE.get(purl.type)
    if ecosystem is None:
        return None
    separator = ":" if purl.type == "maven" else "/"
    name = f"{purl.namespace}{separator}{purl.name}" if purl.namespace else purl.name
    return Identity(ecosystem, name_of(ecosystem, name), purl.version)


ECOSYSTEM_OF_TYPE: Mapping[str, str] = MappingProxyType(
    {
        "bitnami": "Bitnami",
        "cargo": "crates.io",
        "composer": "Packagist",
        "conan": "ConanCenter",
        "cran": "CRAN",
        "gem": "RubyGems",
        "githubactions": "GitHub Actions",
        "golang": "Go",
        "hackage": "Hackage",
        "hex": "Hex",
        "julia": "Julia",
        "maven": "Maven",
        "npm": "npm",
        "nuget": "NuGet",
        "opam": "opam",
        "pub": "Pub",
        "pypi": "PyPI",
        "swift": "SwiftURL",
        "vscode-extension": "VSCode",
    }
)
"""OSV's ecosystem for each type of package URL that has exactly one."""


# --- names ----------------------------------------------------------------------------------------------------------

_RUNS = re.compile(r"[-_.]+")


def _by_pep_503(name: str) -> str:
    return _RUNS.sub("-", name).lower()


def _of_a_crate(name: str) -> str:
    return name.lower().replace("_", "-")


_IN_LOWER_CASE = (
    "Bitnami",
    "ConanCenter",
    "GitHub Actions",
    "Go",  # paths keep their case, bills and advisories do not
    "Hex",
    "NuGet",
    "Packagist",
    "Pub",
    "SwiftURL",
    "VSCode",
    "npm",  # new names are in lower case; of old ones, advisories and bills change the case
)
_SPELLINGS: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {
        "PyPI": _by_pep_503,
        "crates.io": _of_a_crate,  # the registry holds names that differ by these alone for one
        **dict.fromkeys(_IN_LOWER_CASE, str.lower),
    }
)


def name_of(ecosystem: str, name: str) -> str:
    """Return a package's name as its ecosystem tells packages apart: the one spelling that both sides are joined by.

    Where two packages differ by case alone and advisories do not keep it (old npm packages), they are held for one: a
    match too many is looked at by a person, one too few by nobody.
    """
    spelled = _SPELLINGS.get(ecosystem.partition(":")[0])
    return spelled(name) if spelled else name


# --- ecosystems and their releases ------------------------------------------------------------------------------------

_DEBIAN_RELEASES = MappingProxyType(
    {
        "buzz": "1.1",
        "rex": "1.2",
        "bo": "1.3",
        "hamm": "2.0",
        "slink": "2.1",
        "potato": "2.2",
        "woody": "3.0",
        "sarge": "3.1",
        "etch": "4",
        "lenny": "5",
        "squeeze": "6",
        "wheezy": "7",
        "jessie": "8",
        "stretch": "9",
        "buster": "10",
        "bullseye": "11",
        "bookworm": "12",
        "trixie": "13",
        "forky": "14",
    }
)
_UBUNTU_RELEASES = MappingProxyType(
    {
        "trusty": "14.04",
        "xenial": "16.04",
        "bionic": "18.04",
        "focal": "20.04",
        "jammy": "22.04",
        "noble": "24.04",
        "oracular": "24.10",
        "plucky": "25.04",
        "questing": "25.10",
    }
)
_NUMBERS = re.compile(r"\d+(?:\.\d+)*")


def _major(told: str) -> str | None:
    found = _NUMBERS.search(told)
    return found[0].partition(".")[0] if found else None


def _debian(told: str) -> str | None:
    found = _NUMBERS.search(told)
    if found is None:
        return _DEBIAN_RELEASES.get(told.lower())
    major = found[0].partition(".")[0]
    return major if int(major) > 3 else found[0]


def _ubuntu(told: str) -> str | None:
    """Return year and month; whether OSV adds "Pro" or "LTS" is no property of the package."""
    found = re.search(r"\d+\.\d+", told)
    return found[0] if found else _UBUNTU_RELEASES.get(told.lower())


def _alpine(told: str) -> str | None:
    found = re.search(r"\d+\.\d+", told)
    return f"v{found[0]}" if found else ("edge" if "edge" in told.lower() else None)


def _first_two(told: str) -> str | None:
    found = _NUMBERS.search(told)
    return ".".join(found[0].split(".")[:2]) if found else None


def _leap(told: str) -> str | None:
    if "tumbleweed" in told.lower():
        return "Tumbleweed"
    found = _first_two(told)
    return f"Leap {found}" if found else None


def _red_hat(told: str) -> str | None:
    """Return the major release; streams with an extended life of their own keep OSV's spelling."""
    plain = re.search(r"(?:enterprise_linux:|rhel-|redhat-|^)(\d+)", told)
    return plain[1] if plain else None


def _service_pack(told: str) -> str | None:
    """Return "15.4" for both "sles-15.4" and "Linux Enterprise Server 15 SP4"."""
    found = re.search(r"(\d+)(?:(?:\.| ?-?SP)(\d+))?", told)
    return ".".join(part for part in found.groups() if part) if found else None


def _open_euler(told: str) -> str | None:
    found = re.search(r"(\d+\.\d+)(?:-LTS)?(-SP\d+)?", told.upper())
    return f"{found[1]}{found[2] or ''}" if found else None


def _alpaquita(told: str) -> str | None:
    return "stream" if "stream" in told else _major(told)


def _rolling(told: str) -> None:
    """Return nothing: the distribution has no releases."""


@dataclass(frozen=True, slots=True)
class _Distribution:
    """An ecosystem of a distribution, and how its release is read from what bills and advisories write."""

    ecosystem: str
    release: Callable[[str], str | None]


_BY_ECOSYSTEM: Mapping[str, _Distribution] = MappingProxyType(
    {
        one.ecosystem: one
        for one in (
            _Distribution("AlmaLinux", _major),
            _Distribution("Alpaquita", _alpaquita),
            _Distribution("Alpine", _alpine),
            _Distribution("Azure Linux", _major),
            _Distribution("Chainguard", _rolling),
            _Distribution("Debian", _debian),
            _Distribution("Echo", _rolling),
            _Distribution("Mageia", _major),
            _Distribution("MinimOS", _rolling),
            _Distribution("Photon OS", _first_two),
            _Distribution("Red Hat", _red_hat),
            _Distribution("Rocky Linux", _major),
            _Distribution("SUSE", _service_pack),
            _Distribution("Ubuntu", _ubuntu),
            _Distribution("Wolfi", _rolling),
            _Distribution("openEuler", _open_euler),
            _Distribution("openSUSE", _leap),
        )
    }
)

_DISTRIBUTIONS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "deb": {"debian": "Debian", "ubuntu": "Ubuntu", "echo": "Echo"},
        "apk": {
            "alpaquita": "Alpaquita",
            "alpine": "Alpine",
            "chainguard": "Chainguard",
            "minimos": "MinimOS",
            "wolfi": "Wolfi",
        },
        "rpm": {
            "almalinux": "AlmaLinux",
            "alma": "AlmaLinux",
            "azurelinux": "Azure Linux",
            "mageia": "Mageia",
            "mariner": "Azure Linux",
            "openeuler": "openEuler",
            "opensuse": "openSUSE",
            "photon": "Photon OS",
            "redhat": "Red Hat",
            "rhel": "Red Hat",
            "rocky": "Rocky Linux",
            "rocky-linux": "Rocky Linux",
            "rockylinux": "Rocky Linux",
            "sles": "SUSE",
            "suse": "SUSE",
        },
    }
)
"""OSV's ecosystem by type of package URL and namespace."""


@lru_cache(maxsize=4096)
def ecosystem_of(told: str) -> tuple[str, str | None]:
    """Return an advisory's ecosystem and its release, each in the one spelling that packages are joined by.

    "Debian:jessie" and "Debian:8" give ("Debian", "8"), "Ubuntu:22.04:LTS" ("Ubuntu", "22.04"), "PyPI" ("PyPI", None),
    "SUSE:Linux Enterprise Server 15 SP4" ("SUSE", "15.4"). A release that is not known keeps its own spelling.
    """
    ecosystem, _, release = told.partition(":")
    distribution = _BY_ECOSYSTEM.get(ecosystem)
    if not release or distribution is None:
        return ecosystem, release or None
    return ecosystem, distribution.release(release) or release


def types_of(ecosystem: str) -> tuple[str, ...]:
    """Return the types of package URLs whose packages the advisories of an ecosystem, in OSV's words, name."""
    name, _ = ecosystem_of(ecosystem)
    return tuple(type_ for type_, known in ECOSYSTEM_OF_TYPE.items() if known == name) or types_of_distribution(name)


def types_of_distribution(ecosystem: str) -> tuple[str, ...]:
    """Return the types of package URLs that a distribution's packages have."""
    return tuple(type_ for type_, known in _DISTRIBUTIONS.items() if ecosystem in known.values())


# --- packages of distributions ----------------------------------------------------------------------------------------

_BUILT_FOR = re.compile(r"(?:\+|~)deb(\d+)u\d")  # the release that a stable update of Debian was built for
_DIST_TAG = re.compile(r"\.el(\d+)")
_FILE = re.compile(r"(.+)-([^-]+-[^-]+)\.(?:no)?src\.rpm")


def _distributed(purl: Purl) -> Identity | None:
    """Return the package of a distribution, or `None` where its namespace names none that advisories know."""
    ecosystem = _DISTRIBUTIONS[purl.type].get(purl.namespace or "")
    if ecosystem is None:
        return None
    told = dict(purl.qualifiers)
    version = purl.version
    if version and (epoch := told.get("epoch", "")).isdecimal() and ":" not in version:
        version = f"{int(epoch)}:{version}" if int(epoch) else version
    release = _BY_ECOSYSTEM[ecosystem].release(told.get("distro", told.get("distro_name", "")))
    if release is None and version:
        release = _built_for(ecosystem, version)
    source = _source(purl, told)
    return Identity(ecosystem, purl.name, version, release, source)


def _built_for(ecosystem: str, version: str) -> str | None:
    """Return the release that the version itself names."""
    found = {"Debian": _BUILT_FOR, "AlmaLinux": _DIST_TAG, "Rocky Linux": _DIST_TAG}.get(ecosystem)
    named = found.search(version) if found else None
    return named[1] if named else None


def _source(purl: Purl, told: Mapping[str, str]) -> Source | None:
    """Return the source package, as the qualifier `upstream` tells it, or as the architecture says it is one itself."""
    if told.get("arch") in ("source", "src"):
        return Source(purl.name)
    upstream = told.get("upstream")
    if not upstream:
        return None
    if purl.type == "rpm" and (file := _FILE.fullmatch(upstream)):
        return Source(file[1], _with_epoch(file[2], told))
    name, _, version = upstream.partition("@")
    return Source(name, version or None)


def _with_epoch(version: str, told: Mapping[str, str]) -> str:
    epoch = told.get("epoch", "")
    return f"{int(epoch)}:{version}" if epoch.isdecimal() and int(epoch) else version
