"""What is kept of security risk management: criteria, context, threat model, risks, controls and their watch."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from types import MappingProxyType
from typing import Annotated, Literal

import pydantic
from pydantic_core import PydanticCustomError

from asepsis.configuration.records import EffectSize, Release, SoftwareItem
from asepsis.quality.records import Line, ProductProfile, Reach, Version
from asepsis.record.kind import (
    Choice,
    Count,
    Day,
    Decimal,
    Digest,
    Evidence,
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
from asepsis.risk.grid import Cell, HarmLevel, Method, ScoreMethod, Verdict, approver_of, faults

Cwe = Annotated[str, pydantic.StringConstraints(strict=True, pattern=r"^CWE-[1-9]\d{0,4}$")]


# --- what several kinds hold ----------------------------------------------------------------------------------------


class Score(Value):
    """How severe something is, by a method that others can follow."""

    method: ScoreMethod = field("The method; it has to be one that the risk plan allows.")
    vector: Text | None = field(
        "The answers that the number is worked out from, for example "
        "`CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N`. The vector is what counts; left empty only "
        "where the method has none.",
        default=None,
    )
    number: Decimal | None = field(
        "The score that the vector gives, for example `9.3`. Empty for SSVC, which gives a decision and no number.",
        default=None,
    )

    @pydantic.model_validator(mode="after")
    def _number_unless_ssvc(self) -> Score:
        if self.method is ScoreMethod.SSVC and self.number is not None:
            raise PydanticCustomError("score-number", "has a number, which SSVC does not give")
        if self.method is not ScoreMethod.SSVC and self.number is None:
            raise PydanticCustomError("score-number", "has no number, which every method but SSVC gives")
        return self


class Presence(Choice):
    """Whether there is an effect at all."""

    NONE = "none"
    SOME = "some"


class Phase(Choice):
    """A part of a product's life."""

    SUPPLY_CHAIN = "supply-chain"
    MANUFACTURE = "manufacture"
    DEPLOYMENT = "deployment"
    USE = "use"
    UPDATE = "update"
    DECOMMISSIONING = "decommissioning"


# --- criteria and context -------------------------------------------------------------------------------------------


class RiskPractice(Choice):
    """Where the way of managing security risk comes from."""

    SW96 = "sw96"
    TIR57 = "tir57"
    OWN = "own"


class RiskPlan(
    Kind,
    prefix="RPL",
    of="OP",
    signed=(approved(SystemRole.MANAGEMENT), reviewed(SystemRole.SECURITY), reviewed(SystemRole.SAFETY)),
    single=True,
    group="practice",
):
    """The criteria by which security risks are judged, set before any risk is: how severity is scored, how harm is
    graded, and which of the two together is acceptable.

    How likely an attack is plays no part in it.
    """

    methods: tuple[Method, ...] = field(
        "The ways of scoring that may be used for this product. One is best: scores of two methods cannot be compared.",
        min_length=1,
    )
    harm_scale: tuple[HarmLevel, ...] = field(
        "The levels of harm to people, mildest first, in the words of the safety risk file so that both files agree; "
        "`none` has to be among them for risks that touch nobody's health.",
        min_length=1,
    )
    cells: tuple[Cell, ...] = field(
        "The grid: for each method, each score and each level of harm exactly one verdict, which never gets milder as "
        "the score or the harm grows. A band such as 7.0 to 8.9 makes one cell.",
        min_length=1,
    )
    safety_interface: SystemRole = field(
        "The role on the safety side that takes security results over and answers them, most often `safety`."
    )
    practice: RiskPractice = field(
        "What the way of working follows: AAMI SW96, AAMI TIR57, or your own. It only tells the reader where to look."
    )

    @pydantic.model_validator(mode="after")
    def _whole_grid(self) -> RiskPlan:
        names = [method.method for method in self.methods]
        levels = tuple(step.level for step in self.harm_scale)
        if len(set(names)) < len(names):
            raise PydanticCustomError("plan-methods", "names a method of scoring twice")
        if len(set(levels)) < len(levels):
            raise PydanticCustomError("plan-levels", "names a level of harm twice")
        if found := [*islice(faults(self.methods, levels, self.cells), 5)]:
            raise PydanticCustomError("plan-cells", "{faults}", {"faults": "; ".join(found)})
        return self


class SecurityContext(
    Kind,
    prefix="CTX",
    signed=(approved(SystemRole.SECURITY), reviewed(SystemRole.CLINICAL)),
    group="exposure",
):
    """The surroundings that the product is made for, and what they do for its security.

    Everything the threat model takes for granted is written here; where the product is used in quite different ways,
    write one for each.
    """

    profile: Ref[ProductProfile] = field("The product profile whose intended use and users this describes.")
    scenario: Text = field("The use it speaks of, for example `bedside monitor on a ward network of a hospital`.")
    exposure: Reach = field(
        "The widest network from which the product can be reached in this scenario; take the worst that you allow."
    )
    network_place: Text = field(
        "Where in the network it stands and what it talks to, for example `VLAN of medical devices, HL7 to the "
        "information system, no way out to the internet`."
    )
    physical_protection: Text = field(
        "What keeps strangers from touching it: locked room, sealed case, staff nearby. Write what happens where there is "
        "nothing, as in a patient's home."
    )
    cyber_protection: Text = field(
        "What the surroundings do against attacks over the network: firewall, logins of the hospital, monitoring, backup."
    )
    isolation: Text = field(
        "How it is kept apart from other systems, and whether it goes on working when the network is cut."
    )
    safety_if_weaker: Text = field(
        "What could happen to patients when these protections are weaker than assumed, for example `alarms arrive late`."
    )
    essential_functions_at_risk: tuple[Line, ...] = field(
        "The essential functions that an attack in this scenario could take away, word for word as in the product "
        "profile.",
        default=(),
    )
    hardware_controls: Text = field(
        "Protection that comes from hardware of its own, such as a secure element, a boot lock or a write switch; write "
        "`none` where there is none."
    )
    users: tuple[Line, ...] = field(
        "Who uses, runs or services the product here, in the words of the product profile.", min_length=1
    )


