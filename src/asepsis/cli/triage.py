"""The inbox of known vulnerabilities, at a terminal: one match at a time, decided by keys, submitted and signed in one go."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from asepsis.cli import passphrases
from asepsis.cli.opening import As, clock, hand, open_store
from asepsis.cli.output import Answer, Part, Table, command

if TYPE_CHECKING:
    from asepsis.problems.inbox import Waiting
    from asepsis.problems.triage import Decision, Entry, Inbox
    from asepsis.store.acts import Hand
    from asepsis.store.models import Record

WIDE = 78


def add_to(app: typer.Typer) -> None:
    """Add the command to the tree."""
    command(app, "triage")(triage)


def triage(
    product: Annotated[str, typer.Argument(metavar="PRODUCT", help="The product, by its code.")],
    person: As,
    release: Annotated[
        str | None, typer.Option("--release", metavar="LABEL", help="Of this release only; else of all still repaired.")
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="List what waits, and decide nothing.")] = False,
    sign: Annotated[
        bool, typer.Option("--sign/--no-sign", help="Sign what was decided, or leave it submitted.")
    ] = True,
    passphrase_file: passphrases.PassphraseFile = None,
) -> Answer:
    """Go through the matches of PRODUCT that nobody has decided, key by key, and submit and sign the decisions as one set.

    Each is shown with its reasons and what was decided on similar ones; ? tells the keys. Several can be marked and decided
    at once, and each step can be undone. What is skipped or left stays in the inbox. Exits with 0 when nothing waits any more,
    1 where something does, 3 where a bill was laid against no feed, so that it is not known, or where there is no terminal.
    """
    open_store()
    from asepsis.cli import reading
    from asepsis.problems.inbox import inbox
    from asepsis.store import queries

    of = queries.product(product).id
    sees, today = reading.Sight(person).sees, clock().astimezone(reading.zone()).date()
    only = reading.record(release, person).id if release else None
    waiting = inbox(of, sees=sees, today=today, release=only)
    if listed or not waiting.entries:
        return _listed(waiting)
    state = _led(waiting)
    made = _settled(hand(person), of, state, sign=sign, file=passphrase_file)
    left = inbox(of, sees=sees, today=today, release=only)
    told = f"{len(made):,} decisions were submitted; {len(left.entries):,} matches stay in the inbox."
    rows = [(row.label, row.title, str(row.head_state)) for row in made]
    value = {"decided": [row.label for row in made], "left": len(left.entries), "unscanned": list(left.unscanned)}
    parts: tuple[Part, ...] = (told, Table.of("record|about|state", rows, "Nothing was decided."), *_unscanned(left))
    return Answer(value, parts, _code(left))


def _code(waiting: Waiting) -> int:
    return 1 if waiting.entries else 3 if waiting.unscanned else 0


def _unscanned(waiting: Waiting) -> tuple[str, ...]:
    if not waiting.unscanned:
        return ()
    return (f"Laid against no feed, so nothing is known of it: {', '.join(waiting.unscanned)}.",)


def _listed(waiting: Waiting) -> Answer:
    rows = [
        (
            one.names[0],
            one.component,
            ", ".join(one.labels),
            one.result,
            one.number,
            _exploited(one),
            "; ".join(one.opened),
        )
        for one in waiting.entries
    ]
    heads = "advisory|component|releases|result|severity|exploited|opened again"
    keys = ("names", "component", "labels", "result", "vector", "number", "kev", "epss", "opened")
    value = {
        "waiting": [{key: getattr(one, key) for key in keys} for one in waiting.entries],
        "unscanned": list(waiting.unscanned),
    }
    return Answer(value, (Table.of(heads, rows, "Nothing waits."), *_unscanned(waiting)), _code(waiting))


def _led(waiting: Waiting) -> Inbox:
    """Return where the person ended who was led through what waits. Raises `NoTerminalError`."""
    from asepsis.cli import keyboard
    from asepsis.problems.triage import Inbox

    state = Inbox(waiting.entries, waiting.controls)
    with keyboard.keys() as pressed:
        while not state.is_over:
            keyboard.draw(screen(state))
            state = state.press(next(pressed, "end"))
    return state


def _settled(by: Hand, product: str, state: Inbox, *, sign: bool, file: Path | None) -> list[Record]:
    """Submit what was decided, and sign what is the person's to sign; the passphrase is asked for before anything is written."""
    from asepsis.cli import reading
    from asepsis.problems.inbox import settle
    from asepsis.problems.triage import Mode
    from asepsis.store import acts, queries, rights
    from asepsis.store.waiting import own_slots

    if state.mode is not Mode.SUBMIT:
        return []
    proved = passphrases.prove(by.actor.id, file) if sign else None
    decided = sorted(state.decided)
    records = settle(by, product, [(state.entries[one], state.decided[one]) for one in decided])
    opened = {record: one in state.looked for record, one in zip(records, decided, strict=True)}
    if proved is not None:
        held = rights.held_by(by.actor.id, reading.today())
        signatures = [
            acts.Signature(row.id, row.head_name, slot.meaning, opened[row.id])
            for row in queries.rows(list(records))
            for slot in own_slots(queries.history(row.id), by.actor.id, held)
        ]
        if signatures:
            acts.sign(by, signatures, replace(proved, seen=queries.ledger().size))
    return queries.rows(list(records))


# --- what is shown ------------------------------------------------------------------------------------------------------


