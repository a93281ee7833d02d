"""Debug access: none is left in what is delivered, or it is guarded and was decided."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.development import debug_access
from asepsis.conformance import run
from asepsis.development.records import Deviation, Finding
from asepsis.exchange import subjects
from asepsis.exchange.facts import Analysis, Result, StaticFindings
from asepsis.problems.records import Decision, Investigation
from asepsis.record.slots import SystemRole
from tests.checks.risk.modelled import Modelled
from tests.dossiers import PRODUCT, Story, breaks, keeps, run_check

LEFT = "development.no_debug_left"


def result(cwe: str = "CWE-798", **fields: Any) -> Result:
    return Result("fixed-password", "It is fixed.", path="bin/app", cwe=(cwe,), **fields)


def scan(*results: Result, analysis: Any = "binary", **fields: Any) -> Analysis:
    return Analysis(analysis, "binwalk", results=results, **fields)


class Scanned(Modelled):
    def __init__(self, *runs: Analysis) -> None:
        super().__init__()
        self.take_in(StaticFindings(runs or (scan(),)), subjects.build(PRODUCT.id, "build-of-1.0.0"))

    def finding(self, make: Any = None, **fields: Any) -> str:
        taken = {"tool": "Binwalk", "rule": "fixed-password", "place": "bin/*"}
        return (make or self.add)(Finding, results=[taken | fields])


@keeps(LEFT)
@breaks(LEFT)
@pytest.mark.parametrize("cwe", ["CWE-215", "CWE-259", "CWE-489", "CWE-798", "CWE-912", "CWE-1295"])
def test_what_lets_somebody_in_is_taken_out_or_decided(cwe: str) -> None:
    assert Scanned().said(LEFT).kept
    story = Scanned(scan(result(cwe)))
    said = story.said(LEFT)
    assert (said.sentences, said.about) == ([debug_access.LEFT_IN], ["GW-REL-1"])
    finding = story.finding()
    assert story.said(LEFT).gaps
    story.add(Decision, about=[finding], option="fix")
    assert story.said(LEFT).kept


def test_other_weaknesses_are_not_looked_at_here() -> None:
    assert Scanned(scan(result("CWE-79"))).said(LEFT).kept


@breaks(LEFT)
@pytest.mark.parametrize("other", [{"tool": "another"}, {"rule": "another"}, {"place": "lib/*"}])
def test_a_finding_takes_up_what_it_names(other: dict[str, str]) -> None:
    story = Scanned(scan(result()))
    story.add(Decision, about=[story.finding(**other)], option="fix")
    assert story.said(LEFT).gaps


def test_what_was_found_not_to_apply_is_settled() -> None:
    story = Scanned(scan(result()))
    finding = story.finding()
    given: dict[str, Any] = {"started_on": "2026-01-05", "concluded_on": "2026-01-05"}
    story.add(Investigation, reports=[finding], applicable=False, **given)
    assert story.said(LEFT).kept


@breaks(LEFT)
def test_results_that_the_code_silences_count_as_well() -> None:
    assert Scanned(scan(result(suppressed=True))).said(LEFT).gaps
    assert Scanned(scan(), scan(result(), analysis="source")).said(LEFT).gaps


@pytest.mark.parametrize("runs", [(scan(analysis="source"),), (scan(finished=False),), (scan(analysis="secrets"),)])
def test_what_is_delivered_was_scanned(runs: tuple[Analysis, ...]) -> None:
    said = Scanned(*runs).said(LEFT)
    assert (said.sentences, said.gaps) == ([debug_access.NOT_SCANNED], [])


@keeps(LEFT)
@breaks(LEFT)
def test_a_debug_element_is_guarded_or_let_be() -> None:
    story = Scanned()
    element = story.an_element("port", debug=True)
    said = story.said(LEFT)
    assert (said.sentences, said.gaps[0].owner) == ([debug_access.UNGUARDED], SystemRole.ARCHITECT)
    threat = story.a_threat(element=element)
    assert story.said(LEFT).gaps
    control = story.a_control(mitigates=[threat])
    assert story.said(LEFT).kept
    story.retire(control)
    deviation = story.add(Deviation, about=[element], until="2026-11-25")
    assert story.said(LEFT, today="2026-11-25").kept
    assert story.said(LEFT, today="2026-11-26").gaps
    story.revise(deviation, until=None, about=[story.the_element])
    assert story.said(LEFT).gaps
    story.retire(story.the_model)
    assert story.said(LEFT).kept


def test_without_a_scan_it_is_unknown() -> None:
    story = Story()
    release = story.release()
    assert run_check(LEFT, story, release=release).sentences == [run.ABSENT]
    story.revise(release, build_id=None)
    assert run_check(LEFT, story, release=release).sentences == [debug_access.NOT_SCANNED]
    assert run_check(LEFT, story).silent
