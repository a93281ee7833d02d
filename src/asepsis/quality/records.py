"""The kinds of clause 4.1: the product and its scope, the quality system, its people, and how it looks at itself."""

from __future__ import annotations

from typing import Annotated

import pydantic
from pydantic_core import PydanticCustomError

from asepsis.exchange.purl import PurlPatternError, precision
from asepsis.record.kind import (
    ID,
    Choice,
    Clause,
    Day,
    Evidence,
    Kind,
    Person,
    Ref,
    Text,
    Value,
    field,
)
from asepsis.record.slots import SystemRole, approved, authored, reviewed

Line = Annotated[str, pydantic.StringConstraints(strict=True, max_length=300, pattern=r"^\S([^\r\n]*\S)?$")]
Country = Annotated[str, pydantic.StringConstraints(strict=True, pattern=r"^[A-Z]{2}$")]
ProductId = Annotated[str, pydantic.StringConstraints(strict=True, pattern=ID)]
KindName = Annotated[str, pydantic.StringConstraints(strict=True, pattern=r"^[A-Z][A-Za-z]{2,40}$")]
PurlPattern = Annotated[str, pydantic.StringConstraints(strict=True, max_length=500, pattern=r"^pkg:\S+$")]
SkillLevel = Annotated[int, pydantic.Field(strict=True, ge=1, le=3)]
Validity = Annotated[int, pydantic.Field(strict=True, ge=1, le=1_200)]  # months

# A version: exactly as the product or component writes it; `*` for all; or one range such as
# `vers:semver/>=2.0.0|<3.0.0` (https://github.com/package-url/vers-spec). `quality.domain.holds` reads them.
Version = Annotated[
    str, pydantic.StringConstraints(strict=True, max_length=500, pattern=r"^(\*|[^\s*]|[^\s*][^\r\n]*\S)$")
]
Versions = tuple[Version, ...]


def not_before(later: Day | None, earlier: Day | None, later_name: str, earlier_name: str) -> None:
    """Refuse a content whose field `later_name` holds a day before that of `earlier_name`; either may be empty."""
    if later is not None and earlier is not None and later < earlier:
        raise PydanticCustomError(
            "days-in-order", "has {later} before {earlier}", {"later": later_name, "earlier": earlier_name}
        )


def readable_pattern(pattern: str | None) -> str | None:
    """Return `pattern` if it reads as a pattern of package URLs, or is none; refuse the content otherwise."""
    try:
        precision(pattern or "pkg:generic/*")
    except PurlPatternError as error:
        raise PydanticCustomError(
            "purl-pattern", "cannot be used: {why}", {"why": error.said.text().removesuffix(".")}
        ) from error
    return pattern


# --- the product and its scope --------------------------------------------------------------------------------------


class Actor(Value):
    """A group of people who use, run or look after the product."""

    who: Line = field("The group in a few words, for example `ward nurse` or `hospital IT`.")
    does: Text | None = field("What they do with the product, and what they may be expected to know.", default=None)


class Market(Value):
    """A country or region where the product is sold, and what its law makes of it."""

    country: Country = field("Two capital letters: ISO 3166, or `EU` for the European Union. For example `DE` or `US`.")
    law: Line = field("The law it is placed on the market under, for example `MDR`, `IVDR`, `FD&C Act` or `none`.")
    risk_class: Line | None = field("The class that this law puts it in, for example `IIa`.", default=None)
    identifier: Line | None = field("Its number there: UDI-DI, 510(k) or registration number.", default=None)


class EssentialFunction(Value):
    """Something the product must go on doing, since people are harmed if it stops or goes wrong."""

    what: Line = field(
        "The function in a few words, for example `alarm at low saturation`. Assets name it by these words."
    )
    harm: Text = field("What may happen to a patient or user when it is lost, late or wrong.")


class Form(Choice):
    """What kind of health software it is."""

    PART_OF_DEVICE = "part-of-device"
    HEALTH_HARDWARE = "health-hardware"
    SAMD = "samd"
    SOFTWARE_ONLY = "software-only"


class SafetyClass(Choice):
    """The software safety class of IEC 62304."""

    A = "A"
    B = "B"
    C = "C"
    NONE = "none"


