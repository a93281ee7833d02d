"""What signatures do: slots, four eyes, deputies and stand-ins, rejection, retirement, progress."""

from __future__ import annotations

import pytest

from asepsis.configuration.records import Supplier
from asepsis.development.records import SigningKey
from asepsis.quality.records import Appointment, ImprovementAction, Nonconformity, Procedure, QualitySystem
from asepsis.record.history import Head
from asepsis.record.slots import Meaning, SystemRole
from asepsis.statements.records import Policy
from asepsis.store import acts, queries, refusals
from asepsis.store.changes import Approve, Signed, Submit, Write
from asepsis.store.models import Record
from asepsis.store.rows import select
from tests.kinds import smallest
from tests.store.conftest import Store, refused

OTHER_PROCEDURE = {"review_by": "2027-01-01"}


def state(record: str) -> tuple[str, str]:
    row = queries.row(record)
    return row.head_state, row.standing


def stood_in(record: str) -> str | None:
    return queries.history(record).revisions[-1].approvals[-1].stands_in


def test_a_record_counts_when_its_last_slot_is_filled(store: Store) -> None:
    policy = store.create("dev", Policy, values=[_value()], effective="2026-01-05", review_by="2026-09-01")
    assert state(policy) == ("draft", "none")
    acts.submit(store.hand("dev"), [policy])
    assert acts.waits_for(policy) == ("approved by management", "approved by quality")
    store.sign("ada", policy)
    assert state(policy) == ("submitted", "none")
    assert acts.waits_for(policy) == ("approved by quality",)
    store.sign("quality", policy)
    assert state(policy) == ("effective", "effective")
    assert acts.waits_for(policy) == ()


def _value(name: str = "quality.procedure_review_months", to: str = "12") -> dict[str, str]:
    return {"name": name, "set_to": to, "why": "It fits us."}


def test_one_person_fills_several_slots_each_by_its_own_signature(store: Store) -> None:
    store.holds("quality", SystemRole.MANAGEMENT)
    policy = store.create("dev", Policy, values=[_value()], effective="2026-01-05", review_by="2026-09-01")
    acts.submit(store.hand("dev"), [policy])
    store.sign("quality", policy)
    store.sign("quality", policy)
    assert state(policy) == ("effective", "effective")
    assert [one.slot for one in queries.history(policy).head.approvals] == [0, 1]


def test_the_effective_revision_stays_while_a_draft_is_written(store: Store, supplier: str) -> None:
    effective = queries.row(supplier).effective_name
    store.revise("dev", supplier, name="Another")
    row = queries.row(supplier)
    assert (row.head_state, row.standing, row.effective_name) == ("draft", "effective", effective)


def test_revising_what_is_submitted_takes_the_submission_back(store: Store) -> None:
    record = store.create("dev", Supplier)
    acts.submit(store.hand("dev"), [record])
    store.revise("dev", record, name="Another")
    assert state(record) == ("draft", "none")
    with refused(refusals.NotSubmittedError):
        store.sign("quality", record, Meaning.REVIEWED)


def test_a_rejected_head_is_revised_and_submitted_again(store: Store) -> None:
    record = store.create("dev", Supplier)
    acts.submit(store.hand("dev"), [record])
    acts.reject(store.hand("quality"), record, "The contact is missing.")
    assert state(record) == ("rejected", "none")
    with refused(refusals.WrongStateError):
        acts.submit(store.hand("dev"), [record])
    store.revise("dev", record, contact="security@example.org")
    acts.submit(store.hand("dev"), [record])
    store.sign("quality", record, Meaning.REVIEWED)
    assert state(record) == ("effective", "effective")


def test_a_withdrawn_record_never_counts(store: Store) -> None:
    record = store.create("dev", Supplier)
    acts.withdraw(store.hand("dev"), record, "Twice the same.")
    assert state(record) == ("withdrawn", "none")
    assert queries.dossier(None).get(record) is None


def test_a_set_is_signed_in_one_act(store: Store) -> None:
    records = [store.create("dev", Supplier) for _ in range(3)]
    acts.submit(store.hand("dev"), records)
    acts.approve(store.hand("quality"), records, Meaning.REVIEWED, Signed("passphrase"), opened=frozenset(records[:1]))
    signed = [queries.history(one).head.approvals[0] for one in records]
    assert [(one.set, one.opened) for one in signed] == [(3, True), (3, False), (3, False)]
    assert {one.at for one in signed} == {signed[0].at}


