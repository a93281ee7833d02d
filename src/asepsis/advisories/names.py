"""Names of vendors and products, folded so that two spellings of one meet: what candidates are looked for by."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_WORD = re.compile(r"[a-z0-9+#]+")
_JOINTS = re.compile(r"[,;/()&]|\band\b|\ba subsidiary of\b|\ba division of\b")
_LEGAL = frozenset(
    {
        "ab", "ag", "as", "asa", "bv", "co", "company", "corp", "corporation", "foundation", "gmbh", "group",
        "holding", "holdings", "inc", "incorporated", "kg", "kk", "limited", "llc", "llp", "ltd", "nv", "oy", "oyj",
        "plc", "project", "pty", "sa", "sas", "spa", "srl", "the",
    }
)  # fmt: skip
_PLAIN = frozenset(
    {
        "a", "all", "and", "any", "application", "appliance", "by", "device", "devices", "digital", "family",
        "firmware", "for", "from", "in", "line", "medical", "model", "models", "module", "of", "on", "or", "platform",
        "portal", "product", "products", "release", "series", "server", "software", "solution", "suite", "system",
        "systems", "the", "to", "unit", "version", "versions", "web", "with",
    }
)  # fmt: skip
_NOBODY = frozenset(("", "na", "none", "unknown", "unspecified", "notavailable", "various", "multiple", "null"))


@lru_cache(maxsize=65_536)
def words(name: str) -> tuple[str, ...]:
    """Return the words of a name in lower case, without accents and signs."""
    plain = name if name.isascii() else unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii")
    return tuple(_WORD.findall(plain.lower()))


@lru_cache(maxsize=65_536)
def key(name: str) -> str:
    """Return a name as one word: "log4j_core", "Log4j Core" and "log4j-core" are the same."""
    return "".join(words(name))


def named(name: str | None) -> str | None:
    """Return a name that says something; `None` for "n/a" and its like."""
    return None if name is None or key(name) in _NOBODY else name.strip()


@lru_cache(maxsize=65_536)
def vendor_forms(vendor: str) -> tuple[tuple[str, ...], ...]:
    """Return the words of each name that a vendor goes by, legal forms left out.

    "Becton, Dickinson and Company (BD)" gives becton, dickinson and bd, and all of them together.
    """
    lowered = vendor.lower()
    parts = [lowered, *_JOINTS.split(lowered)]
    forms = (tuple(one for one in words(part) if one not in _LEGAL) for part in parts)
    return tuple(dict.fromkeys(form for form in forms if form))


@lru_cache(maxsize=65_536)
def is_same_vendor(one: str, other: str) -> bool:
    """Return whether two names may be of one vendor: a name of one begins with a name of the other, word by word."""
    pairs = ((left, right) for left in vendor_forms(one) for right in vendor_forms(other))
    return any(left[: len(right)] == right or right[: len(left)] == left for left, right in pairs) or _is_spelled_alike(
        one, other
    )


def _is_spelled_alike(one: str, other: str) -> bool:
    return key(one) == key(other) != ""


@lru_cache(maxsize=65_536)
def telling_words(name: str, vendor: str | None = None) -> frozenset[str]:
    """Return the words of a product's name that tell it from others: no vendor, no plain words."""
    of_vendor = {word for form in vendor_forms(vendor or "") for word in form}
    return frozenset(word for word in words(name) if word not in _PLAIN and word not in of_vendor)


def is_similar_product(one: frozenset[str], other: frozenset[str]) -> bool:
    """Return whether all telling words of one name are among those of the other."""
    return bool(one and other) and (one <= other or other <= one)
