"""What the entries owe each other, told to `Chains` one by one: each debt that is not paid is named."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from asepsis.store.chains import Chains, Misfit

ADA, BOB, STRANGER = "a" * 32, "b" * 32, "5" * 32
RECORD, OTHER, PRODUCT, ELSEWHERE = "1" * 32, "2" * 32, "c" * 32, "d" * 32
CARDS = {ADA: "a" * 64, BOB: "b" * 64}
AT = "2026-01-05T08:00:00.000000Z"
REVIEW = {"meaning": "reviewed", "apart": True, "roles": ["quality"]}
VALUES: dict[str, dict[str, Any]] = {
    "one": {"title": "One", "name": "A"},
    "two": {"title": "One", "name": "B"},
    "again": {"title": "Two", "name": "A"},
}


def name(position: int) -> str:
    return f"{position:064x}"


class Told:
    """Chains that are told entries, with what most of them have in common filled in."""

    def __init__(self, origin: str = "real") -> None:
        self.chains = Chains(VALUES.get, lambda _: False, 6)
        self.size = 0
        self.tell("founding", origin=origin, key="0" * 64, time_zone="UTC")
        self.tell("admission", person=ADA, card=CARDS[ADA])
        self.tell("admission", person=BOB, card=CARDS[BOB])
        self.tell("product", product=PRODUCT, of=PRODUCT, code="GW", name="0" * 64)
        self.size = 10

    def tell(self, form: str, about: str | None = None, /, **fields: Any) -> str:
        entry = {"v": 1, "form": form, "at": AT if self.size < 6 else AT.replace("08", "09"), "by": ADA, **fields}
        called = name(self.size)
        self.chains.follow(self.size, called, entry, about)
        self.size += 1
        return called

    def revision(self, number: int = 1, /, **fields: Any) -> str:
        first = {"label": "ORG-SUP-1"} if number == 1 else {"before": name(self.size - 1)}
        told: dict[str, Any] = {
            "record": RECORD, "kind": "Supplier", "version": 1, "number": number, "content": "one", "material": 1,
            "progress": False, **first,
        }  # fmt: skip
        told |= fields
        return self.tell("revision", told["record"], **told)

    def submission(self, *slots: dict[str, Any], **fields: Any) -> str:
        return self.tell("submission", RECORD, **({"revision": name(self.size - 1), "slots": list(slots)} | fields))

    def approval(self, revision: str, **fields: Any) -> str:
        told = {
            "revision": revision, "slot": 0, "meaning": "reviewed", "card": CARDS[BOB], "how": "passphrase", "seen": 1,
            "set": 1, "opened": True, "by": BOB,
        }  # fmt: skip
        return self.tell("approval", RECORD, **(told | fields))

    def effective(self) -> str:
        revision = self.revision()
        self.submission(REVIEW)
        self.approval(revision)
        return revision


@contextmanager
def owed(part: str, words: str) -> Iterator[None]:
    with pytest.raises(Misfit, match=words) as misfit:
        yield
    assert misfit.value.part == part


# --- the frame --------------------------------------------------------------------------------------------------------


def test_the_first_entry_founds_and_no_other_does() -> None:
    with owed("chain", "does not"):
        Chains(VALUES.get, lambda _: False, 6).follow(0, name(0), {"form": "admission"}, None)
    with owed("chain", "founded once"):
        Told().tell("founding", key="0" * 64, origin="real", time_zone="UTC")


@pytest.mark.parametrize(("product", "code"), [(PRODUCT, "ZZ"), (OTHER, "GW")])
def test_a_product_is_founded_once(product: str, code: str) -> None:
    with owed("chain", "in use already"):
        Told().tell("product", product=product, of=product, code=code, name="0" * 64)


def test_the_founding_of_a_product_is_that_products() -> None:
    with owed("chain", "another product"):
        Told().tell("product", product=OTHER, of=PRODUCT, code="ZZ", name="0" * 64)


def test_a_person_is_admitted_once_and_before_another_card() -> None:
    with owed("chain", "admitted already"):
        Told().tell("admission", person=ADA, card="0" * 64)
    with owed("chain", "admitted already"):
        Told().tell("admission", person="0" * 32, card="0" * 64)
    with owed("chain", "not admitted"):
        Told().tell("renaming", person=STRANGER, card="0" * 64)


def test_a_signature_bears_the_newest_card() -> None:
    told = Told()
    revision = told.revision()
    told.submission(REVIEW)
    told.tell("renaming", person=BOB, card="9" * 64)
    with owed("approvals", "name card"):
        told.approval(revision)
    told.approval(revision, card="9" * 64)


def test_the_key_is_the_newest() -> None:
    told = Told()
    assert told.chains.key == "0" * 64
    told.tell("key", key="7" * 64, why="yearly")
    assert told.chains.key == "7" * 64


def test_only_what_was_asked_for_is_erased() -> None:
    told = Told()
    asked = told.tell("erasure-asked", content="7" * 64, ground="court-order")
    with owed("chain", "no entry before it asked"):
        told.tell("redaction", content="8" * 64, ground="court-order", asked=asked)
    with owed("chain", "no entry before it asked"):
        told.tell("redaction", content="7" * 64, ground="court-order", asked="6" * 64)
    told.tell("redaction", content="7" * 64, ground="court-order", asked=asked)
    assert told.chains.erased == {"7" * 64}


# --- revisions --------------------------------------------------------------------------------------------------------


def test_a_record_begins_once() -> None:
    told = Told()
    told.revision()
    with owed("chain", "began earlier"):
        told.revision(label="ORG-SUP-2")


def test_a_label_is_one_records_and_of_its_scope() -> None:
    told = Told()
    told.revision()
    with owed("chain", "another record's"):
        told.revision(record=OTHER)
    for label in ("GW-SUP-2", "ORG-THR-2"):
        with owed("chain", "does not begin with"):
            told.revision(record=OTHER, label=label)
    told.revision(record=OTHER, label="GW-SUP-2", of=PRODUCT)


def test_a_kind_that_is_not_known_has_a_label_of_its_scope() -> None:
    with owed("chain", "does not begin with ORG-"):
        Told().revision(kind="Unicorn", label="GW-UNI-1")
    Told().revision(kind="Unicorn", label="ORG-UNI-1")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"number": 3}, "revision 3 where 2"),
        ({"before": "9" * 64}, "before it"),
        ({"kind": "Procedure"}, "has the kind Procedure"),
        ({"of": PRODUCT}, "another product"),
        ({"record": OTHER}, "nothing before it began"),
    ],
)
def test_a_revision_goes_on_from_the_newest(fields: dict[str, Any], words: str) -> None:
    told = Told()
    told.revision()
    with owed("chain", words):
        told.revision(2, **({"content": "two", "material": 2} | fields))


def test_what_matters_is_worked_out_again() -> None:
    told = Told()
    told.revision()
    with owed("material", "in revision 1; that was 2"):
        told.revision(2, content="two", material=1)
    with owed("material", "in revision 2; that was 1"):
        told.revision(2, content="again", material=2)
    told.revision(2, content="again", material=1)


def test_progress_is_worked_out_again() -> None:
    told = Told()
    told.revision()
    with owed("material", "yes to being progress only, and its content says no"):
        told.revision(2, content="two", material=2, progress=True)


def test_what_cannot_be_worked_out_again_is_counted() -> None:
    told = Told()
    told.revision()
    told.revision(2, content="gone", material=2)
    assert told.chains.not_worked_out == 1


# --- submissions ------------------------------------------------------------------------------------------------------


def test_only_the_newest_revision_is_submitted_and_once() -> None:
    told = Told()
    revision = told.revision()
    with owed("chain", "not the newest"):
        told.submission(REVIEW, revision="9" * 64)
    with owed("chain", "another product"):
        told.submission(REVIEW, of=PRODUCT)
    told.submission(REVIEW, revision=revision)
    with owed("chain", "no draft"):
        told.submission(REVIEW, revision=revision)


def test_a_kind_that_needs_signatures_asks_for_some() -> None:
    told = Told()
    told.revision()
    with owed("approvals", "asks for no signature, though a Supplier needs some"):
        told.submission()


def test_the_founding_may_ask_for_none() -> None:
    told = Told()
    told.size = 4
    told.revision(record=OTHER, label="ORG-SUP-2")
    told.tell("submission", OTHER, revision=name(4), slots=[])
    assert told.chains.chains[OTHER].state == "effective"


def test_one_of_the_first_positions_at_another_instant_may_not() -> None:
    told = Told()
    told.chains.founding_entries = 1_000
    told.revision()
    with owed("approvals", "asks for no signature"):
        told.submission()


def test_a_kind_that_is_not_known_and_asks_for_none_is_unchecked() -> None:
    told = Told()
    told.revision(kind="Unicorn", label="ORG-UNI-1")
    told.submission()
    assert told.chains.unknown_kinds == {"Unicorn"}


def test_progress_waits_for_who_entered_it() -> None:
    told = Told()
    told.effective()
    chain = told.chains.chains[RECORD]
    chain.progress, chain.slots, chain.effective = True, None, False
    with owed("approvals", "another signature"):
        told.submission(REVIEW, revision=chain.name)
    told.submission({"meaning": "authored", "apart": False, "person": ADA}, revision=chain.name)


# --- signatures -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"slot": 1}, "fills slot 1; there are 1"),
        ({"meaning": "approved"}, "its slot asks for reviewed"),
        ({"by": ADA, "card": CARDS[ADA]}, "An author signs"),
        ({"seen": 13}, "saw 13 entries where there were 12"),
        ({"by": STRANGER}, "not admitted"),
        ({"card": "0" * 64}, "name card"),
        ({"how": "demonstration"}, "demonstration"),
    ],
)
def test_a_signature_fits_its_slot(fields: dict[str, Any], words: str) -> None:
    told = Told()
    revision = told.revision()
    told.submission(REVIEW)
    with owed("approvals", words):
        told.approval(revision, **fields)
    told.approval(revision, seen=12)


def test_a_signature_waits_for_the_submission() -> None:
    told = Told()
    revision = told.revision()
    with owed("approvals", "does not wait"):
        told.approval(revision)


def test_a_slot_is_filled_once() -> None:
    told = Told()
    revision = told.revision()
    told.submission(REVIEW, REVIEW)
    told.approval(revision)
    with owed("approvals", "was filled before"):
        told.approval(revision)


def test_a_persons_slot_is_theirs() -> None:
    told = Told()
    revision = told.revision()
    told.submission({"meaning": "reviewed", "apart": False, "person": ADA})
    with owed("approvals", "another person's"):
        told.approval(revision)


@pytest.mark.parametrize(
    ("slot", "kind"),
    [
        (REVIEW | {"apart": False}, "Supplier"),
        ({"meaning": "reviewed", "apart": True, "person": BOB}, "Supplier"),
        (REVIEW, "SigningKey"),
    ],
)
def test_nobody_stands_in_where_nobody_may(slot: dict[str, Any], kind: str) -> None:
    told = Told()
    revision = told.revision(kind=kind, label={"Supplier": "ORG-SUP-1", "SigningKey": "ORG-KEY-1"}[kind])
    told.submission(slot)
    with owed("approvals", "stands in where nobody may"):
        told.approval(revision, stands_in="quality")


def test_somebody_stands_in_where_they_may() -> None:
    told = Told()
    revision = told.revision()
    told.submission(REVIEW)
    told.approval(revision, stands_in="deputy")


def test_a_demonstration_is_signed_as_one() -> None:
    told = Told("demonstration")
    revision = told.revision()
    told.submission(REVIEW)
    told.approval(revision, how="demonstration")


def test_progress_keeps_authors_of_a_draft_from_signing_it() -> None:
    told = Told()
    told.effective()
    told.revision(2, by=BOB, content="two", material=2, before=name(10))
    chain = told.chains.chains[RECORD]
    chain.progress = True
    told.submission({"meaning": "authored", "apart": False, "person": BOB}, revision=chain.name)
    told.approval(chain.name, meaning="authored")
    assert chain.authors == (BOB,)


def test_who_wrote_only_progress_is_no_author() -> None:
    told = Told()
    told.effective()
    told.chains.values = lambda _: None
    told.revision(2, by=BOB, content="two", progress=True, before=name(10))
    assert told.chains.chains[RECORD].authors == ()


# --- what ends a revision, and what speaks of a record ----------------------------------------------------------------------


def test_only_what_waits_is_rejected() -> None:
    told = Told()
    revision = told.revision()
    with owed("chain", "does not wait"):
        told.tell("rejection", RECORD, revision=revision, reason="0" * 64)
    told.submission(REVIEW, revision=revision)
    told.tell("rejection", RECORD, revision=revision, reason="0" * 64)
    assert told.chains.chains[RECORD].state == "rejected"


def test_only_an_author_withdraws_what_never_counted() -> None:
    told = Told()
    revision = told.revision()
    with owed("chain", "wrote none"):
        told.tell("withdrawal", RECORD, by=BOB, revision=revision, reason="0" * 64)
    told.tell("withdrawal", RECORD, revision=revision, reason="0" * 64)
    with owed("chain", "does not wait"):
        told.tell("withdrawal", RECORD, revision=revision, reason="0" * 64)
    counted = Told()
    revision = counted.effective()
    with owed("chain", "does not wait"):
        counted.tell("withdrawal", RECORD, revision=revision, reason="0" * 64)


def test_only_links_of_what_counts_are_looked_at() -> None:
    told = Told()
    told.revision(record=OTHER, label="ORG-SUP-2")
    told.revision()
    with owed("chain", "not effective"):
        told.tell("looked", RECORD, target=OTHER, seen=1, set=1)
    counted = Told()
    counted.effective()
    with owed("chain", "nothing before it began"):
        counted.tell("looked", RECORD, target=OTHER, seen=1, set=1)
    with owed("approvals", "saw 99 entries"):
        counted.tell("looked", RECORD, target=RECORD, seen=99, set=1)


@pytest.mark.parametrize("form", ["comment", "embargo", "disclosure"])
def test_what_speaks_of_a_record_is_of_its_product(form: str) -> None:
    told = Told()
    told.revision()
    with owed("chain", "another product"):
        told.tell(form, RECORD, of=PRODUCT)
    with owed("chain", "nothing before it began"):
        told.tell(form, OTHER)
    told.tell(form, RECORD)