def test_an_approval_keeps_what_its_signer_saw(store: Store, supplier: str) -> None:
    action = store.create("dev", ImprovementAction, because=[supplier])
    acts.submit(store.hand("dev"), [action])
    seen = queries.ledger().size
    store.create("dev", Supplier)
    store.sign("quality", action, seen=seen)
    assert queries.history(action).head.approvals[0].seen == seen


def test_what_is_signed_in_one_set_with_what_it_rests_on_was_seen_too(store: Store, supplier: str) -> None:
    store.revise("dev", supplier, name="Another")
    action = store.create("dev", ImprovementAction, because=[supplier])
    acts.submit(store.hand("dev"), [supplier, action])
    seen = queries.ledger().size
    store.create("dev", Supplier)
    signed = Signed("passphrase", seen)
    heads = {one: queries.row(one).head_name for one in (supplier, action)}
    store.hand("quality").commit(
        [
            Approve(supplier, heads[supplier], Meaning.REVIEWED, signed, set=2),
            Approve(action, heads[action], Meaning.APPROVED, signed, set=2),
        ]
    )
    approvals = [queries.history(one).head.approvals[0] for one in (supplier, action)]
    assert [one.seen for one in approvals] == [seen, approvals[0].position + 1]
    dossier = queries.dossier(None)
    assert not [one for one in dossier.items() if dossier.suspects(one)]


def test_labels_are_drawn_in_order_and_never_twice(store: Store) -> None:
    first = store.create("dev", Supplier)
    acts.withdraw(store.hand("dev"), first, "Never mind.")
    ids = [store.chance.id() for _ in range(3)]
    store.hand("dev").commit([Write(one, "Supplier", smallest(Supplier), None) for one in ids])
    assert [queries.row(one).label for one in (first, *ids)] == [f"ORG-SUP-{n}" for n in (1, 2, 3, 4)]


# --- four eyes --------------------------------------------------------------------------------------------------------


def test_all_who_wrote_since_the_last_effective_revision_are_authors(store: Store) -> None:
    record = store.effective("dev", Procedure, ("quality", Meaning.APPROVED), **OTHER_PROCEDURE)
    store.revise("quality", record, title="By quality")
    store.revise("dev", record, title="By a developer")
    acts.submit(store.hand("dev"), [record])
    with refused(refusals.OwnWorkError):
        store.sign("quality", record)


def test_who_wrote_the_effective_revision_signs_the_next(store: Store) -> None:
    store.holds("tess", SystemRole.QUALITY)
    record = store.effective("quality", Procedure, ("tess", Meaning.APPROVED), **OTHER_PROCEDURE)
    store.revise("dev", record, title="By a developer")
    acts.submit(store.hand("dev"), [record])
    store.sign("quality", record)
    assert state(record) == ("effective", "effective")


def test_progress_makes_nobody_lose_their_authorship(store: Store, supplier: str) -> None:
    action = store.action(supplier)
    store.revise("quality", action, what="By quality.")
    acts.report_progress(store.hand("tess"), action, {"done_on": "2026-01-05"}, "passphrase")
    assert queries.history(action).authors == {store.people["quality"], store.people["tess"]}


def test_who_reported_progress_is_no_author_of_the_next_draft(store: Store, supplier: str) -> None:
    action = store.action(supplier)
    acts.report_progress(store.hand("tess"), action, {"done_on": "2026-01-05"}, "passphrase")
    store.revise("dev", action, what="Something else.")
    assert queries.history(action).authors == {store.people["dev"]}


def test_retiring_takes_two_whatever_the_kind_asks_for(store: Store) -> None:
    store.holds("tess", SystemRole.QUALITY)
    record = store.effective("quality", Supplier, ("quality", Meaning.REVIEWED))
    acts.retire(store.hand("quality"), record, "Out of business.")
    assert state(record) == ("submitted", "effective")
    with refused(refusals.OwnWorkError):
        store.sign("quality", record, Meaning.REVIEWED)
    store.sign("tess", record, Meaning.REVIEWED)
    assert state(record) == ("effective", "retired")
    assert queries.dossier(None).get(record) is None


def test_a_retired_single_record_makes_room_for_another(store: Store) -> None:
    first = store.effective("dev", QualitySystem, ("quality", Meaning.APPROVED))
    acts.retire(store.hand("dev"), first, "We begin anew.")
    with refused(refusals.SecondSingleError):
        store.create("dev", QualitySystem, title="Another")
    store.sign("quality", first)
    assert store.create("dev", QualitySystem, title="Another")


# --- deputies and stand-ins -------------------------------------------------------------------------------------------


def written_by(store: Store, who: str) -> str:
    """Return a submitted procedure: approved by quality, and not by its author."""
    record = store.create(who, Procedure, **OTHER_PROCEDURE)
    acts.submit(store.hand(who), [record])
    return record