class Reach(Choice):
    """From where the product can be reached."""

    INTERNET = "internet"
    HOSPITAL_NETWORK = "hospital-network"
    LOCAL = "local"
    NONE = "none"


class ProductProfile(
    Kind,
    prefix="PRD",
    signed=(approved(SystemRole.REGULATORY), reviewed(SystemRole.CLINICAL)),
    single=True,
    group="form",
):
    """What the product is, for whom, and where it is used. All that is decided about its security starts here."""

    name: Line = field("The name under which it is sold.")
    form: Form = field(
        "Software inside a medical device, software on dedicated health hardware, software that is a medical device by "
        "itself, or other health software."
    )
    intended_use: Text = field("What it is for, in the words of its intended purpose: for which patients, to do what.")
    users: tuple[Actor, ...] = field(
        "Everybody who touches it in its life: who uses it, who runs it, who installs and repairs it.", min_length=1
    )
    environment_of_use: Text = field(
        "Where it runs and what surrounds it, for example `hospital ward, on the clinical network, next to the pump`."
    )
    foreseeable_misuse: Text = field(
        "What people will do with it that it was not made for, for example share one login or plug in private sticks."
    )
    markets: tuple[Market, ...] = field("Where it is or will be sold, and under which law: one line each.", default=())
    safety_class: SafetyClass = field(
        "Its software safety class after IEC 62304: `C` where death or serious injury is possible, `none` if not classed."
    )
    essential_functions: tuple[EssentialFunction, ...] = field(
        "What must not fail, with the harm if it does. An attack on one of these is where security becomes safety.",
        default=(),
    )
    reachable: Reach = field(
        "The widest network that can reach it once installed as intended; `none` only if it has no connector at all."
    )
    accounts: bool = field("Whether people or machines log in to it. If so, its guidance has to explain account care.")
    relies_on_services: bool = field(
        "Whether it needs software services that run elsewhere, such as a cloud or a licence server."
    )
    taken_over_on: Day | None = field(
        "The day from which its records are kept here, if it is older. Rules about order spare what came before.",
        default=None,
    )


class Route(Choice):
    """Which part of the standard a version follows."""

    FULL = "full"
    TRANSITIONAL = "transitional"
    NONE = "none"


class SupportingSoftware(Value):
    """Software that the product needs and that somebody may take for outside the scope."""

    what: Line = field("What it is, for example `Windows 11 IoT`, `hospital's database server` or `graphics driver`.")
    matches: PurlPattern | None = field(
        "How it shows in a bill of materials, as a package URL pattern such as `pkg:deb/debian/*`, if it can.",
        default=None,
    )
    in_scope: bool = field("Yes if you ship it or ask for it; what is shipped is always in scope.")
    why: Text = field("Why it is inside or outside, for this very item; who brings and updates it when you do not.")

    @pydantic.field_validator("matches")
    @classmethod
    def _reads_as_a_pattern(cls, matches: str | None) -> str | None:
        return readable_pattern(matches)


class Applicability(
    Kind,
    prefix="APP",
    signed=(approved(SystemRole.MANAGEMENT), reviewed(SystemRole.REGULATORY), reviewed(SystemRole.SECURITY)),
    single=True,
    group="route",
):
    """Which way through the standard this product takes, for which versions, and what software counts as part of it.

    Decide it before the security work starts: it chooses what is asked of you.
    """

    profile: Ref[ProductProfile] = field("The product profile that this decision was made on.")
    versions: Versions = field(
        "The product versions it covers: exact ones, `*` for all, or a range such as `vers:semver/>=2.0.0|<3.0.0`.",
        min_length=1,
    )
    route: Route = field(
        "`full`: all clauses. `transitional`: Annex F, for software made before the standard. `none`: not health "
        "software with a security concern; that needs a strong reason."
    )
    rationale: Text = field("Why this route is the right one for this product. An auditor reads this first.")
    supporting_software: tuple[SupportingSoftware, ...] = field(
        "Operating system, drivers, platform and the like: one line each, whether it is in scope and why.", default=()
    )
    developed_before: Day | None = field(
        "On the transitional route: the day by which the software had been developed.", default=None, happened=True
    )
    developed_before_proof: Evidence | None = field(
        "On the transitional route: what shows that day, for example the old release note.", default=None
    )
    cyber_device: bool = field(
        "Whether US law sees a cyber device in it: software, able to connect, open to cyber threats (section 524B)."
    )
    cyber_device_why: Text = field("Why it is one or is not, for example `connects to the hospital network by Wi-Fi`.")

    @pydantic.model_validator(mode="after")
    def _old_software_shows_its_age(self) -> Applicability:
        if self.route is Route.TRANSITIONAL and (self.developed_before is None or self.developed_before_proof is None):
            raise PydanticCustomError(
                "developed-before", "on the transitional route needs developed_before and developed_before_proof"
            )
        return self


