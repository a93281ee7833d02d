"""The kinds that speak of the standard itself: attestations, what does not apply, policy and claims."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import pydantic
from pydantic_core import PydanticCustomError

from asepsis.clauses import policy
from asepsis.clauses.catalogue import (
    EDITIONS,
    AlwaysAppliesError,
    UnknownObligationError,
    catalogue,
)
from asepsis.clauses.catalogue import (
    Attestation as Attested,
)
from asepsis.clauses.oid import MalformedOidError, object_identifier
from asepsis.configuration.records import Release
from asepsis.errors import AsepsisError
from asepsis.quality.records import Line, not_before
from asepsis.record.kind import Choice, Day, Digest, Evidence, Kind, Look, ObligationId, Ref, Text, Value, field
from asepsis.record.slots import Slot, SystemRole, approved, reviewed

# An obligation of the catalogue, or one lettered part of it: `4.1.5-1`, `5.7.1-2 d`.
ObligationPart = Annotated[
    str, pydantic.StringConstraints(strict=True, pattern=r"^([4-9](\.\d{1,2}){0,2}|F\.\d)-\d{1,2}( [a-z])?$")
]


def _attested(obligation: str) -> Attested:
    """Return who attests `obligation` and how often; refuse the content where nobody is asked to."""
    try:
        found = catalogue().obligation(obligation).attestation
    except UnknownObligationError as error:
        raise PydanticCustomError("obligation-unknown", "is unknown: {why}", {"why": _why(error)}) from error
    if found is None:
        raise PydanticCustomError(
            "not-attested", "needs no attestation: the signatures on its records say the same already"
        )
    return found


def _sign_attestation(attestation: Attestation, look: Look) -> tuple[Slot, ...]:
    """Return one approval by the role that the catalogue names for the obligation."""
    return (approved(SystemRole(_attested(attestation.obligation).role)),)


def _why(error: AsepsisError) -> str:
    return error.said.text().removesuffix(".")


class Attestation(Kind, prefix="ATT", of="OP", signed=_sign_attestation, due="until"):
    """A person answers with their name for something that no other record's signature says.

    Some are due every year, some for each release.
    """

    obligation: ObligationId = field("The obligation that is attested, for example `4.1.1-2`.")
    release: Ref[Release] | None = field(
        "The release it is about, where the obligation is attested for each release.", default=None, names=True
    )
    statement: Text = field("What is so, in your own words: what you looked at and what you found.")
    rests_on: tuple[Ref[Kind], ...] = field(
        "The records that you looked at. An attestation that rests on nothing, or on nothing new, does not count.",
        default=(),
        names=True,
    )
    evidence: tuple[Evidence, ...] = field("Files that you looked at and that are in no record.", default=())
    on: Day = field("The day on which you looked.")
    until: Day | None = field(
        "The last day on which it holds, where that is sooner than the interval of the policy.", default=None
    )

    @pydantic.field_validator("obligation")
    @classmethod
    def _is_attested(cls, obligation: str) -> str:
        _attested(obligation)
        return obligation

    @pydantic.model_validator(mode="after")
    def _whole(self) -> Attestation:
        if _attested(self.obligation).every == "release" and self.release is None:
            raise PydanticCustomError("release-missing", "is attested for each release; name the release")
        not_before(self.until, self.on, "until", "on")
        return self


class NotApplicable(
    Kind, prefix="NAP", signed=(approved(SystemRole.QUALITY), reviewed(SystemRole.SECURITY)), due="until"
):
    """An obligation that depends on a condition, and the condition is not there.

    It holds only as long as records and facts do not show the opposite.
    """

    obligation: ObligationPart = field(
        "The obligation, or its lettered part, for example `4.1.5-1` or `5.7.1-2 d`. Only those with a condition."
    )
    why: Text = field("Why the condition is not there, so that others can see it for themselves.")
    until: Day = field("The last day on which it holds before somebody has to look again.")

    @pydantic.field_validator("obligation")
    @classmethod
    def _depends_on_a_condition(cls, obligation: str) -> str:
        try:
            catalogue().condition(obligation)
        except (AlwaysAppliesError, UnknownObligationError) as error:
            raise PydanticCustomError("always-applies", "cannot be left out: {why}", {"why": _why(error)}) from error
        return obligation


class PolicyValue(Value):
    """One value of the process that you set otherwise than the default, or confirm."""

    name: Line = field("Its name, for example `quality.procedure_review_months`.")
    set_to: Line = field(
        "What it is set to, as text: a number such as `12`, `yes` or `no`, a word, or words joined by commas."
    )
    why: Text = field("Why this value and no other. An auditor will ask.")

    @pydantic.model_validator(mode="after")
    def _may_be_set(self) -> PolicyValue:
        try:
            policy.parse(self.name, self.set_to)
        except (policy.UnknownPolicyError, policy.UnfitValueError, policy.PastFloorError) as error:
            raise PydanticCustomError("policy", "cannot be set: {why}", {"why": _why(error)}) from error
        return self


class Policy(
    Kind,
    prefix="POL",
    of="OP",
    signed=(approved(SystemRole.MANAGEMENT), approved(SystemRole.QUALITY)),
    four_eyes=True,
    single=True,
    due="review_by",
):
    """What you decide about your own process: days, intervals, levels.

    What is not named here stays at the default. A product's policy is laid over the organisation's, value by value.
    """

    values: tuple[PolicyValue, ...] = field("The values that are set, each with its reason.", min_length=1)
    effective: Day = field("The first day on which they hold.")
    review_by: Day = field("The day by which somebody has to look whether they still fit.")

    @pydantic.model_validator(mode="after")
    def _each_once(self) -> Policy:
        names = [value.name for value in self.values]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise PydanticCustomError("policy-twice", "sets {name} twice", {"name": twice})
        not_before(self.review_by, self.effective, "review_by", "effective")
        return self

    @property
    def settings(self) -> Mapping[str, policy.Setting]:
        """Return its values by name, as `asepsis.clauses.policy.in_force` takes them."""
        return {value.name: policy.parse(value.name, value.set_to) for value in self.values}


class Concept(Choice):
    """What conformity is claimed to."""

    FULL = "full-4-9"
    TRANSITIONAL = "transitional-f"
    DOCUMENTS = "docs-annex-e"


class Claim(
    Kind, prefix="CLM", signed=(approved(SystemRole.MANAGEMENT), approved(SystemRole.QUALITY)), group="concept"
):
    """What you tell the world: that this release conforms. It rests on one assessment, which anybody can make again."""

    release: Ref[Release] = field("The release that the claim is for.", names=True)
    concept: Concept = field(
        "`full-4-9`: all of clauses 4 to 9. `transitional-f`: Annex F, for older software. `docs-annex-e`: the documents "
        "of Annex E."
    )
    edition: Line = field("The edition of the standard, by its id here, for example `iec-81001-5-1-2021`.")
    assessment: Digest = field("The SHA-256 of the assessment that it rests on. Whoever has it can check the claim.")
    oid: Line | None = field(
        "The object identifier of the concept, as your copy of the standard prints it; it is not handed out here.",
        default=None,
    )

    @pydantic.field_validator("edition")
    @classmethod
    def _is_held_here(cls, edition: str) -> str:
        if edition not in EDITIONS:
            raise PydanticCustomError(
                "edition-unknown", "is none that this program holds; it holds {held}", {"held": ", ".join(EDITIONS)}
            )
        return edition

    @pydantic.field_validator("oid")
    @classmethod
    def _has_the_form(cls, oid: str | None) -> str | None:
        try:
            return object_identifier(oid) if oid is not None else None
        except MalformedOidError as error:
            raise PydanticCustomError("oid", "cannot be used: {why}", {"why": _why(error)}) from error
