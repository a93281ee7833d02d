"""Statements on known vulnerabilities: each is opened again where what it rested on is another now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from asepsis.checks import terms
from asepsis.checks.check import Findings, check
from asepsis.checks.problems.components import matches_in, package_of, speaks_of, version_of, versions_in
from asepsis.checks.view import View
from asepsis.configuration.records import Release
from asepsis.problems.domain import changed, ground_of, known_of, same_component
from asepsis.problems.records import EpssBand, Exploitability, Justification, Reachability, Status
from asepsis.record.dossier import Item
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap, Unknown
from asepsis.sentences import Sentence

if TYPE_CHECKING:
    from asepsis.exchange.facts import Match

OPENED = Sentence(
    "{statement} on {advisory} was made for {release} when things were otherwise: {reasons}.",
    next="Decide {statement} again with what is known now, and enter what it rests on.",
)
EXPLOITED = Sentence(
    "{statement} on {advisory} was made when the catalogue of exploited vulnerabilities did not list it; it does now.",
    next="Decide {statement} again with that in mind.",
)
GONE = Sentence(
    "{statement} rests on what {advisory} said of {component}; the newest scans do not tell it any more: it was withdrawn, or "
    "speaks of other versions now.",
    next="Retire {statement}, or decide it again without it.",
)
OTHER_VERSION = Sentence(
    "{statement} speaks of {component} in {release}, whose bill holds it in {versions}.",
    next="Decide {statement} again for what the bill of {release} holds.",
)
OTHER_CONFIGURATION = Sentence(
    "{statement} speaks of {release} in the configuration '{configuration}', of which there is no bill any more.",
    next="Decide {statement} again for the configurations that there are.",
)
REACHED = Sentence(
    "{statement} rests on the flawed code of {advisory} being {reachability} in {release}; {other} says that it is {found}.",
    next="Look again, and correct {statement} or {other}.",
)
NOT_TOLD = Sentence(
    "Whether {statement} still stands on what it rested on is not known: the newest scan of {release} does not tell {what}.",
    next="Lay the bill of {release} against the feeds of today, with EPSS, and import the result.",
)
LASTING = (Status.NOT_AFFECTED, Status.AFFECTED)


def _lasts(statement: Item[Exploitability], view: View) -> bool:
    said = statement.content
    if said.status not in LASTING or terms.past(said.until, view):
        return False
    return any(speaks_of(statement, one) for one in terms.supported_releases(view))


@check("problems.statements_hold", over=Exploitability, owner=SystemRole.SECURITY, when=_lasts)
def statements_hold(statement: Item[Exploitability], view: View) -> Findings:
    """Each statement still stands on what it rested on: component, configuration, reachability, advisory, KEV, EPSS band.

    That attackers use what is said not to matter is told by another check, sooner. Raises `AbsentFactsError` where the
    bill of a supported release, or its scan, is not there.

    Source: IEC 81001-5-1:2021, 9.3.
    """
    for release in terms.supported_releases(view):
        if speaks_of(statement, release):
            yield from _still_held(statement, release, view)
            yield from _still_known(statement, release, view)
            yield from _still_reached(statement, release, view)
    yield from _still_told(statement, view)


def _still_held(statement: Item[Exploitability], release: Item[Release], view: View) -> Findings:
    said = statement.content
    if said.justification is Justification.COMPONENT_NOT_PRESENT:
        return
    configurations = {one.content.configuration for one in terms.bill_records(view, release)}
    if configurations and said.configuration is not None and not {said.configuration, None} & configurations:
        yield Gap(
            statement, OTHER_CONFIGURATION, statement=statement, release=release, configuration=said.configuration
        )  # fmt: skip
    versions = versions_in(release, view).get(package_of(said.component), frozenset())
    version = version_of(said.component)
    if version is not None and versions and version not in versions:
        yield Gap(
            statement, OTHER_VERSION, statement=statement, component=said.component, release=release,
            versions=sorted(versions),
        )  # fmt: skip


def _still_known(statement: Item[Exploitability], release: Item[Release], view: View) -> Findings:
    """Hold what a statement rested on against the newest scan of a release, where this tells the advisory."""
    said, found = statement.content, _matches(statement, release, view)
    if not found:
        return
    known, then = known_of(found), ground_of(statement.content)
    if known.kev and not then.kev and said.status is Status.AFFECTED:
        yield Gap(statement, EXPLOITED, statement=statement, advisory=said.advisory_id).owed(urgent=True)
    is_told = {
        "its EPSS": then.epss is EpssBand.UNKNOWN or known.epss is not EpssBand.UNKNOWN,
        "what its advisory says": then.advisory is None or known.advisory is not None,
    }
    if left := [what for what, told in is_told.items() if not told]:
        yield Unknown(statement, NOT_TOLD, statement=statement, release=release, what=left)
    now = replace(
        then,
        epss=known.epss if is_told["its EPSS"] else then.epss,
        advisory=known.advisory if is_told["what its advisory says"] else then.advisory,
    )
    if reasons := [one.text() for one in changed(then, now)]:
        yield Gap(
            statement, OPENED, statement=statement, advisory=said.advisory_id, release=release, reasons=reasons
        )  # fmt: skip


def _still_told(statement: Item[Exploitability], view: View) -> Findings:
    """Look whether a scan still tells the advisory that the statement rests on, where a bill still holds its component."""
    said = statement.content
    if said.rests_on.advisory is None or said.justification is Justification.COMPONENT_NOT_PRESENT:
        return
    spoken_of = [one for one in terms.supported_releases(view) if speaks_of(statement, one)]
    package, version = package_of(said.component), version_of(said.component)
    held = frozenset().union(*(versions_in(one, view).get(package, ()) for one in spoken_of))
    is_held = bool(held) if version is None else version in held
    if is_held and not any(_matches(statement, one, view) for one in spoken_of):
        yield Gap(statement, GONE, statement=statement, advisory=said.advisory_id, component=said.component)


def _matches(statement: Item[Exploitability], release: Item[Release], view: View) -> list[Match]:
    said = statement.content
    found = matches_in(release, (said.advisory_id, *said.aliases), view)
    return [one for one in dict.fromkeys(found) if same_component(said.component, one.component)]


def _still_reached(statement: Item[Exploitability], release: Item[Release], view: View) -> Findings:
    said = statement.content
    if said.rests_on.reachability is not Reachability.NOT_REACHABLE:
        return
    for other in _alike(statement, view):
        found = other.content.rests_on.reachability
        if found is Reachability.REACHABLE and speaks_of(other, release) and not terms.past(other.content.until, view):
            yield Gap(
                statement, REACHED, statement=statement, advisory=said.advisory_id, release=release, other=other,
                reachability=said.rests_on.reachability, found=found,
            )  # fmt: skip


def _alike(statement: Item[Exploitability], view: View) -> Iterator[Item[Exploitability]]:
    """Yield the other statements on the same flaw in the same component and configuration."""
    said = statement.content
    by_name = view.once("statements by name", _by_name)
    found = {one.id: one for name in _names(said) for one in by_name.get(name, ())}
    for one in found.values():
        other = one.content
        apart = None not in (said.configuration, other.configuration) and said.configuration != other.configuration
        same = same_component(said.component, other.component) or same_component(other.component, said.component)
        if one.id != statement.id and same and not apart:
            yield one


def _by_name(view: View) -> dict[str, list[Item[Exploitability]]]:
    found: dict[str, list[Item[Exploitability]]] = {}
    for one in view.dossier.all(Exploitability):
        for name in _names(one.content):
            found.setdefault(name, []).append(one)
    return found


def _names(said: Exploitability) -> Iterable[str]:
    return dict.fromkeys(name.casefold() for name in (said.advisory_id, *said.aliases))