# --- the quality system ---------------------------------------------------------------------------------------------


class QualityStandard(Choice):
    """What the quality system is built on."""

    ISO13485 = "iso13485"
    ISO9001 = "iso9001"
    OTHER = "other"


class PlannedAudit(Value):
    """A clause that is to be audited, and by when."""

    clause: Clause = field("The clause of IEC 81001-5-1 that the audit will look at, for example `7.2`.")
    by: Day = field("The last day on which this audit is on time.")


class QualitySystem(
    Kind,
    prefix="QMS",
    of="O",
    signed=(approved(SystemRole.QUALITY),),
    single=True,
    due="certificate_until",
    group="standard",
):
    """The quality management system that the security work runs in, and how it is shown to be alive."""

    standard: QualityStandard = field("The standard it follows; `other` needs its name in the next field.")
    other_standard: Line | None = field("The name of the standard, where it is another one.", default=None)
    scope: Text = field("What it covers: sites, products, activities. Name product security in it if it is covered.")
    security_in_scope: bool = field(
        "Whether the security activities are processes of this system, with procedures, records and audits of their own."
    )
    certificate: Evidence | None = field(
        "The certificate, if a body certified it. Without one, internal or customer audits have to show it.",
        default=None,
    )
    certificate_until: Day | None = field("The last day on which the certificate is valid.", default=None)
    audit_plan: tuple[PlannedAudit, ...] = field(
        "Which clause is to be audited by which day. Each clause needs an audit in every audit cycle.",
        default=(),
        progress=True,
    )

    @pydantic.model_validator(mode="after")
    def _whole(self) -> QualitySystem:
        if self.standard is QualityStandard.OTHER and self.other_standard is None:
            raise PydanticCustomError("other-standard", "names no standard: other_standard is empty")
        if self.certificate is not None and self.certificate_until is None:
            raise PydanticCustomError("certificate-until", "has a certificate but no certificate_until")
        return self


class Procedure(Kind, prefix="PRO", of="O", signed=(approved(SystemRole.QUALITY),), four_eyes=True, due="review_by"):
    """A written procedure of your quality system, and the clauses it answers."""

    number: Line | None = field("Its number in your quality system, for example `SOP-042`.", default=None)
    serves: tuple[Clause, ...] = field(
        "The clauses it tells people how to fulfil, for example `7.2` and `7.3`. Every clause needs a procedure.",
        min_length=1,
    )
    version: Line = field("Its version as printed on it. Each changed document gets a version of its own.")
    effective: Day = field("The first day on which people work by it.")
    review_by: Day = field("The day by which somebody must have looked whether it still fits.")
    document: Evidence = field("The procedure itself, as released.")
    record_types: tuple[KindName, ...] = field(
        "The kinds of record that it makes, by their names here, for example `Threat` and `Risk`.", default=()
    )
    owner: Ref[Role] | None = field("The role that keeps it up to date.", default=None, names=True)

    @pydantic.model_validator(mode="after")
    def _reviewed_after_it_starts(self) -> Procedure:
        not_before(self.review_by, self.effective, "review_by", "effective")
        return self


# --- people ---------------------------------------------------------------------------------------------------------


class SkillNeed(Value):
    """A skill that whoever holds a role must have shown."""

    skill: Line = field("The skill in a few words, the same words everywhere, for example `threat modelling`.")
    level: SkillLevel = field("How well: 1 knows it, 2 does it alone, 3 can teach and assess it.")
    valid_months: Validity = field("After how many months it has to be shown again.")


