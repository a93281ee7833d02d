"""Bills written in CycloneDX 1.6, JSON, with category, support and end of support of each component."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from asepsis.exchange.bill import Bill
from asepsis.exchange.bill_writing import (
    NO_HASH,
    TOOL,
    Written,
    direct,
    downward,
    is_expression,
    is_hash,
    spdx_ids,
    unique,
)
from asepsis.exchange.facts import Component
from asepsis.sentences import Said, Sentence

FORMAT = "CycloneDX 1.6"
PRODUCT = "asepsis:product"  # the reference of the product that the bill is about

NO_CPE = Sentence("CycloneDX takes '{cpe}' for no CPE")

_TYPES = frozenset(
    {
        "application",
        "framework",
        "library",
        "container",
        "platform",
        "operating-system",
        "device",
        "device-driver",
        "firmware",
        "file",
        "machine-learning-model",
        "data",
        "cryptographic-asset",
    }
)
_CPE = re.compile(
    r"[c][pP][eE]:/[AHOaho]?(:[A-Za-z0-9._\-~%]*){0,6}\Z|cpe:2\.3:[aho*\-](:(((\?*|\*?)([a-zA-Z0-9\-._]|(\\[\\*?!\"#$%&'()+,/:;<=>@\[\]^`{|}~]))+(\?*|\*?))|[*\-])){5}(:(([a-zA-Z]{2,3}(-([a-zA-Z]{2}|[0-9]{3}))?)|[*\-]))(:(((\?*|\*?)([a-zA-Z0-9\-._]|(\\[\\*?!\"#$%&'()+,/:;<=>@\[\]^`{|}~]))+(\?*|\*?))|[*\-])){4}\Z"
)


def write(bill: Bill, *, serial: str, made_at: str) -> Written:
    """Return the bill as the bytes of the document that `document` makes of it."""
    made, left = document(bill, serial=serial, made_at=made_at)
    return Written(in_bytes(made), left)


def in_bytes(value: dict[str, Any]) -> bytes:
    """Return a document as it is written: two spaces for each level, and a line end."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"


def document(bill: Bill, *, serial: str, made_at: str) -> tuple[dict[str, Any], tuple[tuple[str, Said], ...]]:
    """Return the bill as a CycloneDX document that follows its schema, and what of it the format has no place for.

    `serial` is a new "urn:uuid:..." and `made_at` the moment of writing, as facts write it. Reading it again gives the
    same components, in the same order; category, support and end of support stand in properties of our own. Where something of
    the bill was not read, the document says that it is incomplete.

    Source: CycloneDX 1.6 (ECMA-424).
    """
    fact, left = bill.fact, list[tuple[str, Said]]()
    refs = unique(one.ref or f"component-{at}" for at, one in enumerate(fact.components))
    components = [_component(one, ref, left) for one, ref in zip(fact.components, refs, strict=True)]
    depends = [
        {"ref": refs[at], "dependsOn": list(dict.fromkeys(refs[one] for one in on))} for at, on in downward(bill)
    ]
    metadata: dict[str, Any] = {
        "timestamp": made_at,
        "tools": {"components": [{"type": "application", "name": TOOL}]},
        "authors": [{"name": fact.author}] if fact.author else None,
        "properties": _properties(build_id=fact.build_id, source_tag=fact.source_tag),
    }
    if fact.product:
        metadata["component"] = _told(
            {"type": "application", "name": fact.product, "version": fact.product_version, "bom-ref": PRODUCT}
        )
        depends.insert(0, {"ref": PRODUCT, "dependsOn": list(dict.fromkeys(refs[at] for at in direct(bill)))})
    made = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": serial,
        "version": 1,
        "metadata": _told(metadata),
        "components": components,
        "dependencies": depends,
    }
    if bill.receipt.not_taken_count:  # or who reads it again would take it for whole
        made["compositions"] = [{"aggregate": "incomplete"}]
    return made, tuple(left)


def _component(one: Component, ref: str, left: list[tuple[str, Said]]) -> dict[str, Any]:
    group, _, name = one.name.rpartition("/")
    hashes = []
    for algorithm, content in one.hashes:
        if is_hash(algorithm, content) and algorithm != "SHA-224":
            hashes.append({"alg": algorithm, "content": content})
        else:
            left.append((one.name, NO_HASH.said(format=FORMAT, hash=f"{algorithm}:{content}"[:80])))
    cpe = one.cpe if one.cpe and _CPE.match(one.cpe) else None
    if one.cpe and not cpe:
        left.append((one.name, NO_CPE.said(cpe=one.cpe)))
    return _told(
        {
            "type": one.type if one.type in _TYPES else "library",
            "bom-ref": ref,
            "group": group if name else None,
            "name": name or one.name,
            "version": one.version,
            "supplier": {"name": one.supplier} if one.supplier else None,
            "hashes": hashes,
            "licenses": _licences(one.licences),
            "cpe": cpe,
            "purl": one.purl,
            "properties": _properties(category=one.category, support=one.support, end_of_support=one.end_of_support),
        }
    )


def _licences(licences: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return the licences as ids where SPDX lists them; an expression stands alone or as a name."""
    if len(licences) == 1 and is_expression(licences[0]):
        return [{"expression": licences[0]}]
    return [{"license": {"id" if one in spdx_ids() else "name": one}} for one in licences]


def _properties(**said: str | None) -> list[dict[str, str]]:
    return [{"name": f"asepsis:{name}", "value": value} for name, value in said.items() if value]


def _told(value: dict[str, Any]) -> dict[str, Any]:
    return {key: one for key, one in value.items() if one not in (None, [], "")}
