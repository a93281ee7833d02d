"""The catalogue of an edition: its clauses, what each asks, what decides it, and its counterparts in other standards."""

from __future__ import annotations

import enum
import functools
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from importlib import resources
from types import MappingProxyType
from typing import Any, Literal

from asepsis.clauses.numbers import near, order
from asepsis.errors import InputError
from asepsis.sentences import Sentence

EDITIONS: Mapping[str, str] = MappingProxyType({"iec-81001-5-1-2021": "iec-81001-5-1-2021.json"})
DEFAULT = "iec-81001-5-1-2021"

Cover = Literal["none", "part", "full", "more"]
Every = Literal["year", "release"]
RouteName = Literal["full", "transitional", "none"]


class UnknownEditionError(InputError):
    """No catalogue of this edition is part of the program."""

    code = "edition-unknown"
    sentence = Sentence("{edition} is no edition that this program holds.", next="Name one of these: {editions}.")


class UnknownClauseError(InputError):
    """The catalogue has no clause of this number."""

    code = "clause-unknown"
    sentence = Sentence("{edition} has no clause '{clause}'.", next="Name one that it has; near it are {near}.")


class UnknownObligationError(InputError):
    """The catalogue has no obligation, or lettered part of one, of this id."""

    code = "obligation-unknown"
    sentence = Sentence("{edition} has no obligation '{obligation}'.", next="Name one that it has; near it are {near}.")


class AlwaysAppliesError(InputError):
    """An obligation, or lettered part, that no condition limits was said not to apply."""

    code = "obligation-always-applies"
    sentence = Sentence(
        "{obligation} depends on no condition: it always applies.", next="Fulfil it, or leave it a gap."
    )


class UnknownRouteError(InputError):
    """An applicability names a way through the standard that the edition does not have."""

    code = "route-unknown"
    sentence = Sentence("{edition} has no route '{route}'.", next="Name one of these: {routes}.")


class Modality(enum.StrEnum):
    """How strongly the standard puts an obligation."""

    REQUIREMENT = "S"
    RECOMMENDATION = "R"
    PERMISSION = "P"
    UNCONFIRMED = "U"  # derived, or no public source confirms the wording


class At(enum.StrEnum):
    """Of what moment an obligation is asked: of what holds now, or of the release looked at."""

    HEAD = "head"
    RELEASE = "release"


@dataclass(frozen=True, slots=True)
class Edition:
    """Which text a catalogue speaks of. `published` is a year and month; `note` says whose words the catalogue holds."""

    id: str
    name: str
    published: str
    interpretation_sheet: str
    note: str


@dataclass(frozen=True, slots=True)
class Process:
    """A lane of the board: a process of the standard, with the number its clauses begin with."""

    id: str
    name: str
    clause: str


@dataclass(frozen=True, slots=True)
class Condition:
    """What must hold for an obligation, or a lettered part of it (`letter`), to apply. `id` is for programs."""

    id: str
    text: str
    letter: str | None = None


@dataclass(frozen=True, slots=True)
class Composition:
    """What a composed obligation, or a lettered part of it, is put together from: clauses, and ids of checks."""

    of: tuple[str, ...]
    letter: str | None = None


@dataclass(frozen=True, slots=True)
class Attest:
    """A signature that says what a person attests: `meaning` (approved, reviewed, ...) by `role` on a record of `kind`.

    `role` is a system role or, where the record itself decides who signs, `lead` and `reviewer` (of a Review) or `cell`
    (the approver of the risk's cell).
    """

    kind: str
    meaning: str
    role: str


@dataclass(frozen=True, slots=True)
class Attestation:
    """A statement that no record's own signature makes: a person of `role` signs it for `obligation`, every so often."""

    obligation: str
    role: str
    every: Every


@dataclass(frozen=True, slots=True)
class Obligation:
    """One thing that a clause asks, in our words. `checks` decide it, with its attestation where it has one.

    `no_check` says why nothing decides it: then it explains or permits, and asks nothing. `confirmed` is whether a
    public source confirms the wording.
    """

    id: str
    clause: str
    modality: Modality
    confirmed: bool
    at: At
    text: str
    checks: tuple[str, ...]
    conditions: tuple[Condition, ...] = ()
    composed_of: tuple[Composition, ...] = ()
    attestation: Attestation | None = None
    no_check: str | None = None

    @property
    def applies_if(self) -> Condition | None:
        """Return the condition that the whole obligation depends on."""
        return next((condition for condition in self.conditions if condition.letter is None), None)

    @property
    def parts(self) -> Mapping[str, Condition]:
        """Return the lettered parts that depend on a condition, each with it."""
        return {condition.letter: condition for condition in self.conditions if condition.letter is not None}

    @property
    def asks(self) -> bool:
        """Return whether anything decides it."""
        return self.no_check is None


@dataclass(frozen=True, slots=True)
class SoftwareCheck:
    """A line of what software can check in a clause, with the ids of the checks that answer it."""

    text: str
    checks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Counterpart:
    """The practices of IEC 62443-4-1 nearest to a clause, and how much of the clause's content they share.

    `cover`: none, part, full, or more (the clause asks for all of it and more). The mapping is ours.
    """

    practices: tuple[str, ...]
    cover: Cover
    remark: str | None = None


