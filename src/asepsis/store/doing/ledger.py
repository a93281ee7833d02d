"""The ledger itself, products, people, facts and baselines: what founds, admits, takes in and marks."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from asepsis.store import refusals, rights
from asepsis.store.changes import (
    INSTALLATION,
    Admit,
    FoundLedger,
    FoundProduct,
    MarkBaseline,
    Outcome,
    TakeIn,
)
from asepsis.store.going import STORE_KNOWS, Going, does
from asepsis.store.models import Baseline, FactTaken, Person, Product
from asepsis.store.rows import select


@does(FoundLedger)
def found_ledger(going: Going, change: FoundLedger) -> Outcome:
    """Write the founding entry: the first of all, once."""
    if going.ledger is not None or going.made:
        raise refusals.FoundedAlreadyError(home=str(going.home))
    going.founding = change
    going.keep_checkpoint = "founding"
    made = going.enter(
        "founding",
        of=None,
        origin=change.origin,
        clock_offset_s=change.clock_offset_s or None,
        key=change.key,
        time_zone=change.time_zone,
    )
    return Outcome(made.position, made.name)


@does(FoundProduct)
def found_product(going: Going, change: FoundProduct) -> Outcome:
    """Found a product, as management."""
    going.ask("To found a product", rights.ACTS["found a product"], None)
    if Product.objects.filter(pk=change.id).exists() or change.id in going.products:
        raise refusals.TakenIdError(id=change.id)
    if change.code == "ORG" or Product.objects.filter(code=change.code).exists():
        raise refusals.TakenCodeError(product=change.code)
    if any(one.code == change.code for one in going.products.values()):
        raise refusals.TakenCodeError(product=change.code)
    name = going.seal({"name": change.name})
    made = going.enter("product", of=change.id, product=change.id, code=change.code, name=name)
    going.products[change.id] = Product(id=change.id, code=change.code, name=change.name, founded_at=going.at)
    going.projections.append((Product, (change.id, change.code, change.name, going.at, made.position)))
    return Outcome(made.position, made.name)


@does(Admit)
def admit(going: Going, change: Admit) -> Outcome:
    """Let a person in, or give them another name card."""
    if going.founding is None:
        going.ask("To admit a person", rights.ACTS["admit a person"], None)
    before = going.person(change.id)
    if before is None and change.again:
        raise refusals.UnknownPersonError(person=change.id)
    if before is not None and not change.again:
        raise refusals.TakenIdError(id=change.id)
    card = going.seal(change.card)
    made = going.enter("renaming" if change.again else "admission", of=None, person=change.id, card=card)
    admitted = before.admitted_at if before else going.at
    going.people[change.id] = Person(id=change.id, card=card, name=change.card["name"], admitted_at=admitted)
    going.projections.append((Person, (change.id, card, change.card["name"], admitted)))
    return Outcome(made.position, made.name)


@does(TakeIn)
def take_in(going: Going, change: TakeIn) -> Outcome:
    """Take facts in; the same ones again are no entry."""
    going.know_product(change.product)
    own = change.kind in STORE_KNOWS
    if going.actor.id != INSTALLATION:
        act = "take in what the store knows" if own else "import facts"
        going.ask(f"To {act}", rights.ACTS[act], change.product)
    document = sha256(change.document).hexdigest()
    if change.source is not None and sha256(change.source).hexdigest() != change.source_digest:
        raise ValueError(f"{change.source_digest} is not the digest of the source")
    here = (change.kind, change.subject, change.product)
    newest = going.taken.get(here) or _newest_taken(going, *here)
    going.taken[here] = (change.source_digest, document, change.as_of)
    if newest == going.taken[here]:
        return Outcome(-1, "", None, None)
    going.files[document] = change.document
    if change.source is not None:
        going.files[change.source_digest] = change.source
    made = going.enter(
        "facts",
        of=change.product,
        kind=change.kind,
        subject=change.subject,
        source=change.source_digest,
        document=document,
        as_of=change.as_of,
    )
    going.projections.append(
        (
            FactTaken,
            (
                made.position, change.product, change.kind, change.subject, document, change.source_digest,
                going.actor.id, going.at, change.as_of,
            ),
        )
    )  # fmt: skip
    return Outcome(made.position, made.name)


def _newest_taken(going: Going, kind: str, subject: str, product: str | None) -> tuple[Any, ...] | None:
    found = select(
        "SELECT source, document, as_of FROM store_facttaken WHERE kind = %s AND subject = %s "
        "AND COALESCE(product, '') = %s ORDER BY position DESC LIMIT 1",
        [kind, subject, product or ""],
    )
    return found[0] if found else None


@does(MarkBaseline)
def mark_baseline(going: Going, change: MarkBaseline) -> Outcome:
    """Mark where a product stands, its digest worked out under the lock."""
    going.know_product(change.product)
    going.ask("To mark a baseline", rights.ACTS["mark a baseline"], change.product)
    dossier = going.working.dossier_digest(change.product)
    if change.dossier not in ("", dossier):
        raise refusals.MovedDossierError()
    going.keep_checkpoint = "baseline"
    made = going.enter("baseline", of=change.product, release=change.release, dossier=dossier)
    going.projections.append(
        (Baseline, (made.position, change.product, change.release, dossier, going.at, going.actor.id))
    )
    return Outcome(made.position, made.name)
