"""The kinds of clauses 4.1.9 and 5: plan, environment, requirements, design, reviews, tests, documents and release."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any

import pydantic
from pydantic_core import PydanticCustomError

from asepsis.configuration.records import Release, SoftwareItem
from asepsis.quality.records import KindName, Line, Procedure, ProductProfile, Role, Version, not_before
from asepsis.record.kind import (
    Choice,
    Clause,
    Count,
    Day,
    Digest,
    Evidence,
    Kind,
    Level,
    Look,
    Months,
    ObligationId,
    Person,
    Ref,
    Text,
    Value,
    field,
)
from asepsis.record.slots import Slot, SystemRole, approved, authored, released, reviewed, tested
from asepsis.risk.records import Asset, Assumption, Control, Cwe, Element, Score, SecurityContext, SideEffect, Threat

# --- plan, environment and practices --------------------------------------------------------------------------------


class Activity(Value):
    """Something that is done for security in this product, by whom and until when."""

    clause: Clause = field("The clause of the standard that it serves, for example `5.7.2`.")
    phase: Line = field("The phase of your life cycle in which it is done, for example `detailed design`.")
    role: Ref[Role] = field("The role that does it; somebody has to be appointed to it.", names=True)
    output: KindName = field("The kind of record that comes of it, by its name here, for example `TestRun`.")
    due: Day = field("The last day on which it is on time; it has to be there before the release in any case.")


class Tailoring(Value):
    """A duty of clause 5 that this product fulfils in another way."""

    obligation: ObligationId = field("The duty, by its number in the catalogue, for example `5.4.3-2`.")
    why: Text = field("Why it does not fit this product as it stands.")
    instead: Text = field("What is done instead, so that the aim of the duty is still reached.")


class SecurityPlan(
    Kind,
    prefix="PLN",
    signed=(approved(SystemRole.MANAGEMENT), reviewed(SystemRole.SECURITY)),
    single=True,
    due="review_by",
):
    """What is done for security in the development of this product, in which phase, by which role, and what comes of it.

    Approve it before the work starts; each clause of 5 stands in it either as an activity or as tailored.
    """

    profile: Ref[ProductProfile] = field(
        "The product profile that it was made for; when it moves, look at the plan again."
    )
    activities: tuple[Activity, ...] = field(
        "The activities: one line for each clause and output. The board takes its due days from here.", min_length=1
    )
    tailoring: tuple[Tailoring, ...] = field(
        "Duties that are done otherwise, each with its reason and what stands in its place.", default=()
    )
    review_by: Day = field("The day by which somebody must have looked whether the plan still fits.")


class Stage(Choice):
    """A stage of making the product in which somebody could tamper with it."""

    DESIGN = "design"
    IMPLEMENTATION = "implementation"
    TEST = "test"
    BUILD = "build"
    RELEASE = "release"
    DELIVERY = "delivery"


class EnvironmentTopic(Choice):
    """What a measure protects."""

    CODE = "code"
    BUILD_CHAIN = "build-chain"
    TEST_ASSETS = "test-assets"
    ARTEFACTS = "artefacts"
    ACCESS = "access"
    SEPARATION = "separation"
    INPUTS = "inputs"


class EnvironmentMeasure(Value):
    """One measure that protects what the product is made with."""

    stage: Stage = field("The stage in which it protects.")
    topic: EnvironmentTopic = field(
        "What it protects: source code, build chain, test assets, built artefacts, access of people, separation of "
        "networks and duties, or what comes in from outside."
    )
    what: Text = field("What is done, for example `merge needs a review by another person; set in the repository`.")
    proof: Evidence | None = field(
        "What shows that it is in place, for example an export of the settings.", default=None, progress=True
    )
    verified_on: Day | None = field("The day on which somebody last looked.", default=None, progress=True)
    verify_every_months: Months = field("How often somebody looks; six months is usual.", ge=1)


class DevelopmentEnvironment(
    Kind, prefix="ENV", of="OP", signed=(approved(SystemRole.SECURITY), reviewed(SystemRole.QUALITY))
):
    """How the place is protected in which the product is designed, built, tested and delivered.

    Who breaks in there needs no flaw in the product any more.
    """

    measures: tuple[EnvironmentMeasure, ...] = field(
        "The measures. Each stage and each topic needs one, in the organisation's and the product's together.",
        min_length=1,
    )


class CodingTopic(Choice):
    """What a coding standard has to speak of."""

    EXPLOITABLE_CONSTRUCTS = "exploitable-constructs"
    BANNED_FUNCTIONS = "banned-functions"
    TOOLS = "tools"
    PRACTICES = "practices"
    INPUT_VALIDATION = "input-validation"
    ERROR_HANDLING = "error-handling"


class CodingRules(Value):
    """What a coding standard says on one topic."""

    topic: CodingTopic = field("The topic; all six need rules.")
    rule_set: Text = field("The rules, or where they stand, for example `SEI CERT C, rules STR and MEM`.")


class Gate(Choice):
    """The mildest severity at which a result of a tool has to be dealt with."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class CodingTool(Value):
    """A tool that checks code against the standard."""

    name: Line = field("The tool as its reports call it, for example `clang-tidy`; reports are recognised by it.")
    version: Version = field("The version that is used.")
    languages: tuple[Line, ...] = field("The languages it checks.", min_length=1)
    rule_set: Line = field("The set of rules that it runs with, by the name its reports give.")
    severity_gate: Gate | None = field(
        "Results of this severity and worse have to be fixed or decided. Without it nothing is.", default=None
    )


