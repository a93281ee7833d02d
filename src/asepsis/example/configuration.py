"""Clauses 4.1.5, 4.3 and 8 in the example: suppliers, items and categories, releases, bills and change requests."""

from __future__ import annotations

from typing import Any

from asepsis.configuration.records import (
    BillOfMaterials,
    CategoryChange,
    CategoryRule,
    ChangeRequest,
    Fielded,
    Release,
    SoftwareItem,
    Supplier,
    SupplierAgreement,
)
from asepsis.example import inputs, known
from asepsis.example.writer import Writer
from asepsis.exchange import cyclonedx, subjects
from asepsis.exchange.facts import SharedItem, SharedItems, document_bytes

NONE: dict[str, Any] = {"size": "none", "why": "Nothing that a user sees or relies on becomes another."}


def suppliers(w: Writer) -> None:
    """Who makes what the gateway is made of, and in which category it falls."""
    w.new(
        "supplier/tessaline", Supplier, title="Tessaline Interop", name="Tessaline Interop s.r.o.",
        contact="psirt@tessaline.example", country="SK", disclosure_channel="security.txt on their site, answered in days",
        kind="made-for-us",
    )  # fmt: skip
    for name, where in (
        ("hl7", "issue tracker of the project"), ("lxml", "mailing list of the project"),
        ("cryptography", "security page of the project"), ("starlette", "security page of the project"),
        ("urllib3", "security page of the project"), ("pyjwt", "security page of the project"),
        ("idna", "issue tracker of the project"), ("pillow", "security page of the project"),
    ):  # fmt: skip
        w.new(
            f"supplier/{name}", Supplier, title=f"Project {name}", name=f"{name} project", contact=where,
            disclosure_channel=where, kind="open-source",
        )  # fmt: skip
    w.new(
        "supplier/debian", Supplier, title="Debian", name="debian project", contact="debian-security, by mail",
        disclosure_channel="security team of the project", kind="open-source",
    )  # fmt: skip
    w.new(
        "supplier/hosting", Supplier, title="Cirrolight Hosting", name="Cirrolight Hosting AG",
        contact="soc@cirrolight.example", country="CH", disclosure_channel="form on their status page", kind="service",
    )  # fmt: skip
    w.new(
        "rule/pypi", CategoryRule, org=True, title="Python packages that we ship", matches={"purl": "pkg:pypi/*"},
        category="maintained", why="They are part of our package: nobody but us can update them at a site, so we answer "
        "for them and bring their repairs in our updates.",
        terms_map=[{"word": "SOUP, bundled", "category": "maintained"}, {"word": "platform", "category": "supported"}],
    )  # fmt: skip
    w.sign()


def items(w: Writer) -> None:
    """The items that deserve words of their own."""
    w.new(
        "item/tessaline", SoftwareItem, title="Framing of HL7 messages", purl="pkg:pypi/tessaline-mllp",
        supplier=w("supplier/tessaline"), versions=["vers:pypi/>=1.4|<2"], used_for="Reads and writes MLLP frames.",
        category="maintained", category_why="Made for us, to our requirements; source and right to change it are ours.",
        can_affect_security=True, end_of_support="2029-12-31", support_source="Agreement with Tessaline, annex 2.",
        entered_in=w("release/2.2.0"), evaluated_on=w.today,
    )  # fmt: skip
    w.new(
        "item/hl7", SoftwareItem, title="Parser of HL7 v2", purl="pkg:pypi/hl7", supplier=w("supplier/hl7"), versions=["*"],
        used_for="Takes HL7 messages apart in the archive's import.", category="maintained",
        category_why="Part of our package.", can_affect_security=True, end_of_support=None,
        support_source="The project announces no end.", entered_in=w("release/2.2.0"),
        evaluated_on=w.today,
    )  # fmt: skip
    for name, use in (
        ("lxml", "Reads the settings that imaging stations export as XML."), ("cryptography", "TLS and signatures."),
        ("starlette", "Serves the FHIR API and the administrators' pages."), ("urllib3", "Asks the update service."),
        ("pyjwt", "Reads the tokens of API clients."), ("idna", "Reads host names."),
        ("pillow", "Makes preview pictures."),
    ):  # fmt: skip
        w.new(
            f"item/{name}", SoftwareItem, title=f"Package {name}", purl=f"pkg:pypi/{name}", supplier=w(f"supplier/{name}"),
            versions=["*"], used_for=use, category="maintained", category_why="Part of our package, near the network.",
            can_affect_security=True, support_source="The project supports its newest version; no end is announced.",
            entered_in=w("release/2.2.0"), evaluated_on=w.today,
        )  # fmt: skip
    w.new(
        "item/debian", SoftwareItem, title="Debian base image", name="Debian base image", supplier=w("supplier/debian"),
        versions=["vers:generic/>=12|<13"], used_for="The operating system under the gateway.", category="supported",
        category_why="Hospital IT installs its updates; we try them and say whether they fit.", can_affect_security=True,
        end_of_support="2028-06-30", support_source="Life-cycle page of the project, long-term support included.",
        entered_in=w("release/2.2.0"), evaluated_on=w.today,
    )  # fmt: skip
    w.sign()


