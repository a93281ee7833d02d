"""Where a product stands: what is asked, what decides it, what does not apply, what is answered, and at which moment."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from asepsis.checks.check import CHECKS, Check, Heals
from asepsis.checks.view import View
from asepsis.clauses.catalogue import Catalogue, Modality, catalogue
from asepsis.configuration.records import Category, ReleaseKind, SoftwareItem, Supplier, SupplierKind
from asepsis.conformance import assess as assessing
from asepsis.conformance.assess import release_looked_at
from asepsis.conformance.assessment import Assessment, Note, ObligationVerdict
from asepsis.development.records import Finding, ReleaseDecision, ReleaseOutcome, SecurityPlan, TestPlan
from asepsis.exchange import facts as shapes
from asepsis.quality.records import Applicability, ImprovementAction, ProductProfile, Role, Route
from asepsis.record.kind import KINDS
from asepsis.record.verdict import Gap, Unknown, Verdict
from asepsis.statements.records import NotApplicable
from asepsis.transition.records import TransitionGap
from tests.conformance.assessing import (
    UNSEEN,
    WRONG,
    a_check,
    an_edition,
    answer,
    assessed,
    complains,
    given,
    nothing,
    wonders,
)
from tests.conftest import ROOT
from tests.dossiers import Cast, Story, evidence
from tests.kinds import an_id

HEAD, OF_RELEASE = "7.2-1", "5.4.3-1"  # an obligation of the head, and one of the release, on which no condition bears
Deciding = Callable[..., Catalogue]


@pytest.fixture
def deciding(monkeypatch: pytest.MonkeyPatch) -> Deciding:
    """Return an edition in which the checks given decide an obligation, and nothing else does."""

    def decide(obligation: str, *checks: Check, awaited: tuple[str, ...] = ()) -> Catalogue:
        names = []
        for number, one in enumerate(checks):
            named = a_check(
                one.over,
                one.function,
                name=f"made.up_{number}",
                needed=one.needed,
                heals=one.heals,
                whole=one.whole,
                when=one.when,
            )
            monkeypatch.setitem(CHECKS, named.id, named)
            names.append(named.id)
        return an_edition({obligation: (*names, *awaited)})

    return decide


def sentences(notes: tuple[Note, ...]) -> list[str]:
    return [note.sentence["template"] for note in notes]


def transitional(story: Story, **fields: Any) -> None:
    proof = {"developed_before": "2020-01-01", "developed_before_proof": evidence("the old release note")}
    story.add(Applicability, **({"route": Route.TRANSITIONAL} | proof | fields))


# --- what is asked --------------------------------------------------------------------------------------------------


def asked(assessment: Assessment) -> set[str]:
    return {one.clause for one in assessment.obligations if one.counts}


def carrying(edition: Catalogue, route: str) -> set[str]:
    return {number for number in edition.route(route) if edition.clause(number).decided_by is not None}


def test_without_an_applicability_clauses_4_to_9_are_asked() -> None:
    there = assessed(Story(), catalogue())
    assert there.route == "full"
    assert asked(there) == carrying(catalogue(), "full")
    assert there.clause("F.2").verdict is Verdict.NOT_ASKED


@pytest.mark.parametrize("route", list(Route))
def test_the_effective_applicability_chooses_what_is_asked(route: Route) -> None:
    story = Story()
    transitional(story, route=route)
    there = assessed(story, catalogue())
    assert there.route == route
    assert asked(there) == carrying(catalogue(), route)


@pytest.mark.parametrize("end", ["draft", "retire"])
def test_an_applicability_that_is_not_in_force_chooses_nothing(end: str) -> None:
    story = Story()
    if end == "draft":
        story.draft(Applicability, route=Route.NONE)
    else:
        story.retire(story.add(Applicability, route=Route.NONE), day="2026-02-01")
    assert assessed(story, catalogue()).route == "full"


def test_what_is_not_asked_is_in_no_count_and_needs_no_exclusion() -> None:
    story = Story()
    transitional(story)
    there = assessed(story, catalogue())
    assert {one.verdict for one in there.of_clause("5.8.1")} == {Verdict.NOT_ASKED}
    assert not any(one.counts for one in there.of_clause("5.2.1"))  # read by Annex F, and still not asked
    assert there.clause("5.2.1").verdict is Verdict.NOT_ASKED


def test_a_clause_without_a_requirement_stands_in_no_count() -> None:
    there = assessed(Story(), catalogue())
    assert there.clause("9.1").verdict is Verdict.NOT_ASKED
    assert sum(there.counted().values()) == sum(one.decided_by is not None for one in catalogue().clauses)


def test_what_explains_or_permits_is_not_asked() -> None:
    verdicts = {one.id: one for one in assessed(Story(), catalogue()).obligations}
    for obligation in catalogue().obligations:
        if not obligation.asks:
            assert verdicts[obligation.id].verdict is Verdict.NOT_ASKED


@pytest.mark.parametrize("counts", [False, True])
def test_recommendations_and_unconfirmed_duties_count_where_the_policy_says_so(counts: bool) -> None:
    there = assessed(Story(statements__count_recommended=counts), catalogue())
    for identity in ("4.2-4", "4.1.3-2"):  # a recommendation and an unconfirmed one, in clauses decided by requirements
        assert catalogue().obligation(identity).modality in (Modality.RECOMMENDATION, Modality.UNCONFIRMED)
        assert there.obligation(identity).counts is counts


def test_each_obligation_has_what_decides_it() -> None:
    for one in catalogue().obligations:
        assert one.checks or one.composed_of or one.attestation or one.no_check


def test_no_check_is_out_of_reach() -> None:
    reached = {
        looked.check
        for story in (Story(), _on_annex_f())
        for one in assessed(story, catalogue()).obligations
        for looked in one.looked
    }
    assert sorted(CHECKS.keys() - reached) == []


def _on_annex_f() -> Story:
    story = Story()
    transitional(story)
    return story


# --- joined ---------------------------------------------------------------------------------------------------------


def test_an_obligation_is_met_where_a_check_looked_and_has_nothing_to_say(deciding: Deciding) -> None:
    assert answer(HEAD, Story(), deciding(HEAD, a_check())).verdict is Verdict.MET


def test_a_gap_comes_before_an_unknown_and_that_before_met(deciding: Deciding) -> None:
    found = [
        answer(HEAD, Story(), deciding(HEAD, *(a_check("product", says) for says in of))).verdict
        for of in ((complains, wonders, nothing), (wonders, nothing))
    ]
    assert found == [Verdict.GAP, Verdict.UNKNOWN]


def test_an_obligation_all_of_whose_checks_are_silent_is_a_gap(deciding: Deciding) -> None:
    there = answer(HEAD, Story(), deciding(HEAD, a_check(Role), a_check(Finding)))
    assert sentences(there.gaps) == [assessing.NOTHING_SHOWS.template]


def test_a_check_that_looked_speaks_for_one_that_is_silent(deciding: Deciding) -> None:
    assert answer(HEAD, Story(), deciding(HEAD, a_check(Role), a_check())).verdict is Verdict.MET


def test_a_finding_about_one_obligation_leaves_the_others_of_its_check_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def about_one(thing: Any, view: View) -> Iterator[Gap | Unknown]:
        yield Gap(thing, WRONG, thing=thing).serving("7.3-1")

    monkeypatch.setitem(CHECKS, "made.up", a_check("product", about_one))
    there = assessed(Story(), an_edition({"7.3-1": ("made.up",), HEAD: ("made.up",)}))
    assert (there.obligation("7.3-1").verdict, there.obligation(HEAD).verdict) == (Verdict.GAP, Verdict.MET)


def test_a_check_that_is_not_built_yet_makes_an_obligation_unknown_and_is_counted(deciding: Deciding) -> None:
    there = assessed(Story(), deciding(HEAD, a_check(), awaited=("to.come",)))
    assert there.obligation(HEAD).verdict is Verdict.UNKNOWN
    assert [(one.id, one.awaited) for one in there.awaited] == [(HEAD, ("to.come",))]


def test_a_gap_is_a_gap_whatever_is_still_to_be_built(deciding: Deciding) -> None:
    edition = deciding(HEAD, a_check("product", complains), awaited=("to.come",))
    assert answer(HEAD, Story(), edition).verdict is Verdict.GAP


def test_what_was_looked_at_is_kept_with_a_digest_and_some_names(deciding: Deciding) -> None:
    story = Story()
    for _ in range(25):
        story.add(Role)
    looked = answer(HEAD, story, deciding(HEAD, a_check(Role))).looked
    assert [(one.count, len(one.names), list(one.names) == sorted(one.names)) for one in looked] == [(25, 20, True)]


# --- what does not apply --------------------------------------------------------------------------------------------

MAINTAINED = "6.3.2-1"  # applies where maintained items exist


@pytest.mark.parametrize(("today", "verdict"), [("2026-06-30", Verdict.NOT_APPLICABLE), ("2026-07-01", Verdict.GAP)])
def test_an_exclusion_holds_until_its_last_day(deciding: Deciding, today: str, verdict: Verdict) -> None:
    story = Story()
    story.add(NotApplicable, obligation=MAINTAINED, until="2026-06-30")
    there = answer(MAINTAINED, story, deciding(MAINTAINED, a_check()), today=today)
    assert there.verdict is verdict
    assert sentences(there.gaps) == ([assessing.EXCLUSION_OVER.template] if verdict is Verdict.GAP else [])


def test_an_exclusion_that_nobody_signed_excludes_nothing(deciding: Deciding) -> None:
    story = Story()
    story.draft(NotApplicable, obligation=MAINTAINED, until="2027-01-01")
    assert answer(MAINTAINED, story, deciding(MAINTAINED, a_check())).verdict is Verdict.MET


def test_of_two_exclusions_the_one_that_holds_longest_counts(deciding: Deciding) -> None:
    story = Story()
    story.add(NotApplicable, obligation=MAINTAINED, until="2027-01-01")
    story.add(NotApplicable, obligation=MAINTAINED, until="2026-06-30")
    there = answer(MAINTAINED, story, deciding(MAINTAINED, a_check()))
    assert there.not_applicable is not None
    assert there.not_applicable.label == "GW-NAP-1"


def test_an_exclusion_of_what_the_records_show_is_itself_the_gap(deciding: Deciding) -> None:
    story = Story()
    release = story.release()
    story.bill(release, shapes.Component(name="openssl", purl="pkg:generic/openssl@3.0"))
    story.add(SoftwareItem, purl="pkg:generic/openssl", versions=["*"], category=Category.MAINTAINED)
    story.add(NotApplicable, obligation=MAINTAINED, until="2027-01-01")
    there = answer(MAINTAINED, story, deciding(MAINTAINED, a_check()), release=release)
    assert [note.about.label for note in there.gaps] == ["GW-NAP-1"]
    assert sentences(there.gaps) == [assessing.CONDITION_HOLDS.template]


def test_an_exclusion_may_stand_beside_gaps_once_it_is_over(deciding: Deciding) -> None:
    story = Story()
    story.add(NotApplicable, obligation=MAINTAINED, until="2026-06-30")
    there = answer(MAINTAINED, story, deciding(MAINTAINED, a_check("product", complains)))
    assert set(sentences(there.gaps)) == {assessing.EXCLUSION_OVER.template, WRONG.template}


SERVICES = "5.7.1-2"  # part d applies where the product relies on services


@pytest.mark.parametrize("relies", [False, True])
def test_a_lettered_part_is_left_out_unless_the_records_show_its_condition(deciding: Deciding, relies: bool) -> None:
    story = Story()
    story.add(ProductProfile, relies_on_services=relies)
    story.add(NotApplicable, obligation=f"{SERVICES} d", until="2027-01-01")
    there = answer(SERVICES, story, deciding(SERVICES, a_check()))
    assert there.verdict is (Verdict.GAP if relies else Verdict.MET)
    assert [one.what for one in there.left_out] == ([] if relies else ["5.7.1-2 d"])
    assert sentences(there.gaps) == ([assessing.CONDITION_HOLDS.template] if relies else [])


@pytest.mark.parametrize(("until", "asks"), [("2026-11-25", False), ("2026-11-24", True)])
def test_the_check_of_a_lettered_part_that_is_left_out_does_not_ask_for_it(until: str, asks: bool) -> None:
    story = Story()
    release = story.release()
    story.add(TestPlan)
    story.add(NotApplicable, obligation=f"{SERVICES} d", until=until)
    there = answer(SERVICES, story, catalogue(), release=release)
    assert any("service-reliance" in note.said.text() for note in there.gaps) is asks


# --- answered -------------------------------------------------------------------------------------------------------


def late(*, action: bool = True, record_day: str = "2026-02-01", **fields: Any) -> tuple[Story, str]:
    """Return a role that came too late, and by default the action that answers for it, its effect checked."""
    story = Story()
    role = story.add(Role, day=record_day)
    if action:
        done: dict[str, Any] = {"done_on": "2026-04-01", "effect_checked_on": "2026-06-01", "worked": True}
        given = {"because": [role], "day": "2026-03-01", "owner": Cast.QUALITY, "due": "2026-05-01"}
        story.add(ImprovementAction, **(given | done | fields))
    return story, role


PAST = a_check(Role, complains, heals=Heals.ANSWERED)


def test_a_gap_about_what_is_past_is_answered_by_an_action_whose_effect_was_checked(deciding: Deciding) -> None:
    story, _ = late()
    there = answer(HEAD, story, deciding(HEAD, PAST))
    assert (there.verdict, there.gaps) == (Verdict.MET, ())
    assert [note.answered_by.label for note in there.answered if note.answered_by] == ["GW-IMP-1"]


@pytest.mark.parametrize(
    "fields",
    [
        {"done_on": None, "effect_checked_on": None, "worked": None},
        {"effect_checked_on": None, "worked": None},
        {"worked": False},
        {"because": [an_id("another record")]},
        {"day": "2026-01-31"},
    ],
    ids=["not done", "effect not checked", "did not help", "about something else", "older"],
)
def test_an_action_that_does_not_answer_leaves_the_gap(deciding: Deciding, fields: dict[str, Any]) -> None:
    story, _ = late(**fields)
    there = answer(HEAD, story, deciding(HEAD, PAST))
    assert (there.verdict, there.answered) == (Verdict.GAP, ())


def test_an_action_is_younger_than_what_was_last_signed_of_the_record(deciding: Deciding) -> None:
    story, role = late()
    story.revise(role, day="2026-07-01", accountable_for=["7.2"])
    assert answer(HEAD, story, deciding(HEAD, PAST)).verdict is Verdict.GAP


def test_a_second_action_answers_where_the_first_is_too_old(deciding: Deciding) -> None:
    story, role = late(day="2026-01-31")
    done: dict[str, Any] = {"done_on": "2026-04-01", "effect_checked_on": "2026-06-01", "worked": True}
    story.add(ImprovementAction, because=[role], day="2026-03-01", owner=Cast.QUALITY, due="2026-05-01", **done)
    there = answer(HEAD, story, deciding(HEAD, PAST))
    assert [note.answered_by.label for note in there.answered if note.answered_by] == ["GW-IMP-2"]


def test_a_gap_that_work_heals_is_never_answered(deciding: Deciding) -> None:
    story, _ = late()
    there = answer(HEAD, story, deciding(HEAD, a_check(Role, complains)))
    assert (there.verdict, there.answered) == (Verdict.GAP, ())


def test_at_an_earlier_baseline_an_answered_gap_stays_and_tells_what_answered_it_since(deciding: Deciding) -> None:
    story, _ = late()
    release = story.release()
    edition = deciding(OF_RELEASE, PAST)
    assert answer(OF_RELEASE, story, edition, release=release).verdict is Verdict.MET
    there = answer(OF_RELEASE, story, edition, release=release, released_on="2026-02-15")
    assert there.verdict is Verdict.GAP
    assert [note.answered_by.label for note in there.gaps if note.answered_by] == ["GW-IMP-1"]


# --- done in another way --------------------------------------------------------------------------------------------


def tailoring(obligation: str, **fields: Any) -> Story:
    story = Story()
    line = {"obligation": obligation, "why": "It has no screen.", "instead": "The log is read by two people."}
    story.add(SecurityPlan, tailoring=[line], **({"review_by": "2027-01-01"} | fields))
    return story


def test_a_tailored_duty_is_decided_by_what_is_done_instead(deciding: Deciding) -> None:
    there = answer(OF_RELEASE, tailoring(OF_RELEASE), deciding(OF_RELEASE, a_check("product", complains)))
    assert there.verdict is Verdict.MET
    assert there.tailored is not None
    assert (there.tailored.plan.label, there.tailored.instead) == ("GW-PLN-1", "The log is read by two people.")
    assert sentences(there.set_aside) == [WRONG.template]


@pytest.mark.parametrize(("review_by", "verdict"), [("2026-11-25", Verdict.MET), ("2026-11-24", Verdict.GAP)])
def test_a_plan_past_its_review_has_nothing_done_instead(deciding: Deciding, review_by: str, verdict: Verdict) -> None:
    story = tailoring(OF_RELEASE, review_by=review_by)
    assert answer(OF_RELEASE, story, deciding(OF_RELEASE, a_check("product", complains))).verdict is verdict


def test_bad_news_counts_however_a_duty_is_done(deciding: Deciding) -> None:
    story = tailoring(OF_RELEASE)
    story.draft(Finding)
    there = answer(OF_RELEASE, story, deciding(OF_RELEASE, a_check(Finding, complains)))
    assert [note.about.label for note in there.gaps] == ["GW-FND-1"]


@pytest.mark.parametrize("obligation", ["7.2-1", "5.1.1-1", "5.8.6-1"])
def test_only_duties_of_development_are_tailored_and_neither_the_plan_itself_nor_the_sum(
    deciding: Deciding, obligation: str
) -> None:
    there = answer(obligation, tailoring(obligation), deciding(obligation, a_check("product", complains)))
    assert (there.verdict, there.tailored) == (Verdict.GAP, None)


# --- moments --------------------------------------------------------------------------------------------------------


def test_what_is_asked_of_a_release_is_asked_at_its_baseline_and_all_else_today(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    story = Story()
    release = story.release()
    story.add(Role, day="2026-06-01")
    monkeypatch.setitem(CHECKS, "made.up", a_check(Role, complains))
    edition = an_edition({HEAD: ("made.up",), OF_RELEASE: ("made.up",)})
    there = assessed(story, edition, release=release, released_on="2026-03-01")
    assert sentences(there.obligation(HEAD).gaps) == [WRONG.template]
    assert sentences(there.obligation(OF_RELEASE).gaps) == [assessing.NOTHING_SHOWS.template]
    assert there.as_released is not None
    assert (there.as_released.day, there.moment.day) == ("2026-03-01", "2026-11-25")


def test_both_are_asked_of_one_moment_while_a_release_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    story = Story()
    story.add(Role, day="2026-06-01")
    monkeypatch.setitem(CHECKS, "made.up", a_check(Role, complains))
    there = assessed(story, an_edition({HEAD: ("made.up",), OF_RELEASE: ("made.up",)}))
    assert sentences(there.obligation(OF_RELEASE).gaps) == [WRONG.template]


def test_the_release_looked_at_by_itself_is_the_newest_that_is_open_else_the_newest() -> None:
    story = Story()
    assert release_looked_at(given(story).dossier) is None
    first, second = story.release("1.0.0"), story.release("2.0.0")
    story.send_out(second)
    assert getattr(release_looked_at(given(story).dossier), "id", None) == first
    story.send_out(first)
    assert getattr(release_looked_at(given(story).dossier), "id", None) == second


def test_a_release_that_was_refused_is_still_open() -> None:
    story = Story()
    release = story.release()
    story.send_out(release, outcome=ReleaseOutcome.REFUSE)
    assert getattr(release_looked_at(given(story).dossier), "id", None) == release


# --- what reads the verdicts of others ------------------------------------------------------------------------------


@pytest.fixture
def all_met(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Catalogue]:
    """Return an edition in which a check with nothing to say decides everything, but for the obligations named."""

    def decide(**others: Check) -> Catalogue:
        monkeypatch.setitem(CHECKS, "made.quiet", a_check(name="made.quiet"))
        names = {one.id: ("made.quiet",) for one in catalogue().obligations}
        for number, (obligation, check) in enumerate(others.items()):
            name = f"made.other_{number}"
            monkeypatch.setitem(CHECKS, name, a_check(check.over, check.function, name=name))
            names[obligation] = (name,)
        return an_edition(names)

    return decide


@pytest.mark.parametrize(
    ("clause_4_or_later", "composed"), [("4.2-1", "F.2-1"), ("5.2.1-1", "F.2-3"), ("7.3-1", "F.2-3"), ("8-1", "F.4-1")]
)
def test_a_composed_obligation_has_the_gaps_and_unknowns_of_its_clauses(
    all_met: Callable[..., Catalogue], clause_4_or_later: str, composed: str
) -> None:
    story = _on_annex_f()
    assert answer(composed, story, all_met()).verdict is Verdict.MET
    found = [
        answer(composed, story, all_met(**{clause_4_or_later: a_check("product", says)}))
        for says in (complains, wonders)
    ]
    assert [one.verdict for one in found] == [Verdict.GAP, Verdict.UNKNOWN]
    number = clause_4_or_later.partition("-")[0]
    assert [note.said.text() for note in found[0].gaps] == [f"{number}, on which this rests, have gaps."]


def test_what_a_transition_gap_justifies_may_stay_open_in_annex_f(all_met: Callable[..., Catalogue]) -> None:
    story = _on_annex_f()
    edition = all_met(**{"5.2.1-1": a_check("product", complains)})
    story.add(TransitionGap, clause="5.2.1", justified="It is behind a wall.", risk=an_id("risk"))
    assert answer("F.2-3", story, edition).verdict is Verdict.MET


def test_the_sum_over_all_is_a_gap_where_another_obligation_has_one(all_met: Callable[..., Catalogue]) -> None:
    assert answer("5.8.6-1", Story(), all_met()).verdict is Verdict.MET
    there = answer("5.8.6-1", Story(), all_met(**{HEAD: a_check("product", complains)}))
    assert [note.said.text() for note in there.gaps] == [f"1 other obligations of this release have gaps: {HEAD}."]


def test_the_sum_over_all_is_unknown_where_another_obligation_is(all_met: Callable[..., Catalogue]) -> None:
    there = answer("5.8.6-1", Story(), all_met(**{HEAD: a_check("product", wonders)}))
    assert (there.verdict, sentences(there.unknowns)) == (Verdict.UNKNOWN, [assessing.UNSEEN_ACTIVITIES.template])


def test_the_sum_over_all_tells_how_many_are_not_looked_at_yet(deciding: Deciding) -> None:
    there = answer("5.8.6-1", Story(), deciding(HEAD, a_check(), awaited=("to.come",)))
    assert assessing.UNBUILT_ACTIVITIES.template in sentences(there.unknowns)


@pytest.mark.parametrize(
    ("kind", "today", "verdict"),
    [
        (ReleaseKind.UPDATE, "2026-06-30", Verdict.MET),
        (ReleaseKind.UPDATE, "2026-07-01", Verdict.GAP),
        (ReleaseKind.PRODUCT, "2026-06-30", Verdict.GAP),
    ],
)
def test_the_sum_over_all_leaves_gaps_that_an_update_takes_on_until_their_day(
    all_met: Callable[..., Catalogue], kind: ReleaseKind, today: str, verdict: Verdict
) -> None:
    story = Story()
    release = story.release(kind=kind, predecessor=story.release("0.9.0"))
    taken = {"obligation": HEAD, "why_better_off": "It heals.", "owner": Cast.QUALITY, "due": "2026-06-30"}
    story.add(ReleaseDecision, release=release, outcome=ReleaseOutcome.RELEASE_WITH_GAPS, gaps=[taken])
    edition = all_met(**{HEAD: a_check("product", complains)})
    assert answer("5.8.6-1", story, edition, release=release, today=today).verdict is verdict


# --- nothing is met undeserved --------------------------------------------------------------------------------------


def met(assessment: Assessment) -> list[ObligationVerdict]:
    return [one for one in assessment.obligations if one.verdict in (Verdict.MET, Verdict.NOT_APPLICABLE)]


def of_each_kind(story: Story, write: Callable[..., Any]) -> Story:
    for kind in KINDS.values():
        if kind.__module__.startswith("asepsis."):
            write(kind)
    return story


@pytest.mark.parametrize("route", list(Route))
@pytest.mark.parametrize("with_release", [False, True])
def test_an_empty_dossier_gets_no_met(route: Route, with_release: bool) -> None:
    story = Story()
    transitional(story, route=route)
    release = story.release() if with_release else None
    assert met(assessed(story, catalogue(), release=release)) == []


def test_a_dossier_of_drafts_gets_no_met() -> None:
    story = Story()
    assert met(assessed(of_each_kind(story, story.draft), catalogue())) == []


def test_a_dossier_of_records_that_were_submitted_and_not_signed_gets_no_met() -> None:
    story = Story()

    def submitted(kind: type[Any]) -> None:
        story.submit(story.draft(kind))

    assert met(assessed(of_each_kind(story, submitted), catalogue())) == []


# --- the same anywhere ----------------------------------------------------------------------------------------------

STANDS = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "asepsis.settings"
import django
django.setup()
from asepsis.clauses.catalogue import catalogue
from asepsis.conformance.assessment import digest
from asepsis.record.kind import KINDS
from tests.conformance.assessing import assessed
from tests.dossiers import Story
story = Story()
release = story.release()
for kind in list(KINDS.values()):
    if kind.__module__.startswith("asepsis."):
        given = {"release": release} if "release" in kind.model_fields else {}
        story.add(kind, **given)
        story.draft(kind, **given)
        story.retire(story.add(kind, **given), day="2026-02-01")
print(digest(assessed(story, catalogue(), release=release)))
"""


