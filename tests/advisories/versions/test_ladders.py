"""Each scheme climbs a ladder of versions that its own specification names, and steps on no rung twice."""

from __future__ import annotations

import pytest

from asepsis.advisories.versions import LOWEST, SCHEMES, of_ecosystem, of_purl_type

LADDERS = {
    "semver": "1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta 1.0.0-beta.2 1.0.0-beta.11 1.0.0-rc.1 1.0.0 1.0.1",
    "npm": "0.0.0-0 1.2.3-0 1.2.3-beta 1.2.3 1.2.4 1.10.0",
    "golang": "v0.0.0-20190101000000-aaaaaaaaaaaa v0.0.0-20220101000000-aaaaaaaaaaaa v0.0.0 v1.0.0 go1.21rc2 go1.21.0",
    "pypi": "1.dev0 1a1.dev1 1a1 1b1 1rc1 1 1+a 1+1 1.post1.dev1 1.post1 1.1 1!0",
    "deb": "1~~ 1~ 1 1-1~ 1-1 1a 1+ 1.0 1.0-1 1.00001a 1:0",
    "rpm": "1~rc1-1 1-1 1^git-1 1.a-1 1.1-1 1:0-0",
    "apk": "1.0_alpha 1.0_beta2 1.0_pre 1.0_rc1 1.0 1.0-r1 1.0_git 1.0_p1 1.0a 1.0.01 1.0.1 1.01 1.1",
    "maven": "1-alpha 1-beta9 1-rc1 1-snapshot 1 1-sp 1-foo 1-foo2 1-foo10 1-1 1-2 1.1 1.1.0.1 2.0.0.M1 2",
    "nuget": "1.0.0-alpha 1.0.0-alpha.2 1.0.0-alpha.10 1.0.0-Beta 1.0.0 1.0.0.1 1.0.1",
    "gem": "1.a.b 1.a.0.b 1.a 1.a.0.1 1.a.1 1.b 1 1.0.1 1.1",
    "composer": "1.0-dev 1.0-alpha1 1.0-beta1-dev 1.0-beta1 1.0RC1 1.0 1.0-patch1 1.0.1 1.x-dev 2",
    "conan": "1.0-alpha 1.0 1.0+build 1.1.1 1.1.1a 1.1.1k 1.1.2 1.1.10 1.a",
    "openssl": "0.9.8 0.9.8z 0.9.8za 1.0.0-beta1 1.0.0 1.1.1 1.1.1k 1.1.1w 3.0.0-alpha1 3.0.0 3.0.10",
    "cargo": "1.0.0-alpha.1 1.0.0-alpha.2 1.0.0 1.0.1",
    "pub": "1.0.0-dev 1.0.0 1.0.0+1 1.0.0+2 1.0.1",
    "hex": "1.0.0-rc.0 1.0.0-rc.1 1.0.0 1.0.1",
    "generic": "0.9 1.0-rc1 1.0 1.0.0.1 1.2 1.10 2024",
}

EQUAL = {
    "semver": "1.2.0 v1.2.0 1.2.0+5 1.2",
    "npm": "1.2.3 =1.2.3 v1.2.3 1.2.3+linux",
    "golang": "v1.2.0 1.2.0 v1.2.0+incompatible",
    "pypi": "1.0 1.0.0 v1 1.0.0.0 0!1",
    "deb": "1.0 0:1.0 1.0-0 1.0-",
    "rpm": "0:1.0-1 1.0-1 1_0-1",
    "apk": "1.0-r1 1.0~abcdef-r1",
    "maven": "1 1.0 1-ga 1.0.0.Final 1.0-release 1-0",
    "nuget": "1 1.0 1.0.0.0 1.00 1.0+meta",
    "gem": "1 1.0 1.0.0",
    "composer": "1 v1.0 1.0.0.0 1.0-stable 1.0+build",
    "conan": "1 1.0 1.0.0",
    "openssl": "3.0.0 3.0.0+quic",
    "cargo": "1.0.0 1.0.0+a",
    "pub": "1.0.0 v1.0.0",
    "hex": "1.0.0 1.0.0+a",
    "generic": "1.0 1 v1.0.0",
}


def test_each_scheme_has_its_ladder() -> None:
    assert set(LADDERS) == set(SCHEMES) == set(EQUAL)


@pytest.mark.parametrize("name", LADDERS)
def test_each_rung_of_the_ladder_is_above_the_one_before(name: str) -> None:
    keys = [SCHEMES[name].key(version) for version in LADDERS[name].split()]
    assert None not in keys
    assert [key for key in keys if key is not None] == sorted({key for key in keys if key is not None})


@pytest.mark.parametrize("name", EQUAL)
def test_spellings_of_one_version_have_one_key(name: str) -> None:
    keys = {SCHEMES[name].key(version) for version in EQUAL[name].split() if not version.endswith("-")}
    assert len(keys) == 1
    assert None not in keys


@pytest.mark.parametrize("name", SCHEMES)
@pytest.mark.parametrize(
    "rubbish", ["", "(devel)", "RELEASE.2024-05-27t19-17-46z", "1.0\x00", "1\u00b2", "9" * 600, "1." + "9" * 300, "\n"]
)
def test_what_cannot_be_ordered_has_no_key(name: str, rubbish: str) -> None:
    if (name, rubbish) in ORDERED_ALL_THE_SAME:
        assert SCHEMES[name].key(rubbish)
    else:
        assert SCHEMES[name].key(rubbish) is None


ORDERED_ALL_THE_SAME = {("gem", ""), ("gem", "\n")} | {  # RubyGems takes nothing for 0
    (name, "RELEASE.2024-05-27t19-17-46z")  # grammars that take any letters
    for name in ("deb", "maven", "conan")
}


@pytest.mark.parametrize("name", SCHEMES)
def test_the_bound_that_stands_for_zero_is_below_every_version(name: str) -> None:
    assert all((SCHEMES[name].key(version) or b"\x01") > LOWEST for version in LADDERS[name].split())
    assert SCHEMES["golang"].key("v0.0.0-20220101000000-abcdefabcdef") > LOWEST  # type: ignore[operator]


def test_an_ecosystem_has_its_scheme_with_and_without_release() -> None:
    assert of_ecosystem("Debian:12") is of_ecosystem("Debian") is SCHEMES["deb"]
    assert of_purl_type("golang") is SCHEMES["golang"]
    assert of_ecosystem("Android") is None
    assert of_purl_type("oci") is None
