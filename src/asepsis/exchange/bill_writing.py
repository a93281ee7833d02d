"""What all written bills have in common: the decisions that go out with them, and what a format has no place for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources

import msgspec

from asepsis.exchange.bill import Bill
from asepsis.exchange.facts import Component
from asepsis.sentences import Said, Sentence

CATEGORIES = ("maintained", "supported", "required")
TOOL = "asepsis"

NO_HASH = Sentence("{format} has no place for the hash '{hash}'")


@dataclass(frozen=True, slots=True)
class Care:
    """Who looks after a component, as its maker decides or a supplier says; what is `None` stays as the bill has it."""

    category: str | None = None
    support: str | None = None
    end_of_support: str | None = None  # the last day
    supplier: str | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """A bill as bytes, and what of it the format has no place for, as (what, why)."""

    data: bytes
    left: tuple[tuple[str, Said], ...] = ()


def with_care(bill: Bill, care: Mapping[int, Care]) -> Bill:
    """Return the bill with what is decided about its components, by their offsets."""
    components = tuple(
        _cared_for(component, care[at]) if at in care else component
        for at, component in enumerate(bill.fact.components)
    )
    return replace(bill, fact=msgspec.structs.replace(bill.fact, components=components))


def _cared_for(component: Component, care: Care) -> Component:
    said = {name: value for name in Care.__dataclass_fields__ if (value := getattr(care, name)) is not None}
    return msgspec.structs.replace(component, **said)


def downward(bill: Bill) -> Iterator[tuple[int, list[int]]]:
    """Yield for each component that the bill tells of what it depends on, as offsets."""
    found: dict[int, list[int]] = {at: [] for at, tells in enumerate(bill.tells) if tells}
    for child, parents in enumerate(bill.parents):
        for parent in parents:
            found.setdefault(parent, []).append(child)
    yield from found.items()


def direct(bill: Bill) -> list[int]:
    """Return the components that the product depends on itself, as offsets."""
    return [at for at, one in enumerate(bill.fact.components) if one.place == "direct"]


def unique(names: Iterable[str]) -> list[str]:
    """Return the names, with a number behind each that stood before."""
    seen: dict[str, int] = {}
    made = []
    for name in names:
        count = seen[name] = seen.get(name, 0) + 1
        made.append(name if count == 1 else f"{name}#{count}")
    return made


@cache
def spdx_ids() -> frozenset[str]:
    """Return the ids of licences that SPDX lists."""
    file = resources.files("asepsis.exchange") / "schemas" / "cyclonedx" / "spdx.schema.json"
    return frozenset(json.loads(file.read_bytes())["enum"])


_WORD = re.compile(r"[A-Za-z0-9.+-]+|[()]")
_OWN = re.compile(r"(?:DocumentRef-[A-Za-z0-9.-]+:)?(?:LicenseRef|AdditionRef)-[A-Za-z0-9.-]+\Z")


def is_expression(text: str) -> bool:
    """Return whether a text can stand as an SPDX licence expression: listed ids and operators, in brackets or not."""
    words = _WORD.findall(text)
    if "".join(words) != re.sub(r"\s+", "", text) or not words:
        return False
    terms = [word for word in words if word not in ("(", ")", "AND", "OR", "WITH")]
    return len(words) > 1 and all(
        word.removesuffix("+") in spdx_ids() or _OWN.match(word) or "exception" in word.lower() for word in terms
    )


SIZES = {"MD5": 32, "SHA-1": 40, "SHA-224": 56, "SHA-256": 64, "SHA-384": 96, "SHA-512": 128} | {
    f"{family}-{bits}": bits // 4 for family in ("SHA3", "BLAKE2b") for bits in (256, 384, 512)
}


def is_hash(algorithm: str, content: str) -> bool:
    """Return whether a hash is of a known algorithm, in hex, and as long as that makes it."""
    return len(content) == SIZES.get(algorithm) and re.fullmatch(r"[0-9a-fA-F]+", content) is not None