def test_the_same_inputs_give_the_same_bytes_in_two_processes() -> None:
    made = [
        subprocess.run(
            [sys.executable, "-c", STANDS],
            cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": f"src{os.pathsep}."},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert len(made[0].strip()) == 64
    assert made[0] == made[1]


# --- conditions that records show -----------------------------------------------------------------------------------


def agreed(component: shapes.Component, *, item: dict[str, Any] | None = None) -> ObligationVerdict:
    """Return the answer to an exclusion that says nothing is made for us, with a component of such a supplier."""
    story = Story()
    release = story.release()
    story.bill(release, component)
    supplier = story.add(
        Supplier, name="Acme Parsers", also_called=["ACME"], kind=SupplierKind.MADE_FOR_US, contact="mail@example.com"
    )
    if item is not None:
        story.add(SoftwareItem, supplier=supplier, **item)
    story.add(NotApplicable, obligation="4.1.5-1", until="2027-01-01")
    return answer("4.1.5-1", story, catalogue(), release=release)


PURL = "pkg:generic/parser@1.0"


@pytest.mark.parametrize(
    ("component", "item", "verdict"),
    [
        (shapes.Component(name="parser", supplier="acme"), None, Verdict.GAP),
        (shapes.Component(name="parser", supplier="Somebody"), None, Verdict.NOT_APPLICABLE),
        (
            shapes.Component(name="parser", purl=PURL, supplier="acme"),
            {
                "purl": "pkg:generic/parser",
                "versions": ["*"],
                "can_affect_security": False,
                "can_affect_security_why": "Idle.",
            },
            Verdict.NOT_APPLICABLE,
        ),
        (
            shapes.Component(name="parser", purl=PURL),
            {"purl": "pkg:generic/parser", "versions": ["*"], "can_affect_security": True},
            Verdict.GAP,
        ),
        (shapes.Component(name="product", supplier="acme", place="root"), None, Verdict.NOT_APPLICABLE),
    ],
    ids=["named in the bill", "another supplier", "cannot affect security", "by its item", "the product itself"],
)
def test_what_a_supplier_made_for_us_shows_in_items_and_in_the_bill(
    component: shapes.Component, item: dict[str, Any] | None, verdict: Verdict
) -> None:
    assert agreed(component, item=item).verdict is verdict


def test_findings_are_told_once_and_the_urgent_first(deciding: Deciding) -> None:
    def twice(thing: Any, view: View) -> Iterator[Gap | Unknown]:
        yield Unknown(thing, UNSEEN, thing=thing)
        yield Unknown(thing, UNSEEN, thing=thing)
        yield Unknown(thing, WRONG, thing=thing).owed(urgent=True)

    assert sentences(answer(HEAD, Story(), deciding(HEAD, a_check("product", twice))).unknowns) == [
        WRONG.template,
        UNSEEN.template,
    ]
