from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asepsis.exchange.purl import Purl, PurlError, PurlPatternError, build, matches, parse, precision

SUITE = Path(__file__).parents[2].parent / "shared/data/suites/purl-spec/tests"
# The same text is to be brought to its canonical form by one case and refused by this one, for its upper-case keys.
# The specification's own steps of parsing lowercase them, and so do we.
CONTRADICTED = {("parse", "pkg:Rpm/fedora/curl@7.50.3-1.fc25?Arch=i386&Distro=fedora-25", True)}
PARTS = ("type", "namespace", "name", "version", "qualifiers", "subpath")


def cases() -> list[dict[str, Any]]:
    files = sorted(SUITE.glob("*/*-test.json"))
    return [case for file in files for case in json.loads(file.read_text())["tests"]]


def answer(case: dict[str, Any]) -> Any:
    written = case["input"]
    if case["test_type"] == "build":
        return str(build(*(written.get(part) for part in PARTS)))
    purl = parse(written)
    if case["test_type"] == "validate":
        return str(purl)
    parts = {part: getattr(purl, part) or None for part in PARTS}
    return parts | {"qualifiers": dict(purl.qualifiers) or None}


def is_passed(case: dict[str, Any]) -> bool:
    try:
        found = answer(case)
    except PurlError:
        return bool(case["expected_failure"])
    if case["expected_failure"]:
        return False
    expected = case["expected_output"]
    if isinstance(expected, dict):
        expected = {part: expected.get(part) or None for part in PARTS}
    return bool(found == expected)


@pytest.mark.skipif(not SUITE.exists(), reason="../shared/data/suites/purl-spec is not there")
def test_every_case_of_the_suite_is_passed_but_the_one_that_contradicts_another() -> None:
    failed = [case for case in cases() if not is_passed(case)]
    keys = {(case["test_type"], str(case["input"]), case["expected_failure"]) for case in failed}
    assert (len(cases()) > 200, keys) == (True, CONTRADICTED)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "does not start with 'pkg:'"),
        ("npm/left-pad@1", "does not start with 'pkg:'"),
        ("pkg:npm", "a type or a name, and not both"),
        ("pkg:npm/", "it has no name"),
        ("pkg:npm/a%2Fb/c", "holds a slash"),
        ("pkg:npm/a%ff", "does not decode to UTF-8"),
        ("pkg:npm/a%00", "no name can have"),
        ("pkg:npm/a?x=1&X=2", "names the qualifier 'x' twice"),
        ("pkg:npm/a?%78=1", "is not a key"),
        ("pkg:npm/" + "a" * 9_000, "longer than 8,192"),
    ],
)
def test_what_is_no_package_url_is_refused_with_its_reason(text: str, reason: str) -> None:
    with pytest.raises(PurlError, match=reason):
        parse(text)


def test_an_npm_scope_with_a_bare_at_sign_is_a_namespace() -> None:
    assert parse("pkg:npm/@fhir/core") == Purl("npm", "@fhir", "core")
    assert parse("pkg:npm/@fhir/core@1.0") == parse("pkg:npm/%40fhir/core@1.0") == Purl("npm", "@fhir", "core", "1.0")


def test_a_qualifier_without_value_is_none() -> None:
    assert parse("pkg:npm/a?x=&y=1") == Purl("npm", None, "a", qualifiers=(("y", "1"),))


def test_without_version_leaves_the_package_alone() -> None:
    assert str(parse("pkg:deb/debian/curl@7.50?arch=i386#doc").without_version) == "pkg:deb/debian/curl"


segments = st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1)


@given(
    st.lists(segments, max_size=3),
    segments,
    segments | st.none(),
    st.dictionaries(st.from_regex(r"[a-z][a-z0-9._-]*", fullmatch=True), segments, max_size=3),
    st.lists(segments, max_size=3),
)
def test_the_canonical_text_reads_as_the_same_package_url(
    namespace: list[str], name: str, version: str | None, qualifiers: dict[str, str], subpath: list[str]
) -> None:
    purl = build("generic", "/".join(namespace), name, version, qualifiers, "/".join(subpath))
    assert parse(str(purl)) == purl


