"""An entry: what happened, in bytes that are written once and named by their leaf of the ledger.

`FORMS` is the whole list of what can happen. An entry holds ids, digests, numbers and words of fixed lists, never free
text: a reason, a name, a value is a content that its digest names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from asepsis.errors import InputError
from asepsis.record import canonical, tree
from asepsis.sentences import Sentence

VERSION: Final = 1
MOST_BYTES: Final = 65_536
"""The size of the largest entry; the lists in one are bounded so that none grows past it."""


class EntryError(InputError):
    """Bytes or values are no entry; each way to miss has a child of its own."""


class UnknownFormError(EntryError):
    """Nothing of this form can happen."""

    code = "entry-form"
    sentence = Sentence(
        "An entry of the form {form} is not known; known are {known}.",
        next="Read it with the version of the program that wrote it.",
    )


class MissingFieldError(EntryError):
    """An entry lacks a field that its form asks for."""

    code = "entry-field-missing"
    sentence = Sentence("The {form} entry lacks {field}: {expected}.", next="Give it.")


class ForeignFieldError(EntryError):
    """An entry has a field that its form does not have, or not in this case."""

    code = "entry-field-foreign"
    sentence = Sentence("The {form} entry has a field {field}, and must not: {reason}.", next="Leave it out.")


class UnfitFieldError(EntryError):
    """A field of an entry is not of its pattern, or does not fit the others."""

    code = "entry-field-unfit"
    sentence = Sentence(
        "The {form} entry has {found} as {field}; expected is {expected}.", next="Give what is expected."
    )


class NotCanonicalError(EntryError):
    """An entry says what it may say in other bytes than the canonical ones, so that its name is none."""

    code = "entry-not-canonical"
    sentence = Sentence(
        "The {form} entry is not written in canonical JSON, though what it says can be read.",
        next="Take it again from where it was kept whole.",
    )


class UnfitInstantError(InputError):
    """An instant is not of the one pattern, or has no time zone."""

    code = "instant-unfit"
    sentence = Sentence(
        "{found} is no instant as it is written here.", next="Give it like 2026-11-25T01:02:03.000004Z."
    )


_INSTANT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{6}Z", re.ASCII
)


def instant(value: datetime) -> str:
    """Return an instant as it is written in an entry: `2026-11-25T01:02:03.000004Z`, in UTC, always six digits.

    Raises `UnfitInstantError` where `value` has no time zone.
    """
    if value.tzinfo is not UTC:
        if value.utcoffset() is None:
            raise UnfitInstantError(found=value.isoformat())
        value = value.astimezone(UTC)
    return value.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def at(text: str) -> datetime:
    """Return the instant that `text` says, in UTC. Raises `UnfitInstantError`."""
    try:
        if _INSTANT.fullmatch(text):
            return datetime.fromisoformat(text)
    except ValueError as error:  # The pattern lets 30 February through.
        raise UnfitInstantError(found=text) from error
    raise UnfitInstantError(found=text)


@dataclass(frozen=True, slots=True)
class Shape:
    """What the value of a field looks like: in one word, in words for its reader, and as a test."""

    name: str
    words: str
    fits: Callable[[Any], bool]
    optional: bool = False

    @property
    def maybe(self) -> Shape:
        """Return the same shape for a field that may be absent."""
        return Shape(self.name, self.words, self.fits, optional=True)


@dataclass(frozen=True, slots=True)
class Rule:
    """What the fields of an entry owe each other; `field` is the one that is blamed."""

    field: str
    words: str
    holds: Callable[[Mapping[str, Any]], bool]


@dataclass(frozen=True, slots=True)
class Form:
    """One thing that can happen: its name, the fields that tell it, and whether it is always the organisation's."""

    name: str
    fields: Mapping[str, Shape]
    rules: tuple[Rule, ...] = ()
    organisation: bool = False


def _text(name: str, pattern: str, words: str) -> Shape:
    fullmatch = re.compile(pattern, re.ASCII).fullmatch
    return Shape(name, words, lambda value: isinstance(value, str) and fullmatch(value) is not None)


def _whole(name: str, least: int) -> Shape:
    most = canonical.LARGEST
    return Shape(name, f"a whole number from {least}", lambda value: type(value) is int and least <= value <= most)


def _choice(*words: str) -> Shape:
    return Shape("choice", f"one of {', '.join(words)}", lambda value: isinstance(value, str) and value in words)


def _listed(name: str, of: Shape, most: int, least: int = 0) -> Shape:
    def fits(value: Any) -> bool:
        return (
            isinstance(value, list | tuple)
            and least <= len(value) <= most
            and all(map(of.fits, value))
            and len(set(value)) == len(value)
        )

    return Shape(name, f"a list of {least} to {most}, each once: {of.words}", fits)


def _is_instant(value: Any) -> bool:
    try:
        return isinstance(value, str) and at(value) is not None
    except UnfitInstantError:
        return False