class Role(Kind, prefix="ROL", of="O", signed=(approved(SystemRole.MANAGEMENT),)):
    """A role in your organisation: which duties it has here and what its holders must be able to do."""

    acts_as: tuple[SystemRole, ...] = field(
        "What its holders may sign as in this system, for example `security`. Empty: they sign nothing.", default=()
    )
    accountable_for: tuple[Clause, ...] = field(
        "The clauses whose fulfilment this role answers for. Each clause has exactly one such role.", default=()
    )
    responsible_for: tuple[Clause, ...] = field(
        "The clauses whose work this role does. Each clause has at least one such role.", default=()
    )
    skill_needs: tuple[SkillNeed, ...] = field(
        "What its holders must be able to do, how well, and how often they have to show it.", default=()
    )


class Unit(Choice):
    """Where in the organisation somebody stands, which tells how independent their tests are."""

    LINE = "line"
    QUALITY = "quality"
    OTHER = "other"


class Appointment(
    Kind, prefix="APT", of="OP", signed=(approved(SystemRole.MANAGEMENT),), who="person", due="until", group="unit"
):
    """One person is given a role, for one product or for the whole organisation, from a day on.

    Only who is appointed can sign in the role.
    """

    role: Ref[Role] = field("The role that is given.", names=True)
    person: Person = field("The person who gets it.")
    since: Day = field("The first day on which the person holds it.")
    until: Day | None = field("The last day, if it ends. Fill it when somebody leaves.", default=None)
    deputy: Person | None = field(
        "Who stands in. A deputy may sign in the role and needs the same skills.", default=None
    )
    reports_to: Person | None = field(
        "This person's superior. It shows how independent of the developers a tester is.", default=None
    )
    organisation: Line | None = field("The company, where the person is not employed by you.", default=None)
    unit: Unit | None = field(
        "Where the person stands: in the line that develops, in quality, or elsewhere. Asked of testers.", default=None
    )

    @pydantic.model_validator(mode="after")
    def _somebody_else_stands_in(self) -> Appointment:
        if self.deputy == self.person:
            raise PydanticCustomError("own-deputy", "cannot be held with its own holder as deputy")
        if self.reports_to == self.person:
            raise PydanticCustomError("own-superior", "cannot have its holder as the holder's own superior")
        not_before(self.until, self.since, "until", "since")
        return self


class Attendance(Value):
    """Somebody took part in a training."""

    person: Person = field("The person who took part.")
    on: Day = field("On which day they finished it.")


class Training(Kind, prefix="TRN", of="O", signed=(approved(SystemRole.QUALITY),)):
    """A course or exercise that gives people a skill, and who took part."""

    skills: tuple[Line, ...] = field(
        "The skills it gives, in the same words as in the roles, for example `threat modelling`.", min_length=1
    )
    material: Evidence = field("What is taught: slides, course description or exercise.")
    attendance: tuple[Attendance, ...] = field("Who took part, and when.", default=(), progress=True)


class ShownBy(Choice):
    """How somebody showed a skill."""

    EXAM = "exam"
    WORK_SAMPLE = "work-sample"
    OBSERVED_WORK = "observed-work"
    CERTIFICATE = "certificate"


class Qualification(
    Kind,
    prefix="QUA",
    of="O",
    signed=(reviewed(SystemRole.QUALITY),),
    four_eyes=True,
    who="person",
    due="until",
    rank="level",
    group="shown_by",
):
    """One person has shown one skill. Having sat in a training is not yet a qualification."""

    person: Person = field("Who has shown the skill.")
    skill: Line = field("The skill, in the same words as in the role that needs it.")
    level: SkillLevel = field("The level that was shown: 1 knows it, 2 does it alone, 3 can teach and assess it.")
    shown_by: ShownBy = field("How it was shown: an exam, a work sample, observed work or an outside certificate.")
    assessor: Person | None = field(
        "Who judged it: somebody else, who has the skill at this level. Empty only with an outside certificate.",
        default=None,
    )
    on: Day = field("The day on which it was shown.")
    until: Day = field("The last day on which it counts.")
    proof: Evidence = field("What shows it: the marked exam, the reviewed work, the certificate.")

    @pydantic.model_validator(mode="after")
    def _somebody_judged(self) -> Qualification:
        if self.assessor is None and self.shown_by is not ShownBy.CERTIFICATE:
            raise PydanticCustomError("assessor", "needs an assessor, unless it was shown by a certificate")
        not_before(self.until, self.on, "until", "on")
        return self