class CodingStandard(
    Kind,
    prefix="COD",
    of="O",
    signed=(approved(SystemRole.SECURITY), reviewed(SystemRole.ARCHITECT)),
    due="review_by",
):
    """The rules for writing code that does not let attackers in, and the tools that see to them."""

    languages: tuple[Line, ...] = field("The programming languages it is for, for example `C++`.", min_length=1)
    version: Version = field("The version of this standard; reviews and reports name it.")
    topics: tuple[CodingRules, ...] = field("What it says on each of six topics.", min_length=1)
    tools: tuple[CodingTool, ...] = field("The tools that check code against it; each language needs one.", default=())
    reviewed_on: Day = field("The day on which it was last held against new attacks and new language versions.")
    review_by: Day = field("The day by which that has to be done again.")

    @pydantic.model_validator(mode="after")
    def _in_order(self) -> CodingStandard:
        not_before(self.review_by, self.reviewed_on, "review_by", "reviewed_on")
        return self


class DesignTopic(Choice):
    """The least that secure design practices speak of; 5.3.2 a to h, in this order."""

    BOUNDARIES_VISIBLE = "boundaries-visible"
    LEAST_PRIVILEGE = "least-privilege"
    PROVEN_PARTS = "proven-parts"
    SIMPLE_MECHANISMS = "simple-mechanisms"
    SECURE_PATTERNS = "secure-patterns"
    SMALL_ATTACK_SURFACE = "small-attack-surface"
    NO_DEBUG_LEFT = "no-debug-left"
    DEBUG_DATA_GUARDED = "debug-data-guarded"


class DesignPractice(Value):
    """What is done on one topic of secure design, or why nothing is."""

    topic: DesignTopic = field("The topic; all eight need an answer.")
    practice: Text | None = field(
        "What your designers do, for example `each process runs under an account of its own`.", default=None
    )
    why_not: Text | None = field("Why there is no practice on this topic, where there is none.", default=None)

    @pydantic.model_validator(mode="after")
    def _answered(self) -> DesignPractice:
        if self.practice is None and self.why_not is None:
            raise PydanticCustomError("practice", "has neither a practice nor why there is none")
        return self


class DesignPractices(
    Kind, prefix="DPR", of="O", signed=(approved(SystemRole.ARCHITECT), reviewed(SystemRole.SECURITY))
):
    """How your designers keep attackers in mind: what they do about each of eight topics, in every product."""

    practices: tuple[DesignPractice, ...] = field("The eight topics, each with its practice.", min_length=1)
    reviewed_on: Day = field("The day on which they were last held against what was learnt since.")


# --- requirements and design ----------------------------------------------------------------------------------------


class LifeStage(Choice):
    """A stage in the use of the product."""

    INSTALL = "install"
    OPERATE = "operate"
    MAINTAIN = "maintain"
    DECOMMISSION = "decommission"


class Capability(Choice):
    """What a security requirement lets the product do."""

    AUTHENTICATION = "authentication"
    AUTHORISATION = "authorisation"
    CRYPTOGRAPHY = "cryptography"
    INTEGRITY = "integrity"
    CONFIDENTIALITY = "confidentiality"
    LOGGING = "logging"
    RESILIENCE = "resilience"
    UPDATES = "updates"
    OTHER = "other"


class Requirement(Kind, prefix="REQ", signed=(approved(SystemRole.ARCHITECT),), group="capability"):
    """Something that the product has to do or be so that it is secure, written so that a test can decide it."""

    statement: Text = field(
        "What the product has to do, in one sentence, for example `locks a session after 5 minutes without input`."
    )
    stages: tuple[LifeStage, ...] = field(
        "When it matters: at installation, in operation, in maintenance, at decommissioning.", min_length=1
    )
    because: tuple[Ref[Control | Threat | Asset | SecurityContext | Assumption], ...] = field(
        "What it follows from: most often a control; else a threat, asset, context or assumption.", default=()
    )
    law: Text | None = field("The law or standard that asks for it, where one does, with its place.", default=None)
    customer: Text | None = field("The customer or contract that asks for it, where one does.", default=None)
    criterion: Text = field(
        "How a tester tells whether it is met, with numbers where there are any. More than the statement said again."
    )
    capability: Capability = field("What it is about; each of these is asked for once, so that none is forgotten.")
    component_requirement: Line | None = field(
        "The component requirement of IEC 62443-4-2 that it answers, for example `CR 1.1`.", default=None
    )

    @pydantic.model_validator(mode="after")
    def _grounded(self) -> Requirement:
        if not self.because and self.law is None and self.customer is None:
            raise PydanticCustomError("requirement-ground", "has no ground: fill because, law or customer")
        return self


class Layer(Kind, prefix="LAY", signed=(reviewed(SystemRole.ARCHITECT), reviewed(SystemRole.SECURITY)), rank="order"):
    """One line of defence of several that stand behind each other: when one falls, the next still holds."""

    order: Count = field("Its place from the outside in: 1 is what an attacker meets first.", ge=1, le=50)
    responsibility: Text = field("What it has to keep out or keep together, whatever the other layers do.")
    controls: tuple[Ref[Control], ...] = field("The controls that do it.", default=())
    serves: tuple[Ref[Asset], ...] = field("The assets that it protects.", default=())


class DesignLevel(Choice):
    """How near to code a design is."""

    ARCHITECTURE = "architecture"
    DETAILED = "detailed"


