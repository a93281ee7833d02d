"""What static analysis says of the code: fixed, decided, or a deviation."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.development import static_results
from asepsis.conformance import run
from asepsis.development.records import CodingStandard, Deviation
from asepsis.exchange import subjects
from asepsis.exchange.facts import Analysis, Result, StaticFindings
from tests.checks.development.proven import BUILD, Proven
from tests.dossiers import PRODUCT, breaks, keeps

DECIDED = "development.static_findings_decided"


def result(severity: Any = "warning", **fields: Any) -> Result:
    given: dict[str, Any] = {"rule": "S324", "message": "md5", "path": "src/a.py", "line": 7}
    return Result(**(given | fields), severity=severity)


class Analysed(Proven):
    def __init__(self, *results: Result, gate: str | None = "warning", **fields: Any) -> None:
        super().__init__()
        tool = {"name": "Ruff", "version": "1", "languages": ["Python"], "rule_set": "S", "severity_gate": gate}
        self.standard = self.add(CodingStandard, languages=["Python"], tools=[tool])
        given: dict[str, Any] = {"analysis": "source", "tool": "ruff"}
        self.analysed(Analysis(results=results, **(given | fields)))

    def analysed(self, *analyses: Analysis) -> None:
        self.take_in(StaticFindings(analyses), subjects.build(PRODUCT.id, BUILD))

    def deviate(self, **fields: Any) -> str:
        return self.add(Deviation, departs_from="coding-standard", **({"rule": "S324"} | fields))

    def takes_up(self, **fields: Any) -> str:
        return self.finding(results=[{"tool": "RUFF", "rule": "S324", "place": "src/**"} | fields])


@keeps(DECIDED)
@breaks(DECIDED)
@pytest.mark.parametrize(("gate", "below"), [("error", "warning"), ("warning", "note"), ("note", "none")])
def test_results_from_the_severity_of_the_gate_on_count(gate: Any, below: Any) -> None:
    assert Analysed(result(below), gate=gate).said(DECIDED).kept
    said = Analysed(result(gate), gate=gate).said(DECIDED)
    assert said.sentences == [static_results.UNDECIDED]
    assert "src/a.py:7" in said.texts[0]


def test_without_a_gate_nothing_counts() -> None:
    assert Analysed(result("error"), gate=None).said(DECIDED).kept
    assert Analysed(result("error"), tool="another").said(DECIDED).kept


@breaks(DECIDED)
def test_of_several_standards_the_strictest_gate_holds() -> None:
    story = Analysed(result("note"))
    assert story.said(DECIDED).kept
    for gate in ("note", "error"):
        tool = {"name": "ruff", "version": "1", "languages": ["C"], "rule_set": "S", "severity_gate": gate}
        story.add(CodingStandard, languages=["C"], tools=[tool])
    assert story.said(DECIDED).gaps


@breaks(DECIDED)
def test_banned_functions_count_at_any_severity_and_by_any_tool() -> None:
    said = Analysed(result("none", topic="Banned-Functions", path=None), tool="another").said(DECIDED)
    assert said.sentences == [static_results.UNDECIDED]
    assert Analysed(result("none", topic="practices")).said(DECIDED).kept


@breaks(DECIDED)
def test_a_finding_that_was_decided_lets_a_result_stand() -> None:
    story = Analysed(result())
    finding = story.takes_up()
    assert story.said(DECIDED).gaps
    story.decide(finding)
    assert story.said(DECIDED).kept


@breaks(DECIDED)
@pytest.mark.parametrize("fields", [{"tool": "another"}, {"rule": "S101"}, {"place": "tests/**"}])
def test_a_finding_takes_up_its_tool_rule_and_place_only(fields: dict[str, Any]) -> None:
    story = Analysed(result())
    story.decide(story.takes_up(**fields))
    assert story.said(DECIDED).gaps


@breaks(DECIDED)
def test_what_is_to_be_fixed_has_to_be_gone() -> None:
    story = Analysed(result())
    story.decide(story.takes_up(), option="fix")
    assert story.said(DECIDED).gaps


@breaks(DECIDED)
def test_a_finding_that_does_not_apply_lets_a_result_stand() -> None:
    story = Analysed(result())
    investigation = story.dismiss(story.takes_up(), concluded_on=None)
    assert story.said(DECIDED).gaps
    story.revise(investigation, concluded_on="2026-01-06")
    assert story.said(DECIDED).kept


@breaks(DECIDED)
def test_the_last_day_of_a_deviation_is_in() -> None:
    story = Analysed(result())
    story.deviate(until="2026-11-25")
    assert story.said(DECIDED, today="2026-11-25").kept
    assert story.said(DECIDED, today="2026-11-26").gaps


@pytest.mark.parametrize("fields", [{"tool": "RUFF"}, {"where": "src/*"}, {"rule": None, "where": "src/"}])
def test_a_deviation_fits_by_what_it_names(fields: dict[str, Any]) -> None:
    story = Analysed(result())
    story.deviate(**fields)
    assert story.said(DECIDED).kept


@breaks(DECIDED)
@pytest.mark.parametrize(
    "fields",
    [
        {"tool": "another"},
        {"rule": "S101"},
        {"where": "tests/*"},
        {"departs_from": "requirement"},
        {"rule": None, "topic": "least-privilege"},
    ],
)
def test_another_deviation_does_not_fit(fields: dict[str, Any]) -> None:
    story = Analysed(result())
    story.add(Deviation, **({"departs_from": "coding-standard", "rule": "S324"} | fields))
    assert story.said(DECIDED).gaps


@breaks(DECIDED)
def test_a_place_is_asked_for_where_a_deviation_names_one() -> None:
    story = Analysed(result(path=None))
    story.deviate(where="*")
    assert story.said(DECIDED).gaps


@breaks(DECIDED)
def test_nothing_is_silenced_without_a_deviation() -> None:
    story = Analysed(result("none", suppressed=True))
    story.decide(story.takes_up())
    said = story.said(DECIDED)
    assert (said.sentences, said.about) == ([static_results.SUPPRESSED], [story.labels[story.the_release]])
    story.deviate()
    assert story.said(DECIDED).kept


def test_results_of_one_rule_stand_in_one_gap() -> None:
    said = Analysed(result(), result(line=9), result(line=9), result(rule="S101")).said(DECIDED)
    assert len(said.gaps) == 2
    assert "in 3 places" in said.texts[0]


def test_secrets_have_a_check_of_their_own() -> None:
    assert Analysed(result("error"), analysis="secrets").said(DECIDED).kept


def test_an_analysis_that_did_not_end_is_not_known() -> None:
    assert [one.said.sentence for one in Analysed(finished=False).said(DECIDED).unknowns] == [
        static_results.NOT_FINISHED
    ]
    assert Analysed(finished=False, tool="another").said(DECIDED).kept


def test_without_results_it_is_not_known() -> None:
    said = Proven().said(DECIDED)
    assert said.sentences == [run.ABSENT]
    assert said.unknowns


def test_a_release_without_a_build_is_not_looked_at() -> None:
    story = Proven()
    story.revise(story.the_release, build_id=None)
    assert story.said(DECIDED).silent
