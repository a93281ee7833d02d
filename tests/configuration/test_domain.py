from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asepsis.configuration.domain import Placed, Rules, Tie, items_of, most_precise, precise, purl_of
from asepsis.configuration.records import Category, CategoryRule, ComponentPattern, SoftwareItem, Supplier
from asepsis.exchange.facts import Component
from asepsis.exchange.purl import matches
from tests.kinds import content

RETIRED = {"why": "Written twice."}


def rule(category: str = "supported", retired: dict[str, str] | None = None, **pattern: str) -> CategoryRule:
    return content(CategoryRule, matches=pattern, category=category, retired=retired)


def item(**overrides: Any) -> SoftwareItem:
    return content(SoftwareItem, **({"versions": ["*"], "category": "maintained"} | overrides))


def component(name: str = "left-pad", purl: str | None = "pkg:npm/left-pad@1.3.0", **more: Any) -> Component:
    return Component(name, version=more.pop("version", "1.3.0"), purl=purl, **more)


def placed(one: Component, **records: Mapping[str, Any]) -> Placed:
    (found,) = items_of([one], records.get("items", {}), records.get("rules", {}), records.get("suppliers"))
    return found


# --- which rule is the most precise

FROM_THE_MOST_PRECISE = [
    {"purl": "pkg:npm/left-pad", "supplier": "Acme", "place": "direct"},
    {"purl": "pkg:npm/left-pad", "supplier": "Acme"},
    {"purl": "pkg:npm/left-pad", "place": "direct"},
    {"purl": "pkg:npm/left-pad"},
    {"purl": "pkg:npm/left-*", "supplier": "Acme"},
    {"purl": "pkg:npm/left-*"},
    {"purl": "pkg:npm/left*"},
    {"purl": "pkg:npm/*", "supplier": "Acme"},
    {"purl": "pkg:npm/*"},
    {"supplier": "Acme", "place": "direct"},
    {"supplier": "Acme"},
    {"place": "direct"},
]


def test_patterns_sort_from_the_most_precise() -> None:
    patterns = [content(ComponentPattern, **({"purl": None} | one)) for one in FROM_THE_MOST_PRECISE]
    mixed = [*patterns[5:], *patterns[:5]]
    assert sorted(mixed, key=precise) == patterns


@pytest.mark.parametrize("first", range(len(FROM_THE_MOST_PRECISE)))
def test_of_all_rules_that_fit_the_most_precise_wins(first: int) -> None:
    told = [{"purl": None} | one for one in FROM_THE_MOST_PRECISE[first:]]
    rules = {f"rule {at:02}": rule(**one) for at, one in reversed(list(enumerate(told)))}  # type: ignore[arg-type]
    assert most_precise(rules, component(supplier="Acme", place="direct")) == "rule 00"


@pytest.mark.parametrize(
    "pattern",
    [
        {"purl": "pkg:npm/left-pad2"},
        {"purl": "pkg:pypi/left-pad"},
        {"purl": "pkg:npm/right*"},
        {"purl": "pkg:npm/%40left/*"},
        {"purl": "pkg:npm/left-pad", "supplier": "Other"},
        {"purl": "pkg:npm/left-pad", "place": "transitive"},
        {"purl": None, "supplier": "Other"},
        {"purl": None, "place": "transitive"},
        {"purl": None, "supplier": "Acme", "place": "transitive"},
    ],
)
def test_a_rule_of_which_one_part_does_not_fit_does_not_fit(pattern: dict[str, Any]) -> None:
    assert most_precise({"r": rule(**pattern)}, component(supplier="Acme", place="direct")) is None


def test_a_retired_rule_does_not_fit() -> None:
    assert most_precise({"r": rule(purl="pkg:npm/*", retired=RETIRED)}, component()) is None


def test_two_equally_precise_rules_of_other_categories_are_a_tie() -> None:
    rules = {"b": rule("required", purl="pkg:npm/left-pad"), "a": rule("supported", purl="pkg:npm/left-pad")}
    assert most_precise(rules, component()) == Tie(("a", "b"))
    assert placed(component(), rules=rules) == Placed(component(), tie=Tie(("a", "b")))