class DesignElement(
    Kind,
    prefix="DSN",
    signed=(reviewed(SystemRole.ARCHITECT), reviewed(SystemRole.SECURITY)),
    group="level",
):
    """A part of the design: which requirements it fulfils, which threats it counters, and where it is in the code."""

    level: DesignLevel = field("Architecture, or detailed design that can be coded from.")
    part_of: Ref[DesignElement] | None = field("The larger part that it belongs to.", default=None)
    layers: tuple[Ref[Layer], ...] = field("The lines of defence that it stands in.", default=())
    implements: tuple[Ref[Requirement], ...] = field("The requirements that it fulfils.", default=())
    counters: tuple[Ref[Threat], ...] = field("The threats that it counters.", default=())
    practices: tuple[DesignTopic, ...] = field("The secure design practices that are applied here.", default=())
    algorithms: tuple[Line, ...] = field(
        "The cryptographic algorithms with key length, for example `ECDSA P-256`; they are held against the policy.",
        default=(),
    )
    language: Line | None = field(
        "The programming language it is written in, where it is code of your own.", default=None
    )
    code_paths: tuple[Line, ...] = field(
        "Where its code lies, as path patterns, for example `src/login/**`.", default=()
    )
    items: tuple[Ref[SoftwareItem], ...] = field(
        "The software items from others that do the work.", default=(), names=True
    )
    safety_performance_weighed: SideEffect = field(
        "Whether its protection costs safety or speed, for example `encryption adds 40 ms before an alarm`, and how much."
    )


class InterfaceReach(Choice):
    """From where an interface can be used."""

    EXTERNAL = "external"
    INTERNAL = "internal"
    BOTH = "both"


class InterfaceItem(Choice):
    """What is described of an interface; 5.4.3 a to j, in this order."""

    REACH = "reach"
    CONTEXT = "context"
    USERS_AND_ASSETS = "users-and-assets"
    BOUNDARY = "boundary"
    CONSIDERATIONS = "considerations"
    PRIVILEGES = "privileges"
    CAPABILITIES = "capabilities"
    ITEMS = "items"
    DOCUMENTATION = "documentation"
    MITIGATIONS = "mitigations"


class Locator(Value):
    """Where an interface is found on the running product; scans are held against it."""

    protocol: Line | None = field("What it speaks, for example `tcp`, `https`, `usb`.", default=None)
    port: Count | None = field("The number of its network port.", default=None, le=65_535)
    path: Line | None = field("The path or pipe, as a pattern, for example `/api/v2/*`.", default=None)
    connector: Line | None = field("The plug or header on the housing or board, for example `J4`.", default=None)

    @pydantic.model_validator(mode="after")
    def _somewhere(self) -> Locator:
        if (self.protocol, self.port, self.path, self.connector) == (None, None, None, None):
            raise PydanticCustomError("locator", "says nowhere: fill protocol, port, path or connector")
        return self


class InterfaceAbsent(Value):
    """A point of the description that does not apply to this interface."""

    item: InterfaceItem = field("The point that does not apply.")
    why: Text = field("Why it does not, for example `no third-party software stands behind it`.")


class Interface(Kind, prefix="IFC", signed=DesignElement.meta.signed, group="reach"):
    """A way into or through the product, physical or logical, and what there is to know of its security.

    Whatever somebody can plug into, connect to or call needs one; scans of the build show what was forgotten.
    """

    element: Ref[Element] | None = field("The element of the system model that it belongs to.", default=None)
    design: Ref[DesignElement] = field("The design element that it is part of; signing that signs it too.", names=True)
    physical: bool = field("Whether it is a plug, header or radio that somebody can touch or be near.")
    locators: tuple[Locator, ...] = field("Where it is found on the running product.", default=())
    reach: InterfaceReach = field("Whether it can be used from outside the product, from inside, or both.")
    context_meaning: Text | None = field(
        "What the surroundings mean for it, for example `only the ward network reaches it; no login of the hospital`.",
        default=None,
    )
    users: tuple[Line, ...] = field("Who may use it: people, devices or services.", default=())
    assets: tuple[Ref[Asset], ...] = field("What can be reached through it.", default=())
    crosses_boundary: bool = field("Whether using it crosses a boundary of trust.")
    considerations: Text | None = field(
        "What else matters: assumptions, limits, for example `message size is bounded at 64 kB`.", default=None
    )
    threats: tuple[Ref[Threat], ...] = field("The threats that come through it.", default=())
    privileges: Text | None = field(
        "The roles and rights that are needed to use it; write `none` where anybody can.", default=None
    )
    capabilities: tuple[Ref[Control], ...] = field("The controls that guard it: login, rights, encryption.", default=())
    validation: Text | None = field("How what comes in is checked while the product runs.", default=None)
    output: Text | None = field("How what goes out is kept from doing harm or telling too much.", default=None)
    errors: Text | None = field(
        "What happens when something is wrong: what is logged, what the other side is told.", default=None
    )
    items: tuple[Ref[SoftwareItem], ...] = field("The software items from others that stand behind it.", default=())
    mitigations: tuple[Ref[Control], ...] = field("The controls by which the design counters its threats.", default=())
    absent: tuple[InterfaceAbsent, ...] = field("The points that do not apply, each with why.", default=())


# --- reviews and deviations -----------------------------------------------------------------------------------------


class ReviewOf(Choice):
    """What a review is of."""

    REQUIREMENTS = "requirements"
    ARCHITECTURE = "architecture"
    DESIGN = "design"
    IMPLEMENTATION = "implementation"


