"""What becomes of a statement that is brought in: whose it is, and which of two about the same counts."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache

from asepsis.exchange.facts import Component
from asepsis.exchange.purl import Purl, PurlError, parse
from asepsis.exchange.vex.statement import Justification, Statement, Status
from asepsis.sentences import Said, Sentence

BOTH_SAID = Sentence("{one} and {other} are said of {component}, and not which of them is the newer.")
PRESENT = Sentence("It says that the component is not there, and the bill holds {component}.")
NEWER = Sentence("{status} is said of {component} later, at {at}.")


class Outcome(StrEnum):
    """What became of a statement that was brought in."""

    APPLIED = "applied"
    UNMATCHED = "unmatched"
    CONFLICTING = "conflicting"
    SUPERSEDED = "superseded"


def beaten(said: Statement, alike: Iterable[Statement]) -> tuple[Outcome, Said] | None:
    """Return why another statement about the same stands in the place of this one, where one does: a later one does."""
    others = [other for other in alike if meaning(other) != meaning(said)]
    later = max((one for one in others if (one.at or "") > (said.at or "")), key=lambda one: one.at or "", default=None)
    if later is not None:
        return Outcome.SUPERSEDED, NEWER.said(status=later.status, component=said.thing, at=later.at)
    same = next((one for one in others if one.at == said.at), None)
    if same is not None:
        return Outcome.CONFLICTING, BOTH_SAID.said(one=said.status, other=same.status, component=said.thing)
    return None


def meaning(said: Statement) -> tuple[Status, Justification | None]:
    """Return what a statement says, whatever it says it of."""
    return said.status, said.justification


def is_named(thing: str, component: Component) -> bool:
    """Return whether a statement's name of a thing is this component: by package URL, or by a digest of it.

    A package URL without a version names every version.
    """
    named, own = _purl(thing), _purl(component.purl or "")
    if named and own:
        same = (named.type, named.namespace, named.name) == (own.type, own.namespace, own.name)
        return same and named.version in (None, own.version)
    return thing.casefold() in (value.casefold() for _, value in component.hashes)


def name_of(component: Component) -> str:
    """Return how statements and records name a component: by package URL, else by SHA-256, else by name."""
    hashes = {algorithm.replace("-", "").casefold(): value for algorithm, value in component.hashes}
    return component.purl or hashes.get("sha256") or component.name


@lru_cache(maxsize=16_384)
def _purl(text: str) -> Purl | None:
    try:
        return parse(text)
    except PurlError:
        return None