class AssetKind(Choice):
    """What sort of thing is worth protecting."""

    DATA = "data"
    FUNCTION = "function"
    CREDENTIAL = "credential"
    HARDWARE = "hardware"
    SERVICE = "service"


class NeedLevel(Choice):
    """How much protection something needs."""

    NONE = "none"
    LOW = "low"
    MODERATE = "moderate"
    HIGH = "high"


class Need(Value):
    """How badly it matters when one of four properties is lost."""

    confidentiality: NeedLevel = field("How bad it is when somebody reads it who must not.")
    integrity: NeedLevel = field("How bad it is when it is changed unnoticed.")
    availability: NeedLevel = field("How bad it is when it is not there when needed.")
    safety: NeedLevel = field("How badly people could be harmed when any of these three is lost.")


class Asset(Kind, prefix="AST", signed=(reviewed(SystemRole.SECURITY),), group="kind"):
    """Something that is worth protecting: data, a function, a credential, a part, a service.

    Threats are looked for where assets are, so one that is missing here is protected by chance only.
    """

    kind: AssetKind = field("What sort of thing it is; passwords and keys are credentials, not data.")
    need: Need = field("How much protection it needs, for each of the four properties.")
    data_classes: tuple[Line, ...] = field(
        "For data: which classes it falls in, for example `patient data`, `therapy settings`, `audit log`.", default=()
    )
    essential_function: Line | None = field(
        "The essential function of the product profile that this is or carries, word for word.", default=None
    )


# --- the threat model -----------------------------------------------------------------------------------------------


class ModelPart(Choice):
    """What a threat model shows as far as the product has it, and the phases of life that it looks at."""

    CLASSIFIED_FLOW = "classified-flow"
    BOUNDARY = "boundary"
    PROCESS = "process"
    STORE = "store"
    OUTSIDE_ENTITY = "outside-entity"
    PROTOCOL = "protocol"
    PORT = "port"
    BOARD_CONNECTION = "board-connection"
    EXTERNAL_DEPENDENCY = "external-dependency"
    SUPPLY_CHAIN = "supply-chain"
    MANUFACTURE = "manufacture"
    DEPLOYMENT = "deployment"
    USE = "use"
    UPDATE = "update"
    DECOMMISSIONING = "decommissioning"


class Absent(Value):
    """A part that the product does not have, so that nobody takes it for forgotten."""

    part: ModelPart = field(
        "What the product does not have, or the phase of its life in which nothing can happen to it."
    )
    why: Text = field("Why there is none, for example `the board has no debug header; see the layout`.")


class SystemModel(
    Kind,
    prefix="MOD",
    signed=(reviewed(SystemRole.SECURITY), reviewed(SystemRole.ARCHITECT)),
    due="last_relevant_change",
):
    """The picture of the system that threats are looked for in.

    It is signed together with its elements and analyses, again whenever something changed that an attacker could use.
    """

    context: Ref[SecurityContext] = field("The surroundings that it takes for granted.")
    reflects: Version = field("The version of the product that it shows, for example `2.4.0`.")
    last_relevant_change: Day = field(
        "The day of the newest change to the product that the model takes into account; a later change with an effect on "
        "security asks for another look.",
        happened=True,
    )
    absent: tuple[Absent, ...] = field(
        "What the model does not show because the product has none of it: say so, or it counts as forgotten.",
        default=(),
    )
    drawing: Evidence | None = field("The data-flow diagram, where it is drawn elsewhere.", default=None)


class ElementKind(Choice):
    """What an element of the model is."""

    PROCESS = "process"
    STORE = "store"
    OUTSIDE_ENTITY = "outside-entity"
    FLOW = "flow"
    BOUNDARY = "boundary"
    PORT = "port"
    BOARD_CONNECTION = "board-connection"
    EXTERNAL_DEPENDENCY = "external-dependency"


class Reachable(Choice):
    """From where something can be reached."""

    EXTERNAL = "external"
    INTERNAL = "internal"
    BOTH = "both"
    NONE = "none"


class Element(Kind, prefix="ELM", signed=SystemModel.meta.signed, group="kind"):
    """One part of the system model: a process, a store, a flow of data, a boundary of trust, a port, somebody outside."""

    model: Ref[SystemModel] = field("The system model that it is part of; signing the model signs it too.", names=True)
    kind: ElementKind = field(
        "What it is. A flow carries data from one element to another; a boundary is where trust changes, for example "
        "between the hospital's network and the device."
    )
    zone: Line = field(
        "The area of equal trust that it lies in, for example `device`, `ward network`, `vendor cloud`. A flow between "
        "two zones crosses a boundary."
    )
    flows_from: Ref[Element] | None = field("For a flow: the element that the data comes from.", default=None)
    flows_to: Ref[Element] | None = field("For a flow: the element that the data goes to.", default=None)
    crosses: tuple[Ref[Element], ...] = field("For a flow: the boundaries that it crosses.", default=())
    protocols: tuple[Line, ...] = field(
        "What is spoken on it, for example `HTTPS`, `DICOM`, `Bluetooth LE`, `UART`.", default=()
    )
    assets: tuple[Ref[Asset], ...] = field("What worth protecting it holds, carries or does.", default=())
    items: tuple[Ref[SoftwareItem], ...] = field(
        "The software items from others that it is made of, where they are written down singly.", default=()
    )
    reachable: Reachable = field(
        "From where somebody can get at it: from outside the product, only from inside, both, not."
    )
    debug: bool = field("Whether it is there for debugging or service, such as a JTAG header or a service shell.")

    @pydantic.model_validator(mode="after")
    def _flow_has_ends(self) -> Element:
        if self.kind is ElementKind.FLOW and (self.flows_from is None or self.flows_to is None):
            raise PydanticCustomError("flow-ends", "is a flow and has no element that it comes from or goes to")
        return self


