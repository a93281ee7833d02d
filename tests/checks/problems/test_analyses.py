"""Impact analyses: in time, on what is so, in all releases, down to the cause, and known to safety."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.problems import analyses
from asepsis.configuration.records import SoftwareItem
from asepsis.conformance import run
from asepsis.development.records import Layer, ReleaseDecision
from asepsis.risk.records import (
    Asset,
    Control,
    ControlObservation,
    Element,
    HazardousSituation,
    Risk,
    SafetyHandover,
    Threat,
)
from tests.checks.problems.handled import SERIOUS, Handled, component, match
from tests.checks.risk.modelled import score
from tests.dossiers import Said, breaks, days, keeps, run_check

ANALYSED = "problems.vulnerabilities_analysed"
COMPUTED = "problems.affected_releases_computed"
RELATED = "problems.related_issues_found"
HANDED_OVER = "problems.safety_effects_handed_over"


class Analysed(Handled):
    """A vulnerability with an analysis in a context."""

    def __init__(self, **vulnerability: Any) -> None:
        super().__init__()
        self.the_vulnerability = self.vulnerability(**vulnerability)

    def an_analysis(self, **fields: Any) -> str:
        return self.analyse(self.the_vulnerability, **fields)


# --- analysed ---


@keeps(ANALYSED)
@breaks(ANALYSED)
def test_a_vulnerability_is_analysed_by_the_last_day_from_its_first_save() -> None:
    story = Handled()
    story.vulnerability(story.draft, day="2026-06-01")
    due = days("2026-06-01", 30)
    assert run_check(ANALYSED, story, today=due).kept
    late = run_check(ANALYSED, story, today=days(due, 1))
    assert (late.sentences, late.gaps[0].due) == ([analyses.NOT_ANALYSED], due)


@keeps(ANALYSED)
@breaks(ANALYSED)
def test_the_days_begin_with_the_investigation_where_that_ended_earlier() -> None:
    story = Handled()
    vulnerability = story.vulnerability(day="2026-06-20")
    assert run_check(ANALYSED, story, today="2026-07-20").kept
    story.investigate(story.report("2026-06-01"), leads_to=vulnerability, concluded="2026-06-10")
    assert run_check(ANALYSED, story, today="2026-07-10").kept
    assert run_check(ANALYSED, story, today="2026-07-11").sentences == [analyses.NOT_ANALYSED]
    story.analyse(vulnerability, day="2026-07-11")
    assert run_check(ANALYSED, story, today="2026-07-11").kept


@breaks(ANALYSED)
def test_at_the_gate_it_is_analysed_at_once() -> None:
    story = Handled()
    release = story.release("2.0.0")
    story.vulnerability(affected=[release], day="2026-11-20")
    assert run_check(ANALYSED, story, release=release).kept
    decision = story.draft(ReleaseDecision, release=release, day="2026-11-24")
    assert run_check(ANALYSED, story, release=release).kept
    story.submit(decision, day="2026-11-24")
    assert run_check(ANALYSED, story, release=release).sentences == [analyses.NOT_ANALYSED_AT_GATE]
    assert run_check(ANALYSED, story, release=story.the_release).kept


def test_one_that_is_closed_is_not_asked_until_it_is_decided_anew() -> None:
    story = Handled()
    vulnerability = story.vulnerability()
    story.decide(vulnerability, closed_on="2026-11-25")
    assert run_check(ANALYSED, story).silent
    assert run_check(ANALYSED, story, today="2026-11-24").gaps
    story.decide(vulnerability, day="2026-11-25")
    assert run_check(ANALYSED, story).gaps


@keeps(ANALYSED)
@breaks(ANALYSED)
def test_an_analysis_rests_on_vulnerability_and_context_as_they_are() -> None:
    story = Analysed()
    analysis = story.an_analysis()
    assert run_check(ANALYSED, story).kept
    story.revise(story.the_context, exposure="internet")
    said = run_check(ANALYSED, story)
    assert (said.sentences, said.about) == ([analyses.CHANGED_SINCE], [story.labels[analysis]])
    story.look(analysis, story.the_context)
    assert run_check(ANALYSED, story).kept
    story.revise(story.the_vulnerability, weakness=["CWE-80"])
    assert run_check(ANALYSED, story).sentences == [analyses.CHANGED_SINCE]


@breaks(ANALYSED)
def test_the_defences_that_stand_before_it_are_named() -> None:
    for by in ("control", "layer", "asset"):
        story = Analysed()
        threat = story.add(Threat)
        control = story.add(Control, mitigates=[threat] if by != "asset" else [])
        asset = story.add(Asset)
        element = story.add(Element, kind="process", assets=[asset])
        held = {"control": [], "layer": [control], "asset": []}[by]
        layer = story.add(Layer, controls=held, serves=[asset] if by == "asset" else [])
        story.the_vulnerability = story.vulnerability(
            threats=[threat] if by != "asset" else [], elements=[element] if by == "asset" else []
        )
        analysis = story.an_analysis()
        found = [one for one in run_check(ANALYSED, story).gaps if one.about.id == analysis]
        assert [one.said.sentence for one in found] == [analyses.NO_DEPTH]
        named = dict(found[0].said.arguments)["defences"]
        assert [one.id for one in named] == {"control": [control], "layer": [control, layer], "asset": [layer]}[by]
        story.revise(analysis, depth=[control])
        assert not [one for one in run_check(ANALYSED, story).gaps if one.about.id == analysis]


@breaks(ANALYSED)
def test_it_counts_on_no_control_that_is_gone_or_no_longer_works() -> None:
    story = Analysed()
    control = story.add(Control)
    story.an_analysis(depth=[control])
    assert run_check(ANALYSED, story).kept
    story.add(ControlObservation, control=control, on="2026-03-01", still_effective=True)
    story.draft(ControlObservation, control=control, on="2026-03-02", still_effective=False)
    said = run_check(ANALYSED, story)
    assert (said.sentences, said.gaps[0].urgent) == ([analyses.FAILED_DEFENCE], True)
    story.add(ControlObservation, control=control, on="2026-03-03", still_effective=True)
    assert run_check(ANALYSED, story).kept
    story.retire(control)
    assert run_check(ANALYSED, story).sentences == [analyses.GONE_DEFENCE]


@breaks(ANALYSED)
def test_it_is_no_milder_than_what_is_known_unless_it_says_why() -> None:
    story = Analysed()
    analysis = story.an_analysis(severity=score("5.3"))
    assert run_check(ANALYSED, story).texts == [
        "GW-ANL-1 gives 5.3, milder than the 7.5 known for GW-VUL-1, and does not say why."
    ]
    story.revise(analysis, severity_why="It is in a locked room.")
    assert run_check(ANALYSED, story).kept
    same = Analysed()
    same.an_analysis(severity=score("7.5"))
    assert run_check(ANALYSED, same).kept


@breaks(ANALYSED)
def test_the_scores_of_its_matches_are_known_too_where_the_method_is_the_same() -> None:
    story = Analysed(ids=["CVE-2026-1"])
    story.an_analysis()
    found = match(severity=score("9.8")["vector"])
    story.scan(story.the_release, component(), matches=(found, match(severity="CVSS:2.0/x"), match()))
    assert "milder than the 9.8 known" in run_check(ANALYSED, story).texts[0]
    other = Analysed(severity={"method": "other", "number": "9.0"})
    other.an_analysis()
    assert run_check(ANALYSED, other).kept


# --- releases ---


@keeps(COMPUTED)
@breaks(COMPUTED)
def test_each_supported_release_is_affected_or_unaffected() -> None:
    story = Analysed()
    analysis = story.an_analysis()
    assert run_check(COMPUTED, story).kept
    second = story.release("2.0.0", security_support_until="2026-11-25")
    story.release("3.0.0")
    assert run_check(COMPUTED, story).kept
    story.send_out(second)
    assert run_check(COMPUTED, story).texts == ["GW-ANL-1 does not say whether GW-REL-2 has GW-VUL-1."]
    assert run_check(COMPUTED, story, today="2026-11-26").kept
    story.revise(analysis, unaffected=[second])
    assert run_check(COMPUTED, story).kept


def test_before_a_release_is_out_the_one_looked_at_has_to_be_placed() -> None:
    story = Handled()
    early = Handled(out=False)
    early.analyse(early.vulnerability(affected=[]), affected=[])
    assert run_check(COMPUTED, early, release=early.the_release).sentences == [analyses.UNPLACED]
    assert run_check(COMPUTED, early).kept
    assert run_check(COMPUTED, story).silent


def test_a_release_that_comes_after_the_closing_is_not_asked_for() -> None:
    story = Analysed()
    story.an_analysis()
    story.decide(story.the_vulnerability, closed_on="2026-06-01")
    story.send_out(story.release("2.0.0"), day="2026-06-01")
    assert run_check(COMPUTED, story).sentences == [analyses.UNPLACED]
    later = Analysed()
    later.an_analysis()
    later.decide(later.the_vulnerability, closed_on="2026-06-01")
    later.send_out(later.release("2.0.0"), day="2026-06-02")
    assert run_check(COMPUTED, later).kept


@breaks(COMPUTED)
def test_what_the_vulnerability_names_is_among_the_affected() -> None:
    story = Analysed()
    story.an_analysis(affected=[], unaffected=[story.the_release])
    assert run_check(COMPUTED, story).texts == [
        "GW-VUL-1 is in GW-REL-1, which GW-ANL-1 leaves out of the affected ones."
    ]


def bundled(*, items: bool = True, of: str = "openssl") -> Handled:
    """Return a story in which the release is said to be unaffected by what its bill was matched with."""
    story = Handled()
    item = story.add(SoftwareItem, purl=f"pkg:generic/{of}", versions=["*"])
    vulnerability = story.vulnerability(ids=["CVE-2026-1"], items=[item] if items else [], affected=[])
    story.analyse(vulnerability, affected=[], unaffected=[story.the_release])
    return story


@keeps(COMPUTED)
@breaks(COMPUTED)
@pytest.mark.parametrize("items", [True, False])
def test_a_release_with_a_matched_component_is_unaffected_only_by_a_signed_statement(items: bool) -> None:
    story = bundled(items=items)
    story.scan(story.the_release, component(), matches=(match(),))
    assert run_check(COMPUTED, story).sentences == [analyses.MATCHED_ALL_THE_SAME]
    statement = story.judge("CVE-2026-1", "pkg:generic/openssl", until="2026-11-25")
    assert run_check(COMPUTED, story).kept
    assert run_check(COMPUTED, story, today="2026-11-26").gaps
    story.revise(statement, releases=[story.release("9.0.0")])
    assert run_check(COMPUTED, story).gaps


def test_a_match_of_another_item_or_name_or_none_does_not_count() -> None:
    story = bundled(of="zlib")
    story.scan(
        story.the_release,
        component(),
        component("zlib"),
        matches=(match(), match("CVE-2026-2", "pkg:generic/zlib@3.0.1")),
    )
    assert run_check(COMPUTED, story).kept


def test_components_that_are_not_there_leave_it_unknown() -> None:
    story = bundled()
    assert run_check(COMPUTED, story).kept  # no bill: nothing was delivered that could hold it
    story.bill(story.the_release, component(), readable=False)
    assert [one.said.sentence for one in run_check(COMPUTED, story).unknowns] == [run.UNREADABLE]


# --- relatives ---


@keeps(RELATED)
@breaks(RELATED)
def test_what_has_the_same_weakness_in_the_same_place_is_related() -> None:
    story = Handled()
    element = story.add(Element, kind="process")
    first = story.vulnerability(story.draft, elements=[element])
    second = story.vulnerability(elements=[element])
    story.vulnerability(elements=[element], weakness=["CWE-80"])
    story.vulnerability(elements=[story.add(Element, kind="process")])
    analysis = story.analyse(second, root_cause="No length is checked.")
    assert run_check(RELATED, story).texts == [
        f"GW-ANL-1 does not name {story.labels[first]}, the same sort of weakness in the same place."
    ]
    story.submit(first)
    story.sign(first)
    story.revise(analysis, related=[first])
    assert run_check(RELATED, story).kept


def test_one_that_came_after_the_analysis_was_submitted_is_not_asked_for() -> None:
    story = Handled()
    item = story.add(SoftwareItem)
    story.analyse(story.vulnerability(items=[item]))
    story.vulnerability(items=[item])
    assert run_check(RELATED, story).kept


def test_of_several_relatives_one_is_enough() -> None:
    story = Handled()
    item = story.add(SoftwareItem)
    first, second, third = (story.vulnerability(items=[item]) for _ in range(3))
    story.analyse(first, root_cause="One.", related=[second])
    story.analyse(second, root_cause="Two.")
    analysis = story.analyse(third, root_cause="Three.")
    assert len(run_check(RELATED, story).gaps) == 3
    story.revise(analysis, related=[first])
    assert run_check(RELATED, story).kept


@breaks(RELATED)
def test_a_root_cause_is_more_than_the_report_said_again() -> None:
    story = Handled()
    report = story.report(what="The login  can be skipped.")
    story.analyse(story.vulnerability(), root_cause="the login can be\nskipped.")
    said = run_check(RELATED, story)
    assert said.texts == [f"GW-ANL-1 gives as root cause word for word what {story.labels[report]} says."]


@breaks(RELATED)
def test_a_root_cause_is_not_copied_from_an_analysis_that_is_not_related() -> None:
    story = Handled()
    first, second = story.vulnerability(), story.vulnerability()
    story.analyse(first, root_cause="No length is checked.")
    analysis = story.analyse(second, root_cause="No length is checked.")
    assert run_check(RELATED, story).sentences == [analyses.CAUSE_COPIED] * 2
    story.revise(analysis, related=[first])
    assert run_check(RELATED, story).kept


@breaks(RELATED)
def test_a_vulnerability_says_what_sort_of_weakness_it_is() -> None:
    story = Handled()
    story.analyse(story.vulnerability(weakness=[]))
    assert run_check(RELATED, story).sentences == [analyses.NO_WEAKNESS]


def test_without_an_analysis_nothing_is_related() -> None:
    assert run_check(RELATED, Handled()).silent


# --- safety ---


def hand_over(story: Handled, *about: str, **fields: Any) -> str:
    given: dict[str, Any] = {"direction": "to-safety", "about": about, "answered_on": "2026-07-02"}
    return story.add(SafetyHandover, **({"day": "2026-07-01"} | given | fields))


@keeps(HANDED_OVER)
@breaks(HANDED_OVER)
@pytest.mark.parametrize("through", ["hazard", "threat", "risk"])
@pytest.mark.parametrize("effect", ["safety", "effectiveness"])
def test_safety_answers_what_could_harm_people(through: str, effect: str) -> None:
    story = Handled()
    hazard, threat = story.add(HazardousSituation), story.add(Threat)
    vulnerability = story.vulnerability(threats=[threat])
    risk = story.add(Risk, threats=[], vulnerabilities=[vulnerability])
    story.analyse(vulnerability, hazards=[hazard], day="2026-06-01", **{effect: SERIOUS})
    about = {"hazard": hazard, "threat": threat, "risk": risk}[through]
    hand_over(story, about, day="2026-05-01")
    hand_over(story, about, direction="from-safety")
    hand_over(story, story.add(Threat))
    assert run_check(HANDED_OVER, story).sentences == [analyses.NOT_HANDED_OVER]
    handover = hand_over(story, about, answered_on=None)
    assert run_check(HANDED_OVER, story).sentences == [analyses.NOT_ANSWERED]
    story.revise(handover, answered_on="2026-07-02")
    assert run_check(HANDED_OVER, story).kept


@breaks(HANDED_OVER)
def test_an_analysis_that_changed_is_handed_over_again() -> None:
    story = Handled()
    hazard = story.add(HazardousSituation)
    analysis = story.analyse(story.vulnerability(), hazards=[hazard])
    hand_over(story, hazard)
    assert run_check(HANDED_OVER, story).kept
    story.revise(analysis, environment="Another one.", day="2026-07-03")
    assert run_check(HANDED_OVER, story).sentences == [analyses.NOT_HANDED_OVER]


@keeps(HANDED_OVER)
@breaks(HANDED_OVER)
def test_a_risk_that_harms_contradicts_an_analysis_without_effect() -> None:
    story = Handled()
    story.plan()
    vulnerability = story.vulnerability()
    story.analyse(vulnerability)
    risk = story.add(Risk, threats=[], vulnerabilities=[vulnerability], harm_before="none")
    assert run_check(HANDED_OVER, story).kept
    story.revise(risk, harm_before="minor")
    assert run_check(HANDED_OVER, story).sentences == [analyses.HARM_IN_RISK]


@breaks(HANDED_OVER)
@pytest.mark.parametrize("patients", ["possible", "harmed"])
def test_an_incident_that_touched_patients_contradicts_it_before_it_is_signed(patients: str) -> None:
    story = Handled()
    vulnerability = story.vulnerability()
    story.analyse(vulnerability)
    story.incident(vulnerabilities=[vulnerability])
    assert run_check(HANDED_OVER, story).kept
    story.incident(make=story.draft, vulnerabilities=[vulnerability], patients=patients)
    said: Said = run_check(HANDED_OVER, story)
    assert (said.sentences, said.gaps[0].urgent) == ([analyses.PATIENTS_TOUCHED], True)


def test_without_an_analysis_nothing_is_handed_over() -> None:
    assert run_check(HANDED_OVER, Handled()).silent


def test_a_flaw_of_our_own_needs_no_components() -> None:
    story = Handled()
    story.analyse(story.vulnerability(affected=[]), affected=[], unaffected=[story.the_release])
    story.bill(story.the_release, component(), readable=False)
    assert run_check(COMPUTED, story).kept


def test_of_very_many_relatives_a_dozen_are_named() -> None:
    story = Handled()
    item = story.add(SoftwareItem)
    for _ in range(13):
        story.vulnerability(story.draft, items=[item])
    story.analyse(story.vulnerability(items=[item]))
    named = dict(run_check(RELATED, story).gaps[0].said.arguments)["others"]
    assert [one.label for one in named] == [f"GW-VUL-{number}" for number in range(1, 13)]