QUESTIONS: Mapping[ReviewOf, Mapping[str, str]] = MappingProxyType(
    {
        ReviewOf.REQUIREMENTS: MappingProxyType(
            {
                "5.2.2 a": "Do they put into practice what the product needs, controls of risks included?",
                "5.2.2 b": "Are they free of contradiction?",
                "5.2.2 c": "Can each be read in one way only?",
                "5.2.2 d": "Can a test with a clear criterion be made for each?",
                "stage:install": "Does one of them speak of installation, or is none needed?",
                "stage:operate": "Does one of them speak of operation, or is none needed?",
                "stage:maintain": "Does one of them speak of maintenance, or is none needed?",
                "stage:decommission": "Does one of them speak of decommissioning, or is none needed?",
                "capability:authentication": "Does one of them say who may come in, or is none needed?",
                "capability:authorisation": "Does one of them say who may do what, or is none needed?",
                "capability:cryptography": "Does one of them speak of encryption and keys, or is none needed?",
                "capability:integrity": "Does one of them keep data and software unaltered, or is none needed?",
                "capability:confidentiality": "Does one of them keep data from strangers, or is none needed?",
                "capability:logging": "Does one of them say what is logged, or is none needed?",
                "capability:resilience": "Does one of them keep the product running under attack, or is none needed?",
                "capability:updates": "Does one of them speak of updates, or is none needed?",
            }
        ),
        ReviewOf.ARCHITECTURE: MappingProxyType(
            {
                "5.3.3 a": "Does the architecture meet the security requirements well enough?",
                "5.3.3 b": "Are interfaces, boundaries of trust and assets safe from the known threats?",
                "5.3.3 c": "Were the secure design practices followed?",
            }
        ),
        ReviewOf.DESIGN: MappingProxyType(
            {
                "5.4.4 a": "Does the detailed design meet the security requirements well enough?",
                "5.4.4 b": "Is no threat able to use a weak point of an interface, boundary or asset?",
                "5.4.4 c": "Were the secure design practices followed, and departures written down?",
            }
        ),
        ReviewOf.IMPLEMENTATION: MappingProxyType(
            {
                "5.5.2 a": "Does the code fulfil the security requirements?",
                "5.5.2 b": "Was the coding standard kept, and are departures written down?",
                "5.5.2 c": "Were the results of static analysis dealt with?",
                "5.5.2 d": "Can each designed capability be found in the code?",
                "5.5.2 e": "Is no threat able to use the interfaces, boundaries and assets as they were coded?",
            }
        ),
    }
)


class ChangeSet(Value):
    """The changes of source code that a review looked at."""

    repository: Line | None = field("The repository, where there are several.", default=None)
    from_commit: Line | None = field(
        "The commit after which the changes begin; empty for the first of all.", default=None
    )
    to_commit: Line | None = field("The commit up to which they go.", default=None)
    changes: tuple[Line, ...] = field(
        "Single changes by their ids, where it was not all between two commits.", default=()
    )

    @pydantic.model_validator(mode="after")
    def _holds_something(self) -> ChangeSet:
        if self.to_commit is None and not self.changes:
            raise PydanticCustomError("change-set", "holds nothing: fill to_commit or changes")
        return self


class Viewpoint(Choice):
    """From where a reviewer looks."""

    ARCHITECT_DEVELOPER = "architect-developer"
    TESTER = "tester"
    CROSS_FUNCTIONAL_CLINICAL = "cross-functional-clinical"
    SECURITY_ADVISER = "security-adviser"


class Reviewer(Value):
    """Somebody who reviewed, from which viewpoint and how independently."""

    person: Person = field("Who reviewed; each of them signs.")
    viewpoint: Viewpoint = field("What they looked at it as; a review of requirements needs all four.")
    independence: Level = field(
        "How far from the authors: 0 not at all, 1 another person, 2 another department, 3 another organisation."
    )


class Answer(Choice):
    """What a review says to a question."""

    YES = "yes"
    NO = "no"
    NOT_APPLICABLE = "not-applicable"


class ReviewQuestion(Value):
    """One of the fixed questions of the review, with its answer."""

    question: Line = field("The question by its id, for example `5.3.3 b` or `stage:install`; the page lists them.")
    answer: Answer = field("Yes is good. Each no needs a finding.")
    why: Text | None = field("Why not, or why it does not apply; asked for unless the answer is yes.", default=None)

    @pydantic.model_validator(mode="after")
    def _explained(self) -> ReviewQuestion:
        if self.answer is not Answer.YES and self.why is None:
            raise PydanticCustomError("why-missing", "needs its why, since the answer is not yes")
        return self


class ReviewConclusion(Choice):
    """What a review ended with."""

    PASS = "pass"  # noqa: S105 - a word, no password
    PASS_WITH_FINDINGS = "pass-with-findings"  # noqa: S105
    FAIL = "fail"


def _sign_review(review: Review, look: Look) -> tuple[Slot, ...]:
    """Its lead authors it, and each reviewer signs as a person."""
    people = dict.fromkeys(reviewer.person for reviewer in review.reviewers)
    return authored(review.lead), *(reviewed(person) for person in people)


def _bad_review(review: Any) -> bool:
    """Return whether a review, or a draft of one, concluded fail or answers a question with no."""
    answers = [question.answer for question in review.questions or ()]
    return bool(review.concluded == ReviewConclusion.FAIL or Answer.NO in answers)


class Review(Kind, prefix="RVW", signed=_sign_review, warns=_bad_review, who="lead", due="held_on", group="of"):
    """A review of requirements, architecture, design or code by people from several viewpoints.

    What they find becomes a finding each; a review that failed, or says no to a question, counts before it is signed.
    """

    of: ReviewOf = field("What was reviewed; it decides which questions are asked.")
    covers: tuple[Ref[Requirement | DesignElement | Interface | Element], ...] = field(
        "The records that were looked at. When one changes, it has to be reviewed again.", default=()
    )
    change_set: ChangeSet | None = field("The changes of code that were looked at, for a review of code.", default=None)
    lead: Person = field("Who held it and wrote it down; they sign as its author.")
    reviewers: tuple[Reviewer, ...] = field("Who reviewed; each signs.", min_length=1)
    questions: tuple[ReviewQuestion, ...] = field("The fixed questions, each with its answer.", default=())
    held_on: Day = field("The day on which it was held, or on which the last reviewer was done.")
    concluded: ReviewConclusion | None = field("What it ended with; empty while it goes on.", default=None)

    @pydantic.model_validator(mode="after")
    def _of_something(self) -> Review:
        if not self.covers and self.change_set is None:
            raise PydanticCustomError("review-covers", "covers nothing: name records or a change set")
        asked = [question.question for question in self.questions]
        for question in asked:
            if question not in QUESTIONS[self.of]:
                raise PydanticCustomError(
                    "review-question",
                    "answers {question}, which is no question of a review of {of}",
                    {"question": question, "of": self.of.value},
                )
        if len(set(asked)) < len(asked):
            raise PydanticCustomError("review-question", "answers a question twice")
        return self