class HazardousSituation(Kind, prefix="HAZ", signed=(reviewed(SystemRole.SAFETY),), group="severity"):
    """A situation of the safety risk file in which people are exposed to harm; taken over from there, not invented
    here, so that security and safety speak of the same thing.
    """

    safety_id: Line = field("Its number in the safety risk file, for example `HS-017`.")
    text: Text = field("What it says there, for example `infusion goes on at the old rate after a change`.")
    severity: Line = field("How bad the harm is, word for word as in the harm scale of the risk plan.")
    source: Evidence = field("The safety risk file that it was taken from, in the version that was current.")


class Technique(Choice):
    """A way of looking for threats or of scoring them."""

    STRIDE = "stride"
    LINDDUN = "linddun"
    CAPEC = "capec"
    CWE = "cwe"
    OWASP = "owasp"
    ATTACK = "attack"
    KNOWN_LIST = "known-list"
    DREAD = "dread"
    CVSS = "cvss"
    CWSS = "cwss"
    OCTAVE = "octave"
    TRIKE = "trike"
    VAST = "vast"
    ADTREE = "adtree"
    OWN = "own"


class StrideCategory(Choice):
    """What STRIDE asks of an element."""

    SPOOFING = "spoofing"
    TAMPERING = "tampering"
    REPUDIATION = "repudiation"
    INFORMATION_DISCLOSURE = "information-disclosure"
    DENIAL_OF_SERVICE = "denial-of-service"
    ELEVATION_OF_PRIVILEGE = "elevation-of-privilege"


class LinddunCategory(Choice):
    """What LINDDUN asks of an element that touches personal data."""

    LINKING = "linking"
    IDENTIFYING = "identifying"
    NON_REPUDIATION = "non-repudiation"
    DETECTING = "detecting"
    DATA_DISCLOSURE = "data-disclosure"
    UNAWARENESS = "unawareness"
    NON_COMPLIANCE = "non-compliance"


CATEGORIES: Mapping[Technique, tuple[str, ...]] = MappingProxyType(
    {Technique.STRIDE: tuple(StrideCategory), Technique.LINDDUN: tuple(LinddunCategory)}
)


def _known_category(technique: Technique, category: str) -> None:
    """Refuse a category that is not among those of the technique, where it has a fixed list."""
    known = CATEGORIES.get(technique)
    if known is not None and category not in known:
        raise PydanticCustomError(
            "category",
            "has the category {category}, which is none of {technique}: {known}",
            {"category": category, "technique": technique.value, "known": ", ".join(known)},
        )


class Impact(Value):
    """What comes of an attack that works; each of the four has to be answered, if only with none."""

    safety: EffectSize = field("Could it harm a patient, a user or somebody nearby.")
    effectiveness: EffectSize = field("Could it keep the product from doing what it is used for.")
    data: EffectSize = field("Could it disclose, falsify or destroy data.")
    availability: EffectSize = field("Could it make the product or a service of it stop or lag.")


class Disposition(Choice):
    """What is done about a threat."""

    MITIGATE = "mitigate"
    TRANSFER = "transfer"
    ACCEPT = "accept"
    AVOID = "avoid"
    NOT_APPLICABLE = "not-applicable"


def _sign_threat(threat: Threat, look: Look) -> tuple[Slot, ...]:
    """Security reviews it; somebody other than its authors where it is left as it is."""
    left = threat.disposition in (Disposition.ACCEPT, Disposition.NOT_APPLICABLE)
    return (reviewed(SystemRole.SECURITY, apart=left),)


class Threat(Kind, prefix="THR", signed=_sign_threat, rank="severity", group="disposition"):
    """What somebody could do to an element of the system, what would come of it, and what is done about it."""

    element: Ref[Element] = field("Where it strikes: the process, store, flow, port or outside entity.")
    technique: Technique = field("The technique by which it was found; `own` for anything without a name.")
    category: Line = field(
        "What the technique calls it: for STRIDE one of spoofing, tampering, repudiation, information-disclosure, "
        "denial-of-service, elevation-of-privilege; else an entry of its list."
    )
    actor: Line = field(
        "Who would do it, for example `visitor on the ward`, `malware in the hospital network`, `former service engineer`."
    )
    attack_vector: Text = field(
        "How they would go about it, in a sentence or two: the way in, what they need for it, what they do there."
    )
    refs: tuple[Line, ...] = field(
        "Entries of public lists that describe it: CAPEC, CWE, ATT&CK, EMB3D, for example `CAPEC-94`.", default=()
    )
    impact: Impact = field("What comes of it when it works, on each of four counts.")
    severity: Score = field("How severe it is before anything is done about it.")
    harm: Ref[HazardousSituation] | None = field(
        "The hazardous situation of the safety file that it can lead to; asked for where safety is affected.",
        default=None,
    )
    phases: tuple[Phase, ...] = field(
        "When in the life of the product it can happen; in use, where nothing is said.",
        default=(Phase.USE,),
        min_length=1,
    )
    disposition: Disposition = field(
        "Mitigate by controls; transfer to somebody who was told; accept as it is; avoid by taking the element away; or "
        "not applicable after all. Accepting and not applicable need a second pair of eyes."
    )
    why: Text | None = field(
        "Why this is done about it; asked for wherever nothing is done against it in the product.", default=None
    )
    because: tuple[Ref[Kind], ...] = field(
        "What made somebody think of it: a report, a finding, a change.", default=(), names=True
    )

    @pydantic.model_validator(mode="after")
    def _whole(self) -> Threat:
        _known_category(self.technique, self.category)
        given = (Disposition.ACCEPT, Disposition.AVOID, Disposition.NOT_APPLICABLE)
        if self.disposition in given and self.why is None:
            raise PydanticCustomError(
                "threat-why", "has no why, which {disposition} asks for", {"disposition": self.disposition.value}
            )
        return self


# --- controls, vulnerabilities, risks -------------------------------------------------------------------------------


class ControlKind(Choice):
    """How a control works; the first is the best."""

    INHERENT = "inherent"
    PROTECTIVE = "protective"
    INFORMATION = "information"