PLAIN = st.from_regex(r"[A-Za-z0-9._~-]+", fullmatch=True)


@given(st.sampled_from(["npm", "golang", "composer", "pypi", "maven"]), st.lists(PLAIN, max_size=2), PLAIN, PLAIN)
def test_the_common_form_is_read_as_any_other(type_: str, namespace: list[str], name: str, version: str) -> None:
    for sign in ("", "@") if namespace else ("",):
        text = "/".join([f"pkg:{type_}", *namespace, f"{name}@{version}"]).replace(
            "/", f"/{sign.replace('@', '%40')}", 1
        )
        assert parse(text) == parse(f"{text}#") == build(type_, sign + "/".join(namespace), name, version)


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    for tried in (text, f"pkg:{text}", f"pkg:npm/{text}"):
        try:
            purl = parse(tried)
        except PurlError:
            continue
        assert parse(str(purl)) == purl


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("pkg:npm/left-pad", "pkg:npm/left-pad@1.3.0", True),
        ("pkg:npm/left-pad", "pkg:npm/left-pad2@1.3.0", False),
        ("pkg:npm/left-pad", "pkg:npm/%40x/left-pad@1.3.0", False),
        ("pkg:pypi/*", "pkg:pypi/django@5", True),
        ("pkg:pypi/*", "pkg:npm/django@5", False),
        ("pkg:npm/*", "pkg:npm/%40fhir/core@1", True),
        ("pkg:npm/@fhir/*", "pkg:npm/%40fhir/core@1", True),
        ("pkg:npm/%40fhir/*", "pkg:npm/%40fhir/core@1", True),
        ("pkg:npm/@fhir/*", "pkg:npm/%40fhirer/core@1", False),
        ("pkg:npm/@fhir*/*", "pkg:npm/%40fhirer/core@1", True),
        ("pkg:golang/github.com/acme/*", "pkg:golang/github.com/acme/tool/v2@2", True),
        ("pkg:golang/github.com/acme/*", "pkg:golang/github.com/Acme/Tool@2", True),
        ("pkg:golang/github.com/acme/*", "pkg:golang/github.com/acmes/tool@2", False),
        ("pkg:maven/org.apache.*/*", "pkg:maven/org.apache.commons/commons-io@2", True),
        ("pkg:maven/org.apache.*/commons-io", "pkg:maven/org.apache.commons/commons-lang@2", False),
        ("pkg:pypi/Django_*", "pkg:pypi/django-allauth@1", True),
        ("pkg:pypi/django-*", "pkg:pypi/django@1", False),
        ("pkg:nuget/newtonsoft.json", "pkg:nuget/Newtonsoft.Json@13", True),
        ("pkg:maven/a/B", "pkg:maven/a/b", False),
    ],
)
def test_a_pattern_names_what_it_says(pattern: str, text: str, expected: bool) -> None:
    assert matches(pattern, parse(text)) is expected


@pytest.mark.parametrize(
    "text", ["*", "pkg:*", "pkg:*/x", "pkg:npm/a*b", "pkg:npm/a@1", "pkg:npm/*@1", "pkg:npm/a?x=1"]
)
def test_what_is_no_pattern_is_refused(text: str) -> None:
    with pytest.raises(PurlPatternError):
        matches(text, parse("pkg:npm/a@1"))


def test_patterns_sort_from_the_most_precise() -> None:
    patterns = ["pkg:npm/*", "pkg:npm/@fhir/c*", "pkg:npm/@fhir/core", "pkg:npm/@fhir/*"]
    assert sorted(patterns, key=precision) == [patterns[2], patterns[1], patterns[3], patterns[0]]
