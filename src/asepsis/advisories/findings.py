"""What laying a bill against advisories came to: for each component, what is known, by whom, as of when, and what is not."""

from __future__ import annotations

from enum import StrEnum

import msgspec


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


class _Part(msgspec.Struct, frozen=True, omit_defaults=True):
    pass


class Finding(_Part, frozen=True):
    """One advisory about one component, with the reason.

    `range` is that of the record that the version lies in, or what keeps it from being told. `says_otherwise` are the
    records of the same vulnerability that hold this version not to be affected.
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


class Scanned(_Part, frozen=True):
    """One component: whether it could be looked up, and what was found about it."""

    name: str
    version: str | None
    purl: str | None
    looked_up: LookedUp
    findings: tuple[Finding, ...] = ()


class Source(_Part, frozen=True):
    """A feed that was looked at: how many records of it, as of when, what it covers; `trouble` says why not."""

    name: str
    kind: str
    records: int
    as_of: str | None = None
    covers: tuple[str, ...] = ()
    trouble: str | None = None


class Scan(_Part, frozen=True):
    """A bill laid against what is kept of advisories. `bill` is the digest of the document."""

    bill: str
    at: str
    sources: tuple[Source, ...]
    components: tuple[Scanned, ...]

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
