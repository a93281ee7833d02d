"""SARIF 2.1.0 into static findings."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asepsis.exchange import facts, sarif
from asepsis.exchange.source import DoubleKeyError, MalformedJsonError, Reading, Source, TooDeepError, UnreadableError

RULE: dict[str, Any] = {"id": "R1", "defaultConfiguration": {"level": "error"}, "properties": {"tags": ["cwe-79"]}}
OK = [{"executionSuccessful": True}]


def log(*results: dict[str, Any], driver: dict[str, Any] | None = None, **run: Any) -> dict[str, Any]:
    tool = {"driver": {"name": "lint", "version": "1.2", "rules": [RULE]} | (driver or {})}
    return {"version": "2.1.0", "runs": [{"tool": tool, "results": list(results), "invocations": OK} | run]}


def result(**fields: Any) -> dict[str, Any]:
    return {"ruleId": "R1", "message": {"text": "bad"}} | fields


def reading(value: Any, **options: Any) -> Reading[facts.StaticFindings]:
    return sarif.read(Source("report.sarif", json.dumps(value).encode()), **options)


def run(value: Any, **options: Any) -> facts.Analysis:
    return reading(value, **options).fact.runs[0]


def only(value: Any) -> facts.Result:
    (found,) = run(value).results
    return found


def notes(read: Reading[facts.StaticFindings]) -> str:
    return "\n".join(note if isinstance(note, str) else note.text() for note in read.receipt.notes)


def test_a_run_that_found_nothing_is_there() -> None:
    found = run(log())
    assert (found.tool, found.version, found.results, found.finished) == ("lint", "1.2", (), True)


def test_the_version_is_the_semantic_one_where_there_is_no_other() -> None:
    assert run(log(driver={"version": None, "semanticVersion": "1.2.0"})).version == "1.2.0"


def test_the_rule_set_is_known_by_the_sorted_ids_of_all_components() -> None:
    value = log(driver={"rules": [{"id": "c"}, {"id": "a"}]})
    value["runs"][0]["tool"]["extensions"] = [{"name": "more", "rules": [{"id": "b"}, {"id": "a"}]}]
    assert run(value).rule_set_digest == hashlib.sha256(b"a\nb\nc\n").hexdigest()


def test_a_tool_that_names_no_rules_has_no_rule_set_digest() -> None:
    assert run(log(driver={"rules": []})).rule_set_digest is None


# severity


@pytest.mark.parametrize(
    ("fields", "severity"),
    [
        ({"level": "note"}, "note"),
        ({}, "error"),
        ({"ruleId": "R1/part"}, "error"),
        ({"ruleId": "unheard-of"}, "warning"),
        ({"ruleId": None, "ruleIndex": 0}, "error"),
        ({"ruleId": None, "rule": {"index": 0}}, "error"),
        ({"provenance": {"invocationIndex": 0}}, "note"),
        ({"kind": "review"}, "none"),
        ({"kind": "open"}, "none"),
    ],
)
def test_severity_is_the_results_level_then_an_override_then_the_rules(fields: dict[str, Any], severity: str) -> None:
    override = {"descriptor": {"id": "R1"}, "configuration": {"level": "note"}}
    invocations = [{"executionSuccessful": True, "ruleConfigurationOverrides": [override]}]
    assert only(log(result(**fields), invocations=invocations)).severity == severity


def test_a_rule_is_looked_up_in_the_component_that_the_result_names() -> None:
    value = log(result(ruleId=None, rule={"index": 0, "toolComponent": {"index": 0}}))
    value["runs"][0]["tool"]["extensions"] = [{"name": "more", "rules": [{"id": "X9"}]}]
    assert only(value).rule == "X9"


def test_of_two_rules_of_one_id_the_drivers_goes_first() -> None:
    value = log(result())
    value["runs"][0]["tool"]["extensions"] = [{"name": "more", "rules": [{"id": "R1"}]}]
    assert only(value).severity == "error"


def test_a_rule_index_past_the_rules_is_refused() -> None:
    with pytest.raises(sarif.UnreadableFindingsError, match="the rule 7 is named, and the tool has 1 rules"):
        reading(log(result(ruleIndex=7)))


def test_a_result_without_a_rule_is_kept_and_said() -> None:
    read = reading(log(result(ruleId=None)))
    assert read.fact.runs[0].results[0].rule == "unnamed"
    assert "names no rule for 1 results" in notes(read)


# what is a result


@pytest.mark.parametrize("kind", ["pass", "notApplicable", "informational"])
def test_what_reports_no_problem_is_no_result_and_named_in_the_receipt(kind: str) -> None:
    read = reading(log(result(kind=kind)))
    assert (read.fact.runs[0].results, read.receipt.not_taken_count) == ((), 1)


def test_what_is_absent_since_the_baseline_is_no_result_and_named_in_the_receipt() -> None:
    read = reading(log(result(baselineState="absent"), result(baselineState="unchanged")))
    assert (len(read.fact.runs[0].results), read.receipt.not_taken_count, read.receipt.taken) == (1, 1, 1)


@pytest.mark.parametrize(
    ("suppressions", "suppressed", "why"),
    [
        (None, False, None),
        ([], False, None),
        ([{"kind": "inSource", "justification": "tested"}], True, "inSource: tested"),
        ([{"kind": "external", "status": "accepted"}], True, "external"),
        ([{"kind": "external", "status": "underReview"}], False, "external (underReview)"),
        ([{"kind": "inSource"}, {"kind": "external", "status": "rejected"}], False, "inSource; external (rejected)"),
    ],
)
def test_a_result_is_suppressed_when_each_suppression_is_accepted(
    suppressions: list[dict[str, str]] | None, suppressed: bool, why: str | None
) -> None:
    found = only(log(result(suppressions=suppressions)))
    assert (found.suppressed, found.suppression) == (suppressed, why)


def test_a_suppression_tells_its_place() -> None:
    where = {"physicalLocation": {"artifactLocation": {"uri": "a.c"}, "region": {"startLine": 3}}}
    found = only(log(result(suppressions=[{"kind": "inSource", "location": where}])))
    assert found.suppression == "inSource at a.c:3"


# whether it finished


@pytest.mark.parametrize(
    ("fields", "finished"),
    [
        ({"invocations": [{"executionSuccessful": True}, {"executionSuccessful": False}]}, False),
        ({"invocations": [{"executionSuccessful": True}]}, True),
        ({"results": None}, False),
        ({"invocations": None}, True),
    ],
)
def test_a_run_that_failed_or_wrote_no_results_is_not_finished(fields: dict[str, Any], finished: bool) -> None:
    assert run(log(**fields)).finished is finished


def test_a_run_that_does_not_say_whether_it_finished_is_named_in_the_receipt() -> None:
    assert "does not say whether it finished" in notes(reading(log(invocations=None)))


# which analysis


@pytest.mark.parametrize(
    ("tool", "fields", "asked", "analysis"),
    [
        ("lint", {}, None, "source"),
        ("gitleaks", {}, None, "secrets"),
        ("TruffleHog", {}, None, "secrets"),
        ("BinSkim", {}, None, "binary"),
        ("gitleaks", {"properties": {"asepsis:analysis": "source"}}, None, "source"),
        ("lint", {"properties": {"asepsis:analysis": "source"}}, "binary", "binary"),
    ],
)
def test_the_analysis_is_what_was_asked_then_the_property_then_the_tool(
    tool: str, fields: dict[str, Any], asked: str | None, analysis: str
) -> None:
    assert run(log(driver={"name": tool}, **fields), analysis=asked).analysis == analysis


def test_an_analysis_that_is_none_is_refused() -> None:
    with pytest.raises(sarif.UnreadableFindingsError, match="none of source, binary and secrets"):
        reading(log(properties={"asepsis:analysis": "astrology"}))


def test_properties_of_the_run_tell_rule_set_history_and_paths() -> None:
    bag = {"asepsis:rule_set": "strict", "asepsis:history": "all branches", "asepsis:paths": ["src/b", "src/a"]}
    found = run(log(properties=bag))
    assert (found.rule_set, found.history, found.paths) == ("strict", "all branches", ("src/a", "src/b"))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"properties": {"asepsis:build_id": "b-7"}}, "names the build 'b-7' in the property asepsis:build_id"),
        ({"versionControlProvenance": [{"revisionId": "abc"}]}, "names the build 'abc' in versionControlProvenance"),
        ({}, "names no build"),
    ],
)
def test_the_receipt_says_which_build_the_log_names(fields: dict[str, Any], said: str) -> None:
    assert said in notes(reading(log(**fields)))


# places


@pytest.mark.parametrize(
    ("place", "path"),
    [
        ({"uri": "src/a%20b.c"}, "src/a b.c"),
        ({"uri": "./a.c"}, "a.c"),
        ({"uri": "a.c", "uriBaseId": "ROOT"}, "a.c"),
        ({"uri": "a.c", "uriBaseId": "SRC"}, "src/a.c"),
        ({"uri": "a.c", "uriBaseId": "DEEP"}, "src/deep/a.c"),
        ({"uri": "a.c", "uriBaseId": "LOOP"}, "loop/a.c"),
        ({"uri": "file:///build/src/a.c"}, "src/a.c"),
        ({"uri": "file:///elsewhere/a.c"}, "file:///elsewhere/a.c"),
        ({"index": 0}, "listed.c"),
        ({"index": 99}, None),
    ],
)
def test_a_place_is_a_path_from_the_root_where_the_log_tells_the_root(place: dict[str, Any], path: str | None) -> None:
    bases = {
        "ROOT": {"uri": "file:///build/"},
        "SRC": {"uri": "src/", "uriBaseId": "ROOT"},
        "DEEP": {"uri": "deep/", "uriBaseId": "SRC"},
        "LOOP": {"uri": "loop/", "uriBaseId": "LOOP"},
    }
    location = {"physicalLocation": {"artifactLocation": place, "region": {"startLine": 4}}}
    artifacts = [{"location": {"uri": "listed.c"}}]
    found = only(log(result(locations=[location]), originalUriBaseIds=bases, artifacts=artifacts))
    assert (found.path, found.line) == (path, 4)


def test_of_several_places_the_first_is_kept_and_the_receipt_says_so() -> None:
    places = [{"physicalLocation": {"artifactLocation": {"uri": name}}} for name in ("a", "b")]
    read = reading(log(result(locations=places)))
    assert read.fact.runs[0].results[0].path == "a"
    assert "1 results of lint name several places" in notes(read)


def test_paths_covered_are_the_artifacts_that_were_analysed() -> None:
    artifacts = [
        {"location": {"uri": "b.c"}, "roles": ["analysisTarget"]},
        {"location": {"uri": "a.c"}},
        {"location": {"uri": "lint.cfg"}, "roles": ["toolSpecifiedConfiguration"]},
    ]
    assert run(log(artifacts=artifacts)).paths == ("a.c", "b.c")


# what it says


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ({"text": "plain {0}"}, "plain {0}"),
        ({"text": "'{0}' of {1}, {{2}}", "arguments": ["x", "y"]}, "'x' of y, {2}"),
        ({"text": "{5}", "arguments": ["x"]}, "{5}"),
        ({"id": "default", "arguments": ["x"]}, "Found x."),
        ({"id": "everywhere"}, "Global."),
        ({"id": "nowhere"}, "nowhere"),
        ({"markdown": "*m*"}, "*m*"),
    ],
)
def test_a_message_is_filled_from_the_rule_and_its_arguments(message: dict[str, Any], text: str) -> None:
    rule = RULE | {"messageStrings": {"default": {"text": "Found {0}."}}}
    driver = {"rules": [rule], "globalMessageStrings": {"everywhere": {"text": "Global."}}}
    assert only(log(result(message=message), driver=driver)).message == text


def test_a_message_is_cut_at_two_thousand_characters() -> None:
    read = reading(log(result(message={"text": "x" * 3000})))
    assert len(read.fact.runs[0].results[0].message) == 2000
    assert "1 messages of lint were cut" in notes(read)


@pytest.mark.parametrize(
    ("rule", "fields", "weaknesses"),
    [
        ({"properties": {"tags": ["security", "external/cwe/cwe-079", "CWE-89: Injection"]}}, {}, ("CWE-79", "CWE-89")),
        ({"properties": {"tags": ["cwe"]}}, {}, ()),
        ({"properties": {"cwe": ["CWE-798: Hard-coded"]}}, {}, ("CWE-798",)),
        ({}, {"properties": {"cwe": "120, 129"}}, ("CWE-120", "CWE-129")),
        ({"relationships": [{"target": {"id": "CWE-7", "toolComponent": {"name": "CWE"}}}]}, {}, ("CWE-7",)),
        ({"relationships": [{"target": {"id": "A01", "toolComponent": {"name": "OWASP"}}}]}, {}, ()),
        ({}, {"taxa": [{"index": 0, "toolComponent": {"index": 0}}]}, ("CWE-22",)),
    ],
)
def test_weaknesses_come_from_tags_properties_relationships_and_taxa(
    rule: dict[str, Any], fields: dict[str, Any], weaknesses: tuple[str, ...]
) -> None:
    taxonomies = [{"name": "CWE", "taxa": [{"id": "22"}]}]
    value = log(result(**fields), driver={"rules": [{"id": "R1"} | rule]}, taxonomies=taxonomies)
    assert only(value).cwe == weaknesses


def test_the_topic_is_a_property_of_the_rule() -> None:
    driver = {"rules": [{"id": "R1", "properties": {"asepsis:topic": "banned-functions", "category": "x"}}]}
    assert only(log(result(), driver=driver)).topic == "banned-functions"


def test_fingerprints_go_before_partial_ones() -> None:
    both = {"fingerprints": {"b": "2", "a": "1"}, "partialFingerprints": {"c": "3"}}
    assert only(log(result(**both))).fingerprint == "a=1 b=2"


# what is refused


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ([], "at $ expected `object`, got `array`"),
        ({}, "object missing required field `version`"),
        ({"version": "2.1.0"}, "at $.runs the runs are missing"),
        ({"version": "2.1.0", "runs": [{}]}, "at $.runs[0] object missing required field `tool`"),
        (log(result(message={"text": 5})), "at $.runs[0].results[0].message.text expected `str | null`, got `int`"),
        (log(result(level="fatal")), "at $.runs[0].results[0].level"),
        (log(externalPropertyFileReferences={"results": [{}]}), "results are kept in another file"),
        (log() | {"inlineExternalProperties": [{"results": [{}]}]}, "results are kept outside their runs"),
    ],
)
def test_what_is_no_log_is_refused_in_one_sentence_with_its_place(value: Any, said: str) -> None:
    with pytest.raises(sarif.UnreadableFindingsError) as refusal:
        reading(value)
    assert said in str(refusal.value)


def test_a_line_that_no_fact_document_can_hold_is_refused() -> None:
    location = {"physicalLocation": {"artifactLocation": {"uri": "a"}, "region": {"startLine": 10**30}}}
    with pytest.raises(sarif.UnreadableFindingsError, match="startLine"):
        reading(log(result(locations=[location])))


@pytest.mark.parametrize("most_hooked", [0, 1 << 20])
def test_another_version_is_refused_by_its_name(most_hooked: int) -> None:
    with pytest.raises(sarif.OtherSarifVersionError, match=r"is SARIF 1\.0\.0; 2\.1\.0 is read"):
        reading({"version": "1.0.0", "runs": [{"tool": 1}]}, most_hooked=most_hooked)


@pytest.mark.parametrize("most_hooked", [0, 1 << 20])
def test_a_truncated_log_is_refused(most_hooked: int) -> None:
    data = json.dumps(log(result())).encode()[:-5]
    with pytest.raises(MalformedJsonError, match=r"line 1, column"):
        sarif.read(Source("report.sarif", data), most_hooked=most_hooked)


def test_a_log_that_names_its_results_twice_is_refused() -> None:
    data = b'{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x"}}, "results": [1], "results": []}]}'
    with pytest.raises(DoubleKeyError, match="'results' twice"):
        sarif.read(Source("report.sarif", data))


def test_a_deeply_nested_log_is_refused() -> None:
    with pytest.raises(TooDeepError):
        sarif.read(Source("report.sarif", b'{"version": "2.1.0", "properties": ' + b"[" * 100_000))


def test_a_large_log_is_read_the_same_and_says_that_double_keys_were_not_looked_for() -> None:
    value = log(result(), result(level="note"))
    quick = reading(value, most_hooked=0)
    assert quick.fact == reading(value).fact
    assert "not looked for keys that stand twice" in notes(quick)


KEYS = st.sampled_from(["version", "runs", "tool", "driver", "name", "results", "message"])
LEAVES = st.none() | st.booleans() | st.integers() | st.text()


@given(st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner)))
def test_any_value_is_read_or_refused(value: Any) -> None:
    for options in ({}, {"most_hooked": 0}):
        try:
            reading({"version": "2.1.0", "runs": value}, **options)
        except UnreadableError:
            continue


# real reports


def expected_counts(shared: Path) -> dict[str, int]:
    lines = (shared / "data/suites/defectdojo-scans/_expected.jsonl").read_text().splitlines()
    return {one["scan_file"]: one["count"] for one in map(json.loads, lines) if one["scan_file"].endswith(".sarif")}


def test_reports_of_a_dozen_analysers_hold_as_many_results_as_another_reader_finds(shared: Path) -> None:
    scans = shared / "data/suites/defectdojo-scans/unittests/scans"
    counts = expected_counts(shared)
    assert len(counts) > 10
    for name, count in counts.items():
        read = sarif.read(Source.file(scans / name))
        assert read.receipt.taken == count, name
        assert facts.read_document(facts.document_bytes(read.fact)) == read.fact


def test_every_log_of_the_sarif_sdk_is_read_or_refused_in_a_sentence(shared: Path) -> None:
    logs = sorted((shared / "data/suites/sarif-sdk").rglob("*.sarif"))
    assert len(logs) > 300
    refused: dict[str, int] = {}
    for path in logs:
        try:
            sarif.read(Source.file(path))
        except UnreadableError as problem:
            refused[problem.code] = refused.get(problem.code, 0) + 1
    # Two of the logs are broken on purpose, one lacks the id of a rule, one keeps its results in another file.
    assert refused == {"sarif-version": 111, "json-malformed": 2, "sarif-unreadable": 2}
