"""Who was there when, as a fact: the store knows who was admitted, and a person says who has left."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from hashlib import sha256

from asepsis.errors import InputError
from asepsis.exchange.facts import People, Person, document_bytes
from asepsis.sentences import Sentence
from asepsis.store import models, queries
from asepsis.store.acts import Hand
from asepsis.store.changes import Receipt, TakeIn
from asepsis.store.going import zone_named

SUBJECT = "organisation"


class LeftBeforeError(InputError):
    """Nobody leaves before they came."""

    code = "left-before"
    sentence = Sentence(
        "{person} was admitted on {admitted} and cannot have left on {left}.", next="Give the right day."
    )


def take_in_people(hand: Hand, left: Mapping[str, date | None] | None = None) -> Receipt:
    """Put on record who was there when: everybody admitted, from that day, and until which day those who left.

    `left` gives the last day by person id (`None`: is there again); for all others it stays what was said last. Where
    nothing is new, nothing is written. Needs quality or management. Raises `UnknownPersonError` or `LeftBeforeError`.
    """
    days = _left_so_far() | {
        queries.person(one).id: day.isoformat() if day else None for one, day in (left or {}).items()
    }
    zone = zone_named(queries.ledger().time_zone)
    found = []
    for person in models.Person.objects.order_by("id"):
        came = datetime.fromisoformat(person.admitted_at).astimezone(zone).date().isoformat()
        gone = days.get(person.id)
        if gone is not None and gone < came:
            raise LeftBeforeError(person=person.name, admitted=came, left=gone)
        found.append(Person(person.id, came, gone))
    document = document_bytes(People(tuple(found)))
    return hand.commit([TakeIn("people", SUBJECT, document, document, sha256(document).hexdigest(), None)])


def _left_so_far() -> dict[str, str | None]:
    facts = queries.facts(None)
    taken = facts.get("people", SUBJECT)
    document = facts.document(taken) if taken is not None else None
    return {one.id: one.left_on for one in document.people} if document is not None else {}