def test_two_equally_precise_rules_of_one_category_are_no_tie() -> None:
    rules = {"b": rule(purl="pkg:npm/left-pad"), "a": rule(purl="pkg:npm/left-pad")}
    assert most_precise(rules, component()) == "a"


def test_a_tie_below_a_more_precise_rule_does_no_harm() -> None:
    rules = {
        "a": rule("required", purl="pkg:npm/*"),
        "b": rule("supported", purl="pkg:npm/*"),
        "c": rule("maintained", purl="pkg:npm/left-pad"),
    }
    assert most_precise(rules, component()) == "c"


def test_a_supplier_goes_by_each_of_its_names() -> None:
    known = content(Supplier, name="OpenSSL Foundation", also_called=["OpenSSL"])
    rules = {"r": rule(purl=None, supplier="openssl foundation")}  # type: ignore[arg-type]
    assert most_precise(rules, component(supplier="OPENSSL"), [known]) == "r"
    assert most_precise(rules, component(supplier="OPENSSL")) is None


@pytest.mark.parametrize("purl", [None, "left-pad", "pkg:npm"])
def test_a_component_without_a_readable_package_url_is_found_by_place(purl: str | None) -> None:
    one = component(purl=purl, place="direct")
    assert purl_of(one) is None
    rules = {"a": rule(purl="pkg:npm/*"), "b": rule(purl=None, place="direct")}  # type: ignore[arg-type]
    assert most_precise(rules, one) == "b"


@pytest.mark.parametrize(
    ("pattern", "purl"),
    [
        ("pkg:golang/github.com/acme/*", "pkg:golang/github.com/acme/deep/down/thing@v1"),
        ("pkg:golang/github.com/Acme/*", "pkg:golang/github.com/acme/thing@v1"),
        ("pkg:golang/github.com/ac*/thing", "pkg:golang/github.com/acme/thing@v1"),
        ("pkg:npm/%40fhir/*", "pkg:npm/%40fhir/client@2.0"),
        ("pkg:npm/@fhir/cl*", "pkg:npm/%40fhir/client@2.0"),
        ("pkg:pypi/zope_*", "pkg:pypi/zope-interface@6.0"),
        ("pkg:nuget/Newtonsoft.*", "pkg:nuget/newtonsoft.json@13.0"),
        ("pkg:swift/github.com/ac*/thing", "pkg:swift/github.com/acme/thing@1"),
    ],
)
def test_the_index_finds_what_a_pattern_matches(pattern: str, purl: str) -> None:
    rules = {"r": rule(purl=pattern)}
    assert most_precise(rules, component(purl=purl)) == "r"


WORDS = st.sampled_from(["a", "A", "ab", "abc", "b", "b_c", "b-c", "ß", "%40x"])
TYPES = st.sampled_from(["npm", "pypi", "golang", "maven", "nuget", "generic"])
NAMESPACES = st.lists(WORDS, max_size=2).map(lambda parts: "".join(f"{part}/" for part in parts))
PACKAGES = st.builds("pkg:{}/{}{}".format, TYPES, NAMESPACES, WORDS)
PATTERNS = st.one_of(
    PACKAGES,
    st.builds("pkg:{}/{}{}*".format, TYPES, NAMESPACES, WORDS),
    st.builds("pkg:{}/{}*".format, TYPES, NAMESPACES),
)


@given(st.lists(PATTERNS, min_size=1, max_size=8), PACKAGES)
def test_the_index_finds_the_same_as_going_through_all_rules(patterns: list[str], package: str) -> None:
    rules = {str(at): rule(purl=pattern) for at, pattern in enumerate(patterns)}
    one = component(purl=package)
    purl = purl_of(one)
    assert purl is not None
    fitting = [id_ for id_ in rules if matches(rules[id_].matches.purl or "", purl)]
    best = min((precise(rules[id_].matches) for id_ in fitting), default=None)
    expected = min((id_ for id_ in fitting if precise(rules[id_].matches) == best), default=None)
    assert Rules(rules).of(one) == expected


# --- items before rules


def test_an_item_overrules_every_rule() -> None:
    found = placed(
        component(), items={"i": item(purl="pkg:npm/left-pad")}, rules={"r": rule("required", purl="pkg:npm/left-pad")}
    )
    assert (found.category, found.item, found.rule) == (Category.MAINTAINED, "i", None)


