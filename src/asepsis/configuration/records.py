"""The kinds of clauses 4.1.5, 4.3 and 8: suppliers, items and their categories, bills, releases and changes."""

from __future__ import annotations

from typing import Annotated

import pydantic
from pydantic_core import PydanticCustomError

from asepsis.exchange.purl import PurlError, parse
from asepsis.quality.records import Country, Line, PurlPattern, Versions, not_before, readable_pattern
from asepsis.record.kind import Choice, Clause, Count, Day, Evidence, Kind, Person, Ref, Text, Value, field
from asepsis.record.slots import SystemRole, approved, reviewed

ItemPurl = Annotated[str, pydantic.StringConstraints(strict=True, max_length=500, pattern=r"^pkg:\S+$")]


# --- suppliers ------------------------------------------------------------------------------------------------------


class SupplierKind(Choice):
    """What you get from a supplier."""

    MADE_FOR_US = "made-for-us"
    OFF_THE_SHELF = "off-the-shelf"
    OPEN_SOURCE = "open-source"
    SERVICE = "service"


class Supplier(Kind, prefix="SUP", of="O", signed=(reviewed(SystemRole.QUALITY),), group="kind"):
    """A company or project from which software or a software service comes."""

    name: Line = field("Its name as bills of materials write it, so that components are recognised.")
    also_called: tuple[Line, ...] = field("Other names under which bills of materials know it.", default=())
    contact: Text = field("Whom to ask there: address, page or mailbox. For an open project, where it is developed.")
    country: Country | None = field(
        "Where it sits: two capital letters, for example `DE`. Empty for a project.", default=None
    )
    disclosure_channel: Text = field(
        "How to tell it of a vulnerability: security contact, form or `security.txt`. Say so if it has none."
    )
    kind: SupplierKind = field(
        "`made-for-us`: develops for you, to your requirements. `off-the-shelf`: sells it to everybody. `open-source`: a "
        "project. `service`: runs software for you."
    )


class SupplierAgreement(
    Kind,
    prefix="AGR",
    of="OP",
    signed=(approved(SystemRole.QUALITY), reviewed(SystemRole.SECURITY)),
    due="next_assessment",
):
    """What you agreed with a supplier about security: which activities they do, to which requirements."""

    supplier: Ref[Supplier] = field("With whom it was made.")
    made_for_us: bool = field("Whether they develop something for you, rather than sell you what everybody gets.")
    can_affect_security: bool = field("Whether a flaw in what they make could harm the security of your product.")
    can_affect_security_why: Text = field("Why it can or cannot, for example `parses data from the network`.")
    activities: tuple[Clause, ...] = field(
        "The clauses of this standard that they fulfil for their part. Software made for you needs some of 5 and of 9.",
        default=(),
    )
    passed_on: tuple[Ref[Kind], ...] = field(
        "The requirements that they were given. When one changes, they have to hear of it.", default=()
    )
    accepted_on: Day = field("The day on which they accepted agreement and requirements.")
    until: Day | None = field("The last day of the agreement, if it ends.", default=None)
    assessed_on: Day | None = field(
        "The day on which you last looked whether they do what they agreed.", default=None, progress=True
    )
    next_assessment: Day | None = field(
        "The last day by which the next such look is on time.", default=None, progress=True
    )
    proof: Evidence = field("The signed agreement, with what shows how they work.")

    @pydantic.model_validator(mode="after")
    def _in_order(self) -> SupplierAgreement:
        not_before(self.until, self.accepted_on, "until", "accepted_on")
        not_before(self.next_assessment, self.assessed_on, "next_assessment", "assessed_on")
        return self


# --- items and their categories -------------------------------------------------------------------------------------


class Category(Choice):
    """Who looks after a software item: the three categories of the standard."""

    MAINTAINED = "maintained"
    SUPPORTED = "supported"
    REQUIRED = "required"


class Place(Choice):
    """How a component came into the bill."""

    ROOT = "root"
    DIRECT = "direct"
    TRANSITIVE = "transitive"
    UNPLACED = "unplaced"