class ActsOn(Choice):
    """What a control lowers."""

    SCORE = "score"
    HARM = "harm"
    BOTH = "both"


class SideEffect(Value):
    """Whether a control makes something else worse."""

    presence: Presence = field("Whether there is such an effect.")
    text: Text | None = field(
        "What the effect is, for example `a locked account keeps the night nurse out`; asked for where there is one.",
        default=None,
    )

    @pydantic.model_validator(mode="after")
    def _told(self) -> SideEffect:
        if self.presence is Presence.SOME and self.text is None:
            raise PydanticCustomError("side-effect", "says that there is an effect and not which")
        return self


class SideEffects(Value):
    """What a control makes worse, on each of three counts."""

    security: SideEffect = field(
        "New ways in that the control brings, such as a recovery code or a log full of secrets."
    )
    safety: SideEffect = field(
        "Harm that the control could do, such as a login that stands before an emergency function."
    )
    usability: SideEffect = field("What becomes harder for the people who work with it.")


class Control(
    Kind,
    prefix="CTL",
    signed=(reviewed(SystemRole.SECURITY), reviewed(SystemRole.ARCHITECT)),
    group="kind",
):
    """A measure against threats: in the design, as a protection, or as information to users.

    Each becomes a requirement, is tested, and is watched for as long as the product is supported.
    """

    kind: ControlKind = field(
        "Inherent: the design leaves no room for the attack. Protective: something stands in its way. Information: users "
        "are told what to do. Take the first that is possible."
    )
    mitigates: tuple[Ref[Threat], ...] = field("The threats that it counters.", default=())
    acts_on: ActsOn = field(
        "Whether it lowers the score (the attack gets harder), the harm (it does less to people), or both. Only a control "
        "that acts on harm may lower the harm of a risk."
    )
    side_effects: SideEffects = field("What it makes worse; think of security, safety and usability each.")
    compensating: bool = field(
        "Whether it makes up for a weakness that stays in, for example a firewall rule before a port that cannot be closed."
    )
    indicator: Text | None = field(
        "What shows that it still works, and where to look, for example `refused logins per week in the audit log`. Asked "
        "for unless it is information.",
        default=None,
    )
    trigger: Text | None = field(
        "What makes you look at it out of turn, for example `a new attack on TLS 1.2 is published`. Asked for unless it is "
        "information.",
        default=None,
    )
    look_every_months: Months | None = field(
        "How often somebody looks at its indicator; left empty, the policy's months hold.", default=None, ge=1
    )

    @pydantic.model_validator(mode="after")
    def _watched(self) -> Control:
        if self.kind is not ControlKind.INFORMATION and (self.indicator is None or self.trigger is None):
            raise PydanticCustomError(
                "control-watch", "has no indicator or no trigger, which every control but information is watched by"
            )
        return self


class Vulnerability(Kind, prefix="VUL", signed=(reviewed(SystemRole.SECURITY),), warns=True, rank="severity"):
    """A weakness of the product that can be used, whether in our own code or in something it is made of.

    It counts from the moment it is saved, signed or not.
    """

    weakness: tuple[Cwe, ...] = field("What sort of weakness it is, as CWE numbers, for example `CWE-787`.", default=())
    ids: tuple[Line, ...] = field(
        "The names it goes by elsewhere: CVE, GHSA, a supplier's or your own, for example `CVE-2026-1234`.", default=()
    )
    elements: tuple[Ref[Element], ...] = field("The elements of the system model that have it.", default=())
    items: tuple[Ref[SoftwareItem], ...] = field("The software items from others that have it.", default=())
    threats: tuple[Ref[Threat], ...] = field("The threats that make use of it.", default=())
    affected: tuple[Ref[Release], ...] = field("The releases that have it, as far as known.", default=(), names=True)
    severity: Score = field("How severe it is in this product; the score of the public entry may be another.")
    left_in: bool = field(
        "Whether it stays in a release that goes out or is out; then a control has to make up for it and users are told."
    )


def _sign_risk(risk: Risk, look: Look) -> tuple[Slot, ...]:
    """Security reviews it; the role that its cell of the plan in force names approves it, else management."""
    plan = look.in_force(RiskPlan)
    cells = () if plan is None else plan.cells
    role = approver_of(cells, risk.residual.method, risk.residual.number, risk.harm_after)
    return reviewed(SystemRole.SECURITY), approved(role)


class Risk(
    Kind,
    prefix="RSK",
    signed=_sign_risk,
    four_eyes=True,
    stand_in=False,
    who="owner",
    due="accepted_until",
    rank="residual",
    group="evaluation",
):
    """What a threat or vulnerability means for patients and users: how severe before and after the controls, how much
    harm, and whether what is left is acceptable under the risk plan.
    """

    threats: tuple[Ref[Threat], ...] = field("The threats that it comes from.", default=())
    vulnerabilities: tuple[Ref[Vulnerability], ...] = field("The vulnerabilities that it comes from.", default=())
    initial: Score = field("How severe it is before any control.")
    harm_before: Line = field("The harm it could do before any control, as a level of the risk plan's harm scale.")
    controls: tuple[Ref[Control], ...] = field("The controls that lower it.", default=())
    residual: Score = field("How severe it is with these controls in place, by the same method.")
    harm_after: Line = field(
        "The harm that is left with these controls, as a level of the harm scale; lower than before only by a control that "
        "acts on harm."
    )
    brought_by: Ref[Control] | None = field(
        "The control that brought this risk, where a measure against another risk made it.", default=None
    )
    evaluation: Verdict = field("What the risk plan says of residual score and harm together; look it up in its grid.")
    benefit_risk: Text | None = field(
        "Why the benefit to patients is worth what is left, where that needs an approval. How likely an attack is counts "
        "for nothing here.",
        default=None,
    )
    accepted_until: Day | None = field(
        "The day by which it has to be looked at again, where one was set.", default=None
    )
    owner: Person = field("Who answers for it from day to day.")

    @pydantic.model_validator(mode="after")
    def _comes_from_something(self) -> Risk:
        if not self.threats and not self.vulnerabilities:
            raise PydanticCustomError("risk-source", "names neither a threat nor a vulnerability that it comes from")
        return self


