"""The kinds of clauses 4.1.6, 4.1.7 and 9: reports, incidents, what was found out, what was decided and who was told."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal as Number

import pydantic
from pydantic_core import PydanticCustomError

from asepsis.configuration.records import Effect, EffectSize, Release, SoftwareItem, Supplier
from asepsis.development.records import Finding, Layer, TestRun
from asepsis.quality.records import Line, ProductId, Versions, not_before
from asepsis.record.kind import (
    Choice,
    Day,
    Days,
    Digest,
    Evidence,
    Instant,
    Kind,
    Look,
    Months,
    Person,
    Ref,
    Text,
    Value,
    field,
)
from asepsis.record.slots import Slot, SystemRole, approved, authored, reviewed
from asepsis.risk import domain as risks
from asepsis.risk.grid import ScoreMethod
from asepsis.risk.records import (
    Control,
    Cwe,
    Element,
    HazardousSituation,
    Risk,
    RiskPlan,
    Score,
    SecurityContext,
    Threat,
    Vulnerability,
)

# --- what comes in --------------------------------------------------------------------------------------------------


class ReportOrigin(Choice):
    """Where reports come from; 9.2 a to g, in this order."""

    SECURITY_TESTS = "security-tests"
    SUPPLIER = "supplier"
    OWN_PEOPLE = "own-people"
    USERS = "users"
    LOGS = "logs"
    RESEARCHERS = "researchers"
    PUBLIC_DATA = "public-data"


class ChannelWay(Choice):
    """How a report gets here."""

    ADDRESS = "address"
    FORM = "form"
    SECURITY_TXT = "security-txt"
    COMPLAINT_ROUTE = "complaint-route"
    LOG_PIPELINE = "log-pipeline"
    TRACKER = "tracker"
    FEED = "feed"


class ChannelAccess(Value):
    """One way in which reports get here, and where that is."""

    way: ChannelWay = field("The way. People outside need an address, a form or a `security.txt`.")
    where: Line = field(
        "Where it is, for example `security@example.com` or `https://example.com/.well-known/security.txt`."
    )


class ReportingChannel(
    Kind, prefix="CHN", of="OP", signed=(approved(SystemRole.SECURITY),), who="owner", due="tried_on"
):
    """A way for people to tell you of a weakness, and who listens at its other end.

    Each of seven origins needs one; the complaint route of your quality system has to be among them.
    """

    origins: tuple[ReportOrigin, ...] = field(
        "Whose reports come this way: your security testers, suppliers, your developers and testers, users, audit logs, "
        "researchers, public data on vulnerabilities.",
        min_length=1,
    )
    how: tuple[ChannelAccess, ...] = field("How a report gets here.", min_length=1)
    owner: Person = field("Who reads what comes in.")
    acknowledge_days: Days = field("Within how many days the sender hears that it arrived.", ge=1)
    tried_on: Day | None = field(
        "The day on which somebody last sent a trial report through it and saw it arrive.", default=None, progress=True
    )
    try_every_months: Months = field("How often it is tried out.", ge=1)


class Exploited(Choice):
    """Whether a weakness is used by attackers."""

    NO = "no"
    POC = "poc"
    YES = "yes"
    UNKNOWN = "unknown"


class Report(
    Kind,
    prefix="RPT",
    signed=(authored(SystemRole.INCIDENT),),
    warns=True,
    due="received_on",
    group="origin",
):
    """Somebody, or a log or feed, says that the product may have a weakness. It counts from the moment it is saved.

    Write down what was said as it was said; what is true of it comes with the investigation.
    """

    origin: ReportOrigin = field("Where it came from.")
    channel: Ref[ReportingChannel] | None = field("The channel that it came by.", default=None, names=True)
    received_on: Instant = field("When it arrived; all times that follow are counted from here.")
    reporter: Person | None = field(
        "Who sent it, by the id under which the program keeps the name apart. Empty for logs and feeds.", default=None
    )
    what: Text = field("What was reported, in the sender's words.")
    ids: tuple[Line, ...] = field(
        "Names it goes by already: CVE, GHSA or the sender's own, for example `CVE-2026-1234`.", default=()
    )
    weakness: tuple[Cwe, ...] = field("What sort of weakness it is said to be, as CWE numbers.", default=())
    components: tuple[Line, ...] = field("The components it is about, as package URLs, where known.", default=())
    versions: Versions = field("The versions it is said to be in; empty where the sender does not say.", default=())
    acknowledged_on: Day | None = field(
        "The day on which the sender was told that it arrived.", default=None, progress=True
    )
    embargo_until: Day | None = field("The day until which the sender asks you to keep it to yourself.", default=None)
    exploited: Exploited = field(
        "Whether attackers use it: no, a proof of concept exists, yes, or unknown. Yes starts the clocks of some laws."
    )
    aware_of_exploitation_on: Instant | None = field(
        "When somebody here first knew that it is used by attackers; asked for where it is.", default=None
    )
    closed_on: Day | None = field(
        "The day on which it was closed, after its result was known.", default=None, progress=True
    )
    closed_because: Text | None = field("What it was closed on.", default=None, progress=True)

    @pydantic.model_validator(mode="after")
    def _whole(self) -> Report:
        if self.exploited is Exploited.YES and self.aware_of_exploitation_on is None:
            raise PydanticCustomError("report-aware", "is exploited and does not say since when that was known")
        if self.closed_on is not None and self.closed_because is None:
            raise PydanticCustomError("report-closed", "is closed and does not say on what: fill closed_because")
        return self


class IncidentPlace(Choice):
    """Where an incident is."""

    SITE = "site"
    OWN_ENVIRONMENT = "own-environment"
    SUPPLIER = "supplier"


class PatientsTouched(Choice):
    """What an incident did to patients."""

    NONE = "none"
    POSSIBLE = "possible"
    HARMED = "harmed"


class Incident(
    Kind,
    prefix="INC",
    of="OP",
    signed=(authored(SystemRole.INCIDENT), reviewed(SystemRole.SECURITY)),
    warns=True,
    due="aware_on",
    group="patients",
):
    """Something happened: an attack on a product in use, on your own systems or at a supplier. It counts when saved."""

    what: Text = field("What happened, as far as it is known; add to it as more comes to light.")
    where: IncidentPlace = field("At a site that uses the product, in your own environment, or at a supplier.")
    noticed_on: Instant = field("When it was first noticed, by whomever.")
    aware_on: Instant = field("When somebody here knew what it was; the clocks of laws are counted from here.")
    patients: PatientsTouched = field("Whether patients were or may have been harmed.")
    hazards: tuple[Ref[HazardousSituation], ...] = field(
        "The hazardous situations that it led or could lead to.", default=()
    )
    reports: tuple[Ref[Report], ...] = field("The reports that tell of it.", default=(), names=True)
    vulnerabilities: tuple[Ref[Vulnerability], ...] = field(
        "The vulnerabilities that were used.", default=(), names=True
    )
    contained_on: Instant | None = field("When it could spread no further.", default=None, progress=True)
    recovered_on: Instant | None = field("When all was back to normal.", default=None, progress=True)

    @pydantic.model_validator(mode="after")
    def _in_order(self) -> Incident:
        not_before(self.aware_on, self.noticed_on, "aware_on", "noticed_on")
        return self


class NoteDirection(Choice):
    """Which way a message went."""

    IN = "in"
    OUT = "out"
    INSIDE = "inside"


class Correspondent(Choice):
    """Whom a message was with."""

    REPORTER = "reporter"
    CERT = "cert"
    SUPPLIER = "supplier"
    SITE = "site"
    AUTHORITY = "authority"
    TEAM = "team"


class CaseNote(
    Kind,
    prefix="CNO",
    of="OP",
    signed=(authored(SystemRole.INCIDENT),),
    due="answer_due",
    group="direction",
):
    """A message that came, went or was said about a case, so that nobody has to search a mailbox for it."""

    about: tuple[Ref[Kind], ...] = field(
        "The report, incident or vulnerability that it is about.", min_length=1, names=True
    )
    at: Instant = field("When it came, went or was said.", happened=True)
    direction: NoteDirection = field("Whether it came in, went out, or stayed inside.")
    with_whom: Correspondent = field("Whom it was with.")
    text: Text | None = field("What was said, in short.", default=None)
    evidence: Evidence | None = field("The message itself.", default=None)
    answer_due: Instant | None = field("By when an answer is owed, where one is.", default=None)

    @pydantic.model_validator(mode="after")
    def _says_something(self) -> CaseNote:
        if self.text is None and self.evidence is None:
            raise PydanticCustomError("note-empty", "says nothing: fill text or evidence")
        return self


# --- what is found out ----------------------------------------------------------------------------------------------


class Verified(Choice):
    """Whether a weakness could be shown."""

    YES = "yes"
    NO = "no"
    CANNOT = "cannot"


class Investigation(Kind, prefix="INV", signed=(reviewed(SystemRole.SECURITY),), due="started_on", group="verified"):
    """What came of looking into a report or finding: is it about this product, can it be shown, which threats use it."""

    reports: tuple[Ref[Report | Finding], ...] = field("The reports or findings that were looked into.", min_length=1)
    applicable: bool = field("Whether it is about this product at all.")
    why: Text = field("Why it is or is not, for example `the parser is built in and fed from the network`.")
    verified: Verified = field("Whether the weakness could be shown: yes, no, or it cannot be tried.")
    how: Text = field("How it was tried, so that somebody else can do it again; or why it cannot be.")
    threats: tuple[Ref[Threat], ...] = field(
        "The threats that use it. Where the model has none yet, write it first.", default=()
    )
    duplicate_of: Ref[Investigation] | None = field(
        "The earlier investigation of the same thing, where there is one.", default=None, names=True
    )
    started_on: Day = field("The day on which it was begun.")
    concluded_on: Day | None = field("The day on which it ended; empty while it goes on.", default=None)
    leads_to: Ref[Vulnerability] | None = field("The vulnerability that it found.", default=None, names=True)

    @pydantic.model_validator(mode="after")
    def _in_order(self) -> Investigation:
        not_before(self.concluded_on, self.started_on, "concluded_on", "started_on")
        return self


class ExternalControls(Choice):
    """How much protections around the product help."""

    NONE = "none"
    PARTIAL = "partial"
    EFFECTIVE = "effective"


class ImpactAnalysis(
    Kind,
    prefix="ANL",
    signed=(reviewed(SystemRole.SECURITY), reviewed(SystemRole.SAFETY)),
    rank="severity",
    group="external_controls",
):
    """What a vulnerability means in this product as it is used: how severe, in which releases, and what it could do."""

    vulnerability: Ref[Vulnerability] = field("The vulnerability that was analysed.")
    context: Ref[SecurityContext] = field("The surroundings in which it was judged.")
    environment: Text = field("Where in real use it can be reached, and by whom.")
    depth: tuple[Ref[Layer | Control], ...] = field(
        "The lines of defence and controls that still stand before it; do not count on what no longer works.",
        default=(),
    )
    severity: Score = field("How severe it is in this product and these surroundings.")
    severity_why: Text | None = field("Why it is milder than the public score, where it is.", default=None)
    affected: tuple[Ref[Release], ...] = field(
        "The releases that have it. Each supported release stands here or among the unaffected.", default=(), names=True
    )
    unaffected: tuple[Ref[Release], ...] = field(  # one more of them changes nothing for who rests on the analysis
        "The releases that do not have it.", default=(), names=True, immaterial=True
    )
    root_cause: Text = field("Why the weakness is there: the cause, not the report said again.")
    related: tuple[Ref[Vulnerability], ...] = field(
        "Other vulnerabilities with the same cause or in the same place.", default=()
    )
    safety: Effect = field("What it could do to patients and users.")
    effectiveness: Effect = field("What it could do to the product's usefulness in care.")
    external_controls: ExternalControls = field(
        "How much protections outside the product help until an update is there, for example a firewall rule."
    )
    external_controls_why: Text = field("Why they help that much; name them.")
    hazards: tuple[Ref[HazardousSituation], ...] = field("The hazardous situations that it could lead to.", default=())

    @pydantic.model_validator(mode="after")
    def _one_or_the_other(self) -> ImpactAnalysis:
        if set(self.affected) & set(self.unaffected):
            raise PydanticCustomError("analysis-releases", "names a release both as affected and as unaffected")
        return self

    @property
    def touches_people(self) -> bool:
        """Return whether it names an effect on safety or effectiveness."""
        return any(effect.size is not EffectSize.NONE for effect in (self.safety, self.effectiveness))


# --- what is decided ------------------------------------------------------------------------------------------------


class Option(Choice):
    """What is done about an issue."""

    FIX = "fix"
    ENVIRONMENT = "environment"
    PLAN = "plan"
    DEFER = "defer"
    NO_FIX = "no-fix"


class Disclose(Choice):
    """Whether others are told."""

    YES = "yes"
    NO = "no"
    LATER = "later"


class Effects(Value):
    """What leaving the product as it is does, on each of three counts."""

    safety: Effect = field("What it does to patients and users.")
    security: Effect = field("What it does to the protection of the product.")
    effectiveness: Effect = field("What it does to the product's usefulness in care.")


class ToldProcess(Value):
    """A process or team that was told."""

    who: Line = field("Who was told, for example `product risk management` or `service`.")
    on: Day = field("The day on which they were told.")


class ToldProduct(Value):
    """Another product that was told."""

    product: ProductId = field("The product that has the same item.")
    on: Day = field("The day on which it was told.")


class ToldThirdParty(Value):
    """A supplier that was told."""

    supplier: Ref[Supplier] = field("The supplier or project whose code has the weakness.", names=True)
    on: Day = field("The day on which it was told.")


def approvers(decision: Decision, look: Look) -> tuple[SystemRole, ...]:
    """Return the roles that approve `decision`: of the cell of its risk and of the cell of its own residual.

    They are most often one and the same. Without a plan, a cell, or anything that it rests on: management.
    """
    plan = look.in_force(RiskPlan)
    roles = [risks.approver_of(plan, score.method, score.number, harm) for score, harm in _left(decision, look)]
    return tuple(dict.fromkeys(roles)) or (SystemRole.MANAGEMENT,)


def _left(decision: Decision, look: Look) -> Iterator[tuple[Score, str]]:
    """Yield what is left after `decision`, as a score with a level of harm: as its risk and as it says itself."""
    risk = look.get(decision.risk) if decision.risk is not None else None
    if risk is not None:
        yield risk.residual, risk.harm_after
    if decision.residual is not None and decision.harm is not None:
        yield decision.residual, decision.harm


def _sign_decision(decision: Decision, look: Look) -> tuple[Slot, ...]:
    """The role of its cell approves it; safety reviews it where an analysis names an effect on people."""
    slots = tuple(approved(role) for role in approvers(decision, look))
    analyses = (
        analysis
        for issue in decision.about
        for analysis in look.back(issue, ImpactAnalysis)
        if analysis.vulnerability == issue
    )
    if any(analysis.touches_people for analysis in analyses):
        return *slots, reviewed(SystemRole.SAFETY)
    return slots


class Decision(
    Kind,
    prefix="DCS",
    signed=_sign_decision,
    four_eyes=True,
    stand_in=False,
    due="due",
    rank="residual",
    group="option",
):
    """What is done about a vulnerability or finding, why that is right, and whether others are told.

    The role that the risk plan names for what is left approves it.
    """

    about: tuple[Ref[Vulnerability | Finding], ...] = field(
        "The vulnerabilities or findings that are decided; one decision may hold several.", min_length=1
    )
    option: Option = field(
        "Fix it; change the description of the surroundings so that they protect; plan the repair; defer it to a day; or "
        "leave it, where what is left is acceptable."
    )
    why: Text = field("Why this is right for patients and users.")
    risk: Ref[Risk] | None = field("The risk in which what is left was evaluated.", default=None)
    residual: Score | None = field("How severe what is left is, where no risk says so.", default=None)
    harm: Line | None = field(
        "The harm that is left, as a level of the risk plan, where no risk says so.", default=None
    )
    due: Day | None = field("The day by which it is done; asked for where it is planned or deferred.", default=None)
    disclose: Disclose = field("Whether users and others are told: yes, no, or later.")
    disclose_why: Text = field("Why they are or are not told, or why only later.")
    disclose_by: Day | None = field("The day by which they are told, where that is later.", default=None)
    context: Ref[SecurityContext] | None = field(
        "The security context that now asks for the protection, where the surroundings do the work.", default=None
    )
    effects: Effects | None = field(
        "What it does to safety, security and effectiveness that the product stays as it is; asked for where nothing in "
        "it is changed. A fix says this in its change request.",
        default=None,
    )
    told_processes: tuple[ToldProcess, ...] = field(
        "Which other processes were told, and when.", default=(), progress=True
    )
    other_products: tuple[ToldProduct, ...] = field(
        "Which other products with the same item were told, and when.", default=(), progress=True
    )
    told_third_parties: tuple[ToldThirdParty, ...] = field(
        "Which suppliers or projects were told of a flaw in their code, and when.", default=(), progress=True
    )
    prevents_similar: Text = field(
        "What keeps the like from happening again, for example a new rule for static analysis; or why nothing has to."
    )
    closed_on: Day | None = field("The day on which all of it was done.", default=None, progress=True)
    proved_by: tuple[Ref[TestRun], ...] = field("The test runs that show it.", default=(), progress=True, names=True)

    @pydantic.model_validator(mode="after")
    def _whole(self) -> Decision:
        if self.risk is None and (self.residual is None or self.harm is None):
            raise PydanticCustomError("decision-left", "does not say what is left: name a risk, or residual and harm")
        if self.option in (Option.PLAN, Option.DEFER) and self.due is None:
            raise PydanticCustomError("decision-due", "is put off and has no day: fill due")
        if self.disclose is Disclose.LATER and self.disclose_by is None:
            raise PydanticCustomError("decision-disclose", "discloses later and has no day: fill disclose_by")
        if self.option not in (Option.FIX, Option.PLAN) and self.effects is None:
            raise PydanticCustomError("decision-effects", "leaves the product as it is and does not say the effects")
        return self


class MissedPhase(Choice):
    """Where a flaw should have been seen."""

    REQUIREMENTS = "requirements"
    ARCHITECTURE = "architecture"
    DESIGN = "design"
    IMPLEMENTATION = "implementation"
    TEST = "test"
    RELEASE = "release"
    MAINTENANCE = "maintenance"


class EscapeAnalysis(Kind, prefix="ESC", signed=(reviewed(SystemRole.SECURITY),), four_eyes=True, group="phase_missed"):
    """Why a vulnerability got out into a release although the life cycle should have caught it, and where else it may be.

    What follows from it is an improvement action.
    """

    vulnerabilities: tuple[Ref[Vulnerability], ...] = field("The vulnerabilities that got out.", min_length=1)
    phase_missed: MissedPhase = field("The phase in which it should have been seen first.")
    why: Text = field("Why it was not seen there: what was not asked, not known, not tried.")
    same_elsewhere: tuple[Ref[Element | SoftwareItem], ...] = field(
        "Other elements or items in which the same may be; each then has to be looked at.", default=(), names=True
    )
    same_elsewhere_why: Text = field("How it was searched elsewhere, and what came of that.")
    none_because: Text | None = field("Why no improvement follows, where none does.", default=None)


class Status(Choice):
    """Whether a known vulnerability matters in a release."""

    AFFECTED = "affected"
    NOT_AFFECTED = "not-affected"
    FIXED = "fixed"
    UNDER_INVESTIGATION = "under-investigation"


class Justification(Choice):
    """Why a release is not affected; the five reasons of VEX."""

    COMPONENT_NOT_PRESENT = "component-not-present"
    CODE_NOT_PRESENT = "vulnerable-code-not-present"
    CODE_NOT_EXECUTED = "vulnerable-code-not-in-execute-path"
    NOT_CONTROLLABLE = "vulnerable-code-cannot-be-controlled-by-adversary"
    MITIGATIONS_EXIST = "inline-mitigations-already-exist"


class Response(Choice):
    """What is done about a vulnerability that affects a release."""

    UPDATE = "update"
    ROLLBACK = "rollback"
    WORKAROUND = "workaround"
    WILL_NOT_FIX = "will-not-fix"
    CANNOT_FIX = "cannot-fix"


class Reachability(Choice):
    """Whether the flawed code can be reached in the product."""

    REACHABLE = "reachable"
    NOT_REACHABLE = "not-reachable"
    UNKNOWN = "unknown"


class EpssBand(Choice):
    """How likely exploitation is said to be within thirty days; never a reason to accept, only to look again."""

    UNDER_1 = "under-1-percent"
    FROM_1_TO_10 = "1-to-10-percent"
    OVER_10 = "over-10-percent"
    UNKNOWN = "unknown"


class RestsOn(Value):
    """What was known when a statement was made; when it changes, the statement has to be made again."""

    reachability: Reachability = field("Whether the flawed code can be reached in the product.")
    kev: bool = field("Whether the public catalogue of exploited vulnerabilities (KEV) lists it.")
    epss: EpssBand = field("In which band its EPSS value lies.")
    exploited: Exploited = field("Whether attackers use it, as far as you know.")
    advisory: Digest | None = field(
        "The SHA-256 of what the advisory said then: its names, vectors and repaired versions, as a scan gives it.",
        default=None,
    )


HIGH, CRITICAL = Number("7.0"), Number("9.0")  # CVSS 3.1, 5; CVSS 4.0, 6
_CVSS = (ScoreMethod.CVSS2, ScoreMethod.CVSS3_0, ScoreMethod.CVSS3_1, ScoreMethod.CVSS4_0)


def needs_second_eyes(statement: Exploitability, setting: str) -> bool:
    """Return whether `statement` has to be reviewed by somebody other than its authors.

    `setting` is the policy's `problems.vex_four_eyes`. Between `never` and `always` it asks for them where a statement
    says that a release is safe; one without a CVSS score counts as critical there, since its severity is not known.
    """
    if setting in ("never", "always"):
        return setting == "always"
    if statement.status not in (Status.NOT_AFFECTED, Status.FIXED):
        return False
    if statement.rests_on.kev or statement.rests_on.exploited is Exploited.YES:
        return True
    severity = statement.severity
    rated = severity.number if severity is not None and severity.method in _CVSS else None
    least = {"exploited-or-high": HIGH, "exploited-or-critical": CRITICAL}.get(setting)
    return least is not None and (rated is None or Number(rated) >= least)


def _sign_exploitability(statement: Exploitability, look: Look) -> tuple[Slot, ...]:
    """Security reviews it; somebody other than its authors where the policy says so."""
    setting = look.policy["problems.vex_four_eyes"]
    return (reviewed(SystemRole.SECURITY, apart=needs_second_eyes(statement, setting)),)


class Exploitability(
    Kind,
    prefix="VEX",
    signed=_sign_exploitability,
    warns=lambda statement: statement.status == Status.AFFECTED,
    due="until",
    rank="severity",
    group="status",
):
    """Whether a publicly known vulnerability of a component matters in releases of this product, and why (VEX).

    One that says affected counts before it is signed.
    """

    advisory_id: Line = field("The id of the advisory, for example `CVE-2026-1234`.")
    aliases: tuple[Line, ...] = field("Other ids of the same, for example `GHSA-xxxx-xxxx-xxxx`.", default=())
    component: Line = field("The component, as a package URL; or its SHA-256 where it has none.")
    versions: Versions = field(
        "The versions of your product that it speaks of: exact ones or a range, for example `vers:semver/>=2.0.0`.",
        default=(),
    )
    releases: tuple[Ref[Release], ...] = field("The releases that it speaks of, singly.", default=(), names=True)
    configuration: Line | None = field("The configuration that it speaks of, where not all.", default=None)
    severity: Score | None = field("How severe the advisory says it is.", default=None)
    status: Status = field("Affected, not affected, fixed in these releases, or still under investigation.")
    justification: Justification | None = field(
        "Why the releases are not affected: one of the five reasons of VEX. Asked for where they are not.", default=None
    )
    mitigated_by: tuple[Ref[Control], ...] = field(
        "The controls that stand in its way, where that is the reason.", default=()
    )
    impact: Text | None = field(
        "The reason in words that a hospital can follow: what was looked at and what shows it.", default=None
    )
    action: Text | None = field("What users should do, where they are affected.", default=None)
    response: Response | None = field("What you do about it.", default=None)
    until: Day | None = field(
        "The last day on which this statement counts; then it has to be made again.", default=None
    )
    carried_from: Ref[Exploitability] | None = field(
        "The statement on an earlier release that it was carried over from.", default=None, names=True
    )
    taken_from: Line | None = field(
        "Whose statement it repeats, where that is no record of this product: the author of a document, or another product.",
        default=None,
    )
    original: Evidence | None = field(
        "The document that it was taken from, whole, with what this record has no field for.", default=None
    )
    rests_on: RestsOn = field("What was known when it was made.")

    @pydantic.model_validator(mode="after")
    def _whole(self) -> Exploitability:
        if not self.versions and not self.releases:
            raise PydanticCustomError("vex-releases", "speaks of no release: fill versions or releases")
        if self.status is Status.NOT_AFFECTED and self.justification is None:
            raise PydanticCustomError("vex-justification", "says not affected and has no justification")
        if self.justification is Justification.MITIGATIONS_EXIST and not self.mitigated_by:
            raise PydanticCustomError("vex-mitigated", "says that mitigations exist and names none: fill mitigated_by")
        return self


# --- who is told ----------------------------------------------------------------------------------------------------


class AdvisoryAudience(Choice):
    """Whom an advisory is for."""

    USERS = "users"
    REGULATOR = "regulator"
    PUBLIC = "public"


class Advisory(
    Kind,
    prefix="ADV",
    signed=(approved(SystemRole.REGULATORY), reviewed(SystemRole.SECURITY)),
    due="published_on",
    rank="severity",
):
    """What users, authorities or everybody are told of a vulnerability: what it is, where, how bad, what to do."""

    vulnerabilities: tuple[Ref[Vulnerability], ...] = field("The vulnerabilities that it tells of.", min_length=1)
    description: Text = field("What the weakness is and what an attacker could do with it, without a recipe for it.")
    severity: Score = field("How severe it is; the score of the impact analysis.")
    affected: tuple[Ref[Release], ...] = field("The releases that have it, all of them.", min_length=1, names=True)
    resolution: Text = field("What solves it: which version to take, or what else is done.")
    resolved_by: tuple[Ref[Kind], ...] = field(
        "The update that repairs it, or the decision that says what is done instead.", default=(), names=True
    )
    workaround: Text | None = field("What users can do until then, or instead.", default=None)
    to: tuple[AdvisoryAudience, ...] = field("Whom it is for.", min_length=1)
    published_on: Day | None = field("The day on which it was published.", default=None, progress=True)
    csaf: Evidence | None = field("The same for machines, as a CSAF document.", default=None)
    credits: Text | None = field("Whom you thank, as they want to be named.", default=None)


class ReportingLaw(Choice):
    """A law that asks for reports to an authority."""

    CRA = "cra"
    MDR = "mdr"
    IVDR = "ivdr"
    FDA = "fda"
    OTHER = "other"


class ReportStep(Choice):
    """A step of reporting to an authority."""

    EARLY_WARNING = "early-warning"
    NOTIFICATION = "notification"
    FINAL = "final"
    NOT_REPORTABLE = "not-reportable"


class AuthorityReport(Kind, prefix="AUR", signed=(approved(SystemRole.REGULATORY),), due="due", group="step"):
    """A report that a law asks for, to an authority and by an hour; or the signed reason why none is owed."""

    law: ReportingLaw = field("The law that asks for it.")
    authority: Line = field("Whom it goes to, for example `CSIRT coordinator and ENISA`.")
    event: Line = field(
        "What starts the clock, by the id in the table of laws where it is there, for example "
        "`cra-exploited-vulnerability`."
    )
    clock_from: Instant = field(
        "When the clock started: the earliest moment at which somebody here knew.", happened=True
    )
    step: ReportStep = field("Early warning, notification or final report; or not reportable, with why.")
    why: Text | None = field("Why the event is not reportable under this law, where it is not.", default=None)
    due: Instant | None = field(
        "The last instant at which it is on time; none where it is not reportable.", default=None
    )
    sent_on: Instant | None = field("When it was sent.", default=None, progress=True)
    content: Evidence | None = field("What is sent; asked for unless it is not reportable.", default=None)
    about: tuple[Ref[Vulnerability | Report | Incident], ...] = field(
        "The vulnerability, report or incident that it is about.", min_length=1
    )

    @pydantic.model_validator(mode="after")
    def _reported_or_not(self) -> AuthorityReport:
        if self.step is ReportStep.NOT_REPORTABLE:
            if self.why is None:
                raise PydanticCustomError("authority-why", "is not reportable and does not say why")
            if self.due is not None or self.sent_on is not None:
                raise PydanticCustomError("authority-due", "is not reportable, so it is neither due nor sent")
        elif self.due is None or self.content is None:
            raise PydanticCustomError("authority-due", "has no due or no content, which every report has")
        return self