class ComponentPattern(Value):
    """Which components are meant: all that is filled has to fit."""

    purl: PurlPattern | None = field(
        "A package URL without version, or the beginning of one: `pkg:npm/lodash`, `pkg:npm/%40angular/*`, `pkg:deb/*`.",
        default=None,
    )
    supplier: Line | None = field("The supplier, by its name as the bill writes it.", default=None)
    place: Place | None = field(
        "Named by the product itself (`direct`), drawn in by another component (`transitive`), or not told (`unplaced`).",
        default=None,
    )

    @pydantic.field_validator("purl")
    @classmethod
    def _reads_as_a_pattern(cls, purl: str | None) -> str | None:
        return readable_pattern(purl)

    @pydantic.model_validator(mode="after")
    def _says_something(self) -> ComponentPattern:
        if self.purl is None and self.supplier is None and self.place is None:
            raise PydanticCustomError("pattern", "fits everything: fill purl, supplier or place")
        return self


class Term(Value):
    """A word of your own and the category of the standard that it means."""

    word: Line = field("Your own word, for example `OTS` or `SOUP with contract`.")
    category: Category = field("What it means in the standard's words.")


class CategoryRule(
    Kind, prefix="CRU", of="OP", signed=(approved(SystemRole.SECURITY),), four_eyes=True, group="category"
):
    """Puts all components of a sort into a category at once, so that nobody has to write a record for each library.

    The most precise rule wins: an exact package before the beginning of a name, that before a supplier, that before
    a place. An item of its own overrules every rule.
    """

    matches: ComponentPattern = field("The components it is about.")
    category: Category = field(
        "`maintained`: you answer for it and repair it. `supported`: its maker does, and you follow. `required`: nobody "
        "you can count on does, and you say how to live with it."
    )
    why: Text = field("Why this category is true of all of them.")
    terms_map: tuple[Term, ...] = field(
        "If your procedures use other words for the three categories: which word means which.", default=()
    )


class SoftwareItem(
    Kind,
    prefix="ITM",
    signed=(reviewed(SystemRole.ARCHITECT), reviewed(SystemRole.SECURITY)),
    due="end_of_support",
    group="category",
):
    """A piece of software in your product that deserves words of its own.

    Most components need none: a category rule covers them. Write one where the rule does not fit, where it was made for
    you, carries a risk, or reaches its end of support.
    """

    purl: ItemPurl | None = field(
        "Its package URL without version, for example `pkg:generic/openssl`. It joins item and bill.", default=None
    )
    name: Line | None = field("Its name as the bill writes it, where it has no package URL.", default=None)
    supplier: Ref[Supplier] | None = field(
        "Who makes it. Needed where it has no package URL.", default=None, names=True
    )
    versions: Versions = field(
        "The versions this is true of: exact ones, `*` for all, or a range such as `vers:generic/>=3.0|<4.0`. A new "
        "version inside them asks for no new signature.",
        min_length=1,
    )
    used_for: Text | None = field("What it does in your product.", default=None)
    category: Category = field(
        "`maintained`: you answer for it and repair it. `supported`: its maker does, and you follow. `required`: nobody "
        "you can count on does, and you say how to live with it."
    )
    category_why: Text = field("Why it is in this category, for example `vendor contract until 2029`.")
    can_affect_security: bool = field("Whether a flaw in it could harm the security of the product.")
    can_affect_security_why: Text | None = field("Needed if it cannot: why not.", default=None)
    end_of_support: Day | None = field("The last day on which its maker supports it, if known.", default=None)
    support_source: Text | None = field(
        "Where the end of support is announced, or why no end is known, for example the vendor's life-cycle page.",
        default=None,
    )
    entered_in: Ref[Release] = field("The first release of your product that has it.", names=True)
    evaluated_on: Day = field("The day on which its known vulnerabilities and its maker's care were last looked at.")
    known_risks: Text | None = field(
        "What is known to be wrong with it and stays. Needed for a `required` item with open vulnerabilities.",
        default=None,
    )
    instead_of_update: Text | None = field(
        "What protects people when no update comes: your compensation, or what the operator is told to do.",
        default=None,
    )

    @pydantic.field_validator("purl")
    @classmethod
    def _names_all_versions(cls, purl: str | None) -> str | None:
        try:
            version = parse(purl).version if purl is not None else None
        except PurlError as error:
            raise PydanticCustomError(
                "purl", "cannot be used: {why}", {"why": error.said.text().removesuffix(".")}
            ) from error
        if version is not None:
            raise PydanticCustomError("purl-version", "names a version; that belongs in versions")
        return purl

    @pydantic.model_validator(mode="after")
    def _can_be_found_in_a_bill(self) -> SoftwareItem:
        if self.purl is None and (self.name is None or self.supplier is None):
            raise PydanticCustomError("item-unnamed", "needs a purl, or a name with a supplier")
        if not self.can_affect_security and self.can_affect_security_why is None:
            raise PydanticCustomError(
                "why-missing", "says it cannot affect security; say why in can_affect_security_why"
            )
        return self


