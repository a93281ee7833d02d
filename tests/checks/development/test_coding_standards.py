"""Coding standards: one for each language, current, whole, and seen to by the tools they name."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.development import coding_standards
from asepsis.conformance import run
from asepsis.development.records import CodingStandard, CodingTopic, DesignElement, Deviation
from asepsis.exchange import subjects
from asepsis.exchange.facts import Analysis, Source, StaticFindings
from tests.dossiers import PRODUCT, Story, breaks, keeps, run_check

LANGUAGES = "development.coding_standard_for_languages"
CURRENT = "development.coding_standard_current"
APPLIED = "development.rule_set_applied"
BUILD = subjects.build(PRODUCT.id, "build-of-1.0.0")
TOOL = {"name": "ruff", "version": "0.15", "languages": ["Python"], "rule_set": "S,B", "severity_gate": "error"}
FILES = (("gw/app.py", "Python"), ("gw/wire.py", "Python"), ("tests/test_app.py", "Python"), ("boot.c", "C"))


class Coded(Story):
    """A release in Python, with a coding standard for it."""

    def __init__(self, *languages: tuple[str, int], source: bool = True) -> None:
        super().__init__()
        self.the_release = self.release()
        if source:
            found = languages or (("Python", 100), ("C", 0))
            self.take_in(Source(("gateway",), "c9", languages=found, paths=FILES), BUILD)

    def standard(self, **fields: Any) -> str:
        given: dict[str, Any] = {
            "languages": ["Python"],
            "topics": [{"topic": topic, "rule_set": "Some rules."} for topic in CodingTopic],
            "tools": [TOOL],
            "reviewed_on": "2026-01-05",
            "review_by": "2027-01-05",
        }
        return self.add(CodingStandard, **(given | fields))

    def scanned(self, *runs: Analysis) -> None:
        self.take_in(StaticFindings(runs), BUILD)

    def said(self, check: str, **arguments: Any) -> Any:
        return run_check(check, self, release=self.the_release, **arguments)


def analysis(**fields: Any) -> Analysis:
    given: dict[str, Any] = {"version": "0.15", "rule_set": "S,B", "paths": ("gw", "tests/*.py")}
    return Analysis("source", **({"tool": "Ruff"} | given | fields))


# --- a standard for each language ---


@keeps(LANGUAGES)
@breaks(LANGUAGES)
def test_each_language_has_a_standard_that_is_in_force() -> None:
    story = Coded()
    assert story.said(LANGUAGES).sentences == [coding_standards.NO_STANDARD]
    story.standard(languages=["python"], review_by="2026-11-25")
    assert story.said(LANGUAGES, today="2026-11-25").kept
    assert story.said(LANGUAGES, today="2026-11-26").texts == [
        "GW-REL-1 holds source in Python, for which no coding standard is in force."
    ]


@breaks(LANGUAGES)
def test_any_source_in_a_language_counts() -> None:
    story = Coded(("Python", 100), ("C", 1))
    story.standard()
    assert story.said(LANGUAGES).sentences == [coding_standards.NO_STANDARD]


@breaks(LANGUAGES)
def test_each_language_of_the_design_has_a_standard() -> None:
    story = Coded()
    story.standard()
    design = story.add(DesignElement, language="Rust")
    assert story.said(LANGUAGES).texts == ["GW-DSN-1 are written in Rust, for which no coding standard is in force."]
    story.revise(design, language="PYTHON")
    assert story.said(LANGUAGES).kept


def test_a_source_without_languages_tells_nothing() -> None:
    story = Story()
    release = story.release()
    story.take_in(Source(("gateway",), "c9"), BUILD)
    assert run_check(LANGUAGES, story, release=release).sentences == [coding_standards.NO_LANGUAGES]
    assert Coded(source=False).said(LANGUAGES).sentences == [run.ABSENT]


# --- current and whole ---


@keeps(CURRENT)
@breaks(CURRENT)
@pytest.mark.parametrize(
    "days", [{"reviewed_on": "2025-11-25"}, {"reviewed_on": "2026-01-05", "review_by": "2026-11-25"}]
)
def test_a_standard_is_looked_at_in_time(days: dict[str, str]) -> None:
    story = Coded()
    standard = story.standard(**days)
    assert story.said(CURRENT, today="2026-11-25").kept
    said = story.said(CURRENT, today="2026-11-26")
    assert (said.sentences, said.about) == ([coding_standards.OVERDUE], [story.labels[standard]])
    assert str(said.gaps[0].due) == "2026-11-25"


@breaks(CURRENT)
def test_a_standard_speaks_of_all_six_topics() -> None:
    story = Coded()
    story.standard(topics=[{"topic": topic, "rule_set": "Some rules."} for topic in list(CodingTopic)[:-1]])
    assert story.said(CURRENT).texts == ["ORG-COD-1 has no rules on error-handling."]


@breaks(CURRENT)
def test_each_language_has_a_tool_and_each_tool_a_gate() -> None:
    story = Coded()
    standard = story.standard(languages=["Python", "C"])
    assert story.said(CURRENT).texts == ["ORG-COD-1 names no tool that checks C."]
    ungated = {name: one for name, one in TOOL.items() if name != "severity_gate"}
    story.revise(standard, languages=["PYTHON"], tools=[TOOL, ungated | {"name": "bandit"}])
    assert story.said(CURRENT).sentences == [coding_standards.NO_GATE]


def test_without_a_standard_there_is_a_gap() -> None:
    assert Coded().said(CURRENT).sentences == [run.NOTHING]
    assert Coded().said(APPLIED).sentences == [run.NOTHING]


# --- seen to ---


@keeps(APPLIED)
@breaks(APPLIED)
def test_a_named_tool_ran_on_the_build() -> None:
    story = Coded()
    story.standard()
    story.scanned(analysis(tool="bandit"), analysis(finished=False))
    assert story.said(APPLIED).sentences == [coding_standards.NOT_RUN]
    story.scanned(analysis())
    assert story.said(APPLIED).kept


@breaks(APPLIED)
@pytest.mark.parametrize("other", [{"version": "0.14"}, {"rule_set": "S"}])
def test_it_ran_as_it_is_named(other: dict[str, str]) -> None:
    story = Coded()
    story.standard()
    story.scanned(analysis(**other))
    assert story.said(APPLIED).sentences == [coding_standards.RUN_OTHERWISE]
    story.scanned(analysis(**other), analysis())
    assert story.said(APPLIED).kept


@pytest.mark.parametrize("untold", [{"version": None}, {"rule_set": None}, {"paths": ()}])
def test_what_a_report_does_not_say_is_unknown(untold: dict[str, Any]) -> None:
    story = Coded()
    story.standard()
    story.scanned(analysis(**untold))
    said = story.said(APPLIED)
    assert (said.sentences, said.gaps) == ([coding_standards.UNTOLD], [])


@keeps(APPLIED)
@breaks(APPLIED)
def test_it_went_over_all_files_of_its_languages() -> None:
    story = Coded()
    story.standard()
    story.scanned(analysis(paths=("gw/app.py", "tests/")), analysis(version="0.14", paths=(".",)))
    assert story.said(APPLIED).texts == ["ruff left out 1 files of GW-REL-1 that ORG-COD-1 is for: gw/wire.py."]
    story.scanned(analysis(paths=("gw/app.py", "tests/")), analysis(paths=("./gw/wire.py",)))
    assert story.said(APPLIED).kept
    story.scanned(analysis(paths=(".",)))
    assert story.said(APPLIED).kept


@keeps(APPLIED)
@breaks(APPLIED)
def test_a_deviation_spares_files_or_a_tool_until_it_ends() -> None:
    story = Coded()
    story.standard()
    story.scanned(analysis(paths=("gw/app.py", "tests")))
    given: dict[str, Any] = {"departs_from": "coding-standard", "rule": None, "where": "gw/wire*"}
    deviation = story.add(Deviation, tool="RUFF", until="2026-11-25", **given)
    assert story.said(APPLIED, today="2026-11-25").kept
    assert story.said(APPLIED, today="2026-11-26").gaps
    story.revise(deviation, until=None, rule="S101")
    assert story.said(APPLIED).gaps
    story.revise(deviation, rule=None, tool="bandit")
    assert story.said(APPLIED).gaps
    story.revise(deviation, tool=None)
    assert story.said(APPLIED).kept
    story.revise(deviation, departs_from="design-practice")
    assert story.said(APPLIED).gaps


@keeps(APPLIED)
@breaks(APPLIED)
def test_a_tool_is_spared_as_a_whole_by_its_name_or_by_all_its_files() -> None:
    story = Coded()
    story.standard()
    story.scanned(analysis(tool="bandit"))
    deviation = story.add(Deviation, departs_from="coding-standard", rule=None, where="gw/**")
    assert story.said(APPLIED).sentences == [coding_standards.NOT_RUN]
    story.revise(deviation, where="*.py")
    assert story.said(APPLIED).kept
    design = story.add(DesignElement)
    story.revise(deviation, where=None, tool="ruff", about=[design])
    assert story.said(APPLIED).kept


def test_a_standard_of_another_language_asks_nothing_of_this_release() -> None:
    story = Coded()
    story.standard(languages=["C"], tools=[TOOL | {"languages": ["C"]}])
    story.scanned(analysis(tool="other"))
    assert story.said(APPLIED).kept


def test_without_source_or_reports_it_is_unknown() -> None:
    story = Coded()
    story.standard()
    assert story.said(APPLIED).sentences == [run.ABSENT]
    story = Coded(source=False)
    story.standard()
    assert story.said(APPLIED).sentences == [run.ABSENT]
    story.revise(story.the_release, build_id=None)
    assert story.said(APPLIED).sentences == [run.ABSENT]