ID: Final = _text("id", "[0-9a-f]{32}", "an id: 32 lower-case hexadecimal digits")
DIGEST: Final = _text("digest", "[0-9a-f]{64}", "a digest: 64 lower-case hexadecimal digits")
NAME: Final = _text("name", "[0-9a-f]{64}", "the name of an entry: 64 lower-case hexadecimal digits")
KEY: Final = _text("key", "[0-9a-f]{64}", "an Ed25519 public key: 64 lower-case hexadecimal digits")
INDEX: Final = _whole("index", 0)
COUNT: Final = _whole("count", 1)
TRUTH: Final = Shape("truth", "true or false", lambda value: type(value) is bool)
CODE: Final = _text("code", "(?!ORG$)[A-Z]{2,8}", "2 to 8 capital letters, not ORG")
LABEL: Final = _text("label", "[A-Z]{2,8}-[A-Z]{3}-(?:[1-9][0-9]{0,15}|[a-z0-9]{5})", "a label such as GW-THR-12")
KIND: Final = _text("kind", "[A-Z][A-Za-z0-9]{0,63}", "the name of a kind, such as Threat")
FACTS: Final = _text("facts", "[a-z][a-z0-9_]{0,63}", "the name of a kind of facts, such as test_results")
SUBJECT: Final = _text("subject", "[A-Za-z0-9._:+@/-]{1,200}", "1 to 200 letters, digits and . _ : + @ / -")
INSTANT: Final = Shape("instant", "an instant such as 2026-11-25T01:02:03.000004Z", _is_instant)
ZONE: Final = _text(
    "zone", "(?=.{1,64}$)[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+){0,2}", "a time zone such as Europe/Zurich"
)
ROLE: Final = _text("role", "(?=.{1,40}$)[a-z]+(?:-[a-z]+)*", "a role such as release-manager")
MEANING: Final = _choice("authored", "reviewed", "tested", "approved", "released")
ROLES: Final = _listed("roles", ROLE, most=20, least=1)
PERSONS: Final = _listed("ids", ID, most=1000)


def _is_slot(value: Any) -> bool:
    if not isinstance(value, dict) or not (MEANING.fits(value.get("meaning")) and TRUTH.fits(value.get("apart"))):
        return False
    keys = value.keys() - {"meaning", "apart"}
    return (keys == {"roles"} and ROLES.fits(value["roles"])) or (keys == {"person"} and ID.fits(value["person"]))


SLOTS: Final = Shape(
    "slots",
    "a list of 0 to 32 slots: each a meaning, a list of roles or one person, and whether it is apart from the authors",
    lambda value: isinstance(value, list | tuple) and len(value) <= 32 and all(map(_is_slot, value)),
)

GROUND: Final = _choice("erasure-asked", "court-order", "wrong-file")

_OF_A_REVISION: Final = (
    Rule("label", "a label at number 1, and at no other", lambda one: ("label" in one) == (one["number"] == 1)),
    Rule("before", "the revision before, from number 2 on", lambda one: ("before" in one) == (one["number"] > 1)),
    Rule("material", "a number from 1 to its own", lambda one: bool(one["material"] <= one["number"])),
    Rule("progress", "false at number 1", lambda one: not (one["progress"] and one["number"] == 1)),
)
_OF_AN_ERASURE: Final = (
    Rule("content", "either a content or a file", lambda one: ("content" in one) != ("file" in one)),
    Rule("remainder", "one for a content, none for a file", lambda one: "remainder" not in one or "content" in one),
)
_ERASURE: Final = {"content": DIGEST.maybe, "file": DIGEST.maybe, "ground": GROUND, "asked": NAME.maybe}

FORMS: Final[Mapping[str, Form]] = {
    form.name: form
    for form in (
        Form(
            "founding",
            {
                "origin": _choice("real", "demonstration"),
                "clock_offset_s": INDEX.maybe,
                "key": KEY,
                "time_zone": ZONE,
            },
            organisation=True,
        ),
        Form("product", {"product": ID, "code": CODE, "name": DIGEST}),
        Form("admission", {"person": ID, "card": DIGEST}, organisation=True),
        Form("renaming", {"person": ID, "card": DIGEST}, organisation=True),
        Form(
            "revision",
            {
                "record": ID,
                "kind": KIND,
                "version": COUNT,
                "number": COUNT,
                "label": LABEL.maybe,
                "before": NAME.maybe,
                "content": DIGEST,
                "material": COUNT,
                "progress": TRUTH,
            },
            _OF_A_REVISION,
        ),
        Form("submission", {"revision": NAME, "slots": SLOTS}),
        Form(
            "approval",
            {
                "revision": NAME,
                "slot": INDEX,
                "meaning": MEANING,
                "card": DIGEST,
                "how": _choice("passphrase", "directory", "passkey", "sso", "copy", "demonstration"),
                "seen": INDEX,
                "set": COUNT,
                "opened": TRUTH,
                "stands_in": _choice("deputy", "quality").maybe,
            },
        ),
        Form("rejection", {"revision": NAME, "reason": DIGEST}),
        Form("withdrawal", {"revision": NAME, "reason": DIGEST}),
        Form("looked", {"record": ID, "target": ID, "seen": INDEX, "set": COUNT}),
        Form(
            "facts",
            {"kind": FACTS, "subject": SUBJECT, "source": DIGEST, "document": DIGEST, "as_of": INSTANT.maybe},
        ),
        Form("baseline", {"release": ID.maybe, "dossier": DIGEST}),
        Form("comment", {"record": ID, "content": DIGEST}),
        Form("embargo", {"record": ID, "to": PERSONS}),
        Form("disclosure", {"record": ID, "to": PERSONS}),
        Form(
            "erasure-asked",
            {**_ERASURE, "remainder": DIGEST.maybe},
            (*_OF_AN_ERASURE, Rule("asked", "none, since it asks", lambda one: "asked" not in one)),
        ),
        Form(
            "redaction",
            {**_ERASURE, "remainder": DIGEST.maybe},
            (*_OF_AN_ERASURE, Rule("asked", "the entry that asked for it", lambda one: "asked" in one)),
        ),
        Form("key", {"key": KEY, "why": _choice("yearly", "restored", "lost")}, organisation=True),
    )
}
"""Everything that can happen. What a field named content, card, reason, dossier or document names lies beside it."""