class DepartsFrom(Choice):
    """What a deviation is from."""

    CODING_STANDARD = "coding-standard"
    DESIGN_PRACTICE = "design-practice"
    REQUIREMENT = "requirement"


class Deviation(
    Kind, prefix="DEV", signed=(approved(SystemRole.SECURITY),), four_eyes=True, due="until", group="departs_from"
):
    """A rule that is not kept in some place, with the reason and what makes up for it.

    One may stand for a whole rule in a whole folder; nobody has to write one for each line of code.
    """

    departs_from: DepartsFrom = field("What is not kept: the coding standard, a design practice or a requirement.")
    tool: Line | None = field("The tool whose rule it is, as its reports call it.", default=None)
    rule: Line | None = field(
        "The rule, by its id in that tool, for example `bugprone-strcpy`; or the algorithm that the policy leaves out.",
        default=None,
    )
    topic: DesignTopic | None = field("The topic of secure design whose practice is not kept.", default=None)
    where: Line | None = field("Where it is not kept, as a path pattern, for example `third_party/**`.", default=None)
    about: tuple[Ref[Kind], ...] = field(
        "The design elements, requirements or interfaces that it is about.", default=()
    )
    why: Text = field("Why it is not kept there.")
    compensated_by: tuple[Ref[Control], ...] = field("The controls that make up for it.", default=())
    until: Day | None = field("The last day on which it holds, where it ends.", default=None)

    @pydantic.model_validator(mode="after")
    def _from_something(self) -> Deviation:
        if (self.rule, self.topic, self.where) == (None, None, None) and not self.about:
            raise PydanticCustomError("deviation", "is from nothing: fill rule, topic, where or about")
        return self


# --- tests ----------------------------------------------------------------------------------------------------------


class TestType(Choice):
    """What a test is for."""

    __test__ = False

    REQUIREMENTS = "requirements"
    THREAT_MITIGATION = "threat-mitigation"
    VULNERABILITY = "vulnerability"
    ATTACK_SURFACE = "attack-surface"
    KNOWN_VULNERABILITIES = "known-vulnerabilities"
    COMPOSITION = "composition"
    DYNAMIC = "dynamic"
    PENETRATION = "penetration"
    PERFORMANCE = "performance"
    BOUNDARY = "boundary"
    SERVICE_RELIANCE = "service-reliance"
    STATIC = "static"
    INTEGRATION = "integration"


class CaseTechnique(Choice):
    """How a case attacks."""

    ABUSE = "abuse"
    MALFORMED = "malformed"
    FUZZ = "fuzz"
    LOAD = "load"
    TAMPERED_UPDATE = "tampered-update"
    REPLAYED_UPDATE = "replayed-update"
    OTHER = "other"


class NotAvailable(Value):
    """Something that cannot be tested, and why."""

    leaves_out: tuple[Ref[Requirement | Threat | Interface | Element], ...] = field(
        "What is left out; empty where the whole type of test is.", default=(), names=True
    )
    technique: CaseTechnique | None = field("The technique that is left out, where it is one only.", default=None)
    platform: Line | None = field(
        "The platform for which there is no tool, for example `PIC18 assembler`.", default=None
    )
    tools_looked_for: tuple[Line, ...] = field("The tools that were looked for or tried without success.", default=())
    why: Text = field("Why it cannot be tested, and what is done instead where something is.")


class TestPlan(Kind, prefix="TPL", signed=(approved(SystemRole.QUALITY), reviewed(SystemRole.TESTER)), group="type"):
    """One type of security test: what is tested, where, with what, and how independent the testers are."""

    __test__ = False

    type: TestType = field("What the tests are for; each type that is asked for needs a plan.")
    scope: tuple[Ref[Requirement | Threat | Interface | Element], ...] = field(
        "What is tested, where the plan names it singly. A penetration test names the interfaces it attacks.",
        default=(),
    )
    environment: Text = field("Where it is tested: hardware, software versions, network, how near to real use.")
    tools: tuple[Line, ...] = field(
        "The tools and sources of data, with version, for example `zap 2.15`, `OSV`. A scan for known vulnerabilities "
        "needs a public source.",
        default=(),
    )
    independence: Level = field(
        "How far testers have to be from developers: 0 not at all, 1 another person, 2 another department, 3 another "
        "organisation."
    )
    not_available: tuple[NotAvailable, ...] = field("What cannot be tested, each with its reason.", default=())
    objectivity: Text | None = field(
        "How it is seen to that testers judge freely, for example `report to the head of quality`. Asked for by most "
        "types; plans of one programme may share the text.",
        default=None,
    )


class Aim(Choice):
    """What a test of a control wants to show."""

    WORKS = "works"
    GETS_ROUND = "gets-round"
    NO_NEW_WEAKNESS = "no-new-weakness"


class Challenge(Value):
    """A control that a case puts to the test."""

    control: Ref[Control] = field("The control that is tested.")
    threat: Ref[Threat] | None = field("The threat that it is tried with.", default=None)
    aim: Aim = field(
        "Works: it does what it should. Gets round: somebody tries to evade it; the case passes when the attempt fails. "
        "No new weakness: it brought none."
    )