def with_deputy(store: Store) -> None:
    """Make `otto` the deputy of `quality`, who alone holds that role."""
    row = Record.objects.get(kind=Appointment.__name__, who=store.people["quality"])
    store.revise("ada", row.id, deputy=store.people["otto"])
    acts.submit(store.hand("ada"), [row.id])
    store.sign("ada", row.id)


def test_a_deputy_signs_like_the_holder(store: Store) -> None:
    with_deputy(store)
    record = written_by(store, "dev")
    store.sign("otto", record)
    assert stood_in(record) is None
    assert state(record) == ("effective", "effective")


def test_the_deputy_of_the_only_holder_stands_in_for_them_as_the_second_pair_of_eyes(store: Store) -> None:
    with_deputy(store)
    record = written_by(store, "quality")
    store.sign("otto", record)
    assert stood_in(record) == "deputy"


def test_a_deputy_beside_two_holders_stands_in_for_nobody(store: Store) -> None:
    with_deputy(store)
    store.holds("tess", SystemRole.QUALITY)
    record = written_by(store, "quality")
    store.sign("otto", record)
    assert stood_in(record) is None


def test_quality_stands_in_for_the_only_holder_of_another_role(store: Store) -> None:
    record = policy_by_management(store)
    store.sign("quality", record, slot=0)
    assert stood_in(record) == "quality"


def policy_by_management(store: Store, *values: dict[str, str]) -> str:
    """Return a submitted policy whose author alone holds management, one of the roles that sign it."""
    record = store.create(
        "ada", Policy, values=list(values) or [_value()], effective="2026-01-05", review_by="2026-09-01"
    )
    acts.submit(store.hand("ada"), [record])
    return record


def test_nobody_stands_in_where_two_hold_the_role(store: Store) -> None:
    store.holds("tess", SystemRole.MANAGEMENT)
    record = policy_by_management(store)
    with refused(refusals.NoSuchSlotError):
        store.sign("quality", record, slot=0)


def test_nobody_stands_in_where_the_only_holder_is_no_author(store: Store) -> None:
    record = store.create("dev", Policy, values=[_value()], effective="2026-01-05", review_by="2026-09-01")
    acts.submit(store.hand("dev"), [record])
    with refused(refusals.NoSuchSlotError):
        store.sign("quality", record, slot=0)


def test_nobody_stands_in_where_nobody_holds_the_role(store: Store) -> None:
    row = Record.objects.get(kind=Appointment.__name__, who=store.people["ada"])
    policy = policy_by_management(store)
    store.revise("ada", row.id, until="2026-01-05")
    acts.submit(store.hand("ada"), [row.id])
    store.sign("ada", row.id)
    store.clock.now = store.clock.now.replace(day=7)
    with refused(refusals.NoSuchSlotError):
        store.sign("quality", policy, slot=0)


def test_the_policy_keeps_quality_from_standing_in(store: Store) -> None:
    first = store.create(
        "dev", Policy, values=[_value("people.second_eyes_by_quality", "no")], effective="2026-01-05",
        review_by="2026-09-01",
    )  # fmt: skip
    acts.submit(store.hand("dev"), [first])
    store.sign("ada", first)
    store.sign("quality", first)
    store.revise("ada", first, title="Our policy")
    acts.submit(store.hand("ada"), [first])
    with refused(refusals.NoSuchSlotError):
        store.sign("quality", first, slot=0)


@pytest.mark.parametrize("signer", ["otto", "quality"])
def test_for_some_kinds_nobody_ever_stands_in(store: Store, signer: str) -> None:
    for name in ("sam", "sue"):
        for row in Record.objects.filter(kind=Appointment.__name__, who=store.people[name]):
            keep = name == "sam"
            store.revise("ada", row.id, **({"deputy": store.people["otto"]} if keep else {"until": "2026-01-05"}))
            acts.submit(store.hand("ada"), [row.id])
            store.sign("ada", row.id)
    store.clock.now = store.clock.now.replace(day=7)
    procedure = store.effective("dev", Procedure, ("quality", Meaning.APPROVED), **OTHER_PROCEDURE)
    key = store.create("sam", SigningKey, procedure=procedure, created="2026-01-01", rotate_by="2027-01-01")
    acts.submit(store.hand("sam"), [key])
    with refused((refusals.OwnWorkError, refusals.NoSuchSlotError)):  # type: ignore[arg-type]
        store.sign(signer, key)


# --- progress ---------------------------------------------------------------------------------------------------------


