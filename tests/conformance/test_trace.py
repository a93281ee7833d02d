"""The trace: both ways through every link, nearest first, each record once, with the mark of what changed."""

from __future__ import annotations

from typing import Any

from asepsis.conformance.trace import CHAIN, Trace, chain, trace
from asepsis.quality.records import Applicability, ProductProfile, Role
from asepsis.record.dossier import Dossier, Item
from asepsis.record.kind import KINDS
from asepsis.risk.records import Element, SystemModel, Threat
from tests.conformance.assessing import given
from tests.dossiers import Story


def threatened() -> tuple[Story, str, str, str]:
    """Return a threat on an element of a model."""
    story = Story()
    model = story.add(SystemModel)
    element = story.add(Element, model=model, title="A flow")
    threat = story.add(Threat, element=element)
    return story, model, element, threat


def of(dossier: Dossier, record: str) -> Trace:
    item: Item[Any] | None = dossier.get(record)
    assert item is not None
    return trace(dossier, item)


def steps(trace: Trace, *, down: bool) -> list[tuple[str, int, bool]]:
    return [(one.item.label, one.distance, one.suspect) for one in (trace.rests_on if down else trace.hangs_on_it)]


def test_a_record_rests_on_what_its_links_lead_to_the_nearest_first() -> None:
    story, _, _, threat = threatened()
    assert steps(of(given(story).dossier, threat), down=True) == [("GW-ELM-1", 1, False), ("GW-MOD-1", 2, False)]


def test_what_hangs_on_a_record_is_found_the_other_way() -> None:
    story, model, _, _ = threatened()
    assert steps(of(given(story).dossier, model), down=False) == [("GW-ELM-1", 1, False), ("GW-THR-1", 2, False)]


def test_a_link_to_what_changed_since_is_marked_both_ways() -> None:
    story, _, element, threat = threatened()
    story.revise(element, day="2026-03-01", title="Another flow", zone="outside")
    dossier = given(story).dossier
    assert steps(of(dossier, threat), down=True)[0] == ("GW-ELM-1", 1, True)
    assert ("GW-THR-1", 1, True) in steps(of(dossier, element), down=False)
    story.look(threat, element, day="2026-04-01")
    assert steps(of(given(story).dossier, threat), down=True)[0] == ("GW-ELM-1", 1, False)


def test_what_is_no_longer_in_force_is_not_on_the_way() -> None:
    story, _, element, threat = threatened()
    story.retire(element, day="2026-03-01")
    assert steps(of(given(story).dossier, threat), down=True) == []


def test_a_walk_ends_after_as_many_records_as_were_asked_for() -> None:
    story, _, element, _ = threatened()
    for _ in range(5):
        story.add(Threat, element=element)
    dossier = given(story).dossier
    item: Item[Any] | None = dossier.get(element)
    assert item is not None
    assert len(trace(dossier, item, most=0).hangs_on_it) == 0
    assert len(trace(dossier, item).hangs_on_it) == 6


def test_a_record_alone_has_an_empty_trace() -> None:
    story = Story()
    role = story.add(Role)
    found = of(given(story).dossier, role)
    assert (found.rests_on, found.hangs_on_it) == ((), ())


def test_the_chain_names_kinds_that_are_there() -> None:
    assert {name for _, names in CHAIN for name in names} <= KINDS.keys()


def test_a_hole_in_the_chain_stays_as_an_empty_column() -> None:
    story, *_ = threatened()
    columns = {one.title: [item.label for item in one.items] for one in chain(given(story).dossier)}
    assert list(columns) == [title for title, _ in CHAIN]
    assert (columns["Element"], columns["Threat"], columns["Risk"]) == (["GW-ELM-1"], ["GW-THR-1"], [])


def test_organisations_and_products_records_trace_into_each_other() -> None:
    story = Story()
    profile = story.add(ProductProfile)
    story.add(Applicability, profile=profile)
    assert steps(of(given(story).dossier, profile), down=False) == [("GW-APP-1", 1, False)]
