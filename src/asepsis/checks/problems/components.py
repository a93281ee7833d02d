"""What scanners found in the bills of any release, and in which versions its bills hold a package."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from asepsis.checks import terms
from asepsis.checks.exploited import scans_of
from asepsis.checks.view import AbsentFactsError, View
from asepsis.configuration.records import BillOfMaterials, Release
from asepsis.exchange.purl import PurlError, parse
from asepsis.problems.records import Exploitability
from asepsis.quality.domain import holds
from asepsis.record.dossier import Item
from asepsis.record.facts import TakenIn

if TYPE_CHECKING:
    from asepsis.exchange.facts import Match


def package_of(component: str) -> str:
    """Return a package URL without its version, to look it up by; what is none as it is written."""
    try:
        return str(parse(component).without_version).casefold()
    except PurlError:
        return component.casefold()


def version_of(component: str) -> str | None:
    """Return the version that a package URL names; `None` where it names none, or is none."""
    try:
        return parse(component).version
    except PurlError:
        return None


def versions_in(release: Item[Release], view: View) -> Mapping[str, frozenset[str]]:
    """Return in which versions the bills of a release hold each package, hash or name.

    Raises `AbsentFactsError` where it has no bill, or the components of one are not there.
    """
    return view.once(f"versions in {release.id}", lambda view: _versions_in(release, view))


def _versions_in(release: Item[Release], view: View) -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    bills = terms.bills(view, release)
    if not bills:
        raise AbsentFactsError("components", release.label)
    for bill in bills:
        for component in bill.components.components:
            called = [package_of(component.purl)] if component.purl else [component.name.casefold()]
            for key in (*called, *(digest.casefold() for _, digest in component.hashes)):
                found.setdefault(key, set()).add(component.version or "")
    return {key: frozenset(versions) for key, versions in found.items()}


def speaks_of(statement: Item[Exploitability], release: Item[Release]) -> bool:
    """Return whether a statement on exploitability speaks of a release: by name, or by its version."""
    said = statement.content
    return release.id in said.releases or holds(said.versions, release.content.version) is True


def newest_scan(bill: Item[BillOfMaterials], view: View) -> TakenIn:
    """Return the newest matches of a bill, without reading them. Raises `AbsentFactsError`."""
    scans = scans_of(bill.content.document.digest, view)
    if not scans:
        raise AbsentFactsError("matches", bill.label)
    return max(scans, key=lambda one: one.position)


def matches_in(release: Item[Release], names: Iterable[str], view: View) -> Iterator[Match]:
    """Yield what scanners found in the bills of a release by any of these names of an advisory.

    What they found not to be affected is left out. Raises `AbsentFactsError` where a bill was not laid against feeds.
    """
    by_name = view.once(f"matches in {release.id}", lambda view: _by_name(release, view))
    for name in dict.fromkeys(name.casefold() for name in names):
        yield from by_name.get(name, ())


def _by_name(release: Item[Release], view: View) -> dict[str, list[Match]]:
    found: dict[str, list[Match]] = {}
    for bill in terms.bill_records(view, release):
        for match in view.document(newest_scan(bill, view)).matches:
            if match.result != "not-affected":
                for name in dict.fromkeys(name.casefold() for name in (match.advisory, *match.aliases)):
                    found.setdefault(name, []).append(match)
    return found