class OverallConclusion(Choice):
    """Whether all that is left together is acceptable."""

    ACCEPTABLE = "acceptable"
    NOT_ACCEPTABLE = "not-acceptable"


class OverallRisk(
    Kind,
    prefix="ORR",
    signed=(approved(SystemRole.MANAGEMENT), reviewed(SystemRole.SECURITY), reviewed(SystemRole.SAFETY)),
    group="conclusion",
):
    """The judgement on everything that is left in a release, taken together: many small risks may add up to one that is
    not acceptable.
    """

    release: Ref[Release] = field("The release that it judges.", names=True)
    plan: Ref[RiskPlan] = field("The risk plan by which it was judged.", names=True)
    risks: tuple[Ref[Risk], ...] = field("All risks that are left in this release.", default=())
    conclusion: OverallConclusion = field("Whether they are acceptable together.")
    why: Text = field(
        "What the conclusion rests on: what adds up, what one failure would take with it, who is exposed."
    )
    benefit_risk: Text | None = field(
        "Why the benefit of the product is worth what is left, where that has to be weighed.", default=None
    )
    tell: tuple[Ref[Risk], ...] = field(
        "The risks that the documents of the release have to tell users of.", default=()
    )


class ControlObservation(
    Kind,
    prefix="OBS",
    signed=(reviewed(SystemRole.SECURITY),),
    warns=lambda observation: observation.still_effective is not True,
    due="on",
):
    """What somebody saw when they looked whether a control still works.

    One that does not counts as soon as it is saved.
    """

    control: Ref[Control] = field("The control that was looked at.")
    on: Day = field("The day on which it was looked at.")
    value: Text = field("What its indicator showed, for example `14 refused logins, none from outside`.")
    still_effective: bool = field("Whether the control still does what its risks rely on.")


class Bearer(Choice):
    """Whose task it is that an assumption holds."""

    OPERATOR = "operator"
    INTEGRATOR = "integrator"
    MANUFACTURER = "manufacturer"
    SUPPLIER = "supplier"


class Assumption(Kind, prefix="ASM", signed=(reviewed(SystemRole.SECURITY),), group="falls_to"):
    """Something that security rests on and that somebody has to see to.

    Operators and integrators are told in the documents, suppliers by agreement; what falls to you becomes a
    requirement and is tested.
    """

    statement: Text = field("What has to be so, for example `the ward network lets nobody in from guest Wi-Fi`.")
    about: tuple[Ref[SecurityContext | Element | Control | Threat], ...] = field(
        "What rests on it: a context, an element, a threat, or a control that is handed over by it.", min_length=1
    )
    falls_to: Bearer = field("Who has to see to it.")


class HandoverDirection(Choice):
    """Which way a handover goes."""

    TO_SAFETY = "to-safety"
    FROM_SAFETY = "from-safety"


class SafetyHandover(
    Kind,
    prefix="SHO",
    signed=(authored(SystemRole.SECURITY), reviewed(SystemRole.SAFETY)),
    warns=lambda handover: handover.direction == HandoverDirection.FROM_SAFETY and handover.answered_on is None,
    due="answered_on",
    group="direction",
):
    """What security and safety tell each other, and the answer: a security risk may harm people, and a safety measure
    may open a way in.

    One handover may hold a whole set of changes.
    """

    direction: HandoverDirection = field("Who tells whom. One from safety counts against you until it is answered.")
    about: tuple[Ref[Risk | Threat | HazardousSituation | Control], ...] = field(
        "The risks, threats, hazardous situations or controls that it is about.", min_length=1
    )
    what_changed: Text = field("What is new or another than before, in words that the other side understands.")
    answered_on: Day | None = field("The day on which the other side answered.", default=None, progress=True)
    answer: Text | None = field("What the other side made of it.", default=None, progress=True)


# --- analyses and their worksheets ----------------------------------------------------------------------------------


class StrideVariant(Choice):
    """Whether STRIDE goes from element to element or from flow to flow across boundaries."""

    PER_ELEMENT = "per-element"
    PER_INTERACTION = "per-interaction"


class StrideRow(Value):
    """What was asked of one element."""

    element: Ref[Element] = field("The element, or for per-interaction the flow, that was gone through.", names=True)
    asked: tuple[StrideCategory, ...] = field("The categories that were asked of it.", min_length=1)
    remark: Text | None = field("What came up that is no threat of its own.", default=None)


class StrideSheet(Value):
    """STRIDE: six questions for each element; what they turned up stands in the proposals."""

    form: Literal["stride"] = field("Always `stride`: this is a STRIDE worksheet.")
    variant: StrideVariant = field("Whether you went element by element or along each flow that crosses a boundary.")
    rows: tuple[StrideRow, ...] = field("Each element with the categories that were asked of it.", default=())


class LinddunRow(Value):
    """What was asked of one element."""

    element: Ref[Element] = field("The element that touches personal data.", names=True)
    asked: tuple[LinddunCategory, ...] = field("The categories that were asked of it.", min_length=1)
    personal_data: Text | None = field("Whose data passes through it and which.", default=None)
    remark: Text | None = field("What came up that is no threat of its own.", default=None)


class LinddunSheet(Value):
    """LINDDUN: seven questions on privacy for each element that touches personal data."""

    form: Literal["linddun"] = field("Always `linddun`: this is a LINDDUN worksheet.")
    rows: tuple[LinddunRow, ...] = field("Each element with the categories that were asked of it.", default=())


