from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asepsis.advisories.versions import LOWEST, SCHEMES, Interval, above
from asepsis.advisories.versions.vers import (
    Constraint,
    UnorderedRangeError,
    VersError,
    VersRange,
    merged,
    of_intervals,
    parse,
)

SUITE = Path(__file__).parents[3].parent / "shared/data/suites/vers-spec/tests"
PYPI = SCHEMES["pypi"]


def key(version: str) -> bytes:
    found = PYPI.key(version)
    assert found is not None
    return found


def is_passed(case: dict[str, Any]) -> bool:
    given_, expected = case["input"], case["expected_output"]
    match case["test_type"]:
        case "validate":
            return str(parse(given_)) == str(expected)
        case "containment":
            return parse(given_["vers"]).contains(given_["version"]) is expected
        case "comparison":
            scheme = SCHEMES[given_["input_scheme"]]
            return sorted(given_["versions"], key=lambda version: scheme.key(version) or LOWEST) == list(expected)
        case "equality":
            scheme = SCHEMES[given_["input_scheme"]]
            first, second = (scheme.key(version) for version in given_["versions"])
            return first is not None and (first == second) is expected
        case _:
            return False


@pytest.mark.skipif(not SUITE.exists(), reason="../shared/data/suites/vers-spec is not there")
def test_every_case_of_the_suite_is_passed_but_those_of_native_notations() -> None:
    cases = [case for file in sorted(SUITE.glob("*.json")) for case in json.loads(file.read_text())["tests"]]
    failed = [case for case in cases if not is_passed(case)]
    # The native range notations of Conan and OpenSSL ("~2.5") are not read: advisories are not written in them.
    assert {case["test_type"] for case in failed} == {"from_native"}
    assert (len(cases), len(failed)) == (817, 28)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "does not start with"),
        ("pypi/1.0", "does not start with"),
        ("vers:pypi", "does not start with"),
        ("vers:/1.0", "does not start with"),
        ("vers:pypi/", "'' is not a constraint"),
        ("vers:pypi/1.0|", "'' is not a constraint"),
        ("vers:pypi/1.0||2.0", "'' is not a constraint"),
        ("vers:pypi/>", "'>' is not a constraint"),
        ("vers:pypi/*|1.0", "is not a constraint"),
        ("vers:pypi/=>1.0", "is not a constraint"),
        ("vers:pypi/> 1.0", "no version has"),
        ("vers:pypi/1.0%", "encodes nothing"),
        ("vers:pypi/1.0%0A", "no version has"),
        ("vers:pypi/1.0%FF", "no version has"),
        ("vers:all/1.0", r"takes '\*' alone"),
        ("vers:invalid/1.0", "reserved"),
        ("vers:pypi/" + "|".join(map(str, range(5_000))), "more than 4,096 constraints"),
        ("vers:pypi/" + "1" * 70_000, "longer than 65,536"),
    ],
)
def test_what_is_no_range_is_refused_with_its_reason(text: str, reason: str) -> None:
    with pytest.raises(VersError, match=reason):
        parse(text)


def test_a_range_becomes_half_open_intervals() -> None:
    assert parse("vers:pypi/>=1.0|<2.0|>3|<=4|!=3.5|7").intervals() == (
        Interval(key("1.0"), key("2.0")),
        Interval(above(key("3")), key("3.5")),
        Interval(above(key("3.5")), above(key("4"))),
        Interval(key("7"), above(key("7"))),
    )


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("vers:pypi/>1|>=2|<3|<4", "vers:pypi/>1|<4"),
        ("vers:pypi/<1|1", "vers:pypi/<=1"),
        ("vers:pypi/>=1|<3|!=2", "vers:pypi/>=1|!=2|<3"),
        ("vers:pypi/!=2", "vers:pypi/!=2"),
        ("vers:pypi/1.0|1|1.0.0", "vers:pypi/1.0"),
        ("vers:pypi/=1", "vers:pypi/1"),
        ("vers:pypi/>2|!=2", "vers:pypi/>2"),
        ("vers:pypi/>=2|!=2", "vers:pypi/>2"),
        ("vers:pypi/<=1|>1", "vers:pypi/*"),
        ("vers:pypi/>2|<2", "vers:none/*"),
        ("vers:none/*", "vers:none/*"),
        ("vers:all/*", "vers:all/*"),
    ],
)
def test_the_normal_form_says_the_same_in_as_few_constraints_as_can_be(text: str, normal: str) -> None:
    assert str(parse(text).simplified()) == normal


