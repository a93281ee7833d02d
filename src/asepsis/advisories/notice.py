"""What a record of the CVE list, of the NVD or of a CSAF provider says of one vulnerability, without its prose.

It rates the vulnerability, and it names products by vendor and name. Such a name is no identity: a product that bears it is a
*candidate*, which a person confirms. Only what a record names by a package URL, or by a package of a registry, is a package.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import msgspec

from asepsis.advisories.advisory import Affected
from asepsis.advisories.versions import Interval, Scheme
from asepsis.advisories.versions.generic import GENERIC
from asepsis.advisories.versions.openssl import OPENSSL

Rest = Literal["clear", "affected", "open"]


class Versions(NamedTuple):
    """Which versions of a product are affected.

    `texts` are versions that no scheme orders. Of those in `unsure` nothing can be told, as `why_unsure` says. The others are
    as `rest` says: not affected, affected, or left open because the record says nothing of them. `doubt` is why nothing can
    be told of any other although the record says something.
    """

    affected: tuple[Interval, ...] = ()
    clear: tuple[Interval, ...] = ()
    unsure: tuple[Interval, ...] = ()
    texts: tuple[str, ...] = ()
    clear_texts: tuple[str, ...] = ()
    rest: Rest = "clear"
    doubt: str | None = None
    why_unsure: str = ""


class Platform(NamedTuple):
    """A product that has to be there as well."""

    vendor: str | None
    name: str


class Product(NamedTuple):
    """A product as a record names it. `target` is the software that it runs with.

    Each of `needs` lists platforms of which one has to be there. `is_watched`: the record knows no names but those that its
    publisher gives to products, so it is looked for by words too.
    """

    vendor: str | None
    name: str
    versions: Versions
    target: str | None = None
    needs: tuple[tuple[Platform, ...], ...] = ()
    is_watched: bool = False


class Ssvc(msgspec.Struct, frozen=True, omit_defaults=True):
    """What CISA answered at the decision points of its SSVC tree, and on which day."""

    exploitation: str | None = None  # none, poc or active
    automatable: str | None = None  # yes or no
    impact: str | None = None  # partial or total
    day: str | None = None


class Notice(NamedTuple):
    """One vulnerability in one record. `severity` are vectors, as (kind, vector), in OSV's words for the kinds."""

    record: str
    vulnerability: str
    published: str | None = None
    modified: str | None = None
    is_rejected: bool = False
    severity: tuple[tuple[str, str], ...] = ()
    weaknesses: tuple[str, ...] = ()
    ssvc: Ssvc | None = None
    products: tuple[Product, ...] = ()
    packages: tuple[Affected, ...] = ()


def scheme_of(vendor: str | None, name: str) -> Scheme:
    """Return how the versions of a product are ordered: OpenSSL's by its own rule, all others by the generic scheme."""
    return OPENSSL if name.lower() == "openssl" else GENERIC