class Applies(Choice):
    """Whether an entry of a list fits the product."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class CatalogueRow(Value):
    """One entry of the list, held against the product."""

    entry: Line = field(
        "The entry's number, for example `CAPEC-94`, `CWE-798`, `T1078`, `A01:2021` or `CVE-2026-1234`."
    )
    element: Ref[Element] | None = field(
        "The element that it was held against, where it was one.", default=None, names=True
    )
    applies: Applies = field("Whether it fits here.")
    why: Text | None = field("Why it does or does not, for example `no SQL anywhere in the product`.", default=None)


class CatalogueSheet(Value):
    """A list from outside, gone through entry by entry: attack patterns, weaknesses, known vulnerabilities."""

    form: Literal["catalogue"] = field("Always `catalogue`: this worksheet goes through a list.")
    list_name: Line = field("Which list, for example `CAPEC 3.9, view Domains of Attack` or `CWE Top 25 of 2025`.")
    as_of: Day = field("The day of the list: what was added later was not looked at.", happened=True)
    selection: Text | None = field("Which entries were taken, where not all, and why these.", default=None)
    rows: tuple[CatalogueRow, ...] = field("Each entry with whether it applies.", default=())


class DreadScale(Choice):
    """The scale on which each of the five is rated."""

    ONE_TO_TEN = "1-10"
    ZERO_TO_TEN = "0-10"
    ONE_TO_THREE = "1-3"


class DreadResult(Choice):
    """How the five ratings become one number."""

    SUM = "sum"
    MEAN = "mean"


class DreadRow(Value):
    """One threat with its ratings."""

    threat: Ref[Threat] = field("The threat that is rated.", names=True)
    damage: Count = field("How bad it is when it works.", le=10)
    reproducibility: Count = field("How easily it works every time.", le=10)
    exploitability: Count = field("How little it takes to do it.", le=10)
    affected_users: Count = field("How many people it touches.", le=10)
    discoverability: Count | None = field(
        "How easily it is found; left empty where the worksheet does without it.", default=None, le=10
    )


class DreadSheet(Value):
    """DREAD: five ratings for each threat. Good for putting threats in order; not for accepting them."""

    form: Literal["dread"] = field("Always `dread`: this is a DREAD worksheet.")
    scale: DreadScale = field("The scale of each rating; guides differ, so say which.")
    result: DreadResult = field("Whether the ratings are added up or averaged.")
    guide: Text | None = field("What each rating means here, so that two people rate alike.", default=None)
    rows: tuple[DreadRow, ...] = field("Each threat with its ratings.", default=())

    @pydantic.model_validator(mode="after")
    def _on_the_scale(self) -> DreadSheet:
        lowest, highest = (int(end) for end in self.scale.split("-"))
        for row in self.rows:
            ratings = row.damage, row.reproducibility, row.exploitability, row.affected_users, row.discoverability
            if any(rating is not None and not lowest <= rating <= highest for rating in ratings):
                raise PydanticCustomError(
                    "dread-scale", "holds a rating outside the scale {scale}", {"scale": self.scale.value}
                )
        return self


class ScoreRow(Value):
    """One threat with its score."""

    threat: Ref[Threat] = field("The threat that is scored.", names=True)
    score: Score = field("Its score, with the vector that gives it.")
    why: Text | None = field("Why these answers were given, where somebody could give others.", default=None)


class ScoreSheet(Value):
    """CVSS or CWSS: a score for each threat, with the answers it comes from."""

    form: Literal["scores"] = field("Always `scores`: this worksheet scores threats.")
    rubric: Text | None = field(
        "The guide by which the questions were answered, for example a medical rubric.", default=None
    )
    rows: tuple[ScoreRow, ...] = field("Each threat with its score.", default=())


class OctaveGrade(Choice):
    """Low, moderate or high."""

    LOW = "low"
    MODERATE = "moderate"
    HIGH = "high"


class OctaveArea(Value):
    """An area in which a loss would hurt, with its place in the order."""

    area: Line = field(
        "The area, for example `safety and health`, `reputation`, `fines`. For health software safety leads."
    )
    rank: Count = field("Its place in the order; the highest number matters most.", ge=1, le=20)
    low: Text = field("What a low impact in this area is, for example `complaint without consequence`.")
    moderate: Text = field("What a moderate impact in this area is.")
    high: Text = field("What a high impact in this area is.")


class OctaveAsset(Value):
    """An asset whose loss would matter most, profiled."""

    asset: Ref[Asset] = field("The asset that this line is about.", names=True)
    rationale: Text = field("Why it is critical.")
    owner: Line = field("Who answers for it, as a role.")
    most_important: Text = field("Which need matters most for it: confidentiality, integrity, availability or another.")


class OctaveContainerKind(Choice):
    """Where an asset lives."""

    TECHNICAL = "technical"
    PHYSICAL = "physical"
    PEOPLE = "people"


class OctaveContainer(Value):
    """A place where an asset is kept, carried or known."""

    asset: Ref[Asset] = field("The asset that it holds.", names=True)
    kind: OctaveContainerKind = field("Whether it is a system, a place or a person.")
    inside: bool = field("Whether it belongs to the organisation.")
    what: Text = field("The container, for example `backup tapes at the hospital` or `service engineers`.")


class OctaveOutcome(Choice):
    """What happens to the asset."""

    DISCLOSURE = "disclosure"
    MODIFICATION = "modification"
    DESTRUCTION = "destruction"
    INTERRUPTION = "interruption"


class OctaveAction(Choice):
    """What is done about the risk."""

    ACCEPT = "accept"
    DEFER = "defer"
    MITIGATE = "mitigate"
    TRANSFER = "transfer"


class OctaveValue(Value):
    """How hard one area is hit."""

    area: Line = field("The area, word for word as in the list of areas.")
    value: OctaveGrade = field("How hard it is hit.")


class OctaveTreatment(Value):
    """What is done at one container."""

    container: Line = field("The container, word for word as in the list of containers.")
    measure: Text = field("What is done there.")


class OctaveRisk(Value):
    """One row of the risk worksheet."""

    asset: Ref[Asset] = field("The asset at risk.", names=True)
    concern: Text = field("The area of concern: what could happen, in a sentence.")
    actor: Line = field("Who or what would do it.")
    means: Text = field("How they would do it.")
    motive: Text = field("Why they would do it; write `accident` where nobody means to.")
    outcome: OctaveOutcome = field("What happens to the asset.")
    breached: Text = field("Which need of the asset is breached, and how.")
    probability: OctaveGrade = field(
        "How likely it is, to put business matters in order only: it never makes a security risk acceptable."
    )
    consequences: Text = field("What comes of it.")
    values: tuple[OctaveValue, ...] = field("How hard each area is hit.", default=())
    action: OctaveAction = field("What is done about it.")
    treatments: tuple[OctaveTreatment, ...] = field("What is done at which container.", default=())
    residual: Text | None = field("What is left after that.", default=None)


class OctaveSheet(Value):
    """OCTAVE Allegro: impact areas in order, critical assets, where they live, and the risks to them."""

    form: Literal["octave"] = field("Always `octave`: this is an OCTAVE Allegro worksheet.")
    areas: tuple[OctaveArea, ...] = field("The areas of impact with what low, moderate and high mean.", min_length=1)
    assets: tuple[OctaveAsset, ...] = field("The critical assets.", default=())
    containers: tuple[OctaveContainer, ...] = field("Where they are kept, carried or known.", default=())
    risks: tuple[OctaveRisk, ...] = field("The risks to them.", default=())

    @pydantic.model_validator(mode="after")
    def _areas_are_known(self) -> OctaveSheet:
        areas = {area.area for area in self.areas}
        for value in (value for risk in self.risks for value in risk.values):
            if value.area not in areas:
                raise PydanticCustomError("octave-area", "rates {area}, which is no area of it", {"area": value.area})
        return self


class TrikeAction(Choice):
    """What an actor does with an asset."""

    CREATE = "create"
    READ = "read"
    UPDATE = "update"
    DELETE = "delete"


class TrikeRule(Choice):
    """Whether an actor may."""

    ALLOWED = "allowed"
    DISALLOWED = "disallowed"
    WITH_RULES = "with-rules"


class TrikeActor(Value):
    """Somebody who acts on assets."""

    actor: Line = field("Who it is, for example `nurse`, `anonymous on the network`.")
    risk: Count = field("How far they are mistrusted, from 1 (trusted) to 5 (anonymous).", ge=1, le=5)


class TrikeCell(Value):
    """What one actor may do with one asset."""

    actor: Line = field("The actor, word for word as in the list of actors.")
    asset: Ref[Asset] = field("The asset that this line is about.", names=True)
    action: TrikeAction = field("Create, read, update or delete.")
    rule: TrikeRule = field("Whether the actor may do it: always, never, or under rules.")
    rules: Text | None = field("Under which rules, for example `only for patients of the own ward`.", default=None)
    denial: Count | None = field(
        "How bad it is when it should happen and does not, from 1 to 5.", default=None, ge=1, le=5
    )
    abuse: Count | None = field(
        "How bad it is when it should not happen and does, from 1 to 5.", default=None, ge=1, le=5
    )


class TrikeSheet(Value):
    """Trike: who may do what with which asset; each cell gives a threat of denial or of abuse."""

    form: Literal["trike"] = field("Always `trike`: this is a Trike worksheet.")
    actors: tuple[TrikeActor, ...] = field("Everybody who acts on the assets.", min_length=1)
    cells: tuple[TrikeCell, ...] = field("The matrix: actor, asset, action and whether it is allowed.", default=())

    @pydantic.model_validator(mode="after")
    def _actors_are_known(self) -> TrikeSheet:
        actors = {actor.actor for actor in self.actors}
        for cell in self.cells:
            if cell.actor not in actors:
                raise PydanticCustomError(
                    "trike-actor", "has a cell for {actor}, no actor of it", {"actor": cell.actor}
                )
            if cell.rule is TrikeRule.WITH_RULES and cell.rules is None:
                raise PydanticCustomError(
                    "trike-rules", "allows {actor} under rules and has none", {"actor": cell.actor}
                )
        return self


class VastModel(Choice):
    """Whether a model is of an application or of what it runs on."""

    APPLICATION = "application"
    OPERATIONAL = "operational"


class VastComponent(Value):
    """A component of the diagram."""

    name: Line = field("What it is called in the diagram.")
    type: Line = field("Its type in the threat library, for example `web login`, `message queue`, `container host`.")
    element: Ref[Element] | None = field("The element of the system model that it is.", default=None, names=True)
    shared: bool = field("Whether other products use it too.")


class VastLink(Value):
    """Two components that talk to each other."""

    one: Line = field("The one component, by its name above.")
    other: Line = field("The other component, by its name above.")
    protocol: Line = field("What they speak, for example `HTTPS with client certificate`.")


class VastSheet(Value):
    """VAST: process-flow diagrams of the application or data-flow diagrams of operations, with a library of threats."""

    form: Literal["vast"] = field("Always `vast`: this is a VAST worksheet.")
    model: VastModel = field("Whether it shows the application or the infrastructure.")
    owner: Line = field("The team that keeps it.")
    components: tuple[VastComponent, ...] = field("What the diagram shows.", default=())
    links: tuple[VastLink, ...] = field("What talks to what.", default=())


class AdtreeQuestion(Choice):
    """What the tree is asked."""

    SATISFIABLE = "satisfiable"
    PROBABILITY = "probability"
    COST = "cost"
    TIME_SEQUENTIAL = "time-sequential"
    TIME_PARALLEL = "time-parallel"
    SKILL = "skill"


class AdtreeSide(Choice):
    """Who wants the goal of a node."""

    ATTACK = "attack"
    DEFENCE = "defence"


class AdtreeRefinement(Choice):
    """How a node follows from its children of the same side."""

    LEAF = "leaf"
    AND = "and"
    OR = "or"


class AdtreeNode(Value):
    """A goal of the attacker or of the defender."""

    key: Line = field("A short name that is used once, for example `a1`.")
    goal: Text = field("What is wanted, for example `read the key from flash` or `read-out protection`.")
    side: AdtreeSide = field("Whose goal it is.")
    refinement: AdtreeRefinement = field("Leaf: a single step. And: all of its parts are needed. Or: one is enough.")
    parent: Line | None = field("The key of the node that it is part of or counters; the root has none.", default=None)
    value: Decimal | None = field(
        "For a leaf: the answer to the tree's question. Empty where it cannot be done at any price.", default=None
    )
    threat: Ref[Threat] | None = field("The threat that this attack is.", default=None, names=True)
    control: Ref[Control] | None = field("The control that this defence is.", default=None, names=True)


class AdtreeSheet(Value):
    """An attack-defence tree: goals, the steps to them, and what counters each."""

    form: Literal["adtree"] = field("Always `adtree`: this is an attack-defence tree.")
    question: AdtreeQuestion = field("What is worked out from the leaves up to the root.")
    nodes: tuple[AdtreeNode, ...] = field("All nodes; a node of the other side under a node counters it.", min_length=1)

    @pydantic.model_validator(mode="after")
    def _is_a_tree(self) -> AdtreeSheet:
        parents = {node.key: node.parent for node in self.nodes}
        if len(parents) < len(self.nodes):
            raise PydanticCustomError("adtree-keys", "uses a key for two nodes")
        if [*parents.values()].count(None) != 1:
            raise PydanticCustomError("adtree-root", "has no root, or more than one")
        for key in parents:
            at: str | None = key
            for _ in self.nodes:
                at = parents.get(at) if at is not None else None
            if at is not None:
                raise PydanticCustomError("adtree-parent", "runs in a circle at {key}", {"key": key})
        if lost := sorted({parent for parent in parents.values() if parent is not None} - parents.keys()):
            raise PydanticCustomError("adtree-parent", "names {lost}, which is no node of it", {"lost": lost[0]})
        countered = [node.parent for node in self.nodes if self._counters(node)]
        if len(set(countered)) < len(countered):
            raise PydanticCustomError("adtree-counter", "counters a node twice; join the two under one")
        return self

    def _counters(self, node: AdtreeNode) -> bool:
        return any(node.parent == one.key and node.side is not one.side for one in self.nodes)


class OwnRow(Value):
    """One row of a table of your own."""

    cells: tuple[Text, ...] = field("Its cells, in the order of the columns.", min_length=1)


class OwnSheet(Value):
    """A technique of your own: how it goes, and its table."""

    form: Literal["own"] = field("Always `own`: this is a worksheet of your own making.")
    how: Text = field("How the technique goes, so that somebody else could repeat it.")
    columns: tuple[Text, ...] = field("The columns of its table.", default=())
    rows: tuple[OwnRow, ...] = field("The rows of its table.", default=())
    document: Evidence | None = field("The worksheet as a file, where it was made elsewhere.", default=None)

    @pydantic.model_validator(mode="after")
    def _rows_fit(self) -> OwnSheet:
        if any(len(row.cells) != len(self.columns) for row in self.rows):
            raise PydanticCustomError("own-rows", "has a row with more or fewer cells than it has columns")
        return self


Worksheet = Annotated[
    StrideSheet
    | LinddunSheet
    | CatalogueSheet
    | DreadSheet
    | ScoreSheet
    | OctaveSheet
    | TrikeSheet
    | VastSheet
    | AdtreeSheet
    | OwnSheet,
    pydantic.Field(discriminator="form"),
]

SHEET_OF = {
    Technique.STRIDE: "stride",
    Technique.LINDDUN: "linddun",
    Technique.CAPEC: "catalogue",
    Technique.CWE: "catalogue",
    Technique.OWASP: "catalogue",
    Technique.ATTACK: "catalogue",
    Technique.KNOWN_LIST: "catalogue",
    Technique.DREAD: "dread",
    Technique.CVSS: "scores",
    Technique.CWSS: "scores",
    Technique.OCTAVE: "octave",
    Technique.TRIKE: "trike",
    Technique.VAST: "vast",
    Technique.ADTREE: "adtree",
    Technique.OWN: "own",
}


class ProposalDisposition(Choice):
    """What became of a proposed threat."""

    ACCEPTED = "accepted"
    MERGED = "merged"
    REJECTED = "rejected"
    NOT_APPLICABLE = "not-applicable"


class Proposal(Value):
    """A threat that the technique turned up, and what became of it."""

    element: Ref[Element] = field("The element that it is about.", names=True)
    category: Line = field("What the technique calls it, for example `tampering`.")
    library_entry: Line | None = field("The entry of the threat library that it came from.", default=None)
    disposition: ProposalDisposition | None = field(
        "Accepted: it became a threat. Merged: an existing threat covers it. Rejected or not applicable: none follows. "
        "Empty while nobody has decided.",
        default=None,
    )
    threat: Ref[Threat] | None = field("The threat that it became or was merged into.", default=None, names=True)
    why: Text | None = field("Why no threat follows, where none does.", default=None)


class Analysis(Kind, prefix="ANA", signed=SystemModel.meta.signed, group="technique"):
    """One pass over the system model with one technique, kept so that others can see what was looked for, what came up
    and what became of it.
    """

    model: Ref[SystemModel] = field("The system model that was gone through; signing the model signs this too.")
    technique: Technique = field("The technique. Any may be used; STRIDE for each element is a good start.")
    library: Digest | None = field(
        "SHA-256 of the threat library that made the proposals, where one did; the program fills it in.", default=None
    )
    settings: Text | None = field("What was chosen where the technique leaves a choice.", default=None)
    worksheet: Worksheet = field("The worked-through sheet of the technique.")
    proposals: tuple[Proposal, ...] = field(
        "Each threat that came up, with what became of it; one without an answer stays open work.", default=()
    )

    @pydantic.model_validator(mode="after")
    def _fits_its_technique(self) -> Analysis:
        for proposal in self.proposals:
            _known_category(self.technique, proposal.category)
        if self.worksheet.form != SHEET_OF[self.technique]:
            raise PydanticCustomError(
                "analysis-sheet",
                "has a worksheet of the form {form}, while {technique} has {asked}",
                {"form": self.worksheet.form, "technique": self.technique.value, "asked": SHEET_OF[self.technique]},
            )
        return self
