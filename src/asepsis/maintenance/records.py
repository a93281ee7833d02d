"""The kinds of clause 6: the update policy, what is watched, updates, their verification and what users are told."""

from __future__ import annotations

import pydantic
from pydantic_core import PydanticCustomError

from asepsis.configuration.records import CategoryChange, CategoryRule, EffectSize, Release, SoftwareItem, Supplier
from asepsis.development.records import IntegrityManifest, ReleaseDocument, TestRun
from asepsis.problems.records import Advisory, Exploitability, ExternalControls, Incident, Report
from asepsis.quality.records import Country, Line, Versions, not_before
from asepsis.record.kind import (
    Choice,
    Count,
    Day,
    Days,
    Digest,
    Evidence,
    Kind,
    Months,
    Person,
    Ref,
    Text,
    Value,
    field,
)
from asepsis.record.slots import SystemRole, approved, released, reviewed, tested
from asepsis.risk.records import Vulnerability

# --- how fast -------------------------------------------------------------------------------------------------------


class SeverityGrade(Choice):
    """A band of severity, as CVSS names them; from the mildest to the worst."""

    NONE = "none"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Known(Choice):
    """Whether a vulnerability is publicly known."""

    NO = "no"
    YES = "yes"


class ExploitedFactor(Choice):
    """How far attackers are; what is unknown counts as yes."""

    NO = "no"
    POC = "poc"
    YES = "yes"


class FieldedFactor(Choice):
    """How many installations have it."""

    FEW = "few"
    MANY = "many"


class Band(Value):
    """A set of cases that are as urgent as each other, with the days they are given.

    Each factor is a set: a case falls here when each of its factors is in the set.
    """

    severity: tuple[SeverityGrade, ...] = field("The grades of severity that fall here.", min_length=1)
    public: tuple[Known, ...] = field(
        "Whether it is publicly known: `yes`, `no`, or both where it makes no difference.", min_length=1
    )
    exploited: tuple[ExploitedFactor, ...] = field(
        "How far attackers are: no, a proof of concept exists, yes. What is unknown counts as yes.", min_length=1
    )
    safety: tuple[EffectSize, ...] = field("How large the effect on safety may be.", min_length=1)
    fielded: tuple[FieldedFactor, ...] = field("Whether few or many installations have it.", min_length=1)
    external_controls: tuple[ExternalControls, ...] = field(
        "How much protections outside the product help in the meantime.", min_length=1
    )
    qualify_days: Days = field("Within how many days an update has to be verified.")
    deliver_days: Days = field("Within how many days users can have it.")

    @pydantic.model_validator(mode="after")
    def _verified_before_delivered(self) -> Band:
        if self.deliver_days < self.qualify_days:
            raise PydanticCustomError("band-days", "is delivered before it is qualified: deliver_days is the smaller")
        return self


class UpdatePolicy(
    Kind,
    prefix="UPP",
    of="OP",
    signed=(approved(SystemRole.MANAGEMENT), reviewed(SystemRole.SECURITY)),
    single=True,
):
    """How fast security updates have to be verified and delivered, by how much is at stake.

    The due day of each vulnerability is worked out from it, so every combination of factors falls in exactly one band.
    """

    many_from: Count = field("From how many installations on they count as many.", ge=1)
    bands: tuple[Band, ...] = field("The bands, each with its days; the worse the case, the fewer.", min_length=1)
    cycle_months: Months = field("How often security updates come in any case.", ge=1)
    out_of_cycle_when: Text = field(
        "When an update does not wait for that, for example `exploited, or serious for safety`."
    )


# --- what is watched ------------------------------------------------------------------------------------------------


class SourceKind(Choice):
    """Where news of vulnerabilities comes from."""

    FEED = "feed"
    SUPPLIER = "supplier"
    CERT = "cert"
    RESEARCHER_LIST = "researcher-list"
    STANDARD_BODY = "standard-body"
    INTERNAL = "internal"