# --- looking at itself ----------------------------------------------------------------------------------------------


class AuditKind(Choice):
    """Who audited whom."""

    INTERNAL = "internal"
    SUPPLIER = "supplier"
    CUSTOMER = "customer"
    NOTIFIED_BODY = "notified-body"
    AUTHORITY = "authority"


class Auditor(Value):
    """Somebody who audited: a person known here, or an organisation."""

    person: Person | None = field("The auditor, where it is a person known here.", default=None)
    organisation: Line | None = field("The auditing organisation, where the auditor came from outside.", default=None)

    @pydantic.model_validator(mode="after")
    def _somebody(self) -> Auditor:
        if self.person is None and self.organisation is None:
            raise PydanticCustomError("auditor", "names neither a person nor an organisation")
        return self


class Audit(
    Kind, prefix="AUD", of="OP", signed=(authored(SystemRole.QUALITY), reviewed(SystemRole.MANAGEMENT)), group="kind"
):
    """An audit that was held: what it looked at and what came of it. What it found is a nonconformity each."""

    kind: AuditKind = field("Who audited: yourselves, you at a supplier, a customer, a notified body or an authority.")
    on: Day = field("The last day of the audit.")
    auditors: tuple[Auditor, ...] = field(
        "Who audited: persons known here, or the organisation they came from.", min_length=1
    )
    clauses: tuple[Clause, ...] = field("The clauses that were looked at, for example `7.2` and `9.4`.", min_length=1)
    products: tuple[ProductId, ...] = field("The products whose records were looked at.", default=())
    sample: tuple[Ref[Kind], ...] = field(
        "The records that were drawn and read. An audit without a sample covers no clause.", default=(), names=True
    )
    own_work_excluded: bool = field("Whether no auditor looked at their own work. If not, the audit covers nothing.")
    report: Evidence = field("The audit report.")


class Grade(Choice):
    """How grave a nonconformity is."""

    MAJOR = "major"
    MINOR = "minor"
    OBSERVATION = "observation"


class Nonconformity(
    Kind,
    prefix="NCN",
    of="OP",
    signed=(approved(SystemRole.QUALITY),),
    four_eyes=True,
    warns=True,
    who="owner",
    due="answer_due",
    group="grade",
):
    """Something that is not as the standard or your own procedures ask. It counts from the moment it is written down."""

    audit: Ref[Audit] | None = field("The audit that found it, if one did.", default=None, names=True)
    grade: Grade = field("How grave: a major one keeps releases closed until its answer is accepted.")
    clause: Clause = field("The clause that is not met, for example `7.2`.")
    about: tuple[Ref[Kind], ...] = field("The records in which it shows.", default=())
    what: Text = field("What is so, and what should be so. Facts, no guesses about the cause.")
    owner: Person | None = field("Who owes the answer.", default=None)
    cause: Text | None = field("Why it came about: the cause behind the slip. Needed for the answer.", default=None)
    correction: Text | None = field(
        "What was put right at once. What keeps it from coming back is an improvement action.", default=None
    )
    answer_due: Day = field("The last day on which the answer is on time.")
    answered_on: Day | None = field(
        "The day on which cause and correction were handed in.", default=None, progress=True
    )
    accepted_on: Day | None = field(
        "The day on which whoever found it accepted the answer.", default=None, progress=True
    )

    @pydantic.model_validator(mode="after")
    def _answered_in_full(self) -> Nonconformity:
        if self.answered_on is not None and (self.cause is None or self.correction is None):
            raise PydanticCustomError("answer", "is answered only with cause and correction filled in")
        if self.accepted_on is not None and self.answered_on is None:
            raise PydanticCustomError("accepted", "is accepted but was never answered: answered_on is empty")
        not_before(self.accepted_on, self.answered_on, "accepted_on", "answered_on")
        return self


