"""What a maker may set: types, floors, who set it, and what is in force."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asepsis.clauses.policy import (
    INDEPENDENCE,
    POLICY,
    RANGES,
    TEST_TYPES,
    TIME_ZONE,
    LaxerProductError,
    Measure,
    PastFloorError,
    Setting,
    UnfitValueError,
    UnknownPolicyError,
    Value,
    admit,
    covered,
    in_force,
    parse,
    told,
)

NUMBERS = [value for value in POLICY.values() if value.measure in RANGES]
FLOORED = [value for value in POLICY.values() if value.floor is not None]


def settings_of(value: Value) -> st.SearchStrategy[Setting]:
    """Return all that a value can be, past its floor too."""
    match value.measure:
        case Measure.FLAG:
            return st.booleans()
        case Measure.CHOICE:
            return st.sampled_from(value.choices)
        case Measure.CHOICES:
            return st.sets(st.sampled_from(value.choices), min_size=1).map(lambda words: tuple(sorted(words)))
        case Measure.NAMES:
            words = st.sampled_from(["Ed25519", "RSA 3072+", "SHA-256+", "AES-256-GCM"])
            return st.sets(words, min_size=1).map(lambda names: tuple(sorted(names)))
        case Measure.ZONE:
            return st.sampled_from(["UTC", "Europe/Berlin", "America/Argentina/Ushuaia", "Etc/GMT+5"])
        case _:
            return st.integers(*RANGES[value.measure])


def within(value: Value) -> st.SearchStrategy[Setting]:
    """Return all that a value can be up to its floor."""
    return settings_of(value).filter(lambda setting: value.floor is None or not value.laxer(setting, value.floor))


policies = st.fixed_dictionaries({}, optional={name: within(value) for name, value in POLICY.items()})


# ---------------------------------------------------------------------------------------------------------------- table


def test_each_default_fits_its_value_and_keeps_its_floor() -> None:
    for value in POLICY.values():
        assert value.checked(value.default) == value.default, value.name
        assert value.floor is None or not value.laxer(value.default, value.floor), value.name


def test_each_floor_has_its_reason_and_a_direction() -> None:
    assert {value.name for value in FLOORED} == {
        "quality.audit_cycle_months", "quality.resolution_review_months", "quality.retention_years",
        "development.layers_for_high_risk", "configuration.unmatched_components", "maintenance.feed_age_days",
        "maintenance.scan_age_days", "people.signing_session_minutes",
    }  # fmt: skip
    assert all(value.why and value.stricter for value in FLOORED)


def test_only_the_time_zone_is_neither_strict_nor_lax() -> None:
    assert [value.name for value in POLICY.values() if value.stricter is None] == [TIME_ZONE]


def test_the_table_is_that_of_the_model(shared: Path) -> None:
    text = (shared / "domain" / "model.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([a-z]+\.[a-z_.]+(?:<test type>)?) \| (.*?) \| (.*?) \|", text, re.MULTILINE)
    assert len(rows) == 35
    names = {name for name in POLICY if not name.startswith(INDEPENDENCE)}
    assert names == {name for name, _, _ in rows if "<" not in name}
    for name, default, floor in rows:
        if default.isdecimal():
            assert (POLICY[name].default, POLICY[name].floor) == (int(default), None if floor == "–" else int(floor))


def test_every_policy_that_a_check_reads_is_there(shared: Path) -> None:
    files = (shared / "domain" / "checks").glob("*.jsonl")
    lines = [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    read = {name for line in lines for name in line["policy"]}
    assert {name for name in read if "<" not in name} <= POLICY.keys()


def test_each_type_of_test_of_the_model_has_a_level(shared: Path) -> None:
    text = (shared / "domain" / "model.md").read_text(encoding="utf-8")
    types = re.search(r"^\| TestPlan .*? type \{(.*?)\}", text, re.MULTILINE)
    assert types is not None
    assert set(types.group(1).split()) == set(TEST_TYPES)


def test_the_levels_of_independence_are_those_of_table_3() -> None:
    levels = in_force().independence
    assert {type_: level for type_, level in levels.items() if level} == {
        "requirements": 2, "threat-mitigation": 2, "penetration": 2,
        "vulnerability": 1, "attack-surface": 1, "known-vulnerabilities": 1,
    }  # fmt: skip
    assert len(levels) == 13


# ---------------------------------------------------------------------------------------------------------------- parse


@pytest.mark.parametrize(
    ("name", "text", "setting"),
    [
        ("quality.audit_cycle_months", " 24 ", 24),
        ("quality.audit_cycle_months", "36", 36),
        ("quality.retention_years", "15", 15),
        ("quality.late_entry_days", "0", 0),
        ("development.independence.performance", "3", 3),
        ("development.key_storage", "token, hsm", ("hsm", "token")),
        ("development.algorithms", "Ed25519,AES-256-GCM", ("AES-256-GCM", "Ed25519")),
        ("problems.vex_four_eyes", "always", "always"),
        ("configuration.unmatched_components", "gap", "gap"),
        ("statements.count_recommended", "Yes", True),
        ("people.second_eyes_by_quality", "no", False),
        ("people.time_zone", "Europe/Berlin", "Europe/Berlin"),
    ],
)
def test_a_typed_value_is_read(name: str, text: str, setting: Setting) -> None:
    found = parse(name, text)
    assert (found, type(found)) == (setting, type(setting))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("quality.audit_cycle_months", ""),
        ("quality.audit_cycle_months", "0"),
        ("quality.audit_cycle_months", "-1"),
        ("quality.audit_cycle_months", "1.5"),
        ("quality.audit_cycle_months", "1_2"),
        ("quality.audit_cycle_months", "٣"),
        ("quality.audit_cycle_months", "601"),
        ("quality.audit_cycle_months", "9" * 10_000),
        ("development.independence.performance", "4"),
        ("development.key_storage", "drawer"),
        ("development.key_storage", ""),
        ("development.key_storage", "hsm, hsm"),
        ("development.algorithms", "Ed25519,"),
        ("development.algorithms", "x" * 61),
        ("development.algorithms", "Ed\x0025519"),
        ("problems.vex_four_eyes", "Always"),
        ("statements.count_recommended", "1"),
        ("people.time_zone", "Europe"),
        ("people.time_zone", "Europe/Atlantis"),
        ("people.time_zone", "../../etc/passwd"),
        ("people.time_zone", "/etc/localtime"),
        ("people.time_zone", "A" * 5_000),
        ("people.time_zone", ""),
    ],
)
def test_what_does_not_fit_is_refused_with_what_would(name: str, text: str) -> None:
    with pytest.raises(UnfitValueError, match=re.escape(POLICY[name].expected)) as refused:
        parse(name, text)
    assert len(str(refused.value)) < 250


@pytest.mark.parametrize("setting", [None, 1.0, True, "12", [], {}, 10**30])
def test_a_number_is_taken_as_a_whole_number_only(setting: Any) -> None:
    with pytest.raises(UnfitValueError):
        admit({"quality.late_entry_days": setting})


@pytest.mark.parametrize("setting", [1, "yes", None])
def test_a_flag_is_taken_as_true_or_false_only(setting: Any) -> None:
    with pytest.raises(UnfitValueError):
        admit({"statements.count_recommended": setting})


def test_an_unknown_name_tells_those_near_it() -> None:
    with pytest.raises(UnknownPolicyError) as refused:
        parse("maintenance.feed_age", "7")
    assert "maintenance.feed_age_days" in (refused.value.next or "")


@given(st.sampled_from(list(POLICY)), st.data())
def test_what_is_shown_reads_back_as_the_same(name: str, data: st.DataObject) -> None:
    setting = data.draw(within(POLICY[name]))
    assert parse(name, told(setting)) == setting


@given(st.sampled_from(list(POLICY)), st.text(max_size=40))
def test_whatever_is_typed_it_is_read_or_refused(name: str, text: str) -> None:
    with contextlib.suppress(UnfitValueError, PastFloorError):
        assert POLICY[name].checked(parse(name, text)) == parse(name, text)


# ---------------------------------------------------------------------------------------------------------------- floors


@pytest.mark.parametrize(
    ("name", "on_it", "past_it"),
    [
        ("quality.audit_cycle_months", 36, 37),
        ("quality.resolution_review_months", 12, 13),
        ("quality.retention_years", 10, 9),
        ("development.layers_for_high_risk", 1, 0),
        ("configuration.unmatched_components", "gap", "shown"),
        ("maintenance.feed_age_days", 30, 31),
        ("maintenance.scan_age_days", 30, 31),
        ("people.signing_session_minutes", 15, 16),
    ],
)
def test_a_value_may_lie_on_its_floor_and_not_past_it(name: str, on_it: Setting, past_it: Setting) -> None:
    assert admit({name: on_it}) == {name: on_it}
    for refused in (
        lambda: admit({name: past_it}),
        lambda: parse(name, told(past_it)),
        lambda: in_force({name: past_it}),
    ):
        with pytest.raises(PastFloorError, match=rf"^{re.escape(name)} cannot be {past_it}: its floor is {on_it}"):
            refused()


def test_where_no_floor_is_known_a_product_may_be_laxer() -> None:
    assert in_force({"problems.analyse_days": 10}, {"problems.analyse_days": 60})["problems.analyse_days"] == 60


def test_a_laxer_product_is_refused_at_submission_where_a_floor_exists() -> None:
    above = in_force({"maintenance.feed_age_days": 5})
    assert admit({"maintenance.feed_age_days": 5}, above=above) == {"maintenance.feed_age_days": 5}
    with pytest.raises(LaxerProductError, match=r"feed_age_days cannot be 6 for one product: the organisation's is 5"):
        admit({"maintenance.feed_age_days": 6}, above=above)


def test_an_organisation_that_became_stricter_since_binds_its_products() -> None:
    policy = in_force({"maintenance.feed_age_days": 5}, {"maintenance.feed_age_days": 6})
    assert (policy["maintenance.feed_age_days"], policy.source("maintenance.feed_age_days")) == (5, "organisation")


@given(policies, policies)
def test_a_products_value_is_never_laxer_than_floor_or_organisation(
    organisation: dict[str, Setting], product: dict[str, Setting]
) -> None:
    above, policy = in_force(organisation), in_force(organisation, product)
    for value in FLOORED:
        assert value.floor is not None
        assert not value.laxer(policy[value.name], value.floor)
        assert not value.laxer(policy[value.name], above[value.name])


@given(policies, policies)
def test_what_is_admitted_for_a_product_is_what_comes_in_force(
    organisation: dict[str, Setting], product: dict[str, Setting]
) -> None:
    try:
        admitted = admit(product, above=in_force(organisation))
    except LaxerProductError:
        return
    policy = in_force(organisation, admitted)
    assert {name: policy[name] for name in product} == product


@given(st.sampled_from(list(POLICY)), st.data())
def test_two_numbers_are_never_each_laxer_than_the_other(name: str, data: st.DataObject) -> None:
    value = POLICY[name]
    if value.measure not in (Measure.CHOICES, Measure.NAMES):
        one, other = data.draw(settings_of(value)), data.draw(settings_of(value))
        assert not (value.laxer(one, other) and value.laxer(other, one))
        assert value.laxer(one, one) is False


def test_of_storage_more_places_are_laxer() -> None:
    storage = POLICY["development.key_storage"]
    assert storage.laxer(("encrypted-file", "hsm"), ("hsm",))
    assert not storage.laxer(("hsm",), ("hsm", "token"))


# -------------------------------------------------------------------------------------------------------------- in force


def test_nobodys_decision_is_told_as_default() -> None:
    policy = in_force({"problems.acknowledge_days": 7}, {"problems.analyse_days": 20}, time_zone="Europe/Berlin")
    names = ("problems.investigate_days", "problems.acknowledge_days", "problems.analyse_days", TIME_ZONE)
    assert [policy.source(name) for name in names] == ["default", "organisation", "product", "founding"]


def test_the_time_zone_of_the_founding_holds_until_a_policy_sets_one() -> None:
    assert in_force(time_zone="Europe/Berlin").word(TIME_ZONE) == "Europe/Berlin"
    assert in_force({TIME_ZONE: "Asia/Tokyo"}, time_zone="Europe/Berlin").word(TIME_ZONE) == "Asia/Tokyo"
    with pytest.raises(UnfitValueError):
        in_force(time_zone="Mars/Olympus")


def test_a_value_is_given_by_its_type_and_by_no_other() -> None:
    policy = in_force()
    assert policy.number("quality.audit_cycle_months") == 36
    assert policy.flag("people.second_eyes_by_quality") is True
    assert policy.word("problems.vex_four_eyes") == "exploited-or-high"
    assert policy.words("development.key_storage") == ("hsm", "kms", "token")
    for read in (
        lambda: policy.number("people.second_eyes_by_quality"),
        lambda: policy.flag("quality.audit_cycle_months"),
        lambda: policy.word("development.key_storage"),
        lambda: policy.words("problems.vex_four_eyes"),
    ):
        with pytest.raises(TypeError):
            read()


def test_a_name_that_policy_does_not_have_is_a_bug_of_its_caller() -> None:
    assert "quality.audit_cycle" not in in_force()
    with pytest.raises(KeyError):
        in_force()["quality.audit_cycle"]


def test_what_is_in_force_never_changes() -> None:
    policy, given_ = in_force(), {"problems.analyse_days": 20}
    changed = in_force(given_)
    given_["problems.analyse_days"] = 21
    assert changed["problems.analyse_days"] == 20
    with pytest.raises(AttributeError):
        policy._settings = {}  # type: ignore[misc]
    with pytest.raises(TypeError):
        policy._settings["problems.analyse_days"] = 1  # type: ignore[index]


def test_the_digest_is_that_of_all_values_as_canonical_json() -> None:
    policy = in_force({"people.time_zone": "Europe/Berlin"})
    text = json.dumps(policy.as_values(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert policy.digest == hashlib.sha256(text.encode()).hexdigest()
    assert text.startswith(
        '{"configuration.ledger_verification_days":31,"configuration.supplier_assessment_months":24,'
    )


def test_the_digest_of_the_defaults_is_the_same_anywhere() -> None:
    assert in_force().digest == "dc049c8d74c1a376537c131c3ca72782d80754d3c6666a9af3b4aafed4db47fb"


@given(policies, policies)
def test_equal_values_have_one_digest_and_others_have_another(
    one: dict[str, Setting], other: dict[str, Setting]
) -> None:
    left, right = in_force(one), in_force(other)
    assert (left.digest == right.digest) == (left.as_values() == right.as_values())


@given(policies)
def test_the_plain_values_give_the_same_policy_again(organisation: dict[str, Setting]) -> None:
    policy = in_force(organisation)
    assert in_force(json.loads(json.dumps(policy.as_values()))) == policy


# ------------------------------------------------------------------------------------------------------------ algorithms


@pytest.mark.parametrize(
    "algorithm",
    [
        "SHA-256",
        "sha256",
        "SHA_512",
        "SHA3-256",
        "sha3-512",
        "Ed25519",
        "ed25519",
        "ECDSA P-256",
        "ecdsa-p384",
        "RSA 4096",
        "rsa3072",
    ],
)
def test_the_default_algorithms_stand_for_the_larger_sizes_too(algorithm: str) -> None:
    assert covered(algorithm, in_force().words("development.algorithms"))


@pytest.mark.parametrize(
    "algorithm",
    [
        "",
        "SHA-1",
        "SHA-224",
        "SHA3-224",
        "MD5",
        "Ed448",
        "ed25520",
        "ECDSA P-224",
        "RSA 2048",
        "RSA",
        "SHA",
        "DSA 3072",
    ],
)
def test_smaller_sizes_and_other_families_are_not_covered(algorithm: str) -> None:
    assert not covered(algorithm, in_force().words("development.algorithms"))


def test_a_name_without_plus_stands_for_itself_alone() -> None:
    assert covered("rsa-3072", ["RSA 3072"])
    assert not covered("rsa-4096", ["RSA 3072"])
    assert covered("ChaCha20-Poly1305", ["ChaCha20-Poly1305"])


def test_a_plus_behind_a_name_without_size_lets_nothing_more_in() -> None:
    assert covered("Poly", ["Poly+"])
    assert not covered("Poly1305", ["Poly+"])


def test_what_fits_is_told_in_plain_words() -> None:
    assert POLICY["quality.audit_cycle_months"].expected == "a whole number of months from 1 to 600"
    assert POLICY["development.layers_for_high_risk"].expected == "a whole number from 0 to 20"
    assert POLICY["statements.count_recommended"].expected == "yes or no"
    assert POLICY["configuration.unmatched_components"].expected == "one of shown, gap"
