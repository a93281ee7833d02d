"""Changes: each rests on a request that was decided first, and was proved and judged."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.configuration import changes
from asepsis.configuration.records import ChangeRequest
from asepsis.conformance import run
from asepsis.development.records import Interface, Requirement, TestRun
from asepsis.exchange import subjects
from asepsis.exchange.facts import Change, Source
from asepsis.problems.records import Decision, ImpactAnalysis
from asepsis.risk.records import Asset, Control, Element, Risk, SafetyHandover, Vulnerability
from tests.dossiers import PRODUCT, Story, breaks, keeps, run_check

REQUESTED = "configuration.changes_have_requests"
FIRST = "configuration.changes_decided_first"
PROVED = "configuration.changes_proved"

NONE, MINOR, SERIOUS = ({"size": size, "why": "So it is."} for size in ("none", "minor", "serious"))


def change(name: str, *requests: str, day: str = "2026-03-01") -> Change:
    return Change(name, ("dev",), f"{day}T10:00:00Z", requests=requests)


class Changed(Story):
    """Version 2.0.0 after 1.0.0, with these changes since."""

    def __init__(self, *made: Change, begun: str | None = "build-of-1.0.0") -> None:
        super().__init__()
        self.before = self.release("1.0.0")
        self.the_release = self.release("2.0.0", predecessor=self.before)
        self.source(*made, begun=begun)

    def source(self, *made: Change, build: str = "build-of-2.0.0", begun: str | None = None) -> None:
        last = made[-1].id if made else build
        self.take_in(Source(("gateway",), last, from_commit=begun, changes=made), subjects.build(PRODUCT.id, build))

    def request(self, **fields: Any) -> str:
        given: dict[str, Any] = {
            "decided": "do",
            "done_in": self.the_release,
            "security_effect": NONE,
            "safety_effect": NONE,
            "effectiveness_effect": NONE,
        }
        return self.add(ChangeRequest, **(given | fields))

    def said(self, check: str, **arguments: Any) -> Any:
        return run_check(check, self, release=self.the_release, **arguments)


# --- requested ---


@keeps(REQUESTED)
@breaks(REQUESTED)
def test_each_change_names_a_request() -> None:
    story = Changed(change("a1", "GW-CHG-1"), change("a2", "GW-CHG-1"))
    story.request()
    assert story.said(REQUESTED).kept
    story.source(change("a1", "GW-CHG-1"), change("a2"), change("a3"), begun="build-of-1.0.0")
    said = story.said(REQUESTED)
    assert said.sentences == [changes.NAMES_NONE]
    assert said.texts == ["2 changes of GW-REL-2 name no change request: a2 and a3."]


@breaks(REQUESTED)
def test_the_request_that_is_named_is_in_force() -> None:
    story = Changed(change("a1", "GW-CHG-1"))
    assert story.said(REQUESTED).sentences == [changes.NAMES_UNKNOWN]
    draft = story.draft(ChangeRequest, decided="do", done_in=story.the_release)
    assert story.said(REQUESTED).sentences == [changes.NAMES_UNKNOWN]
    story.submit(draft)
    story.sign(draft)
    assert story.said(REQUESTED).kept


@breaks(REQUESTED)
def test_a_label_of_another_kind_is_no_request() -> None:
    story = Changed(change("a1", "GW-REQ-1"))
    story.add(Requirement)
    assert story.said(REQUESTED).sentences == [changes.NAMES_UNKNOWN]


@breaks(REQUESTED)
@pytest.mark.parametrize(
    "fields", [{"done_in": None}, {"decided": "later", "decided_why": "No time.", "done_in": None}]
)
def test_the_request_is_to_be_done_in_this_release(fields: dict[str, Any]) -> None:
    story = Changed(change("a1", "GW-CHG-1"))
    story.request(**fields)
    assert story.said(REQUESTED).sentences == [changes.NAMES_OTHER]


@breaks(REQUESTED)
def test_a_request_that_was_not_decided_to_be_done_is_not_done() -> None:
    story = Changed()
    story.request(decided="refuse", decided_why="Too dear.")
    assert story.said(REQUESTED).sentences == [changes.NOT_DECIDED_SO]


@breaks(REQUESTED)
def test_a_request_shows_in_a_change_or_in_what_proves_it() -> None:
    story = Changed()
    request = story.request()
    assert story.said(REQUESTED).sentences == [changes.NOT_SEEN]
    story.revise(request, proved_by=[story.add(TestRun)])
    assert story.said(REQUESTED).kept


def test_changes_count_from_the_build_of_the_release_before() -> None:
    story = Changed(change("a1"), change("a2"), change("a3", "GW-CHG-1"), begun=None)
    story.request()
    assert story.said(REQUESTED).sentences == [changes.DOES_NOT_REACH]
    story.source(change("a0"), change("a2"), build="build-of-1.0.0")
    assert story.said(REQUESTED).kept
    story.source(change("a2"), change("a1"), build="build-of-1.0.0")
    assert story.said(REQUESTED).sentences == [changes.NAMES_NONE]


def test_a_source_that_begins_later_is_not_known() -> None:
    story = Changed(change("a3"), begun="a2")
    said = story.said(REQUESTED)
    assert [one.said.sentence for one in said.unknowns] == [changes.DOES_NOT_REACH]
    story.source(change("a2"), build="build-of-1.0.0")
    assert story.said(REQUESTED).sentences == [changes.NAMES_NONE]


class First(Changed):
    """The first version of all, with these changes."""

    def __init__(self, *made: Change) -> None:
        Story.__init__(self)
        self.the_release = self.release("1.0.0")
        self.source(*made, build="build-of-1.0.0")

    def tested(self, build: str, on: str) -> None:
        self.add(TestRun, release=self.the_release, build_id=build, on=on, day=on)


@breaks(REQUESTED)
def test_of_a_first_release_changes_count_from_the_first_build_that_was_tested() -> None:
    story = First(change("a1"), change("a2"), change("a3"))
    assert story.said(REQUESTED).kept
    story.tested("build-of-1.0.0", "2026-06-01")
    assert story.said(REQUESTED).kept
    story.tested("a2", "2026-05-01")
    assert story.said(REQUESTED).texts == ["1 changes of GW-REL-1 name no change request: a3."]


def test_a_first_build_that_is_in_no_source_is_not_known() -> None:
    story = First(change("a1"))
    story.tested("nightly-7", "2026-05-01")
    said = story.said(REQUESTED)
    assert [one.said.sentence for one in said.unknowns] == [changes.NO_FIRST_BUILD]
    story.source(change("a1"), build="nightly-7")
    assert story.said(REQUESTED).kept


def test_without_the_source_changes_are_not_known() -> None:
    story = Story()
    release = story.release()
    assert run_check(REQUESTED, story, release=release).sentences == [run.ABSENT]
    story.revise(release, build_id=None)
    assert run_check(REQUESTED, story, release=release).sentences == [run.NO_FACTS]


# --- decided first ---


@keeps(FIRST)
@breaks(FIRST)
def test_a_request_is_decided_by_the_day_of_its_first_change() -> None:
    made = change("a1", "GW-CHG-1", day="2026-03-02"), change("a2", "GW-CHG-1", day="2026-03-01")
    story = Changed(*made)
    story.request(day="2026-03-01")
    assert story.said(FIRST).kept
    late = Changed(*made)
    request = late.request(day="2026-03-02")
    said = late.said(FIRST)
    assert (said.sentences, said.about) == ([changes.DECIDED_LATE], [late.labels[request]])


def test_the_first_decision_counts_not_the_newest() -> None:
    story = Changed(change("a1", "GW-CHG-1", day="2026-03-01"))
    request = story.request(day="2026-02-01")
    story.revise(request, day="2026-04-01", why="For another reason.")
    assert story.said(FIRST).kept


def test_a_request_that_no_change_names_came_before_all_of_them() -> None:
    story = Changed(change("a1"))
    story.request(day="2026-04-01")
    assert story.said(FIRST).kept


def test_requests_of_other_releases_are_not_looked_at() -> None:
    story = Changed(change("a1", "GW-CHG-1", day="2026-03-01"))
    story.request(day="2026-04-01", done_in=story.before)
    assert story.said(FIRST).silent


def test_without_the_source_the_order_is_not_known() -> None:
    story = Story()
    release = story.release()
    story.add(ChangeRequest, decided="do", done_in=release)
    assert run_check(FIRST, story, release=release).sentences == [run.ABSENT]


# --- proved ---


def proved(story: Changed, on: str = "2026-03-01", **fields: Any) -> str:
    given: dict[str, Any] = {
        "release": story.the_release,
        "build_id": "build-of-2.0.0",
        "on": on,
        "day": on,
        "outcome": "pass",
    }
    return story.add(TestRun, **(given | fields))


@keeps(PROVED)
@breaks(PROVED)
def test_a_run_after_the_last_change_proves_it() -> None:
    story = Changed(change("a1", "GW-CHG-1", day="2026-02-01"), change("a2", "GW-CHG-1", day="2026-03-01"))
    request = story.request(proved_by=[proved(story, "2026-03-01")], day="2026-03-03")
    assert story.said(PROVED).kept
    story.revise(request, day="2026-03-04", proved_by=[proved(story, "2026-02-28")])
    said = story.said(PROVED)
    assert (said.sentences, said.about) == ([changes.NOT_PROVED], [story.labels[request]])


@breaks(PROVED)
@pytest.mark.parametrize("fields", [{"outcome": "inconclusive"}, {"build_id": "another"}, {"release": "f" * 32}])
def test_only_a_counted_run_that_passed_proves_it(fields: dict[str, Any]) -> None:
    story = Changed(change("a1", "GW-CHG-1"))
    story.request(proved_by=[proved(story, **fields)], day="2026-03-03")
    assert story.said(PROVED).sentences == [changes.NOT_PROVED]


@breaks(PROVED)
def test_a_request_that_nothing_proves_is_not_proved() -> None:
    story = Changed(change("a1", "GW-CHG-1"))
    story.request(proved_by=[story.add(Control)])
    assert story.said(PROVED).sentences == [changes.NOT_PROVED]
    gone = Changed(change("a1", "GW-CHG-1"))
    gone.request(proved_by=["f" * 32])
    assert gone.said(PROVED).sentences == [run.BROKEN, changes.NOT_PROVED]


def touching(kind: Any, /, **fields: Any) -> Changed:
    story = Changed(change("a1", "GW-CHG-1"))
    touched = story.add(kind, **fields)
    story.request(proved_by=[proved(story)], affects=[touched], day="2026-03-03")
    return story


@breaks(PROVED)
@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (Control, {}),
        (Interface, {"reach": "external"}),
        (Interface, {"reach": "both"}),
        (Element, {"kind": "boundary"}),
        (Element, {"kind": "port"}),
    ],
)
def test_touching_what_protects_has_an_effect_on_security(kind: Any, fields: dict[str, Any]) -> None:
    assert touching(kind, **fields).said(PROVED).sentences == [changes.TOUCHES_SECURITY]


@pytest.mark.parametrize(
    ("kind", "fields"), [(Interface, {"reach": "internal"}), (Element, {"kind": "process"}), (Requirement, {})]
)
def test_touching_other_things_need_not(kind: Any, fields: dict[str, Any]) -> None:
    assert touching(kind, **fields).said(PROVED).kept


def test_a_requirement_that_follows_from_something_else_need_not() -> None:
    story = Changed(change("a1", "GW-CHG-1"))
    requirement = story.add(Requirement, because=[story.add(Asset)])
    story.request(proved_by=[proved(story)], affects=[requirement], day="2026-03-03")
    assert story.said(PROVED).kept


@breaks(PROVED)
def test_a_requirement_that_follows_from_a_control_protects() -> None:
    story = Changed(change("a1", "GW-CHG-1"))
    requirement = story.add(Requirement, because=[story.add(Control)])
    request = story.request(proved_by=[proved(story)], affects=[requirement], day="2026-03-03")
    assert story.said(PROVED).sentences == [changes.TOUCHES_SECURITY]
    story.revise(request, security_effect=MINOR, day="2026-03-04")
    assert story.said(PROVED).kept


def felt(effect: str, **fields: Any) -> tuple[Changed, str]:
    """Return a story whose request has an effect on people and touches a control, and that control."""
    story = Changed(change("a1", "GW-CHG-1"))
    control = story.add(Control)
    given: dict[str, Any] = {"security_effect": MINOR, effect: MINOR, "affects": [control], "day": "2026-03-03"}
    story.request(proved_by=[proved(story)], **(given | fields))
    return story, control


@breaks(PROVED)
@pytest.mark.parametrize("effect", ["safety_effect", "effectiveness_effect"])
def test_safety_hears_of_an_effect_on_people(effect: str) -> None:
    story, control = felt(effect)
    assert story.said(PROVED).sentences == [changes.SAFETY_NOT_TOLD]
    handover = story.add(SafetyHandover, day="2026-03-04", direction="to-safety", about=[control])
    assert story.said(PROVED).gaps
    story.revise(handover, day="2026-03-05", answered_on="2026-03-05", answer="Noted.")
    assert story.said(PROVED).kept


@breaks(PROVED)
@pytest.mark.parametrize("fields", [{"day": "2026-03-02"}, {"direction": "from-safety"}, {"about": ["f" * 32]}])
def test_an_earlier_handover_or_one_about_something_else_tells_nothing(fields: dict[str, Any]) -> None:
    story, control = felt("safety_effect")
    given: dict[str, Any] = {
        "day": "2026-03-04",
        "direction": "to-safety",
        "about": [control],
        "answered_on": "2026-03-05",
    }
    story.add(SafetyHandover, **(given | fields))
    assert story.said(PROVED).sentences == [changes.SAFETY_NOT_TOLD]


@breaks(PROVED)
def test_a_risk_that_was_looked_at_since_answers_as_well() -> None:
    story, control = felt("safety_effect")
    risk = story.add(Risk, day="2026-03-02", controls=[control])
    assert story.said(PROVED).sentences == [changes.SAFETY_NOT_TOLD]
    story.look(risk, control, day="2026-03-04")
    assert story.said(PROVED).kept
    story, control = felt("safety_effect")
    risk = story.add(Risk, day="2026-03-02", controls=[control])
    story.revise(risk, day="2026-03-04", benefit_risk="Weighed again.")
    assert story.said(PROVED).kept


@breaks(PROVED)
def test_an_effect_that_is_milder_than_the_analysis_says_why() -> None:
    story = Changed(change("a1", "GW-CHG-1"))
    vulnerability = story.add(Vulnerability)
    story.add(ImpactAnalysis, vulnerability=vulnerability, safety=MINOR, effectiveness=NONE)
    decision = story.add(Decision, about=[vulnerability], option="fix")
    given: dict[str, Any] = {"because": [decision], "proved_by": [proved(story)], "day": "2026-03-03"}
    request = story.request(safety_effect={"size": "none"}, **given)
    said = story.said(PROVED)
    assert said.sentences == [changes.MILDER]
    assert said.gaps[0].obligation == "9.5-3"
    story.revise(request, day="2026-03-04", safety_effect=NONE)
    assert story.said(PROVED).kept
    story.revise(request, day="2026-03-05", effectiveness_effect={"size": "none"})
    assert story.said(PROVED).kept
    story.add(ImpactAnalysis, related=[vulnerability], safety=NONE, effectiveness=SERIOUS)
    assert story.said(PROVED).kept


def test_where_the_source_is_not_known_a_counted_run_is_enough() -> None:
    story = Story()
    release = story.release()
    given: dict[str, Any] = {"release": release, "build_id": "build-of-1.0.0", "outcome": "pass"}
    effects: dict[str, Any] = dict.fromkeys(("security_effect", "safety_effect", "effectiveness_effect"), NONE)
    story.add(ChangeRequest, decided="do", done_in=release, proved_by=[story.add(TestRun, **given)], **effects)
    assert run_check(PROVED, story, release=release).kept


def test_requests_that_came_with_no_release_are_not_looked_at() -> None:
    story = Changed()
    story.request(done_in=None)
    assert story.said(PROVED).silent