class TestCase(Kind, prefix="TST", signed=(reviewed(SystemRole.TESTER),), group="technique"):
    """One test: what is done, what should come of it, and which requirement or control it decides."""

    __test__ = False

    plan: Ref[TestPlan] = field("The plan that it belongs to.", names=True)
    verifies: tuple[Ref[Requirement], ...] = field("The requirements that it decides.", default=())
    challenges: tuple[Challenge, ...] = field("The controls that it puts to the test.", default=())
    interfaces: tuple[Ref[Interface], ...] = field("The interfaces that it goes through or attacks.", default=())
    boundaries: tuple[Ref[Element], ...] = field("The boundaries of trust whose two sides it tests.", default=())
    technique: CaseTechnique | None = field("How it attacks, where it does.", default=None)
    steps: Text | None = field("What the tester does, step by step, for a case that is run by hand.", default=None)
    automation_id: Line | None = field(
        "Its name in the reports of the test tool, for example `login.test_lockout`; results find the case by it.",
        default=None,
    )
    expected: Text = field("What has to come of it for the case to pass.")

    @pydantic.model_validator(mode="after")
    def _can_be_run(self) -> TestCase:
        if self.steps is None and self.automation_id is None:
            raise PydanticCustomError("case-steps", "cannot be run: fill steps or automation_id")
        return self


class RunOutcome(Choice):
    """What came of a run."""

    PASS = "pass"  # noqa: S105 - a word, no password
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"


class TestRun(
    Kind,
    prefix="RUN",
    signed=(tested(SystemRole.TESTER),),
    warns=lambda run: run.outcome != RunOutcome.PASS,
    who="tester",
    due="on",
    group="outcome",
):
    """Tests that were run on one build, by whom and with which result.

    Anything but a pass counts as soon as it is saved; it is settled by a finding or by a younger run that passes.
    """

    __test__ = False

    plan: Ref[TestPlan] = field("The plan that it was run under.", names=True)
    cases: tuple[Ref[TestCase], ...] = field(
        "The cases that were run; none for a scan that has no cases.", default=(), names=True
    )
    retests: tuple[Ref[Finding], ...] = field("The findings whose repair it tested.", default=(), names=True)
    build_id: Line = field("The build that was tested: the same id as in the release.")
    release: Ref[Release] = field("The release that this build is of.", names=True)
    tester: Person = field("Who ran it, or answers for the machine that did.")
    organisation: Line | None = field("The tester's organisation, where it is not yours.", default=None)
    tools: tuple[Line, ...] = field("The tools that were used, with version.", default=())
    justification: Text | None = field(
        "Why the tester was less independent than asked for, where that is so.", default=None
    )
    on: Day = field("The day on which it was run.")
    report: Evidence = field("The report as the tool or the tester wrote it; single results are read from it.")
    source_data_as_of: Day | None = field(
        "For scans: the day of the data on known vulnerabilities that was used.", default=None, happened=True
    )
    outcome: RunOutcome = field("Pass only if everything passed; inconclusive where it could not be told.")


class ScannerResult(Value):
    """Something that a scanner said, and the finding takes up."""

    tool: Line = field("The tool as its report calls itself.")
    rule: Line | None = field("The rule that it went by, for example `CWE-798` or `hardcoded-password`.", default=None)
    place: Line | None = field("Where it was, as a path pattern; one finding may take up a whole folder.", default=None)
    component: Line | None = field("The component, as a package URL, where bill and scan differ in one.", default=None)
    build_id: Line | None = field("The build that was scanned.", default=None)


class FindingOrigin(Choice):
    """In which part of the work a finding came up."""

    REQUIREMENTS = "requirements"
    DESIGN = "design"
    IMPLEMENTATION = "implementation"
    VERIFICATION = "verification"
    DEFECT_MANAGEMENT = "defect-management"


class Finding(Kind, prefix="FND", signed=(reviewed(SystemRole.SECURITY),), warns=True, rank="severity", group="origin"):
    """Something wrong that a review, a test or a scan brought up. It counts from the moment it is saved.

    It is settled by a decision about it, by an investigation that finds it does not apply, or by a retest that passes.
    """

    found_by: tuple[Ref[TestRun | Review], ...] = field("The runs or reviews that found it.", default=(), names=True)
    results: tuple[ScannerResult, ...] = field("The results of scanners that it takes up.", default=())
    what: Text = field(
        "What is wrong, so that somebody else can see it too: what was done, what came, what should come."
    )
    where: tuple[Ref[Element | DesignElement | Requirement], ...] = field(
        "The parts of model, design or requirements in which it is.", default=()
    )
    weakness: tuple[Cwe, ...] = field("What sort of weakness it is, as CWE numbers, for example `CWE-352`.", default=())
    severity: Score | None = field("How severe it is; findings of security tests need it.", default=None)
    origin: FindingOrigin = field("In which part of the work it came up.")
    fixed_in: Line | None = field(
        "The build in which it is repaired; a retest has to show it.", default=None, progress=True
    )

    @pydantic.model_validator(mode="after")
    def _found_somewhere(self) -> Finding:
        if not self.found_by and not self.results:
            raise PydanticCustomError("finding-source", "was found by nothing: fill found_by or results")
        return self


TestRun.model_rebuild()


# --- documents ------------------------------------------------------------------------------------------------------


class Coverage(Choice):
    """A part of the documentation that the standard or its Annex E speaks of."""

    OPERATION = "5.8.2 a"
    RIGOUR = "5.8.2 b"
    ACCOUNTS = "5.8.2 c"
    RESIDUAL_RISKS = "5.8.2 d"
    PRODUCT = "E.2.1"
    DEFENCE_IN_DEPTH = "E.2.2"
    ENVIRONMENT = "E.2.3"
    HARDENING = "E.2.4"
    UPDATES = "E.2.5"
    DECOMMISSIONING = "E.3"


ContentItem = Annotated[
    str,
    pydantic.StringConstraints(
        strict=True,
        pattern=r"^(5\.8\.2 [a-d]|scoping|tailoring|E\.2\.[1-5]( [a-h])?|E\.3( [a-d])?|annex-e:(E\.2\.[1-5]|E\.3))$",
    ),
]


