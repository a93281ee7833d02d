from __future__ import annotations

import json
from pathlib import Path

import pytest

from asepsis.advisories.packages import Identity, ecosystem_of, identity, name_of
from asepsis.advisories.versions import ECOSYSTEMS
from asepsis.exchange.purl import parse

OSV_SCHEMA = Path(__file__).parents[2].parent / "shared/data/suites/osv-schema/validation/schema.json"


def of(text: str) -> Identity:
    found = identity(parse(text))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "ecosystem", "name"),
    [
        ("pkg:pypi/Zope_Interface@1", "PyPI", "zope-interface"),
        ("pkg:pypi/zope.interface@1", "PyPI", "zope-interface"),
        ("pkg:npm/%40FHIR/Core@1", "npm", "@fhir/core"),
        ("pkg:npm/JSONStream@1", "npm", "jsonstream"),
        ("pkg:maven/org.Apache/Log4j@1", "Maven", "org.Apache:Log4j"),
        ("pkg:golang/github.com/Azure/azure-sdk@v1", "Go", "github.com/azure/azure-sdk"),
        ("pkg:golang/stdlib@1.21.0", "Go", "stdlib"),
        ("pkg:nuget/Newtonsoft.Json@1", "NuGet", "newtonsoft.json"),
        ("pkg:cargo/rand_core@1", "crates.io", "rand-core"),
        ("pkg:gem/Rails@1", "RubyGems", "Rails"),
        ("pkg:composer/Acme/Kit@1", "Packagist", "acme/kit"),
        ("pkg:swift/github.com/Apple/swift-nio@1", "SwiftURL", "github.com/apple/swift-nio"),
        ("pkg:conan/openssl@1.1.1k", "ConanCenter", "openssl"),
    ],
)
def test_a_package_is_named_by_the_rules_of_its_ecosystem(text: str, ecosystem: str, name: str) -> None:
    assert (of(text).full_ecosystem, of(text).name) == (ecosystem, name)


@pytest.mark.parametrize(
    ("text", "ecosystem"),
    [
        ("pkg:deb/debian/curl@7.88.1-10?distro=bookworm", "Debian:12"),
        ("pkg:deb/debian/curl@7.88.1-10?distro=debian-12.9", "Debian:12"),
        ("pkg:deb/debian/curl@7.88.1-10%2Bdeb12u5", "Debian:12"),
        ("pkg:deb/debian/curl@7.88.1-10", "Debian"),
        ("pkg:deb/ubuntu/curl@7.88.1-10?distro=jammy", "Ubuntu:22.04"),
        ("pkg:apk/alpine/jq@1.7.1-r0?distro=3.20.3", "Alpine:v3.20"),
        ("pkg:apk/alpine/jq@1.7.1-r0?distro=alpine-3.10.9", "Alpine:v3.10"),
        ("pkg:apk/wolfi/jq@1.7.1-r0?distro=20230201", "Wolfi"),
        ("pkg:rpm/almalinux/bash@5-1.el9_3?arch=x86_64", "AlmaLinux:9"),
        ("pkg:rpm/rocky-linux/bash@5-1?distro=rocky-9.3", "Rocky Linux:9"),
        ("pkg:rpm/opensuse/bash@5-1?distro=opensuse-leap-15.4", "openSUSE:Leap 15.4"),
        ("pkg:rpm/redhat/bash@5-1?distro=rhel-8.6", "Red Hat:8"),
        ("pkg:rpm/suse/bash@5-1?distro=sles-15.4", "SUSE:15.4"),
    ],
)
def test_a_distribution_has_its_release(text: str, ecosystem: str) -> None:
    assert of(text).full_ecosystem == ecosystem


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("Debian:jessie", ("Debian", "8")),
        ("Debian:12", ("Debian", "12")),
        ("Debian:sarge", ("Debian", "3.1")),
        ("Ubuntu:Pro:18.04:LTS", ("Ubuntu", "18.04")),
        ("Alpine:v3.18", ("Alpine", "v3.18")),
        ("SUSE:Linux Enterprise Module for Basesystem 15 SP4", ("SUSE", "15.4")),
        ("Red Hat:enterprise_linux:8::appstream", ("Red Hat", "8")),
        ("Red Hat:rhel_aus:8.4::appstream", ("Red Hat", "rhel_aus:8.4::appstream")),
        ("openEuler:22.03-LTS-SP1", ("openEuler", "22.03-SP1")),
        ("Debian:never-heard-of", ("Debian", "never-heard-of")),
        ("PyPI", ("PyPI", None)),
    ],
)
def test_an_advisory_and_a_bill_name_a_release_alike(told: str, expected: tuple[str, str | None]) -> None:
    assert ecosystem_of(told) == expected


def test_advisories_of_debian_are_held_against_the_source_package_and_its_version() -> None:
    curl = of("pkg:deb/debian/libcurl4@7.88.1-10%2Bb1?arch=amd64&upstream=curl%407.88.1-10&distro=debian-12")
    assert curl.candidates == (("curl", "7.88.1-10"),)
    assert not curl.is_source_assumed


def test_a_package_of_debian_without_its_source_stands_in_for_it_and_says_so() -> None:
    assert of("pkg:deb/debian/libcurl4@1?distro=debian-12").is_source_assumed
    assert not of("pkg:deb/debian/curl@1?arch=source").is_source_assumed
    assert not of("pkg:pypi/django@1").is_source_assumed


def test_a_package_of_rpm_is_looked_up_by_its_own_name_and_by_that_of_its_source() -> None:
    text = "pkg:rpm/almalinux/openssl-libs@1.0.2k-16.el7?epoch=1&upstream=openssl-1.0.2k-16.el7.src.rpm"
    assert of(text).candidates == (("openssl-libs", "1:1.0.2k-16.el7"), ("openssl", "1:1.0.2k-16.el7"))


def test_the_epoch_of_a_qualifier_stands_before_the_version_once() -> None:
    assert of("pkg:deb/ubuntu/libcrypt1@4.4.27-1?epoch=1").version == "1:4.4.27-1"
    assert of("pkg:deb/ubuntu/libcrypt1@1%3A4.4.27-1?epoch=1").version == "1:4.4.27-1"
    assert of("pkg:rpm/redhat/bash@5-1?epoch=0").version == "5-1"


@pytest.mark.parametrize("text", ["pkg:oci/debian@1", "pkg:generic/openssl@1", "pkg:deb/gnu/ncurses@1", "pkg:rpm/x@1"])
def test_what_no_ecosystem_of_advisories_knows_has_no_identity(text: str) -> None:
    assert identity(parse(text)) is None


def test_the_name_of_an_advisory_is_spelled_as_that_of_a_bill() -> None:
    assert name_of("PyPI", "zope.interface") == of("pkg:pypi/Zope_Interface@1").name
    assert name_of("AlmaLinux:9", "NetworkManager") == "NetworkManager"


@pytest.mark.skipif(not OSV_SCHEMA.exists(), reason="../shared/data/suites/osv-schema is not there")
def test_the_ecosystems_that_have_a_scheme_are_those_of_the_osv_schema() -> None:
    named = set(json.loads(OSV_SCHEMA.read_text())["$defs"]["ecosystemName"]["enum"])
    # Named by no scheme, and so undetermined: their versions have no order of their own, or one that is not published.
    unordered = {
        "Android",
        "Bioconductor",
        "CRAN",
        "Docker Hardened Images",
        "FreeBSD",
        "Linux",
        "OSS-Fuzz",
        "Root",
        "TuxCare",
    }
    assert set(ECOSYSTEMS) | unordered == named
    assert not set(ECOSYSTEMS) & unordered