class MonitoredSource(
    Kind, prefix="SRC", of="OP", signed=(reviewed(SystemRole.SECURITY),), who="owner", group="source"
):
    """A place that is watched for news of vulnerabilities in what the product is made of, and by whom."""

    source: SourceKind = field("What sort of source it is; a feed is read by the program, the others by people.")
    where: Line | None = field("Where it is read, for example the page of a supplier's bulletins.", default=None)
    feed: Line | None = field(
        "The name of the feed, as imports call it, for example `osv`; asked for of a feed.", default=None
    )
    ecosystems: tuple[Line, ...] = field(
        "The ecosystems it covers, by the type of their package URLs, for example `npm`, `deb`.", default=()
    )
    suppliers: tuple[Ref[Supplier], ...] = field("The suppliers whose products it covers.", default=(), names=True)
    items: tuple[Ref[SoftwareItem], ...] = field("The single items that it covers.", default=(), names=True)
    look_every_days: Days = field("How often somebody, or the program, looks.", ge=1)
    owner: Person = field("Who sees to it.")

    @pydantic.model_validator(mode="after")
    def _feed_is_named(self) -> MonitoredSource:
        if self.source is SourceKind.FEED and self.feed is None:
            raise PydanticCustomError("source-feed", "is a feed and has no name: fill feed")
        return self


# --- updates --------------------------------------------------------------------------------------------------------


class Update(Kind, prefix="UPD", signed=(released(SystemRole.RELEASE_MANAGER),), due="available_on"):
    """A security update that users can have: what it repairs, for which releases, and how they get and check it."""

    release: Ref[Release] = field("The release that the update brings.", names=True)
    for_releases: tuple[Ref[Release], ...] = field(
        "The releases that it can be put on; each supported one that is affected needs an update.",
        min_length=1,
        names=True,
    )
    fixes: tuple[Ref[Vulnerability], ...] = field("The vulnerabilities that it repairs.", default=())
    available_on: Day | None = field("The first day on which users could have it.", default=None, progress=True)
    channel: Text = field("How users get it, for example `download portal` or `service visit`.")
    integrity: Ref[IntegrityManifest] = field("The signed manifest with which users check it.", names=True)
    security_only: bool = field(
        "Whether it repairs security and changes nothing else, so that users can take it faster."
    )
    instructions: Ref[ReleaseDocument] = field(
        "The document that tells how to install it, what it does, and how to see that it is in.", names=True
    )


class Constraints(Value):
    """What limits how an update may be used; write `none` with its reason where nothing does."""

    operational: Text = field("What it means for work, for example `restart of 4 minutes; not during a procedure`.")
    safety: Text = field("What it means for safety, for example `alarm limits are kept; checked in run 14`.")
    legal: Text = field(
        "What law or licence ask, for example `no change of intended purpose; no new conformity assessment`."
    )


class VerificationOutcome(Choice):
    """Whether an update may go out."""

    PASS = "pass"  # noqa: S105 - a word, no password
    FAIL = "fail"


class UpdateVerification(
    Kind,
    prefix="UVF",
    signed=(tested(SystemRole.TESTER),),
    four_eyes=True,
    warns=lambda verification: verification.outcome != VerificationOutcome.PASS,
    group="outcome",
):
    """The proof that an update repairs what it should and breaks nothing; of your own, or of a supplier's with your product.

    Anything but a pass counts as soon as it is saved.
    """

    update: Ref[Update] | None = field("Your own update that was verified.", default=None)
    item: Ref[SoftwareItem | CategoryRule] | None = field(
        "The item of somebody else whose update was tried, or the rule that covers it.", default=None
    )
    versions: Versions = field("The versions of that item that were tried.", default=())
    fix_shown_by: tuple[Ref[TestRun], ...] = field(
        "The runs that show the weakness gone; the same case has to have failed before.", default=(), names=True
    )
    regression_shown_by: tuple[Ref[TestRun], ...] = field(
        "The runs that show that nothing else broke.", default=(), names=True
    )
    constraints: Constraints = field("What limits its use, on three counts.")
    outcome: VerificationOutcome = field("Pass only if all of it is shown.")

    @pydantic.model_validator(mode="after")
    def _of_one_thing(self) -> UpdateVerification:
        if (self.update is None) is (self.item is None):
            raise PydanticCustomError("verification-of", "is of one thing: fill either update or item")
        if self.item is not None and not self.versions:
            raise PydanticCustomError("verification-versions", "does not say which versions of the item were tried")
        return self