class Covered(Choice):
    """How far a document of Annex E is there."""

    PRESENT = "present"
    PARTLY = "partly"
    NO = "no"


class Anchor(Value):
    """A place in a document, what it tells and of what."""

    item: ContentItem = field(
        "What is told there: `5.8.2 a` to `d`, `scoping`, `tailoring`, a part of Annex E such as `E.2.4 d`, or "
        "`annex-e:E.2.3` for the line of the coverage table."
    )
    covered: Covered | None = field("For a line of the coverage table: whether that document is there.", default=None)
    place: Line | None = field("Where it stands: chapter, page or heading, for example `4.2 Accounts`.", default=None)
    tells_of: tuple[Ref[Kind], ...] = field(
        "The records that it tells of: interfaces, controls, assumptions, risks. When one changes, the text is suspect.",
        default=(),
    )

    @pydantic.model_validator(mode="after")
    def _whole(self) -> Anchor:
        if self.item.startswith("annex-e:") and self.covered is None:
            raise PydanticCustomError("anchor-covered", "is a line of the coverage table and has no covered")
        return self


class ReleaseDocument(Kind, prefix="DOC", signed=(reviewed(SystemRole.REGULATORY), reviewed(SystemRole.SECURITY))):
    """A document that goes out with a release, and where in it users find what security asks them to know."""

    release: Ref[Release] = field("The release that it goes out with.", names=True)
    covers: tuple[Coverage, ...] = field(
        "The parts it holds: operation, rigour of the process, accounts, residual risks, or documents of Annex E.",
        min_length=1,
    )
    version: Version = field("The version of the product that it is written for.")
    file: Evidence = field("The document itself.")
    anchors: tuple[Anchor, ...] = field("Where what is told; one line for each item that it covers.", default=())


class Aspect(Choice):
    """What a documentation review looks at."""

    CAPABILITIES = "capabilities"
    ENVIRONMENT = "environment"
    PRACTICES_SECURE = "practices-secure"


class AspectOutcome(Choice):
    """What a documentation review says of an aspect."""

    RIGHT = "right"
    DEFECTS = "defects"


class AspectResult(Value):
    """What was found on one aspect."""

    aspect: Aspect = field(
        "Capabilities: what the product can do is told. Environment: what it needs around it is told. Practices secure: "
        "who follows the text does nothing unsafe."
    )
    outcome: AspectOutcome = field("Whether the document is right in this, or has defects.")


class DocumentDefect(Value):
    """Something wrong in a document."""

    what: Text = field("What is wrong or missing.")
    where: Line = field("Where in the document.")
    closed_on: Day | None = field("The day on which it was put right.", default=None, progress=True)
    closed_by: Ref[Kind] | None = field(
        "What put it right, most often the document in its new version.", default=None, progress=True, names=True
    )


def _has_open_defect(review: Any) -> bool:
    """Return whether a documentation review, or a draft of one, holds a defect that is not closed."""
    return any(defect.closed_on is None for defect in review.defects or ())


class DocumentationReview(
    Kind,
    prefix="DRV",
    signed=(reviewed(SystemRole.TESTER), reviewed(SystemRole.REGULATORY)),
    four_eyes=True,
    warns=_has_open_defect,
):
    """A look at a document by people who did not write it: is it right, and is who follows it secure."""

    release: Ref[Release] = field("The release whose document it is.", names=True)
    document: Ref[ReleaseDocument] = field("The document; when it changes, it has to be reviewed again.")
    aspects: tuple[AspectResult, ...] = field("The three aspects, each with its outcome.", default=())
    defects: tuple[DocumentDefect, ...] = field("What was wrong; open ones count before this is signed.", default=())

    @pydantic.model_validator(mode="after")
    def _each_once(self) -> DocumentationReview:
        seen = [result.aspect for result in self.aspects]
        if len(set(seen)) < len(seen):
            raise PydanticCustomError("aspects", "gives an aspect two outcomes")
        if any(result.outcome is AspectOutcome.DEFECTS for result in self.aspects) and not self.defects:
            raise PydanticCustomError("aspects", "says that there are defects and names none")
        return self


# --- integrity, keys and the release --------------------------------------------------------------------------------


class KeyPurpose(Choice):
    """What a key is for."""

    RELEASE_SIGNING = "release-signing"
    TEST = "test"
    OTHER = "other"


class KeyStorage(Choice):
    """Where a private key is kept."""

    HSM = "hsm"
    TOKEN = "token"  # noqa: S105 - a word, no password
    KMS = "kms"
    ENCRYPTED_FILE = "encrypted-file"


class RevokedBecause(Choice):
    """Why a key no longer counts."""

    ROTATION = "rotation"
    COMPROMISE = "compromise"
    OTHER = "other"


class SigningKey(
    Kind,
    prefix="KEY",
    of="O",
    signed=(approved(SystemRole.SECURITY),),
    four_eyes=True,
    stand_in=False,
    due="rotate_by",
    group="kept_in",
):
    """A key that signs what goes to users: where it lies, who can use it, and what happens when it is stolen.

    The private half is never entered here.
    """

    purpose: KeyPurpose = field("Whether it signs releases, or is for tests or something else.")
    algorithm: Line = field("Its algorithm with length, for example `ECDSA P-256`; it is held against the policy.")
    public_key: Evidence = field("The public half, with which signatures are checked.")
    kept_in: KeyStorage = field("Where the private half lies: hardware module, token, key service or encrypted file.")
    custodians: tuple[Person, ...] = field("Who keeps it; two are better than one, since people leave.", min_length=1)
    signers: tuple[Line, ...] = field(
        "The identities that may sign with it, as the signing log writes them, for example `release-pipeline`.",
        default=(),
    )
    procedure: Ref[Procedure] = field("The procedure by which it is made, kept, used and destroyed.", names=True)
    access_rule: Text = field("Who may use it and what that takes, for example `two custodians together`.")
    created: Day = field("The day on which it was made.", happened=True)
    rotate_by: Day = field("The last day on which it may sign.")
    revoked_on: Day | None = field("The day on which it was revoked, if it was.", default=None)
    revoked_because: RevokedBecause | None = field("Why it was revoked; asked for where it was.", default=None)
    custody_checked_on: Day | None = field(
        "The day on which somebody last looked that it lies where it should.", default=None, progress=True
    )
    compromise_plan: Text = field(
        "What is done when it is stolen: who is told, how users learn of it, what replaces it."
    )

    @pydantic.model_validator(mode="after")
    def _in_order(self) -> SigningKey:
        not_before(self.rotate_by, self.created, "rotate_by", "created")
        if (self.revoked_on is None) is not (self.revoked_because is None):
            raise PydanticCustomError(
                "key-revoked", "is revoked only with both revoked_on and revoked_because filled in"
            )
        return self