def test_without_an_item_the_rule_says_the_category() -> None:
    found = placed(component(), items={"i": item(purl="pkg:npm/other")}, rules={"r": rule(purl="pkg:npm/*")})
    assert (found.category, found.item, found.rule) == (Category.SUPPORTED, None, "r")


def test_where_nothing_fits_there_is_no_category() -> None:
    assert placed(component()) == Placed(component())


def test_an_item_is_of_its_versions_only() -> None:
    items = {"i": item(purl="pkg:npm/left-pad", versions=["vers:npm/>=1.0.0|<2.0.0"])}
    assert placed(component(), items=items).item == "i"
    assert placed(component(purl="pkg:npm/left-pad@2.0.0", version="2.0.0"), items=items) == Placed(
        component(purl="pkg:npm/left-pad@2.0.0", version="2.0.0")
    )


def test_an_item_whose_versions_cannot_be_read_leaves_the_category_open() -> None:
    items = {"i": item(purl="pkg:npm/left-pad", versions=["vers:rpm/>=1.0.0"])}
    found = placed(component(), items=items, rules={"r": rule(purl="pkg:npm/*")})
    assert (found.category, found.item, found.rule, found.unread) == (None, None, None, ("i",))


def test_a_component_without_a_version_fits_an_item_for_all_versions_only() -> None:
    one = component(purl="pkg:npm/left-pad", version=None)
    assert placed(one, items={"i": item(purl="pkg:npm/left-pad")}).item == "i"
    assert placed(one, items={"i": item(purl="pkg:npm/left-pad", versions=["1.3.0"])}).unread == ("i",)


def test_two_items_of_other_categories_are_a_tie() -> None:
    items = {"i": item(purl="pkg:npm/left-pad"), "j": item(purl="pkg:npm/left-pad", category="required")}
    assert placed(component(), items=items).tie == Tie(("i", "j"))


def test_a_retired_item_joins_nothing() -> None:
    assert placed(component(), items={"i": item(purl="pkg:npm/left-pad", retired=RETIRED)}).item is None


def test_the_name_of_a_package_counts_by_case_as_its_type_has_it() -> None:
    items = {"i": item(purl="pkg:maven/Acme/Thing"), "j": item(purl="pkg:nuget/Thing")}
    assert placed(component(purl="pkg:maven/Acme/thing@1"), items=items).item is None
    assert placed(component(purl="pkg:maven/Acme/Thing@1"), items=items).item == "i"
    assert placed(component(purl="pkg:nuget/thing@1"), items=items).item == "j"


@pytest.fixture
def acme() -> dict[str, Supplier]:
    return {"5" * 32: content(Supplier, name="Acme", also_called=["ACME GmbH"])}


def test_an_item_without_a_package_url_joins_by_name_and_supplier(acme: dict[str, Supplier]) -> None:
    items = {"i": item(purl=None, name="Firmware", supplier="5" * 32)}
    one = component("firmware", None, supplier="Acme GmbH")
    assert placed(one, items=items, suppliers=acme).item == "i"
    assert placed(component("firmware", None, supplier="Other"), items=items, suppliers=acme).item is None
    assert placed(component("firmware", None), items=items, suppliers=acme).item is None
    assert placed(component("other", None, supplier="Acme"), items=items, suppliers=acme).item is None
    assert placed(one, items=items).item is None


def test_a_component_with_another_package_url_does_not_join_by_name(acme: dict[str, Supplier]) -> None:
    items = {"i": item(purl="pkg:generic/firmware", name="firmware", supplier="5" * 32)}
    other = component("firmware", "pkg:generic/other@1", supplier="Acme")
    assert placed(other, items=items, suppliers=acme).item is None
    assert placed(component("firmware", None, supplier="Acme"), items=items, suppliers=acme).item == "i"


def test_every_component_comes_back_once_in_the_order_of_the_bill() -> None:
    bill = [component(f"c{at}", f"pkg:npm/c{at}@1") for at in range(20)]
    found = items_of(bill, {}, {"r": rule(purl="pkg:npm/c1*")})
    assert [one.component for one in found] == bill
    assert [one.component.name for one in found if one.rule] == ["c1", *(f"c{at}" for at in range(10, 20))]
