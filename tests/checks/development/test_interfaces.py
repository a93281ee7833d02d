"""Interfaces: each way into the product is known, described and guarded."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.development import interfaces
from asepsis.configuration.records import SoftwareItem
from asepsis.conformance import run
from asepsis.development.records import (
    DesignElement,
    Deviation,
    Interface,
    InterfaceItem,
    ReleaseDocument,
    Requirement,
    TestCase,
)
from asepsis.exchange import subjects
from asepsis.exchange.facts import AttackSurface, Exposed
from asepsis.record.slots import SystemRole
from asepsis.risk.records import Asset
from tests.checks.risk.modelled import Modelled
from tests.dossiers import PRODUCT, Story, breaks, keeps, run_check

GUARDED = "development.boundary_guarded"
LISTED = "development.interfaces_listed"
DESCRIBED = "development.interface_described"
SURFACE = "development.exposed_surface_known"


class Drawn(Modelled):
    """A flow that crosses a boundary, both without a threat; and an interface of the flow."""

    def __init__(self) -> None:
        super().__init__()
        self.boundary = self.an_element("boundary")
        ends = {"flows_from": self.the_element, "flows_to": self.the_element}
        self.flow = self.an_element("flow", crosses=[self.boundary], reachable="internal", **ends)

    def interface(self, **fields: Any) -> str:
        given: dict[str, Any] = {
            "element": self.flow,
            "design": self.add(DesignElement),
            "reach": "internal",
            "crosses_boundary": True,
        }
        return self.add(Interface, **(given | fields))


# --- guarded ---


@keeps(GUARDED)
@breaks(GUARDED)
@pytest.mark.parametrize("field", ["capabilities", "mitigations"])
def test_a_crossing_is_guarded_by_a_control_of_its_interface(field: str) -> None:
    story = Drawn()
    said = story.said(GUARDED)
    assert (said.sentences, said.about) == ([interfaces.UNGUARDED], [story.labels[story.flow]])
    interface = story.interface()
    assert story.said(GUARDED).gaps
    held: dict[str, Any] = {field: [story.the_control]}
    story.revise(interface, **held)
    assert story.said(GUARDED).kept
    story.retire(story.the_control)
    assert story.said(GUARDED).gaps


@keeps(GUARDED)
@breaks(GUARDED)
@pytest.mark.parametrize("at", ["flow", "boundary"])
def test_a_crossing_is_guarded_by_a_control_against_a_threat_to_it_or_its_boundary(at: str) -> None:
    story = Drawn()
    threat = story.a_threat(element=getattr(story, at))
    assert story.said(GUARDED).sentences == [interfaces.UNGUARDED]
    story.a_control(mitigates=[threat])
    assert story.said(GUARDED).kept


@keeps(GUARDED)
@pytest.mark.parametrize(("reachable", "asked"), [("external", True), ("both", True), ("internal", False)])
def test_a_port_that_can_be_reached_from_outside_is_guarded(reachable: str, asked: bool) -> None:
    story = Drawn()
    story.interface(mitigations=[story.the_control])
    port = story.an_element("port", reachable=reachable)
    said = story.said(GUARDED)
    assert said.about == ([story.labels[port]] if asked else [])
    story.a_control(mitigates=[story.a_threat(element=port)])
    assert story.said(GUARDED).kept


@keeps(GUARDED)
@breaks(GUARDED)
def test_each_boundary_is_crossed() -> None:
    story = Drawn()
    story.interface(mitigations=[story.the_control])
    other = story.an_element("boundary")
    said = story.said(GUARDED)
    assert (said.sentences, said.about) == ([interfaces.UNUSED], [story.labels[other]])
    story.interface(element=other)
    assert story.said(GUARDED).kept


@breaks(GUARDED)
@breaks(LISTED)
def test_elements_of_no_model_in_force_are_not_looked_at() -> None:
    story = Drawn()
    story.retire(story.the_model)
    assert story.said(GUARDED).sentences == [run.NOTHING]
    assert story.said(LISTED).sentences == [run.NOTHING]


# --- listed ---


@keeps(LISTED)
@breaks(LISTED)
@pytest.mark.parametrize("kind", ["port", "board-connection", "outside-entity"])
def test_each_way_in_is_the_element_of_an_interface(kind: str) -> None:
    story = Drawn()
    assert story.said(LISTED).about == [story.labels[story.flow]]
    story.interface()
    assert story.said(LISTED).kept
    element = story.an_element(kind, reachable="none")
    said = story.said(LISTED)
    assert (said.sentences, said.about) == ([interfaces.NO_INTERFACE], [story.labels[element]])
    story.interface(element=element)
    assert story.said(LISTED).kept


def test_what_crosses_nothing_needs_no_interface() -> None:
    story = Drawn()
    story.interface()
    story.an_element("store")
    story.an_element("flow", flows_from=story.the_element, flows_to=story.the_element)
    assert story.said(LISTED).kept


@breaks(LISTED)
def test_an_interface_says_of_boundaries_what_the_model_says() -> None:
    story = Drawn()
    interface = story.interface(crosses_boundary=False)
    said = story.said(LISTED)
    assert (said.sentences, said.about) == ([interfaces.SAYS_INSIDE], [story.labels[interface]])


@breaks(LISTED)
@pytest.mark.parametrize("reachable", ["external", "both"])
def test_an_interface_says_of_its_reach_what_the_model_says(reachable: str) -> None:
    story = Drawn()
    story.revise(story.flow, reachable=reachable)
    interface = story.interface()
    assert story.said(LISTED).sentences == [interfaces.SAYS_INTERNAL]
    story.revise(interface, reach="both")
    assert story.said(LISTED).kept


@breaks(LISTED)
def test_an_interface_belongs_to_something() -> None:
    story = Drawn()
    design = story.add(DesignElement)
    story.interface()
    story.interface(element=None, design=design)
    assert story.said(LISTED).kept
    story.retire(design)
    assert story.said(LISTED).sentences == [interfaces.HANGS_IN_THE_AIR]


# --- described ---


class Described(Drawn):
    """An interface from outside of which all is said, tested and told."""

    def __init__(self, **fields: Any) -> None:
        super().__init__()
        self.login = self.a_control()
        self.rights = self.a_control()
        for control, capability in ((self.login, "authentication"), (self.rights, "authorisation")):
            self.add(Requirement, because=[control], capability=capability, law=None)
        given: dict[str, Any] = {
            "reach": "external",
            "context_meaning": "The ward network alone reaches it.",
            "users": ["nurse"],
            "assets": [self.add(Asset)],
            "considerations": "Messages are bounded.",
            "threats": [self.the_threat],
            "privileges": "An account.",
            "capabilities": [self.login, self.rights],
            "validation": "By schema.",
            "output": "Nothing but status.",
            "errors": "A line of the log.",
            "items": [self.add(SoftwareItem)],
            "mitigations": [self.the_control],
        }
        self.the_interface = self.interface(**(given | fields))
        self.case = self.add(TestCase, interfaces=[self.the_interface])
        anchors = [{"item": "E.2.1 a", "place": "4.2", "tells_of": [self.the_interface]}]
        self.document = self.add(ReleaseDocument, release=self.the_release, anchors=anchors, covers=["E.2.1"])

    def left_out(self, *fields: str, **changed: Any) -> Any:
        nothing: dict[str, Any] = dict.fromkeys(fields)
        self.revise(self.the_interface, **nothing, **changed)
        return self.said(DESCRIBED)


INSIDE: dict[str, Any] = {"reach": "internal", "crosses_boundary": False}


@keeps(DESCRIBED)
@breaks(DESCRIBED)
@pytest.mark.parametrize(
    ("point", "fields"),
    [
        ("context", ["context_meaning"]),
        ("users-and-assets", ["users"]),
        ("users-and-assets", ["assets"]),
        ("considerations", ["considerations", "threats"]),
        ("privileges", ["privileges"]),
        ("capabilities", ["capabilities", "validation", "output", "errors"]),
        ("items", ["items"]),
        ("mitigations", ["mitigations"]),
    ],
)
def test_each_point_is_told_or_does_not_apply(point: str, fields: list[str]) -> None:
    story = Described(**INSIDE)
    assert story.said(DESCRIBED).kept
    said = story.left_out(*fields)
    assert said.texts == [f"GW-IFC-1 says nothing of {point}, and not why they do not apply."]
    story.revise(story.the_interface, absent=[{"item": point, "why": "So it is."}])
    assert story.said(DESCRIBED).kept


@keeps(DESCRIBED)
@breaks(DESCRIBED)
def test_an_interface_inside_is_told_of_in_documents_or_says_why_not() -> None:
    story = Described(**INSIDE)
    story.retire(story.document)
    assert story.said(DESCRIBED).sentences == [interfaces.NOT_DESCRIBED]
    story.revise(story.the_interface, absent=[{"item": InterfaceItem.DOCUMENTATION, "why": "So it is."}])
    assert story.said(DESCRIBED).kept


@keeps(DESCRIBED)
@breaks(DESCRIBED)
@pytest.mark.parametrize("where", [{"reach": "external"}, {"reach": "both"}, {"crosses_boundary": True}])
@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        (("validation",), interfaces.NO_VALIDATION),
        (("threats",), interfaces.NO_THREAT),
        (("capabilities",), interfaces.NO_LOGIN),
    ],
)
def test_what_comes_from_outside_or_across_a_boundary_is_guarded(
    where: dict[str, Any], fields: tuple[str, ...], sentence: Any
) -> None:
    story = Described(**(INSIDE | where))
    assert story.said(DESCRIBED).kept
    assert story.left_out(*fields).sentences == [sentence]
    assert story.left_out(*fields, **INSIDE).kept


@breaks(DESCRIBED)
@pytest.mark.parametrize("point", ["context", "users-and-assets"])
def test_across_a_boundary_surroundings_and_users_always_matter(point: str) -> None:
    story = Described()
    absent = [{"item": point, "why": "So it is."}]
    assert story.left_out(absent=absent).sentences == [interfaces.NOT_TO_BE_LEFT_OUT]
    assert story.left_out(absent=absent, **INSIDE).kept


@breaks(DESCRIBED)
@pytest.mark.parametrize(("missing", "held"), [("authentication", "rights"), ("authorisation", "login")])
def test_both_login_and_rights_stand_behind_a_requirement(missing: str, held: str) -> None:
    story = Described()
    said = story.left_out(capabilities=[getattr(story, held), story.the_control])
    assert said.texts == [f"No control of GW-IFC-1 stands for a requirement of {missing}, and no deviation lets it be."]


@keeps(DESCRIBED)
@breaks(DESCRIBED)
def test_a_deviation_lets_an_interface_be_without_login_until_it_ends() -> None:
    story = Described()
    story.revise(story.the_interface, capabilities=None)
    given: dict[str, Any] = {"departs_from": "design-practice", "about": [story.the_interface]}
    deviation = story.add(Deviation, until="2026-11-25", **given)
    assert story.said(DESCRIBED, today="2026-11-25").kept
    assert story.said(DESCRIBED, today="2026-11-26").gaps
    story.revise(deviation, until=None, departs_from="requirement")
    assert story.said(DESCRIBED).gaps


@breaks(DESCRIBED)
def test_a_test_case_goes_through_it() -> None:
    story = Described()
    story.retire(story.case)
    said = story.said(DESCRIBED)
    assert (said.sentences, said.gaps[0].owner) == ([interfaces.NOT_TESTED], SystemRole.TESTER)


@breaks(DESCRIBED)
def test_a_document_of_the_release_tells_of_what_can_be_used_from_outside() -> None:
    story = Described()
    story.revise(story.document, release=story.release("2.0.0"))
    assert story.said(DESCRIBED).sentences == [interfaces.NOT_IN_DOCUMENTS]
    assert run_check(DESCRIBED, story).kept


@breaks(DESCRIBED)
def test_what_it_rests_on_has_not_changed() -> None:
    story = Described()
    story.revise(story.the_threat, day="2026-02-01", attack_vector="Another.")
    assert story.said(DESCRIBED).texts == ["GW-IFC-1 rests on something that changed: threats."]
    story.look(story.the_interface, story.the_threat, day="2026-02-02")
    assert story.said(DESCRIBED).kept


def test_without_interfaces_there_is_a_gap() -> None:
    assert run_check(DESCRIBED, Story()).sentences == [run.NOTHING]


# --- as found on the build ---


class Exposing(Drawn):
    def __init__(self, *exposed: Exposed, setup: str | None = "ward network") -> None:
        super().__init__()
        surface = AttackSurface(exposed or (Exposed("tcp", "443"),), "scan", setup)
        self.take_in(surface, subjects.build(PRODUCT.id, "build-of-1.0.0"))

    def at(self, *locators: dict[str, Any], **fields: Any) -> str:
        given: dict[str, Any] = {"privileges": "An account.", "reach": "external"}
        return self.interface(locators=locators, **(given | fields))


@breaks(SURFACE)
@pytest.mark.parametrize(
    ("locator", "protocol", "place", "fits"),
    [
        ({"port": 443}, "tcp", "443", True),
        ({"port": 443, "protocol": "https"}, "tcp", "443", True),
        ({"port": 443, "protocol": "TCP"}, "tcp", "443", True),
        ({"port": 443, "protocol": "udp"}, "tcp", "443", False),
        ({"port": 444}, "tcp", "443", False),
        ({"path": "/api/v2/*"}, "https", "/api/v2/orders", True),
        ({"path": "/api/v2/*"}, "https", "/api/v1/orders", False),
        ({"connector": "j4"}, "jtag", "J4", True),
        ({"connector": "J5"}, "jtag", "J4", False),
        ({"protocol": "USB"}, "usb", "front", True),
        ({"protocol": "usb", "connector": "back"}, "usb", "front", False),
    ],
)
def test_each_way_in_fits_an_interface(locator: dict[str, Any], protocol: str, place: str, fits: bool) -> None:
    story = Exposing(Exposed(protocol, place))
    assert story.said(SURFACE).texts == [
        f"The build of GW-REL-1 has 1 ways in that no interface describes: {protocol} {place}."
    ]
    story.at(locator)
    assert story.said(SURFACE).kept is fits


@keeps(SURFACE)
@breaks(SURFACE)
def test_a_way_in_without_login_says_which_rights_it_takes() -> None:
    story = Exposing(Exposed("tcp", "443", login=False))
    interface = story.at({"port": 443}, privileges=None)
    said = story.said(SURFACE)
    assert (said.sentences, said.about) == ([interfaces.OPEN_TO_ANYBODY], [story.labels[interface]])
    story.revise(interface, absent=[{"item": "privileges", "why": "So it is."}])
    assert story.said(SURFACE).kept
    for login in (True, None):
        other = Exposing(Exposed("tcp", "443", login=login))
        other.at({"port": 443}, privileges=None)
        assert other.said(SURFACE).kept


@keeps(SURFACE)
@pytest.mark.parametrize(("places", "outside"), [(("ward network",), True), (("Localhost",), False), ((), False)])
def test_what_was_reached_from_outside_is_not_said_to_be_inside(places: tuple[str, ...], outside: bool) -> None:
    story = Exposing(Exposed("tcp", "443", reachable_from=places))
    interface = story.at({"port": 443}, reach="internal")
    assert story.said(SURFACE).sentences == ([interfaces.FOUND_OUTSIDE] if outside else [])
    story.revise(interface, reach="both")
    assert story.said(SURFACE).kept


@keeps(SURFACE)
def test_one_interface_at_a_place_may_answer_for_it() -> None:
    story = Exposing(Exposed("tcp", "443", login=False, reachable_from=("ward network",)))
    story.at({"port": 443}, reach="internal", privileges=None)
    story.at({"port": 443})
    assert story.said(SURFACE).kept


def test_the_set_up_of_a_scan_is_told() -> None:
    story = Exposing(setup=None)
    story.at({"port": 443})
    said = story.said(SURFACE)
    assert (said.sentences, said.gaps) == ([interfaces.SET_UP_UNTOLD], [])


def test_without_a_scan_it_is_unknown() -> None:
    assert Drawn().said(SURFACE).sentences == [run.ABSENT]
