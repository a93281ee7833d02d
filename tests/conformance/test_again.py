"""Assessing again: the same bytes as a full run, and only what asked for the change is run."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given as examples
from hypothesis import settings
from hypothesis import strategies as st

from asepsis.checks.check import CHECKS, Check
from asepsis.checks.view import View
from asepsis.clauses import policy
from asepsis.clauses.catalogue import catalogue
from asepsis.configuration.records import Release
from asepsis.conformance.again import Earlier, assess_again, assess_first
from asepsis.conformance.assess import Given
from asepsis.conformance.assessment import document_bytes
from asepsis.conformance.run import Ran, run
from asepsis.development.records import SecurityPlan
from asepsis.exchange import facts as shapes
from asepsis.exchange import subjects
from asepsis.quality.records import Applicability, ProductProfile, Role
from asepsis.record import content
from asepsis.record.dossier import Dossier, Item, Stored
from asepsis.record.kind import KINDS, Kind
from asepsis.risk.records import Threat
from tests.conformance.assessing import OWNER, a_check, an_edition, given
from tests.dossiers import ZONE, Story

WRITTEN = tuple(kind for kind in KINDS.values() if kind.__module__.startswith("asepsis."))


class Told:
    """A runner that remembers which checks it ran."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def __call__(self, check: Check, view: View) -> Ran:
        self.names.append(check.id)
        return run(check, view, strict=True)


@functools.cache
def _told() -> tuple[Story, str, dict[type[Kind], str]]:
    """Return a story with a record of each kind in force, and its release."""
    story = Story()
    release = story.release()
    story.bill(release)
    story.people()
    records = {}
    for kind in WRITTEN:
        fields: dict[str, Any] = {"release": release} if "release" in kind.model_fields else {}
        records[kind] = story.add(kind, **fields)
    return story, release, records


def a_story() -> tuple[Story, str, dict[type[Kind], str]]:
    """Return the story, for a test to go on with."""
    story, release, records = _told()
    return copy.deepcopy(story), release, records


@functools.cache
def _earlier() -> Earlier:
    story, release, _ = _told()
    return first(story, release)


def first(story: Story, release: str | None, **how: Any) -> Earlier:
    now = given(story, **how)
    return assess_first(
        now, catalogue(), product=OWNER, product_name="Gateway", zone=ZONE, release=now.dossier.get(release or "")
    )


def again(earlier: Earlier, now: Given, touched: Iterable[str], release: str | None) -> tuple[Earlier, list[str]]:
    told = Told()
    made = assess_again(earlier, now, frozenset(touched), release=now.dossier.get(release or ""), runner=told)
    return made, told.names


# --- what happens in between ----------------------------------------------------------------------------------------


def _revised(story: Story, kind: type[Kind], record: str) -> None:
    story.revise(record, day="2026-05-01", title="Called otherwise")


def _rewritten(story: Story, kind: type[Kind], record: str) -> None:
    story.revise(record, day="2026-05-01", signed=False, title="Called otherwise")


def _retired(story: Story, kind: type[Kind], record: str) -> None:
    story.retire(record, day="2026-05-01")


def _added(story: Story, kind: type[Kind], record: str) -> None:
    story.add(kind, day="2026-05-01")


def _drafted(story: Story, kind: type[Kind], record: str) -> None:
    story.unfinished(kind, day="2026-05-01", title="Begun")


def _embargoed(story: Story, kind: type[Kind], record: str) -> None:
    story.erase(record)


ACTS: tuple[Callable[[Story, type[Kind], str], None], ...] = (
    _revised,
    _rewritten,
    _retired,
    _added,
    _drafted,
    _embargoed,
)


@settings(max_examples=30)
@examples(
    acts=st.lists(
        st.tuples(st.sampled_from(WRITTEN), st.sampled_from(ACTS)), min_size=1, max_size=2, unique_by=lambda one: one[0]
    ),
    facts=st.booleans(),
    hours=st.sampled_from((0, 1, 36)),
)
def test_assessing_again_gives_the_bytes_of_a_full_run(
    acts: list[tuple[type[Kind], Callable[..., None]]], facts: bool, hours: int
) -> None:
    (story, release, records), earlier = a_story(), _earlier()
    for kind, act in acts:
        if not (act is _added and kind.meta.single):
            act(story, kind, records[kind])
    touched = {kind.__name__ for kind, _ in acts}
    if facts:
        story.take_in(shapes.People(()), subjects.ORGANISATION, day="2026-06-01")
        touched.add("people")
    now = given(story)
    now = Given(now.dossier, now.facts, now.policy, now.now + timedelta(hours=hours))
    whole = assess_first(
        now, catalogue(), product=OWNER, product_name="Gateway", zone=ZONE, release=now.dossier.get(release)
    )
    made, _ = again(earlier, now, touched, release)
    assert document_bytes(made.assessment) == document_bytes(whole.assessment)


def test_a_dossier_changed_in_memory_is_the_one_that_is_read_anew() -> None:
    story, _, records = a_story()
    before = given(story).dossier
    old = _worked_out(before)
    for kind, act in ((Role, _revised), (ProductProfile, _retired), (SecurityPlan, _rewritten), (Threat, _added)):
        act(story, kind, records[kind])
    after, ledger = given(story).dossier, story.ledger()
    values = {name: content.value_bytes(data) for name, data in ledger.contents.items()}
    kinds = {"Role", "ProductProfile", "SecurityPlan", "Threat"}
    touched = [Stored.of_history(one, values) for one in ledger.histories.values() if one.kind in kinds]
    made = before.changed(touched, position=after.position, history=ledger.histories.__getitem__)
    assert _worked_out(made) == _worked_out(after)
    assert _worked_out(before) == old != _worked_out(after)


