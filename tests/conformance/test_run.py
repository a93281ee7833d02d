"""The runner: what it calls a check with, and what it says in the check's place."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from asepsis.checks.check import Check
from asepsis.checks.view import AbsentFactsError, View
from asepsis.configuration.records import BillOfMaterials
from asepsis.conformance import run as runner
from asepsis.conformance.run import FaultyCheckError, Ran, run
from asepsis.development.records import Finding, RunOutcome, TestPlan, TestRun
from asepsis.exchange import facts as shapes
from asepsis.exchange import subjects
from asepsis.quality.records import Applicability, Nonconformity, ProductProfile, Role
from asepsis.record.dossier import Item
from asepsis.record.verdict import Gap, Unknown
from asepsis.statements.records import Attestation
from tests.conformance.assessing import WRONG, a_check, complains
from tests.dossiers import Story, evidence


def ran(check: Check, story: Story, **how: Any) -> Ran:
    return run(check, story.view(**how), strict=True)


def said(one: Ran) -> list[Any]:
    return [found.said.sentence for found in one.findings]


class Seen:
    """A check that remembers what it was called with."""

    def __init__(self) -> None:
        self.items: list[Any] = []

    def __call__(self, thing: Any, view: View) -> Iterator[Gap | Unknown]:
        self.items.append(thing)
        yield from ()


# --- nothing to go through ------------------------------------------------------------------------------------------


def test_a_check_with_nothing_to_go_through_is_silent() -> None:
    assert ran(a_check(Role), Story()).silent


def test_where_something_is_needed_nothing_is_a_gap() -> None:
    one = ran(a_check(Role, needed=True), Story())
    assert said(one) == [runner.NOTHING]
    assert one.findings[0].said.text() == "There is no role to look at."


def test_where_facts_are_needed_their_absence_is_told_as_facts() -> None:
    one = ran(a_check("components", needed=True), Story())
    assert one.findings[0].said.text() == "No components were imported, so there is nothing to look at."


def test_what_a_check_is_not_about_is_nothing_to_go_through() -> None:
    story = Story()
    story.add(Role)
    assert said(ran(a_check(Role, needed=True, when=lambda item, view: False), story)) == [runner.NOTHING]


def test_the_product_is_always_there_to_look_at() -> None:
    assert ran(a_check("product"), Story()).looked_at == [Story().view().product.id]


# --- what it is called with -----------------------------------------------------------------------------------------


def test_a_check_is_called_with_each_effective_record() -> None:
    story, seen = Story(), Seen()
    story.add(Role)
    story.add(Role)
    story.draft(Role)
    story.retire(story.add(Role))
    one = ran(a_check(Role, seen), story)
    assert [item.label for item in seen.items] == ["ORG-ROL-1", "ORG-ROL-2"]
    assert one.looked_at == [item.name for item in seen.items]


def test_a_check_of_all_is_called_once_with_all() -> None:
    story, seen = Story(), Seen()
    story.add(Role)
    story.add(Role)
    ran(a_check(Role, seen, whole=True), story)
    assert [[item.label for item in items] for items in seen.items] == [["ORG-ROL-1", "ORG-ROL-2"]]


def test_a_check_of_all_is_not_called_with_none() -> None:
    seen = Seen()
    assert ran(a_check(Role, seen, whole=True), Story()).silent
    assert seen.items == []


def test_what_was_taken_over_is_counted() -> None:
    story = Story()
    signed = {"role": "head of quality", "on": "2019-01-01", "meaning": "approved"}
    story.add(Role, taken_over={"original": evidence("the old list"), "signatures": [signed], "on": "2019-01-01"})
    story.add(Role)
    assert ran(a_check(Role), story).taken_over == 1


# --- what warns -----------------------------------------------------------------------------------------------------


def test_bad_news_counts_from_its_first_save() -> None:
    story = Story()
    story.draft(Finding)
    assert [found.about.label for found in ran(a_check(Finding, complains), story).findings] == ["GW-FND-1"]


@pytest.mark.parametrize("ended", ["reject", "withdraw"])
def test_bad_news_does_not_go_away_by_not_being_signed(ended: str) -> None:
    story = Story()
    finding = story.draft(Finding)
    story.submit(finding)
    getattr(story, ended)(finding)
    assert not ran(a_check(Finding), story).silent


def test_bad_news_that_is_being_rewritten_counts_both_ways() -> None:
    story, seen = Story(), Seen()
    finding = story.add(Finding, what="As it was.")
    story.revise(finding, signed=False, what="As it is now.")
    ran(a_check(Finding, seen), story)
    assert [(item.content.what, item.at_head) for item in seen.items] == [
        ("As it was.", False),
        ("As it is now.", True),
    ]


def test_bad_news_that_is_not_written_out_is_a_gap_and_no_check_sees_it() -> None:
    story, seen = Story(), Seen()
    story.unfinished(Nonconformity, title="Something is wrong")
    one = ran(a_check(Nonconformity, seen), story)
    assert said(one) == [runner.NOT_WRITTEN_OUT]
    assert seen.items == []
    assert not one.silent


def test_what_warns_by_its_content_counts_only_where_it_warns() -> None:
    story, seen = Story(), Seen()
    plan = story.add(TestPlan)
    for outcome in (RunOutcome.PASS, RunOutcome.FAIL):
        story.draft(TestRun, plan=plan, outcome=outcome)
    ran(a_check(TestRun, seen), story)
    assert [item.content.outcome for item in seen.items] == [RunOutcome.FAIL]


def test_a_draft_of_a_kind_that_does_not_warn_is_not_seen() -> None:
    story = Story()
    story.draft(Role)
    assert ran(a_check(Role, complains), story).silent


# --- broken links ---------------------------------------------------------------------------------------------------


def test_a_record_that_rests_on_what_is_not_in_force_has_a_gap() -> None:
    story = Story()
    profile = story.add(ProductProfile)
    story.add(Applicability, profile=profile)
    assert ran(a_check(Applicability), story).findings == []
    story.retire(profile, day="2026-02-01")
    one = ran(a_check(Applicability), story)
    assert said(one) == [runner.BROKEN]
    assert one.findings[0].said.text() == "GW-APP-1 rests on GW-PRD-1, which is not in force."


def test_what_a_record_only_names_may_be_gone() -> None:
    story = Story()
    role = story.add(Role)
    story.add(Attestation, rests_on=[role])
    story.retire(role, day="2026-02-01")
    assert ran(a_check(Attestation), story).findings == []


# --- facts ----------------------------------------------------------------------------------------------------------


def over_a_document(about: Any, document: Any, view: View) -> Iterator[Gap | Unknown]:
    yield Gap(about, WRONG, thing=about)


def test_facts_that_a_record_asks_for_and_are_not_there_are_unknown() -> None:
    story = Story()
    release = story.release()
    story.add(BillOfMaterials, release=release)
    one = ran(a_check("components", over_a_document), story, release=release)
    assert said(one) == [runner.ABSENT]
    assert isinstance(one.findings[0], Unknown)


def test_where_no_record_asks_for_facts_a_check_of_them_is_silent() -> None:
    story = Story()
    release = story.release()
    assert ran(a_check("components", over_a_document), story, release=release).silent


def test_facts_whose_bytes_are_gone_are_unknown() -> None:
    story = Story()
    release = story.release()
    story.bill(release, readable=False)
    assert said(ran(a_check("components", over_a_document), story, release=release)) == [runner.UNREADABLE]


def test_a_check_over_facts_gets_the_record_that_asks_and_the_document() -> None:
    story = Story()
    release = story.release()
    story.bill(release, shapes.Component(name="openssl"))
    got: list[tuple[str, int]] = []

    def looks(about: Item[Any], document: shapes.Components, view: View) -> Iterator[Gap | Unknown]:
        got.append((about.label, len(document.components)))
        yield from ()

    ran(a_check("components", looks), story, release=release)
    assert got == [("GW-BOM-1", 1)]


@pytest.mark.parametrize(("today", "expected"), [("2026-03-08", [WRONG]), ("2026-03-09", [runner.STALE])])
def test_facts_are_too_old_after_their_last_day(today: str, expected: list[Any]) -> None:
    story = Story(maintenance__feed_age_days=7)
    as_of = "2026-03-01T12:00:00Z"
    story.take_in(shapes.Feeds(as_of, ()), subjects.ORGANISATION, day="2026-03-01", as_of=as_of)
    assert said(ran(a_check("feeds", over_a_document), story, today=today)) == expected


def test_facts_that_a_check_asks_for_itself_and_are_not_there_are_unknown() -> None:
    def asks(thing: Any, view: View) -> Iterator[Gap | Unknown]:
        view.fact("people", subjects.ORGANISATION)
        yield from ()

    assert said(ran(a_check("product", asks), Story())) == [runner.ABSENT]


def test_what_cannot_be_told_to_be_of_the_check_is_unknown() -> None:
    def of_it(item: Item[Any], view: View) -> bool:
        raise AbsentFactsError("people", subjects.ORGANISATION)

    story = Story()
    story.add(Role)
    one = ran(a_check(Role, complains, when=of_it), story)
    assert said(one) == [runner.ABSENT]
    assert [found.about.label for found in one.findings] == ["ORG-ROL-1"]


# --- what is withheld -----------------------------------------------------------------------------------------------


def test_where_a_record_is_withheld_neither_gap_nor_pass_is_told() -> None:
    story = Story()
    story.add(Role)
    story.erase(story.add(Role))
    one = ran(a_check(Role, complains), story)
    assert said(one) == [runner.WITHHELD]
    assert one.findings[0].said.text() == "This rests on role records, and not all of that is in the dossier at hand."


def test_what_is_withheld_of_a_kind_that_was_not_asked_for_does_not_matter() -> None:
    story = Story()
    story.erase(story.add(Finding))
    assert ran(a_check(Role), story).silent


def test_a_check_that_asks_for_everything_rests_on_whatever_is_withheld() -> None:
    def all_of_it(thing: Any, view: View) -> Iterator[Gap | Unknown]:
        list(view.dossier.items())
        yield from ()

    story = Story()
    story.erase(story.add(Finding))
    assert said(ran(a_check("product", all_of_it), story)) == [runner.WITHHELD]


# --- faults ---------------------------------------------------------------------------------------------------------


def fails(thing: Any, view: View) -> Iterator[Gap | Unknown]:
    yield Gap(thing, WRONG, thing=thing)
    raise ZeroDivisionError


def test_a_fault_of_a_check_is_unknown_and_names_it(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.CRITICAL):
        one = run(a_check("product", fails, name="made.faulty"), Story().view())
    assert said(one) == [WRONG, runner.FAULT]
    assert "made.faulty" in one.findings[1].said.text()


def test_a_fault_in_what_a_check_is_about_is_unknown(caplog: pytest.LogCaptureFixture) -> None:
    def of_it(item: Item[Any], view: View) -> bool:
        raise ZeroDivisionError

    story = Story()
    story.add(Role)
    with caplog.at_level(logging.CRITICAL):
        assert said(run(a_check(Role, when=of_it), story.view())) == [runner.FAULT]


def test_a_fault_is_raised_where_faults_are_to_be_seen() -> None:
    with pytest.raises(FaultyCheckError, match=r"made\.faulty on GW"):
        run(a_check("product", fails, name="made.faulty"), Story().view(), strict=True)


# --- what it asked for ----------------------------------------------------------------------------------------------


def test_what_a_check_asked_for_is_kept() -> None:
    def asks(thing: Any, view: View) -> Iterator[Gap | Unknown]:
        view.dossier.all(Finding)
        view.facts_of("people")
        view.day(view.now)
        assert isinstance(view.today, date)
        yield from ()

    assert ran(a_check("product", asks), Story()).reads == {"product", "Finding", "people", "now", "today"}


def test_a_record_that_another_rests_on_was_asked_for() -> None:
    story = Story()
    story.add(Applicability, profile=story.add(ProductProfile))
    assert "ProductProfile" in ran(a_check(Applicability), story).reads


def test_a_record_that_is_not_here_may_be_any() -> None:
    def asks(thing: Any, view: View) -> Iterator[Gap | Unknown]:
        view.dossier.get("0" * 32)
        yield from ()

    assert "*" in ran(a_check("product", asks), Story()).reads
