"""CSAF 2.0 and 2.1, profile 5 (VEX): what the vulnerabilities of a document say of its products."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from asepsis.exchange.json_values import mapping_of, mappings_of, text_of, texts_of
from asepsis.exchange.source import Source, Tally, decode_json
from asepsis.exchange.vex.statement import (
    JUSTIFICATIONS,
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

NAME = "csaf"
MOST_DEPTH = 200  # branches in branches
NO_NAME = Sentence("it has neither a CVE number nor another id")
NO_STATUS = Sentence("it says nothing of any product")
RECOMMENDED = Sentence("{vulnerability} recommends {product}, which is no statement on it.")

_STATUS: dict[str, Status] = {
    "first_affected": "affected",
    "known_affected": "affected",
    "last_affected": "affected",
    "known_not_affected": "not-affected",
    "first_fixed": "fixed",
    "fixed": "fixed",
    "under_investigation": "under-investigation",
    "unknown": "under-investigation",  # 2.1
}
_STATUS_FOR: dict[Status, str] = {
    "affected": "known_affected",
    "not-affected": "known_not_affected",
    "fixed": "fixed",
    "under-investigation": "under_investigation",
}
_LABEL: dict[str, Justification] = {one.replace("-", "_"): one for one in JUSTIFICATIONS}
_REMEDY: dict[str, Response] = {
    "vendor_fix": "update",
    "workaround": "workaround",
    "no_fix_planned": "will-not-fix",
    "none_available": "cannot-fix",
}
_REMEDY_FOR = {ours: theirs for theirs, ours in _REMEDY.items()}
_CVE = re.compile(r"CVE-[0-9]{4}-[0-9]{4,}\Z")
_SCHEMAS = {"2.1": "https://docs.oasis-open.org/csaf/csaf/v2.1/schema/csaf.json"}


def is_csaf(document: Any) -> bool:
    """Return whether a decoded document says that it is CSAF 2.0 or 2.1."""
    return mapping_of(mapping_of(document).get("document")).get("csaf_version") in ("2.0", "2.1")


def read(source: Source) -> Statements:
    """Return what a document says of its vulnerabilities, one statement for each product and status.

    A product of a relationship is a component (the one that is referred to) in a product (the one that it relates to).
    What names no vulnerability or says nothing of a product is in the receipt. Raises `UnreadableVexError`, and what
    `decode_json` raises.

    Source: CSAF 2.0 and 2.1, 3.2 and 4.5.
    """
    decoded = decode_json(source)
    if not is_csaf(decoded.value):
        raise UnreadableVexError(source=source.name, reason="it is no CSAF 2.0 or 2.1 document")
    if not isinstance(decoded.value.get("vulnerabilities"), list):
        raise UnreadableVexError(source=source.name, reason="it has no vulnerabilities")
    tree, tally = Tree(mapping_of(decoded.value.get("product_tree"))), Tally(decoded.notes)
    released = mapping_of(mapping_of(decoded.value["document"]).get("tracking")).get("current_release_date")
    found: list[Statement] = []
    for written in decoded.value["vulnerabilities"]:
        found += _statements(mapping_of(written), tree, moment(released), tally)
    statements = tuple(dict.fromkeys(found))
    publisher = mapping_of(mapping_of(decoded.value["document"]).get("publisher"))
    receipt = tally.receipt(source, "statements", len(statements))
    return Statements(statements, receipt, text_of(publisher.get("name")))


class Tree:
    """The products of a document: `names` by their id, `pairs` those that stand for a component in a product."""

    def __init__(self, tree: dict[str, Any]) -> None:
        self.defined: list[str] = []
        self.names: dict[str, str] = {}
        self.pairs: dict[str, tuple[str, str]] = {}
        self.groups = {
            text_of(one.get("group_id")) or "": list(texts_of(one.get("product_ids")))
            for one in mappings_of(tree.get("product_groups"))
        }
        waiting = [(tree, 0)]
        while waiting:
            branch, depth = waiting.pop()
            for product in (*mappings_of(branch.get("full_product_names")), mapping_of(branch.get("product"))):
                self._define(product)
            if depth < MOST_DEPTH:
                waiting += [(one, depth + 1) for one in mappings_of(branch.get("branches"))]
        for relationship in mappings_of(tree.get("relationships")):
            whole = text_of(mapping_of(relationship.get("full_product_name")).get("product_id"))
            self._define(mapping_of(relationship.get("full_product_name")))
            part, of = text_of(relationship.get("product_reference")), relationship.get("relates_to_product_reference")
            if whole and part and (holder := text_of(of)):
                self.pairs[whole] = (holder, part)

    def _define(self, product: dict[str, Any]) -> None:
        if (identity := text_of(product.get("product_id"))) is None:
            return
        self.defined.append(identity)
        known = mapping_of(product.get("product_identification_helper"))
        purl = text_of(known.get("purl")) or next(texts_of(known.get("purls")), None)
        self.names[identity] = purl or text_of(product.get("name")) or identity

    def thing(self, identity: str) -> tuple[str, str | None]:
        """Return the product and component that an id stands for, by their package URL, name or id."""
        if identity in self.pairs:
            holder, part = self.pairs[identity]
            return self.names.get(holder, holder), self.names.get(part, part)
        return self.names.get(identity, identity), None

    def products_of(self, said: dict[str, Any]) -> set[str]:
        """Return the ids that a flag, threat or remediation speaks of, by themselves or by group."""
        return set(texts_of(said.get("product_ids"))).union(
            *(self.groups.get(one, ()) for one in texts_of(said.get("group_ids")))
        )


def _statements(written: dict[str, Any], tree: Tree, released: str | None, tally: Tally) -> Iterator[Statement]:
    ids = [one for told in mappings_of(written.get("ids")) if (one := text_of(told.get("text")))]
    names = list(dict.fromkeys(filter(None, (text_of(written.get("cve")), *ids))))
    if not names:
        tally.leave(text_of(written.get("title")) or "a vulnerability", NO_NAME.said())
        return
    statuses = mapping_of(written.get("product_status"))
    if not any(list(texts_of(statuses.get(one))) for one in _STATUS):
        tally.leave(names[0], NO_STATUS.said())
    for product in texts_of(statuses.get("recommended")):
        tally.note(RECOMMENDED.said(vulnerability=names[0], product=product))
    flags = [(one, tree.products_of(one)) for one in mappings_of(written.get("flags"))]
    threats = [(one, tree.products_of(one)) for one in mappings_of(written.get("threats"))]
    remedies = [(one, tree.products_of(one)) for one in mappings_of(written.get("remediations"))]
    lines = [line for note in mappings_of(written.get("notes")) if note.get("title") == MARK.strip()
             and (line := text_of(note.get("text")))]  # fmt: skip
    for status, meaning in _STATUS.items():
        for product in dict.fromkeys(texts_of(statuses.get(status))):
            flag = next((one for one, about in flags if product in about), {})
            impact = next(
                (one for one, about in threats if one.get("category") == "impact" and (not about or product in about)),
                {},
            )
            done = [one for one, about in remedies if not about or product in about]
            named, component = tree.thing(product)
            plain = Statement(
                vulnerability=names[0],
                product=named,
                component=component,
                status=meaning,
                aliases=tuple(names[1:]),
                justification=_LABEL.get(text_of(flag.get("label")) or ""),
                impact=text_of(impact.get("details")),
                action=next((text for one in done if (text := text_of(one.get("details")))), None),
                responses=tuple(
                    dict.fromkeys(_REMEDY[key] for one in done if (key := str(one.get("category"))) in _REMEDY)
                ),
                at=moment(flag.get("date")) or moment(written.get("release_date")) or released,
            )
            for line in lines:
                plain = restored(plain, line)
            yield plain if _STATUS_FOR[meaning] == status else with_words(plain, Words(NAME, status))


def document(
    statements: Iterable[Statement], *, name: str, author: str, at: str, namespace: str, version: str = "2.0"
) -> dict[str, Any]:
    """Return statements as a CSAF document of this `version` and tracking id `name`, as of the instant `at`.

    `namespace` is the address under which its publisher, `author`, is known. Each statement is a vulnerability of its
    own, so that what is said of one product is never read as said of another.
    """
    listed = in_order(statements)
    things = dict.fromkeys(part for one in listed for part in (one.product, one.component) if part)
    ids = {thing: f"P{number}" for number, thing in enumerate(things, start=1)}
    pairs = dict.fromkeys((one.product, one.component) for one in listed if one.component)
    tree: dict[str, Any] = {
        "full_product_names": [_product(thing, identity, version) for thing, identity in ids.items()]
    }
    if pairs:
        tree["relationships"] = [_relationship(product, str(part), ids) for product, part in pairs]
    head: dict[str, Any] = {
        "category": "csaf_vex",
        "csaf_version": version,
        "lang": "en",
        "notes": [{"category": "summary", "title": "Scope", "text": "Statements on vulnerabilities of components."}],
        "publisher": {"category": "vendor", "name": author, "namespace": namespace},
        "title": f"Exploitability of vulnerabilities: {name}",
        "tracking": {
            "current_release_date": at,
            "id": name,
            "initial_release_date": at,
            "revision_history": [{"date": at, "number": "1", "summary": "As of the ledger."}],
            "status": "final",
            "version": "1",
        },
    }
    whole: dict[str, Any] = {"$schema": _SCHEMAS[version]} if version in _SCHEMAS else {}
    if version == "2.1":
        head["distribution"] = {"tlp": {"label": "CLEAR"}}
    return whole | {
        "document": head,
        "product_tree": tree,
        "vulnerabilities": [_written(one, ids, at, version) for one in listed],
    }


def _product(thing: str, identity: str, version: str) -> dict[str, Any]:
    written: dict[str, Any] = {"name": thing, "product_id": identity}
    if thing.startswith("pkg:"):
        helper = {"purl": thing} if version == "2.0" else {"purls": [thing]}
        written["product_identification_helper"] = helper
    return written


def _relationship(product: str, part: str, ids: dict[str, str]) -> dict[str, Any]:
    return {
        "category": "default_component_of",
        "full_product_name": {"name": f"{part} in {product}", "product_id": f"{ids[product]}:{ids[part]}"},
        "product_reference": ids[part],
        "relates_to_product_reference": ids[product],
    }


def _written(said: Statement, ids: dict[str, str], at: str, version: str) -> dict[str, Any]:
    product = ids[said.product] if said.component is None else f"{ids[said.product]}:{ids[said.component]}"
    about, own = [product], said.words_of(NAME)
    status = own.status if own and _STATUS.get(own.status) == said.status else _STATUS_FOR[said.status]
    if status == "unknown" and version == "2.0":
        status = "under_investigation"
    written: dict[str, Any] = {}
    aliases = said.aliases
    if _CVE.match(said.vulnerability):
        written["cve"] = said.vulnerability
    else:
        aliases = (said.vulnerability, *aliases)
    if others := list(dict.fromkeys(aliases)):
        written["ids"] = [{"system_name": one.partition("-")[0] or one, "text": one} for one in others]
    written["release_date"] = stamp = said.at or at
    written["product_status"] = {status: about}
    if said.justification:
        flag = {"label": said.justification.replace("-", "_"), "product_ids": about}
        written["flags"] = [flag]
    impact = said.impact
    if impact is None and said.status == "not-affected" and not said.justification:
        impact = "No reason was given."
    if impact is not None:
        written["threats"] = [{"category": "impact", "details": impact, "product_ids": about}]
    action = said.action
    remedies = [_REMEDY_FOR[one] for one in said.responses if one in _REMEDY_FOR]
    if action is None and (said.status == "affected" or remedies):
        action = "No action was given."
    if action is not None:
        written["remediations"] = [
            {"category": one, "details": action, "product_ids": about} for one in remedies or ["mitigation"]
        ]
    understood = replace(
        without_scope(said),
        impact=impact,
        action=action,
        responses=tuple(dict.fromkeys(_REMEDY[one] for one in remedies)),
        words=(Words(NAME, status),) if status != _STATUS_FOR[said.status] else (),
        at=stamp,
        aliases=tuple(one for one in dict.fromkeys(aliases) if one != said.vulnerability),
    )
    lines = [{"category": "other", "title": MARK.strip(), "text": line}] if (line := kept(said, understood)) else []
    summary = {"category": "description", "title": "Vulnerability", "text": f"See {said.vulnerability}."}
    return {"notes": [summary, *lines]} | written