def screen(state: Inbox) -> Iterator[str]:
    """Yield the lines of the screen for a state."""
    from asepsis.problems.triage import Mode

    done, marked = len(state.decided), len(state.marked)
    counts = f"{done:,} decided, {len(state.skipped):,} skipped, {len(state.open):,} open"
    yield f"{counts}{f', {marked:,} marked' if marked else ''}"
    yield "─" * WIDE
    if state.mode is Mode.HELP:
        yield from HELP
        return
    if state.mode is Mode.REVIEW:
        yield from _review(state)
    elif state.entry is not None:
        yield from _match(state, state.entry)
    yield "─" * WIDE
    yield from _asked(state)
    if state.told:
        yield state.told


def _match(state: Inbox, entry: Entry) -> Iterator[str]:
    mark = "*" if state.at in state.marked else " "
    yield f"{mark}{state.at + 1:,} of {len(state.entries):,}   {entry.names[0]}   {', '.join(entry.names[1:])}"
    for reason in entry.opened:
        yield from _wrapped("opened", reason)
    yield from _wrapped("component", entry.component)
    yield from _wrapped("used by", " / ".join(entry.way) if entry.way else _PLACES.get(entry.place, entry.place))
    yield from _wrapped("releases", ", ".join(entry.labels))
    since = f", first seen {entry.first_seen}" if entry.first_seen else ""
    yield from _wrapped("result", f"{entry.result}{since}{f', by {entry.source}' if entry.source else ''}")
    yield from _wrapped("fixed in", ", ".join(entry.fixed) or "no version that is told")
    yield from _wrapped("CVSS", f"{entry.number or 'no number'}  {entry.vector or 'no vector is told'}")
    yield from _wrapped("exploited", _exploited(entry) or "not in KEV")
    yield from _wrapped("EPSS", entry.epss or "not told")
    yield from _wrapped("SSVC", entry.ssvc or "not told")
    if (said := state.decided.get(state.at)) is not None:
        yield from _wrapped("decided", _told(said, state))
        yield from _wrapped("reachable", str(said.reachability))
        yield from _wrapped("in words", said.impact or "nothing yet: t")
    elif state.at in state.skipped:
        yield from _wrapped("decided", "skipped; it stays in the inbox")
    for key, proposal in zip("789", state.proposals, strict=False):
        yield from _wrapped(f"propose {key}", f"{_told(proposal.decision, state)} ({proposal.where})")


_PLACES = {"root": "the product itself", "direct": "the product directly", "unplaced": "the bill does not tell"}


def _exploited(entry: Entry) -> str:
    return f"in KEV since {entry.kev}" if entry.kev else ""


def _told(said: Decision, state: Inbox) -> str:
    controls = dict(state.controls)
    more = [
        str(said.justification or ""),
        str(said.response or ""),
        *(controls.get(one, one) for one in said.mitigated_by),
    ]
    words = f'"{said.impact}"' if said.impact else ""
    return ", ".join(filter(None, (str(said.status), *more, words)))


def _wrapped(head: str, text: str) -> Iterator[str]:
    lines = textwrap.wrap(text, WIDE - 12) or [""]
    for at, line in enumerate(lines):
        yield f"{head if at == 0 else '':<11} {line}"


def _review(state: Inbox) -> Iterator[str]:
    counted = Counter(str(one.status) for one in state.decided.values())
    yield "What goes out as one set:" if counted else "Nothing is decided yet."
    for status, count in sorted(counted.items()):
        yield f"  {count:>5,}  {status}"
    wordless = sum(one.status == "not-affected" and not one.impact for one in state.decided.values())
    if wordless:
        yield f"  {wordless:>5,}  of these without words for a hospital: a check asks for them"
    yield f"  {len(state.staying):>5,}  stay in the inbox"


def _asked(state: Inbox) -> Iterator[str]:
    from asepsis.problems import triage as model

    number = len(state.concerned)
    of = f" for all {number:,} marked" if state.marked else ""
    match state.mode:
        case model.Mode.WHY:
            yield f"Not affected{of}, because"
            yield from (f"  {key}  {str(why).replace('-', ' ')}" for key, why in model.WHY.items())
        case model.Mode.RESPONSE:
            yield f"Affected{of}; you answer with"
            yield from (f"  {key}  {str(one).replace('-', ' ')}" for key, one in model.RESPONSES.items())
        case model.Mode.CONTROL:
            yield "Which control stands in its way?"
            yield from (f"  {key}  {name}" for key, (_, name) in zip(model.CONTROL_KEYS, state.controls, strict=False))
        case model.Mode.TEXT:
            yield f"In words: {state.text}_   (Enter keeps them, Escape leaves them)"
        case model.Mode.REVIEW:
            yield "Enter submits and signs   u undoes   x leaves without   any other key goes back"
        case _:
            yield "n not affected  a affected  f fixed  i investigate  s skip  p as proposed"
            yield "space mark  * mark alike  t words  r reachable  u undo  w finish  ? help"


HELP = (
    "n 1..5      not affected, with one of the five reasons; 5 asks for the control",
    "a 1..5      affected, with what you do about it",
    "f, i        fixed in these releases; still under investigation",
    "p, 7 8 9    the same as an earlier decision, words and all",
    "s           skip: it stays in the inbox",
    "space, *    mark this one; mark all open ones of the same component",
    "            the next decision is for all that are marked",
    "t, r        after deciding: say why in words; turn whether the code is reached",
    "arrows      the next and the one before",
    "u           undo the last step, as often as you like",
    "w, q        finish: look at what goes out, and submit it as one set",
    "Any key goes back.",
)
