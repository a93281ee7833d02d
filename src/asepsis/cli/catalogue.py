"""What the standard asks, and which kinds of records there are to answer it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from asepsis.cli.output import Answer, Part, Table, command

if TYPE_CHECKING:
    from asepsis.clauses.catalogue import Clause, Obligation
    from asepsis.record.kind import Kind


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module to `app`."""
    command(app, "clauses")(clauses)
    command(app, "kinds")(kinds)


def clauses(
    number: Annotated[
        str | None, typer.Argument(help="One clause, such as 5.8.1; or an obligation, such as 7.2-1.")
    ] = None,
) -> Answer:
    """List the clauses of the standard, or show what one asks: obligations in our words, evidence, who attests what.

    Numbers and short titles are the standard's, all other words are ours. Needs no ledger.
    Exits with 0, or 4 where there is no such clause.
    """
    from asepsis.clauses.catalogue import catalogue

    found = catalogue()
    if number is None:
        value: dict[str, Any] = {"edition": found.edition.id, "clauses": [_brief(one) for one in found.clauses]}
        names = {one.id: one.name for one in found.processes}
        rows = (
            (one.id, one.title, names.get(one.process, one.process), len(found.counted(one)), len(one.obligations))
            for one in found.clauses
        )
        return Answer(value, (Table.of("clause|title|process|count|obligations", rows, ""), found.edition.note))
    if "-" in number:
        asked = found.obligation(number)
        return Answer(
            {"edition": found.edition.id, "obligation": _obligation(asked)},
            (f"{asked.id} · {_MODALITY[asked.modality.value]}", asked.text, *_conditions(asked)),
        )
    clause = found.clause(number)
    return Answer({"edition": found.edition.id, "clause": _whole(clause)}, tuple(_shown(clause)))


_MODALITY = {"S": "asked", "R": "recommended", "P": "permitted", "U": "asked, wording not confirmed"}


def _brief(clause: Clause) -> dict[str, Any]:
    return {
        "id": clause.id,
        "title": clause.title,
        "process": clause.process,
        "obligations": [one.id for one in clause.obligations],
    }


def _obligation(one: Obligation) -> dict[str, Any]:
    return {
        "id": one.id,
        "clause": one.clause,
        "modality": one.modality.value,
        "confirmed": one.confirmed,
        "text": one.text,
        "at": one.at.value,
        "checks": list(one.checks),
        "applies_if": {one.letter or "": one.text for one in one.conditions},
        "attestation": {"role": one.attestation.role, "every": one.attestation.every} if one.attestation else None,
        "no_check": one.no_check,
    }


def _whole(clause: Clause) -> dict[str, Any]:
    return {
        "id": clause.id,
        "title": clause.title,
        "process": clause.process,
        "question": clause.question,
        "obligations": [_obligation(one) for one in clause.obligations],
        "evidence": list(clause.evidence),
        "human_attests": list(clause.human_attests),
        "iec62443_4_1": list(clause.iec62443_4_1.practices),
        "iec62304": list(clause.iec62304.clauses),
        "sources": list(clause.sources),
    }


def _conditions(obligation: Obligation) -> tuple[str, ...]:
    told = (
        f"Applies only if {one.text}" + (f" (part {one.letter})" if one.letter else "") for one in obligation.conditions
    )
    return tuple(f"  {one}." for one in told)


def _shown(clause: Clause) -> list[Part]:
    parts: list[Part] = [f"{clause.id} · {clause.title}"]
    rows = ((one.id, _MODALITY[one.modality.value], one.text, ", ".join(one.checks)) for one in clause.obligations)
    parts.append(Table.of("obligation|modality|in our words|checks", rows, "It asks nothing."))
    parts += [line for one in clause.obligations for line in _conditions(one)]
    if clause.evidence:
        parts.append(Table.of("an auditor expects to see", ((one,) for one in clause.evidence), ""))
    if clause.human_attests:
        parts.append(Table.of("a person attests", ((one,) for one in clause.human_attests), ""))
    parts.append(
        f"IEC 62443-4-1: {', '.join(clause.iec62443_4_1.practices) or 'none'}; "
        f"IEC 62304: {', '.join(clause.iec62304.clauses) or 'none'}."
    )
    return parts


def kinds(name: Annotated[str | None, typer.Argument(help="One kind, by name or prefix.")] = None) -> Answer:
    """List the kinds of records, or show the fields of one: what stands in each, and whether it is needed.

    Needs no ledger. Exits with 0, or 4 where there is no such kind.
    """
    from asepsis import processes
    from asepsis.record.kind import KINDS, kind_named

    processes.load()
    if name is not None:
        return _kind(kind_named(name))
    order = list(processes.PROCESSES)
    found = sorted(KINDS.values(), key=lambda one: (order.index(one.meta.process), one.__name__))
    value = {
        "kinds": [
            {
                "name": one.__name__,
                "prefix": one.meta.prefix,
                "process": one.meta.process,
                "of": one.meta.of,
                "single": one.meta.single,
                "help": _first(one),
            }
            for one in found
        ]
    }
    rows = ((one.meta.prefix, one.__name__, one.meta.process, _OF[one.meta.of], _first(one)) for one in found)
    return Answer(value, (Table.of("prefix|kind|process|of|what it is", rows, ""),))


_OF = {"O": "organisation", "P": "product", "OP": "either"}


def _first(kind: type[Kind]) -> str:
    return " ".join((kind.__doc__ or "").split("\n\n")[0].split())


def _kind(kind: type[Kind]) -> Answer:
    from asepsis.record.fields import fields_of

    meta, fields = kind.meta, fields_of(kind)
    signed = "worked out from its content" if callable(meta.signed) else ", ".join(one.label for one in meta.signed)
    value = {
        "name": kind.__name__,
        "prefix": meta.prefix,
        "process": meta.process,
        "of": meta.of,
        "single": meta.single,
        "four_eyes": meta.four_eyes,
        "signed": None if callable(meta.signed) else [one.label for one in meta.signed],
        "help": kind.__doc__,
        "fields": [
            {"name": one.name, "needed": one.needed, "progress": one.progress, "takes": one.form.hint, "help": one.help}
            for one in fields
        ],
    }
    about = [
        f"{meta.prefix} · {kind.__name__} · {meta.process} · {_OF[meta.of]}",
        " ".join((kind.__doc__ or "").split()),
        f"Signed: {signed or 'by nobody, effective when submitted'}{'; not by its authors' if meta.four_eyes else ''}.",
    ]
    rows = (
        (f"{one.name}{'' if one.needed else '?'}{'°' if one.progress else ''}", one.form.hint, one.help)
        for one in fields
    )
    table = Table.of("field|takes|help", rows, "")
    return Answer(value, (*about, table, "?: may stay empty. °: tells what happened after signing."))
