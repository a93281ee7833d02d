"""The ledger: held against itself, its checkpoint taken away, its projections made again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from asepsis.cli.opening import As, hand, open_store
from asepsis.cli.output import Answer, Part, Table, command, progress
from asepsis.errors import InputError
from asepsis.sentences import Sentence

app = typer.Typer(no_args_is_help=True, help="Verify the ledger, take its checkpoint away, make its tables again.")


class UnknownWhyError(InputError):
    """A key is changed for one of three reasons."""

    code = "key-why"
    exit_code = 2
    sentence = Sentence(
        "{why} is no reason to change the key; there are {known}.", next="Name one of these with --why."
    )


@command(app, "verify")
def verify(
    deep: Annotated[
        bool,
        typer.Option("--deep", help="Also read every content as its kind and make all tables again to compare them."),
    ] = False,
    person: Annotated[
        str | None,
        typer.Option(
            "--as", envvar="ASEPSIS_PERSON", metavar="PERSON", help="Put what was found on record, as this person."
        ),
    ] = None,
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option("--checkpoint", metavar="FILE", help="One that was kept elsewhere: did this ledger come of it?"),
    ] = None,
) -> Answer:
    """Recompute every leaf, the tree, the checkpoints' signatures, contents, chains, approvals and tables.

    Names the first entry that does not fit. With --as the result is taken in as a fact (quality or management do that).
    Exits with 0 where all agrees, 1 where something does not, 3 where something could not be checked; a --checkpoint that is
    forked or cut does not agree.
    """
    open_store()
    from asepsis.store import verify as verification

    with progress("Verifying the ledger", 1) as come:
        found = verification.verify(lambda done, total: come(done * 100 // max(total, 1)), deep=deep)
    entry = None
    if person is not None:
        entry = verification.take_in_verification(hand(person), found).outcomes[0].position
    first = found.first
    value = {
        "entries": found.size,
        "agrees": found.agrees,
        "parts": [
            {"part": one.name, "result": one.result, "why": one.said.text() if one.said else None}
            for one in found.parts
        ],
        "first": None
        if first is None
        else {"part": first.part, "entry": first.position, "name": first.name, "what": first.said.text()},
        "on_record": entry,
    }
    rows = ((one.name, one.result, one.said.text() if one.said else None) for one in found.parts)
    parts: list[Part] = [Table.of("part|result|what", rows, "")]
    if found.agrees:
        parts.append(f"All {found.size:,} entries agree.")
    elif first is not None:
        where = f"Entry {first.position}" if first.position is not None else "The ledger"
        parts.append(f"{where} does not fit ({first.part}): {first.said.text()}")
    else:
        parts.append("Nothing disagrees; what is named could not be checked.")
    if entry is not None:
        parts.append(f"Entry {entry} says so." if entry >= 0 else "The same is on record already.")
    held = [_held(one) for one in checkpoint or ()]
    value["checkpoints"] = [one for one, _ in held]
    parts += [line for _, line in held]
    forged = any(one["verdict"] not in ("same", "extended") for one, _ in held)
    return Answer(value, tuple(parts), 1 if found.disagrees or forged else 0 if found.agrees else 3)


def _held(file: Path) -> tuple[dict[str, Any], str]:
    """Return what the ledger is to a checkpoint that somebody kept, as a value and as a line."""
    from asepsis.exchange.source import MIB, Source
    from asepsis.store import checkpoints

    found = checkpoints.held_against(Source.file(file, most=MIB).data)
    value = {"file": str(file), "verdict": str(found.verdict), "kept": found.kept.size, "what": found.said.text()}
    return value, " ".join(filter(None, (f"{file}:", found.said.text(), found.said.next())))


@command(app, "checkpoint")
def checkpoint(
    target: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help="A file or folder to write it to, and to be taken elsewhere."),
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option("--against", metavar="FILE", help="Hold the ledger against a checkpoint that was kept."),
    ] = None,
) -> Answer:
    """Give out the newest signed checkpoint, or hold the ledger against one that somebody kept elsewhere.

    Only a checkpoint that left this machine proves that history was not rewritten: mail it, print it, give it to others.
    Without FILE it is printed. Exits with 0 when it is given out, or where the ledger goes on from the one that was kept; 1
    where it does not: history was rewritten, or its end was cut off.
    """
    open_store()
    from asepsis.exchange.source import MIB, Source
    from asepsis.store import checkpoints

    if against is not None:
        held = checkpoints.held_against(Source.file(against, most=MIB).data)
        value = {"verdict": str(held.verdict), "kept": held.kept.size, "entries": held.size, "what": held.said.text()}
        fits = held.verdict in (checkpoints.Verdict.SAME, checkpoints.Verdict.EXTENDED)
        return Answer(value, tuple(filter(None, (held.said.text(), held.said.next()))), 0 if fits else 1)
    found = checkpoints.newest()
    value = {"entries": found.size, "at": found.at, "note": found.note}
    if target is None:
        return Answer(value, (found.note.removesuffix("\n"),))
    file = checkpoints.give_out(target)
    told = f"The checkpoint of {found.size:,} entries is in {file}. Take it to where others keep it."
    return Answer(value | {"file": str(file)}, (told,))


@command(app, "key")
def key(
    person: As,
    why: Annotated[str, typer.Option("--why", metavar="WHY", help="yearly, restored or lost.")] = "yearly",
) -> Answer:
    """Give the ledger another key, which signs from one new entry on; the old one is kept as ledger.key.<date>.

    Once a year, after a restore, or where the old key was lost or seen by others. Who does it holds management. Take a copy
    of the new key elsewhere, and give out a checkpoint. Exits with 0 when it is changed, 1 where that is refused.
    """
    open_store()
    from asepsis.store import key_change, queries

    if why not in key_change.WHY:
        raise UnknownWhyError(why=why, known=key_change.WHY)
    position = key_change.change_key(queries.home(), hand(person), why).outcomes[0].position
    value = {"position": position, "key": queries.ledger().key, "why": why}
    told = f"Entry {position} names the new key, which signs from there on. Keep a copy of ledger.key elsewhere."
    return Answer(value, (told, "Next: asepsis ledger checkpoint FILE, and take that file to where others keep it."))


@command(app, "rebuild")
def rebuild() -> Answer:
    """Make all tables that pages read again, from the entries and the contents that are there. Nothing is lost by it.

    Exits with 0 when they are made.
    """
    open_store()
    from asepsis.store import rebuild as rebuilding

    with progress("Making the tables again"):
        size = rebuilding.rebuild()
    return Answer({"entries": size}, (f"All tables are made again from {size:,} entries.",))
