"""OpenVEX 0.2.0, and 0.0.1 where it names its products by texts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from asepsis.exchange.json_values import list_of, mapping_of, shown, text_of, texts_of
from asepsis.exchange.source import Source, Tally, decode_json
from asepsis.exchange.vex.statement import (
    JUSTIFICATIONS,
    MARK,
    STATUSES,
    Justification,
    Statement,
    Statements,
    Status,
    UnreadableVexError,
    in_order,
    kept,
    restored,
    without_scope,
)
from asepsis.exchange.vex.times import moment
from asepsis.sentences import Sentence

CONTEXT = "https://openvex.dev/ns/v0.2.0"
NO_VULNERABILITY = Sentence("it names no vulnerability")
NO_PRODUCT = Sentence("it names no product")
NO_STATUS = Sentence("its status {found} is none that OpenVEX has")
OTHER_REASON = Sentence("The justification {found} of {vulnerability} is none that OpenVEX has, and was left out.")
_STATUS: dict[str, Status] = {one.replace("-", "_"): one for one in STATUSES}
_REASON: dict[str, Justification] = {one.replace("-", "_"): one for one in JUSTIFICATIONS}


def is_openvex(document: Any) -> bool:
    """Return whether a decoded document says that it is OpenVEX."""
    return str(mapping_of(document).get("@context", "")).startswith("https://openvex.dev/ns")


def read(source: Source) -> Statements:
    """Return what a document says, one statement for each product, or each subcomponent where it names some.

    What has no vulnerability, product or known status is in the receipt. Raises `UnreadableVexError`, and what
    `decode_json` raises.

    Source: OpenVEX specification 0.2.0.
    """
    decoded = decode_json(source)
    if not is_openvex(decoded.value) or not isinstance(decoded.value.get("statements"), list):
        raise UnreadableVexError(source=source.name, reason="it is no OpenVEX document with statements")
    document, tally = decoded.value, Tally(decoded.notes)
    found: list[Statement] = []
    for written in document["statements"]:
        found += _statements(mapping_of(written), document, tally)
    statements = tuple(dict.fromkeys(found))
    receipt = tally.receipt(source, "statements", len(statements))
    return Statements(statements, receipt, text_of(document.get("author")))


def _statements(written: dict[str, Any], document: dict[str, Any], tally: Tally) -> Iterator[Statement]:
    told = written.get("vulnerability")
    name = text_of(told) or text_of(mapping_of(told).get("name")) or text_of(mapping_of(told).get("@id"))
    status = _STATUS.get(str(written.get("status")))
    if name is None or status is None:
        why = NO_VULNERABILITY.said() if name is None else NO_STATUS.said(found=shown(written.get("status")))
        tally.leave(name or shown(told), why)
        return
    products = list_of(written.get("products")) or list_of(document.get("products"))
    pairs = [(product, component) for one in products for product, component in _pairs(one)]
    if not pairs:
        tally.leave(name, NO_PRODUCT.said())
    reason = text_of(written.get("justification"))
    if reason is not None and reason not in _REASON:
        tally.note(OTHER_REASON.said(found=reason, vulnerability=name))
    stamp = written.get("last_updated") or written.get("timestamp") or document.get("timestamp")
    for product, component in pairs:
        plain = Statement(
            vulnerability=name,
            product=product,
            component=component,
            status=status,
            aliases=tuple(dict.fromkeys(texts_of(mapping_of(told).get("aliases")))),
            justification=_REASON.get(reason or ""),
            impact=text_of(written.get("impact_statement")),
            action=text_of(written.get("action_statement")),
            at=moment(stamp),
        )
        yield restored(plain, _line(text_of(written.get("status_notes"))))


def _line(notes: str | None) -> str | None:
    return next((one for one in (notes or "").split("\n") if one.startswith(MARK)), None)


def _pairs(product: Any) -> Iterator[tuple[str, str | None]]:
    name = _name(product)
    if name is None:
        return
    inside = [one for part in list_of(mapping_of(product).get("subcomponents")) if (one := _name(part))]
    if not inside:
        yield name, None
    yield from ((name, one) for one in inside)


def _name(thing: Any) -> str | None:
    written = mapping_of(thing)
    return text_of(thing) or text_of(mapping_of(written.get("identifiers")).get("purl")) or text_of(written.get("@id"))


def document(statements: Iterable[Statement], *, name: str, author: str, at: str) -> dict[str, Any]:
    """Return statements as an OpenVEX 0.2.0 document of this `name` (an IRI), by `author`, as of the instant `at`."""
    return {
        "@context": CONTEXT,
        "@id": name,
        "author": author,
        "timestamp": at,
        "version": 1,
        "statements": [_written(one, at) for one in in_order(statements)],
    }


def _written(said: Statement, at: str) -> dict[str, Any]:
    product: dict[str, Any] = {"@id": said.product}
    if said.component is not None:
        product["subcomponents"] = [{"@id": said.component}]
    vulnerability: dict[str, Any] = {"name": said.vulnerability}
    if said.aliases:
        vulnerability["aliases"] = list(dict.fromkeys(said.aliases))
    justification = said.justification if said.status == "not-affected" else None
    impact = said.impact if said.status == "not-affected" else None
    action = said.action if said.status == "affected" else None
    written: dict[str, Any] = {"vulnerability": vulnerability, "products": [product]}
    written["status"] = said.status.replace("-", "_")
    written["timestamp"] = said.at or at
    if justification is not None:
        written["justification"] = justification.replace("-", "_")
    if impact is not None:
        written["impact_statement"] = impact
    elif said.status == "not-affected" and justification is None:
        written["impact_statement"] = impact = "No reason was given."
    if said.status == "affected":
        action = action or "No action was given."
        written["action_statement"] = action
    understood = replace(
        without_scope(said), justification=justification, impact=impact, action=action, responses=(), words=(),
        at=said.at or at,
    )  # fmt: skip
    if line := kept(said, understood):
        written["status_notes"] = line
    return written