def test_progress_is_effective_at_once_and_keeps_the_approvals(store: Store, supplier: str) -> None:
    action = store.action(supplier)
    acts.report_progress(store.hand("tess"), action, {"done_on": "2026-01-05"}, "passphrase")
    history = queries.history(action)
    assert history.head.progress
    assert history.head_state is Head.EFFECTIVE
    assert [one.by for _, one in history.approvals_in_force()] == [store.people["tess"], store.people["quality"]]
    assert history.head.material == 1


def test_a_pending_draft_is_written_again_behind_the_progress(store: Store, supplier: str) -> None:
    action = store.action(supplier)
    store.revise("dev", action, what="Something else.")
    acts.report_progress(store.hand("dev"), action, {"done_on": "2026-01-05"}, "passphrase")
    row = queries.row(action)
    head, effective = queries.head_value(row), queries.effective_value(row)
    assert head is not None
    assert effective is not None
    assert (row.head_state, head["what"], head["done_on"]) == ("draft", "Something else.", "2026-01-05")
    assert (effective["what"], effective["done_on"]) == ("some what", "2026-01-05")
    assert [one.material for one in queries.history(action).revisions] == [1, 2, 1, 4]


def test_a_draft_that_only_brings_progress_back_needs_only_its_author(store: Store, supplier: str) -> None:
    action = store.action(supplier)
    acts.report_progress(store.hand("dev"), action, {"done_on": "2026-01-05"}, "passphrase")
    store.revise("dev", action, done_on="2026-01-04")
    acts.submit(store.hand("dev"), [action])
    assert acts.waits_for(action) == ("authored by its author",)


def test_the_title_does_not_matter(store: Store, supplier: str) -> None:
    store.revise("dev", supplier, title="Another title")
    assert queries.history(supplier).head.material == 1
    store.revise("dev", supplier, name="Another name")
    assert queries.history(supplier).head.material == 3


# --- what warns and who holds -----------------------------------------------------------------------------------------


def test_bad_news_counts_from_its_first_save(store: Store) -> None:
    record = store.create("dev", Nonconformity, product=store.product)
    dossier = queries.dossier(store.product)
    assert [one.id for one in dossier.warning_heads(Nonconformity)] == [record]
    assert dossier.get(record) is None


def test_an_appointment_gives_a_role_when_it_is_effective_and_takes_it_when_retired(store: Store) -> None:
    store.admit("pia")
    appointment = store.holds("pia", SystemRole.TESTER)
    assert _roles_of(store.people["pia"]) == ["tester"]
    acts.retire(store.hand("dev"), appointment, "Left.")
    assert _roles_of(store.people["pia"]) == ["tester"]
    store.sign("ada", appointment)
    assert _roles_of(store.people["pia"]) == []


def test_a_role_that_acts_otherwise_changes_what_its_holders_hold(store: Store) -> None:
    store.admit("pia")
    appointment = store.holds("pia", SystemRole.TESTER)
    role = (queries.effective_value(queries.row(appointment)) or {})["role"]
    store.revise("dev", role, acts_as=["tester", "developer"])
    acts.submit(store.hand("dev"), [role])
    assert _roles_of(store.people["pia"]) == ["tester"]
    store.sign("ada", role)
    assert _roles_of(store.people["pia"]) == ["developer", "tester"]


def _roles_of(person: str) -> list[str]:
    return sorted(row[0] for row in select("SELECT role FROM store_holding WHERE person = %s", [person]))


def test_an_import_is_one_commit_with_one_checkpoint(store: Store) -> None:
    ids = [store.chance.id() for _ in range(50)]
    value = smallest(Supplier)
    size = queries.ledger().size
    receipt = store.hand("dev").commit(
        [change for one in ids for change in (Write(one, "Supplier", value, None), Submit(one))]
    )
    assert receipt.size == size + 100
    assert select("SELECT COUNT(*) FROM store_checkpoint WHERE size > %s", [size]) == [(1,)]
    heads = {one: queries.row(one).head_name for one in ids}
    signed = Signed("passphrase")
    store.hand("quality").commit([Approve(one, heads[one], Meaning.REVIEWED, signed, set=50) for one in ids])
    assert {state(one) for one in ids} == {("effective", "effective")}


def test_what_an_action_rests_on_may_be_written_in_the_same_commit(store: Store) -> None:
    first, second = store.chance.id(), store.chance.id()
    value = smallest(ImprovementAction, because=[first])
    store.hand("dev").commit(
        [Write(first, "Supplier", smallest(Supplier), None), Write(second, "ImprovementAction", value, None)]
    )
    assert queries.row(second).label == "ORG-IMP-1"