class CategoryChange(
    Kind, prefix="CCH", signed=(approved(SystemRole.SECURITY), reviewed(SystemRole.REGULATORY)), group="to_category"
):
    """An item, or all that a rule covers, moves to another category; customers may have counted on the old one."""

    item: Ref[SoftwareItem | CategoryRule] = field("The item or rule whose category changes.")
    from_category: Category = field("The category until now.")
    to_category: Category = field("The category from then on.")
    why: Text = field("Why it changes, for example `the vendor ended support`.")
    effective: Day = field("The first day of the new category; for less care than before, after customers were told.")
    re_evaluated: tuple[Clause, ...] = field(
        "The clauses that were looked at anew because of it: 4.3, 5.2.3 and 6.3.1 always, 6.3.2 and 6.3.3 when "
        "`maintained` is left.",
        default=(),
    )

    @pydantic.model_validator(mode="after")
    def _changes(self) -> CategoryChange:
        if self.from_category is self.to_category:
            raise PydanticCustomError("no-change", "changes nothing: from_category and to_category are the same")
        return self


class BillOfMaterials(Kind, prefix="BOM", signed=(reviewed(SystemRole.SECURITY),)):
    """The list of all software in one build of a release, as the build made it."""

    release: Ref[Release] = field("The release whose software it lists.", names=True)
    configuration: Line | None = field(
        "Which of the release's configurations it is of; empty where there is only one.", default=None
    )
    document: Evidence = field("The bill itself, as CycloneDX or SPDX.")
    format: Line = field("Its format and version, for example `CycloneDX 1.6`.")
    tool: Line = field("What made it, with version, for example `syft 1.18`.")
    build_id: Line = field("The build it was made of: the same id as in the release and in test reports.")
    component_count: Count = field("How many components it lists; shows that none was lost on the way.")
    source_tag: Line = field("The tag or commit of the source that was built.")
    regenerated: Evidence | None = field(
        "A second bill, made again from that tag. If both agree, the build can be told from its source.",
        default=None,
        progress=True,
    )


# --- releases and changes -------------------------------------------------------------------------------------------


class ReleaseKind(Choice):
    """What a release is."""

    PRODUCT = "product"
    UPDATE = "update"


class Release(
    Kind,
    prefix="REL",
    signed=(approved(SystemRole.RELEASE_MANAGER), approved(SystemRole.QUALITY)),
    four_eyes=True,
    stand_in=False,
    due="planned",
    group="kind",
):
    """One version of the product, from its planning to the end of its support.

    That it may go out is said by a release decision, not here.
    """

    version: Line = field("The version as customers see it, for example `2.4.1`.")
    build_id: Line | None = field(
        "The id of the build that is to go out, for example a commit or build number. All evidence has to be of it.",
        default=None,
        progress=True,
    )
    configurations: tuple[Line, ...] = field(
        "Its variants that hold different software, for example `arm64` and `amd64`; each has a bill of materials of "
        "its own. Empty where there is only one.",
        default=(),
    )
    kind: ReleaseKind = field("A `product` of its own, or an `update` to a version that is out.")
    predecessor: Ref[Release] | None = field(
        "The release it was made from. Changes are counted from there; an update needs one.", default=None, names=True
    )
    planned: Day = field("The day on which it is to go out.", progress=True)
    markets: tuple[Country, ...] = field(
        "Where it will be supplied: two capital letters each, `EU` for all of it.", min_length=1
    )
    support_until: Day = field("The last day on which you help users of this version at all.")
    security_support_until: Day = field("The last day on which you repair vulnerabilities in it. Customers rely on it.")

    @pydantic.model_validator(mode="after")
    def _an_update_is_of_something(self) -> Release:
        if self.kind is ReleaseKind.UPDATE and self.predecessor is None:
            raise PydanticCustomError("predecessor", "is an update and names no predecessor")
        return self


