"""CycloneDX VEX: the analyses of the vulnerabilities of a JSON document, 1.4 to 1.7."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from asepsis.exchange.json_values import mapping_of, mappings_of, shown, text_of, texts_of
from asepsis.exchange.source import Source, Tally, decode_json
from asepsis.exchange.vex.statement import (
    MARK,
    Justification,
    Response,
    Statement,
    Statements,
    Status,
    UnreadableVexError,
    Words,
    in_order,
    kept,
    restored,
    with_words,
    without_scope,
)
from asepsis.exchange.vex.times import moment
from asepsis.sentences import Sentence

NAME = "cyclonedx"
KEPT = "asepsis:vex"
MOST_DEPTH = 200  # components in components
NO_ID = Sentence("it has no id")
NO_AFFECTS = Sentence("it names nothing that it is about")
NO_ANALYSIS = Sentence("it is found and nobody analysed it: that is no statement")
NO_STATE = Sentence("its state {found} is none that CycloneDX has")

_STATE: dict[str, Status] = {
    "resolved": "fixed",
    "resolved_with_pedigree": "fixed",
    "exploitable": "affected",
    "in_triage": "under-investigation",
    "false_positive": "not-affected",
    "not_affected": "not-affected",
}
_REASON: dict[str, Justification] = {
    "code_not_present": "vulnerable-code-not-present",
    "code_not_reachable": "vulnerable-code-not-in-execute-path",
    "requires_configuration": "vulnerable-code-cannot-be-controlled-by-adversary",
    "requires_dependency": "vulnerable-code-cannot-be-controlled-by-adversary",
    "requires_environment": "vulnerable-code-cannot-be-controlled-by-adversary",
    "protected_by_compiler": "inline-mitigations-already-exist",
    "protected_at_runtime": "inline-mitigations-already-exist",
    "protected_at_perimeter": "inline-mitigations-already-exist",
    "protected_by_mitigating_control": "inline-mitigations-already-exist",
}
_RESPONSE: dict[str, Response] = {
    "can_not_fix": "cannot-fix",
    "will_not_fix": "will-not-fix",
    "update": "update",
    "rollback": "rollback",
    "workaround_available": "workaround",
}
# The words for what was not said in this format; "component not present" has none of its own: its line is kept beside.
_STATE_FOR: dict[Status, str] = {
    "fixed": "resolved",
    "affected": "exploitable",
    "under-investigation": "in_triage",
    "not-affected": "not_affected",
}
_REASON_FOR: dict[Justification, str] = {
    "component-not-present": "code_not_present",
    "vulnerable-code-not-present": "code_not_present",
    "vulnerable-code-not-in-execute-path": "code_not_reachable",
    "vulnerable-code-cannot-be-controlled-by-adversary": "requires_environment",
    "inline-mitigations-already-exist": "protected_by_mitigating_control",
}
_RESPONSE_FOR = {ours: theirs for theirs, ours in _RESPONSE.items()}


def is_cyclonedx(document: Any) -> bool:
    """Return whether a decoded document says that it is CycloneDX."""
    return mapping_of(document).get("bomFormat") == "CycloneDX"


def read(source: Source) -> Statements:
    """Return what a document says of its vulnerabilities, one statement for each thing that each is about.

    A vulnerability without analysis is no statement; it is in the receipt, as is what names nothing. Raises
    `UnreadableVexError`, and what `decode_json` raises.

    Source: CycloneDX 1.4 to 1.7 (ECMA-424), vulnerabilities.
    """
    decoded = decode_json(source)
    if not is_cyclonedx(decoded.value) or not isinstance(decoded.value.get("vulnerabilities"), list):
        raise UnreadableVexError(source=source.name, reason="it is no CycloneDX document with vulnerabilities")
    document, tally = decoded.value, Tally(decoded.notes)
    things = _things(document)
    found: list[Statement] = []
    for written in document["vulnerabilities"]:
        found += _statements(mapping_of(written), things, tally)
    statements = tuple(dict.fromkeys(found))
    authors = mappings_of(mapping_of(document.get("metadata")).get("authors"))
    author = next((name for one in authors if (name := text_of(one.get("name")))), None)
    return Statements(statements, tally.receipt(source, "statements", len(statements)), author)


def _things(document: dict[str, Any]) -> dict[str, tuple[str, str | None]]:
    """Return the product and component that each reference of a document stands for."""
    root = mapping_of(mapping_of(document.get("metadata")).get("component"))
    product = _name(root)
    found: dict[str, tuple[str, str | None]] = {}
    waiting = [(one, product, 0) for one in mappings_of(document.get("components"))]
    waiting += [(one, product, 0) for one in mappings_of(root.get("components"))]
    while waiting:
        component, above, depth = waiting.pop()
        if (name := _name(component)) is None:
            continue
        if ref := text_of(component.get("bom-ref")):
            found.setdefault(ref, (name, None) if above is None else (above, name))
        if depth < MOST_DEPTH:
            waiting += [(one, above or name, depth + 1) for one in mappings_of(component.get("components"))]
    if product is not None and (ref := text_of(root.get("bom-ref"))):
        found[ref] = (product, None)
    return found


def _name(component: dict[str, Any]) -> str | None:
    """Return how a component is called: by its package URL, else by name and version, else by its reference."""
    if purl := text_of(component.get("purl")):
        return purl
    name = "@".join(filter(None, (text_of(component.get("name")), text_of(component.get("version")))))
    return name or text_of(component.get("bom-ref"))


def _statements(
    written: dict[str, Any], things: dict[str, tuple[str, str | None]], tally: Tally
) -> Iterator[Statement]:
    name, analysis = text_of(written.get("id")), mapping_of(written.get("analysis"))
    refs = [ref for one in mappings_of(written.get("affects")) if (ref := text_of(one.get("ref")))]
    if name is None:
        tally.leave(shown(written.get("id")), NO_ID.said())
        return
    if not refs:
        tally.leave(name, NO_AFFECTS.said())
        return
    if not analysis.get("state"):
        tally.leave(name, NO_ANALYSIS.said())
        return
    state, reason = str(analysis["state"]), text_of(analysis.get("justification")) or ""
    if state not in _STATE:
        tally.leave(name, NO_STATE.said(found=shown(analysis["state"])))
        return
    aliases = [text_of(one.get("id")) for one in mappings_of(written.get("references"))]
    properties = {one.get("name"): text_of(one.get("value")) for one in mappings_of(written.get("properties"))}
    for ref in dict.fromkeys(refs):
        product, component = things.get(ref, (ref, None))
        plain = Statement(
            vulnerability=name,
            product=product,
            component=component,
            status=_STATE[state],
            aliases=tuple(dict.fromkeys(filter(None, aliases))),
            justification=_REASON.get(reason),
            impact=text_of(analysis.get("detail")),
            action=text_of(written.get("recommendation")),
            responses=tuple(_RESPONSE[one] for one in texts_of(analysis.get("response")) if one in _RESPONSE),
            at=moment(analysis.get("lastUpdated")) or moment(analysis.get("firstIssued")),
        )
        line = properties.get(KEPT)
        whole = restored(plain, MARK + line if line else None)
        yield whole if _is_plain(state, reason) else with_words(whole, Words(NAME, state, reason))


def _is_plain(state: str, reason: str) -> bool:
    """Return whether these words are those that would be written for what they mean."""
    meant = _REASON.get(reason)
    return _STATE_FOR[_STATE[state]] == state and (_REASON_FOR[meant] if meant else "") == reason


def document(
    statements: Iterable[Statement], *, name: str, author: str, at: str, version: str = "1.6"
) -> dict[str, Any]:
    """Return statements as a CycloneDX document of this `version`, serial number `name`, as of the instant `at`."""
    listed = in_order(statements)
    inside: dict[str, dict[str, None]] = {}
    for one in listed:
        inside.setdefault(one.product, {}).update({one.component: None} if one.component else {})
    return {
        "bomFormat": "CycloneDX",
        "specVersion": version,
        "serialNumber": name,
        "version": 1,
        "metadata": {"timestamp": at, "authors": [{"name": author}]},
        "components": [_component(product, components) for product, components in inside.items()],
        "vulnerabilities": [_written(one, number, version) for number, one in enumerate(listed, start=1)],
    }


def _component(product: str, components: Iterable[str]) -> dict[str, Any]:
    written = {"type": "application", "bom-ref": product, "name": product} | _purl(product)
    nested = [
        {"type": "library", "bom-ref": _ref(product, one), "name": one} | _purl(one) for one in sorted(components)
    ]
    return written | ({"components": nested} if nested else {})


def _purl(text: str) -> dict[str, str]:
    return {"purl": text} if text.startswith("pkg:") else {}


def _ref(product: str, component: str | None) -> str:
    return product if component is None else f"{product}|{component}"


def _written(said: Statement, number: int, version: str) -> dict[str, Any]:
    written: dict[str, Any] = {"bom-ref": f"statement-{number}", "id": said.vulnerability}
    if said.aliases:
        written["references"] = [{"id": one, "source": {}} for one in said.aliases]
    written |= told_of(said, version)
    written["affects"] = [{"ref": _ref(said.product, said.component)}]
    return written


def told_of(said: Statement, version: str = "1.6") -> dict[str, Any]:
    """Return what a vulnerability says of what was decided: its analysis, recommendation, and what these have no place for."""
    own = said.words_of(NAME)
    reason = _REASON_FOR[said.justification] if said.justification else ""
    if own and _STATE.get(own.status) == said.status and _REASON.get(own.justification) == said.justification:
        state, reason = own.status, own.justification
    else:
        state, own = _STATE_FOR[said.status], None
    has_times = version not in ("1.4",)
    analysis: dict[str, Any] = {"state": state}
    if reason in _REASON:
        analysis["justification"] = reason
    if said.responses:
        analysis["response"] = [_RESPONSE_FOR[one] for one in said.responses]
    if said.impact is not None:
        analysis["detail"] = said.impact
    if said.at is not None and has_times:
        analysis["lastUpdated"] = said.at
    told: dict[str, Any] = {"analysis": analysis}
    if said.action is not None:
        told["recommendation"] = said.action
    understood = replace(
        without_scope(said), justification=_REASON.get(reason), words=(own,) if own else (),
        at=said.at if has_times else None,
    )  # fmt: skip
    if line := kept(said, understood):
        told["properties"] = [{"name": KEPT, "value": line.removeprefix(MARK)}]
    return told