@dataclass(frozen=True, slots=True)
class Predecessor:
    """The clauses of IEC 62304 nearest to a clause, and the same as told to a reader, with what the numbers leave out."""

    clauses: tuple[str, ...]
    as_told: str


@dataclass(frozen=True, slots=True)
class Practice:
    """A practice of IEC 62443-4-1, where this standard asks for it, and what is left `to_close` for a claim of that one."""

    id: str
    clauses: tuple[str, ...]
    documents: tuple[str, ...] = ()
    to_close: str | None = None


@dataclass(frozen=True, slots=True)
class Mappings:
    """The catalogue the other way round: from a number of another standard to the clauses that answer it."""

    iec62443_4_1: Mapping[str, tuple[str, ...]]
    iec62304: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Clause:
    """A numbered clause: number and short title are the standard's, `short` is our name for a tile of the board.

    `decided_by` is the modality whose obligations decide it, `None` where it asks nothing; `question` is what the
    release gate asks.
    """

    id: str
    title: str
    short: str
    process: str
    decided_by: Modality | None
    obligations: tuple[Obligation, ...]
    attestation: Attestation | None
    attested_by: tuple[Attest, ...]
    human_attests: tuple[str, ...]
    evidence: tuple[str, ...]
    software_checks: tuple[SoftwareCheck, ...]
    iec62443_4_1: Counterpart
    iec62304: Predecessor
    confidence: str
    sources: tuple[str, ...]
    question: str | None = None

    @property
    def number(self) -> tuple[tuple[int, int, str], ...]:
        """Return what clauses sort by."""
        return order(self.id)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All clauses of one edition, in order. `digest` is the SHA-256 (hex) of the bytes it was read from."""

    edition: Edition
    digest: str
    processes: tuple[Process, ...]
    clauses: tuple[Clause, ...]
    practices: tuple[Practice, ...]
    routes: Mapping[str, tuple[str, ...]]
    _clauses: Mapping[str, Clause] = field(repr=False, compare=False)
    _obligations: Mapping[str, Obligation] = field(repr=False, compare=False)

    @property
    def obligations(self) -> tuple[Obligation, ...]:
        """Return all obligations, in the order of their clauses."""
        return tuple(self._obligations.values())

    @property
    def checks(self) -> frozenset[str]:
        """Return the ids of all checks that decide an obligation."""
        return frozenset(check for obligation in self.obligations for check in obligation.checks)

    @property
    def gate(self) -> tuple[Clause, ...]:
        """Return the clauses that the release gate asks, each with its question."""
        return tuple(clause for clause in self.clauses if clause.question is not None)

    def clause(self, number: str) -> Clause:
        """Return the clause of that number. Raises `UnknownClauseError`, which names those near it."""
        if (found := self._clauses.get(number)) is None:
            raise UnknownClauseError(edition=self.edition.name, clause=number[:40], near=near(number, self._clauses))
        return found

    def obligation(self, identity: str) -> Obligation:
        """Return the obligation of that id. Raises `UnknownObligationError`, which names those near it."""
        if (found := self._obligations.get(identity)) is None:
            raise UnknownObligationError(
                edition=self.edition.name, obligation=identity[:40], near=near(identity, self._obligations)
            )
        return found

    def condition(self, what: str) -> Condition:
        """Return what an obligation ("4.1.5-1") or a lettered part ("5.7.1-2 d") depends on.

        Raises `UnknownObligationError`, or `AlwaysAppliesError` where it depends on nothing: then nobody can say that
        it does not apply.
        """
        identity, _, letter = what.partition(" ")
        conditions = self.obligation(identity).conditions
        found = next((one for one in conditions if one.letter == (letter or None)), None)
        if found is None:
            raise AlwaysAppliesError(obligation=what[:40])
        return found

    def counted(self, clause: Clause, *, recommended: bool = False) -> tuple[Obligation, ...]:
        """Return the obligations that decide a clause; none for a clause that carries no requirement.

        With `recommended` (policy statements.count_recommended) those that recommend, or whose wording is not
        confirmed, count too, as long as they ask something.
        """
        if clause.decided_by is None:
            return ()
        also = {Modality.RECOMMENDATION, Modality.UNCONFIRMED} if recommended else set()
        return tuple(
            obligation
            for obligation in clause.obligations
            if obligation.asks and obligation.modality in also | {clause.decided_by}
        )

    def route(self, name: str) -> tuple[str, ...]:
        """Return the clauses that a route (full, transitional, none) asks; all others are *not asked*, in no count.

        Raises `UnknownRouteError`.
        """
        if (asked := self.routes.get(name)) is None:
            raise UnknownRouteError(edition=self.edition.name, route=name[:40], routes=tuple(self.routes))
        return asked

    def read(self, name: str) -> tuple[str, ...]:
        """Return the clauses that a route does not ask and whose verdicts its composed obligations read all the same."""
        asked = self.route(name)
        composed = (one for number in asked for ask in self.clause(number).obligations for one in ask.composed_of)
        reached = {number for one in composed for number in one.of if number in self._clauses}
        return tuple(sorted(reached.difference(asked), key=order))

    def attests(self, clause: Clause) -> tuple[Attest, ...]:
        """Return the signatures that say what persons attest in a clause; of a composed one, those of its clauses."""
        if clause.attested_by or clause.attestation:
            return clause.attested_by
        composed = (one for obligation in clause.obligations for one in obligation.composed_of)
        return tuple(
            dict.fromkeys(
                attest
                for one in composed
                for number in one.of
                if number in self._clauses
                for attest in self._clauses[number].attested_by
            )
        )

    def mappings(self) -> Mappings:
        """Return the clauses that answer each practice of IEC 62443-4-1 and each clause of IEC 62304, in order."""
        practices = {practice.id: set(practice.clauses) for practice in self.practices}
        predecessors: dict[str, set[str]] = {}
        for clause in self.clauses:
            for practice in clause.iec62443_4_1.practices if clause.iec62443_4_1.cover != "none" else ():
                practices[practice].add(clause.id)
            for number in clause.iec62304.clauses:
                predecessors.setdefault(number, set()).add(clause.id)
        return Mappings(
            MappingProxyType({name: tuple(sorted(found, key=order)) for name, found in practices.items()}),
            MappingProxyType(
                {name: tuple(sorted(predecessors[name], key=order)) for name in sorted(predecessors, key=order)}
            ),
        )


@functools.cache
def catalogue(edition: str = DEFAULT) -> Catalogue:
    """Return the catalogue of an edition, read once. Raises `UnknownEditionError`."""
    if edition not in EDITIONS:
        raise UnknownEditionError(edition=edition[:40], editions=tuple(EDITIONS))
    return catalogue_of((resources.files(__package__) / EDITIONS[edition]).read_bytes())


def catalogue_of(data: bytes) -> Catalogue:
    """Return the catalogue that the bytes of an edition's file hold."""
    value = json.loads(data)
    conditions: Mapping[str, str] = value["conditions"]
    clauses = tuple(_clause(one, conditions) for one in sorted(value["clauses"], key=lambda one: order(one["id"])))
    return Catalogue(
        edition=Edition(**value["edition"]),
        digest=hashlib.sha256(data).hexdigest(),
        processes=tuple(Process(**one) for one in value["processes"]),
        clauses=clauses,
        practices=tuple(_practice(one) for one in value["practices"]),
        routes=MappingProxyType({name: tuple(sorted(asked, key=order)) for name, asked in value["routes"].items()}),
        _clauses=MappingProxyType({clause.id: clause for clause in clauses}),
        _obligations=MappingProxyType({one.id: one for clause in clauses for one in clause.obligations}),
    )


