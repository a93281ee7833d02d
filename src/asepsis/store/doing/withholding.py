"""What must not be seen yet, and what must not be kept: embargo and its end, erasure and what stands in its place."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
from django.db import connection

from asepsis.record import content
from asepsis.record.kind import kind_named, read_content, references
from asepsis.store import refusals, rights, words
from asepsis.store.changes import AskErasure, Disclose, Embargo, Outcome, Redact
from asepsis.store.going import AT_THE_END, BEHIND_THE_ENTRIES, Going, does
from asepsis.store.models import Redacted
from asepsis.store.registered import registered
from asepsis.store.rows import insert, select
from asepsis.store.working import State, shown

# --- embargo --------------------------------------------------------------------------------------------------------


@does(Embargo)
def embargo(going: Going, change: Embargo) -> Outcome:
    """Withhold a record, with all that refers to it: who refers to it is looked at when the commit ends."""
    state = going.state(change.record)
    going.ask("To withhold a record", rights.ACTS["withhold a record"], state.history.product)
    meta = state.kind.meta
    if meta.single or state.history.kind == "Release":
        reason = "there is one in this scope, and everybody needs it" if meta.single else "a release is no secret"
        raise refusals.NoEmbargoError(record=state, reason=reason)
    return _shut(going, state, "embargo", change.persons)


@does(Disclose)
def disclose(going: Going, change: Disclose) -> Outcome:
    """End an embargo, for everybody or for some more."""
    state = going.state(change.record)
    going.ask("To disclose a record", rights.ACTS["withhold a record"], state.history.product)
    if state.history.persons is None:
        raise refusals.WrongStateError(record=state, state="open", act="disclosing", fits="withheld")
    return _shut(going, state, "disclosure", change.persons)


def _shut(going: Going, state: State, form: str, persons: tuple[str, ...]) -> Outcome:
    made = going.enter(form, of=state.history.product, record=state.id, to=list(persons))
    state.apply(made.position, made.name, made.fields)
    going.shut.append(state)
    return Outcome(made.position, made.name, state.id, state.label)


def check_shut(going: Going) -> None:
    """Raise `OpenReferrerError` where, at the end of a commit, an open record refers to a withheld one."""
    for state in going.shut:
        if state.history.persons is None:
            hidden = [one for one in _targets(going, state) if one.history.persons is not None]
            if hidden:
                raise refusals.OpenReferrerError(records=[state], record=hidden[0])
        else:
            open_ones = [one for one in referring(going, state) if one.history.persons is None]
            if open_ones:
                raise refusals.OpenReferrerError(records=open_ones, record=state)


def _targets(going: Going, state: State) -> list[State]:
    names = {
        one.target
        for value in (state.head_value, state.effective_value)
        if value
        for one in references(state.kind, value)
    }
    return [found for name in sorted(names) if name != state.id and (found := going.working.get(name)) is not None]


def referring(going: Going, state: State) -> list[State]:
    """Return the records whose head or effective content refers to a record."""
    rows = select("SELECT DISTINCT source FROM store_link WHERE target = %s", [state.id])
    going.working.load(row[0] for row in rows)
    return [
        one
        for one in list(going.working.states.values())
        if one.id != state.id and any(target.id == state.id for target in _targets(going, one))
    ]


# --- erasure --------------------------------------------------------------------------------------------------------


@does(AskErasure)
def ask_erasure(going: Going, change: AskErasure) -> Outcome:
    """Ask for the erasure of a content or a file; what is left of a content is written with it."""
    product = None
    remainder = None
    if change.record is not None:
        state = going.state(change.record)
        product = state.history.product
        if change.digest not in {one.content for one in state.history.revisions}:
            raise refusals.AlreadyErasedError(what=f"That content of {state.label}")
        data = _content(change.digest)
        if data is None:
            raise refusals.AlreadyErasedError(what=f"That content of {state.label}")
        remainder = _remainder(going, state, data, change.fields)
        what = state.label
    else:
        if not select("SELECT 1 FROM store_storedfile WHERE digest = %s", [change.digest]):
            raise refusals.AlreadyErasedError(what=f"The file {change.digest[:12]}")
        what = f"The file {change.digest[:12]}"
    going.ask("To ask for an erasure", rights.ACTS["ask for an erasure"], product)
    if change.ground == "erasure-asked":
        _check_retention(going, product, what)
    named = {"content": change.digest} if change.record else {"file": change.digest}
    made = going.enter(
        "erasure-asked", of=product, about=change.record, ground=change.ground, remainder=remainder, **named
    )
    return Outcome(made.position, made.name, change.record, None)


def _content(digest: str) -> bytes | None:
    rows = select("SELECT data FROM store_content WHERE digest = %s", [digest])
    return bytes(rows[0][0]) if rows else None


def _remainder(going: Going, state: State, data: bytes, fields: tuple[str, ...]) -> str | None:
    """Return the digest of what stands in for a content: the same without some fields; or that it was retired.

    A content that goes whole, and retired nothing, has none.
    """
    value: dict[str, Any] = msgspec.json.decode(content.value_bytes(data))
    if not fields:
        if "retired" not in value:
            return None
        return going.seal({"retired": value["retired"], "withheld": sorted(value.keys() - {"retired"})})
    known = state.kind.model_fields.keys() - {"retired"}
    for field in fields:
        if field not in known:
            raise refusals.KeptFieldError(record=state, field=field)
    left = {name: one for name, one in value.items() if name not in fields}
    return going.seal({**left, "withheld": sorted(set(fields) & value.keys())})


def _check_retention(going: Going, product: str | None, what: str) -> None:
    """Raise `RetainedError` while a release that may rest on it is supplied, and for the years of the policy after."""
    rule = registered.retention
    if rule is None:
        return
    scope = "AND product = %s" if product else ""
    rows = select(
        f"SELECT c.data FROM store_record r JOIN store_content c ON c.digest = r.effective_content "  # noqa: S608 - our own words
        f"WHERE r.kind = %s {scope}",
        [rule.kind, product] if product else [rule.kind],
    )
    kind = kind_named(rule.kind)
    releases = [read_content(kind, content.value_bytes(bytes(row[0]))) for row in rows]
    years = int(going.policy(product).get(rule.policy, 10))
    until = rule.last_day(releases, years)
    if until is not None and date.fromisoformat(going.day) <= until:
        raise refusals.RetainedError(what=what, until=until, years=years)


@does(Redact)
def redact(going: Going, change: Redact) -> Outcome:
    """Erase what was asked for: the bytes go in this same transaction, from the tables and from what lists show."""
    rows = select("SELECT position, data FROM store_entry WHERE name = %s AND form = 'erasure-asked'", [change.asked])
    if not rows or Redacted.objects.filter(asked=change.asked).exists():
        raise refusals.NothingAskedError(asked=change.asked[:12])
    asked: dict[str, Any] = msgspec.json.decode(bytes(rows[0][1]))
    product = asked.get("of")
    going.ask("To erase", rights.ACTS["erase"], product)
    if asked["by"] == going.actor.id:
        raise refusals.OwnWorkError(
            record="What is to be erased", person=going.name(going.actor.id), roles="management"
        )
    digest = asked.get("content") or asked["file"]
    about = select("SELECT record FROM store_entry WHERE position = %s", [rows[0][0]])[0][0]
    fields = {name: asked[name] for name in ("content", "file", "ground", "remainder") if name in asked}
    made = going.enter("redaction", of=product, about=about, asked=change.asked, **fields)
    going.erasures.append((digest, made.position, change.asked, asked.get("remainder")))
    if about is not None:
        _forget(going, about, digest, asked.get("remainder"))
    return Outcome(made.position, made.name, about, None)


def _forget(going: Going, record: str, digest: str, remainder: str | None) -> None:
    """Let what lists and links show of a record be what is left of it."""
    state = going.working.get(record)
    if state is None:
        return
    left = _content(remainder) if remainder else None
    value = msgspec.json.decode(content.value_bytes(left)) if left is not None else None
    left_value = shown(value) if value is not None else None
    history = state.history
    if history.head.content == digest:
        state.head_value = left_value
    if history.effective is not None and history.effective.content == digest:
        state.effective_value = left_value
    state.touched = True


def erase(going: Going) -> None:
    """Delete what was redacted, behind the entries that say so."""
    if not going.erasures:
        return
    insert(Redacted, going.erasures)
    with connection.cursor() as cursor:
        for digest, *_ in going.erasures:
            cursor.execute("DELETE FROM store_content WHERE digest = %s", [digest])
            cursor.execute("DELETE FROM store_storedfile WHERE digest = %s", [digest])
        words.reindex()
        cursor.execute("DELETE FROM store_assessed")  # their sentences may quote what was erased; they are made again
        cursor.execute("UPDATE store_watchline SET data = NULL")
        cursor.execute("UPDATE store_watched SET position = -1, unknown = '[]'")


AT_THE_END.append(check_shut)
BEHIND_THE_ENTRIES.append(erase)
