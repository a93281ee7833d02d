"""The kinds of Annex F: how far old software is, what is missing, why it may stay in use, and the way to all clauses."""

from __future__ import annotations

import pydantic
from pydantic_core import PydanticCustomError

from asepsis.configuration.records import Release, SoftwareItem
from asepsis.quality.records import Line, Versions
from asepsis.record.kind import Choice, Clause, Day, Kind, Person, Ref, Text, Value, field
from asepsis.record.slots import SystemRole, approved, authored, reviewed
from asepsis.risk.records import Control, OverallRisk, Risk


class Adequate(Choice):
    """Whether what there is fulfils a clause."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"


class AssessedClause(Value):
    """One clause, and what the old software already has for it."""

    clause: Clause = field("The clause, for example `5.2.1`. Each one that Annex F asks for has one line.")
    available: tuple[Ref[Kind], ...] = field(
        "What there is, also under another name: old requirements, tests, risk files, taken in here as records.",
        default=(),
    )
    adequate: Adequate = field("Whether that is enough. `partly` and `no` each need a transition gap.")
    why: Text | None = field("What is missing, where it is not enough.", default=None)

    @pydantic.model_validator(mode="after")
    def _what_is_missing(self) -> AssessedClause:
        if self.adequate is not Adequate.YES and self.why is None:
            raise PydanticCustomError("why-missing", "is not adequate; say in why what is missing")
        return self


class TransitionAssessment(Kind, prefix="TRA", signed=(authored(SystemRole.SECURITY), reviewed(SystemRole.QUALITY))):
    """What software that was made before the standard has to show for each clause, and whether it is enough.

    It is where the transitional route begins.
    """

    versions: Versions = field(
        "The versions that were assessed: exact ones, `*` for all, or a range such as `vers:generic/>=3.0|<4.0`.",
        min_length=1,
    )
    sub_clauses: tuple[AssessedClause, ...] = field(
        "One line each for 5.2.1, 5.2.2, 5.2.3, 5.7.1 to 5.7.5, 7.1.1, 7.1.2, 7.2 and 7.3.", min_length=1
    )


class ClosesBy(Choice):
    """What closes a transition gap: a letter of F.2."""

    REQUIREMENTS = "a"
    TESTS = "b"
    THREATS = "c"
    CONTROLS = "d"
    DOCUMENTS = "e"
    EVALUATION = "f"


class TransitionGap(
    Kind,
    prefix="TGP",
    signed=(reviewed(SystemRole.SECURITY),),
    warns=True,
    who="owner",
    due="due",
    group="closes_by",
):
    """Something that the old software lacks. It counts until it is closed, or justified on a risk that is accepted."""

    assessment: Ref[TransitionAssessment] = field("The assessment that found it.", names=True)
    clause: Clause = field("The clause that is not fulfilled, for example `5.2.1`.")
    what: Text = field("What is missing.")
    risk: Ref[Risk] | None = field("The risk that it leaves. Every gap needs one sooner or later.", default=None)
    owner: Person = field("Who sees to it.")
    closes_by: ClosesBy = field(
        "What will close it: `a` requirements, `b` tests, `c` context and threat model, `d` controls, `e` documents for "
        "users, `f` the evaluation of all remaining risk."
    )
    due: Day = field("The last day on which it is closed in time.")
    closed_on: Day | None = field("The day on which it was closed.", default=None, progress=True)
    closed_by: tuple[Ref[Kind], ...] = field(
        "The records that close it, of the sort that its letter asks for, for example a passed test run for `b`.",
        default=(),
        progress=True,
        names=True,
    )
    justified: Text | None = field(
        "Why it may stay open for now; only with a risk that is acceptable or was approved.", default=None
    )

    @pydantic.model_validator(mode="after")
    def _justified_on_a_risk(self) -> TransitionGap:
        if self.justified is not None and self.risk is None:
            raise PydanticCustomError("risk-missing", "is justified and names no risk")
        return self


class ContinuedUseRationale(Kind, prefix="CUR", signed=(approved(SystemRole.MANAGEMENT),), due="until"):
    """Why this version may go on being used although it does not fulfil all clauses."""

    release: Ref[Release] = field("The release it is about.", names=True)
    rationale: Text = field(
        "Why patients are better off with it than without: the benefit, the remaining risk, what users can do."
    )
    rests_on: Ref[OverallRisk] = field("The evaluation of all remaining risk of this release, the newest one.")
    until: Day = field("The last day on which it holds; not after the end of the release's security support.")


class ComponentJustification(Kind, prefix="CJU", signed=(reviewed(SystemRole.SECURITY),)):
    """Why an outdated component stays in, and what protects people from its flaws."""

    item: Ref[SoftwareItem] = field("The component, with its own software item.")
    why_kept: Text = field("Why it is not replaced, for example `the new version does not run on this hardware`.")
    risk: Ref[Risk] = field("The risk that it brings.")
    control: Ref[Control] | None = field(
        "What protects people instead of an update, for example network isolation. Without one it stays a gap.",
        default=None,
    )


class Milestone(Value):
    """A step on the way to all clauses."""

    what: Line = field("What will be reached, for example `threat model of the gateway signed`.")
    clauses: tuple[Clause, ...] = field("The clauses that are fulfilled with it.", min_length=1)
    due: Day = field("The last day on which it is reached in time.")
    done_on: Day | None = field("The day on which it was reached.", default=None, progress=True)


class TransitionPlan(Kind, prefix="TPN", signed=(approved(SystemRole.MANAGEMENT),), single=True, due="full_by"):
    """How and by when this product comes to fulfil all clauses of the standard."""

    milestones: tuple[Milestone, ...] = field(
        "The steps, each with clauses and day. Each open gap has its clause in one of them.", min_length=1
    )
    full_by: Day = field("The day by which all clauses are fulfilled.")
    review_by: Day = field("The day by which the plan has to be looked at again.")