def _clause(value: Mapping[str, Any], conditions: Mapping[str, str]) -> Clause:
    attestation = Attestation(**value["attestation"]) if "attestation" in value else None
    obligations = (_obligation(one, value["id"], conditions) for one in value["obligations"])
    return Clause(
        id=value["id"],
        title=value["title"],
        short=value["short"],
        process=value["process"],
        decided_by=None if value["decided_by"] == "none" else Modality(value["decided_by"]),
        obligations=tuple(
            replace(one, attestation=attestation) if attestation and attestation.obligation == one.id else one
            for one in obligations
        ),
        attestation=attestation,
        attested_by=tuple(Attest(**one) for one in value["attested_by"]),
        human_attests=tuple(value["human_attests"]),
        evidence=tuple(value["evidence"]),
        software_checks=tuple(SoftwareCheck(one["text"], tuple(one["checks"])) for one in value["software_checks"]),
        iec62443_4_1=_counterpart(value["iec62443_4_1"]),
        iec62304=Predecessor(tuple(value["iec62304"]["clauses"]), value["iec62304"]["as_told"]),
        confidence=value["confidence"],
        sources=tuple(value["sources"]),
        question=value.get("question"),
    )


def _obligation(value: Mapping[str, Any], clause: str, conditions: Mapping[str, str]) -> Obligation:
    return Obligation(
        id=value["id"],
        clause=clause,
        modality=Modality(value["modality"]),
        confirmed=value["confirmed"],
        at=At(value["at"]),
        text=value["text"],
        checks=tuple(value["checks"]),
        conditions=tuple(
            Condition(name, conditions[name], letter) for letter, name in _lettered(value.get("applies_if", {}))
        ),
        composed_of=tuple(Composition(tuple(of), letter) for letter, of in _lettered(value.get("composed_of", {}))),
        no_check=value.get("no_check"),
    )


def _lettered(value: Any) -> list[tuple[str | None, Any]]:
    """Return what is said of lettered parts as (letter, what), and what is said of the whole as (None, what)."""
    return list(value.items()) if isinstance(value, dict) else [(None, value)]


def _counterpart(value: Mapping[str, Any]) -> Counterpart:
    return Counterpart(tuple(value["practices"]), value["cover"], value.get("remark"))


def _practice(value: Mapping[str, Any]) -> Practice:
    return Practice(value["id"], tuple(value["clauses"]), tuple(value["documents"]), value.get("to_close"))
