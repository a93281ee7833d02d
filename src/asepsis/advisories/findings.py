"""What laying a bill against advisories came to: for each component, what is known, by whom, as of when, and what is not."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from asepsis.advisories.notice import Ssvc


class Result(StrEnum):
    """What one advisory means for one component. Only all sources together can say that nothing is known of it."""

    AFFECTED = "affected"
    NOT_AFFECTED = "not-affected"
    UNDETERMINED = "undetermined"


class LookedUp(StrEnum):
    """Whether a component could be held against the data at all."""

    YES = "yes"
    NO_IDENTITY = "no package URL that advisories know"
    NO_DATA = "no feed covers its ecosystem"
    STALE = "the data on its ecosystem is too old"
    PARTIAL = "a folder holds records of its ecosystem, and nobody says that these are all"


class Kinship(StrEnum):
    """What speaks for a component's being the product that a record names, the strongest first."""

    CPE = "its CPE names this vendor and product"
    TARGET = "its name and the software that it runs with agree"
    VENDOR = "its supplier and its name agree"
    SIMILAR = "its supplier agrees, and its name in all telling words"
    RELATED = "its name agrees, and other products of that name run with its software"
    NAME = "its name alone agrees"
    FOREIGN = "its name agrees, and its namespace is of another publisher"
    OTHER_TARGET = "its name agrees, and it runs with other software"


class _Part(msgspec.Struct, frozen=True, omit_defaults=True):
    pass


class Finding(_Part, frozen=True):
    """One advisory about one component, with the reason.

    `range` are the versions that the record holds to be affected, shortened where there are very many. `says_otherwise` are the
    records of the same vulnerability that hold this version not to be affected. `digest` is the SHA-256 of what all its records
    say of the package that a decision can rest on: their names, vectors, affected and repaired versions, and which were taken
    back. It is the same for every version of the package.
    """

    advisory: str
    source: str
    result: Result
    reason: str
    aliases: tuple[str, ...] = ()
    severity: tuple[tuple[str, str], ...] = ()
    fixed: tuple[str, ...] = ()
    published: str | None = None
    modified: str | None = None
    kev: str | None = None  # since when it is known to be exploited
    epss: str | None = None  # the chance that it is, within 30 days
    agrees: tuple[str, ...] = ()
    says_otherwise: tuple[str, ...] = ()
    weaknesses: tuple[str, ...] = ()  # CWE
    ssvc: Ssvc | None = None
    rejected: tuple[str, ...] = ()  # names of it that the CVE list or the NVD took back
    range: str | None = None
    digest: str | None = None

    @property
    def why(self) -> str:
        """Return the reason with the range that it speaks of."""
        return f"{self.reason} ({self.range})" if self.range else self.reason


class Candidate(_Part, frozen=True):
    """A vulnerability of a product that a component may be: for a person to confirm, and never counted among the findings.

    `kinship` is what speaks for it, `result` and `reason` what the record says of the version. `agrees` and `says_otherwise`
    are other records of the vulnerability, as "feed: record".
    """

    component: str
    version: str | None
    purl: str | None
    cpe: str | None
    vulnerability: str
    record: str
    source: str
    vendor: str | None
    product: str
    kinship: Kinship
    result: Result
    reason: str
    target: str | None = None
    severity: tuple[tuple[str, str], ...] = ()
    weaknesses: tuple[str, ...] = ()
    ssvc: Ssvc | None = None
    kev: str | None = None
    epss: str | None = None
    agrees: tuple[str, ...] = ()
    says_otherwise: tuple[str, ...] = ()


class Scanned(_Part, frozen=True):
    """One component: whether it could be looked up, and what was found about it."""

    name: str
    version: str | None
    purl: str | None
    looked_up: LookedUp
    findings: tuple[Finding, ...] = ()
    left_open: int = 0  # vulnerabilities of products of its name whose records say nothing of its version


class Source(_Part, frozen=True):
    """A feed that was looked at: how many records of it, as of when, what it covers; `trouble` says why not.

    `covers` are ecosystems of which it has all that is published; `partial` those that records of it name although nobody
    says that they are all; `products` counts the products that it names, by which candidates are found.
    """

    name: str
    kind: str
    records: int
    as_of: str | None = None
    covers: tuple[str, ...] = ()
    trouble: str | None = None
    partial: tuple[str, ...] = ()
    products: int = 0


class Scan(_Part, frozen=True):
    """A bill laid against what is kept of advisories. `bill` is the digest of the document."""

    bill: str
    at: str
    sources: tuple[Source, ...]
    components: tuple[Scanned, ...]
    candidates: tuple[Candidate, ...] = ()
    terms: dict[str, str] = {}  # what the weaknesses (CWE) and attack patterns (CAPEC) that are named here are called
    patterns: dict[str, tuple[str, ...]] = {}  # the attack patterns that make use of a weakness
    below: dict[
        Kinship, int
    ] = {}  # how many candidates have next to nothing that speaks for them, so that they are counted only

    @property
    def affected(self) -> bool:
        """Return whether something is known of a component."""
        return any(one.result is Result.AFFECTED for each in self.components for one in each.findings)

    @property
    def not_known(self) -> bool:
        """Return whether something could not be told: a component, an advisory, a feed, or all for want of data."""
        return (
            not self.components
            or not self.sources
            or any(one.looked_up is not LookedUp.YES for one in self.components)
            or any(one.result is Result.UNDETERMINED for each in self.components for one in each.findings)
            or any(one.trouble is not None for one in self.sources)
        )