def agreement(w: Writer) -> None:
    """What Tessaline does for security, and which requirements they were given."""
    w.new(
        "agreement/tessaline", SupplierAgreement, title="Agreement with Tessaline", supplier=w("supplier/tessaline"),
        made_for_us=True, can_affect_security=True, can_affect_security_why="It reads bytes from the network first.",
        activities=["5.2.1", "5.5.1", "5.7.3", "9.2", "9.5"], passed_on=w("req/framing", "req/bounded"),
        accepted_on=w.today, assessed_on=w.today, next_assessment="2027-04-30",
        proof=w.text("Agreement with Tessaline", "Signed by both; annex 1 is their test report, annex 2 their support."),
    )  # fmt: skip
    w.new(
        "agreement/hosting", SupplierAgreement, title="Agreement with Cirrolight", supplier=w("supplier/hosting"),
        made_for_us=False, can_affect_security=True, can_affect_security_why="Our updates are fetched from there.",
        activities=["6.3.2", "9.2"], passed_on=w.all(["assume/hosting"]),
        accepted_on=w.today, assessed_on=w.today, next_assessment="2027-04-30",
        proof=w.text("Agreement with Cirrolight", "Who patches what, and who tells whom within how many hours."),
    )  # fmt: skip
    w.sign()


def release(w: Writer, version: str, *, planned: str, before: str | None, support: str, security: str) -> None:
    """A release is planned."""
    w.new(
        f"release/{version}", Release, by="aiko", title=f"Ward Gateway {version}", version=version, kind="product",
        predecessor=w(f"release/{before}") if before else None, planned=planned, markets=["EU"], support_until=support,
        security_support_until=security,
    )  # fmt: skip
    w.sign()


def built(w: Writer, version: str) -> None:
    """A build is made, its bill is taken in, and made again from the tag."""
    w.happened(f"release/{version}", "daan", build_id=inputs.BUILDS[version])
    billed(w, version, version, inputs.BUILDS[version], f"release/{version}")


def billed(w: Writer, file: str, version: str, build: str, release_: str) -> None:
    """The bill of a build is taken in, with the one that was made again."""
    source = inputs.file("bills", f"{file}.cdx.json")
    again = inputs.file("bills", f"{file}.regenerated.cdx.json")
    made = cyclonedx.read(source).fact
    w.new(
        f"bom/{file}", BillOfMaterials, title=f"Bill of materials of {version}", release=w(release_),
        document=w.keep(source.data, f"Bill of {version}", "application/vnd.cyclonedx+json"), format=made.format,
        tool="cyclonedx-bom 7.5.0", build_id=build, component_count=len(made.components),
        source_tag=f"v{version}", regenerated=w.keep(again.data, "Made again from the tag", "application/vnd.cyclonedx+json"),
    )  # fmt: skip
    w.sign()
    w.take("components", source.digest, made, source.data, by="jonas")
    if again.digest != source.digest:
        w.take("components", again.digest, cyclonedx.read(again).fact, again.data, by="jonas")


def looked_up(w: Writer, day: str, *versions: str) -> None:
    """The bills are laid against the advisories as they are on a day."""
    feeds = known.feeds(day)
    w.take("feeds", subjects.ORGANISATION, feeds, inputs.file("feeds", f"{day}.json").data, org=True, as_of=feeds.as_of)
    for version in versions:
        found = known.known(version, day)
        w.take("matches", subjects.bill_and_feeds(found.fact.bill, found.fact.feeds), found.fact, found.source)


def shared(w: Writer, *versions: str) -> None:
    """Which other products have the same items: none, since no other product of the maker has a supported release."""
    names = {
        str(one.purl).partition("@")[0]
        for version in versions
        for one in cyclonedx.read(inputs.file("bills", f"{version}.cdx.json")).fact.components
    }
    fact = SharedItems(tuple(SharedItem(name, ()) for name in sorted(names)))
    w.take("shared_items", w.product or "", fact, document_bytes(fact), by="tomasz")


def change(
    w: Writer, name: str, what: str, why: str, affects: list[str], *, security: str = "none", safety: str = "none",
    because: list[str] | None = None, owner: str = "daan",
) -> None:  # fmt: skip
    """A change is asked for and decided."""
    said = {"none": "Nothing of it changes.", "minor": "It gets better, and nothing that was there is lost."}
    w.new(
        name, ChangeRequest, title=what, what=what, why=why, affects=w.all(affects) or None, because=because,
        security_effect={"size": security, "why": said[security]}, safety_effect={"size": safety, "why": said[safety]},
        effectiveness_effect=NONE, decided="do", owner=w.who(owner),
    )  # fmt: skip


def fielded(w: Writer, version: str, sites: dict[str, int]) -> None:
    """Sites put a release to use."""
    for site, count in sites.items():
        w.new(
            f"fielded/{version}/{site}", Fielded, title=f"{site} uses {version}", release=w(f"release/{version}"), site=site,
            market="EU", count=count, since=w.today,
        )  # fmt: skip
    w.sign()


def category_changed(w: Writer) -> None:
    """The parser of HL7 is looked after by nobody any more: what that means, before it takes effect."""
    w.new(
        "category/hl7", CategoryChange, title="The HL7 parser becomes required software", item=w("item/hl7"),
        from_category="maintained", to_category="required", why="No release for two years, and questions stay unanswered; "
        "we use it in one import only and could not repair its core in good time.", effective="2025-12-15",
        re_evaluated=["4.3", "5.2.3", "6.3.1", "6.3.2", "6.3.3"],
    )  # fmt: skip
    w.sign()


def category_taken_over(w: Writer) -> None:
    """The item follows the signed change."""
    w.revise(
        "item/hl7", category="required", category_why="See the change of category of December 2025.",
        evaluated_on=w.today, known_risks="The parser takes any number of separators; messages are bounded before it.",
        instead_of_update="The listener bounds and checks each message before this parser sees it; the security guide "
        "tells hospital IT to keep imports to the laboratory's own network.",
    )  # fmt: skip
    w.sign()