class Compatible(Choice):
    """Whether an update of somebody else works with the product."""

    YES = "yes"
    NO = "no"
    CONDITIONAL = "conditional"


class CompatibilityStatement(
    Kind,
    prefix="CMP",
    signed=(reviewed(SystemRole.SECURITY),),
    warns=lambda statement: statement.approved is not True,
    group="compatible",
):
    """Whether users may install a supplier's security update on your product, and what they do if they may not.

    One that is not approved counts until users were told what to do instead.
    """

    item: Ref[SoftwareItem | CategoryRule] = field("The item whose update it is, or the rule that covers it.")
    versions: Versions = field("The versions it speaks of, for example `vers:deb/>=3.0.15`.", min_length=1)
    compatible: Compatible = field("Whether the product works with them: yes, no, or under conditions.")
    approved: bool = field("Whether users may install them.")
    verified_by: Ref[UpdateVerification] | None = field("The verification that shows it.", default=None, names=True)
    instead: Text | None = field(
        "What users do instead, or under which conditions, for example `close port 445 at the ward firewall`.",
        default=None,
    )


class SourceReview(Kind, prefix="SRV", of="OP", signed=(reviewed(SystemRole.SECURITY),), due="last_day"):
    """A look through what sources brought in some days: what was taken up, or why nothing was."""

    sources: tuple[Ref[MonitoredSource], ...] = field("The sources that were looked through.", min_length=1, names=True)
    first_day: Day = field("The first day it looks back on: the day after the last review's end.")
    last_day: Day = field("The last day it looks back on.", happened=True)
    snapshot: Digest | None = field(
        "SHA-256 of the feeds as they were, where a feed was among the sources; the program fills it in.", default=None
    )
    taken_up: tuple[Ref[Report | Vulnerability | Exploitability | CompatibilityStatement], ...] = field(
        "What was written because of it.", default=(), names=True
    )
    nothing_because: Text | None = field("Why nothing was taken up, where nothing was.", default=None)

    @pydantic.model_validator(mode="after")
    def _in_order(self) -> SourceReview:
        not_before(self.last_day, self.first_day, "last_day", "first_day")
        return self


class NoticeAudience(Choice):
    """Whom a notice goes to."""

    USERS = "users"
    CUSTOMERS = "customers"
    REGULATOR = "regulator"
    PUBLIC = "public"
    SUPPLIER = "supplier"


class Notice(Kind, prefix="NTC", signed=(approved(SystemRole.REGULATORY),), due="sent_on"):
    """A message to users or others about updates, advisories or changes. One may tell of many at once."""

    to: tuple[NoticeAudience, ...] = field("Whom it goes to.", min_length=1)
    about: tuple[
        Ref[Update | CompatibilityStatement | CategoryChange | Advisory | Release | SoftwareItem | Incident], ...
    ] = field("What it tells of.", min_length=1)
    for_releases: tuple[Ref[Release], ...] = field("The releases whose users it is for.", default=(), names=True)
    markets: tuple[Country, ...] = field("The countries it goes to; empty means all of them.", default=())
    text: Evidence = field("The message itself.")
    channel: Text = field("How it is sent, for example `mail to the security contact of each site`.")
    sent_on: Day | None = field("The day on which it was sent.", default=None, progress=True)
    receipts: Evidence | None = field("What shows that it arrived.", default=None, progress=True)