def _labels(items: Iterable[Item[Any]]) -> list[str]:
    return [one.label for one in items]


def _worked_out(dossier: Dossier) -> tuple[Any, ...]:
    """Return all that a dossier works out of its records."""
    items: list[Item[Any]] = list(dossier.items())
    return (
        dossier.digest,
        dossier.position,
        [item.name for item in items],
        [[link.target for link in dossier.broken(item)] for item in items],
        [_labels(dossier.back(item)) for item in items],
        _labels(dossier.retired()),
        [one.label for one in dossier.pending()],
        dossier.labelled("GW-THR-2"),
    )


def test_a_link_that_breaks_is_seen_though_only_its_target_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CHECKS, "made.up", a_check(Applicability))
    edition = an_edition({"7.2-1": ("made.up",)})
    story = Story()
    profile = story.add(ProductProfile)
    story.add(Applicability, profile=profile)
    earlier = assess_first(given(story), edition, product=OWNER, product_name="Gateway", zone=ZONE)
    assert earlier.assessment.obligation("7.2-1").gaps == ()
    story.retire(profile, day="2026-05-01")
    made = assess_again(earlier, given(story), {"ProductProfile"})
    assert [note.said.text() for note in made.assessment.obligation("7.2-1").gaps] == [
        "GW-APP-1 rests on GW-PRD-1, which is not in force."
    ]


# --- what is run ----------------------------------------------------------------------------------------------------


def asked_for(earlier: Earlier, *names: str) -> set[str]:
    ran = earlier.made.ran
    return {name for (_, name), one in ran.items() if one.reads & {*names}}


def test_where_nothing_moved_nothing_is_run() -> None:
    story, release, _ = a_story()
    earlier = first(story, release)
    made, names = again(earlier, given(story), (), release)
    assert names == []
    assert document_bytes(made.assessment) == document_bytes(earlier.assessment)


def test_only_the_checks_that_asked_for_a_kind_are_run_after_it_changed() -> None:
    story, release, records = a_story()
    earlier = first(story, release)
    _revised(story, Role, records[Role])
    _, names = again(earlier, given(story), {"Role"}, release)
    assert set(names) == asked_for(earlier, "Role", "*")
    assert 0 < len(names) < len(CHECKS) / 2


def test_only_the_checks_that_asked_for_facts_are_run_after_new_ones_came() -> None:
    story, release, _ = a_story()
    earlier = first(story, release)
    story.people(quality=("2020-01-01", "2026-06-01"))
    _, names = again(earlier, given(story), {"people"}, release)
    assert set(names) == asked_for(earlier, "people", "*")


@pytest.mark.parametrize(("hours", "moved"), [(1, {"now"}), (36, {"now", "today"})])
def test_only_the_checks_that_asked_for_the_day_are_run_after_it_turned(hours: int, moved: set[str]) -> None:
    story, release, _ = a_story()
    earlier = first(story, release)
    now = given(story)
    later = Given(now.dossier, now.facts, now.policy, now.now + timedelta(hours=hours))
    _, names = again(earlier, later, (), release)
    assert set(names) == asked_for(earlier, *moved)


def test_only_the_checks_that_asked_for_the_policy_are_run_after_it_moved() -> None:
    story, release, _ = a_story()
    earlier = first(story, release)
    now = given(story)
    moved = policy.in_force({"statements.attestation_months": 6})
    _, names = again(earlier, Given(now.dossier, now.facts, moved, now.now), (), release)
    assert set(names) == asked_for(earlier, "policy")


def test_only_the_checks_that_asked_for_the_release_are_run_for_another_one() -> None:
    story, release, _ = a_story()
    story.release("2.0.0")
    earlier = first(story, release)
    now = given(story)
    other = next(one.id for one in now.dossier.all(Release) if one.id != release)
    made, names = again(earlier, now, (), other)
    assert set(names) == asked_for(earlier, "release")
    assert document_bytes(made.assessment) == document_bytes(first(story, other).assessment)


def test_a_baseline_that_is_the_same_is_not_looked_at_again() -> None:
    story, release, records = a_story()
    now, then = given(story), given(story, "2026-03-01", until="2026-03-01")
    item: Item[Release] | None = now.dossier.get(release)
    earlier = assess_first(
        now, catalogue(), product=OWNER, product_name="Gateway", zone=ZONE, release=item, as_released=then
    )
    _revised(story, Role, records[Role])
    told = Told()
    later = given(story)
    made = assess_again(earlier, later, {"Role"}, release=item, as_released=then, runner=told)
    of_head = {name for (at, name), one in earlier.made.ran.items() if at.value == "head" and one.reads & {"Role", "*"}}
    assert set(told.names) == of_head
    whole = assess_first(
        later, catalogue(), product=OWNER, product_name="Gateway", zone=ZONE, release=item, as_released=then
    )
    assert document_bytes(made.assessment) == document_bytes(whole.assessment)
    assert msgspec.json.decode(document_bytes(made.assessment))["as_released"]["day"] == "2026-03-01"