class EffectSize(Choice):
    """How large an effect is."""

    NONE = "none"
    MINOR = "minor"
    SERIOUS = "serious"


class Effect(Value):
    """What something does to safety, security or effectiveness."""

    size: EffectSize = field("How large the effect is.")
    why: Text | None = field("Why it is that large; where there is none, why none is to be expected.", default=None)

    @pydantic.model_validator(mode="after")
    def _explained(self) -> Effect:
        if self.size is not EffectSize.NONE and self.why is None:
            raise PydanticCustomError("why-missing", "needs its why, since there is an effect")
        return self


class ChangeDecision(Choice):
    """What becomes of a change request."""

    DO = "do"
    REFUSE = "refuse"
    LATER = "later"


class ChangeRequest(
    Kind,
    prefix="CHG",
    signed=(approved(SystemRole.RELEASE_MANAGER), reviewed(SystemRole.SECURITY)),
    who="owner",
    due="due",
    group="decided",
):
    """A change to the product: why, what it touches, what it does to security and safety, and what was decided.

    It is decided before the change is merged; commits name it by its label.
    """

    what: Text = field("What is to be changed.")
    why: Text = field("What it is good for.")
    because: tuple[Ref[Kind], ...] = field(
        "The records that ask for it, for example a decision about a vulnerability or a finding.", default=()
    )
    affects: tuple[Ref[Kind], ...] = field(
        "The requirements, design elements, interfaces, controls and items that it touches.", default=()
    )
    security_effect: Effect = field("What it does to the protection of the product.")
    safety_effect: Effect = field("What it could do to patients and users.")
    effectiveness_effect: Effect = field("What it could do to the product's usefulness in care.")
    decided: ChangeDecision = field("Whether it is done, refused, or left for later.")
    decided_why: Text | None = field("Why it is refused or left for later.", default=None)
    owner: Person | None = field("Who sees to it.", default=None)
    due: Day | None = field("The day by which it is to be done, if there is one.", default=None)
    done_in: Ref[Release] | None = field("The release that brings it.", default=None, progress=True, names=True)
    proved_by: tuple[Ref[Kind], ...] = field(
        "What shows that it works and broke nothing: test runs after the last commit of it.", default=(), progress=True
    )

    @pydantic.model_validator(mode="after")
    def _reasoned(self) -> ChangeRequest:
        if self.decided is not ChangeDecision.DO and self.decided_why is None:
            raise PydanticCustomError("why-missing", "is not done; say why in decided_why")
        return self


class Fielded(Kind, prefix="FLD", signed=(), due="until", rank="count", group="market"):
    """How many of a release are in use somewhere. It tells how far a vulnerability reaches and whom to tell."""

    release: Ref[Release] = field("The release that is in use.", names=True)
    site: Line = field("The customer or site under a name that only you can resolve, for example `site-0417`.")
    market: Country = field("The country it is used in: two capital letters.")
    count: Count = field("How many installations or devices.")
    since: Day = field("The first day of use there.", happened=True)
    until: Day | None = field("The last day of use there, once it is over.", default=None)

    @pydantic.model_validator(mode="after")
    def _from_since_to_until(self) -> Fielded:
        not_before(self.until, self.since, "until", "since")
        return self


SoftwareItem.model_rebuild()
BillOfMaterials.model_rebuild()