def write(form: str, *, at: datetime, by: str, of: str | None = None, **fields: Any) -> bytes:
    """Return the bytes of an entry: what happened, when, by whom, of which product (`None`: of the organisation).

    A field that is `None` is left out. Raises an `EntryError` that names the field which does not fit the form.
    """
    entry = {name: value for name, value in fields.items() if value is not None}
    entry |= {"v": VERSION, "form": form, "at": instant(at), "by": by}
    if of is not None:
        entry["of"] = of
    _check(entry)
    return canonical.dumps_trusted(entry)


def read(data: bytes) -> dict[str, Any]:
    """Return the fields of an entry, `v`, `form`, `at`, `by` and `of` among them, each as the JSON value it is.

    Trusts nothing: raises an `EntryError` that names the field which does not fit, also where the bytes differ from the
    canonical ones, and a `JsonError` where they are no JSON that a ledger holds.
    """
    entry = canonical.loads(data, where="The entry", most=MOST_BYTES)
    if not isinstance(entry, dict):
        raise UnfitFieldError(form="unnamed", field="the whole", found=_shown(entry), expected="an object")
    _check(entry)
    if canonical.dumps_trusted(entry) != data:
        raise NotCanonicalError(form=entry["form"])
    return entry


def name(data: bytes) -> str:
    """Return the name of an entry: its leaf hash in the ledger, as 64 lower-case hexadecimal digits."""
    return tree.leaf(data).hex()


_ENVELOPE: Final[Mapping[str, Shape]] = {
    "v": Shape("version", "the number 1", lambda value: type(value) is int and value == VERSION),
    "form": Shape("form", "the name of a form", lambda value: value in FORMS),
    "at": INSTANT,
    "by": ID,
    "of": ID.maybe,
}


def shapes(form: Form) -> dict[str, Shape]:
    """Return the shape of each field that an entry of a form has or may have, the envelope's first."""
    allowed = {**_ENVELOPE, **form.fields}
    if form.organisation:
        del allowed["of"]
    return allowed


def _check(entry: Mapping[str, Any]) -> None:
    form = _form(entry)
    for part in (_ENVELOPE, form.fields):
        for field, shape in part.items():
            value = entry.get(field)
            if value is None:
                if not shape.optional:
                    raise MissingFieldError(form=form.name, field=field, expected=shape.words)
            elif not shape.fits(value):
                raise UnfitFieldError(form=form.name, field=field, found=_shown(value), expected=shape.words)
    for field in entry.keys() - _ENVELOPE.keys() - form.fields.keys():
        raise ForeignFieldError(form=form.name, field=field, reason="this form has none of that name")
    if form.organisation and "of" in entry:
        raise ForeignFieldError(form=form.name, field="of", reason="it is always the organisation's")
    for rule in form.rules:
        if not rule.holds(entry):
            raise _broken(rule, form, entry)


def _form(entry: Mapping[str, Any]) -> Form:
    word = entry.get("form")
    if word is None:
        raise MissingFieldError(form="unnamed", field="form", expected="the name of a form")
    if not isinstance(word, str) or word not in FORMS:
        raise UnknownFormError(form=_shown(word), known=list(FORMS))
    return FORMS[word]


def _broken(rule: Rule, form: Form, entry: Mapping[str, Any]) -> EntryError:
    if rule.field not in entry:
        return MissingFieldError(form=form.name, field=rule.field, expected=rule.words)
    return UnfitFieldError(form=form.name, field=rule.field, found=_shown(entry[rule.field]), expected=rule.words)


def _shown(value: Any) -> str:
    return canonical.quoted(value) if isinstance(value, str) else canonical.short(repr(value))
