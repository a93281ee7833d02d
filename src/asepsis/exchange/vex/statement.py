"""One statement on a vulnerability in one thing, as all formats of VEX are read into it and written from it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from asepsis.exchange.json_values import mapping_of, text_of, texts_of
from asepsis.exchange.source import Receipt, UnreadableError
from asepsis.sentences import Sentence

Status = Literal["affected", "not-affected", "fixed", "under-investigation"]
Justification = Literal[
    "component-not-present",
    "vulnerable-code-not-present",
    "vulnerable-code-not-in-execute-path",
    "vulnerable-code-cannot-be-controlled-by-adversary",
    "inline-mitigations-already-exist",
]
Response = Literal["update", "rollback", "workaround", "will-not-fix", "cannot-fix"]
STATUSES: tuple[Status, ...] = get_args(Status)
JUSTIFICATIONS: tuple[Justification, ...] = get_args(Justification)
RESPONSES: tuple[Response, ...] = get_args(Response)


class UnreadableVexError(UnreadableError):
    """A file is no document of statements in a format that is read."""

    code = "vex-unreadable"
    sentence = Sentence(
        "{source} cannot be read as statements on vulnerabilities: {reason}.",
        next="Export it again as OpenVEX, CSAF or CycloneDX JSON.",
    )


@dataclass(frozen=True, slots=True, order=True)
class Words:
    """How one format said a status and a justification, where it says more than the statement can hold."""

    format: str
    status: str
    justification: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """What is said of one vulnerability in one product, or in one component of it.

    `product` and `component` are package URLs where the document gives them, else its own names. `words` are those of the
    formats that it came through; a format that finds its own there writes them back. `at` is an instant in UTC.

    `versions` and `configuration` narrow the product, `until` is the last day on which it counts, and `author` who says it,
    where that is another than who publishes the document. No format has a place for these: they are written beside it.
    """

    vulnerability: str
    product: str
    status: Status
    component: str | None = None
    aliases: tuple[str, ...] = ()
    justification: Justification | None = None
    impact: str | None = None
    action: str | None = None
    responses: tuple[Response, ...] = ()
    at: str | None = None
    words: tuple[Words, ...] = ()
    versions: tuple[str, ...] = ()
    configuration: str | None = None
    author: str | None = None
    until: str | None = None

    @property
    def thing(self) -> str:
        """Return the name of what it is about: the component or, where it names none, the product."""
        return self.component or self.product

    def words_of(self, format_: str) -> Words | None:
        """Return how a format said it, where it came through that format and said more there."""
        return next((one for one in self.words if one.format == format_), None)


@dataclass(frozen=True, slots=True)
class Statements:
    """What a document says, and the receipt of its reading; `author` is who publishes it."""

    statements: tuple[Statement, ...]
    receipt: Receipt
    author: str | None = None


MARK = "asepsis:vex "  # begins a text that keeps what a format has no place for
_TEXTS = ("impact", "action", "at", "component", "configuration", "author")
_KEPT = ("justification", "responses", "words", "aliases", "versions", "until", *_TEXTS)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")


def kept(said: Statement, understood: Statement) -> str | None:
    """Return, as one line, what a reader that is told `understood` would miss of `said`; `None` where that is nothing."""
    missed = {name: getattr(said, name) for name in _KEPT if getattr(said, name) != getattr(understood, name)}
    if said.status != understood.status:
        missed["status"] = said.status
    if not missed:
        return None
    if "words" in missed:
        missed["words"] = [[one.format, one.status, one.justification] for one in said.words]
    beside = [understood.status, understood.justification]
    return MARK + json.dumps({"beside": beside, **missed}, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def without_scope(said: Statement) -> Statement:
    """Return what any reader is told of a statement, who does not know the line beside it."""
    return replace(said, versions=(), configuration=None, author=None, until=None)


def restored(understood: Statement, line: str | None) -> Statement:
    """Return a statement with what `kept` wrote beside it.

    Where status or justification were changed since by somebody else, what stands in the document holds, and the line
    is passed over; so is one that does not read as such.
    """
    if line is None or not line.startswith(MARK):
        return understood
    try:
        value = mapping_of(json.loads(line.removeprefix(MARK)))
    except (ValueError, RecursionError):
        return understood
    if value.get("beside") != [understood.status, understood.justification]:
        return understood
    changes: dict[str, Any] = {name: _text(value[name]) for name in _TEXTS if name in value}
    if value.get("status") in STATUSES:
        changes["status"] = value["status"]
    if "justification" in value and (value["justification"] is None or value["justification"] in JUSTIFICATIONS):
        changes["justification"] = value["justification"]
    if "responses" in value:
        changes["responses"] = tuple(one for one in texts_of(value["responses"]) if one in RESPONSES)
    if "aliases" in value:
        changes["aliases"] = tuple(texts_of(value["aliases"]))
    if "versions" in value:
        changes["versions"] = tuple(texts_of(value["versions"]))
    if isinstance(value.get("until"), str) and _DAY.match(value["until"]):
        changes["until"] = value["until"]
    if isinstance(value.get("words"), list):
        changes["words"] = tuple(
            Words(*one)
            for one in value["words"]
            if isinstance(one, list) and len(one) == 3 and all(isinstance(part, str) for part in one)
        )
    return replace(understood, **changes)


def _text(value: Any) -> str | None:
    return text_of(value)


def with_words(statement: Statement, words: Words) -> Statement:
    """Return a statement that keeps how a format said it, sorted by format, in place of what it kept of that one."""
    others = (one for one in statement.words if one.format != words.format)
    return replace(statement, words=tuple(sorted((*others, words))))


def in_order(statements: Any) -> list[Statement]:
    """Return statements, each once, in the order in which documents list them."""
    return sorted(
        dict.fromkeys(statements),
        key=lambda one: (one.vulnerability, one.product, one.component or "", one.status, repr(one)),
    )
