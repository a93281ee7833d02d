"""Versions of each ecosystem as bytes that sort as the ecosystem orders them, and ranges as half-open intervals of them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from asepsis.advisories.versions.alpine import APK
from asepsis.advisories.versions.composer import COMPOSER
from asepsis.advisories.versions.conan import CONAN
from asepsis.advisories.versions.crates import CARGO
from asepsis.advisories.versions.debian import DEB
from asepsis.advisories.versions.generic import GENERIC
from asepsis.advisories.versions.golang import GOLANG
from asepsis.advisories.versions.hex import HEX
from asepsis.advisories.versions.maven import MAVEN
from asepsis.advisories.versions.npm import NPM
from asepsis.advisories.versions.nuget import NUGET
from asepsis.advisories.versions.openssl import OPENSSL
from asepsis.advisories.versions.pep440 import PYPI
from asepsis.advisories.versions.pub import PUB
from asepsis.advisories.versions.rpm import RPM
from asepsis.advisories.versions.rubygems import GEM
from asepsis.advisories.versions.scheme import LOWEST, Interval, Scheme, above
from asepsis.advisories.versions.semver import SEMVER

__all__ = [
    "ECOSYSTEMS",
    "LOWEST",
    "PURL_TYPES",
    "SCHEMES",
    "Interval",
    "Scheme",
    "above",
    "of_ecosystem",
    "of_purl_type",
]

SCHEMES: Mapping[str, Scheme] = MappingProxyType(
    {
        scheme.name: scheme
        for scheme in (
            PYPI,
            SEMVER,
            NPM,
            GOLANG,
            MAVEN,
            NUGET,
            GEM,
            COMPOSER,
            DEB,
            RPM,
            APK,
            CONAN,
            OPENSSL,
            CARGO,
            PUB,
            HEX,
            GENERIC,
        )
    }
)
"""Each scheme by its name in the vers specification."""

ECOSYSTEMS: Mapping[str, Scheme] = MappingProxyType(
    {
        "AlmaLinux": RPM,
        "Alpaquita": APK,
        "Alpine": APK,
        "Azure Linux": RPM,
        "BellSoft Hardened Containers": APK,
        "Bitnami": SEMVER,
        "Chainguard": APK,
        "CleanStart": APK,
        "ConanCenter": CONAN,
        "Debian": DEB,
        "Echo": DEB,
        "GHC": GENERIC,
        "GitHub Actions": SEMVER,
        "Go": GOLANG,
        "Hackage": GENERIC,
        "Hex": HEX,
        "Julia": SEMVER,
        "Kubernetes": SEMVER,
        "Mageia": RPM,
        "Maven": MAVEN,
        "MinimOS": APK,
        "NuGet": NUGET,
        "Packagist": COMPOSER,
        "Photon OS": RPM,
        "Pub": PUB,
        "PyPI": PYPI,
        "Red Hat": RPM,
        "Rocky Linux": RPM,
        "RubyGems": GEM,
        "SUSE": RPM,
        "SwiftURL": SEMVER,
        "Ubuntu": DEB,
        "VSCode": SEMVER,
        "Wolfi": APK,
        "crates.io": CARGO,
        "npm": NPM,
        "openEuler": RPM,
        "openSUSE": RPM,
        "opam": DEB,  # its manual: the order of Debian
    }
)
"""The scheme of each ecosystem by OSV's name for it, without its release."""

PURL_TYPES: Mapping[str, Scheme] = MappingProxyType(
    {
        "apk": APK,
        "bitnami": SEMVER,
        "cargo": CARGO,
        "cocoapods": GEM,
        "composer": COMPOSER,
        "conan": CONAN,
        "deb": DEB,
        "gem": GEM,
        "generic": GENERIC,
        "golang": GOLANG,
        "hackage": GENERIC,
        "hex": HEX,
        "julia": SEMVER,
        "maven": MAVEN,
        "npm": NPM,
        "nuget": NUGET,
        "pub": PUB,
        "pypi": PYPI,
        "rpm": RPM,
        "swift": SEMVER,
    }
)
"""The scheme of each type of package URL that has one."""


def of_ecosystem(ecosystem: str) -> Scheme | None:
    """Return the scheme of an ecosystem in OSV's words ("PyPI", "Debian:12"); `None` where it has none."""
    return ECOSYSTEMS.get(ecosystem.partition(":")[0])


def of_purl_type(type_: str) -> Scheme | None:
    """Return the scheme of a type of package URL; `None` where it has none."""
    return PURL_TYPES.get(type_)
