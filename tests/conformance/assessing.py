"""Assessing stories: the inputs of one moment out of what happened, and checks and editions made up for a test."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from importlib import resources
from typing import Any

from asepsis.checks.check import Check, Heals, Over
from asepsis.checks.view import Product, View
from asepsis.clauses import policy
from asepsis.clauses.catalogue import DEFAULT, EDITIONS, Catalogue, catalogue_of
from asepsis.conformance.assess import Given, assess
from asepsis.conformance.assessment import Assessment, ObligationVerdict
from asepsis.record import content
from asepsis.record.dossier import Dossier, Stored
from asepsis.record.history import fold
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap, Unknown
from asepsis.sentences import Sentence
from tests.dossiers import PRODUCT, TODAY, ZONE, DayLike, Story, as_day

OWNER = Product(PRODUCT.id, PRODUCT.label)
WRONG = Sentence("{thing} is not as it should be.", next="Mend {thing}.")
UNSEEN = Sentence("{thing} cannot be looked at.", next="Bring {thing}.")
Says = Callable[[Any, View], Iterator[Gap | Unknown]]


def nothing(thing: Any, view: View) -> Iterator[Gap | Unknown]:
    """Has nothing to say."""
    yield from ()


def complains(thing: Any, view: View) -> Iterator[Gap | Unknown]:
    """Finds a gap in whatever it is given."""
    yield Gap(thing, WRONG, thing=thing)


def wonders(thing: Any, view: View) -> Iterator[Gap | Unknown]:
    """Cannot look at whatever it is given."""
    yield Unknown(thing, UNSEEN, thing=thing)


def a_check(
    over: Over = "product", says: Callable[..., Any] = nothing, /, name: str = "made.up", **flags: Any
) -> Check:
    """Return a check made up for a test: over the product and without anything to say, where nothing else is asked."""
    standing: dict[str, Any] = {
        "owner": SystemRole.QUALITY,
        "needed": False,
        "heals": Heals.WORK,
        "whole": False,
        "when": None,
    }
    return Check(name, over, says, **(standing | flags))


def an_edition(checks: Mapping[str, tuple[str, ...]]) -> Catalogue:
    """Return the catalogue with other checks for the obligations named; the rest keeps its own."""
    value = json.loads((resources.files("asepsis.clauses") / EDITIONS[DEFAULT]).read_bytes())
    for clause in value["clauses"]:
        for obligation in clause["obligations"]:
            obligation["checks"] = list(checks.get(obligation["id"], obligation["checks"]))
    return catalogue_of(json.dumps(value).encode())


def given(story: Story, today: DayLike = TODAY, *, until: DayLike | None = None) -> Given:
    """Return the inputs of one moment: everything that happened, or what had happened at the end of a day."""
    ledger = story.ledger()
    last = as_day(until).isoformat() if until is not None else "9999"
    histories = fold(one for one in ledger.entries if one[2]["at"][:10] <= last)
    gone = {
        revision.content for record in ledger.withheld & histories.keys() for revision in histories[record].revisions
    }
    values = {name: content.value_bytes(data) for name, data in ledger.contents.items() if name not in gone}
    dossier = Dossier(
        (Stored.of_history(one, values) for one in histories.values()),
        product=PRODUCT.id,
        position=sum(one[2]["at"][:10] <= last for one in ledger.entries) - 1,
        history=histories.__getitem__,
        earlier=values.get,
    )
    return Given(dossier, story.facts(), policy.in_force(story.settings), noon(today))


def noon(day: DayLike) -> datetime:
    """Return noon of a day, where the organisation sits."""
    return datetime.combine(as_day(day), datetime.min.time(), tzinfo=ZONE).replace(hour=12)


def assessed(
    story: Story,
    edition: Catalogue,
    *,
    today: DayLike = TODAY,
    release: str | None = None,
    released_on: DayLike | None = None,
) -> Assessment:
    """Return where the product of a story stands; with `released_on`, what is asked of a release is asked on that day."""
    now = given(story, today)
    return assess(
        now,
        edition,
        product=OWNER,
        product_name="Gateway",
        zone=ZONE,
        release=now.dossier.get(release),
        as_released=given(story, released_on, until=released_on) if released_on is not None else None,
        strict=True,
    )


def answer(identity: str, story: Story, edition: Catalogue, **how: Any) -> ObligationVerdict:
    """Return the answer for one obligation."""
    return assessed(story, edition, **how).obligation(identity)