class ManagementReview(Kind, prefix="MRV", of="OP", signed=(approved(SystemRole.MANAGEMENT),)):
    """Management looks at how security is doing and says what follows."""

    on: Day = field("The day on which it was held.")
    present: tuple[Person, ...] = field("The people who took part.", default=())
    looked_at: tuple[Ref[Kind], ...] = field(
        "What lay on the table: open major nonconformities, the newest review of problem resolution, late actions.",
        default=(),
        names=True,
    )
    security_concluded: Text = field(
        "What management concluded about security: is it enough, what is missing, who gets what to change it."
    )
    minutes: Evidence = field("The minutes, with what was decided and who does it by when.")


class Origin(Choice):
    """What an improvement came from."""

    ESCAPE = "escape"
    AUDIT = "audit"
    REVIEW = "review"
    INCIDENT = "incident"
    MANAGEMENT = "management"


class ImprovementAction(
    Kind,
    prefix="IMP",
    of="OP",
    signed=(approved(SystemRole.QUALITY),),
    who="owner",
    due="due",
    group="origin",
):
    """Something that is changed so that a fault does not come again, done by somebody by a day, then checked for effect.

    It also answers for what is past and cannot be done over, such as a signature that came too late.
    """

    origin: Origin = field(
        "What it came from: a flaw that slipped through, an audit, a review, an incident, management."
    )
    because: tuple[Ref[Kind], ...] = field(
        "The records that made it necessary, for example a nonconformity or the late record.", min_length=1
    )
    what: Text = field("What is changed in how you work. `Pay more attention` is no change.")
    owner: Person = field("Who sees to it.")
    due: Day = field("The last day on which it is on time.")
    done_on: Day | None = field("The day on which it was done.", default=None, progress=True)
    effect_checked_on: Day | None = field(
        "The day on which somebody looked whether it helped: late enough to tell.", default=None, progress=True
    )
    worked: bool | None = field("Whether it helped. If not, another action is needed.", default=None, progress=True)
    effect: Text | None = field(
        "How you can tell, for example `no unsigned test run in the last five releases`.", default=None, progress=True
    )

    @pydantic.model_validator(mode="after")
    def _judged_on_a_day(self) -> ImprovementAction:
        if self.worked is not None and self.effect_checked_on is None:
            raise PydanticCustomError("effect-checked", "says whether it worked, but effect_checked_on is empty")
        return self


class Subject(Choice):
    """What a periodic review is about."""

    PROBLEM_RESOLUTION = "problem-resolution"
    OPEN_ISSUES = "open-issues"
    THREAT_MODEL = "threat-model"
    PRACTICES = "practices"
    CODING_STANDARD = "coding-standard"
    POLICY = "policy"
    ACCESS = "access"


class PeriodicReview(
    Kind,
    prefix="PRV",
    of="OP",
    signed=(approved(SystemRole.QUALITY), reviewed(SystemRole.SECURITY)),
    due="next_due",
    group="subject",
):
    """A look back that is held at intervals: at how problems were solved, at the threat model, at who has access."""

    subject: Subject = field("What was looked at. `problem-resolution` is the yearly one of clause 4.1.8.")
    first_day: Day = field("The first day of the time it looks back on: the day after the last review's end.")
    last_day: Day = field("The last day of the time it looks back on.", happened=True)
    looked_at: tuple[Ref[Kind], ...] = field(
        "The records that were looked at. For `problem-resolution`: all that was open, opened or closed in this time.",
        default=(),
        names=True,
    )
    complete: bool = field(
        "Whether everything that came up was dealt with, from report to closing. `No` asks for an action."
    )
    efficient: bool = field("Whether it was dealt with in good time and without detours. `No` asks for an action.")
    led_to_resolution: bool = field("Whether the problems were really solved. `No` asks for an action.")
    concluded: Text | None = field("What was seen, and what follows from it.", default=None)
    next_due: Day = field("The last day by which the next review of this subject is on time.")

    @pydantic.model_validator(mode="after")
    def _from_first_to_last(self) -> PeriodicReview:
        not_before(self.last_day, self.first_day, "last_day", "first_day")
        not_before(self.next_due, self.last_day, "next_due", "last_day")
        return self


Procedure.model_rebuild()
