"""Where a person may go and what they may do, by name: the pages of a moment, its kinds, its clauses, new records."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from asepsis.clauses.catalogue import catalogue
from asepsis.readers.viewer import Viewer
from asepsis.record.kind import KINDS
from asepsis.record.slots import SystemRole
from asepsis.store import rights
from asepsis.store.models import Product, Record
from asepsis.web.moment import Moment
from asepsis.web.words import capital, kind_plural, kind_words

KEEPING = (SystemRole.MANAGEMENT, SystemRole.QUALITY)  # who keeps the installation, where held for the organisation
_WORD = re.compile(r"[\w.\-]+")


@dataclass(frozen=True, slots=True)
class Page:
    """A page that the rail leads to. `path` stands behind the moment's address, or is a whole one.

    `works`: only for who works; `now`: only where something can be written, which is never the past; `keeps`: only for
    who keeps the installation.
    """

    name: str
    path: str
    key: str
    works: bool = False
    now: bool = False
    keeps: bool = False


FIRST = (
    Page("Board", "", "board"),
    Page("My work", "/work", "work", works=True),
    Page("Inbox", "inbox", "inbox", works=True, now=True),
    Page("Release gate", "gate", "gate"),
)
MORE = (
    Page("Release", "release", "release"),
    Page("Components", "components", "components"),
    Page("Cases", "case", "case"),
    Page("Trace", "trace", "trace"),
    Page("Run tests", "run", "run", works=True, now=True),
    Page("All acts", "acts", "acts"),
    Page("What is due", "due", "due"),
    Page("What changed", "since", "since"),
    Page("People", "people", "people"),
    Page("Bring in a table", "bring", "bring", works=True, now=True),
)
EVERYWHERE = (
    Page("Watch", "/watch", "watch"),
    Page("Fleet", "/fleet", "fleet"),
    Page("Feeds", "/feeds", "feeds"),
)
PROOF = (
    Page("Audit room", "audit", "audit"),
    Page("Organisation", "/o/", "organisation"),
    Page("Ledger", "/ledger", "ledger"),
    Page("Jobs", "/jobs", "jobs", keeps=True),
)
ANYWHERE = (
    Page("All products", "/?all", "products"),
    Page("Sign what waits for me", "/sign", "sign", works=True),
    Page("Verify the ledger", "/ledger/verify", "verify"),
    Page("Begin a product", "/new", "new", works=True),
    Page("Your account", "/account", "account"),
)


@dataclass(frozen=True, slots=True)
class Place:
    """Something that can be gone to: what it is called, where it is, and what sort of thing it is."""

    name: str
    address: str
    sort: str


def open_to(pages: Iterable[Page], moment: Moment, reader: Viewer) -> list[Place]:
    """Return those of `pages` that there are at a moment and that are open to a reader."""
    return [
        Place(one.name, one.path if one.path.startswith("/") else moment.to(one.path), one.key)
        for one in pages
        if (not one.works or reader.works)
        and (not one.keeps or reader.may(KEEPING, None))
        and not (one.now and moment.past)
        and (moment.product is not None or one.path.startswith("/"))
    ]


def places(moment: Moment, reader: Viewer, products: Iterable[Product]) -> Iterator[Place]:
    """Yield all that a reader may go to or do from a moment: its pages, new records, lists, clauses, other products."""
    for one in open_to((*FIRST, *MORE, *EVERYWHERE, *PROOF, *ANYWHERE), moment, reader):
        yield Place(one.name, one.address, "page")
    for product in products:
        if moment.product is None or product.id != moment.product.id:
            yield Place(product.name, f"/p/{product.code}/", "product")
    yield from _kinds(moment, reader)
    if moment.product is not None:
        for clause in catalogue().clauses:
            yield Place(f"{clause.id} {clause.title}", moment.to(f"clause/{clause.id}"), "clause")


def _kinds(moment: Moment, reader: Viewer) -> Iterator[Place]:
    """Yield the list of each kind of the product and of the organisation, and the form of a new one."""
    scopes = [("P", moment)] if moment.product is not None else []
    for scope, of in (*scopes, ("O", Moment(None, moment.ledger))):
        product = of.product.id if of.product else None
        writes = not moment.past and reader.may(rights.ACTS["write"], product)
        for name, kind in KINDS.items():
            if scope in kind.meta.of:
                whose = "" if of.product else " of the organisation"
                yield Place(f"{capital(kind_plural(name))}{whose}", of.to(f"list/{name}"), "list")
                if writes:
                    yield Place(f"New {kind_words(name)}{whose}", of.to(f"new/{name}"), "act")


def of_record(row: Record, moment: Moment, reader: Viewer, waits: bool) -> Iterator[Place]:
    """Yield what can be done with one record; `waits` says that it waits for the reader's signature."""
    yield Place(f"Open {row.label}", f"/r/{row.label}", "page")
    if waits:
        yield Place(f"Sign {row.label}", f"/sign?record={row.label}", "act")
    if reader.may(rights.ACTS["write"], row.product):
        yield Place(f"Edit {row.label}", f"/r/{row.label}/edit", "act")
    if moment.product is not None and row.product == moment.product.id:
        if row.kind == "Vulnerability":
            yield Place(f"Open the case of {row.label}", moment.to(f"case?of={row.label}"), "page")
        if row.kind == "Release":
            yield Place(f"Gate of {row.label}", moment.to(f"gate?release={row.label}"), "page")
        if row.kind == "TestPlan" and reader.works:
            yield Place(f"Run the cases of {row.label}", moment.to(f"run?plan={row.label}"), "act")
    yield Place(f"Trace of {row.label}", f"/r/{row.label}/trace", "page")
    yield Place(f"Files and facts of {row.label}", f"/r/{row.label}/files", "page")


def fitting(found: Iterable[Place], asked: str, most: int) -> list[Place]:
    """Return those in whose name every word of what is asked stands, each by how it begins; the nearest first."""
    wanted = _WORD.findall(asked.casefold())
    ranked = []
    for order, one in enumerate(found):
        words = _WORD.findall(one.name.casefold())
        if all(any(word.startswith(each) for word in words) for each in wanted):
            near = bool(wanted) and not one.name.casefold().startswith(asked.casefold())
            ranked.append((near, len(words) if wanted else 0, order, one))
    return [one for *_, one in sorted(ranked, key=lambda one: one[:3])[:most]]
