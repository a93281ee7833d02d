"""The system model: whole, and true of the product as it is."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.risk import model
from asepsis.configuration.records import CategoryRule, ChangeRequest, Release, SoftwareItem
from asepsis.conformance import run
from asepsis.development.records import CarriedForward, DesignElement, Interface
from asepsis.exchange.facts import Component
from asepsis.quality.records import PeriodicReview
from asepsis.risk.records import Asset, Element, Threat
from tests.checks.risk.modelled import Modelled
from tests.dossiers import ORGANISATION, breaks, evidence, keeps

ELEMENTS = "risk.model_elements"
CURRENT = "risk.model_current"

NEED = dict.fromkeys(("confidentiality", "integrity", "availability", "safety"), "high")
PHASES = ["supply-chain", "manufacture", "deployment", "use", "update", "decommissioning"]


class Drawn(Modelled):
    """A model that shows every part once, and a threat in every phase."""

    def __init__(self) -> None:
        super().__init__()
        self.the_asset = self.add(Asset, data_classes=["patient data"], need=NEED)
        self.the_boundary = self.an_element("boundary")
        self.the_store = self.an_element("store", assets=[self.the_asset])
        self.the_outside = self.an_element("outside-entity", zone="ward")
        for kind in ("port", "board-connection", "external-dependency"):
            self.an_element(kind)
        self.the_flow = self.a_flow()
        self.revise(self.the_threat, phases=PHASES)

    def a_flow(self, **fields: Any) -> str:
        given: dict[str, Any] = {
            "flows_from": self.the_outside,
            "flows_to": self.the_element,
            "crosses": [self.the_boundary],
            "protocols": ["HL7"],
            "assets": [self.the_asset],
        }
        return self.an_element("flow", **(given | fields))

    def without(self, part: str) -> None:
        self.revise(self.the_model, absent=[{"part": part, "why": "There is none."}])

    def retire_kind(self, kind: str) -> None:
        for record, label in list(self.labels.items()):
            if label.startswith("GW-ELM") and self.dossier().get(record).content.kind == kind:  # type: ignore[union-attr]
                self.retire(record)


# --- elements ---


@keeps(ELEMENTS)
@breaks(ELEMENTS)
@pytest.mark.parametrize("kind", ["port", "board-connection", "external-dependency"])
def test_each_part_is_shown_or_said_to_be_absent(kind: str) -> None:
    story = Drawn()
    assert story.said(ELEMENTS).kept
    story.retire_kind(kind)
    said = story.said(ELEMENTS)
    assert (said.sentences, said.about) == ([model.NOT_SHOWN], ["GW-MOD-1"])
    assert said.texts[0].endswith(f": {kind}.")
    story.without(kind)
    assert story.said(ELEMENTS).kept


@breaks(ELEMENTS)
def test_parts_that_flows_stand_on_are_parts_too() -> None:
    said = Modelled().said(ELEMENTS)
    parts = "classified-flow, boundary, store, outside-entity, protocol, port, board-connection and external-dependency"
    assert said.texts[0].endswith(f": {parts}.")


@breaks(ELEMENTS)
def test_a_flow_is_classified_by_the_data_it_carries() -> None:
    story = Drawn()
    story.revise(story.the_asset, data_classes=[])
    assert story.said(ELEMENTS).texts[0].endswith(": classified-flow.")


@breaks(ELEMENTS)
@pytest.mark.parametrize("part", ["store", "port", "protocol", "classified-flow"])
def test_what_is_there_is_not_said_to_be_absent(part: str) -> None:
    story = Drawn()
    story.without(part)
    assert story.said(ELEMENTS).sentences == [model.SAID_ABSENT]


@breaks(ELEMENTS)
def test_each_flow_says_what_is_spoken_on_it() -> None:
    story = Drawn()
    flow = story.a_flow(protocols=[])
    said = story.said(ELEMENTS)
    assert said.sentences == [model.NO_PROTOCOL]
    assert story.labels[flow] in said.texts[0]
    story.revise(story.the_flow, protocols=[])
    assert story.said(ELEMENTS).sentences == [model.NOT_SHOWN]


@breaks(ELEMENTS)
def test_a_flow_between_zones_crosses_a_boundary() -> None:
    story = Drawn()
    story.revise(story.the_flow, crosses=[])
    said = story.said(ELEMENTS)
    assert (said.sentences, said.about) == ([model.CROSSES_NOTHING], [story.labels[story.the_flow]])
    story.revise(story.the_outside, zone="device")
    assert story.said(ELEMENTS).kept


@breaks(ELEMENTS)
def test_a_store_holds_something() -> None:
    story = Drawn()
    story.revise(story.the_store, assets=[])
    assert story.said(ELEMENTS).sentences == [model.EMPTY_STORE]


@breaks(ELEMENTS)
@pytest.mark.parametrize("phase", PHASES)
def test_each_phase_has_a_threat_or_a_reason(phase: str) -> None:
    story = Drawn()
    story.revise(story.the_threat, phases=[one for one in PHASES if one != phase])
    said = story.said(ELEMENTS)
    assert (said.sentences, said.gaps[0].obligation) == ([model.PHASES_FORGOTTEN], "7.2-3")
    story.without(phase)
    if phase == "update":
        story.bill(story.the_release)
    assert story.said(ELEMENTS).kept


@breaks(ELEMENTS)
@pytest.mark.parametrize(("category", "is_kept"), [("maintained", False), ("supported", True)])
def test_updates_are_a_phase_where_items_are_maintained(category: str, is_kept: bool) -> None:
    story = Drawn()
    story.without("update")
    assert [one.said.sentence for one in story.said(ELEMENTS).unknowns] == [run.ABSENT]
    story.bill(story.the_release, Component("zlib", purl="pkg:generic/zlib@1.3", version="1.3"))
    rule = story.add(CategoryRule, matches={"purl": "pkg:generic/*"}, category=category)
    said = story.said(ELEMENTS)
    assert said.kept is is_kept
    story.revise(rule, category="maintained")
    assert story.said(ELEMENTS).sentences == [model.UPDATES_EXIST]


def test_without_a_model_nothing_is_shown() -> None:
    story = Modelled()
    story.retire(story.the_model)
    assert story.said(ELEMENTS).sentences == [run.NOTHING]


# --- current ---


def reviewed(last_day: str = "2026-01-31", **fields: Any) -> Modelled:
    story = Modelled()
    given: dict[str, Any] = {
        "subject": "threat-model",
        "first_day": "2025-01-01",
        "last_day": last_day,
        "complete": True,
        "next_due": "2027-12-31",
    }
    story.add(PeriodicReview, owned_by=ORGANISATION, **(given | fields))
    return story


@keeps(CURRENT)
@breaks(CURRENT)
def test_the_model_shows_the_version_or_is_carried_to_it() -> None:
    story = reviewed()
    assert story.said(CURRENT).kept
    earlier, story.the_release = story.the_release, story.release("2.0.0")
    said = story.said(CURRENT)
    assert (said.sentences, said.about) == ([model.OTHER_VERSION], ["GW-MOD-1"])
    story.add(
        CarriedForward, release=story.the_release, from_release=earlier, differences=evidence("differences"),
        records=[{"record": story.the_model, "why_unaffected": "Nothing touched it."}],
    )  # fmt: skip
    assert story.said(CURRENT).kept


@keeps(CURRENT)
@breaks(CURRENT)
def test_the_next_review_of_the_model_is_due_on_the_day_that_the_newest_names() -> None:
    story = reviewed("2026-01-31", next_due="2026-11-25")
    reviewed_before: dict[str, Any] = {
        "subject": "threat-model",
        "first_day": "2025-01-01",
        "complete": True,
        "next_due": "2027-01-01",
    }
    story.add(PeriodicReview, owned_by=ORGANISATION, last_day="2026-01-01", **reviewed_before)
    assert story.said(CURRENT, today="2026-11-25").kept
    said = story.said(CURRENT, today="2026-11-26")
    assert (said.sentences, str(said.gaps[0].due)) == ([model.REVIEW_DUE], "2026-11-25")


@breaks(CURRENT)
def test_the_model_is_reviewed_within_the_months() -> None:
    assert reviewed("2026-11-25").said(CURRENT, today="2026-11-25").kept
    story = reviewed("2026-01-31")
    assert story.said(CURRENT, today="2027-01-31").kept
    said = story.said(CURRENT, today="2027-02-01")
    assert (said.sentences, said.gaps[0].obligation) == ([model.REVIEW_DUE], "7.2-4")
    assert str(said.gaps[0].due) == "2027-01-31"
    story.set_policy("risk.model_review_months", 6)
    assert story.said(CURRENT, today="2026-07-31").kept
    assert story.said(CURRENT, today="2026-08-01").gaps


@breaks(CURRENT)
@pytest.mark.parametrize("fields", [{"complete": False}, {"subject": "access"}, {"last_day": "2026-11-26"}])
def test_the_review_is_of_the_model_and_found_it_complete(fields: dict[str, Any]) -> None:
    last = fields.pop("last_day", "2026-01-31")
    assert reviewed(last, **fields).said(CURRENT, today="2026-11-25").sentences == [model.NOT_REVIEWED]


def an_interface(story: Modelled, day: str, crosses: bool = False) -> tuple[str, str]:
    design = story.add(DesignElement)
    return story.add(Interface, day=day, design=design, crosses_boundary=crosses), design


@breaks(CURRENT)
@pytest.mark.parametrize("what", ["interface", "item", "change", "design"])
def test_the_model_is_no_older_than_what_an_attacker_could_use(what: str) -> None:
    for day, is_kept in (("2026-03-02", True), ("2026-03-03", False)):
        story = reviewed()
        if what == "interface":
            an_interface(story, day)
        elif what == "item":
            story.add(SoftwareItem, day=day, entered_in=story.the_release)
        elif what == "change":
            story.add(ChangeRequest, day=day, decided="do", security_effect={"size": "minor", "why": "A little."})
        else:
            _, design = an_interface(story, "2026-01-05", crosses=True)
            story.revise(design, day=day, language="C++")
        story.revise(story.the_model, day="2026-03-02", notes="Looked at.")
        said = story.said(CURRENT)
        assert said.kept is is_kept
        assert is_kept or said.sentences == [model.OLDER_THAN]


def test_what_touches_no_boundary_or_security_makes_no_model_old() -> None:
    story = reviewed()
    _, design = an_interface(story, "2026-01-05")
    story.revise(design, day="2026-03-02", language="C++")
    story.add(ChangeRequest, day="2026-03-02", decided="do", security_effect={"size": "none"})
    assert story.said(CURRENT).kept


@keeps(CURRENT)
@breaks(CURRENT)
def test_a_change_that_another_release_brings_makes_no_model_old() -> None:
    story = reviewed()
    effect = {"size": "minor", "why": "A little."}
    later = story.add(Release, day="2026-03-03", version="9.0.0", predecessor=story.the_release)
    story.add(ChangeRequest, day="2026-03-03", decided="do", security_effect=effect, done_in=later)
    story.revise(story.the_model, day="2026-03-02", notes="Looked at.")
    assert story.said(CURRENT).kept
    story.add(ChangeRequest, day="2026-03-03", decided="do", security_effect=effect, done_in=story.the_release)
    assert story.said(CURRENT).sentences == [model.OLDER_THAN]


@breaks(CURRENT)
@pytest.mark.parametrize("kind", [Threat, Element])
def test_nothing_of_the_model_is_left_unsigned(kind: Any) -> None:
    story = reviewed()
    draft = story.draft(kind)
    said = story.said(CURRENT)
    assert said.sentences == [model.NOT_SIGNED]
    assert story.labels[draft] in said.texts[0]
    story.withdraw(draft)
    assert story.said(CURRENT).kept


def test_without_a_model_nothing_is_current() -> None:
    story = reviewed()
    story.retire(story.the_model)
    assert story.said(CURRENT).sentences == [run.NOTHING]
