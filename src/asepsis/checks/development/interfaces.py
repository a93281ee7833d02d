"""Checks of interfaces: each way into the product is known, described and guarded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from asepsis.checks import modelled, terms, told
from asepsis.checks.check import Findings, check
from asepsis.checks.view import View
from asepsis.development.records import (
    Capability,
    DepartsFrom,
    Deviation,
    Interface,
    InterfaceItem,
    InterfaceReach,
    Locator,
    Requirement,
    TestCase,
)
from asepsis.exchange.facts import AttackSurface, Exposed
from asepsis.record.dossier import Item
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap, Unknown
from asepsis.risk.records import Element, ElementKind
from asepsis.sentences import Sentence

FROM_OUTSIDE = (InterfaceReach.EXTERNAL, InterfaceReach.BOTH)

# --- guarded --------------------------------------------------------------------------------------------------------

UNGUARDED = Sentence(
    "Nothing guards {element}: no interface of it names a control, and no control counters a threat to it or its boundary.",
    next="Put a control on {element}, or take it away.",
)
UNUSED = Sentence(
    "Nothing crosses {boundary}: no flow and no interface.",
    next="Draw what crosses {boundary}, or take it out of the system model.",
)


def is_crossing(element: Item[Element]) -> bool:
    """Return whether data crosses a boundary of trust on an element."""
    return element.content.kind is ElementKind.FLOW and bool(element.content.crosses)


def _is_at_boundary(element: Item[Element], view: View) -> bool:
    if not modelled.is_modelled(element, view):
        return False
    return element.content.kind is ElementKind.BOUNDARY or is_crossing(element) or _is_open_port(element)


def _is_open_port(element: Item[Element]) -> bool:
    return element.content.kind is ElementKind.PORT and element.content.reachable in modelled.FROM_OUTSIDE


@check("development.boundary_guarded", over=Element, owner=SystemRole.ARCHITECT, needed=True, when=_is_at_boundary)
def boundaries_are_guarded(element: Item[Element], view: View) -> Findings:
    """Whatever crosses a boundary, and each port that can be reached from outside, is guarded; each boundary is crossed.

    Source: IEC 81001-5-1:2021, 5.3.1; 5.3.2.
    """
    if element.content.kind is ElementKind.BOUNDARY:
        if element.id not in view.once("boundaries crossed", _crossed) and not interfaces_of(element, view):
            yield Gap(element, UNUSED, boundary=element)
    elif not _is_guarded(element, view):
        yield Gap(element, UNGUARDED, element=element)


def _crossed(view: View) -> frozenset[str]:
    return frozenset(str(one) for element in modelled.elements(view) for one in element.content.crosses)


def _is_guarded(element: Item[Element], view: View) -> bool:
    if any(modelled.is_guarded(one, view) for one in (element.id, *element.content.crosses)):
        return True
    return any(
        view.dossier.get(control) is not None
        for interface in interfaces_of(element, view)
        for control in (*interface.content.capabilities, *interface.content.mitigations)
    )


def interfaces_of(element: Item[Element], view: View) -> tuple[Item[Interface], ...]:
    """Return the interfaces in force of an element of the model."""
    return tuple(one for one in view.dossier.back(element, Interface) if one.content.element == element.id)


# --- listed ---------------------------------------------------------------------------------------------------------

NO_INTERFACE = Sentence("{element} is the element of no interface.", next="Describe the interface at {element}.")
HANGS_IN_THE_AIR = Sentence(
    "{interface} belongs to no element, and its design is not in force.",
    next="Name in {interface} the element and the design that it belongs to.",
)
SAYS_INSIDE = Sentence(
    "{interface} is said to cross no boundary, and {element} does.",
    next="Correct {interface}, or the boundaries that {element} crosses.",
)
SAYS_INTERNAL = Sentence(
    "{interface} is said to be used from inside alone, and {element} can be reached from outside.",
    next="Correct the reach of {interface}, or of {element}.",
)
WITH_INTERFACE = (ElementKind.PORT, ElementKind.BOARD_CONNECTION, ElementKind.OUTSIDE_ENTITY)


def _has_interface(element: Item[Element], view: View) -> bool:
    """Return whether an element of the model is one at which there has to be an interface."""
    asked = element.content.kind in WITH_INTERFACE or is_crossing(element)
    return asked and modelled.is_modelled(element, view)


@check(
    "development.interfaces_listed",
    over=Element,
    owner=SystemRole.ARCHITECT,
    needed=True,
    whole=True,
    when=_has_interface,
)
def interfaces_are_listed(elements: tuple[Item[Element], ...], view: View) -> Findings:
    """Each way in that the model shows is the element of an interface, which says of it what the model says.

    Source: IEC 81001-5-1:2021, 5.4.3.
    """
    for element in elements:
        if not interfaces_of(element, view):
            yield Gap(element, NO_INTERFACE, element=element)
    for interface in view.dossier.all(Interface):
        shown: Item[Element] | None = view.dossier.get(interface.content.element)
        if shown is not None:
            yield from _agrees(interface, shown)
        elif interface.content.element is None and view.dossier.get(interface.content.design) is None:
            yield Gap(interface, HANGS_IN_THE_AIR, interface=interface)


def _agrees(interface: Item[Interface], element: Item[Element]) -> Findings:
    content = interface.content
    if element.content.crosses and not content.crosses_boundary:
        yield Gap(interface, SAYS_INSIDE, interface=interface, element=element)
    if element.content.reachable in modelled.FROM_OUTSIDE and content.reach is InterfaceReach.INTERNAL:
        yield Gap(interface, SAYS_INTERNAL, interface=interface, element=element)


# --- described ------------------------------------------------------------------------------------------------------

NOT_DESCRIBED = Sentence(
    "{interface} says nothing of {points}, and not why they do not apply.",
    next="Fill {points} in {interface}, or say there why they do not apply.",
)
NOT_TO_BE_LEFT_OUT = Sentence(
    "{interface} can be used across a boundary or from outside, and leaves out {points}.",
    next="Describe {points} in {interface}.",
)
NO_VALIDATION = Sentence(
    "{interface} can be used across a boundary or from outside, and does not say how what comes in is checked.",
    next="Say in {interface} how what comes in is checked while the product runs.",
)
NO_LOGIN = Sentence(
    "No control of {interface} stands for a requirement of {capabilities}, and no deviation lets it be.",
    next="Name in {interface} the controls for {capabilities}, or ask for a deviation from the design practices.",
)
NO_THREAT = Sentence(
    "{interface} can be used across a boundary or from outside, and names no threat that comes through it.",
    next="Name in {interface} the threats that come through it.",
)
NOT_TESTED = Sentence(
    "{interface} can be used across a boundary or from outside, and no test case goes through it.",
    next="Write the test cases that attack {interface}.",
)
NOT_IN_DOCUMENTS = Sentence(
    "{interface} can be used from outside, and no document of {release} tells of it.",
    next="Tell users of {interface} in a document of {release}, and enter the place.",
)
CHANGED_SINCE = Sentence(
    "{interface} rests on something that changed: {fields}.",
    next="Look whether {interface} is still right, and sign it with its design.",
)
ON_LOGIN = (Capability.AUTHENTICATION, Capability.AUTHORISATION)
ALWAYS_ASKED = (InterfaceItem.CONTEXT, InterfaceItem.USERS_AND_ASSETS)


@check("development.interface_described", over=Interface, owner=SystemRole.ARCHITECT, needed=True)
def interfaces_are_described(interface: Item[Interface], view: View) -> Findings:
    """Each interface says all ten points, or why one does not apply; one to the outside is guarded, tested and told of.

    Source: IEC 81001-5-1:2021, 5.4.3.
    """
    content = interface.content
    absent = {line.item for line in content.absent}
    if empty := [one for one in _empty(interface, view) if one not in absent]:
        yield Gap(interface, NOT_DESCRIBED, interface=interface, points=empty)
    fields = list(dict.fromkeys(link.field for link in view.dossier.links(interface) if link.suspect))
    if fields:
        yield Gap(interface, CHANGED_SINCE, interface=interface, fields=fields)
    if not content.crosses_boundary and content.reach not in FROM_OUTSIDE:
        return
    if left_out := [one for one in ALWAYS_ASKED if one in absent]:
        yield Gap(interface, NOT_TO_BE_LEFT_OUT, interface=interface, points=left_out)
    if content.validation is None:
        yield Gap(interface, NO_VALIDATION, interface=interface)
    guarded = _capabilities(interface, view)
    missing = [one for one in ON_LOGIN if one not in guarded]
    if missing and interface.id not in view.once("interfaces let be", _let_be):
        yield Gap(interface, NO_LOGIN, interface=interface, capabilities=missing)
    if not content.threats:
        yield Gap(interface, NO_THREAT, interface=interface)
    if not any(interface.id in one.content.interfaces for one in view.dossier.back(interface, TestCase)):
        yield Gap(interface, NOT_TESTED, interface=interface).owed(by=SystemRole.TESTER)
    if content.reach in FROM_OUTSIDE and view.release is not None and not told.told_of(interface.id, view):
        yield Gap(interface, NOT_IN_DOCUMENTS, interface=interface, release=view.release)


def _empty(interface: Item[Interface], view: View) -> Iterator[InterfaceItem]:
    """Yield the points of which an interface says nothing; from where it is used, and across what, it always says."""
    content = interface.content
    told_points = {
        InterfaceItem.CONTEXT: content.context_meaning,
        InterfaceItem.USERS_AND_ASSETS: content.users and content.assets,
        InterfaceItem.CONSIDERATIONS: content.considerations or content.threats,
        InterfaceItem.PRIVILEGES: content.privileges,
        InterfaceItem.CAPABILITIES: content.capabilities or content.validation or content.output or content.errors,
        InterfaceItem.ITEMS: content.items,
        InterfaceItem.DOCUMENTATION: _is_told_elsewhere(interface, view) or told.told_of(interface.id, view),
        InterfaceItem.MITIGATIONS: content.mitigations,
    }
    return (point for point, said in told_points.items() if not said)


def _is_told_elsewhere(interface: Item[Interface], view: View) -> bool:
    """Return whether documents are not looked at here: of no release, or asked for by a rule of their own."""
    return view.release is None or interface.content.reach in FROM_OUTSIDE


def _capabilities(interface: Item[Interface], view: View) -> set[Capability]:
    """Return what the requirements are about for which controls in force of an interface were chosen."""
    by_control = view.once("capabilities by control", _by_control)
    return {
        capability
        for control in interface.content.capabilities
        if view.dossier.get(control) is not None
        for capability in by_control.get(control, ())
    }


def _by_control(view: View) -> Mapping[str, set[Capability]]:
    found: dict[str, set[Capability]] = {}
    for requirement in view.dossier.all(Requirement):
        for record in requirement.content.because:
            found.setdefault(record, set()).add(requirement.content.capability)
    return found


def _let_be(view: View) -> frozenset[str]:
    """Return what deviations from the design practices are about that have not ended."""
    return frozenset(
        str(record)
        for one in view.dossier.all(Deviation)
        if one.content.departs_from is DepartsFrom.DESIGN_PRACTICE and terms.lets_be(one, view)
        for record in one.content.about
    )


# --- as found on the build ------------------------------------------------------------------------------------------

UNREGISTERED = Sentence(
    "The build of {release} has {count} ways in that no interface describes: {ways}.",
    next="Describe the interfaces that were found, or close them.",
)
OPEN_TO_ANYBODY = Sentence(
    "{way} of the build of {release} asks for no login, and {interfaces} say nothing of the rights it takes.",
    next="Say in {interfaces} which rights it takes to use it, or `none` and why; or have it ask for a login.",
)
FOUND_OUTSIDE = Sentence(
    "{way} of the build of {release} was reached from {places}; {interfaces} are said to be used from inside alone.",
    next="Close the way in from outside, or correct the reach of {interfaces}.",
)
SET_UP_UNTOLD = Sentence(
    "It is not told in which set-up the ways into the build of {release} were found.",
    next="Look for them in a set-up like that of the security context, and say in `setup` which it was.",
)
# What reports call the inside of the product, from which nobody outside comes.
INSIDE = frozenset({"localhost", "loopback", "127.0.0.1", "::1", "internal", "inside", "local", "device", "the device"})
TRANSPORTS = frozenset({"tcp", "udp", "sctp"})


@check("development.exposed_surface_known", over="attack_surface", owner=SystemRole.ARCHITECT)
def the_exposed_surface_is_known(release: Item[Any], document: AttackSurface, view: View) -> Findings:
    """Each way into the build that a scan or list shows is an interface, which says as much of login and reach.

    Source: IEC 81001-5-1:2021, 5.3.2; 5.4.3.
    """
    if document.setup is None:
        yield Unknown(release, SET_UP_UNTOLD, release=release)
    located = view.once("interfaces by place", _Located)
    unknown: list[str] = []
    for exposed in document.exposed:
        found = list(located.at(exposed))
        way = f"{exposed.protocol} {exposed.place}"
        if not found:
            unknown.append(way)
            continue
        said: dict[str, Any] = {"way": way, "release": release, "interfaces": found}
        if exposed.login is False and not any(_says_privileges(one) for one in found):
            yield Gap(found[0], OPEN_TO_ANYBODY, **said)
        places = [one for one in exposed.reachable_from if one.casefold().strip() not in INSIDE]
        if places and all(one.content.reach is InterfaceReach.INTERNAL for one in found):
            yield Gap(found[0], FOUND_OUTSIDE, places=places, **said)
    if unknown:
        yield Gap(release, UNREGISTERED, release=release, count=len(unknown), ways=unknown)


def _says_privileges(interface: Item[Interface]) -> bool:
    absent = any(line.item is InterfaceItem.PRIVILEGES for line in interface.content.absent)
    return absent or interface.content.privileges is not None


class _Located:
    """The interfaces in force by where they are found."""

    def __init__(self, view: View) -> None:
        self._exact: dict[str, list[tuple[Locator, Item[Interface]]]] = {}
        self._patterns: list[tuple[Locator, Item[Interface]]] = []
        for interface in view.dossier.all(Interface):
            for locator in interface.content.locators:
                for place in _places(locator):
                    self._exact.setdefault(place, []).append((locator, interface))
                if locator.path is not None:
                    self._patterns.append((locator, interface))

    def at(self, exposed: Exposed) -> Iterable[Item[Interface]]:
        """Return the interfaces whose locators a way in fits, each once."""
        place = exposed.place.casefold()
        near = [*self._exact.get(place, ()), *self._exact.get(f"{exposed.protocol.casefold()} alone", ())]
        near += [one for one in self._patterns if fnmatchcase(exposed.place, one[0].path or "")]
        return {one.id: one for locator, one in near if _may_speak(locator, exposed.protocol)}.values()


def _places(locator: Locator) -> Iterator[str]:
    if locator.port is not None:
        yield str(locator.port)
    if locator.connector is not None:
        yield locator.connector.casefold()
    if locator.port is None and locator.connector is None and locator.path is None and locator.protocol is not None:
        yield f"{locator.protocol.casefold()} alone"


def _may_speak(locator: Locator, protocol: str) -> bool:
    """Return whether a locator does not speak another transport; what is spoken over one, a scan seldom tells."""
    spoken = (locator.protocol or "").casefold()
    return not {spoken, protocol.casefold()} <= TRANSPORTS or spoken == protocol.casefold()
