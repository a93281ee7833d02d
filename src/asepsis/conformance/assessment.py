"""An assessment as a document: its inputs by digest, and for each obligation and clause what was found."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import msgspec

from asepsis.exchange.facts import Answered, Assessed
from asepsis.record.collector import resting
from asepsis.record.verdict import Verdict
from asepsis.sentences import Mention, Said


class Part(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A piece of an assessment. None holds one that holds it, so the collector need not look at the many there are."""


class Thing(Part, frozen=True):
    """A record, product or other thing that is spoken of, as it was called then."""

    id: str
    label: str

    @property
    def mention(self) -> Mention:
        """Return it as what a sentence can name."""
        return Mention(self.id, self.label)


class Note(Part, frozen=True):
    """One gap or unknown: which check, about what, in which sentence; who owes the next step, and until when.

    `told` is the sentence as `as_told` writes it: it is read when somebody asks, since most are only counted.
    `answered_by` names the improvement action that answers what is past and cannot be done again; of a gap at an earlier
    baseline, the one that has answered it since.
    """

    check: str
    about: Thing
    told: msgspec.Raw = msgspec.field(name="sentence")
    owner: str
    due: str | None = None
    urgent: bool = False
    answered_by: Thing | None = None

    @property
    def sentence(self) -> dict[str, Any]:
        """Return the sentence as plain values: template, next step and arguments."""
        value: dict[str, Any] = msgspec.json.decode(self.told)
        return value

    @property
    def said(self) -> Said:
        """Return the sentence with its arguments."""
        return Said.of(self.sentence)


class Looked(Part, frozen=True):
    """What one check went through: how many, a digest over their sorted names, and up to twenty of them.

    `taken_over` counts those that were signed elsewhere before: what rests on them rests on copies.
    """

    check: str
    count: int
    digest: str
    names: tuple[str, ...] = ()
    taken_over: int = 0


class LeftOut(Part, frozen=True):
    """What does not apply, an obligation (`4.1.5-1`) or a lettered part (`5.7.1-2 d`), and the record that says so."""

    what: str
    by: Thing


class Tailored(Part, frozen=True):
    """A duty of development that is done in another way: the plan that says so, why, and what is done instead."""

    plan: Thing
    why: str
    instead: str


class ObligationVerdict(Part, frozen=True):
    """The answer for one obligation. `awaited` are checks that decide it and are not built yet.

    `left_out` are its lettered parts that do not apply. Where it is `tailored`, `set_aside` is what its checks found of
    the usual way of doing it, which does not count.
    """

    id: str
    clause: str
    verdict: Verdict
    counts: bool
    gaps: tuple[Note, ...] = ()
    unknowns: tuple[Note, ...] = ()
    answered: tuple[Note, ...] = ()
    awaited: tuple[str, ...] = ()
    looked: tuple[Looked, ...] = ()
    not_applicable: Thing | None = None
    left_out: tuple[LeftOut, ...] = ()
    tailored: Tailored | None = None
    set_aside: tuple[Note, ...] = ()


class ClauseVerdict(Part, frozen=True):
    """The answer for one clause: that of the obligations that count."""

    id: str
    verdict: Verdict
    decided_by: str | None = None


class Moment(Part, frozen=True):
    """The inputs of one moment: where in the ledger, what stood there, which facts and policy, and when it was."""

    position: int
    dossier: str
    facts: str
    policy: str
    now: str
    day: str


class Released(Part, frozen=True):
    """The release that was looked at."""

    id: str
    label: str
    version: str
    kind: str
    build_id: str | None = None
    planned: str | None = None


class DueDay(Part, frozen=True):
    """One thing that is due by the end of a day, or at an instant where a law counts hours; and who owes it."""

    about: Thing
    sentence: dict[str, Any]
    day: str
    owner: str
    at: str | None = None
    urgent: bool = False

    @property
    def said(self) -> Said:
        """Return the sentence with its arguments."""
        return Said.of(self.sentence)


class Assessment(Part, frozen=True):
    """Where a product stands against an edition, made from the inputs that are named here and from nothing else."""

    v: int
    program: str
    edition: str
    catalogue: str
    product: Thing
    product_name: str
    time_zone: str
    route: str
    moment: Moment
    obligations: tuple[ObligationVerdict, ...]
    clauses: tuple[ClauseVerdict, ...]
    release: Released | None = None
    as_released: Moment | None = None
    records: int = 0
    due: tuple[DueDay, ...] = ()

    def obligation(self, identity: str) -> ObligationVerdict:
        """Return the answer for one obligation. Raises `KeyError`."""
        return next(one for one in self.obligations if one.id == identity)

    def clause(self, number: str) -> ClauseVerdict:
        """Return the answer for one clause. Raises `KeyError`."""
        for one in self.clauses:
            if one.id == number:
                return one
        raise KeyError(number)

    def of_clause(self, number: str) -> tuple[ObligationVerdict, ...]:
        """Return the answers for the obligations of one clause."""
        return tuple(one for one in self.obligations if one.clause == number)

    def counted(self) -> dict[Verdict, int]:
        """Return how many clauses got each verdict; those that ask nothing stand in no count."""
        found = [one.verdict for one in self.clauses if one.decided_by is not None]
        return {verdict: found.count(verdict) for verdict in Verdict}

    @property
    def awaited(self) -> tuple[ObligationVerdict, ...]:
        """Return the obligations that count and have checks that are not built yet."""
        return tuple(one for one in self.obligations if one.counts and one.awaited)


_ENCODER = msgspec.json.Encoder(order="sorted")
_DECODER = msgspec.json.Decoder(Assessment)


def as_told(sentence: dict[str, Any]) -> msgspec.Raw:
    """Return a sentence, given as plain values, as a note holds it: JSON with sorted keys and no blanks."""
    return msgspec.Raw(_ENCODER.encode(sentence))


def document_bytes(assessment: Assessment) -> bytes:
    """Return an assessment as bytes: JSON with sorted keys and no blanks. Equal assessments give equal bytes."""
    return _ENCODER.encode(assessment)


def read_document(data: bytes) -> Assessment:
    """Return the assessment that the bytes hold. Raises `msgspec.ValidationError` where they hold none."""
    with resting():
        return _DECODER.decode(data)


def digest(assessment: Assessment) -> str:
    """Return the SHA-256 of an assessment's bytes, by which a release decision or a claim names it."""
    return sha256(document_bytes(assessment)).hexdigest()


def as_fact(assessment: Assessment) -> Assessed:
    """Return what a decision that rests on an assessment has to know of it.

    It is taken in as facts of the kind `assessments`: the assessment's bytes are its source, their SHA-256 its subject.
    """
    release = assessment.release
    return Assessed(
        edition=assessment.edition,
        policy=assessment.moment.policy,
        position=assessment.moment.position,
        at=assessment.moment.now,
        answers=tuple(Answered(one.id, one.verdict.value, one.counts) for one in assessment.obligations),
        release=release.id if release else None,
        build_id=release.build_id if release else None,
    )