class Excluded(Value):
    """A file of the package that the manifest leaves out."""

    path: Line = field("The file, or a pattern for several.")
    why: Text = field("Why it is left out, for example `written at installation`. Programs are never left out.")


class IntegrityManifest(Kind, prefix="MAN", signed=(released(SystemRole.RELEASE_MANAGER),)):
    """The signed list of all files of a package, with which users can tell that nobody altered it on the way."""

    release: Ref[Release] = field("The release whose package it lists.", names=True)
    files: Evidence = field("The list itself: path, size and SHA-256 of each file.")
    signature: Evidence = field("The signature over this list.")
    key: Ref[SigningKey] = field("The key that made the signature.", names=True)
    how_users_verify: Ref[ReleaseDocument] = field("The document that tells users how to check it.", names=True)
    excluded: tuple[Excluded, ...] = field("Files of the package that it leaves out, each with why.", default=())


class DecommissioningGuide(Kind, prefix="DCG", signed=(reviewed(SystemRole.REGULATORY), reviewed(SystemRole.SECURITY))):
    """How users take the product out of service without leaving data or ways in behind: where its document tells what."""

    release: Ref[Release] = field("The release that it is for.", names=True)
    document: Ref[ReleaseDocument] = field("The document that holds the instructions.")
    remove_product: Line = field("Where it tells how the product is taken out of its surroundings.")
    remove_references: Line = field("Where it tells how accounts, certificates and settings elsewhere are removed.")
    delete_data: Line = field("Where it tells how stored data is deleted for good.")
    dispose: Line = field("Where it tells what to do with hardware whose data cannot be deleted.")
    assets_covered: tuple[Ref[Asset], ...] = field(
        "The assets whose removal it tells of; each stored data and credential has to be among them.", default=()
    )


class Carried(Value):
    """A record of the earlier release that is still true."""

    record: Ref[Kind] = field("The record of the earlier release that is carried.")
    why_unaffected: Text = field("Why nothing that changed touches it.")


class CarriedForward(
    Kind, prefix="CFW", signed=(approved(SystemRole.QUALITY), reviewed(SystemRole.SECURITY)), four_eyes=True
):
    """Evidence of an earlier release that still holds, so that a small update does not ask for everything again.

    Bills, manifests, scans for known vulnerabilities and of composition, reviews of open issues and release decisions
    are never carried.
    """

    release: Ref[Release] = field("The release that it is carried to.", names=True)
    from_release: Ref[Release] = field("The release that it was made for.", names=True)
    records: tuple[Carried, ...] = field("What is carried, each with why it is not touched.", min_length=1)
    differences: Evidence = field("All that differs between the two: bills, sources, change requests, interfaces.")


class ReleaseOutcome(Choice):
    """Whether a release goes out."""

    RELEASE = "release"
    RELEASE_WITH_GAPS = "release-with-gaps"
    REFUSE = "refuse"


class AcceptedGap(Value):
    """Something that is missing and closed after the release."""

    obligation: ObligationId = field("The duty that is not yet met, for example `5.7.4-1`.")
    why_better_off: Text = field("Why patients are better off with the update now than with the gap closed first.")
    owner: Person = field("Who sees to it that the gap is closed.")
    due: Day = field("The last day on which it has to be closed.")


def _sign_release(decision: ReleaseDecision, look: Look) -> tuple[Slot, ...]:
    """Release manager and quality; management too where gaps are left."""
    slots = released(SystemRole.RELEASE_MANAGER), approved(SystemRole.QUALITY)
    if decision.outcome is ReleaseOutcome.RELEASE_WITH_GAPS:
        return *slots, approved(SystemRole.MANAGEMENT)
    return slots


class ReleaseDecision(
    Kind, prefix="RDC", signed=_sign_release, four_eyes=True, stand_in=False, due="on", group="outcome"
):
    """Whether a release goes out, decided on an assessment of everything that is asked of it."""

    release: Ref[Release] = field("The release that is decided on.", names=True)
    outcome: ReleaseOutcome = field(
        "Release; refuse; or, for a security update only, release with gaps that are closed by a day."
    )
    assessment: Digest = field("SHA-256 of the assessment that it rests on; the page fills it in.")
    gaps: tuple[AcceptedGap, ...] = field("The gaps that are left for later, each with who closes it.", default=())
    on: Day = field("The day of the decision.")

    @pydantic.model_validator(mode="after")
    def _gaps_fit(self) -> ReleaseDecision:
        if self.outcome is ReleaseOutcome.RELEASE_WITH_GAPS and not self.gaps:
            raise PydanticCustomError("release-gaps", "releases with gaps and names none")
        if self.outcome is ReleaseOutcome.RELEASE and self.gaps:
            raise PydanticCustomError("release-gaps", "names gaps; the outcome is then release-with-gaps")
        return self