def test_what_a_scheme_cannot_order_is_undetermined() -> None:
    with pytest.raises(UnorderedRangeError, match="PyPI does not order the version"):
        parse("vers:pypi/>=1.0|<(devel)").intervals()
    with pytest.raises(UnorderedRangeError, match="no scheme 'gentoo' is known"):
        parse("vers:gentoo/>=1.0").contains("1.0")
    assert parse("vers:pypi/>=1.0").contains("(devel)") is None
    assert parse("vers:pypi/*").contains("(devel)") is True
    assert parse("vers:none/*").contains("(devel)") is False


def test_a_version_with_separators_is_encoded_and_comes_back() -> None:
    odd = VersRange("maven", (Constraint(">=", "1|2%3>4 5"),))
    assert str(odd) == "vers:maven/>=1%7C2%253%3E4%205"
    assert parse(str(odd)) == odd


versions = st.from_regex(r"[0-9]{1,2}(\.[0-9]{1,2}){0,2}((a|b|rc)[0-9])?(\.post[0-9])?(\.dev[0-9])?", fullmatch=True)
ranges = st.lists(
    st.builds(Constraint, st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), versions),
    min_size=1,
    max_size=8,
    unique_by=lambda one: key(one.version),
).map(lambda constraints: parse(str(VersRange("pypi", tuple(constraints)))))


@given(ranges, versions)
def test_the_intervals_say_what_the_procedure_of_the_specification_says(written: VersRange, version: str) -> None:
    assert written.contains(version) is by_the_procedure(written, version)


def by_the_procedure(written: VersRange, version: str) -> bool:
    """Read the specification word for word, but for a range of nothing but exclusions."""
    tested = key(version)
    keyed = [(one.comparator, key(one.version)) for one in written.constraints]
    if any(tested == bound for comparator, bound in keyed if comparator in ("=", "<=", ">=")):
        return True
    if any(tested == bound for comparator, bound in keyed if comparator == "!="):
        return False
    second = simplified_by_the_procedure([one for one in keyed if one[0] not in ("=", "!=")])
    if not second:
        return all(comparator == "!=" for comparator, _ in keyed)
    if second[0][0][0] == "<" and tested < second[0][1]:
        return True
    if second[-1][0][0] == ">" and tested > second[-1][1]:
        return True
    return any(
        lower[0][0] == ">" and upper[0][0] == "<" and lower[1] < tested < upper[1]
        for lower, upper in itertools.pairwise(second)
    )


def simplified_by_the_procedure(keyed: list[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    while True:
        for at, (one, following) in enumerate(itertools.pairwise(keyed)):
            if one[0][0] == following[0][0]:
                keyed = [*keyed[: at + 1], *keyed[at + 2 :]] if one[0][0] == ">" else [*keyed[:at], *keyed[at + 1 :]]
                break
        else:
            return keyed


@given(ranges)
def test_the_normal_form_covers_the_same_and_is_its_own(written: VersRange) -> None:
    normal = written.simplified()
    assert normal.intervals() == written.intervals()
    assert normal.simplified() == normal
    assert parse(str(normal)) == normal


@given(st.lists(st.tuples(versions, versions), max_size=6))
def test_intervals_come_back_from_the_notation(pairs: list[tuple[str, str]]) -> None:
    spelled = {key(version): version for pair in pairs for version in pair}
    intervals = merged(Interval(*sorted((key(low), key(high)))) for low, high in pairs)
    assert of_intervals(PYPI, intervals, spelled).intervals() == intervals


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    for tried in (text, f"vers:{text}", f"vers:pypi/{text}"):
        try:
            found = parse(tried)
        except VersError:
            continue
        assert parse(str(found)) == found
